//! The small language of conditions: comparisons of named values, joined by `and`, `or` and `not`.
//!
//! A condition is read once, with every name and type checked, so that evaluating it cannot fail but by arithmetic: a
//! division by zero. It is three-valued after Kleene: what rests on an unknown value is unknown, unless the rest settles it.

mod eval;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use eval::{Fact, truth};

use super::word::{Kind, Scope, Word};

/// The longest expression, in bytes.
const LONGEST: usize = 1_000;
/// The deepest nesting of parentheses and prefixes.
const DEEPEST: usize = 32;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// The column of its text, in characters from 1.
    pub column: usize,
    /// What is wrong, in a sentence without an end.
    pub message: String,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

/// What stands between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Op {
    fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    fn compares(self) -> bool {
        matches!(
            self,
            Self::Equal | Self::Unequal | Self::Less | Self::AtMost | Self::More | Self::AtLeast
        )
    }
}

/// A part of an expression; its types fit.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Text(String),
    Word(Word),
    Not(Box<Node>),
    Negate(Box<Node>),
    Pair(Box<Node>, Op, Box<Node>),
}

/// Written so that it can be read again.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Word(word) => f.write_str(word.name()),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Negate(inner) => write!(f, "-({inner})"),
            Self::Pair(left, op, right) => write!(f, "({left} {} {right})", op.sign()),
        }
    }
}

/// A condition over the values that a rule of some scope may use.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    root: Node,
    text: String,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its column.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, ExprError> {
        let root = parser::condition(text, scope)?;
        Ok(Self {
            root,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// As its rule writes it, on one line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values that it names, each once, in their order.
    pub fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        gather(&self.root, &mut words);
        words
    }

    /// Its measure: the left side of its first comparison of numbers.
    pub(super) fn measure(&self) -> Option<&impl Measured> {
        first_number(&self.root)
    }
}

/// What can be measured.
pub(super) trait Measured {
    /// Its value; none where it is not known, or there is none.
    fn measured<'f>(&self, facts: &dyn Fn(Word) -> Fact<'f>) -> Option<f64>;
    /// The word that it is, if it is one alone.
    fn word(&self) -> Option<Word>;
}

impl Measured for Node {
    fn measured<'f>(&self, facts: &dyn Fn(Word) -> Fact<'f>) -> Option<f64> {
        eval::number(self, facts)
    }

    fn word(&self) -> Option<Word> {
        match self {
            Self::Word(word) => Some(*word),
            _ => None,
        }
    }
}

fn gather(node: &Node, words: &mut Vec<Word>) {
    match node {
        Node::Word(word) if !words.contains(word) => words.push(*word),
        Node::Word(_) | Node::Number(_) | Node::Text(_) => {}
        Node::Not(inner) | Node::Negate(inner) => gather(inner, words),
        Node::Pair(left, _, right) => {
            gather(left, words);
            gather(right, words);
        }
    }
}

fn first_number(node: &Node) -> Option<&Node> {
    match node {
        Node::Pair(left, op, _) if op.compares() => is_number(left).then_some(&**left),
        Node::Pair(left, Op::And | Op::Or, right) => first_number(left).or_else(|| first_number(right)),
        Node::Not(inner) => first_number(inner),
        _ => None,
    }
}

fn is_number(node: &Node) -> bool {
    match node {
        Node::Word(word) => matches!(word.entry().kind, Kind::Number(_)),
        Node::Negate(_) => true,
        Node::Pair(_, op, _) => matches!(op, Op::Add | Op::Subtract | Op::Multiply | Op::Divide),
        Node::Number(_) | Node::Text(_) | Node::Not(_) => false,
    }
}
