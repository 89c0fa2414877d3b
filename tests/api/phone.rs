//! A phone as the tests play it: it seals records and sends them.

use axum::http::Method;
use choqr::{
    app::field::sealed::{self, Envelope, bound_to},
    domain::ids::DeviceId,
};
use serde_json::{Value, json};

use crate::{
    devices,
    support::{NOW, Reply, TestApp, uuid},
};

/// A phone that is bound to somebody.
pub(crate) struct Phone<'a> {
    pub app: &'a TestApp,
    pub cookie: String,
    pub key_id: String,
    pub public: Vec<u8>,
    pub device: DeviceId,
    /// What its clock shows when it sends.
    pub sent_at: i64,
}

impl<'a> Phone<'a> {
    pub(crate) async fn bind(app: &'a TestApp, who: &str) -> Self {
        let cookie = devices::bind(app, "son", who).await;
        let me = devices::phone(app, &cookie, Method::GET, "/dd/api/me", json!({})).await.json();
        let public = me["field_key"]["public_key"].as_str().unwrap();
        Self {
            app,
            cookie,
            key_id: me["field_key"]["key_id"].as_str().unwrap().to_owned(),
            public: data_encoding::BASE64URL_NOPAD.decode(public.as_bytes()).unwrap(),
            device: me["device"]["device_id"].as_str().unwrap().parse().unwrap(),
            sent_at: NOW.0,
        }
    }

    pub(crate) fn seal(&self, bound: &str, plain: &Value) -> Envelope {
        sealed::seal(&self.public, &self.key_id, bound, plain.to_string().as_bytes(), choqr::clock::random).unwrap()
    }

    /// A record as it stands in the queue.
    pub(crate) fn item(&self, kind: &str, id: &str, stall: &str, body: &Value) -> Value {
        self.item_at(kind, id, stall, body, &json!({ "at": NOW.0, "offset": 0 }))
    }

    pub(crate) fn item_at(&self, kind: &str, id: &str, stall: &str, body: &Value, clock: &Value) -> Value {
        let plain = json!({ "schema": 1, "id": id, "body": body, "clock": clock });
        let market = self.app.market.to_string();
        let sealed = self.seal(&bound_to(id, kind, &market, stall), &plain);
        json!({ "id": id, "kind": kind, "market_id": market, "stall_id": stall, "rev": 1, "revises": null, "sealed": sealed })
    }

    pub(crate) async fn send(&self, items: &[Value]) -> Reply {
        self.send_and_watch(items, &[]).await
    }

    pub(crate) async fn send_and_watch(&self, items: &[Value], watch: &[Value]) -> Reply {
        let body = json!({ "schema": 1, "sent_at": self.sent_at, "unsent": items.len(), "oldest_unsent": NOW.0, "items": items, "watch": watch });
        devices::phone(self.app, &self.cookie, Method::POST, "/dd/api/send", body).await
    }

    /// Sends records and gives their states.
    pub(crate) async fn states(&self, items: &[Value]) -> Vec<String> {
        let reply = self.send(items).await;
        let results = reply.json()["results"].as_array().unwrap_or_else(|| panic!("{}", reply.text())).clone();
        results.iter().map(|result| result["state"].as_str().unwrap().to_owned()).collect()
    }
}

/// A visit that nobody could refuse.
pub(crate) fn closed() -> Value {
    json!({ "outcome": "closed" })
}

pub(crate) fn new_id() -> String {
    uuid()
}
