//! Bad input: a clear message, a documented exit code, the terminal left as it was. No cluster is needed.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::kit::kaftop::{Kaftop, Ran, run};
use crate::kit::lock::Lock;
use crate::kit::screen::Screen;
use crate::kit::snapshot::Snapshot;

/// Something that listens on loopback and is not Kafka; it ends with the test process.
struct Impostor {
    address: String,
}

impl Impostor {
    /// Answers what it was sent with these bytes and closes.
    fn says(answer: &'static [u8]) -> Self {
        Self::listening(move |stream| {
            let mut request = [0; 512];
            if stream.read(&mut request).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(answer);
            }
        })
    }

    /// Answers with these bytes and then waits for ever.
    fn says_and_waits(answer: &'static [u8]) -> Self {
        Self::listening(move |stream| {
            let mut request = [0; 512];
            if stream.read(&mut request).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(answer);
            }
            let _ = stream.read_to_end(&mut Vec::new());
        })
    }

    /// Takes connections and never says a word.
    fn silent() -> Self {
        Self::listening(|stream| {
            let _ = stream.read_to_end(&mut Vec::new());
        })
    }

    fn listening(behave: impl Fn(&mut TcpStream) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let behave = behave.clone();
                thread::spawn(move || behave(&mut stream));
            }
        });
        Self { address }
    }
}

/// A loopback address on which nothing listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// What `snapshot` and `check` must make of an address from which nothing can be read.
fn nothing_is_read(address: &str, kind: &str, words: &[&str], check_code: i32) {
    let kaftop = Kaftop::at(address);
    let taken = kaftop.snapshot();
    let Snapshot {
        verdict,
        partitions,
        groups,
        sources,
        ..
    } = &taken.snapshot;
    assert_eq!(taken.code, 3, "{kind}: {verdict:?}");
    assert!(
        partitions.is_none() && groups.is_none(),
        "{kind}: unread lists are null"
    );
    let level = if check_code == 2 { "critical" } else { "unknown" };
    assert_eq!(
        (verdict.level.as_str(), verdict.writes.as_str()),
        (level, "unknown"),
        "{kind}"
    );
    assert_eq!(verdict.safe_to_stop, None, "{kind}");
    let source = sources
        .iter()
        .find(|source| source.name == format!("bootstrap:{address}"));
    let source = source.unwrap_or_else(|| panic!("{kind}: no source {address}: {sources:?}"));
    let error = source.error.clone().unwrap_or_default();
    for word in words {
        assert!(error.contains(word), "{kind}: {error:?} does not say {word:?}");
    }
    assert!(
        verdict.sentence.contains(address) || verdict.sentence.contains(&error),
        "{kind}: the sentence names no address: {}",
        verdict.sentence
    );
    println!("{kind}: {}", verdict.sentence);
    let (code, line) = kaftop.check();
    assert_eq!(code, check_code, "{kind}: {line}");
}

#[test]
fn nothing_listens() {
    let _lock = Lock::beside_others();
    let address = closed();
    nothing_is_read(&address, "nothing listens", &["refused"], 2);
}

#[test]
fn a_black_hole() {
    let _lock = Lock::beside_others();
    let hole = Impostor::silent();
    nothing_is_read(&hole.address, "silence", &["did not answer"], 3);
}

#[test]
fn an_unknown_name() {
    let _lock = Lock::beside_others();
    nothing_is_read(
        "no-such-host.invalid:9092",
        "unknown name",
        &["no-such-host.invalid"],
        3,
    );
}

#[test]
fn the_port_of_something_else() {
    let _lock = Lock::beside_others();
    let web = Impostor::says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    nothing_is_read(&web.address, "HTTP", &["HTTP"], 3);
    // A fatal alert: unexpected_message.
    let tls = Impostor::says(b"\x15\x03\x03\x00\x02\x02\x0a");
    nothing_is_read(&tls.address, "TLS", &["TLS"], 3);
    let ssh = Impostor::says(b"SSH-2.0-OpenSSH_9.2\r\n");
    nothing_is_read(&ssh.address, "SSH", &[], 3);
}

#[test]
fn frames_absurd_or_cut_short() {
    let _lock = Lock::beside_others();
    let cases: [(&str, Impostor); 6] = [
        (
            "a length of 2 GiB",
            Impostor::says_and_waits(b"\x7f\xff\xff\xff\0\0\0\0"),
        ),
        (
            "a negative length",
            Impostor::says_and_waits(b"\xff\xff\xff\xff\0\0\0\0"),
        ),
        ("a length of nothing", Impostor::says_and_waits(b"\0\0\0\0")),
        ("a frame cut short", Impostor::says(b"\0\0\0\x40\0\0\0\0\0\0")),
        ("half a length", Impostor::says(b"\0\0")),
        ("closed at once", Impostor::says(b"")),
    ];
    for (kind, impostor) in &cases {
        nothing_is_read(&impostor.address, kind, &[], 3);
    }
}

#[test]
fn dead_addresses_do_not_hide_each_other() {
    let _lock = Lock::beside_others();
    let (hole, web) = (Impostor::silent(), Impostor::says(b"HTTP/1.1 200 OK\r\n\r\n"));
    let all = [closed(), hole.address.clone(), web.address.clone()];
    let taken = Kaftop::new(&all, &[]).snapshot();
    assert_eq!(taken.code, 3);
    for address in &all {
        let named = format!("bootstrap:{address}");
        let source = taken.snapshot.sources.iter().find(|source| source.name == named);
        assert!(
            source.is_some_and(|source| source.error.is_some() && source.state != "live"),
            "{named}: {:?}",
            taken.snapshot.sources
        );
    }
}

/// A config file of this test alone.
fn config_file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

fn assert_usage_error(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(64), "{ran:?}");
    assert_eq!(ran.stdout, "", "an error goes to stderr: {ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in {}", ran.stderr);
    }
}

#[test]
fn usage_and_configuration_errors_exit_with_64() {
    let _lock = Lock::beside_others();
    let misspelt = config_file("misspelt.toml", "refresh = \"1s\"\ndefault_clustr = \"a\"\n");
    let misspelt = misspelt.to_str().unwrap();
    let broken = config_file("broken.toml", "refresh = \"1s\"\n[clusters\n");
    let broken = broken.to_str().unwrap();
    for command in ["snapshot", "check"] {
        assert_usage_error(&run(&[command]), &["no cluster is named", "kaftop -b"]);
        assert_usage_error(&run(&[command, "--bogus"]), &["--bogus"]);
        assert_usage_error(&run(&[command, "-b", "a:1:2:3"]), &["a:1:2:3"]);
        assert_usage_error(&run(&[command, "-b", "a:99999999"]), &["99999999"]);
        assert_usage_error(
            &run(&[command, "-b", "a:1", "--refresh", "1parsec"]),
            &["1parsec"],
        );
        assert_usage_error(&run(&[command, "-b", "a:1", "--cluster", "none"]), &["none"]);
        assert_usage_error(
            &run(&[command, "-b", "a:1", "--config", misspelt]),
            &["misspelt.toml", "2", "default_clustr", "default_cluster"],
        );
        assert_usage_error(
            &run(&[command, "-b", "a:1", "--config", broken]),
            &["broken.toml", "2"],
        );
        assert_usage_error(
            &run(&[command, "-b", "a:1", "--config", "/no/such/file.toml"]),
            &["/no/such/file.toml"],
        );
        for protocol in ["ssl", "sasl_ssl", "sasl_plaintext"] {
            let property = format!("security.protocol={protocol}");
            assert_usage_error(&run(&[command, "-b", "a:1", "-X", &property]), &["plaintext"]);
        }
    }
}

#[test]
fn the_screen_without_a_terminal_says_so() {
    let _lock = Lock::beside_others();
    let ran = run(&["-b", &closed()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("terminal"), "{ran:?}");
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
        "{ran:?}"
    );
}

/// Starts the screen on an address where nothing listens and waits until it says so.
fn screen_on_nothing() -> Screen {
    let screen = Screen::start(Kaftop::at(&closed()).target());
    screen
        .await_words(Duration::from_secs(10), &["CRITICAL", "refuse"])
        .unwrap();
    screen
}

#[test]
fn the_terminal_is_restored_whatever_ends_the_screen() {
    let _lock = Lock::beside_others();
    for (signal, expected) in [("TERM", 143), ("HUP", 129)] {
        let mut screen = screen_on_nothing();
        screen.signal(signal);
        let (code, left, text) = screen.await_end(Duration::from_secs(5));
        assert_eq!((code, left), (expected, Vec::new()), "SIG{signal}: {text}");
    }
    let mut screen = screen_on_nothing();
    screen.press("q");
    let (code, left, text) = screen.await_end(Duration::from_secs(5));
    assert_eq!((code, left), (0, Vec::new()), "q: {text}");
}

#[test]
fn the_screen_without_a_cluster_says_how_to_connect() {
    let _lock = Lock::beside_others();
    let mut screen = Screen::start(&[]);
    screen
        .await_words(Duration::from_secs(10), &["kaftop -b"])
        .unwrap();
    screen.press("q");
    let (code, left, text) = screen.await_end(Duration::from_secs(5));
    assert_eq!((code, left), (0, Vec::new()), "{text}");
}

#[test]
fn the_screen_outlives_impostors_and_any_size() {
    let _lock = Lock::beside_others();
    let hole = Impostor::silent();
    let junk = Impostor::says(b"\x1b]0;owned\x07\x1b[2J\xff\xff\xff\xff");
    let both = [hole.address.clone(), junk.address.clone()];
    let mut screen = Screen::start(Kaftop::new(&both, &[]).target());
    screen.await_words(Duration::from_secs(10), &["UNKNOWN"]).unwrap();
    for (columns, rows) in [(80, 24), (20, 5), (1, 1), (250, 70), (60, 15), (120, 40)] {
        screen.resize(columns, rows);
    }
    screen
        .await_words(Duration::from_secs(5), &["UNKNOWN", "quit"])
        .unwrap();
    screen.press("45321?");
    screen.await_words(Duration::from_secs(5), &["Help"]).unwrap();
    screen.press("\u{1b}");
    screen
        .await_text("no help", Duration::from_secs(5), |text| !text.contains("Help"))
        .unwrap();
    screen.press("\tjkG");
    screen.await_words(Duration::from_secs(5), &["UNKNOWN"]).unwrap();
    screen.assert_runs();
    screen.press("q");
    let (code, left, text) = screen.await_end(Duration::from_secs(5));
    assert_eq!((code, left), (0, Vec::new()), "{text}");
}

/// A key and another size of the terminal that come within the same instant: neither may cost the other.
#[test]
fn a_key_beside_another_size_is_not_lost() {
    let _lock = Lock::beside_others();
    let mut screen = screen_on_nothing();
    let mut help = false;
    for round in 0..60_u16 {
        screen.resize(120 + round % 2, 40);
        // Some microseconds, more each time: one of them is the instant that matters.
        for _ in 0..u64::from(round % 50) * 300 {
            std::hint::spin_loop();
        }
        screen.press(if help { "\u{1b}" } else { "?" });
        help = !help;
        screen
            .await_text("help or none", Duration::from_secs(5), |text| {
                text.contains("Help") == help
            })
            .unwrap();
    }
    screen.press("q");
}
