//! Names by which people look for features, as search keys.

use crate::domain::{Collection, DataType, Field, Kind};
use crate::publish::columns::Column;
use crate::publish::texts::TextArena;
use crate::text::fold;

/// Beginnings of the names of fields that hold a name.
const NAME_FIELDS: [&str; 4] = ["name", "ten", "title", "label"];

/// Texts beyond this many fields are not searched where no field is called a name.
const MAX_PLAIN: usize = 3;

/// Positions of the fields that hold free text.
fn free_fields(declaration: &Collection) -> impl Iterator<Item = usize> {
    let is_free = |field: &Field| {
        field.data_type == DataType::Text && field.codes.is_empty() && field.references.is_none() && !field.derived
    };
    declaration.fields.iter().enumerate().filter(move |(_, field)| is_free(field)).map(|(at, _)| at)
}

fn is_name(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase();
    NAME_FIELDS
        .iter()
        .any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
}

/// Whether people would look for its features by name: registers without a name hold facts about others, and what is
/// computed is named after what people look for.
pub fn has_names(declaration: &Collection) -> bool {
    match declaration.kind {
        Kind::Table => true,
        Kind::Register => declaration.fields.iter().any(is_name),
        Kind::Derived => false,
    }
}

/// Positions of the fields that `q` looks into: those that are called a name, else the first that hold free text.
pub fn named_fields(declaration: &Collection) -> Vec<usize> {
    let named: Vec<usize> = free_fields(declaration).filter(|at| is_name(&declaration.fields[*at])).collect();
    if named.is_empty() { free_fields(declaration).take(MAX_PLAIN).collect() } else { named }
}

/// The search keys of rows: each word of each name after a blank, names apart by a line feed.
pub fn search_keys(columns: &[Column], fields: &[usize], rows: usize) -> TextArena {
    let mut keys = TextArena::default();
    let mut key = String::new();
    for row in 0..rows {
        key.clear();
        for column in fields.iter().filter_map(|field| columns.get(*field)) {
            if let Some(text) = column.text(row) {
                key.push('\n');
                key.push(' ');
                key.push_str(&fold(text));
            }
        }
        keys.push(&key);
    }
    keys.shrink();
    keys
}

/// Words that names must have: each of them begins a word of the key.
pub struct Wanted(Vec<String>);

impl Wanted {
    /// `words` are search keys without blanks.
    pub fn new(words: &[String]) -> Wanted {
        Wanted(words.iter().map(|word| format!(" {word}")).collect())
    }

    pub fn are_in(&self, key: &str) -> bool {
        self.0.iter().all(|word| key.contains(word.as_str()))
    }
}

/// How well a key fits a phrase of words, least first: it is a name, begins one, stands in one; the words stand apart.
pub fn distance(key: &str, words: &[String]) -> u8 {
    let phrase = format!(" {}", words.join(" "));
    let mut names = key.split('\n').skip(1);
    if names.clone().any(|name| name == phrase) {
        0
    } else if names.any(|name| name.starts_with(&phrase)) {
        1
    } else {
        2 + u8::from(!key.contains(&phrase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_word_inside_another_is_not_found_and_all_words_must_be_there() {
        let key = "\n duong lieu\n lang nghe";
        assert!(Wanted::new(&words("duong")).are_in(key));
        assert!(Wanted::new(&words("lie duo lang")).are_in(key));
        assert!(!Wanted::new(&words("uong")).are_in(key));
        assert!(!Wanted::new(&words("duong thon")).are_in(key));
    }

    #[test]
    fn a_whole_name_comes_before_a_beginning_and_that_before_a_part() {
        let distances = ["\n duong lieu", "\n duong lieu 2", "\n xa duong lieu", "\n lieu duong"]
            .map(|key| distance(key, &words("duong lieu")));
        assert_eq!(distances, [0, 1, 2, 3]);
    }

    #[test]
    fn registers_are_searched_by_their_names_alone() {
        let names = |id: &str| {
            let declared = catalog::collection(id)?;
            Some(named_fields(declared).into_iter().map(|at| declared.fields[at].name.as_str()).collect::<Vec<_>>())
        };
        assert_eq!(names("clusters"), Some(vec!["name_vi"]));
    }
}
