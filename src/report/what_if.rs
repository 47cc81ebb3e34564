//! What somebody's scripts would do to a tenant, by the simulator that proves fixes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::effects::{Change, effects_rows, effects_value, page};
use super::human::{BOLD, CYAN, DIM, GREEN, INDENT, Look, Page, RED, YELLOW};
use super::steps::Steps;
use crate::check::kept::{Expected, Fate, Kept, if_granted, in_all_ways, kept};
use crate::check::row::need;
use crate::check::told;
use crate::fix::access;
use crate::fix::from_script::FromScript;
use crate::fix::run::{Ran, Script, WAYS, run};
use crate::fix::simulate::{GlobalGrant, Refused, Simulator};
use crate::fix::template::Slots;
use crate::fix::{Command, Effects, Reach, from_script};
use crate::input::Span;
use crate::knowledge::{Catalogue, read};
use crate::script;
use crate::source::sanitise::{one_line, shortened, visible};
use crate::source::{Source, slice};
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
    /// How many commands may take access away and are not simulated.
    pub left_out: usize,
    /// How many commands have values that are known only when they are run, and may take access away.
    pub opaque: usize,
    /// A command takes away what nobody has read.
    pub takes_unread: bool,
    /// Scripts that sign in to another tenant than that of the snapshot.
    pub elsewhere: usize,
    /// Commands that would fail or change nothing.
    pub refused: Vec<Refused>,
    /// What no source settles, or nobody has read.
    pub assumes: Vec<String>,
    /// Who gains and who loses.
    pub effects: Effects,
    /// The same by the other reading of `Grant -Global`, where it says something else.
    pub other: Option<Effects>,
    /// What becomes of expectations, where some were given.
    pub kept: Vec<Kept>,
    /// The scripts.
    scripts: Vec<Script>,
}

/// Whether a command may take access away from somebody, and nobody knows from whom before it is run.
const fn is_opaque(command: &Command) -> bool {
    matches!(command, Command::Opaque { reach, .. } if !matches!(reach, Reach::Created))
}

/// The first sign-in to a tenant that is not that of the snapshot.
fn other_tenant(commands: &[script::Command], snapshot: &Snapshot) -> Option<(Span, Uuid)> {
    let own = snapshot.tenant_id?;
    let sign_ins = commands.iter().filter(|it| it.is("Connect-MicrosoftTeams") || it.is("Connect-MgGraph"));
    sign_ins
        .filter_map(|it| {
            let argument = it.argument("TenantId")?;
            let tenant = Uuid::try_parse(argument.value.as_ref()?.text()?.text.trim()).ok()?;
            Some((it.span, tenant))
        })
        .find(|(_, tenant)| *tenant != own)
}

/// What becomes of an expectation, for people.
const fn fate_name(kept: &Kept) -> &'static str {
    match kept.fate() {
        Fate::Same => "not known",
        fate => fate.name(),
    }
}

fn counted(commands: usize) -> String {
    if commands == 1 { "1 command".to_owned() } else { format!("{commands} commands") }
}

/// Changes in sections of a runbook that take back what the others do, with their headings. A runbook that does nothing
/// else is run.
fn undone(source: &Source, changes: &FromScript) -> Vec<(Span, String)> {
    let sections = script::undo_sections(source.text(), source.name());
    let section =
        |span: Span| sections.iter().find(|(section, _)| section.start <= span.start && span.end <= section.end);
    let mut spans: Vec<Span> = changes.commands.iter().map(|it| it.span).collect();
    spans.dedup();
    let found: Vec<(Span, String)> = spans.iter().filter_map(|span| Some((*span, section(*span)?.1.clone()))).collect();
    if found.len() == spans.len() { Vec::new() } else { found }
}

/// A place of a script, as lists name it.
#[must_use]
pub fn at(place: Place, sources: &[Source]) -> told::Place {
    let Some(source) = sources.get(place.source) else { return told::Place::at("script".to_owned(), 1, 1) };
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    told::Place {
        file: source.name().to_owned(),
        line: start.line,
        column: start.column,
        end: Some((end.line, end.column)),
    }
}

impl WhatIf {
    /// Runs the scripts on a copy.
    #[must_use]
    pub fn of(sources: &[Source], snapshot: &Snapshot, at: Option<Timestamp>) -> Self {
        Self::within(sources, snapshot, at, WAYS)
    }

    /// The same, following at most so many ways one by one.
    #[must_use]
    pub fn within(sources: &[Source], snapshot: &Snapshot, at: Option<Timestamp>, ways: usize) -> Self {
        let view = View::indexed(snapshot);
        let (mut commands, mut notes, mut left_out, mut elsewhere) = (Vec::new(), Vec::new(), 0_usize, 0_usize);
        let (mut scripts, mut conditional) = (Vec::new(), Vec::new());
        for (source, text) in sources.iter().enumerate() {
            let place = |span| Place { source, span };
            let read = script::commands(text.text(), text.name());
            // Steps of a CI file that are no PowerShell may run scripts that nobody reads.
            let mut steps = script::unread_steps(text.text(), text.name());
            let is_in = |it: &script::Command, step: &Span| step.start <= it.span.start && it.span.end <= step.end;
            steps.retain(|step| !read.commands.iter().any(|it| is_in(it, step)));
            left_out += steps.len();
            notes.extend(
                steps.into_iter().map(|span| (place(span), "this step runs a script that is not read here".to_owned())),
            );
            let mut blocks = script::unread_blocks(text.text(), text.name());
            blocks.retain(|block| from_script::shell_may_change(slice(text.text(), block.start..block.end)));
            let mut lines = script::other_lines(text.text(), text.name());
            lines.retain(|line| {
                let is_read = |it: &script::Command| it.span.start < line.end && line.start < it.span.end;
                from_script::sends(slice(text.text(), line.start..line.end)) && !read.commands.iter().any(is_read)
            });
            blocks.append(&mut lines);
            left_out += blocks.len();
            notes.extend(
                blocks
                    .into_iter()
                    .map(|span| (place(span), "this block may change something, and is not read here".to_owned())),
            );
            // Where commands may stand that nobody reads, nobody knows what they do.
            left_out += read
                .notes
                .iter()
                .filter(|note| {
                    note.unread || from_script::may_change(slice(text.text(), note.span.start..note.span.end))
                })
                .count();
            notes.extend(read.notes.into_iter().map(|note| (place(note.span), note.text)));
            if let Some((span, tenant)) = other_tenant(&read.commands, snapshot) {
                elsewhere += 1;
                notes
                    .push((place(span), format!("it signs in to tenant {tenant}, and the snapshot is of another one")));
            }
            let mut changes = from_script::read_in(&read.commands, &read.flow, text.text(), &view);
            for (span, section) in undone(text, &changes) {
                notes.push((
                    place(span),
                    format!("in the section `{section}`, which takes back what the others do: left out"),
                ));
                changes.commands.retain(|it| it.span != span);
            }
            let planned = from_script::planned(&read.commands, &read.flow, &changes.commands);
            commands.extend(
                changes.commands.iter().zip(&planned).map(|(it, planned)| (place(it.span), planned.change.clone())),
            );
            conditional.extend(
                planned
                    .iter()
                    .map(|it| read.commands.get(it.at).is_some_and(|command| !command.context.arms.is_empty())),
            );
            // What nothing calls in one text may be called in another.
            if sources.len() > 1 {
                changes.left_out.append(&mut changes.elsewhere);
            }
            left_out += changes.left_out.len();
            let unknown = changes.left_out.into_iter();
            notes.extend(unknown.map(|span| {
                let name = slice(text.text(), span.start..span.end).split_whitespace().next().unwrap_or_default();
                (place(span), format!("`{name}`: what it changes is not simulated"))
            }));
            let told = changes.notes.into_iter().filter(|(_, text)| text != from_script::CONDITIONAL);
            notes.extend(told.map(|(span, text)| (place(span), text)));
            scripts.push(Script { commands: read.commands, flow: read.flow, changes: planned });
        }
        let start = |reading| {
            let mut simulator = Simulator::new(snapshot, at);
            simulator.read_global_grants_as(reading);
            simulator.keep_grants_apart();
            simulator
        };
        let first = run(&scripts, start(GlobalGrant::Replaces), ways);
        let effects = access::in_any_way(&first.ends.iter().collect::<Vec<_>>(), &[]);
        let to_tenant = first.ends.iter().any(Simulator::granted_to_tenant);
        let other = to_tenant
            .then(|| run(&scripts, start(GlobalGrant::Adds), ways))
            .map(|other| access::in_any_way(&other.ends.iter().collect::<Vec<_>>(), &[]))
            .filter(|other| *other != effects);
        let mut assumes: Vec<String> = Vec::new();
        for assumed in first.ends.iter().flat_map(Simulator::assumes) {
            if !assumes.contains(assumed) {
                assumes.push(assumed.clone());
            }
        }
        if left_out > 0 {
            assumes.push(format!("what is not simulated takes nothing away ({})", counted(left_out)));
        }
        for (at, ((ran, (place, _)), _)) in
            first.ran.iter().zip(&commands).zip(&conditional).enumerate().filter(|(_, (_, under))| **under)
        {
            match ran {
                Ran::Never if first.refused.iter().any(|it| it.index == at) => {}
                Ran::Never => notes.push((*place, "under a condition that does not hold: not run".to_owned())),
                Ran::Perhaps => notes.push((*place, "under a condition that is not known: perhaps run".to_owned())),
                Ran::Always => {}
            }
        }
        if first.too_many {
            let words = "there are more ways to go than are followed one by one: what some conditions lead to is told as perhaps";
            notes.extend(commands.first().map(|(place, _)| (*place, words.to_owned())));
        }
        let runs = |index: usize| {
            first.ran.get(index) != Some(&Ran::Never) && !first.refused.iter().any(|it| it.index == index)
        };
        let opaque =
            commands.iter().enumerate().filter(|(index, (_, command))| is_opaque(command) && runs(*index)).count();
        let takes_unread = first.ends.iter().any(Simulator::takes_unread) || first.may_fail;
        // What is never run is told by its note alone.
        let ended = |at: usize| first.refused.iter().any(|it| it.index == at);
        let numbers: Vec<Option<usize>> = first
            .ran
            .iter()
            .enumerate()
            .scan(0_usize, |next, (at, ran)| {
                let number = (*ran != Ran::Never || ended(at)).then_some(*next);
                *next += usize::from(number.is_some());
                Some(number)
            })
            .collect();
        let number = |index: usize| numbers.get(index).copied().flatten();
        let refused =
            first.refused.into_iter().filter_map(|it| Some(Refused { index: number(it.index)?, ..it })).collect();
        let commands = commands.into_iter().enumerate().filter(|(index, _)| number(*index).is_some());
        let commands = commands.map(|(_, command)| command).collect();
        Self {
            commands,
            notes,
            left_out,
            opaque,
            takes_unread,
            elsewhere,
            refused,
            assumes,
            effects,
            other,
            kept: Vec::new(),
            scripts,
        }
    }

    /// Judges expectations before and after, by the reading of `Grant -Global` and the way that break more of them; where
    /// the ways differ, nobody knows.
    pub fn expecting(&mut self, expected: Expected<'_>, snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) {
        let breaks = |kept: &[Kept]| kept.iter().filter(|it| it.fate().is_worse()).count();
        let named = expected.named_ids();
        let after = |reading| {
            let mut simulator = Simulator::new(snapshot, None);
            simulator.read_global_grants_as(reading);
            simulator.keep_grants_apart();
            let judged = |after: &Snapshot| kept(expected, snapshot, after, catalogue, now);
            let of = |end: &Simulator<'_>| {
                let granted = end.if_granted(&named);
                let each = std::iter::once(end.snapshot()).chain(&granted).map(judged).collect();
                if_granted(each, end.if_forgotten().as_ref().map(judged))
            };
            in_all_ways(run(&self.scripts, simulator, WAYS).ends.iter().map(of).collect())
        };
        let first = after(GlobalGrant::Replaces);
        self.kept = if self.other.is_some() {
            let second = after(GlobalGrant::Adds);
            if breaks(&second) > breaks(&first) { second } else { first }
        } else {
            first
        };
    }

    /// Whether an expectation breaks, or is broken and gets worse.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.kept.iter().any(|it| it.fate().is_worse())
    }

    /// Whether nobody knows whether an expectation holds afterwards.
    #[must_use]
    pub fn may_break(&self) -> bool {
        self.kept.iter().any(|it| it.is.is_none() || it.fate().may_be_worse())
    }

    /// The first place of the scripts.
    #[must_use]
    pub fn start(&self, sources: &[Source]) -> told::Place {
        let first = self.commands.first().map(|(place, _)| *place);
        first.map_or_else(
            || told::Place::at(sources.first().map_or("script", Source::name).to_owned(), 1, 1),
            |place| at(place, sources),
        )
    }

    /// What the scripts come to after each command, by one reading of `Grant -Global`.
    #[must_use]
    pub fn steps(&self, snapshot: &Snapshot, reading: GlobalGrant) -> Steps {
        let end = self.other.as_ref().filter(|_| reading == GlobalGrant::Adds).unwrap_or(&self.effects);
        Steps::of(&self.scripts, snapshot, reading, end)
    }

    /// Whether somebody loses access for certain, by either reading.
    #[must_use]
    pub fn loses(&self) -> bool {
        self.effects.takes_surely() || self.other.as_ref().is_some_and(Effects::takes_surely)
    }

    /// Whether somebody loses access, or a command fails.
    #[must_use]
    pub fn takes(&self) -> bool {
        self.loses() || self.refused.iter().any(|it| it.fails)
    }

    /// Whether nobody knows who loses access: a command is not read, not simulated, or not documented.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let may = |effects: &Effects| effects.takes() && !effects.takes_surely();
        let effects = may(&self.effects) || self.other.as_ref().is_some_and(may);
        effects || self.takes_unread || self.opaque > 0 || self.left_out > 0 || self.elsewhere > 0
    }

    fn words(&self, place: Place, sources: &[Source]) -> String {
        let Some(source) = sources.get(place.source) else { return String::new() };
        let at = source.position(place.span.start);
        format!("{}:{}:{}", one_line(source.name()), at.line, at.column)
    }

    /// The answer in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        // What a command may do to several policies is one change.
        let mut places: Vec<Place> = Vec::new();
        let mut again = |place: Place| {
            let known = places.contains(&place);
            places.push(place);
            known
        };
        let several =
            |command: &Command| matches!(command, Command::Perhaps(it) if matches!(**it, Command::SetPolicy { .. }));
        let count = self.commands.iter().filter(|(place, command)| !several(command) || !again(*place)).count();
        let changes = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
        let fails = self.refused.iter().filter(|it| it.fails).count();
        let may = self.effects.takes() || self.other.as_ref().is_some_and(Effects::takes);
        let takes = match (self.opaque, self.left_out) {
            _ if self.loses() => "somebody loses access".to_owned(),
            (1, _) => {
                "whether somebody loses access is not known: 1 command has values that are known only when it is run"
                    .to_owned()
            }
            (2.., _) => format!(
                "whether somebody loses access is not known: {} commands have values that are known only when they are run",
                self.opaque
            ),
            _ if may || self.takes_unread => "whether somebody loses access is not known".to_owned(),
            (0, 0) => "nobody loses access".to_owned(),
            (0, 1) => "nobody loses access by what could be simulated; 1 command was left out".to_owned(),
            (0, count) => format!("nobody loses access by what could be simulated; {count} commands were left out"),
        };
        let takes =
            if self.elsewhere > 0 { format!("in another tenant than the script is for, {takes}") } else { takes };
        let fails = match fails {
            0 => String::new(),
            1 => ", 1 fails".to_owned(),
            count => format!(", {count} fail"),
        };
        let broken = self.expectations();
        format!("{changes} simulated: {takes}{fails}{broken}")
    }

    /// What becomes of the expectations, behind the answer.
    fn expectations(&self) -> String {
        if self.kept.is_empty() {
            return String::new();
        }
        let count = |fate: Fate| self.kept.iter().filter(|it| it.fate() == fate).count();
        let many = |count: usize, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 expectation {one}")),
            count => Some(format!("{count} expectations {more}")),
        };
        let worse = [
            many(count(Fate::Breaks), "breaks", "break"),
            many(count(Fate::Worsens), "is broken already and gets worse", "are broken already and get worse"),
        ];
        let worse: Vec<String> = worse.into_iter().flatten().collect();
        if !worse.is_empty() {
            return format!(", {}", worse.join(", "));
        }
        if let Some(words) = many(count(Fate::MayWorsen), "may get worse", "may get worse") {
            return format!(", {words}");
        }
        match self.kept.iter().filter(|it| it.is.is_none()).count() {
            0 => match count(Fate::Broken) {
                0 => ", no expectation breaks".to_owned(),
                1 => ", no expectation breaks by it; 1 is broken already, and stays so".to_owned(),
                count => format!(", no expectation breaks by it; {count} are broken already, and stay so"),
            },
            1 => ", of 1 expectation it is not known whether it holds".to_owned(),
            count => format!(", of {count} expectations it is not known whether they hold"),
        }
    }

    /// What was left out or read in one of several ways, with places.
    #[must_use]
    pub fn notes_words(&self, sources: &[Source]) -> Vec<String> {
        self.notes.iter().map(|(place, note)| format!("{}: {}", self.words(*place, sources), one_line(note))).collect()
    }

    /// Draws it. Ends with a line end.
    #[must_use]
    pub fn human(&self, sources: &[Source], snapshot: &Snapshot, catalogue: &Catalogue, look: Look) -> String {
        let mut page = page(catalogue, look);
        page.first(&self.summary());
        self.expected_rows(&mut page);
        for (index, (place, _)) in self.commands.iter().enumerate() {
            let text = sources
                .get(place.source)
                .map(|source| slice(source.text(), place.span.start..place.span.end))
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
        // Of several commands each does it to a part of them.
        let line = |places: Vec<Place>| {
            let places: Vec<told::Place> = places.into_iter().map(|place| at(place, sources)).collect();
            let mut words: Vec<String> = places
                .iter()
                .map(|place| match sources.len() {
                    1 => place.line.to_string(),
                    _ => format!("{}:{}", one_line(&place.file), place.line),
                })
                .collect();
            words.dedup();
            let name = match (sources.len(), words.len()) {
                (_, 0) => return String::new(),
                (1, 1) => "line ",
                (1, _) => "lines ",
                _ => "",
            };
            format!("{name}{}: ", crate::fix::listed(&words))
        };
        let one = |place: Option<Place>| line(place.into_iter().collect());
        let rows = |page: &mut Page<'_>, effects: &Effects, steps: &Steps| {
            effects_rows(page, effects, self.is_open(), &|change| match change {
                Change::Group { loses, group } => line(steps.of_group(loses, group)),
                Change::Later(later) => one(steps.of_later(later)),
            });
        };
        if self.other.is_some() {
            page.blank();
            page.line(&format!("{INDENT}if `Grant -Global` replaces what `Global` lists:"));
        }
        let steps = self.steps(snapshot, GlobalGrant::Replaces);
        rows(&mut page, &self.effects, &steps);
        if let Some(other) = &self.other {
            page.blank();
            page.line(&format!("{INDENT}if `Grant -Global` leaves beside it what `Global` lists:"));
            rows(&mut page, other, &self.steps(snapshot, GlobalGrant::Adds));
        }
        for assumed in &self.assumes {
            page.row("assumes", YELLOW, &format!("{}{}", one(steps.of_assumed(assumed)), one_line(assumed)));
        }
        for note in self.notes_words(sources) {
            page.row("note", DIM, &note);
        }
        page.out
    }

    /// What becomes of each expectation, and what would tell of those that nobody knows.
    fn expected_rows(&self, page: &mut Page<'_>) {
        let shown = |kept: &&Kept| kept.fate() != Fate::Same || kept.is.is_none();
        let mut told_of: Vec<(&str, usize, String)> = Vec::new();
        let mut needs: Vec<&str> = Vec::new();
        let alike = |kept: &Kept| {
            let user = kept.told.cells.get(1).map_or("", String::as_str);
            // What is not known of many users for one reason is told of the first, with how many there are.
            match kept.fate() {
                Fate::Same | Fate::MayBreak if !page.look.verbose => kept.told.sentence.replacen(user, "", 1),
                _ => kept.told.sentence.clone(),
            }
        };
        let keys: Vec<(&str, usize, String)> =
            self.kept.iter().filter(shown).map(|kept| (fate_name(kept), kept.told.place.line, alike(kept))).collect();
        for (kept, key) in self.kept.iter().filter(shown).zip(&keys) {
            let name = fate_name(kept);
            // Two entries may say the same of a user: each place once.
            if told_of.contains(key) {
                continue;
            }
            told_of.push(key.clone());
            let more: BTreeSet<&str> = self
                .kept
                .iter()
                .filter(shown)
                .zip(&keys)
                .filter(|(other, own)| *own == key && other.told.sentence != kept.told.sentence)
                .map(|(other, _)| other.told.sentence.as_str())
                .collect();
            let more = match more.len() {
                0 => String::new(),
                1 => " (and 1 more user alike; --verbose)".to_owned(),
                count => format!(" (and {count} more users alike; --verbose)"),
            };
            let style = match kept.fate() {
                Fate::Breaks | Fate::Worsens => RED,
                Fate::MayBreak | Fate::MayWorsen | Fate::Broken => YELLOW,
                Fate::Same => DIM,
                Fate::Mends => GREEN,
            };
            let place = &kept.told.place;
            let words = format!("{}:{}: {}{more}", one_line(&place.file), place.line, one_line(&kept.told.sentence));
            page.row(name, style, &words);
            for need in &kept.needs {
                if !needs.contains(&need.as_str()) {
                    needs.push(need);
                }
            }
        }
        for name in needs {
            page.row("read", CYAN, &need(name));
            // What it is asked of differs from user to user: the command keeps its holes.
            if let Some(read) = read(name).filter(|read| !read.command.is_empty()) {
                let command = page.paint(BOLD, &visible(&Slots::default().fill(&read.command)));
                page.line(&command);
            }
        }
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
        let kept = self.kept.iter().map(|it| {
            let place = &it.told.place;
            json!({
                "source": { "name": place.file, "line": place.line, "column": place.column },
                "fate": it.fate().name(),
                "was_met": it.was,
                "met": it.is,
                "worse": it.worse.as_ref().map(|it| json!({
                    "before": it.before,
                    "after": it.after,
                    "more": it.more,
                    "perhaps": it.perhaps,
                    "later": it.later,
                })),
                "needs": it.needs.iter().map(|name| need(name)).collect::<Vec<_>>(),
                "text": it.told.sentence,
            })
        });
        result.insert("expectations".into(), kept.collect());
        result.insert("assumes".into(), self.assumes.clone().into());
        let notes = self.notes.iter().map(|(at, text)| json!({ "source": place(at), "text": text }));
        result.insert("notes".into(), notes.collect());
        Value::Object(result)
    }
}
