//! One file per gate: what is known, and what follows from it.

pub mod meeting;
pub mod permission;
pub mod policy;
pub mod rsc;
pub mod tenant;
pub mod time;
pub mod token;
pub mod user;
