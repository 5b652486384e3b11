//! The rows of every list: what there is, narrowed by a filter, in an order.
//!
//! Each kind of row says once what its columns hold ([`filter::Row`]); filters, sorting, and what is copied all read
//! that one place. Rows are made anew for each bulletin, those of large clusters beside the screen's loop.

pub mod alerts;
pub mod brokers;
pub mod copy;
pub mod events;
pub mod filter;
pub mod groups;
pub mod keepers;
pub mod partitions;
pub mod topics;
pub mod value;

use std::collections::BTreeSet;

use super::field::{Field, First, Subject};
use super::screen::RowKey;
use filter::{Filter, Row};
use value::Value;

/// An order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column; without one, by harm: what is worst first.
    pub by: Option<Field>,
    /// Whether it is turned round.
    pub reversed: bool,
}

/// How a list is narrowed and sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What rows must pass.
    pub filter: Filter,
    /// Whether only rows are shown that need eyes.
    pub only_bad: bool,
    /// The order.
    pub sort: Sort,
}

impl View {
    /// Whether rows may be hidden.
    pub fn narrows(&self) -> bool {
        self.only_bad || !self.filter.is_empty()
    }
}

/// Rows that the user watches: they stand on top, and no filter hides them.
pub type Marks = BTreeSet<RowKey>;

/// The rows of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Those to show, in order.
    pub keys: Vec<RowKey>,
    /// How many are not shown.
    pub hidden: usize,
    /// How many of those shown are marked; they are the first.
    pub marked: usize,
}

/// A row that can be listed.
pub trait Listed: Row {
    /// Its identity.
    fn key(&self) -> RowKey;
    /// Whether it needs eyes.
    fn is_bad(&self) -> bool;
}

/// Narrows and sorts rows that stand by harm. `hidden` are those that were left out before.
pub fn narrow<T: Listed>(
    rows: Vec<T>,
    subject: Subject,
    view: &View,
    marks: &Marks,
    hidden: usize,
) -> Narrowed {
    let before = rows.len() + hidden;
    let watched = |row: &T| !marks.is_empty() && marks.contains(&row.key());
    let mut rows: Vec<T> = rows
        .into_iter()
        .filter(|row| {
            let passes = (!view.only_bad || row.is_bad()) && view.filter.passes(row);
            passes || watched(row)
        })
        .collect();
    let sort = view.sort;
    let spec = sort.by.and_then(|field| subject.spec(field));
    if let Some(spec) = spec {
        rows = sorted(rows, spec.field, spec.first, sort.reversed);
    } else if sort.reversed {
        rows.reverse();
    }
    let hidden = before - rows.len();
    let mut keys: Vec<RowKey> = rows.iter().map(Listed::key).collect();
    let marked = if marks.is_empty() {
        0
    } else {
        let (mut first, rest): (Vec<RowKey>, Vec<RowKey>) =
            keys.into_iter().partition(|key| marks.contains(key));
        let marked = first.len();
        first.extend(rest);
        keys = first;
        marked
    };
    Narrowed { keys, hidden, marked }
}

/// A stable sort in which the value of each row is read once.
fn sorted<T: Listed>(rows: Vec<T>, field: Field, first: First, reversed: bool) -> Vec<T> {
    let order = {
        let values: Vec<Value<'_>> = rows.iter().map(|row| row.value(field)).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| match (values.get(*a), values.get(*b)) {
            (Some(a), Some(b)) => a.order(b, first, reversed),
            _ => std::cmp::Ordering::Equal,
        });
        order
    };
    let mut slots: Vec<Option<T>> = rows.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|place| slots.get_mut(place)?.take())
        .collect()
}
