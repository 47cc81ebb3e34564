//! `graphwhy audit`: hygiene of a tenant.

use std::path::PathBuf;
use std::process::ExitCode;

use graphwhy::check::accept::{self, Suppression};
use graphwhy::check::told::{Accepted, Counted, Report, Told};
use graphwhy::diagnose::Finding;
use graphwhy::report::lists;
use graphwhy::report::{age, json, tenant as report};
use graphwhy::tenant::Snapshot;
use jiff::Timestamp;

use super::accepted::{self, Baseline, Of};
use super::files::{keep_apart, keep_inputs, named};
use super::formats::{self, Kind, Target, Unknown};
use super::output::{Failure, catalogue, note};
use super::state::{STATE_HELP, read_named_states};
use super::{Common, FailOn};

const EXIT: &str = "Exit codes: 0 nothing odd, and all of it was looked for; 1 a finding of at least --fail-on; 2 usage; 3 the tool failed; 4 not all was read (see --unknown).";

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(crate) struct Audit {
    #[arg(long, help = STATE_HELP, value_name = "FILE", required = true, help_heading = "State")]
    state: Vec<PathBuf>,
    #[arg(long, help = formats::HELP, value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = Target::parser(), hide_possible_values = true, default_value = "human", help_heading = "Output")]
    pub(crate) format: Vec<Target>,
    /// Exit with 1 for findings of this severity or above
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
    /// What parts that were not read whole are: `undetermined` exits with 4, `fail` with 1, the others with 0
    #[arg(long, value_enum, default_value = "undetermined", value_name = "HOW", help_heading = "Output")]
    unknown: Unknown,
    /// Known findings, TOML with `[[suppress]]` entries, each with a reason and a last day; repeatable
    #[arg(long, visible_alias = "baseline", value_name = "FILE", help_heading = "Output")]
    suppress: Vec<PathBuf>,
    /// Write the findings of now as a file of suppressions. Of such a file that is there already stays what still holds
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    write_baseline: Option<PathBuf>,
}

/// What was found in one tenant.
struct Audited<'s> {
    snapshot: &'s Snapshot,
    /// Findings that are not accepted.
    live: Vec<Finding>,
    told: Vec<Told>,
    accepted: usize,
}

impl Audit {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        formats::check(&self.format)?;
        keep_inputs(
            formats::files(&self.format),
            named("--state", &self.state).chain(named("--suppress", &self.suppress)),
        )?;
        keep_inputs(named("--write-baseline", &self.write_baseline), named("--state", &self.state))?;
        keep_apart(named("--write-baseline", &self.write_baseline).chain(formats::files(&self.format)))?;
        let catalogue = catalogue(common)?;
        let baseline = self.write_baseline.as_deref();
        let mut baseline = baseline.map(|path| Baseline::read(path, Of::Objects, &catalogue)).transpose()?;
        let suppressions = accepted::read(&self.suppress, &catalogue)?;
        let states = read_named_states(&self.state, common)?;
        let now = Timestamp::now();
        let mut used = vec![false; suppressions.len()];
        let mut audited = Vec::new();
        let ages: Vec<String> = states.iter().map(|state| age::state(&state.name, &state.snapshot, now)).collect();
        for state in &states {
            let (file, snapshot) = (&state.name, &state.snapshot);
            let findings = graphwhy::audit::audit(snapshot, &catalogue);
            if let Some(baseline) = &mut baseline {
                findings.iter().for_each(|finding| baseline.add_finding(finding, now));
            }
            let mut told = lists::audit(&findings, snapshot, file, &catalogue, self.fail_on.severity());
            let mut live = Vec::new();
            let all = findings.len();
            for (finding, told) in findings.into_iter().zip(&mut told) {
                match covered(&suppressions, &finding, now) {
                    Some((index, accepted)) => {
                        told.accepted = Some(accepted);
                        if let Some(used) = used.get_mut(index) {
                            *used = true;
                        }
                    }
                    None => live.push(finding),
                }
            }
            let accepted = all - live.len();
            audited.push(Audited { snapshot, live, told, accepted });
        }
        let unused = accepted::unused(&suppressions, &used, now, Of::Objects);
        let mut beside = Vec::new();
        let unread: Vec<String> = audited
            .iter()
            .flat_map(|one| report::unchecked_words(&graphwhy::audit::unchecked(one.snapshot)))
            .map(|words| format!("not looked for in what was not read: {words}"))
            .collect();
        beside.extend(unread.iter().cloned());
        let stale = unused.iter().map(|one| one.told(lists::AUDIT.len(), self.fail_on.severity()));
        let told: Vec<Told> = audited.iter().flat_map(|one| one.told.iter().cloned()).chain(stale).collect();
        let findings: usize = audited.iter().map(|one| one.live.len()).sum();
        let not_all = if unread.is_empty() { "" } else { "; not all was read" };
        let summary = format!("{findings} finding{}{not_all}", if findings == 1 { "" } else { "s" });
        formats::deliver(&self.format, common, &mut |kind, look| {
            Ok(match kind {
                Kind::Human => {
                    let page = |one: &Audited<'_>| {
                        let page = report::audit(&one.live, one.snapshot, &catalogue, look);
                        let known = if one.accepted > 0 {
                            format!("    {} accepted by suppressions\n", one.accepted)
                        } else {
                            String::new()
                        };
                        page + &known
                    };
                    let pages = audited.iter().map(page).collect::<Vec<_>>().join("\n");
                    let ages: String = ages.iter().map(|line| format!("{line}\n")).collect();
                    format!("{pages}\n{ages}")
                }
                Kind::Json => {
                    let values = audited.iter().map(|one| report::audit_value(&one.live, one.snapshot, &catalogue));
                    format!("{:#}\n", json::document(values.collect()))
                }
                Kind::Ndjson => audited
                    .iter()
                    .map(|one| format!("{}\n", report::audit_value(&one.live, one.snapshot, &catalogue)))
                    .collect(),
                kind => {
                    let report = Report {
                        command: "audit",
                        told: &told,
                        summary: &summary,
                        columns: &lists::AUDIT,
                        beside: &beside,
                        below: "",
                        states: &ages,
                        catalogue: &catalogue,
                    };
                    formats::machine(kind, &report, self.unknown.in_tests())?
                }
            })
        })?;
        if let Some(baseline) = &baseline {
            baseline.write(unread.is_empty(), now, common.quiet)?;
        }
        if !common.quiet {
            for one in &unused {
                note(&format!("warning: {}", one.line()));
            }
        }
        let failing = told.iter().any(|one| one.counted == Counted::Wrong && one.accepted.is_none());
        let open = !unread.is_empty();
        if open && self.unknown == Unknown::Warn && !common.quiet {
            note("warning: not all was read; the report says what was not looked for");
        }
        Ok(ExitCode::from(match self.unknown {
            _ if failing => 1,
            Unknown::Fail if open => 1,
            Unknown::Undetermined if open => 4,
            Unknown::Undetermined | Unknown::Fail | Unknown::Warn | Unknown::Ignore => 0,
        }))
    }
}

fn covered(suppressions: &[Suppression], finding: &Finding, now: Timestamp) -> Option<(usize, Accepted)> {
    let index = accept::covering_finding(
        suppressions,
        &finding.cause,
        (&lists::objects(finding), &lists::object_name(finding)),
        now,
    )?;
    let one = suppressions.get(index)?;
    Some((
        index,
        Accepted {
            reason: one.reason.clone(),
            until: Some(one.until.to_string()),
            place: format!("{}:{}", one.source_name, one.place.line),
            in_source: false,
        },
    ))
}
