//! The tenant does not let transcripts name their speakers; only a request for such text is refused.

use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let settings = &case.view.snapshot().settings;
    let content = case.operation?.path.to_lowercase().ends_with("content");
    if gates.outcome(Gate::Tenant) == Outcome::Skipped || !content || settings.attributed_transcripts != Some(false) {
        return None;
    }
    let source = settings.source.as_deref().unwrap_or("snapshot");
    Some(
        case.finding("speaker-attribution-disabled", Gate::Tenant, Confidence::Possible)
            .saying("a request for text that names the speakers is refused; one that does not ask for them is not")
            .resting_on([Evidence::of("tenant", "attributed_transcripts", "off", source, settings.read_at)]),
    )
}
