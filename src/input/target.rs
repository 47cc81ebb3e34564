//! The `target` of an error object, where it is the address of a service: `"target": "https://management.azure.com"`
//! (github.com/microsoft/api-guidelines, `target`: what the error is of). It names whose error that is.

use super::group::Group;
use super::service;
use crate::source::slice;

/// No more of an object is looked at.
const LONG: usize = 4_000;

/// Whether an error says of itself that it is of another host than Graph's.
pub(super) fn is_other(text: &str, group: &Group<'_>) -> bool {
    let Some(object) = group.object else { return false };
    let end = object.value.end.min(object.start.saturating_add(LONG));
    host_of(slice(text, object.start..end)).is_some_and(service::is_other)
}

fn host_of(object: &str) -> Option<&str> {
    const KEY: &str = "target";
    let rest = object.get(object.find(KEY)? + KEY.len()..)?;
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    let value = rest.trim_start_matches(is_mark).strip_prefix([':', '='])?.trim_start_matches(is_mark);
    let address = ["https://", "http://", "https:\\/\\/"].iter().find_map(|scheme| value.strip_prefix(scheme))?;
    address.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_error_it_is() {
        for (object, expected) in [
            (r#"{"code":"x","target":"https://management.azure.com"}"#, Some("management.azure.com")),
            (r#"{"code":"x", "target" : "https://management.azure.com/subscriptions"}"#, Some("management.azure.com")),
            (r#"{\"target\":\"https:\/\/vault.azure.net\"}"#, Some("vault.azure.net")),
            (r#"{"code":"x","target":"userId"}"#, None),
            (r#"{"code":"x","target":null}"#, None),
            (r#"{"code":"x"}"#, None),
        ] {
            assert_eq!(host_of(object), expected, "{object}");
        }
    }
}
