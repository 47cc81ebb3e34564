//! Sentences that tell that something was changed, or that the call is no longer refused.
//!
//! A sentence is taken by classes of words: what was done (in the past), to what of this domain, and a word of time or a
//! label that puts it after the failure. What is asked, planned, supposed or denied tells nothing.

use super::told_lists::{
    ALIKE, APPS, AUXILIARY, CHANGED, DENIED, DONE, DONE_BY, EARLIER, ELSEWHERE, FORMERLY, IS, IS_DONE, LATELY, LATER,
    LISTED, MOVED, NO_END, OBJECTS, OF_APP, OF_OTHERS, PARTS_OF_DAY, REPLACED, RETURNED, SINCE, SOMEBODY, STILL,
    SUCCESS, SUPPOSED, USERS, WORKS,
};

pub(super) use super::told_sentences::{label_of, sentences, statement, words_of};

/// What a text tells of the state that a failure met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moved {
    /// It was changed after the failure.
    After,
    /// It was changed, or the call is not refused any more: whether that was before the failure is open.
    Open,
}

/// What is told behind a failure, in lower case: the more doubtful of what its sentences say.
pub(super) fn told(behind: &str, policies: &dyn Fn() -> Vec<String>) -> Option<Moved> {
    let (mut labelled, mut begun) = (false, false);
    let mut found = None;
    for sentence in sentences(behind) {
        if sentence.trim().is_empty() {
            // A title stands above its text, and an empty line ends that.
            labelled &= !begun;
            continue;
        }
        let (label, rest) = label_of(sentence);
        if label {
            (labelled, begun) = (true, false);
        }
        begun |= !rest.trim().is_empty();
        found = found.max(of_sentence(rest, labelled, label, policies));
    }
    found
}

fn of_sentence(sentence: &str, labelled: bool, label: bool, policies: &dyn Fn() -> Vec<String>) -> Option<Moved> {
    const QUESTION: [&str; 16] = [
        "was", "were", "is", "are", "did", "does", "do", "can", "could", "should", "would", "what", "why", "how",
        "who", "which",
    ];
    let asked = sentence.contains('?');
    let sentence = statement(sentence);
    let words = words_of(sentence);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    if words.is_empty()
        || asked && words.first().is_some_and(|word| QUESTION.contains(word))
        || has(&["action", "others", "todo", "planned"]) && !labelled
        || words.first().is_some_and(|word| ["other", "others"].contains(word))
        || is_record(sentence)
    {
        return None;
    }
    let works = is_success(&words, labelled).then_some(Moved::Open);
    let done = is_done(&words, label).then_some(Moved::After);
    works.max(done).max(of_change(sentence, &words, labelled, policies))
}

/// Whether it is a line of a record, of whatever kind: `"id": "…"`.
pub(super) fn is_record(sentence: &str) -> bool {
    sentence.contains("\":") || sentence.contains("\\\":") || sentence.contains('{')
}

pub(super) fn denied(word: &str) -> bool {
    DENIED.contains(&word) || word.ends_with("n't") || word.ends_with("n\u{2019}t")
}

/// Whether something of this domain was changed, and when.
fn of_change(sentence: &str, words: &[&str], labelled: bool, policies: &dyn Fn() -> Vec<String>) -> Option<Moved> {
    let names = || policies().iter().any(|name| leads_to(sentence, name));
    let verbs = words.iter().enumerate().filter(|(at, word)| is_past(words, *at, word));
    for (at, verb) in verbs {
        let before = words.get(..at).unwrap_or_default();
        let behind = words.get(at + 1..).unwrap_or_default();
        let near = words.get(at.saturating_sub(4)..at).unwrap_or_default();
        // `when we later added the app, it worked` tells that somebody did.
        let clause = clause_of(before);
        let supposed = clause.iter().any(|word| SUPPOSED.contains(word) && !["when", "once", "next"].contains(word));
        let near = near.get(near.len().saturating_sub(clause.len())..).unwrap_or_default();
        // `The permission is granted` tells how it is.
        let of_policy = || words.iter().any(|word| word.starts_with("polic"));
        let of_state = matches!(before.last(), Some(&("is" | "are"))) && !of_policy() && {
            let timed = time_of(words, at).is_some();
            !timed && words.iter().any(|word| ["permission", "permissions", "consent", "role"].contains(word))
        };
        if of_state || super::told_move::is_of_portal(words, at) {
            continue;
        }
        if supposed || near.iter().any(|word| denied(word)) || clause.iter().any(|word| is_nobody(word)) {
            continue;
        }
        let old = is_long_ago(words);
        let time = time_of(words, at).filter(|_| !old);
        let still = words.iter().any(|word| STILL.contains(word) || denied(word));
        let named = std::cell::LazyCell::new(names);
        let object = || {
            let plain =
                |word: &&str| OBJECTS.iter().any(|stem| word.starts_with(stem)) && !word.starts_with("assignee");
            let other = words.iter().enumerate().any(|(index, word)| index != at && plain(word) && !is_verb(word));
            let elsewhere = behind.iter().any(|word| ELSEWHERE.contains(word));
            let who = MOVED.contains(verb) && words.iter().any(|word| USERS.contains(word)) && !elsewhere;
            let group = MOVED.contains(verb) && words.contains(&"group");
            other || who || group || LISTED.contains(verb) && *verb != "registered" && is_of_app(words) || *named
        };
        let replaced = || {
            let to = behind.iter().take(8).any(|word| ["to", "under", "into", "onto", "auf", "unter"].contains(word));
            let policy = || words.iter().any(|word| word.starts_with("polic") || *word == "global");
            REPLACED.contains(verb) && to && !old && !still && (policy() || *named)
        };
        let when = match time {
            _ if words.iter().any(|word| OF_OTHERS.contains(word)) && !policies_differ(words) => None,
            Some(Moved::Open) if still => labelled.then_some(Moved::After),
            Some(when) => Some(if labelled { Moved::After } else { when }),
            None if labelled && !old => Some(Moved::After),
            // `The app was removed from the policy.`: nothing says that it was before the failure.
            None if !old
                && !is_asked(before)
                && !words.iter().any(|word| EARLIER.contains(word) || STILL.contains(word)) =>
            {
                Some(Moved::Open)
            }
            None => None,
        };
        if let Some(when) = when.filter(|_| object()) {
            return Some(when);
        }
        if replaced() {
            return Some(Moved::Open);
        }
    }
    is_so_now(words, &names).then_some(Moved::Open)
}

/// `Next step: have the policy assigned`
fn is_asked(before: &[&str]) -> bool {
    before.contains(&"next") || before.first().is_some_and(|first| ["have", "get", "let"].contains(first))
}

/// `to another policy` is a change; `for another user` is none of this one.
fn policies_differ(words: &[&str]) -> bool {
    let policy = |pair: &[&str]| matches!(pair, ["another" | "different" | "other", next] if next.starts_with("polic"));
    words.windows(2).any(policy)
}

/// What of a sentence is of the clause that ends it: `nobody changed the code, but the policy was granted`.
pub(super) fn clause_of<'w, 't>(before: &'w [&'t str]) -> &'w [&'t str] {
    const BREAKS: [&str; 8] = ["but", "except", "although", "though", "however", "who", "helps", "aber"];
    let last = before.iter().rposition(|word| BREAKS.contains(word));
    last.and_then(|at| before.get(at + 1..)).unwrap_or(before)
}

fn is_nobody(word: &str) -> bool {
    matches!(word, "nobody" | "never" | "without" | "none" | "neither" | "niemand" | "ohne" | "nothing")
}

fn is_verb(word: &str) -> bool {
    CHANGED.contains(&word)
}

/// Whether a word is what somebody did: not what is to be done, nor a policy that is assigned.
pub(super) fn is_past(words: &[&str], at: usize, word: &str) -> bool {
    if !is_verb(word) {
        return false;
    }
    let before = words.get(..at).unwrap_or_default();
    let last = before.last().copied().unwrap_or_default();
    let auxiliary = || before.iter().any(|word| AUXILIARY.contains(word));
    let next = words.get(at + 1).copied().unwrap_or_default();
    // `we got an error`
    let nothing = ["got", "received", "gave"].contains(&word)
        && ["this", "that", "it", "an", "a", "error", "errors", "403", "200"].contains(&next)
        && !words.get(at + 2..at + 4).is_some_and(|what| what.iter().any(|word| word.starts_with("polic")));
    if ["be", "being", "to"].contains(&last) || nothing {
        return false;
    }
    if ALIKE.contains(&word) {
        let near = before.iter().rev().take(3);
        return near.into_iter().any(|word| SOMEBODY.contains(word) || AUXILIARY.contains(word));
    }
    // `the policy assigned to the user`
    let adjective =
        OBJECTS.iter().any(|stem| last.starts_with(stem)) && !["changed", "moved", "switched"].contains(&word);
    !adjective || auxiliary()
}

/// Whether `app`, or what is given to one, is what a sentence speaks of.
fn is_of_app(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).copied().unwrap_or_default();
        APPS.contains(word) && !OF_APP.contains(&next) && (*word != "client" || next.starts_with("id"))
    }) || words.iter().any(|word| is_id(word))
}

fn is_id(word: &str) -> bool {
    word.len() == 36 && word.matches('-').count() == 4
}

/// So long before now, nothing is after a failure that somebody asks about.
fn is_long_ago(words: &[&str]) -> bool {
    words.windows(2).any(|pair| match pair {
        [unit, "ago"] => ["year", "month"].contains(&unit.trim_end_matches('s')),
        ["back", "in"] => true,
        ["last", unit] => ["week", "month", "year", "summer", "spring", "autumn", "winter"].contains(unit),
        _ => false,
    })
}

/// When, by the words around it, something was done.
fn time_of(words: &[&str], verb: usize) -> Option<Moved> {
    // `this was before we granted the policy`
    let before = words.get(..verb).unwrap_or_default().contains(&"before");
    let of_failure = |pair: &[&str]| {
        let [time, rest @ ..] = pair else { return false };
        let what = ["error", "call", "failure", "incident", "report", "ticket", "that", "request"];
        ["after", "since"].contains(time) && rest.iter().any(|word| what.contains(word))
    };
    let have_since = |pair: &[&str]| matches!(pair, ["has" | "have" | "was" | "were" | "been", "since"]);
    if before
        || words.iter().any(|word| LATER.contains(word))
        || words.windows(3).any(of_failure)
        || words.windows(2).any(have_since)
    {
        return Some(Moved::After);
    }
    let clock = |pair: &[&str]| matches!(pair, ["at" | "um", hour] if hour.bytes().all(|byte| byte.is_ascii_digit()));
    let lately = words.iter().any(|word| LATELY.contains(word) && *word != "minutes")
        || words.windows(2).any(is_part_of_day)
        || words.windows(2).any(clock);
    lately.then_some(Moved::Open)
}

pub(super) fn is_part_of_day(pair: &[&str]) -> bool {
    matches!(pair, ["this" | "the" | "in", part] if PARTS_OF_DAY.contains(part))
}

/// `policy N now lists the app`, `the user is now under N`.
fn is_so_now(words: &[&str], names: &dyn Fn() -> bool) -> bool {
    const REFUSED: [&str; 12] = [
        "refused", "denied", "403", "fails", "error", "blocked", "missing", "wrong", "required", "needed", "pending",
        "unclear",
    ];
    let now = words.windows(2).any(|pair| match pair {
        ["now" | "meanwhile" | "jetzt" | "inzwischen", is] => IS.contains(is),
        [is, "now" | "meanwhile" | "since" | "jetzt" | "inzwischen"] => IS.contains(is),
        _ => false,
    });
    // `Meetings no longer contains our app`
    let no_longer = words.windows(3).any(|three| matches!(three, ["no", "longer", has] if IS.contains(has)));
    // `The old assignment is gone`
    let gone = words.iter().any(|word| word.starts_with("assignment") || *word == "grant")
        && words.windows(2).any(|pair| matches!(pair, ["is" | "are" | "was", "gone"]));
    if gone && !words.iter().any(|word| SUPPOSED.contains(word) || denied(word) || OF_OTHERS.contains(word)) {
        return true;
    }
    let now = now || no_longer;
    let stops = |word: &&str| {
        REFUSED.contains(word)
            || SUPPOSED.contains(word)
            || denied(word) && !(no_longer && *word == "no")
            || OF_OTHERS.contains(word)
            || STILL.contains(word)
    };
    let app = || words.iter().any(|word| word.starts_with("polic")) && is_of_app(words);
    let user = || words.iter().any(|word| word.starts_with("polic")) && words.iter().any(|word| USERS.contains(word));
    let role = || words.iter().any(|word| ["role", "permission", "consent"].contains(word)) && is_of_app(words);
    now && !words.iter().any(stops) && (app() || user() || role() || names())
}

/// Whether the call is told to succeed since.
fn is_success(words: &[&str], labelled: bool) -> bool {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let joined = words.join(" ");
    let no_longer = words.windows(2).any(|pair| pair == ["no", "longer"]);
    let denies = |word: &&str| denied(word) && !(no_longer && *word == "no");
    let supposed = |word: &&str| SUPPOSED.contains(word) && !["when", "once", "next"].contains(word);
    if words.iter().any(|word| denies(word) || supposed(word))
        || has(&STILL) && !no_longer
        || has(&OF_OTHERS)
        || words.windows(2).any(|pair| pair == ["working", "on"])
        || has(&["explorer", "delegated", "delegate", "postman"])
    {
        return false;
    }
    const FAILS: [&str; 12] = [
        "fails",
        "failing",
        "refused",
        "denied",
        "get",
        "see",
        "happens",
        "occurs",
        "appears",
        "blocked",
        "reproducible",
        "reproduce",
    ];
    let wrong = || has(&["error", "errors", "403", "problem", "issue", "message", "refusal", "fehler"]);
    if WORKS.iter().any(|works| joined.contains(works))
        || joined.contains("geht es wieder")
        || joined.contains("geht es jetzt")
        || joined.contains("geht es") && has(&["seit"])
        || no_longer && (has(&FAILS) || wrong())
        || has(&["gone", "disappeared", "vanished", "weg"]) && wrong()
        || joined.contains("stopped failing")
    {
        return true;
    }
    if has(&FORMERLY) {
        return false;
    }
    let later = labelled
        || words.iter().enumerate().any(|(at, word)| {
            // `200 after 35 ms`
            let number = words.get(at + 1).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
            let long = joined.contains(" minute") || joined.contains(" hour");
            SINCE.contains(word) && (*word != "after" || !number || long)
        })
        || words.windows(2).any(is_part_of_day)
        || words.windows(2).any(|pair| {
            matches!(
                pair,
                ["next" | "second" | "third" | "new", "attempt" | "try" | "run" | "day" | "morning" | "call"]
            )
        });
    let answered = words.windows(2).any(|pair| match pair {
        ["200", "ok"] | ["201", "created"] | ["202", "accepted"] | ["204", "no"] => true,
        [verb, "200" | "201" | "202" | "204"] => RETURNED.contains(verb),
        _ => false,
    });
    let through =
        || ["went through", "goes through", "came through", "gets through"].iter().any(|it| joined.contains(it));
    let call = || {
        has(&["call", "calls", "request", "it", "this", "that", "everything", "same", "app", "retry", "es", "attempt"])
    };
    later && (answered || (has(&SUCCESS) || through()) && call())
}

/// `Fixed, closing`, `Status: resolved`, `we fixed it`.
fn is_done(words: &[&str], label: bool) -> bool {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let supposed = |word: &&str| SUPPOSED.contains(word) && !["when", "once"].contains(word);
    if words.iter().any(|word| denied(word) || supposed(word) || is_id(word))
        || has(&STILL)
        || has(&["other", "another"])
    {
        return false;
    }
    words.iter().enumerate().any(|(index, word)| {
        let last = index.checked_sub(1).and_then(|index| words.get(index));
        let next = words.get(index + 1);
        let begins = last.is_none() && next.is_none_or(|next| DONE_BY.contains(next));
        let ends = last.is_some_and(|last| IS_DONE.contains(last)) && next.is_none_or(|next| DONE_BY.contains(next));
        let somebody = last.is_some_and(|last| SOMEBODY.contains(last))
            && next.is_some_and(|next| ["it", "this", "that"].contains(next));
        let error = words.iter().skip(index + 2).take(2).any(|it| NO_END.contains(it));
        DONE.contains(word) && (begins || ends || somebody || label && last.is_none()) && !error
    })
}

/// Whether a sentence has the name of a policy where somebody or something is put: `to N`, `under "N"`, `gave him N`.
fn leads_to(sentence: &str, name: &str) -> bool {
    const TO: [&str; 21] = [
        "to",
        "from",
        "under",
        "into",
        "onto",
        "on",
        "in",
        "off",
        "auf",
        "zu",
        "von",
        "unter",
        "aus",
        "with",
        "him",
        "her",
        "them",
        "user",
        "policy",
        "policies",
        "richtlinie",
    ];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    sentence.match_indices(name).any(|(at, _)| {
        let before = sentence.get(..at).unwrap_or_default();
        let behind = sentence.get(at + name.len()..).unwrap_or_default();
        let before = before.trim_end_matches(['"', '\'', '`', '“', '„', '\u{2018}']);
        let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let first = before.is_empty();
        (before.ends_with(' ') && (TO.contains(&word) || is_verb(word) || IS.contains(&word)) || first)
            && !behind.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Moved> {
        told(&text.to_lowercase(), &|| vec!["n".to_owned(), "meeting policy".to_owned()])
    }

    #[test]
    fn a_change_after_the_failure() {
        for text in [
            "Since the call failed we moved Anna to policy M.",
            "The policy was recreated afterwards.",
            "Admin removed the direct assignment after this error.",
            "This was before we granted the policy.",
            "The user was moved to another policy since.",
            "Fixed, closing.",
            "Status: Resolved",
            "Resolved yesterday by IT.",
            "EDIT: solved",
            "I have since granted P to the user.",
            "The admin has meanwhile switched him to N.",
            "The user was then moved from \"Meeting Policy\".",
            "We later put the user under N.",
            "Later, we put 4b1634c5-5a0b-4f6d-8f53-0d6a3c1b7e20 under N",
            "Resolution: user was added to policy N",
            "Resolution:\nUser was added to policy N",
            "**Update:** the app id was added to the policy.",
            "Update 2 - the admin put her into N",
            "[Resolved] granted the policy to the user",
            "Solution: added the client id to N",
            "Outcome: the role was consented to",
            "When we later added the app, it went through.",
            "Afterwards IT gave the user the policy N.",
            "The licence was assigned an hour later.",
            "Subsequently the group got N.",
            "Meanwhile the policy's app ids were corrected",
            "Wir haben den Benutzer danach auf N umgestellt.",
            "Later the policy was put back to what it was.",
            "We later put the user under N, but it still fails.",
            "We fixed it.",
            "Ticket closed: issue resolved by granting the policy",
            "Eventually the app was whitelisted.",
            "The admin later swapped the policy",
            "Follow-up: IT moved the account onto N",
            "Note added later: he has been taken off N",
            "PS: the permission was granted",
            "Closing note: assigned N to the user",
            "After the call failed, Bob added the app id to the list of N",
            "Then our admin assigned the policy to her.",
            "Some time later the direct assignment was lifted.",
            "Nachtrag: Die App wurde in die Richtlinie aufgenommen.",
            "The policy had been changed in the meantime",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_change_that_may_be_before_or_after() {
        for text in [
            "I have just added the app id to Global.",
            "We granted the policy five minutes ago.",
            "switched him to N",
            "Switched the user over to \"Meeting Policy\"",
            "I added the app this afternoon",
            "I added the app this afternoon, is that enough?",
            "Added the app to N at 14:30, please check.",
            "The admin took him off N today.",
            "Our admin just set the policy.",
            "We put them under N this morning.",
            "The policy now lists the app.",
            "The user is now under N.",
            "Consent was given today.",
            "The app got the role an hour ago.",
            "Heute wurde die Richtlinie zugewiesen.",
            "We have granted the policy to the user.",
            "The app was removed from the policy.",
            "I assigned N to Anna.",
            "I granted her N.",
            "Policy changed.",
            "Anna was given N.",
            "Admin: changed the policy, please retry.",
            "CHG0031234 implemented 09:45: Teams policies consolidated.",
            "2026-11-20T09:40:00Z INFO granted policy N to anna@contoso.com",
            "Anna now holds N instead of M.",
            "N was emptied by accident.",
            "Someone overwrote the AppIds.",
            "Policy N recreated without the app.",
            "N no longer contains our app.",
            "Anna got a new policy this morning.",
            "Jemand hat die Richtlinie angepasst.",
            "The old assignment is gone.",
        ] {
            assert_eq!(found(text), Some(Moved::Open), "{text}");
        }
    }

    #[test]
    fn a_call_that_is_no_longer_refused() {
        for text in [
            "Works again now.",
            "Retry succeeded 200 OK.",
            "After the fix the same call returns 200.",
            "We added the app to the policy an hour ago, and now it works.",
            "Seit der Umstellung der Richtlinie geht es.",
            "10 minutes later: HTTP/1.1 200 OK",
            "10 minutes later: 200 OK",
            "After a while POST /onlineMeetings -> 201 Created",
            "Update: after lunch the same call returned 200",
            "Edit: got 200",
            "Half an hour later the request went through.",
            "The error is gone.",
            "It no longer fails.",
            "The second attempt returned 200.",
            "Update: it worked",
            "The same request passes since noon.",
            "This morning the call succeeded.",
            "The 403 disappeared after lunch.",
            "Danach klappte es.",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_tells_of_no_change() {
        for text in [
            "We already granted the policy last week, and it still fails.",
            "The app works for other users.",
            "How can this be fixed?",
            "It is not resolved.",
            "resolved user 4b1634c5 from the cache",
            "200 OK",
            "GET /users/x succeeded",
            "An administrator has to grant the policy and add the app id.",
            "\"date\": \"2026-11-20T12:00:00\", \"request-id\": \"df5a710e\"",
            "Please add the app to the policy now.",
            "Was the policy changed just now?",
            "Nobody changed the policy since last week.",
            "We will add the app to the policy later today.",
            "Other users: it works now",
            "Bug status: fixed in app 2.1 (other bug)",
            "worker removing job 55 of app queue then sleeping",
            "This happens since we moved to the new app server.",
            "resolved with error",
            "Assignee: Bob (group Teams Ops)  Updated 2 days ago",
            "FYI the role assignment was created 2 years ago.",
            "The app was moved to Newark since.",
            "10 minutes later another user: HTTP/1.1 200 OK",
            "HTTP/1.1 200 OK",
            "The policy was never changed since.",
            "It returned 200 without adding the app to the policy",
            "Should the user be put under N later?",
            "The user should be moved to N afterwards.",
            "We plan to put the user under N later.",
            "If the app was added to the policy today, wait 30 minutes.",
            "The app was not added to the policy today.",
            "We haven't changed the policy since.",
            "Update: no change, the policy was not touched",
            "Update: still 403",
            "Resolution: none yet",
            "Resolution: please add the user to policy N",
            "Fix: grant the policy to the user",
            "Would it help if we switched him to N?",
            "What happens when he is switched to N?",
            "It worked until this morning.",
            "It worked before.",
            "It used to work after lunch.",
            "For another user the call returned 200 later.",
            "It works in Graph Explorer now.",
            "It now works with a delegated token only.",
            "GET /me returned 200 after 35 ms",
            "The policy assigned to the user is N.",
            "We moved him to another team last year.",
            "We added a new app page today.",
            "The user needs to be added to the group later",
            "We set the header after the login.",
            "Put the user under N later.",
            "The call now is refused by the policy",
            "Resolution: 1920x1080",
            "The meeting was moved to the afternoon.",
            "The meeting was changed today.",
            "The user was added to the meeting later",
            "She added him to the call this afternoon.",
            "We updated the SDK this morning.",
            "The token was issued just now.",
            "Later he called support about the policy.",
            "Update: the admin asked whether the user was added to N",
            "Action item: policy to be granted",
            "Next step: have the policy assigned",
            "We got this after the policy page was opened.",
            "No one has changed the assignment since.",
            "You must have the app added to the policy now.",
            "The app was never added, not even today.",
            "The user can be moved to N now.",
            "Let me know when the app was added to the policy.",
            "Do not wait until the policy was granted today.",
            "Update: can somebody add the app?",
            "They said it would work after lunch",
            "The update of the policy is planned for today",
            "I want him switched to N.",
            "Ideally he is switched to N.",
            "Has he been switched to N?",
            "It would be resolved by adding the app.",
            "connection closed by peer after 30 s",
            "INFO policy cache updated",
            "Nothing was changed after that, the policy is as it was.",
            "We restarted the service and changed the code today.",
            "The job ran again and got 403 later.",
            "All calls for others passed later.",
            "The user signed in again this morning.",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
