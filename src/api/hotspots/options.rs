//! What a run of hotspots is asked for: words in, options within their bounds out, every fault named at once.

use crate::hotspot::NoStatistic;
use crate::hotspot::permutation::Permutations;
use crate::hotspot::run::{BANDWIDTH, CELL, End, K, KernelShape, Method, Neighbours, On, PERMUTATIONS, RunOptions};
use crate::hotspot::standing::Parameters;
use crate::ogc::hotspots::DEFAULT_K;
use crate::ogc::problem::Fault;
use crate::text::both;

/// Reads options, each from the text that stands under its name.
struct Reader<'a> {
    given: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, name: &str, detail: String) {
        self.faults.push(Fault { parameter: name.to_owned(), detail });
    }

    /// A choice among words; the first of them where nothing is given.
    fn word<T>(&mut self, name: &str, words: &[&str], parse: fn(&str) -> Option<T>) -> Option<T> {
        let text = (self.given)(name).unwrap_or_else(|| words.first().copied().unwrap_or_default().to_owned());
        let chosen = parse(&text);
        if chosen.is_none() {
            self.fault(name, format!("'{text}' không thuộc {0} / '{text}' is not one of {0}", words.join(", ")));
        }
        chosen
    }

    /// A number within bounds.
    fn number<T>(&mut self, name: &str, (least, most): (T, T), what: &str) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let text = (self.given)(name)?;
        let number = text.parse::<T>().ok().filter(|number| (&least..=&most).contains(&number));
        if number.is_none() {
            self.fault(name, both!("'{text}' không phải {what} từ {least} đến {most}", "'{text}' is no {what} from {least} to {most}"; what));
        }
        number
    }
}

/// The options that are asked for; what is not given is as in the standing run.
///
/// # Errors
/// Every fault at once.
pub fn options(given: &dyn Fn(&str) -> Option<String>, standing: &Parameters) -> Result<RunOptions, Vec<Fault>> {
    const METRES: &str = "số mét / number of metres";
    const WHOLE: &str = "số nguyên / whole number";
    let mut reader = Reader { given, faults: Vec::new() };
    let method = reader.word("method", Method::WORDS, Method::parse);
    let on = reader.word("on", On::WORDS, On::parse);
    let value = reader.word("value", End::WORDS, End::parse);
    let cell = reader.number("cell", CELL, METRES).unwrap_or(standing.cell);
    let neighbours = reader.word("weights", Neighbours::WORDS, Neighbours::parse);
    let bandwidth = reader.number("bandwidth", BANDWIDTH, METRES);
    let k = reader.number("k", K, WHOLE).unwrap_or(DEFAULT_K);
    let kernel = reader.word("kernel", KernelShape::WORDS, KernelShape::parse);
    let count = reader.number("permutations", PERMUTATIONS, WHOLE).unwrap_or(standing.permutations.count);
    let seed = reader.number("seed", (0, u64::MAX), WHOLE).unwrap_or(standing.permutations.seed);
    let fdr = match given("fdr").as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(text) => {
            reader.fault("fdr", format!("'{text}' không phải true hay false / '{text}' is neither true nor false"));
            true
        }
    };
    let words = method.zip(on).zip(value.zip(neighbours)).zip(kernel);
    match words {
        Some((((method, on), (value, neighbours)), kernel)) if reader.faults.is_empty() => Ok(RunOptions {
            method,
            on,
            value,
            cell,
            neighbours,
            bandwidth,
            k,
            kernel,
            permutations: Permutations { count, seed },
            fdr,
        }),
        _ => Err(reader.faults),
    }
}

/// The parameter that has to be another for a run to have an answer; `None` where the data have none to give.
pub fn fault_of(reason: &NoStatistic, options: &RunOptions) -> Option<Fault> {
    let parameter = match reason {
        NoStatistic::KTooLarge { .. } => "k",
        NoStatistic::CellCount { .. } => "cell",
        NoStatistic::TooManyDraws { .. } => "permutations",
        NoStatistic::TooManyLinks { .. } if options.neighbours == Neighbours::Nearest => "k",
        NoStatistic::NoNeighbours | NoStatistic::TooManyLinks { .. } | NoStatistic::OutOfRange { .. } => "bandwidth",
        NoStatistic::TooMany { .. } => "cell",
        _ => return None,
    };
    Some(Fault {
        parameter: parameter.to_owned(),
        detail: both!("không dùng được ở đây: {reason}", "does not fit here: {reason}"; reason),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compliance::Standards;

    fn read(query: &[(&str, &str)]) -> Result<RunOptions, Vec<String>> {
        let standing = Parameters::of(&Standards::bundled().unwrap());
        let given = |name: &str| query.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        options(&given, &standing).map_err(|faults| faults.into_iter().map(|fault| fault.parameter).collect())
    }

    #[test]
    fn every_number_out_of_bounds_and_every_word_that_is_none_is_named() {
        let all = [
            ("method", "magic"),
            ("on", "streets"),
            ("value", "best"),
            ("cell", "0.001"),
            ("weights", "queen"),
            ("bandwidth", "NaN"),
            ("k", "0"),
            ("kernel", "box"),
            ("permutations", "100000"),
            ("seed", "-1"),
            ("fdr", "yes"),
        ];
        let names: Vec<_> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(read(&all).unwrap_err(), names);
        assert_eq!(read(&[("cell", "1000000")]).unwrap_err(), ["cell"]);
        assert_eq!(read(&[("cell", "inf")]).unwrap_err(), ["cell"]);
    }

    #[test]
    fn what_is_not_asked_for_is_as_in_the_standing_run() {
        let plain = read(&[]).unwrap();
        assert_eq!((plain.method, plain.cell, plain.permutations.count), (Method::GiStar, 4000.0, 9999));
        assert_eq!((plain.bandwidth, plain.fdr), (None, true));
        let asked = read(&[("method", "kde"), ("bandwidth", "2500.5"), ("fdr", "false"), ("k", "12")]).unwrap();
        assert_eq!((asked.method, asked.bandwidth, asked.fdr, asked.k), (Method::Kde, Some(2500.5), false, 12));
    }
}
