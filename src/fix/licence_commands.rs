//! Licences of a script as changes. A snapshot tells whether a user has Teams and not which licence gives it, and no
//! source lists the licences that hold the Teams plan: what adding or removing one does is open, unless the script names the plan.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use super::command::Command;
use super::follow::{Script, guid, plain};
use super::powershell::TEAMS_PLAN;
use crate::input::Span;
use crate::script::{self, Value};
use crate::source::slice;
use crate::tenant::{Teams, View};

/// The command at `index` of the script `text`; `None` = it is about no licence, an empty list = it changes none.
pub(super) fn read(commands: &[script::Command], index: usize, text: &str, view: &View<'_>) -> Option<Vec<Command>> {
    let command = commands.get(index)?;
    let script = Script { before: commands.get(..index).unwrap_or_default(), command, text, view };
    let own = |gives, takes, users: Option<Vec<Option<Uuid>>>| {
        let change = |user_id| Command::Licences { user_id, gives, takes };
        if gives || takes {
            users.map_or_else(|| vec![change(None)], |users| users.into_iter().map(change).collect())
        } else {
            Vec::new()
        }
    };
    match plain(&command.name).as_str() {
        "set-mguserlicense" => {
            if let Some(user_id) = script.enables() {
                return Some(vec![Command::License { user_id, teams: Teams::Enabled, from: Teams::Disabled }]);
            }
            let [added, removed] = ["AddLicenses", "RemoveLicenses"].map(|key| script.list(key));
            Some(own(added.gives, added.takes || removed.any, script.users(&["UserId"])))
        }
        // The licences are in an object of which the members are not read.
        "set-azureaduserlicense" => Some(own(true, true, script.users(&["ObjectId"]))),
        "set-msoluserlicense" => {
            let has = |key: &str| command.open || command.argument(key).is_some();
            let takes = has("RemoveLicenses") || has("LicenseOptions");
            Some(own(
                has("AddLicenses") || has("LicenseOptions"),
                takes,
                script.users(&["ObjectId", "UserPrincipalName"]),
            ))
        }
        _ => None,
    }
}

/// What a list of licences may do.
#[derive(Clone, Copy, Default)]
struct List {
    /// There may be one in it.
    any: bool,
    /// One of them may bring Teams.
    gives: bool,
    /// One of them may switch Teams off.
    takes: bool,
}

impl List {
    const OPEN: Self = Self { any: true, gives: true, takes: true };

    const fn and(self, other: Self) -> Self {
        Self { any: self.any || other.any, gives: self.gives || other.gives, takes: self.takes || other.takes }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::List(items, _) => items.iter().map(Self::of).fold(Self::default(), Self::and),
            Value::Null => Self::default(),
            Value::Table(..) => {
                let (gives, takes) = match value.entry("DisabledPlans").map(|entry| &entry.value) {
                    None => (true, false),
                    Some(plans) if plans.is_constant() => {
                        let off = plans.texts().iter().any(|it| guid(&it.text) == guid(TEAMS_PLAN));
                        (!off, off)
                    }
                    Some(_) => (true, true),
                };
                Self { any: true, gives, takes }
            }
            Value::Text(_) | Value::Bool(_) | Value::Unknown(_) => Self::OPEN,
        }
    }
}

static ENABLING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r#"(?i)^@\(\$(\w+)\.DisabledPlans\s+-ne\s+["']{TEAMS_PLAN}["']\s*\)$"#)).ok());
static SKU: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^\$(\w+)\.SkuId$").ok());
static WITHOUT_TEAMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"(?i)^\$\w+\s*=\s*\(\s*Get-Mg(?:Beta)?User\b[^()|;]*\)\.AssignedLicenses\s*\|\s*(?:Where-Object|where|\?)\s+(?:\{{\s*\$_\.)?DisabledPlans\s+-contains\s+["']{TEAMS_PLAN}["']\s*\}}?(?:\s*\|\s*Select-Object\s+-First\s+1)?\s*$"#
    ))
    .ok()
});

impl Script<'_, '_> {
    fn list(&self, key: &str) -> List {
        let body = self.command.value("BodyParameter");
        let in_body = || body.and_then(|body| body.entry(key)).map(|entry| &entry.value);
        match self.command.value(key).or_else(in_body) {
            Some(value) => List::of(value),
            // A switch without a value, a table or a body that is not constant.
            None if self.command.open || self.command.argument(key).is_some() => List::OPEN,
            None if body.is_some_and(|body| !matches!(body, Value::Table(..))) => List::OPEN,
            None => List::default(),
        }
    }

    /// For whom; `None` = that is not known.
    fn users(&self, keys: &[&str]) -> Option<Vec<Option<Uuid>>> {
        if self.command.context.repeated {
            return None;
        }
        let value = keys.iter().find_map(|key| self.command.value(key))?;
        let known = |text: &str| guid(text).or_else(|| self.view.user_named(text.trim()).map(|user| user.id));
        value.text().and_then(|it| known(&it.text)).map(|user| vec![Some(user)])
    }

    /// The user, where the command switches the Teams plan of a licence on that the user has and in which it is off.
    fn enables(&self) -> Option<Uuid> {
        let one = |value: &'_ Value| match value {
            Value::List(items, _) => <&[Value; 1]>::try_from(items.as_slice()).ok().map(|[only]| only.clone()),
            value => Some(value.clone()),
        };
        let table = one(self.command.value("AddLicenses")?)?;
        let written = |key: &str| table.entry(key).map(|entry| self.written(entry.value_span));
        let name = |pattern: &LazyLock<Option<Regex>>, key: &str| {
            let words = written(key)?;
            pattern.as_ref()?.captures(words)?.get(1).map(|it| it.as_str().to_ascii_lowercase())
        };
        let variable = name(&ENABLING, "DisabledPlans").filter(|it| name(&SKU, "SkuId").as_ref() == Some(it))?;
        let found = self.given(&variable, self.command)?;
        let read = found.first()?;
        let statement: Span = read.statement;
        let whole = slice(self.text, statement.start..statement.end);
        if !WITHOUT_TEAMS.as_ref()?.is_match(whole.trim()) || self.list("RemoveLicenses").any {
            return None;
        }
        let users = self.users(&["UserId"])?;
        let same = read.value("UserId").and_then(Value::text).map(|it| it.text.as_str())
            == self.command.value("UserId").and_then(Value::text).map(|it| it.text.as_str());
        users.first().copied().flatten().filter(|_| same)
    }
}
