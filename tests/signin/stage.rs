//! An authority and a small Graph on loopback, and the command that signs in there. Every run is searched for secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};

pub(crate) const TENANT: &str = "d0000000-0000-4000-8000-000000000001";
pub(crate) const CLIENT: &str = "30000000-0000-4000-8000-00000000000a";
pub(crate) const SECRET: &str = "Qx8~made-up-secret-value";
pub(crate) const USER: &str = "10000000-0000-4000-8000-000000000001";

pub(crate) type Form = BTreeMap<String, String>;
type Answer = dyn Fn(&Desk, &Request, &Form, usize) -> Option<Reply> + Send + Sync;

/// What authority and Graph know of.
pub(crate) struct Desk {
    /// Tokens, when they were issued, and for how long they are taken.
    issued: Mutex<Vec<(String, Instant, Duration)>>,
    /// Forms that were posted, with the path.
    pub(crate) forms: Mutex<Vec<(String, Form)>>,
    /// What nobody may print.
    secrets: Mutex<Vec<String>>,
    pub(crate) root: OnceLock<String>,
    pub(crate) pages: usize,
    pub(crate) slow: Duration,
}

impl Desk {
    /// A token that Graph takes for this long.
    pub(crate) fn issue(&self, tenant: &str, lifetime: Duration) -> String {
        let mut issued = self.issued.lock().unwrap();
        let claims =
            json!({"tid": tenant, "aud": "https://graph.microsoft.com", "uti": format!("made-up-{}", issued.len())});
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.c2lnbmF0dXJl", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        issued.push((token.clone(), Instant::now(), lifetime));
        self.hide(&token);
        token
    }

    pub(crate) fn hide(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    /// The usual answer of a token endpoint.
    pub(crate) fn grant(&self, seconds: f64) -> Reply {
        let token = self.issue(TENANT, Duration::from_secs_f64(seconds));
        Reply::json(200, json!({"token_type": "Bearer", "expires_in": seconds, "access_token": token}))
    }

    /// From now on the tokens so far are refused.
    pub(crate) fn revoke(&self) {
        for (_, _, lifetime) in self.issued.lock().unwrap().iter_mut() {
            *lifetime = Duration::ZERO;
        }
    }

    pub(crate) fn takes(&self, request: &Request) -> bool {
        let sent = request.headers.get("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let issued = self.issued.lock().unwrap();
        issued.iter().any(|(token, at, lifetime)| sent == Some(token) && at.elapsed() < *lifetime)
    }

    fn graph(&self, request: &Request) -> Reply {
        if !self.takes(request) {
            return Reply::json(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "no"}}));
        }
        let root = self.root.wait();
        let target = &request.target;
        if target.contains("/organization") {
            return Reply::json(200, json!({"value": [{"id": TENANT}]}));
        }
        if target.contains("/users?") {
            std::thread::sleep(self.slow);
            let page = target.split_once("skiptoken=").and_then(|(_, n)| n.parse().ok()).unwrap_or(0_usize);
            let id = USER.replace("001", &format!("{page:03}"));
            let mut body = json!({"value": [{"id": id, "userPrincipalName": format!("u{page}@contoso.com"), "userType": "Member", "accountEnabled": true, "assignedPlans": []}]});
            if page + 1 < self.pages {
                body["@odata.nextLink"] = json!(format!("{root}/v1.0/users?$skiptoken={}", page + 1));
            }
            return Reply::json(200, body);
        }
        if target.contains("/$batch") {
            return Reply::json(404, json!({"error": {"code": "ResourceNotFound", "message": "one by one"}}));
        }
        Reply::json(200, json!({"value": []}))
    }
}

pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) desk: Arc<Desk>,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) err: String,
}

impl Stage {
    /// `answer` speaks for the authority (`/login/…`) and everything else; what it leaves is Graph's, or a grant.
    pub(crate) fn new(
        pages: usize,
        slow: Duration,
        answer: impl Fn(&Desk, &Request, &Form, usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let desk = Arc::new(Desk {
            issued: Mutex::default(),
            forms: Mutex::default(),
            secrets: Mutex::new(vec![SECRET.to_owned()]),
            root: OnceLock::new(),
            pages,
            slow,
        });
        let (own, answer): (_, Box<Answer>) = (Arc::clone(&desk), Box::new(answer));
        let handler = move |request: &Request| {
            let form: Form =
                Url::parse(&format!("form:?{}", request.body)).unwrap().query_pairs().into_owned().collect();
            for name in ["client_secret", "client_assertion", "refresh_token", "device_code"] {
                if let Some(value) = form.get(name) {
                    own.hide(value);
                }
            }
            let at = own.forms.lock().unwrap().len();
            if request.method == "POST" && !request.target.starts_with("/v1.0") {
                own.forms.lock().unwrap().push((request.target.clone(), form.clone()));
            }
            answer(&own, request, &form, at).unwrap_or_else(|| {
                if request.target.starts_with("/v1.0") { own.graph(request) } else { own.grant(3600.0) }
            })
        };
        let server = Server::start(Duration::ZERO, Arc::new(handler));
        desk.root.set(server.root()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let cloud = format!("graph = \"{0}\"\nlogin = \"{0}/login\"\n", server.root());
        std::fs::write(dir.path().join("cloud.toml"), cloud).unwrap();
        Self { server, desk, dir }
    }

    /// An authority that grants, and a Graph with one page.
    pub(crate) fn fair() -> Self {
        Self::new(1, Duration::ZERO, |_, _, _, _| None)
    }

    /// An authority that refuses in these words.
    pub(crate) fn refusing(status: u16, body: Value) -> Self {
        Self::new(1, Duration::ZERO, move |_, request, _, _| {
            request.target.starts_with("/login").then(|| Reply::json(status, &body))
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The command, away from this machine's settings.
    pub(crate) fn command(&self, args: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwhy"));
        command.env_clear().env("PATH", "/nowhere").current_dir(self.dir.path());
        command.args(["fetch", "-o", "out.json"]).args(args);
        if !args.contains(&"--budget") {
            command.args(["--budget", "60s"]);
        }
        if !args.contains(&"--cloud") {
            command.args(["--cloud", "cloud.toml"]);
        }
        command.envs(variables.iter().copied());
        command
    }

    /// Runs it; nothing that is printed or written holds a secret.
    pub(crate) fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Told {
        self.told(&self.command(args, variables).output().unwrap())
    }

    pub(crate) fn told(&self, output: &std::process::Output) -> Told {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let file = std::fs::read_to_string(self.path("out.json")).unwrap_or_default();
        for secret in self.desk.secrets.lock().unwrap().iter().filter(|it| it.len() > 3) {
            for place in [&out, &err, &file] {
                assert!(!place.contains(secret.as_str()), "a secret is shown: {place}");
                // Nor a part of it that would do.
                let tail = secret.get(secret.len().saturating_sub(24)..).unwrap_or(secret);
                assert!(!place.contains(tail), "a part of a secret is shown: {place}");
            }
        }
        assert!(!err.contains('\u{1b}'), "{err}");
        Told { code: output.status.code().unwrap(), err }
    }

    pub(crate) fn forms(&self) -> Vec<(String, Form)> {
        self.desk.forms.lock().unwrap().clone()
    }

    pub(crate) fn graph_requests(&self) -> usize {
        self.server.requests().iter().filter(|it| it.target.starts_with("/v1.0")).count()
    }

    pub(crate) fn snapshot(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path("out.json")).unwrap()).unwrap()
    }
}

/// Tenant, client and whatever else.
pub(crate) fn app<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut variables = vec![("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)];
    variables.extend_from_slice(more);
    variables
}

pub(crate) fn testdata(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sign-in").join(name).display().to_string()
}
