//! Failures with a snapshot, and with what the options say of them.

use super::*;

pub(crate) fn snapshot(tenant: &str) -> Value {
    json!({
        "schema": 1, "tenant_id": tenant, "cloud": "global", "taken_at": "2026-11-20T09:58:00Z",
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "partial", "items": [{"id": USER, "upn": "adele@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [{"app_id": APP, "name": "Scheduler", "enabled": true, "roles": [{"id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All"}]}]}
    })
}

#[test]
fn snapshots_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut newer = snapshot(TENANT);
    newer["schema"] = json!(2);
    let mut doubled = snapshot(TENANT);
    doubled["direct"]["items"] = json!([{"user_id": USER, "policy": null}, {"user_id": USER, "policy": "Global"}]);
    let mut no_id = snapshot(TENANT);
    no_id["policies"]["items"][0]["app_ids"] = json!(7);
    let cases = [
        ("newer", newer.to_string(), "schema", "schema"),
        ("not JSON", "{\"schema\": 1,\n  oops".to_owned(), "", "line 2"),
        ("empty", String::new(), "", "line 1"),
        ("a list", "[]".to_owned(), "", ""),
        ("two assignments", doubled.to_string(), "", "direct"),
        ("a number for ids", no_id.to_string(), "", "policies.items[0].app_ids"),
    ];
    for (what, text, says, place) in cases {
        let path = write(&folder, "state.json", &text);
        let run = graphwhy(["explain", "--example", "--state", &path, "--format", "json"], "");
        assert_eq!(run.code, 3, "{what}: {run:?}");
        let document = run.json();
        let error = &document["error"];
        assert!(error["message"].as_str().unwrap().contains(says), "{what}: {error}");
        assert!(!error["help"].as_str().unwrap().is_empty(), "{what}: {error}");
        let at = error["place"].as_str().unwrap_or_else(|| panic!("{what}: no place in {error}"));
        assert!(at.contains(place), "{what}: {error}");
        assert!(error.to_string().contains("state.json"), "{what}: which file? {error}");
        assert!(document.get("results").is_none(), "{what}: nothing is guessed");
        let human = graphwhy(["explain", "--example", "--state", &path], "");
        assert_eq!((human.code, human.out.as_str()), (3, ""));
        assert!(human.err.contains("\n  at: ") && human.err.contains("\n  help: "), "{what}: {human:?}");
    }
    let path = write(&folder, "latin1.json", b"{\"schema\": 1, \"tenant_id\": \"\xE9\"}");
    let run = graphwhy(["explain", "--example", "--state", &path], "");
    assert!(run.code == 3 && run.err.contains("not UTF-8") && run.err.contains("byte"), "{run:?}");
}

#[test]
fn the_snapshot_of_the_tenant_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let ours = write(&folder, "ours.json", snapshot(TENANT).to_string());
    let mut open = snapshot(OTHER_TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    let theirs = write(&folder, "theirs.json", open.to_string());
    let run = |tenant: Option<&str>, states: &[&str]| {
        let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
        let mut args = vec!["explain", "--format", "json", "--app", APP, "--request", &request];
        states.iter().for_each(|state| args.extend(["--state", state]));
        let mut command = command();
        if let Some(tenant) = tenant {
            command.env("GRAPHWHY_TOKEN", app_token(tenant));
        }
        first(&finish(command.args(args), NARROWED.as_bytes()))
    };
    let outcome = |result: &Value, gate: &str| {
        result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == gate).unwrap()["outcome"].clone()
    };
    let both = [ours.as_str(), theirs.as_str()];
    assert_eq!(outcome(&run(Some(TENANT), &both), "policy"), "fail");
    assert_eq!(outcome(&run(Some(OTHER_TENANT), &both), "policy"), "pass");
    assert_eq!(outcome(&run(None, &both), "policy"), "unknown", "two tenants, and nothing says which");
    assert_eq!(outcome(&run(None, &both[..1]), "policy"), "fail", "there is one tenant only");
    let stranger = "0d4c1f7e-6a2b-4e95-8c30-b7f9e1a2d386";
    assert_eq!(outcome(&run(Some(stranger), &both), "policy"), "unknown", "a tenant that none covers");
    let alone = run(Some(stranger), &both[..1]);
    assert!(findings(&alone).contains(&"token-from-another-tenant likely".to_owned()), "{alone:#}");
    let text =
        format!("AADSTS700016: Application with identifier '{APP}' was not found in the directory '{stranger}'.");
    let stated = first(&graphwhy(["explain", "--format", "json", "--state", &ours], text));
    assert_eq!(stated["facts"]["tenant_id"], stranger);
    assert!(
        stated["gates"].as_array().unwrap().iter().all(|gate| gate["outcome"] != "pass" || gate["gate"] == "service"),
        "{stated:#}"
    );
}

#[test]
fn a_snapshot_that_allows_contradicts_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = snapshot(TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    let state = write(&folder, "open.json", open.to_string());
    let request = format!("GET /v1.0/users/{USER}/onlineMeetings");
    let args = ["explain", "--format", "json", "--app", APP, "--request", &request, "--state", &state];
    let result = first(&graphwhy(args, NARROWED));
    let contradiction = &result["contradiction"];
    assert!(contradiction["service"].as_str().unwrap().contains("no effective policy"), "{result:#}");
    assert!(!contradiction["explanations"].as_array().unwrap().is_empty());
    assert!(findings(&result).iter().all(|it| !it.ends_with(" certain")), "nothing is certain then: {result:#}");
    let human = graphwhy(
        args[3..].iter().fold(vec!["explain"], |mut all, it| {
            all.push(it);
            all
        }),
        NARROWED,
    );
    assert!(human.out.contains("contradicts"), "{}", human.out);
}

#[test]
fn options_fill_what_the_text_leaves_open() {
    let request =
        "GET https://graph.microsoft.com/beta/users/adele@contoso.com/onlineMeetings?$filter=JoinWebUrl eq 'x'";
    let args = ["explain", "--format", "json", "--request", request, "--app", APP, "--at", "2026-11-20T10:00:00Z"];
    let facts = first(&graphwhy(args, NARROWED))["facts"].clone();
    assert_eq!(facts["operation"], "find-meeting");
    assert_eq!((&facts["method"], &facts["app_id"]), (&json!("GET"), &json!(APP)));
    assert_eq!((&facts["user"], facts.get("user_id")), (&json!("adele@contoso.com"), None));
    let by_id = first(&graphwhy(["explain", "--format", "json", "--user", USER], NARROWED))["facts"].clone();
    assert_eq!((&by_id["user_id"], by_id.get("user")), (&json!(USER), None));
    let by_name = first(&graphwhy(["explain", "--format", "json", "--user", "adele@contoso.com"], NARROWED));
    assert_eq!(by_name["facts"]["user"], "adele@contoso.com");
    let short = first(&graphwhy(["explain", "--format", "json", "--request", "/me/onlineMeetings/abc"], NARROWED));
    assert_eq!(short["facts"]["path"], "/me/onlineMeetings/abc");
    assert_eq!(
        first(&graphwhy(["explain", "--format", "json"], NARROWED))["facts"],
        json!({
            "code": "Forbidden", "message": "No application access policy found for this app"
        }),
        "nothing is invented"
    );
}

#[test]
fn a_user_principal_name_finds_its_user_in_the_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let state = write(&folder, "state.json", snapshot(TENANT).to_string());
    let request = "GET /v1.0/users/adele@contoso.com/onlineMeetings";
    let args = [
        "explain",
        "--format",
        "json",
        "--app",
        APP,
        "--user",
        "Adele@Contoso.com",
        "--request",
        request,
        "--state",
        &state,
        // An old snapshot is no proof of a failure without a time.
        "--at",
        "2026-11-20T09:58:00Z",
    ];
    let result = first(&graphwhy(args, NARROWED));
    let user = result["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "user").unwrap();
    assert_eq!(user["outcome"], "pass", "{user}");
    assert_eq!(findings(&result), ["no-policy-names-app certain"]);
}

#[test]
fn the_time_of_the_call_decides_what_may_still_propagate() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = snapshot(TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    open["history"] = json!([{"part": "policies", "key": "Global", "change": "changed", "value": APP,
        "not_before": "2026-11-20T09:40:00Z", "not_after": "2026-11-20T09:50:00Z", "source": "two reads"}]);
    let state = write(&folder, "open.json", open.to_string());
    let request = format!("GET /v1.0/users/{USER}/onlineMeetings");
    let at = |time: &str| {
        let args =
            ["explain", "--format", "json", "--app", APP, "--request", &request, "--state", &state, "--at", time];
        first(&graphwhy(args, NARROWED))
    };
    let time =
        |result: &Value| result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == "time").unwrap().clone();
    let early = at("2026-11-20T10:00:00Z");
    assert_eq!(findings(&early), ["policy-still-propagating likely"]);
    assert_eq!((&time(&early)["outcome"], &time(&early)["until"]), (&json!("unknown"), &json!("2026-11-20T10:20:00Z")));
    let late = at("2026-11-20T10:20:00Z");
    assert_eq!(time(&late)["outcome"], "pass", "an age equal to the window is outside");
    assert!(
        late["contradiction"]["explanations"][0].as_str().unwrap().contains("the documented time is over"),
        "{late:#}"
    );
    let zoned = at("2026-11-20T11:00:00+01:00");
    assert_eq!(time(&zoned), time(&early), "a zone is understood");
}

// --- secrets --------------------------------------------------------------------------------------
