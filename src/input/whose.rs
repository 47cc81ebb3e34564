//! Whom the pairs on the lines of a failure name, whatever their keys are called: `ownerId=…`, `"entra_user_id": "…"`. Such
//! a key is not read as that of the user or the app; but it tells that two lines are of two calls, and that what another
//! line names may be somebody else.

use uuid::Uuid;

use super::caller::GRAPH_APP;
use super::group::Group;
use super::lane::Lane;
use super::meeting::uuid_in;
use super::{Facts, Span, beside};
use crate::source::slice;

/// A key is not longer, with what stands before its value.
const KEY: usize = 64;
/// No line names more.
const MANY: usize = 32;
/// Parts of keys that name who calls or is called for.
const WHO: [&str; 19] = [
    "user",
    "owner",
    "organi",
    "account",
    "person",
    "member",
    "principal",
    "mailbox",
    "subject",
    "target",
    "behalf",
    "actas",
    "oid",
    "object",
    "app",
    "client",
    "caller",
    "azp",
    "upn",
];
/// Parts of keys that name something else all the same: `client-request-id`, `user_session`, `targetTenant`.
const ELSE: [&str; 13] = [
    "request",
    "correlation",
    "session",
    "trace",
    "tenant",
    "policy",
    "meeting",
    "group",
    "resourceapp",
    "operation",
    "activity",
    "event",
    "device",
];

/// Whether the lines of two failures name different ones under the same key: `user=A … 403 …` above `user=B … 403 …`.
pub(super) fn differ(text: &str, one: &Group<'_>, other: &Group<'_>) -> bool {
    let last = one.hits.last().map_or(one.end(), |hit| hit.span.start);
    let first = other.hits.first().map_or(other.start(), |hit| hit.span.start);
    are_others(text, last, first)
}

/// Whether a place is on the line of another record than a failure above it, as far as the writers and the pairs of both
/// lines tell; what is nested in a message is of it.
pub(super) fn is_of_another(text: &str, group: &Group<'_>, at: usize, nested: bool) -> bool {
    let last = group.hits.last().map_or(group.end(), |hit| hit.span.start);
    Lane::of_writer(text, group.start()).is_other(text, at) || !nested && are_others(text, last, at)
}

fn are_others(text: &str, one: usize, other: usize) -> bool {
    let (above, below) = (beside::line_of(text, one), beside::line_of(text, other));
    if above.end > below.start {
        return false;
    }
    let known = named_on(text, above);
    let names_other = |(key, id): &(String, Uuid)| {
        let mut same = known.iter().filter(|(known, _)| known == key).peekable();
        same.peek().is_some() && same.all(|(_, known)| known != id)
    };
    !known.is_empty() && named_on(text, below).iter().any(names_other)
}

/// Keeps the ids that the lines of a failure name beside its user and its app. Where there is one, it may be whom the call
/// is of, and not who is named in another line.
pub(super) fn doubt(text: &str, failure: Span, facts: &mut Facts) {
    let lines = beside::lines_of(text, failure);
    let known = [&facts.app_id, &facts.user_id, &facts.tenant_id, &facts.organizer_id];
    let known = known.map(|fact| fact.as_ref().map(|fact| fact.value));
    let is_known = |id: &Uuid| known.contains(&Some(*id)) || *id == GRAPH_APP;
    let others = named_on(text, lines).into_iter().map(|(_, id)| id).filter(|id| !is_known(id));
    facts.others = others.collect();
    if facts.others.is_empty() {
        return;
    }
    let is_beside = |span: Option<Span>| span.is_some_and(|it| it.end <= lines.start || lines.end <= it.start);
    let user = facts.user_id.as_ref().map(|user| user.span).or(facts.user.as_ref().map(|user| user.span));
    facts.user_beside |= user.is_some_and(is_beside);
    facts.app_beside |= facts.app_id.as_ref().is_some_and(|app| is_beside(app.span));
}

/// The ids in a part of the text that stand under keys of users and apps, each with the letters of its key.
fn named_on(text: &str, part: Span) -> Vec<(String, Uuid)> {
    let mut end = part.start;
    let dashes = memchr::memchr_iter(b'-', slice(text, part.start..part.end).as_bytes());
    let ids = dashes.filter_map(|dash| {
        let dash = part.start + dash;
        let start = start_of(text, dash).filter(|start| *start >= end)?;
        let (id, behind) = uuid_in(text, start).filter(|(_, behind)| *behind <= part.end)?;
        end = behind;
        let lead = slice(text, part.start.max(start.saturating_sub(KEY))..start);
        key_of(lead).map(|key| (key, id))
    });
    ids.take(MANY).collect()
}

/// Where a UUID starts whose first dash is at a place, also when a console broke the line before it.
fn start_of(text: &str, dash: usize) -> Option<usize> {
    const BROKEN: usize = 200;
    let head = slice(text, dash.saturating_sub(BROKEN)..dash).as_bytes();
    let digits =
        head.iter().enumerate().rev().take_while(|(_, byte)| {
            byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || matches!(byte, b'|' | b'>')
        });
    let (first, _) = digits.filter(|(_, byte)| byte.is_ascii_hexdigit()).nth(7)?;
    let is_word = first.checked_sub(1).and_then(|at| head.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    (!is_word).then_some(dash - head.len() + first)
}

/// The letters of the key that leads to a value, where it names who is meant.
fn key_of(lead: &str) -> Option<String> {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '`');
    let head = lead.trim_end_matches(is_mark);
    let head = head.strip_suffix("=>").or_else(|| head.strip_suffix(['=', ':']))?.trim_end_matches(is_mark);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let last = |head: &str| head.len() - head.trim_end_matches(is_part).len();
    let mut len = last(head);
    if slice(head, head.len() - len..head.len()).eq_ignore_ascii_case("id") {
        // `User ID: …`
        let before = slice(head, 0..head.len() - len);
        let words = before.trim_end_matches(' ');
        len += before.len() - words.len() + last(words);
    }
    let name = slice(head, head.len() - len..head.len());
    let key: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    (WHO.iter().any(|part| key.contains(part)) && !ELSE.iter().any(|part| key.contains(part))).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_name_who() {
        for (lead, expected) in [
            ("level=error User_Id=", Some("userid")),
            ("{\"ownerId\": \"", Some("ownerid")),
            (r#"\"entra_user_id\":\""#, Some("entrauserid")),
            ("ERROR User ID: ", Some("userid")),
            ("app=", Some("app")),
            ("azp = ", Some("azp")),
            ("client-request-id: ", None),
            ("user_session=", None),
            ("for this app ", None),
            ("id: ", None),
            ("", None),
        ] {
            assert_eq!(key_of(lead).as_deref(), expected, "{lead}");
        }
    }

    #[test]
    fn lines_of_others() {
        const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        const B: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
        for (form, other) in [
            ("user=A x\nuser=B y", true),
            ("user=A x\nuser=A y", false),
            ("user=A x\napp=B y", false),
            ("user=A x user=B y", false),
            ("client-request-id=A x\nclient-request-id=B y", false),
            ("user=A user=B x\nuser=B y", false),
        ] {
            let text = form.replace('A', A).replace('B', B);
            let at = |mark: char| text.find(mark).unwrap_or_default();
            assert_eq!(are_others(&text, at('x'), at('y')), other, "{text}");
        }
    }
}
