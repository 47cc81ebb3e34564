//! What stands around a failure: changes that are told below it, reads on both sides of it, another pair than the text
//! names, and lists that lack the app or the user.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER_USER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const AT: &str = "2026-03-04T08:05:00Z";

fn part(items: &Value) -> Value {
    json!({"status": "complete", "items": items})
}

/// A whole state: the user has `Desk`, which lists another app, and `Global` lists this one.
fn shadowed(taken: &str) -> Value {
    let user =
        |id: &str, upn: &str| json!({"id": id, "upn": upn, "type": "member", "enabled": true, "teams": "enabled"});
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": taken,
        "policies": part(&json!([{"name": "Global", "app_ids": [APP]}, {"name": "Desk", "app_ids": [OTHER_APP]}])),
        "direct": part(&json!([{"user_id": USER, "policy": "Desk"}])),
        "groups": part(&json!([])),
        "users": part(&json!([user(USER, "lena@contoso.com"), user(OTHER_USER, "megan@contoso.com")])),
        "apps": part(&json!([app(APP, "Scheduler"), app(OTHER_APP, "Recorder")])),
        "history": [],
    })
}

fn app(id: &str, name: &str) -> Value {
    json!({"app_id": id, "name": name, "enabled": true,
        "roles": [{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]})
}

/// Nobody has a policy of their own.
fn allowed(taken: &str) -> Value {
    let mut state = shadowed(taken);
    state["direct"]["items"] = json!([]);
    state
}

fn refused() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n403 Forbidden: No application access policy \
         found for this app {APP} on the user {USER}.\n"
    )
}

fn not_found() -> String {
    format!(
        "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 404 Not Found\n\n{{\"error\": {{\"code\": \
         \"Request_ResourceNotFound\", \"message\": \"Resource '{USER}' does not exist or one of its queried \
         reference-property objects are not present.\"}}}}\n"
    )
}

fn explain(text: &str, state: &Value, more: &[&str]) -> Value {
    let options = [&["--format", "json", "--at", AT], more].concat();
    explain_with(text, state, &options).json()["results"][0].clone()
}

fn found(result: &Value) -> Vec<(&str, &str)> {
    fn text<'v>(one: &'v Value, key: &str) -> &'v str {
        one[key].as_str().unwrap_or_default()
    }
    let findings = result["findings"].as_array().expect("a list").iter();
    findings.map(|one| (text(one, "cause"), text(one, "confidence"))).collect()
}

#[test]
fn a_change_that_is_told_below_the_failure_and_came_before_it_is_a_doubt() {
    let before = shadowed("2026-03-04T08:00:00Z");
    let first = |words: &str, state: &Value| {
        let result = explain(&format!("{}\n{words}\n", refused()), state, &[]);
        let (cause, confidence) = found(&result)[0];
        (cause.to_owned(), confidence.to_owned())
    };
    let shadowed_is = |confidence: &str| ("policy-shadowed".to_owned(), confidence.to_owned());
    for words in [
        "I granted the policy again before this call.",
        "We had updated the policy before running this.",
        "This is after updating the policy this morning.",
        "I ran Grant-CsApplicationAccessPolicy before this.",
        "I ran Grant-CsApplicationAccessPolicy 10 minutes earlier.",
        "This is what I get after running Grant-CsApplicationAccessPolicy.",
        "After updating the policy it is still failing.",
        "I ran Grant-CsApplicationAccessPolicy again, still the same.",
        "Still failing after the grant this morning.",
        "Even after re-adding the app id the error persists.",
        "We did update the policy beforehand.",
        "Tried recreating the policy - no luck.",
        "(policy granted 5 minutes before the call)",
        "This was after re-granting the policy.",
        "The consultant re-did the access policy setup last night.",
        "Nobody changed the code, but the policy was granted again at 08:03.",
        "I will ask the admin, who changed the policy this morning.",
        "If it helps: we granted the policy again this morning.",
        "We added Lena to the group 10 minutes before this call.",
        "Lena was made a member of the security group before this call.",
        "The policy went live this morning.",
    ] {
        assert_eq!(first(words, &before), shadowed_is("likely"), "{words}");
    }
    for words in [
        "",
        "We changed the policy afterwards.",
        "Then we granted the policy.",
        "We have since assigned another policy to her.",
        "This was before we granted the policy.",
        "PS C:\\> Set-CsApplicationAccessPolicy -Identity Desk -AppIds @{Add='x'}",
        "To mend it run Grant-CsApplicationAccessPolicy.",
        "How long does it take after granting the policy?",
        "We never granted the policy before this call.",
        "I granted the policy last year, before this call.",
        "The password policy was changed before this call.",
        "Our conditional access policy was changed yesterday.",
        "We assigned the user a new phone number.",
    ] {
        assert_eq!(first(words, &before), shadowed_is("certain"), "{words}");
    }
    // What was read after the failure has what came before it.
    let after = shadowed("2026-03-04T08:10:00Z");
    assert_eq!(first("I granted the policy again before this call.", &after), shadowed_is("certain"));
}

#[test]
fn what_was_changed_after_the_failure_was_not_on_its_way() {
    let changed = |first: &str, last: &str| {
        let mut state = allowed("2026-03-04T08:30:00Z");
        state["history"] = json!([{"part": "direct", "key": USER, "change": "changed", "not_before": first,
            "not_after": last, "source": "two reads"}]);
        state["direct"]["items"] = json!([{"user_id": USER, "policy": "Rooms"}]);
        state["policies"]["items"].as_array_mut().expect("a list").push(json!({"name": "Rooms", "app_ids": [APP]}));
        explain(&refused(), &state, &[])
    };
    let after = changed("2026-03-04T08:10:00Z", "2026-03-04T08:20:00Z");
    let wait = found(&after).into_iter().find(|(cause, _)| *cause == "policy-still-propagating");
    assert!(wait.is_none_or(|(_, confidence)| confidence == "possible"), "{after:#}");
    assert_ne!(found(&after)[0].0, "policy-still-propagating", "{after:#}");
    let before = changed("2026-03-04T07:50:00Z", "2026-03-04T07:55:00Z");
    assert_eq!(found(&before)[0], ("policy-still-propagating", "likely"), "{before:#}");
}

#[test]
fn a_failure_between_two_reads_has_what_the_earlier_one_lacks() {
    let mut state = shadowed("2026-03-04T08:20:00Z");
    state["policies"]["items"][1]["app_ids"] = json!([APP, OTHER_APP]);
    let other = |part: &str, key: &str, value: &str| {
        json!({"part": part, "key": key, "change": "added", "value": value, "not_before": "2026-03-04T08:02:00Z",
            "not_after": "2026-03-04T08:20:00Z", "source": "two reads"})
    };
    state["history"] = json!([other("policies", "Desk", APP)]);
    let result = explain(&refused(), &state, &[]);
    assert_eq!(found(&result), [("policy-shadowed", "likely"), ("policy-still-propagating", "likely")], "{result:#}");
    let words = result["findings"][0]["explanation"].to_string();
    assert!(words.contains("read at 2026-03-04 08:02 UTC") && !words.contains("speaks against"), "{words}");
    // A member that came: several members are spoken of.
    let group = "6c2f3d4e-1111-4222-8333-944455556661";
    let mut joined = allowed("2026-03-04T08:20:00Z");
    joined["policies"] = part(&json!([{"name": "Global", "app_ids": []}, {"name": "Desk", "app_ids": [APP]}]));
    joined["groups"] =
        part(&json!([{"group_id": group, "policy": "Desk", "rank": 1, "members": part(&json!([USER]))}]));
    joined["history"] = json!([other("members", group, USER)]);
    let words = explain(&refused(), &joined, &[])["findings"][0]["explanation"].to_string();
    assert!(words.contains("a group's members were changed"), "{words}");
}

#[test]
fn what_the_state_refutes_for_the_pair_of_the_options_is_not_first() {
    let state = shadowed("2026-03-04T08:02:00Z");
    for options in [["--app", OTHER_APP], ["--user", OTHER_USER], ["--user", "megan@contoso.com"]] {
        let result = explain(&refused(), &state, &options);
        let policy =
            found(&result).into_iter().filter(|(cause, _)| cause.contains("polic") && !cause.contains("still"));
        assert!(policy.clone().all(|(_, confidence)| confidence == "possible"), "{options:?}: {result:#}");
        assert!(!found(&result)[0].0.contains("names-app"), "{options:?}: {result:#}");
        assert!(!result["undecided"].to_string().contains("a snapshot of the time"), "{options:?}: {result:#}");
    }
    // Of a pair that the state refuses too it is likely.
    let refused_too = explain(&refused(), &allowed("2026-03-04T08:02:00Z"), &["--app", OTHER_APP]);
    assert_eq!(found(&refused_too)[0].1, "likely", "{refused_too:#}");
}

#[test]
fn a_user_whom_the_answer_and_the_list_lack_is_first() {
    let mut state = allowed("2026-03-04T08:02:00Z");
    state["users"]["items"] = json!([]);
    let asked = ["--app", APP];
    let alone = explain(&not_found(), &state, &asked);
    assert_eq!(found(&alone)[0], ("user-unknown", "likely"));
    assert!(!alone.to_string().contains("the message is of the policy"), "{alone:#}");
    state["apps"]["items"][0]["roles"] =
        json!([{"id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All"}]);
    let narrow = explain(&not_found(), &state, &asked);
    assert_eq!(found(&narrow)[..2], [("user-unknown", "likely"), ("permission-too-narrow", "possible")]);
    state["apps"]["items"][0] = app(APP, "Scheduler");
    state["apps"]["items"][0]["enabled"] = json!(false);
    let disabled = explain(&not_found(), &state, &asked);
    assert_eq!(found(&disabled), [("user-unknown", "likely"), ("service-principal-disabled", "possible")]);
}

#[test]
fn a_list_that_lacks_the_app_or_the_user_leaves_the_first_finding_its_fix() {
    let of_first = |state: &Value| {
        let result = explain(&refused(), state, &[]);
        let first = result["findings"][0]["cause"].clone();
        let own = result["fixes"].as_array().expect("a list").iter().filter(|fix| fix["cause"] == first);
        let own: Vec<String> = own.map(Value::to_string).collect();
        (result, own)
    };
    let mut no_app = shadowed("2026-03-04T08:02:00Z");
    no_app["apps"]["items"] = json!([]);
    let (result, own) = of_first(&no_app);
    assert!(!own.is_empty(), "{result:#}");
    assert!(result["contradiction"]["service"].to_string().contains("came with a token"), "{result:#}");
    let mut no_user = shadowed("2026-03-04T08:02:00Z");
    no_user["users"]["items"] = json!([]);
    let (result, own) = of_first(&no_user);
    assert!(!own.is_empty() && own.iter().all(|fix| !fix.contains(USER)), "{result:#}");
    // The user is looked up first.
    assert_eq!(result["fixes"][0]["cause"], "user-unknown", "{result:#}");
}

#[test]
fn what_is_read_next_is_not_what_is_there() {
    let mut state = shadowed("2026-03-04T08:02:00Z");
    state["direct"]["items"] = json!([{"user_id": USER, "policy": "Gone"}]);
    let gone = explain(&refused(), &state, &[]);
    assert!(!gone["undecided"].to_string().contains("a snapshot of the time"), "{gone:#}");
    let group = |id: &str, policy: &str, rank: Value| json!({"group_id": id, "policy": policy, "rank": rank, "members": part(&json!([USER]))});
    let mut unranked = allowed("2026-03-04T08:02:00Z");
    unranked["policies"]["items"].as_array_mut().expect("a list").push(json!({"name": "Rooms", "app_ids": [APP]}));
    unranked["groups"] = part(&json!([
        group("6c2f3d4e-1111-4222-8333-944455556661", "Desk", Value::Null),
        group("6c2f3d4e-1111-4222-8333-944455556662", "Rooms", json!(2)),
    ]));
    let open = explain(&refused(), &unranked, &[]);
    assert!(open["undecided"][0]["needs"].to_string().contains("their ranks"), "{open:#}");
}

#[test]
fn output_of_a_read_that_lists_otherwise_is_a_doubt() {
    let state = shadowed("2026-03-04T08:02:00Z");
    let output = |desk: &str| {
        format!(
            "PS C:\\> Get-CsApplicationAccessPolicy\n\nIdentity    : Global\nAppIds      : {{{APP}}}\nDescription :\n\n\
             Identity    : Tag:Desk\nAppIds      : {{{desk}}}\nDescription :\n\nPS C:\\> \n"
        )
    };
    let first = |text: &str| found(&explain(text, &state, &[]))[0].1.to_owned();
    for (listed, confidence) in [(APP, "likely"), (OTHER_APP, "certain")] {
        let output = output(listed);
        assert_eq!(first(&format!("{}\n{output}", refused())), confidence, "{listed}");
        assert_eq!(first(&format!("{output}\n{}", refused())), confidence, "{listed}");
    }
    let body = "HTTP/1.1 403 Forbidden\n\n{\"error\": {\"code\": \"Forbidden\", \"message\": \"No application access policy found";
    let answer = format!("{body} for this app {APP} on the user {USER}.\"}}}}\n");
    assert_eq!(first(&format!("{}\nGET /v1.0/users/{USER}/onlineMeetings/abc\n\n{answer}", output(APP))), "likely");
    // The command alone printed nothing.
    assert_eq!(first(&format!("PS C:\\> Get-CsApplicationAccessPolicy\n{}", refused())), "certain");
}

#[test]
fn output_of_a_read_that_assigns_otherwise_is_a_doubt() {
    let state = shadowed("2026-03-04T08:02:00Z");
    let first = |output: &str| {
        let text = format!("{}\nPS C:\\> {output}\n\nPS C:\\> \n", refused());
        found(&explain(&text, &state, &[]))[0].1.to_owned()
    };
    let of_user = |policy: &str| {
        format!(
            "Get-CsUserPolicyAssignment -Identity {USER} -PolicyType ApplicationAccessPolicy\n\nPolicyType              PolicyName \
             PolicySource\n----------              ---------- ------------\nApplicationAccessPolicy {policy}     {{Direct}}\n"
        )
    };
    let online = |policy: &str, user: &str| {
        format!(
            "Get-CsOnlineUser -Identity {user} | fl ApplicationAccessPolicy\n\nApplicationAccessPolicy : {policy}\n"
        )
    };
    assert_eq!(first(&of_user("Rooms")), "likely");
    assert_eq!(first(&of_user("Desk")), "certain");
    assert_eq!(first(&online("Rooms", USER)), "likely");
    assert_eq!(first(&online("", USER)), "likely");
    let column = |policy: &str| {
        format!(
            "Get-CsOnlineUser {USER} | Select ApplicationAccessPolicy\n\nApplicationAccessPolicy\n-----------------------\n{policy}\n"
        )
    };
    assert_eq!([first(&column("Rooms")), first(&column("Desk"))], ["likely", "certain"]);
    assert_eq!(first(&online("Desk", USER)), "certain");
    assert_eq!(first(&online("Rooms", OTHER_USER)), "certain");
    let group = "Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy\n\nGroupId                              PolicyType              \
                 PolicyName Rank CreatedTime         CreatedBy\n-------                              ----------              ---------- ---- \
                 -----------         ---------\naa11bb22-1111-4222-8333-444455556666 ApplicationAccessPolicy Rooms      1    \
                 3/4/2026 7:00:00    admin\n";
    assert_eq!(first(group), "likely");
}

#[test]
fn a_state_that_lacks_whom_the_service_asked_about_proves_nothing_of_the_policy() {
    for part in ["apps", "users"] {
        let mut state = shadowed("2026-03-04T08:02:00Z");
        let items = state[part]["items"].as_array_mut().expect("a list");
        items.remove(0);
        let result = explain(&refused(), &state, &[]);
        assert!(found(&result).iter().all(|(_, confidence)| *confidence != "certain"), "{part}: {result:#}");
    }
}

#[test]
fn a_policy_that_is_gone_is_not_given_back() {
    let mut state = shadowed("2026-03-04T08:02:00Z");
    state["direct"]["items"][0]["policy"] = json!("Gone");
    let result = explain(&refused(), &state, &[]);
    let undo: Vec<String> =
        result["fixes"].as_array().expect("a list").iter().map(|fix| fix["undo"].to_string()).collect();
    assert!(!undo.is_empty() && undo.iter().all(|line| !line.contains("-PolicyName 'Gone'")), "{undo:?}");
}

#[test]
fn a_policy_that_reaches_through_a_group_may_take_longer() {
    let mut state = allowed("2026-03-04T08:02:00Z");
    state["policies"] = part(&json!([{"name": "Global", "app_ids": []}, {"name": "Desk", "app_ids": [APP]}]));
    let slugs = |state: &Value| {
        let result = explain(&refused(), state, &[]);
        found(&result).into_iter().map(|(cause, _)| cause.to_owned()).collect::<Vec<_>>()
    };
    state["groups"] = part(&json!([{"group_id": "6c2f3d4e-1111-4222-8333-944455556661", "policy": "Desk", "rank": 1,
        "members": part(&json!([USER]))}]));
    assert_eq!(slugs(&state), ["group-assignment-still-propagating", "policy-still-propagating"]);
    assert_eq!(slugs(&allowed("2026-03-04T08:02:00Z")), ["policy-still-propagating"]);
}

#[test]
fn an_object_id_that_stays_in_a_list_is_told() {
    let object = "6a7b8c92-2345-4c7d-9e0f-1b2c3d4e5f60";
    let mut state = allowed("2026-03-04T08:02:00Z");
    state["policies"]["items"][0]["app_ids"] = json!([object]);
    state["apps"]["items"][0]["service_principal_id"] = json!(object);
    let fixes = explain(&refused(), &state, &[])["fixes"].clone();
    let global = fixes
        .as_array()
        .expect("a list")
        .iter()
        .find(|fix| fix["title"].to_string().contains("add the app to `Global`"));
    assert!(global.is_some_and(|fix| fix.to_string().contains("stays in the list")), "{fixes:#}");
}
