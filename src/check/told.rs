//! What formats for machines say of results, without the proof. Every command that has findings fills it; SARIF, JUnit,
//! Markdown and GitHub's annotations are written from it.

use std::borrow::Cow;

use crate::check::operation_label;
pub use crate::check::row::Counted;
use crate::check::row::{EXPECTATION_BROKEN, EXPECTATION_EXPIRED, Row, What};
use crate::diagnose::{Outcome, Verdict};
use crate::knowledge::{Catalogue, Severity};
use crate::source::masked;

/// What a suppression is called that is over or covers nothing.
pub const SUPPRESSION_UNUSED: &str = "suppression-unused";

/// The rules beside the causes of the catalogue: slug, title and what helps.
pub const OWN_RULES: [(&str, Severity, &str, &str); 12] = [
    (
        "denied",
        Severity::Error,
        "the call would be refused",
        "the gates of the result in `graphwhy check --format json` say which requirement is not met",
    ),
    (
        EXPECTATION_BROKEN,
        Severity::Error,
        "an app has access that it must not have",
        "take the access away, or change the expectation; `graphwhy check` names the policy that gives it",
    ),
    (
        EXPECTATION_EXPIRED,
        Severity::Warning,
        "the last day of an expectation has passed",
        "look at the expectation again: remove it, or give it a later `until`",
    ),
    (
        SUPPRESSION_UNUSED,
        Severity::Warning,
        "a suppression covers nothing",
        "remove it; where its last day has passed, look at what it covered",
    ),
    (
        "undetermined",
        Severity::Warning,
        "the snapshot does not tell",
        "do the read that the message names, and ask again",
    ),
    (
        "access-lost",
        Severity::Error,
        "an app loses access to users",
        "see whether somebody relies on it; `graphwhy plan` proposes changes that take nothing from anybody",
    ),
    (
        "access-gained",
        Severity::Info,
        "an app gains access to users",
        "see whether it may have it: an `[[expect]]` with `access = \"deny\"` or `only = true` says so for good",
    ),
    (
        "access-now-known",
        Severity::Info,
        "the later snapshot tells an access that the earlier one did not",
        "whether it changed is not known: take both snapshots with the same rights",
    ),
    (
        "access-no-longer-known",
        Severity::Warning,
        "the earlier snapshot told an access that the later one does not",
        "whether it changed is not known: read again the part that is missing, with the right that it needs",
    ),
    ("state-changed", Severity::Info, "something differs between two snapshots", "see whether it was meant to change"),
    (
        "effect-unsettled",
        Severity::Warning,
        "what a command does is not documented, or depends on what was not read",
        "do the read that the message names, or write the command in a form whose effect is documented",
    ),
    (
        "command-refused",
        Severity::Error,
        "a command would fail in this tenant",
        "correct the command: what follows it may not be run at all",
    ),
];

/// A place in a file that people look after; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: String,
    /// Line of the first character.
    pub line: usize,
    /// Its column, in characters.
    pub column: usize,
    /// Line and column behind the last character, where that is known.
    pub end: Option<(usize, usize)>,
}

impl Place {
    /// A place without an end.
    #[must_use]
    pub const fn at(file: String, line: usize, column: usize) -> Self {
        Self { file, line, column, end: None }
    }
}

/// Known and accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Until when, as it is to be printed; `None` = without a last day.
    pub until: Option<String>,
    /// `file:line` of the suppression.
    pub place: String,
    /// It stands beside what it accepts, as a comment.
    pub in_source: bool,
}

impl Accepted {
    /// The words for people.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.until {
            Some(until) => format!("accepted until {until}: {}", self.reason),
            None => format!("accepted: {}", self.reason),
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule: the slug of a cause, or one of [`OWN_RULES`].
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Nothing is known to be wrong: it is what has to be read.
    pub open: bool,
    /// One word for a table.
    pub mark: &'static str,
    /// One sentence.
    pub sentence: String,
    /// Other places that belong to it, each with a few words.
    pub related: Vec<(Place, String)>,
}

/// One result: a test that passes, fails or is not known.
#[derive(Clone, Debug)]
pub struct Told {
    /// How it counts.
    pub counted: Counted,
    /// It is known and accepted.
    pub accepted: Option<Accepted>,
    /// The verdict, where the result is the answer to a question.
    pub verdict: Option<Verdict>,
    /// What was judged, as the name of a test; the second is its class.
    pub test: (String, String),
    /// The cells of [`Report::columns`].
    pub cells: Vec<String>,
    /// The question, the command or the snapshot.
    pub place: Place,
    /// The same for the same thing in another run.
    pub key: String,
    /// One sentence about the whole.
    pub sentence: String,
    /// What was found. The first is the one for which the result counts as it does.
    pub findings: Vec<Found>,
}

impl Told {
    /// The findings that are to be shown beside the code: what counts, and warnings.
    pub fn live(&self) -> impl Iterator<Item = &Found> {
        let counts = self.counted != Counted::Fine;
        let accepted = self.accepted.is_some();
        self.findings.iter().enumerate().filter_map(move |(index, found)| {
            let first = counts && index == 0;
            // Who gains is told, although nothing is wrong with it.
            let told = matches!(found.rule.as_str(), "access-gained" | "access-now-known");
            let hidden = accepted && index == 0;
            let shown = first || told || found.severity >= Severity::Warning;
            (shown && !hidden).then_some(found)
        })
    }
}

impl Told {
    /// Every text that names something of a tenant, of a file or of an argument.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { accepted, test, cells, place, key, sentence, findings, .. } = self;
        let found = findings.iter_mut().flat_map(|found| {
            let related = found.related.iter_mut().flat_map(|(place, words)| [&mut place.file, words]);
            std::iter::once(&mut found.sentence).chain(related)
        });
        let accepted = accepted.iter_mut().flat_map(|it| [&mut it.reason, &mut it.place]);
        [&mut test.0, &mut test.1, &mut place.file, key, sentence].into_iter().chain(cells).chain(accepted).chain(found)
    }
}

/// The same with secrets masked, which a name, a reason or a file may hold.
#[must_use]
pub fn without_secrets(told: &[Told]) -> Cow<'_, [Told]> {
    let mut copy = None;
    for (index, one) in told.iter().enumerate() {
        let mut own = one.clone();
        let mut changed = false;
        for text in own.texts() {
            let safe = masked(text);
            changed |= safe != *text;
            *text = safe;
        }
        if changed && let Some(slot) = copy.get_or_insert_with(|| told.to_vec()).get_mut(index) {
            *slot = own;
        }
    }
    copy.map_or(Cow::Borrowed(told), Cow::Owned)
}

/// What a run has to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Name of the command.
    pub command: &'a str,
    /// Its results, in their order.
    pub told: &'a [Told],
    /// One line about all of them.
    pub summary: &'a str,
    /// Heads of the columns of a table.
    pub columns: &'a [&'a str],
    /// Lines about the run itself: unused suppressions, duplicates.
    pub beside: &'a [String],
    /// What stands below the table in Markdown, as Markdown.
    pub below: &'a str,
    /// The snapshots that were asked, with their ages.
    pub states: &'a [String],
    /// Titles and texts of the rules.
    pub catalogue: &'a Catalogue,
}

/// Sums a result of `check` up; `fail_on` is the severity from which a finding counts.
#[must_use]
pub fn told(row: &Row<'_>, catalogue: &Catalogue, fail_on: Severity) -> Told {
    let counted = row.counted(fail_on);
    let case = [row.app_label(), row.user_label(), operation_label(row.operation())];
    let file = row.source.or_else(|| row.state()).unwrap_or("graphwhy").to_owned();
    let place = row.place().filter(|_| row.source.is_some()).map_or((1, 1), |place| (place.line, place.column));
    let verdict = row.verdict();
    let sentence = row.sentence(catalogue);
    let found = |rule: String, severity, open, mark, sentence| Found {
        rule,
        severity,
        open,
        mark,
        sentence,
        related: Vec::new(),
    };
    let mut beside = Vec::new();
    let is_reach = matches!(&row.what, What::Many(many) if many.reach);
    let some_allowed = match &row.what {
        What::One(_) => verdict == Verdict::Allowed,
        What::Many(many) => many.counts.allowed > 0,
    };
    let stands = counted == Counted::Wrong && verdict == Verdict::Unknown && !is_reach;
    if some_allowed || stands {
        let beside_gates = |finding: &&crate::diagnose::Finding| match &row.what {
            What::One(answer) => {
                answer.outcome(finding.gate) != Some(Outcome::Fail) && (some_allowed || row.stands(finding))
            }
            What::Many(_) => true,
        };
        for finding in row.findings().iter().filter(beside_gates) {
            let title = catalogue.cause(&finding.cause).map_or(finding.cause.as_ref(), |cause| cause.title.as_ref());
            let words = if finding.explanation.is_empty() { title } else { finding.explanation.as_str() };
            let sentence = format!("{} by {} for {}: {words}", case[2], case[0], case[1]);
            beside.push(found(finding.cause.to_string(), finding.severity, false, "finding", sentence));
        }
    }
    if let Some(expected) = row.expected.as_ref().filter(|expected| expected.expired) {
        let until = expected.until.map_or(String::new(), |until| format!(" (until {until})"));
        let sentence = format!("the expectation about {} for {} is over{until}: look at it again", case[0], case[1]);
        beside.push(found(EXPECTATION_EXPIRED.to_owned(), Severity::Warning, false, "expired", sentence));
    }
    crate::order::sort_by_key(&mut beside, |found| std::cmp::Reverse(found.severity));
    let key = match &row.what {
        What::One(answer) => {
            let id = |id: Option<uuid::Uuid>, text: String| id.map_or(text, |id| id.to_string());
            let app = id(answer.app_resolved.id(), answer.app.to_string());
            let user = answer.user.as_ref().map_or(String::new(), ToString::to_string);
            let user = id(answer.user_resolved.and_then(crate::tenant::subject::Resolved::id), user);
            format!("{app}/{user}/{}", case[2])
        }
        What::Many(many) => {
            let app = many.app_id.map_or_else(|| many.app.to_string(), |id| id.to_string());
            format!("{app}/{}/{}", many.who.name(), case[2])
        }
    };
    // What is accepted is told beside what is not.
    let sentence = match row.accepted.as_ref().and_then(|accepted| Some((accepted, accepted.leaves.as_ref()?))) {
        Some((accepted, leaves)) => {
            format!("{sentence}; accepted until {}: {}; {leaves}, and not accepted", accepted.until, accepted.reason)
        }
        None => sentence,
    };
    let main = match counted {
        Counted::Fine => None,
        Counted::Open => Some(found("undetermined".to_owned(), Severity::Warning, true, "unknown", sentence.clone())),
        // What was found beside it is what is wrong.
        Counted::Wrong if verdict == Verdict::Unknown || is_reach => None,
        // An allowed result counts as wrong for what was found beside it.
        Counted::Wrong => row.slug().map(|rule| {
            let mark = if verdict == Verdict::Allowed { "broken" } else { "denied" };
            found(rule, Severity::Error, false, mark, sentence.clone())
        }),
    };
    Told {
        counted,
        accepted: row.accepted.as_ref().filter(|_| row.is_accepted()).map(|accepted| Accepted {
            reason: accepted.reason.clone(),
            until: Some(accepted.until.to_string()),
            place: accepted.place.clone(),
            in_source: false,
        }),
        verdict: Some(verdict),
        test: (format!("{} for {}", case[0], case[1]), case[2].clone()),
        cells: case.to_vec(),
        place: Place::at(file, place.0, place.1),
        key,
        sentence,
        findings: main.into_iter().chain(beside).collect(),
    }
}
