//! What takes the certainty from words: they are told generally, or shown as an example. A page on limits, a note beside
//! its text, a change, a plan, a test say what may be answered, not that it was. One table holds the kinds: what marks
//! each, and what takes the doubt away again. A status beside the message is a part of what is told.

use super::Span;
use super::answered::is_in_list;
use super::expected::VERIFY;
use super::expected::is_expected;
use super::kept::{
    is_below_title, is_beside_step, is_component, is_definition, is_documented, is_glob, is_in_callout, is_in_examples,
    is_in_grid, is_in_scenario, is_in_section, is_of_type, is_query, is_solved_below, is_struck, is_test,
    is_text_of_code, is_uncounted, is_with_advice,
};
use super::made::{
    is_below_status, is_change, is_commit, is_fixed_below, is_in_reference, is_in_test, is_of_commit, is_of_test,
    is_over, is_printed_by_code, is_translated,
};
use super::spoken::{begins_record, holds_one_of, is_one_of, words};
use super::supposed::is_supposed_or_asked;
use super::told_by::{is_told_by_another, own_clause};
use super::told_over::{
    is_above_resolution, is_exported_closed, is_fixed_entry, is_gone, is_marked_over, is_mended, is_not_come,
    is_of_closed,
};
use super::tongues::{LABELS, OVER_BEHIND, STILL, is_quoted};
pub(super) use super::word_list::has_word;
use crate::source::slice;

/// How much of a text is looked at above, and how much of a line on either side.
const ABOVE: usize = 2_000;
pub(super) const LINE: usize = 400;
/// Lines above that are of one section.
pub(super) const LINES: usize = 24;
/// Lines of a head, of a fence and of brackets between a sentence and the words.
const BETWEEN: usize = 16;
/// A sentence has so many words.
pub(super) const FEW: usize = 3;

/// What begins a line without being of its sentence.
const MARKS: [char; 13] = [' ', '\t', '-', '*', '+', '>', '•', '@', '\\', ':', '[', '!', '_'];
pub(super) const QUOTES: [char; 8] = ['"', '\'', '`', '”', '“', '„', '«', '»'];
/// Who tells what happened to them, and when.
pub(super) const SPEAKER: &str = "i|we|my|our|i'm|i've|we've|we're";
pub(super) const OBJECT: &str = "me|us";
pub(super) const NOW: &str = "today|yesterday|since|still|again|now|customer|customers";
const PERSON: &[&str] = &[SPEAKER, OBJECT, NOW];
/// What tells that it happened.
const HAPPENED: &str = "get|gets|got|see|sees|saw|receive|received|receiving|getting|failed|returned|actual";
const TOLD: &[&str] = &[SPEAKER, OBJECT, NOW, HAPPENED];
/// What only a telling of what happened has.
const RECORDED: &str =
    "production|prod|log|logs|today|yesterday|since|ticket|trace|customer|user|actual|got|attached|screenshot";
/// What tells that something else came.
const INSTEAD: &str = "actual|got|but|received|instead|was|found|given|however|is";
/// Who asks others.
const ASKER: &str = "thanks|thank|hi|hello|hey|dear|regards|anyone|anybody|somebody";

const PLANNED: &str =
    "we decided|it was decided|decision:|acceptance criteri|we will |we won't |we should |definition of done";
const OF_A_KIND: &str = "such calls|such requests|such meetings|such users|such apps|calls of this kind|calls of that kind|requests of that kind|\
    requests of this kind|meetings of this kind|calls like this|the operation returns|the method returns|\
    the function returns|unsupported calls|unsupported requests|unsupported meetings";
const NOTE: &str = "note|note:|hint|hint:|tip|tip:|caution|caution:|important|important:|remark:|remarks:|limitation:|\
    limitations:|restriction:";
const RETURNS: &str = "api returns|service returns|graph returns|call returns|request returns|api answers|service answers|\
    graph answers|call fails|request fails|calls fail|requests fail|is returned|are returned";
const MAY: &str = "may see|may get|may receive|may return|may encounter|may fail|may occur|may look|may be returned|\
    may respond|may answer|may contain|might see|might get|might receive|might return|might encounter|might fail|\
    might occur|might look|might be returned|might respond|can return|can get|can occur|can be returned|can receive|\
    could return|could get|could see|could receive|would see|would get|would return|would look|if you see|if you get|\
    if you receive|if you encounter|in case you|one of the following|is returned when|is returned if|are returned when|\
    is thrown when|is thrown if|occurs when|occurs if|happens when|appears when|such as|for instance|will return|\
    will fail|will be returned|will receive|will respond|will answer";
const LOOKS: &str = "looks like|look like|looks as follows|look as follows|as follows|looks similar|is similar to|\
    you will see|you'll see|you will get|you'll get";
const RESOLVED: &str =
    "resolved -|resolved –|resolved —|resolved]|solved]|fixed]|closed]|update: resolved|update: solved";
const ANYBODY: &str =
    "an app|an application|a bot|apps|applications|bots|a call|calls|a request|requests|a tenant|tenants";
const MEETS: &str = "receive|get|fail|return|rejected|refused|answered";
const OF_ONE: &str =
    "this|these|one|some|every|all|of|last|ago|ours|colleague|works|worked|got|was|were|failed|returned";
const BEHIND: &str = "returned for|returned when|returned if|returned by|thrown when|thrown if|raised when|raised if|\
    occurs when|occurs if|sent when|sent if|shown when|shown if|for such|in such cases|in these cases";
/// What is another's, and no words of this report.
const OF_ANOTHER: &str = "unlike|closed as|closing as|marked as duplicate|marked as a duplicate|duplicate of|duplicates|dup of|dupe of|see also|upstream issue|\
    upstream bug|do not confuse with|don't confuse with|do not confuse it with|related issue|related to issue|similar issue|in contrast to|as opposed to|not to be confused with";
const CLOSED: &str = "was closed|is closed|was reported|was marked|was rejected as";
/// What is only thought of.
const SUPPOSED: &str = "assuming|assume|suppose|supposing|what if|what happens if|let's assume|let us assume|let's say|\
    otherwise|pretend";
const MODAL: &str = "must answer|must return|must respond|must reply|must fail|shall answer|shall return|shall respond|\
    can answer|can return|can respond|could answer|would answer|would return|would respond|would reply|would fail|\
    should answer|should return|should respond|should fail|will be answered|will be refused|will be rejected|\
    will be returned|will answer|will return|will respond";
const HAS: &str = "i|i'm|i've|we|we're|we've|but|instead|answers|says|returns|fails";
const EARLIER: &str = "before|previously|formerly|earlier|originally|initially|at first|first we had|first i had|\
    first we got|first i got|first it was";
const LATER: &str = "now|after|afterwards|then|later";
const STEPS: &str = "given|when|then|and|but";
const EXCLUDED: &str = "excluded|not covered|covered by|out of scope|not counted|exempt|supported|documented";
/// What somebody thinks of.
const GUESS: &str = "most likely error|you will probably|you'll probably|likely answer|likely error|probable error|common errors|\
    you might encounter";
/// What was changed in what a service says.
const REWORDED: &str = "changed the wording|wording changed|new wording|reworded|changed the text|changed the message";
const ANY: fn(&Place<'_>, &str) -> bool = |_, _| true;

/// Where a kind has its mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// On the line of the words.
    Line,
    /// In the last sentence before them on it.
    Sentence,
    /// In the sentence that leads to them, on their line or above.
    Lead,
    /// On the line of that one.
    LeadLine,
    /// Behind them on their line.
    Behind,
}

/// One kind of text that tells of no call of its own: where it is told; what it begins with and what it holds, if that is
/// named; which words take the doubt away; and what else has to be so.
struct Kind(At, &'static str, &'static str, &'static [&'static str], fn(&Place<'_>, &str) -> bool);

const KINDS: [Kind; 96] = [
    // `Fixed 400 "…" when listing`, `This PR adds handling for 400 "…"`, `Solved: we got 400 "…"`.
    Kind(
        At::Sentence,
        "fixed|fixes|handle|handles|handled|adds|added|treat|treats|map|maps|ignore|ignores",
        "",
        TOLD,
        ANY,
    ),
    Kind(At::Sentence, "this pr|this change|this commit|this pull request|this release|no longer", "", &[], ANY),
    Kind(At::Sentence, "solved:|resolved:|fixed:|closed:", "", &[], ANY),
    Kind(At::Sentence, RESOLVED, "", &[NOW, "reopened"], ANY),
    Kind(At::Sentence, "", "handling for|handling of|no occurrences of|no occurrence of|no more", &[], ANY),
    // `For the record, Graph had answered "…"`, `Until yesterday every call came back with "…"`.
    Kind(At::Sentence, "", "for the record|had answered|had returned|had replied|during the incident", &[NOW], ANY),
    Kind(At::Sentence, "until", "", &[SPEAKER, "now|still|again|worked|fine"], ANY),
    // `As a user I want …`, `We decided to fail fast on …`, `With v2 we will retry nothing on …`.
    Kind(At::Sentence, "as a|as an", " want", &[], ANY),
    Kind(At::Sentence, "", PLANNED, &[HAPPENED], ANY),
    // `Such calls fail with 400 and the message "…"`
    Kind(At::Sentence, "", OF_A_KIND, PERSON, ANY),
    // `An app that is not registered receives 403 "…"`, `When access is off, the code is …`.
    Kind(At::Sentence, ANYBODY, MEETS, &[SPEAKER, OBJECT, NOW, OF_ONE], |_, told| {
        holds_one_of(" that | whose | which | without ", told)
    }),
    Kind(At::Sentence, "", ", ", PERSON, is_of_state),
    // `SpeakerAttributionNotAllowed: returned for … when …`
    Kind(At::Behind, BEHIND, "", PERSON, ANY),
    // `/me will not work then ("…")`, `calls will then fail with "…"`.
    Kind(At::Sentence, "", "will not work|won't work|will then|would then", &[SPEAKER, NOW, HAPPENED], ANY),
    Kind(At::Sentence, "", "imagine |hypothetically", &[NOW], ANY),
    // `Is it true that Graph says "…"?`
    Kind(At::Sentence, "", "", &[], is_question),
    // `nit: the message is "…"`, `✓ shows "…"`.
    Kind(At::Line, "nit|nit:|nitpick:|suggestion:|typo:", "", &[], ANY),
    Kind(At::Line, "✓|✔|√|✅", "", &[SPEAKER, OBJECT, "but|then"], |_, line| {
        !line.contains(['❌', '✗', '✘', '✖'])
    }),
    // `errors_total{code="…"} 0`, `increase(errors_total{code="…"}[5m]) > 0`.
    Kind(At::Line, "", "{", &[], is_query),
    // `OneCode: "…"` beside `AnotherCode: "…"`.
    Kind(At::Sentence, "", "", &[], is_text_of_code),
    // `Unlike issue #12 ("…")`, `Duplicate of #12 (…)`, `… was closed as by design`, `~~…~~`, below `Related searches`.
    Kind(At::Sentence, OF_ANOTHER, "", &[SPEAKER, OBJECT, NOW, "ours|mine|but"], ANY),
    Kind(At::Behind, CLOSED, "", &[SPEAKER, NOW], ANY),
    Kind(At::Line, "", "", &[], is_struck),
    Kind(At::Sentence, "", "", &[], is_below_title),
    // `Before the grant: …`, `First we had "…". Now …`, `It is not "…"`, `changed from "…" to`, above `EDIT: solved`.
    Kind(At::Sentence, EARLIER, "", &["after|still|again|today|now"], is_earlier),
    Kind(At::Sentence, "", " not", &[], |place, told| told.ends_with(" not") && place.before.ends_with(QUOTES)),
    Kind(At::Sentence, "", " from", &[], |place, told| told.ends_with(" from") && place.before.ends_with(QUOTES)),
    Kind(At::Sentence, "", "", &[], is_solved_below),
    // `Suppose Graph answered "…"`, `The server MUST answer with "…"`, `Which is missing if Graph says "…"?`
    Kind(At::Sentence, SUPPOSED, "", &[SPEAKER, OBJECT, NOW], ANY),
    Kind(At::Sentence, "", MODAL, &[HAS, OBJECT, NOW, HAPPENED], ANY),
    Kind(At::Sentence, "", " if ", &[SPEAKER, OBJECT, NOW], |place, _| place.after.contains('?')),
    // A test's name and what it expects; a table, a list, a description; a type, a template of a page.
    Kind(At::Line, "", "", &[], is_test),
    Kind(At::Line, "", "", &[], is_in_examples),
    Kind(At::Sentence, STEPS, "", &[SPEAKER, OBJECT, NOW], is_beside_step),
    Kind(At::Lead, STEPS, "", &[], is_in_scenario),
    Kind(At::Lead, STEPS, "", &[SPEAKER, OBJECT, NOW], is_beside_step),
    Kind(At::Line, "", "", &[], is_in_grid),
    Kind(At::Line, "", "", &[], is_with_advice),
    Kind(At::Line, "", "", &[], is_definition),
    Kind(At::Sentence, "", REWORDED, &[SPEAKER, OBJECT], ANY),
    Kind(At::Sentence, "errors|messages|failures|answers|codes", EXCLUDED, &[SPEAKER, OBJECT, NOW], ANY),
    Kind(At::Sentence, "", "", &[], is_documented),
    Kind(At::Sentence, "", "", &[], is_of_type),
    Kind(At::Line, "", "", &[], is_component),
    Kind(At::Line, "", "", &[], is_glob),
    // `"…",0` of a table that counts, `search: "…"`.
    Kind(At::Line, "", "", &[], is_uncounted),
    Kind(At::Line, "search:|searched:|search for|query:|google:|googled:", "", &[SPEAKER, NOW], ANY),
    // Commits, lists of changes, code that prints the words, values of tests, translations, a section of a reference.
    Kind(At::Line, "", "", &[SPEAKER, NOW], is_commit),
    Kind(At::Line, "", "", &[SPEAKER, OBJECT, NOW], is_change),
    Kind(At::Line, "", "", &[], is_printed_by_code),
    Kind(At::Line, "", "", &[], is_of_test),
    Kind(At::Line, "", "", &[], is_translated),
    Kind(At::LeadLine, "", "", &[SPEAKER, OBJECT], is_below_status),
    Kind(At::Line, "", "", &[NOW], is_over),
    Kind(At::Line, "", "", &[], is_fixed_below),
    // Closed tickets, fixed entries, commits, post-mortems; answers in tests; rows of a reference.
    Kind(At::Line, "", "", &[NOW, "reopened|again"], is_of_closed),
    Kind(At::Line, "", "", &[SPEAKER, NOW], is_fixed_entry),
    Kind(At::Line, "", "", &[SPEAKER, OBJECT, NOW], is_of_commit),
    Kind(At::Line, "", "", &[], is_exported_closed),
    Kind(At::Line, "", "", &[NOW], is_mended),
    // `"…" ist weg`, `« … » n'apparaît plus`, `"…" came from the setting`; `Gelöst: "…"`, `Exemple : « … »`.
    Kind(At::Behind, OVER_BEHIND, "", &[STILL], is_quoted),
    Kind(At::Sentence, LABELS, "", &[STILL, SPEAKER, NOW], ANY),
    // `#12 "…"`, `The docs say "…"`; `Expected: "…"`; `Graph returns "…" if it is off`; a mail's subject in a list of Graph's.
    Kind(At::Line, "", "", &[], is_told_by_another),
    Kind(At::Line, "", "", &[], is_expected),
    Kind(At::Line, "", "", &[], is_not_come),
    Kind(At::Line, "", "", &[], is_supposed_or_asked),
    Kind(At::Line, "", "", &[], is_in_list),
    // `400 "…" - fixed`, `Ticket 4471 (closed …): …`, a text above `Resolution:`; `Verify that Graph answers "…"`; guesses.
    Kind(At::Line, "", "", &[NOW, "reopened|again"], is_marked_over),
    Kind(At::Line, "", "", &[SPEAKER, OBJECT, NOW], is_above_resolution),
    Kind(At::Sentence, VERIFY, "", TOLD, ANY),
    Kind(At::Sentence, "", GUESS, &[SPEAKER, OBJECT, NOW], ANY),
    Kind(At::Line, "postmortem|post-mortem|post mortem", "", &[NOW], ANY),
    Kind(At::Line, "bug fixes:|bugfixes:|bug fix:|fixed bugs:", "", &[], ANY),
    Kind(At::Line, "fix", "", TOLD, ANY),
    Kind(At::Line, "", "", &[SPEAKER, OBJECT, NOW], is_in_test),
    Kind(At::Line, "", "", &[SPEAKER, OBJECT, NOW], is_in_reference),
    Kind(At::Sentence, "", ": requests for|: calls for|: requests of|: calls of|: requests without", TOLD, ANY),
    // `Risk: …`, `Once we go app-only, the job will break with "…"`, `After the change callers will get "…"`.
    Kind(At::Line, "risk:|risks:|mitigation:", "", &[], ANY),
    Kind(At::Sentence, "once|as soon as", " will ", &[NOW, HAPPENED], ANY),
    Kind(At::Sentence, "after|from|starting", "will get|will see|will receive|will start", &[SPEAKER, NOW], ANY),
    // `Possible responses:`, `A response looks like this:`, `If that is so the service returns:`, `simulated response`.
    Kind(At::LeadLine, "possible responses|possible errors|possible error responses|possible answers", "", PERSON, ANY),
    Kind(At::LeadLine, "a response|an error|an answer|a failure|a refused call|error responses", LOOKS, TOLD, ANY),
    Kind(At::Lead, "if", "returns|answers|responds|is returned|fails with", TOLD, ANY),
    Kind(At::LeadLine, "simulated|mocked|faked|synthetic", "", &[], ANY),
    // `Throws 400 …`, `@throws {GraphError} 400 …`, `Returns: 400 "…"`: what documents a function.
    Kind(At::Sentence, "throws|throws:|raises|raises:|returns:", "", TOLD, ANY),
    // `TODO: …`, `Release notes: …`
    Kind(At::Line, "todo|fixme|raises|release notes|changelog|known issues", "", &[], ANY),
    Kind(At::Line, "todo:|fixme:|raises:|release notes:|changelog:|known issues:", "", &[], ANY),
    // `Expected result: HTTP 403 with message "…`, as far as it does not say what came instead.
    Kind(At::Line, "expected|expected:", ":", &[INSTEAD], |_, line| line.split(':').take(1).all(|it| words(it) <= 2)),
    // `Note: for such meetings the API returns "…`
    Kind(At::Line, NOTE, RETURNS, &[SPEAKER, OBJECT, NOW, "it|always"], ANY),
    // `match: ^400 …`, `When Graph answers 400 "…"` below `Scenario: …`.
    Kind(At::Sentence, "", "^", &[], is_pattern),
    Kind(At::Sentence, STEPS, "", &[], is_in_scenario),
    // Below `> [!NOTE]`, below `## Limitations`.
    Kind(At::Sentence, "", "", PERSON, is_in_callout),
    Kind(At::Sentence, "", "", TOLD, is_in_section),
    // `You may see the following error:`; what somebody saw is told in the first person.
    Kind(At::Lead, "", MAY, &[SPEAKER, OBJECT], leads),
    // `The error looks like this:` in the prose of instructions.
    Kind(At::Lead, "", LOOKS, &[SPEAKER, OBJECT, RECORDED, "now|still|again"], is_instruction),
    // `### Example response`, `The following example shows the response.`
    Kind(At::LeadLine, "", "", &[SPEAKER, OBJECT], is_shown),
];

impl Kind {
    fn is(&self, place: &Place<'_>, told: &str) -> bool {
        let Self(_, begins, holds, unless, also) = self;
        (begins.is_empty() || begins_with_one_of(begins, told) || is_label_of(begins, told, place))
            && (holds.is_empty() || holds_one_of(holds, told))
            && !unless.iter().any(|list| has_word(list, told))
            && also(place, told)
    }
}

/// Whether the words at `hit` are told generally.
pub(super) fn is_general(text: &str, hit: Span) -> bool {
    let place = Place::of(text, hit);
    if begins_record(place.line) {
        return false;
    }
    let line = Lower::of(without_version(without_tag(place.before).trim_start_matches(MARKS)));
    let sentence = last_sentence(line.text());
    // The end of what is behind is of no matter: its beginning is looked at.
    let behind = Lower::of(slice(place.after, 0..LINE).trim_start_matches(|c: char| !c.is_alphanumeric()));
    KINDS.iter().any(|kind| match kind.0 {
        At::Line => kind.is(&place, line.text()),
        At::Sentence => kind.is(&place, sentence),
        At::Behind => kind.is(&place, behind.text()),
        At::Lead | At::LeadLine => false,
    })
}

/// Whether what begins at `hit` is led to as a possibility or as an example: `You may see the following error:`.
pub(super) fn is_introduced(text: &str, hit: Span) -> bool {
    let place = Place::of(text, hit);
    let Some(written) = place.led_by().filter(|lead| !begins_record(lead)) else { return false };
    let line = Lower::of(written.trim_end().trim_start_matches(['#', '*', '_', ' ', '<']));
    let line = line.text().trim_end_matches(['*', '_', ' ', '"', '`', '/']);
    let sentence = line.rsplit(". ").next().unwrap_or_default();
    KINDS.iter().any(|kind| match kind.0 {
        At::Lead => kind.is(&place, sentence),
        At::LeadLine => kind.is(&place, line),
        At::Line | At::Sentence | At::Behind => false,
    })
}

/// Whether the words are named as those that were not said: `It is 403 "…", not 404 "…"`.
pub(super) fn is_ruled_out(text: &str, hit: Span) -> bool {
    let place = Place::of(text, hit);
    let led = last_sentence(place.before).trim_end();
    let rest = [", not", ", and not", " instead of", " rather than"].iter().find_map(|word| led.strip_suffix(word));
    // What was said stands before it.
    let said = rest.is_some_and(|rest| rest.trim_end().ends_with(QUOTES));
    place.before.ends_with(QUOTES) && (said || is_gone(led, place.after))
}

/// What stands around words, as far as it is looked at.
pub(super) struct Place<'t> {
    pub(super) text: &'t str,
    pub(super) hit: Span,
    /// The lines above.
    pub(super) above: &'t str,
    /// Their own line up to them, and what is near them on it.
    pub(super) line: &'t str,
    pub(super) before: &'t str,
    pub(super) after: &'t str,
}

impl<'t> Place<'t> {
    pub(super) fn of(text: &'t str, hit: Span) -> Self {
        let head = slice(text, hit.start.saturating_sub(ABOVE)..hit.start);
        let start = memchr::memrchr2(b'\n', b'\r', head.as_bytes()).map_or(0, |at| at + 1);
        let line = slice(head, start..head.len());
        let tail = slice(text, hit.end..hit.end.saturating_add(LINE));
        let end = memchr::memchr2(b'\n', b'\r', tail.as_bytes()).unwrap_or(tail.len());
        let before = slice(line, line.len().saturating_sub(LINE)..line.len());
        Self { text, hit, above: slice(head, 0..start), line, before, after: slice(tail, 0..end) }
    }

    /// The lines above, from the nearest on.
    pub(super) fn above(&self) -> impl Iterator<Item = &'t str> {
        self.above.lines().rev().map(str::trim_end).take(LINES)
    }

    /// The sentence that leads to the words: on their line, or above what only stands between.
    pub(super) fn led_by(&self) -> Option<&'t str> {
        if self.before.chars().any(char::is_alphanumeric) && !is_between(self.line.trim_start()) {
            // An object may have begun.
            let (lead, inner) = self.before.split_once('{').unwrap_or((self.before, ""));
            let is_prose = inner.len() <= LINE / 8 && !lead.contains(['=', '<', '|']) && words(lead) >= FEW;
            return is_prose.then_some(lead);
        }
        let bare = |line: &'t str| line.trim_start_matches(['>', '|', ' ', '\t']);
        self.above().take(BETWEEN).map(bare).find(|line| !is_between(line))
    }
}

/// `3.2.0: map …` without its version.
fn without_version(line: &str) -> &str {
    let is_version = |word: &str| {
        let number = word.strip_prefix('v').unwrap_or(word);
        number.matches('.').count() >= 1 && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let version = line.split_once([':', ' ']).filter(|(word, _)| is_version(word));
    version.map_or(line, |(_, rest)| rest.trim_start_matches(MARKS))
}

/// `<p>When …` without its tag.
fn without_tag(line: &str) -> &str {
    let text = ["<p>", "<li>", "<dd>"].iter().find_map(|tag| line.trim_start().strip_prefix(tag));
    text.unwrap_or(line)
}

/// `When access is off, the code is …`: what is so whenever something is.
fn is_of_state(_: &Place<'_>, lead: &str) -> bool {
    const STATE: &str = "is off|is on|is not|isn't|is disabled|is enabled|is missing|are not|aren't|has turned|have turned|\
        is turned|has disabled|has not|hasn't|have not|haven't|does not|doesn't|do not|don't";
    const FIRST: &str = "when|if|where|unless";
    let bare = lead.strip_prefix("note").unwrap_or(lead).trim_start_matches(|c: char| !c.is_alphanumeric());
    let clause = bare.split_once(", ").map(|(clause, _)| clause);
    clause.is_some_and(|clause| begins_with_one_of(FIRST, clause) && holds_one_of(STATE, clause))
}

/// `Do we get "…"?`, `Do you know if Graph says "…"?`: who asks whether it is said was not told it.
fn is_question(place: &Place<'_>, lead: &str) -> bool {
    const ASKS: &str = "do i|do we|do they|does it|does graph|will i|will we|will it|will they|will graph|would i|would we|\
        would it|would graph|is it true|is it correct|is it right|do you know if|do you know whether|\
        does anyone know if|does anyone know whether|does somebody know if|can you tell me if|can you confirm that|can you confirm if";
    let asked = lead.rsplit("? ").next().unwrap_or_default().trim_start_matches(MARKS);
    let is_cut = place.hit.end.saturating_add(place.after.len()) >= place.text.len()
        && !place.after.contains(char::is_alphanumeric);
    let of_now = has_word("why|how|what", asked) || has_word(NOW, asked);
    begins_with_one_of(ASKS, asked) && !of_now && (is_cut || place.after.contains('?'))
}

/// `Before the grant: "…"`, `First we had "…". Now …`: what was so before something else.
fn is_earlier(place: &Place<'_>, _: &str) -> bool {
    let lead = place.before.trim_end_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c));
    lead.ends_with(':') || has_word(LATER, place.after)
}

/// Whether what stands around is the prose of instructions, and nobody's who tells or asks.
fn is_instruction(place: &Place<'_>, lead: &str) -> bool {
    const GUIDE: &str =
        "troubleshooting|troubleshoot|guide|setup|faq|runbook|tutorial|prerequisites|reference|how-to|howto";
    const FIRST: &str = "if|unless|without|otherwise|open|run|go|check|make|ensure|assign|grant|create|add|remove|use|\
        verify|wait|select|click|choose|enable|disable|set|sign|call|send|navigate|install|register|configure|replace|\
        copy|note|remember|pass|next|to|when";
    const YOU: &str = "you|your|you'll|you're|you've";
    let behind = slice(place.text, place.hit.end..place.hit.end.saturating_add(LINE));
    // The rest of their own line is the message's.
    let lines = || [place.line].into_iter().chain(place.above()).chain(behind.lines().skip(1));
    let is_title = |line: &str| line.starts_with('#');
    let asks = |line: &str| {
        !is_title(line) && line.trim_end().ends_with('?') || has_word(SPEAKER, line) || has_word(ASKER, line)
    };
    let of_guide = |line: &str| {
        let item = line.trim_start().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '*' | '+'));
        let sentences = || line.split(". ").filter(|_| !item);
        let first = |sentence: &str| {
            sentence
                .split(|c: char| !c.is_alphabetic())
                .find(|word| !word.is_empty())
                .is_some_and(|word| has_word(FIRST, word))
        };
        if is_title(line) { has_word(GUIDE, line) } else { has_word(YOU, line) || sentences().any(first) }
    };
    leads(place, lead)
        && !asks(place.after)
        && !lines().any(|line| begins_record(line) || asks(line))
        && lines().any(of_guide)
}

/// The end of a line in lower case, as far as it is looked at.
struct Lower {
    bytes: [u8; LINE],
    len: usize,
}

impl Lower {
    fn of(text: &str) -> Self {
        let text = slice(text, text.len().saturating_sub(LINE)..text.len());
        let mut bytes = [0; LINE];
        bytes.iter_mut().zip(text.bytes()).for_each(|(lower, byte)| *lower = byte.to_ascii_lowercase());
        Self { bytes, len: text.len() }
    }

    fn text(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The last sentence of what stands before words, without quotes, a status and its reason.
fn last_sentence(line: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '„' | '«' | '*' | ':' | '/');
    let sentence = own_clause(line.rsplit(". ").next().unwrap_or_default()).trim_end_matches(is_mark);
    sentence.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['`', '"', '\''])
}

/// Whether a text begins with the words of a list, up to a word's end; a colon behind them is to be named.
fn begins_with_one_of(list: &str, text: &str) -> bool {
    let ends = |rest: &str, phrase: &str| {
        phrase.ends_with(':') || !rest.starts_with(|c: char| c.is_alphanumeric() || c == ':')
    };
    list.split('|').any(|phrase| text.strip_prefix(phrase).is_some_and(|rest| ends(rest, phrase)))
}

/// Whether a sentence is one of the list's that end in a colon, right before the words: `Solved: "…"`.
fn is_label_of(list: &str, told: &str, place: &Place<'_>) -> bool {
    let is_labelled = || place.before.trim_end_matches(|c: char| !c.is_alphanumeric() && c != ':').ends_with(':');
    list.split('|').any(|phrase| phrase.strip_suffix(':') == Some(told)) && is_labelled()
}

/// Whether a sentence leads to what stands below or behind it.
fn leads(_: &Place<'_>, sentence: &str) -> bool {
    let points = sentence.ends_with(['.', '…']) && holds_one_of("following|below|like this", sentence);
    let leads =
        points || sentence.ends_with([':', '：']) || ["such as", " like"].iter().any(|end| sentence.ends_with(end));
    leads && words(sentence) >= FEW
}

/// `match: ^400 …`, `match: ^Operation: Create; …`
fn is_pattern(_: &Place<'_>, lead: &str) -> bool {
    let Some((outer, inner)) = lead.rsplit_once('^') else { return false };
    inner.is_empty() || outer.trim_end().ends_with([':', '=', '/', '"', '\'', '`'])
}

/// Whether a line only leads from a sentence to an answer: a bracket, a fence, a status line, a header, a key.
fn is_between(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let is_header = line.len() > name.len()
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '"' | '\'' | '{' | '_'))
        && !line.ends_with(':');
    let is_status = || line.split(' ').all(|word| word.starts_with(|c: char| c.is_ascii_digit() || c.is_uppercase()));
    is_header
        || line.starts_with(['4', '5']) && is_status()
        || ["```", "~~~", "HTTP/"].iter().any(|mark| line.starts_with(mark))
        || !line.contains(char::is_alphanumeric)
}

/// `### Example response`, `Expected result:`, `The following example shows the response.`
fn is_shown(_: &Place<'_>, line: &str) -> bool {
    const EXAMPLE: &str = "example|sample|examples|samples";
    /// What is shown as an example, by its first word and by one of these.
    const SHOWN: &str = "response|responses|error|errors|answer|output|body|payload|message|failure|result|returned";
    /// What points at what is shown.
    const POINTS: &str = "following|below|here|this|shows|show";
    let mut rest = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = rest.next().unwrap_or_default();
    let (count, shown) = rest.fold((0, false), |(count, shown), word| (count + 1, shown || is_one_of(SHOWN, word)));
    let headed =
        is_one_of(EXAMPLE, first) && count < 8 && (count == 0 || shown) || first == "expected" && count < 4 && shown;
    headed || has_word(EXAMPLE, line) && has_word(POINTS, line) && !has_word(RECORDED, line)
}

/// Whether a place in a form, `§`, is what a check of this table knows.
#[cfg(test)]
pub(super) fn is_in_form(form: &str, is: impl Fn(&Place<'_>, &str) -> bool) -> bool {
    const WORDS: &str = "Meeting Id is corrupted.";
    let text = form.replace('§', WORDS);
    let at = text.find(WORDS).unwrap_or_default();
    let place = Place::of(&text, Span::new(at, at + WORDS.len()));
    is(&place, &place.before.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "Meeting Id is corrupted.";

    fn check(is: impl Fn(&str, Span) -> bool, text: &str, words: &str) -> bool {
        let text = text.replace('§', words);
        text.find(words).is_some_and(|at| is(&text, Span::new(at, at + words.len())))
    }

    fn general(form: &str) -> bool {
        check(is_general, form, WORDS)
    }

    #[test]
    fn what_is_told_generally() {
        for form in [
            "> [!NOTE]\n> Requests to list these return `400 Bad Request` with the message `§`",
            "## Limitations\n\n* Unsupported calls fail with 400: \"§\"",
            "## Known limitations\n- Some meetings: 400 `§`",
            "Such calls fail with HTTP 400 and the message \"§\".",
            "Throws `400 Bad Request: §` for them.",
            "Returns: 400 \"§\"",
            "- Fixed 400 \"§\" when listing (#412)",
            "### Fixed\n- `400 §` when listing (#412)",
            "This PR adds handling for 400 \"§\".",
            "Solved: we got 400 \"§\" because of a setting.",
            "No occurrences of 400 \"§\" since the fix.",
            "FYI this is fixed now, no more `400 §`.",
            "As a user I want a clear message when Graph answers 400 \"§\".",
            "We decided to fail fast on 400 \"§\" and not to retry.",
            "With v2 we will retry nothing on 400 \"§\".",
            "Scenario: broken\n  Given a meeting\n  When Graph answers 400 \"§\"\n",
            "match: ^400 §$",
            "An app that isn't registered as a bot receives `403` with code `7503`, \"§\"",
            "Calls without a token fail with \"§\"",
            "When access is off, `innerError.code` is `§`.",
            "**Note** If the admin has turned it off, the call fails with `400` and `§`",
            "400 `§`: returned for text/vtt when it is off",
            "`/me` will not work then (\"§\").",
            "From July on calls will then fail with 400 \"§\" unless an admin opts in.",
            "What happens without a license? Do we get \"§\"?",
            "Do you know if Graph says \"§\" for GCC High as well?",
            "Is it true that Graph says \"§\" for app-only tokens?",
            "nit: the message is \"§\" with a full stop,",
            "  ✓ shows \"§\" (12 ms)",
            "✅ RESOLVED – § → licence assigned, works.",
            "[Resolved] 400 \"§\"",
            "errors_total{code=\"§\",reason=\"x\"} 0",
            "expr: increase(errors_total{code=\"§\"}[15m]) > 0",
            "* 3.2.0: map `7503` (§) to NotRegistered",
            "errors:\n  MeetingIdCorrupted: \"§\"\n  NotAllowed: \"It is not allowed here.\"\n",
            "#412 [CLOSED] Request fails with \"§\"\nResolution: fixed in 2.3. Closed by lee on Jan 4.",
            "Ticket INC0012345 - State: Closed\nShort description: §\nClose notes: added",
            "Status: Closed\nSummary: 400 §\nResolution: Fixed",
            "INC0012345 | Closed | 400 § | fixed by lee",
            "Issue closed as completed. 400 §",
            "- #413 fixed: 400 §",
            "Bug fixes: § (#77)",
            "Changelog\n=========\n* Fix 403 §",
            "Subject: [PATCH] Use the Graph id\n\nGraph answers §\n---\n a.py | 2 +-",
            "commit 3b1f0d2a9b7c3b1f0d2a9b7c3b1f0d2a9b7c3b1f\n\n    Graph answered 400 §",
            "Postmortem (resolved): Graph answered \"§\" for two hours.",
            "def test_upn():\n    resp = Fake(400, {\"error\": {\"message\": \"§\"}})\n",
            "[Fact]\npublic async Task Maps() {\n    handler.Respond(403, \"{\\\"message\\\":\\\"§\\\"}\");",
            "func TestT(t *testing.T) {\n\tsrv := fake(403, `{\"message\":\"§\"}`)\n",
            "Channel meetings: requests for channel meetings return 400 with \"§\" until support is added.",
            "<p>When the bot isn't registered, the service responds with <code>7503</code> <em>§</em>.</p>",
            "<tr><td>400</td><td>§</td><td>Not offered.</td></tr>",
            ".. list-table:: Error codes\n   * - 400\n     - §",
            "400 Bad Request:: §\n  Choose another meeting.",
        ] {
            assert!(general(form), "{form}");
        }
    }

    #[test]
    fn what_was_not_said() {
        let check = |form: &str| check(is_ruled_out, form, WORDS);
        for form in ["The error is 403 \"No policy\", not 404 \"§\".", "`x` instead of `§`"] {
            assert!(check(form), "{form}");
        }
        for form in ["It is not 404 \"§\"", "It works, not: \"§\"", "\"x\", not found: \"§\"", "\"x\", not §"] {
            assert!(!check(form), "{form}");
        }
    }

    #[test]
    fn what_happened_is_told_of_a_call() {
        for form in [
            "§",
            "400 \"§\"",
            "Graph returns 400 \"§\"",
            "> From: Jonas\n> Every booking ends with\n> §",
            "## Errors\n\n400 §",
            "## Known issues\n- since today we get 400 \"§\"",
            "### Actual result\n- 400 `§`",
            "2026-11-20T09:15:00Z ERROR such calls fail: §",
            "When the app calls Graph we get 400 \"§\"",
            "Fixed: no. We get \"§\"",
            "We should have a meeting, but got \"§\"",
            "An app that we registered yesterday receives 400 \"§\"",
            "A user that joined last week gets 400 \"§\"",
            "When the admin is not signed in, we get \"§\"",
            "When the job runs, Graph returns 400 \"§\"",
            "Why do we get \"§\"?",
            "Do you know why Graph says \"§\"?",
            "Can you help with \"§\"?",
            "✓ login, ❌ list: §",
            "[Resolved] it is back again: 400 \"§\"",
            "errors_total{code=\"§\"} 17",
            "ErrorCode: \"BadRequest of the call\"\nErrorMessage: \"§\"\n",
            "400 §: returned today for all our calls",
        ] {
            assert!(!general(form), "{form}");
        }
    }

    fn introduced(lead: &str) -> bool {
        [
            "{\"error\":{}}",
            "{\n  \"error\": {}\n}",
            "```json\n{\n  \"error\": {}\n}\n```",
            "HTTP/1.1 403 Forbidden\ncontent-type: application/json\n\n{\"error\":{}}",
        ]
        .iter()
        .all(|object| {
            let text = format!("{lead}\n\n{object}\n");
            text.find("error\":").is_some_and(|at| is_introduced(&text, Span::new(at, at + 6)))
        })
    }

    #[test]
    fn what_may_be_answered() {
        for lead in [
            "You may see the following error:",
            "If the policy is missing, the service might return:",
            "Reading fails in some tenants. The call can return the following error.",
            "The following error is returned when the app is not registered:",
            "### Example response",
            "**Sample error:**",
            "The following example shows what happens if transcript access is not enabled.",
            "Here is an example of the response.",
            "Expected response:",
            "Beginning in July the service will return:",
        ] {
            assert!(introduced(lead), "{lead}");
        }
    }

    #[test]
    fn what_was_answered() {
        for lead in [
            "",
            "I get the following error:",
            "If I call it for my own user, I can get this response:",
            "When we use an app token the service may return an error. Today we see the following:",
            "You can see the call below.",
            "The response is:",
            "Here is an example from the log of today:",
            "This is an example of what our users get:",
            "### Actual result",
            "2026-11-20T09:15:00Z WARN the call may fail, and it did:",
            "Examples of our own that work are many, this one fails today with the same error again:",
        ] {
            assert!(!introduced(lead), "{lead}");
        }
    }
}
