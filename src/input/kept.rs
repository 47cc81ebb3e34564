//! Where words are kept rather than said: in a test, a table, a list of titles, a description, a type, the template of a
//! page. Each looks at no more than what is near them.

use super::guard::{FEW, LINE, LINES, NOW, OBJECT, Place, SPEAKER, has_word};
use super::spoken::{DECLARED, begins_record, holds_one_of, is_one_of, words};
use crate::source::slice;

/// Above an object that describes a call so much is looked at.
const DESCRIBED: usize = 1_000;

/// Whether a line above names a scenario of a test.
pub(super) fn is_in_scenario(place: &Place<'_>, _: &str) -> bool {
    let names = |line: &str| {
        let name = line.trim_start().split_once(':').map(|(name, _)| name);
        name.is_some_and(|name| is_one_of("Scenario|Scenario Outline|Background|Example", name))
    };
    place.above().take_while(|line| !begins_record(line)).any(names)
}

/// Whether a step of a test stands beside one: `Then the user sees …` below `When Graph answers "…"`.
pub(super) fn is_beside_step(place: &Place<'_>, _: &str) -> bool {
    const STEPS: [&str; 5] = ["Given ", "When ", "Then ", "And ", "But "];
    let is_step = |line: &str| {
        let bare = line.trim_start();
        STEPS.iter().any(|step| bare.starts_with(step)) && !bare.ends_with(['.', '?', '!'])
    };
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(LINE));
    let others = place.above().take(FEW).chain(below.lines().skip(1).take(2 * FEW).map(str::trim_end));
    let own = place.line.trim_start();
    let alone = own.is_empty() || !own.contains(char::is_alphanumeric);
    (alone || is_step(own)) && others.filter(|line| is_step(line)).count() > usize::from(alone)
}

/// Whether the words are a cell below `Examples:` of a scenario.
pub(super) fn is_in_examples(place: &Place<'_>, _: &str) -> bool {
    // The mark that begins each line may have been taken for a gutter.
    let head = place.above().find(|line| !line.contains('|')).map(str::trim);
    const TABLES: &str = "Examples|Scenarios|Scenario Outline|Scenario Template|Beispiele|Szenariogrundriss|Exemples|\
        Plan du scénario|Ejemplos|Esquema del escenario";
    let label = head.and_then(|head| head.split_once(':')).map(|(label, _)| label.trim());
    let row = place.after.contains('|') || place.line.trim_start().starts_with('|');
    row && label.is_some_and(|label| is_one_of(TABLES, label))
}

/// Whether the words are in the name of a test, or in what one has recorded: `test x::"…" ... ok`, `ok 1 - …`.
pub(super) fn is_test(place: &Place<'_>, _: &str) -> bool {
    const NAMES: [&str; 6] = ["=== RUN ", "=== PAUSE ", "=== CONT ", "--- PASS: ", "--- SKIP: ", "--- FAIL: "];
    let (own, after) = (place.before.trim_start(), place.after.trim_end());
    let of_rust =
        || own.starts_with("test ") && ["... ok", "... FAILED", "... ignored"].iter().any(|end| after.ends_with(end));
    let of_tap = || {
        let rest = own.strip_prefix("ok ").unwrap_or_default();
        let bare = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        bare.len() < rest.len() && bare.starts_with([' ', '-'])
    };
    let of_pytest = || {
        let id = own.rsplit_once('[').filter(|(_, value)| !value.contains([']', ' ']));
        id.is_some_and(|(name, _)| name.contains(".py::"))
    };
    NAMES.iter().any(|name| own.starts_with(name))
        || of_rust()
        || of_tap()
        || of_pytest()
        || own.starts_with("exports[`")
        || place.above().take(2 * FEW).any(|line| line.starts_with("exports[`"))
}

/// Whether the words are of a paragraph below `> [!NOTE]`.
pub(super) fn is_in_callout(place: &Place<'_>, _: &str) -> bool {
    const NAMES: [&str; 5] = ["[!note]", "[!important]", "[!tip]", "[!warning]", "[!caution]"];
    // The marks of a quote may have been taken off the lines: only the name has an empty one below it.
    let mut ended = false;
    for line in place.above() {
        let bare = line.trim_start_matches(['>', ' ', '\t']);
        let begins = |name: &&str| bare.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        if NAMES.iter().any(begins) {
            return true;
        }
        if ended || has_word(SPEAKER, bare) || has_word(NOW, bare) {
            return false;
        }
        ended = bare.is_empty() && !line.starts_with('>');
    }
    false
}

/// Whether the words are an item or a sentence below `## Limitations`, `### Fixed`.
pub(super) fn is_in_section(place: &Place<'_>, lead: &str) -> bool {
    const TITLES: &str = "limitations|known limitations|limits|restrictions|known issues|fixed|bug fixes|changelog|\
        release notes|changed|removed|acceptance criteria|error codes|error messages|error reference";
    let item = place.line.trim_start().starts_with(['-', '*', '+', '>', '•']);
    if !item && words(lead) < FEW {
        return false;
    }
    for line in place.above() {
        if let Some(title) = line.strip_prefix('#') {
            let title = title.trim_start_matches('#').trim().trim_end_matches(':');
            return TITLES.split('|').any(|known| known.eq_ignore_ascii_case(title));
        }
        if begins_record(line) || [SPEAKER, OBJECT, NOW].iter().any(|list| has_word(list, line)) {
            return false;
        }
    }
    false
}

/// Whether the words are one of the titles below `Related searches`, `Contents`.
pub(super) fn is_below_title(place: &Place<'_>, _: &str) -> bool {
    const TITLES: &str = "related searches|related issues|related questions|related|see also|similar issues|\
        similar questions|linked issues|people also ask|search results|contents|table of contents|in this article|\
        on this page|further reading";
    const MARKS: [char; 8] = ['#', '*', '_', ' ', '=', ':', '>', '|'];
    if words(place.line) > 0 || place.after.contains(". ") {
        return false;
    }
    let is_title = |line: &str| {
        let bare = line.trim_matches(MARKS);
        TITLES.split('|').any(|title| title.eq_ignore_ascii_case(bare))
    };
    let told = |line: &str| begins_record(line) || [SPEAKER, OBJECT, NOW].iter().any(|list| has_word(list, line));
    let lines = || place.above().take(LINES / 2);
    let between = lines().position(is_title);
    between.is_some_and(|count| {
        let empty = lines().take(count).filter(|line| line.is_empty()).count();
        empty <= 1 && !lines().take(count).any(told)
    })
}

/// `~~…~~`, `<del>…</del>`: what somebody struck out.
pub(super) fn is_struck(place: &Place<'_>, _: &str) -> bool {
    const TAGS: [(&str, &str); 3] = [("<s>", "</s>"), ("<del>", "</del>"), ("<strike>", "</strike>")];
    let open = |(opens, closes): &(&str, &str)| {
        place.before.rfind(opens).is_some_and(|at| !slice(place.before, at..place.before.len()).contains(closes))
    };
    place.before.matches("~~").count() % 2 == 1 && place.after.contains("~~")
        || place.before.ends_with('~') && place.after.trim_start_matches('.').starts_with('~')
        || place.before.contains('<') && TAGS.iter().any(open)
}

/// Whether a line below tells that it is solved: `EDIT: solved by …`
pub(super) fn is_solved_below(place: &Place<'_>, _: &str) -> bool {
    const EDITS: [&str; 4] = ["edit", "update", "edited", "upd"];
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(LINE));
    below.lines().skip(1).take(2 * FEW).any(|line| {
        let Some((label, rest)) = line.trim_start_matches(['*', '_', '#', '>', ' ']).split_once(':') else {
            return false;
        };
        let label = label.split(' ').next().unwrap_or_default().trim_end_matches(['*', '_']);
        EDITS.iter().any(|edit| edit.eq_ignore_ascii_case(label))
            && has_word("solved|resolved|works", rest)
            && !has_word("not|still|again", rest)
    })
}

/// A cell of a table of AsciiDoc, between two lines of `|===`.
pub(super) fn is_in_grid(place: &Place<'_>, _: &str) -> bool {
    // The mark that begins each line may have been taken for a gutter.
    let bare = |line: &'_ str| -> usize { line.trim_start_matches(['|', ' ']).len() };
    let is_rule = |line: &&str| line.ends_with("===") && bare(line) == 3 && line.len() > 3;
    let is_cell = |line: &&str| (line.is_empty() || line.starts_with(['|', ' '])) && !is_rule(line);
    place.line.starts_with(['|', ' '])
        && bare(place.line) == 0
        && place.above().find(|line| !is_cell(line)).is_some_and(|line| is_rule(&line))
}

/// A row whose next cells say what to do: `| E-12 | … | Ask your administrator |`.
pub(super) fn is_with_advice(place: &Place<'_>, _: &str) -> bool {
    const ADVISES: &str = "ask|try|contact|check|grant|assign|wait|use|see|open|enable|add|remove|please|verify|ensure|\
        create|tell|call|renew|sign";
    let parts = |mark: &char| place.line.contains(*mark) || *mark == '|' && place.after.contains(" | ");
    let Some(mark) = ['|', ';', '\t'].into_iter().find(parts) else { return false };
    let digits = place.line.bytes().filter(u8::is_ascii_digit).count();
    let advises = |cell: &str| {
        let first = cell.trim().split(' ').next().unwrap_or_default();
        words(cell) > 1 && has_word(ADVISES, first)
    };
    digits < 2 * FEW && words(place.line) < FEW && place.after.split(mark).skip(1).any(advises)
}

/// `: …` below the term that it defines, beside another one.
pub(super) fn is_definition(place: &Place<'_>, _: &str) -> bool {
    let is_one = |line: &str| line.starts_with(": ");
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(LINE)).lines().nth(1);
    place.line.starts_with(": ")
        && words(place.line) == 0
        && (below.is_some_and(is_one) || place.above().next().is_some_and(is_one))
}

/// JSON that describes: `"enum": ["…"]`, `"examples": [`, the calls of a contract, an answer that a collection keeps.
pub(super) fn is_documented(place: &Place<'_>, _: &str) -> bool {
    const KEYS: &str = "enum|examples|samples|anyOf|oneOf";
    let head = slice(place.text, place.hit.start.saturating_sub(DESCRIBED)..place.hit.start);
    let near = slice(head, head.len().saturating_sub(LINE)..head.len());
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ':' | '{');
    // The list that is open where the words begin.
    let list = near.rsplit_once('[').filter(|(_, items)| !items.contains(']'));
    let key = list.map(|(outer, _)| outer.trim_end_matches(is_mark));
    let named = key.and_then(|key| key.rsplit(|c: char| !c.is_alphanumeric()).next());
    let counts = |(outer, _): (&str, &str)| outer.trim_end().ends_with(':');
    if list.is_some_and(counts) && named.is_some_and(|name| is_one_of(KEYS, name)) {
        return true;
    }
    // `"guid": "…", "@guid": {…}`
    let own = place.before.rsplit('"').nth(2).filter(|own| !own.is_empty());
    let meta = place.after.split_once("\"@").map(|(_, rest)| rest);
    if own.zip(meta).is_some_and(|(own, meta)| meta.strip_prefix(own).is_some_and(|rest| rest.starts_with('"'))) {
        return true;
    }
    let Some((outer, answer)) = head.rsplit_once("\"response\"") else { return false };
    let mut kept = answer.chars().filter(|c| !c.is_whitespace());
    outer.contains("\"interactions\"") || ":[{\"name\":".chars().all(|c| kept.next() == Some(c))
}

/// A name among those of a type: `enum X { …`, `type X = '…' | '…'`.
pub(super) fn is_of_type(place: &Place<'_>, _: &str) -> bool {
    let hit = slice(place.text, place.hit.start..place.hit.end);
    let is_member = |line: &&str| line.ends_with(',') || line.trim_start().starts_with(['|', '/', '#', '[']);
    !hit.contains(' ')
        && (opens_type(place.before)
            || opens_value(place.before)
            || (place.before.trim_matches(['|', ' ', '\t', '\'', '"']).is_empty()
                && place.above().find(|line| !is_member(line)).is_some_and(opens_type)))
}

/// `export enum X {`, `type X = '…' |`
fn opens_type(line: &str) -> bool {
    const DECLARES: &str = "export|public|internal|pub|const|declare|private";
    let mut names = line.split_whitespace().skip_while(|name| is_one_of(DECLARES, name));
    match names.next() {
        Some("type") => line.contains('='),
        Some("enum" | "union") => line.contains('{') && !line.contains('}'),
        _ => false,
    }
}

/// `const TEXT: Record<Inner, string> = { `
fn opens_value(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    is_one_of(DECLARED, first) && [" = {", " = ["].iter().any(|open| line.contains(open))
}

/// The text of an element that a program draws: `<Banner kind="…">…</Banner>`, `<p v-if="…">…</p>`.
pub(super) fn is_component(place: &Place<'_>, _: &str) -> bool {
    const COMPONENTS: &str =
        "Banner|Alert|Toast|Notice|MessageBar|Trans|Typography|Snackbar|Callout|Tooltip|Dialog|Modal";
    const SHOWN: [&str; 8] = [" v-if=", " v-else", " v-show=", " *ngIf=", " ng-if=", " x-show=", " className=", "={"];
    let Some((_, tag)) = place.before.trim_end().strip_suffix('>').and_then(|open| open.rsplit_once('<')) else {
        return false;
    };
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    is_one_of(COMPONENTS, name) || SHOWN.iter().any(|mark| tag.contains(mark))
}

/// `*"…"*)`, `"*…*" {`: a pattern of a shell.
pub(super) fn is_glob(place: &Place<'_>, _: &str) -> bool {
    let (before, after) = (place.before, place.after.trim_start_matches('.'));
    let outer =
        ["*\"", "*'"].iter().any(|mark| before.ends_with(mark)) && ["\"*", "'*"].iter().any(|it| after.starts_with(it));
    let inner = ["\"*", "'*"].iter().any(|mark| before.ends_with(mark)) && after.starts_with('*');
    outer || inner
}

/// `"…",0`, `…: 0 hits`: words of which there are none.
pub(super) fn is_uncounted(place: &Place<'_>, _: &str) -> bool {
    const COUNTS: &str = "count|counts|total|hits|occurrences|number|times|n";
    let rest = place.after.trim_start_matches(['.', '"', '\'', '`', ' ']);
    let Some(value) = rest.strip_prefix([',', ';', '\t', ':', '|', '=']).map(str::trim) else { return false };
    let (number, unit) = value.split_once(' ').unwrap_or((value, ""));
    let head = || place.above().take(LINES).any(|line| has_word(COUNTS, line) && words(line) <= FEW);
    let unit = unit.trim_end_matches(['|', ' ', '.']);
    number == "0" && (has_word("times|hits|occurrences|results|matches|x", unit) || unit.is_empty() && head())
}

/// `OneCode: "…"` beside `AnotherCode: "…"`: a text for each code.
pub(super) fn is_text_of_code(place: &Place<'_>, _: &str) -> bool {
    const TELLS: &str = "message|error|description|reason|detail|text|status|exception";
    let code = |line: &str| {
        let (key, value) = line.trim().split_once(':')?;
        let key = key.trim().trim_matches(['"', '\'']);
        let shaped = key.starts_with(|c: char| c.is_ascii_uppercase())
            && key.bytes().filter(u8::is_ascii_uppercase).count() >= 2
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !holds_one_of(TELLS, &key.to_lowercase());
        let value = value.trim().trim_end_matches(',');
        (shaped && value.starts_with(['"', '\'']) && words(value) >= FEW).then(|| key.to_owned())
    };
    let end = place.hit.end.saturating_add(place.after.len());
    let own = code(slice(place.text, place.hit.start.saturating_sub(place.line.len())..end));
    let below = slice(place.text, end..end.saturating_add(LINE)).lines().nth(1);
    own.is_some_and(|own| {
        let others = [place.above().next(), below].into_iter().flatten();
        others.filter_map(code).any(|other| other != own)
    })
}

/// `errors_total{code="…"} 0`, `rate(errors_total{code="…"}[5m])`: a metric that counts nothing, or a query of one.
pub(super) fn is_query(place: &Place<'_>, _: &str) -> bool {
    let Some((outer, labels)) = place.before.rsplit_once('{') else { return false };
    let named = outer.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && labels.ends_with("=\"");
    let Some((_, rest)) = place.after.split_once('}') else { return false };
    let value = rest.split_whitespace().next().unwrap_or_default();
    let is_zero = || value.starts_with('0') && value.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    named && (rest.starts_with('[') || is_zero())
}
