//! Answers, decoded again.
