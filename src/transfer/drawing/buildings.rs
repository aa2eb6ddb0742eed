//! Buildings of a drawing and those that are on record: none stands twice, none is lost that another plan shows too, and each
//! keeps its id while it stands where it stood.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::super::ImportError;
use super::PlanOptions;
use crate::domain::{Collection, FeatureId, Value};
use crate::plan::drawing::{Lot, Note, NoteKind, Taken};
use crate::store::among::Among;
use crate::store::{Row, Store, StoreError};
use crate::text::both;

/// The corners of an outline in millimetres, wherever it begins and whichever way it runs.
type Footprint = BTreeSet<(i64, i64)>;

/// What is on record of the buildings of one site beside a drawing of it.
#[derive(Default)]
pub struct OnRecord {
    /// Buildings that came with the plan's earlier drawing, by their outlines.
    earlier: HashMap<Footprint, FeatureId>,
    /// All ids of such buildings: a new one gets none of them.
    taken: BTreeSet<String>,
    /// Those of them that other plans show as well.
    shared: BTreeSet<String>,
    /// Buildings from elsewhere that the drawing shows too.
    known: Vec<String>,
}

impl OnRecord {
    /// Reads what is on record, and leaves out of a drawing what stands there already from elsewhere, drawn on the same
    /// millimetres: what an earlier plan or a survey says of it stays.
    ///
    /// # Errors
    /// What the store says.
    pub fn beside(
        store: &dyn Store,
        buildings: &Collection,
        taken: &mut Taken,
        options: &PlanOptions,
    ) -> Result<OnRecord, ImportError> {
        let mut found = OnRecord::default();
        if !store.collections()?.iter().any(|collection| collection.id == buildings.id) {
            return Ok(found);
        }
        let of_plan = buildings_of(&options.plan);
        store.scan_among(buildings, &of_plan, &mut |row| {
            found.taken.insert(row.id.to_string());
            if let Some(outline) = outline(&row) {
                found.earlier.insert(outline, row.id);
            }
            Ok(())
        })?;
        let mut elsewhere: HashMap<Footprint, String> = HashMap::new();
        store.scan_among(buildings, &of_site(&options.site.1), &mut |row| {
            if let Some(outline) = outline(&row).filter(|_| !found.taken.contains(row.id.as_str())) {
                elsewhere.insert(outline, row.id.to_string());
            }
            Ok(())
        })?;
        taken.plan.buildings.retain(|building| {
            let known = elsewhere.get(&footprint(&building.polygon));
            found.known.extend(known.cloned());
            known.is_none()
        });
        found.shared = shown_elsewhere(store, &options.plan)?.intersection(&found.taken).cloned().collect();
        let outlines: BTreeSet<Footprint> = taken.plan.buildings.iter().map(|of| footprint(&of.polygon)).collect();
        let kept = found
            .earlier
            .iter()
            .filter(|(outline, id)| found.shared.contains(id.as_str()) && !outlines.contains(*outline));
        let counts = [(NoteKind::KnownBuilding, found.known.len()), (NoteKind::SharedBuilding, kept.count())];
        for (kind, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let (layer, places, details) = (String::new(), Vec::new(), Vec::new());
            taken.notes.push(Note { kind, layer, count: count as u64, places, details });
        }
        Ok(found)
    }

    /// The ids of buildings of a plan, in their order: those of an earlier drawing where the outline is the same.
    ///
    /// # Errors
    /// Where a plan's id is too long for one.
    pub fn ids(&self, plan: &FeatureId, buildings: &[Lot]) -> Result<Vec<FeatureId>, ImportError> {
        let mut given: BTreeSet<String> = BTreeSet::new();
        let mut numbers = 1..;
        let mut id = |building: &Lot| {
            let earlier = self.earlier.get(&footprint(&building.polygon));
            if let Some(earlier) = earlier.filter(|id| given.insert(id.to_string())) {
                return Ok(earlier.clone());
            }
            let mut free = numbers.by_ref().map(|number: usize| format!("{plan}-building-{number:04}"));
            let id = free.find(|id| !self.taken.contains(id)).unwrap_or_default();
            FeatureId::parse(&id).map_err(|error| {
                ImportError::Plan(both!("'{id}' không thể là mã: {error}", "'{id}' cannot be an id: {error}"; error))
            })
        };
        buildings.iter().map(&mut id).collect()
    }

    /// Ids of buildings from elsewhere that the drawing shows too, as the plan keeps them with its notes.
    pub fn known(&self) -> &[String] {
        &self.known
    }
}

fn footprint(polygon: &geo::Polygon<f64>) -> Footprint {
    let millimetres = |value: f64| (value * 1000.0).round() as i64;
    polygon.exterior().coords().map(|at| (millimetres(at.x), millimetres(at.y))).collect()
}

/// The outline of a building that is an area.
fn outline(row: &Row) -> Option<Footprint> {
    match &row.shape.as_ref()?.geometry {
        geo::Geometry::Polygon(polygon) => Some(footprint(polygon)),
        _ => None,
    }
}

/// Buildings that came with a plan, which their ids say.
pub fn buildings_of(plan: &FeatureId) -> Among {
    Among::IdsFrom(format!("{plan}-building-"))
}

/// Plans or buildings of a site.
pub fn of_site(site: &FeatureId) -> Among {
    Among::Holding("site_id", site.to_string())
}

/// Ids of buildings that other plans show besides their own.
pub fn shown_elsewhere(store: &dyn Store, plan: &FeatureId) -> Result<BTreeSet<String>, StoreError> {
    let mut shown = BTreeSet::new();
    let Some(plans) = store.collections()?.into_iter().find(|collection| collection.id == "plans") else {
        return Ok(shown);
    };
    let Some(notes) = plans.stored_fields().position(|field| field.name == "intake_notes") else { return Ok(shown) };
    store.scan(&plans, &mut |row| {
        if row.id != *plan
            && let Some(Value::Text(text)) = row.values.get(notes)
            && let Ok(notes) = serde_json::from_str::<Vec<BTreeMap<String, Json>>>(text)
        {
            let ids = notes.iter().filter_map(|note| note.get("ids")?.as_array());
            shown.extend(ids.flatten().filter_map(Json::as_str).map(str::to_owned));
        }
        Ok(())
    })?;
    Ok(shown)
}
