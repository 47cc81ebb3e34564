//! Commands as they were typed: the lines of one are joined, and what its variables hold is put in where the same text
//! shows it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::context::{after_prompt, ids_in, is_prompt, shows_all, split_outside};
use super::lines::Lines;
use super::tools;

/// What a variable holds.
#[derive(Clone, Debug)]
enum Held {
    /// A text that stands in the assignment.
    Text(String),
    /// What a command gives.
    Result(String),
}

/// What the commands of a text have told so far.
#[derive(Debug, Default)]
pub(super) struct Typed {
    held: BTreeMap<String, Held>,
    /// The groups that a command has printed, where it prints all that it finds.
    shown: BTreeMap<String, BTreeSet<Uuid>>,
    /// A preference keeps errors from being printed, so that an empty output tells nothing.
    silenced: bool,
}

/// A command, and whether a variable stood for it.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) text: String,
    pub(super) was_held: bool,
}

/// The command that begins at the cursor with the lines on which it goes on, and the place behind it.
pub(super) fn joined<'a>(lines: &Lines<'a>) -> Option<(String, Lines<'a>)> {
    let mut ahead = *lines;
    let mut text = ahead.next()?.trim_end().to_owned();
    let is_tool = tools::is_tool(&text);
    while let Some(line) = ahead.peek() {
        let line = line.trim();
        let goes_on = text.ends_with(['`', '|']) || is_tool && text.ends_with(['\\', '^']);
        let next = match line.strip_prefix(">>") {
            Some(rest) if !text.trim_start().starts_with(">>") => rest.trim_start_matches('>').trim(),
            _ if goes_on && !line.is_empty() && !is_prompt(line) && !line.starts_with(['{', '[']) => line,
            _ => break,
        };
        let open = goes_on || text.ends_with([',', '(', '{', '=', ';']);
        if text.ends_with('`') || is_tool && goes_on && !text.ends_with('|') {
            text.pop();
        }
        // What begins so is no command of its own.
        let is_rest = next.is_empty() || next.starts_with(['-', '|', '}', ')']);
        text.push_str(if open || is_rest { " " } else { "; " });
        text.push_str(next);
        text.truncate(text.trim_end().len());
        ahead.next();
    }
    Some((text, ahead))
}

impl Typed {
    /// The command with what its variables hold, as far as that is sure, and what it says of them for the next ones.
    pub(super) fn command(&mut self, line: &str) -> Command {
        let start = after_prompt(line.trim()).map_or(0, |rest| line.trim_end().len().saturating_sub(rest.len()));
        let (prompt, own) = (line.get(..start).unwrap_or_default(), line.get(start..).unwrap_or(line).trim());
        split_outside(own, ";").into_iter().for_each(|part| self.prefer(part));
        let head = own.split('|').next().unwrap_or_default();
        let held = variable(head.trim()).and_then(|(name, rest)| match self.held.get(&name)? {
            Held::Result(command) if rest.is_empty() => Some(command.clone()),
            _ => None,
        });
        let text = match &held {
            Some(command) => format!("{command}{}", own.get(head.trim_end().len()..).unwrap_or_default()),
            None => self.filled(own),
        };
        for part in split_outside(&text, ";") {
            self.remember(part);
        }
        Command { text: format!("{prompt}{text}"), was_held: held.is_some() }
    }

    /// Remembers whether a statement sets how errors are told.
    fn prefer(&mut self, statement: &str) {
        let plain: String = statement.to_ascii_lowercase().split_whitespace().collect();
        let is_preference =
            ["erroractionpreference", "psdefaultparametervalues"].iter().any(|name| plain.contains(name));
        if is_preference && (plain.starts_with('$') || plain.starts_with("set-variable") || plain.starts_with("sv")) {
            let prints = ["=continue", "=stop", "=inquire", "=1", "=2"];
            let value = plain.replace(['"', '\''], "");
            self.silenced = !(plain.contains("erroractionpreference=") && prints.iter().any(|it| value.ends_with(it)));
        }
    }

    /// Whether errors may be kept from being printed.
    pub(super) fn is_silenced(&self) -> bool {
        self.silenced
    }

    /// Groups that were printed below a command.
    pub(super) fn printed(&mut self, command: &str, groups: Vec<Uuid>) {
        let command = after_prompt(command.trim()).unwrap_or(command.trim());
        let mut stages = split_outside(command, "|").into_iter();
        if let Some(first) = stages.next().filter(|_| !groups.is_empty())
            && stages.all(shows_all)
        {
            self.shown.entry(key(first)).or_default().extend(groups);
        }
    }

    /// The object that a command gives, where it names it, or where it has printed it alone.
    pub(super) fn id_of(&self, command: &str) -> Option<Uuid> {
        const NAMES: [&str; 5] = ["groupid", "userid", "serviceprincipalid", "objectid", "identity"];
        const GIVES: [&str; 4] = ["group", "user", "serviceprincipal", "onlineuser"];
        if command.contains('|') {
            return None;
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        let noun = words.first().and_then(|it| it.to_ascii_lowercase().strip_prefix("get-").map(str::to_owned))?;
        let noun = ["mgbeta", "mg", "entrabeta", "entra", "azuread", "cs"]
            .iter()
            .find_map(|module| noun.strip_prefix(module))
            .unwrap_or_default();
        let mut ids = ids_in(command);
        let own = ids.next().filter(|_| ids.next().is_none() && GIVES.contains(&noun));
        let named = words.windows(2).any(|pair| match pair {
            [name, value] => {
                let name = name.strip_prefix('-').unwrap_or_default().to_ascii_lowercase();
                NAMES.contains(&name.as_str()) && ids_in(value).next() == own
            }
            _ => false,
        });
        let shown = || {
            let mut ids = self.shown.get(&key(command))?.iter();
            ids.next().copied().filter(|id| ids.next().is_none() && !id.is_nil())
        };
        own.filter(|_| named).or_else(shown)
    }

    /// `$name = ...`; whatever else may change a variable makes it unknown.
    fn remember(&mut self, statement: &str) {
        if let Some((name, rest)) = variable(statement)
            && let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim)
        {
            let bare = value.trim_matches(['"', '\'']);
            let is_one = !bare.contains(char::is_whitespace) && !bare.contains(['$', '(', '"', '\'']);
            let is_text = is_one && value.starts_with(['"', '\'']) && bare.len() + 2 == value.len();
            let begins = |start: &str| value.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
            let held = if is_text {
                Some(Held::Text(bare.to_owned()))
            } else {
                (begins("get-") || begins("invoke-")).then(|| Held::Result(value.to_owned()))
            };
            match held {
                Some(held) => self.held.insert(name, held),
                None => self.held.remove(&name),
            };
            return;
        }
        let lower = statement.to_ascii_lowercase();
        let by_name =
            ["-outvariable", "-ov", "set-variable", "sv ", "foreach", "remove-variable", "clear-variable", "read-host"];
        if by_name.iter().any(|word| lower.contains(word)) {
            self.held.clear();
        }
        self.held.retain(|name, _| {
            lower.match_indices(&format!("${name}")).all(|(at, found)| {
                let rest = lower.get(at + found.len()..).unwrap_or_default();
                let goes_on = rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                let rest = rest.trim_start();
                goes_on
                    || !(rest.starts_with(['=', '+', '-', '*', '/', ',']) && rest.contains('=')
                        || rest.starts_with("++"))
            })
        });
    }

    /// A command with the ids that its variables, and the commands in its brackets, stand for.
    fn filled(&self, command: &str) -> String {
        let mut out = String::with_capacity(command.len());
        let mut rest = command;
        let mut quoted = false;
        while let Some(c) = rest.chars().next() {
            if c == '\'' {
                quoted = !quoted;
            }
            if !quoted && let Some((text, length)) = self.reference(rest, &out) {
                out.push_str(&text);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        out
    }

    /// What stands at the beginning of a text in place of a value, and its length.
    fn reference(&self, text: &str, before: &str) -> Option<(String, usize)> {
        if text.starts_with('$') {
            let inner = text.strip_prefix("$(").filter(|inner| inner.starts_with('$'));
            let (name, tail) = variable(inner.unwrap_or(text))?;
            let property = tail.strip_prefix('.').map(|it| {
                let end = it.find(|c: char| !c.is_alphanumeric()).unwrap_or(it.len());
                it.split_at_checked(end).unwrap_or((it, ""))
            });
            let (property, mut tail) = property.map_or((None, tail), |(property, tail)| (Some(property), tail));
            if inner.is_some() {
                tail = tail.strip_prefix(')')?;
            }
            let value = match (self.held.get(&name)?, property) {
                (Held::Text(text), None) => text.clone(),
                (Held::Result(command), Some(property)) if is_id(property) => self.id_of(command)?.to_string(),
                _ => return None,
            };
            return Some((value, text.len().saturating_sub(tail.len())));
        }
        // Parameters of a command in brackets are none of the one outside of them.
        if !text.starts_with('(') || !before.to_ascii_lowercase().contains("get-") {
            return None;
        }
        let length = closed(text)?;
        let inner = text.get(1..length.saturating_sub(1)).unwrap_or_default().trim();
        let tail = text.get(length..).unwrap_or_default();
        let property =
            tail.strip_prefix('.').map(|it| it.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
        match property.filter(|it| is_id(it)).and_then(|it| Some((it.len(), self.id_of(&self.filled(inner))?))) {
            Some((property, id)) => Some((id.to_string(), length + 1 + property)),
            None => Some(("(\u{2026})".to_owned(), length)),
        }
    }
}

fn is_id(property: &str) -> bool {
    ["id", "objectid", "identity"].iter().any(|known| known.eq_ignore_ascii_case(property))
}

/// A command, however it was spaced.
fn key(command: &str) -> String {
    command.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The name of the variable that a text begins with, in lower case, and what follows it.
pub(super) fn variable(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(end)?;
    (!name.is_empty()).then(|| (name.to_lowercase(), rest))
}

/// The length of a text up to the bracket that closes its first one.
fn closed(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
