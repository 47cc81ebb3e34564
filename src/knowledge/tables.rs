//! Permissions, windows, clouds and cmdlets: the shapes of the smaller tables.

use uuid::Uuid;

/// The app id of Microsoft Graph itself (learn.microsoft.com/troubleshoot/entra: verify first-party apps).
pub const GRAPH: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);

/// What kind of permission a name is. Four names are both a role and a scope; only the id tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermissionKind {
    /// An app role: a call without a user.
    Application,
    /// A delegated scope: a call for a signed-in user.
    Delegated,
    /// A resource-specific permission, consented per chat.
    ResourceSpecific,
}

/// Whether the application access policy is asked on top of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Governed {
    /// The concept page of the policy lists the permission.
    Yes,
    /// Only the permission's own description says so.
    ByDescription,
    /// Only the pages of its operations say so.
    ByPage,
    /// Sources disagree.
    Conflicting,
    /// No source says so.
    No,
}

/// A permission of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `OnlineMeetings.Read.All`
    pub name: &'static str,
    /// Role, scope or resource-specific.
    pub kind: PermissionKind,
    /// Id of the role or scope; `None` = not found.
    pub id: Option<Uuid>,
    /// Whether the policy is asked too.
    pub governed: Governed,
    /// What that rests on; empty where nothing says so.
    pub basis: &'static str,
    /// The resource-specific permission that is an alternative.
    pub rsc: Option<&'static str>,
}

/// How long a change may take, as the documents say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Unique name.
    pub name: &'static str,
    /// The documented figure, seconds; `None` = none was found.
    pub seconds: Option<u32>,
    /// Whether the figure is documented as an upper bound.
    pub bound: bool,
    /// What the documents say.
    pub text: &'static str,
    /// The page.
    pub url: &'static str,
    /// The day on which somebody looked, `YYYY-MM-DD`.
    pub checked: &'static str,
}

/// The hosts of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `global`, `usgov-l4`, `usgov-dod`, `china`, `bleu`, `delos`, `govsg`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Host of Microsoft Graph.
    pub graph: &'static str,
    /// Host of the sign-in authority; US Government L4 and DoD share one.
    pub login: &'static str,
    /// Host that the MicrosoftTeams module talks to (undocumented); `None` = not found.
    pub teams: Option<&'static str>,
}

/// What a number of the sign-in authority means (`AADSTS7000222`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInAnswer {
    /// The number.
    pub code: u32,
    /// What it says, for people.
    pub means: &'static str,
    /// What to change.
    pub help: &'static str,
}

/// What a cmdlet is in this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmdletKind {
    /// Manages policies or what they rest on.
    Policy,
    /// Reads assignments.
    Read,
    /// Signs in.
    Connect,
    /// Belongs to another product and is confused with one of these.
    Lookalike,
    /// Does not work any more.
    Retired,
}

/// What the value of a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holds {
    /// The name of a policy.
    PolicyName,
    /// The object id of a user.
    UserId,
    /// Client ids of apps.
    AppIds,
    /// The object id of a group.
    GroupId,
    /// A rank, 1 first.
    Rank,
    /// Something else.
    Text,
}

/// A parameter of a cmdlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name without the hyphen.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// The parameter sets that have it; empty = all.
    pub sets: &'static [&'static str],
    /// Position as documented (0 or 1 is first); `None` = by name only.
    pub position: Option<u8>,
    /// Whether it must be given in its sets.
    pub mandatory: bool,
    /// What its value is; `None` = a switch.
    pub holds: Option<Holds>,
}

/// A PowerShell cmdlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cmdlet {
    /// `Grant-CsApplicationAccessPolicy`
    pub name: &'static str,
    /// What it is.
    pub kind: CmdletKind,
    /// The module that has it.
    pub module: &'static str,
    /// Whether `parameters` holds every documented parameter, common ones aside.
    pub complete: bool,
    /// Its parameter sets; empty = not told apart.
    pub sets: &'static [&'static str],
    /// The set that is taken when no parameter decides.
    pub default_set: Option<&'static str>,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// What to use instead.
    pub instead: Option<&'static str>,
    /// One sentence for people; may be empty.
    pub note: &'static str,
    /// Its page.
    pub url: &'static str,
}

impl Cmdlet {
    /// The parameter of this name or alias, any case, without the hyphen. Unambiguous prefixes are for the caller.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| {
            parameter.name.eq_ignore_ascii_case(name)
                || parameter.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        })
    }
}

/// Whether a token of this audience is for Microsoft Graph: its root in a cloud (in any, where none is given), with or
/// without a slash at its end, or its app id.
#[must_use]
pub(crate) fn is_graph_audience(audience: &str, of_cloud: Option<&str>) -> bool {
    let audience = audience.trim().trim_end_matches('/').to_lowercase();
    if audience == GRAPH.to_string() {
        return true;
    }
    let Some(host) = audience.strip_prefix("https://") else { return false };
    match of_cloud.and_then(super::cloud) {
        Some(cloud) => cloud.graph.eq_ignore_ascii_case(host),
        None => super::clouds().iter().any(|cloud| cloud.graph.eq_ignore_ascii_case(host)),
    }
}
