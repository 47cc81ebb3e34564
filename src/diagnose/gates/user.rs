//! The user: exists, and has Teams.

use crate::diagnose::case::Case;
use crate::diagnose::gates::time::unknown_before;
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::knowledge::{Gate, Operation, PolicyRule, PolicySubject};
use crate::tenant::{AbsentKind, Teams};

/// What evidence says of a user or an app that a complete list leaves out.
pub const NOT_LISTED: &str = "not in the complete list";

/// What evidence says of one that was asked for by its id.
pub const NOT_FOUND: &str = "the service answered that it does not exist";

/// What decides a matter of which no document speaks.
const CALL: &str = "a call itself: no document says whether Graph refuses a user without Teams";

/// Whether a user is asked about at all. A list over the whole tenant concerns a user only where one is given.
pub(crate) fn concerns_a_user(operation: &Operation, user_given: bool) -> bool {
    match operation.subject {
        PolicySubject::UserInPath | PolicySubject::Argument => true,
        PolicySubject::EventCreator => user_given || operation.policy != PolicyRule::FiltersResults,
        PolicySubject::Nobody => {
            operation.path.starts_with("/users/")
                || operation.path.starts_with("/copilot/users/")
                || operation.path.starts_with("/me/")
        }
    }
}

/// The gate.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::User, outcome);
    let given = case.user_id.is_some() || case.question.user.is_some();
    if case.operation.is_some_and(|operation| !concerns_a_user(operation, given)) {
        return gate(Outcome::Skipped).noting("the operation concerns no user");
    }
    let Some(id) = case.user_id else {
        let words = case.other_creator().unwrap_or_else(|| "the user's object id is not known".to_owned());
        return gate(Outcome::Unknown).needing(case.needs_user()).noting(words);
    };
    if let Some(change) = case.view.later_user(id) {
        return unknown_before(case, Gate::User, change);
    }
    let users = &case.view.snapshot().users;
    let object = format!("user `{id}`");
    let Some(user) = case.user else {
        if users.is_complete() {
            return gate(Outcome::Fail)
                .noting("the tenant has no such user")
                .with(Evidence::read(users, object, "id", NOT_LISTED));
        }
        if let Some(gone) = case.view.snapshot().absent(AbsentKind::User, id) {
            return gate(Outcome::Fail)
                .noting("the tenant has no such user")
                .with(Evidence::answered(object, "id", gone));
        }
        return gate(Outcome::Unknown).needing("user-license").noting("the user was not read");
    };
    match user.teams {
        Some(Teams::Enabled) => gate(Outcome::Pass).with(Evidence::read(users, object, "teams", "enabled")),
        Some(teams) => {
            let value = if teams == Teams::Disabled { "disabled" } else { "absent" };
            // The plan was read: reading it again says the same.
            gate(Outcome::Unknown)
                .needing(CALL)
                .noting("no document says whether Graph refuses a user without Teams")
                .with(Evidence::read(users, object, "teams", value))
        }
        None => gate(Outcome::Unknown)
            .needing("user-license")
            .noting("whether the user has Teams was not read")
            .with(Evidence::read(users, object, "id", "listed")),
    }
}
