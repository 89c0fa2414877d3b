//! From which address a request comes.

use std::{convert::Infallible, net::IpAddr};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::state::AppState;

/// The other end of the connection, which the accept loop notes with each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The address of whoever asks: the connection's other end, or, when that is a proxy the operator named, whom the proxy says
/// it saw (the last entry of `X-Forwarded-For`: what stands before it, anybody may have written).
#[derive(Debug, Clone, Copy)]
pub struct From(pub Option<IpAddr>);

impl FromRequestParts<AppState> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let Some(Peer(peer)) = parts.extensions.get::<Peer>().copied() else { return Ok(Self(None)) };
        let peer = peer.to_canonical();
        if !state.config.trusted_proxies.contains(&peer) {
            return Ok(Self(Some(peer)));
        }
        let last = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let seen = last.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Ok(Self(Some(seen.unwrap_or(peer))))
    }
}
