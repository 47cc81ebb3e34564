//! Whether a user has Teams, by the service plans of the user: the same for what Graph answers and what is imported.

use uuid::Uuid;

use super::Teams;

/// Service plan of Teams (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
pub(super) const TEAMS1: Uuid = Uuid::from_u128(0x57ff_2da0_773e_42df_b2af_ffb7_a231_7929);

/// Service name that every Teams plan carries; a tenant of another cloud has plans with other ids.
const TEAMS_SERVICE: &str = "TeamspaceAPI";

/// A plan of a user, as far as it was told.
pub(super) struct ServicePlan<'a> {
    pub(super) id: Option<Uuid>,
    pub(super) service: Option<&'a str>,
    pub(super) status: Option<&'a str>,
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(id: Option<Uuid>, service: &'static str, status: &'static str) -> ServicePlan<'static> {
        ServicePlan { id, service: Some(service), status: Some(status) }
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
}
