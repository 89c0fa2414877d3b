//! The vendor's own link: sees, confirms, freezes; is revocable; changes nothing on GET.

use axum::http::StatusCode;
use serde_json::json;

use crate::on_both;

pub(crate) async fn link(app: &crate::support::TestApp, stall: &str) -> String {
    let page = app.post_form("lan", &format!("/stalls/{stall}/vendor-link"), "").await.text();
    page[page.find("/c/").unwrap()..][..29].to_owned()
}

on_both! {
async fn the_owner_confirms_and_the_code_counts_as_confirmed(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let link = link(&app, stall).await;
    let unconfirmed = async || app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["unconfirmed"].clone();

    let page = app.get("", &link).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("NGUYEN THI HOA") && page.text().contains("…0011") && page.text().contains("tel:0320000999"));
    assert!(!page.text().contains("9990000000011"), "the number itself is never written out");
    assert_eq!(unconfirmed().await, json!(true), "looking confirms nothing");

    app.post_form("", &format!("{link}/confirm"), "").await;

    assert_eq!(unconfirmed().await, json!(false));
    let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();
    for (kind, media) in [("png", "image/png"), ("pdf", "application/pdf"), ("svg", "image/svg+xml")] {
        assert_eq!(app.get("", &format!("{link}/{code}.{kind}")).await.headers["content-type"], media);
    }
    app.is_sound().await;
}
}

on_both! {
async fn not_me_freezes_at_once_and_asks_for_a_second_person(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let link = link(&app, stall).await;

    app.post_form("", &format!("{link}/freeze"), "").await;

    let now = app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json();
    assert_eq!((now["progress"].clone(), now["frozen"].clone()), (json!("in_review"), json!(true)));
    assert_eq!(app.get("son", mine["payment_codes"][0]["pdf_url"].as_str().unwrap()).await.status, StatusCode::CONFLICT);
    assert!(app.get("hanh", "/review").await.text().contains("A1-01"));
    let id = mine["enrolment_id"].as_str().unwrap();
    assert_eq!(app.post_form("hanh", &format!("/review/{id}/approve"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["frozen"], json!(false));
    app.is_sound().await;
}
}

on_both! {
async fn a_new_link_retires_the_old_and_an_unknown_one_is_not_there(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let old = link(&app, stall).await;
    let new = link(&app, stall).await;

    let (gone, never) = (app.get("", &old).await, app.get("", "/c/00000000000000000000000000").await);

    assert_eq!((gone.status, never.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(gone.text(), never.text());
    assert_eq!(app.get("", &new).await.status, StatusCode::OK);
}
}

on_both! {
async fn an_amount_makes_a_dynamic_code_and_a_bank_app_opens_only_from_a_working_link(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let link = link(&app, mine["stall_id"].as_str().unwrap()).await;
    let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();

    let page = app.get("", &format!("{link}/amount?amount=45.000")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("45.000 đ"));
    let wrong = app.get("", &format!("{link}/amount?amount=500.000.000")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("500.000.000"), "what was typed stays");

    let pay = format!("{link}/pay?code={code}&app=mb&amount=45000");
    let opened = app.get("", &pay).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let target = opened.headers["location"].to_str().unwrap();
    assert!(target.starts_with("https://dl.vietqr.io/pay?app=mb&ba=9990000000011@") && target.contains("&am=45000"), "{target}");
    assert_eq!(app.get("", &format!("{link}/pay?code={code}&app=khac")).await.status, StatusCode::NOT_FOUND);

    app.post_form("", &format!("{link}/freeze"), "").await;
    assert_eq!(app.get("", &pay).await.status, StatusCode::NOT_FOUND, "nobody is sent to pay a frozen code");
    assert_eq!(app.get("", &format!("{link}/amount")).await.status, StatusCode::NOT_FOUND);
}
}
