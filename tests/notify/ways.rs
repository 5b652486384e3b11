//! Commands and webhooks.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::{config, folder, notify_test};

const NOTHING_ELSE: &str = "[notify]\ndesktop = \"never\"\nterminal = { use = \"never\", bell = false }\n";

#[test]
fn each_way_has_a_line_and_the_exit_code_says_whether_all_took_it() {
    let place = folder("ways");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.windows(14).any(|part| part == b"kaftop notify ") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&request));
            request.extend(&buffer[..read]);
        }
        stream
            .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 4\r\n\r\nfine")
            .unwrap();
    });
    let kept = place.join("kept.json");
    let text = format!(
        "{NOTHING_ELSE}[notify.commands.keep]\nshell = true\nrun = \"cat > {}; echo kept\"\n\
         [notify.webhooks.chat]\nurl = \"http://127.0.0.1:{port}/hunter2\"\nformat = \"slack\"\n",
        kept.display()
    );
    let ran = notify_test(&config(&place, &text), &[]);
    serving.join().unwrap();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.line("command keep").ends_with("exit code 0: kept"), "{ran:?}");
    assert!(ran.line("webhook chat").ends_with("HTTP 202: fine"), "{ran:?}");
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(kept).unwrap()).unwrap();
    assert_eq!(document["schema"], "kaftop.notice/1");
    assert_eq!(document["headline"]["severity"], "critical");
}

#[test]
fn what_fails_is_said_without_its_secrets() {
    let place = folder("failing");
    let text = format!(
        "{NOTHING_ELSE}[notify.commands.a]\nrun = [\"false\"]\n\
         [notify.webhooks.b]\nurl = \"http://127.0.0.1:1/hunter2\"\n\
         [notify.webhooks.c]\nurl = \"https://127.0.0.1:1/hunter2\"\n"
    );
    let ran = notify_test(&config(&place, &text), &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.line("command a").ends_with("\"false\": exit status: 1"),
        "{ran:?}"
    );
    assert!(
        ran.line("webhook b")
            .contains("POST http://127.0.0.1:1/********: connecting: Connection refused"),
        "{ran:?}"
    );
    assert!(
        ran.line("webhook c").contains("https://127.0.0.1:1/********"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("hunter2"), "{ran:?}");
}

#[test]
fn off_for_a_cluster_is_said() {
    let place = folder("off");
    let text = format!("{NOTHING_ELSE}enabled = false\n[notify.commands.a]\nrun = [\"true\"]\n");
    let ran = notify_test(&config(&place, &text), &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("notifications of this cluster are off"),
        "{ran:?}"
    );
}
