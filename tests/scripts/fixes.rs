//! Fixes: each by itself and all together, in every spelling and encoding.

use std::collections::BTreeMap;

use graphwhy::lint::{Edit, Linted, apply};
use graphwhy::source::Encoding;

use super::spellings::spellings;
use super::{Case, all, counts, run};

/// Edits of one finding.
fn groups(linted: &Linted) -> BTreeMap<usize, Vec<Edit>> {
    let mut groups: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for edit in &linted.edits {
        groups.entry(edit.finding).or_default().push(edit.clone());
    }
    groups
}

#[test]
fn every_fix_of_every_case() {
    let mut fixes = 0;
    for case in all() {
        fixes += fixes_hold(&case, &case.id);
    }
    assert!(fixes > 100, "{fixes}");
}

/// However it is spelled: line ends, marks, quotes, tabs, dashes, in fences and CI files.
#[test]
fn every_fix_of_every_spelling() {
    let mut fixes = 0;
    for case in all().iter().filter(|case| !run(&case.text, &case.path).edits.is_empty()) {
        for (name, other) in spellings(case) {
            fixes += fixes_hold(&other, &format!("{} as {name}", case.id));
        }
    }
    assert!(fixes > 1000, "{fixes}");
}

/// Every fix of a case by itself: the result parses as before, the cause is gone, nothing is new, the rest is untouched, and
/// the finding offers it no second time.
fn fixes_hold(case: &Case, called: &str) -> usize {
    let before = run(&case.text, &case.path);
    let groups = groups(&before);
    for (finding, edits) in &groups {
        let cause = before.findings[*finding].cause.to_string();
        assert!(edits.iter().all(|e| e.cause == cause));
        let fixed = apply(&case.text, edits);
        assert_ne!(fixed, case.text, "{called}: {cause}");
        let after = run(&fixed, &case.path);
        assert_eq!(after.notes.len(), before.notes.len(), "{called}: {fixed}\n{:?}", after.notes);
        let (old, new) = (counts(&before), counts(&after));
        assert_eq!(new.get(&cause).copied().unwrap_or(0) + 1, old[&cause], "{called}: {cause} is left\n{fixed}");
        for (other, count) in &new {
            assert!(count <= old.get(other).unwrap_or(&0), "{called}: {other} is new\n{fixed}");
        }
        outside_is_untouched(&case.text, &fixed, edits);
    }
    groups.len()
}

/// The edits of a file in another encoding change no byte outside them.
#[test]
fn fixes_in_every_encoding() {
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        units.collect()
    };
    let mut tried = 0;
    for case in all() {
        let plain = case.text.trim_start_matches('\u{feff}');
        let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
        for bytes in [
            plain.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", plain.as_bytes().to_vec()),
            marked(b"\xff\xfe", wide(plain, false)),
            marked(b"\xfe\xff", wide(plain, true)),
        ] {
            let encoding = Encoding::of(&bytes);
            let text = encoding.decode(&bytes).unwrap();
            assert_eq!(encoding.encode(&text), bytes, "{}", case.id);
            let safe: Vec<Edit> = run(&text, &case.path).edits.into_iter().filter(|edit| edit.safe).collect();
            let Some(first) = safe.iter().map(|edit| edit.start).min() else { continue };
            let last = safe.iter().map(|edit| edit.end).max().unwrap();
            let fixed = encoding.encode(&apply(&text, &safe));
            let bytes_of = |text: &str| encoding.encode(text).len() - encoding.encode("").len();
            let mark = encoding.encode("").len();
            let head = mark + bytes_of(&text[..first]);
            let tail = bytes_of(&text[last..]);
            assert_eq!(fixed[..head], bytes[..head], "{}", case.id);
            assert_eq!(fixed[fixed.len() - tail..], bytes[bytes.len() - tail..], "{}", case.id);
            assert_ne!(fixed, bytes, "{}", case.id);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

/// What is left of both texts without the edits is the same, byte for byte.
fn outside_is_untouched(before: &str, after: &str, edits: &[Edit]) {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|e| (e.start, e.end));
    let (mut old, mut new) = (0, 0);
    for edit in sorted {
        let length = edit.start - old;
        assert_eq!(before[old..edit.start], after[new..new + length]);
        new += length;
        assert_eq!(after[new..new + edit.insert.len()], edit.insert);
        new += edit.insert.len();
        old = edit.end;
    }
    assert_eq!(before[old..], after[new..]);
}

#[test]
fn safe_fixes_together_and_again() {
    for case in all() {
        let mut text = case.text.clone();
        let mut rounds = 0;
        loop {
            let linted = run(&text, &case.path);
            let safe: Vec<Edit> = linted.edits.iter().filter(|e| e.safe).cloned().collect();
            if safe.is_empty() {
                break;
            }
            let next = apply(&text, &safe);
            assert_ne!(next, text);
            text = next;
            rounds += 1;
            assert!(rounds < 3, "{}: {text}", case.id);
        }
        let again = run(&text, &case.path);
        assert_eq!(apply(&text, &again.edits.iter().filter(|e| e.safe).cloned().collect::<Vec<_>>()), text);
    }
}

#[test]
fn swapped_values_are_put_right() {
    let text = "New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\r\n\
                Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName '748d2cbb-3b55-40ed-8c34-2eae5932b22a'\r\n";
    let linted = run(text, "a.ps1");
    assert!(linted.edits.iter().all(|e| e.safe));
    assert_eq!(
        apply(text, &linted.edits),
        "New-CsApplicationAccessPolicy -Identity Meetings -AppIds '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'\r\n\
         Grant-CsApplicationAccessPolicy -Identity '748d2cbb-3b55-40ed-8c34-2eae5932b22a' -PolicyName Meetings\r\n"
    );
    let labels: Vec<&str> = linted.findings[0].labels.iter().map(|l| &text[l.span.start..l.span.end]).collect();
    assert_eq!(labels, ["Meetings", "Meetings", "'748d2cbb-3b55-40ed-8c34-2eae5932b22a'"]);
    assert!(linted.findings[0].labels[1].span.start < linted.findings[0].labels[0].span.start);
}

/// One call of a function is swapped and another is not: no edit of the body is right for both.
#[test]
fn calls_that_disagree_leave_the_body_as_it_is() {
    let body = "function G($User,$Policy){ Grant-CsApplicationAccessPolicy -Identity $Policy -PolicyName $User }\n";
    let [first, second] = ["748d2cbb-3b55-40ed-8c34-2eae5932b22a", "5b1e2c3d-1111-4222-8333-944455556666"];
    let agreed = run(&format!("{body}G {first} Meetings\nG {second} Meetings\n"), "a.ps1");
    assert!(agreed.edits.iter().any(|edit| edit.safe));
    let mixed = run(&format!("{body}G {first} Meetings\nG Meetings {second}\n"), "a.ps1");
    assert!(mixed.findings.iter().any(|finding| finding.cause == "identity-names-policy"));
    assert!(!mixed.edits.iter().any(|edit| edit.safe), "{:?}", mixed.edits);
}

#[test]
fn a_bare_list_is_a_suggestion_only() {
    let text = "Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20, 1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
    let linted = run(text, "a.ps1");
    assert!(linted.edits.iter().all(|e| !e.safe) && !linted.edits.is_empty());
    assert_eq!(
        apply(text, &linted.edits),
        "Set-CsApplicationAccessPolicy -Identity M -AppIds @{Add=\"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\", \"1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11\"}"
    );
}

#[test]
fn both_slips_of_a_grant_are_mended_in_one_run() {
    let text = "New-CsApplicationAccessPolicy -Identity Rooms -AppIds 5f3b1f4e-7d0c-4f7e-9a55-1c2d3e4f5a6b\n\
                Grant-CsApplicationAccessPolicy -Idenity Rooms -PolicyName 0b9c8d7e-6f5a-4b3c-8d2e-1f0a9b8c7d6e\n";
    let safe: Vec<Edit> = run(text, "a.ps1").edits.into_iter().filter(|edit| edit.safe).collect();
    let fixed = apply(text, &safe);
    assert!(fixed.ends_with("-Identity 0b9c8d7e-6f5a-4b3c-8d2e-1f0a9b8c7d6e -PolicyName Rooms\n"), "{fixed}");
    assert!(run(&fixed, "a.ps1").findings.is_empty());
}

#[test]
fn edits_of_quoted_scripts_leave_the_quotes_whole() {
    for quote in ['"', '\''] {
        let text = format!(
            "steps:\n- shell: pwsh\n  run: {quote}Grant-CsApplicationAccessPolicy -Global -PolicyName M -Group 6a1b5b3e-0f0c-4a55-a7f0-9d5a3b8c2e77{quote}\n"
        );
        let linted = run(&text, "ci.yml");
        assert_eq!(apply(&text, &linted.edits), text.replace(" -Global", ""), "{:?}", linted.findings);
    }
    let set = |quote: &str| {
        format!(
            "steps:\n- shell: pwsh\n  run: {quote}Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20{quote}\n"
        )
    };
    assert_eq!(run(&set(""), "ci.yml").edits.len(), 1);
    let linted = run(&set("\""), "ci.yml");
    assert_eq!((linted.findings.len(), linted.edits.len()), (1, 0), "what it puts in has quotes of the same kind");
}
