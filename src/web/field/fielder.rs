//! Who works at the stalls: a bound phone, or somebody who has signed in.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};

use crate::{
    domain::{
        device::{BOUND_MS, is_over},
        scope::{Act, Viewer},
    },
    store::{devices, devices::Device, seal::token_hash, staff},
    web::{
        error::AppError,
        session::{self, cookie, is_loopback},
        state::AppState,
        words::Lang,
    },
};

const PLAIN: &str = "choqr-device";
const SECURE: &str = "__Secure-choqr-device";

/// Somebody at the stalls.
#[derive(Debug, Clone)]
pub(in crate::web) struct Fielder {
    /// Who, in which role, within which bounds, as of now.
    pub(in crate::web) viewer: Viewer,
    /// The phone, when it is bound.
    pub(in crate::web) device: Option<Device>,
    /// The phone was taken off, or its owner may no longer sign in: what it sends is kept apart.
    pub(in crate::web) is_revoked: bool,
    /// The language they read.
    pub(in crate::web) lang: Lang,
}

impl Fielder {
    /// The same, unless the phone was taken off: then it is shown nothing more.
    pub(in crate::web) fn trusted(self) -> Result<Self, AppError> {
        if self.is_revoked { Err(AppError::DeviceRevoked) } else { Ok(self) }
    }
}

impl FromRequestParts<AppState> for Fielder {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let lang = Lang::of(&parts.headers);
        let found = match by_device(&parts.headers, state).await? {
            Some((device, viewer, is_revoked)) => Self { viewer, device: Some(device), is_revoked, lang },
            None => {
                let viewer = session::viewer(&parts.headers, state).await?.ok_or(AppError::SignedOut)?;
                Self { viewer, device: None, is_revoked: false, lang }
            }
        };
        // A phone that was taken off is not told what its owner's role has become.
        if found.is_revoked || found.viewer.may(Act::Enrol) { Ok(found) } else { Err(AppError::Forbidden("role_may_not")) }
    }
}

/// The phone behind the cookie, unless its time is over.
async fn by_device(headers: &HeaderMap, state: &AppState) -> Result<Option<(Device, Viewer, bool)>, AppError> {
    let db = &state.app.db;
    let Some(secret) = secret(headers, state.config.https) else { return Ok(None) };
    let Some(device) = devices::find_by_token(db, &token_hash(secret)).await? else { return Ok(None) };
    let Some(owner) = staff::find(db, device.staff_id).await? else { return Ok(None) };
    let is_revoked = device.revoked_at_ms.is_some() || !owner.is_active;
    if !is_revoked && is_over(device.expires_at_ms, state.app.clock.now()) {
        return Ok(None);
    }
    let viewer = owner.viewer()?;
    Ok(Some((device, viewer, is_revoked)))
}

/// The secret in a phone's cookie; over HTTPS only the `__Secure-` name counts.
pub(super) fn secret(headers: &HeaderMap, https: bool) -> Option<&str> {
    let plain = || if https { None } else { cookie(headers, PLAIN) };
    cookie(headers, SECURE).or_else(plain)
}

/// The cookie of a bound phone, sent to the field app alone; renewed whenever the app asks who it is.
pub(super) fn device_cookie(headers: &HeaderMap, https: bool, secret: &str) -> HeaderValue {
    let seconds = BOUND_MS / 1_000;
    let text = if !https && is_loopback(headers) {
        format!("{PLAIN}={secret}; Path=/dd; HttpOnly; SameSite=Lax; Max-Age={seconds}")
    } else {
        format!("{SECURE}={secret}; Path=/dd; HttpOnly; SameSite=Lax; Secure; Max-Age={seconds}")
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The cookies that unbind a phone.
pub(super) fn end_cookies() -> [HeaderValue; 2] {
    [
        HeaderValue::from_static("choqr-device=; Path=/dd; HttpOnly; SameSite=Lax; Max-Age=0"),
        HeaderValue::from_static("__Secure-choqr-device=; Path=/dd; HttpOnly; SameSite=Lax; Secure; Max-Age=0"),
    ]
}
