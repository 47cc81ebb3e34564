//! Requests in the text: method, host, version, path, and the user and meeting that the path names.

use std::ops::Range;

use uuid::Uuid;

use super::broken::breaks_word;
use super::command;
use super::dense;
use super::meeting::{self, is_placeholder, percent_decode, uuid_at};
use super::method::{self, METHODS};
use super::{Fact, MeetingRef, Span, literal};
use crate::both::{both, is_long};
use crate::knowledge::{Operation, clouds, operation_for};
use crate::source::slice;

/// A request as written: places only, since a log may hold a great many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The method with its place, if there is one.
    pub(crate) method: Option<(&'static str, Span)>,
    /// Host, for a whole address or one with a `Host` header.
    pub(crate) host: Option<Span>,
    /// `v1.0` or `beta`.
    pub(crate) version: Option<Span>,
    /// The path below the version, with its query.
    pub(crate) path: Span,
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

/// Requests beyond are not read; no paste has as many.
const MAX_REQUESTS: usize = 1 << 20;
/// Longer paths are cut.
const MAX_PATH: usize = 8192;

/// Finds requests: whole Graph addresses, and paths that stand alone. A long text is read in two parts.
pub(crate) fn find(text: &str) -> Vec<Request> {
    let half = if is_long(text.len()) { dense::middle(text.len()) } else { 0 };
    parts(text, half, command::may_hold(text))
}

/// The requests of a text that is read in two parts.
fn parts(text: &str, half: usize, commands: bool) -> Vec<Request> {
    let within = |range: Range<usize>| find_within(text, range, 0, commands, &[]);
    let above = || if half == 0 { Vec::new() } else { within(0..half) };
    let (mut requests, mut below) = both(text.len(), above, || within(half..text.len()));
    let done = requests.last().map_or(0, |last| last.span.end);
    if done > half {
        // Once both readings end a request in one place, they go on alike.
        let mut again = find_within(text, half..text.len(), done, commands, &below);
        let end = again.last().map_or(done, |last| last.span.end);
        let known = below.partition_point(|request| request.span.end < end);
        below.drain(..known);
        if below.first().is_some_and(|first| first.span.end == end) {
            below.remove(0);
        } else {
            below.clear();
        }
        requests.append(&mut again);
    } else if let Some(first) = below.first_mut() {
        first.span.start = first.span.start.max(done);
    }
    requests.append(&mut below);
    requests.truncate(MAX_REQUESTS);
    requests
}

/// The requests whose slashes stand in a part of a text, behind the end of the last one; up to one that ends where one does
/// that is known.
fn find_within(text: &str, range: Range<usize>, mut done: usize, commands: bool, known: &[Request]) -> Vec<Request> {
    let bytes = text.as_bytes();
    let mut requests: Vec<Request> = Vec::new();
    let start = range.start;
    for slash in memchr::memchr_iter(b'/', bytes.get(range).unwrap_or_default()).map(|at| start + at) {
        if slash < done {
            continue;
        }
        let rest = bytes.get(slash..).unwrap_or_default();
        let found = if rest.starts_with(b"//") {
            address(text, slash, commands)
        } else if starts_path(bytes, slash) {
            path(text, slash, commands)
        } else {
            None
        };
        if let Some(mut request) = found {
            request.span.start = request.span.start.max(done);
            done = request.span.end;
            requests.push(request);
            let is_known = known.binary_search_by_key(&done, |request| request.span.end).is_ok();
            if is_known || requests.len() == MAX_REQUESTS {
                break;
            }
        }
    }
    requests
}

/// Tags of a page right before a path.
const CELLS: [&[u8]; 4] = [b"<td>", b"<code>", b"<pre>", b"<li>"];

fn starts_path(bytes: &[u8], slash: usize) -> bool {
    let before = slash.checked_sub(1).and_then(|at| bytes.get(at));
    let quoted = bytes.get(..slash).is_some_and(|head| {
        let typographic = |head: &[u8]| ["“", "”", "„", "‘", "’"].iter().any(|quote| head.ends_with(quote.as_bytes()));
        typographic(head) || head.ends_with(b"&quot;")
    });
    quoted
        || command::is_relative(bytes.get(..slash).unwrap_or_default())
        || before.is_none_or(|byte| {
            matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'(' | b'=' | b',' | b';' | b'|')
        })
        || bytes.get(..slash).is_some_and(|head| CELLS.iter().any(|tag| head.ends_with(tag)))
}

/// `https://graph.microsoft.com/v1.0/...`
fn address(text: &str, slashes: usize, commands: bool) -> Option<Request> {
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
    if !serves_graph(slice(text, host_start..host_end)) {
        return None;
    }
    let end = end_of_path(text, host_end);
    if is_own_service(slice(text, host_start..end)) {
        return None;
    }
    if is_told_beside(slice(text, start.saturating_sub(96)..start)) {
        return None;
    }
    let mut request = split(text, Span::new(host_end, end))?;
    request.host = Some(Span::new(host_start, host_end));
    let method = method::before(text, start).or_else(|| command::of_go(text, start, end));
    let method = method.or_else(|| method::after(text, end));
    request.method = method.or_else(|| commands.then(|| command::method(text, start, end)).flatten());
    let first = request.method.map_or(start, |(_, span)| span.start.min(start));
    request.span = Span::new(first, end);
    Some(request)
}

/// Whether the header before an address tells of another one than that of the call: `Referer: https://…`, also in an archive.
fn is_told_beside(lead: &str) -> bool {
    // `The resource principal named https://graph.microsoft.com/… was not found`: a sign-in names what a token is asked for.
    if lead.trim_end_matches([' ', '"', '\'', '\\', '`']).ends_with("principal named") {
        return true;
    }
    const HEADERS: [&str; 6] = ["location", "content-location", "referer", "referrer", "x-original-url", "link"];
    // `"GET /… HTTP/1.1" 403 312 "https://…"`: the page that a browser comes from, in the log of a server.
    let mut words = lead.strip_suffix(" \"").unwrap_or_default().rsplitn(3, ' ');
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = words.next().is_some_and(is_number) && words.next().is_some_and(is_number);
    if numbers && words.next().is_some_and(|request| request.ends_with('"')) {
        return true;
    }
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ':' | '<' | '=' | '`');
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let head = lead.trim_end_matches(is_mark);
    let key = |head: &str| slice(head, head.trim_end_matches(is_part).len()..head.len()).to_ascii_lowercase();
    let name = key(head);
    let labelled = slice(lead, head.len()..lead.len()).contains([':', '=']);
    let listed = || key(slice(head, 0..head.len() - name.len()).trim_end_matches(|c| is_mark(c) || c == ','));
    labelled && (HEADERS.contains(&name.as_str()) || name == "value" && HEADERS.contains(&listed().as_str()))
}

/// `localhost:5000/api/meetings`: what a program itself serves has no path of Graph's.
pub(super) fn is_own_service(address: &str) -> bool {
    let path = address.find('/').map_or("", |at| address.get(at..).unwrap_or_default());
    let local = address.starts_with("localhost") || address.starts_with("127.");
    let of_graph = ["/v1.0", "/beta", "/$batch"].iter().chain(&ROOTS).any(|root| path.contains(root));
    local && path.len() > 1 && !of_graph
}

/// A Graph host, or a local stand-in of one.
fn serves_graph(host: &str) -> bool {
    let bare = host.split(':').next().unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.starts_with("127.")
        || clouds().iter().any(|cloud| cloud.graph.eq_ignore_ascii_case(bare))
}

fn path(text: &str, slash: usize, commands: bool) -> Option<Request> {
    let head = slice(text, slash..slash + 40);
    let below = head.strip_prefix("/v1.0").or_else(|| head.strip_prefix("/beta")).unwrap_or(head);
    let known = ROOTS.iter().any(|root| below.get(..root.len()).is_some_and(|head| head.eq_ignore_ascii_case(root)));
    let batch = below.starts_with("/$batch");
    if !known && !batch {
        return None;
    }
    let end = end_of_path(text, slash);
    if is_file(slice(text, slash..end)) {
        return None;
    }
    // "/me request is only valid ...", "/onlineMeetings returned ..." without a method are words.
    let method = method::before(text, slash).or_else(|| method::after(text, end));
    let method = method.or_else(|| commands.then(|| command::method(text, slash, end)).flatten());
    let below = slice(text, end.min(slash + head.len() - below.len())..end);
    let segments = below.split('/').filter(|segment| !segment.is_empty()).take(2).count();
    if method.is_none() && segments < 2 {
        return None;
    }
    let mut request = split(text, Span::new(slash, end))?;
    request.method = method;
    request.span = Span::new(method.map_or(slash, |(_, span)| span.start.min(slash)), end);
    request.host = host_below(text, end);
    // A request line of another service.
    let other = request.host.is_some_and(|host| !serves_graph(slice(text, host.start..host.end)));
    (!other).then_some(request)
}

/// `/Users/dana/app/main.py`: a file of a home folder, which is written with a capital letter.
fn is_file(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/Users/") else { return false };
    let mut segments = rest.split(['/', '?']);
    let (user, next) = (segments.next().unwrap_or_default(), segments.next());
    let is_user =
        uuid_at(user.as_bytes()).is_some() || user.contains(['@', '{', '<', '[', '%']) || is_placeholder(user);
    let of_graph = ["GET", "POST"].iter().any(|method| operation_for(method, path).is_some());
    next.is_some() && !is_user && !of_graph
}

/// The `Host` header below a request line, before the blank line that ends the head.
fn host_below(text: &str, end: usize) -> Option<Span> {
    let rest = slice(text, end..end + 4096);
    let protocol = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n').get(..5)?;
    if !protocol.eq_ignore_ascii_case("HTTP/") || !rest.contains('\n') {
        return None;
    }
    let mut at = end;
    for line in rest.split_inclusive('\n') {
        let header = line.trim_start_matches(['>', ' ', '\t']);
        let name = header.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("host:"));
        if name {
            let value = header.get(5..).unwrap_or_default();
            let start = at + line.len() - value.trim_start().len();
            return Some(Span::new(start, start + value.trim().len()));
        }
        if at > end && header.trim().is_empty() {
            return None;
        }
        at += line.len();
    }
    None
}

fn split(text: &str, span: Span) -> Option<Request> {
    let written = slice(text, span.start..span.end);
    // `@odata.context` describes an answer and is no request.
    if written.contains("$metadata") {
        return None;
    }
    let version = ["/v1.0", "/beta"].into_iter().find(|version| {
        written.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    });
    let skip = version.map_or(0, str::len);
    let path = Span::new(span.start + skip, span.end);
    if path.is_empty() {
        return None;
    }
    let version = version.map(|_| Span::new(span.start + 1, span.start + skip));
    Some(Request { method: None, host: None, version, path, span })
}

/// A path ends at a space or quote; inside a filter both belong to it.
fn end_of_path(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let ticked = closing_tick(text, start);
    let limit = ticked.unwrap_or(start + MAX_PATH).min(start + MAX_PATH).min(text.len());
    let mut end = start;
    let mut angle = 0_usize;
    let mut brace = 0_usize;
    let mut filter = false;
    // Only a query and the arguments of a function have literals.
    let mut takes_literals = false;
    while end < limit {
        let Some(&byte) = bytes.get(end) else { break };
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'/' => {}
            // Markup goes on behind the path; a placeholder stands in it.
            b'<' if begins_tag(bytes, end) => break,
            // `[Any User ID]`: a whole segment, whatever blanks are in it.
            b'[' if end > start && bytes.get(end - 1) == Some(&b'/') => {
                end = bracket_end(bytes, end, limit).unwrap_or(end + 1);
                continue;
            }
            b'<' => angle += 1,
            b'>' => angle = angle.saturating_sub(1),
            b'?' | b'(' => takes_literals = true,
            // The next cell of a row: no segment has a comma, but for the id of a site and the arguments of a function.
            b',' if !takes_literals && brace == 0 && angle == 0 && !is_of_site(text, start) => break,
            b',' if begins_cell(bytes, end + 1) => break,
            // `&lt;user-id&gt;` is no end of a cell.
            b';' if !takes_literals && brace == 0 && angle == 0 && !slice(text, start..end).contains('&') => break,
            b'{' => brace += 1,
            b'}' if brace == 0 => break,
            b'}' => brace -= 1,
            b'=' => filter |= ends_with_filter(bytes, end),
            b'\n' | b'\r' if filter && header_follows(text, end) => break,
            // A console breaks long addresses inside words.
            b'\n' | b'\r' if breaks_word(text, end) && may_go_on(text, start, end) => {}
            b'\n' | b'\r' if filter && in_filter(bytes, end) => {}
            b'\n' if bytes.get(end - 1) == Some(&b'\r') && end - 1 > start && breaks_word(text, end - 1) => {}
            b'\n' | b'\r' => break,
            b' ' if angle > 0 || brace > 0 => {}
            b'\'' if takes_literals && starts_literal(bytes, end) => {
                end = literal_end(text, end + 1, limit);
                continue;
            }
            b' ' if filter && in_filter(bytes, end) => {}
            b'\'' if is_of_address(bytes, end) => {}
            b' ' | b'\t' | b'"' | b'`' | b'\'' | b'\\' | b'|' => break,
            // Typographic quotes, and one as an entity.
            0xE2 if bytes.get(end + 1) == Some(&0x80) => break,
            b'&' if bytes.get(end..end + 6) == Some(b"&quot;") => break,
            _ => {}
        }
        end += 1;
    }
    // Where the text is cut, the arguments of a function or the rest of a filter may be what is missing.
    if (end == text.len() || ticked == Some(end)) && end < start + MAX_PATH {
        let path = slice(text, start..end);
        let last = path.find('?').or_else(|| path.rfind('/')).map_or(start, |at| start + at);
        let segment = slice(text, last..end);
        let quotes = segment.matches('\'').count() + segment.matches("%27").count();
        let whole = quotes > 0 && quotes.is_multiple_of(2) && (segment.ends_with('\'') || segment.ends_with("%27"));
        // Between ticks only a literal that is not closed tells of a cut.
        let whole = whole || ticked == Some(end) && quotes.is_multiple_of(2);
        if segment.starts_with("/getAll") && !segment.ends_with(')') || segment.starts_with('?') && !whole {
            end = last;
        }
    }
    // Punctuation behind the path belongs to the sentence, but for the bracket of a function.
    // `GET /users/x/onlineMeetings,403,` is a row of a table.
    let row = slice(text, start..end).trim_end_matches(',');
    if let [.., b',', a, b, c] = row.as_bytes()
        && [a, b, c].iter().all(|byte| byte.is_ascii_digit())
    {
        end = start + row.len() - 4;
    }
    // `[https://…/onlineMeetings]`, `#<URI::HTTPS https://…>`: so does the other half of a bracket that is open before it.
    let unopened = |close: u8, open: u8| {
        let path = bytes.get(start..end).unwrap_or_default();
        let count = |mark: u8| memchr::memchr_iter(mark, path).count();
        let last = path.iter().rfind(|byte| !matches!(byte, b',' | b'.' | b';' | b':' | b' '));
        // Most end with none.
        if last.is_some_and(|last| matches!(last, b')' | b']' | b'>')) {
            count(close).saturating_sub(count(open))
        } else {
            0
        }
    };
    let (mut spare, mut square, mut pointed) = (unopened(b')', b'('), unopened(b']', b'['), unopened(b'>', b'<'));
    while end > start {
        match bytes.get(end - 1) {
            Some(b',' | b'.' | b';' | b':' | b' ') => {}
            Some(b')') if spare > 0 => spare -= 1,
            Some(b']') if square > 0 => square -= 1,
            Some(b'>') if pointed > 0 => pointed -= 1,
            _ => break,
        }
        end -= 1;
    }
    slice(text, start..end).len() + start
}

/// Where the tick stands that closes a call: `` `GET https://…` resulted in … ``.
fn closing_tick(text: &str, start: usize) -> Option<usize> {
    /// A method, a scheme and a host.
    const LEAD: usize = 80;
    let lead = slice(text, start.saturating_sub(LEAD)..start);
    let (_, call) = lead.rsplit_once('`')?;
    let (method, host) = call.split_once(' ').unwrap_or(("", call));
    let is_call = (method.is_empty() || METHODS.contains(&method)) && !host.contains(char::is_whitespace);
    let rest = slice(text, start..start + MAX_PATH);
    let len = if is_call { rest.find(['`', '\n', '\r'])? } else { return None };
    rest.get(len..)?.starts_with('`').then_some(start + len)
}

/// Whether an apostrophe stands in the name of an address: `/users/mia.o'neil@contoso.com`.
fn is_of_address(bytes: &[u8], quote: usize) -> bool {
    /// No part of an address before its `@` is longer.
    const NAME: usize = 64;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    let rest = bytes.get(quote + 1..).unwrap_or_default();
    let name = rest.iter().take(NAME).take_while(|byte| is_part(byte)).count();
    let leads = quote.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let goes_on = rest.first().is_some_and(u8::is_ascii_alphanumeric) && rest.get(name) == Some(&b'@');
    leads && goes_on && rest.get(name + 1).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether the next line is a header, `Accept: */*`, or a status line: no filter goes on with one.
fn header_follows(text: &str, end: usize) -> bool {
    let line = slice(text, end..end.saturating_add(64)).trim_start_matches(['\r', '\n']);
    let word = line.split([' ', '\r', '\n']).next().unwrap_or_default();
    let name = word.strip_suffix(':').unwrap_or_default();
    let named = name.len() >= 3 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    named && name.starts_with(|c: char| c.is_ascii_uppercase()) || word.starts_with("HTTP/")
}

/// Where a placeholder between square brackets ends, if the segment ends with it.
fn bracket_end(bytes: &[u8], open: usize, limit: usize) -> Option<usize> {
    let inside = bytes.get(open + 1..limit.min(open + 64))?;
    let len = inside.iter().position(|byte| matches!(byte, b']' | b'/' | b'\n' | b'\r' | b'"' | b'['))?;
    let end = open + 1 + len;
    let whole = bytes.get(end) == Some(&b']') && len > 0 && inside.iter().take(len).any(u8::is_ascii_alphabetic);
    whole.then_some(end + 1)
}

/// Segments that no console cuts: what follows them is another segment or the query.
const WHOLE: [&str; 9] = [
    "onlineMeetings",
    "transcripts",
    "recordings",
    "attendanceReports",
    "attendanceRecords",
    "content",
    "createOrGet",
    "aiInsights",
    "webinars",
];

/// Whether a path that reaches the end of its line may go on below: behind a whole segment only with the next one.
fn may_go_on(text: &str, start: usize, end: usize) -> bool {
    let next = slice(text, end..end + 8).trim_start_matches(['\r', '\n']);
    if next.starts_with(['/', '?', '(', '\'']) {
        return true;
    }
    if begins_exception(slice(text, end..end + 160).trim_start_matches(['\r', '\n'])) {
        return false;
    }
    let path = slice(text, start..end);
    let segment = path.rsplit('/').next().unwrap_or_default();
    let whole = path.contains('?')
        || !(WHOLE.contains(&segment) || uuid_at(segment.as_bytes()).is_some() || is_whole_id(segment));
    whole && !slice(text, end..end + 64).trim_start().split([' ', '\r', '\n']).next().is_some_and(is_id)
}

/// `/sites/contoso.sharepoint.com,…,…/lists`
fn is_of_site(text: &str, start: usize) -> bool {
    slice(text, start..start + 16).contains("/sites/")
}

/// Whether another address begins here: the next cell of a row that is behind a query.
fn begins_cell(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.starts_with(b"http://") || rest.starts_with(b"https://") || rest.starts_with(b"graph.microsoft.")
}

/// Whether a line begins with the name of an exception, `requests.exceptions.HTTPError: …`: no path goes on like this.
fn begins_exception(line: &str) -> bool {
    let word = line.split([' ', '\r', '\n']).next().unwrap_or_default();
    let Some(name) = word.strip_suffix(':') else { return false };
    let last = name.rsplit('.').next().unwrap_or_default();
    ["Error", "Exception"].iter().any(|end| last.ends_with(end))
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
}

/// A meeting id that says where it ends.
pub(super) fn is_whole_id(segment: &str) -> bool {
    segment.len() >= 48
        && meeting::recognise(segment).is_some_and(|meeting| meeting.form == super::MeetingIdForm::Graph)
        && meeting::decoded(segment).is_some_and(|inner| inner.ends_with("@thread.v2"))
}

fn is_id(word: &str) -> bool {
    uuid_at(word.trim_end_matches([':', ',', ';']).as_bytes()).is_some()
}

/// `</td>`, `<br>`, `<b>`: no placeholder is named like this.
fn begins_tag(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    let name = rest.iter().take(5).position(|byte| !byte.is_ascii_alphanumeric()).and_then(|end| rest.get(..end));
    rest.first() == Some(&b'/')
        || name.is_some_and(|name| {
            matches!(name, b"br" | b"b" | b"i" | b"p" | b"td" | b"tr" | b"li" | b"pre" | b"div" | b"code" | b"span")
        }) && rest.get(name.map_or(0, <[u8]>::len)).is_some_and(|byte| matches!(byte, b'>' | b' ' | b'/'))
}

fn ends_with_filter(bytes: &[u8], end: usize) -> bool {
    bytes.get(end.saturating_sub(6)..end).is_some_and(|head| head.eq_ignore_ascii_case(b"filter"))
}

/// An OData literal follows ` eq `, `=`, `(` or a percent-encoded space.
fn starts_literal(bytes: &[u8], quote: usize) -> bool {
    let before = bytes.get(quote.saturating_sub(8)..quote).unwrap_or_default();
    // `%2520`: a space that was encoded twice.
    let mut encoded = before.strip_suffix(b"20");
    while let Some(shorter) = encoded.and_then(|rest| rest.strip_suffix(b"25")) {
        encoded = Some(shorter);
    }
    encoded.is_some_and(|rest| rest.ends_with(b"%"))
        || before.ends_with(b"eq ")
        || before.ends_with(b"eq\n")
        || before.ends_with(b"(")
        || before.ends_with(b"=")
        || before.ends_with(b"eq+")
}

fn literal_end(text: &str, start: usize, limit: usize) -> usize {
    let rest = text.as_bytes().get(start..limit).unwrap_or_default();
    let quote = memchr::memchr2(b'\'', b'"', rest);
    let first = memchr::memchr2(b'\n', b'\r', rest.get(..quote.unwrap_or(rest.len())).unwrap_or_default());
    let Some(line_end) = first else {
        let stop = quote.unwrap_or(rest.len());
        return start + stop + usize::from(rest.get(stop) == Some(&b'\''));
    };
    if let Some(end) = literal::closes_below(text, start + line_end).filter(|end| *end < limit) {
        return end + 1;
    }
    let ends = |(index, byte): (usize, &u8)| match byte {
        b'\'' | b'"' => true,
        b'\n' | b'\r' => {
            let broken = breaks_word(text, start + index) || index > 0 && breaks_word(text, start + index - 1);
            !broken
        }
        _ => false,
    };
    let stop = rest.iter().enumerate().position(ends).unwrap_or(rest.len());
    start + stop + usize::from(rest.get(stop) == Some(&b'\''))
}

/// A space that belongs to ` eq ` after `$filter=`.
fn in_filter(bytes: &[u8], space: usize) -> bool {
    let before = bytes.get(space.saturating_sub(2)..space).unwrap_or_default();
    let behind = bytes.get(space + 1..space + 4).unwrap_or_default();
    before.eq_ignore_ascii_case(b"eq") || behind.eq_ignore_ascii_case(b"eq ")
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
        named.meeting = named.meeting.or_else(|| {
            let of_event = matches!(previous.as_str(), "webinars" | "townhalls") && !lower.starts_with("getby");
            let event = meeting::event(segment).filter(|_| of_event)?;
            Some(Fact { value: event, span: fact(start, segment.len()), origin: super::Origin::Text })
        });
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

/// Whether two paths may be of one request: the same segments, where neither is a placeholder. Users are compared apart.
pub(crate) fn is_same_route(stated: &str, given: &str) -> bool {
    let route = |path: &str| -> Vec<String> {
        let route = path.split('?').next().unwrap_or_default();
        let segments = route.split('/').filter(|segment| !segment.is_empty());
        segments.map(|segment| percent_decode(segment).to_lowercase()).collect()
    };
    let (stated, given) = (route(stated), route(given));
    let of_user = |route: &[String], index: usize| {
        index.checked_sub(1).and_then(|before| route.get(before)).is_some_and(|before| before == "users")
            || route.get(index).is_some_and(|segment| segment.starts_with("users("))
    };
    // A text that names the user alone says nothing of the rest.
    let only_user = stated.len() <= 2 && stated.len() <= given.len();
    (stated.len() == given.len() || only_user)
        && stated.iter().zip(&given).enumerate().all(|(index, (one, other))| {
            one == other
                || of_user(&stated, index) && of_user(&given, index)
                || is_placeholder(one)
                || is_placeholder(other)
                || one.ends_with("...") && other.starts_with(one.trim_end_matches('.'))
        })
}

/// Whether a path has all its values.
pub(crate) fn is_whole(path: &str) -> bool {
    let route = path.split('?').next().unwrap_or_default();
    let segments: Vec<String> = route.split('/').filter(|segment| !segment.is_empty()).map(percent_decode).collect();
    segments.len() > 2 && !segments.iter().any(|segment| is_placeholder(segment) || segment.ends_with("..."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parts_are_the_whole() {
        let text = "GET https://graph.microsoft.com/v1.0/users/a/onlineMeetings/b 403\nPOST /me/onlineMeetings\n\
            GET /users/c/onlineMeetings GET /users/d/onlineMeetings\n\"method\": \"GET\", \"url\": \"/users/e/onlineMeetings\"";
        let whole = find_within(text, 0..text.len(), 0, false, &[]);
        assert_eq!(whole.len(), 5);
        for half in 0..=text.len() {
            assert_eq!(parts(text, half, false), whole, "{half}");
        }
    }
}
