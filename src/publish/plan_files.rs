//! A plan with everything that belongs to it, as the layers of a drawing.

use super::Snapshot;
use super::collection::PublishedCollection;
use super::plans::{PlanError, ReviewedPlan, rows};
use crate::domain::{Collection, catalog};
use crate::store::Row;

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
    /// As [`Snapshot::reviewed_plan`].
    pub fn plan_layers(&self, reviewed: &ReviewedPlan) -> Result<Vec<Layer>, PlanError> {
        let parts = self.plan_rows(reviewed)?;
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let mut layers: Vec<Layer> =
            parts.iter().map(|(register, rows)| layer(register, rows.iter().copied())).collect();
        if let Some(findings) = catalog::collection("plan_findings") {
            let found = rows(reviewed).into_iter().zip(1..);
            let found = found.map(|(found, fid)| Row { fid, id: found.id, values: found.values, shape: found.shape });
            layers.push((findings.clone(), found.collect()));
        }
        Ok(layers)
    }
}
