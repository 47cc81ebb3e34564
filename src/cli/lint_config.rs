//! The configuration of each path that is linted: `graphwhy.toml`, in its folder or above.

use std::path::{Path, PathBuf};

use graphwhy::check::expect::{self, Expectation};
use graphwhy::knowledge::Catalogue;
use graphwhy::lint::config::Config;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::read_text;
use super::output::{Failure, shown};

/// The name of the file.
const NAME: &str = "graphwhy.toml";

/// What a configuration says.
pub(super) struct Configuration {
    /// `None` = there is no file.
    path: Option<PathBuf>,
    pub(super) config: Config,
    /// What it leaves out.
    pub(super) excludes: Gitignore,
    /// The file of the expectations, and what it says.
    pub(super) expected: Option<(String, Vec<Expectation>)>,
}

/// The configurations of a run, each read once.
pub(super) struct Configurations {
    /// One for all paths.
    given: Option<PathBuf>,
    none: bool,
    pub(super) all: Vec<Configuration>,
}

impl Configurations {
    pub(super) const fn new(given: Option<PathBuf>, none: bool) -> Self {
        Self { given, none, all: Vec::new() }
    }

    /// Which configuration a path has.
    pub(super) fn of(&mut self, path: &Path, catalogue: &Catalogue) -> Result<usize, Failure> {
        let found = match (&self.given, self.none) {
            (_, true) => None,
            (Some(given), _) => Some(given.clone()),
            (None, _) => above(path)?,
        };
        if let Some(index) = self.all.iter().position(|one| one.path == found) {
            return Ok(index);
        }
        self.all.push(match found {
            Some(path) => read(path, catalogue)?,
            None => {
                Configuration { path: None, config: Config::default(), excludes: Gitignore::empty(), expected: None }
            }
        });
        Ok(self.all.len() - 1)
    }
}

/// The file in the folder of a path, or in the nearest one above as far as the root of its repository.
fn above(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let start = if path.as_os_str() == "-" { Path::new(".") } else { path };
    let start = start.canonicalize().unwrap_or_else(|_| start.to_owned());
    for folder in start.ancestors() {
        let found = folder.join(NAME);
        if found.is_file() {
            return Ok(Some(found));
        }
        if found.exists() {
            return Err(Failure::Tool {
                message: format!("`{}` is no file", shown(&found)),
                help: "the configuration is a file of this name: rename what is there, or go without it (--no-config)"
                    .into(),
                place: Some(found.display().to_string()),
            });
        }
        // What is above a repository is somebody else's.
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

fn read(path: PathBuf, catalogue: &Catalogue) -> Result<Configuration, Failure> {
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::tool(format!("could not read `{}`: {error}", shown(&path)), "check the path and your rights to it")
    })?;
    let invalid = |message: String| Failure::Tool {
        message: format!("`{}` is not valid: {message}", shown(&path)),
        help: "mend the file, or go without it (--no-config)".into(),
        place: Some(path.display().to_string()),
    };
    let config = Config::parse(&text, catalogue).map_err(|error| Failure::Tool {
        message: format!("`{}` is not valid: {error}", shown(&path)),
        help: "mend the file at that line, or go without it (--no-config)".into(),
        place: Some(format!("{}:{}:{}", shown(&path), error.line, error.column)),
    })?;
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    let mut excludes = GitignoreBuilder::new(folder.canonicalize().unwrap_or_else(|_| folder.clone()));
    excludes.allow_unclosed_class(false);
    for pattern in &config.lint.exclude {
        let wrong = |error: ignore::Error| invalid(format!("the pattern `{pattern}` of `exclude`: {error}"));
        excludes.add_line(None, pattern).map_err(wrong)?;
    }
    let excludes = excludes.build().map_err(|error| invalid(error.to_string()))?;
    let expected = config.lint.expect.as_ref().map(|named| expectations(&path, &folder.join(named))).transpose()?;
    Ok(Configuration { path: Some(path), config, excludes, expected })
}

/// The expectations that the configuration `by` names.
fn expectations(by: &Path, path: &Path) -> Result<(String, Vec<Expectation>), Failure> {
    let here = std::env::current_dir().ok();
    let near = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let (name, text) = read_text(near.as_deref().unwrap_or(path)).map_err(|failure| match failure {
        Failure::Tool { message, .. } => Failure::Tool {
            message: format!("{message} (`expect` of `[lint]` names it)"),
            help: "check the path and your rights to it; it is taken from the folder of the configuration".to_owned(),
            place: Some(by.display().to_string()),
        },
        other => other,
    })?;
    let default = graphwhy::check::operation("read-meeting")
        .map_err(|message| Failure::usage(message, graphwhy::check::OPERATION_HELP))?;
    let all = expect::parse(&text, &name, default).map_err(|error| Failure::Tool {
        message: error.to_string(),
        help: error.help.clone(),
        place: Some(error.place()),
    })?;
    Ok((name, all))
}
