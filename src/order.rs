//! Sorting of short lists: stable, and one copy of the program's code for all types. Maps of a list, likewise.
//!
//! The standard library's sort is copied for every type that is sorted, some seven kilobytes each time. Here positions
//! are sorted instead, and the list follows. Lists as long as an input or a tenant are sorted where they are.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Sorts by what `compare` says.
pub(crate) fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if list.is_sorted_by(|one, other| compare(one, other).is_le()) {
        return;
    }
    let swaps = swaps(list.len(), &|one, other| match (list.get(one), list.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    });
    for (one, other) in swaps {
        list.swap(one, other);
    }
}

/// Sorts by a key.
pub(crate) fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(list, |one, other| key(one).cmp(&key(other)));
}

/// Sorts by the values themselves.
pub(crate) fn sort<T: Ord>(list: &mut [T]) {
    sort_by(list, T::cmp);
}

/// A map of `pairs`; of equal keys the last holds. `collect` sorts before it builds, with a copy of the sort for every type.
pub(crate) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The exchanges that sort a list: both places are within it.
fn swaps(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<(usize, usize)> {
    // For each place: where the value that belongs there stands.
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|one, other| compare(*one, *other));
    let mut swaps = Vec::new();
    for start in 0..len {
        // Along a circle of places each exchange brings one value home.
        let mut place = start;
        while let Some(slot) = order.get_mut(place) {
            let from = std::mem::replace(slot, place);
            if from == start {
                break;
            }
            swaps.push((place, from));
            place = from;
        }
    }
    swaps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_is_sorted_as_the_standard_library_sorts_it(keys in prop::collection::vec(0_u8..20, 0..60)) {
            let list: Vec<(u8, usize)> = keys.into_iter().enumerate().map(|(at, key)| (key, at)).collect();
            let mut wanted = list.clone();
            wanted.sort_by_key(|(key, _)| *key);
            let mut by_key = list.clone();
            sort_by_key(&mut by_key, |(key, _)| *key);
            prop_assert_eq!(&by_key, &wanted);
            let mut whole = list.clone();
            sort(&mut whole);
            prop_assert_eq!(&whole, &wanted);
            let mut reversed = list.clone();
            sort_by(&mut reversed, |one, other| other.0.cmp(&one.0));
            wanted.clone_from(&list);
            wanted.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            prop_assert_eq!(reversed, wanted);
        }
    }
}
