//! Causes that need reasoning, one file each: what the snapshot, the token and the call prove or suggest.
//!
//! A new cause is a file with `find`, its `mod` line, and one line in [`STATE`] or [`CALL`]. The texts are in
//! `rules/causes/`; a cause that its symptom alone proves needs no file here.

mod another_registration_listed;
mod app_unknown_in_tenant;
mod application_access_unsupported;
mod call;
mod caller_not_organizer;
mod calls_permission_missing;
mod copilot_license_missing;
mod delegated_token;
mod delegated_token_for_another_user;
mod doubted;
mod events_hidden_by_policy;
mod exchange_policy_instead;
mod granted_policy_does_not_exist;
mod group_assignment_still_propagating;
mod join_url_filter_malformed;
mod join_url_of_app_organizer;
mod license_still_propagating;
mod me_path_without_user;
mod meeting_id_of_another_kind;
mod meeting_in_another_tenant;
mod no_policy_names_app;
mod object_id_in_app_ids;
mod operation_not_in_cloud;
mod operation_not_in_version;
mod organizer_parameter_missing;
mod participant_without_upn;
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
mod refuted;
mod service_principal_disabled;
mod settled;
mod speaker_attribution_disabled;
mod time;
mod token_expired;
mod token_for_another_audience;
mod token_from_another_tenant;
mod token_older_than_grant;
mod transcript_access_disabled;
mod unsupported_filter;
mod user;
mod user_disabled;
mod user_is_guest;
mod user_missing_from_path;
mod user_only_in_nested_group;
mod user_principal_name_in_path;
mod user_unknown;
mod user_without_teams;

pub use doubted::doubted;
pub(crate) use doubted::other_cmdlet;
pub use refuted::refuted;
pub use settled::{ruled_out, undecided};
pub(crate) use user_unknown::is_named_missing;

pub use call::{Call, POLICY_MESSAGES};

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

/// A cause that is told from the failed call.
#[derive(Clone, Copy, Debug)]
pub struct CallCause {
    /// Its slug.
    pub slug: &'static str,
    /// The finding, if it applies.
    pub find: fn(&Call<'_>) -> Option<Finding>,
}

/// Every cause that is told from the call, by slug.
pub const CALL: &[CallCause] = &[
    CallCause { slug: "copilot-license-missing", find: copilot_license_missing::find },
    CallCause { slug: "delegated-token", find: delegated_token::of_call },
    CallCause { slug: "delegated-token-for-another-user", find: delegated_token_for_another_user::find },
    CallCause { slug: "exchange-policy-instead", find: exchange_policy_instead::find },
    CallCause { slug: "join-url-filter-malformed", find: join_url_filter_malformed::find },
    CallCause { slug: "join-url-of-app-organizer", find: join_url_of_app_organizer::find },
    CallCause { slug: "me-path-without-user", find: me_path_without_user::find },
    CallCause { slug: "meeting-id-of-another-kind", find: meeting_id_of_another_kind::find },
    CallCause { slug: "operation-not-in-cloud", find: operation_not_in_cloud::find },
    CallCause { slug: "operation-not-in-version", find: operation_not_in_version::find },
    CallCause { slug: "organizer-parameter-missing", find: organizer_parameter_missing::find },
    CallCause { slug: "participant-without-upn", find: participant_without_upn::find },
    CallCause { slug: "unsupported-filter", find: unsupported_filter::find },
    CallCause { slug: "user-missing-from-path", find: user_missing_from_path::find },
    CallCause { slug: "user-principal-name-in-path", find: user_principal_name_in_path::find },
    CallCause { slug: "user-unknown", find: user_unknown::of_call },
];

/// The findings that the call itself suggests.
#[must_use]
pub fn of_call(call: &Call<'_>) -> Vec<Finding> {
    CALL.iter().filter_map(|cause| (cause.find)(call)).collect()
}
