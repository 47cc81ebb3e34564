//! What was gathered, as a snapshot: ids resolved, and each part with how much is known of it and why.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use uuid::Uuid;

use super::changes::Overtaken;
use super::draft::{Assigned, Draft, EffectiveFact, Fact, PartState, SourceFact, UserFacts};
use super::error::ImportError;
use super::gather::{Gather, LEFT_OUT};
use super::policies::hides;
use super::record::Place;
use super::resources::{Resources, UNREAD_GRANT};
use super::{Imported, Note, Options, Part, Summary};
use crate::order;
use crate::tenant::snapshot::{
    Absent, App, Change, Direct, EffectiveRead, Part as SnapshotPart, Policy, Reason, RoleGrant, ScopeGrant, Settings,
    Snapshot, Status, Teams, User, Via,
};
use crate::tenant::{licence, name, parse_id};

/// Why a part of a paste is not complete.
pub const UNSAID: &str = "nothing says that this was all";

/// Direct members of groups, and the groups nested in each.
pub(super) type MemberLists = BTreeMap<Uuid, (SnapshotPart<Uuid>, Vec<Uuid>)>;

/// What the files tell that concerns only the snapshot they are put over.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Members of groups that have no assignment in the files.
    pub(super) members: MemberLists,
    /// What was changed after it was read.
    pub(super) overtaken: Overtaken,
    /// Whether the membership of a group is hidden, where a file tells it.
    pub(super) hidden: BTreeMap<Uuid, bool>,
}

pub(super) struct Finish<'o> {
    pub(super) draft: Draft,
    pub(super) notes: Vec<Note>,
    options: &'o Options,
    /// A snapshot that the files supplement: its users and apps have names.
    pub(super) known: Option<&'o Snapshot>,
    /// Members of groups that have no assignment in the files.
    pub(super) others: MemberLists,
    /// Policies of a list that is complete but for what they list.
    unread: Vec<String>,
    pub(super) summary: Vec<Summary>,
}

/// What the files say, and the members of those groups whose assignment a known snapshot may have.
pub(super) fn finish(
    gather: Gather<'_>,
    options: &Options,
    known: Option<&Snapshot>,
) -> Result<(Imported, Beside), ImportError> {
    let mut finish = Finish {
        draft: gather.draft,
        notes: gather.notes,
        options,
        known,
        others: MemberLists::new(),
        unread: Vec::new(),
        summary: Vec::new(),
    };
    finish.check_complete()?;
    finish.read_sources()?;
    finish.check_assignments()?;
    if let Some(tenant) = options.tenant {
        match &finish.draft.tenant {
            Some(known) if known.value != tenant => {
                return Err(ImportError::Conflict {
                    what: "the tenant".to_owned(),
                    first: "`--tenant`".to_owned(),
                    first_value: tenant.to_string(),
                    second: finish.draft.place(known.place),
                    second_value: known.value.to_string(),
                });
            }
            _ => {}
        }
    }
    let policies = finish.policies();
    let direct = finish.direct();
    let (groups, nested_groups) = finish.groups();
    let effective = finish.effective()?;
    let users = finish.users();
    let apps = finish.apps();
    let absent = std::mem::take(&mut finish.draft.absent);
    let absent = absent.into_iter().map(|(kind, id)| Absent { kind, id, read_at: None }).collect();
    let settings = finish.settings();
    let mut history = std::mem::take(&mut finish.draft.history);
    history.extend(finish.consents(&apps.items));
    let read_at = users.read_at.or(options.taken_at).or(finish.draft.taken_at);
    let licensed = std::mem::take(&mut finish.draft.licensed);
    history.extend(licensed.into_iter().filter_map(|(user, at)| licence::change(user, at, read_at)));
    crate::order::sort_by(&mut history, |a, b| {
        (&a.part, &a.key, &a.value, a.not_after).cmp(&(&b.part, &b.key, &b.value, b.not_after))
    });
    let draft = &finish.draft;
    let snapshot = Snapshot {
        tenant_id: options.tenant.or(draft.tenant.as_ref().map(|fact| fact.value)),
        cloud: draft.cloud.as_ref().map(|fact| fact.value.clone()),
        taken_at: options.taken_at.or(draft.taken_at),
        policies,
        unread_policies: finish.unread.clone(),
        direct,
        groups,
        nested_groups,
        effective,
        overtaken: Vec::new(),
        users,
        apps,
        absent,
        settings,
        rsc: None,
        events: None,
        history,
    };
    crate::order::sort_by_key(&mut finish.summary, |summary| summary.part);
    let Finish { summary, notes, others, draft, .. } = finish;
    Ok((
        Imported { snapshot, summary, notes },
        Beside { members: others, overtaken: draft.overtaken, hidden: draft.hidden },
    ))
}

impl Finish<'_> {
    /// A part that nobody gave cannot be complete, except where a command without a result prints nothing.
    fn check_complete(&self) -> Result<(), ImportError> {
        let draft = &self.draft;
        for &part in &self.options.complete {
            let given = match part {
                Part::Direct | Part::Groups => true,
                Part::Policies => !draft.policies.is_empty() || !draft.cut_policies.is_empty(),
                Part::Members => !draft.members.is_empty(),
                Part::Effective => {
                    !draft.effective.is_empty() || !draft.effective_silent.is_empty() || !draft.sources.is_empty()
                }
                Part::Users => !draft.users.is_empty(),
                Part::Apps => !draft.apps.is_empty(),
                Part::Roles => !draft.roles.is_empty() || !draft.bare_roles.is_empty(),
                Part::Settings => draft.parts.contains_key(&Part::Settings),
            };
            if !given {
                let left_out =
                    |note: &&Note| note.text.starts_with(LEFT_OUT) && matches!(part, Part::Apps | Part::Roles);
                let note = self.notes.iter().find(left_out).map(|note| format!("{}: {}", note.place, note.text));
                return Err(ImportError::NothingToComplete { part, left_out: note });
            }
        }
        Ok(())
    }

    /// The entries of `PolicySource` that were printed alone: the direct one is effective, else the only one.
    fn read_sources(&mut self) -> Result<(), ImportError> {
        for (user, facts) in std::mem::take(&mut self.draft.sources) {
            let Some(place) = facts.first().map(|fact| fact.place) else { continue };
            let sources: Vec<SourceFact> = facts.into_iter().map(|fact| fact.value).collect();
            let direct = sources.iter().find(|it| it.via == Some(Via::Direct));
            let of_one_policy =
                || sources.first().filter(|first| sources.iter().all(|it| name::same(&it.policy, &first.policy)));
            let Some(winner) = direct.or_else(of_one_policy) else {
                let text = format!(
                    "which of the groups of user `{user}` comes first is not in their sources: print `PolicyName` of \
                     `Get-CsUserPolicyAssignment` too"
                );
                let place = self.draft.place(place);
                self.draft.part(Part::Effective).lost.push(format!("{place}: {text}"));
                self.notes.push(Note { place, text });
                continue;
            };
            let group = winner.group.filter(|_| sources.len() == 1);
            let hides = hides(&sources, &winner.policy);
            let read = EffectiveFact { policy: Some(winner.policy.clone()), via: winner.via, group, hides };
            self.draft.add_effective(&user, read, place)?;
        }
        Ok(())
    }

    /// What was called complete and holds nothing is told; what a read of an effective policy knows better is an error.
    fn check_assignments(&mut self) -> Result<(), ImportError> {
        let said = [Part::Direct, Part::Groups].map(|part| self.said_complete(part));
        let draft = &self.draft;
        let empty = [draft.direct.is_empty(), draft.groups.is_empty()];
        let words = ["direct assignment", "group assignment"];
        for (index, part) in [Part::Direct, Part::Groups].into_iter().enumerate() {
            let nothing = said.get(index) == Some(&true) && empty.get(index) == Some(&true);
            if nothing && !draft.blank && !draft.parts.get(&part).is_some_and(|state| state.seen) {
                let what = words.get(index).copied().unwrap_or_default();
                let text = format!("no file holds a {what}, so that this says: the tenant has none");
                self.notes.push(Note { place: format!("--complete {part}"), text });
            }
        }
        for (user, fact) in &draft.effective {
            if let Some((parts, what)) = self.contradiction(user, &fact.value, said) {
                return Err(ImportError::NotComplete {
                    parts,
                    place: draft.place(fact.place),
                    user: user.clone(),
                    what,
                });
            }
        }
        Ok(())
    }

    /// The parts that cannot be complete, since a read of a user's effective policy tells an assignment that is not there.
    fn contradiction(
        &self,
        user: &str,
        read: &EffectiveFact,
        [direct, groups]: [bool; 2],
    ) -> Option<(&'static str, String)> {
        let policy = read.policy.as_deref().filter(|policy| !name::is_global(policy))?;
        let place = Place::default();
        let own = self.user_id(user, place).ok().and_then(|id| self.draft.direct.get(&id));
        let no_direct = direct && own.is_none_or(|fact| fact.value == Assigned::Nothing);
        let is_named = |assigned: &Assigned, wanted: &str| match assigned {
            Assigned::Named(policy) => name::same(policy, wanted),
            Assigned::Cut => true,
            Assigned::Nothing => false,
        };
        let no_group = |policy: &str, group: Option<Uuid>| {
            let known = &self.draft.groups;
            groups
                && match group {
                    Some(group) => !known.contains_key(&group),
                    None => !known.values().any(|it| is_named(&it.policy, policy)),
                }
        };
        let through = |policy: &str, group: Option<Uuid>| match group {
            Some(group) => format!("`{policy}` through group `{group}`"),
            None => format!("`{policy}` through a group"),
        };
        match read.via {
            Some(Via::Direct) if no_direct => return Some(("direct", format!("`{policy}` directly"))),
            Some(Via::Group) if no_group(policy, read.group) => return Some(("groups", through(policy, read.group))),
            None if no_direct && no_group(policy, None) => {
                return Some(("direct,groups", format!("`{policy}`")));
            }
            _ => {}
        }
        let hidden = read.hides.iter().find(|it| no_group(&it.policy, it.group_id))?;
        Some(("groups", through(&hidden.policy, hidden.group_id)))
    }

    pub(super) fn said_complete(&self, part: Part) -> bool {
        self.options.complete.contains(&part)
    }

    /// The part of the snapshot, and its line in the summary.
    pub(super) fn part<T>(&mut self, part: Part, items: Vec<T>) -> SnapshotPart<T> {
        let state = self.draft.parts.remove(&part).unwrap_or_default();
        let said = self.said_complete(part);
        let PartState { seen, sources, lost, complete_by, whole, failure, read_at, open } = state;
        let needs = || Some(part.command().to_owned());
        let reason = |kind: &str, detail: Option<String>| Reason { kind: kind.to_owned(), needs: needs(), detail };
        let (status, reason) = if !lost.is_empty() {
            let more = match lost.len() {
                1 => String::new(),
                count => format!(", and {} more", count - 1),
            };
            let first = lost.first().cloned().unwrap_or_default();
            (Status::Partial, Some(reason("failed", Some(format!("{first}{more}")))))
        } else if open {
            (Status::Partial, Some(reason("not-read", Some("the last page of the answer is missing".to_owned()))))
        } else if said || whole || complete_by.is_some() {
            (Status::Complete, None)
        } else if let Some((status, reason)) = failure {
            let status = if items.is_empty() { status } else { Status::Partial };
            (status, Some(reason))
        } else if seen && !items.is_empty() {
            let unsaid = if part == Part::Effective { "of these users only" } else { UNSAID };
            (Status::Partial, Some(reason("not-read", Some(unsaid.to_owned()))))
        } else {
            (Status::Missing, Some(reason("not-read", None)))
        };
        let items = if status == Status::Missing { Vec::new() } else { items };
        self.summary.push(Summary { part, status, count: items.len(), why: reason.as_ref().and_then(words) });
        let source = (!sources.is_empty()).then(|| sources.into_iter().collect::<Vec<_>>().join(", "));
        SnapshotPart { status, read_at, source: source.filter(|_| status != Status::Missing), reason, items }
    }

    fn policies(&mut self) -> SnapshotPart<Policy> {
        let cut = std::mem::take(&mut self.draft.cut_policies);
        for (key, fact) in cut {
            // Another place had it whole.
            if self.draft.policies.contains_key(&key) {
                continue;
            }
            let place = self.draft.place(fact.place);
            let text = format!("policy `{}` was left out, since not all of its app ids are shown", fact.value);
            self.draft.part(Part::Policies).lost.push(format!("{place}: {text}"));
            self.notes.push(Note { place, text });
        }
        let state = self.draft.parts.get(&Part::Policies);
        let listed = self.said_complete(Part::Policies) || state.is_some_and(|it| it.whole || it.complete_by.is_some());
        let listed = listed && state.is_none_or(|it| it.lost.is_empty() && !it.open);
        for fact in std::mem::take(&mut self.draft.changed_policies).into_values() {
            let place = self.draft.place(fact.place);
            let text = format!("policy `{}` is changed below its read", fact.value);
            self.draft.part(Part::Policies).lost.push(format!("{place}: {text}"));
            if listed {
                self.unread.push(fact.value.clone());
            }
            self.draft.overtaken.policy(fact.value);
        }
        let mut items: Vec<Policy> =
            std::mem::take(&mut self.draft.policies).into_values().map(|fact| fact.value).collect();
        crate::order::sort_by_key(&mut items, |policy| !name::is_global(&policy.name));
        self.part(Part::Policies, items)
    }

    fn direct(&mut self) -> SnapshotPart<Direct> {
        let items = std::mem::take(&mut self.draft.direct)
            .into_iter()
            .map(|(user_id, fact)| Direct {
                user_id,
                policy: match fact.value {
                    Assigned::Nothing => None,
                    Assigned::Named(name) => Some(name),
                    Assigned::Cut => Some(String::new()),
                },
            })
            .collect();
        self.part(Part::Direct, items)
    }

    fn effective(&mut self) -> Result<SnapshotPart<EffectiveRead>, ImportError> {
        let read_at = self.draft.parts.get(&Part::Effective).and_then(|state| state.read_at);
        let facts = std::mem::take(&mut self.draft.effective);
        let silent = std::mem::take(&mut self.draft.effective_silent);
        let mut items = BTreeMap::new();
        for (user, fact) in &facts {
            let id = self.user_id(user, fact.place)?;
            let read = &fact.value;
            items.insert(
                id,
                EffectiveRead {
                    user_id: id,
                    policy: read.policy.clone(),
                    via: read.via,
                    group_id: read.group.filter(|_| read.via == Some(Via::Group)),
                    read_at,
                    hides: read.hides.clone(),
                },
            );
        }
        // A type that is not listed inherits the tenant default, if the list is whole.
        for (user, fact) in &silent {
            if facts.contains_key(user) || !(fact.value || self.said_complete(Part::Effective)) {
                continue;
            }
            // What says nothing of this policy type is no reason to take nothing at all.
            let Ok(id) = self.user_id(user, fact.place) else { continue };
            let default = EffectiveRead {
                user_id: id,
                policy: None,
                via: Some(Via::Global),
                group_id: None,
                read_at,
                hides: Vec::new(),
            };
            items.entry(id).or_insert(default);
        }
        Ok(self.part(Part::Effective, items.into_values().collect()))
    }

    fn user_id(&self, user: &str, place: Place) -> Result<Uuid, ImportError> {
        let named = || {
            let is_named = |facts: &UserFacts| facts.upn.as_ref().is_some_and(|upn| upn.value.to_lowercase() == user);
            self.draft.users.iter().find(|(_, facts)| is_named(facts)).map(|(id, _)| *id)
        };
        let known = || self.known?.users.known().iter().find(|it| is_called(it, user)).map(|it| it.id);
        parse_id(user).or_else(named).or_else(known).ok_or_else(|| ImportError::NoUser {
            place: self.draft.place(place),
            user: format!("`{user}`, whose object id is not known"),
        })
    }

    /// Apps of a known snapshot, of whose roles or scopes the files tell.
    fn known_apps(&mut self) {
        let apps = self.known.map_or(&[][..], |known| known.apps.known());
        for app in apps {
            let Some(principal) = app.service_principal_id else { continue };
            let told = self.draft.roles.get(&principal).map(|list| list.place);
            let place = told.or_else(|| self.draft.bare_roles.get(&app.app_id).copied());
            let delegated = || self.draft.delegated.contains_key(&principal).then(Place::default);
            if let Some(place) = place.or_else(delegated) {
                self.draft.part(Part::Apps).seen = true;
                let facts = self.draft.apps.entry(app.app_id).or_default();
                facts.service_principal.get_or_insert(Fact { value: principal, place });
            }
        }
    }

    fn users(&mut self) -> SnapshotPart<User> {
        let global = self.draft.cloud.as_ref().is_none_or(|cloud| cloud.value.eq_ignore_ascii_case("global"));
        let shown = |facts: &UserFacts| facts.plan.as_ref().is_some_and(|fact| fact.value != Teams::Absent);
        let known_ids = global || self.draft.users.values().any(shown);
        let items = std::mem::take(&mut self.draft.users)
            .into_iter()
            .map(|(id, facts)| User {
                id,
                upn: facts.upn.map(|fact| fact.value),
                name: facts.name,
                guest: facts.guest.map(|fact| fact.value),
                enabled: facts.enabled.map(|fact| fact.value),
                teams: facts
                    .plan
                    .map(|fact| fact.value)
                    // In another cloud the plan of Teams may have another id, unless somebody has this one.
                    .filter(|teams| known_ids || *teams != Teams::Absent)
                    .or(facts.feature.then_some(Teams::Enabled)),
            })
            .collect();
        self.part(Part::Users, items)
    }

    fn apps(&mut self) -> SnapshotPart<App> {
        self.known_apps();
        let known = self.known.map_or(&[][..], |known| known.apps.known());
        let own =
            self.draft.apps.iter().filter_map(|(app, facts)| Some((facts.service_principal.as_ref()?.value, *app)));
        let principals: BTreeMap<Uuid, Uuid> =
            order::map(known.iter().filter_map(|app| Some((app.service_principal_id?, app.app_id))).chain(own));
        let resources = Resources::new(&self.draft, &principals);
        let said = self.said_complete(Part::Roles);
        let roles_lost = self.draft.parts.get(&Part::Roles).is_some_and(|state| !state.lost.is_empty());
        let (mut read, mut whole, mut strangers) = (0, 0, BTreeSet::new());
        let mut roles: BTreeMap<Uuid, Vec<RoleGrant>> = BTreeMap::new();
        for (app, place) in std::mem::take(&mut self.draft.bare_roles) {
            // An answer shows that the app has a service principal, also where it does not name it.
            self.draft.part(Part::Apps).seen = true;
            self.draft.apps.entry(app).or_default();
            self.draft.bare_roles.insert(app, place);
        }
        for (principal, list) in &self.draft.roles {
            let Some(app) = principals.get(principal) else {
                let text = format!(
                    "the app roles of service principal `{principal}` were left out: its app id is not known; add \
                     the output of `Get-MgServicePrincipal -ServicePrincipalId {principal}`"
                );
                self.notes.push(Note { place: self.draft.place(list.place), text });
                continue;
            };
            let all = (list.complete || said) && !list.lost && !list.open && !roles_lost;
            read += 1;
            whole += usize::from(all);
            roles.insert(*app, resources.grants(list, all, &self.draft, &mut strangers));
        }
        // Lists that were read whole and are empty.
        for app in self.draft.bare_roles.keys() {
            if !roles.contains_key(app) {
                (read, whole) = (read + 1, whole + usize::from(!roles_lost));
                roles.insert(*app, if roles_lost { vec![UNREAD_GRANT] } else { Vec::new() });
            }
        }
        // Who says that the files hold every role says that an app without one has none.
        if said && !roles_lost {
            for app in
                self.draft.apps.iter().filter(|(_, facts)| facts.service_principal.is_some()).map(|(app, _)| *app)
            {
                if let btree_map::Entry::Vacant(none) = roles.entry(app) {
                    none.insert(Vec::new());
                    (read, whole) = (read + 1, whole + 1);
                }
            }
        }
        if !strangers.is_empty() {
            let names: Vec<String> = strangers.into_iter().collect();
            let text = format!("app roles of other resources were left out: {}", names.join(", "));
            self.notes.push(Note { place: "apps".to_owned(), text });
        }
        if read > 0 {
            let status = if whole == read { Status::Complete } else { Status::Partial };
            let why = (whole < read).then(|| {
                let lost = self.draft.parts.get(&Part::Roles).and_then(|state| state.lost.first().cloned());
                lost.unwrap_or_else(|| UNSAID.to_owned())
            });
            self.summary.push(Summary { part: Part::Roles, status, count: read, why });
        } else if let Some((status, reason)) = self.draft.parts.get(&Part::Roles).and_then(|it| it.failure.clone()) {
            self.summary.push(Summary { part: Part::Roles, status, count: 0, why: words(&reason) });
        }
        let mut delegated: BTreeMap<Uuid, Vec<ScopeGrant>> = BTreeMap::new();
        let mut unknown: BTreeSet<Uuid> = BTreeSet::new();
        for (principal, grants) in std::mem::take(&mut self.draft.delegated) {
            let mut own: Vec<ScopeGrant> = Vec::new();
            let mut all = self.draft.all_delegated.contains(&principal);
            for (resource, grant) in grants {
                // Scopes of another resource may have the names that Graph's have.
                match resource.map_or(Some(true), |id| resources.is_graph(id)) {
                    Some(true) if !own.contains(&grant) => own.push(grant),
                    Some(_) => {}
                    None => {
                        all = false;
                        unknown.extend(resource);
                    }
                }
            }
            // None of Graph among those that were given does not say that there is none, unless they are all.
            if !own.is_empty() || all {
                delegated.insert(principal, own);
            }
        }
        for resource in unknown {
            let text = format!(
                "the delegated permissions of resource `{resource}` were left out: it is not known which app that is; add the \
                 output of `Get-MgServicePrincipal -ServicePrincipalId {resource}`"
            );
            self.notes.push(Note { place: "apps".to_owned(), text });
        }
        let items = std::mem::take(&mut self.draft.apps)
            .into_iter()
            .map(|(app_id, facts)| {
                let principal = facts.service_principal.map(|fact| fact.value);
                App {
                    app_id,
                    name: facts.name,
                    enabled: facts.enabled.map(|fact| fact.value),
                    service_principal_id: principal,
                    application_object_id: facts.application.map(|fact| fact.value),
                    home_tenant: facts.home_tenant.map(|fact| fact.value),
                    roles: roles.remove(&app_id),
                    delegated: principal.and_then(|id| delegated.get(&id).cloned()),
                    requested: facts.requested,
                    read_at: None,
                }
            })
            .collect();
        // The roles are of another read than the apps.
        let roles = self.draft.parts.get(&Part::Roles).map(|state| state.sources.clone()).unwrap_or_default();
        self.draft.part(Part::Apps).sources.extend(roles);
        self.part(Part::Apps, items)
    }

    /// The moments at which app roles were granted, as Graph tells them.
    fn consents(&self, apps: &[App]) -> Vec<Change> {
        let mut changes = Vec::new();
        for app in apps {
            let list = app.service_principal_id.and_then(|id| self.draft.roles.get(&id));
            for grant in list.into_iter().flat_map(|list| &list.items) {
                let Some(at) = grant.created else { continue };
                changes.push(Change {
                    part: "apps".to_owned(),
                    key: app.app_id.to_string(),
                    change: "added".to_owned(),
                    value: grant.role.map(|id| id.to_string()),
                    not_before: Some(at),
                    not_after: Some(at),
                    source: Some("appRoleAssignments".to_owned()),
                });
            }
        }
        changes
    }

    fn settings(&mut self) -> Settings {
        let graph = self.draft.graph_transcript_access.take().map(|fact| fact.value);
        let attributed = self.draft.attributed_transcripts.take().map(|fact| fact.value);
        let state = self.draft.parts.remove(&Part::Settings).unwrap_or_default();
        let known = graph.is_some() || attributed.is_some();
        let reason = (!known).then(|| match state.failure {
            Some((_, reason)) => reason,
            None => Reason {
                kind: "not-read".to_owned(),
                needs: Some(Part::Settings.command().to_owned()),
                detail: state.seen.then(|| "the module that printed it does not show the switches".to_owned()),
            },
        });
        let count = usize::from(graph.is_some()) + usize::from(attributed.is_some());
        let status = match count {
            0 => Status::Missing,
            1 => Status::Partial,
            _ => Status::Complete,
        };
        let why = match &reason {
            Some(reason) => words(reason),
            None => (count == 1).then(|| "one of the two switches is not shown".to_owned()),
        };
        self.summary.push(Summary { part: Part::Settings, status, count, why });
        Settings {
            graph_transcript_access: graph,
            attributed_transcripts: attributed,
            read_at: state.read_at.filter(|_| known),
            source: known.then(|| state.sources.into_iter().collect::<Vec<_>>().join(", ")),
            reason,
        }
    }
}

pub(super) fn words(reason: &Reason) -> Option<String> {
    reason.detail.clone().or_else(|| match reason.kind.as_str() {
        "forbidden" => Some("the account may not read it".to_owned()),
        "not-found" => Some("not found".to_owned()),
        "failed" => Some("the read failed".to_owned()),
        _ => None,
    })
}

/// Whether a user has this principal name, in lower case.
fn is_called(user: &User, name: &str) -> bool {
    user.upn.as_ref().is_some_and(|upn| upn.to_lowercase() == name)
}
