//! What the pages say when something is not as it was meant: forms that come back, links that lead nowhere, codes that are frozen.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    on_both,
    support::{TestApp, transfer},
    vendor::link,
};

/// Where a page's language switch comes back to; nothing where none is offered.
fn switch(page: &str) -> Option<String> {
    let form = page.split("action=\"/language\"").nth(1)?;
    let value = form.split("name=\"next\" value=\"").nth(1)?;
    value.split('"').next().map(str::to_owned)
}

/// A form with files, as a browser sends it.
async fn multipart(app: &TestApp, who: &str, path: &str, fields: &[(&str, &str)]) -> crate::support::Reply {
    let part =
        |(name, value): &(&str, &str)| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body: String = fields.iter().map(part).collect::<String>() + "--x--\r\n";
    app.call(who, axum::http::Method::POST, path, "multipart/form-data; boundary=x", body).await
}

on_both! {
async fn the_language_switch_comes_back_to_a_page_that_answers(app) {
    let stall = app.stall_id("A1-01").await;
    let uuid = crate::support::uuid();
    let mine = app.enrol("lan", "A1-02", "9990000000011").await.json();
    let kept = mine["stall_id"].as_str().unwrap();
    let redrawn = [
        ("lan", app.post_form("lan", &format!("/stalls/{stall}/visits"), "outcome=declined").await),
        ("lan", multipart(&app, "lan", &format!("/stalls/{stall}/check"), &[("payload", "")]).await),
        ("lan", multipart(&app, "lan", &format!("/stalls/{stall}/enrol"), &[("uuid", &uuid)]).await),
        ("hanh", app.post_form("hanh", &format!("/stalls/{kept}/move"), "to=Z9-99").await),
        ("hanh", app.post_form("hanh", "/markets", "name=").await),
        ("hanh", app.post_form("hanh", &format!("/markets/{}/edit", app.market), "name=").await),
        ("hanh", app.post_form("hanh", &format!("/markets/{}/rows", app.market), "prefix=A1").await),
        ("hanh", app.post_form("hanh", &format!("/markets/{}/print", app.market), "copies=99&design=label_99x68&paper=a4").await),
        ("hanh", app.post_form("hanh", "/staff", "full_name=").await),
        ("hanh", app.post_form("hanh", "/staff/slips", "").await),
    ];
    for (who, reply) in redrawn {
        assert!(reply.status.is_client_error(), "{}: {}", reply.status, reply.text());
        let next = switch(&reply.text()).unwrap_or_else(|| panic!("no switch: {}", reply.text()));
        assert_eq!(app.get(who, &next).await.status, StatusCode::OK, "{next}");
    }
    let once = app.post_form("lan", &format!("/stalls/{kept}/vendor-link"), "").await;
    assert_eq!((once.status, switch(&once.text())), (StatusCode::OK, None), "what is shown once is not drawn again");
    let filtered = app.get("hanh", &format!("/markets/{}?need=unposted", app.market)).await.text();
    assert_eq!(switch(&filtered).unwrap(), format!("/markets/{}?need=unposted", app.market), "a filter stays");
}
}

on_both! {
async fn a_dead_link_says_whom_to_ask(app) {
    let gone = "không còn dùng được";
    for (path, title, help) in [
        ("/c/", gone, "ban quản lý chợ"),
        ("/s/", "Không có sticker này", "Đừng chuyển tiền"),
        ("/link/", gone, "tổ trưởng"),
    ] {
        let reply = app.get("", &format!("{path}00000000000000000000000000")).await;
        let page = reply.text();
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert!(page.contains(title) && page.contains(help) && !page.contains("phạm vi"), "{page}");
        assert_eq!(page.contains("href=\"/sign-in\""), path == "/link/", "a vendor has nothing to sign in to");
        assert!(!page.contains("href=\"/\""), "{page}");
    }
}
}

on_both! {
async fn a_frozen_code_says_so_and_scanning_goes_on(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let (stall, case) = (mine["stall_id"].as_str().unwrap(), mine["enrolment_id"].as_str().unwrap());
    let link = link(&app, stall).await;
    app.post_form("", &format!("{link}/confirm"), "").await;
    app.post_form("", &format!("{link}/freeze"), "").await;

    let page = app.get("hanh", &format!("/stalls/{stall}")).await.text();

    assert!(page.contains("đang khoá") && !page.contains("đang dùng") && !page.contains("đã xác nhận"), "{page}");
    assert!(page.contains(&format!("/stalls/{stall}/check")) && !page.contains(">Đăng ký</a>"));
    assert!(page.contains(&format!("href=\"/review/{case}\"")), "the case is one tap away");
    let volunteer = app.get("lan", &format!("/stalls/{stall}")).await.text();
    assert!(!volunteer.contains("/review/"), "whoever may not review is not sent there");
}
}

on_both! {
async fn only_a_match_is_green_in_the_history(app) {
    let stall = app.enrol("lan", "A1-01", "9990000000011").await.json()["stall_id"].as_str().unwrap().to_owned();
    for (payload, glyph) in [(transfer("9990000000011").encode().unwrap(), "dan"), ("khong phai ma".to_owned(), "hen")] {
        app.app.clock.advance(1_000);
        multipart(&app, "lan", &format!("/stalls/{stall}/check"), &[("payload", &payload)]).await;
        let page = app.get("lan", &format!("/stalls/{stall}")).await.text();
        let newest = page.split("<ol class=\"time\">").nth(1).unwrap().split("</li>").next().unwrap();
        assert!(newest.contains(&format!("<svg class=\"g {glyph}\"")), "{newest}");
    }
}
}

on_both! {
async fn the_print_form_keeps_what_was_typed_and_asks_before_it_retires_what_hangs(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    let path = format!("/markets/{}/print", app.market);
    let checked = |page: &str, value: &str| page.contains(&format!("name=\"filter\" value=\"{value}\" checked"));

    let wrong = app.post_form("hanh", &path, "filter=all&row=a1&design=card_a6&paper=piece&start_at=1&copies=99").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text();
    assert!(checked(&page, "all") && page.contains("value=\"99\" inputmode=\"numeric\" autocomplete=\"off\" aria-invalid=\"true\""), "{page}");
    assert!(page.contains("value=\"a1\"") && page.contains("value=\"piece\" selected") && page.contains("value=\"card_a6\" checked"));

    assert!(checked(&app.get("hanh", &path).await.text(), "not_yet_printed"));
    let order = "filter=all&design=label_99x68&paper=a4";
    assert_eq!(app.post_form("hanh", &path, order).await.status, StatusCode::SEE_OTHER);
    assert!(checked(&app.get("hanh", &path).await.text(), "all"), "nothing is unprinted any more");

    let order = "filter=reprint&design=label_99x68&paper=a4";
    let asked = app.post_form("hanh", &path, order).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(checked(&asked.text(), "reprint") && asked.text().contains("In lại 1 mã"));
    assert_eq!(app.post_form("hanh", &path, &format!("{order}&sure=yes")).await.status, StatusCode::SEE_OTHER);
}
}

on_both! {
async fn an_enrolment_without_an_account_is_told_that_once(app) {
    let path = format!("/stalls/{}/enrol", app.stall_id("A1-01").await);
    let uuid = crate::support::uuid();
    let fields = [("uuid", uuid.as_str()), ("full_name", "Lý A Páo"), ("issue_code", "yes")];

    let nothing = multipart(&app, "lan", &path, &fields).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = nothing.text();
    assert!(page.contains("<a href=\"#payload0\">Chụp, dán, hoặc nhập tài khoản</a>") && !page.contains("Mã BIN"), "{page}");

    let half = [&fields[..], &[("number0", "9990000000011"), ("again0", "9990000000011")]].concat();
    let page = multipart(&app, "lan", &path, &half).await.text();
    assert!(page.contains("<a href=\"#bin0\">Cần chọn ngân hàng</a>") && !page.contains("Mã BIN"), "{page}");
}
}

on_both! {
async fn forms_say_what_was_not_chosen_and_keep_what_was_typed(app) {
    let free = app.stall_id("A1-01").await;
    let page = app.get("lan", &format!("/stalls/{free}")).await.text();
    assert!(!page.contains("value=\"in_use\"") && !page.contains("value=\"stopped\""), "no code, no use of it");
    let chosen = app.post_form("lan", &format!("/stalls/{free}/visits"), "outcome=").await;
    assert!(chosen.status == StatusCode::UNPROCESSABLE_ENTITY && chosen.text().contains("Cần chọn kết quả"));

    let kept = app.enrol("lan", "A1-02", "9990000000011").await.json()["stall_id"].as_str().unwrap().to_owned();
    assert!(app.get("lan", &format!("/stalls/{kept}")).await.text().contains("value=\"in_use\""));
    let moved = app.post_form("hanh", &format!("/stalls/{kept}/move"), "to=Z9-99&swap=yes").await;
    assert!(moved.status.is_client_error());
    assert!(moved.text().contains("value=\"Z9-99\"") && moved.text().contains("name=\"swap\" value=\"yes\" checked"), "{}", moved.text());

    let nobody = app.post_form("hanh", "/staff/slips", "").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text().contains("Chưa chọn ai"));
    let all = app.get("hanh", "/staff?pick=all").await.text();
    assert_eq!(all.matches("name=\"staff_id\"").count(), all.matches("\" checked><span class=\"sr\">").count());
}
}

on_both! {
async fn a_returned_case_is_sent_again(app) {
    let mut body = crate::support::enrolment(app.market, "A1-01", "9990000111111");
    body["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
    let answer = app.put_json("lan", &format!("/api/v1/enrolments/{}", crate::support::uuid()), &body).await.json();
    assert_eq!(answer["progress"], json!("in_review"));
    let case = answer["enrolment_id"].as_str().unwrap();
    app.post_form("hanh", &format!("/review/{case}/return"), "reason=account_wrong").await;

    let page = app.get("lan", &format!("/stalls/{}", answer["stall_id"].as_str().unwrap())).await.text();

    assert!(page.contains("Gửi lại</a>") && !page.contains("Đăng ký</a>"), "{page}");
}
}

on_both! {
async fn whoever_sees_counters_only_is_offered_no_way_into_a_market(app) {
    for (who, path) in [("thang", "/wards/01843"), ("huy", "/markets")] {
        let page = app.get(who, path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("Chợ Bắc Kạn") && !page.text().contains("href=\"/markets/mkt_"), "{path}: {}", page.text());
        assert!(!page.text().contains("href=\"/markets?need"), "{path}");
    }
    assert!(app.get("hanh", "/wards/01843").await.text().contains("href=\"/markets/mkt_"));
    let made = app.post_form("huy", "/markets", "name=Ch%E1%BB%A3+M%E1%BB%9Bi&ward=01843").await;
    assert_eq!((made.status, made.location()), (StatusCode::SEE_OTHER, "/markets"), "rows are not the operator's to make");
    assert!(app.get("thang", "/provinces/19").await.text().contains("href=\"/wards/01843\""));
}
}
