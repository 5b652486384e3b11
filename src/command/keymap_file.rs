//! What one keymap file says: a section per context, in it `strokes = "command"`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::Command;
use super::chord::Chord;
use super::context::Context;
use super::sequence::Sequence;
use crate::config::{FileReader, INHERITS, Mismatch, Sheet, advice, join, nearest, quoted, wrong};

/// The key with the commands that are to have no key.
const UNBOUND: &str = "unbound";

/// What one keymap file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeymapFile {
    /// The bindings; without a command, the strokes ask for nothing.
    pub(super) bindings: Vec<(Context, Sequence, Option<Command>)>,
    /// The commands that are to have no key.
    pub(super) unbound: Vec<Command>,
}

/// Reads a keymap file. What cannot be used is left out, with a problem that says what and why; the rest is taken.
pub(super) fn parse(text: &str, path: &str) -> Sheet<KeymapFile> {
    Sheet::read(text, path, |reader, table| {
        let mut file = KeymapFile::default();
        let mut valid: Vec<&str> = Context::ALL.iter().map(|context| context.name()).collect();
        valid.extend([INHERITS, UNBOUND]);
        reader.deny_unknown("", table, &valid, |key| {
            let guessed = ["keys", "keymap", "bindings", "bind", "map", "global"].contains(&key);
            guessed.then_some("a section that says where keys hold, such as [everywhere]")
        });
        for context in Context::ALL {
            if let Some(section) = reader.table("", table, context.name()) {
                bindings(&mut file, reader, context, section);
            }
        }
        if let Some(value) = table.get(UNBOUND) {
            unbound(&mut file, reader, value);
        }
        file
    })
}

fn bindings(file: &mut KeymapFile, reader: &mut FileReader<'_>, context: Context, section: &DeTable<'_>) {
    for (key, value) in section {
        let text = key.get_ref().as_ref();
        let full = join(context.name(), text);
        let strokes: Sequence = match text.parse() {
            Ok(strokes) => strokes,
            Err(why) => {
                let near = text.split(' ').find_map(near_key).unwrap_or_default();
                reader.fault(&key.span(), &full, format!("{why}{near}"));
                continue;
            }
        };
        let command = match (value.get_ref(), value.get_ref().as_str()) {
            (DeValue::Boolean(false), _) => None,
            (other, None) => {
                let mismatch = wrong(other, "the name of a command, or false for none");
                reader.fault(&value.span(), &full, mismatch);
                continue;
            }
            (_, Some(name)) => match command(name) {
                Ok(command) => Some(command),
                Err(mismatch) => {
                    reader.fault(&value.span(), &full, mismatch);
                    continue;
                }
            },
        };
        // TOML itself refuses a key that stands twice, but strokes have several spellings, and must not begin others.
        let clash = file
            .bindings
            .iter()
            .find(|(bound, other, _)| {
                *bound == context && (other.begins_with(&strokes) || strokes.begins_with(other))
            })
            .map(|(_, other, bound)| {
                let bound = bound.map_or("nothing", Command::name);
                if *other == strokes {
                    format!("{strokes} is bound twice here, also to {bound}")
                } else {
                    format!("{strokes} and {other} ({bound}) begin alike: one of them could never be typed")
                }
            });
        match clash {
            Some(clash) => reader.fault(&key.span(), &full, clash),
            None => file.bindings.push((context, strokes, command)),
        }
    }
}

fn unbound(file: &mut KeymapFile, reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) {
    let Some(list) = value.get_ref().as_array() else {
        let mismatch = wrong(value.get_ref(), "an array of names of commands");
        reader.fault(&value.span(), UNBOUND, mismatch);
        return;
    };
    for item in list {
        let read = item
            .get_ref()
            .as_str()
            .map_or_else(|| Err(wrong(item.get_ref(), "the name of a command")), command);
        match read {
            Ok(command) if file.bindings.iter().any(|(_, _, bound)| *bound == Some(command)) => {
                let name = command.name();
                reader.fault(&item.span(), UNBOUND, format!("{name} is bound above"));
            }
            Ok(command) => file.unbound.push(command),
            Err(mismatch) => reader.fault(&item.span(), UNBOUND, mismatch),
        }
    }
}

fn command(name: &str) -> Result<Command, Mismatch> {
    Command::named(name).ok_or_else(|| {
        let names: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(_) => advice(name, "name", &names),
            None => "`kaftop keys` lists them all".to_owned(),
        };
        Mismatch::Refused(format!("there is no command {}; {hint}", quoted(name)))
    })
}

/// The name of a key that a word that is none looks like.
fn near_key(word: &str) -> Option<String> {
    if word.parse::<Chord>().is_ok() {
        return None;
    }
    let bare = word.trim_start_matches("ctrl-").trim_start_matches("alt-");
    nearest(bare, Chord::words()).map(|near| format!("; the nearest valid name is {}", quoted(near)))
}
