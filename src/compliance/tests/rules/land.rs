//! CCN-NO-RESIDENTS, CCN-CV-60, CCN-PLAN, ENV-GREEN.

use super::*;

#[test]
fn nobody_lives_inside_the_boundary() {
    check(
        "CCN-NO-RESIDENTS",
        &whole_cluster(),
        &[
            ("not on record", |site| site.land.resident_households = None, NOW, Unknown),
            ("a negative count", |site| site.land.resident_households = Some(-1), NOW, Unknown),
            ("none", |_| {}, NOW, Met),
            ("one household", |site| site.land.resident_households = Some(1), NOW, Breached),
            (
                "while land is being cleared",
                |site| {
                    site.land.resident_households = Some(1);
                    site.status = Some(SiteStatus::UnderConstruction);
                },
                NOW,
                NotApplicable,
            ),
            ("last day of Decree 68", |site| site.land.resident_households = Some(1), "2024-04-30", Breached),
            ("first day of Decree 32", |site| site.land.resident_households = Some(1), "2024-05-01", Breached),
        ],
    );
}

#[test]
fn sixty_percent_of_a_craft_village_clusters_industrial_land_are_for_craft_villages() {
    // 60 % of 28 ha are 16.8 ha.
    check(
        "CCN-CV-60",
        &whole_cluster(),
        &[
            ("16.8 of 28 ha", |site| site.land.craft_industrial_ha = Some(dec("16.8")), NOW, Met),
            ("just below", |site| site.land.craft_industrial_ha = Some(dec("16.7999")), NOW, Breached),
            ("more than there is", |site| site.land.craft_industrial_ha = Some(dec("28.01")), NOW, Unknown),
            ("negative", |site| site.land.craft_industrial_ha = Some(dec("-1")), NOW, Unknown),
            ("part not on record", |site| site.land.craft_industrial_ha = None, NOW, Unknown),
            ("whole not on record", |site| site.land.industrial_ha = None, NOW, Unknown),
            ("whole of zero", |site| site.land.industrial_ha = Some(dec("0")), NOW, Unknown),
            ("kind not on record", |site| site.land.is_craft_village_cluster = None, NOW, Unknown),
            ("no craft village", |site| site.land.is_craft_village_cluster = Some(false), NOW, NotApplicable),
            ("before the decree", |site| site.land.craft_industrial_ha = Some(dec("1")), "2024-04-30", Unknown),
            ("its first day", |site| site.land.craft_industrial_ha = Some(dec("1")), "2024-05-01", Breached),
        ],
    );
    let mut site = whole_cluster();
    site.land.industrial_ha = Some(dec("0"));
    assert_eq!(lacks(&site, "CCN-CV-60", NOW), ["industrial_ha"]);
}

#[test]
fn a_cluster_stands_in_the_provincial_scheme_at_every_stage() {
    check(
        "CCN-PLAN",
        &whole_cluster(),
        &[
            ("not on record", |site| site.land.in_provincial_scheme = None, NOW, Unknown),
            ("in it", |_| {}, NOW, Met),
            ("not in it", |site| site.land.in_provincial_scheme = Some(false), NOW, Breached),
            (
                "not in it, planned",
                |site| {
                    site.land.in_provincial_scheme = Some(false);
                    site.status = Some(SiteStatus::Planned);
                },
                NOW,
                Breached,
            ),
            ("before Decree 68", |_| {}, "2017-07-14", Unknown),
            ("its first day", |_| {}, "2017-07-15", Met),
        ],
    );
    assert_eq!(found(&whole_village(), "CCN-PLAN", NOW).outcome, NotApplicable);
}

#[test]
fn ten_percent_of_the_area_are_green() {
    // 10 % of 40 ha are 4 ha.
    check(
        "ENV-GREEN",
        &whole_cluster(),
        &[
            ("4 of 40 ha", |site| site.land.green_ha = Some(dec("4")), NOW, Met),
            ("just below", |site| site.land.green_ha = Some(dec("3.9999")), NOW, Breached),
            ("more than the area", |site| site.land.green_ha = Some(dec("40.01")), NOW, Unknown),
            ("negative", |site| site.land.green_ha = Some(dec("-4")), NOW, Unknown),
            ("not on record", |site| site.land.green_ha = None, NOW, Unknown),
            ("area not on record", |site| site.land.area_ha = None, NOW, Unknown),
            ("being built", |site| site.status = Some(SiteStatus::UnderConstruction), NOW, NotApplicable),
            ("before the code", |_| {}, "2021-07-04", Unknown),
            ("its first day", |_| {}, "2021-07-05", Met),
        ],
    );
}
