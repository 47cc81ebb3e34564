//! What the policies say of app and user, and whether they are asked.

use uuid::Uuid;

use crate::knowledge::{Operation, PolicyRule};
use crate::tenant::{Effective, Policy, Tri, View, effective};

/// Whether the documents say that the policy is asked for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// They do.
    Yes,
    /// They do not say, or say both.
    Unsure,
    /// It leaves out what it does not cover, and denies nothing.
    Filters,
    /// The operation does not know the policy.
    No,
}

/// What the policies say about app and user.
#[derive(Clone, Debug)]
pub struct PolicyFacts<'a> {
    /// Whether it matters.
    pub asked: Asked,
    /// What may be effective.
    pub effective: Effective<'a>,
    /// Whether the effective policy lists the app.
    pub lists: Tri,
    /// Whether any policy of the tenant does.
    pub anywhere: Tri,
}

fn asked(operation: Option<&Operation>, delegated: bool, told: bool) -> Asked {
    if delegated {
        return Asked::No;
    }
    let Some(operation) = operation else { return if told { Asked::Yes } else { Asked::Unsure } };
    let documented = of_documents(operation);
    // What no document says, an answer of the service does.
    if told && documented == Asked::Unsure { Asked::Yes } else { documented }
}

fn of_documents(operation: &Operation) -> Asked {
    match operation.policy {
        PolicyRule::Required | PolicyRule::RequiredByPermission => Asked::Yes,
        PolicyRule::Conflicting | PolicyRule::NotFound => Asked::Unsure,
        PolicyRule::NotMentioned if below_online_meetings(operation.path) => Asked::Unsure,
        PolicyRule::FiltersResults => Asked::Filters,
        PolicyRule::NotMentioned | PolicyRule::NotSupported | PolicyRule::NotApplicable => Asked::No,
    }
}

/// Below `/users/{id}/onlineMeetings`.
fn below_online_meetings(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    segments.next().is_some_and(|it| it.eq_ignore_ascii_case("users"))
        && segments.next().is_some()
        && segments.next().is_some_and(|it| it.eq_ignore_ascii_case("onlineMeetings"))
        && segments.next().is_some()
}

/// Asks the snapshot. `told`: the service's own words tell that the policy was asked.
#[must_use]
pub fn facts<'a>(
    view: &View<'a>,
    operation: Option<&Operation>,
    app_id: Option<Uuid>,
    user_id: Option<Uuid>,
    delegated: bool,
    told: bool,
) -> PolicyFacts<'a> {
    let effective = effective(view, user_id);
    let lists = app_id.map_or(Tri::Unknown, |app| effective.lists(view, app));
    let anywhere = app_id.map_or(Tri::Unknown, |app| view.any_policy_lists(app));
    PolicyFacts { asked: asked(operation, delegated, told), effective, lists, anywhere }
}

/// What a policy lists, for people.
#[must_use]
pub fn app_ids(policy: &Policy) -> String {
    let ids: Vec<String> =
        policy.app_ids.iter().map(ToString::to_string).chain(policy.other_ids.iter().cloned()).collect();
    if ids.is_empty() { "(none)".to_owned() } else { ids.join(", ") }
}
