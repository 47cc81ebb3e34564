//! The simulator: commands change a copy of a snapshot. What is known before and documented of a command is known
//! after; everything else becomes unknown, and what no source settles is told.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::command::{AppIds, Command, Reach, Target};
use super::reads::{Implied, implied_by_reads};
use super::somebody::Perhaps;
use super::unread::Edits;
use crate::tenant::{Change, Direct, Part, Policy, Snapshot, Status, name};

/// What is taken for the effect of `Grant -Global` on the rest of `Global`: no document says (of sibling policies
/// the cmdlet pages say that the values are reset to match).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlobalGrant {
    /// The list of the granted policy takes the place of what `Global` lists.
    #[default]
    Replaces,
    /// What `Global` lists stays beside it.
    Adds,
}

/// A command that would fail, or change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the sequence, from 0.
    pub index: usize,
    /// Why, lower case, no final full stop.
    pub why: String,
    /// It fails (`false`: it changes nothing, as what it wants is there).
    pub fails: bool,
}

/// Whose assignments are not known any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forgotten {
    /// Of these users, the direct one.
    pub(super) users: BTreeSet<Uuid>,
    /// Of any user, the direct one.
    pub(super) all: bool,
    /// Of groups.
    pub(super) groups: bool,
}

impl Forgotten {
    pub(super) fn any(&self) -> bool {
        self.all || self.groups || !self.users.is_empty()
    }
}

/// A state that commands change.
#[derive(Clone, Debug)]
pub struct Simulator<'a> {
    pub(super) original: &'a Snapshot,
    pub(super) now: Snapshot,
    at: Option<Timestamp>,
    reading: GlobalGrant,
    applied: usize,
    /// Direct assignments that commands set, by user.
    pub(super) direct: BTreeMap<Uuid, Option<String>>,
    /// Groups that a command gave another policy or rank.
    pub(super) regrouped: Vec<Uuid>,
    /// Whose assignments a command that could not be read may have changed, since the last one that could.
    pub(super) forgotten: Forgotten,
    /// Policies that commands created: nobody else holds them.
    created: Vec<String>,
    /// The policy that `Global` was granted from.
    pub(super) global_from: Option<String>,
    assumes: Vec<String>,
    refused: Vec<Refused>,
    global_granted: bool,
    pub(super) takes_unread: bool,
    open_global: bool,
    /// Keeps what grants to somebody may have done apart from what is known.
    pub(super) apart: bool,
    pub(super) perhaps: Vec<Perhaps>,
    /// Policies that commands made or changed, so that what they list is known only when it is run.
    pub(super) unnamed: bool,
    pub(super) made_unread: Vec<String>,
    /// What commands did to policies that nobody has read.
    pub(super) edits: Edits,
    /// The users who are listed at the start; commands make none.
    users: Arc<OnceLock<HashSet<Uuid>>>,
    /// What reads of effective policies imply at the start.
    pub(super) implied: Arc<Implied<'a>>,
}

/// The state after commands.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The state.
    pub snapshot: Snapshot,
    /// The state by the other reading of `Grant -Global`, where one was run.
    pub other: Option<Snapshot>,
    /// What no source settles, or nobody has read, and the state rests on.
    pub assumes: Vec<String>,
    /// Commands that would fail or change nothing.
    pub refused: Vec<Refused>,
}

/// Runs commands on a copy; `at` is when they are run, for the time gate.
#[must_use]
pub fn simulate(snapshot: &Snapshot, commands: &[Command], at: Option<Timestamp>) -> Simulation {
    let run = |reading| {
        let mut simulator = Simulator::new(snapshot, at);
        simulator.reading = reading;
        commands.iter().for_each(|command| simulator.apply(command));
        simulator
    };
    let first = run(GlobalGrant::Replaces);
    let other = first.global_granted.then(|| run(GlobalGrant::Adds).now);
    Simulation { snapshot: first.now, other, assumes: first.assumes, refused: first.refused }
}

/// Whether two snapshots say the same of the tenant; the history is left out.
#[must_use]
pub fn equal(a: &Snapshot, b: &Snapshot) -> bool {
    a.tenant_id == b.tenant_id
        && a.cloud == b.cloud
        && a.taken_at == b.taken_at
        && a.policies == b.policies
        && a.direct == b.direct
        && a.groups == b.groups
        && a.effective == b.effective
        && a.users == b.users
        && a.apps == b.apps
        && a.settings == b.settings
        && a.rsc == b.rsc
        && a.events == b.events
}

impl<'a> Simulator<'a> {
    /// Starts from a snapshot; `at` is when the commands are run.
    #[must_use]
    pub fn new(original: &'a Snapshot, at: Option<Timestamp>) -> Self {
        Self {
            original,
            now: original.clone(),
            at,
            reading: GlobalGrant::default(),
            applied: 0,
            direct: BTreeMap::new(),
            regrouped: Vec::new(),
            forgotten: Forgotten::default(),
            created: Vec::new(),
            global_from: None,
            assumes: Vec::new(),
            refused: Vec::new(),
            global_granted: false,
            takes_unread: false,
            open_global: true,
            apart: false,
            perhaps: Vec::new(),
            unnamed: false,
            made_unread: Vec::new(),
            edits: Edits::default(),
            users: Arc::default(),
            implied: Arc::new(implied_by_reads(original)),
        }
    }

    /// Chooses a reading of `Grant -Global`.
    pub const fn read_global_grants_as(&mut self, reading: GlobalGrant) {
        self.reading = reading;
    }

    /// Whether a policy was granted to the tenant, so that the other reading may say something else.
    #[must_use]
    pub const fn granted_to_tenant(&self) -> bool {
        self.global_granted
    }

    /// Takes a grant of `Global` by its name for an assignment as any, instead of leaving open what somebody has after it: no
    /// document says what it does, so that this shows what it may do.
    pub const fn assign_global_by_name(&mut self) {
        self.open_global = false;
    }

    /// Whether both came to the same.
    pub(super) fn same(&self, other: &Self) -> bool {
        // What tells ways apart as a rule comes first: they are compared with each other after every condition.
        self.direct == other.direct
            && self.now.policies == other.now.policies
            && self.takes_unread == other.takes_unread
            && self.created == other.created
            && self.global_from == other.global_from
            && self.forgotten == other.forgotten
            && self.assumes == other.assumes
            && self.perhaps == other.perhaps
            && self.edits == other.edits
            && equal(&self.now, &other.now)
    }

    /// Whether a command takes something away of which nobody has read whether it was there, so that somebody may lose
    /// what the state does not show.
    #[must_use]
    pub const fn takes_unread(&self) -> bool {
        self.takes_unread
    }

    /// The state at the start.
    #[must_use]
    pub const fn original(&self) -> &'a Snapshot {
        self.original
    }

    /// The state now.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.now
    }

    /// The state as everybody but the holders of new policies has it, with those holders: an assignment that nobody
    /// read is older than the policy, so that it cannot name it. `None` where groups or the tenant hold new policies.
    #[must_use]
    pub fn for_others(&self) -> Option<(Snapshot, BTreeSet<Uuid>)> {
        let new = |wanted: &str| self.created.contains(&name::key(wanted));
        let shared = self.now.groups.known().iter().any(|group| new(&group.policy))
            || self.global_from.as_deref().is_some_and(new);
        if self.created.is_empty() || shared || self.forgotten.any() {
            return None;
        }
        let mut others = self.now.clone();
        others.policies.items.retain(|policy| !new(&policy.name));
        Some((others, self.direct.keys().copied().collect()))
    }

    /// What the state rests on and no source settles.
    #[must_use]
    pub fn assumes(&self) -> &[String] {
        &self.assumes
    }

    /// Commands that would fail or change nothing.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Runs one command.
    pub fn apply(&mut self, command: &Command) {
        match command {
            Command::NewPolicy { name, app_ids, description } => self.new_policy(name, app_ids, description.as_deref()),
            Command::SetPolicy { name, app_ids } => self.set_policy(name, app_ids),
            Command::RemovePolicy { name } => self.remove_policy(name),
            Command::Grant { to, policy } => self.grant(*to, policy.as_deref()),
            Command::RemoveGroupAssignment { group_id } => self.remove_group(*group_id),
            Command::AddRole { app_id, role, role_id } => self.add_role(*app_id, role, *role_id),
            Command::RemoveRole { app_id, role, role_id } => self.remove_role(*app_id, role, *role_id),
            Command::License { user_id, teams, .. } => self.license(*user_id, *teams),
            Command::Licences { user_id, gives, takes } => self.licences(*user_id, *gives, *takes),
            Command::TranscriptAccess(on) => {
                self.now.settings.graph_transcript_access = Some(*on);
                self.remember("settings", "graph_transcript_access", "changed", Some(&on.to_string()));
            }
            Command::AttributedTranscripts(on) => self.attributed_transcripts(*on),
            Command::Refused { why } => self.refuse(why.clone()),
            Command::Perhaps(change) => return self.lose_sight_of(change),
            Command::Opaque { reach, key, policy } => self.opaque(*reach, key.as_deref(), policy.as_deref()),
        }
        self.applied += 1;
    }

    pub(super) fn assume(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.assumes.contains(&what) {
            self.assumes.push(what);
        }
    }

    pub(super) fn refuse(&mut self, why: impl Into<String>) {
        self.refused.push(Refused { index: self.applied, why: why.into(), fails: true });
    }

    /// What `Grant` answers for a name that no policy has.
    pub(super) fn no_policy(&mut self, name: &str) {
        self.refuse(format!(
            "no policy is called `{name}`: the service answers that it is not found, and nothing changes"
        ));
    }

    pub(super) fn idle(&mut self, why: impl Into<String>) {
        self.refused.push(Refused { index: self.applied, why: why.into(), fails: false });
    }

    pub(super) fn remember(&mut self, part: &str, key: &str, change: &str, value: Option<&str>) {
        self.now.history.push(Change {
            part: part.to_owned(),
            key: key.to_owned(),
            change: change.to_owned(),
            value: value.map(str::to_owned),
            not_before: self.at,
            not_after: self.at,
            source: Some("simulated".to_owned()),
        });
    }

    /// The policy of this name, if it was read.
    pub(super) fn policy(&self, wanted: &str) -> Option<&Policy> {
        self.now.policies.known().iter().find(|policy| name::same(&policy.name, wanted))
    }

    pub(super) fn listed(&self, wanted: &str) -> bool {
        self.policy(wanted).is_some()
    }

    /// Whether this policy was granted to the tenant.
    pub(super) fn is_global_from(&self, wanted: &str) -> bool {
        self.global_from.as_deref().is_some_and(|from| name::same(from, wanted))
    }

    /// Whether a user certainly does not exist.
    pub(super) fn is_no_user(&self, user: Uuid) -> bool {
        let listed = || self.original.users.known().iter().map(|it| it.id).collect();
        self.now.users.is_complete() && !self.users.get_or_init(listed).contains(&user)
    }

    /// Whether a policy certainly does not exist.
    pub(super) fn is_absent(&self, wanted: &str) -> bool {
        self.now.policies.is_complete() && !self.listed(wanted) && !name::is_global(wanted)
    }

    fn new_policy(&mut self, wanted: &str, app_ids: &[Uuid], description: Option<&str>) {
        if self.listed(wanted) || name::is_global(wanted) {
            return self.refuse(format!("a policy `{wanted}` exists already"));
        }
        if !self.now.policies.is_complete() {
            self.assume(format!("no policy is called `{wanted}`: not every policy was read"));
        }
        let policies = &mut self.now.policies;
        open(policies);
        policies.items.push(Policy {
            name: name::bare(wanted).to_owned(),
            app_ids: app_ids.to_vec(),
            other_ids: Vec::new(),
            description: description.map(str::to_owned),
        });
        self.created.push(name::key(wanted));
        self.remember("policies", name::bare(wanted), "added", None);
    }

    fn set_policy(&mut self, wanted: &str, edit: &AppIds) {
        if self.is_absent(wanted) {
            return self.refuse(format!("no policy is called `{wanted}`"));
        }
        if self.is_global_from(wanted) {
            self.assume(
                "whether `Global` follows later changes of a policy that was granted with -Global is not documented",
            );
            self.forget_policy(name::GLOBAL);
        }
        if matches!(edit, AppIds::Replace(_)) {
            self.assume("a bare list of -AppIds takes the place of the ids that the policy lists");
        }
        let Some(policy) = known_mut(&mut self.now.policies).iter_mut().find(|policy| name::same(&policy.name, wanted))
        else {
            self.takes_unread |= !matches!(edit, AppIds::Add(_));
            self.set_unread(wanted, edit);
            return self.assume(format!("what `{wanted}` lists was not read"));
        };
        let key = policy.name.clone();
        let before = policy.app_ids.clone();
        match edit {
            AppIds::Add(apps) => {
                for app in apps {
                    if !policy.app_ids.contains(app) {
                        policy.app_ids.push(*app);
                    }
                }
            }
            AppIds::Remove(apps) => policy.app_ids.retain(|listed| !apps.contains(listed)),
            AppIds::Replace(apps) => {
                policy.app_ids.clone_from(apps);
                policy.other_ids.clear();
            }
        }
        let after = policy.app_ids.clone();
        if before == after {
            let why = match edit {
                AppIds::Remove(_) => "; what is to be removed is not listed",
                AppIds::Add(_) | AppIds::Replace(_) => "; adding an id that is listed has been seen to fail",
            };
            return self.idle(format!("`{key}` is already so{why}"));
        }
        for app in after.iter().filter(|app| !before.contains(app)) {
            self.remember("policies", &key, "changed", Some(&app.to_string()));
        }
        for app in before.iter().filter(|app| !after.contains(app)) {
            self.remember("policies", &key, "changed", Some(&app.to_string()));
        }
    }

    /// Of a policy that was not read only what a command says of it is known.
    fn set_unread(&mut self, wanted: &str, edit: &AppIds) {
        match edit {
            AppIds::Add(apps) => self.edits.set(wanted, apps, true),
            AppIds::Remove(apps) => self.edits.set(wanted, apps, false),
            AppIds::Replace(apps) => self.edits.replace(wanted, apps),
        }
    }

    /// What a policy lists is not known any more.
    fn forget_policy(&mut self, wanted: &str) {
        // Where only some ids were not read, these are a few more of them.
        if !self.now.unread_policies.is_empty() && !name::is_global(wanted) {
            self.now.unread_policies.push(name::bare(wanted).to_owned());
        }
        self.edits.rewrite(wanted);
        let policies = &mut self.now.policies;
        policies.items.retain(|policy| !name::same(&policy.name, wanted));
        // `Global` always exists, so that a complete list without it leaves its content open; others need an open list.
        if policies.is_complete() && !name::is_global(wanted) {
            policies.status = Status::Partial;
        }
    }

    fn remove_policy(&mut self, wanted: &str) {
        if name::is_global(wanted) {
            return self.refuse("`Global` cannot be removed");
        }
        if self.is_absent(wanted) {
            return self.idle(format!("no policy is called `{wanted}`"));
        }
        let is = |policy: Option<&str>| policy.is_some_and(|policy| name::same(policy, wanted));
        let held = self.now.direct.known().iter().any(|it| is(it.policy.as_deref()))
            || self.now.groups.known().iter().any(|it| is(Some(&it.policy)))
            || self.now.effective.known().iter().any(|it| is(it.policy.as_deref()))
            || self.is_perhaps_held(wanted);
        let all_read = self.now.direct.is_complete() && self.now.groups.is_complete();
        if held || !(all_read || self.created.contains(&name::key(wanted))) {
            self.takes_unread = true;
            self.assume(format!("what users get who hold the removed policy `{wanted}` is not documented"));
        }
        if self.is_global_from(wanted) {
            self.assume(
                "whether `Global` follows later changes of a policy that was granted with -Global is not documented",
            );
            self.forget_policy(name::GLOBAL);
        }
        if !self.listed(wanted) {
            self.edits.rewrite(wanted);
        }
        self.created.retain(|it| *it != name::key(wanted));
        self.now.policies.items.retain(|policy| !name::same(&policy.name, wanted));
        if self.original.policies.status == Status::Missing && self.now.policies.items.is_empty() {
            self.now.policies.status = Status::Missing;
        }
        self.remember("policies", name::bare(wanted), "removed", None);
    }

    fn grant(&mut self, to: Target, policy: Option<&str>) {
        if let Some(policy) = policy {
            if self.is_absent(policy) {
                return self.no_policy(policy);
            }
            self.assume_there(policy);
        }
        let policy = policy.map(name::bare);
        // `Global` is no policy of one's own: a grant of it may be refused, take one's own away, or stay.
        let by_name =
            policy.is_some_and(name::is_global) && !matches!(to, Target::User(user) if self.holds_global(user));
        if by_name {
            self.assume("what a grant of `Global` by its name does is not documented for this policy type");
        }
        match to {
            Target::User(user) if by_name && self.open_global => self.forget_direct(user),
            Target::Group { .. } if by_name && self.open_global => self.forget_groups(),
            Target::Global if by_name && self.open_global => self.forget_policy(name::GLOBAL),
            Target::User(user) => self.grant_user(user, policy),
            Target::Group { id, rank } => match policy {
                Some(policy) => self.grant_group(id, rank, policy),
                None => {
                    self.assume("a group grant of `$null` removes the group's assignment");
                    self.remove_group(id);
                }
            },
            Target::Global => self.grant_global(policy),
        }
    }

    fn grant_user(&mut self, user: Uuid, policy: Option<&str>) {
        if self.is_no_user(user) {
            return self.refuse(format!("the tenant has no user `{user}`"));
        }
        if policy.is_none() && self.ungrant_unsaid(user) {
            return;
        }
        let implied = self.implied_direct(user);
        let listed_before = self.original.direct.known().iter().any(|it| it.user_id == user);
        let direct = &mut self.now.direct;
        open(direct);
        // An entry that nobody wrote down goes again where its absence, or a read, says as much.
        let complete = direct.is_complete();
        let as_before = match (implied, policy) {
            (Some(Some(before)), Some(policy)) => name::same(before, policy),
            (Some(None), None) => true,
            (None, None) => complete,
            _ => false,
        };
        match direct.items.iter_mut().find(|it| it.user_id == user) {
            Some(_) if as_before && !listed_before => direct.items.retain(|it| it.user_id != user),
            Some(entry) => entry.policy = policy.map(str::to_owned),
            None if policy.is_none() && complete => {}
            None => direct.items.push(Direct { user_id: user, policy: policy.map(str::to_owned) }),
        }
        if self.original.direct.status == Status::Missing && self.now.direct.items.is_empty() {
            self.now.direct.status = Status::Missing;
        }
        self.forgotten.users.remove(&user);
        self.settle_grants_to(user);
        self.direct.insert(user, policy.map(str::to_owned));
        let change = if policy.is_some() { "added" } else { "removed" };
        self.remember("direct", &user.to_string(), change, policy);
        self.refresh();
    }

    fn grant_global(&mut self, policy: Option<&str>) {
        let Some(policy) = policy else {
            self.assume("`-Global -PolicyName $null` is not documented for this policy type: what `Global` lists after it is not known");
            self.forget_policy(name::GLOBAL);
            self.remember("policies", name::GLOBAL, "changed", None);
            return;
        };
        self.assume("whether `Grant -Global` replaces what `Global` lists, adds to it or points to the policy is not documented");
        self.global_granted = true;
        self.global_from = Some(policy.to_owned());
        let Some(granted) = self.policy(policy).map(|it| it.app_ids.clone()) else {
            return self.forget_policy(name::GLOBAL);
        };
        let policies = &mut self.now.policies;
        open(policies);
        match policies.items.iter_mut().find(|it| name::is_global(&it.name)) {
            Some(global) if self.reading == GlobalGrant::Adds => {
                for app in granted {
                    if !global.app_ids.contains(&app) {
                        global.app_ids.push(app);
                    }
                }
            }
            Some(global) => {
                global.app_ids = granted;
                global.other_ids.clear();
            }
            // What it listed before was not read; by one reading nothing of it is left.
            None if self.reading == GlobalGrant::Replaces => {
                self.edits.forget(name::GLOBAL);
                policies.items.push(Policy {
                    name: name::GLOBAL.to_owned(),
                    app_ids: granted,
                    other_ids: Vec::new(),
                    description: None,
                });
            }
            None => self.edits.set(name::GLOBAL, &granted, true),
        }
        self.remember("policies", name::GLOBAL, "changed", None);
    }

    fn attributed_transcripts(&mut self, on: bool) {
        if !on && self.now.settings.attributed_transcripts != Some(false) {
            self.takes_unread = true;
            self.assume("which apps ask for transcripts with the speakers' names, and are refused while they are switched off, is in no snapshot");
        }
        self.now.settings.attributed_transcripts = Some(on);
        self.remember("settings", "attributed_transcripts", "changed", Some(&on.to_string()));
    }

    /// A command that could not be read: what it may have changed is not known any more.
    fn opaque(&mut self, reach: Reach, key: Option<&str>, policy: Option<&str>) {
        if reach == Reach::Somebody {
            return self.grant_somebody(policy);
        }
        if let Some(policy) = policy.filter(|policy| self.is_absent(policy)) {
            return self.no_policy(policy);
        }
        if let (Reach::Created, Some(name)) = (reach, key)
            && (self.listed(name) || name::is_global(name))
        {
            return self.refuse(format!("a policy `{name}` exists already"));
        }
        // A name that is no id is that of a user whom the tenant has not.
        if let (Reach::Direct, Some(user)) = (reach, key)
            && Uuid::try_parse(user).is_err()
        {
            return self.refuse(format!("no user has the user principal name `{user}`"));
        }
        self.assume(UNKNOWN_AFTER);
        if reach == Reach::Created {
            self.made_unread.extend(key.map(str::to_owned));
        }
        self.unnamed |= matches!(reach, Reach::Created | Reach::Policies) && key.is_none();
        let snapshot = &mut self.now;
        match (reach, key) {
            (Reach::Created, _) => {
                let complete = snapshot.policies.is_complete();
                snapshot.policies.status = if complete { Status::Partial } else { snapshot.policies.status };
            }
            (Reach::Policies, Some(policy)) => self.forget_policy(policy),
            (Reach::Policies, None) => snapshot.policies = Part::default(),
            (Reach::Global, _) => self.forget_policy(name::GLOBAL),
            (Reach::Direct | Reach::Somebody, key) => {
                let user = key.and_then(|key| Uuid::try_parse(key).ok());
                match user {
                    Some(user) => self.forget_direct(user),
                    None => self.forget_all_direct(),
                }
            }
            (Reach::Groups, _) => self.forget_groups(),
            (Reach::Settings, Some("attributed_transcripts")) => snapshot.settings.attributed_transcripts = None,
            (Reach::Settings, _) => snapshot.settings.graph_transcript_access = None,
        }
    }
}

pub(super) const UNKNOWN_AFTER: &str =
    "a command has values that are known only when it is run: what it changes is unknown after it";

/// A missing part into which something known is written is a partial one.
pub(super) fn open<T>(part: &mut Part<T>) {
    if part.status == Status::Missing {
        part.items.clear();
        part.status = Status::Partial;
    }
}

pub(super) fn known_mut<T>(part: &mut Part<T>) -> &mut [T] {
    if part.status == Status::Missing { &mut [] } else { &mut part.items }
}
