//! What somebody's scripts would do to a tenant, by the simulator that proves fixes.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::human::{DIM, INDENT, Look, RED, YELLOW};
use super::plan::{effects_rows, effects_value, page};
use super::sanitise::{one_line, shortened};
use crate::fix::access;
use crate::fix::simulate::{GlobalGrant, Refused, Simulator};
use crate::fix::{Command, Effects, from_script};
use crate::input::Span;
use crate::knowledge::Catalogue;
use crate::script;
use crate::source::Source;
use crate::tenant::{Snapshot, View};

/// A place in one of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which source.
    pub source: usize,
    /// The characters.
    pub span: Span,
}

/// What scripts would do, run one after the other.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The changes, with their places.
    pub commands: Vec<(Place, Command)>,
    /// What was left out, or read in one of several ways.
    pub notes: Vec<(Place, String)>,
    /// Commands that would fail or change nothing.
    pub refused: Vec<Refused>,
    /// What no source settles, or nobody has read.
    pub assumes: Vec<String>,
    /// Who gains and who loses.
    pub effects: Effects,
    /// The same by the other reading of `Grant -Global`, where it says something else.
    pub other: Option<Effects>,
}

impl WhatIf {
    /// Runs the scripts on a copy.
    #[must_use]
    pub fn of(sources: &[Source], snapshot: &Snapshot, at: Option<Timestamp>) -> Self {
        let view = View::indexed(snapshot);
        let (mut commands, mut notes) = (Vec::new(), Vec::new());
        for (source, text) in sources.iter().enumerate() {
            let place = |span| Place { source, span };
            let read = script::commands(text.text(), text.name());
            notes.extend(read.notes.into_iter().map(|note| (place(note.span), note.text)));
            let changes = from_script::read(&read.commands, &view);
            commands.extend(changes.commands.into_iter().map(|it| (place(it.span), it.command)));
            notes.extend(changes.notes.into_iter().map(|(span, text)| (place(span), text)));
        }
        let run = |reading| {
            let mut simulator = Simulator::new(snapshot, at);
            simulator.read_global_grants_as(reading);
            commands.iter().for_each(|(_, command)| simulator.apply(command));
            simulator
        };
        let first = run(GlobalGrant::Replaces);
        let effects = access::of(&first, &[]);
        let other = first
            .granted_to_tenant()
            .then(|| access::of(&run(GlobalGrant::Adds), &[]))
            .filter(|other| *other != effects);
        let (refused, assumes) = (first.refused().to_vec(), first.assumes().to_vec());
        Self { commands, notes, refused, assumes, effects, other }
    }

    /// Whether somebody loses access, by either reading, or a command fails.
    #[must_use]
    pub fn takes(&self) -> bool {
        let takes = |effects: &Effects| effects.loses_total > 0 || effects.loses_future || !effects.closes.is_empty();
        takes(&self.effects) || self.other.as_ref().is_some_and(takes) || self.refused.iter().any(|it| it.fails)
    }

    fn words(&self, place: Place, sources: &[Source]) -> String {
        let Some(source) = sources.get(place.source) else { return String::new() };
        let at = source.position(place.span.start);
        format!("{}:{}:{}", one_line(source.name()), at.line, at.column)
    }

    /// Draws it. Ends with a line end.
    #[must_use]
    pub fn human(&self, sources: &[Source], catalogue: &Catalogue, look: Look) -> String {
        let mut page = page(catalogue, look);
        let changes =
            if self.commands.len() == 1 { "1 change".to_owned() } else { format!("{} changes", self.commands.len()) };
        let takes = if self.takes() { "somebody loses access, or a command fails" } else { "nobody loses access" };
        page.line(&format!("  {changes} simulated: {takes}"));
        for (index, (place, _)) in self.commands.iter().enumerate() {
            let text = sources
                .get(place.source)
                .map(|source| crate::source::slice(source.text(), place.span.start..place.span.end))
                .unwrap_or_default();
            let line = format!("{}  {}", self.words(*place, sources), shortened(&one_line(text), 120));
            if page.look.verbose {
                page.row("runs", DIM, &line);
            }
            for refused in self.refused.iter().filter(|it| it.index == index) {
                let (name, style) = if refused.fails { ("fails", RED) } else { ("idle", DIM) };
                page.row(name, style, &format!("{}: {}", self.words(*place, sources), one_line(&refused.why)));
            }
        }
        if self.other.is_some() {
            page.blank();
            page.line(&format!("{INDENT}if `Grant -Global` replaces what `Global` lists:"));
        }
        effects_rows(&mut page, &self.effects);
        if let Some(other) = &self.other {
            page.blank();
            page.line(&format!("{INDENT}if `Grant -Global` leaves beside it what `Global` lists:"));
            effects_rows(&mut page, other);
        }
        for assumed in &self.assumes {
            page.row("assumes", YELLOW, &one_line(assumed));
        }
        for (place, note) in &self.notes {
            page.row("note", DIM, &format!("{}: {}", self.words(*place, sources), one_line(note)));
        }
        page.out
    }

    /// One result (`kind: "what-if"`).
    #[must_use]
    pub fn value(&self, sources: &[Source], snapshot: &Snapshot) -> Value {
        let place = |place: &Place| {
            sources.get(place.source).map_or(Value::Null, |source| {
                let at = source.position(place.span.start);
                json!({ "name": source.name(), "start": place.span.start, "end": place.span.end, "line": at.line, "column": at.column })
            })
        };
        let mut result = Map::new();
        result.insert("kind".into(), "what-if".into());
        result.insert("tenant_id".into(), snapshot.tenant_id.map(|id| id.to_string()).into());
        let commands = self.commands.iter().enumerate().map(|(index, (at, command))| {
            let refused = self.refused.iter().find(|it| it.index == index);
            json!({
                "source": place(at),
                "commands": crate::fix::powershell::lines(command),
                "fails": refused.is_some_and(|it| it.fails),
                "note": refused.map(|it| it.why.clone()),
            })
        });
        result.insert("changes".into(), commands.collect());
        result.extend(effects_value(&self.effects));
        let other = self.other.as_ref().map(|other| Value::Object(effects_value(other)));
        result.insert("otherwise".into(), other.unwrap_or(Value::Null));
        result.insert("assumes".into(), self.assumes.clone().into());
        let notes = self.notes.iter().map(|(at, text)| json!({ "source": place(at), "text": text }));
        result.insert("notes".into(), notes.collect());
        Value::Object(result)
    }
}
