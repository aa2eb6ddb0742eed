//! HTML pages of tilesets and map styles.

use super::html::{Cell, Page, linked, text};
use crate::ogc::link::with_parameter;
use crate::ogc::styles::{self, Style};
use crate::ogc::tiles::{self, Tileset};
use crate::tile::grid::MAX_ZOOM;

const TILESETS: &str = "Các bộ ô / Tilesets";
const STYLES: &str = "Kiểu bản đồ / Map styles";

/// A link of the head of a page to a form of a resource.
fn form(url: &str, format: &str) -> String {
    with_parameter(url, "f", format)
}

/// The tilesets of a resource.
pub fn tilesets(base: &str, tileset: &Tileset) -> Page {
    let here = format!("{}/tiles{}", tileset.of, tileset.query);
    let url = format!("{}{}", tileset.url(), tileset.query);
    let row = vec![
        linked(tileset.title.to_string(), form(&url, "html")),
        text(tiles::MATRIX_SET),
        text(tileset.layers.len().to_string()),
    ];
    Page::new(base, TILESETS.to_owned())
        .at(TILESETS.to_owned(), form(&here, "html"))
        .link("JSON", form(&here, "json"))
        .link(STYLES, format!("{base}/styles?f=html"))
        .table("", &["Bộ ô / Tileset", "Lưới ô / Tile matrix set", "Lớp / Layers"], vec![row])
}

/// One tileset: where its tiles are, what they hold, and how far they reach.
pub fn tileset(base: &str, tileset: &Tileset) -> Page {
    let url = format!("{}{}", tileset.url(), tileset.query);
    let facts = vec![
        vec![text("Địa chỉ của ô / Address of a tile"), text(tileset.template("z", "y", "x"))],
        vec![text("Lưới ô / Tile matrix set"), text(tiles::MATRIX_SET)],
    ];
    let layer = |tiles::Layer { collection: published, .. }: &tiles::Layer<'_>| {
        let declared = &published.declaration;
        let names: Vec<String> = tiles::fields(published).into_iter().map(|field| field.name).collect();
        vec![
            linked(declared.title.to_string(), format!("{base}/collections/{}?f=html", declared.id)),
            text(declared.id.clone()),
            text(declared.geometry.as_ref().map_or("–", |geometry| geometry.kind.name())),
            text(names.join(", ")),
        ]
    };
    let limits = (0..=MAX_ZOOM).filter_map(|zoom| tiles::limits(&tileset.layers, zoom)).map(|limits| {
        vec![
            text(limits.zoom.to_string()),
            text(format!("{}–{}", limits.min_row, limits.max_row)),
            text(format!("{}–{}", limits.min_col, limits.max_col)),
        ]
    });
    Page::new(base, tileset.title.to_string())
        .at(TILESETS.to_owned(), form(&format!("{}/tiles{}", tileset.of, tileset.query), "html"))
        .at(tiles::MATRIX_SET.to_owned(), form(&url, "html"))
        .says(tileset.description.to_string())
        .link("JSON", form(&url, "json"))
        .link("TileJSON", form(&url, "tilejson"))
        .link(STYLES, format!("{base}/styles?f=html"))
        .table("", &[], facts)
        .table(
            "Lớp / Layers",
            &["Tập dữ liệu / Collection", "Tên / Name", "Hình học / Geometry", "Thuộc tính / Attributes"],
            tileset.layers.iter().map(layer).collect(),
        )
        .table("Giới hạn / Limits", &["Mức thu phóng / Zoom", "Hàng / Rows", "Cột / Columns"], limits.collect())
}

/// The styles.
pub fn styles(base: &str, styles: &[Style]) -> Page {
    let row = |style: &Style| {
        let url = format!("{base}/styles/{}", style.id);
        vec![
            linked(style.title.to_string(), format!("{url}?f=html")),
            text(style.id.clone()),
            linked("MapLibre", format!("{url}?f=mbs")),
        ]
    };
    Page::new(base, STYLES.to_owned())
        .at(STYLES.to_owned(), format!("{base}/styles?f=html"))
        .link("JSON", format!("{base}/styles?f=json"))
        .link(TILESETS, format!("{base}/tiles?f=html"))
        .table("", &["Kiểu / Style", "Mã / Id", "Tệp / File"], styles.iter().map(row).collect())
}

/// One style: what its colours mean.
pub fn style(base: &str, style: &Style) -> Page {
    let url = format!("{base}/styles/{}", style.id);
    let page = Page::new(base, style.title.to_string())
        .at(STYLES.to_owned(), format!("{base}/styles?f=html"))
        .at(style.title.to_string(), format!("{url}?f=html"))
        .link("MapLibre", format!("{url}?f=mbs"))
        .link("Chú giải / Legend: JSON", format!("{url}/legend?f=json"));
    style.collections.iter().rev().fold(page, |page, collection| {
        let entry = |entry: styles::Entry| {
            let title = entry.title.map(|title| title.to_string());
            let code = entry.code.unwrap_or_default();
            vec![Cell { colour: entry.colour, ..text(title.unwrap_or_else(|| code.to_owned())) }, text(code)]
        };
        let rows = styles::entries(&collection.declaration).into_iter().map(entry).collect();
        page.table(&collection.declaration.title.to_string(), &["Chú giải / Legend", "Mã / Code"], rows)
    })
}
