//! Sections of a runbook or script that take back what the others do.

use super::document::Kind;
use crate::input::Span;

/// Words that a heading of such a section begins or ends with.
const WORDS: [&str; 9] =
    ["rollback", "roll back", "rolling back", "roll-back", "undo", "undoing", "back out", "backout", "revert"];

/// Words that say nothing of what a section is for.
const FILLERS: [&str; 9] = ["step", "part", "phase", "section", "appendix", "how", "to", "the", "optional"];

/// The sections of a Markdown text whose heading says that they undo, each with it.
#[must_use]
pub fn undo_sections(text: &str, name: &str) -> Vec<(Span, String)> {
    match Kind::of(name) {
        Kind::Markdown => under_headings(text),
        Kind::PowerShell | Kind::Yaml => Vec::new(),
    }
}

/// The places, one after the other, whose commands take back what the others do, by a heading above them or by a comment.
pub(super) fn undone(text: &str, kind: Kind, comments: &[Span], regions: &[Span]) -> Vec<Span> {
    let mut places: Vec<Span> = match kind {
        Kind::Markdown => under_headings(text).into_iter().map(|(section, _)| section).collect(),
        Kind::PowerShell | Kind::Yaml => Vec::new(),
    };
    for region in regions {
        let first = comments.partition_point(|comment| comment.start < region.start);
        let inside = comments.get(first..).unwrap_or_default();
        let inside = inside.iter().take_while(|comment| comment.end <= region.end);
        places.extend(inside.filter_map(|comment| under_comment(text, *comment, *region)));
    }
    places.sort_unstable();
    // Of those in each other the outer one says it.
    let mut apart: Vec<Span> = Vec::new();
    for place in places {
        match apart.last_mut().filter(|last| place.start < last.end) {
            Some(last) => last.end = last.end.max(place.end),
            None => apart.push(place),
        }
    }
    apart
}

/// What stands under a comment that says that it undoes: up to the next comment that heads something, the end of its
/// block, or that of the piece.
fn under_comment(text: &str, comment: Span, region: Span) -> Option<Span> {
    let said = text.get(comment.start..comment.end)?.trim_matches(MARKS).trim();
    let marked = said.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("region"));
    let title = if marked { said.get(6..)?.trim() } else { said };
    if !heads(text, comment.start) || !comment_undoes(title) {
        return None;
    }
    // A piece of a quotation has its marks before each line.
    let indent = |line: &str| line.len() - line.trim_start_matches(['>', ' ', '\t']).len();
    let start = text.get(..comment.start)?.rfind('\n').map_or(0, |at| at + 1);
    let own = comment.start - start;
    let mut at = comment.end;
    let mut blank = false;
    for line in text.get(comment.end..region.end)?.split_inclusive('\n') {
        let bare = line.trim_start_matches(['>', ' ', '\t']).trim();
        let heading = at > comment.end && bare.starts_with('#') && (blank || bare.starts_with("#region"));
        let closed = !bare.is_empty() && at > comment.end && indent(line) < own;
        if heading || closed || bare.to_ascii_lowercase().starts_with("#endregion") {
            break;
        }
        blank = bare.is_empty();
        at += line.len();
    }
    Some(Span::new(comment.start, at))
}

/// What comments are set off with.
const MARKS: [char; 10] = ['#', '<', '>', '-', '=', '*', ' ', '\t', '\n', '\r'];

/// Whether a comment is the first of its line.
fn heads(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    before.rsplit('\n').next().is_some_and(|before| before.trim_start_matches(['>', ' ', '\t']).is_empty())
}

/// Whether a comment is the title of what undoes, rather than a sentence about it.
fn comment_undoes(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let denied = words.iter().any(|word| matches!(*word, "no" | "not" | "never" | "cannot") || word.ends_with("n't"));
    let begins = WORDS.iter().any(|word| lower.starts_with(word));
    !denied && undoes(title) && words.len() <= if begins { LONGEST } else { 3 }
}

/// As many words has a title; what is longer is a sentence.
const LONGEST: usize = 10;

/// Below all headings with signs of their own: one in bold.
const BOLD: usize = 7;

fn under_headings(text: &str) -> Vec<(Span, String)> {
    let mut sections: Vec<(Span, String)> = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    let mut fence: Option<&str> = None;
    let mut at = 0;
    // A line that is a heading if the next one underlines it.
    let mut before: Option<(usize, &str)> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        if let Some(mark) = mark {
            fence = match fence {
                None => Some(mark),
                Some(open) if open == mark => None,
                open => open,
            };
            before = None;
            continue;
        }
        if fence.is_some() {
            continue;
        }
        let above = before.replace((start, trimmed)).filter(|(_, title)| !title.is_empty());
        let Some((level, start, title)) = heading(start, trimmed, above) else { continue };
        // A section ends with the next one that is not below it.
        if open.as_ref().is_some_and(|(_, above, _)| level <= *above)
            && let Some((from, _, heading)) = open.take()
        {
            sections.push((Span::new(from, start), heading));
        }
        if open.is_none() && undoes(title) {
            open = Some((start, level, title.to_owned()));
        }
    }
    if let Some((from, _, heading)) = open {
        sections.push((Span::new(from, text.len()), heading));
    }
    sections
}

/// The level of a heading, where it begins, and its text.
fn heading<'t>(start: usize, line: &'t str, above: Option<(usize, &'t str)>) -> Option<(usize, usize, &'t str)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    if (1..=6).contains(&level) && title.starts_with([' ', '\t']) {
        return Some((level, start, title.trim().trim_end_matches('#').trim()));
    }
    let bold = ["**", "__"].into_iter().find_map(|mark| {
        let inside = line.strip_prefix(mark)?.trim_end_matches(':').strip_suffix(mark)?;
        (!inside.contains(mark)).then_some(inside)
    });
    if let Some(title) = bold {
        return Some((BOLD, start, title.trim_end_matches(':').trim()));
    }
    let (start, title) = above?;
    let underlined = |sign: u8| line.len() >= 2 && line.bytes().all(|b| b == sign);
    let level = if underlined(b'=') {
        1
    } else if underlined(b'-') {
        2
    } else {
        return None;
    };
    Some((level, start, title))
}

fn undoes(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|word| !word.is_empty()).collect();
    let said = words
        .iter()
        .skip_while(|word| FILLERS.contains(*word) || word.chars().all(|c| c.is_ascii_digit() || c == '-'))
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    // One that is about both is no undo.
    if lower.contains('&') || words.contains(&"and") || words.contains(&"or") {
        return false;
    }
    let whole = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    WORDS.iter().any(|word| {
        said.strip_prefix(word).is_some_and(whole)
            || said.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_that_undo() {
        for title in
            ["rollback", "Undo: give back the old one", "Roll back if users report errors", "emergency rollback"]
        {
            assert!(comment_undoes(title), "{title}");
        }
        for title in [
            "no undo is needed",
            "rollback is not needed here",
            "see the runbook for how to roll back",
            "grant and undo",
            "undo is what the next lines of this script are for, as the page of the team says",
        ] {
            assert!(!comment_undoes(title), "{title}");
        }
    }

    #[test]
    fn headings_that_undo() {
        for title in
            ["Rollback", "3. Roll back", "How to undo", "Step 4: Rollback plan", "Emergency rollback", "Back out"]
        {
            assert!(undoes(title), "{title}");
        }
        for title in ["Implementation", "Deploy and rollback", "Undoubtedly", "Background", "Before you grant"] {
            assert!(!undoes(title), "{title}");
        }
        let text = "# Grant\na\n## Rollback\n```\n# no heading\n```\n### Users\nb\n## Verify\nc\n";
        let found = undo_sections(text, "runbook.md");
        let sections: Vec<(Option<&str>, &str)> =
            found.iter().map(|(span, heading)| (text.get(span.start..span.end), heading.as_str())).collect();
        assert_eq!(sections, [(Some("## Rollback\n```\n# no heading\n```\n### Users\nb\n"), "Rollback")]);
        assert!(undo_sections(text, "runbook.ps1").is_empty());
        for text in ["Grant\n=====\na\n\nRollback\n--------\nb\n", "# Grant\na\n**Rollback:**\nb\n"] {
            let found = undo_sections(text, "runbook.md");
            assert_eq!(found.len(), 1, "{text}");
            let Some((span, heading)) = found.first() else { continue };
            assert!(heading == "Rollback" && text.get(span.start..).is_some_and(|it| it.contains("b\n")), "{text}");
            assert!(!text.get(span.start..span.end).is_some_and(|it| it.contains("a\n")), "{text}");
        }
    }
}
