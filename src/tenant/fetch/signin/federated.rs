//! Tokens of others that an app trusts: from a file, from GitHub Actions, from Azure Pipelines.

use std::path::Path;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::super::secret::Secret;
use super::SignInError;
use super::authority::ask;

/// Larger files are no token.
const MAX_FILE: u64 = 1 << 20;

/// Read anew each time: whoever writes the file replaces it before it expires.
pub(super) fn file(path: &Path) -> Result<Secret, SignInError> {
    let name = format!("`{}`", path.display());
    let wrong = |message: String| SignInError::Setting {
        what: name.clone(),
        message,
        help: "set AZURE_FEDERATED_TOKEN_FILE to the file with the projected token".to_owned(),
    };
    let metadata = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return Err(wrong("it is no file with a token".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    Secret::token(&text, &name).map_err(|error| wrong(error.to_string()))
}

/// The audience that a federated credential has in this cloud: the worldwide one is documented
/// (learn.microsoft.com/graph/api/resources/federatedidentitycredential), the others are in the Azure SDKs
/// (learn.microsoft.com/azure/azure-signalr/signalr-howto-authorize-managed-identity). None was found for the newer
/// clouds; the worldwide one is asked for, and the authority says what it wants.
pub(super) fn audience(cloud: &str) -> &'static str {
    match cloud {
        "usgov-l4" | "usgov-dod" => "api://AzureADTokenExchangeUSGov",
        "china" => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    }
}

/// docs.github.com/actions/reference/security/oidc
pub(super) async fn github(url: &Url, token: &Secret, audience: &str) -> Result<Secret, SignInError> {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("audience", audience);
    let help = "give the job `permissions: id-token: write`";
    let answer = ask(Method::GET, &url, token, HeaderMap::new(), "GitHub Actions", help).await?;
    found(&answer, "value", "GitHub Actions", help)
}

/// learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
pub(super) async fn azure_pipelines(url: &Url, token: &Secret, connection: &str) -> Result<Secret, SignInError> {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("api-version", "7.1").append_pair("serviceConnectionId", connection);
    // Without it a refused token is answered by a page to sign in.
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("x-tfs-fedauthredirect"), HeaderValue::from_static("Suppress"));
    let help = "check the service connection (AZURESUBSCRIPTION_SERVICE_CONNECTION_ID), and map SYSTEM_ACCESSTOKEN to \
                $(System.AccessToken)";
    let answer = ask(Method::POST, &url, token, headers, "Azure Pipelines", help).await?;
    found(&answer, "oidcToken", "Azure Pipelines", help)
}

fn found(answer: &Value, key: &str, who: &str, help: &str) -> Result<Secret, SignInError> {
    let text = answer.get(key).and_then(Value::as_str).unwrap_or_default();
    Secret::token(text, &format!("the answer of {who}"))
        .map_err(|error| SignInError::NoAnswer { message: error.to_string(), help: help.to_owned() })
}
