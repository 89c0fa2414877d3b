//! The demo's market: the fictional stalls and vendors of `assets/data/sample`, brought to life through the use cases.

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::PEOPLE;
use crate::{
    app::{
        App,
        check_sticker::{self, Scan},
        enrol,
        market_work::{self, MarketWish, StallWish},
        print_stickers::{self, Pick, PrintOrder},
        record_visit::{self, Visit},
        report_sticker,
    },
    clock::random,
    domain::{
        ids::{CheckId, EnrolmentId, MarketId, PrintBatchId, VisitId},
        market::MarketClass,
        scope::Viewer,
        stall::Occupancy,
        sticker_report::ReportReason,
        time::DAY_MS,
        vendor::FormOfAddress,
        visit::{Reason, VisitOutcome},
    },
    store::{
        check_links, markets, payment_codes,
        print_picks::{PrintFilter, Selection},
        seal, staff,
        stalls::{self, StallFilter},
        stickers,
        vendors::VendorRecord,
    },
};

const STALLS: &str = include_str!("../../../assets/data/sample/stalls.csv");
const VENDORS: &str = include_str!("../../../assets/data/sample/vendors.csv");
/// The sample's market that is brought to life.
const MARKET: &str = "M01";

#[derive(Debug, Deserialize)]
struct SampleStall {
    stall_code: String,
    market_code: String,
    zone: String,
    row: String,
    category_name: String,
    status: String,
    vendor_code: String,
}

#[derive(Debug, Deserialize)]
struct SampleVendor {
    vendor_code: String,
    full_name: String,
    sex: String,
    phone: String,
    bank_bin: String,
    account_number: String,
    account_name: String,
    stage: String,
}

impl SampleVendor {
    /// As a market board's list has them: a name, no phone.
    fn record(&self) -> anyhow::Result<VendorRecord> {
        let form_of_address = if self.sex == "F" { FormOfAddress::Co } else { FormOfAddress::Chu };
        Ok(VendorRecord { full_name: self.full_name.parse()?, form_of_address, business_name: None, phone: None })
    }
}

fn rows<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().context("the sample is part of the program")
}

fn sample_stalls() -> anyhow::Result<Vec<SampleStall>> {
    Ok(rows::<SampleStall>(STALLS)?.into_iter().filter(|stall| stall.market_code == MARKET).collect())
}

/// `M01-A1-03` becomes `A1-03`.
fn code_of(stall: &SampleStall) -> &str {
    stall.stall_code.split_once('-').map_or(stall.stall_code.as_str(), |(_, code)| code)
}

/// Makes the market and its stalls.
pub(super) async fn make(app: &App) -> anyhow::Result<MarketId> {
    let wish = MarketWish {
        ward_code: super::WARD.to_owned(),
        name: "Chợ Bắc Kạn".parse()?,
        class: MarketClass::try_from(2)?,
        contact_name: Some("Nông Văn Sơn".parse()?),
        contact_phone: Some("0320000999".parse()?),
        review_first: false,
    };
    let market = market_work::make_market_as(app, "demo", wish).await?.market_id;
    let vendors: Vec<SampleVendor> = rows(VENDORS)?;
    let mut wishes = Vec::new();
    for stall in sample_stalls()? {
        let keeper = vendors.iter().find(|vendor| vendor.vendor_code == stall.vendor_code && stall.status == "active");
        wishes.push(StallWish {
            code: code_of(&stall).parse()?,
            zone: Some(stall.zone.clone()),
            row: Some(format!("{}{}", stall.zone, stall.row)),
            goods: Some(stall.category_name.clone()),
            occupancy: match stall.status.as_str() {
                "vacant" => Occupancy::Vacant,
                "suspended" => Occupancy::Paused,
                _ => Occupancy::Trading,
            },
            keeper: keeper.map(SampleVendor::record).transpose()?,
        });
    }
    let scope = markets::enter_as(&app.db, "demo", market).await?;
    market_work::make_stalls_in(app, scope, wishes).await?;
    Ok(market)
}

async fn viewer(app: &App, username: &str) -> anyhow::Result<Viewer> {
    let found = staff::find_by_username(&app.db, &username.parse()?).await?.context("the demo's people were just made")?;
    Ok(found.viewer()?)
}

/// Enrols, visits, prints and checks, so that every colour of the map is there.
pub(super) async fn live(app: &App, market: MarketId) -> anyhow::Result<()> {
    let (lan, quan, lead) = (viewer(app, PEOPLE[0].1).await?, viewer(app, PEOPLE[1].1).await?, viewer(app, PEOPLE[2].1).await?);
    let vendors: Vec<SampleVendor> = rows(VENDORS)?;
    let scope = markets::enter_as(&app.db, "demo", market).await?;
    let stalls = stalls::list(&app.db, &scope, &StallFilter::default()).await?;
    let mut taken = std::collections::HashSet::new();
    for sample in sample_stalls()?.iter().filter(|stall| stall.status == "active") {
        let Some(vendor) = vendors.iter().find(|vendor| vendor.vendor_code == sample.vendor_code) else { continue };
        let Some(stall) = stalls.iter().find(|stall| stall.code == code_of(sample)) else { continue };
        let has_account = !vendor.account_number.is_empty() && taken.insert(vendor.vendor_code.clone());
        match vendor.stage.as_str() {
            "qr_issued" | "sticker_printed" | "active" if has_account => enrol_one(app, &lan, market, sample, vendor).await?,
            "declined" => visit(app, &quan, stall.stall_id, VisitOutcome::Declined, Some(Reason::FearOfTax), 0).await?,
            "consented" => visit(app, &quan, stall.stall_id, VisitOutcome::Postponed, None, 2).await?,
            "registered" if stall.number.ends_with('4') => {
                visit(app, &quan, stall.stall_id, VisitOutcome::AwaitingAccount, None, 0).await?;
            }
            _ => {}
        }
    }
    let order = PrintOrder {
        id: None,
        is_for_two: false,
        design: "label_99x68".to_owned(),
        paper: "a4".to_owned(),
        start_at: 1,
        copies: 1,
        pick: Pick::Filter(Selection::from(PrintFilter::NotYetPrinted)),
    };
    let printed = print_stickers::print(app, &lead, market, order).await?;
    check_round(app, &quan, market, &vendors).await?;
    suspect(app, market, printed.print_batch_id).await
}

async fn enrol_one(
    app: &App,
    viewer: &Viewer,
    market: MarketId,
    stall: &SampleStall,
    vendor: &SampleVendor,
) -> anyhow::Result<()> {
    let code = crate::payment_code::TransferCode::new(vendor.bank_bin.parse()?, vendor.account_number.parse()?)?;
    let body = json!({
        "market_id": market,
        "stall_code": code_of(stall),
        "vendor": {
            "full_name": vendor.full_name,
            "phone": vendor.phone,
            "form_of_address": if vendor.sex == "F" { "co" } else { "chu" },
        },
        "accounts": [{ "scanned_payload": code.encode()?, "holder_name": vendor.account_name, "how": "camera", "primary": true }],
        "consent": { "text_version": crate::domain::consent::CURRENT, "purposes": ["issue_code", "follow_up"] },
    });
    let input = enrol::from_json(&body, app.clock.now())?;
    let id = EnrolmentId::generate(app.clock.now(), random());
    enrol::enrol(app, viewer, id, input).await?;
    Ok(())
}

async fn visit(
    app: &App,
    viewer: &Viewer,
    stall: crate::domain::ids::StallId,
    outcome: VisitOutcome,
    reason: Option<Reason>,
    days: i64,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let come_back_on = (days > 0).then(|| now.plus(days * DAY_MS).day());
    let visit = Visit {
        id: VisitId::generate(now, random()),
        outcome,
        reason,
        come_back_on,
        visited_at: now,
        use_source: None,
        use_share: None,
        body_hash: None,
    };
    record_visit::record(app, viewer, stall, visit).await?;
    Ok(())
}

/// Most codes are scanned at their stalls, most of those are seen in use, and one stall has a foreign code.
async fn check_round(app: &App, viewer: &Viewer, market: MarketId, vendors: &[SampleVendor]) -> anyhow::Result<()> {
    let scope = markets::enter_as(&app.db, "demo", market).await?;
    let stalls = stalls::list(&app.db, &scope, &StallFilter::default()).await?;
    let in_use: std::collections::HashSet<&str> =
        vendors.iter().filter(|vendor| vendor.stage == "active").map(|vendor| vendor.full_name.as_str()).collect();
    for (at, stall) in stalls.iter().filter(|stall| stall.with_code).enumerate() {
        if at % 5 == 4 {
            continue;
        }
        let codes = payment_codes::list_of_stall(&app.db, &scope, stall.stall_id).await?;
        let Some(code) = codes.first() else { continue };
        let mut payload = payment_codes::payload(&app.db, &scope, code.payment_code_id).await?.unwrap_or_default();
        if at == 3 {
            payload = crate::payment_code::TransferCode::new("970422".parse()?, "9990000000482".parse()?)?.encode()?;
        }
        let now = app.clock.now();
        let scan =
            Scan { id: CheckId::generate(now, random()), stall_id: stall.stall_id, payload, checked_at: now, body_hash: None };
        check_sticker::check(app, viewer, scan).await?;
        if stall.vendor_name.as_deref().is_some_and(|name| in_use.contains(name)) {
            visit(app, viewer, stall.stall_id, VisitOutcome::InUse, None, 0).await?;
        }
    }
    Ok(())
}

/// A customer doubts one of the stickers.
async fn suspect(app: &App, market: MarketId, batch: PrintBatchId) -> anyhow::Result<()> {
    let scope = markets::enter_as(&app.db, "demo", market).await?;
    let Some(sticker) = stickers::printed_page(&app.db, &scope, batch, 8, 1).await?.pop() else { return Ok(()) };
    if let Some(sticker) = check_links::find(&app.db, &seal::token_hash(&sticker.check_token)).await? {
        let note = "App hiện tên khác, chữ in cũng nhỏ hơn".parse()?;
        report_sticker::report(app, &sticker, ReportReason::NameDiffers, note).await?;
    }
    Ok(())
}
