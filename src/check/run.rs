//! Questions become results: pairs one by one, expectations spread over their users, tenants as a whole.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::Place;
use super::answer::{Answer, Ask, Terms, answer};
use super::expect::{Access, Expectation, Named, Whom};
use super::matrix::{Counts, Matrix, covers_everybody};
use super::row::{Expected, Many, Row, What, Who};
use super::state::{Asked, choose};
use super::survey::{EXAMPLES, Reason, Survey, Via, future, of_whole_tenant, survey_naming, unlisted};
use crate::diagnose::Verdict;
use crate::knowledge::Operation;
use crate::order;
use crate::tenant::subject::{Resolved, Subject, near_words, unlisted as unlisted_name};
use crate::tenant::{Reason as Missing, Snapshot, Status, name};

/// Snapshots with the terms of a run; what takes long to prepare is kept.
#[derive(Debug)]
pub struct Checker<'v, 's> {
    asked: &'v [Asked<'v, 's>],
    terms: Terms<'v>,
    matrices: Vec<OnceCell<Matrix<'s>>>,
    source: Option<&'s str>,
    /// Users who are named for each reason.
    named: usize,
}

impl<'v, 's> Checker<'v, 's> {
    /// `source` names the file that the questions stand in.
    #[must_use]
    pub fn new(asked: &'v [Asked<'v, 's>], terms: Terms<'v>, source: Option<&'s str>) -> Self {
        Self { asked, terms, matrices: asked.iter().map(|_| OnceCell::new()).collect(), source, named: EXAMPLES }
    }

    /// The snapshots.
    #[must_use]
    pub const fn asked(&self) -> &'v [Asked<'v, 's>] {
        self.asked
    }

    /// Names all users of each reason.
    #[must_use]
    pub fn naming_all(mut self) -> Self {
        self.named = usize::MAX;
        self
    }

    /// One question.
    #[must_use]
    pub fn one(&self, ask: &Ask) -> Row<'s> {
        self.row(answer(ask, self.asked, self.terms), None)
    }

    fn row(&self, answer: Answer<'s>, expected: Option<Expected>) -> Row<'s> {
        Row { what: What::One(Box::new(answer)), expected, accepted: None, source: self.source }
    }

    /// All users of a tenant for each app: one result an app.
    #[must_use]
    pub fn everybody(
        &self,
        tenant: Option<Uuid>,
        apps: &[Subject],
        operation: &'static Operation,
        reach: bool,
    ) -> Vec<Row<'s>> {
        let ids: Vec<Option<Uuid>> = match self.matrix(tenant) {
            Some((one, _)) => apps.iter().map(|app| one.names.app(app).id()).collect(),
            None => Vec::new(),
        };
        // All apps at once, since finding out what is effective for whom is the same work for each.
        let mut surveys: Vec<Survey> = match self.matrix(tenant) {
            Some((_, matrix)) => survey_naming(matrix, &ids, operation, self.terms, &[], self.named).by_app(),
            None => Vec::new(),
        };
        surveys.resize_with(apps.len(), Survey::default);
        apps.iter()
            .zip(surveys)
            .map(|(app, survey)| {
                let whole = Whole { who: Who::Everyone, access: None, skip: &[], user: None, place: None };
                let mut many = self.many(tenant, app, operation, whole, Some(survey));
                many.reach = reach;
                Row { what: What::Many(Box::new(many)), expected: None, accepted: None, source: self.source }
            })
            .collect()
    }

    /// The terms of the run.
    #[must_use]
    pub const fn terms(&self) -> Terms<'v> {
        self.terms
    }

    /// The matrix of the snapshot that answers for a tenant.
    #[must_use]
    pub fn matrix(&self, tenant: Option<Uuid>) -> Option<(&Asked<'v, 's>, &Matrix<'s>)> {
        self.matrix_of(tenant, None)
    }

    fn matrix_of(&self, tenant: Option<Uuid>, user: Option<&Subject>) -> Option<(&Asked<'v, 's>, &Matrix<'s>)> {
        let one = choose(self.asked, tenant, user)?;
        let index = self.asked.iter().position(|other| std::ptr::eq(other, one))?;
        Some((one, self.matrices.get(index)?.get_or_init(|| Matrix::new(one.view.snapshot()))))
    }

    /// The results of one expectation.
    #[must_use]
    pub fn expectation(&self, expectation: &Expectation, now: Timestamp) -> Vec<Row<'s>> {
        let expired = expectation.expired(now);
        let expected = |verdict: Verdict, access: Access, only: bool| {
            Some(Expected {
                access,
                only,
                met: access.met(verdict),
                reason: expectation.reason.clone(),
                until: expectation.until,
                expired,
                by_default: expectation.by_default && access == Access::Deny,
                place: expectation.place,
                user_place: None,
            })
        };
        let place = Some(expectation.place);
        let mut rows = Vec::new();
        let many = |who: Who, access: Access, skip: &[Uuid], user: Option<&Subject>, rows: &mut Vec<Row<'s>>| {
            let only = who == Who::Others;
            let whole = Whole { who, access: Some(access), skip, user, place };
            let many = self.many(expectation.tenant, &expectation.app, expectation.operation, whole, None);
            let expected = expected(many.verdict, access, only);
            rows.push(Row { what: What::Many(Box::new(many)), expected, accepted: None, source: self.source });
        };
        let (users, rest) = match &expectation.whom {
            Whom::Everyone => {
                many(Who::Everyone, expectation.access, &[], None, &mut rows);
                return rows;
            }
            Whom::Users(users) => (users.clone(), None),
            Whom::Group(group) => self.members(expectation.tenant, group),
        };
        let mut ids = Vec::new();
        for user in &users {
            let ask = Ask {
                tenant: expectation.tenant,
                app: expectation.app.clone(),
                user: Some(user.subject.clone()),
                operation: expectation.operation,
                meeting: None,
                place,
            };
            let answer = answer(&ask, self.asked, self.terms);
            ids.extend(answer.user_resolved.and_then(Resolved::id));
            let expected = expected(answer.verdict, expectation.access, false)
                .map(|expected| Expected { user_place: user.place, ..expected });
            rows.push(self.row(answer, expected));
        }
        if let Some(needs) = rest {
            let who = match &expectation.whom {
                Whom::Group(group) => Who::Group(group.clone()),
                Whom::Users(_) | Whom::Everyone => Who::Everyone,
            };
            let known = choose(self.asked, expectation.tenant, None);
            let mut many = self.nobody_known(expectation.tenant, &expectation.app, expectation.operation, who, place);
            many.needs = vec![needs.to_owned()];
            if let (Some(one), Whom::Group(group)) = (known, &expectation.whom) {
                many.open = Some(unread_members(one, group));
                // The rest of the group is not everybody who is not listed.
                many.unlisted = None;
            }
            if known.is_some() && needs.is_empty() {
                // A group without members: what is expected of all of them holds.
                many.needs.clear();
                many.open = Some("the group has no member".to_owned());
                many.verdict = match expectation.access {
                    Access::Allow => Verdict::Allowed,
                    Access::Deny => Verdict::Denied,
                };
            }
            let expected = expected(many.verdict, expectation.access, false);
            rows.push(Row { what: What::Many(Box::new(many)), expected, accepted: None, source: self.source });
        }
        if expectation.only {
            // Whoever is in the group but was not read is no stranger: nobody can say who the others are.
            if rest.is_some_and(|needs| !needs.is_empty()) {
                let who = Who::Others;
                let many = self.nobody_known(expectation.tenant, &expectation.app, expectation.operation, who, place);
                let expected = expected(many.verdict, Access::Deny, true);
                rows.push(Row { what: What::Many(Box::new(many)), expected, accepted: None, source: self.source });
            } else {
                many(Who::Others, Access::Deny, &ids, users.first().map(|user| &user.subject), &mut rows);
            }
        }
        rows
    }

    /// The direct members of a group, and what is needed to know the rest: `None` = nothing, they are all; empty = the
    /// group has no member.
    fn members(&self, tenant: Option<Uuid>, group: &Subject) -> (Vec<Named>, Option<&'static str>) {
        let Some(one) = choose(self.asked, tenant, None) else { return (Vec::new(), Some("group-members")) };
        let Some((_, group)) = one.names.group(group) else {
            let whole = one.view.snapshot().groups.is_complete();
            return (Vec::new(), Some(if whole { OTHER_GROUP } else { "group-members" }));
        };
        let mut members: Vec<Uuid> = group.members.known().to_vec();
        let mut seen = std::collections::HashSet::new();
        members.retain(|member| seen.insert(*member));
        let named = |member| Named { subject: Subject::Id(member), place: None };
        let users: Vec<Named> = members.into_iter().map(named).collect();
        match group.members.status {
            Status::Complete if users.is_empty() => (users, Some("")),
            Status::Complete => (users, None),
            Status::Partial | Status::Missing => (users, Some("group-members")),
        }
    }

    /// A result about users of whom none is known.
    fn nobody_known(
        &self,
        tenant: Option<Uuid>,
        app: &Subject,
        operation: &'static Operation,
        who: Who,
        place: Option<Place>,
    ) -> Many<'s> {
        let chosen = choose(self.asked, tenant, None);
        let app_id = chosen.map_or_else(|| app_as_id(app), |one| one.names.app(app).id());
        Many {
            who,
            state: chosen.map(|one| one.name),
            tenant: chosen.and_then(|one| one.view.snapshot().tenant_id).or(tenant),
            app: app.clone(),
            app_id,
            app_name: chosen.and_then(|one| one.view.app(app_id?)?.name.as_deref()),
            operation,
            verdict: Verdict::Unknown,
            counts: Counts::default(),
            unlisted: Some(Verdict::Unknown),
            future: None,
            reasons: Vec::new(),
            findings: Vec::new(),
            needs: vec!["user".to_owned()],
            open: None,
            users_age: chosen
                .and_then(|one| one.view.snapshot().users.reason.as_ref().and_then(Missing::age).map(str::to_owned)),
            reach: false,
            names: BTreeMap::new(),
            place,
        }
    }

    fn many(
        &self,
        tenant: Option<Uuid>,
        app: &Subject,
        operation: &'static Operation,
        whole: Whole<'_>,
        known: Option<Survey>,
    ) -> Many<'s> {
        let Whole { who, access, skip, user, place } = whole;
        let others = who == Who::Others;
        let mut many = self.nobody_known(tenant, app, operation, who, place);
        let Some((one, matrix)) = self.matrix_of(tenant, user) else { return many };
        many.state = Some(one.name);
        many.tenant = one.view.snapshot().tenant_id.or(tenant);
        many.app_id = one.names.app(app).id();
        many.app_name = many.app_id.and_then(|id| one.view.app(id)?.name.as_deref());
        let Some(app_id) = many.app_id else {
            many.counts.unknown = u64::try_from(matrix.users().len()).unwrap_or(u64::MAX);
            let snapshot = one.view.snapshot();
            many.open = Some(match one.names.app(app) {
                Resolved::Several(count) => format!("the snapshot lists {count} apps called `{app}`; give the id"),
                Resolved::Id(_) | Resolved::Unlisted => {
                    unlisted_name(snapshot, true, app) + &near_words(snapshot, true, app)
                }
            });
            many.unlisted = many.unlisted.filter(|_| !covers_everybody(snapshot));
            let need = if snapshot.apps.is_complete() { "the client id of the app" } else { "app" };
            many.needs = vec![need.to_owned()];
            return many;
        };
        let found =
            known.unwrap_or_else(|| survey_naming(matrix, &[Some(app_id)], operation, self.terms, skip, self.named));
        let Survey { counts, reasons, everybody, .. } = found;
        many.counts = counts.first().copied().unwrap_or_default();
        many.names = names_of(one.view.snapshot(), &reasons);
        many.reasons = reasons;
        for reason in &mut many.reasons {
            let name = |id: &Uuid| many.names.get(id).map_or_else(|| id.to_string(), |name| name.to_lowercase());
            reason.examples.sort_by_cached_key(name);
            if let Some((policy, Via::Group)) = &reason.policy {
                reason.groups = groups_of(one.view.snapshot(), policy);
            }
        }
        many.findings = of_whole_tenant(one.view, Some(app_id), operation, self.terms);
        many.unlisted = (!everybody).then(|| unlisted(one.view, Some(app_id), operation, self.terms));
        // Of everybody the verdict is that of the present users; what must not be is told of later ones too.
        let told = others || access == Some(Access::Deny);
        many.future = told.then(|| future(one.view, Some(app_id), operation, self.terms));
        many.verdict = worst(&many, access, many.future.filter(|_| others));
        many.needs = many.reasons.iter().flat_map(|reason| reason.needs.iter().cloned()).collect();
        if many.unlisted == Some(Verdict::Unknown) {
            many.needs.push("the list of all users".to_owned());
        }
        if others && many.future == Some(Verdict::Unknown) {
            many.needs.push("policies".to_owned());
        }
        crate::order::sort(&mut many.needs);
        many.needs.dedup();
        many
    }
}

/// What settles an expectation about a group that no read of members can settle.
const OTHER_GROUP: &str = "a group that has an assignment, or the users by their names";

/// Why the members of a group are not known.
fn unread_members(one: &Asked<'_, '_>, group: &Subject) -> String {
    let groups = &one.view.snapshot().groups;
    let why = |reason: &Option<Missing>| reason.as_ref().and_then(Missing::age).map(str::to_owned);
    match one.names.group(group) {
        Some((_, found)) => {
            let members = match found.members.status {
                Status::Partial => "not all members of the group were read",
                Status::Complete | Status::Missing => "the members of the group were not read",
            };
            why(&found.members.reason)
                .map_or_else(|| members.to_owned(), |why| format!("the members of the group: {why}"))
        }
        None if groups.is_complete() => format!(
            "no group with an assignment of this policy is called `{group}`, and of others the snapshot holds no members: name \
             one that has, or the users"
        ),
        None => why(&groups.reason).map_or_else(
            || format!("no group with an assignment is known as `{group}`"),
            |why| format!("the group assignments: {why}"),
        ),
    }
}

/// The groups that give a policy, by name and id.
fn groups_of(snapshot: &Snapshot, policy: &str) -> Vec<String> {
    let groups = snapshot.groups.known().iter().filter(|group| name::same(&group.policy, policy));
    groups.map(|group| snapshot.group_words(group.group_id)).collect()
}

/// What the users of the examples are called: one walk over all users for all of them.
fn names_of(snapshot: &Snapshot, reasons: &[Reason]) -> BTreeMap<Uuid, String> {
    let wanted: HashSet<Uuid> = reasons.iter().flat_map(|reason| reason.examples.iter().copied()).collect();
    let listed = snapshot.users.known().iter().filter(|user| wanted.contains(&user.id));
    order::map(listed.filter_map(|user| Some((user.id, user.upn.as_ref().or(user.name.as_ref())?.clone()))))
}

/// Which users a result about many is about, and what must be so.
struct Whole<'a> {
    who: Who,
    access: Option<Access>,
    skip: &'a [Uuid],
    user: Option<&'a Subject>,
    place: Option<Place>,
}

/// The verdict that breaks what is expected, if any user has it; else unknown, if any is; else the expected one.
/// Where nothing is expected, access is.
fn worst(many: &Many<'_>, access: Option<Access>, future: Option<Verdict>) -> Verdict {
    let Counts { allowed, denied, unknown } = many.counts;
    let is = |verdict| many.unlisted == Some(verdict) || future == Some(verdict);
    let open = unknown > 0 || is(Verdict::Unknown);
    match access {
        Some(Access::Deny) if allowed > 0 || is(Verdict::Allowed) => Verdict::Allowed,
        Some(Access::Deny) if !open => Verdict::Denied,
        None | Some(Access::Allow) if denied > 0 || is(Verdict::Denied) => Verdict::Denied,
        None | Some(Access::Allow) if !open => Verdict::Allowed,
        _ => Verdict::Unknown,
    }
}

fn app_as_id(app: &Subject) -> Option<Uuid> {
    match app {
        Subject::Id(id) => Some(*id),
        Subject::Name(_) => None,
    }
}
