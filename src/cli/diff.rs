//! `graphwhy diff`: what changed between two snapshots, and who gained or lost access through it.

use std::path::PathBuf;
use std::process::ExitCode;

use graphwhy::check::told::Report;
use graphwhy::fix::access;
use graphwhy::report::effects::access_words;
use graphwhy::report::junit::Unknowns;
use graphwhy::report::{json, lists, tenant as report};
use graphwhy::tenant::diff::diff;

use super::Common;
use super::files::{keep_inputs, named};
use super::formats::{self, Kind, Target};
use super::output::{Failure, catalogue, shown};
use super::state::read_one;

const EXIT: &str = "Exit codes: 0 compared; 1 with --exit-code: somebody gained or lost access; 2 usage; 3 the tool failed; 4 with --exit-code: one of the snapshots does not tell whether somebody did.";

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(crate) struct Diff {
    /// The earlier snapshot
    #[arg(value_name = "BEFORE", display_order = 1, help_heading = "State")]
    before: PathBuf,
    /// The later snapshot
    #[arg(value_name = "AFTER", display_order = 2, help_heading = "State")]
    after: PathBuf,
    /// Exit with 1 if anybody gained or lost access, with 4 if one of the snapshots does not tell whether somebody did
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
    #[arg(long, help = formats::HELP, value_name = "FORMAT[=FILE]", value_hint = clap::ValueHint::Other, value_parser = Target::parser(), hide_possible_values = true, default_value = "human", help_heading = "Output")]
    pub(crate) format: Vec<Target>,
}

impl Diff {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        formats::check(&self.format)?;
        keep_inputs(formats::files(&self.format), named("the comparison", [&self.before, &self.after]))?;
        let catalogue = catalogue(common)?;
        let file = self.after.display().to_string();
        let (before, after) = (&read_one(&self.before, common)?, &read_one(&self.after, common)?);
        if let (Some(a), Some(b)) = (before.tenant_id, after.tenant_id)
            && a != b
        {
            return Err(Failure::usage(
                format!("the snapshots are of two tenants: {a} and {b}"),
                "compare two snapshots of one tenant",
            ));
        }
        let differences = diff(before, after);
        let effects = access::between(before, after);
        let told = lists::diff(&differences, &effects, [before, after], &file, self.exit_code);
        let taken = |path: &std::path::Path, snapshot: &graphwhy::tenant::Snapshot| {
            let time = snapshot.taken_at.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string());
            format!("state {}: taken {time}", shown(path))
        };
        let states = [taken(&self.before, before), taken(&self.after, after)];
        let beside = lists::beside(&effects);
        let summary = format!(
            "{} difference{}; {}{}",
            differences.len(),
            if differences.len() == 1 { "" } else { "s" },
            access_words(&effects),
            if effects.undetermined() { "; for some, one of the snapshots does not tell" } else { "" }
        );
        formats::deliver(&self.format, common, &mut |kind, look| {
            let value = || report::diff_value(&differences, &effects, before, after);
            Ok(match kind {
                Kind::Human => {
                    let states: String = states.iter().map(|line| format!("{line}\n")).collect();
                    format!("{}\n{states}", report::diff(&differences, &effects, [before, after], &catalogue, look))
                }
                Kind::Json => format!("{:#}\n", json::document(vec![value()])),
                Kind::Ndjson => format!("{}\n", value()),
                kind => {
                    let report = Report {
                        command: "diff",
                        told: &told,
                        summary: &summary,
                        columns: &lists::DIFF,
                        beside: &beside,
                        below: "",
                        states: &states,
                        catalogue: &catalogue,
                    };
                    formats::machine(kind, &report, Unknowns::Error)?
                }
            })
        })?;
        Ok(ExitCode::from(match (effects.changed_as_told(), effects.undetermined() || effects.changed()) {
            _ if !self.exit_code => 0,
            (true, _) => 1,
            (false, true) => 4,
            (false, false) => 0,
        }))
    }
}
