//! `graphwhy lint` as a command: exit codes, fixes on disk, configuration, bad input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "lint_cli/diffs.rs"]
mod diffs;
#[path = "lint_cli/formats.rs"]
mod formats;
#[path = "lint_cli/simulated.rs"]
mod simulated;
#[path = "lint_cli/state.rs"]
mod state;
#[path = "lint_cli/unread.rs"]
mod unread;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const SWAPPED: &str = "New-CsApplicationAccessPolicy -Identity Meetings -AppIds \"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\"\n\
Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"\n";
const GOOD: &str = "New-CsApplicationAccessPolicy -Identity Meetings -AppIds \"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\"\n\
Grant-CsApplicationAccessPolicy -PolicyName Meetings -Identity \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"\n";

fn lint(dir: &Path) -> Command {
    let mut command = Command::cargo_bin("graphwhy").unwrap();
    command.current_dir(dir).arg("lint").env_remove("NO_COLOR");
    command
}

fn json(dir: &Path, args: &[&str]) -> (i32, Value) {
    let output = lint(dir).args(args).args(["--format", "json"]).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn causes(document: &Value) -> Vec<String> {
    let results = document["results"].as_array().unwrap();
    results
        .iter()
        .flat_map(|result| result["findings"].as_array().unwrap())
        .map(|finding| finding["cause"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn findings_point_at_their_characters_and_decide_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ps1"), SWAPPED).unwrap();
    fs::write(dir.path().join("b.ps1"), GOOD).unwrap();
    let (code, document) = json(dir.path(), &["a.ps1"]);
    assert_eq!((code, causes(&document)), (1, vec!["identity-names-policy".to_owned()]));
    let label = &document["results"][0]["findings"][0]["labels"][0];
    let (start, end) = (label["start"].as_u64().unwrap() as usize, label["end"].as_u64().unwrap() as usize);
    assert_eq!(&SWAPPED[start..end], "Meetings");
    assert_eq!((label["line"].as_u64(), label["column"].as_u64()), (Some(2), Some(43)));
    let (code, document) = json(dir.path(), &["b.ps1"]);
    assert_eq!((code, causes(&document)), (0, vec![]));
    let warning = "Set-CsApplicationAccessPolicy -Identity M -AppIds \"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\"\n";
    fs::write(dir.path().join("c.ps1"), warning).unwrap();
    assert_eq!(json(dir.path(), &["c.ps1"]).0, 0);
    assert_eq!(json(dir.path(), &["c.ps1", "--fail-on", "warning"]).0, 1);
}

#[test]
fn fixes_keep_every_other_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wide.ps1");
    let text = format!("# für später\r\n{}", SWAPPED.replace('\n', "\r\n"));
    let wide = |text: &str| -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    fs::write(&path, wide(&text)).unwrap();
    let diff = lint(dir.path()).args(["--diff", "wide.ps1"]).output().unwrap();
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(diff.contains("-Grant-CsApplicationAccessPolicy -Identity Meetings"), "{diff}");
    assert_eq!(fs::read(&path).unwrap(), wide(&text), "--diff writes nothing");
    lint(dir.path()).args(["--fix", "wide.ps1"]).assert().code(0);
    let expected = text.replace(
        "-Identity Meetings -PolicyName \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"",
        "-Identity \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\" -PolicyName Meetings",
    );
    assert_eq!(fs::read(&path).unwrap(), wide(&expected));
    lint(dir.path()).args(["--fix", "wide.ps1"]).assert().code(0);
    assert_eq!(fs::read(&path).unwrap(), wide(&expected), "applying again changes nothing");
}

#[test]
fn folders_respect_ignores_and_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["kept.ps1", "ignored.ps1", "vendor/other.ps1", "notes.txt"] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, SWAPPED).unwrap();
    }
    fs::write(dir.path().join(".gitignore"), "ignored.ps1\n").unwrap();
    let names = |document: &Value| -> Vec<String> {
        let results = document["results"].as_array().unwrap();
        results.iter().map(|result| result["source"]["name"].as_str().unwrap().replace('\\', "/")).collect()
    };
    assert_eq!(names(&json(dir.path(), &["."]).1), ["./kept.ps1", "./vendor/other.ps1"]);
    let config = "[lint]\nexclude = [\"vendor/\"]\n[causes]\nidentity-names-policy = \"info\"\n";
    fs::write(dir.path().join("graphwhy.toml"), config).unwrap();
    let (code, document) = json(dir.path(), &["."]);
    assert_eq!((code, names(&document)), (0, vec!["./kept.ps1".to_owned()]));
    assert_eq!(document["results"][0]["findings"][0]["severity"], "info");
    assert_eq!(json(dir.path(), &[".", "--no-config"]).0, 1);
    // A folder of which nothing is left looks like a clean one.
    let output = lint(dir.path()).arg("vendor").assert().code(0).get_output().clone();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("nothing in `vendor` is read") && told.contains("(1 file)"), "{told}");
    let output = lint(dir.path()).args(["vendor", "--quiet"]).assert().code(0).get_output().clone();
    assert!(output.stderr.is_empty(), "{output:?}");
    fs::write(dir.path().join("graphwhy.toml"), "[causes]\nidentity-names-polcy = \"off\"\n").unwrap();
    let output = lint(dir.path()).arg(".").assert().code(3).get_output().clone();
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean `identity-names-policy`"));
    fs::write(dir.path().join("graphwhy.toml"), "[lint]\nexcludes = []\n").unwrap();
    lint(dir.path()).arg(".").assert().code(3);
}

#[test]
fn a_file_that_is_given_twice_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("sub/a.ps1"), SWAPPED).unwrap();
    for args in [&["sub/a.ps1", "sub/a.ps1"][..], &["sub", "./sub/a.ps1"], &["sub/a.ps1", ".", "sub/../sub/a.ps1"]] {
        let (code, document) = json(dir.path(), args);
        assert_eq!((code, causes(&document).len()), (1, 1), "{args:?}");
    }
    fs::write(dir.path().join("b.ps1"), [0_u8, 159, 146, 150]).unwrap();
    let output = lint(dir.path()).args(["b.ps1", "b.ps1"]).assert().code(3).get_output().clone();
    assert_eq!(String::from_utf8(output.stderr).unwrap().matches("is binary").count(), 1);
}

#[test]
fn suppressions_need_a_reason_and_an_effect() {
    let dir = tempfile::tempdir().unwrap();
    let (new, grant) = SWAPPED.split_once('\n').unwrap();
    let with = |comment: &str| format!("{new}\n{comment}\n{grant}");
    fs::write(dir.path().join("a.ps1"), with("# graphwhy: ignore[identity-names-policy] kept as an example")).unwrap();
    let (code, document) = json(dir.path(), &["a.ps1"]);
    assert_eq!((code, causes(&document).len(), &document["results"][0]["suppressed"]), (0, 0, &Value::from(1)));
    fs::write(dir.path().join("a.ps1"), with("# graphwhy: ignore[identity-names-policy]")).unwrap();
    let (code, document) = json(dir.path(), &["a.ps1"]);
    assert_eq!((code, document["results"][0]["unused_suppressions"].as_array().unwrap().len()), (1, 1));
}

#[test]
fn standard_input_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let markdown = format!("# Runbook\n\n```powershell\n{SWAPPED}```\n");
    lint(dir.path()).args(["-", "--stdin-filename", "runbook.md"]).write_stdin(markdown).assert().code(1);
    lint(dir.path()).arg("-").write_stdin(GOOD).assert().code(0);
}

#[test]
fn bad_input_is_told_and_the_rest_is_linted() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("binary.ps1"), b"MZ\x90\0\x03\0\0\0\xff\xfe\0\0").unwrap();
    fs::write(dir.path().join("swapped.ps1"), SWAPPED).unwrap();
    fs::File::create(dir.path().join("huge.ps1")).unwrap().set_len(50 << 20).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        std::os::unix::fs::symlink("round.ps1", dir.path().join("round.ps1")).unwrap();
    }
    let output = lint(dir.path()).arg(".").assert().code(3).get_output().clone();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("identity-names-policy"), "{out}");
    assert!(err.contains("binary.ps1` is binary") && err.contains("huge.ps1` is larger than 10 MiB"), "{err}");
    lint(dir.path()).arg("missing.ps1").assert().code(3);
    lint(dir.path()).assert().code(2);
}

#[test]
fn every_encoding_is_written_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.ps1");
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    type Write<'a> = (&'a str, Box<dyn Fn(&str) -> Vec<u8> + 'a>);
    let ways: Vec<Write<'_>> = vec![
        ("utf-8", Box::new(|text: &str| text.as_bytes().to_vec())),
        ("utf-8 with a mark", Box::new(|text: &str| marked(&[0xEF, 0xBB, 0xBF], text.as_bytes().to_vec()))),
        ("utf-16 with a mark", Box::new(|text: &str| marked(&[0xFF, 0xFE], little(text)))),
        ("utf-16, the other order, with a mark", Box::new(|text: &str| marked(&[0xFE, 0xFF], big(text)))),
        ("utf-16", Box::new(little)),
        ("utf-16, the other order", Box::new(big)),
    ];
    for (name, bytes) in ways {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("# für später{end}{}", SWAPPED.replace('\n', end));
            fs::write(&path, bytes(&text)).unwrap();
            lint(dir.path()).args(["--fix", "a.ps1"]).assert().code(0);
            let expected = text.replace(
                "-Identity Meetings -PolicyName \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"",
                "-Identity \"748d2cbb-3b55-40ed-8c34-2eae5932b22a\" -PolicyName Meetings",
            );
            assert_ne!(expected, text);
            assert_eq!(fs::read(&path).unwrap(), bytes(&expected), "{name} {end:?}");
        }
    }
    // Bytes that are no text stay, and nothing is written.
    let broken = [b"# f\xfcr\n".as_slice(), SWAPPED.as_bytes()].concat();
    fs::write(&path, &broken).unwrap();
    let output = lint(dir.path()).args(["--fix", "a.ps1"]).assert().code(1).get_output().clone();
    assert!(String::from_utf8(output.stderr).unwrap().contains("was not fixed"));
    assert_eq!(fs::read(&path).unwrap(), broken);
}

#[test]
#[cfg(unix)]
fn what_never_ends_is_not_waited_for() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.ps1")).status().unwrap();
    assert!(made.success());
    fs::write(dir.path().join("swapped.ps1"), SWAPPED).unwrap();
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.ps1")), SWAPPED).unwrap();
    let noise: Vec<u8> = (0..4000_u32).map(|n| u8::try_from(n * 7919 % 251).unwrap() | 0x81).collect();
    fs::write(dir.path().join("noise.ps1"), noise).unwrap();
    let run = |args: &[&str]| {
        let output = lint(dir.path()).args(args).timeout(std::time::Duration::from_secs(60)).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, out, err) = run(&["pipe.ps1", "swapped.ps1"]);
    assert_eq!(code, Some(3));
    assert!(out.contains("identity-names-policy") && err.contains("is a pipe or a device"), "{err}");
    let (code, _, err) = run(&["/dev/zero"]);
    assert!(code == Some(3) && err.contains("/dev/zero"), "{err}");
    // A folder's pipe is passed over; a name that is no UTF-8 is none of our business.
    let (code, out, err) = run(&["."]);
    assert_eq!(code, Some(3), "{err}");
    assert_eq!(
        out.matches("the policy is given as the user").count().max(out.matches("identity-names-policy").count()),
        2,
        "{out}"
    );
    assert!(err.contains("noise.ps1` is binary") && !err.contains("pipe.ps1"), "{err}");
}

/// With the line ends and the mark that a file has.
#[test]
fn a_diff_is_a_patch() {
    let Ok(version) = std::process::Command::new("git").arg("--version").output() else { return };
    assert!(version.status.success());
    let dir = tempfile::tempdir().unwrap();
    let long = format!("# one\n# two\n\n{SWAPPED}# three\n# four\n");
    let texts = [
        ("lf.ps1", long.clone()),
        ("crlf.ps1", long.replace('\n', "\r\n")),
        ("mark.ps1", format!("\u{feff}{SWAPPED}")),
        ("mark and crlf.ps1", format!("\u{feff}{}", SWAPPED.replace('\n', "\r\n"))),
        ("no end.ps1", SWAPPED.trim_end().to_owned()),
        (
            "doc.md",
            format!("# für\n\n> ```powershell\n> {}> ```\n", SWAPPED.replace('\n', "\n> ").trim_end_matches("> ")),
        ),
    ];
    for (name, text) in &texts {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let output = lint(dir.path()).args(["--diff", "."]).output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains("no patch"));
    let other = tempfile::tempdir().unwrap();
    for (name, text) in &texts {
        fs::write(other.path().join(name), text).unwrap();
    }
    fs::write(other.path().join("all.patch"), &output.stdout).unwrap();
    let git = std::process::Command::new("git")
        .args(["-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "all.patch"])
        .current_dir(other.path())
        .output()
        .unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    lint(dir.path()).args(["--fix", "."]).assert().code(0);
    for (name, text) in &texts {
        let fixed = fs::read_to_string(dir.path().join(name)).unwrap();
        assert_ne!(&fixed, text, "{name}");
        assert_eq!(fs::read_to_string(other.path().join(name)).unwrap(), fixed, "{name}");
    }
}

#[test]
fn diffs_mask_secrets_and_fixes_keep_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.ps1");
    let secret = "abc8Q~S3cretS3cretS3cret";
    let text = format!(
        "$env:AZURE_CLIENT_SECRET='{secret}'\nConnect-Thing -Password '{secret}' -ClientSecret {secret}\n\
         '{secret}' | ConvertTo-SecureString -AsPlainText -Force\n{}; Get-Thing -Password '{secret}'\n",
        SWAPPED.trim_end()
    );
    fs::write(&path, &text).unwrap();
    let output = lint(dir.path()).args(["--diff", "a.ps1"]).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("\n-Grant-Cs") && out.contains("\n+Grant-Cs"), "{out}");
    assert!(out.contains("-Password '****") && !out.contains("S3cret"), "{out}");
    assert_eq!(err.matches("secrets are masked in the diff").count(), 1, "{err}");
    lint(dir.path()).args(["--fix", "a.ps1"]).assert().code(0);
    assert_eq!(fs::read_to_string(&path).unwrap().matches(secret).count(), 5);
    fs::write(&path, SWAPPED).unwrap();
    let output = lint(dir.path()).args(["--diff", "a.ps1"]).output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains("masked"));
}

#[test]
fn configurations_that_cannot_be_followed_are_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ps1"), GOOD).unwrap();
    let path = dir.path().join("graphwhy.toml");
    for pattern in ["[", "a[b", "{a"] {
        fs::write(&path, format!("[lint]\nexclude = [\"{pattern}\"]\n")).unwrap();
        let output = lint(dir.path()).arg(".").assert().code(3).get_output().clone();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("graphwhy.toml") && err.contains(&format!("`{pattern}`")), "{err}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let output = lint(dir.path()).arg(".").assert().code(3).get_output().clone();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("graphwhy.toml` is no file"), "{err}");
    lint(dir.path()).args([".", "--no-config"]).assert().code(0);
}

#[test]
fn a_configuration_that_is_wrong_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ps1"), GOOD).unwrap();
    for (text, place, words) in [
        ("[lint]\nexcludes = []\n", ":2:1", "unknown key `excludes`"),
        ("[lnt]\n", ":1:2", "unknown key `lnt`"),
        ("lint = 3\n", ":1:8", "expected a table"),
        ("[lint]\nexclude = \"a\"\n", ":2:11", "expected a list"),
        ("[lint]\nexclude = [1]\n", ":2:12", "expected a string"),
        ("# a\n[causes]\nidentity-names-polcy = \"off\"\n", ":3:1", "did you mean `identity-names-policy`"),
        ("[causes]\nidentity-names-policy = \"of\"\n", ":2:25", "`off`, `info`, `warning` or `error`"),
        ("[causes]\nidentity-names-policy = 3\n", ":2:25", "expected a string"),
        ("[lint\n", ":1:6", "unclosed table"),
        ("[lint]\nexpect = \"no.toml\"\n", "graphwhy.toml", "could not read `no.toml`"),
    ] {
        fs::write(dir.path().join("graphwhy.toml"), text).unwrap();
        let output = lint(dir.path()).arg(".").assert().code(3).get_output().clone();
        let err = String::from_utf8(output.stderr).unwrap();
        let at = err.lines().find(|line| line.starts_with("  at: ")).unwrap_or_else(|| panic!("{err}"));
        assert!(at.contains("graphwhy.toml") && at.ends_with(place) && err.contains(words), "{text}: {err}");
        assert!(!err.contains("struct"), "{err}");
    }
}

#[test]
fn each_path_has_the_configuration_of_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let level = |level: &str| format!("[causes]\nidentity-names-policy = \"{level}\"\n");
    for folder in ["off/deep", "info", "clone/.git"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    for file in ["off/deep/a.ps1", "info/b.ps1", "clone/c.ps1"] {
        fs::write(dir.path().join(file), SWAPPED).unwrap();
    }
    fs::write(dir.path().join("off/graphwhy.toml"), level("off")).unwrap();
    fs::write(dir.path().join("info/graphwhy.toml"), level("info")).unwrap();
    // What is above the root of a repository is not its own.
    fs::write(dir.path().join("graphwhy.toml"), level("warning")).unwrap();
    let (code, document) = json(dir.path(), &["off/deep/a.ps1", "info", "clone/c.ps1"]);
    let severities: Vec<Option<&str>> = document["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["findings"].get(0).and_then(|finding| finding["severity"].as_str()))
        .collect();
    assert_eq!((code, severities), (1, vec![None, Some("info"), Some("error")]));
    // Of another tree, with patterns that are about its own.
    fs::write(dir.path().join("off/graphwhy.toml"), "[lint]\nexclude = [\"*.ps1\"]\n").unwrap();
    assert_eq!(json(dir.path(), &["info", "--config", "off/graphwhy.toml"]).0, 1);
    // A file that is named is read; a hook names every file.
    assert_eq!(json(dir.path(), &["off/deep/a.ps1"]).0, 1);
    assert_eq!(json(dir.path(), &["off/deep/a.ps1", "--force-exclude"]).0, 0);
}

#[test]
fn github_shows_suppressions_without_effect_on_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.ps1"), format!("{GOOD}# graphwhy: ignore[unknown-parameter] was wrong once\n"))
        .unwrap();
    let output = lint(dir.path()).args(["--format", "github", "a.ps1", "b.ps1"]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let line = GOOD.lines().count() + 1;
    assert!(out.contains(&format!("::warning file=a.ps1,line={line},col=1,title=graphwhy::suppression of")), "{out}");
    assert!(out.contains("::warning title=graphwhy::could not read `b.ps1`"), "{out}");
}

#[test]
fn secrets_of_lists_and_headers_are_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let text = "Connect-MicrosoftTeams -AccessTokens @('hunter2-a', 'hunter2-b')\n\
                $h = @{ Authorization = 'Bearer hunter2' }\n\
                Connect-It -Password hunter2 -ClientSecret 'hunter2'\n";
    fs::write(dir.path().join("a.ps1"), format!("{text}{SWAPPED}")).unwrap();
    for format in ["human", "json", "sarif", "github", "markdown", "junit"] {
        let output = lint(dir.path()).args(["--format", format, "--verbose", "a.ps1"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"), "{format}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"), "{format}");
    }
}

#[test]
fn junit_has_no_character_that_xml_lacks_or_that_acts() {
    let dir = tempfile::tempdir().unwrap();
    let text = SWAPPED.replace("Meetings", "'Me\u{FFFE}et\u{FFFF}in\u{202E}gs\u{1b}'");
    fs::write(dir.path().join("a.ps1"), text).unwrap();
    let output = lint(dir.path()).args(["--format", "junit", "a.ps1"]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("identity-names-policy") && out.contains("Me\u{FFFD}et\u{FFFD}in\u{FFFD}gs"), "{out}");
    assert!(!out.contains(['\u{FFFE}', '\u{FFFF}', '\u{202E}', '\u{1b}']), "{out}");
}

/// Commands in what is nested too deeply are judged by nobody: no finding is no all-clear then, and a finding goes before.
#[test]
fn what_is_not_read_at_all_is_undetermined() {
    let dir = tempfile::tempdir().unwrap();
    let deep = |inside: &str| format!("{}{inside}{}\n", "if (1) { ".repeat(200), "}".repeat(200));
    fs::write(dir.path().join("deep.ps1"), deep(SWAPPED.trim_end())).unwrap();
    fs::write(dir.path().join("other.ps1"), format!("# ApplicationAccessPolicy\n{}", deep("Get-Date"))).unwrap();
    fs::write(dir.path().join("swapped.ps1"), SWAPPED).unwrap();
    for format in ["human", "json", "sarif", "github"] {
        let code = |files: &[&str]| {
            lint(dir.path()).args(files).args(["--format", format]).output().unwrap().status.code().unwrap()
        };
        assert_eq!(code(&["deep.ps1"]), 4, "{format}");
        assert_eq!(code(&["other.ps1"]), 0, "{format}");
        assert_eq!(code(&["deep.ps1", "swapped.ps1"]), 1, "{format}");
        assert_eq!(code(&["deep.ps1", "gone.ps1"]), 3, "{format}");
    }
}

/// The last lines say what can be done; a finding with parts far apart has the place of each.
#[test]
fn the_end_and_the_places_of_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let apart = SWAPPED.replacen('\n', &"\n".repeat(7), 1);
    fs::write(dir.path().join("a.ps1"), apart).unwrap();
    let output = lint(dir.path()).arg("a.ps1").assert().code(1).get_output().clone();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(err.contains("1 file: 1 error, 0 warnings, 0 notes\n1 fixable with `--fix`"), "{err}");
    assert!(out.contains("a.ps1:8:43") && out.contains("a.ps1:1:41"), "{out}");
    fs::write(dir.path().join("good.ps1"), GOOD).unwrap();
    let output = lint(dir.path()).arg("good.ps1").assert().code(0).get_output().clone();
    assert!(!String::from_utf8(output.stderr).unwrap().contains("fixable"));
}

/// A page draws the gravest of very many findings and counts the others; nothing else leaves any out.
#[test]
fn a_page_ends_somewhere() {
    let dir = tempfile::tempdir().unwrap();
    let wide = |n: usize| format!("Grant-CsApplicationAccessPolicy -PolicyName P{n} -Global\n");
    let text: String = (0..700).map(wide).collect::<String>() + SWAPPED;
    fs::write(dir.path().join("many.ps1"), &text).unwrap();
    let page = |args: &[&str]| {
        let output = lint(dir.path()).arg("many.ps1").args(args).assert().code(1).get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let (_, document) = json(dir.path(), &["many.ps1"]);
    let all = causes(&document);
    let wide = all.iter().filter(|cause| *cause == "tenant-wide-grant").count();
    assert!(wide == 700 && all.len() > wide, "{}", all.len());
    let short = page(&[]);
    assert_eq!(short.matches("╭─[").count(), 500);
    let left = all.len() - 500;
    let end = short.rsplit('…').next().unwrap();
    assert!(end.starts_with(&format!(" and {left} more in `many.ps1`: ")), "{end}");
    // The notes are the least of it.
    assert!(end.contains("700 tenant-wide-grant;"), "{end}");
    assert!(short.contains("identity-names-policy"), "an error at the end goes before notes");
    let whole = page(&["--verbose"]);
    assert!(whole.matches("╭─[").count() == all.len() && !whole.contains("more in `many.ps1`"));
}

/// What a diff shows is not among what it leaves out.
#[test]
fn a_diff_counts_only_what_it_does_not_show() {
    let dir = tempfile::tempdir().unwrap();
    let swapped = |n: usize| SWAPPED.replace("Meetings", &format!("Meetings{n}"));
    fs::write(dir.path().join("many.ps1"), (0..600).map(swapped).collect::<String>()).unwrap();
    let (_, document) = json(dir.path(), &["many.ps1"]);
    assert!(causes(&document).len() >= 600);
    let output = lint(dir.path()).args(["--diff", "many.ps1"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().matches("\n+").count() >= 600);
    let told = String::from_utf8(output.stderr).unwrap();
    // The warnings have no edits.
    assert!(told.contains("600 fixable") && told.contains("… and 599 more in `many.ps1`"), "{told}");
}

/// A name with line ends forges no line of its own.
#[cfg(unix)]
#[test]
fn names_of_files_stay_on_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let name = "a\nerror: `b.ps1` is gone\u{1b}[31m.ps1";
    fs::write(dir.path().join(name), b"MZ\0\0\x03\0").unwrap();
    fs::write(dir.path().join(format!("{name}.md")), "no code\n").unwrap();
    fs::write(dir.path().join(format!("{name}.psm1")), SWAPPED).unwrap();
    for args in [&["."][..], &["--fix", "."], &[name], &["a\nerror: missing.ps1"]] {
        let output = lint(dir.path()).args(args).assert().code(3).get_output().clone();
        let err = String::from_utf8(output.stderr).unwrap();
        let forged = |line: &str| line.starts_with("error: `b.ps1`") || line.starts_with("error: missing");
        assert!(err.contains("error: ") && !err.contains('\u{1b}') && !err.lines().any(forged), "{args:?}: {err}");
    }
}

/// Edits of very many findings take no square of the time: a line has two, and all are written.
#[test]
fn thousands_of_fixes_are_written_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let app = |n: usize| format!("9c4f2c1e-5a0b-4f6d-8f53-{n:012x}");
    let text: String = (0..4000)
        .map(|n| format!("New-CsApplicationAccessPolicy -Identity P{n} -AppIds '{},{}'\n", app(n), app(n + 1)))
        .collect();
    fs::write(dir.path().join("a.ps1"), &text).unwrap();
    let started = std::time::Instant::now();
    lint(dir.path()).args(["a.ps1", "--fix", "--quiet"]).assert().code(0);
    let fixed = fs::read_to_string(dir.path().join("a.ps1")).unwrap();
    assert_eq!(fixed.matches("', '").count(), 4000);
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

/// A file whose bytes are no text in its encoding is not fixed, and nothing says that it can be.
#[test]
fn torn_bytes_are_not_fixable() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = [b"# f\xFCr sp\xE4ter\n".as_slice(), SWAPPED.as_bytes()].concat();
    fs::write(dir.path().join("a.ps1"), &bytes).unwrap();
    let told = |args: &[&str]| {
        let output = lint(dir.path()).args(args).arg("a.ps1").output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let words = told(&["--fix"]);
    assert!(words.contains("was not fixed") && !words.contains("fixable"), "{words}");
    assert!(!told(&[]).contains("fixable"));
    assert_eq!(fs::read(dir.path().join("a.ps1")).unwrap(), bytes);
    let (_, document) = json(dir.path(), &["a.ps1"]);
    let edits = document["results"][0]["edits"].as_array().unwrap();
    assert!(!edits.is_empty() && edits.iter().all(|edit| edit["safe"] == false));
}
