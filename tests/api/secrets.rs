//! Seeded account numbers and phones are nowhere in clear: not in the database, its log, a backup, or a page that may not show them.

use serde_json::json;

use crate::support::{Engine, TestApp, enrolment, uuid};

#[tokio::test]
async fn two_hundred_seeded_numbers_are_found_nowhere_at_rest() {
    let app = TestApp::new(Engine::Sqlite).await;
    let wishes = choqr::domain::stall::row("B1", 1, 100).unwrap();
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let wishes = wishes
        .into_iter()
        .map(|code| choqr::app::market_work::StallWish {
            code,
            zone: None,
            row: None,
            goods: None,
            occupancy: choqr::domain::stall::Occupancy::Trading,
            keeper: None,
        })
        .collect();
    choqr::app::market_work::make_stalls_in(&app.app, scope, wishes).await.unwrap();
    let (mut canaries, mut items) = (Vec::new(), Vec::new());
    for n in 1..=100 {
        let (account, phone) = (format!("99977{n:08}"), format!("09{:08}", 10_000_000 + n * 7_919));
        let mut body = enrolment(app.market, &format!("B1-{n:02}"), &account);
        body["vendor"]["phone"] = json!(phone);
        body["vendor"]["full_name"] = json!(format!("Nguyễn Thị Hoà {}", char::from(b'A' + (n % 26) as u8)));
        body["accounts"][0]["holder_name"] = body["vendor"]["full_name"].clone();
        items.push(json!({ "id": uuid(), "kind": "enrolment", "body": body }));
        canaries.extend([account, phone]);
    }
    let reply = app.post_json("lan", "/api/v1/sync", &json!({ "items": items })).await;
    assert!(reply.json()["results"].as_array().unwrap().iter().all(|result| result["status"] == 201), "{}", reply.text());
    let backup = app.folder.path().join("backup");
    choqr::store::inspect::copy_to(&app.app.db, &backup).await.unwrap();

    for entry in std::fs::read_dir(app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        // Searched as text: the standard library's search is compiled with optimisation, a loop of ours here is not.
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for canary in &canaries {
            assert!(!text.contains(canary.as_str()), "{canary} stands in {}", path.display());
        }
    }
    for (who, path) in
        [("mai", format!("/markets/{}", app.market)), ("hanh", "/wards/01843".to_owned()), ("thang", "/provinces/19".to_owned())]
    {
        let text = app.get(who, &path).await.text();
        assert!(canaries.iter().all(|canary| !text.contains(canary.as_str())), "{path}");
    }
    app.is_sound().await;
}
