//! The tree of a filter: what was asked, independent of the encoding it came in and of the collection it is asked of.

use std::fmt;

use super::{FilterError, MAX_DEPTH, MAX_NODES, MAX_VERTICES};
use crate::domain::Value;
use crate::geom::Shape;

/// Where a part of a filter stands in what the client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Character of a CQL2 text, from 1 on.
    Character(usize),
    /// JSON pointer (RFC 6901) into a CQL2 JSON.
    Pointer(String),
    /// Line and column of what is no JSON at all, from 1 on.
    Line(usize, usize),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Position::Character(at) => write!(f, "ở ký tự {at} / at character {at}"),
            Position::Pointer(pointer) if pointer.is_empty() => f.write_str("ở gốc / at the root"),
            Position::Pointer(pointer) => write!(f, "ở {pointer} / at {pointer}"),
            Position::Line(line, column) => write!(f, "ở dòng {line}, cột {column} / at line {line}, column {column}"),
        }
    }
}

/// Declares an enumeration of operators with the name that each has in CQL2 JSON; CQL2 text takes it in any case.
macro_rules! operators {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The operator in CQL2 JSON.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The operator of a name in any case.
            pub fn named(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|op| op.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

operators!(
    /// Comparison of two scalars.
    Comparison {
        Equal = "=",
        NotEqual = "<>",
        Less = "<",
        LessEqual = "<=",
        Greater = ">",
        GreaterEqual = ">=",
    }
);

operators!(
    /// Arithmetic of two numbers.
    Arithmetic {
        Add = "+",
        Subtract = "-",
        Multiply = "*",
        Divide = "/",
        Remainder = "%",
        IntegerDivide = "div",
        Power = "^",
    }
);

operators!(
    /// Relation of two places (DE-9IM).
    SpatialRelation {
        Intersects = "s_intersects",
        Equals = "s_equals",
        Disjoint = "s_disjoint",
        Touches = "s_touches",
        Within = "s_within",
        Overlaps = "s_overlaps",
        Crosses = "s_crosses",
        Contains = "s_contains",
    }
);

operators!(
    /// Relation of two times (OWL-Time).
    TemporalRelation {
        After = "t_after",
        Before = "t_before",
        Contains = "t_contains",
        Disjoint = "t_disjoint",
        During = "t_during",
        Equals = "t_equals",
        FinishedBy = "t_finishedBy",
        Finishes = "t_finishes",
        Intersects = "t_intersects",
        Meets = "t_meets",
        MetBy = "t_metBy",
        OverlappedBy = "t_overlappedBy",
        Overlaps = "t_overlaps",
        StartedBy = "t_startedBy",
        Starts = "t_starts",
    }
);

operators!(
    /// Relation of two lists, taken as sets.
    ArrayRelation {
        Equals = "a_equals",
        Contains = "a_contains",
        ContainedBy = "a_containedBy",
        Overlaps = "a_overlaps",
    }
);

operators!(
    /// What makes differently written texts the same.
    Folding {
        Case = "casei",
        Accent = "accenti",
    }
);

impl Comparison {
    /// The same comparison with its sides swapped.
    pub fn swapped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
            symmetric => symmetric,
        }
    }

    /// Whether it holds for sides in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterEqual => order.is_ge(),
        }
    }
}

/// A part of a filter with its place. Two are equal when they ask the same, wherever they stand.
#[derive(Debug, Clone)]
pub struct Expr {
    pub at: Position,
    pub node: Node,
    /// Levels below and including this one.
    height: usize,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.node == other.node
    }
}

/// What a part of a filter is.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Never null.
    Literal(Value),
    Property(String),
    /// A geometry with its coordinates as they were written.
    Geometry(Box<Shape>),
    /// Four or six numbers as they were written.
    Bbox(Vec<f64>),
    Interval(Box<[Expr; 2]>),
    /// An open end of an interval.
    Open,
    Array(Vec<Expr>),
    /// At least two parts, none of which is `And` itself.
    And(Vec<Expr>),
    /// At least two parts, none of which is `Or` itself.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare(Comparison, Box<[Expr; 2]>),
    Like(Box<[Expr; 2]>),
    Between(Box<[Expr; 3]>),
    In(Box<Expr>, Vec<Expr>),
    IsNull(Box<Expr>),
    Spatial(SpatialRelation, Box<[Expr; 2]>),
    Temporal(TemporalRelation, Box<[Expr; 2]>),
    ArrayTest(ArrayRelation, Box<[Expr; 2]>),
    /// At least two numbers and the operators between them, done from left to right, whatever they are; the first number is
    /// no `Arithmetic` itself. Built by [`Builder::arithmetic`].
    Arithmetic(Vec<Arithmetic>, Vec<Expr>),
    Fold(Folding, Box<Expr>),
    Call(String, Vec<Expr>),
}

impl Node {
    fn children(&self) -> (&[Expr], Option<&Expr>) {
        match self {
            Node::Literal(_) | Node::Property(_) | Node::Geometry(_) | Node::Bbox(_) | Node::Open => (&[], None),
            Node::Array(parts)
            | Node::And(parts)
            | Node::Or(parts)
            | Node::Call(_, parts)
            | Node::Arithmetic(_, parts) => (parts, None),
            Node::In(value, list) => (list, Some(value)),
            Node::Not(part) | Node::IsNull(part) | Node::Fold(_, part) => (&[], Some(part)),
            Node::Between(parts) => (parts.as_slice(), None),
            Node::Interval(parts)
            | Node::Compare(_, parts)
            | Node::Like(parts)
            | Node::Spatial(_, parts)
            | Node::Temporal(_, parts)
            | Node::ArrayTest(_, parts) => (parts.as_slice(), None),
        }
    }
}

/// Makes the parts of one filter and keeps count of them.
#[derive(Default)]
pub struct Builder {
    nodes: usize,
    vertices: usize,
}

impl Builder {
    /// # Errors
    /// When the tree grows higher than [`MAX_DEPTH`] (everything that walks it recurses) or has more than [`MAX_NODES`]
    /// parts.
    pub fn node(&mut self, at: Position, node: Node) -> Result<Expr, FilterError> {
        let (parts, part) = node.children();
        let height = 1 + parts.iter().chain(part).map(|part| part.height).max().unwrap_or(0);
        self.counted(at, node, height)
    }

    fn counted(&mut self, at: Position, node: Node, height: usize) -> Result<Expr, FilterError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(FilterError::new(
                at,
                format!("bộ lọc có hơn {MAX_NODES} thành phần / the filter has more than {MAX_NODES} parts"),
            ));
        }
        if height > MAX_DEPTH {
            return Err(FilterError::new(
                at,
                format!("lồng nhau quá {MAX_DEPTH} lớp / is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        Ok(Expr { at, node, height })
    }

    /// Parts joined by AND (`all`) or OR, without levels that parentheses alone made.
    ///
    /// # Errors
    /// As [`Builder::node`].
    pub fn joined(&mut self, at: Position, all: bool, parts: Vec<Expr>) -> Result<Expr, FilterError> {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part.node {
                // The first list grows: a chain that was nested to the left is taken over without copying it each time.
                Node::And(inner) if all && flat.is_empty() => flat = inner,
                Node::Or(inner) if !all && flat.is_empty() => flat = inner,
                Node::And(inner) if all => flat.extend(inner),
                Node::Or(inner) if !all => flat.extend(inner),
                _ => flat.push(part),
            }
        }
        self.node(at, if all { Node::And(flat) } else { Node::Or(flat) })
    }

    /// An operation. What is nested to the left, as `a + b + c` is, becomes one list: a long sum has no depth.
    ///
    /// # Errors
    /// As [`Builder::node`].
    pub fn arithmetic(&mut self, at: Position, op: Arithmetic, left: Expr, right: Expr) -> Result<Expr, FilterError> {
        let Expr { node: Node::Arithmetic(mut ops, mut parts), height, .. } = left else {
            return self.node(at, Node::Arithmetic(vec![op], vec![left, right]));
        };
        let right_height = 1 + right.height;
        ops.push(op);
        parts.push(right);
        self.counted(at, Node::Arithmetic(ops, parts), height.max(right_height))
    }

    /// Counts a coordinate of a geometry.
    ///
    /// # Errors
    /// When there are more than [`MAX_VERTICES`].
    pub fn vertex(&mut self, at: &Position) -> Result<(), FilterError> {
        self.vertices += 1;
        if self.vertices > MAX_VERTICES {
            return Err(FilterError::new(
                at.clone(),
                format!("các hình có hơn {MAX_VERTICES} điểm / the geometries have more than {MAX_VERTICES} points"),
            ));
        }
        Ok(())
    }
}
