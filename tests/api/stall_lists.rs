//! A market board's list: previewed without a trace, written as it was seen, the same the second time, taken back.

use choqr::{
    app::{UseError, stall_lists},
    domain::ids::StallListId,
    stall_list::{Column, Correction},
    store::{
        markets,
        stalls::{self, Stall, StallFilter},
    },
};

use crate::{on_both, support::TestApp};

const HEAD: &str = "STT,Họ và tên,Khu,Dãy,Số ô,Ngành hàng,Điện thoại,Số tài khoản,Ngân hàng,Chủ tài khoản";

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes()
}

async fn keep(app: &TestApp, rows: &[&str]) -> StallListId {
    stall_lists::keep(&app.app, &app.viewer("son").await, app.market, "ds.csv", csv(rows)).await.unwrap()
}

/// Writes a list as somebody does who has looked at it.
async fn write(app: &TestApp, rows: &[&str]) -> (StallListId, stall_lists::Counts) {
    let (id, son) = (keep(app, rows).await, app.viewer("son").await);
    let seen = stall_lists::preview(&app.app, &son, app.market, id).await.unwrap().plan.digest;
    (id, stall_lists::write(&app.app, &son, app.market, id, &seen).await.unwrap().counts)
}

async fn counts(app: &TestApp, id: StallListId) -> stall_lists::Counts {
    stall_lists::preview(&app.app, &app.viewer("son").await, app.market, id).await.unwrap().plan.counts
}

async fn book(app: &TestApp) -> Vec<Stall> {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    stalls::list(&app.app.db, &scope, &StallFilter::default()).await.unwrap()
}

/// What a person sees of the book.
async fn shown(app: &TestApp) -> Vec<String> {
    let line = |stall: &Stall| {
        format!(
            "{} {} {} {:?} {}",
            stall.code,
            stall.vendor_name.as_deref().unwrap_or("-"),
            stall.goods.as_deref().unwrap_or("-"),
            stall.vendor_id,
            stall.occupancy
        )
    };
    book(app).await.iter().map(line).collect()
}

const ROWS: [&str; 4] = [
    "1,Lý Thị Liên,B,1,1,Thịt,0320000596,,,",
    "2,Hà Thị Đào,B,1,\"2, 3\",Thịt,820000472,9998333997324,Nông ngiệp,HA THI DAO",
    "3,Nông Thị Anh,A,1,1,Rau củ,0810000310,,,",
    "4,Ma Thị Cúc,B,1,4,Thịt,05900003,,,",
];

on_both! {
async fn a_preview_writes_nothing(app) {
    let before = shown(&app).await;

    let found = counts(&app, keep(&app, &ROWS).await).await;

    assert_eq!((found.new, found.changed, found.review, found.skipped), (2, 1, 1, 1));
    assert_eq!(shown(&app).await, before);
    app.is_sound().await;
}
}

on_both! {
async fn what_was_seen_is_written_and_the_second_time_is_the_same(app) {
    let (_, written) = write(&app, &ROWS).await;

    let again = counts(&app, keep(&app, &ROWS).await).await;
    let book = book(&app).await;
    let of = |code: &str| book.iter().find(|stall| stall.code == code).unwrap();

    assert_eq!((written.new, written.changed, written.review), (2, 1, 1));
    assert_eq!((again.new, again.changed, again.same, again.review), (0, 0, 3, 1));
    assert_eq!(of("B1-02").vendor_id, of("B1-03").vendor_id, "two stalls of one row are one person's");
    assert_eq!(of("A1-01").vendor_name.as_deref(), Some("Nông Thị Anh"));
    assert!(book.iter().all(|stall| stall.code != "B1-04"), "what a person has to look at is not written");
    app.is_sound().await;
}
}

on_both! {
async fn a_list_is_taken_back_as_if_it_had_never_been(app) {
    let before = shown(&app).await;
    let (id, _) = write(&app, &ROWS).await;

    let undone = stall_lists::undo(&app.app, &app.viewer("son").await, app.market, id).await.unwrap();

    assert_eq!((undone.back, undone.kept), (4, 0));
    assert_eq!(shown(&app).await, before);
    app.is_sound().await;
    let twice = stall_lists::undo(&app.app, &app.viewer("son").await, app.market, id).await;
    assert!(matches!(twice, Err(UseError::Conflict("list_not_written"))), "{twice:?}");
}
}

on_both! {
async fn an_undo_leaves_alone_where_somebody_has_been_since(app) {
    let (id, _) = write(&app, &ROWS).await;
    let stall = app.stall_id("B1-01").await;
    app.post_form("lan", &format!("/stalls/{stall}/visits"), "outcome=declined&reason=fear_of_tax").await;

    let undone = stall_lists::undo(&app.app, &app.viewer("son").await, app.market, id).await.unwrap();

    assert_eq!((undone.back, undone.kept), (3, 1));
    assert!(book(&app).await.iter().any(|stall| stall.code == "B1-01" && stall.vendor_name.as_deref() == Some("Lý Thị Liên")));
    app.is_sound().await;
}
}

on_both! {
async fn a_list_can_be_taken_back_for_a_day(app) {
    let (id, _) = write(&app, &ROWS).await;
    app.app.clock.advance(stall_lists::UNDO_LASTS_MS + 1);

    let late = stall_lists::undo(&app.app, &app.viewer("son").await, app.market, id).await;

    assert!(matches!(late, Err(UseError::Conflict("list_too_old"))), "{late:?}");
}
}

on_both! {
async fn a_second_list_changes_what_differs_and_its_undo_puts_that_back(app) {
    write(&app, &ROWS).await;
    let before = shown(&app).await;

    let changed = [
        "1,Lý Thị Liên,B,1,1,Cá tươi,0320000596,9991936855,BIDV,LY THI LIEN",
        "2,Hoàng Thị Mùi,B,1,2,Thịt,0350000747,,,",
        "3,NÔNG THỊ ANH,A,1,1,rau cu,0810000311,,,",
    ];
    let (id, found) = write(&app, &changed).await;
    let after = book(&app).await;
    let of = |code: &str| after.iter().find(|stall| stall.code == code).unwrap();

    assert_eq!((found.changed, found.same), (2, 1), "a known phone is not replaced by a list, nor a name's spelling");
    assert_eq!(of("B1-01").goods.as_deref(), Some("Cá tươi"));
    assert_eq!(of("B1-02").vendor_name.as_deref(), Some("Hoàng Thị Mùi"));
    assert_eq!(of("B1-03").vendor_name.as_deref(), Some("Hà Thị Đào"), "only the stall in the list changes hands");
    app.is_sound().await;
    stall_lists::undo(&app.app, &app.viewer("son").await, app.market, id).await.unwrap();
    assert_eq!(shown(&app).await, before);
    app.is_sound().await;
}
}

on_both! {
async fn who_has_a_code_does_not_lose_the_stall_to_a_list(app) {
    app.enrol("lan", "A1-02", "9990000000012").await;

    let id = keep(&app, &["1,Lý Thị Liên,A,1,2,,0320000596,,,", "2,nguyễn thị hoà,A,1,2,,,,,"]).await;
    let preview = stall_lists::preview(&app.app, &app.viewer("son").await, app.market, id).await.unwrap();

    assert_eq!(preview.plan.rows[1].outcome, stall_lists::Outcome::Review);
    assert_eq!(preview.plan.rows[1].keeper.as_deref(), Some("Nguyễn Thị Hoà"));
}
}

on_both! {
async fn only_what_was_seen_is_written(app) {
    let (id, son) = (keep(&app, &ROWS).await, app.viewer("son").await);
    let seen = stall_lists::preview(&app.app, &son, app.market, id).await.unwrap().plan.digest;
    write(&app, &ROWS[..1]).await;

    let late = stall_lists::write(&app.app, &son, app.market, id, &seen).await;

    assert!(matches!(late, Err(UseError::Conflict("list_changed"))), "{late:?}");
    assert!(book(&app).await.iter().all(|stall| stall.code != "B1-02"));
}
}

on_both! {
async fn a_row_is_put_right_left_out_and_taken_as_it_is(app) {
    let (id, son) = (keep(&app, &ROWS).await, app.viewer("son").await);
    let at = (app.market, id);
    let phone = Correction { cells: [(Column::Phone, "0590000300".to_owned())].into(), ..Correction::default() };

    stall_lists::correct(&app.app, &son, at, 5, Some(phone)).await.unwrap();
    stall_lists::correct(&app.app, &son, at, 2, Some(Correction { skip: true, ..Correction::default() })).await.unwrap();
    let right = counts(&app, id).await;
    stall_lists::correct(&app.app, &son, at, 5, None).await.unwrap();
    let back = counts(&app, id).await;

    assert_eq!((right.new, right.changed, right.review, right.skipped), (2, 1, 0, 2));
    assert_eq!((back.new, back.changed, back.review, back.skipped), (1, 1, 1, 2));
}
}

on_both! {
async fn a_column_that_was_guessed_wrong_is_put_right(app) {
    let son = app.viewer("son").await;
    let rows = "a,b,c\nB1-01,Lý Thị Liên,Hà Thị Đào\nB1-02,Nông Thị Anh,Ma Thị Cúc\n".into();
    let id = stall_lists::keep(&app.app, &son, app.market, "ds.csv", rows).await.unwrap();

    let columns = vec![Some(Column::Stall), None, Some(Column::Name)];
    stall_lists::choose_columns(&app.app, &son, (app.market, id), None, Some(columns)).await.unwrap();
    let preview = stall_lists::preview(&app.app, &son, app.market, id).await.unwrap();

    let names: Vec<&str> = preview.list.entries.iter().filter_map(|entry| entry.name.as_ref()).map(choqr::domain::text::Name::as_str).collect();
    assert_eq!(names, ["Hà Thị Đào", "Ma Thị Cúc"]);
}
}

on_both! {
async fn a_draft_is_forgotten_after_a_day(app) {
    let id = keep(&app, &ROWS).await;
    app.app.clock.advance(stall_lists::DRAFT_LASTS_MS + 1);

    let forgotten = stall_lists::forget_drafts(&app.app, app.app.clock.now()).await.unwrap();

    assert_eq!(forgotten, 1);
    assert!(matches!(stall_lists::preview(&app.app, &app.viewer("son").await, app.market, id).await, Err(UseError::NotFound)));
}
}

on_both! {
async fn numbers_are_shown_in_full_only_to_who_sent_them(app) {
    let id = keep(&app, &ROWS).await;
    let path = format!("/markets/{}/lists/{id}", app.market);

    let (own, others) = (app.get("son", &path).await.text(), app.get("mai", &path).await.text());

    assert!(own.contains("0820 000 472") && own.contains("9998 3339 9732 4"), "{own}");
    assert!(!others.contains("0820") && !others.contains("3339") && others.contains("…7324"), "{others}");
}
}
