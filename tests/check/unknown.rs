//! What is not known of some of many users is accepted by nobody who accepts what is wrong with the others.

use serde_json::json;

use crate::common::Run;
use crate::contract::{Folder, state};

const AT: &str = "2026-11-23T10:05:00Z";

/// Three users hold `Meetings`, which does not list Notes; of others, who have `Global`, nobody knows whether they have Teams.
fn tenant(unknown: usize) -> serde_json::Value {
    let mut tenant = state();
    let users = tenant["users"]["items"].as_array_mut().unwrap();
    users.remove(2);
    users.extend((0..unknown).map(|index| json!({ "id": format!("5b1e2c3d-1111-4222-8333-9444555{index:05}") })));
    let held = json!({ "user_id": crate::contract::DI, "policy": "Meetings" });
    tenant["direct"]["items"].as_array_mut().unwrap().push(held);
    tenant
}

fn asked(folder: &Folder, expect: Option<&str>, more: &[&str]) -> Run {
    match expect {
        Some(file) => folder.check(&[&["--expect", file, "--at", AT], more].concat()),
        None => folder.check(&[&["--app", "Notes", "--all-users", "--at", AT], more].concat()),
    }
}

#[test]
fn a_baseline_of_many_users_accepts_the_denied_ones_alone() {
    for expectation in [None, Some("[[expect]]\napp = \"Notes\"\neveryone = true\naccess = \"allow\"\n")] {
        let folder = Folder::of(&tenant(1));
        let file = expectation.map(|text| folder.write("expect.toml", text).display().to_string());
        let asked = |more: &[&str]| asked(&folder, file.as_deref(), more);
        let baseline = folder.path("baseline.toml");
        let run = asked(&["--write-baseline", &baseline]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.out.contains("3 denied, 1 unknown"), "{run:?}");
        assert!(run.err.contains("some users of 1 result are not known"), "{}", run.err);
        let text = std::fs::read_to_string(&baseline).unwrap();
        assert!(text.contains("verdict = \"denied\"") && text.contains("at_most = 3"), "{text}");
        // What is denied is accepted; what is unknown is unknown as ever.
        let run = asked(&["--suppress", &baseline]);
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.out.contains("1 user is unknown: what is unknown is not accepted"), "{}", run.out);
        assert!(run.out.starts_with('?'), "{}", run.out);
        assert_eq!(asked(&["--suppress", &baseline, "--unknown", "fail"]).code, 1);
        assert_eq!(asked(&["--suppress", &baseline, "--unknown", "ignore"]).code, 0);
        let result = asked(&["--suppress", &baseline, "--format", "json"]).json()["results"][0].clone();
        assert_eq!(result["accepted"]["leaves"], "1 user is unknown", "{result:#}");
        let junit = asked(&["--suppress", &baseline, "--format", "junit"]);
        assert!(junit.out.contains("errors=\"1\"") && !junit.out.contains("<skipped"), "{}", junit.out);
        let sarif = asked(&["--suppress", &baseline, "--format", "sarif"]).json();
        let found = &sarif["runs"][0]["results"][0];
        assert_eq!(
            (&found["ruleId"], found.get("suppressions").is_some()),
            (&json!("undetermined"), false),
            "{found:#}"
        );
        // Many more of whom nobody knows change nothing about that.
        folder.write("tenant.json", tenant(20).to_string());
        let run = asked(&["--suppress", &baseline]);
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.out.contains("20 users are unknown"), "{}", run.out);
        // Nor is it by an entry that names no verdict.
        let any = "[[suppress]]\napp = \"Notes\"\nuser = \"everyone\"\nreason = \"r\"\nuntil = 2999-01-01\n";
        let any = folder.write("any.toml", any).display().to_string();
        assert_eq!(asked(&["--suppress", &any]).code, 4);
        // Whoever says so accepts them, up to so many.
        let mine = format!(
            "{text}[[suppress]]\napp = \"Notes\"\nverdict = \"unknown\"\nat_most = 20\nreason = \"r\"\nuntil = 2999-01-01\n"
        );
        let mine = folder.write("mine.toml", mine).display().to_string();
        assert_eq!(asked(&["--suppress", &mine]).code, 0);
        folder.write("tenant.json", tenant(21).to_string());
        assert_eq!(asked(&["--suppress", &mine]).code, 4);
        // Where everything is known, the baseline is enough.
        folder.write("tenant.json", tenant(0).to_string());
        let run = asked(&["--suppress", &baseline]);
        assert_eq!(run.code, 0, "{run:?}");
    }
}
