//! The duties of the city's plan and of the law, each as a list that its actor can work through.
//!
//! Who has a duty on a day is data (`duties.csv`); here is what lies undone. A list holds what registers say. Where they hold
//! nothing that could answer, it is empty and says why, which is not the same as done.

mod lists;
mod works;

use chrono::NaiveDate;

use super::evidence::RowRef;
use super::law::{LegalBasis, SiteCollection, Text};
use super::review::{Review, ReviewedSite};
use super::site::Known;
use super::standards::Standards;
use super::targets::is_without_districts;

/// One duty on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Duty {
    /// `D1` to `D14`.
    pub code: String,
    /// What is to be done.
    pub title: Text,
    /// Who had to do it on the day; `None` where no text in force on it is on record.
    pub actor: Option<Text>,
    /// Where that stands.
    pub basis: Option<LegalBasis>,
    /// What a reader should know of the list.
    pub note: Option<Text>,
    /// What lies undone, the most urgent first.
    pub items: Vec<DutyItem>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct DutyItem {
    /// The row it stands in.
    pub row: RowRef,
    /// The site.
    pub site: SiteName,
    /// What is to be done or known.
    pub what: Text,
    /// A word for the step or state: of a milestone, a plan, a violation, an item, a rule.
    pub step: Option<String>,
    /// Since when it stands so.
    pub since: Option<NaiveDate>,
    /// Days since then or past due, as the list says.
    pub days: Option<i64>,
    /// By when it was or is to be done.
    pub due: Option<NaiveDate>,
    /// Who is to act.
    pub responsible: Text,
    /// Whether it is sure that this lies undone; false where that is not on record.
    pub is_certain: bool,
    /// Whether the row is made up for the sample.
    pub is_demo: bool,
}

/// A site as lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName {
    /// Its register.
    pub collection: SiteCollection,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
}

/// One site of a review, ready to be asked.
struct Case<'a> {
    standards: &'a Standards,
    reviewed: &'a ReviewedSite,
    known: Known<'a>,
}

impl Case<'_> {
    fn name(&self) -> SiteName {
        let site = self.known.site;
        SiteName { collection: site.collection, id: site.row.id.clone(), name: site.name.clone() }
    }

    fn is_cluster(&self) -> bool {
        self.known.site.collection == SiteCollection::Clusters
    }

    fn days_since(&self, day: NaiveDate) -> i64 {
        (self.known.as_of - day).num_days()
    }

    fn item(&self, row: &RowRef, what: Text, responsible: Text) -> DutyItem {
        DutyItem {
            row: row.clone(),
            site: self.name(),
            what,
            step: None,
            since: None,
            days: None,
            due: None,
            responsible,
            is_certain: true,
            is_demo: row.is_demo,
        }
    }

    /// The People's Committee of the place on the day: the district's until 2025-06-30, then the commune's.
    fn local_authority(&self) -> Text {
        let units = &self.known.site.units;
        let (unit, vi, en) = match is_without_districts(self.known.as_of) {
            true => (&units.commune, "xã, phường", "commune"),
            false => (&units.district_legacy, "quận, huyện, thị xã", "district"),
        };
        match unit {
            Some(unit) => Text::new(format!("UBND {vi}: {unit}"), format!("People's Committee of the {en}: {unit}")),
            None => Text::new(
                format!("UBND {vi} (chưa rõ đơn vị)"),
                format!("People's Committee of the {en} (which one is not on record)"),
            ),
        }
    }

    /// The infrastructure investor.
    fn investor(&self) -> Text {
        match &self.known.site.investor {
            Some(investor) => Text::new(investor.clone(), investor.clone()),
            None => Text::new("Chủ đầu tư hạ tầng (chưa có trong dữ liệu)", "Infrastructure investor (not on record)"),
        }
    }

    /// Who answers for the environmental works: the investor; where none is on record, the authority that LEP 2020
    /// Art. 52.5 names.
    fn operator(&self) -> Text {
        if self.known.site.investor.is_some() { self.investor() } else { self.local_authority() }
    }
}

/// The list of a duty.
struct List {
    code: &'static str,
    /// What one site adds to it; `None` where no register could answer.
    of_site: Option<fn(&Case<'_>) -> Vec<DutyItem>>,
    /// What a reader should know of it.
    note: (&'static str, &'static str),
}

const LISTS: [List; 14] = [
    List {
        code: "D1",
        of_site: Some(lists::register),
        note: (
            "Sổ đăng ký có chủ đầu tư và đơn vị hành chính; không có địa chỉ, điện thoại liên hệ.",
            "The register has investor and administrative unit; it holds no address or telephone number.",
        ),
    },
    List {
        code: "D2",
        of_site: Some(lists::to_urge),
        note: ("Mốc quá hạn và vi phạm quá hạn khắc phục.", "Overdue steps and violations past their deadline."),
    },
    List {
        code: "D3",
        of_site: None,
        note: (
            "Sổ đăng ký không ghi nhiệm vụ giao cho sở, ngành.",
            "The registers hold no tasks assigned to departments.",
        ),
    },
    List {
        code: "D4",
        of_site: Some(lists::ground_violations),
        note: (
            "Vi phạm đất đai, xây dựng chưa xử lý xong.",
            "Open violations of land use and building. The state of each is that of the register.",
        ),
    },
    List {
        code: "D5",
        of_site: Some(lists::open_violations),
        note: ("Mọi vi phạm chưa xử lý xong.", "Every open violation, of whatever kind."),
    },
    List {
        code: "D6",
        of_site: Some(lists::to_direct),
        note: ("Mốc tiến độ quá hạn.", "Overdue steps of the schedule."),
    },
    List {
        code: "D7",
        of_site: Some(works::plans),
        note: (
            "Quy hoạch 1/500 chưa công bố, theo bước; cụm chưa có quy hoạch trong dữ liệu đứng cuối.",
            "1/500 plans not published yet, by step; clusters without any plan on record come last.",
        ),
    },
    List {
        code: "D8",
        of_site: Some(works::clearance),
        note: (
            "Cụm chưa giải phóng xong mặt bằng, hoặc chưa có số liệu.",
            "Clusters whose land is not all cleared, or of which that is not on record.",
        ),
    },
    List {
        code: "D9",
        of_site: Some(works::local_budget),
        note: (
            "Hạng mục thuộc ngân sách huyện, xã chưa hoàn thành.",
            "Items on the district or commune budget that are not complete.",
        ),
    },
    List {
        code: "D10",
        of_site: Some(works::city_budget),
        note: (
            "Hạng mục thuộc ngân sách thành phố chưa hoàn thành.",
            "Items on the city budget that are not complete.",
        ),
    },
    List {
        code: "D11",
        of_site: Some(lists::to_keep),
        note: ("Mốc tiến độ quá hạn của chủ đầu tư.", "Overdue steps of the investor's schedule."),
    },
    List {
        code: "D12",
        of_site: Some(works::environment),
        note: (
            "Quy định môi trường (ENV-*) bị vi phạm hoặc chưa rõ.",
            "Environmental rules (ENV-*) that are breached or unknown.",
        ),
    },
    List {
        code: "D13",
        of_site: Some(works::without_treatment),
        note: (
            "Cụm đang hoạt động, không có chủ đầu tư trong dữ liệu, không có hoặc chưa rõ hệ thống xử lý nước thải tập trung.",
            "Operating clusters without an investor on record whose central treatment is missing or unknown.",
        ),
    },
    List {
        code: "D14",
        of_site: None,
        note: (
            "Không có sổ theo dõi báo cáo. Số liệu tổng hợp: /compliance/targets và /compliance/outcomes.",
            "Reports are not kept in a register. The aggregates are at /compliance/targets and /compliance/outcomes.",
        ),
    },
];

/// Every duty on the day of the review with what lies undone.
pub fn duties(standards: &Standards, review: &Review) -> Vec<Duty> {
    let sites = review.sites.values();
    let cases: Vec<Case<'_>> =
        sites.map(|reviewed| Case { standards, reviewed, known: Known::on(&reviewed.facts, review.as_of) }).collect();
    LISTS.iter().filter_map(|list| duty(standards, review.as_of, &cases, list)).collect()
}

fn duty(standards: &Standards, as_of: NaiveDate, cases: &[Case<'_>], list: &List) -> Option<Duty> {
    let laws = || standards.duties.iter().filter(|law| law.code == list.code);
    let law = laws().find(|law| law.basis.in_force(as_of));
    let title = law.or(laws().next())?.title.clone();
    // Nobody has a duty that no text lays on anybody yet.
    let of_site = list.of_site.filter(|_| law.is_some());
    let mut items: Vec<DutyItem> = of_site.map(|of_site| cases.iter().flat_map(of_site).collect()).unwrap_or_default();
    // What is certain before what may be, then the longest first; what has no day comes last.
    items.sort_by_key(|item| (!item.is_certain, std::cmp::Reverse(item.days)));
    let note = match law {
        Some(_) => Text::new(list.note.0, list.note.1),
        None => Text::new(
            "Dữ liệu chưa có văn bản có hiệu lực vào ngày này.",
            "The data hold no text in force on this day.",
        ),
    };
    Some(Duty {
        code: list.code.to_owned(),
        title,
        actor: law.map(|law| law.actor.clone()),
        basis: law.map(|law| law.basis.clone()),
        note: Some(note),
        items,
    })
}
