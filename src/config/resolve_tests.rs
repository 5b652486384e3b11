//! Tables of the layers: what is given, which cluster and which values come of it.

use std::time::Duration;

use super::*;

const FILE: &str = r#"
default_cluster = "prod"
refresh = "2s"
[thresholds]
group_lag_warn = 5
disk_used_warn = 50
[clusters.prod]
bootstrap = ["prod:1"]
zookeeper = ["zk"]
production = true
addresses = { 1 = "file-1:1", 2 = "file-2:2" }
[clusters.prod.properties]
"client.id" = "file"
"linger.ms" = 5
"socket.timeout.ms" = 700
[clusters.prod.thresholds]
disk_used_warn = 60
[clusters.dev.properties]
"bootstrap.servers" = "dev:1"
[clusters.tls]
bootstrap = ["SSL://tls:1", "plain:1"]
properties = { "security.protocol" = "ssl", "sasl.password" = "hunter2" }
[clusters.hollow]
config_file = "x"
"#;

/// Layers from short texts: flags as on the command line, variables as NAME=VALUE.
fn layers(flags: &str, variables: &str, file: Option<&str>) -> Layers {
    let mut given = Flags::default();
    for word in flags.split_whitespace() {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "-b" => given.bootstrap.push(value.into()),
            "-X" => given.properties.push(value.into()),
            "--cluster" => given.cluster = Some(value.into()),
            "--zookeeper" => given.zookeeper.push(value.into()),
            "--address" => given.addresses.push(value.into()),
            "--refresh" => given.refresh = Some(value.into()),
            "--read-only" => given.switches.push("--read-only"),
            "--no-color" => given.switches.push("--no-color"),
            "--ascii" => given.switches.push("--ascii"),
            _ => panic!("no flag {name}"),
        }
    }
    let value = |name: &str| {
        let pair = variables
            .split_whitespace()
            .find_map(|v| v.strip_prefix(name)?.strip_prefix('='));
        pair.map(str::to_owned)
    };
    Layers {
        flags: given,
        environment: Environment::read(value),
        file: file.map(|text| ConfigFile::parse(text, "c.toml")),
        searched: "/home/eve/.config/kaftop/config.toml".to_owned(),
        ..Layers::default()
    }
}

#[test]
fn the_cluster_is_chosen_by_the_strongest_layer() {
    const BOTH: &str = "KAFTOP_CLUSTER=dev KAFKA_BOOTSTRAP_SERVERS=env:1";
    const ENV: &str = "KAFKA_BOOTSTRAP_SERVERS=env:1,env:2";
    let cases = [
        (
            "-b=flag:1",
            BOTH,
            Some(FILE),
            "no name; flag:1 from flag --bootstrap",
        ),
        (
            "-b=flag:1,f:2 -b=g",
            "",
            None,
            "no name; flag:1, f:2, g:9092 from flag --bootstrap",
        ),
        (
            "-b=flag:1 --cluster=prod",
            BOTH,
            Some(FILE),
            "prod from flag --cluster; flag:1 from flag --bootstrap",
        ),
        (
            "--cluster=prod",
            BOTH,
            Some(FILE),
            "prod from flag --cluster; prod:1 from c.toml:8",
        ),
        (
            "-X=bootstrap.servers=x:1",
            BOTH,
            Some(FILE),
            "no name; x:1 from flag -X",
        ),
        (
            "-X=bootstrap.servers=x:1 -b=flag:1",
            "",
            None,
            "no name; flag:1 from flag --bootstrap",
        ),
        (
            "",
            BOTH,
            Some(FILE),
            "dev from environment KAFTOP_CLUSTER; dev:1 from c.toml:19",
        ),
        (
            "",
            ENV,
            Some(FILE),
            "no name; env:1, env:2 from environment KAFKA_BOOTSTRAP_SERVERS",
        ),
        (
            "",
            "KAFKA_BOOTSTRAP_SERVERS=",
            Some(FILE),
            "prod from c.toml:2; prod:1 from c.toml:8",
        ),
        ("", "", Some(FILE), "prod from c.toml:2; prod:1 from c.toml:8"),
        ("", "", Some("refresh = \"1s\""), "nothing"),
        ("", "", None, "nothing"),
    ];
    for (flags, variables, file, expected) in cases {
        let resolution = resolve(&layers(flags, variables, file));
        assert_eq!(resolution.problems, [], "{flags} {variables}");
        let said = resolution
            .settings
            .cluster
            .map_or("nothing".to_owned(), |cluster| {
                let name = cluster
                    .name
                    .map_or("no name".to_owned(), |n| format!("{} from {}", n.value, n.origin));
                let hosts: Vec<String> = cluster.bootstrap.value.iter().map(ToString::to_string).collect();
                format!("{name}; {} from {}", hosts.join(", "), cluster.bootstrap.origin)
            });
        assert_eq!(said, expected, "{flags} {variables}");
    }
}

const STRONGEST: &[(&str, &str, Option<&str>, &str, &str)] = &[
    ("", "", None, "refresh", "1s default"),
    ("", "", Some(FILE), "refresh", "2s c.toml:3"),
    (
        "",
        "KAFTOP_REFRESH=3s",
        Some(FILE),
        "refresh",
        "3s environment KAFTOP_REFRESH",
    ),
    (
        "--refresh=4s",
        "KAFTOP_REFRESH=3s",
        Some(FILE),
        "refresh",
        "4s flag --refresh",
    ),
    ("", "", Some("read_only = true"), "read_only", "true c.toml:1"),
    (
        "--read-only",
        "",
        Some("read_only = false"),
        "read_only",
        "true flag --read-only",
    ),
    (
        "",
        "NO_COLOR=1",
        Some("color = true"),
        "color",
        "false environment NO_COLOR",
    ),
    ("", "NO_COLOR=", None, "color", "true default"),
    ("--no-color", "NO_COLOR=1", None, "color", "false flag --no-color"),
    ("--ascii", "", None, "ascii", "true flag --ascii"),
    ("", "", Some("theme = \"light\""), "theme", "light c.toml:1"),
    ("", "", Some(FILE), "thresholds.group_lag_warn", "5 c.toml:5"),
    ("", "", Some(FILE), "thresholds.disk_used_warn", "60 c.toml:17"),
    (
        "--cluster=dev",
        "",
        Some(FILE),
        "thresholds.disk_used_warn",
        "50 c.toml:6",
    ),
    ("", "", Some(FILE), "zookeeper", "zk:2181 c.toml:9"),
    (
        "--zookeeper=z:1",
        "",
        Some(FILE),
        "zookeeper",
        "z:1 flag --zookeeper",
    ),
    ("-b=a:1", "", Some(FILE), "zookeeper", "not watched default"),
    ("", "", Some(FILE), "production", "true c.toml:10"),
    ("-b=a:1", "", Some(FILE), "production", "false default"),
    (
        "--address=2=flag:2",
        "",
        Some(FILE),
        "addresses.1",
        "file-1:1 c.toml:11",
    ),
    (
        "--address=2=flag:2",
        "",
        Some(FILE),
        "addresses.2",
        "flag:2 flag --address",
    ),
    ("", "", Some(FILE), "properties.\"client.id\"", "file c.toml:13"),
    (
        "-X=client.id=x",
        "",
        Some(FILE),
        "properties.\"client.id\"",
        "x flag -X",
    ),
    ("-b=a:1", "", None, "properties.\"client.id\"", "kaftop default"),
    (
        "-b=a:1 -X=client.id=x -X=client.id=y",
        "",
        None,
        "properties.\"client.id\"",
        "y flag -X",
    ),
    (
        "--cluster=tls",
        "",
        Some(FILE),
        "properties.\"sasl.password\"",
        "******** c.toml:22",
    ),
];

#[test]
fn each_value_comes_from_the_strongest_layer() {
    for (flags, variables, file, key, expected) in STRONGEST {
        let resolution = resolve(&layers(flags, variables, *file));
        let found: Vec<String> = rows(&resolution.settings)
            .iter()
            .filter(|row| row.key == *key)
            .map(|row| format!("{} {}", row.value, row.origin))
            .collect();
        assert_eq!(found, [*expected], "{key} with {flags} {variables}");
    }
}

#[test]
fn client_properties_become_typed_values() {
    let text = "socket.timeout.ms=500\nrequest.timeout.ms=600\nclient.id=properties\nsocket.connection.setup.timeout.ms=80";
    let mut layers = layers("-X=client.id=flag", "", Some(FILE));
    layers.cluster_file = Some(PropertiesFile::parse(text, "p"));
    let cluster = resolve(&layers).settings.cluster.unwrap();
    assert_eq!(
        cluster.client.client_id,
        Sourced::new("flag".to_owned(), Origin::Flag { name: "-X" })
    );
    let ms = |ms, origin| Some(Sourced::new(Duration::from_millis(ms), origin));
    assert_eq!(
        cluster.client.request_timeout,
        ms(700, Origin::file("c.toml", 15))
    );
    assert_eq!(cluster.client.connect_timeout, ms(80, Origin::file("p", 4)));
    layers.client_file = Some(PropertiesFile::parse("request.timeout.ms=900", "flag.properties"));
    let cluster = resolve(&layers).settings.cluster.unwrap();
    assert_eq!(
        cluster.client.request_timeout,
        ms(900, Origin::file("flag.properties", 1))
    );
}

#[test]
fn a_properties_file_of_the_command_line_chooses_a_cluster() {
    let mut layers = layers("", "KAFKA_BOOTSTRAP_SERVERS=env:1", Some(FILE));
    layers.client_file = Some(PropertiesFile::parse("bootstrap.servers=p:1", "p"));
    let cluster = resolve(&layers).settings.cluster.unwrap();
    assert_eq!(
        (cluster.name, cluster.bootstrap.origin),
        (None, Origin::file("p", 1))
    );
}

#[test]
fn faults_name_place_and_way_out() {
    let tls = TLS_AND_SASL_REFUSED;
    let cases: &[(&str, &str, Option<&str>, &[&str])] = &[
        (
            "--cluster=prd",
            "",
            Some(FILE),
            &[r#"flag --cluster: there is no cluster "prd" in "c.toml"; the nearest valid name is "prod""#],
        ),
        (
            "--cluster=zzz",
            "",
            Some(FILE),
            &[
                r#"flag --cluster: there is no cluster "zzz" in "c.toml"; the valid ones are "dev", "hollow", "prod", "tls""#,
            ],
        ),
        (
            "",
            "KAFTOP_CLUSTER=prod",
            None,
            &[
                r#"environment KAFTOP_CLUSTER: there is no cluster "prod", for there is no config file: looked for "/home/eve/.config/kaftop/config.toml""#,
            ],
        ),
        (
            "--cluster=hollow",
            "",
            Some(FILE),
            &[r#"c.toml:23: the cluster "hollow" has no bootstrap address in any layer"#],
        ),
        (
            "--cluster=tls",
            "",
            Some(FILE),
            &[
                &format!(
                    r#"c.toml:21: clusters.tls.bootstrap: "SSL://tls:1" asks for more than plaintext: {tls}"#
                ),
                &format!(r#"c.toml:22: clusters.tls.properties."sasl.password": {tls}"#),
                &format!(
                    r#"c.toml:22: clusters.tls.properties."security.protocol": "ssl" asks for more than plaintext: {tls}"#
                ),
            ],
        ),
        (
            "-b=a:x,b:y --refresh=1ms --zookeeper=: --address=1 --address=x=a:1 --address=1=a:0",
            "KAFTOP_REFRESH=2",
            None,
            &[
                r#"environment KAFTOP_REFRESH: found "2", expected a whole number with its unit (ms, s, m or h), such as "250ms" or "1s""#,
                r#"flag --address: found "1", expected ID=HOST:PORT, such as 2=localhost:19093"#,
                r#"flag --address: found "a:0", expected a port from 1 to 65535"#,
                r#"flag --address: found "x=a:1", expected ID=HOST:PORT, such as 2=localhost:19093"#,
                r#"flag --bootstrap: found "a:x", expected a port from 1 to 65535"#,
                r#"flag --bootstrap: found "b:y", expected a port from 1 to 65535"#,
                r#"flag --refresh: found "1ms", expected a duration from 250ms to 60s"#,
                r#"flag --zookeeper: found ":", expected a port from 1 to 65535"#,
            ],
        ),
        (
            "",
            "KAFKA_BOOTSTRAP_SERVERS=a/b",
            None,
            &[r#"environment KAFKA_BOOTSTRAP_SERVERS: found "a/b", expected HOST:PORT without a path"#],
        ),
        (
            "-b=a -X=sasl.password -X=clientid=hunter2 -X=sasl.password=hunter2 -X=security.protocol=SSL",
            "",
            None,
            &[
                "flag -X: expected KEY=VALUE, such as -X client.id=kaftop",
                r#"flag -X: clientid: unknown client property; the nearest valid one is "client.id""#,
                &format!("flag -X: sasl.password: {tls}"),
                &format!(r#"flag -X: security.protocol: "SSL" asks for more than plaintext: {tls}"#),
            ],
        ),
    ];
    for (flags, variables, file, expected) in cases {
        let resolution = resolve(&layers(flags, variables, *file));
        let said: Vec<String> = resolution.problems.iter().map(ToString::to_string).collect();
        assert_eq!(said, *expected, "{flags} {variables}");
        assert!(
            !format!("{said:?}{resolution:?}").contains("hunter2"),
            "a secret is shown"
        );
        assert!(resolution.into_result().is_err());
    }
}

#[test]
fn properties_without_effect_are_noted() {
    let resolution = resolve(&layers("-X=acks=all", "", Some(FILE)));
    let (_, notes) = resolution.into_result().unwrap();
    let said: Vec<String> = notes.iter().map(ToString::to_string).collect();
    let expected = "accepted, without effect: a monitor does not use this client property";
    assert_eq!(
        said,
        [
            format!(r#"c.toml:14: clusters.prod.properties."linger.ms": {expected}"#),
            format!("flag -X: acks: {expected}")
        ]
    );
}
