//! Groups inside assigned groups: who is in them is read, and never counts for a policy; hidden members are not nobody.

use graphwhy::tenant::{NestedGroup, View, effective};

use super::*;

fn inner(snapshot: &Snapshot, n: usize) -> &NestedGroup {
    snapshot.nested_groups.iter().find(|group| group.group_id == uuid(&group_id(n))).unwrap()
}

fn users(numbers: &[usize]) -> Vec<Uuid> {
    numbers.iter().map(|n| uuid(&user_id(*n))).collect()
}

/// Group 0 has the policy and user 0; 1000 is in it, 1001 in that, and both circle back. Group 1 has 1001 too.
fn deep() -> Tenant {
    let mut tenant = Tenant::new(8, 2, 1);
    tenant.groups = BTreeMap::from([
        (0, (vec![0], vec![1000, 0])),
        (1, (vec![1], vec![1001])),
        (1000, (vec![2, 3], vec![1001])),
        (1001, (vec![4], vec![1000, 0])),
        (1002, (vec![5], vec![])),
    ]);
    tenant
}

#[test]
fn inner_groups_are_read_at_any_depth_and_each_once() {
    let stage = fair(deep());
    let fetched = stage.read(|it| it.teams = Some(policies(&[0], &[0, 1])));
    let snapshot = &fetched.snapshot;
    let ids: Vec<Uuid> = snapshot.nested_groups.iter().map(|group| group.group_id).collect();
    assert_eq!(ids, [uuid(&group_id(1000)), uuid(&group_id(1001))]);
    for (n, expected) in [(1000, vec![2, 3]), (1001, vec![4])] {
        let group = inner(snapshot, n);
        assert_eq!((group.members.status, &group.members.items), (Status::Complete, &users(&expected)));
        assert_eq!(group.members.source.as_deref(), Some("Microsoft Graph v1.0"));
    }
    let bodies: Vec<String> = stage.server.requests().iter().map(|it| format!("{} {}", it.target, it.body)).collect();
    for n in [0, 1, 1000, 1001] {
        let address = format!("/groups/{}/members", group_id(n));
        assert_eq!(bodies.iter().map(|it| it.matches(&address).count()).sum::<usize>(), 1, "{n}");
    }
    assert!(!bodies.iter().any(|it| it.contains(&group_id(1002))));
    let part = fetched.parts.iter().find(|part| part.part == "groups.nested").unwrap();
    assert_eq!((part.status, part.items, part.failed), (Status::Complete, 3, false));

    // None of them has a policy by it, whatever is known of the inner groups.
    let mut without = snapshot.clone();
    without.nested_groups.clear();
    for n in 0..8 {
        let user = uuid(&user_id(n));
        let (with, without) = (View::new(snapshot), View::new(&without));
        assert_eq!(
            format!("{:?}", effective(&with, Some(user))),
            format!("{:?}", effective(&without, Some(user))),
            "user {n}"
        );
    }
}

#[test]
fn a_refresh_reads_inner_groups_again_only_when_they_are_old() {
    let stage = fair(deep());
    let teams = || Some(policies(&[0], &[0, 1]));
    let first = stage.read(|it| it.teams = teams()).snapshot;
    let members = |from: usize| {
        stage.server.requests()[from..]
            .iter()
            .map(|it| format!("{}{}", it.target, it.body).matches("/members").count())
            .sum::<usize>()
    };
    let sent = stage.server.requests().len();
    let same = stage.read(|it| (it.teams, it.previous) = (teams(), Some(first.clone())));
    assert_eq!((members(sent), &same.snapshot.nested_groups), (0, &first.nested_groups));
    // One that is torn is read again by itself.
    let mut torn = first.clone();
    torn.nested_groups[1].members = Default::default();
    let sent = stage.server.requests().len();
    let mended = stage.read(|it| (it.teams, it.previous) = (teams(), Some(torn)));
    assert_eq!(members(sent), 1);
    assert!(inner(&mended.snapshot, 1001).members.is_complete());
    // A change in it is a change, and a group that left is none any more.
    let mut after = deep();
    after.groups.get_mut(&1001).unwrap().0 = vec![6];
    after.groups.get_mut(&1000).unwrap().0 = vec![];
    after.groups.get_mut(&1000).unwrap().1 = vec![];
    let later = fair(after);
    let second = later.read(|it| {
        (it.teams, it.previous) = (teams(), Some(first.clone()));
        it.max_age = Duration::ZERO;
    });
    let seen: Vec<String> = second
        .snapshot
        .history
        .iter()
        .filter(|it| matches!(it.part.as_str(), "members" | "nested"))
        .map(|it| format!("{} {} {} {}", it.part, it.key, it.change, it.value.as_deref().unwrap_or("-")))
        .collect();
    let mut expected: Vec<String> = [
        ("members", 1000, "removed", user_id(2)),
        ("members", 1000, "removed", user_id(3)),
        ("nested", 1000, "removed", group_id(1001)),
        ("members", 1001, "removed", user_id(4)),
        ("members", 1001, "added", user_id(6)),
    ]
    .iter()
    .map(|(part, n, change, value)| format!("{part} {} {change} {value}", group_id(*n)))
    .collect();
    let mut sorted = seen.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn a_check_after_a_fetch_finds_who_is_only_in_an_inner_group() {
    let dir = tempfile::tempdir().unwrap();
    let stage = fair(deep());
    std::fs::write(dir.path().join("policies.json"), tenant::write(&policies(&[0], &[0, 1]))).unwrap();
    let output =
        graphwhy(&stage, dir.path(), &["-o", "tenant.json", "--teams", "export=policies.json"]).output().unwrap();
    let (_, err) = texts(&output);
    assert!(err.contains("groups.nested"), "{err}");
    for (n, found) in [(4, true), (2, true), (5, false)] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_graphwhy"))
            .env_clear()
            .current_dir(dir.path())
            .args(["check", "--state", "tenant.json", "--format", "json", "--app", &app_id(0), "--user", &user_id(n)])
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_str(&texts(&output).0).unwrap();
        let result = &json["results"][0];
        let gate = result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == "policy").unwrap();
        assert_eq!(gate["outcome"], "fail", "an inner group gives nothing");
        let causes = result["findings"].as_array().unwrap().iter();
        let causes: Vec<_> = causes.filter(|it| it["cause"] == "user-only-in-nested-group").collect();
        assert_eq!(
            (causes.len(), causes.first().map(|it| it["confidence"] == "certain")),
            (usize::from(found), found.then_some(true)),
            "{n}"
        );
    }
}

#[test]
fn a_group_that_shows_nobody_is_empty_only_if_its_members_are_not_hidden() {
    let tenant = |visibility: Option<&'static str>| {
        let mut tenant = Tenant::new(4, 1, 0);
        tenant.groups = BTreeMap::from([(0, (vec![], vec![]))]);
        tenant.visibility = visibility.map(|it| (0, it)).into_iter().collect();
        tenant
    };
    let group = |fetched: &Fetched| fetched.snapshot.groups.items[0].members.clone();
    let failed = |fetched: &Fetched| fetched.parts.iter().any(|part| part.part == "groups.members" && part.failed);
    for visibility in [None, Some("Private"), Some("Public")] {
        let fetched = fair(tenant(visibility)).read(|it| it.teams = Some(policies(&[], &[0])));
        assert_eq!((group(&fetched).status, failed(&fetched)), (Status::Complete, false), "{visibility:?}");
    }
    let fetched = fair(tenant(Some("HiddenMembership"))).read(|it| it.teams = Some(policies(&[], &[0])));
    let reason = group(&fetched).reason.unwrap();
    assert_eq!((group(&fetched).status, reason.kind.as_str(), failed(&fetched)), (Status::Missing, "forbidden", true));
    assert!(reason.needs.as_deref().unwrap().contains("Member.Read.Hidden"), "{reason:?}");

    // Refused, with the right that the group's own settings make it take.
    let refuse = |path: &'static str| {
        move |request: &Request, tenant: &Tenant, root: &str| {
            let bad = |target: &str| target.contains(path).then(|| error(403, "Authorization_RequestDenied", "no"));
            if request.target.ends_with("/$batch") {
                return Some(tenant.batch(&request.body, root, &|_, target| bad(target)));
            }
            bad(&request.target)
        }
    };
    for (visibility, hidden) in [(None, false), (Some("HiddenMembership"), true)] {
        let fetched =
            stage(tenant(visibility), Box::new(refuse("/members"))).read(|it| it.teams = Some(policies(&[], &[0])));
        let reason = group(&fetched).reason.unwrap();
        assert_eq!((group(&fetched).status, reason.kind.as_str()), (Status::Missing, "forbidden"));
        assert_eq!(reason.needs.as_deref().unwrap().contains("Member.Read.Hidden"), hidden, "{reason:?}");
    }
    // Nobody is shown, and nobody tells why: then nothing is known.
    let fetched = stage(tenant(None), Box::new(refuse("visibility"))).read(|it| it.teams = Some(policies(&[], &[0])));
    let reason = group(&fetched).reason.unwrap();
    assert_eq!((group(&fetched).status, failed(&fetched)), (Status::Missing, true));
    assert!(reason.needs.as_deref().unwrap().contains("GroupMember.Read.All"), "{reason:?}");
    // Where somebody is shown, nobody asks.
    let stage = fair(Tenant::new(4, 1, 0));
    stage.read(|it| it.teams = Some(policies(&[], &[0])));
    assert_eq!(stage.count("visibility"), 0);
    assert!(!stage.server.requests().iter().any(|it| it.body.contains("visibility")));
}
