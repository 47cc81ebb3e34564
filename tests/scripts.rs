//! Scripts and runbooks: what must be raised and what must not, fixes, and spellings that mean the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and print a table"
)]

#[path = "scripts/listing.rs"]
mod listing;

use std::collections::{BTreeMap, BTreeSet};

use graphwhy::knowledge::{Catalogue, Example, Gate, Severity, examples};
use graphwhy::lint::{Against, Edit, Linted, apply, lint, lint_against};
use graphwhy::script::commands;
use graphwhy::source::Encoding;
use graphwhy::tenant::{Snapshot, parse};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct Case {
    id: String,
    path: String,
    text: String,
    expect: Vec<String>,
    forbid: Vec<String>,
}

fn corpus() -> Vec<Case> {
    let text = std::fs::read_to_string("testdata/scripts.jsonl").unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Cases of this repository: every cause that is found must be named, and no other. Those of `field.txt` and `admin.txt` were
/// written and labelled before they were run: scripts, modules, runbooks and CI files as people have them.
fn own() -> Vec<Case> {
    ["more", "idioms", "field", "admin", "paths"].into_iter().flat_map(cases_of).collect()
}

fn cases_of(name: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(format!("testdata/scripts/{name}.txt")).unwrap();
    text.split("\n=== ")
        .map(|case| {
            let (head, rest) = case.trim_start_matches("=== ").split_once('\n').unwrap();
            let (id, path) = head.split_once(' ').unwrap();
            let (text, expect) = rest.rsplit_once("\nexpect:").unwrap();
            let expect = expect.split(',').map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()).collect();
            Case { id: id.to_owned(), path: path.to_owned(), text: format!("{text}\n"), expect, forbid: Vec::new() }
        })
        .collect()
}

fn all() -> Vec<Case> {
    corpus().into_iter().chain(own()).collect()
}

fn run(text: &str, name: &str) -> Linted {
    lint(text, name, &Catalogue::builtin())
}

fn causes(linted: &Linted) -> BTreeSet<String> {
    linted.findings.iter().map(|f| f.cause.to_string()).collect()
}

fn counts(linted: &Linted) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for finding in &linted.findings {
        *counts.entry(finding.cause.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn corpus_table() {
    let mut wrong = Vec::new();
    for case in corpus() {
        let linted = run(&case.text, &case.path);
        let found = causes(&linted);
        let missing: Vec<&String> = case.expect.iter().filter(|e| !found.contains(*e)).collect();
        let forbidden: Vec<&String> = case.forbid.iter().filter(|e| found.contains(*e)).collect();
        let loud = case.expect.is_empty() && linted.findings.iter().any(|f| f.severity >= Severity::Warning);
        let good = missing.is_empty() && forbidden.is_empty() && !loud;
        println!("{:<28} {} {found:?}", case.id, if good { "right" } else { "WRONG" });
        if !good {
            wrong.push(case.id);
        }
    }
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
}

#[test]
fn own_cases_exactly() {
    let mut wrong = Vec::new();
    let cases = own();
    assert!(cases.len() > 500, "{}", cases.len());
    for case in cases {
        let linted = run(&case.text, &case.path);
        let expect: BTreeSet<String> = case.expect.iter().cloned().collect();
        if causes(&linted) != expect {
            wrong.push(format!(
                "{}: found {:?}, expected {expect:?}, notes {:?}",
                case.id,
                causes(&linted),
                linted.notes
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_case_is_beyond_the_parser() {
    for case in all() {
        let linted = run(&case.text, &case.path);
        let torn = case.id.starts_with("torn")
            || ["elided", "doc-syntax-block", "session-entered"].contains(&case.id.as_str());
        assert!(linted.notes.is_empty() || torn, "{}: {:?}", case.id, linted.notes);
    }
}

#[test]
fn every_script_cause_has_examples_that_hold() {
    let catalogue = Catalogue::builtin();
    let mut seen = 0;
    for cause in catalogue.causes().iter().filter(|c| c.gates.first() == Some(&Gate::Script)) {
        let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
        let name = |kind: &Option<String>| match kind.as_deref() {
            Some("markdown") => "a.md",
            Some("yaml") => "a.yml",
            _ => "a.ps1",
        };
        let linted = of_example(&failing, name(&failing.script_kind));
        let finding =
            linted.findings.iter().find(|f| f.cause == cause.slug).unwrap_or_else(|| panic!("{}", cause.slug));
        assert_eq!(finding.severity, cause.severity, "{}", cause.slug);
        assert_eq!(finding.gate, Gate::Script);
        let linted = of_example(&healthy, name(&healthy.script_kind));
        assert!(linted.findings.is_empty(), "{}: {:?}", cause.slug, causes(&linted));
        seen += 1;
    }
    assert_eq!(seen, 19);
}

fn of_example(example: &Example, name: &str) -> Linted {
    let states: Vec<Snapshot> = example.state.iter().map(|text| parse(text, "example").unwrap()).collect();
    let against = Against { states: &states, expected: None };
    lint_against(example.script.as_deref().unwrap(), name, &Catalogue::builtin(), against)
}

/// Edits of one finding.
fn groups(linted: &Linted) -> BTreeMap<usize, Vec<Edit>> {
    let mut groups: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for edit in &linted.edits {
        groups.entry(edit.finding).or_default().push(edit.clone());
    }
    groups
}

#[test]
fn every_fix_of_every_case() {
    let mut fixes = 0;
    for case in all() {
        fixes += fixes_hold(&case, &case.id);
    }
    assert!(fixes > 100, "{fixes}");
}

/// However it is spelled: line ends, marks, quotes, tabs, dashes, in fences and CI files.
#[test]
fn every_fix_of_every_spelling() {
    let mut fixes = 0;
    for case in all().iter().filter(|case| !run(&case.text, &case.path).edits.is_empty()) {
        for (name, other) in spellings(case) {
            fixes += fixes_hold(&other, &format!("{} as {name}", case.id));
        }
    }
    assert!(fixes > 1000, "{fixes}");
}

/// Every fix of a case by itself: the result parses as before, the cause is gone, nothing is new, the rest is untouched, and
/// the finding offers it no second time.
fn fixes_hold(case: &Case, called: &str) -> usize {
    let before = run(&case.text, &case.path);
    let groups = groups(&before);
    for (finding, edits) in &groups {
        let cause = before.findings[*finding].cause.to_string();
        assert!(edits.iter().all(|e| e.cause == cause));
        let fixed = apply(&case.text, edits);
        assert_ne!(fixed, case.text, "{called}: {cause}");
        let after = run(&fixed, &case.path);
        assert_eq!(after.notes.len(), before.notes.len(), "{called}: {fixed}\n{:?}", after.notes);
        let (old, new) = (counts(&before), counts(&after));
        assert_eq!(new.get(&cause).copied().unwrap_or(0) + 1, old[&cause], "{called}: {cause} is left\n{fixed}");
        for (other, count) in &new {
            assert!(count <= old.get(other).unwrap_or(&0), "{called}: {other} is new\n{fixed}");
        }
        outside_is_untouched(&case.text, &fixed, edits);
    }
    groups.len()
}

/// The edits of a file in another encoding change no byte outside them.
#[test]
fn fixes_in_every_encoding() {
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        units.collect()
    };
    let mut tried = 0;
    for case in all() {
        let plain = case.text.trim_start_matches('\u{feff}');
        let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
        for bytes in [
            plain.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", plain.as_bytes().to_vec()),
            marked(b"\xff\xfe", wide(plain, false)),
            marked(b"\xfe\xff", wide(plain, true)),
        ] {
            let encoding = Encoding::of(&bytes);
            let text = encoding.decode(&bytes).unwrap();
            assert_eq!(encoding.encode(&text), bytes, "{}", case.id);
            let safe: Vec<Edit> = run(&text, &case.path).edits.into_iter().filter(|edit| edit.safe).collect();
            let Some(first) = safe.iter().map(|edit| edit.start).min() else { continue };
            let last = safe.iter().map(|edit| edit.end).max().unwrap();
            let fixed = encoding.encode(&apply(&text, &safe));
            let bytes_of = |text: &str| encoding.encode(text).len() - encoding.encode("").len();
            let mark = encoding.encode("").len();
            let head = mark + bytes_of(&text[..first]);
            let tail = bytes_of(&text[last..]);
            assert_eq!(fixed[..head], bytes[..head], "{}", case.id);
            assert_eq!(fixed[fixed.len() - tail..], bytes[bytes.len() - tail..], "{}", case.id);
            assert_ne!(fixed, bytes, "{}", case.id);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

/// What is left of both texts without the edits is the same, byte for byte.
fn outside_is_untouched(before: &str, after: &str, edits: &[Edit]) {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|e| (e.start, e.end));
    let (mut old, mut new) = (0, 0);
    for edit in sorted {
        let length = edit.start - old;
        assert_eq!(before[old..edit.start], after[new..new + length]);
        new += length;
        assert_eq!(after[new..new + edit.insert.len()], edit.insert);
        new += edit.insert.len();
        old = edit.end;
    }
    assert_eq!(before[old..], after[new..]);
}

#[test]
fn safe_fixes_together_and_again() {
    for case in all() {
        let mut text = case.text.clone();
        let mut rounds = 0;
        loop {
            let linted = run(&text, &case.path);
            let safe: Vec<Edit> = linted.edits.iter().filter(|e| e.safe).cloned().collect();
            if safe.is_empty() {
                break;
            }
            let next = apply(&text, &safe);
            assert_ne!(next, text);
            text = next;
            rounds += 1;
            assert!(rounds < 3, "{}: {text}", case.id);
        }
        let again = run(&text, &case.path);
        assert_eq!(apply(&text, &again.edits.iter().filter(|e| e.safe).cloned().collect::<Vec<_>>()), text);
    }
}

#[test]
fn swapped_values_are_put_right() {
    let text = "New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\r\n\
                Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName '748d2cbb-3b55-40ed-8c34-2eae5932b22a'\r\n";
    let linted = run(text, "a.ps1");
    assert!(linted.edits.iter().all(|e| e.safe));
    assert_eq!(
        apply(text, &linted.edits),
        "New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\r\n\
         Grant-CsApplicationAccessPolicy -Identity '748d2cbb-3b55-40ed-8c34-2eae5932b22a' -PolicyName Meetings\r\n"
    );
    let labels: Vec<&str> = linted.findings[0].labels.iter().map(|l| &text[l.span.start..l.span.end]).collect();
    assert_eq!(labels, ["Meetings", "Meetings", "'748d2cbb-3b55-40ed-8c34-2eae5932b22a'"]);
    assert!(linted.findings[0].labels[1].span.start < linted.findings[0].labels[0].span.start);
}

/// One call of a function is swapped and another is not: no edit of the body is right for both.
#[test]
fn calls_that_disagree_leave_the_body_as_it_is() {
    let body = "function G($User,$Policy){ Grant-CsApplicationAccessPolicy -Identity $Policy -PolicyName $User }\n";
    let [first, second] = ["748d2cbb-3b55-40ed-8c34-2eae5932b22a", "5b1e2c3d-1111-4222-8333-944455556666"];
    let agreed = run(&format!("{body}G {first} Meetings\nG {second} Meetings\n"), "a.ps1");
    assert!(agreed.edits.iter().any(|edit| edit.safe));
    let mixed = run(&format!("{body}G {first} Meetings\nG Meetings {second}\n"), "a.ps1");
    assert!(mixed.findings.iter().any(|finding| finding.cause == "identity-names-policy"));
    assert!(!mixed.edits.iter().any(|edit| edit.safe), "{:?}", mixed.edits);
}

#[test]
fn lists_that_replace_and_lists_that_are_none() {
    let id = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    let judged = |command: &str| {
        let linted = run(command, "a.ps1");
        linted.findings.iter().map(|f| (f.cause.to_string(), f.severity)).collect::<Vec<_>>()
    };
    let replaced = |severity| vec![("app-ids-replaced".to_owned(), severity)];
    let set = "Set-CsApplicationAccessPolicy -Identity M -AppIds";
    assert_eq!(judged(&format!("{set} @{{Replace='{id}'}}")), replaced(Severity::Warning));
    assert_eq!(judged(&format!("{set} $null")), replaced(Severity::Info));
    assert_eq!(judged(&format!("{set} @{{Remove='{id}'}}")), []);
    let grant = "Grant-CsApplicationAccessPolicy -PolicyName M -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    for change in ["Add", "Remove"] {
        let new = format!("New-CsApplicationAccessPolicy -Identity M -AppIds @{{{change}='{id}'}}\n{grant}");
        assert_eq!(judged(&new), []);
    }
    let text = format!("{set} @{{Replace='{id}'}}");
    let linted = run(&text, "a.ps1");
    assert!(linted.edits.iter().all(|edit| !edit.safe));
    assert_eq!(apply(&text, &linted.edits), text.replace("Replace", "Add"));
}

/// What a job, another session or a runspace sees of the caller.
#[test]
fn blocks_that_run_elsewhere_see_no_variables() {
    let made = "$one = 'Interviews'\nNew-CsApplicationAccessPolicy -Identity $one -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\n";
    let user = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let swapped =
        |variable: &str| format!("{{ Grant-CsApplicationAccessPolicy -Identity {variable} -PolicyName '{user}' }}");
    for (run_it, seen) in [
        ("& BLOCK", true),
        ("Invoke-Command -ScriptBlock BLOCK", true),
        ("Invoke-Command -NoNewScope BLOCK", true),
        ("1..2 | ForEach-Object BLOCK", true),
        ("Measure-Command BLOCK", true),
        ("Invoke-Command -ComputerName a BLOCK", false),
        ("Invoke-Command a BLOCK", false),
        ("icm -Session $s -ScriptBlock BLOCK", false),
        ("Invoke-Command @target -ScriptBlock BLOCK", false),
        ("Start-Job BLOCK", false),
        ("Start-ThreadJob -ScriptBlock BLOCK", false),
        ("1..2 | ForEach-Object -Parallel BLOCK", false),
        ("Enter-PSSession a; & BLOCK", false),
        ("Enter-PSSession a; Exit-PSSession; & BLOCK", true),
    ] {
        let found = |variable: &str| {
            let text = format!("{made}{}\n", run_it.replace("BLOCK", &swapped(variable)));
            causes(&run(&text, "a.ps1")).contains("identity-names-policy")
        };
        assert_eq!(found("$one"), seen, "{run_it}");
        if !run_it.starts_with("Enter") {
            assert!(found("$using:one"), "{run_it}");
        }
    }
}

#[test]
fn a_bare_list_is_a_suggestion_only() {
    let text = "Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20, 1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
    let linted = run(text, "a.ps1");
    assert!(linted.edits.iter().all(|e| !e.safe) && !linted.edits.is_empty());
    assert_eq!(
        apply(text, &linted.edits),
        "Set-CsApplicationAccessPolicy -Identity M -AppIds @{Add=\"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\", \"1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11\"}"
    );
}

/// Spellings that mean the same to PowerShell.
fn spellings(case: &Case) -> Vec<(&'static str, Case)> {
    let mut out = Vec::new();
    let mut with = |name, path: &str, text: String| {
        out.push((name, Case { path: path.to_owned(), text, ..case.clone() }));
    };
    with("crlf", &case.path, case.text.replace("\r\n", "\n").replace('\n', "\r\n"));
    with("lone carriage returns", &case.path, case.text.replace("\r\n", "\n").replace('\n', "\r"));
    with("mark", &case.path, format!("\u{feff}{}", case.text.trim_start_matches('\u{feff}')));
    with("leading lines", &case.path, format!("\n# a comment\n\n{}", case.text.trim_start_matches('\u{feff}')));
    if case.path.ends_with(".yml") {
        return out;
    }
    let names = ["CsApplicationAccessPolicy", "-Identity", "-PolicyName", "-AppIds", "-Global", "-Group"];
    let mut upper = case.text.clone();
    let mut colon = case.text.clone();
    for name in names {
        upper = upper.replace(name, &name.to_uppercase());
    }
    for name in ["-Identity", "-PolicyName", "-AppIds"] {
        for next in ["\"", "'", "$", "@"] {
            colon = colon.replace(&format!("{name} {next}"), &format!("{name}:{next}"));
        }
    }
    with("upper case", &case.path, upper);
    with("colon", &case.path, colon);
    with("dashes", &case.path, case.text.replace(" -Identity", " –Identity").replace(" -PolicyName", " —PolicyName"));
    if case.path.ends_with(".md") {
        return out;
    }
    with("tabs", &case.path, case.text.replace(" -", "\t-"));
    let text = case.text.trim_start_matches('\u{feff}');
    if !text.contains("```") && !case.expect.iter().any(|e| e == "placeholder-left") {
        let fenced: String = text.lines().map(|l| format!("   {l}\n")).collect();
        with("fence", "a.md", format!("# Title\n\n1. Do\n\n   ```powershell\n{fenced}   ```\n\nend\n"));
        let quoted: String = text.lines().map(|l| format!("> {l}\n")).collect();
        with("quoted fence", "a.md", format!("> ~~~ps1\n{quoted}> ~~~\n"));
        if !text.contains("#Requires") && !text.contains("@\"") {
            let block: String = text.lines().map(|l| format!("        {l}\n")).collect();
            with(
                "workflow",
                "a.yml",
                format!("jobs:\n  a:\n    steps:\n    - shell: pwsh\n      run: |\n{block}\n    - run: echo\n"),
            );
        }
    }
    if !text.contains("<#")
        && !text.contains("@\"")
        && !text.contains("@'")
        && !text.contains("graphwhy:")
        && !text.contains('’')
    {
        let continued: Vec<String> = text
            .lines()
            .map(|l| {
                if l.trim_start().starts_with('#') || l.contains(" #") {
                    l.to_owned()
                } else {
                    l.replace(" -PolicyName ", " `\n  -PolicyName ")
                }
            })
            .collect();
        with("continued", &case.path, continued.join("\n") + "\n");
        let smart: Vec<String> = text
            .lines()
            .map(|line| {
                let mut open = true;
                let swap = |c: char, open: &mut bool| match c {
                    '"' => {
                        *open = !*open;
                        if *open { '”' } else { '“' }
                    }
                    c => c,
                };
                line.chars().map(|c| swap(c, &mut open)).collect()
            })
            .collect();
        with("smart quotes", &case.path, smart.join("\n") + "\n");
    }
    with("in a block", &case.path, format!("& {{\n{text}\n}}\n"));
    out
}

#[test]
fn spellings_mean_the_same() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for case in all() {
        let expected = causes(&run(&case.text, &case.path));
        for (name, other) in spellings(&case) {
            tried += 1;
            let linted = run(&other.text, &other.path);
            let mut found = causes(&linted);
            let mut expected = expected.clone();
            if other.path != case.path && !other.path.ends_with(".ps1") {
                // A title of the test's own speaks of nothing; the words of comments do.
                found.remove("exchange-policy-instead");
                expected.remove("exchange-policy-instead");
            }
            if found != expected {
                wrong.push(format!(
                    "{} as {name}: {found:?}, not {expected:?} {:?}\n{}",
                    case.id, linted.notes, other.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_prefix_panics_and_every_span_is_sound() {
    let long: BTreeSet<String> =
        ["idioms", "field", "admin"].into_iter().flat_map(cases_of).map(|case| case.id).collect();
    for case in all() {
        // These are long, and every eleventh prefix of each cuts every kind of thing in half somewhere.
        let step = if long.contains(&case.id) { 11 } else { 1 };
        for end in (0..=case.text.len()).step_by(step).filter(|end| case.text.is_char_boundary(*end)) {
            let text = &case.text[..end];
            check_spans(text, &case.path);
        }
    }
}

fn check_spans(text: &str, path: &str) {
    let linted = run(text, path);
    for span in
        linted.findings.iter().flat_map(|f| &f.labels).map(|l| l.span).chain(linted.notes.iter().map(|n| n.span))
    {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text}");
    }
    for finding in &linted.findings {
        assert!(!finding.labels.is_empty() && finding.labels.iter().all(|l| !l.span.is_empty()), "{}", finding.cause);
    }
    for edit in &linted.edits {
        assert!(text.get(edit.start..edit.end).is_some(), "{edit:?} in {text}");
    }
}

#[test]
fn torn_and_strange_texts() {
    let cmdlet = "Grant-CsApplicationAccessPolicy";
    let deep = |open: &str, n: usize| format!("{cmdlet} -Identity {}", open.repeat(n));
    for text in [
        deep("(", 5000),
        deep("@(", 5000),
        deep("{", 5000),
        deep("\"$(", 5000),
        deep("if (1) {", 3000),
        deep("[", 5000),
        deep("@{a=", 3000),
        deep("$a.b", 20_000),
        format!("{cmdlet} {}", "-Identity a ".repeat(20_000)),
        format!("{cmdlet}\0\u{1}\u{feff}\u{202e} -Identity \u{0} x"),
        format!("{}{cmdlet}", "`".repeat(1001)),
        format!("@'\n{cmdlet}"),
        format!("<# {cmdlet}"),
        format!("function a {{ a }}; a; {cmdlet}"),
        format!(
            "function a {{ b; b }}; function b {{ c; c }}; function c {{ d; d }}; function d {{ {cmdlet} -Global -Identity x }}; a"
        ),
        format!("{}{cmdlet}", "foreach ($a in 1,2,3,4,5,6,7,8,9,10) { ".repeat(12)),
        format!("{}{cmdlet}{}", "foreach ($a in 1,2,3,4,5,6,7,8,9,10) { ".repeat(12), "}".repeat(12)),
        "\u{feff}".to_owned(),
        String::new(),
        format!("{cmdlet} -Identity “ -PolicyName ’ \u{2014}Global <a"),
    ] {
        for path in ["a.ps1", "a.md", "a.yml"] {
            check_spans(&text, path);
            check_spans(&format!("```powershell\n{text}"), "a.md");
            check_spans(&format!("- run: |\n    {text}"), "a.yml");
        }
        // A bound far above any honest run: what is not linear takes minutes here.
    }
}

#[test]
fn suppressions() {
    let made = "New-CsApplicationAccessPolicy -Identity R -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    let quiet = |text: &str| {
        let linted = run(text, "a.ps1");
        (
            linted.findings.len(),
            linted.suppressed.len(),
            linted.unused_suppressions.iter().map(|u| u.why.clone()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(quiet(made), (1, 0, vec![]));
    assert_eq!(quiet(&format!("{made} # graphwhy: ignore[policy-never-granted] by hand")), (0, 1, vec![]));
    assert_eq!(
        quiet(&format!("# graphwhy: ignore[policy-never-granted, unknown-parameter] by hand\n{made} -Force")),
        (0, 2, vec![])
    );
    let (findings, suppressed, why) = quiet(&format!("# graphwhy: ignore[policy-never-granted]\n{made}"));
    assert_eq!((findings, suppressed), (1, 0));
    assert!(why[0].contains("no reason"), "{why:?}");
    let (_, _, why) = quiet(&format!("# graphwhy: ignore[policy-never-grantd] x\n{made}"));
    assert!(why[0].contains("`policy-never-granted` is the nearest"), "{why:?}");
    let (_, _, why) = quiet("# graphwhy: ignore[unknown-parameter] x\nGet-Date");
    assert!(why[0].contains("remove it"), "{why:?}");
    let (findings, ..) = quiet(&format!("# graphwhy: ignore[policy-never-granted] too far\n\n{made}"));
    assert_eq!(findings, 1);
    // In a string it is no comment.
    assert_eq!(quiet(&format!("{made}; '# graphwhy: ignore[policy-never-granted] x'")), (1, 0, vec![]));
}

#[test]
fn commands_for_the_simulator() {
    let text =
        "$p = @{ PolicyName = 'M' }\nforeach ($u in 'a', 'b') { Grant-CsApplicationAccessPolicy @p -Identity $u }\n";
    let read = commands(text, "a.ps1");
    let grants: Vec<String> = read
        .commands
        .iter()
        .map(|c| {
            let value = |name: &str| c.value(name).and_then(|v| v.text()).map(|l| l.text.clone()).unwrap();
            format!("{} {} {}", c.cmdlet.unwrap().name, value("Identity"), value("policyname"))
        })
        .collect();
    assert_eq!(grants, ["Grant-CsApplicationAccessPolicy a M", "Grant-CsApplicationAccessPolicy b M"]);
    assert!(read.commands.iter().all(|c| !c.open && c.context.always()));
}

#[test]
fn commands_inside_unknown_syntax_are_still_judged() {
    let good = "New-CsApplicationAccessPolicy -Identity Meetings -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    let bad = "Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName 748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    for text in [
        format!("if ($x) {{\n  {good}\n  {bad}\n"),
        format!("{good}\nforeach ($u in ) {{\n  {bad}\n}}\n"),
        format!("{good} ) ]\n{bad}\n"),
        format!("class A {{ [string] $b = ; }}\n{good}\n{bad}\n"),
        format!("function f {{ ] }}\n{good}\nif ( {{\n {bad}\n}}\n"),
    ] {
        let linted = run(&text, "a.ps1");
        assert!(causes(&linted).contains("identity-names-policy"), "{text}\n{:?} {:?}", causes(&linted), linted.notes);
    }
    // What surrounds it is not known, so nothing is said about the order.
    let text = format!(
        "if ( {{\n Grant-CsApplicationAccessPolicy -PolicyName Meetings -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a\n}}\n{good}\n"
    );
    assert!(run(&text, "a.ps1").findings.is_empty(), "{:?}", causes(&run(&text, "a.ps1")));
}

/// Thousands of commands of one kind; any of these took the square of the time once, or could.
#[test]
fn long_scripts_are_linear_enough() {
    const ID: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    let all = |line: &dyn Fn(usize) -> String| (0..3000).map(line).collect::<String>();
    let texts = [
        all(&|n| format!("Grant-CsApplicationAccessPolicy -PolicyName P{n} -Identity {ID}\n")),
        all(&|n| format!("Grant-CsApplicationAccessPolicy -PolicyName P -Identity user{n}@contoso.com\n")),
        format!(
            "$ErrorActionPreference = 'Stop'\n{}",
            all(&|_| format!("Set-CsApplicationAccessPolicy -Identity M -AppIds @{{Add='{APP}'}}\n"))
        ),
        format!(
            "Grant-CsApplicationAccessPolicy -PolicyName M -Global\n{}",
            all(&|n| format!("$u{n} = Get-CsOnlineUser -Identity a{n}\n"))
        ),
        all(&|_| "Remove-CsApplicationAccessPolicy -Identity M\n".to_owned()),
    ];
    for text in texts {
        let started = std::time::Instant::now();
        run(&text, "a.ps1");
        assert!(started.elapsed().as_secs() < 60, "{:?} for {}", started.elapsed(), &text[..80]);
    }
}

#[test]
fn values_that_double_with_every_line_are_not_followed() {
    for (first, line) in [
        ("$a = 'x'", "$a = $a + $a"),
        ("$a = 'x'", "$a = \"$a$a\""),
        ("$a = 'x'", "$a += $a"),
        ("$a = 'x'", "$a = -join @($a, $a)"),
        ("$a = 'x'", "$a = '{0}{0}' -f $a"),
        ("$a = @('x', 'y')", "$a = $a + $a"),
        ("$a = @('x', 'y')", "$a = $a, $a"),
        ("$a = @('x', 'y')", "$a = @($a; $a)"),
        ("$a = 'x'", "$a = @{ one = $a; two = $a }"),
        ("$a = 'x'", "$a = @($a, @($a, $a), \"$a$a\" + $a)"),
        ("$a = 'x'", "$a = ,$a"),
        ("$a = @{ k = 'x' }", "$a.k = $a.k + $a.k"),
    ] {
        let many = format!("{line}\n").repeat(60);
        let text = format!("{first}\n{many}New-CsApplicationAccessPolicy -Identity $a -AppIds $a\n");
        let read = commands(&text, "a.ps1");
        assert_eq!(read.commands.len(), 1, "{line}");
        assert!(!format!("{:?}", read.commands).contains("xxxxxxxxxxxxxxxx"), "{line}");
        run(&text, "a.ps1");
    }
}

#[test]
fn long_lists_that_are_written_down_are_known() {
    let users: Vec<String> = (0..6000).map(|n| format!("'748d2cbb-3b55-40ed-8c34-{n:012x}'")).collect();
    let text =
        format!("$users = @(\n{}\n)\nNew-CsApplicationAccessPolicy -Identity M -AppIds $users\n", users.join(",\n"));
    let read = format!("{:?}", commands(&text, "a.ps1").commands);
    assert!(read.contains("748d2cbb-3b55-40ed-8c34-00000000176f"));
}

#[test]
fn quoted_scripts_in_yaml_are_read_on_their_characters() {
    let swapped = r#"-PolicyName \"M\" -Identity \"M\""#;
    for (run_line, underlined) in [
        (r"run: 'Grant-CsApplicationAccessPolicy -PolicyName ''M'' -Identity ''M'''".to_owned(), "'M'"),
        (format!(r#"run: "Grant-CsApplicationAccessPolicy {swapped}""#), r#""M\"#),
        (format!(r#"run: "Connect-MicrosoftTeams\r\n\tGrant-CsApplicationAccessPolicy {swapped} # \u00e9""#), r#""M\"#),
        ("run: \"Grant-CsApplicationAccessPolicy\n          -PolicyName M -Identity M\" # all".to_owned(), "M"),
    ] {
        let text =
            format!("jobs:\n  a:\n    steps:\n      - shell: pwsh\n        {run_line}\n      - run: echo 'it''s'\n");
        let linted = run(&text, "ci.yml");
        assert_eq!(causes(&linted), BTreeSet::from(["identity-names-policy".to_owned()]), "{run_line}");
        let span = linted.findings[0].labels[0].span;
        assert!(text[..span.start].trim_end_matches(['\'', '\\']).ends_with("-Identity "), "{run_line}: {span:?}");
        assert!(text[span.start..span.end].starts_with(underlined), "{}", &text[span.start..span.end]);
        assert_eq!((linted.edits.len(), linted.notes.len()), (0, 0), "{run_line}");
    }
}

#[test]
fn edits_of_quoted_scripts_leave_the_quotes_whole() {
    for quote in ['"', '\''] {
        let text = format!(
            "steps:\n- shell: pwsh\n  run: {quote}Grant-CsApplicationAccessPolicy -Global -PolicyName M -Group 6a1b5b3e-0f0c-4a55-a7f0-9d5a3b8c2e77{quote}\n"
        );
        let linted = run(&text, "ci.yml");
        assert_eq!(apply(&text, &linted.edits), text.replace(" -Global", ""), "{:?}", linted.findings);
    }
    let set = |quote: &str| {
        format!(
            "steps:\n- shell: pwsh\n  run: {quote}Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20{quote}\n"
        )
    };
    assert_eq!(run(&set(""), "ci.yml").edits.len(), 1);
    let linted = run(&set("\""), "ci.yml");
    assert_eq!((linted.findings.len(), linted.edits.len()), (1, 0), "what it puts in has quotes of the same kind");
}

#[test]
fn quoted_scripts_of_yaml_that_are_not_sound_are_told() {
    for run_line in [
        r#"run: "Grant-CsApplicationAccessPolicy -PolicyName \q -Global""#,
        r#"run: "Grant-CsApplicationAccessPolicy -PolicyName M -Global"#,
        r"run: 'Grant-CsApplicationAccessPolicy -PolicyName ''M'' -Global",
    ] {
        let text = format!("jobs:\n  a:\n    steps:\n      - shell: pwsh\n        {run_line}\n");
        let linted = run(&text, "ci.yml");
        let [note] = linted.notes.as_slice() else { panic!("{run_line}: {:?}", linted.notes) };
        assert!(note.text.contains("quoted") && text[note.span.start..note.span.end].contains("Grant-Cs"), "{note:?}");
    }
}

#[test]
fn a_comment_of_a_ci_file_is_for_its_step() {
    let text = |above_all: &str, above: &str| {
        format!(
            "jobs:\n  a:\n{above_all}    steps:\n{above}      - name: Grant\n        shell: pwsh\n        run: Grant-CsApplicationAccessPolicy -PolicyName M -Global\n"
        )
    };
    let comment = "      # graphwhy: ignore[tenant-wide-grant] agreed\n";
    let judged = |text: &str| {
        let linted = run(text, "ci.yml");
        let unused: Vec<String> = linted.unused_suppressions.iter().map(|unused| unused.why.clone()).collect();
        (linted.findings.len(), linted.suppressed.len(), unused)
    };
    assert_eq!(judged(&text("", comment)), (0, 1, vec![]));
    assert_eq!(judged(&text("", &format!("{comment}      # and why\n\n"))), (0, 1, vec![]));
    for astray in [text(comment, ""), text("", &format!("{comment}      - run: echo\n"))] {
        let (found, suppressed, unused) = judged(&astray);
        assert_eq!((found, suppressed, unused.len()), (1, 0, 1), "{astray}");
        assert!(unused[0].contains("step"), "{unused:?}");
    }
}

#[test]
fn both_slips_of_a_grant_are_mended_in_one_run() {
    let text = "New-CsApplicationAccessPolicy -Identity Rooms -AppIds 5f3b1f4e-7d0c-4f7e-9a55-1c2d3e4f5a6b\n\
                Grant-CsApplicationAccessPolicy -Idenity Rooms -PolicyName 0b9c8d7e-6f5a-4b3c-8d2e-1f0a9b8c7d6e\n";
    let safe: Vec<Edit> = run(text, "a.ps1").edits.into_iter().filter(|edit| edit.safe).collect();
    let fixed = apply(text, &safe);
    assert!(fixed.ends_with("-Identity 0b9c8d7e-6f5a-4b3c-8d2e-1f0a9b8c7d6e -PolicyName Rooms\n"), "{fixed}");
    assert!(run(&fixed, "a.ps1").findings.is_empty());
}

#[test]
fn words_of_mail_lower_nothing_beside_a_permission_for_meetings() {
    let severity = |words: &str| {
        let text = format!(
            "{words}\n\n```powershell\nNew-ApplicationAccessPolicy -AppId $app -AccessRight RestrictAccess\n```\n"
        );
        let linted = run(&text, "a.md");
        linted.findings.iter().find(|f| f.cause == "exchange-policy-instead").map(|f| f.severity)
    };
    for words in [
        "`OnlineMeetings.Read.All` for a mailbox",
        "OnlineMeetingTranscript.Read.All, mail-enabled security group",
        "`No application access policy found for this app` for the mailbox",
        "online meetings of a mail-enabled group, calendar@contoso.com",
    ] {
        assert_eq!(severity(words), Some(Severity::Error), "{words}");
    }
    for words in ["online meetings and mailboxes", "OnlineMeetings.Read.All and Mail.Read for mailboxes"] {
        assert_eq!(severity(words), Some(Severity::Info), "{words}");
    }
}

/// What is assigned in a loop is one value after it, and loops in one another are walked once each.
#[test]
fn nested_loops_are_walked_once() {
    let mut text = String::from("param([string]$a)\n");
    for _ in 0..40 {
        text.push_str("while (-not $a) { $a = Read-Host; ");
    }
    text.push_str("Set-CsApplicationAccessPolicy -Identity M -AppIds $a ");
    text.push_str(&"}".repeat(40));
    let found = commands(&text, "a.ps1").commands;
    assert_eq!(found.iter().filter(|c| c.is("Set-CsApplicationAccessPolicy")).count(), 1);
    assert_eq!(found.iter().filter(|c| c.is("Read-Host")).count(), 40);
    assert_eq!(causes(&run(&text, "a.ps1")), BTreeSet::from(["app-ids-replaced".to_owned()]));
}
