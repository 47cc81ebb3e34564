//! Sections of a runbook that take back what the others do.

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
    let mut sections: Vec<(Span, String)> = Vec::new();
    if Kind::of(name) != Kind::Markdown {
        return sections;
    }
    let mut open: Option<(usize, usize, String)> = None;
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        if let Some(mark) = mark {
            fence = match fence {
                None => Some(mark),
                Some(open) if open == mark => None,
                open => open,
            };
            continue;
        }
        let title = trimmed.trim_start_matches('#');
        let level = trimmed.len() - title.len();
        if fence.is_some() || !(1..=6).contains(&level) || !title.starts_with([' ', '\t']) {
            continue;
        }
        let title = title.trim().trim_end_matches('#').trim();
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
    }
}
