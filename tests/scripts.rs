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

#[path = "scripts/fixes.rs"]
mod fixes;
#[path = "scripts/hostile.rs"]
mod hostile;
#[path = "scripts/listing.rs"]
mod listing;
#[path = "scripts/order.rs"]
mod order;
#[path = "scripts/shared.rs"]
mod shared;
#[path = "scripts/spellings.rs"]
mod spellings;

use std::collections::{BTreeMap, BTreeSet};

use graphwhy::knowledge::{Catalogue, Example, Gate, Severity, examples};
use graphwhy::lint::{Against, Linted, apply, lint, lint_against};
use graphwhy::script::commands;
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

/// Cases of this repository: every cause that is found must be named, and no other. Those of `field.txt`, `admin.txt`,
/// `practice.txt` and `routine.txt` were written and labelled before they were run: scripts, modules, runbooks and CI files as
/// people have them.
fn own() -> Vec<Case> {
    ["more", "idioms", "field", "admin", "paths", "practice", "ways", "routine", "gaps"]
        .into_iter()
        .flat_map(cases_of)
        .collect()
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
    corpus().into_iter().chain(own()).chain(of_the_catalogue()).collect()
}

/// The scripts in the pages of the causes.
fn of_the_catalogue() -> Vec<Case> {
    let catalogue = Catalogue::builtin();
    let mut cases = Vec::new();
    for cause in catalogue.causes() {
        let Ok((failing, healthy)) = examples(&cause.slug, &cause.body) else { continue };
        for (kind, example) in [("failing", failing), ("healthy", healthy)] {
            let Some(text) = example.script.clone().filter(|_| example.state.is_none()) else { continue };
            let (id, path) = (format!("{kind} {}", cause.slug), name_of(&example).to_owned());
            cases.push(Case { id, path, text, expect: Vec::new(), forbid: Vec::new() });
        }
    }
    assert!(cases.len() > 30, "{}", cases.len());
    cases
}

/// What a file with an example would be called.
fn name_of(example: &Example) -> &'static str {
    match example.script_kind.as_deref() {
        Some("markdown") => "a.md",
        Some("yaml") => "a.yml",
        _ => "a.ps1",
    }
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
        let linted = of_example(&failing, name_of(&failing));
        let finding =
            linted.findings.iter().find(|f| f.cause == cause.slug).unwrap_or_else(|| panic!("{}", cause.slug));
        assert_eq!(finding.severity, cause.severity, "{}", cause.slug);
        assert_eq!(finding.gate, Gate::Script);
        let linted = of_example(&healthy, name_of(&healthy));
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
fn ids_of_variables_in_one_string_are_split_too() {
    let (a, b) = ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11");
    let edit = |ids: &str| {
        let linted = run(&format!("$app = '{a}'\nNew-CsApplicationAccessPolicy -Identity R -AppIds {ids}\n"), "a.ps1");
        assert!(linted.findings.iter().any(|it| it.cause == "app-ids-in-one-string"), "{ids}");
        let edit = linted.edits.iter().find(|it| it.cause == "app-ids-in-one-string");
        edit.map(|edit| (edit.insert.clone(), edit.safe))
    };
    assert_eq!(edit(&format!("\"$app, {b}\"")), Some((format!("\"$app\", \"{b}\""), false)));
    assert_eq!(edit(&format!("\"{a}, {b}\"")), Some((format!("\"{a}\", \"{b}\""), true)));
    // What is no plain variable is left to people.
    assert_eq!(edit(&format!("\"$($app), {b}\"")), None);
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
    // A cause that no script has is never found; one that a state may show is not looked for without it.
    let (_, _, why) = quiet("# graphwhy: ignore[policy-shadowed] x\nGet-Date");
    assert!(why[0].contains("remove it"), "{why:?}");
    assert_eq!(quiet("# graphwhy: ignore[user-unknown, expectation-broken] x\nGet-Date"), (0, 0, vec![]));
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
