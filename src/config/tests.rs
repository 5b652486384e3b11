//! Tables of single values: what is written, and what is read.

use std::time::Duration;

use super::printable::quoted;
use super::*;

fn address(text: &str) -> String {
    match Address::parse(text, KAFKA_PORT) {
        Ok(address) => format!("{} {}", address.host, address.port),
        Err(mismatch) => format!("! {mismatch}"),
    }
}

#[test]
fn addresses_are_read() {
    let cases = [
        ("kafka", "kafka 9092"),
        (" kafka-1:9093\t", "kafka-1 9093"),
        ("10.0.0.1:1", "10.0.0.1 1"),
        ("kafka_1.example.:65535", "kafka_1.example. 65535"),
        ("plaintext://kafka:1", "kafka 1"),
        ("[::1]", "::1 9092"),
        ("[fe80::1%eth0]:9094", "fe80::1%eth0 9094"),
    ];
    for (text, expected) in cases {
        assert_eq!(address(text), expected, "{text}");
        let shown = Address::parse(text, KAFKA_PORT).unwrap();
        assert_eq!(
            Address::parse(&shown.to_string(), 1).unwrap(),
            shown,
            "{text} does not survive showing"
        );
    }
}

#[test]
fn addresses_are_refused() {
    let cases = [
        ("", "expected HOST:PORT"),
        ("kafka:", "expected a port"),
        ("kafka:0", "expected a port"),
        ("kafka:70000", "expected a port"),
        ("kafka:-1", "expected a port"),
        ("kafka:٣", "expected a port"),
        ("::1", "expected brackets"),
        ("[::1]9092", "expected HOST:PORT"),
        ("[::1%]:1", "an IPv6 address"),
        ("[::1%a b]:1", "an IPv6 address"),
        ("kaf\u{7}ka:1", r#"found "kaf\u{7}ka:1""#),
        ("kafka\u{202e}:1", r"\u{202e}"),
        ("kafka;rm:1", "a host name of ASCII"),
        ("http://kafka:1", "expected HOST:PORT"),
        ("PLAINTEXT://PLAINTEXT://kafka:1", "without a path"),
        ("eve:hunter2@kafka:1", "a user name"),
        ("ssl://kafka:1", TLS_AND_SASL_REFUSED),
        ("SASL_PLAINTEXT://kafka:1", TLS_AND_SASL_REFUSED),
    ];
    for (text, expected) in cases {
        let said = address(text);
        assert!(
            said.starts_with("! ") && said.contains(expected),
            "{text}: {said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert!(address(&format!("{}:1", "a".repeat(254))).contains("at most 253"));
}

#[test]
fn address_lists_keep_order_and_every_fault() {
    let list = AddressList::parse("b:1, a:1,,b:1 ,x y,z:0,", KAFKA_PORT);
    let shown: Vec<String> = list.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["b:1", "a:1"]);
    assert_eq!(list.faults.len(), 2);
    assert_eq!(AddressList::parse(" , ", KAFKA_PORT).faults.len(), 1);
}

#[test]
fn durations_are_read() {
    let cases = [
        ("250ms", Some((250, "250ms"))),
        (" 1s ", Some((1_000, "1s"))),
        ("1 s", Some((1_000, "1s"))),
        ("1500ms", Some((1_500, "1500ms"))),
        ("60s", Some((60_000, "60s"))),
        ("90s", Some((90_000, "90s"))),
        ("5m", Some((300_000, "5m"))),
        ("2h", Some((7_200_000, "2h"))),
        ("0s", Some((0, "0s"))),
        ("1", None),
        ("s", None),
        ("", None),
        ("-1s", None),
        ("1.5s", None),
        ("1S", None),
        ("1s1", None),
        ("18446744073709551615h", None),
    ];
    for (text, expected) in cases {
        let read = parse_duration(text).ok();
        assert_eq!(read, expected.map(|(ms, _)| Duration::from_millis(ms)), "{text}");
        assert_eq!(
            read.map(|d| Period(d).to_string()),
            expected.map(|(_, shown)| shown.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn properties_are_known_by_name() {
    let cases = [
        ("security.protocol", PropertyUse::SecurityProtocol),
        ("client.id", PropertyUse::ClientId),
        ("metadata.broker.list", PropertyUse::Bootstrap),
        ("socket.timeout.ms", PropertyUse::RequestTimeout),
        ("request.timeout.ms", PropertyUse::RequestTimeout),
        ("socket.connection.setup.timeout.ms", PropertyUse::ConnectTimeout),
        ("ssl.truststore.location", PropertyUse::NotYet),
        ("sasl.jaas.config", PropertyUse::NotYet),
        ("enable.ssl.certificate.verification", PropertyUse::NotYet),
        ("linger.ms", PropertyUse::NoEffect),
        ("Client.Id", PropertyUse::Unknown),
        ("", PropertyUse::Unknown),
    ];
    for (name, expected) in cases {
        assert_eq!(property_use(name), expected, "{name}");
    }
}

#[test]
fn secrets_are_known_by_name_and_never_shown() {
    let secret = [
        "sasl.password",
        "ssl.key.password",
        "ssl.keystore.password",
        "sasl.oauthbearer.client.secret",
        "ssl.key.pem",
        "sasl.jaas.config",
        "ssl.keystore.key",
        "sasl.oauthbearer.token.endpoint.url",
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "pasword",
        "sasl.pasword",
        "anything.else",
    ];
    for name in secret {
        assert!(is_secret(name), "{name}");
        let property = Property::new(name, "hunter2", Origin::Default);
        assert_eq!(property.shown(), Secret::MASK, "{name}");
        assert!(!format!("{property:?}").contains("hunter2"), "{name}");
    }
    for name in ["client.id", "sasl.username", "ssl.ca.location", "linger.ms"] {
        assert!(!is_secret(name), "{name}");
    }
}

#[test]
fn properties_files_are_read_as_java_reads_them() {
    let text = "\u{feff}# comment\n! comment\n\n  client.id = a b \nacks:all\nretries 3\r\nclient.rack=\n\
                group.id=x\\\n   y\nlinger.ms=\\u0041\\t\\\\\nodd\\=name=1\nbroken\n=none\ndebug=c:\\\\\nlast=\\";
    let file = PropertiesFile::parse(text, "p");
    let read: Vec<String> = file
        .properties
        .iter()
        .map(|property| {
            let value = match &property.value {
                PropertyValue::Plain(text) => text.clone(),
                PropertyValue::Hidden(secret) => secret.expose().to_owned(),
            };
            format!("{} {}={}", property.origin, property.name, quoted(&value))
        })
        .collect();
    let expected = [
        r#"p:4 client.id="a b""#,
        r#"p:5 acks="all""#,
        r#"p:6 retries="3""#,
        r#"p:7 client.rack="""#,
        r#"p:8 group.id="xy""#,
        r#"p:10 linger.ms="A\u{9}\""#,
        r#"p:11 odd=name="1""#,
        r#"p:14 debug="c:\""#,
        r#"p:15 last="""#,
    ];
    assert_eq!(read, expected);
    let problems: Vec<String> = file.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "p:12: found no key and value, expected KEY=VALUE",
            "p:13: found no key and value, expected KEY=VALUE"
        ]
    );
}

#[test]
fn hostile_text_is_made_printable() {
    let cases = [
        ("plain é 東京", "plain é 東京"),
        ("a\u{1b}[31m", r"a\u{1b}[31m"),
        ("a\nb\u{9b}", r"a\u{a}b\u{9b}"),
        (
            "\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}",
            r"\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(printable(text), expected);
    }
    assert_eq!(quoted(&"x".repeat(61)), format!("\"{}…\"", "x".repeat(60)));
}
