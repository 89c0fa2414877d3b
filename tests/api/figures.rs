//! The KPIs of a market of forty stalls, made by hand, at four dates; and counters that equal a recount whatever happens.

use axum::http::StatusCode;
use choqr::{
    app::{
        figures::{self, PartnerLine},
        market_work::{self, StallWish},
    },
    domain::{
        kpi::{Cohort, Group, Halves, Kpis, Overdue, Ratio, Trend, Usage},
        period::Period,
        stall::{self, Occupancy},
        time::{DAY_MS, Day},
    },
    store::{figures as stored, markets},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Engine, TestApp, enrolment, transfer, uuid},
};

/// 34 stalls more: 20 of A1 in all, 15 of B1 (3 of them paused), 5 empty ones.
pub(crate) async fn forty(app: &TestApp) {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let rows = [
        ("A1", 7, 20, "Rau củ", Occupancy::Trading),
        ("B1", 1, 12, "Thịt", Occupancy::Trading),
        ("B1", 13, 15, "Thịt", Occupancy::Paused),
        ("C1", 1, 5, "", Occupancy::Vacant),
    ];
    for (prefix, from, to, goods, occupancy) in rows {
        let codes = stall::row(prefix, from, to).unwrap();
        let goods = Some(goods.to_owned()).filter(|goods| !goods.is_empty());
        let wish = |code| StallWish { code, zone: None, row: None, goods: goods.clone(), occupancy, keeper: None };
        market_work::make_stalls_in(&app.app, scope.clone(), codes.into_iter().map(wish).collect()).await.unwrap();
    }
}

fn account(stall: &str) -> String {
    format!("99900000{:05}", stall.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 99_991))
}

/// Enrols a stall under a name of its own; typed without a scan it waits for a second person.
async fn enrol(app: &TestApp, stall: &str, is_scanned: bool) -> Value {
    let mut body = enrolment(app.market, stall, &account(stall));
    let n: u32 = stall.bytes().map(u32::from).sum();
    body["vendor"]["phone"] = json!(format!("03200{:05}", n * 7));
    if !is_scanned {
        body["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
    }
    app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &body).await.json()
}

async fn visit(app: &TestApp, who: &str, stall: &str, more: Value) {
    let path = format!("/api/v1/stalls/{}/visits", app.stall_id(stall).await);
    let mut body = json!({ "visit_id": uuid() });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = app.post_json(who, &path, &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{stall}: {}", reply.text());
}

async fn scan(app: &TestApp, stall: &str, payload: &str) -> String {
    let body = json!({ "check_id": uuid(), "stall_id": app.stall_id(stall).await, "scanned_payload": payload });
    app.post_json("quan", "/api/v1/sticker-checks", &body).await.json()["verdict"].as_str().unwrap().to_owned()
}

/// Moves the clock to nine in the morning, so many days after the beginning.
pub(crate) fn go_to(app: &TestApp, day: i64) {
    let wanted = crate::support::NOW.plus(day * DAY_MS);
    app.app.clock.advance(wanted.0 - app.app.clock.now().0);
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn kpis(app: &TestApp, period: &str) -> Kpis {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let today = app.app.clock.now().day();
    let entries = stored::of_market(&app.app.db, &scope, today).await.unwrap();
    Kpis::of(&entries, &period.parse::<Period>().unwrap(), today)
}

fn list(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect()
}

/// Everything before the first date: 23/11.
pub(crate) async fn first_day(app: &TestApp) -> Vec<String> {
    forty(app).await;
    let mut waiting = Vec::new();
    for n in 1..=13 {
        let answer = enrol(app, &format!("A1-{n:02}"), n <= 10).await;
        if n > 10 {
            waiting.push(answer["enrolment_id"].as_str().unwrap().to_owned());
        }
    }
    visit(app, "lan", "A1-14", json!({ "outcome": "declined", "reason": "fear_of_tax" })).await;
    visit(app, "lan", "A1-15", json!({ "outcome": "declined", "reason": "not_at_ease" })).await;
    visit(app, "lan", "A1-16", json!({ "outcome": "awaiting_account", "reason": "no_account" })).await;
    visit(app, "lan", "A1-17", json!({ "outcome": "postponed", "reason": "small_sales", "come_back_on": "2026-11-25" })).await;
    visit(app, "lan", "A1-18", json!({ "outcome": "closed" })).await;
    // The enroller's own test transfer, which is no use.
    visit(app, "lan", "A1-06", json!({ "outcome": "in_use" })).await;
    waiting
}

/// Up to the second date: 30/11.
pub(crate) async fn first_week(app: &TestApp, waiting: &[String]) {
    go_to(app, 2);
    for n in 1..=6 {
        let stall = format!("A1-{n:02}");
        assert_eq!(scan(app, &stall, &transfer(&account(&stall)).encode().unwrap()).await, "match");
    }
    go_to(app, 4);
    app.post_form("hanh", &format!("/review/{}/approve", waiting[0]), "").await;
    app.post_form("hanh", &format!("/review/{}/return", waiting[1]), "reason=scan_again").await;
    go_to(app, 5);
    for stall in ["A1-01", "A1-02", "A1-03", "A1-04"] {
        visit(app, "quan", stall, json!({ "outcome": "in_use" })).await;
    }
    visit(app, "quan", "A1-05", json!({ "outcome": "in_use", "use_source": "declared" })).await;
    go_to(app, 6);
    for stall in ["A1-01", "A1-02", "A1-03", "A1-06"] {
        visit(app, "quan", stall, json!({ "outcome": "in_use", "use_source": "field" })).await;
    }
    visit(app, "quan", "A1-05", json!({ "outcome": "in_use", "use_source": "declared" })).await;
    go_to(app, 7);
}

/// Up to the third date: 12/1.
pub(crate) async fn to_january(app: &TestApp) {
    go_to(app, 10);
    assert_eq!(scan(app, "A1-01", &transfer("9990009999999").encode().unwrap()).await, "unknown");
    go_to(app, 12);
    assert_eq!(kpis(app, "2026-12").await.overdue(Overdue::Mismatch), 1, "a foreign code for more than a day");
    assert_eq!(scan(app, "A1-01", &transfer(&account("A1-01")).encode().unwrap()).await, "match");
    go_to(app, 20);
    let stall = app.stall_id("B1-01").await;
    app.post_form("hanh", &format!("/stalls/{stall}/occupancy"), "occupancy=paused").await;
    go_to(app, 25);
    visit(app, "quan", "A1-02", json!({ "outcome": "stopped", "reason": "no_customers" })).await;
    go_to(app, 27);
    visit(app, "quan", "A1-01", json!({ "outcome": "in_use" })).await;
    visit(app, "quan", "A1-03", json!({ "outcome": "in_use" })).await;
    go_to(app, 30);
    visit(app, "quan", "A1-01", json!({ "outcome": "in_use" })).await;
    visit(app, "quan", "A1-05", json!({ "outcome": "in_use", "use_source": "declared", "use_share": "to_50" })).await;
    let stall_id = app.stall_id("A1-04").await.parse().unwrap();
    let line = PartnerLine { stall_id, month: day("2026-12-01"), active_days: 9 };
    figures::note_partner_usage(&app.app, &app.viewer("hanh").await, app.market, "thang-12.csv", vec![line]).await.unwrap();
    go_to(app, 50);
}

on_both! {
async fn every_kpi_is_what_was_worked_out_by_hand(app) {
    let waiting = first_day(&app).await;

    let first = kpis(&app, "2026-11-23..2026-11-23").await;
    assert_eq!((first.occupancy["trading"], first.occupancy["paused"], first.occupancy["vacant"]), (32, 3, 5));
    assert_eq!(first.funnel(), [32, 17, 13, 10, 0, 0, 0]);
    assert_eq!(first.why_not, list(&[("fear_of_tax", 1), ("no_account", 1), ("not_at_ease", 1), ("small_sales", 1)]));
    assert_eq!((first.overdue.len(), first.days_to_issue, first.days_to_post), (0, Some(Halves(0)), None));

    first_week(&app, &waiting).await;
    second_date(&kpis(&app, "2026-11").await);
    let before = kpis(&app, "2026-11-23..2026-11-23").await;
    assert_eq!(before, first, "what was true on a day stays true of it");

    to_january(&app).await;
    third_date(&kpis(&app, "2026-12-01..2027-01-12").await);
    assert_eq!(kpis(&app, "2026-11").await.used.total(), 4, "November is what it was");

    go_to(&app, 80);
    visit(&app, "quan", "A1-01", json!({ "outcome": "in_use" })).await;
    go_to(&app, 90);
    visit(&app, "quan", "A1-01", json!({ "outcome": "in_use" })).await;
    go_to(&app, 95);
    fourth_date(&kpis(&app, "2027-02-01..2027-02-28").await);
    app.is_sound().await;
}
}

/// 30/11, the period is November.
fn second_date(kpis: &Kpis) {
    assert_eq!(kpis.funnel(), [32, 17, 13, 11, 6, 4, 0]);
    let of = |of, all| Ratio { of, all };
    assert_eq!(kpis.ratios(), [of(17, 32), of(11, 32), of(6, 32), of(4, 6)]);
    assert_eq!(kpis.used, Usage { partner: 0, field: 3, declared: 1 });
    assert_eq!(kpis.progress["needs_fix"], 1);
    assert_eq!(kpis.declined, list(&[("fear_of_tax", 1), ("not_at_ease", 1)]));
    assert_eq!(kpis.bank_primary, list(&[("970436", 11)]));
    assert_eq!(kpis.bank_all, kpis.bank_primary);
    assert_eq!((kpis.overdue(Overdue::Postponed), kpis.overdue(Overdue::Unposted)), (1, 4));
    assert_eq!((kpis.overdue(Overdue::Unchecked), kpis.overdue(Overdue::Mismatch), kpis.overdue(Overdue::Change)), (0, 0, 0));
    assert_eq!((kpis.days_to_issue, kpis.days_to_post), (Some(Halves(0)), Some(Halves(4))));
    assert_eq!((kpis.safety(), kpis.resolve_hours), (of(0, 6), None));
    assert_eq!(kpis.cohorts, [Cohort { month: "2026-11".to_owned(), size: 6, ..Cohort::default() }]);
    let group =
        |name: &str, trading, reached, issued, verified| Group { name: name.to_owned(), trading, reached, issued, verified };
    assert_eq!(kpis.rows, [group("A1", 20, 17, 11, 6), group("B1", 12, 0, 0, 0)]);
    assert_eq!(kpis.goods, [group("rau củ", 20, 17, 11, 6), group("thịt", 12, 0, 0, 0)]);
    let work: Vec<_> =
        kpis.volunteers.iter().map(|v| [v.verified, v.checked, v.enrolled, v.returned, v.visited, v.mismatches]).collect();
    assert_eq!(work, [[6, 6, 0, 0, 10, 0], [0, 0, 13, 1, 6, 0]]);
}

/// 12/1, the period began on 1/12.
fn third_date(kpis: &Kpis) {
    assert_eq!(kpis.funnel(), [31, 17, 13, 11, 6, 2, 0]);
    assert_eq!((kpis.used, kpis.occupancy["paused"]), (Usage { partner: 1, field: 1, declared: 0 }, 4));
    assert_eq!(kpis.stopped, list(&[("no_customers", 1)]));
    assert_eq!((kpis.overdue(Overdue::Postponed), kpis.overdue(Overdue::Unposted)), (1, 5));
    assert_eq!((kpis.overdue(Overdue::Unchecked), kpis.overdue(Overdue::Mismatch)), (2, 0));
    let month = "2026-11".to_owned();
    assert_eq!(kpis.cohorts, [Cohort { month, size: 6, at_30: [3, 1, 2], at_90: [0, 0, 0] }]);
    assert_eq!((kpis.safety(), kpis.resolve_hours), (Ratio { of: 1, all: 2 }, Some(Halves(96))));
    assert_eq!((kpis.days_to_issue, kpis.days_to_post), (None, None));
    assert_eq!(kpis.share, [("to_50".to_owned(), 1)].into());
    let work: Vec<_> =
        kpis.volunteers.iter().map(|v| [v.verified, v.checked, v.enrolled, v.returned, v.visited, v.mismatches]).collect();
    assert_eq!(work, [[0, 1, 0, 0, 5, 1]]);
}

/// 26/2: checks of November are older than 90 days.
fn fourth_date(kpis: &Kpis) {
    assert_eq!(kpis.funnel(), [31, 17, 13, 11, 1, 1, 1]);
    assert_eq!(kpis.cohorts[0].at_90, [1, 0, 0], "the others are not due before the window closes");
    assert_eq!(kpis.ratios()[3], Ratio { of: 1, all: 1 });
}

on_both! {
async fn the_line_ends_where_the_figures_stand(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let entries = stored::of_market(&app.app.db, &scope, app.app.clock.now().day()).await.unwrap();

    let line = Trend::of(&entries, day("2026-11-30"));

    assert_eq!(line.len(), 12);
    assert_eq!(line[11], Trend { day: day("2026-11-30"), trading: 32, issued: 11, verified: 6, used: 4 });
    assert_eq!((line[10].day, line[10].issued, line[10].verified), (day("2026-11-23"), 10, 0));
    assert_eq!((line[9].trading, line[9].issued), (0, 0));
}
}

on_both! {
async fn provinces_and_the_nation_are_summed_at_night(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;

    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();

    let (today, november) = (app.app.clock.now().day(), "2026-11".parse::<Period>().unwrap());
    for (place, trading) in [("province:19", 32), ("nation", 38)] {
        let entries = stored::of_place(&app.app.db, place, today).await.unwrap();
        let sum = Kpis::of(&entries, &november, today);
        assert_eq!((sum.trading, sum.issued, sum.used.total()), (trading, 11, 4), "{place}");
        assert!(sum.volunteers.is_empty() && sum.rows.is_empty(), "who worked and where stays in the market");
    }
}
}

on_both! {
async fn a_stall_older_than_the_figures_gets_its_part(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    app.sql("DELETE FROM stall_figures").await;
    app.sql("DELETE FROM market_figures").await;
    assert_ne!(figures::differences(&app.app).await.unwrap(), [""; 0]);

    assert_eq!(figures::fill(&app.app).await.unwrap(), 12);

    app.is_sound().await;
    assert_eq!(kpis(&app, "2026-11").await.issued, 1);
}
}

/// One step of a random history; what is not possible at that stall is refused and changes nothing.
async fn step(app: &TestApp, (what, which, how): (u8, u8, u8)) {
    let code = format!("A1-{:02}", which % 6 + 1);
    let stall = app.stall_id(&code).await;
    let status = match what {
        0 => {
            app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &enrolment(app.market, &code, &account(&code)))
                .await
                .status
        }
        1 => {
            enrol(app, &code, false).await;
            StatusCode::OK
        }
        2 => {
            let outcome =
                ["agreed", "postponed", "declined", "stopped", "in_use", "closed", "awaiting_account"][usize::from(how % 7)];
            let body = json!({ "visit_id": uuid(), "outcome": outcome, "reason": "other", "come_back_on": "2027-06-01",
                "use_source": if how % 2 == 0 { "field" } else { "declared" } });
            app.post_json("quan", &format!("/api/v1/stalls/{stall}/visits"), &body).await.status
        }
        3 => {
            let payload = if how % 3 == 0 { transfer("9990009999999") } else { transfer(&account(&code)) }.encode().unwrap();
            scan(app, &code, &payload).await;
            StatusCode::OK
        }
        4 => {
            let occupancy = ["trading", "paused", "left", "vacant"][usize::from(how % 4)];
            app.post_form("hanh", &format!("/stalls/{stall}/occupancy"), &format!("occupancy={occupancy}")).await.status
        }
        5 => {
            let to = format!("to=A1-{:02}{}", how % 6 + 1, if how % 2 == 0 { "&swap=yes" } else { "" });
            app.post_form("hanh", &format!("/stalls/{stall}/move"), &to).await.status
        }
        6 => {
            let page = app.post_form("lan", &format!("/stalls/{stall}/vendor-link"), "").await.text();
            let Some(at) = page.find("/c/") else { return };
            let act = if how % 3 == 0 { "freeze" } else { "confirm" };
            app.post_form("", &format!("/c/{}/{act}", &page[at + 3..][..26]), "").await.status
        }
        7 => {
            app.app.clock.advance(i64::from(how) % 40 * DAY_MS / 3);
            choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();
            StatusCode::OK
        }
        8 => {
            let queue = app.get("hanh", "/review").await.text();
            let Some(at) = queue.find("/review/enr_") else { return };
            let id = queue[at + 8..].split('"').next().unwrap().to_owned();
            let (act, body) = if how % 2 == 0 { ("approve", "") } else { ("return", "reason=scan_again") };
            app.post_form("hanh", &format!("/review/{id}/{act}"), body).await.status
        }
        _ => {
            let codes = app.get("hanh", &format!("/api/v1/stalls/{stall}")).await.json()["payment_codes"].clone();
            let Some(id) = codes[0]["payment_code_id"].as_str().map(str::to_owned) else { return };
            app.post_form("hanh", &format!("/payment-codes/{id}/revoke"), "").await.status
        }
    };
    assert!(!status.is_server_error(), "{what} at {code}: {status}");
}

/// Counters equal a recount after any sequence of events.
fn recounts(engine: Engine, cases: u32) {
    use proptest::{
        collection::vec,
        test_runner::{Config, TestRunner},
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 40, failure_persistence: None, ..Config::default() });
    let steps = vec((0_u8..10, 0_u8..6, 0_u8..=255), 10..40);
    runner
        .run(&steps, |steps| {
            runtime.block_on(async {
                let app = TestApp::build(engine, "").await;
                for one in steps {
                    step(&app, one).await;
                }
                app.is_sound().await;
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn counters_equal_a_recount_after_any_sequence_on_sqlite() {
    recounts(Engine::Sqlite, 24);
}

#[test]
fn counters_equal_a_recount_after_any_sequence_on_postgres() {
    recounts(Engine::Postgres, 6);
}

on_both! {
async fn a_dashboard_tells_numerator_denominator_and_cut_off(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;
    choqr::jobs::nightly(&app.app, app.app.clock.now()).await.unwrap();

    let ward = app.get("hanh", "/wards/01843?period=2026-11").await.text();
    let market = app.get("mai", &format!("/markets/{}/figures?period=2026-11", app.market)).await.text();
    let province = app.get("thang", "/provinces/19?period=2026-11").await.text();
    let nation = app.get("huy", "/nation?period=2026-11").await.text();

    for (page, n) in [(&ward, 32), (&market, 32), (&province, 32), (&nation, 38)] {
        assert!(page.len() < 120_000, "{}", page.len());
        assert!(page.contains("11/32 sạp") || n == 38, "{page}");
        assert!(page.contains(&format!("Mẫu số: {n} sạp đang kinh doanh, chốt ")), "{page}");
        assert!(!page.contains("style="));
    }
    for page in [&ward, &market, &nation] {
        assert!(page.contains("4/6 sạp"));
    }
    assert!(province.contains("&#60; 5/6 sạp"), "four of six point at people, for who compares wards");
    assert!(ward.contains("thực địa 3, tự khai 1, đối tác báo 0"));
    assert!(province.contains("thực địa &#60; 5, tự khai &#60; 5"), "fewer than five are not told to a province");
    assert!(market.contains("Sticker đã kiểm"), "who worked is told in the market");
    assert!(!province.contains("Sticker đã kiểm") && !nation.contains("Sticker đã kiểm"));
    let october = app.get("hanh", "/wards/01843?period=2026-10:nd09").await.text();
    assert!(october.contains("Tháng 10/2026, kỳ NĐ 09 · Mẫu số: 0 sạp"), "nobody traded before the stalls were made");
}
}

on_both! {
async fn a_dashboard_reads_counters_and_nothing_else(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;
    let before = app.get("hanh", "/wards/01843?period=2026-11").await.text();
    let market = format!("/markets/{}/figures?period=2026-11", app.market);
    let market_before = app.get("hanh", &market).await.text();

    // What a page above a stall would scan, were it to scan anything.
    for table in ["visits", "sticker_checks", "stall_figures", "stickers"] {
        app.sql(&format!("DROP TABLE {table}")).await;
    }
    app.sql("DELETE FROM payment_codes").await;

    assert_eq!(app.get("hanh", "/wards/01843?period=2026-11").await.text(), before);
    assert_eq!(app.get("hanh", &market).await.text(), market_before);
}
}

on_both! {
async fn the_api_tells_every_kpi_of_a_period_and_of_a_past_day(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;

    let now = app.get("hanh", "/api/v1/adoption?level=ward&id=01843&period=2026-11").await.json();
    let past = app.get("hanh", "/api/v1/adoption?level=ward&id=01843&at=2026-11-23T12:00:00%2B07:00").await.json();
    let province = app.get("thang", "/api/v1/adoption?level=ward&id=01843&period=2026-11").await.json();
    let wrong = app.get("hanh", "/api/v1/adoption?level=ward&id=01843&period=nam-nay").await;

    assert_eq!(now["kpis"]["used"], json!({ "partner": 0, "field": 3, "declared": 1 }));
    assert_eq!(now["kpis"]["ratios"]["used"], json!({ "numerator": 4, "denominator": 6 }));
    assert_eq!((now["period"]["from"].clone(), now["kpis"]["cut_off"].clone()), (json!("2026-11-01"), json!("2026-11-30")));
    assert_eq!((past["with_code"].clone(), past["verified"]["numerator"].clone()), (json!({ "numerator": 10, "denominator": 32 }), json!(0)));
    assert_eq!(now["kpis"]["why_not"].as_array().unwrap().len(), 4);
    assert!(province["kpis"]["why_not"].as_array().unwrap().is_empty() && province["kpis"]["volunteers"].as_array().unwrap().is_empty());
    assert_eq!(province["kpis"]["ratios"]["used"], json!({ "numerator": null, "denominator": 6 }), "four of six");
    assert_eq!(province["kpis"]["used"], json!({ "partner": 0, "field": null, "declared": null }));
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}
}
