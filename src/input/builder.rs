//! Frames of the .NET SDK, `Microsoft.Graph.Users.Item.OnlineMeetings.Item.Transcripts.TranscriptsRequestBuilder.GetAsync`, and
//! of Java's, `com.microsoft.graph.users.item.onlinemeetings.item.OnlineMeetingItemRequestBuilder.get`: each names the method and the path of the call, and none of its ids.

use super::{Fact, Facts, Span, request};
use crate::source::slice;

/// The words of an exception that keeps the service's own in a property.
pub(super) const WITHOUT_WORDS: &str = "client-hides-words";
/// A frame stands at most this far behind what it threw.
const BEHIND: usize = 6_000;
/// Names are not longer.
const NAME: usize = 400;
/// No stack is deeper.
const FRAMES: usize = 64;

/// Adds method and operation of the first frame between two places that builds a request of Graph.
pub(super) fn add(text: &str, start: usize, end: usize, facts: &mut Facts) {
    let rest = slice(text, start..end.min(start.saturating_add(BEHIND)));
    let is_graph = |at: &usize| slice(rest, *at..*at + 16).eq_ignore_ascii_case("microsoft.graph.");
    let frames = memchr::memmem::find_iter(rest.as_bytes(), b"icrosoft.").filter_map(|at| at.checked_sub(1));
    let frames = frames.filter(is_graph).take(FRAMES);
    let called = frames.filter_map(|at| called(text, start + at)).next();
    let Some((method, path, span)) = called else { return };
    facts.operation = request::operation(Some(method), &path);
    if facts.operation.is_some() && facts.method.is_none() {
        facts.method = Some(Fact::text(method.to_owned(), span));
    }
}

/// The call of one frame: its method, its path with holes, and where the frame names them.
fn called(text: &str, at: usize) -> Option<(&'static str, String, Span)> {
    const METHODS: [(&str, &str); 5] =
        [("Get", "GET"), ("Post", "POST"), ("Patch", "PATCH"), ("Put", "PUT"), ("Delete", "DELETE")];
    let name = slice(text, at..at.saturating_add(NAME));
    let len =
        name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '<' | '>' | '_'))).unwrap_or(name.len());
    let name = slice(name, 0..len);
    let (route, verb) = name.get("Microsoft.Graph.".len()..)?.split_once("RequestBuilder.")?;
    let verb = verb.trim_start_matches('<').split("Async").next()?;
    let is_verb = |word: &str| verb.starts_with(word) || verb.eq_ignore_ascii_case(word);
    let (_, method) = METHODS.iter().find(|(word, _)| is_verb(word))?;
    let (parts, _) = route.rsplit_once('.')?;
    let mut path = String::new();
    for part in parts.split('.') {
        path.push('/');
        let mut letters = part.chars();
        match (part, letters.next()) {
            ("Item" | "item", _) => path.push_str("{id}"),
            (_, Some(first)) => {
                path.push(first.to_ascii_lowercase());
                path.push_str(letters.as_str());
            }
            _ => return None,
        }
    }
    Some((method, path, Span::new(at, at + len)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn frames_name_their_call() {
        for (frame, expected) in [
            (
                "Microsoft.Graph.Users.Item.OnlineMeetings.Item.Transcripts.TranscriptsRequestBuilder.GetAsync(Action`1 x)",
                Some(("GET", "/users/{id}/onlineMeetings/{id}/transcripts")),
            ),
            (
                "Microsoft.Graph.Users.Item.OnlineMeetings.OnlineMeetingsRequestBuilder.<PostAsync>d__6.MoveNext()",
                Some(("POST", "/users/{id}/onlineMeetings")),
            ),
            (
                "microsoft.graph.users.item.onlinemeetings.item.OnlineMeetingItemRequestBuilder.get(OnlineMeetingItemRequestBuilder.java:96)",
                Some(("GET", "/users/{id}/onlinemeetings/{id}")),
            ),
            ("microsoft.graph.models.odataerrors.ODataError.createFromDiscriminatorValue(ODataError.java:36)", None),
            ("Microsoft.Graph.HttpProvider.SendAsync(HttpRequestMessage request)", None),
            ("Microsoft.Graph.Models.ODataErrors.ODataError: x", None),
        ] {
            let found = called(frame, 0);
            assert_eq!(found.as_ref().map(|(method, path, _)| (*method, path.as_str())), expected, "{frame}");
        }
    }

    #[test]
    fn the_operation_of_a_frame_is_a_fact() {
        let mut facts = Facts::default();
        let text = "   at Microsoft.Graph.Users.Item.OnlineMeetings.OnlineMeetingsRequestBuilder.PostAsync(OnlineMeeting body)";
        add(text, 0, text.len(), &mut facts);
        assert!(facts.operation.is_some());
        assert_eq!(facts.method.unwrap().value, "POST");
    }
}
