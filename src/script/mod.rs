//! PowerShell and Markdown: scripts and runbooks become commands.
//!
//! `document` cuts a file into pieces of PowerShell, `mask` makes them safe for the grammar, `parse` and `walk` follow them in
//! the order of execution, `subject` tells what a command is about. All of it is pure: text goes in, commands come out.

mod aliases;
mod branches;
mod calls;
mod command;
mod document;
mod env;
mod eval;
mod flow;
mod held;
mod heredocs;
mod jobs;
mod loops;
mod mask;
mod methods;
mod parse;
mod pipelines;
pub(crate) mod place;
mod read;
mod scalar;
mod sections;
pub(crate) mod sessions;
mod steps;
mod strings;
pub(crate) mod subject;
mod tenants;
mod ternary;
mod traps;
mod value;
mod walk;
mod yaml;
mod yaml_flow;

pub use command::{Argument, Arm, Bound, Command, Context, Form};
pub use document::Kind;
pub use flow::{Branch, Condition, Flow, Merge, PolicyRead, Throw, Unfollowed};
pub(crate) use held::Held;
pub use jobs::Step;
pub use read::{Commands, Note, commands};
pub(crate) use read::{Read, with_line_feeds};
pub use sections::undo_sections;
pub use steps::{other_lines, unread_blocks, unread_steps};
pub use tenants::SignIn;
pub(crate) use value::ids_in;
pub use value::{Entry, Literal, Value, is_address, is_guid, is_placeholder};
