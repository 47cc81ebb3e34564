//! What a reading costs: requests as a ratio to the least that paging and `$batch` allow, and time when each
//! answer takes 50 ms.
//!
//! `cargo bench --bench fetch`. The tenant: 10,000 users in 50 assigned groups, 20 apps, one policy.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    dead_code,
    reason = "a benchmark prints its figures and stops where it cannot measure"
)]

#[path = "../tests/fetch/graph.rs"]
mod graph;
#[path = "../tests/fetch/metadata.rs"]
mod metadata;
#[path = "../tests/fetch/server.rs"]
mod server;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use graphwhy::tenant;
use graphwhy::tenant::fetch::{Apps, Limits, Options, Roots, Secret, Users, fetch};
use serde_json::json;

const USERS: usize = 10_000;
const GROUPS: usize = 50;
const APPS: usize = 20;
/// The largest page of directory objects.
const PAGE: usize = 999;

fn main() {
    let model = Arc::new(graph::Tenant::new(USERS, GROUPS, APPS));
    for delay in [0, 50] {
        let root = Arc::new(OnceLock::<String>::new());
        let (own, known) = (Arc::clone(&model), Arc::clone(&root));
        let handler = move |request: &server::Request| own.answer(request, known.wait());
        let server = server::Server::start(Duration::from_millis(delay), Arc::new(handler));
        root.set(server.root()).unwrap();
        let apps: Vec<String> = (0..APPS).map(graph::app_id).collect();
        let groups: Vec<_> =
            (0..GROUPS).map(|n| json!({"group_id": graph::group_id(n), "policy": "Meetings", "rank": n + 1})).collect();
        let text = json!({"schema": 1, "tenant_id": graph::TENANT,
            "policies": {"status": "complete", "items": [{"name": "Meetings", "app_ids": apps}]},
            "groups": {"status": "complete", "items": groups}});
        let options = Options {
            roots: Roots::from_toml(&format!("graph = \"{}\"", server.root()), "cloud").unwrap(),
            sign_in: Secret::token("the-token", "bench").unwrap().into(),
            tenant: None,
            users: Users::All,
            apps: Apps::OfPolicies,
            teams: Some(tenant::parse(&text.to_string(), "policies").unwrap()),
            previous: None,
            max_age: Duration::ZERO,
            limits: Limits::default(),
            stop_at_ctrl_c: false,
        };
        let start = Instant::now();
        let fetched = fetch(options, &mut |_| {}).unwrap();
        let time = start.elapsed();
        let snapshot = &fetched.snapshot;
        assert_eq!((snapshot.users.items.len(), snapshot.apps.items.len()), (USERS, APPS));
        assert!(snapshot.groups.items.iter().all(|group| group.members.items.len() == USERS / GROUPS));
        assert_eq!(*model.wrong.lock().unwrap(), Vec::<String>::new());
        // Two lists page by page; and in batches: the members of each group and of the one inside it, of each app its service principal,
        // roles, registration and delegated permissions, the roles' names, and the one other resource.
        let lists = USERS.div_ceil(PAGE) * 2;
        let least = lists + (2 * GROUPS + 4 * APPS + 2).div_ceil(20);
        let sent = fetched.traffic.requests;
        println!(
            "answers after {delay:2} ms: {sent} requests, least {least}, ratio {:.3}; {:.2} s, of which {:.2} s are the longest list alone",
            sent as f64 / least as f64,
            time.as_secs_f64(),
            (USERS.div_ceil(PAGE) as u64 * delay) as f64 / 1000.0
        );
    }
}
