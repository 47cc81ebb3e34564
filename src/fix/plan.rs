//! The smallest changes that let an app act for users, each proved on a copy of the snapshot.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::asked::outcome;
pub use super::asked::{Answer, Ask, Who, question};
use super::candidate::{self, Candidate, and};
use super::command::{Command, Target};
use super::object::Object;
use super::quote::has_wildcards;
use super::relies::relies;
use super::simulate::{Simulator, equal, simulate};
pub use super::undo::inverse;
use super::undo::no_undo;
use super::{Breaks, Fix, Proof, Step, access, duration, of_token, powershell, script, supposed};
use crate::check::kept::{Expected, kept};
use crate::diagnose::facts::permission::{self, Why};
use crate::diagnose::{Finding, GateResult, Judgement, Outcome, Question, Verdict, creator, judge_in};
use crate::knowledge::{Catalogue, Gate, PermissionKind, Text, Window, operation_named, permission_named, window};
use crate::tenant::{AbsentKind, Part, Snapshot, Teams, Tri, View, effective};

/// A failing gate, or something else in the way, that no change of roles, policies or switches repairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The gate.
    pub gate: Gate,
    /// Why, and what would help.
    pub reason: String,
}

/// Fixes, smallest first.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it is now, user by user.
    pub answers: Vec<Answer>,
    /// The least of their verdicts.
    pub verdict: Verdict,
    /// Changes that repair it.
    pub fixes: Vec<Fix>,
    /// What they do not repair.
    pub blocked: Vec<Blocked>,
    /// How many expectations the fixes were held against, where a file of them was given.
    pub expectations: Option<usize>,
}

impl Plan {
    /// Whether no gate fails, and yet something is in the way.
    #[must_use]
    pub fn is_allowed_in_vain(&self) -> bool {
        self.verdict == Verdict::Allowed && !self.blocked.is_empty()
    }
}

/// Plans fixes. Pure: the clock is `ask.at`.
#[must_use]
pub fn plan(ask: &Ask<'_>) -> Plan {
    plan_gates(ask, None)
}

/// Plans what these gates take; `None` = all.
fn plan_gates(ask: &Ask<'_>, gates: Option<&[Gate]>) -> Plan {
    let view = View::indexed(ask.snapshot);
    let members = match &ask.who {
        Who::Group(group) => group_members(ask.snapshot, *group),
        _ => None,
    };
    let users: Vec<Option<Uuid>> = match &ask.who {
        Who::Nobody => vec![None],
        Who::Users(users) => users.iter().map(|user| Some(*user)).collect(),
        Who::Group(_) => members.iter().flat_map(|part| part.known().iter().map(|user| Some(*user))).collect(),
    };
    let answers: Vec<Answer> = users
        .into_iter()
        .map(|user_id| {
            let asked = Question { gates: gates.map(<[Gate]>::to_vec), ..question(ask, user_id, ask.at) };
            Answer { user_id, judgement: judge_in(&asked, &view, ask.catalogue) }
        })
        .collect();
    let all_members = !matches!(ask.who, Who::Group(_)) || members.is_some_and(Part::is_complete);
    let verdict = answers
        .iter()
        .map(|answer| answer.judgement.verdict)
        .chain((!all_members).then_some(Verdict::Unknown))
        .max_by_key(|verdict| match verdict {
            Verdict::Allowed => 0,
            Verdict::Unknown => 1,
            Verdict::Denied => 2,
        })
        .unwrap_or(Verdict::Unknown);
    let mut planner = Planner { ask, gates, view: &view, answers: &answers, blocked: Vec::new() };
    let fixes = planner.fixes(members);
    let disabled = planner.disabled();
    let mut blocked = planner.blocked;
    // Whatever the gates say, as `check` counts it.
    if let Some(reason) = disabled {
        blocked.insert(0, Blocked { gate: Gate::Permission, reason });
    }
    Plan { answers, verdict, fixes, blocked, expectations: None }
}

/// Tells of each fix which expectations it would break, and puts those that break one behind those that break none.
pub fn expecting(plan: &mut Plan, ask: &Ask<'_>, expected: Expected<'_>, now: Timestamp) {
    for proof in plan.fixes.iter_mut().filter_map(|fix| fix.proof.as_mut()) {
        let before = proof.state(ask.snapshot);
        let after = simulate(&before, &proof.commands, None).snapshot;
        proof.breaks = kept(expected, &before, &after, ask.catalogue, now)
            .into_iter()
            .filter(|kept| kept.fate().is_worse() || kept.fate().may_be_worse())
            .map(|kept| Breaks {
                fate: kept.fate(),
                source: kept.told.place.file.clone(),
                line: kept.told.place.line,
                column: kept.told.place.column,
                sentence: kept.told.sentence,
            })
            .collect();
    }
    plan.expectations = Some(expected.all.len());
    crate::order::sort_by_key(&mut plan.fixes, |fix| fix.proof.as_ref().is_none_or(|proof| !proof.breaks.is_empty()));
}

fn group_members(snapshot: &Snapshot, group: Uuid) -> Option<&Part<Uuid>> {
    snapshot.groups.known().iter().find(|it| it.group_id == group).map(|it| &it.members)
}

/// The fixes of a failure, where the snapshot decides; none where no gate that a change repairs fails. Each is for one
/// of the `findings`.
#[must_use]
pub fn for_incident(question: &Question, snapshot: &Snapshot, catalogue: &Catalogue, findings: &[Finding]) -> Vec<Fix> {
    // Where the answer itself tells that the policy was asked, any operation that asks it stands for the one that is
    // not known, and its other gates are not asked.
    let stand_in = || operation_named("read-meeting").filter(|_| question.policy_asked);
    let (Some(app_id), Some(operation), false) =
        (question.app_id, question.operation.or_else(stand_in), question.delegated)
    else {
        return Vec::new();
    };
    // Which permission a collection takes, the path alone does not tell.
    let open = question.any_method && operation.is_added_to();
    let known = question.operation.is_some() && !open;
    let gates = (!known).then_some([Gate::User, Gate::Policy, Gate::Time].as_slice());
    let named = question.user.as_ref().and_then(|name| View::new(snapshot).user_named(name).map(|user| user.id));
    let created = || creator(question, snapshot, Some(operation)).filter(|_| question.user.is_none());
    let who = question.user_id.or(named).or_else(created).map_or(Who::Nobody, |user| Who::Users(vec![user]));
    // What the policy of another than the event's creator lists changes nothing.
    if creator(question, snapshot, Some(operation)).is_some_and(|it| who != Who::Users(vec![it]) && who != Who::Nobody)
    {
        return Vec::new();
    }
    let at = question.at.and_then(|at| Timestamp::from_second(at.latest).ok()).or(snapshot.taken_at);
    let held = of_token::held(question, snapshot, operation);
    let snapshot = held.as_ref().map_or(snapshot, |held| &held.state);
    let ask = Ask { app_id, who, operation, at, policy_name: None, snapshot, catalogue };
    let mut fixes = plan_gates(&ask, gates).fixes;
    held.iter().for_each(|held| fixes.iter_mut().for_each(|fix| held.tell(fix)));
    fixes.retain_mut(|fix| {
        let own = findings
            .iter()
            .find(|finding| finding.cause == fix.cause)
            .or_else(|| findings.iter().find(|finding| fix.steps.iter().any(|step| step.gate == finding.gate)));
        if let Some(finding) = own {
            fix.cause = finding.cause.clone();
        }
        own.is_some()
    });
    fixes
}

struct Planner<'p, 'a> {
    ask: &'p Ask<'a>,
    gates: Option<&'p [Gate]>,
    view: &'p View<'a>,
    answers: &'p [Answer],
    blocked: Vec<Blocked>,
}

/// What one fix consists of, gate by gate.
#[derive(Clone, Debug, Default)]
struct Draft {
    title: Vec<String>,
    notes: Vec<String>,
    commands: Vec<(Gate, Command)>,
    breadth: u8,
    assumes: Vec<String>,
}

impl Planner<'_, '_> {
    fn failing(&self, gate: Gate) -> bool {
        self.answers.iter().any(|answer| answer.outcome(gate) == Outcome::Fail)
    }

    /// That the app's service principal is disabled, and what enables it.
    fn disabled(&self) -> Option<String> {
        let app = self.view.app(self.ask.app_id).filter(|app| app.enabled == Some(false))?;
        let id = app.service_principal_id.map_or_else(|| "<service-principal-id>".to_owned(), |id| id.to_string());
        Some(format!(
            "the app's service principal is disabled, so that it gets no token, and no change of roles or policies mends that: ask who turned it off, and why; `Update-MgServicePrincipal -ServicePrincipalId {id} -AccountEnabled:$true` enables it"
        ))
    }

    fn fixes(&mut self, members: Option<&Part<Uuid>>) -> Vec<Fix> {
        let mut common = Draft::default();
        let mut consent = None;
        if self.failing(Gate::Permission) {
            match self.role() {
                Ok((role, command)) => {
                    common.title.push(format!("assign the app role `{role}`"));
                    common.notes.push(format!(
                        "`{role}` is the least role that the operation accepts; an app gets it with its next token, and a present one lives up to 90 minutes by default"
                    ));
                    if self.view.app(crate::knowledge::GRAPH).and_then(|app| app.service_principal_id).is_none() {
                        common.notes.push(format!(
                            "the request takes the object id of Microsoft Graph's service principal in this tenant: `GET /servicePrincipals(appId='{}')?$select=id`",
                            crate::knowledge::GRAPH
                        ));
                    }
                    common.commands.push((Gate::Permission, command));
                    consent = Some(self.consent());
                }
                Err(reason) => self.blocked.push(Blocked { gate: Gate::Permission, reason }),
            }
        }
        if self.failing(Gate::Tenant) {
            common.title.push("switch Graph access to transcripts on".to_owned());
            common.commands.push((Gate::Tenant, Command::TranscriptAccess(true)));
            common.breadth = 2;
        }
        if self.failing(Gate::User) {
            let unknown: Vec<String> = self
                .answers
                .iter()
                .filter(|answer| answer.outcome(Gate::User) == Outcome::Fail)
                .filter_map(|answer| answer.user_id.map(|id| format!("`{id}`")))
                .take(5)
                .collect();
            self.blocked.push(Blocked {
                gate: Gate::User,
                reason: format!("the tenant has no user {}: check the object id", and(&unknown)),
            });
        }
        // A policy that lists an app which is not there lets nobody in.
        if self.ask.snapshot.lacks(AbsentKind::App, self.ask.app_id) {
            return Vec::new();
        }
        let users = self.unlisted();
        if let Some(supposed) = self.supposing(&users) {
            let licences =
                self.license().iter().filter_map(|draft| self.prove(draft)).map(|(_, fix)| fix).collect::<Vec<_>>();
            return supposed.into_iter().chain(licences).chain(consent).collect();
        }
        let mut drafts: Vec<Draft> =
            self.policies(&users, members).into_iter().map(|it| compose(&common, it)).collect();
        if drafts.is_empty() && !common.commands.is_empty() {
            drafts.push(common);
        }
        let mut ranked: Vec<(Rank, Fix)> = drafts.iter().filter_map(|draft| self.prove(draft)).collect();
        drop_needless(&mut ranked);
        crate::order::sort_by_key(&mut ranked, |(rank, _)| *rank);
        let mut fixes: Vec<Fix> = ranked.into_iter().map(|(_, fix)| fix).collect();
        fixes.extend(self.license().iter().filter_map(|draft| self.prove(draft)).map(|(_, fix)| fix));
        fixes.extend(consent);
        fixes
    }

    /// The least accepted role, unless the tenant does not know the app or the operation takes none.
    fn role(&self) -> Result<(&'static str, Command), String> {
        let (ask, operation) = (self.ask, self.ask.operation);
        let app = self.view.app(ask.app_id);
        let asked = question(ask, None, None);
        let facts = permission::facts(&asked, self.view, Some(operation), Some(ask.app_id), app, false);
        if facts.why == Why::UnknownInTenant {
            return Err(format!(
                "the tenant has no service principal of the app: check the client id, then create it (`New-MgServicePrincipal -AppId '{}'`, which grants nothing), read the tenant again and plan again",
                ask.app_id
            ));
        }
        if facts.why == Why::Unsupported {
            return Err("the operation takes no application permission: it works for a signed-in user only".to_owned());
        }
        let accepted = || operation.application.iter().flat_map(|it| it.accepted()).collect::<Vec<_>>().join("`, `");
        let Some(role) = operation.application.and_then(|it| it.to_grant()) else {
            let all = accepted();
            return Err(if all.is_empty() {
                "no app role is accepted: only a consent in the meeting's chat is".to_owned()
            } else {
                format!("which app role it takes depends on the kind of call (`{all}`): assign that one by hand")
            });
        };
        let Some(role_id) = permission_named(role, PermissionKind::Application).and_then(|it| it.id) else {
            return Err(format!("the id of the role `{role}` was not found in any public list: assign it by hand"));
        };
        Ok((role, Command::AddRole { app_id: ask.app_id, role: role.to_owned(), role_id }))
    }

    /// Users who exist, and whose effective policy certainly does not list the app.
    fn unlisted(&self) -> Vec<Uuid> {
        let unlisted = |answer: &&Answer| {
            let gate = answer.outcome(Gate::Policy);
            // Nothing is given to a user who does not exist.
            if answer.outcome(Gate::User) == Outcome::Fail {
                return false;
            }
            let Some(user) = answer.user_id.filter(|_| matches!(gate, Outcome::Fail | Outcome::Unknown)) else {
                return false;
            };
            effective(self.view, Some(user)).lists(self.view, self.ask.app_id) == Tri::No
        };
        self.answers.iter().filter(unlisted).filter_map(|answer| answer.user_id).collect()
    }

    /// Fixes for what a read may show of a user whose policy was not read; `None` where no such read is needed, or where it
    /// comes before any plan.
    fn supposing(&mut self, users: &[Uuid]) -> Option<Vec<Fix>> {
        let undecided = candidate::undecided(self.view, self.ask.app_id, users);
        let (user, policies) = undecided.first()?;
        if undecided.len() > 1 || policies.len() > supposed::MOST {
            let whose: Vec<String> = undecided.iter().take(5).map(|(user, _)| format!("`{user}`")).collect();
            let more = if undecided.len() > 5 { " and others" } else { "" };
            self.blocked.push(Blocked {
                gate: Gate::Policy,
                reason: format!(
                    "which policy is effective was not read for {}{more}: read it (`Get-CsUserPolicyAssignment -Identity {user} -PolicyType ApplicationAccessPolicy`), and plan again",
                    and(&whose)
                ),
            });
            return None;
        }
        let gates = self.gates;
        let mut fixes = supposed::fixes(self.ask, *user, policies, |ask| plan_gates(ask, gates).fixes);
        for fix in &mut fixes {
            fix.cause = self.cause(&fix.steps.iter().map(|step| step.gate).collect::<Vec<_>>());
        }
        (!fixes.is_empty()).then_some(fixes)
    }

    fn policies(&mut self, users: &[Uuid], members: Option<&Part<Uuid>>) -> Vec<Candidate> {
        let (app, name) = (self.ask.app_id, self.ask.policy_name);
        let mut found = candidate::candidates(self.view, app, users, name);
        if found.is_empty() && !users.is_empty() && self.blocked.iter().all(|it| it.gate != Gate::Policy) {
            self.blocked.push(Blocked {
                gate: Gate::Policy,
                reason: "a policy that may be effective was not read: read the policies and plan again".to_owned(),
            });
        }
        if let (Who::Group(group), None) = (&self.ask.who, members) {
            match candidate::to_group(self.view, app, *group, name) {
                Some(candidate) => found.push(candidate),
                None => self.blocked.push(Blocked {
                    gate: Gate::Policy,
                    reason: "what `Global` lists was not read, which a policy for the group takes over: read the policies and plan again".to_owned(),
                }),
            }
        }
        if members.is_some() {
            let direct = |command: &Command| matches!(command, Command::Grant { to: Target::User(_), .. });
            for candidate in found.iter_mut().filter(|it| it.commands.iter().any(direct)) {
                candidate.note.push_str("; members who join the group later are not covered");
            }
        }
        if members.is_some_and(|members| !members.is_complete()) {
            for candidate in &mut found {
                candidate.assumes.push("the group has no members but those that were read".to_owned());
            }
        }
        found
    }

    /// Users of whom it is known that they have no Teams: no gate fails for it, as no document says that Graph refuses them.
    fn license(&self) -> Vec<Draft> {
        let without: Vec<(Uuid, Teams)> = self
            .answers
            .iter()
            .filter(|answer| answer.outcome(Gate::User) == Outcome::Unknown)
            .filter_map(|answer| Some((answer.user_id?, self.view.user(answer.user_id?)?.teams?)))
            .filter(|(_, teams)| *teams != Teams::Enabled)
            .collect();
        let draft = |from: Teams, title: &str, note: &str, assumes: &[&str]| {
            let users: Vec<Uuid> = without.iter().filter(|(_, teams)| *teams == from).map(|(user, _)| *user).collect();
            (!users.is_empty()).then(|| Draft {
                title: vec![title.to_owned()],
                notes: vec![note.to_owned()],
                commands: users
                    .iter()
                    .map(|user| (Gate::User, Command::License { user_id: *user, teams: Teams::Enabled, from }))
                    .collect(),
                breadth: 0,
                assumes: std::iter::once("Graph refuses users without Teams, which no document says")
                    .chain(assumes.iter().copied())
                    .map(str::to_owned)
                    .collect(),
            })
        };
        [
            draft(Teams::Disabled, "enable the Teams plan of the licence that the user has", "costs nothing where the licence is assigned directly; a licence that comes from a group is changed at the group", &[]),
            draft(Teams::Absent, "assign a licence that contains Teams", "a licence costs money; set `$SkuId` to one that has the Teams service plan", &["a licence with the Teams service plan is free"]),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The wider way, named last.
    fn consent(&self) -> Fix {
        let login = self.ask.snapshot.cloud.as_deref().or(Some("global")).and_then(crate::knowledge::cloud);
        let login = login.map_or("login.microsoftonline.com", |cloud| cloud.login);
        let tenant = self.ask.snapshot.tenant_id.map_or_else(|| "<tenant-id>".to_owned(), |id| id.to_string());
        let address = format!("https://{login}/{tenant}/adminconsent?client_id={}", self.ask.app_id);
        Fix {
            title: "open the tenant-wide consent page (last choice: it grants all that the app requests)".to_owned(),
            cause: "permission-not-granted".into(),
            steps: vec![Step { gate: Gate::Permission, commands: vec![address], request: None }],
            preconditions: Vec::new(),
            verify: Vec::new(),
            undo: Vec::new(),
            effective_from: None,
            assumes: vec!["what the registration requests is what the app needs".to_owned()],
            note: "an administrator grants every permission that the registration asks for, for everybody; no single command takes it back".to_owned(),
            prose: Vec::new(),
            proof: None,
        }
    }

    /// Runs the draft on a copy, judges, and takes it back.
    fn prove(&self, draft: &Draft) -> Option<(Rank, Fix)> {
        let ask = self.ask;
        if draft.commands.is_empty() {
            return None;
        }
        let commands: Vec<Command> = draft.commands.iter().map(|(_, command)| command.clone()).collect();
        // Questions are asked to the second.
        let start = ask.at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
        let mut simulator = Simulator::new(ask.snapshot, start);
        let mut undo: Option<Vec<Command>> = Some(Vec::new());
        for command in &commands {
            let back = inverse(command, simulator.snapshot());
            undo = undo.zip(back).map(|(mut undo, back)| {
                undo.insert(0, back);
                undo
            });
            simulator.apply(command);
        }
        let seconds = commands.iter().filter_map(|command| delay(command)?.seconds).max();
        let from = seconds.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        let at = start.and_then(|at| from.map_or(Some(at), |from| at.checked_add(from).ok()));
        let after = simulator.snapshot().clone();
        let gates: Vec<Gate> = draft.commands.iter().map(|(gate, _)| *gate).collect();
        let view = View::indexed(&after);
        let (mut missing, mut stays_open): (Vec<String>, Vec<Gate>) = (Vec::new(), Vec::new());
        for answer in self.answers {
            let only = self.gates.map(<[Gate]>::to_vec);
            let asked = Question { gates: only, ..question(ask, answer.user_id, at) };
            let now = judge_in(&asked, &view, ask.catalogue);
            missing.extend(stays(&answer.judgement, &now, &gates));
            stays_open.extend(now.gates.iter().filter(|it| it.outcome == Outcome::Unknown).map(|it| it.gate));
        }
        crate::order::sort(&mut missing);
        missing.dedup();
        crate::order::sort(&mut stays_open);
        stays_open.dedup();
        let mut relies = relies(ask, &question(ask, None, None), self.answers, &after);
        // Others may hold by now what it edits.
        let edits = |command: &Command| matches!(command, Command::SetPolicy { .. });
        if commands.iter().any(edits) && ask.snapshot.groups.is_complete() && !relies.contains(&Object::Groups) {
            relies.retain(|it| !matches!(it, Object::Group(_)));
            relies.push(Object::Groups);
        }
        let pairs: Vec<(Uuid, Uuid)> =
            self.answers.iter().filter_map(|answer| Some((ask.app_id, answer.user_id?))).collect();
        let effects = access::of(&simulator, &pairs);
        let asked = self.gates.is_none().then(|| effects.asked(ask.app_id, ask.operation)).flatten();
        let mut assumes = draft.assumes.clone();
        assumes.extend(simulator.assumes().iter().filter(|it| !draft.assumes.contains(it)).cloned());
        missing.extend(simulator.refused().iter().filter(|it| it.fails).map(|it| it.why.clone()));
        let names = commands.iter().filter_map(|command| match command {
            Command::SetPolicy { name, .. } | Command::RemovePolicy { name } => Some(name),
            _ => None,
        });
        if let Some(name) = names.into_iter().find(|name| has_wildcards(name)) {
            assumes.push(format!("-Identity takes `{name}` as it is: whether it takes wildcards is not documented"));
        }
        let mut undo = undo.unwrap_or_default();
        let before_undo = simulator.refused().len();
        undo.iter().for_each(|command| simulator.apply(command));
        // What the service refuses takes nothing back, and what follows it would take away what is in use.
        if simulator.refused().iter().skip(before_undo).any(|it| it.fails) {
            undo.clear();
        }
        if undo.is_empty() {
            missing.push(no_undo(&commands, ask.snapshot));
        } else if !equal(ask.snapshot, simulator.snapshot()) {
            missing.push("whether its undo gives back all that it replaces is not known".to_owned());
        }
        missing.extend(self.blocked.iter().map(|it| format!("the {} gate keeps failing", it.gate.name())));
        if self.disabled().is_some() {
            missing.push("the app's service principal stays disabled".to_owned());
        }
        if self.answers.is_empty() {
            missing.push("whom it is for was not read".to_owned());
        }
        let mut told = std::collections::BTreeSet::new();
        missing.retain(|words| told.insert(words.clone()));
        let proved = missing.is_empty() && assumes.is_empty();
        // Those who join the group that is asked about are wanted.
        let wanted = match ask.who {
            Who::Group(group) => Some(group),
            Who::Nobody | Who::Users(_) => None,
        };
        let unwanted = |later: &super::Later| !later.loses && (wanted.is_none() || later.only_group != wanted);
        let rank = Rank {
            takes: effects.worsens(),
            breadth: if wanted.is_some() && draft.breadth == 1 { 0 } else { draft.breadth },
            future: effects.later.iter().any(unwanted),
            open: effects.open,
            gains: effects.gains_total,
            unproved: !proved,
            commands: commands.len(),
        };
        let mut notes = draft.notes.clone();
        notes.retain(|note| !note.is_empty());
        if let Some(apps) = opened_by_switch(&commands, &effects, self.view) {
            notes.push(apps);
        }
        for opened in &effects.opens {
            let mut words = opened.operations.clone();
            words.extend(opened.possible.iter().map(|name| format!("perhaps {name}")));
            notes.push(format!("the role also opens, without any policy and for no single user: {}", words.join(", ")));
        }
        let reads = script::reads(&commands);
        let fix = Fix {
            title: and(&draft.title),
            cause: self.cause(&gates),
            steps: steps(&draft.commands, ask.snapshot),
            preconditions: reads.clone(),
            verify: reads,
            undo: undo.iter().flat_map(powershell::lines).collect(),
            effective_from: seconds.map(duration),
            assumes,
            note: notes.join("; "),
            prose: Vec::new(),
            proof: Some(Proof {
                proved,
                missing,
                stays_open,
                as_of: ask.snapshot.taken_at,
                effects,
                asked,
                commands,
                undo,
                breaks: Vec::new(),
                supposes: None,
                relies,
            }),
        };
        Some((rank, fix))
    }

    /// The finding that the fix is for.
    fn cause(&self, gates: &[Gate]) -> Text {
        let findings = self.answers.iter().flat_map(|answer| &answer.judgement.findings);
        let mut own = findings.filter(|finding| gates.contains(&finding.gate));
        own.next().map_or_else(
            || match gates.first() {
                Some(Gate::Permission) => "permission-not-granted".into(),
                Some(Gate::Tenant) => "transcript-access-disabled".into(),
                Some(Gate::User) => "user-without-teams".into(),
                _ => "policy-not-granted".into(),
            },
            |finding| finding.cause.clone(),
        )
    }
}

/// Smallest first: a fix that takes nothing, one user before one group before the tenant, nobody who comes later before
/// somebody, fewest gains. Where the question is for a group, access for whoever joins it is what was asked for: a change
/// of the group's own assignment is as narrow as one for each of its members, and gains of later members of this group
/// alone are not counted against it. A policy that others hold too, or that also reaches later users elsewhere, is wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    takes: bool,
    breadth: u8,
    future: bool,
    gains: usize,
    unproved: bool,
    open: bool,
    commands: usize,
}

/// What keeps a question from being allowed: a gate that the fix is for and that does not pass, one that fails, or one
/// that is unknown and was not before.
fn stays(before: &Judgement, after: &Judgement, gates: &[Gate]) -> Vec<String> {
    let stays = |gate: &&GateResult| match gate.outcome {
        Outcome::Pass | Outcome::Skipped => false,
        Outcome::Fail => true,
        Outcome::Unknown => gates.contains(&gate.gate) || outcome(before, gate.gate) != Outcome::Unknown,
    };
    let words = |gate: &GateResult| match gate.outcome {
        Outcome::Fail => format!("the {} gate keeps failing", gate.gate.name()),
        _ => format!("the {} gate stays unknown", gate.gate.name()),
    };
    after.gates.iter().filter(stays).map(words).collect()
}

fn compose(common: &Draft, policy: Candidate) -> Draft {
    let mut draft = common.clone();
    draft.title.insert(0, policy.title);
    draft.notes.insert(0, policy.note);
    // What all the fixes have in common does not tell which is the narrower.
    draft.breadth = policy.breadth;
    draft.assumes.extend(policy.assumes);
    draft.commands.extend(policy.commands.into_iter().map(|command| (Gate::Policy, command)));
    draft
}

/// A new policy beside the present one is of no use where nobody else holds the present one.
fn drop_needless(fixes: &mut Vec<(Rank, Fix)>) {
    let later = |fix: &Fix| fix.proof.as_ref().is_some_and(|proof| proof.effects.gains_future);
    let alone =
        fixes.iter().find(|(rank, fix)| !rank.unproved && !rank.takes && !later(fix) && !rank.open && is_edit(fix));
    let Some((gains, breadth)) = alone.map(|(rank, _)| (rank.gains, rank.breadth)) else { return };
    fixes.retain(|(rank, fix)| is_edit(fix) || rank.gains < gains || rank.breadth < breadth);
}

fn is_edit(fix: &Fix) -> bool {
    fix.proof.iter().all(|proof| !proof.commands.iter().any(|command| matches!(command, Command::Grant { .. })))
}

fn steps(commands: &[(Gate, Command)], snapshot: &Snapshot) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (gate, command) in commands {
        let lines = powershell::lines(command);
        match steps.last_mut().filter(|step| step.gate == *gate) {
            Some(step) => step.commands.extend(lines),
            None => steps.push(Step { gate: *gate, commands: lines, request: powershell::request(command, snapshot) }),
        }
    }
    steps
}

/// The apps that a switch opens for somebody, by name.
fn opened_by_switch(commands: &[Command], effects: &super::Effects, view: &View<'_>) -> Option<String> {
    if !commands.iter().any(|command| matches!(command, Command::TranscriptAccess(true))) {
        return None;
    }
    let holds = |roles: &[crate::tenant::RoleGrant]| {
        permission_named("OnlineMeetingTranscript.Read.All", PermissionKind::Application)
            .and_then(|it| it.id)
            .is_some_and(|id| {
                roles.iter().any(|grant| super::roles::is_role(grant, "OnlineMeetingTranscript.Read.All", id))
            })
    };
    let apps = view.snapshot().apps.known();
    let mut names: Vec<String> = apps
        .iter()
        .filter(|app| {
            app.roles.as_deref().is_some_and(holds) || effects.gains.iter().any(|gain| gain.app_id == app.app_id)
        })
        .map(|app| {
            app.name.as_ref().map_or_else(|| format!("`{}`", app.app_id), |name| format!("`{name}` ({})", app.app_id))
        })
        .collect();
    crate::order::sort(&mut names);
    let rest = if view.snapshot().apps.is_complete() { "" } else { "; not every app of the tenant was read" };
    let names = if names.is_empty() { "no app that was read".to_owned() } else { and(&names) };
    Some(format!("the switch is for the whole tenant: it opens transcripts to {names}, each within its policy{rest}"))
}

/// What is documented of the time until a change is seen.
pub(super) fn delay(command: &Command) -> Option<&'static Window> {
    let name = match command {
        Command::NewPolicy { .. } | Command::SetPolicy { .. } | Command::RemovePolicy { .. } => "policy-change",
        Command::Grant { to: Target::User(_) | Target::Global, .. } => "policy-change",
        Command::Grant { to: Target::Group { .. }, .. } | Command::RemoveGroupAssignment { .. } => "group-assignment",
        Command::AddRole { .. } | Command::RemoveRole { .. } => "token-lifetime",
        Command::License { .. } | Command::Licences { .. } => "teams-license",
        Command::TranscriptAccess(_)
        | Command::AttributedTranscripts(_)
        | Command::Refused { .. }
        | Command::Perhaps(_)
        | Command::Opaque { .. } => return None,
    };
    window(name)
}
