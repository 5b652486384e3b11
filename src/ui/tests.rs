//! Whole frames, all sizes, and what the keys do.

mod acts;
mod alerts;
mod containers;
mod enquiry;
mod frames;
mod logs;
mod moves;
mod order;
mod sizes;
mod story;
mod topic_config;
mod ways;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::command::{Keymap, Sequence};
use crate::health::Bulletin;
use crate::model::time::Span;

use super::prompt::{self, Prompt};
use super::screen::Screen;
use super::settings::{Looks, Standing, UiSettings};
use super::update::{Effect, update};
use super::view::{self, Frame};

/// A screen with a keyboard, looking at one bulletin.
pub struct Stage {
    pub screen: Screen,
    pub settings: UiSettings,
    pub bulletin: Option<Bulletin>,
    pub since_arrival: Span,
}

impl Stage {
    pub fn new(bulletin: Bulletin) -> Self {
        let mut screen = Screen::default();
        screen.settle(&bulletin, false);
        Self {
            screen,
            settings: UiSettings {
                looks: Looks::default(),
                keymap: Keymap::standard(),
                standing: Standing {
                    label: "prod".to_owned(),
                    production: false,
                    read_only: true,
                },
                notices: Vec::new(),
                how_to_connect: None,
            },
            bulletin: Some(bulletin),
            since_arrival: Span(0),
        }
    }

    /// Draws a frame of that size, as text.
    pub fn frame(&mut self, width: u16, height: u16) -> String {
        let backend = self.draw(width, height);
        // The backend for tests cannot write out a frame without a cell.
        if width == 0 || height == 0 {
            String::new()
        } else {
            backend.to_string()
        }
    }

    /// Draws a frame of that size, with its colours.
    pub fn buffer(&mut self, width: u16, height: u16) -> Buffer {
        self.draw(width, height).buffer().clone()
    }

    fn draw(&mut self, width: u16, height: u16) -> TestBackend {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let keymap = self.settings.keymap.clone();
        let theme = self.settings.looks.theme();
        let mut seen = view::Seen::default();
        terminal
            .draw(|frame| {
                seen = view::draw(
                    frame.buffer_mut(),
                    &Frame {
                        bulletin: self.bulletin.as_ref(),
                        since_arrival: self.since_arrival,
                        screen: &self.screen,
                        settings: &self.settings,
                        keymap: &keymap,
                        theme: &theme,
                    },
                );
            })
            .unwrap();
        self.screen.saw(seen.windows);
        terminal.backend().clone()
    }

    /// Presses keys, written as in a keymap, with spaces between them.
    pub fn press(&mut self, keys: &str) -> Effect {
        let keymap = self.settings.keymap.clone();
        let mut last = Effect::None;
        for key in keys.split_whitespace() {
            last = if self.screen.prompt.is_some() {
                prompt::press(&mut self.screen, key.parse().unwrap())
            } else {
                let sequence: Sequence = key.parse().unwrap();
                let command = keymap.command(self.screen.context(), sequence);
                command.map_or(Effect::None, |command| update(&mut self.screen, command))
            };
            if let (Effect::Search, Some(Prompt::Palette(palette))) = (&last, &mut self.screen.prompt) {
                palette.search(self.bulletin.as_ref().map(|bulletin| &*bulletin.snapshot));
            }
            if let (Effect::Settle, Some(bulletin)) = (&last, &self.bulletin) {
                self.screen.settle(bulletin, false);
            }
            if let (Effect::Log(row), Some(bulletin)) = (&last, &self.bulletin) {
                self.screen.read_log(row.clone(), &bulletin.snapshot);
            }
            if let Effect::Ask(question) = &last {
                self.screen.asked(question.clone(), true);
            }
        }
        last
    }
}
