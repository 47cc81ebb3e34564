//! Causes that the request itself excludes, whatever suggested them.

use super::call::Call;
use super::doubted::names_global;
use crate::knowledge::cloud_of_host;

/// Why the request excludes a cause; `None` where it says nothing.
#[must_use]
pub fn refuted(cause: &str, call: &Call<'_>) -> Option<String> {
    let facts = call.facts;
    match cause {
        "user-principal-name-in-path" => {
            let (route, _) = call.path()?;
            let by_id = facts.user_id.as_ref().is_some_and(|user| route.contains(&user.value.to_string()));
            if let Some(reason) = super::user_missing_from_path::nobody_named(call) {
                return Some(reason);
            }
            let nobody = facts.user.is_none() && !route.contains("users/") && !route.contains("users(");
            if by_id && call.says(&["user-id-not-guid"]) {
                // The service's own words: then the path is of another call.
                None
            } else if by_id {
                Some("the path names the user by object id".into())
            } else {
                nobody.then(|| "the path names no user".into())
            }
        }
        "join-url-filter-malformed" => {
            if quotes_another_expression(call) {
                return Some("what the service could not read is no lookup by a join link".into());
            }
            // The service's own words of the property: how the link is written does not speak against them.
            if call.says(&["filter-property-unknown"]) {
                return None;
            }
            let (route, query) = call.path()?;
            // A list without a filter does not exist: whoever logged the path left the query out.
            if query.is_empty() && route.ends_with("/onlinemeetings") {
                return None;
            }
            if !query.contains("joinweburl") {
                return Some("the request does not look up a join link".into());
            }
            // A link that is shown without its encoding may have been sent either way.
            let quotes = query.matches('\'').count() + query.matches("%27").count();
            (query.contains("https%3a%2f%2f") && quotes % 2 == 0)
                .then(|| "the join link in the filter is quoted, and encoded once".into())
        }
        "granted-policy-does-not-exist" => {
            // `[ClientError] : User "ada@contoso.com" not found`
            let of_user = |words: &str| {
                let (lead, _) = words.split_once(['"', '\'', '`']).unwrap_or_default();
                lead.trim_end().rsplit([' ', ':']).next().is_some_and(|word| word.eq_ignore_ascii_case("user"))
            };
            if call.words("policy-name-not-found").any(of_user) {
                return Some("the words name a user, not a policy".into());
            }
            names_global(call).then(|| "`Global` always exists, and is granted to nobody by name".into())
        }
        "join-url-of-app-organizer" => {
            let (organizer, app) = (facts.organizer_id.as_ref()?.value, facts.app_id.as_ref()?.value);
            (organizer != app).then(|| format!("the join link names the organizer `{organizer}`, not the app"))
        }
        "meeting-in-another-tenant" => {
            let (theirs, own) = (facts.meeting.as_ref()?.value.tenant?, facts.token.as_ref()?.value.tenant?);
            (theirs == own).then(|| "join link and token name the same tenant".into())
        }
        "application-access-unsupported" => {
            let role = facts.operation?.application?.accepted().next()?;
            Some(format!("the operation takes `{role}` as an application permission"))
        }
        // What an empty answer suggests of meetings, it does not of the rest of Graph.
        "no-policy-names-app" | "policy-not-granted" | "user-without-teams"
            if call.says(&["unknown-error", "empty-forbidden"]) && !call.says_policy() =>
        {
            let (route, _) = call.path()?;
            let of_meetings = ["onlinemeetings", "virtualevents", "communications", "$batch"];
            let elsewhere = !route.is_empty() && !of_meetings.iter().any(|part| route.contains(part));
            elsewhere.then(|| "the request is about no meeting".into())
        }
        "operation-not-in-version" => {
            let (operation, version) = (facts.operation?, facts.version.as_ref()?);
            let listed = operation.versions.contains(&version.value.as_str());
            listed.then(|| format!("the documents have the path in {}", version.value))
        }
        "operation-not-in-cloud" => {
            let cloud = cloud_of_host(&facts.host.as_ref()?.value)?;
            let listed = facts.operation?.clouds.contains(&cloud.name);
            listed.then(|| format!("the documents offer the operation in {}", cloud.name))
        }
        _ => None,
    }
}

/// `Syntax error at position 12 in 'displayName eq ...'`, `... on type 'microsoft.graph.user'`: the message shows what
/// it is about, and that is no lookup of a meeting.
fn quotes_another_expression(call: &Call<'_>) -> bool {
    let expression = call.words("filter-syntax").any(|words| {
        let words = words.to_lowercase();
        words.split_once(" in ").is_some_and(|(_, shown)| {
            shown.contains(char::is_alphanumeric)
                && !["joinweburl", "joinurl", "joinmeetingid"].iter().any(|property| shown.contains(property))
        })
    });
    let typed = call.words("filter-property-unknown").any(|words| {
        let words = words.to_lowercase();
        let named = words.split_once("on type").map(|(_, rest)| rest.trim_start_matches([' ', '\'', '\\', '"', '`']));
        named
            .and_then(|named| named.strip_prefix("microsoft.graph."))
            .is_some_and(|named| !named.starts_with("onlinemeeting"))
    });
    expression || typed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use crate::diagnose::{Context, explain};
    use crate::input::incidents;
    use crate::knowledge::{Catalogue, Confidence};
    use crate::source::Source;

    /// How sure the cause is, where it is found.
    fn confidence(text: &str, cause: &str) -> Option<Confidence> {
        let catalogue = Catalogue::builtin();
        let source = Source::from_bytes("test", text.as_bytes());
        let incident = incidents(&source, &catalogue).into_iter().next()?;
        let context = Context { catalogue: &catalogue, snapshot: None, text: source.text() };
        explain(&incident, context).findings.iter().find(|it| it.cause == cause).map(|it| it.confidence)
    }

    #[test]
    fn words_that_the_call_speaks_against_are_no_proof() {
        let roles = |held: &str| {
            format!(
                "403 Missing role permissions on the request. API requires one of 'OnlineMeetings.Read.All'. Roles on the request '{held}'."
            )
        };
        let policy = |name: &str| {
            format!(
                "Grant-CsApplicationAccessPolicy : Policy \"{name}\" is not a user policy. You can assign only a user policy to a specific user."
            )
        };
        let certain = Some(Confidence::Certain);
        for (text, sure) in [
            (
                "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Syntax error at position 4 in 'JoinWebUrl eq https'.\"}}",
                true,
            ),
            (
                "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Syntax error at position 12 in 'displayName eq O'Brien'.\"}}",
                false,
            ),
            (
                "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Could not find a property named 'joinUrl' on type 'microsoft.graph.onlineMeeting'.\"}}",
                true,
            ),
            (
                "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Could not find a property named 'joinUrl' on type 'microsoft.graph.user'.\"}}",
                false,
            ),
        ] {
            assert_eq!(confidence(text, "join-url-filter-malformed").is_some(), sure, "{text}");
        }
        for (text, cause, sure) in [
            (roles("User.Read.All"), "permission-not-granted", true),
            (roles("User.Read.All, OnlineMeetings.Read.All"), "permission-not-granted", false),
            (policy("Meetings"), "granted-policy-does-not-exist", true),
            (policy("Global"), "granted-policy-does-not-exist", false),
        ] {
            assert_eq!(confidence(&text, cause) == certain, sure, "{text}");
        }
    }
}
