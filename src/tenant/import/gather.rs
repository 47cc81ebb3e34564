//! Printed objects to what they say.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::context::Context;
use super::draft::{AppFacts, Draft, EffectiveFact, Fact, UserFacts};
use super::error::ImportError;
use super::kind::{Kind, Recognised, recognise};
use super::record::{Place, Record, Text};
use super::typed::Typed;
use super::{File, Note, Part};
use crate::source::{Source, sanitise};
use crate::tenant::parse_id;
use crate::tenant::snapshot::{AbsentKind, Teams, Via};

/// Whether a text is this project's own export: it says so at its beginning.
pub(super) fn is_export(text: &str) -> bool {
    let head = text.as_bytes().get(..text.len().min(512)).unwrap_or_default();
    memchr::memmem::find(head, b"\"graphwhy_export\"").is_some()
}

/// How a note begins of what may be one thing or another.
pub(super) const LEFT_OUT: &str = "left out, since it may be";

/// One list of an export: a part, and the group, user or service principal whose list it is.
type ListKey = (Part, Option<String>);

/// What is known while one file is read.
#[derive(Debug, Default)]
pub(super) struct FileState {
    pub(super) recognised: usize,
    pub(super) unrecognised: usize,
    pub(super) first: Option<(Place, String)>,
    /// Items of each list of an export, and the line where it begins.
    pub(super) export: Option<(BTreeMap<ListKey, usize>, Place)>,
    pub(super) closed: bool,
    /// Users whose effective assignments were listed without one of this type, and whether another user of
    /// the same read has one.
    pub(super) inherits: Vec<(Uuid, Place)>,
    pub(super) shows_type: bool,
    pub(super) other_types: usize,
    /// Users without a plan, and whether another user of the same read has one: the property was asked for.
    pub(super) without_plans: Vec<(Uuid, Place)>,
    pub(super) shows_plans: bool,
    /// An answer names a next page.
    pub(super) goes_on: bool,
    /// Groups below the last command.
    pub(super) groups_shown: Vec<Uuid>,
}

/// Collects what files say.
#[derive(Debug)]
pub(super) struct Gather<'a> {
    pub(super) draft: Draft,
    pub(super) notes: Vec<Note>,
    files: &'a [File<'a>],
    /// The files supplement a snapshot: what is brought back is the answer to a read.
    pub(super) supplements: bool,
    /// Parts of which somebody says that the files hold everything.
    pub(super) complete: &'a [Part],
    pub(super) state: FileState,
}

impl<'a> Gather<'a> {
    pub(super) fn new(files: &'a [File<'a>]) -> Self {
        Self {
            draft: Draft::new(files),
            notes: Vec::new(),
            files,
            supplements: false,
            complete: &[],
            state: FileState::default(),
        }
    }

    pub(super) fn file_name(&self, file: usize) -> &'a str {
        self.files.get(file).map_or("", |file| file.name)
    }

    pub(super) fn place(&self, place: Place) -> String {
        self.draft.place(place)
    }

    pub(super) fn note(&mut self, place: Place, text: impl Into<String>) {
        self.notes.push(Note { place: self.place(place), text: text.into() });
    }

    pub(super) fn begin(&mut self) {
        self.state = FileState::default();
    }

    /// After the last line of a file.
    pub(super) fn end(&mut self, file: usize) -> Result<(), ImportError> {
        let state = std::mem::take(&mut self.state);
        let start = Place { file, line: 1, item: 0 };
        if state.shows_type {
            for (user, place) in &state.inherits {
                let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None, hides: Vec::new() };
                self.draft.add_effective(&user.to_string(), read, *place)?;
                self.draft.saw(Part::Effective, "effectivePolicyAssignments");
            }
        }
        if state.shows_plans {
            for (user, place) in &state.without_plans {
                let plan = Some(Fact { value: Teams::Absent, place: *place });
                self.draft.add_user(*user, UserFacts { plan, ..UserFacts::default() }, *place)?;
            }
        }
        if let Some((_, place)) = &state.export
            && !state.closed
        {
            self.note(
                *place,
                "the export did not finish: its manifest is missing, so that every part of it is partial",
            );
        }
        if state.other_types > 0 {
            let open = |user: &String, fact: &Fact<bool>| {
                fact.place.file == file && !fact.value && !self.draft.effective.contains_key(user)
            };
            let user = self.draft.effective_silent.iter().find(|(user, fact)| open(user, fact)).map(|(user, _)| user);
            let user = user.filter(|_| !self.complete.contains(&Part::Effective));
            let more = user.map_or_else(String::new, |user| {
                format!(
                    "; if these are all of user `{user}`, who then has the tenant default, say `--complete effective`, or \
                     keep the command and the prompt that follows"
                )
            });
            let types = match state.other_types {
                1 => "1 assignment of another policy type was left out".to_owned(),
                count => format!("{count} assignments of other policy types were left out"),
            };
            self.note(start, format!("{types}{more}"));
        }
        match state.first {
            Some((place, text)) if state.recognised == 0 => Err(ImportError::Unrecognised {
                file: self.file_name(file).to_owned(),
                place: self.place(place),
                // What an object holds is no text of the file.
                message: if text.starts_with("an object with") {
                    format!("it begins with {}", shorten(&text))
                } else {
                    format!("it begins with `{}`", shorten(&text))
                },
            }),
            Some((place, text)) => {
                let more = match state.unrecognised - 1 {
                    0 => String::new(),
                    more => format!(" and {more} more lines or objects"),
                };
                self.note(place, format!("not recognised and left out: `{}`{more}", shorten(&text)));
                Ok(())
            }
            None if state.recognised == 0 && state.export.is_none() => {
                self.draft.blank = true;
                self.note(start, "nothing in it; say `--complete PART` if this is the empty output of a command");
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn unrecognised(&mut self, place: Place, text: &str) {
        self.state.unrecognised += 1;
        if self.state.first.is_none() {
            self.state.first = Some((place, text.to_owned()));
        }
    }

    /// An object of a list that was not recognised: the list is not whole without it.
    pub(super) fn lose_row(&mut self, context: &Context, place: Place) {
        let text = "an object of the list was not recognised, so that the list is not whole";
        let part = match context.origin.as_deref() {
            _ if context.is_members() => match context.group_id() {
                Some(group) => {
                    self.draft.members_of(group, place).lost = true;
                    return;
                }
                None => return,
            },
            Some("approleassignments" | "get-mgserviceprincipalapproleassignment") => match context.service_principal {
                Some(principal) => {
                    self.draft.roles_of(principal, place).lost = true;
                    return;
                }
                None => Part::Roles,
            },
            Some("users" | "get-mguser" | "get-csonlineuser") => Part::Users,
            Some("serviceprincipals" | "get-mgserviceprincipal") => Part::Apps,
            Some("get-csapplicationaccesspolicy") => Part::Policies,
            Some("get-csgrouppolicyassignment") => Part::Groups,
            Some("get-csuserpolicyassignment") => Part::Effective,
            _ => return,
        };
        let words = format!("{}: {text}", self.place(place));
        self.draft.part(part).lost.push(words);
    }

    /// A page of a Graph answer, and whether it names a next one.
    pub(super) fn page(&mut self, context: &Context, more: bool, first: Option<&serde_json::Value>, place: Place) {
        self.state.goes_on |= more;
        if let Some(group) = context.group_id().filter(|_| context.cast && context.is_members()) {
            let text = format!(
                "the request leaves out the members of group `{group}` that are of another type, such as nested groups, so \
                 that the list stays partial: read `/groups/{group}/members`"
            );
            if self.notes.last().is_none_or(|last| last.text != text) {
                self.note(place, text);
            }
        }
        let lists = match (context.is_members(), context.group_id(), context.service_principal) {
            (true, Some(group), _) => Some(&mut self.draft.members_of(group, place).open),
            (_, _, Some(principal)) if context.is(&["approleassignments"]) => {
                Some(&mut self.draft.roles_of(principal, place).open)
            }
            _ => match context.origin.as_deref() {
                Some("users") => Some(&mut self.draft.part(Part::Users).open),
                Some("serviceprincipals") => Some(&mut self.draft.part(Part::Apps).open),
                // Nothing but the items tells what is listed: the list stays open, since nobody knows its last page.
                None if more => {
                    let has = |key: &str| first.and_then(|item| item.get(key)).is_some();
                    if has("userPrincipalName") {
                        self.draft.part(Part::Users).open = true;
                    } else if has("appId") {
                        self.draft.part(Part::Apps).open = true;
                    }
                    None
                }
                _ => None,
            },
        };
        // The last page closes the list, whichever page is read first.
        if let Some(open) = lists {
            *open = more;
        }
    }

    /// The last page of the answer of a request that leaves nothing out: its list is whole.
    pub(super) fn was_all(&mut self, context: &Context, principal: Option<Uuid>, is_empty: bool, place: Place) {
        if context.is_members()
            && let Some(group) = context.group_id()
        {
            let list = self.draft.members_of(group, place);
            // A membership that is hidden shows nobody.
            if is_empty && list.items.is_empty() {
                list.blank = true;
            } else {
                list.complete = true;
            }
        } else if context.is(&["approleassignments"]) {
            match (principal, context.app) {
                (Some(principal), _) => self.draft.roles_of(principal, place).complete = true,
                (None, Some(app)) => {
                    self.draft.bare_roles.insert(app, place);
                }
                (None, None) => {}
            }
        }
    }

    /// The answer of a request for the roles of an app says who its service principal is, by whom it lists.
    pub(super) fn has_principal(
        &mut self,
        context: &Context,
        principal: Option<Uuid>,
        place: Place,
    ) -> Result<(), ImportError> {
        let Some((app, principal)) = context.app.zip(principal).filter(|_| context.is(&["approleassignments"])) else {
            return Ok(());
        };
        self.draft.part(Part::Apps).seen = true;
        let service_principal = Some(Fact { value: principal, place });
        self.draft.add_app(app, AppFacts { service_principal, ..AppFacts::default() }, place)
    }

    /// A list without items: it tells something only where its surroundings say of what it is.
    pub(super) fn empty(&mut self, context: &Context, place: Place) -> Result<(), ImportError> {
        self.state.recognised += 1;
        if context.is_members() {
            let Some(group) = context.group_id() else {
                return self.of_no_group(context, place);
            };
            self.draft.members_of(group, place);
            self.draft.saw(Part::Members, "group members");
        } else if let Some(principal) = context.service_principal.filter(|_| context.is(&["approleassignments"])) {
            self.draft.roles_of(principal, place);
            self.draft.saw(Part::Roles, "appRoleAssignments");
        } else if context.is(&["approleassignments"]) && context.app.is_some() {
            self.draft.saw(Part::Roles, "appRoleAssignments");
            if !context.whole {
                let text = "this lists no role, and its request may leave some out, so that nothing is taken from it";
                self.note(place, text);
            }
        } else if context.is(&["approleassignedto"]) {
            let text = "who holds the roles of this app, which are not those that it holds: read `appRoleAssignments`";
            self.note(place, text);
        } else if let Some(user) = context.policies_of() {
            return self.no_policies(user, place);
        }
        self.nothing_assigned(context, place)
    }

    /// The last page of the delegated permissions of one client.
    pub(super) fn all_delegated(&mut self, client: Uuid, is_empty: bool, place: Place) {
        self.state.recognised += 1;
        self.draft.delegated.entry(client).or_default();
        self.draft.all_delegated.insert(client);
        if is_empty {
            self.note(place, format!("service principal `{client}` has no delegated permission"));
        }
    }

    /// An empty list in the file of a user's policies, which names no command.
    fn no_policies(&mut self, user: Uuid, place: Place) -> Result<(), ImportError> {
        self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
        if self.supplements {
            let user = user.to_string();
            self.note(place, format!("nothing is assigned to user `{user}`, who has the tenant default"));
            let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None, hides: Vec::new() };
            return self.draft.add_effective(&user, read, place);
        }
        let silent = Fact { value: false, place };
        self.draft.effective_silent.entry(user.to_string()).or_insert(silent);
        if !self.complete.contains(&Part::Effective) {
            let text = format!("no policy of user `{user}` is shown: if none is assigned, say `--complete effective`");
            self.note(place, text);
        }
        Ok(())
    }

    /// The output of a command that lists the policies of a user, of every type, was read to its end: a type that is not in
    /// it is the tenant default.
    pub(super) fn listed_all_types(&mut self, command: &Context) {
        let lost = self.draft.parts.get(&Part::Effective).is_some_and(|state| !state.lost.is_empty());
        if lost || command.policy_type.is_some() || !command.lists_assignments() {
            return;
        }
        let Some(user) = command.user.as_ref().map(|user| user.to_lowercase()) else { return };
        let is_new = !self.draft.effective.contains_key(&user);
        if let Some(silent) = self.draft.effective_silent.get_mut(&user).filter(|fact| is_new && !fact.value) {
            silent.value = true;
            let place = silent.place;
            self.note(
                place,
                format!("no application access policy is among them: user `{user}` has the tenant default"),
            );
        }
    }

    /// The answer that the object of a request does not exist. Whether the request above it tells which one it is.
    pub(super) fn not_found(&mut self, request: &Context, place: Place) -> bool {
        let user = request.user.as_deref().and_then(parse_id).filter(|_| request.is(&["users"]));
        let app = request.app.filter(|_| request.is(&["serviceprincipals", "approleassignments"]));
        let what = if let Some(group) = request.group.filter(|_| request.is_members()) {
            self.draft.members_of(group, place).complete = true;
            self.draft.saw(Part::Members, "group members");
            format!("no group has the id `{group}`, so that nobody is in it")
        } else if let Some(user) = user {
            self.draft.absent.insert((AbsentKind::User, user));
            format!("no user has the id `{user}`")
        } else if let Some(app) = app {
            self.draft.absent.insert((AbsentKind::App, app));
            format!("the tenant has no service principal of the app `{app}`")
        } else {
            return false;
        };
        self.state.recognised += 1;
        self.note(place, format!("the service answered that it was not found: {what}"));
        true
    }

    /// A command that has run, since the next prompt follows, and has printed nothing.
    pub(super) fn printed_nothing(&mut self, command: &Context, place: Place) -> Result<(), ImportError> {
        if let Some(principal) = command.service_principal.filter(|_| command.lists_roles()) {
            self.state.recognised += 1;
            self.saw(Part::Roles, "Get-MgServicePrincipalAppRoleAssignment");
            self.draft.roles_of(principal, place).complete = true;
            self.note(place, format!("this printed nothing: service principal `{principal}` has no app role"));
            return Ok(());
        }
        if command.may_leave_out() {
            self.state.recognised += 1;
            let text = "this printed nothing, and it may keep, filter or silence what there is, so that nothing is \
                        taken from it: run the cmdlet alone";
            self.note(place, text);
        } else if let Some(group) = command.group.filter(|_| command.prints_all && command.is_members()) {
            self.state.recognised += 1;
            self.draft.members_of(group, place);
            self.draft.saw(Part::Members, "group members");
            if !self.complete.contains(&Part::Members) {
                let text = format!(
                    "this printed nothing: no member of group `{group}` is shown; if it has none, say `--complete members`"
                );
                self.note(place, text);
            }
            return Ok(());
        } else if command.lists_assignments() {
            self.state.recognised += 1;
            if command.user.is_none() && self.supplements {
                self.note(place, "this printed nothing: no group has an application access policy");
            } else if command.user.is_none() && !self.complete.contains(&Part::Groups) {
                let text = "this printed nothing: no group is shown with an application access policy; if none has \
                            one, say `--complete groups`";
                self.note(place, text);
            }
        }
        self.nothing_assigned(command, place)
    }

    /// The groups that a command has printed, for those that ask for their members.
    pub(super) fn printed_groups(&mut self, typed: &mut Typed, command: &str) {
        typed.printed(command, std::mem::take(&mut self.state.groups_shown));
    }

    /// The prompt that follows what a command printed: between both stands all of it, if every line was read.
    pub(super) fn printed_all(&mut self, command: &Context) {
        self.listed_all_types(command);
        if self.supplements && command.lists_assignments() && command.user.is_none() {
            self.draft.part(Part::Groups).whole = true;
        }
    }

    /// A command below which the text ends: it may have printed nothing, or its output was not copied.
    pub(super) fn without_output(&mut self, command: &Context, place: Place) {
        if command.lists_assignments() || command.lists_roles() {
            self.state.recognised += 1;
            let text = "nothing stands below this command, so that nothing is taken from it: if it printed nothing, \
                        copy the prompt that follows too";
            self.note(place, text);
        }
    }

    /// What an empty list of assignments tells. A policy type that is not listed for a user is the tenant default
    /// (learn.microsoft.com/powershell/module/microsoftteams/get-csuserpolicyassignment).
    fn nothing_assigned(&mut self, command: &Context, place: Place) -> Result<(), ImportError> {
        if !command.lists_assignments() {
            self.draft.blank = true;
            return Ok(());
        }
        let Some(user) = &command.user else {
            if command.is(&["get-csgrouppolicyassignment"]) {
                self.saw(Part::Groups, "Get-CsGroupPolicyAssignment");
                self.draft.part(Part::Groups).whole |= self.supplements;
            }
            return Ok(());
        };
        self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
        self.note(place, format!("this printed nothing: user `{user}` has the tenant default"));
        let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None, hides: Vec::new() };
        self.draft.add_effective(user, read, place)
    }

    pub(super) fn malformed(&self, place: Place, message: String, help: &'static str) -> ImportError {
        ImportError::Malformed { place: self.place(place), message, help }
    }

    /// One object of any kind.
    pub(super) fn record(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        match recognise(record, context) {
            Recognised::Is(kind) => {
                self.state.recognised += 1;
                self.read(kind, record, context)
            }
            Recognised::Either(words) => {
                self.state.recognised += 1;
                self.note(record.place, format!("{LEFT_OUT} {words}"));
                Ok(())
            }
            Recognised::No => {
                let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).take(4).collect();
                let text = match names.as_slice() {
                    [] => "an object without members".to_owned(),
                    names => format!("an object with {}", names.join(", ")),
                };
                self.unrecognised(record.place, &text);
                self.lose_row(context, record.place);
                Ok(())
            }
        }
    }

    /// Notes that an output was seen. In an export the manifest says by which read.
    pub(super) fn saw(&mut self, part: Part, source: &str) {
        if self.state.export.is_some() && source.starts_with("Get-Mg") {
            self.draft.part(part).seen = true;
        } else {
            self.draft.saw(part, source);
        }
    }

    fn read(&mut self, kind: Kind, record: &Record, context: &Context) -> Result<(), ImportError> {
        let object =
            matches!(kind, Kind::OnlineUser | Kind::User | Kind::Member | Kind::ServicePrincipal | Kind::Application);
        if object && (context.deleted || is_deleted(record)) {
            let id = record.id(&["Identity", "Id", "ObjectId"]).map_or_else(String::new, |id| format!(" `{id}`"));
            self.note(record.place, format!("the object{id} was deleted, and is none of the tenant: left out"));
            return Ok(());
        }
        if let Some(other) = context.strange.as_ref().filter(|_| object && kind != Kind::Member) {
            let other = sanitise::shortened(&sanitise::one_line(other), 60);
            let read =
                if matches!(kind, Kind::User | Kind::OnlineUser) { "Get-MgUser" } else { "Get-MgServicePrincipal" };
            let text = format!(
                "nothing says that what `{other}` lists is still in the tenant (it may list what was deleted), so it was left out: give \
                 the output of `{read}`"
            );
            if self.notes.last().is_none_or(|last| last.text != text) {
                self.note(record.place, text);
            }
            return Ok(());
        }
        match kind {
            Kind::Policy => self.policy(record),
            Kind::OnlineUser => self.online_user(record),
            Kind::UserPolicy => self.user_policy(record, context),
            Kind::PolicySource => self.policy_source(record, context),
            Kind::GroupPolicy => self.group_policy(record, context),
            Kind::MeetingConfiguration => self.switches(record),
            Kind::User => self.user(record),
            Kind::Member => self.member(record, context),
            Kind::Group => self.group(record),
            Kind::ServicePrincipal => self.service_principal(record),
            Kind::Application => self.application(record),
            Kind::RoleAssignment => self.role_assignment(record, context),
            Kind::DelegatedGrant => {
                self.delegated_grant(record);
                Ok(())
            }
        }
    }

    /// Something of a part that could not be read: the part cannot be complete.
    pub(super) fn lose(&mut self, part: Part, place: Place, text: String) {
        let words = format!("{}: {text}", self.place(place));
        self.draft.part(part).lost.push(words);
        // What two parts lack is told once.
        let told = self.place(place);
        if self.notes.last().is_none_or(|last| last.place != told || last.text != text) {
            self.note(place, text);
        }
    }
}

/// Whether an object says when it was deleted.
fn is_deleted(record: &Record) -> bool {
    // .NET prints a moment that is not set as the first one that it knows.
    let unset = |text: &str| text.starts_with("0001-01-01") || text.contains("1/1/0001") || text.contains("01/0001");
    if record.has("@removed") || record.flag("IsDeleted") == Some(true) {
        return true;
    }
    ["DeletedDateTime", "SoftDeletionTimestamp"].iter().any(|name| match record.field(name) {
        Some(field) if field.cut => {
            field.value.as_str().is_some_and(|text| text.trim().starts_with(|c: char| c.is_ascii_digit()))
        }
        Some(_) => match record.text(name) {
            Text::Is(text) => !unset(&text),
            Text::Cut => true,
            Text::Absent | Text::Null => false,
        },
        None => false,
    })
}

/// The beginning of a text for people; somebody may have given a file with a token.
fn shorten(text: &str) -> String {
    let source = Source::from_text("", text.to_owned());
    let mut chars = source.text().chars();
    let head: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { format!("{head}\u{2026}") } else { head }
}
