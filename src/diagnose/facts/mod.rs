//! What a snapshot and a token say of a question, apart from what follows from it: gates are judged on it.

pub mod permission;
pub mod policy;
pub mod rsc;

use uuid::Uuid;

use crate::input::Token;

/// The app id of Microsoft Graph itself (learn.microsoft.com/troubleshoot/entra: verify first-party apps).
pub const GRAPH: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);

/// A token without a single claim was no JSON web token.
pub(in crate::diagnose) fn is_decoded(token: &Token) -> bool {
    *token != Token::default()
}
