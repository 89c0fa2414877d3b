//! `choqr staff`: adds, lists, disables people and makes API tokens.

use std::io::{Read, Write};

use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::{
    app::{
        App, UseError,
        people::{self, NewPerson},
    },
    config::DataArgs,
    domain::{
        scope::Scope,
        staff::{Password, Role, Username},
    },
    store::staff::{self, Staff},
};

/// `choqr staff …`
#[derive(Debug, Args)]
pub(super) struct StaffArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: StaffCommand,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Adds a person; without a password prints a one-time sign-in link.
    Add {
        /// With which they sign in.
        username: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// `volunteer`, `lead`, `market_board`, `ward_official`, `province` or `operator`.
        #[arg(long)]
        role: String,
        /// `nation`, `province:CODE`, `ward:CODE` or `market:ID`.
        #[arg(long)]
        scope: String,
        /// Reads the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        /// The address to put into the link.
        #[arg(long, env = "CHOQR_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
        public_url: String,
    },
    /// Lists people: user name, role, scope, state and name, separated by tabs.
    List,
    /// Lets a person in no longer; their sessions and tokens end at once.
    Disable {
        /// With which they sign in.
        username: String,
    },
    /// Prints a new one-time link with which somebody sets a password; earlier ones no longer work.
    Link {
        /// Whose.
        username: String,
        /// The address to put into the link.
        #[arg(long, env = "CHOQR_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
        public_url: String,
    },
    /// Makes an API token and prints it once.
    Token {
        /// Whose.
        username: String,
        /// What it is for.
        #[arg(long, default_value = "")]
        label: String,
    },
}

/// A use case's refusal in the words of the command line.
pub(super) fn explain(error: UseError) -> anyhow::Error {
    match error {
        UseError::Invalid(problems) => {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| format!("--{}: {}", problem.pointer.trim_start_matches('/').replace('_', "-"), problem.message))
                .collect();
            Refused(lines.join("; ")).into()
        }
        UseError::Conflict("username_taken") => Refused("this user name is taken".to_owned()).into(),
        UseError::Conflict("name_taken") => Refused("the ward has a market of that name".to_owned()).into(),
        other => other.into(),
    }
}

async fn get(app: &App, username: &str) -> anyhow::Result<Staff> {
    let username: Username = username.parse().map_err(|error| Refused(format!("{username}: {error}")))?;
    let found = staff::find_by_username(&app.db, &username).await?;
    found.ok_or_else(|| Refused(format!("nobody has the user name {}", username.as_str())).into())
}

/// Somebody who may sign in.
async fn get_active(app: &App, username: &str) -> anyhow::Result<Staff> {
    let person = get(app, username).await?;
    if person.is_active {
        Ok(person)
    } else {
        Err(Refused(format!("{} is disabled and could not sign in with it", person.username)).into())
    }
}

pub(super) async fn run(args: StaffArgs, out: &mut impl Write) -> anyhow::Result<()> {
    super::places::bring(&args.data)?;
    let open = super::open_existing(&args.data);
    match args.command {
        StaffCommand::Add { username, name, role, scope, password_stdin, public_url } => {
            let wish = person(&username, &name, &role, &scope, password_stdin)?;
            // The first thing somebody does on a new machine may well be this.
            let app = super::open(&args.data).await?;
            let (id, token) = people::make_as(&app, "cli", wish).await.map_err(explain)?;
            match token {
                Some(token) => writeln!(out, "{}/link/{token}", public_url.trim_end_matches('/'))?,
                None => writeln!(out, "{id}")?,
            }
        }
        StaffCommand::List => list(&open.await?, out).await?,
        StaffCommand::Disable { username } => {
            let app = open.await?;
            let person = get(&app, &username).await?;
            people::set_active_as(&app, "cli", person.staff_id, false).await?;
        }
        StaffCommand::Link { username, public_url } => {
            let app = open.await?;
            let person = get_active(&app, &username).await?;
            let token = people::relink_as(&app, "cli", person.staff_id).await.map_err(explain)?;
            writeln!(out, "{}/link/{token}", public_url.trim_end_matches('/'))?;
        }
        StaffCommand::Token { username, label } => {
            let app = open.await?;
            let person = get_active(&app, &username).await?;
            writeln!(out, "{}", people::make_token(&app, "cli", person.staff_id, &label).await?)?;
        }
    }
    Ok(())
}

/// The new person whom the words describe; what is wrong with them is told before a database is opened.
fn person(username: &str, name: &str, role: &str, scope: &str, password_stdin: bool) -> anyhow::Result<NewPerson> {
    let username: Username = username.parse().map_err(|error| Refused(format!("{username}: {error}")))?;
    let full_name = name.parse().map_err(|error| Refused(format!("--name: {error}")))?;
    let role: Role = role.parse().map_err(|error| Refused(format!("--role {role}: {error}")))?;
    let bounds: Scope = scope.parse().map_err(|error| Refused(format!("--scope {scope}: {error}")))?;
    if !role.takes(&bounds) {
        return Err(Refused(format!("--scope {scope}: {}", role.takes_words())).into());
    }
    let password = if password_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        let text = text.trim_end_matches(['\r', '\n']);
        Some(Password::new(text, &username).map_err(|error| Refused(format!("password: {error}")))?)
    } else {
        None
    };
    Ok(NewPerson { username, full_name, role, scope: bounds, password })
}

async fn list(app: &App, out: &mut impl Write) -> anyhow::Result<()> {
    for person in staff::list_all(&app.db).await? {
        let scope =
            if person.scope_id.is_empty() { person.scope_kind } else { format!("{}:{}", person.scope_kind, person.scope_id) };
        let state = match (person.is_active, person.has_password) {
            (false, _) => "disabled",
            (true, true) => "active",
            (true, false) => "invited",
        };
        writeln!(out, "{}\t{}\t{scope}\t{state}\t{}", person.username, person.role, person.full_name)?;
    }
    Ok(())
}
