//! XML elements as values: built, then written once.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with its attributes, its text and its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    pub fn new(name: &'static str) -> Element {
        Element { name, attributes: Vec::new(), text: None, children: Vec::new() }
    }

    pub fn attr(mut self, name: &'static str, value: impl ToString) -> Element {
        self.attributes.push((name, value.to_string()));
        self
    }

    pub fn text(mut self, text: impl ToString) -> Element {
        self.text = Some(text.to_string());
        self
    }

    pub fn child(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let attributes: Vec<(&str, String)> =
            self.attributes.iter().map(|(name, value)| (*name, allowed(value))).collect();
        let start =
            BytesStart::new(self.name).with_attributes(attributes.iter().map(|(name, value)| (*name, value.as_str())));
        if self.text.is_none() && self.children.is_empty() {
            return writer.write_event(Event::Empty(start));
        }
        writer.write_event(Event::Start(start))?;
        if let Some(text) = &self.text {
            writer.write_event(Event::Text(BytesText::new(&allowed(text))))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name)))
    }

    /// The document with this element as its root, behind a document type where one is wanted.
    pub fn document(&self, doctype: Option<&str>) -> String {
        let mut writer = Writer::new(Vec::new());
        let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let typed =
            doctype.map_or(Ok(()), |doctype| writer.write_event(Event::DocType(BytesText::from_escaped(doctype))));
        let written = declared.and(typed).and_then(|()| self.write(&mut writer));
        debug_assert!(written.is_ok(), "writing into memory cannot fail");
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }
}

/// The text without what XML 1.0 cannot hold, escaped or not: a name from somebody's table must not break the document.
fn allowed(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_reserves_is_escaped_and_what_it_cannot_hold_is_left_out() {
        let element = Element::new("a").attr("b", "\"<&\u{0}\"").child(Element::new("c").text("<Cụm & \u{1b}A>"));
        let document = element.document(None);
        assert!(document.ends_with("<a b=\"&quot;&lt;&amp;&quot;\"><c>&lt;Cụm &amp; A&gt;</c></a>"), "{document}");
    }
}
