//! What a command takes from whom, in words.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::causes::{Raised, app_ids_replaced};
use super::held::Whom;
use super::losses::{GLOBAL_BY_NAME, REVOKED};
use crate::diagnose::Evidence;
use crate::fix::beside::{self, Beside};
use crate::input::Span;
use crate::knowledge::{Confidence, Severity};
use crate::order;
use crate::script::Command;
use crate::script::subject::{Verb, verb};
use crate::tenant::{Assignment, Level, Snapshot, Tri, View, effective};

/// Names that are printed of those who lose an app.
const NAMED: usize = 3;

/// How the permission gate stands for apps.
pub(super) type Permissions = BTreeMap<Uuid, Beside>;

/// What is known of one app of one user.
#[derive(Clone, Copy)]
struct Loss {
    /// It is taken in every way that the script may go.
    sure: bool,
    /// And whenever the script is run, and the documents say that it is.
    certain: bool,
    /// Whether it is gone in the end: another command may give it back.
    gone: Tri,
}

/// Who loses what by a command, all the times that it is run.
pub(super) struct Lost<'s> {
    slug: &'static str,
    command: &'s Command,
    place: Span,
    /// By user; none = those who come later.
    users: BTreeMap<Option<Uuid>, BTreeMap<Uuid, Loss>>,
    /// What of it no document says.
    undocumented: BTreeSet<&'static str>,
}

impl<'s> Lost<'s> {
    pub(super) const fn new(slug: &'static str, command: &'s Command, place: Span) -> Self {
        Self { slug, command, place, users: BTreeMap::new(), undocumented: BTreeSet::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// An app is taken from a user.
    pub(super) fn take(
        &mut self,
        (user, app): (Option<Uuid>, Uuid),
        sure: bool,
        always: bool,
        undocumented: Option<&'static str>,
    ) {
        let certain = sure && always && undocumented.is_none();
        let loss = self.users.entry(user).or_default().entry(app).or_insert(Loss { sure, certain, gone: Tri::Unknown });
        loss.sure |= sure;
        loss.certain |= certain;
        self.undocumented.extend(undocumented);
    }

    /// A later time of the command that is for these users gives back what `has` says.
    pub(super) fn give_back(&mut self, whom: &Whom, has: impl Fn(Option<Uuid>, Uuid) -> bool) {
        let mut of = |user: Option<Uuid>| {
            if let Some(apps) = self.users.get_mut(&user) {
                apps.retain(|app, _| !has(user, *app));
            }
        };
        whom.users.iter().for_each(|user| of(Some(*user)));
        if whom.everybody {
            of(None);
        }
        self.users.retain(|_, apps| !apps.is_empty());
    }

    /// What the script comes to in the end: what is gone in every way that it may go, or in some.
    pub(super) fn end(&mut self, gone: impl Fn(Option<Uuid>, Uuid) -> Tri) {
        for (user, apps) in &mut self.users {
            apps.iter_mut().for_each(|(app, loss)| loss.gone = gone(*user, *app));
        }
    }

    /// The finding; `permissions` of apps are kept from one to the next.
    pub(super) fn told(self, view: &View<'_>, permissions: &mut Permissions) -> Raised {
        let words = Words::of(&self, view, permissions);
        let all = || self.users.values().flat_map(BTreeMap::values);
        let certain = self
            .users
            .iter()
            .any(|(user, apps)| apps.iter().any(|(app, loss)| loss.certain && words.open(*user, *app).is_none()));
        let confidence = match certain {
            true => Confidence::Certain,
            false if self.undocumented.contains(GLOBAL_BY_NAME) => Confidence::Possible,
            false => Confidence::Likely,
        };
        let takes = if all().any(|loss| loss.sure || !self.undocumented.is_empty()) { "takes" } else { "may take" };
        let later = self.users.contains_key(&None);
        let label = match self.users.len() - usize::from(later) {
            1 if later => format!("{takes} an app away from this user, and later ones"),
            1 => format!("{takes} an app away from this user"),
            0 => format!("{takes} an app away from later users"),
            users => format!("{takes} an app away from {users} users"),
        };
        let mut raised =
            Raised::new(self.slug, confidence, self.command, self.place, label).explained(words.sentence(&self));
        // What a command says that it takes is mostly meant; a removed policy names none of its holders.
        let named = self.slug == REVOKED && verb(self.command) != Some(Verb::Remove);
        raised.lowered = named.then_some(Severity::Info);
        raised.evidence = self.evidence(view);
        let loses = |user: Option<Uuid>, apps: &BTreeMap<Uuid, Loss>| {
            apps.iter().any(|(app, loss)| loss.gone == Tri::Yes && words.open(user, *app).is_none())
        };
        // An app without a permission has nothing to lose.
        let may_lose = |user: Option<Uuid>, apps: &BTreeMap<Uuid, Loss>| {
            let may = |(app, loss): (&Uuid, &Loss)| {
                loss.gone != Tri::No && words.open(user, *app) != Some(Open::NoPermission)
            };
            apps.iter().any(may)
        };
        for (user, apps) in &self.users {
            let Some(id) = *user else { continue };
            if loses(*user, apps) {
                raised.losing.push(id);
            } else if may_lose(*user, apps) {
                raised.may_lose.push(id);
            }
        }
        raised
    }

    /// What says that the first of them has what is taken.
    fn evidence(&self, view: &View<'_>) -> Vec<Evidence> {
        let snapshot = view.snapshot();
        let of = |(user, apps): (&Option<Uuid>, &BTreeMap<Uuid, Loss>)| {
            let user = (*user)?;
            let had = effective(view, Some(user));
            let one = had.known()?;
            let ids: Vec<String> = apps.keys().map(Uuid::to_string).collect();
            let lists =
                Evidence::read(&snapshot.policies, format!("policy `{}`", one.policy), "app_ids", ids.join(", "));
            Some(vec![held(snapshot, user, one, had.by_read), lists])
        };
        self.users.iter().find_map(of).unwrap_or_default()
    }
}

/// The policy that a user has, with the part that says so.
fn held(state: &Snapshot, user: Uuid, one: Assignment<'_>, by_read: bool) -> Evidence {
    let (object, policy) = (format!("user `{user}`"), one.policy);
    match one.level {
        _ if by_read => Evidence::read(&state.effective, object, "effective policy", policy),
        Level::Direct => Evidence::read(&state.direct, object, "policy", policy),
        Level::Group { .. } => Evidence::read(&state.groups, object, "policy by a group", policy),
        Level::Global | Level::Unsaid => Evidence::read(&state.policies, object, "effective policy", policy),
    }
}

/// Why it is not known that an app may act, although the policy lets it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    NoPermission,
    PermissionUnread,
    PermissionUndocumented,
    TeamsUndocumented,
    TeamsUnread,
}

impl Open {
    const fn of_app(self) -> bool {
        matches!(self, Self::NoPermission | Self::PermissionUnread | Self::PermissionUndocumented)
    }

    const fn why(self) -> &'static str {
        match self {
            Self::NoPermission => "the app holds no permission that the policy is about",
            Self::PermissionUnread => "the app's permissions were not read",
            Self::PermissionUndocumented => "no document says whether the app's permissions are enough",
            Self::TeamsUndocumented => "no document says whether Graph refuses a user without Teams",
            Self::TeamsUnread => "whether the user has Teams was not read",
        }
    }
}

/// Names, and what else than the policy is known of those who have them.
struct Words<'v, 'a> {
    view: &'v View<'a>,
    apps: BTreeMap<Uuid, Option<Open>>,
    users: BTreeMap<Uuid, Option<Open>>,
}

impl<'v, 'a> Words<'v, 'a> {
    fn of(lost: &Lost<'_>, view: &'v View<'a>, permissions: &mut Permissions) -> Self {
        let mut app = |app: &Uuid| match *permissions.entry(*app).or_insert_with(|| beside::permission(view, *app)) {
            Beside::Passes => None,
            Beside::Fails => Some(Open::NoPermission),
            Beside::Unread => Some(Open::PermissionUnread),
            Beside::Open => Some(Open::PermissionUndocumented),
        };
        let user = |user: &Uuid| match beside::user(view, *user) {
            Beside::Passes => None,
            Beside::Open => Some(Open::TeamsUndocumented),
            Beside::Fails | Beside::Unread => Some(Open::TeamsUnread),
        };
        let apps: BTreeSet<Uuid> = lost.users.values().flat_map(BTreeMap::keys).copied().collect();
        Self {
            view,
            apps: order::map(apps.iter().map(|id| (*id, app(id)))),
            users: order::map(lost.users.keys().flatten().map(|id| (*id, user(id)))),
        }
    }

    /// Why it is not known that an app may act for a user.
    fn open(&self, user: Option<Uuid>, app: Uuid) -> Option<Open> {
        let user = user.and_then(|user| self.users.get(&user).copied().flatten());
        self.apps.get(&app).copied().flatten().or(user)
    }

    fn user(&self, id: &Uuid) -> String {
        let user = self.view.user(*id);
        user.and_then(|user| user.upn.clone().or_else(|| user.name.clone())).unwrap_or(id.to_string())
    }

    fn app(&self, id: &Uuid) -> String {
        match self.view.app(*id).and_then(|app| app.name.clone()) {
            Some(name) => format!("`{name}` ({id})"),
            None => format!("`{id}`"),
        }
    }

    fn whom(&self, whom: &[Option<Uuid>]) -> String {
        let named = some(whom.iter().flatten().map(|id| self.user(id)));
        match (whom.contains(&None), whom.iter().flatten().next()) {
            (true, None) => "users without an assignment".to_owned(),
            (true, Some(_)) => format!("{named}, and later users"),
            (false, _) => named,
        }
    }

    fn sentence(&self, lost: &Lost<'_>) -> String {
        // Those who lose the same are named together.
        let mut groups: BTreeMap<Vec<Uuid>, Vec<Option<Uuid>>> = BTreeMap::new();
        let (mut perhaps, mut open) = (Vec::new(), BTreeMap::<Open, BTreeSet<(Option<Uuid>, Uuid)>>::new());
        for (user, apps) in &lost.users {
            groups.entry(apps.keys().copied().collect()).or_default().push(*user);
            if !apps.values().all(|loss| loss.sure) {
                perhaps.push(*user);
            }
            for app in apps.keys() {
                if let Some(why) = self.open(*user, *app) {
                    open.entry(why).or_default().insert((*user, *app));
                }
            }
        }
        let pairs: usize = lost.users.values().map(BTreeMap::len).sum();
        let all_open = open.values().map(BTreeSet::len).sum::<usize>() == pairs;
        let all_perhaps = perhaps.len() == lost.users.len() && lost.undocumented.is_empty();
        let more = groups.len().saturating_sub(NAMED);
        let mut acts: Vec<String> = groups
            .iter()
            .take(NAMED)
            .map(|(apps, whom)| {
                format!("{} may act for {}", some(apps.iter().map(|app| self.app(app))), self.whom(whom))
            })
            .collect();
        if more > 0 {
            acts.push(format!("and so on for {more} more {}", if more == 1 { "set of apps" } else { "sets of apps" }));
        }
        let mut beside: Vec<String> =
            lost.undocumented.iter().map(|what| format!("{what} is not documented")).collect();
        if !perhaps.is_empty() && !all_perhaps && lost.undocumented.is_empty() {
            beside.push(format!("for {} perhaps", self.whom(&perhaps)));
        }
        for (why, of) in &open {
            let what = if why.of_app() {
                let apps: BTreeSet<Uuid> = of.iter().map(|(_, app)| *app).collect();
                some(apps.iter().map(|app| self.app(app)))
            } else {
                let users: BTreeSet<Option<Uuid>> = of.iter().map(|(user, _)| *user).collect();
                self.whom(&users.into_iter().collect::<Vec<_>>())
            };
            beside.push(match (all_open, why.of_app()) {
                (true, _) if open.len() == 1 => why.why().to_owned(),
                (true, _) => format!("{what}: {}", why.why()),
                (false, true) => format!("{what} by the policy part alone: {}", why.why()),
                (false, false) => format!("for {what} by the policy part alone: {}", why.why()),
            });
        }
        let part = if all_open { "by the policy part " } else { "" };
        let longer = if all_perhaps { "and perhaps no longer" } else { "and no longer" };
        let beside = if beside.is_empty() { String::new() } else { format!(" ({})", beside.join("; ")) };
        let then = match lost.slug {
            REVOKED => "if that is meant, nothing is wrong",
            app_ids_replaced::SLUG => {
                "the list in the command takes the place of the one that is there, so that it must hold these apps too"
            }
            _ => "policies do not add up, so that the list of the new one must hold these apps too",
        };
        format!("{part}{} now, {longer} after this command{beside}: {then}", acts.join(", "))
    }
}

/// The first of them, and how many there are more.
fn some(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let named = all.join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}
