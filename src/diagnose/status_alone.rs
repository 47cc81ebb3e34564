//! A failure of which nothing but a status is shown, and whose request only an option names: that Graph gave it is likely, and
//! why is open.

use super::Finding;
use crate::input::{Incident, Origin};
use crate::knowledge::Confidence;

/// Nothing is more than possible of such a failure.
pub(super) fn doubt(findings: &mut [Finding], incident: &Incident) {
    let facts = &incident.facts;
    let asked = facts.path.as_ref().is_some_and(|path| path.origin == Origin::Option);
    let signed = facts.request_id.is_some() || facts.client_request_id.is_some();
    let signed = signed || facts.host.as_ref().is_some_and(|host| host.origin == Origin::Text);
    let alone = facts.status.is_some() && facts.code.is_none() && facts.message.is_none() && !signed;
    let said = incident.symptoms.iter().any(|hit| !hit.loose);
    if !asked || !alone || said {
        return;
    }
    let words = "the text shows nothing but a status, and not that Graph gave it";
    let sure = findings.iter_mut().filter(|finding| finding.confidence > Confidence::Possible);
    sure.for_each(|finding| finding.lower(Confidence::Possible, words));
}
