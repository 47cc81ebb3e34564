//! What `lint` prints: findings for people, and reports for machines.

use std::collections::{BTreeMap, BTreeSet};

use graphwhy::check::told::{Accepted, Counted, Found, Place, Report, Told};
use graphwhy::diagnose::Finding;
use graphwhy::input::Span;
use graphwhy::knowledge::{Catalogue, Severity};
use graphwhy::lint::Edit;
use graphwhy::report::human::Look;
use graphwhy::report::junit::Unknowns;
use graphwhy::report::sarif::Replacement;
use graphwhy::report::{github, json, script as report};
use graphwhy::source::Source;
use graphwhy::source::sanitise;

use super::formats::{Kind, machine_with_fixes};
use super::lint_files::Read;
use super::output::{Failure, note};

/// What all reports of a run are made of.
pub(super) struct Page<'a> {
    pub(super) files: &'a [Read],
    pub(super) failures: &'a [Failure],
    pub(super) catalogue: &'a Catalogue,
    pub(super) fail_on: Severity,
}

impl Page<'_> {
    pub(super) fn text(&self, kind: Kind, look: Look) -> Result<String, Failure> {
        let results = || {
            self.files.iter().map(|file| report::ScriptResult {
                linted: &file.linted,
                source: &file.text.source,
                catalogue: self.catalogue,
            })
        };
        Ok(match kind {
            Kind::Json => {
                let mut printed = json::Printed::default();
                results().for_each(|result| printed.add(&result));
                let mut document = json::document(Vec::new());
                if let Some(object) = document.as_object_mut().filter(|_| !self.failures.is_empty()) {
                    object.insert("errors".to_owned(), self.failures.iter().map(Failure::value).collect());
                }
                printed.within(&document)
            }
            Kind::Ndjson => results().map(|result| json::line(&result)).collect(),
            Kind::Human => self.human(look),
            Kind::Sarif | Kind::Junit | Kind::Markdown | Kind::Github => self.machine(kind)?,
        })
    }

    fn human(&self, look: Look) -> String {
        let mut page = String::new();
        for file in self.files {
            let (shown, left_out) = shown(&file.linted.findings, if look.verbose { usize::MAX } else { MOST });
            for index in shown {
                let Some(finding) = file.linted.findings.get(index) else { continue };
                let edits: Vec<&Edit> = edits_of(file, index).iter().collect();
                if !page.is_empty() {
                    page.push('\n');
                }
                page.push_str(&report::human(finding, &edits, &file.text.source, self.catalogue, look));
            }
            if !left_out.is_empty() {
                page.push('\n');
                page.push_str(&report::left_out(&left_out, &file.text.source, look));
            }
        }
        if !page.is_empty() {
            page.push('\n');
        }
        page
    }

    fn machine(&self, kind: Kind) -> Result<String, Failure> {
        let mut told = Vec::new();
        let mut fixes = BTreeMap::new();
        for file in self.files {
            self.tell(file, &mut told, &mut fixes);
        }
        let mut apart: Vec<(Option<Place>, String)> = Vec::new();
        for file in self.files {
            let at = |span: Span| Some(place(&file.text.source, span));
            let unused = file.linted.unused_suppressions.iter();
            apart.extend(unused.map(|unused| {
                (at(unused.span), format!("suppression of `{}` has no effect: {}", unused.cause, unused.why))
            }));
            let loud = file.linted.notes.iter().filter(|note| note.loud);
            apart.extend(loud.map(|note| (at(note.span), note.text.clone())));
        }
        apart.extend(self.failures.iter().map(|failure| (None, failure.to_string())));
        let beside: Vec<String> = apart
            .iter()
            .map(|(place, text)| match place {
                Some(place) => format!("{}:{}:{}: {text}", place.file, place.line, place.column),
                None => text.clone(),
            })
            .collect();
        let summary = counts(self.files);
        let report = Report {
            command: "lint",
            told: &told,
            summary: &summary,
            columns: &["cause"],
            beside: &beside,
            below: "",
            states: &[],
            catalogue: self.catalogue,
        };
        match kind {
            Kind::Github => {
                let warnings = graphwhy::source::masked(&github::warnings(&apart));
                Ok(machine_with_fixes(kind, &report, Unknowns::Skipped, &fixes)? + &warnings)
            }
            kind => machine_with_fixes(kind, &report, Unknowns::Skipped, &fixes),
        }
    }

    /// A result for each finding; a file without any is one that passes.
    fn tell(&self, file: &Read, told: &mut Vec<Told>, fixes: &mut BTreeMap<usize, Vec<Replacement>>) {
        let source = &file.text.source;
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let accepted = file.linted.suppressed.iter().map(|one| {
            let place = place(source, one.span);
            let accepted = Accepted {
                reason: one.reason.clone(),
                until: None,
                place: format!("{}:{}", place.file, place.line),
                in_source: true,
            };
            (None, &one.finding, Some(accepted))
        });
        let findings = file.linted.findings.iter().enumerate().map(|(index, finding)| (Some(index), finding, None));
        for (index, finding, accepted) in findings.chain(accepted) {
            let one = self.one(source, finding, accepted, &mut seen);
            let edits: Vec<Replacement> = index
                .map(|index| edits_of(file, index))
                .unwrap_or_default()
                .iter()
                .map(|edit| Replacement {
                    place: place(source, Span::new(edit.start, edit.end)),
                    insert: edit.insert.clone(),
                    words: if edit.safe { "what --fix writes" } else { "a suggestion" },
                })
                .collect();
            if !edits.is_empty() {
                fixes.insert(told.len(), edits);
            }
            told.push(one);
        }
        if file.linted.findings.is_empty() && file.linted.suppressed.is_empty() {
            let name = sanitise::one_line(source.name());
            told.push(Told {
                counted: Counted::Fine,
                accepted: None,
                verdict: None,
                test: (name.clone(), "lint".to_owned()),
                cells: vec![String::new()],
                place: Place::at(name.clone(), 1, 1),
                key: name,
                sentence: "nothing found".to_owned(),
                findings: Vec::new(),
            });
        }
    }

    fn one(
        &self,
        source: &Source,
        finding: &Finding,
        accepted: Option<Accepted>,
        seen: &mut BTreeMap<String, usize>,
    ) -> Told {
        let title = report::title(finding, self.catalogue);
        let sentence =
            if finding.explanation.is_empty() { title.to_owned() } else { format!("{title}: {}", finding.explanation) };
        let mut places = finding.labels.iter().map(|label| (place(source, label.span), label.text.clone()));
        let (here, label) = places.next().unwrap_or_else(|| (place(source, Span::new(0, 0)), String::new()));
        let written = finding.labels.first().map(|label| source.slice(label.span)).unwrap_or_default();
        // Lines move; what is written there, and how many times before, does not as often.
        let text = format!("{}/{}/{}", here.file, finding.cause, sanitise::shortened(written, 80));
        let count = seen.entry(text.clone()).and_modify(|count| *count += 1).or_insert(1);
        let key = if *count > 1 { format!("{text}/{count}") } else { text };
        let test = format!("{} at {}:{}", finding.cause, here.line, here.column);
        Told {
            counted: if finding.severity >= self.fail_on { Counted::Wrong } else { Counted::Fine },
            accepted,
            verdict: None,
            test: (test, here.file.clone()),
            cells: vec![finding.cause.to_string()],
            place: here,
            key,
            sentence: sentence.clone(),
            findings: vec![Found {
                rule: finding.cause.to_string(),
                severity: finding.severity,
                open: false,
                mark: finding.severity.name(),
                sentence: if label.is_empty() { sentence } else { format!("{label}: {sentence}") },
                related: places.collect(),
            }],
        }
    }
}

/// Findings of one file that a page for people draws; nobody reads more of them.
pub(super) const MOST: usize = 500;

/// The findings that a page draws, by their places in the text, and of the others how many have which cause. The gravest are
/// drawn, and of those the first.
fn shown(findings: &[Finding], most: usize) -> (Vec<usize>, BTreeMap<&str, usize>) {
    let place = |index: &usize| {
        findings.get(*index).and_then(|finding| finding.labels.first()).map_or(0, |label| label.span.start)
    };
    // A person reads a script from its top.
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(place);
    if order.len() <= most {
        return (order, BTreeMap::new());
    }
    let severity = |index: &usize| findings.get(*index).map(|finding| finding.severity);
    order.sort_by_key(|index| std::cmp::Reverse(severity(index)));
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in order.iter().skip(most).filter_map(|index| findings.get(*index)) {
        *left_out.entry(finding.cause.as_ref()).or_default() += 1;
    }
    order.truncate(most);
    order.sort_by_key(place);
    (order, left_out)
}

/// The edits of a finding, which stand in the order of findings: a file may have very many of both.
fn edits_of(file: &Read, finding: usize) -> &[Edit] {
    let edits = &file.linted.edits;
    let first = edits.partition_point(|edit| edit.finding < finding);
    let end = edits.partition_point(|edit| edit.finding <= finding);
    edits.get(first..end).unwrap_or_default()
}

/// A place with its end, for reports.
fn place(source: &Source, span: Span) -> Place {
    let (start, end) = (source.position(span.start), source.position(span.end));
    Place {
        file: sanitise::one_line(source.name()),
        line: start.line,
        column: start.column,
        end: Some((end.line, end.column)),
    }
}

/// What is no data: suppressions without effect, skipped syntax, beside a diff the findings that it does not show, the count.
pub(super) fn tell(files: &[Read], catalogue: &Catalogue, verbose: bool, diff: bool) {
    for file in files {
        let at = |span: Span| {
            let position = file.text.source.position(span.start);
            format!("{}:{}:{}", sanitise::one_line(file.text.source.name()), position.line, position.column)
        };
        for unused in &file.linted.unused_suppressions {
            let text = format!("suppression of `{}` has no effect: {}", unused.cause, unused.why);
            note(&format!("{}: {text}", at(unused.span)));
        }
        for skipped in file.linted.notes.iter().filter(|note| note.loud || verbose) {
            note(&format!("{}: info: {}", at(skipped.span), skipped.text));
        }
    }
    let fixable = |file: &Read, finding: usize| {
        let edits = edits_of(file, finding);
        !edits.is_empty() && edits.iter().all(|edit| edit.safe)
    };
    if diff {
        tell_others(files, catalogue, &fixable);
    }
    note(&counts(files));
    let count = files.iter().map(|file| (0..file.linted.findings.len()).filter(|at| fixable(file, *at)).count()).sum();
    match (count, diff) {
        (0_usize, _) => {}
        (count, true) => note(&format!("{count} fixable with `--fix`")),
        (count, false) => note(&format!("{count} fixable with `--fix`; `--diff` shows the edits")),
    }
}

/// The findings of which a diff shows nothing, a line each.
fn tell_others(files: &[Read], catalogue: &Catalogue, fixable: &dyn Fn(&Read, usize) -> bool) {
    for file in files {
        let (drawn, _) = shown(&file.linted.findings, MOST);
        let told: Vec<usize> = drawn.into_iter().filter(|index| !fixable(file, *index)).collect();
        // What the diff shows is not left out.
        let more = (0..file.linted.findings.len()).filter(|index| !fixable(file, *index)).count() - told.len();
        for index in told {
            let Some(finding) = file.linted.findings.get(index) else { continue };
            let (span, label) =
                finding.labels.first().map_or((Span::new(0, 0), ""), |label| (label.span, label.text.as_str()));
            let place = place(&file.text.source, span);
            let title = report::title(finding, catalogue);
            let label = if label.is_empty() { String::new() } else { format!(": {label}") };
            note(&sanitise::one_line(&format!(
                "{}:{}:{}: {}: {title}{label} ({})",
                place.file,
                place.line,
                place.column,
                finding.severity.name(),
                finding.cause
            )));
        }
        if more > 0 {
            note(&format!("… and {more} more in `{}`", sanitise::one_line(file.text.source.name())));
        }
    }
}

fn counts(files: &[Read]) -> String {
    let count = |severity: Severity| {
        files.iter().flat_map(|file| &file.linted.findings).filter(|finding| finding.severity == severity).count()
    };
    let suppressed: usize = files.iter().map(|file| file.linted.suppressed.len()).sum();
    let suppressed = if suppressed > 0 { format!(", {suppressed} suppressed") } else { String::new() };
    let unread = files.iter().flat_map(|file| &file.linted.notes).any(|note| note.unread);
    let unread = if unread { "; not all was read" } else { "" };
    let losing: BTreeSet<_> = files.iter().flat_map(|file| &file.linted.losing).collect();
    let may_lose = files.iter().flat_map(|file| &file.linted.may_lose).collect::<BTreeSet<_>>();
    let lost = match (losing.len(), may_lose.difference(&losing).count()) {
        (0, 0) => String::new(),
        (0, 1) => "; 1 user may lose an app".to_owned(),
        (0, users) => format!("; {users} users may lose an app"),
        (1, 0) => "; 1 user loses an app".to_owned(),
        (users, 0) => format!("; {users} users lose an app"),
        (1, more) => format!("; 1 user loses an app, {more} more may"),
        (users, more) => format!("; {users} users lose an app, {more} more may"),
    };
    let counted = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}: {}, {}, {}{suppressed}{unread}",
        counted(files.len(), "file"),
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning"),
        counted(count(Severity::Info), "note")
    ) + &lost
}
