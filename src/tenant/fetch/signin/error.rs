//! What can go wrong at sign-in, and what to change.

use std::fmt::Write as _;

use super::super::answer::harmless;
use crate::knowledge;

/// A sign-in that gives no token. Nothing in it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Some of the variables that make a sign-in are set, and others are not.
    #[error("{} set, but {} not", listed(.set), listed(.missing))]
    Incomplete {
        /// Variables that are set.
        set: Vec<&'static str>,
        /// Variables, or alternatives, that are missing.
        missing: Vec<&'static str>,
        /// The way out.
        help: String,
    },
    /// A variable or file cannot be used.
    #[error("{what} cannot be used: {message}")]
    Setting {
        /// The variable or file.
        what: String,
        /// What is wrong with it.
        message: String,
        /// The way out.
        help: String,
    },
    /// Options, variables and the cloud contradict each other.
    #[error("{message}")]
    Contradiction {
        /// What does not go together.
        message: String,
        /// The way out.
        help: String,
    },
    /// The authority, or what vouches for this machine, gave no token.
    #[error("{message}")]
    Refused {
        /// The number after `AADSTS`, where one was given.
        code: Option<u32>,
        /// What it means, and what the service says.
        message: String,
        /// The way out.
        help: String,
    },
    /// Nothing answered, or not as an authority does.
    #[error("{message}")]
    NoAnswer {
        /// What happened.
        message: String,
        /// The way out.
        help: String,
    },
}

impl SignInError {
    /// The way out.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Incomplete { help, .. }
            | Self::Setting { help, .. }
            | Self::Contradiction { help, .. }
            | Self::Refused { help, .. }
            | Self::NoAnswer { help, .. } => help,
        }
    }

    /// An answer that says why there is no token; `otherwise` helps where its number is not known.
    pub(super) fn refused(said: &str, code: Option<u32>, otherwise: &str) -> Self {
        let said = harmless(said);
        let code = code.or_else(|| code_in(&said));
        match code.and_then(knowledge::sign_in_answer) {
            Some(answer) => {
                Self::Refused { code, message: format!("{} ({said})", answer.means), help: answer.help.to_owned() }
            }
            None => Self::Refused { code, message: said, help: otherwise.to_owned() },
        }
    }
}

/// `A is`, `A and B are`: variables with their verb.
fn listed(names: &[&str]) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        let between = match at {
            0 => "",
            _ if at.saturating_add(1) == names.len() => " and ",
            _ => ", ",
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{between}{name}");
    }
    text.push_str(if names.len() > 1 { " are" } else { " is" });
    text
}

/// The number after `AADSTS` in a text.
fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = SignInError::Incomplete {
            set: vec!["AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"],
            missing: vec!["AZURE_CLIENT_ID"],
            help: "set it".to_owned(),
        };
        assert_eq!(error.to_string(), "AZURE_TENANT_ID and AZURE_CLIENT_SECRET are set, but AZURE_CLIENT_ID is not");
        assert_eq!(error.help(), "set it");
    }

    #[test]
    fn numbers_are_explained_and_unknown_ones_are_not() {
        let said = "AADSTS7000222: The provided client secret keys for app 'x' are expired.";
        let known = SignInError::refused(said, None, "other");
        assert!(known.to_string().starts_with("the client secret is expired (AADSTS7000222: The provided"), "{known}");
        assert!(known.help().contains("new client secret"));
        let unknown = SignInError::refused("AADSTS1: something", None, "other");
        assert_eq!((unknown.to_string().as_str(), unknown.help()), ("AADSTS1: something", "other"));
        // The number of the answer's own list comes first.
        assert!(matches!(
            SignInError::refused("no", Some(7_000_215), ""),
            SignInError::Refused { code: Some(7_000_215), .. }
        ));
    }
}
