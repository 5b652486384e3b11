//! The command line: what is read, what is refused, and every help.

use super::*;

fn parsed(line: &str) -> Cli {
    parse(line.split_whitespace()).unwrap()
}

fn refused(line: &str) -> UsageOutcome {
    parse(line.split_whitespace()).unwrap_err()
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn flags_stand_before_or_after_the_command() {
    for line in [
        "kaftop -b a:1,b:2 -b c:3 snapshot --strict",
        "kaftop snapshot -b a:1,b:2 --strict -b c:3",
    ] {
        let cli = parsed(line);
        assert_eq!(
            cli.command,
            Some(Command::Snapshot(SnapshotArgs {
                json: false,
                strict: true
            }))
        );
        assert!(
            cli.global.bootstrap.contains(&"c:3".to_owned()),
            "{line}: {:?}",
            cli.global.bootstrap
        );
    }
}

#[test]
fn commands_are_told_apart() {
    let config = |command| Some(Command::Config { command });
    let cases = [
        ("kaftop", None),
        ("kaftop check", Some(Command::Check)),
        (
            "kaftop notify --test",
            Some(Command::Notify(NotifyArgs { test: true })),
        ),
        (
            "kaftop snapshot --json",
            Some(Command::Snapshot(SnapshotArgs {
                json: true,
                strict: false,
            })),
        ),
        ("kaftop config", config(None)),
        ("kaftop config show", config(Some(ConfigCommand::Show))),
        ("kaftop config sample", config(Some(ConfigCommand::Sample))),
        (
            "kaftop config check",
            config(Some(ConfigCommand::Check { file: None })),
        ),
        (
            "kaftop config check x.toml",
            config(Some(ConfigCommand::Check {
                file: Some("x.toml".into()),
            })),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(parsed(line).command, expected, "{line}");
    }
}

#[test]
fn every_flag_reaches_its_layer() {
    let cli = parsed(
        "kaftop -b a --cluster p --zookeeper z --address 1=x:1 -X client.id=i --refresh 2s --theme t --keymap k \
         --read-only --no-color --ascii --docker unix:///d",
    );
    let expected = Flags {
        bootstrap: vec!["a".into()],
        cluster: Some("p".into()),
        zookeeper: vec!["z".into()],
        addresses: vec!["1=x:1".into()],
        properties: vec!["client.id=i".into()],
        refresh: Some("2s".into()),
        docker: Some("unix:///d".into()),
        theme: Some("t".into()),
        keymap: Some("k".into()),
        switches: vec!["--read-only", "--no-color", "--ascii"],
    };
    assert_eq!(cli.global.flags(), expected);
}

#[test]
fn wrong_usage_exits_with_64_on_stderr() {
    let lines = [
        "kaftop --bogus",
        "kaftop snapshto",
        "kaftop check extra",
        "kaftop notify",
        "kaftop --refresh",
        "kaftop config chek",
        "kaftop themes check",
        "kaftop completions csh",
        "kaftop --ascii --unicode",
    ];
    for line in lines {
        let outcome = refused(line);
        assert_eq!((outcome.code, outcome.to_stdout), (EXIT_USAGE, false), "{line}");
        assert!(outcome.text.starts_with("error: "), "{line}: {}", outcome.text);
    }
}

#[test]
fn hostile_arguments_are_echoed_printable() {
    let outcome = parse(["kaftop", "--\u{1b}[31mred\u{202e}"]).unwrap_err();
    assert!(
        !outcome.text.contains(['\u{1b}', '\u{202e}']),
        "{:?}",
        outcome.text
    );
}

#[test]
fn properties_are_never_in_debug_output() {
    let cli = parsed("kaftop -X sasl.password=hunter2");
    assert!(!format!("{cli:?}").contains("hunter2"));
}

#[test]
fn help_and_version_exit_with_0_on_stdout() {
    for line in [
        "kaftop -h",
        "kaftop --help",
        "kaftop -V",
        "kaftop --version",
        "kaftop config check --help",
    ] {
        let outcome = refused(line);
        assert_eq!((outcome.code, outcome.to_stdout), (0, true), "{line}");
    }
}

#[test]
fn help_is_reviewed() {
    let mut command = Cli::command().term_width(HELP_WIDTH);
    insta::assert_snapshot!("help_short", command.render_help());
    insta::assert_snapshot!("help_long", command.render_long_help());
    command.build();
    for name in [
        "demo",
        "snapshot",
        "check",
        "notify",
        "export",
        "rules",
        "config",
        "themes",
        "keys",
        "man",
        "completions",
    ] {
        let subcommand = command.find_subcommand_mut(name).unwrap();
        insta::assert_snapshot!(
            format!("help_{name}"),
            subcommand.clone().term_width(HELP_WIDTH).render_help()
        );
    }
}
