//! Ways round a second person that are closed: what its owner disowned counts for nothing, an account changes by no detour,
//! and what waits for a decision goes with its vendor.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{TestApp, enrolment, transfer, uuid},
    vendor::link,
};

const FIRST: &str = "9990000000011";
const SECOND: &str = "9990000000022";

async fn stall(app: &TestApp, code: &str) -> Value {
    app.get("lan", &format!("/api/v1/stalls/{}", app.stall_id(code).await)).await.json()
}

async fn scan(app: &TestApp, who: &str, code: &str, account: &str) -> Value {
    app.app.clock.advance(1_000);
    let payload = transfer(account).encode().unwrap() + "\n";
    let body = json!({ "check_id": uuid(), "stall_id": app.stall_id(code).await, "scanned_payload": payload });
    app.post_json(who, "/api/v1/sticker-checks", &body).await.json()
}

async fn form(app: &TestApp, who: &str, code: &str, act: &str, body: &str) -> StatusCode {
    app.app.clock.advance(1_000);
    let id = app.stall_id(code).await;
    app.post_form(who, &format!("/stalls/{id}/{act}"), body).await.status
}

/// An account typed by hand waits for a second person.
async fn typed(app: &TestApp, who: &str, code: &str, account: &str, name: &str) -> Value {
    let mut body = enrolment(app.market, code, account);
    body["vendor"]["full_name"] = json!(name);
    let one = &mut body["accounts"][0];
    one["holder_name"] = json!(name);
    one["how"] = json!("typed");
    one.as_object_mut().unwrap().remove("scanned_payload");
    app.put_json(who, &format!("/api/v1/enrolments/{}", uuid()), &body).await.json()
}

on_both! {
async fn a_scan_of_a_frozen_code_is_no_good_one(app) {
    let mine = app.enrol("lan", "A1-01", FIRST).await.json();
    let link = link(&app, mine["stall_id"].as_str().unwrap()).await;
    app.post_form("", &format!("{link}/freeze"), "").await;

    let scanned = scan(&app, "son", "A1-01", FIRST).await;

    assert_eq!(scanned["verdict"], json!("superseded"));
    let now = stall(&app, "A1-01").await;
    assert_eq!((now["unconfirmed"].clone(), now["frozen"].clone()), (json!(true), json!(true)));
    app.is_sound().await;
}
}

on_both! {
async fn a_scan_of_a_code_of_another_stall_leaves_that_stall_as_it_was(app) {
    let first = app.enrol("lan", "A1-01", FIRST).await.json();
    let mut second = enrolment(app.market, "A1-02", SECOND);
    second.as_object_mut().unwrap().remove("vendor");
    second["vendor_id"] = first["vendor_id"].clone();
    app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &second).await;

    let scanned = scan(&app, "son", "A1-02", FIRST).await;

    assert_eq!(scanned["verdict"], json!("own_code"));
    assert_eq!(stall(&app, "A1-01").await["unconfirmed"], json!(true), "it was not seen there");
    app.is_sound().await;
}
}

on_both! {
async fn a_line_end_behind_a_scan_changes_nothing(app) {
    app.enrol("lan", "A1-01", FIRST).await;

    assert_eq!(scan(&app, "son", "A1-01", FIRST).await["verdict"], json!("match"));
}
}

on_both! {
async fn leaving_and_coming_back_with_another_account_is_a_change(app) {
    app.enrol("lan", "A1-01", FIRST).await;
    assert_eq!(form(&app, "son", "A1-01", "occupancy", "occupancy=left").await, StatusCode::SEE_OTHER);

    let same = app.enrol("lan", "A1-01", FIRST).await.json();
    assert_eq!(same["progress"], json!("code_issued"), "the same account is no other one");
    assert_eq!(form(&app, "son", "A1-01", "occupancy", "occupancy=left").await, StatusCode::SEE_OTHER);
    let other = app.enrol("lan", "A1-01", SECOND).await.json();

    assert_eq!(other["review_reasons"], json!(["account_change"]));
    app.is_sound().await;
}
}

on_both! {
async fn what_waits_for_a_second_person_moves_with_its_vendor(app) {
    let waiting = typed(&app, "lan", "A1-01", FIRST, "Nguyễn Thị Hoà").await;
    assert_eq!(waiting["progress"], json!("in_review"));
    let link = link(&app, waiting["stall_id"].as_str().unwrap()).await;

    assert_eq!(form(&app, "son", "A1-01", "move", "to=A1-02").await, StatusCode::SEE_OTHER);

    assert_eq!(stall(&app, "A1-02").await["progress"], json!("in_review"));
    let id = waiting["enrolment_id"].as_str().unwrap();
    assert_eq!(app.post_form("hanh", &format!("/review/{id}/approve"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(stall(&app, "A1-02").await["progress"], json!("code_issued"));
    let page = app.get("", &link).await;
    assert!(page.status == StatusCode::OK && page.text().contains("A1-02"), "the link is the vendor's, not the stall's");
    app.is_sound().await;
}
}

on_both! {
async fn an_account_that_was_given_back_stands_in_nobodys_way(app) {
    let wrong = typed(&app, "lan", "A1-01", FIRST, "Lý Văn Sai").await;
    let id = wrong["enrolment_id"].as_str().unwrap();
    app.post_form("hanh", &format!("/review/{id}/return"), "reason=account_wrong").await;

    let owner = app.enrol("lan", "A1-02", FIRST).await.json();

    assert_eq!(owner["progress"], json!("code_issued"), "{owner}");
    app.is_sound().await;
}
}

on_both! {
async fn a_second_user_of_an_account_is_seen_when_the_first_has_left(app) {
    app.enrol("lan", "A1-01", FIRST).await;
    let shared = app.enrol("lan", "A1-02", FIRST).await.json();
    assert_eq!(shared["review_reasons"], json!(["account_in_use"]), "{shared}");
    let id = shared["enrolment_id"].as_str().unwrap();
    app.post_form("hanh", &format!("/review/{id}/approve"), "").await;
    form(&app, "son", "A1-01", "occupancy", "occupancy=left").await;

    let third = app.enrol("lan", "A1-03", FIRST).await.json();

    assert_eq!(third["review_reasons"], json!(["account_in_use"]), "{third}");
}
}

on_both! {
async fn asking_for_another_account_leaves_the_vendors_link_alone(app) {
    let mine = app.enrol("lan", "A1-01", FIRST).await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let link = link(&app, stall).await;

    let mut body = Vec::new();
    for (name, value) in [
        ("uuid", uuid().as_str()),
        ("payload0", transfer(SECOND).encode().unwrap().as_str()),
        ("holder0", "NGUYEN THI HOA"),
        ("full_name", "Nguyễn Thị Hoà"),
        ("issue_code", "yes"),
    ] {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--x--\r\n");
    let reply = app.call("lan", Method::POST, &format!("/stalls/{stall}/enrol"), "multipart/form-data; boundary=x", body).await;

    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(!reply.text().contains("/c/"), "the enroller gets no link to confirm with");
    assert_eq!(app.get("", &link).await.status, StatusCode::OK);
}
}
