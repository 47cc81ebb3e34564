//! App role assignments of a script as changes: by the cmdlets of the Graph module, or by the request itself. Object ids are
//! those that the snapshot knows, or the script looks up by a client id that is written in it.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use super::command::Command;
use crate::diagnose::GRAPH;
use crate::input::Span;
use crate::knowledge::permission_by_id;
use crate::script::{self, Argument, Value};
use crate::source::slice;
use crate::tenant::View;

/// What is made of such a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It does this.
    Is(Command),
    /// It is one, and its effect is known only when it is run.
    Open,
    /// It is of another API's roles.
    Elsewhere,
    /// It is none.
    No,
}

/// The command at `index` of the script `text`.
pub(super) fn read(commands: &[script::Command], index: usize, text: &str, view: &View<'_>) -> Reading {
    let Some(command) = commands.get(index) else { return Reading::No };
    let script = Script { before: commands.get(..index).unwrap_or_default(), command, text, view };
    match plain(&command.name).as_str() {
        "new-mgserviceprincipalapproleassignment" | "new-mgserviceprincipalapproleassignedto" => script.added(),
        "remove-mgserviceprincipalapproleassignment" => script.removed(),
        "invoke-mggraphrequest" | "invoke-graphrequest" | "invoke-restmethod" | "irm" | "invoke-webrequest" | "iwr" => {
            script.requested()
        }
        _ => Reading::No,
    }
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace("-mgbeta", "-mg")
}

fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

struct Script<'s, 'v> {
    before: &'s [script::Command],
    command: &'s script::Command,
    text: &'s str,
    view: &'s View<'v>,
}

static LOOKUP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*appId\s+eq\s+'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'\s*$").ok());
static OF_VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^\$(\w+)\.Id$").ok());
static BY_ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\|\s*(?:Where-Object|where|\?)\s+(?:\{\s*\$_\.)?AppRoleId\s+-eq\s+["']([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})["']\s*\}?"#,
    )
    .ok()
});
static BY_RESOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\|\s*(?:Where-Object|where|\?)\s+(?:\{\s*\$_\.)?ResourceId\s+-eq\s+(\$\w+\.Id)\s*\}?\s*$").ok()
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:https://[^/]+)?/?(?:v1\.0|beta)/servicePrincipals(?:/([0-9a-f-]{36})|\(appId='([0-9a-f-]{36})'\))/(?:appRoleAssignments|appRoleAssignedTo)/?$",
    )
    .ok()
});

fn captured<'t>(pattern: &LazyLock<Option<Regex>>, text: &'t str) -> Option<&'t str> {
    pattern.as_ref()?.captures(text)?.get(1).map(|group| group.as_str())
}

impl Script<'_, '_> {
    /// The app whose service principal has this object id.
    fn principal(&self, object_id: Uuid) -> Option<Uuid> {
        let apps = self.view.snapshot().apps.known();
        apps.iter().find(|app| app.service_principal_id == Some(object_id)).map(|app| app.app_id)
    }

    fn written(&self, span: Span) -> &str {
        slice(self.text, span.start..span.end).trim()
    }

    /// The app that a value names by the object id of its service principal.
    fn app(&self, argument: &Argument) -> Option<Uuid> {
        match argument.value.as_ref()?.text() {
            Some(literal) => self.principal(guid(&literal.text)?),
            None => self.app_of(self.written(argument.span), self.command),
        }
    }

    /// The app of `$app.Id`, where the script looks `$app` up by a client id just before `used`.
    fn app_of(&self, words: &str, used: &script::Command) -> Option<Uuid> {
        let found = self.given(captured(&OF_VARIABLE, words)?, used)?;
        let [command] = found.as_slice() else { return None };
        if plain(&command.name) != "get-mgserviceprincipal" {
            return None;
        }
        let text = |parameter: &str| command.value(parameter).and_then(Value::text).map(|it| it.text.as_str());
        match text("Filter") {
            Some(filter) => captured(&LOOKUP, filter).and_then(guid),
            None => self.principal(text("ServicePrincipalId").and_then(guid)?),
        }
    }

    /// The commands of the statement that gave a variable what it has where it is `used`; `None` where something on the
    /// way may have given it something else.
    fn given(&self, variable: &str, used: &script::Command) -> Option<Vec<&script::Command>> {
        let pattern = Regex::new(&format!(r"(?i)^\${}\s*=", regex::escape(variable))).ok()?;
        let gives = |it: &&script::Command| pattern.is_match(slice(self.text, it.statement.start..it.statement.end));
        let last = self.before.iter().rev().find(gives)?;
        let same = last.context == used.context && last.statement.end <= used.statement.start;
        let between = slice(self.text, last.statement.end..used.statement.start);
        let again = Regex::new(&format!(
            r"(?i)\${}\s*(?:[-+*/%.]|\?\?)?=|\${}\s+in\b|variable|\s-[op]v\b",
            regex::escape(variable),
            regex::escape(variable)
        ));
        if !same || again.ok()?.is_match(between) || leaves(between) {
            return None;
        }
        Some(self.before.iter().filter(|it| it.statement == last.statement).collect())
    }

    /// Of an argument, or of a key of the body.
    fn role_of(&self, value: Option<&Value>) -> Option<Uuid> {
        guid(&value?.text()?.text)
    }

    fn change(&self, app_id: Option<Uuid>, resource: Option<Uuid>, role_id: Option<Uuid>) -> Reading {
        if resource.is_some_and(|resource| resource != GRAPH) {
            return Reading::Elsewhere;
        }
        let role = role_id.and_then(permission_by_id);
        match (app_id, role_id, role) {
            (Some(app_id), Some(role_id), Some(role)) => {
                Reading::Is(Command::AddRole { app_id, role: role.name.to_owned(), role_id })
            }
            _ => Reading::Open,
        }
    }

    fn added(&self) -> Reading {
        let command = self.command;
        if let Some(body) = command.value("BodyParameter") {
            return self.of_body(body);
        }
        let of = |parameter: &str| command.argument(parameter);
        let app = match of("PrincipalId") {
            Some(argument) => self.app(argument),
            None if plain(&command.name).ends_with("assignment") => {
                of("ServicePrincipalId").and_then(|argument| self.app(argument))
            }
            None => None,
        };
        let resource = of("ResourceId").and_then(|argument| self.app(argument));
        self.change(app, resource, self.role_of(command.value("AppRoleId")))
    }

    /// An assignment that the script found by app and role just before.
    fn removed(&self) -> Reading {
        let id = self.command.argument("AppRoleAssignmentId").map(|argument| self.written(argument.span));
        let found = id.and_then(|id| captured(&OF_VARIABLE, id)).and_then(|name| self.given(name, self.command));
        let Some((first, statement)) = found.as_ref().and_then(|found| {
            let first = found.first()?;
            Some((*first, slice(self.text, first.statement.start..first.statement.end)))
        }) else {
            return Reading::Open;
        };
        if plain(&first.name) != "get-mgserviceprincipalapproleassignment" {
            return Reading::Open;
        }
        let app = first.argument("ServicePrincipalId").and_then(|it| self.app_of(self.written(it.span), first));
        let role_id = captured(&BY_ROLE, statement).and_then(guid);
        let resource = captured(&BY_RESOURCE, statement).and_then(|words| self.app_of(words, first));
        match self.change(app, resource, role_id) {
            Reading::Is(Command::AddRole { app_id, role, role_id }) if resource == Some(GRAPH) => {
                Reading::Is(Command::RemoveRole { app_id, role, role_id })
            }
            Reading::Elsewhere => Reading::Elsewhere,
            _ => Reading::Open,
        }
    }

    /// `POST /servicePrincipals/{id}/appRoleAssignments` with its body.
    fn requested(&self) -> Reading {
        let text = |parameter: &str| self.command.value(parameter).and_then(Value::text).map(|it| it.text.as_str());
        let address = text("Uri").filter(|uri| ADDRESS.as_ref().is_some_and(|address| address.is_match(uri)));
        let post = text("Method").is_some_and(|method| method.eq_ignore_ascii_case("POST"));
        match self.command.value("Body") {
            Some(body) if post && address.is_some() => self.of_body(body),
            // What it is told elsewhere by its words.
            _ => Reading::No,
        }
    }

    fn of_body(&self, body: &Value) -> Reading {
        let given: [Option<Uuid>; 3] = match body.text() {
            Some(literal) => {
                let json: Option<serde_json::Value> = serde_json::from_str(&literal.text).ok();
                let of = |key: &str| json.as_ref().and_then(|it| it.get(key)?.as_str()).and_then(guid);
                ["principalId", "resourceId", "appRoleId"].map(of)
            }
            None => {
                let of = |key: &str| body.entry(key).and_then(|entry| guid(&entry.value.text()?.text));
                ["principalId", "resourceId", "appRoleId"].map(of)
            }
        };
        let [principal, resource, role] = given;
        self.change(principal.and_then(|id| self.principal(id)), resource.and_then(|id| self.principal(id)), role)
    }
}

/// Whether the text leaves the block in which it begins.
fn leaves(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().any(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth < 0
    })
}
