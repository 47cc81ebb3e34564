//! A failure that a collector of logs spread over several of its lines.

use graphwhy::knowledge::Catalogue;
use serde_json::json;

use super::{assert_spans, causes, flat, look};

/// An answer over several lines, and a sentence that a client broke.
const TEXTS: [&str; 2] = [
    "{\n  \"error\": {\n    \"code\": \"Forbidden\",\n    \"message\": \"No application access policy found for this app.\",\n    \"innerError\": {\n      \"date\": \"2026-11-27T10:00:01\",\n      \"request-id\": \"0a10a28b-0bcc-48e4-aa22-f02908356208\"\n    }\n  }\n}",
    "graph answered 403 with Authorization_RequestDenied: Insufficient privileges\nto complete the operation.",
];

/// A way to print a text; the second argument counts the lines.
type Print = fn(&str, usize) -> String;

const LINES: [(&str, Print); 17] = [
    ("a time", |line, at| format!("2026-11-27T10:00:01.{at:03}Z {line}")),
    ("syslog", |line, _| format!("Nov 27 10:00:01 web app[12]: {line}")),
    ("a pod", |line, _| format!("[pod/web-1/app] {line}")),
    ("a container", |line, _| format!("web-1  | {line}")),
    ("a container and a time", |line, at| format!("web-1  | 2026-11-27T10:00:01.{at:09}Z {line}")),
    ("a container runtime", |line, at| format!("2026-11-27T10:00:01.{at:09}Z stdout F {line}")),
    ("a pipeline", |line, at| format!("2026-11-27T10:00:01.{at:07}Z ##[error]{line}")),
    ("a process manager", |line, _| format!("0|web  | {line}")),
    ("a process manager and a time", |line, _| format!("0|web  | 2026-11-27 10:00:01 +00:00: {line}")),
    ("a time in brackets", |line, _| format!("[10:00:01] {line}")),
    ("a logger", |line, at| format!("2026-11-27 10:00:01,{at:03} ERROR [svc] app.graph: {line}")),
    ("a stream of a function", |line, at| format!("2026-11-27T10:00:01.{at:06}+00:00 2026/11/27/[$LATEST]ab01 {line}")),
    ("docker", |line, at| {
        json!({"log": format!("{line}\n"), "stream": "stderr", "time": format!("2026-11-27T10:00:01.{at:09}Z")})
            .to_string()
    }),
    ("loki", |line, at| {
        json!({"labels": {"app": "web"}, "line": line, "timestamp": format!("2026-11-27T10:00:01.{at:09}Z")})
            .to_string()
    }),
    ("fluentd", |line, at| {
        format!("2026-11-27 10:00:01.{at:09} +0000 kube.web: {}", json!({"log": line, "stream": "stderr"}))
    }),
    ("journald", |line, _| json!({"PRIORITY": "3", "MESSAGE": line, "_PID": "12"}).to_string()),
    ("traces", |line, at| {
        let time = format!("2026-11-27T10:00:01.{at:03}Z");
        json!({"timestamp": time, "message": line, "severityLevel": 3, "itemType": "trace"}).to_string()
    }),
];

#[test]
fn lines_of_a_collector_are_the_text() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for text in TEXTS {
        let before = look(&catalogue, text.as_bytes());
        assert_eq!(before.incidents.len(), 1, "{text}");
        for (name, print) in LINES {
            let lines: Vec<String> = text.split('\n').enumerate().map(|(at, line)| print(line, at)).collect();
            for end in ["\n", "\r\n"] {
                let after = look(&catalogue, lines.join(end).as_bytes());
                assert_spans(&after, name);
                let facts =
                    |found: &super::Found| found.incidents.iter().map(|one| flat(&one.facts)).collect::<Vec<_>>();
                if causes(&before) != causes(&after) || facts(&before) != facts(&after) {
                    wrong.push(format!("{name}: {:?} {:?}", causes(&after), facts(&after)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runtimes cut long lines: the pieces are one line.
#[test]
fn pieces_of_a_line_are_one() {
    let catalogue = Catalogue::builtin();
    let docker: Print = |piece, at| {
        let piece = if piece.len() < 20 { format!("{piece}\n") } else { piece.to_owned() };
        format!("{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-27T10:00:0{at}Z\"}}", json!(piece))
    };
    let runtime: Print = |piece, at| {
        let mark = if piece.len() < 20 { "F" } else { "P" };
        format!("2026-11-27T10:00:01.00{at}Z stderr {mark} {piece}")
    };
    let text = "403 Forbidden: No application access policy found for this app.";
    let before = look(&catalogue, text.as_bytes());
    for print in [docker, runtime] {
        let pieces = text.as_bytes().chunks(20).enumerate();
        let lines: Vec<String> = pieces.map(|(at, piece)| print(std::str::from_utf8(piece).unwrap(), at)).collect();
        let after = look(&catalogue, lines.join("\n").as_bytes());
        assert_spans(&after, "pieces");
        assert_eq!(causes(&before), causes(&after), "{lines:?}");
        assert_eq!(flat(&before.incidents[0].facts), flat(&after.incidents[0].facts), "{lines:?}");
        let hit = after.source.slice(after.incidents[0].symptoms[0].span);
        assert!(hit.starts_with("No a") && hit.ends_with("pp"), "{hit}");
    }
}
