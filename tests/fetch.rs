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
#[path = "fetch/teams.rs"]
mod teams;

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
    assert_eq!((teams(0), teams(3), teams(5)), (Some(Teams::Enabled), Some(Teams::Disabled), None));
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
fn bad_weather_loses_nothing() {
    let step = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.contains("/users?") || !request.target.contains("skiptoken=1500") {
            return None;
        }
        let whole = || tenant.answer(request, root);
        Some(match step.fetch_add(1, Ordering::SeqCst) {
            0 => error(429, "TooManyRequests", "slow down").header("Retry-After", "1.5"),
            1 => Reply::html(503, "<html>busy</html>"),
            2 => whole().way(Way::ResetAfter(5000)),
            3 => whole().way(Way::Trickle(Duration::from_millis(5))),
            4 => whole().way(Way::CutAfter(7000)),
            5 => Reply::html(200, "<html><body>Sign in to the hotel</body></html>"),
            _ => return None,
        })
    };
    let mut tenant = Tenant::new(2100, 1, 0);
    tenant.page = 500;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.limits.attempts = 7);
    all_users(&fetched.snapshot, &stage.tenant);
    assert_eq!((fetched.traffic.throttled, fetched.traffic.repeated), (1, 6));
    let own = |it: &&Request| it.target.contains("/users?") && it.target.contains("skiptoken=1500");
    let tries: Vec<Instant> = stage.server.requests().iter().filter(own).map(|it| it.at).collect();
    assert_eq!(tries.len(), 7);
    assert!(tries[1] - tries[0] >= Duration::from_millis(1500), "{:?}", tries[1] - tries[0]);
}

#[test]
fn a_page_that_never_comes_leaves_the_part_partial() {
    let is_bad = |request: &Request| request.target.contains("/users?") && request.target.contains("skiptoken=1000");
    let fault =
        move |request: &Request, _: &Tenant, _: &str| is_bad(request).then(|| Reply::html(200, "<html>no</html>"));
    let mut tenant = Tenant::new(2100, 2, 1);
    tenant.page = 500;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1])));
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 1000));
    let reason = users.reason.as_ref().unwrap();
    assert_eq!(reason.kind, "failed");
    assert!(reason.detail.as_ref().unwrap().contains("without whole JSON (text/html)"), "{reason:?}");
    let tries = stage.server.requests().iter().filter(|it| is_bad(it)).count();
    assert_eq!(tries, 7);
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert!(fetched.parts.iter().any(|part| part.part == "users" && part.failed));
}

#[test]
fn tokens_stay_with_their_host() {
    let elsewhere = Server::start(Duration::ZERO, Arc::new(|_: &Request| Reply::json(200, json!({"value": []}))));
    let evil = elsewhere.root();
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if request.target.starts_with("/v1.0/users?") {
            let reply = tenant.answer(request, root);
            return Some(Reply {
                body: reply.body.replace(&format!("{root}/v1.0/users"), &format!("{evil}/v1.0/users")),
                ..reply
            });
        }
        let redirected = request.target.starts_with("/v1.0/admin/teams/userConfigurations");
        redirected.then(|| Reply::json(302, "{}").header("Location", format!("{evil}{}", request.target)))
    };
    let mut tenant = Tenant::new(30, 2, 1);
    tenant.page = 10;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1])));
    assert_eq!(elsewhere.requests().len(), 0);
    let snapshot = &fetched.snapshot;
    assert_eq!((snapshot.users.status, snapshot.users.items.len()), (Status::Partial, 10));
    let detail = snapshot.users.reason.as_ref().unwrap().detail.as_ref().unwrap();
    assert!(detail.contains("a next link was not followed: it points to `http://127.0.0.1:"), "{detail}");
    let detail = snapshot.effective.reason.as_ref().unwrap().detail.as_ref().unwrap();
    assert!(detail.contains("a redirect was not followed"), "{detail}");
    assert!(snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert!(snapshot.apps.items[0].roles.is_some());
}

#[test]
fn redirects_on_the_same_host_are_followed() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        let target = request.target.strip_prefix("/v1.0/users?")?;
        (!target.contains("moved"))
            .then(|| {
                Reply::json(307, "{}")
                    .header("Location", "/v1.0/moved".replace("moved", &format!("users?{target}&$skiptoken=0")))
            })
            .filter(|_| !target.contains("$skiptoken"))
    };
    let stage = stage(Tenant::new(5, 1, 0), Box::new(fault));
    all_users(&stage.read(|_| {}).snapshot, &stage.tenant);
}

#[test]
fn lists_that_lead_back_end() {
    let fault = |request: &Request, tenant: &Tenant, root: &str| {
        request.target.contains("/users?").then(|| {
            let reply = tenant.answer(request, root);
            Reply { body: reply.body.replace("skiptoken=30", "skiptoken=10"), ..reply }
        })
    };
    let mut tenant = Tenant::new(50, 1, 0);
    tenant.page = 10;
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|_| {});
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 30));
    assert!(users.reason.as_ref().unwrap().detail.as_ref().unwrap().contains("leads back"));
    assert_eq!(stage.count("/users?"), 3);
}

#[test]
fn failing_parts_of_a_batch_are_asked_again() {
    let count = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.ends_with("/$batch") {
            return None;
        }
        let part = |_: usize, _: &str| {
            // Two of five, whichever they are.
            match count.fetch_add(1, Ordering::SeqCst) % 5 {
                1 => Some(error(429, "TooManyRequests", "slow down").header("Retry-After", "0.25")),
                3 => Some(error(503, "ServiceUnavailable", "later")),
                _ => None,
            }
        };
        Some(tenant.batch(&request.body, root, &part))
    };
    let stage = stage(Tenant::new(60, 30, 12), Box::new(fault));
    let apps: Vec<usize> = (0..12).collect();
    let groups: Vec<usize> = (0..30).collect();
    let fetched = stage.read(|it| it.teams = Some(policies(&apps, &groups)));
    let snapshot = &fetched.snapshot;
    all_users(snapshot, &stage.tenant);
    assert_eq!(snapshot.apps.items.len(), 12);
    for app in &snapshot.apps.items {
        assert_eq!((app.roles.as_ref().map(Vec::len), app.delegated.as_ref().map(Vec::len)), (Some(2), Some(2)));
    }
    for (n, group) in snapshot.groups.items.iter().enumerate() {
        assert!(group.members.is_complete());
        assert_eq!(group.members.items, [uuid(&user_id(n)), uuid(&user_id(n + 30))]);
    }
    assert!(fetched.traffic.throttled > 5 && fetched.traffic.repeated > fetched.traffic.throttled);
    // Patience is per part: what succeeded is not asked again, what failed not before its time.
    let batches: Vec<Request> =
        stage.server.requests().into_iter().filter(|it| it.target.ends_with("$batch")).collect();
    let mut asked: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for batch in &batches {
        let body: serde_json::Value = serde_json::from_str(&batch.body).unwrap();
        for item in body["requests"].as_array().unwrap() {
            asked.entry(item["url"].as_str().unwrap().to_owned()).or_default().push(batch.at);
        }
    }
    assert!(asked.values().any(|times| times.len() == 1));
    assert!(batches.len() < 20, "{} batches", batches.len());
}

#[test]
fn a_service_in_a_mood_is_read_whole() {
    // Odd pages, addresses that tell nothing, answers out of order, and parts that ask for patience in fractions.
    let count = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let part = |at: usize, _: &str| {
            let slow = || error(429, "TooManyRequests", "slow down").header("Retry-After", format!("0.{}", at % 3 + 1));
            (count.fetch_add(1, Ordering::SeqCst) % 7 == 2).then(slow)
        };
        request.target.ends_with("/$batch").then(|| tenant.batch(&request.body, root, &part))
    };
    let mut tenant = Tenant::new(130, 5, 6);
    tenant.odd = true;
    let stage = stage(tenant, Box::new(fault));
    let groups: Vec<usize> = (0..5).collect();
    for users in [
        Users::All,
        Users::Group(uuid(&group_id(2))),
        Users::Named((0..130).map(|n| if n % 2 == 0 { user_id(n) } else { graph::upn(n) }).collect()),
    ] {
        let fetched = stage.read(|it| {
            it.teams = Some(policies(&[0, 1, 2, 3, 4, 5], &groups));
            it.users = users.clone();
        });
        let snapshot = &fetched.snapshot;
        let expected = if matches!(users, Users::Group(_)) { 26 } else { 130 };
        assert_eq!(snapshot.users.items.len(), expected, "{:?}", snapshot.users.reason);
        for (n, group) in snapshot.groups.items.iter().enumerate() {
            let members: Vec<Uuid> = (0..130).filter(|user| user % 5 == n).map(|user| uuid(&user_id(user))).collect();
            assert_eq!((group.members.status, &group.members.items), (Status::Complete, &members));
            assert_eq!(group.nested, [uuid(&group_id(n + 1000))]);
        }
        assert!(snapshot.apps.items.iter().all(|app| app.roles.as_ref().is_some_and(|roles| roles.len() == 2)));
        assert!(fetched.traffic.throttled > 0);
    }
}

#[test]
fn members_without_a_type_are_asked_for_by_type() {
    let mut tenant = Tenant::new(40, 3, 0);
    (tenant.typed, tenant.page) = (false, 5);
    let stage = fair(tenant);
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &[0, 1, 2])));
    for (n, group) in fetched.snapshot.groups.items.iter().enumerate() {
        let members: Vec<Uuid> = (0..40).filter(|user| user % 3 == n).map(|user| uuid(&user_id(user))).collect();
        assert_eq!((group.members.status, &group.members.items), (Status::Complete, &members));
        assert_eq!(group.nested, [uuid(&group_id(n + 1000))]);
    }
    // Where it does not answer that either, nobody is taken for a user.
    let mut tenant = Tenant::new(6, 1, 0);
    tenant.typed = false;
    let no_casts = |request: &Request, tenant: &Tenant, root: &str| {
        let bad = |target: &str| target.contains("/microsoft.graph.").then(|| error(400, "BadRequest", "no casts"));
        if request.target.ends_with("/$batch") {
            return Some(tenant.batch(&request.body, root, &|_, target| bad(target)));
        }
        bad(&request.target)
    };
    let stage = self::stage(tenant, Box::new(no_casts));
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &[0])));
    let group = &fetched.snapshot.groups.items[0];
    assert_eq!((group.members.status, group.members.items.len(), group.nested.len()), (Status::Missing, 0, 0));
    assert!(group.members.reason.as_ref().unwrap().detail.as_ref().unwrap().contains("no casts"));
}

#[test]
fn a_page_that_is_too_large_is_asked_for_as_the_service_likes() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        let is_large = request.target.contains("userConfigurations") && request.target.contains("$top");
        is_large.then(|| error(400, "BadRequest", "$top is too large"))
    };
    let mut tenant = Tenant::new(230, 1, 0);
    let own = json!({"policyType": "ApplicationAccessPolicy", "policyAssignment": {"displayName": "Meetings", "assignmentType": "direct"}});
    tenant.configurations = Some(BTreeMap::from([(1, own)]));
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|_| {});
    let effective = &fetched.snapshot.effective;
    assert_eq!((effective.items.len(), effective.status), (230, Status::Partial));
    assert_eq!(effective.reason.as_ref().map(|reason| &*reason.kind), Some("not-read"));
    assert_eq!(stage.count("userConfigurations"), 4);
    assert!(fetched.parts.iter().all(|part| !part.failed));
}

#[test]
fn pages_without_anything_end() {
    let fault = |request: &Request, _: &Tenant, root: &str| {
        let n: usize = request.target.rsplit_once("skiptoken=").map_or(0, |(_, n)| n.parse().unwrap());
        let next = format!("{root}/v1.0/users?$skiptoken={}", n + 1);
        let page = || Reply::json(200, json!({"value": [], "@odata.nextLink": next}));
        request.target.contains("/users?").then(page)
    };
    let stage = stage(Tenant::new(50, 1, 0), Box::new(fault));
    let fetched = stage.read(|_| {});
    assert_eq!(fetched.snapshot.users.status, Status::Missing);
    assert!(fetched.snapshot.users.reason.unwrap().detail.unwrap().contains("pages after each other were empty"));
    assert_eq!(stage.count("/users?"), 50);
}

#[test]
fn answers_that_a_batch_lacks_are_asked_for_again() {
    let first = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.ends_with("/$batch") || first.fetch_add(1, Ordering::SeqCst) > 0 {
            return None;
        }
        let reply = tenant.batch(&request.body, root, &|_, _| None);
        let mut body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let responses = body["responses"].as_array_mut().unwrap();
        // One is missing, one has an id that nobody asked for, one answers twice with different things.
        responses.remove(2);
        responses[0]["id"] = json!("999");
        let mut twice = responses[1].clone();
        twice["body"] = json!({"value": [{"id": user_id(7), "@odata.type": "#microsoft.graph.user"}]});
        responses.push(twice);
        Some(Reply { body: body.to_string(), ..reply })
    };
    let stage = stage(Tenant::new(40, 8, 0), Box::new(fault));
    let groups: Vec<usize> = (0..8).collect();
    let fetched = stage.read(|it| it.teams = Some(policies(&[], &groups)));
    for (n, group) in fetched.snapshot.groups.items.iter().enumerate() {
        let expected: Vec<Uuid> = (0..40).filter(|user| user % 8 == n).map(|user| uuid(&user_id(user))).collect();
        assert_eq!((group.members.is_complete(), &group.members.items), (true, &expected));
    }
}

#[test]
fn a_service_without_batch_is_asked_one_by_one() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request.target.ends_with("/$batch").then(|| error(405, "Request_BadRequest", "not allowed"))
    };
    let stage = stage(Tenant::new(6, 3, 2), Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0, 1], &[0, 1, 2])));
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));
    assert_eq!(fetched.snapshot.apps.items.len(), 2);
    assert!(fetched.parts.iter().all(|part| !part.failed));
}

#[test]
fn what_is_forbidden_is_named_and_the_rest_is_there() {
    let fault = |request: &Request, tenant: &Tenant, root: &str| {
        let no = || error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        if request.target.ends_with("/$batch") {
            let part = |_: usize, target: &str| target.contains("/members").then(no);
            return Some(tenant.batch(&request.body, root, &part));
        }
        request.target.contains("userConfigurations").then(no)
    };
    let stage = stage(Tenant::new(12, 3, 2), Box::new(fault));
    let fetched = stage.read(|it| it.teams = Some(policies(&[0, 1], &[0, 1, 2])));
    let snapshot = &fetched.snapshot;
    all_users(snapshot, &stage.tenant);
    assert!(snapshot.apps.items.iter().all(|app| app.roles.is_some()));
    for (reason, needs) in [
        (&snapshot.groups.items[0].members.reason, "Graph permission GroupMember.ReadBasic.All"),
        (&snapshot.effective.reason, "Graph permission TeamsUserConfiguration.Read.All"),
    ] {
        let reason = reason.as_ref().unwrap();
        assert_eq!((reason.kind.as_str(), reason.needs.as_deref()), ("forbidden", Some(needs)));
        assert!(reason.detail.as_ref().unwrap().contains("Authorization_RequestDenied"));
    }
    assert_eq!(snapshot.groups.items[0].members.status, Status::Missing);
    let failed: Vec<&str> = fetched.parts.iter().filter(|it| it.failed).map(|it| it.part).collect();
    assert_eq!(failed, ["groups.members", "effective"]);
}

#[test]
fn the_budget_holds() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request
            .target
            .contains("/users?")
            .then(|| error(429, "TooManyRequests", "slow down").header("Retry-After", "0"))
    };
    let stage = stage(Tenant::new(12, 2, 1), Box::new(fault));
    let start = Instant::now();
    let fetched = stage.read(|it| {
        it.teams = Some(policies(&[0], &[0, 1]));
        it.limits.budget = Duration::from_secs(2);
    });
    assert!(start.elapsed() < Duration::from_millis(3500), "{:?}", start.elapsed());
    assert_eq!(fetched.snapshot.users.status, Status::Missing);
    assert!(fetched.snapshot.users.reason.is_some());
    assert!(stage.count("/users?") < 150, "{}", stage.count("/users?"));
    assert!(fetched.snapshot.groups.items.iter().all(|group| group.members.is_complete()));

    // Waiting that cannot end in time is not begun.
    let long = |request: &Request, _: &Tenant, _: &str| {
        request
            .target
            .contains("/users?")
            .then(|| error(429, "TooManyRequests", "slow down").header("Retry-After", "3600"))
    };
    let stage = self::stage(Tenant::new(12, 2, 1), Box::new(long));
    let start = Instant::now();
    let fetched = stage.read(|it| it.limits.budget = Duration::from_secs(30));
    assert!(start.elapsed() < Duration::from_secs(5));
    let reason = fetched.snapshot.users.reason.unwrap();
    assert!(reason.detail.unwrap().contains("would exceed the time budget of 30 s"));
}

#[test]
fn times_are_the_services() {
    let ahead = jiff::SignedDuration::from_hours(3);
    let first = AtomicUsize::new(0);
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let now = jiff::Timestamp::now() + ahead;
        let date = |at: jiff::Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let reply = match first.fetch_add(1, Ordering::SeqCst) {
            0 => error(429, "TooManyRequests", "slow down")
                .header("Retry-After", date(now + jiff::SignedDuration::from_secs(2))),
            _ => tenant.answer(request, root),
        };
        Some(reply.header("Date", date(now)))
    };
    let stage = stage(Tenant::new(12, 1, 0), Box::new(fault));
    let start = Instant::now();
    let fetched = stage.read(|_| {});
    // By this machine's clock the date is hours away; by the service's two seconds.
    assert!((1..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let skew = fetched.skew.unwrap().as_secs();
    assert!((10_795..10_805).contains(&skew), "{skew}");
    let read_at = fetched.snapshot.users.read_at.unwrap();
    let off = read_at.duration_since(jiff::Timestamp::now() + ahead).as_secs().abs();
    assert!(off < 20, "{off}");
    assert!(fetched.snapshot.taken_at.unwrap() >= read_at);
}

#[test]
fn a_refused_token_ends_the_run() {
    let stage = fair(Tenant::new(12, 2, 1));
    let error = stage
        .fetch(|it| {
            it.sign_in = Secret::token("wrong-token", "test").unwrap().into();
            it.teams = Some(policies(&[0], &[0, 1]));
        })
        .unwrap_err();
    assert!(
        matches!(&error, FetchError::Refused { message } if message.contains("InvalidAuthenticationToken")),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("wrong-token"));
    assert!(stage.server.requests().len() <= 4);
}

#[test]
fn nothing_there_is_an_error_and_soon() {
    let stage = fair(Tenant::new(1, 1, 0));
    let start = Instant::now();
    let result = stage.fetch(|it| it.roots = Roots::from_toml("graph = \"http://127.0.0.1:1\"", "c").unwrap());
    assert!(matches!(result, Err(FetchError::Unreachable { .. })), "{result:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
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

#[test]
fn two_reads_bound_what_changed() {
    let mut before = Tenant::new(12, 2, 2);
    before.page = 5;
    let stage = fair(before);
    let first = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1]))).snapshot;
    let mut after = Tenant::new(13, 2, 2);
    after.groups.get_mut(&0).unwrap().0.retain(|n| *n != 2);
    let later = fair(after);
    let mut given = policies(&[0, 1], &[0, 1]);
    for part in [&mut given.policies.read_at, &mut given.direct.read_at, &mut given.groups.read_at] {
        *part = Some("2026-11-20T11:00:00Z".parse().unwrap());
    }
    let second = later
        .read(|it| {
            it.previous = Some(first.clone());
            it.max_age = Duration::ZERO;
            it.teams = Some(given);
        })
        .snapshot;
    let seen: Vec<(String, String, String, Option<String>)> = second
        .history
        .iter()
        .filter(|it| it.source.as_deref() == Some("two reads"))
        .map(|it| (it.part.clone(), it.key.clone(), it.change.clone(), it.value.clone()))
        .collect();
    let entry =
        |part: &str, key: String, change: &str, value: Option<String>| (part.to_owned(), key, change.to_owned(), value);
    let expected = [
        entry("policies", "Meetings".into(), "added", Some(app_id(1))),
        entry("members", group_id(0), "removed", Some(user_id(2))),
        entry("members", group_id(0), "added", Some(user_id(12))),
        entry("users", user_id(12), "added", None),
    ];
    assert_eq!(seen, expected);
    let bounds = |part: &str| {
        let change =
            second.history.iter().find(|it| it.part == part && it.source.as_deref() == Some("two reads")).unwrap();
        (change.not_before, change.not_after)
    };
    // Not there when the first reading began, there when the second was done.
    assert_eq!(bounds("policies").0, first.policies.read_at);
    assert_eq!(bounds("users"), (first.users.read_at, second.taken_at));
}

#[test]
fn going_on_reads_only_what_is_old_or_missing() {
    let stage = fair(Tenant::new(12, 2, 2));
    let teams = || Some(policies(&[0, 1], &[0, 1]));
    let first = stage.read(|it| it.teams = teams()).snapshot;
    let requests = stage.server.requests().len();
    let again = stage.read(|it| {
        it.teams = teams();
        it.previous = Some(first.clone());
    });
    // Nothing shows the policy type, which may have changed: that list is asked for again, and nothing else.
    // But for the tenant, which this token does not tell: it has to be that of the snapshot.
    let mut asked: Vec<String> = stage.server.requests()[requests..].iter().map(|it| it.target.clone()).collect();
    asked.sort();
    let tenant = "/v1.0/organization?$select=id";
    assert_eq!(asked, ["/v1.0/admin/teams/userConfigurations?$select=id,effectivePolicyAssignments&$top=999", tenant]);
    assert_eq!(again.snapshot.users, first.users);
    assert_eq!(again.snapshot.apps, first.apps);
    assert_eq!(again.snapshot.groups, first.groups);
    assert_eq!(again.snapshot.history, first.history);

    // What is missing is read, what is there stays.
    let mut torn = first.clone();
    torn.groups.items[1].members = Default::default();
    torn.users.status = Status::Partial;
    let mended = stage.read(|it| {
        it.teams = teams();
        it.previous = Some(torn);
    });
    all_users(&mended.snapshot, &stage.tenant);
    assert!(mended.snapshot.groups.items[1].members.is_complete());
    assert_eq!(mended.snapshot.groups.items[0], first.groups.items[0]);

    // A read that fails does not take what was known before.
    let broken = self::stage(
        Tenant::new(12, 2, 2),
        Box::new(|request: &Request, _: &Tenant, _: &str| {
            request.target.contains("/users?").then(|| error(403, "Authorization_RequestDenied", "no"))
        }),
    );
    let kept = broken.read(|it| {
        it.teams = teams();
        it.previous = Some(first.clone());
        it.max_age = Duration::ZERO;
    });
    let users = &kept.snapshot.users;
    assert_eq!((users.status, users.read_at), (Status::Complete, first.users.read_at));
    assert_eq!(users.items, first.users.items);
    assert_eq!(users.reason.as_ref().unwrap().kind, "forbidden");
}

#[test]
fn tenants_do_not_mix() {
    let stage = fair(Tenant::new(2, 1, 0));
    let other = uuid("d0000000-0000-4000-8000-00000000000f");
    let mut earlier = policies(&[], &[]);
    earlier.tenant_id = Some(other);
    let result = stage.fetch(|it| {
        it.previous = Some(earlier);
        it.tenant = Some(uuid(graph::TENANT));
    });
    assert!(matches!(result, Err(FetchError::Tenant { .. })), "{result:?}");
    // A token that does not tell its tenant is not taken at its word, neither with `--tenant` nor over a snapshot.
    let result = stage.fetch(|it| it.tenant = Some(other));
    assert!(
        matches!(&result, Err(FetchError::Tenant { first_tenant, .. }) if *first_tenant == uuid(graph::TENANT)),
        "{result:?}"
    );
    let mut earlier = policies(&[], &[]);
    earlier.tenant_id = Some(other);
    let result = stage.fetch(|it| it.previous = Some(earlier));
    assert!(matches!(result, Err(FetchError::Tenant { .. })), "{result:?}");
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

#[test]
fn the_command_writes_a_file_for_its_owner() {
    let stage = fair(Tenant::new(12, 2, 2));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("policies.json"), tenant::write(&policies(&[0, 1], &[0, 1]))).unwrap();
    let output =
        graphwhy(&stage, dir.path(), &["-o", "tenant.json", "--teams", "export=policies.json"]).output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), out.as_str()), (Some(0), ""), "{err}");
    let path = dir.path().join("tenant.json");
    let snapshot = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&snapshot, &stage.tenant);
    assert_eq!(snapshot.apps.items.len(), 2);
    assert!(err.contains("wrote `tenant.json`: 4 requests, 0 throttled, 0 repeated"), "{err}");
    assert!(err.contains("  users          complete       12\n"), "{err}");
    assert!(!err.contains('\u{1b}') && !err.contains("the-token"), "{err}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let output = graphwhy(&stage, dir.path(), &["-o", "-", "--users", &user_id(1), "-q"]).output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), err.as_str()), (Some(0), ""));
    assert_eq!(tenant::parse(&out, "t").unwrap().users.items.len(), 1);
}

#[test]
fn a_read_that_gave_nothing_leaves_the_file_as_it_is() {
    let token = "opaque-0123456789-token";
    // The service repeats the token that it refuses.
    let fault = move |_: &Request, _: &Tenant, _: &str| {
        Some(error(403, &format!("Forbidden {token}"), &format!("no, not with {token}, no")))
    };
    let stage = stage(Tenant::new(3, 1, 1), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.json");
    std::fs::write(&path, "as it was").unwrap();
    let run = |args: &[&str]| {
        let output = graphwhy(&stage, dir.path(), args).env("GRAPHWHY_GRAPH_TOKEN", token).output().unwrap();
        let (out, err) = texts(&output);
        assert!(!out.contains(token) && !err.contains(token), "{out}{err}");
        (output.status.code(), err)
    };
    let (code, err) = run(&["-o", "t.json"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("nothing could be read") && err.contains("403 Forbidden ***"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "as it was");
    // What is given is written, with the reasons.
    let given = tenant::write(&policies(&[0], &[0]));
    std::fs::write(dir.path().join("teams.json"), given).unwrap();
    let (code, err) = run(&["-o", "t.json", "--teams", "export=teams.json"]);
    assert_eq!(code, Some(4), "{err}");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("403 Forbidden ***") && !written.contains(token), "{written}");
}

#[test]
fn a_token_in_a_part_of_a_batch_is_not_told() {
    let token = "the-token-0123456789abcdef";
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let no = || error(403, &format!("Forbidden {token}"), "no");
        let part = |_: usize, _: &str| Some(no());
        request.target.ends_with("/$batch").then(|| tenant.batch(&request.body, root, &part))
    };
    let mut tenant = Tenant::new(3, 1, 1);
    tenant.token = token.to_owned();
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| {
        it.sign_in = Secret::token(token, "test").unwrap().into();
        it.teams = Some(policies(&[0], &[0]));
    });
    let text = tenant::write(&fetched.snapshot);
    assert!(text.contains("403 Forbidden ***") && !text.contains(token), "{text}");
}

#[test]
fn parts_of_an_export_keep_its_date() {
    let stage = fair(Tenant::new(3, 1, 1));
    let dir = tempfile::tempdir().unwrap();
    let mut given = policies(&[0], &[0]);
    given.policies.read_at = None;
    given.direct.read_at = None;
    given.groups.read_at = None;
    for taken in [Some("2020-01-01T00:00:00Z"), None] {
        given.taken_at = taken.map(|it| it.parse().unwrap());
        std::fs::write(dir.path().join("teams.json"), tenant::write(&given)).unwrap();
        let output = graphwhy(&stage, dir.path(), &["-o", "t.json", "--teams", "export=teams.json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        let mut snapshot = tenant::parse(&std::fs::read_to_string(dir.path().join("t.json")).unwrap(), "t").unwrap();
        assert_eq!((snapshot.policies.read_at, snapshot.direct.read_at), (given.taken_at, given.taken_at));
        let now = jiff::Timestamp::now();
        graphwhy::check::state::forget_old(&mut snapshot, jiff::SignedDuration::from_hours(1), now);
        assert_eq!((snapshot.policies.status, snapshot.direct.status), (Status::Missing, Status::Missing), "{taken:?}");
        assert_eq!(snapshot.users.status, Status::Complete);
    }
}

#[test]
fn exit_codes_and_ways_out() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request.target.contains("/users?").then(|| error(403, "Authorization_RequestDenied", "no\u{1b}[31m"))
    };
    let stage = stage(Tenant::new(12, 2, 2), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str], token: Option<&str>| {
        let mut command = graphwhy(&stage, dir.path(), args);
        match token {
            Some(token) => command.env("GRAPHWHY_GRAPH_TOKEN", token),
            None => command.env_remove("GRAPHWHY_GRAPH_TOKEN"),
        };
        let output = command.output().unwrap();
        let (out, err) = texts(&output);
        assert!(!out.contains("secret-token") && !err.contains("secret-token") && !err.contains('\u{1b}'), "{err}");
        (output.status.code().unwrap(), err)
    };
    let (code, err) = run(&["-o", "t.json"], Some("the-token"));
    assert_eq!(code, 4);
    assert!(err.contains("needs Graph permission User.Read.All"), "{err}");
    let (code, err) = run(&["-o", "u.json"], Some("secret-token"));
    assert_eq!((code, dir.path().join("u.json").exists()), (3, false), "{err}");
    assert!(err.contains("the token was refused: 401 InvalidAuthenticationToken"), "{err}");
    assert!(err.contains("help: "), "{err}");
    let (code, err) = run(&["-o", "u.json"], None);
    assert_eq!(code, 3);
    assert!(err.contains("GRAPHWHY_GRAPH_TOKEN"), "{err}");
    // As a pipeline sets what it does not have.
    for nothing in ["", " \n"] {
        let (code, err) = run(&["-o", "u.json"], Some(nothing));
        assert_eq!(code, 3);
        assert!(err.contains("GRAPHWHY_GRAPH_TOKEN") && !err.contains("cannot be used"), "{err}");
    }
    let (code, err) = run(&["-o", "u.json"], Some("two words"));
    assert_eq!(code, 3, "{err}");
    for args in [
        &["-o", "u.json", "--users", "bob"][..],
        &["-o", "u.json", "--apps", "x"],
        &["-o", "u.json", "--cloud", "mars"],
        &["-o", "u.json", "--teams", "magic"],
        &["-o", "u.json", "--max-age", "1h"],
        &[],
    ] {
        assert_eq!(run(args, Some("the-token")).0, 2, "{args:?}");
    }
    std::fs::write(dir.path().join("bad.toml"), "graph = \"http://graph.contoso.com\"").unwrap();
    let (code, err) = run(&["-o", "u.json", "--cloud", "bad.toml"], Some("the-token"));
    assert_eq!(code, 3);
    assert!(err.contains("`http` is for loopback only"), "{err}");
    let output =
        graphwhy(&stage, dir.path(), &["--explain-rights"]).env_remove("GRAPHWHY_GRAPH_TOKEN").output().unwrap();
    let (out, _) = texts(&output);
    assert!(out.contains("TeamsUserConfiguration.Read.All") && out.contains("Global Reader"), "{out}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_last_good_snapshot() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        if request.target.contains("userConfigurations") {
            std::thread::sleep(Duration::from_secs(20));
        }
        None
    };
    let stage = stage(Tenant::new(12, 2, 2), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let interrupted = |args: &[&str]| {
        let mut command = graphwhy(&stage, dir.path(), args);
        command.args(["-o", "tenant.json"]).stderr(std::process::Stdio::piped());
        let before = stage.count("userConfigurations");
        let child = command.spawn().unwrap();
        let start = Instant::now();
        while stage.count("userConfigurations") == before && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The other reads end meanwhile.
        std::thread::sleep(Duration::from_millis(500));
        let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(15));
        assert_eq!(output.status.code(), Some(3));
        texts(&output).1
    };
    let path = dir.path().join("tenant.json");
    let err = interrupted(&[]);
    assert!(err.contains("holds what was read"), "{err}");
    let first = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&first, &stage.tenant);
    assert_eq!(first.effective.status, Status::Missing);
    assert!(first.effective.reason.as_ref().unwrap().detail.as_ref().unwrap().ends_with("it was interrupted"));

    // A good file is not replaced by half of one ...
    let err = interrupted(&[]);
    assert!(err.contains("is as it was"), "{err}");
    assert_eq!(tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap(), first);
    // ... and going on adds to it.
    let err = interrupted(&["--resume", "--max-age", "0s"]);
    assert!(err.contains("holds what was read"), "{err}");
    let third = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&third, &stage.tenant);
    assert!(third.users.read_at > first.users.read_at);
}
