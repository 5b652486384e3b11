//! Help: every key of the catalogue, and what the marks mean.

use ratatui::layout::Rect;

use crate::command::{Command, Context, Keymap};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::glyph::Glyphs;
use crate::ui::screen::{ListId, Screen, Window};
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws help; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, screen: &Screen, keymap: &Keymap) -> Window {
    let lines = lines(screen, keymap, &canvas.glyphs, area.width);
    let rows = usize::from(area.height).min(lines.len());
    let top = screen.scroll(ListId::Help, rows, lines.len());
    for (line, y) in lines.iter().skip(top).take(rows).zip(area.y..) {
        canvas.strip(area.x, y, area.width, line);
    }
    Window {
        top,
        rows,
        total: lines.len(),
    }
}

/// Cells for the keys before a sentence.
const KEYS: u16 = 22;

/// The columns whose heads are too short to say what they hold.
const COLUMNS: [(&str, &str); 9] = [
    (
        "LEADS",
        "partitions that the broker leads; +/- how many more than prefer it",
    ),
    (
        "IN SYNC",
        "replicas in sync, of all; of a partition only those on brokers that are not lost",
    ),
    (
        "ANSWERS",
        "the round trip of the newest small request, or how it failed",
    ),
    ("WORST", "replicas in sync in the worst partition of the topic"),
    (
        "MIN",
        "min.insync.replicas: with fewer in sync, writes with acks=all are refused",
    ),
    (
        "CHURN 15m",
        "replicas that left or joined the ISR, and changes of the leader, in 15 minutes",
    ),
    ("AGE", "how old the oldest record is that the group has not read"),
    ("CLEARS IN", "when the lag is worked off at the present rate"),
    (
        "LOST",
        "records that retention deleted before the group read them",
    ),
];

/// The lines of help at that width.
fn lines(screen: &Screen, keymap: &Keymap, glyphs: &Glyphs, width: u16) -> Vec<Strip> {
    let mut lines = Vec::new();
    for context in Context::ALL {
        let bound: Vec<(Command, String)> = Command::ALL
            .into_iter()
            .filter(|command| screen.tale.is_some() || !command.needs_story())
            .map(|command| (command, keymap.chords(context, command)))
            .filter(|(_, chords)| !chords.is_empty())
            .map(|(command, chords)| {
                let texts: Vec<String> = chords.iter().map(ToString::to_string).collect();
                (command, texts.join("  "))
            })
            .collect();
        let asks = screen.tale.as_ref().is_some_and(|tale| tale.story.quiz);
        if bound.is_empty() || context == Context::Quiz && !asks {
            continue;
        }
        let title = match context {
            Context::Everywhere => "Everywhere",
            Context::Overview => "On Overview",
            Context::Partitions => "On Partitions",
            Context::Groups => "On Groups",
            Context::Quiz => "While a question of the story waits",
        };
        lines.push(Strip::of(format!(" {title}"), Role::Strong));
        for (command, keys) in bound {
            entry(&mut lines, &keys, Role::Key, command.sentence(), width);
        }
        lines.push(Strip::default());
    }
    lines.push(Strip::of(" Marks", Role::Strong));
    let marks = [
        (glyphs.leader, "a replica that leads"),
        (glyphs.in_sync, "a replica in sync"),
        (glyphs.out_of_sync, "a live replica out of sync"),
        (
            glyphs.down,
            "a replica whose broker is lost; before a value: reading it fails, and this is the last good one with its age",
        ),
        (glyphs.star, "the active controller"),
        ("!", "needs eyes"),
        (
            "?",
            "not known; after a class: inferred from who answers kaftop, not yet told by the cluster",
        ),
        ("-", "none: there is no such thing here"),
        ("0", "zero, as read"),
        (
            ">=",
            "at least: not all of it could be read, or it began before kaftop looked",
        ),
    ];
    for (mark, meaning) in marks {
        entry(&mut lines, mark, Role::Text, meaning, width);
    }
    lines.push(Strip::default());
    lines.push(Strip::of(" Columns", Role::Strong));
    for (column, meaning) in COLUMNS {
        entry(&mut lines, column, Role::Text, meaning, width);
    }
    lines
}

fn entry(lines: &mut Vec<Strip>, keys: &str, role: Role, words: &str, width: u16) {
    let room = width.saturating_sub(KEYS + 4);
    let pad = |text: &str| " ".repeat(usize::from(KEYS.saturating_sub(text::width(text))));
    for (row, line) in text::wrap(words, room, 3, "").into_iter().enumerate() {
        let shown = if row == 0 { keys } else { "" };
        lines.push(
            Strip::of(format!("   {shown}"), role)
                .and(pad(shown), Role::Text)
                .and(line, Role::Text),
        );
    }
}
