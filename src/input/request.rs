//! Requests in the text: method, host, version, path, and the user and meeting that the path names.

use memchr::memmem;
use uuid::Uuid;

use super::meeting::{self, is_placeholder, percent_decode, uuid_at};
use super::{Fact, MeetingRef, Span};
use crate::knowledge::{Operation, cloud_of_host, operation_for};
use crate::source::slice;

/// A request as written.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method with its place, if there is one.
    pub(crate) method: Option<Fact<String>>,
    /// Host, for a whole address.
    pub(crate) host: Option<Fact<String>>,
    /// `v1.0` or `beta`.
    pub(crate) version: Option<Fact<String>>,
    /// The path below the version, with its query.
    pub(crate) path: Fact<String>,
    /// From the method (or the path) to the end of the path.
    pub(crate) span: Span,
}

/// Path beginnings that belong to Graph's meeting, call and event operations.
const ROOTS: [&str; 9] = [
    "/users/",
    "/users(",
    "/me/",
    "/communications/",
    "/solutions/virtualEvents",
    "/copilot/",
    "/app/calls",
    "/app/onlineMeetings",
    "/onlineMeetings",
];

/// Finds requests: whole Graph addresses, and paths that stand alone.
pub(crate) fn find(text: &str) -> Vec<Request> {
    let bytes = text.as_bytes();
    let mut requests = Vec::new();
    let mut done = 0;
    for slash in memchr::memchr_iter(b'/', bytes) {
        if slash < done {
            continue;
        }
        let rest = bytes.get(slash..).unwrap_or_default();
        let found = if rest.starts_with(b"//") {
            address(text, slash)
        } else if starts_path(bytes, slash) {
            path(text, slash)
        } else {
            None
        };
        if let Some(request) = found {
            done = request.span.end;
            requests.push(request);
        }
    }
    requests
}

fn starts_path(bytes: &[u8], slash: usize) -> bool {
    let before = slash.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_none_or(|byte| {
        matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'(' | b'=' | b',' | b'|')
    })
}

/// `https://graph.microsoft.com/v1.0/...`
fn address(text: &str, slashes: usize) -> Option<Request> {
    let bytes = text.as_bytes();
    let scheme = ["https:", "http:"].into_iter().find(|scheme| {
        slashes.checked_sub(scheme.len()).and_then(|at| bytes.get(at..slashes)) == Some(scheme.as_bytes())
    })?;
    let start = slashes - scheme.len();
    let host_start = slashes + 2;
    let host_end = host_start
        + bytes
            .get(host_start..)?
            .iter()
            .take(200)
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':')))?;
    let host = slice(text, host_start..host_end);
    let is_loopback = host.starts_with("localhost") || host.starts_with("127.");
    if cloud_of_host(host).is_none() && !is_loopback {
        return None;
    }
    let end = end_of_path(text, host_end);
    let mut request = split(text, Span::new(host_end, end))?;
    request.host = Some(Fact::text(host.to_owned(), Span::new(host_start, host_end)));
    request.method = method_before(text, start);
    request.span =
        Span::new(request.method.as_ref().and_then(|method| method.span).map_or(start, |span| span.start), end);
    Some(request)
}

fn path(text: &str, slash: usize) -> Option<Request> {
    let end = end_of_path(text, slash);
    let written = slice(text, slash..end);
    let below = written.strip_prefix("/v1.0").or_else(|| written.strip_prefix("/beta")).unwrap_or(written);
    let known = ROOTS.iter().any(|root| below.get(..root.len()).is_some_and(|head| head.eq_ignore_ascii_case(root)));
    if !known {
        return None;
    }
    // "/me request is only valid ...", "/onlineMeetings returned ..." without a method are words.
    let method = method_before(text, slash);
    let segments = below.split('/').filter(|segment| !segment.is_empty()).count();
    if method.is_none() && segments < 2 {
        return None;
    }
    let mut request = split(text, Span::new(slash, end))?;
    request.span = Span::new(method.as_ref().and_then(|method| method.span).map_or(slash, |span| span.start), end);
    request.method = method;
    Some(request)
}

fn split(text: &str, span: Span) -> Option<Request> {
    let written = slice(text, span.start..span.end);
    let version = ["/v1.0", "/beta"].into_iter().find(|version| {
        written.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    });
    let skip = version.map_or(0, str::len);
    let below = Span::new(span.start + skip, span.end);
    if below.is_empty() {
        return None;
    }
    Some(Request {
        method: None,
        host: None,
        version: version.map(|version| {
            Fact::text(version.trim_start_matches('/').to_owned(), Span::new(span.start + 1, span.start + skip))
        }),
        path: Fact::text(slice(text, below.start..below.end).to_owned(), below),
        span,
    })
}

/// A path ends at a space or quote; inside a filter both belong to it.
fn end_of_path(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let limit = (start + 8192).min(text.len());
    let mut end = start;
    let mut angle = 0_usize;
    let mut brace = 0_usize;
    while end < limit {
        let Some(&byte) = bytes.get(end) else { break };
        match byte {
            b'<' => angle += 1,
            b'>' => angle = angle.saturating_sub(1),
            b'{' => brace += 1,
            b'}' if brace == 0 => break,
            b'}' => brace -= 1,
            b'\n' | b'\r' => break,
            b' ' if angle > 0 || brace > 0 => {}
            b'\'' if starts_literal(bytes, end) => {
                end = literal_end(bytes, end + 1, limit);
                continue;
            }
            b' ' if in_filter(text, start, end) => {}
            b' ' | b'\t' | b'"' | b'`' | b'\'' | b'\\' | b'|' => break,
            _ => {}
        }
        end += 1;
    }
    while end > start && matches!(bytes.get(end - 1), Some(b',' | b'.' | b';' | b':' | b')' | b' ')) {
        let open = slice(text, start..end).matches('(').count() >= slice(text, start..end).matches(')').count();
        if bytes.get(end - 1) == Some(&b')') && open {
            break;
        }
        end -= 1;
    }
    slice(text, start..end).len() + start
}

/// An OData literal follows ` eq `, `=`, `(` or a percent-encoded space.
fn starts_literal(bytes: &[u8], quote: usize) -> bool {
    let before = bytes.get(quote.saturating_sub(3)..quote).unwrap_or_default();
    before.ends_with(b"eq ")
        || before.ends_with(b"(")
        || before.ends_with(b"=")
        || before.ends_with(b"%20")
        || before.ends_with(b"eq+")
}

fn literal_end(bytes: &[u8], start: usize, limit: usize) -> usize {
    let rest = bytes.get(start..limit).unwrap_or_default();
    let stop = rest.iter().position(|byte| matches!(byte, b'\'' | b'\n' | b'\r' | b'"')).unwrap_or(rest.len());
    start + stop + usize::from(rest.get(stop) == Some(&b'\''))
}

/// A space that belongs to ` eq ` after `$filter=`.
fn in_filter(text: &str, start: usize, space: usize) -> bool {
    let rest = slice(text, space..space + 6).to_ascii_lowercase();
    let head = slice(text, start..space).to_ascii_lowercase();
    (head.contains("filter=") || head.contains("$filter"))
        && (rest.starts_with(" eq ") || head.ends_with(" eq") || head.ends_with("eq"))
}

const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];

/// `GET https://...`, `'method': 'post', 'url': '...'`, `for GET /...`.
fn method_before(text: &str, start: usize) -> Option<Fact<String>> {
    let from = start.saturating_sub(64);
    let head = slice(text, from..start);
    let from = start - head.len();
    let lower_case_counts = memmem::rfind(head.to_ascii_lowercase().as_bytes(), b"method");
    METHODS
        .iter()
        .filter_map(|method| {
            let upper = head.to_ascii_uppercase();
            let at = upper.rfind(method)?;
            let word = |index: Option<usize>| {
                index.and_then(|index| head.as_bytes().get(index)).is_none_or(|byte| !byte.is_ascii_alphanumeric())
            };
            let alone = word(at.checked_sub(1)) && word(Some(at + method.len()));
            let exact = head.get(at..at + method.len()) == Some(*method);
            let between = head.get(at + method.len()..)?;
            let near = between.chars().filter(|c| c.is_alphanumeric()).count() <= 12 && !between.contains('/');
            let named = lower_case_counts.is_some_and(|named| named < at && at - named < 16);
            (alone && near && (exact || named)).then(|| (at, *method))
        })
        .max_by_key(|(at, _)| *at)
        .map(|(at, method)| Fact::text(method.to_owned(), Span::new(from + at, from + at + method.len())))
}

/// What a path names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// The user segment, when it is an object id.
    pub(crate) user_id: Option<Fact<Uuid>>,
    /// The user segment, when it is an address.
    pub(crate) user: Option<Fact<String>>,
    /// The meeting segment or the join link in the filter.
    pub(crate) meeting: Option<Fact<MeetingRef>>,
    /// The path goes through `/me`.
    pub(crate) me: bool,
}

/// Reads user and meeting out of a path. `base` is where the path stands in the source, if it does.
pub(crate) fn named(path: &str, base: Option<usize>) -> Named {
    let mut named = Named::default();
    let fact = |start: usize, len: usize| base.map(|base| Span::new(base + start, base + start + len));
    let (route, query) = path.split_once('?').unwrap_or((path, ""));
    let mut offset = 0;
    let mut previous = String::new();
    for segment in route.split('/') {
        let start = offset;
        offset += segment.len() + 1;
        let lower = segment.to_ascii_lowercase();
        named.me |= lower == "me";
        let keyed = lower.strip_prefix("users('").map(|_| "users('".len());
        if previous == "users" || keyed.is_some() {
            let skip = keyed.unwrap_or(0);
            let value = segment.get(skip..).unwrap_or_default().trim_end_matches(['\'', ')']);
            let decoded = percent_decode(value);
            let span = fact(start + skip, value.len());
            if let Some(id) = uuid_at(decoded.as_bytes()) {
                named.user_id = Some(Fact { value: id, span, origin: super::Origin::Text });
            } else if decoded.contains('@') && !is_placeholder(&decoded) {
                named.user = Some(Fact { value: decoded, span, origin: super::Origin::Text });
            }
        } else if previous == "onlinemeetings" && !lower.starts_with("getall") && lower != "createorget" {
            named.meeting = meeting::recognise(segment).map(|value| Fact {
                value,
                span: fact(start, segment.len()),
                origin: super::Origin::Text,
            });
        }
        previous = lower;
    }
    if named.meeting.is_none() {
        named.meeting = query.find("://").or_else(|| query.to_ascii_lowercase().find("%3a%2f%2f")).and_then(|at| {
            let start = query.get(..at)?.rfind(['\'', '"', ' ', '=']).map_or(0, |quote| quote + 1);
            let link = query.get(start..)?.split(['\'', '"', ' ']).next()?;
            let decoded = percent_decode(link);
            let from = decoded.find("http")?;
            let value = meeting::recognise(decoded.get(from..)?)?;
            Some(Fact { value, span: fact(route.len() + 1 + start, link.len()), origin: super::Origin::Text })
        });
    }
    named
}

/// The operation that a request names; a path alone is looked up as `GET`. What has no row of its own
/// below `/me` is the same operation as below `/users/{id}`.
pub(crate) fn operation(method: Option<&str>, path: &str) -> Option<&'static Operation> {
    let method = method.unwrap_or("GET");
    operation_for(method, path)
        .or_else(|| path.strip_prefix("/me/").and_then(|rest| operation_for(method, &format!("/users/me/{rest}"))))
}
