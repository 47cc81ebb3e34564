//! A made-up tenant behind the paths of Graph: paging, `$batch`, alternate keys, and a check of every request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::metadata::{Metadata, decoded};
use crate::server::{Reply, Request};

pub(crate) const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
pub(crate) const GRAPH_PRINCIPAL: &str = "a0000000-0000-4000-8000-000000000003";
pub(crate) const ROLE: &str = "b8bb2037-6e08-44ac-a4ea-4674e010e2a4";
pub(crate) const TENANT: &str = "d0000000-0000-4000-8000-000000000001";
const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";

pub(crate) fn id(kind: u8, n: usize) -> String {
    Uuid::from_u128((u128::from(kind) << 120) | 0x4000_8000_0000_0000_0000 | n as u128).to_string()
}

pub(crate) fn user_id(n: usize) -> String {
    id(0x10, n)
}
/// Names of guests hold what an address has to encode.
pub(crate) fn upn(n: usize) -> String {
    if n == 9 { "o'neil_fabrikam.com#EXT#@contoso.com".to_owned() } else { format!("user{n}@contoso.com") }
}
pub(crate) fn group_id(n: usize) -> String {
    id(0x20, n)
}
pub(crate) fn app_id(n: usize) -> String {
    id(0x30, n)
}
pub(crate) fn principal_id(n: usize) -> String {
    id(0x40, n)
}

/// What a token of an odd service begins with.
const OPAQUE: &str = "RFNwdA! '+=";

/// What is otherwise than in a new tenant, by number.
#[derive(Clone, Default)]
pub(crate) struct Lost {
    pub(crate) users: BTreeSet<usize>,
    pub(crate) sign_in: BTreeSet<usize>,
    pub(crate) licences: BTreeSet<usize>,
    pub(crate) apps: BTreeSet<usize>,
    pub(crate) roles: BTreeSet<usize>,
    pub(crate) scopes: BTreeSet<usize>,
}

/// What the tenant holds.
pub(crate) struct Tenant {
    pub(crate) users: usize,
    pub(crate) apps: usize,
    /// Members of each group: user numbers; and nested group numbers.
    pub(crate) groups: BTreeMap<usize, (Vec<usize>, Vec<usize>)>,
    /// Of each group that has one.
    pub(crate) visibility: BTreeMap<usize, &'static str>,
    /// Policy of each user by the Teams configuration; `None` = this type is never shown.
    pub(crate) configurations: Option<BTreeMap<usize, Value>>,
    pub(crate) page: usize,
    /// Pages of any size, and addresses of next pages that tell nothing.
    pub(crate) odd: bool,
    /// Members say what they are.
    pub(crate) typed: bool,
    /// User 1 and app 0 have lost something.
    pub(crate) changed: bool,
    pub(crate) lost: Lost,
    /// The one that is taken.
    pub(crate) token: String,
    metadata: Metadata,
    pub(crate) wrong: Mutex<Vec<String>>,
}

impl Tenant {
    pub(crate) fn new(users: usize, groups: usize, apps: usize) -> Self {
        let members = |group: usize| (0..users).filter(|user| user % groups.max(1) == group).collect::<Vec<_>>();
        Self {
            users,
            apps,
            groups: (0..groups)
                .flat_map(|group| {
                    let inner = (group + 1000, ((0..users.min(1)).collect(), vec![]));
                    [(group, (members(group), vec![group + 1000])), inner]
                })
                .collect(),
            visibility: BTreeMap::new(),
            configurations: None,
            page: 999,
            odd: false,
            typed: true,
            changed: false,
            lost: Lost::default(),
            token: "the-token".to_owned(),
            metadata: Metadata::load(),
            wrong: Mutex::new(Vec::new()),
        }
    }

    /// The answer to a request with the whole path, `/v1.0/...`.
    pub(crate) fn answer(&self, request: &Request, root: &str) -> Reply {
        if request.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return error(401, "InvalidAuthenticationToken", "Access token is empty or wrong.");
        }
        let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
        let json = |name: &str| header(name).split(';').next() == Some("application/json");
        let is_post = request.method == "POST";
        if !json("accept") || (is_post != json("content-type")) || (!is_post && !request.body.is_empty()) {
            self.wrong.lock().unwrap().push(format!("headers or body of {} {}", request.method, request.target));
        }
        let Some(target) = request.target.strip_prefix("/v1.0") else {
            self.wrong.lock().unwrap().push(request.target.clone());
            return error(404, "ResourceNotFound", "no version");
        };
        if request.method == "POST" && target == "/$batch" {
            return self.batch(&request.body, root, &|_, _| None);
        }
        let eventual = request.headers.get("consistencylevel").is_some_and(|it| it == "eventual");
        self.get(&request.method, target, eventual, root)
    }

    /// A batch whose parts may be answered by `fault` (their number in the batch and target) instead.
    pub(crate) fn batch(&self, body: &str, root: &str, fault: &dyn Fn(usize, &str) -> Option<Reply>) -> Reply {
        let body: Value = serde_json::from_str(body).unwrap();
        if let Err(why) = crate::metadata::check_batch(&body) {
            self.wrong.lock().unwrap().push(format!("$batch: {why}"));
            return error(400, "BadRequest", &why);
        }
        let requests = body["requests"].as_array().unwrap();
        let mut responses: Vec<Value> = requests
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let target = item["url"].as_str().unwrap();
                let eventual = item["headers"]["ConsistencyLevel"] == "eventual";
                let method = item["method"].as_str().unwrap();
                let reply = fault(at, target).unwrap_or_else(|| self.get(method, target, eventual, root));
                let headers: serde_json::Map<String, Value> =
                    reply.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
                let body = serde_json::from_str(&reply.body).unwrap_or(Value::String(reply.body));
                json!({"id": item["id"], "status": reply.status, "headers": headers, "body": body})
            })
            .collect();
        // Graph answers in any order.
        responses.reverse();
        Reply::json(200, json!({"responses": responses}))
    }

    fn get(&self, method: &str, target: &str, eventual: bool, root: &str) -> Reply {
        if method != "GET" {
            self.wrong.lock().unwrap().push(format!("{method} {target}"));
        }
        if let Err(why) = self.metadata.check(target, eventual) {
            self.wrong.lock().unwrap().push(format!("{target}: {why}"));
            return error(400, "BadRequest", &why);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let option =
            |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(decoded);
        let select = option("$select").map(|it| it.split(',').map(str::to_owned).collect::<Vec<_>>());
        match self.resource(path, option("$filter").as_deref()) {
            None => error(404, "Request_ResourceNotFound", "Resource does not exist."),
            Some(Value::Array(items)) => {
                let start: usize = option("$skiptoken").map_or(0, |it| it.trim_start_matches(OPAQUE).parse().unwrap());
                let size = option("$top").map_or(100, |it| it.parse().unwrap()).min(self.page);
                let size = if self.odd { [7, 1, 999, 13][start % 4].min(size) } else { size };
                let end = (start + size).min(items.len());
                let value: Vec<Value> = items[start..end].iter().map(|it| chosen(it, select.as_deref())).collect();
                let mut page = json!({"@odata.context": "made up", "value": value});
                if end < items.len() {
                    let kept =
                        query.split('&').filter(|it| !it.starts_with("$skiptoken")).collect::<Vec<_>>().join("&");
                    let token = if self.odd { "RFNwdA%21%20%27%2B%3D" } else { "" };
                    page["@odata.nextLink"] = json!(format!("{root}/v1.0{path}?{kept}&$skiptoken={token}{end}"));
                }
                Reply::json(200, page)
            }
            Some(one) => Reply::json(200, chosen(&one, select.as_deref())),
        }
    }

    fn resource(&self, path: &str, filter: Option<&str>) -> Option<Value> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Some(match parts.as_slice() {
            ["organization"] => json!([{"id": TENANT}]),
            ["users"] => (0..self.users).filter(|n| !self.lost.users.contains(n)).map(|n| self.user(n)).collect(),
            ["users", key] => {
                let key = decoded(key).to_lowercase();
                (0..self.users).map(|n| self.user(n)).find(|it| {
                    it["id"] == key.as_str() || it["userPrincipalName"].as_str().unwrap().to_lowercase() == key
                })?
            }
            ["groups", group] => {
                let n = self.groups.keys().find(|n| group_id(**n) == *group)?;
                json!({"id": group_id(*n), "visibility": self.visibility.get(n)})
            }
            ["groups", group, "members", rest @ ..] => {
                let (members, nested) = self.groups.iter().find(|(n, _)| group_id(**n) == *group).map(|(_, it)| it)?;
                let mut items: Vec<Value> = members.iter().map(|n| self.user(*n)).collect();
                if rest.is_empty() {
                    items.extend(
                        nested.iter().map(|n| json!({"@odata.type": "#microsoft.graph.group", "id": group_id(*n)})),
                    );
                    items.push(json!({"@odata.type": "#microsoft.graph.device", "id": id(0x60, 1)}));
                    if members.is_empty() && nested.is_empty() {
                        items.clear();
                    }
                } else {
                    let groups =
                        nested.iter().map(|n| json!({"@odata.type": "#microsoft.graph.group", "id": group_id(*n)}));
                    items.extend(groups);
                    items.retain(|it| it["@odata.type"].as_str().unwrap().trim_start_matches('#') == rest[0]);
                }
                if !self.typed {
                    items.iter_mut().for_each(|it| drop(it.as_object_mut().unwrap().remove("@odata.type")));
                }
                Value::Array(items)
            }
            ["servicePrincipals"] => (0..self.apps).map(|n| self.principal(n)).chain([self.graph()]).collect(),
            ["servicePrincipals", key] if *key == GRAPH_PRINCIPAL => self.graph(),
            ["servicePrincipals", key] if *key == id(0x50, 0) => other_resource(),
            ["servicePrincipals", key, "appRoleAssignedTo"] if *key == GRAPH_PRINCIPAL => {
                (0..self.apps).flat_map(|n| self.roles(n)).filter(|it| it["resourceId"] == GRAPH_PRINCIPAL).collect()
            }
            ["applications"] => (0..self.apps).filter_map(|n| self.registration(n)).collect(),
            ["oauth2PermissionGrants"] => (0..self.apps)
                .flat_map(|n| self.grants(n))
                .filter(|it| {
                    filter.is_none_or(|filter| filter == format!("clientId eq '{}'", it["clientId"].as_str().unwrap()))
                })
                .collect(),
            ["admin", "teams", "userConfigurations"] => (0..self.users).map(|n| self.configuration(n)).collect(),
            ["admin", "teams", "userConfigurations", key] => {
                let n = (0..self.users).find(|n| user_id(*n) == *key)?;
                // The documented sample wraps a single configuration.
                if n % 2 == 0 {
                    json!({"value": [self.configuration(n)]})
                } else {
                    json!({"value": self.configuration(n)})
                }
            }
            [first, rest @ ..] => {
                let (set, app) = first.strip_suffix("')")?.split_once("(appId='")?;
                let n = (0..self.apps).find(|n| app_id(*n) == app);
                match (set, rest) {
                    ("servicePrincipals", []) if app == GRAPH_APP => self.graph(),
                    ("servicePrincipals", []) => self.principal(n?),
                    ("servicePrincipals", ["appRoleAssignments"]) => Value::Array(self.roles(n?)),
                    ("applications", []) => self.registration(n?)?,
                    _ => return None,
                }
            }
            [] => return None,
        })
    }

    fn user(&self, n: usize) -> Value {
        let lost = self.changed && n == 1;
        let teams = if n % 7 == 3 || lost || self.lost.licences.contains(&n) { "Deleted" } else { "Enabled" };
        let plans = if n % 7 == 5 {
            json!([])
        } else {
            json!([{"assignedDateTime": "2024-01-02T03:04:05Z", "capabilityStatus": teams, "service": "TeamspaceAPI", "servicePlanId": TEAMS1}])
        };
        json!({
            "@odata.type": "#microsoft.graph.user",
            "id": user_id(n),
            "userPrincipalName": upn(n),
            "displayName": format!("User {n}"),
            "userType": if n % 11 == 4 { "Guest" } else { "Member" },
            "accountEnabled": n % 13 != 6 && !lost && !self.lost.sign_in.contains(&n),
            "assignedPlans": plans,
        })
    }

    fn graph(&self) -> Value {
        json!({"id": GRAPH_PRINCIPAL, "appId": GRAPH_APP, "displayName": "Microsoft Graph", "accountEnabled": true,
            "appRoles": [{"id": ROLE, "value": "OnlineMeetings.ReadWrite.All", "isEnabled": true}]})
    }

    fn principal(&self, n: usize) -> Value {
        json!({"id": principal_id(n), "appId": app_id(n), "displayName": format!("App {n}"), "accountEnabled": n.is_multiple_of(2) && !(self.changed && n == 0) && !self.lost.apps.contains(&n),
            "appOwnerOrganizationId": TENANT, "appRoles": []})
    }

    fn roles(&self, n: usize) -> Vec<Value> {
        if self.changed && n == 0 || self.lost.roles.contains(&n) {
            return Vec::new();
        }
        vec![
            json!({"id": "made-up-1", "appRoleId": ROLE, "createdDateTime": "2026-11-01T10:00:00Z", "principalId": principal_id(n),
                "principalType": "ServicePrincipal", "resourceId": GRAPH_PRINCIPAL, "resourceDisplayName": "Microsoft Graph"}),
            json!({"id": "made-up-2", "appRoleId": id(0x51, 0), "createdDateTime": "2026-11-01T10:00:00Z", "principalId": principal_id(n),
                "principalType": "ServicePrincipal", "resourceId": id(0x50, 0), "resourceDisplayName": "Other"}),
        ]
    }

    fn registration(&self, n: usize) -> Option<Value> {
        (n % 3 != 2).then(|| {
            json!({"id": id(0x70, n), "appId": app_id(n), "displayName": format!("App {n}"),
                "requiredResourceAccess": [{"resourceAppId": GRAPH_APP, "resourceAccess": [{"id": ROLE, "type": "Role"}]},
                    {"resourceAppId": id(0x52, 0), "resourceAccess": [{"id": id(0x51, 0), "type": "Scope"}]}]})
        })
    }

    fn grants(&self, n: usize) -> Vec<Value> {
        vec![json!({"id": "made-up", "clientId": principal_id(n), "consentType": "AllPrincipals", "principalId": null,
            "resourceId": GRAPH_PRINCIPAL, "scope": if self.changed && n == 0 || self.lost.scopes.contains(&n) { "User.Read" } else { " User.Read OnlineMeetings.Read" }})]
    }

    fn configuration(&self, n: usize) -> Value {
        let other = json!({"policyType": "TeamsMeetingPolicy", "policyAssignment": {"displayName": "AllOn", "assignmentType": "direct"}});
        let own = self.configurations.as_ref().and_then(|it| it.get(&n).cloned());
        let assignments: Vec<Value> = [Some(other), own].into_iter().flatten().collect();
        json!({"id": user_id(n), "effectivePolicyAssignments": assignments})
    }
}

fn other_resource() -> Value {
    json!({"id": id(0x50, 0), "appId": id(0x52, 0), "displayName": "Other", "appRoles": [{"id": id(0x51, 0), "value": "Things.Do"}]})
}

fn chosen(item: &Value, select: Option<&[String]>) -> Value {
    let Some(select) = select else { return item.clone() };
    let kept = item.as_object().unwrap().iter().filter(|(name, _)| name.starts_with('@') || select.contains(name));
    // A single configuration comes wrapped.
    if let Some(Value::Array(inner)) = item.get("value") {
        return json!({"value": inner.iter().map(|it| chosen(it, Some(select))).collect::<Vec<_>>()});
    }
    if let Some(inner) = item.get("value") {
        return json!({"value": chosen(inner, Some(select))});
    }
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        json!({"error": {"code": code, "message": message, "innerError": {"date": "2026-11-23T10:00:00"}}}),
    )
}
