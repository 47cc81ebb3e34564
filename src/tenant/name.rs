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
    let (a, b) = (bare(a), bare(b));
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
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
