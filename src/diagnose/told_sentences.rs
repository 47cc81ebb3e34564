//! Sentences and their words.

use super::told_lists::{DONE, LABELS};

/// So many words of a sentence are read.
const WORDS: usize = 40;

/// The sentences of a text; a full stop within a word, as in `HTTP/1.1`, ends none.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let ends = |&(at, c): &(usize, char)| {
            matches!(c, '\n' | '!' | ';' | '?')
                || c == '.' && !rest.get(at + 1..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        };
        let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, next) = rest.split_at_checked(end)?;
        rest = next;
        (!sentence.is_empty()).then_some(sentence)
    })
}

pub(super) fn words_of(sentence: &str) -> Vec<&str> {
    let words = sentence.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '\u{2019}'));
    let mut words: Vec<&str> =
        words.map(|word| word.trim_matches('-')).filter(|word| !word.is_empty()).take(WORDS).collect();
    let mut at = 0;
    while at < words.len() {
        let (before, rest) = words.split_at(at);
        if rest.first().is_some_and(|word| word.starts_with("polic")) && is_of_another_kind(before) {
            words.remove(at);
        } else {
            at += 1;
        }
    }
    words
}

/// Whether the words before `policy` make another kind of it: `the password policy`.
fn is_of_another_kind(before: &[&str]) -> bool {
    const KINDS: [&str; 23] = [
        "password",
        "retention",
        "firewall",
        "privacy",
        "security",
        "messaging",
        "setup",
        "dlp",
        "prevention",
        "backup",
        "lockout",
        "compliance",
        "sharing",
        "lifecycle",
        "naming",
        "network",
        "mailbox",
        "session",
        "calling",
        "sensitivity",
        "protection",
        "update",
        "leave",
    ];
    match before {
        [.., "conditional", "access"] | [.., "teams", "meeting" | "meetings"] => true,
        [.., kind] => KINDS.contains(kind),
        [] => false,
    }
}

/// Whether a sentence begins with the label of a later note, and what stands behind that.
pub(super) fn label_of(sentence: &str) -> (bool, &str) {
    let marks = |c: char| !c.is_alphanumeric();
    let begun = sentence.trim_start_matches(marks);
    let head = begun.split([':', '\u{2013}', '\u{2014}', ']', ')', '*', '|']).next().unwrap_or_default();
    let lone = begun.trim_end_matches(marks);
    let words = words_of(head);
    let is_label = words.first().is_some_and(|word| LABELS.contains(word)) || begun.starts_with("ps:");
    if !is_label || words.len() > 4 {
        return (false, sentence);
    }
    if head.len() < begun.len() {
        return (true, begun.get(head.len()..).unwrap_or_default());
    }
    if lone.len() == words.first().map_or(0, |word| word.len()) {
        // `Fixed.` and `Resolved` are sentences too.
        return (true, if DONE.contains(&lone) { sentence } else { "" });
    }
    // `Update - user was added`
    match begun.split_once(" - ") {
        Some((head, rest)) if words_of(head).len() <= 4 => (true, rest),
        _ => (false, sentence),
    }
}

/// What a statement is, without what is asked for behind it.
pub(super) fn statement(sentence: &str) -> &str {
    const ASKS: [&str; 7] = [", please", ", can ", ", could ", ", let me", ", will ", ", bitte", ", should "];
    let cut = ASKS.iter().filter_map(|asks| sentence.find(asks)).min();
    let stated = cut.and_then(|at| sentence.get(..at)).unwrap_or(sentence);
    if cut.is_some() || !sentence.contains('?') {
        return stated;
    }
    // `I added the app this afternoon, is that enough?`
    sentence.rsplit_once(", ").map_or("", |(stated, _)| stated)
}
