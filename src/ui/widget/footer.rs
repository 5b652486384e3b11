//! The tabs of the pages, and the line of keys at the bottom.

use ratatui::layout::Rect;

use crate::command::{Command, Context};
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::screen::Page;
use crate::ui::theme::Role;

/// Draws the tabs, each with the number of what needs eyes there.
pub fn tabs(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let at_risk = scene.screen.lists.partitions_at_risk();
    let behind = scene.screen.lists.behind;
    let commands = [
        Command::PageOverview,
        Command::PagePartitions,
        Command::PageGroups,
    ];
    let marks = [0, at_risk as usize, behind];
    let mut strip = Strip::of(" ", Role::Text);
    for ((page, command), mark) in Page::ALL.into_iter().zip(commands).zip(marks) {
        let open = scene.screen.page == page;
        if let Some(key) = scene.key(command) {
            strip.push(format!("{key} "), Role::Key);
        }
        strip.push(page.title(), if open { Role::Tab } else { Role::Dim });
        if mark > 0 {
            strip.push(format!(" {}!", crate::ui::text::count(mark as u64)), Role::Warn);
        }
        strip.push("   ", Role::Text);
    }
    canvas.strip(area.x, area.y, area.width, &strip);
}

/// Draws the keys that matter most here, as many as fit, help and quit first of all.
pub fn keys(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let screen = scene.screen;
    let page: &[Command] = match (screen.overlay, screen.page) {
        (Some(_), _) => &[Command::Back, Command::Down],
        (None, Page::Overview) => &[Command::Enter, Command::NextPanel],
        (None, Page::Partitions) => &[
            Command::Back,
            Command::Enter,
            Command::OnlyAtRisk,
            Command::SortNext,
            Command::SortReverse,
        ],
        (None, Page::Groups) => &[
            Command::Back,
            Command::Enter,
            Command::OldestUnread,
            Command::SortNext,
            Command::SortReverse,
        ],
    };
    let story = if screen.tale.is_some() {
        one(scene, Command::Story).and("   ", Role::Text)
    } else {
        Strip::default()
    };
    let last = story
        .extended(one(scene, Command::Sources))
        .and("   ", Role::Text)
        .extended(one(scene, Command::Help))
        .and("   ", Role::Text)
        .extended(one(scene, Command::Quit))
        .and(" ", Role::Text);
    let mut strip = Strip::of(" ", Role::Text).extended(answers(scene));
    for command in page {
        let next = one(scene, *command).and("   ", Role::Text);
        if strip.width() + next.width() + last.width() <= area.width {
            strip.extend(next);
        }
    }
    canvas.strip(area.x, area.y, area.width, &strip);
    canvas.strip_right(area.x, area.y, area.width, &last);
}

/// The keys that answer the question of the story, while it is shown: `1-3 answer`.
fn answers(scene: &Scene) -> Strip {
    let tale = scene.screen.tale.as_ref();
    let question = tale.and_then(|tale| tale.question());
    let (Some(question), Context::Quiz) = (question, scene.screen.context()) else {
        return Strip::default();
    };
    let last = match question.options.len() {
        ..=2 => Command::SecondOption,
        3 => Command::ThirdOption,
        _ => Command::FourthOption,
    };
    let key = |command| scene.key(command).unwrap_or_default();
    let keys = format!("{}-{}", key(Command::FirstOption), key(last));
    Strip::of(keys, Role::Key).and(" answer   ", Role::Dim)
}

fn one(scene: &Scene, command: Command) -> Strip {
    let key = scene.key(command).unwrap_or_default();
    Strip::of(key, Role::Key).and(format!(" {}", command.label()), Role::Dim)
}

impl Strip {
    /// The strip with all pieces of another one added.
    #[must_use]
    fn extended(mut self, other: Self) -> Self {
        self.extend(other);
        self
    }
}
