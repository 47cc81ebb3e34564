//! Two readings of one text, at the same time where it is long: most of a large log is none of a failure, and is read in a
//! few passes that do not need each other.

use std::thread;

/// A shorter text is read before another thread has begun.
const LONG: usize = 4 << 20;

/// Whether a text of so many bytes is read by two threads.
pub(super) const fn is_long(len: usize) -> bool {
    len >= LONG
}

/// What both give; the first one runs in a thread of its own where the text is long and there is one to have.
pub(super) fn both<A: Send, B>(len: usize, one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (A, B) {
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
