//! Records as `Get-Error` prints them: the message in a pair of its own, and the cmdlet that it is of below, as
//! `CategoryInfo : … [Grant-CsApplicationAccessPolicy], …` or `MyCommand : Grant-CsApplicationAccessPolicy`
//! (learn.microsoft.com/powershell/module/microsoft.powershell.utility/get-error). What a cmdlet says is known with its name before it.

use memchr::memmem;

use super::Span;
use super::dense::Dense;
use super::pattern::{Capture, Hit, Patterns, is_cmdlet_name};
use crate::knowledge::Catalogue;
use crate::source::{has_blank_line, slice};

/// The message does not stand further above the cmdlet.
const REACH: usize = 2_500;
/// Longer messages are of none that is known.
const MESSAGE: usize = 400;
/// Records beyond are not read; each is a whole screen.
const MANY: usize = 64;

/// Adds what a record says of its cmdlet, in place of what its message alone would say.
pub(super) fn add<'c>(text: &str, catalogue: &'c Catalogue, hits: &mut Vec<Hit<'c>>) {
    let mut records =
        memmem::find_iter(text.as_bytes(), "CategoryInfo").filter_map(|at| record(text, at)).take(MANY).peekable();
    if records.peek().is_none() {
        return;
    }
    for (cmdlet, message) in records {
        let lead = format!("{cmdlet} : ");
        let told = format!("{lead}{}", slice(text, message.start..message.end));
        let patterns = Patterns::of(catalogue, told.len());
        let mut search = patterns.search(&told);
        search.read(&Dense::of(told.as_bytes(), 0, told.len()), told.len());
        let place = |span: Span| {
            let place = |at: usize| (message.start + at.saturating_sub(lead.len())).min(message.end);
            Span::new(place(span.start), place(span.end))
        };
        let of_cmdlet = |hit: &Hit<'_>| hit.span.start == 0 && hit.span.end > lead.len();
        for hit in search.finish().into_iter().filter(of_cmdlet) {
            let captures = hit.captures.into_iter().map(|it| Capture { span: place(it.span), ..it }).collect();
            let own = Hit { span: place(hit.span), captures, ..hit };
            hits.retain(|other| other.span.start < own.span.start || own.span.end < other.span.end);
            hits.push(own);
        }
    }
    crate::order::sort_by_key(hits, |hit| (hit.span.start, hit.span.end));
}

/// The cmdlet of the record whose `CategoryInfo` stands at a place, and its message.
fn record(text: &str, at: usize) -> Option<(&str, Span)> {
    let info = slice(text, at..at + MESSAGE).split(['\n', '\r']).next()?;
    // `+ CategoryInfo …` stands below the words of an error that names its cmdlet itself.
    let head = slice(text, at.saturating_sub(REACH)..at);
    let lead = head.rsplit('\n').next()?;
    let (_, own) = info.split_once(" [")?;
    let cmdlet = own.split(']').next().filter(|name| is_cmdlet_name(name))?;
    if !lead.trim().is_empty() {
        return None;
    }
    // The pair is padded, so that no other text has it by chance.
    let key = head
        .rfind("Message ")
        .filter(|key| slice(head, 0..*key).rsplit('\n').next().is_some_and(|lead| lead.trim().is_empty()))?;
    let rest = slice(head, key + "Message".len()..head.len());
    if has_blank_line(rest) {
        return None;
    }
    let value = rest.trim_start_matches(' ').strip_prefix(": ")?;
    let start = at - value.len();
    let message = value.split(['\n', '\r']).next()?.trim_end();
    (!message.is_empty() && message.len() <= MESSAGE).then(|| (cmdlet, Span::new(start, start + message.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, &str)> {
        let (cmdlet, message) = record(text, text.find("CategoryInfo")?)?;
        Some((cmdlet, slice(text, message.start..message.end)))
    }

    #[test]
    fn records() {
        const OWN: &str = "Exception             :\n    Message    : Policy already exists\nTargetObject : x\nCategoryInfo          : InvalidOperation: (:) [New-CsTeamsPolicy], RestException\n";
        assert_eq!(read(OWN), Some(("New-CsTeamsPolicy", "Policy already exists")));
        for other in [
            OWN.replace("CategoryInfo", "    + CategoryInfo"),
            OWN.replace("TargetObject", "\nTargetObject"),
            OWN.replace("    Message", "The Message"),
            OWN.replace("[New-CsTeamsPolicy]", "[x]"),
            OWN.replace("Policy already exists", ""),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
    }
}
