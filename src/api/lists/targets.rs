//! The page of the city's targets.

use askama::Template;

use super::super::html::Cell;
use super::super::params::ReviewQuery;
use super::super::reply::Reply;
use super::{Choice, ChoiceOption, Form, Places, crumbs, day_vi, reply};
use crate::compliance::targets::{self, Goal, GroupBy, Tally, Target, Unit, plan_years};
use crate::compliance::{Review, SiteCollection, Text};
use crate::ogc::{BY, PLAN_YEAR};
use crate::publish::Snapshot;

/// The targets of the city's plans.
#[derive(Template)]
#[template(path = "targets.html", config = "src/api/askama.toml")]
pub struct TargetsPage {
    title: String,
    crumbs: Vec<Cell>,
    demo: bool,
    plan: Text,
    form: Form,
    targets: Vec<TargetPart>,
    group_label: &'static str,
}

struct TargetPart {
    code: &'static str,
    title: Text,
    goal: Text,
    met: Text,
    note: Option<Text>,
    counts: Vec<CountPart>,
    groups: Vec<GroupPart>,
}

struct CountPart {
    title: Text,
    figures: Text,
    met_width: String,
    unknown_width: String,
    lists: Vec<NameList>,
}

struct NameList {
    title: Text,
    open: bool,
    names: Vec<Name>,
}

struct Name {
    name: String,
    map: String,
    record: String,
}

struct GroupPart {
    title: Text,
    numbers: [usize; 4],
}

impl TargetsPage {
    pub fn reply(&self) -> Reply {
        reply(self)
    }
}

pub fn targets(
    places: &Places<'_>,
    snapshot: &Snapshot,
    review: &Review,
    query: &ReviewQuery,
    all: &[Target],
) -> TargetsPage {
    let base = places.base;
    let title = "Mục tiêu phát triển cụm công nghiệp / Targets for industrial clusters";
    let year = query.plan_year.map(|year| format!("&{PLAN_YEAR}={year}")).unwrap_or_default();
    let by = query.by.map(|by| format!("&{BY}={}", by.as_str())).unwrap_or_default();
    let mut form = Form::new(base, "targets", review, &format!("{year}{by}"));
    let option = |value: String, text: String, chosen| ChoiceOption { value, text, chosen };
    let mut years = vec![option(String::new(), "theo ngày / by the day".to_owned(), query.plan_year.is_none())];
    years.extend(
        plan_years(&snapshot.standards)
            .into_iter()
            .map(|year| option(year.to_string(), year.to_string(), query.plan_year == Some(year))),
    );
    let mut groups = vec![option(String::new(), "không / none".to_owned(), query.by.is_none())];
    let kinds = [GroupBy::District, GroupBy::Commune, GroupBy::Investor, GroupBy::Year];
    groups.extend(kinds.map(|by| option(by.as_str().to_owned(), group_label(by).to_owned(), query.by == Some(by))));
    form.choices = vec![
        Choice { label: "Kế hoạch năm / Plan of", name: PLAN_YEAR, options: years },
        Choice { label: "Nhóm theo / Group by", name: BY, options: groups },
    ];
    TargetsPage {
        title: title.to_owned(),
        crumbs: crumbs(base, "Mục tiêu / Targets", "targets"),
        demo: review.sites.values().any(|site| site.assessment.attached.demo_data),
        plan: plan_text(review, all),
        form,
        targets: all.iter().map(|target| target_part(places, review, target)).collect(),
        group_label: query.by.map(group_label).unwrap_or_default(),
    }
}

fn group_label(by: GroupBy) -> &'static str {
    match by {
        GroupBy::District => "Huyện (từ 7/2025: xã) / District (commune since July 2025)",
        GroupBy::Commune => "Xã, phường / Commune",
        GroupBy::Investor => "Chủ đầu tư / Investor",
        GroupBy::Year => "Năm thành lập / Year founded",
    }
}

fn plan_text(review: &Review, all: &[Target]) -> Text {
    let (day_vi, day) = (day_vi(review), review.as_of);
    let plan = all.first().map(|target| &target.plan);
    match plan.and_then(|plan| Some((plan, plan.year?, plan.basis.as_ref()?))) {
        None => Text::new(
            format!("Tính đến {day_vi}. Dữ liệu không có kế hoạch của năm này hoặc năm trước đó."),
            format!("As of {day}. No plan of that year or an earlier one is held."),
        ),
        Some((plan, year, basis)) => {
            let (not_vi, not_en) = match plan.is_current {
                true => ("", ""),
                false => (" (không phải kế hoạch của năm đang xem)", " (not the plan of the year that is shown)"),
            };
            Text::new(
                format!("Tính đến {day_vi}. Đối chiếu: {}{not_vi}.", basis.document),
                format!("As of {day}. Held against the plan of {year}{not_en}."),
            )
        }
    }
}

fn goal_text(goal: Goal, unit: Unit) -> Text {
    let (vi, en) = match unit {
        Unit::Percent => (" %", " %"),
        Unit::Count => (" cụm", " clusters"),
    };
    match (goal.min, goal.max) {
        (None, None) => Text::new("Kế hoạch không nêu số", "The plan states no number"),
        (Some(min), Some(max)) if min != max => {
            Text::new(format!("Mục tiêu: {min}–{max}{vi}"), format!("Goal: {min}–{max}{en}"))
        }
        (Some(least), _) | (None, Some(least)) => {
            Text::new(format!("Mục tiêu: {least}{vi}"), format!("Goal: {least}{en}"))
        }
    }
}

fn target_part(places: &Places<'_>, review: &Review, target: &Target) -> TargetPart {
    let met = match target.met {
        Some(true) => Text::new("Đạt mục tiêu", "Goal reached"),
        Some(false) => Text::new("Chưa đạt mục tiêu", "Goal not reached"),
        None if target.goal.min.is_none() => Text::new("Không có số để đối chiếu", "No number to hold it against"),
        None => Text::new("Chưa thể kết luận", "Cannot be said yet"),
    };
    let main = count_part(places, review, Text::new("", ""), &target.tally, target.unit, true);
    let also = target.also.iter().map(|also| {
        let goal = goal_text(also.goal, target.unit);
        let title = match also.goal.min {
            None => also.title.clone(),
            Some(_) => {
                Text::new(format!("{} · {}", also.title.vi, goal.vi), format!("{} · {}", also.title.en, goal.en))
            }
        };
        count_part(places, review, title, &also.tally, target.unit, false)
    });
    let group = |group: &targets::Group| {
        let tally = &group.tally;
        let numbers = [tally.met.len(), tally.not_met.len(), tally.unknown.len(), tally.denominator()];
        GroupPart { title: group.title.clone(), numbers }
    };
    TargetPart {
        code: target.code.as_str(),
        title: target.title.clone(),
        goal: goal_text(target.goal, target.unit),
        met,
        note: target.note.clone(),
        counts: std::iter::once(main).chain(also).collect(),
        groups: target.groups.iter().map(group).collect(),
    }
}

fn count_part(places: &Places<'_>, review: &Review, title: Text, tally: &Tally, unit: Unit, open: bool) -> CountPart {
    let width = |count: usize| match tally.denominator() {
        0 => "0".to_owned(),
        all => format!("{:.2}", 100.0 * count as f64 / all as f64),
    };
    let names = |ids: &[String]| ids.iter().map(|id| name(places, review, id)).collect::<Vec<_>>();
    let lists = [
        (Text::new("Đạt", "fulfilled"), &tally.met),
        (Text::new("Chưa đạt", "not fulfilled"), &tally.not_met),
        (Text::new("Chưa rõ", "not on record"), &tally.unknown),
    ];
    let lists = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
    CountPart {
        title,
        figures: figures(tally, unit),
        met_width: width(tally.met.len()),
        unknown_width: width(tally.unknown.len()),
        lists: lists.map(|(title, ids)| NameList { title, open, names: names(ids) }).collect(),
    }
}

fn figures(tally: &Tally, unit: Unit) -> Text {
    let (met, all, unknown) = (tally.numerator(), tally.denominator(), tally.unknown.len());
    let share = |value: rust_decimal::Decimal| value.round_dp(1).normalize().to_string();
    let (vi, en) = match (unit, tally.interval(unit)) {
        (Unit::Percent, Some((low, high))) => {
            let (low, high) = (share(low), share(high));
            let range = if low == high { format!("{low} %") } else { format!("{low}–{high} %") };
            (format!(" ({})", range.replace('.', ",")), format!(" ({range})"))
        }
        _ => (String::new(), String::new()),
    };
    Text::new(
        format!("{met}/{all} cụm đạt{vi}, {unknown} chưa rõ"),
        format!("{met} of {all} clusters{en}, {unknown} unknown"),
    )
}

fn name(places: &Places<'_>, review: &Review, id: &str) -> Name {
    let site = review.sites.get(&(SiteCollection::Clusters, id.to_owned()));
    let kind = SiteCollection::Clusters;
    let (map, record) = (places.map(kind, id), places.record(kind.as_str(), id));
    Name { name: site.and_then(|site| site.facts.name.clone()).unwrap_or_else(|| id.to_owned()), map, record }
}
