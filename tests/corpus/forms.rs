//! Every message that the service is known to print, in every form that clients, logs and people give it.

use std::fmt::Write as _;

use base64::Engine as _;
use graphwhy::knowledge::Catalogue;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Case, Score, diagnoses};

/// One message (`testdata/families.toml`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    status: u16,
    reason: String,
    code: String,
    message: String,
    inner_code: Option<String>,
    method: String,
    path: String,
    accept: Vec<String>,
    certain: Vec<String>,
}

const REQUEST_ID: &str = "a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850";
const DATE: &str = "2026-03-04T09:15:22";

impl Family {
    fn url(&self) -> String {
        format!("https://graph.microsoft.com/v1.0{}", self.path)
    }

    fn call(&self) -> String {
        format!("{} {}", self.method, self.url())
    }

    fn error(&self) -> Value {
        let mut inner = json!({"date": DATE, "request-id": REQUEST_ID, "client-request-id": REQUEST_ID});
        if let Some(code) = &self.inner_code {
            inner["code"] = json!(code);
        }
        json!({"error": {"code": self.code, "message": self.message, "innerError": inner}})
    }

    fn json(&self) -> String {
        self.error().to_string()
    }

    fn pretty(&self) -> String {
        serde_json::to_string_pretty(&self.error()).unwrap()
    }

    fn quoted(&self) -> String {
        json!(self.message).to_string()
    }

    /// Each line of the call and its answer behind this prefix.
    fn prefixed(&self, prefix: &str) -> String {
        let text = format!("{}\n{}", self.call(), self.pretty());
        text.lines().map(|line| format!("{prefix}{line}")).collect::<Vec<_>>().join("\n")
    }

    fn wrapped(&self, width: usize) -> String {
        let rows = |line: &str| -> Vec<String> {
            line.chars().collect::<Vec<_>>().chunks(width).map(|row| row.iter().collect()).collect()
        };
        format!("{}\n{}", self.call(), self.json()).lines().flat_map(rows).collect::<Vec<_>>().join("\n")
    }
}

/// A form; it applies only where the message is not empty if `speaks`.
struct Form {
    name: &'static str,
    speaks: bool,
    write: fn(&Family) -> String,
}

const fn whole(name: &'static str, write: fn(&Family) -> String) -> Form {
    Form { name, speaks: false, write }
}

const fn words(name: &'static str, write: fn(&Family) -> String) -> Form {
    Form { name, speaks: true, write }
}

const FORMS: &[Form] = &[
    whole("json", |f| format!("{}\n{}", f.call(), f.json())),
    whole("pretty json", |f| format!("{}\n{}", f.call(), f.pretty())),
    whole("innererror", |f| format!("{}\n{}", f.call(), f.json().replace("innerError", "innererror"))),
    words("status and words", |f| format!("{} {}", f.status, f.message)),
    words("status line and words", |f| format!("HTTP {} {} - {}", f.status, f.reason, f.message)),
    words("code and words", |f| format!("Error {}: {}: {}", f.status, f.code, f.message)),
    words("backticks", |f| format!("we get {} `{}`, what does it mean?", f.status, f.message)),
    words("bold", |f| format!("we get **{}** *{}* since monday", f.status, f.message)),
    words("quotes in prose", |f| format!("the nightly job failed with \"{}\", any idea?", f.message)),
    words("typographic", |f| format!("it failed with “{}” – any idea?", f.message.replace('\'', "’"))),
    words("guillemets", |f| format!("Erreur {} : « {} »", f.status, f.message)),
    words("upper case", |f| format!("ERROR {} {}", f.status, f.message.to_uppercase())),
    words("lower case", |f| format!("error {} {}", f.status, f.message.to_lowercase())),
    words(".NET 5", |f| {
        format!(
            "{}\nMicrosoft.Graph.Models.ODataErrors.ODataError: {}\n   at Microsoft.Kiota.Http.HttpClientLibrary.HttpClientRequestAdapter.ThrowIfFailedResponseAsync(HttpResponseMessage response)\nStatus: {}",
            f.call(),
            f.message,
            f.status
        )
    }),
    whole(".NET 4", |f| {
        format!(
            "{}\nStatus Code: {}\nMicrosoft.Graph.ServiceException: Code: {}\nMessage: {}\nInner error:\n\tAdditionalData:\n\tdate: {DATE}\n\trequest-id: {REQUEST_ID}\nClientRequestId: {REQUEST_ID}",
            f.call(),
            f.reason.replace(' ', ""),
            f.code,
            f.message
        )
    }),
    whole(".NET 4 in a record", |f| {
        let text = format!(
            "Code: {}\r\nMessage: {}\r\nInner error:\r\n\tAdditionalData:\r\n\trequest-id: {REQUEST_ID}\r\n",
            f.code, f.message
        );
        json!({"Message": text, "Url": f.url(), "Method": f.method}).to_string()
    }),
    whole("Java 5", |f| {
        format!(
            "com.microsoft.graph.http.GraphServiceException: Error code: {}\nError message: {}\n\n{}\nSdkVersion : graph-java/v5.77.0\n\n\n{} : {}\n[...]",
            f.code,
            f.message,
            f.call(),
            f.status,
            f.reason
        )
    }),
    words("Java 6", |f| {
        format!(
            "{} failed\ncom.microsoft.graph.models.odataerrors.ODataError: {}\n\tat com.microsoft.graph.models.odataerrors.ODataError.createFromDiscriminatorValue(ODataError.java:36)",
            f.status, f.message
        )
    }),
    whole("Python SDK", |f| {
        format!(
            "{}\n        APIError\n        Code: {}\n        message: None\n        error: MainError(additional_data={{}}, code='{}', details=None, inner_error=InnerError(additional_data={{}}, date=DateTime(2026, 3, 4, 9, 15, 22, tzinfo=Timezone('UTC')), request_id='{REQUEST_ID}'), message={}, target=None)",
            f.call(),
            f.status,
            f.code,
            python(&json!(f.message))
        )
    }),
    whole("Python dict", |f| format!("{} {}: {}", f.call(), f.status, python(&f.error()))),
    whole("JavaScript SDK", |f| {
        format!(
            "url: '{}', method: '{}'\nGraphError: {}\n    at new GraphError (node_modules/x.js:1:2) {{\n  statusCode: {},\n  code: '{}',\n  requestId: '{REQUEST_ID}',\n  body: '{}',\n}}",
            f.url(),
            f.method.to_lowercase(),
            f.message,
            f.status,
            f.code,
            f.error()["error"]
        )
    }),
    whole("axios", |f| {
        format!(
            "AxiosError: Request failed with status code {}\n  config: {{ method: '{}', url: '{}' }}\n  response: {{ status: {}, data: {} }}",
            f.status,
            f.method.to_lowercase(),
            f.url(),
            f.status,
            f.json()
        )
    }),
    words("Go", |f| format!("2026/03/04 09:15:22 error {} {}: {}: {}", f.call(), f.status, f.code, f.message)),
    words("Go %+v", |f| {
        format!(
            "&{{ApiError:{{Message:error status code received from the API ResponseStatusCode:{}}} code:{} message:{}}}",
            f.status, f.code, f.message
        )
    }),
    whole("PHP", |f| {
        format!("Client error: `{}` resulted in a `{} {}` response:\n{}", f.call(), f.status, f.reason, f.json())
    }),
    words("Windows PowerShell", |f| {
        format!(
            "Get-MgUserOnlineMeeting : {}\nAt line:1 char:1\n+ Get-MgUserOnlineMeeting -UserId $u\n    + CategoryInfo          : InvalidOperation: ({{ UserId = x }}:<>f__AnonymousType12`9) [Get-MgUserOnlineMeeting_List], Exception\n    + FullyQualifiedErrorId : {},Microsoft.Graph.PowerShell.Cmdlets.GetMgUserOnlineMeeting_List",
            f.message, f.code
        )
    }),
    whole("PowerShell 7", |f| {
        format!(
            "# {}\nGet-MgUserOnlineMeeting_List: {}\n\nStatus: {} ({})\nErrorCode: {}\nDate: {DATE}\n\nHeaders:\nrequest-id                    : {REQUEST_ID}\nDate                          : Wed, 04 Mar 2026 09:15:22 GMT",
            f.call(),
            f.message,
            f.status,
            f.reason.replace(' ', ""),
            f.code
        )
    }),
    whole("Invoke-MgGraphRequest", |f| {
        format!(
            "Invoke-MgGraphRequest: {}\nHTTP/2.0 {} {}\nCache-Control: no-store\nrequest-id: {REQUEST_ID}\nDate: Wed, 04 Mar 2026 09:15:22 GMT\n\n{}",
            f.call(),
            f.status,
            f.reason,
            f.json()
        )
    }),
    whole("curl -v", |f| {
        format!(
            "> {} /v1.0{} HTTP/2\n> Host: graph.microsoft.com\n> Accept: */*\n> \n< HTTP/2 {} \n< content-type: application/json\n< request-id: {REQUEST_ID}\n< \n* Connection #0 to host graph.microsoft.com left intact\n{}",
            f.method,
            f.path,
            f.status,
            f.json()
        )
    }),
    whole("curl -i", |f| {
        format!(
            "{}\n\nHTTP/1.1 {} {}\r\nContent-Type: application/json\r\nDate: Wed, 04 Mar 2026 09:15:22 GMT\r\n\r\n{}",
            f.call(),
            f.status,
            f.reason,
            f.pretty()
        )
    }),
    whole("Power Automate", |f| {
        format!(
            "{}\n{}",
            f.call(),
            json!({"statusCode": f.status, "headers": {"request-id": REQUEST_ID}, "body": f.error()})
        )
    }),
    words("CLI for Microsoft 365", |f| format!("$ m365 teams meeting get\nError: {}", f.message)),
    whole("logfmt", |f| {
        format!(
            "ts=2026-03-04T09:15:22Z lvl=error method={} url={} status={} body={}",
            f.method,
            f.url(),
            f.status,
            json!(f.json())
        )
    }),
    whole("a record in JSON", |f| {
        json!({"lvl": "error", "url": f.url(), "method": f.method, "body": f.json()}).to_string()
    }),
    whole("a record in a record", |f| {
        let inner = json!({"url": f.url(), "method": f.method, "body": f.json()}).to_string();
        json!({"ts": DATE, "msg": inner}).to_string()
    }),
    whole("a cell of CSV", |f| format!("2026-03-04,{},{},\"{}\"", f.call(), f.status, f.json().replace('"', "\"\""))),
    whole("XML", |f| format!("<entry><call>{}</call><body>{}</body></entry>", f.call(), markup(&f.json()))),
    whole("a query", |f| format!("{}\nresult={}", f.call(), percent(&f.json()))),
    words("a query with plus", |f| {
        format!(
            "https://notes.contoso.com/cb?error=graph&error_description={}",
            percent(&f.message).replace("%20", "+")
        )
    }),
    whole("coloured lines", |f| {
        format!("\x1b[31mERROR\x1b[0m \x1b[36m{}\x1b[0m\n\x1b[33m{}\x1b[0m", f.call(), f.pretty())
    }),
    words("coloured words", |f| {
        let mut out = format!("\x1b[31m{}\x1b[39m", f.status);
        for word in f.message.split(' ') {
            write!(out, " \x1b[1;33m{word}\x1b[22m").unwrap();
        }
        out
    }),
    whole("coloured JSON", |f| {
        format!(
            "{}\n{{ \x1b[34;1m\"error\"\x1b[0m: {{ \x1b[34;1m\"code\"\x1b[0m: \x1b[32m\"{}\"\x1b[0m, \x1b[34;1m\"message\"\x1b[0m: \x1b[32m{}\x1b[0m, \x1b[34;1m\"innerError\"\x1b[0m: {{ \x1b[34;1m\"request-id\"\x1b[0m: \x1b[32m\"{REQUEST_ID}\"\x1b[0m }} }} }}",
            f.call(),
            f.code,
            f.quoted()
        )
    }),
    whole("quoted", |f| f.prefixed("> ")),
    whole("quoted twice", |f| f.prefixed(">> ")),
    whole("containers", |f| f.prefixed("api-1  | ")),
    whole("coloured containers", |f| f.prefixed("\x1b[36mapi-1  |\x1b[0m ")),
    whole("container runtime", |f| f.prefixed("2026-03-04T09:15:22.104Z stdout F ")),
    whole("workflow log", |f| f.prefixed("2026-03-04T09:15:22.1040000Z ")),
    whole("syslog", |f| f.prefixed("Mar  4 09:15:22 app01 meetings[2214]: ")),
    whole("logger", |f| f.prefixed("[2026-03-04 09:15:22,104] ERROR ")),
    whole("pods", |f| f.prefixed("[pod/api-7d9f-x2x/api] ")),
    whole("tabs", |f| f.prefixed("\t\t")),
    whole("comments", |f| f.prefixed("// ")),
    whole("box", |f| f.prefixed("│ ")),
    whole("80 columns", |f| f.wrapped(80)),
    whole("120 columns", |f| f.wrapped(120)),
    whole("YAML", |f| {
        format!(
            "request: {}\nerror:\n  code: {}\n  message: {}\n  innerError:\n    request-id: {REQUEST_ID}\n    date: {DATE}\n",
            f.call(),
            f.code,
            if f.message.is_empty() { "\"\"" } else { &f.message }
        )
    }),
    words("a block of YAML", |f| {
        format!(
            "status: {}\nerror:\n  code: {}\n  message: >-\n    {}\n  innerError:\n    request-id: {REQUEST_ID}\n",
            f.status, f.code, f.message
        )
    }),
    whole("Ruby", |f| format!("{}\n{}", f.call(), f.json().replace("\":", "\"=>"))),
    whole("a page", |f| {
        format!(
            "<div class=alert>{}<br><b>{} {}</b><pre>{}</pre></div>",
            markup(&f.call()),
            f.status,
            f.reason,
            markup(&f.pretty())
        )
    }),
    words("a table", |f| {
        format!(
            "| call | status | answer |\n|---|---|---|\n| `{} {}` | {} | {} |",
            f.method, f.path, f.status, f.message
        )
    }),
    whole("an archive", |f| {
        json!({"log": {"entries": [{
            "request": {"method": f.method, "url": f.url()},
            "response": {"status": f.status, "statusText": f.reason, "content": {"mimeType": "application/json", "text": f.json()}},
        }]}})
        .to_string()
    }),
    whole("an encoded archive", |f| {
        let body = base64::engine::general_purpose::STANDARD.encode(f.json());
        json!({"log": {"entries": [{
            "request": {"method": f.method, "url": f.url()},
            "response": {"status": f.status, "content": {"mimeType": "application/json", "text": body, "encoding": "base64"}},
        }]}})
        .to_string()
    }),
    whole("a batch", |f| {
        format!(
            "{}\n{}",
            json!({"requests": [{"id": "1", "method": f.method, "url": f.path}]}),
            json!({"responses": [{"id": "1", "status": f.status, "headers": {"Content-Type": "application/json"}, "body": f.error()}]})
        )
    }),
    whole("a chat", |f| format!("Lena  9:16 AM\n{}\n{}\nTom  9:20 AM\nhm", f.call(), f.json().replace('"', "”"))),
];

/// As Python prints it: single quotes, but double ones around an apostrophe.
fn python(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\'') => format!("\"{text}\""),
        Value::String(text) => format!("'{text}'"),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, value)| format!("'{key}': {}", python(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}

/// The first finding is right in nearly all of them, and no form makes anything certain that the words do not state.
#[test]
fn every_message_in_every_form() {
    #[derive(Deserialize)]
    struct File {
        family: Vec<Family>,
    }
    let file: File = toml::from_str(include_str!("../../testdata/families.toml")).unwrap();
    let catalogue = Catalogue::builtin();
    let mut score = Score::default();
    for form in FORMS {
        for family in file.family.iter().filter(|family| !form.speaks || !family.message.is_empty()) {
            let input = (form.write)(family);
            let case = Case {
                id: format!("{}: {} {}", form.name, family.code, family.message),
                kind: form.name.to_owned(),
                input,
                accept: family.accept.clone(),
                certain: family.certain.clone(),
                allow: Vec::new(),
                forbid: Vec::new(),
            };
            score.add(&case, &diagnoses(&catalogue, &case.input));
        }
    }
    score.assert(98);
}
