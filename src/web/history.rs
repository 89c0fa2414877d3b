//! A stall's history in plain sentences: the audit chain's events, told in the reader's language.

use serde_json::Value;

use super::{error::AppError, state::AppState, words::Words};
use crate::{
    domain::ids::StallId,
    store::{audit, markets::MarketScope, staff},
};

/// A sentence of the history.
pub(super) struct Told {
    /// When, as people write it.
    pub(super) at: String,
    /// Who; empty when nobody is named.
    pub(super) who: String,
    /// What happened.
    pub(super) what: String,
    /// The glyph beside it.
    pub(super) glyph: &'static str,
    /// The event's place in the market's chain.
    pub(super) seq: i64,
}

/// The chain's events of a stall, told in the reader's language.
pub(super) async fn of_stall(
    state: &AppState,
    scope: &MarketScope,
    stall: StallId,
    limit: i64,
    t: &'static Words,
) -> Result<Vec<Told>, AppError> {
    let entries = audit::of_stall(&state.app.db, scope, stall, limit).await?;
    let names = staff::names(&state.app.db, entries.iter().map(|entry| entry.actor.as_str())).await?;
    Ok(entries
        .iter()
        .map(|entry| {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
            let word = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or("");
            let base = t.history.find(&entry.action.replace('.', "_")).unwrap_or(t.history.other);
            let more = match entry.action.as_str() {
                "visit.recorded" => {
                    let reason = t.reason.find(word("reason")).map(|reason| format!(" ({reason})")).unwrap_or_default();
                    format!(": {}{reason}", t.outcome.find(word("outcome")).unwrap_or(""))
                }
                "sticker.checked" => format!(": {}", t.verdict.find(word("verdict")).unwrap_or("")),
                "sticker.printed" => format!(" {}", word("serial")),
                "enrolment.returned" => format!(": {}", t.return_reason.find(word("reason")).unwrap_or("")),
                "enrolment.issued" | "enrolment.received" => format!(" ({})", word("receipt")),
                "account.revealed" | "phone.revealed" | "code.revealed" => {
                    t.reveal_reason.find(word("reason")).map(|reason| format!(" ({reason})")).unwrap_or_default()
                }
                "sticker.reported" => format!(": {}", t.report_reason.find(word("reason")).unwrap_or("")),
                "stall.occupancy" => format!(": {}", t.occupancy.find(word("to")).unwrap_or("")),
                _ => String::new(),
            };
            let glyph = match (entry.action.as_str(), word("verdict")) {
                ("sticker.checked", "other_vendor" | "unknown") | ("code.frozen", _) => "lech",
                ("sticker.checked", "match") => "dan",
                ("sticker.checked", "own_code") => "ma",
                ("sticker.checked", _) => "hen",
                ("enrolment.issued" | "enrolment.approved", _) => "ma",
                ("enrolment.received", _) => "duyet",
                ("visit.recorded" | "sticker.reported", _) => "hen",
                _ => "chua",
            };
            Told {
                at: entry.at_ms.to_people(),
                who: names
                    .get(entry.actor.as_str())
                    .cloned()
                    .unwrap_or_else(|| t.history.find(&entry.actor).unwrap_or("").to_owned()),
                what: format!("{base}{more}"),
                glyph,
                seq: entry.seq,
            }
        })
        .collect())
}
