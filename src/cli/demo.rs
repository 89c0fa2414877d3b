//! `choqr demo`: a small fictional market, made through the use cases, with one sign-in per role.

mod market;

use std::io::Write;

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
    #[command(flatten)]
    listen: ListenArgs,
    /// A whole nation of fictional data: not there yet, so this version refuses it.
    #[arg(long)]
    nation: bool,
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

pub(super) async fn run(args: DemoArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if args.nation {
        return Err(Refused("--nation: not there yet; this version makes one market, without the flag".to_owned()).into());
    }
    let data = DataArgs { data_dir: args.data_dir, database_url: None, key_file: None };
    let bound = serve::bind(&args.listen, true).await?;
    let designs = serve::designs(&data.data_dir)?;
    let app = super::open(&data).await?;
    if !staff::any(&app.db).await? {
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
    out.flush()?;
    eprintln!("{} market(s); stop with Ctrl-C", held.len());
    serve::serve(app, bound, designs).await
}

async fn make_people(app: &App, market: MarketId) -> anyhow::Result<()> {
    for (role, username, name) in PEOPLE {
        let scope = match role {
            Role::Volunteer | Role::Lead | Role::MarketBoard => Scope::Market(market),
            Role::WardOfficial => Scope::Ward(WARD.to_owned()),
            Role::Province => Scope::Province(PROVINCE.to_owned()),
            Role::Operator => Scope::Nation,
        };
        let username: crate::domain::staff::Username = username.parse()?;
        let password = crate::domain::staff::Password::new(PASSWORD, &username)?;
        let wish = people::NewPerson { username, full_name: name.parse()?, role, scope, password: Some(password) };
        people::make_as(app, "demo", wish).await?;
    }
    Ok(())
}
