//! Samples against their stations, the standards and each other.

use std::collections::HashMap;

use super::{Check, FaultKind, Weight};
use crate::compliance::effluent::{NoLimit, Sample, SamplePlace, limit};
use crate::compliance::evidence::{date_vi, number_vi};
use crate::compliance::law::Text;
use crate::compliance::measurement::{MeasurementError, conversion};
use crate::compliance::site::StationFacts;
use crate::compliance::standards::Standards;

pub(super) fn check(check: &mut Check<'_>) {
    let site = check.site;
    for station in &site.stations {
        standard(check, station);
        // Parameters and units repeat from sample to sample.
        let mut units = HashMap::new();
        for sample in &station.samples {
            value(check, station, sample);
            let key = (sample.parameter.as_str(), sample.unit.as_deref());
            let fault = units.entry(key).or_insert_with(|| unit_fault(check.standards, sample));
            if let Some((kind, severity, field, text)) = fault {
                check.find(*kind, *severity, &sample.row, field, text.vi.clone(), text.en.clone());
            }
        }
        duplicates(check, station);
    }
}

/// The discharge point of a station that is sampled.
fn standard(check: &mut Check<'_>, station: &StationFacts) {
    let outlet: Vec<&Sample> = station.samples.iter().filter(|sample| sample.is_of_outlet()).collect();
    // One finding for the station and not one for each sample: it is the station's row that has to be put right.
    let reasons = outlet
        .iter()
        .filter_map(|sample| limit(check.standards, &station.discharge, &sample.parameter, sample.sampled_on).err());
    let of_point = |reason: &NoLimit| {
        use NoLimit::{ColumnNotHeld, LimitsNotHeld, NoColumn, NoStandard, StandardNotListed};
        matches!(reason, ColumnNotHeld(_) | LimitsNotHeld(_) | NoColumn | NoStandard | StandardNotListed(_))
    };
    let Some(reason) = reasons.into_iter().find(of_point) else { return };
    let (kind, severity, field) = match reason {
        NoLimit::LimitsNotHeld(_) => (FaultKind::LimitsNotHeld, Weight::Notice, "effluent_standard"),
        NoLimit::NoColumn | NoLimit::ColumnNotHeld(_) => (FaultKind::NoColumn, Weight::Error, "effluent_column"),
        _ => (FaultKind::NoStandard, Weight::Error, "effluent_standard"),
    };
    let text = reason.text();
    let count = outlet.len();
    check.find(
        kind,
        severity,
        &station.row,
        field,
        format!("{} {count} kết quả không so được.", text.vi),
        format!("{} {count} results cannot be judged.", text.en),
    );
}

fn value(check: &mut Check<'_>, station: &StationFacts, sample: &Sample) {
    let (row, on) = (&sample.row, sample.sampled_on);
    if let Some(commissioned) = station.commissioned_on.filter(|_| !station.existed_on(on)) {
        check.find(
            FaultKind::SampleBeforeStation,
            Weight::Error,
            row,
            "sample_date",
            format!("Mẫu ngày {} có trước ngày trạm vận hành {}.", date_vi(on), date_vi(commissioned)),
            format!("Sampled on {on}, before the station began to run on {commissioned}."),
        );
    }
    if on > check.today {
        check.find(
            FaultKind::FutureDate,
            Weight::Error,
            row,
            "sample_date",
            format!("Ngày lấy mẫu {} còn ở tương lai.", date_vi(on)),
            format!("The day of sampling, {on}, lies in the future."),
        );
    }
    if sample.place == SamplePlace::Unclear {
        let point = sample.sample_point.as_deref().unwrap_or_default();
        check.find(
            FaultKind::UnclearSamplePoint,
            Weight::Warning,
            row,
            "sample_point",
            format!("Chưa rõ \"{point}\" có phải đầu ra của trạm không."),
            format!("Whether '{point}' is an outlet of the station is not clear."),
        );
    }
    match &sample.measurement {
        // Nothing reported is missing, not wrong.
        Ok(_) | Err(MeasurementError::Empty) => {}
        Err(MeasurementError::Negative(value)) => check.find(
            FaultKind::NegativeValue,
            Weight::Error,
            row,
            "value",
            format!("Giá trị {value} âm."),
            format!("The value {value} is negative."),
        ),
        Err(MeasurementError::Contradicted { reported, columns }) => check.find(
            FaultKind::ValueContradicted,
            Weight::Error,
            row,
            "value_reported",
            format!("Phiếu ghi \"{reported}\" nhưng số đã nhập là {}.", number_vi(columns)),
            format!("The report says '{reported}', the columns say {columns}."),
        ),
        Err(fault) => check.find(
            FaultKind::UnreadableValue,
            Weight::Error,
            row,
            "value_reported",
            format!("Không đọc được kết quả \"{}\".", sample.reported.as_deref().unwrap_or_default()),
            format!("The value cannot be used: {fault}."),
        ),
    }
}

/// What is wrong with a parameter or its unit, whatever the value.
fn unit_fault(standards: &Standards, sample: &Sample) -> Option<(FaultKind, Weight, &'static str, Text)> {
    let code = sample.parameter.trim();
    let listed = || standards.limits.iter().filter(|limit| limit.parameter.eq_ignore_ascii_case(code));
    let Some(first) = listed().next() else {
        let text = Text::new(
            format!("Không quy chuẩn nào trong dữ liệu có thông số \"{code}\"."),
            format!("No standard in the data has a parameter '{code}'."),
        );
        return Some((FaultKind::UnknownParameter, Weight::Warning, "parameter_code", text));
    };
    if listed().any(|limit| conversion(sample.unit.as_deref(), &limit.unit).is_some()) {
        return None;
    }
    let wanted = &first.unit;
    let text = match sample.unit.as_deref() {
        Some(unit) => Text::new(
            format!("Đơn vị \"{unit}\" không quy đổi được sang {wanted}."),
            format!("The unit '{unit}' does not convert to {wanted}."),
        ),
        None => Text::new(format!("Thiếu đơn vị ({wanted})."), format!("The unit is missing ({wanted}).")),
    };
    Some((FaultKind::UnknownUnit, Weight::Error, "unit", text))
}

/// Rows of one parameter, day and point that say different things.
fn duplicates(check: &mut Check<'_>, station: &StationFacts) {
    let mut first: HashMap<_, &Sample> = HashMap::new();
    for sample in &station.samples {
        let key = (sample.sampled_on, sample.sample_point.as_deref(), sample.parameter.trim().to_lowercase());
        let Some(known) = first.get(&key) else {
            first.insert(key, sample);
            continue;
        };
        if (&known.measurement, &known.unit) != (&sample.measurement, &sample.unit) {
            let other = known.row.id.clone();
            check.find(
                FaultKind::DuplicateSample,
                Weight::Error,
                &sample.row,
                "value",
                format!("Cùng thông số, ngày và vị trí với {other} nhưng giá trị khác."),
                format!("The same parameter, day and point as {other}, with another value."),
            );
        }
    }
}
