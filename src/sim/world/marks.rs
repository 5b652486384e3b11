//! When the records of a partition were written, at a cost that does not grow with their number.

use super::numbers::{real, signed, unsigned, whole};

/// How many points are kept.
const POINTS: usize = 4;
/// The first distance between two points, in ms.
const FIRST_SPACING: i64 = 60_000;

/// Points of (offset, wall time) between which records are taken to have come evenly. When they are full, every
/// second one goes and the distance doubles.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    points: [(u64, i64); POINTS],
    count: u8,
    /// The distance is this power of two times the first.
    doubled: u8,
    /// When the last record was written.
    last: i64,
}

impl Marks {
    /// Records came evenly from `since` to `until`.
    pub(super) fn new(start: u64, since: i64, end: u64, until: i64) -> Self {
        let mut points = [(0, 0); POINTS];
        points[0] = (start, since);
        points[1] = (end, until);
        Self {
            points,
            count: 2,
            doubled: 0,
            last: until,
        }
    }

    fn points(&self) -> &[(u64, i64)] {
        self.points.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Records are written now; `end` is the log's end before them.
    pub(super) fn write(&mut self, end: u64, now: i64) {
        let spacing = FIRST_SPACING.checked_shl(self.doubled.into()).unwrap_or(i64::MAX);
        let newest = self.points().last().map_or(0, |point| point.1);
        if now.saturating_sub(newest) >= spacing {
            // Where it rested for long, the pause is not spread over the records before it.
            if self.last > newest.saturating_add(spacing) || usize::from(self.count) < POINTS {
                self.push((end, self.last.max(newest)));
            } else {
                self.push((end, now));
            }
        }
        self.last = now;
    }

    fn push(&mut self, point: (u64, i64)) {
        if usize::from(self.count) == POINTS {
            self.points[1] = self.points[2];
            self.count = 2;
            self.doubled = self.doubled.saturating_add(1);
        }
        if let Some(place) = self.points.get_mut(usize::from(self.count)) {
            *place = point;
            self.count += 1;
        }
    }

    /// When the record at this offset was written, in a log that ends at `end`.
    pub(super) fn time_of(&self, offset: u64, end: u64) -> i64 {
        let mut before = self.points().first().copied().unwrap_or((0, self.last));
        for after in self.points().iter().copied().chain([(end, self.last)]) {
            if offset < after.0 {
                return between(before, after, offset);
            }
            if after.0 >= before.0 {
                before = after;
            }
        }
        self.last
    }

    /// The first offset from `start` on that was written at `time` or later; none where all are older.
    pub(super) fn offset_at(&self, time: i64, start: u64, end: u64) -> Option<u64> {
        let (mut low, mut high) = (start, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_of(middle, end) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < end).then_some(low)
    }
}

fn between(before: (u64, i64), after: (u64, i64), offset: u64) -> i64 {
    let records = after.0.saturating_sub(before.0);
    let span = unsigned(after.1.saturating_sub(before.1));
    if records == 0 || offset < before.0 {
        return before.1;
    }
    let share = real(offset - before.0 + 1) / real(records);
    before.1.saturating_add(signed(whole(real(span) * share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_an_even_stream_are_found_again() {
        let mut marks = Marks::new(0, -3_600_000, 3_600, 0);
        let mut end = 3_600;
        for second in 1..100_000_i64 {
            marks.write(end, second * 1000);
            end += 1;
        }
        for offset in [0, 1_000, 3_600, 5_000, 50_000, end - 1] {
            let expected = (signed(offset) - 3_599) * 1000;
            let off = (marks.time_of(offset, end) - expected).abs();
            assert!(off <= 2_000, "{offset}: off by {off} ms");
            let found = marks.offset_at(expected, 0, end).unwrap();
            assert!(found.abs_diff(offset) <= 2, "{offset}: found {found}");
        }
        assert_eq!(marks.offset_at(i64::MAX, 0, end), None);
    }

    #[test]
    fn times_never_go_backwards() {
        let mut marks = Marks::new(0, 0, 10, 1_000);
        let mut end = 10;
        for (burst, now) in [
            (5, 200_000),
            (1, 900_000),
            (7, 901_000),
            (2, 5_000_000),
            (9, 5_060_000),
        ] {
            marks.write(end, now);
            end += burst;
        }
        let times: Vec<i64> = (0..end).map(|offset| marks.time_of(offset, end)).collect();
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(times.last(), Some(&5_060_000));
    }
}
