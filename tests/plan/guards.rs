//! What a script compares before it changes anything holds in the tenant that it was planned for, after the change, and
//! wherever a run stopped between; the same of its undo. What an assignment of a policy that does not exist comes to is
//! not documented: both ways are tried.

use std::collections::{BTreeMap, BTreeSet};

use graphwhy::fix::{self, Command};
use graphwhy::knowledge::Catalogue;
use graphwhy::tenant::{Snapshot, Teams, View, effective, name};
use proptest::prelude::*;
use uuid::Uuid;

use super::tenants::{Dice, larger, mask};
use super::{APPS, OPERATIONS, USERS, ask, run};

/// A value of the script: `None` is `$null`.
type Value = Option<BTreeSet<String>>;

/// The service as the script's functions read it; `void` = an assignment of a policy that does not exist is passed over.
struct Service<'s> {
    state: &'s Snapshot,
    void: bool,
}

impl Service<'_> {
    fn policy(&self, wanted: &str) -> Option<BTreeSet<String>> {
        let policy = self.state.policies.items.iter().find(|it| name::same(&it.name, wanted))?;
        let ids = policy.app_ids.iter().map(ToString::to_string);
        Some(ids.chain(policy.other_ids.iter().map(|it| it.to_lowercase())).collect())
    }

    fn direct(&self, user: &str) -> Option<String> {
        let entry = self.state.direct.items.iter().find(|it| it.user_id.to_string() == user)?;
        entry.policy.as_deref().map(name::bare).map(str::to_lowercase)
    }

    fn effective(&self, user: &str) -> Option<String> {
        let own: Uuid = user.parse().unwrap();
        let mut groups: Vec<_> = self.state.groups.items.iter().filter(|it| it.members.items.contains(&own)).collect();
        groups.sort_by_key(|group| group.rank);
        let levels = self.direct(user).into_iter().chain(groups.iter().map(|it| name::bare(&it.policy).to_lowercase()));
        levels.into_iter().find(|it| !self.void || name::is_global(it) || self.policy(it).is_some())
    }

    /// The value of `Read-…`, with its arguments.
    fn read(&self, function: &str, arguments: &[String]) -> Value {
        let one = |value: Option<String>| value.map(|it| BTreeSet::from([it]));
        let first = arguments.first().map_or("", String::as_str);
        let group = |id: &str| self.state.groups.items.iter().find(|it| it.group_id.to_string() == id);
        match function {
            "Read-Policy" => self.policy(first),
            "Read-Listed" => {
                self.policy(first).map(|ids| ids.into_iter().filter(|it| arguments[1..].contains(it)).collect())
            }
            "Read-Exists" => one(self.policy(first).map(|_| "there".to_owned())),
            "Read-Holders" => {
                let groups = self.state.groups.items.iter().filter(|it| name::same(&it.policy, first));
                Some(groups.map(|it| it.group_id.to_string()).collect())
            }
            "Read-GroupPolicy" => one(group(first).map(|it| name::bare(&it.policy).to_lowercase())),
            "Read-Group" => {
                one(group(first).map(|it| format!("{} {}", it.rank, name::bare(&it.policy)).to_lowercase()))
            }
            "Read-Groups" => {
                let groups = self.state.groups.items.iter();
                let words = groups.map(|it| format!("{} {} {}", it.group_id, it.rank, name::bare(&it.policy)));
                Some(words.map(|it| it.to_lowercase()).collect())
            }
            "Read-Direct" => one(self.direct(first)),
            "Read-Effective" => one(self.effective(first).filter(|it| !name::is_global(it))),
            "Read-Role" => {
                let app = self.state.apps.items.iter().find(|it| it.app_id.to_string() == first);
                let roles = app.and_then(|app| app.roles.as_ref()).into_iter().flatten();
                one(roles
                    .filter_map(|it| it.id)
                    .find(|id| id.to_string() == arguments[1])
                    .map(|_| "granted".to_owned()))
            }
            "Read-Teams" => {
                let user = self.state.users.items.iter().find(|it| it.id.to_string() == first);
                one(user.filter(|it| it.teams == Some(Teams::Enabled)).map(|_| "enabled".to_owned()))
            }
            "Read-Transcripts" => one(self.state.settings.graph_transcript_access.map(|on| on.to_string())),
            other => panic!("no function is called {other}"),
        }
    }
}

/// The literals of an expression: no name of these tenants has a quote in it.
fn literals(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_lowercase).collect()
}

fn value(text: &str, service: &Service<'_>, known: &BTreeMap<String, Value>) -> Value {
    let text = text.trim();
    match text {
        "$null" => None,
        _ if text.starts_with('$') => known[text].clone(),
        _ if text.starts_with("@(") => Some(literals(text).into_iter().collect()),
        _ => service.read(text.split(' ').next().unwrap(), &literals(text)),
    }
}

/// The message by which the script stops before it changes anything; `None` = it goes on.
fn stops(script: &str, service: &Service<'_>) -> Option<String> {
    let first = script.split("\n# 1. ").nth(1).unwrap().split("\n# 2. ").next().unwrap();
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for line in first.lines() {
        if let Some((name, expression)) = line.split_once(" = ").filter(|_| line.starts_with('$')) {
            let value = value(expression, service, &known);
            known.insert(name.to_owned(), value);
        }
        let Some((condition, message)) =
            line.strip_prefix("if (-not (Test-Same ").and_then(|it| it.split_once(") { throw "))
        else {
            continue;
        };
        let differs = |term: &str| {
            let term = term.trim_start_matches("-not (Test-Same ").trim_end_matches(')');
            let (left, right) = term.split_once(' ').unwrap();
            // A list ends with a bracket of its own.
            let right = if right.starts_with("@(") { format!("{right})") } else { right.to_owned() };
            value(left, service, &known) != value(&right, service, &known)
        };
        if condition.split(" -and ").all(differs) {
            return Some(format!("{message}\n{line}"));
        }
    }
    None
}

/// Some assignments name a policy that the tenant does not have.
fn dangle(snapshot: &mut Snapshot, dice: &mut Dice) {
    for direct in &mut snapshot.direct.items {
        if direct.policy.is_some() && dice.chance(4) {
            direct.policy = Some("Gone".to_owned());
        }
    }
    for group in &mut snapshot.groups.items {
        if dice.chance(4) {
            group.policy = "Lost".to_owned();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_script_compares_holds(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let mut truth = larger(&mut dice);
        if dice.chance(7) {
            dangle(&mut truth, &mut dice);
        }
        let snapshot = if dice.chance(5) { mask(&truth, &mut dice) } else { truth.clone() };
        let user = Uuid::from_u128(USERS[dice.below(USERS.len())]);
        let app = Uuid::from_u128(APPS[dice.below(APPS.len())]);
        let plan = fix::plan(&ask(&snapshot, &catalogue, app, user, OPERATIONS[dice.below(OPERATIONS.len())]));
        for fix in &plan.fixes {
            let Some(proof) = &fix.proof else { continue };
            let scripts = fix::script::scripts(fix, &snapshot).unwrap();
            if let Some(read) = &proof.supposes {
                // What the read has to show is compared.
                let view = View::new(&truth);
                let held = effective(&view, Some(user)).known().map(|one| name::bare(one.policy).to_lowercase());
                let shown = read.policy.as_deref().unwrap_or(name::GLOBAL).to_lowercase();
                let stop = stops(&scripts.run, &Service { state: &truth, void: false });
                if held.as_ref() != Some(&shown) {
                    prop_assert!(held.is_none() || stop.is_some(), "{}\n{:#?}", scripts.run, truth);
                    continue;
                }
                // An assignment of `Global` itself is one that the read shows: to stop at it is right.
                let service = Service { state: &truth, void: false };
                if read.policy.is_none() && service.direct(&user.to_string()).is_some() && stop.is_some() {
                    continue;
                }
            }
            let real = run(&truth, &proof.commands);
            // What was not read may refuse it.
            if real.refused().iter().any(|it| it.fails) {
                continue;
            }
            for void in [false, true] {
                for count in 0..=proof.commands.len() {
                    let so_far = run(&truth, &proof.commands[..count]);
                    let stop = stops(&scripts.run, &Service { state: so_far.snapshot(), void });
                    prop_assert_eq!(stop, None, "after {} of {:?}, void {}\n{}", count, proof.commands, void, scripts.run);
                }
            }
            prop_assert_eq!(scripts.undo.is_some(), !proof.undo.is_empty());
            prop_assert_eq!(fix.undo.is_empty(), proof.undo.is_empty());
            let Some(undo) = &scripts.undo else { continue };
            for count in 0..=proof.undo.len() {
                let mut back = real.clone();
                proof.undo[..count].iter().for_each(|command| back.apply(command));
                prop_assert!(!back.refused().iter().any(|it| it.fails), "{:?}\n{:?}", back.refused(), proof);
                for void in [false, true] {
                    let stop = stops(undo, &Service { state: back.snapshot(), void });
                    prop_assert_eq!(stop, None, "after {} of {:?}, void {}\n{}", count, proof.undo, void, undo);
                }
            }
            // Nobody holds a policy that is taken away.
            let mut back = real.clone();
            proof.undo.iter().for_each(|command| back.apply(command));
            for command in &proof.undo {
                let Command::RemovePolicy { name } = command else { continue };
                let holds = |policy: Option<&str>| policy.is_some_and(|it| name::same(it, name));
                prop_assert!(!back.snapshot().direct.items.iter().any(|it| holds(it.policy.as_deref())), "{proof:?}");
                prop_assert!(!back.snapshot().groups.items.iter().any(|it| holds(Some(&it.policy))), "{proof:?}");
            }
        }
    }
}
