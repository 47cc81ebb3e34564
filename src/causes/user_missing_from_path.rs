//! The path goes to `/onlineMeetings` without a user, or with what no user is called in the place of one.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

/// Digits of an object id, without its hyphens; a torn one has a few less or more.
const DIGITS: std::ops::RangeInclusive<usize> = 27..=37;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, _) = call.path()?;
    if let Some(reason) = nobody_named(call) {
        let confidence = if call.says(&["user-id-not-guid"]) {
            Confidence::Certain
        } else if call.says(&["unknown-error", "empty-forbidden"]) {
            Confidence::Likely
        } else {
            return None;
        };
        return call.finding("user-missing-from-path", confidence, reason, call.at_path("names nobody"));
    }
    if !route.starts_with("/onlinemeetings") {
        return None;
    }
    // The paths of texts are often shortened, and where a segment is missing the service says so.
    let confidence = if call.symptoms.is_empty() { Confidence::Likely } else { Confidence::Possible };
    call.finding("user-missing-from-path", confidence, "the path names no user", call.at_path("below no user"))
}

/// What stands in the place of the user, in lower case.
fn user_segment(route: &str) -> Option<&str> {
    let rest = route.strip_prefix("/users")?;
    let below = rest.find("/onlinemeetings")?;
    let user = rest.get(..below)?;
    let keyed = user.strip_prefix("('").and_then(|user| user.strip_suffix("')"));
    keyed.or_else(|| user.strip_prefix('/')).filter(|user| !user.contains('/'))
}

/// Why what stands in the place of the user is nobody: what a program writes where it has no value, or an id that was
/// cut or mistyped. A placeholder of a description may stand for anybody.
pub(super) fn nobody_named(call: &Call<'_>) -> Option<String> {
    let (route, _) = call.path()?;
    let user = user_segment(&route)?;
    let unset = ["", "undefined", "null", "none", "nil", "nan", "[object object]", "%5bobject%20object%5d"];
    if unset.contains(&user) {
        return Some(if user.is_empty() {
            "the path has nothing between `/users/` and `/onlineMeetings`: the program had no id to put there".into()
        } else {
            format!("the path has `{user}` in the place of the user's object id: the program had no id to put there")
        });
    }
    is_torn_id(user).then(|| {
        let count = user.chars().count();
        format!(
            "`{user}` is no object id and no name: a GUID that was cut or mistyped ({count} characters; one has 36)"
        )
    })
}

/// Whether a text is a GUID but for a few characters.
fn is_torn_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    let others = text.bytes().filter(|byte| byte.is_ascii_alphanumeric() && !byte.is_ascii_hexdigit()).count();
    (4..=6).contains(&groups.len())
        && groups.iter().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && DIGITS.contains(&digits)
        && others <= 1
        && uuid::Uuid::try_parse(text).is_err()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use crate::diagnose::{Context, explain};
    use crate::input::incidents;
    use crate::knowledge::{Catalogue, Confidence};
    use crate::source::Source;

    fn found(user: &str, answer: &str) -> Vec<(String, Confidence)> {
        let catalogue = Catalogue::builtin();
        let text = format!("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n{answer}");
        let source = Source::from_bytes("test", text.as_bytes());
        let incident = incidents(&source, &catalogue).into_iter().next().unwrap();
        let context = Context { catalogue: &catalogue, snapshot: None, text: source.text() };
        let findings = explain(&incident, context).findings;
        findings.iter().map(|finding| (finding.cause.to_string(), finding.confidence)).collect()
    }

    const NO_GUID: &str =
        "{\"error\":{\"code\":\"BadRequest\",\"message\":\"The userId in request URL is not a valid GUID.\"}}";
    const EMPTY: &str =
        "{\"error\":{\"code\":\"UnknownError\",\"message\":\"\",\"innerError\":{\"date\":\"2026-11-20T09:15:00\"}}}";

    #[test]
    fn what_names_nobody() {
        let missing = |confidence| vec![("user-missing-from-path".to_owned(), confidence)];
        for user in [
            "undefined",
            "null",
            "None",
            "",
            "748d2cbb-3b55-40ed-8c34-2eae5932b22",
            "748d2cbb-3b55-40ed-8c34-2eae5932b22ab",
            "748d2cbb-3b55-40ed-8c342eae5932b22a",
        ] {
            assert_eq!(found(user, NO_GUID), missing(Confidence::Certain), "{user}");
            assert!(found(user, EMPTY).starts_with(&missing(Confidence::Likely)), "{user}");
            assert!(!found(user, EMPTY).iter().any(|(cause, _)| cause == "user-principal-name-in-path"), "{user}");
        }
    }

    #[test]
    fn what_may_name_a_user() {
        for (user, confidence) in [
            ("adele@contoso.com", Confidence::Certain),
            ("adele", Confidence::Certain),
            ("[redacted]", Confidence::Certain),
            ("{id}", Confidence::Certain),
            ("748d2cbb-3b55-40ed-8c34-2eae5932b22a", Confidence::Likely),
        ] {
            let expected = ("user-principal-name-in-path".to_owned(), confidence);
            assert_eq!(found(user, NO_GUID), [expected], "{user}");
        }
    }
}
