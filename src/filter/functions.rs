//! The functions that a filter may call, declared once: for reading filters and for `/functions`.

use super::program::{DatePart, NumberFunction, TextFunction};
use crate::domain::Title;

/// The type of an argument or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    Integer,
    /// A date or a timestamp.
    Instant,
}

/// What a function does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Text(TextFunction),
    Number(NumberFunction),
    Part(DatePart),
    Length,
}

/// A function of one argument; null gives null.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    pub title: Title,
    pub argument: Type,
    pub returns: Type,
    pub(super) action: Action,
}

const fn function(
    name: &'static str,
    (argument, returns): (Type, Type),
    action: Action,
    (vi, en): (&'static str, &'static str),
) -> Function {
    Function { name, title: Title::new(vi, en), argument, returns, action }
}

const TEXT: (Type, Type) = (Type::Text, Type::Text);
const NUMBER: (Type, Type) = (Type::Number, Type::Number);
const PART: (Type, Type) = (Type::Instant, Type::Integer);

/// All functions.
pub static FUNCTIONS: [Function; 11] = [
    function("lower", TEXT, Action::Text(TextFunction::Lower), ("Chữ thường", "The text in small letters")),
    function("upper", TEXT, Action::Text(TextFunction::Upper), ("Chữ hoa", "The text in capital letters")),
    function(
        "trim",
        TEXT,
        Action::Text(TextFunction::Trim),
        ("Bỏ khoảng trắng ở hai đầu", "The text without blanks at both ends"),
    ),
    function("length", (Type::Text, Type::Integer), Action::Length, ("Số ký tự", "How many characters the text has")),
    function("abs", NUMBER, Action::Number(NumberFunction::Abs), ("Giá trị tuyệt đối", "The number without its sign")),
    function(
        "round",
        NUMBER,
        Action::Number(NumberFunction::Round),
        ("Làm tròn đến số nguyên, nửa thì ra xa số 0", "The nearest whole number, halves away from zero"),
    ),
    function(
        "floor",
        NUMBER,
        Action::Number(NumberFunction::Floor),
        ("Số nguyên lớn nhất không vượt quá", "The largest whole number not above it"),
    ),
    function(
        "ceiling",
        NUMBER,
        Action::Number(NumberFunction::Ceiling),
        ("Số nguyên nhỏ nhất không nhỏ hơn", "The smallest whole number not below it"),
    ),
    function("year", PART, Action::Part(DatePart::Year), ("Năm (UTC)", "The year (UTC)")),
    function("month", PART, Action::Part(DatePart::Month), ("Tháng, 1 đến 12 (UTC)", "The month, 1 to 12 (UTC)")),
    function(
        "day",
        PART,
        Action::Part(DatePart::Day),
        ("Ngày trong tháng, 1 đến 31 (UTC)", "The day of the month, 1 to 31 (UTC)"),
    ),
];

/// The function of a name in any case.
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}
