//! Files of one kind that come built in and from the user's directory, and build on each other: themes, keymaps.

use toml::de::DeTable;

use super::file_reader::{FileReader, name};
use super::name::advice;
use super::origin::{Origin, Sourced};
use super::printable::quoted;
use super::problem::Problem;

/// The key by which a file names the one that it builds on.
pub(crate) const INHERITS: &str = "inherits";

/// A file of the user's directory, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFile {
    /// Its name without the ending, by which it is chosen.
    pub name: String,
    /// Its path, for messages.
    pub path: String,
    /// Its text, or why it could not be read.
    pub text: Result<String, String>,
}

/// What one file says, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet<T> {
    /// What was understood of it.
    pub content: T,
    /// The file that it builds on.
    pub inherits: Option<Sourced<String>>,
    /// Its faults, by line.
    pub problems: Vec<Problem>,
    /// Whether it could be read at all; where not, nothing of it is used.
    pub usable: bool,
}

impl<T: Default> Sheet<T> {
    /// Reads a text of TOML; `read` is given its top level.
    pub(crate) fn read(
        text: &str,
        path: &str,
        read: impl FnOnce(&mut FileReader<'_>, &DeTable<'_>) -> T,
    ) -> Self {
        let mut reader = FileReader::new(text, path);
        let (document, syntax) = DeTable::parse_recoverable(text);
        reader.syntax(text, &syntax);
        let usable = syntax.is_empty();
        let (mut content, mut inherits) = (T::default(), None);
        // What the parser recovers after a syntax error would add faults that are not there.
        if usable {
            inherits = reader.field("", document.get_ref(), INHERITS, name);
            content = read(&mut reader, document.get_ref());
        }
        let mut problems = reader.problems;
        problems.sort();
        problems.dedup();
        Self {
            content,
            inherits,
            problems,
            usable,
        }
    }

    fn unreadable(path: &str, why: &str) -> Self {
        Self {
            content: T::default(),
            inherits: None,
            problems: vec![Problem::new(
                Origin::file(path, 1),
                "",
                &format!("cannot be read: {why}"),
            )],
            usable: false,
        }
    }
}

/// A file on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// The name by which it is chosen.
    pub name: String,
    /// Its path; none where it is built in.
    pub path: Option<String>,
    /// What it says.
    pub sheet: Sheet<T>,
}

/// A file with all that it builds on.
#[derive(Clone, Debug)]
pub struct Chain<'a, T> {
    /// The files, the one that builds on nothing first. Those that cannot be read are left out.
    pub entries: Vec<&'a Entry<T>>,
    /// The faults of all of them, and of how they build on each other.
    pub problems: Vec<Problem>,
    /// Whether the file that was asked for could be read.
    pub usable: bool,
}

/// All files of one kind. A file of the user goes before one of the same name that is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf<T> {
    /// What they are, in one word, for messages.
    kind: &'static str,
    /// Those built in first.
    entries: Vec<Entry<T>>,
}

impl<T: Default> Shelf<T> {
    /// Reads them all: name and text of those built in, and the files of the user.
    pub(crate) fn load(
        kind: &'static str,
        built_in: &[(&str, &str)],
        files: &[UserFile],
        parse: impl Fn(&str, &str) -> Sheet<T>,
    ) -> Self {
        let own = built_in.iter().map(|(name, text)| Entry {
            name: (*name).to_owned(),
            path: None,
            sheet: parse(text, &format!("{name} (built in)")),
        });
        let theirs = files.iter().map(|file| Entry {
            name: file.name.clone(),
            path: Some(file.path.clone()),
            sheet: match &file.text {
                Ok(text) => parse(text, &file.path),
                Err(why) => Sheet::unreadable(&file.path, why),
            },
        });
        Self {
            kind,
            entries: own.chain(theirs).collect(),
        }
    }

    /// The names, each once, those built in first.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if !names.contains(&entry.name.as_str()) {
                names.push(&entry.name);
            }
        }
        names
    }

    /// Every file, also the built-in ones in whose place a file of the user stands.
    pub fn entries(&self) -> &[Entry<T>] {
        &self.entries
    }

    /// The file of that name.
    pub fn entry(&self, name: &str) -> Option<&Entry<T>> {
        self.entries.iter().rfind(|entry| entry.name == name)
    }

    /// That there is no file of that name, and which name is nearest; `also` are names that are no file's.
    pub fn unknown(&self, name: &str, also: &[&str]) -> String {
        let mut names = self.names();
        names.extend(also);
        format!(
            "there is no {} {}; {}",
            self.kind,
            quoted(name),
            advice(name, "name", &names)
        )
    }

    /// The file of that name with all that it builds on; a sentence where there is none.
    pub fn chain(&self, name: &str) -> Result<Chain<'_, T>, String> {
        let first = self.entry(name).ok_or_else(|| self.unknown(name, &[]))?;
        let mut found = vec![first];
        let mut problems = first.sheet.problems.clone();
        let mut last = first;
        while let Some(parent) = &last.sheet.inherits {
            let fault = |message: &str| Problem::new(parent.origin.clone(), INHERITS, message);
            let Some(next) = self.parent(last, &parent.value) else {
                problems.push(fault(&self.unknown(&parent.value, &[])));
                break;
            };
            if let Some(at) = found.iter().position(|entry| std::ptr::eq(*entry, next)) {
                let circle: Vec<&str> = found.iter().skip(at).map(|entry| entry.name.as_str()).collect();
                let circle = format!("{} -> {}", circle.join(" -> "), next.name);
                problems.push(fault(&format!(
                    "a {} cannot build on itself: {circle}",
                    self.kind
                )));
                break;
            }
            problems.extend(next.sheet.problems.iter().cloned());
            found.push(next);
            last = next;
        }
        problems.sort();
        problems.dedup();
        found.reverse();
        found.retain(|entry| entry.sheet.usable);
        Ok(Chain {
            entries: found,
            problems,
            usable: first.sheet.usable,
        })
    }

    /// The file of that name on which `child` builds: `dark.toml` of the user may build on the `dark` that is built in.
    fn parent(&self, child: &Entry<T>, name: &str) -> Option<&Entry<T>> {
        let own = (child.name == name && child.path.is_some())
            .then(|| {
                self.entries
                    .iter()
                    .find(|entry| entry.name == name && entry.path.is_none())
            })
            .flatten();
        own.or_else(|| self.entry(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> UserFile {
        UserFile {
            name: name.to_owned(),
            path: format!("{name}.toml"),
            text: Ok(text.to_owned()),
        }
    }

    fn shelf(files: &[UserFile]) -> Shelf<Vec<String>> {
        Shelf::load(
            "theme",
            &[("dark", "a = 1"), ("light", "")],
            files,
            |text, path| {
                Sheet::read(text, path, |_, table| {
                    table.keys().map(|key| key.get_ref().to_string()).collect()
                })
            },
        )
    }

    fn chain(files: &[UserFile], name: &str) -> (Vec<String>, Vec<String>) {
        let shelf = shelf(files);
        match shelf.chain(name) {
            Ok(chain) => (
                chain
                    .entries
                    .iter()
                    .map(|entry| entry.path.clone().unwrap_or_else(|| entry.name.clone()))
                    .collect(),
                chain.problems.iter().map(ToString::to_string).collect(),
            ),
            Err(sentence) => (Vec::new(), vec![sentence]),
        }
    }

    #[test]
    fn a_file_goes_before_the_built_in_one_and_may_build_on_it() {
        let files = [
            file("dark", "inherits = \"dark\""),
            file("mine", "inherits = \"dark\""),
        ];
        assert_eq!(shelf(&files).names(), ["dark", "light", "mine"]);
        assert_eq!(
            chain(&files, "mine"),
            (
                vec!["dark".to_owned(), "dark.toml".to_owned(), "mine.toml".to_owned()],
                Vec::new()
            )
        );
    }

    #[test]
    fn what_a_file_cannot_build_on_is_said_with_its_line() {
        let table = [
            (
                "\ninherits = \"drak\"",
                "mine.toml:2: inherits: there is no theme \"drak\"; the nearest valid name is \"dark\"",
            ),
            (
                "inherits = \"mine\"",
                "mine.toml:1: inherits: a theme cannot build on itself: mine -> mine",
            ),
            (
                "inherits = \"other\"",
                "other.toml:1: inherits: a theme cannot build on itself: mine -> other -> mine",
            ),
            (
                "inherits = 3",
                "mine.toml:1: inherits: found the integer 3, expected a string of 1 to 100 printable characters",
            ),
            (
                "a = ",
                "mine.toml:1: not valid TOML: string values must be quoted, expected literal string",
            ),
        ];
        for (text, expected) in table {
            let files = [file("mine", text), file("other", "inherits = \"mine\"")];
            assert_eq!(chain(&files, "mine").1, [expected]);
        }
        assert_eq!(
            chain(&[], "ligth").1,
            ["there is no theme \"ligth\"; the nearest valid name is \"light\""]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_fault_and_not_used() {
        let mut broken = file("mine", "");
        broken.text = Err("denied".to_owned());
        let (entries, problems) = chain(&[broken], "mine");
        assert_eq!(entries, Vec::<String>::new());
        assert_eq!(problems, ["mine.toml:1: cannot be read: denied"]);
    }
}
