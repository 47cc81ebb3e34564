//! Exports with a header row: `TimeGenerated,App,UserId,Status,…` says what each cell of the rows below is. A row is a
//! record: what stands in its cells is of its failure, and what stands in another row is not.

use uuid::Uuid;

use super::meeting::{is_placeholder, uuid_in};
use super::spoken::is_one_of;
use super::{Fact, Facts, Incident, Span, own_pair};
use crate::source::slice;

/// The header stands among the first lines.
const LINES: usize = 40;
/// Headers are not longer, nor rows.
const HEADER: usize = 2_000;
const ROW: usize = 256 << 10;
/// The name of a column is not longer.
const NAME: usize = 48;
/// Fewer columns are a list of words.
const LEAST: usize = 2;

/// What a column holds, by the letters of its name.
const COLUMNS: [(&str, Column); 6] = [
    ("app|appid|applicationid|application|client|clientid|clientapp|clientappid", Column::App),
    ("userid|useroid|userobjectid|targetuser|targetuserid|upn|userprincipalname", Column::User),
    ("user", Column::Person),
    (
        "code|status|statuscode|httpstatus|httpstatuscode|resultcode|responsecode|responsestatuscode|scstatus",
        Column::Status,
    ),
    ("requestid|graphrequestid|xmsrequestid|msrequestid", Column::RequestId),
    ("clientrequestid", Column::ClientRequestId),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    App,
    User,
    /// Whom the call was about, or who ran it.
    Person,
    Status,
    RequestId,
    ClientRequestId,
}

/// What parts the cells of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Layout {
    /// A mark; a cell in quotes may hold it.
    Marked(u8),
    /// `| a | b |`, as Markdown and trackers have it.
    Piped,
    /// `a | b`, as the clients of databases print it.
    Barred,
    /// `<td>a</td><td>b</td>`, one row a line.
    Tagged,
    /// Blanks: each column begins where its line of `----` does, as PowerShell prints it.
    Aligned(Vec<usize>),
}

/// A table of an export.
#[derive(Debug)]
pub(super) struct Table<'t> {
    text: &'t str,
    layout: Layout,
    /// What each column holds, where that matters.
    columns: Vec<Option<Column>>,
    /// Where the rows begin, and where the last one ends.
    rows: Vec<usize>,
}

impl<'t> Table<'t> {
    /// The table of a text that has one, and rows that fit its header.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let mut start = 0;
        for line in text.split_inclusive('\n').take(LINES) {
            let end = start + line.len();
            let marked = header(line).map(|(separator, columns)| (Layout::Marked(separator), columns, end));
            if let Some((layout, columns, rows)) = marked.or_else(|| underlined(text, line, end)) {
                let mut table = Self { text, layout, columns, rows: vec![rows] };
                // Lines with a few commas may be all that a text holds.
                if table.is_known() || table.is_quoted() {
                    table.find_rows();
                    if table.rows.len() > 1 {
                        return Some(table);
                    }
                }
            }
            start = end;
        }
        None
    }

    /// Whether the names of columns tell that it is one.
    fn is_known(&self) -> bool {
        let least = if matches!(self.layout, Layout::Marked(_)) { LEAST } else { 1 };
        self.columns.len() > least && self.columns.iter().any(Option::is_some)
    }

    /// Whether the first row tells it: a cell is in quotes.
    fn is_quoted(&self) -> bool {
        let Layout::Marked(separator) = self.layout else { return false };
        let from = self.rows.first().copied().unwrap_or_default();
        let row = self.end_of_row(from).map(|to| slice(self.text, from..to));
        row.is_some_and(|row| row.starts_with('"') || row.contains(&format!("{}\"", char::from(separator))))
    }

    /// Rows have as many cells as the header.
    fn find_rows(&mut self) {
        let mut at = self.rows.first().copied().unwrap_or_default();
        while let Some(end) = self.end_of_row(at) {
            // Another header begins another table.
            if header(slice(self.text, at..end)).is_some_and(|(_, columns)| columns.iter().any(Option::is_some)) {
                break;
            }
            self.rows.push(end);
            at = end;
        }
    }

    /// Where a row ends that has all its cells.
    fn end_of_row(&self, start: usize) -> Option<usize> {
        let (mut at, mut cells) = (start, 0);
        if start >= self.text.len() {
            return None;
        }
        let Layout::Marked(separator) = self.layout else {
            let rest = slice(self.text, start..start.saturating_add(ROW));
            let line = rest.split_inclusive('\n').next()?;
            let whole = Span::new(start, start + line.len());
            let fits = !line.trim().is_empty() && self.spans(whole).len() == self.columns.len();
            return fits.then_some(whole.end);
        };
        loop {
            let (_, end) = self.cell(at, separator)?;
            cells += 1;
            at = end;
            if self.text.as_bytes().get(end) != Some(&separator) {
                break;
            }
            at += 1;
        }
        let rest = slice(self.text, at..at + 2);
        let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        let ends = line_end > 0 || at == self.text.len();
        (cells == self.columns.len() && ends).then_some(at + line_end)
    }

    /// The value of the cell that begins here, and where the cell ends.
    fn cell(&self, start: usize, separator: u8) -> Option<(Span, usize)> {
        let rest = self.text.as_bytes().get(start..self.text.len().min(start.saturating_add(ROW)))?;
        if rest.first() != Some(&b'"') {
            let len = memchr::memchr3(separator, b'\n', b'\r', rest).unwrap_or(rest.len());
            return Some((Span::new(start, start + len), start + len));
        }
        let mut at = 1;
        loop {
            at += memchr::memchr(b'"', rest.get(at..)?)?;
            if rest.get(at + 1) != Some(&b'"') {
                return Some((Span::new(start + 1, start + at), start + at + 1));
            }
            at += 2;
        }
    }

    /// The row that holds a place.
    fn row(&self, at: usize) -> Option<Span> {
        let index = self.rows.partition_point(|row| *row <= at);
        let start = index.checked_sub(1).and_then(|before| self.rows.get(before))?;
        self.rows.get(index).map(|end| Span::new(*start, *end))
    }

    /// The cells of a row that matter.
    fn cells(&self, row: Span) -> Vec<(Column, Span)> {
        let known = self.columns.iter().zip(self.spans(row));
        known.filter(|(_, value)| !value.is_empty()).filter_map(|(column, value)| Some(((*column)?, value))).collect()
    }

    /// All cells of a row.
    fn spans(&self, row: Span) -> Vec<Span> {
        let line = slice(self.text, row.start..row.end).trim_end();
        let trimmed = |from: usize, to: usize| {
            let cell = slice(line, from..to);
            let start = row.start + from + (cell.len() - cell.trim_start().len());
            Span::new(start, start + cell.trim().len())
        };
        match &self.layout {
            Layout::Marked(separator) => {
                let mut at = row.start;
                let next = |_: &Option<Column>| {
                    let (value, end) = self.cell(at, *separator)?;
                    at = end + 1;
                    Some(value)
                };
                self.columns.iter().map_while(next).collect()
            }
            Layout::Piped => {
                let marks: Vec<usize> = line.match_indices('|').map(|(at, _)| at).collect();
                let closed = line.trim_start().starts_with('|') && line.ends_with('|');
                let cells = marks.iter().zip(marks.iter().skip(1)).map(|(from, to)| trimmed(from + 1, *to));
                if closed { cells.collect() } else { Vec::new() }
            }
            Layout::Barred => {
                let mut at = 0;
                let next = |cell: &str| {
                    let from = at;
                    at += cell.len() + 1;
                    trimmed(from, from + cell.len())
                };
                line.split('|').map(next).collect()
            }
            Layout::Tagged => {
                let cell = |part: &str| {
                    let from = part.as_ptr().addr() - line.as_ptr().addr();
                    trimmed(from, from + part.len())
                };
                tagged(line, "<td", "</td").map(cell).collect()
            }
            Layout::Aligned(columns) => {
                // What is wider than its name and stands to the right begins before it.
                let begins = |at: usize| slice(line, 0..at).rfind(' ').map_or(0, |blank| blank + 1);
                let starts: Vec<usize> = columns.iter().map(|at| begins((*at).min(line.len()))).collect();
                let ends = starts.iter().skip(1).copied().chain([line.len()]);
                starts.iter().zip(ends).map(|(from, to)| trimmed(*from, to.max(*from))).collect()
            }
        }
    }

    /// Whether two places are in rows that name another app or user: the rows are of two failures.
    pub(super) fn are_apart(&self, one: usize, other: usize) -> bool {
        let whose = |row: Span| -> Vec<(Column, &str)> {
            let of_whom = |(column, _): &(Column, Span)| matches!(column, Column::App | Column::User | Column::Person);
            let cells = self.cells(row).into_iter().filter(of_whom);
            cells.map(|(column, cell)| (column, slice(self.text, cell.start..cell.end))).collect()
        };
        let rows = self.row(one).zip(self.row(other)).filter(|(one, other)| one.start != other.start);
        rows.is_some_and(|(one, other)| whose(one) != whose(other))
    }

    /// Gives a failure in a row what its cells say, and takes what another row says.
    pub(super) fn complete(&self, incident: &mut Incident) {
        let Some(row) = self.row(incident.span.start).filter(|row| incident.span.end <= row.end) else { return };
        let facts = &mut incident.facts;
        self.drop_others(row, facts);
        for (column, cell) in self.cells(row) {
            let written = slice(self.text, cell.start..cell.end);
            let id = uuid_in(self.text, cell.start).filter(|(_, end)| *end <= cell.end).map(|(id, _)| id);
            let text = |id: Uuid| Fact::text(id.to_string(), cell);
            match column {
                Column::App if facts.app_id.is_none() => facts.app_id = id.map(|id| Fact::text(id, cell)),
                Column::User | Column::Person if facts.user_id.is_none() && facts.user.is_none() => {
                    facts.user_id = id.map(|id| Fact::text(id, cell));
                    let is_name = id.is_none() && written.contains('@') && !is_placeholder(written);
                    facts.user = is_name.then(|| Fact::text(written.to_owned(), cell));
                    facts.user_beside |= column == Column::Person;
                }
                Column::Status if facts.status.is_none() => {
                    let status = written.trim().parse().ok().filter(|status| (400..600).contains(status));
                    facts.status = status.map(|status| Fact::text(status, cell));
                }
                Column::RequestId if facts.request_id.is_none() => facts.request_id = id.map(text),
                Column::ClientRequestId if facts.client_request_id.is_none() => {
                    facts.client_request_id = id.map(text);
                }
                _ => {}
            }
        }
        if facts.app_id.is_none() {
            facts.app_id = own_pair::app_of_row(self.text, row, incident.span);
        }
    }

    /// What stands in another row is of another record.
    fn drop_others(&self, row: Span, facts: &mut Facts) {
        let is_other = |span: Option<Span>| {
            span.is_some_and(|span| self.row(span.start).is_some_and(|other| other.start != row.start))
        };
        if facts.app_id.as_ref().is_some_and(|app| is_other(app.span)) {
            facts.app_id = None;
            facts.app_beside = false;
        }
        facts.status.take_if(|status| is_other(status.span));
        facts.request_id.take_if(|id| is_other(id.span));
        facts.client_request_id.take_if(|id| is_other(id.span));
        facts.user_id.take_if(|user| is_other(user.span));
        facts.user.take_if(|user| is_other(user.span));
        if facts.path.as_ref().is_some_and(|path| is_other(path.span)) {
            (facts.path, facts.method, facts.host, facts.version) = (None, None, None, None);
            (facts.operation, facts.meeting, facts.organizer_id) = (None, None, None);
            facts.user_beside = false;
        }
    }
}

/// The separator of a header row, and its columns.
fn header(line: &str) -> Option<(u8, Vec<Option<Column>>)> {
    let line = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}');
    if line.len() > HEADER {
        return None;
    }
    let separator =
        [b',', b'\t', b';'].into_iter().max_by_key(|mark| memchr::memchr_iter(*mark, line.as_bytes()).count())?;
    let names: Vec<&str> = line.split(char::from(separator)).map(|name| name.trim().trim_matches('"')).collect();
    let is_name = |name: &&str| {
        let part = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '[' | ']' | '(' | ')' | '@' | '/')
        };
        !name.is_empty()
            && name.len() <= NAME
            && name.chars().all(part)
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '@')
    };
    if names.len() < LEAST || !names.iter().all(is_name) {
        return None;
    }
    let columns: Vec<Option<Column>> = names.iter().map(|name| column(name)).collect();
    Some((separator, columns))
}

/// What a column holds, by its name.
fn column(name: &str) -> Option<Column> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    COLUMNS.iter().find(|(names, _)| is_one_of(names, &letters)).map(|(_, column)| *column)
}

/// The names of columns that a line below them, or marks of their own, tell from the rows: their layout, and where the rows
/// begin.
fn underlined(text: &str, line: &str, end: usize) -> Option<(Layout, Vec<Option<Column>>, usize)> {
    let names = line.trim();
    if names.len() > HEADER || names.len() < LEAST {
        return None;
    }
    if let Some(names) = names.strip_prefix("||").and_then(|names| names.strip_suffix("||")) {
        return Some((Layout::Piped, names.split("||").map(column).collect(), end));
    }
    let tags: Vec<Option<Column>> = tagged(names, "<th", "</th").map(column).collect();
    if tags.len() >= LEAST {
        return Some((Layout::Tagged, tags, end));
    }
    let rule = slice(text, end..end + HEADER).split_inclusive('\n').next().unwrap_or_default();
    if !rule.contains("---") || rule.trim().bytes().any(|byte| !matches!(byte, b'-' | b' ' | b'|' | b':' | b'+')) {
        return None;
    }
    let rows = end + rule.len();
    if let Some(names) = names.strip_prefix('|').and_then(|names| names.strip_suffix('|')) {
        return Some((Layout::Piped, names.split('|').map(column).collect(), rows));
    }
    if names.contains('|') && rule.contains("-+-") {
        return Some((Layout::Barred, names.split('|').map(column).collect(), rows));
    }
    let bytes = rule.as_bytes();
    let begins = |at: &usize| {
        bytes.get(*at) == Some(&b'-') && at.checked_sub(1).is_none_or(|before| bytes.get(before) == Some(&b' '))
    };
    let starts: Vec<usize> = (0..bytes.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    let columns = starts.iter().zip(ends).map(|(from, to)| column(slice(line, *from..to.max(*from))));
    let columns: Vec<Option<Column>> = columns.collect();
    (columns.len() >= LEAST).then_some((Layout::Aligned(starts), columns, rows))
}

/// What stands between the tags of cells.
fn tagged<'l>(line: &'l str, open: &'static str, close: &'static str) -> impl Iterator<Item = &'l str> {
    let cells = line.split(open).skip(1).filter_map(|cell| cell.split_once('>'));
    cells.filter_map(move |(_, cell)| cell.split(close).next())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn rows_and_their_cells() {
        let text = "Export of today\n\nTime [UTC],App,User Id,Status,Message\n1,a,u,403,\"no, \"\"really\"\"\nno\"\n2,b,v,404,x\nend\n";
        let table = Table::of(text).unwrap();
        let rows: Vec<&str> =
            table.rows.windows(2).filter_map(|row| Some(slice(text, *row.first()?..*row.last()?))).collect();
        assert_eq!(rows, ["1,a,u,403,\"no, \"\"really\"\"\nno\"\n", "2,b,v,404,x\n"]);
        let row = table.row(text.find("really").unwrap()).unwrap();
        let cells: Vec<(Column, &str)> =
            table.cells(row).into_iter().map(|(column, cell)| (column, slice(text, cell.start..cell.end))).collect();
        assert_eq!(cells, [(Column::App, "a"), (Column::User, "u"), (Column::Status, "403")]);
        assert!(table.row(text.find("end").unwrap()).is_none());
        let two = "Time,App,UserId\n1,a,u\nTime,UserId,App\n2,v,b\n";
        let table = Table::of(two).unwrap();
        assert!(table.row(two.find("1,").unwrap()).is_some() && table.row(two.find("2,").unwrap()).is_none());
    }

    #[test]
    fn tables_of_marks_and_of_blanks() {
        for text in [
            "| time | user id | app |\n|---|---|---|\n| 1 | u | a |\n| 2 |  | b |\n\nend\n",
            "||Time||User Id||App||\n|1|u|a|\n|2||b|\nend\n",
            " time | user id | app \n------+---------+-----\n 1    | u       | a\n 2    |         | b\n(2 rows)\nend\n",
            "<table><tr><th>time</th><th>user id</th><th>app</th></tr>\n<tr><td>1</td><td>u</td><td>a</td></tr>\n<tr><td>2</td><td></td><td>b</td></tr>\n</table>\nend\n",
            "Time User Id App\n---- ------- ---\n1    u       a\n2            b\n\nend\n",
        ] {
            let table = Table::of(text).unwrap();
            let cells = |place: &str| -> Vec<(Column, &str)> {
                let row = table.row(text.find(place).unwrap()).unwrap();
                let cells = table.cells(row).into_iter();
                cells.map(|(column, cell)| (column, slice(text, cell.start..cell.end))).collect()
            };
            assert_eq!(cells("1"), [(Column::User, "u"), (Column::App, "a")], "{text}");
            assert_eq!(cells("2"), [(Column::App, "b")], "{text}");
            assert!(table.row(text.find("end").unwrap()).is_none(), "{text}");
            assert!(table.are_apart(text.find('1').unwrap(), text.find('2').unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_header() {
        for text in [
            "No app, no user, no status: it fails\n1,2,3\n",
            "app,user\n1,2\n",
            "the app,the user\n1,2\n",
            "app,user,status\n",
            "app,user,status\n1,2\n",
            "one,two,three\n1,2,3\n",
        ] {
            assert!(Table::of(text).is_none(), "{text}");
        }
    }
}
