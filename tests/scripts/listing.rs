//! One text of several ids becomes a list: what PowerShell takes for one, by a rule that knows no grammar.

use graphwhy::lint::{Edit, apply};

use super::{all, causes, run};

const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const B: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const CAUSE: &str = "app-ids-in-one-string";

/// Whether a comma at this place, outside of texts, stands between the values of a list: not between parameters, not between
/// arguments of a method, and not behind a cast, which takes only the first value.
fn commas_make_lists(text: &str, at: usize) -> bool {
    let before = &text[..at];
    if before.trim_end().ends_with(']') {
        return false;
    }
    let mut open: Vec<usize> = Vec::new();
    let (mut quote, mut comment) = (None, false);
    for (place, c) in before.char_indices() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') => comment = true,
            (None, '(' | '{' | '[') => open.push(place),
            (None, ')' | '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
    }
    let Some(place) = open.pop() else { return true };
    let lead = before[..place].trim_end();
    let word: String = lead.chars().rev().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    let rest = &lead[..lead.len() - word.len()];
    let touches = before[..place].len() == lead.len();
    let method = touches && !word.is_empty() && (rest.ends_with('.') || rest.ends_with("::"));
    let parameters = word == "marap" || rest.trim_end().to_lowercase().ends_with("function");
    !(before[place..].starts_with('(') && (method || parameters))
}

fn edits(text: &str, name: &str) -> Vec<Edit> {
    run(text, name).edits.into_iter().filter(|edit| edit.cause == CAUSE).collect()
}

fn sound(text: &str, edit: &Edit) -> bool {
    edit.insert.starts_with("@(") || commas_make_lists(text, edit.start)
}

#[test]
fn commas_are_written_where_they_make_a_list() {
    let of_cases = all().into_iter().map(|case| (case.path, case.text));
    let mut count = 0;
    for (path, text) in of_cases {
        for edit in edits(&text, &path) {
            assert!(sound(&text, &edit), "{text}\n{edit:?}");
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
}

#[test]
fn the_place_tells_how_the_list_is_written() {
    let both = format!("'{A}, {B}'");
    let (flat, array) = (format!("'{A}', '{B}'"), format!("@('{A}', '{B}')"));
    let new = "New-CsApplicationAccessPolicy -Identity Suite";
    let grant = format!("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {USER}\n");
    for (before, after, insert) in [
        (format!("{new} -AppIds "), String::new(), Some(&flat)),
        (format!("{new} -AppIds ("), ")".to_owned(), Some(&flat)),
        ("Set-CsApplicationAccessPolicy -Identity Suite -AppIds @{Add=".to_owned(), "}".to_owned(), Some(&flat)),
        ("$i = ".to_owned(), format!("\n{new} -AppIds $i"), Some(&array)),
        ("$i = @(".to_owned(), format!(")\n{new} -AppIds $i"), Some(&flat)),
        ("$i = [string[]]".to_owned(), format!("\n{new} -AppIds $i"), Some(&array)),
        ("[string[]]$i = ".to_owned(), format!("\n{new} -AppIds $i"), Some(&array)),
        ("param([string[]]$i = ".to_owned(), format!(", $j = 1)\n{new} -AppIds $i"), Some(&array)),
        ("param($i = ".to_owned(), format!(")\n{new} -AppIds $i"), Some(&array)),
        ("param([string[]]$i = @(".to_owned(), format!("), $j = 1)\n{new} -AppIds $i"), Some(&flat)),
        ("$g = @{}\n$g.Add('AppIds', ".to_owned(), format!(")\n{new} @g"), Some(&array)),
        ("$g = @{ AppIds = ".to_owned(), format!(" }}\n{new} @g"), Some(&flat)),
        // The loop would get two ids, and the command be run twice.
        ("foreach ($i in ".to_owned(), format!(") {{ {new} -AppIds $i }}"), None),
        ("foreach ($i in @(".to_owned(), format!(")) {{ {new} -AppIds $i }}"), None),
        // A text it is, whatever is written behind it.
        ("$i = [string]".to_owned(), format!("\n{new} -AppIds $i"), None),
    ] {
        let text = format!("{before}{both}{after}\n{grant}");
        let found = edits(&text, "a.ps1");
        assert!(causes(&run(&text, "a.ps1")).contains(CAUSE), "{text}");
        assert_eq!(found.first().map(|edit| &edit.insert), insert, "{text}");
        for edit in &found {
            assert!(sound(&text, edit), "{text}");
            let fixed = apply(&text, std::slice::from_ref(edit));
            let again = run(&fixed, "a.ps1");
            assert!(!causes(&again).contains(CAUSE) && again.notes.is_empty(), "{fixed}");
        }
    }
    // A list would get one entry that is a list.
    let text = format!("$i = @('{USER}')\n$i.Add({both})\n{new} -AppIds $i\n{grant}");
    assert_eq!(edits(&text, "a.ps1"), []);
}

/// A key of a table that two commands take is right for one of them.
#[test]
fn a_table_that_two_commands_take_keeps_its_keys() {
    let renames = |text: &str| {
        let linted = run(text, "a.ps1");
        assert!(causes(&linted).contains("unknown-parameter"), "{text}");
        linted.edits.iter().filter(|edit| edit.cause == "unknown-parameter").count()
    };
    let new = format!("New-CsApplicationAccessPolicy @p -AppIds {A}\n");
    let table = "$p = @{ PolicyName = 'Suite' }\n";
    assert_eq!(renames(&format!("{table}{new}Grant-CsApplicationAccessPolicy @p -Identity {USER}\n")), 0);
    let plain = format!("Grant-CsApplicationAccessPolicy -PolicyName Suite -Identity {USER}\n");
    assert_eq!(renames(&format!("{table}{new}{plain}")), 1);
    let set = format!("Set-CsApplicationAccessPolicy @p -AppIds @{{Add='{B}'}}\n");
    assert!(renames(&format!("{table}{new}{set}{plain}")) > 0, "both call it so");
}
