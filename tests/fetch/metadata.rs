//! Is a request valid by the metadata of Graph: path, keys, navigation, casts, and properties in the query?

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) struct Metadata(Value);

impl Metadata {
    pub(crate) fn load() -> Self {
        Self(serde_json::from_str(include_str!("../../testdata/fetch/metadata.json")).unwrap())
    }

    fn has(&self, kind: &str, property: &str) -> bool {
        let entry = &self.0["types"][kind];
        let own = entry["properties"].as_array().unwrap().iter().any(|it| it == property);
        own || entry["base"].as_str().is_some_and(|base| self.has(base, property))
    }

    fn navigation(&self, kind: &str, name: &str) -> Option<String> {
        let entry = &self.0["types"][kind];
        let own = entry["navigation"][name].as_str().map(str::to_owned);
        own.or_else(|| entry["base"].as_str().and_then(|base| self.navigation(base, name)))
    }

    fn is_a(&self, kind: &str, base: &str) -> bool {
        kind == base || self.0["types"][kind]["base"].as_str().is_some_and(|it| self.is_a(it, base))
    }

    /// Why `GET target` (below the version) is not valid.
    pub(crate) fn check(&self, target: &str, eventual: bool) -> Result<(), String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut segments = path.trim_start_matches('/').split('/');
        let first = segments.next().unwrap();
        let (name, key) = match first.split_once('(') {
            Some((name, key)) => (name, Some(key.strip_suffix(')').ok_or("open parenthesis")?)),
            None => (first, None),
        };
        let (mut kind, mut many) = match (self.0["sets"][name].as_str(), self.0["singletons"][name].as_str()) {
            (Some(kind), _) => (kind.to_owned(), key.is_none()),
            (None, Some(kind)) => (kind.to_owned(), false),
            (None, None) => return Err(format!("`{name}` is no entity set")),
        };
        if let Some(key) = key {
            // The only key of a type may stand without its name.
            let (property, value) = match key.strip_prefix('\'') {
                Some(_) => ("id", key),
                None => key.split_once('=').ok_or("a key without a name")?,
            };
            let quoted = value.starts_with('\'') && value.ends_with('\'');
            if !self.has(&kind, property) || !quoted {
                return Err(format!("`{key}` is no key of {kind}"));
            }
        }
        let mut cast = false;
        for segment in segments {
            if let Some(to) = segment.strip_prefix("microsoft.graph.") {
                if !self.is_a(to, &kind) {
                    return Err(format!("{to} is no {kind}"));
                }
                (kind, cast) = (to.to_owned(), true);
            } else if many {
                if segment.is_empty() || segment.contains('\'') {
                    return Err(format!("`{segment}` is no key"));
                }
                many = false;
            } else {
                let to = self.navigation(&kind, segment).ok_or(format!("{kind} has no `{segment}`"))?;
                many = to.ends_with("[]");
                kind = to.trim_end_matches("[]").to_owned();
            }
        }
        let mut counted = false;
        let mut options = BTreeSet::new();
        if let Some(bad) = target.chars().find(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}#".contains(*c)) {
            return Err(format!("{bad:?} stands bare in the address"));
        }
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (option, value) = pair.split_once('=').ok_or(format!("`{pair}` has no value"))?;
            let value = decoded(value);
            if !options.insert(option) {
                return Err(format!("`{option}` twice"));
            }
            match option {
                "$select" => {
                    for property in value.split(',') {
                        if !self.has(&kind, property) {
                            return Err(format!("{kind} has no `{property}` to select"));
                        }
                    }
                }
                "$filter" if many => {
                    let words: Vec<&str> = value.split(' ').collect();
                    let [property, "eq", literal] = words.as_slice() else { return Err(format!("filter `{value}`")) };
                    if !self.has(&kind, property) || !literal.starts_with('\'') || !literal.ends_with('\'') {
                        return Err(format!("filter `{value}` of {kind}"));
                    }
                }
                "$top" if many => {
                    let top: u32 = value.parse().map_err(|_| format!("$top `{value}`"))?;
                    if !(1..=999).contains(&top) {
                        return Err(format!("$top {top} is not between 1 and 999"));
                    }
                }
                "$count" if many => counted = value == "true",
                "$skiptoken" if many => {}
                _ => return Err(format!("`{option}` is no option of this request")),
            }
        }
        if counted && !eventual {
            return Err("$count takes ConsistencyLevel: eventual".to_owned());
        }
        if cast && !(counted && eventual) {
            return Err("a cast takes $count=true and ConsistencyLevel: eventual".to_owned());
        }
        Ok(())
    }
}

/// Why a body of `$batch` is not valid: at most 20 requests with ids of their own and relative addresses.
pub(crate) fn check_batch(body: &Value) -> Result<(), String> {
    let requests = body["requests"].as_array().ok_or("no requests")?;
    if body.as_object().is_none_or(|it| it.len() != 1) || !(1..=20).contains(&requests.len()) {
        return Err(format!("{} requests, or something beside them", requests.len()));
    }
    let mut ids = BTreeSet::new();
    for request in requests {
        let request = request.as_object().ok_or("a request that is no object")?;
        if let Some(other) = request.keys().find(|key| !["id", "method", "url", "headers"].contains(&key.as_str())) {
            return Err(format!("`{other}` in a request"));
        }
        let id = request["id"].as_str().ok_or("an id that is no text")?;
        if !ids.insert(id) {
            return Err(format!("id `{id}` twice"));
        }
        let url = request["url"].as_str().ok_or("no url")?;
        if !url.starts_with('/') || url.starts_with("/v1.0") || url.starts_with("/$batch") {
            return Err(format!("`{url}` is not below the version"));
        }
    }
    Ok(())
}

pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: String = rest.by_ref().take(2).map(char::from).collect();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
