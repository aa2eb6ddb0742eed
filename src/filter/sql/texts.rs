//! Texts: compared by code point, and folded where the database surely folds as this service does.

use std::collections::HashSet;

use super::{Bind, Said, Side, Sql, Writer, comparison, sql};
use crate::filter::expr::{Comparison, Folding};
use crate::filter::like::Pattern;
use crate::filter::program::{TextExpr, TextFunction};
use crate::text::{case_folded, without_marks};

/// What the marks of Vietnamese letters are once letters and marks stand apart: grave, acute, tilde, hook, dot below,
/// circumflex, breve and horn.
const MARKS: &str = "\u{300}\u{301}\u{303}\u{309}\u{323}\u{302}\u{306}\u{31b}";

/// All blanks of Unicode, which `trim` takes off.
const BLANKS: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// What functions make of a text, as far as the database can say it.
enum Changed {
    /// To the last letter.
    Wholly(Sql),
    /// A text of Vietnamese and ASCII letters loses its marks and perhaps its case: then these hold what was asked without
    /// marks and in small letters. `wholly` where the functions do just that, so that every question has the same answer.
    Folded { plain: Sql, wholly: bool },
}

/// The bare letters of the text `f.t`.
fn bare() -> Sql {
    sql!("translate(normalize(f.t, NFD), ", Bind::Text(format!("đĐ{MARKS}")), ", 'dD')")
}

/// A question to the bare letters of a column, where each letter of the text is one of them; true for all other texts, so
/// that these are kept. Laid out so that the letters are made once for each row.
fn asked(column: Sql, plain: Sql, question: impl FnOnce(Sql) -> Sql) -> Sql {
    let is_sure = "octet_length(g.b) = char_length(g.b) AND char_length(g.b) = char_length(g.t)";
    sql!(
        "(",
        column.clone(),
        " IS NOT NULL AND (SELECT CASE WHEN ",
        is_sure,
        " THEN ",
        question(plain),
        " ELSE TRUE END FROM (SELECT f.t, ",
        bare(),
        " AS b FROM (SELECT ",
        column,
        " AS t) AS f OFFSET 0) AS g))",
    )
}

impl Writer<'_> {
    /// `None` for what is not said in SQL, and for a literal.
    fn changed(&self, text: &TextExpr) -> Option<(Sql, Changed)> {
        let (functions, field) = match text {
            TextExpr::Column(field) => return Some((self.column(*field), Changed::Wholly(self.column(*field)))),
            TextExpr::Literal(_) => return None,
            TextExpr::Function(functions, field) => (functions, self.column(*field)),
        };
        if functions.iter().all(|function| *function == TextFunction::Trim) {
            let trimmed = sql!("btrim(", field.clone(), ", ", Bind::Text(BLANKS.to_owned()), ")");
            return Some((field, Changed::Wholly(trimmed)));
        }
        if functions.contains(&TextFunction::Trim) {
            return None;
        }
        let loses_marks = functions.contains(&TextFunction::Fold(Folding::Accent));
        // The last of them decides.
        let case = functions.iter().rev().find(|function| **function != TextFunction::Fold(Folding::Accent));
        let plain = match case {
            None => "g.b",
            Some(TextFunction::Upper) if loses_marks => "upper(g.b COLLATE \"C\")",
            Some(_) => "lower(g.b COLLATE \"C\")",
        };
        Some((field, Changed::Folded { plain: plain.into(), wholly: loses_marks }))
    }

    pub(super) fn texts(&self, op: Comparison, a: &TextExpr, b: &TextExpr) -> Said {
        let Some((column, changed)) = self.changed(a) else { return Said::NOTHING };
        let with = match b {
            TextExpr::Literal(with) => with,
            other => {
                return match (changed, self.changed(other)) {
                    (Changed::Wholly(a), Some((_, Changed::Wholly(b)))) => Said::Whole(compared(op, a, b)),
                    _ => Said::NOTHING,
                };
            }
        };
        match changed {
            Changed::Wholly(text) => Said::Whole(compared(op, text, Bind::Text(with.clone()).into())),
            Changed::Folded { plain, wholly: true } => {
                let question = |op| {
                    let (column, plain) = (column.clone(), plain.clone());
                    Side::at_least(asked(column, plain, |text| compared(op, text, Bind::Text(with.clone()).into())))
                };
                Said::Sides { yes: question(op), no: question(opposite(op)) }
            }
            Changed::Folded { plain, .. } if op == Comparison::Equal => {
                let with = Bind::Text(bare_and_small(with));
                Said::Sides {
                    yes: Side::at_least(asked(column, plain, |text| compared(op, text, with.into()))),
                    no: Side::ANY,
                }
            }
            Changed::Folded { .. } => Said::NOTHING,
        }
    }

    pub(super) fn text_in(&self, text: &TextExpr, set: &HashSet<String>) -> Said {
        let Some((column, changed)) = self.changed(text) else { return Said::NOTHING };
        let among = |text: Sql, change: &dyn Fn(&String) -> String| {
            let mut texts: Vec<String> = set.iter().map(change).collect();
            texts.sort_unstable();
            sql!("(", text, " = ANY (", Bind::Texts(texts), "))")
        };
        match changed {
            Changed::Wholly(text) => Said::Whole(among(text, &String::clone)),
            Changed::Folded { plain, wholly: true } => {
                let question = |is_in: bool| {
                    asked(column.clone(), plain.clone(), |text| {
                        let among = among(text, &String::clone);
                        if is_in { among } else { sql!("NOT ", among) }
                    })
                };
                Said::Sides { yes: Side::at_least(question(true)), no: Side::at_least(question(false)) }
            }
            Changed::Folded { plain, .. } => {
                let yes = asked(column, plain, |text| among(text, &|text| bare_and_small(text)));
                Said::Sides { yes: Side::at_least(yes), no: Side::ANY }
            }
        }
    }

    pub(super) fn like(&self, text: &TextExpr, pattern: &Pattern) -> Said {
        let Some((column, changed)) = self.changed(text) else { return Said::NOTHING };
        // By code point too: a collation of the user's own may not know LIKE at all.
        let like = |text: Sql, change: &dyn Fn(&str) -> String| {
            sql!("((", text, ") COLLATE \"C\" LIKE ", Bind::Text(pattern.written(change)), ")")
        };
        let unchanged = |text: &str| text.to_owned();
        match changed {
            Changed::Wholly(text) => Said::Whole(like(text, &unchanged)),
            Changed::Folded { plain, wholly: true } => {
                let question = |fits: bool| {
                    asked(column.clone(), plain.clone(), |text| {
                        let like = like(text, &unchanged);
                        if fits { like } else { sql!("NOT ", like) }
                    })
                };
                Said::Sides { yes: Side::at_least(question(true)), no: Side::at_least(question(false)) }
            }
            Changed::Folded { plain, .. } => {
                let yes = asked(column, plain, |text| like(text, &bare_and_small));
                Said::Sides { yes: Side::at_least(yes), no: Side::ANY }
            }
        }
    }
}

/// The comparison that holds where this one does not.
fn opposite(op: Comparison) -> Comparison {
    match op {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

/// Equality is that of the bytes in any collation and can use any index; order is that of code points.
fn compared(op: Comparison, a: Sql, b: Sql) -> Sql {
    let order = match op {
        Comparison::Equal | Comparison::NotEqual => "",
        _ => " COLLATE \"C\"",
    };
    sql!("((", a, ")", order, comparison(op), "(", b, "))")
}

/// A text without marks and in small letters: what is the same in another way has the same bare letters.
fn bare_and_small(text: &str) -> String {
    case_folded(without_marks(text.into())).into_owned()
}
