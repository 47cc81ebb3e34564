//! Object ids that commands ask for, where the snapshot has them: of the app's service principal, and of Microsoft Graph's.
//! And object ids that stand where a client id belongs.

use uuid::Uuid;

use super::{Finding, Question};
use crate::input::{Fact, Facts, Origin};
use crate::knowledge::{Confidence, GRAPH, Gate};
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

/// What is proved of an id that is no client id, but an object id of an app of this tenant, is not proved of that app.
pub(super) fn doubt(proved: &mut Vec<Finding>, question: &Question, snapshot: Option<&Snapshot>) {
    let (Some(id), Some(snapshot)) = (question.app_id, snapshot) else { return };
    let apps = snapshot.apps.known();
    if apps.iter().any(|app| app.app_id == id) {
        return;
    }
    let Some(app) = apps.iter().find(|it| [it.service_principal_id, it.application_object_id].contains(&Some(id)))
    else {
        return;
    };
    // It is there, by another id.
    proved.retain(|finding| finding.cause != "app-unknown-in-tenant");
    let words = format!(
        "`{id}` is an object id of `{}`, whose client id is `{}`: ask about that one (`--app`)",
        app.name.as_deref().unwrap_or("an app"),
        app.app_id
    );
    let of_app = |finding: &&mut Finding| matches!(finding.gate, Gate::Permission | Gate::Policy | Gate::Time);
    for finding in proved.iter_mut().filter(of_app).filter(|finding| finding.confidence > Confidence::Possible) {
        finding.lower(Confidence::Possible, &words);
    }
}
