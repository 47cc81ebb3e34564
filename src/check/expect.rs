//! What must be so: apps that reach these users and nobody else, as TOML.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};
use uuid::Uuid;

use super::request::operation_only;
use super::toml_file::{File, is_over};
use super::{InputError, OPERATION_HELP, Place};
use crate::diagnose::Verdict;
use crate::knowledge::Operation;
use crate::tenant::subject::Subject;

/// Whether access must be there or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It must.
    Allow,
    /// It must not.
    Deny,
}

impl Access {
    /// The name used in files and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// Whether a verdict is what is expected; `None` = it is not known.
    #[must_use]
    pub const fn met(self, verdict: Verdict) -> Option<bool> {
        match (self, verdict) {
            (_, Verdict::Unknown) => None,
            (Self::Allow, Verdict::Allowed) | (Self::Deny, Verdict::Denied) => Some(true),
            (Self::Allow, Verdict::Denied) | (Self::Deny, Verdict::Allowed) => Some(false),
        }
    }
}

/// A user as the file names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Who.
    pub subject: Subject,
    /// Where; `None` = a member of a group.
    pub place: Option<Place>,
}

/// Whom an expectation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// These users, each for itself.
    Users(Vec<Named>),
    /// Each direct member of a group.
    Group(Subject),
    /// All users of the tenant, as one result.
    Everyone,
}

/// One `[[expect]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The app.
    pub app: Subject,
    /// The users.
    pub whom: Whom,
    /// The operation.
    pub operation: &'static Operation,
    /// It names no operation, and the default is asked.
    pub by_default: bool,
    /// What must be so.
    pub access: Access,
    /// Nobody else has access.
    pub only: bool,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which nobody needs to look at the expectation again.
    pub until: Option<Date>,
    /// The tenant, where several snapshots are given.
    pub tenant: Option<Uuid>,
    /// Where its `[[expect]]` stands.
    pub place: Place,
}

impl Expectation {
    /// How many users it names; a group may have any number of them.
    #[must_use]
    pub fn named(&self) -> usize {
        match &self.whom {
            Whom::Users(users) => users.len(),
            // More than anybody would look up one by one.
            Whom::Group(_) => u16::MAX.into(),
            Whom::Everyone => 0,
        }
    }

    /// Whether it forbids access and names no operation, so that all but the default stay unasked.
    #[must_use]
    pub fn forbids_default_only(&self) -> bool {
        self.by_default && (self.access == Access::Deny || self.only)
    }

    /// Whether its date is over.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| is_over(until, now))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    expect: Vec<Spanned<RawExpect>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    app: Spanned<String>,
    users: Option<Spanned<Vec<Spanned<String>>>>,
    group: Option<Spanned<String>>,
    everyone: Option<Spanned<bool>>,
    operation: Option<Spanned<String>>,
    access: Spanned<String>,
    only: Option<Spanned<bool>>,
    reason: Option<String>,
    until: Option<Spanned<Value>>,
    tenant: Option<Spanned<String>>,
}

const HELP: &str = "an `[[expect]]` has `app`, one of `users`, `group` and `everyone`, `access`, and if wanted `operation`, `only`, `reason`, `until` and `tenant`";

/// Reads a file of expectations; `source` names it in errors, `default` is asked where no operation is given.
///
/// # Errors
/// The first value that has no reading, keys that nobody knows, and a file without any expectation.
pub fn parse(text: &str, source: &str, default: &'static Operation) -> Result<Vec<Expectation>, InputError> {
    let file = File { text: text.strip_prefix('\u{feff}').unwrap_or(text), source };
    let raw: RawFile = file.read(HELP)?;
    if raw.expect.is_empty() {
        return Err(file.error(0..0, "no `[[expect]]`, so there is nothing to check", HELP));
    }
    raw.expect.iter().map(|raw| expectation(&file, raw, default)).collect()
}

fn expectation(
    file: &File<'_>,
    spanned: &Spanned<RawExpect>,
    default: &'static Operation,
) -> Result<Expectation, InputError> {
    let raw = spanned.get_ref();
    let subject = |text: &Spanned<String>, what: &str| {
        if text.get_ref().trim().is_empty() {
            return Err(file.error(text.span(), format!("an empty {what}"), "write an id or a name"));
        }
        Ok(Subject::of(text.get_ref()))
    };
    let app = subject(&raw.app, "app")?;
    let everyone = raw.everyone.as_ref().filter(|everyone| *everyone.get_ref());
    let whom = match (&raw.users, &raw.group, everyone) {
        (Some(users), None, None) if users.get_ref().is_empty() => {
            return Err(file.error(users.span(), "`users` is empty", "name at least one user"));
        }
        (Some(users), None, None) => {
            let named = |user: &Spanned<String>| {
                let place = Some(file.place(user.span().start));
                subject(user, "user").map(|subject| Named { subject, place })
            };
            Whom::Users(users.get_ref().iter().map(named).collect::<Result<_, _>>()?)
        }
        (None, Some(group), None) => Whom::Group(subject(group, "group")?),
        (None, None, Some(_)) => Whom::Everyone,
        (None, None, None) => {
            return Err(file.error(spanned.span(), "nobody is named", "add `users`, `group` or `everyone = true`"));
        }
        (users, group, everyone) => {
            let spans =
                [users.as_ref().map(Spanned::span), group.as_ref().map(Spanned::span), everyone.map(Spanned::span)];
            let last = spans.into_iter().flatten().max_by_key(|span| span.start).unwrap_or(spanned.span());
            let message = "`users`, `group` and `everyone` exclude each other";
            return Err(file.error(last, message, "write an `[[expect]]` for each"));
        }
    };
    let access = match raw.access.get_ref().as_str() {
        "allow" => Access::Allow,
        "deny" => Access::Deny,
        other => {
            let message = format!("`access` is `{other}`");
            return Err(file.error(raw.access.span(), message, "write `access = \"allow\"` or `access = \"deny\"`"));
        }
    };
    let only = raw.only.as_ref().filter(|only| *only.get_ref());
    if let Some(only) = only.filter(|_| access == Access::Deny || whom == Whom::Everyone) {
        let message = if access == Access::Deny {
            "`only` says that nobody else has access, and these users must not have it"
        } else {
            "`only` says that nobody else has access, and `everyone` leaves nobody"
        };
        return Err(file.error(only.span(), message, "leave `only` away"));
    }
    let operation = match &raw.operation {
        None => default,
        Some(text) => {
            operation_only(text.get_ref()).map_err(|message| file.error(text.span(), message, OPERATION_HELP))?
        }
    };
    let tenant = raw.tenant.as_ref().map(|text| {
        Uuid::try_parse(text.get_ref().trim()).map_err(|_| {
            file.error(text.span(), format!("`{}` is no tenant id", text.get_ref()), "write the tenant's id, a UUID")
        })
    });
    Ok(Expectation {
        app,
        whom,
        operation,
        by_default: raw.operation.is_none(),
        access,
        only: only.is_some(),
        reason: raw.reason.as_deref().map(crate::source::masked),
        until: raw.until.as_ref().map(|until| file.date(until)).transpose()?,
        tenant: tenant.transpose()?,
        place: file.place(spanned.span().start),
    })
}
