//! Campaigns, the facts of a month, and a partner's list of which stalls are paid.

use axum::http::StatusCode;
use choqr::{
    app::campaigns,
    domain::campaign::MarketFact,
    store::{campaigns as stored, markets},
};

use crate::on_both;

on_both! {
async fn a_campaign_says_how_many_stalls_are_missing(app) {
    app.enrol("lan", "A1-02", "9990000000012").await;
    let path = format!("/markets/{}/campaigns", app.market);

    let made = app.post_form("son", &path, "name=Ph%E1%BB%A7+m%C3%A3&from=2026-11-01&until=2026-12-31&goal=with_code&target=50").await;
    let backwards = app.post_form("son", &path, "name=A&from=2026-12-01&until=2026-11-01&goal=with_code&target=50").await;
    let page = app.get("son", &path).await.text();

    assert_eq!((made.status, backwards.status), (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY));
    assert!(backwards.text().contains("Ngày cuối trước ngày đầu"));
    // Six stalls trade, half of them is three, one has a code.
    assert!(page.contains("thiếu 2 sạp") && page.contains("1/6"), "{page}");
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let id = stored::list(&app.app.db, &scope).await.unwrap()[0].campaign_id;
    app.post_form("son", &format!("{path}/{id}/end"), "").await;
    assert!(stored::list(&app.app.db, &scope).await.unwrap()[0].ended_at_ms.is_some());
    app.is_sound().await;
}
}

on_both! {
async fn facts_of_a_month_are_kept_by_hand(app) {
    let path = format!("/markets/{}/month", app.market);

    let saved = app.post_form("mai", &path, "month=2026-11&fees_cashless_percent=45&classes=3&people_taught=1.204").await;
    let wrong = app.post_form("mai", &path, "month=2026-11&fees_cashless_percent=145&classes=3").await;
    app.post_form("mai", &path, "month=2026-11&fees_cashless_percent=45&classes=&people_taught=1204").await;

    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let facts = stored::facts(&app.app.db, &scope, "2026-11").await.unwrap();
    assert_eq!((saved.status, wrong.status), (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(facts, [(MarketFact::FeesCashlessPercent, 45), (MarketFact::PeopleTaught, 1204)], "what is emptied is taken back");
}
}

on_both! {
async fn a_partners_list_is_taken_stall_by_stall_and_the_rest_is_told(app) {
    let file = "Danh sách tháng 11,,\nMã sạp,Tên,Số ngày\na1-02,x,5\nA1-03,x,1\nZ9-09,x,4\nA1-04,x,nhiều\n".as_bytes().to_vec();

    let taken = campaigns::take_usage(&app.app, &app.viewer("hanh").await, app.market, "2026-11-01".parse().unwrap(), ("t11.csv", file)).await.unwrap();

    assert_eq!((taken.lines, taken.unknown, taken.unreadable), (2, vec!["Z9-09".to_owned()], vec![6]));
    app.is_sound().await;
}
}
