//! A question: may this app do this operation for this user?

use uuid::Uuid;

use crate::input::{MeetingRef, Moment, Token};
use crate::knowledge::{Gate, Operation};

/// App, user and operation, with what is known of the call; by default nothing is, and all gates are asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Client id of the app; `None` = not known.
    pub app_id: Option<Uuid>,
    /// Object id of the user whose policy is asked; `None` = not known.
    pub user_id: Option<Uuid>,
    /// The user as written, where it is no object id.
    pub user: Option<String>,
    /// The operation; `None` = not known.
    pub operation: Option<&'static Operation>,
    /// The call's token.
    pub token: Option<Token>,
    /// Whether the call is delegated, where the token or the text says so.
    pub delegated: bool,
    /// The meeting that the call names.
    pub meeting: Option<MeetingRef>,
    /// When the call was (or is to be) made; `None` = unknown, so that time and expiry are unknown.
    pub at: Option<Moment>,
    /// Only these gates are asked; `None` = all.
    pub gates: Option<Vec<Gate>>,
    /// The service's own words tell that the policy was asked, whatever the documents say of the operation, or where
    /// the operation is not known.
    pub policy_asked: bool,
    /// The method is not known: the operation is the one of `GET`, and any other of its path may be meant.
    pub any_method: bool,
    /// The question comes from a failure that the service answered, so that request and service are asked.
    pub of_incident: bool,
}
