//! Where an account and a name come from is kept, and doubt about either goes to a second person.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{TestApp, enrolment, transfer, uuid},
    vendor::link,
};

async fn put(app: &TestApp, who: &str, body: &Value) -> Value {
    let reply = app.put_json(who, &format!("/api/v1/enrolments/{}", uuid()), body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

/// A code that carries its holder's name in tag 59.
fn named(account: &str, name: &str) -> String {
    transfer(account).with_name(name.parse::<choqr::payment_code::MerchantName>().unwrap()).encode().unwrap()
}

on_both! {
async fn the_name_inside_the_code_has_to_agree(app) {
    let long = "Nguyễn Thị Hoàng Phương Anh Thư";
    let cases = [
        ("A1-01", "Nguyễn Thị Hoà", "TRAN VAN BINH", json!(["name_differs"])),
        ("A1-02", "Nguyễn Thị Hoà", "NGUYEN THI HOA", json!([])),
        ("A1-03", long, "NGUYEN THI HOANG PHUONG A", json!([])),
        ("A1-04", long, "NGUYEN THI HOANG", json!(["name_differs"])),
    ];
    for (stall, vendor, inside, reasons) in cases {
        let account = format!("99900000001{}", &stall[3..]);
        let mut body = enrolment(app.market, stall, &account);
        body["vendor"]["full_name"] = json!(vendor);
        body["accounts"][0]["holder_name"] = json!(vendor);
        body["accounts"][0]["scanned_payload"] = json!(named(&account, inside));
        assert_eq!(put(&app, "lan", &body).await["review_reasons"], reasons, "{vendor}: {inside}");
    }
}
}

on_both! {
async fn what_was_typed_stays_typed_beside_a_payload(app) {
    let mut body = enrolment(app.market, "A1-01", "9990000000011");
    body["accounts"][0]["how"] = json!("typed");
    assert_eq!(put(&app, "lan", &body).await["review_reasons"], json!(["typed_by_hand"]));
}
}

on_both! {
async fn the_page_keeps_how_a_code_was_read_and_shows_the_link_once(app) {
    let stall = app.stall_id("A1-03").await;
    let payload = transfer("9990000000011").encode().unwrap();
    let picture = choqr::print::png::code(&choqr::print::Symbol::encode(&payload, choqr::print::Ec::M).unwrap(), 500);
    let id = uuid();
    let mut body = Vec::new();
    for (name, value) in [("uuid", id.as_str()), ("full_name", "Nguyễn Thị Hoà"), ("issue_code", "yes")] {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--x\r\nContent-Disposition: form-data; name=\"photo0\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
    body.extend(&picture);
    body.extend(b"\r\n--x--\r\n");
    let send = async || app.call("lan", Method::POST, &format!("/stalls/{stall}/enrol"), "multipart/form-data; boundary=x", body.clone()).await;

    let first = send().await.text();
    let link = first[first.find("/c/").unwrap()..][..29].to_owned();
    let again = send().await;

    assert_eq!(again.status, StatusCode::OK);
    assert!(!again.text().contains("/c/"), "the link is handed out once");
    assert_eq!(app.get("", &link).await.status, StatusCode::OK, "and loading the page again does not retire it");
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let now = choqr::store::stalls::find(&app.app.db, &scope, stall.parse().unwrap()).await.unwrap().unwrap();
    let accounts = choqr::store::accounts::list(&app.app.db, &scope, now.vendor_id.unwrap()).await.unwrap();
    assert_eq!(accounts[0].how.as_str(), "photo");
}
}

on_both! {
async fn learning_a_phone_keeps_what_was_known(app) {
    let mut body = enrolment(app.market, "A1-01", "9990000000011");
    body["vendor"] = json!({ "full_name": "Nguyễn Thị Hoà", "form_of_address": "co", "business_name": "Hộ Hoà Rau" });
    let first = put(&app, "lan", &body).await;
    body["vendor"] = json!({ "full_name": "Nguyễn Thị Hòa", "phone": "0320000123" });
    put(&app, "lan", &body).await;

    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let vendor = choqr::store::vendors::find(&app.app.db, &scope, first["vendor_id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((vendor.form_of_address.as_str(), vendor.business_name.as_deref(), vendor.phone_last4.as_deref()), ("co", Some("Hộ Hoà Rau"), Some("0123")));
    assert_eq!(vendor.full_name, "Nguyễn Thị Hoà");
    assert!(actions(&app, "A1-01").await.contains(&"vendor.completed".to_owned()));
}
}

async fn actions(app: &TestApp, stall: &str) -> Vec<String> {
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let stall = app.stall_id(stall).await.parse().unwrap();
    choqr::store::audit::of_stall(&app.app.db, &scope, stall, 100).await.unwrap().into_iter().map(|entry| entry.action).collect()
}

on_both! {
async fn what_is_sold_and_what_the_phone_says_of_itself_is_kept(app) {
    let mut body = enrolment(app.market, "A1-01", "9990000000011");
    body["vendor"]["goods"] = json!("cá biển");
    body["rev"] = json!(3);
    body["base_version"] = json!(1);
    body["device_id"] = json!("may-cua-lan");
    let answer = put(&app, "lan", &body).await;
    let stall = app.get("lan", &format!("/api/v1/stalls/{}", answer["stall_id"].as_str().unwrap())).await.json();
    assert_eq!(stall["goods"], "cá biển");
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let id = answer["enrolment_id"].as_str().unwrap().parse().unwrap();
    let stored = choqr::store::enrolments::find(&app.app.db, &scope, id).await.unwrap().unwrap();
    assert_eq!((stored.rev, stored.base_version, stored.device_id.as_deref()), (3, Some(1), Some("may-cua-lan")));

    put(&app, "lan", &enrolment(app.market, "A1-02", "9990000000011")).await;
    let same = app.get("lan", &format!("/api/v1/stalls/{}", app.stall_id("A1-02").await)).await.json();
    assert_eq!(same["goods"], "Rau củ", "the same words in other letters change nothing");

    let mut wrong = enrolment(app.market, "A1-03", "9990000000013");
    for (field, value) in [("rev", json!(0)), ("base_version", json!("1")), ("device_id", json!(7))] {
        wrong[field] = value;
    }
    let refused = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &wrong).await.json();
    let pointers: Vec<&str> = refused["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/rev", "/base_version", "/device_id"]);
    let mut ahead = enrolment(app.market, "A1-04", "9990000000014");
    ahead["base_version"] = json!(99);
    let ahead = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &ahead).await.json();
    assert_eq!(ahead["errors"][0]["pointer"], "/base_version", "the stall never had that version");
    app.is_sound().await;
}
}

on_both! {
async fn a_renamed_vendors_code_has_to_be_confirmed_again_by_somebody_else(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let unconfirmed = async || app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["unconfirmed"].clone();
    let scan = async |who: &str| app.post_json(who, "/api/v1/sticker-checks", &json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": mine["payment_codes"][0]["payload"] })).await;
    scan("son").await;
    let edit = format!("/vendors/{}/edit", mine["vendor_id"].as_str().unwrap());

    app.post_form("quan", &edit, "full_name=Nguy%E1%BB%85n+Th%E1%BB%8B+H%C3%B2a&form_of_address=co").await;
    assert_eq!(unconfirmed().await, json!(false), "another mark is the same name");
    app.post_form("quan", &edit, "full_name=L%C3%BD+Th%E1%BB%8B+Li%C3%AAn&form_of_address=co").await;
    assert_eq!(unconfirmed().await, json!(true));
    assert!(actions(&app, "A1-01").await.contains(&"vendor.renamed".to_owned()));

    scan("quan").await;
    assert_eq!(unconfirmed().await, json!(true), "not by who renamed");
    let link = link(&app, stall).await;
    app.post_form("", &format!("{link}/confirm"), "").await;
    assert_eq!(unconfirmed().await, json!(false));
    app.is_sound().await;
}
}
