//! What was made at an earlier publish and still holds.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use rayon::prelude::*;

/// Pieces by key, each with what it was made from. It only saves work: pieces are the same with and without it.
pub struct Memo<K, S, V> {
    pieces: HashMap<K, (S, Arc<V>)>,
}

impl<K, S, V> Default for Memo<K, S, V> {
    fn default() -> Memo<K, S, V> {
        Memo { pieces: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone + Send + Sync, S: PartialEq + Send + Sync, V: Send + Sync> Memo<K, S, V> {
    /// The pieces of some keys in their order, each made from what stands beside its key. One that was made from the same at
    /// the last call is taken over, the others are made in parallel; pieces of other keys are forgotten.
    pub fn pieces(&mut self, wanted: Vec<(K, S)>, make: impl Fn(&K, &S) -> V + Sync) -> Vec<(K, Arc<V>)> {
        let last = std::mem::take(&mut self.pieces);
        let made = wanted.into_par_iter().map(|(key, from)| {
            let known = last.get(&key).filter(|(known, _)| *known == from).map(|(_, piece)| Arc::clone(piece));
            let piece = known.unwrap_or_else(|| Arc::new(make(&key, &from)));
            (key, from, piece)
        });
        let made: Vec<_> = made.collect();
        let pieces = made.iter().map(|(key, _, piece)| (key.clone(), Arc::clone(piece))).collect();
        self.pieces = made.into_iter().map(|(key, from, piece)| (key, (from, piece))).collect();
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_made_again_only_where_what_it_is_made_from_differs_or_it_was_forgotten() {
        let mut memo: Memo<&str, u32, u32> = Memo::default();
        let made = std::sync::Mutex::new(Vec::new());
        let mut ask = |wanted: &[(&'static str, u32)]| {
            let pieces = memo.pieces(wanted.to_vec(), |key, from| {
                made.lock().map(|mut made| made.push(*key)).ok();
                from * 10
            });
            let mut again = made.lock().map(|mut made| std::mem::take(&mut *made)).unwrap_or_default();
            again.sort_unstable();
            (pieces.into_iter().map(|(key, piece)| (key, *piece)).collect::<Vec<_>>(), again)
        };
        assert_eq!(ask(&[("b", 2), ("a", 1)]), (vec![("b", 20), ("a", 10)], vec!["a", "b"]));
        assert_eq!(ask(&[("a", 1), ("b", 3)]), (vec![("a", 10), ("b", 30)], vec!["b"]));
        assert_eq!(ask(&[("b", 3)]), (vec![("b", 30)], vec![]));
        assert_eq!(ask(&[("a", 1), ("b", 3)]).1, ["a"]);
    }
}
