//! The status of a failure: its own, or one beside it that nothing speaks against.

use super::assemble::Around;
use super::facts::is_refusal;
use super::fields::clean;
use super::group::Group;
use super::status::{self, Status};
use super::territory::Territory;
use super::{Fact, Span, aside, beside, frame};
use crate::source::{has_blank_line, slice};

/// No more statuses than this are looked at above a failure, or below.
const FEW: usize = 16;

/// The status of a failure: its own field, one on its lines, or one of its block that nothing speaks against.
pub(super) fn of(text: &str, group: &Group<'_>, territory: Territory, around: &Around) -> Option<Fact<u16>> {
    let failure = Span::new(territory.start, territory.end);
    let lines = beside::lines_of(text, failure);
    let code = group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    let failed = is_refusal(group);
    let fits = |status: &&Status| !beside::contradicts(code, status.value);
    let own = |status: &&Status| group.status.is_some_and(|field| field.value == status.span);
    let all = territory.part(&around.statuses, |status| status.span.start);
    // A part of a batch has its status beside its body, above or below.
    let of_part = around.part(failure.start).and_then(|part| part.status);
    if let Some(own) = of_part.and_then(|part| all.iter().find(|status| status.span == part)) {
        return Some(Fact::text(own.value, own.span));
    }
    if let Some(own) = all.iter().find(|status| own(status) && fits(status)) {
        return Some(Fact::text(own.value, own.span));
    }
    // What stands in the words of the failure itself is of it.
    let aside = |status: &Status| {
        let within = failure.start <= status.span.start && status.span.start < failure.end;
        let is_aside = || {
            aside::is_of_another_time(text, status.span, Some(failure))
                || aside::is_of_another_code(text, status.span, status.value, code)
        };
        !within && is_aside()
    };
    let fits = |status: &&Status| {
        fits(status) && !(failed && status.value < 400) && is_near(text, status, failure) && !aside(status)
    };
    let place = |status: &Status| status.span.start;
    let (from, to) =
        (all.partition_point(|it| place(it) < lines.start), all.partition_point(|it| place(it) < lines.end));
    let (above, here, below) = (all.get(..from), all.get(from..to), all.get(to..));
    // A message may hold lines of a log: what stands on the line of the words before them is of them.
    let of_words = |at: usize| {
        let said = || group.hits.iter().map(|hit| hit.span.start).find(|said| at < *said);
        failure.start <= at && said().is_some_and(|said| beside::line_of(text, said).start <= at)
    };
    let of_record = |status: &&Status| beside::is_of_record(text, failure, place(status)) || of_words(place(status));
    let here = here.unwrap_or_default().iter().filter(fits).filter(of_record).map(|status| (place(status), status));
    let answers =
        |status: &&Status| fits(status) && (!failed || beside::may_answer(text, around, status, failure, code));
    let above = || above.unwrap_or_default().iter().rev().take(FEW).find(answers);
    let is_open = |status: &&Status| {
        let between = slice(text, failure.end..place(status).max(failure.end));
        !(failed && frame::opens_object(between, !group.bare()))
    };
    let below = || below.unwrap_or_default().iter().take(FEW).find(|status| answers(status) && is_open(status));
    let found = territory.nearest(here).or_else(above).or_else(below).copied();
    found.or_else(|| trailing(text, group, territory, all)).map(|status| Fact::text(status.value, status.span))
}

/// Whether a status stands where the one of a failure does.
fn is_near(text: &str, status: &Status, failure: Span) -> bool {
    let at = status.span.start;
    if at >= failure.start {
        return (status.named || ends_in_brackets(text, status, failure)) && at <= failure.end + 200;
    }
    let between = slice(text, status.span.end..failure.start.min(status.span.end + 256));
    if !status.named {
        // `-> 403 {"error": ...`, also in markup
        let between = between.replace("&quot;", "\"");
        return between.len() <= 16
            && between.matches('\n').count() <= 1
            && between.chars().filter(|c| c.is_alphanumeric()).count() <= 2;
    }
    // In prose a number far off is something else; in a dump the status line is where it is.
    let lines = between.matches('\n').count();
    status.line
        || failure.start - at < 200
            && (lines == 0 || status.value >= 400 && lines <= 2 && (!has_blank_line(between) || leads_on(between)))
}

/// `Unexpected id format (400)`: the status in brackets is all that the line goes on with.
fn ends_in_brackets(text: &str, status: &Status, failure: Span) -> bool {
    let between = slice(text, failure.end..status.span.start.max(failure.end));
    let rest = slice(text, status.span.end..status.span.end + 4).split(['\n', '\r']).next().unwrap_or_default();
    let lead = between.trim_start_matches(['.', '"', '\'', '`']);
    matches!(lead, " (" | " [") && matches!(rest.trim_end(), ")" | "]" | ")." | "]." | ")," | ");")
}

/// Whether nothing but a reason phrase and few words stand between a status and what it heads: `I get 504 Gateway
/// Timeout.`, an empty line, and the body.
fn leads_on(between: &str) -> bool {
    between.split_whitespace().filter(|word| word.len() > 1).count() <= 5
}

/// Some clients print the status last, below the request: it must be the one that the code names.
fn trailing(text: &str, group: &Group<'_>, territory: Territory, statuses: &[Status]) -> Option<Status> {
    let code = group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    let below = statuses.iter().find(|status| status.line && status.span.start >= territory.end)?;
    let near = below.span.start <= territory.end + 2_500;
    let printed_last = slice(text, territory.end..below.span.start).contains(frame::SDK_VERSION);
    let printed_last = printed_last && !beside::is_parted(text, territory.end, below.span.start);
    let fits = !beside::contradicts(code, below.value) && below.value >= 400;
    (near && (printed_last && fits || code == Some(below.value))).then_some(*below)
}
