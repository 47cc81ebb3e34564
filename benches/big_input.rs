//! `explain` of large (64 MiB) and bad inputs, each a whole process: seconds, MB/s, and how many times the time that `wc -l`
//! takes to read the same file.
//!
//! `cargo bench --bench big_input`; words behind `--` choose kinds by a part of their names. Everything should be
//! done within a second or two on a machine that does nothing else.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures and stops where it cannot measure"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What `explain` reads at most.
const SIZE: usize = 64 << 20;

const FAILURE: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app.","innerError":{"date":"2026-11-20T10:05:21","request-id":"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"}}}"#;
const LOG: &str = "2026-11-20T10:05:21.481Z INFO [worker-4] GET https://graph.microsoft.com/v1.0/users/1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21/onlineMeetings/abc 200 in 84 ms\n";
const PROSE: &str =
    "the app failed to read the meeting of a user, and the error message said nothing about the policy or the token; ";

/// Numbers that look random and are the same in each run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(count).collect()
    }

    fn letters(&mut self, count: usize) -> Vec<u8> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        self.bytes(count).iter().filter_map(|byte| LETTERS.get(usize::from(byte & 63)).copied()).collect()
    }
}

fn filled(unit: &[u8]) -> Vec<u8> {
    unit.iter().copied().cycle().take(SIZE).collect()
}

/// Makes an input.
type Make = Box<dyn Fn() -> Vec<u8>>;

fn kinds() -> Vec<(&'static str, Make)> {
    fn of(name: &'static str, unit: impl Into<Vec<u8>>) -> (&'static str, Make) {
        let unit = unit.into();
        (name, Box::new(move || filled(&unit)))
    }
    let failing_log = format!("{}2026-11-20T10:05:22.001Z ERROR [worker-4] call failed: {FAILURE}\n", LOG.repeat(49));
    let wide: Vec<u8> = format!("{LOG}{FAILURE}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let id = |random: &mut Random| {
        let hex = format!("{:016x}{:016x}", random.next(), random.next());
        let parts: Vec<&str> =
            [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|part| hex.get(part)).collect();
        parts.join("-") + " "
    };
    let random = || Random(20_261_126);
    vec![
        of("prose on one line", PROSE),
        of("identical failures", format!("{FAILURE}\n")),
        of("identical failures on one line", FAILURE),
        of("log without failures", LOG),
        of("log with 2 % failures", failing_log),
        of(
            "403 in each line",
            "2026-11-20T10:05:22.001Z ERROR POST https://graph.microsoft.com/v1.0/users/a/onlineMeetings HTTP/1.1 403 Forbidden\n",
        ),
        ("binary", Box::new(move || random().bytes(SIZE))),
        ("10,000 nested brackets", Box::new(|| [b"[".repeat(10_000), b"]".repeat(10_000)].concat())),
        of("brackets that open", "["),
        of("quotes", "\""),
        of("apostrophes", "'"),
        of("backslashes", "\\"),
        ("backslashes in a list", Box::new(|| [b"\"responses\":[{".to_vec(), b"\\".repeat(SIZE - 32)].concat())),
        of("escaped quotes", "\\\""),
        of("escaped line ends", "\\n"),
        of("digits", "0123456789"),
        ("base64", Box::new(move || filled(&random().letters(1 << 20)))),
        of(
            "tokens",
            [b"eyJ".to_vec(), random().letters(60), b".".to_vec(), random().letters(60), b" ".to_vec()].concat(),
        ),
        of("a token in rows", b"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIs\n".to_vec()),
        of("error bodies as base64", "-eyJlcnJvciI6"),
        of("announced secrets", "bearer"),
        (
            "ids",
            Box::new(move || {
                let mut random = random();
                filled((0..10_000).map(|_| id(&mut random)).collect::<String>().as_bytes())
            }),
        ),
        of("the same letter as ids", "AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA "),
        of("letters of two bytes", "é"),
        of("letters of three bytes", "漢"),
        of("characters of four bytes", "😀"),
        ("UTF-16", Box::new(move || [vec![0xFF, 0xFE], filled(&wide)].concat().into_iter().take(SIZE).collect())),
        of("error objects that open", "{\"error\":{"),
        of("keys without values", "\"message\":\""),
        of("lists that open", "\"responses\":[{"),
        of("filters that open", " /users/a/onlineMeetings?$filter=JoinWebUrl eq '"),
        of("percent signs", "%25"),
        of("line ends", "\r\n"),
    ]
}

fn time(program: &str, args: &[&str]) -> Duration {
    let start = Instant::now();
    Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    start.elapsed()
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("input");
    println!("{:31} {:>8} {:>8} {:>10}", "explain", "seconds", "MB/s", "x wc -l");
    for (name, make) in kinds() {
        if !chosen.is_empty() && !chosen.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        std::fs::write(&file, make()).unwrap();
        let size = std::fs::metadata(&file).unwrap().len();
        let path = file.to_str().unwrap();
        // Once before, so that the file is in memory for both.
        time("wc", &["-l", path]);
        let best = |program: &str, args: &[&str]| (0..2).map(|_| time(program, args)).min().unwrap_or_default();
        let explain = best(env!("CARGO_BIN_EXE_graphwhy"), &["explain", path]).as_secs_f64();
        let count = best("wc", &["-l", path]).as_secs_f64();
        println!("{name:31} {explain:>8.2} {:>8.1} {:>10.1}", size as f64 / 1e6 / explain, explain / count);
    }
}
