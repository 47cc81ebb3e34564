//! `graphwhy` explains why Microsoft Graph refuses an app's online-meeting calls, and what exactly changes that.
//!
//! The tree reads as the flow:
//!
//! | folder | what happens there |
//! |---|---|
//! | [`source`] | bytes become text with spans; secrets are masked |
//! | [`input`] | text becomes incidents: failures with the facts around them |
//! | [`knowledge`] | `rules/` as typed values: causes, symptoms, operations, permissions |
//! | [`tenant`] | the policy state: snapshot and effective policy |
//! | [`diagnose`] | gates, findings, verdicts |
//! | [`causes`] | one file per cause that needs reasoning |
//! | [`audit`] | hygiene of a tenant: what is odd before anything fails |
//! | [`fix`] | commands with the ids filled in, quoted for PowerShell; plans and their simulation |
//! | [`check`] | questions about many pairs, and expectations |
//! | [`script`] | PowerShell, runbooks and CI files become commands |
//! | [`lint`] | what is wrong with those commands, by themselves and on a copy of a snapshot |
//! | [`report`] | human text and JSON |
//!
//! The core (`diagnose`, `tenant`, `causes`, `fix`) is pure: state goes in, a value comes out, the
//! clock is an argument.

pub mod audit;
mod both;
pub mod causes;
pub mod check;
pub mod diagnose;
pub mod fix;
pub mod input;
pub mod knowledge;
pub mod lint;
mod order;
pub mod report;
pub mod script;
pub mod source;
pub mod tenant;
