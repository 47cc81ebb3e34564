//! A hidden true tenant, drawn from a seed, and partial views of it. A view of a higher level knows
//! everything that a view of a lower level knows.

use crate::view::{
    AppItem, ChangeItem, DirectItem, EffectiveItem, GroupItem, Known, Level, NOW, Part, PolicyItem, RoleItem, UserItem,
    View, app, canonical, group, user,
};

/// Users and apps of a world are numbered from 0; some below these are strangers to it.
pub(crate) const USERS: u8 = 3;
pub(crate) const APPS: u8 = 3;

/// The level that hides nothing.
pub(crate) const ALL: u8 = 100;

/// SplitMix64: small, seeded and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
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

/// Role ids and names of Microsoft Graph:
/// learn.microsoft.com/graph/permissions-reference
pub(crate) const ROLES: [(&str, &str); 6] = [
    ("c1684f21-1984-47fa-9d61-2dc8c296bb70", "OnlineMeetings.Read.All"),
    ("b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "OnlineMeetings.ReadWrite.All"),
    ("a4a80d8d-d283-4bd8-8504-555ec3870630", "OnlineMeetingTranscript.Read.All"),
    ("97e45b36-1250-48e4-bd70-2df6dab7e94a", "VirtualAppointmentNotification.Send"),
    ("1dccb351-c4e4-4e09-a8d1-7a9ecbf027cc", "VirtualEvent.Read.All"),
    ("45bbb07e-7321-4fd7-a8f6-3ff27e6a81c8", "CallRecords.Read.All"),
];
/// Delegated scopes: the first shares no name, the second shares its name with an app role.
const SCOPES: [(&str, &str); 2] = [
    ("9be106e1-f4e3-4df5-bdff-e4bc531cbe43", "OnlineMeetings.Read"),
    ("30b87d18-ebb1-45db-97f8-82ccb1f0190c", "OnlineMeetingTranscript.Read.All"),
];

/// The truth. Names are spelled as one read might print them; the items of `effective` are true reads.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) truth: View,
    /// Some assignment names a policy that does not exist.
    pub(crate) dangling: bool,
    salt: u64,
}

fn spell(random: &mut Random, name: &str) -> String {
    match random.below(8) {
        0 => format!("Tag:{name}"),
        1 => name.to_uppercase(),
        2 => name.to_lowercase(),
        3 => format!("TAG:{}", name.to_lowercase()),
        _ => name.to_owned(),
    }
}

impl World {
    pub(crate) fn generate(seed: u64) -> Self {
        let r = &mut Random::new(seed);
        let apps = 2 + u8::try_from(r.below(2)).unwrap();
        let users = 2 + u8::try_from(r.below(2)).unwrap();
        let names: Vec<&str> = ["Meetings", "Calls", "Archive"][..usize::try_from(r.below(4)).unwrap()].to_vec();
        let generous = r.pick(&[10, 50, 50, 90, 100]);
        // In some tenants groups do most of the work.
        let by_groups = r.chance(35);

        let mut policies = Vec::new();
        for name in names.iter().copied().chain(["Global"]) {
            if name == "Global" && r.chance(12) {
                continue;
            }
            let listed = (0..apps).filter(|_| r.chance(generous)).collect();
            let principals = (0..apps).filter(|_| r.chance(10)).collect();
            policies.push(PolicyItem { name: spell(r, name), apps: listed, principals });
        }
        let some_policy = |r: &mut Random| match r.below(12) {
            0 => "Ghost".to_owned(),
            1 => "Global".to_owned(),
            _ if names.is_empty() => "Global".to_owned(),
            _ => {
                let name = r.pick(&names);
                spell(r, name)
            }
        };
        let mut direct = Vec::new();
        for u in 0..users {
            let policy = r.chance(if by_groups { 8 } else { 35 }).then(|| some_policy(r));
            // A known null is as good as no entry in a complete list.
            if policy.is_some() || r.chance(60) {
                direct.push(DirectItem { user: u, policy });
            }
        }
        let mut ranks = vec![1, 2, 3, 4, 5];
        let mut groups = Vec::new();
        let count = if by_groups { 2 + r.below(2) } else { r.below(4) };
        for id in 0..u8::try_from(count).unwrap() {
            let rank = ranks.remove(usize::try_from(r.below(ranks.len().min(3) as u64)).unwrap());
            let members = (0..users).filter(|_| r.chance(45)).collect();
            groups.push(GroupItem { id, policy: some_policy(r), rank, members: Part::complete(members) });
        }
        let dangles = |name: &str| canonical(name) == "ghost";
        let dangling = direct.iter().any(|d| d.policy.as_deref().is_some_and(dangles))
            || groups.iter().any(|g| dangles(&g.policy));

        let effective = if r.chance(if by_groups { 20 } else { 45 }) {
            let void = r.chance(50);
            (0..users).map(|u| true_read(r, u, &direct, &groups, void)).collect()
        } else {
            Vec::new()
        };
        let teams = [Some("enabled"), Some("enabled"), Some("enabled"), Some("disabled"), Some("absent"), None];
        let mut listed_users = Vec::new();
        for id in 0..users {
            if r.chance(88) {
                listed_users.push(UserItem { id, teams: r.pick(&teams), guest: r.chance(10), enabled: r.chance(90) });
            }
        }
        let mut listed_apps = Vec::new();
        for id in 0..apps {
            if r.chance(88) {
                listed_apps.push(AppItem { id, roles: r.chance(95).then(|| roles(r)) });
            }
        }
        let mut truth = View {
            policies: Part::complete(policies),
            direct: Part::complete(direct),
            direct_at: None,
            groups: Part::complete(groups),
            effective: Part::partial(effective),
            users: Part::complete(listed_users),
            apps: Part::complete(listed_apps),
            transcripts: Some(r.chance(70)),
            history: Vec::new(),
        };
        if r.chance(50) {
            for _ in 0..=r.below(3) {
                truth.history.push(change(r, &truth, users, apps));
            }
        }
        Self { truth, dangling, salt: r.next() }
    }

    /// The level from which a fact is known; 0 to 99.
    fn from(&self, fact: &str) -> u8 {
        let mut hash = self.salt;
        for byte in fact.bytes() {
            hash = Random::new(hash ^ u64::from(byte)).next();
        }
        u8::try_from(hash % 100).unwrap()
    }

    fn part<T, U>(
        &self,
        level: u8,
        name: &str,
        from: &Part<T>,
        key: impl Fn(&T) -> String,
        show: impl Fn(&T) -> U,
    ) -> Part<U> {
        let complete = self.from(&format!("{name} complete"));
        let partial = complete.min(self.from(&format!("{name} partial")));
        if level < partial {
            return Part::missing();
        }
        let whole = level >= complete && from.known == Known::Complete;
        let shown = |item: &&T| whole || level >= self.from(&format!("{name} item {}", key(item)));
        Part {
            known: if whole { Known::Complete } else { Known::Partial },
            items: from.items.iter().filter(shown).map(show).collect(),
        }
    }

    /// What is known at a level; [`ALL`] hides nothing. History is always known.
    pub(crate) fn view(&self, level: u8) -> View {
        let truth = &self.truth;
        let mut policies = self.part(level, "policies", &truth.policies, |p| canonical(&p.name), Clone::clone);
        // A list may lack `Global` whatever its status says.
        policies.items.retain(|p| canonical(&p.name) != "global" || level >= self.from("global"));
        let groups = self.part(
            level,
            "groups",
            &truth.groups,
            |g| g.id.to_string(),
            |g| {
                let name = format!("members {}", g.id);
                GroupItem { members: self.part(level, &name, &g.members, u8::to_string, |&u| u), ..g.clone() }
            },
        );
        let users = self.part(
            level,
            "users",
            &truth.users,
            |u| u.id.to_string(),
            |u| {
                let known = level >= self.from(&format!("teams {}", u.id)) / 2;
                UserItem { teams: u.teams.filter(|_| known), ..u.clone() }
            },
        );
        let apps = self.part(
            level,
            "apps",
            &truth.apps,
            |a| a.id.to_string(),
            |a| {
                let known = level >= self.from(&format!("roles {}", a.id)) / 2;
                AppItem { roles: a.roles.clone().filter(|_| known), ..a.clone() }
            },
        );
        View {
            policies,
            direct: self.part(level, "direct", &truth.direct, |d| d.user.to_string(), Clone::clone),
            direct_at: truth.direct_at,
            groups,
            effective: self.part(level, "effective", &truth.effective, |e| e.user.to_string(), Clone::clone),
            users,
            apps,
            transcripts: truth.transcripts.filter(|_| level >= self.from("transcripts")),
            history: truth.history.clone(),
        }
    }
}

/// What a read of the effective policy says of a user. Whether an assignment of a missing policy is
/// void is not documented, so a read may show it or what lies below it.
fn true_read(r: &mut Random, user: u8, direct: &[DirectItem], groups: &[GroupItem], void: bool) -> EffectiveItem {
    let mut levels = Vec::new();
    if let Some(policy) = direct.iter().find(|d| d.user == user).and_then(|d| d.policy.clone()) {
        levels.push((Level::Direct, None, policy));
    }
    let mut mine: Vec<_> = groups.iter().filter(|g| g.members.items.contains(&user)).collect();
    mine.sort_by_key(|g| g.rank);
    levels.extend(mine.iter().map(|g| (Level::Group, Some(g.id), g.policy.clone())));
    levels.retain(|(_, _, policy)| !(void && canonical(policy) == "ghost"));
    let said = r.chance(70);
    match levels.into_iter().next() {
        Some((level, group, policy)) => EffectiveItem {
            user,
            policy: Some(spell(r, &canonical(&policy))),
            via: said.then_some(level),
            group: group.filter(|_| said),
            read_at: None,
        },
        None => EffectiveItem {
            user,
            policy: r.chance(30).then(|| "Global".to_owned()),
            via: said.then_some(Level::Global),
            group: None,
            read_at: None,
        },
    }
}

fn roles(r: &mut Random) -> Vec<RoleItem> {
    let mut roles = Vec::new();
    for (id, value) in ROLES {
        if r.chance(55) {
            let other_resource = r.chance(12);
            let (id, value) = match r.below(10) {
                0 => (Some(id), None),
                1 => (None, Some(value)),
                _ => (Some(id), Some(value)),
            };
            roles.push(RoleItem { id, value, other_resource });
        }
    }
    for (id, value) in SCOPES {
        if r.chance(10) {
            // The id tells a role from a scope of the same name.
            roles.push(RoleItem { id: Some(id), value: r.chance(50).then_some(value), other_resource: false });
        }
    }
    if r.chance(3) {
        roles.push(RoleItem { id: None, value: None, other_resource: r.chance(30) });
    }
    roles
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

fn change(r: &mut Random, truth: &View, users: u8, apps: u8) -> ChangeItem {
    let age = r.pick(&[
        -5 * MINUTE,
        0,
        5 * MINUTE,
        30 * MINUTE - 1,
        30 * MINUTE,
        30 * MINUTE + 1,
        HOUR - 1,
        HOUR,
        2 * HOUR,
        24 * HOUR - 1,
        24 * HOUR,
        24 * HOUR + 1,
        72 * HOUR,
    ]);
    let not_after = NOW - age;
    let not_before = r.chance(85).then(|| not_after - r.pick(&[1, 6 * MINUTE, 48 * HOUR]));
    let present = r.pick(&["added", "changed"]);
    let (part, key, change, value) = match r.below(8) {
        0..=1 if !truth.policies.items.is_empty() => {
            let name = canonical(&r.pick(&truth.policies.items).name);
            ("policies", spell(r, &name), present, None)
        }
        2..=3 => {
            let n = u8::try_from(r.below(u64::from(users))).unwrap();
            match truth.direct.items.iter().find(|d| d.user == n).and_then(|d| d.policy.clone()) {
                Some(policy) => ("direct", user(n).to_string(), present, Some(policy)),
                None => ("direct", user(n).to_string(), "removed", Some("Meetings".to_owned())),
            }
        }
        4..=5 => {
            let n = u8::try_from(r.below(4)).unwrap();
            match truth.groups.items.iter().find(|g| g.id == n) {
                Some(g) => ("groups", group(n).to_string(), present, Some(g.policy.clone())),
                None => ("groups", group(n).to_string(), "removed", Some("Meetings".to_owned())),
            }
        }
        6 => {
            let n = u8::try_from(r.below(u64::from(apps))).unwrap();
            ("apps", app(n).to_string(), present, None)
        }
        _ => {
            let n = u8::try_from(r.below(u64::from(users))).unwrap();
            ("users", user(n).to_string(), present, None)
        }
    };
    ChangeItem { part, key, change, value, not_before, not_after }
}
