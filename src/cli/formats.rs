//! `--format FORMAT[=FILE]` for commands whose results pipelines read: the formats, and where they go.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use graphwhy::check::told::{Report, without_secrets};
use graphwhy::report::human::Look;
use graphwhy::report::junit::Unknowns;
use graphwhy::report::sarif::Replacement;
use graphwhy::report::{github, junit, markdown, sarif};
use graphwhy::source::{masked, masked_json, sanitise};

use super::files::{PrivateFile, keep_apart};
use super::offered::{Offered, offered};
use super::output::{Failure, look, shown};
use super::{Color, Common, Format};

/// What `--help` says of `--format`.
pub(super) const HELP: &str =
    "How to print: human, json, ndjson, sarif, junit, markdown or github; `=FILE` writes a file; repeatable";

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) kind: Kind,
    /// `None` = standard output.
    pub(super) file: Option<PathBuf>,
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

    /// The parser of the option, which completions ask for the formats.
    pub(super) fn parser() -> Offered<Self> {
        offered(Self::parse, || KINDS.iter().map(|(name, _)| *name).collect())
    }

    pub(super) fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    pub(super) fn is_each_pair(&self) -> bool {
        self.kind == Kind::Ndjson
    }

    /// How reports for people are drawn there.
    pub(super) fn look(&self, common: &Common) -> Look {
        match self.file {
            None => look(common),
            Some(_) => Look { width: 100, color: common.color == Color::Always, verbose: common.verbose },
        }
    }
}

/// Where the tool's own failure is told, beside standard error: as JSON, if JSON is what standard output is for.
pub(super) fn failure_targets(targets: &[Target]) -> Vec<super::Target> {
    let json = targets.iter().any(|target| target.is_stdout() && matches!(target.kind, Kind::Json | Kind::Ndjson));
    let format = if json { Format::Json } else { Format::Human };
    vec![super::Target { format, file: None }]
}

/// The files that reports are written to.
pub(super) fn files(targets: &[Target]) -> impl Iterator<Item = (&'static str, &Path)> {
    targets.iter().filter_map(|target| Some(("--format", target.file.as_deref()?)))
}

/// Standard output serves one format.
pub(super) fn check(targets: &[Target]) -> Result<(), Failure> {
    if targets.iter().filter(|target| target.is_stdout()).count() > 1 {
        return Err(Failure::usage(
            "two formats cannot share standard output",
            "write all but one to files: `--format human --format sarif=result.sarif`",
        ));
    }
    let files: Vec<&PathBuf> = targets.iter().filter_map(|target| target.file.as_ref()).collect();
    if let Some(twice) = files.iter().enumerate().find(|(index, file)| files.iter().take(*index).any(|it| it == *file))
    {
        return Err(Failure::usage(
            format!("two formats are written to `{}`", shown(twice.1)),
            "give each format a file of its own",
        ));
    }
    keep_apart(self::files(targets))
}

/// The document of a format that is written from what was told; empty for the others. `github` also appends to the
/// summary of the job.
pub(super) fn machine(kind: Kind, report: &Report<'_>, unknowns: Unknowns) -> Result<String, Failure> {
    machine_with_fixes(kind, report, unknowns, &BTreeMap::new())
}

/// The same with what to write instead, for the results of these numbers. Secrets are masked but in what is to be
/// written.
pub(super) fn machine_with_fixes(
    kind: Kind,
    report: &Report<'_>,
    unknowns: Unknowns,
    fixes: &BTreeMap<usize, Vec<Replacement>>,
) -> Result<String, Failure> {
    let told = without_secrets(report.told);
    let lines = |lines: &[String]| lines.iter().map(|line| masked(line)).collect::<Vec<String>>();
    let (beside, states) = (lines(report.beside), lines(report.states));
    let report = &Report { told: &told, beside: &beside, states: &states, ..*report };
    Ok(match kind {
        Kind::Human | Kind::Json | Kind::Ndjson => String::new(),
        Kind::Sarif => sanitise::json_safe(sarif::document_with_fixes(report, fixes)),
        Kind::Junit => junit::document(report, unknowns),
        Kind::Markdown => markdown::document(report),
        Kind::Github => {
            append_summary(&markdown::document(report))?;
            github::annotations(report, unknowns == Unknowns::Failure)
        }
    })
}

/// Writes one document for each target; all are made before the first is written.
pub(super) fn deliver(
    targets: &[Target],
    common: &Common,
    text: &mut dyn FnMut(Kind, Look) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let mut ready = Vec::with_capacity(targets.len());
    for target in targets {
        let sink = Sink::open(target, common)?;
        let text = text(target.kind, target.look(common))?;
        let text = match target.kind {
            Kind::Json | Kind::Ndjson => masked_json(sanitise::json_safe(text)),
            Kind::Human => masked(&text),
            Kind::Sarif | Kind::Junit | Kind::Markdown | Kind::Github => text,
        };
        ready.push((sink, text));
    }
    for (mut sink, text) in ready {
        sink.write(&text)?;
        sink.finish()?;
    }
    Ok(())
}

/// Where a document goes.
pub(super) enum Sink {
    Stdout(std::io::BufWriter<std::io::Stdout>),
    File(Box<PrivateFile>),
    Nowhere,
}

impl Sink {
    pub(super) fn open(target: &Target, common: &Common) -> Result<Self, Failure> {
        Ok(match &target.file {
            Some(path) => Self::File(Box::new(PrivateFile::create(path)?)),
            None if common.quiet => Self::Nowhere,
            None => Self::Stdout(std::io::BufWriter::with_capacity(1 << 16, std::io::stdout())),
        })
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => Ok(out.write_all(text.as_bytes())?),
            Self::File(file) => file.write(text),
            Self::Nowhere => Ok(()),
        }
    }

    /// JSON in which nothing acts on a terminal or ends a line for somebody, and without secrets.
    pub(super) fn write_json(&mut self, text: &str) -> Result<(), Failure> {
        let safe = if text.is_ascii() { text.to_owned() } else { sanitise::json_safe(text.to_owned()) };
        self.write(&masked_json(safe))
    }

    /// A page for people, without secrets.
    pub(super) fn write_page(&mut self, text: &str) -> Result<(), Failure> {
        self.write(&masked(text))
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File(file) => file.finish(),
            Self::Nowhere => Ok(()),
        }
    }
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
                format!("could not write `{}`: {error}", shown(&path)),
                "GITHUB_STEP_SUMMARY names the file; unset it, or make it writable",
            )
        })
}

/// What the user says that an unknown result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Unknown {
    /// Exit with 4
    Undetermined,
    /// Exit with 1
    Fail,
    /// Say so on standard error
    Warn,
    /// Say nothing
    Ignore,
}

impl Unknown {
    /// What an unknown result is as a test.
    pub(super) const fn in_tests(self) -> Unknowns {
        match self {
            Self::Undetermined => Unknowns::Error,
            Self::Fail => Unknowns::Failure,
            Self::Warn | Self::Ignore => Unknowns::Skipped,
        }
    }
}
