//! Gates, findings and verdicts: values in, values out; no I/O and no clock of its own.

mod another_tenant;
mod assigned_then;
mod between;
mod both_gates;
mod call_fixes;
mod case;
mod chat;
mod consequence;
mod contradiction;
mod doubt;
mod explain;
pub mod facts;
mod first;
pub mod gates;
mod given;
mod judge;
mod one_group;
mod one_policy;
mod other_time;
mod own_command;
mod own_objects;
mod own_rules;
mod question;
mod read_time;
mod repaired;
mod replayed;
mod request_gate;
mod ruled_out;
mod settled_gates;
mod status_alone;
mod told_above;
mod told_aside;
mod told_below;
mod told_carried;
mod told_change;
mod told_clock;
mod told_day;
mod told_flow;
mod told_kind;
mod told_lists;
mod told_move;
mod told_now;
mod told_read;
mod told_sentences;
mod told_state;
mod told_tenant;
mod told_time;
mod told_wait;
mod told_words;
mod undecided;
mod young_grant;

pub(crate) use case::creator;
pub use case::{Case, Gates};
pub use consequence::without_consequences;
pub use contradiction::beside_what_passes;
pub(crate) use explain::finding;
pub use explain::{Context, Diagnosis, IncidentVerdict, explain, explain_now, question};
pub use given::Given;
pub use judge::{Judgement, Verdict, judge, judge_gates, judge_in};
pub(crate) use other_time::{READ_WHEN, WHEN};
pub use own_rules::{failing_examples, has_examples};
pub use question::Question;
pub use request_gate::refused_sign_in;
pub(crate) use told_tenant::SNAPSHOT_OF;
pub use told_time::told_by_name;

use crate::input::Span;
use crate::knowledge::{Confidence, Gate, Severity, Text};

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Two completions of the missing facts disagree.
    Unknown,
    /// The question does not ask it.
    Skipped,
}

impl Outcome {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }
}

/// One fact that a gate or a finding rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What it is about: ``policy `Meetings` ``, `token`, `the text`.
    pub object: String,
    /// Which property: `app_ids`, `roles`, `message`.
    pub field: String,
    /// Its value, as text.
    pub value: String,
    /// Where it was read: `pasted`, `tenant.json (Get-CsApplicationAccessPolicy)`, `--app`.
    pub source: String,
    /// When it was read, RFC 3339, if known.
    pub read_at: Option<String>,
}

/// A gate's outcome with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateResult {
    /// Which gate.
    pub gate: Gate,
    /// What it says.
    pub outcome: Outcome,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
    /// For [`Outcome::Unknown`]: the name of the one read (`rules/reads.toml`) that would decide it,
    /// or free text where no read exists.
    pub needs: Option<Text>,
    /// For the time gate: unknown until this moment, RFC 3339.
    pub until: Option<String>,
    /// One short sentence for people, lower case, no final full stop; empty if there is nothing to add.
    pub note: String,
}

impl GateResult {
    /// A gate without evidence.
    #[must_use]
    pub const fn new(gate: Gate, outcome: Outcome) -> Self {
        Self { gate, outcome, evidence: Vec::new(), needs: None, until: None, note: String::new() }
    }

    /// The same gate, unknown until `needs` is read.
    #[must_use]
    pub fn needing(mut self, needs: impl Into<Text>) -> Self {
        self.needs = Some(needs.into());
        self
    }

    /// The same gate with a sentence for people.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Whether what it rests on was read, and no document says what follows: a further read decides nothing.
    #[must_use]
    pub fn is_left_open(&self) -> bool {
        let teams = |evidence: &Evidence| evidence.field == "teams";
        self.gate == Gate::User && self.outcome == Outcome::Unknown && self.evidence.iter().any(teams)
    }

    /// The same gate with one more fact.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }
}

/// A place in the source with a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The characters.
    pub span: Span,
    /// A few words, lower case.
    pub text: String,
}

/// A cause that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Slug of the cause.
    pub cause: Text,
    /// The gate that it was raised for.
    pub gate: Gate,
    /// Severity, from the catalogue unless the context lowers it.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One or two sentences about this case, lower case, no final full stop; empty: the title says it all.
    pub explanation: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Where the text proves it; the first is primary.
    pub labels: Vec<Label>,
}

/// A cause that cannot be the reason, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuledOut {
    /// Slug of the cause.
    pub cause: Text,
    /// Why not, lower case, no final full stop.
    pub reason: String,
    /// The cause that is proved in its place, where that is the reason.
    pub by: Option<Text>,
}

/// A cause that one read would decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Slug of the cause.
    pub cause: Text,
    /// Name of the read in `rules/reads.toml`, or free text.
    pub needs: Text,
}

/// Service and snapshot say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What the snapshot says.
    pub snapshot: String,
    /// What the service said.
    pub service: String,
    /// What explains it, most likely first.
    pub explanations: Vec<String>,
}
