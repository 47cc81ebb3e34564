//! The join link in the filter is encoded twice, or its quote is not closed.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::may_be_closed_below;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, query) = call.path()?;
    if !route.ends_with("/onlinemeetings") || !query.contains("joinweburl") {
        return None;
    }
    let quotes = query.matches('\'').count() + query.matches("%27").count();
    // The link's own escapes read `%253a` in a filter that is right; its scheme tells how often the whole was encoded.
    let explanation = if query.contains("https%253a") {
        "the join link in the filter is percent-encoded twice"
    } else if quotes % 2 == 1 && !is_broken(call) {
        "the quote around the join link is not closed"
    } else {
        return None;
    };
    call.finding("join-url-filter-malformed", Confidence::Likely, explanation, call.at_path("the filter"))
}

/// Whether the path ends with its row, and the next one may have the rest of the filter.
fn is_broken(call: &Call<'_>) -> bool {
    let span = call.facts.path.as_ref().and_then(|path| path.span);
    span.is_some_and(|path| may_be_closed_below(call.context.text, path.end))
}
