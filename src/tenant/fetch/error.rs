//! What can go wrong: with the whole run, and with one read.

use uuid::Uuid;

use super::signin::SignInError;
use crate::tenant::Reason;

/// A run that gives no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// A file of `--cloud` that is no cloud.
    #[error("`{file}` is no cloud: {message}")]
    Cloud {
        /// Name of the file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A ready token that cannot be one.
    #[error("the token in {origin} cannot be used: {message}")]
    Token {
        /// The file or variable.
        origin: String,
        /// What is wrong.
        message: String,
    },
    /// Sign-in did not give a token.
    #[error("sign-in failed: {0}")]
    SignIn(#[from] SignInError),
    /// The service refused the token itself.
    #[error("the token was refused: {message}")]
    Refused {
        /// What the service says, and what the token's claims show.
        message: String,
    },
    /// Nothing answered, or every read was refused.
    #[error("nothing could be read: {message}")]
    Unreachable {
        /// The first failure.
        message: String,
    },
    /// Two sources speak of two tenants.
    #[error("{first} is of tenant `{first_tenant}`, {second} of tenant `{second_tenant}`")]
    Tenant {
        /// What is of the one tenant.
        first: String,
        /// The one tenant.
        first_tenant: Uuid,
        /// What is of the other.
        second: String,
        /// The other tenant.
        second_tenant: Uuid,
    },
    /// The Teams policies could not be read the way that was asked for.
    #[error("the Teams policies could not be read: {message}")]
    Teams {
        /// What is wrong.
        message: String,
        /// The way out.
        help: String,
    },
    /// The machine cannot do it.
    #[error("could not start: {message}")]
    Start {
        /// What the system says.
        message: String,
    },
}

impl FetchError {
    /// The way out.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Cloud { .. } => {
                "a cloud file is TOML with `graph = \"https://…\"` and, where they are needed, `login` and `teams`; \
                 `http` is taken on loopback only"
            }
            Self::Token { .. } => "store the bare access token, one line, as the sign-in gave it",
            Self::SignIn(error) => error.help(),
            Self::Teams { help, .. } => help,
            Self::Refused { .. } => {
                "get a new access token for Microsoft Graph of this cloud and tenant, for instance with `az account \
                 get-access-token --resource-type ms-graph`, and give it as GRAPHWHY_GRAPH_TOKEN"
            }
            Self::Unreachable { .. } => {
                "check the rights of the token (`--explain-rights`), the network, the proxy settings (HTTPS_PROXY) and `--cloud`; what was written before is untouched"
            }
            Self::Tenant { .. } => "use one tenant for all: another token, another `--tenant`, or another output file",
            Self::Start { .. } => "check the limits of this machine (open files, memory)",
        }
    }
}

/// Why one read gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// 403 with Graph's error object.
    Forbidden(String),
    /// 404 with Graph's error object: the thing does not exist.
    NotFound(String),
    /// The members of a group are hidden from who has no right of its own for it.
    Hidden(String),
    /// 401.
    Refused(String),
    /// The service does not do this: 400, 405, 501.
    Unsupported(String),
    /// Everything else, also after all attempts.
    Failed(String),
    /// The run was stopped, or its time was over.
    Stopped(String),
}

impl ReadError {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Forbidden(text)
            | Self::NotFound(text)
            | Self::Hidden(text)
            | Self::Refused(text)
            | Self::Unsupported(text)
            | Self::Failed(text)
            | Self::Stopped(text) => text,
        }
    }

    /// The reason for the snapshot; `right` is what the read takes.
    pub(super) fn reason(&self, right: &str, read: &str) -> Reason {
        let (kind, needs) = match self {
            Self::Forbidden(_) => ("forbidden", Some(right.to_owned())),
            // learn.microsoft.com/graph/api/group-list-members
            Self::Hidden(_) => ("forbidden", Some(format!("{right}, and Graph permission Member.Read.Hidden"))),
            Self::NotFound(_) => ("not-found", None),
            Self::Refused(_) => ("failed", Some("a new access token".to_owned())),
            Self::Failed(_) | Self::Unsupported(_) => ("failed", None),
            Self::Stopped(_) => ("not-read", Some("`graphwhy fetch --resume`".to_owned())),
        };
        Reason { kind: kind.to_owned(), needs, detail: Some(format!("{read}: {}", self.text())) }
    }
}
