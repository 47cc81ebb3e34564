//! What a report tells people to do where the text lacks what decides.

use crate::diagnose::refused_sign_in;
use crate::input::{Facts, Span};
use crate::knowledge::sign_in_answer;
use crate::source::sanitise::one_line;
use crate::source::{Source, slice};

/// Text around a failure that shows its client.
const AROUND: usize = 2_000;
/// What PowerShell writes about its errors, and its cmdlets that send requests.
const POWERSHELL: [&str; 5] =
    ["Invoke-RestMethod", "Invoke-WebRequest", "Invoke-MgGraphRequest", "FullyQualifiedErrorId", "CategoryInfo"];

/// How to get at Graph's own words, by the client that the text shows.
pub(super) fn print_the_body(source: &Source, failure: Span) -> &'static str {
    let text = source.text();
    let near = slice(text, failure.start.saturating_sub(AROUND)..failure.end.saturating_add(AROUND));
    if POWERSHELL.iter().any(|sign| near.contains(sign)) {
        "print the body of the answer and paste that"
    } else {
        "print the body of the answer (`response.text`, `error.body` and the like) and paste that"
    }
}

/// Of a sign-in that was refused and that no cause explains: what its number means, and where the numbers are told.
pub(super) fn of_sign_in(facts: &Facts) -> Option<String> {
    let code = refused_sign_in(facts)?;
    let number = code.trim_start_matches(|c: char| !c.is_ascii_digit());
    let means = number.parse().ok().and_then(sign_in_answer);
    let means = means.map_or(String::new(), |answer| format!(": `{}` means that {}", one_line(code), answer.means));
    Some(format!(
        "the sign-in was refused, before any call to Graph{means}; such numbers are listed at \
         https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
    ))
}
