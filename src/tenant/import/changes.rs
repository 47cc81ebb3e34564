//! A command below a read that changes what was read: the read no longer tells how it is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::Part;
use super::context::ids_in;
use super::draft::Fact;
use super::gather::Gather;
use super::record::Place;
use super::resources::UNREAD_GRANT;
use crate::tenant::snapshot::{Direct, Part as SnapshotPart, Reason, Snapshot, Status, Via};
use crate::tenant::{name, parse_id};

/// What a command changes. An object that is not named, or by a variable, may be any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// The cmdlet as it was written.
    cmdlet: String,
    of: Of,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Policy(Option<String>),
    Direct(Option<String>),
    /// What everybody without an assignment has.
    Default,
    Group(Option<Uuid>),
    Members(Option<Uuid>),
    Roles(Option<Uuid>),
    Switches,
    Account(Option<Uuid>),
}

/// What was changed after it was read, for the snapshot that the files are put over.
#[derive(Clone, Debug, Default)]
pub(super) struct Overtaken {
    policies: BTreeSet<String>,
    /// A policy that is not named may be any.
    any_policy: bool,
    /// Policies, by their keys, and users that were read below it.
    again: BTreeSet<String>,
    users_again: BTreeSet<Uuid>,
    users: BTreeSet<String>,
    /// A user who is not named may be any.
    any_user: bool,
    everybody: bool,
    groups: BTreeSet<Uuid>,
    members: BTreeSet<Uuid>,
    roles: BTreeSet<Uuid>,
}

/// Whether a line begins with a command or a request that changes something.
pub(super) fn is_change(line: &str) -> bool {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let begins = line.split_once(' ').is_some_and(|(first, rest)| {
        rest.trim_start().starts_with('-') || is_method(first) && rest.trim_start().starts_with(['/', 'h', 'H'])
    });
    begins && of_command(line).is_some()
}

fn is_method(word: &str) -> bool {
    ["post", "patch", "put", "delete"].iter().any(|method| word.eq_ignore_ascii_case(method))
}

/// What a request changes, by its path.
fn of_path(path: &str) -> Option<Of> {
    let lower = path.to_ascii_lowercase().replace("%24", "$").replace('`', "");
    let path = lower.split('?').next().unwrap_or_default();
    let behind = |collection: &str| {
        let (_, rest) = path.split_once(collection)?;
        ids_in(rest).next().filter(|id| rest.starts_with(&id.to_string()))
    };
    if path.contains("/userassignments/") {
        return Some(Of::Direct(None));
    }
    if path.contains("/approleassignments") || path.contains("/approleassignedto") {
        return Some(Of::Roles(behind("/serviceprincipals/")));
    }
    if path.contains("/groups/") && (path.contains("/members") || path.ends_with("/$ref")) {
        return Some(Of::Members(behind("/groups/")));
    }
    let of_user = path.contains("/users/") && !path.contains("/onlinemeetings");
    of_user.then(|| Of::Account(behind("/users/")))
}

/// What a command of another tool, or one that sends a request, changes.
fn of_tool(words: &[String]) -> Option<Of> {
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    // What ends so is a prompt.
    let prompts = lower.iter().take_while(|word| word.ends_with(['$', '#', '%', '>'])).count();
    let lower: Vec<&str> = lower.iter().skip(prompts).map(String::as_str).collect();
    let option = |names: &[&str]| {
        lower.iter().enumerate().find_map(|(at, word)| {
            let (name, value) = word.split_once(['=', ':']).map_or((*word, None), |(name, value)| (name, Some(value)));
            let value = value.filter(|it| !it.is_empty());
            names.contains(&name).then(|| value.or_else(|| lower.get(at + 1).copied())).flatten()
        })
    };
    match lower.as_slice() {
        ["az", "ad", "group", "member", "add" | "remove", ..] => {
            Some(Of::Members(option(&["--group", "-g"]).and_then(parse_id)))
        }
        ["m365", "entra" | "aad", "group", "member" | "user", "add" | "set" | "remove", ..] => {
            Some(Of::Members(option(&["--groupid", "-i"]).and_then(parse_id)))
        }
        [method, path, ..] if is_method(method) => of_path(path),
        ["az", "rest", ..] | ["m365", "request", ..] => {
            let method = option(&["--method", "-m"]).filter(|method| is_method(method));
            method.and_then(|_| of_path(option(&["--url", "--uri", "-u"])?))
        }
        [
            "invoke-mggraphrequest" | "invoke-graphrequest" | "invoke-restmethod" | "invoke-webrequest" | "irm" | "iwr",
            ..,
        ] => option(&["-method"])
            .filter(|it| is_method(it))
            .and_then(|_| of_path(lower.iter().find(|word| word.contains("/v1.0/") || word.contains("/beta/"))?)),
        ["curl" | "curl.exe", ..] => {
            let sends = option(&["-x", "--request"]).is_some_and(is_method)
                || option(&["-d", "--data", "--data-raw", "--json"]).is_some();
            let address = lower.iter().find(|word| word.starts_with("http"));
            address.filter(|_| sends).and_then(|address| of_path(address))
        }
        _ => None,
    }
}

/// What a command changes; `None` where it changes nothing that is read here.
pub(super) fn of_command(command: &str) -> Option<Changed> {
    let words = words(command);
    if let Some(of) = of_tool(&words) {
        let cmdlet =
            words.iter().take_while(|word| !word.starts_with('-')).take(5).cloned().collect::<Vec<_>>().join(" ");
        return Some(Changed { cmdlet: crate::source::sanitise::shortened(&cmdlet, 60), of });
    }
    let at = words.iter().position(|word| verb(word).is_some())?;
    // A name that stands behind another word is spoken about: `Get-Help Set-...`, `# Set-...`.
    let is_run =
        at.checked_sub(1).and_then(|at| words.get(at)).is_none_or(|word| word.ends_with(['|', '{', '=', '(', '&']));
    let cmdlet = words.get(at).filter(|_| is_run)?.clone();
    let lower = cmdlet.to_ascii_lowercase().replacen("-mgbeta", "-mg", 1);
    let value = |names: &[&str]| {
        let is = |word: &str| {
            let name = word.strip_prefix('-').map(|it| it.split(':').next().unwrap_or_default());
            name.is_some_and(|name| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        let at = words.iter().position(|word| is(word))?;
        let word = words.get(at)?;
        word.split_once(':').map(|(_, value)| value.to_owned()).or_else(|| words.get(at + 1).cloned())
    };
    let has =
        |name: &str| words.iter().any(|word| word.split(':').next().is_some_and(|it| it.eq_ignore_ascii_case(name)));
    let shows_only = |word: &String| {
        let (name, value) = word.split_once(':').unwrap_or((word, "$true"));
        let name = name.to_ascii_lowercase();
        // PowerShell takes the beginning of a name for it.
        let is_whatif = name == "-wi" || name.len() > 2 && "-whatif".starts_with(&name);
        is_whatif && value.eq_ignore_ascii_case("$true")
    };
    if words.iter().any(shows_only) {
        return None;
    }
    // The first value without a name.
    let positional = || {
        let at = words.iter().position(|word| *word == cmdlet)?;
        words.get(at + 1).filter(|word| !word.starts_with(['-', '|'])).cloned()
    };
    let named = |text: Option<String>| text.filter(|it| !it.starts_with(['$', '(', '@']));
    let id = |names: &[&str]| value(names).as_deref().and_then(parse_id);
    let other_type = value(&["PolicyType"]).is_some_and(|it| !it.eq_ignore_ascii_case("ApplicationAccessPolicy"));
    let of = match lower.as_str() {
        "set-csapplicationaccesspolicy" | "remove-csapplicationaccesspolicy" | "new-csapplicationaccesspolicy" => {
            Of::Policy(named(value(&["Identity"]).or_else(positional)))
        }
        "grant-csapplicationaccesspolicy" if has("-global") => Of::Default,
        "grant-csapplicationaccesspolicy" if has("-group") => Of::Group(id(&["Group"])),
        "grant-csapplicationaccesspolicy" => Of::Direct(named(value(&["Identity"]).or_else(positional))),
        "new-csgrouppolicyassignment" | "set-csgrouppolicyassignment" | "remove-csgrouppolicyassignment"
            if !other_type =>
        {
            Of::Group(id(&["GroupId"]))
        }
        "new-csbatchpolicyassignmentoperation" if !other_type => Of::Direct(None),
        "set-csteamsmeetingconfiguration" => Of::Switches,
        "set-mguserlicense" | "update-mguser" | "remove-mguser" => Of::Account(id(&["UserId"])),
        "new-mgserviceprincipalapproleassignment" | "remove-mgserviceprincipalapproleassignment" => {
            Of::Roles(id(&["ServicePrincipalId"]))
        }
        it if it.starts_with("new-mggroupmember") || it.starts_with("remove-mggroupmember") => {
            Of::Members(id(&["GroupId"]))
        }
        _ => return None,
    };
    Some(Changed { cmdlet, of })
}

/// The verb of a cmdlet that changes something.
fn verb(word: &str) -> Option<&str> {
    let (verb, noun) = word.split_once('-')?;
    let known = ["set", "grant", "new", "remove", "update"];
    let is_noun = noun.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("cs") || it.eq_ignore_ascii_case("mg"));
    (is_noun && known.iter().any(|it| it.eq_ignore_ascii_case(verb))).then_some(verb)
}

/// Words of a command, without their quotes.
pub(super) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in command.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => (quote, any) = (Some(c), true),
            None if c.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            None => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

impl Gather<'_> {
    /// Takes back what the same text has told before of what a command changes.
    pub(super) fn changed(&mut self, changed: &Changed, place: Place) {
        let file = place.file;
        let here = |known: Place| known.file == file;
        let draft = &mut self.draft;
        // Whether this text has told something of it.
        let mut read = true;
        let what = match &changed.of {
            Of::Policy(identity) => {
                let told = draft.policies.values().any(|fact| here(fact.place));
                match identity.as_deref().map(name::bare) {
                    Some(own) => {
                        let key = name::key(own);
                        read = draft.policies.remove(&key).is_some();
                        if told {
                            draft.changed_policies.insert(key, Fact { value: own.to_owned(), place });
                        } else {
                            draft.overtaken.policy(own.to_owned());
                        }
                        format!("policy `{own}`")
                    }
                    None => {
                        draft.overtaken.any_policy = true;
                        draft.policies.retain(|_, fact| !here(fact.place));
                        read = told;
                        if told {
                            self.lost(Part::Policies, place, changed);
                        }
                        "the policies".to_owned()
                    }
                }
            }
            Of::Direct(user) => {
                let told = |draft: &super::draft::Draft| {
                    draft.direct.values().filter(|fact| here(fact.place)).count()
                        + draft.effective.values().filter(|fact| here(fact.place)).count()
                };
                let before = told(draft);
                let user = user.as_ref().map(|user| user.trim().to_lowercase());
                let id = user.as_deref().and_then(parse_id).or_else(|| {
                    let is = |upn: &str| user.as_deref() == Some(upn.to_lowercase().as_str());
                    let named = |facts: &super::draft::UserFacts| facts.upn.as_ref().is_some_and(|upn| is(&upn.value));
                    draft.users.iter().find(|(_, facts)| named(facts)).map(|(id, _)| *id)
                });
                let is_own = |known: &str| {
                    user.as_deref().is_none_or(|user| user == known) || id.is_some_and(|id| id.to_string() == known)
                };
                draft.direct.retain(|known, fact| !(here(fact.place) && is_own(&known.to_string())));
                draft.effective.retain(|known, fact| !(here(fact.place) && is_own(known)));
                draft.sources.retain(|known, _| !is_own(known));
                draft.effective_silent.retain(|known, fact| !(here(fact.place) && is_own(known)));
                draft.overtaken.any_user |= user.is_none();
                draft.overtaken.users.extend(user.clone());
                draft.overtaken.users.extend(id.map(|id| id.to_string()));
                read = told(draft) < before;
                if before > 0 {
                    self.lost(Part::Direct, place, changed);
                }
                match user {
                    Some(user) => format!("the assignment of user `{user}`"),
                    None => "the assignments of users".to_owned(),
                }
            }
            Of::Default => {
                if !draft.effective.values().any(|fact| here(fact.place)) {
                    return;
                }
                draft.effective.retain(|_, fact| !here(fact.place) || fact.value.via == Some(Via::Direct));
                draft.effective_silent.retain(|_, fact| !here(fact.place));
                draft.overtaken.everybody = true;
                self.lost(Part::Effective, place, changed);
                "the tenant default".to_owned()
            }
            Of::Group(group) => {
                let told = draft.groups.values().any(|fact| here(fact.place))
                    || draft.effective.values().any(|fact| here(fact.place))
                    || draft.parts.get(&Part::Groups).is_some_and(|state| state.seen);
                if !told {
                    return;
                }
                draft.groups.retain(|id, fact| !here(fact.place) || group.is_some_and(|group| group != *id));
                draft.effective.retain(|_, fact| !here(fact.place) || fact.value.via == Some(Via::Direct));
                draft.effective_silent.retain(|_, fact| !here(fact.place));
                draft.overtaken.groups.extend(*group);
                draft.overtaken.everybody = true;
                self.lost(Part::Groups, place, changed);
                match group {
                    Some(group) => format!("the assignment of group `{group}`"),
                    None => "the assignments of groups".to_owned(),
                }
            }
            Of::Members(group) => {
                let is_own = |id: &Uuid| group.is_none_or(|group| group == *id);
                let own: Vec<Uuid> = draft
                    .members
                    .iter()
                    .filter(|(id, list)| is_own(id) && here(list.place))
                    .map(|(id, _)| *id)
                    .collect();
                if own.is_empty() {
                    return;
                }
                for id in own {
                    if let Some(list) = draft.members.get_mut(&id) {
                        list.items.clear();
                        list.lost = true;
                    }
                    draft.overtaken.members.insert(id);
                }
                "the members of a group".to_owned()
            }
            Of::Roles(principal) => {
                let is_own = |id: &Uuid| principal.is_none_or(|principal| principal == *id);
                let own: Vec<Uuid> =
                    draft.roles.iter().filter(|(id, list)| is_own(id) && here(list.place)).map(|(id, _)| *id).collect();
                if own.is_empty() {
                    return;
                }
                for id in own {
                    if let Some(list) = draft.roles.get_mut(&id) {
                        list.items.clear();
                        list.lost = true;
                    }
                    draft.overtaken.roles.insert(id);
                }
                "the roles of an app".to_owned()
            }
            Of::Switches => {
                let own = |fact: &Option<Fact<bool>>| fact.as_ref().is_some_and(|fact| here(fact.place));
                if !own(&draft.graph_transcript_access) && !own(&draft.attributed_transcripts) {
                    return;
                }
                (draft.graph_transcript_access, draft.attributed_transcripts) = (None, None);
                "the switches for transcripts".to_owned()
            }
            Of::Account(user) => {
                let mut any = false;
                draft.licensed.retain(|id, _| user.is_some_and(|user| user != *id));
                for (id, facts) in &mut draft.users {
                    let told = [facts.plan.as_ref().map(|it| it.place), facts.enabled.as_ref().map(|it| it.place)];
                    if user.is_none_or(|user| user == *id) && told.into_iter().flatten().any(here) {
                        any = true;
                        (facts.plan, facts.enabled, facts.feature) = (None, None, false);
                    }
                }
                if !any {
                    return;
                }
                "the account or the licences of a user".to_owned()
            }
        };
        if !read && !self.supplements {
            return;
        }
        let what = if read {
            format!("{what} below the read, so that what was read of it is left out")
        } else {
            format!("{what}, so that what an earlier snapshot says of it is left out")
        };
        self.note(place, format!("`{}` changes {what}: read it again", changed.cmdlet));
    }

    fn lost(&mut self, part: Part, place: Place, changed: &Changed) {
        let words = format!("{}: `{}` changes it below the read", self.place(place), changed.cmdlet);
        self.draft.part(part).lost.push(words);
    }
}

impl Overtaken {
    pub(super) fn policy(&mut self, name: String) {
        self.policies.insert(name);
    }

    /// Leaves out what the same files tell of, so that it was read below the change.
    pub(super) fn but(&mut self, read: &Snapshot) {
        let is_read = |wanted: &String| read.policies.known().iter().any(|policy| name::same(&policy.name, wanted));
        self.policies.retain(|policy| !is_read(policy));
        self.again.extend(read.policies.known().iter().map(|policy| name::key(&policy.name)));
        for user in
            read.direct.known().iter().map(|it| it.user_id).chain(read.effective.known().iter().map(|it| it.user_id))
        {
            self.users.remove(&user.to_string());
            self.users_again.insert(user);
        }
    }

    /// Takes from a snapshot what is not known any more. `is_later`: whether the commands were run after something was read.
    pub(super) fn apply(&self, next: &mut Snapshot, is_later: impl Fn(Option<Timestamp>) -> bool) {
        let later = is_later(next.policies.read_at);
        let mut policies = self.policies.clone();
        let open_to_all = next
            .policies
            .known()
            .iter()
            .filter(|policy| self.any_policy && !self.again.contains(&name::key(&policy.name)));
        policies.extend(open_to_all.map(|policy| policy.name.clone()));
        for changed in policies.iter().filter(|_| later) {
            let is_open = next.policies.is_complete() || !next.unread_policies.is_empty();
            next.policies.items.retain(|policy| !name::same(&policy.name, changed));
            if is_open && !next.unread_policies.iter().any(|it| name::same(it, changed)) {
                next.unread_policies.push(changed.clone());
            }
            open(&mut next.policies, Part::Policies);
        }
        let of_user = |user: &Uuid| self.users.contains(&user.to_string());
        let mut users: BTreeSet<Uuid> = self.users.iter().flat_map(|text| ids_in(text)).collect();
        let named = |upn: &Option<String>| upn.as_ref().is_some_and(|upn| self.users.contains(&upn.to_lowercase()));
        users.extend(next.users.known().iter().filter(|user| named(&user.upn)).map(|user| user.id));
        if self.any_user {
            users.extend(next.direct.known().iter().map(|it| it.user_id));
            users.retain(|user| !self.users_again.contains(user));
            open(&mut next.direct, Part::Direct);
        }
        let was_read = next.direct.status != Status::Missing && is_later(next.direct.read_at);
        for user in users.iter().filter(|_| was_read) {
            next.direct.items.retain(|it| it.user_id != *user);
            next.direct.items.push(Direct { user_id: *user, policy: Some(String::new()) });
            open(&mut next.direct, Part::Direct);
        }
        next.direct.items.sort_by_key(|it| it.user_id);
        next.effective.items.retain(|read| {
            !is_later(read.read_at)
                || self.users_again.contains(&read.user_id)
                || !self.any_user
                    && !users.contains(&read.user_id)
                    && !of_user(&read.user_id)
                    && (!self.everybody || read.via == Some(Via::Direct))
        });
        for group in &mut next.groups.items {
            if self.groups.contains(&group.group_id) {
                group.policy.clear();
            }
            if self.members.contains(&group.group_id) {
                open(&mut group.members, Part::Members);
            }
        }
        if !self.groups.is_empty() {
            open(&mut next.groups, Part::Groups);
        }
        for group in next.nested_groups.iter_mut().filter(|group| self.members.contains(&group.group_id)) {
            open(&mut group.members, Part::Members);
        }
        for app in &mut next.apps.items {
            if app.service_principal_id.is_some_and(|id| self.roles.contains(&id)) && app.roles.is_some() {
                app.roles = Some(vec![UNREAD_GRANT]);
            }
        }
    }
}

/// A part that was complete is so no longer.
fn open<T>(part: &mut SnapshotPart<T>, of: Part) {
    if part.status == Status::Complete {
        part.status = Status::Partial;
    }
    if part.status == Status::Partial {
        part.reason = Some(Reason {
            kind: "not-read".to_owned(),
            needs: Some(of.command().to_owned()),
            detail: Some("a command below the read changes it".to_owned()),
        });
    }
}
