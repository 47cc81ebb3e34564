//! What a refresh keeps that it could not read again, and what the history then says.

use std::time::Duration;

use graphwhy::tenant::{App, Snapshot};
use serde_json::json;

use crate::graph::{Tenant, app_id};
use crate::server::{Reply, Request};
use crate::{Stage, error, fair, policies, stage, uuid};

fn app(snapshot: &Snapshot, n: usize) -> &App {
    snapshot.apps.items.iter().find(|it| it.app_id == uuid(&app_id(n))).unwrap()
}

fn again(stage: &Stage, previous: Option<&Snapshot>) -> Snapshot {
    let read = stage.read(|it| {
        it.previous = previous.cloned();
        it.max_age = Duration::ZERO;
        it.teams = Some(policies(&[0], &[0]));
    });
    read.snapshot
}

/// A service that answers every read of this so, also inside a batch.
fn answering(what: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Stage {
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if request.target.ends_with("/$batch") {
            return Some(tenant.batch(&request.body, root, &|_, target| target.contains(what).then(&reply)));
        }
        request.target.contains(what).then(&reply)
    };
    stage(Tenant::new(3, 1, 3), Box::new(fault))
}

fn refusing(what: &'static str) -> Stage {
    answering(what, || error(403, "Authorization_RequestDenied", "Insufficient privileges"))
}

#[test]
fn what_is_refused_once_is_kept_with_its_date() {
    let first = again(&fair(Tenant::new(3, 1, 3)), None);
    let before = app(&first, 0).clone();
    assert!(!before.roles.as_ref().unwrap().is_empty() && !before.delegated.as_ref().unwrap().is_empty());
    for what in ["/appRoleAssignments", "/oauth2PermissionGrants", "/applications"] {
        let second = again(&refusing(what), Some(&first));
        let after = app(&second, 0);
        assert_eq!(
            (&after.roles, &after.delegated, &after.requested),
            (&before.roles, &before.delegated, &before.requested),
            "{what}"
        );
        assert_eq!(second.apps.read_at, first.apps.read_at, "{what}: older than the refresh");
        assert!(second.apps.reason.is_some(), "{what}");
        let told: Vec<_> = second
            .history
            .iter()
            .filter(|it| it.part.starts_with("apps") && it.source.as_deref() == Some("two reads"))
            .collect();
        assert!(told.is_empty(), "{what}: {told:?}");
    }
}

#[test]
fn a_role_that_is_taken_while_reads_are_refused_is_told_by_the_next_one() {
    let first = again(&fair(Tenant::new(3, 1, 3)), None);
    let second = again(&refusing("/appRoleAssignments"), Some(&first));
    let third = again(&answering("/appRoleAssignments", || Reply::json(200, json!({"value": []}))), Some(&second));
    assert_eq!(app(&third, 0).roles.as_deref(), Some(&[][..]));
    let removed = third.history.iter().filter(|it| it.part.starts_with("apps") && it.change == "removed").count();
    assert!(removed > 0, "{:?}", third.history);
    let change = third.history.iter().find(|it| it.part.starts_with("apps") && it.change == "removed").unwrap();
    assert_eq!(change.not_before, first.apps.read_at);
}
