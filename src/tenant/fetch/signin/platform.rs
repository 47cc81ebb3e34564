//! What the Azure CLI and Azure itself vouch for, through `azure_identity`: it knows how each platform is asked.

use std::error::Error as _;
use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, Executor, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId,
};
use jiff::Timestamp;

use super::super::answer::harmless;
use super::super::client::{http_client, words};
use super::super::secret::Secret;
use super::SignInError;
use super::authority::Grant;

/// The Azure CLI starts slowly, and may have to ask the authority itself.
const CLI: Duration = Duration::from_secs(90);
/// The identity service of a machine may be away for 70 seconds
/// (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
const IDENTITY: Duration = Duration::from_secs(75);
const CONNECT: Duration = Duration::from_secs(5);

/// Runs the Azure CLI so that it can neither ask anything nor outlive the run.
#[derive(Debug)]
struct Quiet;

impl Executor for Quiet {
    fn run<'a, 'p, 'l, 's, 'f>(
        &'a self,
        program: &'p OsStr,
        args: &'l [&'s OsStr],
    ) -> Pin<Box<dyn Future<Output = io::Result<Output>> + Send + 'f>>
    where
        'a: 'f,
        'p: 'f,
        'l: 'f,
        's: 'f,
        Self: 'f,
    {
        let mut command = tokio::process::Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        Box::pin(async move { command.output().await })
    }
}

/// A token of who is signed in to the Azure CLI.
pub(super) async fn az(scope: &str, tenant: Option<&str>, hint: &str) -> Result<Grant, SignInError> {
    let options = AzureCliCredentialOptions {
        tenant_id: tenant.map(str::to_owned),
        executor: Some(Arc::new(Quiet)),
        ..AzureCliCredentialOptions::default()
    };
    let credential = AzureCliCredential::new(Some(options)).map_err(|error| unfit(&error, hint))?;
    let error = match tokio::time::timeout(CLI, credential.get_token(&[scope], None)).await {
        Ok(Ok(token)) => return grant(&token, "the Azure CLI's answer"),
        Ok(Err(error)) => inner(&error),
        Err(_) => return Err(late("the Azure CLI", CLI, hint)),
    };
    let message = error.trim().trim_start_matches("ERROR: ").to_owned();
    if message.contains("not found on PATH") {
        return Err(SignInError::NoAnswer {
            message: "the Azure CLI (`az`) is not installed, or not on PATH".to_owned(),
            help: "install it (learn.microsoft.com/cli/azure/install-azure-cli) and run `az login`, or choose another `--sign-in`"
                .to_owned(),
        });
    }
    Err(SignInError::refused(&format!("the Azure CLI gave no token: {message}"), None, hint))
}

/// A token of the managed identity of this machine or service.
pub(super) async fn managed_identity(scope: &str, client: Option<&str>, hint: &str) -> Result<Grant, SignInError> {
    // The endpoint is on this machine or next to it: a proxy would only learn its secret.
    let plain = std::env::var("IDENTITY_ENDPOINT").map_or(true, |endpoint| !endpoint.starts_with("https:"));
    let http =
        http_client(plain, CONNECT).map_err(|message| SignInError::NoAnswer { message, help: hint.to_owned() })?;
    let client_options = ClientOptions {
        transport: Some(Transport::new(Arc::new(http))),
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    };
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client.map(|id| UserAssignedId::ClientId(id.to_owned())),
        client_options,
    };
    let credential = ManagedIdentityCredential::new(Some(options)).map_err(|error| unfit(&error, hint))?;
    match tokio::time::timeout(IDENTITY, credential.get_token(&[scope], None)).await {
        Ok(Ok(token)) => grant(&token, "the identity service's answer"),
        Ok(Err(error)) => {
            Err(SignInError::refused(&format!("the managed identity gave no token: {}", inner(&error)), None, hint))
        }
        Err(_) => Err(late("the identity service of this machine", IDENTITY, hint)),
    }
}

fn grant(token: &AccessToken, origin: &str) -> Result<Grant, SignInError> {
    let secret = Secret::token(token.token.secret(), origin).map_err(|error| SignInError::NoAnswer {
        message: error.to_string(),
        help: "run it by hand to see what it prints".to_owned(),
    })?;
    let left = token.expires_on.unix_timestamp().saturating_sub(Timestamp::now().as_second());
    let lifetime = Duration::from_secs(u64::try_from(left).unwrap_or_default());
    Ok(Grant { token: secret, lifetime, refresh: None })
}

/// The error below the library's own wording and links.
fn inner(error: &azure_core::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| source.to_string())
}

fn unfit(error: &azure_core::Error, hint: &str) -> SignInError {
    SignInError::NoAnswer { message: harmless(&inner(error)), help: hint.to_owned() }
}

fn late(who: &str, time: Duration, hint: &str) -> SignInError {
    SignInError::NoAnswer { message: format!("{who} did not answer within {}", words(time)), help: hint.to_owned() }
}
