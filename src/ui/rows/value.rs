//! What a row holds in a column, as far as filters and sorting need to know it.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::ui::field::First;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A word or a name.
    Text(Cow<'a, str>),
    /// A number, in the unit of its column.
    Number(f64),
    /// Not known.
    Unknown,
    /// Such a thing does not exist here.
    Nothing,
}

impl<'a> Value<'a> {
    /// A count.
    #[expect(
        clippy::cast_precision_loss,
        reason = "above 2^53 an order among neighbours is lost, which no list shows"
    )]
    pub fn count(count: u64) -> Self {
        Self::Number(count as f64)
    }

    /// A number that may not be known.
    pub fn known(number: Option<f64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }

    /// A count that may not be known.
    pub fn counted(count: Option<u64>) -> Self {
        count.map_or(Self::Unknown, Self::count)
    }

    /// A word.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The order of two rows by this column: what is not known, and what does not exist, comes last in both directions.
    pub fn order(&self, other: &Self, first: First, reversed: bool) -> Ordering {
        let turn = |order: Ordering| if reversed { order.reverse() } else { order };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => turn(match first {
                First::Largest => b.total_cmp(a),
                First::Smallest => a.total_cmp(b),
            }),
            (Self::Text(a), Self::Text(b)) => turn(a.cmp(b)),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Unknown => 2,
            Self::Nothing => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_last_in_both_directions() {
        let sorted = |first, reversed| {
            let mut values = [
                Value::Unknown,
                Value::Number(1.0),
                Value::Nothing,
                Value::Number(3.0),
            ];
            values.sort_by(|a, b| a.order(b, first, reversed));
            values
        };
        let up = [
            Value::Number(1.0),
            Value::Number(3.0),
            Value::Unknown,
            Value::Nothing,
        ];
        let down = [
            Value::Number(3.0),
            Value::Number(1.0),
            Value::Unknown,
            Value::Nothing,
        ];
        assert_eq!(sorted(First::Smallest, false), up);
        assert_eq!(sorted(First::Smallest, true), down);
        assert_eq!(sorted(First::Largest, false), down);
        assert_eq!(sorted(First::Largest, true), up);
    }
}
