//! Suppressions: what is wrong and known, with a reason and a day on which it is looked at again.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};
use uuid::Uuid;

use super::request::operation_only;
use super::row::{EXPECTATION_BROKEN, EXPECTATION_EXPIRED};
use super::toml_file::{File, is_over};
use super::{InputError, OPERATION_HELP, Place, operation_label};
use crate::diagnose::Verdict;
use crate::knowledge::{Catalogue, Operation};
use crate::tenant::subject::Subject;

/// One `[[suppress]]`: what it does not name, it does not look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Whose results or findings it is about.
    pub about: About,
    /// The user; `None` = any, also all at once.
    pub user: Option<Subject>,
    /// The operation; `None` = any.
    pub operation: Option<&'static Operation>,
    /// The verdict; `None` = any that is known.
    pub verdict: Option<Verdict>,
    /// The tenant; `None` = any.
    pub tenant: Option<Uuid>,
    /// Of a result about many: how many users may have the verdict; `None` = any number.
    pub at_most: Option<u64>,
    /// Of a result about many: whether users who come later may have it; `None` = as it is.
    pub later: Option<bool>,
    /// Slugs of the causes that are accepted; empty = any.
    pub causes: Vec<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Date,
    /// Where it stands.
    pub place: Place,
    /// Name of its file.
    pub source_name: String,
}

/// What a suppression is about: results of `check` by their app, findings of `audit` by their object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Results of this app.
    App(Subject),
    /// Findings about this object, such as `policy Meetings`, or about several: `policy Meetings / policy Global`.
    Object(String),
}

/// Objects compare without case and without backticks.
fn same_object(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace('`', "").trim().to_lowercase();
    plain(a) == plain(b)
}

/// The suppression that covers a finding about these objects, each by itself or all by one name; an expired one covers nothing.
#[must_use]
pub fn covering_finding(
    suppressions: &[Suppression],
    cause: &str,
    (objects, all): (&[&str], &str),
    now: Timestamp,
) -> Option<usize> {
    suppressions.iter().position(|one| {
        let About::Object(own) = &one.about else { return false };
        !one.expired(now)
            && one.causes.iter().any(|it| it == cause)
            && (same_object(own, all) || objects.iter().any(|object| same_object(own, object)))
    })
}

/// A result that is wrong, as suppressions look at it.
#[derive(Clone, Copy, Debug)]
pub struct Wrong<'a> {
    /// The app as it was written.
    pub app: &'a Subject,
    /// Its client id.
    pub app_id: Option<Uuid>,
    /// Its name, where the snapshot has one.
    pub app_name: Option<&'a str>,
    /// The user as it was written, `everyone` or `others` for all at once; `None` = nobody.
    pub user: Option<&'a Subject>,
    /// The user's object id.
    pub user_id: Option<Uuid>,
    /// The user's name, where the snapshot has one.
    pub user_name: Option<&'a str>,
    /// The operation.
    pub operation: &'static Operation,
    /// The verdict.
    pub verdict: Verdict,
    /// The tenant, where it is known.
    pub tenant: Option<Uuid>,
    /// Of a result about many: how many users have the verdict.
    pub users: Option<u64>,
    /// Of a result about many: users who come later have it too.
    pub later: Option<bool>,
    /// Causes for which it counts as wrong; every one of them must be accepted.
    pub causes: &'a [&'a str],
}

impl Suppression {
    /// Whether its date is over.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        is_over(self.until, now)
    }

    fn names(&self, wrong: &Wrong<'_>) -> bool {
        self.is_about(wrong) && self.has_verdict(wrong) && !self.is_outgrown(wrong)
    }

    fn has_verdict(&self, wrong: &Wrong<'_>) -> bool {
        // What is not known is accepted where that is what was written, and never beside something else.
        self.verdict.map_or(wrong.verdict != Verdict::Unknown, |verdict| verdict == wrong.verdict)
    }

    fn is_of_tenant(&self, wrong: &Wrong<'_>) -> bool {
        self.tenant.is_none_or(|own| wrong.tenant == Some(own))
    }

    /// Whether the result is about more users than it accepts.
    fn is_outgrown(&self, wrong: &Wrong<'_>) -> bool {
        self.has_more(wrong) || self.has_later(wrong)
    }

    fn has_more(&self, wrong: &Wrong<'_>) -> bool {
        self.at_most.is_some_and(|most| wrong.users.is_some_and(|users| users > most))
    }

    fn has_later(&self, wrong: &Wrong<'_>) -> bool {
        self.later == Some(false) && wrong.later == Some(true)
    }

    /// Whether it is about this app, user and operation in this tenant, whatever the verdict.
    fn is_about(&self, wrong: &Wrong<'_>) -> bool {
        self.is_of_tenant(wrong) && self.is_about_subjects(wrong)
    }

    fn is_about_subjects(&self, wrong: &Wrong<'_>) -> bool {
        let is = |own: &Subject, written: Option<&Subject>, id: Option<Uuid>, known: Option<&str>| match own {
            Subject::Id(own) => id == Some(*own),
            Subject::Name(name) => {
                let mut names = written.and_then(Subject::name).into_iter().chain(known);
                names.any(|other| other.eq_ignore_ascii_case(name))
            }
        };
        let About::App(app) = &self.about else { return false };
        is(app, Some(wrong.app), wrong.app_id, wrong.app_name)
            && self.user.as_ref().is_none_or(|user| is(user, wrong.user, wrong.user_id, wrong.user_name))
            && self
                .operation
                .is_none_or(|operation| std::ptr::eq(operation, wrong.operation) || *operation == *wrong.operation)
    }
}

/// The suppressions of this app, user and operation, whatever they accept; of any user, if the result is about many.
#[must_use]
pub fn naming(suppressions: &[Suppression], wrong: &Wrong<'_>, many: bool) -> Vec<usize> {
    let is_about =
        |one: &Suppression| one.is_about(wrong) || many && Suppression { user: None, ..one.clone() }.is_about(wrong);
    suppressions.iter().enumerate().filter(|(_, one)| is_about(one)).map(|(index, _)| index).collect()
}

/// The suppressions that cover a wrong result together: one without causes, or so many that each cause of a
/// failing gate is accepted. A new cause beside an accepted one is never covered. Expired ones cover nothing.
#[must_use]
pub fn covering(suppressions: &[Suppression], wrong: &Wrong<'_>, now: Timestamp) -> Vec<usize> {
    let fitting: Vec<(usize, &Suppression)> =
        suppressions.iter().enumerate().filter(|(_, one)| !one.expired(now) && one.names(wrong)).collect();
    if let Some((index, _)) = fitting.iter().find(|(_, one)| one.causes.is_empty()) {
        return vec![*index];
    }
    let mut used = Vec::new();
    for cause in wrong.causes {
        match fitting.iter().find(|(_, one)| one.causes.iter().any(|own| own == cause)) {
            Some((index, _)) => used.push(*index),
            None => return Vec::new(),
        }
    }
    used.sort_unstable();
    used.dedup();
    used
}

/// A suppression that would cover a result if this were of another tenant, about fewer users, or had fewer causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Which suppression.
    pub index: usize,
    /// It is about more users or causes than are accepted, and not only of another tenant.
    pub grown: bool,
    /// Why it does not cover it.
    pub words: String,
}

/// The suppressions that accept a wrong result for fewer users, for some of its causes, or in another tenant, where none
/// covers it.
#[must_use]
pub fn beyond(suppressions: &[Suppression], wrong: &Wrong<'_>, now: Timestamp) -> Vec<Beyond> {
    let all = suppressions.iter().enumerate();
    let fitting = all.filter(|(_, one)| !one.expired(now) && one.is_about_subjects(wrong) && one.has_verdict(wrong));
    let verdict = wrong.verdict.name();
    let words = |one: &Suppression| -> Option<String> {
        if !one.is_of_tenant(wrong) {
            let own = one.tenant?;
            return Some(match wrong.tenant {
                Some(tenant) => format!("it is of tenant {own}, and the result is of tenant {tenant}"),
                None => format!("it is of tenant {own}, and the snapshot does not say of which tenant the result is"),
            });
        }
        if one.has_more(wrong) {
            let (most, users) = (one.at_most?, wrong.users?);
            let s = if most == 1 { "" } else { "s" };
            return Some(format!("it accepts {most} user{s} at most, and {users} are {verdict}"));
        }
        if one.has_later(wrong) {
            return Some(format!("it accepts no users who come later, and they are {verdict} too"));
        }
        // Other causes beside those that it accepts.
        let (known, new): (Vec<&str>, Vec<&str>) =
            wrong.causes.iter().partition(|cause| one.causes.iter().any(|own| own == *cause));
        let named = || new.iter().map(|cause| format!("`{cause}`")).collect::<Vec<_>>().join(", ");
        (!known.is_empty() && !new.is_empty()).then(|| format!("it does not accept {}", named()))
    };
    fitting
        .filter_map(|(index, one)| words(one).map(|words| Beyond { index, grown: one.is_of_tenant(wrong), words }))
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    suppress: Vec<Spanned<RawSuppression>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuppression {
    app: Option<Spanned<String>>,
    object: Option<Spanned<String>>,
    user: Option<Spanned<String>>,
    operation: Option<Spanned<String>>,
    verdict: Option<Spanned<String>>,
    tenant: Option<Spanned<String>>,
    at_most: Option<u64>,
    later: Option<bool>,
    #[serde(default)]
    causes: Vec<Spanned<String>>,
    reason: Spanned<String>,
    until: Spanned<Value>,
}

const HELP: &str = "a `[[suppress]]` has `app`, `reason` and `until`, and if wanted `user`, `operation`, `verdict`, `tenant`, `causes`, and of many users `at_most` (a number) and `later`; for findings of `audit` it has `object`, `causes`, `reason` and `until`";

/// Reads a file of suppressions; `source` names it in errors.
///
/// # Errors
/// The first value that has no reading, keys and causes that nobody knows, an empty reason.
pub fn parse(text: &str, source: &str, catalogue: &Catalogue) -> Result<Vec<Suppression>, InputError> {
    let file = File { text: text.strip_prefix('\u{feff}').unwrap_or(text), source };
    let raw: RawFile = file.read(HELP)?;
    raw.suppress.iter().map(|raw| suppression(&file, raw, catalogue)).collect()
}

fn suppression(
    file: &File<'_>,
    spanned: &Spanned<RawSuppression>,
    catalogue: &Catalogue,
) -> Result<Suppression, InputError> {
    let raw = spanned.get_ref();
    if raw.reason.get_ref().trim().is_empty() {
        return Err(file.error(
            raw.reason.span(),
            "an empty reason",
            "say why this is accepted, for whoever finds it later",
        ));
    }
    let operation = |text: &Spanned<String>| {
        operation_only(text.get_ref()).map_err(|message| file.error(text.span(), message, OPERATION_HELP))
    };
    let verdict = |text: &Spanned<String>| match text.get_ref().as_str() {
        "allowed" => Ok(Verdict::Allowed),
        "denied" => Ok(Verdict::Denied),
        "unknown" => Ok(Verdict::Unknown),
        other => {
            Err(file.error(text.span(), format!("`verdict` is `{other}`"), "write `allowed`, `denied` or `unknown`"))
        }
    };
    let cause = |text: &Spanned<String>| {
        let slug = text.get_ref();
        if catalogue.cause(slug).is_some() || [EXPECTATION_BROKEN, EXPECTATION_EXPIRED].contains(&slug.as_str()) {
            return Ok(slug.clone());
        }
        let near = catalogue.nearest(slug).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let help = format!("{near}`graphwhy rules` lists the causes");
        Err(file.error(text.span(), format!("no cause is called `{slug}`"), help))
    };
    let about = match (&raw.app, &raw.object) {
        (Some(app), None) => About::App(Subject::of(app.get_ref())),
        (None, Some(object)) => {
            let others = [&raw.user, &raw.operation, &raw.verdict, &raw.tenant]
                .into_iter()
                .flatten()
                .min_by_key(|other| other.span().start);
            if let Some(other) = others {
                let message = "`object` names what a finding of `audit` is about, and goes with `causes` alone";
                return Err(file.error(
                    other.span(),
                    message,
                    "leave it out, or name an `app` instead of the `object`",
                ));
            }
            if raw.causes.is_empty() {
                return Err(file.error(
                    object.span(),
                    "no `causes` beside `object`",
                    "name the causes that are accepted",
                ));
            }
            About::Object(object.get_ref().clone())
        }
        (Some(_), Some(object)) => {
            return Err(file.error(
                object.span(),
                "`app` and `object` exclude each other",
                "write a `[[suppress]]` for each",
            ));
        }
        (None, None) => {
            return Err(file.error(spanned.span(), "neither `app` nor `object` is named", HELP));
        }
    };
    let tenant = |text: &Spanned<String>| {
        Uuid::try_parse(text.get_ref().trim()).map_err(|_| {
            file.error(text.span(), format!("`{}` is no tenant id", text.get_ref()), "write the tenant's id, a UUID")
        })
    };
    Ok(Suppression {
        about,
        tenant: raw.tenant.as_ref().map(tenant).transpose()?,
        at_most: raw.at_most,
        later: raw.later,
        user: raw.user.as_ref().map(|user| Subject::of(user.get_ref())),
        operation: raw.operation.as_ref().map(operation).transpose()?,
        verdict: raw.verdict.as_ref().map(verdict).transpose()?,
        causes: raw.causes.iter().map(cause).collect::<Result<_, _>>()?,
        reason: crate::source::masked(raw.reason.get_ref()),
        until: file.date(&raw.until)?,
        place: file.place(spanned.span().start),
        source_name: file.source.to_owned(),
    })
}

/// The entry that accepts a wrong result as it is now, as TOML.
#[must_use]
pub fn entry(wrong: &Wrong<'_>, reason: &str, until: Date) -> String {
    let text = |value: &str| toml_string(value);
    let app = wrong.app_id.map_or_else(|| wrong.app.to_string(), |id| id.to_string());
    let user = wrong.user_id.map(|id| id.to_string()).or_else(|| wrong.user.map(ToString::to_string));
    let mut entry = format!("[[suppress]]\napp = {}\n", text(&app));
    if let Some(user) = user {
        entry.push_str(&format!("user = {}\n", text(&user)));
    }
    entry.push_str(&format!("operation = {}\n", text(&operation_label(wrong.operation))));
    entry.push_str(&format!("verdict = {}\n", text(wrong.verdict.name())));
    if let Some(tenant) = wrong.tenant {
        entry.push_str(&format!("tenant = {}\n", text(&tenant.to_string())));
    }
    if let Some(users) = wrong.users {
        entry.push_str(&format!("at_most = {users}\n"));
    }
    if let Some(later) = wrong.later {
        entry.push_str(&format!("later = {later}\n"));
    }
    if !wrong.causes.is_empty() {
        let causes: Vec<String> = wrong.causes.iter().map(|cause| text(cause)).collect();
        entry.push_str(&format!("causes = [{}]\n", causes.join(", ")));
    }
    entry.push_str(&format!("reason = {}\nuntil = {until}\n", text(reason)));
    entry
}

/// The entry that accepts a finding of an audit.
#[must_use]
pub fn entry_of_finding(cause: &str, object: &str, reason: &str, until: Date) -> String {
    format!(
        "[[suppress]]\nobject = {}\ncauses = [{}]\nreason = {}\nuntil = {until}\n",
        toml_string(&object.replace('`', "")),
        toml_string(cause),
        toml_string(reason)
    )
}

/// A basic string: what TOML wants escaped is.
fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            control if control.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
