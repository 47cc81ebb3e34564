//! Reports for machines.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{SWAPPED, lint};

fn report(dir: &Path, format: &str, args: &[&str]) -> String {
    let output = lint(dir).args(args).args(["--format", format]).env_remove("GITHUB_STEP_SUMMARY").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    // Wide characters before the place, a line end of Windows, and one finding that is accepted.
    let text = format!(
        "# für 𝄞\r\n$𝄞 = '😀'; Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\r\n{}\
         # graphwhy: ignore[tenant-wide-grant] all are meant\r\nGrant-CsApplicationAccessPolicy -PolicyName Meetings -Global\r\n",
        SWAPPED.replace('\n', "\r\n")
    );
    fs::write(dir.path().join("a b.ps1"), text).unwrap();
    fs::write(dir.path().join("good.ps1"), "Get-CsApplicationAccessPolicy\n").unwrap();
    dir
}

#[test]
fn sarif_has_regions_rules_and_fixes() {
    let dir = folder();
    let document: Value = serde_json::from_str(&report(dir.path(), "sarif", &["."])).unwrap();
    let schema: Value =
        serde_json::from_str(&fs::read_to_string("testdata/sarif/sarif-schema-2.1.0.json").unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let run = &document["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.ps1");
    }
    let of = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
    let region = &of("app-ids-replaced")["locations"][0]["physicalLocation"]["region"];
    let line = "$𝄞 = '😀'; Set-CsApplicationAccessPolicy -Identity M -AppIds ";
    let start = line.chars().count() + 1;
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endLine"], &region["endColumn"]),
        (&2.into(), &start.into(), &2.into(), &(start + 36).into())
    );
    let swapped = of("identity-names-policy");
    let replacements = swapped["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap();
    assert_eq!(replacements.len(), 2);
    assert_eq!(replacements[0]["insertedContent"]["text"], "\"748d2cbb-3b55-40ed-8c34-2eae5932b22a\"");
    assert!(!swapped["relatedLocations"].as_array().unwrap().is_empty());
    assert_eq!(of("tenant-wide-grant")["suppressions"][0]["kind"], "inSource");
    assert!(of("tenant-wide-grant")["fixes"].is_null());
}

#[test]
fn the_others_name_each_finding() {
    let dir = folder();
    let junit = report(dir.path(), "junit", &["."]);
    assert!(junit.contains("tests=\"4\"") && junit.contains("failures=\"1\""), "{junit}");
    assert!(junit.contains("type=\"identity-names-policy\""), "{junit}");
    let junit = report(dir.path(), "junit", &[".", "--fail-on", "warning"]);
    assert!(junit.contains("failures=\"2\""), "{junit}");
    let markdown = report(dir.path(), "markdown", &["."]);
    assert!(markdown.starts_with("## graphwhy lint: 1 wrong"), "{markdown}");
    assert!(markdown.contains("identity-names-policy") && markdown.contains("all are meant"), "{markdown}");
    let github = report(dir.path(), "github", &["."]);
    let first = github.lines().next().unwrap();
    assert!(first.starts_with("::error file=a b.ps1,line=4,col=43,endLine=4,endColumn=51,"), "{github}");
    assert!(github.contains("::warning file=a b.ps1,line=2,"), "{github}");
}

#[test]
fn several_reports_at_once() {
    let dir = folder();
    let args = ["lint", ".", "--format", "human", "--format", "sarif=out.sarif", "--format", "json=out.json"];
    let output = lint(dir.path()).args(&args[1..]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("identity-names-policy"));
    for name in ["out.sarif", "out.json"] {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object(), "{name}");
    }
    lint(dir.path()).args([".", "--format", "json", "--format", "sarif"]).assert().code(2);
    lint(dir.path()).args([".", "--format", "xml"]).assert().code(2);
}

#[test]
fn a_failure_is_told_in_the_document_too() {
    let dir = folder();
    fs::write(dir.path().join("binary.ps1"), [0_u8, 159, 146, 150]).unwrap();
    let document: Value = serde_json::from_str(&report(dir.path(), "json", &["."])).unwrap();
    assert_eq!(document["errors"].as_array().unwrap().len(), 1);
    assert_eq!(document["results"].as_array().unwrap().len(), 2);
}

/// What somebody has looked at is told as accepted or not at all, whatever fails.
#[test]
fn suppressed_findings_of_every_severity() {
    let dir = tempfile::tempdir().unwrap();
    let text = "# graphwhy: ignore[app-ids-replaced] meant\n\
        Set-CsApplicationAccessPolicy -Identity M -AppIds 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\n\
        # graphwhy: ignore[tenant-wide-grant] meant\n\
        Grant-CsApplicationAccessPolicy -PolicyName M -Global\n\
        # graphwhy: ignore[identity-names-policy] meant\n\
        Grant-CsApplicationAccessPolicy -Identity M -PolicyName 748d2cbb-3b55-40ed-8c34-2eae5932b22a\n";
    fs::write(dir.path().join("a.ps1"), text).unwrap();
    for level in ["error", "warning", "info"] {
        let report = |format| report(dir.path(), format, &["a.ps1", "--fail-on", level]);
        assert_eq!(report("github"), "", "{level}");
        assert_eq!(report("human"), "", "{level}");
        let sarif: Value = serde_json::from_str(&report("sarif")).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 3, "{level}");
        assert!(results.iter().all(|it| it["suppressions"][0]["status"] == "accepted"), "{level}");
        assert!(!report("junit").contains("<failure"), "{level}");
        assert_eq!(report("markdown").matches("| accepted |").count(), 3, "{level}");
        for format in ["json", "ndjson"] {
            let document: Value = serde_json::from_str(&report(format)).unwrap();
            let result = document["results"].get(0).unwrap_or(&document);
            assert_eq!(
                (result["findings"].as_array().unwrap().len(), &result["suppressed"]),
                (0, &3.into()),
                "{level}"
            );
        }
    }
}
