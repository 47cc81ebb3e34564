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
    /// Keyed, since ids come from files that anybody may have written.
    hasher: RandomState,
}

impl Ids {
    pub(super) fn with_capacity(count: usize) -> Self {
        let mut ids = Self { ids: Vec::with_capacity(count), slots: Vec::new(), hasher: RandomState::new() };
        ids.grow(count.saturating_mul(2).next_power_of_two().max(16));
        ids
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn as_slice(&self) -> &[Uuid] {
        &self.ids
    }

    fn slot(&self, id: Uuid) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = usize::try_from(self.hasher.hash_one(id.as_u128()) & 0xffff_ffff).unwrap_or(0) & mask;
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

    /// The number of an id, which is new if nobody had it; `true` = it is new.
    pub(super) fn add(&mut self, id: Uuid) -> (u32, bool) {
        if self.ids.len().saturating_mul(2) >= self.slots.len() {
            self.grow(self.slots.len().saturating_mul(2).max(16));
        }
        let at = self.slot(id);
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
    }
}
