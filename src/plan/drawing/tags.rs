//! The tags of a DXF file, text or binary, and what is read from them beside the geometry: units, fonts, raw text, blocks.
//!
//! A DXF is a list of tags, a group code with a value each. Readers of geometry give text without its fonts, and blocks without
//! their names; both stand in the tags. A binary file has the same tags in another writing and is rewritten as text.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Read, Write};

/// How a binary drawing begins.
const SENTINEL: &[u8] = b"AutoCAD Binary DXF\r\n\x1a\x00";

/// The name under which our own attributes stand in the extended data of an entity.
pub const APPLICATION: &[u8] = b"LANGXANH";

/// The attribute of entities that are parts of one thing: the number of the thing.
pub const PART_OF: &str = "part_of";

/// Bytes of one value; real ones have no more than a few hundred.
const MAX_VALUE: usize = 1 << 20;

/// Why the tags cannot be read to the end.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    #[error(
        "thẻ {0}: mã nhóm '{1}' không phải số: tệp bị hỏng ở đó / tag {0}: the group code '{1}' is no number: the file is damaged there"
    )]
    Code(u64, String),
    #[error("tệp kết thúc giữa thẻ {0}: đã bị cắt cụt / the file ends in the middle of tag {0}: it is cut off")]
    CutOff(u64),
    #[error(
        "thẻ {0} dài hơn một megabyte: tệp bị hỏng ở đó / tag {0} is longer than a megabyte: the file is damaged there"
    )]
    TooLong(u64),
    #[error(
        "thẻ {0} có mã nhóm {1} không bản vẽ nào có: tệp bị hỏng ở đó / tag {0} has the group code {1}, which no drawing has: the file is damaged there"
    )]
    UnknownCode(u64, i32),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One tag; the value is as a text file would have it, without spaces around.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tag {
    pub code: i32,
    pub value: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Binary,
    /// Before release 13 a group code took one byte.
    OldBinary,
}

/// Whether these first bytes of a file are those of a binary drawing.
pub fn is_binary(head: &[u8]) -> bool {
    head.starts_with(SENTINEL)
}

/// Reads tags one after the other.
pub struct Tags<R> {
    from: R,
    form: Form,
    count: u64,
}

impl<R: BufRead> Tags<R> {
    pub fn new(mut from: R) -> Result<Tags<R>, TagError> {
        let mut form = Form::Text;
        if is_binary(from.fill_buf()?) {
            from.consume(SENTINEL.len());
            // The first tag is code 0 with a name: a second zero byte belongs to the code.
            form = if from.fill_buf()?.get(1) == Some(&0) { Form::Binary } else { Form::OldBinary };
        }
        Ok(Tags { from, form, count: 0 })
    }

    pub fn is_binary(&self) -> bool {
        self.form != Form::Text
    }

    /// Reads the next tag into `tag`; `false` at the end.
    pub fn next(&mut self, tag: &mut Tag) -> Result<bool, TagError> {
        if self.from.fill_buf()?.is_empty() {
            return Ok(false);
        }
        self.count += 1;
        tag.value.clear();
        match self.form {
            Form::Text => self.text_tag(tag),
            Form::Binary | Form::OldBinary => self.binary_tag(tag).map(|()| true),
        }
    }

    fn line(&mut self, into: &mut Vec<u8>) -> Result<bool, TagError> {
        into.clear();
        Read::by_ref(&mut self.from).take(MAX_VALUE as u64 + 1).read_until(b'\n', into)?;
        if into.len() > MAX_VALUE {
            return Err(TagError::TooLong(self.count));
        }
        let is_there = !into.is_empty();
        while into.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            into.pop();
        }
        Ok(is_there)
    }

    fn text_tag(&mut self, tag: &mut Tag) -> Result<bool, TagError> {
        self.line(&mut tag.value)?;
        let code = String::from_utf8_lossy(&tag.value).trim().to_owned();
        // An empty line after the last tag is no tag.
        if code.is_empty() && self.from.fill_buf()?.is_empty() {
            return Ok(false);
        }
        tag.code = code.parse().map_err(|_| TagError::Code(self.count, code.chars().take(20).collect()))?;
        if !self.line(&mut tag.value)? {
            return Err(TagError::CutOff(self.count));
        }
        Ok(true)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], TagError> {
        let mut bytes = [0u8; N];
        self.from.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => TagError::CutOff(self.count),
            _ => TagError::Io(error),
        })?;
        Ok(bytes)
    }

    fn binary_tag(&mut self, tag: &mut Tag) -> Result<(), TagError> {
        tag.code = match self.form {
            Form::OldBinary => match self.bytes::<1>()? {
                [255] => i16::from_le_bytes(self.bytes()?).into(),
                [code] => code.into(),
            },
            _ => i16::from_le_bytes(self.bytes()?).into(),
        };
        match tag.code {
            0..=9
            | 100..=109
            | 300..=309
            | 320..=369
            | 390..=399
            | 410..=419
            | 430..=439
            | 470..=481
            | 999
            | 1000..=1003
            | 1005..=1009 => {
                Read::by_ref(&mut self.from).take(MAX_VALUE as u64 + 1).read_until(0, &mut tag.value)?;
                match tag.value.pop() {
                    Some(0) => {}
                    Some(_) if tag.value.len() >= MAX_VALUE => return Err(TagError::TooLong(self.count)),
                    _ => return Err(TagError::CutOff(self.count)),
                }
                // A text file has no room for line breaks inside a value.
                tag.value.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            }
            10..=59 | 110..=149 | 210..=239 | 460..=469 | 1010..=1059 => {
                let number = f64::from_le_bytes(self.bytes()?);
                // The shortest form that reads back as the same number, with a point.
                tag.value.extend(format!("{number:?}").into_bytes());
            }
            60..=79 | 170..=179 | 270..=289 | 370..=389 | 400..=409 | 1060..=1070 => {
                tag.value.extend(i16::from_le_bytes(self.bytes()?).to_string().into_bytes());
            }
            90..=99 | 420..=429 | 440..=459 | 1071 => {
                tag.value.extend(i32::from_le_bytes(self.bytes()?).to_string().into_bytes());
            }
            160..=169 => tag.value.extend(i64::from_le_bytes(self.bytes()?).to_string().into_bytes()),
            290..=299 => tag.value.extend(self.bytes::<1>()?[0].to_string().into_bytes()),
            310..=319 | 1004 => {
                for _ in 0..self.bytes::<1>()?[0] {
                    tag.value.extend(format!("{:02X}", self.bytes::<1>()?[0]).into_bytes());
                }
            }
            code => return Err(TagError::UnknownCode(self.count, code)),
        }
        Ok(())
    }
}

impl Tag {
    /// Writes it as a text file has it.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:>3}", self.code)?;
        out.write_all(&self.value)?;
        out.write_all(b"\n")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.value.trim_ascii()).into_owned()
    }

    fn number(&self) -> Option<f64> {
        self.text().parse().ok()
    }

    fn integer(&self) -> Option<i64> {
        self.text().parse().ok()
    }
}

/// A text as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawText {
    pub bytes: Vec<u8>,
    /// The file of the font of its style, or the style's name where the file names none.
    pub font: String,
    pub is_paragraph: bool,
    /// The name of a block's attribute.
    pub name: Option<Vec<u8>>,
}

/// What the tags of a drawing say beside its geometry.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// `$ACADVER`, such as AC1015; from AC1021 on the text is UTF-8.
    pub version: String,
    /// `$DWGCODEPAGE`, such as ANSI_1258.
    pub code_page: Option<String>,
    /// `$INSUNITS`: 4 is millimetres, 6 is metres, 0 or nothing is unsaid.
    pub unit: Option<i64>,
    /// By handle.
    pub texts: HashMap<String, RawText>,
    /// The block that a reference shows, by the reference's handle.
    pub blocks: HashMap<String, Vec<u8>>,
    /// The colour number (ACI) that an entity has of its own, by handle.
    pub colours: HashMap<String, u16>,
    /// Attributes that a drawing of our own gives with an entity, each as `field=value`, by handle.
    pub attributes: HashMap<String, Vec<Vec<u8>>>,
    /// How many entities there are of each type, and how many pieces of polylines are bent (`BULGE`).
    pub types: BTreeMap<String, u64>,
    /// Layers of splines without control points, which only a CAD program can draw.
    pub bare_splines: Vec<Vec<u8>>,
    /// How far the pieces of each other spline are from it at most, in units of the drawing; `None` where that has no bound.
    pub spline_gaps: Vec<Option<f64>>,
    pub has_end: bool,
    /// How much there is to draw on the sheet itself, and in each block.
    sheet: Load,
    block_loads: HashMap<Vec<u8>, Load>,
    /// Coordinates beyond and within what a place in metres can have.
    far: u64,
    near: u64,
}

/// What drawing costs: vertices that stand in the file, curves with their length, and blocks with how often each is shown.
#[derive(Debug, Clone, Default)]
struct Load {
    vertices: f64,
    curves: f64,
    curve_length: f64,
    blocks: Vec<(Vec<u8>, f64)>,
}

impl Load {
    fn curve(&mut self, count: f64, length: f64) {
        self.curves += count;
        self.curve_length += length;
    }
}

/// Blocks in blocks; no drawing office nests deeper.
const MAX_DEPTH: usize = 32;

impl Contents {
    /// Whether most coordinates are larger than any place of a zone in metres has: then they are likely millimetres.
    pub fn is_beyond_metres(&self) -> bool {
        self.far > self.near
    }

    /// How many vertices all of it has at most when every block is drawn and every curve has a chord of at most `chord` and at
    /// least `steps` chords around. Infinite where blocks show each other.
    pub fn vertices(&self, chord: f64, steps: f64) -> f64 {
        self.load(&self.sheet, chord, steps, &mut HashMap::new(), 0)
    }

    fn load<'a>(
        &'a self,
        load: &'a Load,
        chord: f64,
        steps: f64,
        known: &mut HashMap<&'a [u8], f64>,
        depth: usize,
    ) -> f64 {
        if depth > MAX_DEPTH {
            return f64::INFINITY;
        }
        let mut total = load.vertices + load.curves * steps + load.curve_length / chord;
        for (name, times) in &load.blocks {
            let of_block = match known.get(name.as_slice()).copied() {
                Some(of_block) => of_block,
                None => {
                    // A block that shows itself, straight or through others, has no end.
                    known.insert(name, f64::INFINITY);
                    let block = self.block_loads.get(name);
                    let of_block = block.map_or(0.0, |block| self.load(block, chord, steps, known, depth + 1));
                    known.insert(name, of_block);
                    of_block
                }
            };
            total += times * of_block;
        }
        total
    }

    pub fn is_utf8(&self) -> bool {
        self.version.as_str() >= "AC1021"
    }

    /// The unit that the header names, as a part of a metre.
    pub fn stated_unit_m(&self) -> Option<f64> {
        match self.unit {
            Some(4) => Some(0.001),
            Some(5) => Some(0.01),
            Some(6) => Some(1.0),
            _ => None,
        }
    }
}

/// Reads the contents; a binary drawing is written to `rewritten` as text.
///
/// # Errors
/// Where the file cannot be read to its end.
pub fn contents(
    from: impl BufRead,
    rewritten: &mut dyn FnMut() -> io::Result<Box<dyn Write>>,
) -> Result<Contents, TagError> {
    let mut tags = Tags::new(from)?;
    let mut out = if tags.is_binary() { Some(rewritten()?) } else { None };
    let mut reader = Reader::default();
    let mut tag = Tag::default();
    while tags.next(&mut tag)? {
        if let Some(out) = &mut out {
            tag.write(out)?;
        }
        reader.take(&tag);
        if reader.contents.has_end {
            break;
        }
    }
    if let Some(out) = &mut out {
        out.flush()?;
    }
    Ok(reader.finish())
}

/// One record between two tags of code 0.
#[derive(Default)]
struct Record {
    kind: String,
    handle: String,
    layer: Vec<u8>,
    text: Vec<u8>,
    style: String,
    name: Vec<u8>,
    colour: Option<u16>,
    font_file: String,
    /// Whose extended data follow. The true type font of a style stands in AutoCAD's.
    application: Vec<u8>,
    /// Our own extended data.
    own: Vec<Vec<u8>>,
    has_embedded: bool,
    bulges: f64,
    largest_bulge: f64,
    vertices: f64,
    /// Smallest and largest x and y of its vertices.
    extent: Option<[f64; 4]>,
    radius: f64,
    /// The half axis of an ellipse.
    axis: [f64; 2],
    /// Rows and columns of a block's reference.
    times: [f64; 2],
    control_points: i64,
    spline: Spline,
}

/// What a spline is drawn by.
#[derive(Default)]
struct Spline {
    points: Vec<[f64; 2]>,
    knots: Vec<f64>,
    degree: usize,
    has_weights: bool,
}

/// Pieces by which a spline is drawn for each of its control points: GDAL's number.
const SPLINE_PIECES: f64 = 8.0;

impl Spline {
    fn take(&mut self, tag: &Tag) {
        let number = tag.number().unwrap_or_default();
        match tag.code {
            10 => self.points.push([number, 0.0]),
            20 => self.points.last_mut().into_iter().for_each(|point| point[1] = number),
            40 => self.knots.push(number),
            41 => self.has_weights |= number != 1.0,
            71 => self.degree = tag.integer().and_then(|degree| usize::try_from(degree).ok()).unwrap_or_default(),
            _ => {}
        }
    }

    /// How far its pieces are from it at most: an eighth of the square of their step times the largest second derivative, which
    /// no point of its control polygon exceeds. `None` where weights or kinks make that no bound.
    fn gap(&self) -> Option<f64> {
        let (degree, count) = (self.degree, self.points.len());
        let is_plain = degree >= 1 && !self.has_weights && count > degree && self.knots.len() == count + degree + 1;
        let (first, last) = (self.knots.first()?, self.knots.last()?);
        let inner = self.knots.iter().filter(|knot| **knot > *first && **knot < *last);
        let mut inner: Vec<f64> = inner.copied().collect();
        inner.sort_by(f64::total_cmp);
        let has_kinks = inner.windows(degree.max(1)).any(|same| degree > 1 && same[0] == same[degree - 1]);
        if !is_plain || has_kinks {
            return None;
        }
        let slopes = |points: &[[f64; 2]], degree: usize, knots: &[f64]| -> Vec<[f64; 2]> {
            let slope = |at: usize| {
                let span = knots[at + degree + 1] - knots[at + 1];
                let part = if span > 0.0 { degree as f64 / span } else { 0.0 };
                [0, 1].map(|of| part * (points[at + 1][of] - points[at][of]))
            };
            (0..points.len() - 1).map(slope).collect()
        };
        if degree == 1 {
            return Some(0.0);
        }
        let once = slopes(&self.points, degree, &self.knots);
        let twice = slopes(&once, degree - 1, &self.knots[1..self.knots.len() - 1]);
        let largest = twice.iter().map(|[x, y]| x.hypot(*y)).fold(0.0, f64::max);
        let step = (last - first) / (SPLINE_PIECES * count as f64 - 1.0);
        Some(step * step * largest / 8.0)
    }
}

impl Record {
    fn take_number(&mut self, tag: &Tag) {
        let number = tag.number().unwrap_or_default();
        match tag.code {
            10 => {
                self.vertices += 1.0;
                let [a, b, c, d] = self.extent.unwrap_or([number, f64::INFINITY, number, f64::NEG_INFINITY]);
                self.extent = Some([a.min(number), b, c.max(number), d]);
            }
            20 => {
                if let Some([_, b, _, d]) = &mut self.extent {
                    *b = b.min(number);
                    *d = d.max(number);
                }
            }
            11 => self.axis[0] = number,
            21 => self.axis[1] = number,
            40 => self.radius = number.abs(),
            70 => self.times[0] = number,
            _ => self.times[1] = number,
        }
    }

    /// Takes a string of our own extended data: an attribute, or how the last one goes on.
    fn take_own(&mut self, value: &[u8]) {
        match (value.strip_prefix(b"+"), self.own.last_mut()) {
            (Some(rest), Some(last)) => last.extend_from_slice(rest),
            _ => self.own.push(value.to_vec()),
        }
    }

    /// How far apart its vertices are at most.
    fn span(&self) -> f64 {
        self.extent.map_or(0.0, |[a, b, c, d]| (c - a).max(0.0).hypot((d - b).max(0.0)))
    }
}

#[derive(Default)]
struct Reader {
    contents: Contents,
    section: String,
    /// The header variable whose value follows.
    variable: String,
    record: Record,
    /// Fonts by the name of the style.
    fonts: HashMap<String, String>,
    /// The block that is being defined.
    block: Option<Vec<u8>>,
    /// A polyline whose vertices are records of their own, as if it were one.
    polyline: Option<Record>,
}

impl Reader {
    fn take(&mut self, tag: &Tag) {
        match tag.code {
            0 => {
                self.end_record();
                self.record = Record { kind: tag.text(), ..Record::default() };
                match self.record.kind.as_str() {
                    "EOF" => self.contents.has_end = true,
                    "ENDSEC" => self.section.clear(),
                    _ => {}
                }
            }
            2 if self.record.kind == "SECTION" && self.section.is_empty() => self.section = tag.text(),
            9 => self.variable = tag.text(),
            _ if self.section == "HEADER" => self.header(tag),
            _ => self.record_tag(tag),
        }
    }

    fn header(&mut self, tag: &Tag) {
        match (self.variable.as_str(), tag.code) {
            ("$ACADVER", 1) => self.contents.version = tag.text(),
            ("$DWGCODEPAGE", 3) => self.contents.code_page = Some(tag.text()),
            ("$INSUNITS", 70) => self.contents.unit = tag.integer(),
            _ => {}
        }
    }

    fn record_tag(&mut self, tag: &Tag) {
        let record = &mut self.record;
        match tag.code {
            5 => record.handle = tag.text(),
            8 => record.layer = tag.value.trim_ascii().to_vec(),
            // A paragraph longer than 250 letters has its beginning under code 3.
            3 if record.kind == "STYLE" => record.font_file = tag.text(),
            // What is embedded behind this repeats the text with other formatting.
            101 => record.has_embedded = true,
            1 | 3 if !record.has_embedded => record.text.extend_from_slice(&tag.value),
            7 => record.style = tag.text(),
            2 => record.name = tag.value.trim_ascii().to_vec(),
            62 => record.colour = tag.integer().and_then(|number| u16::try_from(number).ok()),
            42 if matches!(record.kind.as_str(), "LWPOLYLINE" | "VERTEX") => {
                let bulge = tag.number().unwrap_or_default().abs();
                record.bulges += f64::from(u8::from(bulge != 0.0));
                record.largest_bulge = record.largest_bulge.max(bulge);
            }
            41 if record.kind == "SPLINE" => record.spline.take(tag),
            10 | 11 | 20 | 21 | 40 | 70 | 71 => {
                if record.kind == "SPLINE" {
                    record.spline.take(tag);
                }
                record.take_number(tag);
            }
            73 => record.control_points = tag.integer().unwrap_or_default(),
            1001 => record.application = tag.value.trim_ascii().to_vec(),
            1000 if record.application == b"ACAD" && record.kind == "STYLE" => record.font_file = tag.text(),
            1000 if record.application == APPLICATION => record.take_own(&tag.value),
            _ => {}
        }
    }

    fn end_record(&mut self) {
        let record = std::mem::take(&mut self.record);
        if self.section == "TABLES" {
            if record.kind == "STYLE" {
                let font = if record.font_file.is_empty() {
                    String::from_utf8_lossy(&record.name).into_owned()
                } else {
                    record.font_file
                };
                self.fonts.insert(String::from_utf8_lossy(&record.name).to_uppercase(), font);
            }
            return;
        }
        if !matches!(self.section.as_str(), "ENTITIES" | "BLOCKS") {
            return;
        }
        self.weigh(&record);
        // Old drawings may have no handles: then nothing is known beside the geometry.
        let has_handle = !record.handle.is_empty();
        if let Some(colour) = record.colour.filter(|colour| has_handle && (1..=255).contains(colour)) {
            self.contents.colours.insert(record.handle.clone(), colour);
        }
        if has_handle && !record.own.is_empty() {
            self.contents.attributes.insert(record.handle.clone(), record.own.clone());
        }
        match record.kind.as_str() {
            "TEXT" | "MTEXT" | "ATTRIB" if has_handle => {
                let font = self.fonts.get(&record.style.to_uppercase()).cloned().unwrap_or(record.style);
                let is_paragraph = record.kind == "MTEXT";
                let name = (record.kind == "ATTRIB").then_some(record.name);
                self.contents.texts.insert(record.handle, RawText { bytes: record.text, font, is_paragraph, name });
            }
            "INSERT" if has_handle => {
                self.contents.blocks.insert(record.handle, record.name);
            }
            "SPLINE" if record.control_points == 0 => self.contents.bare_splines.push(record.layer),
            "SPLINE" => self.contents.spline_gaps.push(record.spline.gap()),
            _ => {}
        }
        if record.bulges > 0.0 {
            *self.contents.types.entry("BULGE".to_owned()).or_default() += record.bulges as u64;
        }
        if !matches!(record.kind.as_str(), "SECTION" | "ENDSEC" | "BLOCK" | "ENDBLK" | "SEQEND" | "VERTEX" | "") {
            *self.contents.types.entry(record.kind).or_default() += 1;
        }
    }

    /// Adds what a record costs to draw to its block or to the sheet.
    fn weigh(&mut self, record: &Record) {
        // Further off than any place of a zone: 10 000 km.
        const BEYOND_METRES: f64 = 1e7;
        match record.kind.as_str() {
            "BLOCK" => self.block = Some(record.name.clone()),
            "ENDBLK" => self.block = None,
            _ => {}
        }
        if self.section == "ENTITIES" && record.vertices > 0.0 {
            let is_far = record.extent.is_some_and(|[_, _, x, y]| x.abs().max(y.abs()) > BEYOND_METRES);
            if is_far { self.contents.far += 1 } else { self.contents.near += 1 }
        }
        let Contents { sheet, block_loads, .. } = &mut self.contents;
        let load = match &self.block {
            Some(name) => block_loads.entry(name.clone()).or_default(),
            None => sheet,
        };
        load.vertices += record.vertices;
        match record.kind.as_str() {
            "INSERT" => {
                let times = record.times[0].max(1.0) * record.times[1].max(1.0);
                match load.blocks.iter_mut().find(|(name, _)| *name == record.name) {
                    Some((_, known)) => *known += times,
                    None => load.blocks.push((record.name.clone(), times)),
                }
            }
            "CIRCLE" | "ARC" => load.curve(1.0, std::f64::consts::TAU * record.radius),
            "ELLIPSE" => load.curve(1.0, std::f64::consts::TAU * record.axis[0].hypot(record.axis[1])),
            "SPLINE" => load.vertices += SPLINE_PIECES * record.vertices,
            // A bulge b over a chord d is an arc no longer than 1.6 d where b is at most 1, and 1.6 b d beyond.
            "LWPOLYLINE" => {
                load.curve(record.bulges, record.bulges * 1.6 * record.span() * record.largest_bulge.max(1.0))
            }
            "POLYLINE" => self.polyline = Some(Record::default()),
            "VERTEX" => {
                if let Some(whole) = &mut self.polyline {
                    whole.bulges += record.bulges;
                    whole.largest_bulge = whole.largest_bulge.max(record.largest_bulge);
                    let [a, b, c, d] = record.extent.unwrap_or_default();
                    let [e, f, g, h] = whole.extent.unwrap_or([a, b, c, d]);
                    whole.extent = Some([a.min(e), b.min(f), c.max(g), d.max(h)]);
                }
            }
            "SEQEND" => {
                if let Some(whole) = self.polyline.take() {
                    let length = whole.bulges * 1.6 * whole.span() * whole.largest_bulge.max(1.0);
                    load.curve(whole.bulges, length);
                }
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Contents {
        self.end_record();
        self.contents
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn none() -> io::Result<Box<dyn Write>> {
        Ok(Box::new(io::sink()))
    }

    fn read(bytes: &[u8]) -> Result<Contents, TagError> {
        contents(bytes, &mut none)
    }

    #[test]
    fn damaged_and_cut_files_are_refused_with_the_tag() {
        assert!(matches!(read(b"0\nSECTION\nx\ny\n"), Err(TagError::Code(2, code)) if code == "x"));
        assert!(matches!(read(b"0\nSECTION\n2\n"), Err(TagError::CutOff(2))));
        let long = [b"0\n".to_vec(), vec![b'a'; MAX_VALUE + 5]].concat();
        assert!(matches!(read(&long), Err(TagError::TooLong(1))));
        let binary = |tail: &[u8]| read(&[SENTINEL, b"\0\0SECTION\0", tail].concat());
        assert!(matches!(binary(b"\x0A\0\0\0"), Err(TagError::CutOff(2))));
        assert!(matches!(binary(b"\x02\0ENT"), Err(TagError::CutOff(2))));
        assert!(matches!(binary(b"\x58\x02\0"), Err(TagError::UnknownCode(2, 600))));
        assert!(!read(b"0\nSECTION\n").unwrap().has_end);
    }

    #[test]
    fn a_binary_drawing_is_rewritten_tag_by_tag() {
        // 588600.123 as a double, 70 as a 16-bit and 90 as a 32-bit number, 290 as one byte.
        let mut bytes = [SENTINEL, b"\0\0SECTION\0\x02\0ENTITIES\0\0\0LINE\0\x0A\0"].concat();
        bytes.extend(588_600.123f64.to_le_bytes());
        bytes.extend(b"\x46\0\x01\0\x5A\0\xFF\xFF\xFF\xFF\x22\x01\x01\0\0EOF\0");
        let file = tempfile::NamedTempFile::new().unwrap();
        let found = contents(bytes.as_slice(), &mut || Ok(Box::new(file.reopen()?))).unwrap();
        assert!(found.has_end);
        let text = std::fs::read_to_string(file.path()).unwrap();
        let expected = "  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n 10\n588600.123\n 70\n1\n 90\n-1\n290\n1\n  0\nEOF\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn fonts_blocks_and_units_are_found() {
        let drawing = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n9\n$INSUNITS\n70\n4\n0\nENDSEC\n\
            0\nSECTION\n2\nTABLES\n0\nSTYLE\n2\nChu\n3\ntxt\n1001\nACAD\n1000\n.VnTime\n0\nENDSEC\n\
            0\nSECTION\n2\nENTITIES\n0\nMTEXT\n5\nA1\n8\nKH\n3\nmot \n1\nhai\n7\nCHU\n\
            0\nINSERT\n5\nA2\n8\n0\n2\nNHA\n0\nATTRIB\n5\nA3\n1\nCN-05\n2\nKH\n0\nSPLINE\n5\nA4\n8\nX\n73\n0\n74\n4\n\
            0\nENDSEC\n0\nEOF\n";
        let found = read(drawing.as_bytes()).unwrap();
        assert_eq!((found.stated_unit_m(), found.is_utf8(), found.has_end), (Some(0.001), false, true));
        let text = &found.texts["A1"];
        assert_eq!((text.bytes.as_slice(), text.font.as_str(), text.is_paragraph), (&b"mot hai"[..], ".VnTime", true));
        assert_eq!(found.blocks["A2"], b"NHA");
        assert_eq!(found.texts["A3"].name.as_deref(), Some(&b"KH"[..]));
        assert_eq!((found.bare_splines.as_slice(), found.types["MTEXT"]), (&[b"X".to_vec()][..], 1));
    }

    #[test]
    fn the_pieces_of_a_spline_are_as_near_to_it_as_its_bend_says() {
        // A parabola through three control points, 400 being its second derivative, in 24 places: 400 / (8 × 23²) = 0.0945.
        let spline = |weight: &str| {
            format!(
                "0\nSECTION\n2\nENTITIES\n0\nSPLINE\n5\nA\n8\nX\n71\n2\n72\n6\n73\n3\n40\n0\n40\n0\n40\n0\n40\n1\n40\n1\n40\n1\n\
                 {weight}10\n0\n20\n0\n10\n50\n20\n100\n10\n100\n20\n0\n0\nENDSEC\n0\nEOF\n"
            )
        };
        let gaps = |text: &str| read(text.as_bytes()).unwrap().spline_gaps;
        let found = gaps(&spline(""));
        assert!((found[0].unwrap() - 400.0 / (8.0 * 529.0)).abs() < 1e-12, "{found:?}");
        assert_eq!(gaps(&spline("41\n2\n")), [None], "a weighted one has no such bound");
    }
}
