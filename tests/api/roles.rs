//! Every route × role × own or foreign scope against the status checked in beside this file. A route without a row fails,
//! and so does a row without a route. `out` is asked to sign in; a sync's status is followed by its item's.
//! Whatever is open to somebody is asked for with a valid body and a valid token, so that a 404 is a judgement and not a
//! typing error; only first start is over for everybody. After a change the next person finds the world as it was before.
//! `WRITE_ROLES=1` writes the table anew, to be read line by line before it is committed.

use std::{collections::BTreeMap, fmt::Write as _};

use axum::http::{Method, StatusCode};
use choqr::{
    app::{
        campaigns, devices,
        people::{self, NewPerson},
        stall_lists,
    },
    domain::{
        campaign::Goal,
        ids::{PhotoId, RecordId},
        scope::Scope,
        staff::Role,
    },
    store::{accounts, markets, staff, sticker_reports, stickers},
    web::routes::{self, Route},
};

use crate::support::{Engine, PASSWORD, TestApp, enrolment, make_market, uuid};

/// Columns: who asks. `ngoai` is an official of another ward, `xuan` of another province, `lam` a lead of another market of this
/// ward, `vinh` a volunteer of the other ward's market.
const WHO: [&str; 11] = ["", "ngoai", "xuan", "lam", "vinh", "thang", "huy", "mai", "lan", "son", "hanh"];
const HEADER: &str = "method,path,nobody,foreign_official,foreign_province,foreign_lead,foreign_volunteer,province,operator,\
    market_board,volunteer,lead,ward_official";
const TABLE: &str = include_str!("roles.csv");

/// What a path's parameters stand for, and a body that is well-formed.
struct World {
    app: TestApp,
    parameters: BTreeMap<&'static str, String>,
    /// What the code of the stall says.
    payload: String,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let app = TestApp::build(engine, "").await;
        let near = make_market(&app.app, "01843", "Chợ Bên").await;
        for (username, role, scope) in [
            ("xuan", Role::Province, Scope::Province("01".to_owned())),
            ("lam", Role::Lead, Scope::Market(near)),
            ("vinh", Role::Volunteer, Scope::Market(app.far)),
        ] {
            app.person(username, role, scope, false).await;
        }
        let mine = app.enrol("lan", "A1-01", "9990000000011").await.json();
        let mut typed = enrolment(app.market, "A1-02", "9990000000012");
        typed["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
        let waiting = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &typed).await.json();
        let batch =
            app.post_json("son", &format!("/api/v1/markets/{}/print-batches", app.market), &serde_json::json!({})).await.json();
        let person = staff::find_by_username(&app.app.db, &"quan".parse().unwrap()).await.unwrap().unwrap();
        let page = app.post_form("lan", &format!("/stalls/{}/vendor-link", mine["stall_id"].as_str().unwrap()), "").await.text();
        let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
        let vendor = mine["vendor_id"].as_str().unwrap();
        let account = accounts::list(&app.app.db, &scope, vendor.parse().unwrap()).await.unwrap().remove(0);
        let code = mine["payment_codes"][0]["payment_code_id"].as_str().unwrap();
        let batch_id = batch["print_batch_id"].as_str().unwrap();
        let sticker = stickers::printed_page(&app.app.db, &scope, batch_id.parse().unwrap(), 0, 1).await.unwrap().remove(0);
        app.post_form("", &format!("/s/{}/report", sticker.check_token), "reason=other").await;
        let stall = mine["stall_id"].as_str().unwrap().parse().unwrap();
        let report = sticker_reports::open_of_stall(&app.app.db, &scope, stall).await.unwrap().remove(0);
        let wish = NewPerson {
            username: "moi".parse().unwrap(),
            full_name: "Người Mới".parse().unwrap(),
            role: Role::Volunteer,
            scope: Scope::Market(app.market),
            password: None,
        };
        let (_, one_time) = people::make_as(&app.app, "test", wish).await.unwrap();
        let son = app.viewer("son").await;
        let phone = devices::make_link(&app.app, &son, person.staff_id).await.unwrap().1;
        devices::bind(&app.app, &phone, "Máy thử", None).await.unwrap();
        let phone = devices::list(&app.app, &son, person.staff_id).await.unwrap().1.remove(0);
        let record = RecordId::generate(app.app.clock.now(), choqr::clock::random());
        let photo = PhotoId::generate(app.app.clock.now(), choqr::clock::random());
        let quan = person.staff_id.to_string();
        app.sql(&format!(
            "INSERT INTO field_records (market_id, record_id, kind, stall_id, recorded_by, sent_by, body_hash, body_sealed, state, problems, \
             captured_at_ms, received_at_ms) VALUES ('{}', '{record}', 'visit', '{}', '{quan}', '{quan}', {empty}, {empty}, 'refused', ' unopenable', 0, 0)",
            app.market,
            mine["stall_id"].as_str().unwrap(),
            empty = if engine == Engine::Sqlite { "x''" } else { "''::bytea" },
        ))
        .await;
        let file = "Họ và tên,Số sạp,Điện thoại\nLý Thị Liên,B1-01,0320000596\nHà Thị Đào,B1-02,05900003\n".into();
        let list = stall_lists::keep(&app.app, &son, app.market, "ds.csv", file).await.unwrap();
        let wish = campaigns::CampaignWish {
            name: "Phủ mã".parse().unwrap(),
            from: "2026-11-01".parse().unwrap(),
            until: "2026-12-31".parse().unwrap(),
            goal: Goal::WithCode,
            target_percent: 80,
        };
        let campaign = campaigns::make(&app.app, &son, app.market, wish).await.unwrap();
        let parameters = BTreeMap::from([
            ("campaign_id", campaign.to_string()),
            ("list_id", list.to_string()),
            ("row", "3".to_owned()),
            ("record_id", record.to_string()),
            ("photo_id", photo.to_string()),
            ("device_id", phone.device_id.to_string()),
            ("/dd/link", String::new()),
            ("market_id", app.market.to_string()),
            ("stall_id", mine["stall_id"].as_str().unwrap().to_owned()),
            ("vendor_id", vendor.to_owned()),
            ("account_id", account.payment_account_id.to_string()),
            ("code_id", code.to_owned()),
            ("enrolment_id", waiting["enrolment_id"].as_str().unwrap().to_owned()),
            ("report_id", report.report_id.to_string()),
            ("staff_id", person.staff_id.to_string()),
            ("ward_code", "01843".to_owned()),
            ("province_code", "19".to_owned()),
            ("uuid", uuid()),
            ("/c", page[page.find("/c/").unwrap() + 3..][..26].to_owned()),
            ("/s", sticker.check_token),
            ("/link", one_time.unwrap()),
            ("payment-codes", format!("{code}.svg")),
            ("print-batches", format!("{batch_id}.pdf")),
            ("batch_id", batch_id.to_owned()),
            ("designs", "label_99x68.svg".to_owned()),
            ("c", format!("{code}.png")),
            ("assets", "none".to_owned()),
            ("format", "csv".to_owned()),
        ]);
        Self { app, parameters, payload: mine["payment_codes"][0]["payload"].as_str().unwrap().to_owned() }
    }

    fn path(&self, pattern: &str) -> String {
        let mut path = String::new();
        let mut before = "";
        for part in pattern.split('/').skip(1) {
            path.push('/');
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                // The same word stands for a file, or a token, of different kinds; the folder says which.
                Some("file") => path.push_str(&self.parameters[if pattern.starts_with("/c/") { "c" } else { before }]),
                Some("token") if pattern.starts_with("/dd/") => path.push_str(&self.parameters["/dd/link"]),
                Some("token") => path.push_str(&self.parameters[format!("/{before}").as_str()]),
                Some(name) => path.push_str(&self.parameters[name]),
                None => path.push_str(part),
            }
            before = part;
        }
        if pattern == "/api/v1/adoption" {
            path.push_str("?level=ward&id=01843");
        }
        path
    }

    fn body(&self, method: &str, pattern: &str) -> (&'static str, String) {
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        let stall = &self.parameters["stall_id"];
        match (method, pattern) {
            ("GET", _) => ("", String::new()),
            (_, "/api/v1/markets") => (json, "{\"name\":\"Chợ Mới\",\"ward_code\":\"01843\"}".to_owned()),
            ("PUT", _) => (json, enrolment(self.app.market, "A1-05", "9990000000015").to_string()),
            (_, "/api/v1/sync") => {
                let item =
                    serde_json::json!({ "id": uuid(), "kind": "visit", "body": { "stall_id": stall, "outcome": "closed" } });
                (json, serde_json::json!({ "items": [item] }).to_string())
            }
            (_, "/api/v1/sticker-checks") => {
                (json, serde_json::json!({ "check_id": uuid(), "stall_id": stall, "scanned_payload": "x" }).to_string())
            }
            (_, "/api/v1/stalls/{stall_id}/visits") => {
                (json, serde_json::json!({ "visit_id": uuid(), "outcome": "closed" }).to_string())
            }
            (_, "/api/v1/markets/{market_id}/stalls") => (json, "{\"stalls\":[{\"code\":\"Z9-01\"}]}".to_owned()),
            (_, api) if api.starts_with("/api/") => (json, "{}".to_owned()),
            (_, "/markets/{market_id}/month/usage") => {
                let file = "Content-Disposition: form-data; name=\"file\"; filename=\"t11.csv\"\r\n\r\nMã sạp,Số ngày\nA1-01,5";
                ("multipart/form-data; boundary=x", format!("--x\r\n{file}\r\n--x--\r\n"))
            }
            (_, "/markets/{market_id}/lists") => {
                let file = "Content-Disposition: form-data; name=\"file\"; filename=\"ds.csv\"\r\n\r\nHọ và tên,Số sạp,SĐT\nLý Thị Liên,B1-01,0320000596";
                ("multipart/form-data; boundary=x", format!("--x\r\n{file}\r\n--x--\r\n"))
            }
            (_, "/stalls/{stall_id}/enrol" | "/stalls/{stall_id}/check") => {
                let name = if pattern.ends_with("enrol") { "payload0" } else { "payload" };
                let keeper = ("full_name", "Nguyễn Thị Hoà".to_owned());
                let fields = [("uuid", uuid()), keeper, (name, self.payload.clone()), ("issue_code", "yes".to_owned())];
                let mut body = String::new();
                for (name, value) in fields {
                    let _infallible = write!(body, "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
                }
                ("multipart/form-data; boundary=x", body + "--x--\r\n")
            }
            _ => (form, self.form(pattern)),
        }
    }

    fn form(&self, pattern: &str) -> String {
        let stall = &self.parameters["stall_id"];
        match pattern {
            "/link/{token}" => format!("password={PASSWORD}&again={PASSWORD}"),
            "/markets" => "name=Ch%E1%BB%A3+M%E1%BB%9Bi&ward=01843".to_owned(),
            "/markets/{market_id}/edit" => "name=Ch%E1%BB%A3+%C4%90%E1%BB%95i+T%C3%AAn".to_owned(),
            "/markets/{market_id}/print" => "filter=all&design=label_99x68&paper=a4".to_owned(),
            "/markets/{market_id}/campaigns" => {
                "name=Ph%E1%BB%A7+m%C3%A3&from=2026-11-01&until=2026-12-31&goal=with_code&target=50".to_owned()
            }
            "/markets/{market_id}/lists/{list_id}/write" => "seen=x".to_owned(),
            "/markets/{market_id}/rows" => "prefix=Z9&from=1&to=2".to_owned(),
            "/staff/{staff_id}/active" => "active=no".to_owned(),
            "/staff/slips" => format!("staff_id={}", self.parameters["staff_id"]),
            "/staff" => format!("full_name=A&username=abc&role=volunteer&scope=market:{}", self.app.market),
            "/stalls/{stall_id}/occupancy" => "occupancy=paused".to_owned(),
            "/stalls/{stall_id}/move" => "to=A1-06".to_owned(),
            "/stalls/{stall_id}/visits" => "outcome=closed".to_owned(),
            "/language" => "lang=vi".to_owned(),
            "/sign-in" => "username=khong-co&password=sai-mat-khau-roi".to_owned(),
            "/vendors/{vendor_id}/accounts/{account_id}/reveal" | "/vendors/{vendor_id}/phone/reveal" => {
                format!("reason=check_code&stall={stall}")
            }
            "/vendors/{vendor_id}/edit" => "full_name=L%C3%BD+Th%E1%BB%8B+Li%C3%AAn&form_of_address=co".to_owned(),
            "/s/{token}/report" => "reason=other".to_owned(),
            "/review/{enrolment_id}/return" => "reason=scan_again".to_owned(),
            _ => String::new(),
        }
    }

    async fn verdict(&self, who: &str, route: &Route) -> String {
        let mut path = self.path(route.path);
        if route.path == "/dd/link/{token}" {
            // It works for ten minutes, and the clock has moved since.
            let (son, quan) = (self.app.viewer("son").await, self.app.viewer("quan").await);
            path = format!("/dd/link/{}", devices::make_link(&self.app.app, &son, quan.staff_id).await.unwrap().1);
        }
        let (kind, body) = self.body(route.method, route.path);
        if matches!(route.path, "/sign-in" | "/c") {
            // Wrong passwords and recovery codes are braked; here each is a person of its own.
            self.app.app.clock.advance(200_000);
        }
        let reply = self.app.call(who, route.method.parse::<Method>().unwrap(), &path, kind, body).await;
        assert!(!reply.status.is_server_error(), "{who} {route:?}: {}", reply.text());
        let is_out = reply.status == StatusCode::UNAUTHORIZED
            || (reply.status.is_redirection() && reply.location().starts_with("/sign-in?next="));
        match reply.status {
            _ if is_out => "out".to_owned(),
            StatusCode::OK if route.path == "/api/v1/sync" => format!("200:{}", reply.json()["results"][0]["status"]),
            status => status.as_u16().to_string(),
        }
    }
}

fn rows() -> BTreeMap<(String, String), Vec<String>> {
    let row = |line: &str| {
        let mut cells = line.split(',').map(str::to_owned);
        ((cells.next().unwrap(), cells.next().unwrap()), cells.collect())
    };
    TABLE.lines().skip(1).map(row).collect()
}

/// Whether a call that is answered like this changes the world.
fn changes(route: &Route, verdict: &str) -> bool {
    route.method != "GET" && (verdict.starts_with('2') || verdict.starts_with('3'))
}

/// On PostgreSQL, where a new world takes long, whatever would change it is left to the other tests of that route: every
/// refusal and every read is held against the table there.
async fn judge(engine: Engine) {
    let rows = rows();
    let writes = engine == Engine::Sqlite && std::env::var_os("WRITE_ROLES").is_some();
    let (mut written, mut wrong, mut seen) = (format!("{HEADER}\n"), Vec::new(), 0);
    let mut table = routes::table();
    table.sort_by_key(|route| (route.path, route.method));
    let mut world = World::new(engine).await;
    for route in &table {
        let expected = rows.get(&(route.method.to_owned(), route.path.to_owned()));
        let mut verdicts = Vec::new();
        for (at, who) in WHO.into_iter().enumerate() {
            if let (Engine::Postgres, Some(expected)) = (engine, expected)
                && changes(route, &expected[at])
            {
                verdicts.push(expected[at].clone());
                continue;
            }
            let verdict = world.verdict(who, route).await;
            if changes(route, &verdict) {
                world = World::new(engine).await;
            }
            verdicts.push(verdict);
        }
        let _infallible = writeln!(written, "{},{},{}", route.method, route.path, verdicts.join(","));
        match expected {
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

mod every_route_answers_every_role_as_the_table_says {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        judge(Engine::Sqlite).await;
    }

    #[tokio::test]
    async fn postgres() {
        judge(Engine::Postgres).await;
    }
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
