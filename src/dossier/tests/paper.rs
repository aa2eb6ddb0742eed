//! What stands on paper is as long as the scale says.

use lopdf::Document;
use lopdf::content::Content;

use super::super::{Options, Paper, Scale};
use super::*;

/// Millimetres of a PDF's unit, a point: 25.4 / 72.
const MM: f64 = 25.4 / 72.0;

/// A path of a page, in mm from its lower left corner.
type Path = Vec<(f64, f64)>;

/// Every path of a page with all transformations in force applied, as the content stream draws them.
fn paths(document: &Document, page: u32) -> Vec<Path> {
    let id = document.get_pages()[&page];
    let content = Content::decode(&document.get_page_content(id)).unwrap();
    let mut stack = Vec::new();
    let mut at = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let (mut paths, mut path): (Vec<Path>, Path) = (Vec::new(), Vec::new());
    for operation in content.operations {
        let n: Vec<f64> = operation.operands.iter().filter_map(|o| o.as_float().ok().map(f64::from)).collect();
        match operation.operator.as_str() {
            "q" => stack.push(at),
            "Q" => at = stack.pop().unwrap(),
            "cm" => {
                at = [
                    n[0] * at[0] + n[1] * at[2],
                    n[0] * at[1] + n[1] * at[3],
                    n[2] * at[0] + n[3] * at[2],
                    n[2] * at[1] + n[3] * at[3],
                    n[4] * at[0] + n[5] * at[2] + at[4],
                    n[4] * at[1] + n[5] * at[3] + at[5],
                ];
            }
            "m" | "l" => {
                if operation.operator == "m" && !path.is_empty() {
                    paths.push(std::mem::take(&mut path));
                }
                path.push(((n[0] * at[0] + n[1] * at[2] + at[4]) * MM, (n[0] * at[1] + n[1] * at[3] + at[5]) * MM));
            }
            "S" | "s" | "f" | "f*" | "B" | "B*" | "b" | "b*" | "n" => paths.push(std::mem::take(&mut path)),
            _ => {}
        }
    }
    paths
}

/// Length and height of a path with four corners, if it is about as large as wanted.
fn rectangles(paths: &[Path], width: f64, height: f64) -> Vec<(f64, f64)> {
    let size = |path: &Path| {
        let range = |of: fn(&(f64, f64)) -> f64| {
            let (low, high) =
                path.iter().map(of).fold((f64::MAX, f64::MIN), |(low, high), n| (low.min(n), high.max(n)));
            high - low
        };
        (range(|place| place.0), range(|place| place.1))
    };
    let sizes = paths.iter().filter(|path| path.len() == 4).map(size);
    sizes.filter(|(w, h)| (w - width).abs() < 0.2 && (h - height).abs() < 0.2).collect()
}

/// A square of 10 m, surveyed to the millimetre where floats of 32 bits would be wrong by a quarter of a metre.
fn square() -> (Plan, PlanReview) {
    let mut plan = empty_plan();
    plan.parcels.push(parcel("CN-01", "CN", rectangle(588_591.123, 2_326_345.457, 10.0, 10.0)));
    let review = clean_review(&plan);
    (plan, review)
}

fn printed(paper: Paper, scale: &str) -> (f64, f64) {
    let (plan, review) = square();
    let options = Options { paper: Some(paper), scale: scale.parse::<Scale>().unwrap(), ..Options::default() };
    let bytes = pdf(&plan, &review, &options).unwrap();
    let document = Document::load_mem(&bytes).unwrap();
    let wanted = 10_000.0 / scale.parse::<f64>().unwrap();
    // The map is the second page.
    let found = rectangles(&paths(&document, 2), wanted, wanted);
    assert!(!found.is_empty(), "no square of {wanted} mm");
    found[0]
}

#[test]
fn a_square_of_ten_metres_is_twenty_millimetres_at_1_500_and_exact_to_a_hundredth() {
    for (paper, scale, wanted) in
        [(Paper::A3, "500", 20.0), (Paper::A1, "500", 20.0), (Paper::A3, "1000", 10.0), (Paper::A3, "2000", 5.0)]
    {
        let (width, height) = printed(paper, scale);
        assert!((width - wanted).abs() < 0.001, "{} 1:{scale}: {width} mm wide", paper.name());
        assert!((height - wanted).abs() < 0.001, "{} 1:{scale}: {height} mm high", paper.name());
    }
}

#[test]
fn sheets_have_the_size_of_their_paper_and_grid_lines_are_a_hundred_millimetres_apart() {
    let (plan, review) = village();
    let options = Options { paper: Some(Paper::A3), ..Options::default() };
    let document = Document::load_mem(&pdf(&plan, &review, &options).unwrap()).unwrap();
    let id = document.get_pages()[&2];
    let media = document.get_object(id).unwrap().as_dict().unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
    let size: Vec<f64> = media.iter().map(|n| f64::from(n.as_float().unwrap()) * MM).collect();
    assert!((size[2] - 420.0).abs() < 0.01 && (size[3] - 297.0).abs() < 0.01, "{size:?}");
    // Vertical lines through the whole field of 270 mm.
    let mut lines: Vec<f64> = paths(&document, 2)
        .iter()
        .filter(|path| path.len() == 2 && (path[0].0 - path[1].0).abs() < 1e-6)
        .filter(|path| ((path[0].1 - path[1].1).abs() - 270.0).abs() < 0.01)
        .map(|path| path[0].0)
        .collect();
    lines.sort_by(f64::total_cmp);
    assert!(lines.len() >= 2, "{lines:?}");
    assert!(lines.windows(2).all(|pair| (pair[1] - pair[0] - 100.0).abs() < 0.001), "{lines:?}");
}

#[test]
fn a_place_lies_on_the_sheet_where_its_coordinates_say() {
    let (plan, review) = square();
    let options = Options { paper: Some(Paper::A3), ..Options::default() };
    let document = Document::load_mem(&pdf(&plan, &review, &options).unwrap()).unwrap();
    let paths = paths(&document, 2);
    // The sheet is 150 m × 135 m around the centre (588596.123, 2326350.457), its corner on whole metres:
    // (588521, 2326282). The field's lower left corner lies 26 mm and 297 − 13.5 − 270 = 13.5 mm from that of the page.
    let wanted = (26.0 + (588_591.123 - 588_521.0) * 2.0, 13.5 + (2_326_345.457 - 2_326_282.0) * 2.0);
    let is_there =
        |path: &Path| path.len() == 4 && path.iter().any(|(x, y)| (x - wanted.0).hypot(y - wanted.1) < 0.001);
    assert!(paths.iter().any(is_there), "nothing at {wanted:?}");
}
