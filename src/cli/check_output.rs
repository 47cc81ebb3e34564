//! Where the results of `check` go: one writer for each `--format`, fed as results come.

use graphwhy::check::row::{Counted, Row};
use graphwhy::check::state::State;
use graphwhy::check::told::{Report, Told, told};
use graphwhy::diagnose::Verdict;
use graphwhy::knowledge::{Catalogue, Gate, Severity};
use graphwhy::report::age;
use graphwhy::report::json;
use graphwhy::report::question::{self, Shared};
use graphwhy::report::verdicts::{Groups, Page};
use graphwhy::source::{masked, masked_json};
use jiff::Timestamp;

use super::Common;
use super::accepted::Unused;
use super::formats::{Kind, Sink, Target, Unknown, machine};
use super::output::{Failure, look};

/// Results up to this many are shown with their proof.
const WHOLE: usize = 3;
/// Up to this many are listed; more are grouped.
const LISTED: usize = 40;

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
    /// Accepted ones that are not known.
    accepted_unknown: usize,
    /// Allowed, denied and unknown ones.
    verdicts: [usize; 3],
    /// Something was expected.
    expected: bool,
    groups: Groups,
    /// Names of the reads that would settle what is not known, with how many results each is of.
    needs: Vec<(String, usize)>,
    /// Line of the last expectation that was told to be over: it is told once.
    over: Option<usize>,
}

struct Writer {
    kind: Kind,
    sink: Sink,
    told: Vec<Told>,
}

impl<'a> Outputs<'a> {
    pub(super) fn open(targets: &[Target], settings: Settings<'a>) -> Result<Self, Failure> {
        let mut writers = Vec::new();
        for target in targets {
            let mut writer = Writer { kind: target.kind, sink: Sink::open(target, settings.common)?, told: Vec::new() };
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
            accepted_unknown: 0,
            verdicts: [0; 3],
            expected: false,
            groups: Groups::default(),
            needs: Vec::new(),
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
            folds: !file && std::io::IsTerminal::is_terminal(&std::io::stdout()),
            look,
            catalogue: settings.catalogue,
            fail_on: settings.fail_on,
            state_arguments: &settings.state_arguments,
        }
    }

    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let counted = row.counted(self.settings.fail_on);
        let slot = match counted {
            _ if row.is_accepted() => 3,
            Counted::Fine => 0,
            Counted::Wrong => 1,
            Counted::Open => 2,
        };
        if let Some(count) = self.counts.get_mut(slot) {
            *count += 1;
        }
        self.accepted_unknown += usize::from(row.is_accepted() && counted == Counted::Open);
        let verdict = match row.verdict() {
            Verdict::Allowed => 0,
            Verdict::Denied => 1,
            Verdict::Unknown => 2,
        };
        if let Some(count) = self.verdicts.get_mut(verdict) {
            *count += 1;
        }
        if counted == Counted::Open && !row.is_accepted() {
            for name in row.needs() {
                match self.needs.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, count)) => *count += 1,
                    None => self.needs.push((name, 1)),
                }
            }
        }
        self.expected |= row.expected.is_some();
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
                        writer.sink.write_page(&format!("{gap}{}", page.whole(row)))?;
                    } else if total <= LISTED {
                        writer.sink.write_page(&page.line(row))?;
                    } else if !grouped {
                        grouped = true;
                        self.groups.add(row, &page);
                    }
                }
                Kind::Json => {
                    let gap = if self.results > 0 { ",\n" } else { "" };
                    writer.sink.write_json(&format!("{gap}{}", question::value(row, &self.shared)))?;
                }
                Kind::Ndjson if self.whole_tenant => {}
                Kind::Ndjson => writer.sink.write_json(&format!("{}\n", question::value(row, &self.shared)))?,
                Kind::Sarif | Kind::Junit | Kind::Markdown | Kind::Github => {
                    let mut one = told(row, self.settings.catalogue, self.settings.fail_on);
                    one.findings.retain(|found| !told_before || found.rule != "expectation-expired");
                    if writer.kind == Kind::Github && self.settings.unknown == Unknown::Ignore {
                        one.findings.retain(|found| !found.open);
                    }
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
            writer.sink.write_json(&line)?;
        }
        Ok(())
    }

    /// Lines of very many pairs.
    pub(super) fn lines(&mut self, lines: &str) -> Result<(), Failure> {
        for writer in self.writers.iter_mut().filter(|writer| writer.kind == Kind::Ndjson) {
            writer.sink.write_json(lines)?;
        }
        Ok(())
    }

    pub(super) fn close(self, beside: &[String], unused: &[Unused]) -> Result<(), Failure> {
        let Self {
            writers,
            settings,
            whole_tenant,
            results,
            counts,
            accepted_unknown,
            verdicts,
            expected,
            groups,
            mut needs,
            ..
        } = self;
        needs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let whole = settings.total <= WHOLE || settings.common.verbose || whole_tenant;
        for mut writer in writers {
            let text = match writer.kind {
                Kind::Human => {
                    let page = Self::page(&settings, matches!(writer.sink, Sink::File(_)));
                    let mut text = String::new();
                    if !whole && settings.total > LISTED {
                        text.push_str(&groups.text(&page));
                    }
                    if !whole {
                        text.push_str(&page.below(&needs, counts));
                    }
                    let gap = if results > 0 { "\n" } else { "" };
                    let ages: String = ages(&settings).iter().map(|line| format!("{line}\n")).collect();
                    let tally = tally(results, counts, accepted_unknown, (!expected).then_some(verdicts), whole_tenant);
                    masked(&format!("{text}{gap}{tally}{ages}"))
                }
                Kind::Json => {
                    let warnings = beside.iter().cloned().chain(unused.iter().map(Unused::line));
                    let warnings: serde_json::Value = warnings.collect();
                    masked_json(format!("\n],\"warnings\":{warnings}}}\n"))
                }
                Kind::Ndjson => String::new(),
                Kind::Sarif | Kind::Junit | Kind::Markdown | Kind::Github => {
                    let summary = summary(&writer.told);
                    let columns = ["app", "user", "operation"];
                    writer.told.extend(unused.iter().map(|one| one.told(columns.len(), settings.fail_on)));
                    let report = Report {
                        command: "check",
                        told: &writer.told,
                        summary: &summary,
                        columns: &columns,
                        beside,
                        below: "",
                        states: &ages(&settings),
                        catalogue: settings.catalogue,
                    };
                    machine(writer.kind, &report, settings.unknown.in_tests())?
                }
            };
            writer.sink.write(&text)?;
            writer.sink.finish()?;
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

/// How many results there are of each kind; by their verdicts where nothing was expected.
fn tally(
    results: usize,
    counts: [usize; 4],
    accepted_unknown: usize,
    verdicts: Option<[usize; 3]>,
    whole_tenant: bool,
) -> String {
    let [fine, wrong, open, accepted] = counts;
    if results <= 1 || whole_tenant {
        return String::new();
    }
    let unknown = if accepted_unknown > 0 { format!(" ({accepted_unknown} of them not known)") } else { String::new() };
    let accepted = if accepted > 0 { format!(", {accepted} accepted{unknown}") } else { String::new() };
    if let Some([allowed, denied, unknown]) = verdicts {
        return format!("{results} results: {allowed} allowed, {denied} denied, {unknown} unknown{accepted}\n");
    }
    let be = if fine == 1 { "it" } else { "they" };
    format!("{results} results: {fine} as {be} should be, {wrong} wrong, {open} not known{accepted}\n")
}

/// The verdicts, counted.
fn summary(told: &[Told]) -> String {
    let count = |verdict| told.iter().filter(|one| one.verdict == Some(verdict)).count();
    format!(
        "{} result{}: {} allowed, {} denied, {} unknown",
        told.len(),
        if told.len() == 1 { "" } else { "s" },
        count(Verdict::Allowed),
        count(Verdict::Denied),
        count(Verdict::Unknown),
    )
}

/// The snapshots and their ages.
fn ages(settings: &Settings<'_>) -> Vec<String> {
    settings.states.iter().map(|state| age::state(&state.name, &state.snapshot, settings.now)).collect()
}
