//! The story of a demonstration: one quiet line under every page, and the whole of it over a page.

use ratatui::layout::Rect;

use crate::command::Command;
use crate::model::story::{QuizQuestion, Told};
use crate::model::text::printable;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::scene::Scene;
use crate::ui::screen::{ListId, Overlay, Window};
use crate::ui::tale::Tale;
use crate::ui::text;
use crate::ui::theme::Role;

/// A screen lower than this has no line for the story.
const LEAST_ROWS: u16 = 18;
/// A step counts as new for this long, in milliseconds of the wall clock.
const NEW: u64 = 10_000;
/// The least cells that a title is worth showing in.
const LEAST_TITLE: u16 = 5;
/// The most lines that one text of the story takes.
const LONGEST: usize = 30;

/// How many lines under the page the story takes.
pub fn lines(area: Rect, scene: &Scene) -> u16 {
    // Over the page the whole story says it.
    let shown = scene.screen.overlay != Some(Overlay::Story);
    u16::from(shown && scene.screen.tale.is_some() && area.height >= LEAST_ROWS)
}

/// The title with the time, for the header: `demo · A broker crashes · 1m12s x10`, in at most `room` cells.
pub fn title(scene: &Scene, room: u16) -> Option<Strip> {
    let tale = scene.screen.tale.as_ref()?;
    let dot = scene.glyphs.dot;
    let progress = tale.story.progress;
    let elapsed = progress.now.to_string();
    let time = if progress.speed_percent == 100 {
        elapsed
    } else {
        let speed = text::rate(f64::from(progress.speed_percent) / 100.0);
        format!("{elapsed} x{speed}")
    };
    // The title would give the cause away.
    let title = if tale.keeps_back() {
        "quiz".into()
    } else {
        printable(&tale.story.title)
    };
    let demo = Strip::of("demo ", Role::Dim);
    let bare = demo.clone().and(time.clone(), Role::Dim);
    let left = room.saturating_sub(bare.width() + 5);
    if left < LEAST_TITLE {
        return Some(bare);
    }
    let title = text::middle(&title, left, scene.glyphs.cut);
    Some(
        demo.and(format!("{dot} "), Role::Dim)
            .and(title, Role::Strong)
            .and(format!(" {dot} {time}"), Role::Dim),
    )
}

/// Draws the line: the newest step, or in a quiz what there is to do.
pub fn line(canvas: &mut Canvas, area: Rect, scene: &Scene) {
    let Some(tale) = &scene.screen.tale else {
        return;
    };
    let story = &tale.story;
    let (when, words, role) = match story.told.last() {
        _ if tale.keeps_back() => (String::new(), to_do(tale), Role::Dim),
        None if story.lesson.conclusion.is_none() => {
            (String::new(), "Nothing is planned.".to_owned(), Role::Dim)
        }
        None => (String::new(), "All is well, for now.".to_owned(), Role::Dim),
        Some(told) => {
            let ago = story.progress.now.0.saturating_sub(told.at.0);
            let new = ago.saturating_mul(100) < NEW.saturating_mul(u64::from(story.progress.speed_percent));
            let role = if new { Role::Text } else { Role::Dim };
            (
                format!("at {}  ", told.at),
                printable(&told.words).into_owned(),
                role,
            )
        }
    };
    let mut strip = Strip::of(" ", Role::Dim);
    if !when.is_empty() {
        strip.push(when, Role::Dim);
    }
    let room = area.width.saturating_sub(strip.width() + 1);
    strip.push(text::start(&words, room, canvas.glyphs.cut), role);
    canvas.strip(area.x, area.y, area.width, &strip);
}

/// What there is to do in a quiz.
fn to_do(tale: &Tale) -> String {
    let all = tale.story.lesson.questions.len();
    if tale.story.is_ripe() {
        let answered = tale.answers.len();
        let rest = text::plural(all.saturating_sub(answered), "question");
        format!("Quiz: what has happened here? {rest} to answer.")
    } else {
        let from = tale.story.lesson.from;
        format!(
            "Quiz: look around; {} from {from} on.",
            text::plural(all, "question")
        )
    }
}

/// The note in the title of the overlay.
pub fn note(scene: &Scene) -> String {
    let Some(tale) = &scene.screen.tale else {
        return String::new();
    };
    let score = tale.score();
    if !tale.story.quiz || score.all == 0 {
        return String::new();
    }
    if tale.keeps_back() {
        format!("{} of {} answered", score.answered, score.all)
    } else {
        format!("{} of {} right", score.right, score.all)
    }
}

/// Draws the story; gives what was shown.
pub fn draw(canvas: &mut Canvas, area: Rect, scene: &Scene) -> Window {
    let text = scene
        .screen
        .tale
        .as_ref()
        .map_or_else(Vec::new, |tale| whole(scene, tale, area.width));
    let rows = usize::from(area.height).min(text.len());
    let top = scene.screen.scroll(ListId::Story, rows, text.len());
    for (line, y) in text.iter().skip(top).take(rows).zip(area.y..) {
        canvas.strip(area.x, y, area.width, line);
    }
    Window {
        top,
        rows,
        total: text.len(),
        ..Window::default()
    }
}

/// Everything that may be told now, in lines.
fn whole(scene: &Scene, tale: &Tale, width: u16) -> Vec<Strip> {
    let mut page = Text {
        width,
        cut: scene.glyphs.cut,
        lines: Vec::new(),
    };
    let story = &tale.story;
    page.paragraph(&story.situation, 1, Role::Text);
    if let Some(question) = tale.question() {
        page.question(question, tale);
        return page.lines;
    }
    if tale.keeps_back() {
        page.gap();
        page.paragraph(&to_do(tale), 1, Role::Dim);
        return page.lines;
    }
    if story.quiz {
        page.heading("Your answers");
        for (question, answer) in story.lesson.questions.iter().zip(&tale.answers) {
            page.answer(question, *answer);
        }
    }
    page.heading("What happened");
    if story.told.is_empty() {
        page.paragraph("Nothing yet: all is well.", 1, Role::Dim);
    }
    for told in &story.told {
        page.told(told);
    }
    let Some(conclusion) = &story.lesson.conclusion else {
        return page.lines;
    };
    page.heading("What to conclude");
    if story.is_ripe() {
        let parts = [
            ("cause", &conclusion.cause),
            ("at risk", &conclusion.at_risk),
            ("next", &conclusion.next),
        ];
        for (label, words) in parts {
            page.hanging(&Strip::of(format!(" {label:>7}  "), Role::Dim), words, Role::Text);
        }
    } else {
        let key = scene.key(Command::Story).unwrap_or_default();
        let words = format!("Look around first; {key} tells it from {} on.", story.lesson.from);
        page.paragraph(&words, 1, Role::Dim);
    }
    page.lines
}

/// Lines that grow.
struct Text {
    width: u16,
    cut: &'static str,
    lines: Vec<Strip>,
}

impl Text {
    fn gap(&mut self) {
        self.lines.push(Strip::default());
    }

    fn heading(&mut self, words: &str) {
        if !self.lines.is_empty() {
            self.gap();
        }
        self.lines.push(Strip::of(format!(" {words}"), Role::Strong));
    }

    fn paragraph(&mut self, words: &str, indent: u16, role: Role) {
        self.hanging(&Strip::of(" ".repeat(usize::from(indent)), role), words, role);
    }

    /// A text that hangs beside what leads it.
    fn hanging(&mut self, lead: &Strip, words: &str, role: Role) {
        // Prose that is read in lines of more than 100 cells is hard to follow.
        let room = self.width.min(101).saturating_sub(lead.width() + 1);
        let words = printable(words);
        let wrapped = text::wrap(&words, room, LONGEST, self.cut);
        for (row, line) in wrapped.into_iter().enumerate() {
            let strip = if row == 0 {
                lead.clone()
            } else {
                Strip::of(" ".repeat(usize::from(lead.width())), role)
            };
            self.lines.push(strip.and(line, role));
        }
    }

    fn told(&mut self, told: &Told) {
        let lead = Strip::of(format!(" {:>7}  ", told.at.to_string()), Role::Dim);
        self.hanging(&lead, &told.words, Role::Text);
    }

    fn question(&mut self, question: &QuizQuestion, tale: &Tale) {
        let all = tale.story.lesson.questions.len();
        self.heading(&format!("Question {} of {all}", tale.answers.len() + 1));
        self.paragraph(&question.ask, 1, Role::Text);
        self.gap();
        for (place, option) in (1..).zip(&question.options) {
            let lead = Strip::of(format!("   {place}  "), Role::Key);
            self.hanging(&lead, option, Role::Text);
        }
    }

    fn answer(&mut self, question: &QuizQuestion, answer: usize) {
        let option = |place: usize| question.options.get(place).map_or("", String::as_str);
        self.paragraph(&question.ask, 1, Role::Dim);
        if answer == question.right {
            self.hanging(&Strip::of("   right  ", Role::Good), option(answer), Role::Text);
        } else {
            self.hanging(&Strip::of("   wrong  ", Role::Bad), option(answer), Role::Dim);
            self.hanging(
                &Strip::of("   it is  ", Role::Good),
                option(question.right),
                Role::Text,
            );
        }
    }
}
