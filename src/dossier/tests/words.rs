//! What a dossier says, and what it does with what nobody should have written.

use std::process::{Command, Stdio};

use super::*;

/// The text of a PDF as Poppler reads it; `None` where Poppler is not installed.
fn text_of(bytes: &[u8]) -> Option<String> {
    let file = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let run = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8"])
        .arg(file.path())
        .arg("-")
        .stderr(Stdio::null())
        .output();
    match run {
        Ok(output) => {
            assert!(output.status.success());
            // Spaces that keep numbers together are no matter here.
            Some(String::from_utf8(output.stdout).unwrap().replace(['\u{a0}', '\u{200b}'], " "))
        }
        Err(_) => {
            eprintln!("SKIP: pdftotext (poppler-utils) is not installed");
            None
        }
    }
}

#[test]
fn a_plan_in_degrees_cannot_be_printed_at_scale() {
    let mut plan = empty_plan();
    plan.crs = Crs::Epsg(4326);
    let review = clean_review(&plan);
    assert!(matches!(pdf(&plan, &review, &Options::default()), Err(DossierError::NotAGrid(_))));
}

#[test]
fn work_that_nobody_waits_for_stops() {
    let (plan, review) = village();
    let made = Dossier { plan: &plan, review: &review, store: STORE }.pdf(&Options::default(), &AtomicBool::new(true));
    assert_eq!(made, Err(DossierError::Unwanted));
}

#[test]
fn a_plan_without_boundary_and_lots_has_a_dossier_without_maps_that_says_so() {
    let plan = empty_plan();
    let review = clean_review(&plan);
    let bytes = pdf(&plan, &review, &in_language(Language::Vi)).unwrap();
    let Some(text) = text_of(&bytes) else { return };
    assert!(text.contains("không có tờ bản đồ"), "{text}");
    assert!(text.contains("Đồ án chưa có ranh giới"), "{text}");
    assert!(text.contains("Không có phát hiện nào"), "{text}");
}

#[test]
fn the_signs_of_the_typesetter_are_letters_like_any_other() {
    let hostile = r##"#panic("x") $x^2$ \ ] [ " ' * _ ` @ref <label> // /* #let ~ -- = + ${}"##;
    let (mut plan, mut review) = village();
    plan.name = hostile.to_owned();
    plan.authority = Some(hostile.to_owned());
    plan.decision_no = Some(hostile.to_owned());
    plan.site.name = Some(hostile.to_owned());
    plan.source_file = Some(hostile.to_owned());
    plan.parcels[0].symbol = Some(hostile.to_owned());
    review.findings[1].message = Text::new(hostile, hostile);
    review.findings[1].law[0].document = hostile.to_owned();
    let bytes = pdf(&plan, &review, &in_language(Language::Vi)).unwrap();
    let Some(text) = text_of(&bytes) else { return };
    for part in [r#"#panic("x")"#, "$x^2$", r"\ ] [", "@ref <label>", "#let"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn letters_that_no_font_has_and_endless_words_do_not_end_it() {
    let (mut plan, mut review) = village();
    plan.name = format!("漢字 🏭 \u{0}\u{7}\u{1b}[31m\n\t\u{202e} {}", "A".repeat(5_000));
    plan.parcels[1].symbol = Some("工業".to_owned());
    plan.parcels[2].symbol = Some("x".repeat(100_000));
    plan.parcels[3].land_use = Some("#".to_owned());
    review.findings[0].message = Text::new("ă".repeat(100_000), String::new());
    review.findings[0].measured = Some(f64::NAN);
    review.findings[0].required = Some(1e300);
    assert!(pdf(&plan, &review, &Options::default()).is_ok());
}

#[test]
fn shapes_without_any_ground_do_not_end_it() {
    let (mut plan, review) = village();
    let at = (566_150.0, 2_328_250.0);
    plan.parcels[0].polygon = Some(Polygon::new(LineString::new(Vec::new()), Vec::new()));
    plan.parcels[1].polygon = Some(Polygon::new(LineString::from(vec![at, at, at, at]), Vec::new()));
    plan.parcels[2].polygon = Some(
        polygon![(x: at.0, y: at.1), (x: at.0 + 9.0, y: at.1 + 9.0), (x: at.0 + 9.0, y: at.1), (x: at.0, y: at.1 + 9.0)],
    );
    plan.parcels[3].polygon = None;
    plan.boundary = Some(MultiPolygon(Vec::new()));
    assert!(pdf(&plan, &review, &Options::default()).is_ok());
}

#[test]
fn every_vietnamese_letter_can_be_read_back() {
    let letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ";
    let (mut plan, review) = village();
    let upper = letters.to_uppercase();
    // In groups, since what runs on is broken.
    let grouped: Vec<String> =
        letters.chars().chain(upper.chars()).collect::<Vec<_>>().chunks(12).map(|g| g.iter().collect()).collect();
    plan.authority = Some(grouped.join(" "));
    let Some(text) = text_of(&pdf(&plan, &review, &in_language(Language::Vi)).unwrap()) else { return };
    for group in grouped {
        assert!(text.contains(&group), "{group} is not in {text}");
    }
}

#[test]
fn every_font_is_embedded_and_the_file_is_what_it_says() {
    let (plan, review) = village();
    let bytes = pdf(&plan, &review, &in_language(Language::Both)).unwrap();
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    let dictionaries: Vec<&lopdf::Dictionary> =
        document.objects.values().filter_map(|object| object.as_dict().ok()).collect();
    let fonts: Vec<_> = dictionaries.iter().filter(|of| of.has_type(b"FontDescriptor")).collect();
    assert!(!fonts.is_empty());
    for font in fonts {
        assert!(font.has(b"FontFile2") || font.has(b"FontFile3"), "{font:?}");
    }
    // PDF/A-2u: an output intent, metadata that say so, nothing that runs or is locked.
    let catalog = document.catalog().unwrap();
    assert!(catalog.has(b"OutputIntents") && catalog.has(b"Metadata") && !document.trailer.has(b"Encrypt"));
    let raw = String::from_utf8_lossy(&bytes);
    assert!(raw.contains("pdfaid:part") && raw.contains("pdfaid:conformance"), "no word of PDF/A");
    for forbidden in ["/JavaScript", "/Launch", "/EmbeddedFile"] {
        assert!(!raw.contains(forbidden), "{forbidden}");
    }
    let file = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let Ok(listed) = Command::new("pdffonts").arg(file.path()).output() else {
        eprintln!("SKIP: pdffonts (poppler-utils) is not installed");
        return;
    };
    let listed = String::from_utf8(listed.stdout).unwrap();
    // Columns: name, type, encoding, emb, sub, uni, object.
    for line in listed.lines().skip(2) {
        let words: Vec<&str> = line.split_whitespace().rev().collect();
        assert_eq!((words[4], words[2]), ("yes", "yes"), "embedded and with its letters: {line}");
    }
}

#[test]
fn findings_stand_in_the_list_and_on_the_map_with_their_numbers() {
    let (plan, review) = village();
    let bytes = pdf(&plan, &review, &in_language(Language::Vi)).unwrap();
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    assert!(document.get_pages().len() >= 6, "cover, four sheets and lists");
    let Some(text) = text_of(&bytes) else { return };
    let pages: Vec<&str> = text.split('\u{c}').collect();
    let list = pages.iter().find(|page| page.contains("Danh sách phát hiện")).unwrap();
    for (number, words) in [("2", "chồng nhau 3,5 m²"), ("3", "nằm trên đất giao thông"), ("4", "chưa rõ loại")]
    {
        assert!(list.lines().any(|line| line.trim_start().starts_with(number)), "{number} in {list}");
        assert!(list.contains(words), "{words} in {list}");
    }
    assert!(list.contains("QCVN 01:2021/BXD, 2.5.2"), "{list}");
    assert!(list.contains("8,25 %"), "{list}");
    // 2 lies in the south-west of the plan: on the third of four sheets, row by row from the north-west.
    assert!(pages[3].contains("CN-01"), "{}", pages[3]);
    assert!(pages[3].contains("E 566 100"), "{}", pages[3]);
    assert!(pages[3].contains("N 2 328 250"), "{}", pages[3]);
}

#[test]
fn the_languages_are_one_or_both() {
    let (plan, review) = village();
    let text = |language| text_of(&pdf(&plan, &review, &in_language(language)).unwrap());
    let (Some(vi), Some(en), Some(both)) = (text(Language::Vi), text(Language::En), text(Language::Both)) else {
        return;
    };
    assert!(vi.contains("Cân bằng sử dụng đất") && !vi.contains("Land-use balance"));
    assert!(en.contains("Land-use balance") && !en.contains("Cân bằng sử dụng đất"));
    assert!(both.contains("Land-use balance") && both.contains("Cân bằng sử dụng đất"));
    // What is a name stays as it is.
    assert!(en.contains("Dương Liễu"));
    assert!(vi.contains("MINH HỌA") && en.contains("DEMO"));
}

#[test]
fn equal_dossiers_are_equal_files() {
    let (plan, review) = village();
    let once = pdf(&plan, &review, &Options::default()).unwrap();
    assert!(once == pdf(&plan, &review, &Options::default()).unwrap());
}
