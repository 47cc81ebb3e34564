//! Object ids that commands ask for, where the snapshot has them: of the app's service principal, and of Microsoft Graph's.

use uuid::Uuid;

use crate::input::{Fact, Facts, Origin};
use crate::knowledge::GRAPH;
use crate::tenant::Snapshot;

/// Names the service principals of the app and of Microsoft Graph in this tenant.
pub(super) fn name(facts: &mut Facts, snapshot: &Snapshot) {
    let of = |app: Option<Uuid>| {
        let found = snapshot.apps.known().iter().find(|it| Some(it.app_id) == app);
        found.and_then(|it| it.service_principal_id)
    };
    let found = [("service-principal-id", of(facts.app_asked())), ("graph-service-principal-id", of(Some(GRAPH)))];
    for (slot, id) in found {
        if let Some(id) = id.filter(|_| !facts.named.iter().any(|(known, _)| *known == slot)) {
            let value = Fact { value: id.to_string(), span: None, origin: Origin::Option };
            facts.named.push((slot.into(), value));
        }
    }
}
