//! Which cmdlet or collection printed an object: told by its property names, never declared.

use super::context::Context;
use super::record::Record;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `Get-CsApplicationAccessPolicy`.
    Policy,
    /// `Get-CsOnlineUser`, and `/admin/teams/userConfigurations`.
    OnlineUser,
    /// `Get-CsUserPolicyAssignment`.
    UserPolicy,
    /// `Get-CsUserPolicyAssignment | Select-Object -ExpandProperty PolicySource`.
    PolicySource,
    /// `Get-CsGroupPolicyAssignment`.
    GroupPolicy,
    /// `Get-CsTeamsMeetingConfiguration`.
    MeetingConfiguration,
    /// `Get-MgUser`, `/users`.
    User,
    /// `Get-MgGroupMember`, `/groups/{id}/members`.
    Member,
    /// `Get-MgGroup`, `/groups`.
    Group,
    /// `Get-MgServicePrincipal`, `/servicePrincipals`.
    ServicePrincipal,
    /// `Get-MgApplication`, `/applications`.
    Application,
    /// `Get-MgServicePrincipalAppRoleAssignment`, `/servicePrincipals/{id}/appRoleAssignments`.
    RoleAssignment,
    /// `Get-MgOauth2PermissionGrant`, `/oauth2PermissionGrants`.
    DelegatedGrant,
}

/// Every property name that decides a kind or is read: a table's cut header is completed from these.
pub(super) const NAMES: [&str; 45] = [
    "AccountEnabled",
    "AccountType",
    "AppDisplayName",
    "AppId",
    "AppIds",
    "AppOwnerOrganizationId",
    "AppRoleAssignmentRequired",
    "AppRoleId",
    "ApplicationAccessPolicy",
    "AssignedPlans",
    "ClientId",
    "ConsentType",
    "CreatedBy",
    "CreatedDateTime",
    "CreatedTime",
    "DeletedDateTime",
    "Description",
    "DisplayName",
    "EffectivePolicyAssignments",
    "EnableAttributedTranscripts",
    "EnableGraphTranscriptAccess",
    "FeatureTypes",
    "GroupId",
    "GroupTypes",
    "Id",
    "Identity",
    "Mail",
    "ObjectId",
    "PolicyName",
    "PolicySource",
    "PolicyType",
    "PrincipalDisplayName",
    "PrincipalId",
    "PrincipalType",
    "PublisherDomain",
    "Rank",
    "RequiredResourceAccess",
    "ResourceDisplayName",
    "ResourceId",
    "Scope",
    "ServicePrincipalType",
    "SignInAudience",
    "SipAddress",
    "UserPrincipalName",
    "UserType",
];

/// What property names tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// The kind.
    Is(Kind),
    /// Two kinds have these names; in words.
    Either(&'static str),
    /// None has.
    No,
}

/// Recognises an object by its names, and by what stands around it where two kinds share their names.
pub(super) fn recognise(record: &Record, context: &Context) -> Recognised {
    recognise_names(&|name: &str| record.has(name), context, odata_type(record).as_deref())
}

/// The `@odata.type` of an object, in lower case without `#microsoft.graph.`; also where the Graph SDK keeps it.
pub(super) fn odata_type(record: &Record) -> Option<String> {
    let bare = |text: &str| text.trim_start_matches("#microsoft.graph.").to_ascii_lowercase();
    if let Some(text) = record.text("@odata.type").known() {
        return Some(bare(&text));
    }
    let more = record.value("AdditionalProperties")?;
    if let Some(value) = super::record::member(more, "@odata.type") {
        return value.as_str().map(bare);
    }
    // A console prints a dictionary as `{[key, value], [key, value]}`.
    let text = more.as_str()?;
    let (_, rest) = text.split_once("[@odata.type, ")?;
    rest.split(']').next().map(bare)
}

/// The same for bare names, such as those of a header.
pub(super) fn recognise_names(has: &dyn Fn(&str) -> bool, context: &Context, odata_type: Option<&str>) -> Recognised {
    use Recognised::{Either, Is, No};
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    if has("AppIds") {
        return Is(Kind::Policy);
    }
    if has("GroupId") && has("PolicyName") {
        return Is(Kind::GroupPolicy);
    }
    if has("PolicySource") || has("PolicyType") && has("PolicyName") {
        return Is(Kind::UserPolicy);
    }
    if has("AssignmentType") && has("PolicyName") {
        return Is(Kind::PolicySource);
    }
    if any(&["EnableGraphTranscriptAccess", "EnableAttributedTranscripts"])
        || context.is(&["get-csteamsmeetingconfiguration"]) && has("Identity")
        || has("DisableAnonymousJoin") && has("Identity")
    {
        return Is(Kind::MeetingConfiguration);
    }
    if has("AppRoleId") && any(&["PrincipalId", "ResourceId"]) {
        return Is(Kind::RoleAssignment);
    }
    if has("ConsentType") && has("Scope") {
        return Is(Kind::DelegatedGrant);
    }
    let is_user = odata_type.is_none_or(|kind| kind == "user");
    if context.is_members() && any(&["Id", "ObjectId"]) && !has("AppIds") {
        return Is(Kind::Member);
    }
    if has("AppId") {
        let principal = [
            "ServicePrincipalType",
            "ServicePrincipalNames",
            "AppOwnerOrganizationId",
            "AppRoleAssignmentRequired",
            "AppDisplayName",
        ];
        let application = ["PublisherDomain", "RequiredResourceAccess", "IdentifierUris", "UniqueName"];
        if any(&principal)
            || context.is(&["serviceprincipals", "get-mgserviceprincipal"])
            || odata_type == Some("serviceprincipal")
        {
            return Is(Kind::ServicePrincipal);
        }
        if any(&application) || context.is(&["applications", "get-mgapplication"]) || odata_type == Some("application")
        {
            return Is(Kind::Application);
        }
        return if any(&["Id", "ObjectId"]) {
            Either("a service principal or an app registration: add `ServicePrincipalType` or `PublisherDomain`")
        } else {
            No
        };
    }
    let online = ["ApplicationAccessPolicy", "FeatureTypes", "AccountType", "EffectivePolicyAssignments", "SipAddress"];
    if any(&online) && any(&["Identity", "ObjectId", "Id", "UserPrincipalName"]) {
        return Is(Kind::OnlineUser);
    }
    // Graph calls members and other mixed lists directory objects.
    if context.is(&["directoryobjects"]) && has("Id") {
        return Is(Kind::Member);
    }
    if has("UserPrincipalName") && is_user {
        if has("Identity") {
            return Is(Kind::OnlineUser);
        }
        if any(&["Id", "ObjectId"]) {
            return Is(Kind::User);
        }
    }
    if any(&["GroupTypes", "SecurityEnabled", "MailEnabled", "Visibility", "members"]) && has("Id") {
        return Is(Kind::Group);
    }
    if has("AdditionalProperties") && has("DeletedDateTime") && has("Id")
        || has("Id") && (has("GroupId") || odata_type.is_some())
        || context.is(&["users", "get-mguser"]) && has("Id") && any(&["AccountEnabled", "AssignedPlans", "UserType"])
    {
        return Is(if context.is(&["users", "get-mguser"]) { Kind::User } else { Kind::Member });
    }
    if has("Id") && has("DeletedDateTime") {
        return Is(Kind::Member);
    }
    No
}
