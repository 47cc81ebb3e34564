//! The report for people: the answer in its first line, then the proof, the gates, and the fix flush left.

use anstyle::{AnsiColor, Color, Style};

use super::again::Again;
use super::plan;
use super::wrapped::{headline, wrap, wrap_whole};
use super::{advice, snippet};
use crate::causes::POLICY_MESSAGES;
use crate::diagnose::gates::user;
use crate::diagnose::{Diagnosis, Finding, GateResult, IncidentVerdict, Label, Outcome, beside_what_passes};
use crate::fix::template::Slots;
use crate::input::{Facts, Moment, TokenKind};
use crate::knowledge::{Catalogue, Confidence, Gate};
use crate::source::Source;
use crate::source::sanitise::{one_line, shortened};

/// How the report is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether escapes for colours may be used.
    pub color: bool,
    /// Reasons, evidence and every fix.
    pub verbose: bool,
}

pub(super) const RED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
pub(super) const YELLOW: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
pub(super) const GREEN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
pub(super) const CYAN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Indent of everything but commands.
pub(super) const INDENT: &str = "    ";
/// A request with less room than this stands in several lines.
const NAMED: usize = 56;
/// Characters of an id.
const ID: usize = 36;
/// A column of words with less room stands below what it belongs to.
const NARROW: usize = 24;
/// Names of rows stand in a column of this width.
pub(super) const NAMES: usize = 11;

pub(super) struct Page<'a> {
    pub(super) look: Look,
    pub(super) out: String,
    catalogue: &'a Catalogue,
    pub(super) slots: Slots,
}

/// Draws one diagnosis, and how to ask `again`. Ends with a line end.
#[must_use]
pub fn incident(diagnosis: &Diagnosis, source: &Source, catalogue: &Catalogue, again: &Again, look: Look) -> String {
    let mut page = Page::new(catalogue, look, Slots::of_reads(&diagnosis.facts));
    page.headline(diagnosis, source);
    page.summary(diagnosis, source);
    page.candidates(diagnosis);
    page.gates(&diagnosis.gates);
    page.assignment(diagnosis);
    page.facts(&diagnosis.facts);
    page.assumed_time(diagnosis);
    page.asks(diagnosis, again);
    page.contradiction(diagnosis);
    page.fixes(diagnosis);
    page.ruled_out(diagnosis);
    page.out
}

/// One sentence below a report. Ends with a line end.
#[must_use]
pub fn remark(words: &str, look: Look) -> String {
    let words = one_line(words);
    let parts = wrap(&words, look.width.saturating_sub(6).max(30));
    let dim =
        |part: &String| if look.color { format!("{INDENT}{DIM}{part}{DIM:#}\n") } else { format!("{INDENT}{part}\n") };
    parts.iter().map(dim).collect()
}

impl<'a> Page<'a> {
    pub(super) const fn new(catalogue: &'a Catalogue, look: Look, slots: Slots) -> Self {
        Self { look, out: String::new(), catalogue, slots }
    }

    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.look.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(super) fn blank(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Words below each other in the column behind a name, wrapped at the width.
    pub(super) fn row(&mut self, name: &str, style: Style, words: &str) {
        let room = self.look.width.saturating_sub(INDENT.len() + NAMES + 1).max(24);
        for (index, part) in wrap(words, room).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let name = self.paint(style, &format!("{name:NAMES$}"));
            self.line(&format!("{INDENT}{name} {part}"));
        }
    }

    /// Words over the whole width, wrapped.
    pub(super) fn plain(&mut self, words: &str) {
        for part in wrap(words, self.look.width.saturating_sub(6).max(30)) {
            self.line(&format!("{INDENT}{part}"));
        }
    }

    /// The same, for what is read last.
    pub(super) fn dim(&mut self, words: &str) {
        for part in wrap(words, self.look.width.saturating_sub(6).max(30)) {
            let part = self.paint(DIM, &part);
            self.line(&format!("{INDENT}{part}"));
        }
    }

    /// The first line of a page that is no question, wrapped at the width.
    pub(super) fn first(&mut self, words: &str) {
        for part in wrap(words, self.look.width.saturating_sub(2).max(30)) {
            self.line(&format!("  {part}"));
        }
    }

    /// The same as [`Page::row`], and what stands in backticks is never broken: it may be a command.
    pub(super) fn row_whole(&mut self, name: &str, style: Style, words: &str) {
        let room = self.look.width.saturating_sub(INDENT.len() + NAMES + 1).max(24);
        for (index, part) in wrap_whole(words, room).iter().enumerate() {
            let name = self.paint(style, &format!("{:NAMES$}", if index == 0 { name } else { "" }));
            self.line(&format!("{INDENT}{name} {part}"));
        }
    }

    /// Short facts beside each other; none is broken.
    pub(super) fn items(&mut self, name: &str, items: &[String]) {
        let room = self.look.width.saturating_sub(INDENT.len() + NAMES + 1).max(24);
        let mut lines: Vec<String> = Vec::new();
        let of_lines = |line: &str, item: &str| line.contains('\n') || item.contains('\n');
        for item in items {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 3 + item.chars().count() <= room && !of_lines(line, item) => {
                    line.push_str(" · ");
                    line.push_str(item);
                }
                _ => lines.push(item.clone()),
            }
        }
        // What has an id that is longer than a line gains nothing by a break.
        let fits = |line: &str| line.split(' ').all(|word| word.chars().count() <= room);
        let lines = lines.iter().flat_map(|line| line.lines());
        let lines = lines.flat_map(|line| if fits(line) { wrap(line, room) } else { vec![line.to_owned()] });
        for (index, line) in lines.enumerate() {
            let name = self.paint(DIM, &format!("{:NAMES$}", if index == 0 { name } else { "" }));
            self.line(&format!("{INDENT}{name} {line}"));
        }
    }

    pub(super) fn title(&self, slug: &str) -> String {
        self.catalogue.cause(slug).map_or_else(|| slug.to_owned(), |cause| cause.title.to_string())
    }

    /// The headline of a failure that several causes fit.
    fn competing(&self, first: &Finding, others: usize) -> String {
        let word = if first.confidence == Confidence::Likely { "likely" } else { "possibly" };
        let causes = if others == 1 { "cause fits" } else { "causes fit" };
        format!("{word}: {}; {others} other {causes}", one_line(&self.title(&first.cause)))
    }

    fn headline(&mut self, diagnosis: &Diagnosis, source: &Source) {
        let mut labels: Vec<Label> = Vec::new();
        let severity;
        // What may still be on its way is no answer where no change is known.
        let undated = diagnosis.contradiction.is_some()
            && diagnosis.gates.iter().any(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Pass);
        let missing = |gate, object: &str| {
            let of = diagnosis.gates.iter().find(|it| it.gate == gate && it.outcome == Outcome::Fail);
            // The complete list of the tenant does not have it.
            of.is_some_and(|it| {
                let lacks = |value: &str| [user::NOT_LISTED, user::NOT_FOUND].contains(&value);
                it.evidence.iter().any(|it| it.object.starts_with(object) && lacks(&it.value))
            })
        };
        let absent =
            plan::absent("the app", "the user", missing(Gate::Permission, "app "), missing(Gate::User, "user "));
        // One of them alone is a cause beside the others.
        let absent = absent.filter(|_| missing(Gate::Permission, "app ") && missing(Gate::User, "user "));
        let (title, tag) = match diagnosis.findings.as_slice() {
            [first, ..] if absent.is_some() => {
                labels.extend(first.labels.iter().cloned());
                severity = miette::Severity::Error;
                self.tagged(&absent.unwrap_or_default(), &format!("{} · {}", first.cause, first.confidence.name()))
            }
            [first] if undated && first.cause == "policy-still-propagating" => {
                labels.extend(first.labels.iter().cloned());
                severity = miette::Severity::Warning;
                self.tagged(&refused_all_the_same(diagnosis), "contradiction")
            }
            [first, rest @ ..] => {
                labels.extend(first.labels.iter().cloned());
                let certain = first.confidence == Confidence::Certain;
                severity = if certain { miette::Severity::Error } else { miette::Severity::Warning };
                if certain || rest.is_empty() {
                    let tag = format!("{} · {}", first.cause, first.confidence.name());
                    let title = one_line(&self.title(&first.cause));
                    let title =
                        if first.confidence == Confidence::Possible { format!("possibly: {title}") } else { title };
                    self.tagged(&title, &tag)
                } else {
                    let words = refused_by_policy(diagnosis, rest).unwrap_or_else(|| self.competing(first, rest.len()));
                    self.tagged(&words, "narrowed")
                }
            }
            [] if diagnosis.contradiction.is_some() => {
                severity = miette::Severity::Warning;
                self.tagged(&refused_all_the_same(diagnosis), "contradiction")
            }
            [] => {
                severity = miette::Severity::Advice;
                let words = match diagnosis.symptoms.first() {
                    Some((_, label)) => format!("no cause is known for this: {}", one_line(&label.text)),
                    None if lacks_words(diagnosis) => match &diagnosis.facts.status {
                        Some(status) => {
                            format!("the text holds the status {} and not Graph's words: print the body", status.value)
                        }
                        None => "the text does not hold Graph's words: print the body".to_owned(),
                    },
                    None => "this failure is not in the catalogue".to_owned(),
                };
                self.tagged(&words, "unrecognised")
            }
        };
        // What the service said is what people look for; what a token or a path tells stands beside it.
        let said = diagnosis.symptoms.iter().map(|(_, label)| label);
        let certain = diagnosis.findings.first().is_some_and(|first| first.confidence == Confidence::Certain);
        if !certain {
            let is_said = |label: &Label| said.clone().any(|said| said.span == label.span);
            let (mut own, mut beside): (Vec<Label>, Vec<Label>) = labels.into_iter().partition(is_said);
            if own.is_empty() {
                own.extend(said.cloned());
            }
            if own.is_empty() && !beside.is_empty() {
                // Words that no symptom is of, and that the finding rests on all the same.
                let of_message = diagnosis.facts.message.as_ref().filter(|message| !message.value.is_empty());
                let span = of_message.and_then(|message| message.span);
                own.extend(span.map(|span| Label { span, text: "what the service says".into() }));
            }
            own.append(&mut beside);
            labels = own;
        }
        if labels.is_empty() {
            labels.extend(diagnosis.symptoms.iter().map(|(_, label)| label.clone()));
        }
        if labels.is_empty() {
            let facts = &diagnosis.facts;
            let span =
                facts.message.as_ref().filter(|message| !message.value.is_empty()).and_then(|message| message.span);
            let span = span.or_else(|| facts.code.as_ref().and_then(|code| code.span)).unwrap_or(diagnosis.span);
            labels.push(Label { span, text: "the failure".into() });
        }
        for label in &mut labels {
            label.text = one_line(&label.text);
        }
        let drawn = snippet::draw(source, &title, &labels, severity, self.look.width, self.look.color);
        self.line(&drawn);
        if let Some(tag) = tag {
            self.line(&format!("{INDENT}{tag}"));
        }
    }

    /// A headline with a tag at its right end; where both do not fit, the tag goes below the drawing.
    fn tagged(&self, title: &str, tag: &str) -> (String, Option<String>) {
        let width = tag.chars().count();
        let used = title.chars().count() + width + 4;
        let tag = self.paint(DIM, tag);
        if used + 2 <= self.look.width {
            let gap = " ".repeat((self.look.width - used).clamp(2, 40));
            (format!("{title}{gap}{tag}"), None)
        } else {
            // The mark and its blanks stand before each line.
            let room = self.look.width.saturating_sub(4).max(30);
            let mut lines = headline(title, room);
            if lines.len() == 1 && title.contains("; ") {
                // Its last words on a line of their own leave room for the tag.
                lines = headline(title, room.saturating_sub(width + 2).max(30));
            }
            let last = lines.last().map_or(0, |line| line.chars().count());
            let gap = " ".repeat(room.saturating_sub(width + last).min(40));
            match lines.last_mut().filter(|_| gap.len() >= 2) {
                Some(line) => {
                    line.push_str(&gap);
                    line.push_str(&tag);
                    (lines.join("\n"), None)
                }
                None => (lines.join("\n"), Some(tag)),
            }
        }
    }

    fn summary(&mut self, diagnosis: &Diagnosis, source: &Source) {
        if let Some(first) = diagnosis.findings.first().filter(|first| !first.explanation.is_empty()) {
            self.plain(&one_line(&first.explanation));
        }
        if let Some(scope) = &diagnosis.scope {
            self.row("note", DIM, &one_line(scope));
        }
        // `graphwhy rules SLUG` tells the pages of built-in causes; an organisation's own runbook is what its readers want.
        let own = diagnosis.findings.iter().filter(|finding| Catalogue::builtin().cause(&finding.cause).is_none());
        let pages =
            own.filter_map(|finding| self.catalogue.cause(&finding.cause)).flat_map(|cause| cause.sources.iter());
        let pages: Vec<String> = pages.map(|source| one_line(&source.url)).collect();
        if !pages.is_empty() {
            self.items("see", &pages);
        }
        let of_client = diagnosis.symptoms.iter().any(|(name, _)| name == "client-wrapper");
        let hides_words = diagnosis.symptoms.iter().any(|(name, _)| name == "client-hides-words");
        let wordless = diagnosis.facts.message.as_ref().is_none_or(|message| message.value.is_empty());
        let unrecognised = diagnosis.verdict == IncidentVerdict::Unrecognised;
        // Without the body other causes stay open, however well one fits.
        let hint = diagnosis.facts.code.is_none()
            && wordless
            && diagnosis.findings.first().is_some_and(|first| first.confidence == Confidence::Possible);
        if (unrecognised || hint) && diagnosis.contradiction.is_none() {
            let empty = said_nothing(&diagnosis.facts);
            let body = advice::print_the_body(source, diagnosis.span);
            let words = if let Some(words) = empty.filter(|_| !hides_words && !of_client) {
                words
            } else if hint {
                format!("Graph's own words are not in the text, so that other causes stay open: {body}")
            } else if hides_words {
                "Graph's own words are not in the text: print `ex.Error.Message` and `ex.Error.Code` of the exception and paste them; `--request` and `--app` name the call and the app".to_owned()
            } else if of_client || wordless {
                format!("Graph's own words are not in the text: {body}")
            } else if let Some(words) = advice::of_sign_in(&diagnosis.facts) {
                words
            } else {
                "nothing is guessed: the catalogue has no cause for this message. `graphwhy rules` lists what it knows, and `--rules DIR` adds messages of your own".to_owned()
            };
            self.plain(&words);
        }
    }

    /// The competing causes, each with the read that decides it.
    fn candidates(&mut self, diagnosis: &Diagnosis) {
        let certain = diagnosis.verdict == IncidentVerdict::Explained;
        let others: Vec<&Finding> = diagnosis
            .findings
            .iter()
            .skip(usize::from(certain))
            .filter(|finding| !certain || self.look.verbose || finding.confidence == Confidence::Certain)
            .collect();
        if others.is_empty() || !certain && others.len() == 1 {
            return;
        }
        self.blank();
        let words = if certain {
            "also".to_owned()
        } else {
            format!("{} causes fit; the message does not tell them apart:", others.len())
        };
        self.plain(&words);
        let slugs = others.iter().map(|finding| finding.cause.chars().count()).max().unwrap_or(0).min(34);
        let room = self.look.width.saturating_sub(INDENT.len() + 10 + slugs);
        for finding in others {
            let style = if finding.confidence == Confidence::Possible { DIM } else { YELLOW };
            let confidence = self.paint(style, &format!("{:8}", finding.confidence.name()));
            let title = one_line(&self.title(&finding.cause));
            if room < NARROW {
                // Side by side there is no room for words: they stand below.
                self.line(&format!("{INDENT}{confidence} {}", finding.cause));
                for part in wrap(&title, self.look.width.saturating_sub(INDENT.len() + 2)) {
                    self.line(&format!("{INDENT}  {part}"));
                }
                continue;
            }
            for (index, part) in wrap(&title, room).iter().enumerate() {
                if index == 0 {
                    let slug = format!("{:slugs$}", finding.cause);
                    self.line(&format!("{INDENT}{confidence} {slug} {part}"));
                } else {
                    self.line(&format!("{INDENT}{:8} {:slugs$} {part}", "", ""));
                }
            }
        }
    }

    pub(super) fn gates(&mut self, gates: &[GateResult]) {
        if gates.iter().all(|gate| gate.outcome == Outcome::Skipped) && !self.look.verbose {
            return;
        }
        self.blank();
        let mut line = INDENT.to_owned();
        let mut used = INDENT.len();
        for gate in gates {
            let (mark, style) = mark(gate.outcome);
            let width = gate.gate.name().chars().count() + 4;
            // The blanks behind the last one need no room.
            if used + width > self.look.width + 2 {
                self.line(&line);
                INDENT.clone_into(&mut line);
                used = INDENT.len();
            }
            line.push_str(gate.gate.name());
            line.push(' ');
            line.push_str(&self.paint(style, mark));
            line.push_str("  ");
            used += width;
        }
        self.line(&line);
        for gate in gates {
            let failed = gate.outcome == Outcome::Fail;
            let dated = gate.until.is_some();
            let style = if failed { RED } else { DIM };
            let told = !gate.note.is_empty() && (failed || dated || self.look.verbose);
            if told {
                self.row(gate.gate.name(), style, &one_line(&gate.note));
            }
            if let Some(until) = &gate.until {
                self.row("", DIM, &format!("unknown until {until}"));
            }
            if self.look.verbose || failed && gate.gate != Gate::Request {
                // Evidence without a word before it would read as the gate's above.
                self.evidence(gate, if told || dated { "" } else { gate.gate.name() }, style);
            }
        }
    }

    /// What was read of the user's policy, where the gate waits for nothing but the app.
    fn assignment(&mut self, diagnosis: &Diagnosis) {
        let policy = diagnosis.gates.iter().find(|it| it.gate == Gate::Policy && it.outcome == Outcome::Unknown);
        let of_caller = policy.filter(|it| it.needs.as_deref() == Some("caller") && !self.look.verbose);
        if let Some(gate) = of_caller.filter(|_| diagnosis.user_id.is_some()) {
            self.evidence(gate, gate.gate.name(), DIM);
        }
    }

    fn evidence(&mut self, gate: &GateResult, name: &str, style: Style) {
        for (index, evidence) in gate.evidence.iter().enumerate() {
            let read = evidence.read_at.as_ref().map_or(String::new(), |read| format!(", read {read}"));
            let words = format!(
                "{} {}: {} ({}{read})",
                one_line(&evidence.object),
                one_line(&evidence.field),
                shortened(&one_line(&evidence.value), 160),
                one_line(&evidence.source),
            );
            self.row(if index == 0 { name } else { "" }, style, &words);
        }
    }

    fn facts(&mut self, facts: &Facts) {
        let mut known: Vec<String> = Vec::new();
        if let Some(status) = &facts.status {
            known.push(format!("status {}", status.value));
        }
        let request = facts.method.iter().chain(&facts.path).map(|fact| shortened(&one_line(&fact.value), 90));
        let request: Vec<String> = request.collect();
        if !request.is_empty() {
            let name = facts.operation_told().and_then(|operation| operation.name);
            let name = name.map_or(String::new(), |name| format!(" ({name})"));
            let room = self.look.width.saturating_sub(INDENT.len() + NAMES + 1);
            match room.checked_sub(name.len()).filter(|room| *room >= NAMED) {
                Some(room) => known.push(format!("{}{name}", shortened(&request.join(" "), room.min(78)))),
                None => known.push(folded(&format!("{}{name}", request.join(" ")), room).join("\n")),
            }
        }
        if let Some(part) = &facts.part {
            known.push(format!("part {} of the batch", shortened(&one_line(&part.value), NAMED)));
        }
        if let Some(app) = &facts.app_id {
            known.push(format!("app {}", app.value));
        }
        if let Some(user) = &facts.user_id {
            known.push(format!("user {}", user.value));
        } else if let Some(user) = &facts.user {
            known.push(format!("user {}", one_line(&user.value)));
        }
        if let Some(organizer) = facts
            .organizer_id
            .as_ref()
            .filter(|organizer| facts.user_id.as_ref().is_none_or(|user| user.value != organizer.value))
        {
            known.push(format!("organizer {}", organizer.value));
        }
        if let Some(kind) = &facts.token_kind {
            let words = match kind.value {
                TokenKind::App => "app-only token",
                TokenKind::Delegated => "delegated token",
            };
            known.push(words.to_owned());
        }
        if let Some(tenant) = &facts.tenant_id {
            known.push(format!("tenant {}", tenant.value));
        }
        if let Some(id) = &facts.request_id {
            known.push(format!("request id {}", one_line(&id.value)));
        }
        let date = facts.date.as_ref().map(|date| one_line(&date.value));
        let other = facts.other_date.as_ref().map(|date| one_line(&date.value));
        let given = facts.given_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
        match (given, date, other) {
            (Some(at), date, _) => {
                known.push(format!("time {at} (--at)"));
                known.extend(date.map(|date| format!("date in the text {date}")));
            }
            (None, Some(date), other) => {
                known.push(format!("date {date}"));
                known.extend(other.map(|other| format!("the error's own date {other} contradicts it")));
            }
            (None, None, _) => {}
        }
        self.items("known", &known);
        if let Some(required) = facts.required.as_ref().filter(|required| !required.value.is_empty()) {
            self.row("accepted", DIM, &one_line(&required.value.join(" or ")));
            let carried = facts.roles.as_ref().map(|roles| roles.value.join(", ")).unwrap_or_default();
            let carried = if carried.is_empty() { "none" } else { &carried };
            self.row("on request", DIM, &one_line(carried));
        }
        for conflict in facts.conflicts() {
            self.row("differs", YELLOW, &one_line(&conflict.words));
        }
    }

    /// Of which time the failure is taken to be, where nothing tells it.
    fn assumed_time(&mut self, diagnosis: &Diagnosis) {
        if let Some(at) = diagnosis.told_time {
            self.told_time(at);
        }
        let Some(time) = diagnosis.assumed_time else { return };
        let words = "not in the text; judged as if the call failed when the state was read";
        self.row_whole("time", DIM, &format!("{words}, `{time}`; `--at` names another"));
    }

    /// Which time stands with it, that is no proof of when it was.
    fn told_time(&mut self, at: Moment) {
        let time = |second: i64| jiff::Timestamp::from_second(second).map(|time| time.to_string()).unwrap_or_default();
        let (first, last) = (time(at.earliest), time(at.latest));
        let of = if at.latest - at.earliest < 60 { format!("`{first}`") } else { format!("`{first}` to `{last}`") };
        self.row_whole(
            "time",
            DIM,
            &format!("{of} is given with it; only what was so then too is certain; `--at` tells when it failed"),
        );
    }

    fn contradiction(&mut self, diagnosis: &Diagnosis) {
        let Some(contradiction) = &diagnosis.contradiction else { return };
        self.blank();
        self.row(
            "contradicts",
            RED,
            &format!(
                "the service: {}; the snapshot: {}",
                one_line(&contradiction.service),
                one_line(&contradiction.snapshot)
            ),
        );
        for explanation in &contradiction.explanations {
            self.row("", DIM, &format!("- {}", one_line(explanation)));
        }
    }

    fn ruled_out(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.ruled_out.is_empty() {
            return;
        }
        self.blank();
        if self.look.verbose {
            for out in &diagnosis.ruled_out {
                self.row("ruled out", DIM, &format!("{}: {}", out.cause, one_line(&out.reason)));
            }
        } else {
            let slugs: Vec<&str> = diagnosis.ruled_out.iter().take(4).map(|out| out.cause.as_ref()).collect();
            let more = if diagnosis.ruled_out.len() > slugs.len() { ", …" } else { "" };
            self.row("ruled out", DIM, &format!("{}{more} (--verbose for the reasons)", slugs.join(", ")));
        }
    }
}

/// What the state proves where it does not tell why: that the effective policy does not list the app. Which of several
/// causes is behind that no list says that is not whole.
fn refused_by_policy(diagnosis: &Diagnosis, rest: &[Finding]) -> Option<String> {
    let (first, second) = (diagnosis.findings.first()?, rest.first()?);
    let fails = diagnosis.gates.iter().any(|gate| gate.gate == Gate::Policy && gate.outcome == Outcome::Fail);
    let alike = first.gate == Gate::Policy && second.gate == Gate::Policy && first.confidence == second.confidence;
    (fails && alike)
        .then(|| format!("the user's effective policy does not list the app; {} causes fit", rest.len() + 1))
}

/// The headline of a failure that the snapshot does not explain.
fn refused_all_the_same(diagnosis: &Diagnosis) -> String {
    let of_policy = diagnosis.symptoms.iter().any(|(name, _)| POLICY_MESSAGES.contains(&name.as_str()));
    match beside_what_passes(&diagnosis.gates) {
        None => "the service refused, and the snapshot allows it".to_owned(),
        Some(rest) if of_policy => format!("the service refused, and the policy part allows it; {rest}"),
        Some(rest) => format!("the service refused, and what was read speaks against it; {rest}"),
    }
}

/// A path in lines: its ids are whole, and what is longer than a line without being one is cut.
fn folded(request: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in request.split(' ') {
        for (index, part) in word.split_inclusive('/').enumerate() {
            let part = if part.len() <= ID + 1 { part.to_owned() } else { shortened(part, room.max(ID)) };
            match lines.last_mut() {
                Some(line) if line.chars().count() + usize::from(index == 0) + part.chars().count() <= room => {
                    line.push_str(if index == 0 { " " } else { "" });
                    line.push_str(&part);
                }
                _ => lines.push(part),
            }
        }
    }
    lines
}

/// What is said of an answer that is all there and says no more than its code.
fn said_nothing(facts: &Facts) -> Option<String> {
    let code = facts.code.as_ref().filter(|code| !code.value.is_empty())?;
    facts.message.as_ref().filter(|message| message.value.is_empty())?;
    let support =
        if facts.request_id.is_some() { "; with the request id, Microsoft's support can look the call up" } else { "" };
    Some(format!(
        "nothing is guessed: Graph's answer says no more than `{}`, its message is empty{support}",
        one_line(&code.value)
    ))
}

/// Whether nothing of what the service said is in the text: a status, the words of a client.
fn lacks_words(diagnosis: &Diagnosis) -> bool {
    let facts = &diagnosis.facts;
    let wordless = facts.message.as_ref().is_none_or(|message| message.value.is_empty());
    facts.code.is_none() && facts.inner_code.is_none() && wordless
}

pub(super) const fn mark(outcome: Outcome) -> (&'static str, Style) {
    match outcome {
        Outcome::Pass => ("✓", GREEN),
        Outcome::Fail => ("✗", RED),
        Outcome::Unknown => ("?", YELLOW),
        Outcome::Skipped => ("–", DIM),
    }
}
