//! Printers: the same objects in each form in which PowerShell shows or writes them.

use std::fmt::Write as _;

/// A property's value.
#[derive(Clone, Debug)]
pub(crate) enum V {
    Null,
    Text(String),
    Bool(bool),
    Number(u32),
    List(Vec<String>),
    /// An object with a name, such as a UserPolicyDefinition.
    Named(String),
}

pub(crate) type Object = Vec<(&'static str, V)>;

/// A small generator with a fixed sequence for each seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn id(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let hex = format!("{a:016x}{b:016x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// `ConvertTo-Json`: one object alone, or a list; app ids as string, list, `{a, b}` or wrapped.
pub(crate) fn json(objects: &[Object], random: &mut Random) -> String {
    let compress = random.chance(30);
    let shape = random.below(4);
    let value = |v: &V| match v {
        V::Null => "null".to_owned(),
        V::Text(text) => quoted(text),
        V::Bool(flag) => flag.to_string(),
        V::Number(number) => number.to_string(),
        V::Named(name) => format!("{{\"Name\":{},\"Authority\":\"Tenant\"}}", quoted(name)),
        V::List(items) => {
            let list = format!("[{}]", items.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(","));
            match shape {
                0 if items.len() == 1 => quoted(&items[0]),
                1 => quoted(&format!("{{{}}}", items.join(", "))),
                2 => format!("{{\"value\":{list},\"Count\":{}}}", items.len()),
                _ => list,
            }
        }
    };
    let objects: Vec<String> = objects
        .iter()
        .map(|object| {
            let fields: Vec<String> = object.iter().map(|(name, v)| format!("\"{name}\":{}", value(v))).collect();
            format!("{{{}}}", fields.join(","))
        })
        .collect();
    let text = match objects.as_slice() {
        [only] if random.chance(50) => only.clone(),
        _ => format!("[{}]", objects.join(",")),
    };
    if compress {
        return text;
    }
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\n")
}

/// `Export-Csv`.
pub(crate) fn csv(objects: &[Object], random: &mut Random) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let delimiter = *random.pick(&[',', ';', '\t']);
    let always = random.chance(60);
    let glue = *random.pick(&[",", ", ", ";", " "]);
    let field = |text: &str| {
        if always || text.contains([delimiter, '"', '\n', '\r']) || text.starts_with(' ') {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let end = if random.chance(50) { "\r\n" } else { "\n" };
    let mut out = String::new();
    if random.chance(40) {
        let _ = write!(out, "#TYPE Selected.System.Management.Automation.PSCustomObject{end}");
    }
    let row = |cells: Vec<String>| cells.join(&delimiter.to_string()) + end;
    out += &row(first.iter().map(|(name, _)| field(name)).collect());
    for object in objects {
        out += &row(object.iter().map(|(_, v)| field(&plain(v, &|items| items.join(glue)))).collect());
    }
    out
}

fn plain(v: &V, list: &dyn Fn(&[String]) -> String) -> String {
    match v {
        V::Null => String::new(),
        V::Text(text) | V::Named(text) => text.clone(),
        V::Bool(true) => "True".to_owned(),
        V::Bool(false) => "False".to_owned(),
        V::Number(number) => number.to_string(),
        V::List(items) => list(items),
    }
}

fn braces(items: &[String]) -> String {
    format!("{{{}}}", items.join(", "))
}

pub(crate) fn cells(text: &str) -> usize {
    text.chars().map(|c| if (0x2E80..=0xFF60).contains(&(c as u32)) || c as u32 > 0xFFFF { 2 } else { 1 }).sum()
}

/// `Format-List`, in a window of some width.
pub(crate) fn list(objects: &[Object], random: &mut Random) -> String {
    let width = *random.pick(&[60, 80, 120, 200]);
    let trimmed = random.chance(30);
    let mut out = String::from("\r\n");
    for object in objects {
        let names = object.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, v) in object {
            let value = plain(v, &braces);
            for (index, mut line) in wrap(&value, width - names - 3).into_iter().enumerate() {
                if trimmed {
                    line = line.trim_end().to_owned();
                }
                let _ = match index {
                    0 => write!(out, "{name:<names$} : {line}\r\n"),
                    _ => write!(out, "{:indent$}{line}\r\n", "", indent = names + 3),
                };
            }
        }
        out += "\r\n";
    }
    out
}

/// Word wrap: the blank stays at the end of its line, and a word wider than a line is broken.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let fits = cells(lines.last().unwrap()) + cells(word) <= width;
        if !fits && cells(word) <= width {
            lines.push(String::new());
        }
        for c in word.chars() {
            if cells(lines.last().unwrap()) + cells(&c.to_string()) > width {
                lines.push(String::new());
            }
            lines.last_mut().unwrap().push(c);
        }
    }
    lines
}

/// `Format-Table`, wide enough for everything.
pub(crate) fn table(objects: &[Object], random: &mut Random) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let right = random.chance(50);
    let rows: Vec<Vec<String>> =
        objects.iter().map(|object| object.iter().map(|(_, v)| plain(v, &braces)).collect()).collect();
    let widths: Vec<usize> = first
        .iter()
        .enumerate()
        .map(|(i, (name, _))| rows.iter().map(|row| cells(&row[i])).max().unwrap_or_default().max(name.len()))
        .collect();
    let to_right = |i: usize| right && matches!(first[i].1, V::Number(_));
    let line = |row: &[String]| {
        let row: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(i, cell)| {
                let gap = " ".repeat(widths[i] - cells(cell));
                if to_right(i) { gap + cell } else { cell.clone() + &gap }
            })
            .collect();
        row.join(" ").trim_end().to_owned() + "\r\n"
    };
    let names: Vec<String> = first.iter().map(|(name, _)| (*name).to_owned()).collect();
    let dashes: Vec<String> = names.iter().map(|name| "-".repeat(name.len())).collect();
    let mut out = format!("\r\n{}{}", line(&names), line(&dashes));
    for row in &rows {
        out += &line(row);
    }
    out + "\r\n\r\n"
}

/// `Out-File` of Windows PowerShell.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// `Format-Table` in a narrow window: wide cells end in an ellipsis.
pub(crate) fn narrow_table(objects: &[Object], random: &mut Random) -> String {
    let widths = [12, 20, 30, 36, 40];
    let dots = *random.pick(&["...", "\u{2026}"]);
    let narrow = *random.pick(&widths);
    let cut = |text: &str| -> String {
        if cells(text) <= narrow {
            return text.to_owned();
        }
        let mut out = String::new();
        for c in text.chars() {
            if cells(&out) + cells(&c.to_string()) + cells(dots) > narrow {
                break;
            }
            out.push(c);
        }
        out + dots
    };
    let Some(first) = objects.first() else { return String::new() };
    let rows: Vec<Vec<String>> =
        objects.iter().map(|object| object.iter().map(|(_, v)| cut(&plain(v, &braces))).collect()).collect();
    let names: Vec<String> = first.iter().map(|(name, _)| cut(name)).collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|i| rows.iter().map(|row| cells(&row[i])).max().unwrap_or_default().max(cells(&names[i])))
        .collect();
    let line = |row: &[String]| {
        let row: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cells(cell)))).collect();
        row.join(" ").trim_end().to_owned() + "\n"
    };
    let dashes: Vec<String> = names.iter().map(|name| "-".repeat(cells(name))).collect();
    let mut out = format!("\n{}{}", line(&names), line(&dashes));
    for row in &rows {
        out += &line(row);
    }
    out + "\n"
}

/// `Format-Table -Wrap` in a window of 120 columns: what does not fit goes on below, between words where it can.
pub(crate) fn wrapped_table(objects: &[Object], _: &mut Random) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let rows: Vec<Vec<String>> =
        objects.iter().map(|object| object.iter().map(|(_, v)| plain(v, &braces)).collect()).collect();
    let mut widths: Vec<usize> = first
        .iter()
        .enumerate()
        .map(|(i, (name, _))| rows.iter().map(|row| cells(&row[i])).max().unwrap_or_default().max(name.len()))
        .collect();
    while widths.iter().sum::<usize>() + widths.len() > 120 {
        let widest = widths.iter().copied().max().unwrap();
        let at = widths.iter().rposition(|width| *width == widest).unwrap();
        widths[at] -= 1;
    }
    if first.iter().zip(&widths).any(|((name, _), width)| name.len() > *width) {
        return table(objects, &mut Random(0));
    }
    let line = |row: Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cells(cell))));
        padded.collect::<Vec<_>>().join(" ").trim_end().to_owned() + "\r\n"
    };
    let names: Vec<String> = first.iter().map(|(name, _)| (*name).to_owned()).collect();
    let dashes = names.iter().map(|name| "-".repeat(name.len())).collect();
    let mut out = format!("\r\n{}{}", line(names), line(dashes));
    for row in &rows {
        let columns: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| wrap(cell, *width).iter().map(|line| line.trim_end().to_owned()).collect())
            .collect();
        for at in 0..columns.iter().map(Vec::len).max().unwrap() {
            out += &line(columns.iter().map(|lines| lines.get(at).cloned().unwrap_or_default()).collect());
        }
    }
    out + "\r\n"
}

/// `Format-Table` of a console that takes every character for one cell wide.
pub(crate) fn flat_table(objects: &[Object], _: &mut Random) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let names = first.iter().map(|(name, _)| (*name).to_owned()).collect();
    let dashes = first.iter().map(|(name, _)| "-".repeat(name.len())).collect();
    let rows = objects.iter().map(|object| object.iter().map(|(_, v)| plain(v, &braces)).collect());
    let rows: Vec<Vec<String>> = [names, dashes].into_iter().chain(rows).collect();
    let length = |text: &String| text.chars().count();
    let widths: Vec<usize> =
        (0..first.len()).map(|i| rows.iter().map(|row| length(&row[i])).max().unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - length(cell))));
        padded.collect::<Vec<_>>().join(" ").trim_end().to_owned() + "\n"
    };
    format!("\n{}\n", rows.iter().map(line).collect::<String>())
}

/// `Format-Table` in which many blanks became one, as in a chat.
pub(crate) fn squeezed_table(objects: &[Object], random: &mut Random) -> String {
    let squeeze = |line: &str| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ") + "\n";
    table(objects, random).lines().map(squeeze).collect()
}
