//! Files that are none, too large, or hostile.

use super::*;

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "file.txt", NARROWED);
    let inside = Path::new(&file).join("below").display().to_string();
    let dir = folder.path().display().to_string();
    let missing = folder.path().join("missing").display().to_string();
    for (path, says) in [(&dir, "is a folder"), (&missing, "could not read"), (&inside, "could not read")] {
        for option in ["explain", "--state", "--token-file", "--rules"] {
            let args =
                if option == "explain" { vec!["explain", path] } else { vec!["explain", "--example", option, path] };
            // A folder is what `--rules` takes; an empty one holds no rules.
            let run = graphwhy(args, "");
            assert_eq!(run.code, 3, "{option} {path}: {run:?}");
            assert!(run.err.starts_with("error: ") && run.err.contains("\n  help: "), "{option} {path}: {run:?}");
            let words = if option == "explain" || option == "--state" { says } else { path };
            assert!(run.err.contains(words) && run.err.contains(path.as_str()), "{option} {path}: {run:?}");
            assert_eq!(run.out, "", "{option} {path}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_the_right_to_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "secret.txt", NARROWED);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = graphwhy(["explain", &path], "");
    // Root reads everything.
    let readable = std::fs::File::open(&path).is_ok();
    assert_eq!(run.code, if readable { 1 } else { 3 }, "{run:?}");
    assert!(readable || run.err.contains("check the path and your rights"), "{run:?}");
}

#[test]
fn more_than_64_mib_is_no_paste() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.log");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let run = graphwhy(["explain".as_ref(), path.as_os_str()], "");
    assert_eq!((run.code, run.out.as_str()), (3, ""), "{}", run.err);
    assert!(run.err.contains("larger than 64 MiB") && run.err.contains("cut out the part"), "{}", run.err);
    // No subcommand that does not exist is named.
    assert!(!run.err.contains("triage"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn devices_end_too() {
    assert_eq!(graphwhy(["explain", "/dev/null"], "").code, 4);
    let run = graphwhy(["explain", "/dev/zero"], "");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.err.contains("larger than 64 MiB"), "{run:?}");
}

#[test]
fn odd_bytes_get_an_answer() {
    // Loose: what grows with the square of its input is found, a busy machine is not.
    let limit = Duration::from_secs(120);
    let noise: Vec<u8> = (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let nested =
        |open: &str, count: usize, close: &str| format!("{}{NARROWED}{}", open.repeat(count), close.repeat(count));
    let long = {
        let mut text = "a".repeat(64 << 20);
        text.truncate((64 << 20) - NARROWED.len() - 1);
        text.push(' ');
        text + NARROWED
    };
    let cases: [(&str, Vec<u8>, &[i32]); 12] = [
        ("empty", Vec::new(), &[4]),
        ("blank", b"\n\n \t\r\n".to_vec(), &[4]),
        ("a zero byte", vec![0], &[4]),
        ("zero bytes", vec![0; 100_000], &[4]),
        ("no UTF-8", vec![0xFF; 1000], &[4]),
        ("a lone mark", vec![0xFF, 0xFE], &[4]),
        ("noise", noise, &[4]),
        ("10,000 brackets", "[".repeat(10_000).into_bytes(), &[4]),
        ("10,000 brackets around a failure", nested("[", 10_000, "]").into_bytes(), &[1, 4]),
        ("10,000 objects around a failure", nested("{\"a\":", 10_000, "}").into_bytes(), &[1, 4]),
        ("1,000 errors in each other", nested("{\"error\":", 1_000, "}").into_bytes(), &[1, 4]),
        ("64 MiB on one line", long.into_bytes(), &[1, 4]),
    ];
    for (what, bytes, codes) in cases {
        let start = Instant::now();
        let run = graphwhy(["explain", "--format", "json"], &bytes);
        assert!(codes.contains(&run.code), "{what}: {} {}", run.code, run.err.chars().take(400).collect::<String>());
        assert!(start.elapsed() < limit, "{what}: {:?}", start.elapsed());
        run.json();
    }
}

#[test]
fn encodings_are_one_text() {
    let plain = first(&graphwhy(["explain", "--format", "json"], NARROWED));
    let wide: Vec<u8> = NARROWED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for (what, bytes) in [
        ("UTF-8 with a mark", marked(b"\xEF\xBB\xBF", NARROWED.as_bytes())),
        ("UTF-16LE with a mark", marked(b"\xFF\xFE", &wide)),
        ("UTF-16LE", wide.clone()),
    ] {
        assert_eq!(first(&graphwhy(["explain", "--format", "json"], bytes)), plain, "{what}");
    }
}

#[test]
fn nothing_acts_on_the_terminal() {
    let text = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app \u{1b}[31m\u{202e}\u{7} x\"}} \u{9b}2J";
    let folder = tempfile::tempdir().unwrap();
    for args in [&["explain"][..], &["explain", "-v"]] {
        let run = graphwhy(args, text);
        for bad in ['\u{1b}', '\u{202e}', '\u{7}', '\u{9b}'] {
            assert!(!run.out.contains(bad) && !run.err.contains(bad), "{bad:?} in {args:?}");
        }
    }
    #[cfg(unix)]
    {
        let evil = write(&folder, "e\u{1b}[2Jvil.json", NARROWED);
        let run = graphwhy(["explain", &evil], "");
        assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
        let run = graphwhy(["explain", "no\u{1b}[2Jfile"], "");
        assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    }
    drop(folder);
}

// --- snapshots ------------------------------------------------------------------------------------

/// A name with line ends forges no line of its own, wherever a message names it.
#[cfg(unix)]
#[test]
fn names_of_files_stay_on_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("a\nerror: `b` is gone\u{1b}[31m");
    std::fs::create_dir(&name).unwrap();
    let name = name.display().to_string();
    for args in [
        vec!["explain", &name],
        vec!["explain", "--example", "--state", &name],
        vec!["explain", "--example", "--rules", &name],
        vec!["explain", "--example", "--format", "json", "--output", &name],
        vec!["import", &name],
        vec!["check", "--state", &name, "--app", "a"],
        vec!["diff", &name, &name],
        vec!["plan", "--state", &name, "--app", "a"],
    ] {
        let run = graphwhy(&args, "");
        assert!(run.code == 2 || run.code == 3, "{args:?}: {run:?}");
        let forged = run.err.lines().any(|line| line.starts_with("error: `b`"));
        assert!(!run.err.contains('\u{1b}') && !forged, "{args:?}: {}", run.err);
    }
}
