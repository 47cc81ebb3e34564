//! Two readings of one text, at the same time where it is long: most of a large log is none of a failure, and is read in a
//! few passes that do not need each other.

use std::thread;

use memchr::memmem;

/// A shorter text is read before another thread has begun.
const LONG: usize = 4 << 20;

/// Whether a text of so many bytes is read by two threads.
pub(crate) const fn is_long(len: usize) -> bool {
    len >= LONG
}

/// What both give; the first one runs in a thread of its own where the text is long and there is one to have.
pub(crate) fn both<A: Send, B>(len: usize, one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (A, B) {
    if !is_long(len) {
        return (one(), other());
    }
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, &one);
        let there = other();
        let here = match beside {
            Ok(beside) => beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => one(),
        };
        (here, there)
    })
}

/// Whether a text holds one of some marks.
pub(crate) fn holds_any(text: &str, marks: &[&str]) -> bool {
    let (bytes, middle) = (text.as_bytes(), text.len() / 2);
    let holds = |part: Option<&[u8]>| {
        marks.iter().any(|mark| memmem::find(part.unwrap_or_default(), mark.as_bytes()).is_some())
    };
    if !is_long(text.len()) {
        return holds(Some(bytes));
    }
    // One may stand across the middle.
    let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or_default();
    let (above, below) = both(text.len(), || holds(bytes.get(..middle + longest)), || holds(bytes.get(middle..)));
    above || below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_either_part_and_across_the_middle() {
        let text = |at: usize| format!("{}</{}", "x".repeat(at), "y".repeat(LONG + 2 - at));
        for at in [0, LONG / 2, LONG / 2 + 1, LONG / 2 + 2, LONG + 2] {
            assert!(holds_any(&text(at), &["none", "</"]), "{at}");
        }
        assert!(!holds_any(&"x".repeat(LONG), &["none", "</"]));
        assert!(!holds_any("", &["none"]));
    }
}
