//! The tenant's switch for transcripts (`Set-CsTeamsMeetingConfiguration -EnableGraphTranscriptAccess`).

use crate::diagnose::case::Case;
use crate::diagnose::gates::time::unknown_before;
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::knowledge::Gate;

/// The gate.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Tenant, outcome);
    if !case.operation.is_some_and(|operation| operation.reads_transcripts) {
        return gate(Outcome::Skipped);
    }
    if let Some(change) = case.view.later_switch() {
        return unknown_before(case, Gate::Tenant, change);
    }
    let settings = &case.view.snapshot().settings;
    let Some(on) = settings.graph_transcript_access else {
        return gate(Outcome::Unknown)
            .needing("transcript-switch")
            .noting("the tenant's switch for Graph access to transcripts was not read");
    };
    let value = if on { "on" } else { "off" };
    let source = settings.source.as_deref().unwrap_or("snapshot");
    gate(if on { Outcome::Pass } else { Outcome::Fail }).with(Evidence::of(
        "tenant",
        "graph_transcript_access",
        value,
        source,
        settings.read_at,
    ))
}
