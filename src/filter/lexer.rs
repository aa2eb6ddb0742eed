//! CQL2 text cut into tokens.

use super::expr::{Arithmetic, Comparison, Position};
use super::{FilterError, literal};
use crate::domain::Value;
use crate::text::nfc;

/// A word, a value or a sign, with the character it starts at.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// From 1 on.
    pub at: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A name without quotes: of a property or function, or a word of the language.
    Name(String),
    /// A name in double quotes: always of a property.
    Quoted(String),
    Text(String),
    Number(Value),
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Open,
    Close,
    Comma,
    End,
}

impl Token {
    pub fn position(&self) -> Position {
        Position::Character(self.at)
    }

    /// The token as messages name it.
    pub fn found(&self) -> String {
        match &self.kind {
            Kind::Name(name) => format!("'{}'", literal::shortened(name)),
            Kind::Quoted(name) => format!("tên \"{0}\" / the name \"{0}\"", literal::shortened(name)),
            Kind::Text(text) => format!("chuỗi '{0}' / the text '{0}'", literal::shortened(text)),
            Kind::Number(number) => format!("số {number} / the number {number}"),
            Kind::Compare(op) => format!("'{}'", op.name()),
            Kind::Arithmetic(op) => format!("'{}'", op.name()),
            Kind::Open => "'('".to_owned(),
            Kind::Close => "')'".to_owned(),
            Kind::Comma => "','".to_owned(),
            Kind::End => "chỗ kết thúc / the end".to_owned(),
        }
    }
}

/// Whether a name may start with the character (production `identifierStart`).
fn starts_name(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFE}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
    // The ranges of the production take in the blanks of the next test.
    && !is_blank(c)
}

fn continues_name(c: char) -> bool {
    starts_name(c) || matches!(c, '.' | '0'..='9' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether the character separates tokens (production `whitespace`).
fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Hands out the tokens of a text one after the other.
pub struct Lexer<'a> {
    rest: &'a str,
    /// Characters passed.
    passed: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { rest: text, passed: 0 }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.passed += 1;
        Some(c)
    }

    fn take_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        self.rest.chars().next().filter(|c| wanted(*c)).and_then(|_| self.take())
    }

    /// Takes characters as long as they are wanted.
    fn run(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let all = self.rest;
        while self.take_if(&wanted).is_some() {}
        &all[..all.len() - self.rest.len()]
    }

    /// The next token; [`Kind::End`] behind the last.
    ///
    /// # Errors
    /// When no token starts here, or one does not end.
    pub fn token(&mut self) -> Result<Token, FilterError> {
        self.run(is_blank);
        let at = self.passed + 1;
        let Some(first) = self.rest.chars().next() else { return Ok(Token { at, kind: Kind::End }) };
        let second = self.rest.chars().nth(1);
        let kind = match first {
            '0'..='9' => self.number(at)?,
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(at)?,
            '\'' => self.string(at)?,
            '"' => self.quoted_name(at)?,
            c if starts_name(c) => Kind::Name(self.run(continues_name).to_owned()),
            _ => self.sign(at, first)?,
        };
        Ok(Token { at, kind })
    }

    fn sign(&mut self, at: usize, first: char) -> Result<Kind, FilterError> {
        self.take();
        Ok(match first {
            '(' => Kind::Open,
            ')' => Kind::Close,
            ',' => Kind::Comma,
            '=' => Kind::Compare(Comparison::Equal),
            '<' if self.take_if(|c| c == '>').is_some() => Kind::Compare(Comparison::NotEqual),
            '<' if self.take_if(|c| c == '=').is_some() => Kind::Compare(Comparison::LessEqual),
            '<' => Kind::Compare(Comparison::Less),
            '>' if self.take_if(|c| c == '=').is_some() => Kind::Compare(Comparison::GreaterEqual),
            '>' => Kind::Compare(Comparison::Greater),
            '+' => Kind::Arithmetic(Arithmetic::Add),
            '-' => Kind::Arithmetic(Arithmetic::Subtract),
            '*' => Kind::Arithmetic(Arithmetic::Multiply),
            '/' => Kind::Arithmetic(Arithmetic::Divide),
            '%' => Kind::Arithmetic(Arithmetic::Remainder),
            '^' => Kind::Arithmetic(Arithmetic::Power),
            other => {
                let reason = format!(
                    "'{0}' không mở đầu tên, giá trị hay phép toán nào / '{0}' starts no name, value or operator",
                    other.escape_debug()
                );
                return Err(FilterError::new(Position::Character(at), reason));
            }
        })
    }

    fn number(&mut self, at: usize) -> Result<Kind, FilterError> {
        let all = self.rest;
        let digit = |c: char| c.is_ascii_digit();
        self.run(digit);
        let mut whole = true;
        if self.take_if(|c| c == '.').is_some() {
            whole = false;
            self.run(digit);
        }
        let mut ahead = self.rest.chars().skip(1);
        let exponent = match ahead.next() {
            Some('+' | '-') => ahead.next().is_some_and(digit),
            other => other.is_some_and(digit),
        };
        if exponent && self.take_if(|c| matches!(c, 'e' | 'E')).is_some() {
            whole = false;
            self.take_if(|c| matches!(c, '+' | '-'));
            self.run(digit);
        }
        let text = &all[..all.len() - self.rest.len()];
        if let (true, Ok(number)) = (whole, text.parse::<i64>()) {
            return Ok(Kind::Number(Value::Integer(number)));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Kind::Number(Value::Number(number))),
            _ => Err(FilterError::new(Position::Character(at), "số quá lớn / the number is too large")),
        }
    }

    /// A text in single quotes; `''` and `\'` are a quote inside it. A backslash before a letter without a meaning
    /// stays, so that `'50\%'` is a pattern.
    fn string(&mut self, at: usize) -> Result<Kind, FilterError> {
        self.take();
        let mut text = String::new();
        let unclosed = || {
            FilterError::new(
                Position::Character(at),
                "chuỗi thiếu dấu nháy đóng (') / the text has no closing quote (')",
            )
        };
        loop {
            match self.take().ok_or_else(unclosed)? {
                '\'' if self.take_if(|c| c == '\'').is_some() => text.push('\''),
                '\'' => return Ok(Kind::Text(nfc(&text).into_owned())),
                '\\' => match self.take().ok_or_else(unclosed)? {
                    '\'' => text.push('\''),
                    '\\' => text.push('\\'),
                    'a' => text.push('\u{7}'),
                    'b' => text.push('\u{8}'),
                    't' => text.push('\t'),
                    'n' => text.push('\n'),
                    'v' => text.push('\u{b}'),
                    'f' => text.push('\u{c}'),
                    'r' => text.push('\r'),
                    other => text.extend(['\\', other]),
                },
                other => text.push(other),
            }
        }
    }

    fn quoted_name(&mut self, at: usize) -> Result<Kind, FilterError> {
        self.take();
        let mut name = String::new();
        loop {
            match self.take() {
                Some('"') if self.take_if(|c| c == '"').is_some() => name.push('"'),
                Some('"') => return Ok(Kind::Quoted(name)),
                Some(other) => name.push(other),
                None => {
                    let reason = "tên thiếu dấu nháy đóng (\") / the name has no closing quote (\")";
                    return Err(FilterError::new(Position::Character(at), reason));
                }
            }
        }
    }
}
