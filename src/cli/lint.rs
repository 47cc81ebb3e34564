//! `graphwhy lint`: scripts and runbooks before anyone runs them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwhy::knowledge::{Catalogue, Severity};
use graphwhy::report::{json, script as report};
use graphwhy::script::config::Config;
use graphwhy::script::{self, Edit, Linted};
use graphwhy::source::{Encoding, Source};
use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::output::{Failure, catalogue, deliver, look_of, note, print, unreadable};
use super::{Common, FailOn, Format, Target};

/// Larger files are no scripts that somebody wrote.
const MAX_FILE: u64 = 10 << 20;

/// What is read in folders; a file that is named is read whatever its ending.
const ENDINGS: [&str; 8] = ["ps1", "psm1", "psd1", "md", "markdown", "mdx", "yml", "yaml"];

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
pub(crate) struct Lint {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "PATH", required = true, help_heading = "Input")]
    paths: Vec<PathBuf>,
    /// What to call standard input; its ending tells the kind
    #[arg(long, value_name = "NAME", default_value = "stdin.ps1", help_heading = "Input")]
    stdin_filename: String,
    /// Configuration file; without it `graphwhy.toml` is looked for upward
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Input")]
    no_config: bool,
    /// Write the edits that are certainly right
    #[arg(long, help_heading = "Fix")]
    fix: bool,
    /// Print the edits that `--fix` would write as a diff, and write nothing
    #[arg(long, help_heading = "Fix")]
    diff: bool,
    /// How to print, and where: human, json, ndjson, json=FILE; repeat it for several reports
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    format: Vec<Target>,
    /// Exit with 1 for findings of this severity or above
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
}

/// A file with what was found in it.
struct Read {
    path: Option<PathBuf>,
    source: Source,
    /// The text before secrets were masked, and how it was encoded; `None` = not to be written.
    original: Option<(String, Encoding)>,
    linted: Linted,
}

impl Lint {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let catalogue = catalogue(common)?;
        let config = self.config(&catalogue)?;
        let mut failures: Vec<Failure> = Vec::new();
        let mut files: Vec<Read> = Vec::new();
        for path in &self.paths {
            if path.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::Read::take(std::io::stdin().lock(), MAX_FILE + 1), &mut bytes)
                    .map_err(|error| {
                        Failure::tool(format!("could not read standard input: {error}"), "pipe a script into it")
                    })?;
                match lint_bytes(None, &self.stdin_filename, &bytes, &catalogue, &config) {
                    Ok(read) => files.push(read),
                    Err(failure) => failures.push(failure),
                }
                continue;
            }
            self.add_path(path, &catalogue, &config, &mut files, &mut failures);
        }
        if self.fix && !self.diff {
            for file in &mut files {
                if let Err(failure) = write_fixes(file, &catalogue, &config) {
                    failures.push(failure);
                }
            }
        }
        let targets = self.targets();
        for target in &targets {
            let text = self.text(&files, &catalogue, common, target);
            if target.file.is_some() || !common.quiet {
                deliver(target, &text)?;
            }
        }
        if !common.quiet && targets.iter().any(|target| target.format == Format::Human) {
            tell(&files, common);
        }
        for failure in &failures {
            super::output::report_failure(failure, &[]);
        }
        let failing = files
            .iter()
            .flat_map(|file| &file.linted.findings)
            .any(|finding| finding.severity >= self.fail_on.severity());
        Ok(ExitCode::from(if !failures.is_empty() { 3 } else { u8::from(failing) }))
    }

    /// The reports that are asked for.
    pub(crate) fn targets(&self) -> Vec<Target> {
        if self.format.is_empty() { vec![Target { format: Format::Human, file: None }] } else { self.format.clone() }
    }

    fn config(&self, catalogue: &Catalogue) -> Result<(Config, Gitignore), Failure> {
        let none = || (Config::default(), Gitignore::empty());
        let path = match (&self.config, self.no_config) {
            (_, true) => return Ok(none()),
            (Some(path), _) => path.clone(),
            (None, _) => {
                let first =
                    self.paths.iter().find(|path| path.as_os_str() != "-").cloned().unwrap_or_else(|| ".".into());
                let start = first.canonicalize().unwrap_or(first);
                let found = start.ancestors().map(|dir| dir.join("graphwhy.toml")).find(|path| path.is_file());
                match found {
                    Some(path) => path,
                    None => return Ok(none()),
                }
            }
        };
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let invalid = |message: String| Failure::Tool {
            message: format!("`{}` is not valid: {message}", path.display()),
            help: "mend the file, or go without it (--no-config)".into(),
            place: Some(path.display().to_string()),
        };
        let config = Config::parse(&text, catalogue).map_err(invalid)?;
        let mut excludes = GitignoreBuilder::new(path.parent().unwrap_or(Path::new(".")));
        for pattern in &config.lint.exclude {
            excludes.add_line(None, pattern).map_err(|error| invalid(error.to_string()))?;
        }
        let excludes = excludes.build().map_err(|error| invalid(error.to_string()))?;
        Ok((config, excludes))
    }

    fn add_path(
        &self,
        path: &Path,
        catalogue: &Catalogue,
        config: &(Config, Gitignore),
        files: &mut Vec<Read>,
        failures: &mut Vec<Failure>,
    ) {
        if !path.is_dir() {
            match read_file(path)
                .and_then(|bytes| lint_bytes(Some(path), &path.display().to_string(), &bytes, catalogue, config))
            {
                Ok(read) => files.push(read),
                Err(failure) => failures.push(failure),
            }
            return;
        }
        let walk = WalkBuilder::new(path).hidden(false).require_git(false).sort_by_file_path(Path::cmp).build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    failures.push(Failure::tool(
                        format!("could not read a folder: {error}"),
                        "check your rights to it; the rest was read",
                    ));
                    continue;
                }
            };
            let path = entry.path();
            let inside_git = path.components().any(|part| part.as_os_str() == ".git");
            let known = path
                .extension()
                .and_then(|ending| ending.to_str())
                .is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)));
            if inside_git || !known || !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            if config.1.num_ignores() > 0 && config.1.matched_path_or_any_parents(&absolute, false).is_ignore() {
                continue;
            }
            match read_file(path)
                .and_then(|bytes| lint_bytes(Some(path), &path.display().to_string(), &bytes, catalogue, config))
            {
                Ok(read) => files.push(read),
                Err(failure) => failures.push(failure),
            }
        }
    }

    fn text(&self, files: &[Read], catalogue: &Catalogue, common: &Common, target: &Target) -> String {
        if self.diff {
            return files.iter().map(diff).collect();
        }
        match target.format {
            Format::Json => {
                let values = files.iter().map(|file| report::value(&file.linted, &file.source, catalogue)).collect();
                format!("{:#}\n", json::document(values))
            }
            Format::Ndjson => {
                files.iter().map(|file| format!("{}\n", report::value(&file.linted, &file.source, catalogue))).collect()
            }
            Format::Human => {
                let look = look_of(common, target);
                let mut page = String::new();
                for file in files {
                    for (index, finding) in file.linted.findings.iter().enumerate() {
                        let edits: Vec<&Edit> = file.linted.edits.iter().filter(|edit| edit.finding == index).collect();
                        if !page.is_empty() {
                            page.push('\n');
                        }
                        page.push_str(&report::human(finding, &edits, &file.source, catalogue, look));
                    }
                }
                page
            }
        }
    }
}

/// What is no data: suppressions without effect, skipped syntax, the count.
fn tell(files: &[Read], common: &Common) {
    let place = |file: &Read, at: usize| {
        let position = file.source.position(at);
        format!("{}:{}:{}", file.source.name(), position.line, position.column)
    };
    for file in files {
        for unused in &file.linted.unused_suppressions {
            note(&format!(
                "{}: suppression of `{}` has no effect: {}",
                place(file, unused.span.start),
                unused.cause,
                unused.why
            ));
        }
        if common.verbose {
            for skipped in &file.linted.notes {
                note(&format!("{}: info: {}", place(file, skipped.span.start), skipped.text));
            }
        }
    }
    let count = |severity: Severity| {
        files.iter().flat_map(|file| &file.linted.findings).filter(|finding| finding.severity == severity).count()
    };
    let suppressed: usize = files.iter().map(|file| file.linted.suppressed.len()).sum();
    let suppressed = if suppressed > 0 { format!(", {suppressed} suppressed") } else { String::new() };
    let read = if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) };
    note(&format!(
        "{read}: {} errors, {} warnings, {} notes{suppressed}",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Info)
    ));
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > MAX_FILE {
        return Err(Failure::tool(
            format!("`{}` is larger than 10 MiB, and no script that somebody wrote is", path.display()),
            "leave it out, or cut it into pieces; the rest was read",
        ));
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn lint_bytes(
    path: Option<&Path>,
    name: &str,
    bytes: &[u8],
    catalogue: &Catalogue,
    config: &(Config, Gitignore),
) -> Result<Read, Failure> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::tool(format!("`{name}` is larger than 10 MiB"), "cut it into pieces"));
    }
    let encoding = Encoding::of(bytes);
    let source = Source::from_bytes(name, bytes);
    if source.text().contains('\0') {
        return Err(Failure::tool(format!("`{name}` is binary, no script"), "leave it out; the rest was read"));
    }
    let original = encoding.decode(bytes).filter(|text| text.len() == source.text().len()).map(|text| (text, encoding));
    let linted = judged(source.text(), name, catalogue, &config.0);
    Ok(Read { path: path.map(Path::to_owned), source, original, linted })
}

/// Lints a text and applies the levels of the configuration.
fn judged(text: &str, name: &str, catalogue: &Catalogue, config: &Config) -> Linted {
    let mut linted = script::lint(text, name, catalogue);
    let mut kept = Vec::with_capacity(linted.findings.len());
    let mut index_of = Vec::with_capacity(linted.findings.len());
    for mut finding in linted.findings {
        let stays = config.apply(&mut finding);
        index_of.push(stays.then_some(kept.len()));
        if stays {
            kept.push(finding);
        }
    }
    linted.findings = kept;
    linted.edits.retain_mut(|edit| match index_of.get(edit.finding).copied().flatten() {
        Some(index) => {
            edit.finding = index;
            true
        }
        None => false,
    });
    linted
}

/// The file with its safe edits; `None` where there are none, or the bytes are no valid text.
fn fixed(file: &Read) -> Option<(String, &str, Encoding)> {
    let (text, encoding) = file.original.as_ref()?;
    let edits: Vec<Edit> = file.linted.edits.iter().filter(|edit| edit.safe).cloned().collect();
    let new = script::apply(text, &edits);
    (new != *text).then_some((new, text.as_str(), *encoding))
}

fn diff(file: &Read) -> String {
    let Some((new, old, _)) = fixed(file) else { return String::new() };
    let name = graphwhy::report::sanitise::one_line(file.source.name());
    let diff = similar::TextDiff::from_lines(old, &new);
    graphwhy::report::sanitise::visible(
        &diff.unified_diff().context_radius(2).header(&format!("a/{name}"), &format!("b/{name}")).to_string(),
    )
}

/// Writes the safe edits, whole or not at all, and lints the result for what is left.
fn write_fixes(file: &mut Read, catalogue: &Catalogue, config: &(Config, Gitignore)) -> Result<(), Failure> {
    let Some((new, _, encoding)) = fixed(file) else { return Ok(()) };
    let bytes = encoding.encode(&new);
    let name = file.source.name().to_owned();
    match &file.path {
        None => print(&new)?,
        Some(path) => {
            let failed = |error: std::io::Error| {
                Failure::tool(
                    format!("could not write `{}`: {error}", path.display()),
                    "check your rights; the file is as it was",
                )
            };
            // Through a link the file behind it is written, and the link stays.
            let path = path.canonicalize().map_err(failed)?;
            let folder = path.parent().unwrap_or(Path::new("."));
            let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            fresh.write_all(&bytes).map_err(failed)?;
            let rights = std::fs::metadata(&path).map_err(failed)?.permissions();
            fresh.as_file().set_permissions(rights).map_err(failed)?;
            fresh.persist(&path).map_err(|error| failed(error.error))?;
        }
    }
    note(&format!("fixed `{name}`"));
    *file = lint_bytes(file.path.clone().as_deref(), &name, &bytes, catalogue, config)?;
    Ok(())
}
