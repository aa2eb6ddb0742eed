//! What the city calls things, and the one declaration of every collection.
//!
//! | Vietnamese | here |
//! |---|---|
//! | cụm công nghiệp (CCN) | industrial cluster, collection `clusters` |
//! | làng nghề | craft village, `craft_villages` |
//! | trạm xử lý nước thải tập trung | central wastewater treatment station, `treatment_stations` |
//! | mẫu nước thải, quan trắc | effluent sample, `effluent_samples` |
//! | hạ tầng kỹ thuật | (shared technical) infrastructure item, `infrastructure_items` |
//! | mốc tiến độ | milestone, `milestones` |
//! | vi phạm | violation, `violations` |
//! | quy hoạch chi tiết 1/500 | detailed plan at 1/500, `plans`; lô đất: parcel, `plan_parcels` |
//! | đơn vị hành chính | administrative unit, `admin_units` |
//! | nguồn tiếp nhận | receiving water, `waterways` |
//!
//! This module knows no IO and no wire format.

pub mod catalog;
pub mod feature;
pub mod frozen;
pub mod portrayal;
pub mod schema;

pub use feature::{Feature, FeatureId, Value};
pub use schema::{
    Code, Collection, DataType, Field, GeometryField, Kind, SITES, Temporal, Title, added_name, numbered_name,
};
