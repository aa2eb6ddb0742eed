//! Protocol-buffer bytes of a layer (Mapbox Vector Tile 2.1, `vector_tile.proto`).

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::grid::EXTENT;
use crate::domain::Value;

/// The type of a feature's geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeometryType {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// A field with its wire type: 0 varint, 1 eight bytes, 2 bytes with their length.
fn field(out: &mut Vec<u8>, number: u64, wire: u64) {
    varint(out, number << 3 | wire);
}

fn bytes(out: &mut Vec<u8>, number: u64, content: &[u8]) {
    field(out, number, 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn packed(out: &mut Vec<u8>, number: u64, values: &[u32]) {
    field(out, number, 2);
    varint(out, values.iter().map(|value| varint_length(u64::from(*value))).sum::<usize>() as u64);
    values.iter().for_each(|value| varint(out, u64::from(*value)));
}

/// Small numbers of either sign as small numbers.
pub fn zigzag(value: i64) -> u32 {
    ((value << 1) ^ (value >> 63)) as u32
}

/// The `Value` message; `None` for null, which a feature does not mention.
fn value(out: &mut Vec<u8>, value: &Value) -> Option<()> {
    out.clear();
    match value {
        Value::Null => return None,
        Value::Text(text) => bytes(out, 1, text.as_bytes()),
        Value::Number(n) => {
            field(out, 3, 1);
            out.extend_from_slice(&n.to_le_bytes());
        }
        Value::Integer(n) => match u64::try_from(*n) {
            Ok(n) => {
                field(out, 5, 0);
                varint(out, n);
            }
            Err(_) => {
                field(out, 6, 0);
                varint(out, ((n << 1) ^ (n >> 63)) as u64);
            }
        },
        Value::Boolean(b) => {
            field(out, 7, 0);
            varint(out, u64::from(*b));
        }
        Value::Date(_) | Value::DateTime(_) => bytes(out, 1, value.to_string().as_bytes()),
    }
    Some(())
}

/// Hashes short bytes sooner than the library's own, with another seed for each layer.
struct Quick(u64);

impl Default for Quick {
    fn default() -> Quick {
        Quick(RandomState::new().hash_one(()))
    }
}

impl BuildHasher for Quick {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(self.0)
    }
}

struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A layer that grows feature by feature.
pub struct LayerWriter {
    head: Vec<u8>,
    features: Vec<u8>,
    values: Vec<u8>,
    /// Bytes of the values that no two features share.
    unique: usize,
    count: u32,
    /// Position of each value that may come again.
    known: HashMap<Vec<u8>, u32, Quick>,
    /// Of the feature under way.
    tags: Vec<u32>,
    scratch: Vec<u8>,
}

impl LayerWriter {
    /// An empty layer. Tags name its keys by position.
    pub fn new<'a>(name: &str, keys: impl Iterator<Item = &'a str>) -> LayerWriter {
        let mut head = Vec::with_capacity(256);
        field(&mut head, 15, 0);
        varint(&mut head, 2);
        bytes(&mut head, 1, name.as_bytes());
        keys.for_each(|key| bytes(&mut head, 3, key.as_bytes()));
        field(&mut head, 5, 0);
        varint(&mut head, u64::from(EXTENT));
        LayerWriter {
            head,
            features: Vec::new(),
            values: Vec::new(),
            unique: 0,
            count: 0,
            known: HashMap::default(),
            tags: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Starts a feature.
    pub fn begin(&mut self) {
        self.tags.clear();
    }

    /// Gives the feature a text that no other one has.
    pub fn unique(&mut self, key: usize, text: &str) {
        let before = self.values.len();
        if value(&mut self.scratch, &Value::from(text)).is_some() {
            let at = self.push_value();
            self.tags.extend([key as u32, at]);
        }
        self.unique += self.values.len() - before;
    }

    /// Gives the feature an attribute; null is not mentioned.
    pub fn tag(&mut self, key: usize, attribute: &Value) {
        if value(&mut self.scratch, attribute).is_none() {
            return;
        }
        let at = match self.known.get(&self.scratch) {
            Some(at) => *at,
            None => {
                let at = self.push_value();
                self.known.insert(self.scratch.clone(), at);
                at
            }
        };
        self.tags.extend([key as u32, at]);
    }

    fn push_value(&mut self) -> u32 {
        bytes(&mut self.values, 4, &self.scratch);
        self.count += 1;
        self.count - 1
    }

    /// Ends the feature.
    pub fn end(&mut self, id: Option<u64>, kind: GeometryType, commands: &[u32]) {
        let feature = &mut self.scratch;
        feature.clear();
        if let Some(id) = id {
            field(feature, 1, 0);
            varint(feature, id);
        }
        packed(feature, 2, &self.tags);
        field(feature, 3, 0);
        varint(feature, kind as u64);
        packed(feature, 4, commands);
        bytes(&mut self.features, 2, feature);
    }

    /// Bytes of all that is written, but for what stands in front of a layer.
    pub fn len(&self) -> usize {
        self.head.len() + self.features.len() + self.values.len()
    }

    /// The least bytes with so many times the features, which may share all values that these share.
    pub fn at_least(&self, times: f64) -> f64 {
        let each = self.features.len() + self.unique;
        each as f64 * times + (self.len() - each) as f64
    }

    /// The layer as the field of a tile: several behind each other are a tile. Empty without features.
    pub fn finish(self) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let length = self.len();
        let mut out = Vec::with_capacity(length + 8);
        field(&mut out, 3, 2);
        varint(&mut out, length as u64);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&self.features);
        out.extend_from_slice(&self.values);
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_encoding_guide_of_protocol_buffers_shows() {
        let written = |value| {
            let mut out = Vec::new();
            varint(&mut out, value);
            assert_eq!(out.len(), varint_length(value));
            out
        };
        assert_eq!(written(150), [0x96, 0x01]);
        assert_eq!(written(0), [0]);
        assert_eq!(written(u64::MAX).len(), 10);
        assert_eq!([0, -1, 1, -2, 2_147_483_647].map(zigzag), [0, 1, 2, 3, 4_294_967_294]);
    }

    #[test]
    fn a_layer_of_one_point_is_what_the_specification_makes_of_it() {
        // By hand after vector_tile.proto: POINT (25 17) has the commands 9, 50, 34 (specification 4.3.5.1).
        let mut layer = LayerWriter::new("t", ["id"].into_iter());
        layer.begin();
        layer.unique(0, "a");
        layer.end(Some(7), GeometryType::Point, &[9, 50, 34]);
        let wanted = [
            &[0x1a, 32][..],
            &[0x78, 2, 0x0a, 1, b't', 0x1a, 2, b'i', b'd', 0x28, 0x80, 0x20],
            &[0x12, 13, 0x08, 7, 0x12, 2, 0, 0, 0x18, 1, 0x22, 3, 9, 50, 34],
            &[0x22, 3, 0x0a, 1, b'a'],
        ]
        .concat();
        assert_eq!(layer.finish(), wanted);
    }

    #[test]
    fn twice_the_features_take_twice_the_bytes_but_for_what_they_share() {
        let of = |features: usize| {
            let mut layer = LayerWriter::new("t", ["id", "kind"].into_iter());
            for at in 0..features {
                layer.begin();
                layer.unique(0, &format!("f{at}"));
                layer.tag(1, &Value::from("shared by all"));
                layer.end(Some(at as u64 + 1), GeometryType::Point, &[9, 50, 34]);
            }
            layer
        };
        assert_eq!(of(4).at_least(1.0), of(4).len() as f64);
        assert_eq!(of(4).at_least(2.0), of(8).len() as f64);
        // A shared value of 13 letters, with 4 bytes in front of them, stands once.
        assert_eq!(of(8).len() - of(0).len(), 2 * (of(4).len() - of(0).len()) - 17);
    }

    #[test]
    fn a_layer_without_features_is_no_layer() {
        assert!(LayerWriter::new("t", std::iter::empty()).finish().is_empty());
    }
}
