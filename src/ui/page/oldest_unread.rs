//! The oldest unread record in the detail of a group: the estimate, and beside it what was read on request.

use ratatui::layout::Rect;

use crate::model::group::{Group, GroupPartition};
use crate::model::question::{Answer, Oldest, Question, Reply, Untold};
use crate::model::time::Span;
use crate::ui::canvas::{Canvas, Strip};
use crate::ui::enquiry::State;
use crate::ui::page::detail::{INDENT, LABEL};
use crate::ui::page::group_table;
use crate::ui::scene::Scene;
use crate::ui::text;
use crate::ui::theme::Role;

/// Most lines of an answer.
const LINES: usize = 4;
/// Cells between the estimate and the answer.
const GAP: u16 = 2;

/// An answer stands in the place of the estimate for so long at most.
const FRESH: Span = Span::seconds(30);

/// The age that was read on request, while it is fresh, the record is still unread, and nothing older can have been left out.
pub fn told_lately(scene: &Scene, group: &Group) -> Option<Strip> {
    let question = Question::OldestUnread {
        group: group.name.clone(),
    };
    let State::Answered(answer) = scene.screen.enquiry_of(&question)? else {
        return None;
    };
    let is_read = |oldest: &Oldest| {
        let is_its = |place: &&GroupPartition| {
            place.topic == oldest.partition.topic && place.partition == oldest.partition.partition
        };
        let place = group.partitions.iter().find(is_its);
        place.is_some_and(|place| place.committed.is_some_and(|committed| committed > oldest.offset))
    };
    match &answer.reply {
        Reply::OldestUnread(Ok(Some(oldest)))
            if !is_read(oldest)
                && oldest.untold == Untold::default()
                && answer.asked.age(scene.now()) <= FRESH =>
        {
            Some(Strip::of(scene.age(oldest.written), Role::Text))
        }
        _ => None,
    }
}

/// The estimate, and the answer in lines beside it.
pub struct OldestUnread {
    estimate: Strip,
    lines: Vec<String>,
    role: Role,
}

impl OldestUnread {
    /// What is to be said of a group in a detail of that width.
    pub fn of(scene: &Scene, group: &Group, width: u16) -> Self {
        let estimate = group_table::age(group);
        let question = Question::OldestUnread {
            group: group.name.clone(),
        };
        let state = scene.screen.enquiry_of(&question);
        let (words, role) = state.map_or((String::new(), Role::Text), |state| words(scene, state));
        let room = width.saturating_sub(INDENT + LABEL + estimate.width() + GAP);
        Self {
            estimate,
            lines: text::wrap(&words, room, LINES, scene.glyphs.cut),
            role,
        }
    }

    /// How many lines it takes.
    pub fn height(&self) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(u16::MAX).max(1)
    }

    /// Draws it, as much as `area` has room for.
    pub fn draw(&self, canvas: &mut Canvas, area: Rect) {
        let label = area.x.saturating_add(INDENT);
        let value = label.saturating_add(LABEL);
        if area.height > 0 {
            canvas.put(label, area.y, LABEL, "oldest unread", Role::Dim);
            canvas.strip(value, area.y, area.right().saturating_sub(value), &self.estimate);
        }
        let answer = value.saturating_add(self.estimate.width() + GAP);
        for (line, y) in self.lines.iter().zip(area.y..area.bottom()) {
            canvas.put(answer, y, area.right().saturating_sub(answer), line, self.role);
        }
    }
}

fn words(scene: &Scene, state: &State) -> (String, Role) {
    match state {
        State::Asking => (scene.asking(), Role::Dim),
        State::NotAsked(why) => (scene.failed(why), Role::Warn),
        State::Answered(answer) => {
            let (words, role) = answered(scene, answer);
            (format!("{words}; asked {} ago", scene.age(answer.asked)), role)
        }
    }
}

fn answered(scene: &Scene, answer: &Answer) -> (String, Role) {
    match &answer.reply {
        Reply::OldestUnread(Ok(Some(oldest))) => (found(scene, oldest), Role::Text),
        Reply::OldestUnread(Ok(None)) => ("nothing is unread".to_owned(), Role::Text),
        Reply::OldestUnread(Err(why)) | Reply::TopicConfig(Err(why)) => (scene.failed(why), Role::Warn),
        // Another question's: that answer stands elsewhere.
        Reply::TopicConfig(Ok(_)) => (String::new(), Role::Text),
    }
}

fn found(scene: &Scene, oldest: &Oldest) -> String {
    let mut words = format!(
        "written {}, {} ago ({} at {})",
        text::clock(oldest.written.0),
        scene.age(oldest.written),
        oldest.partition,
        text::exact(oldest.offset)
    );
    let mut untold = Vec::new();
    for (number, what) in [(oldest.untold.failed, "read"), (oldest.untold.unasked, "asked")] {
        if number > 0 {
            untold.push(format!("{} not {what}", text::plural(number, "partition")));
        }
    }
    if !untold.is_empty() {
        words.push_str("; may be older: ");
        words.push_str(&untold.join(", "));
    }
    words
}
