//! What the state of a tenant says about the commands of a source: they are run, one after the other, on a copy of the
//! snapshot by the simulator that proves fixes, and each is judged by the state that it meets.

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use super::causes::{Raised, Script, app_ids_replaced, identity_names_app, identity_names_policy};
use super::losses::Losses;
use super::lost::Permissions;
use super::steps::Steps;
use crate::diagnose::Evidence;
use crate::input::Span;
use crate::knowledge::{
    Confidence, Governed, Permission, PermissionKind, Severity, permission_by_id, permission_named,
};
use crate::script::Note;
use crate::script::subject::{self, Verb, verb};
use crate::script::{Argument, Command, Literal, Value, is_address, is_guid, is_placeholder};
use crate::tenant::{App, Snapshot, Teams, User, View, name};

/// Causes that only a snapshot shows.
pub(super) const CAUSES: [&str; 12] = [
    "access-revoked",
    "app-unknown-in-tenant",
    "granted-policy-does-not-exist",
    "group-unknown",
    "object-id-in-app-ids",
    "permission-not-granted",
    "policy-name-taken",
    "policy-unknown",
    "user-disabled",
    "user-is-guest",
    "user-unknown",
    "user-without-teams",
];

/// What a snapshot says of a script, beside what the script says of itself: that is left out where the snapshot refutes it.
pub(super) fn find(
    script: &Script<'_>,
    view: &View<'_>,
    steps: &Steps<'_>,
    itself: &mut Vec<Raised>,
    notes: &mut Vec<Note>,
) -> Vec<Raised> {
    let seen = Losses::of(script, view, steps);
    let walk = Walk::new(script, view, seen.open_from);
    let mut raised = walk.run();
    let mut permissions = Permissions::new();
    raised.extend(seen.lost.into_iter().map(|lost| lost.told(view, &mut permissions)));
    itself.retain(|one| one.cause != app_ids_replaced::SLUG || !seen.keep.contains(&one.command));
    let quiet = |span: Span| Note { span, text: NOT_RUN.to_owned(), loud: false, unread: false };
    notes.extend(seen.idle.into_iter().map(quiet));
    if seen.cut {
        let span = script.commands.last().map_or(Span::new(0, 0), |command| command.span);
        let text = "the script changes too much to be compared to its end".to_owned();
        notes.push(Note { span, text, loud: true, unread: false });
    }
    raised
}

/// What is told of a command that the simulator does not run.
const NOT_RUN: &str = "on this snapshot it is not run: a condition does not hold, or the script has ended before it";

/// The snapshot that a script is judged by: that of the tenant that it names, or the only one.
pub(super) fn choose<'a>(script: &Script<'_>, states: &'a [Snapshot], notes: &mut Vec<Note>) -> Option<&'a Snapshot> {
    let concerned = |command: &Command| {
        let group = |name: &str| command.is(name);
        verb(command).is_some()
            || ["New-CsGroupPolicyAssignment", "Remove-CsGroupPolicyAssignment"].into_iter().any(group)
    };
    if states.is_empty() || !script.commands.iter().any(concerned) {
        return None;
    }
    let connections: Vec<(Option<Uuid>, Span)> = script
        .commands
        .iter()
        .filter(|command| command.is("Connect-MicrosoftTeams"))
        .map(|command| {
            let argument = command.argument("TenantId");
            let id = argument.and_then(|a| a.value.as_ref()?.text()).and_then(|l| guid(&l.text));
            (id, argument.map_or(command.name_span, |a| a.span))
        })
        .collect();
    let named: BTreeSet<Uuid> = connections.iter().filter_map(|(id, _)| *id).collect();
    let fits = |state: &&Snapshot| match state.tenant_id {
        Some(id) => named.is_empty() || named.contains(&id),
        None => true,
    };
    let fitting: Vec<&'a Snapshot> = states.iter().filter(fits).collect();
    let place = connections.iter().find(|(id, _)| id.is_some()).or(connections.first()).map(|(_, span)| *span);
    let place = place.or_else(|| script.commands.first().map(|command| command.name_span)).unwrap_or(Span::new(0, 0));
    let mut told = |text: &str| notes.push(Note { span: place, text: text.to_owned(), loud: true, unread: false });
    match fitting.as_slice() {
        [] => {
            told("this is another tenant than that of the snapshot: nothing was compared");
            None
        }
        [state] if named.len() <= 1 => Some(*state),
        _ => {
            told(
                "which snapshot this is for is not known: give one, or name the tenant once in `Connect-MicrosoftTeams -TenantId`",
            );
            None
        }
    }
}

fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

struct Walk<'s, 'a> {
    script: &'s Script<'s>,
    view: &'s View<'a>,
    /// The place of the first command that meets policies of which not all are known.
    open_from: usize,
    /// Commands give roles or make apps in ways that are not followed.
    changes_apps: bool,
    out: Vec<Raised>,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(script: &'s Script<'s>, view: &'s View<'a>, open_from: usize) -> Self {
        let changes_apps = script.commands.iter().any(|command| {
            let lower = command.name.to_lowercase();
            lower.starts_with("new-")
                && ["application", "approleassignment", "serviceprincipal"].iter().any(|noun| lower.contains(noun))
                && verb(command).is_none()
                || matches!(lower.as_str(), "invoke-mggraphrequest" | "invoke-restmethod" | "az" | "m365")
        });
        Self { script, view, open_from, changes_apps, out: Vec::new() }
    }

    fn run(mut self) -> Vec<Raised> {
        for (at, command) in self.script.commands.iter().enumerate() {
            self.apps(command);
            self.users(command);
            self.policy(command, at < self.open_from);
        }
        self.out
    }

    /// The ids of apps: an object id in their place, an app that the tenant has not, an app without a role.
    fn apps(&mut self, command: &Command) {
        let Some((argument, value)) = subject::app_list(command) else { return };
        let value = match value {
            Value::Table(..) => match value.entry("Add").or_else(|| value.entry("Replace")) {
                Some(entry) => &entry.value,
                None => return,
            },
            value => value,
        };
        let added = self.script.flow.added(value);
        for literal in added.iter() {
            let Some(id) = guid(&literal.text) else { continue };
            let found = match self.view.app(id) {
                Some(app) => self.role(command, literal, app),
                None => self.no_app(command, literal, id),
            };
            self.out.extend(found.map(|raised| {
                let used = !subject::inline(argument, literal);
                if used { raised.proved(argument.span, "used here") } else { raised }
            }));
        }
    }

    fn role(&self, command: &Command, literal: &Literal, app: &App) -> Option<Raised> {
        let roles = app.roles.as_ref().filter(|_| !self.changes_apps)?;
        let governed = roles.iter().any(|role| {
            let governed = |known: Option<&Permission>| known.is_some_and(|known| known.governed != Governed::No);
            // The table holds every permission that the policy is about.
            let known = match (role.id, &role.value) {
                (Some(id), _) => governed(permission_by_id(id)),
                (None, Some(value)) => governed(permission_named(value, PermissionKind::Application)),
                (None, None) => true,
            };
            known && role.resource.is_none_or(|resource| resource == crate::knowledge::GRAPH)
        });
        if governed {
            return None;
        }
        let apps = &self.view.snapshot().apps;
        let mut raised =
            Raised::new("permission-not-granted", Confidence::Likely, command, literal.span, "holds no such permission")
                .explained(format!(
                    "the app{} holds no application permission that the policy is about, so that listing it changes nothing yet: \
                     grant it one, such as `OnlineMeetings.Read.All`",
                    called(app.name.as_deref())
                ));
        raised.lowered = Some(Severity::Warning);
        let values: Vec<&str> = roles.iter().filter_map(|role| role.value.as_deref()).collect();
        raised.evidence = vec![Evidence::read(apps, format!("app `{}`", app.app_id), "roles", values.join(", "))];
        Some(raised)
    }

    fn no_app(&self, command: &Command, literal: &Literal, id: Uuid) -> Option<Raised> {
        let apps = &self.view.snapshot().apps;
        let owner = apps.known().iter().find_map(|app| {
            let own = [
                (app.service_principal_id, "service principal", "service_principal_id"),
                (app.application_object_id, "registration", "application_object_id"),
            ];
            own.into_iter().find(|(own, ..)| *own == Some(id)).map(|(_, of, field)| (app, of, field))
        });
        if let Some((app, of, field)) = owner {
            let mut raised = Raised::new(
                "object-id-in-app-ids",
                Confidence::Certain,
                command,
                literal.span,
                "an object id, no client id",
            )
            .explained(format!(
                "this is the object id of the {of} of the app{}; policies list client ids, and its client id is `{}`",
                called(app.name.as_deref()),
                app.app_id
            ));
            raised.evidence = vec![Evidence::read(apps, format!("app `{}`", app.app_id), field, id.to_string())];
            if let Some(inner) = literal.inner.filter(|_| is_guid(&literal.text)) {
                raised.edits = vec![(inner, app.app_id.to_string())];
            }
            return Some(raised);
        }
        if !apps.is_complete() || self.changes_apps {
            return None;
        }
        let mut raised =
            Raised::new("app-unknown-in-tenant", Confidence::Certain, command, literal.span, "no app of this tenant")
                .explained(
                    "the tenant has no service principal with this client id: a policy that lists it helps nobody",
                );
        raised.evidence = vec![Evidence::read(apps, "apps", "app_id", format!("no `{id}` among {}", apps.items.len()))];
        Some(raised)
    }

    /// The users of grants.
    fn users(&mut self, command: &Command) {
        if verb(command) != Some(Verb::Grant) {
            return;
        }
        if let Some(argument) = subject::argument(command, "Group") {
            let texts = argument.value.iter().flat_map(Value::texts);
            let found: Vec<Raised> = texts.filter_map(|literal| self.no_group(command, literal)).collect();
            self.out.extend(found);
        }
        let Some(argument) = subject::argument(command, "Identity") else { return };
        for literal in argument.value.iter().flat_map(Value::texts) {
            let found = self.user(command, literal);
            self.out.extend(found.into_iter().map(|raised| {
                let used = !subject::inline(argument, literal);
                if used { raised.proved(argument.span, "used here") } else { raised }
            }));
        }
    }

    fn user(&self, command: &Command, literal: &Literal) -> Vec<Raised> {
        let text = plain_user(&literal.text);
        if is_placeholder(text) {
            return Vec::new();
        }
        let id = guid(text);
        let user = match id {
            Some(id) => self.view.user(id),
            None if is_address(text) => self.view.user_named(text),
            None => return self.policy_as_user(command, literal, text).into_iter().collect(),
        };
        match (user, id) {
            (Some(user), _) => self.known_user(command, literal, user),
            (None, Some(id)) => self.no_user(command, literal, id).into_iter().collect(),
            (None, None) => self.no_address(command, literal, text).into_iter().collect(),
        }
    }

    /// A policy's name where the user belongs, and no user is called so.
    fn policy_as_user(&self, command: &Command, literal: &Literal, text: &str) -> Option<Raised> {
        let snapshot = self.view.snapshot();
        let policy = self.view.policy(text).filter(|policy| !name::is_global(&policy.name))?;
        let called = |name: &Option<String>| name.as_ref().is_none_or(|name| same_name(name, text));
        let is_user = |user: &User| called(&user.name) || called(&user.upn);
        if !snapshot.users.is_complete() || snapshot.users.items.iter().any(is_user) {
            return None;
        }
        let label = "a policy; Grant takes the user here";
        let mut raised = Raised::new(identity_names_policy::SLUG, Confidence::Likely, command, literal.span, label)
            .explained(format!(
                "the tenant has a policy `{}` and no user of this name: {}",
                policy.name,
                identity_names_policy::WHY
            ));
        raised.evidence =
            vec![Evidence::read(&snapshot.policies, format!("policy `{}`", policy.name), "name", policy.name.clone())];
        Some(raised)
    }

    fn known_user(&self, command: &Command, literal: &Literal, user: &User) -> Vec<Raised> {
        let users = &self.view.snapshot().users;
        let mut found = Vec::new();
        let mut add = |cause, confidence, label: &str, why: &str, field: &str, value: &str| {
            let mut raised = Raised::new(cause, confidence, command, literal.span, label).explained(why);
            raised.evidence = vec![Evidence::read(users, format!("user `{}`", user.id), field, value)];
            found.push(raised);
        };
        if user.guest == Some(true) {
            let why = "the user is a guest here; whether a policy is of use to a guest is not documented: check whether this is the account that organizes the meetings";
            add("user-is-guest", Confidence::Possible, "a guest", why, "type", "guest");
        }
        if user.enabled == Some(false) {
            let why = "the account is disabled: check whether this is the right user";
            add("user-disabled", Confidence::Possible, "a disabled account", why, "enabled", "false");
        }
        let without = match user.teams {
            Some(Teams::Disabled) => Some(("disabled", "the user's Teams service plan is disabled")),
            Some(Teams::Absent) => Some(("absent", "the user has no Teams service plan")),
            Some(Teams::Enabled) | None => None,
        };
        if let Some((value, why)) = without {
            add("user-without-teams", Confidence::Likely, "a user without Teams", why, "teams", value);
        }
        found
    }

    fn no_user(&self, command: &Command, literal: &Literal, id: Uuid) -> Option<Raised> {
        let snapshot = self.view.snapshot();
        let app = snapshot.apps.known().iter().find(|app| {
            app.app_id == id || app.service_principal_id == Some(id) || app.application_object_id == Some(id)
        });
        if let Some(app) = app {
            let mut raised = Raised::new(
                identity_names_app::SLUG,
                Confidence::Certain,
                command,
                literal.span,
                "an app; Grant takes the user here",
            )
            .explained("a policy is granted to users, never to an app: the apps are listed inside the policy");
            raised.evidence =
                vec![Evidence::read(&snapshot.apps, format!("app `{}`", app.app_id), "id", id.to_string())];
            return Some(raised);
        }
        let group = snapshot.groups.known().iter().find(|group| group.group_id == id);
        if !snapshot.users.is_complete() && group.is_none() {
            return None;
        }
        let why = match group {
            Some(group) => {
                format!("this is the group{}: a group takes the policy by `-Group`", called(group.name.as_deref()))
            }
            None => "the tenant has no user with this object id".to_owned(),
        };
        let mut raised =
            Raised::new("user-unknown", Confidence::Certain, command, literal.span, "no user of this tenant")
                .explained(why);
        raised.evidence = vec![match group {
            Some(_) => Evidence::read(&snapshot.groups, format!("group `{id}`"), "group_id", id.to_string()),
            None => self.no_user_listed(&id.to_string(), "id"),
        }];
        Some(raised)
    }

    /// What is known as a user or an app is no group.
    fn no_group(&self, command: &Command, literal: &Literal) -> Option<Raised> {
        let id = guid(&literal.text)?;
        let snapshot = self.view.snapshot();
        if snapshot.groups.known().iter().any(|group| group.group_id == id) {
            return None;
        }
        let app = snapshot.apps.known().iter().find(|app| {
            app.app_id == id || app.service_principal_id == Some(id) || app.application_object_id == Some(id)
        });
        let (why, evidence) = match (self.view.user(id), app) {
            (Some(user), _) => (
                format!("this is the user{}: a user takes the policy by `-Identity`", called(user.upn.as_deref())),
                Evidence::read(&snapshot.users, format!("user `{id}`"), "id", id.to_string()),
            ),
            (None, Some(app)) => (
                format!("this is the app{}: the apps are listed inside the policy", called(app.name.as_deref())),
                Evidence::read(&snapshot.apps, format!("app `{}`", app.app_id), "id", id.to_string()),
            ),
            (None, None) => return None,
        };
        let label = "no group of this tenant";
        let mut raised = Raised::new("group-unknown", Confidence::Certain, command, literal.span, label).explained(why);
        raised.evidence = vec![evidence];
        Some(raised)
    }

    fn no_user_listed(&self, text: &str, field: &str) -> Evidence {
        let users = &self.view.snapshot().users;
        Evidence::read(users, "users", field, format!("no `{text}` among {}", users.items.len()))
    }

    /// An address may be another one of a user's.
    fn no_address(&self, command: &Command, literal: &Literal, text: &str) -> Option<Raised> {
        let users = &self.view.snapshot().users;
        if !users.is_complete() || users.items.iter().any(|user| user.upn.is_none()) {
            return None;
        }
        let mut raised = Raised::new(
            "user-unknown",
            Confidence::Possible,
            command,
            literal.span,
            "no user principal name of this tenant",
        )
        .explained("no user of the tenant has this user principal name: write the object id");
        raised.lowered = Some(Severity::Warning);
        raised.evidence = vec![self.no_user_listed(text, "upn")];
        Some(raised)
    }

    /// A policy that is to be changed or removed, and is not there.
    fn no_policy(&mut self, command: &Command, verb: Verb, argument: &Argument, literal: &Literal, all_known: bool) {
        let name = literal.text.as_str();
        let policies = &self.view.snapshot().policies;
        let gone = all_known
            && self.view.policy(name).is_none()
            && !name::is_global(name)
            // A user in its place is another mistake.
            && !is_guid(name)
            && !is_address(name);
        if !gone {
            return;
        }
        let mut raised = at_literal(
            ("policy-unknown", Confidence::Certain),
            command,
            (argument, literal),
            "no policy of this tenant",
        )
        .explained(format!(
            "the tenant has no policy `{name}`, and the script makes none: there is nothing to {}",
            if verb == Verb::Set { "change" } else { "remove" }
        ));
        raised.lowered = (verb == Verb::Remove).then_some(Severity::Warning);
        let names: Vec<&str> = policies.items.iter().map(|policy| policy.name.as_str()).take(20).collect();
        raised.evidence = vec![Evidence::read(policies, "policies", "name", names.join(", "))];
        self.out.push(raised);
    }

    /// Whether nothing but constant lists, which loops go through, stands before a command that is always run.
    fn guarded_by_lists(&self, command: &Command) -> bool {
        command.context.guards.iter().all(|guard| {
            let text = self.script.text.get(guard.start..guard.end).unwrap_or_default().to_lowercase();
            !text.contains(['|', '{', '?']) && !text.contains("get-") && !text.contains("where")
        })
    }

    /// The policy that a grant names, or that is made.
    fn policy(&mut self, command: &Command, all_known: bool) {
        let Some(verb) = verb(command) else { return };
        let Some(argument) = subject::policy_argument(command) else { return };
        let Some(literal) = subject::text(Some(argument)).cloned() else { return };
        let policy = subject::policy(command);
        let elsewhere = |wanted: &[Verb]| {
            policy.as_ref().is_some_and(|policy| {
                self.script.made(policy, 0).any(|(_, other)| {
                    subject::verb(other).is_some_and(|verb| wanted.contains(&verb)) && !std::ptr::eq(other, command)
                })
            })
        };
        let policies = &self.view.snapshot().policies;
        let listed = self.view.policy(&literal.text).is_some();
        match verb {
            // A policy that the script itself makes or removes somewhere is a matter of order, which other causes judge.
            Verb::Grant if !elsewhere(&[Verb::New, Verb::Remove]) => {
                let gone = all_known && !listed && !name::is_global(&literal.text);
                if gone && !is_guid(&literal.text) && !is_address(&literal.text) {
                    let mut raised = at_literal(
                        ("granted-policy-does-not-exist", Confidence::Certain),
                        command,
                        (argument, &literal),
                        "no policy of this tenant",
                    )
                    .explained(format!("the tenant has no policy `{}`, and the script makes none", literal.text));
                    let names: Vec<&str> = policies.items.iter().map(|policy| policy.name.as_str()).take(20).collect();
                    raised.evidence = vec![Evidence::read(policies, "policies", "name", names.join(", "))];
                    self.out.push(raised);
                }
            }
            // Under a condition it may be asked for first, and an error that nobody sees is none.
            Verb::Set | Verb::Remove
                if !elsewhere(&[Verb::New, Verb::Remove])
                    && command.context.always()
                    && command.context.caught.is_none()
                    && !silenced(command) =>
            {
                self.no_policy(command, verb, argument, &literal, all_known);
            }
            Verb::New
                if listed
                    && command.context.always()
                    && command.context.caught.is_none()
                    && self.guarded_by_lists(command)
                    && !elsewhere(&[Verb::Remove, Verb::New]) =>
            {
                let mut raised = at_literal(
                    ("policy-name-taken", Confidence::Certain),
                    command,
                    (argument, &literal),
                    "there already",
                )
                .explained("the tenant has a policy of this name: `New-` fails, and `Set-CsApplicationAccessPolicy -AppIds @{Add=...}` adds an app to it");
                raised.evidence =
                    vec![Evidence::read(policies, format!("policy `{}`", literal.text), "name", literal.text.clone())];
                self.out.push(raised);
            }
            _ => {}
        }
    }
}

/// A finding about a name: where it is written, which may be far from the command that uses it.
fn at_literal(
    (cause, confidence): (&'static str, Confidence),
    command: &Command,
    (argument, literal): (&Argument, &Literal),
    label: &str,
) -> Raised {
    if subject::inline(argument, literal) {
        return Raised::new(cause, confidence, command, argument.span, label);
    }
    Raised::new(cause, confidence, command, literal.span, label).proved(argument.span, "used here")
}

/// Whether an error of the command is not shown, and does not end the script.
fn silenced(command: &Command) -> bool {
    command.value("ErrorAction").and_then(Value::text).is_some_and(|action| {
        ["SilentlyContinue", "Ignore", "0", "4"].iter().any(|quiet| action.text.eq_ignore_ascii_case(quiet))
    })
}

/// Whether a grant is run only where the user was read to hold no policy.
pub(super) fn only_without(script: &Script<'_>, grant: &Command) -> bool {
    // What stands in the other arms is run where the condition does not hold.
    if grant.context.arms.len() != 1 || grant.context.arms.first().is_none_or(|arm| arm.arm != 0) {
        return false;
    }
    let texts: Vec<String> = grant
        .context
        .guards
        .iter()
        .filter_map(|guard| script.text.get(guard.start..guard.end))
        .map(str::to_lowercase)
        .collect();
    let any = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let reads = any(&["get-csuserpolicyassignment"]) || any(&["get-csonlineuser"]) && any(&["applicationaccesspolicy"]);
    let with_nothing = any(&["-eq $null", "$null -eq"]);
    let denies =
        any(&["-not", "!", "isnullorempty"]) && !any(&["-eq", "-ne", "-like", "-match", "-contains", "-and", "-or"]);
    reads && (with_nothing || denies) && !any(&["-and", "-or"])
}

/// The policies that a snapshot shows to be granted to somebody.
pub(super) fn granted(state: &Snapshot) -> HashSet<String> {
    let direct = state.direct.known().iter().filter_map(|it| it.policy.as_deref());
    let groups = state.groups.known().iter().map(|it| it.policy.as_str());
    let effective = state.effective.known().iter().filter_map(|it| it.policy.as_deref());
    direct.chain(groups).chain(effective).map(subject::plain_policy).collect()
}

/// ` called ...`, where there is a name.
fn called(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!(" `{name}`"))
}

/// Whether a display name, or what stands before the domain of an address, is this text.
fn same_name(name: &str, text: &str) -> bool {
    let local = name.split('@').next().unwrap_or(name);
    [name, local].iter().any(|name| name.trim().to_lowercase() == text.trim().to_lowercase())
}

/// A user as a grant names one, without the scheme of a SIP address.
fn plain_user(text: &str) -> &str {
    let plain = text.trim();
    plain.get(..4).filter(|it| it.eq_ignore_ascii_case("sip:")).map_or(plain, |_| plain.get(4..).unwrap_or(""))
}
