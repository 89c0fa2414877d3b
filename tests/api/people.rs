//! Signing in and out, one-time links, first start, forged requests.

use axum::http::{Method, StatusCode, header};
use choqr::app::people;

use crate::{
    on_both,
    support::{PASSWORD, enrolment, uuid},
};

on_both! {
async fn a_session_begins_with_the_right_password_only_and_ends_at_sign_out(app) {
    let wrong = app.post_form("", "/sign-in", "username=hanh&password=sai-mat-khau-roi").await;
    let unknown = app.post_form("", "/sign-in", "username=khong-co&password=sai-mat-khau-roi").await;
    let right = app.post_form("", "/sign-in", &format!("username=Hanh&password={PASSWORD}&next=/review")).await;

    assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(wrong.text().replace("hanh", ""), unknown.text().replace("khong-co", ""));
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/review"));
    let set = right.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.starts_with("choqr=") && set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Secure"), "{set}");
    let cookie = set.split(';').next().unwrap();
    let call = |method: Method, path: &str| {
        axum::http::Request::builder().method(method).uri(path).header("host", "localhost").header("cookie", cookie)
            .header("sec-fetch-site", "same-origin").body(axum::body::Body::empty()).unwrap()
    };
    assert_eq!(app.send(call(Method::GET, "/review")).await.status, StatusCode::OK);
    app.send(call(Method::POST, "/sign-out")).await;
    assert_eq!(app.send(call(Method::GET, "/review")).await.location(), "/sign-in?next=/review");
}
}

on_both! {
async fn cookies_are_secure_everywhere_but_on_loopback(app) {
    for (host, secure) in [("localhost:8080", false), ("127.0.0.1", false), ("[::1]:8080", false), ("192.168.1.10:8080", true), ("cho.example.vn", true)] {
        let request = axum::http::Request::builder().method(Method::POST).uri("/sign-in").header("host", host)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("username=hanh&password={PASSWORD}"))).unwrap();
        let reply = app.send(request).await;
        let set = reply.headers[header::SET_COOKIE].to_str().unwrap();
        assert_eq!(set.starts_with("__Host-choqr=") && set.contains("Secure"), secure, "{host}: {set}");
        let page = app.send(axum::http::Request::builder().uri("/sign-in").header("host", host).body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(page.text().contains("https://"), secure, "{host}: the page says that sign-in needs HTTPS");
    }
}
}

on_both! {
async fn a_forged_request_changes_nothing(app) {
    let cookie = app.cookie("hanh").await;
    for (name, value) in FORGED.into_iter().chain([("x-nothing", "")]) {
        let request = axum::http::Request::builder().method(Method::POST).uri("/markets").header("host", "cho.lan:8080")
            .header("cookie", &cookie).header(name, value).header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from("name=Chợ+Giả")).unwrap();
        assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(!app.get("hanh", "/markets").await.text().contains("Chợ Giả"));
}
}

/// What browsers send for another site's page: over HTTPS and to loopback the first, over plain HTTP elsewhere the others.
const FORGED: [(&str, &str); 6] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
    ("origin", "https://evil.example"),
    ("origin", "http://cho.lan:9090"),
    ("origin", "null"),
    ("referer", "http://evil.example/cho.lan:8080"),
];

on_both! {
async fn a_forged_sign_in_begins_nothing_and_ours_does(app) {
    let sign_in = async |name: &str, value: &str| {
        let request = axum::http::Request::builder().method(Method::POST).uri("/sign-in").header("host", "cho.lan:8080").header(name, value)
            // Cookies of other programs on that host are not ours to judge by.
            .header("cookie", "lang=vi; other=1").header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("username=hanh&password={PASSWORD}"))).unwrap();
        app.send(request).await.status
    };
    for (name, value) in FORGED {
        assert_eq!(sign_in(name, value).await, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    for (name, value) in [("origin", "http://cho.lan:8080"), ("referer", "http://cho.lan:8080/sign-in"), ("sec-fetch-site", "same-origin"), ("x-nothing", "")] {
        assert_eq!(sign_in(name, value).await, StatusCode::SEE_OTHER, "{name}: {value}");
    }
    let page = app.get("", "/sign-in").await;
    assert_eq!(page.headers[header::REFERRER_POLICY], "same-origin", "with no-referrer a browser sends Origin: null for our own forms");
}
}

on_both! {
async fn over_https_only_the_host_bound_cookie_counts(app) {
    let plain = app.cookie("hanh").await;
    let config = choqr::web::state::WebConfig { https: true, ..Default::default() };
    let router = choqr::web::service(choqr::web::state::AppState::new(app.app.clone(), config));
    let ask = async |method: Method, path: &str, cookie: String, origin: &str| {
        use tower::ServiceExt;
        let request = axum::http::Request::builder().method(method).uri(path).header("host", "cho.vn").header("cookie", cookie).header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded").body(axum::body::Body::from("lang=en")).unwrap();
        router.clone().oneshot(request).await.unwrap()
    };

    let planted = ask(Method::GET, "/review", plain.clone(), "").await;
    let bound = ask(Method::GET, "/review", format!("__Host-{plain}"), "").await;
    let downgraded = ask(Method::POST, "/language", format!("__Host-{plain}"), "http://cho.vn").await;
    let ours = ask(Method::POST, "/language", format!("__Host-{plain}"), "https://cho.vn").await;

    assert_eq!((planted.status(), bound.status()), (StatusCode::SEE_OTHER, StatusCode::OK));
    assert_eq!((downgraded.status(), ours.status()), (StatusCode::FORBIDDEN, StatusCode::SEE_OTHER));
    assert!(ours.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
}
}

on_both! {
async fn a_one_time_link_sets_a_password_once(app) {
    let made = app.post_form("hanh", "/staff", &format!("full_name=Tr%E1%BA%A7n+B&username=tran.b&role=volunteer&scope=market:{}", app.market)).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let text = made.text();
    let link = &text[text.find("/link/").unwrap()..][..32];
    assert_eq!(app.get("", link).await.status, StatusCode::OK);

    let short = app.post_form("", link, "password=ngan&again=ngan").await;
    let differ = app.post_form("", link, "password=mot-hai-ba-bon&again=mot-hai-ba-nam").await;
    let set = app.post_form("", link, "password=mot-hai-ba-bon&again=mot-hai-ba-bon").await;
    let again = app.post_form("", link, "password=nam-sau-bay-tam&again=nam-sau-bay-tam").await;

    assert_eq!((short.status, differ.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!((set.status, again.status), (StatusCode::SEE_OTHER, StatusCode::NOT_FOUND));
    assert!(set.headers.contains_key(header::SET_COOKIE));
    assert!(people::sign_in(&app.app, "tran.b", "mot-hai-ba-bon", None, 1_000).await.unwrap().is_some());
}
}

on_both! {
async fn disabling_ends_sessions_and_tokens_at_once(app) {
    let cookie = app.cookie("lan").await;
    let person = choqr::store::staff::find_by_username(&app.app.db, &"lan".parse().unwrap()).await.unwrap().unwrap();
    let token = people::make_token(&app.app, "test", person.staff_id, "").await.unwrap();
    let with = |name: &str, value: &str| axum::http::Request::builder().uri("/api/v1/markets").header(name, value).body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.send(with("authorization", &format!("Bearer {token}"))).await.status, StatusCode::OK);

    app.post_form("hanh", &format!("/staff/{}/active", person.staff_id), "active=no").await;

    assert_eq!(app.send(with("cookie", &cookie)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.send(with("authorization", &format!("Bearer {token}"))).await.status, StatusCode::UNAUTHORIZED);
}
}

#[tokio::test]
async fn first_start_asks_for_the_token_and_leads_to_a_first_market() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("choqr.db").display());
    let opened = choqr::store::Db::open(&url, &folder.path().join("key")).await.unwrap();
    assert!(opened.recovery_key.is_some());
    let app = choqr::app::App::new(opened.db, choqr::clock::Clock::fixed(crate::support::NOW));
    let token = people::set_up_token(&app).await.unwrap().unwrap();
    let router = choqr::web::service(choqr::web::state::AppState::new(app.clone(), choqr::web::state::WebConfig::default()));
    let post = async |body: String| {
        use tower::ServiceExt;
        let request = axum::http::Request::builder()
            .method("POST")
            .uri("/set-up")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(body))
            .unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, String::from_utf8(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap())
    };
    let form = |token: &str| {
        format!(
            "token={token}&ward=01843&official_name=L%C3%BD+H%E1%BA%A1nh&official_username=hanh&password={PASSWORD}&again={PASSWORD}\
         &market=Ch%E1%BB%A3+M%E1%BB%9Bi&market_phone=0320000999&prefix=A1&from=1&to=24&lead_name=N%C3%B4ng+S%C6%A1n&lead_username=son"
        )
    };

    let page = {
        use tower::ServiceExt;
        let request =
            axum::http::Request::builder().uri(format!("/set-up?token={token}")).body(axum::body::Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    assert!(page.contains(&format!("name=\"next\" value=\"/set-up?token={token}\"")), "another language keeps the token");
    assert_eq!(post(form("sai")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    for (row, said) in [("from=24&to=1", "Số cuối nhỏ hơn số đầu"), ("from=1&to=600", "Một dãy có nhiều nhất 500 sạp")]
    {
        let (status, page) = post(form(&token).replace("from=1&to=24", row)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{row}");
        assert!(page.contains(said), "{row}");
    }
    assert_eq!(post(form(&token)).await.0, StatusCode::OK);
    assert_eq!(post(form(&token)).await.0, StatusCode::NOT_FOUND);

    let markets = choqr::store::markets::all_ids(&app.db).await.unwrap();
    let scope = choqr::store::markets::enter_as(&app.db, "test", markets[0]).await.unwrap();
    assert_eq!(choqr::store::markets::stats(&app.db, &scope).await.unwrap().trading, 24);
    assert!(people::sign_in(&app, "hanh", PASSWORD, None, 1_000).await.unwrap().is_some());
}

on_both! {
async fn guessing_is_braked_alike_for_names_that_exist_and_not_and_ends(app) {
    let guess = async |username: &str, password: &str, from: [u8; 4]| {
        let request = axum::http::Request::builder().method(Method::POST).uri("/sign-in").header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            // Whoever asks may write anything there: without a proxy that the operator named it counts for nothing.
            .header("x-forwarded-for", format!("198.51.100.{}", choqr::clock::random::<1>()[0]))
            .extension(choqr::web::peer::Peer(from.into()))
            .body(axum::body::Body::from(format!("username={username}&password={password}"))).unwrap();
        app.send(request).await
    };
    for username in ["hanh", "khong-co"] {
        for n in 0..3 {
            assert_eq!(guess(username, "sai-mat-khau", [203, 0, 113, n]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{username}");
        }
    }
    let (known, unknown) = (guess("hanh", "sai-mat-khau", [203, 0, 113, 9]).await, guess("khong-co", "sai-mat-khau", [203, 0, 113, 9]).await);
    let right_too_soon = guess("hanh", PASSWORD, [203, 0, 113, 9]).await;
    app.app.clock.advance(3_000);
    let right = guess("hanh", PASSWORD, [203, 0, 113, 9]).await;

    assert_eq!((known.status, unknown.status, right_too_soon.status), (StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS));
    assert_eq!((&known.headers[header::RETRY_AFTER], &unknown.headers[header::RETRY_AFTER]), (&"3".parse().unwrap(), &"3".parse().unwrap()));
    assert_eq!(known.text().replace("hanh", ""), unknown.text().replace("khong-co", ""));
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}
}

on_both! {
async fn one_time_links_are_not_guessed_for_ever(app) {
    let look = async |from: [u8; 4]| {
        let request = axum::http::Request::builder().uri("/link/0123456789ABCDEFGHJKMNPQRS").header("host", "localhost")
            .extension(choqr::web::peer::Peer(from.into())).body(axum::body::Body::empty()).unwrap();
        app.send(request).await.status
    };
    for _ in 0..choqr::app::guesses::BURST {
        assert_eq!(look([203, 0, 113, 1]).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(look([203, 0, 113, 1]).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(look([203, 0, 113, 2]).await, StatusCode::NOT_FOUND);
    app.app.clock.advance(2_000);
    assert_eq!(look([203, 0, 113, 1]).await, StatusCode::NOT_FOUND);
}
}

#[tokio::test]
async fn behind_a_proxy_that_was_named_its_clients_are_told_apart() {
    let app = crate::support::TestApp::new(crate::support::Engine::Sqlite).await;
    let config = choqr::web::state::WebConfig { trusted_proxies: vec![[127, 0, 0, 1].into()], ..Default::default() };
    let router = choqr::web::service(choqr::web::state::AppState::new(app.app.clone(), config));
    let look = async |seen: &str| {
        use tower::ServiceExt;
        let request = axum::http::Request::builder()
            .uri("/link/0123456789ABCDEFGHJKMNPQRS")
            .header("host", "localhost")
            .header("x-forwarded-for", seen)
            .extension(choqr::web::peer::Peer([127, 0, 0, 1].into()))
            .body(axum::body::Body::empty())
            .unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    for n in 0..choqr::app::guesses::BURST {
        // What stands before the last entry was written by whoever asked.
        assert_eq!(look(&format!("10.0.0.{n}, 203.0.113.1")).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(look("203.0.113.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(look("203.0.113.2").await, StatusCode::NOT_FOUND);
}

on_both! {
async fn figures_are_for_this_very_machine_and_tell_nobodys_name(app) {
    app.enrol("lan", "A1-01", "9990000000011").await;
    app.get("", "/sign-in").await;
    let ask = async |from: [u8; 4], host: &str, name: &str| {
        let request = axum::http::Request::builder().uri("/metrics").header("host", host).header(name, "203.0.113.1")
            .extension(choqr::web::peer::Peer(from.into())).body(axum::body::Body::empty()).unwrap();
        app.send(request).await
    };

    let near = ask([127, 0, 0, 1], "localhost:8080", "x-nothing").await;
    let (far, foreign_host) = (ask([192, 168, 1, 7], "localhost:8080", "x-nothing").await, ask([127, 0, 0, 1], "cho.example.vn", "x-nothing").await);
    let proxied = ask([127, 0, 0, 1], "localhost:8080", "x-forwarded-for").await;

    assert_eq!((near.status, far.status, foreign_host.status, proxied.status), (StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let text = near.text();
    for line in ["choqr_requests_total{method=\"GET\",route=\"/sign-in\",status=\"2xx\"} ", "choqr_sessions 1\n", "choqr_writes_total ", "route=\"/api/v1/enrolments/{uuid}\",status=\"2xx\""] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("9990000000011") && !text.contains("0320000123") && !text.contains("Hoà"), "{text}");
}
}

on_both! {
async fn an_operator_finds_a_ward_by_typing_and_makes_its_official(app) {
    let make = async |username: &str, ward: &str| {
        app.post_form("huy", "/staff", &format!("full_name=B&username={username}&role=ward_official&scope=province:19&ward={ward}")).await
    };

    let (several, none, empty) = (make("can.bo", "tan+lap").await, make("can.bo", "khong+co+dau").await, make("can.bo", "").await);
    let (typed, picked) = (make("can.bo", "bac+kan+thai+nguyen").await, make("can.bo.2", "00004").await);

    assert_eq!((several.status, none.status, empty.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert!(several.text().contains("<select class=\"input\" id=\"ward\""), "{}", several.text());
    assert!(none.text().contains("<input class=\"input\" id=\"ward\""));
    assert_eq!((typed.status, picked.status), (StatusCode::OK, StatusCode::OK), "{}", typed.text());
    for (username, ward) in [("can.bo", "01843"), ("can.bo.2", "00004")] {
        let person = choqr::store::staff::find_by_username(&app.app.db, &username.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((person.scope_kind.as_str(), person.scope_id.as_str()), ("ward", ward));
    }
}
}

on_both! {
async fn people_of_one_market_see_it_in_the_list_and_its_cases_in_the_queue(app) {
    let mut typed = enrolment(app.market, "A1-01", "9990000111111");
    typed["accounts"][0].as_object_mut().unwrap().remove("scanned_payload");
    let answer = app.put_json("lan", &format!("/api/v1/enrolments/{}", uuid()), &typed).await.json();

    for person in ["lan", "son", "mai"] {
        let markets = app.get(person, "/api/v1/markets").await.json();
        let ids: Vec<&str> = markets["markets"].as_array().unwrap().iter().map(|market| market["market_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [app.market.to_string()], "{person}");
        assert!(app.get(person, "/markets").await.text().contains(&format!("/markets/{}", app.market)), "{person}");
    }
    let queue = app.get("son", "/review").await.text();
    assert!(queue.contains(&format!("/review/{}", answer["enrolment_id"].as_str().unwrap())));
}
}

on_both! {
async fn no_link_leads_away_after_signing_in(app) {
    let lead = async |next: &str| {
        let reply = app.post_form("", "/language", &format!("lang=vi&next={next}")).await;
        (reply.status, reply.location().to_owned())
    };
    let home = (StatusCode::SEE_OTHER, "/".to_owned());

    // A browser drops tabs and line ends from an address, and reads `\` as `/`.
    for next in ["/%09/evil.example", "/%0A/evil.example", "//evil.example", "/%5Cevil.example", "https://evil.example", "/a%00b", "/a%7Fb", "/a%C2%85b"] {
        assert_eq!(lead(next).await, home, "{next}");
    }
    assert_eq!(lead("/markets/mkt_1%3Fneed%3Ddue").await, (StatusCode::SEE_OTHER, "/markets/mkt_1?need=due".to_owned()));
    let signed_in = app.post_form("", "/sign-in", &format!("username=hanh&password={PASSWORD}&next=/%09/evil.example")).await;
    assert_eq!((signed_in.status, signed_in.location().to_owned()), home);
}
}

on_both! {
async fn a_failing_database_is_told_and_never_an_empty_place(app) {
    assert!(app.get("lan", "/banks").await.text().contains("Chợ Bắc Kạn"));
    app.sql("ALTER TABLE markets RENAME TO gone").await;

    assert_eq!(app.get("lan", "/banks").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}
}

on_both! {
async fn a_slip_is_never_printed_without_its_code(app) {
    let person = choqr::store::staff::find_by_username(&app.app.db, &"lan".parse().unwrap()).await.unwrap().unwrap();
    let slips = async |host: &str| {
        let request = axum::http::Request::builder().method(Method::POST).uri("/staff/slips").header("host", host)
            .header("sec-fetch-site", "same-origin").header("cookie", app.cookie("hanh").await)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(format!("staff_id={}", person.staff_id))).unwrap();
        app.send(request).await
    };

    assert!(slips("localhost").await.text().contains("<svg"));
    assert_eq!(slips(&"a".repeat(3_000)).await.status, StatusCode::INTERNAL_SERVER_ERROR, "no symbol holds such a link");
}
}

on_both! {
async fn a_time_line_asks_only_for_the_people_in_it(app) {
    use choqr::store::staff;
    let lan = staff::find_by_username(&app.app.db, &"lan".parse().unwrap()).await.unwrap().unwrap().staff_id.to_string();
    let nobody = lan.replace(|c: char| c.is_ascii_digit(), "0");

    let names = staff::names(&app.app.db, [lan.as_str(), "job", lan.as_str(), "vendor", nobody.as_str()]).await.unwrap();

    assert_eq!(names.into_iter().collect::<Vec<_>>(), [(lan.as_str(), "Người Thử".to_owned())]);
}
}
