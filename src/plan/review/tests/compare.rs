//! Two versions of the hand-drawn plan.

use super::sketch::{lot, parcel};
use super::*;
use crate::plan::{Comparison, compare};

fn against_clean(change: impl FnOnce(&mut Plan)) -> Comparison {
    let mut after = clean();
    after.row.id = "later".to_owned();
    change(&mut after);
    compare(standards(), &clean(), &after, DAY)
}

#[test]
fn the_same_plan_has_not_changed() {
    let same = against_clean(|_| {});
    assert_eq!((same.added.len(), same.removed.len(), same.changed.len(), same.unchanged), (0, 0, 0, 9));
    assert_eq!((same.before.as_str(), same.after.as_str(), same.tolerance_m), ("plan", "later", 0.1));
}

#[test]
fn a_border_that_moves_by_ten_centimetres_has_not_moved_and_by_more_has() {
    let moved = |metres: f64| {
        against_clean(|plan| {
            let stated = lot(plan, "CN-01").stated_m2;
            *lot(plan, "CN-01") = parcel("CN-01", rect(12.0, 12.0, 179.0, 104.0 + metres));
            lot(plan, "CN-01").stated_m2 = stated;
        })
    };
    assert_eq!(moved(0.099).changed.len(), 0);
    let further = moved(0.15);
    assert_eq!((further.changed.len(), further.unchanged), (1, 8));
    let change = &further.changed[0];
    assert!((change.moved_m.unwrap() - 0.15).abs() < 1e-6, "{:?}", change.moved_m);
    // 167 m × 0.15 m more.
    let [before, after] = change.area_m2;
    assert!((after.unwrap() - before.unwrap() - 25.05).abs() < 1e-3);
}

#[test]
fn a_change_of_use_or_of_a_number_is_told_and_of_a_name_found_by_the_ground() {
    let used = against_clean(|plan| lot(plan, "P-01").land_use = Some("CX".to_owned()));
    let [before, after] = used.changed[0].land_use.clone().unwrap();
    assert_eq!((before.as_deref(), after.as_deref()), (Some("P"), Some("CX")));
    let denser = against_clean(|plan| lot(plan, "CN-02").density_max_pct = Some(65.0));
    assert_eq!(denser.changed[0].values, [("density_max_pct", Some(60.0), Some(65.0))]);
    let renamed = against_clean(|plan| lot(plan, "CN-02").symbol = Some("CN-07".to_owned()));
    assert_eq!((renamed.added.len(), renamed.removed.len(), renamed.changed.len()), (0, 0, 1));
    assert_eq!(renamed.changed[0].symbols, [Some("CN-02".to_owned()), Some("CN-07".to_owned())]);
}

#[test]
fn a_lot_that_is_divided_is_gone_and_its_parts_are_new() {
    let divided = against_clean(|plan| {
        plan.parcels.retain(|parcel| parcel.symbol.as_deref() != Some("CN-03"));
        for (symbol, west, east) in [("CN-04", 221.0, 277.0), ("CN-05", 277.0, 333.0), ("CN-06", 333.0, 388.0)] {
            plan.parcels.push(parcel(symbol, rect(west, 12.0, east, 104.0)));
        }
    });
    assert_eq!(divided.added, ["plan-cn-04", "plan-cn-05", "plan-cn-06"]);
    assert_eq!((divided.removed.as_slice(), divided.unchanged), (&["plan-cn-03".to_owned()][..], 8));
}
