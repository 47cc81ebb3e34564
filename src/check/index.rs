//! Ids by number: a table of four bytes an entry beside the list of ids itself.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use uuid::Uuid;

/// Numbers of ids, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Ids {
    ids: Vec<Uuid>,
    /// Number + 1 of the id that hashes here; 0 = free. A power of two, at most half full.
    slots: Vec<u32>,
    /// Of the hash: secret, since ids come from files that anybody may have written.
    keys: [u64; 2],
}

/// Ids that are looked up together: the processor waits for the memory of all of them at once.
const BLOCK: usize = 32;

impl Ids {
    pub(super) fn with_capacity(count: usize) -> Self {
        let random = RandomState::new();
        let keys = [random.hash_one(0), random.hash_one(1)];
        let mut ids = Self { ids: Vec::with_capacity(count), slots: Vec::new(), keys };
        ids.reserve(count.saturating_add(BLOCK));
        ids
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn as_slice(&self) -> &[Uuid] {
        &self.ids
    }

    /// The slot where the search for an id begins: the halves of the product of its keyed halves.
    fn first_slot(&self, id: Uuid) -> usize {
        let ((high, low), [key, other]) = (id.as_u64_pair(), self.keys);
        let product = u128::from(high ^ key) * u128::from(low ^ other);
        let hash = (product ^ (product >> 64)) & 0xffff_ffff;
        usize::try_from(hash).unwrap_or(0) & self.slots.len().wrapping_sub(1)
    }

    fn slot(&self, id: Uuid) -> usize {
        self.slot_from(id, self.first_slot(id))
    }

    /// The slot of an id, searched from its first one on.
    fn slot_from(&self, id: Uuid, mut at: usize) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        loop {
            match self.slots.get(at) {
                Some(0) | None => return at,
                Some(number) => {
                    let held = usize::try_from(number - 1).ok().and_then(|index| self.ids.get(index));
                    if held == Some(&id) {
                        return at;
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of an id.
    pub(super) fn get(&self, id: Uuid) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.slots.get(self.slot(id)).and_then(|number| number.checked_sub(1))
    }

    /// Calls `tell` with each item, in order, and the number of its id.
    pub(super) fn get_each<T: Copy>(
        &self,
        mut items: impl Iterator<Item = T>,
        id_of: impl Fn(T) -> Uuid,
        mut tell: impl FnMut(T, Option<u32>),
    ) {
        let mut block: Vec<(T, usize, u32)> = Vec::with_capacity(BLOCK);
        loop {
            block.clear();
            block.extend(items.by_ref().take(BLOCK).map(|item| (item, self.first_slot(id_of(item)), 0)));
            if block.is_empty() {
                return;
            }
            for (_, at, held) in &mut block {
                *held = self.slots.get(*at).copied().unwrap_or(0);
            }
            for (item, at, held) in &block {
                let (held, id) = (held.checked_sub(1), id_of(*item));
                let here = held.and_then(|held| self.ids.get(usize::try_from(held).ok()?)) == Some(&id);
                let number = if here || held.is_none() {
                    held
                } else {
                    self.slots.get(self.slot_from(id, *at)).and_then(|number| number.checked_sub(1))
                };
                tell(*item, number);
            }
        }
    }

    /// Adds ids, and calls `tell` with each item whose id is new, in order.
    pub(super) fn add_each<T: Copy>(
        &mut self,
        mut items: impl Iterator<Item = T>,
        id_of: impl Fn(T) -> Uuid,
        mut tell: impl FnMut(T),
    ) {
        let mut block: Vec<(T, usize)> = Vec::with_capacity(BLOCK);
        loop {
            block.clear();
            self.reserve(BLOCK);
            block.extend(items.by_ref().take(BLOCK).map(|item| (item, self.first_slot(id_of(item)))));
            if block.is_empty() {
                return;
            }
            // Brings all of them near before the first is needed.
            let near = block.iter().fold(0_u32, |all, (_, at)| all ^ self.slots.get(*at).copied().unwrap_or(0));
            std::hint::black_box(near);
            for (item, at) in &block {
                if self.add_from(id_of(*item), *at).1 {
                    tell(*item);
                }
            }
        }
    }

    /// The number of an id, which is new if nobody had it; `true` = it is new.
    #[cfg(test)]
    fn add(&mut self, id: Uuid) -> (u32, bool) {
        self.reserve(1);
        self.add_from(id, self.first_slot(id))
    }

    /// Leaves the table at most half full after so many more.
    fn reserve(&mut self, more: usize) {
        let needed = self.ids.len().saturating_add(more).saturating_mul(2);
        if needed > self.slots.len() {
            self.grow(needed.next_power_of_two().max(16));
        }
    }

    fn add_from(&mut self, id: Uuid, at: usize) -> (u32, bool) {
        let at = self.slot_from(id, at);
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX - 1);
        match self.slots.get_mut(at) {
            Some(slot) if *slot == 0 => {
                *slot = next + 1;
                self.ids.push(id);
                (next, true)
            }
            Some(slot) => (*slot - 1, false),
            None => (next, false),
        }
    }

    fn grow(&mut self, size: usize) {
        self.slots = vec![0; size];
        for (index, id) in std::mem::take(&mut self.ids).into_iter().enumerate() {
            let at = self.slot(id);
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = u32::try_from(index + 1).unwrap_or(u32::MAX);
            }
            self.ids.push(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_keeps_its_number() {
        let mut ids = Ids::with_capacity(3);
        for n in 0..5000_u128 {
            assert_eq!(ids.add(Uuid::from_u128(n * 7)), (u32::try_from(n).unwrap_or(0), true));
        }
        for n in 0..5000_u128 {
            assert!(!ids.add(Uuid::from_u128(n * 7)).1);
            assert_eq!(ids.get(Uuid::from_u128(n * 7)), u32::try_from(n).ok());
        }
        assert_eq!((ids.get(Uuid::from_u128(1)), ids.len()), (None, 5000));
        assert_eq!(Ids::default().get(Uuid::nil()), None);
        Ids::default().get_each([Uuid::nil()].into_iter(), |id| id, |_, number| assert_eq!(number, None));
    }

    #[test]
    fn many_at_once_are_as_one_after_the_other() {
        // Each of them twice in a row of its own, and again later.
        let given: Vec<Uuid> = (0..4000_u128).map(|n| Uuid::from_u128((n / 2 % 1500 * 7) << (n % 3))).collect();
        let (mut one, mut many, mut new) = (Ids::with_capacity(0), Ids::with_capacity(0), Vec::new());
        many.add_each(given.iter().copied(), |id| id, |id| new.push(id));
        let expected: Vec<Uuid> = given.iter().copied().filter(|id| one.add(*id).1).collect();
        assert_eq!((new.as_slice(), many.as_slice()), (expected.as_slice(), one.as_slice()));
        let asked = (0..9000_u128).map(|n| Uuid::from_u128(n * 3));
        let mut told = Vec::new();
        many.get_each(asked.clone(), |id| id, |id, number| told.push((id, number)));
        assert_eq!(told, asked.map(|id| (id, one.get(id))).collect::<Vec<_>>());
        assert!(told.iter().any(|(_, number)| number.is_none()) && told.iter().any(|(_, number)| number.is_some()));
    }
}
