//! The floors and walls of the crate docs, read off the source: a module imports only from lower floors,
//! and each third-party crate stays behind its wall.

#![expect(
    clippy::expect_used,
    reason = "a check of the source that cannot read it must fail loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with its floor.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("store", 1),
    ("health", 1),
    ("alert", 1),
    ("gate", 1),
    ("command", 1),
    ("config", 1),
    ("wire", 2),
    ("engine", 2),
    ("source", 2),
    ("sim", 2),
    ("sink", 2),
    ("ui", 2),
    ("act", 3),
    ("app", 4),
    ("cli", 5),
];

/// Imports between neighbours of one floor that the crate docs allow, with the reason there.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("source", "wire"),
    ("source", "engine"),
    ("command", "config"),
    ("alert", "health"),
    ("alert", "config"),
    ("gate", "health"),
];

/// Each walled crate with the modules that may name it.
const WALLS: &[(&str, &[&str])] = &[
    ("kafka_protocol", &["wire", "sim"]),
    ("ratatui", &["ui"]),
    ("crossterm", &["ui"]),
    ("color_eyre", &["cli", "app", "main"]),
    ("bollard", &["engine"]),
    ("notify_rust", &["sink"]),
    ("rustix", &["act", "cli", "sink", "ui"]),
    ("tokio_rustls", &["engine", "sink"]),
    (
        "tokio",
        &[
            "wire", "engine", "source", "sim", "sink", "ui", "act", "app", "cli",
        ],
    ),
    ("hyper", &["sink", "engine"]),
    ("flate2", &["sink"]),
    ("regex", &["sink", "ui"]),
    ("nucleo_matcher", &["ui"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("toml", &["alert", "config", "command", "sim", "ui"]),
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Code without comments and without what is compiled for tests only.
fn product_code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_for_tests(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    path.components().any(|part| part.as_os_str() == "tests")
        || stem.ends_with("tests")
        || ["testbed", "fixture", "robustness"].contains(&stem)
}

/// The first segment of every path that begins with `crate::` or `kaftop::`, groups opened.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => found.push(std::mem::take(&mut word)),
                    c if depth == 1 && !c.is_whitespace() => word.push(c),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            found.push(word);
        } else {
            found.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    found
        .iter()
        .map(|path| path.split("::").next().unwrap_or_default().to_owned())
        .collect()
}

fn names(code: &str, krate: &str) -> bool {
    code.match_indices(krate).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + krate.len()..].chars().next();
        let starts =
            before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '.' || c == '"'));
        starts && code[at + krate.len()..].starts_with("::") && after == Some(':')
    })
}

#[test]
fn a_module_imports_only_from_lower_floors_and_crates_stay_behind_their_walls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let floor = |module: &str| {
        FLOORS
            .iter()
            .find(|(name, _)| *name == module)
            .map(|(_, floor)| *floor)
    };
    let (mut breaches, mut edges) = (Vec::new(), 0);
    for path in files.iter().filter(|path| !is_for_tests(path)) {
        let relative = path.strip_prefix(&root).expect("under src");
        let first = relative
            .components()
            .next()
            .expect("a part")
            .as_os_str()
            .to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        let code = product_code(&fs::read_to_string(path).expect("readable"));
        for (krate, allowed) in WALLS {
            if names(&code, krate) && !allowed.contains(&module.as_str()) {
                breaches.push(format!("{} names {krate}", relative.display()));
            }
        }
        let Some(own) = floor(&module) else {
            assert!(
                ["lib", "main"].contains(&module.as_str()),
                "{module} has no floor"
            );
            continue;
        };
        for import in imports(&code) {
            let Some(theirs) = floor(&import) else { continue };
            edges += 1;
            let neighbour = NEIGHBOURS.contains(&(module.as_str(), import.as_str()));
            if import != module && theirs >= own && !neighbour {
                breaches.push(format!("{} imports {import}", relative.display()));
            }
        }
    }
    assert!(
        edges > 50,
        "the reader of imports found {edges} only: it is broken"
    );
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn the_readers_see_what_they_must() {
    assert_eq!(
        imports("use crate::{model::ids::{A, B}, store}; crate::ui::run()"),
        ["model", "store", "ui"]
    );
    assert!(names("use ratatui::buffer::Buffer;", "ratatui"));
    assert!(!names("use crate::ratatui_like;", "ratatui"));
    assert!(!names("let x = \"toml::x\";", "toml"));
    assert_eq!(product_code("a\n// crate::ui\n#[cfg(test)]\nmod tests {\nb"), "a");
}
