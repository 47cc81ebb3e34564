//! `graphwhy audit`: hygiene of a tenant.

use std::path::PathBuf;
use std::process::ExitCode;

use graphwhy::report::{json, tenant as report};

use super::explain::read_snapshots;
use super::output::{Failure, catalogue, look, print};
use super::{Common, FailOn, Format};

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    /// Snapshot of the tenant's policy state; repeat it for several tenants
    #[arg(long, value_name = "FILE", required = true, help_heading = "State")]
    state: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,
    /// Exit with 1 for findings of this severity or above
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
}

impl Audit {
    pub(crate) fn run(self, common: &Common) -> Result<ExitCode, Failure> {
        let catalogue = catalogue(common)?;
        let snapshots = read_snapshots(&self.state)?;
        let look = look(common);
        let mut failing = false;
        let mut values = Vec::new();
        let mut pages = Vec::new();
        for snapshot in &snapshots {
            let findings = graphwhy::audit::audit(snapshot, &catalogue);
            failing |= findings.iter().any(|finding| finding.severity >= self.fail_on.severity());
            match self.format {
                Format::Human => pages.push(report::audit(&findings, snapshot, &catalogue, look)),
                Format::Json | Format::Ndjson => values.push(report::audit_value(&findings, snapshot, &catalogue)),
            }
        }
        let text = match self.format {
            Format::Human => pages.join("\n"),
            Format::Json => format!("{:#}\n", json::document(values)),
            Format::Ndjson => values.iter().map(|value| format!("{value}\n")).collect(),
        };
        if !common.quiet {
            print(&text)?;
        }
        Ok(ExitCode::from(u8::from(failing)))
    }
}
