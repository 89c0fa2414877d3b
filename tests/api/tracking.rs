//! Visits, checks, printing, and the acts that put mistakes right.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    on_both,
    support::{NOW, enrolment, transfer, uuid},
};

on_both! {
async fn a_visit_moves_the_stall_and_says_what_it_needs(app) {
    let stall = app.stall_id("A1-01").await;
    let path = format!("/api/v1/stalls/{stall}/visits");
    let id = uuid();
    let body = json!({ "visit_id": id, "outcome": "postponed", "come_back_on": "2026-11-25", "visited_at": "2026-11-23T08:00:00+07:00" });

    let without = app.post_json("lan", &path, &json!({ "visit_id": uuid(), "outcome": "declined" })).await;
    let first = app.post_json("lan", &path, &body).await;
    let again = app.post_json("lan", &path, &body).await;
    let differs = app.post_json("lan", &path, &json!({ "visit_id": id, "outcome": "agreed" })).await;

    assert_eq!((without.status, without.json()["errors"][0]["code"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("reason_missing")));
    assert_eq!((first.status, again.status, differs.status), (StatusCode::CREATED, StatusCode::OK, StatusCode::CONFLICT));
    let stall = app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json();
    assert_eq!((stall["progress"].clone(), stall["come_back_on"].clone()), (json!("postponed"), json!("2026-11-25")));
    app.is_sound().await;
}
}

on_both! {
async fn a_visit_whose_parts_are_no_text_is_refused_by_pointer(app) {
    let path = format!("/api/v1/stalls/{}/visits", app.stall_id("A1-01").await);
    for (part, code) in [("reason", "reason_unknown"), ("come_back_on", "day_malformed"), ("visited_at", "moment_malformed")] {
        for value in [json!(1), json!(true), json!(["fees"]), json!({})] {
            let mut body = json!({ "visit_id": uuid(), "outcome": "agreed" });
            body[part] = value;

            let reply = app.post_json("lan", &path, &body).await;

            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            let problem = &reply.json()["errors"][0];
            assert_eq!((problem["pointer"].clone(), problem["code"].clone()), (json!(format!("/{part}")), json!(code)), "{body}");
        }
    }
    let absent = json!({ "visit_id": uuid(), "outcome": "agreed", "reason": null, "come_back_on": null, "visited_at": null });
    assert_eq!(app.post_json("lan", &path, &absent).await.status, StatusCode::CREATED);
}
}

on_both! {
async fn a_scan_tells_ours_from_theirs(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let mut other = enrolment(app.market, "A1-02", "9990000000012");
    other["vendor"]["full_name"] = json!("Lý Thị Liên");
    other["accounts"][0]["holder_name"] = json!("LY THI LIEN");
    let theirs = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &other).await.json();
    let payload = |answer: &serde_json::Value| answer["payment_codes"][0]["payload"].as_str().unwrap().to_owned();
    let dressed = choqr::payment_code::TransferCode::new("970436".parse().unwrap(), "9990000000011".parse().unwrap()).unwrap();
    let dressed = dressed.with_amount(choqr::payment_code::Vnd::new(45_000).unwrap());
    let foreign = choqr::payment_code::TransferCode::new("970422".parse().unwrap(), "9990000000011".parse().unwrap()).unwrap();
    let scans = [
        ("https://example.com".to_owned(), "unreadable", "damaged"), (payload(&mine), "match", "match"), (dressed.encode().unwrap(), "own_code", "own_code"), (payload(&theirs), "other_vendor", "mismatch"),
        (foreign.encode().unwrap(), "unknown", "mismatch"),
        // What cannot be read ends no alarm: the foreign sticker may hang there still.
        ("https://example.com".to_owned(), "unreadable", "mismatch"), (payload(&mine), "match", "match"),
    ];
    for (minute, (scanned, verdict, safety)) in scans.into_iter().enumerate() {
        app.app.clock.advance(60_000);
        let body = json!({ "check_id": uuid(), "stall_id": mine["stall_id"], "scanned_payload": scanned });
        let reply = app.post_json("quan", "/api/v1/sticker-checks", &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{minute}: {}", reply.text());
        assert_eq!((reply.json()["verdict"].clone(), reply.json()["code_safety"].clone()), (json!(verdict), json!(safety)), "{minute}");
    }
    let stall = app.get("lan", &format!("/api/v1/stalls/{}", mine["stall_id"].as_str().unwrap())).await.json();
    assert_eq!((stall["progress"].clone(), stall["unconfirmed"].clone()), (json!("posted"), json!(false)));
    app.is_sound().await;
}
}

on_both! {
async fn a_scan_by_the_enroller_posts_but_does_not_confirm(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let body = json!({ "check_id": uuid(), "stall_id": mine["stall_id"], "scanned_payload": mine["payment_codes"][0]["payload"] });
    app.post_json("lan", "/api/v1/sticker-checks", &body).await;

    let stall = app.get("lan", &format!("/api/v1/stalls/{}", mine["stall_id"].as_str().unwrap())).await.json();

    assert_eq!((stall["progress"].clone(), stall["unconfirmed"].clone()), (json!("posted"), json!(true)));
}
}

on_both! {
async fn a_sheet_gives_each_sticker_its_serial_and_a_reprint_retires_the_old(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    app.enrol("lan", "A1-02", "9990000000012").await;
    let path = format!("/api/v1/markets/{}/print-batches", app.market);

    let batch = app.post_json("son", &path, &json!({ "design": "label_99x68", "filter": "not_yet_printed" })).await;
    let nothing = app.post_json("son", &path, &json!({ "filter": "not_yet_printed" })).await;
    let bad = app.post_json("son", &path, &json!({ "design": "khong-co" })).await;
    let pdf = app.get("son", batch.json()["pdf_url"].as_str().unwrap()).await;

    assert_eq!(batch.status, StatusCode::CREATED);
    let stickers = batch.json()["stickers"].as_array().unwrap().clone();
    assert_eq!(stickers.iter().map(|sticker| sticker["stall_code"].as_str().unwrap()).collect::<Vec<_>>(), ["A1-01", "A1-02"]);
    assert!(stickers.iter().all(|sticker| sticker["serial"].as_str().unwrap().starts_with("VH-")));
    assert_eq!((nothing.status, nothing.json()["code"].clone()), (StatusCode::CONFLICT, json!("nothing_to_print")));
    assert_eq!(bad.json()["errors"][0]["code"], "design_unknown");
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.bytes.ends_with(b"%%EOF\n"), "{}", pdf.bytes.len());
    // Compressed on its way, as every browser asks for it: the stream is asked once more after its end.
    let request = axum::http::Request::builder()
        .uri(batch.json()["pdf_url"].as_str().unwrap())
        .header("cookie", app.cookie("son").await)
        .header("accept-encoding", "gzip")
        .body(axum::body::Body::empty())
        .unwrap();
    let packed = app.send(request).await;
    assert!(packed.bytes.len() > 1_000 && packed.bytes.starts_with(&[0x1f, 0x8b]), "{}", packed.bytes.len());
    app.post_json("son", &path, &json!({ "filter": "all" })).await;
    let page = app.get("son", &format!("/stalls/{}", app.stall_id("A1-01").await)).await.text();
    assert!(page.contains("VH-0001") && page.contains("Hết giá trị"), "the old serial stays in the history");
}
}

on_both! {
async fn the_vendor_who_leaves_takes_their_code_with_them(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let code = mine["payment_codes"][0]["svg_url"].as_str().unwrap();
    assert_eq!(app.get("lan", code).await.status, StatusCode::OK);

    app.app.clock.advance(1_000);
    app.post_form("mai", &format!("/stalls/{stall}/occupancy"), "occupancy=left").await;

    assert_eq!(app.get("son", code).await.status, StatusCode::CONFLICT);
    let now = app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json();
    assert_eq!((now["occupancy"].clone(), now["vendor_id"].clone()), (json!("left"), json!(null)));
    app.app.clock.advance(1_000);
    let mut next = enrolment(app.market, "A1-01", "9990000000011");
    next["vendor"]["full_name"] = json!("Lý Thị Liên");
    next["accounts"][0]["holder_name"] = json!("LY THI LIEN");
    let reply = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &next).await;
    assert_eq!(reply.json()["progress"], "code_issued", "the account is free again: {}", reply.text());
    app.is_sound().await;
}
}

on_both! {
async fn a_wrong_stall_is_put_right_and_two_vendors_swap(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    app.app.clock.advance(1_000);
    let moved = app.post_form("son", &format!("/stalls/{}/move", mine["stall_id"].as_str().unwrap()), "to=A1-02").await;
    assert_eq!(moved.location(), format!("/stalls/{}", app.stall_id("A1-02").await));
    app.app.clock.advance(1_000);
    let mut other = enrolment(app.market, "A1-03", "9990000000013");
    other["vendor"]["full_name"] = json!("Lý Thị Liên");
    other["accounts"][0]["holder_name"] = json!("LY THI LIEN");
    app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &other).await;
    app.app.clock.advance(1_000);
    let path = format!("/stalls/{}/move", app.stall_id("A1-02").await);
    assert_eq!(app.post_form("son", &path, "to=A1-03").await.status, StatusCode::CONFLICT);
    assert_eq!(app.post_form("son", &path, "to=A1-03&swap=yes").await.status, StatusCode::SEE_OTHER);

    for (code, name, last4) in [("A1-02", "Lý Thị Liên", "…0013"), ("A1-03", "Nguyễn Thị Hoà", "…0011")] {
        let stall = app.get("lan", &format!("/api/v1/stalls/{}", app.stall_id(code).await)).await.json();
        assert_eq!((stall["vendor_name"].clone(), stall["progress"].clone()), (json!(name), json!("code_issued")), "{code}");
        assert_eq!(stall["payment_codes"][0]["account_masked"], last4);
    }
    app.is_sound().await;
}
}

on_both! {
async fn what_expires_by_time_alone_is_recorded(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap().to_owned();
    app.post_json("quan", "/api/v1/sticker-checks", &json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": mine["payment_codes"][0]["payload"] })).await;
    app.app.clock.advance(1_000);
    app.post_json("quan", &format!("/api/v1/stalls/{stall}/visits"), &json!({ "visit_id": uuid(), "outcome": "in_use" })).await;
    let progress = async || app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["progress"].clone();
    assert_eq!(progress().await, "in_use");

    app.app.clock.advance(31 * 86_400_000);
    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();
    assert_eq!(progress().await, "posted");
    app.app.clock.advance(60 * 86_400_000);
    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();

    let adoption = app.get("hanh", "/api/v1/adoption?level=ward&id=01843").await.json();
    assert_eq!(adoption["verified"]["numerator"], 0);
    assert!(app.app.clock.now() > NOW);
    app.is_sound().await;
}
}

on_both! {
async fn what_is_asked_for_in_numbers_is_not_guessed(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    let path = format!("/api/v1/markets/{}/print-batches", app.market);
    for (field, value) in [("copies", json!("2")), ("copies", json!(1.5)), ("start_at", json!(null)), ("start_at", json!([1])), ("design", json!(5)), ("paper", json!(true)), ("filter", json!(3))] {
        let reply = app.post_json("son", &path, &json!({ field: value })).await;
        if value.is_null() {
            assert_eq!(reply.status, StatusCode::CREATED, "null is the same as absence: {}", reply.text());
            continue;
        }
        assert_eq!((reply.status, reply.json()["errors"][0]["pointer"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!(format!("/{field}"))), "{field} {value}");
    }
}
}

on_both! {
async fn a_posted_sticker_is_retired_only_by_an_act_of_its_own(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let path = format!("/api/v1/markets/{}/print-batches", app.market);
    let first = app.post_json("son", &path, &json!({})).await.json();
    app.post_json("quan", "/api/v1/sticker-checks", &json!({ "check_id": uuid(), "stall_id": mine["stall_id"], "scanned_payload": mine["payment_codes"][0]["payload"] })).await;
    let page = async || app.get("son", &format!("/stalls/{}", mine["stall_id"].as_str().unwrap())).await.text();

    let all = app.post_json("son", &path, &json!({ "filter": "all" })).await;
    assert_eq!((all.status, all.json()["code"].clone()), (StatusCode::CONFLICT, json!("nothing_to_print")), "it hangs there already");
    assert!(page().await.contains("Đã dán"));

    let again = app.post_json("son", &path, &json!({ "filter": "reprint" })).await.json();
    assert_ne!(again["stickers"][0]["serial"], first["stickers"][0]["serial"]);
    assert!(page().await.contains("Hết giá trị"));
    app.is_sound().await;
}
}

on_both! {
async fn counters_hang_together_from_reached_to_in_use(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let payload = mine["payment_codes"][0]["payload"].as_str().unwrap();
    let adoption = async || app.get("hanh", "/api/v1/adoption?level=ward&id=01843").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let scan = async |scanned: &str| {
        app.app.clock.advance(1_000);
        app.post_json("quan", "/api/v1/sticker-checks", &json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": scanned })).await.json()
    };
    let dressed = transfer("9990000000011").with_amount(choqr::payment_code::Vnd::new(45_000).unwrap());
    assert_eq!(scan(&dressed.encode().unwrap()).await["progress"], "code_issued", "their own bank code is not our sticker");
    assert_eq!(scan(payload).await["progress"], "posted");
    app.app.clock.advance(1_000);
    app.post_json("quan", &format!("/api/v1/stalls/{stall}/visits"), &json!({ "visit_id": uuid(), "outcome": "in_use" })).await;
    let all = adoption().await;
    assert_eq!((all["in_use"].clone(), all["verified"]["numerator"].clone()), (json!({ "numerator": 1, "denominator": 1 }), json!(1)));

    scan("https://example.com").await;
    let doubtful = adoption().await;
    assert_eq!((doubtful["in_use"].clone(), doubtful["progress"]["in_use"].clone()), (json!({ "numerator": 0, "denominator": 0 }), json!(1)), "in use among the verified");

    app.app.clock.advance(1_000);
    app.post_form("son", &format!("/stalls/{stall}/move"), "to=A1-02").await;
    let moved = adoption().await;
    assert_eq!((moved["reached"]["numerator"].clone(), moved["with_code"]["numerator"].clone()), (json!(1), json!(1)), "who has a code was reached");
    app.is_sound().await;
}
}

on_both! {
async fn a_past_day_is_answered_as_it_ended_and_one_to_come_is_refused(app) {
    let at = async |at: &str| app.get("hanh", &format!("/api/v1/adoption?level=ward&id=01843&at={at}")).await;
    let code = async |moment: &str| at(moment).await.json()["errors"][0]["code"].clone();

    let past = at("2026-10-31T23:59:59%2B07:00").await.json();
    assert_eq!((past["stalls"].clone(), past["at"].clone()), (json!(0), json!("2026-10-31T23:59:59+07:00")), "nothing was there yet");
    assert_eq!(code("2027-10-31T23:59:59%2B07:00").await, "moment_not_kept");
    assert_eq!(code("hom+qua").await, "moment_malformed");
    assert_eq!(at("2026-11-23T09:00:00%2B07:00").await.status, StatusCode::OK, "today so far is what the counters say");
}
}

on_both! {
async fn a_repeat_is_the_same_whatever_the_server_filled_in(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let (visit, check) = (uuid(), uuid());
    let path = format!("/api/v1/stalls/{}/visits", mine["stall_id"].as_str().unwrap());
    let visited = async || app.post_json("lan", &path, &json!({ "visit_id": visit, "outcome": "in_use" })).await.status;
    let scanned = json!({ "stall_id": mine["stall_id"], "scanned_payload": mine["payment_codes"][0]["payload"] });
    let mut named = scanned.clone();
    named["check_id"] = json!(check);
    assert_eq!(visited().await, StatusCode::CREATED);
    assert_eq!(app.post_json("lan", "/api/v1/sticker-checks", &named).await.status, StatusCode::CREATED);

    app.app.clock.advance(3_600_000);
    let items = json!({ "items": [
        { "id": visit, "kind": "visit", "body": { "stall_id": mine["stall_id"], "outcome": "in_use" } },
        { "id": check, "kind": "sticker_check", "body": scanned },
        { "id": visit, "kind": "visit", "body": { "stall_id": app.stall_id("A1-02").await, "outcome": "in_use" } },
    ] });
    let statuses: Vec<i64> = app.post_json("lan", "/api/v1/sync", &items).await.json()["results"].as_array().unwrap().iter()
        .map(|result| result["status"].as_i64().unwrap()).collect();

    assert_eq!(visited().await, StatusCode::OK, "sent again without a moment, an hour later");
    assert_eq!(statuses, [200, 200, 409], "the same records by another way in, and the id at another stall");
}
}

on_both! {
async fn a_province_and_the_nation_see_sums(app) {
    for n in 1..=5 {
        app.enrol("lan", &format!("A1-0{n}"), &format!("999000000001{n}")).await;
    }
    let sum = async |who: &str, query: &str| app.get(who, &format!("/api/v1/adoption?{query}")).await.json();

    let province = sum("thang", "level=province&id=19").await;

    // Five of six are told only to whoever may know the sixth.
    assert_eq!((province["markets"].clone(), province["with_code"].clone()), (json!(1), json!({ "numerator": null, "denominator": 6 })));
    assert_eq!(sum("hanh", "level=ward&id=01843").await["with_code"], json!({ "numerator": 5, "denominator": 6 }));
    assert_eq!(app.get("thang", "/api/v1/adoption?level=nation").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("huy", "/api/v1/adoption?level=nation").await.status, StatusCode::FORBIDDEN);
}
}

on_both! {
async fn two_nodes_record_once_what_expired_and_one_bad_stall_stops_no_other(app) {
    for (stall, account) in [("A1-01", "9990000000011"), ("A1-02", "9990000000012")] {
        let mut body = enrolment(app.market, stall, account);
        body["vendor"]["phone"] = json!(format!("03200001{}", &account[11..]));
        let mine = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json();
        let scan = json!({ "check_id": uuid(), "stall_id": mine["stall_id"], "scanned_payload": mine["payment_codes"][0]["payload"] });
        app.post_json("quan", "/api/v1/sticker-checks", &scan).await;
        app.app.clock.advance(1_000);
    }
    app.app.clock.advance(91 * 86_400_000);
    let now = app.app.clock.now();
    // A stall that cannot be read; it comes first.
    let (bad, good) = (app.stall_id("A1-01").await, app.stall_id("A1-02").await);
    app.sql(&format!("UPDATE stalls SET come_back_on = 'x' WHERE stall_id = '{bad}'")).await;

    let (one, other) = tokio::join!(choqr::jobs::expire(&app.app, now), choqr::jobs::expire(&app.app, now));

    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let events = async |stall: &str| {
        let events = choqr::store::audit::of_stall(&app.app.db, &scope, stall.parse().unwrap(), 50).await.unwrap();
        events.iter().filter(|event| event.action == "stall.expired").count()
    };
    assert_eq!((events(&bad).await, events(&good).await), (0, 1));
}
}

on_both! {
async fn a_filter_of_another_kind_is_refused_and_so_is_a_second_name(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let path = format!("/api/v1/markets/{}/print-batches", app.market);
    for (filter, pointer) in [(json!({ "row": 5 }), "/filter/row"), (json!({ "which": 5 }), "/filter/which"), (json!({ "which": "hết" }), "/filter/which")] {
        let reply = app.post_json("son", &path, &json!({ "filter": filter })).await;
        assert_eq!((reply.status, reply.json()["errors"][0]["pointer"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!(pointer)), "{filter}");
    }
    let (name, other) = (uuid(), uuid());
    let sent = async |visit_id: serde_json::Value| {
        let body = json!({ "visit_id": visit_id, "stall_id": mine["stall_id"], "outcome": "in_use" });
        let items = json!({ "items": [{ "id": name, "kind": "visit", "body": body }] });
        app.post_json("lan", "/api/v1/sync", &items).await.json()["results"][0].clone()
    };
    let differs = sent(json!(other)).await;
    assert_eq!((differs["status"].clone(), differs["body"]["errors"][0]["pointer"].clone()), (json!(422), json!("/visit_id")));
    assert_eq!(differs["body"]["errors"][0]["code"], "id_differs");
    assert_eq!(sent(json!(5)).await["status"], 422);
    let statuses = [sent(json!(name.to_uppercase())).await, sent(json!(format!("vis_{name}"))).await, sent(json!(null)).await];
    assert_eq!(statuses.map(|sent| sent["status"].clone()), [json!(201), json!(200), json!(200)], "the same UUID, written otherwise");
    let scan = json!({ "check_id": other, "stall_id": mine["stall_id"], "scanned_payload": mine["payment_codes"][0]["payload"] });
    let items = json!({ "items": [{ "id": name, "kind": "sticker_check", "body": scan }] });
    assert_eq!(app.post_json("lan", "/api/v1/sync", &items).await.json()["results"][0]["body"]["errors"][0]["pointer"], "/check_id");
}
}

on_both! {
async fn the_next_stall_is_found_round_the_markets_end(app) {
    let payload = async |stall: &str, account: &str| {
        let mut body = enrolment(app.market, stall, account);
        body["vendor"]["phone"] = json!(format!("03200001{}", &account[11..]));
        let mine = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json();
        mine["payment_codes"][0]["payload"].as_str().unwrap().to_owned()
    };
    let (first, last) = (payload("A1-01", "9990000000011").await, payload("A1-05", "9990000000015").await);
    let scan = async |stall: &str, payload: &str| {
        let body = format!("--X\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n--X--\r\n");
        let path = format!("/stalls/{}/check", app.stall_id(stall).await);
        app.call("quan", axum::http::Method::POST, &path, "multipart/form-data; boundary=X", body).await.text()
    };
    let link = format!("href=\"/stalls/{}", app.stall_id("A1-01").await);

    assert!(scan("A1-05", &last).await.contains(&link), "behind the last stall comes the first");
    let done = scan("A1-01", &first).await;
    assert!(!done.contains(&format!("href=\"/stalls/{}", app.stall_id("A1-05").await)), "everything is checked");
}
}
