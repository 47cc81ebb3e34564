//! Policy names: compared without case and without the `Tag:` that PowerShell prints before the
//! names of policies that a tenant created.

/// The policy that every tenant has.
pub const GLOBAL: &str = "Global";

/// `name` without blanks around it and without a leading `Tag:` in any case.
#[must_use]
pub fn bare(name: &str) -> &str {
    let name = name.trim();
    match name.split_at_checked(4) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case("tag:") => rest.trim_start(),
        _ => name,
    }
}

/// Whether two texts name one policy.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    if is_plain(a) && is_plain(b) {
        return false;
    }
    let (a, b) = (bare(a), bare(b));
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Whether nothing of a name is to be left out before it is compared, and no letter has a case that ASCII does not know.
fn is_plain(name: &str) -> bool {
    let bytes = name.as_bytes();
    let blank = |byte: Option<&u8>| byte.is_none_or(|byte| *byte <= b' ');
    name.is_ascii() && !blank(bytes.first()) && !blank(bytes.last()) && bytes.get(3) != Some(&b':')
}

/// Whether `name` is the tenant default.
#[must_use]
pub fn is_global(name: &str) -> bool {
    bare(name).eq_ignore_ascii_case(GLOBAL)
}

/// A key under which [`same`] names are equal.
#[must_use]
pub fn key(name: &str) -> String {
    bare(name).to_lowercase()
}
