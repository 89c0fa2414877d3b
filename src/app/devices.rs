//! Phones: a lead hands out a single-use code, a volunteer's phone is bound by it, and can be taken off again.

use std::net::IpAddr;

use crate::{
    app::{App, UseError},
    clock::{random, random_token},
    domain::{
        audit::Event,
        device::{BOUND_MS, LINK_LASTS_MS},
        ids::{DeviceId, StaffId},
        scope::{Act, Viewer},
        time::UnixMillis,
    },
    store::{
        devices::{self, Device, NewDevice},
        seal::token_hash,
        staff::{self, Staff},
    },
};

/// A person whose phones the viewer may bind and take off: themselves, or somebody they may give a new sign-in link.
pub async fn owner(app: &App, viewer: &Viewer, id: StaffId) -> Result<Staff, UseError> {
    if viewer.staff_id == id {
        return staff::find(&app.db, id).await?.ok_or(UseError::NotFound);
    }
    let person = staff::get(&app.db, viewer, id).await?;
    if viewer.may_relink(person.role) { Ok(person) } else { Err(UseError::Forbidden("role_may_not")) }
}

/// A person and their phones, latest first.
pub async fn list(app: &App, viewer: &Viewer, id: StaffId) -> Result<(Staff, Vec<Device>), UseError> {
    let person = owner(app, viewer, id).await?;
    let phones = devices::list_of_staff(&app.db, id).await?;
    Ok((person, phones))
}

/// Makes the code that binds one phone to a person; the answer is its token, shown once, and until when it works.
pub async fn make_link(app: &App, viewer: &Viewer, id: StaffId) -> Result<(Staff, String, UnixMillis), UseError> {
    let person = owner(app, viewer, id).await?;
    let works = person.is_active && person.viewer()?.may(Act::Enrol);
    if !works {
        return Err(UseError::Conflict("no_field_work"));
    }
    let (now, actor, token) = (app.clock.now(), viewer.actor(), random_token());
    let until = now.plus(LINK_LASTS_MS);
    let hash = token_hash(&token);
    app.db
        .write(move |tx| {
            let (hash, actor) = (hash.clone(), actor.clone());
            Box::pin(async move {
                devices::insert_link(tx, &hash, id, &actor, (now, until)).await?;
                tx.ledger().installation_event(event(now, &actor, "device.link_made", &id));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok((person, token, until))
}

/// Whom a code binds a phone to; `None` counts as a wrong guess of that address.
pub async fn find_link(app: &App, token: &str, from: Option<IpAddr>) -> Result<Option<String>, UseError> {
    let now = app.clock.now();
    app.guesses.try_token(from, now)?;
    let name = devices::find_link(&app.db, &token_hash(token), now).await?;
    if name.is_none() {
        app.guesses.wrong_token(from, now);
    }
    Ok(name)
}

/// Binds a phone by a code, which is used up; the answer is the secret of its cookie.
pub async fn bind(app: &App, token: &str, label: &str, from: Option<IpAddr>) -> Result<String, UseError> {
    find_link(app, token, from).await?.ok_or(UseError::NotFound)?;
    let (now, hash) = (app.clock.now(), token_hash(token));
    let (id, secret) = (DeviceId::generate(now, random()), random_token());
    let (label, secret_hash) = (label.to_owned(), token_hash(&secret));
    app.db
        .write(move |tx| {
            let (hash, label, token_hash) = (hash.clone(), label.clone(), secret_hash.clone());
            Box::pin(async move {
                let (staff_id, bound_by) = devices::use_link(tx, &hash, id, now).await?.ok_or(UseError::NotFound)?;
                let new = NewDevice { device_id: id, staff_id, token_hash, label, bound_by, expires_at: now.plus(BOUND_MS) };
                devices::insert(tx, &new, now).await?;
                tx.ledger().installation_event(bound(now, &new));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(secret)
}

/// Binds the phone of somebody who has signed in with a password; the answer is the secret of its cookie.
pub async fn bind_own(app: &App, viewer: &Viewer, label: &str) -> Result<String, UseError> {
    if !viewer.may(Act::Enrol) {
        return Err(UseError::Forbidden("role_may_not"));
    }
    let (now, secret) = (app.clock.now(), random_token());
    let new = NewDevice {
        device_id: DeviceId::generate(now, random()),
        staff_id: viewer.staff_id,
        token_hash: token_hash(&secret),
        label: label.to_owned(),
        bound_by: viewer.actor(),
        expires_at: now.plus(BOUND_MS),
    };
    app.db
        .write(move |tx| {
            let new = new.clone();
            Box::pin(async move {
                devices::insert(tx, &new, now).await?;
                tx.ledger().installation_event(bound(now, &new));
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(secret)
}

/// Takes a phone off. What it still sends is kept for a person to look at.
pub async fn revoke(app: &App, viewer: &Viewer, id: DeviceId) -> Result<StaffId, UseError> {
    let device = devices::find(&app.db, id).await?.ok_or(UseError::NotFound)?;
    let person = owner(app, viewer, device.staff_id).await?;
    let (now, actor) = (app.clock.now(), viewer.actor());
    app.db
        .write(move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                if devices::revoke(tx, id, &actor, now).await? {
                    tx.ledger().installation_event(event(now, &actor, "device.revoked", &id));
                }
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(person.staff_id)
}

/// Keeps a phone bound for another while; written once a minute at most.
pub async fn keep(app: &App, device: &Device) -> Result<(), UseError> {
    const WRITTEN_MS: i64 = 60_000;
    let (now, id) = (app.clock.now(), device.device_id);
    if now.0 - device.last_seen_at_ms.0 < WRITTEN_MS {
        return Ok(());
    }
    app.db
        .write(move |tx| Box::pin(async move { Ok::<_, UseError>(devices::seen(tx, id, now, now.plus(BOUND_MS)).await?) }))
        .await
}

fn bound(now: UnixMillis, new: &NewDevice) -> Event {
    let detail = serde_json::json!({ "staff_id": new.staff_id, "link_of": new.bound_by });
    Event { detail, ..event(now, &new.staff_id.to_string(), "device.bound", &new.device_id) }
}

fn event(now: UnixMillis, actor: &str, action: &'static str, subject: &impl std::fmt::Display) -> Event {
    Event { at: now, actor: actor.to_owned(), action, subject: subject.to_string(), stall: None, detail: serde_json::json!({}) }
}
