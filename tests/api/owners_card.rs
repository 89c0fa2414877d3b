//! The owner's card, and the way back to one's own code that it gives.

use axum::http::StatusCode;

use crate::on_both;

/// What `pdftotext` finds in a document.
fn text_of(pdf: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("card.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = std::process::Command::new("pdftotext").arg("-raw").arg(&path).arg("-").output();
    String::from_utf8(output.expect("pdftotext is missing: run `make tools`").stdout).unwrap()
}

/// The digits and the link on a card.
fn card(text: &str) -> (String, String) {
    let is_digits = |line: &str| {
        line.len() == 9 && line.bytes().enumerate().all(|(i, b)| if i == 4 { b == b' ' } else { b.is_ascii_digit() })
    };
    let digits = text.lines().find(|line| is_digits(line)).unwrap_or_else(|| panic!("no recovery code in {text}")).to_owned();
    let squeezed: String = text.split_whitespace().collect();
    let at = squeezed.find("/c/").unwrap() + 3;
    (digits, squeezed[at..at + 26].to_owned())
}

on_both! {
async fn a_card_opens_the_vendors_page_by_its_link_and_by_its_digits(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let made = app.post_form("lan", &format!("/stalls/{stall}/owners-card"), "").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let (digits, token) = card(&text_of(&made.bytes));
    let code = digits.replace(' ', "+");

    assert_eq!(app.get("", &format!("/c/{token}")).await.status, StatusCode::OK);
    assert_eq!(app.get("", "/c").await.status, StatusCode::OK);
    for wrong in ["stall=A1-01&recovery=0000+0001".to_owned(), format!("stall=A1-02&recovery={code}"), String::new()] {
        assert_eq!(app.post_form("", "/c", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let found = app.post_form("", "/c", &format!("stall=a1-01&recovery={code}")).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "{}", found.text());
    let way = found.location().to_owned();
    assert_eq!(app.get("", &way).await.status, StatusCode::OK);
    assert_ne!(way, format!("/c/{token}"), "the card's own link is kept nowhere");

    app.app.clock.advance(3_600_001);
    assert_eq!(app.get("", &way).await.status, StatusCode::NOT_FOUND, "what the digits opened closes after an hour");
    assert_eq!(app.get("", &format!("/c/{token}")).await.status, StatusCode::OK, "the card's link goes on");

    let again = app.post_form("lan", &format!("/stalls/{stall}/owners-card"), "design=owner_card").await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(app.get("", &format!("/c/{token}")).await.status, StatusCode::NOT_FOUND, "a new card retires the one before");
    let old = app.post_form("", "/c", &format!("stall=A1-01&recovery={code}")).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.is_sound().await;
}
}

on_both! {
async fn digits_can_be_tried_five_times_for_one_stall(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();
    let made = app.post_form("lan", &format!("/stalls/{stall}/owners-card"), "").await;
    let (digits, _) = card(&text_of(&made.bytes));
    let right = format!("stall=A1-01&recovery={}", digits.replace(' ', "+"));
    for n in 0..5 {
        let wrong = app.post_form("", "/c", &format!("stall=A1-01&recovery=0000{n:04}")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    assert_eq!(app.post_form("", "/c", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.post_form("", "/c", "stall=B2-02&recovery=1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.app.clock.advance(180_000);
    assert_eq!(app.post_form("", "/c", &right).await.status, StatusCode::SEE_OTHER);
}
}

on_both! {
async fn a_design_that_is_no_owners_card_is_refused(app) {
    let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
    let stall = mine["stall_id"].as_str().unwrap();

    let refused = app.post_form("lan", &format!("/stalls/{stall}/owners-card"), "design=label_99x68").await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
}

on_both! {
async fn a_stall_typed_without_end_is_not_sent_back_whole(app) {
    let answer = app.post_form("", "/c", &format!("stall={}&recovery=1", "A".repeat(100_000))).await;

    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.bytes.len() < 20_000, "{} bytes", answer.bytes.len());
}
}
