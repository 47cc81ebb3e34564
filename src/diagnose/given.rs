//! What options say of a failed call, held against what its text says. Facts stay those of the text; the question is
//! the one that the options ask, and where both differ, both are told.

use uuid::Uuid;

use super::{Question, creator, question};
use crate::input::request::{is_same_route, is_whole, operation};
use crate::input::{
    Asked, AskedUser, Conflict, ConflictOf, Fact, Facts, MeetingRef, Moment, Origin, Token, apply_token,
};
use crate::tenant::subject::{Names, Resolved, Subject};
use crate::tenant::{Snapshot, View};

/// The facts that options give.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `--request` as facts: method, path, operation, and the user and meeting that the path names.
    pub request: Option<Facts>,
    /// `--app`.
    pub app: Option<Subject>,
    /// `--user`.
    pub user: Option<Subject>,
    /// The claims of `--token-file`.
    pub token: Option<Token>,
    /// `--at`.
    pub at: Option<i64>,
}

/// A user with the option that names it.
type Named = (AskedUser, &'static str);

impl Given {
    /// The tenant of the given token.
    #[must_use]
    pub fn tenant(&self) -> Option<Fact<Uuid>> {
        let tenant = self.token.as_ref()?.tenant?;
        Some(Fact { value: tenant, span: None, origin: Origin::Token })
    }

    /// Adds what the options say to the facts of a text, and returns what their reader must know beside conflicts:
    /// names that no snapshot resolves.
    #[must_use]
    pub fn add_to(&self, facts: &mut Facts, snapshot: Option<&Snapshot>) -> Vec<String> {
        let nothing = Snapshot::default();
        let view = View::new(snapshot.unwrap_or(&nothing));
        let names = Names::new(&view);
        let (mut asked, mut told) = (Asked::default(), Vec::new());
        self.take_app(facts, &view, &names);
        // What somebody asks about is meant.
        facts.app_beside &= self.app.is_none() && self.token.is_none();
        let own_id = self.user.is_some() && !facts.user_beside && facts.user.is_none();
        facts.user_beside &= self.user.is_none() && self.request.is_none();
        if self.token.is_none() {
            hold_token(facts, &mut asked);
        }
        if let Some(request) = &self.request {
            add_request(request, facts, &mut asked);
        }
        self.add_user(facts, &mut asked, &mut told, &view, &names, own_id);
        add_creator(facts, &mut asked, snapshot, &names);
        self.add_app(facts, &mut asked, &mut told, &names);
        self.add_token(facts, &mut asked);
        if let Some(at) = self.at {
            facts.moment = Some(Moment { earliest: at, latest: at });
            facts.given_at = Some(at);
        }
        if asked != Asked::default() {
            facts.asked = Some(Box::new(asked));
        }
        told
    }

    /// What a text has in place of a user, and the options or the snapshot know as an app, is the app: `failed for <id>: …`.
    fn take_app(&self, facts: &mut Facts, view: &View<'_>, names: &Names<'_, '_>) {
        let Some(id) = facts.user_id.as_ref().filter(|_| facts.user_beside).map(|id| id.value) else { return };
        let asked = self.app.as_ref().and_then(|app| names.app(app).id());
        let of_token = self.token.as_ref().and_then(|token| token.app_id);
        let listed = || view.app(id).is_some() && view.user(id).is_none();
        if asked == Some(id) || of_token == Some(id) || listed() {
            let app = facts.user_id.take();
            facts.user_beside = false;
            if facts.app_id.is_none() {
                facts.app_id = app;
                facts.app_beside = asked.is_none() && of_token.is_none();
            }
        }
    }

    fn add_app(&self, facts: &mut Facts, asked: &mut Asked, told: &mut Vec<String>, names: &Names<'_, '_>) {
        let by_option = self.app.as_ref().and_then(|app| {
            let resolved = names.app(app);
            match resolved {
                Resolved::Id(_) => {}
                Resolved::Unlisted => told.push(format!(
                    "`--app {app}` is the name of no app in a snapshot of this failure's tenant, so that no app is judged by it; give its client id: the token's `appid` or `azp`, or `GET /servicePrincipals?$filter=displayName eq '<name>'&$select=appId`"
                )),
                Resolved::Several(count) => told.push(format!(
                    "`--app {app}` is the name of {count} apps in the snapshot; give the client id of the one that is meant"
                )),
            }
            resolved.id()
        });
        let by_token = self.token.as_ref().and_then(|token| token.app_id);
        if let Some((option, token)) = by_option.zip(by_token).filter(|(option, token)| option != token) {
            asked.conflicts.push(Conflict {
                of: ConflictOf::App,
                words: format!("`--app` asks about the app `{option}`, and the given token is of `{token}`"),
            });
        }
        let unresolved = self.app.is_some() && by_option.is_none();
        let Some((id, option)) = by_option
            .map(|id| (id, "`--app` asks about"))
            .or_else(|| by_token.filter(|_| !unresolved).map(|id| (id, "the given token is of")))
        else {
            // Nobody knows whether a name is that of the app in the text.
            if unresolved && facts.app_id.is_some() {
                asked.app_unresolved = true;
            }
            return;
        };
        match &facts.app_id {
            None if by_option.is_some() => facts.app_id = Some(Fact::option(id)),
            None => facts.app_id = Some(Fact { value: id, span: None, origin: Origin::Token }),
            Some(stated) if stated.value == id => {}
            Some(stated) => {
                asked.app_id = Some(id);
                let words = format!("the text names the app `{}`, {option} `{id}`", stated.value);
                asked.conflicts.push(Conflict { of: ConflictOf::App, words });
            }
        }
    }

    fn add_token(&self, facts: &mut Facts, asked: &mut Asked) {
        let Some(token) = &self.token else { return };
        if let Some((stated, own)) = facts.tenant_id.as_ref().map(|fact| fact.value).zip(token.tenant)
            && stated != own
        {
            asked.conflicts.push(Conflict {
                of: ConflictOf::Tenant,
                words: format!("the text names the tenant `{stated}`, the given token is of `{own}`"),
            });
        }
        // The app has been held against the text already.
        let app = facts.app_id.clone();
        apply_token(facts, token.clone(), None);
        facts.app_id = app;
    }

    /// `--user`, else the user of `--request`.
    fn add_user(
        &self,
        facts: &mut Facts,
        asked: &mut Asked,
        told: &mut Vec<String>,
        view: &View<'_>,
        names: &Names<'_, '_>,
        own_id: bool,
    ) {
        let of_request = self.request.as_ref().and_then(user_of).map(|user| (user, "`--request`"));
        let given: Named = match (&self.user, of_request) {
            (Some(user), other) => {
                let user = asked_user(user);
                if let Some((other, _)) = other.filter(|(other, _)| !may_be_same(&user, other, view, names)) {
                    asked.conflicts.push(Conflict {
                        of: ConflictOf::User,
                        words: format!("`--user` asks about `{user}`, and `--request` names `{other}`"),
                    });
                }
                (user, "`--user`")
            }
            (None, Some(of_request)) => of_request,
            (None, None) => return,
        };
        let (user, option) = given;
        // The request of a text that names its user by id, and has no request: both are of one call, as in one text.
        // A name that somebody gives is of the user whom the text names by id, as far as nothing says otherwise.
        let of_request = self.user.is_none() && facts.path.as_ref().is_none_or(|it| it.origin == Origin::Option);
        let of_one_call = of_request || own_id && resolved(&user, names).is_none();
        if of_one_call
            && let (AskedUser::Name(name), Some(stated @ AskedUser::Id(_))) = (&user, user_of(facts))
            && may_be_same(&user, &stated, view, names)
        {
            facts.user.get_or_insert_with(|| Fact::option(name.clone()));
            return;
        }
        if let AskedUser::Name(name) = &user
            && resolved(&user, names).is_none()
        {
            told.push(format!(
                "{option} names `{name}`, which no snapshot here resolves to a user; `GET /users/{name}?$select=id` reads the object id, and a snapshot with the users knows it"
            ));
        }
        let stated = user_of(facts);
        let Some(stated) = stated else {
            match user {
                AskedUser::Id(id) => facts.user_id = Some(Fact::option(id)),
                AskedUser::Name(name) => facts.user = Some(Fact::option(name)),
            }
            return;
        };
        match (&user, &stated) {
            _ if user == stated => {}
            _ if !may_be_same(&user, &stated, view, names) => {
                let words = format!("the text names the user `{stated}`, {option} asks about `{user}`");
                asked.conflicts.push(Conflict { of: ConflictOf::User, words });
                asked.user = Some(user);
            }
            (AskedUser::Id(id), AskedUser::Name(_)) => facts.user_id = Some(Fact::option(*id)),
            // The name of the user that the text names by id, as far as the snapshot tells.
            (AskedUser::Name(_), AskedUser::Id(_)) if resolved(&user, names).is_some() => {}
            (AskedUser::Name(_), _) => asked.user = Some(user),
            (AskedUser::Id(_), AskedUser::Id(_)) => {}
        }
    }
}

/// A token in the text that is of another app than its message names: one of the two is of another call. What the service
/// says is of this one, so that the claims tell nothing about it.
fn hold_token(facts: &mut Facts, asked: &mut Asked) {
    let stated = facts.app_id.as_ref().filter(|app| app.origin == Origin::Text).map(|app| app.value);
    let of_token = facts.token.as_ref().and_then(|token| token.value.app_id);
    let Some((stated, own)) = stated.zip(of_token).filter(|(stated, own)| stated != own) else { return };
    asked.conflicts.push(Conflict {
        of: ConflictOf::Token,
        words: format!("the text names the app `{stated}`, and the token in it is of `{own}`"),
    });
    facts.token = None;
    facts.token_kind = facts.token_kind.take().filter(|kind| kind.origin != Origin::Token);
}

/// The policy that a call of a virtual event goes by is the one of its creator, whom the state may know.
fn add_creator(facts: &Facts, asked: &mut Asked, snapshot: Option<&Snapshot>, names: &Names<'_, '_>) {
    let question = question(facts);
    let operation = asked.operation.or(question.operation);
    let meeting = asked.meeting.clone().or(question.meeting);
    let question = Question { meeting, ..Question::default() };
    let Some(creator) = snapshot.and_then(|snapshot| creator(&question, snapshot, operation)) else { return };
    let Some(user) = asked.user.clone().or_else(|| user_of(facts)) else { return };
    if resolved(&user, names) == Some(creator) {
        return;
    }
    let words = format!("the state says that `{creator}` created the event, and the user asked about is `{user}`");
    asked.conflicts.push(Conflict { of: ConflictOf::User, words });
}

fn asked_user(user: &Subject) -> AskedUser {
    match user {
        Subject::Id(id) => AskedUser::Id(*id),
        Subject::Name(name) => AskedUser::Name(name.to_string()),
    }
}

fn user_of(facts: &Facts) -> Option<AskedUser> {
    let id = facts.user_id.as_ref().map(|id| AskedUser::Id(id.value));
    id.or_else(|| facts.user.as_ref().map(|name| AskedUser::Name(name.value.clone())))
}

fn resolved(user: &AskedUser, names: &Names<'_, '_>) -> Option<Uuid> {
    match user {
        AskedUser::Id(id) => Some(*id),
        AskedUser::Name(name) => names.user(&Subject::of(name)).id(),
    }
}

/// Whether two names may be of one user: two that the snapshot does not resolve only where they are one name.
fn may_be_same(one: &AskedUser, other: &AskedUser, view: &View<'_>, names: &Names<'_, '_>) -> bool {
    if let (Some(one), Some(other)) = (resolved(one, names), resolved(other, names)) {
        return one == other;
    }
    match (one, other) {
        (AskedUser::Name(one), AskedUser::Name(other)) => one.trim().eq_ignore_ascii_case(other.trim()),
        (AskedUser::Id(id), AskedUser::Name(name)) | (AskedUser::Name(name), AskedUser::Id(id)) => {
            let own = view.user(*id).and_then(|user| user.upn.as_deref());
            own.is_none_or(|own| own.trim().eq_ignore_ascii_case(name.trim()))
        }
        (AskedUser::Id(one), AskedUser::Id(other)) => one == other,
    }
}

/// A request that completes the one in the text takes its place; one that differs is asked about beside it.
fn add_request(given: &Facts, facts: &mut Facts, asked: &mut Asked) {
    let path = |facts: &Facts| facts.path.as_ref().map(|path| path.value.clone()).unwrap_or_default();
    let method = |facts: &Facts| facts.method.as_ref().map(|method| method.value.clone());
    let (stated, own) = (path(facts), path(given));
    let methods_differ = method(facts).zip(method(given)).is_some_and(|(one, other)| one != other);
    let differs = !stated.is_empty() && (methods_differ || !is_same_route(&stated, &own));
    if !differs {
        // Another user's path is told as another user, and the text's own stays.
        let own_user = user_of(facts).is_some_and(|user| user_of(given).is_some_and(|other| user != other));
        if stated.is_empty() || !own_user && !is_whole(&stated) {
            facts.method = given.method.clone().or(facts.method.take());
            facts.host = given.host.clone().or(facts.host.take());
            facts.version = given.version.clone().or(facts.version.take());
            facts.path = given.path.clone();
            facts.meeting = given.meeting.clone().or(facts.meeting.take());
            facts.organizer_id = given.organizer_id.clone().or(facts.organizer_id.take());
            facts.token_kind = given.token_kind.clone().or(facts.token_kind.take());
        } else {
            facts.method = facts.method.take().or_else(|| given.method.clone());
            facts.host = facts.host.take().or_else(|| given.host.clone());
            facts.version = facts.version.take().or_else(|| given.version.clone());
        }
        if let Some(path) = &facts.path {
            facts.operation = operation(facts.method.as_ref().map(|method| method.value.as_str()), &path.value);
        }
        return;
    }
    let line = |facts: &Facts, path: &str| method(facts).map_or_else(|| path.to_owned(), |it| format!("{it} {path}"));
    asked.conflicts.push(Conflict {
        of: ConflictOf::Request,
        words: format!(
            "the text has the request `{}`, `--request` asks about `{}`",
            line(facts, &stated),
            line(given, &own)
        ),
    });
    asked.operation = given.operation;
    asked.meeting = given.meeting.as_ref().map(|meeting: &Fact<MeetingRef>| meeting.value.clone());
}
