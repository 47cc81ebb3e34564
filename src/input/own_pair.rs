//! The user and the app that the record of a failure names outside its message and its call: `user=…`, `"userId": "…"`,
//! `-UserId …` of the command that failed, `by_user_id("…")` in its stack.
//!
//! A record is the lines of the failure, without the objects beside its own; else the paragraph that these stand in, as
//! far as nothing leaves open of which of two failures it is.

use uuid::Uuid;

use super::caller::GRAPH_APP;
use super::meeting::{is_placeholder, uuid_in};
use super::spoken::{self, is_one_of};
use super::territory::Territory;
use super::{Fact, Facts, Span, beside, broken, cmdlet};
use crate::source::slice;

/// A paragraph is not looked at beyond this, in lines and in bytes.
const LINES: usize = 16;
const REACH: usize = 4_096;
/// A key is not longer, with what leads to it.
const KEY: usize = 80;

const USERS: &str = "user|userid|useroid|userobjectid|targetuser|targetuserid|upn|userupn|userprincipalname|benutzer";
const APPS: &str = "app|application";
/// Keys that are read as pairs everywhere.
const CLIENTS: &str = "appid|applicationid|azp|clientid";
/// What is called with the id of a user: `users["…"]`, `.by_user_id("…")`.
const CALLS: &str = "byuserid|users|usersbyid";
/// Words before `user` that make it another one than the call's.
const OTHERS: &str =
    "admin|administrator|by|caller|calling|current|in|logged|not|operator|other|service|signed|support";

/// Who is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    User(Uuid),
    Name(String),
    App(Uuid),
}

/// Finds what a part of the record names.
type Search<'a> = &'a dyn Fn() -> Vec<(Span, Named)>;

/// Adds the user and the app of the record, where nothing else names them.
pub(super) fn add(text: &str, territory: Territory, facts: &mut Facts) {
    let of_users = facts.path.as_ref().is_none_or(|path| path.value.starts_with("/users"));
    let wants_user = |facts: &Facts| of_users && facts.user_id.is_none() && facts.user.is_none();
    let wants = |facts: &Facts| wants_user(facts) || facts.app_id.is_none();
    let failure = Span::new(territory.start, territory.end);
    let lines = beside::lines_of(text, failure);
    let start = lines.start.max(territory.before.min(failure.start));
    let end = territory.next.map_or(lines.end, |next| lines.end.min(next)).max(failure.end);
    let of_lines = || {
        let parts = [above(text, lines, territory), below(text, lines, territory)];
        let named = parts.into_iter().flatten().flat_map(|part| named_in(text, part, failure));
        named.filter(|(span, _)| tells_nothing_else(text, failure, *span)).collect()
    };
    let steps: [(Search<'_>, bool); 3] = [
        (&|| named_in(text, Span::new(start, end), failure), false),
        // Other lines may be of another call, whatever they look like.
        (&of_lines, true),
        (&|| of_command(text, lines.end, territory), false),
    ];
    for (step, beside) in steps {
        if !wants(facts) {
            break;
        }
        let named = step();
        let (wanted_user, wanted_app) = (wants_user(facts), facts.app_id.is_none());
        if wants_user(facts) {
            // What holds the id of something else is no user.
            let others = [&facts.app_id, &facts.tenant_id].map(|id| id.as_ref().map(|id| id.value));
            let user = |id: &Uuid| Some(*id).filter(|id| !others.contains(&Some(*id)));
            let user = only(&named, |named| if let Named::User(id) = named { user(id) } else { None });
            facts.user_id = user.map(|(id, span)| Fact::text(id, span));
        }
        if wants_user(facts) && !named.iter().any(|(_, named)| matches!(named, Named::User(_))) {
            let name = only(&named, |named| if let Named::Name(name) = named { Some(name.clone()) } else { None });
            let name_span = name.as_ref().map(|(_, span)| *span);
            facts.user = name.map(|(name, span)| Fact::text(name, span));
            // An address under a bare `user` may be that of who ran it.
            facts.user_beside |= name_span.is_some_and(|span| is_under_user(text, span));
        }
        if facts.app_id.is_none() {
            let app = only(&named, |named| if let Named::App(id) = named { Some(*id) } else { None });
            facts.app_id = app.map(|(id, span)| Fact::text(id, span));
        }
        facts.user_beside |= beside && wanted_user && !wants_user(facts);
        facts.app_beside |= beside && wanted_app && facts.app_id.is_some();
    }
    cmdlet::add_user(text, territory, facts);
}

/// Whether the key before a value is `user` alone.
fn is_under_user(text: &str, value: Span) -> bool {
    let lead = slice(text, value.start.saturating_sub(KEY)..value.start);
    let name = lead.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let key = name.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).next().unwrap_or_default();
    key.eq_ignore_ascii_case("user")
}

/// Whether the line of a value is its pair alone, `userId: …`, a call that takes it, `.by_user_id("…")`, or a command.
fn tells_nothing_else(text: &str, failure: Span, value: Span) -> bool {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '`' | ':' | '=' | '>');
    let line = beside::line_of(text, value.start);
    let (head, tail) = (slice(text, line.start..value.start), slice(text, value.end..line.end));
    let ends = |mark: char| head.trim_end_matches(['"', '\'', '\\']).ends_with(mark);
    let parameter = head.trim_end_matches(is_mark).rsplit(char::is_whitespace).next().unwrap_or_default();
    if ends('(') || ends('[') || parameter.starts_with('-') || is_broken(text, failure, value) {
        return true;
    }
    let key = head.trim_matches(is_mark);
    let key = key.strip_prefix("- ").unwrap_or(key);
    // `user id: …`
    let key = [" id", " Id", " ID"].iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key);
    let key = key.strip_suffix(" Object").or_else(|| key.strip_suffix(" object")).unwrap_or(key);
    key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !key.starts_with('-')
        && tail.trim_matches(|c| is_mark(c) || matches!(c, ',' | ';')).is_empty()
}

/// Whether a console broke the line of a failure before a value, or that of a value before the failure: every row is full.
fn is_broken(text: &str, failure: Span, value: Span) -> bool {
    let (one, other) = if value.start < failure.start { (value, failure) } else { (failure, value) };
    let rows = slice(text, beside::line_of(text, one.start).start..beside::line_of(text, other.start).start);
    let mut rows = rows.lines().map(|row| row.chars().count());
    rows.all(|width| matches!(width, 79 | 80 | 119 | 120))
}

/// The app that the pairs of a row name, and no other.
pub(super) fn app_of_row(text: &str, row: Span, failure: Span) -> Option<Fact<Uuid>> {
    let named = pairs_in(text, row, failure, &[APPS, CLIENTS]);
    let app = only(&named, |named| if let Named::App(id) = named { Some(*id) } else { None });
    app.map(|(id, span)| Fact::text(id, span))
}

/// The value of a kind, where no other one of this kind stands there too.
fn only<T: PartialEq>(named: &[(Span, Named)], of: impl Fn(&Named) -> Option<T>) -> Option<(T, Span)> {
    let mut all = named.iter().filter_map(|(span, named)| Some((of(named)?, *span)));
    let first = all.next()?;
    all.all(|(other, _)| other == first.0).then_some(first)
}

/// What the pairs in a part of the text name, but for those in objects beside the failure's.
fn named_in(text: &str, part: Span, failure: Span) -> Vec<(Span, Named)> {
    pairs_in(text, part, failure, &[APPS])
}

fn pairs_in(text: &str, part: Span, failure: Span, apps: &[&str]) -> Vec<(Span, Named)> {
    let is_own = |at: usize| !is_in_other_object(text, failure, at);
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = part.start;
    while at < part.end {
        let Some(&byte) = bytes.get(at) else { break };
        let start = at;
        at += 1;
        let value = match byte {
            b'@' => name_around(text, start, part),
            byte if byte.is_ascii_hexdigit() => {
                let begins = !start.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
                let id = if begins { uuid_in(text, start).filter(|(_, end)| *end <= part.end) } else { None };
                // The id of a guest may be the name of a mailbox.
                let id = id.filter(|(_, end)| bytes.get(*end) != Some(&b'@'));
                id.map(|(id, end)| (Span::new(start, end), Named::User(id)))
            }
            _ => None,
        };
        let Some((span, value)) = value else { continue };
        at = span.end.max(at);
        // A console may have broken the line behind the key.
        let lead = slice(text, span.start.saturating_sub(KEY)..span.start);
        let value = match (key_before(lead, apps), value) {
            (Some(Key::User), value) => value,
            (Some(Key::App), Named::User(id)) if id != GRAPH_APP => Named::App(id),
            _ => continue,
        };
        if is_own(span.start) {
            found.push((span, value));
        }
    }
    found
}

/// The user principal name around an `@`.
fn name_around(text: &str, at: usize, part: Span) -> Option<(Span, Named)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '#');
    let head = slice(text, part.start.max(at.saturating_sub(KEY))..at);
    let tail = slice(text, at + 1..part.end.min(at + 1 + KEY));
    let start = at - (head.len() - head.trim_end_matches(is_part).len());
    let domain = slice(tail, 0..tail.find(|c| !is_part(c)).unwrap_or(tail.len())).trim_end_matches('.');
    let span = Span::new(start, at + 1 + domain.len());
    let name = slice(text, span.start..span.end);
    (start < at && domain.contains('.') && !is_placeholder(name)).then(|| (span, Named::Name(name.to_owned())))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    User,
    App,
}

/// Whom the key before a value names.
fn key_before(lead: &str, apps: &[&str]) -> Option<Key> {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '\\' | '`' | '“' | '”' | '‘' | '’');
    let bare = lead.trim_end_matches(is_quote);
    let quoted = bare.len() < lead.len();
    let head = bare.trim_end();
    let (separator, head) = match head.strip_suffix("=>") {
        Some(head) => (':', head),
        None => match head.chars().next_back()? {
            mark @ (':' | '=' | '(' | '[') => (mark, slice(head, 0..head.len() - 1)),
            _ => (' ', head),
        },
    };
    let head = head.trim_end_matches(|c: char| is_quote(c) || c.is_whitespace());
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut name = slice(head, head.trim_end_matches(is_part).len()..head.len());
    if name.eq_ignore_ascii_case("id") {
        // `user id: …`
        let before = |head: &str, name: &str| head.len() - name.len();
        let last = |words: &str| words.trim_end_matches(' ').trim_end_matches(is_part).len();
        name = slice(head, last(slice(head, 0..before(head, name)))..head.len());
        // `User Object Id: …`
        let object = name.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("object"));
        let whole = slice(head, last(slice(head, 0..before(head, name)))..head.len());
        if object && slice(whole, 0..5).eq_ignore_ascii_case("user ") {
            name = whole;
        }
    }
    let before = slice(head, 0..head.len() - name.len());
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match separator {
        '(' | '[' => (quoted && is_one_of(CALLS, &letters)).then_some(Key::User),
        // `-UserId …` of a command; `ERROR user … failed` of a log.
        ' ' if name.starts_with('-') || letters == "user" && heads_entry(before) => {
            is_one_of(USERS, &letters).then_some(Key::User)
        }
        ' ' => None,
        _ if apps.iter().any(|apps| is_one_of(apps, &letters)) => Some(Key::App),
        _ => (is_one_of(USERS, &letters) && !is_of_other(before)).then_some(Key::User),
    }
}

/// Whether nothing but the time and the level of an entry stands before a word, or `for`.
fn heads_entry(before: &str) -> bool {
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let last = line.split_whitespace().next_back().unwrap_or_default();
    line.ends_with(' ') && beside::begins_entry(line) && (spoken::is_level(last) || last == "for")
}

/// Whether the word before a key makes it that of somebody else: `signed-in user: …`.
fn is_of_other(before: &str) -> bool {
    let last =
        before.strip_suffix(' ').map(|head| head.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default());
    last.is_some_and(|word| !word.is_empty() && is_one_of(OTHERS, &word.to_lowercase()))
}

/// Whether an object ends between a failure and a place, and another one begins that is not of its call.
pub(super) fn is_in_other_object(text: &str, failure: Span, at: usize) -> bool {
    let between = if at < failure.start { at..failure.start } else { failure.end..at.max(failure.end) };
    let between = slice(text, between);
    // Elements of XML follow each other as objects do.
    let is_element = || ["/><", "/>\n<"].iter().any(|mark| between.contains(mark));
    between.len() <= REACH && (opens_another(between) || opens_sibling(between) || is_element())
}

/// Whether an object without a key opens behind one that closes: another record of a list.
fn opens_another(between: &str) -> bool {
    opens(between, &[',', '}', '[', ']'])
}

/// Whether an object of another name opens behind one that closes, `}, "b": {`; what was asked for is of the answer beside it.
fn opens_sibling(between: &str) -> bool {
    const OF_CALL: &str =
        "args|arguments|call|config|context|data|fields|input|meta|options|params|parameters|props|req|request";
    let closes = |text: &str| {
        let (mut depth, mut lowest) = (0_i32, 0_i32);
        for c in text.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            lowest = lowest.min(depth);
        }
        (depth, lowest)
    };
    let Some(open) = between.rfind('{') else { return false };
    let (head, tail) = (slice(between, 0..open), slice(between, open + 1..between.len()));
    // The last object that opens holds the value, and one before it was left.
    let ((_, left), (_, shut)) = (closes(head), closes(tail));
    let key = head.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let key = key.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    left < 0 && shut == 0 && !is_one_of(OF_CALL, &key.to_ascii_lowercase())
}

/// The same behind a comma alone: what is printed object below object may be one answer.
pub(super) fn opens_next_item(between: &str) -> bool {
    opens(between, &[','])
}

fn opens(between: &str, behind: &[char]) -> bool {
    let (mut depth, mut lowest, mut last) = (0_i32, 0_i32, ' ');
    for c in between.chars() {
        match c {
            '{' => {
                if lowest < 0 && depth <= lowest && behind.contains(&last) {
                    return true;
                }
                depth += 1;
            }
            '}' => {
                depth -= 1;
                lowest = lowest.min(depth);
            }
            _ => {}
        }
        if !c.is_whitespace() {
            last = c;
        }
    }
    false
}

/// The lines right above a failure that are of its record; none where the failure above may have them.
fn above(text: &str, own: Span, territory: Territory) -> Option<Span> {
    let line = slice(text, own.start..own.end);
    if beside::begins_entry(line) || broken::is_object(line.trim()) || is_item(line.trim()) {
        return None;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let end = own.start.checked_sub(1)?;
    let mut start = end;
    let head = slice(text, end.saturating_sub(REACH)..end);
    for line in head.rsplit('\n').take(LINES) {
        let at = start.checked_sub(line.len())?;
        let words = line.trim();
        if broken::is_object(words) {
            return (start < end).then(|| Span::new(start + 1, end));
        }
        let opens = words.starts_with('{') || words.starts_with("Traceback (") || is_item(words);
        let is_first = opens || is_prompt(words) || beside::begins_entry(line);
        if is_first {
            return Some(Span::new(at, end));
        }
        let is_parent = words.ends_with(':') && indent(line) < indent(slice(text, own.start..own.end));
        if words.is_empty() || is_rule(words) || is_parent {
            return (start < end).then(|| Span::new(start + 1, end));
        }
        // The failure above ends in this line: what is below it is of this one where records begin like that.
        if at < territory.before {
            return (start < end && begins_records(text, start + 1)).then(|| Span::new(start + 1, end));
        }
        if at == 0 {
            return Some(Span::new(0, end));
        }
        start = at - 1;
    }
    None
}

/// Whether the key that a line begins with is the first one of its paragraph: `User: …` above each `Error: …`.
fn begins_records(text: &str, from: usize) -> bool {
    let key = |line: &str| {
        let (key, value) = line.split_once(':')?;
        let is_key = key.len() <= KEY && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-'));
        (is_key && !key.trim().is_empty() && !value.trim().is_empty()).then(|| key.to_ascii_lowercase())
    };
    let Some(own) = key(slice(text, from..from.saturating_add(KEY * 2))) else { return false };
    let head = slice(text, from.saturating_sub(REACH)..from);
    let begin = head.rfind("\n\n").map(|blank| blank + 2).or_else(|| (head.len() == from).then_some(0));
    let first = begin.and_then(|begin| slice(head, begin..head.len()).lines().next());
    first.and_then(key).is_some_and(|first| first == own)
}

/// The lines right below a failure that are of its record; none where the failure below may have them.
fn below(text: &str, own: Span, territory: Territory) -> Option<Span> {
    if broken::is_object(slice(text, own.start..own.end).trim()) {
        return None;
    }
    let rest = slice(text, own.end..own.end.saturating_add(REACH));
    let start = own.end + rest.len() - rest.trim_start_matches('\r').len() + 1;
    let mut at = start;
    for line in slice(text, start..own.end + rest.len()).split_inclusive('\n').take(LINES) {
        let words = line.trim();
        let is_other = words.starts_with('{') || is_prompt(words) || is_item(words) || beside::begins_entry(line);
        if words.is_empty() || is_rule(words) || is_other {
            return Some(Span::new(start, at));
        }
        at += line.len();
        if territory.next.is_some_and(|next| next < at) {
            return None;
        }
    }
    (at == text.len() && at > start).then(|| Span::new(start, at))
}

/// The command that PowerShell shows below its error, `+ Get-MgUserOnlineMeeting -UserId … `, and what it was given; a
/// console may break these lines.
fn of_command(text: &str, end: usize, territory: Territory) -> Vec<(Span, Named)> {
    let limit = territory.next.unwrap_or(text.len()).min(end.saturating_add(REACH));
    let mut at = end;
    let mut start = None;
    for line in slice(text, end..limit).split_inclusive('\n') {
        let words = line.trim();
        if is_prompt(words) || start.is_some() && words.is_empty() {
            break;
        }
        if words.starts_with("+ ") {
            start.get_or_insert(at);
        }
        at += line.len();
    }
    let failure = Span::new(territory.start, territory.end);
    start.map_or_else(Vec::new, |start| named_in(text, Span::new(start, at), failure))
}

/// `PS C:\> Get-…`, `$ m365 …`, `>>> client.users…`
fn is_prompt(line: &str) -> bool {
    line.starts_with("PS ") && line.contains('>')
        || ["$ ", ">>> ", "> ", "In ["].iter().any(|mark| line.starts_with(mark))
}

/// An item of a list, or an element of a page: what stands above it is of another one.
fn is_item(line: &str) -> bool {
    // The parts of one description on a page are no records.
    const PARTS: [&str; 7] = ["dt", "dd", "td", "th", "p", "pre", "code"];
    let is_part = |rest: &str| {
        let name = rest.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        PARTS.contains(&name)
    };
    ["- ", "* ", "• ", "+ "].iter().any(|mark| line.starts_with(mark))
        || line.strip_prefix('<').is_some_and(|rest| !is_part(rest))
}

/// `---`, `=== call 2 ===`
fn is_rule(line: &str) -> bool {
    ["---", "===", "***", "###", "___"].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";

    #[test]
    fn keys_of_users() {
        for (lead, expected) in [
            ("403 user=", Some(Key::User)),
            ("user_id=\"", Some(Key::User)),
            ("\"userId\": \"", Some(Key::User)),
            (r#"\"UserId\":\""#, Some(Key::User)),
            ("'user' => '", Some(Key::User)),
            ("  user: ", Some(Key::User)),
            ("user id: ", Some(Key::User)),
            ("\"User Object Id\": \"", Some(Key::User)),
            ("\"App Object Id\": \"", None),
            ("User ID=", Some(Key::User)),
            ("admin user id: ", None),
            ("request id: ", None),
            ("PS C:\\> Get-MgUserOnlineMeeting -UserId ", Some(Key::User)),
            ("Get-MgUserOnlineMeeting -UserId:\"", Some(Key::User)),
            ("client.users.by_user_id(\"", Some(Key::User)),
            ("graphClient.Users[\"", Some(Key::User)),
            ("Users().ByUserId(\"", Some(Key::User)),
            ("client.users('", Some(Key::User)),
            ("2026-11-28T09:38:00Z ERROR user ", Some(Key::User)),
            ("app=", Some(Key::App)),
            ("\"app\":\"", Some(Key::App)),
            ("the user ", None),
            ("users (", None),
            ("signed-in user: ", None),
            ("superuser=", None),
            ("policy: ", None),
            ("", None),
        ] {
            assert_eq!(key_before(lead, &[APPS]), expected, "{lead}");
        }
    }

    fn user(text: &str) -> Option<String> {
        let start = text.find("No app").unwrap_or_default();
        let next = text.rfind("No app").filter(|next| *next > start);
        let territory = Territory {
            before: 0,
            start,
            end: start + 6,
            after: text.len(),
            next,
            alone: next.is_none(),
            trailed: false,
        };
        let mut facts = Facts::default();
        add(text, territory, &mut facts);
        facts.user_id.map(|id| id.value.to_string()).or(facts.user.map(|user| user.value))
    }

    #[test]
    fn users_of_records() {
        for (form, own) in [
            ("level=error user=§ msg=\"No app\"", true),
            ("{\"user\":\"§\",\"error\":{\"message\":\"No app\"}}", true),
            ("{\"error\":{\"message\":\"No app\"},\"request\":{\"userId\":\"§\"}}", true),
            ("call:\n  user: §\n  error: No app\n", true),
            ("No app\nuser: §\n", true),
            ("No app\nuser: §\n---\nNo app\n", true),
            ("Traceback (most recent call last):\n  c.users.by_user_id(\"§\").get()\nODataError: No app\n", true),
            ("PS C:\\> Get-MgUserOnlineMeeting -UserId §\nGet-MgUserOnlineMeeting : No app\n", true),
            ("Get-MgUser : No app\n\nAt line:1 char:1\n+ Get-MgUser -UserId § ...\n", true),
            // Of another record, or of one of two.
            ("[{\"user\":\"§\",\"ok\":true},{\"error\":{\"message\":\"No app\"}}]", false),
            ("{\"user\":\"§\",\"ok\":true}\n{\"error\":{\"message\":\"No app\"}}", false),
            ("2026-11-28T09:38:00Z INFO user=§ ok\n2026-11-28T09:38:00Z ERROR No app\n", false),
            ("No app\nuser: §\nNo app\n", false),
            ("User: §\nx: y\nNo app\n", true),
            ("user: §\n\nNo app\n", false),
            (
                "user=§ user=pia@contoso.com user=1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11 user=2f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11 No app",
                false,
            ),
            ("No app\nPS C:\\> Get-MgUser -UserId §\n", false),
            ("thread=7 user=§ start\nthread=8 error=\"No app\"\n", false),
            ("level=info msg=login user=§\nlevel=error msg=\"No app\"\n", false),
            ("error: No app\ninfo: userId=§ ok\n", false),
            ("- user: §\n  ok: true\n- error: No app\n", false),
            ("- error: No app\n- user: §\n", false),
            ("{\"a\": {\"error\": {\"message\": \"No app\"}}, \"b\": {\"userId\": \"§\", \"ok\": true}}", false),
            (">>> c.users.by_user_id(\"§\").get()\nUser(...)\n>>> run()\nAPIError: No app\n", false),
        ] {
            for value in [A, "lena@contoso.com"] {
                let text = form.replace('§', value);
                let found = user(&text);
                assert_eq!(found.as_deref(), Some(value).filter(|_| own), "{text}");
            }
        }
    }
}
