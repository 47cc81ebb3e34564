//! Teams policies from the endpoints that the MicrosoftTeams module itself calls.
//!
//! No document describes them: paths and names were read in public clients (terraprovider/go-teams, CIPP-API), so that
//! this is off by default, says where its answers come from, and takes an answer only in the form that is known. A form
//! that is not known fails its part; what those clients do not show is not asked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::client::{Bearer, Client};
use super::error::ReadError;
use super::gather::{self, RawEffective};
use super::roots::Base;
use super::signin::{Audience, Source, TEAMS_ADMIN};
use super::{End, FetchError, Limits, Roots, TeamsRead, Traffic, bounded, stop};
use crate::knowledge::GRAPH;
use crate::source;
use crate::tenant::{
    Change, Direct, EffectiveRead, GroupAssignment, Part, Policy, Reason, Snapshot, Status, Via, name,
};

/// What the parts say about where they come from.
pub(super) const SOURCE: &str = "Teams admin API (undocumented)";

const DISCOVERY: &str = "/Teams.Tenant/serviceDiscovery";
const POLICIES: &str = "/Skype.Policy/configurations/ApplicationAccessPolicy";
const GROUPS: &str = "/Skype.Policy/groupPolicyAssignments/";
const USERS: &str = "/Teams.User/users";

/// The cmdlets take a directory role, and so do their endpoints.
const RIGHT: &str = "directory role Global Reader or Teams Administrator";

/// What every host of this API begins with; the rest is the domain of the cloud.
const HOST: &str = "api.interfaces.records.";

/// What to read, and how hard to try.
#[derive(Debug)]
pub struct AdminApi {
    /// The cloud.
    pub roots: Roots,
    /// Where the access token for [`Audience::TeamsAdmin`] comes from.
    pub sign_in: Source,
    /// How hard to try.
    pub limits: Limits,
    /// Stop at Ctrl-C.
    pub stop_at_ctrl_c: bool,
}

impl AdminApi {
    /// Reads policies, group assignments and users' assignments. A read that fails is a part with a reason.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when the cloud has no such host, nobody could sign in, the token is one for Microsoft Graph, or the machine cannot start.
    pub fn read(self, progress: &mut dyn FnMut(super::Progress)) -> Result<TeamsRead, FetchError> {
        let Some(base) = self.roots.teams_base() else {
            return Err(FetchError::Teams {
                message: format!("no host of the Teams admin API is known for cloud `{}`", self.roots.name),
                help: "use `--teams export=FILE`, or a `--cloud FILE` with `teams`".to_owned(),
            });
        };
        super::runtime()?.block_on(self.gather(base, progress))
    }

    async fn gather(self, base: Base, progress: &mut dyn FnMut(super::Progress)) -> Result<TeamsRead, FetchError> {
        let started = Instant::now();
        let token =
            super::first_token(&self.sign_in, Audience::TeamsAdmin, self.limits.budget, self.stop_at_ctrl_c).await?;
        let graph = self.roots.graph().host_str().unwrap_or_default().to_owned();
        let claims = source::token_claims(token.expose());
        let tenant = claims.as_ref().and_then(|claims| claims.tenant);
        // A token for Graph is of no use there, and of no business.
        if let Some(audience) = claims.and_then(|claims| claims.audience).filter(|it| is_of_graph(it, &graph)) {
            return Err(FetchError::Teams {
                message: format!("the Teams token is one for Microsoft Graph (audience `{audience}`)"),
                help: format!("give a token for `{TEAMS_ADMIN}`, the API that the MicrosoftTeams module signs in to"),
            });
        }
        let start = Timestamp::now();
        let budget = self.limits.budget;
        let bearer = Bearer::SignIn(self.sign_in, Audience::TeamsAdmin);
        let mut client = Client::new(base.clone(), bearer, HeaderMap::new(), self.limits)?;
        let mut answers = Answers::default();
        let end = bounded(ask(&mut client, &base, &mut answers, progress), stop(self.stop_at_ctrl_c), budget).await;
        let open = match end {
            End::Done => None,
            End::Interrupted => Some(ReadError::Stopped("it was interrupted".to_owned())),
            End::Over => Some(client.budget_over()),
        };
        let at = client.skew().and_then(|skew| start.checked_add(skew).ok()).unwrap_or(start);
        let mut snapshot = answers.snapshot(at, open.as_ref());
        let over = Timestamp::now();
        snapshot.taken_at = Some(client.skew().and_then(|skew| over.checked_add(skew).ok()).unwrap_or(over));
        snapshot.tenant_id = tenant;
        snapshot.cloud = Some(self.roots.name);
        Ok(TeamsRead {
            snapshot,
            notes: answers.notes,
            traffic: client.traffic.get(),
            elapsed: started.elapsed(),
            interrupted: end == End::Interrupted,
        })
    }
}

/// What came, as far as it came.
#[derive(Default)]
struct Answers {
    discovery: Option<Result<(), ReadError>>,
    policies: Option<Result<String, ReadError>>,
    groups: Option<Result<String, ReadError>>,
    users: Option<Result<String, ReadError>>,
    notes: Vec<String>,
}

async fn ask(client: &mut Client, base: &Base, answers: &mut Answers, progress: &mut dyn FnMut(super::Progress)) {
    let mut step = |done: usize| progress(super::Progress { done, left: 4_usize.saturating_sub(done) });
    step(0);
    let discovered = client.get(DISCOVERY, false).await.and_then(|text| read::<RawDiscovery>(&text));
    match discovered {
        Ok(discovery) => {
            client.set_headers(discovery.headers(base, &mut answers.notes));
            answers.discovery = Some(Ok(()));
        }
        Err(error) => {
            answers.discovery = Some(Err(error));
            return;
        }
    }
    step(1);
    answers.policies = Some(client.get(POLICIES, false).await);
    step(2);
    answers.groups = Some(client.get(GROUPS, false).await);
    step(3);
    answers.users = Some(client.get(USERS, false).await);
    step(4);
}

impl Answers {
    fn snapshot(&self, at: Timestamp, open: Option<&ReadError>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let text = |answer: &Option<Result<String, ReadError>>, path: &str| -> Result<String, Reason> {
            let reason = |error: &ReadError, path: &str| error.reason(RIGHT, &format!("{SOURCE}, GET {path}"));
            match (answer, &self.discovery, open) {
                (Some(Ok(text)), ..) => Ok(text.clone()),
                (Some(Err(error)), ..) => Err(reason(error, path)),
                (None, Some(Err(error)), _) => Err(reason(error, DISCOVERY)),
                (None, _, Some(error)) => Err(reason(error, path)),
                (None, ..) => Err(reason(&ReadError::Failed("it was not asked".to_owned()), path)),
            }
        };
        let unknown = |error: ReadError, path: &str| error.reason(RIGHT, &format!("{SOURCE}, GET {path}"));
        snapshot.policies = match text(&self.policies, POLICIES)
            .and_then(|text| policies(&text).map_err(|error| unknown(error, POLICIES)))
        {
            Ok((items, reason)) => {
                let status = if reason.is_none() { Status::Complete } else { Status::Partial };
                part(status, items, reason, at)
            }
            Err(reason) => part(Status::Missing, Vec::new(), Some(reason), at),
        };
        snapshot.groups =
            match text(&self.groups, GROUPS).and_then(|text| groups(&text).map_err(|error| unknown(error, GROUPS))) {
                Ok((items, changes)) => {
                    snapshot.history = changes;
                    let reason = Reason {
                        kind: "not-read".to_owned(),
                        needs: Some("Get-CsGroupPolicyAssignment (`--teams powershell` or `export=FILE`)".to_owned()),
                        detail: Some("nothing says that this endpoint lists every group assignment".to_owned()),
                    };
                    part(Status::Partial, items, Some(reason), at)
                }
                Err(reason) => part(Status::Missing, Vec::new(), Some(reason), at),
            };
        match text(&self.users, USERS).and_then(|text| users(&text, at).map_err(|error| unknown(error, USERS))) {
            Ok((direct, effective)) => {
                let reason = |shown: bool| Reason {
                    kind: if shown { "not-read" } else { "not-found" }.to_owned(),
                    needs: Some("Get-CsOnlineUser (`--teams powershell` or `export=FILE`)".to_owned()),
                    detail: Some(
                        if shown {
                            "nothing says that this endpoint lists every user"
                        } else {
                            "this endpoint shows this policy type for no user, so that its absence says nothing"
                        }
                        .to_owned(),
                    ),
                };
                snapshot.direct = part(Status::Partial, direct, Some(reason(!effective.is_empty())), at);
                snapshot.effective = part(Status::Partial, effective.clone(), Some(reason(!effective.is_empty())), at);
            }
            Err(reason) => {
                snapshot.direct = part(Status::Missing, Vec::new(), Some(reason.clone()), at);
                snapshot.effective = part(Status::Missing, Vec::new(), Some(reason), at);
            }
        }
        snapshot.settings.reason = Some(Reason {
            kind: "not-read".to_owned(),
            needs: Some("Get-CsTeamsMeetingConfiguration (`--teams powershell` or `export=FILE`)".to_owned()),
            detail: Some("no public client shows where these endpoints tell the transcript switches".to_owned()),
        });
        snapshot
    }
}

/// A part that lists nothing and is not complete says nothing.
fn part<T>(status: Status, items: Vec<T>, reason: Option<Reason>, at: Timestamp) -> Part<T> {
    let status = if items.is_empty() && status == Status::Partial { Status::Missing } else { status };
    let read_at = (status != Status::Missing).then_some(at);
    Part { status, read_at, source: Some(SOURCE.to_owned()), reason, items }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawDiscovery {
    endpoints: RawEndpoints,
    headers: Option<RawHeaders>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawEndpoints {
    admin_service_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct RawHeaders {
    #[serde(rename = "X-MS-Forest")]
    forest: Option<String>,
}

impl RawDiscovery {
    /// What every later request carries. No request goes to a host that is named here; one that is not of this cloud is
    /// not passed on either.
    fn headers(&self, base: &Base, notes: &mut Vec<String>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        if let Some(host) = self.endpoints.admin_service_endpoint.as_deref().filter(|it| !it.is_empty()) {
            match of_cloud(host, base.host()) {
                Some(target) => add("x-ms-target-uri", &target),
                None => notes.push(format!(
                    "the service discovery named `{}`, which is no host of this cloud: it is not passed on",
                    super::answer::harmless(host)
                )),
            }
        }
        let forest = self.headers.as_ref().and_then(|it| it.forest.as_deref()).filter(|it| !it.is_empty());
        if let Some(forest) = forest {
            if forest.len() <= 64 && forest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                add("x-ms-forest", forest);
            } else {
                notes.push("the service discovery named a forest of an unknown form: it is not passed on".to_owned());
            }
        }
        headers
    }
}

/// The address of an admin service, where its host is that of the API or one of the cloud's own domain.
fn of_cloud(host: &str, root: &str) -> Option<String> {
    let host = host.strip_prefix("https://").unwrap_or(host).trim_end_matches('/');
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    let named = url.host_str().filter(|_| plain)?;
    let own = match root.strip_prefix(HOST) {
        Some(domain) => named == domain || named.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => false,
    };
    (own || named == root).then(|| url.to_string())
}

fn is_of_graph(audience: &str, graph_host: &str) -> bool {
    let host = audience.strip_prefix("https://").map(|it| it.trim_end_matches('/'));
    audience.eq_ignore_ascii_case(&GRAPH.to_string())
        || host.is_some_and(|host| host.eq_ignore_ascii_case(graph_host) || host.starts_with("graph.microsoft."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawPolicy {
    identity: String,
    /// Null = the service does not say.
    app_ids: Option<Vec<String>>,
    description: Option<String>,
}

/// The policies, and why they are not all.
fn policies(text: &str) -> Result<(Vec<Policy>, Option<Reason>), ReadError> {
    let raw: Vec<RawPolicy> = read(text)?;
    let mut seen = BTreeMap::new();
    let mut items: Vec<Policy> = Vec::new();
    let mut silent = Vec::new();
    for (at, policy) in raw.into_iter().enumerate() {
        let bare = name::bare(&policy.identity).to_owned();
        if bare.is_empty() {
            return Err(form(format!("`[{at}].Identity` is empty")));
        }
        if let Some(before) = seen.insert(name::key(&bare), at) {
            return Err(form(format!("`[{before}]` and `[{at}]` are both policy `{bare}`")));
        }
        let Some(ids) = policy.app_ids else {
            silent.push(bare);
            continue;
        };
        let (mut app_ids, mut other_ids) = (Vec::new(), Vec::new());
        for id in ids {
            match crate::tenant::parse_id(&id) {
                Some(id) => app_ids.push(id),
                None => other_ids.push(id),
            }
        }
        items.push(Policy { name: bare, app_ids, other_ids, description: policy.description });
    }
    let reason = |detail: String| Reason {
        kind: "not-read".to_owned(),
        needs: Some("Get-CsApplicationAccessPolicy (`--teams powershell` or `export=FILE`)".to_owned()),
        detail: Some(detail),
    };
    // Every tenant has it: a list without it is not whole.
    let whole = items.iter().any(|policy| name::is_global(&policy.name));
    let reason = match (silent.first(), whole) {
        (Some(first), _) => Some(reason(format!("the answer does not say which apps policy `{first}` lists"))),
        (None, false) => Some(reason("the answer lists no policy `Global`, so that it is not whole".to_owned())),
        (None, true) => None,
    };
    Ok((items, reason))
}

/// A row of Get-CsGroupPolicyAssignment, in the case of .NET or of JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawGroup {
    #[serde(alias = "GroupId")]
    group_id: Uuid,
    #[serde(alias = "PolicyType")]
    policy_type: String,
    #[serde(alias = "PolicyName")]
    policy_name: String,
    #[serde(alias = "Rank")]
    rank: u32,
    #[serde(alias = "CreatedTime", default)]
    created_time: Option<String>,
}

fn groups(text: &str) -> Result<(Vec<GroupAssignment>, Vec<Change>), ReadError> {
    let raw: Vec<RawGroup> = read(text)?;
    let own = raw.into_iter().enumerate().filter(|(_, row)| row.policy_type.eq_ignore_ascii_case(gather::POLICY_TYPE));
    let (mut items, mut changes): (Vec<GroupAssignment>, Vec<Change>) = (Vec::new(), Vec::new());
    for (at, row) in own {
        let policy = name::bare(&row.policy_name).to_owned();
        if policy.is_empty() || row.rank == 0 {
            return Err(form(format!("`[{at}]` is an assignment without a policy or a rank")));
        }
        if items.iter().any(|it| it.group_id == row.group_id || it.rank == row.rank) {
            return Err(form(format!("`[{at}]` repeats a group or a rank")));
        }
        if let Some(created) = row.created_time.as_deref().and_then(gather::time) {
            changes.push(Change {
                part: "groups".to_owned(),
                key: row.group_id.to_string(),
                change: "added".to_owned(),
                value: Some(policy.clone()),
                not_before: Some(created),
                not_after: Some(created),
                source: Some("CreatedTime of the group assignment".to_owned()),
            });
        }
        items.push(GroupAssignment {
            group_id: row.group_id,
            name: None,
            policy,
            rank: row.rank,
            members: Part::default(),
            nested: Vec::new(),
        });
    }
    Ok((items, changes))
}

#[derive(Deserialize)]
struct RawUsers {
    users: Vec<RawUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawUser {
    object_id: Uuid,
    effective_policy_assignments: Vec<RawEffective>,
}

/// Direct assignments and effective policies, as far as the answer tells them.
fn users(text: &str, at: Timestamp) -> Result<(Vec<Direct>, Vec<EffectiveRead>), ReadError> {
    let raw: RawUsers = read(text)?;
    let mut reads: BTreeMap<Uuid, Option<EffectiveRead>> = BTreeMap::new();
    for (index, user) in raw.users.iter().enumerate() {
        let read = match gather::own_assignment(&user.effective_policy_assignments) {
            None => None,
            Some(own) => Some(own.read(user.object_id).ok_or_else(|| {
                form(format!("`users[{index}].effectivePolicyAssignments` names no policy in `displayName`"))
            })?),
        };
        if reads.insert(user.object_id, read).is_some() {
            return Err(form(format!("`users[{index}]` is listed twice")));
        }
    }
    // Absence counts only where the same answer shows this type for somebody.
    if reads.values().all(Option::is_none) {
        return Ok((Vec::new(), Vec::new()));
    }
    let (mut direct, mut effective) = (Vec::new(), Vec::new());
    for (user_id, read) in reads {
        let read = read.unwrap_or(EffectiveRead {
            user_id,
            policy: None,
            via: Some(Via::Global),
            group_id: None,
            read_at: None,
            hides: Vec::new(),
        });
        match read.via {
            Some(Via::Direct) => direct.push(Direct { user_id, policy: read.policy.clone() }),
            // A direct assignment would have come first.
            Some(Via::Group | Via::Global) => direct.push(Direct { user_id, policy: None }),
            None => {}
        }
        effective.push(EffectiveRead { read_at: Some(at), ..read });
    }
    Ok((direct, effective))
}

/// An answer in the one form that is known; else the place where it differs.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!(" at `{path}`") };
        form(format!("{}{place}", super::answer::harmless(&error.inner().to_string())))
    })
}

fn form(message: String) -> ReadError {
    ReadError::Failed(format!("the answer has an unknown form: {message}"))
}

impl TeamsRead {
    /// Nothing was sent.
    pub(super) fn offline(snapshot: Snapshot, notes: Vec<String>, elapsed: Duration, interrupted: bool) -> Self {
        Self { snapshot, notes, traffic: Traffic::default(), elapsed, interrupted }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn hosts_of_the_cloud_only() {
        let root = "api.interfaces.records.teams.microsoft.com";
        assert_eq!(
            of_cloud("admin1.teams.microsoft.com", root).as_deref(),
            Some("https://admin1.teams.microsoft.com/")
        );
        assert_eq!(of_cloud(root, root).as_deref(), Some("https://api.interfaces.records.teams.microsoft.com/"));
        for bad in [
            "contoso.com",
            "teams.microsoft.com.contoso.com",
            "evilteams.microsoft.com",
            "user@teams.microsoft.com",
            "teams.microsoft.com:8443",
            "teams.microsoft.com/path",
            "http://teams.microsoft.com",
            "teams.microsoft.us",
            "a b",
            "",
        ] {
            assert_eq!(of_cloud(bad, root), None, "{bad}");
        }
        // A cloud of one's own has no domain to go by.
        assert_eq!(of_cloud("admin.contoso.com", "contoso.com"), None);
        assert_eq!(of_cloud("contoso.com", "contoso.com").as_deref(), Some("https://contoso.com/"));
    }

    #[test]
    fn unknown_forms_are_named_with_their_place() {
        let text = |error: ReadError| error.text().to_owned();
        let bad = policies(r#"[{"Identity":"Global","AppIds":"{a, b}"}]"#).unwrap_err();
        assert!(text(bad).contains("at `[0].AppIds`"));
        for bad in [
            r#"{"value":[]}"#,
            r#"[{"Identity":"Global"},{"Identity":"tag:GLOBAL","AppIds":[]}]"#,
            r#"[{"identity":"Global","appIds":[]}]"#,
            r#"[{"Identity":"Tag:","AppIds":[]}]"#,
        ] {
            assert!(policies(bad).is_err(), "{bad}");
        }
        for bad in [
            r#"{"value":[]}"#,
            r#"[{"groupId":"x","policyType":"ApplicationAccessPolicy","policyName":"A","rank":1}]"#,
            r#"[{"groupId":"748d2cbb-3b55-40ed-8c34-2eae5932b22a","policyType":"ApplicationAccessPolicy","policyName":"A","rank":0}]"#,
            r#"[{"groupId":"748d2cbb-3b55-40ed-8c34-2eae5932b22a","policyType":"ApplicationAccessPolicy","policyName":"A"}]"#,
        ] {
            assert!(groups(bad).is_err(), "{bad}");
        }
        for bad in [
            "[]",
            r#"{"users":[{"objectId":"748d2cbb-3b55-40ed-8c34-2eae5932b22a"}]}"#,
            r#"{"users":[{"objectId":"748d2cbb-3b55-40ed-8c34-2eae5932b22a","effectivePolicyAssignments":[{"policyType":"ApplicationAccessPolicy"}]}]}"#,
        ] {
            assert!(users(bad, Timestamp::UNIX_EPOCH).is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_that_are_not_whole_say_so() {
        let (items, reason) = policies(r#"[{"Identity":"Tag:A","AppIds":["x"]}]"#).unwrap();
        assert_eq!((items[0].name.as_str(), items[0].other_ids.len()), ("A", 1));
        assert!(reason.unwrap().detail.unwrap().contains("no policy `Global`"));
        let (items, reason) = policies(r#"[{"Identity":"Global","AppIds":null}]"#).unwrap();
        assert!(items.is_empty() && reason.is_some());
        let (_, reason) = policies(r#"[{"Identity":"Global","AppIds":[],"Key":{"a":1}}]"#).unwrap();
        assert_eq!(reason, None);
    }
}
