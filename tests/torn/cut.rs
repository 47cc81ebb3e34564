//! A text that is cut says no more than the whole one.

use super::{assert_spans, causes, inputs, look};
use graphwhy::knowledge::Catalogue;

#[test]
fn cut_at_every_byte() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for (name, input) in inputs() {
        let whole = causes(&look(&catalogue, input.as_bytes()));
        for end in 0..input.len() {
            let cut = &input.as_bytes()[..end];
            let found = look(&catalogue, cut);
            assert_spans(&found, &name);
            let more: Vec<_> = causes(&found)
                .into_iter()
                .filter(|(cause, confidence)| whole.get(cause).is_none_or(|known| known < confidence))
                .collect();
            if !more.is_empty() {
                let tail = String::from_utf8_lossy(&cut[end.saturating_sub(40)..]).into_owned();
                wrong.push(format!("{name} at {end} (…{tail:?}): {more:?}"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts\n{}", wrong.len(), wrong.join("\n"));
}
