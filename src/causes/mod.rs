//! Causes that need reasoning, one file each: what the snapshot and the token prove or suggest.
//!
//! A new cause is a file with `find`, its `mod` line, and one line in [`STATE`]. The texts are in
//! `rules/causes/`; a cause that its symptom alone proves needs no file here.

mod another_registration_listed;
mod app_unknown_in_tenant;
mod application_access_unsupported;
mod caller_not_organizer;
mod calls_permission_missing;
mod delegated_token;
mod events_hidden_by_policy;
mod granted_policy_does_not_exist;
mod group_assignment_still_propagating;
mod license_still_propagating;
mod meeting_in_another_tenant;
mod no_policy_names_app;
mod object_id_in_app_ids;
mod permission;
mod permission_granted_as_application;
mod permission_granted_as_delegated;
mod permission_not_governed;
mod permission_not_granted;
mod permission_too_narrow;
mod policy;
mod policy_granted_to_another_user;
mod policy_not_granted;
mod policy_shadowed;
mod policy_still_propagating;
mod service_principal_disabled;
mod settled;
mod speaker_attribution_disabled;
mod time;
mod token_expired;
mod token_for_another_audience;
mod token_from_another_tenant;
mod token_older_than_grant;
mod transcript_access_disabled;
mod user;
mod user_disabled;
mod user_is_guest;
mod user_only_in_nested_group;
mod user_unknown;
mod user_without_teams;

pub use settled::{ruled_out, undecided};

use crate::diagnose::{Case, Finding, Gates};

/// A cause that is told from state.
#[derive(Clone, Copy, Debug)]
pub struct StateCause {
    /// Its slug.
    pub slug: &'static str,
    /// The finding, without labels, if it applies.
    pub find: fn(&Case<'_>, &Gates) -> Option<Finding>,
}

/// Every cause that is told from state, by slug.
pub const STATE: &[StateCause] = &[
    StateCause { slug: "another-registration-listed", find: another_registration_listed::find },
    StateCause { slug: "app-unknown-in-tenant", find: app_unknown_in_tenant::find },
    StateCause { slug: "application-access-unsupported", find: application_access_unsupported::find },
    StateCause { slug: "caller-not-organizer", find: caller_not_organizer::find },
    StateCause { slug: "calls-permission-missing", find: calls_permission_missing::find },
    StateCause { slug: "delegated-token", find: delegated_token::find },
    StateCause { slug: "events-hidden-by-policy", find: events_hidden_by_policy::find },
    StateCause { slug: "granted-policy-does-not-exist", find: granted_policy_does_not_exist::find },
    StateCause { slug: "group-assignment-still-propagating", find: group_assignment_still_propagating::find },
    StateCause { slug: "license-still-propagating", find: license_still_propagating::find },
    StateCause { slug: "meeting-in-another-tenant", find: meeting_in_another_tenant::find },
    StateCause { slug: "no-policy-names-app", find: no_policy_names_app::find },
    StateCause { slug: "object-id-in-app-ids", find: object_id_in_app_ids::find },
    StateCause { slug: "permission-granted-as-application", find: permission_granted_as_application::find },
    StateCause { slug: "permission-granted-as-delegated", find: permission_granted_as_delegated::find },
    StateCause { slug: "permission-not-governed", find: permission_not_governed::find },
    StateCause { slug: "permission-not-granted", find: permission_not_granted::find },
    StateCause { slug: "permission-too-narrow", find: permission_too_narrow::find },
    StateCause { slug: "policy-granted-to-another-user", find: policy_granted_to_another_user::find },
    StateCause { slug: "policy-not-granted", find: policy_not_granted::find },
    StateCause { slug: "policy-shadowed", find: policy_shadowed::find },
    StateCause { slug: "policy-still-propagating", find: policy_still_propagating::find },
    StateCause { slug: "service-principal-disabled", find: service_principal_disabled::find },
    StateCause { slug: "speaker-attribution-disabled", find: speaker_attribution_disabled::find },
    StateCause { slug: "token-expired", find: token_expired::find },
    StateCause { slug: "token-for-another-audience", find: token_for_another_audience::find },
    StateCause { slug: "token-from-another-tenant", find: token_from_another_tenant::find },
    StateCause { slug: "token-older-than-grant", find: token_older_than_grant::find },
    StateCause { slug: "transcript-access-disabled", find: transcript_access_disabled::find },
    StateCause { slug: "user-disabled", find: user_disabled::find },
    StateCause { slug: "user-is-guest", find: user_is_guest::find },
    StateCause { slug: "user-only-in-nested-group", find: user_only_in_nested_group::find },
    StateCause { slug: "user-unknown", find: user_unknown::find },
    StateCause { slug: "user-without-teams", find: user_without_teams::find },
];
