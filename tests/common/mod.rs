//! Running the binary as a person would, away from this machine's settings; and the contract of its results.
#![allow(dead_code, unreachable_pub, reason = "each test crate uses a part of it")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use graphwhy::knowledge::{Catalogue, Cause, Example, Gate};
use serde_json::Value;

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }

    /// Standard output as one JSON document a line.
    pub fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{line}")))
            .collect()
    }
}

/// The command without variables that change what it prints.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GRAPHWHY_TOKEN", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// Runs the binary with these arguments and this standard input.
pub fn graphwhy<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>, stdin: impl AsRef<[u8]>) -> Run {
    finish(command().args(args), stdin.as_ref())
}

/// `explain` of a text with a snapshot and further options.
pub fn explain_with(text: &str, state: &Value, options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tenant.json");
    std::fs::write(&path, state.to_string()).expect("written");
    let state = path.to_str().expect("UTF-8");
    graphwhy(["explain", "-", "--state", state].iter().chain(options), text)
}

/// Runs a prepared command with this standard input.
pub fn finish(command: &mut Command, stdin: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut pipe = child.stdin.take().expect("piped");
    let bytes = stdin.to_vec();
    // A command that fails before it reads closes the pipe: that is its right.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    Run {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A file below `testdata/`.
pub fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// Causes that a pasted failure shows; the examples of the others are for other commands.
pub fn is_of_a_call(cause: &Cause) -> bool {
    !cause.gates.iter().all(|gate| matches!(gate, Gate::Script | Gate::Hygiene))
}

/// An example of a cause, run through `explain` with further options.
pub fn run_example(example: &Example, options: &[&str]) -> Run {
    let mut args: Vec<String> = vec!["explain".into(), "-".into()];
    args.extend(options.iter().map(|&option| option.to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(state) = &example.state {
        let path = folder.path().join("tenant.json");
        std::fs::write(&path, state).expect("written");
        args.extend(["--state".to_owned(), path.display().to_string()]);
    }
    args.extend(example.args.iter().cloned());
    graphwhy(&args, example.input.as_deref().unwrap_or_default())
}

/// The results of an example.
pub fn explain_example(slug: &str, example: &Example) -> Vec<Value> {
    let run = run_example(example, &["--format", "json"]);
    assert!([0, 1, 4].contains(&run.code), "{slug}: {run:?}");
    run.json()["results"].as_array().expect("results").clone()
}

/// The findings of a result as `cause confidence`.
pub fn findings(result: &Value) -> Vec<String> {
    list(result, "findings").iter().map(|it| format!("{} {}", text(it, "cause"), text(it, "confidence"))).collect()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list in {value:#}"))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {value:#}"))
}

/// What holds between the parts of a result, whatever its input: a schema cannot say this.
pub fn check_contract(name: &str, result: &Value) {
    let at = |words: &str| format!("{name}: {words}\n{result:#}");
    let catalogue = Catalogue::builtin();
    let found = list(result, "findings");
    let rank = |finding: &Value| {
        let confidence = ["certain", "likely", "possible"].iter().position(|it| finding["confidence"] == *it);
        let areas = [Gate::Cmdlet, Gate::Script, Gate::Hygiene];
        let gate = Gate::CALL.iter().chain(&areas).position(|gate| finding["gate"] == gate.name());
        (confidence.expect("a confidence"), gate.expect("a gate"), text(finding, "cause").to_owned())
    };
    assert!(found.iter().map(rank).is_sorted(), "{}", at("findings are sorted by confidence, gate and slug"));
    let slugs: BTreeSet<&str> = found.iter().map(|it| text(it, "cause")).collect();
    assert_eq!(slugs.len(), found.len(), "{}", at("one finding a cause"));
    let verdict = match found.first().map(|it| text(it, "confidence")) {
        Some("certain") => "explained",
        Some(_) => "narrowed",
        None => "unrecognised",
    };
    assert_eq!(result["verdict"], verdict, "{}", at("the verdict follows from the first finding"));
    let certain: BTreeSet<&str> =
        found.iter().filter(|it| it["confidence"] == "certain").map(|it| text(it, "cause")).collect();
    for finding in found {
        let cause = catalogue.cause(text(finding, "cause")).unwrap_or_else(|| panic!("{}", at("a cause is unknown")));
        assert_eq!(finding["title"], cause.title.as_ref(), "{}", at("a title is another"));
        let of_cause = cause.gates.iter().any(|gate| finding["gate"] == gate.name());
        assert!(of_cause, "{}", at(&format!("{} is raised for {}", cause.slug, finding["gate"])));
    }
    for out in list(result, "ruled_out") {
        assert!(!slugs.contains(text(out, "cause")), "{}", at("a finding is ruled out"));
        assert!(!text(out, "reason").is_empty(), "{}", at("no reason"));
        assert!(catalogue.cause(text(out, "cause")).is_some(), "{}", at("an unknown cause is ruled out"));
    }
    for open in list(result, "undecided") {
        assert!(slugs.contains(text(open, "cause")), "{}", at("undecided repeats findings"));
        assert!(!certain.contains(text(open, "cause")), "{}", at("what is certain is decided"));
    }
    let gates: Vec<&str> = list(result, "gates").iter().map(|gate| text(gate, "gate")).collect();
    assert_eq!(gates, Gate::CALL.map(Gate::name), "{}", at("nine gates in reading order"));
    for gate in list(result, "gates") {
        let unknown = gate["outcome"] == "unknown";
        assert!(
            !unknown || gate["needs"].is_string() || name == "meeting",
            "{}",
            at("unknown names the read that tells")
        );
        assert!(unknown || gate["needs"].is_null(), "{}", at("only an unknown gate needs a read"));
    }
    for fix in list(result, "fixes") {
        assert!(slugs.contains(text(fix, "cause")), "{}", at("a fix for no finding"));
    }
    let span = |place: &Value| (place["start"].as_u64().expect("start"), place["end"].as_u64().expect("end"));
    let (start, end) = span(&result["source"]);
    assert!(start <= end, "{}", at("the incident's span"));
    for label in found.iter().flat_map(|it| list(it, "labels")) {
        let (start, end) = span(label);
        assert!(
            start <= end && label["line"].as_u64() > Some(0) && label["column"].as_u64() > Some(0),
            "{}",
            at("label")
        );
    }
}
