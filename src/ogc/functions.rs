//! `/functions`: what filters may call (OGC 19-079r2, clause 6.6).

use serde_json::{Value, json};

use super::link::Link;
use crate::filter::functions::{FUNCTIONS, Type};

fn types(kind: Type) -> [&'static str; 1] {
    [match kind {
        Type::Text => "string",
        Type::Number => "number",
        Type::Integer => "integer",
        Type::Instant => "datetime",
    }]
}

/// The list of functions.
pub fn document(links: Vec<Link>) -> Value {
    let functions = FUNCTIONS.iter().map(|function| {
        json!({
            "name": function.name,
            "description": function.title.to_string(),
            "arguments": [{"type": types(function.argument)}],
            "returns": types(function.returns),
        })
    });
    json!({"functions": functions.collect::<Vec<_>>(), "links": links})
}
