//! Where the results of `check` go: one writer for each `--format`, fed as results come.

use std::io::Write as _;
use std::path::PathBuf;

use graphwhy::check::row::{Counted, Row};
use graphwhy::check::state::State;
use graphwhy::knowledge::{Catalogue, Gate, Severity};
use graphwhy::report::junit::Unknowns;
use graphwhy::report::question::{self, Shared};
use graphwhy::report::told::{Told, told};
use graphwhy::report::verdicts::{Groups, Page};
use graphwhy::report::{github, json, junit, markdown, sarif};
use jiff::Timestamp;

use super::Common;
use super::check::Unknown;
use super::files::PrivateFile;
use super::output::{Failure, look};

/// Results up to this many are shown with their proof.
const WHOLE: usize = 3;
/// Up to this many are listed; more are grouped.
const LISTED: usize = 40;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Human,
    Json,
    Ndjson,
    Sarif,
    Junit,
    Markdown,
    Github,
}

const KINDS: [(&str, Kind); 7] = [
    ("human", Kind::Human),
    ("json", Kind::Json),
    ("ndjson", Kind::Ndjson),
    ("sarif", Kind::Sarif),
    ("junit", Kind::Junit),
    ("markdown", Kind::Markdown),
    ("github", Kind::Github),
];

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Clone, Debug)]
pub(super) struct Target {
    kind: Kind,
    file: Option<PathBuf>,
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("no file after `=`".to_owned()),
            Some((name, "-")) => (name, None),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let kind = KINDS.iter().find(|(own, _)| *own == name).map(|(_, kind)| *kind).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            format!("no format is called `{name}`; the formats are {}", names.join(", "))
        })?;
        Ok(Self { kind, file })
    }

    pub(super) fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    pub(super) fn is_json_on_stdout(&self) -> bool {
        self.file.is_none() && matches!(self.kind, Kind::Json | Kind::Ndjson)
    }

    pub(super) fn is_each_pair(&self) -> bool {
        self.kind == Kind::Ndjson
    }
}

/// What the writers share.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) common: &'a Common,
    pub(super) catalogue: &'a Catalogue,
    pub(super) gates: Option<&'a [Gate]>,
    pub(super) fail_on: Severity,
    pub(super) unknown: Unknown,
    pub(super) total: usize,
    pub(super) states: &'a [State],
    pub(super) state_arguments: String,
    pub(super) now: Timestamp,
}

/// All writers of a run.
pub(super) struct Outputs<'a> {
    writers: Vec<Writer>,
    settings: Settings<'a>,
    shared: Shared<'a>,
    whole_tenant: bool,
    results: usize,
    counts: [usize; 4],
    groups: Groups,
    /// Line of the last expectation that was told to be over: it is told once.
    over: Option<usize>,
}

struct Writer {
    kind: Kind,
    sink: Sink,
    told: Vec<Told>,
}

enum Sink {
    Stdout(std::io::BufWriter<std::io::Stdout>),
    File(Box<PrivateFile>),
    Nowhere,
}

impl Sink {
    fn write(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => Ok(out.write_all(text.as_bytes())?),
            Self::File(file) => file.write(text),
            Self::Nowhere => Ok(()),
        }
    }
}

impl<'a> Outputs<'a> {
    pub(super) fn open(targets: &[Target], settings: Settings<'a>) -> Result<Self, Failure> {
        let mut writers = Vec::new();
        for target in targets {
            let sink = match &target.file {
                Some(path) => Sink::File(Box::new(PrivateFile::create(path)?)),
                None if settings.common.quiet => Sink::Nowhere,
                None => Sink::Stdout(std::io::BufWriter::with_capacity(1 << 16, std::io::stdout())),
            };
            let mut writer = Writer { kind: target.kind, sink, told: Vec::new() };
            if writer.kind == Kind::Json {
                writer.sink.write(&json_head())?;
            }
            writers.push(writer);
        }
        let shared = Shared::new(settings.catalogue, settings.gates);
        Ok(Self {
            writers,
            settings,
            shared,
            whole_tenant: false,
            results: 0,
            counts: [0; 4],
            groups: Groups::default(),
            over: None,
        })
    }

    /// Results are about all users at once.
    pub(super) fn whole_tenant(&mut self) {
        self.whole_tenant = true;
    }

    pub(super) fn wants_each_pair(&self) -> bool {
        self.whole_tenant && self.writers.iter().any(|writer| writer.kind == Kind::Ndjson)
    }

    fn page<'p>(settings: &'p Settings<'_>, file: bool) -> Page<'p> {
        let mut look = look(settings.common);
        look.color &= !file;
        Page {
            look,
            catalogue: settings.catalogue,
            fail_on: settings.fail_on,
            state_arguments: &settings.state_arguments,
        }
    }

    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let counted = row.counted(self.settings.fail_on);
        let slot = match counted {
            _ if row.accepted.is_some() => 3,
            Counted::Fine => 0,
            Counted::Wrong => 1,
            Counted::Open => 2,
        };
        if let Some(count) = self.counts.get_mut(slot) {
            *count += 1;
        }
        let total = self.settings.total;
        let whole = total <= WHOLE || self.settings.common.verbose || self.whole_tenant;
        let mut grouped = false;
        let over = row.expected.as_ref().filter(|expected| expected.expired).map(|expected| expected.place.line);
        let told_before = over.is_some() && over == self.over;
        self.over = over.or(self.over);
        for writer in &mut self.writers {
            match writer.kind {
                Kind::Human => {
                    let page = Self::page(&self.settings, matches!(writer.sink, Sink::File(_)));
                    if whole {
                        let gap = if self.results > 0 { "\n" } else { "" };
                        writer.sink.write(&format!("{gap}{}", page.whole(row)))?;
                    } else if total <= LISTED {
                        writer.sink.write(&page.line(row))?;
                    } else if !grouped {
                        grouped = true;
                        self.groups.add(row, &page);
                    }
                }
                Kind::Json => {
                    let gap = if self.results > 0 { ",\n" } else { "" };
                    writer.sink.write(&format!("{gap}{}", question::value(row, &self.shared)))?;
                }
                Kind::Ndjson if self.whole_tenant => {}
                Kind::Ndjson => writer.sink.write(&format!("{}\n", question::value(row, &self.shared)))?,
                Kind::Sarif | Kind::Junit | Kind::Markdown | Kind::Github => {
                    let mut one = told(row, self.settings.catalogue, self.settings.fail_on);
                    one.beside.retain(|(rule, ..)| !told_before || rule != "expectation-expired");
                    writer.told.push(one);
                }
            }
        }
        self.results += 1;
        Ok(())
    }

    /// One of very many pairs, for those who want each.
    pub(super) fn each_pair(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let line = format!("{}\n", question::value(row, &self.shared));
        for writer in self.writers.iter_mut().filter(|writer| writer.kind == Kind::Ndjson) {
            writer.sink.write(&line)?;
        }
        Ok(())
    }

    /// Lines of very many pairs.
    pub(super) fn lines(&mut self, lines: &str) -> Result<(), Failure> {
        for writer in self.writers.iter_mut().filter(|writer| writer.kind == Kind::Ndjson) {
            writer.sink.write(lines)?;
        }
        Ok(())
    }

    pub(super) fn close(self, beside: &[String]) -> Result<(), Failure> {
        let Self { writers, settings, whole_tenant, results, counts, groups, .. } = self;
        let whole = settings.total <= WHOLE || settings.common.verbose || whole_tenant;
        for mut writer in writers {
            let text = match writer.kind {
                Kind::Human => {
                    let page = Self::page(&settings, matches!(writer.sink, Sink::File(_)));
                    let mut text = String::new();
                    if !whole && settings.total > LISTED {
                        text.push_str(&groups.text(&page));
                    }
                    let gap = if results > 0 { "\n" } else { "" };
                    format!("{text}{gap}{}{}", tally(results, counts, whole_tenant), ages(&settings))
                }
                Kind::Json => {
                    let warnings = serde_json::Value::from(beside.to_vec());
                    format!("\n],\"warnings\":{warnings}}}\n")
                }
                Kind::Ndjson => String::new(),
                Kind::Sarif => sarif::document(&writer.told, settings.catalogue),
                Kind::Junit => {
                    let unknowns = match settings.unknown {
                        Unknown::Undetermined => Unknowns::Error,
                        Unknown::Fail => Unknowns::Failure,
                        Unknown::Warn | Unknown::Ignore => Unknowns::Skipped,
                    };
                    junit::document(&writer.told, unknowns)
                }
                Kind::Markdown => markdown::document(&writer.told, beside),
                Kind::Github => {
                    append_summary(&markdown::document(&writer.told, beside))?;
                    github::annotations(&writer.told, settings.unknown == Unknown::Fail)
                }
            };
            writer.sink.write(&text)?;
            match writer.sink {
                Sink::Stdout(mut out) => out.flush()?,
                Sink::File(file) => file.finish()?,
                Sink::Nowhere => {}
            }
        }
        Ok(())
    }
}

/// The document up to its first result: results follow as they come, one a line.
fn json_head() -> String {
    let empty = json::document(Vec::new());
    let tool = empty.get("tool").cloned().unwrap_or_default();
    let schema = empty.get("schema").cloned().unwrap_or_default();
    format!("{{\"schema\":{schema},\"tool\":{tool},\"results\":[\n")
}

fn tally(results: usize, counts: [usize; 4], whole_tenant: bool) -> String {
    let [fine, wrong, open, accepted] = counts;
    if results <= 1 || whole_tenant {
        return String::new();
    }
    let accepted = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
    format!("{results} results: {fine} as they should be, {wrong} wrong, {open} not known{accepted}\n")
}

/// The snapshots and their ages.
fn ages(settings: &Settings<'_>) -> String {
    let mut out = String::new();
    for state in settings.states {
        let age = state.snapshot.taken_at.map_or_else(
            || "it does not say when it was taken".to_owned(),
            |taken| format!("taken {taken}, {}", ago(settings.now, taken)),
        );
        out.push_str(&format!("state {}: {age}\n", graphwhy::report::sanitise::one_line(&state.name)));
    }
    out
}

fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let (count, unit) = match seconds {
        ..0 => return "after the time that is asked about".to_owned(),
        0..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit} ago")
}

/// GitHub shows this file below the job.
fn append_summary(text: &str) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = PathBuf::from(path);
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            Failure::tool(
                format!("could not write `{}`: {error}", path.display()),
                "GITHUB_STEP_SUMMARY names the file; unset it, or make it writable",
            )
        })
}
