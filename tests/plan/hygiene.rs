//! What an audit finds, and what differs between snapshots.

use graphwhy::audit::audit;
use graphwhy::fix::{Shift, access};
use graphwhy::knowledge::{Catalogue, Confidence, Example, Gate, examples};
use graphwhy::tenant::diff::{Difference, Kind, diff};
use graphwhy::tenant::{self, Snapshot, Status};
use proptest::prelude::*;
use uuid::Uuid;

use crate::base;
use crate::tenants::{Dice, mask, random as tenant_of};

/// Every hygiene cause is found in its example and not in its healthy one.
#[test]
fn hygiene_causes_are_found_in_their_examples() {
    let catalogue = Catalogue::builtin();
    let mut seen = Vec::new();
    for cause in catalogue.causes().iter().filter(|cause| cause.gates.contains(&Gate::Hygiene)) {
        let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
        let found = |example: &Example| -> Option<Vec<String>> {
            let snapshot = tenant::parse(example.state.as_deref()?, &cause.slug).unwrap();
            Some(audit(&snapshot, &catalogue).iter().map(|finding| finding.cause.to_string()).collect())
        };
        let has = |list: &Vec<String>| list.iter().any(|slug| *slug == cause.slug);
        if let Some(list) = found(&failing) {
            assert!(has(&list), "{}: {list:?}", cause.slug);
            seen.push(cause.slug.to_string());
        }
        if let Some(list) = found(&healthy).filter(|_| cause.gates.as_ref() == [Gate::Hygiene]) {
            assert!(!has(&list), "{}: {list:?}", cause.slug);
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn nothing_is_odd_where_nothing_was_read() {
    let catalogue = Catalogue::builtin();
    assert!(audit(&Snapshot::default(), &catalogue).is_empty());
    let mut partial = base();
    partial.policies.items[0].app_ids.push(Uuid::from_u128(0xfe));
    partial.policies.status = Status::Partial;
    partial.apps.status = Status::Partial;
    let causes: Vec<String> = audit(&partial, &catalogue).iter().map(|finding| finding.cause.to_string()).collect();
    assert_eq!(causes, ["tenant-wide-grant"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Adding facts never takes a certain hygiene finding back.
    #[test]
    fn hygiene_that_is_certain_stays(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let truth = tenant_of(&mut dice);
        let part = mask(&truth, &mut dice);
        let all: Vec<String> = audit(&truth, &catalogue).iter().map(|finding| finding.cause.to_string()).collect();
        for finding in audit(&part, &catalogue).iter().filter(|finding| finding.confidence == Confidence::Certain) {
            prop_assert!(all.iter().any(|slug| *slug == finding.cause), "{finding:#?}\n{truth:#?}\n{part:#?}");
        }
    }

    /// A difference of two snapshots is the other way round the other way round, and none of one.
    #[test]
    fn differences_have_two_directions(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let a = tenant_of(&mut dice);
        let other = tenant_of(&mut dice);
        let b = if dice.chance(5) { other } else { mask(&a, &mut dice) };
        prop_assert!(diff(&a, &a).is_empty() && diff(&b, &b).is_empty());
        let turn = |kind| match kind {
            Kind::Added => Kind::Removed,
            Kind::Removed => Kind::Added,
            Kind::NowRead => Kind::NotRead,
            Kind::NotRead => Kind::NowRead,
            Kind::Changed => Kind::Changed,
        };
        let mut there: Vec<Difference> = diff(&a, &b);
        let mut back: Vec<Difference> = diff(&b, &a)
            .into_iter()
            .map(|it| Difference { kind: turn(it.kind), before: it.after, after: it.before, ..it })
            .collect();
        there.sort();
        back.sort();
        prop_assert_eq!(&there, &back);
        let changed = a != b;
        prop_assert_eq!(changed, !there.is_empty(), "{:#?} {:#?}", a, b);
        let (on, off) = (access::compare(&a, &b, &[]), access::compare(&b, &a, &[]));
        let pairs = |shifts: &[Shift], own: fn(&Shift) -> bool| -> Vec<(Uuid, Uuid)> {
            shifts.iter().filter(|it| own(it)).map(|it| (it.app_id, it.user_id)).collect()
        };
        let moved = |it: &Shift| !it.operations.is_empty() || !it.possible.is_empty();
        prop_assert_eq!(pairs(&on.gains, moved), pairs(&off.loses, moved));
        prop_assert_eq!(pairs(&on.loses, moved), pairs(&off.gains, moved));
        prop_assert!(!on.gains_future || off.loses_future);
    }
}
