//! Hand-made cases, each with the outcome that the design text gives: app 0 asks for user 0.

use graphwhy::diagnose::Outcome::{self, Fail, Pass, Skipped, Unknown};
use graphwhy::knowledge::Operation;

use crate::operations as op;
use crate::view::{
    AppItem, ChangeItem, DirectItem, EffectiveItem, GroupItem, Level, NOW, Part, PolicyItem, RoleItem, UserItem, View,
    app, group, user,
};

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) view: View,
    pub(crate) operation: &'static Operation,
    pub(crate) at: Option<(i64, i64)>,
    pub(crate) says: [Outcome; 5],
}

const READ: RoleItem = RoleItem {
    id: Some("c1684f21-1984-47fa-9d61-2dc8c296bb70"),
    value: Some("OnlineMeetings.Read.All"),
    other_resource: false,
};

fn policy(name: &str, lists: bool) -> PolicyItem {
    PolicyItem { name: name.to_owned(), apps: if lists { vec![1, 0] } else { vec![1] }, principals: vec![0] }
}

fn direct(policy: &str) -> DirectItem {
    DirectItem { user: 0, policy: Some(policy.to_owned()) }
}

fn in_group(rank: u32, policy: &str, members: Part<u8>) -> GroupItem {
    GroupItem { id: u8::try_from(rank).unwrap(), policy: policy.to_owned(), rank, members }
}

fn effective(policy: Option<&str>, via: Option<Level>) -> EffectiveItem {
    EffectiveItem { user: 0, policy: policy.map(str::to_owned), via, group: None, read_at: None }
}

/// Permission and user pass, `Global` lists the app and nothing is assigned.
fn healthy() -> View {
    View {
        policies: Part::complete(vec![policy("Global", true), policy("Lists", true), policy("Lacks", false)]),
        direct: Part::complete(vec![]),
        direct_at: None,
        groups: Part::complete(vec![]),
        effective: Part::missing(),
        users: Part::complete(vec![UserItem { id: 0, teams: Some("enabled"), guest: true, enabled: false }]),
        apps: Part::complete(vec![AppItem { id: 0, roles: Some(vec![READ]) }]),
        transcripts: Some(true),
        history: vec![],
    }
}

fn with(change: impl FnOnce(&mut View)) -> View {
    let mut view = healthy();
    change(&mut view);
    view
}

fn changed(part: &'static str, key: String, age: i64, bounded: bool) -> ChangeItem {
    let not_after = NOW - age;
    let not_before = bounded.then_some(not_after - 60);
    ChangeItem { part, key, change: "changed", value: None, not_before, not_after }
}

pub(crate) fn all() -> Vec<Case> {
    [policies(), assignments(), reads(), other_gates(), times()].into_iter().flatten().collect()
}

fn policy_case(name: &'static str, view: View, says: Outcome) -> Case {
    Case { name, view, operation: &op::READ_MEETING, at: Some((NOW, NOW)), says: [Pass, Pass, says, Pass, Skipped] }
}

fn policies() -> Vec<Case> {
    vec![
        policy_case("global lists the app", healthy(), Pass),
        policy_case(
            "an id of the service principal is not the app",
            with(|v| v.policies = Part::complete(vec![policy("Global", false)])),
            Fail,
        ),
        policy_case(
            "no policy names the app and no assignment was read",
            with(|v| {
                v.policies = Part::complete(vec![policy("Global", false), policy("Lacks", false)]);
                v.direct = Part::missing();
                v.groups = Part::missing();
            }),
            Fail,
        ),
        policy_case(
            "every policy names the app and no assignment was read",
            with(|v| {
                v.policies = Part::complete(vec![policy("Global", true), policy("Lists", true)]);
                v.direct = Part::missing();
                v.groups = Part::missing();
            }),
            Pass,
        ),
        policy_case(
            "one policy lacks the app and no assignment was read",
            with(|v| {
                v.direct = Part::missing();
                v.groups = Part::missing();
            }),
            Unknown,
        ),
        policy_case(
            "a complete list without global leaves its content unknown",
            with(|v| v.policies = Part::complete(vec![policy("Lacks", false)])),
            Unknown,
        ),
        policy_case(
            "global is not needed where a policy is assigned",
            with(|v| {
                v.policies = Part::complete(vec![policy("Lacks", false)]);
                v.direct = Part::complete(vec![direct("Lacks")]);
            }),
            Fail,
        ),
        policy_case(
            "an unread policy may lack the app",
            with(|v| {
                v.policies = Part::partial(vec![policy("Global", true)]);
                v.direct = Part::missing();
            }),
            Unknown,
        ),
        policy_case("no policy was read", with(|v| v.policies = Part::missing()), Unknown),
        policy_case(
            "global of a partial list decides where nothing is assigned",
            with(|v| v.policies = Part::partial(vec![policy("Global", true)])),
            Pass,
        ),
    ]
}

fn assignments() -> Vec<Case> {
    let lists = || in_group(1, "Lists", Part::complete(vec![0]));
    let lacks = || in_group(2, "tag:lacks", Part::complete(vec![0, 1]));
    vec![
        policy_case("direct hides global", with(|v| v.direct = Part::partial(vec![direct("Tag:LACKS")])), Fail),
        policy_case(
            "direct wins over a group",
            with(|v| {
                v.direct = Part::complete(vec![direct("lists")]);
                v.groups = Part::complete(vec![lacks()]);
            }),
            Pass,
        ),
        policy_case("the lowest rank wins", with(|v| v.groups = Part::complete(vec![lacks(), lists()])), Pass),
        policy_case(
            "a group without the user counts for nothing",
            with(|v| v.groups = Part::complete(vec![in_group(1, "Lacks", Part::complete(vec![1]))])),
            Pass,
        ),
        policy_case(
            "members that were not read may hold the user",
            with(|v| v.groups = Part::complete(vec![in_group(1, "Lacks", Part::missing())])),
            Unknown,
        ),
        policy_case(
            "an unread membership of a lower rank decides nothing",
            with(|v| v.groups = Part::complete(vec![lists(), in_group(2, "Lacks", Part::partial(vec![]))])),
            Pass,
        ),
        policy_case("a listed rank 1 cannot be outranked", with(|v| v.groups = Part::partial(vec![lists()])), Pass),
        policy_case(
            "a listed rank 2 can be outranked",
            with(|v| v.groups = Part::partial(vec![in_group(2, "Lists", Part::complete(vec![0]))])),
            Unknown,
        ),
        policy_case(
            "listed ranks 1 and 2 leave no rank in between",
            with(|v| {
                v.groups = Part::partial(vec![
                    in_group(1, "Lacks", Part::complete(vec![])),
                    in_group(2, "Lists", Part::partial(vec![0])),
                ]);
            }),
            Pass,
        ),
        policy_case(
            "an unread direct assignment may hide a group",
            with(|v| {
                v.direct = Part::partial(vec![]);
                v.groups = Part::complete(vec![lists()]);
            }),
            Unknown,
        ),
        policy_case(
            "a direct null is known to be none",
            with(|v| v.direct = Part::partial(vec![DirectItem { user: 0, policy: None }])),
            Pass,
        ),
        policy_case(
            "a missing policy is void or lists nothing",
            with(|v| v.direct = Part::complete(vec![direct("Ghost")])),
            Unknown,
        ),
        policy_case(
            "a missing policy above a policy that lacks the app",
            with(|v| {
                v.direct = Part::complete(vec![direct("Ghost")]);
                v.groups = Part::complete(vec![lacks()]);
            }),
            Fail,
        ),
        policy_case(
            "a missing policy of a partial list may exist",
            with(|v| {
                v.policies = Part::partial(vec![policy("Global", false)]);
                v.direct = Part::complete(vec![direct("Ghost")]);
            }),
            Unknown,
        ),
        policy_case(
            "global assigned by name is global",
            with(|v| {
                v.direct = Part::complete(vec![direct("GLOBAL")]);
                v.groups = Part::complete(vec![lacks()]);
            }),
            Pass,
        ),
    ]
}

fn reads() -> Vec<Case> {
    let unread = |read: EffectiveItem| {
        with(|v| {
            v.direct = Part::missing();
            v.groups = Part::missing();
            v.effective = Part::partial(vec![read]);
        })
    };
    vec![
        policy_case("a read of the effective policy decides", unread(effective(Some("LISTS"), None)), Pass),
        policy_case("a read decides against the app", unread(effective(Some("Lacks"), Some(Level::Group))), Fail),
        policy_case("a read of null is the tenant default", unread(effective(None, None)), Pass),
        policy_case("a read via global", unread(effective(None, Some(Level::Global))), Pass),
        policy_case(
            "a read of a policy that was not read",
            with(|v| {
                v.policies = Part::partial(vec![policy("Global", true)]);
                v.effective = Part::partial(vec![effective(Some("Lists"), Some(Level::Group))]);
                v.groups = Part::missing();
            }),
            Unknown,
        ),
        policy_case(
            "a read of a missing policy above global that lacks the app",
            with(|v| {
                v.policies = Part::complete(vec![policy("Global", false), policy("Lists", true)]);
                v.direct = Part::missing();
                v.effective = Part::partial(vec![effective(Some("Ghost"), Some(Level::Direct))]);
            }),
            Fail,
        ),
        policy_case(
            "a read of a missing policy above global that lists the app",
            with(|v| v.effective = Part::partial(vec![effective(Some("Ghost"), Some(Level::Direct))])),
            Unknown,
        ),
    ]
}

fn other_gates() -> Vec<Case> {
    let case = |name, operation, view, says| Case { name, view, operation, at: Some((NOW, NOW)), says };
    let roles = |roles: Vec<RoleItem>| with(|v| v.apps = Part::partial(vec![AppItem { id: 0, roles: Some(roles) }]));
    let permission = |name, view, says| case(name, &op::READ_MEETING, view, [says, Pass, Pass, Pass, Skipped]);
    let teams = |teams| with(|v| v.users = Part::partial(vec![UserItem { id: 0, teams, guest: false, enabled: true }]));
    let of_user = |name, view, says| case(name, &op::READ_MEETING, view, [Pass, says, Pass, Pass, Skipped]);
    let lacking = || with(|v| v.policies = Part::complete(vec![policy("Global", false)]));
    let send = RoleItem { id: Some("97e45b36-1250-48e4-bd70-2df6dab7e94a"), value: None, other_resource: false };
    let event = RoleItem { id: Some("1dccb351-c4e4-4e09-a8d1-7a9ecbf027cc"), value: None, other_resource: false };
    let transcript = RoleItem { id: Some("a4a80d8d-d283-4bd8-8504-555ec3870630"), value: None, other_resource: false };
    let holding = |role: &RoleItem, lists: bool| {
        with(|v| {
            v.apps = Part::complete(vec![AppItem { id: 0, roles: Some(vec![role.clone()]) }]);
            v.policies = Part::complete(vec![policy("Global", lists)]);
        })
    };
    let switch = |on| {
        let mut view = holding(&transcript, true);
        view.transcripts = on;
        view
    };
    vec![
        permission("the app is in no complete list", with(|v| v.apps = Part::complete(vec![])), Fail),
        permission("the app is not in a partial list", with(|v| v.apps = Part::partial(vec![])), Unknown),
        permission("apps were not read", with(|v| v.apps = Part::missing()), Unknown),
        permission(
            "grants were not read",
            with(|v| v.apps = Part::complete(vec![AppItem { id: 0, roles: None }])),
            Unknown,
        ),
        permission("no grants", roles(vec![]), Fail),
        permission("a grant by id alone", roles(vec![RoleItem { value: None, ..READ }]), Pass),
        permission("a grant by name alone", roles(vec![RoleItem { id: None, ..READ }]), Pass),
        permission(
            "a higher grant",
            roles(vec![RoleItem { id: None, value: Some("OnlineMeetings.ReadWrite.All"), other_resource: false }]),
            Pass,
        ),
        permission("a grant of another resource", roles(vec![RoleItem { other_resource: true, ..READ }]), Fail),
        permission("a grant of another role", roles(vec![send.clone()]), Fail),
        permission(
            "a grant that says nothing may be any",
            roles(vec![RoleItem { id: None, value: None, other_resource: false }]),
            Unknown,
        ),
        of_user("the user is not in a complete list", with(|v| v.users = Part::complete(vec![])), Fail),
        of_user("the user is not in a partial list", with(|v| v.users = Part::partial(vec![])), Unknown),
        of_user("users were not read", with(|v| v.users = Part::missing()), Unknown),
        of_user("teams disabled", teams(Some("disabled")), Unknown),
        of_user("teams absent", teams(Some("absent")), Unknown),
        of_user("teams not read", teams(None), Unknown),
        case("required by the permission", &op::SEND_SMS, holding(&send, false), [Pass, Pass, Fail, Pass, Skipped]),
        case("conflicting and listed", &op::REGISTER, holding(&event, true), [Pass, Pass, Pass, Pass, Skipped]),
        case("conflicting and not listed", &op::REGISTER, holding(&event, false), [Pass, Pass, Unknown, Pass, Skipped]),
        case(
            "not mentioned below meetings and not listed",
            &op::LIST_TRANSCRIPTS,
            holding(&transcript, false),
            [Pass, Pass, Unknown, Pass, Pass],
        ),
        case("no application permission", &op::DELEGATED_ONLY, lacking(), [Fail, Pass, Unknown, Pass, Skipped]),
        case("permissions not found", &op::UNDOCUMENTED, healthy(), [Unknown, Pass, Pass, Pass, Skipped]),
        case(
            "a lookup that the policy does not cover",
            &op::FIND_BY_DEVICE,
            lacking(),
            [Pass, Skipped, Skipped, Pass, Skipped],
        ),
        case(
            "a call record concerns no user",
            &op::READ_CALL_RECORD,
            lacking(),
            [Fail, Skipped, Skipped, Pass, Skipped],
        ),
        case("presence of a user", &op::READ_PRESENCE, lacking(), [Pass, Pass, Skipped, Pass, Skipped]),
        case("the switch is on", &op::READ_TRANSCRIPT, switch(Some(true)), [Pass, Pass, Pass, Pass, Pass]),
        case("the switch is off", &op::READ_TRANSCRIPT, switch(Some(false)), [Pass, Pass, Pass, Pass, Fail]),
        case("the switch was not read", &op::READ_TRANSCRIPT, switch(None), [Pass, Pass, Pass, Pass, Unknown]),
        case("nothing was read", &op::READ_TRANSCRIPT, View::empty(), [Unknown, Unknown, Unknown, Pass, Unknown]),
    ]
}

fn times() -> Vec<Case> {
    let case = |name, change: ChangeItem, says| Case {
        name,
        view: with(|v| v.history = vec![change]),
        operation: &op::READ_MEETING,
        at: Some((NOW, NOW)),
        says: [Pass, Pass, Pass, says, Skipped],
    };
    let global = |age, bounded| changed("policies", "global".to_owned(), age, bounded);
    let by_group = |age| {
        with(|v| {
            v.policies = Part::complete(vec![policy("Global", false), policy("Lists", true)]);
            v.groups = Part::complete(vec![in_group(1, "Lists", Part::complete(vec![0]))]);
            v.history = vec![changed("groups", group(1).to_string(), age, true)];
        })
    };
    let removed = ChangeItem { change: "removed", ..changed("groups", group(9).to_string(), 86400, true) };
    vec![
        case("global changed 29 minutes ago", global(1799, true), Unknown),
        case("age equal to the window is outside", global(1800, true), Pass),
        case("first seen is no known change", global(60, false), Pass),
        case("a change after the question", global(-60, true), Unknown),
        case("another policy changed", changed("policies", "Lacks".to_owned(), 60, true), Pass),
        case("another app changed", changed("apps", app(1).to_string(), 60, true), Pass),
        case("another user changed", changed("users", user(1).to_string(), 60, true), Pass),
        case("teams of the user changed", changed("users", user(0).to_string(), 3599, true), Unknown),
        case("teams of the user changed an hour ago", changed("users", user(0).to_string(), 3600, true), Pass),
        case("a group was removed a day ago", removed, Pass),
        Case {
            name: "a group assignment of yesterday",
            view: by_group(86399),
            operation: &op::READ_MEETING,
            at: Some((NOW, NOW)),
            says: [Pass, Pass, Pass, Unknown, Skipped],
        },
        Case {
            name: "a group assignment of a day ago",
            view: by_group(86400),
            operation: &op::READ_MEETING,
            at: Some((NOW, NOW)),
            says: [Pass, Pass, Pass, Pass, Skipped],
        },
        Case {
            name: "the earliest time of the call counts",
            view: with(|v| v.history = vec![global(1800, true)]),
            operation: &op::READ_MEETING,
            at: Some((NOW - 1, NOW + 600)),
            says: [Pass, Pass, Pass, Unknown, Skipped],
        },
        Case {
            name: "a change without the time of the call",
            view: with(|v| v.history = vec![global(86400 * 9, true)]),
            operation: &op::READ_MEETING,
            at: None,
            says: [Pass, Pass, Pass, Unknown, Skipped],
        },
        Case {
            name: "a change under a failing gate",
            view: with(|v| {
                v.policies = Part::complete(vec![policy("Global", false)]);
                v.history = vec![global(60, true)];
            }),
            operation: &op::READ_MEETING,
            at: Some((NOW, NOW)),
            says: [Pass, Pass, Fail, Pass, Skipped],
        },
        Case {
            name: "a stranger holds no permission, whichever the operation takes",
            view: with(|v| v.apps = Part::complete(vec![])),
            operation: &op::UNDOCUMENTED,
            at: Some((NOW, NOW)),
            says: [Fail, Pass, Pass, Pass, Skipped],
        },
    ]
}

/// Where the text of the design has two readings: the one that the code takes.
pub(crate) fn settled() -> Vec<Case> {
    let gone = ChangeItem {
        change: "removed",
        value: Some("Lacks".to_owned()),
        ..changed("groups", group(9).to_string(), 60, true)
    };
    vec![Case {
        name: "a group that was removed a minute ago may have held the user",
        view: with(|v| v.history = vec![gone]),
        operation: &op::READ_MEETING,
        at: Some((NOW, NOW)),
        says: [Pass, Pass, Pass, Unknown, Skipped],
    }]
}
