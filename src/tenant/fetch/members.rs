//! Members of groups: who stands in a list, which groups are inside, and whether a list without anybody may be believed.

use serde::Deserialize;
use uuid::Uuid;

use super::engine::Job;
use super::error::ReadError;
use super::gather::{Gather, Page, read};
use super::reads::What;

const USER_TYPE: &str = "#microsoft.graph.user";
const GROUP_TYPE: &str = "#microsoft.graph.group";

/// The visibility of a group whose members only its members see (learn.microsoft.com/graph/api/resources/group).
const HIDDEN: &str = "HiddenMembership";

#[derive(Deserialize)]
struct RawMember {
    id: Uuid,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct RawGroup {
    visibility: Option<String>,
}

/// Members of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Membership {
    pub(super) members: Vec<Uuid>,
    pub(super) nested: Vec<Uuid>,
    /// The list does not say of each member what it is.
    pub(super) untyped: bool,
    /// Something else than users and groups is listed.
    others: bool,
}

/// Each takes a page, and gives the link to the next one; what is to be read because of it goes to `more`.
impl Gather<'_> {
    /// Users of a group, each of whom is read for herself.
    pub(super) fn user_ids(&mut self, text: &str, more: &mut Vec<Job<What>>) -> Result<Option<String>, ReadError> {
        let page: Page<RawMember> = read(text)?;
        let users = page.value.iter().filter(|raw| raw.kind.as_deref().is_none_or(|it| it == USER_TYPE));
        let reads: Vec<What> = users.map(|raw| What::User(raw.id.to_string())).collect();
        more.extend(reads.into_iter().filter_map(|what| self.job(what)));
        Ok(page.next)
    }

    /// Members of whatever kind.
    pub(super) fn all_members(
        &mut self,
        group: Uuid,
        text: &str,
        more: &mut Vec<Job<What>>,
    ) -> Result<Option<String>, ReadError> {
        let page: Page<RawMember> = read(text)?;
        let membership = self.members.entry(group).or_default();
        let mut inside = Vec::new();
        for raw in page.value {
            match raw.kind.as_deref() {
                Some(GROUP_TYPE) => {
                    membership.nested.push(raw.id);
                    inside.push(raw.id);
                }
                Some(USER_TYPE) => membership.members.push(raw.id),
                Some(_) => membership.others = true,
                None => (membership.untyped, membership.others) = (true, true),
            }
        }
        let untyped = membership.untyped;
        more.extend(self.inside(&inside));
        if untyped {
            more.extend(self.job(What::UserMembers(group)));
            more.extend(self.job(What::GroupMembers(group)));
        }
        if page.next.is_none() && self.shows_nobody(group) {
            more.extend(self.job(What::Visibility(group)));
        }
        Ok(page.next)
    }

    /// The users among the members.
    pub(super) fn user_members(&mut self, group: Uuid, text: &str) -> Result<Option<String>, ReadError> {
        let page: Page<RawMember> = read(text)?;
        self.members.entry(group).or_default().members.extend(page.value.iter().map(|raw| raw.id));
        Ok(page.next)
    }

    /// The groups among the members.
    pub(super) fn nested_groups(
        &mut self,
        group: Uuid,
        text: &str,
        more: &mut Vec<Job<What>>,
    ) -> Result<Option<String>, ReadError> {
        let page: Page<RawMember> = read(text)?;
        let inside: Vec<Uuid> = page.value.iter().map(|raw| raw.id).collect();
        self.members.entry(group).or_default().nested.extend(&inside);
        more.extend(self.inside(&inside));
        Ok(page.next)
    }

    /// Whether those who are not members see who is one.
    pub(super) fn visibility(&mut self, group: Uuid, text: &str) -> Result<(), ReadError> {
        let raw: RawGroup = read(text)?;
        if raw.visibility.is_some_and(|it| it.eq_ignore_ascii_case(HIDDEN)) {
            self.is_hidden(group);
        }
        Ok(())
    }

    /// Groups inside a group: their members are told apart from its own. A circle ends, since nothing is asked twice.
    fn inside(&mut self, inner: &[Uuid]) -> Vec<Job<What>> {
        let open: Vec<What> =
            inner.iter().filter(|id| !self.settled.contains(id)).map(|id| What::Members(*id)).collect();
        open.into_iter().filter_map(|what| self.job(what)).collect()
    }

    /// Nobody is shown as a member: because there is nobody, or because the membership is hidden.
    fn shows_nobody(&self, group: Uuid) -> bool {
        self.members.get(&group).is_none_or(|it| it.members.is_empty() && it.nested.is_empty() && !it.others)
    }

    /// Who is in the group is not shown: a list without anybody does not say that nobody is.
    fn is_hidden(&mut self, group: Uuid) {
        let members = What::Members(group);
        self.finished.remove(&members);
        self.faults.retain(|(what, _)| *what != members);
        let why = ReadError::Hidden("its membership is hidden, and no member is shown".to_owned());
        self.faults.push((members, why));
    }
}
