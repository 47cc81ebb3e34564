//! Tokens and secrets: a type that does not print what it holds.

use std::borrow::Cow;
use std::fmt;

use reqwest::header::HeaderValue;

use super::FetchError;

/// A token or secret. It has no `Display`, is written nowhere, and its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A ready token as somebody stored it: blanks around it and a leading `Bearer` go.
    ///
    /// # Errors
    ///
    /// [`FetchError::Token`] when nothing is left, or it holds characters that no token has; `origin` names the
    /// file or variable.
    pub fn token(text: &str, origin: &str) -> Result<Self, FetchError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let bare = match text.split_at_checked(7) {
            Some((word, rest)) if word.eq_ignore_ascii_case("bearer ") => rest.trim(),
            // Trimmed, the word alone has lost its blank.
            _ if text.eq_ignore_ascii_case("bearer") => "",
            _ => text,
        };
        let wrong = |message: &str| FetchError::Token { origin: origin.to_owned(), message: message.to_owned() };
        if bare.is_empty() {
            return Err(wrong("it is empty"));
        }
        if !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("it holds blanks, line ends or other characters that no token has"));
        }
        Ok(Self(bare.to_owned()))
    }

    /// A secret that is used as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The text without this secret, wherever the text repeats it.
    pub(super) fn hidden_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // JSON may write a slash with an escape.
        let escaped = self.0.replace('/', "\\/");
        if self.0.is_empty() || !(text.contains(&self.0) || text.contains(&escaped)) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace(&self.0, "***").replace(&escaped, "***"))
    }

    /// Whether it is so long that no other text holds it by chance.
    pub(super) fn is_long(&self) -> bool {
        self.0.len() >= 16
    }

    /// The header that carries it, marked so that no log of HTTP headers shows it.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn tokens_are_trimmed_and_never_printed() {
        let token = Secret::token("\u{feff}  bearer abc.def.ghi\r\n", "t").unwrap();
        assert_eq!(token.expose(), "abc.def.ghi");
        assert!(!format!("{token:?} {:?}", token.bearer().unwrap()).contains("abc"));
        let slashed = Secret::token("0.AX/opaque+token=", "t").unwrap();
        assert_eq!(slashed.hidden_in("no 0.AX/opaque+token= or 0.AX\\/opaque+token=, no"), "no *** or ***, no");
        assert_eq!(token.hidden_in("nothing"), "nothing");
        for bad in ["", " \n", "Bearer ", "two words", "a\nb", "é"] {
            let error = Secret::token(bad, "GRAPHWHY_GRAPH_TOKEN").unwrap_err();
            assert!(error.to_string().contains("GRAPHWHY_GRAPH_TOKEN"), "{error}");
        }
    }
}
