//! `explain`: its command line, and what a text, its options, a snapshot and the time together may be called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "explain/apart.rs"]
mod apart;
#[path = "explain/around.rs"]
mod around;
#[path = "explain/asides.rs"]
mod asides;
#[path = "explain/by_state.rs"]
mod by_state;
#[path = "explain/by_told.rs"]
mod by_told;
#[path = "explain/cli.rs"]
mod cli;
mod common;
#[path = "explain/compared.rs"]
mod compared;
#[path = "explain/cut.rs"]
mod cut;
#[path = "explain/dated.rs"]
mod dated;
#[path = "explain/dates.rs"]
mod dates;
#[path = "explain/elsewhere.rs"]
mod elsewhere;
#[path = "explain/given.rs"]
mod given;
#[path = "explain/headed.rs"]
mod headed;
#[path = "explain/held.rs"]
mod held;
#[path = "explain/kept.rs"]
mod kept;
#[path = "explain/markup.rs"]
mod markup;
#[path = "explain/moved.rs"]
mod moved;
#[path = "explain/moves.rs"]
mod moves;
#[path = "explain/neighbours.rs"]
mod neighbours;
#[path = "explain/once.rs"]
mod once;
#[path = "explain/others.rs"]
mod others;
#[path = "explain/own_read.rs"]
mod own_read;
#[path = "explain/pairs.rs"]
mod pairs;
#[path = "explain/parts.rs"]
mod parts;
#[path = "explain/printed.rs"]
mod printed;
#[path = "explain/products.rs"]
mod products;
#[path = "explain/quoted.rs"]
mod quoted;
#[path = "explain/read.rs"]
mod read;
#[path = "explain/repair.rs"]
mod repair;
#[path = "explain/repeats.rs"]
mod repeats;
#[path = "explain/rows.rs"]
mod rows;
#[path = "explain/settled.rs"]
mod settled;
#[path = "explain/shown.rs"]
mod shown;
#[path = "explain/signed_in.rs"]
mod signed_in;
#[path = "explain/then.rs"]
mod then;
#[path = "explain/time.rs"]
mod time;
#[path = "explain/told.rs"]
mod told;
#[path = "explain/unproved.rs"]
mod unproved;
#[path = "explain/verdict.rs"]
mod verdict;
#[path = "explain/words.rs"]
mod words;
#[path = "explain/writers.rs"]
mod writers;
#[path = "explain/written.rs"]
mod written;
