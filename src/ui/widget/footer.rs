//! The tabs of the pages, what is to be read before a page, and the keys in the last line.

use ratatui::layout::Rect;

use crate::command::{Command, Context};
use crate::health::{Cause, Level};
use crate::model::severity::Severity;
use crate::model::text::printable;
use crate::model::time::Span;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::screen::{Page, Screen};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::undo::undoing;
use crate::ui::update::Hit;
use crate::ui::widget::panel;

/// How much of the tabs is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// The whole name, and how much needs eyes there.
    Counted,
    /// The whole name, with a mark where something needs eyes.
    Named,
    /// So many letters of the name of each but the open one, with a mark.
    Letters(usize),
}

/// From the most that can be told on; beneath all of it no letter is.
const TOLD: [Told; 4] = [Told::Counted, Told::Named, Told::Letters(4), Told::Letters(3)];

/// Draws the tabs, each with what needs eyes there, as much of it as there is room for.
pub fn tabs(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let marked = Page::ALL.map(|page| (page, marks(scene, page)));
    let all = |told: Told| marked.map(|(page, marks)| (page, tab(scene, page, marks, told)));
    let fits = |tabs: &[(Page, Strip)]| {
        let long: u16 = tabs.iter().map(|(_, tab)| tab.width()).sum();
        // What stands behind the last one needs no room.
        long <= area.width
    };
    let mut told = TOLD.into_iter().map(all);
    let tabs = told
        .find(|tabs| fits(tabs))
        .unwrap_or_else(|| all(Told::Letters(0)));
    let mut x = area.x + 1;
    for (page, tab) in tabs {
        let room = area.right().saturating_sub(x);
        canvas.strip(x, area.y, room, &tab);
        canvas.hit(
            Rect::new(x, area.y, tab.width().min(room), 1),
            Hit::Command(page.command()),
        );
        x = x.saturating_add(tab.width());
    }
}

fn tab(scene: &Scene, page: Page, marks: usize, told: Told) -> Strip {
    let open = scene.screen.page() == page;
    let mut strip = Strip::default();
    if let Some(key) = scene.key(page.command()) {
        strip.push(key, Role::Key);
    }
    if marks > 0 && told != Told::Counted {
        strip.push("!", Role::Warn);
    } else {
        strip.push(" ", Role::Text);
    }
    let title = match told {
        Told::Letters(most) if !open => page.title().get(..most).unwrap_or_default(),
        _ => page.title(),
    };
    strip.push(title, if open { Role::Tab } else { Role::Dim });
    if marks > 0 && told == Told::Counted {
        strip.push(format!(" {}!", text::count(marks as u64)), Role::Warn);
    }
    strip.push(if told == Told::Counted { "   " } else { " " }, Role::Text);
    strip
}

/// How much needs eyes on a page.
fn marks(scene: &Scene, page: Page) -> usize {
    match page {
        Page::Overview | Page::Events => 0,
        Page::Brokers => scene
            .snapshot()
            .brokers
            .values()
            .filter(|broker| crate::ui::rows::brokers::is_bad(broker))
            .count(),
        Page::Topics => scene.screen.lists.at_risk.len(),
        Page::Partitions => scene.screen.lists.partitions_at_risk() as usize,
        Page::Groups => scene.bulletin.health.groups.len(),
        Page::Quorum => scene.bulletin.health.council.lost().len(),
        Page::Alerts => {
            let alerts = &scene.bulletin.alerts;
            alerts.count(Severity::Critical) + alerts.count(Severity::Warning)
        }
    }
}

/// Says over the page that the screen stands still, and what it misses; gives the area below.
pub fn frozen(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    let Some(frozen) = &scene.screen.frozen else {
        return area;
    };
    let key = scene.key(Command::Freeze).unwrap_or_default();
    let for_so_long = Span::seconds(frozen.seconds);
    let since = match &frozen.now {
        Some((level, sentence)) => {
            let level = match level {
                Level::Ok => "HEALTHY",
                Level::Degraded => "DEGRADED",
                Level::Critical => "CRITICAL",
                Level::Unknown => "UNKNOWN",
            };
            format!("By now it is {level}: {sentence}")
        }
        None if frozen.bulletins > 0 => "The verdict is still this one.".to_owned(),
        None => String::new(),
    };
    let events = match frozen.events {
        0 => String::new(),
        events => format!(" {} missed.", text::plural(events, "event")),
    };
    let words = format!(" FROZEN for {for_so_long}, {key} goes on.{events} {since}");
    panel::notice(canvas, area, &words)
}

/// Says over the page what an earlier run left undone, and which key undoes it; gives the area below.
pub fn left_over(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Rect {
    let acts = &scene.screen.acts;
    let Some(left) = acts.to_undo().filter(|_| !acts.offer.shown().is_empty()) else {
        return area;
    };
    let undo = undoing(left).word();
    let way = match scene.key(Command::Heal) {
        Some(key) if !scene.settings.standing.read_only => format!("{key} {undo}s it"),
        // Without a key, or where nothing may be done here.
        _ => "kaftop heal undoes it".to_owned(),
    };
    let more = match acts.offer.left().len() {
        ..=1 => String::new(),
        all => format!(" ({} more)", all - 1),
    };
    let hide = match scene.key(Command::Back) {
        Some(key) if scene.screen.page() == Page::Overview && !scene.screen.is_covered() => {
            format!(", {key} hides this")
        }
        _ => String::new(),
    };
    let words = format!(
        " kaftop left {} {} {} ago{more}: {way}{hide}.",
        left.node,
        left.verb.past(),
        scene.age(left.at)
    );
    panel::notice(canvas, area, &printable(&words))
}

/// Draws the keys that matter most here, as many as fit, help and quit first of all.
pub fn keys(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let screen = scene.screen;
    let page = on_page(scene);
    let mut last = Vec::new();
    if screen.tale.is_some() {
        last.push(Command::Story);
    }
    last.extend([Command::Sources, Command::Help, Command::Quit]);
    let width = |commands: &[Command]| -> u16 {
        let one = |command: &Command| one(scene, *command).width() + 3;
        commands.iter().map(one).sum()
    };
    let reserved = width(&last);
    let mut x = area.x + 1;
    let answers = answers(scene);
    x = x.saturating_add(canvas.strip(x, area.y, area.width, &answers));
    for command in page {
        let next = one(scene, command);
        if x + next.width() + 3 + reserved <= area.right() {
            x = button(canvas, x, area, scene, command);
        }
    }
    x = area
        .right()
        .saturating_sub(reserved.saturating_sub(2))
        .max(area.x);
    for command in last {
        x = button(canvas, x, area, scene, command);
    }
}

/// The keys that matter most here: on the Overview also those that the next step of the verdict is done by.
fn on_page(scene: &Scene) -> Vec<Command> {
    let screen = scene.screen;
    let mut page = commands(screen).to_vec();
    let calm = screen.page() == Page::Overview && screen.context() == Context::Overview;
    let down = |cause: &Cause| match cause {
        Cause::Broker(id) => scene.snapshot().broker(*id).is_some_and(|broker| !broker.is_up()),
        Cause::ZooKeeper(_) | Cause::Controller(_) => true,
    };
    let cause = scene.bulletin.health.verdict.cause.first();
    if calm && screen.overlay.is_none() && cause.is_some_and(down) {
        let may_act = !scene.settings.standing.read_only;
        let start = Some(Command::Start).filter(|_| may_act);
        page.splice(0..0, [Command::Log].into_iter().chain(start));
    }
    page
}

/// The keys that matter most on the open page, the first ones first of all.
fn commands(screen: &Screen) -> &'static [Command] {
    if screen.context() == Context::Log {
        &[
            Command::Back,
            Command::Search,
            Command::NextError,
            Command::PreviousError,
            Command::Wrap,
            Command::Right,
            Command::NextHit,
            Command::PreviousHit,
        ]
    } else if screen.overlay.is_some() || screen.detail {
        &[Command::Back, Command::Down]
    } else {
        match screen.page() {
            Page::Overview => &[
                Command::Enter,
                Command::NextPanel,
                Command::Palette,
                Command::Filter,
            ],
            Page::Topics => &[
                Command::Back,
                Command::Enter,
                Command::Filter,
                Command::TopicConfig,
                Command::OnlyBad,
                Command::Sort,
                Command::Palette,
                Command::Detail,
            ],
            Page::Groups => &[
                Command::Back,
                Command::Enter,
                Command::Filter,
                Command::OldestUnread,
                Command::OnlyBad,
                Command::Sort,
                Command::Palette,
            ],
            Page::Brokers | Page::Quorum => &[
                Command::Back,
                Command::Enter,
                Command::Log,
                Command::Filter,
                Command::OnlyBad,
                Command::Sort,
                Command::Palette,
                Command::Detail,
            ],
            _ => &[
                Command::Back,
                Command::Enter,
                Command::Filter,
                Command::OnlyBad,
                Command::Sort,
                Command::Palette,
                Command::Detail,
            ],
        }
    }
}

/// A key with its label, which can be clicked; gives the place behind it.
fn button(canvas: &mut Canvas, x: u16, area: Rect, scene: &Scene, command: Command) -> u16 {
    let strip = one(scene, command);
    let room = area.right().saturating_sub(x);
    canvas.strip(x, area.y, room, &strip);
    canvas.hit(
        Rect::new(x, area.y, strip.width().min(room), 1),
        Hit::Command(command),
    );
    x.saturating_add(strip.width() + 3)
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
