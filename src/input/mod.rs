//! Text becomes incidents: failures with the facts around them.
//!
//! Nothing is parsed as a whole, since what is pasted is torn: messages are found on a view of the
//! text that ignores quoting, escaping and wrapping ([`dense`](self)), pairs one by one, requests and
//! status lines by themselves; then what stands together becomes one incident.

mod answered;
mod apart;
mod app_in_words;
mod as_written;
mod aside;
mod asked_about;
mod assemble;
mod beginning;
mod beside;
mod bodied;
mod broken;
mod builder;
mod called;
mod caller;
mod claimed;
mod cmdlet;
mod collected;
mod colour;
mod columns;
mod command;
mod compared;
mod date;
mod dense;
mod elsewhere;
mod embedded;
mod empty;
mod expected;
mod facts;
mod fields;
mod foreign;
mod frame;
mod get_error;
mod group;
mod guard;
mod headed;
mod header_row;
mod http_date;
mod incident;
mod kept;
mod keyed;
mod lane;
mod levelled;
mod listed;
mod literal;
mod made;
mod mapped;
mod markup;
pub(crate) mod meeting;
mod members;
mod method;
mod named_app;
mod named_code;
mod named_value;
mod neighbour;
mod notation;
mod outer;
mod own_pair;
mod own_status;
mod pattern;
mod present;
mod program;
mod records;
mod repeats;
pub(crate) mod request;
mod resource;
mod role_list;
mod service;
mod silent;
mod slot;
mod split_ids;
mod spoken;
mod status;
mod supposed;
mod territory;
mod thrown;
mod told_by;
mod told_over;
mod told_path;
mod trailed;
mod view;
mod whose;
mod word_list;
mod wordless;
mod wrapped;
mod writers;
mod written;

pub use crate::source::{Span, Token, TokenKind};
pub use asked_about::find_asked;
pub use assemble::{Found, MAX_INCIDENTS, find, incidents};
pub use date::{moment_of_http_date, parse_time};
pub use facts::{apply_token, request_line};
pub use incident::{
    Asked, AskedUser, Conflict, ConflictOf, Fact, Facts, Incident, MeetingIdForm, MeetingRef, Moment, Origin,
    SymptomHit,
};
pub(crate) use literal::may_be_closed_below;
pub(crate) use pattern::is_cmdlet_name;
pub(crate) use role_list::is_permission;
pub(crate) use service::{is_of_none, speaks_of_graph};
