//! Causes, symptoms and reads: the shapes of the catalogue's entries.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A list that is a constant for the built-in catalogue and owned for entries loaded at run time.
pub type List<T> = Cow<'static, [T]>;
/// Text that is a constant for the built-in catalogue and owned for entries loaded at run time.
pub type Text = Cow<'static, str>;

/// One requirement that a call must pass; the last three are areas of causes without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The request itself is well formed.
    Request,
    /// The access token fits Graph, the tenant and the time.
    Token,
    /// The app holds a permission that the operation accepts.
    Permission,
    /// The user exists and has Teams.
    User,
    /// The one effective application access policy of the user lists the app.
    Policy,
    /// Every change that the passing gates rest on is older than its documented delay.
    Time,
    /// A tenant-wide switch allows the operation.
    Tenant,
    /// The meeting exists and the user has a right to it.
    Meeting,
    /// The service itself answered.
    Service,
    /// Errors printed by PowerShell cmdlets.
    Cmdlet,
    /// Scripts that have not been run.
    Script,
    /// Tenant hygiene.
    Hygiene,
}

impl Gate {
    /// The gates of a call, in reading order.
    pub const CALL: [Self; 9] = [
        Self::Request,
        Self::Token,
        Self::Permission,
        Self::User,
        Self::Policy,
        Self::Time,
        Self::Tenant,
        Self::Meeting,
        Self::Service,
    ];

    /// The name used in rules, JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Token => "token",
            Self::Permission => "permission",
            Self::User => "user",
            Self::Policy => "policy",
            Self::Time => "time",
            Self::Tenant => "tenant",
            Self::Meeting => "meeting",
            Self::Service => "service",
            Self::Cmdlet => "cmdlet",
            Self::Script => "script",
            Self::Hygiene => "hygiene",
        }
    }
}

/// How much a finding weighs for `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Likely to become a failure.
    Warning,
    /// A failure, or a certain future one.
    Error,
}

impl Severity {
    /// The name used in rules, JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure a finding is. `Certain` means that the text itself states the cause and has no other
/// reading, or that the snapshot proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It fits what was read, and so do others.
    Possible,
    /// It fits better than the others.
    Likely,
    /// Stated or proved.
    Certain,
}

impl Confidence {
    /// The name used in rules, JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// One way to fail a gate: the front matter and the text of `rules/causes/<slug>.md`.
#[derive(Clone, Debug)]
pub struct Cause {
    /// File name without `.md`; also the SARIF rule id. Names the bad state.
    pub slug: Text,
    /// What is wrong, lower case, no final full stop.
    pub title: Text,
    /// The gates that it can be raised for.
    pub gates: List<Gate>,
    /// Severity of its findings.
    pub severity: Severity,
    /// The version that first had it.
    pub since: Text,
    /// The symptoms that raise it by themselves.
    pub raised_by: List<RaisedBy>,
    /// The read of `rules/reads.toml` that decides it, if any.
    pub decided_by: Option<Text>,
    /// The window of `rules/windows.toml` after which a retry makes sense.
    pub retry: Option<Text>,
    /// Where its facts come from.
    pub sources: List<Reference>,
    /// Fixes, smallest first.
    pub fixes: List<FixTemplate>,
    /// The Markdown after the front matter.
    pub body: Text,
}

/// A symptom that raises a cause, and how sure the symptom alone makes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaisedBy {
    /// Name in `rules/symptoms.toml`.
    pub symptom: Text,
    /// Confidence from the symptom alone.
    pub confidence: Confidence,
}

/// Where a fact was read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Address of the page.
    pub url: Text,
    /// The day on which somebody looked, `YYYY-MM-DD`.
    pub checked: Text,
}

/// One `### title` of a cause's `## Fix`, with its fenced commands. `{slots}` are filled by
/// `fix::template`.
#[derive(Clone, Debug)]
pub struct FixTemplate {
    /// What the fix does, lower case, no final full stop.
    pub title: Text,
    /// The gate that it repairs.
    pub gate: Gate,
    /// `app` or `delegated`: only for calls with such a token (line `token:`).
    pub token: Option<Text>,
    /// A retry waits for the cause's window (`false`: line `retry: none`, there is nothing to wait for).
    pub retry: bool,
    /// Commands that read the state before anything is changed (fence `read`).
    pub read: List<Text>,
    /// Commands that change the state, or lines of a request to send (fence `run`).
    pub run: List<Text>,
    /// Commands that show that it worked (fence `verify`).
    pub verify: List<Text>,
    /// Commands that take it back (fence `undo`).
    pub undo: List<Text>,
    /// Those of these lines that are words for people, and no commands (fences `text`).
    pub prose: List<Text>,
    /// One paragraph about side effects, empty if there is none to tell.
    pub note: Text,
}

/// What a message says (closed list, patterns are data); never a cause.
#[derive(Clone, Debug)]
pub struct Symptom {
    /// Unique name.
    pub name: Text,
    /// What the service means by it, as the label under the text; lower case, few words.
    pub means: Text,
    /// Patterns over the message; any of them. See `rules/README.md`.
    pub message: List<Text>,
    /// Regular expressions over the message; only for entries loaded at run time.
    pub regex: List<Text>,
    /// `error.code` values (whole, any case); any of them. With `message`: either is enough,
    /// unless `both` is set.
    pub code: List<Text>,
    /// `innerError.code` values (whole, any case).
    pub inner_code: List<Text>,
    /// Both a message pattern and a code are needed.
    pub both: bool,
    /// The code counts only when the message is there and empty, or repeats the code.
    pub message_empty: bool,
    /// HTTP status values that say it by themselves, where no message says more.
    pub status: List<u16>,
    /// The pattern counts only beside other signs of a failure (a status, an error code, `error`).
    pub weak: bool,
    /// Other products print these words too: a cause is certain only where something beside them is of Graph.
    pub common: bool,
    /// A client's wrapper around the service's own words: never an answer by itself.
    pub wrapper: bool,
    /// The words tell that the call had a delegated token or an app-only token.
    pub token_kind: Option<Text>,
    /// A note on the wording itself (historic, community only), shown with the label.
    pub note: Text,
}

/// One read that would decide an unknown: what, with which right, by which command.
#[derive(Clone, Debug)]
pub struct Read {
    /// Unique name.
    pub name: Text,
    /// What it reads, as an object for "read ...".
    pub what: Text,
    /// The directory role or permission that the read needs.
    pub right: Text,
    /// The command, with `{slots}`.
    pub command: Text,
}
