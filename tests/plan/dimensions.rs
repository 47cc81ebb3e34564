//! Each gate that a fix may be for, made to fail or not on purpose: the role, the policy, the switch, the licence.

use graphwhy::diagnose::{Outcome, Verdict, judge_in};
use graphwhy::fix::plan::question;
use graphwhy::fix::{self, Command};
use graphwhy::knowledge::{Catalogue, Gate};
use graphwhy::tenant::{Snapshot, Teams, View};
use proptest::prelude::*;
use uuid::Uuid;

use crate::hostile::hostile;
use crate::tenants::{APPS, Dice, USERS, call, larger, plain, random, role};
use crate::{ask, check_plan, later, powershell, run};

/// What the app holds of the role that the operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Held,
    Another,
    None,
}

#[derive(Clone, Debug)]
struct Dimensions {
    seed: u64,
    nested: bool,
    transcripts: bool,
    role: Role,
    switch: bool,
    teams: Teams,
    names: Vec<String>,
}

fn dimensions() -> impl Strategy<Value = Dimensions> {
    let role = proptest::sample::select(vec![Role::Held, Role::Another, Role::None]);
    let teams = proptest::sample::select(vec![Teams::Enabled, Teams::Enabled, Teams::Disabled, Teams::Absent]);
    let names = proptest::collection::vec(hostile(), 3);
    (any::<u64>(), any::<bool>(), any::<bool>(), role, any::<bool>(), teams, names).prop_map(
        |(seed, nested, transcripts, role, switch, teams, names)| Dimensions {
            seed,
            nested,
            transcripts,
            role,
            switch,
            teams,
            names,
        },
    )
}

impl Dimensions {
    /// A random tenant in which these are as they are told for the pair.
    fn tenant(&self, dice: &mut Dice, app: Uuid, user: Uuid) -> Snapshot {
        let mut snapshot = if self.nested { larger(dice) } else { random(dice) };
        for (index, (old, text)) in ["Meetings", "Support", "Old"].into_iter().zip(&self.names).enumerate() {
            call(&mut snapshot, old, &format!("P{index} {text}."));
        }
        let whole = plain();
        if !snapshot.apps.items.iter().any(|it| it.app_id == app) {
            snapshot.apps.items.extend(whole.apps.items.iter().filter(|it| it.app_id == app).cloned());
        }
        if !snapshot.users.items.iter().any(|it| it.id == user) {
            snapshot.users.items.extend(whole.users.items.iter().filter(|it| it.id == user).cloned());
        }
        let held = if self.transcripts { "OnlineMeetingTranscript.Read.All" } else { "OnlineMeetings.ReadWrite.All" };
        for it in snapshot.apps.items.iter_mut().filter(|it| it.app_id == app) {
            it.roles = Some(match self.role {
                Role::Held => role(held).into_iter().collect(),
                Role::Another => role("VirtualEvent.Read.All").into_iter().collect(),
                Role::None => Vec::new(),
            });
        }
        for it in snapshot.users.items.iter_mut().filter(|it| it.id == user) {
            it.teams = Some(self.teams);
        }
        snapshot.settings.graph_transcript_access = Some(self.switch);
        snapshot
    }

    const fn operation(&self) -> &'static str {
        if self.transcripts { "read-transcript" } else { "read-meeting" }
    }
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 120 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_gate_that_a_fix_is_for_is_mended(dimensions in dimensions()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(dimensions.seed);
        let user = Uuid::from_u128(USERS[dice.below(USERS.len())]);
        let app = Uuid::from_u128(APPS[dice.below(APPS.len())]);
        let snapshot = dimensions.tenant(&mut dice, app, user);
        let ask = ask(&snapshot, &catalogue, app, user, dimensions.operation());
        let plan = fix::plan(&ask);
        let proved = check_plan(&plan, &ask, user);
        let answer = &plan.answers[0].judgement;
        let fails = |gate: Gate| answer.gates.iter().any(|it| it.gate == gate && it.outcome == Outcome::Fail);
        prop_assert_eq!(fails(Gate::Permission), dimensions.role != Role::Held);
        prop_assert_eq!(fails(Gate::Tenant), dimensions.transcripts && !dimensions.switch);
        prop_assert!(!fails(Gate::User), "no source says that Graph refuses users without Teams");
        let failing: Vec<Gate> = answer.gates.iter().filter(|it| it.outcome == Outcome::Fail).map(|it| it.gate).collect();
        prop_assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
        if !failing.is_empty() {
            prop_assert!(proved > 0, "{:#?}", plan.fixes);
        }
        for fix in &plan.fixes {
            let Some(proof) = &fix.proof else { continue };
            let licence = proof.commands.iter().any(|it| matches!(it, Command::License { .. }));
            // One step for each gate that fails, and no other; a licence is a fix of its own.
            let steps: Vec<Gate> = fix.steps.iter().map(|step| step.gate).collect();
            if licence {
                prop_assert_eq!(&steps, &[Gate::User]);
                // No document says that Graph refuses users without Teams, so that it is not proved to mend anything.
                prop_assert!(!proof.proved && !fix.assumes.is_empty(), "{:#?}", fix);
                let after = run(&snapshot, &proof.commands);
                let judged = judge_in(&question(&ask, Some(user), Some(later())), &View::new(after.snapshot()), &catalogue);
                let own = judged.gates.iter().find(|it| it.gate == Gate::User).map(|it| it.outcome);
                prop_assert_eq!(own, Some(Outcome::Pass), "{:#?}", fix);
            } else {
                prop_assert!(failing.iter().all(|gate| steps.contains(gate)) && steps.len() == failing.len(), "{:#?}", fix);
            }
            if proof.proved {
                let after = run(&snapshot, &proof.commands);
                let judged = judge_in(&question(&ask, Some(user), Some(later())), &View::new(after.snapshot()), &catalogue);
                // Whether the user gets by without Teams is written nowhere.
                let open = dimensions.teams != Teams::Enabled;
                prop_assert_eq!(judged.verdict, if open { Verdict::Unknown } else { Verdict::Allowed }, "{:#?}", fix);
            }
            // What is printed is what was proved, by a reader of PowerShell's quotes of its own.
            let scripts = fix::script::scripts(fix, &snapshot).unwrap();
            let printed = powershell::commands(&scripts.run);
            prop_assert_eq!(&printed, &proof.commands, "{}", scripts.run);
            let Some(undo) = scripts.undo else { continue };
            let mut there = run(&snapshot, &printed);
            powershell::commands(&undo).iter().for_each(|command| there.apply(command));
            prop_assert!(!proof.proved || fix::equal(&snapshot, there.snapshot()), "{}", undo);
        }
        let lacks = matches!(answer.verdict, Verdict::Unknown | Verdict::Denied) && dimensions.teams != Teams::Enabled;
        let licences = plan.fixes.iter().filter_map(|fix| fix.proof.as_ref());
        let offered = licences.filter(|it| it.commands.iter().any(|it| matches!(it, Command::License { .. }))).count();
        prop_assert_eq!(offered > 0, lacks, "{:#?}", plan.fixes);
    }
}
