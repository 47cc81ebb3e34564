//! `graphwhy rules`: the catalogue.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use graphwhy::check::told::OWN_RULES;
use graphwhy::diagnose::{failing_examples, has_examples};
use graphwhy::fix::template::Slots;
use graphwhy::knowledge::{Catalogue, Cause, Operation, Severity, advice, operations};
use graphwhy::report::wrapped::{markdown, wrap};
use graphwhy::source::sanitise::{one_line, visible};
use serde_json::{Value, json};

use super::offered::slug_parser;
use super::output::{Failure, catalogue, look, not_valid, note, print, rule_files, shown};
use super::{Common, Format};

const EXIT: &str = "Exit codes: 0 printed, or the examples hold; 2 usage, also for a slug that no cause has; 3 the rules of --rules cannot be read, or an example does not hold.";

/// Arguments of `rules`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(crate) struct Rules {
    /// A cause: prints why it happens, how to tell it apart and how to fix it
    #[arg(value_name = "SLUG", value_parser = slug_parser(), hide_possible_values = true)]
    slug: Option<String>,
    /// Run the examples of the rules in `--rules DIR`: `like` and `unlike` of symptoms, the examples of causes
    #[arg(long, conflicts_with = "slug")]
    check: bool,
    /// List the operations: the short name, and the method and path
    #[arg(long, conflicts_with_all = ["slug", "check"])]
    operations: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,
}

impl Rules {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let catalogue = catalogue(common)?;
        if self.check {
            return check(common, &catalogue);
        }
        if self.operations {
            if !common.quiet {
                print(&listed_operations(self.format, common.verbose))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(own) = self.slug.as_deref().and_then(own_rule).filter(|(slug, ..)| catalogue.cause(slug).is_none())
        {
            if !common.quiet {
                print(&self.result(own, look(common).width))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let chosen: Vec<&Cause> = match &self.slug {
            Some(slug) => vec![find(&catalogue, slug)?],
            None => catalogue.causes().iter().collect(),
        };
        let text = match self.format {
            Format::Json => format!(
                "{:#}\n",
                json!({ "schema": 1, "causes": chosen.iter().map(|cause| value(cause)).collect::<Vec<_>>() })
            ),
            Format::Ndjson => chosen.iter().map(|cause| format!("{}\n", value(cause))).collect(),
            Format::Human if self.slug.is_some() => {
                chosen.iter().map(|cause| long(cause, look(common).width)).collect()
            }
            Format::Human => list(&chosen, look(common).width),
        };
        if !common.quiet {
            print(&text)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every operation: those with a short name first.
fn listed_operations(format: Format, whole: bool) -> String {
    let (mut all, unnamed): (Vec<&Operation>, Vec<&Operation>) =
        operations().iter().partition(|operation| operation.name.is_some());
    all.sort_by_key(|operation| operation.name);
    let left_out = if whole || format != Format::Human { 0 } else { unnamed.len() };
    all.extend(unnamed.into_iter().filter(|_| left_out == 0));
    let value =
        |operation: &&Operation| json!({ "name": operation.name, "method": operation.method, "path": operation.path });
    match format {
        Format::Json => {
            format!("{:#}\n", json!({ "schema": 1, "operations": all.iter().map(value).collect::<Vec<_>>() }))
        }
        Format::Ndjson => all.iter().map(|operation| format!("{}\n", value(operation))).collect(),
        Format::Human => {
            let width = all.iter().filter_map(|operation| operation.name).map(str::len).max().unwrap_or(0);
            let line = |operation: &&Operation| {
                let name = operation.name.unwrap_or_default();
                format!("{name:width$}  {} {}\n", operation.method, operation.path)
            };
            let lines: String = all.iter().map(line).collect();
            let more = match left_out {
                0 => String::new(),
                more => format!("{more} more operations have no short name: `--verbose` lists them.\n"),
            };
            format!(
                "{lines}\n{more}`--operation` takes a short name, or method and path; `{{…}}` stands for an id, and may be written as it is.\n"
            )
        }
    }
}

/// One of the rules that say what a result is: slug, severity, title and what helps.
type OwnRule = (&'static str, Severity, &'static str, &'static str);

fn own_rule(slug: &str) -> Option<OwnRule> {
    OWN_RULES.into_iter().find(|(own, ..)| *own == slug)
}

impl Rules {
    /// A rule of results, which is no cause.
    fn result(&self, (slug, severity, title, help): OwnRule, width: usize) -> String {
        let value = json!({ "result": slug, "title": title, "severity": severity.name(), "text": help });
        match self.format {
            Format::Json => format!("{:#}\n", json!({ "schema": 1, "causes": [], "results": [value] })),
            Format::Ndjson => format!("{value}\n"),
            Format::Human => {
                let words = format!("A result, not a cause: {help}.");
                format!(
                    "{}\nseverity: {}\n\n{}\n",
                    heading(slug, title, width),
                    severity.name(),
                    markdown(&words, width).trim_end()
                )
            }
        }
    }
}

/// Runs the examples of an organisation's own rules.
fn check(common: &Common, catalogue: &Catalogue) -> Result<ExitCode, Failure> {
    let Some(dir) = &common.rules else {
        return Err(Failure::usage("`--check` checks an organisation's own rules", "name their folder: `--rules DIR`"));
    };
    let files = rule_files(dir)?;
    if !common.quiet {
        not_read(dir).chain(dead_slugs(&files, catalogue)).for_each(|words| note(&format!("warning: {words}")));
    }
    let failing = failing_examples(&files, catalogue).map_err(|error| not_valid(dir, &error))?;
    let Some(first) = failing.first() else {
        if !common.quiet {
            print(&if has_examples(&files).map_err(|error| not_valid(dir, &error))? {
                format!("the examples of `{}` hold: {}\n", shown(dir), counted(&files, catalogue))
            } else {
                format!("`{}` can be read, and has no examples: add `like` and `unlike` to its symptoms\n", shown(dir))
            })?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let told: Vec<String> = failing.iter().map(ToString::to_string).collect();
    Err(Failure::Tool {
        message: format!("examples of `{}` do not hold: {}", shown(dir), told.join("; ")),
        help: "mend the files at these lines".into(),
        place: Some(format!("{}:{}", first.file, first.line)),
    })
}

/// How many causes and messages are the organisation's own.
fn counted(files: &[(String, String)], catalogue: &Catalogue) -> String {
    let own = Catalogue::builtin();
    let many = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let causes = files.iter().filter(|(name, _)| name.ends_with(".md")).count();
    let messages = catalogue.symptoms().len().saturating_sub(own.symptoms().len());
    format!("{} and {} read", many(causes, "cause"), many(messages, "message"))
}

/// What lies in the folder and is not looked at, though it may be meant.
fn not_read(dir: &Path) -> impl Iterator<Item = String> {
    let top = listed(dir).into_iter().filter_map(|(name, folder)| {
        let shown = one_line(&name);
        match folder {
            true if name != "causes" => {
                Some(format!("the folder `{shown}` is not read: causes stand in `causes/<slug>.md`"))
            }
            false if name.ends_with(".md") && !name.eq_ignore_ascii_case("README.md") => {
                Some(format!("`{shown}` is not read: a cause stands in `causes/<slug>.md`"))
            }
            false if name != "symptoms.toml" && !name.eq_ignore_ascii_case("README.md") => {
                Some(format!("`{shown}` is not read: messages stand in `symptoms.toml`, causes in `causes/<slug>.md`"))
            }
            _ => None,
        }
    });
    let causes = listed(&dir.join("causes")).into_iter().filter_map(|(name, folder)| {
        let is_read = Path::new(&name).extension().is_some_and(|ending| ending == "md");
        let what = if folder { "the folder " } else { "" };
        (folder || !is_read)
            .then(|| format!("{what}`causes/{}` is not read: a cause stands in `causes/<slug>.md`", one_line(&name)))
    });
    top.chain(causes)
}

/// What a folder holds by its names, and whether each is a folder; hidden ones are none of ours.
fn listed(dir: &Path) -> Vec<(String, bool)> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let entries = entries.map(|it| (it.file_name().to_string_lossy().into_owned(), it.path().is_dir()));
    let mut names: Vec<(String, bool)> = entries.filter(|(name, _)| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// Causes that are told apart from one that does not exist.
fn dead_slugs<'f>(files: &'f [(String, String)], catalogue: &'f Catalogue) -> impl Iterator<Item = String> + 'f {
    files.iter().filter(|(name, _)| name.ends_with(".md")).flat_map(move |(name, text)| {
        let section = text.split_once("\n## Tell apart").map_or("", |(_, rest)| rest);
        let lines = section.lines().skip(1).take_while(|line| !line.starts_with("## "));
        let slug = |line: &'f str| Some(line.trim_start().strip_prefix("- `")?.split_once('`')?.0);
        lines.filter_map(slug).filter(|slug| catalogue.cause(slug).is_none()).map(move |slug| {
            let near = catalogue.nearest(slug).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("{name}: `{}` below `Tell apart` is no cause{near}", one_line(slug))
        })
    })
}

fn find<'c>(catalogue: &'c Catalogue, slug: &str) -> Result<&'c Cause, Failure> {
    catalogue.cause(slug).ok_or_else(|| {
        let help = catalogue.nearest(slug).map_or_else(
            || "`graphwhy rules` lists them".to_owned(),
            |nearest| format!("did you mean `{nearest}`? `graphwhy rules` lists all"),
        );
        Failure::usage(format!("no cause is called `{slug}`"), help)
    })
}

fn list(causes: &[&Cause], width: usize) -> String {
    let slugs = causes.iter().map(|cause| cause.slug.chars().count()).max().unwrap_or(0);
    let mut causes = causes.to_vec();
    causes.sort_by_key(|cause| (cause.gates.first().copied(), cause.slug.clone()));
    let mut out = String::new();
    let mut gate = None;
    for cause in causes {
        if gate != cause.gates.first() {
            gate = cause.gates.first();
            if let Some(gate) = gate {
                let gap = if out.is_empty() { "" } else { "\n" };
                let _ = writeln!(out, "{gap}{}", gate.name());
            }
        }
        let room = width.saturating_sub(slugs + 5).max(30);
        for (index, part) in wrap(&one_line(&cause.title), room).iter().enumerate() {
            let slug = if index == 0 { cause.slug.as_ref() } else { "" };
            let _ = writeln!(out, "  {slug:slugs$}  {part}");
        }
    }
    out.push_str("\n`graphwhy rules SLUG` prints the long text of one.\n");
    out
}

/// Slug and title, in lines that fit.
fn heading(slug: &str, title: &str, width: usize) -> String {
    let lines = wrap(&format!("# {slug}: {}", one_line(title)), width);
    lines.iter().enumerate().fold(String::new(), |text, (index, line)| {
        let indent = if index == 0 { "" } else { "  " };
        format!("{text}{indent}{line}\n")
    })
}

fn long(cause: &Cause, width: usize) -> String {
    let gates: Vec<&str> = cause.gates.iter().map(|gate| gate.name()).collect();
    let sources: String = cause
        .sources
        .iter()
        .map(|it| format!("- {} (checked {})\n", one_line(&it.url), one_line(&it.checked)))
        .collect();
    format!(
        "{}\ngates: {}; severity: {}; since {}\n\n{}\n\n## Sources\n{sources}",
        heading(&cause.slug, &cause.title, width.saturating_sub(2)),
        gates.join(", "),
        cause.severity.name(),
        cause.since,
        markdown(&with_holes(&visible(&advice(&cause.body))), width).trim_end()
    )
}

/// The same holes in commands and prose as in a fix of which nothing is known.
fn with_holes(text: &str) -> String {
    let slots = Slots::default();
    let mut fenced = false;
    let lines = text.lines().map(|line| {
        fenced ^= line.starts_with("```");
        let line = if fenced { slots.fill(line) } else { slots.fill_words(line) };
        format!("{line}\n")
    });
    lines.collect()
}

fn value(cause: &Cause) -> Value {
    let sources: Vec<Value> =
        cause.sources.iter().map(|source| json!({ "url": source.url, "checked": source.checked })).collect();
    let raised: Vec<Value> = cause
        .raised_by
        .iter()
        .map(|raised| json!({ "symptom": raised.symptom, "confidence": raised.confidence.name() }))
        .collect();
    json!({
        "cause": cause.slug,
        "title": cause.title,
        "gates": cause.gates.iter().map(|gate| gate.name()).collect::<Vec<_>>(),
        "severity": cause.severity.name(),
        "since": cause.since,
        "raised_by": raised,
        "decided_by": cause.decided_by,
        "sources": sources,
        "text": cause.body,
    })
}
