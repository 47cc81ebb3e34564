//! A text that is cut says no more than the whole one.

use super::{assert_spans, causes, found, inputs, listed, look};
use graphwhy::knowledge::Catalogue;

/// At every byte but some inside words, where a cut is like its neighbours.
#[test]
fn cut_between_words() {
    let between = |text: &[u8], end: usize| {
        let letter = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
        end.is_multiple_of(16) || !letter(end) || !letter(end - 1)
    };
    cut(between, &judged_to_the_end());
}

/// Texts whose last words alone tell them from a message that means something else: without them they are that one.
const ANOTHER_BEGINNING: [&str; 1] = ["no-apps-here"];

fn judged_to_the_end() -> Vec<(String, String)> {
    let mut texts = inputs();
    texts.retain(|(name, _)| !ANOTHER_BEGINNING.contains(&name.as_str()));
    texts
}

/// Between lines and where a value or a sentence ends: these texts are long, and many.
#[test]
fn cut_between_records() {
    let between = |text: &[u8], end: usize| {
        let mark =
            |at: usize| text.get(at).is_some_and(|byte| matches!(byte, b'\n' | b'}' | b'"' | b'|' | b'.' | b','));
        end.is_multiple_of(61) || mark(end - 1)
    };
    cut(between, &found::inputs());
}

/// What shows that these words were not said stands behind them, and without it they are those of a paste of nothing
/// else: a heading is known by the rule below it, a denial by its last words, a comment by what it goes on with.
const KNOWN_BY_WHAT_FOLLOWS: [&str; 9] =
    ["md-setext", "b-rst", "never", "never2", "never3", "b-never2", "b-pydoc", "b-md-table", "ticket"];

#[test]
fn cut_lists() {
    let between = |text: &[u8], end: usize| {
        let letter = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
        !letter(end) || !letter(end - 1)
    };
    cut(between, &lists());
}

fn lists() -> Vec<(String, String)> {
    let mut texts = listed();
    texts.retain(|(name, _)| !KNOWN_BY_WHAT_FOLLOWS.iter().any(|known| name.ends_with(&format!("/{known}"))));
    texts
}

/// At every byte; takes minutes without optimisation.
#[test]
#[ignore = "slow: run it in release"]
fn cut_at_every_byte() {
    let all: Vec<_> = judged_to_the_end().into_iter().chain(lists()).collect();
    cut(|_, _| true, &all);
}

fn cut(here: fn(&[u8], usize) -> bool, inputs: &[(String, String)]) {
    let catalogue = Catalogue::builtin();
    let check = |(name, input): &(String, String)| {
        let whole = causes(&look(&catalogue, input.as_bytes()));
        for end in (1..input.len()).filter(|end| here(input.as_bytes(), *end)) {
            let cut = &input.as_bytes()[..end];
            let found = look(&catalogue, cut);
            assert_spans(&found, name);
            let more: Vec<_> = causes(&found)
                .into_iter()
                .filter(|(cause, confidence)| whole.get(cause).is_none_or(|known| known < confidence))
                .collect();
            if !more.is_empty() {
                let tail = String::from_utf8_lossy(&cut[end.saturating_sub(40)..]).into_owned();
                return Some(format!("{name} at {end} (…{tail:?}): {more:?}"));
            }
        }
        None
    };
    let (left, right) = inputs.split_at(inputs.len() / 2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let other = scope.spawn(|| left.iter().filter_map(check).collect::<Vec<_>>());
        let mut wrong: Vec<String> = right.iter().filter_map(check).collect();
        wrong.extend(other.join().unwrap());
        wrong
    });
    assert!(wrong.is_empty(), "{} texts\n{}", wrong.len(), wrong.join("\n"));
}
