//! What an earlier snapshot adds: the history, and what need not be read again.

use super::*;

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
fn apps_have_their_own_dates() {
    let stage = fair(Tenant::new(2, 1, 3));
    let of = |apps: &[usize]| Apps::Named(apps.iter().map(|n| uuid(&app_id(*n))).collect());
    let first = stage.read(|it| it.apps = of(&[0])).snapshot;
    let sent = stage.server.requests().len();
    let second = stage.read(|it| (it.apps, it.previous) = (of(&[0, 1]), Some(first.clone()))).snapshot;
    let asked: String = stage.server.requests()[sent..].iter().map(|it| format!("{}{}", it.target, it.body)).collect();
    assert!(asked.contains(&app_id(1)) && !asked.contains(&app_id(0)), "{asked}");
    // The part is as old as its oldest app.
    let apps = &second.apps;
    assert_eq!((apps.read_at, apps.items[0].read_at), (first.apps.read_at, None));
    assert!(apps.items[1].read_at > first.apps.read_at);
    let text = tenant::write(&second);
    assert_eq!(tenant::parse(&text, "again").unwrap(), second);

    // What is too old is forgotten, and what was read since is not.
    let now = apps.items[1].read_at.unwrap();
    let mut aged = second.clone();
    aged.apps.read_at = Some(now - jiff::SignedDuration::from_hours(30));
    graphwhy::check::state::forget_old(&mut aged, jiff::SignedDuration::from_hours(24), now);
    assert_eq!(aged.apps.status, Status::Partial);
    let roles: Vec<bool> = aged.apps.items.iter().map(|app| app.roles.is_some()).collect();
    assert_eq!(roles, [false, true]);

    // An app whose roles could not be read again is as old as they are.
    let refuse = |request: &Request, tenant: &Tenant, root: &str| {
        let bad = |target: &str| {
            let own = target.contains("/appRoleAssignments") && target.contains(&app_id(1));
            own.then(|| error(403, "Authorization_RequestDenied", "no"))
        };
        request.target.ends_with("/$batch").then(|| tenant.batch(&request.body, root, &|_, target| bad(target)))
    };
    let stage = self::stage(Tenant::new(2, 1, 3), Box::new(refuse));
    let third = stage
        .read(|it| (it.apps, it.previous, it.max_age) = (of(&[0, 1]), Some(second.clone()), Duration::ZERO))
        .snapshot;
    let [zero, one] = &third.apps.items[..] else { panic!("{:?}", third.apps) };
    assert_eq!((third.apps.read_at, one.read_at), (second.apps.items[1].read_at, None));
    assert_eq!(one.roles, second.apps.items[1].roles);
    assert!(zero.read_at > third.apps.read_at);
}

#[test]
fn a_name_that_is_read_for_the_first_time_is_no_change() {
    let state = |roles: serde_json::Value, minute: u8| {
        let apps = json!({"status": "partial", "read_at": format!("2026-11-20T10:{minute:02}:00Z"),
            "items": [{"app_id": app_id(0), "roles": roles}]});
        tenant::parse(&json!({"schema": 1, "apps": apps}).to_string(), "state").unwrap()
    };
    let other = json!(id(0x52, 0));
    let forms = [
        json!([{"id": ROLE, "value": "OnlineMeetings.ReadWrite.All"}, {"id": id(0x51, 0), "value": "Things.Do", "resource": other}]),
        json!([{"id": ROLE}, {"id": id(0x51, 0), "resource": other}]),
        json!([{"id": ROLE, "resource": graph::GRAPH_APP}, {"id": id(0x51, 0), "resource": other}]),
        json!([{"value": "OnlineMeetings.ReadWrite.All"}, {"id": id(0x51, 0), "value": "Things.Do", "resource": other}]),
    ];
    let end = "2026-11-20T12:00:00Z".parse().unwrap();
    for before in &forms {
        for after in &forms {
            let changes = graphwhy::tenant::fetch::changes(&state(before.clone(), 1), &state(after.clone(), 2), end);
            assert_eq!(changes, [], "{before} to {after}");
        }
        let gone = graphwhy::tenant::fetch::changes(&state(before.clone(), 1), &state(json!([]), 2), end);
        let parts: Vec<_> = gone.iter().map(|it| (it.part.as_str(), it.change.as_str())).collect();
        assert_eq!(parts, [("apps", "removed"), ("apps.other-roles", "removed")]);
    }
}

#[test]
fn what_may_be_of_another_tenant_says_so() {
    let refuse = |request: &Request, tenant: &Tenant, root: &str| {
        let bad =
            |target: &str| target.contains("/organization").then(|| error(403, "Authorization_RequestDenied", "no"));
        if request.target.ends_with("/$batch") {
            return Some(tenant.batch(&request.body, root, &|_, target| bad(target)));
        }
        bad(&request.target)
    };
    let stage = self::stage(Tenant::new(3, 1, 1), Box::new(refuse));
    let mut given = policies(&[0], &[0]);
    given.tenant_id = Some(uuid(graph::TENANT));
    let fetched = stage.read(|it| it.teams = Some(given.clone()));
    assert!(fetched.parts.iter().any(|part| part.part == "tenant" && part.failed));
    let s = &fetched.snapshot;
    let members = &s.groups.items[0].members.source;
    let inner = &s.nested_groups[0].members.source;
    for source in [&s.users.source, &s.apps.source, members, inner] {
        assert!(source.as_deref().unwrap().contains("could not be verified"), "{source:?}");
    }
    assert_eq!(s.policies.source.as_deref(), Some("export"));
    // Once the tenant can be told, all of it is read again, however young it is.
    let sure = fair(Tenant::new(3, 1, 1));
    let again = sure.read(|it| (it.teams, it.previous) = (Some(given.clone()), Some(s.clone()))).snapshot;
    for source in [&again.users.source, &again.apps.source, &again.groups.items[0].members.source] {
        assert_eq!(source.as_deref(), Some("Microsoft Graph v1.0"));
    }
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
