//! One result: an answer, or what holds for many users at once; with what was expected, and whether it is accepted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::accept::Wrong;
use super::answer::Answer;
use super::expect::Access;
use super::matrix::Counts;
use super::survey::{Reason, deciding, first_cause};
use super::words::because;
pub use super::words::{level_words, lists_words, nobody, policy_part};
use super::{Place, operation_label};
use crate::diagnose::{Finding, Outcome, Verdict};
use crate::knowledge::{Catalogue, Confidence, Operation, Severity, read};
use crate::tenant::subject::{Resolved, Subject};

/// One result.
#[derive(Clone, Debug)]
pub struct Row<'s> {
    /// What was found.
    pub what: What<'s>,
    /// What must be so.
    pub expected: Option<Expected>,
    /// Known and accepted as it is.
    pub accepted: Option<Accepted>,
    /// The file that the question stands in.
    pub source: Option<&'s str>,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum What<'s> {
    /// For one user, or none.
    One(Box<Answer<'s>>),
    /// For many users at once.
    Many(Box<Many<'s>>),
}

/// Which users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// All.
    Everyone,
    /// All but those who were named.
    Others,
    /// The members of a group.
    Group(Subject),
}

impl Who {
    /// The name used in JSON and in suppressions.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Everyone => "everyone".to_owned(),
            Self::Others => "others".to_owned(),
            Self::Group(group) => format!("group {group}"),
        }
    }
}

/// What holds for many users at once.
#[derive(Clone, Debug)]
pub struct Many<'s> {
    /// Which users.
    pub who: Who,
    /// Name of the snapshot; `None` = none covers the tenant.
    pub state: Option<&'s str>,
    /// The tenant.
    pub tenant: Option<Uuid>,
    /// The app as written.
    pub app: Subject,
    /// Its client id.
    pub app_id: Option<Uuid>,
    /// Its display name.
    pub app_name: Option<&'s str>,
    /// The operation.
    pub operation: &'static Operation,
    /// The verdict: that of those who matter for what was expected, else the worst.
    pub verdict: Verdict,
    /// How many users have which.
    pub counts: Counts,
    /// What holds for users who are not listed; `None` = there are none.
    pub unlisted: Option<Verdict>,
    /// What holds for users who do not exist yet, where that was asked.
    pub future: Option<Verdict>,
    /// Reasons, denied first.
    pub reasons: Vec<Reason>,
    /// What is found of the app and the tenant, whoever the user is.
    pub findings: Vec<Finding>,
    /// Names of the reads that would settle an unknown.
    pub needs: Vec<String>,
    /// Why nothing is known of anybody: no such app, members that were not read.
    pub open: Option<String>,
    /// Why the list of users does not count, where its age is the reason.
    pub users_age: Option<String>,
    /// Only whom the app reaches was asked.
    pub reach: bool,
    /// What users of the examples are called, where the snapshot knows it.
    pub names: BTreeMap<Uuid, String>,
    /// Where the question stands.
    pub place: Option<Place>,
}

/// What must be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Whether access must be there.
    pub access: Access,
    /// It is the part about everybody else.
    pub only: bool,
    /// Whether it is so; `None` = not known.
    pub met: Option<bool>,
    /// Why it must.
    pub reason: Option<String>,
    /// Until when nobody needs to look at it again.
    pub until: Option<Date>,
    /// That day is over.
    pub expired: bool,
    /// It forbids access and names no operation: only the default is asked.
    pub by_default: bool,
    /// Where it stands.
    pub place: Place,
    /// Where it names the user.
    pub user_place: Option<Place>,
}

/// Known and accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Date,
    /// `file:line` of the suppression.
    pub place: String,
    /// What is not known of others that the result is about, and is not accepted.
    pub leaves: Option<String>,
}

/// How a result counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Nothing wrong.
    Fine,
    /// Denied, an expectation broken, a finding of the severity that was asked for.
    Wrong,
    /// Not known.
    Open,
}

impl Many<'_> {
    /// What is not known beside the verdict: of how many users, and whether of users who are not listed or come later.
    fn unknown_beside(&self) -> (u64, bool) {
        if self.verdict == Verdict::Unknown {
            return (0, false);
        }
        let future = self.future.filter(|_| self.who == Who::Others);
        (self.counts.unknown, [self.unlisted, future].contains(&Some(Verdict::Unknown)))
    }
}

impl Row<'_> {
    /// Whether all that is wrong or not known with it is accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.accepted.as_ref().is_some_and(|accepted| accepted.leaves.is_none())
    }

    /// What is not known of some of many users, whatever the verdict: who accepts the verdict does not accept it.
    #[must_use]
    pub fn unknown_beside(&self) -> Option<String> {
        let What::Many(many) = &self.what else { return None };
        let users = |count: u64| if count == 1 { "1 user".to_owned() } else { format!("{count} users") };
        match many.unknown_beside() {
            (0, false) => None,
            (0, true) => Some("users who are not listed are unknown".to_owned()),
            (1, false) => Some("1 user is unknown".to_owned()),
            (count, false) => Some(format!("{} are unknown", users(count))),
            (count, true) => Some(format!("{} and users who are not listed are unknown", users(count))),
        }
    }

    /// The part of a result about many that is not known, as suppressions look at it.
    #[must_use]
    pub fn unknown_part<'r>(&'r self, who: Option<&'r Subject>) -> Option<Wrong<'r>> {
        let What::Many(many) = &self.what else { return None };
        let (users, later) = many.unknown_beside();
        let any = users > 0 || later;
        any.then(|| Wrong { verdict: Verdict::Unknown, users: Some(users), later: Some(later), ..self.wrong(&[], who) })
    }

    /// Whether it was asked whom the app reaches, and it is nobody.
    #[must_use]
    pub fn reaches_nobody(&self) -> bool {
        matches!(&self.what, What::Many(many) if many.reach && many.counts.allowed == 0)
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match &self.what {
            What::One(answer) => answer.verdict,
            What::Many(many) => many.verdict,
        }
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        match &self.what {
            What::One(answer) => answer.operation,
            What::Many(many) => many.operation,
        }
    }

    /// Where the question stands.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match &self.what {
            What::One(answer) => answer.place,
            What::Many(many) => many.place,
        }
    }

    /// The snapshot that was asked.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        match &self.what {
            What::One(answer) => answer.state.map(|(name, _)| name),
            What::Many(many) => many.state,
        }
    }

    /// How it counts, whether or not it is accepted. An unknown result counts as unknown, but for what is found at a gate
    /// that is known.
    #[must_use]
    pub fn counted(&self, fail_on: Severity) -> Counted {
        // What is wrong is accepted, and what is not known is left.
        if self.accepted.as_ref().is_some_and(|accepted| accepted.leaves.is_some()) {
            return Counted::Open;
        }
        if let Some(expected) = &self.expected {
            match expected.met {
                Some(false) => return Counted::Wrong,
                None if expected.access == Access::Deny => return Counted::Open,
                None => {}
                Some(true) if expected.expired && fail_on <= Severity::Warning => return Counted::Wrong,
                Some(true) if expected.access == Access::Deny => return Counted::Fine,
                Some(true) => {}
            }
        }
        let counts = self.counting(fail_on).next().is_some();
        match (&self.what, self.verdict()) {
            // What is found counts for each user who is allowed, whatever is not known of others.
            (What::Many(many), _) if counts && many.counts.allowed > 0 => Counted::Wrong,
            (What::Many(many), _) if many.reach => {
                if many.counts.unknown > 0 || many.unlisted == Some(Verdict::Unknown) {
                    Counted::Open
                } else {
                    Counted::Fine
                }
            }
            (_, Verdict::Denied) => Counted::Wrong,
            (What::Many(_), Verdict::Unknown) => Counted::Open,
            (_, Verdict::Allowed | Verdict::Unknown) if counts => Counted::Wrong,
            (_, Verdict::Unknown) => Counted::Open,
            (_, Verdict::Allowed) => Counted::Fine,
        }
    }

    /// What was found beside the verdict or for it: of many users, what is the same for all.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match &self.what {
            What::One(answer) => &answer.judgement.findings,
            What::Many(many) => &many.findings,
        }
    }

    /// Causes for which the result counts as wrong where findings of `fail_on` count, for suppressions: of the gates that
    /// fail, of what was found beside them, of the expectation.
    #[must_use]
    pub fn wrong_causes(&self, fail_on: Severity) -> Vec<&str> {
        if let Some(expected) = &self.expected {
            match (expected.met, self.verdict()) {
                (Some(false), Verdict::Allowed) => return vec![EXPECTATION_BROKEN],
                (Some(true), _) if expected.expired && fail_on <= Severity::Warning => {
                    return vec![EXPECTATION_EXPIRED];
                }
                _ => {}
            }
        }
        let mut causes: Vec<&str> = match (&self.what, self.verdict()) {
            (What::One(answer), Verdict::Denied) => {
                let likely = |finding: &&Finding| {
                    finding.confidence > Confidence::Possible && answer.outcome(finding.gate) == Some(Outcome::Fail)
                };
                self.findings().iter().filter(likely).map(|finding| finding.cause.as_ref()).collect()
            }
            (What::One(_), _) => self.counting(fail_on).map(|finding| finding.cause.as_ref()).collect(),
            (What::Many(many), verdict) => {
                let of = |reason: &'_ &Reason| verdict == Verdict::Denied && !many.reach && reason.verdict == verdict;
                let reasons = many.reasons.iter().filter(of).filter_map(|reason| reason.cause.as_deref());
                let beside = self.counting(fail_on).map(|finding| finding.cause.as_ref());
                reasons.chain(beside.filter(|_| many.counts.allowed > 0)).collect()
            }
        };
        let mut seen = std::collections::HashSet::new();
        causes.retain(|cause| seen.insert(*cause));
        causes
    }

    /// The findings that count by themselves, whatever the verdict. Where a gate is not known, what was found at it is what
    /// may be wrong.
    fn counting(&self, fail_on: Severity) -> impl Iterator<Item = &Finding> {
        self.findings().iter().filter(move |finding| {
            finding.severity >= fail_on
                && match &self.what {
                    What::One(answer) if answer.verdict == Verdict::Unknown => {
                        finding.confidence > Confidence::Possible && answer.outcome(finding.gate) == Some(Outcome::Pass)
                    }
                    What::One(_) | What::Many(_) => true,
                }
        })
    }

    /// Whether a finding stands although the verdict is not known.
    #[must_use]
    pub fn stands(&self, finding: &Finding) -> bool {
        self.counting(Severity::Info).any(|one| std::ptr::eq(one, finding))
    }

    /// The result as suppressions look at it.
    #[must_use]
    pub fn wrong<'r>(&'r self, causes: &'r [&'r str], who: Option<&'r Subject>) -> Wrong<'r> {
        match &self.what {
            What::One(answer) => Wrong {
                app: &answer.app,
                app_id: answer.app_resolved.id(),
                app_name: answer.app_name,
                user: answer.user.as_ref(),
                user_id: answer.user_resolved.and_then(Resolved::id),
                user_name: answer.user_name,
                operation: answer.operation,
                verdict: answer.verdict,
                tenant: answer.tenant,
                users: None,
                later: None,
                causes,
            },
            What::Many(many) => Wrong {
                app: &many.app,
                app_id: many.app_id,
                app_name: many.app_name,
                user: who,
                user_id: None,
                user_name: None,
                operation: many.operation,
                verdict: many.verdict,
                tenant: many.tenant,
                users: Some(many.counts.of(many.verdict)),
                later: Some([many.unlisted, many.future].contains(&Some(many.verdict))),
                causes,
            },
        }
    }

    /// Whom the result is about where it is no single user, as a suppression names it.
    #[must_use]
    pub fn who(&self) -> Option<Subject> {
        match &self.what {
            What::One(_) => None,
            What::Many(many) => Some(Subject::Name(many.who.name().into())),
        }
    }

    /// The app for people: its name with the id, or what was written.
    #[must_use]
    pub fn app_label(&self) -> String {
        let (written, id, name) = match &self.what {
            What::One(answer) => (&answer.app, answer.app_resolved.id(), answer.app_name),
            What::Many(many) => (&many.app, many.app_id, many.app_name),
        };
        label(written, id, name)
    }

    /// App and user in as few characters as tell them: their names, else ids.
    #[must_use]
    pub fn short_labels(&self) -> (String, String) {
        match &self.what {
            What::One(answer) => {
                let user = answer.user.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
                (
                    answer.app_name.map_or_else(|| answer.app.to_string(), str::to_owned),
                    answer.user_name.map_or(user, str::to_owned),
                )
            }
            What::Many(many) => (many.app_name.map_or_else(|| many.app.to_string(), str::to_owned), self.user_label()),
        }
    }

    /// The cause that the verdict rests on, whatever was expected.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        match &self.what {
            What::One(answer) => first_cause(&answer.judgement),
            What::Many(many) => {
                let mut reasons = many.reasons.iter().filter(|reason| reason.verdict == many.verdict);
                reasons.next().and_then(|reason| reason.cause.clone())
            }
        }
    }

    /// For what the verdict does not hold: meetings with a consent of their own, operations that nobody asked about.
    #[must_use]
    pub fn scope(&self) -> Option<String> {
        let own = match &self.what {
            What::One(answer) => answer.judgement.scope.clone(),
            What::Many(_) => None,
        };
        let default = self.expected.as_ref().filter(|expected| expected.by_default).map(|_| {
            format!(
                "asks {} only, as the expectation names no `operation`: others may be allowed",
                operation_label(self.operation())
            )
        });
        let all: Vec<String> = own.into_iter().chain(default).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// The user for people.
    #[must_use]
    pub fn user_label(&self) -> String {
        match &self.what {
            What::One(answer) => answer.user.as_ref().map_or_else(
                || "nobody".to_owned(),
                |user| label(user, answer.user_resolved.and_then(Resolved::id), answer.user_name),
            ),
            What::Many(many) => match &many.who {
                Who::Everyone => "everyone".to_owned(),
                Who::Others => "everybody else".to_owned(),
                Who::Group(group) => format!("the members of group {group}"),
            },
        }
    }

    /// The slug that stands for the result: the cause, or what is wrong with the expectation; `None` = nothing is.
    #[must_use]
    pub fn slug(&self) -> Option<String> {
        let cause = self.cause();
        match (self.verdict(), self.expected.as_ref().and_then(|expected| expected.met)) {
            (Verdict::Allowed, Some(false)) => Some(EXPECTATION_BROKEN.to_owned()),
            (Verdict::Denied, Some(true)) | (Verdict::Allowed, _) => None,
            (Verdict::Denied, _) => Some(cause.unwrap_or_else(|| "denied".to_owned())),
            (Verdict::Unknown, _) => Some("undetermined".to_owned()),
        }
    }

    /// What is to be said, in one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self, catalogue: &Catalogue) -> String {
        let operation = operation_label(self.operation());
        let (app, user) = (self.app_label(), self.user_label());
        let verdict = self.verdict();
        let must = self.expected.as_ref().map_or(String::new(), |expected| match expected.access {
            Access::Allow => " and must be allowed".to_owned(),
            Access::Deny if expected.only => " and must be denied (`only`)".to_owned(),
            Access::Deny => " and must be denied".to_owned(),
        });
        let must = if self.expected.as_ref().is_some_and(|expected| expected.met == Some(true)) {
            String::new()
        } else {
            must
        };
        let because = self.because(catalogue);
        let reason = self
            .expected
            .as_ref()
            .filter(|expected| expected.met != Some(true))
            .and_then(|expected| expected.reason.as_deref())
            .map_or(String::new(), |reason| format!("; expected because: {reason}"));
        format!("{operation} by {app} for {user} is {}{must}: {because}{reason}", verdict.name())
    }

    /// Names of the reads that would settle an unknown.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        match &self.what {
            What::One(answer) => match give_id(answer) {
                Some(words) => vec![words],
                None => deciding(&answer.judgement).1,
            },
            What::Many(many) if many.app_id.is_none() && many.state.is_some() => {
                vec![format!("{GIVE_ID} app `{}`", many.app)]
            }
            What::Many(many) => many.needs.clone(),
        }
    }

    /// Why, in a few words.
    #[must_use]
    pub fn because(&self, catalogue: &Catalogue) -> String {
        match &self.what {
            What::One(answer) => because(answer, catalogue),
            What::Many(many) => many.because(catalogue),
        }
    }
}

/// What a result is called that is allowed and must not be.
pub(super) const EXPECTATION_BROKEN: &str = "expectation-broken";
/// What an expectation is called whose last day is over.
pub(super) const EXPECTATION_EXPIRED: &str = "expectation-expired";

/// How what settles a name that nobody has, or several have, begins: there is nothing to read.
pub const GIVE_ID: &str = "give the id of";

fn give_id(answer: &Answer<'_>) -> Option<String> {
    let (_, snapshot) = answer.state?;
    let is_wrong = |resolved: Resolved, read_all: bool| match resolved {
        Resolved::Several(_) => true,
        Resolved::Unlisted => read_all,
        Resolved::Id(_) => false,
    };
    if is_wrong(answer.app_resolved, true) {
        return Some(format!("{GIVE_ID} app `{}`", answer.app));
    }
    let user = answer.user.as_ref().zip(answer.user_resolved);
    let (user, _) = user.filter(|(_, resolved)| is_wrong(*resolved, snapshot.users.is_complete()))?;
    Some(format!("{GIVE_ID} user `{user}`"))
}

/// A name with its id, or what there is of both.
fn label(written: &Subject, id: Option<Uuid>, name: Option<&str>) -> String {
    match (name, id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (None, Some(id)) => id.to_string(),
        (_, None) => format!("`{written}`"),
    }
}

/// What a read is called for people.
#[must_use]
pub fn need(name: &str) -> String {
    read(name).map_or_else(|| name.to_owned(), |read| read.what.to_string())
}
