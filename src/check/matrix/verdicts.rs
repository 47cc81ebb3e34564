//! Each class is judged for each app; what an app cannot tell apart is judged once.

use std::collections::HashMap;

use uuid::Uuid;

use super::classes::{ClassRow, Kind};
use super::hash::Quick;
use super::slim::Slim;
use super::{APPS, Counts, Matrix, at, number};
use crate::check::answer::Terms;
use crate::diagnose::{Judgement, Question, Verdict, judge_gates, judge_in};
use crate::knowledge::{Catalogue, Gate, Operation};
use crate::tenant::{Assignment, Content, Effective, Level, Tri, View, effective, name};

/// The verdicts of all users for some apps.
#[derive(Debug)]
pub struct Verdicts {
    /// The apps, in the order in which they were given.
    apps: Vec<Option<Uuid>>,
    class_of: Vec<u32>,
    classes: Vec<ClassRow>,
    /// What is effective, for each class.
    effective: Vec<Option<Known>>,
    judged: Vec<Judged>,
    /// For each class and app: the verdict, and the number of the judgement.
    table: Vec<Verdict>,
    judgements: Vec<u32>,
    operation: &'static Operation,
}

/// The policy that is effective for a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// The number of its name.
    policy: u32,
    level: Level,
    /// A read of the effective policy says so.
    by_read: bool,
}

/// One judgement: it holds for all classes that the app cannot tell apart.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    key: Key,
    /// The first user of the first class.
    first: u32,
    /// The verdict.
    pub verdict: Verdict,
}

/// Everything that the gates, their outcomes and the first cause depend on, for one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    app: u8,
    listed: u8,
    lists: Tri,
    /// What would settle it, where it is not known.
    needs: &'static str,
    /// 0 direct, 1 group, 2 the tenant default, 3 read without saying how, 4 not known.
    level: u8,
    /// Something hidden lists the app; may list it.
    hidden: bool,
    maybe_hidden: bool,
    by_read: bool,
    /// A listed assignment contradicts the read.
    disagrees: bool,
    /// The policy or the group, where a change is about it or another registration of the app's name is listed.
    policy: u32,
    group: u32,
    /// The class, where all of it matters.
    class: u32,
}

const NOTHING: u32 = u32::MAX;

/// Numbers of judgements by key: for the many keys that are a few bits in a table, else in a map.
struct Numbers {
    few: Vec<u32>,
    others: HashMap<Key, u32, Quick>,
}

impl Numbers {
    fn new(apps: usize) -> Self {
        Self { few: vec![NOTHING; apps.saturating_mul(Key::FEW)], others: HashMap::default() }
    }

    fn get_or(&mut self, key: Key, make: impl FnOnce() -> u32) -> u32 {
        match key.few().and_then(|place| self.few.get_mut(place)) {
            Some(slot) => {
                if *slot == NOTHING {
                    *slot = make();
                }
                *slot
            }
            None => *self.others.entry(key).or_insert_with(make),
        }
    }
}

/// What [`Judged`] rests on.
#[derive(Debug)]
pub struct Again<'m, 's> {
    matrix: &'m Matrix<'s>,
    slim: Slim,
    verdicts: &'m Verdicts,
    terms: Terms<'m>,
}

impl Again<'_, '_> {
    /// The gates, without findings.
    pub fn gates(&mut self, judged: &Judged) -> Judgement {
        self.show(judged, judge_gates)
    }

    /// Gates and findings: those of the first user, which hold for all others as far as the gates, the first finding
    /// and the scope go.
    pub fn judgement(&mut self, judged: &Judged) -> Judgement {
        self.show(judged, judge_in)
    }

    fn show(&mut self, judged: &Judged, judge: fn(&Question, &View<'_>, &Catalogue) -> Judgement) -> Judgement {
        self.slim.show(self.matrix, judged.first);
        let app = self.verdicts.apps.get(judged.app()).copied().flatten();
        let question = question(app, self.matrix.user(judged.first), self.verdicts.operation, self.terms);
        judge(&question, &self.slim.view(), self.terms.catalogue)
    }
}

impl Judged {
    /// Number of the app.
    #[must_use]
    pub fn app(&self) -> usize {
        usize::from(self.key.app)
    }
}

impl Key {
    /// How many keys of one app [`Self::few`] tells apart.
    const FEW: usize = 1 << 12;

    /// The key as a number, unless a policy, a group, a class or a read is part of it.
    fn few(&self) -> Option<usize> {
        let Self { app, listed, lists, needs, level, hidden, maybe_hidden, by_read, disagrees, policy, group, class } =
            *self;
        if !needs.is_empty() || (policy, group, class) != (NOTHING, NOTHING, NOTHING) || listed > 7 || level > 7 {
            return None;
        }
        let lists = match lists {
            Tri::Yes => 0,
            Tri::No => 1,
            Tri::Unknown => 2,
        };
        let flags = [hidden, maybe_hidden, by_read, disagrees];
        let flags = flags.into_iter().fold(0, |bits, flag| (bits << 1) | usize::from(flag));
        let bits = (usize::from(listed) << 9) | (usize::from(level) << 6) | (lists << 4) | flags;
        Some(usize::from(app) * Self::FEW + bits)
    }

    /// The same without what only an unknown verdict depends on.
    const fn of_denied(mut self) -> Self {
        self.listed = 0;
        self
    }
}

/// A class and an app.
#[derive(Clone, Copy, Debug)]
pub struct ClassVerdict<'a> {
    /// Number of the class.
    pub class: usize,
    /// Number of the app.
    pub app: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// How many users.
    pub count: u64,
    /// Number of the judgement, which other classes may share.
    pub judgement: usize,
    /// The effective policy and its level, where it is known.
    pub policy: Option<(&'a str, Level)>,
}

impl<'s> Matrix<'s> {
    /// Judges every user for at most [`APPS`] apps; `None` stands for an app that nobody knows.
    #[must_use]
    pub fn judge(&self, apps: &[Option<Uuid>], operation: &'static Operation, terms: Terms<'_>) -> Verdicts {
        let apps: Vec<Option<Uuid>> = apps.iter().copied().take(APPS).collect();
        let lists = self.listing(&apps);
        let classes = self.classes(&lists);
        let look_alike: Vec<bool> = apps.iter().map(|app| self.has_look_alike(*app)).collect();
        let mut slim = Slim::new(self);
        let mut verdicts = Verdicts {
            class_of: classes.of,
            effective: Vec::with_capacity(classes.rows.len()),
            judged: Vec::new(),
            table: Vec::with_capacity(classes.rows.len().saturating_mul(apps.len())),
            judgements: Vec::with_capacity(classes.rows.len().saturating_mul(apps.len())),
            classes: classes.rows,
            apps,
            operation,
        };
        let mut known = Numbers::new(verdicts.apps.len());
        let mut keys = Vec::with_capacity(verdicts.apps.len());
        for (class, row) in verdicts.classes.iter().enumerate() {
            let found = self.keys(class, row, &verdicts.apps, &look_alike, &lists, &mut slim, &mut keys);
            verdicts.effective.push(found);
            for key in keys.drain(..) {
                let index = known.get_or(key, || {
                    slim.show(self, row.first);
                    let app = verdicts.apps.get(usize::from(key.app)).copied().flatten();
                    let question = question(app, self.user(row.first), operation, terms);
                    let verdict = judge_gates(&question, &slim.view(), terms.catalogue).verdict;
                    verdicts.judged.push(Judged { key, first: row.first, verdict });
                    number(verdicts.judged.len() - 1)
                });
                let verdict = usize::try_from(index).ok().and_then(|index| verdicts.judged.get(index));
                verdicts.table.push(verdict.map_or(Verdict::Unknown, |judged| judged.verdict));
                verdicts.judgements.push(index);
            }
        }
        verdicts
    }

    /// Judges for [`Verdicts::judged`] again, with all there is to say.
    #[must_use]
    pub fn judge_again<'m>(&'m self, verdicts: &'m Verdicts, terms: Terms<'m>) -> Again<'m, 's> {
        Again { matrix: self, slim: Slim::new(self), verdicts, terms }
    }

    fn user(&self, number: u32) -> Option<Uuid> {
        self.users().get(usize::try_from(number).ok()?).copied()
    }

    fn policy_name(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|index| self.names.get(index)).map_or("", |name| name.name)
    }

    /// Whether another app of the same name is listed somewhere: then it matters which policy is effective.
    fn has_look_alike(&self, app: Option<Uuid>) -> bool {
        let apps = self.snapshot.apps.known();
        let folded = |name: &Option<String>| name.as_deref().map(|name| name.trim().to_lowercase());
        let Some(own) = apps.iter().find(|one| Some(one.app_id) == app).and_then(|one| folded(&one.name)) else {
            return false;
        };
        apps.iter().any(|other| Some(other.app_id) != app && folded(&other.name).as_ref() == Some(&own))
    }

    /// What is effective for a class; adds the key of its judgement for each app.
    #[allow(clippy::too_many_arguments, reason = "what all classes share is made once, by the caller")]
    fn keys(
        &self,
        class: usize,
        row: &ClassRow,
        apps: &[Option<Uuid>],
        look_alike: &[bool],
        lists: &[(u64, u64)],
        slim: &mut Slim,
        keys: &mut Vec<Key>,
    ) -> Option<Known> {
        let blank = Key {
            app: 0,
            listed: row.class.listed,
            lists: Tri::Unknown,
            needs: "",
            level: 4,
            hidden: false,
            maybe_hidden: false,
            by_read: false,
            disagrees: false,
            policy: NOTHING,
            group: NOTHING,
            class: NOTHING,
        };
        let changed = row.class.changed.map(|user| {
            let at = self.changed.partition_point(|(own, _)| *own < user);
            self.changed.get(at).is_none_or(|(_, licence)| *licence)
        });
        let mut each = |of: &mut dyn FnMut(usize, Option<Uuid>, &mut Key)| {
            keys.extend(apps.iter().enumerate().map(|(index, app)| {
                let mut key = Key { app: u8::try_from(index).unwrap_or(u8::MAX), ..blank };
                of(index, *app, &mut key);
                // A change of an assignment matters where the policy gate passes, a licence's always may.
                if changed.is_some_and(|licence| licence || key.lists == Tri::Yes) {
                    key.class = number(class);
                }
                key
            }));
        };
        let exact = number(class);
        let (level, policy) = match row.class.kind {
            Kind::Direct(policy) => (Level::Direct, policy),
            Kind::Group(index) => {
                let policy = self.group(index).map_or(NOTHING, |group| group.policy);
                (self.level_of(index), policy)
            }
            Kind::Global => (Level::Global, self.global),
            Kind::Read(_) | Kind::Alone(_) => {
                slim.show(self, row.first);
                let view = slim.view();
                let found = effective(&view, self.user(row.first));
                let known = found.known().and_then(|one| self.known(&one, found.by_read));
                let dangling = found.candidates.iter().any(|one| one.content == Content::Dangling);
                let whole = matches!(row.class.kind, Kind::Alone(_)) || dangling || self.history.is_about_policies();
                let listed_for = self.listed_for(row.first, lists);
                each(&mut |index, app, key| {
                    if whole || row.class.detail != 0 || look_alike.get(index) == Some(&true) {
                        key.class = exact;
                        return;
                    }
                    let Some(app) = app else { return };
                    of_read(key, &found, &view, app);
                    key.disagrees = key.by_read && bit(listed_for, index);
                });
                return known;
            }
        };
        let (yes, may) = at(lists, policy);
        let about = |flags: &[bool], index: u32| at(flags, index);
        let group = match row.class.kind {
            Kind::Group(index) if about(&self.history.groups, index) => index,
            _ => NOTHING,
        };
        let changed = about(&self.history.policies, policy);
        each(&mut |index, app, key| {
            if row.class.detail != 0 {
                key.class = exact;
                return;
            }
            key.level = code(&level);
            key.group = group;
            if changed || look_alike.get(index) == Some(&true) {
                key.policy = policy;
            }
            if app.is_some() {
                key.lists = match (bit(yes, index), bit(may, index)) {
                    (true, _) => Tri::Yes,
                    (false, true) => Tri::Unknown,
                    (false, false) => Tri::No,
                };
                key.hidden = bit(row.class.hidden, index);
                key.maybe_hidden = bit(row.class.maybe_hidden, index);
            }
        });
        Some(Known { policy, level, by_read: false })
    }

    fn level_of(&self, group: u32) -> Level {
        let groups = self.snapshot.groups.known();
        let group = usize::try_from(group).ok().and_then(|index| groups.get(index));
        Level::Group {
            group_id: group.map(|group| group.group_id),
            rank: group.map(|group| group.rank).filter(|rank| *rank > 0),
        }
    }

    fn known(&self, assignment: &Assignment<'_>, by_read: bool) -> Option<Known> {
        let policy = *self.numbers.get(&name::key(assignment.policy))?;
        Some(Known { policy, level: assignment.level, by_read })
    }

    /// Apps that the listed assignments of a user name policies of.
    fn listed_for(&self, user: u32, lists: &[(u64, u64)]) -> u64 {
        let direct = at(&self.direct, user).checked_sub(super::NAMED).map_or(0, |policy| at(lists, policy).0);
        let groups = self.groups_of(user).iter().filter_map(|index| self.group(*index));
        groups.fold(direct, |bits, group| bits | at(lists, group.policy).0)
    }
}

/// What a key says of a user whose effective policy takes a walk to find.
fn of_read(key: &mut Key, found: &Effective<'_>, view: &View<'_>, app: Uuid) {
    key.lists = found.lists(view, app);
    if key.lists == Tri::Unknown {
        key.needs = found.needs(view);
    }
    key.level = found.known().map_or(4, |one| code(&one.level));
    key.hidden = found.hidden.iter().any(|one| one.lists(app) == Tri::Yes);
    key.maybe_hidden = found.hidden_open
        || found.maybe_hidden.iter().any(|one| one.lists(app) != Tri::No)
        || found.hidden.iter().any(|one| one.content == Content::Unread);
    key.by_read = found.by_read;
}

const fn code(level: &Level) -> u8 {
    match level {
        Level::Direct => 0,
        Level::Group { .. } => 1,
        Level::Global => 2,
        Level::Unsaid => 3,
    }
}

fn bit(bits: u64, index: usize) -> bool {
    u32::try_from(index).ok().and_then(|index| bits.checked_shr(index)).unwrap_or(0) & 1 == 1
}

impl super::History {
    fn is_about_policies(&self) -> bool {
        self.any_group || self.policies.contains(&true) || self.groups.contains(&true)
    }
}

impl Verdicts {
    /// The verdict of a pair, both by number.
    #[must_use]
    pub fn verdict(&self, user: u32, app: usize) -> Verdict {
        let class = usize::try_from(at(&self.class_of, user)).unwrap_or(usize::MAX);
        self.of_class(class, app)
    }

    /// The verdicts of a user, one for each app: nothing is looked up twice.
    #[must_use]
    pub fn of_user(&self, user: u32) -> &[Verdict] {
        let class = usize::try_from(at(&self.class_of, user)).unwrap_or(usize::MAX);
        let start = class.saturating_mul(self.apps.len());
        self.table.get(start..start.saturating_add(self.apps.len())).unwrap_or_default()
    }

    fn of_class(&self, class: usize, app: usize) -> Verdict {
        self.table.get(class.saturating_mul(self.apps.len()).saturating_add(app)).copied().unwrap_or(Verdict::Unknown)
    }

    /// How many users have which verdict for an app.
    #[must_use]
    pub fn counts(&self, app: usize) -> Counts {
        let mut counts = Counts::default();
        for (class, row) in self.classes.iter().enumerate() {
            counts.add(self.of_class(class, app), row.count);
        }
        counts
    }

    /// How many classes of users there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The class of each user.
    #[must_use]
    pub fn class_of(&self) -> &[u32] {
        &self.class_of
    }

    /// The apps.
    #[must_use]
    pub fn apps(&self) -> &[Option<Uuid>] {
        &self.apps
    }

    /// The operation.
    #[must_use]
    pub const fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// All judgements; numbers of judgements are positions in this list.
    #[must_use]
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// The number of the judgement for each class and app, by class.
    #[must_use]
    pub fn judgements(&self) -> &[u32] {
        &self.judgements
    }

    /// Judgements that are equal in this have one first cause.
    pub(crate) fn reason_key(&self, judged: &Judged) -> impl Eq + std::hash::Hash + Copy + use<> {
        match judged.verdict {
            Verdict::Denied => judged.key.of_denied(),
            Verdict::Allowed | Verdict::Unknown => judged.key,
        }
    }

    /// Each class with each app.
    pub fn each_class<'m>(&self, matrix: &'m Matrix<'_>, mut tell: impl FnMut(ClassVerdict<'m>)) {
        let rows = self.classes.iter().zip(&self.effective).enumerate();
        for ((class, (row, known)), judgements) in rows.zip(self.judgements.chunks(self.apps.len().max(1))) {
            let policy = known.map(|known| (matrix.policy_name(known.policy), known.level));
            for (app, judgement) in judgements.iter().enumerate() {
                tell(ClassVerdict {
                    class,
                    app,
                    verdict: self.of_class(class, app),
                    count: row.count,
                    judgement: usize::try_from(*judgement).unwrap_or(usize::MAX),
                    policy,
                });
            }
        }
    }

    /// What is effective for a class: policy, level, and whether a read of it says so.
    #[must_use]
    pub fn effective<'m>(&self, matrix: &'m Matrix<'_>, class: usize) -> Option<(&'m str, Level, bool)> {
        let known = self.effective.get(class).copied().flatten()?;
        Some((matrix.policy_name(known.policy), known.level, known.by_read))
    }
}

fn question(app: Option<Uuid>, user: Option<Uuid>, operation: &'static Operation, terms: Terms<'_>) -> Question {
    Question {
        app_id: app,
        user_id: user,
        operation: Some(operation),
        at: Some(terms.at),
        gates: terms.gates.map(<[Gate]>::to_vec),
        ..Question::default()
    }
}
