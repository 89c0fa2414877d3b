//! Markets: their names, and the rules only a ward sets.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    on_both,
    support::{TestApp, enrolment, uuid},
};

async fn edit(app: &TestApp, who: &str, more: &str) -> crate::support::Reply {
    let form = format!("name=Ch%E1%BB%A3+B%E1%BA%AFc+K%E1%BA%A1n&contact_phone=0320000999{more}");
    app.post_form(who, &format!("/markets/{}/edit", app.market), &form).await
}

on_both! {
async fn a_market_does_not_take_the_name_of_another_of_its_ward(app) {
    app.post_json("hanh", "/api/v1/markets", &json!({ "name": "Chợ Mới", "ward_code": "01843" })).await;

    let taken = app.post_form("hanh", &format!("/markets/{}/edit", app.market), "name=CH%E1%BB%A2+M%E1%BB%9AI").await;
    let own = edit(&app, "hanh", "").await;

    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", taken.text());
    assert!(taken.text().contains("Tên này đã có"));
    assert_eq!(own.status, StatusCode::SEE_OTHER);
}
}

on_both! {
async fn only_the_ward_says_whether_everything_is_reviewed_first(app) {
    let first = async |stall: &str, account: &str| app.enrol("lan", stall, account).await.json()["review_reasons"].clone();
    edit(&app, "son", "&review_first=yes").await;
    assert_eq!(first("A1-01", "9990000000011").await, json!([]), "a lead cannot switch it on");
    edit(&app, "hanh", "&review_first=yes").await;
    edit(&app, "son", "").await;
    edit(&app, "mai", "").await;

    assert_eq!(first("A1-02", "9990000000012").await, json!(["review_first"]), "nor off, and neither can a board");
    assert!(!app.get("son", &format!("/markets/{}/edit", app.market)).await.text().contains("review_first"));
}
}

on_both! {
async fn a_ward_may_set_the_purpose_of_transfers(app) {
    let purpose = async |stall: &str, account: &str| {
        let reply = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &enrolment(app.market, stall, account)).await.json();
        let payload = reply["payment_codes"][0]["payload"].as_str().unwrap().to_owned();
        choqr::payment_code::decode(&payload, choqr::payment_code::Mode::Strict).unwrap().purpose
    };
    assert_eq!(purpose("A1-01", "9990000000011").await, None, "empty by default");

    edit(&app, "hanh", "&transfer_purpose=Cho+Bac+Kan").await;
    edit(&app, "son", "&transfer_purpose=").await;
    let long = edit(&app, "hanh", &format!("&transfer_purpose={}", "x".repeat(60))).await;

    assert_eq!(purpose("A1-02", "9990000000012").await.as_deref(), Some("Cho Bac Kan"));
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
}
}

on_both! {
async fn what_is_sent_for_a_market_or_a_stall_is_not_guessed(app) {
    let market = async |more: serde_json::Value| {
        let mut body = json!({ "name": "Chợ Mới", "ward_code": "01843" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post_json("hanh", "/api/v1/markets", &body).await
    };
    let refused = |reply: &crate::support::Reply| (reply.status, reply.json()["errors"][0]["pointer"].clone());
    for wrong in [json!("true"), json!(1)] {
        assert_eq!(refused(&market(json!({ "review_first": wrong })).await), (StatusCode::UNPROCESSABLE_ENTITY, json!("/review_first")));
    }
    let path = format!("/api/v1/markets/{}/stalls", app.market);
    for field in ["zone", "row", "goods", "occupancy"] {
        for wrong in [json!(5), json!(["A"]), json!("x".repeat(61))] {
            let reply = app.post_json("son", &path, &json!({ "stalls": [{ "code": "B1-01" }, { "code": "B1-02", (field): wrong }] })).await;
            assert_eq!(refused(&reply), (StatusCode::UNPROCESSABLE_ENTITY, json!(format!("/stalls/1/{field}"))), "{field} {wrong}");
        }
        let empty = app.post_json("son", &path, &json!({ "stalls": [{ "code": "B1-01", (field): null }] })).await;
        assert_eq!(empty.status, StatusCode::CREATED, "null is the same as absence: {}", empty.text());
    }
    let row = app.post_form("son", &format!("/markets/{}/rows", app.market), &format!("prefix=C1&from=1&to=2&goods={}", "x".repeat(61))).await;
    assert_eq!(row.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(row.text().contains("Dài quá 60 ký tự"));
    assert_eq!(market(json!({ "review_first": true })).await.status, StatusCode::CREATED);
}
}

on_both! {
async fn an_overview_is_read_by_the_index_of_its_scope(app) {
    let names = async |who: &str| {
        let reply = app.get(who, "/api/v1/markets").await.json();
        reply["markets"].as_array().unwrap().iter().map(|market| market["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(names("huy").await, ["Chợ Xa", "Chợ Bắc Kạn"]);
    for who in ["thang", "hanh", "son"] {
        assert_eq!(names(who).await, ["Chợ Bắc Kạn"], "{who}");
    }
    assert_eq!(names("ngoai").await, ["Chợ Xa"]);
}
}

on_both! {
async fn who_sees_no_counters_sees_none_in_the_list(app) {
    let page = app.get("huy", "/markets").await.text();
    let list = app.get("huy", "/api/v1/markets").await.json();

    assert!(page.contains("Chợ Bắc Kạn") && !page.contains('%'), "{page}");
    assert_eq!((list["markets"][0]["stalls"].clone(), list["markets"][0]["trading"].clone()), (json!(null), json!(null)));
    assert_eq!(app.get("hanh", "/api/v1/markets").await.json()["markets"][0]["trading"], 6);
}
}

on_both! {
async fn figures_of_fewer_than_five_stalls_are_kept_from_a_province(app) {
    let places = [
        "/wards/01843".to_owned(), "/api/v1/adoption?level=ward&id=01843".to_owned(),
        format!("/api/v1/adoption?level=market&id={}", app.market), "/api/v1/adoption?level=province&id=19".to_owned(),
    ];
    let codes = async |who: &str| {
        let mut codes = Vec::new();
        for place in &places { codes.push(app.get(who, place).await.status.as_u16()); }
        codes
    };
    assert_eq!(codes("thang").await, [200; 4], "six stalls trade");
    assert!(app.get("thang", "/markets").await.text().contains('%'));
    for stall in ["A1-01", "A1-02"] {
        app.post_form("mai", &format!("/stalls/{}/occupancy", app.stall_id(stall).await), "occupancy=left").await;
    }

    assert_eq!(codes("thang").await, [403; 4]);
    assert_eq!(app.get("thang", &places[1]).await.json()["code"], "too_few_stalls");
    assert_eq!(codes("hanh").await, [200, 200, 200, 404], "the ward counts its own");
    for path in ["/markets", "/provinces/19"] {
        let page = app.get("thang", path).await.text();
        assert!(page.contains("&lt; 5") && !page.contains('%'), "{path}: {page}");
    }
    assert_eq!(app.get("thang", "/api/v1/markets").await.json()["markets"][0]["trading"], json!(null));
    assert!(app.get("hanh", "/markets").await.text().contains('%'));
}
}
