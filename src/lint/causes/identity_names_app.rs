//! `Grant-` with the id of the app as `-Identity`, which is the user there.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::sessions::app_member;
use crate::script::{Value, is_guid, subject};

pub(crate) const SLUG: &str = "identity-names-app";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let apps = subject::app_ids(script.commands);
    for (_, grant) in script.grants() {
        let Some(argument) = subject::argument(grant, "Identity") else { continue };
        let why = "a policy is granted to users, never to an app: the apps are listed inside the policy";
        let id = match &argument.value {
            Some(Value::Text(literal)) if is_guid(&literal.text) => {
                literal.text.trim().trim_matches(['{', '}']).to_lowercase()
            }
            // The same value twice, whatever it is.
            Some(Value::Unknown(Some(symbol))) => symbol.clone(),
            _ => continue,
        };
        if let Some(place) = apps.get(&id) {
            out.push(
                Raised::new(SLUG, Confidence::Certain, grant, argument.span, "an app; Grant takes the user here")
                    .proved(*place, "listed as an app here")
                    .explained(why),
            );
            continue;
        }
        if is_of_app(&id) {
            out.push(
                Raised::new(
                    SLUG,
                    Confidence::Likely,
                    grant,
                    argument.span,
                    "the id of an app; Grant takes the user here",
                )
                .explained(why),
            );
            continue;
        }
        let variable = script.written(argument).to_lowercase();
        let name = variable.trim_start_matches(['$', '{']).trim_end_matches('}');
        let name = name.rsplit(':').next().unwrap_or(name);
        if variable.starts_with('$')
            && ["appid", "clientid", "applicationid", "app_id", "client_id"].iter().any(|n| name.ends_with(n))
        {
            out.push(
                Raised::new(
                    SLUG,
                    Confidence::Likely,
                    grant,
                    argument.span,
                    "named like an app; Grant takes the user here",
                )
                .explained(why),
            );
        }
    }
}

/// Whether a value that is not known is the id of an app's registration or service principal.
fn is_of_app(symbol: &str) -> bool {
    app_member(symbol).is_some_and(|member| matches!(member, "id" | "objectid" | "appid" | "applicationid"))
}
