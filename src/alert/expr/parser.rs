//! From tokens to an expression whose names exist and whose types fit.

use super::lexer::{Placed, Token, tokens};
use super::{DEEPEST, ExprError, Kind, Node, Op, Scope, Word};
use crate::config::{advice, quoted};

/// What a part of an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Truth,
    Number,
    Text,
}

impl Type {
    fn words(self) -> &'static str {
        match self {
            Self::Truth => "a condition",
            Self::Number => "a number",
            Self::Text => "a text",
        }
    }
}

/// A part with its type and its column.
struct Typed {
    node: Node,
    kind: Type,
    column: usize,
}

/// Reads a whole condition.
pub(super) fn condition(text: &str, scope: Scope) -> Result<Node, ExprError> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        scope,
        end: text.chars().count() + 1,
        depth: 0,
    };
    let whole = parser.either()?;
    if let Some(extra) = parser.tokens.first() {
        return Err(ExprError {
            column: extra.column,
            message: "nothing can stand here; join conditions by `and` or `or`".to_owned(),
        });
    }
    expect(whole, Type::Truth)
}

struct Parser<'t> {
    tokens: &'t [Placed],
    scope: Scope,
    end: usize,
    depth: usize,
}

fn expect(typed: Typed, kind: Type) -> Result<Node, ExprError> {
    if typed.kind == kind {
        return Ok(typed.node);
    }
    let hint = match (kind, typed.kind) {
        (Type::Truth, _) => "; compare it with something",
        _ => "",
    };
    Err(ExprError {
        column: typed.column,
        message: format!("this is {}, expected {}{hint}", typed.kind.words(), kind.words()),
    })
}

fn pair(left: Node, op: Op, right: Node) -> Node {
    Node::Pair(Box::new(left), op, Box::new(right))
}

impl Parser<'_> {
    fn next_op(&mut self, wanted: &[Op]) -> Option<Op> {
        let (first, rest) = self.tokens.split_first()?;
        match first.token {
            Token::Op(op) if wanted.contains(&op) => {
                self.tokens = rest;
                Some(op)
            }
            _ => None,
        }
    }

    fn column(&self) -> usize {
        self.tokens.first().map_or(self.end, |first| first.column)
    }

    fn error<T>(&self, message: &str) -> Result<T, ExprError> {
        Err(ExprError {
            column: self.column(),
            message: message.to_owned(),
        })
    }

    /// Parts of one type, joined by some signs, which give another type.
    fn chain(
        &mut self,
        ops: &[Op],
        kind: Type,
        part: fn(&mut Self) -> Result<Typed, ExprError>,
    ) -> Result<Typed, ExprError> {
        let mut left = part(self)?;
        while let Some(op) = self.next_op(ops) {
            let column = left.column;
            let first = expect(left, kind)?;
            let second = expect(part(self)?, kind)?;
            left = Typed {
                node: pair(first, op, second),
                kind,
                column,
            };
        }
        Ok(left)
    }

    fn either(&mut self) -> Result<Typed, ExprError> {
        self.chain(&[Op::Or], Type::Truth, Self::both)
    }

    fn both(&mut self) -> Result<Typed, ExprError> {
        self.chain(&[Op::And], Type::Truth, Self::negated)
    }

    fn negated(&mut self) -> Result<Typed, ExprError> {
        let column = self.column();
        match self.tokens.split_first() {
            Some((first, rest)) if first.token == Token::Not => {
                self.tokens = rest;
                let inner = self.deeper(Self::negated)?;
                Ok(Typed {
                    node: Node::Not(Box::new(expect(inner, Type::Truth)?)),
                    kind: Type::Truth,
                    column,
                })
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Typed, ExprError> {
        const SIGNS: &[Op] = &[
            Op::Equal,
            Op::Unequal,
            Op::Less,
            Op::AtMost,
            Op::More,
            Op::AtLeast,
        ];
        let left = self.sum()?;
        let Some(op) = self.next_op(SIGNS) else {
            return Ok(left);
        };
        let column = left.column;
        let right = self.sum()?;
        if self.next_op(SIGNS).is_some() {
            return self.error("comparisons are not chained; join two by `and`");
        }
        let node = if left.kind == Type::Text || right.kind == Type::Text {
            texts(left, op, right)?
        } else {
            pair(expect(left, Type::Number)?, op, expect(right, Type::Number)?)
        };
        Ok(Typed {
            node,
            kind: Type::Truth,
            column,
        })
    }

    fn sum(&mut self) -> Result<Typed, ExprError> {
        self.chain(&[Op::Add, Op::Subtract], Type::Number, Self::product)
    }

    fn product(&mut self) -> Result<Typed, ExprError> {
        self.chain(&[Op::Multiply, Op::Divide], Type::Number, Self::signed)
    }

    fn signed(&mut self) -> Result<Typed, ExprError> {
        let column = self.column();
        if self.next_op(&[Op::Subtract]).is_none() {
            return self.atom();
        }
        let inner = self.deeper(Self::signed)?;
        Ok(Typed {
            node: Node::Negate(Box::new(expect(inner, Type::Number)?)),
            kind: Type::Number,
            column,
        })
    }

    fn deeper<T>(&mut self, part: fn(&mut Self) -> Result<T, ExprError>) -> Result<T, ExprError> {
        if self.depth == DEEPEST {
            return self.error("nested too deeply");
        }
        self.depth += 1;
        let inner = part(self);
        self.depth -= 1;
        inner
    }

    fn atom(&mut self) -> Result<Typed, ExprError> {
        let Some((first, rest)) = self.tokens.split_first() else {
            return self.error("the condition ends too early; a value is expected");
        };
        let column = first.column;
        let (node, kind) = match &first.token {
            Token::Number(number) => (Node::Number(*number), Type::Number),
            Token::Text(text) => (Node::Text(text.clone()), Type::Text),
            Token::Name(name) => {
                let word = Word::named(name, self.scope).map_err(|message| ExprError { column, message })?;
                let kind = match word.entry().kind {
                    Kind::Number(_) => Type::Number,
                    Kind::Text(_) => Type::Text,
                };
                (Node::Word(word), kind)
            }
            Token::Open => {
                self.tokens = rest;
                let inner = self.deeper(Self::either)?;
                return match self.tokens.split_first() {
                    Some((first, rest)) if first.token == Token::Close => {
                        self.tokens = rest;
                        Ok(Typed { column, ..inner })
                    }
                    _ => self.error("a closing parenthesis is expected"),
                };
            }
            Token::Op(_) | Token::Not | Token::Close => return self.error("a value is expected"),
        };
        self.tokens = rest;
        Ok(Typed { node, kind, column })
    }
}

/// A comparison of texts: equal or not, and a text that is written out must be possible.
fn texts(left: Typed, op: Op, right: Typed) -> Result<Node, ExprError> {
    if !matches!(op, Op::Equal | Op::Unequal) {
        return Err(ExprError {
            column: left.column,
            message: "texts are compared by `==` and `!=` only".to_owned(),
        });
    }
    let columns = (left.column, right.column);
    let (left, right) = (expect(left, Type::Text)?, expect(right, Type::Text)?);
    let written = match (&left, &right) {
        (Node::Word(word), Node::Text(text)) => Some((word, text, columns.1)),
        (Node::Text(text), Node::Word(word)) => Some((word, text, columns.0)),
        _ => None,
    };
    if let Some((word, text, column)) = written
        && let Kind::Text(valid) = word.entry().kind
        && !valid.is_empty()
        && !valid.contains(&text.as_str())
    {
        return Err(ExprError {
            column,
            message: format!(
                "`{}` is never {}; {}",
                word.name(),
                quoted(text),
                advice(text, "text", valid)
            ),
        });
    }
    Ok(pair(left, op, right))
}
