//! The tenant's policy state: the snapshot and the effective policy of a user.

mod error;
pub mod name;
mod parse;
mod snapshot;
mod write;

pub use error::SnapshotError;
pub use parse::{SCHEMA, parse};
pub use snapshot::{
    App, Change, Direct, EffectiveRead, GroupAssignment, Part, Policy, Reason, RequestedPermission, RoleGrant,
    RscGrant, ScopeGrant, Settings, Snapshot, Status, Teams, User, Via, VirtualEvent,
};
pub use write::write;
