//! This project's own export: lines with a part and an object, and a manifest that says what is complete.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Part;
use super::context::Context;
use super::draft::EffectiveFact;
use super::error::ImportError;
use super::gather::Gather;
use super::record::{Place, Record};
use crate::source::sanitise;
use crate::tenant::parse_id;
use crate::tenant::snapshot::{Reason, Status, Via};
use crate::tenant::text::is_cloud;

impl Gather<'_> {
    /// A line of this project's own export; `false`: it is no such line.
    pub(super) fn export(&mut self, map: &Map<String, Value>, place: Place) -> Result<bool, ImportError> {
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        if map.contains_key("graphwhy_export") {
            if map.get("graphwhy_export").and_then(Value::as_u64) != Some(1) {
                return Err(self.malformed(place, "an export of a newer version".to_owned(), "update graphwhy"));
            }
            if let Some(id) = text("tenant_id").and_then(parse_id) {
                self.draft.set_tenant(id, place)?;
            }
            if let Some(cloud) = text("cloud") {
                if !is_cloud(cloud) {
                    let message = format!("`{}` is no cloud", sanitise::shortened(&sanitise::one_line(cloud), 60));
                    return Err(self.malformed(place, message, EXPORT_AGAIN));
                }
                self.draft.set_cloud(cloud.to_owned(), place)?;
            }
            self.state.export = Some((BTreeMap::new(), place));
            return Ok(true);
        }
        if map.contains_key("graphwhy_manifest") {
            self.manifest(map, place)?;
            return Ok(true);
        }
        let (Some(part), Some(item)) = (text("part").and_then(Part::named), map.get("item")) else { return Ok(false) };
        let owner = owner_of(map);
        if let Some((lists, _)) = &mut self.state.export {
            *lists.entry((part, owner.clone())).or_default() += 1;
        }
        let Value::Object(item) = item else {
            return Err(self.malformed(place, "an item is no object".to_owned(), EXPORT_AGAIN));
        };
        let id = owner.as_deref().and_then(parse_id);
        let mut context = Context { user: owner.clone(), ..Context::default() };
        match part {
            Part::Members => (context.origin, context.group, context.user) = (Some("members".to_owned()), id, None),
            Part::Roles => context.service_principal = id,
            _ => {}
        }
        self.record(&Record::from_map(item.clone(), place), &context)?;
        Ok(true)
    }

    fn manifest(&mut self, map: &Map<String, Value>, place: Place) -> Result<(), ImportError> {
        self.state.closed = true;
        self.state.recognised += 1;
        let time =
            |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        self.draft.taken_at = self.draft.taken_at.max(time(map.get("finished_at")));
        let mut lists = self.state.export.take().map(|(lists, _)| lists).unwrap_or_default();
        for entry in map.get("parts").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let Some(part) = text("part").and_then(Part::named) else { continue };
            let owner = entry.as_object().and_then(owner_of);
            let found = lists.remove(&(part, owner.clone())).unwrap_or_default();
            let count = entry.get("count").and_then(Value::as_u64);
            if count != Some(found as u64) {
                return Err(self.malformed(
                    place,
                    format!(
                        "the manifest counts {} items of `{part}`, and the file holds {found}",
                        count.map_or_else(|| "no".to_owned(), |count| count.to_string())
                    ),
                    EXPORT_AGAIN,
                ));
            }
            let status = match text("status") {
                Some("complete") => Status::Complete,
                Some("partial") => Status::Partial,
                _ => Status::Missing,
            };
            let read_at = time(entry.get("read_at"));
            let reason = entry.get("reason").and_then(Value::as_object).map(|reason| {
                let text = |name: &str| reason.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
                Reason { kind: text("kind").unwrap_or_default(), needs: text("needs"), detail: text("detail") }
            });
            self.list_status(part, owner.as_deref(), status, read_at, reason, place)?;
            if let Some(source) = text("source")
                && status != Status::Missing
            {
                self.draft.saw(part, source);
            }
        }
        if let Some(((part, _), _)) = lists.first_key_value() {
            return Err(self.malformed(place, format!("the manifest does not speak of `{part}`"), EXPORT_AGAIN));
        }
        Ok(())
    }

    fn list_status(
        &mut self,
        part: Part,
        owner: Option<&str>,
        status: Status,
        read_at: Option<Timestamp>,
        reason: Option<Reason>,
        place: Place,
    ) -> Result<(), ImportError> {
        let complete = status == Status::Complete;
        match (part, owner.and_then(parse_id)) {
            (Part::Members, Some(group)) if status != Status::Missing => {
                let list = self.draft.members_of(group, place);
                list.complete |= complete;
                list.read_at = list.read_at.max(read_at);
            }
            (Part::Roles, Some(principal)) if status != Status::Missing => {
                let list = self.draft.roles_of(principal, place);
                list.complete |= complete;
                list.read_at = list.read_at.max(read_at);
            }
            (Part::Effective, _) => {
                if let Some(user) = owner
                    && complete
                    && !self.draft.effective.contains_key(&user.to_lowercase())
                {
                    let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None, hides: Vec::new() };
                    self.draft.add_effective(user, read, place)?;
                }
            }
            _ => {}
        }
        let state = self.draft.part(part);
        state.read_at = state.read_at.max(read_at);
        if complete && owner.is_none() {
            state.complete_by = Some(place.file);
            state.seen = true;
        } else if !complete && let Some(reason) = reason {
            state.failure = Some((status, reason));
        }
        Ok(())
    }
}

const EXPORT_AGAIN: &str = "the file was cut or edited: run the script again";

fn owner_of(map: &Map<String, Value>) -> Option<String> {
    ["group_id", "user_id", "service_principal_id"]
        .iter()
        .find_map(|name| map.get(*name).and_then(Value::as_str))
        .map(str::to_ascii_lowercase)
}
