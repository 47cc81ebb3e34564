//! `Grant-` with the id of the app as `-Identity`, which is the user there.

use super::object_id_in_app_ids::lists_user;
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
            let variable = script.written(argument);
            // The grant is right, and the list is not.
            if lists_user(script, &id, script.at(*place)) || lists_user(script, &id, variable) {
                continue;
            }
            let call = script.given_text(argument).filter(|_| !is_named_like_app(variable));
            let here = call.map_or(argument.span, |literal| literal.span);
            let mut raised = Raised::new(SLUG, Confidence::Certain, grant, here, "an app; Grant takes the user here")
                .proved(*place, "listed as an app here")
                .explained(why);
            if call.is_some() {
                raised = raised.proved(argument.span, "used as the user here");
                raised.command = here;
            }
            out.push(raised);
            continue;
        }
        let label = match () {
            () if is_of_app(&id) => "the id of an app; Grant takes the user here",
            () if is_named_like_app(script.written(argument)) => "named like an app; Grant takes the user here",
            () => continue,
        };
        out.push(Raised::new(SLUG, Confidence::Likely, grant, argument.span, label).explained(why));
    }
}

/// Whether a value is a variable that is called after the id of an app.
fn is_named_like_app(written: &str) -> bool {
    let variable = written.to_lowercase();
    let name = variable.trim_start_matches(['$', '{']).trim_end_matches('}');
    let name = name.rsplit(':').next().unwrap_or(name);
    variable.starts_with('$')
        && ["appid", "clientid", "applicationid", "app_id", "client_id"].iter().any(|end| name.ends_with(end))
}

/// Whether a value that is not known is the id of an app's registration or service principal.
fn is_of_app(symbol: &str) -> bool {
    app_member(symbol).is_some_and(|member| matches!(member, "id" | "objectid" | "appid" | "applicationid"))
}
