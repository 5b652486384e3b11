//! Numbers: conversions that cannot fail, and chance that is a function of its arguments.

/// As a signed number; the largest one where it does not fit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As an unsigned number; zero where it is negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// As 32 bits; the largest where it does not fit.
pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The whole part of a number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and NaN becomes zero"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

/// As a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts stay far below 2^52, and rates need no more digits"
)]
pub(super) fn real(number: u64) -> f64 {
    number as f64
}

/// A number without a pattern that depends on these three alone (SplitMix64's finalizer).
pub(super) fn chance(seed: u64, what: u64, which: u64) -> u64 {
    let mut state = seed
        .wrapping_add(what.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(which.wrapping_mul(0xd1b5_4a32_d192_ed03));
    for _ in 0..2 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// One of `0..bound`; zero where that is empty.
pub(super) fn draw(seed: u64, what: u64, which: u64, bound: u64) -> u64 {
    chance(seed, what, which).checked_rem(bound).unwrap_or(0)
}

/// For what chance is drawn, so that no two draws meet.
pub(super) mod topic_of_chance {
    pub(in super::super) const HEARTBEAT: u64 = 1;
    pub(in super::super) const RECONNECT: u64 = 2;
    pub(in super::super) const ELECTION: u64 = 3;
    pub(in super::super) const CANDIDATE: u64 = 4;
    pub(in super::super) const SPLIT_VOTE: u64 = 5;
    pub(in super::super) const FORWARDING: u64 = 6;
    pub(in super::super) const HISTORY: u64 = 7;
    pub(in super::super) const TRAFFIC: u64 = 8;
    pub(in super::super) const TOPIC_ID: u64 = 9;
    pub(in super::super) const TOLD: u64 = 10;
    pub(in super::super) const GROUP: u64 = 11;
    pub(in super::super) const PLACEMENT: u64 = 12;
    pub(in super::super) const SHRINK: u64 = 13;
}
