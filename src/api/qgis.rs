//! The QGIS project of the service.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, Response};

use super::reply::{Reply, send};
use super::{App, Ask};
use crate::geom::crs::EPSG_HANOI;
use crate::geom::reproject::Reprojection;
use crate::geom::{Crs, Envelope};
use crate::ogc::media_type::QGIS_PROJECT;
use crate::ogc::problem::Problem;
use crate::publish::Snapshot;
use crate::qgis::{View, qgz};

/// Collections whose places say what the map shows at first.
const SITES: [&str; 2] = ["clusters", "craft_villages"];

/// The project with every collection as a layer.
pub async fn project(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let snapshot = &ask.snapshot;
    let plane = Reprojection::between(&Crs::Crs84, &Crs::Epsg(EPSG_HANOI)).map_err(|_| Problem::Internal)?;
    let view = View {
        base: &ask.base,
        collections: snapshot
            .collections
            .iter()
            .map(|published| (&published.declaration, published.features()))
            .collect(),
        extent: extent(snapshot, &plane),
        sheet: sheet(snapshot, &plane),
    };
    let bytes = qgz(&view).map_err(|error| {
        tracing::error!(%error, "the QGIS project cannot be packed");
        Problem::Internal
    })?;
    let mut reply = Reply::document(QGIS_PROJECT, bytes);
    let name = HeaderValue::from_static("attachment; filename=\"langxanh.qgz\"");
    reply.headers = vec![(CONTENT_DISPOSITION, name)];
    Ok(send(&app, &ask.headers, reply).await)
}

/// The box around all sites in metres, or around everything where there are none.
fn extent(snapshot: &Snapshot, plane: &Reprojection) -> Option<Envelope> {
    let of = |wanted: fn(&str) -> bool| {
        let boxes = snapshot.collections.iter().filter(|c| wanted(&c.declaration.id)).filter_map(|c| c.extent);
        boxes.reduce(Envelope::union)
    };
    let degrees = of(|id| SITES.contains(&id)).or_else(|| of(|_| true))?;
    let (x0, y0) = plane.point(degrees.min_x, degrees.min_y).ok()?;
    let (x1, y1) = plane.point(degrees.max_x, degrees.max_y).ok()?;
    Envelope::new(x0, y0, x1, y1)
}

/// The middle of the first plan whose parcels are drawn, else of the first place of all.
fn sheet(snapshot: &Snapshot, plane: &Reprojection) -> Option<(f64, f64)> {
    let parcel = ["plan_parcels", "plans", "clusters"].iter().find_map(|id| {
        let collection = snapshot.collection(id)?;
        Envelope::of(collection.geometry(0)?)
    })?;
    plane.point((parcel.min_x + parcel.max_x) / 2.0, (parcel.min_y + parcel.max_y) / 2.0).ok()
}
