//! Whom a question is about: an id, or a name that the snapshot may know.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;

use uuid::Uuid;

use crate::knowledge::nearest;
use crate::source::masked;
use crate::tenant::{GroupAssignment, Snapshot, View};

/// An app, a user or a group as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// By id.
    Id(Uuid),
    /// By user principal name or display name.
    Name(Box<str>),
}

impl Subject {
    /// Reads what somebody wrote; blanks around it do not count, and a token in the wrong place is masked.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        Uuid::try_parse(text).map_or_else(|_| Self::Name(masked(text).into()), Self::Id)
    }

    /// The name, if it is none that is an id.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Name(name) => Some(name),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// What a snapshot makes of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This id.
    Id(Uuid),
    /// Nobody listed has the name.
    Unlisted,
    /// So many have it.
    Several(usize),
}

impl Resolved {
    /// The id, if there is one.
    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(id),
            Self::Unlisted | Self::Several(_) => None,
        }
    }
}

/// Display names of a snapshot, put together when the first one is asked for.
#[derive(Debug)]
pub struct Names<'v, 's> {
    view: &'v View<'s>,
    users: OnceCell<HashMap<String, Vec<Uuid>>>,
}

impl<'v, 's> Names<'v, 's> {
    /// The names of a snapshot.
    #[must_use]
    pub const fn new(view: &'v View<'s>) -> Self {
        Self { view, users: OnceCell::new() }
    }

    /// A user: by id as it is, by user principal name, else by display name if one user alone has it.
    #[must_use]
    pub fn user(&self, subject: &Subject) -> Resolved {
        let name = match subject {
            Subject::Id(id) => return Resolved::Id(*id),
            Subject::Name(name) => name,
        };
        if let Some(user) = self.view.user_named(name) {
            return Resolved::Id(user.id);
        }
        if let Some(count) = self.view.sharing(name) {
            return Resolved::Several(count);
        }
        let users = self.users.get_or_init(|| {
            let mut users: HashMap<String, Vec<Uuid>> = HashMap::new();
            for user in self.view.snapshot().users.known() {
                if let Some(name) = &user.name {
                    users.entry(folded(name)).or_default().push(user.id);
                }
            }
            users
        });
        one(users.get(&folded(name)).map(Vec::as_slice).unwrap_or_default())
    }

    /// An app: by client id as it is, else by display name if one app alone has it.
    #[must_use]
    pub fn app(&self, subject: &Subject) -> Resolved {
        let name = match subject {
            Subject::Id(id) => return Resolved::Id(*id),
            Subject::Name(name) => folded(name),
        };
        let apps = self.view.snapshot().apps.known().iter();
        let named: Vec<Uuid> =
            apps.filter(|app| app.name.as_ref().is_some_and(|own| folded(own) == name)).map(|app| app.app_id).collect();
        one(&named)
    }

    /// A group with an assignment: by id or by name; with its position in the list.
    #[must_use]
    pub fn group(&self, subject: &Subject) -> Option<(usize, &'s GroupAssignment)> {
        let mut of = self.view.snapshot().groups.known().iter().enumerate().filter(|(_, group)| match subject {
            Subject::Id(id) => group.group_id == *id,
            Subject::Name(name) => group.name.as_ref().is_some_and(|own| folded(own) == folded(name)),
        });
        let first = of.next()?;
        of.next().is_none().then_some(first)
    }

    /// The app of which this is an object id: people give it where the client id is meant.
    #[must_use]
    pub fn app_of_object(&self, id: Uuid) -> Option<Uuid> {
        let apps = self.view.snapshot().apps.known();
        if apps.iter().any(|app| app.app_id == id) {
            return None;
        }
        let own = |of: Option<Uuid>| of == Some(id);
        apps.iter().find(|app| own(app.service_principal_id) || own(app.application_object_id)).map(|app| app.app_id)
    }
}

/// That nobody listed has a name: an answer where the list leaves none out.
#[must_use]
pub fn unlisted(snapshot: &Snapshot, is_app: bool, subject: &Subject) -> String {
    let (what, whole) =
        if is_app { ("app", snapshot.apps.is_complete()) } else { ("user", snapshot.users.is_complete()) };
    if whole {
        format!("no {what} of this tenant is called `{subject}`")
    } else {
        format!("the snapshot lists no {what} called `{subject}`, and its list is not complete")
    }
}

/// Names that are near one that nobody has: `; near it: ...`, or nothing. It looks at all names, so that it is for single
/// answers.
#[must_use]
pub fn near_words(snapshot: &Snapshot, is_app: bool, subject: &Subject) -> String {
    let wanted = folded(&subject.to_string());
    let near = if is_app {
        near(&wanted, snapshot.apps.known().iter().filter_map(|app| app.name.as_deref()))
    } else {
        let users = snapshot.users.known().iter();
        near(&wanted, users.flat_map(|user| [user.upn.as_deref(), user.name.as_deref()]).flatten())
    };
    if near.is_empty() { String::new() } else { format!("; near it: `{}`", near.join("`, `")) }
}

/// Names that begin or go on like the wanted one, else the one that differs by a slip.
pub(crate) fn near<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> Vec<&'n str> {
    const NEAR: usize = 3;
    // Of very many names nobody looks for a near one again and again.
    let names = names.take(2000);
    let alike = |name: &&str| {
        let name = folded(name);
        wanted.chars().count() >= NEAR && (name.starts_with(wanted) || wanted.starts_with(&name) && name.len() >= NEAR)
    };
    let found: Vec<&str> = names.clone().filter(alike).take(NEAR).collect();
    if found.is_empty() { nearest(wanted, names).into_iter().collect() } else { found }
}

/// Names compare without case and without blanks around them.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn one(ids: &[Uuid]) -> Resolved {
    match ids {
        [] => Resolved::Unlisted,
        [only] => Resolved::Id(*only),
        [first, rest @ ..] if rest.iter().all(|id| id == first) => Resolved::Id(*first),
        several => Resolved::Several(several.len()),
    }
}
