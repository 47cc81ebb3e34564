//! From two reads to what a verdict says about the time between them.

use std::path::Path;

use graphwhy::tenant;
use serde_json::{Value, json};

use crate::graph::{TENANT, Tenant, app_id, group_id, user_id};
use crate::{Stage, fair, texts};

/// Minutes before now, as the service writes it.
fn ago(minutes: i64) -> String {
    (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes)).round(jiff::Unit::Second).unwrap().to_string()
}

/// An export as the script writes it: every app of `apps` in `Meetings`, which `direct` holds.
fn export(dir: &Path, began: &str, ended: &str, apps: &[usize], direct: &[usize], rank: u32) {
    let mut lines = vec![json!({"graphwhy_export": 1, "tenant_id": TENANT, "started_at": began, "modules": {}})];
    lines.push(json!({"part": "policies", "item": {"Identity": "Global", "AppIds": []}}));
    let ids: Vec<String> = apps.iter().map(|n| app_id(*n)).collect();
    lines.push(json!({"part": "policies", "item": {"Identity": "Tag:Meetings", "AppIds": ids}}));
    lines.push(json!({"part": "groups", "item": {"GroupId": group_id(1), "PolicyType": "ApplicationAccessPolicy",
        "PolicyName": "Meetings", "Rank": rank, "CreatedTime": null}}));
    for user in 0..4 {
        let policy = direct.contains(&user).then_some("Meetings");
        lines.push(json!({"part": "direct", "item": {"Identity": user_id(user), "UserPrincipalName": format!("user{user}@contoso.com"),
            "FeatureTypes": ["Teams"], "ApplicationAccessPolicy": policy}}));
    }
    let part = |part: &str, count: usize| json!({"part": part, "status": "complete", "count": count, "read_at": began, "source": part});
    lines.push(json!({"graphwhy_manifest": 1, "finished_at": ended, "parts": [part("policies", 2), part("groups", 1), part("direct", 4)]}));
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n");
    std::fs::write(dir.join("export.json"), format!("[\n{text}\n]\n")).unwrap();
}

fn read(stage: &Stage, dir: &Path, more: &[&str]) {
    let args = [&["-o", "tenant.json", "--teams", "export=export.json"], more].concat();
    let output = crate::graphwhy(stage, dir, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
}

fn ask(dir: &Path, args: &[&str], input: Option<&str>) -> String {
    use std::io::Write as _;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    command.env_clear().env("NO_COLOR", "1").current_dir(dir).args(args);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
    let (out, err) = texts(&child.wait_with_output().unwrap());
    assert!(!out.is_empty(), "{err}");
    out
}

#[test]
fn a_verdict_tells_between_which_reads_something_changed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let stage = fair(Tenant::new(4, 2, 2));
    let (first, second, done) = (ago(20), ago(5), ago(4));
    export(dir, &first, &ago(19), &[1], &[2], 1);
    read(&stage, dir, &[]);
    export(dir, &second, &done, &[0, 1], &[2], 1);
    read(&stage, dir, &["--resume"]);
    let (app, user) = (app_id(0), user_id(2));

    let json: Value = serde_json::from_str(&ask(
        dir,
        &["check", "--app", &app, "--user", &user, "--state", "tenant.json", "--format", "json"],
        None,
    ))
    .unwrap();
    let result = &json["results"][0];
    assert_eq!(result["verdict"], "unknown", "{result:#}");
    let gate = result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == "time").unwrap();
    let bounds = format!("between {first} and {done}");
    assert_eq!((&gate["outcome"], &gate["evidence"][0]["value"]), (&json!("unknown"), &json!(bounds)), "{gate:#}");
    // Thirty minutes after the last moment at which it may have been made.
    let until: jiff::Timestamp = gate["until"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, done.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_mins(30));
    let causes: Vec<&str> =
        result["findings"].as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["policy-still-propagating"]);

    let text = ask(dir, &["check", "--app", &app, "--user", &user, "--state", "tenant.json"], None);
    // For people in whole minutes, that hold the moment between them.
    let minute = |time: &str, seconds: i64| {
        let time: jiff::Timestamp = time.parse().unwrap();
        (time + jiff::SignedDuration::from_secs(seconds)).strftime("%H:%M").to_string()
    };
    let (from, to) = (format!("{} and ", minute(&first, 0)), format!("{} UTC; by", minute(&done, 59)));
    let tells = |text: &str| {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        words.contains("`Meetings` changed between ") && words.contains(&from) && words.contains(&to)
    };
    assert!(tells(&text), "{text}");
    let error = json!({"error": {"code": "Forbidden", "message": "No application access policy found for this app"}})
        .to_string();
    let text = ask(
        dir,
        &[
            "explain",
            "--state",
            "tenant.json",
            "--app",
            &app,
            "--user",
            &user,
            "--at",
            &jiff::Timestamp::now().to_string(),
        ],
        Some(&error),
    );
    assert!(tells(&text), "{text}");
    // Another app's entry has not changed, and neither has another user's policy.
    let text = ask(dir, &["check", "--app", &app_id(1), "--user", &user, "--state", "tenant.json"], None);
    assert!(!text.contains("between"), "{text}");
}

#[test]
fn every_part_has_its_changes_removals_too() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    export(dir, &ago(20), &ago(19), &[0, 1], &[0, 1], 1);
    read(&fair(Tenant::new(4, 2, 2)), dir, &[]);
    export(dir, &ago(5), &ago(4), &[0], &[1, 3], 2);
    let mut after = Tenant::new(5, 2, 2);
    after.changed = true;
    after.groups.get_mut(&1).unwrap().1 = vec![7];
    read(&fair(after), dir, &["--resume", "--max-age", "0s"]);
    let snapshot = tenant::parse(&std::fs::read_to_string(dir.join("tenant.json")).unwrap(), "t").unwrap();
    let changes: Vec<String> = snapshot
        .history
        .iter()
        .filter(|it| it.source.as_deref() == Some("two reads"))
        .map(|it| format!("{} {} {} {}", it.part, it.key, it.change, it.value.as_deref().unwrap_or("-")))
        .collect();
    let expected = [
        format!("policies Meetings removed {}", app_id(1)),
        format!("direct {} removed Meetings", user_id(0)),
        format!("direct {} added Meetings", user_id(3)),
        format!("groups {} changed rank 2", group_id(1)),
        format!("nested {} removed {}", group_id(1), group_id(1001)),
        format!("nested {} added {}", group_id(1), group_id(7)),
        format!("users {} added -", user_id(4)),
        format!("users {} changed teams disabled", user_id(1)),
        format!("users.account {} changed disabled", user_id(1)),
        format!("apps {} changed disabled", app_id(0)),
        format!("apps {} removed OnlineMeetings.ReadWrite.All", app_id(0)),
        format!("apps.delegated {} removed OnlineMeetings.Read (tenant)", app_id(0)),
        format!("apps.other-roles {} removed Things.Do of {}", app_id(0), crate::graph::id(0x52, 0)),
    ];
    for line in &expected {
        assert!(changes.contains(line), "{line}\n{changes:#?}");
    }
    assert_eq!(changes.len(), expected.len(), "{changes:#?}");
    // A third reading that finds the same adds nothing.
    export(dir, &ago(3), &ago(2), &[0], &[1, 3], 2);
    let mut same = Tenant::new(5, 2, 2);
    same.changed = true;
    same.groups.get_mut(&1).unwrap().1 = vec![7];
    read(&fair(same), dir, &["--resume", "--max-age", "0s"]);
    let again = tenant::parse(&std::fs::read_to_string(dir.join("tenant.json")).unwrap(), "t").unwrap();
    assert_eq!(again.history, snapshot.history);
    // An older file does not take back what is newer.
    export(dir, &ago(60), &ago(59), &[0, 1], &[0], 1);
    read(&fair(Tenant::new(5, 2, 2)), dir, &["--resume"]);
    let kept = tenant::parse(&std::fs::read_to_string(dir.join("tenant.json")).unwrap(), "t").unwrap();
    assert_eq!((kept.policies, kept.direct), (again.policies, again.direct));
}
