//! Enrolment through the API and the page: issued at once, reviewed, refused, repeated.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{enrolment, uuid},
};

on_both! {
async fn a_code_is_issued_at_once_when_nothing_is_in_doubt(app) {
    let reply = app.enrol("lan", "A1-03", "9990000123456").await;

    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let answer = reply.json();
    assert_eq!(answer["progress"], "code_issued");
    let payload = answer["payment_codes"][0]["payload"].as_str().unwrap();
    let read = choqr::payment_code::decode(payload, choqr::payment_code::Mode::Strict).unwrap();
    assert_eq!(read.account.as_deref(), Some("9990000123456"));
    assert_eq!(answer["payment_codes"][0]["account_masked"], "…3456");
    app.is_sound().await;
}
}

on_both! {
async fn a_repeat_is_answered_as_before_and_other_content_is_refused(app) {
    let path = format!("/api/v1/enrolments/{}", uuid());
    let body = enrolment(app.market, "A1-03", "9990000123456");

    let first = app.put_json("lan", &path, &body).await;
    let again = app.put_json("lan", &path, &body).await;
    let mut other = body.clone();
    other["vendor"]["phone"] = json!("0320000124");
    let differs = app.put_json("lan", &path, &other).await;

    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json(), again.json());
    assert_eq!((differs.status, differs.json()["code"].clone()), (StatusCode::CONFLICT, json!("enrolment_differs")));
    let adoption = app.get("hanh", "/api/v1/adoption?level=ward&id=01843").await.json();
    assert_eq!(adoption["with_code"], json!({ "numerator": 1, "denominator": 6 }));
    app.is_sound().await;
}
}

on_both! {
async fn a_taken_stall_is_told_so_and_a_second_stall_of_a_known_vendor_is_not(app) {
    let first = app.enrol("lan", "A1-03", "9990000123456").await.json();
    let mut other = enrolment(app.market, "A1-03", "9990000777777");
    other["vendor"]["full_name"] = json!("Lý Thị Liên");
    let taken = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &other).await;
    let mut second = enrolment(app.market, "A1-04", "9990000123456");
    second.as_object_mut().unwrap().remove("vendor");
    second["vendor_id"] = first["vendor_id"].clone();
    let known = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &second).await;

    assert_eq!((taken.status, taken.json()["code"].clone()), (StatusCode::CONFLICT, json!("stall_taken")));
    assert_eq!(known.status, StatusCode::CREATED, "{}", known.text());
    assert_eq!(known.json()["progress"], "code_issued");
    app.is_sound().await;
}
}

on_both! {
async fn doubt_goes_to_a_second_person_who_is_not_the_enroller(app) {
    let mut typed = enrolment(app.market, "A1-01", "9990000111111");
    typed["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
    let mut other_name = enrolment(app.market, "A1-02", "9990000222222");
    other_name["accounts"][0]["holder_name"] = json!("TRAN VAN BINH");
    let cases = [(typed, "typed_by_hand"), (other_name, "name_differs")];
    for (body, reason) in cases {
        let reply = app.put_json("son", &format!("/api/v1/enrolments/{}", uuid()), &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        let answer = reply.json();
        assert_eq!((answer["progress"].clone(), answer["payment_codes"][0]["payload"].clone()), (json!("in_review"), Value::Null));
        assert!(answer["review_reasons"].as_array().unwrap().contains(&json!(reason)));

        let id = answer["enrolment_id"].as_str().unwrap();
        let own = app.post_form("son", &format!("/review/{id}/approve"), "holder_agreed=yes").await;
        assert_eq!(own.status, StatusCode::FORBIDDEN);
        let done = app.post_form("hanh", &format!("/review/{id}/approve"), "holder_agreed=yes").await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/review"));
        let again = app.post_form("hanh", &format!("/review/{id}/approve"), "holder_agreed=yes").await;
        assert_eq!(again.status, StatusCode::CONFLICT);
    }
    let used = app.enrol("lan", "A1-05", "9990000111111").await.json();
    let mut same = enrolment(app.market, "A1-06", "9990000111111");
    same["vendor"]["full_name"] = json!("Lý Thị Liên");
    same["accounts"][0]["holder_name"] = json!("LY THI LIEN");
    let shared = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &same).await.json();
    assert_eq!(shared["review_reasons"], json!(["account_in_use"]), "{used}");
    app.is_sound().await;
}
}

on_both! {
async fn a_relatives_account_needs_that_persons_consent(app) {
    let mut body = enrolment(app.market, "A1-02", "9990000222222");
    body["accounts"][0]["holder_name"] = json!("TRAN VAN BINH");
    let id = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json()["enrolment_id"].as_str().unwrap().to_owned();

    let without = app.post_form("hanh", &format!("/review/{id}/approve"), "").await;
    let with = app.post_form("hanh", &format!("/review/{id}/approve"), "holder_agreed=yes").await;

    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(with.status, StatusCode::SEE_OTHER);
}
}

on_both! {
async fn what_is_returned_is_put_right_by_a_new_enrolment(app) {
    let mut typed = enrolment(app.market, "A1-01", "9990000111111");
    typed["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
    let answer = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &typed).await.json();
    let id = answer["enrolment_id"].as_str().unwrap();
    app.post_form("hanh", &format!("/review/{id}/return"), "reason=scan_again").await;
    let stall = format!("/api/v1/stalls/{}", answer["stall_id"].as_str().unwrap());
    assert_eq!(app.get("lan", &stall).await.json()["progress"], "needs_fix");

    let scanned = app.enrol("lan", "A1-01", "9990000111111").await;

    assert_eq!(scanned.json()["progress"], "code_issued", "{}", scanned.text());
    assert_eq!(app.get("lan", &stall).await.json()["progress"], "code_issued");
    app.is_sound().await;
}
}

on_both! {
async fn every_wrong_place_is_named(app) {
    let body = json!({
        "market_id": app.market, "stall_code": "A1-99!", "vendor": { "full_name": " ", "phone": "123" },
        "accounts": [{ "bin": "999999", "account_number": "tài khoản" }, { "scanned_payload": "00020101021138" }],
        "consent": { "text_version": "1999-01", "purposes": [] }
    });

    let reply = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await;

    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let found: Vec<String> = reply.json()["errors"].as_array().unwrap().iter().map(|e| format!("{} {}", e["pointer"], e["code"])).collect();
    for expected in [
        "\"/stall_code\" \"stall_code_malformed\"", "\"/vendor/full_name\" \"name_missing\"", "\"/vendor/phone\" \"phone_malformed\"",
        "\"/accounts/0/bin\" \"bin_unknown\"", "\"/accounts/0/account_number\" \"account_malformed\"",
        "\"/accounts/1/scanned_payload\" \"object_header\"", "\"/consent/text_version\" \"consent_text_unknown\"",
        "\"/consent/purposes\" \"consent_missing\"",
    ] {
        assert!(found.iter().any(|line| line == expected), "{expected} not in {found:?}");
    }
}
}

on_both! {
async fn a_bad_item_never_blocks_another(app) {
    let good = |stall: &str, account: &str| json!({ "id": uuid(), "kind": "enrolment", "body": enrolment(app.market, stall, account) });
    let items = json!({ "items": [good("A1-01", "9990000000011"), { "id": "x", "kind": "enrolment", "body": {} }, good("A1-02", "9990000000012")] });

    let reply = app.post_json("lan", "/api/v1/sync", &items).await;

    let statuses: Vec<i64> = reply.json()["results"].as_array().unwrap().iter().map(|result| result["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 422, 201]);
    app.is_sound().await;
}
}

/// The enrolment form as a browser sends it, with a picture for the first account.
fn form_with_photo(picture: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let id = uuid();
    for (name, value) in
        [("uuid", id.as_str()), ("full_name", "Nguyễn Thị Hoà"), ("form_of_address", "co"), ("issue_code", "yes")]
    {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--x\r\nContent-Disposition: form-data; name=\"photo0\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
    body.extend(picture);
    body.extend(b"\r\n--x--\r\n");
    body
}

on_both! {
async fn the_page_enrols_with_a_photo_of_the_vendors_code(app) {
    let stall = app.stall_id("A1-03").await;
    let payload = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
    let symbol = choqr::print::Symbol::encode(payload, choqr::print::Ec::M).unwrap();
    let picture = choqr::print::png::code(&symbol, 500);
    let body = form_with_photo(&picture);

    let reply = app.call("lan", axum::http::Method::POST, &format!("/stalls/{stall}/enrol"), "multipart/form-data; boundary=x", body).await;

    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.text().contains("/c/"), "the vendor's link is shown");
    assert_eq!(app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["progress"], "code_issued");
}
}

on_both! {
async fn a_form_that_is_too_large_is_told_from_one_that_broke_off(app) {
    let path = format!("/stalls/{}/enrol", app.stall_id("A1-03").await);
    let field = format!("--x\r\nContent-Disposition: form-data; name=\"goods\"\r\n\r\n{}\r\n--x--\r\n", "a".repeat(4_097));
    let whole = form_with_photo(b"x");
    let broken = whole[..whole.len() - 9].to_vec();
    for (body, status) in [
        (form_with_photo(&vec![0; 9 << 20]), StatusCode::PAYLOAD_TOO_LARGE),
        (field.into_bytes(), StatusCode::PAYLOAD_TOO_LARGE),
        (broken, StatusCode::BAD_REQUEST),
    ] {
        let reply = app.call("lan", axum::http::Method::POST, &path, "multipart/form-data; boundary=x", body).await;

        assert_eq!(reply.status, status, "{}", reply.text());
    }
}
}

on_both! {
async fn a_photo_of_two_different_codes_asks_which_one(app) {
    let stall = app.stall_id("A1-03").await;
    let payloads = ["9990000123456", "9990000127777"].map(|account| {
        let bin: choqr::payment_code::bank::Bin = "970436".parse().unwrap();
        choqr::payment_code::TransferCode::new(bin, account.parse().unwrap()).unwrap().encode().unwrap()
    });
    let mut both = image::GrayImage::from_pixel(900, 400, image::Luma([255]));
    for (payload, x) in payloads.iter().zip([0, 450]) {
        let symbol = choqr::print::Symbol::encode(payload, choqr::print::Ec::M).unwrap();
        let code = image::load_from_memory(&choqr::print::png::code(&symbol, 300)).unwrap().to_luma8();
        image::imageops::replace(&mut both, &code, x, 0);
    }
    let mut picture = std::io::Cursor::new(Vec::new());
    both.write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let body = form_with_photo(&picture.into_inner());

    let reply = app.call("lan", axum::http::Method::POST, &format!("/stalls/{stall}/enrol"), "multipart/form-data; boundary=x", body).await;

    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    let page = reply.text();
    assert!(page.contains("…3456") && page.contains("…7777"), "each is told by its last digits");
    assert_eq!(page.matches("type=\"radio\" name=\"payload0\"").count(), 2);
    assert_eq!(app.get("lan", &format!("/api/v1/stalls/{stall}")).await.json()["progress"], "not_reached");
}
}

/// The enrolment form as a browser sends it, with a pasted code.
fn pasted(fields: &[(&str, &str)], account: &str) -> String {
    let (id, code) = (uuid(), crate::support::transfer(account).encode().unwrap());
    let part =
        |(name, value): &(&str, &str)| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let parts = [("uuid", id.as_str()), ("payload0", &code), ("issue_code", "yes")];
    parts.iter().chain(fields).map(part).collect::<String>() + "--x--\r\n"
}

on_both! {
async fn a_form_opened_before_somebody_took_the_stall_never_names_another_vendors_account(app) {
    let stall = app.stall_id("A1-03").await;
    let path = format!("/stalls/{stall}/enrol");
    let send = async |body: String| app.call("lan", axum::http::Method::POST, &path, "multipart/form-data; boundary=x", body).await;
    let keeper_in = |page: &str| {
        let at = page.find("name=\"keeper\" value=\"").expect("the keeper is named by id") + 21;
        page[at..].split('"').next().unwrap().to_owned()
    };

    let first = send(pasted(&[("full_name", "Má Thị Sao")], "9990000000011")).await;
    let stale = send(pasted(&[("full_name", "Lý A Páo")], "9990000000022")).await;

    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    let page = stale.text();
    assert!(page.contains("value=\"Lý A Páo\"") && page.contains("đang có chủ khác"), "the form is kept: {page}");
    assert_eq!(app.get("hanh", "/review").await.text().matches("A1-03").count(), 0, "nothing waits for review");

    let shown = app.get("lan", &path).await.text();
    let keeper = keeper_in(&shown);
    assert!(shown.contains("Má Thị Sao") && !shown.contains("name=\"full_name\""));
    let change = send(pasted(&[("keeper", &keeper)], "9990000000033")).await;
    assert_eq!(change.status, StatusCode::OK, "{}", change.text());

    let left = app.post_form("hanh", &format!("/stalls/{stall}/occupancy"), "occupancy=vacant").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
    let gone = send(pasted(&[("keeper", &keeper)], "9990000000044")).await;
    assert_eq!(gone.status, StatusCode::CONFLICT, "{}", gone.text());
    assert!(gone.text().contains("đã đổi chủ") && gone.text().contains("value=\"Má Thị Sao\""), "{}", gone.text());
    app.is_sound().await;
}
}
