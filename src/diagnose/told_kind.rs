//! What a text tells in its own words of the token that a call had: a delegated one, an app-only one, or both.
//!
//! Words that deny it, ask for it, tell of a call that works, or of what would be, tell nothing of the failure.

use super::told_flow;
use super::told_sentences::{sentences, words_of};
use super::{Context, Finding, GateResult, Outcome, Question, Undecided, judge};
use crate::causes;
use crate::input::{Fact, Incident, Span, TokenKind};
use crate::knowledge::{Confidence, Gate, Text};
use crate::source::slice;
use uuid::Uuid;

/// So much is read on either side of a failure.
const NEAR: usize = 2 << 10;

/// The token that the words around a failure speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// None.
    Nothing,
    /// That of a signed-in user.
    Delegated(Span),
    /// That of the app itself.
    App,
    /// Either, or both: the words contradict each other, or are of what was granted.
    Open,
}

/// What is told around a failure whose own words and token do not tell it.
pub(super) fn of(text: &str, incident: &Incident) -> Told {
    let facts = &incident.facts;
    let is_call = facts.path.is_some() || facts.status.is_some() || facts.code.is_some();
    if !is_call || is_of_policy(incident) || facts.token_kind.is_some() {
        return Told::Nothing;
    }
    around(text, incident)
}

fn is_of_policy(incident: &Incident) -> bool {
    incident.symptoms.iter().any(|hit| causes::POLICY_MESSAGES.contains(&hit.symptom.as_ref()))
}

/// Beside words of a policy, which only a call of an app is asked for, a text that tells of a signed-in user alone tells of
/// another call, or the words are of another one: what a state proves is likely.
pub(super) fn doubt_of_user(proved: &mut [Finding], text: &str, incident: &Incident) {
    let facts = &incident.facts;
    let certain = |finding: &&mut Finding| {
        finding.confidence == Confidence::Certain && super::other_time::is_of_tenant(finding.gate)
    };
    // A message that names its app is of that app's call, whatever else the text tells.
    let said = incident.span;
    let named = facts
        .app_id
        .as_ref()
        .and_then(|app| app.span)
        .is_some_and(|app| said.start <= app.start && app.start <= said.end);
    let known = named && facts.conflicts().is_empty() || facts.token_kind.is_some() || facts.token.is_some();
    if known || !is_of_policy(incident) || proved.iter_mut().find(certain).is_none() {
        return;
    }
    if matches!(around(text, incident), Told::Delegated(_)) {
        let words = "the text tells of a signed-in user's token, and only calls of an app itself are refused for a policy: the \
                     two are of different calls";
        proved.iter_mut().filter(certain).for_each(|finding| finding.lower(Confidence::Likely, words));
    }
}

/// What the words around a failure tell.
fn around(text: &str, incident: &Incident) -> Told {
    let failure = incident.span;
    let above = slice(text, failure.start.saturating_sub(NEAR)..failure.start);
    // Beyond another answer the words are of that one; the head of the failure's own is none.
    let above = ["\"error\"", "HTTP/1.1 ", "HTTP/2 "].iter().fold(above, |rest, mark| {
        let behind = |at: usize| slice(rest, at..rest.len()).replace("\r\n", "\n");
        // The failure may begin within its body: `{"error": {`.
        let says = |body: &str| body.replace("\"error\"", "").contains(char::is_alphanumeric);
        let is_other = |at: usize| behind(at).split_once("\n\n").is_some_and(|(_, body)| says(body));
        let last = rest.rmatch_indices(mark).map(|(at, _)| at).find(|at| is_other(*at));
        last.map_or(rest, |at| slice(rest, at..rest.len()))
    });
    let below = slice(text, failure.end..failure.end.saturating_add(NEAR));
    let end = ["\"error\"", "\nHTTP/", "\nGET ", "\nPOST ", "\nPATCH ", "\nDELETE "]
        .iter()
        .filter_map(|mark| below.find(mark))
        .min();
    let below = slice(below, 0..end.unwrap_or(below.len()));
    let own = slice(text, failure.start..failure.end.min(failure.start.saturating_add(NEAR)));
    let mut found = Found { app_id: incident.facts.app_asked(), ..Found::default() };
    found.read(above, failure.start - above.len().min(failure.start), false);
    found.read(own, failure.start, true);
    found.read(below, failure.end, false);
    found.told()
}

/// The failure with what is told of its token.
pub(super) fn delegated(incident: &Incident, told: Told) -> Option<Incident> {
    let Told::Delegated(span) = told else { return None };
    let mut incident = incident.clone();
    incident.facts.token_kind = Some(Fact::text(TokenKind::Delegated, span));
    Some(incident)
}

/// What the state proves of an app's call is likely where the answer is one that delegated calls get too, the token is not
/// known, and the state does not prove the same of a delegated call.
pub(super) fn doubt(
    proved: &mut [Finding],
    undecided: &mut Vec<Undecided>,
    call: &causes::Call<'_>,
    question: &Question,
    told: Told,
    context: Context<'_>,
) {
    let is_open = |finding: &&mut Finding| {
        finding.confidence == Confidence::Certain
            && super::other_time::is_of_tenant(finding.gate)
            && !finding.evidence.iter().any(|one| one.object.contains("token"))
    };
    // An answer to an app's call too may be of a meeting.
    let of_meeting = told == Told::App
        && call.facts.token_kind.is_none()
        && call.facts.token.is_none()
        && call.facts.status.as_ref().is_some_and(|status| status.value == 404);
    if of_meeting && !call.says_policy() {
        let words = "a meeting that is not found gets this answer too";
        proved.iter_mut().filter(is_open).for_each(|finding| finding.lower(Confidence::Likely, words));
    }
    let known = call.facts.token_kind.is_some() || call.facts.token.is_some() || told == Told::App;
    // An operation that takes no delegated permission is an app's.
    let of_app = question.operation.is_some_and(|operation| operation.delegated_supported == Some(false));
    // Words that miss a permission are explained by one that nobody granted, unless the text speaks of another token.
    let of_permission = call.states_missing_role() && told != Told::Open;
    if known
        || of_app
        || of_permission
        || call.says_policy()
        || question.delegated
        || proved.iter_mut().find(is_open).is_none()
    {
        return;
    }
    let as_delegated = Question { delegated: true, ..question.clone() };
    let other = judge(&as_delegated, context.snapshot, context.catalogue);
    let holds = |finding: &Finding| {
        other.outcome(finding.gate) == Outcome::Fail
            && other.findings.iter().any(|it| it.cause == finding.cause && it.confidence == Confidence::Certain)
    };
    let words = if told == Told::Open {
        "the text tells of a delegated token too, or not for certain which kind it was: of a delegated call the state does not \
         prove it"
    } else {
        "delegated calls get this answer too, and what token the call had is not known: of one the state does not prove it"
    };
    for finding in proved.iter_mut().filter(is_open).filter(|it| !holds(it)) {
        finding.lower(Confidence::Likely, words);
        undecided.retain(|one| one.cause != finding.cause);
        undecided.push(Undecided { cause: finding.cause.clone(), needs: Text::Borrowed("token") });
    }
}

/// Of a delegated call that is refused without a word the scopes of its token are the first to look at.
pub(super) fn ask_scopes(findings: &mut Vec<Finding>, call: &causes::Call<'_>, gates: &[GateResult], told: Told) {
    let open = gates.iter().any(|gate| gate.gate == Gate::Permission && gate.outcome == Outcome::Unknown);
    if !findings.is_empty() || !matches!(told, Told::Delegated(_)) || !open || !call.is_refused_silently() {
        return;
    }
    if let Some(cause) = call.context.catalogue.cause("permission-not-granted") {
        let mut found = super::finding(cause, Confidence::Possible);
        found.explanation = "the text tells of a delegated token, and not which scopes it has".into();
        findings.push(found);
    }
}

#[derive(Default)]
struct Found {
    app_id: Option<Uuid>,
    delegated: Option<Span>,
    app: bool,
    denied: bool,
    open: bool,
}

/// Any of them stands in a text that tells of a token.
const MARKS: [&str; 15] = [
    "delegated",
    "delegiert",
    "on behalf of",
    "on-behalf-of",
    "onbehalfof",
    "graph explorer",
    "code flow",
    "interactive",
    "client credential",
    "clientsecretcredential",
    "tokenforclient",
    "app-only",
    "app only",
    "idtyp",
    "application",
];

impl Found {
    /// `labels`: only what stands behind its label counts.
    fn read(&mut self, text: &str, start: usize, labels: bool) {
        // What a command goes on with on its next line is of it.
        let lower = text.to_ascii_lowercase().replace("`\r\n", "`  ").replace("`\n", "` ").replace("\\\n", "\\ ");
        if !MARKS
            .iter()
            .chain(&told_flow::MARKS)
            .any(|mark| memchr::memmem::find(lower.as_bytes(), mark.as_bytes()).is_some())
        {
            return;
        }
        let mut at = 0;
        for sentence in sentences(&lower) {
            let span = Span::new(start + at, start + at + sentence.len());
            at += sentence.len();
            let words = words_of(sentence);
            let own = own_clauses(sentence);
            let words = own.as_deref().map_or(words, words_of);
            let flow = told_flow::of(own.as_deref().unwrap_or(sentence), &words, self.app_id);
            let by_words = said(&words, labels).filter(|_| !told_flow::names_grant(sentence));
            let Some(said) = both(by_words, flow) else { continue };
            // `POST …/token grant_type=client_credentials 200`: that is what the token's own request got.
            if is_unreal(&words, flow.is_some()) || sentence.contains('?') {
                continue;
            }
            match (said, is_denied(&words)) {
                (Said::Delegated, true) => self.denied = true,
                (_, true) => {}
                (Said::Delegated, false) => {
                    let indent = sentence.len() - sentence.trim_start().len();
                    let end = span.start + sentence.trim_end().len();
                    self.delegated.get_or_insert(Span::new(span.start + indent, end));
                }
                (Said::App, false) => self.app = true,
                (Said::Either, false) => self.open = true,
            }
        }
    }

    const fn told(&self) -> Told {
        match (self.delegated, self.app) {
            (Some(span), false) if !self.denied && !self.open => Told::Delegated(span),
            (None, true) if !self.open => Told::App,
            (None, false) if !self.open => Told::Nothing,
            _ => Told::Open,
        }
    }
}

/// What a sentence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The token is of a signed-in user.
    Delegated,
    /// It is the app's own.
    App,
    /// One of both.
    Either,
}

fn both(one: Option<Said>, other: Option<Said>) -> Option<Said> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(Said::Either),
        (one, other) => one.or(other),
    }
}

/// Of a sentence that speaks of something else too, the clauses that do not: `our other integration is app-only, this one
/// has a signed-in user`.
fn own_clauses(sentence: &str) -> Option<String> {
    const ENDS: [&str; 7] = [", ", " - ", " but ", " while ", " whereas ", " and ", " aber "];
    let ours = |clause: &str| {
        let words = words_of(clause);
        let this = |pair: &[&str]| matches!(pair, ["this", "one" | "call" | "app" | "request" | "job" | "service"]);
        words.windows(2).any(this) || words.windows(2).any(|pair| matches!(pair, ["the", "failing" | "failed"]))
    };
    let is_other = is_of_another(&words_of(sentence));
    if !is_other && !sentence.contains("this one") {
        return None;
    }
    let mut clauses = vec![sentence];
    for end in ENDS {
        clauses = clauses.iter().flat_map(|clause| clause.split(end)).collect();
    }
    let kept: Vec<&str> = if clauses.iter().any(|clause| ours(clause)) {
        // What is told before `this one` is of another.
        clauses.into_iter().skip_while(|clause| !ours(clause)).filter(|it| !is_of_another(&words_of(it))).collect()
    } else {
        // What follows of another is of that one too.
        clauses.into_iter().take_while(|clause| !is_of_another(&words_of(clause))).collect()
    };
    Some(kept.join(" , "))
}

/// `our other integration`, `the second app`, `a colleague's script`
fn is_of_another(words: &[&str]) -> bool {
    const OTHER: [&str; 12] = [
        "other",
        "second",
        "third",
        "different",
        "sister",
        "sibling",
        "andere",
        "anderen",
        "zweite",
        "zweiten",
        "neighbouring",
        "separate",
    ];
    const THINGS: [&str; 38] = [
        "app",
        "apps",
        "application",
        "applications",
        "integration",
        "integrations",
        "service",
        "services",
        "job",
        "jobs",
        "tool",
        "tools",
        "bot",
        "bots",
        "script",
        "scripts",
        "client",
        "product",
        "products",
        "system",
        "systems",
        "daemon",
        "one",
        "ones",
        "registration",
        "project",
        "projects",
        "call",
        "calls",
        "component",
        "solution",
        "add-in",
        "backend",
        "function",
        "worker",
        "connector",
        "anwendung",
        "dienst",
    ];
    words.iter().enumerate().any(|(at, word)| {
        let near = words.get(at + 1..(at + 4).min(words.len())).unwrap_or_default();
        let of_somebody = word.ends_with("'s") && !["it's", "that's", "what's", "here's"].contains(word);
        let somebody = ["colleague's", "partner's", "vendor's", "customer's", "neighbour's"].contains(word);
        (OTHER.contains(word) || of_somebody && somebody) && near.iter().any(|word| THINGS.contains(word))
    })
}

/// What stands behind `delegated` where it is a kind of token or of call.
const KINDS: [&str; 15] = [
    "token",
    "tokens",
    "call",
    "calls",
    "auth",
    "authentication",
    "authorization",
    "access",
    "flow",
    "context",
    "request",
    "requests",
    "mode",
    "sign-in",
    "user",
];
/// Before it: the label that it is the value of.
const LABELS: [&str; 8] = ["type", "kind", "flow", "mode", "tokentype", "tokenkind", "authtype", "auth"];
/// What a call is made with.
const WITH: [&str; 16] = [
    "use", "uses", "using", "used", "with", "via", "is", "it's", "its", "as", "call", "calls", "called", "under",
    "through", "are",
];

fn said(words: &[&str], labels: bool) -> Option<Said> {
    let has = |phrase: &[&str]| words.windows(phrase.len()).any(|part| part == phrase);
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let before = |at: usize, back: usize| at.checked_sub(back).map_or("", word);
    let is_label = |at: usize| LABELS.contains(&before(at, 1));
    // `It is a delegated permission`, `we call with the delegated permission`; what was granted tells nothing of a call.
    let is_used = |at: usize| {
        let by = (1..=3).map(|back| before(at, back)).find(|word| !["a", "the", "our", "an", "only"].contains(word));
        by.is_some_and(|by| WITH.contains(&by)) && !words.iter().any(|word| GRANTS.contains(word))
    };
    let kind = |at: usize, own: Said| {
        let next = word(at + 1);
        let is_permission = next.starts_with("permission") || next.starts_with("scope");
        match () {
            () if is_label(at) => Some(own),
            () if labels => None,
            () if KINDS.contains(&next) => Some(own),
            () if is_permission && is_used(at) => Some(own),
            () if is_permission => Some(Said::Either),
            () if next.is_empty() && is_used(at) => Some(own),
            () => None,
        }
    };
    let mut found: Option<Said> = None;
    let mut add = |said: Said| {
        found = Some(match found {
            Some(known) if known != said => Said::Either,
            _ => said,
        });
    };
    for (at, one) in words.iter().enumerate() {
        match *one {
            "delegated" | "delegierter" | "delegiertes" | "delegierten" | "delegierte" => {
                kind(at, Said::Delegated).into_iter().for_each(&mut add)
            }
            // The permission of an app is named beside any failure.
            "application" | "app" if is_label(at) => add(Said::App),
            "application" if ["token", "context"].contains(&word(at + 1)) && !labels => add(Said::App),
            "application" if word(at + 1).starts_with("permission") && is_used(at) && !labels => add(Said::App),
            "app-only" if !labels || is_label(at) => add(Said::App),
            "idtyp" if word(at + 1) == "user" => add(Said::Delegated),
            "idtyp" if word(at + 1) == "app" => add(Said::App),
            _ => {}
        }
    }
    if labels {
        return found;
    }
    let in_explorer = has(&["graph", "explorer"]) && ["signed", "logged"].iter().any(|verb| has(&[verb, "in"]));
    let by_user = has(&["on", "behalf", "of", "flow"])
        || ["flow", "token", "call", "grant", "credential"]
            .iter()
            .any(|next| has(&["on-behalf-of", next]) || has(&["obo", next]))
        || has(&["authorization", "code", "flow"])
        || has(&["auth", "code", "flow"])
        || has(&["device", "code", "flow"])
        || words.iter().any(|word| {
            ["acquiretokeninteractive", "interactivebrowsercredential", "devicecodecredential", "onbehalfofcredential"]
                .contains(word)
        })
        || ["signs", "signed", "sign"].iter().any(|verb| has(&[verb, "in", "interactively"]));
    if in_explorer || by_user {
        add(Said::Delegated);
    }
    let by_app =
        words.windows(2).any(|part| matches!(part, ["client", credentials] if credentials.starts_with("credential")))
            || has(&["app", "only"])
            || words.iter().any(|word| {
                ["clientsecretcredential", "clientcertificatecredential", "acquiretokenforclient"].contains(word)
            });
    if by_app {
        add(Said::App);
    }
    found
}

/// Of a permission that was granted, asked for or listed; the call may have had another token all the same.
const GRANTS: [&str; 14] = [
    "granted",
    "grant",
    "consent",
    "consented",
    "added",
    "assigned",
    "registered",
    "configured",
    "requested",
    "gave",
    "registration",
    "portal",
    "admin",
    "has",
];

fn is_denied(words: &[&str]) -> bool {
    const NOT: [&str; 11] =
        ["not", "no", "never", "without", "neither", "nor", "instead", "rather", "unlike", "cannot", "kein"];
    words.iter().any(|word| NOT.contains(word) || word.ends_with("n't") || word.ends_with("n\u{2019}t"))
}

/// Of another call, of what would be, or of what a document says.
///
/// `answered`: the sentence is of a request for a token, which succeeds before a call fails.
fn is_unreal(words: &[&str], answered: bool) -> bool {
    const ANSWERS: [&str; 5] = ["succeeded", "ok", "okay", "success", "200"];
    const OTHERS: [&str; 34] = [
        "works",
        "worked",
        "working",
        "fine",
        "succeeds",
        "succeeded",
        "ok",
        "okay",
        "success",
        "200",
        "would",
        "could",
        "should",
        "might",
        "if",
        "whether",
        "plan",
        "plans",
        "planned",
        "will",
        "may",
        "maybe",
        "perhaps",
        "docs",
        "documentation",
        "article",
        "previously",
        "formerly",
        "earlier",
        "before",
        "until",
        "yesterday",
        "switched",
        "another",
    ];
    words.iter().any(|word| OTHERS.contains(word) && !(answered && ANSWERS.contains(word)))
}
