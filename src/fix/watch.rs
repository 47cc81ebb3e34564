//! Looking on while a script is run in every way that it may go.

use super::run::Planned;
use super::simulate::Simulator;
use crate::script::{self, Flow};
use crate::tenant::Tri;

/// A script as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'s> {
    /// All its commands.
    pub commands: &'s [script::Command],
    /// Which of them are run.
    pub flow: &'s Flow,
    /// Its changes, in order.
    pub changes: &'s [Planned],
}

/// How a script may go, at one of its changes.
#[derive(Clone, Copy, Debug)]
pub struct Way<'w, 'a> {
    /// Whether the change is made.
    pub runs: Tri,
    /// The state. Where it is not known whether earlier changes were made, the one with as little open as may be.
    pub least: &'w Simulator<'a>,
    /// The one with as much open as may be; the same where that is known.
    pub most: &'w Simulator<'a>,
}

impl Way<'_, '_> {
    /// Whether it is not known which changes were made before.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !std::ptr::eq(self.least, self.most)
    }
}

/// Looks on while a script is run.
pub trait Watch {
    /// A change, by its place among all, is about to be made in some of the ways, which are those of the end if there is no
    /// other change; `false` = that is enough.
    fn before(&mut self, change: usize, ways: &[Way<'_, '_>]) -> bool;
    /// It was made in those.
    fn after(&mut self, change: usize, ways: &[Way<'_, '_>]);
}
