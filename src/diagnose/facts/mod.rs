//! What a snapshot and a token say of a question, apart from what follows from it: gates are judged on it.

pub mod permission;
pub mod policy;
pub mod rsc;

use crate::input::Token;

/// A token without a single claim was no JSON web token.
pub(in crate::diagnose) fn is_decoded(token: &Token) -> bool {
    *token != Token::default()
}
