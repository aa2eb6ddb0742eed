//! Features in another form than the published one: another system, fewer properties, coarser outlines.

use std::borrow::Cow;

use geo::Geometry;
use memchr::memmem;

use super::PublishedCollection;
use super::coarse::Coarse;
use crate::geom::geojson::{Form, LONLAT_DECIMALS, METRE_DECIMALS, write_place};
use crate::geom::reproject::{ReprojectError, Reprojection};
use crate::geom::{Crs, Shape};
use crate::query::Rendering;

/// Between geometry and properties of a published feature. A geometry holds no text in which it could stand.
const PROPERTIES: &[u8] = b",\"properties\":";

/// A place on its way into a file.
pub struct Place<'a> {
    /// x is easting or longitude.
    pub geometry: Cow<'a, Geometry<f64>>,
    /// Heights in metres, one per coordinate.
    pub z: Option<Vec<f64>>,
    pub form: Form,
}

/// How coordinates come into the system that is asked for.
enum Way {
    /// As published, in WGS 84.
    Published,
    /// As surveyed, without any arithmetic.
    Surveyed,
    FromPublished(Reprojection),
    FromSurveyed(Reprojection),
}

/// Writes features of one collection as a client wants them.
pub struct Renderer<'a> {
    collection: &'a PublishedCollection,
    rendering: &'a Rendering,
    way: Way,
    form: Form,
    /// How coarse outlines may be.
    coarse: Option<Coarse>,
}

impl PublishedCollection {
    /// A renderer of this collection.
    ///
    /// # Errors
    /// When its places cannot be had in the system that is asked for.
    pub fn renderer<'a>(&'a self, rendering: &'a Rendering) -> Result<Renderer<'a>, ReprojectError> {
        let (crs, survey) = (&rendering.crs, self.survey_crs());
        let way = if crs.is_wgs84() || self.declaration.geometry.is_none() {
            Way::Published
        } else if survey == Some(crs) {
            Way::Surveyed
        } else {
            let from_survey = survey.and_then(|survey| Reprojection::between(survey, crs).ok());
            match from_survey {
                Some(way) => Way::FromSurveyed(way),
                None => Way::FromPublished(Reprojection::between(&Crs::Crs84, crs)?),
            }
        };
        let is_in_degrees = crs.is_in_degrees();
        let coarse = rendering.zoom.map(|zoom| Coarse::new(zoom, is_in_degrees));
        // What needs no arithmetic is written as it lies in the store.
        let usual = match (&way, is_in_degrees) {
            (Way::Surveyed, _) => None,
            (Way::Published, _) if self.declaration.is_stored_in_wgs84() => None,
            (_, true) => Some(LONLAT_DECIMALS),
            (_, false) => Some(METRE_DECIMALS),
        };
        let decimals = rendering.precision.or(coarse.map(|coarse| coarse.decimals)).or(usual);
        Ok(Renderer {
            collection: self,
            rendering,
            way,
            form: Form { decimals, latitude_first: crs.is_latitude_first() },
            coarse,
        })
    }
}

impl<'a> Renderer<'a> {
    /// How coordinates are written.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The place of a row; `None` where it has none, none was asked for, or it has no image in the system.
    pub fn place(&self, row: u32) -> Option<Place<'a>> {
        if self.rendering.skip_geometry {
            return None;
        }
        let published = self.collection.geometry(row)?;
        let is_surveyed = matches!(self.way, Way::Surveyed | Way::FromSurveyed(_));
        // Unpacked where it says more than what is published.
        let wants_survey = is_surveyed || !self.rendering.skip_heights;
        let survey = if wants_survey { self.collection.surveyed(row) } else { None };
        let (source, z) = match survey {
            Some(Shape { geometry, z }) if is_surveyed => (Cow::Owned(geometry), z),
            None if is_surveyed => return None,
            survey => (Cow::Borrowed(published), survey.and_then(|shape| shape.z)),
        };
        let mut z = z.filter(|_| !self.rendering.skip_heights);
        let mut geometry = match &self.way {
            Way::FromPublished(way) | Way::FromSurveyed(way) => Cow::Owned(way.geometry(&source).ok()?),
            Way::Published | Way::Surveyed => source,
        };
        if let Some(coarser) = self.coarse.and_then(|coarse| coarse.outline(&geometry)) {
            // Heights belong to vertices, and it is not known any more to which.
            (geometry, z) = (Cow::Owned(coarser), None);
        }
        Some(Place { geometry, z, form: self.form })
    }

    /// Appends the GeoJSON of a place.
    pub fn geometry(&self, out: &mut Vec<u8>, row: u32) {
        match self.place(row) {
            Some(place) => write_place(out, &place.geometry, place.z.as_deref(), place.form),
            None => out.extend_from_slice(b"null"),
        }
    }

    /// Positions of the fields that are written.
    pub fn fields(&self) -> Vec<usize> {
        let all = || (0..self.collection.declaration.fields.len()).collect();
        self.rendering.properties.clone().unwrap_or_else(all)
    }

    /// Appends `"properties":{…}` and nothing behind it.
    pub fn properties(&self, out: &mut Vec<u8>, row: u32) {
        let feature = self.collection.feature(row);
        match &self.rendering.properties {
            // Published features end in their properties and one more brace.
            None => {
                let from = memmem::find(&feature, PROPERTIES).map_or(0, |at| at + 1);
                out.extend_from_slice(&feature[from..feature.len().saturating_sub(1)]);
            }
            Some(fields) => {
                let values = fields.iter().map(|at| (*at, self.collection.value(row, *at)));
                self.collection.encoder.chosen_properties(out, values);
            }
        }
    }

    /// Appends a feature as GeoJSON.
    pub fn feature(&self, out: &mut Vec<u8>, row: u32) {
        if self.rendering.is_plain() {
            out.extend_from_slice(&self.collection.feature(row));
            return;
        }
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":\"");
        // Ids are letters and digits that need no escapes.
        out.extend_from_slice(self.collection.id(row).as_bytes());
        out.extend_from_slice(b"\",\"geometry\":");
        self.geometry(out, row);
        out.push(b',');
        self.properties(out, row);
        out.push(b'}');
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::Builder;
    use super::*;
    use crate::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
    use crate::geom::GeometryKind;
    use crate::geom::project::Transform;
    use crate::store::Row;
    use geo::{LineString, Point, Polygon};
    use proptest::prelude::*;

    fn publish(crs: Crs, shapes: Vec<Option<Shape>>) -> PublishedCollection {
        let has_z = shapes.iter().flatten().any(|shape| shape.z.is_some());
        let mut builder = Builder::new(Collection {
            id: "t".to_owned(),
            title: Title::same("t"),
            description: Title::same(""),
            kind: Kind::Table,
            has_ids: true,
            geometry: Some(GeometryField { name: "geom".to_owned(), kind: GeometryKind::Geometry, crs, has_z }),
            fields: vec![Field::plain("name", DataType::Text), Field::plain("n", DataType::Integer)],
            temporal: None,
        });
        for (at, shape) in shapes.into_iter().enumerate() {
            let fid = at as i64 + 1;
            let values = vec![Value::from(",\"properties\":"), Value::Integer(fid)];
            builder.push(Row { fid, id: FeatureId::from_fid(fid), values, shape }).unwrap();
        }
        builder.finish().unwrap()
    }

    fn feature(collection: &PublishedCollection, rendering: &Rendering) -> serde_json::Value {
        let mut out = Vec::new();
        collection.renderer(rendering).unwrap().feature(&mut out, 0);
        serde_json::from_slice(&out).unwrap()
    }

    fn in_crs(crs: Crs) -> Rendering {
        Rendering { crs, ..Rendering::default() }
    }

    const SURVEYED: (f64, f64) = (588_591.944_012_345_6, 2_326_345.311_765_432);

    #[test]
    fn a_system_that_cannot_be_transformed_here_is_refused() {
        let collection = publish(Crs::Crs84, vec![None]);
        assert!(collection.renderer(&in_crs(Crs::Epsg(27700))).is_err());
    }

    #[test]
    fn a_place_that_has_no_image_in_the_system_is_null() {
        let pole = publish(Crs::Crs84, vec![Some(Shape::flat(Point::new(0.0, 90.0)))]);
        assert!(feature(&pole, &in_crs(Crs::Epsg(3857)))["geometry"].is_null());
    }

    #[test]
    fn what_was_surveyed_comes_back_to_the_last_digit() {
        let collection = publish(Crs::Epsg(5897), vec![Some(Shape::flat(Point::from(SURVEYED)))]);
        let point = feature(&collection, &in_crs(Crs::Epsg(5897)))["geometry"]["coordinates"].clone();
        assert_eq!((point[0].as_f64(), point[1].as_f64()), (Some(SURVEYED.0), Some(SURVEYED.1)));
    }

    #[test]
    fn latitude_comes_first_where_the_authority_says_so_and_heights_stay() {
        let shape = Shape { geometry: Point::new(105.5, 21.25).into(), z: Some(vec![7.5]) };
        let collection = publish(Crs::Epsg(4979), vec![Some(shape)]);
        for (crs, wanted) in [(Crs::Crs84h, [105.5, 21.25, 7.5]), (Crs::Epsg(4326), [21.25, 105.5, 7.5])] {
            assert_eq!(feature(&collection, &in_crs(crs))["geometry"]["coordinates"], serde_json::json!(wanted));
        }
    }

    #[test]
    fn properties_are_chosen_and_geometry_left_out_whatever_stands_in_the_texts() {
        let collection = publish(Crs::Crs84, vec![Some(Shape::flat(Point::new(1.0, 2.0)))]);
        let chosen = Rendering { properties: Some(vec![1]), ..Rendering::default() };
        assert_eq!(feature(&collection, &chosen)["properties"], serde_json::json!({"n": 1}));
        let none = Rendering { properties: Some(vec![]), skip_geometry: true, ..Rendering::default() };
        assert_eq!(feature(&collection, &none)["properties"], serde_json::json!({}));
        let bare = Rendering { skip_geometry: true, ..Rendering::default() };
        let bare = feature(&collection, &bare);
        assert_eq!(
            (&bare["geometry"], &bare["properties"]["name"]),
            (&serde_json::Value::Null, &",\"properties\":".into())
        );
    }

    #[test]
    fn digits_are_cut_and_outlines_made_coarser_without_losing_a_polygon() {
        let circle =
            |at: u32| (105.0 + 0.01 * f64::from(at).to_radians().cos(), 21.0 + 0.01 * f64::from(at).to_radians().sin());
        let ring = LineString::from((0..=360).map(circle).collect::<Vec<_>>());
        let collection = publish(Crs::Crs84, vec![Some(Shape::flat(Polygon::new(ring, vec![])))]);
        let ring = |rendering: Rendering| feature(&collection, &rendering)["geometry"]["coordinates"][0].clone();
        let cut = ring(Rendering { precision: Some(2), ..Rendering::default() });
        assert_eq!(cut[0], serde_json::json!([105.01, 21]));
        // At zoom 12 a pixel is 0.00034° and the lattice 0.0001°: an edge of a degree of arc is 0.00017° long.
        let coarse = ring(Rendering { zoom: Some(12), ..Rendering::default() });
        assert!((100..300).contains(&coarse.as_array().unwrap().len()), "{coarse}");
        let speck = ring(Rendering { zoom: Some(0), ..Rendering::default() });
        assert!(speck.as_array().unwrap().len() >= 4, "{speck}");
    }

    #[test]
    fn what_lies_in_the_store_in_degrees_comes_back_to_the_last_digit_and_what_is_asked_for_is_cut_at_last() {
        let at = (105.804_123_456_789_01, 21.012_345_678_901_234);
        let collection = publish(Crs::Epsg(4326), vec![Some(Shape::flat(Point::from(at)))]);
        let point = |rendering: Rendering| {
            let point = feature(&collection, &rendering)["geometry"]["coordinates"].clone();
            (point[0].as_f64().unwrap(), point[1].as_f64().unwrap())
        };
        assert_eq!(point(Rendering::default()), at);
        assert_eq!(point(in_crs(Crs::Epsg(4326))), (at.1, at.0));
        assert_eq!(point(Rendering { precision: Some(15), ..Rendering::default() }), at);
        assert_eq!(point(Rendering { precision: Some(9), ..Rendering::default() }), (105.804_123_457, 21.012_345_679));
        // What was transformed has nine digits, and all of them for who asks for them.
        let surveyed = publish(Crs::Epsg(5897), vec![Some(Shape::flat(Point::from(SURVEYED)))]);
        let exact = Rendering { precision: Some(15), ..Rendering::default() };
        let place = feature(&surveyed, &exact)["geometry"]["coordinates"].clone();
        let Some(Geometry::Point(published)) = surveyed.geometry(0) else { panic!() };
        assert_eq!((place[0].as_f64(), place[1].as_f64()), (Some(published.x()), Some(published.y())));
        let usual = feature(&surveyed, &Rendering::default())["geometry"]["coordinates"][0].as_f64().unwrap();
        assert_eq!(usual, (published.x() * 1e9).round() / 1e9);
    }

    #[test]
    fn heights_are_left_out_where_the_system_knows_none() {
        let shape = Shape { geometry: Point::new(105.5, 21.25).into(), z: Some(vec![7.123_456]) };
        let collection = publish(Crs::Epsg(4979), vec![Some(shape)]);
        let of = |rendering: Rendering| feature(&collection, &rendering)["geometry"]["coordinates"].clone();
        assert_eq!(of(Rendering::default()), serde_json::json!([105.5, 21.25, 7.123_456]));
        let flat = Rendering { skip_heights: true, ..Rendering::default() };
        assert_eq!(of(flat), serde_json::json!([105.5, 21.25]));
    }

    proptest! {
        #[test]
        fn every_system_agrees_with_proj_within_a_millimetre(
            east in 530_000f64..604_000.0, north in 2_275_000f64..2_366_000.0,
            code in proptest::sample::select(vec![3405, 5896, 5898, 9209, 9218, 3857]),
        ) {
            let collection = publish(Crs::Epsg(5897), vec![Some(Shape::flat(Point::new(east, north)))]);
            let point = feature(&collection, &in_crs(Crs::Epsg(code)))["geometry"]["coordinates"].clone();
            let (mut x, mut y) = ([east], [north]);
            Transform::between(&Crs::Epsg(5897), &Crs::Epsg(code)).unwrap().points(&mut x, &mut y).unwrap();
            prop_assert!((point[0].as_f64().unwrap() - x[0]).abs() < 1e-3, "{point} {x:?}");
            prop_assert!((point[1].as_f64().unwrap() - y[0]).abs() < 1e-3, "{point} {y:?}");
        }
    }
}
