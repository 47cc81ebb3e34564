//! Walking over the lines of a text.

/// A place in a text from which lines are taken; copies look ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// Number of the next line, from 1.
    pub(super) const fn number(&self) -> usize {
        self.line
    }

    /// Byte offset of the next line.
    pub(super) const fn offset(&self) -> usize {
        self.at
    }

    /// All that is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next line without its end.
    pub(super) fn peek(&self) -> Option<&'a str> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let line = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => rest.get(..end).unwrap_or_default(),
            None => rest,
        };
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// Goes on to a byte offset, counting the lines between.
    pub(super) fn skip_to(&mut self, offset: usize) {
        let offset = offset.min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..offset).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.at = offset.max(self.at);
    }

    /// The line that a later byte offset is on, and its column in characters; both from 1.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let mut there = *self;
        there.skip_to(offset);
        let before = self.text.get(..there.at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (there.line, before.get(start..).unwrap_or_default().chars().count() + 1)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        let rest = self.rest();
        let step = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        self.at += step;
        self.line += 1;
        Some(line)
    }
}
