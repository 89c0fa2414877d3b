//! The floor plan: changed by taps, each change taken back; and rows given to people.

use axum::http::StatusCode;
use choqr::{
    domain::stall::Occupancy,
    store::{
        markets, row_assignments,
        stalls::{self, StallFilter},
    },
};

use crate::{on_both, support::TestApp};

async fn shown(app: &TestApp) -> Vec<String> {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let all = stalls::list(&app.app.db, &scope, &StallFilter::default()).await.unwrap();
    all.iter().map(|stall| format!("{}x{} {}", stall.code, stall.span, stall.vendor_name.as_deref().unwrap_or("-"))).collect()
}

async fn change(app: &TestApp, code: &str, form: &str) -> StatusCode {
    let stall = app.stall_id(code).await;
    app.post_form("son", &format!("/stalls/{stall}/place"), form).await.status
}

async fn undo(app: &TestApp) -> StatusCode {
    app.post_form("son", &format!("/markets/{}/plan/undo", app.market), "").await.status
}

on_both! {
async fn every_change_of_the_plan_is_taken_back_latest_first(app) {
    let before = shown(&app).await;
    let next = app.stall_id("A1-03").await;

    assert_eq!(change(&app, "A1-02", "do=insert&code=a1-02b").await, StatusCode::SEE_OTHER);
    assert_eq!(change(&app, "A1-04", &format!("do=merge&next={}", app.stall_id("A1-05").await)).await, StatusCode::SEE_OTHER);
    let merged = shown(&app).await;
    assert_eq!(change(&app, "A1-04", "do=split&code=A1-04B").await, StatusCode::SEE_OTHER);
    assert_eq!(app.post_form("son", &format!("/markets/{}/rows", app.market), "prefix=B1&from=1&to=3").await.status, StatusCode::OK);
    app.is_sound().await;

    assert!(merged.contains(&"A1-02Bx1 -".to_owned()) && merged.contains(&"A1-04x2 -".to_owned()) && !merged.iter().any(|line| line.starts_with("A1-05")));
    assert_eq!(shown(&app).await.len(), before.len() + 1 + 3);
    undo(&app).await;
    undo(&app).await;
    assert_eq!(shown(&app).await, merged);
    undo(&app).await;
    undo(&app).await;
    assert_eq!(shown(&app).await, before);
    assert_eq!(undo(&app).await, StatusCode::CONFLICT);
    assert_eq!(app.stall_id("A1-03").await, next);
    app.is_sound().await;
}
}

on_both! {
async fn a_stall_where_something_was_recorded_is_not_merged_away(app) {
    app.enrol("lan", "A1-02", "9990000000012").await;
    let taken = app.stall_id("A1-02").await;

    let reply = app.post_form("son", &format!("/stalls/{}/place", app.stall_id("A1-01").await), &format!("do=merge&next={taken}")).await;

    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("đã có người"), "{}", reply.text());
    assert_eq!(change(&app, "A1-01", "do=insert&code=A1-02").await, StatusCode::UNPROCESSABLE_ENTITY);
}
}

on_both! {
async fn an_undo_leaves_a_stall_alone_where_somebody_has_been(app) {
    change(&app, "A1-02", "do=insert&code=A1-02B").await;
    let made = app.stall_id("A1-02B").await;
    app.post_form("son", &format!("/stalls/{made}/occupancy"), &format!("occupancy={}", Occupancy::Trading)).await;

    assert_eq!(undo(&app).await, StatusCode::CONFLICT);
    assert!(shown(&app).await.contains(&"A1-02Bx1 -".to_owned()));
}
}

on_both! {
async fn the_drawing_has_a_link_for_every_stall_and_says_more_than_colour(app) {
    app.enrol("lan", "A1-02", "9990000000012").await;

    let page = app.get("son", &format!("/markets/{}/plan", app.market)).await.text();

    assert_eq!(page.matches("/place\" class=\"").count(), 6, "{page}");
    assert!(page.contains("A1-02 Nguyễn Thị Hoà · Đã cấp mã") && page.contains("#g-ma") && page.contains("url(#p-ma)"));
}
}

on_both! {
async fn rows_are_given_to_people_and_reach_their_phones(app) {
    let quan = app.viewer("quan").await;
    let path = format!("/markets/{}/assign", app.market);

    let saved = app.post_form("son", &path, &format!("zone=A&row=A1&who={}", quan.staff_id)).await;
    let stranger = app.viewer("ngoai").await;
    let refused = app.post_form("son", &path, &format!("zone=A&row=A1&who={}", stranger.staff_id)).await;

    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let rows = row_assignments::of_person(&app.app.db, &scope, quan.staff_id).await.unwrap();
    assert_eq!((saved.status, refused.status), (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(rows, [("A".to_owned(), "A1".to_owned())]);
    let pack = choqr::app::market_pack::pack(&app.app, &quan, app.market, "test", None).await.unwrap();
    assert_eq!((pack.my_rows, pack.total), (vec!["A1".to_owned()], 6));
    app.is_sound().await;
}
}
