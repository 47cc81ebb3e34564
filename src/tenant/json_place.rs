//! Where in a JSON text a reader stopped, as a path: `users.items[3].upn`.
//!
//! Nothing is read a second time as what it should have been: the text is walked up to the byte that the error names.

/// The path of the value that the reader refused; `.` for the whole text.
pub(super) fn path_of(text: &str, error: &serde_json::Error) -> Option<String> {
    let end = offset(text, error.line(), error.column())?;
    let mut walk = Walk { text, at: 0, end, open: Vec::new() };
    walk.run()?;
    Some(walk.path())
}

/// Bytes that were read before the error; lines and columns count as the reader counts them, from 1 and in bytes.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let before = line.checked_sub(1)?;
    let start = match before.checked_sub(1) {
        Some(breaks) => memchr::memchr_iter(b'\n', text.as_bytes()).nth(breaks)? + 1,
        None => 0,
    };
    start.checked_add(column)
}

/// An object or a list that is not closed yet, and where in it the walk is.
enum Open<'a> {
    Object { key: Option<&'a str> },
    List { index: usize },
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    open: Vec<Open<'a>>,
}

impl<'a> Walk<'a> {
    /// Walks until what was read last is what is open.
    fn run(&mut self) -> Option<()> {
        loop {
            let byte = self.peek()?;
            let start = self.at;
            match byte {
                b'{' | b'[' => {
                    // A reader that wants something else stops before the bracket.
                    if start >= self.end {
                        return Some(());
                    }
                    self.at += 1;
                    self.open.push(match byte {
                        b'{' => Open::Object { key: None },
                        _ => Open::List { index: 0 },
                    });
                    continue;
                }
                b'}' | b']' => {
                    self.at += 1;
                    // What is missing in an object or a list is noticed at its end: the path is its own.
                    self.open.pop();
                }
                b',' => {
                    self.at += 1;
                    match self.open.last_mut()? {
                        Open::Object { key } => *key = None,
                        Open::List { index } => *index += 1,
                    }
                    continue;
                }
                b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let token = self.scalar()?;
                    if let Some(Open::Object { key: key @ None }) = self.open.last_mut() {
                        // A key that is there twice is the object's fault.
                        if self.at >= self.end {
                            return Some(());
                        }
                        *key = Some(token);
                        continue;
                    }
                }
            }
            if self.at >= self.end {
                return Some(());
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?.bytes();
        let blanks = rest.take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.at += blanks;
        self.text.as_bytes().get(self.at).copied()
    }

    /// A string with its quotes, a number or a word.
    fn scalar(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let length = if rest.starts_with('"') {
            let mut escaped = false;
            let end = rest.bytes().skip(1).position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end? + 2
        } else {
            let ends = |byte: u8| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            rest.bytes().position(ends).unwrap_or(rest.len())
        };
        let token = rest.get(..length.max(1))?;
        self.at += token.len();
        Some(token)
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            match open {
                Open::Object { key: None } => {}
                Open::Object { key: Some(key) } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    match serde_json::from_str::<String>(key) {
                        Ok(key) => path.push_str(&key),
                        Err(_) => path.push_str(key),
                    }
                }
                Open::List { index } => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        if path.is_empty() { ".".to_owned() } else { path }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct Tree {
        id: u8,
        name: Option<String>,
        trees: Option<Vec<Tree>>,
        map: Option<HashMap<String, Vec<Option<u8>>>>,
    }

    fn any_tree() -> impl Strategy<Value = Value> {
        let word = "[a-z \"\\\\{}\\[\\],:é\n]{0,5}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..300).prop_map(Value::from),
            Just(Value::from(1.5)),
            word.prop_map(Value::from),
        ];
        let wrong = leaf.clone();
        let map = prop::collection::hash_map(
            word,
            prop::collection::vec(prop_oneof![4 => (0_u8..9).prop_map(Value::from), 1 => leaf.clone()], 0..3),
            0..3,
        );
        let own = (prop_oneof![6 => (0_u8..9).prop_map(Value::from), 1 => leaf.clone()], word, map)
            .prop_map(|(id, name, map)| serde_json::json!({"id": id, "name": name, "map": map}));
        own.prop_recursive(3, 12, 3, move |inner| {
            let list = prop::collection::vec(prop_oneof![8 => inner.clone(), 1 => wrong.clone()], 0..3);
            (inner, list, 0..12).prop_map(|(mut tree, list, kind)| {
                if let Some(tree) = tree.as_object_mut() {
                    tree.insert("trees".to_owned(), list.into());
                    match kind {
                        0 => drop(tree.remove("id")),
                        1 => drop(tree.insert("other".to_owned(), Value::Null)),
                        2 => drop(tree.insert("map".to_owned(), Value::Array(Vec::new()))),
                        _ => {}
                    }
                }
                tree
            })
        })
    }

    proptest! {
        #[test]
        fn the_path_is_the_one_that_a_reader_which_keeps_count_tells(tree in any_tree(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap_or_default();
            if let Err(error) = serde_json::from_str::<Tree>(&text) {
                let counted = serde_path_to_error::deserialize::<_, Tree>(&mut serde_json::Deserializer::from_str(&text));
                prop_assert_eq!(path_of(&text, &error), counted.err().map(|error| error.path().to_string()), "{}\n{}", error, text);
            }
        }

        #[test]
        fn any_text_and_any_place_have_an_answer(text in "[{}\\[\\]:,\"a0\n \\\\]{0,30}", line in 0_usize..4, column in 0_usize..12) {
            let end = offset(&text, line, column).unwrap_or(column);
            let mut walk = Walk { text: &text, at: 0, end, open: Vec::new() };
            let _ = walk.run();
            prop_assert!(walk.at <= text.len() && !walk.path().is_empty());
        }
    }
}
