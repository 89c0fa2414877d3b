//! `choqr staff`: adds, lists, disables people and makes API tokens.

use std::io::Read;

use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::{
    app::{
        App, UseError,
        people::{self, NewPerson},
    },
    config::DataArgs,
    domain::staff::{Password, Role, Username},
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
            let lines: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.message)).collect();
            Refused(lines.join("; ")).into()
        }
        UseError::Conflict("username_taken") => {
            Refused("this user name is taken, or the market of the scope does not exist".to_owned()).into()
        }
        UseError::Conflict("name_taken") => Refused("the ward has a market of that name".to_owned()).into(),
        other => other.into(),
    }
}

async fn get(app: &App, username: &str) -> anyhow::Result<Staff> {
    let username: Username = username.parse().map_err(|error| Refused(format!("{username}: {error}")))?;
    let found = staff::find_by_username(&app.db, &username).await?;
    found.ok_or_else(|| Refused(format!("nobody has the user name {}", username.as_str())).into())
}

pub(super) async fn run(args: StaffArgs) -> anyhow::Result<()> {
    let app = match &args.command {
        // The first thing somebody does on a new machine may well be this.
        StaffCommand::Add { .. } => super::open(&args.data).await?,
        _ => super::open_existing(&args.data).await?,
    };
    match args.command {
        StaffCommand::Add { username, name, role, scope, password_stdin, public_url } => {
            let username: Username = username.parse().map_err(|error| Refused(format!("{username}: {error}")))?;
            let password = if password_stdin {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                Some(
                    Password::new(text.trim_end_matches(['\r', '\n']), &username)
                        .map_err(|error| Refused(format!("password: {error}")))?,
                )
            } else {
                None
            };
            let wish = NewPerson {
                username,
                full_name: name.parse().map_err(|error| Refused(format!("--name: {error}")))?,
                role: role.parse::<Role>().map_err(|error| Refused(format!("--role {role}: {error}")))?,
                scope: scope.parse().map_err(|error| Refused(format!("--scope {scope}: {error}")))?,
                password,
            };
            let (id, token) = people::make_as(&app, "cli", wish).await.map_err(explain)?;
            match token {
                Some(token) => println!("{}/link/{token}", public_url.trim_end_matches('/')),
                None => println!("{id}"),
            }
        }
        StaffCommand::List => {
            for person in staff::list_all(&app.db).await? {
                let scope = if person.scope_id.is_empty() {
                    person.scope_kind
                } else {
                    format!("{}:{}", person.scope_kind, person.scope_id)
                };
                let state = match (person.is_active, person.has_password) {
                    (false, _) => "disabled",
                    (true, true) => "active",
                    (true, false) => "invited",
                };
                println!("{}\t{}\t{scope}\t{state}\t{}", person.username, person.role, person.full_name);
            }
        }
        StaffCommand::Disable { username } => {
            let person = get(&app, &username).await?;
            people::set_active_as(&app, "cli", person.staff_id, false).await?;
        }
        StaffCommand::Link { username, public_url } => {
            let person = get(&app, &username).await?;
            if !person.is_active {
                return Err(Refused(format!("{} is disabled and could not sign in with a link", person.username)).into());
            }
            let token = people::relink_as(&app, "cli", person.staff_id).await.map_err(explain)?;
            println!("{}/link/{token}", public_url.trim_end_matches('/'));
        }
        StaffCommand::Token { username, label } => {
            let person = get(&app, &username).await?;
            println!("{}", people::make_token(&app, "cli", person.staff_id, &label).await?);
        }
    }
    Ok(())
}
