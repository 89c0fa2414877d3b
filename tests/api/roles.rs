//! Every route × role × own or foreign scope against the verdict checked in beside this file. A route without a row fails,
//! and so does a row without a route. `in` is let in, `out` is asked to sign in, `403` may not, `404` is not there.
//! `WRITE_ROLES=1` writes the table anew, to be read line by line before it is committed.

use std::{collections::BTreeMap, fmt::Write as _};

use axum::http::{Method, StatusCode};
use choqr::web::routes;

use crate::support::{Engine, TestApp, enrolment, uuid};

/// Columns: who asks. `ngoai` is a ward official of another ward.
const WHO: [&str; 8] = ["", "ngoai", "thang", "huy", "mai", "lan", "son", "hanh"];
const HEADER: &str = "method,path,nobody,foreign_official,province,operator,market_board,volunteer,lead,ward_official";
const TABLE: &str = include_str!("roles.csv");

/// What a path's parameters stand for, and a body that is well-formed.
struct World {
    app: TestApp,
    parameters: BTreeMap<&'static str, String>,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new(Engine::Sqlite).await;
        let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
        let mut typed = enrolment(app.market, "A1-02", "9990000000012");
        typed["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
        let waiting = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &typed).await.json();
        let batch =
            app.post_json("son", &format!("/api/v1/markets/{}/print-batches", app.market), &serde_json::json!({})).await.json();
        let person = choqr::store::staff::find_by_username(&app.app.db, &"quan".parse().unwrap()).await.unwrap().unwrap();
        let page = app.post_form("lan", &format!("/stalls/{}/vendor-link", mine["stall_id"].as_str().unwrap()), "").await.text();
        let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
        let vendor = mine["vendor_id"].as_str().unwrap();
        let account = choqr::store::accounts::list(&app.app.db, &scope, vendor.parse().unwrap()).await.unwrap().remove(0);
        let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();
        let parameters = BTreeMap::from([
            ("market_id", app.market.to_string()),
            ("stall_id", mine["stall_id"].as_str().unwrap().to_owned()),
            ("vendor_id", vendor.to_owned()),
            ("account_id", account.payment_account_id.to_string()),
            ("code_id", code.to_owned()),
            ("enrolment_id", waiting["enrolment_id"].as_str().unwrap().to_owned()),
            ("staff_id", person.staff_id.to_string()),
            ("ward_code", "01843".to_owned()),
            ("province_code", "19".to_owned()),
            ("uuid", uuid()),
            ("token", page[page.find("/c/").unwrap() + 3..][..26].to_owned()),
            ("payment-codes", format!("{code}.svg")),
            ("print-batches", batch["pdf_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()),
            ("c", format!("{code}.png")),
            ("assets", "none".to_owned()),
        ]);
        Self { app, parameters }
    }

    fn path(&self, pattern: &str) -> String {
        let mut path = String::new();
        let mut before = "";
        for part in pattern.split('/').skip(1) {
            path.push('/');
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                // The same word stands for a file of different kinds; the folder says which.
                Some("file") => path.push_str(&self.parameters[if pattern.starts_with("/c/") { "c" } else { before }]),
                Some(name) => path.push_str(&self.parameters[name]),
                None => path.push_str(part),
            }
            before = part;
        }
        path
    }

    fn body(&self, method: &str, pattern: &str) -> (&'static str, String) {
        let form = "application/x-www-form-urlencoded";
        match (method, pattern) {
            ("GET", _) => ("", String::new()),
            (_, "/api/v1/markets") => ("application/json", "{\"name\":\"Chợ Mới\",\"ward_code\":\"01843\"}".to_owned()),
            ("PUT", _) => ("application/json", enrolment(self.app.market, "A1-05", "9990000000015").to_string()),
            (_, "/api/v1/sync") => ("application/json", "{\"items\":[]}".to_owned()),
            (_, "/api/v1/sticker-checks") => {
                let stall = &self.parameters["stall_id"];
                (
                    "application/json",
                    serde_json::json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": "x" }).to_string(),
                )
            }
            (_, "/api/v1/stalls/{stall_id}/visits") => {
                ("application/json", serde_json::json!({ "visit_id": uuid(), "outcome": "closed" }).to_string())
            }
            (_, "/api/v1/markets/{market_id}/stalls") => ("application/json", "{\"stalls\":[{\"code\":\"Z9-01\"}]}".to_owned()),
            (_, api) if api.starts_with("/api/") => ("application/json", "{}".to_owned()),
            (_, "/stalls/{stall_id}/enrol" | "/stalls/{stall_id}/check") => {
                ("multipart/form-data; boundary=x", "--x--\r\n".to_owned())
            }
            (_, "/staff/{staff_id}/active") => (form, "active=yes".to_owned()),
            (_, "/staff/slips") => (form, format!("staff_id={}", self.parameters["staff_id"])),
            (_, "/staff") => (form, format!("full_name=A&username=abc&role=volunteer&scope=market:{}", self.app.market)),
            (_, "/stalls/{stall_id}/occupancy") => (form, "occupancy=trading".to_owned()),
            (_, "/stalls/{stall_id}/move") => (form, "to=khong-co".to_owned()),
            (_, "/language") => (form, "lang=vi".to_owned()),
            (_, "/vendors/{vendor_id}/accounts/{account_id}/reveal" | "/vendors/{vendor_id}/phone/reveal") => {
                (form, format!("reason=check_code&stall={}", self.parameters["stall_id"]))
            }
            (_, "/review/{enrolment_id}/return") => (form, "reason=scan_again".to_owned()),
            _ => (form, String::new()),
        }
    }

    async fn verdict(&self, who: &str, method: &str, pattern: &str) -> &'static str {
        let mut path = self.path(pattern);
        if pattern == "/api/v1/adoption" {
            path.push_str("?level=ward&id=01843");
        }
        let (kind, body) = self.body(method, pattern);
        let reply = self.app.call(who, method.parse::<Method>().unwrap(), &path, kind, body).await;
        assert!(!reply.status.is_server_error(), "{who} {method} {path}: {}", reply.text());
        match reply.status {
            StatusCode::UNAUTHORIZED => "out",
            StatusCode::FORBIDDEN => "403",
            StatusCode::NOT_FOUND => "404",
            status if status.is_redirection() && reply.location().starts_with("/sign-in?next=") => "out",
            _ => "in",
        }
    }
}

#[tokio::test]
async fn every_route_answers_every_role_as_the_table_says() {
    let rows: BTreeMap<(String, String), Vec<String>> = TABLE
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',').map(str::to_owned);
            ((cells.next().unwrap(), cells.next().unwrap()), cells.collect())
        })
        .collect();
    let writes = std::env::var_os("WRITE_ROLES").is_some();
    let (mut written, mut wrong, mut seen) = (format!("{HEADER}\n"), Vec::new(), 0);
    let mut table = routes::table();
    table.sort_by_key(|route| (route.path, route.method));
    for route in &table {
        let world = World::new().await;
        let mut verdicts = Vec::new();
        for who in WHO {
            verdicts.push(world.verdict(who, route.method, route.path).await);
        }
        let _infallible = writeln!(written, "{},{},{}", route.method, route.path, verdicts.join(","));
        match rows.get(&(route.method.to_owned(), route.path.to_owned())) {
            Some(expected) if *expected == verdicts => seen += 1,
            Some(expected) => wrong.push(format!("{route:?}: expected {expected:?}, found {verdicts:?}")),
            None => wrong.push(format!("{route:?} has no row in tests/api/roles.csv; found {verdicts:?}")),
        }
    }
    if writes {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/roles.csv"), written).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, rows.len(), "a row of the table has no route");
}

#[test]
fn the_api_is_described_as_it_is() {
    let described: serde_json::Value = serde_json::from_str(include_str!("../../assets/data/openapi.json")).unwrap();
    let mut from_description: Vec<String> = described["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let mut from_table: Vec<String> =
        routes::table().iter().filter(|route| route.path.starts_with("/api/")).map(|route| format!("{route:?}")).collect();
    from_description.sort();
    from_table.sort();
    assert_eq!(from_description, from_table);
}
