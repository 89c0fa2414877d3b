//! `choqr demo`: a small fictional market, made through the use cases, with one sign-in per role; or a whole nation.

mod market;
pub mod nation;

use std::io::Write;

use anyhow::Context;
use clap::Args;

use super::{refused::Refused, serve};
use crate::{
    app::{App, people},
    config::{DataArgs, ListenArgs},
    domain::{ids::MarketId, scope::Scope, staff::Role},
    store::{markets, staff},
};

/// The ward of the demo's market: Phường Bắc Kạn, tỉnh Thái Nguyên.
const WARD: &str = "01843";
const PROVINCE: &str = "19";
/// One password for everybody in the demo, and nowhere else.
const PASSWORD: &str = "sap-rau-ngon-2026";

/// `choqr demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder of the demo's data.
    #[arg(long, default_value = "./data/demo", value_name = "DIR")]
    data_dir: std::path::PathBuf,
    /// An empty database for the demo in place of a file in its folder: `postgres://…`. Never read from the environment, where a
    /// real register's address may stand.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    #[command(flatten)]
    listen: ListenArgs,
    /// A whole nation instead: 34 provinces, 3,321 communes, 8,500 markets, 4 million stalls, 1 million vendors, all fictional. Takes
    /// minutes and some 6 GB.
    #[arg(long)]
    nation: bool,
    /// A part of the nation: so many markets.
    #[arg(long, hide = true, requires = "nation", value_name = "MARKETS")]
    nation_size: Option<usize>,
}

/// Who can sign in, in the order of the roles.
const PEOPLE: [(Role, &str, &str); 7] = [
    (Role::Volunteer, "lan", "Nguyễn Thu Lan"),
    (Role::Volunteer, "quan", "Hoàng Minh Quân"),
    (Role::Lead, "to-truong", "Nông Văn Sơn"),
    (Role::MarketBoard, "ban-quan-ly", "Lường Thị Mai"),
    (Role::WardOfficial, "hanh", "Lý Thị Hạnh"),
    (Role::Province, "tinh", "Triệu Đức Thắng"),
    (Role::Operator, "van-hanh", "Đỗ Quang Huy"),
];

/// Who sees the whole nation's aggregates.
const NATION_VIEWER: (&str, &str) = ("quoc-gia", "Vũ Quang Minh");

pub(super) async fn run(args: DemoArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let data = DataArgs { data_dir: args.data_dir, database_url: args.database_url, key_file: None };
    let bound = serve::bind(&args.listen, true).await?;
    let designs = serve::designs(&data.data_dir)?;
    let app = super::open(&data).await?;
    if args.nation {
        let size = args.nation_size.map_or(nation::Size::WHOLE, nation::Size::of_markets);
        make_nation(&app, size).await?;
    } else if !staff::any(&app.db).await? {
        eprintln!("making a fictional market …");
        let market = market::make(&app).await?;
        make_people(&app, market).await?;
        market::live(&app, market).await?;
    }
    let held = markets::all_ids(&app.db).await?;
    writeln!(out, "address {}", bound.address)?;
    for (role, username, _) in PEOPLE.iter().filter(|(_, username, _)| *username != "quan") {
        writeln!(out, "sign-in {role} {username} {PASSWORD}")?;
    }
    if args.nation {
        writeln!(out, "sign-in {} {} {PASSWORD}", Role::Province, NATION_VIEWER.0)?;
    }
    out.flush()?;
    eprintln!("{} market(s); stop with Ctrl-C", held.len());
    serve::serve(app, bound, designs).await
}

/// Makes the nation and its people where there is none yet; what is there of another kind is refused.
async fn make_nation(app: &App, size: nation::Size) -> anyhow::Result<()> {
    if !nation::is_made(app, size).await.map_err(|error| Refused(format!("--nation: {error:#}")))? {
        eprintln!("making a fictional nation of {} markets …", size.markets);
        let began = std::time::Instant::now();
        let mut next = 0;
        nation::make(app, size, |done| {
            if done.markets >= next || done.markets == done.of {
                next = done.markets + done.of / 20;
                eprintln!(
                    "{} of {} markets, {} stalls, {} vendors, {} s",
                    done.markets,
                    done.of,
                    done.stalls,
                    done.vendors,
                    began.elapsed().as_secs()
                );
            }
        })
        .await?;
    }
    if !staff::any(&app.db).await? {
        let first = *markets::all_ids(&app.db).await?.first().context("a nation has a market")?;
        make_people(app, first).await?;
        make_person(app, Role::Province, NATION_VIEWER, Scope::Nation).await?;
    }
    Ok(())
}

async fn make_people(app: &App, market: MarketId) -> anyhow::Result<()> {
    for (role, username, name) in PEOPLE {
        let scope = match role {
            Role::Volunteer | Role::Lead | Role::MarketBoard => Scope::Market(market),
            Role::WardOfficial => Scope::Ward(WARD.to_owned()),
            Role::Province => Scope::Province(PROVINCE.to_owned()),
            Role::Operator => Scope::Nation,
        };
        make_person(app, role, (username, name), scope).await?;
    }
    Ok(())
}

async fn make_person(app: &App, role: Role, (username, name): (&str, &str), scope: Scope) -> anyhow::Result<()> {
    let username: crate::domain::staff::Username = username.parse()?;
    let password = crate::domain::staff::Password::new(PASSWORD, &username)?;
    let wish = people::NewPerson { username, full_name: name.parse()?, role, scope, password: Some(password) };
    people::make_as(app, "demo", wish).await?;
    Ok(())
}
