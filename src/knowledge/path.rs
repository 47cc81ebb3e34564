//! Which operation a method and a path name.

use std::sync::OnceLock;

use super::operation::Operation;

/// The operations with one method and one number of segments.
///
/// Rows of text, decoded when they are asked for: as constants, each of their thousands of names would have to be
/// relocated whenever the program starts.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Upper case.
    pub(super) method: &'static str,
    /// Number of segments of the path template.
    segments: usize,
    rows: &'static str,
    decoded: OnceLock<Vec<Operation>>,
}

impl Bucket {
    pub(super) const fn new(method: &'static str, segments: usize, rows: &'static str) -> Self {
        Self { method, segments, rows, decoded: OnceLock::new() }
    }

    pub(super) fn operations(&self) -> &[Operation] {
        self.decoded.get_or_init(|| self.rows.split('\n').map(|row| Operation::decode(self.method, row)).collect())
    }

    /// Whether a row has this name, without decoding any.
    pub(super) fn names(&self, name: &str) -> bool {
        self.rows.split('\n').any(|row| row.split('\t').nth(1) == Some(name))
    }
}

/// One segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment<'a> {
    /// Without arguments and without `microsoft.graph.`.
    name: &'a str,
    /// What stands in parentheses with names: `userId='…',role='…'`.
    arguments: Option<&'a str>,
}

/// The operation of a request, by the most literal template.
pub(super) fn find(buckets: &'static [Bucket], method: &str, path: &str) -> Option<&'static Operation> {
    let path = below_version(path);
    let decoded = if path.contains('%') { Some(decode_marks(path)) } else { None };
    let segments = segments(decoded.as_deref().unwrap_or(path));
    let bucket = buckets
        .iter()
        .find(|bucket| bucket.segments == segments.len() && bucket.method.eq_ignore_ascii_case(method.trim()))?;
    bucket
        .operations()
        .iter()
        .filter_map(|operation| fit(operation.path, &segments).map(|literal| (literal, operation)))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, operation)| operation)
}

/// The path below scheme, host and version, without query and fragment.
fn below_version(path: &str) -> &str {
    let path = path.trim();
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, below)| below),
        None => path,
    };
    let path = path.trim_start_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if first.eq_ignore_ascii_case("v1.0") || first.eq_ignore_ascii_case("beta") { rest } else { path }
}

/// Decodes `'`, `(`, `)`, `=` and `,`, which clients escape in keys and function calls.
fn decode_marks(path: &str) -> String {
    let mut decoded = path.to_owned();
    for (escaped, mark) in
        [("%27", "'"), ("%28", "("), ("%29", ")"), ("%3D", "="), ("%3d", "="), ("%2C", ","), ("%2c", ",")]
    {
        if decoded.contains(escaped) {
            decoded = decoded.replace(escaped, mark);
        }
    }
    decoded
}

/// Segments; `users('id')` becomes two, slashes inside parentheses split nothing.
fn segments(path: &str) -> Vec<Segment<'_>> {
    let mut depth = 0_usize;
    let parts = path.split(move |character| {
        match character {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '/' => return depth == 0,
            _ => {}
        }
        false
    });
    let mut segments = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, arguments) = match part.split_once('(') {
            // A parenthesis that nothing closes is a torn path: then the segment is what it is, and names nothing known.
            Some((name, inner)) if !name.is_empty() && inner.ends_with(')') => (name, inner.strip_suffix(')')),
            _ => (part, None),
        };
        let prefix = "microsoft.graph.";
        let name = match name.get(..prefix.len()) {
            Some(start) if start.eq_ignore_ascii_case(prefix) => name.get(prefix.len()..).unwrap_or(name),
            _ => name,
        };
        let inner = arguments.map(str::trim).unwrap_or_default();
        if inner.is_empty() || is_named(inner) {
            segments.push(Segment { name, arguments: (!inner.is_empty()).then_some(inner) });
        } else {
            segments.push(Segment { name, arguments: None });
            segments.push(Segment { name: inner.trim_matches('\''), arguments: None });
        }
    }
    segments
}

/// `name=value` as opposed to a bare key.
fn is_named(inner: &str) -> bool {
    inner.split_once('=').is_some_and(|(name, _)| {
        !name.trim().is_empty() && name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Which segments are literal, the first in the highest bit; `None` if the template does not fit.
fn fit(template: &str, segments: &[Segment<'_>]) -> Option<u32> {
    let mut literal = 0_u32;
    let mut given = segments.iter();
    for part in template.split('/').skip(1) {
        let segment = given.next()?;
        literal <<= 1;
        if part.starts_with('{') {
            // `$count`, `$value` and function calls are no ids; a variable of a script stands for one.
            if is_of_odata(segment.name) || segment.arguments.is_some() {
                return None;
            }
            continue;
        }
        let (name, key) = part.split_once('(').map_or((part, None), |(name, key)| (name, Some(key)));
        if !name.eq_ignore_ascii_case(segment.name) {
            return None;
        }
        match (key, segment.arguments) {
            (None, None) => {}
            (None, Some(_)) if is_function(name) => {}
            (Some(key), Some(arguments)) if first_name(key).eq_ignore_ascii_case(first_name(arguments)) => {}
            _ => return None,
        }
        literal |= 1;
    }
    Some(literal)
}

/// Segments that the protocol gives a meaning.
fn is_of_odata(name: &str) -> bool {
    const NAMES: [&str; 10] =
        ["$count", "$value", "$ref", "$entity", "$batch", "$metadata", "$all", "$filter", "$each", "$query"];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Functions take arguments; collections with arguments are alternate keys, which are templates of their own.
fn is_function(name: &str) -> bool {
    name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("get")) || name.eq_ignore_ascii_case("delta")
}

fn first_name(arguments: &str) -> &str {
    arguments.split('=').next().unwrap_or(arguments).trim()
}
