//! The store by itself: one writer, refusals that leave nothing, chains that show tampering, keys that fit.

use choqr::{
    domain::audit::Event,
    store::{Db, OpenError, StoreError, audit, settings},
};

use crate::{
    on_both,
    support::{Engine, NOW, TestApp},
};

on_both! {
async fn a_refused_write_leaves_nothing_and_its_neighbours_stand(app) {
    let writes = (0..40).map(|n: i64| {
        let db = app.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| Box::pin(async move {
                settings::set(tx, &format!("test_{n}"), "x").await?;
                if n % 3 == 0 { Err(StoreError::Damaged("on purpose")) } else { Ok(()) }
            })).await
        })
    });
    for (n, write) in writes.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(write.await.unwrap().is_err(), n % 3 == 0);
    }
    for n in 0..40 {
        let stands = settings::find(&app.app.db, &format!("test_{n}")).await.unwrap().is_some();
        assert_eq!(stands, n % 3 != 0, "{n}");
    }
}
}

on_both! {
async fn concurrent_changes_of_one_market_keep_one_whole_chain(app) {
    let market = app.market;
    let writes = (0..32).map(|_| {
        let db = app.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| Box::pin(async move {
                tx.lock_market(market).await?;
                let event = Event { at: NOW, actor: "test".to_owned(), action: "test.happened", subject: "x".to_owned(), stall: None, detail: serde_json::json!({}) };
                tx.ledger().event(market, event);
                Ok::<_, StoreError>(())
            })).await
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    let (events, breaks) = audit::verify(&app.app.db).await.unwrap();
    assert_eq!(breaks, []);
    assert!(events >= 32);
}
}

on_both! {
async fn serials_are_never_given_twice(app) {
    let takes = (0..50).map(|_| {
        let app = app.app.clone();
        tokio::spawn(async move { app.serials.take(&app.db, 7).await.unwrap() })
    });
    let mut all = Vec::new();
    for take in takes.collect::<Vec<_>>() {
        all.extend(take.await.unwrap());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 350);
}
}

#[tokio::test]
async fn a_changed_event_breaks_the_chain() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.enrol("lan", "A1-01", "9990000000011").await;
    let file = app.folder.path().join("choqr.db");
    for sql in [
        "UPDATE audit_events SET actor = 'nobody' WHERE action = 'enrolment.issued'",
        "UPDATE audit_events SET actor = 'job' WHERE action = 'stall.made' AND seq = 2",
        "DELETE FROM audit_events WHERE seq = 3",
    ] {
        let copy = app.folder.path().join("copy.db");
        let _absent = std::fs::remove_file(&copy);
        rusqlite::Connection::open(&file).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        assert!(rusqlite::Connection::open(&copy).unwrap().execute(sql, []).unwrap() > 0);
        let opened = Db::open(&format!("sqlite://{}", copy.display()), &app.folder.path().join("key")).await.unwrap();
        let (_, breaks) = audit::verify(&opened.db).await.unwrap();
        assert!(!breaks.is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn a_newer_schema_and_another_key_are_refused_clearly() {
    let app = TestApp::new(Engine::Sqlite).await;
    let url = format!("sqlite://{}", app.folder.path().join("choqr.db").display());

    let gone = Db::open(&url, &app.folder.path().join("no-such-key")).await;
    choqr::store::seal::Key::random().write(&app.folder.path().join("other")).unwrap();
    let other = Db::open(&url, &app.folder.path().join("other")).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, x'00', 0)";
    rusqlite::Connection::open(app.folder.path().join("choqr.db")).unwrap().execute(newer, []).unwrap();
    let newer = Db::open(&url, &app.folder.path().join("key")).await;

    assert!(matches!(gone, Err(OpenError::KeyMissing(_))));
    assert!(matches!(other, Err(OpenError::Key(_))), "{other:?}");
    assert!(newer.unwrap_err().to_string().contains("9999"));
}

on_both! {
async fn a_database_that_is_newer_older_or_not_ours_is_refused_by_whoever_only_looks(app) {
    let key = app.folder.path().join("key");
    assert!(Db::open_existing(&app.url, &key).await.is_ok());
    let newest = choqr::store::newest_schema();

    app.sql(&format!("DELETE FROM _sqlx_migrations WHERE version = {newest}")).await;
    let older = Db::open_existing(&app.url, &key).await.unwrap_err();
    app.sql("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) SELECT 9999, 'later', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1").await;
    let newer = Db::open_existing(&app.url, &key).await.unwrap_err();
    let start = Db::open(&app.url, &key).await.unwrap_err();
    app.sql("DROP TABLE _sqlx_migrations").await;
    let foreign = Db::open_existing(&app.url, &key).await.unwrap_err();

    assert!(older.to_string().contains("choqr migrate"), "{older}");
    assert!(newer.to_string().contains("9999") && start.to_string().contains("9999"), "{newer}, {start}");
    assert!(foreign.to_string().contains("not a database of choqr"), "{foreign}");
}
}

on_both! {
async fn a_database_of_the_first_schema_is_brought_up_to_date_with_its_data(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    let rows = async || choqr::store::audit::verify(&app.app.db).await.unwrap().0;
    let before = rows().await;
    // As the first schema left it: each migration since is taken back.
    assert_eq!(choqr::store::newest_schema(), 12, "a new migration is taken back here too");
    for undo in [
        "DROP TABLE campaigns",
        "DROP TABLE market_facts",
        "DROP TABLE partner_usage",
        "ALTER TABLE payment_codes DROP COLUMN frozen_at_ms",
        "ALTER TABLE visits DROP COLUMN use_share",
        "ALTER TABLE visits DROP COLUMN use_source",
        "DROP TABLE occupancies",
        "DROP TABLE place_figures",
        "DROP TABLE stall_figures",
        "DROP TABLE market_figures",
        "DROP TABLE plan_edits",
        "ALTER TABLE stalls DROP COLUMN span",
        "DROP TABLE row_assignments",
        "DROP TABLE listed_accounts",
        "DROP TABLE stall_list_changes",
        "DROP TABLE stall_lists",
        "ALTER TABLE enrolments DROP COLUMN stall_version",
        "DROP TABLE field_photos",
        "DROP TABLE field_records",
        "DROP TABLE field_keys",
        "DROP TABLE device_links",
        "DROP TABLE devices",
        "DROP INDEX vendor_links_by_recovery",
        "ALTER TABLE vendor_links DROP COLUMN recovery_index",
        "ALTER TABLE vendor_links DROP COLUMN expires_at_ms",
        "DROP INDEX stickers_by_code",
        "ALTER TABLE print_batches DROP COLUMN picked",
        "DROP TABLE sticker_reports",
        "DROP INDEX markets_by_ward",
        "DROP INDEX payment_codes_coming",
        "ALTER TABLE payment_codes DROP COLUMN in_force_from_ms",
        "ALTER TABLE payment_codes DROP COLUMN gives_way_to",
        "ALTER TABLE payment_codes DROP COLUMN doubted_by",
        "ALTER TABLE enrolments DROP COLUMN base_version",
        "ALTER TABLE enrolments DROP COLUMN device_id",
        "ALTER TABLE market_stats DROP COLUMN used_verified",
        "DROP INDEX enrolments_by_stall",
        "CREATE INDEX enrolments_by_stall ON enrolments (market_id, stall_id)",
        "DROP INDEX sticker_checks_by_stall",
        "CREATE INDEX sticker_checks_by_stall ON sticker_checks (market_id, stall_id)",
    ] {
        app.sql(undo).await;
    }
    app.sql("DELETE FROM _sqlx_migrations WHERE version > 1").await;

    let opened = Db::open(&app.url, &app.folder.path().join("key")).await.unwrap();

    assert!(opened.recovery_key.is_none());
    assert_eq!(audit::verify(&opened.db).await.unwrap(), (before, vec![]));
    assert!(Db::open_existing(&app.url, &app.folder.path().join("key")).await.is_ok());
    assert_eq!(choqr::app::figures::fill(&app.app).await.unwrap(), 12, "the night's work gives older stalls their part");
    app.is_sound().await;
}
}

on_both! {
async fn a_failure_inside_a_sync_is_logged_and_the_others_stand(app) {
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.0.lock().unwrap().write(bytes) }
        fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
    }
    let log = Log::default();
    let writer = log.clone();
    let _logs = tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(move || writer.clone()).finish());
    let cookie = app.cookie("lan").await;
    let items: Vec<_> = ["A1-01", "A1-02"].iter().enumerate().map(|(n, stall)| {
        let body = crate::support::enrolment(app.market, stall, &format!("999000000002{n}"));
        serde_json::json!({ "id": crate::support::uuid(), "kind": "enrolment", "body": body })
    }).collect();
    // The table of visits is gone from under the service.
    app.sql("ALTER TABLE visits RENAME TO gone").await;
    let visit = serde_json::json!({ "id": crate::support::uuid(), "kind": "visit", "body": { "stall_id": app.stall_id("A1-03").await, "outcome": "closed" } });
    let items = serde_json::json!({ "items": [items[0], visit, items[1]] });
    let request = axum::http::Request::builder().method("POST").uri("/api/v1/sync").header("host", "localhost").header("sec-fetch-site", "same-origin")
        .header("cookie", cookie).header("content-type", "application/json").body(axum::body::Body::from(items.to_string())).unwrap();

    let results = app.send(request).await.json();

    let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses[1], 500, "{results}");
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("request failed") && said.contains("visits"), "{said}");
}
}

#[tokio::test]
async fn the_recovery_key_makes_a_new_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("choqr.db").display());
    let key = folder.path().join("key");
    let recovery = Db::open(&url, &key).await.unwrap().recovery_key.unwrap();
    std::fs::remove_file(&key).unwrap();

    assert!(choqr::store::recover_key_file(&url, &key, "wrong").await.is_err());
    choqr::store::recover_key_file(&url, &key, &recovery).await.unwrap();

    assert!(Db::open(&url, &key).await.unwrap().recovery_key.is_none());
}
