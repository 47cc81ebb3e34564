//! Words that another says: an issue of a tracker that is only named, a page, an adviser. Whoever names them tells of no call
//! of their own.

use super::claimed;
use super::guard::{NOW, OBJECT, Place, SPEAKER, has_word};
use super::spoken::holds_one_of;
use crate::source::slice;

/// What tells that it happened.
const REPORT: &str = "get|gets|got|see|sees|saw|receive|received|receiving|getting|fail|fails|failed|failing|returned|actual|\
    crashed|crashes|aborted|but|yet|however";
/// What is numbered and is no issue.
const RUNS: &str = "run|build|job|attempt|retry|try|request|call|worker|thread|batch|step|row|line|item|user|page|test|task|\
    iteration|loop|event|message|pipeline|deployment|execution|process|child|part|chunk|record|entry|meeting|error|code|\
    host|server|node|machine|vm|pod|session|connection|response|answer|result|status|example";
/// What is written as the key of an issue is, and is none.
const NO_TRACKERS: [&str; 11] = ["HTTP", "UTF", "SHA", "ISO", "RFC", "ERR", "AES", "TLS", "UTC", "GMT", "RSA"];
/// Pages of others, in an address.
const ADDRESSES: &str = "/issues/|/pull/|/discussions/|stackoverflow.com/|/questions/|/merge_requests/|/browse/";
const MARKS: [char; 17] = ['(', '[', '{', ',', ';', ':', ')', ']', '}', '"', '\'', '`', '*', '-', '<', '>', '.'];

/// `Related: #123 "…"`, `Closes GH-12: …`, `* docs: … (#3)`, `The docs say "…"`, `Copilot suggested …`.
pub(super) fn is_told_by_another(place: &Place<'_>, line: &str) -> bool {
    // `I followed the blog (it shows "…")`, `see docs/errors.md ("…")`
    let aside = line.rsplit_once('(').filter(|(_, aside)| !aside.contains(')'));
    let of_page = |(lead, aside): (&str, &str)| {
        const SAYS: [&str; 6] = ["it shows", "it says", "which says", "which shows", "they say", "it lists"];
        const FILES: [&str; 4] = [".md", ".rst", ".adoc", ".html"];
        SAYS.iter().any(|says| aside.starts_with(says))
            || !aside.contains(char::is_alphanumeric) && FILES.iter().any(|end| lead.trim_end().ends_with(end))
    };
    aside.is_some_and(of_page)
        || claimed::is_claimed(place, line)
        || is_of_issue(place)
        || is_before_issue(place, line)
        || is_of_page(own_clause(line.rsplit(". ").next().unwrap_or_default()))
}

/// The last clause of a sentence, where it is the writer's own behind others' words: `…, but our call fails with "…"`.
pub(super) fn own_clause(sentence: &str) -> &str {
    const JOINTS: [&str; 6] = [" but ", " yet ", "; ", ", mine ", ", ours ", ", however "];
    const OWN: &str = "i|we|my|our|mine|ours|i'm|we're|got|received";
    let Some(at) = JOINTS.iter().filter_map(|joint| sentence.rfind(joint)).max() else { return sentence };
    let clause = sentence.get(at..).unwrap_or(sentence).trim_start_matches([',', ';', ' ']);
    let mut words = clause.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty());
    let own = words.by_ref().take(3).any(|word| OWN.split('|').any(|known| known.eq_ignore_ascii_case(word)));
    if own { clause } else { sentence }
}

/// Whether somebody tells what happened.
fn tells(sentence: &str) -> bool {
    [SPEAKER, OBJECT, NOW, REPORT, "ours|mine"].iter().any(|list| has_word(list, sentence))
}

/// Words behind the number of an issue, in its sentence.
fn is_of_issue(place: &Place<'_>) -> bool {
    let sentence = place.before.rsplit(". ").next().unwrap_or_default();
    if !sentence.contains(['#', '-', '/']) {
        return false;
    }
    // `see #12 (…)` tells of nothing that somebody saw.
    let bare = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '#');
    let told = tells(bare.strip_prefix("see ").or_else(|| bare.strip_prefix("See ")).unwrap_or(bare));
    let mut last = "";
    let mut rest = sentence;
    while let Some(word) = rest.split_whitespace().next() {
        let at = rest.find(word).unwrap_or_default() + word.len();
        rest = rest.get(at..).unwrap_or_default();
        let bare = word.trim_matches(MARKS);
        // `I found https://… ("…")`: who found it was not told it.
        if is_number(bare) && !told || holds_one_of(ADDRESSES, bare) && !tells(rest) {
            // `#2 403 …` begins a row of failures; a row that names a call is of one.
            let status = rest.trim_matches(|c: char| MARKS.contains(&c) || c == ' ');
            let is_row = last.is_empty() && status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
            // `#12 4.220 HTTP/1.1 403`: a step of a build, and its seconds.
            let next = rest.split_whitespace().next().unwrap_or_default();
            let is_step = next.contains('.') && next.parse::<f64>().is_ok();
            let is_own = (last.is_empty() || has_word(OWN, last)) && is_reported(place, rest);
            return !is_row
                && !is_step
                && !is_own
                && !has_word(RUNS, last)
                && !rest.contains("://")
                && !rest.contains(" /");
        }
        if !bare.is_empty() {
            last = bare;
        }
    }
    false
}

/// What the reporter's own ticket is called.
const OWN: &str = "ticket|case|incident|issue|bug|inc";

/// Whether somebody tells below their ticket's title that it is theirs: `INC-4471: …`, `We get this for every call`.
fn is_reported(place: &Place<'_>, rest: &str) -> bool {
    const NEAR: usize = 300;
    let behind = slice(place.text, place.hit.end..place.hit.end.saturating_add(NEAR));
    // Lines of a list are of several.
    let listed = place.line.trim_start().starts_with(['-', '*', '+', '•']);
    let has = |list: &str| behind.lines().any(|line| has_word(list, line));
    let over = has("closed|resolved|duplicate|related|fixed|solved");
    !listed && !over && (has(SPEAKER) && place.after.trim_matches(MARKS).is_empty() || rest.contains("HTTP"))
}

/// `… (#3)`, at the end of an item or a heading.
fn is_before_issue(place: &Place<'_>, line: &str) -> bool {
    let behind = place.after.trim_start_matches(['.', '"', '\'', '`', '*', ' ']);
    let number = behind.strip_prefix(['(', '[']).and_then(|rest| rest.split_once([')', ']']));
    // The key of a ticket stands behind the reporter's own words too.
    let is_item = place.line.trim_start().starts_with(['-', '*', '+', '•'])
        || line
            .split_once(':')
            .is_some_and(|(head, _)| !head.trim().contains(char::is_whitespace) && !head.contains("http"));
    number.is_some_and(|(number, rest)| {
        (number.starts_with('#') || is_item)
            && is_number(number)
            && !rest.contains(char::is_alphanumeric)
            && !tells(line)
            && !line.contains("://")
    })
}

/// `#123`, `GH-12`, `ABC-123`.
fn is_number(word: &str) -> bool {
    const LONGEST: usize = 6;
    let is_count = |digits: &str| {
        (1..=LONGEST).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    };
    word.rsplit_once('#').is_some_and(|(of, digits)| (of.is_empty() || of.contains('/')) && is_count(digits))
        || word.rsplit_once('-').is_some_and(|(tracker, digits)| {
            let is_key = tracker.len() >= 2
                && tracker.starts_with(|c: char| c.is_ascii_uppercase())
                && tracker.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            is_key && is_count(digits) && !NO_TRACKERS.contains(&tracker)
        })
}

/// `The docs say "…"`, `Copilot suggested that I might see "…"`, `With the name one gets "…"`.
fn is_of_page(sentence: &str) -> bool {
    const SAYS: &str = "say|says|said|suggest|suggests|suggested|state|states|stated|mention|mentions|mentioned|claim|claims|\
        claimed|describe|describes|list|lists|thinks|told|tells|explains|recommends|show|shows|showed";
    const SOURCES: &str = "doc|docs|documentation|manual|guide|tutorial|readme|specification|article|blog|copilot|chatgpt|gpt|\
        gemini|llm|ai|stackoverflow|faq|threads|posts|wiki|confluence|handbook|playbook|spec";
    const KNOWS: &str = "know|read|found|aware|think|believe|saw|see";
    const NEAR: usize = 8;
    const MAY: &str = "may|might|could|would|should|can|will";
    const ANYBODY: &str = "one gets|one receives|one sees|one would|people get|people see|others get|others see|others report|\
        you get|you see|you receive|you'll get|you will get|\
        threads are about|posts are about|issues are about|others are about";
    /// `Support says it is "…"`
    const OPINIONS: [&str; 8] = [
        "says it is",
        "thinks it is",
        "think it is",
        "guesses it is",
        "believes it is",
        "suspects it is",
        "support this is",
        "support it is",
    ];
    if OPINIONS.iter().any(|opinion| sentence.split_once(opinion).is_some_and(|(_, rest)| !tells(rest))) {
        return true;
    }
    if let Some(rest) = ANYBODY.split('|').find_map(|phrase| sentence.split_once(phrase).map(|(_, rest)| rest)) {
        return !tells(rest) && !has_word(SPEAKER, sentence) && !has_word(NOW, sentence);
    }
    let is = |list: &str, word: &str| list.split('|').any(|known| known == word);
    let words: Vec<&str> =
        sentence.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let Some(source) = words.iter().position(|word| is(SOURCES, word)) else { return false };
    let (lead, rest) = words.split_at(source);
    let Some(says) = rest.iter().take(NEAR / 2).position(|word| is(SAYS, word)) else { return false };
    let rest = rest.get(says + 1..).unwrap_or_default();
    // `I followed the guide and …` is of the writer, `I know the docs say …` is not.
    // `Our wiki says`
    let lead = match lead {
        [lead @ .., whose] if ["our", "my"].contains(whose) => lead,
        _ => lead,
    };
    let own = lead.iter().any(|word| is(SPEAKER, word)) && !lead.iter().any(|word| is(KNOWS, word));
    let goes_on = rest.len() > NEAR || rest.contains(&"and");
    let tells = rest.iter().any(|word| is(SPEAKER, word) || is(NOW, word) || is(REPORT, word));
    !own && !goes_on && (!tells || rest.iter().any(|word| is(MAY, word)))
}

#[cfg(test)]
mod tests {
    use super::super::guard::is_in_form;
    use super::*;

    fn check(form: &str) -> bool {
        is_in_form(form, is_told_by_another)
    }

    #[test]
    fn words_of_others() {
        for form in [
            "Related: #123 \"§\"",
            "Possibly a duplicate of #99 (§)? We get:\n",
            "Closes #12: §",
            "- #12 §",
            "OPS-12: §",
            "[GH-12] §",
            "see ABC-123 (\"§\")",
            "* §(#3)",
            "* docs: § (#3)",
            "I found https://stackoverflow.com/q/1 (\"§\") but that is another",
            "See https://github.com/contoso/bot/issues/12 (\"§\")",
            "The doc says \"§\"",
            "The wiki says the message is \"§\"",
            "In the docs they say that \"§\"",
            "Copilot says: \"If you use it you get §\"",
            "ChatGPT suggested that I might see '§'",
            "Other threads are about \"§\"",
            "With the name one gets \"§\"; with the id we get",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn words_of_the_writer() {
        for form in [
            "§",
            "Job #12 failed: §",
            "Run #482: §",
            "#2 403 §",
            "#2 GET /users/x 400 §",
            "In #12 we get \"§\"",
            "[worker #3] §",
            "attempt #2: §",
            "HTTP-400: §",
            "SRV-01: §",
            "The doc says to use the id, but we get \"§\"",
            "I followed the docs and see \"§\"",
            "I followed the guide that says it all and Graph answers: §",
            "The docs list it as supported, and the call gives \"§\"",
            "GMT-7 §",
            "Graph answers 403 and the log says \"§\"",
            "The guide was of no help at all, the log says \"§\"",
            "As the guide says I call it and get \"§\"",
            "Our app says \"§\"",
            "Graph says \"§\"",
            "We get \"§\" (#3)",
            "The doc says \"x\" should not happen, but our call fails with 403 §.",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
