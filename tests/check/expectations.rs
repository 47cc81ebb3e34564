//! Expectations and suppressions.

use serde_json::{Value, json};

use crate::common::Run;
use crate::contract::{ADA, BOB, CY, DI, Folder, NOTES, OTHER, SALES, TENANT, state};

fn expect(folder: &Folder, text: &str) -> Run {
    folder.write("expect.toml", text);
    folder.check(&["--expect", &folder.path("expect.toml"), "--format", "json", "--at", "2026-11-23T10:05:00Z"])
}

fn met(run: &Run) -> Vec<Option<bool>> {
    let document = run.json();
    document["results"].as_array().unwrap().iter().map(|result| result["expectation"]["met"].as_bool()).collect()
}

#[test]
fn users_are_judged_one_by_one() {
    let folder = Folder::new();
    let run = expect(
        &folder,
        "# a comment\n\n[[expect]]\napp = \"Notes\"\nusers = [\"di@contoso.com\", \"Bob\"]\naccess = \"allow\"\nreason = \"so we said\"\nuntil = 2026-12-31\n",
    );
    assert_eq!((run.code, met(&run)), (1, vec![Some(true), Some(false)]), "{run:?}");
    let result = &run.json()["results"][1];
    assert_eq!(
        (&result["user_id"], &result["verdict"], &result["app_id"]),
        (&json!(BOB), &json!("denied"), &json!(NOTES))
    );
    assert_eq!(
        result["expectation"],
        json!({ "access": "allow", "only": false, "met": false, "reason": "so we said", "until": "2026-12-31", "expired": false,
            "source": { "name": folder.path("expect.toml"), "line": 3, "column": 1 } })
    );
}

#[test]
fn a_denial_that_is_expected_is_fine() {
    let folder = Folder::new();
    let run = expect(&folder, &format!("[[expect]]\napp = \"{NOTES}\"\nusers = [\"{ADA}\"]\naccess = \"deny\"\n"));
    assert_eq!((run.code, met(&run)), (0, vec![Some(true)]));
    let run = expect(&folder, &format!("[[expect]]\napp = \"{NOTES}\"\nusers = [\"{DI}\"]\naccess = \"deny\"\n"));
    assert_eq!((run.code, met(&run)), (1, vec![Some(false)]));
    let run = expect(&folder, &format!("[[expect]]\napp = \"{NOTES}\"\nusers = [\"{CY}\"]\naccess = \"deny\"\n"));
    assert_eq!((run.code, met(&run)), (4, vec![None]));
}

#[test]
fn everyone_is_one_result() {
    let folder = Folder::new();
    let everyone = |app: &str, access: &str| {
        expect(&folder, &format!("[[expect]]\napp = \"{app}\"\neveryone = true\naccess = \"{access}\"\n"))
    };
    let run = everyone(NOTES, "allow");
    assert_eq!((run.code, met(&run)), (1, vec![Some(false)]));
    assert_eq!(run.json()["results"][0]["counts"], json!({ "allowed": 1, "denied": 2, "unknown": 1 }));
    assert_eq!(met(&everyone(OTHER, "deny")), [Some(true)]);
    assert_eq!(met(&everyone(NOTES, "deny")), [Some(false)]);
}

#[test]
fn everyone_needs_the_list_of_users_unless_nobody_can_be_allowed() {
    let mut tenant = state();
    tenant["users"]["status"] = json!("partial");
    let folder = Folder::of(&tenant);
    let everyone = |app: &str, access: &str| {
        let text = format!("[[expect]]\napp = \"{app}\"\neveryone = true\naccess = \"{access}\"\n");
        let run = expect(&folder, &text);
        (run.code, met(&run))
    };
    // The complete list of apps does not have it: no user whatsoever is allowed.
    assert_eq!(everyone(OTHER, "deny"), (0, vec![Some(true)]));
    // A counterexample is enough.
    assert_eq!(everyone(NOTES, "allow"), (1, vec![Some(false)]));
    tenant["direct"]["items"] = json!([]);
    tenant["groups"]["items"] = json!([]);
    tenant["users"]["items"] = json!([{ "id": DI, "teams": "enabled" }]);
    let folder = Folder::of(&tenant);
    let run = expect(&folder, &format!("[[expect]]\napp = \"{NOTES}\"\neveryone = true\naccess = \"allow\"\n"));
    assert_eq!((run.code, met(&run)), (4, vec![None]), "who is not listed may differ");
}

#[test]
fn a_group_needs_its_members() {
    let group = |tenant: &Value| {
        let run = expect(&Folder::of(tenant), "[[expect]]\napp = \"Notes\"\ngroup = \"sales\"\naccess = \"deny\"\n");
        (run.code, met(&run))
    };
    let mut tenant = state();
    assert_eq!(group(&tenant), (0, vec![Some(true)]));
    let members = &mut tenant["groups"]["items"][0]["members"];
    members["status"] = json!("partial");
    assert_eq!(group(&tenant), (4, vec![Some(true), None]));
    tenant["groups"]["items"][0]["members"] = json!({ "status": "missing" });
    assert_eq!(group(&tenant), (4, vec![None]));
    tenant["groups"]["items"][0]["members"] = json!({ "status": "complete", "items": [] });
    assert_eq!(group(&tenant), (0, vec![Some(true)]));
    tenant["groups"]["items"] = json!([]);
    assert_eq!(group(&tenant), (4, vec![None]), "a group that is not listed");
}

#[test]
fn only_counts_everybody_else_and_future_users() {
    let only = |tenant: &Value, app: &str, user: &str| {
        let text = format!("[[expect]]\napp = \"{app}\"\nusers = [\"{user}\"]\naccess = \"allow\"\nonly = true\n");
        let run = expect(&Folder::of(tenant), &text);
        (run.code, met(&run), run.json()["results"][1].clone())
    };
    let mut tenant = state();
    // `Global` lists the app: whoever is created tomorrow has access.
    let (code, found, others) = only(&tenant, NOTES, DI);
    assert_eq!((code, found), (1, vec![Some(true), Some(false)]));
    assert_eq!(
        (&others["users"], &others["future"], &others["expectation"]["only"]),
        (&json!("others"), &json!("allowed"), &json!(true))
    );
    // Now only `Meetings` does, which Ada and Bob hold.
    tenant["policies"]["items"][0]["app_ids"] = json!([]);
    tenant["policies"]["items"][1]["app_ids"] = json!([NOTES]);
    let (code, found, others) = only(&tenant, NOTES, ADA);
    assert_eq!((code, found), (1, vec![Some(true), Some(false)]));
    assert_eq!((&others["counts"]["allowed"], &others["future"]), (&json!(1), &json!("denied")));
    tenant["groups"]["items"] = json!([]);
    let (code, found, _) = only(&tenant, NOTES, ADA);
    assert_eq!((code, found), (0, vec![Some(true), Some(true)]));
    // Nobody knows what `Global` lists.
    tenant["policies"]["items"].as_array_mut().unwrap().remove(0);
    let (code, found, _) = only(&tenant, NOTES, ADA);
    assert_eq!((code, found), (4, vec![Some(true), None]));
}

#[test]
fn a_day_that_is_over_is_reported_and_the_rest_still_counts() {
    let folder = Folder::new();
    let text =
        |until: &str| format!("[[expect]]\napp = \"Notes\"\nusers = [\"Di\"]\naccess = \"allow\"\nuntil = {until}\n");
    for (until, expired) in
        [("2026-11-22", true), ("\"2026-11-22\"", true), ("2026-11-23", false), ("2027-01-01", false)]
    {
        let run = expect(&folder, &text(until));
        assert_eq!((run.code, &run.json()["results"][0]["expectation"]["expired"]), (0, &json!(expired)), "{until}");
        assert_eq!(run.err.contains("look at it again"), expired, "{}", run.err);
    }
    folder.write("expect.toml", text("2026-11-22"));
    let run = folder.check(&[
        "--expect",
        &folder.path("expect.toml"),
        "--fail-on",
        "warning",
        "--at",
        "2026-11-23T10:05:00Z",
    ]);
    assert_eq!(run.code, 1);
}

#[test]
fn bad_expectations_name_their_place() {
    let folder = Folder::new();
    let good = "[[expect]]\napp = \"Notes\"\nusers = [\"Di\"]\naccess = \"allow\"\n";
    let cases = [
        (format!("{good}acces = \"deny\"\n"), "line 5, column 1", "unknown field `acces`"),
        (format!("{good}[[expects]]\n"), "line 5, column", "unknown field `expects`"),
        (good.replace("allow", "allowed"), "line 4, column 10", "`access` is `allowed`"),
        (good.replace("\"Di\"", "\"Di\", \"\""), "line 3, column 16", "empty user"),
        (good.replace("[\"Di\"]", "[]"), "line 3, column 9", "`users` is empty"),
        (good.replace("users = [\"Di\"]\n", ""), "line 1, column 1", "nobody is named"),
        (format!("{good}everyone = true\n"), "line 5, column 12", "exclude each other"),
        (format!("{good}operation = \"read\"\n"), "line 5, column 13", "no operation is called `read`"),
        (format!("{good}until = \"soon\"\n"), "line 5, column 9", "no date"),
        (format!("{good}until = 2026-11-23T10:00:00Z\n"), "line 5, column 9", "no date"),
        (good.replace("allow", "deny") + "only = true\n", "line 5, column 8", "`only`"),
        ("[[expect]]\napp = \"Notes\n".to_owned(), "line 2, column", ""),
        ("[[expect]]\napp = \"Notes\"\n".to_owned(), "line 1, column 1", "missing field `access`"),
        (String::new(), "line 1, column 1", "no `[[expect]]`"),
        ("[[expect]]\napp = 7\n".to_owned(), "line 2, column 7", "invalid type"),
    ];
    for (text, place, words) in cases {
        let run = expect(&folder, &text);
        assert_eq!(run.code, 3, "{text}\n{run:?}");
        assert!(run.err.contains(place) && run.err.contains(words), "{text}\n{}\nwanted {place}: {words}", run.err);
        assert!(run.json()["results"].is_null() && run.json()["error"]["place"].is_string());
    }
}

#[test]
fn expectations_that_repeat_or_contradict_are_warned_about() {
    let folder = Folder::new();
    let one = |access: &str| format!("[[expect]]\napp = \"Notes\"\nusers = [\"Di\"]\naccess = \"{access}\"\n");
    let run = expect(&folder, &(one("allow") + &one("allow")));
    assert!(run.err.contains("expect.toml:7:10 expects the same of Notes for Di as line 3, column 10"), "{}", run.err);
    let run = expect(&folder, &(one("allow") + &one("deny")));
    assert_eq!((run.code, met(&run)), (1, vec![Some(true), Some(false)]));
    assert!(
        run.err.contains("expect.toml:7:10 expects the opposite of Notes for Di as line 3, column 10"),
        "{}",
        run.err
    );
}

fn suppressed(folder: &Folder, text: &str, user: &str) -> Run {
    folder.write("known.toml", text);
    folder.check(&[
        "--app",
        NOTES,
        "--user",
        user,
        "--suppress",
        &folder.path("known.toml"),
        "--format",
        "json",
        "--at",
        "2026-11-23T10:05:00Z",
    ])
}

#[test]
fn a_suppression_needs_a_reason_and_a_day_and_covers_what_it_names() {
    let folder = Folder::new();
    let entry = |rest: &str| {
        format!("[[suppress]]\napp = \"{NOTES}\"\nreason = \"known, ticket 7\"\nuntil = 2026-12-01\n{rest}")
    };
    let run = suppressed(&folder, &entry(""), ADA);
    assert_eq!((run.code, &run.json()["results"][0]["accepted"]["reason"]), (0, &json!("known, ticket 7")), "{run:?}");
    for rest in [
        &format!("user = \"{ADA}\"\n"),
        "causes = [\"policy-shadowed\"]\n",
        "verdict = \"denied\"\noperation = \"read-meeting\"\n",
    ] {
        assert_eq!(suppressed(&folder, &entry(rest), ADA).code, 0, "{rest}");
    }
    for rest in [
        &format!("user = \"{BOB}\"\n"),
        "causes = [\"policy-not-granted\"]\n",
        "verdict = \"unknown\"\n",
        "operation = \"create-meeting\"\n",
    ] {
        let run = suppressed(&folder, &entry(rest), ADA);
        assert_eq!(run.code, 1, "{rest}");
        assert!(run.err.contains("known.toml:1: the suppression covers nothing"), "{}", run.err);
    }
    let over = suppressed(&folder, &entry("").replace("2026-12-01", "2026-11-22"), ADA);
    assert_eq!(over.code, 1);
    assert!(over.err.contains("last day was 2026-11-22"), "{}", over.err);
    assert!(over.json()["warnings"][0].as_str().unwrap().contains("last day was"));
    for (bad, words) in [
        (entry("").replace("known, ticket 7", " "), "empty reason"),
        (entry("").replace("until = 2026-12-01\n", ""), "missing field `until`"),
        (entry("").replace("reason = \"known, ticket 7\"\n", ""), "missing field `reason`"),
        (entry("causes = [\"policy-shadow\"]\n"), "did you mean `policy-shadowed`"),
        (entry("users = []\n"), "unknown field `users`"),
    ] {
        let run = suppressed(&folder, &bad, ADA);
        assert_eq!(run.code, 3, "{bad}");
        assert!(run.err.contains(words) && run.err.contains("line "), "{}", run.err);
    }
}

#[test]
fn a_new_cause_beside_an_accepted_one_is_not_covered() {
    let mut tenant = state();
    tenant["apps"]["items"][0]["roles"] = json!([]);
    let folder = Folder::of(&tenant);
    let entry = |causes: &str| {
        format!("[[suppress]]\napp = \"Notes\"\nreason = \"r\"\nuntil = 2026-12-01\ncauses = [{causes}]\n")
    };
    folder.write("known.toml", entry("\"policy-shadowed\""));
    let check = || {
        folder
            .check(&[
                "--app",
                "Notes",
                "--user",
                ADA,
                "--suppress",
                &folder.path("known.toml"),
                "--at",
                "2026-11-23T10:05:00Z",
            ])
            .code
    };
    assert_eq!(check(), 1);
    folder.write("known.toml", entry("\"policy-shadowed\", \"permission-not-granted\""));
    assert_eq!(check(), 0);
}

#[test]
fn a_baseline_accepts_what_is_wrong_now_and_nothing_else() {
    let folder = Folder::new();
    let baseline = folder.path("baseline.toml");
    let pairs = folder.write(
        "pairs.csv",
        format!("app_id,user_id\n{NOTES},{ADA}\nNotes,cy@contoso.com\nNotes,Di\n{NOTES},eve \"x\"\n"),
    );
    let pairs = pairs.display().to_string();
    assert_eq!(folder.check(&["--pairs", &pairs, "--write-baseline", &baseline, "-q"]).code, 1);
    let text = std::fs::read_to_string(&baseline).unwrap();
    // What is not known is not accepted, whoever writes the file.
    assert_eq!(text.matches("[[suppress]]").count(), 1, "{text}");
    assert!(!text.contains("\"unknown\"") && text.lines().next().unwrap().starts_with("# app Notes, user "), "{text}");
    let run = folder.check(&["--pairs", &pairs, "--write-baseline", &baseline]);
    assert!(
        run.err.contains("no new entry; 1 entry stays as it is") && run.err.contains("2 results are not known"),
        "{}",
        run.err
    );
    let run = folder.check(&["--pairs", &pairs, "--baseline", &baseline]);
    assert_eq!((run.code, run.err.as_str()), (4, ""), "{text}\n{}", run.out);
    let by_hand =
        text + "[[suppress]]\napp = \"Notes\"\nverdict = \"unknown\"\nreason = \"later\"\nuntil = 2099-01-01\n";
    folder.write("baseline.toml", by_hand);
    let run = folder.check(&["--pairs", &pairs, "--baseline", &baseline]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.contains("3 accepted (2 of them not known)"), "{}", run.out);
    // Bob is new.
    let run = folder.check(&["--app", NOTES, "--user", BOB, "--baseline", &baseline]);
    assert_eq!(run.code, 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&baseline).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(folder.check(&["--app", NOTES, "--user", BOB, "--baseline", &folder.path("none.toml")]).code, 3);
}

#[test]
fn groups_are_found_by_id_too() {
    let run =
        expect(&Folder::new(), &format!("[[expect]]\napp = \"Notes\"\ngroup = \"{SALES}\"\naccess = \"allow\"\n"));
    assert_eq!((run.code, met(&run)), (1, vec![Some(false)]));
}

/// What a baseline accepts of many users is so many of them, in one tenant.
#[test]
fn a_baseline_is_outgrown() {
    let folder = Folder::new();
    let baseline = folder.path("baseline.toml");
    let file = folder.write(
        "only.toml",
        "[[expect]]\napp = \"Notes\"\neveryone = true\naccess = \"deny\"\noperation = \"read-meeting\"\n",
    );
    let (file, at) = (file.display().to_string(), "2026-11-23T10:05:00Z");
    let check = |more: &[&str]| folder.check(&[&["--expect", &file, "--at", at][..], more].concat());
    assert_eq!(check(&["--write-baseline", &baseline]).code, 1);
    let text = std::fs::read_to_string(&baseline).unwrap();
    for part in [format!("tenant = \"{TENANT}\"").as_str(), "at_most = 1", "later = true", "user = \"everyone\""] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Of Cy nobody knows, and that is not accepted.
    assert_eq!(check(&["--suppress", &baseline]).code, 4);
    let mut known = state();
    known["users"]["items"][2]["teams"] = json!("absent");
    folder.write("tenant.json", known.to_string());
    assert_eq!(check(&["--suppress", &baseline]).code, 4, "a user without Teams is unknown, too");
    known["users"]["items"].as_array_mut().unwrap().remove(2);
    folder.write("tenant.json", known.to_string());
    assert_eq!(check(&["--suppress", &baseline]).code, 0);
    // One more user is allowed.
    let mut grown = state();
    let more = json!({ "id": "5b1e2c3d-1111-4222-8333-94445555aaaa", "upn": "eli@contoso.com", "teams": "enabled" });
    grown["users"]["items"].as_array_mut().unwrap().push(more);
    folder.write("tenant.json", grown.to_string());
    let run = check(&["--suppress", &baseline]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("baseline.toml:") && run.err.contains("accepts 1 user at most, and 2 are allowed"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("remove it"), "{}", run.err);
    // As many, in another tenant.
    let mut other = state();
    other["tenant_id"] = json!("21111111-2222-4333-8444-555555555555");
    folder.write("tenant.json", other.to_string());
    let run = check(&["--suppress", &baseline]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains(&format!("it is of tenant {TENANT}, and the result is of tenant 2111")), "{}", run.err);
    // Later ones are accepted only where they were.
    folder.write("tenant.json", state().to_string());
    let now = std::fs::read_to_string(&baseline).unwrap();
    folder.write("baseline.toml", now.replace("later = true", "later = false"));
    let run = check(&["--suppress", &baseline]);
    assert!(run.code == 1 && run.err.contains("accepts no users who come later"), "{}", run.err);
}

/// Whom `everyone` is about are the users who are there; those who come later are told apart.
#[test]
fn everyone_denied_tells_of_later_users() {
    let mut users = state();
    users["users"]["items"].as_array_mut().unwrap().truncate(2);
    let folder = Folder::of(&users);
    let text = "[[expect]]\napp = \"Notes\"\neveryone = true\naccess = \"deny\"\n";
    let run = expect(&folder, text);
    assert_eq!((run.code, met(&run)), (0, vec![Some(true)]), "{run:?}");
    assert_eq!(run.json()["results"][0]["future"], "allowed");
    let human = folder.check(&["--expect", &folder.path("expect.toml"), "--at", "2026-11-23T10:05:00Z"]);
    assert!(human.out.contains("later users"), "{}", human.out);
}

#[test]
fn a_result_is_no_snapshot() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--user", ADA, "--format", "json"]);
    let own = Folder::of(&run.json());
    let again = own.check(&["--app", NOTES, "--user", ADA]);
    assert_eq!(again.code, 3);
    assert!(again.err.contains("results of graphwhy, and no snapshot"), "{}", again.err);
}
