//! The command: files, exit codes, Ctrl-C.

use super::*;

#[test]
fn the_command_writes_a_file_for_its_owner() {
    let stage = fair(Tenant::new(12, 2, 2));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("policies.json"), tenant::write(&policies(&[0, 1], &[0, 1]))).unwrap();
    let output =
        graphwhy(&stage, dir.path(), &["-o", "tenant.json", "--teams", "export=policies.json"]).output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), out.as_str()), (Some(0), ""), "{err}");
    let path = dir.path().join("tenant.json");
    let snapshot = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&snapshot, &stage.tenant);
    assert_eq!(snapshot.apps.items.len(), 2);
    assert!(err.contains("wrote `tenant.json`: 4 requests, 0 throttled, 0 repeated"), "{err}");
    assert!(err.contains("  users          complete       12\n"), "{err}");
    assert!(!err.contains('\u{1b}') && !err.contains("the-token"), "{err}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let output = graphwhy(&stage, dir.path(), &["-o", "-", "--users", &user_id(1), "-q"]).output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), err.as_str()), (Some(0), ""));
    assert_eq!(tenant::parse(&out, "t").unwrap().users.items.len(), 1);
}

#[test]
fn a_read_that_gave_nothing_leaves_the_file_as_it_is() {
    let token = "opaque-0123456789-token";
    // The service repeats the token that it refuses.
    let fault = move |_: &Request, _: &Tenant, _: &str| {
        Some(error(403, &format!("Forbidden {token}"), &format!("no, not with {token}, no")))
    };
    let stage = stage(Tenant::new(3, 1, 1), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.json");
    std::fs::write(&path, "as it was").unwrap();
    let run = |args: &[&str]| {
        let output = graphwhy(&stage, dir.path(), args).env("GRAPHWHY_GRAPH_TOKEN", token).output().unwrap();
        let (out, err) = texts(&output);
        assert!(!out.contains(token) && !err.contains(token), "{out}{err}");
        (output.status.code(), err)
    };
    let (code, err) = run(&["-o", "t.json"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("nothing could be read") && err.contains("403 Forbidden ***"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "as it was");
    // What is given is written, with the reasons.
    let given = tenant::write(&policies(&[0], &[0]));
    std::fs::write(dir.path().join("teams.json"), given).unwrap();
    let (code, err) = run(&["-o", "t.json", "--teams", "export=teams.json"]);
    assert_eq!(code, Some(4), "{err}");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("403 Forbidden ***") && !written.contains(token), "{written}");
}

#[test]
fn a_token_in_a_part_of_a_batch_is_not_told() {
    let token = "the-token-0123456789abcdef";
    let fault = move |request: &Request, tenant: &Tenant, root: &str| {
        let no = || error(403, &format!("Forbidden {token}"), "no");
        let part = |_: usize, _: &str| Some(no());
        request.target.ends_with("/$batch").then(|| tenant.batch(&request.body, root, &part))
    };
    let mut tenant = Tenant::new(3, 1, 1);
    tenant.token = token.to_owned();
    let stage = stage(tenant, Box::new(fault));
    let fetched = stage.read(|it| {
        it.sign_in = Secret::token(token, "test").unwrap().into();
        it.teams = Some(policies(&[0], &[0]));
    });
    let text = tenant::write(&fetched.snapshot);
    assert!(text.contains("403 Forbidden ***") && !text.contains(token), "{text}");
}

#[test]
fn parts_of_an_export_keep_its_date() {
    let stage = fair(Tenant::new(3, 1, 1));
    let dir = tempfile::tempdir().unwrap();
    let mut given = policies(&[0], &[0]);
    given.policies.read_at = None;
    given.direct.read_at = None;
    given.groups.read_at = None;
    for taken in [Some("2020-01-01T00:00:00Z"), None] {
        given.taken_at = taken.map(|it| it.parse().unwrap());
        std::fs::write(dir.path().join("teams.json"), tenant::write(&given)).unwrap();
        let output = graphwhy(&stage, dir.path(), &["-o", "t.json", "--teams", "export=teams.json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
        let mut snapshot = tenant::parse(&std::fs::read_to_string(dir.path().join("t.json")).unwrap(), "t").unwrap();
        assert_eq!((snapshot.policies.read_at, snapshot.direct.read_at), (given.taken_at, given.taken_at));
        let now = jiff::Timestamp::now();
        graphwhy::check::state::forget_old(&mut snapshot, jiff::SignedDuration::from_hours(1), now);
        assert_eq!((snapshot.policies.status, snapshot.direct.status), (Status::Missing, Status::Missing), "{taken:?}");
        assert_eq!(snapshot.users.status, Status::Complete);
    }
}

#[test]
fn exit_codes_and_ways_out() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        request.target.contains("/users?").then(|| error(403, "Authorization_RequestDenied", "no\u{1b}[31m"))
    };
    let stage = stage(Tenant::new(12, 2, 2), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str], token: Option<&str>| {
        let mut command = graphwhy(&stage, dir.path(), args);
        match token {
            Some(token) => command.env("GRAPHWHY_GRAPH_TOKEN", token),
            None => command.env_remove("GRAPHWHY_GRAPH_TOKEN"),
        };
        let output = command.output().unwrap();
        let (out, err) = texts(&output);
        assert!(!out.contains("secret-token") && !err.contains("secret-token") && !err.contains('\u{1b}'), "{err}");
        (output.status.code().unwrap(), err)
    };
    let (code, err) = run(&["-o", "t.json"], Some("the-token"));
    assert_eq!(code, 4);
    assert!(err.contains("needs Graph permission User.Read.All"), "{err}");
    let (code, err) = run(&["-o", "u.json"], Some("secret-token"));
    assert_eq!((code, dir.path().join("u.json").exists()), (3, false), "{err}");
    assert!(err.contains("the token was refused: 401 InvalidAuthenticationToken"), "{err}");
    assert!(err.contains("help: "), "{err}");
    let (code, err) = run(&["-o", "u.json"], None);
    assert_eq!(code, 3);
    assert!(err.contains("GRAPHWHY_GRAPH_TOKEN"), "{err}");
    // As a pipeline sets what it does not have.
    for nothing in ["", " \n"] {
        let (code, err) = run(&["-o", "u.json"], Some(nothing));
        assert_eq!(code, 3);
        assert!(err.contains("GRAPHWHY_GRAPH_TOKEN") && !err.contains("cannot be used"), "{err}");
    }
    let (code, err) = run(&["-o", "u.json"], Some("two words"));
    assert_eq!(code, 3, "{err}");
    for args in [
        &["-o", "u.json", "--users", "bob"][..],
        &["-o", "u.json", "--apps", "x"],
        &["-o", "u.json", "--cloud", "mars"],
        &["-o", "u.json", "--teams", "magic"],
        &["-o", "u.json", "--max-age", "1h"],
        &[],
    ] {
        assert_eq!(run(args, Some("the-token")).0, 2, "{args:?}");
    }
    std::fs::write(dir.path().join("bad.toml"), "graph = \"http://graph.contoso.com\"").unwrap();
    let (code, err) = run(&["-o", "u.json", "--cloud", "bad.toml"], Some("the-token"));
    assert_eq!(code, 3);
    assert!(err.contains("`http` is for loopback only"), "{err}");
    let output =
        graphwhy(&stage, dir.path(), &["--explain-rights"]).env_remove("GRAPHWHY_GRAPH_TOKEN").output().unwrap();
    let (out, _) = texts(&output);
    assert!(out.contains("TeamsUserConfiguration.Read.All") && out.contains("Global Reader"), "{out}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_last_good_snapshot() {
    let fault = |request: &Request, _: &Tenant, _: &str| {
        if request.target.contains("userConfigurations") {
            std::thread::sleep(Duration::from_secs(20));
        }
        None
    };
    let stage = stage(Tenant::new(12, 2, 2), Box::new(fault));
    let dir = tempfile::tempdir().unwrap();
    let interrupted = |args: &[&str]| {
        let mut command = graphwhy(&stage, dir.path(), args);
        command.args(["-o", "tenant.json"]).stderr(std::process::Stdio::piped());
        let before = stage.count("userConfigurations");
        let child = command.spawn().unwrap();
        let start = Instant::now();
        while stage.count("userConfigurations") == before && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The other reads end meanwhile.
        std::thread::sleep(Duration::from_millis(500));
        let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(15));
        assert_eq!(output.status.code(), Some(3));
        texts(&output).1
    };
    let path = dir.path().join("tenant.json");
    let err = interrupted(&[]);
    assert!(err.contains("holds what was read"), "{err}");
    let first = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&first, &stage.tenant);
    assert_eq!(first.effective.status, Status::Missing);
    assert!(first.effective.reason.as_ref().unwrap().detail.as_ref().unwrap().ends_with("it was interrupted"));

    // A good file is not replaced by half of one ...
    let err = interrupted(&[]);
    assert!(err.contains("is as it was"), "{err}");
    assert_eq!(tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap(), first);
    // ... and going on adds to it.
    let err = interrupted(&["--resume", "--max-age", "0s"]);
    assert!(err.contains("holds what was read"), "{err}");
    let third = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    all_users(&third, &stage.tenant);
    assert!(third.users.read_at > first.users.read_at);
}
