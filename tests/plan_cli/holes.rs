//! Holes of a template that somebody has still to fill in: no values, whatever stands in them.

use crate::{ADELE, APP, folder, run, tenant, text};

#[test]
fn a_hole_is_no_value() {
    let (dir, state) = folder(&tenant());
    let path = dir.path().join("change.ps1");
    let plan = |script: &str| {
        std::fs::write(&path, script).unwrap();
        text(&run(&["plan", path.to_str().unwrap()], &state))
    };
    for (script, hole) in [
        ("Set-CsApplicationAccessPolicy -Identity Global -AppIds @{Add='<app-id>'}".to_owned(), "<app-id>"),
        ("Set-CsApplicationAccessPolicy -Identity Global -AppIds '<app-id>'".to_owned(), "<app-id>"),
        (format!("Set-CsApplicationAccessPolicy -Identity '<policy-name>' -AppIds '{APP}'"), "<policy-name>"),
        (format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName '<policy-name>'"), "<policy-name>"),
        (
            "Grant-CsApplicationAccessPolicy -Identity '<user-object-id>' -PolicyName Global".to_owned(),
            "<user-object-id>",
        ),
        (format!("New-CsApplicationAccessPolicy -Identity '__NAME__' -AppIds {APP}"), "__NAME__"),
    ] {
        let told = plan(&script).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&format!("`{hole}` is still to be filled in, and no value")), "{script}\n{told}");
        for wrong in ["no client ids", "is already so", "no policy is called", "does not know this user"] {
            assert!(!told.contains(wrong), "{script}\n{told}");
        }
    }
    let told = plan(&format!("Set-CsApplicationAccessPolicy -Identity Global -AppIds @{{Add='{APP}'}}"));
    assert!(!told.contains("filled in"), "{told}");
}

/// `--fix` writes what is certainly right: of a text with a hole nobody knows how many ids it will be.
#[test]
fn a_hole_is_not_split() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("change.ps1");
    let fixed = |ids: &str| {
        let script = format!("New-CsApplicationAccessPolicy -Identity Rooms -AppIds \"{ids}\"\n");
        std::fs::write(&path, &script).unwrap();
        assert_cmd::Command::cargo_bin("graphwhy").unwrap().args(["lint", "--fix"]).arg(&path).output().unwrap();
        std::fs::read_to_string(&path).unwrap() != script
    };
    assert!(!fixed("<app-id>,<other-app-id>"));
    assert!(!fixed(&format!("{APP},<other-app-id>")));
    assert!(fixed(&format!("{APP},{}", crate::OTHER)));
}
