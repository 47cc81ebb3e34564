//! Which tenant commands are run in, as far as the script signs in to more than one.

use std::collections::BTreeMap;

use super::command::{Argument, Bound, Form};
use super::value::Value;

/// What a script signed in with: nothing is known of a tenant but whether two sign-ins are for different ones.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// The tenant that is named.
    tenant: Option<String>,
    /// Who signs in, by parameter.
    account: BTreeMap<&'static str, String>,
}

/// Parameters of `Connect-MicrosoftTeams` that say who signs in.
const ACCOUNTS: [&str; 5] = ["accesstokens", "credential", "accountid", "applicationid", "certificatethumbprint"];

impl SignIn {
    /// What `Connect-MicrosoftTeams` is given; `written` gives the characters of an argument.
    pub(super) fn new(arguments: &[Argument], written: impl Fn(&Argument) -> String) -> Self {
        let text = |argument: &Argument| match &argument.value {
            Some(Value::Text(literal)) => literal.text.trim().to_lowercase(),
            Some(Value::Unknown(Some(symbol))) => format!("?{symbol}"),
            // What is not known is the same where it is written the same.
            _ => format!("={}", written(argument).to_lowercase()),
        };
        let mut found = Self::default();
        for argument in arguments {
            let name = match &argument.bound {
                Bound::Parameter(parameter) => parameter.name.to_lowercase(),
                _ if argument.form != Form::Positional => argument.written.to_lowercase(),
                _ => continue,
            };
            if name.len() > 1 && "tenantid".starts_with(&name) {
                found.tenant = Some(text(argument));
            } else if let Some(account) = ACCOUNTS.into_iter().find(|account| *account == name) {
                found.account.insert(account, text(argument));
            }
        }
        found
    }

    /// Whether two sign-ins are for different tenants, as far as one can tell: two tenants are named, or none, and two accounts.
    pub(super) fn differs(&self, other: &Self) -> bool {
        match (&self.tenant, &other.tenant) {
            (Some(one), Some(two)) => one != two,
            (None, None) => ACCOUNTS.iter().any(|name| match (self.account.get(name), other.account.get(name)) {
                (Some(one), Some(two)) => one != two,
                _ => false,
            }),
            _ => false,
        }
    }
}
