//! From the text of an expression to its tokens, each with its column.

use super::{ExprError, LONGEST, Op};
use crate::config::quoted;

/// The smallest part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Op(Op),
    Not,
    Open,
    Close,
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub token: Token,
    pub column: usize,
}

/// The largest number; beyond it not every whole number is one.
const MOST: f64 = 1e15;

fn error<T>(column: usize, message: impl Into<String>) -> Result<T, ExprError> {
    Err(ExprError {
        column,
        message: message.into(),
    })
}

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExprError> {
    if text.len() > LONGEST {
        return error(1, format!("longer than {LONGEST} bytes"));
    }
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut rest = chars.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let column = chars.len() - rest.len() + 1;
        if first.is_whitespace() {
            rest = after;
            continue;
        }
        let (token, used) = token(rest, column)?;
        found.push(Placed { token, column });
        rest = rest.get(used..).unwrap_or_default();
    }
    Ok(found)
}

/// The token at the beginning of the text, and how many characters it takes.
fn token(text: &[char], column: usize) -> Result<(Token, usize), ExprError> {
    let first = text.first().copied().unwrap_or_default();
    let second = text.get(1).copied();
    let op = |op, used| Ok((Token::Op(op), used));
    match (first, second) {
        ('=', Some('=')) => op(Op::Equal, 2),
        ('!', Some('=')) => op(Op::Unequal, 2),
        ('<', Some('=')) => op(Op::AtMost, 2),
        ('>', Some('=')) => op(Op::AtLeast, 2),
        ('<', _) => op(Op::Less, 1),
        ('>', _) => op(Op::More, 1),
        ('+', _) => op(Op::Add, 1),
        ('-', _) => op(Op::Subtract, 1),
        ('*', _) => op(Op::Multiply, 1),
        ('/', _) => op(Op::Divide, 1),
        ('(', _) => Ok((Token::Open, 1)),
        (')', _) => Ok((Token::Close, 1)),
        ('=', _) => error(column, "`=` alone compares nothing; write `==`"),
        ('!', _) => error(column, "`!` alone is no sign; write `not`"),
        ('&' | '|', _) => error(column, "conditions are joined by the words `and` and `or`"),
        ('"', _) => string(text, column),
        (first, _) if first.is_ascii_digit() => number(text, column),
        (first, _) if first.is_ascii_alphabetic() || first == '_' => {
            let name: String = text.iter().take_while(|c| is_of_name(**c)).collect();
            let used = name.len();
            let token = match name.as_str() {
                "and" => Token::Op(Op::And),
                "or" => Token::Op(Op::Or),
                "not" => Token::Not,
                _ => Token::Name(name),
            };
            Ok((token, used))
        }
        _ => error(
            column,
            format!(
                "{} belongs to no number, name or sign",
                quoted(&first.to_string())
            ),
        ),
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

fn string(text: &[char], column: usize) -> Result<(Token, usize), ExprError> {
    let inner: String = text.iter().skip(1).take_while(|c| **c != '"').collect();
    let used = inner.chars().count() + 2;
    if text.len() < used {
        return error(column, "this text has no closing quote");
    }
    if inner.contains(crate::model::text::needs_escape) {
        return error(column, "this text holds a character that cannot be printed");
    }
    Ok((Token::Text(inner), used))
}

/// Digits, perhaps a fraction, perhaps a unit of time: `1`, `0.5`, `5m`.
fn number(text: &[char], column: usize) -> Result<(Token, usize), ExprError> {
    let digits: String = text
        .iter()
        .take_while(|c| c.is_ascii_digit() || **c == '.')
        .collect();
    let unit: String = text
        .iter()
        .skip(digits.len())
        .take_while(|c| is_of_name(**c))
        .collect();
    let factor = match unit.as_str() {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => {
            return error(
                column,
                format!(
                    "{} is no unit of time; the units are s, m, h and d, and other numbers have none",
                    quoted(&unit)
                ),
            );
        }
    };
    match digits.parse::<f64>() {
        Ok(number) if number * factor <= MOST => {
            Ok((Token::Number(number * factor), digits.len() + unit.len()))
        }
        Ok(_) => error(column, "this number is too large"),
        Err(_) => error(column, format!("{} is no number", quoted(&digits))),
    }
}
