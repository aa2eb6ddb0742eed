//! A run of one's own: any method over cells or over the sites themselves, with parameters within bounds.

use geo::{Coord, Geometry, MultiPolygon, Point};

use super::cells::{Cells, Tested, hot_and_cold, tested};
use super::density::{Boundary, Density, Kernel as Smooth};
use super::moran::{Quadrant, local_moran};
use super::permutation::Permutations;
use super::pressure::Span;
use super::sites::{Sites, key_of};
use super::weights::{Kernel, Own, Reach, Scheme, Transform, Weights};
use super::zones::{ZoneOptions, outline, zones};
use super::{NoStatistic, Stop};

/// Gives a choice its words, in the order in which they are offered.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// The words that choose.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word of a choice.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The choice of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// As [`Self::parse`], with a sentence for who wrote another word.
            pub fn parse_argument(word: &str) -> Result<Self, String> {
                Self::parse(word).ok_or_else(|| format!("không thuộc {0} / is not one of {0}", Self::WORDS.join(", ")))
            }
        }
    };
}

choice! {
    /// How hotspots are looked for.
    Method {
        /// Getis-Ord Gi*.
        GiStar = "gi_star",
        /// Local Moran.
        Moran = "moran",
        /// Kernel density.
        Kde = "kde",
        /// Zones of sites that lie close together.
        Dbscan = "dbscan",
    }
}

choice! {
    /// What a statistic is of.
    On {
        /// Hexagons.
        Cells = "cells",
        /// The sites themselves.
        Sites = "sites",
    }
}

choice! {
    /// Who is whose neighbour.
    Neighbours {
        /// All within a distance.
        Band = "band",
        /// So many nearest ones.
        Nearest = "knn",
        /// All within a distance, the nearer the more.
        Kernel = "kernel",
    }
}

choice! {
    /// How weight falls with distance.
    KernelShape {
        Gaussian = "gaussian",
        Quartic = "quartic",
    }
}

choice! {
    /// Which number of each site's interval counts.
    End {
        /// The middle.
        Mid = "mid",
        /// What is proven.
        Low = "low",
        /// What cannot be ruled out.
        High = "high",
    }
}

impl End {
    /// The number of an interval.
    pub fn of(self, span: Span) -> f64 {
        match self {
            End::Mid => span.mid(),
            End::Low => span.low,
            End::High => span.high,
        }
    }
}

/// What a run can be asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunOptions {
    pub method: Method,
    pub on: On,
    pub value: End,
    /// From flat side to flat side of a cell, metres.
    pub cell: f64,
    pub neighbours: Neighbours,
    /// Metres: of the band, the kernel, the density, or within which sites make a zone; by rule without it.
    pub bandwidth: Option<f64>,
    /// Nearest neighbours; with DBSCAN the sites that make a zone.
    pub k: usize,
    pub kernel: KernelShape,
    pub permutations: Permutations,
    /// Whether chances are held against the number of tests.
    pub fdr: bool,
}

/// Sizes of a cell that reach over the two rings around it and no further: the neighbourhood of the standing run.
const TWO_RINGS: f64 = 2.1;
/// Least and most of the numbers that can be asked for.
pub const CELL: (f64, f64) = (500.0, 20_000.0);
/// As [`CELL`].
pub const BANDWIDTH: (f64, f64) = (100.0, 100_000.0);
/// As [`CELL`].
pub const K: (usize, usize) = (1, 500);
/// As [`CELL`].
pub const PERMUTATIONS: (u32, u32) = (0, 99_999);

/// A site of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSite {
    /// What it is called wherever it is meant: decides ties and random draws.
    pub name: String,
    /// Metres.
    pub place: Coord<f64>,
    pub value: Span,
}

/// A cell, site or zone of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    pub id: String,
    /// Metres.
    pub shape: Geometry<f64>,
    /// `None` for methods without a test, and where nothing can be said.
    pub tested: Option<Tested>,
    /// Local Moran alone.
    pub quadrant: Option<Quadrant>,
    /// Pressure per square kilometre, of a density alone.
    pub density: Option<f64>,
    /// Sum over its sites.
    pub value: Span,
    /// Positions of its sites.
    pub sites: Vec<usize>,
}

/// What a run finds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    pub spots: Vec<Spot>,
    /// The bandwidth that was used, metres, where one was.
    pub bandwidth: Option<f64>,
}

/// Runs a method over some sites in an area (metres), as [`Cells::new`] has it.
///
/// Fails as the method does; [`NoStatistic`] says why.
pub fn run(sites: &[RunSite], area: &MultiPolygon<f64>, options: &RunOptions, stop: Stop) -> Result<Run, NoStatistic> {
    let places: Vec<Coord<f64>> = sites.iter().map(|site| site.place).collect();
    if places.is_empty() {
        return Err(NoStatistic::TooFew { have: 0, need: 1 });
    }
    match (options.method, options.on) {
        (Method::Kde, _) => density(sites, &places, area, options, stop),
        (Method::Dbscan, _) => clusters(sites, &places, options, stop),
        (_, On::Cells) => over_cells(sites, &places, area, options, stop),
        (_, On::Sites) => over_sites(sites, options, stop),
    }
}

fn sum(sites: &[RunSite], members: &[usize]) -> Span {
    members.iter().map(|site| sites[*site].value).sum()
}

fn over_cells(
    sites: &[RunSite],
    places: &[Coord<f64>],
    area: &MultiPolygon<f64>,
    options: &RunOptions,
    stop: Stop,
) -> Result<Run, NoStatistic> {
    let cells = Cells::new(area, places, options.cell, stop)?;
    let values = cells.sums(|site| options.value.of(sites[site].value));
    // The centres of the twelve cells of the second ring are at most two sizes of a cell away.
    let bandwidth = options.bandwidth.unwrap_or(TWO_RINGS * options.cell);
    let found = test(&cells.sites, &values, bandwidth, options, stop)?;
    let spots = found.into_iter().enumerate().map(|(at, (tested, quadrant))| Spot {
        id: cells.id(at),
        shape: cells.grid.polygon(cells.cells[at]).into(),
        tested,
        quadrant,
        density: None,
        value: sum(sites, &cells.members[at]),
        sites: cells.members[at].clone(),
    });
    Ok(Run { spots: spots.collect(), bandwidth: uses_bandwidth(options).then_some(bandwidth) })
}

fn over_sites(sites: &[RunSite], options: &RunOptions, stop: Stop) -> Result<Run, NoStatistic> {
    let keyed: Vec<_> = sites.iter().map(|site| (key_of(&site.name), site.place)).collect();
    let values: Vec<f64> = sites.iter().map(|site| options.value.of(site.value)).collect();
    let bandwidth = options.bandwidth.unwrap_or(2.0 * options.cell);
    let found = test(&Sites::new(&keyed)?, &values, bandwidth, options, stop)?;
    let spots = found.into_iter().enumerate().map(|(at, (tested, quadrant))| Spot {
        id: sites[at].name.clone(),
        shape: Point(sites[at].place).into(),
        tested,
        quadrant,
        density: None,
        value: sites[at].value,
        sites: vec![at],
    });
    Ok(Run { spots: spots.collect(), bandwidth: uses_bandwidth(options).then_some(bandwidth) })
}

fn uses_bandwidth(options: &RunOptions) -> bool {
    options.neighbours != Neighbours::Nearest
}

type Found = (Option<Tested>, Option<Quadrant>);

/// Tests values at places, in the caller's order.
fn test(
    sites: &Sites,
    values: &[f64],
    bandwidth: f64,
    options: &RunOptions,
    stop: Stop,
) -> Result<Vec<Found>, NoStatistic> {
    let kernel = match options.kernel {
        KernelShape::Gaussian => Kernel::Gaussian,
        KernelShape::Quartic => Kernel::Quartic,
    };
    let scheme = match options.neighbours {
        Neighbours::Band => Scheme::DistanceBand(bandwidth),
        Neighbours::Nearest => Scheme::Nearest(options.k),
        Neighbours::Kernel => Scheme::Kernel(kernel, Reach::Fixed(bandwidth)),
    };
    let permutations = Some(options.permutations).filter(|permutations| permutations.count > 0);
    if options.method == Method::Moran {
        let weights = Weights::build(sites, scheme, Transform::RowStandardised, Own::Without, stop)?;
        let local = local_moran(&weights, values, permutations, stop)?;
        let score = |local: &Result<super::moran::LocalMoran, super::Gap>| {
            let local = local.as_ref().ok()?;
            Some((local.z?, local.simulated.map(|simulated| simulated.p).or(local.p)?))
        };
        let tested = tested(&local.iter().map(score).collect::<Vec<_>>(), options.fdr)?;
        let quadrants = local.iter().map(|local| local.as_ref().ok().map(|local| local.quadrant));
        return Ok(tested.into_iter().zip(quadrants).collect());
    }
    let transform = if options.neighbours == Neighbours::Kernel { Transform::AsMade } else { Transform::Binary };
    let weights = Weights::build(sites, scheme, transform, Own::With, stop)?;
    let found = hot_and_cold(&weights, values, permutations, options.fdr, stop)?;
    Ok(found.into_iter().map(|tested| (tested, None)).collect())
}

/// Square metres of a square kilometre.
const KM2: f64 = 1e6;

fn density(
    sites: &[RunSite],
    places: &[Coord<f64>],
    area: &MultiPolygon<f64>,
    options: &RunOptions,
    stop: Stop,
) -> Result<Run, NoStatistic> {
    let cells = Cells::new(area, places, options.cell, stop)?;
    let weighed: Vec<_> = sites.iter().map(|site| (site.place, options.value.of(site.value))).collect();
    let density = Density::new(&weighed)?;
    let kernel = match options.kernel {
        KernelShape::Gaussian => Smooth::Gaussian,
        KernelShape::Quartic => Smooth::Quartic,
    };
    let bandwidth = match options.bandwidth {
        Some(bandwidth) => bandwidth,
        None => density.rule_of_thumb(kernel)?,
    };
    let centres: Vec<_> = cells.cells.iter().map(|cell| cells.grid.centre(*cell)).collect();
    // Without a boundary nothing is to be corrected at its edge.
    let boundary = if area.0.is_empty() { None } else { Some(Boundary::new(area)?) };
    let at = density.at(&centres, kernel, bandwidth, boundary.as_ref(), stop)?;
    let spots = at.into_iter().enumerate().map(|(at, density)| Spot {
        id: cells.id(at),
        shape: cells.grid.polygon(cells.cells[at]).into(),
        tested: None,
        quadrant: None,
        density: Some(density * KM2),
        value: sum(sites, &cells.members[at]),
        sites: cells.members[at].clone(),
    });
    Ok(Run { spots: spots.collect(), bandwidth: Some(bandwidth) })
}

fn clusters(sites: &[RunSite], places: &[Coord<f64>], options: &RunOptions, stop: Stop) -> Result<Run, NoStatistic> {
    let keyed: Vec<_> = sites.iter().map(|site| (key_of(&site.name), site.place)).collect();
    let bandwidth = options.bandwidth.unwrap_or(options.cell);
    let found = zones(
        &Sites::new(&keyed)?,
        &vec![1.0; sites.len()],
        ZoneOptions { reach: bandwidth, least_weight: options.k as f64 },
        stop,
    )?;
    let spots = found.into_iter().map(|zone| {
        let members: Vec<_> = zone.members.iter().map(|site| places[*site]).collect();
        // The name of the zone is that of its first core, which another order of the input does not change.
        let first = zone.cores.iter().map(|site| sites[*site].name.as_str()).min().unwrap_or_default();
        Ok(Spot {
            id: format!("zone-{}", first.replace('/', ".")),
            shape: outline(&members, bandwidth / 2.0)?.into(),
            tested: None,
            quadrant: None,
            density: None,
            value: sum(sites, &zone.members),
            sites: zone.members,
        })
    });
    let mut spots = spots.collect::<Result<Vec<Spot>, NoStatistic>>()?;
    spots.sort_by(|a, b| options.value.of(b.value).total_cmp(&options.value.of(a.value)).then(a.id.cmp(&b.id)));
    Ok(Run { spots, bandwidth: Some(bandwidth) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::hotspot::never;
    use geo::Rect;

    fn options(method: Method) -> RunOptions {
        RunOptions {
            method,
            on: On::Cells,
            value: End::Mid,
            cell: 4000.0,
            neighbours: Neighbours::Band,
            bandwidth: None,
            k: 4,
            kernel: KernelShape::Gaussian,
            permutations: Permutations { count: 999, seed: 7 },
            fdr: true,
        }
    }

    /// A city of 60 by 60 km.
    fn city() -> MultiPolygon<f64> {
        MultiPolygon(vec![Rect::new((0.0, 0.0), (60_000.0, 60_000.0)).to_polygon()])
    }

    fn site(name: &str, x: f64, y: f64, value: f64) -> RunSite {
        RunSite { name: name.to_owned(), place: Coord { x, y }, value: Span::exactly(value) }
    }

    /// Light sites on a wide grid, and a dozen heavy ones around (20 km, 20 km).
    fn planted() -> Vec<RunSite> {
        let wide = (0..100).map(|n| {
            let (column, row) = (f64::from(n % 10), f64::from(n / 10));
            site(&format!("light-{n}"), 3000.0 + 6000.0 * column, 3000.0 + 6000.0 * row, 1.0 + f64::from(n % 3) / 10.0)
        });
        let heavy = (0..12).map(|n| {
            let angle = f64::from(n) * std::f64::consts::FRAC_PI_6;
            site(&format!("heavy-{n}"), 20_000.0 + 3000.0 * angle.cos(), 20_000.0 + 3000.0 * angle.sin(), 8.0)
        });
        wide.chain(heavy).collect()
    }

    #[test]
    fn no_site_one_site_and_sites_all_alike_are_told_apart_from_a_hotspot() {
        for method in [Method::GiStar, Method::Moran, Method::Kde, Method::Dbscan] {
            let none = run(&[], &city(), &options(method), &never);
            assert_eq!(none, Err(NoStatistic::TooFew { have: 0, need: 1 }), "{method:?}");
        }
        let nothing = vec![site("a", 1000.0, 1000.0, 0.0), site("b", 9000.0, 9000.0, 0.0)];
        assert_eq!(run(&nothing, &city(), &options(Method::GiStar), &never), Err(NoStatistic::AllEqual));
        assert_eq!(run(&nothing, &city(), &options(Method::Kde), &never), Err(NoStatistic::NoWeight));
        let one = vec![site("a", 1000.0, 1000.0, 1.0)];
        assert_eq!(run(&one, &city(), &options(Method::Kde), &never), Err(NoStatistic::OnePlace));
        assert!(run(&one, &city(), &options(Method::Dbscan), &never).unwrap().spots.is_empty());
    }

    #[test]
    fn a_planted_cluster_is_found_by_every_method_whatever_the_order() {
        let sites = planted();
        let reversed: Vec<RunSite> = sites.iter().rev().cloned().collect();
        for method in [Method::GiStar, Method::Moran, Method::Kde, Method::Dbscan] {
            let found = run(&sites, &city(), &options(method), &never).unwrap();
            let strength = |spot: &Spot| match method {
                Method::Kde => spot.density.unwrap(),
                Method::Dbscan => spot.value.mid(),
                _ => spot.tested.map_or(0.0, |tested| tested.z),
            };
            let best = found.spots.iter().max_by(|a, b| strength(a).total_cmp(&strength(b))).unwrap();
            let middle = geo::Centroid::centroid(&best.shape).unwrap();
            assert!((middle.x() - 20_000.0).hypot(middle.y() - 20_000.0) < 5000.0, "{method:?} found {middle:?}");
            if method == Method::GiStar {
                // One of few hot cells among hundreds: 999 permutations cannot prove more with a false-discovery rate.
                assert!(best.tested.is_some_and(|tested| tested.z > 3.0 && tested.p < 0.05), "{:?}", best.tested);
            }
            let again = run(&reversed, &city(), &options(method), &never).unwrap();
            let told = |run: &Run| -> Vec<_> {
                run.spots.iter().map(|spot| (spot.id.clone(), spot.tested, spot.density)).collect()
            };
            assert_eq!(told(&found), told(&again), "{method:?}");
        }
    }

    #[test]
    fn a_stopped_run_says_so() {
        let stop = || true;
        assert_eq!(run(&planted(), &city(), &options(Method::GiStar), &stop), Err(NoStatistic::Stopped));
    }
}
