//! Drawing on a page in millimetres from its upper left corner. Numbers stay `f64` until the PDF is written, whose own
//! precision is a tenth of a micrometre on paper.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::layout::{Abs, Angle, Em, Frame, FrameItem, GroupItem, Point, Size, Transform};
use typst::syntax::Span;
use typst::text::{Font, FontInstance, FontVariant, FontVariations, Glyph, Lang, TextItem};
use typst::visualize::{Color, Curve, DashPattern, FillRule, FixedStroke, Geometry, LineCap, LineJoin, Paint, Shape};
use unicode_normalization::UnicodeNormalization;

/// Regular, bold and italic of Libertinus Serif (SIL Open Font License). The face that follows them, bold italic, lacks ơ and ư.
const FACES: usize = 3;

/// The fonts of a dossier. Nothing else is ever looked for.
pub static FONTS: LazyLock<Vec<Font>> =
    LazyLock::new(|| typst_assets::fonts().take(FACES).filter_map(|data| Font::new(Bytes::new(data), 0)).collect());

/// The letters of a text as they can be printed: composed, spaces for all kinds of gaps, the sign of replacement for what
/// not all fonts have, and nothing for controls.
pub fn letters(text: &str) -> impl Iterator<Item = char> {
    text.nfc().filter_map(|letter| match letter {
        gap if gap.is_whitespace() && gap != '\u{a0}' => Some(' '),
        letter if letter.is_control() => None,
        letter if FONTS.iter().all(|font| font.info().coverage.contains(letter.into())) => Some(letter),
        _ => Some('\u{fffd}'),
    })
}

/// A place on paper, in mm.
pub type Place = (f64, f64);

/// How a line is drawn.
#[derive(Debug, Clone)]
pub struct Pen {
    pub colour: Color,
    pub width_mm: f64,
    /// Lengths of dashes and gaps in turn, in mm; empty for a line without gaps.
    pub dashes: &'static [f64],
}

impl Pen {
    pub fn new(colour: Color, width_mm: f64) -> Pen {
        Pen { colour, width_mm, dashes: &[] }
    }

    pub fn dashed(self, dashes: &'static [f64]) -> Pen {
        Pen { dashes, ..self }
    }

    fn stroke(&self) -> FixedStroke {
        let dash = (!self.dashes.is_empty())
            .then(|| DashPattern { array: self.dashes.iter().map(|mm| Abs::mm(*mm)).collect(), phase: Abs::zero() });
        FixedStroke {
            paint: Paint::Solid(self.colour.clone()),
            thickness: Abs::mm(self.width_mm),
            cap: LineCap::Butt,
            // A mitre of a sharp corner would stand out beyond the corner that is drawn.
            join: LineJoin::Round,
            dash,
            ..FixedStroke::default()
        }
    }
}

/// The colour of a `#rrggbb`; grey for anything else.
pub fn colour(hex: &str) -> Color {
    let byte = |at: usize| hex.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match (byte(1), byte(3), byte(5)) {
        (Some(r), Some(g), Some(b)) => Color::from_u8(r, g, b, 255),
        _ => Color::from_u8(160, 160, 160, 255),
    }
}

/// A colour that what lies below shines through, 0 for none of it drawn and 255 for all.
pub fn translucent(hex: &str, alpha: u8) -> Color {
    let [r, g, b, _] = colour(hex).to_vec4_u8();
    Color::from_u8(r, g, b, alpha)
}

/// A line of text that was measured.
#[derive(Clone)]
pub struct Lettering {
    item: TextItem,
}

/// Height of capitals as a share of the size, for Libertinus Serif.
const CAP_HEIGHT: f64 = 0.645;

impl Lettering {
    /// Sets a text in one line, at most two hundred letters of it, one by one and without ligatures.
    pub fn new(text: &str, size_mm: f64, is_bold: bool, colour: Color) -> Option<Lettering> {
        let face = FONTS.get(usize::from(is_bold)).or(FONTS.first())?;
        let font: FontInstance =
            face.clone().instantiate(FontVariant::default(), Abs::mm(size_mm), &FontVariations::default());
        // Ranges of letters are 16 bits wide.
        let text: String = letters(text).take(200).collect();
        let mut glyphs = Vec::new();
        for (at, letter) in text.char_indices() {
            let id = font.ttf().glyph_index(letter).map_or(0, |id| id.0);
            let range = at as u16..(at + letter.len_utf8()) as u16;
            glyphs.push(Glyph {
                id,
                x_advance: font.x_advance(id).unwrap_or(Em::zero()),
                x_offset: Em::zero(),
                y_advance: Em::zero(),
                y_offset: Em::zero(),
                range,
                span: (Span::detached(), 0),
            });
        }
        let item = TextItem {
            font,
            size: Abs::mm(size_mm),
            fill: Paint::Solid(colour),
            stroke: None,
            lang: Lang::VIETNAMESE,
            region: None,
            text: text.into(),
            glyphs,
        };
        Some(Lettering { item })
    }

    pub fn width_mm(&self) -> f64 {
        self.item.width().to_mm()
    }

    pub fn cap_height_mm(&self) -> f64 {
        self.item.size.to_mm() * CAP_HEIGHT
    }
}

/// What is drawn on one page or in one field of it.
pub struct Canvas {
    frame: Frame,
}

fn point((x, y): Place) -> Point {
    Point::new(Abs::mm(x), Abs::mm(y))
}

impl Canvas {
    /// An empty one of a page's size in mm.
    pub fn new(width: f64, height: f64) -> Canvas {
        Canvas { frame: Frame::hard(Size::new(Abs::mm(width), Abs::mm(height))) }
    }

    fn size(&self) -> Size {
        self.frame.size()
    }

    fn shape(&mut self, curve: Curve, fill: Option<Color>, pen: Option<&Pen>) {
        let shape = Shape {
            geometry: Geometry::Curve(curve),
            fill: fill.map(Paint::Solid),
            fill_rule: FillRule::EvenOdd,
            stroke: pen.map(Pen::stroke),
        };
        self.frame.push(Point::zero(), FrameItem::Shape(shape, Span::detached()));
    }

    /// Draws rings as one area; those inside another are holes.
    pub fn area(&mut self, rings: impl IntoIterator<Item = Vec<Place>>, fill: Option<Color>, pen: Option<&Pen>) {
        let mut curve = Curve::new();
        for ring in rings {
            let mut places = ring.into_iter().map(point);
            let Some(first) = places.next() else { continue };
            curve.move_(first);
            places.for_each(|place| curve.line(place));
            curve.close();
        }
        if !curve.is_empty() {
            self.shape(curve, fill, pen);
        }
    }

    pub fn line(&mut self, places: impl IntoIterator<Item = Place>, pen: &Pen) {
        let mut places = places.into_iter().map(point);
        let Some(first) = places.next() else { return };
        let mut curve = Curve::new();
        curve.move_(first);
        places.for_each(|place| curve.line(place));
        self.shape(curve, None, Some(pen));
    }

    pub fn rectangle(&mut self, (x, y): Place, width: f64, height: f64, fill: Option<Color>, pen: Option<&Pen>) {
        let corners = vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
        self.area([corners], fill, pen);
    }

    pub fn circle(&mut self, (x, y): Place, radius: f64, fill: Option<Color>, pen: Option<&Pen>) {
        let mut curve = Curve::ellipse(Size::splat(Abs::mm(2.0 * radius)));
        curve.close();
        curve.translate(point((x - radius, y - radius)));
        self.shape(curve, fill, pen);
    }

    /// Writes a text with its middle at a place, turned to the left by quarters.
    pub fn text(&mut self, (x, y): Place, lettering: &Lettering, quarters: i32) {
        let mut line = Frame::hard(Size::zero());
        let start = point((-lettering.width_mm() / 2.0, lettering.cap_height_mm() / 2.0));
        line.push(start, FrameItem::Text(lettering.item.clone()));
        if quarters != 0 {
            line.transform(Transform::rotate(Angle::deg(-90.0 * f64::from(quarters))));
        }
        self.frame.push_frame(point((x, y)), line);
    }

    /// Adds what another one of the same page holds, as far as it lies in a rectangle.
    pub fn add_clipped(&mut self, other: Canvas, (x, y): Place, width: f64, height: f64) {
        let mut clip = Curve::rect(Size::new(Abs::mm(width), Abs::mm(height)));
        clip.translate(point((x, y)));
        let mut group = GroupItem::new(other.frame);
        group.clip = Some(clip);
        self.frame.push(Point::zero(), FrameItem::Group(group));
    }

    /// A new one of the same size.
    pub fn layer(&self) -> Canvas {
        Canvas { frame: Frame::hard(self.size()) }
    }

    /// What was drawn, to be laid on a page.
    pub fn into_frame(self) -> Frame {
        self.frame
    }
}
