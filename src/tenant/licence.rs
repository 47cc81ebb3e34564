//! Whether a user has Teams, by the service plans of the user: the same for what Graph answers and what is imported.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Change, Teams};

/// Service plan of Teams (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
pub(super) const TEAMS1: Uuid = Uuid::from_u128(0x57ff_2da0_773e_42df_b2af_ffb7_a231_7929);

/// Service name that every Teams plan carries; a tenant of another cloud has plans with other ids.
const TEAMS_SERVICE: &str = "TeamspaceAPI";

/// A plan of a user, as far as it was told.
pub(super) struct ServicePlan<'a> {
    pub(super) id: Option<Uuid>,
    pub(super) service: Option<&'a str>,
    pub(super) status: Option<&'a str>,
    /// `assignedDateTime`.
    pub(super) assigned: Option<&'a str>,
}

/// A licence that is older has taken effect long ago, whatever the delay; the history need not name it.
const OLD: SignedDuration = SignedDuration::from_hours(30 * 24);

impl ServicePlan<'_> {
    pub(super) fn is(&self, status: &str) -> bool {
        self.status.is_some_and(|own| own.eq_ignore_ascii_case(status))
    }

    fn is_of_teams(&self) -> bool {
        self.service.is_some_and(|service| service.eq_ignore_ascii_case(TEAMS_SERVICE))
    }
}

/// Whether the user has Teams; `None` where the plans do not settle it. [`Teams::Absent`] holds where plans have the
/// ids that are known: in the global cloud, and in another where the same read shows [`TEAMS1`] of some user.
pub(super) fn teams(plans: &[ServicePlan<'_>]) -> Option<Teams> {
    let (own, others): (Vec<_>, Vec<_>) = plans.iter().partition(|plan| plan.id == Some(TEAMS1));
    if own.iter().any(|plan| plan.is("Enabled")) {
        return Some(Teams::Enabled);
    }
    if others.iter().any(|plan| plan.is_of_teams() && !plan.is("Deleted")) {
        return None;
    }
    if own.is_empty() {
        return Some(Teams::Absent);
    }
    let off = |plan: &&ServicePlan<'_>| ["Suspended", "Deleted", "LockedOut"].iter().any(|status| plan.is(status));
    own.iter().all(off).then_some(Teams::Disabled)
}

/// Since when the user has Teams, as its plan tells.
pub(super) fn since(plans: &[ServicePlan<'_>]) -> Option<Timestamp> {
    let own = plans.iter().filter(|plan| plan.id == Some(TEAMS1) && plan.is("Enabled"));
    own.filter_map(|plan| moment(plan.assigned?)).min()
}

/// A moment as Graph writes it, or as Windows PowerShell does in JSON: `/Date(1767225600000)/`.
fn moment(text: &str) -> Option<Timestamp> {
    let milliseconds = || text.strip_prefix("/Date(")?.strip_suffix(")/")?.parse().ok();
    let written = text.parse().ok();
    // Services write the year 1 where they have no time.
    written.or_else(|| Timestamp::from_millisecond(milliseconds()?).ok()).filter(|time| time.as_second() > 0)
}

/// The entry of the history for a licence that was assigned not long before it was read. `read`: when, where that is known.
pub(super) fn change(user: Uuid, at: Timestamp, read: Option<Timestamp>) -> Option<Change> {
    let is_old = read.is_some_and(|read| read.duration_since(at) >= OLD);
    (!is_old).then(|| Change {
        part: "users".to_owned(),
        key: user.to_string(),
        change: "added".to_owned(),
        value: Some("teams enabled".to_owned()),
        not_before: Some(at),
        not_after: Some(at),
        source: Some("assignedDateTime of the Teams plan".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(id: Option<Uuid>, service: &'static str, status: &'static str) -> ServicePlan<'static> {
        ServicePlan { id, service: Some(service), status: Some(status), assigned: None }
    }

    #[test]
    fn plans_of_teams() {
        let own = |status| plan(Some(TEAMS1), TEAMS_SERVICE, status);
        assert_eq!(teams(&[own("enabled")]), Some(Teams::Enabled));
        assert_eq!(teams(&[own("Suspended"), own("Deleted")]), Some(Teams::Disabled));
        assert_eq!(teams(&[own("Warning")]), None);
        assert_eq!(teams(&[plan(None, "teamspaceapi", "Enabled")]), None);
        assert_eq!(teams(&[own("Deleted"), plan(Some(Uuid::nil()), TEAMS_SERVICE, "Suspended")]), None);
        assert_eq!(teams(&[plan(Some(Uuid::nil()), "exchange", "Enabled")]), Some(Teams::Absent));
        assert_eq!(teams(&[]), Some(Teams::Absent));
    }

    #[test]
    fn a_licence_is_told_since_its_own_moment() {
        let at = |assigned| ServicePlan { assigned: Some(assigned), ..plan(Some(TEAMS1), TEAMS_SERVICE, "Enabled") };
        let expected: Option<Timestamp> = "2026-01-01T00:00:00Z".parse().ok();
        assert_eq!(since(&[at("2026-01-01T00:00:00Z")]), expected);
        assert_eq!(since(&[at("/Date(1767225600000)/")]), expected);
        assert_eq!(since(&[at("0001-01-01T00:00:00Z")]), None);
        assert_eq!(since(&[at("1/1/2026 12:00:00 AM")]), None, "without its zone it is no moment");
        let off = ServicePlan { status: Some("Suspended"), ..at("2026-01-01T00:00:00Z") };
        assert_eq!(since(&[off]), None);
    }
}
