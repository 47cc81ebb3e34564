//! What a refresh keeps that it could not read again, and what the history then says.

use std::time::Duration;

use graphwhy::tenant::{App, Snapshot, Status};
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

/// What an export knows besides of one user, one app and one member.
fn beside(mut teams: Snapshot, first: &Snapshot) -> Snapshot {
    teams.taken_at = first.taken_at;
    teams.users = first.users.clone();
    teams.users.items.truncate(1);
    teams.apps = first.apps.clone();
    teams.apps.items.truncate(1);
    for app in &mut teams.apps.items {
        (app.roles, app.delegated, app.requested) = (None, None, None);
    }
    teams.groups.items[0].members = first.groups.items[0].members.clone();
    teams.groups.items[0].members.items.truncate(1);
    (teams.users.status, teams.users.read_at) = (Status::Partial, None);
    (teams.apps.status, teams.apps.read_at) = (Status::Partial, None);
    let members = &mut teams.groups.items[0].members;
    (members.status, members.read_at) = (Status::Partial, None);
    teams
}

#[test]
fn what_an_export_knows_besides_takes_nothing_from_what_was_read_before() {
    let first = again(&fair(Tenant::new(9, 1, 5)), None);
    assert!(first.users.is_complete() && first.groups.items[0].members.items.len() > 1);
    let teams = beside(policies(&[0], &[0]), &first);
    for (code, what) in [(403, "refused"), (503, "failed")] {
        let fault = move |request: &Request, tenant: &Tenant, root: &str| {
            let reply = || error(code, "Authorization_RequestDenied", "no");
            if request.target.ends_with("/$batch") {
                return Some(
                    tenant.batch(&request.body, root, &|_, target| (!target.contains("organization")).then(&reply)),
                );
            }
            Some(reply()).filter(|_| !request.target.contains("organization"))
        };
        let stage = stage(Tenant::new(9, 1, 5), Box::new(fault));
        let second = stage.read(|it| {
            it.previous = Some(first.clone());
            it.max_age = Duration::ZERO;
            it.teams = Some(teams.clone());
            it.limits.budget = Duration::from_secs(4);
        });
        let second = second.snapshot;
        let users = |it: &Snapshot| (it.users.status, it.users.items.clone(), it.users.read_at);
        assert_eq!(users(&second), users(&first), "{what}");
        assert_eq!((second.apps.status, &second.apps.items), (first.apps.status, &first.apps.items), "{what}");
        let members = |it: &Snapshot| (it.groups.items[0].members.status, it.groups.items[0].members.items.clone());
        assert_eq!(members(&second), members(&first), "{what}");
        assert!(second.users.reason.is_some() && second.apps.reason.is_some(), "{what}");
        let removed: Vec<_> = second.history.iter().filter(|it| it.change == "removed").collect();
        assert!(removed.is_empty(), "{what}: {removed:?}");
    }
}
