//! What an access token says.

use uuid::Uuid;

/// How the token of the call was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Client credentials: application permissions (`roles`).
    App,
    /// A signed-in user: delegated permissions (`scp`).
    Delegated,
}

impl TokenKind {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Delegated => "delegated",
        }
    }
}

/// Claims of an access token, decoded for diagnosis only; the signature is not checked. Never
/// holds the token itself. Claims: learn.microsoft.com/entra/identity-platform/access-token-claims-reference
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// `aud`.
    pub audience: Option<String>,
    /// `tid`.
    pub tenant: Option<Uuid>,
    /// `appid` (v1) or `azp` (v2): the client id.
    pub app_id: Option<Uuid>,
    /// `oid`: the user's object id, or the service principal's in an app-only token.
    pub object_id: Option<Uuid>,
    /// `roles`; `None` = the claim is absent.
    pub roles: Option<Vec<String>>,
    /// `scp`, split; `None` = the claim is absent.
    pub scopes: Option<Vec<String>>,
    /// `idtyp`.
    pub id_type: Option<String>,
    /// `iat`, Unix seconds.
    pub issued_at: Option<i64>,
    /// `exp`, Unix seconds.
    pub expires_at: Option<i64>,
}

impl Token {
    /// `idtyp=app` is app-only; else `scp` is delegated; else `roles` is app-only.
    #[must_use]
    pub fn kind(&self) -> Option<TokenKind> {
        if self.id_type.as_deref() == Some("app") {
            Some(TokenKind::App)
        } else if self.scopes.is_some() {
            Some(TokenKind::Delegated)
        } else if self.roles.is_some() {
            Some(TokenKind::App)
        } else {
            None
        }
    }
}
