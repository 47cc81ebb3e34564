//! A question with everything that the snapshot says about it: what gates and causes reason over.

use jiff::Timestamp;
use uuid::Uuid;

use super::facts::is_decoded;
use super::facts::permission::{self, PermissionFacts};
use super::facts::policy::{self, PolicyFacts};
use super::facts::rsc::{self, Rsc};
use super::gates::policy::OVERTAKEN;
use super::{Evidence, Finding, GateResult, Outcome, Question};
use crate::input::{Token, TokenKind};
use crate::knowledge::{Catalogue, Confidence, Gate, Operation, PolicySubject, Severity};
use crate::tenant::{Absent, App, Part, Snapshot, User, View};

/// A question with what is known of it.
#[derive(Debug)]
pub struct Case<'a> {
    /// What is asked.
    pub question: &'a Question,
    /// The tenant's state.
    pub view: &'a View<'a>,
    /// Severities come from here.
    pub catalogue: &'a Catalogue,
    /// The operation, if it is known.
    pub operation: Option<&'static Operation>,
    /// Client id of the app: of the question, else of its token.
    pub app_id: Option<Uuid>,
    /// Object id of the user: of the question, else resolved in the snapshot.
    pub user_id: Option<Uuid>,
    /// The call is made for a signed-in user.
    pub delegated: bool,
    /// The app as the tenant sees it, if it is listed.
    pub app: Option<&'a App>,
    /// The user, if listed.
    pub user: Option<&'a User>,
    /// What the app holds.
    pub permission: PermissionFacts,
    /// What the policies say.
    pub policy: PolicyFacts<'a>,
    /// The alternative to role and policy.
    pub rsc: Rsc,
}

impl<'a> Case<'a> {
    /// Reads the snapshot for one question.
    #[must_use]
    pub fn new(question: &'a Question, view: &'a View<'a>, catalogue: &'a Catalogue) -> Self {
        let operation = question.operation;
        let token = question.token.as_ref();
        let app_id = question.app_id.or_else(|| token.and_then(|token| token.app_id));
        let me = operation.is_some_and(|operation| operation.path.starts_with("/me/") || operation.path == "/me");
        let delegated = question.delegated || me || token.and_then(Token::kind) == Some(TokenKind::Delegated);
        let user_id = user_of(question, view, operation, me);
        let app = app_id.and_then(|id| view.app(id));
        let user = user_id.and_then(|id| view.user(id));
        Self {
            question,
            view,
            catalogue,
            operation,
            app_id,
            user_id,
            delegated,
            app,
            user,
            permission: permission::facts(question, view, operation, app_id, app, delegated),
            policy: policy::facts(view, operation, app_id, user_id, delegated, question.policy_asked),
            rsc: rsc::facts(question, view, operation, app_id, delegated),
        }
    }

    /// Whether the question asks this gate.
    #[must_use]
    pub fn asks(&self, gate: Gate) -> bool {
        self.question.gates.as_ref().is_none_or(|gates| gates.contains(&gate))
    }

    /// The token, unless it could not be decoded.
    #[must_use]
    pub fn token(&self) -> Option<&'a Token> {
        self.question.token.as_ref().filter(|token| is_decoded(token))
    }

    /// Why the user who is asked about is not judged: another one created the event.
    #[must_use]
    pub fn other_creator(&self) -> Option<String> {
        let creator = creator(self.question, self.view.snapshot(), self.operation)?;
        let asked = self.question.user_id.map(|id| id.to_string()).or_else(|| self.question.user.clone());
        let asked = asked.filter(|_| self.user_id.is_none())?;
        Some(format!(
            "the event was created by `{creator}`, and the question is of `{asked}`: the policy of its creator is asked"
        ))
    }

    /// The read that tells who the user is.
    #[must_use]
    pub fn needs_user(&self) -> &'static str {
        match self.operation.map(|operation| operation.subject) {
            Some(PolicySubject::EventCreator) if self.other_creator().is_some() => "event-creator",
            _ if self.question.user.is_some() => "user",
            Some(PolicySubject::EventCreator) => "event-creator",
            _ => "request",
        }
    }

    /// A finding with the catalogue's severity, without labels.
    #[must_use]
    pub fn finding(&self, cause: &'static str, gate: Gate, confidence: Confidence) -> Finding {
        Finding {
            cause: cause.into(),
            gate,
            severity: self.catalogue.cause(cause).map_or(Severity::Error, |cause| cause.severity),
            confidence,
            explanation: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
        }
    }
}

fn user_of(question: &Question, view: &View<'_>, operation: Option<&Operation>, me: bool) -> Option<Uuid> {
    // Whoever created the event is asked, and nobody else: a question of another user is of neither.
    let creator = creator(question, view.snapshot(), operation);
    let is_asked = |id: &Uuid| creator.is_none_or(|creator| creator == *id);
    if question.user_id.is_some() {
        return question.user_id.filter(is_asked);
    }
    if let Some(name) = &question.user {
        return view.user_named(name).map(|user| user.id).filter(is_asked);
    }
    if me {
        return question.token.as_ref().and_then(|token| token.object_id);
    }
    creator
}

/// Who created the virtual event that is named, where the operation goes by its creator's policy and the event was read.
pub(crate) fn creator(question: &Question, snapshot: &Snapshot, operation: Option<&Operation>) -> Option<Uuid> {
    operation.filter(|operation| operation.subject == PolicySubject::EventCreator)?;
    snapshot.event(&question.meeting.as_ref()?.text)?.created_by
}

/// The gates of a call that have been judged, in reading order.
#[derive(Clone, Debug, Default)]
pub struct Gates(pub Vec<GateResult>);

impl Gates {
    /// A gate's outcome; a gate that was not judged is skipped.
    #[must_use]
    pub fn outcome(&self, gate: Gate) -> Outcome {
        self.get(gate).map_or(Outcome::Skipped, |result| result.outcome)
    }

    /// A gate's result.
    #[must_use]
    pub fn get(&self, gate: Gate) -> Option<&GateResult> {
        self.0.iter().find(|result| result.gate == gate)
    }

    /// A gate's evidence.
    #[must_use]
    pub fn evidence(&self, gate: Gate) -> Vec<Evidence> {
        self.get(gate).map(|result| result.evidence.clone()).unwrap_or_default()
    }
}

/// The source of a part that does not tell where it was read.
pub(super) const UNNAMED: &str = "snapshot";

impl Evidence {
    /// Whether a state told it, and not a text, an option or a token.
    pub(super) fn is_of_state(&self) -> bool {
        self.read_at.is_some() || self.source == UNNAMED
    }

    /// Whether it is of a part of the snapshot that does not say when it was read.
    pub(super) fn is_undated_read(&self) -> bool {
        const FIELDS: [&str; 9] = [
            "app_ids",
            "direct policy",
            "effective policy",
            "policy",
            "id",
            "teams",
            "roles",
            "service principal",
            "graph_transcript_access",
        ];
        self.read_at.is_none()
            && FIELDS.contains(&self.field.as_str())
            && !self.object.contains("token")
            && !self.value.ends_with(OVERTAKEN)
    }

    /// A fact of a part of the snapshot.
    #[must_use]
    pub fn read<T>(
        part: &Part<T>,
        object: impl Into<String>,
        field: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self::of(object, field, value, part.source.as_deref().unwrap_or(UNNAMED), part.read_at)
    }

    /// A fact of an app, which may have been read at another time than the rest of its part.
    #[must_use]
    pub fn read_of(apps: &Part<App>, app: &App, field: impl Into<String>, value: impl Into<String>) -> Self {
        let field = field.into();
        let source = apps.source.as_deref().map_or_else(|| UNNAMED.to_owned(), |all| of_field(all, &field));
        Self::of(format!("app `{}`", app.app_id), field, value, &source, app.read_at.or(apps.read_at))
    }

    /// That an object does not exist, as the service answered for its id.
    #[must_use]
    pub fn answered(object: impl Into<String>, field: impl Into<String>, gone: &Absent) -> Self {
        Self::of(object, field, super::gates::user::NOT_FOUND, "404 Request_ResourceNotFound", gone.read_at)
    }

    /// A fact with its source.
    #[must_use]
    pub fn of(
        object: impl Into<String>,
        field: impl Into<String>,
        value: impl Into<String>,
        source: &str,
        read_at: Option<Timestamp>,
    ) -> Self {
        Self {
            object: object.into(),
            field: field.into(),
            value: value.into(),
            source: source.to_owned(),
            read_at: read_at.map(|time| time.to_string()),
        }
    }
}

/// Of the reads of a part those that tell the app roles, or those that tell the rest.
fn of_field(sources: &str, field: &str) -> String {
    let of_roles = |source: &&str| source.to_ascii_lowercase().contains("approleassignment");
    let (roles, others): (Vec<&str>, Vec<&str>) = sources.split("; ").flat_map(|it| it.split(", ")).partition(of_roles);
    let own = if field == "roles" { &roles } else { &others };
    if roles.is_empty() || own.is_empty() { sources.to_owned() } else { own.join(", ") }
}

impl Finding {
    /// Makes it less sure, and adds to its explanation why.
    pub(super) fn lower(&mut self, confidence: Confidence, but: &str) {
        self.confidence = confidence;
        let explanation = std::mem::take(&mut self.explanation);
        self.explanation = if explanation.is_empty() { but.to_owned() } else { format!("{explanation}; but {but}") };
    }

    /// The same finding with a sentence about this case.
    #[must_use]
    pub fn saying(mut self, explanation: impl Into<String>) -> Self {
        self.explanation = explanation.into();
        self
    }

    /// The same finding with what it rests on.
    #[must_use]
    pub fn resting_on(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}
