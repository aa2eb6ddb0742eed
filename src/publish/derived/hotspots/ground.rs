//! What a run of hotspots starts from: sites with their places and pressure, the city, its waterways and outfalls, all in
//! the metres of EPSG:5897.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use geo::{Centroid, Coord, LineString, MapCoordsInPlace, MultiPolygon};

use crate::compliance::{SiteCollection, SiteKey};
use crate::domain::{FeatureId, Value};
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::geom::{Crs, Shape};
use crate::hotspot::pressure::{Formula, Pressure};
use crate::hotspot::standing::Parameters;
use crate::hotspot::waterway::{Course, Network, Outfall, Reaching};
use crate::publish::collection::PublishedCollection;
use crate::publish::derived::Inputs;
use crate::store::StoreError;
use crate::text::fold;

/// A site that has a place.
#[derive(Debug, Clone)]
pub struct GroundSite {
    pub key: SiteKey,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// The communes of today in which it lies, as the register words them.
    pub communes: Option<String>,
    /// The middle of it.
    pub place: Coord<f64>,
    /// How far the place may be off, metres; `None` where it is surveyed.
    pub precision_m: Option<f64>,
    pub pressure: Arc<Pressure>,
}

impl GroundSite {
    /// Its collection and id as one word: `clusters/ngoc-liep`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.key.0.as_str(), self.key.1)
    }
}

/// A waterway with what people call it.
#[derive(Debug, Clone)]
pub struct Named {
    pub name: String,
    pub is_demo: bool,
}

/// What a run of hotspots starts from, on one day.
pub struct HotspotGround {
    pub day: NaiveDate,
    pub formula: Formula,
    pub parameters: Parameters,
    /// By key.
    pub sites: Vec<GroundSite>,
    /// Sites on record whose place is not known: they are in no answer.
    pub without_place: usize,
    /// The communes of the day, or the districts of before, each with its name.
    pub units: Vec<(String, MultiPolygon<f64>)>,
    /// All of them.
    pub city: MultiPolygon<f64>,
    pub courses: Vec<Course>,
    /// By position of the course.
    pub named: Vec<Named>,
    pub outfalls: Vec<Outfall>,
    /// The site of each outfall.
    pub outfall_sites: Vec<usize>,
}

/// Reads published rows by field name.
struct Rows<'a> {
    collection: &'a PublishedCollection,
}

impl Rows<'_> {
    fn value(&self, row: u32, name: &str) -> Value {
        let at = self.collection.declaration.field(name).map(|(at, _)| at);
        at.map_or(Value::Null, |at| self.collection.value(row, at))
    }

    fn text(&self, row: u32, name: &str) -> Option<String> {
        self.value(row, name).as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn number(&self, row: u32, name: &str) -> Option<f64> {
        self.value(row, name).as_f64()
    }

    fn all(&self) -> std::ops::Range<u32> {
        0..self.collection.len() as u32
    }

    /// The place of a row in metres; `None` where there is none, or none with an image there.
    fn shape(&self, row: u32) -> Option<geo::Geometry<f64>> {
        let mut shape = Shape::flat(self.collection.geometry(row)?.clone());
        metres()?.shape(&mut shape).ok()?;
        Some(shape.geometry)
    }

    /// The middle of a row's place in metres.
    fn middle(&self, row: u32) -> Option<Coord<f64>> {
        let middle = self.collection.geometry(row)?.centroid()?;
        let (mut x, mut y) = ([middle.x()], [middle.y()]);
        metres()?.points(&mut x, &mut y).ok()?;
        Some(Coord { x: x[0], y: y[0] })
    }
}

/// From longitude and latitude to metres; `None` where PROJ has lost its data.
fn metres() -> Option<std::rc::Rc<Transform>> {
    Transform::between(&Crs::Crs84, &Crs::Epsg(EPSG_HANOI)).ok()
}

/// A geometry in metres as longitude and latitude, to a tenth of a millimetre: what is computed has no digits behind that.
pub fn lonlat(geometry: geo::Geometry<f64>) -> Option<Shape> {
    let mut shape = Shape::flat(geometry);
    Transform::between(&Crs::Epsg(EPSG_HANOI), &Crs::Crs84).ok()?.shape(&mut shape).ok()?;
    let round = |degrees: f64| (degrees * 1e9).round() / 1e9;
    shape.geometry.map_coords_in_place(|place| Coord { x: round(place.x), y: round(place.y) });
    Some(shape)
}

impl HotspotGround {
    /// The ground of a day with the pressure of each site on it.
    ///
    /// # Errors
    /// What a register says.
    pub fn of(
        inputs: &Inputs<'_>,
        formula: Formula,
        pressures: Vec<(SiteKey, Arc<Pressure>)>,
    ) -> Result<HotspotGround, StoreError> {
        let (sites, without_place) = sites(inputs, pressures)?;
        let units = units(inputs)?;
        let city = MultiPolygon(units.iter().flat_map(|(_, ground)| ground.0.iter().cloned()).collect());
        let (courses, named) = courses(inputs)?;
        let (outfalls, outfall_sites) = outfalls(inputs, &sites, &courses, &named)?;
        let parameters = Parameters::of(inputs.standards);
        let day = inputs.day();
        Ok(HotspotGround {
            day,
            formula,
            parameters,
            sites,
            without_place,
            units,
            city,
            courses,
            named,
            outfalls,
            outfall_sites,
        })
    }

    /// The waterways with the loads of the day.
    pub fn network(&self) -> Network {
        let reaching = Reaching { outfall: self.parameters.outfall_reach, join: self.parameters.join_reach };
        Network::new(&self.courses, &self.outfalls, reaching)
    }

    /// The largest uncertainty of a site's place, metres; `None` where all are surveyed.
    pub fn precision_m(&self) -> Option<f64> {
        self.sites.iter().filter_map(|site| site.precision_m).reduce(f64::max)
    }
}

fn sites(
    inputs: &Inputs<'_>,
    pressures: Vec<(SiteKey, Arc<Pressure>)>,
) -> Result<(Vec<GroundSite>, usize), StoreError> {
    let mut registers = HashMap::new();
    for kind in [SiteCollection::Clusters, SiteCollection::CraftVillages] {
        if let Some(register) = inputs.register(kind.as_str())? {
            registers.insert(kind, register);
        }
    }
    let count = pressures.len();
    let placed = pressures.into_iter().filter_map(|(key, pressure)| {
        let rows = Rows { collection: registers.get(&key.0)? };
        let row = rows.collection.find(&FeatureId::parse(&key.1).ok()?)?;
        Some(GroundSite {
            name: rows.text(row, "name_vi").unwrap_or_else(|| key.1.clone()),
            communes: rows.text(row, "commune_2025"),
            place: rows.middle(row)?,
            precision_m: rows.number(row, "position_precision_m"),
            key,
            pressure,
        })
    });
    let sites: Vec<_> = placed.collect();
    let without_place = count - sites.len();
    Ok((sites, without_place))
}

/// The communes that there were on the day; where there were none, the districts.
fn units(inputs: &Inputs<'_>) -> Result<Vec<(String, MultiPolygon<f64>)>, StoreError> {
    let Some(register) = inputs.register("admin_units")? else { return Ok(Vec::new()) };
    let rows = Rows { collection: &register };
    let holds = |row: &u32| register.holds_on(*row, inputs.day());
    let of_level = |level: &str| -> Vec<(String, MultiPolygon<f64>)> {
        let wanted = rows.all().filter(|row| rows.text(*row, "level").as_deref() == Some(level)).filter(holds);
        let unit = |row: u32| {
            let kind = rows.text(row, "unit_type").map(|kind| format!("{kind} ")).unwrap_or_default();
            let name = format!("{kind}{}", rows.text(row, "name_vi")?);
            let ground = match rows.shape(row)? {
                geo::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
                geo::Geometry::MultiPolygon(polygons) => polygons,
                _ => return None,
            };
            Some((name, ground))
        };
        wanted.filter_map(unit).collect()
    };
    let communes = of_level("commune");
    Ok(if communes.is_empty() { of_level("district") } else { communes })
}

fn courses(inputs: &Inputs<'_>) -> Result<(Vec<Course>, Vec<Named>), StoreError> {
    let Some(register) = inputs.register("waterways")? else { return Ok((Vec::new(), Vec::new())) };
    let rows = Rows { collection: &register };
    let course = |row: u32| {
        let parts = match rows.shape(row)? {
            geo::Geometry::LineString(line) => vec![line],
            geo::Geometry::MultiLineString(lines) => lines.0,
            _ => return None,
        };
        let id = rows.collection.id(row).to_owned();
        let named = Named {
            name: rows.text(row, "name_vi").unwrap_or_else(|| id.clone()),
            is_demo: rows.value(row, "is_demo").as_bool() == Some(true),
        };
        let (flows_into, q_m3s) = (rows.text(row, "flows_into"), rows.number(row, "q_m3s"));
        Some((Course { id, parts, flows_into, q_m3s }, named))
    };
    Ok(rows.all().filter_map(course).unzip())
}

/// Where the sites discharge: at their stations, else where they lie; into the water that the register names, if it is one.
fn outfalls(
    inputs: &Inputs<'_>,
    sites: &[GroundSite],
    courses: &[Course],
    named: &[Named],
) -> Result<(Vec<Outfall>, Vec<usize>), StoreError> {
    let stations = inputs.register("treatment_stations")?;
    let by_name: HashMap<String, &str> =
        named.iter().zip(courses).map(|(named, course)| (fold(&named.name), course.id.as_str())).collect();
    let of_station = |id: &str| {
        let rows = Rows { collection: stations.as_ref()? };
        let row = rows.collection.find(&FeatureId::parse(id).ok()?)?;
        let water = rows.text(row, "receiving_water_name").and_then(|name| by_name.get(&fold(&name)).copied());
        Some((rows.middle(row), water))
    };
    let mut outfalls = Vec::new();
    let mut of_sites = Vec::new();
    for (at, site) in sites.iter().enumerate() {
        for discharge in site.pressure.discharges.iter().filter(|discharge| discharge.load.high > 0.0) {
            let (place, water) = discharge.station.as_deref().and_then(of_station).unwrap_or((None, None));
            let course = water.map(str::to_owned);
            outfalls.push(Outfall { place: place.unwrap_or(site.place), course, load: discharge.load });
            of_sites.push(at);
        }
    }
    Ok((outfalls, of_sites))
}

/// A line of a reach as the register's geometry.
pub fn reach_shape(line: &LineString<f64>) -> Option<Shape> {
    lonlat(geo::Geometry::MultiLineString(geo::MultiLineString(vec![line.clone()])))
}
