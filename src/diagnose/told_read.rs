//! Output of the module's reads that stands beside a failure: where it tells otherwise than the snapshot, one of the two is
//! of another state than the call met.

use uuid::Uuid;

use super::{Finding, Question};
use crate::input::Span;
use crate::knowledge::{Confidence, Gate};
use crate::source::slice;
use crate::tenant::import::{File, Options, import};
use crate::tenant::{Snapshot, name};

/// The reads, in lower case.
const READS: [&str; 4] =
    ["get-csapplicationaccesspolicy", "get-csuserpolicyassignment", "get-csonlineuser", "get-csgrouppolicyassignment"];
/// What a user's policy stands behind, in lower case.
const LABEL: &str = "applicationaccesspolicy";
/// So much is looked at on either side of a failure.
const NEAR: usize = 8 << 10;

/// What the snapshot proves of the policy is likely beside output that tells otherwise of this app and this user.
pub(super) fn doubt(
    proved: &mut [Finding],
    text: &str,
    failure: Span,
    question: &Question,
    snapshot: Option<&Snapshot>,
) {
    let certain = |it: &&mut Finding| it.gate == Gate::Policy && it.confidence == Confidence::Certain;
    let mut certain = proved.iter_mut().filter(certain).peekable();
    if certain.peek().is_none() {
        return;
    }
    let Some((app, snapshot)) = question.app_id.zip(snapshot) else { return };
    let above = slice(text, failure.start.saturating_sub(NEAR)..failure.start);
    let below = slice(text, failure.end..failure.end.saturating_add(NEAR));
    let differs = |read: &str, text: &str| {
        output(read, text).is_some_and(|output| {
            let printed = import(&[File { name: "text", text: output }], &Options::default());
            let printed = printed.ok().map(|printed| printed.snapshot);
            printed.as_ref().is_some_and(|printed| lists_otherwise(printed, app, snapshot))
                || question
                    .user_id
                    .is_some_and(|user| assigns_otherwise(read, output, printed.as_ref(), user, snapshot))
        })
    };
    if let Some(read) = READS.into_iter().find(|read| [above, below].into_iter().any(|text| differs(read, text))) {
        let read = match read {
            "get-csapplicationaccesspolicy" => "Get-CsApplicationAccessPolicy",
            "get-csuserpolicyassignment" => "Get-CsUserPolicyAssignment",
            "get-csonlineuser" => "Get-CsOnlineUser",
            _ => "Get-CsGroupPolicyAssignment",
        };
        let words = format!(
            "the text has output of `{read}` that tells otherwise than the snapshot: one of the two may be of another state \
             than the failure"
        );
        certain.for_each(|finding| finding.lower(Confidence::Likely, &words));
    }
}

/// The last read of a kind in a text, with what it printed.
fn output<'t>(read: &str, text: &'t str) -> Option<&'t str> {
    let at = text.to_ascii_lowercase().rfind(read)?;
    let line = slice(text, 0..at).rfind('\n').map_or(0, |end| end + 1);
    let printed = slice(text, line..text.len());
    // A request or an answer behind it, or the next command, is no part of what was printed.
    let ends = ["\nHTTP/", "\nGET ", "\nPOST ", "\nPATCH ", "\nDELETE ", "\n{", "\nPS "];
    let end = ends.iter().filter_map(|end| printed.find(end)).min().unwrap_or(printed.len());
    Some(slice(printed, 0..end))
}

/// Whether what was printed gives the user, or a group, another policy than the snapshot does.
fn assigns_otherwise(command: &str, output: &str, read: Option<&Snapshot>, user: Uuid, snapshot: &Snapshot) -> bool {
    let same = |one: Option<&str>, other: Option<&str>| match (one, other) {
        (Some(one), Some(other)) => name::same(one, other),
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => name::is_global(one),
    };
    let direct = snapshot.direct.known().iter().find(|it| it.user_id == user).map(|it| it.policy.as_deref());
    let effective = snapshot.effective.known().iter().find(|it| it.user_id == user).map(|it| it.policy.as_deref());
    let of_group = |policy: &str| snapshot.groups.known().iter().any(|it| name::same(&it.policy, policy));
    let of_user = |printed: Option<&str>| match direct.flatten().map(Some).or(effective) {
        Some(own) => !same(own, printed),
        None => printed.is_some_and(|printed| !name::is_global(printed) && !of_group(printed)),
    };
    if let Some(read) = read {
        let directs = read.direct.known().iter().filter(|it| it.user_id == user).map(|it| it.policy.as_deref());
        let effectives = read.effective.known().iter().filter(|it| it.user_id == user).map(|it| it.policy.as_deref());
        let printed: Vec<Option<&str>> = directs.chain(effectives).collect();
        let of_groups = read.groups.known().iter().any(|printed| {
            match snapshot.groups.known().iter().find(|it| it.group_id == printed.group_id) {
                Some(own) => {
                    !name::same(&own.policy, &printed.policy)
                        || own.rank != printed.rank && own.rank > 0 && printed.rank > 0
                }
                None => snapshot.groups.is_complete(),
            }
        });
        if of_groups || printed.iter().any(|printed| of_user(*printed)) {
            return true;
        }
        if !printed.is_empty() {
            return false;
        }
    }
    // `ApplicationAccessPolicy : Meetings` without the user, whom the command names.
    let names_another = output.lines().next().is_some_and(|line| {
        let mut words = line.split(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
        words.any(|word| word.len() == 36 && Uuid::try_parse(word).is_ok_and(|id| id != user))
    });
    let of_one = ["get-csonlineuser", "get-csuserpolicyassignment"].contains(&command) && !names_another;
    // A table of one column.
    let lines: Vec<&str> = output.lines().skip(1).map(str::trim).collect();
    let in_column = lines.windows(3).any(|rows| match rows {
        [head, rule, cell] => head.eq_ignore_ascii_case(LABEL) && rule.starts_with("---") && of_user(Some(cell)),
        _ => false,
    });
    of_one && (in_column || lines.iter().any(|line| labelled(line).is_some_and(of_user)))
}

/// The policy that stands behind its label; `None` inside where nothing does.
fn labelled(line: &str) -> Option<Option<&str>> {
    let line = line.trim();
    let label = line.get(..LABEL.len()).filter(|label| label.eq_ignore_ascii_case(LABEL))?;
    let rest = slice(line, label.len()..line.len());
    let value = rest.trim_start().strip_prefix(':');
    let words = value.or_else(|| rest.starts_with(' ').then_some(rest))?.trim();
    let policy = words.split("  ").next().unwrap_or_default().split(" {").next().unwrap_or_default().trim();
    Some((!policy.is_empty()).then_some(policy))
}

/// Whether what was printed lists the app where the snapshot does not, or the other way round.
fn lists_otherwise(read: &Snapshot, app: Uuid, snapshot: &Snapshot) -> bool {
    let own = &snapshot.policies;
    read.policies.known().iter().any(|printed| {
        let lists = printed.app_ids.contains(&app);
        match own.known().iter().find(|policy| name::same(&policy.name, &printed.name)) {
            Some(policy) => policy.app_ids.contains(&app) != lists,
            None => own.is_complete() && lists,
        }
    })
}
