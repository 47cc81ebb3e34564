//! The catalogue, rules of an own folder, completions and help.

use super::*;

#[test]
fn the_catalogue_is_listed_and_printed() {
    let list = graphwhy(["rules"], "");
    let document = graphwhy(["rules", "--format", "json"], "").json();
    let causes = document["causes"].as_array().unwrap();
    assert!(document["schema"] == 1 && causes.len() >= 64);
    for cause in causes {
        let slug = cause["cause"].as_str().unwrap();
        assert!(list.out.lines().any(|line| line.split_whitespace().next() == Some(slug)), "{slug} is not listed");
        for key in ["title", "gates", "severity", "since", "raised_by", "decided_by", "sources", "text"] {
            assert!(cause.get(key).is_some(), "{slug}: {key}");
        }
        assert!(cause["text"].as_str().unwrap().contains("## Why"), "{slug}");
    }
    assert_eq!(graphwhy(["rules", "--format", "ndjson"], "").lines(), *causes);
    let long = graphwhy(["rules", "policy-shadowed"], "");
    assert_eq!(long.code, 0);
    for part in ["# policy-shadowed:", "## Why", "## Tell apart", "## Fix", "## Sources", "https://", "(checked 20"] {
        assert!(long.out.contains(part), "{part}");
    }
    // No line is wider than the page, a title neither.
    let title = |it: &Value| it["title"].as_str().unwrap().chars().count();
    let longest = causes.iter().max_by_key(|it| title(it)).unwrap();
    let wide = graphwhy(["rules", longest["cause"].as_str().unwrap()], "");
    let heading: Vec<&str> = wide.out.lines().take_while(|line| !line.is_empty()).collect();
    assert!(heading.iter().all(|line| line.chars().count() <= 100), "{heading:?}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&heading.join(" ")).ends_with(&words(longest["title"].as_str().unwrap())), "{heading:?}");
    // What a fix is for is told in words of its own.
    for slug in ["permission-not-granted", "permission-granted-as-delegated", "user-unknown"] {
        let out = graphwhy(["rules", slug], "").out;
        let marks = |line: &str| ["token:", "gate:", "retry:"].iter().any(|key| line.starts_with(key));
        assert!(!out.lines().any(marks) && out.contains("\nFor "), "{out}");
    }
    // What a command needs is a hole as in a fix, quoted in PowerShell.
    assert!(long.out.contains("'<user-object-id>'"), "{}", long.out);
    for cause in causes {
        let out = graphwhy(["rules", cause["cause"].as_str().unwrap()], "").out;
        for slot in ["{app-id}", "{user", "{policy-name}", "{effective", "{group-id}", "{role", "{method}", "{call}"] {
            assert!(!out.contains(slot), "{slot}: {out}");
        }
    }
    // The examples are for tests.
    assert!(!long.out.contains("## Example") && !long.out.contains("\"schema\""), "{}", long.out);
    let one = graphwhy(["rules", "policy-shadowed", "--format", "json"], "").json();
    assert_eq!(one["causes"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unknown_slug_suggests_the_nearest() {
    let run = graphwhy(["rules", "policy-shadwed"], "");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(
        run.err.contains("no cause is called `policy-shadwed`") && run.err.contains("did you mean `policy-shadowed`?"),
        "{run:?}"
    );
    let run = graphwhy(["rules", "zzzzzzzzzzzz"], "");
    assert!(run.code == 2 && !run.err.contains("did you mean") && run.err.contains("`graphwhy rules`"), "{run:?}");
}

const OWN_SYMPTOMS: &str = r#"
[[symptom]]
name = "contoso-gateway"
means = "contoso's gateway refused before Graph"
regex = ["CGW-4\\d\\d: [a-z]+ blocked"]
"#;

const OWN_CAUSE: &str = r#"+++
title = "contoso's gateway blocks the app"
gates = ["request"]
severity = "error"
since = "0.1.0"
raised_by = [{ symptom = "contoso-gateway", confidence = "certain" }]
sources = [{ url = "https://wiki.contoso.example/gateway", checked = "2026-11-23" }]
+++

## Why

The gateway knows only registered apps.

## Tell apart

## Fix

### register the app at the gateway

```text run
open a ticket for {app-id}
```
```text verify
call again
```

## Example

```text input
CGW-403: egress blocked
```

## Healthy example

```text input
CGW-200: fine
```

## Sources

- [the gateway](https://wiki.contoso.example/gateway) (checked 2026-11-23)
"#;

#[test]
fn an_organisation_adds_its_own_rules() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE);
    write(&folder, "README.md", "ours");
    let dir = folder.path().display().to_string();
    let text = "2026-11-20 error 403 CGW-403: egress blocked";
    assert_eq!(graphwhy(["explain"], text).out.matches("gateway").count(), 0);
    let run = graphwhy(["explain", "--rules", &dir, "--format", "json"], text);
    assert_eq!(findings(&first(&run)), ["gateway-blocks-app certain"], "{run:?}");
    let finding = first(&run)["findings"][0].clone();
    assert_eq!(
        (&finding["title"], &finding["url"]),
        (&json!("contoso's gateway blocks the app"), &json!("https://wiki.contoso.example/gateway"))
    );
    let span = &finding["labels"][0];
    let [start, end] = ["start", "end"].map(|key| usize::try_from(span[key].as_u64().unwrap()).unwrap());
    assert_eq!(&text[start..end], "CGW-403: egress blocked");
    let human = graphwhy(["explain", "--rules", &dir], text).out;
    assert!(human.contains("open a ticket for <client-id>"), "{human}");
    assert!(graphwhy(["rules", "--rules", &dir], "").out.contains("gateway-blocks-app"));
    let long = graphwhy(["rules", "--rules", &dir, "gateway-blocks-app"], "");
    assert!(long.code == 0 && long.out.contains("The gateway knows only registered apps"), "{long:?}");
    assert_eq!(
        findings(&first(&graphwhy(["explain", "--rules", &dir, "--format", "json"], STATED))),
        ["transcript-access-disabled certain"]
    );
}

#[test]
fn the_examples_of_own_rules_are_run() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE);
    let dir = folder.path().display().to_string();
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert!(run.code == 0 && run.out.contains("hold"), "{run:?}");
    let human = graphwhy(["explain", "--rules", &dir], "error CGW-403: egress blocked").out;
    assert!(human.contains("https://wiki.contoso.example/gateway"), "{human}");

    let wrong = format!(
        "{OWN_SYMPTOMS}like = [\n  \"CGW-477: egress blocked\",\n  \"nothing of ours\",\n]\nunlike = [\"CGW-488: egress blocked\"]\n"
    );
    let line = |text: &str| wrong.lines().position(|line| line.contains(text)).unwrap() + 1;
    write(&folder, "symptoms.toml", &wrong);
    write(
        &folder,
        "causes/gateway-blocks-app.md",
        OWN_CAUSE
            .replace("CGW-403: egress blocked", "all is well")
            .replace("CGW-200: fine", "CGW-403: egress blocked")
            .as_str(),
    );
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert_eq!(run.code, 3, "{run:?}");
    for place in [
        format!("symptoms.toml:{}: `nothing of ours`", line("nothing")),
        format!("symptoms.toml:{}: `CGW-488", line("CGW-488")),
    ] {
        assert!(run.err.contains(&place), "{place}: {run:?}");
    }
    assert!(run.err.contains("the example does not raise `gateway-blocks-app`"), "{run:?}");
    assert!(run.err.contains("the healthy example raises `gateway-blocks-app`"), "{run:?}");
    assert!(!run.err.contains("CGW-477"), "{run:?}");
    assert_eq!(graphwhy(["rules", "--check"], "").code, 2);

    std::fs::remove_file(folder.path().join("causes/gateway-blocks-app.md")).unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert!(run.code == 0 && run.out.contains("has no examples"), "{run:?}");
    // A message that the catalogue has is seen by its own entry.
    let known = "No application access policy found for this app";
    write(
        &folder,
        "symptoms.toml",
        format!("[[symptom]]\nname = \"own\"\nmeans = \"ours\"\nmessage = [\"{known}\"]\nlike = [\"{known}\"]\n"),
    );
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert!(run.code == 3 && run.err.contains("built-in catalogue that comes before `own`"), "{run:?}");
}

/// A file in the folder is read, or named: a misspelt name is no rule that holds.
#[test]
fn what_a_folder_of_rules_holds_beside_rules_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE);
    for name in ["symptom.toml", "causes/other.MD", "causes/notes.txt", "causes/old/a.md", "old/b.md", "c.md"] {
        write(&folder, name, "ours");
    }
    write(&folder, "README.md", "ours");
    write(&folder, ".gitignore", "ours");
    let run = graphwhy(["rules", "--check", "--rules", &folder.path().display().to_string()], "");
    assert_eq!(run.code, 0, "{run:?}");
    for name in ["`symptom.toml`", "`causes/other.MD`", "`causes/notes.txt`", "`causes/old`", "`old`", "`c.md`"] {
        assert!(run.err.contains(&format!("{name} is not read")), "{name}: {}", run.err);
    }
    assert_eq!(run.err.matches("is not read").count(), 6, "{}", run.err);
}

#[test]
fn a_broken_rule_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let run = graphwhy(["explain", "--example", "--rules", &dir], "");
    assert!(run.code == 3 && run.err.contains("holds no rules"), "{run:?}");
    write(&folder, "symptoms.toml", OWN_SYMPTOMS.replace("\\\\d: [a-z]+", "(").as_str());
    let run = graphwhy(["rules", "--rules", &dir], "");
    assert!(run.code == 3 && run.err.contains("symptoms.toml:5") && run.err.contains("regular expression"), "{run:?}");
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE.replace("contoso-gateway", "contoso-gatway").as_str());
    let run = graphwhy(["explain", "--example", "--rules", &dir, "--format", "json"], "");
    let error = run.json()["error"].clone();
    assert_eq!((run.code, &error["place"]), (3, &json!("causes/gateway-blocks-app.md:6")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("nearest: `contoso-gateway`"), "{error}");
}

#[test]
fn completions_and_the_manual() {
    for (shell, holds) in [
        ("bash", "_graphwhy"),
        ("zsh", "#compdef graphwhy"),
        ("fish", "complete -c graphwhy"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let run = graphwhy(["completions", shell], "");
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{shell}");
        assert!(run.out.contains(holds) && run.out.contains("explain") && run.out.contains("redact"), "{shell}");
    }
    // Values are completed too: formats, gates, operations and the catalogue's causes.
    let bash = graphwhy(["completions", "bash"], "").out;
    for values in ["human json ndjson sarif junit", "read-meeting", " policy-not-granted ", "permission user policy"] {
        assert!(bash.contains(values), "{values}");
    }
    assert_eq!(graphwhy(["completions", "tcsh"], "").code, 2);
    let man = graphwhy(["man"], "");
    assert_eq!((man.code, man.err.as_str()), (0, ""));
    assert!(
        man.out.contains(".TH GRAPHWHY 1 \"\" \"graphwhy ") && man.out.contains("\\-\\-token\\-file"),
        "{}",
        &man.out[..400]
    );
    // A manual has its exit codes under their own heading, and says which options take a value.
    assert!(!man.out.contains(".SH EXTRA"));
    let status = man.out.split(".SH \"EXIT STATUS\"\n").nth(1).unwrap_or_default();
    let table = ".TP\n\\fB0\\fR\nnothing wrong\n.TP\n\\fB1\\fR\nfindings\n";
    assert!(status.starts_with(table), "{}", status.get(..80).unwrap_or_default());
    for page in man.out.split(".SH \"EXIT STATUS\"\n").skip(1) {
        let codes: Vec<&str> = page.split(".SH").next().unwrap().split(".TP\n\\fB").skip(1).collect();
        assert!(codes.len() >= 3 && codes.iter().all(|it| it.starts_with(|c: char| c.is_ascii_digit())), "{codes:?}");
        assert!(!codes.iter().any(|it| it.contains("; ")), "{codes:?}");
    }
    assert!(man.out.contains("\\fB\\-\\-token\\-file\\fR \\fIFILE\\fR]"), "the synopsis names values");
    let version = graphwhy(["--version"], "");
    assert_eq!(version.out, format!("graphwhy {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_the_exit_codes() {
    let run = graphwhy(["--help"], "");
    assert!(
        run.out.contains("Exit codes: 0 nothing wrong; 1 findings; 2 usage; 3 the tool failed; 4 undetermined"),
        "{}",
        run.out
    );
    for command in ["explain", "check", "plan", "lint", "audit", "diff", "import", "rules"] {
        let help = graphwhy([command, "--help"], "").out;
        let usage = help.split("Usage: ").nth(1).unwrap().split("\n\n").next().unwrap();
        assert!(usage.lines().all(|line| line.chars().count() <= 73), "{command}: {usage}");
    }
    let mut missing = String::new();
    for option in [
        "--state",
        "--request",
        "--token-file",
        "--app",
        "--user",
        "--at",
        "--redact",
        "--format",
        "--fail-on",
        "--example",
        "--rules",
    ] {
        if !graphwhy(["explain", "--help"], "").out.contains(option) {
            let _ = write!(missing, "{option} ");
        }
    }
    assert_eq!(missing, "");
}
