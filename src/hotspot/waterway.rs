//! Along the water: where the loads of outfalls gather on their way down a network of courses.
//!
//! A course runs in the direction of its flow and ends in another one, at the point of it that is nearest. Outfalls reach
//! the nearest course, or the one that is named. Between outfalls and confluences lie reaches; the load of each is what
//! enters at its beginning and what comes down from above. Nothing is lost on the way: the loads at the ends of the network
//! are those of all outfalls. That overstates substances that break down or settle, and says so by being a sum.
//!
//! What cannot be is cut and noted, never followed: a gap wider than `join_reach`, a target that is not there, a circle.

use std::collections::{BTreeMap, HashMap};

use geo::{Coord, LineString};
use rayon::prelude::*;

use super::pressure::Span;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// A stretch shorter than this (metres) is no course.
const SHORTEST_M: f64 = 2.0;

/// A river or canal in metres, in the direction of its flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub id: String,
    /// Its parts in their order.
    pub parts: Vec<LineString<f64>>,
    /// Id of the course that it flows into; `None` where it leaves the area.
    pub flows_into: Option<String>,
    /// Flow in the dry season, m³/s; `None` where it is not known.
    pub q_m3s: Option<f64>,
}

/// Where a load enters.
#[derive(Debug, Clone, PartialEq)]
pub struct Outfall {
    /// Metres.
    pub place: Coord<f64>,
    /// Id of the course that it enters, where that is on record.
    pub course: Option<String>,
    /// m³ a day at the limit.
    pub load: Span,
}

/// How far things may be apart, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reaching {
    /// An outfall from its course.
    pub outfall: f64,
    /// The end of a course from what it goes on in.
    pub join: f64,
}

/// Why the flow ends where it should go on.
#[derive(Debug, Clone, PartialEq)]
pub enum Cut {
    /// The next part, or the course that it flows into, is so many metres away.
    Gap(f64),
    /// The course that it flows into is not in the register.
    NoTarget(String),
    /// Going on would come back to where it was.
    Circle(String),
}

/// A piece of a course between outfalls and confluences.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Id of the course and metres from its beginning: stays as long as its upper end does.
    pub id: String,
    /// Position of the course in the given order.
    pub course: usize,
    /// Metres, in the direction of the flow.
    pub line: LineString<f64>,
    /// Position of the reach that it flows into.
    pub downstream: Option<usize>,
    /// Positions of the reaches that flow into it.
    pub upstream: Vec<usize>,
    /// Positions of the outfalls that enter at its beginning.
    pub outfalls: Vec<usize>,
    /// What enters at its beginning, m³ a day at the limit.
    pub own: Span,
    /// What comes down in it, m³ a day at the limit.
    pub load: Span,
    /// Load over flow: so many times the limit where all is mixed and nothing else is in the water; `None` where the flow
    /// is not known.
    pub per_flow: Option<Span>,
    /// Why the flow ends here, where it should not.
    pub cut: Option<Cut>,
}

/// A network with its loads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Course by course in the order of their ids, each from its beginning.
    pub reaches: Vec<Reach>,
    /// Where each outfall enters; `None` where no course is near enough.
    pub entered: Vec<Option<usize>>,
}

/// A course, or a part of it that is cut off from the others.
struct Stretch {
    course: usize,
    points: Vec<Coord<f64>>,
    /// Metres from the beginning of the stretch to each point.
    along: Vec<f64>,
    /// Metres of the course that lie before it.
    offset: f64,
    min: Coord<f64>,
    max: Coord<f64>,
    /// Where it flows on: a stretch and metres along it.
    next: Option<(usize, f64)>,
    cut: Option<Cut>,
}

fn apart(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

impl Stretch {
    fn of(course: usize, mut points: Vec<Coord<f64>>, offset: f64) -> Option<Stretch> {
        points.dedup();
        let mut along = Vec::with_capacity(points.len());
        let mut length = 0.0;
        for (at, point) in points.iter().enumerate() {
            length += at.checked_sub(1).map_or(0.0, |last| apart(points[last], *point));
            along.push(length);
        }
        if !(length >= SHORTEST_M && length.is_finite()) {
            return None;
        }
        let first = *points.first()?;
        let fold = |pick: fn(f64, f64) -> f64| {
            points.iter().fold(first, |a, b| Coord { x: pick(a.x, b.x), y: pick(a.y, b.y) })
        };
        let (min, max) = (fold(f64::min), fold(f64::max));
        Some(Stretch { course, points, along, offset, min, max, next: None, cut: None })
    }

    fn length(&self) -> f64 {
        self.along.last().copied().unwrap_or(0.0)
    }

    /// Metres at least between a place and the stretch.
    fn at_least(&self, place: Coord<f64>) -> f64 {
        let x = (self.min.x - place.x).max(place.x - self.max.x).max(0.0);
        let y = (self.min.y - place.y).max(place.y - self.max.y).max(0.0);
        x.hypot(y)
    }

    /// Metres between a place and the nearest point, and metres along the stretch to that point.
    fn nearest(&self, place: Coord<f64>) -> (f64, f64) {
        let mut nearest = (f64::INFINITY, 0.0);
        for (ends, along) in self.points.windows(2).zip(&self.along) {
            let (a, b) = (ends[0], ends[1]);
            let length = apart(a, b);
            let share = ((place.x - a.x) * (b.x - a.x) + (place.y - a.y) * (b.y - a.y)) / (length * length);
            let share = share.clamp(0.0, 1.0);
            let foot = Coord { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
            let distance = apart(place, foot);
            if distance < nearest.0 {
                nearest = (distance, along + share * length);
            }
        }
        nearest
    }

    /// Whole metres along the stretch at which something enters: never its very end, so that a reach lies behind it.
    fn entry(&self, along: f64) -> i64 {
        (along.round() as i64).clamp(0, (self.length().floor() as i64 - 1).max(0))
    }

    fn at(&self, along: f64) -> Coord<f64> {
        let behind = self.along.partition_point(|known| *known <= along).clamp(1, self.points.len() - 1);
        let (a, b) = (self.points[behind - 1], self.points[behind]);
        let (from, to) = (self.along[behind - 1], self.along[behind]);
        let share = ((along - from) / (to - from)).clamp(0.0, 1.0);
        Coord { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) }
    }

    fn piece(&self, from: f64, to: f64) -> LineString<f64> {
        let between = self.points.iter().zip(&self.along).filter(|(_, along)| **along > from && **along < to);
        let points = std::iter::once(self.at(from)).chain(between.map(|(point, _)| *point)).chain([self.at(to)]);
        LineString(points.collect())
    }
}

/// The stretches of all courses in the order of the courses' ids.
fn stretches(courses: &[Course], join: f64) -> Vec<Stretch> {
    let mut order: Vec<usize> = (0..courses.len()).collect();
    order.sort_by(|a, b| courses[*a].id.cmp(&courses[*b].id));
    let mut all: Vec<Stretch> = Vec::new();
    for course in order {
        let is_line =
            |part: &&LineString<f64>| part.0.len() > 1 && part.0.iter().all(|c| c.x.is_finite() && c.y.is_finite());
        let mut open: Vec<Coord<f64>> = Vec::new();
        let mut offset = 0.0;
        let mut close = |points: Vec<Coord<f64>>, cut: Option<Cut>| {
            if let Some(stretch) = Stretch::of(course, points, offset) {
                offset += stretch.length();
                all.push(Stretch { cut, ..stretch });
            }
        };
        for part in courses[course].parts.iter().filter(is_line) {
            if let (Some(end), Some(start)) = (open.last(), part.0.first()) {
                let gap = apart(*end, *start);
                if gap > join {
                    close(std::mem::take(&mut open), Some(Cut::Gap(gap)));
                }
            }
            open.extend(part.0.iter().copied());
        }
        close(open, None);
    }
    all
}

/// Lets each stretch that is not cut flow on into the course that it names.
fn connect(stretches: &mut [Stretch], courses: &[Course], join: f64) {
    let mut of_course: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, stretch) in stretches.iter().enumerate() {
        of_course.entry(&courses[stretch.course].id).or_default().push(at);
    }
    for at in 0..stretches.len() {
        let stretch = &stretches[at];
        let course = &courses[stretch.course];
        let Some(target) = course.flows_into.as_ref().filter(|_| stretch.cut.is_none()) else { continue };
        let end = stretch.at(stretch.length());
        let (next, cut) = if *target == course.id {
            (None, Some(Cut::Circle(target.clone())))
        } else {
            let candidates = of_course.get(target.as_str()).into_iter().flatten();
            let nearest = candidates
                .map(|other| (stretches[*other].nearest(end), *other))
                .min_by(|(a, i), (b, j)| a.0.total_cmp(&b.0).then(i.cmp(j)));
            match nearest {
                None => (None, Some(Cut::NoTarget(target.clone()))),
                Some(((gap, _), _)) if gap > join => (None, Some(Cut::Gap(gap))),
                Some(((_, along), other)) => (Some((other, along)), None),
            }
        };
        stretches[at].next = next;
        stretches[at].cut = cut;
    }
    cut_circles(stretches, courses);
}

/// Cuts each circle behind its first stretch.
fn cut_circles(stretches: &mut [Stretch], courses: &[Course]) {
    // The walk in which a stretch was met first.
    let mut walks: Vec<Option<usize>> = vec![None; stretches.len()];
    for start in 0..stretches.len() {
        let mut at = start;
        while walks[at].is_none() {
            walks[at] = Some(start);
            match stretches[at].next {
                Some((next, _)) => at = next,
                None => break,
            }
        }
        if walks[at] != Some(start) || stretches[at].next.is_none() {
            continue;
        }
        // The walk has come back to where it was: `at` lies on a circle.
        let circle = std::iter::successors(Some(at), |at| stretches[*at].next.map(|(next, _)| next));
        let mut members: Vec<usize> = circle.skip(1).take_while(|member| *member != at).collect();
        members.push(at);
        let Some(first) = members.into_iter().min() else { continue };
        if let Some((next, _)) = stretches[first].next.take() {
            stretches[first].cut = Some(Cut::Circle(courses[stretches[next].course].id.clone()));
        }
    }
}

/// What enters a stretch at one place.
#[derive(Default)]
struct Entry {
    outfalls: Vec<usize>,
    tributaries: Vec<usize>,
}

impl Network {
    /// The network of some courses with the loads of some outfalls. The order of neither changes a load.
    pub fn new(courses: &[Course], outfalls: &[Outfall], reaching: Reaching) -> Network {
        let mut stretches = stretches(courses, reaching.join);
        connect(&mut stretches, courses, reaching.join);
        let snapped: Vec<Option<(usize, f64)>> =
            outfalls.par_iter().map(|outfall| snap(outfall, courses, &stretches, reaching.outfall)).collect();

        let mut entries: Vec<BTreeMap<i64, Entry>> =
            stretches.iter().map(|_| BTreeMap::from([(0, Entry::default())])).collect();
        let mut waits_for = vec![0_usize; stretches.len()];
        for (outfall, place) in snapped.iter().enumerate() {
            if let Some((stretch, along)) = place {
                let entry = entries[*stretch].entry(stretches[*stretch].entry(*along)).or_default();
                entry.outfalls.push(outfall);
            }
        }
        for (at, stretch) in stretches.iter().enumerate() {
            if let Some((next, along)) = stretch.next {
                entries[next].entry(stretches[next].entry(along)).or_default().tributaries.push(at);
                waits_for[next] += 1;
            }
        }

        // The first reach of each stretch.
        let mut firsts = Vec::with_capacity(stretches.len());
        let mut reaches = Vec::new();
        for (stretch, entries) in stretches.iter().zip(&entries) {
            firsts.push(reaches.len());
            reaches.extend(stretch.reaches(courses, entries, reaches.len()));
        }
        let mut network = Network { reaches, entered: vec![None; outfalls.len()] };
        // From the sources down: a stretch is summed when all that flow into it are.
        let mut ready: Vec<usize> = (0..stretches.len()).filter(|at| waits_for[*at] == 0).collect();
        while let Some(at) = ready.pop() {
            for (step, entry) in entries[at].values().enumerate() {
                let reach = firsts[at] + step;
                let lasts = entry.tributaries.iter().map(|other| firsts[*other] + entries[*other].len() - 1);
                let upstream = (step > 0).then(|| reach - 1).into_iter().chain(lasts).collect();
                network.sum(reach, upstream, &entry.outfalls, outfalls);
            }
            if let Some((next, _)) = stretches[at].next {
                waits_for[next] -= 1;
                if waits_for[next] == 0 {
                    ready.push(next);
                }
            }
        }
        for reach in &mut network.reaches {
            let flow = courses[reach.course].q_m3s.filter(|flow| *flow > 0.0 && flow.is_finite());
            reach.per_flow = flow.map(|flow| reach.load.scaled(1.0 / (flow * DAY_S)));
        }
        network
    }

    /// Sums what enters a reach at its beginning and what comes down from those above it, which are summed already.
    fn sum(&mut self, reach: usize, upstream: Vec<usize>, entering: &[usize], outfalls: &[Outfall]) {
        // Sorted, so that the order of the input changes no rounding.
        let mut loads: Vec<Span> = entering.iter().map(|at| outfalls[*at].load).collect();
        loads.sort_by(|a, b| a.high.total_cmp(&b.high).then(a.low.total_cmp(&b.low)));
        let own: Span = loads.into_iter().sum();
        let down: Span = upstream.iter().map(|at| self.reaches[*at].load).sum();
        for at in &upstream {
            self.reaches[*at].downstream = Some(reach);
        }
        for outfall in entering {
            self.entered[*outfall] = Some(reach);
        }
        let reach = &mut self.reaches[reach];
        reach.outfalls = entering.to_vec();
        reach.upstream = upstream;
        reach.own = own;
        reach.load = own.plus(down);
    }

    /// Positions of the reaches from the heaviest load on, by the middle of it; then by id.
    pub fn ranked(&self) -> Vec<usize> {
        let mut ranked: Vec<usize> = (0..self.reaches.len()).collect();
        let load = |at: usize| self.reaches[at].load.mid();
        ranked
            .sort_by(|a, b| load(*b).total_cmp(&load(*a)).then_with(|| self.reaches[*a].id.cmp(&self.reaches[*b].id)));
        ranked
    }

    /// A reach and all that flow into it, near or far, ascending.
    pub fn to_the_source(&self, reach: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![reach];
        while let Some(at) = open.pop() {
            let Some(reach) = self.reaches.get(at) else { continue };
            found.push(at);
            open.extend_from_slice(&reach.upstream);
        }
        found.sort_unstable();
        found
    }

    /// The outfalls whose load comes down in a reach.
    pub fn outfalls_above(&self, reach: usize) -> Vec<usize> {
        let reaches = self.to_the_source(reach);
        let mut found: Vec<usize> =
            reaches.into_iter().flat_map(|at| self.reaches[at].outfalls.iter().copied()).collect();
        found.sort_unstable();
        found
    }
}

impl Stretch {
    /// Its reaches, without loads; `first` is the position of the first of them.
    fn reaches(&self, courses: &[Course], entries: &BTreeMap<i64, Entry>, first: usize) -> Vec<Reach> {
        let starts: Vec<i64> = entries.keys().copied().collect();
        let last = starts.len() - 1;
        let reach = |(step, start): (usize, &i64)| {
            let end = starts.get(step + 1).map_or(self.length(), |next| *next as f64);
            Reach {
                id: format!("{}.{}", courses[self.course].id, self.offset.round() as i64 + start),
                course: self.course,
                line: self.piece(*start as f64, end),
                downstream: (step < last).then_some(first + step + 1),
                upstream: Vec::new(),
                outfalls: Vec::new(),
                own: Span::ZERO,
                load: Span::ZERO,
                per_flow: None,
                cut: self.cut.clone().filter(|_| step == last),
            }
        };
        starts.iter().enumerate().map(reach).collect()
    }
}

/// Where an outfall enters: on the course that is named, else on the nearest, if one is near enough.
fn snap(outfall: &Outfall, courses: &[Course], stretches: &[Stretch], reach: f64) -> Option<(usize, f64)> {
    let nearest = |is_wanted: &dyn Fn(&Stretch) -> bool| {
        let mut nearest: Option<(f64, usize, f64)> = None;
        for (at, stretch) in stretches.iter().enumerate().filter(|(_, stretch)| is_wanted(stretch)) {
            let within = nearest.map_or(reach, |(distance, ..)| distance);
            if stretch.at_least(outfall.place) > within {
                continue;
            }
            let (distance, along) = stretch.nearest(outfall.place);
            if distance <= reach && nearest.is_none_or(|(known, ..)| distance < known) {
                nearest = Some((distance, at, along));
            }
        }
        nearest.map(|(_, at, along)| (at, along))
    };
    let named = outfall.course.as_ref().and_then(|id| nearest(&|stretch| courses[stretch.course].id == *id));
    named.or_else(|| nearest(&|_| true))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REACHING: Reaching = Reaching { outfall: 500.0, join: 100.0 };

    fn course(id: &str, points: &[(f64, f64)], flows_into: Option<&str>, q_m3s: Option<f64>) -> Course {
        let parts = vec![LineString::from(points.to_vec())];
        Course { id: id.to_owned(), parts, flows_into: flows_into.map(str::to_owned), q_m3s }
    }

    fn outfall(x: f64, y: f64, load: f64) -> Outfall {
        Outfall { place: Coord { x, y }, course: None, load: Span::exactly(load) }
    }

    fn loads(network: &Network) -> Vec<(&str, f64)> {
        network.reaches.iter().map(|reach| (reach.id.as_str(), reach.load.high)).collect()
    }

    #[test]
    fn no_course_no_outfall_and_lines_that_are_none_make_no_network_and_no_fault() {
        assert_eq!(Network::new(&[], &[outfall(0.0, 0.0, 1.0)], REACHING).entered, [None]);
        let point = course("a", &[(0.0, 0.0), (0.0, 0.0)], None, None);
        let endless = course("b", &[(0.0, 0.0), (f64::NAN, 0.0)], None, None);
        assert!(Network::new(&[point, endless], &[], REACHING).reaches.is_empty());
    }

    #[test]
    fn loads_gather_from_outfall_to_outfall_and_over_a_confluence() {
        // The main stem runs 1000 m east; a tributary comes from the north and ends 20 m short of it at 600 m.
        let courses = [
            course("main", &[(0.0, 0.0), (1000.0, 0.0)], None, Some(2.0)),
            course("side", &[(600.0, 500.0), (600.0, 20.0)], Some("main"), None),
        ];
        let outfalls = [outfall(200.0, 50.0, 10.0), outfall(640.0, 300.0, 5.0), outfall(800.0, -30.0, 1.0)];
        let network = Network::new(&courses, &outfalls, REACHING);
        let expected = [
            ("main.0", 0.0),
            ("main.200", 10.0),
            ("main.600", 15.0),
            ("main.800", 16.0),
            ("side.0", 0.0),
            ("side.200", 5.0),
        ];
        assert_eq!(loads(&network), expected);
        assert_eq!(network.entered, [Some(1), Some(5), Some(3)]);
        assert_eq!(network.outfalls_above(2), [0, 1]);
        assert_eq!(network.ranked()[..2], [3, 2]);
        // 16 m³ at the limit in 2 m³/s, which are 172,800 m³ a day.
        assert_eq!(network.reaches[3].per_flow.unwrap().high, 16.0 / 172_800.0);
        assert_eq!(network.reaches[5].per_flow, None, "its flow is not known");
        assert_eq!(network.reaches[2].line.0, [Coord { x: 600.0, y: 0.0 }, Coord { x: 800.0, y: 0.0 }]);
    }

    #[test]
    fn an_outfall_enters_the_course_that_is_named_and_none_that_is_too_far_away() {
        let courses = [
            course("near", &[(0.0, 0.0), (1000.0, 0.0)], None, None),
            course("far", &[(0.0, 400.0), (1000.0, 400.0)], None, None),
        ];
        let named = Outfall { course: Some("far".to_owned()), ..outfall(500.0, 100.0, 1.0) };
        let unknown = Outfall { course: Some("elsewhere".to_owned()), ..outfall(500.0, 100.0, 1.0) };
        let lost = outfall(500.0, 901.0, 1.0);
        let network = Network::new(&courses, &[named, unknown, lost], REACHING);
        let entered: Vec<_> = network.entered.iter().map(|at| at.map(|at| network.reaches[at].id.as_str())).collect();
        assert_eq!(entered, [Some("far.500"), Some("near.500"), None]);
    }

    #[test]
    fn gaps_missing_targets_and_circles_are_cut_and_told() {
        let mut torn = course("torn", &[(0.0, 0.0), (100.0, 0.0)], None, None);
        torn.parts.push(LineString::from(vec![(150.0, 0.0), (200.0, 0.0)]));
        torn.parts.push(LineString::from(vec![(400.0, 0.0), (500.0, 0.0)]));
        let courses = [
            torn,
            course("away", &[(0.0, 5000.0), (100.0, 5000.0)], Some("torn"), None),
            course("lost", &[(0.0, 6000.0), (100.0, 6000.0)], Some("nowhere"), None),
            course("self", &[(0.0, 7000.0), (100.0, 7000.0)], Some("self"), None),
            course("x", &[(0.0, 8000.0), (100.0, 8000.0)], Some("y"), None),
            course("y", &[(100.0, 8050.0), (0.0, 8050.0)], Some("x"), None),
        ];
        let network = Network::new(&courses, &[outfall(50.0, 8040.0, 3.0)], REACHING);
        let cuts: Vec<_> = network.reaches.iter().map(|reach| (reach.id.as_str(), reach.cut.clone())).collect();
        let expected = [
            // 5 km from its end to the nearest point of `torn`, which is right below it.
            ("away.0", Some(Cut::Gap(5000.0))),
            ("lost.0", Some(Cut::NoTarget("nowhere".to_owned()))),
            ("self.0", Some(Cut::Circle("self".to_owned()))),
            // 50 m between the first parts are drawn as flowing on, 200 m to the third are not.
            ("torn.0", Some(Cut::Gap(200.0))),
            ("torn.200", None),
            ("x.0", Some(Cut::Circle("y".to_owned()))),
            ("y.0", None),
            ("y.50", None),
        ];
        assert_eq!(cuts, expected);
        assert_eq!(network.reaches[5].load, Span::exactly(3.0), "y still flows into x, where the circle is cut");
    }

    /// Courses over a small field, each into another by number or into none: circles, gaps and forks the wrong way included.
    fn field() -> impl Strategy<Value = (Vec<Course>, Vec<Outfall>)> {
        let place = || (0.0..1000.0f64, 0.0..1000.0f64);
        let courses = proptest::collection::vec(
            (
                proptest::collection::vec(place(), 1..5),
                proptest::option::of(0..8usize),
                proptest::option::of(0.0..9.0f64),
            ),
            0..8,
        );
        let outfalls = proptest::collection::vec((place(), 0.0..100.0f64, 0.0..100.0f64), 0..20);
        (courses, outfalls).prop_map(|(courses, outfalls)| {
            type Drawn = (Vec<(f64, f64)>, Option<usize>, Option<f64>);
            let course = |(at, (points, into, q)): (usize, Drawn)| {
                course(&format!("c{at}"), &points, into.map(|into| format!("c{into}")).as_deref(), q)
            };
            let outfall = |((x, y), low, more): ((f64, f64), f64, f64)| Outfall {
                load: Span::new(low, low + more),
                ..outfall(x, y, 0.0)
            };
            (courses.into_iter().enumerate().map(course).collect(), outfalls.into_iter().map(outfall).collect())
        })
    }

    proptest! {
        #[test]
        fn what_enters_comes_out_and_the_order_of_the_input_changes_nothing((courses, outfalls) in field()) {
            let network = Network::new(&courses, &outfalls, REACHING);
            let entered = outfalls.iter().zip(&network.entered).filter(|(_, at)| at.is_some());
            let sum: Span = entered.map(|(outfall, _)| outfall.load).sum();
            let ends = network.reaches.iter().filter(|reach| reach.downstream.is_none());
            let out: Span = ends.map(|reach| reach.load).sum();
            prop_assert!((sum.low - out.low).abs() < 1e-9 * (1.0 + sum.low), "{sum:?} {out:?}");
            prop_assert!((sum.high - out.high).abs() < 1e-9 * (1.0 + sum.high), "{sum:?} {out:?}");
            for (at, reach) in network.reaches.iter().enumerate() {
                let above: Span = network.outfalls_above(at).into_iter().map(|at| outfalls[at].load).sum();
                prop_assert!((above.high - reach.load.high).abs() < 1e-9 * (1.0 + above.high), "{}", reach.id);
                prop_assert!(reach.line.0.iter().all(|c| c.x.is_finite() && c.y.is_finite()));
            }
            let reversed_courses: Vec<_> = courses.iter().rev().cloned().collect();
            let reversed: Vec<_> = outfalls.iter().rev().cloned().collect();
            let again = Network::new(&reversed_courses, &reversed, REACHING);
            let bits = |network: &Network| -> Vec<_> {
                network.reaches.iter().map(|reach| (reach.id.clone(), reach.own, reach.line.clone())).collect()
            };
            prop_assert_eq!(bits(&network), bits(&again));
        }
    }
}
