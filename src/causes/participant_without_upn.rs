//! A meeting is created with a participant who has no `upn`, and the service fails inside.

use memchr::memmem;

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::source::slice;

/// The body of a request is not longer.
const MAX_BODY: usize = 256 << 10;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let creates = call.facts.operation.and_then(|operation| operation.name) == Some("create-meeting");
    if !creates || !call.says(&["server-error"]) {
        return None;
    }
    let body = call.facts.path.as_ref().and_then(|path| path.span).map_or(0, |span| span.end);
    let nameless = nameless(call.context.text, body)?;
    call.finding(
        "participant-without-upn",
        Confidence::Possible,
        "a participant in the body has no `upn`; creating a meeting was seen to fail like this",
        Some((nameless, "no `upn`")),
    )
}

/// The list of attendees behind `from`, if it has more identities than user principal names. Escaped or not: only the
/// words are counted.
fn nameless(text: &str, from: usize) -> Option<Span> {
    let rest = slice(text, from..from.saturating_add(MAX_BODY)).as_bytes();
    let start = memmem::find(rest, b"attendees")?;
    let open = start + memchr::memchr(b'[', rest.get(start..)?)?;
    let mut depth = 0_usize;
    let length = rest.get(open..)?.iter().position(|byte| {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })?;
    let list = rest.get(open..open + length)?;
    let count = |word: &[u8]| memmem::find_iter(list, word).count();
    let lacking = count(b"identity") > count(b"upn");
    lacking.then(|| Span::new(from + start, from + start + "attendees".len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participants_are_counted_in_their_list_alone() {
        let span = |text: &str| nameless(text, 0).is_some();
        assert!(span(r#"{"attendees":[{"identity":{}}]}"#));
        assert!(span(r#"{\"attendees\":[{\"identity\":{}},{\"identity\":{},\"upn\":\"a@b\"}]}"#));
        assert!(!span(r#"{"attendees":[{"upn":"a@b","identity":{}}]}"#));
        assert!(!span(r#"{"attendees":[]} {"identity":1}"#));
        assert!(!span(r#"{"attendees":[{"identity""#), "a torn list tells nothing");
        assert!(!span("no body"));
    }
}
