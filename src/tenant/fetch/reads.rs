//! Every read: its address, what it is for, and the least right that it takes. Nothing else names a path.
//!
//! Paths and properties are of the v1.0 metadata of Microsoft Graph (microsoftgraph/msgraph-metadata).

use uuid::Uuid;

use crate::diagnose::GRAPH;
use crate::knowledge;

/// The most that a page of directory objects holds (learn.microsoft.com/graph/api/user-list).
const PAGE: &str = "$top=999";
const USER: &str = "$select=id,userPrincipalName,displayName,userType,accountEnabled,assignedPlans";
const PRINCIPAL: &str = "$select=id,appId,displayName,accountEnabled,appOwnerOrganizationId";
const APPLICATION: &str = "$select=id,appId,displayName,requiredResourceAccess";
const ID: &str = "$select=id";
const CONFIGURATION: &str = "$select=id,effectivePolicyAssignments";

/// The part of the snapshot that a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum For {
    Tenant,
    Users,
    Apps,
    Members,
    Effective,
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// The tenant's id.
    Organization,
    /// The tenant's service principal of Microsoft Graph: its id and the names of its roles.
    Graph,
    /// The service principal of an app.
    Principal(Uuid),
    /// The app roles that an app was granted.
    Roles(Uuid),
    /// The registration of an app, in its home tenant only.
    Application(Uuid),
    /// The delegated permissions that an app was granted: app and service principal.
    Grants(Uuid, Uuid),
    /// Another resource whose roles were granted: id of its service principal.
    Resource(Uuid),
    /// Every service principal.
    AllPrincipals,
    /// Every registration of this tenant.
    AllApplications,
    /// Every delegated permission that was granted.
    AllGrants,
    /// Every user.
    AllUsers,
    /// A user, by object id or user principal name.
    User(String),
    /// The users of a group with their properties.
    UsersOf(Uuid),
    /// The ids of the users of a group, where the service does not cast members.
    UserIdsOf(Uuid),
    /// The direct members of a group with an assignment, or of one that is nested in it.
    Members(Uuid),
    /// Whether the members of a group are hidden; asked where nobody is shown.
    Visibility(Uuid),
    /// The users among them, where the service does not say what a member is.
    UserMembers(Uuid),
    /// The groups among them, likewise.
    GroupMembers(Uuid),
    /// The effective Teams policies of every user.
    AllConfigurations,
    /// The same, where the service does not take so large a page.
    AllConfigurationsInItsPages,
    /// The effective Teams policies of a user.
    Configuration(Uuid),
}

impl What {
    /// Path and query below the version.
    pub(super) fn target(&self) -> String {
        match self {
            Self::Organization => "/organization?$select=id".to_owned(),
            Self::Graph => format!("/servicePrincipals(appId='{GRAPH}')?$select=id,appRoles"),
            Self::Principal(app) => format!("/servicePrincipals(appId='{app}')?{PRINCIPAL}"),
            Self::Roles(app) => format!("/servicePrincipals(appId='{app}')/appRoleAssignments?{PAGE}"),
            Self::Application(app) => format!("/applications(appId='{app}')?{APPLICATION}"),
            Self::Grants(_, principal) => {
                format!("/oauth2PermissionGrants?$filter=clientId%20eq%20'{principal}'&{PAGE}")
            }
            Self::Resource(principal) => format!("/servicePrincipals/{principal}?$select=id,appId,appRoles"),
            Self::AllPrincipals => format!("/servicePrincipals?{PRINCIPAL}&{PAGE}"),
            Self::AllApplications => format!("/applications?{APPLICATION}&{PAGE}"),
            Self::AllGrants => format!("/oauth2PermissionGrants?{PAGE}"),
            Self::AllUsers => format!("/users?{USER}&{PAGE}"),
            // A name that begins with a dollar sign stands in quotes (learn.microsoft.com/graph/api/user-get).
            Self::User(user) if user.starts_with('$') => {
                format!("/users('{}')?{USER}", segment(&user.replace('\'', "''")))
            }
            Self::User(user) => format!("/users/{}?{USER}", segment(user)),
            // A cast takes the header of advanced queries and `$count` (learn.microsoft.com/graph/aad-advanced-queries).
            Self::UsersOf(group) => format!("/groups/{group}/members/microsoft.graph.user?{USER}&$count=true&{PAGE}"),
            Self::Members(group) | Self::UserIdsOf(group) => format!("/groups/{group}/members?{ID}&{PAGE}"),
            Self::UserMembers(group) => format!("/groups/{group}/members/microsoft.graph.user?{ID}&$count=true&{PAGE}"),
            Self::GroupMembers(group) => {
                format!("/groups/{group}/members/microsoft.graph.group?{ID}&$count=true&{PAGE}")
            }
            Self::Visibility(group) => format!("/groups/{group}?$select=id,visibility"),
            // `$top` is documented, its largest value is not.
            Self::AllConfigurations => format!("/admin/teams/userConfigurations?{CONFIGURATION}&{PAGE}"),
            Self::AllConfigurationsInItsPages => format!("/admin/teams/userConfigurations?{CONFIGURATION}"),
            Self::Configuration(user) => format!("/admin/teams/userConfigurations/{user}?{CONFIGURATION}"),
        }
    }

    /// Whether the answer is a page of a list that may be long.
    pub(super) const fn is_long(&self) -> bool {
        matches!(
            self,
            Self::AllPrincipals
                | Self::AllApplications
                | Self::AllGrants
                | Self::AllUsers
                | Self::UsersOf(_)
                | Self::AllConfigurations
                | Self::AllConfigurationsInItsPages
        )
    }

    /// Whether it is an advanced query: a cast (learn.microsoft.com/graph/aad-advanced-queries).
    pub(super) const fn is_advanced(&self) -> bool {
        matches!(self, Self::UsersOf(_) | Self::UserMembers(_) | Self::GroupMembers(_))
    }

    /// The group whose members it is about.
    pub(super) const fn group(&self) -> Option<Uuid> {
        match self {
            Self::Members(group) | Self::Visibility(group) | Self::UserMembers(group) | Self::GroupMembers(group) => {
                Some(*group)
            }
            _ => None,
        }
    }

    /// The part that it is for.
    pub(super) const fn part(&self) -> For {
        match self {
            Self::Organization => For::Tenant,
            Self::AllUsers | Self::User(_) | Self::UsersOf(_) | Self::UserIdsOf(_) => For::Users,
            Self::Members(_) | Self::Visibility(_) | Self::UserMembers(_) | Self::GroupMembers(_) => For::Members,
            Self::AllConfigurations | Self::AllConfigurationsInItsPages | Self::Configuration(_) => For::Effective,
            _ => For::Apps,
        }
    }

    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Organization => "the tenant's id".to_owned(),
            Self::Graph => "the service principal of Microsoft Graph".to_owned(),
            Self::Principal(app) => format!("the service principal of app `{app}`"),
            Self::Roles(app) => format!("the app roles of app `{app}`"),
            Self::Application(app) => format!("the registration of app `{app}`"),
            Self::Grants(app, _) => format!("the delegated permissions of app `{app}`"),
            Self::Resource(principal) => format!("the service principal `{principal}`"),
            Self::AllPrincipals => "the list of service principals".to_owned(),
            Self::AllApplications => "the list of registrations".to_owned(),
            Self::AllGrants => "the list of delegated permissions".to_owned(),
            Self::AllUsers => "the list of users".to_owned(),
            Self::User(user) => format!("user `{user}`"),
            Self::UsersOf(group) | Self::UserIdsOf(group) => format!("the users of group `{group}`"),
            Self::Members(group) => format!("the members of group `{group}`"),
            Self::Visibility(group) => format!("the visibility of group `{group}`"),
            Self::UserMembers(group) => format!("the users among the members of group `{group}`"),
            Self::GroupMembers(group) => format!("the groups among the members of group `{group}`"),
            Self::AllConfigurations | Self::AllConfigurationsInItsPages => {
                "the list of users' Teams policies".to_owned()
            }
            Self::Configuration(user) => format!("the Teams policies of user `{user}`"),
        }
    }

    /// The least right that it takes.
    pub(super) fn right(&self) -> String {
        let read = match self {
            Self::Organization => return "Graph permission Organization.Read.All, or give `--tenant`".to_owned(),
            Self::AllConfigurations | Self::AllConfigurationsInItsPages | Self::Configuration(_) => {
                return CONFIGURATION_RIGHT.to_owned();
            }
            Self::Graph | Self::Principal(_) | Self::Resource(_) | Self::AllPrincipals => "app",
            Self::Roles(_) => "app-roles",
            Self::Application(_) | Self::AllApplications => "app-object",
            Self::Grants(..) | Self::AllGrants => "delegated-grants",
            Self::AllUsers | Self::User(_) | Self::UsersOf(_) => "user-license",
            // learn.microsoft.com/graph/api/group-get
            Self::Visibility(_) => return "Graph permission GroupMember.Read.All".to_owned(),
            Self::Members(_) | Self::UserMembers(_) | Self::GroupMembers(_) | Self::UserIdsOf(_) => "group-members",
        };
        knowledge::read(read).map_or(String::new(), |read| read.right.to_string())
    }
}

const CONFIGURATION_RIGHT: &str = "Graph permission TeamsUserConfiguration.Read.All";

/// What a part takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// Part of the snapshot.
    pub part: &'static str,
    /// What is read for it.
    pub read: String,
    /// The least right.
    pub right: String,
}

/// The least right of every read, by part: what `--explain-rights` prints.
#[must_use]
pub fn rights() -> Vec<Right> {
    let by_read = |part: &'static str, name: &str| {
        knowledge::read(name).map(|read| Right { part, read: read.what.to_string(), right: read.right.to_string() })
    };
    let mut rights: Vec<Right> = [
        ("policies", "policies"),
        ("direct", "direct"),
        ("groups", "group-assignments"),
        ("groups.members", "group-members"),
    ]
    .into_iter()
    .filter_map(|(part, name)| by_read(part, name))
    .collect();
    rights.push(Right {
        part: "effective",
        read: "the policy that is effective for each user, where Graph tells it".to_owned(),
        right: CONFIGURATION_RIGHT.to_owned(),
    });
    rights.extend(
        [
            ("users", "user"),
            ("users", "user-license"),
            ("apps", "app"),
            ("apps", "app-roles"),
            ("apps", "app-object"),
            ("apps", "delegated-grants"),
            ("settings", "transcript-switch"),
        ]
        .into_iter()
        .filter_map(|(part, name)| by_read(part, name)),
    );
    rights
}

/// A path segment: what is not plain is percent-encoded.
fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_stay_one_segment() {
        let target = What::User("a/../b?c#d'é@contoso.com".to_owned()).target();
        let quoted = What::User("$o'neil@contoso.com".to_owned()).target();
        assert!(quoted.starts_with("/users('%24o%27%27neil@contoso.com')?$select="), "{quoted}");
        assert!(target.starts_with("/users/a%2F..%2Fb%3Fc%23d%27%C3%A9@contoso.com?$select="), "{target}");
    }

    #[test]
    fn every_right_is_named() {
        let rights = rights();
        assert_eq!(rights.len(), 12);
        assert!(rights.iter().all(|right| !right.right.is_empty() && !right.read.is_empty()));
    }
}
