//! Every fault is refused with its place.

use super::{Table, collection};
use crate::domain::DataType;

fn table() -> Table {
    let fields =
        [("name", DataType::Text), ("n", DataType::Integer), ("day", DataType::Date), ("ok", DataType::Boolean)];
    Table::new(collection(&fields), &[], vec![])
}

#[test]
fn faults_of_a_text_are_named_with_their_character() {
    let table = table();
    for (text, message) in [
        ("", "at character 1: expected a property, a value, a function or '(', found the end"),
        ("n >", "at character 4: expected a property, a value, a function or '(', found the end"),
        ("n = 1 2", "at character 7: expected AND, OR or the end, found the number 2"),
        ("n = 1 = 1", "at character 7: expected AND, OR or the end, found '='"),
        ("ok AND n = 1 = 1", "at character 14: expected AND, OR or the end, found '='"),
        ("name = 'a", "at character 8: the text has no closing quote (')"),
        ("\"name = 'a'", "at character 1: the name has no closing quote (\")"),
        ("tên = 'ế' AND ; ", "at character 15: ';' starts no name, value or operator"),
        ("(n = 1", "at character 7: expected AND, OR or ')', found the end"),
        ("n IN ()", "at character 7: expected a property, a value, a function or '(', found ')'"),
        ("n IN 1", "at character 6: expected '(' and a list of values, found the number 1"),
        ("n BETWEEN 1 OR 2", "at character 13: expected AND and the upper bound, found 'OR'"),
        ("n IS 1", "at character 6: expected NULL or NOT NULL, found the number 1"),
        ("n NOT 1", "at character 7: expected LIKE, BETWEEN or IN, found the number 1"),
        ("2 ^ 3 ^ 2 = n", "at character 7: expected parentheses around one of the powers, found '^'"),
        ("n = 1e999", "at character 5: the number is too large"),
        ("day = DATE('2024-02-30')", "at character 12: '2024-02-30' is no date such as 2024-01-31"),
        ("day = DATE(2024)", "at character 12: expected a time in single quotes, found the number 2024"),
        (
            "day < TIMESTAMP('2024-02-01T00:00:00')",
            "at character 17: '2024-02-01T00:00:00' is no timestamp such as 2024-01-31T12:00:00Z",
        ),
        (
            "T_AFTER(day, INTERVAL('2024', '..'))",
            "at character 23: '2024' is neither a date (2024-01-31) nor a timestamp (2024-01-31T12:00:00Z)",
        ),
        ("T_AFTER(day, INTERVAL('2024-02-01','2024-01-01'))", "at character 14: the interval ends before it starts"),
        ("T_DURING(day, INTERVAL('2024-01-01','..'))", "at character 10: T_DURING compares intervals only"),
        ("S_INTERSECTS(geom)", "at character 1: S_INTERSECTS takes two arguments, not 1"),
        ("S_INTERSECTS(geom, POINT(1))", "at character 27: expected a number, found ')'"),
        ("S_INTERSECTS(geom, POINT(1 2 3 4))", "at character 32: expected ')', found the number 4"),
        ("S_INTERSECTS(geom, LINESTRING(1 2))", "at character 20: a line needs at least 2 points"),
        ("S_INTERSECTS(geom, POLYGON((0 0,1 0,1 1,0 1)))", "at character 20: a ring does not end where it starts"),
        ("S_INTERSECTS(geom, POLYGON((0 0,1 0,0 0)))", "at character 20: a ring needs at least 4 points"),
        (
            "S_INTERSECTS(geom, LINESTRING(0 0 1, 1 1))",
            "at character 20: some points have a height and others have none",
        ),
        ("S_INTERSECTS(geom, POINT Z (0 0))", "at character 20: is marked Z and its points have no height"),
        ("S_INTERSECTS(geom, BBOX(1,2,3))", "at character 20: a box has 4 numbers, or 6 with heights, not 3"),
        ("S_INTERSECTS(geom, BBOX(1,5,3,2))", "at character 20: the lower edge 5 lies above the upper edge 2"),
        ("S_INTERSECTS(geom, BBOX(1,2,9,3,4,8))", "at character 20: the lower height 9 lies above the upper height 8"),
        (
            "NULL = n",
            "at character 1: expected a property, a value, a function or '(' (a property of the name NULL is \
                      written in double quotes), found 'NULL'",
        ),
    ] {
        assert_eq!(table.refusal(text), message, "{text}");
    }
}

#[test]
fn faults_of_names_and_types_are_named_with_their_character() {
    let table = table();
    for (text, message) in [
        ("n = 1 AND Name = 'a'", "at character 11: 't' has no property 'Name'"),
        ("n", "at character 1: expected a condition, found a number"),
        ("ok AND name", "at character 8: expected a condition, found a text"),
        ("n = 'a'", "at character 5: a number cannot be compared with a text"),
        (
            "day = '2024-01-31'",
            "at character 7: a time cannot be compared with a text: a date is written DATE('2024-01-31')",
        ),
        ("n IN (1, 'a')", "at character 10: a number cannot be compared with a text"),
        ("n BETWEEN 1 AND name", "at character 17: a number cannot be compared with a text"),
        ("n + name > 1", "at character 5: expected a number, found a text"),
        ("n LIKE 'a%'", "at character 1: expected a text, found a number"),
        ("name LIKE name", "at character 11: a pattern is a text in quotes, in CASEI or ACCENTI or alone"),
        ("CASEI(n) = 'a'", "at character 7: expected a text, found a number"),
        ("CASEI(name, name) = 'a'", "at character 1: CASEI takes one argument, not 2"),
        ("geom = n", "at character 8: a geometry cannot be compared with a number"),
        ("S_INTERSECTS(name, POINT(1 2))", "at character 14: expected a geometry, found a text"),
        ("T_AFTER(n, DATE('2024-01-31'))", "at character 9: expected a time or an interval, found a number"),
        ("T_AFTER(INTERVAL(n, '..'), day)", "at character 18: expected a date or timestamp, found a number"),
        ("A_CONTAINS(name, ('a'))", "at character 12: expected a list, found a text"),
        ("name = ('a', 'b')", "at character 8: a text cannot be compared with a list"),
        (
            "buffer(geom, 10) IS NULL",
            "at character 1: there is no function 'buffer'; there are lower, upper, trim, length, abs, round, floor, \
             ceiling, year, month, day",
        ),
        ("year(day, day) = 1", "at character 1: year takes one argument, not 2"),
        ("year(name) = 1", "at character 6: expected a date or timestamp, found a text"),
    ] {
        assert_eq!(table.refusal(text), message, "{text}");
    }
}

#[test]
fn faults_of_json_are_named_with_their_pointer() {
    let table = table();
    for (json, message) in [
        (r#"{"op":"=""#, "at line 1, column 9: EOF while parsing an object"),
        (r#"{"op":"="}"#, "at the root: has an 'op' and no 'args'"),
        (r#"{"op":1,"args":[]}"#, "at /op: expected the name of an operator, found the number 1"),
        (r#"{"op":"=","args":{}}"#, "at /args: expected an array, found an object"),
        (r#"{"op":"=","args":[1]}"#, "at /args: '=' takes 2 arguments, not 1"),
        (r#"{"op":"and","args":[true]}"#, "at /args: 'and' takes at least 2 arguments, not 1"),
        (
            r#"{"op":"=","args":[{"property":"n"},null]}"#,
            "at /args/1: expected an expression (isNull tests for null), found null",
        ),
        (r#"{"op":"=","args":[{"property":1},1]}"#, "at /args/0/property: expected a text, found the number 1"),
        (r#"{"op":"=","args":[{"property":"m"},1]}"#, "at /args/0: 't' has no property 'm'"),
        (r#"{"op":"=","args":[{"property":"n"},"a"]}"#, "at /args/1: a number cannot be compared with a text"),
        (r#"{"op":"in","args":[{"property":"n"},[]]}"#, "at /args/1: expected an array with at least one value"),
        (
            r#"{"op":"AND","args":[true,false]}"#,
            "at the root: there is no function 'AND'; there are lower, upper, trim, \
                                                  length, abs, round, floor, ceiling, year, month, day",
        ),
        (
            r#"{"op":"t_after","args":[{"property":"day"},{"date":"31/01/2024"}]}"#,
            "at /args/1/date: '31/01/2024' is no date such as 2024-01-31",
        ),
        (
            r#"{"op":"t_after","args":[{"property":"day"},{"interval":["2024-01-01"]}]}"#,
            "at /args/1/interval: an interval has two ends, not 1",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geom"},{"type":"Point","coordinates":[1,"2"]}]}"#,
            "at /args/1/coordinates/1: expected a number, found the text \"2\"",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geom"},{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}]}"#,
            "at /args/1: a ring does not end where it starts",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geom"},{"type":"Feature","geometry":null}]}"#,
            "at /args/1/type: names no type of geometry that may stand here",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geom"},{"bbox":[1,2]}]}"#,
            "at /args/1/bbox: a box has 4 numbers, or 6 with heights, not 2",
        ),
        (
            r#"{"filter":true}"#,
            "at the root: expected 'op', 'property', 'date', 'timestamp', 'interval', 'bbox' or a geometry",
        ),
    ] {
        assert_eq!(table.refusal(json), message, "{json}");
    }
}
