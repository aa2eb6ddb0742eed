//! ENV-STATION: a central treatment station is in operation.

use super::{Context, Finding, Rule, no_station_on_record};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::StationStatus;

pub(super) const RULE: Rule = Rule { id: "ENV-STATION", check };

fn check(context: &Context<'_>) -> Finding {
    let states = context.known.stations.iter().map(|station| {
        let status = station.facts.status.map(|status| status.as_str());
        Evidence::of(&station.facts.row, "status", status)
            .on(station.facts.status_date)
            .allowed(StationStatus::Operating.as_str())
    });
    judge(context).with(states)
}

fn judge(context: &Context<'_>) -> Finding {
    let stations = &context.known.stations;
    let any = |status| stations.iter().any(|station| station.facts.status == Some(status));
    if stations.is_empty() {
        return no_station_on_record();
    }
    if any(StationStatus::Operating) {
        return Finding::met(
            "Trạm xử lý nước thải tập trung đang vận hành.",
            "A central treatment station is in operation.",
        );
    }
    let unclear = stations.iter().filter(|station| station.facts.runs().is_none());
    let unclear: Vec<Missing> = unclear.map(|station| Missing::field(&station.facts.row, "status")).collect();
    if !unclear.is_empty() {
        return Finding::unknown(
            "Chưa rõ trạm xử lý có vận hành không.",
            "Whether the treatment station runs is not on record.",
        )
        .lacking(unclear);
    }
    if any(StationStatus::Trial) {
        return Finding::unknown(
            "Trạm xử lý đang vận hành thử nghiệm, chưa thể kết luận.",
            "The treatment station is in trial operation, which decides nothing yet.",
        )
        .lacking(
            stations
                .iter()
                .filter(|station| station.facts.status == Some(StationStatus::Trial))
                .map(|station| Missing::field(&station.facts.row, "status")),
        );
    }
    if context.is_cluster() { cluster_without_station(context) } else { village_without_station(context) }
}

fn cluster_without_station(context: &Context<'_>) -> Finding {
    context.unless_within_time(Finding::breached(
        "Cụm công nghiệp đang hoạt động nhưng không có trạm xử lý nước thải tập trung vận hành.",
        "The cluster operates without a central treatment station in operation.",
    ))
}

fn village_without_station(context: &Context<'_>) -> Finding {
    match context.known.site.central_treatment_required {
        Some(true) => Finding::breached(
            "Làng nghề thuộc diện phải xử lý nước thải tập trung nhưng không có trạm vận hành.",
            "The village is required to treat its wastewater centrally and no station is in operation.",
        ),
        Some(false) => Finding::not_applicable(
            "Làng nghề không thuộc diện phải có trạm xử lý tập trung.",
            "The village is not required to have a central station.",
        ),
        None => Finding::unknown(
            "Chưa rõ làng nghề có thuộc diện phải xử lý tập trung không.",
            "Whether the village is required to treat centrally is not on record.",
        )
        .lacking(Missing::field(&context.known.site.row, "central_treatment_required")),
    }
}
