//! Failures that their client tells more than once: one failure, not two.

use memchr::memmem;

use super::fields::clean;
use super::group::{ECHO, Group, Told, frames, is_inside, names_others, says_same};
use super::pattern::Hit;
use super::{Span, apart, frame, service};
use crate::source::{has_blank_line, slice};

/// The rest of what PowerShell prints of a failure that its other words name says nothing more.
pub(crate) fn drop_tails(text: &str, hits: &mut Vec<Hit<'_>>) {
    /// From a message to the end of its `CategoryInfo`.
    const BLOCK: usize = 1_500;
    let is_tail = |hit: &Hit<'_>| hit.symptom.name == "cmdlet-failed";
    // `ClientError` is a wrapper's word, and names no failure.
    let names = |hit: &&Hit<'_>| !is_tail(hit) && !hit.symptom.wrapper;
    let others: Vec<Span> = hits.iter().filter(names).map(|hit| hit.span).collect();
    hits.retain(|hit| {
        let of_block = |other: &Span| {
            let (first, second) = if other.start < hit.span.start { (*other, hit.span) } else { (hit.span, *other) };
            second.start <= first.end.saturating_add(BLOCK) && !has_blank_line(slice(text, first.end..second.start))
        };
        let next = others.partition_point(|other| other.start < hit.span.start);
        let near = || others.get(next).into_iter().chain(next.checked_sub(1).and_then(|at| others.get(at)));
        !is_tail(hit) || !near().any(of_block)
    });
}

/// How an exception begins that stands for several.
const SUMMARY: &str = "AggregateException: One or more errors occurred.";

/// Whether words stand on the line of an exception that stands for several.
pub(crate) fn is_of_summary(text: &str, at: usize) -> bool {
    slice(text, frame::line_start(text, at)..at).contains(SUMMARY)
}

/// An exception that stands for several names the words of each on its first line, `One or more errors occurred. (...) (...)`,
/// and each of them again below.
pub(crate) fn drop_summaries(text: &str, hits: &mut Vec<Hit<'_>>) {
    /// No line with a few messages is longer, and no text has more of them.
    const LINE: usize = 16 << 10;
    const MANY: usize = 256;
    const BELOW: usize = 64;
    for at in memmem::find_iter(text.as_bytes(), SUMMARY).take(MANY) {
        let from = at + SUMMARY.len();
        let line = slice(text, from..from + LINE);
        let end = from + memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len());
        let first = hits.partition_point(|hit| hit.span.start < from);
        let rest = hits.partition_point(|hit| hit.span.start < end).max(first);
        let (Some(told), Some(below)) = (hits.get(first..rest), hits.get(rest..)) else { continue };
        let words = |hit: &Hit<'_>| clean(text, hit.span);
        let is_told_below = |hit: &Hit<'_>| below.iter().take(BELOW).any(|other| words(other) == words(hit));
        if told.len() > 1 && told.iter().all(is_told_below) {
            hits.drain(first..rest);
        }
    }
}

/// Clients print the service's words twice, or wrap them into their own: one failure, not two.
pub(super) fn join_echoes<'c>(text: &str, groups: Vec<Group<'c>>, told: Told<'_, 'c>) -> Vec<Group<'c>> {
    let mut joined: Vec<Group<'c>> = Vec::new();
    let mut groups = groups.into_iter().peekable();
    while let Some(group) = groups.next() {
        let led = joined.last().is_some_and(|last| {
            is_of_workflow(last) && group.start() <= last.end() + ECHO && (told.wrapped)(last, &group)
        });
        if led {
            joined.pop();
        }
        let is_one = joined.last().is_some_and(|last| is_one(text, last, &group, groups.peek(), told));
        match joined.last_mut().filter(|_| is_one) {
            Some(last) => last.absorb(group),
            None => joined.push(group),
        }
    }
    joined
}

/// Whether an error is a workflow's own, which only says that a step of it failed.
fn is_of_workflow(group: &Group<'_>) -> bool {
    const WORKFLOW: &str = "workflow-wrapper";
    !group.hits.is_empty() && group.hits.iter().all(|hit| hit.symptom.name == WORKFLOW) && group.inner.is_none()
}

/// Whether a group is of the failure before it; `next` is the one below.
fn is_one<'c>(text: &str, last: &Group<'c>, group: &Group<'c>, next: Option<&Group<'c>>, told: Told<'_, 'c>) -> bool {
    let near = group.start() <= last.end() + ECHO;
    let repeats = || group.hits.iter().any(|hit| last.hits.iter().any(|other| says_same(other, hit)));
    let others = || group.hits.iter().any(|hit| names_others(text, &last.hits, hit));
    let separate = || others() || last.mentions().any(|known| frame::separate(text, known, group.mention()));
    // A client's words before the next answer lead to that one.
    let thrown_alike = || frame::are_thrown_alike(text, last.start(), group.start());
    let is_ruled = || frame::rule(slice(text, last.end().min(group.start())..group.start())).is_some();
    let parted = || thrown_alike() || is_ruled();
    let leads = || last.only_wrapper() && (told.wrapped)(last, group) && !parted();
    let trails = || {
        group.only_wrapper()
            && !(repeats() && separate())
            && (told.wrapped)(group, last)
            && !parted()
            && !apart::leads_on(text, last, group, next)
    };
    let one_is_bare = last.bare() != group.bare();
    let printed_again =
        || near && repeats() && is_same_answer(text, last, group) || near && !others() && is_inside(text, last, group);
    let is_told = near
        && (leads()
            || trails()
            || frames(text, last, group)
            || one_is_bare && !group.only_wrapper() && repeats() && !separate())
        || printed_again();
    is_told && !(told.apart)(last, group)
}

/// The same failure told once more by what its client keeps of it: a log's context, an event's parts, an exception's
/// text. `may_be_one`: no list of answers holds one of them without the other, and they are of one call.
pub(crate) fn join_repeats<'c>(
    text: &str,
    groups: Vec<Group<'c>>,
    may_be_one: impl Fn(&Group<'c>, &Group<'c>) -> bool,
) -> Vec<Group<'c>> {
    let mut joined: Vec<Group<'c>> = Vec::with_capacity(groups.len());
    for group in groups {
        match joined.last_mut() {
            Some(last) if tells_again(text, last, &group) && may_be_one(last, &group) => last.absorb(group),
            _ => joined.push(group),
        }
    }
    joined
}

/// Whether a failure repeats the one before: the same words about the same app and user, and the same request where both
/// name one.
fn tells_again(text: &str, one: &Group<'_>, other: &Group<'_>) -> bool {
    /// What a client adds to an answer is not longer: frames of a stack, context.
    const CONTEXT: usize = 64 << 10;
    /// Between an answer and the same one under a label.
    const LABELLED: usize = 1_000;
    /// Between what a client says of an answer and the answer.
    const FRAMED: usize = 200;
    // An object that was cut reaches to the end of the text.
    let is_cut = one.is_cut() || one.object.is_some_and(|object| !object.closed) || one.end() > other.start();
    let cut = one.message.filter(|_| is_cut).map(|message| message.value.end);
    let between = cut.unwrap_or(one.end()).min(other.start())..other.start();
    if between.len() > CONTEXT || other.hits.iter().any(|hit| names_others(text, &one.hits, hit)) {
        return false;
    }
    let words = |group: &Group<'_>| {
        let words = group.message.map(|message| clean(text, message.value)).unwrap_or_default();
        words.trim_end_matches(['.', '\\', '"', '\'']).to_owned()
    };
    let repeats = other.hits.iter().any(|hit| one.hits.iter().any(|it| it.symptom.name == hit.symptom.name));
    if !repeats && (words(one).is_empty() || words(one) != words(other)) {
        return false;
    }
    let id = |group: &Group<'_>| group.request_id.map(|id| clean(text, id.value)).filter(|id| id.len() == 36);
    match (id(one), id(other)) {
        (Some(own), Some(theirs)) => {
            let between = slice(text, between);
            // Another paragraph is another telling.
            own == theirs && !frame::begins_item(between) && (between.len() <= ECHO || !has_blank_line(between))
        }
        _ if one.bare() || other.bare() => {
            let near = between.len() <= ECHO;
            repeats && near && !one.mentions().any(|known| frame::separate(text, known, other.mention()))
        }
        // `Code: 403`, `message: ...`, and the object that the client read.
        _ if one.object.is_none()
            && other.object.is_some()
            && one.code.is_none_or(|code| service::is_number(text, code)) =>
        {
            between.len() <= FRAMED && words(one) == words(other)
        }
        _ => {
            let same_code = one.code.zip(other.code).is_none_or(|(a, b)| clean(text, a.value) == clean(text, b.value));
            let near = between.len() <= LABELLED;
            let between = slice(text, between);
            // Another code in another paragraph: two answers that say as little.
            let parted = !same_code && has_blank_line(between);
            // The folded line of a console, and the same object unfolded below: `error: {code: "X", message: "…",…}`.
            let folded = || {
                let rest = one.message.map(|message| slice(text, message.value.end..other.start()));
                let rest = rest.unwrap_or_default().trim_start_matches(['"', '\'', ',', ' ']);
                one.object.is_some() && other.object.is_none() && ["…}", "...}"].iter().any(|end| rest.starts_with(end))
            };
            near && same_code && folded()
                || near && !parted && (frame::is_labelled(text, other.start()) || frame::is_context(between))
                || near && same_code && frame::is_sibling(text, between, other.start())
                || same_code && frame::is_cause(text, other.start()) && frame::is_stack(between)
        }
    }
}

/// The same answer once more, as a document of its own: the items of a batch share a request id.
fn is_same_answer(text: &str, one: &Group<'_>, other: &Group<'_>) -> bool {
    let id = |group: &Group<'_>| group.request_id.map(|id| clean(text, id.value)).filter(|id| id.len() == 36);
    let between = slice(text, one.end().min(other.start())..other.start());
    let mut before = "";
    let document = between.split_inclusive('\n').any(|line| {
        let begins = line.trim_start().starts_with('{') && !before.trim_end().ends_with([',', '[', ':']);
        before = line;
        begins
    });
    document && id(one).is_some() && id(one) == id(other)
}
