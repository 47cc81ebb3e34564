//! `explain`: its command line, and what a text, its options, a snapshot and the time together may be called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "explain/cli.rs"]
mod cli;
mod common;
#[path = "explain/given.rs"]
mod given;
#[path = "explain/time.rs"]
mod time;
#[path = "explain/told.rs"]
mod told;
#[path = "explain/verdict.rs"]
mod verdict;
