//! What a phone sends counts once, however often and in whatever order; what does not count is kept.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    devices, on_both,
    phone::{Phone, closed, new_id},
    support::{NOW, TestApp, enrolment},
};

const YEAR: i64 = 365 * 86_400_000;

async fn visited_at(app: &TestApp, stall: &str) -> Vec<i64> {
    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let visits = choqr::store::visits::list_of_stall(&app.app.db, &scope, stall.parse().unwrap()).await.unwrap();
    visits.iter().map(|visit| visit.visited_at_ms.0).collect()
}

on_both! {
    async fn every_kind_of_record_is_received(app) {
        let phone = Phone::bind(&app, "lan").await;
        let (first, second) = (app.stall_id("A1-01").await, app.stall_id("A1-02").await);
        let body = enrolment(app.market, "A1-01", "9990000000011");
        let payload = body["accounts"][0]["scanned_payload"].clone();
        let enrolled = new_id();
        let items = [
            phone.item("enrolment", &enrolled, &first, &body),
            phone.item("visit", &new_id(), &second, &json!({ "outcome": "postponed", "come_back_on": "2026-11-30" })),
            phone.item("sticker_check", &new_id(), &first, &json!({ "scanned_payload": payload })),
            phone.item("test_transfer", &new_id(), &first, &json!({ "enrolment_id": enrolled, "seen": true })),
        ];

        let reply = phone.send(&items).await.json();

        let told: Vec<(&str, &str)> =
            reply["results"].as_array().unwrap().iter().map(|r| (r["state"].as_str().unwrap(), r["result"].as_str().unwrap_or("-"))).collect();
        assert_eq!(told, [("received", "code_issued"), ("received", "postponed"), ("received", "match"), ("received", "-")]);
        assert!(reply["results"][0]["receipt"].as_str().unwrap().starts_with("PN-"));
        assert!(reply["results"][0]["payment_code_id"].as_str().unwrap().starts_with("cod_"));
        assert!(reply["now"].is_i64());
        let again = phone.send(&items).await.json();
        assert_eq!(again["results"][0]["receipt"], reply["results"][0]["receipt"]);
        assert_eq!(visited_at(&app, &second).await.len(), 1);
        app.is_sound().await;
    }
}

on_both! {
    async fn a_poisoned_record_among_two_hundred_blocks_nobody(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let mut items: Vec<Value> = (0..200).map(|_| phone.item("visit", &new_id(), &stall, &closed())).collect();
        items[57] = phone.item("visit", &new_id(), &stall, &json!({ "outcome": "declined" }));
        items[99]["sealed"]["box"] = json!("AAAA");
        items[150] = json!({ "id": "x", "nonsense": true });

        let (mut states, mut problems) = (Vec::new(), Vec::new());
        for part in items.chunks(100) {
            let reply = phone.send(part).await.json();
            for result in reply["results"].as_array().unwrap() {
                states.push(result["state"].as_str().unwrap().to_owned());
                problems.push(result["problem"].as_str().unwrap_or("").to_owned());
            }
        }

        assert_eq!(states.iter().filter(|state| *state == "received").count(), 197);
        assert_eq!((&*states[57], &*states[99], &*states[150]), ("refused", "refused", "refused"));
        assert_eq!(problems[57], "Cần chọn lý do");
        assert_eq!(visited_at(&app, &stall).await.len(), 197);
        let page = app.get("lan", "/dd/records").await.text();
        assert_eq!(page.matches("href=\"/dd/records/mkt_").count(), 2, "two are kept, the third was no record");
        app.is_sound().await;
    }
}

on_both! {
    async fn a_clock_that_is_wrong_by_years_changes_no_order(app) {
        let mut phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        app.app.clock.advance(7_200_000);
        let made = NOW.0 + 3_600_000;
        for wrong in [YEAR, -YEAR, 56 * YEAR, -56 * YEAR] {
            phone.sent_at = app.app.clock.now().0 + wrong;
            for clock in [json!({ "at": made + wrong, "offset": -wrong }), json!({ "at": made + wrong, "offset": null }), json!({ "at": made + wrong, "offset": 0 })] {
                let item = phone.item_at("visit", &new_id(), &stall, &json!({ "outcome": "closed", "visited_at": "2001-01-01T00:00:00+07:00" }), &clock);
                assert_eq!(phone.states(&[item]).await, ["received"]);
            }
        }
        let body = enrolment(app.market, "A1-01", "9990000000011");
        let item = phone.item_at("enrolment", &new_id(), &stall, &body, &json!({ "at": made - 56 * YEAR, "offset": null }));

        assert_eq!(phone.states(&[item]).await, ["received"]);

        assert_eq!(visited_at(&app, &stall).await, vec![made; 12]);
        app.is_sound().await;
    }
}

on_both! {
    async fn the_form_before_this_one_is_taken_and_a_newer_one_is_kept(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let as_form = |id: &str, plain: Value| {
            let market = app.market.to_string();
            let sealed = phone.seal(&choqr::app::field::sealed::bound_to(id, "visit", &market, &stall), &plain);
            json!({ "id": id, "kind": "visit", "market_id": market, "stall_id": stall, "sealed": sealed })
        };
        let (old, new) = (new_id(), new_id());
        let items = [as_form(&old, json!({ "body": closed() })), as_form(&new, json!({ "schema": 2, "body": closed() }))];

        let body = json!({ "sent_at": NOW.0, "items": items });
        let reply = devices::phone(&app, &phone.cookie, Method::POST, "/dd/api/send", body).await.json();

        assert_eq!(reply["results"][0]["state"], "received");
        assert_eq!(reply["results"][1]["state"], "refused");
        assert!(reply["results"][1]["problem"].as_str().unwrap().contains("mới hơn"));
    }
}

on_both! {
    async fn what_a_phone_sends_after_it_was_taken_off_is_kept_apart_and_can_be_accepted(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let item = phone.item("enrolment", &new_id(), &stall, &enrolment(app.market, "A1-01", "9990000000011"));
        app.post_form("son", &format!("/devices/{}/revoke", phone.device), "").await;

        assert_eq!(phone.states(std::slice::from_ref(&item)).await, ["quarantined"]);
        assert_eq!(phone.states(std::slice::from_ref(&item)).await, ["quarantined"]);

        let record = item["id"].as_str().unwrap().replace('-', "");
        let page = format!("/dd/records/{}/rec_{record}", app.market);
        let seen = app.get("son", &page).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.text().contains("…0011") && !seen.text().contains("9990000000011"));
        assert_eq!(app.get("quan", &page).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.post_form("lan", &format!("{page}/accept"), "").await.status, StatusCode::FORBIDDEN);
        let done = app.post_form("son", &format!("{page}/accept"), "").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(phone.states(&[item]).await, ["corrected"], "the phone hears that it counts");
        assert_eq!(app.post_form("son", &format!("{page}/accept"), "").await.status, StatusCode::CONFLICT);
        let told = app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json();
        assert_eq!((told["progress"].as_str(), told["unconfirmed"].as_bool()), (Some("code_issued"), Some(true)));
        app.is_sound().await;
    }
}

on_both! {
    async fn what_counted_before_a_phone_was_taken_off_is_no_case_for_a_person(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let item = phone.item("enrolment", &new_id(), &stall, &enrolment(app.market, "A1-01", "9990000000011"));
        let first = phone.send(std::slice::from_ref(&item)).await.json();
        app.post_form("son", &format!("/devices/{}/revoke", phone.device), "").await;

        let again = phone.send(std::slice::from_ref(&item)).await.json();

        assert_eq!(again["results"][0]["state"], "received");
        assert_eq!(again["results"][0]["receipt"], first["results"][0]["receipt"]);
        assert!(!app.get("son", "/dd/records").await.text().contains("A1-01"));
        app.is_sound().await;
    }
}

on_both! {
    async fn a_refused_record_is_put_right_on_the_server_and_the_phone_hears_of_it(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let mut body = enrolment(app.market, "A1-01", "9990000000011");
        body["vendor"]["phone"] = json!("032000");
        let item = phone.item("enrolment", &new_id(), &stall, &body);
        let reply = phone.send(std::slice::from_ref(&item)).await.json();
        assert_eq!(reply["results"][0]["state"], "refused");
        assert_eq!(reply["results"][0]["status"], 202, "kept");
        assert!(reply["results"][0]["problem"].as_str().unwrap().contains("10 số"));
        let record = item["id"].as_str().unwrap().replace('-', "");
        let page = format!("/dd/records/{}/rec_{record}", app.market);

        let form = "stall_code=A1-01&full_name=Nguy%E1%BB%85n+Th%E1%BB%8B+Ho%C3%A0&holder0=NGUYEN+THI+HOA&phone=";
        let wrong = app.post_form("lan", &format!("{page}/correct"), &format!("{form}12")).await;
        let right = app.post_form("lan", &format!("{page}/correct"), &format!("{form}0320000123")).await;

        assert_eq!((wrong.status, right.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER), "{}", right.text());
        let watch = [json!({ "id": item["id"], "market_id": app.market })];
        let heard = phone.send_and_watch(&[], &watch).await.json();
        assert_eq!(heard["watched"][0]["state"], "corrected");
        assert!(heard["watched"][0]["receipt"].as_str().unwrap().starts_with("PN-"));
        app.is_sound().await;
    }
}

on_both! {
    async fn of_two_phones_at_one_stall_the_later_waits_until_a_person_chooses(app) {
        let (one, other) = (Phone::bind(&app, "lan").await, Phone::bind(&app, "quan").await);
        let stall = app.stall_id("A1-01").await;
        let body = |account: &str| {
            let mut body = enrolment(app.market, "A1-01", account);
            body["base_version"] = json!(1);
            body
        };
        let first = one.item("enrolment", &new_id(), &stall, &body("9990000000011"));
        let same = other.item("enrolment", &new_id(), &stall, &body("9990000000011"));
        let later = other.item("enrolment", &new_id(), &stall, &body("9990000000012"));
        let mut foreign = body("9990000000013");
        foreign["vendor"]["full_name"] = json!("Lý Thị Liên");
        foreign["accounts"][0]["holder_name"] = json!("LY THI LIEN");
        let taken = other.item("enrolment", &new_id(), &stall, &foreign);

        assert_eq!(one.states(&[first]).await, ["received"]);
        assert_eq!(other.states(&[same, later.clone(), taken.clone()]).await, ["received", "conflict", "conflict"]);

        let path = |item: &Value| format!("/dd/records/{}/rec_{}", app.market, item["id"].as_str().unwrap().replace('-', ""));
        let dropped = app.post_form("son", &format!("{}/drop", path(&taken)), "reason=twice").await;
        assert_eq!(dropped.status, StatusCode::SEE_OTHER, "{}", dropped.text());
        let chosen = app.post_form("son", &format!("{}/accept", path(&later)), "").await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text());
        assert_eq!(other.states(&[later, taken]).await, ["corrected", "dropped"]);
        let told = app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json();
        assert_eq!(told["payment_codes"].as_array().unwrap().len(), 2, "the later one is an account change and waits: {told}");
        app.is_sound().await;
    }
}

on_both! {
    async fn a_market_outside_the_bounds_keeps_the_record_apart_and_one_that_is_not_there_leaves_it_on_the_phone(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let to = |market: String| {
            let id = new_id();
            let plain = json!({ "schema": 1, "id": id, "body": closed(), "clock": { "at": NOW.0, "offset": 0 } });
            let sealed = phone.seal(&choqr::app::field::sealed::bound_to(&id, "visit", &market, &stall), &plain);
            json!({ "id": id, "kind": "visit", "market_id": market, "stall_id": stall, "sealed": sealed })
        };
        let nowhere = choqr::domain::ids::MarketId::generate(NOW, choqr::clock::random()).to_string();

        let states = phone.states(&[to(app.far.to_string()), to(nowhere)]).await;

        assert_eq!(states, ["quarantined", "refused"]);
        assert!(app.get("ngoai", "/dd/records").await.text().contains("A1-0") || app.get("ngoai", "/dd/records").await.text().contains("Chợ Xa"));
    }
}

on_both! {
    async fn records_sent_up_to_twenty_times_in_any_order_count_once(app) {
        many_times(&app, 200).await;
    }
}

/// Sends `records` records up to twenty times each, shuffled, eight at once.
async fn many_times(app: &TestApp, records: usize) {
    let phone = Phone::bind(app, "lan").await;
    let mut stalls = Vec::new();
    for n in 1..=6 {
        stalls.push(app.stall_id(&format!("A1-0{n}")).await);
    }
    let mut seed = 7_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let mut queue = Vec::new();
    for n in 0..records {
        let item = phone.item("visit", &new_id(), &stalls[n % 6], &closed());
        for _ in 0..=next() % 20 {
            queue.push(item.clone());
        }
    }
    for at in (1..queue.len()).rev() {
        queue.swap(at, next() % (at + 1));
    }
    let parts: Vec<&[Value]> = queue.chunks(100).collect();
    for together in parts.chunks(8) {
        let answers = futures_util::future::join_all(together.iter().map(|part| phone.states(part))).await;
        assert!(answers.iter().flatten().all(|state| state == "received" || state == "retry"), "{answers:?}");
    }
    // Whatever was told to come again comes again.
    for part in parts {
        assert!(phone.states(part).await.iter().all(|state| state == "received"));
    }
    let mut count = 0;
    for stall in &stalls {
        count += visited_at(app, stall).await.len();
    }
    assert_eq!(count, records);
    app.is_sound().await;
}

on_both! {
    async fn a_photo_is_kept_without_what_its_file_carried(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let mut jpeg = Vec::new();
        let picture = image::RgbImage::from_fn(1_600, 900, |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
        // A comment, as an EXIF block would be: where it was taken.
        jpeg.splice(2..2, [0xFF, 0xFE, 0, 12].into_iter().chain(*b"GPS 22.14N"));
        let put = async |id: &str, bytes: &[u8]| {
            let bound = choqr::app::field::sealed::bound_to(id, "photo", &app.market.to_string(), &stall);
            let sealed = choqr::app::field::sealed::seal(&phone.public, &phone.key_id, &bound, bytes, choqr::clock::random).unwrap();
            let body = json!({ "record_id": new_id(), "market_id": app.market, "stall_id": stall, "taken_at": NOW.0, "sent_at": NOW.0, "sealed": sealed });
            devices::phone(&app, &phone.cookie, Method::PUT, &format!("/dd/api/photos/{id}"), body).await
        };
        let id = new_id();

        assert_eq!(put(&id, &jpeg).await.status, StatusCode::CREATED);
        assert_eq!(put(&id, &jpeg).await.status, StatusCode::OK);
        assert_eq!(put(&id, &jpeg[..jpeg.len() - 3]).await.status, StatusCode::CONFLICT);
        assert_eq!(put(&new_id(), b"GIF89a").await.json()["errors"][0]["code"], "not_an_image");
        assert_eq!(put(&new_id(), &vec![0xFF; 3 << 20]).await.json()["errors"][0]["code"], "image_too_large");

        let page = app.get("son", &format!("/stalls/{stall}")).await.text();
        let at = page.find(&format!("/stalls/{stall}/photos/pho_")).unwrap();
        let path = page[at..].split('"').next().unwrap();
        let kept = app.get("son", path).await;
        assert_eq!(kept.headers["content-type"], "image/jpeg");
        assert!(!kept.bytes.windows(4).any(|window| window == b"GPS "));
        let drawn = image::load_from_memory(&kept.bytes).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (1_024, 576));
        assert_eq!(app.get("ngoai", path).await.status, StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn a_phones_file_is_imported_in_the_name_of_who_brings_it(app) {
        let phone = Phone::bind(&app, "lan").await;
        let stall = app.stall_id("A1-01").await;
        let good = phone.item("enrolment", &new_id(), &stall, &enrolment(app.market, "A1-01", "9990000000011"));
        let bad = phone.item("visit", &new_id(), &stall, &json!({ "outcome": "declined" }));
        let file = json!({ "choqr_export": 1, "device_id": phone.device, "made_at": NOW.0, "items": [good, bad, { "x": 1 }], "photos": [] });
        let send = async |who: &str, text: &str| {
            let body = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"choqr.json\"\r\n\r\n{text}\r\n--x--\r\n");
            app.call(who, Method::POST, "/dd/records/import", "multipart/form-data; boundary=x", body).await
        };

        let done = send("son", &file.to_string()).await;

        assert_eq!(done.status, StatusCode::OK);
        for said in ["Đã tính: <span class=\"num\">1", "Cần sửa: <span class=\"num\">1", "Không phải phiếu: <span class=\"num\">1"] {
            assert!(done.text().contains(said), "{said}");
        }
        assert_eq!(send("lan", &file.to_string()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(send("son", "{}").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(phone.states(&[good]).await, ["received"], "the phone finds its network after all");
        // A file proves nothing about who made it: whoever brought it has enrolled it, and cannot confirm it.
        let check = json!({ "check_id": new_id(), "stall_id": stall, "scanned_payload": enrolment(app.market, "A1-01", "9990000000011")["accounts"][0]["scanned_payload"] });
        app.post_json("son", "/api/v1/sticker-checks", &check).await;
        assert_eq!(app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["unconfirmed"], true);
        app.is_sound().await;
    }
}
