//! `check` over a whole tenant, as whole processes and inside: how long a snapshot takes to load beside `jq empty`,
//! how many pairs a second are judged, told and streamed, and how much memory that takes. Times are those of a processor
//! where the system tells them, since machines are shared, and ratios are of one run.
//!
//! `judge` is all that turns the numbered snapshot into verdicts: users into classes, classes into verdicts, and a walk
//! over every user that counts the verdict of each of its pairs (`walk` is that part alone). `build` is what numbers
//! the snapshot before, once for all questions.
//!
//!     cargo bench --bench check                 10 thousand, 100 thousand and 1 million users
//!     cargo bench --bench check -- 5000000      that many users only
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark fails by panicking and prints its table"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use graphwhy::check::answer::Terms;
use graphwhy::check::matrix::{Counts, Matrix};
use graphwhy::check::survey::survey;
use graphwhy::input::Moment;
use graphwhy::knowledge::{Catalogue, operation_named};
use graphwhy::report::every_pair::{Asked, every_pair};
use graphwhy::tenant;
use graphwhy::tenant::subject::Subject;
use uuid::Uuid;

const APPS: usize = 10;
const POLICIES: u64 = 200;
const GROUPS: u64 = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, users, path] = arguments.as_slice()
        && mode == "memory"
    {
        return memory(Path::new(path), users);
    }
    let sizes: Vec<u64> = match arguments.first() {
        Some(users) => vec![users.parse().expect("a number of users")],
        None => vec![10_000, 100_000, 1_000_000],
    };
    println!("goals at 1 million users: load at most 1/4 of jq, 100 Mpairs/s judged, 150 MiB with ids and state");
    println!("{APPS} apps, {POLICIES} policies, {GROUPS} groups with an assignment; one thread; best of 5 (jq: of 3)");
    println!(
        "{:>9} {:>7} {:>8} {:>6} {:>8} {:>8} {:>7} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9}",
        "users",
        "MB",
        "load ms",
        "of jq",
        "build ms",
        "judge ms",
        "walk ms",
        "Mpairs/s",
        "+ build",
        "survey",
        "stream/s",
        "check",
        "names MiB",
        "ids MiB"
    );
    for users in sizes {
        row(users);
    }
}

fn row(users: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tenant.json");
    std::fs::write(&path, snapshot(users, true)).expect("written");
    let load = best(5, || {
        black_box(load_file(&path));
    });
    let jq = jq(&path);
    let state = load_file(&path);
    let megabytes = std::fs::metadata(&path).expect("a file").len() as f64 / 1e6;
    let build = best(5, || drop(black_box(Matrix::new(&state))));
    let matrix = Matrix::new(&state);
    let catalogue = Catalogue::builtin();
    let terms =
        Terms { catalogue: &catalogue, gates: None, at: Moment { earliest: 1_800_000_000, latest: 1_800_000_000 } };
    let operation = operation_named("read-meeting").expect("an operation");
    let apps: Vec<Option<Uuid>> = (0..APPS).map(|app| Some(app_id(app as u64))).collect();
    let mut counts = Counts::default();
    let mut walk = Duration::MAX;
    let judge = best(5, || {
        let verdicts = matrix.judge(&apps, operation, terms);
        let walked = best(1, || {
            counts = Counts::default();
            // Each pair by itself, as a listing would ask.
            for user in 0..u32::try_from(matrix.users().len()).expect("few users") {
                counts.add_all(verdicts.of_user(user));
            }
            black_box(&counts);
        });
        walk = walk.min(walked);
    });
    assert_eq!(counts.total(), users * APPS as u64);
    let whole = best(5, || drop(black_box(survey(&matrix, &apps, operation, terms, &[]))));
    let subjects: Vec<(Subject, Option<Uuid>)> =
        apps.iter().map(|app| (Subject::Id(app.expect("an id")), *app)).collect();
    let mut bytes = 0;
    let stream = best(2, || {
        let asked = Asked { apps: &subjects, operation, terms, findings: &[], reach: false };
        bytes = 0;
        every_pair(&matrix, asked, |text| {
            bytes += black_box(text).len();
            Ok::<(), std::convert::Infallible>(())
        })
        .expect("nothing fails");
    });
    assert!(bytes > 0);
    let pairs = (users * APPS as u64) as f64;
    let rate = |time: Duration| pairs / time.as_secs_f64() / 1e6;
    let of_jq = jq.map_or("-".to_owned(), |jq| format!("1/{:.1}", jq.as_secs_f64() / load.as_secs_f64()));
    let process = best(2, || check(&path));
    let with_names = child(&path, users);
    std::fs::write(&path, snapshot(users, false)).expect("written");
    let ids = child(&path, users);
    println!(
        "{users:>9} {megabytes:>7.1} {:>8.1} {of_jq:>6} {:>8.1} {:>8.1} {:>7.1} {:>9.0} {:>9.0} {:>8.1} {:>7.1}M {:>6.0} ms {with_names:>9} {ids:>9}",
        millis(load),
        millis(build),
        millis(judge),
        millis(walk),
        rate(judge),
        rate(judge + build),
        millis(whole),
        rate(stream),
        millis(process),
    );
}

/// The snapshot in a file, as the program reads it.
fn load_file(path: &Path) -> tenant::Snapshot {
    let file = std::fs::File::open(path).expect("a file");
    tenant::load(file, "tenant.json").expect("a snapshot that needs no explanation").expect("a snapshot")
}

/// The whole process: load, judge all users for all apps, print the summary.
fn check(path: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    command.args(["check", "--all-users", "--at", "2026-11-24T12:00:00Z", "--state"]).arg(path);
    for app in 0..APPS {
        command.args(["--app", &app_id(app as u64).to_string()]);
    }
    let output = command.output().expect("run");
    assert!(!output.stdout.is_empty(), "{output:?}");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn best(times: usize, mut work: impl FnMut()) -> Duration {
    (0..times)
        .map(|_| {
            let (start, before) = (Instant::now(), processor_time());
            work();
            match (before, processor_time()) {
                (Some(before), Some(after)) => after.saturating_sub(before),
                _ => start.elapsed(),
            }
        })
        .min()
        .expect("at least once")
}

/// What this process and those that it waited for have used of a processor; Linux tells it to a hundredth of a second
/// for others, and to its own thread exactly. Elsewhere the clock on the wall counts.
fn processor_time() -> Option<Duration> {
    let own: u64 = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let children = (ticks(13)? + ticks(14)?) * 10;
    Some(Duration::from_nanos(own) + Duration::from_millis(children))
}

/// `jq empty` on the same file; `None` where there is no jq.
fn jq(path: &Path) -> Option<Duration> {
    let run =
        || Command::new("jq").arg("empty").arg(path).stdout(Stdio::null()).status().ok().filter(|it| it.success());
    run()?;
    Some(best(3, || {
        let _ = run();
    }))
}

/// Resident memory with the snapshot and its matrix, and the peak, of a process that does nothing else.
fn child(path: &Path, users: u64) -> String {
    let own = std::env::current_exe().expect("this program");
    let output = Command::new(own).args(["memory", &users.to_string()]).arg(path).output().expect("run");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn memory(path: &Path, _users: &str) {
    let state = load_file(path);
    let matrix = Matrix::new(&state);
    let catalogue = Catalogue::builtin();
    let terms =
        Terms { catalogue: &catalogue, gates: None, at: Moment { earliest: 1_800_000_000, latest: 1_800_000_000 } };
    let operation = operation_named("read-meeting").expect("an operation");
    let apps: Vec<Option<Uuid>> = (0..APPS).map(|app| Some(app_id(app as u64))).collect();
    let verdicts = matrix.judge(&apps, operation, terms);
    black_box(&verdicts);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
    };
    match (of("VmRSS:"), of("VmHWM:")) {
        (Some(now), Some(peak)) => println!("{now}<{peak}"),
        _ => println!("-"),
    }
}

fn app_id(n: u64) -> Uuid {
    Uuid::from_u128(0x2000_0000_0000_4000_8000_0000_0000_0000 | u128::from(n))
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair((self.next() & !0xf000) | 0x4000, (self.next() >> 2) | (1 << 63))
    }
}

/// A tenant as schema 1: 5 % of the users with a direct assignment, a third of them in groups with one, some reads of
/// effective policies, and changes of direct assignments.
fn snapshot(users: u64, names: bool) -> String {
    let r = &mut Random(42);
    let ids: Vec<Uuid> = (0..users).map(|_| r.id()).collect();
    let mut out = String::with_capacity(usize::try_from(users * 200).unwrap_or(0));
    out.push_str(
        "{\"schema\":1,\"tenant_id\":\"11111111-2222-4333-8444-555555555555\",\"taken_at\":\"2026-11-23T10:02:00Z\",\n",
    );
    out.push_str("\"policies\":{\"status\":\"complete\",\"items\":[\n{\"name\":\"Global\",\"app_ids\":[]}");
    for policy in 1..POLICIES {
        let listed: Vec<String> =
            (0..20).filter(|_| r.below(100) < 40).map(|app| format!("\"{}\"", app_id(app))).collect();
        let _ = write!(out, ",\n{{\"name\":\"Policy {policy}\",\"app_ids\":[{}]}}", listed.join(","));
    }
    out.push_str("]},\n\"direct\":{\"status\":\"complete\",\"items\":[");
    let mut gap = "";
    for id in ids.iter().step_by(20) {
        let _ = write!(out, "{gap}\n{{\"user_id\":\"{id}\",\"policy\":\"Policy {}\"}}", 1 + r.below(POLICIES - 1));
        gap = ",";
    }
    out.push_str("]},\n\"groups\":{\"status\":\"complete\",\"items\":[");
    for group in 0..GROUPS {
        let gap = if group > 0 { "," } else { "" };
        let _ = write!(
            out,
            "{gap}\n{{\"group_id\":\"{}\",\"policy\":\"Policy {}\",\"rank\":{},\"members\":{{\"status\":\"complete\",\"items\":[",
            r.id(),
            1 + r.below(POLICIES - 1),
            group + 1
        );
        for member in 0..users / GROUPS * 36 / 100 {
            let gap = if member > 0 { "," } else { "" };
            let at = usize::try_from(r.below(users)).unwrap();
            let _ = write!(out, "{gap}\"{}\"", ids[at]);
        }
        out.push_str("]}}");
    }
    out.push_str("]},\n\"effective\":{\"status\":\"partial\",\"items\":[");
    for (n, id) in ids.iter().skip(7).step_by(1000).enumerate() {
        let gap = if n > 0 { "," } else { "" };
        let policy = 1 + r.below(POLICIES - 1);
        let _ = write!(
            out,
            "{gap}\n{{\"user_id\":\"{id}\",\"policy\":\"Policy {policy}\",\"via\":\"direct\",\"read_at\":\"2026-11-23T10:01:00Z\"}}"
        );
    }
    out.push_str("]},\n\"users\":{\"status\":\"complete\",\"items\":[");
    for (n, id) in ids.iter().enumerate() {
        let gap = if n > 0 { "," } else { "" };
        let _ = write!(out, "{gap}\n{{\"id\":\"{id}\",");
        if names {
            let _ = write!(out, "\"upn\":\"user{n}@contoso.com\",\"name\":\"Given{n} Family{n}\",");
        }
        let kind = if r.below(20) == 0 { "guest" } else { "member" };
        let teams = if r.below(50) == 0 { "disabled" } else { "enabled" };
        let _ = write!(out, "\"type\":\"{kind}\",\"enabled\":true,\"teams\":\"{teams}\"}}");
    }
    out.push_str("]},\n\"apps\":{\"status\":\"complete\",\"items\":[");
    for app in 0..APPS as u64 {
        let gap = if app > 0 { "," } else { "" };
        // OnlineMeetings.Read.All of Microsoft Graph.
        let _ = write!(
            out,
            "{gap}\n{{\"app_id\":\"{}\",\"name\":\"App {app}\",\"enabled\":true,\"roles\":[{{\"id\":\"c1684f21-1984-47fa-9d61-2dc8c296bb70\",\"value\":\"OnlineMeetings.Read.All\"}}]}}",
            app_id(app)
        );
    }
    out.push_str("]},\n\"settings\":{\"status\":\"complete\",\"graph_transcript_access\":true,\"attributed_transcripts\":true},\"history\":[");
    for (n, id) in ids.iter().step_by(ids.len().div_ceil(200).max(1)).enumerate() {
        let gap = if n > 0 { "," } else { "" };
        let _ = write!(
            out,
            "{gap}\n{{\"part\":\"direct\",\"key\":\"{id}\",\"change\":\"changed\",\"value\":\"Policy 4\",\"not_before\":\"2026-11-23T09:05:00Z\",\"not_after\":\"2026-11-23T09:11:00Z\"}}"
        );
    }
    out.push_str("]}\n");
    out
}
