//! Where Graph tells no Teams policies: an export, PowerShell (a stand-in on PATH), the module's own endpoints.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use graphwhy::tenant::{self, Snapshot, Status, Via};
use serde_json::{Value, json};

use crate::graph::{TENANT, Tenant, app_id, group_id, user_id};
use crate::server::{Reply, Request, Server};
use crate::{Stage, fair, policies, texts, uuid};

/// A token whose claims say what it is for; nothing verifies it here.
fn teams_token(audience: &str) -> String {
    use base64::Engine as _;
    let part = |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.c2ln",
        part(json!({"alg": "RS256"})),
        part(json!({"aud": audience, "tid": TENANT, "exp": 4_000_000_000_u64}))
    )
}

fn snapshot(dir: &Path) -> Snapshot {
    tenant::parse(&std::fs::read_to_string(dir.join("tenant.json")).unwrap(), "tenant").unwrap()
}

fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!(out, "");
    (output.status.code().unwrap(), err)
}

fn fetch(stage: &Stage, dir: &Path, args: &[&str]) -> Command {
    let mut all = vec!["-o", "tenant.json"];
    all.extend(args);
    crate::graphwhy(stage, dir, &all)
}

#[test]
fn an_export_is_taken_in_every_form() {
    let stage = fair(Tenant::new(6, 2, 2));
    let dir = tempfile::tempdir().unwrap();
    let raw =
        json!([{"Identity": "Global", "AppIds": []}, {"Identity": "Tag:Meetings", "AppIds": [app_id(0), app_id(1)]}]);
    std::fs::write(dir.path().join("policies.json"), raw.to_string()).unwrap();
    let (code, err) = run(&mut fetch(&stage, dir.path(), &["--teams", "export=policies.json"]));
    assert_eq!(code, 0, "{err}");
    let policies = snapshot(dir.path()).policies;
    assert_eq!((policies.status, policies.items.len()), (Status::Partial, 2));
    assert_eq!(snapshot(dir.path()).apps.items.len(), 2);

    let (code, err) = run(&mut fetch(&stage, dir.path(), &["--teams", "export=nothing.json"]));
    assert_eq!(code, 3, "{err}");
    for bad in ["export=", "magic", "powershell=x"] {
        let (code, err) = run(&mut fetch(&stage, dir.path(), &["--teams", bad]));
        assert_eq!((code, err.contains("`admin-api`")), (2, true), "{err}");
    }
}

// ---- PowerShell: a stand-in on PATH --------------------------------------------------------------------------------

#[cfg(unix)]
mod powershell {
    use super::*;

    /// A program `pwsh` that runs these lines of shell; `$OUT` is the file to write, `$UNFINISHED` what the script calls
    /// it while it writes.
    fn stand_in(dir: &Path, lines: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let bin = dir.join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let text = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{0}/arguments'\nenv > '{0}/environment'\nfor OUT; do :; done\n\
             UNFINISHED=\"$OUT.unfinished\"\nEXPORT='{0}/export.json'\nstat -c %a \"$(dirname \"$OUT\")\" > '{0}/mode'\n\
             cp \"$(dirname \"$OUT\")/export.ps1\" '{0}/script.ps1'\n{lines}\n",
            dir.display()
        );
        let path = bin.join("pwsh");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn with_pwsh(stage: &Stage, dir: &Path, args: &[&str]) -> Command {
        let mut command = fetch(stage, dir, &[&["--teams", "powershell"], args].concat());
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", dir.display()));
        command
    }

    /// What the script writes for a small tenant, as lines.
    fn export() -> Vec<String> {
        let part = |part: &str, count: usize| {
            json!({"part": part, "status": "complete", "count": count, "read_at": "2026-11-25T10:00:00Z", "source": part,
                "reason": null})
        };
        let parts = [part("policies", 2), part("groups", 1), part("settings", 1), part("direct", 2)];
        [
            json!({"graphwhy_export": 1, "tenant_id": TENANT, "started_at": "2026-11-25T10:00:00Z", "modules": {}}),
            json!({"part": "policies", "item": {"Identity": "Global", "AppIds": [], "Description": null}}),
            json!({"part": "policies", "item": {"Identity": "Tag:Meetings", "AppIds": [app_id(0), app_id(1)], "Description": null}}),
            json!({"part": "groups", "item": {"GroupId": group_id(1), "PolicyType": "ApplicationAccessPolicy",
                "PolicyName": "Meetings", "Rank": 1, "CreatedTime": "2026-11-25T09:10:00Z"}}),
            json!({"part": "settings", "item": {"Identity": "Global", "EnableGraphTranscriptAccess": true,
                "EnableAttributedTranscripts": false}}),
            json!({"part": "direct", "item": {"Identity": user_id(0), "UserPrincipalName": "user0@contoso.com",
                "FeatureTypes": ["Teams"], "ApplicationAccessPolicy": "Meetings"}}),
            json!({"part": "direct", "item": {"Identity": user_id(1), "UserPrincipalName": "user1@contoso.com",
                "FeatureTypes": ["Teams"], "ApplicationAccessPolicy": null}}),
            json!({"graphwhy_manifest": 1, "finished_at": "2026-11-25T10:00:09Z", "parts": parts}),
        ]
        .iter()
        .map(Value::to_string)
        .collect()
    }

    fn write_export(dir: &Path, lines: &[String]) {
        std::fs::write(dir.join("export.json"), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }

    fn gone(dir: &Path) -> bool {
        // The last argument was the file to write; its folder goes with the run.
        let arguments = std::fs::read_to_string(dir.join("arguments")).unwrap();
        !Path::new(arguments.lines().last().unwrap()).parent().unwrap().exists()
    }

    #[test]
    fn the_script_that_import_prints_is_run() {
        let stage = fair(Tenant::new(6, 2, 2));
        let dir = tempfile::tempdir().unwrap();
        write_export(dir.path(), &export());
        stand_in(dir.path(), "cp \"$EXPORT\" \"$OUT\"; echo written");
        let named = format!("{},user2@contoso.com", user_id(1));
        let mut command = with_pwsh(&stage, dir.path(), &["--users", &named, "--tenant", TENANT]);
        let (code, err) = run(command.env("GRAPHWHY_TEAMS_TOKEN", "teams.token"));
        assert_eq!(code, 0, "{err}");
        let state = snapshot(dir.path());
        assert_eq!(
            (state.policies.status, state.direct.status, state.groups.status),
            (Status::Complete, Status::Complete, Status::Complete)
        );
        assert_eq!(
            (state.settings.graph_transcript_access, state.settings.attributed_transcripts),
            (Some(true), Some(false))
        );
        // The apps of the policies and the members of the groups are read from Graph.
        assert_eq!(state.apps.items.len(), 2);
        assert!(state.groups.items[0].members.is_complete());
        let created = state.history.iter().find(|it| it.part == "groups").unwrap();
        assert_eq!(created.not_before.unwrap().to_string(), "2026-11-25T09:10:00Z");

        let seen = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(seen("script.ps1"), graphwhy::tenant::import::SCRIPT);
        assert_eq!(seen("mode").trim(), "700");
        assert!(gone(dir.path()));
        let (arguments, environment) = (seen("arguments"), seen("environment"));
        // Arguments can be seen by others: no token is among them.
        assert!(arguments.contains("-NonInteractive") && !arguments.contains("token"), "{arguments}");
        for line in [
            "GRAPHWHY_RUN_GRAPH_TOKEN=the-token",
            "GRAPHWHY_RUN_TEAMS_TOKEN=teams.token",
            &format!("GRAPHWHY_RUN_TENANT={TENANT}"),
            &format!("GRAPHWHY_RUN_USERS={}", user_id(1)),
        ] {
            assert!(environment.lines().any(|it| it == line), "{line}");
        }
        assert!(!environment.contains("GRAPHWHY_RUN_ASK"));
        assert!(!err.contains("the-token") && !err.contains("teams.token") && !err.contains('\u{1b}'), "{err}");
    }

    #[test]
    fn what_is_new_enough_is_not_run_again() {
        let stage = fair(Tenant::new(6, 2, 2));
        let dir = tempfile::tempdir().unwrap();
        let now = jiff::Timestamp::now().to_string();
        let lines: Vec<String> = export().iter().map(|line| line.replace("2026-11-25T10:00:00Z", &now)).collect();
        write_export(dir.path(), &lines);
        stand_in(dir.path(), "echo run >> runs; cp \"$EXPORT\" \"$OUT\"");
        for (args, runs) in [(&[][..], 1), (&["--resume"], 1), (&["--resume", "--max-age", "0s"], 2)] {
            let (code, err) = run(&mut with_pwsh(&stage, dir.path(), args));
            assert_eq!(code, 0, "{err}");
            assert_eq!(std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count(), runs, "{args:?}");
            assert!(snapshot(dir.path()).policies.is_complete());
        }
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let stage = fair(Tenant::new(6, 2, 2));
        let dir = tempfile::tempdir().unwrap();
        let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
        assert_eq!(code, 3, "{err}");
        assert!(err.contains("`pwsh` is not on PATH") && err.contains("Install-Module MicrosoftTeams"), "{err}");
        for lines in [
            "exit 10",
            "echo \"The term 'Connect-MicrosoftTeams' is not recognized as a name of a cmdlet, function\" >&2; exit 1",
            "echo 'ScriptRequiresMissingModules' >&2; exit 1",
        ] {
            stand_in(dir.path(), lines);
            let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
            assert_eq!(code, 3, "{err}");
            assert!(err.contains("the module MicrosoftTeams is not installed for `pwsh`"), "{err}");
            assert!(err.contains("Install-Module MicrosoftTeams"), "{err}");
        }
        for lines in [
            "echo 'a browser is needed' >&2; exit 11",
            "echo 'You must call the Connect-MicrosoftTeams cmdlet before calling any other cmdlets.' >&2; exit 1",
        ] {
            stand_in(dir.path(), lines);
            let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
            assert_eq!(code, 3, "{err}");
            assert!(err.contains("PowerShell is not signed in to Teams: "), "{err}");
            assert!(err.contains("GRAPHWHY_TEAMS_TOKEN"), "{err}");
        }
        assert!(!dir.path().join("tenant.json").exists());
        let clouds = run(&mut with_pwsh(&stage, dir.path(), &["--cloud", "china"]));
        assert_eq!((clouds.0, clouds.1.contains("cloud `china` is not known here")), (3, true), "{}", clouds.1);
    }

    #[test]
    fn a_script_that_fails_midway_leaves_partial_parts() {
        let stage = fair(Tenant::new(6, 2, 2));
        let dir = tempfile::tempdir().unwrap();
        // Both policies and half of the next line.
        let whole: Vec<String> = export();
        let torn = format!("[\n{},\n{}", whole[..3].join(",\n"), &whole[3][..40]);
        std::fs::write(dir.path().join("export.json"), torn).unwrap();
        stand_in(
            dir.path(),
            "cp \"$EXPORT\" \"$UNFINISHED\"; printf '\\033[31;1mThe request was throttled.\\033[0m\\n' >&2; exit 12",
        );
        let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
        assert_eq!(code, 4, "{err}");
        let state = snapshot(dir.path());
        assert_eq!((state.policies.status, state.policies.items.len()), (Status::Partial, 2));
        for reason in [&state.policies.reason, &state.groups.reason, &state.direct.reason, &state.settings.reason] {
            let reason = reason.as_ref().unwrap();
            assert_eq!(reason.kind, "failed");
            assert!(reason.detail.as_ref().unwrap().ends_with("The request was throttled."), "{reason:?}");
        }
        assert_eq!((state.groups.status, state.direct.status), (Status::Missing, Status::Missing));
        // The others are there.
        assert!(state.users.is_complete());
        assert_eq!(state.apps.items.len(), 2);

        // What was whole before stays, with the reason why it is not newer.
        write_export(dir.path(), &export());
        stand_in(dir.path(), "cp \"$EXPORT\" \"$OUT\"");
        assert_eq!(run(&mut with_pwsh(&stage, dir.path(), &[])).0, 0);
        stand_in(dir.path(), "echo 'no network' >&2; exit 12");
        let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &["--resume", "--max-age", "0s"]));
        assert_eq!(code, 4, "{err}");
        let state = snapshot(dir.path());
        assert_eq!((state.policies.status, state.direct.status), (Status::Complete, Status::Complete));
        assert!(state.policies.reason.unwrap().detail.unwrap().contains("no network"));
    }

    #[test]
    fn an_export_that_is_none_is_an_error() {
        let stage = fair(Tenant::new(2, 1, 1));
        let dir = tempfile::tempdir().unwrap();
        for lines in ["echo '<html>no</html>' > \"$OUT\"", "printf '[\\n{\"graphwhy_export\": 7}\\n]' > \"$OUT\""] {
            stand_in(dir.path(), lines);
            let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
            assert_eq!(code, 3, "{err}");
            assert!(err.contains("what PowerShell wrote cannot be read"), "{err}");
        }
        stand_in(dir.path(), "exit 0");
        let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &[]));
        assert_eq!(code, 4, "{err}");
        assert!(err.contains("it wrote no export"), "{err}");
    }

    #[test]
    fn time_is_bounded_and_the_child_does_not_outlive_it() {
        let stage = fair(Tenant::new(2, 1, 1));
        let dir = tempfile::tempdir().unwrap();
        let lines = export();
        std::fs::write(dir.path().join("export.json"), format!("[\n{},\n", lines[..3].join(",\n"))).unwrap();
        stand_in(dir.path(), "cp \"$EXPORT\" \"$UNFINISHED\"; echo $$ > pid; exec sleep 60");
        let start = Instant::now();
        let (code, err) = run(&mut with_pwsh(&stage, dir.path(), &["--budget", "4s"]));
        assert_eq!(code, 4, "{err}");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        assert!(!is_running(dir.path()) && gone(dir.path()));
        let state = snapshot(dir.path());
        assert_eq!((state.policies.status, state.policies.items.len()), (Status::Partial, 2));
        assert!(state.policies.reason.unwrap().detail.unwrap().contains("did not end within 3 s"));
        assert!(state.users.is_complete());
    }

    #[test]
    fn ctrl_c_ends_the_child_and_keeps_the_file() {
        let stage = fair(Tenant::new(2, 1, 1));
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tenant.json"), tenant::write(&policies(&[0], &[0]))).unwrap();
        let before = snapshot(dir.path());
        stand_in(dir.path(), "echo $$ > pid; exec sleep 60");
        let child = with_pwsh(&stage, dir.path(), &[]).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let start = Instant::now();
        while !dir.path().join("pid").exists() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(texts(&output).1.contains("`tenant.json` is as it was"));
        assert_eq!(snapshot(dir.path()), before);
        assert!(!is_running(dir.path()) && gone(dir.path()));
        assert_eq!(stage.server.requests().len(), 0);
    }

    fn is_running(dir: &Path) -> bool {
        let pid = std::fs::read_to_string(dir.join("pid")).unwrap();
        Command::new("kill").args(["-0", pid.trim()]).stderr(std::process::Stdio::null()).status().unwrap().success()
    }
}

// ---- The module's own endpoints ------------------------------------------------------------------------------------

/// Answers as the public clients show them.
fn admin_answer(request: &Request) -> Reply {
    let body = match request.target.as_str() {
        "/Teams.Tenant/serviceDiscovery" => json!({"Endpoints": {"ConfigApiEndpoint": "config.contoso.com",
            "AdminServiceEndpoint": "127.0.0.1"}, "Headers": {"X-MS-Forest": "0e"}}),
        "/Skype.Policy/configurations/ApplicationAccessPolicy" => json!([
            {"Identity": "Global", "AppIds": [], "Description": null, "Key": {"ScopeClass": "Global"}},
            {"Identity": "Tag:Meetings", "AppIds": [app_id(0), app_id(1)], "Description": "made up"}]),
        "/Skype.Policy/groupPolicyAssignments/" => json!([
            {"groupId": group_id(1), "policyType": "ApplicationAccessPolicy", "policyName": "Tag:Meetings", "rank": 1,
                "createdTime": "2026-11-25T09:10:00Z"},
            {"groupId": group_id(0), "policyType": "TeamsMeetingPolicy", "policyName": "AllOn", "rank": 1}]),
        "/Teams.User/users" => json!({"users": [
            {"objectId": user_id(0), "userPrincipalName": "user0@contoso.com", "effectivePolicyAssignments": [
                {"policyType": "TeamsMeetingPolicy", "policyAssignment": {"assignmentType": "Direct", "displayName": "AllOn"}},
                {"policyType": "ApplicationAccessPolicy", "policyAssignment": {"assignmentType": "Direct", "authority": "Tenant",
                    "displayName": "Meetings", "policyId": "Not Yet Supported."}}]},
            {"objectId": user_id(1), "userPrincipalName": "user1@contoso.com", "effectivePolicyAssignments": []}]}),
        _ => return crate::error(404, "NotFound", "no such thing"),
    };
    Reply::json(200, body)
}

struct Admin {
    graph: Stage,
    server: Server,
    dir: tempfile::TempDir,
}

fn admin(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Admin {
    let server = Server::start(Duration::ZERO, Arc::new(answer));
    let (graph, dir) = (fair(Tenant::new(6, 2, 2)), tempfile::tempdir().unwrap());
    let cloud = format!("graph = \"{}\"\nteams = \"{}\"\n", graph.server.root(), server.root());
    std::fs::write(dir.path().join("own.toml"), cloud).unwrap();
    Admin { graph, server, dir }
}

impl Admin {
    fn run(&self, args: &[&str], token: Option<&str>) -> (i32, String) {
        let mut command =
            fetch(&self.graph, self.dir.path(), &[&["--teams", "admin-api", "--cloud", "own.toml"], args].concat());
        if let Some(token) = token {
            command.env("GRAPHWHY_TEAMS_TOKEN", token);
        }
        let (code, err) = run(&mut command);
        assert!(!err.contains("c2ln") && !err.contains("the-token"), "{err}");
        (code, err)
    }

    fn state(&self) -> Snapshot {
        snapshot(self.dir.path())
    }
}

const TEAMS: &str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239";

#[test]
fn undocumented_endpoints_say_so() {
    let admin = admin(admin_answer);
    let token = teams_token(TEAMS);
    let (code, err) = admin.run(&[], Some(&token));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("no document describes"), "{err}");
    let state = admin.state();
    assert_eq!((state.policies.status, state.policies.items.len()), (Status::Complete, 2));
    assert_eq!(state.policies.source.as_deref(), Some("Teams admin API (undocumented)"));
    assert_eq!(state.effective.source.as_deref(), Some("Teams admin API (undocumented)"));
    // Whether these list everybody, nobody says.
    assert_eq!((state.groups.status, state.groups.items.len(), state.groups.items[0].rank), (Status::Partial, 1, 1));
    assert!(state.groups.items[0].members.is_complete());
    assert_eq!(state.direct.status, Status::Partial);
    let direct: Vec<_> = state.direct.items.iter().map(|it| (it.user_id.to_string(), it.policy.clone())).collect();
    assert_eq!(direct, [(user_id(0), Some("Meetings".to_owned())), (user_id(1), None)]);
    let effective: Vec<_> = state.effective.items.iter().map(|it| (it.policy.as_deref(), it.via)).collect();
    assert_eq!(effective, [(Some("Meetings"), Some(Via::Direct)), (None, Some(Via::Global))]);
    let created = state.history.iter().find(|it| it.part == "groups").unwrap();
    assert_eq!(created.not_after.unwrap().to_string(), "2026-11-25T09:10:00Z");
    assert!(state.settings.reason.unwrap().needs.unwrap().contains("Get-CsTeamsMeetingConfiguration"));
    // Each was asked once, with the token for Teams and what the discovery named.
    let requests = admin.server.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        assert_eq!(request.method, "GET");
        assert_eq!(request.headers["authorization"], format!("Bearer {token}"));
    }
    let header = |at: usize, name: &str| requests[at].headers.get(name).map(String::as_str);
    assert_eq!((header(0, "x-ms-target-uri"), header(0, "x-ms-forest")), (None, None));
    for at in 1..4 {
        assert_eq!(
            (header(at, "x-ms-target-uri"), header(at, "x-ms-forest")),
            (Some("https://127.0.0.1/"), Some("0e"))
        );
    }
    assert!(admin.graph.server.requests().iter().all(|it| it.headers["authorization"] == "Bearer the-token"));
}

#[test]
fn hosts_that_a_discovery_names_get_nothing() {
    let evil = Server::start(Duration::ZERO, Arc::new(|_: &Request| Reply::json(200, json!({}))));
    let named = format!("localhost:{}", evil.port);
    let admin = admin(move |request| match request.target.as_str() {
        "/Teams.Tenant/serviceDiscovery" => Reply::json(
            200,
            json!({"Endpoints": {"AdminServiceEndpoint": named, "ConfigApiEndpoint": named}, "Headers": {"X-MS-Forest": "a b\u{1b}"}}),
        ),
        _ => admin_answer(request),
    });
    let (code, err) = admin.run(&[], Some(&teams_token(TEAMS)));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("no host of this cloud") && err.contains("forest of an unknown form"), "{err}");
    assert_eq!(evil.requests().len(), 0);
    let passed = admin
        .server
        .requests()
        .iter()
        .any(|it| it.headers.contains_key("x-ms-target-uri") || it.headers.contains_key("x-ms-forest"));
    assert!(!passed);
    assert!(admin.state().policies.is_complete());
}

#[test]
fn unknown_forms_and_refusals_fail_their_part_only() {
    for (target, reply, kind, words) in [
        (
            "/Skype.Policy/configurations/ApplicationAccessPolicy",
            Reply::json(200, json!({"value": []})),
            "failed",
            "unknown form",
        ),
        (
            "/Skype.Policy/configurations/ApplicationAccessPolicy",
            Reply::json(200, json!([{"Identity": "Global", "AppIds": "{a, b}"}])),
            "failed",
            "at `[0].AppIds`",
        ),
        (
            "/Skype.Policy/configurations/ApplicationAccessPolicy",
            Reply::json(403, json!({"code": "40301", "message": "Forbidden"})),
            "forbidden",
            "403",
        ),
    ] {
        let admin =
            self::admin(move |request| if request.target == target { reply.clone() } else { admin_answer(request) });
        let (code, err) = admin.run(&[], Some(&teams_token(TEAMS)));
        assert_eq!(code, 4, "{err}");
        let state = admin.state();
        let reason = state.policies.reason.as_ref().unwrap();
        assert_eq!((state.policies.status, reason.kind.as_str()), (Status::Missing, kind), "{reason:?}");
        assert!(
            reason.detail.as_ref().unwrap().contains(words) && reason.detail.as_ref().unwrap().contains(target),
            "{reason:?}"
        );
        assert_eq!(state.groups.items.len(), 1);
        assert_eq!(state.effective.items.len(), 2);
        assert!(state.users.is_complete());
    }
    // A page of a proxy is asked for again as long as there is time.
    let admin = self::admin(|request| {
        let is_policies = request.target.starts_with("/Skype.Policy/configurations");
        if is_policies { Reply::html(200, "<html>no</html>") } else { admin_answer(request) }
    });
    let (code, err) = admin.run(&["--budget", "3s"], Some(&teams_token(TEAMS)));
    assert_eq!(code, 4, "{err}");
    assert!(admin.state().policies.reason.unwrap().detail.unwrap().contains("without whole JSON (text/html)"));
    // Without the discovery nothing is asked.
    let admin = self::admin(|request| match request.target.as_str() {
        "/Teams.Tenant/serviceDiscovery" => Reply::json(200, json!({"serviceDiscovery": {}})),
        _ => admin_answer(request),
    });
    let (code, err) = admin.run(&[], Some(&teams_token(TEAMS)));
    assert_eq!((code, admin.server.requests().len()), (4, 1), "{err}");
    let reason = admin.state().direct.reason.unwrap();
    assert!(
        reason.detail.unwrap().contains("serviceDiscovery: the answer has an unknown form: missing field `Endpoints`")
    );
}

#[test]
fn throttling_is_obeyed_there_too() {
    let first = OnceLock::new();
    let admin = admin(move |request| {
        if request.target.starts_with("/Skype.Policy/configurations") && first.set(()).is_ok() {
            return crate::error(429, "TooManyRequests", "slow down").header("Retry-After", "1.2");
        }
        admin_answer(request)
    });
    let (code, err) = admin.run(&[], Some(&teams_token(TEAMS)));
    assert_eq!(code, 0, "{err}");
    let asked: Vec<Instant> = admin
        .server
        .requests()
        .iter()
        .filter(|it| it.target.starts_with("/Skype.Policy/conf"))
        .map(|it| it.at)
        .collect();
    assert!(asked[1] - asked[0] >= Duration::from_millis(1200));
}

#[test]
fn the_right_token_or_none() {
    let admin = admin(admin_answer);
    let (code, err) = admin.run(&[], None);
    assert_eq!((code, err.contains("GRAPHWHY_TEAMS_TOKEN") && err.contains(TEAMS)), (3, true), "{err}");
    // A token for Graph is never sent there.
    for audience in [crate::graph::GRAPH_APP, "https://graph.microsoft.com/"] {
        let (code, err) = admin.run(&[], Some(&teams_token(audience)));
        assert_eq!((code, err.contains("is one for Microsoft Graph")), (3, true), "{err}");
    }
    assert_eq!(admin.server.requests().len(), 0);
    std::fs::write(admin.dir.path().join("token"), "opaque-token\n").unwrap();
    let (code, err) = admin.run(&["--teams-token-file", "token"], None);
    assert_eq!(code, 0, "{err}");
    assert_eq!(admin.server.requests()[0].headers["authorization"], "Bearer opaque-token");
    // Off by default, and a cloud without such a host has none.
    let mut command = fetch(&admin.graph, admin.dir.path(), &[]);
    assert_eq!(run(command.env("GRAPHWHY_TEAMS_TOKEN", "opaque-token")).0, 0);
    assert_eq!(admin.server.requests().len(), 4);
    let mut command = fetch(&admin.graph, admin.dir.path(), &["--teams", "admin-api"]);
    let (code, err) = run(command.env("GRAPHWHY_TEAMS_TOKEN", "opaque-token"));
    assert_eq!((code, err.contains("no host of the Teams admin API is known")), (3, true), "{err}");
    let refused = self::admin(|_: &Request| crate::error(401, "Unauthorized", "expired"));
    let (code, err) = refused.run(&[], Some("opaque-token"));
    assert_eq!(code, 4, "{err}");
    assert_eq!(refused.state().policies.reason.unwrap().needs.as_deref(), Some("a new access token"));
    assert_eq!(uuid(TENANT), refused.state().tenant_id.unwrap());
}
