//! Printing: which codes, on what, seen before it is printed; a batch that is recorded once and drawn as often as anybody likes.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use choqr::{
    app::App,
    clock::Clock,
    print::Designs,
    store::{Db, audit, markets},
    web::{
        self,
        state::{AppState, WebConfig},
    },
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{NOW, TestApp, enrolment, transfer, uuid},
};

/// A card for two of this test's own: the usual label is enough to know which codes it asks for.
fn for_two() -> String {
    let name = Designs::shipped().iter().find(|design| design.is_for_two_accounts()).map(|design| design.name().to_owned());
    name.unwrap_or_default()
}

/// Enrols somebody of a phone of their own, with one account or several.
async fn enrol(app: &TestApp, who: &str, stall: &str, accounts: &[&str]) -> Value {
    let mut body = enrolment(app.market, stall, accounts[0]);
    body["vendor"]["phone"] = json!(format!("03200001{}", &accounts[0][11..]));
    for account in &accounts[1..] {
        let mut other = body["accounts"][0].clone();
        other["account_number"] = json!(account);
        other["scanned_payload"] = json!(transfer(account).encode().unwrap());
        other["primary"] = json!(false);
        body["accounts"].as_array_mut().unwrap().push(other);
    }
    let reply = app.put_json(who, &format!("/api/v1/enrolments/{}", uuid()), &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

fn path(app: &TestApp) -> String {
    format!("/api/v1/markets/{}/print-batches", app.market)
}

fn stalls(batch: &Value) -> Vec<String> {
    batch["stickers"].as_array().unwrap().iter().map(|sticker| sticker["stall_code"].as_str().unwrap().to_owned()).collect()
}

/// How many events of this kind the market's chain holds.
async fn count(app: &TestApp, stall: &str, action: &str) -> usize {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let entries = audit::of_stall(&app.app.db, &scope, stall.parse().unwrap(), 200).await.unwrap();
    entries.iter().filter(|entry| entry.action == action).count()
}

on_both! {
async fn codes_are_picked_by_progress_and_row(app) {
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    let second = enrol(&app, "lan", "A1-02", &["9990000000012"]).await;
    app.post_json("quan", "/api/v1/sticker-checks", &json!({ "check_id": uuid(), "stall_id": second["stall_id"], "scanned_payload": second["payment_codes"][0]["payload"] })).await;

    let print = async |filter: Value| app.post_json("son", &path(&app), &json!({ "filter": filter })).await;
    let posted = print(json!({ "which": "all", "progress": "posted" })).await;
    let issued = print(json!({ "which": "all", "progress": "code_issued", "row": "A1" })).await;
    let nobody = print(json!({ "which": "all", "progress": "in_use" })).await;
    let unknown = print(json!({ "which": "all", "progress": "khong-co" })).await;
    let elsewhere = print(json!({ "which": "all", "row": "Z9" })).await;

    assert_eq!(stalls(&posted.json()), ["A1-02"]);
    assert_eq!((nobody.status, elsewhere.status), (StatusCode::CONFLICT, StatusCode::CONFLICT));
    assert_eq!((unknown.status, unknown.json()["errors"][0]["pointer"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("/filter/progress")));
    assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
    assert_eq!(stalls(&issued.json()), ["A1-01"]);
    app.is_sound().await;
}
}

on_both! {
async fn an_account_that_changed_is_printed_by_that_alone(app) {
    let first = enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    enrol(&app, "lan", "A1-02", &["9990000000012"]).await;
    app.post_json("son", &path(&app), &json!({})).await;
    let changed = async || app.post_json("son", &path(&app), &json!({ "filter": "account_changed" })).await;
    assert_eq!(changed().await.status, StatusCode::CONFLICT, "nothing changed yet");

    let mut body = enrolment(app.market, "A1-01", "9990000000021");
    body["vendor"]["phone"] = json!("0320000111");
    let change = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json();
    let approved = app.post_form("hanh", &format!("/review/{}/approve", change["enrolment_id"].as_str().unwrap()), "").await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text());
    app.app.clock.advance(25 * 3_600_000);
    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();

    let reply = changed().await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(stalls(&reply.json()), ["A1-01"]);
    assert_ne!(reply.json()["stickers"][0]["payment_code_id"], first["payment_codes"][0]["payment_code_id"]);
    assert_eq!(changed().await.status, StatusCode::CONFLICT, "it has its sticker now");
    app.is_sound().await;
}
}

on_both! {
async fn a_card_for_two_takes_the_primary_account_and_the_second_of_each_stall(app) {
    let design = for_two();
    if design.is_empty() {
        return;
    }
    let both = enrol(&app, "lan", "A1-02", &["9990000000012", "9990000000022"]).await;
    let print = async |filter: &str| app.post_json("son", &path(&app), &json!({ "design": design, "paper": "a4", "filter": filter })).await;
    let ids: Vec<&Value> = both["payment_codes"].as_array().unwrap().iter().map(|code| &code["payment_code_id"]).collect();
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;

    let printed = print("not_yet_printed").await;
    assert_eq!(printed.status, StatusCode::CREATED, "{}", printed.text());
    let batch = printed.json();
    assert_eq!(stalls(&batch), ["A1-02", "A1-02"], "a stall with one code is left out");
    assert_eq!([&batch["stickers"][0]["payment_code_id"], &batch["stickers"][1]["payment_code_id"]], [ids[0], ids[1]]);
    assert_ne!(batch["stickers"][0]["serial"], batch["stickers"][1]["serial"]);
    let pdf = app.get("son", batch["pdf_url"].as_str().unwrap()).await;
    assert!(pdf.status == StatusCode::OK && pdf.bytes.ends_with(b"%%EOF\n"));

    let none = print("not_yet_printed").await;
    assert_eq!((none.status, none.json()["code"].clone()), (StatusCode::CONFLICT, json!("no_stall_has_two")));
    let page = app.get("son", &format!("/markets/{}/print?filter=reprint&design={design}", app.market)).await.text();
    assert!(page.contains("Bỏ qua 1 sạp"), "{page}");
    app.is_sound().await;
}
}

on_both! {
async fn the_same_name_prints_once(app) {
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    let id = format!("prb_{}", uuid().replace('-', ""));
    let order = json!({ "print_batch_id": id, "design": "label_99x68", "filter": "all", "copies": 2 });

    let first = app.post_json("son", &path(&app), &order).await;
    let again = app.post_json("son", &path(&app), &order).await;
    let mut other = order.clone();
    other["copies"] = json!(3);
    let differs = app.post_json("son", &path(&app), &other).await;
    let filter = app.post_json("son", &path(&app), &json!({ "print_batch_id": id, "design": "label_99x68", "filter": "reprint", "copies": 2 })).await;
    let somebody = app.post_json("hanh", &path(&app), &order).await;
    let far = app.post_json("ngoai", &format!("/api/v1/markets/{}/print-batches", app.far), &order).await;
    let malformed = app.post_json("son", &path(&app), &json!({ "print_batch_id": uuid() })).await;

    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK), "{}", again.text());
    assert_eq!(first.json()["print_batch_id"], json!(id));
    assert_eq!(first.json(), again.json());
    for reply in [differs, filter, somebody, far] {
        assert_eq!((reply.status, reply.json()["code"].clone()), (StatusCode::CONFLICT, json!("print_batch_differs")));
    }
    assert_eq!(malformed.json()["errors"][0]["pointer"], "/print_batch_id");
    let stall = app.stall_id("A1-01").await;
    assert_eq!(count(&app, &stall, "sticker.printed").await, 1, "nothing was printed and retired again");

    let (one, two) = (json!({ "print_batch_id": format!("prb_{}", uuid().replace('-', "")), "filter": "reprint" }), path(&app));
    let (left, right) = tokio::join!(app.post_json("son", &two, &one), app.post_json("son", &two, &one));
    assert_eq!(left.json(), right.json(), "two at once are one");
    assert_eq!(count(&app, &stall, "sticker.printed").await, 2);
    app.is_sound().await;
}
}

on_both! {
async fn a_batch_has_a_page_and_says_how_far_it_is(app) {
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    enrol(&app, "lan", "A1-02", &["9990000000012"]).await;
    let form = format!("/markets/{}/print", app.market);
    let made = app.post_form("son", &form, "filter=not_yet_printed&design=label_99x68&paper=a4&order=stacks&x=1.5&y=0").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let address = made.location().to_owned();
    assert!(address.starts_with("/print-batches/prb_") && address.ends_with("?order=stacks&x=1.5&y=0"), "{address}");
    let id = address.trim_start_matches("/print-batches/").split('?').next().unwrap().to_owned();

    let page = app.get("son", &address).await.text();
    for text in ["VH-", "A1-01", "A1-02", "value=\"stacks\" selected", "value=\"1.5\"", "Chưa in", "Đã in"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let said = async || app.get("son", &format!("/api/v1/print-batches/{id}")).await.json();
    let before = said().await;
    assert_eq!((before["stickers"].clone(), before["pages"].clone(), before["drawn"].clone()), (json!(2), json!(1), json!(0)));
    assert_eq!((before["design"].clone(), before["paper"].clone(), before["copies"].clone()), (json!("label_99x68"), json!("a4"), json!(1)));
    let pdf = app.get("son", &format!("/api/v1/print-batches/{id}.pdf?order=stacks&x=1.5&y=0&save=yes")).await;
    assert!(pdf.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(said().await["drawn"], json!(2));
    assert_eq!(app.get("son", &format!("/api/v1/print-batches/{id}.pdf?x=99")).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let one = format!("/print-batches/{id}");
    let of = |reply: crate::support::Reply| reply.status;
    assert_eq!(of(app.get("mai", &one).await), StatusCode::OK);
    assert_eq!(of(app.get("lan", &one).await), StatusCode::NOT_FOUND, "a volunteer sees what they printed themselves");
    assert_eq!(of(app.get("ngoai", &one).await), StatusCode::NOT_FOUND);
    assert_eq!(of(app.get("thang", &one).await), StatusCode::FORBIDDEN);
    assert!(app.get("son", &form).await.text().contains(&format!("href=\"{one}\"")), "the batches before lead to their pages");
}
}

on_both! {
async fn what_is_shown_before_printing_is_a_reveal_and_gives_out_no_serial(app) {
    let mine = enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    enrol(&app, "quan", "A1-02", &["9990000000012"]).await;
    let stall = mine["stall_id"].as_str().unwrap().to_owned();
    let page = app.get("son", &format!("/markets/{}/print", app.market)).await.text();
    let src = page.split("<div class=\"stage\"><img src=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    assert_eq!(count(&app, &stall, "code.revealed").await, 0, "the page itself shows no payload");

    let first = app.get("son", &src).await;
    assert_eq!((first.status, first.headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/svg+xml"));
    assert_eq!(first.headers["cache-control"], "private, max-age=300");
    assert!(first.text().contains("A1-01") && first.text().contains("Nguyễn Thị Hoà"), "{}", &first.text()[..400]);
    assert_eq!(count(&app, &stall, "code.revealed").await, 1);
    let events = async || audit::verify(&app.app.db).await.unwrap().0;
    let sheet = format!("/markets/{}/print/sheet.svg?filter=all&design=label_99x68&start_at=3", app.market);
    let before = events().await;
    assert_eq!(app.get("son", &sheet).await.status, StatusCode::OK);
    assert_eq!(events().await - before, 2, "the session and the sheet");
    assert_eq!(count(&app, &stall, "sticker.printed").await, 0);

    let of = async |who: &str, what: &str| app.get(who, &format!("/markets/{}/print/{what}", app.market)).await.status;
    for what in ["first.svg?filter=all", "sheet.svg?filter=all", "calibration.pdf?design=label_99x68&paper=a4&x=1"] {
        let seen = [of("mai", what).await, of("ngoai", what).await, of("thang", what).await, of("lan", what).await];
        assert_eq!(seen, [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::FORBIDDEN, StatusCode::OK], "{what}");
    }
    let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();
    assert_eq!(of("quan", &format!("first.svg?code={code}")).await, StatusCode::NOT_FOUND, "another volunteer's enrolment");
    assert_eq!(of("son", "calibration.pdf?design=label_99x68&paper=piece").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(of("son", "first.svg?filter=all&design=khong-co").await, StatusCode::UNPROCESSABLE_ENTITY);
    app.is_sound().await;
}
}

on_both! {
async fn one_code_is_printed_on_the_design_that_was_chosen(app) {
    let mine = enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    enrol(&app, "lan", "A1-02", &["9990000000012"]).await;
    let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();
    let form = format!("/markets/{}/print", app.market);
    assert!(app.get("lan", &format!("/stalls/{}", mine["stall_id"].as_str().unwrap())).await.text().contains(&format!("{form}?code={code}")));

    let page = app.get("lan", &format!("{form}?code={code}&design=card_a6&paper=piece")).await.text();
    assert!(page.contains("Một mã: sạp A1-01") && page.contains("Tạo tờ in 1 sticker") && !page.contains("id=\"sure\""), "{page}");
    let order = format!("code={code}&design=card_a6&paper=piece");
    let made = app.post_form("lan", &form, &order).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    assert!(app.get("lan", made.location()).await.text().contains("Một mã"));

    let asked = app.post_form("lan", &form, &order).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "its sticker would be retired");
    assert!(asked.text().contains("id=\"sure\""));
    assert_eq!(app.post_form("lan", &form, &format!("{order}&sure=yes")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.post_form("quan", &form, &order).await.status, StatusCode::NOT_FOUND);

    let twice = format!("{order}&sure=yes&print_batch_id=prb_{}", uuid().replace('-', ""));
    let (first, again) = (app.post_form("lan", &form, &twice).await, app.post_form("lan", &form, &twice.replace("&sure=yes", "")).await);
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, again.location()), "a button pressed twice prints once");
    let off = app.post_form("lan", &form, &format!("{order}&sure=yes&x=99")).await;
    assert!(off.status == StatusCode::UNPROCESSABLE_ENTITY && off.text().contains("<a href=\"#x\">"), "{}", off.text());
}
}

on_both! {
async fn the_page_shows_where_each_sticker_comes(app) {
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    enrol(&app, "lan", "A1-02", &["9990000000012"]).await;
    let form = format!("/markets/{}/print", app.market);

    let page = app.get("son", &format!("{form}?filter=all&design=label_99x68&paper=a4&start_at=3")).await.text();
    let map = page.split("<svg class=\"sheet\"").nth(1).unwrap().split("</svg>").next().unwrap().to_owned();
    assert_eq!((map.matches(">đã dùng<").count(), map.matches("class=\"off\" x").count()), (2, 8), "{map}");
    assert!(map.contains(">A1-01<") && map.contains(">A1-02<") && map.contains("Tờ 1: bỏ 2 ô đã dùng, in 2 nhãn"), "{map}");
    assert!(page.contains("2 mã đều quét được"));

    for (query, field) in [("start_at=9", "start_at"), ("copies=x", "copies"), ("x=20", "x"), ("paper=khong-co", "paper"), ("paper=custom&measures=page", "paper"), ("design=khong-co", "design"), ("progress=khong-co", "progress")] {
        let reply = app.get("son", &format!("{form}?filter=all&{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{query}");
        assert!(reply.text().contains(&format!("<a href=\"#{field}\">")), "{query}: {}", reply.text());
    }
    let stock = "page=210x297+grid=2x4+first=4.65x13.1+step=101.6x67.7+label=99.1x67.7";
    let custom = app.get("son", &format!("{form}?filter=all&paper=custom&measures={}", stock.replace('=', "%3D"))).await.text();
    assert!(custom.contains("value=\"custom\" selected") && custom.contains(">A1-01<"), "{custom}");
    let nobody = app.get("quan", &form).await.text();
    assert!(nobody.contains("Không có mã nào cần in với lựa chọn này") && nobody.contains(" disabled>"), "{nobody}");
}
}

on_both! {
async fn a_picture_of_a_design_holds_nobodys_data(app) {
    enrol(&app, "lan", "A1-01", &["9990000000011"]).await;
    for design in Designs::shipped().iter() {
        let path = format!("/designs/{}.svg", design.name());
        let picture = app.get("lan", &path).await;
        assert_eq!((picture.status, picture.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "private, max-age=86400"), "{path}");
        assert!(picture.text().starts_with("<svg") && !picture.text().contains("NGUYEN THI HOA"));
        assert_eq!(app.get("thang", &path).await.status, StatusCode::FORBIDDEN);
        assert_ne!(app.get("", &path).await.status, StatusCode::OK, "only for who signed in");
    }
    assert_eq!(app.get("lan", "/designs/khong-co.svg").await.status, StatusCode::NOT_FOUND);
}
}

/// A batch of many copies, so that its sheets are more than what waits between the drawer and the reader.
async fn many(app: &TestApp) -> (String, Value) {
    for number in 1..=6 {
        enrol(app, "lan", &format!("A1-0{number}"), &[&format!("99900000000{number}1")]).await;
    }
    let order = json!({ "design": "card_a6", "paper": "piece", "copies": 20 });
    let batch = app.post_json("son", &path(app), &order).await.json();
    (batch["pdf_url"].as_str().unwrap().to_owned(), batch)
}

async fn open(app: &TestApp, router: &axum::Router, path: &str) -> Body {
    use tower::ServiceExt as _;
    let request = Request::builder().uri(path).header("cookie", app.cookie("son").await).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body()
}

on_both! {
async fn the_first_byte_comes_before_the_last_page_is_drawn(app) {
    let (pdf, batch) = many(&app).await;
    let mut body = open(&app, &app.router, &pdf).await.into_data_stream();

    let first = body.next().await.unwrap().unwrap();
    let said = app.get("son", &format!("/api/v1/print-batches/{}", batch["print_batch_id"].as_str().unwrap())).await.json();

    assert!(first.starts_with(b"%PDF-"));
    assert!(said["drawn"].as_i64().unwrap() < said["stickers"].as_i64().unwrap(), "{said}");
}
}

on_both! {
async fn a_job_that_was_broken_off_is_the_same_after_a_restart(app) {
    let (pdf, batch) = many(&app).await;
    let mut broken = open(&app, &app.router, &pdf).await.into_data_stream();
    broken.next().await.unwrap().unwrap();
    drop(broken);

    // Another program on the same database: nothing of the first one's memory is left.
    let db = Db::open(&app.url, &app.folder.path().join("key")).await;
    let db = match db {
        Ok(opened) => opened.db,
        // SQLite's file belongs to one program; its handle is what survives of it here.
        Err(_) => app.app.db.clone(),
    };
    let router = web::service(AppState::new(App::new(db, Clock::fixed(NOW)), WebConfig::default()));
    let whole = async |router: &axum::Router| axum::body::to_bytes(open(&app, router, &pdf).await, usize::MAX).await.unwrap();
    let (before, after) = (whole(&app.router).await, whole(&router).await);

    assert!(before.ends_with(b"%%EOF\n") && before == after, "{} and {} bytes", before.len(), after.len());
    let id = batch["print_batch_id"].as_str().unwrap();
    let page = app.get("son", &format!("/print-batches/{id}")).await.text();
    for sticker in batch["stickers"].as_array().unwrap() {
        assert!(page.contains(sticker["serial"].as_str().unwrap()));
    }
}
}
