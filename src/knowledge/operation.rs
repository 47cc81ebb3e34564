//! Graph operations: method and path template, the permissions they take, whom the policy is asked about.

/// Whether the documents say that the application access policy is asked for an operation
/// (the column of that name in the operation table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyRule {
    /// The page of the operation demands the policy.
    Required,
    /// Only the description of the permission demands it.
    RequiredByPermission,
    /// Sources disagree.
    Conflicting,
    /// No page found.
    NotFound,
    /// A page without a word on the policy.
    NotMentioned,
    /// A list that leaves out what the policy does not cover: 200 with fewer items.
    FiltersResults,
    /// The operation does not work with the policy.
    NotSupported,
    /// The operation takes no application permission.
    NotApplicable,
}

/// Whose policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicySubject {
    /// The user in the path.
    UserInPath,
    /// The user given as the argument of a function.
    Argument,
    /// The creator of the virtual event.
    EventCreator,
    /// Nobody.
    Nobody,
}

/// Permissions by how the token was got; `None` = not listed by the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Least privileged.
    pub least: &'static [&'static str],
    /// Also accepted.
    pub higher: &'static [&'static str],
}

impl Permissions {
    /// All accepted permissions, least privileged first.
    pub fn accepted(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.least.iter().chain(self.higher).copied()
    }

    /// The permission to grant: the least privileged one; where the source names none, the only one that is accepted. Of
    /// several each may be for another kind of call, as `POST /communications/calls` has it.
    #[must_use]
    pub fn to_grant(&self) -> Option<&'static str> {
        self.least.first().copied().or(if let [only] = self.higher { Some(*only) } else { None })
    }
}

/// One Graph method + path template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Short name (`read-meeting`), if it has one.
    pub name: Option<&'static str>,
    /// HTTP method, upper case.
    pub method: &'static str,
    /// Path template below the version, `/users/{userId}/onlineMeetings/{meetingId}`.
    pub path: &'static str,
    /// Versions that have the path; empty = not found.
    pub versions: &'static [&'static str],
    /// Delegated permissions; `None` = not supported or not listed.
    pub delegated: Option<Permissions>,
    /// Application permissions; `None` = not supported or not listed.
    pub application: Option<Permissions>,
    /// Whether application permissions are supported; `None` = not found.
    pub application_supported: Option<bool>,
    /// Whether delegated permissions are supported; `None` = not found.
    pub delegated_supported: Option<bool>,
    /// Resource-specific consent permissions that are an alternative; empty = none.
    pub rsc: &'static [&'static str],
    /// Whether the policy is asked.
    pub policy: PolicyRule,
    /// Whose policy is asked.
    pub subject: PolicySubject,
    /// Clouds that have it by the documents; empty = not found.
    pub clouds: &'static [&'static str],
    /// Whether it reads transcripts, so that the tenant's transcript switch is asked.
    pub reads_transcripts: bool,
}

impl Operation {
    /// Other operations of the same path, as far as a document says what an app needs for them: of the others there is
    /// nothing but the metadata, and nobody is known to call them.
    pub fn siblings(&self) -> impl Iterator<Item = &'static Self> {
        let other = ["GET", "POST", "PATCH", "PUT", "DELETE"].into_iter().filter(|method| *method != self.method);
        other.filter_map(|method| super::operation_for(method, self.path)).filter(|other| other.application.is_some())
    }

    /// Whether it reads a collection that an app adds to by `POST` of the same path.
    #[must_use]
    pub fn is_added_to(&self) -> bool {
        self.method == "GET" && super::operation_for("POST", self.path).is_some_and(|it| it.application.is_some())
    }

    /// A row that the build wrote and checked, with tabs between its fields: path, name, versions, clouds, delegated
    /// and application permissions as in `rules/operations.toml`, resource-specific ones, policy, subject, transcripts.
    pub(super) fn decode(method: &'static str, row: &'static str) -> Self {
        let mut fields = row.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (path, name) = (next(), Some(next()).filter(|name| !name.is_empty()));
        let (versions, clouds) = (words(next()), words(next()));
        let (delegated, delegated_supported) = permissions(next());
        let (application, application_supported) = permissions(next());
        let rsc = words(next());
        let policy = match next() {
            "Required" => PolicyRule::Required,
            "RequiredByPermission" => PolicyRule::RequiredByPermission,
            "Conflicting" => PolicyRule::Conflicting,
            "NotMentioned" => PolicyRule::NotMentioned,
            "FiltersResults" => PolicyRule::FiltersResults,
            "NotSupported" => PolicyRule::NotSupported,
            "NotApplicable" => PolicyRule::NotApplicable,
            _ => PolicyRule::NotFound,
        };
        let subject = match next() {
            "UserInPath" => PolicySubject::UserInPath,
            "Argument" => PolicySubject::Argument,
            "EventCreator" => PolicySubject::EventCreator,
            _ => PolicySubject::Nobody,
        };
        let reads_transcripts = !next().is_empty();
        Self {
            name,
            method,
            path,
            versions,
            delegated,
            application,
            application_supported,
            delegated_supported,
            rsc,
            policy,
            subject,
            clouds,
            reads_transcripts,
        }
    }
}

/// Each row is decoded once and kept as long as the program runs.
fn words(list: &'static str) -> &'static [&'static str] {
    if list.is_empty() { &[] } else { Vec::leak(list.split(' ').collect()) }
}

/// Permissions, and whether the kind of token is supported.
fn permissions(list: &'static str) -> (Option<Permissions>, Option<bool>) {
    match list {
        "" => (None, None),
        "no" => (None, Some(false)),
        "rsc-only" => (None, Some(true)),
        _ => {
            let (least, higher) = list.split_once(';').unwrap_or((list, ""));
            (Some(Permissions { least: words(least), higher: words(higher) }), Some(true))
        }
    }
}
