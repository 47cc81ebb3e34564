//! Random tenants: what is true of one, and what somebody may have read of it.

use graphwhy::knowledge::{PermissionKind, permission_named};
use graphwhy::tenant::{
    App, Change, Direct, EffectiveRead, GroupAssignment, Level, Part, Policy, RoleGrant, Settings, Snapshot, Status,
    Teams, User, Via, View, effective,
};
use uuid::Uuid;

pub(crate) const APPS: [u128; 3] = [
    0xa0000000_0000_4000_8000_000000000001,
    0xa0000000_0000_4000_8000_000000000002,
    0xa0000000_0000_4000_8000_000000000003,
];
pub(crate) const USERS: [u128; 4] = [
    0xb0000000_0000_4000_8000_000000000001,
    0xb0000000_0000_4000_8000_000000000002,
    0xb0000000_0000_4000_8000_000000000003,
    0xb0000000_0000_4000_8000_000000000004,
];
const GROUPS: [u128; 2] = [0xc0000000_0000_4000_8000_000000000001, 0xc0000000_0000_4000_8000_000000000002];
const ROLES: [&str; 5] = [
    "OnlineMeetings.Read.All",
    "OnlineMeetings.ReadWrite.All",
    "OnlineMeetingTranscript.Read.All",
    "OnlineMeetingArtifact.Read.All",
    "VirtualEvent.Read.All",
];

/// A small generator (xorshift), so that one number makes one tenant.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.max(1);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }
}

fn complete<T>(items: Vec<T>) -> Part<T> {
    Part { status: Status::Complete, items, ..Part::default() }
}

pub(crate) fn role(name: &str) -> Option<RoleGrant> {
    let id = permission_named(name, PermissionKind::Application)?.id;
    Some(RoleGrant { id, value: Some(name.to_owned()), resource: None })
}

fn app(index: usize, roles: Vec<RoleGrant>) -> App {
    App {
        app_id: Uuid::from_u128(APPS[index]),
        name: Some(format!("App {}", index + 1)),
        enabled: Some(true),
        service_principal_id: None,
        application_object_id: None,
        home_tenant: None,
        roles: Some(roles),
        delegated: None,
        requested: None,
        read_at: None,
    }
}

fn user(id: u128, teams: Teams) -> User {
    User { id: Uuid::from_u128(id), upn: None, name: None, guest: None, enabled: Some(true), teams: Some(teams) }
}

/// Everybody has Teams and nobody an assignment; every app may read meetings and no policy lists any.
pub(crate) fn plain() -> Snapshot {
    Snapshot {
        policies: complete(vec![Policy {
            name: "Global".into(),
            app_ids: vec![],
            other_ids: vec![],
            description: None,
        }]),
        direct: complete(vec![]),
        groups: complete(vec![]),
        users: complete(USERS.iter().map(|id| user(*id, Teams::Enabled)).collect()),
        apps: complete((0..APPS.len()).map(|index| app(index, role(ROLES[0]).into_iter().collect())).collect()),
        settings: Settings { graph_transcript_access: Some(true), ..Settings::default() },
        ..Snapshot::default()
    }
}

pub(crate) fn random(dice: &mut Dice) -> Snapshot {
    let mut snapshot = plain();
    let names: Vec<String> =
        ["Global", "Meetings", "Support", "Old"].iter().take(1 + dice.below(4)).map(|it| (*it).into()).collect();
    snapshot.policies.items = names
        .iter()
        .map(|name| Policy {
            name: name.clone(),
            app_ids: APPS.iter().filter(|_| dice.chance(4)).map(|id| Uuid::from_u128(*id)).collect(),
            other_ids: if dice.chance(1) { vec!["not an id".into()] } else { vec![] },
            description: None,
        })
        .collect();
    for id in USERS {
        match dice.below(4) {
            0 => {
                let policy = Some(names[dice.below(names.len())].clone());
                snapshot.direct.items.push(Direct { user_id: Uuid::from_u128(id), policy });
            }
            1 => snapshot.direct.items.push(Direct { user_id: Uuid::from_u128(id), policy: None }),
            _ => {}
        }
    }
    for (index, id) in GROUPS.iter().take(dice.below(GROUPS.len() + 1)).enumerate() {
        snapshot.groups.items.push(GroupAssignment {
            group_id: Uuid::from_u128(*id),
            name: None,
            policy: names[dice.below(names.len())].clone(),
            rank: u32::try_from(index + 1).unwrap(),
            members: complete(USERS.iter().filter(|_| dice.chance(4)).map(|id| Uuid::from_u128(*id)).collect()),
            nested: vec![],
        });
    }
    for user in &mut snapshot.users.items {
        user.teams = Some(if dice.chance(8) { Teams::Enabled } else { Teams::Disabled });
    }
    snapshot.users.items.retain(|_| dice.chance(9));
    for app in &mut snapshot.apps.items {
        app.roles = Some(ROLES.iter().filter(|_| dice.chance(5)).filter_map(|name| role(name)).collect());
    }
    snapshot.apps.items.retain(|_| dice.chance(9));
    snapshot.settings.graph_transcript_access = Some(dice.chance(6));
    snapshot
}

/// The same with more of everything: nested groups, ranks with gaps, a third group, users without Teams or whose Teams
/// was not read, and changes that happened lately.
pub(crate) fn larger(dice: &mut Dice) -> Snapshot {
    const THIRD: u128 = 0xc0000000_0000_4000_8000_000000000003;
    let mut snapshot = random(dice);
    let names: Vec<String> = snapshot.policies.items.iter().map(|policy| policy.name.clone()).collect();
    if dice.chance(6) {
        snapshot.groups.items.push(GroupAssignment {
            group_id: Uuid::from_u128(THIRD),
            name: Some("Third".into()),
            policy: names[dice.below(names.len())].clone(),
            rank: u32::try_from(snapshot.groups.items.len() + 1).unwrap(),
            members: complete(USERS.iter().filter(|_| dice.chance(5)).map(|id| Uuid::from_u128(*id)).collect()),
            nested: vec![Uuid::from_u128(GROUPS[0])],
        });
    }
    // Ranks may have gaps, and lists have no order.
    if dice.chance(4) {
        for group in &mut snapshot.groups.items {
            group.rank *= 3;
        }
    }
    if dice.chance(5) {
        snapshot.groups.items.reverse();
    }
    for group in &mut snapshot.groups.items {
        if dice.chance(3) {
            group.nested.push(Uuid::from_u128(GROUPS[1]));
        }
    }
    for user in &mut snapshot.users.items {
        match dice.below(8) {
            0 => user.teams = None,
            1 => user.teams = Some(Teams::Absent),
            _ => {}
        }
        user.upn = Some(format!("u{}@contoso.com", user.id.as_u128() % 16));
    }
    for _ in 0..dice.below(4) {
        let (part, key, value) = match dice.below(4) {
            0 => ("direct", USERS[dice.below(USERS.len())], names[0].clone()),
            1 => ("members", GROUPS[0], Uuid::from_u128(USERS[0]).to_string()),
            2 => ("apps", APPS[dice.below(APPS.len())], ROLES[0].to_owned()),
            _ => ("groups", GROUPS[dice.below(GROUPS.len())], names[0].clone()),
        };
        let minutes = i64::try_from(dice.below(60)).unwrap();
        let at: jiff::Timestamp = "2026-11-20T09:55:00Z".parse().unwrap();
        let at = at.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap();
        snapshot.history.push(Change {
            part: part.into(),
            key: Uuid::from_u128(key).to_string(),
            change: "changed".into(),
            value: Some(value),
            not_before: at.checked_sub(jiff::SignedDuration::from_mins(6)).ok(),
            not_after: Some(at),
            source: Some("two reads".into()),
        });
    }
    snapshot
}

/// Ids of the groups that a tenant may have.
pub(crate) fn group(dice: &mut Dice) -> Uuid {
    Uuid::from_u128(GROUPS[dice.below(GROUPS.len())])
}

/// The reads of every user's effective policy.
pub(crate) fn reads(truth: &Snapshot) -> Part<EffectiveRead> {
    let view = View::new(truth);
    let read = |id: &u128| {
        let user_id = Uuid::from_u128(*id);
        let known = effective(&view, Some(user_id)).known()?;
        let (policy, via, group_id) = match known.level {
            Level::Direct => (Some(known.policy.to_owned()), Via::Direct, None),
            Level::Group { group_id, .. } => (Some(known.policy.to_owned()), Via::Group, group_id),
            Level::Global | Level::Unsaid => (None, Via::Global, None),
        };
        Some(EffectiveRead { user_id, policy, via: Some(via), group_id, read_at: None, hides: Vec::new() })
    };
    Part { status: Status::Partial, items: USERS.iter().filter_map(read).collect(), ..Part::default() }
}

fn hide<T>(part: &mut Part<T>, dice: &mut Dice) {
    match dice.below(5) {
        0 => *part = Part::default(),
        1 | 2 => {
            part.status = Status::Partial;
            part.items.retain(|_| dice.chance(7));
        }
        _ => {}
    }
}

/// What somebody may have read of a tenant.
pub(crate) fn mask(truth: &Snapshot, dice: &mut Dice) -> Snapshot {
    let mut snapshot = truth.clone();
    if dice.chance(5) {
        snapshot.effective = reads(truth);
        snapshot.effective.items.retain(|_| dice.chance(6));
        for read in &mut snapshot.effective.items {
            if dice.chance(2) {
                read.via = None;
                read.group_id = None;
            } else if dice.chance(2) {
                read.group_id = None;
            }
        }
    }
    hide(&mut snapshot.policies, dice);
    hide(&mut snapshot.direct, dice);
    for group in &mut snapshot.groups.items {
        hide(&mut group.members, dice);
    }
    hide(&mut snapshot.groups, dice);
    hide(&mut snapshot.users, dice);
    for app in &mut snapshot.apps.items {
        if dice.chance(2) {
            app.roles = None;
        }
    }
    hide(&mut snapshot.apps, dice);
    if dice.chance(2) {
        snapshot.settings.graph_transcript_access = None;
    }
    snapshot
}

/// Policies get names that no shell should expand.
pub(crate) fn rename(snapshot: &mut Snapshot, dice: &mut Dice) {
    const NAMES: [&str; 6] = [
        "it's",
        "a\u{2019}b $(Get-Date) `n",
        "two\nlines",
        "\"q\u{201C}\"; Remove-Item x #",
        "\u{1b}[31mred",
        "@{Add='x'} | y",
    ];
    for old in ["Meetings", "Support", "Old"] {
        let new = format!("{old} {}", NAMES[dice.below(NAMES.len())]);
        call(snapshot, old, &new);
    }
}

/// Gives a policy another name, wherever it is named.
pub(crate) fn call(snapshot: &mut Snapshot, old: &str, new: &str) {
    for policy in snapshot.policies.items.iter_mut().filter(|policy| policy.name == old) {
        new.clone_into(&mut policy.name);
    }
    for direct in snapshot.direct.items.iter_mut().filter(|direct| direct.policy.as_deref() == Some(old)) {
        direct.policy = Some(new.to_owned());
    }
    for group in snapshot.groups.items.iter_mut().filter(|group| group.policy == old) {
        new.clone_into(&mut group.policy);
    }
}
