//! The tenant's policy state: the snapshot and the effective policy of a user.

mod contradiction;
pub mod diff;
mod earlier;
mod effective;
mod error;
#[cfg(feature = "online")]
pub mod fetch;
pub mod history;
mod implied;
pub mod import;
mod later;
mod licence;
mod load;
pub mod name;
mod overtaken;
mod parse;
mod snapshot;
pub mod subject;
mod text;
mod view;
mod write;

pub use earlier::{Told, undo};
pub(crate) use effective::by_groups;
pub use effective::{Assignment, Effective, Gaps, Level, effective};
pub use error::SnapshotError;
pub use load::load;
pub use parse::{SCHEMA, parse};
pub(crate) use snapshot::FORBIDDEN;
pub use snapshot::{
    Absent, AbsentKind, App, Change, Direct, EffectiveRead, GroupAssignment, HiddenAssignment, NestedGroup, Part,
    Policy, Reason, RequestedPermission, RoleGrant, RscGrant, ScopeGrant, Settings, Snapshot, Status, TOO_OLD, Teams,
    User, Via, VirtualEvent,
};
pub(crate) use text::parse_id;
pub use view::{Content, Tri, View};
pub(crate) use view::{PolicyNames, policy_names};
pub use write::write;
