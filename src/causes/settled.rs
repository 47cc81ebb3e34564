//! Which causes the gates exclude, and which one read would decide. Outcomes decide here, never a message.

use crate::diagnose::facts::permission::Why;
use crate::diagnose::facts::policy::Asked;
use crate::diagnose::facts::rsc::Rsc;
use crate::diagnose::gates::{time, token};
use crate::diagnose::{Case, Finding, Gates, Outcome, RuledOut, Undecided};
use crate::knowledge::{Confidence, Gate, Text};
use crate::order;
use crate::tenant::{Assignment, Tri};

/// Causes of the policy gate.
const POLICY: [&str; 10] = [
    "another-registration-listed",
    "events-hidden-by-policy",
    "exchange-policy-instead",
    "granted-policy-does-not-exist",
    "no-policy-names-app",
    "object-id-in-app-ids",
    "policy-granted-to-another-user",
    "policy-not-granted",
    "policy-shadowed",
    "user-only-in-nested-group",
];

/// Those that exclude each other; the rest may accompany one of them.
const SIBLINGS: [&str; 5] = [
    "another-registration-listed",
    "no-policy-names-app",
    "object-id-in-app-ids",
    "policy-not-granted",
    "policy-shadowed",
];

/// Causes that gate outcomes exclude, each with the reason; none that is a finding.
#[must_use]
pub fn ruled_out(case: &Case<'_>, gates: &Gates, findings: &[Finding]) -> Vec<RuledOut> {
    let mut out: Vec<(&'static str, String)> = Vec::new();
    policy(case, gates, findings, &mut out);
    let passes = |gate| gates.outcome(gate) == Outcome::Pass;
    if passes(Gate::Permission)
        && let Some(held) = case.permission.held.first()
    {
        let slugs: &[&str] = if case.delegated {
            &["permission-granted-as-application", "permission-not-granted"]
        } else {
            &[
                "application-access-unsupported",
                "calls-permission-missing",
                "permission-granted-as-delegated",
                "permission-not-granted",
                "permission-too-narrow",
                "token-older-than-grant",
            ]
        };
        let by_token = case.token().is_some();
        let holder = if by_token { "the token holds" } else { "the app was granted" };
        // Without a token, nobody knows whether the call's token is older than the grant.
        let slugs = slugs.iter().filter(|slug| by_token || **slug != "token-older-than-grant");
        out.extend(slugs.map(|slug| (*slug, format!("{holder} `{held}`"))));
        if is_listed(case) {
            out.push(("app-unknown-in-tenant", "the tenant lists the app".to_owned()));
        }
    }
    permission(case, gates, findings, &mut out);
    if passes(Gate::User) {
        out.push(("user-unknown", "the tenant lists the user".to_owned()));
        out.push(("user-without-teams", "the user's Teams service plan is enabled".to_owned()));
    }
    if passes(Gate::Tenant) {
        out.push(("transcript-access-disabled", "the tenant's switch is on".to_owned()));
    }
    // Of a delegated call the service asks for the user of the token, whoever is in the path.
    if passes(Gate::Meeting) && !case.delegated {
        out.push(("caller-not-organizer", "the user in the path may organize the meeting".to_owned()));
    }
    token_claims(case, gates, &mut out);
    order::sort(&mut out);
    out.dedup_by(|a, b| a.0 == b.0);
    out.into_iter()
        .filter(|(slug, _)| !findings.iter().any(|finding| finding.cause == *slug))
        .map(|(slug, reason)| {
            let by = findings.iter().find(|finding| proves(finding) == reason).map(|finding| finding.cause.clone());
            RuledOut { cause: Text::Borrowed(slug), reason, by }
        })
        .collect()
}

fn proves(finding: &Finding) -> String {
    format!("the snapshot proves `{}` instead", finding.cause)
}

fn policy(case: &Case<'_>, gates: &Gates, findings: &[Finding], out: &mut Vec<(&'static str, String)>) {
    if !case.asks(Gate::Policy) {
        return;
    }
    let all = |reason: &str| POLICY.map(|slug| (slug, reason.to_owned()));
    let facts = &case.policy;
    match (gates.outcome(Gate::Policy), facts.asked) {
        (Outcome::Skipped, _) if case.delegated => {
            out.extend(all("a delegated call is not asked for the policy"));
            out.extend(
                ["group-assignment-still-propagating", "policy-still-propagating"]
                    .map(|slug| (slug, "a delegated call is not asked for the policy".to_owned())),
            );
        }
        (Outcome::Skipped, _) => out.extend(all("the policy is not asked for this operation")),
        (Outcome::Pass, _) if facts.lists == Tri::Yes => {
            let reason = facts.effective.known().map_or_else(
                || "every policy that may be effective lists the app".to_owned(),
                |known| format!("the effective policy `{}` lists the app", known.policy),
            );
            out.extend(all(&reason));
        }
        (Outcome::Pass, Asked::Filters) => {}
        (Outcome::Pass, _) => out.extend(all("a consent in the meeting's chat replaces the policy")),
        (Outcome::Fail | Outcome::Unknown, _) => {
            if facts.anywhere == Tri::Yes {
                out.push(("no-policy-names-app", "a policy lists the app".to_owned()));
            }
            if facts.anywhere == Tri::No {
                let listed = ["policy-granted-to-another-user", "policy-not-granted", "policy-shadowed"];
                out.extend(listed.map(|slug| (slug, "no policy lists the app".to_owned())));
            }
            if let Some(lower) = case.app_id.and_then(|app| super::policy::refused_all_the_same(case, app)) {
                out.push(("policy-not-granted", format!("`{}` lists the app and reaches the user", lower.policy)));
            }
            if super::policy::no_own_object(case) {
                out.push(("object-id-in-app-ids", "no policy lists an object id of the app".to_owned()));
            }
            if super::policy::no_other_registration(case) {
                let reason = "no policy lists another registration of the app's name";
                out.push(("another-registration-listed", reason.to_owned()));
            }
            if let Some(proved) = proved_sibling(case, gates, findings) {
                let reason = proves(&proved);
                let all_read = super::policy::all_read(case);
                let others = SIBLINGS.iter().filter(|slug| match **slug {
                    "no-policy-names-app" => facts.anywhere == Tri::No,
                    // These are told first, and a policy that was not read may list such an id.
                    "object-id-in-app-ids" | "another-registration-listed" => all_read,
                    _ => true,
                });
                out.extend(others.map(|slug| (*slug, reason.clone())));
            } else if let Some(hidden) = hidden(case) {
                out.push(("policy-not-granted", format!("`{}` lists the app and reaches the user", hidden.policy)));
            }
        }
    }
}

/// An assignment that certainly reaches the user below another one, and lists the app.
fn hidden<'c, 'a>(case: &'c Case<'a>) -> Option<&'c Assignment<'a>> {
    let app = case.app_id?;
    let mut hidden = case.policy.effective.hidden.iter();
    hidden.find(|it| it.certain && super::policy::lists(case, it, app) == Tri::Yes)
}

/// The policy cause that the state proves: where a consent in the chat would replace the policy and was not read, the one
/// that it proves without.
fn proved_sibling(case: &Case<'_>, gates: &Gates, findings: &[Finding]) -> Option<Finding> {
    let is_proved = |it: &Finding| it.confidence == Confidence::Certain && SIBLINGS.contains(&it.cause.as_ref());
    if case.rsc != Rsc::Unread || gates.outcome(Gate::Policy) != Outcome::Unknown || case.policy.lists != Tri::No {
        return findings.iter().find(|finding| is_proved(finding)).cloned();
    }
    let mut refusing = gates.clone();
    refusing.0.iter_mut().filter(|gate| gate.gate == Gate::Policy).for_each(|gate| gate.outcome = Outcome::Fail);
    let siblings = super::STATE.iter().filter(|cause| SIBLINGS.contains(&cause.slug));
    siblings.filter_map(|cause| (cause.find)(case, &refusing)).find(is_proved)
}

/// Causes of a permission gate that does not pass exclude each other by what was granted.
fn permission(case: &Case<'_>, gates: &Gates, findings: &[Finding], out: &mut Vec<(&'static str, String)>) {
    const KINDS: [&str; 4] = [
        "calls-permission-missing",
        "permission-granted-as-delegated",
        "permission-not-granted",
        "permission-too-narrow",
    ];
    let facts = &case.permission;
    if case.delegated || !matches!(gates.outcome(Gate::Permission), Outcome::Fail | Outcome::Unknown) {
        return;
    }
    if facts.why == Why::Unsupported {
        let others = KINDS.iter().chain(&["token-older-than-grant"]);
        out.extend(others.map(|slug| (*slug, "no role would do: the operation takes none".to_owned())));
        return;
    }
    match facts.granted {
        Tri::Yes => {
            out.extend(KINDS.iter().map(|slug| (*slug, "the tenant granted an accepted role".to_owned())));
        }
        Tri::No => out.push(("token-older-than-grant", "the tenant has not granted an accepted role".to_owned())),
        Tri::Unknown => {}
    }
    if is_listed(case) {
        out.push(("app-unknown-in-tenant", "the tenant lists the app".to_owned()));
    }
    let proved = findings
        .iter()
        .find(|finding| finding.confidence == Confidence::Certain && KINDS.contains(&finding.cause.as_ref()));
    let Some(proved) = proved else { return };
    // That it was granted as a delegated permission instead, only the delegated grants can exclude.
    let read = case.app.is_some_and(|app| app.delegated.is_some());
    let others = KINDS.iter().filter(|slug| **slug != "permission-granted-as-delegated" || read);
    out.extend(others.map(|slug| (*slug, proves(proved))));
}

/// Whether the tenant has the app, and had it at the time that is asked about: what came later may have brought it.
fn is_listed(case: &Case<'_>) -> bool {
    let came = || case.app_id.is_some_and(|app| case.view.later_app(app).iter().any(|change| change.change == "added"));
    case.app.is_some() && !came()
}

fn token_claims(case: &Case<'_>, gates: &Gates, out: &mut Vec<(&'static str, String)>) {
    let (Some(claims), Some(facts)) = (case.token(), token::facts(case)) else { return };
    if gates.outcome(Gate::Token) == Outcome::Skipped {
        return;
    }
    if claims.expires_at.is_some() && facts.expired == Tri::No {
        out.push(("token-expired", "the token was valid at the time of the call".to_owned()));
    }
    if claims.audience.is_some() && !facts.wrong_audience {
        out.push(("token-for-another-audience", "the token is for Microsoft Graph".to_owned()));
    }
    if claims.tenant.is_some() && claims.tenant == case.view.snapshot().tenant_id {
        out.push(("token-from-another-tenant", "the token is of the snapshot's tenant".to_owned()));
    }
}

/// Causes that one read would decide, with that read.
#[must_use]
pub fn undecided(case: &Case<'_>, gates: &Gates, findings: &[Finding]) -> Vec<Undecided> {
    let mut out: Vec<(&'static str, Text)> = Vec::new();
    for gate in gates.0.iter().filter(|gate| gate.outcome == Outcome::Unknown) {
        let Some(needs) = &gate.needs else { continue };
        out.extend(open_causes(case, gates, gate.gate).into_iter().map(|slug| (slug, needs.clone())));
    }
    open_siblings(case, gates, findings, &mut out);
    if gates.outcome(Gate::Permission) == Outcome::Fail
        && case.permission.why == Why::NotGranted
        && case.app.is_some_and(|app| app.delegated.is_none())
    {
        out.push(("permission-granted-as-delegated", Text::Borrowed("delegated-grants")));
    }
    order::sort(&mut out);
    out.dedup_by(|a, b| a.0 == b.0);
    out.into_iter()
        .filter(|(slug, _)| {
            !findings.iter().any(|finding| finding.cause == *slug && finding.confidence == Confidence::Certain)
        })
        .map(|(slug, needs)| Undecided { cause: Text::Borrowed(slug), needs })
        .collect()
}

/// The policy gate fails for certain; which of its causes it is may still depend on what was not read.
fn open_siblings(case: &Case<'_>, gates: &Gates, findings: &[Finding], out: &mut Vec<(&'static str, Text)>) {
    if gates.outcome(Gate::Policy) != Outcome::Fail {
        return;
    }
    let effective = &case.policy.effective;
    let groups = case.view.snapshot().groups.known();
    let needs = if case.policy.anywhere == Tri::Unknown {
        "policies"
    } else if case.policy.anywhere == Tri::No && super::policy::unread_id(case).is_some() {
        // Whose id a policy lists in place of the app's, the ids of the app's own objects tell.
        "app"
    } else if effective.hidden_open {
        "group-assignments"
    } else if groups.iter().all(|group| group.members.is_complete()) {
        "effective"
    } else {
        "group-members"
    };
    let open =
        findings.iter().filter(|finding| finding.gate == Gate::Policy && finding.confidence < Confidence::Certain);
    let slugs = ["no-policy-names-app", "policy-not-granted", "policy-shadowed"];
    for finding in open {
        out.extend(slugs.iter().filter(|slug| finding.cause == **slug).map(|slug| (*slug, Text::Borrowed(needs))));
    }
}

/// What may be wrong where a gate is unknown.
fn open_causes(case: &Case<'_>, gates: &Gates, gate: Gate) -> Vec<&'static str> {
    match gate {
        Gate::Token => match token::facts(case) {
            Some(_) => vec!["token-expired"],
            None => vec!["token-expired", "token-for-another-audience", "token-from-another-tenant"],
        },
        Gate::Permission => match case.permission.why {
            Why::Unread | Why::ChangedLater if case.app.is_none() => {
                vec!["app-unknown-in-tenant", "permission-not-granted"]
            }
            Why::UnknownInTenant => vec!["app-unknown-in-tenant"],
            Why::Unsupported => vec!["application-access-unsupported"],
            _ => vec!["permission-not-granted"],
        },
        Gate::User if case.user.is_some() => vec!["user-without-teams"],
        Gate::User => vec!["user-unknown", "user-without-teams"],
        Gate::Policy => match case.policy.anywhere {
            Tri::Yes => vec!["policy-not-granted", "policy-shadowed"],
            Tri::No => vec!["no-policy-names-app"],
            Tri::Unknown => vec!["no-policy-names-app", "policy-not-granted", "policy-shadowed"],
        },
        Gate::Time => time::rests(case, gates)
            .iter()
            .filter(|rests| time::age(case, rests) != time::Age::Outside)
            .map(|rests| rests.cause)
            .collect(),
        Gate::Tenant => vec!["transcript-access-disabled"],
        Gate::Meeting => vec!["caller-not-organizer"],
        _ => Vec::new(),
    }
}
