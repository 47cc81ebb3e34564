//! Small random tenants with gaps of every kind, as the snapshot's own types.

use graphwhy::tenant::{
    App, Change, Direct, EffectiveRead, GroupAssignment, HiddenAssignment, Part, Policy, RoleGrant, Snapshot, Status,
    Teams, User, Via,
};
use jiff::Timestamp;
use uuid::Uuid;

/// SplitMix64: small, seeded and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()].clone()
    }
}

pub(crate) fn user(n: u64) -> Uuid {
    Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0000 | u128::from(n))
}

pub(crate) fn app(n: u64) -> Uuid {
    Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0000 | u128::from(n))
}

fn group(n: u64) -> Uuid {
    Uuid::from_u128(0x3000_0000_0000_4000_8000_0000_0000_0000 | u128::from(n))
}

/// The moment that questions are asked at.
pub(crate) const NOW: i64 = 1_800_000_000;

fn time(seconds_ago: u64) -> Timestamp {
    Timestamp::from_second(NOW - i64::try_from(seconds_ago).unwrap()).unwrap()
}

/// `OnlineMeetings.Read.All`, learn.microsoft.com/graph/permissions-reference
const READ: Uuid = Uuid::from_u128(0xc1684f21_1984_47fa_9d61_2dc8c296bb70);

fn part<T>(r: &mut Random, tidy: u64, items: Vec<T>) -> Part<T> {
    let status =
        if r.chance(tidy) { Status::Complete } else { r.pick(&[Status::Complete, Status::Partial, Status::Missing]) };
    let items = if status == Status::Missing { Vec::new() } else { items };
    Part { status, items, ..Part::default() }
}

/// A tenant of a few users, drawn from a seed.
pub(crate) fn tenant(seed: u64) -> Snapshot {
    let r = &mut Random(seed);
    let tidy = r.pick(&[0, 60, 90, 100]);
    let users = 2 + r.below(6);
    let apps = 1 + r.below(3);
    let names = ["Global", "Meetings", "Tag:Calls", "ARCHIVE"];
    let mut policies = Vec::new();
    for name in names {
        if r.chance(80) {
            let mut app_ids: Vec<Uuid> = (0..apps).filter(|_| r.chance(45)).map(app).collect();
            if r.chance(5) {
                app_ids.push(user(r.below(users)));
            }
            if r.chance(5) {
                app_ids.push(app(100 + r.below(apps)));
            }
            policies.push(Policy { name: name.into(), app_ids, other_ids: Vec::new(), description: None });
        }
    }
    let assigned = ["global", "Meetings", "tag:meetings", "Calls", "Archive", "Ghost"];
    let mut direct: Vec<Direct> = Vec::new();
    for n in 0..users {
        match r.below(10) {
            0..=2 => direct.push(Direct { user_id: user(n), policy: Some(r.pick(&assigned).into()) }),
            3 => direct.push(Direct { user_id: user(n), policy: None }),
            4 if r.chance(30) => direct.push(Direct { user_id: user(n), policy: Some(String::new()) }),
            _ => {}
        }
    }
    let mut ranks: Vec<u32> = vec![1, 2, 3, 5];
    let mut groups = Vec::new();
    for n in 0..r.below(5) {
        let at = usize::try_from(r.below(ranks.len() as u64)).unwrap();
        let rank = if r.chance(6) { 0 } else { ranks.remove(at) };
        let mut members: Vec<Uuid> = (0..users).filter(|_| r.chance(35)).map(user).collect();
        if r.chance(10) {
            members.push(user(50));
            members.push(user(0));
        }
        groups.push(GroupAssignment {
            group_id: group(n),
            name: None,
            policy: if r.chance(4) { String::new() } else { r.pick(&assigned).into() },
            rank,
            members: part(r, tidy, members),
            nested: (0..4).filter(|_| r.chance(12)).map(group).collect(),
        });
        if ranks.is_empty() {
            break;
        }
    }
    let mut effective = Vec::new();
    if r.chance(35) {
        for n in 0..users {
            for _ in 0..r.pick(&[0, 0, 1, 1, 2]) {
                effective.push(EffectiveRead {
                    user_id: user(n),
                    policy: r.chance(80).then(|| r.pick(&assigned).into()),
                    via: r.pick(&[None, Some(Via::Direct), Some(Via::Group), Some(Via::Global)]),
                    group_id: r.chance(50).then(|| group(r.below(5))),
                    read_at: r.chance(60).then(|| time(r.below(4) * 600)),
                    hides: if r.chance(20) {
                        vec![HiddenAssignment { policy: r.pick(&assigned).into(), group_id: Some(group(r.below(5))) }]
                    } else {
                        Vec::new()
                    },
                });
            }
        }
    }
    let teams = [
        Some(Teams::Enabled),
        Some(Teams::Enabled),
        Some(Teams::Enabled),
        Some(Teams::Disabled),
        Some(Teams::Absent),
        None,
    ];
    let mut listed = Vec::new();
    for n in 0..users {
        if r.chance(90) {
            listed.push(User {
                id: user(n),
                upn: r.chance(50).then(|| format!("u{n}@contoso.com")),
                name: None,
                guest: r.pick(&[None, Some(true), Some(false)]),
                enabled: r.pick(&[None, Some(true), Some(false)]),
                teams: r.pick(&teams),
            });
        }
    }
    if r.chance(10) && !listed.is_empty() {
        let mut again = r.pick(&listed);
        again.teams = r.pick(&teams);
        listed.push(again);
    }
    let mut of_tenant = Vec::new();
    for n in 0..apps {
        if r.chance(90) {
            let granted = RoleGrant {
                id: r.chance(80).then_some(READ),
                value: Some("OnlineMeetings.Read.All".into()),
                resource: r.chance(10).then(|| Uuid::from_u128(9)),
            };
            of_tenant.push(App {
                app_id: app(n),
                name: r.chance(40).then(|| "Notes".into()),
                enabled: r.pick(&[None, Some(true), Some(false)]),
                service_principal_id: r.chance(50).then(|| app(100 + n)),
                application_object_id: None,
                home_tenant: None,
                roles: r.chance(90).then(|| if r.chance(80) { vec![granted] } else { Vec::new() }),
                delegated: None,
                requested: None,
                read_at: None,
            });
        }
    }
    let mut history = Vec::new();
    for _ in 0..if r.chance(40) { r.below(4) } else { 0 } {
        let who = user(r.below(users)).to_string();
        let of_group = group(r.below(4)).to_string();
        let (part, key, value) = match r.below(7) {
            0 => ("policies", r.pick(&assigned).to_owned(), Some(app(r.below(apps)).to_string())),
            1 => ("policies", r.pick(&assigned).to_owned(), None),
            2 => ("direct", who, Some("Meetings".to_owned())),
            3 => ("groups", of_group, None),
            4 => ("members", of_group, Some(who)),
            5 => ("users", who, None),
            _ => ("apps", app(r.below(apps)).to_string(), None),
        };
        history.push(Change {
            part: part.into(),
            key,
            change: "added".into(),
            value,
            not_before: r.chance(80).then(|| time(600 + r.below(200_000))),
            not_after: r.chance(90).then(|| time(r.below(600))),
            source: None,
        });
    }
    let mut snapshot = Snapshot {
        policies: part(r, tidy, policies),
        direct: part(r, tidy, direct),
        groups: part(r, tidy, groups),
        effective: part(r, 0, effective),
        users: part(r, tidy, listed),
        apps: part(r, tidy, of_tenant),
        history,
        ..Snapshot::default()
    };
    snapshot.settings.graph_transcript_access = r.pick(&[None, Some(true), Some(false)]);
    snapshot
}
