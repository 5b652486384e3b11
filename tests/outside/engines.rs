//! A real engine through the user's own ssh, of which a program of that name takes the place.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kaftop::model::cluster::Mode;
use kaftop::sim::world::ClusterSpec;
use kaftop::sim::{Listen, Pace, Simulation};
use tokio::runtime::{Builder, Runtime};

use crate::kit::lock::Lock;
use crate::kit::screen::Screen;

const SOON: Duration = Duration::from_secs(20);

/// A cluster to look at beside the engine.
fn cluster() -> (Runtime, Simulation, String) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let spec = ClusterSpec::guide(Mode::Kraft);
    let simulation = Simulation::start(&spec, 7, Pace::Manual, Listen::default());
    let simulation = runtime.block_on(simulation).unwrap();
    let bootstrap = simulation.bootstrap()[0].to_string();
    (runtime, simulation, bootstrap)
}

/// A directory with a program called `ssh` in it.
fn ssh(name: &str, script: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&place).unwrap();
    let program = place.join("ssh");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// The panel of sources of kaftop whose ssh is the one in `place`.
fn sources(place: &Path, bootstrap: &str, words: &[&str]) {
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap());
    let variables = [("TERM", "xterm-256color"), ("PATH", path.as_str())];
    let arguments = ["-b", bootstrap, "--docker", "ssh://oncall@bastion:2222"].map(str::to_owned);
    let mut screen = Screen::start_in(&variables, &arguments);
    screen.await_words(SOON, &["3 of 3 up"]).unwrap();
    screen.press("i");
    screen.await_words(SOON, words).unwrap();
    screen.press("q");
    let (code, _, text) = screen.await_end(SOON);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn an_engine_through_the_users_ssh() {
    let _lock = Lock::beside_others();
    let (_runtime, _simulation, bootstrap) = cluster();
    // It runs here what it is asked to run there, as ssh does.
    let place = ssh(
        "ssh-well",
        "echo \"$@\" >>\"$0.asked\"\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\nexec \"$@\"",
    );
    let asked = place.join("ssh.asked");
    drop(fs::remove_file(&asked));
    sources(&place, &bootstrap, &["ssh://oncall@bastion:2222", "20.10"]);
    let asked = fs::read_to_string(asked).unwrap();
    let first = asked.lines().next().unwrap();
    assert!(first.contains("-o BatchMode=yes"), "{first}");
    assert!(
        first.ends_with("-p 2222 -- oncall@bastion docker system dial-stdio"),
        "{first}"
    );
}

#[test]
fn an_ssh_that_lets_nobody_in_is_told_in_its_own_words() {
    let _lock = Lock::beside_others();
    let (_runtime, _simulation, bootstrap) = cluster();
    let place = ssh(
        "ssh-refuses",
        "echo 'oncall@bastion: Permission denied (publickey).' >&2\nexit 255",
    );
    sources(
        &place,
        &bootstrap,
        &["oncall@bastion", "Permission denied (publickey)"],
    );
}
