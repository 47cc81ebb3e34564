//! Words that somebody made or changed for a program, a test or a page: commits, lists of changes, values of tests, code that
//! prints them, translations, sections of a reference.

use super::guard::{Place, has_word};
use super::spoken::holds_one_of;

/// So many lines stand between the head of a test or a table and the words.
const HEAD: usize = 8;
/// What a commit is of, before its colon.
const COMMITS: &str = "fix|feat|docs|chore|test|tests|refactor|perf|ci|build|style|revert";
/// Sections of a list of changes.
const SECTIONS: [&str; 6] = ["added", "changed", "fixed", "removed", "deprecated", "security"];
/// What a program prints with.
const PRINTS: &str = "error|warn|warning|info|debug|fatal|critical|exception|log|print|println|printf|write|writeline|\
    logerror|logwarning|loginformation|errorf|warnf|infof|fatalf";
const CMDLETS: [&str; 6] = ["write-error ", "write-warning ", "write-host ", "write-output ", "echo ", "throw "];
/// Names and keys of what a test is given and wants.
const GIVEN: [&str; 8] = ["input", "fixture", "fixtures", "case", "given", "mock", "stub", "sample"];
const WANTED: [&str; 5] = ["want", "wants", "expect", "expected", "expects"];
const TABLES: &str = "cases|testcases|tests|tt|tc|want|expected|fixtures|samples|examples";
const LANGUAGES: &str = "english|german|deutsch|french|francais|français|swedish|svenska|spanish|español|dutch|nederlands|\
    italian|italiano|en|de|fr|sv|es|nl|it|pt|ja|en-us|en-gb|de-de|fr-fr|sv-se|es-es";

/// `a1b2c3d fix: …`, `* 9bc0d17 Merge pull request …`, `docs: …`, `chore(graph)!: …`.
pub(super) fn is_commit(_: &Place<'_>, line: &str) -> bool {
    /// Kinds that begin no line of a log or of a build.
    const PLAIN: &str = "docs|chore|bugfix|hotfix|refactor|feat|feature|perf|style|revert|fix|i18n|deps";
    let label = line.trim_end_matches([' ', '"', '\'', '`', '/']).strip_suffix(':').map(|it| it.trim_end_matches('!'));
    let is_kind = |label: &str| match label.split_once('(') {
        Some((kind, scope)) => scope.ends_with(')') && !scope.contains(' ') && COMMITS.split('|').any(|it| it == kind),
        None => PLAIN.split('|').any(|it| it == label),
    };
    if label.is_some_and(is_kind) {
        return true;
    }
    let Some((hash, rest)) = line.split_once(' ') else { return false };
    let is_hash = (7..=40).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kind = rest.split([':', '(']).next().filter(|kind| kind.len() < rest.len()).unwrap_or_default();
    is_hash && (rest.starts_with("merge ") || has_word(COMMITS, kind) && !kind.trim().contains(' '))
}

/// An item below `### Added`.
pub(super) fn is_change(place: &Place<'_>, _: &str) -> bool {
    place.line.trim_start().starts_with(['-', '*'])
        && place.above().find(|line| line.trim_start().starts_with('#')).is_some_and(|heading| {
            let heading = heading.trim_matches(['#', ' ', '*', ':']).to_lowercase();
            SECTIONS.contains(&heading.as_str())
        })
}

/// `logger.error("…")`, `Write-Error "…"`.
pub(super) fn is_printed_by_code(place: &Place<'_>, line: &str) -> bool {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    if !place.before.ends_with(QUOTES) {
        return false;
    }
    let head = line.trim_end_matches(QUOTES);
    let call = head.strip_suffix('(').and_then(|call| call.rsplit_once('.'));
    call.is_some_and(|(object, name)| {
        has_word(PRINTS, name) && object.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ')'))
    }) || CMDLETS.contains(&head)
}

/// `{"input": {"error": …}, "want": …}`, `- input: '{…'`, a row below `cases := …`.
pub(super) fn is_of_test(place: &Place<'_>, line: &str) -> bool {
    let is_key = |line: &str, names: &[&str]| {
        names.iter().any(|name| {
            line.match_indices(name).any(|(at, _)| {
                let (head, tail) =
                    (line.get(..at).unwrap_or_default(), line.get(at + name.len()..).unwrap_or_default());
                let bare = head.trim_end_matches(['"', '\'']);
                let begins = bare.is_empty() || bare.ends_with(['{', ',', ' ', '-', '[']);
                begins && tail.trim_start_matches(['"', '\'']).starts_with(':')
            })
        })
    };
    let named = |line: &str| {
        let line = line.to_lowercase();
        [" := ", " = ", "struct{", "struct {", "map["].iter().any(|sign| line.contains(sign)) && has_word(TABLES, &line)
    };
    let object = line.contains('{');
    object
        && (is_key(line, &GIVEN)
            || is_key(&place.after.to_lowercase(), &WANTED)
            || place.above().take(3).chain([line]).any(named))
}

/// A row below the names of languages.
pub(super) fn is_translated(place: &Place<'_>, _: &str) -> bool {
    place.above().any(|header| {
        let names = header.split([',', ';', '\t']).map(|name| name.trim_matches(['"', ' ', '\r']));
        // One column may hold the keys.
        let (mut known, mut other) = (0, 0);
        for name in names {
            let is_language = !name.is_empty() && has_word(LANGUAGES, name);
            *(if is_language { &mut known } else { &mut other }) += 1;
            if other > 1 {
                return false;
            }
        }
        known > 1
    })
}

/// `#### 400 Bad Request`, the heading of a section, right above.
pub(super) fn is_below_status(place: &Place<'_>, _: &str) -> bool {
    const WORDS: usize = 5;
    place.led_by().is_some_and(|heading| {
        let mut words = heading.trim_start_matches(['#', ' ']).split_whitespace();
        let status = words.next().unwrap_or_default();
        heading.trim_start().starts_with("##")
            && status.len() == 3
            && status.starts_with(['4', '5'])
            && status.bytes().all(|byte| byte.is_ascii_digit())
            && words.count() < WORDS
    })
}

/// `…; that is long over.`
pub(super) fn is_over(place: &Place<'_>, _: &str) -> bool {
    holds_one_of("long over|long ago solved|is history", &place.after.to_lowercase())
}

/// `[2026-10-02] fixed by …`, a later entry of the same list.
pub(super) fn is_fixed_below(place: &Place<'_>, line: &str) -> bool {
    const REACH: usize = 600;
    const ENTRIES: usize = 6;
    if !has_word("opened|reported|created", line) {
        return false;
    }
    let below = crate::source::slice(place.text, place.hit.end..place.hit.end.saturating_add(REACH)).to_lowercase();
    below.lines().skip(1).take(ENTRIES).any(|entry| {
        let told = entry.trim_start_matches(|c: char| !c.is_alphabetic());
        let first = told.split_whitespace().next().unwrap_or_default();
        matches!(first.trim_end_matches([':', '.']), "fixed" | "closed" | "resolved" | "solved")
    })
}

/// Text of a commit, as `git show` and `git format-patch` head it.
pub(super) fn is_of_commit(place: &Place<'_>, _: &str) -> bool {
    let is_hash = |word: &str| word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    place.above().any(|line| {
        let mut words = line.split_whitespace();
        line.to_ascii_lowercase().starts_with("subject: [patch")
            || words.next() == Some("commit") && words.next().is_some_and(is_hash)
    })
}

/// The body of an answer that a test gives: on a line with a call below the head of the test. What the test's runner prints
/// below it is none.
pub(super) fn is_in_test(place: &Place<'_>, line: &str) -> bool {
    const HEADS: [&str; 9] = [
        "def test_",
        "async def test_",
        "func test",
        "[fact",
        "[test",
        "@test",
        "[theory",
        "fn test_",
        "public void test",
    ];
    let begins = place.line.trim_start();
    line.contains('(')
        && line.contains(['"', '\'', '`'])
        && !begins.starts_with("E ")
        && !begins.starts_with(['>', '|'])
        && place.above().take(HEAD).any(|line| {
            let line = line.trim_start().to_ascii_lowercase();
            HEADS.iter().any(|head| line.starts_with(head))
        })
}

/// A row or an item of a reference in markup: `<tr><td>400</td><td>…</td>`, below `.. list-table::` or `400 Bad Request:: …`.
/// Rows with more numbers than a status are of a report.
pub(super) fn is_in_reference(place: &Place<'_>, line: &str) -> bool {
    const DIGITS: usize = 4;
    let few = line.bytes().filter(u8::is_ascii_digit).count() <= DIGITS;
    let of_table = || place.above().take(HEAD).any(|line| line.trim_start().starts_with(".. list-table::"));
    let term = line.trim_end().strip_suffix("::").map(str::trim);
    let is_term = term.is_some_and(|term| term.starts_with(['4', '5']) && term.split(' ').count() <= 4);
    few && (["<td>", "<li><code>"].iter().any(|tag| place.before.contains(tag)) && !line.contains("http")
        || is_term
        || place.line.trim_start().starts_with(['-', '*']) && of_table())
}
