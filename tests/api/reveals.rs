//! What is sealed is shown masked, opened one at a time with a reason, and every opening can be read later.

use axum::http::StatusCode;
use choqr::payment_code::{City, MerchantName};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{TestApp, enrolment, transfer, uuid},
};

/// Every event of a stall with this action: its actor's reason.
async fn reasons(app: &TestApp, stall: &str, action: &str) -> Vec<Value> {
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let entries = choqr::store::audit::of_stall(&app.app.db, &scope, stall.parse().unwrap(), 100).await.unwrap();
    entries
        .into_iter()
        .filter(|entry| entry.action == action)
        .map(|entry| serde_json::from_str::<Value>(&entry.detail).unwrap()["reason"].clone())
        .collect()
}

on_both! {
async fn a_phone_is_masked_until_somebody_says_why(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let (stall, vendor) = (mine["stall_id"].as_str().unwrap(), mine["vendor_id"].as_str().unwrap());
    let page = app.get("quan", &format!("/stalls/{stall}")).await.text();
    assert!(page.contains("…0123") && !page.contains("0320000123"), "{page}");
    assert!(!app.get("mai", &format!("/stalls/{stall}")).await.text().contains("0123"), "a market board does not call vendors");

    let path = format!("/vendors/{vendor}/phone/reveal");
    let without = app.post_form("quan", &path, &format!("stall={stall}&reason=vi+sao")).await;
    let with = app.post_form("quan", &path, &format!("stall={stall}&reason=help_vendor")).await;

    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!without.text().contains("0320000123") && with.text().contains("tel:0320000123"));
    assert_eq!(reasons(&app, stall, "phone.revealed").await, [json!("help_vendor")]);
    assert!(app.get("hanh", &format!("/stalls/{stall}")).await.text().contains("Xem số điện thoại (giúp chủ sạp)"));
}
}

on_both! {
async fn the_reason_of_an_account_reveal_can_be_read_later(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let (stall, vendor) = (mine["stall_id"].as_str().unwrap(), mine["vendor_id"].as_str().unwrap());
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let account = choqr::store::accounts::list(&app.app.db, &scope, vendor.parse().unwrap()).await.unwrap().remove(0).payment_account_id;
    let path = format!("/vendors/{vendor}/accounts/{account}/reveal");

    let words = app.post_form("son", &path, &format!("stall={stall}&reason=goi+cho+chi+Hoa")).await;
    let chosen = app.post_form("son", &path, &format!("stall={stall}&reason=complaint")).await;
    let download = app.post_form("son", &path, &format!("stall={stall}&reason=download")).await;

    assert_eq!((words.status, download.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert!(chosen.text().contains("9990 0000 0001 1"), "{}", chosen.text());
    assert_eq!(reasons(&app, stall, "account.revealed").await, [json!("complaint")]);
}
}

on_both! {
async fn a_downloaded_code_and_a_sheet_leave_a_trace(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let code = mine["payment_codes"][0]["png_url"].as_str().unwrap();
    app.get("lan", code).await;
    assert_eq!(reasons(&app, stall, "code.revealed").await, Vec::<Value>::new(), "one's own enrolment of that day");
    app.get("son", code).await;
    assert_eq!(reasons(&app, stall, "code.revealed").await, [json!("download")]);

    let batch = app.post_json("son", &format!("/api/v1/markets/{}/print-batches", app.market), &json!({})).await.json();
    let events = async || choqr::store::audit::verify(&app.app.db).await.unwrap().0;
    let twice = async |path: &str| {
        let before = events().await;
        for _ in 0..2 {
            assert_eq!(app.get("son", path).await.status, StatusCode::OK);
        }
        events().await - before
    };
    // A session is an event, too, and every call here begins one.
    let nothing = twice("/api/v1/markets").await;
    assert_eq!(twice(batch["pdf_url"].as_str().unwrap()).await, nothing + 2, "each download of a sheet is told");
    app.is_sound().await;
}
}

on_both! {
async fn a_case_shows_its_own_accounts_with_the_code_taken_apart(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    let mut body = enrolment(app.market, "A1-01", "9990000000022");
    let code = transfer("9990000000022").with_name("NGUYEN THI HOA".parse::<MerchantName>().unwrap());
    let payload = code.with_city("BAC KAN".parse::<City>().unwrap()).encode().unwrap();
    body["accounts"][0]["scanned_payload"] = json!(payload);
    let change = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json();

    let page = app.get("hanh", &format!("/review/{}", change["enrolment_id"].as_str().unwrap())).await.text();

    assert!(page.contains("…0022") && page.contains("BAC KAN") && page.contains("QRIBFTTA"), "{page}");
    assert!(page.contains("data-now=\"…0011\"") && !page.contains("data-case=\"…0011\""), "what is in force stands apart from the case");
    assert!(!page.contains("9990000000022") && !page.contains(&payload[payload.len() - 4..]), "no account and no CRC");
    assert!(app.get("son", &format!("/review/{}", change["enrolment_id"].as_str().unwrap())).await.text().contains("cán bộ phường duyệt"), "a lead is told who decides");
}
}

on_both! {
async fn a_volunteer_sees_the_account_of_their_own_enrolment_that_day_only(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let (stall, vendor) = (mine["stall_id"].as_str().unwrap(), mine["vendor_id"].as_str().unwrap());
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let account = choqr::store::accounts::list(&app.app.db, &scope, vendor.parse().unwrap()).await.unwrap().remove(0).payment_account_id;
    let reveal = async |who: &str| app.post_form(who, &format!("/vendors/{vendor}/accounts/{account}/reveal"), &format!("stall={stall}&reason=check_code")).await;
    let offers = async |who: &str| app.get(who, &format!("/stalls/{stall}")).await.text().contains(&format!("{account}/reveal"));

    assert_eq!((reveal("lan").await.status, reveal("quan").await.status), (StatusCode::OK, StatusCode::FORBIDDEN));
    assert_eq!((offers("lan").await, offers("quan").await), (true, false));
    app.app.clock.advance(86_400_000);
    assert_eq!((reveal("lan").await.status, offers("lan").await), (StatusCode::FORBIDDEN, false));
    assert_eq!(reasons(&app, stall, "account.revealed").await, [json!("check_code")]);
}
}
