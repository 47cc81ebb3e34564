//! The tenant that a text names beside a failure: where it is another than the snapshot's, nothing that the snapshot says
//! is proved of the call.

use uuid::Uuid;

use super::doubt::other_cloud;
use super::{Contradiction, GateResult, Outcome};
use crate::fix::Fix;
use crate::input::{Facts, Span};
use crate::knowledge::{Gate, Text};
use crate::source::slice;
use crate::tenant::Snapshot;

/// So far above a failure, and below it, a tenant is looked for.
const ABOVE: usize = 2_048;
const BELOW: usize = 1_024;
/// What stands before an id says whose it is.
const KEY: usize = 48;
/// Hosts behind which a tenant's id stands.
const SIGN_IN: [&str; 5] =
    ["login.microsoftonline.", "login.partner.microsoftonline.", "login.windows.", "sts.windows.", "login.microsoft."];
/// Keys, as letters only.
const KEYS: [&str; 8] =
    ["tid", "tenant", "tenantid", "tenantguid", "directoryid", "directorytenantid", "organization", "organisation"];
/// What may stand before `tenant` and `tenant id`: of a home, an owner or an organizer it is another matter.
const PREFIXES: [&str; 13] =
    ["x", "azure", "aad", "azuread", "entra", "entraid", "ad", "graph", "msgraph", "xms", "ms", "m365", "o365"];

/// What a gate needs of a call of another tenant.
pub(crate) const SNAPSHOT_OF: &str = "a snapshot of the tenant ";

/// What is said of a call of another tenant.
pub(super) enum Another {
    /// The text names another one than the snapshot's.
    Tenant { theirs: Uuid, own: Uuid },
    /// The call went to another cloud, and a tenant is in one of them.
    Cloud { theirs: &'static str, words: String },
}

/// The tenant that the text names nearest to a failure, where it is another one than the snapshot's.
pub(super) fn another(text: &str, failure: Span, facts: &Facts, snapshot: Option<&Snapshot>) -> Option<Another> {
    if let Some((theirs, words)) = other_cloud(facts, snapshot) {
        return Some(Another::Cloud { theirs, words });
    }
    let own = snapshot?.tenant_id?;
    let told = facts.tenant_id.as_ref().filter(|_| facts.token.is_none()).map(|fact| fact.value);
    let near = told.map_or_else(|| nearest(text, failure), |told| vec![told]);
    // Of several nobody knows which is the call's.
    near.into_iter().find(|theirs| *theirs != own).map(|theirs| Another::Tenant { theirs, own })
}

/// Whether the text speaks of a tenant that may be another one than the snapshot's.
pub(super) fn may_be_another(text: &str, failure: Span, snapshot: Option<&Snapshot>) -> bool {
    snapshot.is_some_and(|own| speaks_of_another(text, failure, own) || names_other_domain(text, failure, own))
}

/// Puts what was planned on the snapshot under the condition that the call is of its tenant.
pub(super) fn suppose(fixes: &mut [Fix], own: Option<Uuid>) {
    let named = own.map_or_else(String::new, |own| format!(" `{own}`"));
    for fix in fixes {
        let Some(proof) = &mut fix.proof else { continue };
        fix.title.push_str(", if the call was made in the snapshot's tenant");
        fix.assumes.insert(0, format!("the call was made in the snapshot's tenant{named}"));
        proof.proved = false;
        proof.missing.push("the text may be of another tenant".to_owned());
    }
}

/// Whether it speaks of one that it does not name by its id or domain.
fn speaks_of_another(text: &str, failure: Span, own: &Snapshot) -> bool {
    let from = failure.start.saturating_sub(BELOW);
    let near = slice(text, from..failure.end.saturating_add(BELOW / 2));
    let ends = |c: char| matches!(c, '\n' | '.' | '!' | ';');
    near.split(ends).any(|sentence| {
        let lower = sentence.to_ascii_lowercase();
        lower.contains("tenant") && is_of_another(sentence, own) || is_at_owner(&lower)
    })
}

/// What a tenant is that is not the one at work.
const KINDS: [&str; 22] = [
    "test",
    "testing",
    "staging",
    "dev",
    "development",
    "demo",
    "sandbox",
    "uat",
    "qa",
    "preprod",
    "preproduction",
    "pilot",
    "lab",
    "trial",
    "integration",
    "other",
    "another",
    "different",
    "second",
    "third",
    "foreign",
    "separate",
];
/// Whose it is that is not ours.
const OWNERS: [&str; 9] =
    ["customer", "client", "partner", "subsidiary", "vendor", "supplier", "contractor", "acquired", "sister"];
/// That something works is no word of what failed.
fn works(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| word.starts_with("work") || word.starts_with("succe") || ["fine", "ok", "okay"].contains(word))
}

/// Whether a sentence puts the failure into a tenant of another kind or of somebody else, or says that ours is not the one.
fn is_of_another(sentence: &str, own: &Snapshot) -> bool {
    let lower = sentence.to_ascii_lowercase();
    let split = |text| -> Vec<&str> {
        let words = str::split(text, |c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}'));
        words.filter(|word| !word.is_empty()).collect()
    };
    let clauses = || lower.split([',', ':', '(', ')']).flat_map(|part| part.split(" but ")).map(split);
    // `In our own tenant it works, this is Fabrikam's`
    let ours_works = |words: &[&str]| {
        let ours = |pair: &[&str]| matches!(pair, ["our" | "own" | "production" | "prod" | "live", "tenant"]);
        works(words) && words.windows(2).any(ours)
    };
    let mut all = clauses();
    if all.any(|words| ours_works(&words)) {
        let others = |words: &Vec<&str>| words.iter().any(|word| word.ends_with("'s")) || names_another(words);
        return clauses().filter(|words| !works(words)).any(|words| others(&words));
    }
    clauses().any(|words| !works(&words) && (names_another(&words) || is_of_owner(&words)))
        || is_not_ours(&split(&lower))
        || is_of_named(&split(sentence), own)
}

/// `in the UAT tenant`, `the tenant is contoso-test`.
fn names_another(words: &[&str]) -> bool {
    words.iter().enumerate().filter(|(_, word)| ["tenant", "tenant's"].contains(word)).any(|(at, _)| {
        let before = words.get(at.saturating_sub(4)..at).unwrap_or_default();
        let denied = before.iter().any(|word| matches!(*word, "not" | "never" | "no"));
        let kind = before.last().is_some_and(|word| KINDS.contains(word));
        let behind = words.get(at + 1..).unwrap_or_default();
        let is = matches!(behind, ["is" | "was", rest @ ..]
            if rest.iter().take(4).take_while(|word| **word != "not").any(|word| KINDS.get(..15).is_some_and(|all| all.contains(word))));
        kind && !denied || is
    })
}

/// `the tenant of our customer`, `our subsidiary's own tenant`, `in his tenant`.
fn is_of_owner(words: &[&str]) -> bool {
    let is_owner =
        |word: &str| OWNERS.contains(&word.trim_end_matches("'s").trim_end_matches("\u{2019}s").trim_end_matches('s'));
    words.iter().enumerate().filter(|(_, word)| **word == "tenant").any(|(at, _)| {
        let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
        let behind = words.get(at + 1..at + 5).or_else(|| words.get(at + 1..)).unwrap_or_default();
        let last = before.iter().rev().find(|word| **word != "own").copied().unwrap_or_default();
        let whose = ["his", "her", "their"].contains(&last)
            || last.ends_with('s') && last.contains(['\'', '\u{2019}']) && is_owner(last);
        let of = matches!(behind, ["of", rest @ ..] if rest.iter().any(|word| is_owner(word)));
        let denied = before.iter().any(|word| matches!(*word, "not" | "never" | "no"));
        (whose || of) && !denied
    })
}

/// `at our customer`, `in the customer's directory`, `the customer is Fabrikam`.
fn is_at_owner(sentence: &str) -> bool {
    const PLACES: [&str; 7] =
        ["directory", "organisation", "organization", "environment", "entra", "tenancy", "subscription"];
    const LEADS: [&str; 6] = ["at", "our", "a", "the", "this", "one"];
    if !OWNERS.iter().any(|owner| sentence.contains(owner)) {
        return false;
    }
    let bare = |word: &str| word.trim_end_matches("'s").trim_end_matches("\u{2019}s").to_owned();
    let is_owner = |word: &str| word != "client" && word != "contractor" && OWNERS.contains(&word);
    let apart = |c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}');
    let words: Vec<&str> = sentence.split(apart).filter(|word| !word.is_empty()).collect();
    words.iter().enumerate().filter(|(_, word)| is_owner(&bare(word))).any(|(at, word)| {
        let before = words.get(at.saturating_sub(3)..at).unwrap_or_default();
        let next = words.get(at + 1).copied().unwrap_or_default();
        let there = before.contains(&"at") && before.iter().all(|word| LEADS.contains(word) || is_verb(word));
        let denied = before.iter().any(|word| matches!(*word, "not" | "never" | "no"));
        let place = PLACES.contains(&next) && word.len() > bare(word).len();
        (there || place || next == "is" && before.last() == Some(&"the")) && !denied
    })
}

/// How a failure is put somewhere.
fn is_verb(word: &str) -> bool {
    ["is", "this", "that", "happens", "happened", "fails", "failed", "see", "saw", "occurs", "only", "it"]
        .contains(&word)
}

/// `…, not production`, `this tenant is not ours`.
fn is_not_ours(words: &[&str]) -> bool {
    let not = |three: &[&str]| {
        matches!(
            three,
            ["not", "production" | "prod" | "ours" | "live", ..]
                | ["not", "in", "production" | "prod"]
                | ["not", "our", "tenant"]
                | ["not", "the", "production" | "live"]
        )
    };
    words.windows(3).any(not)
        || words.len() >= 2 && words.windows(2).any(|pair| matches!(pair, ["not", "production" | "prod" | "ours"]))
}

/// `Fabrikam's tenant`, where no user of the snapshot has a domain of this name.
fn is_of_named(words: &[&str], own: &Snapshot) -> bool {
    const COMMON: [&str; 9] =
        ["Today's", "It's", "That's", "Let's", "There's", "What's", "Microsoft's", "User's", "Here's"];
    let mut known =
        own.users.known().iter().filter_map(|user| Some(user.upn.as_deref()?.split_once('@')?.1)).peekable();
    known.peek().is_some()
        && words.windows(2).any(|pair| {
            let [owner, tenant] = pair else { return false };
            let name = owner.strip_suffix("'s").or_else(|| owner.strip_suffix("\u{2019}s"));
            let Some(name) = name.filter(|name| name.starts_with(char::is_uppercase)) else { return false };
            let is_own = |domain: &str| domain.to_ascii_lowercase().starts_with(&name.to_ascii_lowercase());
            let is_user = |word: &str| {
                let name = word.to_lowercase();
                own.users
                    .known()
                    .iter()
                    .any(|user| user.name.as_deref().is_some_and(|it| it.to_lowercase().starts_with(&name)))
            };
            *tenant == "tenant" && !COMMON.contains(owner) && !is_user(name) && !known.clone().any(is_own)
        })
}

/// Whether the text names a tenant by a domain that none of the users of the snapshot has: `Tenant: fabrikam.onmicrosoft.com`,
/// an authority. A tenant has several domains, which mostly begin alike: it is a doubt and no more.
fn names_other_domain(text: &str, failure: Span, snapshot: &Snapshot) -> bool {
    let label = |domain: &str| domain.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let near = slice(text, failure.start.saturating_sub(ABOVE)..failure.end.saturating_add(BELOW));
    let other = |domain: &str| {
        let own = label(domain);
        let mut known =
            snapshot.users.known().iter().filter_map(|user| user.upn.as_deref()?.split_once('@')).peekable();
        known.peek().is_some() && known.all(|(_, domain)| label(domain) != own)
    };
    domains(near).chain(custom_domains(near)).take(4).any(other)
}

/// Domains of an organisation behind the word: `in tenant fabrikam.com`.
fn custom_domains(text: &str) -> impl Iterator<Item = &str> {
    const KEY: &str = "tenant";
    const ENDS: [&str; 14] = ["com", "net", "org", "edu", "gov", "de", "eu", "uk", "fr", "ch", "at", "nl", "io", "co"];
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let keys = memchr::memmem::find_iter(text.as_bytes(), "enant").map(|at| at + KEY.len() - 1);
    keys.filter_map(move |at| {
        let tail = text.get(at..)?;
        let value = tail.trim_start_matches([' ', ':', '=', ',', '"', '\'', '`', '(']);
        let domain = value.get(..value.find(|c: char| !is_part(c)).unwrap_or(value.len()))?.trim_end_matches('.');
        let apart = tail.len() - value.len();
        let (_, end) = domain.rsplit_once('.')?;
        let of_microsoft = domain.contains("microsoft") || domain.contains("windows.");
        ((1..=4).contains(&apart) && ENDS.contains(&end.to_ascii_lowercase().as_str()) && !of_microsoft)
            .then_some(domain)
    })
}

/// Domains that are told to be a tenant's.
fn domains(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.match_indices(".onmicrosoft.").filter_map(move |(at, _)| {
        let head = text.get(..at)?;
        let start = at - (head.len() - head.trim_end_matches(is_part).len());
        let tail = text.get(at..)?;
        let domain = text.get(start..at + tail.find(|c: char| !is_part(c)).unwrap_or(tail.len()))?;
        let from = (start.saturating_sub(KEY)..start).find(|at| text.is_char_boundary(*at)).unwrap_or(start);
        // In brackets behind a name it is whose domain it is.
        let is_told = is_of_tenant(text.get(from..start)?) || text.get(..start)?.ends_with('(');
        is_told.then_some(domain.trim_end_matches('.'))
    })
}

/// The tenants on the failure's own lines, the last one above and the first one below, before something else begins.
fn nearest(text: &str, failure: Span) -> Vec<Uuid> {
    let line = slice(text, failure.start..failure.end.saturating_add(BELOW));
    let (line, below) = line.split_at_checked(end_of_line(line, failure)).unwrap_or((line, ""));
    let above = slice(text, failure.start.saturating_sub(ABOVE)..failure.start);
    let is_other = |line: &str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '{' | '['))
    };
    let own: usize = below.split_inclusive('\n').skip(1).take_while(|line| !is_other(line)).map(str::len).sum();
    let below = below.strip_prefix(['\n', '\r']).unwrap_or(below);
    let (below, rest) = below.split_at_checked(own).unwrap_or((below, ""));
    let found = [tenants(line).next(), tenants(below).next(), tenants(above).last()];
    let found: Vec<Uuid> = found.into_iter().flatten().collect();
    if found.is_empty() { of_prose(rest, is_other).into_iter().collect() } else { found }
}

/// The tenant that sentences further below name, before another record begins: `We are Fabrikam, tenant …`.
fn of_prose(rest: &str, is_other: impl Fn(&str) -> bool) -> Option<Uuid> {
    let mut lines = rest.lines().take_while(|line| line.trim().is_empty() || !is_other(line));
    lines.find_map(|line| tenants(line).next().filter(|_| !is_of_another_call(&line.to_ascii_lowercase())))
}

/// That a tenant works, or is not meant, is no word of this one.
fn is_of_another_call(sentence: &str) -> bool {
    const WORDS: [&str; 8] = ["fine", "not", "never", "no", "unlike", "other", "another", "while"];
    let mut words = sentence.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word.starts_with("work") || word.starts_with("succe") || WORDS.contains(&word))
}

/// Where the line ends on which a failure ends.
fn end_of_line(from: &str, failure: Span) -> usize {
    let own = failure.end.saturating_sub(failure.start);
    let rest = from.get(own..).unwrap_or_default();
    own.saturating_add(rest.find('\n').unwrap_or(rest.len()))
}

fn tenants(text: &str) -> impl Iterator<Item = Uuid> {
    let is_dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let starts = text.match_indices('-').map(|(at, _)| at).filter(move |at| is_dash(at + 5) && is_dash(at + 10));
    starts.filter_map(move |dash| {
        let start = dash.checked_sub(8)?;
        let id = text.get(start..start + 36).and_then(|id| Uuid::try_parse(id).ok()).filter(|id| !id.is_nil())?;
        let from = (start.saturating_sub(KEY)..start).find(|at| text.is_char_boundary(*at)).unwrap_or(start);
        (is_of_tenant(text.get(from..start)?) && !is_of_somebody(text, start)).then_some(id)
    })
}

/// Whether an id stands in what tells of a meeting's people or of an app's owner: their tenant may be any.
fn is_of_somebody(text: &str, at: usize) -> bool {
    const WIDE: usize = 240;
    const SOMEBODY: [&str; 8] =
        ["organizer", "owner", "publisher", "attendee", "participant", "identity", "context", "workspace"];
    let head = slice(text, at.saturating_sub(WIDE)..at);
    let head = head.rsplit('}').next().unwrap_or_default().rsplit("\n\n").next().unwrap_or_default();
    let lower = head.to_ascii_lowercase();
    SOMEBODY.iter().any(|word| lower.contains(word))
}

/// Whether what stands before an id names a tenant.
fn is_of_tenant(before: &str) -> bool {
    let before = before.rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
    // The organizer's tenant, in a join link.
    let word = before.rsplit([' ', '\t']).next().unwrap_or_default();
    if ["context=", "meetup-join", "%22tid"].iter().any(|link| word.contains(link)) {
        return false;
    }
    if SIGN_IN.iter().any(|host| word.rsplit_once(host).is_some_and(|(_, rest)| rest.matches('/').count() == 1)) {
        return before.ends_with('/');
    }
    let named = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    // More than marks between a key and its value is another sentence.
    if before.len() - named.len() > 6 {
        return false;
    }
    let key = |text: &str| -> String {
        let from = text.rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).map_or(0, |at| at + 1);
        text.get(from..).unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let last = key(named);
    // `Tenant ID`, `Directory (tenant) ID`
    let last = if last == "id" {
        let rest = named.get(..named.len() - 2).unwrap_or_default();
        key(rest.trim_end_matches(|c: char| !c.is_alphanumeric())) + "id"
    } else {
        last
    };
    let stem = last.strip_suffix("tenantid").or_else(|| last.strip_suffix("tenant"));
    KEYS.contains(&last.as_str()) || stem.is_some_and(|stem| PREFIXES.contains(&stem) || last.starts_with("xms"))
}

impl Another {
    /// Why nothing of the snapshot is proved.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Tenant { theirs, own } => {
                format!("the text names the tenant `{theirs}`, and the snapshot is of `{own}`")
            }
            Self::Cloud { words, .. } => words.clone(),
        }
    }

    /// The state's gates say nothing of another tenant's call.
    pub(super) fn open(&self, gates: &mut [GateResult]) {
        let of_state = |gate: Gate| super::other_time::OF_STATE.contains(&gate) || gate == Gate::Time;
        for gate in gates.iter_mut().filter(|gate| of_state(gate.gate)) {
            if gate.outcome != Outcome::Skipped {
                gate.outcome = Outcome::Unknown;
                gate.evidence.retain(|one| one.object.contains("token"));
                gate.needs = Some(Text::Owned(match self {
                    Self::Tenant { theirs, .. } => format!("{SNAPSHOT_OF}`{theirs}`"),
                    Self::Cloud { theirs, .. } => format!("{SNAPSHOT_OF}in the cloud `{theirs}`"),
                }));
                gate.note = self.words();
            }
        }
    }

    /// The text and the snapshot contradict each other.
    pub(super) fn contradiction(&self) -> Option<Contradiction> {
        let Self::Tenant { theirs, own } = self else { return None };
        Some(Contradiction {
            snapshot: format!("it is of the tenant `{own}`"),
            service: format!("the call was made in the tenant `{theirs}`, by the text"),
            explanations: vec![
                "the snapshot is of another tenant".to_owned(),
                "the text names the tenant of another call".to_owned(),
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6de3c50f-2664-4d15-8400-0d9423a722fe";

    #[test]
    fn a_tenant_is_told_by_its_key_or_authority() {
        for before in [
            "tenantId=",
            "tid=",
            "\"tenantId\": \"",
            "\\\"tid\\\":\\\"",
            "AZURE_TENANT_ID=",
            "x-ms-tenant: ",
            "x-ms-client-tenant-id: ",
            "Tenant: ",
            "Tenant ID: ",
            "in tenant ",
            "Directory (tenant) ID ",
            "customer: Fabrikam (tenant ",
            "POST https://login.microsoftonline.com/",
            "iss=https://sts.windows.net/",
        ] {
            assert_eq!(tenants(&format!("x {before}{ID}/ y")).count(), 1, "{before}");
        }
        for before in [
            "https://teams.microsoft.com/l/meetup-join/19:x/0?context={\"Tid\":\"",
            "homeTenantId: ",
            "appOwnerTenantId=",
            "organizer tenant policy for user ",
            "https://login.microsoftonline.com/common/reprocess?x=",
            "client_id=",
            "tenant contoso.com, app ",
            "request-id: ",
        ] {
            assert_eq!(tenants(&format!("x {before}{ID} y")).count(), 0, "{before}");
        }
    }

    #[test]
    fn a_tenant_is_told_in_words() {
        let text = r#"{"schema":1,"users":{"status":"partial","items":[
            {"id":"748d2cbb-3b55-40ed-8c34-2eae5932b22a","upn":"adele@contoso.com","name":"Adele"}]}}"#;
        let own = crate::tenant::parse(text, "t").unwrap_or_default();
        for text in [
            "The failing tenant is contoso-test, not production",
            "It is from the tenant of our customer Fabrikam",
            "This happens in the UAT tenant only",
            "The user belongs to our subsidiary's own tenant",
            "We see it in a second tenant (Northwind)",
            "In our own tenant it works, this is Fabrikam's",
            "The customer runs it in his tenant, fabrikam",
            "Prod is fine, the error is from the demo tenant",
            "this is our customer Fabrikam's tenant",
            "it is Fabrikam's tenant",
            "the tenant is not ours",
        ] {
            assert!(is_of_another(text, &own), "{text}");
        }
        for text in [
            "that is at our customer tailspin toys",
            "it fails in the customer's directory",
            "the customer is fabrikam",
            "we see this at a customer only, our own tenant is fine",
        ] {
            assert!(is_at_owner(text), "{text}");
        }
        for text in [
            "the customer cannot join",
            "we show it to our customers",
            "a customer's meeting fails",
            "the client id is new",
            "it is not at the customer",
        ] {
            assert!(!is_at_owner(text), "{text}");
        }
        for text in [
            "It is our production tenant contoso",
            "The test tenant works",
            "Other tenants are not affected",
            "We have only one tenant",
            "This is not the test tenant",
            "it works in another tenant",
            "the tenant admin is on holiday",
            "Contoso's tenant",
            "Adele's tenant",
            "our customers use our tenant",
            "the tenant is not affected",
            "In our production tenant it works for Bob",
        ] {
            assert!(!is_of_another(text, &own), "{text}");
        }
    }

    #[test]
    fn a_tenant_is_told_by_its_domain() {
        for (text, found) in [
            ("Tenant: fabrikam.onmicrosoft.com\n403", 1),
            ("ERROR tenant=fabrikam.onmicrosoft.us {", 1),
            ("POST https://login.microsoftonline.com/fabrikam.onmicrosoft.com/oauth2/v2.0/token", 1),
            ("mail to lena@fabrikam.onmicrosoft.com", 0),
            ("https://fabrikam.onmicrosoft.com/app", 0),
        ] {
            assert_eq!(domains(text).count(), found, "{text}");
        }
    }

    #[test]
    fn a_tenant_may_be_told_by_a_domain_of_its_own() {
        for (text, found) in [
            ("This is tenant fabrikam.com.", 1),
            ("Tenant: fabrikam.co.uk\n", 1),
            ("the tenant settings.json", 0),
            ("the tenant is fabrikam", 0),
            ("tenant login.microsoftonline.com", 0),
            ("tenants work. contoso.com is ours", 0),
        ] {
            assert_eq!(custom_domains(text).count(), found, "{text}");
        }
    }

    #[test]
    fn prose_below_names_the_tenant() {
        for (below, found) in [
            (format!("\n\nWe are Fabrikam, tenant {ID}."), 1),
            (format!("\n\nHello,\n\nwe see this since noon.\nTenant ID: {ID}\n"), 1),
            (format!("\n\nIt works in tenant {ID}."), 0),
            (format!("\n\nThis is not tenant {ID}."), 0),
            (format!("\n\n2026-11-20 another record of tenant {ID}"), 0),
            (format!("\n\n{{\"tenantId\": \"{ID}\"}}"), 0),
        ] {
            let text = format!("403 refused{below}");
            assert_eq!(nearest(&text, Span::new(0, 11)).len(), found, "{text}");
        }
    }

    #[test]
    fn the_nearest_one_counts() {
        let other = ID.replace("6de3", "7de3");
        let text = format!("tenant {ID}\n\ntenant {other}\n403 refused\ntenant {ID}");
        let at = text.find("403").unwrap_or_default();
        let found: Vec<String> = nearest(&text, Span::new(at, at + 3)).iter().map(Uuid::to_string).collect();
        assert_eq!(found, [ID.to_owned(), other]);
    }
}
