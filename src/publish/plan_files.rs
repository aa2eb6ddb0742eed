//! A plan with everything that belongs to it, as the layers of a drawing.

use super::Snapshot;
use super::collection::PublishedCollection;
use super::plans::{ReviewedPlan, rows};
use crate::domain::{Collection, FeatureId, catalog};
use crate::store::{Row, StoreError};

/// Rows of one collection that are of a plan.
type Layer = (Collection, Vec<Row>);

fn layer(register: &PublishedCollection, rows: impl Iterator<Item = u32>) -> Layer {
    let mut rows: Vec<Row> = rows.filter_map(|row| register.row(row)).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    (register.declaration.clone(), rows)
}

impl Snapshot {
    /// The layers of a plan as it was reviewed: itself, lots, lines, buildings, and what the review found. Not for the async
    /// runtime.
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed.
    pub fn plan_layers(&self, reviewed: &ReviewedPlan) -> Result<Vec<Layer>, StoreError> {
        let Some(registers) = self.plan_registers(reviewed.review.as_of)? else { return Ok(Vec::new()) };
        let plan = &reviewed.plan;
        let numbers = |register: &PublishedCollection, ids: &mut dyn Iterator<Item = &String>| -> Vec<u32> {
            ids.filter_map(|id| register.find(&FeatureId::parse(id).ok()?)).collect()
        };
        let of = |register: &PublishedCollection, ids: &mut dyn Iterator<Item = &String>| {
            layer(register, numbers(register, ids).into_iter())
        };
        let mut layers = vec![of(&registers.plans, &mut std::iter::once(&plan.row.id))];
        let parts = [&registers.parcels, &registers.lines].map(|part| part.register.as_ref());
        if let Some(parcels) = parts[0] {
            layers.push(of(parcels, &mut plan.parcels.iter().map(|parcel| &parcel.id)));
        }
        if let Some(lines) = parts[1] {
            layers.push(of(lines, &mut plan.lines.iter().map(|line| &line.id)));
        }
        if let Some(buildings) = &registers.buildings {
            layers.push(of(buildings, &mut plan.buildings.iter().map(|building| &building.id)));
        }
        if let Some(findings) = catalog::collection("plan_findings") {
            let found = rows(reviewed).into_iter().zip(1..);
            let found = found.map(|(found, fid)| Row { fid, id: found.id, values: found.values, shape: found.shape });
            layers.push((findings.clone(), found.collect()));
        }
        Ok(layers)
    }
}
