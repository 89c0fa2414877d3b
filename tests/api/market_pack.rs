//! What a phone holds of a market: enough to work without the network, and no number in it.

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{TestApp, enrolment, transfer, uuid},
};

async fn pack(app: &TestApp, who: &str, since: &str) -> Value {
    let reply = app.get(who, &format!("/dd/api/markets/{}/pack{since}", app.market)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()
}

fn stall<'p>(pack: &'p Value, code: &str) -> &'p Value {
    pack["stalls"].as_array().unwrap().iter().find(|stall| stall["code"] == code).unwrap()
}

fn mac(pack: &Value, text: &str) -> Vec<u8> {
    let key = data_encoding::BASE64URL_NOPAD.decode(pack["pack_key"].as_str().unwrap().as_bytes()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// What a phone says of a scan, by the pack alone.
fn verdict(pack: &Value, code: &str, payload: &str) -> &'static str {
    let stall = stall(pack, code);
    let Ok(read) = choqr::payment_code::decode(payload, choqr::payment_code::Mode::Lenient) else { return "unreadable" };
    let id = stall["stall_id"].as_str().unwrap();
    let hash = |kind: &str, value: &str| data_encoding::BASE64URL_NOPAD.encode(&mac(pack, &format!("{id}|{kind}|{value}"))[..12]);
    let codes = stall["codes"].as_array().unwrap();
    let has = |field: &str, hash: &str, active: bool| {
        codes.iter().any(|code| code[field] == json!(hash) && (code["status"] == "active") == active)
    };
    let identity = hash("i", read.identity());
    if has("payload_hash", &hash("p", payload), true) {
        "match"
    } else if has("identity_hash", &identity, true) {
        "own_code"
    } else if has("identity_hash", &identity, false) {
        "superseded"
    } else {
        "foreign"
    }
}

on_both! {
    async fn a_delta_holds_what_changed_and_a_full_pack_everything(app) {
        let full = pack(&app, "lan", "").await;
        assert_eq!((full["stalls"].as_array().unwrap().len(), &full["full"]), (6, &json!(true)));
        assert!(full["banks"].as_array().unwrap().len() > 40);
        app.app.clock.advance(600_000);
        app.enrol("lan", "A1-03", "9990000000013").await;

        let delta = pack(&app, "lan", &format!("?since={}", full["cursor"].as_i64().unwrap() + 300_000)).await;

        let codes: Vec<&Value> = delta["stalls"].as_array().unwrap().iter().map(|stall| &stall["code"]).collect();
        assert_eq!((codes, &delta["full"]), (vec![&json!("A1-03")], &json!(false)));
        assert_eq!(stall(&delta, "A1-03")["progress"], "code_issued");
        assert!(stall(&delta, "A1-03")["version"].as_i64() > stall(&full, "A1-03")["version"].as_i64());
        assert!(delta.get("banks").is_none());
    }
}

on_both! {
    async fn no_number_leaves_with_it(app) {
        app.enrol("lan", "A1-01", "9990000000011").await;
        app.enrol("lan", "A1-02", "9990000000012").await;

        let text = app.get("quan", &format!("/dd/api/markets/{}/pack", app.market)).await.text();

        for secret in ["9990000000011", "9990000000012", "0320000123", "000201"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(text.contains("\"last4\":\"0011\"") && text.contains("\"phone_last4\":\"0123\""));
    }
}

on_both! {
    async fn each_phone_has_marks_of_its_own(app) {
        app.enrol("lan", "A1-01", "9990000000011").await;
        let (one, again, other) = (pack(&app, "lan", "").await, pack(&app, "lan", "").await, pack(&app, "quan", "").await);

        assert_eq!(one["pack_key"], again["pack_key"]);
        assert_ne!(one["pack_key"], other["pack_key"]);
        assert_ne!(stall(&one, "A1-01")["codes"][0]["identity_hash"], stall(&other, "A1-01")["codes"][0]["identity_hash"]);
        let identity = "vietqr|970436|9990000000011|QRIBFTTA";
        let mark = data_encoding::HEXLOWER.encode(&mac(&one, &format!("a|{identity}"))[..4]);
        assert_eq!(stall(&one, "A1-01")["account_marks"], json!([mark]));
        let mark = data_encoding::HEXLOWER.encode(&mac(&one, "t|0320000123")[..3]);
        assert_eq!(stall(&one, "A1-01")["phone_mark"], json!(mark));
    }
}

on_both! {
    /// Own code, the same account in another layout, a code that was revoked, another vendor's, nobody's, no code at all.
    async fn a_scan_means_the_same_with_the_network_and_without(app) {
        let first = app.enrol("lan", "A1-01", "9990000000011").await.json();
        app.enrol("lan", "A1-02", "9990000000012").await;
        app.enrol("lan", "A1-04", "9990000000014").await;
        // The keeper of A1-01 has another stall with an account of its own.
        let mut second = enrolment(app.market, "A1-05", "9990000000015");
        second["vendor_id"] = first["vendor_id"].clone();
        second.as_object_mut().unwrap().remove("vendor");
        let added = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &second).await.json();
        app.post_form("hanh", &format!("/review/{}/approve", added["enrolment_id"].as_str().unwrap()), "").await;
        app.app.clock.advance(25 * 3_600_000);
        choqr::app::change_account::take_force(&app.app, app.app.clock.now()).await.unwrap();
        let left = app.stall_id("A1-04").await;
        app.post_form("son", &format!("/stalls/{left}/occupancy"), "occupancy=left").await;
        let static_code = |account: &str| transfer(account).encode().unwrap();
        let with_amount = transfer("9990000000011").with_amount(choqr::payment_code::Vnd::new(25_000).unwrap()).encode().unwrap();
        let scans = [
            ("A1-01", static_code("9990000000011")),
            ("A1-01", with_amount),
            ("A1-01", static_code("9990000000015")),
            ("A1-01", static_code("9990000000012")),
            ("A1-01", static_code("9990000009999")),
            ("A1-04", static_code("9990000000014")),
            ("A1-03", static_code("9990000000011")),
            ("A1-02", "hello".to_owned()),
        ];
        let pack = pack(&app, "lan", "").await;

        for (code, payload) in scans {
            let body = json!({ "check_id": uuid(), "stall_id": app.stall_id(code).await, "scanned_payload": payload });
            let online = app.post_json("quan", "/api/v1/sticker-checks", &body).await.json()["verdict"].clone();
            let offline = verdict(&pack, code, &payload);
            let expected = match online.as_str().unwrap() {
                "other_vendor" | "unknown" => "foreign",
                same => same,
            };
            assert_eq!(offline, expected, "{code}: {online}");
        }
        app.is_sound().await;
    }
}

on_both! {
    async fn the_pack_tells_what_was_said_before(app) {
        let id = app.stall_id("A1-01").await;
        for (outcome, n) in [("closed", 1), ("agreed", 2), ("closed", 3), ("agreed", 4)] {
            app.app.clock.advance(n * 60_000);
            app.post_json("lan", &format!("/api/v1/stalls/{id}/visits"), &json!({ "visit_id": uuid(), "outcome": outcome })).await;
        }

        let pack = pack(&app, "lan", "").await;

        let visits = stall(&pack, "A1-01")["visits"].as_array().unwrap();
        let told: Vec<&Value> = visits.iter().map(|visit| &visit["outcome"]).collect();
        assert_eq!(told, [&json!("agreed"), &json!("closed"), &json!("agreed")]);
        assert_eq!(visits[0]["by"], "Người Thử");
    }
}

on_both! {
    async fn a_market_outside_the_bounds_is_not_there(app) {
        let reply = app.get("lan", &format!("/dd/api/markets/{}/pack", app.far)).await;

        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
}
