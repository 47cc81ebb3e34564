//! The tenant's policy state: the snapshot and the effective policy of a user.

mod snapshot;

pub use snapshot::{
    App, Change, Direct, EffectiveRead, GroupAssignment, Part, Policy, Reason, RequestedPermission, RoleGrant,
    RscGrant, ScopeGrant, Settings, Snapshot, Status, Teams, User, Via, VirtualEvent,
};
