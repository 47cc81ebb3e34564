//! Every read: its address, what it is for, and the least right that it takes. Nothing else names a path.
//!
//! Paths and properties are of the v1.0 metadata of Microsoft Graph (microsoftgraph/msgraph-metadata).

use uuid::Uuid;

use crate::knowledge;
use crate::knowledge::GRAPH;

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
            Self::Organization => return ORGANIZATION_RIGHT.to_owned(),
            Self::AllConfigurations | Self::AllConfigurationsInItsPages | Self::Configuration(_) => {
                return CONFIGURATION_RIGHT.to_owned();
            }
            Self::Graph | Self::Principal(_) | Self::Resource(_) | Self::AllPrincipals => "app",
            Self::Roles(_) => "app-roles",
            Self::Application(_) | Self::AllApplications => "app-object",
            Self::Grants(..) | Self::AllGrants => "delegated-grants",
            Self::AllUsers | Self::User(_) => "user-license",
            Self::UsersOf(_) => return users_of_right(),
            Self::Visibility(_) => return VISIBILITY_RIGHT.to_owned(),
            Self::Members(_) | Self::UserMembers(_) | Self::GroupMembers(_) | Self::UserIdsOf(_) => "group-members",
        };
        knowledge::read(read).map_or(String::new(), |read| read.right.to_string())
    }
}

const CONFIGURATION_RIGHT: &str = "Graph permission TeamsUserConfiguration.Read.All";

const ORGANIZATION_RIGHT: &str = "Graph permission Organization.Read.All, or give `--tenant`";

// learn.microsoft.com/graph/api/group-get
const VISIBILITY_RIGHT: &str = "Graph permission GroupMember.Read.All";

/// Members with their properties take the right to each of both.
fn users_of_right() -> String {
    let right = |name: &str| knowledge::read(name).map_or(String::new(), |read| read.right.to_string());
    let group = right("group-members");
    format!("{} and {}", right("user-license"), group.strip_prefix("Graph permission ").unwrap_or(&group))
}

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
    let own =
        |part: &'static str, read: &str, right: &str| Right { part, read: read.to_owned(), right: right.to_owned() };
    let hidden = format!("{VISIBILITY_RIGHT} (and Member.Read.Hidden to read them)");
    rights.push(own("groups.members", "whether members are hidden, of a group that shows nobody", &hidden));
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
    let last_of_users = rights.iter().rposition(|right| right.part == "users").map_or(rights.len(), |at| at + 1);
    rights.insert(last_of_users, own("users", "the users of a group (`--users group:ID`)", &users_of_right()));
    rights.push(own("tenant", "the tenant's id, where the token does not tell it", ORGANIZATION_RIGHT));
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
#[path = "../../../tests/fetch/metadata.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "shared with the tests of the whole command"
)]
mod metadata;

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    /// Each read once. A new one does not compile before it stands here.
    fn every() -> Vec<What> {
        let id = Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef);
        let name = "o'neil+x@contoso.com".to_owned();
        let mut all = vec![What::Organization];
        let next = |what: &What| match what {
            What::Organization => Some(What::Graph),
            What::Graph => Some(What::Principal(id)),
            What::Principal(_) => Some(What::Roles(id)),
            What::Roles(_) => Some(What::Application(id)),
            What::Application(_) => Some(What::Grants(id, id)),
            What::Grants(..) => Some(What::Resource(id)),
            What::Resource(_) => Some(What::AllPrincipals),
            What::AllPrincipals => Some(What::AllApplications),
            What::AllApplications => Some(What::AllGrants),
            What::AllGrants => Some(What::AllUsers),
            What::AllUsers => Some(What::User(name.clone())),
            What::User(_) => Some(What::UsersOf(id)),
            What::UsersOf(_) => Some(What::UserIdsOf(id)),
            What::UserIdsOf(_) => Some(What::Members(id)),
            What::Members(_) => Some(What::Visibility(id)),
            What::Visibility(_) => Some(What::UserMembers(id)),
            What::UserMembers(_) => Some(What::GroupMembers(id)),
            What::GroupMembers(_) => Some(What::AllConfigurations),
            What::AllConfigurations => Some(What::AllConfigurationsInItsPages),
            What::AllConfigurationsInItsPages => Some(What::Configuration(id)),
            What::Configuration(_) => None,
        };
        while let Some(what) = all.last().and_then(next) {
            all.push(what);
        }
        all
    }

    #[test]
    fn every_request_is_valid_by_the_metadata_of_graph() {
        let metadata = metadata::Metadata::load();
        let all = every();
        assert_eq!(all.len(), 21);
        for what in all.iter().chain(&[What::User("$o'neil@contoso.com".to_owned())]) {
            let target = what.target();
            if let Err(why) = metadata.check(&target, what.is_advanced()) {
                panic!("{target}: {why}");
            }
        }
    }

    /// Who gives the rights of the table is not refused for a right that is not in it.
    #[test]
    fn every_request_has_its_right_in_the_table() {
        let rights = rights();
        for what in every() {
            let part = match what.part() {
                For::Tenant => "tenant",
                For::Users => "users",
                For::Apps => "apps",
                For::Members => "groups.members",
                For::Effective => "effective",
            };
            let (right, own) = (what.right(), rights.iter().filter(|it| it.part == part).map(|it| &it.right));
            let told = own.clone().any(|it| it.split(" (").next() == Some(right.as_str()) || it.contains(&right));
            // The users of a group by their ids alone: each is read by herself.
            let members = matches!(what, What::UserIdsOf(_)) && rights.iter().any(|it| it.right == right);
            assert!(told || members, "{part}: {right} is not among {:?}", own.collect::<Vec<_>>());
        }
    }

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
        assert_eq!(rights.len(), 15);
        assert!(rights.iter().all(|right| !right.right.is_empty() && !right.read.is_empty()));
    }
}
