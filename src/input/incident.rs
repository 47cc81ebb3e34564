//! What was found in a source: failures, and the facts around them.

use uuid::Uuid;

use crate::knowledge::{Operation, Text};
use crate::source::{Span, Token, TokenKind};

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The pasted text.
    Text,
    /// A command-line option.
    Option,
    /// The claims of an access token.
    Token,
    /// Decoded from a meeting id or join link: an undocumented form, a hint only.
    Decoded,
}

/// A value with its place, where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the source; `None` for options and files.
    pub span: Option<Span>,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Fact<T> {
    /// A fact read in the text.
    #[must_use]
    pub const fn text(value: T, span: Span) -> Self {
        Self { value, span: Some(span), origin: Origin::Text }
    }

    /// A fact given by an option.
    #[must_use]
    pub const fn option(value: T) -> Self {
        Self { value, span: None, origin: Origin::Option }
    }
}

/// What kind of meeting identifier the request names, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeetingIdForm {
    /// Base64 of `1*<organizer>*0**19:meeting_…`: what Graph uses.
    Graph,
    /// Base64 of `0#19:meeting_…#0`: the Teams JavaScript SDK's.
    TeamsSdk,
    /// `19:…@thread.v2` or `@thread.tacv2`: a chat or channel thread.
    Thread,
    /// `AAMk…` or `AQMk…`: an Outlook event.
    OutlookEvent,
    /// Base64 of a transcript or recording id.
    Artifact,
    /// Digits: the meeting number that people dial or type.
    JoinMeetingId,
    /// A join link.
    JoinUrl,
    /// Something else.
    Other,
}

/// The meeting that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRef {
    /// As written, at most 200 characters.
    pub text: String,
    /// Its form.
    pub form: MeetingIdForm,
    /// The organizer's object id inside, where the form has one (undocumented: a hint).
    pub organizer: Option<Uuid>,
    /// The tenant id inside a join link.
    pub tenant: Option<Uuid>,
}

/// When the failure happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Earliest Unix second.
    pub earliest: i64,
    /// Latest Unix second.
    pub latest: i64,
}

impl Moment {
    /// Some moment from the one to the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { earliest: self.earliest.min(other.earliest), latest: self.latest.max(other.latest) }
    }
}

/// What is known around a failure. Redactions and placeholders are never ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// HTTP status.
    pub status: Option<Fact<u16>>,
    /// `error.code`.
    pub code: Option<Fact<String>>,
    /// `innerError.code`.
    pub inner_code: Option<Fact<String>>,
    /// `error.message`, unescaped and unwrapped.
    pub message: Option<Fact<String>>,
    /// The client id of the calling app.
    pub app_id: Option<Fact<Uuid>>,
    /// The object id of the user in the path (or given).
    pub user_id: Option<Fact<Uuid>>,
    /// The user as written, where it is no object id (a user principal name).
    pub user: Option<Fact<String>>,
    /// The organizer, decoded from the meeting id or join link, or named by the message.
    pub organizer_id: Option<Fact<Uuid>>,
    /// The tenant.
    pub tenant_id: Option<Fact<Uuid>>,
    /// HTTP method, upper case.
    pub method: Option<Fact<String>>,
    /// Path with query, below the version, as written (decoded no further than the source).
    pub path: Option<Fact<String>>,
    /// Host of another service beside the failure: the answer may be that service's.
    pub other_host: Option<Fact<String>>,
    /// Graph version of the request.
    pub version: Option<Fact<String>>,
    /// Host of the request.
    pub host: Option<Fact<String>>,
    /// The operation that method and path name.
    pub operation: Option<&'static Operation>,
    /// Graph's request id.
    pub request_id: Option<Fact<String>>,
    /// The caller's own request id.
    pub client_request_id: Option<Fact<String>>,
    /// The id of the part of a batch that was answered: its request is another one than those of the other parts.
    pub part: Option<Fact<String>>,
    /// The date as written, with the moment that it may mean.
    pub date: Option<Fact<String>>,
    /// The error's own date, where it cannot be of one moment with the HTTP `Date`: `moment` reaches from one to the other.
    pub other_date: Option<Fact<String>>,
    /// The moment of the failure, if text or `--at` bound it: exact for an HTTP `Date`, 28 hours wide for `innerError.date`.
    pub moment: Option<Moment>,
    /// A time that stands beside a failure without a moment, and may be of something else: of the mail, of the ticket.
    pub told: Option<Moment>,
    /// `--at`: the moment is this, whatever the dates say.
    pub given_at: Option<i64>,
    /// App-only or delegated.
    pub token_kind: Option<Fact<TokenKind>>,
    /// `Roles on the request` / `Scopes on the request`, or the token's.
    pub roles: Option<Fact<Vec<String>>>,
    /// `API requires one of`.
    pub required: Option<Fact<Vec<String>>>,
    /// The meeting in the path or filter.
    pub meeting: Option<Fact<MeetingRef>>,
    /// The decoded token.
    pub token: Option<Fact<Token>>,
    /// `Retry-After`, as written.
    pub retry_after: Option<Fact<String>>,
    /// Values that the message itself names, by slot (`policy-name`, `group-id`).
    pub named: Vec<(Text, Fact<String>)>,
    /// What options ask where the text says otherwise: the question is theirs.
    pub asked: Option<Box<Asked>>,
    /// The app stands where it may be that of another call.
    pub app_beside: bool,
    /// The call, and so the user, may be another one.
    pub user_beside: bool,
    /// Ids on the lines of the failure under keys of users and apps that are not read.
    pub others: Vec<Uuid>,
}

impl Facts {
    /// The client id of the app that the question is about.
    #[must_use]
    pub fn app_asked(&self) -> Option<Uuid> {
        let asked = self.asked.as_deref();
        let stated = || self.app_id.as_ref().map(|fact| fact.value);
        match asked {
            Some(asked) if asked.app_unresolved => None,
            asked => asked.and_then(|asked| asked.app_id).or_else(stated),
        }
    }

    /// The user that the question is about: by object id, and as written.
    #[must_use]
    pub fn user_asked(&self) -> (Option<Uuid>, Option<&str>) {
        match self.asked.as_deref().and_then(|asked| asked.user.as_ref()) {
            Some(AskedUser::Id(id)) => (Some(*id), None),
            Some(AskedUser::Name(name)) => (None, Some(name)),
            None => (self.user_id.as_ref().map(|fact| fact.value), self.user.as_ref().map(|fact| fact.value.as_str())),
        }
    }

    /// Whether nothing but a path below `/me` tells that the call is delegated.
    #[must_use]
    pub fn is_delegated_by_path(&self) -> bool {
        let places = self.token_kind.as_ref().zip(self.path.as_ref());
        places.is_some_and(|(kind, path)| kind.value == TokenKind::Delegated && kind.span == path.span)
    }

    /// Whether no method is told, nor a query, which only a read has: any operation of the path may be the one that failed.
    #[must_use]
    pub fn is_of_any_method(&self) -> bool {
        self.method.is_none() && self.path.as_ref().is_some_and(|path| !path.value.contains('?'))
    }

    /// The operation, where it is known: the path alone of a collection is that of a read and of what adds to it.
    #[must_use]
    pub fn operation_told(&self) -> Option<&'static Operation> {
        self.operation.filter(|operation| !(self.is_of_any_method() && operation.is_added_to()))
    }

    /// Where the options and the text name different things.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        self.asked.as_deref().map_or(&[], |asked| &asked.conflicts)
    }
}

/// What options ask where the text says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Another app than the text names.
    pub app_id: Option<Uuid>,
    /// An app by a name that nothing resolves, beside one that the text names.
    pub app_unresolved: bool,
    /// Another user than the text names.
    pub user: Option<AskedUser>,
    /// The operation of another request than the text has.
    pub operation: Option<&'static Operation>,
    /// And its meeting.
    pub meeting: Option<MeetingRef>,
    /// What differs.
    pub conflicts: Vec<Conflict>,
}

/// A user that an option names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedUser {
    /// By object id.
    Id(Uuid),
    /// By user principal name.
    Name(String),
}

impl std::fmt::Display for AskedUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Options and text name different things, or the text and its own token do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which thing.
    pub of: ConflictOf,
    /// Both of them, for people: lower case, no final full stop.
    pub words: String,
}

/// What options and text may differ about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictOf {
    /// The calling app.
    App,
    /// The user that the app acts for.
    User,
    /// The request.
    Request,
    /// The tenant.
    Tenant,
    /// The app that the text itself names beside a token of another one.
    Token,
}

/// A symptom seen in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymptomHit {
    /// Name of the symptom.
    pub symptom: Text,
    /// The characters that say so.
    pub span: Span,
    /// Words that also stand in ordinary prose, found outside any error structure: then they are no proof.
    pub loose: bool,
    /// The words are only spoken about: in code, denied, asked, documented. Then they are no proof either.
    pub spoken: bool,
    /// The message of an answer says more than these words, before or behind them.
    pub more: bool,
    /// Somebody tells of it as over, or as not the present failure.
    pub over: bool,
}

/// One failure found in a source: what the service or a client printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// From its first to its last character.
    pub span: Span,
    /// What its message says; empty if the catalogue does not know it.
    pub symptoms: Vec<SymptomHit>,
    /// What is known around it.
    pub facts: Facts,
}
