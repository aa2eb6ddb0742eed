//! Hotspots: where values gather in space and how that changes in time, with statistics that a statistician can repeat.
//!
//! Everything is measured in the metres of one projected system (EPSG:5897 for Hanoi); the caller transforms. Conventions
//! are those of PySAL (`libpysal`, `esda`), `scipy`, `statsmodels`, `scikit-learn` and `pymannkendall`, and
//! `tests/hotspots.rs` holds every statistic against them. Where they are known to mislead, this module differs and says so.
//!
//! | file | what it has |
//! |---|---|
//! | [`sites`] | places with stable keys: what every run starts from |
//! | [`grid`] | hexagons of a chosen size, the same for ever |
//! | [`weights`] | who is whose neighbour, and by how much |
//! | [`getis`] | Getis-Ord Gi and Gi*: high or low values that gather |
//! | [`moran`] | Moran's I, global and local: alike beside alike, and outliers |
//! | [`permutation`] | what the same values would give if they were strewn at random |
//! | [`fdr`] | false-discovery-rate control and the classes of confidence |
//! | [`density`] | smooth density, its bandwidth, its edge at a boundary |
//! | [`zones`] | clusters of places as polygons |
//! | [`pressure`] | how hard a site presses, from its facts; the one part that knows what values mean |
//! | [`cells`], [`standing`], [`run`] | a grid with what lies in it; the run that is published; a run of one's own |
//! | [`waterway`] | loads on their way down a network of courses |
//! | [`trend`] | Mann-Kendall, Sen's slope, the patterns of a hotspot over time |
//!
//! - **Nothing hangs on the order of the input or on the number of threads**: sites are worked on in the order of their
//!   keys, random draws are numbered, and sums are made in one fixed order.
//! - **No answer is NaN or infinite.** What has no statistic is a [`NoStatistic`] for a whole run or a [`Gap`] for one site.
//! - **Work is bounded** before it starts, and a [`Stop`] ends it on the way.

pub mod cells;
pub mod density;
pub mod fdr;
pub mod getis;
pub mod grid;
pub mod moran;
pub mod permutation;
pub mod pressure;
pub mod run;
pub mod sites;
pub mod standing;
pub mod trend;
pub mod waterway;
pub mod weights;
pub mod zones;

#[cfg(test)]
mod tests;

/// Asked between pieces of work: `true` ends the run with [`NoStatistic::Stopped`].
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// A [`Stop`] that never stops.
pub fn never() -> bool {
    false
}

/// Why a run has no answer at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoStatistic {
    #[error("có {have} cơ sở; cần ít nhất {need} / there are {have} sites; at least {need} are needed")]
    TooFew { have: usize, need: usize },
    #[error("có {have} cơ sở; chỉ nhận tối đa {limit} / there are {have} sites; at most {limit} can be taken")]
    TooMany { have: usize, limit: usize },
    #[error("có {values} giá trị cho {sites} cơ sở / {values} values were given for {sites} sites")]
    Mismatch { values: usize, sites: usize },
    #[error("số ở vị trí {at} không hữu hạn hoặc quá lớn / the number at position {at} is not finite or too large")]
    NotFinite { at: usize },
    #[error("trọng số ở vị trí {at} bị âm / the weight at position {at} is negative")]
    Negative { at: usize },
    #[error("hai cơ sở có cùng khóa {key} / two sites have the same key, {key}")]
    SameKey { key: u64 },
    #[error("mọi giá trị bằng nhau nên không có gì tập trung / all values are equal, so nothing can gather")]
    AllEqual,
    #[error("mọi trọng số bằng 0 / all weights are zero")]
    NoWeight,
    #[error("mọi vị trí trùng nhau / all places are the same")]
    OnePlace,
    #[error(
        "cần {k} cơ sở lân cận, nhưng mỗi cơ sở chỉ có {others} cơ sở khác / {k} neighbours were asked for, but each site has only {others} others"
    )]
    KTooLarge { k: usize, others: usize },
    #[error(
        "{} phải là số lớn hơn 0 và không quá {limit} / {} must be a number greater than zero and at most {limit}",
        crate::text::vi(what),
        crate::text::en(what)
    )]
    OutOfRange { what: &'static str, limit: f64 },
    #[error("không cơ sở nào có lân cận: khoảng cách quá ngắn / no site has a neighbour: the distance is too short")]
    NoNeighbours,
    #[error(
        "có hơn {limit} cặp lân cận: khoảng cách quá dài cho chừng ấy cơ sở / the neighbours come to more than {limit} pairs: the distance is too long for so many sites"
    )]
    TooManyLinks { limit: usize },
    #[error(
        "chừng ấy hoán vị của chừng ấy lân cận vượt {limit} lần rút / so many permutations of so many neighbours are more than {limit} draws"
    )]
    TooManyDraws { limit: usize },
    #[error(
        "ô cỡ đó sẽ có {cells:.0} ô, ít hơn {least} hoặc nhiều hơn {most} / cells of that size would be {cells:.0}, fewer than {least} or more than {most}"
    )]
    CellCount { cells: f64, least: usize, most: usize },
    #[error(
        "không có bán kính nào tốt hơn hẳn: quá ít vị trí khác nhau / no bandwidth within reach is better than all others: too few distinct places"
    )]
    NoBandwidth,
    #[error(
        "lân cận ở vị trí {at} không có, bị lặp, hoặc trọng số không phải số dương / a neighbour at position {at} is not there, is repeated, or has a weight that is not a positive number"
    )]
    BadLink { at: usize },
    #[error(
        "không thể có kết quả khác: mọi cơ sở đều là lân cận của nhau / no other outcome was possible: every site is every other's neighbour"
    )]
    NoVariation,
    #[error("lượt chạy đã bị dừng / the run was stopped")]
    Stopped,
}

/// Why one site of a run has no statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gap {
    /// It has no neighbour (and, in Gi*, not even itself).
    Island,
    /// The other sites' values are all equal, or every site is its neighbour: no other outcome was possible.
    NoVariation,
}

/// What a two-sided test says about one value of a standard normal: the chance of one at least so far from zero.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

fn stopped(stop: Stop) -> Result<(), NoStatistic> {
    if stop() { Err(NoStatistic::Stopped) } else { Ok(()) }
}

/// A length, bandwidth or size that may be used: finite, greater than zero, at most `limit`.
fn positive(what: &'static str, number: f64, limit: f64) -> Result<f64, NoStatistic> {
    if number > 0.0 && number <= limit { Ok(number) } else { Err(NoStatistic::OutOfRange { what, limit }) }
}
