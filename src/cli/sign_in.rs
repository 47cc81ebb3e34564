//! How `fetch` signs in: options, and the variables that other Azure tools know.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use graphwhy::source::sanitise;
use graphwhy::tenant::fetch::signin::{Audience, DeviceCode, Method, SignInError, Source, VARIABLES, Variables};
use graphwhy::tenant::fetch::{FetchError, Roots, Secret};
use uuid::Uuid;

use super::files::read_text;
use super::output::{Failure, note, shown};

/// Options of the sign-in. Secrets come from variables and files only: arguments are seen by everybody on the machine.
#[derive(Debug, clap::Args)]
pub(crate) struct SignIn {
    /// How to get access tokens
    #[arg(long, value_enum, default_value_t, value_name = "WAY", help_heading = "Sign-in")]
    sign_in: Way,
    /// File with a ready access token for Microsoft Graph
    #[arg(long, value_name = "FILE", help_heading = "Sign-in")]
    graph_token_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Way {
    /// A ready token, else what the AZURE_ variables make complete, else `az`
    #[default]
    Auto,
    /// A ready token: GRAPHWHY_GRAPH_TOKEN or --graph-token-file
    Token,
    /// An app: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
    Secret,
    /// An app: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH (PEM, key and certificate)
    Certificate,
    /// A person, in any browser, through the public client AZURE_CLIENT_ID
    DeviceCode,
    /// Who is signed in to the Azure CLI
    Az,
    /// Kubernetes: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE
    WorkloadIdentity,
    /// GitHub Actions (`id-token: write`) or Azure Pipelines (SYSTEM_ACCESSTOKEN), with AZURE_TENANT_ID, AZURE_CLIENT_ID
    Pipeline,
    /// Azure's identity of this machine or service; AZURE_CLIENT_ID for a user-assigned one
    ManagedIdentity,
}

impl Way {
    const fn method(self) -> Method {
        match self {
            Self::Auto => Method::Auto,
            Self::Token => Method::Token,
            Self::Secret => Method::Secret,
            Self::Certificate => Method::Certificate,
            Self::DeviceCode => Method::DeviceCode,
            Self::Az => Method::Az,
            Self::WorkloadIdentity => Method::WorkloadIdentity,
            Self::Pipeline => Method::Pipeline,
            Self::ManagedIdentity => Method::ManagedIdentity,
        }
    }
}

impl SignIn {
    /// The sign-in that is meant; `ready` holds tokens for other audiences.
    pub(crate) fn source(
        &self,
        roots: &Roots,
        tenant: Option<Uuid>,
        mut ready: BTreeMap<Audience, graphwhy::tenant::fetch::Secret>,
    ) -> Result<Source, Failure> {
        if self.graph_token_file.is_some() && !matches!(self.sign_in, Way::Auto | Way::Token) {
            return Err(Failure::usage(
                "`--graph-token-file` is a sign-in of its own",
                "leave it out, or leave `--sign-in` out",
            ));
        }
        if matches!(self.sign_in, Way::Auto | Way::Token)
            && let Some(token) = token("GRAPHWHY_GRAPH_TOKEN", self.graph_token_file.as_deref())?
        {
            ready.insert(Audience::Graph, token);
        }
        let variables = variables()?;
        Source::choose(self.sign_in.method(), roots, tenant, &variables, ready, show).map_err(|error| match &error {
            SignInError::Contradiction { .. } => Failure::usage(error.to_string(), error.help()),
            _ => {
                let error = FetchError::from(error);
                Failure::tool(error.to_string(), error.help())
            }
        })
    }
}

/// Every way to sign in, and what it takes: a line each.
pub(crate) fn ways() -> String {
    let values: Vec<_> = Way::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
    let width = values.iter().map(|value| value.get_name().len()).max().unwrap_or_default();
    let line = |value: &clap::builder::PossibleValue| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        format!("{:width$}  {help}\n", value.get_name())
    };
    values.iter().map(line).collect()
}

fn variables() -> Result<Variables, Failure> {
    let mut found = Vec::new();
    for name in VARIABLES {
        match std::env::var(name) {
            Ok(value) => found.push((name, value)),
            Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Failure::tool(format!("{name} is no text"), "set it to UTF-8, or unset it"));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Shown with `--quiet` as well: without it nobody could sign in.
fn show(code: &DeviceCode) {
    let minutes = code.time.as_secs().div_ceil(60);
    let (address, word) = (sanitise::one_line(&code.address), sanitise::one_line(&code.code));
    note(&format!("to sign in, open {address} and enter the code {word} (within {minutes} minutes)"));
}

pub(super) fn failure(error: &FetchError) -> Failure {
    Failure::tool(error.to_string(), error.help())
}

/// A ready token: the file before the variable.
pub(super) fn token(variable: &str, file: Option<&Path>) -> Result<Option<Secret>, Failure> {
    if let Some(file) = file {
        let (_, text) = read_text(file)?;
        return Secret::token(&text, &format!("`{}`", shown(file))).map(Some).map_err(|error| failure(&error));
    }
    match std::env::var(variable) {
        // Set to nothing, as pipelines do with a secret that is not there.
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Secret::token(&text, variable).map(Some).map_err(|error| failure(&error)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::tool(format!("{variable} is no text"), "store the bare access token in it"))
        }
    }
}
