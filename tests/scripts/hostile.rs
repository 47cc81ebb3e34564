//! Torn, strange, long and deeply nested texts.

use std::collections::BTreeSet;

use graphwhy::script::commands;

use super::{all, cases_of, causes, run};

#[test]
fn no_prefix_panics_and_every_span_is_sound() {
    let long: BTreeSet<String> =
        ["idioms", "field", "admin", "practice"].into_iter().flat_map(cases_of).map(|case| case.id).collect();
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
        all(&|n| format!("New-CsApplicationAccessPolicy -Identity P{n} -AppIds '{APP},{ID}'\n")),
        all(&|n| format!("$ids{n} = '{APP},{ID}'\nNew-CsApplicationAccessPolicy -Identity P{n} -AppIds $ids{n}\n")),
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

/// What is too deep or too long to be parsed is told aloud where it has commands.
#[test]
fn what_is_not_read_at_all_is_told_aloud() {
    let grant = "Grant-CsApplicationAccessPolicy -Identity Rooms -PolicyName X";
    let deep = |inside: &str| format!("{}{inside}{}", "if (1) { ".repeat(200), "}".repeat(200));
    let long = |inside: &str| format!("{}\n", format!("{inside}; ").repeat(4000));
    for (text, loud) in
        [(deep(grant), true), (long(grant), true), (deep("Get-Date"), false), (long("Get-Date -x 1; (1)"), false)]
    {
        let linted = run(&format!("# ApplicationAccessPolicy\n{text}"), "a.ps1");
        assert!(linted.findings.is_empty() && !linted.notes.is_empty());
        assert_eq!(linted.notes.iter().any(|note| note.loud), loud, "{:?}", linted.notes);
        assert_eq!(linted.notes.iter().any(|note| note.unread), loud, "{:?}", linted.notes);
    }
}
