//! Spellings that mean the same.

use super::{Case, all, causes, run};

/// Spellings that mean the same to PowerShell.
pub(super) fn spellings(case: &Case) -> Vec<(&'static str, Case)> {
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
    let documents = case.expect.iter().any(|it| it == "placeholder-left") || case.id == "failing placeholder-left";
    if !text.contains("```") && !documents {
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
                // In a text in double quotes the mark is an escape: the text has two lines then.
                let quoted = case.path.ends_with(".ps1")
                    && l.find(" -PolicyName ").is_some_and(|at| l[..at].matches('"').count() % 2 == 1);
                if quoted || l.trim_start().starts_with('#') || l.contains(" #") {
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
