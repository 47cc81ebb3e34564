//! `graphwhy lint`: scripts and runbooks before anyone runs them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwhy::knowledge::Catalogue;
use graphwhy::lint::{self, Against, Edit, Expected, Linted};
use graphwhy::source::{Encoding, sanitise};
use graphwhy::tenant::Snapshot;
use jiff::Timestamp;

use super::files::{keep_inputs, named};
use super::formats::{self, Kind, Target};
use super::lint_config::{Configuration, Configurations};
use super::lint_files::{self, Read, Text};
use super::lint_output::{self, Page};
use super::output::{Failure, catalogue, note, print, shown};
use super::state::{STATE_HELP, read_states};
use super::{Common, FailOn};

const EXIT: &str = "Exit codes: 0 nothing of at least --fail-on; 1 a finding of at least --fail-on; 2 usage; 3 the tool failed; 4 commands stand in what could not be read: syntax that the parser does not know, a bracket or quote that is never closed, what is nested too deeply or too long. A finding goes before what was not read.

Of a file with more than 500 findings a page for people draws the 500 gravest, and counts the others by cause; --verbose draws all, and every other format holds all.";

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
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
    /// Leave out what the configuration excludes even where it is named, as hooks name every changed file
    #[arg(long, help_heading = "Input")]
    force_exclude: bool,
    #[arg(long, help = STATE_HELP, value_name = "FILE", help_heading = "State")]
    state: Vec<PathBuf>,
    /// Write the edits that are certainly right
    #[arg(long, help_heading = "Fix")]
    fix: bool,
    /// Print the edits that `--fix` would write as a diff, and write nothing
    #[arg(long, conflicts_with_all = ["fix", "format"], help_heading = "Fix")]
    diff: bool,
    #[arg(long, help = formats::HELP, value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = Target::parser(), hide_possible_values = true, default_value = "human", help_heading = "Output")]
    format: Vec<Target>,
    /// Exit with 1 for findings of this severity or above
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
}

/// What every file is judged by.
struct Rules {
    catalogue: Catalogue,
    configurations: Vec<Configuration>,
    /// Which of them each path has.
    wanted: Vec<usize>,
    states: Vec<Snapshot>,
    now: Timestamp,
}

impl Lint {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        formats::check(&self.format)?;
        let inputs = named("the linter", &self.paths).chain(named("--state", &self.state));
        keep_inputs(formats::files(&self.format), inputs.chain(named("--config", &self.config)))?;
        let rules = self.rules(common)?;
        let mut failures: Vec<Failure> = Vec::new();
        let mut files: Vec<Read> = Vec::new();
        let mut seen = lint_files::Seen::default();
        let mut piped = false;
        let mut forced = 0_usize;
        for (path, &wanted) in self.paths.iter().zip(&rules.wanted) {
            let Some(configuration) = rules.configurations.get(wanted) else { continue };
            let mut take = |text: Result<Text, Failure>| match text {
                Ok(text) => {
                    let mut read = rules.read(text, wanted);
                    // Nothing is written: of many files one copy is enough.
                    if !(self.fix || self.diff) {
                        read.text.original = None;
                    }
                    files.push(read);
                }
                Err(failure) => failures.push(failure),
            };
            if self.force_exclude && lint_files::is_excluded(path, &configuration.excludes) {
                forced += 1;
                continue;
            }
            if path.as_os_str() == "-" {
                if std::mem::replace(&mut piped, true) {
                    continue;
                }
                take(lint_files::standard_input(&self.stdin_filename));
            } else {
                let mut any = false;
                let (excluded, again) = lint_files::each(path, &configuration.excludes, &mut seen, &mut |text| {
                    any = true;
                    take(text);
                });
                if !any && !again && excluded == 0 && !common.quiet {
                    note(&format!(
                        "note: nothing in `{}` is read: no file in it ends in {}, or ignore files leave them out; what is \
                         named is read whatever its ending",
                        shown(path),
                        lint_files::endings()
                    ));
                }
                if !any && !again && excluded > 0 && !common.quiet {
                    note(&format!(
                        "note: nothing in `{}` is read: the configuration excludes all of it ({excluded} {}); name the \
                         files, or give `--no-config`",
                        shown(path),
                        if excluded == 1 { "file" } else { "files" }
                    ));
                }
            }
        }
        if forced > 0 && forced == self.paths.len() && !common.quiet {
            note("note: nothing is read: the configuration excludes all that is named (`--force-exclude`)");
        }
        if self.fix {
            for file in &mut files {
                if let Err(failure) = rules.write_fixes(file, common.quiet) {
                    failures.push(failure);
                }
            }
        }
        // The fixed text of standard input has taken standard output.
        let targets: Vec<Target> = match self.fix && files.iter().any(|file| file.text.path.is_none()) {
            true => self.format.iter().filter(|target| target.kind != Kind::Human).cloned().collect(),
            false => self.format.clone(),
        };
        if self.diff {
            if !common.quiet {
                let (diffs, why): (Vec<String>, Vec<Vec<NoPatch>>) = files.iter().map(diff).unzip();
                print(&diffs.concat())?;
                for (_, text) in NoPatch::ALL.iter().filter(|(one, _)| why.iter().flatten().any(|why| why == one)) {
                    note(text);
                }
            }
        } else {
            let page = Page {
                files: &files,
                failures: &failures,
                catalogue: &rules.catalogue,
                fail_on: self.fail_on.severity(),
            };
            formats::deliver(&targets, common, &mut |kind, look| page.text(kind, look))?;
        }
        for failure in &failures {
            super::output::report_failure(failure, &[]);
        }
        // Of nothing that could be read there is nothing to count.
        let counts = !files.is_empty() || failures.is_empty();
        if counts && !common.quiet && self.format.iter().any(|target| target.kind == Kind::Human) {
            lint_output::tell(&files, &rules.catalogue, common.verbose, self.diff);
        }
        let failing = files
            .iter()
            .flat_map(|file| &file.linted.findings)
            .any(|finding| finding.severity >= self.fail_on.severity());
        let unread = files.iter().flat_map(|file| &file.linted.notes).any(|note| note.unread);
        Ok(ExitCode::from(match (failures.is_empty(), failing, unread) {
            (false, ..) => 3,
            (true, true, _) => 1,
            (true, false, true) => 4,
            (true, false, false) => 0,
        }))
    }

    /// Where a failure is told.
    pub(crate) fn targets(&self) -> Vec<super::Target> {
        formats::failure_targets(&self.format)
    }

    fn rules(&self, common: &Common) -> Result<Rules, Failure> {
        let catalogue = catalogue(common)?;
        let mut configurations = Configurations::new(self.config.clone(), self.no_config);
        // All are read before the first file: one that is missing or wrong is told before it is relied on.
        let wanted = self.paths.iter().map(|path| configurations.of(path, &catalogue)).collect::<Result<_, _>>()?;
        let states = if self.state.is_empty() { Vec::new() } else { read_states(&self.state, common)? };
        let configurations = configurations.all;
        if states.is_empty() && common.verbose && configurations.iter().any(|one| one.expected.is_some()) {
            note("the expectations of the configuration are not checked: give `--state`");
        }
        Ok(Rules { catalogue, configurations, wanted, states, now: Timestamp::now() })
    }
}

impl Rules {
    /// Lints a text and applies the levels of the configuration.
    fn read(&self, text: Text, wanted: usize) -> Read {
        let configuration = self.configurations.get(wanted);
        let expected = configuration.and_then(|one| one.expected.as_ref()).map(|(name, all)| Expected {
            name: name.as_str(),
            all: all.as_slice(),
            now: self.now,
        });
        let against = Against { states: &self.states, expected };
        let source = &text.source;
        let mut linted: Linted = lint::lint_against(source.text(), source.name(), &self.catalogue, against);
        let mut kept = Vec::with_capacity(linted.findings.len());
        let mut index_of = Vec::with_capacity(linted.findings.len());
        for mut finding in linted.findings {
            let stays = configuration.is_none_or(|one| one.config.apply(&mut finding));
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
        let withheld = text.torn && linted.edits.iter().any(|edit| edit.safe);
        if text.torn {
            linted.edits.iter_mut().for_each(|edit| edit.safe = false);
        }
        Read { text, linted, wanted, withheld }
    }

    /// Writes the safe edits, whole or not at all, and lints the result for what is left.
    fn write_fixes(&self, file: &mut Read, quiet: bool) -> Result<(), Failure> {
        let name = file.text.source.name().to_owned();
        let told = sanitise::one_line(&name);
        let fixed = fixed(file).map(|(new, _, encoding)| (new, encoding));
        let Some((new, encoding)) = fixed else {
            if file.withheld {
                note(&format!("`{told}` was not fixed: some of its bytes are no text in its encoding"));
            }
            if let (None, Some((text, _))) = (&file.text.path, &file.text.original) {
                print(text)?;
            }
            return Ok(());
        };
        let bytes = encoding.encode(&new);
        match &file.text.path {
            None => print(&new)?,
            Some(path) => {
                let failed = |error: std::io::Error| {
                    Failure::tool(
                        format!("could not write `{}`: {error}", shown(path)),
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
        if !quiet {
            note(&format!("fixed `{told}`"));
        }
        *file = self.read(lint_files::decoded(file.text.path.clone(), &name, &bytes)?, file.wanted);
        Ok(())
    }
}

/// The file with its safe edits; `None` where there are none, or the bytes are no valid text.
fn fixed(file: &Read) -> Option<(String, &str, Encoding)> {
    let (text, encoding) = file.text.original.as_ref()?;
    let edits: Vec<Edit> = file.linted.edits.iter().filter(|edit| edit.safe).cloned().collect();
    let new = lint::apply(text, &edits);
    (new != *text).then_some((new, text.as_str(), *encoding))
}

/// Why a diff is no patch for all of its lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NoPatch {
    Secrets,
    /// UTF-16, or line ends that are carriage returns alone.
    Form,
    /// Characters that act on a terminal.
    Characters,
}

impl NoPatch {
    const ALL: [(Self, &str); 3] = [
        (
            Self::Secrets,
            "secrets are masked in the diff, so it is no patch for those lines; `--fix` keeps them as they are",
        ),
        (
            Self::Form,
            "the diff of files in UTF-16, or with carriage returns alone, is no patch; `--fix` keeps their form",
        ),
        (
            Self::Characters,
            "characters that act on a terminal are replaced in the diff, so it is no patch for those lines",
        ),
    ];
}

/// The edits as a diff, secrets masked; also why it is no patch. What else it shows can be given to `patch` and `git apply`.
fn diff(file: &Read) -> (String, Vec<NoPatch>) {
    let Some((new, old, encoding)) = fixed(file) else { return (String::new(), Vec::new()) };
    let name = sanitise::one_line(file.text.source.name()).replace('\\', "/");
    // A tab ends a name that has blanks.
    let name = format!("{}{}", name.trim_start_matches("./"), if name.contains(' ') { "\t" } else { "" });
    let mark = if encoding == Encoding::Utf8Marked { MARK } else { "" };
    let unified = |old: &str, new: &str| {
        let (old, new) = (format!("{mark}{old}"), format!("{mark}{new}"));
        let diff = similar::TextDiff::from_lines(&old, &new);
        diff.unified_diff().context_radius(2).header(&format!("a/{name}"), &format!("b/{name}")).to_string()
    };
    let plain = unified(old, &new);
    let shown = unified(file.text.source.text(), &graphwhy::source::masked(&new));
    let safe = sanitise::visible_diff(&shown);
    let text = matches!(encoding, Encoding::Utf8 | Encoding::Utf8Marked) && !old.replace("\r\n", "").contains('\r');
    let why =
        [(NoPatch::Secrets, shown != plain), (NoPatch::Form, !text), (NoPatch::Characters, text && safe != shown)];
    (safe, why.into_iter().filter(|(_, so)| *so).map(|(why, _)| why).collect())
}

/// The byte order mark, as a character.
const MARK: &str = "\u{feff}";
