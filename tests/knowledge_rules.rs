//! `--rules DIR`: an organisation's own entries, and what is said of a broken file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use proptest::prelude::*;

use graphwhy::knowledge::{Catalogue, Confidence, Gate, Problem, Severity, examples, operation_for};

const CAUSE: &str = r#"+++
title = "the room system has no licence"
gates = ["user", "permission"]
severity = "warning"
since = "0.1.0"
raised_by = [{ symptom = "contoso-room", confidence = "likely" }]
decided_by = "user-license"
retry = "teams-license"
sources = [{ url = "https://wiki.contoso.example/rooms", checked = "2026-11-23" }]
+++

## Why

Rooms need a licence.

## Tell apart

| fact | then |
|---|---|
| `## not a heading` | in a table |

```text
## not a heading either
```

## Fix

Ask the room team first.

### give the room a licence

It costs.
Rank and file pay.

```powershell read
Get-CsOnlineUser -Identity '{user-id}'

```
```http run
POST /users/{user-id}/assignLicense
```
```powershell verify
Get-CsOnlineUser -Identity '{user-id}' | Where-Object { $_.FeatureTypes -contains 'Teams' }
```

### grant the role
gate: permission

```http run
POST /servicePrincipals/{service-principal-id}/appRoleAssignments
{"principalId":"{service-principal-id}","appRoleId":"{role-id}"}
```
```http undo
DELETE /servicePrincipals/{service-principal-id}/appRoleAssignments/ASSIGNMENT-ID
```

## Example

````text input
CR-403 room 12
```
a fence in the input
```
````
```json state
{"schema":1}
```
```text args
--app 00000000-0000-0000-0000-00000000a001
--at 2026-11-23T10:00:00Z
```

## Healthy example

```text input
all fine
```

## Sources

- the wiki
"#;

const SYMPTOMS: &str = r#"
[[symptom]]
name = "contoso-room"
means = "what the gateway prints for rooms"
message = ["room {user} is not licensed for *"]
regex = ["^CR-\\d{3} room"]
"#;

fn files(cause: &str) -> Vec<(String, String)> {
    vec![
        ("rules/symptoms.toml".to_owned(), SYMPTOMS.to_owned()),
        ("rules/causes/room-unlicensed.md".to_owned(), cause.to_owned()),
        ("rules/README.md".to_owned(), "# ours".to_owned()),
    ]
}

/// Line and problem of the cause with one change.
fn broken(from: &str, to: &str) -> (usize, Problem) {
    assert!(CAUSE.contains(from), "the test changes nothing: {from}");
    let error = Catalogue::builtin().extend(&files(&CAUSE.replacen(from, to, 1))).unwrap_err();
    assert_eq!(error.file, "rules/causes/room-unlicensed.md", "{error}");
    (error.line, error.problem)
}

fn line_of(needle: &str) -> usize {
    CAUSE.lines().position(|line| line.contains(needle)).unwrap() + 1
}

#[test]
fn an_organisation_adds_its_own() {
    let catalogue = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    assert!(Catalogue::builtin().cause("room-unlicensed").is_none());
    let cause = catalogue.cause("room-unlicensed").unwrap();
    assert_eq!(cause.title, "the room system has no licence");
    assert_eq!(cause.gates.as_ref(), [Gate::User, Gate::Permission]);
    assert_eq!(cause.severity, Severity::Warning);
    assert_eq!(cause.raised_by[0].confidence, Confidence::Likely);
    assert_eq!((cause.decided_by.as_deref(), cause.retry.as_deref()), (Some("user-license"), Some("teams-license")));
    assert!(cause.body.starts_with("## Why\n"));
    assert_eq!(catalogue.nearest("room-unlicenced"), Some("room-unlicensed"));
    assert_eq!(catalogue.nearest("something-else-entirely-unrelated"), None);
    assert_eq!(catalogue.symptom("contoso-room").unwrap().regex.len(), 1);

    let [licence, role] = cause.fixes.as_ref() else { panic!("{:?}", cause.fixes) };
    assert_eq!((licence.gate, role.gate), (Gate::User, Gate::Permission));
    assert_eq!(licence.note, "It costs. Rank and file pay.");
    assert_eq!(licence.read.as_ref(), ["Get-CsOnlineUser -Identity '{user-id}'"]);
    assert_eq!((licence.run.len(), licence.verify.len(), licence.undo.len()), (1, 1, 0));
    assert_eq!((role.run.len(), role.undo.len(), role.note.as_ref()), (2, 1, ""));

    let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
    assert_eq!(failing.input_kind.as_deref(), Some("text"));
    assert_eq!(failing.input.as_deref(), Some("CR-403 room 12\n```\na fence in the input\n```"));
    assert_eq!(failing.state.as_deref(), Some("{\"schema\":1}"));
    assert_eq!(failing.args, ["--app", "00000000-0000-0000-0000-00000000a001", "--at", "2026-11-23T10:00:00Z"]);
    assert_eq!(healthy.input.as_deref(), Some("all fine"));
    assert!(healthy.state.is_none() && healthy.args.is_empty());
}

#[test]
fn windows_files_parse_alike() {
    let dos: Vec<_> = files(CAUSE)
        .into_iter()
        .map(|(name, text)| (name, format!("\u{feff}{}", text.replace('\n', "\r\n"))))
        .collect();
    let catalogue = Catalogue::builtin().extend(&dos).unwrap();
    let unix = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    let [dos, unix] = [&catalogue, &unix].map(|c| c.cause("room-unlicensed").unwrap());
    assert_eq!(format!("{:?}", dos.fixes), format!("{:?}", unix.fixes));
    assert_eq!(examples("x", &dos.body), examples("x", &unix.body));
}

#[test]
fn a_broken_cause_names_its_line() {
    let (line, problem) = broken("severity =", "severety =");
    assert_eq!(line, line_of("severity"));
    assert!(
        matches!(&problem, Problem::Toml(text) if text.contains("severety") && text.contains("expected")),
        "{problem}"
    );
    let (line, problem) = broken("\"warning\"", "\"warn\"");
    assert_eq!(line, line_of("severity"));
    assert!(matches!(&problem, Problem::Toml(text) if text.contains("warn")), "{problem}");
    let (line, problem) = broken("\"permission\"]", "\"permissions\"]");
    assert_eq!(line, line_of("gates"));
    assert!(matches!(problem, Problem::Toml(_)), "{problem}");
    let (line, problem) = broken("\"likely\"", "\"probable\"");
    assert_eq!(line, line_of("raised_by"));
    assert!(matches!(problem, Problem::Toml(_)), "{problem}");
    assert_eq!(broken("[\"user\", \"permission\"]", "[]"), (line_of("gates"), Problem::NoGate));
    let (line, problem) = broken("decided_by = \"user-license\"", "decided_by = \"user-licence\"");
    let near = Some("user-license".to_owned());
    assert_eq!(line, line_of("decided_by"));
    assert_eq!(problem, Problem::Missing { kind: "read", name: "user-licence".to_owned(), near });
    assert!(problem.to_string().contains("(nearest: `user-license`)"), "{problem}");
    let (line, problem) = broken("retry = \"teams-license\"", "retry = \"xyz\"");
    assert_eq!(line, line_of("retry"));
    assert_eq!(problem, Problem::Missing { kind: "window", name: "xyz".to_owned(), near: None });
    let (line, problem) = broken("\"contoso-room\"", "\"contoso-rum\"");
    assert_eq!(line, line_of("raised_by"));
    assert!(matches!(problem, Problem::Missing { kind: "symptom", .. }), "{problem}");
    assert_eq!(
        broken("2026-11-23\" }]", "23.11.2026\" }]"),
        (line_of("sources"), Problem::Day("23.11.2026".to_owned()))
    );
    let (line, problem) = broken("https://wiki", "http://wiki");
    assert_eq!(line, line_of("sources"));
    assert!(matches!(problem, Problem::Address(_)), "{problem}");
    let (line, problem) = broken("no licence\"", "no licence.\"");
    assert_eq!(line, line_of("title"));
    assert!(matches!(problem, Problem::FullStop(_)), "{problem}");
    assert_eq!(broken("+++\ntitle", "---\ntitle"), (1, Problem::FrontMatter));
}

#[test]
fn a_broken_body_names_its_line() {
    let (line, problem) = broken("## Tell apart", "## Telling");
    assert_eq!(line, line_of("## Tell apart"));
    assert_eq!(problem, Problem::SectionUnexpected { found: "Telling".to_owned(), expected: "Tell apart" });
    let (line, problem) = broken("## Sources\n\n- the wiki\n", "");
    assert_eq!((line, problem), (CAUSE.lines().count() - 3, Problem::SectionMissing("Sources")));
    let (line, problem) = broken("- the wiki", "");
    assert_eq!((line, problem), (line_of("## Sources"), Problem::SectionEmpty("Sources")));
    let (line, problem) = broken("````\n```json state", "```json state");
    assert_eq!((line, problem), (line_of("````text input"), Problem::FenceOpen));
    let (line, problem) = broken("```http run", "```bash run");
    assert_eq!(line, line_of("```http run"));
    assert!(matches!(problem, Problem::Fence { info, .. } if info == "bash run"));
    let (line, problem) = broken("```json state", "```text state");
    assert_eq!(line, line_of("```json state"));
    assert!(matches!(problem, Problem::Fence { info, .. } if info == "text state"));
    let (line, problem) = broken("gate: permission", "gate: permissions");
    assert_eq!((line, problem), (line_of("gate: permission"), Problem::Gate("permissions".to_owned())));
    let (line, problem) = broken("POST /users/{user-id}", "POST /users/{user-od}");
    assert_eq!(line, line_of("POST /users/{user-id}"));
    assert!(matches!(problem, Problem::Slot { slot, .. } if slot == "user-od"));
    let (line, problem) = broken("### give the room a licence", "");
    assert_eq!((line, problem), (line_of("```powershell read"), Problem::FixUntitled));
    let (line, problem) = broken("```http run", "```http read");
    let title = "give the room a licence".to_owned();
    assert_eq!((line, problem), (line_of("### give"), Problem::FixWithoutCommands(title)));
    let (line, problem) = broken("```text input\nall fine\n```", "nothing");
    assert_eq!((line, problem), (line_of("## Healthy"), Problem::ExampleEmpty("Healthy example")));
    let (line, problem) = broken("```json state\n", "```text input\n");
    assert_eq!((line, problem), (line_of("```json state"), Problem::FenceTwice("input")));
    let (line, problem) = broken("- the wiki\n", "- the wiki\n\n## More\n");
    assert_eq!((line, problem), (CAUSE.lines().count() + 2, Problem::SectionAfterLast("More".to_owned())));
}

#[test]
fn names_that_exist_are_refused() {
    let extended = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    let error = extended.extend(&files(CAUSE)[1..]).unwrap_err();
    assert_eq!(error.problem, Problem::Duplicate { kind: "cause", name: "room-unlicensed".to_owned() });
    let error = extended.extend(&files(CAUSE)[..1]).unwrap_err();
    assert_eq!(
        (error.line, error.problem),
        (3, Problem::Duplicate { kind: "symptom", name: "contoso-room".to_owned() })
    );
    let builtin = Catalogue::builtin().symptoms()[0].clone();
    let text = format!("[[symptom]]\nname = \"{}\"\nmeans = \"x\"\ncode = [\"x\"]\n", builtin.name);
    let error = Catalogue::builtin().extend(&[("symptoms.toml".to_owned(), text)]).unwrap_err();
    assert!(matches!(error.problem, Problem::Duplicate { kind: "symptom", .. }), "{error}");
}

#[test]
fn broken_symptoms_name_their_line() {
    let table = [
        ("name = \"x y\"\nmeans = \"m\"\ncode = [\"c\"]", 2, "name `x y` is not usable"),
        ("name = \"x\"\nmeans = \"m.\"\ncode = [\"c\"]", 3, "ends with a full stop"),
        ("name = \"x\"\nmeans = \"m\"", 2, "matches nothing"),
        ("name = \"x\"\nmeans = \"m\"\nmessage = [\"a\",\n\"{usr}\"]", 5, "slot `{usr}` is unknown"),
        ("name = \"x\"\nmeans = \"m\"\nmessage = [\"{user} * …\"]", 4, "no letter and no digit"),
        ("name = \"x\"\nmeans = \"m\"\nregex = [\"(\"]", 4, "regular expression `(` cannot be used"),
        ("name = \"x\"\nmeans = \"m\"\ncode = [\"c\"]\ntoken_kind = \"apps\"", 5, "use `app` or `delegated`"),
        ("name = \"x\"\nmeans = \"m\"\ncode = [\"c\"]\nwaek = true", 5, "waek"),
    ];
    for (entry, line, says) in table {
        let file = ("own/symptoms.toml".to_owned(), format!("[[symptom]]\n{entry}\n"));
        let error = Catalogue::builtin().extend(&[file]).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().starts_with(&format!("own/symptoms.toml:{line}: ")), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = Catalogue::builtin().extend(&[("own/notes.txt".to_owned(), String::new())]).unwrap_err();
    assert_eq!(error.problem, Problem::UnknownFile);
}

proptest! {
    /// No text makes the look-up or the parsers panic, however torn.
    #[test]
    fn torn_text_is_an_error_or_nothing(path in "[/()'=%{}$a-zA-Z0-9.:?#é-]{0,80}", cut in 0..CAUSE.len(), noise in "\\PC{0,20}") {
        let _ = operation_for("GET", &path);
        let _ = operation_for("GET", &format!("/users/{path}/onlineMeetings"));
        let (head, tail) = CAUSE.split_at(cut);
        let texts = files(&format!("{head}{noise}{tail}"));
        if let Err(error) = Catalogue::builtin().extend(&texts) {
            prop_assert!(error.line >= 1 && error.line <= texts[1].1.lines().count() + 1, "{error}");
        }
        let _ = Catalogue::builtin().extend(&files(head));
    }
}
