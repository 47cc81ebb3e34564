//! A person enters a code in a browser, wherever there is one
//! (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code, RFC 8628).

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use super::SignInError;
use super::authority::{Authority, Failure, Grant, seconds};

/// RFC 8628 section 3.2, where the authority names none.
const INTERVAL: f64 = 5.0;
/// RFC 8628 section 3.5: how much slower after `slow_down`.
const SLOWER: Duration = Duration::from_secs(5);
const LEAST: Duration = Duration::from_millis(100);
/// Questions without an answer, one after the other, that do not end the waiting: the person is still on the way.
const SILENT: u32 = 3;

/// What the person has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// The page to open.
    pub address: String,
    /// What to enter there.
    pub code: String,
    /// How long there is time for it.
    pub time: Duration,
}

#[derive(Deserialize)]
struct RawCode {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

/// Asks for a code, shows it, and waits until it was entered.
pub(super) async fn sign_in(
    authority: &Authority,
    client: &str,
    scope: &str,
    show: fn(&DeviceCode),
    hint: &str,
) -> Result<Grant, SignInError> {
    let form = [("client_id", client), ("scope", scope)];
    let body = authority.post("devicecode", &form).await.map_err(|failure| failure.explained(hint))?;
    let raw: RawCode = serde_json::from_str(&body).map_err(|_| SignInError::NoAnswer {
        message: "the authority's answer holds no device code".to_owned(),
        help: hint.to_owned(),
    })?;
    let said = |value: &Option<Value>, without: f64| value.as_ref().and_then(seconds).unwrap_or(without);
    let time = Duration::try_from_secs_f64(said(&raw.expires_in, 900.0)).unwrap_or(Duration::from_secs(900));
    let mut interval = Duration::try_from_secs_f64(said(&raw.interval, INTERVAL)).unwrap_or(SLOWER).max(LEAST);
    let end = Instant::now().checked_add(time);
    show(&DeviceCode { address: raw.verification_uri, code: raw.user_code, time });
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", client),
        ("device_code", raw.device_code.as_str()),
    ];
    let mut silent = 0_u32;
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left <= interval) {
            return Err(over());
        }
        tokio::time::sleep(interval).await;
        match authority.token(&form).await {
            Ok(grant) => return Ok(grant),
            Err(Failure::Refused(refusal)) => match refusal.kind.as_str() {
                "authorization_pending" => silent = 0,
                "slow_down" => interval = interval.saturating_add(SLOWER),
                "expired_token" | "code_expired" => return Err(over()),
                "authorization_declined" | "access_denied" => {
                    return Err(SignInError::Refused {
                        code: refusal.code,
                        message: "the sign-in was declined in the browser".to_owned(),
                        help: "run the command again and accept it, or choose another `--sign-in`".to_owned(),
                    });
                }
                _ => return Err(Failure::Refused(refusal).explained(hint)),
            },
            Err(Failure::Other(SignInError::NoAnswer { .. })) if silent < SILENT => silent = silent.saturating_add(1),
            Err(failure) => return Err(failure.explained(hint)),
        }
    }
}

fn over() -> SignInError {
    SignInError::NoAnswer {
        message: "nobody entered the code in time".to_owned(),
        help: "run the command again and enter the new code in time".to_owned(),
    }
}
