//! Words that state a cause only of some calls: the failure's own request, token and cmdlet may speak against them.
//! Then the cause is likely at most, and its finding says why.

use uuid::Uuid;

use super::call::Call;
use crate::diagnose::gates::token::is_for_graph;
use crate::input::{
    MeetingIdForm, Origin, Span, TokenKind, is_cmdlet_name, is_of_none, is_permission, speaks_of_graph,
};
use crate::knowledge::GRAPH;
use crate::knowledge::{Cause, Gate, PermissionKind, Symptom, cloud_of_host, permissions};
use crate::source::slice;
use crate::tenant::Change;

/// A command stands at most this far above what it prints.
const COMMAND: usize = 1_000;

/// Why words that state this cause do not prove it for this call; `None` where nothing speaks against it.
#[must_use]
pub fn doubted(cause: &Cause, call: &Call<'_>) -> Option<String> {
    by_own_facts(&cause.slug, call)
        .or_else(|| by_cmdlet(cause, call))
        .or_else(|| by_host(cause, call))
        .or_else(|| by_common_words(cause, call))
}

fn by_own_facts(cause: &str, call: &Call<'_>) -> Option<String> {
    let facts = call.facts;
    match cause {
        "app-unknown-in-tenant" => {
            let mut words = call.words("app-not-in-directory");
            let names_other = words.any(|words| {
                words.split_once("dentifier").is_some_and(|(_, rest)| {
                    let name = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
                    name.starts_with("http") || name.starts_with("api:")
                })
            });
            if names_other {
                return Some("the words name an address, not the client id of an app".into());
            }
            let mentioned = call.words("app-not-in-directory").all(|words| {
                let behind = words.get("AADSTS700016".len()..).unwrap_or_default();
                let prose = behind.strip_prefix(' ').is_some_and(|rest| rest.starts_with(|c: char| c.is_lowercase()));
                prose && !words.contains("dentifier")
            });
            if mentioned {
                return Some("the words only mention the code".into());
            }
            let app = facts.app_id.as_ref()?.value;
            let listed = call.context.snapshot?.apps.known().iter().find(|listed| listed.app_id == app)?;
            (listed.enabled != Some(false)).then(|| "the snapshot lists the app in its tenant".into())
        }
        "caller-not-organizer" => {
            let organizer = facts.meeting.as_ref()?.value.organizer?;
            let mut words = call.words("not-the-organizer").chain(call.words("organizer-mismatch"));
            words
                .any(|words| ids(words).next() == Some(organizer))
                .then(|| format!("the meeting in the request names the same organizer, `{organizer}`"))
        }
        "calling-bot-not-registered" | "calls-tenant-mismatch" => {
            about(call, &["communications", "app/calls", "onlinemeetings", "realtimeactivity", "$batch"], "no call")
        }
        "channel-meeting" | "meeting-without-calendar-event" => about(
            call,
            &["onlinemeetings", "virtualevents", "communications", "adhoccalls", "subscriptions", "$batch"],
            "no meeting",
        ),
        "cmdlet-unavailable" => {
            let mut words = call.words("cmdlet-unknown");
            words
                .any(|words| words.contains("recognized by "))
                .then(|| "the words name a program that does not know the cmdlet, and no session".into())
        }
        "claims-challenge" => None,
        "delegated-token-for-another-user" => {
            let two = |words: &str| {
                let mut ids = ids(words);
                matches!((ids.next(), ids.next()), (Some(one), Some(other)) if one == other)
            };
            if call.words("organizer-differs-from-path").any(two) {
                return Some("both ids in the words are the same".into());
            }
            if call.path().is_some_and(|(route, _)| is_me(&route)) {
                return Some("the request goes to `/me`".into());
            }
            is_app_only(call).then(|| "the call is app-only".into())
        }
        "granted-policy-does-not-exist" => {
            let is_user = |name: &str| name.contains('@') || Uuid::try_parse(name).is_ok();
            let named = call.facts.named.iter().find(|(slot, fact)| slot == "policy-name" && is_user(&fact.value));
            if let Some((_, name)) = named {
                return Some(format!(
                    "`{}` is the address or the id of an account, not the name of a policy",
                    name.value
                ));
            }
            names_global(call).then(|| "`Global` always exists, and is granted to nobody by name".into())
        }
        "me-path-without-user" => {
            if let Some((route, _)) = call.path().filter(|(route, _)| !is_me(route) && !route.contains("$batch")) {
                let named = slice(&route, 0..40).to_owned();
                return Some(format!("the request goes to `{named}`, not to `/me`"));
            }
            let token = facts.token.as_ref()?;
            (token.value.kind() == Some(TokenKind::Delegated)).then(|| "the token is a delegated one".into())
        }
        "meeting-id-of-another-kind" => {
            let Some(meeting) = facts.meeting.as_ref() else {
                return about(call, &["onlinemeetings", "communications", "virtualevents", "$batch"], "no meeting");
            };
            (meeting.value.form == MeetingIdForm::Graph)
                .then(|| "the id in the request has the form of a Graph meeting id".into())
        }
        "meeting-in-another-tenant" => {
            let (theirs, own) = (facts.meeting.as_ref()?.value.tenant?, facts.token.as_ref()?.value.tenant?);
            (theirs == own).then(|| "join link and token name the same tenant".into())
        }
        "permission-not-granted" | "permission-too-narrow" => permission(call),
        "scope-requested-for-app-role" => scope(call),
        "service-fault" | "throttled" => fault(cause, call),
        "speaker-attribution-disabled" | "transcript-access-disabled" => {
            about(call, &["transcript", "copilot", "subscriptions", "$batch"], "no transcript")
        }
        "token-expired" => {
            let (end, at) = (facts.token.as_ref()?.value.expires_at?, facts.moment?);
            (end > at.latest).then(|| "the token was valid at the time of the call".into())
        }
        "token-for-another-audience" => {
            let token = &facts.token.as_ref()?.value;
            (token.audience.is_some() && is_for_graph(token, None)).then(|| "the token is for Microsoft Graph".into())
        }
        "unsupported-filter" => {
            let (route, query) = call.path()?;
            let below_user = route.ends_with("/onlinemeetings") && (route.contains("users") || is_me(&route));
            let known = ["joinweburl", "joinmeetingid"].iter().any(|name| query.contains(name));
            (below_user && known && query.contains("eq"))
                .then(|| "the request looks up by a property that this path takes".into())
        }
        "user-missing-from-path" => {
            let (route, _) = call.path()?;
            (is_me(&route) || names_user(&route)).then(|| "the path names a user".into())
        }
        "user-principal-name-in-path" => {
            let (route, _) = call.path()?;
            if facts.user_id.as_ref().is_some_and(|user| route.contains(&user.value.to_string())) {
                return Some("the path names the user by object id".into());
            }
            if let Some(reason) = super::user_missing_from_path::nobody_named(call) {
                return Some(reason);
            }
            is_me(&route).then(|| "the request goes to `/me`".into())
        }
        "user-without-teams" => about(
            call,
            &[
                "onlinemeetings",
                "communications",
                "teams",
                "teamwork",
                "chats",
                "channels",
                "virtualevents",
                "presence",
                "$batch",
            ],
            "nothing of Teams",
        ),
        _ => None,
    }
}

/// The request is of another part of Graph than the cause.
fn about(call: &Call<'_>, parts: &[&str], nothing: &str) -> Option<String> {
    let (route, _) = call.path()?;
    let elsewhere = !parts.iter().any(|part| route.contains(part));
    elsewhere.then(|| format!("the request is about {nothing}"))
}

fn is_me(route: &str) -> bool {
    route == "/me" || route.starts_with("/me/")
}

fn names_user(route: &str) -> bool {
    let before = route.split("/onlinemeetings").next().unwrap_or_default();
    before.starts_with("/users/") && before.len() > "/users/".len() || before.starts_with("/users(")
}

/// The token or the service's own words tell that the call has application permissions.
fn is_app_only(call: &Call<'_>) -> bool {
    let by_token =
        call.facts.token_kind.as_ref().is_some_and(|kind| kind.value == TokenKind::App && kind.origin == Origin::Token);
    by_token || call.says(&["missing-roles", "me-needs-delegated"])
}

/// Ids in words, in their order.
fn ids(words: &str) -> impl Iterator<Item = Uuid> + '_ {
    words
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
        .filter_map(|word| (word.len() == 36).then(|| Uuid::try_parse(word).ok()).flatten())
}

fn permission(call: &Call<'_>) -> Option<String> {
    by_claims(call).or_else(|| by_history(call)).or_else(|| by_grants(call))
}

/// The snapshot has the grant that the words miss: the token may be older, or the snapshot newer than the failure.
fn by_grants(call: &Call<'_>) -> Option<String> {
    let app = call.facts.app_id.as_ref()?.value;
    let required = call.facts.required.as_ref()?;
    let app = call.context.snapshot?.apps.known().iter().find(|listed| listed.app_id == app)?;
    let named = |id: Uuid| permissions().iter().find(move |it| it.id == Some(id)).map(|it| it.name);
    let granted = app.roles.iter().flatten().filter(|role| role.resource.is_none_or(|resource| resource == GRAPH));
    let mut names = granted.filter_map(|role| role.value.as_deref().or_else(|| role.id.and_then(named)));
    let role = names.find(|role| required.value.iter().any(|name| name.eq_ignore_ascii_case(role)))?;
    Some(format!("the snapshot shows `{role}` granted: the token may be older than the grant"))
}

/// The snapshot's history has a grant of the role: the token may be older.
fn by_history(call: &Call<'_>) -> Option<String> {
    let app = call.facts.app_id.as_ref()?.value.to_string();
    let required = call.facts.required.as_ref()?;
    let of_app = |change: &&Change| {
        matches!(change.part.as_str(), "apps" | "roles") && change.key.trim().eq_ignore_ascii_case(&app)
    };
    let of_role = |change: &&Change| {
        change.value.as_ref().is_some_and(|value| required.value.iter().any(|name| name.eq_ignore_ascii_case(value)))
    };
    let last = call.context.snapshot?.history.iter().rev().filter(of_app).find(of_role)?;
    (!last.change.eq_ignore_ascii_case("removed")).then(|| {
        let role = last.value.as_deref().unwrap_or_default();
        format!("the snapshot's history has a grant of `{role}`: the token may be older than it")
    })
}

fn by_claims(call: &Call<'_>) -> Option<String> {
    let words = call.words("missing-roles").chain(call.words("missing-scopes")).max_by_key(|words| words.len())?;
    // A console breaks lines between words, or anywhere, and puts a gutter before the rows.
    let rows = || words.split(['\n', '\r']).map(|row| row.trim_matches([' ', '|']));
    let as_one = [words.to_owned(), rows().collect(), rows().collect::<Vec<_>>().join(" ")];
    let has_both =
        |words: &&String| words.split_once("one of").is_some_and(|(_, lists)| lists.contains("on the request"));
    let words = as_one.iter().find(has_both).map_or(words, String::as_str);
    let (_, lists) = words.split_once("one of").unwrap_or_default();
    let (required, held) = lists.split_once("on the request").unwrap_or((lists, ""));
    let held: Vec<&str> = names(held.split(". ").next().unwrap_or(held)).collect();
    // A console may have broken the lists: the facts have them whole.
    let told = call.facts.roles.iter().flat_map(|roles| &roles.value);
    if let Some(broken) = told.clone().find(|name| !is_permission(name)) {
        return Some(format!("`{broken}` on the request has not the form of a permission: the list may be broken"));
    }
    let told: Vec<&str> = told.map(String::as_str).collect();
    if held.is_empty() && told.is_empty() {
        return Some(
            "the words name no role on the request: the permission was never granted, was granted as another kind, \
             or was granted after the token was issued"
                .into(),
        );
    }
    let whole = call.facts.required.iter().flat_map(|required| required.value.iter().map(String::as_str));
    let all_required = || names(required).chain(whole.clone());
    let is_held = |name: &&str| held.iter().chain(&told).any(|held| held.eq_ignore_ascii_case(name));
    if let Some(both) = all_required().find(is_held) {
        return Some(format!("`{both}` is on the request, as the service's own words say"));
    }
    let token = &call.facts.token.as_ref()?.value;
    let claims = [&token.roles, &token.scopes].into_iter().flatten().flatten();
    let carried = |name: &&str| claims.clone().any(|claim| claim.eq_ignore_ascii_case(name));
    let both = all_required().find(carried)?;
    Some(format!("the token carries `{both}`, so that it may be of another call"))
}

/// Names of permissions, whatever quotes stand around them.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let words = list.split(|mark: char| !mark.is_ascii_alphanumeric() && !matches!(mark, '.' | '-' | '_'));
    words.map(|word| word.trim_matches('.')).filter(|word| word.contains('.'))
}

/// Sign-in refuses every scope that a resource does not have: one that is no role of Graph's is a slip or of another
/// resource.
fn scope(call: &Call<'_>) -> Option<String> {
    let (_, span) = call.symptoms.iter().find(|(symptom, _)| symptom.name == "scope-does-not-exist")?;
    let words = slice(call.context.text, span.start..span.end.saturating_add(400));
    // A console may have broken the name or the id.
    let joined: String = words.chars().filter(|c| !c.is_whitespace() && *c != '|').collect();
    if let Some((_, resource)) = joined.split_once("theresource").or_else(|| joined.split_once("the+resource")) {
        let id = resource.replace("%27", " ").replace("%22", " ");
        if let Some(other) = ids(&id).next().filter(|id| *id != GRAPH) {
            return Some(format!("the resource is `{other}`, not Microsoft Graph"));
        }
    }
    let of_kind = |kind: PermissionKind| permissions().iter().filter(move |it| it.kind == kind).map(|it| it.name);
    let of_apps = of_kind(PermissionKind::Application).chain(of_kind(PermissionKind::ResourceSpecific));
    let asked = of_apps.into_iter().find(|name| holds_name(words, name) || holds_name(&joined, name));
    match asked {
        Some(name) if of_kind(PermissionKind::Delegated).any(|scope| scope == name) => {
            Some(format!("`{name}` is the name of a delegated permission too"))
        }
        Some(_) => None,
        None => Some("the scope is no application permission that is known: its name may be misspelt".into()),
    }
}

/// Whether a name stands in words by itself, quoted or percent-encoded.
fn holds_name(words: &str, name: &str) -> bool {
    words.match_indices(name).any(|(at, _)| {
        let before = slice(words, 0..at);
        let part_before = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            && !["%27", "%22", "u0027", "u0022"].iter().any(|quote| before.ends_with(quote));
        let behind = slice(words, at + name.len()..words.len());
        let part_behind = behind.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            || behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        !part_before && !part_behind
    })
}

/// A gateway before some other service answers with the same words.
fn fault(cause: &str, call: &Call<'_>) -> Option<String> {
    let facts = call.facts;
    let of_graph = facts.host.as_ref().is_some_and(|host| cloud_of_host(&host.value).is_some());
    let elsewhere = facts.path.is_some() && facts.operation.is_none() && !of_graph;
    let marked = facts.path.is_some() || facts.request_id.is_some() || facts.client_request_id.is_some();
    // The name alone stands in prose too.
    let named = || call.symptoms.iter().any(|(_, span)| speaks_of_graph(call.context.text, *span));
    let signed = marked || facts.code.is_some() && named();
    if elsewhere || !signed {
        return Some("nothing shows that Microsoft Graph gave this answer".into());
    }
    let status = facts.status.as_ref()?.value;
    if call.says(&["throttled"]) && call.says(&["service-unavailable", "server-error"]) {
        return Some(format!("the status of the answer is {status}, and its body says otherwise"));
    }
    // An overload is told with 503 too, and 509 is one of bandwidth.
    let fits = if cause == "throttled" { matches!(status, 429 | 503 | 509) } else { status >= 500 && status != 509 };
    (!fits).then(|| format!("the status of the answer is {status}"))
}

pub(super) fn names_global(call: &Call<'_>) -> bool {
    let words = call.words("policy-name-not-found").chain(call.words("not-a-user-policy"));
    let mut quoted = words.flat_map(|words| words.split(['\'', '"', '`']));
    quoted.any(|word| word.trim().eq_ignore_ascii_case("global"))
}

/// The cmdlet that signs in for those of the Teams module, and how far a code of the sign-in stands before its words.
const CONNECT: &str = "Connect-MicrosoftTeams";
const SIGN_IN: usize = 40;

/// Other cmdlets print the same words of their own policies, groups and users.
fn by_cmdlet(cause: &Cause, call: &Call<'_>) -> Option<String> {
    let of_policy = |name: &str| name.to_ascii_lowercase().contains("csapplicationaccesspolicy");
    // Those of Graph's module print what Graph answers; those that send requests print any answer.
    let of_graph = |name: &str| {
        let lower = name.to_ascii_lowercase();
        ["-mg", "-restmethod", "-webrequest", "-entra"].iter().any(|part| lower.contains(part))
    };
    let raised = |name: &str| cause.raised_by.iter().any(|raised| raised.symptom == name);
    call.symptoms.iter().filter(|(symptom, _)| raised(&symptom.name)).find_map(|(symptom, span)| {
        // Words that name their cmdlet tell it themselves.
        let own = slice(call.context.text, span.start..span.end);
        if cmdlets_in(own).next().is_some() || of_policy(own) || symptom.name == "remote-session" {
            return None;
        }
        let Some(name) = cmdlet_of(call.context.text, span.start, span.end) else {
            let above = slice(call.context.text, span.start.saturating_sub(COMMAND)..span.start);
            let shared =
                matches!(symptom.name.as_ref(), "group-not-found" | "policy-name-not-found" | "not-a-user-policy");
            return (shared && !of_policy(above))
                .then(|| "the words name no cmdlet, and those of other policies print them too".into());
        };
        // What the sign-in of the Teams module says, Entra ID says of the app.
        let lead = slice(call.context.text, span.start.saturating_sub(SIGN_IN)..span.end);
        let of_graph = |name: &str| of_graph(name) || name.eq_ignore_ascii_case(CONNECT) && lead.contains("AADSTS");
        let expected = if cause.gates.contains(&Gate::Cmdlet) { of_policy(name) } else { of_graph(name) };
        let of_another = cause.gates.contains(&Gate::Cmdlet) && other_cmdlet(call).is_some();
        let own = if of_another { ": they are of its own policies, not of application access policies" } else { "" };
        (!expected).then(|| format!("`{name}` printed the words{own}"))
    })
}

/// The Teams cmdlet that printed the words, where it is neither one of the application access policies nor one that
/// assigns policies of every kind: what mends those policies does not mend its failure.
pub(crate) fn other_cmdlet<'t>(call: &Call<'t>) -> Option<&'t str> {
    let of_all = |name: &str| {
        let lower = name.to_ascii_lowercase();
        !lower.contains("-cs") || lower.contains("csapplicationaccesspolicy") || lower.contains("policyassignment")
    };
    let printers = call.symptoms.iter().filter_map(|(_, span)| {
        let own = call.context.text.get(span.start..span.end).unwrap_or_default();
        cmdlets_in(own).next().or_else(|| cmdlet_of(call.context.text, span.start, span.end))
    });
    let mut printers = printers.peekable();
    let first = printers.peek().copied()?;
    printers.all(|name| !of_all(name)).then_some(first)
}

/// The cmdlet that prints an error here: named on its line before it, else in the `CategoryInfo` below.
fn cmdlet_of(text: &str, start: usize, end: usize) -> Option<&str> {
    let before = slice(text, start.saturating_sub(300)..start);
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let tail = slice(text, end..end.saturating_add(800));
    // Behind an empty line, or a line that parts two texts, another error has its own.
    let tail = ["\n\n", "\r\n\r\n", "\n---\n"]
        .iter()
        .filter_map(|mark| tail.split_once(mark))
        .map(|(own, _)| own)
        .min_by_key(|own| own.len())
        .unwrap_or(tail);
    let info = tail.find("CategoryInfo").and_then(|at| {
        let rest = slice(tail, at..tail.len());
        let open = rest.find(" [").map(|open| open + 2)?;
        rest.get(open..)?.split(']').next()
    });
    cmdlets_in(line).last().or_else(|| info.and_then(|info| cmdlets_in(info).next()))
}

/// `Verb-Noun` words of a line; a part of a path, `pod/sync-jobs/app`, is none.
fn cmdlets_in(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/')));
    words.filter(|word| is_cmdlet_name(word))
}

/// Other products print the words too, and nothing beside them is of Graph.
fn by_common_words(cause: &Cause, call: &Call<'_>) -> Option<String> {
    let facts = call.facts;
    let raised = |symptom: &Symptom| cause.raised_by.iter().any(|raised| raised.symptom == symptom.name);
    let mut stated = call.symptoms.iter().filter(|(symptom, _)| raised(symptom)).peekable();
    stated.peek()?;
    let marked = facts.operation.is_some() || facts.request_id.is_some() || facts.client_request_id.is_some();
    let code = facts.code.as_ref().map(|code| code.value.as_str());
    if let Some(code) = code.filter(|code| is_of_none(code) && facts.request_id.is_none()) {
        let of_all = stated.all(|(symptom, _)| symptom.common || symptom.weak);
        return of_all.then(|| format!("`{code}` is no code that Microsoft Graph is known to give with these words"));
    }
    // A number says at most which status it was.
    let coded = code.is_some_and(|code| !code.bytes().all(|byte| byte.is_ascii_digit()));
    let of_graph = |span: &Span| marked || coded || speaks_of_graph(call.context.text, *span);
    stated
        .all(|(symptom, span)| symptom.common && !of_graph(span))
        .then(|| "other products print these words too, and nothing beside them is of Microsoft Graph".into())
}

/// The call beside the words goes to another service.
fn by_host(cause: &Cause, call: &Call<'_>) -> Option<String> {
    let host = call.facts.other_host.as_ref()?;
    // Sign-in answers the app that asked it, and cmdlets name no host.
    let of_sign_in = cause
        .raised_by
        .iter()
        .any(|raised| matches!(raised.symptom.as_ref(), "scope-does-not-exist" | "app-not-in-directory"));
    let of_cmdlet = cause.gates.contains(&Gate::Cmdlet);
    (!of_sign_in && !of_cmdlet)
        .then(|| format!("the address beside it is of `{}`, which is not Microsoft Graph", host.value))
}
