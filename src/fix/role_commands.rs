//! App role assignments of a script as changes: by the cmdlets of the Graph module, or by the request itself. Object ids are
//! those that the snapshot knows, or the script looks up by a client id that is written in it.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use super::command::Command;
use super::follow::{OF_VARIABLE, Script, captured, guid, plain};
use crate::knowledge::GRAPH;
use crate::knowledge::permission_by_id;
use crate::script::{self, Value};
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

impl Script<'_, '_> {
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
