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
    /// So much of a text stays near the processor while all are looked for.
    const BLOCK: usize = 128 << 10;
    let (bytes, middle) = (text.as_bytes(), text.len() / 2);
    let finders: Vec<memmem::Finder<'_>> = marks.iter().map(memmem::Finder::new).collect();
    // One may stand across two blocks.
    let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or_default();
    let holds = |from: usize, to: usize| {
        (from..to).step_by(BLOCK).any(|at| {
            let block = bytes.get(at..bytes.len().min(at + BLOCK + longest)).unwrap_or_default();
            finders.iter().any(|finder| finder.find(block).is_some())
        })
    };
    let (above, below) = both(text.len(), || holds(0, middle), || holds(middle, text.len()));
    above || below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_either_part_and_across_the_middle() {
        for len in [LONG, 300 << 10] {
            let text = |at: usize| format!("{}</{}", "x".repeat(at), "y".repeat(len + 2 - at));
            for at in [0, len / 2, len / 2 + 1, len / 2 + 2, (128 << 10) - 1, 128 << 10, len + 2] {
                assert!(holds_any(&text(at), &["none", "</"]), "{at}");
            }
        }
        assert!(!holds_any(&"x".repeat(LONG), &["none", "</"]));
        assert!(!holds_any("", &["none"]));
    }
}
