//! Results of `check` for people: the verdict in the first line, the gates, the policy that is effective and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};

use super::human::Look;
use super::wrapped::wrap;
use crate::check::answer::{Answer, PolicySays, Standing};
use crate::check::expect::Access;
use crate::check::operation_label;
use crate::check::row::{Counted, Expected, GIVE_ID, Many, Row, What, level_words, lists_words, need};
use crate::check::survey::first_cause;
use crate::diagnose::{Finding, Outcome, Verdict};
use crate::fix::template::Slots;
use crate::knowledge::{Catalogue, Gate, Operation, Severity, read};
use crate::source::sanitise::{one_line, shortened, shortened_words, visible};
use crate::tenant::Tri;
use crate::tenant::subject::{Resolved, near_words};
use uuid::Uuid;

const RED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
const YELLOW: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const GREEN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const CYAN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const INDENT: &str = "    ";
/// Names of rows stand in a column of this width.
const NAMES: usize = 11;
/// Other policies that are named where nobody asked for more.
const OTHERS: usize = 6;
/// Reasons of many users that are shown where nobody asked for more.
const REASONS: usize = 12;

/// How results are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Lines of one result each are broken at the width; elsewhere than on a terminal they stay whole.
    pub folds: bool,
    /// Width, colour and verbosity.
    pub look: Look,
    /// Titles of causes.
    pub catalogue: &'a Catalogue,
    /// The severity from which a finding counts.
    pub fail_on: Severity,
    /// The arguments that a further command takes for the state.
    pub state_arguments: &'a str,
}

struct Out<'a> {
    page: Page<'a>,
    text: String,
}

/// Where the words of a line begin: behind mark and verdict.
const FIRST: usize = 11;

impl Page<'_> {
    /// One result with its proof. Ends with a line end.
    #[must_use]
    pub fn whole(&self, row: &Row<'_>) -> String {
        let mut out = Out { page: *self, text: String::new() };
        out.headline(row);
        match &row.what {
            What::One(answer) => out.one(answer),
            What::Many(many) => out.many(many),
        }
        if let Some(scope) = row.scope() {
            out.row("note", DIM, &scope);
        }
        if let Some(expected) = &row.expected {
            out.expected(expected, row);
        }
        if let Some(accepted) = &row.accepted {
            out.row("accepted", DIM, &format!("until {}: {} ({})", accepted.until, accepted.reason, accepted.place));
            if let Some(leaves) = &accepted.leaves {
                out.row("not so", YELLOW, &format!("{leaves}: what is unknown is not accepted"));
            }
        }
        out.text
    }

    /// What stands below a list: each read that would settle something, once with its command; what marks mean, and where
    /// more is told. `counts` are the results that are fine, wrong, not known and accepted.
    #[must_use]
    pub fn below(&self, needs: &[(String, usize)], counts: [usize; 4]) -> String {
        let mut out = Out { page: *self, text: String::new() };
        let [_, wrong, open, accepted] = counts;
        if !needs.is_empty() {
            out.text.push('\n');
        }
        for (index, (name, count)) in needs.iter().enumerate() {
            let results = if *count == 1 { "1 result".to_owned() } else { format!("{count} results") };
            let heading = match index {
                // No read tells who is meant.
                _ if name.starts_with(GIVE_ID) => "name",
                0 => "read next",
                _ => "then",
            };
            let Some(read) = read(name) else {
                out.row(heading, CYAN, &format!("{name} (of {results})"));
                continue;
            };
            out.row(heading, CYAN, &format!("{} (of {results}; needs {})", read.what, read.right));
            let command = out.paint(BOLD, &visible(&Slots::default().fill(&read.command)));
            out.push(&format!("{INDENT}{:NAMES$} {command}", ""));
        }
        if accepted > 0 {
            out.row("~", DIM, "known, and accepted by a suppression");
        }
        if wrong + open > 0 {
            out.row("more", DIM, "--verbose shows the gates, the reads and the fix of each result");
        }
        out.text
    }

    /// One result on one line.
    #[must_use]
    pub fn line(&self, row: &Row<'_>) -> String {
        let out = Out { page: *self, text: String::new() };
        let (mark, style) = out.mark(row);
        let (app, user) = row.short_labels();
        let what = format!("{} · {} · {}", one_line(&app), one_line(&user), operation_label(row.operation()));
        let broken = row.expected.as_ref().is_some_and(|expected| expected.met == Some(false));
        let why = match (row.verdict(), row.cause()) {
            (Verdict::Denied, Some(slug)) if broken => format!("expected allow; {slug}"),
            (Verdict::Denied, _) if row.expected.as_ref().is_some_and(|it| it.met == Some(true)) => {
                "as expected".to_owned()
            }
            (Verdict::Denied, Some(slug)) => slug,
            (Verdict::Allowed, _) if broken => "expected deny".to_owned(),
            (Verdict::Allowed, _) if row.counted(self.fail_on) == Counted::Wrong => {
                let own = row.findings().iter().find(|finding| finding.severity >= self.fail_on);
                own.map_or_else(|| "expectation-expired".to_owned(), |finding| format!("yet {}", finding.cause))
            }
            (Verdict::Allowed, _) => String::new(),
            _ => shortened_words(&one_line(&row.because(self.catalogue)), 240),
        };
        let place =
            row.source.zip(row.place()).map_or(String::new(), |(name, place)| format!("  {name}:{}", place.line));
        let head = out.paint(style, &format!("{mark} {:7}", row.verdict().name()));
        let why = format!("{why}{place}");
        let used = what.chars().count() + why.trim().chars().count() + FIRST + 2;
        if !self.folds || used <= self.look.width {
            return format!("{head}  {what}  {}\n", out.paint(DIM, why.trim()));
        }
        let room = self.look.width.saturating_sub(FIRST).max(24);
        let indent = " ".repeat(FIRST);
        let mut text = format!("{head}  ");
        for (index, part) in wrap(&what, room).iter().enumerate() {
            let lead = if index == 0 { "" } else { indent.as_str() };
            let _ = writeln!(text, "{lead}{part}");
        }
        for part in wrap(why.trim(), room).iter().filter(|part| !part.is_empty()) {
            let _ = writeln!(text, "{indent}{}", out.paint(DIM, part));
        }
        text
    }
}

impl Out<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.page.look.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn row(&mut self, name: &str, style: Style, words: &str) {
        let room = self.page.look.width.saturating_sub(INDENT.len() + NAMES + 1).max(24);
        for (index, part) in wrap(&one_line(words), room).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let name = self.paint(style, &format!("{name:NAMES$}"));
            self.push(&format!("{INDENT}{name} {part}"));
        }
    }

    /// How it counts, and in which colour.
    fn mark(&self, row: &Row<'_>) -> (&'static str, Style) {
        match row.counted(self.page.fail_on) {
            _ if row.is_accepted() => ("~", DIM),
            Counted::Fine if row.reaches_nobody() => ("·", DIM),
            Counted::Fine => ("✓", GREEN),
            Counted::Wrong => ("✗", RED),
            Counted::Open => ("?", YELLOW),
        }
    }

    fn headline(&mut self, row: &Row<'_>) {
        let (mark, style) = self.mark(row);
        let verdict = row.verdict();
        let mut words = format!("{}: {}", verdict.name(), one_line(&row.because(self.page.catalogue)));
        if matches!(&row.what, What::Many(many) if many.reach || row.expected.is_none() && many.open.is_none()) {
            words = one_line(&row.because(self.page.catalogue));
        }
        if let Some(Expected { met: Some(false), access: Access::Deny, .. }) = &row.expected {
            words = format!("{} and must not be: {}", verdict.name(), one_line(&row.because(self.page.catalogue)));
        }
        let tag = match &row.what {
            // Of what is not known, no cause is the reason.
            What::One(answer) if answer.verdict == Verdict::Unknown => None,
            What::One(answer) => first_cause(&answer.judgement).and_then(|slug| {
                let finding = answer.judgement.findings.iter().find(|finding| finding.cause == slug)?;
                Some(format!("{slug} · {}", finding.confidence.name()))
            }),
            What::Many(_) => None,
        };
        let width = self.page.look.width;
        let lines = wrap(&words, width.saturating_sub(4).max(30));
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.iter().enumerate() {
            let lead = if index == 0 { self.paint(style, mark) } else { " ".to_owned() };
            let used = line.chars().count() + 2;
            let tag = tag.as_ref().filter(|_| index == last);
            let fits = index == 0 && tag.is_some_and(|tag| used + tag.chars().count() + 2 <= width);
            let line = if index == 0 { self.paint(BOLD, line) } else { line.clone() };
            match tag {
                Some(tag) if fits => {
                    let gap = " ".repeat((width - used - tag.chars().count()).clamp(2, 40));
                    let tag = self.paint(DIM, tag);
                    self.push(&format!("{lead} {line}{gap}{tag}"));
                }
                Some(tag) => {
                    self.push(&format!("{lead} {line}"));
                    let tag = self.paint(DIM, tag);
                    self.push(&format!("{INDENT}{tag}"));
                }
                None => self.push(&format!("{lead} {line}")),
            }
        }
        self.row("app", DIM, &row.app_label());
        self.row("user", DIM, &row.user_label());
        let operation = row.operation();
        let template =
            if operation.name.is_some() { format!("  {} {}", operation.method, operation.path) } else { String::new() };
        self.row("operation", DIM, &format!("{}{template}", operation_label(operation)));
        if let (Some(name), Some(place)) = (row.source, row.place()) {
            self.row("asked at", DIM, &format!("{name}:{}", place.line));
        }
    }

    fn one(&mut self, answer: &Answer<'_>) {
        self.text.push('\n');
        self.gates(answer);
        self.policies(answer);
        self.findings(answer);
        self.reads(answer);
        self.next(answer);
    }

    fn gates(&mut self, answer: &Answer<'_>) {
        let mut line = INDENT.to_owned();
        let mut used = INDENT.len();
        for gate in &answer.judgement.gates {
            let (mark, style) = match gate.outcome {
                Outcome::Pass => ("✓", GREEN),
                Outcome::Fail => ("✗", RED),
                Outcome::Unknown => ("?", YELLOW),
                Outcome::Skipped => ("–", DIM),
            };
            let width = gate.gate.name().chars().count() + 4;
            if used + width > self.page.look.width {
                let full = std::mem::replace(&mut line, INDENT.to_owned());
                self.push(&full);
                used = INDENT.len();
            }
            let _ = write!(line, "{} {}  ", gate.gate.name(), self.paint(style, mark));
            used += width;
        }
        self.push(&line);
        for gate in &answer.judgement.gates {
            let open = matches!(gate.outcome, Outcome::Fail | Outcome::Unknown);
            // What is unknown stands in the first line already.
            let told = gate.outcome == Outcome::Unknown && answer.verdict == Verdict::Unknown;
            if !gate.note.is_empty() && (open && !told || self.page.look.verbose) {
                self.row(gate.gate.name(), if gate.outcome == Outcome::Fail { RED } else { DIM }, &gate.note);
            }
            if self.page.look.verbose || gate.outcome == Outcome::Fail && gate.gate != Gate::Policy {
                for evidence in &gate.evidence {
                    let read = evidence.read_at.as_ref().map_or(String::new(), |read| format!(", read {read}"));
                    let value = shortened(&one_line(&evidence.value), 160);
                    let words = format!("{} {}: {value} ({}{read})", evidence.object, evidence.field, evidence.source);
                    self.row(gate.gate.name(), DIM, &words);
                }
            }
            if let Some(until) = &gate.until {
                self.row(gate.gate.name(), YELLOW, &format!("unknown until {until}"));
            } else if gate.gate == Gate::Time && gate.outcome == Outcome::Pass && !self.page.look.verbose {
                // Calls may fail although the documented time is over.
                if !gate.note.is_empty() {
                    self.row(gate.gate.name(), DIM, &gate.note);
                }
            }
        }
    }

    /// The effective policy and why, then what each other one says.
    fn policies(&mut self, answer: &Answer<'_>) {
        let asked =
            answer.judgement.gates.iter().any(|gate| gate.gate == Gate::Policy && gate.outcome != Outcome::Skipped);
        if !asked {
            return;
        }
        let (of_user, others): (Vec<&PolicySays>, Vec<&PolicySays>) = answer
            .policies
            .iter()
            .partition(|one| matches!(one.standing, Standing::Effective | Standing::MayBeEffective));
        for (index, one) in of_user.iter().enumerate() {
            let name = if index == 0 { "policy" } else { "" };
            self.row(name, DIM, &effective_words(one, answer));
        }
        let limit = if self.page.look.verbose { others.len() } else { OTHERS };
        for (index, one) in others.iter().take(limit).enumerate() {
            let name = if index == 0 { "others" } else { "" };
            self.row(name, DIM, &other_words(one, answer));
        }
        if others.len() > limit {
            let rest = others.iter().skip(limit);
            let listing = rest.clone().filter(|one| one.lists == Tri::Yes).count();
            let words = format!("{} more, {listing} of which list the app (--verbose)", rest.count());
            self.row("", DIM, &words);
        }
    }

    fn findings(&mut self, answer: &Answer<'_>) {
        let verbose = self.page.look.verbose;
        let unknown = answer.verdict == Verdict::Unknown;
        let first = first_cause(&answer.judgement).filter(|_| !unknown);
        for finding in &answer.judgement.findings {
            let is_first = first.as_ref().is_some_and(|slug| finding.cause == *slug);
            if is_first && !finding.explanation.is_empty() {
                self.row("because", DIM, &finding.explanation);
            } else if !is_first {
                self.row(
                    if unknown { "perhaps" } else { "also" },
                    severity_style(finding),
                    &format!("{} · {}: {}", finding.cause, finding.confidence.name(), self.words(finding)),
                );
            }
            if verbose && is_first {
                for evidence in &finding.evidence {
                    let value = shortened(&one_line(&evidence.value), 160);
                    self.row("", DIM, &format!("{} {}: {value}", evidence.object, evidence.field));
                }
            }
        }
        if verbose {
            for out in &answer.judgement.ruled_out {
                self.row("ruled out", DIM, &format!("{}: {}", out.cause, out.reason));
            }
        }
    }

    fn words(&self, finding: &Finding) -> String {
        if !finding.explanation.is_empty() {
            return finding.explanation.clone();
        }
        self.page.catalogue.cause(&finding.cause).map_or(String::new(), |cause| cause.title.to_string())
    }

    /// What would settle what is not known.
    fn reads(&mut self, answer: &Answer<'_>) {
        // No read tells which tenant is meant.
        if answer.state.is_none() {
            return;
        }
        let slots = super::question::slots(answer);
        let mut told: Vec<&str> = Vec::new();
        let whole = |is_app: bool| {
            answer
                .state
                .is_some_and(|(_, state)| if is_app { state.apps.is_complete() } else { state.users.is_complete() })
        };
        let unlisted = [(Some(answer.app_resolved), true, "app"), (answer.user_resolved, false, "user")];
        let name = |(resolved, is_app, _): &(Option<Resolved>, bool, &str)| match resolved {
            Some(Resolved::Several(_)) => true,
            Some(Resolved::Unlisted) => whole(*is_app),
            Some(Resolved::Id(_)) | None => false,
        };
        // A list that leaves none out was read: what is wrong is the name.
        if let Some((_, is_app, what)) = unlisted.into_iter().find(name) {
            let written = if is_app { Some(&answer.app) } else { answer.user.as_ref() };
            let near = written.zip(answer.state).map(|(written, (_, state))| near_words(state, is_app, written));
            let near = near.unwrap_or_default();
            let several = unlisted.iter().any(|(it, is, _)| is == &is_app && matches!(it, Some(Resolved::Several(_))));
            let or = if several { String::new() } else { format!(", or the name that the snapshot has{near}") };
            self.row("name", CYAN, &format!("give the id of the {what}{or}"));
            return;
        }
        // There is no call, and so no token that tells which app is meant.
        if answer.app_resolved == Resolved::Unlisted {
            let near = answer.state.map(|(_, state)| near_words(state, true, &answer.app)).unwrap_or_default();
            let words = "write the client id of the app: a name that nobody has read is not guessed";
            self.row("name", CYAN, &format!("{words}{near}"));
            return;
        }
        let open = answer.judgement.gates.iter().filter(|gate| gate.outcome == Outcome::Unknown);
        for gate in open.filter(|gate| !gate.is_left_open()) {
            let Some(needs) = &gate.needs else { continue };
            if told.contains(&needs.as_ref()) {
                continue;
            }
            let heading = if told.is_empty() { "read next" } else { "then" };
            told.push(needs);
            let Some(read) = read(needs) else {
                self.row(heading, CYAN, &format!("{} (decides {})", needs, gate.gate.name()));
                continue;
            };
            self.row(heading, CYAN, &format!("{} (decides {})", read.what, gate.gate.name()));
            let command = self.paint(BOLD, &visible(&slots.fill(&read.command)));
            self.push(&format!("{INDENT}{:NAMES$} {command}", ""));
            if !read.right.starts_with("none") {
                self.row("", DIM, &format!("needs {}", read.right));
            }
        }
    }

    fn next(&mut self, answer: &Answer<'_>) {
        let (Some(app), Some(user)) = (answer.app_resolved.id(), answer.user_resolved.and_then(|user| user.id()))
        else {
            return;
        };
        if answer.verdict == Verdict::Denied && answer.state.is_some() {
            // A plan for an event is one for its creator.
            let event =
                answer.event.and_then(|event| Some((event.created_by?, of_event(answer.operation, &event.id)?)));
            let user = event.as_ref().map_or(user, |(creator, _)| *creator);
            let operation = event.map_or_else(|| operation_label(answer.operation), |(_, call)| call);
            let operation = if operation.contains(' ') { format!("\"{operation}\"") } else { operation };
            let state = self.page.state_arguments;
            let command = format!("graphwhy plan --app {app} --user {user} --operation {operation}{state}");
            let name = self.paint(CYAN, "fix");
            self.push(&format!("{INDENT}{name}"));
            let command = self.paint(BOLD, &visible(&command));
            self.push(&command);
        }
    }

    fn expected(&mut self, expected: &Expected, row: &Row<'_>) {
        let met = match expected.met {
            Some(true) => "met",
            Some(false) => "broken",
            None => "not known",
        };
        let style = match expected.met {
            Some(true) => GREEN,
            Some(false) => RED,
            None => YELLOW,
        };
        let only = if expected.only { " (`only`)" } else { "" };
        let reason = expected.reason.as_ref().map_or(String::new(), |reason| format!("; {reason}"));
        let place = row.source.map_or(String::new(), |name| format!(" ({name}:{})", expected.place.line));
        self.row("expected", style, &format!("{}{only}: {met}{reason}{place}", expected.access.name()));
        if let Some(until) = expected.until.filter(|_| expected.expired) {
            self.row("", YELLOW, &format!("its last day was {until}: look at the expectation again"));
        }
    }

    fn many(&mut self, many: &Many<'_>) {
        let counts = many.counts;
        if many.reach {
            self.row(
                "users",
                DIM,
                &format!("{} allowed, {} denied, {} unknown", counts.allowed, counts.denied, counts.unknown),
            );
        }
        match many.unlisted {
            Some(Verdict::Denied) => {
                self.row("", DIM, "the list of users is not complete; who is not listed is denied too");
            }
            Some(_) => self.row("", YELLOW, "the list of users is not complete; who is not listed may differ"),
            None => {}
        }
        if let Some(future) = many.future {
            let words = match future {
                Verdict::Allowed => "allowed, through `Global`",
                Verdict::Denied => "denied",
                Verdict::Unknown => "not known",
            };
            self.row("later users", if future == Verdict::Denied { DIM } else { YELLOW }, words);
        }
        let shown = many.reasons.iter().filter(|reason| !many.reach || reason.verdict != Verdict::Denied);
        let all: Vec<_> = shown.collect();
        let limit = if self.page.look.verbose { all.len() } else { REASONS };
        if !all.is_empty() {
            self.text.push('\n');
        }
        for reason in all.iter().take(limit) {
            let (mark, style) = match reason.verdict {
                Verdict::Allowed => ("✓", GREEN),
                Verdict::Denied => ("✗", RED),
                Verdict::Unknown => ("?", YELLOW),
            };
            let users = if reason.count == 1 { "user" } else { "users" };
            let slug = reason.cause.as_ref().map_or(String::new(), |slug| format!("  [{slug}]"));
            let words = format!(
                "{} {users} {}: {}{slug}",
                reason.count,
                reason.verdict.name(),
                reason.words(self.page.catalogue)
            );
            let room = self.page.look.width.saturating_sub(INDENT.len() + 2).max(24);
            for (index, part) in wrap(&one_line(&words), room).iter().enumerate() {
                let lead = if index == 0 { self.paint(style, mark) } else { " ".to_owned() };
                self.push(&format!("{INDENT}{lead} {part}"));
            }
            let example = |id: &Uuid| match many.names.get(id) {
                Some(name) => format!("{} ({id})", one_line(name)),
                None => id.to_string(),
            };
            let examples: Vec<String> = reason.examples.iter().map(example).collect();
            let more = match reason.count.saturating_sub(examples.len() as u64) {
                0 => String::new(),
                more => format!(" and {more} more (--verbose)"),
            };
            for part in wrap(&format!("{}{more}", examples.join(", ")), room) {
                let part = self.paint(DIM, &part);
                self.push(&format!("{INDENT}  {part}"));
            }
        }
        if all.len() > limit {
            let words = self.paint(DIM, &format!("{} more reasons (--verbose)", all.len() - limit));
            self.push(&format!("{INDENT}  {words}"));
        }
        for finding in &many.findings {
            let words = format!("{} · {}: {}", finding.cause, finding.confidence.name(), self.words(finding));
            self.row("also", severity_style(finding), &words);
        }
        let reach_open = many.reach && (counts.unknown > 0 || many.unlisted == Some(Verdict::Unknown));
        let open = many.verdict == Verdict::Unknown || reach_open;
        for (index, name) in many.needs.iter().enumerate().filter(|_| open) {
            let known = read(name);
            let right = known.map_or(String::new(), |read| format!(" · needs {}", read.right));
            self.row(if index == 0 { "read next" } else { "then" }, CYAN, &format!("{}{right}", need(name)));
            // Of whom it is asked differs from user to user: the command keeps its holes.
            if let Some(read) = known {
                let command = self.paint(BOLD, &visible(&Slots::default().fill(&read.command)));
                self.push(&format!("{INDENT}{:NAMES$} {command}", ""));
            }
        }
    }
}

fn severity_style(finding: &Finding) -> Style {
    match finding.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => DIM,
    }
}

fn effective_words(one: &PolicySays, answer: &Answer<'_>) -> String {
    let snapshot = answer.state.map(|(_, snapshot)| snapshot);
    let level = one.level.map_or(String::new(), |level| level_words(level, snapshot));
    let read = if answer.by_read && one.level != Some(crate::tenant::Level::Unsaid) { ", as read" } else { "" };
    if one.policy.is_empty() {
        return format!("an assignment whose policy was not read may be effective ({level})");
    }
    let is = if one.standing == Standing::Effective { "is effective" } else { "may be effective" };
    let apps = match (one.lists, one.apps) {
        (Tri::Yes, Some(1)) => " and no other".to_owned(),
        (Tri::Yes, Some(count)) => format!(", one of {count}"),
        (Tri::No, Some(0)) => ": it lists none".to_owned(),
        (Tri::No, Some(1)) => ": it lists 1 other".to_owned(),
        (Tri::No, Some(count)) => format!(": it lists {count} others"),
        _ => String::new(),
    };
    let dangling = if one.apps.is_none() && one.lists == Tri::No { ": it is in no list of policies" } else { "" };
    format!("`{}` {is} ({level}{read}) and {}{apps}{dangling}", one.policy, lists_words(one.lists))
}

fn other_words(one: &PolicySays, answer: &Answer<'_>) -> String {
    let snapshot = answer.state.map(|(_, snapshot)| snapshot);
    let level = one.level.map_or(String::new(), |level| format!(" ({})", level_words(level, snapshot)));
    let standing = match one.standing {
        Standing::Hidden => format!("is hidden{level}"),
        Standing::MayBeHidden => format!("may be assigned, and is hidden then{level}"),
        Standing::NotAssigned if one.by_lists.is_some() => {
            let level = one.by_lists.map_or(String::new(), |level| level_words(level, snapshot));
            format!("the lists assign it to the user ({level}), and the read of the effective policy does not show it")
        }
        Standing::NotAssigned => "nothing that was read assigns it to the user".to_owned(),
        Standing::Effective | Standing::MayBeEffective => "is effective".to_owned(),
    };
    format!("`{}` {}, and {standing}", one.policy, lists_words(one.lists))
}

/// Results that are too many to list: grouped by app, verdict and reason, the largest first.
#[derive(Debug, Default)]
pub struct Groups {
    groups: BTreeMap<(u8, String, String, String), Group>,
}

#[derive(Debug, Default)]
struct Group {
    count: u64,
    examples: Vec<String>,
}

impl Groups {
    /// Counts a result.
    pub fn add(&mut self, row: &Row<'_>, page: &Page<'_>) {
        let rank = match row.counted(page.fail_on) {
            _ if row.is_accepted() => 3,
            Counted::Wrong => 0,
            Counted::Open => 1,
            Counted::Fine => 2,
        };
        let policy = match &row.what {
            What::One(answer) => answer
                .policies
                .iter()
                .find(|one| one.standing == Standing::Effective)
                .filter(|_| {
                    answer
                        .judgement
                        .gates
                        .iter()
                        .any(|gate| gate.gate == Gate::Policy && gate.outcome != Outcome::Skipped)
                })
                .map(|one| format!("`{}` is effective: ", one.policy)),
            What::Many(_) => None,
        };
        let why = format!("{}{}", policy.unwrap_or_default(), row.because(page.catalogue));
        let verdict = format!("{} {}", row.verdict().name(), operation_label(row.operation()));
        let group = self.groups.entry((rank, row.app_label(), verdict, why)).or_default();
        group.count = group.count.saturating_add(1);
        if group.examples.len() < 3 {
            let place = row.place().map_or(String::new(), |place| format!(" (line {})", place.line));
            group.examples.push(format!("{}{place}", row.user_label()));
        }
    }

    /// The groups for people.
    #[must_use]
    pub fn text(&self, page: &Page<'_>) -> String {
        let mut out = Out { page: *page, text: String::new() };
        let mut groups: Vec<_> = self.groups.iter().collect();
        crate::order::sort_by(&mut groups, |a, b| (a.0.0, b.1.count, a.0).cmp(&(b.0.0, a.1.count, b.0)));
        let limit = if page.look.verbose { groups.len() } else { 20 };
        for ((rank, app, verdict, why), group) in groups.iter().take(limit) {
            let (mark, style) = match rank {
                0 => ("✗", RED),
                1 => ("?", YELLOW),
                2 => ("✓", GREEN),
                _ => ("~", DIM),
            };
            let mark = out.paint(style, mark);
            out.push(&format!("{mark} {} {verdict} · {}", group.count, shortened(&one_line(app), 70)));
            out.row("", DIM, why);
            let more = if group.count > group.examples.len() as u64 { ", …" } else { "" };
            out.row("", DIM, &format!("{}{more}", group.examples.join(", ")));
        }
        if groups.len() > limit {
            let rest: u64 = groups.iter().skip(limit).map(|(_, group)| group.count).sum();
            out.push(&format!("  {rest} more results for {} more reasons (--verbose)", groups.len() - limit));
        }
        out.text
    }
}

/// The call of an operation for one virtual event; `None` = its id is none that a command line takes as it is.
fn of_event(operation: &Operation, id: &str) -> Option<String> {
    let id = id.trim();
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '@' | '_' | '.');
    let (before, hole) = operation.path.split_once('{').filter(|_| !id.is_empty() && id.chars().all(plain))?;
    let (_, rest) = hole.split_once('}')?;
    Some(format!("{} {before}{id}{rest}", operation.method))
}
