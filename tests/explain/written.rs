//! What a program writes, a step of a test supposes, another service answers, and what somebody reports in another language.

use super::common::graphwhy;
use serde_json::Value;

const OBJECT: &str = r#"{"error":{"code":"BadRequest","message":"Meeting Id is corrupted."}}"#;
const WORDS: &str = "Meeting Id is corrupted.";

fn incidents(text: &str) -> Vec<Value> {
    let written = text.replace('¤', OBJECT).replace('§', WORDS);
    let json = graphwhy(["explain", "-", "--format", "json"], written).json();
    let results = json["results"].as_array().cloned().unwrap_or_default();
    results.into_iter().filter(|result| result["kind"] == "incident").collect()
}

fn is_certain(text: &str) -> bool {
    let found = incidents(text);
    let mut findings = found.iter().flat_map(|it| it["findings"].as_array().cloned().unwrap_or_default());
    findings.any(|finding| finding["confidence"] == "certain")
}

#[test]
fn what_a_program_writes_was_not_answered() {
    for text in [
        "io.WriteString(w, `¤`)",
        "w.Write([]byte(`¤`))",
        "http.Error(w, `¤`, http.StatusBadRequest)",
        "w.WriteHeader(400); fmt.Fprint(w, `¤`)",
        "fixture := `¤`",
        "res.writeHead(400); res.end('¤');",
        "self.wfile.write(b'¤')",
        "http_response_code(400); echo '¤';",
        "echo '¤' > fixture.json",
        "cat > fixture.json <<'EOF'\n¤\nEOF",
    ] {
        assert!(!is_certain(text), "{text}");
    }
    for text in [
        "$ curl -s https://graph.microsoft.com/v1.0/me/onlineMeetings/x > out.json; cat out.json\n¤",
        "2026-11-20T09:15:00Z ERROR request failed: ¤",
        "console.error: '¤'",
        "$ echo '¤' | jq .error",
    ] {
        assert!(is_certain(text), "{text}");
    }
}

#[test]
fn a_step_of_a_test_supposes() {
    for text in [
        "Given the service returns 400 \"§\"",
        "When Graph answers 400 \"§\"",
        "Angenommen Graph antwortet 400 \"§\"",
        "Scenario Outline: errors\n  | status | message |\n  | 400 | § |\n  | 400 | § |",
        "expected status 400 and body ¤ but got 200",
        "Yesterday we saw \"§\" for two hours. Since the admin changed it all calls return 200.",
    ] {
        assert!(!is_certain(text), "{text}");
    }
    for text in [
        "When the job runs, Graph returns 400 \"§\"",
        "When listing transcripts Graph returns 400 \"§\"",
        "expected status 200 but got 400 ¤",
        "We get \"§\". Other calls return 200.",
    ] {
        assert!(is_certain(text), "{text}");
    }
}

#[test]
fn an_error_that_names_another_service_is_not_graphs() {
    const EXPIRED: &str =
        r#"{"error":{"code":"InvalidAuthenticationToken","message":"The access token has expired.","target":"¶"}}"#;
    assert!(!is_certain(&EXPIRED.replace('¶', "https://management.azure.com")));
    assert!(is_certain(&EXPIRED.replace('¶', "https://graph.microsoft.com")));
    assert!(is_certain(&EXPIRED.replace('¶', "token")));
}

#[test]
fn reports_in_german_and_french() {
    for text in [
        "Der Aufruf schlägt fehl mit „§“",
        "Wir bekommen den Fehler „§“.",
        "Wir erhalten bei jedem Abruf die Meldung „§“.",
        "Im Protokoll steht bei jedem Aufruf „§“.",
        "Seit heute früh kommt bei jedem Abruf „§“.",
        "Das Portal zeigt „§“, wenn ein Berater die Besprechung öffnet.",
        "L'appel échoue avec « § »",
        "Nous recevons l'erreur « § ».",
        "Graph renvoie « § » à chaque appel.",
        "L'application affiche « § » depuis hier.",
        "In the log I find \"§\" on every call to graph.microsoft.com.",
    ] {
        assert!(is_certain(text), "{text}");
    }
    for text in [
        "Wir bekommen „§“ nicht mehr.",
        "Wenn Graph antwortet mit „§“",
        "Falls Graph „§“ meldet",
        "Letzte Woche bekam ich „§“",
        "Wir bekommen „§“. Das ist inzwischen behoben.",
        "Die Doku sagt, Graph antwortet mit „§“",
        "Si Graph renvoie « § »",
        "Nous ne recevons plus « § ».",
        "Graph renvoie « § » si le commutateur est éteint.",
        "In the docs I find \"§\"",
    ] {
        assert!(!is_certain(text), "{text}");
    }
}

#[test]
fn values_in_single_quotes_and_of_rust() {
    let id = "f6797c20-1947-41da-9e2a-07870fc88e5a";
    for text in [
        format!("error_code='BadRequest' error_message=\"{WORDS}\" request_id='{id}'"),
        format!("code='BadRequest' message='{WORDS}' request_id='{id}'"),
        format!(
            "Error: Graph(ErrorMessage {{ error: ErrorStatus {{ code: Some(\"BadRequest\"), message: Some(\"{WORDS}\"), \
             inner_error: Some(InnerError {{ code: None, request_id: Some(\"{id}\") }}) }} }})"
        ),
    ] {
        let found = incidents(&text);
        assert_eq!(found.len(), 1, "{text}");
        let facts = &found[0]["facts"];
        assert_eq!((&facts["code"], &facts["request_id"]), (&"BadRequest".into(), &id.into()), "{text}");
        assert_eq!(facts["message"], WORDS, "{text}");
    }
}

#[test]
fn an_expired_token_in_an_exception_is_stated() {
    const EXPIRED: &str = "Lifetime validation failed, the token is expired.";
    for class in [
        "Microsoft\\Graph\\Generated\\Models\\ODataErrors\\ODataError",
        "Microsoft.Graph.Models.ODataErrors.ODataError",
        "com.microsoft.graph.models.odataerrors.ODataError",
        "2026-11-20T09:15:00Z ERROR Microsoft.Graph.Models.ODataErrors.ODataError",
    ] {
        assert!(is_certain(&format!("{class}: {EXPIRED}")), "{class}");
    }
    for text in ["contoso.api.ApiError: ", "Note: ", "the token of Microsoft.Graph is checked: "] {
        assert!(!is_certain(&format!("{text}{EXPIRED}")), "{text}");
    }
}

#[test]
fn a_cmdlet_of_policies_fails_in_words_that_are_not_known() {
    let text = "Grant-CsApplicationAccessPolicy : \"Meeting-Sync-Policy\" not found\nAt line:1 char:1\n+ Grant-CsApplicationAccessPolicy -PolicyName Meeting-Sync-Policy -Identity ...\n+ ~~~~~~~\n    + CategoryInfo          : InvalidOperation: (:) [Grant-CsApplicationAccessPolicy], Exception\n    + FullyQualifiedErrorId : ClientError,Microsoft.Teams.Config.Cmdlets.GrantCsApplicationAccessPolicy";
    assert_eq!(incidents(text).len(), 1);
    assert!(!is_certain(text));
}

#[test]
fn labels_before_all_lines_are_of_none() {
    let unknown = "New-CsApplicationAccessPolicy : The term 'New-CsApplicationAccessPolicy' is not recognized as the name of a cmdlet, function, script file, or operable program.\nAt line:1 char:1\n+ New-CsApplicationAccessPolicy -Identity Sync\n+ ~~~~\n    + CategoryInfo          : ObjectNotFound: (New-CsApplicationAccessPolicy:String) [], CommandNotFoundException\n    + FullyQualifiedErrorId : CommandNotFoundException";
    let object = "{\n  \"error\": {\n    \"code\": \"BadRequest\",\n    \"message\": \"Meeting Id is corrupted.\",\n    \"innerError\": {\n      \"request-id\": \"f6797c20-1947-41da-9e2a-07870fc88e5a\"\n    }\n  }\n}";
    for text in [unknown, object] {
        let plain = incidents(text);
        for head in ["ERROR: ", "stderr: ", "2026-11-02T10:00:07.1234567Z ##[error]"] {
            let headed: String = text.lines().map(|line| format!("{head}{line}\n")).collect();
            let found = incidents(&headed);
            assert_eq!(found.len(), plain.len(), "{headed}");
            assert_eq!(found[0]["facts"]["request_id"], plain[0]["facts"]["request_id"], "{headed}");
        }
    }
    assert_eq!(incidents("ERROR: 400 §\nERROR: 403 Request authorization tenant mismatch.\n").len(), 2);
}

#[test]
fn words_of_a_query_or_a_scenario_have_their_note() {
    const POLICY: &str = "No application access policy found for this app";
    for text in [
        format!(
            "AppExceptions\n| where OuterMessage has \"{POLICY}\"\n| summarize n=count() by bin(TimeGenerated, 1h)"
        ),
        format!(
            "Feature: errors\n  Scenario: policy missing\n    Given Graph answers 403 with \"{POLICY}\"\n    Then I see the help page"
        ),
    ] {
        let found = incidents(&text);
        let told = found[0]["findings"][0]["explanation"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains("only spoken about"), "{text}: {told}");
    }
    let told = incidents(&format!("403 Forbidden: {POLICY}"));
    assert_eq!(told[0]["findings"][0]["explanation"], "", "{told:?}");
}
