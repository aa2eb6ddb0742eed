//! Which representation a client gets: `f` beats `Accept`, and what is not offered is said.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING};

use super::sealed::Coding;
use crate::ogc::problem::{Fault, Problem};

/// A representation on offer: the word for `f` and the media type.
pub type Offer = (&'static str, &'static str);

/// Quality that an `Accept`-like header gives to each of its members, as (name, q in thousandths).
fn members(header: &str) -> impl Iterator<Item = (&str, u32)> {
    header.split(',').filter_map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = quality.map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
        Some((name, (quality.clamp(0.0, 1.0) * 1000.0) as u32))
    })
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or(media_type).trim()
}

/// How well a range of `Accept` fits a media type; a closer fit wins over a wildcard.
fn fit(range: &str, media_type: &str) -> Option<u8> {
    let media_type = essence(media_type);
    if range.eq_ignore_ascii_case(media_type) {
        return Some(2);
    }
    // JSON dialects answer to plain JSON: curl and browsers' fetch ask for no more.
    if range.eq_ignore_ascii_case("application/json") && media_type.ends_with("+json") {
        return Some(2);
    }
    let (kind, sub) = range.split_once('/')?;
    match (kind, sub) {
        ("*", "*") => Some(0),
        (kind, "*") if media_type.split('/').next().is_some_and(|k| k.eq_ignore_ascii_case(kind)) => Some(1),
        _ => None,
    }
}

/// The representation to answer with.
///
/// # Errors
/// 400 for an `f` that is not offered, 406 where `Accept` leaves nothing.
pub fn representation(f: Option<&str>, headers: &HeaderMap, offers: &[Offer]) -> Result<Offer, Problem> {
    let first = offers.first().copied().unwrap_or(("json", crate::ogc::media_type::JSON));
    if let Some(f) = f {
        let offered = offers.iter().find(|(word, media_type)| *word == f || essence(media_type) == f);
        return offered.copied().ok_or_else(|| {
            let words: Vec<_> = offers.iter().map(|(word, _)| *word).collect();
            let detail = format!("'{f}' không thuộc {0} / '{f}' is not one of {0}", words.join(", "));
            Problem::Parameters(vec![Fault { parameter: "f".to_owned(), detail }])
        });
    }
    let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accept = accept.join(",");
    if accept.trim().is_empty() {
        return Ok(first);
    }
    let mut best: Option<(u32, Offer)> = None;
    for offer in offers {
        // The closest range decides the quality of a type (RFC 9110, 12.5.1).
        let closest =
            members(&accept).filter_map(|(range, q)| Some((fit(range, offer.1)?, q))).max_by_key(|(fit, _)| *fit);
        let Some((_, quality)) = closest.filter(|(_, quality)| *quality > 0) else { continue };
        if best.is_none_or(|(known, _)| quality > known) {
            best = Some((quality, *offer));
        }
    }
    let offered = || {
        let mut types: Vec<_> = offers.iter().map(|(_, media_type)| *media_type).collect();
        types.dedup();
        types
    };
    best.map(|(_, offer)| offer).ok_or_else(|| Problem::NotAcceptable(offered()))
}

/// How much a client wants each coding of ours; 0 where it does not take it. Read at once, for most requests say so.
fn wishes(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = (Coding, u32)> {
    let header = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (mut named, mut others) = ([None; Coding::ALL.len()], None);
    for (name, quality) in members(header) {
        if name == "*" {
            others.get_or_insert(quality);
        } else if let Some(at) = Coding::ALL.iter().position(|coding| name.eq_ignore_ascii_case(coding.name())) {
            named[at].get_or_insert(quality);
        }
    }
    Coding::ALL.into_iter().zip(named.map(|quality| quality.or(others).unwrap_or(0)))
}

/// Whether a client takes a coding, be it the one that it wants most or not.
pub fn takes(headers: &HeaderMap, coding: Coding) -> bool {
    wishes(headers).any(|(known, quality)| known == coding && quality > 0)
}

/// The content coding to answer with; `None` for plain.
pub fn coding(headers: &HeaderMap) -> Option<Coding> {
    // `max_by_key` keeps the last of equals, so the preferred coding must come last.
    let wanted = wishes(headers).rev().filter(|(_, quality)| *quality > 0);
    wanted.max_by_key(|(_, quality)| *quality).map(|(coding, _)| coding)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ogc::media_type::{GEO_JSON, HTML, OPENAPI};

    const OFFERS: [Offer; 3] = [("geojson", GEO_JSON), ("json", GEO_JSON), ("html", HTML)];

    fn answer(f: Option<&str>, accept: &str) -> Result<&'static str, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        representation(f, &headers, &OFFERS).map(|(_, media_type)| media_type).map_err(|problem| problem.status())
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        assert_eq!(answer(Some("pdf"), ""), Err(400));
        assert_eq!(answer(None, "application/pdf"), Err(406));
        assert_eq!(answer(None, "text/html;q=0"), Err(406));
    }

    #[test]
    fn f_beats_accept_and_json_is_the_default() {
        assert_eq!(answer(Some("json"), "text/html"), Ok(GEO_JSON));
        assert_eq!(answer(None, ""), Ok(GEO_JSON));
        assert_eq!(answer(None, "*/*"), Ok(GEO_JSON));
    }

    #[test]
    fn browsers_get_html_and_programs_json() {
        assert_eq!(answer(None, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Ok(HTML));
        assert_eq!(answer(None, "application/geo+json, application/json"), Ok(GEO_JSON));
        assert_eq!(answer(None, "application/json;q=0.5, text/html;q=0.4"), Ok(GEO_JSON));
    }

    #[test]
    fn the_definition_is_found_by_the_type_that_qgis_asks_for() {
        let mut headers = HeaderMap::new();
        let accept =
            "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
        headers.insert(ACCEPT, accept.parse().unwrap());
        assert_eq!(representation(None, &headers, &[("json", OPENAPI), ("html", HTML)]), Ok(("json", OPENAPI)));
    }

    #[test]
    fn codings_follow_quality_and_then_our_preference() {
        let coding_of = |header: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, header.parse().unwrap());
            coding(&headers)
        };
        assert_eq!(coding_of("gzip, deflate"), Some(Coding::Gzip));
        assert_eq!(coding_of("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(coding_of("br;q=0.9, gzip;q=1.0"), Some(Coding::Gzip));
        assert_eq!(coding_of("identity"), None);
        assert_eq!(coding_of("gzip;q=0"), None);
        assert_eq!(coding_of("*"), Some(Coding::Zstd));
    }
}
