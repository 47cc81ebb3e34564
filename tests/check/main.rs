//! `graphwhy check`: its files, formats and exit codes, and the matrix against single judgements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "../common/mod.rs"]
mod common;
mod contract;
mod counted;
mod expectations;
mod files;
mod formats;
mod honest;
mod matrix;
mod names;
mod requests;
mod tenant;
mod unknown;
mod wording;
