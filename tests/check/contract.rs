//! Pairs, single questions, exit codes.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Run, graphwhy};

pub(crate) const TENANT: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const NOTES: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
pub(crate) const OTHER: &str = "1c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e21";
pub(crate) const ADA: &str = "5b1e2c3d-1111-4222-8333-944455556666";
pub(crate) const BOB: &str = "5b1e2c3d-1111-4222-8333-944455557777";
pub(crate) const CY: &str = "5b1e2c3d-1111-4222-8333-944455558888";
pub(crate) const DI: &str = "5b1e2c3d-1111-4222-8333-944455559999";
pub(crate) const SALES: &str = "6c2f3d4e-1111-4222-8333-944455556666";

/// `Global` lists Notes. Ada holds `Meetings` directly and Bob through Sales, which lists another app; Di has neither;
/// nobody has read whether Cy has Teams.
pub(crate) fn state() -> Value {
    json!({
        "schema": 1, "tenant_id": TENANT, "taken_at": "2026-11-23T10:00:00Z",
        "policies": { "status": "complete", "items": [
            { "name": "Global", "app_ids": [NOTES] },
            { "name": "Meetings", "app_ids": [OTHER] },
            { "name": "Archive", "app_ids": [] } ] },
        "direct": { "status": "complete", "items": [{ "user_id": ADA, "policy": "Tag:Meetings" }] },
        "groups": { "status": "complete", "items": [{ "group_id": SALES, "name": "Sales", "policy": "Meetings", "rank": 1,
            "members": { "status": "complete", "items": [BOB] } }] },
        "users": { "status": "complete", "items": [
            { "id": ADA, "upn": "ada@contoso.com", "name": "Ada", "teams": "enabled" },
            { "id": BOB, "upn": "bob@contoso.com", "name": "Bob", "teams": "enabled" },
            { "id": CY, "upn": "cy@contoso.com", "name": "Cy" },
            { "id": DI, "upn": "di@contoso.com", "name": "Di", "teams": "enabled" } ] },
        "apps": { "status": "complete", "items": [
            { "app_id": NOTES, "name": "Notes", "service_principal_id": "77777777-2222-4333-8444-555555555555",
              "roles": [{ "id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All" }] } ] }
    })
}

/// A folder with a snapshot, and files beside it.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self::of(&state())
    }

    pub(crate) fn of(state: &Value) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("tenant.json", state.to_string());
        folder
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn check(&self, arguments: &[&str]) -> Run {
        self.check_with(arguments, "")
    }

    pub(crate) fn check_with(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Run {
        let state = self.path("tenant.json");
        let mut all = vec!["check", "--state", &state];
        all.extend(arguments);
        graphwhy(all, stdin)
    }

    pub(crate) fn pairs(&self, text: impl AsRef<[u8]>) -> Run {
        self.check_with(&["--pairs", "-", "--format", "ndjson"], text)
    }
}

fn brief(result: &Value) -> (String, String, String) {
    let text = |key: &str| result[key].as_str().unwrap_or("-").to_owned();
    (text("user_id"), text("operation"), text("verdict"))
}

#[test]
fn one_result_for_each_pair_in_order() {
    let folder = Folder::new();
    let run = folder.pairs(format!(
        "app_id,user_id,operation\n{NOTES},{ADA},read-meeting\n{NOTES},{},\nNotes,cy@contoso.com,create-meeting\nNotes,Di,GET /users/x/onlineMeetings/y\n",
        DI.to_uppercase()
    ));
    let found: Vec<_> = run.lines().iter().map(brief).collect();
    let expected = [
        (ADA, "read-meeting", "denied"),
        (DI, "read-meeting", "allowed"),
        (CY, "create-meeting", "denied"),
        (DI, "read-meeting", "allowed"),
    ];
    assert_eq!(found, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())), "{run:?}");
    assert_eq!(run.code, 1);
    for result in run.lines() {
        assert_eq!(
            (&result["kind"], &result["tenant_id"], &result["app_id"]),
            (&json!("question"), &json!(TENANT), &json!(NOTES))
        );
        let gates: Vec<&str> =
            result["gates"].as_array().unwrap().iter().map(|gate| gate["gate"].as_str().unwrap()).collect();
        assert_eq!(gates, ["request", "token", "permission", "user", "policy", "time", "tenant", "meeting", "service"]);
    }
    assert_eq!(run.lines()[2]["source"], json!({ "name": "stdin", "line": 4, "column": 1 }));
}

#[test]
fn csv_and_ndjson_say_the_same() {
    let folder = Folder::new();
    let csv = folder.pairs(format!("user_id,app_id\r\n\"{ADA}\",{NOTES}\r\n\r\n{BOB},{NOTES}\r\n"));
    let ndjson = folder.pairs(format!(
        "\u{feff}{{\"app_id\":\"{NOTES}\",\"user_id\":\"{ADA}\"}}\n\n  {{\"user_id\":\"{BOB}\",\"app_id\":\"{NOTES}\",\"operation\":null}}\n"
    ));
    assert_eq!((csv.code, ndjson.code), (1, 1), "{csv:?} {ndjson:?}");
    let bare = |run: &Run| -> Vec<Value> {
        run.lines()
            .into_iter()
            .map(|mut result| {
                result.as_object_mut().unwrap().remove("source");
                result
            })
            .collect()
    };
    assert_eq!(bare(&csv), bare(&ndjson));
    assert_eq!(csv.lines()[1]["source"]["line"], 4);
    assert_eq!(ndjson.lines()[1]["source"], json!({ "name": "stdin", "line": 3, "column": 3 }));
}

#[test]
fn what_powershell_writes_is_read() {
    let folder = Folder::new();
    let text = format!(
        "#TYPE System.Management.Automation.PSCustomObject\r\n\"app_id\",\"user_id\"\r\n\"{NOTES}\",\"{ADA}\"\r\n"
    );
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.into_bytes(), wide] {
        let run = folder.pairs(bytes);
        assert_eq!((run.code, run.lines().len(), &run.lines()[0]["source"]["line"]), (1, 1, &json!(3)), "{run:?}");
    }
}

#[test]
fn a_name_that_nobody_has_is_kept_and_unknown() {
    let folder = Folder::new();
    let run = folder.pairs("app_id,user_id\nNotes,eve@contoso.com\nNothing,ada@contoso.com\n");
    assert_eq!(run.code, 4, "{run:?}");
    let lines = run.lines();
    assert_eq!(
        (&lines[0]["user"], &lines[0]["user_id"], &lines[0]["verdict"]),
        (&json!("eve@contoso.com"), &Value::Null, &json!("unknown"))
    );
    assert_eq!(
        (&lines[1]["app"], &lines[1]["app_id"], &lines[1]["verdict"]),
        (&json!("Nothing"), &Value::Null, &json!("unknown"))
    );
}

#[test]
fn a_name_that_two_have_is_unknown() {
    let mut tenant = state();
    tenant["users"]["items"][1]["name"] = json!("ADA");
    let run = Folder::of(&tenant).check(&["--app", "notes", "--user", "Ada"]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.out.contains("2 users called `Ada`"), "{}", run.out);
}

#[test]
fn an_id_that_a_partial_list_does_not_have_is_unknown() {
    let mut tenant = state();
    tenant["users"]["status"] = json!("partial");
    let eve = "5b1e2c3d-1111-4222-8333-94445555aaaa";
    let run = Folder::of(&tenant).check(&["--app", NOTES, "--user", eve, "--format", "json"]);
    let result = &run.json()["results"][0];
    assert_eq!((run.code, &result["verdict"], &result["user_id"]), (4, &json!("unknown"), &json!(eve)));
    let complete = Folder::new().check(&["--app", NOTES, "--user", eve, "--format", "json"]);
    assert_eq!((complete.code, &complete.json()["results"][0]["verdict"]), (1, &json!("denied")));
}

#[test]
fn repeated_pairs_are_answered_and_warned_about() {
    let folder = Folder::new();
    let run =
        folder.pairs(format!("app_id,user_id\n{NOTES},{DI}\nNotes,di@contoso.com\n{NOTES},{}\n", DI.to_uppercase()));
    assert_eq!((run.code, run.lines().len()), (0, 3), "{run:?}");
    assert!(run.err.contains("stdin:3 asks the same as line 2") && run.err.contains("stdin:4"), "{}", run.err);
    let many = format!("app_id,user_id\n{}", format!("{NOTES},{DI}\n").repeat(40));
    let run = folder.pairs(many);
    assert_eq!(run.lines().len(), 40);
    assert!(run.err.lines().count() < 15 && run.err.contains("29 more pairs"), "{}", run.err);
}

#[test]
fn bad_lines_name_their_place_and_print_nothing() {
    let folder = Folder::new();
    let good = format!("app_id,user_id,operation\n{NOTES},{ADA},read-meeting\n");
    let cases: [(String, &str, &str); 13] = [
        (format!("{good}{NOTES}\n"), "line 3, column 1", "1 field"),
        (format!("{good}{NOTES},{ADA},read-meeting,x\n"), "line 3, column 75", "4 fields"),
        (format!("{good}{NOTES},,read-meeting\n"), "line 3, column 38", "no user"),
        (format!("{good} ,{ADA},read-meeting\n"), "line 3, column", "no app"),
        (format!("{good}{NOTES},{ADA},read-meetings\n"), "line 3, column 75", "no operation is called `read-meetings`"),
        (
            format!("{good}{NOTES},\"{ADA},read-meeting\n{NOTES},{ADA},read-meeting\n"),
            "line 3, column 38",
            "not closed",
        ),
        (format!("app,user\n{NOTES},{ADA}\n"), "line 1, column 1", "`app`"),
        (format!("app_id\n{NOTES}\n"), "line 1, column 1", "user_id"),
        (String::new(), "line 1, column 1", "no header"),
        (
            format!("{{\"app_id\":\"{NOTES}\",\"user_id\":\"{ADA}\"}}\n{{\"app_id\":\"é\",\"userid\":1}}\n"),
            "line 2, column",
            "unknown field `userid`",
        ),
        (format!("{{\"app_id\":\"{NOTES}\"}}\n"), "line 1, column", "no user"),
        (format!("{{\"app_id\":7,\"user_id\":\"{ADA}\"}}\n"), "line 1, column 11", "invalid type"),
        (
            format!("{{\"app_id\":\"{NOTES}\",\"user_id\":\"{ADA}\",\"operation\":\"no\"}}\n"),
            "line 1, column 99",
            "no operation",
        ),
    ];
    for (text, place, words) in cases {
        for format in ["human", "ndjson", "sarif"] {
            let run = folder.check_with(&["--pairs", "-", "--format", format], &text);
            assert_eq!(run.code, 3, "{text}{run:?}");
            assert!(run.err.contains(place) && run.err.contains(words), "{text}\n{}\nwanted {place} {words}", run.err);
            if format == "ndjson" {
                let error = &run.json()["error"];
                assert!(error["message"].as_str().unwrap().contains(words) && error["place"].is_string(), "{error}");
            } else {
                assert_eq!(run.out, "", "{text}");
            }
        }
    }
}

#[test]
fn one_bad_line_in_a_million_is_found_before_anything_is_printed() {
    let folder = Folder::new();
    let mut text = String::from("app_id,user_id\n");
    let good = format!("{NOTES},{DI}\n");
    text.push_str(&good.repeat(700_000));
    text.push_str(&format!("{NOTES};{DI}\n"));
    text.push_str(&good.repeat(300_000));
    let run = folder.pairs(&text);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("line 700002, column 1: 1 field, and the header has 2"), "{}", run.err);
    assert_eq!(run.out.lines().count(), 1, "only the error document");
    assert!(run.json()["results"].is_null());
}

#[test]
fn a_header_alone_asks_nothing() {
    let run = Folder::new().pairs("app_id,user_id,operation\n");
    assert_eq!((run.code, run.out.as_str()), (4, ""));
    assert!(run.err.contains("no pairs"), "{}", run.err);
}

#[test]
fn a_header_may_come_from_a_spreadsheet() {
    let folder = Folder::new();
    let plain = folder.pairs(format!("app_id,user_id\n{NOTES},{DI}\n"));
    assert_eq!(plain.code, 0, "{}", plain.err);
    for text in [
        format!("\u{feff}App_ID,USER_ID\r\n{NOTES},{DI}\r\n"),
        format!("\"app_id\" , \"user id\"\n\"{NOTES}\" , {DI}\n"),
        format!("app_id;user_id\n{NOTES};{DI}\n"),
        format!("app-id\tuser-id\n{NOTES}\t{DI}\n"),
    ] {
        let run = folder.pairs(&text);
        assert_eq!((run.code, &run.out), (0, &plain.out), "{text}: {}", run.err);
    }
    let run = folder.pairs(format!("app_id;user_id\n{NOTES};{DI}\n{NOTES};\n"));
    assert_eq!(run.code, 3);
    assert!(run.err.contains("line 3, column 38: no user"), "{}", run.err);
}

#[test]
fn a_client_id_that_is_cut_is_a_bad_line_and_a_name_is_not() {
    let folder = Folder::new();
    let good = format!("app_id,user_id\n{NOTES},{DI}\n");
    for junk in ["9c4f2c1e-5a0b-4f6d", "{9c4f2c1e5a0b}", "<app-id>"] {
        let run = folder.pairs(format!("{good}{junk},{DI}\n"));
        assert_eq!(run.code, 3, "{junk}: {}", run.err);
        assert!(run.err.contains("line 3, column 1"), "{}", run.err);
        assert!(run.json()["results"].is_null(), "nothing is half done");
    }
    let run = folder.pairs(format!("{good}Nobody's app,{DI}\n"));
    assert_eq!(run.code, 4, "{}", run.err);
}

#[test]
fn operations_that_concern_nobody_need_no_user() {
    let folder = Folder::new();
    let run = folder.pairs(format!("app_id,user_id,operation\n{NOTES},,read-call-record\n"));
    assert_eq!((run.code, &run.lines()[0]["verdict"]), (1, &json!("denied")), "{run:?}");
    let run = folder.check(&["--app", NOTES, "--operation", "read-call-record", "--format", "json"]);
    assert_eq!((run.code, &run.json()["results"][0]["user_id"]), (1, &Value::Null));
    assert_eq!(folder.check(&["--app", NOTES]).code, 2);
}

#[test]
fn gates_restrict_the_question() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--user", CY, "--gates", "policy,permission", "--format", "json"]);
    let result = &run.json()["results"][0];
    assert_eq!(
        (run.code, &result["verdict"], &result["gates_asked"]),
        (0, &json!("allowed"), &json!(["policy", "permission"]))
    );
    let user = result["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "user").unwrap();
    assert_eq!(user["outcome"], "skipped");
    let all = folder.check(&["--app", NOTES, "--user", CY, "--format", "json"]);
    assert_eq!((all.code, &all.json()["results"][0]["gates_asked"]), (4, &Value::Null));
    assert_eq!(folder.check(&["--app", NOTES, "--user", CY, "--gates", "polici"]).code, 2);
}

#[test]
fn the_effective_policy_and_every_other_one_are_told() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--user", BOB, "--format", "json"]);
    let result = &run.json()["results"][0];
    assert_eq!(
        result["effective"],
        json!({ "policy": "Meetings", "via": "group", "group_id": SALES, "rank": 1, "by_read": false })
    );
    let says: Vec<_> = result["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["policy"].as_str().unwrap(), one["lists"].as_bool(), one["standing"].as_str().unwrap()))
        .collect();
    assert_eq!(
        says,
        [
            ("Meetings", Some(false), "effective"),
            ("Global", Some(true), "hidden"),
            ("Archive", Some(false), "not-assigned")
        ]
    );
    let run = folder.check(&["--app", NOTES, "--user", BOB]);
    assert!(run.out.starts_with("✗ denied: "), "{}", run.out);
    for words in ["`Meetings` is effective (through group", "`Global` lists the app, and is hidden", "policy ✗"] {
        assert!(run.out.contains(words), "{words}\n{}", run.out);
    }
}

#[test]
fn an_unknown_names_the_read_and_the_part_that_is_known() {
    let run = Folder::new().check(&["--app", NOTES, "--user", CY]);
    assert_eq!(run.code, 4);
    assert!(run.out.starts_with("? unknown: "), "{}", run.out);
    for words in ["policy part: allowed", "read next", "assignedPlans", "User.Read.All"] {
        assert!(run.out.contains(words), "{words}\n{}", run.out);
    }
}

#[test]
fn snapshots_are_chosen_by_tenant() {
    let folder = Folder::new();
    let mut second = state();
    second["tenant_id"] = json!("22222222-2222-4333-8444-555555555555");
    second["users"]["items"] =
        json!([{ "id": "99999999-1111-4222-8333-944455556666", "upn": "zoe@fabrikam.com", "teams": "enabled" }]);
    second["policies"]["items"][0]["app_ids"] = json!([]);
    folder.write("second.json", second.to_string());
    let other = folder.path("second.json");
    let ask = |arguments: &[&str]| {
        let mut all = vec!["--state", &other, "--format", "json", "--app", NOTES];
        all.extend(arguments);
        let run = folder.check(&all);
        let result = run.json()["results"][0].clone();
        (result["verdict"].as_str().unwrap().to_owned(), result["tenant_id"].clone())
    };
    assert_eq!(ask(&["--user", DI]), ("allowed".into(), json!(TENANT)));
    assert_eq!(ask(&["--user", "zoe@fabrikam.com"]), ("denied".into(), second["tenant_id"].clone()));
    assert_eq!(ask(&["--user", DI, "--tenant", "22222222-2222-4333-8444-555555555555"]).0, "denied");
    let third = "33333333-2222-4333-8444-555555555555";
    assert_eq!(ask(&["--user", DI, "--tenant", third]), ("unknown".into(), json!(third)));
    assert_eq!(ask(&["--user", "99999999-1111-4222-8333-94445555aaaa"]), ("unknown".into(), Value::Null));
    let twice = folder.check(&["--state", &folder.path("tenant.json"), "--app", NOTES, "--user", DI]);
    assert_eq!(twice.code, 2, "{twice:?}");
}

#[test]
fn parts_that_are_too_old_are_unknown() {
    let mut tenant = state();
    tenant["policies"]["read_at"] = json!("2026-11-22T10:00:00Z");
    let folder = Folder::of(&tenant);
    let ask = |age: &str| {
        let run = folder.check(&[
            "--app",
            NOTES,
            "--user",
            DI,
            "--at",
            "2026-11-23T10:10:00Z",
            "--max-state-age",
            age,
            "--format",
            "json",
        ]);
        run.json()["results"][0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask("2d"), "allowed");
    assert_eq!(ask("1450m"), "allowed");
    assert_eq!(ask("24h"), "unknown");
    assert_eq!(ask("5m"), "unknown");
    assert_eq!(folder.check(&["--app", NOTES, "--user", DI, "--max-state-age", "soon"]).code, 2);
    let run = folder.check(&["--app", NOTES, "--user", DI, "--at", "2026-11-23T13:10:00Z"]);
    assert!(run.out.contains("taken 2026-11-23T10:00:00Z, 3 hours ago"), "{}", run.out);
}

#[test]
fn exit_codes() {
    let folder = Folder::new();
    let ask = |arguments: &[&str]| {
        let mut all = vec!["--app", NOTES];
        all.extend(arguments);
        folder.check(&all).code
    };
    assert_eq!(ask(&["--user", DI]), 0);
    assert_eq!(ask(&["--user", ADA]), 1);
    assert_eq!(ask(&["--user", CY]), 4);
    assert_eq!(ask(&["--user", CY, "--unknown", "fail"]), 1);
    assert_eq!(ask(&["--user", CY, "--unknown", "warn"]), 0);
    assert_eq!(ask(&["--user", CY, "--unknown", "ignore"]), 0);
    assert_eq!(ask(&["--user", CY, "--user", ADA]), 1, "a denial weighs more than an unknown");
    assert_eq!(ask(&["--user", CY, "--user", DI]), 4);
    assert_eq!(ask(&["--user", DI, "--operation", "nothing"]), 2);
    assert_eq!(ask(&["--user", DI, "--format", "yaml"]), 2);
    assert_eq!(ask(&["--user", DI, "--pairs", "x.csv"]), 2);
    assert_eq!(graphwhy(["check", "--app", NOTES, "--user", DI], "").code, 2, "without a snapshot");
    assert_eq!(graphwhy(["check", "--state", "no such file", "--app", NOTES, "--user", DI], "").code, 3);
    assert_eq!(folder.check(&["--pairs", &folder.path("")]).code, 3, "a folder");
    let bad = folder.write("bad.json", "{\"schema\":1,\"policies\":7}").display().to_string();
    assert_eq!(graphwhy(["check", "--state", &bad, "--app", NOTES, "--user", DI], "").code, 3);
    for format in ["json", "ndjson", "sarif", "junit", "markdown", "github"] {
        assert_eq!(ask(&["--user", ADA, "--format", format]), 1, "{format}");
        assert_eq!(ask(&["--user", CY, "--format", format]), 4, "{format}");
    }
    let quiet = folder.check(&["--app", NOTES, "--user", ADA, "-q"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (1, "", ""));
}

#[test]
fn findings_of_what_is_allowed_count_from_the_severity_that_was_asked_for() {
    let mut tenant = state();
    tenant["users"]["items"][3]["type"] = json!("guest");
    let folder = Folder::of(&tenant);
    assert_eq!(folder.check(&["--app", NOTES, "--user", DI]).code, 0);
    assert_eq!(folder.check(&["--app", NOTES, "--user", DI, "--fail-on", "warning"]).code, 1);
}

#[test]
fn whole_tenants_are_grouped_by_reason_and_stream_every_pair() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--app", OTHER, "--all-users", "--format", "json"]);
    assert_eq!(run.code, 1);
    let document = run.json();
    let notes = &document["results"][0];
    assert_eq!(
        (&notes["users"], &notes["counts"]),
        (&json!("everyone"), &json!({ "allowed": 1, "denied": 2, "unknown": 1 }))
    );
    let reasons: Vec<_> = notes["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| {
            (
                reason["verdict"].as_str().unwrap(),
                reason["cause"].as_str(),
                reason["policy"].as_str(),
                reason["count"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("denied", Some("policy-shadowed"), Some("Meetings"), 1),
            ("denied", Some("policy-shadowed"), Some("Meetings"), 1),
            ("unknown", Some("user-without-teams"), Some("Global"), 1),
            ("allowed", None, Some("Global"), 1),
        ]
    );
    assert_eq!(document["results"][1]["counts"], json!({ "allowed": 0, "denied": 4, "unknown": 0 }));
    let every = folder.check(&["--app", NOTES, "--app", OTHER, "--all-users", "--format", "ndjson"]);
    let lines = every.lines();
    assert_eq!((every.code, lines.len()), (1, 8));
    let whole = folder.check(&["--app", NOTES, "--app", OTHER, "--all-users", "--format", "ndjson", "-v"]);
    assert_eq!((whole.code, whole.lines().len()), (1, 8));
    for (line, proved) in lines.iter().zip(whole.lines()) {
        let app = line["app_id"].as_str().unwrap();
        let alone = folder.check(&["--app", app, "--user", line["user_id"].as_str().unwrap(), "--format", "ndjson"]);
        let alone = &alone.lines()[0];
        assert_eq!(*alone, proved, "with --verbose each line has its proof");
        without_proof(line, alone);
    }
    let human = folder.check(&["--app", NOTES, "--all-users"]);
    let told = human.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("1 user denied: `Meetings` (through group `Sales` ("), "{}", human.out);
}

/// A line of very many says what a single answer says, apart from the proof.
fn without_proof(line: &Value, alone: &Value) {
    for key in ["kind", "tenant_id", "app_id", "user_id", "operation", "verdict", "scope", "effective", "gates_asked"] {
        assert_eq!(line[key], alone[key], "{key}");
    }
    let mut gates: Vec<Value> = alone["gates"].as_array().unwrap().clone();
    for gate in &mut gates {
        gate["evidence"] = json!([]);
    }
    assert_eq!(line["gates"], Value::Array(gates));
    let decides = if alone["verdict"] == "denied" { "fail" } else { "unknown" };
    let outcome = |gate: &Value| {
        let gates = alone["gates"].as_array().unwrap();
        gates.iter().find(|one| one["gate"] == *gate).map(|one| one["outcome"].clone())
    };
    match line["cause"].as_str() {
        Some(cause) => {
            let findings = alone["findings"].as_array().unwrap();
            let finding = findings.iter().find(|finding| outcome(&finding["gate"]) == Some(json!(decides))).unwrap();
            assert_eq!(finding["cause"], cause);
        }
        None => assert_ne!(alone["verdict"], "denied"),
    }
}

#[test]
fn a_disabled_service_principal_is_no_all_clear_whatever_way_it_is_asked() {
    let mut tenant = state();
    let apps = tenant["apps"]["items"].as_array_mut().unwrap();
    apps.iter_mut().find(|app| app["app_id"] == NOTES).unwrap()["enabled"] = json!(false);
    let users = tenant["users"]["items"].as_array_mut().unwrap();
    users.retain(|user| user["id"] == DI);
    tenant["direct"] = json!({"status": "complete", "items": []});
    let folder = Folder::of(&tenant);
    let one = folder.check(&["--app", NOTES, "--user", DI]);
    assert_eq!(one.code, 1);
    assert!(
        one.out.starts_with("✗ allowed: no gate fails, yet the app's service principal is disabled"),
        "{}",
        one.out
    );
    folder.write("expect.toml", format!("[[expect]]\napp = \"{NOTES}\"\neveryone = true\naccess = \"allow\"\n"));
    let expect = folder.path("expect.toml");
    for whole in [&["--app", NOTES, "--all-users"][..], &["--app", NOTES, "--reach"], &["--expect", &expect]] {
        let with = |more: &[&str]| folder.check(&[whole, more].concat());
        let human = with(&[]);
        assert_eq!(human.code, 1, "{whole:?}\n{}", human.out);
        assert_eq!(human.out.matches("service-principal-disabled · likely").count(), 1, "{}", human.out);
        let result = with(&["--format", "json"]).json()["results"][0].clone();
        assert_eq!(result["findings"][0]["cause"], "service-principal-disabled", "{whole:?}");
        assert_eq!(result["findings"].as_array().unwrap().len(), 1);
        for format in ["ndjson", "sarif", "junit", "markdown"] {
            let run = with(&["--format", format]);
            assert_eq!(run.code, 1, "{whole:?} {format}");
            assert!(run.out.contains("service principal is disabled"), "{format}\n{}", run.out);
        }
    }
    let denied = folder.check(&["--app", OTHER, "--all-users", "--format", "json"]).json();
    assert_eq!(denied["results"][0]["findings"], json!([]), "of another app");
}

#[test]
fn reach_lists_whom_an_app_reaches_and_through_what() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--reach"]);
    assert_eq!(run.code, 4);
    assert!(run.out.starts_with("? the app reaches 1 of 4 users, and perhaps 1 more"), "{}", run.out);
    let reads = run.out.split("read next").nth(1).unwrap();
    assert!(reads.lines().any(|line| line.trim().starts_with("Get-Cs") || line.trim().starts_with("GET /")), "{reads}");
    let run = folder.check(&["--app", OTHER, "--reach", "--format", "json", "--gates", "policy"]);
    let result = &run.json()["results"][0];
    assert_eq!((run.code, &result["counts"]["allowed"]), (0, &json!(2)));
    let via: Vec<&str> =
        result["reasons"].as_array().unwrap().iter().map(|reason| reason["via"].as_str().unwrap()).collect();
    assert_eq!(via, ["direct", "group"]);
    let run = folder.check(&["--app", OTHER, "--reach", "--format", "ndjson", "--gates", "policy"]);
    let users: Vec<String> = run.lines().iter().map(|line| line["user_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(users, [ADA, BOB]);
}

fn aged(taken: &str, more: &[&str]) -> Run {
    let mut state = state();
    state["taken_at"] = json!(taken);
    let folder = Folder::of(&state);
    let path = folder.0.path().join("tenant.json");
    let mut arguments =
        vec!["check", "--state", path.to_str().unwrap(), "--app", NOTES, "--user", DI, "--format", "json"];
    arguments.extend(more);
    graphwhy(arguments, b"")
}

#[test]
fn a_read_that_is_too_old_or_of_the_future_does_not_count_and_is_told_with_its_age() {
    let at = ["--at", "2026-11-23T12:00:00Z", "--max-state-age", "2h"];
    for (taken, code, words) in [
        ("2026-11-23T10:00:00Z", 0, None),
        ("2026-11-23T09:59:00Z", 4, Some("read 2 hours ago, older than 2 hours")),
        ("2026-11-21T12:00:00Z", 4, Some("read 2 days ago, older than 2 hours")),
        ("2026-11-23T13:00:00Z", 0, None),
        ("2026-11-23T15:00:00Z", 0, None),
        ("2999-11-23T13:00:00Z", 4, Some("lies in the future")),
    ] {
        let run = aged(taken, &at);
        assert_eq!(run.code, code, "{taken}: {}", run.out);
        let result = &run.json()["results"][0];
        for gate in result["gates"].as_array().unwrap().iter().filter(|gate| gate["outcome"] == "unknown") {
            let note = gate["note"].as_str().unwrap_or_default();
            assert!(words.is_some_and(|words| note.contains(words)), "{taken}: {gate}");
        }
    }
    // The time that is asked about is the clock of the question.
    let run = aged("2999-11-23T13:00:00Z", &["--at", "2999-11-23T13:30:00Z", "--max-state-age", "24h"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn a_suppression_of_what_is_not_known_is_kept_and_every_format_tells_the_age() {
    let mut old = state();
    old["taken_at"] = json!("2026-11-01T10:00:00Z");
    let folder = Folder::of(&old);
    let state = folder.0.path().join("tenant.json");
    let suppress = folder.write(
        "known.toml",
        format!("[[suppress]]\napp = \"{NOTES}\"\nuser = \"{ADA}\"\nverdict = \"denied\"\ncauses = [\"policy-shadowed\"]\nreason = \"known\"\nuntil = 2999-01-01\n"),
    );
    let ask = |format: &str, age: &str| {
        let arguments = [
            "check",
            "--state",
            state.to_str().unwrap(),
            "--app",
            NOTES,
            "--user",
            ADA,
            "--suppress",
            suppress.to_str().unwrap(),
            "--at",
            "2026-11-23T12:00:00Z",
            "--max-state-age",
            age,
            "--format",
            format,
        ];
        graphwhy(arguments, b"")
    };
    let run = ask("human", "24h");
    assert_eq!(run.code, 4, "{}", run.out);
    assert!(!run.err.contains("covers nothing"), "{}", run.err);
    assert_eq!(ask("human", "90d").code, 0, "it covers what is known");
    for format in ["human", "markdown", "sarif", "junit"] {
        let run = ask(format, "24h");
        assert!(run.out.contains("taken 2026-11-01T10:00:00Z, 22 days ago"), "{format}: {}", run.out);
    }
}
