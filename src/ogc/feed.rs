//! Changes as a feed that can be subscribed to (Atom 1.0, RFC 4287), of everything, of a district or of a site.

use chrono::DateTime;

use super::changes::instant;
use super::media_type::{ATOM, HTML};
use crate::access::{Area, Belonging, belonging};
use crate::compliance::{SiteCollection, SiteKey};
use crate::domain::{FeatureId, Value};
use crate::publish::Snapshot;
use crate::store::Operation;
use crate::store::record::{ChangeRecord, Entry};
use crate::text::xml::Element;

/// Whose word it is where nobody is named.
const NOBODY: &str = "langxanh";

/// Rows of a change that an entry names one by one.
const NAMED: usize = 20;

/// What somebody wants to hear of; everything where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    pub site: Option<SiteKey>,
    /// A district as it was until 30 June 2025, or the code of a commune.
    pub district: Option<String>,
}

/// The site that a row of a collection is or belongs to, and where it lies, by what its station, plan or site say now.
fn belongs(snapshot: &Snapshot, collection: &str, id: &FeatureId, values: &[Value]) -> (Option<SiteKey>, Area) {
    let Some(published) = snapshot.collection(collection) else { return Default::default() };
    let find = |of: &str, id: &FeatureId| {
        let of = snapshot.collection(of)?;
        Some((&of.declaration, of.row(of.find(id)?)?.values))
    };
    let Belonging { to, area } = belonging(&published.declaration, values, &find);
    let (collection, id) = to.unwrap_or_else(|| (collection.to_owned(), id.clone()));
    (SiteCollection::parse(&collection).map(|kind| (kind, id.to_string())), area)
}

impl Interest {
    pub fn is_everything(&self) -> bool {
        self.site.is_none() && self.district.is_none()
    }

    /// Whether a row that was changed is of interest, as it was or as it is.
    pub fn covers(&self, snapshot: &Snapshot, entry: &Entry) -> bool {
        let sides = [&entry.before, &entry.after].into_iter().flatten();
        let mut places = sides.map(|(values, _)| belongs(snapshot, &entry.collection, &entry.id, values));
        self.is_everything() || places.any(|(site, area)| self.holds(site.as_ref(), &area))
    }

    fn holds(&self, site: Option<&SiteKey>, area: &Area) -> bool {
        let is_there = |place: &String| area.lies_in(place) == Some(true);
        let is_site = self.site.as_ref().is_none_or(|wanted| site == Some(wanted));
        is_site && self.district.as_ref().is_none_or(is_there)
    }
}

/// A change with those of its rows that are of interest.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEntry {
    pub change: ChangeRecord,
    pub rows: Vec<Entry>,
    /// Whether it has more rows than were looked at.
    pub has_more: bool,
}

/// What a feed is called and where it is.
#[derive(Debug, Clone, Copy)]
pub struct FeedHead<'a> {
    pub base: &'a str,
    /// The address of the feed itself, which is its lasting id too.
    pub url: &'a str,
    pub title: &'a str,
    /// Whether older changes were not looked at, for there are too many.
    pub is_cut: bool,
}

fn word(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::Insert => ("thêm", "added"),
        Operation::Update => ("sửa", "changed"),
        Operation::Delete => ("xóa", "deleted"),
    }
}

/// What a change did, in a line for each row.
fn summary(of: &FeedEntry) -> String {
    let mut lines: Vec<String> = of.change.origin.why.iter().map(|why| format!("“{why}”")).collect();
    if of.rows.is_empty() {
        let part = |part: &crate::store::record::ChangePart| {
            format!("{}: +{} ~{} −{}", part.collection, part.inserted, part.updated, part.deleted)
        };
        lines.extend(of.change.parts.iter().map(part));
    }
    lines.extend(of.rows.iter().take(NAMED).map(|row| {
        let (vi, en) = word(row.operation);
        format!("{}/{}: {vi} / {en}", row.collection, row.id)
    }));
    let more = of.rows.len().saturating_sub(NAMED);
    if more > 0 || of.has_more {
        lines.push("… và các dòng khác / and more rows".to_owned());
    }
    lines.join("\n")
}

fn title(of: &FeedEntry) -> String {
    let mut collections: Vec<&str> = if of.rows.is_empty() {
        of.change.parts.iter().map(|part| part.collection.as_str()).collect()
    } else {
        of.rows.iter().map(|row| row.collection.as_str()).collect()
    };
    collections.sort_unstable();
    collections.dedup();
    format!("Thay đổi {0} / Change {0}: {1}", of.change.id, collections.join(", "))
}

fn typed(name: &'static str, text: &str) -> Element {
    Element::new(name).attr("type", "text").text(text)
}

fn link(rel: &str, media_type: &str, href: &str) -> Element {
    Element::new("link").attr("rel", rel).attr("type", media_type).attr("href", href)
}

fn author(name: &str) -> Element {
    Element::new("author").child(Element::new("name").text(name))
}

fn element(base: &str, of: &FeedEntry) -> Element {
    let href = format!("{base}/changes/{}", of.change.id);
    let who = Some(of.change.origin.who.trim()).filter(|who| !who.is_empty());
    Element::new("entry").children([
        Element::new("id").text(&href),
        typed("title", &title(of)),
        Element::new("updated").text(instant(of.change.at)),
        author(who.unwrap_or(NOBODY)),
        link("alternate", HTML, &format!("{href}?f=html")),
        typed("summary", &summary(of)),
    ])
}

/// The feed, newest change first.
pub fn atom(head: &FeedHead<'_>, entries: &[FeedEntry]) -> Vec<u8> {
    // A feed without entries has never changed.
    let updated = entries.iter().map(|entry| entry.change.at).max().unwrap_or(DateTime::UNIX_EPOCH);
    let cut = "Thay đổi cũ hơn: xem /changes. / Changes of before are at /changes.";
    let feed = Element::new("feed")
        .attr("xmlns", "http://www.w3.org/2005/Atom")
        .attr("xml:lang", "vi")
        .child(Element::new("id").text(head.url))
        .child(typed("title", head.title))
        .children(head.is_cut.then(|| typed("subtitle", cut)))
        .children([
            Element::new("updated").text(instant(updated)),
            link("self", ATOM, head.url),
            link("alternate", HTML, &format!("{}/changes?f=html", head.base)),
            author(NOBODY),
        ])
        .children(entries.iter().map(|entry| element(head.base, entry)));
    feed.document(None).into_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;
    use crate::store::Origin;
    use crate::store::record::ChangePart;

    fn change(id: i64, who: &str, why: &str) -> ChangeRecord {
        let at = DateTime::from_timestamp(1_790_000_000 + id, 0).unwrap();
        let origin = Origin { who: who.to_owned(), what: "edit".to_owned(), why: Some(why.to_owned()) };
        let part = ChangePart { collection: "clusters".to_owned(), inserted: 1, updated: 2, deleted: 0 };
        ChangeRecord { id, at, origin, parts: vec![part] }
    }

    fn feed(entries: &[FeedEntry]) -> String {
        let head = FeedHead {
            base: "https://gis.example.vn",
            url: "https://gis.example.vn/changes.atom?district=Qu%E1%BB%91c+Oai&site=a",
            title: "Thay đổi",
            is_cut: false,
        };
        String::from_utf8(atom(&head, entries)).unwrap()
    }

    /// Names of elements with what they hold; an error where it is not well-formed.
    fn elements(xml: &str) -> Vec<(String, String)> {
        let mut reader = Reader::from_str(xml);
        let (mut found, mut open) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    open.push(found.len());
                    found.push((start.name().as_ref().to_owned(), String::new()));
                }
                Event::Text(text) => {
                    if let Some(at) = open.last() {
                        found[*at].1 += &text;
                    }
                }
                Event::GeneralRef(name) => {
                    if let Some(at) = open.last() {
                        found[*at].1 += quick_xml::escape::resolve_xml_entity(&name).unwrap_or("?");
                    }
                }
                Event::End(_) => drop(open.pop()),
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty());
        found
    }

    #[test]
    fn a_feed_of_nothing_is_still_a_valid_one() {
        let xml = feed(&[]);
        let names: Vec<_> = elements(&xml).into_iter().map(|(name, _)| name).collect();
        // RFC 4287, 4.1.1: exactly one id, title and updated, and an author where entries may have none.
        for required in ["id", "title", "updated", "author"] {
            assert_eq!(names.iter().filter(|name| *name == required).count(), 1, "{required}");
        }
        assert!(xml.contains("<updated>1970-01-01T00:00:00.000Z</updated>"));
    }

    #[test]
    fn what_people_wrote_is_escaped_and_what_xml_cannot_hold_is_left_out() {
        let entry = FeedEntry { change: change(1, "<b>&", "a\u{0}b\u{b}]]><x>"), rows: Vec::new(), has_more: false };
        let xml = feed(&[entry]);
        let found = elements(&xml);
        assert!(found.contains(&("name".to_owned(), "<b>&".to_owned())), "{xml}");
        let summary = &found.iter().find(|(name, _)| name == "summary").unwrap().1;
        assert_eq!(summary, "“ab]]><x>”\nclusters: +1 ~2 −0");
    }

    #[test]
    fn entries_have_lasting_ids_and_the_feed_is_as_new_as_the_newest() {
        let entry = |id| FeedEntry { change: change(id, "", "x"), rows: Vec::new(), has_more: false };
        let xml = feed(&[entry(3), entry(2)]);
        let found = elements(&xml);
        let ids: Vec<_> = found.iter().filter(|(name, _)| name == "id").map(|(_, id)| id.as_str()).skip(1).collect();
        assert_eq!(ids, ["https://gis.example.vn/changes/3", "https://gis.example.vn/changes/2"]);
        let updated: Vec<_> = found.iter().filter(|(name, _)| name == "updated").map(|(_, at)| at).collect();
        assert_eq!(updated[0], updated[1]);
        // Somebody without a name is no author, and an entry needs one.
        assert!(found.iter().filter(|(name, _)| name == "name").all(|(_, name)| name == "langxanh"));
    }
}
