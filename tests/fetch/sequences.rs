//! Random sequences of states and of reads that fail in part: the history loses nothing, invents nothing, and bounds each
//! change by the moment at which it was made.

use std::collections::BTreeSet;

use graphwhy::tenant::Change;
use jiff::Timestamp;

use super::graph::Lost;
use super::*;

const USERS: usize = 7;
const APPS: usize = 3;
const GROUPS: [usize; 2] = [0, 1];
const INNER: usize = 1000;

/// A small generator with a fixed sequence for each seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn flip(set: &mut BTreeSet<usize>, n: usize) {
    if !set.remove(&n) {
        set.insert(n);
    }
}

#[derive(Clone, Default)]
struct World {
    lost: Lost,
    members: BTreeMap<usize, BTreeSet<usize>>,
    listed: BTreeSet<usize>,
    direct: BTreeMap<usize, &'static str>,
    swapped: bool,
}

impl World {
    fn mutate(&mut self, r: &mut Random) {
        let (user, app) = (r.below(USERS), r.below(APPS));
        match r.below(10) {
            0 => flip(&mut self.lost.users, user),
            1 => flip(&mut self.lost.sign_in, user),
            2 => flip(&mut self.lost.licences, user),
            3 => flip(&mut self.lost.apps, app),
            4 => flip(&mut self.lost.roles, app),
            5 => flip(&mut self.lost.scopes, app),
            6 => flip(self.members.entry([0, 1, INNER][r.below(3)]).or_default(), user),
            7 => flip(&mut self.listed, app),
            8 => match r.below(3) {
                0 => drop(self.direct.remove(&user)),
                1 => drop(self.direct.insert(user, "Meetings")),
                _ => drop(self.direct.insert(user, "Global")),
            },
            _ => self.swapped = !self.swapped,
        }
    }

    fn tenant(&self, page: usize) -> Tenant {
        let mut tenant = Tenant::new(USERS, 0, APPS);
        let members = |n: usize| self.members.get(&n).into_iter().flatten().copied().collect::<Vec<_>>();
        tenant.groups = [(0, vec![INNER]), (1, vec![]), (INNER, vec![])]
            .into_iter()
            .map(|(n, nested)| (n, (members(n), nested)))
            .collect();
        tenant.visibility = BTreeMap::new();
        (tenant.lost, tenant.page) = (self.lost.clone(), page);
        tenant
    }

    /// Policies, assignments and ranks as an export tells them now.
    fn export(&self) -> Snapshot {
        let now = Timestamp::now().to_string();
        let apps: Vec<String> = self.listed.iter().map(|n| app_id(*n)).collect();
        let direct: Vec<_> =
            self.direct.iter().map(|(n, policy)| json!({"user_id": user_id(*n), "policy": policy})).collect();
        let rank = |n: usize| if self.swapped { 2 - n } else { n + 1 };
        let groups: Vec<_> =
            GROUPS.iter().map(|n| json!({"group_id": group_id(*n), "policy": "Meetings", "rank": rank(*n)})).collect();
        let part = |items: serde_json::Value| json!({"status": "complete", "read_at": now, "source": "export", "items": items});
        let policies = json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": apps}]);
        let text = json!({"schema": 1, "policies": part(policies), "direct": part(json!(direct)), "groups": part(json!(groups))});
        tenant::parse(&text.to_string(), "export").unwrap()
    }
}

/// A fact: the part and key of the history, what of it, and its value.
type Facts = BTreeMap<(&'static str, String, String), String>;

fn on(flag: bool, yes: &str, no: &str) -> String {
    if flag { yes.to_owned() } else { no.to_owned() }
}

/// What one read tells when it succeeds.
fn facts(world: &World, what: &Unit) -> Facts {
    let mut facts = Facts::new();
    match what {
        Unit::User(n) => {
            if !world.lost.users.contains(n) {
                let id = user_id(*n);
                facts.insert(("users", id.clone(), String::new()), String::new());
                // The plan of user 5 is missing: in a cloud that nobody knows that says nothing.
                if *n != 5 {
                    let teams = *n % 7 != 3 && !world.lost.licences.contains(n);
                    facts.insert(("users", id.clone(), "teams".into()), on(teams, "teams enabled", "teams disabled"));
                }
                let enabled = *n % 13 != 6 && !world.lost.sign_in.contains(n);
                facts.insert(("users.account", id, "enabled".into()), on(enabled, "enabled", "disabled"));
            }
        }
        Unit::Principal(n) => {
            let enabled = n.is_multiple_of(2) && !world.lost.apps.contains(n);
            facts.insert(("apps", app_id(*n), "enabled".into()), on(enabled, "enabled", "disabled"));
        }
        Unit::Roles(n) if !world.lost.roles.contains(n) => {
            let name = "OnlineMeetings.ReadWrite.All".to_owned();
            facts.insert(("apps", app_id(*n), name.clone()), name);
            let other = format!("Things.Do of {}", id(0x52, 0));
            facts.insert(("apps.other-roles", app_id(*n), other.clone()), other);
        }
        Unit::Roles(_) => {}
        Unit::Scopes(n) => {
            for scope in ["User.Read", "OnlineMeetings.Read"] {
                if scope == "User.Read" || !world.lost.scopes.contains(n) {
                    let scope = format!("{scope} (tenant)");
                    facts.insert(("apps.delegated", app_id(*n), scope.clone()), scope);
                }
            }
        }
        Unit::Members(n) => {
            for user in world.members.get(n).into_iter().flatten() {
                facts.insert(("members", group_id(*n), user_id(*user)), user_id(*user));
            }
        }
        Unit::Teams => {
            for app in &world.listed {
                facts.insert(("policies", "Meetings".into(), app_id(*app)), app_id(*app));
            }
            for (user, policy) in &world.direct {
                facts.insert(("direct", user_id(*user), String::new()), (*policy).to_owned());
            }
            for n in GROUPS {
                let rank = if world.swapped { 2 - n } else { n + 1 };
                facts.insert(("groups", group_id(n), "rank".into()), format!("rank {rank}"));
            }
        }
    }
    facts
}

/// What is read by itself, and may fail by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    User(usize),
    Principal(usize),
    Roles(usize),
    Scopes(usize),
    Members(usize),
    Teams,
}

fn units() -> Vec<Unit> {
    let apps = (0..APPS).flat_map(|n| [Unit::Principal(n), Unit::Roles(n), Unit::Scopes(n)]);
    let members = [0, 1, INNER].into_iter().map(Unit::Members);
    (0..USERS).map(Unit::User).chain(apps).chain(members).chain([Unit::Teams]).collect()
}

/// Reads that are refused in one run, and the units that succeed nevertheless.
fn weather(r: &mut Random, world: &World, given: bool) -> (Vec<String>, usize, BTreeSet<Unit>) {
    let mut bad = Vec::new();
    let mut good: BTreeSet<Unit> = units().into_iter().collect();
    let page = if r.chance(30) { 3 } else { 999 };
    if !given {
        good.remove(&Unit::Teams);
    }
    if r.chance(25) {
        let there: Vec<usize> = (0..USERS).filter(|n| !world.lost.users.contains(n)).collect();
        let read: &[usize] = if page == 3 && r.chance(60) && there.len() > 3 {
            bad.push("/users?$select=id,userPrincipalName,displayName,userType,accountEnabled,assignedPlans&$top=999&$skiptoken".to_owned());
            &there[..3]
        } else {
            bad.push("/users?".to_owned());
            &[]
        };
        good.retain(|unit| !matches!(unit, Unit::User(n) if !read.contains(n)));
    }
    for n in 0..APPS {
        let app = app_id(n);
        if r.chance(12) {
            bad.push(format!("/servicePrincipals(appId='{app}')?"));
            // Whose service principal is not known cannot be asked for its delegated permissions.
            good.retain(|unit| *unit != Unit::Principal(n) && *unit != Unit::Scopes(n));
        }
        if r.chance(12) {
            bad.push(format!("/servicePrincipals(appId='{app}')/appRoleAssignments"));
            good.remove(&Unit::Roles(n));
        }
        if r.chance(12) {
            bad.push(format!("clientId%20eq%20'{}'", principal_id(n)));
            good.remove(&Unit::Scopes(n));
        }
    }
    if r.chance(8) {
        bad.push(format!("/servicePrincipals(appId='{}')?", graph::GRAPH_APP));
        good.retain(|unit| !matches!(unit, Unit::Roles(_) | Unit::Scopes(_)));
    }
    for n in [0, 1, INNER] {
        if r.chance(12) {
            bad.push(format!("/groups/{}/members", group_id(n)));
            good.remove(&Unit::Members(n));
        }
    }
    (bad, page, good)
}

fn refusing(world: &World, page: usize, bad: Vec<String>, broken: bool) -> Stage {
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let refuse = |target: &str| {
            let status = if broken { (501, "NotImplemented") } else { (403, "Authorization_RequestDenied") };
            bad.iter().any(|it| target.contains(it.as_str())).then(|| error(status.0, status.1, "no"))
        };
        if request.target.ends_with("/$batch") {
            return Some(tenant.batch(&request.body, root, &|_, target| refuse(target)));
        }
        refuse(&request.target)
    };
    stage(world.tenant(page), Box::new(fault))
}

/// The part, key, kind and value of a change.
type Entry = (String, String, String, Option<String>);

fn entry(change: &Change) -> Entry {
    (change.part.clone(), change.key.clone(), change.change.clone(), change.value.clone())
}

fn expected(before: &Facts, after: &Facts) -> BTreeSet<Entry> {
    let mut entries = BTreeSet::new();
    let gone = |facts: &Facts, part: &str, key: &str| {
        part.starts_with("users") && !facts.contains_key(&("users", key.to_owned(), String::new()))
    };
    for slot in before.keys().chain(after.keys()) {
        // Of what is not there nothing else is told.
        let (part, key, about) = slot;
        let whole = about.is_empty() && *part == "users";
        if !whole && (gone(before, part, key) || gone(after, part, key)) {
            continue;
        }
        let (change, value) = match (before.get(slot), after.get(slot)) {
            (None, Some(value)) => ("added", value),
            (Some(value), None) => ("removed", value),
            (Some(old), Some(new)) if old != new => ("changed", new),
            _ => continue,
        };
        let value = Some(value.clone()).filter(|value| !value.is_empty());
        entries.insert(((*part).to_owned(), key.clone(), change.to_owned(), value));
    }
    entries
}

#[test]
fn nothing_is_lost_nothing_is_invented_and_bounds_hold() {
    let mut told = 0;
    for seed in 0..40 {
        let mut r = Random(seed);
        let mut world = World::default();
        (0..12).for_each(|_| world.mutate(&mut r));
        let read = |stage: &Stage, previous: Option<Snapshot>, teams: Option<Snapshot>| {
            let fetched = stage.read(|it| {
                (it.previous, it.teams, it.max_age) = (previous, teams, Duration::ZERO);
                it.apps = Apps::Named((0..APPS).map(|n| uuid(&app_id(n))).collect());
                it.limits.attempts = 1;
            });
            fetched.snapshot
        };
        let began = Timestamp::now();
        let mut snapshot = read(&fair(world.tenant(999)), None, Some(world.export()));
        // Of each unit, what was last read of it, and between which moments.
        let times = (began, Timestamp::now());
        let mut known: BTreeMap<Unit, (Facts, (Timestamp, Timestamp))> =
            units().into_iter().map(|unit| (unit.clone(), (facts(&world, &unit), times))).collect();
        let first = snapshot.clone();
        for step in 0..7 {
            (0..r.below(4)).for_each(|_| world.mutate(&mut r));
            let (fails, given) = (r.chance(70), r.chance(70));
            let (bad, page, good) = match fails {
                true => weather(&mut r, &world, given),
                false => (Vec::new(), 999, units().into_iter().filter(|it| given || *it != Unit::Teams).collect()),
            };
            let at = format!("seed {seed}, step {step}, refused {bad:#?}");
            let began = Timestamp::now();
            let stage = refusing(&world, page, bad, r.chance(30));
            let next = read(&stage, Some(snapshot.clone()), given.then(|| world.export()));
            // What was told stays told.
            let own = |it: &&Change| it.source.as_deref() == Some("two reads");
            let (old, new): (Vec<&Change>, Vec<&Change>) =
                (snapshot.history.iter().filter(own).collect(), next.history.iter().filter(own).collect());
            assert_eq!(new[..old.len()], old[..], "{at}");
            let added: Vec<&Change> = new[old.len()..].to_vec();
            let mut wanted = BTreeSet::new();
            for unit in &good {
                let now = facts(&world, unit);
                let (before, since) = &known[unit];
                for entry in expected(before, &now) {
                    let change = added.iter().find(|it| self::entry(it) == entry);
                    let change = change.unwrap_or_else(|| panic!("lost {entry:?}\n{at}\n{added:#?}"));
                    let (first, last) = (change.not_before.unwrap(), change.not_after.unwrap());
                    assert!(first <= last, "{at}");
                    // It was made after the unit was last read, and before this reading was done.
                    assert!(first <= since.1 && last >= began, "{entry:?} between {first} and {last}\n{at}");
                    // What is read as one list has the date of its last reading; what was kept may be older.
                    let one = matches!(unit, Unit::Members(_) | Unit::Teams);
                    assert!(!one || first >= since.0, "{entry:?} from {first}, and not {}\n{at}", since.0);
                    wanted.insert(entry);
                }
                known.insert(unit.clone(), (now, (began, Timestamp::now())));
            }
            let found: BTreeSet<Entry> = added.iter().map(|it| entry(it)).collect();
            assert_eq!((&found, added.len()), (&wanted, wanted.len()), "invented or told twice\n{at}");
            told += added.len();
            snapshot = next;
        }
        // A last reading without faults tells the state as it is: the first one with all changes over it.
        let stage = fair(world.tenant(999));
        let last = read(&stage, Some(snapshot), Some(world.export()));
        let mut replayed: Facts = known_facts(&first);
        for change in last.history.iter().filter(|it| it.source.as_deref() == Some("two reads")) {
            apply(&mut replayed, change);
        }
        let mut truth = Facts::new();
        units().iter().for_each(|unit| truth.extend(facts(&world, unit)));
        // What is new brings what it is without a word of its own.
        let fresh = |facts: &Facts| -> BTreeSet<(String, String)> {
            let keys = facts.keys().filter(|(part, ..)| !part.starts_with("users"));
            keys.map(|(part, key, about)| (format!("{part} {key}"), about.clone())).collect()
        };
        assert_eq!(fresh(&replayed), fresh(&truth), "seed {seed}");
        let users = |facts: &Facts| -> BTreeSet<String> {
            facts
                .keys()
                .filter(|(part, _, about)| *part == "users" && about.is_empty())
                .map(|it| it.1.clone())
                .collect()
        };
        assert_eq!(users(&replayed), users(&truth), "seed {seed}");
        for (slot, value) in &replayed {
            assert!(slot.0.starts_with("users") || truth.get(slot) == Some(value), "{slot:?} is {value}, seed {seed}");
        }
    }
    assert!(told > 200, "{told}");
}

/// The same facts as a snapshot tells them.
fn known_facts(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::new();
    for user in &snapshot.users.items {
        facts.insert(("users", user.id.to_string(), String::new()), String::new());
    }
    for app in &snapshot.apps.items {
        let key = app.app_id.to_string();
        facts.insert(("apps", key.clone(), "enabled".into()), on(app.enabled.unwrap(), "enabled", "disabled"));
        for role in app.roles.iter().flatten() {
            let name = role.value.clone().unwrap();
            match role.resource.filter(|it| it.to_string() != graph::GRAPH_APP) {
                None => facts.insert(("apps", key.clone(), name.clone()), name),
                Some(other) => {
                    let word = format!("{name} of {other}");
                    facts.insert(("apps.other-roles", key.clone(), word.clone()), word)
                }
            };
        }
        for grant in app.delegated.iter().flatten() {
            let word = format!("{} (tenant)", grant.scope);
            facts.insert(("apps.delegated", key.clone(), word.clone()), word);
        }
    }
    let inner = snapshot.nested_groups.iter().map(|it| (it.group_id, &it.members));
    for (group, members) in snapshot.groups.items.iter().map(|it| (it.group_id, &it.members)).chain(inner) {
        for user in &members.items {
            facts.insert(("members", group.to_string(), user.to_string()), user.to_string());
        }
    }
    for group in &snapshot.groups.items {
        facts.insert(("groups", group.group_id.to_string(), "rank".into()), format!("rank {}", group.rank));
    }
    for policy in &snapshot.policies.items {
        for app in &policy.app_ids {
            facts.insert(("policies", policy.name.clone(), app.to_string()), app.to_string());
        }
    }
    for direct in &snapshot.direct.items {
        facts.insert(("direct", direct.user_id.to_string(), String::new()), direct.policy.clone().unwrap());
    }
    facts
}

fn apply(facts: &mut Facts, change: &Change) {
    const PARTS: [&str; 9] = [
        "users",
        "users.account",
        "apps",
        "apps.other-roles",
        "apps.delegated",
        "members",
        "groups",
        "policies",
        "direct",
    ];
    let part = PARTS.into_iter().find(|part| *part == change.part).unwrap();
    let value = change.value.clone().unwrap_or_default();
    let about = match part {
        "direct" => String::new(),
        "groups" => "rank".to_owned(),
        "users" if !value.is_empty() => return,
        "users.account" => return,
        "apps" if value == "enabled" || value == "disabled" => "enabled".to_owned(),
        _ => value.clone(),
    };
    let slot = (part, change.key.clone(), about);
    let before = match change.change.as_str() {
        "removed" => facts.remove(&slot),
        _ => facts.insert(slot, value.clone()),
    };
    let was = match change.change.as_str() {
        "added" => before.is_none(),
        "removed" => before == Some(value),
        _ => before.is_some_and(|before| before != value),
    };
    assert!(was, "{change:?} does not fit to what was before");
}
