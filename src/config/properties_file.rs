//! Client properties files, in the syntax of Java's `Properties.load`.

use super::origin::Origin;
use super::problem::Problem;
use super::property::Property;

/// The properties of one file, in the order in which they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertiesFile {
    /// The properties that could be read; when a name stands twice, the later one counts.
    pub properties: Vec<Property>,
    /// Lines that are no property.
    pub problems: Vec<Problem>,
}

impl PropertiesFile {
    /// Reads a text: `key=value`, `key: value` or `key value`, lines that start with `#` or `!` are comments,
    /// a backslash at the end of a line goes on with the next. `path` is for messages only.
    pub fn parse(text: &str, path: &str) -> Self {
        let mut file = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().zip(1_u32..);
        while let Some((first, number)) = lines.next() {
            let mut logical = first.trim_start().to_owned();
            if logical.is_empty() || logical.starts_with(['#', '!']) {
                continue;
            }
            while ends_in_continuation(&logical) {
                logical.pop();
                let Some((next, _)) = lines.next() else { break };
                logical.push_str(next.trim_start());
            }
            let origin = Origin::file(path, number);
            match split(&logical) {
                Some((name, value)) => file.properties.push(Property::new(&name, value.trim(), origin)),
                // The line is not quoted: it may be a secret.
                None => file.problems.push(Problem::new(
                    origin,
                    "",
                    "found no key and value, expected KEY=VALUE",
                )),
            }
        }
        file
    }

    /// Whether a property of the file is a real secret.
    pub fn holds_secret(&self) -> bool {
        self.properties.iter().any(Property::holds_secret)
    }
}

fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Splits at the first `=`, `:` or white space that no backslash protects.
fn split(line: &str) -> Option<(String, String)> {
    let mut escaped = false;
    let (at, _) = line.char_indices().find(|(_, character)| {
        let ends_name = !escaped && (matches!(character, '=' | ':') || character.is_whitespace());
        escaped = *character == '\\' && !escaped;
        ends_name
    })?;
    let (name, rest) = line.split_at_checked(at)?;
    let rest = rest.trim_start();
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    let name = unescape(name);
    (!name.is_empty() && !(rest.is_empty())).then(|| (name, unescape(value.trim_start())))
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                plain.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}
