//! `graphwhy diff`: what changed between two snapshots, and who gained or lost access through it.

use std::path::PathBuf;
use std::process::ExitCode;

use graphwhy::fix::access;
use graphwhy::report::{json, tenant as report};
use graphwhy::tenant::diff::diff;

use super::output::{Failure, catalogue, look, print};
use super::state::read_one;
use super::{Common, Format};

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The earlier snapshot
    #[arg(value_name = "BEFORE", help_heading = "State")]
    before: PathBuf,
    /// The later snapshot
    #[arg(value_name = "AFTER", help_heading = "State")]
    after: PathBuf,
    /// Exit with 1 if anybody gained or lost access
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,
}

impl Diff {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let catalogue = catalogue(common)?;
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
        let effects = access::compare(before, after, &[]);
        let text = match self.format {
            Format::Human => report::diff(&differences, &effects, &catalogue, look(common)),
            Format::Json => {
                format!("{:#}\n", json::document(vec![report::diff_value(&differences, &effects, before, after)]))
            }
            Format::Ndjson => format!("{}\n", report::diff_value(&differences, &effects, before, after)),
        };
        if !common.quiet {
            print(&text)?;
        }
        let changed = effects.gains_total > 0
            || effects.loses_total > 0
            || effects.gains_future
            || effects.loses_future
            || !effects.opens.is_empty()
            || !effects.closes.is_empty();
        Ok(ExitCode::from(u8::from(self.exit_code && changed)))
    }
}
