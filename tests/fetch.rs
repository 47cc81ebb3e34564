//! `fetch` against a made-up tenant on loopback: nothing lost, nothing invented, no endless loop, and every
//! request valid by the metadata of Graph.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "fetch/graph.rs"]
mod graph;
#[path = "fetch/history.rs"]
mod history;
#[path = "fetch/metadata.rs"]
mod metadata;
#[path = "fetch/resume.rs"]
mod resume;
#[path = "fetch/server.rs"]
mod server;
#[path = "fetch/shown.rs"]
mod shown;
#[path = "fetch/teams.rs"]
mod teams;

#[path = "fetch/command.rs"]
mod command;
#[path = "fetch/earlier.rs"]
mod earlier;
#[path = "fetch/nested.rs"]
mod nested;
#[path = "fetch/sequences.rs"]
mod sequences;
#[path = "fetch/weather.rs"]
mod weather;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use graphwhy::tenant::fetch::{Apps, FetchError, Fetched, Limits, Options, Roots, Secret, Users, fetch};
use graphwhy::tenant::{self, Snapshot, Status, Teams, Via};
use serde_json::json;
use uuid::Uuid;

use graph::{ROLE, Tenant, app_id, error, group_id, id, principal_id, user_id};
use server::{Reply, Request, Server, Way};

struct Stage {
    server: Server,
    tenant: Arc<Tenant>,
}

type Fault = dyn Fn(&Request, &Tenant, &str) -> Option<Reply> + Send + Sync;

fn stage(tenant: Tenant, fault: Box<Fault>) -> Stage {
    let (tenant, root) = (Arc::new(tenant), Arc::new(OnceLock::<String>::new()));
    let (own, known) = (Arc::clone(&tenant), Arc::clone(&root));
    let handler = move |request: &Request| {
        let root = known.wait();
        fault(request, &own, root).unwrap_or_else(|| own.answer(request, root))
    };
    let server = Server::start(Duration::ZERO, Arc::new(handler));
    root.set(server.root()).unwrap();
    Stage { server, tenant }
}

fn fair(tenant: Tenant) -> Stage {
    stage(tenant, Box::new(|_, _, _| None))
}

fn uuid(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap()
}

/// Policies and group assignments, as an import would give them.
fn policies(apps: &[usize], groups: &[usize]) -> Snapshot {
    let apps: Vec<String> = apps.iter().map(|n| app_id(*n)).collect();
    let groups: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(at, n)| json!({"group_id": group_id(*n), "policy": "Meetings", "rank": at + 1}))
        .collect();
    let text = json!({
        "schema": 1,
        "policies": {"status": "complete", "read_at": "2026-11-20T09:00:00Z", "source": "export", "items": [{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": apps}]},
        "direct": {"status": "complete", "read_at": "2026-11-20T09:00:00Z", "items": []},
        "groups": {"status": "complete", "read_at": "2026-11-20T09:00:00Z", "items": groups},
    });
    tenant::parse(&text.to_string(), "policies").unwrap()
}

/// The command, away from this machine's settings.
fn graphwhy(stage: &Stage, dir: &std::path::Path, args: &[&str]) -> std::process::Command {
    let cloud = dir.join("cloud.toml");
    std::fs::write(&cloud, format!("graph = \"{}\"\n", stage.server.root())).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    command.env_clear().env("GRAPHWHY_GRAPH_TOKEN", "the-token").env("PATH", "/usr/bin:/bin").current_dir(dir);
    command.arg("fetch").args(args);
    if !args.contains(&"--cloud") {
        command.args(["--cloud", "cloud.toml"]);
    }
    command
}

fn texts(output: &std::process::Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

impl Stage {
    fn options(&self) -> Options {
        Options {
            roots: Roots::from_toml(&format!("graph = \"{}\"", self.server.root()), "cloud").unwrap(),
            sign_in: Secret::token("the-token", "test").unwrap().into(),
            tenant: None,
            users: Users::All,
            apps: Apps::OfPolicies,
            teams: None,
            previous: None,
            max_age: Duration::from_secs(600),
            limits: Limits {
                concurrency: 4,
                request: Duration::from_millis(1500),
                budget: Duration::from_secs(60),
                backoff: Duration::from_millis(20),
                attempts: 7,
            },
            stop_at_ctrl_c: false,
        }
    }

    fn fetch(&self, change: impl FnOnce(&mut Options)) -> Result<Fetched, FetchError> {
        let mut options = self.options();
        change(&mut options);
        let result = fetch(options, &mut |_| {});
        assert_eq!(
            *self.tenant.wrong.lock().unwrap(),
            Vec::<String>::new(),
            "requests that the metadata does not know"
        );
        result
    }

    fn read(&self, change: impl FnOnce(&mut Options)) -> Fetched {
        let fetched = self.fetch(change).unwrap();
        // What is given can be written and read back.
        let text = tenant::write(&fetched.snapshot);
        let again = tenant::parse(&text, "again").unwrap();
        assert_eq!(tenant::write(&again), text);
        assert!(!text.contains("the-token"));
        fetched
    }

    fn count(&self, part: &str) -> usize {
        self.server.requests().iter().filter(|it| it.target.contains(part)).count()
    }
}

/// Exactly the users of the tenant, each as it is.
fn all_users(snapshot: &Snapshot, tenant: &Tenant) {
    assert_eq!(snapshot.users.status, Status::Complete, "{:?}", snapshot.users.reason);
    let ids: Vec<String> = snapshot.users.items.iter().map(|user| user.id.to_string()).collect();
    assert_eq!(ids, (0..tenant.users).map(user_id).collect::<Vec<_>>());
    for (n, user) in snapshot.users.items.iter().enumerate() {
        assert_eq!(user.upn.as_deref(), Some(graph::upn(n).as_str()));
        assert_eq!(user.guest, Some(n % 11 == 4));
        assert_eq!(user.enabled, Some(n % 13 != 6));
    }
}

#[test]
fn a_whole_tenant() {
    let stage = fair(Tenant::new(25, 3, 4));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0, 1, 2], &[0, 2])));
    let snapshot = &fetched.snapshot;
    all_users(snapshot, &stage.tenant);
    let teams = |n: usize| snapshot.users.items[n].teams;
    assert_eq!((teams(0), teams(3), teams(5)), (Some(Teams::Enabled), Some(Teams::Disabled), Some(Teams::Absent)));
    assert_eq!(snapshot.tenant_id, Some(uuid(graph::TENANT)));
    assert_eq!(snapshot.cloud.as_deref(), Some("custom"));
    assert_eq!(snapshot.policies.source.as_deref(), Some("export"));

    let group = &snapshot.groups.items[1];
    assert_eq!(group.members.status, Status::Complete);
    let expected: Vec<Uuid> = (0..25).filter(|n| n % 3 == 2).map(|n| uuid(&user_id(n))).collect();
    assert_eq!(group.members.items, expected);
    assert_eq!(group.nested, [uuid(&group_id(1002))]);

    let apps = &snapshot.apps;
    assert_eq!((apps.status, apps.items.len()), (Status::Partial, 3));
    let app = &apps.items[1];
    assert_eq!((app.app_id, app.service_principal_id), (uuid(&app_id(1)), Some(uuid(&principal_id(1)))));
    assert_eq!((app.enabled, app.name.as_deref()), (Some(false), Some("App 1")));
    let roles = app.roles.as_ref().unwrap();
    assert_eq!(roles[0].value.as_deref(), Some("OnlineMeetings.ReadWrite.All"));
    assert_eq!(roles[0].resource, Some(uuid(graph::GRAPH_APP)));
    assert_eq!((roles[1].value.as_deref(), roles[1].resource), (Some("Things.Do"), Some(uuid(&id(0x52, 0)))));
    let scopes: Vec<_> = app.delegated.iter().flatten().map(|it| (it.scope.as_str(), it.tenant_wide)).collect();
    assert_eq!(scopes, [("User.Read", Some(true)), ("OnlineMeetings.Read", Some(true))]);
    assert_eq!(app.requested.as_ref().unwrap().len(), 1);
    assert_eq!(app.application_object_id, Some(uuid(&id(0x70, 1))));
    // The registration of this one is in another tenant.
    assert_eq!((&apps.items[2].requested, apps.items[2].application_object_id), (&None, None));

    // The service's own time of the grant, and no change of what was merely seen.
    assert_eq!(snapshot.history.len(), 3);
    let grant = &snapshot.history[0];
    assert_eq!((grant.part.as_str(), grant.value.as_deref()), ("apps", Some("OnlineMeetings.ReadWrite.All")));
    assert_eq!(grant.not_after.unwrap().to_string(), "2026-11-01T10:00:00Z");

    // No answer shows the policy type: absence says nothing.
    assert_eq!(snapshot.effective.status, Status::Missing);
    assert_eq!(snapshot.effective.reason.as_ref().unwrap().kind, "not-found");
    assert!(fetched.parts.iter().all(|part| !part.failed));
    // 1 + 1 lists, then 1 + 1 + 9 + 2 small reads in a batch, then 3 grants and 1 resource.
    assert_eq!(fetched.traffic.requests, 4);
}

#[test]
fn absence_is_the_default_only_where_the_type_is_shown() {
    let mut tenant = Tenant::new(6, 1, 0);
    tenant.configurations = Some(BTreeMap::from([
        (
            1,
            json!({"policyType": "applicationaccesspolicy", "policyAssignment": {"displayName": "Tag:Meetings", "assignmentType": "direct"}}),
        ),
        (
            4,
            json!({"policyType": "ApplicationAccessPolicy", "policyAssignment": {"displayName": "Meetings", "assignmentType": "group", "groupId": group_id(0)}}),
        ),
    ]));
    let stage = fair(tenant);
    for users in [
        Users::All,
        Users::Named(vec![user_id(1), "User4@contoso.com".into(), user_id(0)]),
        Users::Group(uuid(&group_id(0))),
    ] {
        let fetched = stage.read(|it| it.users = users.clone());
        let effective = &fetched.snapshot.effective;
        let of = |n: usize| effective.items.iter().find(|it| it.user_id == uuid(&user_id(n))).unwrap();
        assert_eq!((of(1).policy.as_deref(), of(1).via), (Some("Meetings"), Some(Via::Direct)));
        assert_eq!((of(4).via, of(4).group_id), (Some(Via::Group), Some(uuid(&group_id(0)))));
        assert_eq!((of(0).policy.as_deref(), of(0).via), (None, Some(Via::Global)));
        assert_eq!(effective.status, Status::Partial);
        let known = fetched.snapshot.users.items.len();
        assert_eq!(effective.items.len(), known);
    }
    // Nobody who was read has one: then nobody's absence counts.
    let fetched = stage.read(|it| it.users = Users::Named(vec![user_id(0), user_id(2)]));
    assert_eq!(fetched.snapshot.effective.items.len(), 0);
    assert_eq!(fetched.snapshot.effective.status, Status::Missing);
}

#[test]
fn named_users_who_do_not_exist_are_said_to() {
    let stage = fair(Tenant::new(6, 1, 0));
    let fetched = stage.read(|it| it.users = Users::Named(vec![user_id(1), "nobody@contoso.com".into()]));
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 1));
    let reason = users.reason.as_ref().unwrap();
    assert_eq!(reason.kind, "not-found");
    assert!(reason.detail.as_ref().unwrap().starts_with("user `nobody@contoso.com`: 404"), "{reason:?}");
    assert_eq!(fetched.unknown, ["user `nobody@contoso.com`"]);
    let fetched = stage.read(|it| it.users = Users::Group(uuid(&group_id(77))));
    assert_eq!(fetched.unknown, [format!("group `{}`", group_id(77))]);
    // As a command: what was asked for is not all there.
    let dir = tempfile::tempdir().unwrap();
    let run = |users: &str| {
        let args = ["-o", "t.json", "--users", users];
        let output = graphwhy(&stage, dir.path(), &args).env("GRAPHWHY_GRAPH_TOKEN", "the-token").output().unwrap();
        (output.status.code(), texts(&output).1)
    };
    let (code, err) = run(&format!("{},nobody@contoso.com", user_id(1)));
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("the tenant has no user `nobody@contoso.com`"), "{err}");
    let (code, err) = run(&user_id(1));
    assert_eq!(code, Some(0), "{err}");
    assert!(!err.contains("the tenant has no"), "{err}");
}

#[test]
fn a_wait_that_nobody_lives_to_see_ends_the_read() {
    for after in ["99999999999999999999", "1e300", "86400"] {
        let fault = move |request: &Request, _: &Tenant, _: &str| {
            let slow = || error(429, "TooManyRequests", "slow down").header("Retry-After", after);
            request.target.contains("/users?").then(slow)
        };
        let stage = stage(Tenant::new(6, 1, 0), Box::new(fault));
        let start = Instant::now();
        let fetched = stage.read(|it| it.limits.budget = Duration::from_secs(30));
        assert!(start.elapsed() < Duration::from_secs(10), "{after}");
        assert_eq!(stage.count("/users?"), 1, "{after}: it is not asked again before its time");
        let detail = fetched.snapshot.users.reason.and_then(|reason| reason.detail).unwrap();
        assert!(detail.contains("would exceed the time budget of 30 s"), "{detail}");
    }
}

#[test]
fn who_is_gone_is_not_kept() {
    let named = || Users::Named(vec![user_id(1), user_id(5)]);
    let first = fair(Tenant::new(6, 1, 3)).read(|it| {
        it.users = named();
        it.apps = Apps::Named(vec![uuid(&app_id(0)), uuid(&app_id(2))]);
    });
    assert_eq!(first.snapshot.users.items.len(), 2);
    // The last user and the last app have been deleted, and the list of apps is not for this token.
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request.target.contains("/servicePrincipals?").then(|| error(403, "Authorization_RequestDenied", "no"))
    };
    let second = stage(Tenant::new(5, 1, 2), Box::new(fault)).read(|it| {
        it.users = named();
        it.apps = Apps::Named(vec![uuid(&app_id(0)), uuid(&app_id(2))]);
        it.previous = Some(first.snapshot.clone());
        it.max_age = Duration::ZERO;
    });
    let snapshot = &second.snapshot;
    let users: Vec<String> = snapshot.users.items.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(users, [user_id(1)]);
    let apps: Vec<String> = snapshot.apps.items.iter().map(|it| it.app_id.to_string()).collect();
    assert_eq!(apps, [app_id(0)]);
    let removed: Vec<(&str, &str)> = snapshot
        .history
        .iter()
        .filter(|it| it.change == "removed")
        .map(|it| (it.part.as_str(), it.key.as_str()))
        .collect();
    assert_eq!(removed, [("users", user_id(5).as_str()), ("apps", app_id(2).as_str())]);
    assert_eq!(second.unknown, Vec::<String>::new(), "that they are gone is what was found out");
    assert!(snapshot.history.iter().filter(|it| it.change == "removed").all(|it| it.not_before.is_some()));
}

#[test]
fn an_app_that_is_not_there_is_proved_by_the_whole_list() {
    let stage = fair(Tenant::new(3, 1, 5));
    let gone = uuid(&app_id(77));
    let fetched = stage.read(|it| it.apps = Apps::Named(vec![uuid(&app_id(1)), gone]));
    let apps = &fetched.snapshot.apps;
    assert_eq!(apps.status, Status::Complete, "{:?}", apps.reason);
    assert_eq!(apps.items.len(), 6);
    assert!(!apps.items.iter().any(|app| app.app_id == gone));
    // Of the others only that they are there was read.
    let roles = |n: usize| apps.items.iter().find(|app| app.app_id == uuid(&app_id(n))).unwrap().roles.is_some();
    assert_eq!((roles(1), roles(0)), (true, false));
    let lists = ["/v1.0/users?", "/v1.0/servicePrincipals?", "/v1.0/applications?", "/v1.0/oauth2PermissionGrants?"];
    assert_eq!(lists.map(|it| stage.count(it)), [1, 1, 0, 0]);
}

#[test]
fn every_app_at_once() {
    let mut tenant = Tenant::new(3, 1, 45);
    tenant.page = 20;
    let stage = fair(tenant);
    let fetched = stage.read(|it| it.apps = Apps::All);
    let apps = &fetched.snapshot.apps;
    assert_eq!((apps.status, apps.items.len()), (Status::Complete, 46));
    for app in apps.items.iter().filter(|app| app.app_id != uuid(graph::GRAPH_APP)) {
        let roles = app.roles.as_ref().unwrap();
        // Graph's and the one of another resource.
        assert_eq!((roles.len(), roles[0].id), (2, Some(uuid(ROLE))));
        assert_eq!(app.delegated.as_ref().map(Vec::len), Some(2));
    }
}
