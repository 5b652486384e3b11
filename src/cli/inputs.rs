//! What is read at the start: environment variables, the config file and client properties files.
//! No other part of the configuration touches the outside.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::{EXIT_USAGE, GlobalArgs};
use crate::config::{
    ClusterRequest, ConfigFile, Environment, Layers, PropertiesFile, Settings, UserFile, chosen_cluster,
    resolve,
};

/// The largest file that is read, in bytes: a larger one is no configuration.
const FILE_MAX: u64 = 1024 * 1024;

/// The most themes, or keymaps, that are read: reading more would keep the screen from opening.
const FOLDER_MAX: usize = 200;

/// The environment, by name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What was read at the start.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The layers, to be resolved.
    pub layers: Layers,
    /// Sentences about files that others can read although they hold secrets; printable.
    pub warnings: Vec<String>,
}

/// Why reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFailure {
    /// Printable lines that say what was tried and what came back, without a final line end.
    pub text: String,
    /// The exit code.
    pub code: u8,
}

impl InputFailure {
    fn new(text: &str) -> Self {
        Self {
            text: crate::config::printable(text).into_owned(),
            code: EXIT_USAGE,
        }
    }
}

/// The environment of this process.
pub fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Reads the layers that the arguments and the environment lead to. Faults inside a file are left to
/// [`crate::config::resolve`]; a file that is named and cannot be read is a failure.
pub fn gather(args: &GlobalArgs, variable: Lookup<'_>) -> Result<Inputs, InputFailure> {
    let location = locate(args.config.as_deref(), variable);
    let mut inputs = Inputs::default();
    inputs.layers.flags = args.flags();
    inputs.layers.environment =
        Environment::read(|name| variable(name).map(|value| value.to_string_lossy().into_owned()));
    if let Some(location) = &location {
        inputs.layers.searched = location.path.to_string_lossy().into_owned();
        // A default file that exists and cannot be read is a failure too: going on without it would hide it.
        if location.named || fs::symlink_metadata(&location.path).is_ok() {
            let (file, warning) = read_config(&location.path, location.named_by)?;
            inputs.layers.file = Some(file);
            inputs.warnings.extend(warning);
        }
    }
    if let Some(path) = &args.config_file {
        let (file, warning) = read_properties(path, "flag --config-file")?;
        inputs.layers.client_file = Some(file);
        inputs.warnings.extend(warning);
    }
    if let ClusterRequest::Named(name) = chosen_cluster(&inputs.layers) {
        let (file, warning) = read_cluster_properties(inputs.layers.file.as_ref(), &name.value, variable)?;
        inputs.layers.cluster_file = file;
        inputs.warnings.extend(warning);
    }
    Ok(inputs)
}

/// Reads the layers and lays them over each other: the settings with what is worth telling, or every fault,
/// one a line.
pub fn load(args: &GlobalArgs, variable: Lookup<'_>) -> Result<(Settings, Vec<String>), InputFailure> {
    let inputs = gather(args, variable)?;
    match resolve(&inputs.layers).into_result() {
        Ok((settings, notes)) => {
            let notes = notes.iter().map(ToString::to_string);
            Ok((settings, inputs.warnings.into_iter().chain(notes).collect()))
        }
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(InputFailure {
                text: lines.join("\n"),
                code: EXIT_USAGE,
            })
        }
    }
}

/// Where the config file is, or would be.
struct Location {
    path: PathBuf,
    named: bool,
    named_by: &'static str,
}

fn locate(flag: Option<&Path>, variable: Lookup<'_>) -> Option<Location> {
    if let Some(path) = flag {
        return Some(Location {
            path: path.to_owned(),
            named: true,
            named_by: "flag --config",
        });
    }
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(path) = set(Environment::CONFIG) {
        return Some(Location {
            path: path.into(),
            named: true,
            named_by: "environment KAFTOP_CONFIG",
        });
    }
    // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification).
    let directory = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    let path = directory.join("kaftop").join("config.toml");
    Some(Location {
        path,
        named: false,
        named_by: "config file",
    })
}

/// The files `*.toml` of a directory beside the config file, by name; the second value says why they cannot be listed.
pub fn read_folder(args: &GlobalArgs, variable: Lookup<'_>, folder: &str) -> (Vec<UserFile>, Option<String>) {
    let Some(location) = locate(args.config.as_deref(), variable) else {
        return (Vec::new(), None);
    };
    let folder = location.path.parent().unwrap_or(Path::new("")).join(folder);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Vec::new(), None),
        Err(error) => {
            let warning = format!("cannot list {}: {error}", folder.display());
            return (Vec::new(), Some(crate::config::printable(&warning).into_owned()));
        }
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    let warning = (paths.len() > FOLDER_MAX).then(|| {
        let text = format!(
            "of {} only the first {FOLDER_MAX} files are read",
            folder.display()
        );
        crate::config::printable(&text).into_owned()
    });
    let files = paths.iter().take(FOLDER_MAX).map(|path| UserFile {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        path: path.to_string_lossy().into_owned(),
        text: text_of(path),
    });
    (files.collect(), warning)
}

/// The directory of what is kept across restarts (XDG Base Directory Specification).
pub fn state_folder(variable: Lookup<'_>) -> Option<PathBuf> {
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_STATE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .map(|folder| folder.join("kaftop"))
}

/// Reads a config file; `named_by` says in a failure who named it. The second value is a warning.
pub fn read_config(path: &Path, named_by: &str) -> Result<(ConfigFile, Option<String>), InputFailure> {
    let text = read_text(path, named_by)?;
    let file = ConfigFile::parse(&text, &path.to_string_lossy());
    let warning = file.holds_secret().then(|| open_to_all(path)).flatten();
    Ok((file, warning))
}

/// Reads the client properties file that a cluster of the config file names, if it names one.
pub fn read_cluster_properties(
    file: Option<&ConfigFile>,
    cluster: &str,
    variable: Lookup<'_>,
) -> Result<(Option<PropertiesFile>, Option<String>), InputFailure> {
    let Some((file, named)) =
        file.and_then(|file| Some((file, file.clusters.get(cluster)?.config_file.as_ref()?)))
    else {
        return Ok((None, None));
    };
    let named_by = format!("{}: config_file", named.origin);
    let home = variable("HOME").filter(|home| !home.is_empty());
    let path = match (named.value.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        // An absolute path takes the place of the directory.
        _ => Path::new(&file.path)
            .parent()
            .unwrap_or(Path::new(""))
            .join(&named.value),
    };
    let (properties, warning) = read_properties(&path, &named_by)?;
    Ok((Some(properties), warning))
}

fn read_properties(path: &Path, named_by: &str) -> Result<(PropertiesFile, Option<String>), InputFailure> {
    let text = read_text(path, named_by)?;
    let file = PropertiesFile::parse(&text, &path.to_string_lossy());
    let warning = file.holds_secret().then(|| open_to_all(path)).flatten();
    Ok((file, warning))
}

/// Reads a file of text; `named_by` says in a failure who named it.
pub(super) fn read_text(path: &Path, named_by: &str) -> Result<String, InputFailure> {
    text_of(path)
        .map_err(|what| InputFailure::new(&format!("{named_by}: cannot read {}: {what}", path.display())))
}

/// The text of a file, or why it cannot be read.
fn text_of(path: &Path) -> Result<String, String> {
    // A directory, a pipe or a device is refused before it is opened: opening a pipe would wait for ever.
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_MAX.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX {
        return Err("it is larger than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|b| **b == b'\n')
            .count();
        format!("line {} is not UTF-8", line.saturating_add(1))
    })
}

/// The warning about a file with secrets that every user of the machine can read.
#[cfg(unix)]
fn open_to_all(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0).then(|| {
        let path = path.to_string_lossy();
        let shown = crate::config::printable(&path);
        format!("{shown} holds secrets and every user of this machine can read it: chmod 600 {shown}")
    })
}

/// Elsewhere the rights of a file are not read.
#[cfg(not(unix))]
fn open_to_all(_path: &Path) -> Option<String> {
    None
}
