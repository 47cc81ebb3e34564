//! Changes that are no change: what a state already has, or has not.

use uuid::Uuid;

use super::Fix;
use super::direct_assignment;
use super::held::granted;
use crate::tenant::{Snapshot, name};

const SET: &str = "Set-CsApplicationAccessPolicy -Identity ";
const GRANT_GROUP: &str = "Grant-CsApplicationAccessPolicy -Group ";

/// Whether the state has all that a fix changes: an id is listed already, or is in no list that was read; a policy is
/// assigned already; or an assignment that is taken away gives the user the `app`.
#[must_use]
pub fn is_done(fix: &Fix, snapshot: &Snapshot, app: Option<Uuid>) -> bool {
    let mut commands = fix.steps.iter().flat_map(|step| &step.commands).peekable();
    commands.peek().is_some() && commands.all(|line| changes_nothing(line, snapshot, app))
}

fn changes_nothing(line: &str, snapshot: &Snapshot, app: Option<Uuid>) -> bool {
    let lists = |policy: &str, id: Uuid| {
        let known = snapshot.policies.known().iter().find(|it| name::same(&it.name, policy));
        known.map(|it| it.app_ids.contains(&id))
    };
    if let Some((policy, change)) = line.strip_prefix(SET).and_then(|rest| rest.split_once(" -AppIds @{")) {
        let policy = policy.trim_matches('\'');
        let Some((verb, id)) = change.trim_end_matches('}').split_once('=') else { return false };
        // A hole is any policy that the read shows, and any id.
        let Ok(id) = Uuid::try_parse(id.trim_matches('\'')) else { return false };
        return match verb {
            "Add" => lists(policy, id) == Some(true),
            "Remove" => lists(policy, id).map_or_else(|| is_listed_nowhere(snapshot, id), |listed| !listed),
            _ => false,
        };
    }
    if let Some((user, to)) = granted(line) {
        let Some(held) = direct_assignment(snapshot, user).flatten() else { return false };
        // Where its list has the app, nothing below it is hidden.
        let gives = || app.is_some_and(|app| lists(held, app) == Some(true));
        return if to == "$null" { gives() } else { name::same(held, to.trim_matches('\'')) };
    }
    let group = line.strip_prefix(GRANT_GROUP).and_then(|rest| rest.split_once(" -PolicyName "));
    group.is_some_and(|(group, policy)| {
        let policy = policy.split(" -").next().unwrap_or_default().trim_matches('\'');
        let id = Uuid::try_parse(group.trim_matches('\'')).ok();
        let known = snapshot.groups.known().iter().find(|it| Some(it.group_id) == id);
        known.is_some_and(|it| name::same(&it.policy, policy))
    })
}

fn is_listed_nowhere(snapshot: &Snapshot, id: Uuid) -> bool {
    snapshot.policies.is_complete() && !snapshot.policies.known().iter().any(|it| it.app_ids.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::super::held::GRANT;
    use super::*;

    #[test]
    fn changes_that_are_there() {
        let text = r#"{"schema":1,"policies":{"status":"complete","items":[
            {"name":"Global","app_ids":[]},
            {"name":"Meetings","app_ids":["9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20"]}]},
            "direct":{"status":"complete","items":[{"user_id":"748d2cbb-3b55-40ed-8c34-2eae5932b22a","policy":"Meetings"}]},
            "groups":{"status":"complete","items":[{"group_id":"d8ebfa45-0f28-4d2d-9bcc-b158a49e2d17","policy":"Meetings","rank":1}]}}"#;
        let snapshot = crate::tenant::parse(text, "t").unwrap_or_default();
        let app = Uuid::try_parse("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20").ok();
        let is = |line: &str| changes_nothing(line, &snapshot, app);
        let set = |policy: &str, change: &str| format!("{SET}{policy} -AppIds @{{{change}}}");
        let (own, other) = ("'9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'", "'1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11'");
        let user = "'748d2cbb-3b55-40ed-8c34-2eae5932b22a'";
        assert!(is(&set("'Meetings'", &format!("Add={own}"))));
        assert!(is(&set("'Tag:meetings'", &format!("Remove={other}"))));
        assert!(is(&set("'<policy-name>'", &format!("Remove={other}"))));
        assert!(is(&format!("{GRANT}{user} -PolicyName 'Meetings'")));
        assert!(is(&format!("{GRANT}{user} -PolicyName $null")));
        assert!(is(&format!(
            "{GRANT_GROUP}'d8ebfa45-0f28-4d2d-9bcc-b158a49e2d17' -PolicyName 'Meetings' -Rank '<rank>'"
        )));
        for open in [
            set("'Meetings'", &format!("Add={other}")),
            set("Global", &format!("Add={own}")),
            set("'<policy-name>'", &format!("Add={own}")),
            set("'<policy-name>'", &format!("Remove={own}")),
            set("'Meetings'", "Remove='<service-principal-object-id>'"),
            set("'Meetings'", &format!("Remove={own}")),
            format!("{GRANT}{user} -PolicyName 'Rooms'"),
            format!("{GRANT}'2b1c5d7e-90aa-4c1f-8e2d-6f3a4b5c6d7e' -PolicyName $null"),
            format!("{GRANT_GROUP}'<group-object-id>' -PolicyName 'Meetings' -Rank '<rank>'"),
            "send the request again, unchanged".to_owned(),
        ] {
            assert!(!is(&open), "{open}");
        }
        assert!(!changes_nothing(&format!("{GRANT}{user} -PolicyName $null"), &snapshot, None));
    }
}
