//! Sign-in: from options and variables to access tokens, renewed when they run out.
//!
//! | file | what happens there |
//! |---|---|
//! | `choice` | which sign-in the variables and options mean; what is half set |
//! | `authority` | one exchange with the authority of the cloud |
//! | `certificate` | an assertion that the key of a certificate signs |
//! | `device` | a person enters a code in a browser |
//! | `federated` | tokens of Kubernetes, GitHub Actions and Azure Pipelines that an app trusts |
//! | `platform` | the Azure CLI and managed identities |
//! | `error` | what went wrong, by the authority's numbers, and what to change |
//!
//! Whatever is one exchange with the authority is done here and not by a library: device code is in no library, a
//! certificate only with OpenSSL, and the loopback authority of a custom cloud with none.

mod authority;
mod certificate;
mod choice;
mod device;
mod error;
mod federated;
mod platform;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use self::authority::{Authority, Grant};
use self::certificate::Certificate;
use self::choice::{App, Credential};
use super::roots::Roots;
use super::secret::Secret;

pub use self::choice::{Method, VARIABLES, Variables};
pub use self::device::DeviceCode;
pub use self::error::SignInError;

/// "Skype and Teams Tenant Admin API": known from public clients of the endpoints that the MicrosoftTeams module
/// calls, in no document.
pub const TEAMS_ADMIN: &str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239";

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Microsoft Graph of the cloud.
    Graph,
    /// The endpoints that the MicrosoftTeams module calls (undocumented).
    TeamsAdmin,
}

impl Audience {
    /// The scope that asks for all that was consented to.
    fn scope(self, roots: &Roots) -> String {
        match self {
            // The host alone, whatever version the root names.
            Self::Graph => format!("{}/.default", roots.graph().origin().ascii_serialization()),
            Self::TeamsAdmin => format!("{TEAMS_ADMIN}/.default"),
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::TeamsAdmin => "the Teams admin API",
        }
    }

    const fn variable(self) -> &'static str {
        match self {
            Self::Graph => "GRAPHWHY_GRAPH_TOKEN",
            Self::TeamsAdmin => "GRAPHWHY_TEAMS_TOKEN",
        }
    }
}

/// Where access tokens come from.
#[derive(Clone, Debug)]
pub struct Source(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Tokens that somebody else got; they are not renewed.
    ready: BTreeMap<Audience, Secret>,
    /// How other tokens are got, and in which cloud.
    credential: Option<(Credential, Roots)>,
    /// Nobody chose the credential.
    automatic: bool,
    show: fn(&DeviceCode),
    held: RefCell<BTreeMap<Audience, Held>>,
    refresh: RefCell<Option<Secret>>,
    /// One sign-in at a time, however many reads wait for it.
    turn: tokio::sync::Mutex<()>,
}

/// A token that was signed in for.
#[derive(Clone, Debug)]
struct Held {
    token: Secret,
    /// From when on another one is wanted.
    renew: Instant,
    /// When it is of no more use.
    end: Instant,
}

impl From<Secret> for Source {
    /// A ready token for Microsoft Graph, and no other.
    fn from(graph: Secret) -> Self {
        Self::new(BTreeMap::from([(Audience::Graph, graph)]), None, false, |_| {})
    }
}

impl Source {
    /// The sign-in that is meant by options and variables. Asks nobody yet.
    ///
    /// # Errors
    ///
    /// [`SignInError`] when it is half set, contradicts itself, or cannot be what it is said to be.
    pub fn choose(
        method: Method,
        roots: &Roots,
        tenant: Option<Uuid>,
        variables: &Variables,
        ready: BTreeMap<Audience, Secret>,
        show: fn(&DeviceCode),
    ) -> Result<Self, SignInError> {
        let has_graph = ready.contains_key(&Audience::Graph);
        let credential = choice::choose(method, has_graph, tenant, variables, roots)?;
        // Whoever names a way to sign in does not mean a token that lies around.
        let mut ready = ready;
        if credential.is_some() {
            ready.remove(&Audience::Graph);
        }
        let credential = credential.map(|credential| (credential, roots.clone()));
        Ok(Self::new(ready, credential, method == Method::Auto, show))
    }

    fn new(
        ready: BTreeMap<Audience, Secret>,
        credential: Option<(Credential, Roots)>,
        automatic: bool,
        show: fn(&DeviceCode),
    ) -> Self {
        Self(Rc::new(Inner {
            ready,
            credential,
            automatic,
            show,
            held: RefCell::default(),
            refresh: RefCell::default(),
            turn: tokio::sync::Mutex::new(()),
        }))
    }

    /// Who signs in, for people; `None` for a ready token.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        self.0.credential.as_ref().map(|(credential, _)| credential.title())
    }

    /// The tenant whose authority gives the token for this audience; `None` for a ready token, or where nobody named it.
    #[must_use]
    pub fn tenant(&self, audience: Audience) -> Option<Uuid> {
        let own = self.0.credential.as_ref().filter(|_| !self.is_ready(audience));
        own.and_then(|(credential, _)| credential.tenant())
    }

    /// Whether somebody else got the token for this audience.
    #[must_use]
    pub fn is_ready(&self, audience: Audience) -> bool {
        self.0.ready.contains_key(&audience)
    }

    /// Whether an app or a machine signs in, and no person.
    #[must_use]
    pub fn is_app(&self) -> bool {
        self.0.credential.as_ref().is_some_and(|(credential, _)| credential.is_app())
    }

    /// A token for this audience: the ready one, the one that is still good, or a new one.
    ///
    /// # Errors
    ///
    /// [`SignInError`] with what to change.
    pub async fn token(&self, audience: Audience) -> Result<Secret, SignInError> {
        if let Some(ready) = self.0.ready.get(&audience) {
            return Ok(ready.clone());
        }
        let _turn = self.0.turn.lock().await;
        let held = self.held(audience);
        match held {
            Some(held) if held.renew > Instant::now() => Ok(held.token),
            Some(held) => match self.sign_in(audience).await {
                // The one that there is is still good for a while; a passing fault may be over by then.
                Err(_) if held.end > Instant::now() => Ok(held.token),
                new => new,
            },
            None => self.sign_in(audience).await,
        }
    }

    /// Gets another token after this one was refused; `false` where there is no other.
    ///
    /// # Errors
    ///
    /// [`SignInError`] with what to change.
    pub async fn renew(&self, audience: Audience, refused: &Secret) -> Result<bool, SignInError> {
        if self.0.ready.contains_key(&audience) {
            return Ok(false);
        }
        let _turn = self.0.turn.lock().await;
        // Another read may have got it meanwhile.
        if self.held(audience).is_some_and(|held| held.token.expose() != refused.expose()) {
            return Ok(true);
        }
        Ok(self.sign_in(audience).await?.expose() != refused.expose())
    }

    fn held(&self, audience: Audience) -> Option<Held> {
        self.0.held.borrow().get(&audience).cloned()
    }

    async fn sign_in(&self, audience: Audience) -> Result<Secret, SignInError> {
        let Some((credential, roots)) = &self.0.credential else {
            let variable = audience.variable();
            let what = match audience {
                Audience::Graph => String::new(),
                Audience::TeamsAdmin => format!(" to a token for `{TEAMS_ADMIN}`"),
            };
            return Err(SignInError::Contradiction {
                message: format!("there is no access token for {}", audience.title()),
                help: format!("set {variable}{what}, or choose a `--sign-in` that gets one"),
            });
        };
        let grant = self.grant(credential, roots, audience).await.map_err(|error| self.more(error))?;
        if grant.refresh.is_some() {
            self.0.refresh.borrow_mut().clone_from(&grant.refresh);
        }
        // Before it runs out: what is on its way has to arrive with it.
        let margin = (grant.lifetime / 5).min(Duration::from_secs(300));
        let now = Instant::now();
        let after = |time| now.checked_add(time).unwrap_or(now);
        let (renew, end) = (after(grant.lifetime.saturating_sub(margin)), after(grant.lifetime));
        self.0.held.borrow_mut().insert(audience, Held { token: grant.token.clone(), renew, end });
        Ok(grant.token)
    }

    async fn grant(&self, credential: &Credential, roots: &Roots, audience: Audience) -> Result<Grant, SignInError> {
        let (scope, hint) = (audience.scope(roots), credential.hint());
        match credential {
            Credential::Secret { app, secret } => {
                let form = [("client_secret", secret.expose())];
                app_token(&Authority::new(roots, &app.tenant)?, app, &scope, &form, hint).await
            }
            Credential::Certificate { app, path, send_chain } => {
                let authority = Authority::new(roots, &app.tenant)?;
                let certificate = Certificate::load(path)?;
                let audience = authority.token_address();
                let assertion = certificate.assertion(&audience, app.client, *send_chain, Timestamp::now())?;
                assert(&authority, app, &scope, &assertion, hint).await
            }
            Credential::WorkloadIdentity { app, file } => {
                let assertion = federated::file(file)?;
                assert(&Authority::new(roots, &app.tenant)?, app, &scope, &assertion, hint).await
            }
            Credential::GitHub { app, url, token } => {
                let assertion = federated::github(url, token, federated::audience(&roots.name)).await?;
                assert(&Authority::new(roots, &app.tenant)?, app, &scope, &assertion, hint).await
            }
            Credential::AzurePipelines { app, url, token, connection } => {
                let assertion = federated::azure_pipelines(url, token, connection).await?;
                assert(&Authority::new(roots, &app.tenant)?, app, &scope, &assertion, hint).await
            }
            Credential::DeviceCode { app } => {
                self.device_code(&Authority::new(roots, &app.tenant)?, app, &scope, hint).await
            }
            Credential::Az { tenant } => platform::az(&scope, tenant.as_deref(), hint).await,
            Credential::ManagedIdentity { client } => platform::managed_identity(&scope, client.as_deref(), hint).await,
        }
    }

    /// Asked once; later tokens, for other audiences too, come from the refresh token.
    async fn device_code(
        &self,
        authority: &Authority,
        app: &App,
        scope: &str,
        hint: &str,
    ) -> Result<Grant, SignInError> {
        let client = app.client.to_string();
        let scope = format!("{scope} offline_access");
        let refresh = self.0.refresh.borrow().clone();
        match refresh {
            Some(refresh) => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", &client),
                    ("refresh_token", refresh.expose()),
                    ("scope", &scope),
                ];
                authority.token(&form).await.map_err(|failure| failure.explained(hint))
            }
            None => device::sign_in(authority, &client, &scope, self.0.show, hint).await,
        }
    }

    /// Who chose nothing is told what there is to choose.
    fn more(&self, error: SignInError) -> SignInError {
        let az = matches!(self.0.credential, Some((Credential::Az { .. }, _)));
        match error {
            SignInError::NoAnswer { message, help } if self.0.automatic && az => SignInError::NoAnswer {
                message: format!("no token and no AZURE_ variables are set, and {message}"),
                help: format!(
                    "set GRAPHWHY_GRAPH_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential; or {help}; \
                     `graphwhy fetch --explain-rights` tells what the token has to hold"
                ),
            },
            SignInError::Refused { code, message, help } if self.0.automatic && az => SignInError::Refused {
                code,
                message,
                help: format!(
                    "{help}; or set GRAPHWHY_GRAPH_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential"
                ),
            },
            other => other,
        }
    }
}

/// A token of an app that proves itself with an assertion.
async fn assert(
    authority: &Authority,
    app: &App,
    scope: &str,
    assertion: &Secret,
    hint: &str,
) -> Result<Grant, SignInError> {
    let proof = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.expose()),
    ];
    app_token(authority, app, scope, &proof, hint).await
}

/// learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
async fn app_token(
    authority: &Authority,
    app: &App,
    scope: &str,
    proof: &[(&str, &str)],
    hint: &str,
) -> Result<Grant, SignInError> {
    let client = app.client.to_string();
    let mut form = vec![("grant_type", "client_credentials"), ("client_id", client.as_str()), ("scope", scope)];
    form.extend_from_slice(proof);
    authority.token(&form).await.map_err(|failure| failure.explained(hint))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::knowledge;

    #[test]
    fn every_cloud_has_its_scope_and_authority() {
        for cloud in knowledge::clouds() {
            let roots = Roots::named(cloud.name).unwrap();
            assert_eq!(Audience::Graph.scope(&roots), format!("https://{}/.default", cloud.graph));
            let authority = Authority::new(&roots, "contoso.com").unwrap();
            assert_eq!(authority.token_address(), format!("https://{}/contoso.com/oauth2/v2.0/token", cloud.login));
        }
        let roots = Roots::from_toml("graph = \"http://127.0.0.1:9/x/v1.0\"", "c").unwrap();
        assert_eq!(Audience::Graph.scope(&roots), "http://127.0.0.1:9/.default");
    }
}
