//! What can be wrong with a rule file: where, and what to do.

use thiserror::Error;

/// A rule file is broken: where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}")]
pub struct RulesError {
    /// Name of the file, as given.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// TOML that does not parse, an unknown key, a misspelt severity, gate or confidence.
    #[error("{0}")]
    Toml(String),
    /// No front matter.
    #[error("no front matter: begin the file with a line `+++`, then TOML, then another line `+++`")]
    FrontMatter,
    /// A section is missing.
    #[error(
        "section `## {0}` is missing: add it (the sections are Why, Tell apart, Fix, Example, Healthy example, Sources)"
    )]
    SectionMissing(&'static str),
    /// A section that is unknown, repeated or out of order.
    #[error("section `## {found}` is not expected here: the next one is `## {expected}`")]
    SectionUnexpected {
        /// The heading as written.
        found: String,
        /// The heading that the order asks for.
        expected: &'static str,
    },
    /// A section behind the last one.
    #[error("section `## {0}` comes after `## Sources`: remove it")]
    SectionAfterLast(String),
    /// A section without text.
    #[error("section `## {0}` is empty: write it")]
    SectionEmpty(&'static str),
    /// A fence that nothing closes.
    #[error("the fence is not closed: end it with as many backticks on a line of their own")]
    FenceOpen,
    /// A fence with an info string that its section does not know.
    #[error("fence `{info}` is unknown here: use {expected}")]
    Fence {
        /// The info string as written.
        info: String,
        /// What the section takes.
        expected: &'static str,
    },
    /// A fence of which one is enough.
    #[error("a second `{0}` fence: an example has one")]
    FenceTwice(&'static str),
    /// A fence in `## Fix` above the first `###`.
    #[error("a command before the first `### title` of the fix: add the title above it")]
    FixUntitled,
    /// A fix without commands.
    #[error("fix `{0}` has no `run` fence: add one")]
    FixWithoutCommands(String),
    /// An example without input, state or arguments.
    #[error("`## {0}` has no fence: add `text input`, `json state` or `text args`")]
    ExampleEmpty(&'static str),
    /// A gate that the list does not have.
    #[error(
        "gate `{0}` is unknown: use one of request, token, permission, user, policy, time, tenant, meeting, service, cmdlet, script, hygiene"
    )]
    Gate(String),
    /// A cause without gates.
    #[error("`gates` is empty: name at least one gate")]
    NoGate,
    /// A slot that is not on the closed list.
    #[error("slot `{{{slot}}}` is unknown: use one of {}", .known.join(", "))]
    Slot {
        /// The slot as written.
        slot: String,
        /// The closed list.
        known: &'static [&'static str],
    },
    /// A slug or name that is not lower case, digits and hyphens.
    #[error("name `{0}` is not usable: write lower-case letters, digits and single hyphens")]
    Name(String),
    /// A title with a full stop at its end.
    #[error("`{0}` ends with a full stop: remove it")]
    FullStop(String),
    /// A day that is none.
    #[error("`{0}` is no day: write it as 2026-11-23")]
    Day(String),
    /// An address that is no https address.
    #[error("`{0}` is no address: write it with https://")]
    Address(String),
    /// A symptom that nothing can match.
    #[error("symptom `{0}` matches nothing: give it `message`, `code` or `inner_code`")]
    SymptomWithoutPattern(String),
    /// A pattern without a letter or digit.
    #[error("pattern `{0}` has no letter and no digit: it would match anything")]
    PatternEmpty(String),
    /// A token kind that is none.
    #[error("token_kind `{0}` is unknown: use `app` or `delegated`")]
    TokenKind(String),
    /// A regular expression that does not compile, or one in the built-in catalogue.
    #[error("regular expression `{pattern}` cannot be used: {reason}")]
    Regex {
        /// The expression.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// Two entries of one name.
    #[error("{kind} `{name}` exists already: choose another name")]
    Duplicate {
        /// `cause`, `symptom`, `read`, …
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A name that refers to nothing.
    #[error("{kind} `{name}` does not exist{}: add it or correct the name", nearest(.near.as_deref()))]
    Missing {
        /// `symptom`, `read`, `window`, …
        kind: &'static str,
        /// The name as written.
        name: String,
        /// The nearest name that exists.
        near: Option<String>,
    },
    /// A value that its key does not take.
    #[error("{key} `{value}` is not usable: {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value as written.
        value: String,
        /// What the key takes.
        expected: &'static str,
    },
    /// A text of `like` that its symptom does not match.
    #[error("`{text}` is not seen as `{symptom}`: correct the pattern, or the text under `like`")]
    NotSeen {
        /// The symptom.
        symptom: String,
        /// The text.
        text: String,
    },
    /// A text of `like` that an entry of the catalogue matches first.
    #[error(
        "`{text}` is seen as `{first}`, an entry of the built-in catalogue that comes before `{symptom}`: give a message \
         of your own, or raise your cause by `{first}`"
    )]
    SeenFirst {
        /// The symptom.
        symptom: String,
        /// The symptom that it is seen as.
        first: String,
        /// The text.
        text: String,
    },
    /// A text of `unlike` that its symptom matches.
    #[error("`{text}` is seen as `{symptom}`: narrow the pattern, or move the text from `unlike` to `like`")]
    Seen {
        /// The symptom.
        symptom: String,
        /// The text.
        text: String,
    },
    /// An example that does not raise its cause.
    #[error("the example does not raise `{0}`: correct `raised_by`, the symptom or the example")]
    NotRaised(String),
    /// A healthy example that raises its cause.
    #[error("the healthy example raises `{0}`: narrow the symptom, or take another example")]
    RaisedByHealthy(String),
    /// A file that is neither a cause nor the symptoms.
    #[error("no rule file of this name is known: use `symptoms.toml` or `causes/<slug>.md`")]
    UnknownFile,
}

fn nearest(near: Option<&str>) -> String {
    near.map(|name| format!(" (nearest: `{name}`)")).unwrap_or_default()
}

impl RulesError {
    /// A problem at a 1-based line.
    pub fn new(file: &str, line: usize, problem: Problem) -> Self {
        Self { file: file.to_owned(), line, problem }
    }
}
