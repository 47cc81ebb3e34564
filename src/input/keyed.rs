//! The user that a failure is listed under, or that its line says it is of: `{"<id>": {"error": …}}`, `sync failed for <id>: …`.

use uuid::Uuid;

use super::meeting::uuid_in;
use super::{Fact, Facts, Span, frame};
use crate::source::slice;

/// An object around a failure begins at most this far above it.
const REACH: usize = 4_096;
/// An id is that long.
const ID: usize = 36;
/// What leads to an id that a record is of.
const LEADS: [&str; 4] = ["failed for ", "failed for user ", "failure for ", "failure for user "];

/// What fails for an id that is no user's.
const OF_OTHERS: [&str; 12] = [
    "request",
    "batch",
    "webhook",
    "call",
    "run",
    "job",
    "subscription",
    "app",
    "application",
    "meeting",
    "tenant",
    "message",
];

/// Adds the user, where nothing else names one. It may be another kind of id all the same.
pub(super) fn add(text: &str, failure: Span, facts: &mut Facts) {
    let of_users = facts.path.as_ref().is_none_or(|path| path.value.starts_with("/users"));
    if !of_users || facts.user_id.is_some() || facts.user.is_some() {
        return;
    }
    let others = [&facts.app_id, &facts.tenant_id, &facts.organizer_id].map(|id| id.as_ref().map(|id| id.value));
    let named = [&facts.request_id, &facts.client_request_id].map(|id| id.as_ref().map(|id| id.value.clone()));
    let is_known = |id: &Uuid| others.contains(&Some(*id)) || named.contains(&Some(id.to_string()));
    let found = of_line(text, failure.start).or_else(|| key_around(text, failure.start));
    if let Some((id, span)) = found.filter(|(id, _)| !is_known(id)) {
        facts.user_id = Some(Fact::text(id, span));
        facts.user_beside = true;
    }
}

/// `sync failed for <id>: 403 …`
fn of_line(text: &str, at: usize) -> Option<(Uuid, Span)> {
    let from = frame::line_start(text, at).max(at.saturating_sub(REACH / 8));
    let lead = slice(text, from..at);
    LEADS.iter().find_map(|words| {
        let at_words = lead.rfind(words)?;
        let of = slice(lead, 0..at_words).trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let of = of.to_ascii_lowercase();
        if OF_OTHERS.contains(&of.as_str()) && !words.contains("user") {
            return None;
        }
        let start = from + at_words + words.len();
        let (id, end) = uuid_in(text, start).filter(|(_, end)| *end < at)?;
        slice(text, end..at).starts_with(':').then_some((id, Span::new(start, end)))
    })
}

/// The id that is the key of the string or of an object which a failure stands in.
fn key_around(text: &str, at: usize) -> Option<(Uuid, Span)> {
    let from = at.saturating_sub(REACH);
    let head = slice(text, from..at);
    let from = at - head.len();
    let bytes = head.as_bytes();
    // The string first.
    let mut found = memchr::memrchr(b'"', bytes).and_then(|quote| key_before(text, from, from + quote));
    let mut depth = 0_i32;
    for (place, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b'}' => depth += 1,
            b'{' if depth > 0 => depth -= 1,
            // What the ids are is said by the name of what holds them: `"meetings": {"<id>": …`.
            b'{' if found.is_some() => return found.filter(|_| !names_others(text, from, from + place)),
            b'{' => found = key_before(text, from, from + place),
            _ => {}
        }
    }
    found
}

/// Whether the name before an object is that of things, and not of people.
fn names_others(text: &str, from: usize, at: usize) -> bool {
    const THINGS: [&str; 13] = [
        "meeting",
        "tenant",
        "request",
        "group",
        "app",
        "call",
        "thread",
        "event",
        "batch",
        "transcript",
        "recording",
        "chat",
        "team",
    ];
    let head = slice(text, from..at).trim_end_matches(|c: char| !c.is_alphanumeric());
    let name = head.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    THINGS.iter().any(|thing| name.contains(thing))
}

/// The id in quotes before the colon that leads to a place.
fn key_before(text: &str, from: usize, at: usize) -> Option<(Uuid, Span)> {
    let head = slice(text, from..at).trim_end_matches('\\').trim_end();
    let head = head.strip_suffix(':')?.trim_end().strip_suffix(['"', '\''])?.trim_end_matches('\\');
    let start = (from + head.len()).checked_sub(ID)?;
    let quoted = slice(text, from..start).ends_with(['"', '\'']);
    let (id, end) = uuid_in(text, start).filter(|(_, end)| *end == from + head.len())?;
    quoted.then(|| (id, Span::new(start, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_that_failures_are_listed_under() {
        const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        const B: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
        for (form, expected) in [
            ("sync failed for A: 403 No app", Some(A)),
            ("2026-11-20T10:05:21Z ERROR failed for user A: No app", Some(A)),
            ("failed for A No app", None),
            ("failed for A: x\nNo app", None),
            ("{\"A\": {\"error\": {\"code\": \"Forbidden\", \"message\": \"No app", Some(A)),
            ("{\"A\": {\"error\": \"x\"}, \"B\": {\"error\": {\"message\": \"No app", Some(B)),
            ("{\"A\": {\"ok\": true}, \"x\": {\"message\": \"No app", None),
            ("{\"A\": \"403 Forbidden: No app", Some(A)),
            ("{\"A\": \"x\", \"B\": \"403 Forbidden: No app", Some(B)),
            ("{\\\"A\\\": {\\\"error\\\": {\\\"message\\\": \\\"No app", Some(A)),
            ("{\"meetings\": {\"A\": {\"error\": {\"message\": \"No app", None),
            ("{\"by_app\": {\"A\": \"403: No app", None),
            ("{\"failures\": {\"A\": {\"error\": {\"message\": \"No app", Some(A)),
            ("Request failed for A: No app", None),
            ("{\"user\": \"A\", \"x\": {\"message\": \"No app", None),
            ("No app", None),
        ] {
            let text = form.replace('A', A).replace('B', B);
            let at = text.find("No app").unwrap_or_default();
            let mut facts = Facts::default();
            add(&text, Span::new(at, text.len()), &mut facts);
            assert_eq!(facts.user_id.map(|id| id.value.to_string()).as_deref(), expected, "{text}");
        }
    }
}
