//! What a command of a script works on, as the script itself and the snapshot tell: variables are followed to the statement
//! that gave them what they have, object ids to the apps that the snapshot knows.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use crate::input::Span;
use crate::script::{self, Argument, Value};
use crate::source::slice;
use crate::tenant::View;

pub(super) fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace("-mgbeta", "-mg")
}

pub(super) fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

/// A command, with what stands before it.
pub(super) struct Script<'s, 'v> {
    pub(super) before: &'s [script::Command],
    pub(super) command: &'s script::Command,
    pub(super) text: &'s str,
    pub(super) view: &'s View<'v>,
}

static LOOKUP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*appId\s+eq\s+'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'\s*$").ok());
/// `$name.Id`
pub(super) static OF_VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^\$(\w+)\.Id$").ok());

pub(super) fn captured<'t>(pattern: &LazyLock<Option<Regex>>, text: &'t str) -> Option<&'t str> {
    pattern.as_ref()?.captures(text)?.get(1).map(|group| group.as_str())
}

impl Script<'_, '_> {
    /// The app whose service principal has this object id.
    pub(super) fn principal(&self, object_id: Uuid) -> Option<Uuid> {
        let apps = self.view.snapshot().apps.known();
        apps.iter().find(|app| app.service_principal_id == Some(object_id)).map(|app| app.app_id)
    }

    pub(super) fn written(&self, span: Span) -> &str {
        slice(self.text, span.start..span.end).trim()
    }

    /// The app that a value names by the object id of its service principal.
    pub(super) fn app(&self, argument: &Argument) -> Option<Uuid> {
        match argument.value.as_ref()?.text() {
            Some(literal) => self.principal(guid(&literal.text)?),
            None => self.app_of(self.written(argument.span), self.command),
        }
    }

    /// The app of `$app.Id`, where the script looks `$app` up by a client id just before `used`.
    pub(super) fn app_of(&self, words: &str, used: &script::Command) -> Option<Uuid> {
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
    pub(super) fn given(&self, variable: &str, used: &script::Command) -> Option<Vec<&script::Command>> {
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
