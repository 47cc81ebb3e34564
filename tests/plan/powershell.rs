//! PowerShell's quoting rules, written here once more (about_Quoting_Rules, about_Special_Characters), and the few
//! commands that change policies. It shares nothing with the code that writes them.

use graphwhy::fix::{AppIds, Command, Target};
use graphwhy::tenant::Teams;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A bare word, a parameter or a variable.
    Word(String),
    /// A quoted text, unescaped.
    Text(String),
    /// `{ } ( ) @{ @( , ; = + |` and the line end.
    Mark(String),
}

fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}')
}

fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let peek = |at: usize| chars.get(at).copied().unwrap_or('\0');
    while at < chars.len() {
        let c = chars[at];
        match c {
            '\u{feff}' | ' ' | '\t' => at += 1,
            '\r' | '\n' => {
                tokens.push(Token::Mark("\n".into()));
                at += 1;
            }
            '#' => {
                while at < chars.len() && !matches!(chars[at], '\n' | '\r') {
                    at += 1;
                }
            }
            _ if is_single(c) => {
                let mut out = String::new();
                at += 1;
                loop {
                    assert!(at < chars.len(), "a literal has no end: {text}");
                    if is_single(chars[at]) {
                        if is_single(peek(at + 1)) {
                            // The first of the two is kept, whichever they are.
                            out.push(chars[at]);
                            at += 2;
                            continue;
                        }
                        at += 1;
                        break;
                    }
                    out.push(chars[at]);
                    at += 1;
                }
                tokens.push(Token::Text(out));
            }
            _ if is_double(c) => {
                // Its inside is expanded, with quotes of its own inside `$( )`.
                let mut depth = 0;
                at += 1;
                while at < chars.len() && !(depth == 0 && is_double(chars[at])) {
                    match chars[at] {
                        '`' => at += 1,
                        '(' if depth > 0 || peek(at - 1) == '$' => depth += 1,
                        ')' if depth > 0 => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                }
                at += 1;
                tokens.push(Token::Word("\"expanded\"".into()));
            }
            '@' if matches!(peek(at + 1), '{' | '(') => {
                tokens.push(Token::Mark(chars[at..at + 2].iter().collect()));
                at += 2;
            }
            '{' | '}' | '(' | ')' | ',' | ';' | '=' | '+' | '|' => {
                tokens.push(Token::Mark(c.into()));
                at += 1;
            }
            _ => {
                let start = at;
                while at < chars.len()
                    && !matches!(
                        chars[at],
                        ' ' | '\t' | '\n' | '\r' | '{' | '}' | '(' | ')' | ',' | ';' | '=' | '+' | '|'
                    )
                    && !is_single(chars[at])
                    && !is_double(chars[at])
                {
                    at += 1;
                }
                tokens.push(Token::Word(chars[start..at].iter().collect()));
            }
        }
    }
    tokens
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, mark: &str) -> bool {
        self.peek() == Some(&Token::Mark(mark.into()))
    }

    fn take(&mut self, mark: &str) -> bool {
        let is = self.is(mark);
        self.at += usize::from(is);
        is
    }

    /// A quoted text, or `('' + 'a' + [char]0x001B)`.
    fn text(&mut self) -> Option<String> {
        if let Some(Token::Text(text)) = self.peek() {
            let text = text.clone();
            self.at += 1;
            return Some(text);
        }
        let start = self.at;
        if !self.take("(") {
            return None;
        }
        let mut units: Vec<u16> = Vec::new();
        loop {
            match self.peek().cloned() {
                Some(Token::Text(text)) => units.extend(text.encode_utf16()),
                Some(Token::Word(word)) if word.starts_with("[char]0x") => {
                    units.push(u16::from_str_radix(&word[8..], 16).unwrap());
                }
                _ => {
                    self.at = start;
                    return None;
                }
            }
            self.at += 1;
            if self.take(")") {
                return Some(String::from_utf16(&units).unwrap());
            }
            assert!(self.take("+"), "{:?}", self.peek());
        }
    }

    fn texts(&mut self) -> Vec<String> {
        let mut all = vec![self.text().unwrap()];
        while self.take(",") {
            all.push(self.text().unwrap());
        }
        all
    }
}

/// The value of one literal expression.
pub(crate) fn value(expression: &str) -> String {
    let mut reader = Reader { tokens: tokens(expression), at: 0 };
    let text = reader.text().unwrap_or_else(|| panic!("no literal: {expression}"));
    assert_eq!(reader.at, reader.tokens.len(), "more than one literal: {expression}");
    text
}

fn ids(texts: &[String]) -> Vec<Uuid> {
    texts.iter().map(|text| Uuid::try_parse(text).unwrap()).collect()
}

#[derive(Default)]
struct Arguments {
    texts: Vec<(String, Vec<String>)>,
    table: Option<(String, Vec<String>)>,
    null: Vec<String>,
    words: Vec<(String, String)>,
    switches: Vec<String>,
}

impl Arguments {
    fn one(&self, name: &str) -> Option<String> {
        self.texts.iter().find(|(it, _)| it == name).map(|(_, values)| values[0].clone())
    }

    fn many(&self, name: &str) -> Vec<String> {
        self.texts.iter().find(|(it, _)| it == name).map(|(_, values)| values.clone()).unwrap_or_default()
    }
}

/// The commands of a script that change something, in order.
pub(crate) fn commands(script: &str) -> Vec<Command> {
    let mut reader = Reader { tokens: tokens(script), at: 0 };
    let mut found = Vec::new();
    let mut app = None;
    let mut role_id = None;
    while let Some(token) = reader.peek().cloned() {
        reader.at += 1;
        let Token::Word(name) = token else { continue };
        if name == "$app" && reader.is("=") {
            app = Some(Uuid::nil());
        }
        let arguments = if name.contains("-Cs") || name.contains("-Mg") || name == "Where-Object" {
            arguments(&mut reader)
        } else {
            continue;
        };
        match name.as_str() {
            "Get-MgServicePrincipal" => {
                if let Some(filter) = arguments.one("-Filter").filter(|_| app == Some(Uuid::nil())) {
                    let id = filter.strip_prefix("appId eq '").and_then(|rest| rest.strip_suffix('\'')).unwrap();
                    app = Some(Uuid::try_parse(id).unwrap());
                }
            }
            "Where-Object" => {
                if let Some(id) = arguments.one("-EQ") {
                    role_id = Some(Uuid::try_parse(&id).unwrap());
                }
            }
            "New-CsApplicationAccessPolicy" => found.push(Command::NewPolicy {
                name: arguments.one("-Identity").unwrap(),
                app_ids: ids(&arguments.many("-AppIds")),
                description: arguments.one("-Description"),
            }),
            "Set-CsApplicationAccessPolicy" => {
                let app_ids = match arguments.table.as_ref().map(|(key, values)| (key.as_str(), ids(values))) {
                    Some(("Add", ids)) => AppIds::Add(ids),
                    Some(("Remove", ids)) => AppIds::Remove(ids),
                    _ => panic!("{name} without a table"),
                };
                found.push(Command::SetPolicy { name: arguments.one("-Identity").unwrap(), app_ids });
            }
            "Remove-CsApplicationAccessPolicy" => {
                found.push(Command::RemovePolicy { name: arguments.one("-Identity").unwrap() });
            }
            "Grant-CsApplicationAccessPolicy" => {
                let to = match (arguments.one("-Identity"), arguments.one("-Group")) {
                    (Some(user), None) => Target::User(Uuid::try_parse(&user).unwrap()),
                    (None, Some(group)) => Target::Group {
                        id: Uuid::try_parse(&group).unwrap(),
                        rank: arguments
                            .words
                            .iter()
                            .find(|(it, _)| it == "-Rank")
                            .map(|(_, rank)| rank.parse().unwrap()),
                    },
                    _ => panic!("the target of a grant"),
                };
                let policy = arguments.one("-PolicyName");
                assert_eq!(policy.is_none(), arguments.null.iter().any(|it| it == "-PolicyName"));
                found.push(Command::Grant { to, policy });
            }
            "Remove-CsGroupPolicyAssignment" => {
                let group_id = Uuid::try_parse(&arguments.one("-GroupId").unwrap()).unwrap();
                found.push(Command::RemoveGroupAssignment { group_id });
            }
            "New-MgServicePrincipalAppRoleAssignment" => {
                let id = Uuid::try_parse(&arguments.one("-AppRoleId").unwrap()).unwrap();
                found.push(Command::AddRole { app_id: app.unwrap(), role: role_name(id), role_id: id });
            }
            "Remove-MgServicePrincipalAppRoleAssignment" => {
                let id = role_id.unwrap();
                found.push(Command::RemoveRole { app_id: app.unwrap(), role: role_name(id), role_id: id });
            }
            "Set-CsTeamsMeetingConfiguration" => {
                let word = arguments.words.iter().find(|(it, _)| it == "-EnableGraphTranscriptAccess").unwrap();
                found.push(Command::TranscriptAccess(word.1 == "$true"));
            }
            "Set-MgUserLicense" => {
                let user_id = Uuid::try_parse(&arguments.one("-UserId").unwrap()).unwrap();
                found.push(license(user_id, script));
            }
            _ => {}
        }
    }
    found
}

/// The licence commands tell by their plans which way they go.
fn license(user_id: Uuid, script: &str) -> Command {
    let (teams, from) = if script.contains("$license.DisabledPlans -ne ") {
        (Teams::Enabled, Teams::Disabled)
    } else if script.contains("@($license.DisabledPlans) + ") {
        (Teams::Disabled, Teams::Enabled)
    } else if script.contains("-RemoveLicenses @($SkuId)") {
        (Teams::Absent, Teams::Enabled)
    } else {
        (Teams::Enabled, Teams::Absent)
    };
    Command::License { user_id, teams, from }
}

fn role_name(id: Uuid) -> String {
    graphwhy::knowledge::permission_by_id(id).unwrap().name.to_owned()
}

fn arguments(reader: &mut Reader) -> Arguments {
    let mut arguments = Arguments::default();
    while let Some(token) = reader.peek().cloned() {
        let Token::Word(name) = token else { break };
        reader.at += 1;
        if !name.starts_with('-') {
            continue;
        }
        match reader.peek().cloned() {
            Some(Token::Word(word)) if word == "$null" => {
                reader.at += 1;
                arguments.null.push(name);
            }
            Some(Token::Word(word)) if !word.starts_with('-') => {
                reader.at += 1;
                arguments.words.push((name, word));
            }
            Some(Token::Mark(mark)) if mark == "@{" => {
                reader.at += 1;
                let Some(Token::Word(key)) = reader.peek().cloned() else { panic!("a key") };
                reader.at += 1;
                assert!(reader.take("="));
                if matches!(reader.peek(), Some(Token::Text(_))) {
                    arguments.table = Some((key, reader.texts()));
                    assert!(reader.take("}"), "{:?}", reader.peek());
                } else {
                    // A table of a licence: not read here.
                    while !reader.take("}") {
                        reader.at += 1;
                    }
                }
            }
            Some(Token::Mark(mark)) if mark == "@(" => {
                while !reader.take(")") {
                    reader.at += 1;
                }
            }
            Some(Token::Text(_)) | Some(Token::Mark(_)) => {
                if matches!(reader.peek(), Some(Token::Text(_))) || reader.is("(") {
                    let texts = reader.texts();
                    arguments.texts.push((name, texts));
                } else {
                    arguments.switches.push(name);
                }
            }
            _ => arguments.switches.push(name),
        }
    }
    arguments
}
