//! Scripts: what is not run, and whom what is run is for.

use serde_json::{Value, json};

use crate::{ADELE, ALEX, APP, OTHER, script, tenant};

fn state() -> Value {
    let mut state = tenant();
    for assigned in state["direct"]["items"].as_array_mut().unwrap() {
        assigned["policy"] = json!("Meetings");
    }
    state["policies"]["items"] = json!([
        { "name": "Global", "app_ids": [] }, { "name": "Meetings", "app_ids": [OTHER] }, { "name": "Quiet", "app_ids": [] },
    ]);
    state
}

fn losers(result: &Value) -> Vec<&str> {
    result["loses"].as_array().unwrap().iter().map(|it| it["user_id"].as_str().unwrap()).collect()
}

#[test]
fn what_powershell_refuses_changes_nothing() {
    let grant = "Grant-CsApplicationAccessPolicy";
    for line in [
        format!("{grant} -UserId {ADELE} -PolicyName Quiet"),
        format!("{grant} -Identity {ADELE} -PolicyName Quiet -Foo x"),
        format!("{grant} -Identity {ADELE} -PolicyName Quiet -Global"),
        format!("{grant} {ADELE} -PolicyName Quiet -Global"),
        format!("{grant} -Identity {ADELE} -PolicyName Quiet -Rank 1"),
        format!("{grant} -Group {ADELE} -Global -PolicyName Quiet"),
        format!("{grant} -Identity {ADELE} -Group {ADELE} -PolicyName Quiet"),
        "Remove-CsApplicationAccessPolicy -PolicyName Meetings".to_owned(),
    ] {
        let (exit, result) = script(&line, &state());
        assert_eq!(
            (exit, &result["loses_total"], &result["gains_total"]),
            (1, &json!(0), &json!(0)),
            "{line}: {result:#}"
        );
        assert_eq!(
            (&result["changes"][0]["fails"], result["changes"].as_array().unwrap().len()),
            (&json!(true), 1),
            "{line}"
        );
    }
    // The script goes on after it, but not in a `try`.
    let after = format!("{grant} -Identity {ADELE} -PolicyName Quiet");
    assert_eq!(losers(&script(&format!("{grant} -Foo x\n{after}"), &state()).1), [ADELE]);
    assert!(losers(&script(&format!("try {{ {grant} -Foo x; {after} }} catch {{ }}"), &state()).1).is_empty());
    let stop = format!("$ErrorActionPreference = 'Stop'\n{grant} -Foo x\n{after}");
    assert!(losers(&script(&stop, &state()).1).is_empty());
    // What is in a table that is not known stays unknown.
    assert_eq!(script(&format!("{grant} -Identity {ADELE} @rest"), &state()).0, 4);
    for fine in ["-Global:$false", "-Verbose", "-ErrorAction Stop", "-PassThru"] {
        assert_eq!(losers(&script(&format!("{after} {fine}"), &state()).1), [ADELE], "{fine}");
    }
}

#[test]
fn a_literal_grant_in_a_loop_is_for_its_user_alone() {
    let grant = format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName Quiet");
    for (text, exit) in [
        (
            format!(
                "$ok = $false\ndo {{ try {{ {grant} -ErrorAction Stop; $ok = $true }} catch {{ Start-Sleep 10 }} }} until ($ok)"
            ),
            1,
        ),
        (format!("do {{ {grant} }} while ($false)"), 1),
        (format!("$i = 0\nwhile ($i -lt 1) {{ {grant}; $i++ }}"), 4),
        (format!("dir *.txt | % -Process {{ {grant} }} -End {{ 'x' }}"), 4),
    ] {
        let (code, result) = script(&text, &state());
        assert_eq!((code, losers(&result)), (exit, vec![ADELE]), "{text}: {result:#}");
    }
    let (code, result) =
        script("while ($true) { Grant-CsApplicationAccessPolicy -Identity $_ -PolicyName Quiet }", &state());
    assert_eq!((code, losers(&result)), (4, vec![ADELE, ALEX]));
}

#[test]
fn only_the_ids_that_a_change_names_may_move() {
    let apps = |list: &Value| -> Vec<String> {
        let mut apps: Vec<String> =
            list.as_array().unwrap().iter().map(|it| it["app_id"].as_str().unwrap().to_owned()).collect();
        apps.sort();
        apps.dedup();
        apps
    };
    let set = "Set-CsApplicationAccessPolicy";
    for (line, gains, loses) in [
        (format!("{set} -AppIds @{{Remove='{OTHER}'}}"), vec![], vec![OTHER]),
        (format!("{set} -Identity Meetings -AppIds @{{Add='{APP}';Remove='{OTHER}'}}"), vec![APP], vec![OTHER]),
    ] {
        let (exit, result) = script(&line, &state());
        assert_eq!(
            (exit, apps(&result["gains"]), apps(&result["loses"])),
            (4, strings(&gains), strings(&loses)),
            "{line}"
        );
    }
    let piped = format!("Get-CsApplicationAccessPolicy -Identity Meetings | {set} -AppIds @{{Remove='{OTHER}'}}");
    let (exit, result) = script(&piped, &state());
    assert_eq!(
        (exit, &result["gains_total"], &result["loses_total"], &result["loses_perhaps"]),
        (1, &json!(0), &json!(2), &json!(0))
    );
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn what_is_not_run_is_not_simulated_and_what_is_run_is() {
    let grant = format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName Quiet");
    for text in [format!("$block = {{ {grant} }}"), format!("$true || {grant}")] {
        let (exit, result) = script(&text, &state());
        assert_eq!((exit, &result["loses_total"]), (0, &json!(0)), "{text}: {result:#}");
    }
    for text in [
        format!("trap {{ continue }}; throw 'x'; {grant}"),
        format!("[scriptblock]::Create(\"{grant}\").Invoke()"),
        format!("$true && {grant}"),
    ] {
        let (exit, result) = script(&text, &state());
        assert_eq!((exit, losers(&result)), (1, vec![ADELE]), "{text}: {result:#}");
    }
    for text in [format!("trap {{ break }}; throw 'x'; {grant}"), format!("throw 'x'; {grant}")] {
        assert!(losers(&script(&text, &state()).1).is_empty(), "{text}");
    }
}

#[test]
fn an_id_that_is_not_listed_is_not_removed() {
    let line = format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Remove='{APP}'}}");
    let (exit, result) = script(&line, &state());
    assert_eq!(
        (exit, result["changes"][0]["note"].as_str()),
        (0, Some("`Meetings` is already so; what is to be removed is not listed"))
    );
}
