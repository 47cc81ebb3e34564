//! The gate of the request: what the text and the options show of it.

use super::{Evidence, Finding, GateResult, Outcome};
use crate::input::{Facts, Origin};
use crate::knowledge::Gate;

/// What every number of the sign-in authority begins with.
const SIGN_IN: &str = "AADSTS";

/// The number of a sign-in that was refused (`AADSTS7000215`), where the text shows no call to Graph beside it.
#[must_use]
pub fn refused_sign_in(facts: &Facts) -> Option<&str> {
    let said = facts.code.iter().chain(&facts.message).find_map(|fact| {
        let number = fact.value.strip_prefix(SIGN_IN)?;
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        fact.value.get(..SIGN_IN.len() + digits).filter(|_| digits > 0)
    });
    said.filter(|_| facts.path.is_none())
}

/// What is known of the request.
pub(super) fn request_gate(facts: &Facts, findings: &[Finding]) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Request, outcome);
    if refused_sign_in(facts).is_some() {
        return gate(Outcome::Skipped).noting("the sign-in was refused, no call to Graph");
    }
    let Some(path) = &facts.path else {
        return gate(Outcome::Unknown).needing("request").noting("the request is not in the text");
    };
    let evidence = Evidence {
        object: "the request".into(),
        field: "path".into(),
        value: path.value.clone(),
        source: if path.origin == Origin::Option { "--request".into() } else { "pasted".into() },
        read_at: None,
    };
    let doubt = findings.iter().find(|finding| finding.gate == Gate::Request);
    match doubt {
        Some(finding) => gate(Outcome::Unknown)
            .needing("request")
            .noting(format!("`{}` is {}", finding.cause, finding.confidence.name()))
            .with(evidence),
        None => gate(Outcome::Pass).with(evidence),
    }
}
