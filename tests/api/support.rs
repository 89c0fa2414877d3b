//! A service on a fresh database and a fixed clock, called in-process; and the PostgreSQL that the tests start themselves.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use choqr::{
    app::{
        App,
        market_work::{self, MarketWish, StallWish},
        people::{self, NewPerson},
    },
    clock::Clock,
    domain::{
        ids::MarketId,
        market::MarketClass,
        scope::Scope,
        staff::{Password, Role},
        stall::{self, Occupancy},
        time::UnixMillis,
    },
    store::{Db, markets},
    web::{
        self,
        state::{AppState, WebConfig},
    },
};
use serde_json::{Value, json};
use sqlx::Connection;
use tower::ServiceExt;

/// 23/11/2026, 09:00 in Vietnam.
pub(crate) const NOW: UnixMillis = UnixMillis(1_795_399_200_000);
/// Everybody's password in the tests.
pub(crate) const PASSWORD: &str = "rau-muong-xao-toi";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Runs a test's body on both databases, one after the other, and says which one failed.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every test names something of its file")]
            use super::*;
            async fn body($app: $crate::support::TestApp) $body
            #[tokio::test]
            async fn sqlite() {
                body($crate::support::TestApp::new($crate::support::Engine::Sqlite).await).await;
            }
            #[tokio::test]
            async fn postgres() {
                body($crate::support::TestApp::new($crate::support::Engine::Postgres).await).await;
            }
        }
    };
}

/// A cluster of our own, started once for all tests of this program and stopped with it.
struct Cluster {
    port: u16,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

fn postgres_bin(name: &str) -> PathBuf {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        versions.filter_map(Result::ok).map(|version| version.path().join("bin").join(name)).find(|path| path.exists())
    });
    found.unwrap_or_else(|| panic!("PostgreSQL's {name} is not installed: run `make tools`"))
}

/// A command as a user that PostgreSQL accepts: it refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("choqr-pg-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let data = folder.join("data");
        let run = |command: &mut Command| {
            // The server inherits what we give it, so a pipe would never close: it writes to its own log.
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert!(status.success(), "{command:?} failed; see {}/log", folder.display());
        };
        run(as_postgres(&postgres_bin("initdb")).args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"]).arg(&data));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c fsync=off -c full_page_writes=off -c max_connections=300",
            folder.display()
        );
        let control = postgres_bin("pg_ctl");
        // pg_ctl waits by itself until the server answers.
        run(as_postgres(&control)
            .args(["-w", "-t", "120", "-o", &options, "-l"])
            .arg(folder.join("log"))
            .arg("-D")
            .arg(&data)
            .arg("start")
            .stdout(Stdio::null()));
        // A shell watches this process: when it ends, however it ends, the cluster is stopped and removed.
        let script = format!(
            "while kill -0 {} 2>/dev/null || [ -d /proc/{} ]; do sleep 1; done; '{}' -D '{}' -m immediate stop; rm -rf '{}'",
            std::process::id(),
            std::process::id(),
            control.display(),
            data.display(),
            folder.display(),
        );
        #[expect(clippy::zombie_processes, reason = "the watcher outlives this process by design")]
        as_postgres(Path::new("/bin/sh"))
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Cluster { port }
    })
}

fn new_postgres() -> String {
    let port = cluster().port;
    let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let out = Command::new(postgres_bin("createdb"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "-T", "template0", &name])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    format!("postgres://postgres@127.0.0.1:{port}/{name}")
}

/// A service with a ward, two markets in it, one market in another ward, and one person a role.
pub(crate) struct TestApp {
    pub app: App,
    pub router: Router,
    pub market: MarketId,
    /// A market of another ward.
    pub far: MarketId,
    pub folder: tempfile::TempDir,
    /// The database's address.
    pub url: String,
}

/// An answer.
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl TestApp {
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::build(engine, "hanh").await
    }

    /// The same with a password for one person or, with an empty name, for nobody.
    pub(crate) async fn build(engine: Engine, signs_in: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("choqr.db").display()),
            Engine::Postgres => tokio::task::spawn_blocking(new_postgres).await.unwrap(),
        };
        let opened = Db::open(&url, &folder.path().join("key")).await.unwrap();
        let app = App::new(opened.db, Clock::fixed(NOW));
        let router = web::service(AppState::new(app.clone(), WebConfig::default()));
        let market = make_market(&app, "01843", "Chợ Bắc Kạn").await;
        // A market of another ward, so that a foreign official has somewhere to be at home.
        let far = make_market(&app, "00004", "Chợ Xa").await;
        let this = Self { app, router, market, far, folder, url };
        for (username, role, scope) in [
            ("lan", Role::Volunteer, Scope::Market(market)),
            ("quan", Role::Volunteer, Scope::Market(market)),
            ("son", Role::Lead, Scope::Market(market)),
            ("mai", Role::MarketBoard, Scope::Market(market)),
            ("hanh", Role::WardOfficial, Scope::Ward("01843".to_owned())),
            ("thang", Role::Province, Scope::Province("19".to_owned())),
            ("huy", Role::Operator, Scope::Nation),
            ("ngoai", Role::WardOfficial, Scope::Ward("00004".to_owned())),
        ] {
            // Hashing is slow on purpose: only who signs in with a password has one.
            this.person(username, role, scope, username == signs_in).await;
        }
        this
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn sql(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            let mut conn = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        } else {
            let mut conn = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        }
    }

    /// Makes a person, with [`PASSWORD`] or with none yet.
    pub(crate) async fn person(&self, username: &str, role: Role, scope: Scope, signs_in: bool) {
        let username = username.parse().unwrap();
        let password = signs_in.then(|| Password::new(PASSWORD, &username).unwrap());
        let wish = NewPerson { username, full_name: "Người Thử".parse().unwrap(), role, scope, password };
        people::make_as(&self.app, "test", wish).await.unwrap();
    }

    /// A session's cookie; sessions are made as sign-in makes them, without hashing a password each time.
    pub(crate) async fn cookie(&self, username: &str) -> String {
        let person = choqr::store::staff::find_by_username(&self.app.db, &username.parse().unwrap()).await.unwrap().unwrap();
        let secret = people::begin_session(&self.app, person.staff_id, 3_600_000).await.unwrap();
        format!("choqr={secret}")
    }

    /// A person as the use cases know them.
    pub(crate) async fn viewer(&self, username: &str) -> choqr::domain::scope::Viewer {
        let person = choqr::store::staff::find_by_username(&self.app.db, &username.parse().unwrap()).await.unwrap();
        person.unwrap().viewer().unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// A request as a person's browser sends it; `who` empty is nobody.
    pub(crate) async fn call(&self, who: &str, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Reply {
        let mut request =
            Request::builder().method(method).uri(path).header("host", "localhost").header("sec-fetch-site", "same-origin");
        if !who.is_empty() {
            request = request.header(header::COOKIE, self.cookie(who).await);
        }
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Reply {
        self.call(who, Method::GET, path, "", Body::empty()).await
    }

    pub(crate) async fn post_form(&self, who: &str, path: &str, body: &str) -> Reply {
        self.call(who, Method::POST, path, "application/x-www-form-urlencoded", body.to_owned()).await
    }

    pub(crate) async fn post_json(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.call(who, Method::POST, path, "application/json", body.to_string()).await
    }

    pub(crate) async fn put_json(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.call(who, Method::PUT, path, "application/json", body.to_string()).await
    }

    /// Enrols Nguyễn Thị Hoà at a stall, as the phone does.
    pub(crate) async fn enrol(&self, who: &str, stall: &str, account: &str) -> Reply {
        let uuid = uuid();
        self.put_json(who, &format!("/api/v1/enrolments/{uuid}"), &enrolment(self.market, stall, account)).await
    }

    pub(crate) async fn stall_id(&self, code: &str) -> String {
        let scope = markets::enter_as(&self.app.db, "test", self.market).await.unwrap();
        let all = choqr::store::stalls::list(&self.app.db, &scope, &choqr::store::stalls::StallFilter::default()).await.unwrap();
        all.iter().find(|stall| stall.code == code).unwrap().stall_id.to_string()
    }

    /// Counters equal a recount and every chain holds, whatever a test did.
    pub(crate) async fn is_sound(&self) {
        assert_eq!(choqr::store::recount::differences(&self.app.db).await.unwrap(), []);
        assert_eq!(choqr::app::recount::stale_states(&self.app, self.app.clock.now()).await.unwrap(), []);
        assert_eq!(choqr::app::figures::differences(&self.app).await.unwrap(), [""; 0]);
        let (_, breaks) = choqr::store::audit::verify(&self.app.db).await.unwrap();
        assert_eq!(breaks, []);
    }
}

pub(crate) async fn make_market(app: &App, ward: &str, name: &str) -> MarketId {
    let wish = MarketWish {
        ward_code: ward.to_owned(),
        name: name.parse().unwrap(),
        class: MarketClass::NONE,
        contact_name: None,
        contact_phone: Some("0320000999".parse().unwrap()),
        review_first: false,
    };
    let market = market_work::make_market_as(app, "test", wish).await.unwrap().market_id;
    let scope = markets::enter_as(&app.db, "test", market).await.unwrap();
    let wishes = stall::row("A1", 1, 6)
        .unwrap()
        .into_iter()
        .map(|code| StallWish {
            code,
            zone: None,
            row: None,
            goods: Some("Rau củ".to_owned()),
            occupancy: Occupancy::Trading,
            keeper: None,
        })
        .collect();
    market_work::make_stalls_in(app, scope, wishes).await.unwrap();
    market
}

/// A client's UUIDv7.
pub(crate) fn uuid() -> String {
    choqr::domain::ids::EnrolmentId::generate(NOW, choqr::clock::random()).uuid().to_string()
}

/// The code of an account at the bank of the tests.
pub(crate) fn transfer(account: &str) -> choqr::payment_code::TransferCode {
    choqr::payment_code::TransferCode::new("970436".parse().unwrap(), account.parse().unwrap()).unwrap()
}

/// The body of an enrolment that is issued at once.
pub(crate) fn enrolment(market: MarketId, stall: &str, account: &str) -> Value {
    let code = choqr::payment_code::TransferCode::new("970436".parse().unwrap(), account.parse().unwrap()).unwrap();
    json!({
        "market_id": market,
        "stall_code": stall,
        "vendor": { "full_name": "Nguyễn Thị Hoà", "phone": "0320000123", "business_name": null, "goods": "rau củ" },
        "accounts": [{ "bin": "970436", "account_number": account, "holder_name": "NGUYEN THI HOA",
                       "scanned_payload": code.encode().unwrap(), "primary": true }],
        "consent": { "text_version": "2026-01", "purposes": ["issue_code", "follow_up"], "given_at": "2026-11-20T08:15:00+07:00" },
        "captured_at": "2026-11-20T08:15:04+07:00"
    })
}
