//! The foot of the screen: the keys, or what a key did; and above it the acts that go on, with how they are steered.

use ratatui::layout::Rect;

use crate::command::Command;
use crate::model::text::printable;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::screen::Screen;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::update::Hit;
use crate::ui::widget::{footer, typed};

/// A screen lower than this has no lines for acts: what goes on takes the place of the keys.
const SHORT: u16 = 18;
/// The most lines that what a key did takes.
const LINES: usize = 5;
/// The most lines that an act that goes on takes, beside the keys that steer it.
const GOING: usize = 2;

/// Draws the foot of the screen; gives how many lines it takes.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> u16 {
    let screen = scene.screen;
    let is_short = area.height < SHORT;
    let is_typed = screen.prompt.is_some() || screen.half.is_some();
    let line = |taken: u16| Rect {
        y: area.bottom().saturating_sub(taken + 1),
        height: 1,
        ..area
    };
    let mut taken = 0;
    if is_typed {
        typed::draw(canvas, line(0), scene);
        taken = 1 + problem(canvas, line(1), screen);
    }
    taken += toast(
        canvas,
        Rect {
            height: area.height.saturating_sub(taken),
            ..area
        },
        screen,
    );
    if taken == 0 {
        if is_short && going_in_one(canvas, line(0), scene) {
            return 1;
        }
        if screen.acts.dialog.is_none() {
            footer::keys(canvas, line(0), scene);
        } else {
            // The keys of the page mean nothing to a dialog.
            let words = " The keys go to the dialog; esc leaves it.";
            canvas.put(area.x, line(0).y, area.width, words, Role::Dim);
        }
        taken = 1;
    }
    if !is_short {
        taken += going_on(
            canvas,
            Rect {
                height: area.height.saturating_sub(taken),
                ..area
            },
            scene,
        );
    }
    taken
}

/// Says above what is typed what is wrong with it, so that it is seen however much was typed; gives the lines taken.
fn problem(canvas: &mut Canvas, line: Rect, screen: &Screen) -> u16 {
    let Some(problem) = typed::problem(screen) else {
        return 0;
    };
    let words = printable(&problem);
    let words = text::start(&words, line.width.saturating_sub(2), canvas.glyphs.cut);
    canvas.put(
        line.x + 1,
        line.y,
        line.width.saturating_sub(1),
        &words,
        Role::Warn,
    );
    1
}

/// Draws what a key did, or what is worth telling as the screen opens, in the last lines of `area`; gives how many it takes.
pub fn toast(canvas: &mut Canvas, area: Rect, screen: &Screen) -> u16 {
    let Some(toast) = &screen.toast else {
        return 0;
    };
    let most = LINES.min(usize::from(area.height / 4)).max(1);
    let lines = text::wrap(toast, area.width.saturating_sub(2), most, canvas.glyphs.cut);
    put(canvas, area, &lines, Role::Text)
}

/// Draws the acts that go on in the last lines of `area`; gives how many they take.
fn going_on(canvas: &mut Canvas, area: Rect, scene: &Scene) -> u16 {
    let Some(words) = scene.screen.acts.line(scene.now()) else {
        return 0;
    };
    scene.ages.set(true);
    let steer = steering(
        canvas,
        Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        },
        scene,
    );
    let lines = text::wrap(&words, area.width.saturating_sub(2), GOING, canvas.glyphs.cut);
    let above = Rect {
        height: area.height.saturating_sub(steer),
        ..area
    };
    steer + put(canvas, above, &lines, Role::Strong)
}

/// Draws the acts that go on in one line, where there are any; says whether there are.
fn going_in_one(canvas: &mut Canvas, line: Rect, scene: &Scene) -> bool {
    let Some(mut words) = scene.screen.acts.line(scene.now()) else {
        return false;
    };
    scene.ages.set(true);
    let mut room = line.width.saturating_sub(2);
    if let Some((_, going)) = scene.screen.acts.roll() {
        // The keys alone: help and the manual say what they do.
        let (_, hold, end) = going.steering();
        let key = |command, words: &str| scene.key(command).filter(|_| !words.is_empty());
        let mut keys = Strip::default();
        for (command, label, words) in [
            (
                Command::HoldRoll,
                if hold.starts_with("goes") { "on" } else { "hold" },
                hold,
            ),
            (Command::EndRoll, "end", end),
        ] {
            if let Some(key) = key(command, words) {
                keys.push(format!("  {key}"), Role::Key);
                keys.push(format!(" {label}"), Role::Dim);
            }
        }
        room = room.saturating_sub(keys.width());
        words = going.short(scene.now()).unwrap_or(words);
        canvas.strip_right(line.x, line.y, line.width.saturating_sub(1), &keys);
    }
    let words = text::start(&words, room, canvas.glyphs.cut);
    canvas.put(line.x + 1, line.y, room, &words, Role::Strong);
    true
}

/// Draws how the rolling restart that goes on is steered; gives the lines taken.
fn steering(canvas: &mut Canvas, line: Rect, scene: &Scene) -> u16 {
    let Some((_, going)) = scene.screen.acts.roll() else {
        return 0;
    };
    let (state, hold, end) = going.steering();
    let mut x = line.x + 1;
    if !state.is_empty() {
        x += canvas.put(x, line.y, line.right().saturating_sub(x), state, Role::Warn) + 2;
    }
    for (command, words) in [(Command::HoldRoll, hold), (Command::EndRoll, end)] {
        if let Some(key) = scene.key(command).filter(|_| !words.is_empty()) {
            let strip = Strip::of(key, Role::Key).and(format!(" {words}"), Role::Dim);
            let used = canvas.strip(x, line.y, line.right().saturating_sub(x), &strip);
            canvas.hit(
                Rect {
                    x,
                    width: used,
                    ..line
                },
                Hit::Command(command),
            );
            x += used + 3;
        }
    }
    1
}

/// Puts lines at the end of `area`; gives how many.
fn put(canvas: &mut Canvas, area: Rect, lines: &[String], role: Role) -> u16 {
    let rows = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    for (line, y) in lines.iter().zip(area.bottom() - rows..area.bottom()) {
        canvas.put(area.x + 1, y, area.width.saturating_sub(1), line, role);
    }
    rows
}
