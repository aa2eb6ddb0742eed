//! From entities to a plan: roles by the mapping, place by the coordinates, areas by outlines, facts by labels.

use std::collections::{BTreeMap, BTreeSet};

use geo::{
    BoundingRect, Coord, Intersects, LineString, MapCoordsInPlace, MultiLineString, MultiPolygon, Point, Polygon,
    Validation,
};

use super::labels::{self, Facts, Reading, Setting};
use super::network::bounds;
use super::notes::{NoteKind, Notes};
use super::outlines::{self, Area, Way, around, index};
use super::place::{self, Said};
use super::rules::{Role, Rules, Trait, codes, own_field};
use super::{Entity, Form, Lot, Plan, PlanLine, Refusal, Taken};
use crate::domain::Value;

/// An entity and its role; `None` where the mapping does not know its layer.
struct Known<'a> {
    entity: Entity,
    role: Option<&'a Role>,
}

/// Takes a drawing in. `snap_m` is how far two ends may be apart and still be one, in metres. `notes` holds what was said before.
///
/// # Errors
/// [`Refusal`] with the reason; then nothing of the drawing is to be stored.
pub fn take_in(
    entities: Vec<Entity>,
    rules: &Rules,
    said: &Said,
    snap_m: f64,
    mut notes: Notes,
) -> Result<Taken, Refusal> {
    let mut known = roles(entities, rules, &mut notes)?;
    let amid = middle(&known);
    let placed = place::decide(amid, said)?;
    for one in &mut known {
        one.entity.form.map(|at| placed.reading.place(at));
    }
    if placed.reading.is_swapped {
        notes.add_count(NoteKind::SwappedAxes, "", 1, None);
    }
    if placed.reading.unit_m != 1.0 {
        notes.add_count(NoteKind::Millimetres, "", 1, None);
    }
    leave_out_what_is_outside(&mut known, &placed, &mut notes)?;
    for one in known.iter().filter(|one| one.entity.has_heights) {
        notes.add(NoteKind::HeightsDropped, &one.entity.layer, one.entity.form.first());
    }
    let plan = plan(&known, rules, snap_m, &mut notes)?;
    if let Some(around) = plan.boundary.bounding_rect()
        && let Some(far_km) = place::at_site(&placed, amid, around, said)?
    {
        notes.add_count(NoteKind::AwayFromSite, "", 1, Some(format!("{far_km:.1} km")));
    }
    Ok(Taken { placed, plan, notes: notes.into_vec() })
}

impl Form {
    fn map(&mut self, change: impl Fn(Coord<f64>) -> Coord<f64> + Copy) {
        match self {
            Form::Line(line) => line.map_coords_in_place(change),
            Form::Area(polygon) => polygon.map_coords_in_place(change),
            Form::Point(at) | Form::Text { at, .. } => *at = change(*at),
        }
    }

    fn places(&self) -> &[Coord<f64>] {
        match self {
            Form::Line(line) => &line.0,
            Form::Area(polygon) => &polygon.exterior().0,
            Form::Point(at) | Form::Text { at, .. } => std::slice::from_ref(at),
        }
    }

    fn first(&self) -> Option<Coord<f64>> {
        self.places().first().copied()
    }

    fn is_text(&self) -> bool {
        matches!(self, Form::Text { .. })
    }
}

/// Gives every entity its role and notes the layers that have none.
fn roles<'a>(entities: Vec<Entity>, rules: &'a Rules, notes: &mut Notes) -> Result<Vec<Known<'a>>, Refusal> {
    if entities.is_empty() {
        return Err(Refusal::Empty);
    }
    let role = |entity: &Entity| {
        let of = Trait {
            layer: &entity.layer,
            block: entity.block.as_deref(),
            colour: entity.colour,
            is_hatch: entity.is_hatch,
        };
        rules.role(of)
    };
    let known: Vec<Known<'a>> = entities.into_iter().map(|entity| Known { role: role(&entity), entity }).collect();
    for one in &known {
        // Texts without a role may still be read in a lot; those that are not are noted there.
        match one.role {
            None if !one.entity.form.is_text() => notes.add(NoteKind::UnmappedLayer, &one.entity.layer, None),
            Some(Role::Ignored) => notes.add(NoteKind::IgnoredLayer, &one.entity.layer, None),
            _ => {}
        }
    }
    let is_useful = |one: &Known<'_>| !matches!(one.role, None | Some(Role::Ignored | Role::Labels));
    if known.iter().any(|one| is_useful(one) && !one.entity.form.is_text()) {
        return Ok(known);
    }
    Err(Refusal::NoKnownLayer(layers(&known)))
}

fn layers(known: &[Known<'_>]) -> String {
    const SHOWN: usize = 30;
    let names: BTreeSet<&str> = known.iter().map(|one| one.entity.layer.as_str()).collect();
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("'{name}'")).collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// A place amid what will be of the plan: a stray object far off does not move a median.
fn middle(known: &[Known<'_>]) -> Coord<f64> {
    let drawn = known
        .iter()
        .filter(|one| !matches!(one.role, None | Some(Role::Ignored | Role::Labels)) && !one.entity.form.is_text());
    let places: Vec<Coord<f64>> = drawn.flat_map(|one| one.entity.form.places()).copied().collect();
    let median = |pick: fn(&Coord<f64>) -> f64| {
        let mut all: Vec<f64> = places.iter().map(pick).collect();
        let half = all.len() / 2;
        all.sort_by(f64::total_cmp);
        all.get(half).copied().unwrap_or_default()
    };
    Coord { x: median(|at| at.x), y: median(|at| at.y) }
}

fn leave_out_what_is_outside(
    known: &mut Vec<Known<'_>>,
    placed: &place::Placed,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let Some(city) = place::city_in(&placed.crs).map_err(place::PlaceError::from)? else { return Ok(()) };
    let is_in =
        |at: &Coord<f64>| (city.min_x..=city.max_x).contains(&at.x) && (city.min_y..=city.max_y).contains(&at.y);
    known.retain(|one| {
        let is_kept = one.entity.form.places().iter().all(is_in);
        // What has no role is noted already.
        if !is_kept && one.role.is_some_and(|role| *role != Role::Ignored) {
            notes.add(NoteKind::OutsideCity, &one.entity.layer, one.entity.form.first());
        }
        is_kept
    });
    Ok(())
}

fn plan(known: &[Known<'_>], rules: &Rules, snap_m: f64, notes: &mut Notes) -> Result<Plan, Refusal> {
    let of = |wanted: &dyn Fn(&Role) -> bool| -> Vec<&Entity> {
        known.iter().filter(|one| one.role.is_some_and(wanted)).map(|one| &one.entity).collect()
    };
    let symbols = symbols(known, rules);
    let way = |borders, symbols, group| Way { tolerance: snap_m, borders, symbols, group };
    let areas_of = |entities: &[&Entity], way: &Way<'_>, notes: &mut Notes| {
        let entangled = |cause| Refusal::Entangled { layer: way.group.to_owned(), cause };
        outlines::areas(entities, way, notes).map_err(entangled)
    };
    let boundary = areas_of(&of(&|role| *role == Role::Boundary), &way(&[], &[], "boundary"), notes)?;
    let borders: Vec<LineString<f64>> = boundary.iter().map(|area| area.polygon.exterior().clone()).collect();
    let mut lots = areas_of(&of(&|role| *role == Role::Lots), &way(&borders, &symbols, "lots"), notes)?
        .into_iter()
        .map(|area| (area, None))
        .collect::<Vec<(Area, Option<String>)>>();
    let uses: BTreeSet<&str> = known
        .iter()
        .filter_map(|one| match one.role {
            Some(Role::LandUse(code)) => Some(code.as_str()),
            _ => None,
        })
        .collect();
    for code in uses {
        let entities = of(&|role| matches!(role, Role::LandUse(of) if of == code));
        let found = areas_of(&entities, &way(&borders, &symbols, code), notes)?;
        join(&mut lots, found, code, snap_m, notes);
    }
    if lots.is_empty() {
        let ends = notes.count(NoteKind::OpenEnds);
        let open_ends = if ends > 0 { format!(" ({ends} đầu hở) /  ({ends} open ends)") } else { String::new() };
        return Err(Refusal::NoLots { snap_m, open_ends });
    }
    if boundary.is_empty() {
        return Err(Refusal::NoBoundary(layers(known)));
    }
    let boundary = MultiPolygon(boundary.into_iter().map(|area| area.polygon).collect());
    if !boundary.is_valid() {
        return Err(Refusal::BoundaryOverlaps);
    }
    let buildings = areas_of(&of(&|role| *role == Role::Building), &way(&[], &[], "buildings"), notes)?;
    let mut lots: Vec<Lot> = lots.into_iter().map(|(area, code)| lot(area, code.as_deref(), rules, notes)).collect();
    let mut buildings: Vec<Lot> = buildings.into_iter().map(|area| lot(area, None, rules, notes)).collect();
    label(&mut lots, &mut buildings, known, rules, notes);
    tell_what_is_missing(&lots, notes);
    Ok(Plan { boundary, lots, lines: lines(known, rules, notes), buildings })
}

/// Where texts stand that are symbols of lots.
fn symbols(known: &[Known<'_>], rules: &Rules) -> Vec<Coord<f64>> {
    let is_symbol = |line: &str, is_label_layer| {
        let reading = labels::read(rules, line, Setting { measured_m2: 0.0, is_label_layer });
        matches!(reading, Reading::Facts(facts) if facts.iter().any(|(field, _)| field == "lot_symbol"))
    };
    let texts =
        known.iter().filter(|one| !matches!(one.role, Some(Role::Ignored | Role::Building | Role::Line { .. })));
    texts
        .filter_map(|one| match &one.entity.form {
            Form::Text { at, text, name } => {
                let is_named = name.as_deref().and_then(|name| rules.field_of_column(name)) == Some("lot_symbol");
                let is_label_layer = one.role == Some(&Role::Labels);
                (is_named || text.lines().any(|line| is_symbol(line, is_label_layer))).then_some(*at)
            }
            _ => None,
        })
        .collect()
}

/// Puts areas of one use among the lots: a hatch over lots gives them their use, an outline that is there already, too.
fn join(lots: &mut Vec<(Area, Option<String>)>, found: Vec<Area>, code: &str, snap_m: f64, notes: &mut Notes) {
    let tree = index(lots.iter().map(|(area, _)| bounds(&area.polygon.exterior().0)).collect::<Vec<_>>().into_iter());
    let insides: Vec<Option<Coord<f64>>> = lots.iter().map(|(area, _)| area.inside()).collect();
    let mut new = Vec::new();
    for area in found {
        let (min_x, min_y, max_x, max_y) = bounds(&area.polygon.exterior().0);
        let reach = (max_x - min_x).max(max_y - min_y) / 2.0;
        let middle = Coord { x: (min_x + max_x) / 2.0, y: (min_y + max_y) / 2.0 };
        let covered: Vec<usize> = around(tree.as_ref(), middle, reach)
            .into_iter()
            .filter(|at| insides[*at].is_some_and(|inside| area.polygon.intersects(&Point(inside))))
            // An outline of one use is the lot's own outline, or it is a lot of its own.
            .filter(|at| area.is_hatch || is_same_outline(&lots[*at].0, &area, snap_m))
            .collect();
        if covered.is_empty() {
            new.push((area, Some(code.to_owned())));
            continue;
        }
        for at in covered {
            let kind = if area.is_hatch { NoteKind::ColouredByHatch } else { NoteKind::Duplicate };
            notes.add(kind, &area.layer, insides[at]);
            let (lot, of) = &mut lots[at];
            // A lot under hatches of two uses has none that is certain; labels may still tell.
            *of = if of.is_none() { Some(code.to_owned()) } else { of.take().filter(|other| other == code) };
            lot.columns.extend(area.columns.iter().cloned());
        }
    }
    lots.extend(new);
}

fn is_same_outline(one: &Area, other: &Area, snap_m: f64) -> bool {
    let (a, b) = (bounds(&one.polygon.exterior().0), bounds(&other.polygon.exterior().0));
    let near = |x: f64, y: f64| (x - y).abs() <= snap_m;
    let is_box = near(a.0, b.0) && near(a.1, b.1) && near(a.2, b.2) && near(a.3, b.3);
    is_box && {
        let (of_one, of_other) = (one.measured_m2(), other.measured_m2());
        (of_one - of_other).abs() <= snap_m * (of_one.max(of_other)).sqrt() * 4.0
    }
}

/// A lot with what its layer and its attributes say.
fn lot(area: Area, code: Option<&str>, rules: &Rules, notes: &mut Notes) -> Lot {
    let mut facts = Facts::default();
    let measured = area.measured_m2();
    let inside = area.polygon.exterior().0.first().copied();
    if let Some(code) = code {
        facts.add("land_use_code", Value::from(code));
    }
    take_columns(&mut facts, &area.columns, (rules, measured), |kind, detail| {
        notes.add_with(kind, &area.layer, inside.filter(|_| kind == NoteKind::UnreadText), Some(detail));
    });
    Lot { polygon: area.polygon, layer: area.layer, facts }
}

/// Takes what attributes say. One that is named after its field says it for sure; what a value of one field tells of another
/// fills that only where nothing else does.
fn take_columns(
    facts: &mut Facts,
    columns: &[(String, String)],
    (rules, measured_m2): (&Rules, f64),
    mut tell: impl FnMut(NoteKind, String),
) {
    let mut implied = Vec::new();
    for (column, text) in columns {
        let Some(field) = rules.field_of_column(column) else {
            tell(NoteKind::Columns, column.clone());
            continue;
        };
        let settled = own_field(column).and_then(|field| labels::said(field, text));
        let is_settled = settled.is_some();
        settled.into_iter().for_each(|value| facts.settle(field, value));
        match labels::value_of(rules, field, text, measured_m2) {
            Some(found) => {
                let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(of, _)| of == field);
                own.into_iter().for_each(|(of, value)| facts.add(&of, value));
                implied.extend(others);
            }
            None if is_settled => {}
            None => tell(NoteKind::UnreadText, format!("{column} = {text}")),
        }
    }
    implied.into_iter().for_each(|(field, value)| facts.complete(&field, value));
}

/// Facts that rest on likeness, and the text that says them.
struct Guess {
    at: Coord<f64>,
    layer: String,
    facts: Vec<(String, Value)>,
}

/// Reads every text in the smallest lot or building that it stands in.
fn label(lots: &mut [Lot], buildings: &mut [Lot], known: &[Known<'_>], rules: &Rules, notes: &mut Notes) {
    let measured = |lots: &[Lot]| lots.iter().map(|lot| area_of(&lot.polygon)).collect::<Vec<f64>>();
    let (of_lots, of_buildings) = (measured(lots), measured(buildings));
    let tree =
        |lots: &[Lot]| index(lots.iter().map(|lot| bounds(&lot.polygon.exterior().0)).collect::<Vec<_>>().into_iter());
    let (lot_tree, building_tree) = (tree(lots), tree(buildings));
    let mut guesses: BTreeMap<usize, Vec<Guess>> = BTreeMap::new();
    for one in known {
        let (Form::Text { at, text, name }, layer) = (&one.entity.form, &one.entity.layer) else { continue };
        if matches!(one.role, Some(Role::Ignored)) {
            continue;
        }
        let is_of_building = one.role == Some(&Role::Building);
        let (lots, sizes, tree) = if is_of_building {
            (&mut *buildings, &of_buildings, &building_tree)
        } else {
            (&mut *lots, &of_lots, &lot_tree)
        };
        let holders = around(tree.as_ref(), *at, 0.0).into_iter();
        let holder = holders
            .filter(|holder| lots[*holder].polygon.intersects(&Point(*at)))
            .min_by(|one, other| sizes[*one].total_cmp(&sizes[*other]));
        let Some(holder) = holder else {
            notes.add(NoteKind::TextOutside, layer, Some(*at));
            continue;
        };
        let setting = Setting { measured_m2: sizes[holder], is_label_layer: one.role == Some(&Role::Labels) };
        let facts = &mut lots[holder].facts;
        if let Some(field) = name.as_deref().and_then(|name| rules.field_of_column(name)) {
            match labels::value_of(rules, field, text, setting.measured_m2) {
                Some(found) => found.into_iter().for_each(|(field, value)| facts.add(&field, value)),
                None if text.trim().is_empty() => {}
                None => notes.add_with(NoteKind::UnreadText, layer, Some(*at), Some(text.clone())),
            }
            continue;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let reading = labels::read(rules, line, setting);
            if is_of_building {
                // The name of a building is any words; only its storeys and height are read.
                let is_figure = |(field, _): &(String, Value)| matches!(field.as_str(), "storeys_max" | "height_max_m");
                match reading {
                    Reading::Facts(found) if found.iter().all(is_figure) => {
                        found.into_iter().for_each(|(field, value)| facts.add(&field, value));
                    }
                    _ if facts.get("name_vi").is_none() => facts.complete("name_vi", Value::from(line)),
                    _ => notes.add_with(NoteKind::UnreadText, layer, Some(*at), Some(line.to_owned())),
                }
                continue;
            }
            match reading {
                Reading::Facts(found) => found.into_iter().for_each(|(field, value)| facts.add(&field, value)),
                Reading::Guess(found) => {
                    guesses.entry(holder).or_default().push(Guess { at: *at, layer: layer.clone(), facts: found });
                }
                Reading::Unread => {
                    notes.add_with(NoteKind::UnreadText, layer, Some(*at), Some(line.to_owned()));
                }
            }
        }
    }
    // What is certain goes before what is likely.
    for (holder, found) in guesses {
        for Guess { at, layer, facts } in found {
            let of_lot = &mut lots[holder].facts;
            for (field, value) in facts {
                if of_lot.get(&field).is_none() && !of_lot.conflicts.contains(&field) {
                    notes.add(NoteKind::GuessedArea, &layer, Some(at));
                    of_lot.complete(&field, value);
                } else if of_lot.get(&field) != Some(&value) {
                    notes.add_with(NoteKind::UnreadText, &layer, Some(at), Some(value.to_string()));
                }
            }
        }
    }
}

fn area_of(polygon: &Polygon<f64>) -> f64 {
    Area { polygon: polygon.clone(), layer: String::new(), columns: Vec::new(), is_hatch: false }.measured_m2()
}

fn tell_what_is_missing(lots: &[Lot], notes: &mut Notes) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for lot in lots {
        let at = lot.polygon.exterior().0.first().copied();
        for field in &lot.facts.conflicts {
            notes.add_with(NoteKind::Conflict, &lot.layer, at, Some(field.clone()));
        }
        match lot.facts.text("lot_symbol") {
            None => notes.add(NoteKind::NoSymbol, &lot.layer, at),
            Some(symbol) if !known.insert(symbol) => {
                notes.add_with(NoteKind::SameSymbol, &lot.layer, at, Some(symbol.to_owned()));
            }
            Some(_) => {}
        }
        if lot.facts.get("land_use_code").is_none() {
            notes.add(NoteKind::NoLandUse, &lot.layer, at);
        }
    }
}

fn lines(known: &[Known<'_>], rules: &Rules, notes: &mut Notes) -> Vec<PlanLine> {
    let mut lines: Vec<PlanLine> = Vec::new();
    let mut wholes: BTreeMap<u64, usize> = BTreeMap::new();
    for one in known {
        let (Some(Role::Line { kind, item }), entity) = (one.role, &one.entity) else { continue };
        let drawn: Vec<LineString<f64>> = match &entity.form {
            Form::Line(line) => vec![line.clone()],
            Form::Area(polygon) => {
                notes.add(NoteKind::AreaAsLine, &entity.layer, entity.form.first());
                std::iter::once(polygon.exterior()).chain(polygon.interiors()).cloned().collect()
            }
            Form::Point(_) | Form::Text { .. } => continue,
        };
        let mut facts = Facts::default();
        take_columns(&mut facts, &entity.columns, (rules, 0.0), |kind, detail| {
            notes.add_with(kind, &entity.layer, None, Some(detail));
        });
        let said =
            facts.text("line_kind").filter(|kind| codes("plan_lines", "line_kind").iter().any(|one| one.code == *kind));
        let kind = said.unwrap_or(kind).to_owned();
        for mut line in drawn {
            line.0.dedup();
            if line.0.len() < 2 {
                notes.add(NoteKind::Degenerate, &entity.layer, entity.form.first());
                continue;
            }
            let known = entity.part_of.and_then(|whole| wholes.get(&whole).copied());
            if let Some(whole) = known.and_then(|at: usize| lines.get_mut(at)) {
                whole.course.0.push(line);
                continue;
            }
            wholes.extend(entity.part_of.map(|whole| (whole, lines.len())));
            let (kind, item) = (kind.clone(), item.clone());
            let (course, layer) = (MultiLineString(vec![line]), entity.layer.clone());
            lines.push(PlanLine { course, kind, item, layer, facts: facts.clone() });
        }
    }
    lines
}
