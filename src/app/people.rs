//! People: first start, new members, one-time links, passwords, signing in and out.

use std::net::IpAddr;

use crate::{
    app::{App, UseError, passwords::HashError},
    clock::{random, random_token},
    domain::{
        audit::Event,
        ids::{MarketId, StaffId},
        market::MarketClass,
        place,
        scope::{Act, Scope, Viewer},
        staff::{Password, Role, Username},
        stall::{self, Occupancy},
        text::Name,
        time::{DAY_MS, UnixMillis},
        vendor::Phone,
    },
    store::{
        StoreError, Tx,
        markets::{self, NewMarket},
        seal::token_hash,
        sessions, settings,
        staff::{self, NewStaff, Staff},
        stalls::{self, NewStall},
    },
};

/// A one-time link works for this long: a slip printed on Friday works on Monday.
pub const LINK_LASTS_MS: i64 = 7 * DAY_MS;
/// Under this name the hash of the set-up token is kept until somebody has used it.
pub const SET_UP_TOKEN: &str = "set_up_token_hash";

impl From<HashError> for UseError {
    fn from(error: HashError) -> Self {
        Self::Store(match error {
            HashError::Busy => StoreError::Busy,
            HashError::Failed => StoreError::Damaged("password_hash"),
        })
    }
}

/// A new member of staff as somebody asks for it.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// With which they sign in.
    pub username: Username,
    /// Their name.
    pub full_name: Name,
    /// In which role.
    pub role: Role,
    /// Within which bounds.
    pub scope: Scope,
    /// Their password, when it is set at once.
    pub password: Option<Password>,
}

/// Makes the set-up token of a database that has nobody yet; `None` once somebody is there.
pub async fn set_up_token(app: &App) -> Result<Option<String>, UseError> {
    if staff::any(&app.db).await? {
        return Ok(None);
    }
    let token = random_token();
    let hash = data_encoding::HEXLOWER.encode(&token_hash(&token));
    app.db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move { settings::set(tx, SET_UP_TOKEN, &hash).await })
        })
        .await
        .map_err(|error: StoreError| UseError::from(error))?;
    Ok(Some(token))
}

/// Whether a token is the set-up token. Hashes are compared, so how long it takes tells nothing of the token.
pub async fn is_set_up_token(app: &App, token: &str) -> Result<bool, UseError> {
    let wanted = data_encoding::HEXLOWER.encode(&token_hash(token));
    Ok(settings::find(&app.db, SET_UP_TOKEN).await?.is_some_and(|hash| hash == wanted))
}

/// The same for somebody at an address, who may not try for ever.
pub async fn try_set_up_token(app: &App, token: &str, from: Option<IpAddr>) -> Result<bool, UseError> {
    app.guesses.try_token(from, app.clock.now())?;
    let right = is_set_up_token(app, token).await?;
    if !right {
        app.guesses.wrong_token(from, app.clock.now());
    }
    Ok(right)
}

/// Whose one-time link this is, while it works; `None` counts as a wrong guess of that address.
pub async fn find_link(app: &App, token: &str, from: Option<IpAddr>) -> Result<Option<Staff>, UseError> {
    let now = app.clock.now();
    app.guesses.try_token(from, now)?;
    let person = staff::find_link(&app.db, &token_hash(token), now).await?;
    if person.is_none() {
        app.guesses.wrong_token(from, now);
    }
    Ok(person)
}

/// What first start asks for: ward, official, market, first row of stalls, first lead.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// Five digits.
    pub ward_code: String,
    /// The official who will run the ward, with a password.
    pub official: (Username, Name, Password),
    /// The first market.
    pub market_name: Name,
    /// Whom vendors may call.
    pub market_phone: Option<Phone>,
    /// The first row of stalls: prefix, from, to.
    pub row: Vec<stall::StallCode>,
    /// The first team lead, who gets a one-time link.
    pub lead: (Username, Name),
}

/// What first start made.
#[derive(Debug, Clone)]
pub struct SetUpDone {
    /// The first market.
    pub market_id: MarketId,
    /// The token of the lead's one-time link.
    pub lead_token: String,
}

/// First start. The set-up token is used up; of two people with it one wins.
pub async fn set_up(app: &App, token: &str, wish: SetUp) -> Result<SetUpDone, UseError> {
    if !is_set_up_token(app, token).await? {
        return Err(UseError::NotFound);
    }
    let ward = place::ward(&wish.ward_code).ok_or_else(|| UseError::invalid("/ward_code", "ward_unknown", "no such ward"))?;
    let now = app.clock.now();
    let hash = app.passwords.hash(wish.official.2.clone()).await?;
    let (market_id, lead_token) = (MarketId::generate(now, random()), random_token());
    let answer = SetUpDone { market_id, lead_token: lead_token.clone() };
    app.db
        .write(move |tx| {
            let (wish, hash, lead_token) = (wish.clone(), hash.clone(), lead_token.clone());
            Box::pin(async move {
                if !settings::take(tx, SET_UP_TOKEN).await? {
                    return Err(UseError::NotFound);
                }
                let official = NewStaff {
                    staff_id: StaffId::generate(now, random()),
                    username: wish.official.0.clone(),
                    full_name: wish.official.1.clone(),
                    role: Role::WardOfficial,
                    scope: Scope::Ward(wish.ward_code.clone()),
                    password_hash: Some(hash),
                    created_by: "set_up".to_owned(),
                };
                let lead = NewStaff {
                    staff_id: StaffId::generate(now, random()),
                    username: wish.lead.0.clone(),
                    full_name: wish.lead.1.clone(),
                    role: Role::Lead,
                    scope: Scope::Market(market_id),
                    password_hash: None,
                    created_by: official.staff_id.to_string(),
                };
                let market = NewMarket {
                    market_id,
                    ward_code: wish.ward_code.clone(),
                    province_code: ward.province_code.clone(),
                    name: wish.market_name.clone(),
                    class: MarketClass::NONE,
                    contact_name: Some(wish.lead.1.clone()),
                    contact_phone: wish.market_phone.clone(),
                    review_first: false,
                };
                add(tx, &official, "set_up", now).await?;
                if !markets::insert(tx, &market, now).await? {
                    return Err(UseError::Conflict("name_taken"));
                }
                add(tx, &lead, "set_up", now).await?;
                staff::insert_link(tx, &token_hash(&lead_token), lead.staff_id, "set_up", (now, now.plus(LINK_LASTS_MS))).await?;
                tx.ledger().event(market_id, event(now, "set_up", "market.made", &market_id));
                let scope = markets::MarketScope::of_new(&market, "set_up", now);
                for code in wish.row {
                    let new = NewStall {
                        stall_id: crate::domain::ids::StallId::generate(now, random()),
                        code,
                        zone: None,
                        row: None,
                        goods: None,
                        occupancy: Occupancy::Trading,
                    };
                    stalls::insert(tx, &scope, &new, now).await?;
                    let detail = serde_json::json!({ "code": new.code, "occupancy": new.occupancy });
                    let made = event(now, "set_up", "stall.made", &new.stall_id);
                    tx.ledger().event(market_id, Event { stall: Some(new.stall_id), detail, ..made });
                }
                Ok(())
            })
        })
        .await?;
    Ok(answer)
}

fn event(now: UnixMillis, actor: &str, action: &'static str, subject: &impl std::fmt::Display) -> Event {
    Event { at: now, actor: actor.to_owned(), action, subject: subject.to_string(), stall: None, detail: serde_json::json!({}) }
}

async fn add(tx: &mut Tx<'_>, new: &NewStaff, actor: &str, now: UnixMillis) -> Result<(), UseError> {
    if staff::place_of(tx, &new.scope).await?.is_none() {
        return Err(UseError::invalid(
            "/scope",
            "scope_malformed",
            format!("there is no {} {}", new.scope.kind(), new.scope.id()),
        ));
    }
    if !staff::insert(tx, new, now).await? {
        return Err(UseError::Conflict("username_taken"));
    }
    let detail = serde_json::json!({ "role": new.role, "scope": new.scope.kind(), "scope_id": new.scope.id() });
    tx.ledger().installation_event(Event { detail, ..event(now, actor, "staff.made", &new.staff_id) });
    Ok(())
}

/// Makes a member of staff. Without a password they get a one-time link, whose token is the answer.
pub async fn make(app: &App, viewer: &Viewer, wish: NewPerson) -> Result<(StaffId, Option<String>), UseError> {
    if !viewer.may(Act::ManageStaff) || !viewer.may_make(wish.role) {
        return Err(UseError::Forbidden("role_may_not"));
    }
    if !within(app, viewer, &wish).await? {
        return Err(UseError::invalid("/scope", "scope_malformed", "outside your own bounds"));
    }
    make_as(app, &viewer.actor(), wish).await
}

/// Whether the new person's bounds lie within the maker's.
async fn within(app: &App, viewer: &Viewer, wish: &NewPerson) -> Result<bool, UseError> {
    Ok(match (&viewer.scope, &wish.scope) {
        (Scope::Nation, _) => true,
        (Scope::Province(mine), Scope::Province(code)) => mine == code,
        (Scope::Province(mine), Scope::Ward(code)) => place::ward(code).is_some_and(|ward| ward.province_code == *mine),
        (Scope::Ward(mine), Scope::Ward(code)) => mine == code,
        (Scope::Ward(_) | Scope::Province(_), Scope::Market(id)) => match markets::enter_as(&app.db, "staff", *id).await {
            Ok(scope) => viewer.scope.covers(*id, &scope.market().ward_code, &scope.market().province_code),
            Err(markets::AccessError::Store(error)) => return Err(error.into()),
            Err(_) => false,
        },
        _ => false,
    })
}

/// Makes a member of staff for the program itself: the command line and the demo.
pub async fn make_as(app: &App, actor: &str, wish: NewPerson) -> Result<(StaffId, Option<String>), UseError> {
    if !wish.role.takes(&wish.scope) {
        return Err(UseError::invalid("/scope", "scope_malformed", wish.role.takes_words()));
    }
    let now = app.clock.now();
    let id = StaffId::generate(now, random());
    let token = wish.password.is_none().then(random_token);
    let hash = match wish.password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let new = NewStaff {
        staff_id: id,
        username: wish.username,
        full_name: wish.full_name,
        role: wish.role,
        scope: wish.scope,
        password_hash: hash,
        created_by: actor.to_owned(),
    };
    let (actor, link) = (actor.to_owned(), token.clone());
    app.db
        .write(move |tx| {
            let (new, actor, link) = (new.clone(), actor.clone(), link.clone());
            Box::pin(async move {
                add(tx, &new, &actor, now).await?;
                if let Some(token) = link {
                    staff::insert_link(tx, &token_hash(&token), id, &actor, (now, now.plus(LINK_LASTS_MS))).await?;
                }
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok((id, token))
}

/// Hands out new one-time links to people the viewer may manage; the answer keeps the order.
pub async fn relink(app: &App, viewer: &Viewer, ids: &[StaffId]) -> Result<Vec<(Staff, String)>, UseError> {
    let mut people = Vec::with_capacity(ids.len());
    let all = staff::list(&app.db, viewer).await?;
    for id in ids {
        let person = all.iter().find(|person| person.staff_id == *id && person.is_active).ok_or(UseError::NotFound)?;
        people.push((person.clone(), random_token()));
    }
    let (now, actor, work) = (app.clock.now(), viewer.actor(), people.clone());
    app.db
        .write(move |tx| {
            let (actor, work) = (actor.clone(), work.clone());
            Box::pin(async move {
                for (person, token) in &work {
                    staff::insert_link(tx, &token_hash(token), person.staff_id, &actor, (now, now.plus(LINK_LASTS_MS))).await?;
                    tx.ledger().installation_event(event(now, &actor, "staff.link_made", &person.staff_id));
                }
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(people)
}

/// The same for the command line and one person, whom the caller has found; the answer is the link's token.
pub async fn relink_as(app: &App, actor: &str, id: StaffId) -> Result<String, UseError> {
    let (now, actor, token) = (app.clock.now(), actor.to_owned(), random_token());
    let hash = token_hash(&token);
    app.db
        .write(move |tx| {
            let (actor, hash) = (actor.clone(), hash.clone());
            Box::pin(async move {
                staff::insert_link(tx, &hash, id, &actor, (now, now.plus(LINK_LASTS_MS))).await?;
                tx.ledger().installation_event(event(now, &actor, "staff.link_made", &id));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(token)
}

/// Lets a person in, or no longer.
pub async fn set_active(app: &App, viewer: &Viewer, id: StaffId, active: bool) -> Result<(), UseError> {
    let person = staff::get(&app.db, viewer, id).await?;
    if !viewer.may_make(person.role) {
        return Err(UseError::Forbidden("role_may_not"));
    }
    set_active_as(app, &viewer.actor(), id, active).await
}

/// The same for the program itself.
pub async fn set_active_as(app: &App, actor: &str, id: StaffId, active: bool) -> Result<(), UseError> {
    let (now, actor) = (app.clock.now(), actor.to_owned());
    app.db
        .write(move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                if staff::set_active(tx, id, active, now).await? {
                    let action = if active { "staff.enabled" } else { "staff.disabled" };
                    tx.ledger().installation_event(event(now, &actor, action, &id));
                }
                Ok(())
            })
        })
        .await
}

/// Makes an API token, which is shown once.
pub async fn make_token(app: &App, actor: &str, id: StaffId, label: &str) -> Result<String, UseError> {
    let (now, token) = (app.clock.now(), format!("chq_{}", random_token()));
    let (actor, label, hash) = (actor.to_owned(), label.to_owned(), token_hash(&token));
    app.db
        .write(move |tx| {
            let (actor, label, hash) = (actor.clone(), label.clone(), hash.clone());
            Box::pin(async move {
                staff::insert_token(tx, &hash, id, &label, now).await?;
                tx.ledger().installation_event(event(now, &actor, "staff.token_made", &id));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(token)
}

/// Sets a password through a one-time link, which is used up.
pub async fn use_link(app: &App, token: &str, password: &str, from: Option<IpAddr>) -> Result<Staff, UseError> {
    let (now, hash) = (app.clock.now(), token_hash(token));
    let person = find_link(app, token, from).await?.ok_or(UseError::NotFound)?;
    let username: Username = person.username.parse().map_err(|_| StoreError::Damaged("staff.username"))?;
    let password =
        Password::new(password, &username).map_err(|error| UseError::invalid("/password", error.code(), error.to_string()))?;
    let hashed = app.passwords.hash(password).await?;
    app.db
        .write(move |tx| {
            let (hash, hashed) = (hash.clone(), hashed.clone());
            Box::pin(async move {
                let id = staff::use_link(tx, &hash, now).await?.ok_or(UseError::NotFound)?;
                staff::set_password(tx, id, &hashed, now).await?;
                tx.ledger().installation_event(event(now, &id.to_string(), "staff.password_set", &id));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    // Whoever was locked out by others' guesses is in again, and known here.
    app.guesses.forgive(&person.username, from, now);
    Ok(person)
}

/// Begins a session; `None` when name or password is wrong, without telling which. Too many wrong ones have to wait, of
/// names that nobody has too.
pub async fn sign_in(
    app: &App,
    username: &str,
    password: &str,
    from: Option<IpAddr>,
    lasts_ms: i64,
) -> Result<Option<(Staff, String)>, UseError> {
    app.guesses.try_account(username, from, app.clock.now())?;
    let person = match username.parse::<Username>() {
        Ok(username) => staff::find_by_username(&app.db, &username).await?,
        Err(_) => None,
    };
    let hash = match &person {
        Some(person) => staff::password_hash(&app.db, person.staff_id).await?,
        None => None,
    };
    let right = app.passwords.verify(Password::typed(password), hash).await?;
    let Some(person) = person.filter(|_| right) else { return Ok(None) };
    app.guesses.forgive(username, from, app.clock.now());
    let secret = begin_session(app, person.staff_id, lasts_ms).await?;
    Ok(Some((person, secret)))
}

/// Begins a session for somebody who has just proved who they are.
pub async fn begin_session(app: &App, id: StaffId, lasts_ms: i64) -> Result<String, UseError> {
    let (now, secret) = (app.clock.now(), random_token());
    let hash = token_hash(&secret);
    app.db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                sessions::insert(tx, &hash, id, now, now.plus(lasts_ms)).await?;
                tx.ledger().installation_event(event(now, &id.to_string(), "staff.signed_in", &id));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(secret)
}

/// Ends a session.
pub async fn sign_out(app: &App, secret: &str) -> Result<(), UseError> {
    let (hash, now) = (token_hash(secret), app.clock.now());
    app.db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                if let Some(id) = sessions::delete(tx, &hash).await? {
                    tx.ledger().installation_event(event(now, &id.to_string(), "staff.signed_out", &id));
                }
                Ok(())
            })
        })
        .await
}
