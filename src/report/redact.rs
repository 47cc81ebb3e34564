//! Stable pseudonyms for ids, names and addresses, so that a report can be shown to others.
//!
//! A pseudonym takes as many bytes and characters as the value that it stands for: every span, line and column holds in
//! the redacted text as it did in the original. One value has one pseudonym, numbered by first appearance, so that the
//! same input gives the same report. Ids that Microsoft publishes (roles, Graph itself) stay.
//!
//! What cannot be told from other words (a person's name in free text that no snapshot lists) is not found.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use uuid::Uuid;

use super::cover::cover;
use super::pseudonym::{Kind, fitted, id_of};
use super::sensitive;
use crate::diagnose::{Contradiction, Diagnosis, Evidence, Finding, GateResult};
use crate::fix::effects::Group;
use crate::fix::template::GROUP_TO_READ;
use crate::fix::{Breaks, Command, Effects, Fix, Known, Later, Proof, Shift, Step, Unbound};
use crate::input::{Asked, AskedUser, Facts, MeetingRef, Token};
use crate::knowledge::{GRAPH, Text, permission_by_id, permissions};
use crate::source::Source;
use crate::tenant::{Change, Snapshot};

/// Gives pseudonyms; keep one for a whole run.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    kinds: HashMap<Uuid, Kind>,
    names: BTreeMap<String, Kind>,
    /// Built from `names` when it is asked for.
    search: Option<Search>,
    numbers: HashMap<(Kind, String), usize>,
    last: HashMap<Kind, usize>,
    /// How many files have been shown.
    inputs: usize,
}

/// The known names, and the automaton that finds them.
#[derive(Clone, Debug)]
struct Search {
    automaton: AhoCorasick,
    names: Vec<(String, Kind)>,
}

/// How names are told from other words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Text that somebody else wrote: a name is a whole word.
    Any,
    /// Our own sentences, which put names between backticks or quotes.
    Quoted,
}

impl Redactor {
    /// What the tenant's ids and names are.
    pub fn learn_snapshot(&mut self, snapshot: &Snapshot) {
        self.id(snapshot.tenant_id, Kind::Tenant);
        for policy in &snapshot.policies.items {
            self.name(Some(&policy.name), Kind::Policy);
            policy.app_ids.iter().for_each(|id| self.id(Some(*id), Kind::App));
        }
        for direct in &snapshot.direct.items {
            self.id(Some(direct.user_id), Kind::User);
            self.name(direct.policy.as_ref(), Kind::Policy);
        }
        for read in snapshot.effective.items.iter().chain(&snapshot.overtaken) {
            self.id(Some(read.user_id), Kind::User);
            self.name(read.policy.as_ref(), Kind::Policy);
            self.id(read.group_id, Kind::Group);
        }
        for group in &snapshot.groups.items {
            self.id(Some(group.group_id), Kind::Group);
            self.name(group.name.as_ref(), Kind::Group);
            self.name(Some(&group.policy), Kind::Policy);
            group.members.items.iter().for_each(|id| self.id(Some(*id), Kind::User));
            group.nested.iter().for_each(|id| self.id(Some(*id), Kind::Group));
        }
        for group in &snapshot.nested_groups {
            self.id(Some(group.group_id), Kind::Group);
            group.members.items.iter().for_each(|id| self.id(Some(*id), Kind::User));
            group.nested.iter().for_each(|id| self.id(Some(*id), Kind::Group));
        }
        for user in &snapshot.users.items {
            self.id(Some(user.id), Kind::User);
            self.name(user.name.as_ref(), Kind::User);
            self.name(user.upn.as_ref(), Kind::User);
        }
        for app in &snapshot.apps.items {
            self.id(Some(app.app_id), Kind::App);
            self.id(app.service_principal_id, Kind::App);
            self.id(app.application_object_id, Kind::App);
            self.id(app.home_tenant, Kind::Tenant);
            self.name(app.name.as_ref(), Kind::App);
        }
        snapshot.history.iter().for_each(|change| self.learn_change(change));
    }

    /// What is gone by now has ids and names, too.
    fn learn_change(&mut self, change: &Change) {
        let value = change.value.as_deref();
        let id = |text: &str| Uuid::try_parse(text.trim()).ok();
        let of_key = match change.part.as_str() {
            "policies" => {
                self.name(Some(&change.key), Kind::Policy);
                return self.id(value.and_then(id), Kind::App);
            }
            "direct" | "effective" => {
                self.name(change.value.as_ref(), Kind::Policy);
                Kind::User
            }
            "groups" | "members" | "nested" => {
                let user = if change.part == "nested" { Kind::Group } else { Kind::User };
                match value.and_then(id) {
                    Some(member) => self.id(Some(member), user),
                    // `rank 2` is no name.
                    None if change.part == "groups" && value.is_none_or(|it| !it.starts_with("rank ")) => {
                        self.name(change.value.as_ref(), Kind::Policy);
                    }
                    None => {}
                }
                Kind::Group
            }
            part if part.starts_with("users") || part.starts_with("licen") => Kind::User,
            part if part.starts_with("apps") || part == "roles" => Kind::App,
            _ => return,
        };
        self.id(id(&change.key), of_key);
    }

    /// What the ids and names around a failure are.
    pub fn learn_facts(&mut self, facts: &Facts) {
        self.id(facts.app_id.as_ref().map(|fact| fact.value), Kind::App);
        self.id(facts.user_id.as_ref().map(|fact| fact.value), Kind::User);
        self.id(facts.organizer_id.as_ref().map(|fact| fact.value), Kind::User);
        self.id(facts.tenant_id.as_ref().map(|fact| fact.value), Kind::Tenant);
        if let Some(token) = &facts.token {
            self.id(token.value.app_id, Kind::App);
            self.id(token.value.tenant, Kind::Tenant);
        }
        self.name(facts.user.as_ref().map(|fact| &fact.value), Kind::User);
        if let Some(asked) = &facts.asked {
            self.id(asked.app_id, Kind::App);
            match &asked.user {
                Some(AskedUser::Id(id)) => self.id(Some(*id), Kind::User),
                Some(AskedUser::Name(name)) => self.name(Some(name), Kind::User),
                None => {}
            }
        }
        if let Some(meeting) = &facts.meeting {
            self.id(meeting.value.organizer, Kind::User);
            self.id(meeting.value.tenant, Kind::Tenant);
            self.name(Some(&meeting.value.text), Kind::Meeting);
        }
        for (slot, fact) in &facts.named {
            let kind = match slot.as_ref() {
                "policy-name" => Kind::Policy,
                "user" | "user-id" | "organizer-id" => Kind::User,
                "group-id" | GROUP_TO_READ => Kind::Group,
                "app-name" | "app-id" => Kind::App,
                "tenant-id" => Kind::Tenant,
                "meeting-id" => Kind::Meeting,
                _ => continue,
            };
            self.id(Uuid::try_parse(&fact.value).ok(), kind);
            self.name(Some(&fact.value), kind);
        }
    }

    fn id(&mut self, id: Option<Uuid>, kind: Kind) {
        if let Some(id) = id {
            self.kinds.entry(id).or_insert(kind);
        }
    }

    fn name(&mut self, name: Option<&String>, kind: Kind) {
        // `Global` exists in every tenant; a single character is everywhere.
        let name = name.map(|name| name.trim()).filter(|name| name.chars().count() > 1);
        if let Some(name) = name.filter(|name| !name.eq_ignore_ascii_case("global") && Uuid::try_parse(name).is_err())
            && !self.names.contains_key(name)
        {
            self.names.insert(name.to_owned(), kind);
            self.search = None;
        }
    }

    fn number(&mut self, kind: Kind, value: &str) -> usize {
        let last = self.last.entry(kind).or_default();
        *self.numbers.entry((kind, value.to_lowercase())).or_insert_with(|| {
            *last += 1;
            *last
        })
    }

    /// The pseudonym of an id; published ids stay.
    #[must_use]
    pub fn uuid(&mut self, id: Uuid) -> Uuid {
        let published = id == GRAPH || id.is_nil() || permission_by_id(id).is_some();
        if published {
            return id;
        }
        let kind = self.kinds.get(&id).copied().unwrap_or(Kind::Other);
        id_of(kind, self.number(kind, &id.to_string()))
    }

    /// Text with every id, address and known name replaced; as many bytes and characters as before.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        self.replace(text, Words::Any)
    }

    /// The read that would decide something: the name of one, or words that may name a tenant.
    fn need(&mut self, needs: &mut Text) {
        let mut shown = needs.to_string();
        self.own(&mut shown);
        if shown != *needs {
            *needs = Text::Owned(shown);
        }
    }

    /// The same for our own sentences and commands.
    fn own(&mut self, text: &mut String) {
        *text = self.replace(text, Words::Quoted);
    }

    fn replace(&mut self, text: &str, words: Words) -> String {
        let mut found: Vec<(Range<usize>, String)> = Vec::new();
        for hit in sensitive::find(text) {
            let original = text.get(hit.range.clone()).unwrap_or_default();
            let new = match hit.id {
                Some(id) => {
                    let new = self.uuid(id);
                    if new == id { continue } else { sensitive::like(original, new) }
                }
                None => fitted(hit.kind, self.number(hit.kind, &sensitive::normal(original)), original),
            };
            found.push((hit.range, new));
        }
        for (range, name, kind) in self.named(text, words) {
            // The hits of `find` are sorted, and none overlaps another.
            let next = found.partition_point(|(known, _)| known.end <= range.start);
            if found.get(next).is_none_or(|(known, _)| range.end <= known.start) {
                let original = text.get(range.clone()).unwrap_or_default();
                found.insert(next, (range, fitted(kind, self.number(kind, &sensitive::normal(&name)), original)));
            }
        }
        if found.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (range, new) in found {
            out.push_str(text.get(done..range.start).unwrap_or_default());
            out.push_str(&new);
            done = range.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }

    /// Where known names stand as whole words, in any case; a short one only as it is written.
    fn named(&mut self, text: &str, words: Words) -> Vec<(Range<usize>, String, Kind)> {
        if self.names.is_empty() {
            return Vec::new();
        }
        if self.search.is_none() {
            let names: Vec<(String, Kind)> = self.names.iter().map(|(name, kind)| (name.clone(), *kind)).collect();
            let builder = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(names.iter().map(|(name, _)| name));
            // It fails beyond two thousand million states only, and such a snapshot is not loaded.
            self.search = builder.ok().map(|automaton| Search { automaton, names });
        }
        let edge = |c: Option<char>| match words {
            Words::Any => c.is_none_or(|c| !c.is_alphanumeric()),
            Words::Quoted => c.is_none_or(|c| matches!(c, '`' | '\'' | '"')),
        };
        let Some(search) = &self.search else { return Vec::new() };
        search
            .automaton
            .find_iter(text)
            .filter_map(|hit| {
                let (name, kind) = search.names.get(hit.pattern().as_usize())?;
                let whole = edge(text.get(..hit.start())?.chars().next_back())
                    && edge(text.get(hit.end()..)?.chars().next())
                    && (name.chars().count() > 3 || text.get(hit.range())? == name);
                whole.then(|| (hit.range(), name.clone(), *kind))
            })
            .collect()
    }

    /// The source as it may be shown: same name, spans, lines and columns.
    #[must_use]
    pub fn source(&mut self, source: &Source) -> Source {
        let (name, text) = (self.text(source.name()), self.text(source.text()));
        Source::from_text(name, text)
    }

    /// What of a source may be shown beside its diagnoses: their words under pseudonyms, with everything else covered. A
    /// file has a number in place of its name. What a diagnosis has of the message are these words, too.
    pub fn excerpt(&mut self, source: &Source, diagnoses: &mut [Diagnosis]) -> Source {
        let name = if matches!(source.name(), "pasted" | "stdin" | "example") {
            source.name().to_owned()
        } else {
            self.inputs += 1;
            format!("input-{}", self.inputs)
        };
        let shown = Source::from_text(name, cover(&self.text(source.text()), diagnoses));
        for diagnosis in diagnoses {
            let mut words: Vec<String> = Vec::new();
            for (_, label) in &diagnosis.symptoms {
                let said = shown.slice(label.span).split_whitespace().collect::<Vec<_>>().join(" ");
                if !words.contains(&said) {
                    words.push(said);
                }
            }
            match &mut diagnosis.facts.message {
                Some(message) if !words.is_empty() => message.value = words.join(" … "),
                message => *message = None,
            }
        }
        shown
    }

    /// The same diagnosis about pseudonyms. Each type is taken apart whole, so that a new field is not forgotten here.
    #[must_use]
    pub fn diagnosis(&mut self, diagnosis: &Diagnosis) -> Diagnosis {
        // A plan names new policies after the app.
        for command in diagnosis.fixes.iter().filter_map(|fix| fix.proof.as_ref()).flat_map(|proof| &proof.commands) {
            if let Command::NewPolicy { name, .. } = command {
                self.name(Some(name), Kind::Policy);
            }
        }
        let mut shown = diagnosis.clone();
        let Diagnosis {
            span: _,
            facts,
            user_id,
            verdict: _,
            gates,
            findings,
            ruled_out,
            undecided,
            contradiction,
            fixes,
            scope,
            assumed_time: _,
            told_time: _,
            symptoms,
        } = &mut shown;
        self.facts(facts);
        *user_id = user_id.map(|id| self.uuid(id));
        findings.iter_mut().for_each(|finding| self.finding(finding));
        gates.iter_mut().for_each(|gate| self.gate(gate));
        undecided.iter_mut().for_each(|one| self.need(&mut one.needs));
        ruled_out.iter_mut().for_each(|out| self.own(&mut out.reason));
        symptoms.iter_mut().for_each(|(_, label)| self.own(&mut label.text));
        if let Some(Contradiction { snapshot, service, explanations }) = contradiction {
            self.own(snapshot);
            self.own(service);
            explanations.iter_mut().for_each(|text| self.own(text));
        }
        scope.iter_mut().for_each(|scope| self.own(scope));
        fixes.iter_mut().for_each(|fix| self.fix(fix));
        shown
    }

    fn finding(&mut self, finding: &mut Finding) {
        let Finding { cause: _, gate: _, severity: _, confidence: _, explanation, evidence, labels } = finding;
        self.own(explanation);
        evidence.iter_mut().for_each(|one| self.evidence(one));
        labels.iter_mut().for_each(|label| self.own(&mut label.text));
    }

    fn gate(&mut self, gate: &mut GateResult) {
        let GateResult { gate: _, outcome: _, evidence, needs, until: _, note } = gate;
        needs.iter_mut().for_each(|one| self.need(one));
        evidence.iter_mut().for_each(|one| self.evidence(one));
        self.own(note);
    }

    fn evidence(&mut self, evidence: &mut Evidence) {
        let Evidence { object, field, value, source, read_at: _ } = evidence;
        self.own(object);
        // Of a change it names what was added or removed.
        self.own(field);
        // A list of permissions is no name, whatever an app is called.
        if !is_permissions(value) {
            *value = self.text(value);
        }
        self.own(source);
    }

    fn fix(&mut self, fix: &mut Fix) {
        let Fix { title, cause: _, steps, preconditions, verify, undo, effective_from: _, assumes, note, prose, proof } =
            fix;
        for Step { gate: _, commands, request } in steps {
            commands.iter_mut().for_each(|command| self.own(command));
            request.iter_mut().for_each(|request| *request = self.text(request));
        }
        let lines = [preconditions, verify, undo, assumes, prose].into_iter().flatten();
        lines.chain([title, note]).for_each(|line| self.own(line));
        if let Some(Proof {
            proved: _,
            missing,
            stays_open: _,
            as_of: _,
            effects,
            asked: _,
            commands,
            undo,
            breaks,
            supposes,
            relies,
        }) = proof
        {
            for Breaks { source, line: _, column: _, fate: _, sentence } in breaks {
                *source = self.text(source);
                self.own(sentence);
            }
            missing.iter_mut().for_each(|line| self.own(line));
            self.effects(effects);
            // The typed forms of the lines above: no report prints them.
            commands.clear();
            undo.clear();
            *supposes = None;
            relies.clear();
        }
    }

    /// An app; what stands for apps that nobody has read is nobody's.
    fn app(&mut self, id: &mut Uuid, name: &mut Option<String>) {
        if !id.is_nil() {
            *id = self.uuid(*id);
            name.iter_mut().for_each(|name| *name = self.text(name));
        }
    }

    fn effects(&mut self, effects: &mut Effects) {
        let Effects {
            gains,
            gains_total: _,
            gains_perhaps: _,
            gains_users: _,
            gains_users_perhaps: _,
            gains_future: _,
            gains_future_perhaps: _,
            loses,
            loses_total: _,
            loses_perhaps: _,
            loses_gates: _,
            loses_gates_perhaps: _,
            loses_future: _,
            loses_future_perhaps: _,
            later,
            gain_groups,
            loss_groups,
            open: _,
            untold: _,
            opens,
            closes,
            watched,
            now_known,
            no_longer_known,
        } = effects;
        // No report prints them.
        watched.clear();
        for Known { app_id, app, allowed: _, denied: _, through, users: _, examples, neither: _ } in
            now_known.iter_mut().chain(no_longer_known)
        {
            self.app(app_id, app);
            examples.iter_mut().for_each(|name| *name = self.text(name));
            self.own(through);
        }
        for Group {
            app_id,
            app,
            operations: _,
            already: _,
            possible: _,
            through,
            perhaps: _,
            users: _,
            examples,
            first,
        } in gain_groups.iter_mut().chain(loss_groups)
        {
            first.clear();
            self.app(app_id, app);
            examples.iter_mut().for_each(|name| *name = self.text(name));
            self.own(through);
        }
        for Shift { app_id, user_id, app, user, operations: _, already: _, possible: _, through, perhaps: _ } in
            gains.iter_mut().chain(loses)
        {
            self.app(app_id, app);
            *user_id = self.uuid(*user_id);
            user.iter_mut().for_each(|name| *name = self.text(name));
            self.own(through);
        }
        for Later { app_id, app, through, loses: _, perhaps: _, only_group, any_policy: _ } in later {
            self.app(app_id, app);
            only_group.iter_mut().for_each(|id| *id = self.uuid(*id));
            self.own(through);
        }
        for Unbound { app_id: app, operations: _, possible: _ } in opens.iter_mut().chain(closes) {
            *app = self.uuid(*app);
        }
    }

    fn facts(&mut self, facts: &mut Facts) {
        let Facts {
            status: _,
            code,
            inner_code,
            message,
            app_id,
            user_id,
            user,
            organizer_id,
            tenant_id,
            method: _,
            path,
            version: _,
            host,
            other_host,
            operation: _,
            request_id,
            client_request_id,
            part,
            date: _,
            other_date: _,
            moment: _,
            told: _,
            given_at: _,
            token_kind: _,
            roles: _,
            required: _,
            meeting,
            token,
            retry_after: _,
            named,
            asked,
            app_beside: _,
            user_beside: _,
            others: _,
        } = facts;
        if let Some(Asked { app_id, app_unresolved: _, user, operation: _, meeting, conflicts }) = asked.as_deref_mut()
        {
            app_id.iter_mut().for_each(|id| *id = self.uuid(*id));
            match user {
                Some(AskedUser::Id(id)) => *id = self.uuid(*id),
                Some(AskedUser::Name(name)) => *name = self.text(name),
                None => {}
            }
            // No report prints it.
            *meeting = None;
            conflicts.iter_mut().for_each(|conflict| conflict.words = self.text(&conflict.words));
        }
        for fact in [app_id, user_id, organizer_id, tenant_id].into_iter().flatten() {
            fact.value = self.uuid(fact.value);
        }
        let texts = [code, inner_code, message, user, path, host, other_host, request_id, client_request_id, part];
        for fact in texts.into_iter().flatten() {
            fact.value = self.text(&fact.value);
        }
        if let Some(meeting) = meeting {
            let MeetingRef { text, form: _, organizer, tenant } = &mut meeting.value;
            *text = self.text(text);
            organizer.iter_mut().chain(tenant).for_each(|id| *id = self.uuid(*id));
        }
        if let Some(token) = token {
            let Token {
                audience,
                tenant,
                app_id,
                object_id,
                roles: _,
                scopes: _,
                id_type: _,
                issued_at: _,
                expires_at: _,
            } = &mut token.value;
            [tenant, app_id, object_id].into_iter().flatten().for_each(|id| *id = self.uuid(*id));
            audience.iter_mut().for_each(|audience| *audience = self.text(audience));
        }
        for (_, fact) in named {
            fact.value = self.text(&fact.value);
        }
    }
}

fn is_permissions(value: &str) -> bool {
    value.split([',', ' ']).filter(|word| !word.is_empty()).all(|word| permissions().iter().any(|it| it.name == word))
}
