//! What the service shows of users, of all of them, of some, or of one.

use super::*;

/// A tenant whose lists of users come as `change` leaves each of them; by number.
fn changed(change: impl Fn(usize, &mut serde_json::Map<String, serde_json::Value>) + Send + Sync + 'static) -> Stage {
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        if !request.target.starts_with("/v1.0/users?") {
            return None;
        }
        let mut reply = tenant.answer(request, root);
        let mut body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        for item in body["value"].as_array_mut().unwrap() {
            let n = (0..tenant.users).find(|n| item["id"] == user_id(*n)).unwrap();
            change(n, item.as_object_mut().unwrap());
        }
        reply.body = body.to_string();
        Some(reply)
    };
    stage(Tenant::new(20, 0, 0), Box::new(fault))
}

fn hide(names: &[&str], item: &mut serde_json::Map<String, serde_json::Value>) {
    names.iter().for_each(|name| drop(item.insert((*name).to_owned(), serde_json::Value::Null)));
}

const ALL: [&str; 5] = ["userPrincipalName", "displayName", "userType", "accountEnabled", "assignedPlans"];

fn users_part(fetched: &Fetched) -> &graphwhy::tenant::fetch::PartSummary {
    fetched.parts.iter().find(|it| it.part == "users").unwrap()
}

#[test]
fn what_is_not_shown_of_one_user_is_not_known_of_that_user() {
    let stage = changed(|n, item| match n {
        1 => hide(&ALL, item),
        2 => hide(&["assignedPlans"], item),
        3 => hide(&["accountEnabled", "assignedPlans"], item),
        _ => {}
    });
    let fetched = stage.read(|_| {});
    let users = &fetched.snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Complete, 20));
    let known = |n: usize| (users.items[n].upn.is_some(), users.items[n].enabled, users.items[n].teams);
    assert_eq!(known(0), (true, Some(true), Some(Teams::Enabled)));
    assert_eq!(known(1), (false, None, None));
    assert_eq!(known(2), (true, Some(true), None));
    assert_eq!(known(3), (true, None, None));
    let reason = users.reason.as_ref().unwrap();
    let detail = reason.detail.as_deref().unwrap();
    assert_eq!((reason.kind.as_str(), &reason.needs), ("not-read", &None), "{reason:?}");
    for words in
        ["of 1 of 20 users only the id", "of 1 of 20 users no `accountEnabled`", "of 2 of 20 users no `assignedPlans`"]
    {
        assert!(detail.contains(words), "{detail}");
    }
    // Others show everything: it is no missing right, and no failed read.
    assert!(!users_part(&fetched).failed);

    // It is no change either, and what was read like this is not read again at once.
    let whole = fair(Tenant::new(20, 0, 0)).read(|_| {}).snapshot;
    let fetched = stage.read(|it| (it.previous, it.max_age) = (Some(whole), Duration::ZERO));
    let changes: Vec<_> = fetched.snapshot.history.iter().filter(|it| it.part.starts_with("users")).collect();
    assert!(changes.is_empty(), "{changes:?}");
    let before = stage.count("/users?");
    let snapshot = fetched.snapshot.clone();
    let fetched = stage.read(|it| it.previous = Some(snapshot));
    assert_eq!((stage.count("/users?"), fetched.snapshot.users.status), (before, Status::Complete));
}

#[test]
fn what_is_shown_of_nobody_is_a_missing_right() {
    for (names, words) in [(&ALL[..], "only the id"), (&["assignedPlans"][..], "shows `assignedPlans` of no user")] {
        let stage = changed(move |_, item| hide(names, item));
        let fetched = stage.read(|_| {});
        let reason = fetched.snapshot.users.reason.as_ref().unwrap();
        assert_eq!(reason.kind, "forbidden");
        assert!(reason.needs.as_deref().is_some_and(|it| it.contains("User.Read.All")), "{reason:?}");
        assert!(reason.detail.as_deref().is_some_and(|it| it.contains(words)), "{reason:?}");
        assert!(users_part(&fetched).failed);
    }
}

/// In another cloud the plan of Teams may have another id. Where somebody has the known one, who lacks it has none.
#[test]
fn lacking_the_plan_of_teams_says_something_where_somebody_has_it() {
    let named = |it: &mut Options| it.users = Users::Named(vec![user_id(5)]);
    let both = |it: &mut Options| it.users = Users::Named(vec![user_id(5), user_id(6)]);
    let stage = fair(Tenant::new(20, 0, 0));
    assert_eq!(stage.read(named).snapshot.users.items[0].teams, None);
    assert_eq!(stage.read(both).snapshot.users.items[0].teams, Some(Teams::Absent));
    assert_eq!(stage.read(|_| {}).snapshot.users.items[5].teams, Some(Teams::Absent));
    // A plan with the service of Teams and another id is not decided.
    let other = changed(|n, item| {
        if n == 5 {
            let plan = json!([{"capabilityStatus": "Enabled", "service": "TeamspaceAPI", "servicePlanId": user_id(0)}]);
            item.insert("assignedPlans".to_owned(), plan);
        }
    });
    assert_eq!(other.read(|_| {}).snapshot.users.items[5].teams, None);
    // A cloud with a name of its own has the known ids.
    let text = format!("name = \"global\"\ngraph = \"{}\"", stage.server.root());
    let global = stage.read(|it| {
        named(it);
        it.roots = Roots::from_toml(&text, "cloud").unwrap();
    });
    assert_eq!(global.snapshot.users.items[0].teams, Some(Teams::Absent));
}
