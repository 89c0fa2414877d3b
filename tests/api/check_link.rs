//! The public page behind a sticker's small code: says what a payer must know and nothing that makes a list, answers every miss
//! alike, and takes reports that change nothing but what people are sent to look at.

use std::net::IpAddr;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use choqr::{
    domain::{sticker_report::OPEN_AT_MOST, time::DAY_MS},
    store::{audit, markets, sticker_reports, stickers},
    web::peer::Peer,
};
use serde_json::json;

use crate::{
    on_both,
    support::{Reply, TestApp, uuid},
};

/// A sticker that was just printed.
struct Printed {
    stall: String,
    code: String,
    payload: String,
    serial: String,
    /// `/s/…`.
    link: String,
}

async fn printed(app: &TestApp) -> Printed {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    print_again(app, &mine, &json!({})).await
}

async fn print_again(app: &TestApp, mine: &serde_json::Value, order: &serde_json::Value) -> Printed {
    let batch = app.post_json("son", &format!("/api/v1/markets/{}/print-batches", app.market), order).await.json();
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let id = batch["print_batch_id"].as_str().unwrap().parse().unwrap();
    let sticker = stickers::printed_page(&app.app.db, &scope, id, 0, 1).await.unwrap().remove(0);
    Printed {
        stall: mine["stall_id"].as_str().unwrap().to_owned(),
        code: mine["payment_codes"][0]["payment_code_id"].as_str().unwrap().to_owned(),
        payload: sticker.payload,
        serial: sticker.serial,
        link: format!("/s/{}", sticker.check_token),
    }
}

async fn scan(app: &TestApp, who: &str, stall: &str, payload: &str) {
    let body = json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": payload });
    assert_eq!(app.post_json(who, "/api/v1/sticker-checks", &body).await.status, StatusCode::CREATED);
}

async fn open(app: &TestApp, stall: &str) -> Vec<sticker_reports::OpenReport> {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    sticker_reports::open_of_stall(&app.app.db, &scope, stall.parse().unwrap()).await.unwrap()
}

/// A request of nobody's, from an address.
async fn from(app: &TestApp, last: u8, method: Method, path: &str, body: &str) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap();
    request.extensions_mut().insert(Peer(IpAddr::from([203, 0, 113, last])));
    app.send(request).await
}

on_both! {
async fn anybody_sees_where_a_sticker_stands_and_no_more(app) {
    let sticker = printed(&app).await;

    let page = app.get("", &sticker.link).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("Đã in, chưa kiểm tại sạp") && text.contains("chưa có lần nào"), "{text}");
    for told in ["A1-01", "Chợ Bắc Kạn", "Vietcombank", "…0011", "N••••• T•• HOA", sticker.serial.as_str()] {
        assert!(text.contains(told), "{told} is missing");
    }
    for kept in ["9990000000011", "0320000123", "0320000999", "NGUYEN", "Nguyễn", &sticker.payload, &sticker.stall, "tel:"] {
        assert!(!text.contains(kept), "{kept} is shown to anybody");
    }
    assert!(text.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["cache-control"], "no-store");

    app.app.clock.advance(DAY_MS);
    scan(&app, "quan", &sticker.stall, &sticker.payload).await;
    app.app.clock.advance(DAY_MS);
    scan(&app, "quan", &sticker.stall, &sticker.payload).await;
    let text = app.get("", &sticker.link).await.text();
    assert!(text.contains("Sticker này đang dùng") && text.contains("24/11/2026") && text.contains("25/11/2026"), "{text}");

    app.app.clock.advance(60_000);
    scan(&app, "quan", &sticker.stall, &crate::support::transfer("8880000004242").encode().unwrap()).await;
    let text = app.get("", &sticker.link).await.text();
    assert!(text.contains("Lần kiểm gần nhất thấy LỆCH MÃ") && !text.contains("đang dùng"), "{text}");
    assert!(!text.contains("4242"), "nothing is told of the other code");
    app.is_sound().await;
}
}

on_both! {
async fn a_frozen_code_and_a_retired_sticker_warn(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let first = print_again(&app, &mine, &json!({})).await;
    scan(&app, "quan", &first.stall, &first.payload).await;

    app.app.clock.advance(60_000);
    let second = print_again(&app, &mine, &json!({ "filter": { "which": "reprint" } })).await;
    let old = app.get("", &first.link).await.text();
    assert!(old.contains("Sticker này đã thu hồi – đừng chuyển tiền") && old.contains(&first.serial), "{old}");
    let new = app.get("", &second.link).await.text();
    assert!(new.contains("chưa kiểm tại sạp") && new.contains("chưa có lần nào"), "a check of the one before proves nothing: {new}");

    let owner = crate::vendor::link(&app, &second.stall).await;
    app.post_form("", &format!("{owner}/freeze"), "").await;
    assert!(app.get("", &second.link).await.text().contains("Mã đang tạm khoá"));

    app.post_form("son", &format!("/payment-codes/{}/revoke", second.code), "").await;
    assert!(app.get("", &second.link).await.text().contains("đã thu hồi"));
    let english = Request::builder().uri(&second.link).header("accept-language", "en").body(Body::empty()).unwrap();
    assert!(app.send(english).await.text().contains("This sticker was withdrawn – do not pay"));
}
}

on_both! {
async fn whatever_is_no_stickers_link_gets_one_answer(app) {
    let sticker = printed(&app).await;
    let token = sticker.link.trim_start_matches("/s/").to_owned();
    let near = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { '1' } else { '0' });
    let long = "a".repeat(2_000);
    let misses = ["00000000000000000000000000", near.as_str(), "x", "%FF%FE", "%00", "a%20b", "..%2Fmarkets", "null", long.as_str()];
    let mut answers = Vec::new();
    for miss in misses {
        answers.push((miss, app.get("", &format!("/s/{miss}")).await));
        answers.push((miss, app.get("", &format!("/s/{miss}/reported")).await));
        for body in ["reason=other", "", "reason=%FF", "x"] {
            answers.push((miss, app.post_form("", &format!("/s/{miss}/report"), body).await));
        }
        answers.push((miss, app.call("", Method::POST, &format!("/s/{miss}/report"), "text/plain", "x".repeat(20_000)).await));
        answers.push((miss, app.get("hanh", &format!("/s/{miss}")).await));
    }

    let (_, first) = &answers[0];
    assert_eq!(first.status, StatusCode::NOT_FOUND);
    assert!(first.text().contains("Đừng chuyển tiền"));
    for (miss, answer) in &answers {
        assert_eq!(answer.status, first.status, "{miss}");
        assert_eq!(answer.text(), first.text(), "{miss}");
        assert_eq!(answer.headers, first.headers, "{miss}");
    }
}
}

on_both! {
async fn a_report_is_kept_once_changes_no_status_and_waits_for_somebody_to_look(app) {
    let sticker = printed(&app).await;
    scan(&app, "quan", &sticker.stall, &sticker.payload).await;
    let at_stall = format!("/stalls/{}", sticker.stall);
    let state = async || app.get("lan", &format!("/api/v1/stalls/{}", sticker.stall)).await.json();
    let before = state().await;

    let note = "M%C3%A3+l%E1%BA%A1+%07d%C3%A1n%0A%C4%91%C3%A8+%3Cb%3E";
    let said = app.post_form("", &format!("{}/report", sticker.link), &format!("reason=pasted_over&note={note}")).await;
    assert_eq!((said.status, said.location()), (StatusCode::SEE_OTHER, format!("{}/reported", sticker.link).as_str()));
    let thanks = app.get("", said.location()).await.text();
    assert!(thanks.contains("Cảm ơn, đã nhận") && thanks.contains("113") && !thanks.contains("tel:"), "{thanks}");
    for _ in 0..3 {
        app.post_form("", &format!("{}/report", sticker.link), "reason=pasted_over&note=again").await;
    }
    app.post_form("", &format!("{}/report", sticker.link), "reason=other").await;

    let kept = open(&app, &sticker.stall).await;
    assert_eq!(kept.iter().map(|report| report.times).sum::<i64>(), 5);
    let [other, pasted] = kept.as_slice() else { panic!("{kept:?}") };
    let (pasted, other) = if pasted.times == 4 { (pasted, other) } else { (other, pasted) };
    assert_eq!((pasted.times, pasted.note.as_str()), (4, "Mã lạ dán đè <b>"));
    assert_eq!((other.times, other.note.as_str()), (1, ""));
    assert_eq!(state().await, before, "a stranger changes nothing");
    assert!(app.get("", &sticker.link).await.text().contains("Sticker này đang dùng"), "nor what the public reads");
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let events = audit::of_stall(&app.app.db, &scope, sticker.stall.parse().unwrap(), 50).await.unwrap();
    let said: Vec<_> = events.iter().filter(|event| event.action == "sticker.reported").collect();
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|event| event.actor == "public" && !event.detail.contains("Mã lạ")));

    let lead = app.get("son", &at_stall).await.text();
    assert!(lead.contains("Có mã khác dán đè lên") && lead.contains("4 lượt báo") && lead.contains("Mã lạ dán đè &#60;b&#62;"), "{lead}");
    for who in ["lan", "mai"] {
        let text = app.get(who, &at_stall).await.text();
        assert!(text.contains("Có mã khác dán đè lên") && !text.contains("Mã lạ dán đè") && !text.contains("/handle"), "{who}");
    }
    let market = format!("/markets/{}", app.market);
    for who in ["lan", "son", "mai"] {
        assert!(app.get(who, &market).await.text().contains("?need=reported"), "{who}");
    }
    let ward = app.get("hanh", "/wards/01843").await.text();
    assert!(ward.contains("khách báo nghi ngờ") && ward.contains(&format!("{market}?need=reported")), "{ward}");
    assert!(app.get("hanh", "/markets?need=reported").await.text().contains("Chợ Bắc Kạn"));
    assert!(!app.get("ngoai", "/wards/00004").await.text().contains("khách báo nghi ngờ"));
    assert!(!app.get("thang", "/wards/01843").await.text().contains("khách báo nghi ngờ"), "a province sees aggregates");

    for report in [pasted, other] {
        let handle = format!("/sticker-reports/{}/handle", report.report_id);
        for (who, status) in [("lan", StatusCode::FORBIDDEN), ("mai", StatusCode::FORBIDDEN), ("ngoai", StatusCode::NOT_FOUND)] {
            assert_eq!(app.post_form(who, &handle, "").await.status, status, "{who}");
        }
        for who in ["son", "hanh"] {
            assert_eq!(app.post_form(who, &handle, "").await.location(), at_stall, "said twice it counts once");
        }
    }
    assert!(open(&app, &sticker.stall).await.is_empty());
    let text = app.get("son", &at_stall).await.text();
    assert_eq!(text.matches("Đã xử lý báo nghi ngờ").count(), 2, "{text}");
    assert!(!text.contains("/handle"));
    assert!(!app.get("lan", &market).await.text().contains("?need=reported"));
    assert!(!app.get("hanh", "/wards/01843").await.text().contains("khách báo nghi ngờ"));

    // Whoever comes later is heard again.
    app.post_form("", &format!("{}/report", sticker.link), "reason=pasted_over").await;
    assert_eq!(open(&app, &sticker.stall).await.len(), 1);
    app.is_sound().await;
}
}

on_both! {
async fn a_crowd_does_not_fill_the_disk(app) {
    let sticker = printed(&app).await;
    let mut said = 0;
    for _ in 0..7 {
        for reason in ["name_differs", "pasted_over", "torn_or_moved", "other"] {
            let reply = app.post_form("", &format!("{}/report", sticker.link), &format!("reason={reason}&note=x")).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "whoever reports is thanked");
            said += 1;
        }
        app.app.clock.advance(DAY_MS);
    }

    let kept = open(&app, &sticker.stall).await;
    assert_eq!(kept.len(), OPEN_AT_MOST);
    assert_eq!(kept.iter().map(|report| report.times).sum::<i64>(), said, "the rest is counted");
}
}

on_both! {
async fn a_report_that_lacks_something_is_drawn_again_and_another_sites_is_refused(app) {
    let sticker = printed(&app).await;
    let path = format!("{}/report", sticker.link);

    for (body, problem) in [
        ("note=gi%E1%BB%AF+l%E1%BA%A1i", "Cần chọn lý do"),
        ("reason=freeze&note=gi%E1%BB%AF+l%E1%BA%A1i", "Lý do chưa đúng"),
        (&format!("reason=other&note=gi%E1%BB%AF+l%E1%BA%A1i{}", "a".repeat(300)), "Nhiều nhất 300 ký tự"),
    ] {
        let again = app.post_form("", &path, body).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.text().contains(problem) && again.text().contains("giữ lại"), "{}", again.text());
    }
    assert_eq!(app.post_form("", &path, &format!("reason=other&note={}", "a".repeat(9_000))).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.post_json("", &path, &json!({ "reason": "other" })).await.status, StatusCode::BAD_REQUEST);
    let forged = Request::builder()
        .method(Method::POST)
        .uri(&path)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("reason=other"))
        .unwrap();
    assert_eq!(app.send(forged).await.status, StatusCode::FORBIDDEN);

    assert!(open(&app, &sticker.stall).await.is_empty());
}
}

on_both! {
async fn one_address_asks_only_so_often(app) {
    let sticker = printed(&app).await;
    let (get, post) = (Method::GET, Method::POST);
    let report = format!("{}/report", sticker.link);

    // Guessing: thirty at once, then one each two seconds; a right token is not looked at either.
    for n in 0..30 {
        let path = if n % 2 == 0 { format!("/s/{n:026}") } else { format!("/s/{n:026}/report") };
        assert_eq!(from(&app, 1, if n % 2 == 0 { get.clone() } else { post.clone() }, &path, "").await.status, StatusCode::NOT_FOUND);
    }
    for path in ["/s/00000000000000000000000099", &sticker.link] {
        let braked = from(&app, 1, get.clone(), path, "").await;
        assert_eq!(braked.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(braked.headers["retry-after"], "2");
        assert!(braked.text().contains("Xin đợi một lát") && braked.text().contains("Thử lại"), "{}", braked.text());
    }
    assert_eq!(from(&app, 2, get.clone(), &sticker.link, "").await.status, StatusCode::OK, "another address is not meant");
    app.app.clock.advance(2_000);
    assert_eq!(from(&app, 1, get.clone(), &sticker.link, "").await.status, StatusCode::OK);

    // Looking: a hundred and twenty.
    for _ in 0..120 {
        assert_eq!(from(&app, 3, get.clone(), &sticker.link, "").await.status, StatusCode::OK);
    }
    assert_eq!(from(&app, 3, get.clone(), &sticker.link, "").await.status, StatusCode::TOO_MANY_REQUESTS);

    // Reporting: five; one that is drawn again costs nothing.
    for _ in 0..5 {
        assert_eq!(from(&app, 4, post.clone(), &report, "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(from(&app, 4, post.clone(), &report, "reason=other").await.status, StatusCode::SEE_OTHER);
    }
    let braked = from(&app, 4, post.clone(), &report, "reason=other").await;
    assert_eq!((braked.status, &braked.headers["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &"120".parse().unwrap()));
    assert_eq!(open(&app, &sticker.stall).await[0].times, 5);
    app.app.clock.advance(120_000);
    assert_eq!(from(&app, 4, post, &report, "reason=other").await.status, StatusCode::SEE_OTHER);
}
}

#[tokio::test]
async fn what_a_stranger_writes_is_nowhere_in_clear() {
    let app = TestApp::new(crate::support::Engine::Sqlite).await;
    let sticker = printed(&app).await;
    app.post_form("", &format!("{}/report", sticker.link), "reason=other&note=canary-0912345678").await;

    for entry in std::fs::read_dir(app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("canary-0912345678"), "it stands in {}", path.display());
    }
    assert_eq!(open(&app, &sticker.stall).await[0].note.as_str(), "canary-0912345678");
}
