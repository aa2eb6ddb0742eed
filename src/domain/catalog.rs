//! Every collection, declared once: ids, titles, fields, types, units, enumerations, CRS.
//!
//! From this the store makes its tables, import checks its rows, and OpenAPI, queryables, HTML, the map's legend and the
//! documentation are written. Names are those of the public contract: add to them, never change one.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::schema::{Code, Collection, DataType, Field, GeometryField, Kind, Temporal, Title};
use crate::geom::crs::EPSG_HANOI;
use crate::geom::{Crs, GeometryKind};

const fn code(code: &'static str, vi: &'static str, en: &'static str) -> Code {
    Code { code, title: Title { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) } }
}

/// Compliance, four-valued: unknown never counts as compliant.
pub const COMPLIANCE: &[Code] = &[
    code("compliant", "Đạt", "Compliant"),
    code("non_compliant", "Không đạt", "Non-compliant"),
    code("unknown", "Chưa rõ", "Unknown"),
    code("not_applicable", "Không áp dụng", "Not applicable"),
];

const CLUSTER_STATUS: &[Code] = &[
    code("planned", "Trong quy hoạch", "Planned"),
    code("established", "Đã thành lập", "Established"),
    code("under_construction", "Đang xây dựng", "Under construction"),
    code("operating", "Đang hoạt động", "Operating"),
];

const RECOGNITION: &[Code] = &[
    code("recognised", "Làng nghề được công nhận", "Recognised craft village"),
    code("traditional_trade", "Nghề truyền thống", "Traditional trade"),
    code("faded", "Mai một", "Faded"),
];

const CRAFT_GROUP: &[Code] = &[
    code("wood_furniture", "Đồ gỗ", "Wood and furniture"),
    code("bamboo_rattan", "Mây tre đan", "Bamboo and rattan"),
    code("food_processing", "Chế biến thực phẩm", "Food processing"),
    code("textile_garment", "Dệt may", "Textile and garment"),
    code("textile_dyeing", "Dệt nhuộm", "Textile dyeing"),
    code("metalworking", "Cơ kim khí", "Metalworking"),
    code("ceramics", "Gốm sứ", "Ceramics"),
    code("lacquer_fine_art", "Sơn mài, mỹ nghệ", "Lacquer and fine art"),
    code("recycling", "Tái chế", "Recycling"),
    code("leather", "Da giày", "Leather"),
    code("paper_incense", "Giấy, hương", "Paper and incense"),
    code("stone", "Đá", "Stone"),
    code("ornamental_plants", "Sinh vật cảnh", "Ornamental plants"),
    code("other", "Khác", "Other"),
];

const POLLUTION_CLASS: &[Code] = &[
    code("serious", "Ô nhiễm nghiêm trọng", "Seriously polluted"),
    code("polluted", "Ô nhiễm", "Polluted"),
    code("not_polluted", "Không ô nhiễm", "Not polluted"),
    code("unknown", "Chưa đánh giá", "Not assessed"),
];

const SITE_COLLECTION: &[Code] =
    &[code("clusters", "Cụm công nghiệp", "Cluster"), code("craft_villages", "Làng nghề", "Craft village")];

const STATION_STATUS: &[Code] = &[
    code("none", "Không có trạm", "No station"),
    code("planned", "Dự kiến", "Planned"),
    code("under_construction", "Đang xây dựng", "Under construction"),
    code("unfinished", "Dở dang", "Unfinished"),
    code("built_not_operating", "Đã xây, không vận hành", "Built, not operating"),
    code("trial", "Vận hành thử", "Trial operation"),
    code("operating", "Đang vận hành", "Operating"),
    code("unknown", "Chưa rõ", "Unknown"),
];

const EFFLUENT_STANDARD: &[Code] = &[
    code("QCVN40_2011", "QCVN 40:2011/BTNMT", "QCVN 40:2011/BTNMT (industrial)"),
    code("QCVN40_2025", "QCVN 40:2025/BTNMT", "QCVN 40:2025/BTNMT (industrial)"),
    code("QCVN14_2008", "QCVN 14:2008/BTNMT", "QCVN 14:2008/BTNMT (domestic)"),
    code("QCVN14_2025", "QCVN 14:2025/BTNMT", "QCVN 14:2025/BTNMT (domestic)"),
    code("QCTDHN02_2014", "QCTĐHN 02:2014/BTNMT", "QCTĐHN 02:2014/BTNMT (Hanoi)"),
    code("OTHER", "Quy chuẩn khác", "Another standard"),
];

const EFFLUENT_COLUMN: &[Code] =
    &[code("A", "Cột A", "Column A"), code("B", "Cột B", "Column B"), code("C", "Cột C", "Column C")];

const RECEIVING_KIND: &[Code] = &[
    code("river", "Sông, suối", "River or stream"),
    code("canal", "Kênh, mương", "Canal"),
    code("lake", "Hồ, ao, đầm", "Lake or pond"),
    code("urban_drain", "Hệ thống thoát nước đô thị", "Urban drain"),
    code("coastal", "Vùng nước biển ven bờ", "Coastal water"),
    code("coastal_protected", "Vùng bảo vệ thủy sinh, thể thao nước", "Coastal water for aquatic life or water sport"),
    code("coastal_other", "Vùng nước biển ven bờ khác", "Other coastal water"),
];

/// Size of the premises, which decides K of QCVN 14:2008.
const PREMISES: &[Code] = &[code("large", "Quy mô lớn", "Large"), code("small", "Quy mô nhỏ", "Small")];

const PERMIT_STATUS: &[Code] = &[
    code("granted", "Đã cấp", "Granted"),
    code("none", "Không có giấy phép", "No permit"),
    code("revoked", "Đã thu hồi", "Revoked"),
    code("unknown", "Chưa rõ", "Unknown"),
];

const AUTO_MONITORING_STATUS: &[Code] = &[
    code("connected", "Đã truyền số liệu", "Connected"),
    code("not_connected", "Đã lắp, chưa truyền", "Installed, not connected"),
    code("none", "Chưa lắp", "None"),
    code("unknown", "Chưa rõ", "Unknown"),
];

const CENSORING: &[Code] = &[
    code("none", "Giá trị đo", "Measured"),
    code("lt", "Nhỏ hơn giới hạn", "Below the stated limit"),
    code("nd", "Không phát hiện (KPH)", "Not detected"),
];

/// The 13 items of Decree 68/2017 and fire protection of Decree 32/2024.
pub const INFRASTRUCTURE_ITEM: &[Code] = &[
    code("ROAD", "Giao thông nội bộ", "Internal roads"),
    code("PAVE", "Vỉa hè", "Pavements"),
    code("GREEN", "Cây xanh", "Greenery"),
    code("WATER", "Cấp nước", "Water supply"),
    code("DRAIN", "Thoát nước", "Drainage"),
    code("WWTP", "Xử lý nước thải", "Wastewater treatment"),
    code("SOLID", "Chất thải rắn", "Solid waste"),
    code("POWER", "Cấp điện", "Electricity supply"),
    code("LIGHT", "Chiếu sáng công cộng", "Public lighting"),
    code("COMMS", "Thông tin liên lạc nội bộ", "Internal communications"),
    code("ADMIN", "Nhà điều hành", "Operator house"),
    code("FENCE", "Tường rào bảo vệ", "Guard wall or fence"),
    code("OTHER", "Công trình khác", "Other works"),
    code("FIRE", "Phòng cháy chữa cháy", "Fire protection"),
];

const ITEM_STATUS: &[Code] = &[
    code("complete", "Hoàn thành", "Complete"),
    code("partial", "Một phần", "Partial"),
    code("under_construction", "Đang xây dựng", "Under construction"),
    code("planned", "Dự kiến", "Planned"),
    code("missing", "Chưa có", "Missing"),
    code("not_required", "Không yêu cầu", "Not required"),
    code("unknown", "Chưa rõ", "Unknown"),
];

/// Who pays for a work.
const BUDGET_LEVEL: &[Code] = &[
    code("city", "Ngân sách thành phố", "City budget"),
    code("district", "Ngân sách quận, huyện (trước 7/2025)", "District budget (before July 2025)"),
    code("commune", "Ngân sách xã, phường", "Commune budget"),
    code("investor", "Chủ đầu tư", "Infrastructure investor"),
    code("other", "Khác", "Other"),
];

/// How a station treats, which decides its safety distance (QCVN 01:2021/BXD Table 2.22).
const TREATMENT_KIND: &[Code] = &[
    code("pumping_station", "Trạm bơm nước thải", "Pumping station"),
    code("sludge_drying_beds", "Có sân phơi bùn", "With sludge drying beds"),
    code("mechanical_with_sludge_treatment", "Cơ học, có sấy hoặc xử lý bùn", "Mechanical with sludge treatment"),
    code(
        "mechanical_physicochemical_biological",
        "Cơ học, hóa lý và sinh học",
        "Mechanical, physico-chemical and biological",
    ),
    code("enclosed_with_odour_treatment", "Khép kín, có xử lý mùi", "Enclosed, with odour treatment"),
    code("underground_filtration_field", "Bãi lọc ngầm", "Underground filtration field"),
    code("irrigation_field", "Cánh đồng tưới, lọc", "Irrigation field"),
    code("biological_pond", "Hồ sinh học", "Biological pond"),
    code("oxidation_ditch", "Mương oxy hóa", "Oxidation ditch"),
];

const FENCE_SIDE: &[Code] =
    &[code("inside", "Trong hàng rào", "Inside the fence"), code("outside", "Ngoài hàng rào", "Outside the fence")];

const MILESTONE: &[Code] = &[
    code("founded", "Thành lập", "Founded"),
    code("expanded", "Mở rộng", "Expanded"),
    code("plan_approved", "Phê duyệt quy hoạch 1/500", "1/500 plan approved"),
    code("land_handed_over", "Bàn giao mặt bằng", "Land handed over"),
    code("ground_broken", "Khởi công", "Ground broken"),
    code("construction_completed", "Hoàn thành hạ tầng", "Infrastructure completed"),
    code("in_operation", "Đi vào hoạt động", "In operation"),
];

const VIOLATION_KIND: &[Code] = &[
    code("land_use", "Sử dụng đất sai mục đích", "Land used against its purpose"),
    code("illegal_construction", "Xây dựng trái phép", "Illegal construction"),
    code("effluent_exceedance", "Xả thải vượt quy chuẩn", "Effluent over the limit"),
    code("no_connection", "Chưa đấu nối nước thải", "Not connected"),
    code("storm_drain_discharge", "Xả vào hệ thống thoát nước mưa", "Discharge into the storm drain"),
    code("no_permit", "Không có giấy phép môi trường", "No environmental permit"),
    code("no_auto_monitoring", "Không quan trắc tự động", "No automatic monitoring"),
    code("schedule_delay", "Chậm tiến độ", "Schedule delay"),
    code("other", "Khác", "Other"),
];

const PLAN_DECISION: &[Code] = &[code("accepted", "Chấp nhận", "Accepted"), code("dismissed", "Bỏ qua", "Dismissed")];

const VIOLATION_STATUS: &[Code] = &[
    code("detected", "Phát hiện", "Detected"),
    code("proposed", "Đề xuất xử lý", "Handling proposed"),
    code("decided", "Đã có quyết định", "Decided"),
    code("remedied", "Đã khắc phục", "Remedied"),
    code("appealed", "Khiếu nại", "Appealed"),
];

/// State of a 1/500 plan; `none` stands only in the attached attribute of a site.
pub const PLAN_STATUS: &[Code] = &[
    code("none", "Chưa lập", "None"),
    code("draft", "Đang lập", "Draft"),
    code("submitted", "Đã trình", "Submitted"),
    code("approved", "Đã phê duyệt", "Approved"),
    code("rejected", "Bị trả lại", "Rejected"),
];

const LAND_USE: &[Code] = &[
    code("CN", "Đất sản xuất công nghiệp, kho bãi", "Industrial and warehouse"),
    code("DV", "Đất dịch vụ, điều hành", "Services, administration"),
    code("CX", "Đất cây xanh", "Green"),
    code("MN", "Mặt nước", "Water surface"),
    code("GT", "Đất giao thông", "Roads"),
    code("P", "Bãi đỗ xe", "Parking"),
    code("HTKT", "Hạ tầng kỹ thuật", "Technical infrastructure"),
    code("AN", "An ninh", "Security"),
    code("NT", "Nghĩa trang", "Cemetery"),
];

/// What a line of a 1/500 plan is.
const PLAN_LINE_KIND: &[Code] = &[
    code("red_line", "Chỉ giới đường đỏ", "Red line"),
    code("building_line", "Chỉ giới xây dựng", "Building line"),
    code("easement", "Hành lang bảo vệ", "Easement"),
    code("road_centre", "Tim đường", "Road centre line"),
    code("road_edge", "Mép đường", "Road edge"),
    code("utility", "Tuyến hạ tầng kỹ thuật", "Utility line"),
    code("fence", "Tường rào", "Fence"),
    code("other", "Khác", "Other"),
];

const ADMIN_LEVEL: &[Code] =
    &[code("district", "Quận, huyện, thị xã", "District"), code("commune", "Xã, phường", "Commune or ward")];

const UNIT_RELATION: &[Code] = &[
    code("whole", "Toàn bộ", "Whole"),
    code("part", "Một phần", "Part"),
    code("part_area_all_population", "Một phần diện tích, toàn bộ dân số", "Part of the area, all of the population"),
    code("part_area_no_population", "Một phần diện tích, không dân số", "Part of the area, none of the population"),
    code("remainder", "Phần còn lại", "Remainder"),
];

const WATERWAY_KIND: &[Code] =
    &[code("river", "Sông", "River"), code("canal", "Kênh, mương", "Canal"), code("stream", "Suối", "Stream")];

const FINDING_SEVERITY: &[Code] =
    &[code("error", "Lỗi", "Error"), code("warning", "Cảnh báo", "Warning"), code("info", "Thông tin", "Information")];

const VERDICT: &[Code] = &[
    code("fail", "Không đạt", "Fail"),
    code("undetermined", "Chưa kết luận được", "Undetermined"),
    code("unknown", "Chưa rõ", "Unknown"),
];

const HOTSPOT_CLASS: &[Code] = &[
    code("hot_99", "Điểm nóng (99%)", "Hot spot (99%)"),
    code("hot_95", "Điểm nóng (95%)", "Hot spot (95%)"),
    code("hot_90", "Điểm nóng (90%)", "Hot spot (90%)"),
    code("none", "Không có ý nghĩa thống kê", "Not significant"),
    code("cold_90", "Điểm lạnh (90%)", "Cold spot (90%)"),
    code("cold_95", "Điểm lạnh (95%)", "Cold spot (95%)"),
    code("cold_99", "Điểm lạnh (99%)", "Cold spot (99%)"),
];

/// How a hotspot has come about over the quarters.
const HOTSPOT_TREND: &[Code] = &[
    code("new", "Mới xuất hiện", "New"),
    code("consecutive", "Liên tiếp gần đây", "Consecutive"),
    code("intensifying", "Đang nặng thêm", "Intensifying"),
    code("persistent", "Kéo dài", "Persistent"),
    code("diminishing", "Đang giảm", "Diminishing"),
    code("sporadic", "Lúc có lúc không", "Sporadic"),
    code("oscillating", "Lúc nóng lúc lạnh", "Oscillating"),
    code("historical", "Đã từng là điểm nóng", "Historical"),
    code("none", "Không rõ xu hướng", "No pattern"),
];

/// A field under construction; the chain reads as its declaration.
struct FieldBuilder(Field);

fn field(name: &'static str, data_type: DataType, vi: &'static str, en: &'static str) -> FieldBuilder {
    FieldBuilder(Field { title: Title::new(vi, en), ..Field::plain(name, data_type) })
}

fn text(name: &'static str, vi: &'static str, en: &'static str) -> FieldBuilder {
    field(name, DataType::Text, vi, en)
}

fn integer(name: &'static str, vi: &'static str, en: &'static str) -> FieldBuilder {
    field(name, DataType::Integer, vi, en)
}

fn quantity(name: &'static str, unit: &'static str, vi: &'static str, en: &'static str) -> FieldBuilder {
    FieldBuilder(Field { unit: Some(unit), ..field(name, DataType::Number, vi, en).0 })
}

fn date(name: &'static str, vi: &'static str, en: &'static str) -> FieldBuilder {
    field(name, DataType::Date, vi, en)
}

fn flag(name: &'static str, vi: &'static str, en: &'static str) -> FieldBuilder {
    field(name, DataType::Boolean, vi, en)
}

fn coded(name: &'static str, codes: &'static [Code], vi: &'static str, en: &'static str) -> FieldBuilder {
    FieldBuilder(Field { codes, ..text(name, vi, en).0 })
}

impl FieldBuilder {
    fn required(mut self) -> FieldBuilder {
        self.0.required = true;
        self
    }

    fn derived(mut self) -> FieldBuilder {
        self.0.derived = true;
        self
    }

    fn of(mut self, collection: &'static str) -> FieldBuilder {
        self.0.references = Some(collection);
        self
    }
}

/// A collection under construction.
struct Builder(Collection);

fn register(id: &'static str, vi: &'static str, en: &'static str) -> Builder {
    Builder(Collection {
        id: id.to_owned(),
        title: Title::new(vi, en),
        description: Title::new("", ""),
        kind: Kind::Register,
        has_ids: true,
        geometry: None,
        fields: Vec::new(),
        temporal: None,
    })
}

fn computed(id: &'static str, vi: &'static str, en: &'static str) -> Builder {
    let mut builder = register(id, vi, en);
    builder.0.kind = Kind::Derived;
    builder
}

impl Builder {
    fn about(mut self, vi: &'static str, en: &'static str) -> Builder {
        self.0.description = Title::new(vi, en);
        self
    }

    fn shape(mut self, kind: GeometryKind, crs: Crs) -> Builder {
        self.0.geometry = Some(GeometryField { name: "geom".to_owned(), kind, crs, has_z: false });
        self
    }

    fn fields(mut self, fields: impl IntoIterator<Item = FieldBuilder>) -> Builder {
        self.0.fields.extend(fields.into_iter().map(|builder| builder.0));
        self
    }

    fn instant(mut self, field: &str) -> Builder {
        self.0.temporal = Some(Temporal::Instant(field.to_owned()));
        self
    }

    fn interval(mut self, start: &str, end: &str) -> Builder {
        self.0.temporal = Some(Temporal::Interval(start.to_owned(), end.to_owned()));
        self
    }

    /// Where a row comes from: every register row carries this.
    fn provenance(self) -> Builder {
        self.fields([
            text("source", "Nguồn", "Source"),
            date("source_date", "Ngày của nguồn", "Date of the source"),
            flag("is_demo", "Dữ liệu minh họa", "Made up for the sample"),
        ])
    }

    /// Of which day a computed row holds, and whether it rests on made-up data.
    fn of_a_day(self) -> Builder {
        self.fields([
            date("computed_for", "Tính cho ngày", "Computed for"),
            flag("demo_data", "Có dữ liệu minh họa", "Rests on made-up data"),
        ])
    }

    /// How hard sites press, as an interval with its middle.
    fn pressure(self) -> Builder {
        self.fields([
            field("pressure", DataType::Number, "Chỉ số áp lực", "Pressure index"),
            field("pressure_low", DataType::Number, "Áp lực, cận dưới", "Pressure, low end"),
            field("pressure_high", DataType::Number, "Áp lực, cận trên", "Pressure, high end"),
        ])
    }

    /// How far the drawn place can be from the true one: registers of places carry this.
    fn placed(self) -> Builder {
        self.fields([quantity(
            "position_precision_m",
            "m",
            "Sai số vị trí (để trống nếu đo đạc)",
            "Position precision (empty where surveyed)",
        )])
    }

    /// The site that a row belongs to.
    fn of_site(self) -> Builder {
        self.fields([
            coded("site_collection", SITE_COLLECTION, "Loại cơ sở", "Kind of site"),
            text("site_id", "Mã cơ sở", "Site id").required(),
        ])
    }

    fn units(self) -> Builder {
        self.fields([
            text("commune_legacy", "Xã, phường (trước 7/2025)", "Commune before July 2025"),
            text("district_legacy", "Quận, huyện (trước 7/2025)", "District before July 2025"),
            text("commune_2025", "Xã, phường", "Commune"),
            text("commune_2025_code", "Mã xã, phường", "Commune code"),
        ])
    }

    /// How a site keeps its environment, as the law asks of it.
    fn environment(self) -> Builder {
        self.fields([
            quantity("wastewater_m3_day", "m3/d", "Nước thải phát sinh", "Wastewater generated"),
            flag("has_incident_works", "Có công trình phòng ngừa sự cố", "Has incident-prevention works"),
            integer("env_staff", "Số cán bộ môi trường", "Environmental officers"),
            date("env_regulation_on", "Quy chế bảo vệ môi trường ngày", "Environmental regulation issued on"),
            integer(
                "env_report_year",
                "Năm của báo cáo môi trường gần nhất",
                "Year of the newest environmental report",
            ),
        ])
    }

    /// The compliance attributes that publish attaches to sites.
    fn compliance(self) -> Builder {
        self.fields(
            [
                coded("compliance_status", COMPLIANCE, "Tuân thủ", "Compliance"),
                coded("detail_status", COMPLIANCE, "Tuân thủ (quy định khác)", "Compliance with other rules"),
                date("compliance_as_of", "Đánh giá tại ngày", "Assessed as of"),
                text("breached_rules", "Quy định bị vi phạm", "Breached rules"),
                text("unknown_rules", "Quy định chưa rõ", "Unknown rules"),
                coded("wastewater_status", COMPLIANCE, "Nước thải", "Wastewater"),
                text("effluent_worst_parameter", "Thông số vượt nhiều nhất", "Worst effluent parameter"),
                quantity("effluent_worst_ratio", "1", "Giá trị / Cmax lớn nhất", "Largest value / Cmax"),
                date("effluent_sampled_on", "Ngày lấy mẫu mới nhất", "Newest effluent sample"),
                integer("infrastructure_done", "Hạng mục hạ tầng hoàn thành", "Infrastructure items complete"),
                integer("infrastructure_total", "Hạng mục hạ tầng phải có", "Infrastructure items required"),
                coded("plan_500_status", PLAN_STATUS, "Quy hoạch 1/500", "1/500 plan"),
                quantity("land_handed_over_pct", "%", "Mặt bằng đã bàn giao", "Land handed over"),
                integer("open_violations", "Vi phạm chưa xử lý xong", "Open violations"),
                flag("demo_data", "Có dữ liệu minh họa", "Rests on made-up data"),
            ]
            .map(FieldBuilder::derived),
        )
    }
}

fn declare() -> Vec<Collection> {
    use GeometryKind as K;
    const PLACES: Crs = Crs::Epsg(4326);
    const SURVEY: Crs = Crs::Epsg(EPSG_HANOI);
    let all = [
        register("clusters", "Cụm công nghiệp", "Industrial clusters")
            .about(
                "Cụm công nghiệp của thành phố, kèm kết quả rà soát tuân thủ. Ranh giới có dấu is_demo là hình vẽ minh họa.",
                "Industrial clusters of the city with their compliance review. Boundaries marked is_demo are drawn, not surveyed.",
            )
            .shape(K::MultiPolygon, PLACES)
            .fields([
                text("name_vi", "Tên", "Name").required(),
                coded("status", CLUSTER_STATUS, "Tình trạng", "Status"),
                quantity("area_ha", "har", "Diện tích", "Area"),
            ])
            .units()
            .fields([
                integer("established_year", "Năm thành lập", "Year established"),
                date("established_on", "Ngày thành lập", "Established on"),
                date("construction_started_on", "Ngày khởi công", "Construction started on"),
                text("investor", "Chủ đầu tư hạ tầng", "Infrastructure investor"),
                text("main_trade", "Ngành nghề chính", "Main trades"),
                text("decision", "Quyết định", "Decision"),
                flag("is_craft_village_cluster", "Cụm công nghiệp làng nghề", "Craft-village cluster"),
                flag("is_mountainous", "Thuộc địa bàn miền núi", "In a mountainous district"),
                flag("in_provincial_scheme", "Có trong phương án phát triển CCN", "In the provincial scheme"),
                text("scheme_decision", "Quyết định phê duyệt phương án", "Decision on the provincial scheme"),
                quantity("industrial_ha", "har", "Đất công nghiệp", "Industrial land"),
                quantity("leased_industrial_ha", "har", "Đất công nghiệp đã cho thuê", "Industrial land leased"),
                quantity("craft_industrial_ha", "har", "Đất cho cơ sở làng nghề", "Industrial land for craft villages"),
                quantity("green_ha", "har", "Đất cây xanh", "Green land"),
                integer("resident_households", "Số hộ dân trong ranh giới", "Households inside the boundary"),
                quantity("land_required_ha", "har", "Diện tích phải giải phóng mặt bằng", "Land to be cleared"),
                quantity("land_cleared_ha", "har", "Diện tích đã giải phóng mặt bằng", "Land cleared"),
                quantity("investor_score", "1", "Điểm lựa chọn chủ đầu tư", "Score of the investor"),
                date("unleased_land_published_on", "Công khai quỹ đất ngày", "Unleased land published on"),
                date("newest_project_on", "Dự án có nước thải mới nhất", "Newest project with wastewater"),
                integer("establishments_total", "Số cơ sở sản xuất", "Establishments"),
                integer("establishments_exempt", "Số cơ sở được miễn đấu nối", "Establishments exempt from connection"),
                integer("establishments_connected", "Số cơ sở đã đấu nối", "Establishments connected"),
            ])
            .environment()
            .fields([
                text("confidence", "Độ tin cậy", "Confidence"),
                text("notes", "Ghi chú", "Notes"),
            ])
            .placed()
            .provenance()
            .compliance()
            .instant("established_on"),
        register("craft_villages", "Làng nghề", "Craft villages")
            .about(
                "Làng nghề và làng có nghề, kèm kết quả rà soát tuân thủ. Vị trí là tâm xã, phường, không phải vị trí thật.",
                "Craft villages with their compliance review. Places are centroids of communes, not the true position.",
            )
            .shape(K::Point, PLACES)
            .fields([
                text("name_vi", "Tên", "Name").required(),
                coded("craft_group", CRAFT_GROUP, "Nhóm nghề", "Craft group"),
                text("trade_vi", "Nghề", "Trade"),
                coded("recognition", RECOGNITION, "Công nhận", "Recognition"),
                text("recognition_confidence", "Độ tin cậy của việc công nhận", "Confidence of the recognition"),
            ])
            .units()
            .fields([
                coded("pollution_class", POLLUTION_CLASS, "Mức ô nhiễm", "Pollution class"),
                coded("pollution_class_water", POLLUTION_CLASS, "Mức ô nhiễm nước", "Pollution class, water"),
                coded("pollution_class_air", POLLUTION_CLASS, "Mức ô nhiễm không khí", "Pollution class, air"),
                coded("pollution_class_soil", POLLUTION_CLASS, "Mức ô nhiễm đất", "Pollution class, soil"),
                integer("pollution_class_year", "Năm đánh giá ô nhiễm", "Year of the pollution class"),
                text("pollution_report", "Báo chí phản ánh (không phải phân loại)", "Press report (no legal class)"),
                flag(
                    "central_treatment_required",
                    "Phải xử lý nước thải tập trung",
                    "Central wastewater treatment required",
                ),
                integer("households_total", "Số hộ", "Households"),
                integer("households_in_trade", "Số hộ làm nghề", "Households in the trade"),
                integer("trade_since_year", "Làm nghề ổn định từ năm", "In the trade since"),
                date("env_plan_approved_on", "Phương án bảo vệ môi trường ngày", "Environmental plan approved on"),
                flag("has_self_management", "Có tổ chức tự quản về môi trường", "Has an environmental self-management body"),
                flag("has_wastewater_collection", "Có thu gom nước thải", "Wastewater is collected"),
                flag("has_rainwater_collection", "Có thu gom nước mưa", "Rainwater is collected"),
                flag("has_solid_waste_point", "Có điểm tập kết chất thải rắn", "Has a solid-waste point"),
                flag("is_discouraged_trade", "Ngành nghề không khuyến khích", "Discouraged trade"),
                integer("households_with_wastewater", "Số hộ có nước thải", "Households with wastewater"),
                integer("households_treating", "Số hộ có xử lý tại chỗ", "Households that treat on site"),
            ])
            .environment()
            .fields([
                text("confidence", "Độ tin cậy", "Confidence"),
                text("notes", "Ghi chú", "Notes"),
            ])
            .placed()
            .provenance()
            .compliance(),
        register("treatment_stations", "Trạm xử lý nước thải", "Wastewater treatment stations")
            .about(
                "Trạm xử lý nước thải tập trung và điểm xả, với quy chuẩn, cột và hệ số theo giấy phép.",
                "Central wastewater treatment stations and their discharge points, with standard, column and coefficients of the permit.",
            )
            .shape(K::Point, PLACES)
            .of_site()
            .fields([
                text("name_vi", "Tên", "Name"),
                coded("status", STATION_STATUS, "Tình trạng", "Status"),
                date("status_date", "Tình trạng tại ngày", "Status as of"),
                coded("treatment_kind", TREATMENT_KIND, "Công nghệ xử lý", "Kind of treatment"),
                quantity("capacity_m3_day", "m3/d", "Công suất thiết kế", "Design capacity"),
                quantity("inflow_m3_day", "m3/d", "Lưu lượng vào", "Inflow"),
                date("commissioned_on", "Ngày vận hành", "Commissioned on"),
                coded("effluent_standard", EFFLUENT_STANDARD, "Quy chuẩn xả thải", "Effluent standard"),
                coded("effluent_column", EFFLUENT_COLUMN, "Cột", "Column"),
                text("permit_parameters", "Thông số phải quan trắc theo giấy phép", "Parameters the permit requires"),
                text("receiving_water_name", "Nguồn tiếp nhận", "Receiving water"),
                coded("receiving_kind", RECEIVING_KIND, "Loại nguồn tiếp nhận", "Kind of receiving water"),
                flag("receiving_is_saline", "Nước mặn, nước lợ", "Saline or brackish"),
                quantity("q_m3s", "m3/s", "Lưu lượng sông Q", "River flow Q"),
                text("q_source", "Nguồn của Q", "Source of Q"),
                quantity("v_1e6_m3", "10*6.m3", "Dung tích hồ V", "Lake volume V"),
                quantity("f_m3_day_permit", "m3/d", "Lưu lượng xả theo giấy phép F", "Permitted discharge F"),
                coded("premises", PREMISES, "Quy mô cơ sở (QCVN 14)", "Size of the premises (QCVN 14)"),
                coded("env_permit_status", PERMIT_STATUS, "Giấy phép môi trường", "Environmental permit"),
                text("env_permit_no", "Số giấy phép", "Permit number"),
                date("env_permit_issued_on", "Ngày cấp phép", "Permit issued on"),
                date("env_permit_expires_on", "Giấy phép hết hạn", "Permit expires on"),
                coded("auto_monitoring_status", AUTO_MONITORING_STATUS, "Quan trắc tự động", "Automatic monitoring"),
                date("auto_monitoring_since", "Quan trắc tự động từ", "Automatic monitoring since"),
                flag("discharges_to_storm_drain", "Xả vào hệ thống thoát nước mưa", "Discharges into the storm drain"),
                flag("has_power_meter", "Có công tơ điện độc lập", "Has an electricity meter of its own"),
                date("operation_log_since", "Nhật ký vận hành từ", "Operation log kept since"),
                flag("is_sludge_handled", "Bùn được thu gom, xử lý", "Sludge is handled"),
                text("inlet_standard", "Tiêu chuẩn nước thải đầu vào", "Inlet standard"),
                quantity("nearest_housing_m", "m", "Khoảng cách tới nhà ở gần nhất", "Distance to the nearest housing"),
                flag("is_upwind", "Ở đầu hướng gió hoặc dòng chảy", "Upwind or upstream of housing"),
                text("notes", "Ghi chú", "Notes"),
            ])
            .placed()
            .provenance()
            .instant("commissioned_on"),
        register("effluent_samples", "Mẫu nước thải", "Effluent samples")
            .about(
                "Mỗi dòng là một thông số của một mẫu tại đầu ra của trạm.",
                "One row is one parameter of one sample at the outlet of a station.",
            )
            .shape(K::Point, PLACES)
            .fields([
                text("station_id", "Mã trạm", "Station id").required().of("treatment_stations"),
                date("sample_date", "Ngày lấy mẫu", "Sampled on").required(),
                text("sample_point", "Vị trí lấy mẫu", "Sample point"),
                text("parameter_code", "Thông số", "Parameter").required(),
                text("value_reported", "Giá trị ghi trong phiếu", "Value as reported"),
                field("value", DataType::Number, "Giá trị", "Value"),
                coded("censored", CENSORING, "Kiểm duyệt", "Censoring"),
                field("detection_limit", DataType::Number, "Giới hạn phát hiện", "Detection limit"),
                text("unit", "Đơn vị", "Unit"),
                quantity("averaging_period_h", "h", "Thời gian lấy trung bình", "Averaging period"),
                text("lab", "Phòng thí nghiệm", "Laboratory"),
                text("report_no", "Số phiếu kết quả", "Report number"),
            ])
            .placed()
            .provenance()
            .instant("sample_date"),
        register("infrastructure_items", "Hạng mục hạ tầng", "Infrastructure items")
            .about("13 hạng mục hạ tầng kỹ thuật của mỗi cơ sở.", "The 13 infrastructure items of each site.")
            .of_site()
            .fields([
                coded("item_code", INFRASTRUCTURE_ITEM, "Hạng mục", "Item").required(),
                coded("status", ITEM_STATUS, "Tình trạng", "Status"),
                coded("fence_side", FENCE_SIDE, "Trong / ngoài hàng rào", "Side of the fence"),
                quantity("built_pct", "%", "Đã xây", "Built"),
                date("state_date", "Tại ngày", "State as of"),
                coded("budget_level", BUDGET_LEVEL, "Cấp ngân sách", "Budget level"),
                integer("budget_year", "Năm bố trí vốn", "Budget year"),
                quantity("cost_vnd", "VND", "Kinh phí", "Cost"),
            ])
            .provenance()
            .instant("state_date"),
        register("milestones", "Mốc tiến độ", "Milestones")
            .about("Các bước có ngày của một cơ sở, kế hoạch và thực tế.", "Dated steps of a site, planned and actual.")
            .of_site()
            .fields([
                coded("milestone", MILESTONE, "Mốc", "Milestone").required(),
                date("planned_on", "Kế hoạch", "Planned on"),
                date("actual_on", "Thực tế", "Actual on"),
                quantity("land_handed_over_pct", "%", "Mặt bằng đã bàn giao", "Land handed over"),
                text("decision", "Quyết định", "Decision"),
                quantity("fill_pct", "%", "Tỷ lệ lấp đầy khi quyết định", "Fill ratio at the decision"),
                quantity("unleased_ha", "har", "Đất công nghiệp chưa cho thuê khi quyết định", "Unleased land at the decision"),
                flag("demand_exceeds_remaining", "Nhu cầu vượt quỹ đất còn lại", "Demand exceeds the remaining land"),
                flag("infrastructure_ready", "Hạ tầng thiết yếu đã hoàn thành", "Essential infrastructure works"),
                text("blocking_step", "Vướng mắc", "Blocking step"),
            ])
            .provenance()
            .instant("actual_on"),
        register("violations", "Vi phạm", "Violations")
            .about(
                "Vi phạm đã ghi nhận: đất đai, xây dựng, môi trường.",
                "Recorded breaches: land use, building, environment.",
            )
            .shape(K::Geometry, PLACES)
            .of_site()
            .fields([
                coded("violation_kind", VIOLATION_KIND, "Loại vi phạm", "Kind").required(),
                coded("status", VIOLATION_STATUS, "Tình trạng xử lý", "Status"),
                date("opened_on", "Ngày phát hiện", "Opened on"),
                date("closed_on", "Ngày xử lý xong", "Closed on"),
                text("legal_basis", "Căn cứ", "Legal basis"),
                text("decision_no", "Số quyết định", "Decision number"),
                quantity("fine_vnd", "VND", "Tiền phạt", "Fine"),
                text("remedy", "Biện pháp khắc phục", "Remedy"),
                date("deadline_on", "Hạn khắc phục", "Deadline"),
                text("found_by", "Đơn vị phát hiện", "Found by"),
                text("evidence", "Nội dung phát hiện", "What was found"),
                text("plan_id", "Mã đồ án", "Plan id").of("plans"),
                text("finding_id", "Phát hiện khi thẩm tra", "Finding of the review"),
                text("building_id", "Mã công trình", "Building id").of("buildings"),
            ])
            .placed()
            .provenance()
            .interval("opened_on", "closed_on"),
        register("plans", "Quy hoạch chi tiết 1/500", "1/500 detailed plans")
            .about(
                "Ranh giới quy hoạch chi tiết 1/500, tình trạng và quyết định. Lưu theo VN-2000.",
                "Boundaries of 1/500 detailed plans, their state and decision. Stored in VN-2000.",
            )
            .shape(K::MultiPolygon, SURVEY)
            .of_site()
            .fields([
                text("name_vi", "Tên đồ án", "Name").required(),
                coded("status", PLAN_STATUS, "Tình trạng", "Status"),
                text("decision_no", "Số quyết định", "Decision number"),
                text("authority", "Cơ quan phê duyệt", "Approving authority"),
                date("submitted_on", "Ngày trình", "Submitted on"),
                date("approved_on", "Ngày phê duyệt", "Approved on"),
                date("published_on", "Ngày công bố", "Published on"),
                date("superseded_on", "Ngày bị thay thế", "Superseded on"),
                date("task_approved_on", "Ngày duyệt nhiệm vụ", "Planning task approved on"),
                date("consulted_on", "Ngày lấy ý kiến", "Consulted on"),
                date("appraised_on", "Ngày thẩm định", "Appraised on"),
                quantity("area_ha", "har", "Diện tích", "Area"),
                text("version", "Phiên bản", "Version"),
                integer("scale", "Mẫu số tỷ lệ bản vẽ", "Scale denominator of the drawing"),
                integer("adjustment_case", "Trường hợp điều chỉnh (1–8)", "Case that allows the adjustment (1–8)"),
                text("source_file", "Tệp bản vẽ gốc", "File of the original drawing"),
                text("source_sha256", "SHA-256 của tệp gốc", "SHA-256 of the original file"),
                text("intake_notes", "Sửa chữa khi tiếp nhận", "Repairs made when it was taken in"),
            ])
            .placed()
            .provenance()
            .instant("approved_on"),
        register("plan_parcels", "Lô đất quy hoạch", "Plan parcels")
            .about("Lô đất của đồ án 1/500. Lưu theo VN-2000.", "Parcels of a 1/500 plan. Stored in VN-2000.")
            .shape(K::Polygon, SURVEY)
            .fields([
                text("plan_id", "Mã đồ án", "Plan id").required().of("plans"),
                text("lot_symbol", "Ký hiệu lô", "Lot symbol"),
                coded("land_use_code", LAND_USE, "Chức năng đất", "Land use"),
                quantity("area_m2", "m2", "Diện tích theo đồ án", "Stated area"),
                quantity("density_max_pct", "%", "Mật độ xây dựng tối đa", "Permitted density"),
                integer("storeys_max", "Tầng cao tối đa", "Permitted storeys"),
                quantity("far_max", "1", "Hệ số sử dụng đất", "Floor-area ratio"),
                quantity("height_max_m", "m", "Chiều cao tối đa", "Permitted height"),
                quantity("setback_m", "m", "Khoảng lùi", "Setback"),
                text("use_vi", "Công năng theo đồ án", "Use as the plan words it"),
                coded("item_code", INFRASTRUCTURE_ITEM, "Hạng mục hạ tầng trên lô", "Infrastructure item on the lot"),
                text("layer", "Lớp trong bản vẽ", "Layer of the drawing"),
            ])
            .placed()
            .provenance(),
        register("plan_lines", "Đường trong quy hoạch", "Lines of 1/500 plans")
            .about(
                "Chỉ giới, hành lang, tim đường và tuyến hạ tầng của đồ án 1/500. Lưu theo VN-2000.",
                "Red lines, building lines, easements, road centres and utility lines of a 1/500 plan. Stored in VN-2000.",
            )
            .shape(K::MultiLineString, SURVEY)
            .fields([
                text("plan_id", "Mã đồ án", "Plan id").required().of("plans"),
                coded("line_kind", PLAN_LINE_KIND, "Loại đường", "Kind of line").required(),
                coded("item_code", INFRASTRUCTURE_ITEM, "Hạng mục hạ tầng", "Infrastructure item"),
                quantity("width_m", "m", "Bề rộng (đường, hành lang)", "Width of the road or corridor"),
                text("label", "Nhãn", "Label"),
                text("layer", "Lớp trong bản vẽ", "Layer of the drawing"),
            ])
            .placed()
            .provenance(),
        register("buildings", "Công trình hiện trạng", "Buildings as built")
            .about("Mặt bằng công trình hiện có. Lưu theo VN-2000.", "Existing building footprints. Stored in VN-2000.")
            .shape(K::Polygon, SURVEY)
            .of_site()
            .fields([
                text("name_vi", "Tên", "Name"),
                text("use_vi", "Công năng", "Use"),
                integer("storeys", "Số tầng", "Storeys"),
                quantity("height_m", "m", "Chiều cao", "Height"),
                date("built_on", "Ngày xây", "Built on"),
            ])
            .placed()
            .provenance()
            .instant("built_on"),
        register("admin_units", "Đơn vị hành chính", "Administrative units")
            .about(
                "Xã, phường từ 01/7/2025 và quận, huyện đến 30/6/2025. Hình vẽ từ tâm và diện tích, không phải ranh giới.",
                "Communes since 1 July 2025 and districts until 30 June 2025. Drawn from centroid and area, no legal boundary.",
            )
            .shape(K::MultiPolygon, PLACES)
            .fields([
                text("code", "Mã", "Code").required(),
                text("name_vi", "Tên", "Name").required(),
                text("unit_type", "Loại đơn vị", "Type of unit"),
                coded("level", ADMIN_LEVEL, "Cấp", "Level").required(),
                text("district_legacy", "Quận, huyện cũ", "Former district"),
                quantity("area_km2", "km2", "Diện tích", "Area"),
                date("valid_from", "Hiệu lực từ", "Valid from"),
                date("valid_to", "Hiệu lực đến", "Valid to"),
            ])
            .placed()
            .provenance()
            .interval("valid_from", "valid_to"),
        register("admin_unit_changes", "Xã cũ thành xã mới", "Old communes and their successors")
            .about(
                "526 xã, phường đến 30/6/2025 và xã, phường kế thừa theo Nghị quyết 1656/NQ-UBTVQH15.",
                "The 526 communes until 30 June 2025 and the communes that took them in (Resolution 1656/NQ-UBTVQH15).",
            )
            .fields([
                text("old_code", "Mã cũ", "Old code").required(),
                text("old_type", "Loại cũ", "Old type"),
                text("old_name_vi", "Tên cũ", "Old name").required(),
                text("district_legacy", "Quận, huyện cũ", "Former district"),
                text("new_code", "Mã mới", "New code").required(),
                text("new_name_vi", "Tên mới", "New name"),
                coded("relation", UNIT_RELATION, "Phần chuyển sang", "Part that moved"),
                date("effective_on", "Hiệu lực từ", "Effective on"),
            ])
            .provenance()
            .instant("effective_on"),
        register("waterways", "Sông, kênh", "Waterways")
            .about(
                "Sông, kênh tiếp nhận nước thải. Hình vẽ sơ lược.",
                "Rivers and canals that receive effluent. Drawn roughly.",
            )
            .shape(K::MultiLineString, PLACES)
            .fields([
                text("name_vi", "Tên", "Name").required(),
                coded("waterway_kind", WATERWAY_KIND, "Loại", "Kind"),
                text("flows_into", "Chảy vào", "Flows into").of("waterways"),
                quantity("q_m3s", "m3/s", "Lưu lượng mùa kiệt Q", "Dry-season flow Q"),
            ])
            .placed()
            .provenance(),
        register("plan_decisions", "Quyết định về vi phạm được đề xuất", "Decisions on proposed violations")
            .about(
                "Cán bộ chấp nhận hay bỏ qua vi phạm mà việc thẩm tra đồ án 1/500 đề xuất: ai, khi nào, vì sao.",
                "What officials made of violations that reviews of 1/500 plans propose: who, when, why.",
            )
            .fields([
                text("plan_id", "Mã đồ án", "Plan id").of("plans").required(),
                text("finding_id", "Phát hiện", "Finding"),
                coded("decision", PLAN_DECISION, "Quyết định", "Decision").required(),
                text("rule_id", "Quy định", "Rule"),
                text("building_id", "Mã công trình", "Building id").of("buildings"),
                text("violation_id", "Vi phạm đã lập", "Violation that was made").of("violations"),
                text("note", "Lý do", "Reason"),
                text("decided_by", "Người quyết định", "Decided by"),
                date("decided_on", "Ngày quyết định", "Decided on"),
                text("facts_mark", "Dấu của sự việc", "Mark of the facts"),
            ])
            .provenance(),
        computed("plan_findings", "Kết quả thẩm tra quy hoạch", "Findings of plan reviews")
            .about(
                "Mỗi phát hiện khi thẩm tra đồ án 1/500, tại vị trí của nó.",
                "One finding of the review of a 1/500 plan, at its place.",
            )
            .shape(K::Geometry, PLACES)
            .fields([
                text("plan_id", "Mã đồ án", "Plan id").of("plans"),
                integer("number", "Số thứ tự", "Number"),
                text("rule_id", "Quy định", "Rule"),
                text("finding_kind", "Loại phát hiện", "Kind of finding"),
                coded("severity", FINDING_SEVERITY, "Mức độ", "Severity"),
                coded("verdict", VERDICT, "Kết luận", "Verdict"),
                text("message_vi", "Nội dung", "Message (vi)"),
                text("message_en", "Nội dung (tiếng Anh)", "Message (en)"),
                field("measured", DataType::Number, "Giá trị đo", "Measured"),
                field("required", DataType::Number, "Giá trị yêu cầu", "Required"),
                text("unit", "Đơn vị", "Unit"),
                text("parcel_ids", "Lô đất liên quan", "Lots concerned"),
                text("building_ids", "Công trình liên quan", "Buildings concerned"),
                text("legal_basis", "Căn cứ", "Legal basis"),
            ])
            .of_a_day(),
        computed("hotspots", "Điểm nóng ô nhiễm", "Pollution hotspots")
            .about(
                "Ô lục giác theo Gi* của chỉ số áp lực. Vị trí cơ sở chỉ chính xác đến 2–4 km, nên ô rộng 4 km; mức dựa trên giữa khoảng áp lực.",
                "Hexagons by Gi* of the pressure index. Sites are known to 2–4 km only, so cells are 4 km wide; classes rest on the middle of the interval.",
            )
            .shape(K::Polygon, PLACES)
            .fields([
                coded("hotspot_class", HOTSPOT_CLASS, "Mức", "Class"),
                field("statistic", DataType::Number, "Chỉ số thống kê (z)", "Statistic (z)"),
                field("p_value", DataType::Number, "Giá trị p", "p-value"),
                field("q_value", DataType::Number, "Giá trị q (FDR)", "q-value (false-discovery rate)"),
                coded("trend", HOTSPOT_TREND, "Xu hướng 12 quý", "Trend over twelve quarters"),
            ])
            .pressure()
            .fields([
                flag("class_is_stable", "Mức không đổi khi đổi trọng số", "Class holds under other weights"),
                coded("class_low", HOTSPOT_CLASS, "Mức theo điều đã chứng minh", "Class by what is proven alone"),
                coded("class_high", HOTSPOT_CLASS, "Mức theo điều không loại trừ được", "Class by what cannot be ruled out"),
                integer("site_count", "Số cơ sở góp phần", "Number of contributing sites"),
                text("site_ids", "Các cơ sở góp phần", "Contributing sites"),
            ])
            .of_a_day(),
        computed("hotspot_zones", "Khu vực điểm nóng", "Hotspot zones")
            .about(
                "Các ô nóng kề nhau, có tên, xếp hạng theo áp lực, kèm lý do.",
                "Hot cells that touch each other, named and ranked by pressure, with the reason.",
            )
            .shape(K::MultiPolygon, PLACES)
            .fields([
                integer("rank", "Hạng", "Rank"),
                text("name_vi", "Tên", "Name"),
                text("name_en", "Tên (tiếng Anh)", "Name (en)"),
                coded("hotspot_class", HOTSPOT_CLASS, "Mức", "Class"),
                coded("trend", HOTSPOT_TREND, "Xu hướng 12 quý", "Trend over twelve quarters"),
            ])
            .pressure()
            .fields([
                quantity("share_pct", "%", "Phần áp lực của toàn thành phố", "Share of the city's pressure"),
                integer("site_count", "Số cơ sở", "Number of sites"),
                text("site_ids", "Các cơ sở", "Sites"),
                text("reach_ids", "Các đoạn sông", "Reaches"),
                text("why_vi", "Vì sao", "Why (vi)"),
                text("why_en", "Vì sao (tiếng Anh)", "Why (en)"),
            ])
            .of_a_day(),
        computed("waterway_reaches", "Đoạn sông theo tải lượng", "Reaches by load")
            .about(
                "Sông, kênh chia đoạn tại cửa xả và ngã ba, với tải lượng dồn từ thượng lưu (m³/ngày quy về mức giới hạn).",
                "Waterways cut at outfalls and confluences, with the load that gathers from upstream (m³ a day at the limit).",
            )
            .shape(K::MultiLineString, PLACES)
            .fields([
                integer("rank", "Hạng", "Rank"),
                text("name_vi", "Tên", "Name"),
                text("waterway_id", "Mã sông, kênh", "Waterway id").of("waterways"),
                text("downstream_id", "Đoạn hạ lưu", "Reach downstream"),
                quantity("load", "m3/d", "Tải lượng dồn lại, quy về mức giới hạn", "Accumulated load, at the limit"),
                quantity("load_low", "m3/d", "Tải lượng, cận dưới", "Load, low end"),
                quantity("load_high", "m3/d", "Tải lượng, cận trên", "Load, high end"),
                quantity("load_own", "m3/d", "Tải lượng vào tại đoạn", "Load that enters here"),
                quantity("load_per_flow", "1", "Số lần giới hạn sau khi hòa vào Q", "Times the limit once mixed into Q"),
                quantity("q_m3s", "m3/s", "Lưu lượng mùa kiệt Q", "Dry-season flow Q"),
                integer("site_count", "Số cơ sở thượng lưu", "Sites upstream"),
                text("site_ids", "Các cơ sở thượng lưu", "Sites upstream (ids)"),
                text("site_shares", "Phần của từng cơ sở, %", "Share of each site, %"),
                text("note_vi", "Ghi chú", "Note (vi)"),
                text("note_en", "Ghi chú (tiếng Anh)", "Note (en)"),
            ])
            .of_a_day(),
    ];
    all.map(|builder| builder.0).into()
}

static CATALOG: LazyLock<Vec<Collection>> = LazyLock::new(declare);

/// Every declared collection, in the order in which people should meet them.
pub fn collections() -> &'static [Collection] {
    &CATALOG
}

/// Registers of which a country has tens of millions of rows, each with the field that names what a row is of. No assessment of a
/// site reads them.
pub const LARGE: [(&str, &str); 2] = [("plan_parcels", "plan_id"), ("buildings", "site_id")];

/// Registers of plans, each with the field by which a drawing that is taken in asks for the rows of its plan or site. Stores
/// keep an index over it.
pub const ASKED_BY: [(&str, &str); 4] =
    [("plans", "site_id"), ("plan_parcels", "plan_id"), ("plan_lines", "plan_id"), ("buildings", "site_id")];

/// What a land-use symbol of plans stands for.
pub fn land_use(symbol: &str) -> Option<&'static Title> {
    LAND_USE.iter().find(|code| code.code == symbol).map(|code| &code.title)
}

/// The declaration of one collection.
pub fn collection(id: &str) -> Option<&'static Collection> {
    collections().iter().find(|collection| collection.id == id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_collection_of_the_contract_is_declared_with_its_geometry() {
        let contract = [
            ("clusters", "MultiPolygon"),
            ("craft_villages", "Point"),
            ("treatment_stations", "Point"),
            ("effluent_samples", "Point"),
            ("infrastructure_items", "none"),
            ("milestones", "none"),
            ("violations", "Geometry"),
            ("plans", "MultiPolygon"),
            ("plan_parcels", "Polygon"),
            ("buildings", "Polygon"),
            ("admin_units", "MultiPolygon"),
            ("waterways", "MultiLineString"),
            ("plan_findings", "Geometry"),
            ("plan_lines", "MultiLineString"),
            ("hotspots", "Polygon"),
            ("hotspot_zones", "MultiPolygon"),
            ("waterway_reaches", "MultiLineString"),
        ];
        for (id, geometry) in contract {
            let declared = collection(id).unwrap().geometry.as_ref().map_or("none", |g| g.kind.name());
            assert_eq!(declared, geometry, "{id}");
        }
    }

    #[test]
    fn every_register_says_where_its_rows_come_from_and_registers_of_places_how_exact_they_are() {
        for collection in collections().iter().filter(|c| c.kind == Kind::Register) {
            for name in ["source", "source_date", "is_demo"] {
                assert!(collection.field(name).is_some(), "{} lacks {name}", collection.id);
            }
            assert_eq!(collection.field("position_precision_m").is_some(), collection.geometry.is_some());
        }
    }

    #[test]
    fn names_are_unique_and_every_title_is_in_both_languages() {
        for collection in collections() {
            let mut seen = HashSet::new();
            for field in &collection.fields {
                assert!(seen.insert(&field.name), "{} twice in {}", field.name, collection.id);
                assert!(!field.title.vi.is_empty() && !field.title.en.is_empty(), "{}.{}", collection.id, field.name);
                assert!(field.name != "id" && field.name != "geom" && field.name != "fid");
            }
            assert!(!collection.description.vi.is_empty() && !collection.description.en.is_empty());
        }
    }

    #[test]
    fn derived_fields_stand_behind_the_stored_ones() {
        for collection in collections() {
            let first = collection.fields.iter().position(|f| f.derived).unwrap_or(collection.fields.len());
            assert!(collection.fields[first..].iter().all(|f| f.derived), "{}", collection.id);
        }
    }

    #[test]
    fn references_and_temporal_fields_exist() {
        for collection in collections() {
            for field in &collection.fields {
                assert!(field.references.is_none_or(|id| super::collection(id).is_some()));
            }
            match &collection.temporal {
                Some(Temporal::Instant(a)) => assert!(collection.field(a).is_some()),
                Some(Temporal::Interval(a, b)) => {
                    assert!(collection.field(a).is_some() && collection.field(b).is_some());
                }
                None => {}
            }
        }
    }
}
