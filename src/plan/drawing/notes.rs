//! What was repaired, guessed or left out when a drawing was taken in: each kind with its layer, count and places.

use std::collections::BTreeMap;

use geo::Coord;

/// What was done or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    SwappedAxes,
    Millimetres,
    Transformed,
    AwayFromSite,
    BinaryDrawing,
    Encoding,
    DecodedText,
    Curves,
    Splines,
    BareSplines,
    HeightsDropped,
    PaperSpace,
    NotPlanar,
    UnmappedLayer,
    IgnoredLayer,
    OutsideCity,
    Closed,
    Joined,
    Crossings,
    OpenEnds,
    IdleLines,
    Polygonised,
    SelfCrossing,
    Duplicate,
    KnownBuilding,
    SharedBuilding,
    Degenerate,
    Hole,
    OutlineOfOthers,
    ColouredByHatch,
    AreaAsLine,
    GuessedArea,
    Conflict,
    UnreadText,
    TextOutside,
    NoSymbol,
    NoLandUse,
    SameSymbol,
    Columns,
}

/// The code of a kind, and what it means in Vietnamese and English behind a count.
type Wording = (&'static str, &'static str, &'static str);

impl NoteKind {
    fn wording(self) -> Wording {
        use NoteKind as K;
        match self {
            K::SwappedAxes => (
                "swapped_axes",
                "bản vẽ ghi tọa độ X là hướng bắc; đã đổi chỗ X và Y",
                "drawing with x to the north: x and y were exchanged",
            ),
            K::Millimetres => {
                ("millimetres", "bản vẽ theo milimét, đã đổi ra mét", "drawing in millimetres, made metres")
            }
            K::Transformed => ("transformed", "bản vẽ đã chuyển hệ tọa độ", "drawing transformed to another zone"),
            K::AwayFromSite => (
                "away_from_site",
                "đồ án nằm xa vị trí của cơ sở, người nhập đã xác nhận",
                "plan lies away from where its site is on record, as was confirmed",
            ),
            K::BinaryDrawing => ("binary", "tệp DXF nhị phân", "binary DXF"),
            K::Encoding => ("encoding", "bảng mã chữ của tệp", "encoding of the file's text"),
            K::DecodedText => (
                "decoded_text",
                "chữ theo phông TCVN3 hoặc VNI đã chuyển sang Unicode",
                "texts in fonts of TCVN3 or VNI were made Unicode",
            ),
            K::Curves => (
                "curves",
                "cung tròn, đường tròn, elip hoặc đoạn cong đã thay bằng đoạn thẳng",
                "arcs, circles, ellipses or bulges became straight pieces",
            ),
            K::Splines => (
                "splines",
                "đường spline đã thay bằng đoạn thẳng, 8 điểm cho mỗi điểm điều khiển; sai lệch lớn nhất",
                "splines became straight pieces, 8 points for each control point; furthest off",
            ),
            K::BareSplines => (
                "bare_splines",
                "đường spline không có điểm điều khiển, không đọc được và đã bỏ qua",
                "splines without control points cannot be read and were left out",
            ),
            K::HeightsDropped => (
                "heights_dropped",
                "đối tượng 3D đã bỏ cao độ: bảng quy hoạch không lưu cao độ",
                "3D objects lost their heights: registers of plans hold none",
            ),
            K::PaperSpace => {
                ("paper_space", "đối tượng trên trang in đã bỏ qua", "objects on the printed sheet were left out")
            }
            K::NotPlanar => ("not_planar", "mặt 3D đã bỏ qua", "surfaces in space were left out"),
            K::UnmappedLayer => (
                "unmapped_layer",
                "đối tượng trên lớp không có trong bảng quy đổi, đã bỏ qua",
                "objects on a layer that the mapping does not know were left out",
            ),
            K::IgnoredLayer => (
                "ignored_layer",
                "đối tượng trên lớp mà bảng quy đổi bỏ qua",
                "objects on a layer that the mapping leaves out",
            ),
            K::OutsideCity => {
                ("outside_city", "đối tượng nằm ngoài Hà Nội đã bỏ qua", "objects outside Hanoi were left out")
            }
            K::Closed => (
                "closed",
                "đường bao hở đã khép vì hai đầu cách nhau không quá dung sai",
                "outlines were closed, their ends being within the tolerance",
            ),
            K::Joined => (
                "joined",
                "đỉnh đã nối vào đỉnh khác trong phạm vi dung sai",
                "vertices were drawn to another one within the tolerance",
            ),
            K::Crossings => (
                "crossings",
                "chỗ đường cắt nhau mà không có đỉnh chung",
                "places where lines cross without a vertex in common",
            ),
            K::OpenEnds => ("open_ends", "đầu đường hở", "open ends of lines"),
            K::IdleLines => (
                "idle_lines",
                "đoạn đường không bao quanh vùng nào, đã bỏ qua",
                "lines that bound no area were left out",
            ),
            K::Polygonised => ("polygonised", "vùng được dựng từ các đường rời", "areas were made of loose lines"),
            K::SelfCrossing => (
                "self_crossing",
                "đường bao tự cắt đã chia tại chỗ cắt",
                "outlines that cross themselves were divided there",
            ),
            K::KnownBuilding => (
                "known_building",
                "công trình đã có trong bảng công trình, giữ nguyên bản ghi cũ",
                "buildings that the register has already stay as they are there",
            ),
            K::SharedBuilding => (
                "shared_building",
                "công trình của bản vẽ trước mà đồ án khác cũng vẽ, được giữ lại",
                "buildings of the earlier drawing that other plans show too stay",
            ),
            K::Duplicate => ("duplicate", "vùng vẽ trùng, chỉ giữ một", "areas drawn twice were kept once"),
            K::Degenerate => {
                ("degenerate", "đối tượng không có diện tích đã bỏ qua", "outlines without an area were left out")
            }
            K::Hole => (
                "hole",
                "đường bao nằm trong đường bao cùng lớp được coi là phần khoét",
                "outlines inside another one of their layer are taken as holes of it",
            ),
            K::OutlineOfOthers => (
                "outline_of_others",
                "đường bao của nhiều lô, không tính là lô",
                "outlines around other lots are no lots",
            ),
            K::ColouredByHatch => {
                ("coloured_by_hatch", "lô lấy chức năng theo mảng tô", "lots got their use from the hatch over them")
            }
            K::AreaAsLine => (
                "area_as_line",
                "vùng trên lớp đường, lấy đường bao",
                "areas on a layer of lines: their outlines were taken",
            ),
            K::GuessedArea => (
                "guessed_area",
                "số không đơn vị gần bằng diện tích đo được, coi là diện tích theo đồ án",
                "bare numbers close to the measured area are taken as the stated area",
            ),
            K::Conflict => (
                "conflict",
                "số liệu mâu thuẫn trong một lô, để trống",
                "facts of one lot that contradict each other were left empty",
            ),
            K::UnreadText => ("unread_text", "chữ trong lô không hiểu được", "texts in lots were not understood"),
            K::TextOutside => ("text_outside", "chữ nằm ngoài mọi lô", "texts stand in no lot"),
            K::NoSymbol => ("no_symbol", "lô không có ký hiệu", "lots have no symbol"),
            K::NoLandUse => ("no_land_use", "lô chưa rõ chức năng", "lots have no land use"),
            K::SameSymbol => ("same_symbol", "lô có ký hiệu trùng với lô khác", "lots have the symbol of another lot"),
            K::Columns => (
                "columns",
                "cột của bảng thuộc tính không có trong bảng quy đổi, đã bỏ qua",
                "columns of the attribute table that the mapping does not know were left out",
            ),
        }
    }

    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        self.wording().0
    }
}

/// Places that a note lists; the count goes on.
const PLACES: usize = 20;

/// One kind of thing on one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub kind: NoteKind,
    /// Empty where no layer is meant.
    pub layer: String,
    pub count: u64,
    /// The first places, in the coordinates of the plan.
    pub places: Vec<Coord<f64>>,
    /// Further words: a text that was not understood, the width of a gap.
    pub details: Vec<String>,
}

impl Note {
    fn sentence(&self, words: &str, layer_word: &str) -> String {
        let layer = if self.layer.is_empty() { String::new() } else { format!(" ({layer_word} {})", self.layer) };
        let details = if self.details.is_empty() { String::new() } else { format!(": {}", self.details.join("; ")) };
        let places: Vec<String> = self.places.iter().take(3).map(|at| format!("{:.3} {:.3}", at.x, at.y)).collect();
        let at = if places.is_empty() { String::new() } else { format!(" [{}]", places.join(", ")) };
        format!("{} {words}{layer}{details}{at}", self.count)
    }

    pub fn vi(&self) -> String {
        self.sentence(self.kind.wording().1, "lớp")
    }

    pub fn en(&self) -> String {
        self.sentence(self.kind.wording().2, "layer")
    }
}

/// Notes being collected.
#[derive(Debug, Clone, Default)]
pub struct Notes(BTreeMap<(NoteKind, String), Note>);

impl Notes {
    fn note(&mut self, kind: NoteKind, layer: &str) -> &mut Note {
        self.0.entry((kind, layer.to_owned())).or_insert_with(|| Note {
            kind,
            layer: layer.to_owned(),
            count: 0,
            places: Vec::new(),
            details: Vec::new(),
        })
    }

    pub fn add(&mut self, kind: NoteKind, layer: &str, at: Option<Coord<f64>>) {
        self.add_with(kind, layer, at, None);
    }

    /// Adds one with words of its own, which stand once however often they come.
    pub fn add_with(&mut self, kind: NoteKind, layer: &str, at: Option<Coord<f64>>, detail: Option<String>) {
        let note = self.note(kind, layer);
        note.count += 1;
        if note.places.len() < PLACES {
            note.places.extend(at);
        }
        if let Some(detail) = detail.filter(|detail| note.details.len() < PLACES && !note.details.contains(detail)) {
            note.details.push(detail);
        }
    }

    pub fn add_many(&mut self, kind: NoteKind, layer: &str, places: &[Coord<f64>]) {
        places.iter().for_each(|at| self.add(kind, layer, Some(*at)));
    }

    /// Adds something without places that was counted elsewhere.
    pub fn add_count(&mut self, kind: NoteKind, layer: &str, count: u64, detail: Option<String>) {
        if count > 0 {
            let note = self.note(kind, layer);
            note.count += count;
            note.details.extend(detail);
        }
    }

    pub fn count(&self, kind: NoteKind) -> u64 {
        self.0.values().filter(|note| note.kind == kind).map(|note| note.count).sum()
    }

    pub fn into_vec(self) -> Vec<Note> {
        self.0.into_values().collect()
    }
}
