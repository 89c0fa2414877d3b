//! The nation of the demo, a small part of it: its size, its sums, its chains, and that chance is the seed's.

use choqr::{
    app::place_sums,
    cli::demo::nation::{self, Size},
    domain::{ids::StallId, scope::Scope},
    store::{markets, stalls, vendors},
};

use crate::{
    on_both,
    support::{Engine, NOW, TestApp},
};

/// Makes a part of the nation beside the markets of the tests, whose name its first market would take.
async fn make(app: &TestApp, size: Size) -> nation::Progress {
    app.sql("UPDATE markets SET name_fold = 'khac' WHERE name_fold = 'cho bac kan'").await;
    let mut last = None;
    nation::make(&app.app, size, |done| last = Some(done)).await.unwrap();
    last.unwrap()
}

/// The stalls of every market of the nation, with who keeps them.
async fn all(app: &TestApp) -> Vec<(StallId, Option<String>)> {
    let mut found = Vec::new();
    for id in markets::all_ids(&app.app.db).await.unwrap() {
        if id == app.market || id == app.far {
            continue;
        }
        let scope = markets::enter_as(&app.app.db, "test", id).await.unwrap();
        for stall in stalls::list(&app.app.db, &scope, &stalls::StallFilter::default()).await.unwrap() {
            if let Some(vendor) = stall.vendor_id {
                let phone = vendors::phone(&app.app.db, &scope, vendor).await.unwrap().unwrap();
                assert!(phone.starts_with("0320") && phone.len() == 10, "a phone that is nobody's, sealed");
            }
            found.push((stall.stall_id, stall.vendor_name));
        }
    }
    found
}

on_both! {
async fn a_part_of_the_nation_has_its_size_and_nothing_in_it_contradicts(app) {
    let size = Size::of_markets(6);

    let told = make(&app, size).await;

    assert_eq!((told.markets, told.stalls, told.vendors), (6, size.stalls, size.vendors));
    let all = all(&app).await;
    assert_eq!(all.len(), size.stalls);
    assert_eq!(all.iter().filter(|(_, vendor)| vendor.is_some()).count(), size.vendors);
    app.is_sound().await;
    app.person("nuoc", choqr::domain::staff::Role::Province, Scope::Nation, false).await;
    let nation = app.get("nuoc", "/api/v1/adoption?level=nation").await.json();
    // The tests' own two markets have six stalls each.
    assert_eq!((nation["markets"].as_u64(), nation["stalls"].as_u64()), (Some(8), Some(size.stalls as u64 + 12)));
    let figure = |key: &str| nation[key]["numerator"].as_u64().unwrap();
    let funnel = [figure("reached"), figure("with_code"), figure("verified"), figure("in_use")];
    assert!(funnel.is_sorted_by(|a, b| a > b) && funnel[3] > 0, "{nation}");
    let province = app.get("thang", "/api/v1/adoption?level=province&id=19").await.json();
    let ward = app.get("hanh", "/api/v1/adoption?level=ward&id=01843").await.json();
    assert_eq!((province["markets"].as_u64(), ward["markets"].as_u64()), (Some(2), Some(2)), "{province} {ward}");
    assert_eq!(province["stalls"], ward["stalls"]);
}
}

on_both! {
async fn sums_of_a_place_are_those_of_its_markets(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    app.person("nuoc", choqr::domain::staff::Role::Province, Scope::Nation, false).await;
    let viewer = app.viewer("nuoc").await;
    let of = async |place: &Scope| place_sums::of_place(&app.app, &viewer, place).await.unwrap();

    let (market, far) = (of(&Scope::Market(app.market)).await, of(&Scope::Market(app.far)).await);

    assert_eq!((market.markets, market.stalls, market.with_code, far.with_code), (1, 6, 1, 0));
    assert_eq!(of(&Scope::Ward("01843".to_owned())).await, market);
    let far_province = Scope::Province(far.province_code.clone());
    assert_eq!(of(&far_province).await, far);
    let nation = of(&Scope::Nation).await;
    assert_eq!((nation.markets, nation.stalls, nation.with_code, nation.trading), (2, 12, 1, 12));
    // Outside a scope nothing is told.
    let ward = app.viewer("hanh").await;
    assert!(place_sums::of_place(&app.app, &ward, &Scope::Market(app.far)).await.is_err());
    assert!(place_sums::of_place(&app.app, &ward, &Scope::Nation).await.is_err());
}
}

#[tokio::test]
async fn the_same_seed_and_day_give_the_same_nation() {
    let (one, other) = (TestApp::new(Engine::Sqlite).await, TestApp::new(Engine::Sqlite).await);
    make(&one, Size::of_markets(2)).await;
    other.app.clock.advance(3_600_000);
    assert_eq!(NOW.day(), other.app.clock.now().day());
    make(&other, Size::of_markets(2)).await;

    assert_eq!(all(&one).await, all(&other).await);
}
