//! Phones: bound by a single-use code, shown to whoever may take them off, and off at once.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

use crate::{
    on_both,
    support::{Reply, TestApp},
};

/// A call of a phone, which brings no session.
pub(crate) async fn phone(app: &TestApp, cookie: &str, method: Method, path: &str, body: serde_json::Value) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "Mozilla/5.0 (Linux; Android 13; SM-A125F) Chrome/131.0 Mobile Safari/537.36")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json");
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn staff_id(app: &TestApp, username: &str) -> String {
    app.viewer(username).await.staff_id.to_string()
}

/// The path of a fresh code for somebody's phone, as the lead's screen shows it.
async fn open_link(app: &TestApp, who: &str, for_whom: &str) -> String {
    let id = staff_id(app, for_whom).await;
    let page = app.post_form(who, &format!("/staff/{id}/device-links"), "").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = page.text();
    let start = text.find("/dd/link/").unwrap();
    text[start..start + "/dd/link/".len() + 26].to_owned()
}

/// Binds a phone and gives its cookie.
pub(crate) async fn bind(app: &TestApp, lead: &str, volunteer: &str) -> String {
    let link = open_link(app, lead, volunteer).await;
    let reply = phone(app, "", Method::POST, &link, json!({})).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/dd/"));
    cookie_of(&reply)
}

fn cookie_of(reply: &Reply) -> String {
    let set = reply.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(set.contains("; Path=/dd; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

async fn me(app: &TestApp, cookie: &str) -> Reply {
    phone(app, cookie, Method::GET, "/dd/api/me", json!({})).await
}

on_both! {
    async fn a_code_binds_one_phone_once(app) {
        let link = open_link(&app, "son", "lan").await;
        let looked = app.get("", &link).await;
        let again = app.get("", &link).await;

        let first = phone(&app, "", Method::POST, &link, json!({})).await;
        let second = phone(&app, "", Method::POST, &link, json!({})).await;

        assert_eq!((looked.status, again.status), (StatusCode::OK, StatusCode::OK), "looking changes nothing");
        assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::NOT_FOUND));
        let told = me(&app, &cookie_of(&first)).await.json();
        assert_eq!(told["device"]["label"], "Chrome, Android SM-A125F");
        assert_eq!(told["markets"][0]["market_id"], json!(app.market));
        app.is_sound().await;
    }
}

on_both! {
    async fn a_first_load_is_told_who_it_is_for_and_the_list_in_one_answer(app) {
        let cookie = bind(&app, "son", "lan").await;
        let list = format!("/dd/api/markets/{}/pack", app.market);

        let both = phone(&app, &cookie, Method::GET, "/dd/api/me?with=pack", json!({})).await.json();
        let (alone, pack) = (me(&app, &cookie).await.json(), phone(&app, &cookie, Method::GET, &list, json!({})).await.json());
        let unbound = app.get("lan", "/dd/api/me?with=pack").await.json();

        assert_eq!((&both["staff"], &both["markets"]), (&alone["staff"], &alone["markets"]));
        assert!(alone["pack"].is_null() && unbound["pack"].is_null(), "a list is marked for the phone that is bound");
        for part in ["full", "stalls", "pack_key", "banks", "market", "total"] {
            assert_eq!(both["pack"][part], pack[part], "{part}");
        }
    }
}

on_both! {
    async fn of_two_phones_with_one_code_one_wins(app) {
        let link = open_link(&app, "son", "lan").await;

        let (one, two) = tokio::join!(
            phone(&app, "", Method::POST, &link, json!({})),
            phone(&app, "", Method::POST, &link, json!({})),
        );

        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND]);
    }
}

on_both! {
    async fn a_code_works_for_ten_minutes_and_only_the_latest(app) {
        let first = open_link(&app, "son", "lan").await;
        let second = open_link(&app, "son", "lan").await;
        assert_eq!(phone(&app, "", Method::POST, &first, json!({})).await.status, StatusCode::NOT_FOUND);
        app.app.clock.advance(10 * 60 * 1_000);

        let late = phone(&app, "", Method::POST, &second, json!({})).await;

        assert_eq!(late.status, StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn a_phone_that_is_taken_off_is_shown_nothing_more(app) {
        let cookie = bind(&app, "son", "lan").await;
        let id = me(&app, &cookie).await.json()["device"]["device_id"].as_str().unwrap().to_owned();

        let off = app.post_form("son", &format!("/devices/{id}/revoke"), "").await;

        assert_eq!(off.status, StatusCode::SEE_OTHER);
        let after = me(&app, &cookie).await;
        assert_eq!((after.status, after.json()["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("device_revoked")));
        let pack = phone(&app, &cookie, Method::GET, &format!("/dd/api/markets/{}/pack", app.market), json!({})).await;
        assert_eq!(pack.status, StatusCode::UNAUTHORIZED);
        app.is_sound().await;
    }
}

on_both! {
    async fn whoever_may_no_longer_work_has_no_phone_either(app) {
        let cookie = bind(&app, "son", "lan").await;
        let id = staff_id(&app, "lan").await;

        app.post_form("hanh", &format!("/staff/{id}/active"), "active=no").await;

        assert_eq!(me(&app, &cookie).await.json()["code"], "device_revoked");
    }
}

on_both! {
    async fn a_phone_nobody_used_for_a_month_is_bound_anew_and_one_in_use_stays(app) {
        let cookie = bind(&app, "son", "lan").await;
        for _ in 0..3 {
            app.app.clock.advance(29 * 86_400_000);
            assert_eq!(me(&app, &cookie).await.status, StatusCode::OK);
        }
        app.app.clock.advance(30 * 86_400_000);

        let after = me(&app, &cookie).await;

        assert_eq!(after.json()["code"], "signed_out");
    }
}

on_both! {
    async fn only_who_manages_a_person_binds_their_phones(app) {
        let (lan, hanh) = (staff_id(&app, "lan").await, staff_id(&app, "hanh").await);
        let ask = async |who: &str, id: &str| app.post_form(who, &format!("/staff/{id}/device-links"), "").await.status;

        assert_eq!(ask("lan", &lan).await, StatusCode::OK, "one's own");
        assert_eq!(ask("hanh", &hanh).await, StatusCode::OK, "one's own");
        assert_eq!(ask("hanh", &lan).await, StatusCode::OK);
        assert_eq!(ask("quan", &lan).await, StatusCode::FORBIDDEN);
        assert_eq!(ask("son", &hanh).await, StatusCode::NOT_FOUND);
        assert_eq!(ask("ngoai", &lan).await, StatusCode::NOT_FOUND);
        assert_eq!(ask("mai", &staff_id(&app, "mai").await).await, StatusCode::CONFLICT, "a board does no field work");
    }
}

on_both! {
    async fn the_list_says_what_a_phone_holds(app) {
        bind(&app, "son", "lan").await;
        let id = staff_id(&app, "lan").await;

        let page = app.get("son", &format!("/staff/{id}/devices")).await.text();

        for said in ["Chrome, Android SM-A125F", "Đang dùng", "không còn phiếu nào", "bởi Người Thử"] {
            assert!(page.contains(said), "{said}");
        }
    }
}

on_both! {
    async fn somebody_who_signed_in_with_a_password_binds_their_own(app) {
        let reply = app.call("lan", Method::POST, "/dd/api/device", "", Body::empty()).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        let cookie = cookie_of(&reply);
        assert!(me(&app, &cookie).await.json()["device"]["device_id"].is_string());

        let out = phone(&app, &cookie, Method::POST, "/dd/api/sign-out", json!({})).await;

        assert_eq!(out.status, StatusCode::NO_CONTENT);
        assert_eq!(me(&app, &cookie).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.call("mai", Method::POST, "/dd/api/device", "", Body::empty()).await.status, StatusCode::FORBIDDEN);
    }
}
