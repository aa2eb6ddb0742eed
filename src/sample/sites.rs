//! A cluster or a village as the made-up registers around it see it.

use chrono::{Months, NaiveDate};
use geo::{Centroid, Coord, Point, Polygon};

use super::SampleError;
use super::facts::Fact;
use super::place;
use super::rng::Rng;
use super::rows::{Row, day};
use crate::geom::Shape;

/// A site: places in metres, `None` where the place is not known.
pub struct Site {
    pub collection: &'static str,
    pub id: String,
    pub name: String,
    /// `status` of a cluster.
    pub status: Option<String>,
    pub trade: Trade,
    pub area_ha: Option<f64>,
    pub established_year: Option<i32>,
    pub construction_started_on: Option<NaiveDate>,
    pub centre: Option<Coord<f64>>,
    /// The drawn boundary of a cluster.
    pub boundary: Option<Polygon<f64>>,
    pub precision_m: Option<f64>,
}

/// What a site's wastewater is like, guessed from its trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    Food,
    Textile,
    Metal,
    Wood,
    Recycling,
    Ceramics,
    Other,
}

impl Trade {
    /// The name in `effluent_levels.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Trade::Food => "food",
            Trade::Textile => "textile",
            Trade::Metal => "metal",
            Trade::Wood => "wood",
            Trade::Recycling => "recycling",
            Trade::Ceramics => "ceramics",
            Trade::Other => "other",
        }
    }

    fn guess(text: &str) -> Trade {
        let words: [(&[&str], Trade); 6] = [
            (&["chế biến nông sản", "thực phẩm", "food_processing", "bánh kẹo"], Trade::Food),
            (&["dệt", "may", "chăn ga", "textile", "leather", "da giày"], Trade::Textile),
            (&["cơ kim khí", "rèn", "dát vàng", "metalworking"], Trade::Metal),
            (&["tái chế", "recycling"], Trade::Recycling),
            (&["gốm", "ceramics"], Trade::Ceramics),
            (&["mộc", "gỗ", "wood_furniture", "lacquer", "sơn mài"], Trade::Wood),
        ];
        let found = words.into_iter().find(|(words, _)| words.iter().any(|word| text.contains(word)));
        found.map_or(Trade::Other, |(_, trade)| trade)
    }
}

impl Site {
    /// A site from its fact and its drawn boundary.
    pub fn of(collection: &'static str, fact: &Fact, boundary: Option<Polygon<f64>>) -> Result<Site, SampleError> {
        let trades = [fact.text("craft_group"), fact.text("main_trade"), fact.text("name_vi")];
        Ok(Site {
            collection,
            id: fact.required("id")?.to_owned(),
            name: fact.required("name_vi")?.to_owned(),
            status: fact.text("status").map(str::to_owned),
            trade: Trade::guess(&trades.into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase()),
            area_ha: fact.number("area_ha")?,
            established_year: fact.number("established_year")?.map(|year| year as i32),
            construction_started_on: fact.text("construction_started_on").and_then(|text| text.parse().ok()),
            centre: boundary.as_ref().and_then(|polygon| polygon.centroid()).map(Coord::from),
            boundary,
            precision_m: fact.number("position_precision_m")?,
        })
    }

    /// The same site at this place.
    pub fn moved_to(self, centre: Option<Coord<f64>>) -> Site {
        Site { centre, ..self }
    }

    /// A day on which the cluster may have been founded, from what is known of it.
    pub fn founded_on(&self) -> NaiveDate {
        let mut rng = self.dice("founded");
        match (self.construction_started_on, self.established_year) {
            (Some(started), _) => started - Months::new(30),
            (None, Some(year)) => rng.date_between(day(year, 2, 1), day(year, 11, 30)),
            (None, None) => rng.date_between(day(2009, 1, 1), day(2018, 1, 1)),
        }
    }

    /// Whether works of the cluster are done or can be expected.
    pub fn is_under_way(&self) -> bool {
        self.is_cluster() && self.has_status(&["operating", "established", "under_construction"])
    }

    pub fn is_cluster(&self) -> bool {
        self.collection == "clusters"
    }

    /// Whether the cluster's status is one of these.
    pub fn has_status(&self, among: &[&str]) -> bool {
        self.status.as_deref().is_some_and(|status| among.contains(&status))
    }

    /// Dice for one kind of thing about this site.
    pub fn dice(&self, about: &str) -> Rng {
        Rng::named(&format!("{} {about}", self.id))
    }

    /// A place in the cluster near one of its corners, or 250 m from the village; `None` where the site's place is not known.
    pub fn nearby(&self, rng: &mut Rng) -> Option<Coord<f64>> {
        let centre = self.centre?;
        Some(match &self.boundary {
            Some(polygon) => {
                let corners = &polygon.exterior().0;
                let corner = corners[rng.below(corners.len())];
                centre + (corner - centre) * rng.between(0.5, 0.75)
            }
            None => place::polar(centre, 250.0, rng.between(0.0, std::f64::consts::TAU)),
        })
    }

    /// Names the site in a row of a register.
    pub fn name_in(&self, row: Row) -> Row {
        row.with("site_collection", self.collection).with("site_id", self.id.as_str())
    }
}

/// A place in metres as a point of a register.
pub fn point(at: Option<Coord<f64>>) -> Result<Option<Shape>, SampleError> {
    at.map(|at| place::to_lonlat(Point(at))).transpose()
}
