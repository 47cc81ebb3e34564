//! Answers that the call right before them says are another service's: its host is named, and no path of Graph's.

use super::fields::clean;
use super::group::Group;
use super::service::is_other;
use crate::source::slice;

/// A call and what stands between it and its answer is not longer.
const LEAD: usize = 1_000;
/// Words between a call and its answer: `403 Forbidden`, `-> 403 in 12 ms:`.
const BETWEEN: usize = 6;

/// Hosts of other products, by their ends, as their own references name them. None of them passes on what Graph answers.
const OF_PRODUCTS: [&str; 16] = [
    "management.azure.com",
    ".vault.azure.net",
    ".core.windows.net",
    ".servicebus.windows.net",
    ".documents.azure.com",
    ".database.windows.net",
    ".openai.azure.com",
    ".sharepoint.com",
    "dev.azure.com",
    ".dynamics.com",
    "api.openai.com",
    ".googleapis.com",
    ".amazonaws.com",
    "slack.com",
    "api.zoom.us",
    "api.github.com",
];
/// What paths have behind a gateway that passes calls on to Graph.
const OF_GRAPH: [&str; 7] =
    ["graph", "onlinemeeting", "communications", "callrecord", "virtualevent", "/users/", "/me/"];

/// Whether a host is that of a product beside Graph.
fn is_of_product(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    OF_PRODUCTS.iter().any(|end| host.ends_with(end))
}

/// Whether a failure answers a call to another host: without words to any, with words to one of a known product.
pub(super) fn is_answer(text: &str, group: &Group<'_>) -> bool {
    let Some(host) = host_of_call(text, group.start()).filter(|host| is_other(host)) else { return false };
    let said = |message| !clean(text, message).is_empty();
    let worded =
        !group.hits.is_empty() || [group.message, group.nested_message].into_iter().flatten().any(|it| said(it.value));
    !worded || is_of_product(host)
}

/// The host of the call on the line of a failure, or of the one above where the line is the body alone.
fn host_of_call(text: &str, at: usize) -> Option<&str> {
    let whole = slice(text, at.saturating_sub(LEAD)..at);
    // Most failures of a torn text have no address near them.
    memchr::memrchr(b'/', whole.as_bytes())?;
    let lead = whole.trim_end_matches(['{', '[', '"', '\'', '\\', ' ', '\t']);
    let body = slice(text, at - (whole.len() - lead.len())..at + 1).contains('{');
    let lead = match lead.strip_suffix('\n') {
        Some(above) if body => above.trim_end_matches('\r'),
        _ => lead,
    };
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let begin = line.rfind("://")?;
    let address = slice(line, begin + 3..line.len());
    let end =
        address.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '>' | ')')).unwrap_or(address.len());
    let (address, between) = (slice(address, 0..end), slice(address, end..address.len()));
    let lower = address.to_ascii_lowercase();
    let other = between.to_ascii_lowercase();
    if OF_GRAPH.iter().any(|part| lower.contains(part) || other.contains(part)) {
        return None;
    }
    let has = |part: &str, is: fn(&str) -> bool| part.split(|c: char| !c.is_alphanumeric()).any(is);
    // An address alone may be that of a page.
    let succeeded = has(between, |word| matches!(word, "200" | "201" | "204"));
    let called = has(slice(line, 0..begin), |word| matches!(word, "GET" | "POST" | "PATCH" | "PUT" | "DELETE"))
        || has(between, |word| word.len() == 3 && word.parse().is_ok_and(|status: u16| (400..600).contains(&status)));
    let spoken = between.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    let host = address.split(['/', ':', '?']).next().unwrap_or_default();
    (called && spoken <= BETWEEN && !succeeded && !between.contains(". ")).then_some(host)
}
