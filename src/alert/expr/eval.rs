//! What a condition is worth, given the facts.

use super::{Condition, Node, Op, Word};
use crate::model::alert::Truth;

/// What is known of a word.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::alert) enum Fact<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(std::borrow::Cow<'a, str>),
    /// It is known that there is none: every comparison with it fails.
    Nothing,
    /// It could not be read, or not lately.
    Unknown,
}

impl Fact<'_> {
    /// A count.
    pub fn count(count: impl TryInto<u32>) -> Self {
        Self::Number(f64::from(count.try_into().unwrap_or(u32::MAX)))
    }

    /// 1 or 0.
    pub fn yes(yes: bool) -> Self {
        Self::Number(f64::from(u8::from(yes)))
    }

    /// The number, or nothing.
    pub fn maybe(number: Option<f64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }
}

type Facts<'f, 'e> = &'e dyn Fn(Word) -> Fact<'f>;

/// Whether a condition holds.
///
/// # Errors
/// A sentence, where its arithmetic gives no number.
pub(in crate::alert) fn truth(condition: &Condition, facts: Facts<'_, '_>) -> Result<Truth, String> {
    holds(&condition.root, facts)
}

fn holds(node: &Node, facts: Facts<'_, '_>) -> Result<Truth, String> {
    match node {
        Node::Not(inner) => Ok(match holds(inner, facts)? {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }),
        // The right side is not looked at where the left one settles it, so that it can be guarded.
        Node::Pair(left, Op::And, right) => match holds(left, facts)? {
            Truth::No => Ok(Truth::No),
            Truth::Yes => holds(right, facts),
            Truth::Unknown => Ok(match holds(right, facts)? {
                Truth::No => Truth::No,
                _ => Truth::Unknown,
            }),
        },
        Node::Pair(left, Op::Or, right) => match holds(left, facts)? {
            Truth::Yes => Ok(Truth::Yes),
            Truth::No => holds(right, facts),
            Truth::Unknown => Ok(match holds(right, facts)? {
                Truth::Yes => Truth::Yes,
                _ => Truth::Unknown,
            }),
        },
        Node::Pair(left, op, right) => {
            let (left, right) = (value(left, facts)?, value(right, facts)?);
            Ok(match (left, right) {
                (Fact::Unknown, _) | (_, Fact::Unknown) => Truth::Unknown,
                (Fact::Number(left), Fact::Number(right)) => compared(left, *op, right).into(),
                (Fact::Text(left), Fact::Text(right)) => ((left == right) == (*op == Op::Equal)).into(),
                _ => Truth::No,
            })
        }
        // The parser lets no value stand for a condition.
        Node::Number(_) | Node::Text(_) | Node::Word(_) | Node::Negate(_) => Ok(Truth::Unknown),
    }
}

#[expect(
    clippy::float_cmp,
    reason = "counts are compared with whole numbers; a rule that compares rates for equality gets what it asks for"
)]
fn compared(left: f64, op: Op, right: f64) -> bool {
    match op {
        Op::Equal => left == right,
        Op::Unequal => left != right,
        Op::Less => left < right,
        Op::AtMost => left <= right,
        Op::More => left > right,
        _ => left >= right,
    }
}

fn value<'f>(node: &Node, facts: Facts<'f, '_>) -> Result<Fact<'f>, String> {
    match node {
        Node::Number(number) => Ok(Fact::Number(*number)),
        Node::Text(text) => Ok(Fact::Text(text.clone().into())),
        Node::Word(word) => match facts(*word) {
            Fact::Number(number) if !number.is_finite() => Err(format!("`{}` is no number", word.name())),
            fact => Ok(fact),
        },
        Node::Negate(inner) => Ok(match value(inner, facts)? {
            Fact::Number(number) => Fact::Number(-number),
            other => other,
        }),
        Node::Pair(left, op, right) => {
            let (left, right) = (value(left, facts)?, value(right, facts)?);
            let (Fact::Number(first), Fact::Number(second)) = (&left, &right) else {
                let unknown = left == Fact::Unknown || right == Fact::Unknown;
                return Ok(if unknown { Fact::Unknown } else { Fact::Nothing });
            };
            let result = match op {
                Op::Add => first + second,
                Op::Subtract => first - second,
                Op::Multiply => first * second,
                _ => first / second,
            };
            if result.is_finite() {
                Ok(Fact::Number(result))
            } else {
                Err(format!(
                    "`{node}` gives no number: {first} {} {second}",
                    op.sign()
                ))
            }
        }
        // The parser lets no condition stand for a value.
        Node::Not(_) => Ok(Fact::Unknown),
    }
}

/// The number that a part gives, if it gives one.
pub(super) fn number(node: &Node, facts: Facts<'_, '_>) -> Option<f64> {
    match value(node, facts) {
        Ok(Fact::Number(number)) => Some(number),
        _ => None,
    }
}
