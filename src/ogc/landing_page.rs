//! The landing page.

use serde_json::{Value, json};

use super::link::{
    CONFORMANCE, DATA, FUNCTIONS, Link, SERVICE_DESC, SERVICE_DOC, STYLES, TILESETS, TILING_SCHEMES, link,
};
use super::media_type::{ATOM, CSV, GEO_JSON, HTML, JSON, OPENAPI, QGIS_PROJECT};
use super::processes::PROCESSES_REL;
use crate::publish::Unserved;

/// What the service is called.
pub const TITLE: &str =
    "langxanh: rà soát cụm công nghiệp và làng nghề / review of industrial clusters and craft villages";

/// What it is.
pub const DESCRIPTION: &str = "Cụm công nghiệp, làng nghề, trạm xử lý nước thải và quy hoạch 1/500, kèm kết quả rà soát tuân thủ. \
Dữ liệu có is_demo = true là minh họa. / Industrial clusters, craft villages, treatment stations and 1/500 plans with their \
compliance review. Data with is_demo = true are made up.";

/// The document; `links` are those of its own representations.
/// Tables that cannot be served are named.
pub fn document(base: &str, mut links: Vec<Link>, has_compliance: bool, unserved: &[Unserved]) -> Value {
    links.extend([
        link(format!("{base}/api"), SERVICE_DESC, OPENAPI, "OpenAPI 3.0"),
        link(format!("{base}/api.html"), SERVICE_DOC, HTML, "Tài liệu API / API documentation"),
        link(format!("{base}/conformance"), CONFORMANCE, JSON, "Các lớp tuân thủ OGC / Conformance classes"),
        link(format!("{base}/functions"), FUNCTIONS, JSON, "Hàm dùng trong điều kiện lọc / Functions for filters"),
        link(format!("{base}/collections"), DATA, JSON, "Các tập dữ liệu / Collections"),
        link(format!("{base}/collections?f=html"), DATA, HTML, "Các tập dữ liệu / Collections"),
        link(format!("{base}/tiles"), TILESETS, JSON, "Ô bản đồ vectơ / Vector tiles"),
        link(format!("{base}/tileMatrixSets"), TILING_SCHEMES, JSON, "Các lưới ô / Tile matrix sets"),
        link(format!("{base}/styles"), STYLES, JSON, "Kiểu bản đồ / Map styles"),
        link(format!("{base}/qgis/langxanh.qgz"), "related", QGIS_PROJECT, "Dự án QGIS / QGIS project"),
    ]);
    if has_compliance {
        let rules = format!("{base}/compliance/rules");
        links.push(link(rules, "related", JSON, "Các quy định được rà soát / Rules under review"));
        let pages = [
            ("targets", "Mục tiêu của kế hoạch / Targets of the plan"),
            ("duties", "Việc cần làm / Duties"),
            ("quality", "Chất lượng dữ liệu / Data quality"),
        ];
        for (page, title) in pages {
            let url = format!("{base}/compliance/{page}");
            links.push(link(format!("{url}?f=html"), "related", HTML, title));
            links.push(link(url, "related", JSON, title));
        }
        let hotspots = [
            ("hotspots", "Điểm nóng: chạy theo ý mình / Hotspots: a run of one's own", GEO_JSON),
            ("hotspots/pressure", "Áp lực từng cơ sở / Pressure of each site", JSON),
        ];
        for (page, title, media_type) in hotspots {
            let url = format!("{base}/{page}");
            links.push(link(format!("{url}?f=html"), "related", HTML, title));
            links.push(link(url, "related", media_type, title));
        }
        links.push(link(format!("{base}/processes"), PROCESSES_REL, JSON, "Tiến trình xử lý / Processes"));
        let plans = format!("{base}/plans");
        links.push(link(
            format!("{plans}?f=html"),
            "related",
            HTML,
            "Thẩm tra quy hoạch 1/500 / Reviews of 1/500 plans",
        ));
        links.push(link(plans, "related", JSON, "Thẩm tra quy hoạch 1/500 / Reviews of 1/500 plans"));
        let changes = format!("{base}/changes");
        links.push(link(format!("{changes}?f=html"), "related", HTML, "Lịch sử thay đổi / Changes"));
        links.push(link(changes, "related", JSON, "Lịch sử thay đổi / Changes"));
        let feed = format!("{base}/changes.atom");
        links.push(link(feed, "related", ATOM, "Theo dõi thay đổi / Changes, to be subscribed to"));
        let reports = format!("{base}/reports");
        links.push(link(format!("{reports}?f=html"), "related", HTML, "Báo cáo tháng / Monthly reports"));
        links.push(link(reports, "related", JSON, "Báo cáo tháng / Monthly reports"));
        links.push(link(format!("{base}/compare"), "related", HTML, "So sánh / Two side by side"));
        links.push(link(format!("{base}/quarters"), "related", JSON, "Các quý đã chốt / Signed quarters"));
        let outcomes = format!("{base}/compliance/outcomes?f=csv");
        links.push(link(outcomes, "related", CSV, "Kết quả từng quy định, tải về / Every outcome, for download"));
    }
    let mut document = json!({"title": TITLE, "description": DESCRIPTION, "links": links});
    if !unserved.is_empty() {
        let each = unserved.iter().map(|table| json!({"table": table.table, "reason": table.reason}));
        document["langxanh"] = json!({"unserved": each.collect::<Vec<_>>()});
    }
    document
}
