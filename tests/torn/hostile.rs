//! Any bytes: no panic, places inside the text, and a time that grows with the length and no faster.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use graphwhy::input::{MAX_INCIDENTS, find, incidents};
use graphwhy::knowledge::Catalogue;
use graphwhy::source::Source;
use proptest::prelude::*;

use super::{assert_spans, inputs, look, torn_cases};

/// Makes a text of a given length.
type Make = Box<dyn Fn(usize) -> String>;

/// Texts that are made to be slow or deep: one line each.
fn hostile() -> Vec<(&'static str, Make)> {
    fn repeat(piece: &'static str) -> Make {
        Box::new(move |len| piece.repeat(len / piece.len() + 1))
    }
    vec![
        ("letters", repeat("a")),
        ("spaces", repeat(" ")),
        ("digits", repeat("4")),
        ("statuses", repeat("403 ")),
        ("brackets", repeat("{")),
        ("lists", repeat("[")),
        ("error objects", repeat("{\"error\":")),
        ("calls", repeat("error(")),
        ("quotes", repeat("\"")),
        ("single quotes", repeat("'")),
        ("backslashes", repeat("\\")),
        ("backslashes in a list", Box::new(|len| format!("\"responses\":[{{{}", "\\".repeat(len)))),
        ("backslashes in an object", Box::new(|len| format!("\"error\":{{{}", "\\".repeat(len)))),
        ("escaped quotes", repeat("\\\"")),
        ("codes", repeat("\"code\":")),
        ("open codes", repeat("code:\"")),
        ("bare messages", repeat("message: ")),
        ("open messages", repeat("'message':'x ")),
        ("quotes of many depths", repeat("\"code\":\\\"a\\\\\"b")),
        ("policy messages", repeat("no application access policy found for this app ")),
        ("glued words", repeat("organizer-id-mismatch-user-id-")),
        ("gaps", repeat("grant csapplicationaccesspolicy ")),
        (
            "error records",
            repeat(
                "{\"error\":{\"code\":\"Forbidden\",\"message\":\"x\",\"innerError\":{\"date\":\"2026-01-01T00:00:00\"}}},",
            ),
        ),
        ("paths", repeat("/me/a ")),
        ("glued paths", repeat("=/users/")),
        ("filters", repeat("/users/x?$filter=a eq eq eq ")),
        ("closing brackets", repeat("/users/x))))))))))))")),
        ("addresses", repeat("https://graph.microsoft.com/v1.0/users/")),
        ("join links", repeat("http://meetup-join/l/")),
        ("status lines", repeat("HTTP/1.1 403 a: b ")),
        ("secrets", repeat("secret=$")),
        ("glued secrets", repeat("secret")),
        ("tokens", repeat("-eyJ")),
        ("a token in rows", repeat("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIs\n")),
        ("encoded error bodies", repeat("-eyJlcnJvciI6")),
        ("glued bearers", repeat("bearer")),
        ("bearers in a row", repeat("bearer+")),
        ("token values", repeat("secret=eyJx")),
        ("batches", repeat("\"responses\":[{\"id\":\"1\",")),
        ("percent", repeat("%25")),
        ("entities", repeat("&quot;")),
        ("curly quotes", repeat("“")),
        ("claims", repeat("{\"aud\":")),
        ("escaped breaks", repeat("\\n")),
        ("base64", repeat("\"eyJlcn")),
        ("organizers", repeat("\"organizer\":{\"id\":")),
    ]
}

fn by_lines() -> Vec<(&'static str, Make)> {
    fn repeat(piece: &'static str) -> Make {
        Box::new(move |len| piece.repeat(len / piece.len() + 1))
    }
    vec![
        ("lines", repeat("\n")),
        ("returns", repeat("\r")),
        ("status lines in lines", repeat("x: HTTP 403\n")),
        ("messages in lines", repeat("No application access policy found for this app\n")),
        ("wrapper lines", repeat("request failed with status code 403\n")),
        ("lone codes", repeat("UnknownError\n")),
        ("gutters", repeat("  | x\n")),
        ("calls with answers", repeat("GET /users/x/onlineMeetings\n404 Not Found\n")),
        ("a failure again and again", Box::new(|len| log(len, "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"))),
        ("failures of a log", Box::new(|len| log(len, ""))),
        (
            "lines of pairs",
            repeat(
                "status=403 request_id=1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21 err=\"No application access policy found for this app\"\n",
            ),
        ),
        (
            "open calls",
            repeat(
                "10:05:20 INFO GET https://graph.microsoft.com/v1.0/users/1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21/onlineMeetings\n",
            ),
        ),
        ("rows", Box::new(|len| format!("{}\n", "ab".repeat(40)).repeat(len / 81 + 1))),
    ]
}

/// A log with calls that succeed, and one of ten that fails, with this request id.
fn log(len: usize, id: &str) -> String {
    let call = "10:05:20 INFO [worker-4] GET https://graph.microsoft.com/v1.0/users/1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21/onlineMeetings/abc 200 in 84 ms\n";
    let refused = format!(
        "10:05:22 ERROR [worker-4] call failed: {{\"error\":{{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app.\",\"innerError\":{{\"request-id\":\"{id}\"}}}}}}\n"
    );
    let part = call.repeat(9) + &refused;
    part.repeat(len / part.len() + 1)
}

#[test]
fn deep_and_repeated() {
    let catalogue = Catalogue::builtin();
    for (name, make) in hostile().into_iter().chain(by_lines()) {
        for len in [1, 10, 1000, 10_000, 70_000] {
            let text = make(len);
            for text in [text.clone(), format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{text}")] {
                assert_spans(&look(&catalogue, text.as_bytes()), name);
            }
        }
    }
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_spans(&look(&catalogue, nested.as_bytes()), "nested");
}

/// No more failures than [`MAX_INCIDENTS`] are explained; how many are not is told.
#[test]
fn too_many_failures_are_counted() {
    let catalogue = Catalogue::builtin();
    let failure =
        "{\"error\":{\"code\":\"UnknownError\",\"message\":\"\",\"innerError\":{\"date\":\"2026-01-01T00:00:00\"}}}\n";
    for (count, left_out) in [(MAX_INCIDENTS - 1, 0), (MAX_INCIDENTS, 0), (MAX_INCIDENTS + 7, 7)] {
        let found = find(&Source::from_text("many", failure.repeat(count)), &catalogue);
        assert_eq!((found.incidents.len(), found.left_out), (count.min(MAX_INCIDENTS), left_out));
        assert_eq!(
            found.incidents.last().map(|last| last.span.start / failure.len()),
            Some(count.min(MAX_INCIDENTS) - 1)
        );
    }
}

/// A long text that tells one failure over and over is not read to its end, and where reading stopped is told.
#[test]
fn the_same_again_and_again_is_read_in_part() {
    let catalogue = Catalogue::builtin();
    let failure = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app.\",\"innerError\":{\"request-id\":\"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21\"}}}";
    for between in ["", "\n"] {
        let once = format!("{failure}{between}");
        let text = once.repeat((5 << 20) / once.len());
        let found = find(&Source::from_text("many", text.clone()), &catalogue);
        assert_eq!((found.incidents.len(), found.left_out), (1, 0));
        assert!(found.read > MAX_INCIDENTS * once.len() && found.read < text.len(), "{}", found.read);
        let short = once.repeat(MAX_INCIDENTS * 2);
        let found = find(&Source::from_text("few", short.clone()), &catalogue);
        assert_eq!((found.incidents.len(), found.read), (1, short.len()));
    }
}

/// 64 MiB of each kind within 4 seconds; `cargo test --release -- --ignored --nocapture` prints the times. With `TORN_MIB`
/// for another length it tells what grows faster than the text: a quadratic spot takes four times as long for twice of it.
#[test]
#[ignore = "measures time: run it by itself, in release"]
fn time_grows_with_the_length() {
    let catalogue = Catalogue::builtin();
    let mut slow = String::new();
    let only = std::env::var("TORN_ONLY").unwrap_or_default();
    for (name, make) in hostile().into_iter().chain(by_lines()).filter(|(name, _)| name.contains(&only)) {
        let seconds = |len: usize| {
            let text = make(len);
            let start = Instant::now();
            let source = Source::from_bytes("hostile", text.as_bytes());
            let found = incidents(&source, &catalogue).len();
            (start.elapsed(), found)
        };
        let mib = std::env::var("TORN_MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(64);
        let (time, found) = seconds(mib << 20);
        println!("{name:28} {:6} ms {found:5}", time.as_millis());
        if time > Duration::from_secs(4) {
            writeln!(slow, "{name}: {time:?}").unwrap();
        }
    }
    assert!(slow.is_empty(), "{slow}");
}

#[test]
fn encodings_cut_anywhere() {
    let catalogue = Catalogue::builtin();
    for case in torn_cases().iter().filter(|case| case.encoding.is_some() || case.line_ends.is_some()) {
        let bytes = case.bytes();
        for end in 0..bytes.len() {
            assert_spans(&look(&catalogue, &bytes[..end]), &case.name);
        }
    }
}

#[test]
fn flipped_bytes() {
    let catalogue = Catalogue::builtin();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (name, input) in inputs() {
        for _ in 0..8 {
            let mut bytes = input.clone().into_bytes();
            for _ in 0..=random() % 6 {
                let at = usize::try_from(random()).unwrap_or(0) % bytes.len();
                bytes[at] = u8::try_from(random() & 0xFF).unwrap_or(0);
            }
            assert_spans(&look(&catalogue, &bytes), &name);
        }
    }
}

/// Pieces that the parsers look for, so that random texts reach their branches.
const PIECES: [&str; 36] = [
    "\"error\":",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "\\",
    "\\\"",
    "\\n",
    "\n",
    "\r\n",
    " ",
    ",",
    ":",
    "code",
    "\"code\":",
    "message",
    "Message: ",
    "innerError",
    "Forbidden",
    "\"responses\":[",
    "\"id\":\"1\"",
    "HTTP/1.1 403 Forbidden\n",
    "GET /users/",
    "https://graph.microsoft.com/v1.0",
    "/onlineMeetings",
    "?$filter=JoinWebUrl eq '",
    "No application access policy found for this app",
    "eyJ",
    "“",
    "&quot;",
    "%27",
    "request-id: ",
    "ä",
    "\u{1F600}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        assert_spans(&look(&Catalogue::builtin(), &bytes), "random bytes");
    }

    #[test]
    fn random_pieces(pieces in proptest::collection::vec(0..PIECES.len(), 0..120)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        assert_spans(&look(&Catalogue::builtin(), text.as_bytes()), &text);
    }
}
