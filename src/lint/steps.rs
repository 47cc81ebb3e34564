//! The changes of a source, run one after the other on a copy of a snapshot by the simulator that proves fixes.

use super::causes::Script;
use crate::fix::from_script;
use crate::fix::run::{Planned, watched};
use crate::fix::simulate::Simulator;
use crate::fix::watch::{Reading, Watch};
use crate::script::subject::{Verb, verb};
use crate::script::{Command, Note};
use crate::tenant::{Snapshot, View};

/// Whether a command is run whenever its file is.
pub(super) fn always(command: &Command) -> bool {
    command.context.always() && !command.context.step.as_ref().is_some_and(|step| step.may_not_run())
}

/// The changes of a source.
pub(super) struct Steps<'s> {
    script: &'s Script<'s>,
    all: Vec<Planned>,
    /// What was left out or taken in one of several ways.
    pub(super) notes: Vec<Note>,
}

impl<'s> Steps<'s> {
    pub(super) fn of(script: &'s Script<'s>, view: &View<'_>) -> Self {
        let commands = script.commands;
        let read = from_script::read(commands, script.text, view);
        // What takes back is not run after the rest, unless there is no rest.
        let mut changing = commands.iter().filter(|command| verb(command).is_some_and(|verb| verb != Verb::Get));
        let undoes_only = changing.all(|command| command.context.undoes);
        let runs = |command: &Command| !command.context.torn && (undoes_only || !command.context.undoes);
        let kept: Vec<from_script::Read> =
            read.commands.into_iter().filter(|change| commands.get(change.at).is_some_and(runs)).collect();
        let told = read.notes.into_iter().filter(|(_, text)| text != from_script::CONDITIONAL);
        let notes = told.map(|(span, text)| Note { span, text, loud: false, unread: false }).collect();
        Self { script, all: from_script::planned(commands, script.flow, &kept), notes }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// A change, with its command and the place of that.
    pub(super) fn at(&self, index: usize) -> Option<(&Planned, &'s Command)> {
        let planned = self.all.get(index)?;
        Some((planned, self.script.commands.get(planned.at)?))
    }

    /// All of them.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Planned, &'s Command)> {
        (0..self.all.len()).filter_map(|index| self.at(index))
    }

    /// Runs them in every way that the source may go; gives the states that these end in.
    pub(super) fn run<'a>(&self, snapshot: &'a Snapshot, watch: &mut dyn Watch) -> Vec<Simulator<'a>> {
        let script = Reading { commands: self.script.commands, flow: self.script.flow, changes: &self.all };
        watched(script, Simulator::new(snapshot, None), watch)
    }
}
