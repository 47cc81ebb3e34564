//! A grant to everybody.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::Value;
use crate::script::subject;

pub(super) const SLUG: &str = "tenant-wide-grant";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (_, grant) in script.grants() {
        let takes_away = subject::argument(grant, "PolicyName").and_then(|a| a.value.as_ref()) == Some(&Value::Null);
        let target = subject::argument(grant, "Identity").or_else(|| subject::argument(grant, "Group")).is_some();
        if takes_away || target {
            continue;
        }
        let why = "every user without a policy of their own or of a group gets it, later users too: grant it to a group of those who need it. What it does \
                   to the apps that `Global` lists is not documented: it may overwrite all of them";
        if grant.switch("Global") == Some(true) {
            let place = grant.argument("Global").map_or(grant.name_span, |a| a.span);
            out.push(Raised::new(SLUG, Confidence::Certain, grant, place, "the whole tenant").explained(why));
        } else if !grant.open
            && grant.piped.is_none()
            && grant.switch("Global").is_some()
            && grant.argument("PolicyName").is_some()
        {
            let explanation = format!("without `-Identity` and `-Group` the grant is for the tenant; {why}");
            out.push(
                Raised::new(SLUG, Confidence::Likely, grant, grant.name_span, "no user and no group")
                    .explained(explanation),
            );
        }
    }
}
