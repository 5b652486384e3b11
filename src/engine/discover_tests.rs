//! Which engine is found, and where its ports are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::model::fleet::Vantage;

/// What was asked for, the environment, the address that is found, and why.
type Finding<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// A place with files in it; it is removed when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("kaftop-discover-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        Self(root)
    }

    fn with(&self, variables: &[(&str, &str)]) -> Surroundings {
        let variables: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Surroundings {
            variables,
            root: self.0.clone(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

const META: &str =
    r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ops@far","SkipTLSVerify":false}}}"#;

#[test]
fn the_engine_is_found_where_dockers_own_tools_would_look() {
    let everything = Place::new(
        "all",
        &[
            ("var/run/docker.sock", ""),
            ("run/user/7/docker.sock", ""),
            (
                "home/u/.docker/config.json",
                r#"{"currentContext":"far","auths":{}}"#,
            ),
            ("home/u/.docker/contexts/meta/abc/meta.json", META),
            ("home/u/.docker/contexts/meta/rubbish/meta.json", "{"),
            ("other/config.json", "{}"),
        ],
    );
    let home = ("HOME", "/home/u");
    let runtime = ("XDG_RUNTIME_DIR", "/run/user/7");
    let table: [Finding<'_>; 7] = [
        (
            Some("tcp://a:1"),
            &[home, ("DOCKER_HOST", "tcp://b:2")],
            "tcp://a:1",
            "asked for",
        ),
        (
            None,
            &[home, ("DOCKER_HOST", "tcp://b:2")],
            "tcp://b:2",
            "DOCKER_HOST",
        ),
        (None, &[home], "ssh://ops@far", "context \"far\""),
        (
            None,
            &[home, ("DOCKER_CONTEXT", "default")],
            "docker.sock",
            "the default socket",
        ),
        (
            None,
            &[home, ("DOCKER_CONFIG", "/other")],
            "/var/run/docker.sock",
            "the default socket",
        ),
        (None, &[runtime], "/var/run/docker.sock", "the default socket"),
        (
            None,
            &[("DOCKER_HOST", "tcp://b"), ("DOCKER_TLS_VERIFY", "1"), home],
            "tcp://b:2376 (TLS)",
            "DOCKER_HOST",
        ),
    ];
    for (asked, variables, address, why) in table {
        let choice = discover(asked, &everything.with(variables))
            .expect("an engine")
            .to_string();
        assert!(choice.contains(address) && choice.contains(why), "{choice}");
    }
}

#[test]
fn other_sockets_follow_and_their_absence_says_where_was_looked() {
    let rootless = Place::new(
        "rootless",
        &[("run/user/7/docker.sock", ""), ("run/podman/podman.sock", "")],
    );
    let choice = discover(None, &rootless.with(&[("XDG_RUNTIME_DIR", "/run/user/7")])).expect("a socket");
    assert!(choice.to_string().contains("rootless Docker"), "{choice}");
    let choice = discover(None, &rootless.with(&[])).expect("a socket");
    assert!(choice.to_string().contains("the socket of Podman"), "{choice}");
    let nothing = Place::new("nothing", &[]);
    let error = discover(None, &nothing.with(&[("HOME", "/home/u")]))
        .expect_err("none")
        .to_string();
    for looked in [
        "/var/run/docker.sock",
        "/home/u/.docker/run/docker.sock",
        "/run/podman/podman.sock",
    ] {
        assert!(error.contains(looked), "{error}");
    }
}

#[test]
fn wrong_settings_say_which_and_what_to_do() {
    let place = Place::new(
        "wrong",
        &[
            ("home/u/.docker/config.json", "{"),
            (
                "skip/contexts/meta/a/meta.json",
                r#"{"Name":"skip","Endpoints":{"docker":{"Host":"https://h:1","SkipTLSVerify":true}}}"#,
            ),
        ],
    );
    let table: [(&[(&str, &str)], &str); 5] = [
        (&[("HOME", "/home/u")], "config.json cannot be read"),
        (&[("DOCKER_HOST", "nonsense")], "DOCKER_HOST"),
        (
            &[("DOCKER_CONTEXT", "gone"), ("DOCKER_CONFIG", "/skip")],
            "docker context ls",
        ),
        (
            &[("DOCKER_CONTEXT", "gone"), ("DOCKER_CONFIG", "/none")],
            "cannot be read",
        ),
        (
            &[("DOCKER_CONTEXT", "skip"), ("DOCKER_CONFIG", "/skip")],
            "ca.pem",
        ),
    ];
    for (variables, word) in table {
        let error = discover(None, &place.with(variables))
            .expect_err(word)
            .to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn from_inside_a_container_loopback_is_not_the_engines() {
    let socket = EngineAddress::Unix(PathBuf::from("/x"));
    let outside = Place::new("outside", &[("proc/sys/kernel/hostname", "workstation\n")]);
    let Vantage::Here { names } = outside.with(&[]).vantage(&socket, false) else {
        panic!("it is here");
    };
    assert!(names.contains(&"workstation".into()));
    let inside = Place::new("inside", &[(".dockerenv", "")]);
    assert_eq!(
        inside.with(&[]).vantage(&socket, false),
        Vantage::Elsewhere { host: None }
    );
    // Its engine is in the same network: the mark is only what an image left behind.
    assert!(matches!(
        inside.with(&[]).vantage(&socket, true),
        Vantage::Here { .. }
    ));
    let tcp = EngineAddress::parse("tcp://engine:2375", None).expect("an address");
    assert_eq!(
        outside.with(&[]).vantage(&tcp, false),
        Vantage::Elsewhere {
            host: Some("engine".into())
        }
    );
}
