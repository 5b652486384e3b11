//! The glyphs of the screen, with and without Unicode.

/// How trends are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Graphs {
    /// Two bars a cell, of four dots each.
    Braille,
    /// A bar a cell, in eight levels.
    #[default]
    Block,
    /// A character a cell.
    Ascii,
}

impl Graphs {
    /// What a terminal draws that calls itself `term`: a console of the kernel has no font with eight levels.
    pub fn promised(term: Option<&str>) -> Self {
        if term.is_some_and(|term| term == "linux" || term.starts_with("linux-")) {
            Self::Ascii
        } else {
            Self::Block
        }
    }
}

/// A set of glyphs, each one cell wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A replica that leads.
    pub leader: &'static str,
    /// A replica in sync.
    pub in_sync: &'static str,
    /// A live replica outside the ISR.
    pub out_of_sync: &'static str,
    /// A replica on a broker that is down; also the mark of a failed read.
    pub down: &'static str,
    /// What was left out of a text.
    pub cut: &'static str,
    /// The bar beside the verdict.
    pub bar: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// A vertical rule.
    pub wall: &'static str,
    /// The corners of a box, from the upper left one on as one reads.
    pub corners: [&'static str; 4],
    /// Between two facts of one line.
    pub dot: &'static str,
    /// The active controller.
    pub star: &'static str,
    /// A row that is watched.
    pub watched: &'static str,
    /// A column that is sorted by, its natural order.
    pub sorted: &'static str,
    /// The same, turned round.
    pub reversed: &'static str,
    /// How trends are drawn.
    pub graphs: Graphs,
    /// The levels of a trend, the lowest first.
    pub levels: [&'static str; 8],
}

impl Glyphs {
    /// The glyphs for a terminal that shows Unicode.
    pub const UNICODE: Self = Self {
        leader: "●",
        in_sync: "•",
        out_of_sync: "○",
        down: "✖",
        cut: "…",
        bar: "▌",
        rule: "─",
        wall: "│",
        corners: ["┌", "┐", "└", "┘"],
        dot: "·",
        star: "★",
        watched: "◆",
        sorted: "▾",
        reversed: "▴",
        graphs: Graphs::Block,
        levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    };

    /// The glyphs for a terminal that shows ASCII only.
    pub const ASCII: Self = Self {
        leader: "L",
        in_sync: "+",
        out_of_sync: "-",
        down: "x",
        cut: "~",
        bar: "|",
        rule: "-",
        wall: "|",
        corners: ["+", "+", "+", "+"],
        dot: "-",
        star: "*",
        watched: "*",
        sorted: "v",
        reversed: "^",
        graphs: Graphs::Ascii,
        levels: ["_", "_", ".", "-", "-", "=", "=", "#"],
    };

    /// The same, with other trends.
    #[must_use]
    pub fn with(self, graphs: Graphs) -> Self {
        let levels = match graphs {
            Graphs::Braille | Graphs::Block => self.levels,
            Graphs::Ascii => Self::ASCII.levels,
        };
        Self {
            graphs,
            levels,
            ..self
        }
    }

    /// Whether this is the set without Unicode.
    pub fn is_ascii(&self) -> bool {
        self.leader.is_ascii()
    }
}
