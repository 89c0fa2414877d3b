//! Making markets and stalls, one at a time or a row at a time.

use serde_json::Value;

use crate::{
    app::{App, FieldProblem, UseError},
    clock::random,
    domain::{
        audit::Event,
        ids::{MarketId, StallId, TenancyId, VendorId},
        market::MarketClass,
        place,
        scope::{Act, Scope, Viewer},
        stall::{Occupancy, StallCode, StallCodeError},
        text::{Name, UnknownWord},
        time::UnixMillis,
        vendor::{FormOfAddress, Phone},
    },
    payment_code::fold,
    store::{
        Tx,
        markets::{self, MarketChange, MarketScope, NewMarket},
        stall_facts,
        stalls::{self, NewStall},
        vendors::{self, VendorRecord},
    },
};

/// At most this many stalls in one request.
const MOST_STALLS: usize = 5_000;
/// The longest name of a zone, of a row or of a kind of goods, in characters.
const LONGEST_WORDS: usize = 60;

/// A market as somebody wants it.
#[derive(Debug, Clone)]
pub struct MarketWish {
    /// Five digits.
    pub ward_code: String,
    /// Its name.
    pub name: Name,
    /// Its class.
    pub class: MarketClass,
    /// Whom a vendor may call.
    pub contact_name: Option<Name>,
    /// The number to call.
    pub contact_phone: Option<Phone>,
    /// Whether every enrolment is reviewed first.
    pub review_first: bool,
}

/// A market that was made.
#[derive(Debug, Clone, serde::Serialize)]
pub struct MadeMarket {
    /// Its identifier.
    pub market_id: MarketId,
    /// Its name.
    pub name: String,
    /// Five digits.
    pub ward_code: String,
    /// Its class.
    pub class: MarketClass,
}

/// Reads `{name, ward_code, class?, review_first?}`.
pub fn market_from_json(body: &Value) -> Result<MarketWish, UseError> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or("");
    let mut problems = Vec::new();
    let name = text("name")
        .parse::<Name>()
        .map_err(|error| problems.push(FieldProblem::new("/name", error.code(), error.to_string())))
        .ok();
    let class = match body.get("class") {
        None | Some(Value::Null) => Some(MarketClass::NONE),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => {
            value.as_i64().and_then(|class| i16::try_from(class).ok()).and_then(|class| MarketClass::try_from(class).ok())
        }
    };
    if class.is_none() {
        problems.push(FieldProblem::new("/class", "class_malformed", "a class is 1, 2 or 3"));
    }
    if place::ward(text("ward_code")).is_none() {
        problems.push(FieldProblem::new("/ward_code", "ward_unknown", "no commune has this code of five digits"));
    }
    let review_first = match body.get("review_first") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(review_first)) => *review_first,
        Some(_) => {
            problems.push(FieldProblem::new("/review_first", "not_boolean", "expected true or false"));
            false
        }
    };
    let (Some(name), Some(class), true) = (name, class, problems.is_empty()) else { return Err(UseError::Invalid(problems)) };
    Ok(MarketWish { ward_code: text("ward_code").to_owned(), name, class, contact_name: None, contact_phone: None, review_first })
}

/// Makes a market within the viewer's bounds.
pub async fn make_market(app: &App, viewer: &Viewer, wish: MarketWish) -> Result<MadeMarket, UseError> {
    if !viewer.may(Act::MakeMarket) {
        return Err(UseError::Forbidden("role_may_not"));
    }
    let inside = match &viewer.scope {
        Scope::Nation => true,
        Scope::Ward(code) => *code == wish.ward_code,
        Scope::Province(_) | Scope::Market(_) => false,
    };
    if !inside {
        return Err(UseError::invalid("/ward_code", "ward_unknown", "no such ward within your scope"));
    }
    make_market_as(app, &viewer.actor(), wish).await
}

/// Makes a market for the program itself: the command line and the demo.
pub async fn make_market_as(app: &App, actor: &str, wish: MarketWish) -> Result<MadeMarket, UseError> {
    let ward = place::ward(&wish.ward_code).ok_or_else(|| UseError::invalid("/ward_code", "ward_unknown", "no such ward"))?;
    let now = app.clock.now();
    let new = NewMarket {
        market_id: MarketId::generate(now, random()),
        ward_code: wish.ward_code.clone(),
        province_code: ward.province_code.clone(),
        name: wish.name.clone(),
        class: wish.class,
        contact_name: wish.contact_name,
        contact_phone: wish.contact_phone,
        review_first: wish.review_first,
    };
    let made = MadeMarket {
        market_id: new.market_id,
        name: wish.name.as_str().to_owned(),
        ward_code: wish.ward_code,
        class: wish.class,
    };
    let actor = actor.to_owned();
    app.db
        .write(move |tx| {
            let (new, actor) = (new.clone(), actor.clone());
            Box::pin(async move {
                if !markets::insert(tx, &new, now).await? {
                    return Err(UseError::Conflict("name_taken"));
                }
                tx.ledger().event(
                    new.market_id,
                    Event {
                        at: now,
                        actor,
                        action: "market.made",
                        subject: new.market_id.to_string(),
                        stall: None,
                        detail: serde_json::json!({ "ward_code": new.ward_code, "class": new.class }),
                    },
                );
                Ok(())
            })
        })
        .await?;
    Ok(made)
}

/// Changes a market; what is the ward's choice only when the viewer may choose for the ward.
pub async fn change_market(app: &App, viewer: &Viewer, id: MarketId, change: MarketChange) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, id).await?;
    // What is the ward's choice stays as it is when somebody else changes the rest.
    let ward_rules = change.ward_rules.filter(|_| viewer.may(Act::SetWardRules));
    let change = MarketChange { ward_rules, ..change };
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, change) = (scope.clone(), change.clone());
            Box::pin(async move {
                if !markets::update(tx, &scope, &change).await? {
                    return Err(UseError::Conflict("name_taken"));
                }
                let rules = change.ward_rules.as_ref();
                let detail = serde_json::json!({
                    "class": change.class,
                    "review_first": rules.map(|rules| rules.review_first),
                    "transfer_purpose": rules.and_then(|rules| rules.transfer_purpose.as_ref()),
                });
                let actor = scope.actor().to_owned();
                tx.ledger()
                    .event(id, Event { at: now, actor, action: "market.changed", subject: id.to_string(), stall: None, detail });
                Ok(())
            })
        })
        .await
}

/// A stall as somebody wants it.
#[derive(Debug, Clone)]
pub struct StallWish {
    /// Its code.
    pub code: StallCode,
    /// The part of the market.
    pub zone: Option<String>,
    /// The row.
    pub row: Option<String>,
    /// What is sold.
    pub goods: Option<String>,
    /// Vacant or trading.
    pub occupancy: Occupancy,
    /// Who keeps it, as the board's list says; nobody has spoken with them yet.
    pub keeper: Option<VendorRecord>,
}

/// A stall that was made, or stood there already.
#[derive(Debug, Clone, serde::Serialize)]
pub struct MadeStall {
    /// Its identifier; `null` when a stall of that code stood there already.
    pub stall_id: Option<StallId>,
    /// Its code.
    pub code: StallCode,
    /// Whether this call made it.
    pub is_new: bool,
}

/// A zone, a row or goods as somebody wrote them: cleaned, `None` when nothing is left.
pub fn words(text: &str) -> Result<Option<String>, &'static str> {
    let text = fold::nfc_clean(text);
    if text.chars().count() > LONGEST_WORDS { Err("text_too_long") } else { Ok(Some(text).filter(|text| !text.is_empty())) }
}

/// Reads one stall of a list; what is there but of another kind is refused, never left out.
fn stall_from_json(item: &Value, at: usize, problems: &mut Vec<FieldProblem>) -> Option<StallWish> {
    let before = problems.len();
    let mut refuse =
        |key: &str, code, message: &str| problems.push(FieldProblem::new(format!("/stalls/{at}/{key}"), code, message));
    let mut text = |key: &str| match item.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => words(text).unwrap_or_else(|code| {
            refuse(key, code, "at most 60 characters");
            None
        }),
        Some(_) => {
            refuse(key, "not_text", "expected text in quotes");
            None
        }
    };
    let (zone, row, goods, occupancy) = (text("zone"), text("row"), text("goods"), text("occupancy"));
    let occupancy = occupancy.map_or(Ok(Occupancy::Trading), |word| word.parse()).map_err(|error: UnknownWord| {
        refuse("occupancy", "occupancy_unknown", &error.to_string());
    });
    let code = item.get("code").and_then(Value::as_str).unwrap_or("").parse().map_err(|error: StallCodeError| {
        refuse("code", "stall_code_malformed", &error.to_string());
    });
    let keeper = keeper_from_json(item, at, problems);
    match (code, occupancy) {
        (Ok(code), Ok(occupancy)) if problems.len() == before => Some(StallWish { code, zone, row, goods, occupancy, keeper }),
        _ => None,
    }
}

/// Reads `vendor: {full_name, form_of_address?, phone?}` of a stall, when the list names its keeper.
fn keeper_from_json(item: &Value, at: usize, problems: &mut Vec<FieldProblem>) -> Option<VendorRecord> {
    let vendor = item.get("vendor").filter(|vendor| !vendor.is_null())?;
    let mut refuse =
        |key: &str, code, message: String| problems.push(FieldProblem::new(format!("/stalls/{at}/vendor/{key}"), code, message));
    let text = |key: &str| vendor.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let name = text("full_name").unwrap_or("").parse::<Name>();
    let address = text("form_of_address").map_or(Ok(FormOfAddress::Unknown), str::parse::<FormOfAddress>);
    let phone = text("phone").map(str::parse::<Phone>).transpose();
    let name = name.map_err(|error| refuse("full_name", error.code(), error.to_string())).ok();
    let address = address.map_err(|error| refuse("form_of_address", "form_of_address_unknown", error.to_string())).ok();
    let phone = phone.map_err(|error| refuse("phone", "phone_malformed", error.to_string())).ok();
    Some(VendorRecord { full_name: name?, form_of_address: address?, business_name: None, phone: phone? })
}

/// Reads `{stalls: [{code, zone?, row?, goods?, occupancy?, vendor?}]}`.
pub fn stalls_from_json(body: &Value) -> Result<Vec<StallWish>, UseError> {
    let list = body.get("stalls").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| UseError::invalid("/stalls", "missing", "a list of stalls"))?;
    if list.len() > MOST_STALLS {
        return Err(UseError::invalid("/stalls", "too_large", format!("at most {MOST_STALLS} stalls at once")));
    }
    let mut problems = Vec::new();
    let wishes = list.iter().enumerate().filter_map(|(at, item)| stall_from_json(item, at, &mut problems)).collect();
    super::enrol::or_problems(Some(wishes), problems)
}

/// Makes stalls; those whose code stands there already stay as they are and are told.
pub async fn make_stalls(app: &App, viewer: &Viewer, id: MarketId, wishes: Vec<StallWish>) -> Result<Vec<MadeStall>, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, id).await?;
    make_stalls_in(app, scope, wishes).await
}

/// The same in a market whose scope is at hand.
pub async fn make_stalls_in(app: &App, scope: MarketScope, wishes: Vec<StallWish>) -> Result<Vec<MadeStall>, UseError> {
    let now = app.clock.now();
    let work = std::sync::Arc::new((scope, wishes));
    app.db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                let (scope, wishes) = &*work;
                let mut made = Vec::with_capacity(wishes.len());
                for wish in wishes {
                    let id = StallId::generate(now, random());
                    let new = NewStall {
                        stall_id: id,
                        code: wish.code.clone(),
                        zone: wish.zone.clone(),
                        row: wish.row.clone(),
                        goods: wish.goods.clone(),
                        occupancy: wish.occupancy,
                    };
                    let is_new = stalls::insert(tx, scope, &new, now).await?;
                    made.push(MadeStall { stall_id: is_new.then_some(id), code: wish.code.clone(), is_new });
                    if is_new {
                        tx.ledger().event(
                            scope.market_id(),
                            Event {
                                at: now,
                                actor: scope.actor().to_owned(),
                                action: "stall.made",
                                subject: id.to_string(),
                                stall: Some(id),
                                detail: serde_json::json!({ "code": wish.code, "occupancy": wish.occupancy }),
                            },
                        );
                        if let Some(keeper) = &wish.keeper {
                            keep(tx, scope, id, keeper, now).await?;
                        }
                    }
                }
                Ok(made)
            })
        })
        .await
}

/// Notes who keeps a stall that was just made.
async fn keep(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall_id: StallId,
    keeper: &VendorRecord,
    now: UnixMillis,
) -> Result<(), UseError> {
    let (vendor, tenancy) = (VendorId::generate(now, random()), TenancyId::generate(now, random()));
    vendors::insert(tx, scope, vendor, keeper, now).await?;
    stalls::begin_tenancy(tx, scope, tenancy, stall_id, vendor, now).await?;
    let stall = stalls::find_in(tx, scope, stall_id).await?.ok_or(UseError::NotFound)?;
    stall_facts::recompute(tx, scope, &stall, stall.occupancy, Some((vendor, tenancy)), now).await?;
    let (actor, subject) = (scope.actor().to_owned(), vendor.to_string());
    let event = Event { at: now, actor, action: "vendor.listed", subject, stall: Some(stall_id), detail: serde_json::json!({}) };
    tx.ledger().event(scope.market_id(), event);
    Ok(())
}
