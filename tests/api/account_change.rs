//! Changing an account takes a ward official and a waiting time, however it is asked for; what is dead stays dead.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{TestApp, enrolment, transfer, uuid},
    vendor::link,
};

const HOUR: i64 = 3_600_000;

async fn enrol(app: &TestApp, who: &str, accounts: &[&str]) -> Value {
    let mut body = enrolment(app.market, "A1-01", accounts[0]);
    for account in &accounts[1..] {
        let other = enrolment(app.market, "A1-01", account);
        let mut other = other["accounts"][0].clone();
        other["primary"] = json!(false);
        body["accounts"].as_array_mut().unwrap().push(other);
    }
    let reply = app.put_json(who, &format!("/api/v1/enrolments/{}", uuid()), &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

async fn stall(app: &TestApp) -> Value {
    app.get("lan", &format!("/api/v1/stalls/{}", app.stall_id("A1-01").await)).await.json()
}

/// The status of every code of the stall, by the account's last digits.
async fn codes(app: &TestApp) -> Vec<(String, String)> {
    let mut codes: Vec<_> = stall(app).await["payment_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| (code["account_masked"].as_str().unwrap().to_owned(), code["status"].as_str().unwrap().to_owned()))
        .collect();
    codes.sort();
    codes
}

fn is(codes: &[(&str, &str)]) -> Vec<(String, String)> {
    codes.iter().map(|(account, status)| ((*account).to_owned(), (*status).to_owned())).collect()
}

async fn approve(app: &TestApp, who: &str, answer: &Value) -> StatusCode {
    app.post_form(who, &format!("/review/{}/approve", answer["enrolment_id"].as_str().unwrap()), "holder_agreed=yes").await.status
}

async fn scan(app: &TestApp, who: &str, payload: &str) -> Value {
    // Of two scans the later one counts, and the clock of a test stands still by itself.
    app.app.clock.advance(1_000);
    let body = json!({ "check_id": uuid(), "stall_id": app.stall_id("A1-01").await, "scanned_payload": payload });
    let reply = app.post_json(who, "/api/v1/sticker-checks", &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

/// Lets time pass and does what is due.
async fn pass(app: &TestApp, ms: i64) {
    app.app.clock.advance(ms);
    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();
}

fn payload(account: &str) -> String {
    transfer(account).encode().unwrap()
}

const A: &str = "9990000000011";
const B: &str = "9990000000022";

on_both! {
async fn a_change_takes_a_ward_official_and_a_waiting_time(app) {
    let first = enrol(&app, "lan", &[A]).await;
    assert_eq!(scan(&app, "quan", &payload(A)).await["verdict"], "match");
    app.post_json("son", &format!("/api/v1/markets/{}/print-batches", app.market), &json!({})).await;
    app.app.clock.advance(HOUR);

    let change = enrol(&app, "lan", &[B]).await;
    assert_eq!((change["progress"].clone(), change["review_reasons"].clone()), (json!("in_review"), json!(["account_change"])));
    assert_eq!(approve(&app, "son", &change).await, StatusCode::FORBIDDEN, "a lead asks, a ward official approves");
    assert_eq!(approve(&app, "hanh", &change).await, StatusCode::SEE_OTHER);

    let now = stall(&app).await;
    assert_eq!((now["code_safety"].clone(), now["progress"].clone()), (json!("changing"), json!("posted")));
    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "in_review")]));
    let new = change["payment_codes"][0]["svg_url"].as_str().unwrap();
    assert_eq!(app.get("hanh", new).await.status, StatusCode::CONFLICT, "not in force yet");
    assert_eq!(scan(&app, "quan", &payload(B)).await["verdict"], "unknown", "a code that is not in force yet proves nothing");
    assert_eq!(scan(&app, "quan", &payload(A)).await["verdict"], "match");
    pass(&app, 23 * HOUR).await;
    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "in_review")]));

    pass(&app, 2 * HOUR).await;

    assert_eq!(codes(&app).await, is(&[("…0011", "superseded"), ("…0022", "active")]));
    let now = stall(&app).await;
    assert_eq!((now["progress"].clone(), now["code_safety"].clone()), (json!("code_issued"), json!("revoked")), "the old sticker still hangs there");
    assert_eq!(now["unconfirmed"], false, "the official's approval confirmed it");
    assert_eq!(app.get("hanh", first["payment_codes"][0]["svg_url"].as_str().unwrap()).await.status, StatusCode::CONFLICT);
    assert_eq!(app.get("hanh", new).await.status, StatusCode::OK);
    let old = scan(&app, "quan", &payload(A)).await;
    assert_eq!((old["verdict"].clone(), old["code_safety"].clone()), (json!("superseded"), json!("revoked")));
    let adoption = app.get("hanh", "/api/v1/adoption?level=ward&id=01843").await.json();
    assert_eq!((adoption["verified"]["numerator"].clone(), adoption["with_code"]["numerator"].clone()), (json!(0), json!(1)));
    let good = scan(&app, "quan", &payload(B)).await;
    assert_eq!((good["verdict"].clone(), good["progress"].clone()), (json!("match"), json!("posted")));
    let page = app.get("hanh", &format!("/stalls/{}", app.stall_id("A1-01").await)).await.text();
    assert!(page.contains("Hết giá trị"), "the sticker of the old code is retired");
    app.is_sound().await;
}
}

on_both! {
async fn a_change_never_issues_at_once_however_often_it_is_asked(app) {
    enrol(&app, "lan", &[A]).await;
    let asked = enrol(&app, "lan", &[B]).await;
    let again = enrol(&app, "lan", &[B]).await;
    assert_eq!(again["progress"], "in_review", "the same account under a new id");
    assert_eq!(approve(&app, "hanh", &asked).await, StatusCode::CONFLICT, "the newer request took its place");
    app.post_form("hanh", &format!("/review/{}/return", again["enrolment_id"].as_str().unwrap()), "reason=scan_again").await;
    let third = enrol(&app, "quan", &[B]).await;
    assert_eq!(third["progress"], "in_review", "after it was given back");
    approve(&app, "hanh", &third).await;
    pass(&app, 25 * HOUR).await;
    let back = enrol(&app, "quan", &[A]).await;
    assert_eq!(back["progress"], "in_review", "back to the account before is a change, too");
    assert_eq!(enrol(&app, "quan", &[B]).await["progress"], "code_issued", "what is in force already changes nothing");
    app.post_form("son", &format!("/payment-codes/{}/revoke", third["payment_codes"][0]["payment_code_id"].as_str().unwrap()), "").await;
    assert_eq!(enrol(&app, "quan", &[A]).await["progress"], "in_review", "nor does a withdrawn code open the way to another account");
    app.is_sound().await;
}
}

on_both! {
async fn a_second_account_beside_the_first_is_a_change_and_keeps_the_first(app) {
    enrol(&app, "lan", &[A]).await;
    let both = enrol(&app, "lan", &[A, B]).await;
    assert_eq!(both["review_reasons"], json!(["account_change"]));
    assert_eq!(approve(&app, "hanh", &both).await, StatusCode::SEE_OTHER);
    pass(&app, 25 * HOUR).await;

    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "active")]));
    app.is_sound().await;
}
}

on_both! {
async fn what_is_in_force_stays_when_the_request_says_so(app) {
    enrol(&app, "lan", &[A]).await;
    let mut body = enrolment(app.market, "A1-01", B);
    body["keep_current"] = json!(true);
    let beside = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json();
    let case = async |answer: &Value| app.get("hanh", &format!("/review/{}", answer["enrolment_id"].as_str().unwrap())).await.text();
    assert!(case(&beside).await.contains("giữ nguyên"));
    approve(&app, "hanh", &beside).await;
    pass(&app, 25 * HOUR).await;
    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "active")]));

    let instead = enrol(&app, "lan", &["9990000000033"]).await;
    assert!(case(&instead).await.contains("sẽ hết giá trị"));
    approve(&app, "hanh", &instead).await;
    pass(&app, 25 * HOUR).await;
    assert_eq!(codes(&app).await, is(&[("…0011", "superseded"), ("…0022", "superseded"), ("…0033", "active")]));
    app.is_sound().await;
}
}

on_both! {
async fn a_newer_request_replaces_one_that_was_approved_and_waits(app) {
    enrol(&app, "lan", &[A]).await;
    let first = enrol(&app, "lan", &[B]).await;
    approve(&app, "hanh", &first).await;
    let second = enrol(&app, "lan", &["9990000000033"]).await;
    assert_eq!(stall(&app).await["code_safety"], "none", "nothing is under way until the newer one is approved");
    pass(&app, 25 * HOUR).await;
    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "refused"), ("…0033", "in_review")]));

    approve(&app, "hanh", &second).await;
    pass(&app, 25 * HOUR).await;

    assert_eq!(codes(&app).await, is(&[("…0011", "superseded"), ("…0022", "refused"), ("…0033", "active")]));
    app.is_sound().await;
}
}

on_both! {
async fn the_vendor_sees_a_change_coming_and_can_stop_it(app) {
    enrol(&app, "lan", &[A]).await;
    let link = link(&app, &app.stall_id("A1-01").await).await;
    let change = enrol(&app, "lan", &[B]).await;
    assert!(!app.get("", &link).await.text().contains("…0022"), "a request alone is not news");
    approve(&app, "hanh", &change).await;

    let seen = app.get("lan", &format!("/stalls/{}", app.stall_id("A1-01").await)).await.text();
    assert!(seen.contains("có hiệu lực từ 09:00 24/11/2026"), "the stall's page says from when: {seen}");
    let page = app.get("", &link).await.text();
    assert!(page.contains("…0022") && page.contains("…0011") && page.contains("/refuse-change"), "{page}");
    assert!(!page.contains(B));
    let refused = app.post_form("", &format!("{link}/refuse-change"), "").await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER);

    assert!(!app.get("", &link).await.text().contains("…0022"));
    pass(&app, 25 * HOUR).await;
    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "refused")]));
    let history = app.get("hanh", &format!("/stalls/{}", app.stall_id("A1-01").await)).await.text();
    assert!(history.contains("Chủ sạp không nhận lần đổi tài khoản"), "{history}");
    app.is_sound().await;
}
}

on_both! {
async fn freezing_stops_a_change_that_waits(app) {
    enrol(&app, "lan", &[A]).await;
    let link = link(&app, &app.stall_id("A1-01").await).await;
    let change = enrol(&app, "lan", &[B]).await;
    approve(&app, "hanh", &change).await;

    app.post_form("", &format!("{link}/freeze"), "").await;
    pass(&app, 25 * HOUR).await;

    assert_eq!(codes(&app).await, is(&[("…0011", "active"), ("…0022", "refused")]));
    assert_eq!(stall(&app).await["frozen"], true);
    let again = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &enrolment(app.market, "A1-01", A)).await;
    assert_eq!((again.status, again.json()["code"].clone()), (StatusCode::CONFLICT, json!("code_frozen")));
    app.is_sound().await;
}
}

on_both! {
async fn what_was_withdrawn_does_not_come_back_to_life(app) {
    let mine = app.enrol("lan", "A1-01", A).await.json();
    app.app.clock.advance(1_000);
    app.post_form("son", &format!("/stalls/{}/move", mine["stall_id"].as_str().unwrap()), "to=A1-02").await;
    let there = app.stall_id("A1-02").await;
    let link = link(&app, &there).await;
    app.post_form("", &format!("{link}/freeze"), "").await;
    let frozen = async || app.get("lan", &format!("/api/v1/stalls/{there}")).await.json();
    assert_eq!(frozen().await["frozen"], true);

    assert_eq!(approve(&app, "hanh", &mine).await, StatusCode::SEE_OTHER);

    assert_eq!(codes(&app).await, is(&[("…0011", "revoked")]), "the code of the stall they left stays withdrawn");
    let now = frozen().await;
    assert_eq!((now["frozen"].clone(), now["progress"].clone()), (json!(false), json!("code_issued")), "every stall that was touched is counted again");
    app.is_sound().await;
}
}

on_both! {
async fn a_case_without_a_living_code_can_only_be_given_back(app) {
    let mine = app.enrol("lan", "A1-01", A).await.json();
    let link = link(&app, mine["stall_id"].as_str().unwrap()).await;
    app.post_form("", &format!("{link}/freeze"), "").await;
    app.post_form("son", &format!("/payment-codes/{}/revoke", mine["payment_codes"][0]["payment_code_id"].as_str().unwrap()), "").await;

    assert_eq!(approve(&app, "hanh", &mine).await, StatusCode::CONFLICT);

    assert_eq!(codes(&app).await, is(&[("…0011", "revoked")]));
    app.is_sound().await;
}
}
