//! A grant by address: it is not what the documents show.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::is_address;
use crate::script::subject;

pub(super) const SLUG: &str = "user-principal-name-as-identity";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (_, grant) in script.grants() {
        // Where user and policy are swapped, the user is in the other place.
        let user = ["Identity", "PolicyName"].iter().find_map(|name| {
            let argument = subject::argument(grant, name)?;
            subject::text(Some(argument)).filter(|l| is_address(&l.text)).map(|_| argument)
        });
        if let Some(argument) = user {
            out.push(
                Raised::new(SLUG, Confidence::Certain, grant, argument.span, "an address").explained(
                    "the page of the cmdlet takes the object id of the user; whether an address always works is not documented",
                ),
            );
        }
    }
}
