//! The join link in the filter is encoded twice, or its quote is not closed.

use super::call::Call;
use crate::diagnose::Finding;
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
    } else if quotes % 2 == 1 {
        "the quote around the join link is not closed"
    } else {
        return None;
    };
    call.finding("join-url-filter-malformed", Confidence::Likely, explanation, call.at_path("the filter"))
}
