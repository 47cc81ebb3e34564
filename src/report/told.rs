//! What formats for machines say of a result, without the proof.

use crate::check::operation_label;
use crate::check::row::{Accepted, Counted, Row, What};
use crate::diagnose::{Outcome, Verdict};
use crate::knowledge::{Catalogue, Severity};

/// The rules beside the causes of the catalogue: slug, title and what helps.
pub const OWN_RULES: [(&str, &str, &str); 4] = [
    (
        "denied",
        "the call would be refused",
        "the gates of the result in `graphwhy check --format json` say which requirement is not met",
    ),
    (
        "expectation-broken",
        "an app has access that it must not have",
        "take the access away, or change the expectation; `graphwhy check` names the policy that gives it",
    ),
    (
        "expectation-expired",
        "the last day of an expectation is over",
        "look at the expectation again: remove it, or give it a later `until`",
    ),
    (
        "undetermined",
        "the snapshot does not tell whether the call would be allowed",
        "do the read that the message names, and ask again",
    ),
];

/// One thing to say.
#[derive(Clone, Debug)]
pub struct Told {
    /// How the result counts.
    pub counted: Counted,
    /// It is known and accepted.
    pub accepted: Option<Accepted>,
    /// The rule; `None` = nothing is wrong.
    pub rule: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence.
    pub sentence: String,
    /// The app, the user and the operation.
    pub case: [String; 3],
    /// File, line and column: of the question, else the snapshot.
    pub place: (String, usize, usize),
    /// The same for the same question in another run.
    pub key: String,
    /// Findings of a result that is allowed: rule, severity and sentence.
    pub beside: Vec<(String, Severity, String)>,
}

/// Sums a result up; `fail_on` is the severity from which a finding counts.
#[must_use]
pub fn told(row: &Row<'_>, catalogue: &Catalogue, fail_on: Severity) -> Told {
    let counted = row.counted(fail_on);
    let case = [row.app_label(), row.user_label(), operation_label(row.operation())];
    let file = row.source.or_else(|| row.state()).unwrap_or("graphwhy").to_owned();
    let place = row.place().filter(|_| row.source.is_some()).map_or((1, 1), |place| (place.line, place.column));
    let mut beside = Vec::new();
    if let (What::One(answer), Verdict::Allowed) = (&row.what, row.verdict()) {
        let gate_fails =
            |gate| answer.judgement.gates.iter().any(|one| one.gate == gate && one.outcome == Outcome::Fail);
        for finding in answer.judgement.findings.iter().filter(|finding| !gate_fails(finding.gate)) {
            let title = catalogue.cause(&finding.cause).map_or(finding.cause.as_ref(), |cause| cause.title.as_ref());
            let words = if finding.explanation.is_empty() { title } else { finding.explanation.as_str() };
            let sentence = format!("{} by {} for {}: {words}", case[2], case[0], case[1]);
            beside.push((finding.cause.to_string(), finding.severity, sentence));
        }
    }
    if let Some(expected) = row.expected.as_ref().filter(|expected| expected.expired) {
        let until = expected.until.map_or(String::new(), |until| format!(" (until {until})"));
        let sentence = format!("the expectation about {} for {} is over{until}: look at it again", case[0], case[1]);
        beside.push(("expectation-expired".to_owned(), Severity::Warning, sentence));
    }
    let key = match &row.what {
        What::One(answer) => {
            let id = |id: Option<uuid::Uuid>, text: String| id.map_or(text, |id| id.to_string());
            let app = id(answer.app_resolved.id(), answer.app.to_string());
            let user = answer.user.as_ref().map_or(String::new(), ToString::to_string);
            let user = id(answer.user_resolved.and_then(crate::check::subject::Resolved::id), user);
            format!("{app}/{user}/{}", case[2])
        }
        What::Many(many) => {
            let app = many.app_id.map_or_else(|| many.app.to_string(), |id| id.to_string());
            format!("{app}/{}/{}", many.who.name(), case[2])
        }
    };
    let rule = match counted {
        Counted::Fine => None,
        Counted::Wrong | Counted::Open => row.slug(),
    };
    let sentence = row.sentence(catalogue);
    Told {
        counted,
        accepted: row.accepted.clone(),
        severity: if counted == Counted::Open { Severity::Warning } else { Severity::Error },
        verdict: row.verdict(),
        rule,
        sentence,
        case,
        place: (file, place.0, place.1),
        key,
        beside,
    }
}
