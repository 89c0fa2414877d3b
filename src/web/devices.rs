//! A person's phones: the code that binds one, the list, taking one off.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    chrome::{Chrome, Room},
    codes::svg_inline,
    error::AppError,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    app::devices,
    domain::{
        device::is_over,
        ids::{DeviceId, StaffId},
        time::UnixMillis,
    },
    store::{devices::Device, staff},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/staff/{staff_id}/devices", list),
        routes::post("/staff/{staff_id}/device-links", make_link),
        routes::post("/devices/{device_id}/revoke", revoke),
    ]
}

/// One phone of the list.
struct Line {
    device_id: DeviceId,
    label: String,
    bound: String,
    seen: String,
    unsent: String,
    state: String,
    /// It may still be taken off.
    is_on: bool,
}

impl Line {
    fn of(t: &'static Words, device: Device, bound_by: Option<&String>, now: UnixMillis) -> Self {
        let words = &t.device;
        let by = if device.bound_by == device.staff_id.to_string() {
            words.bound_self.to_owned()
        } else {
            words.bound_by(bound_by.map_or("?", String::as_str))
        };
        let since = device.oldest_unsent_ms.unwrap_or(device.last_seen_at_ms).to_people();
        let unsent = if device.unsent == 0 { words.unsent_none.to_owned() } else { words.unsent_some(device.unsent, since) };
        let state = match device.revoked_at_ms {
            Some(at) => words.revoked(at.day().to_people()),
            None if is_over(device.expires_at_ms, now) => words.expired.to_owned(),
            None => words.working.to_owned(),
        };
        Self {
            device_id: device.device_id,
            bound: format!("{} · {by}", device.created_at_ms.to_people()),
            seen: device.last_seen_at_ms.to_people(),
            unsent,
            state,
            is_on: device.revoked_at_ms.is_none(),
            label: device.label,
        }
    }
}

#[derive(askama::Template)]
#[template(path = "staff/devices.html")]
struct ListPage {
    chrome: Chrome,
    staff_id: StaffId,
    title: String,
    lines: Vec<Line>,
    is_active: bool,
}

async fn list(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let staff_id: StaffId = id.parse().map_err(|_| AppError::NotFound)?;
    let (person, phones) = devices::list(&state.app, &who.viewer, staff_id).await?;
    let names = staff::names(&state.app.db, phones.iter().map(|phone| phone.bound_by.as_str())).await?;
    let names: Vec<Option<String>> = phones.iter().map(|phone| names.get(phone.bound_by.as_str()).cloned()).collect();
    let (t, now) = (who.lang.words(), state.app.clock.now());
    let lines = phones.into_iter().zip(&names).map(|(phone, by)| Line::of(t, phone, by.as_ref(), now)).collect();
    let title = t.device.title(&person.full_name);
    let chrome = Chrome::of(&state, &who, &title, Room::People).await?;
    Ok(Page(ListPage { chrome, staff_id, title, lines, is_active: person.is_active }).into_response())
}

#[derive(askama::Template)]
#[template(path = "staff/device_link.html")]
struct LinkPage {
    chrome: Chrome,
    staff_id: StaffId,
    name: String,
    svg: String,
    link: String,
    until: String,
}

/// The code on the lead's screen. It stands on the answer of a POST, so that no address shows it again.
async fn make_link(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let staff_id: StaffId = id.parse().map_err(|_| AppError::NotFound)?;
    let (person, token, until) = devices::make_link(&state.app, &who.viewer, staff_id).await?;
    let link = format!("{}/dd/link/{token}", state.config.base_url(&headers));
    let chrome = Chrome::of(&state, &who, who.lang.words().device.link_title, Room::People).await?;
    let until = until.local();
    let page = LinkPage {
        chrome,
        staff_id,
        name: person.full_name,
        svg: svg_inline(&link)?,
        link,
        until: format!("{:02}:{:02}", until.hour(), until.minute()),
    };
    Ok(Page(page).into_response())
}

async fn revoke(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let id: DeviceId = id.parse().map_err(|_| AppError::NotFound)?;
    let owner = devices::revoke(&state.app, &who.viewer, id).await?;
    Ok(Redirect::to(&format!("/staff/{owner}/devices")))
}
