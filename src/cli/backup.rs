//! `choqr backup` and `choqr restore`. A backup is one file without a key in it.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use super::refused::Refused;
use crate::{
    config::DataArgs,
    store::{self, inspect, take_alone},
};

/// `choqr backup FILE`
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The file to write; an existing one is not overwritten.
    file: PathBuf,
}

/// `choqr restore FILE` or `choqr restore --recovery-key`
#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The backup.
    #[arg(required_unless_present = "recovery_key")]
    file: Option<PathBuf>,
    /// Makes a new key file from the recovery key, which is read from standard input.
    #[arg(long)]
    recovery_key: bool,
    /// Replaces a database that is there.
    #[arg(long)]
    force: bool,
}

/// A name beside the target, so that renaming is one step.
fn temporary(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

pub(super) async fn backup(args: BackupArgs) -> anyhow::Result<()> {
    if args.file.exists() {
        return Err(Refused(format!("{} is there already; give a new name", args.file.display())).into());
    }
    let source = args
        .data
        .sqlite_file()
        .ok_or_else(|| Refused("PostgreSQL is backed up with its own pg_dump or pg_basebackup".to_owned()))?;
    if !source.is_file() {
        let places = "--data-dir (CHOQR_DATA_DIR) or --database-url (CHOQR_DATABASE_URL) says where it is";
        return Err(Refused(format!("there is no database at {}; {places}", source.display())).into());
    }
    let part = temporary(&args.file);
    if part.exists() {
        fs::remove_file(&part)?;
    }
    // The file as it is, whatever schema it has: a backup is made before a new program touches it.
    inspect::copy_file(&source, &part).await.with_context(|| format!("copying {}", source.display()))?;
    only_mine(&part)?;
    let found = inspect::inspect_file(&part).await?;
    if !found.is_empty() {
        fs::remove_file(&part)?;
        anyhow::bail!("the copy is not whole: {}", found.join("; "));
    }
    inspect::settle(&part, &args.file)?;
    eprintln!(
        "{} written; the key is not in it: keep {} and the recovery key elsewhere",
        args.file.display(),
        args.data.key_path().display()
    );
    Ok(())
}

fn only_mine(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

pub(super) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    if let Some(file) = &args.file {
        put_back(&args, file).await?;
    }
    if args.recovery_key {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        store::recover_key_file(&args.data.url(), &args.data.key_path(), &text)
            .await
            .map_err(|error| Refused(error.to_string()))?;
        eprintln!("key file {} fits the database", args.data.key_path().display());
    }
    Ok(())
}

/// Takes the old database's log away, which SQLite would otherwise replay onto the new file. What it holds is moved into
/// the old file first, so that a crash at any moment leaves the old database or the new one, whole.
async fn clear_log(target: &Path) -> anyhow::Result<()> {
    let beside = |ending: &str| {
        let mut name = target.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let folded = if target.exists() { inspect::fold_in_log(target).await } else { Ok(()) };
    let (log, index) = (beside("-wal"), beside("-shm"));
    if log.exists() {
        match folded {
            Ok(()) => fs::remove_file(&log)?,
            // The old database is damaged; what its log holds stays beside it for whoever wants to look.
            Err(_) => fs::rename(&log, beside("-wal.damaged"))?,
        }
    }
    if index.exists() {
        fs::remove_file(&index)?;
    }
    Ok(())
}

async fn put_back(args: &RestoreArgs, file: &Path) -> anyhow::Result<()> {
    let target = args.data.sqlite_file().ok_or_else(|| Refused("PostgreSQL is restored with its own pg_restore".to_owned()))?;
    let mut head = [0; 16];
    let is_sqlite = fs::File::open(file).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"SQLite format 3\0";
    if !is_sqlite {
        return Err(Refused(format!("{} is not a backup of choqr", file.display())).into());
    }
    if target.exists() && !args.force {
        return Err(Refused(format!("{} is there already; --force replaces it", target.display())).into());
    }
    args.data.make_dir()?;
    let part = temporary(&target);
    fs::copy(file, &part).with_context(|| format!("copying {}", file.display()))?;
    only_mine(&part)?;
    let found = inspect::inspect_file(&part).await.map_err(|error| Refused(format!("{}: {error}", file.display())))?;
    if !found.is_empty() {
        fs::remove_file(&part)?;
        return Err(Refused(format!("{} is damaged: {}", file.display(), found.join("; "))).into());
    }
    let Some(_alone) = take_alone(&target).with_context(|| format!("locking {}", target.display()))? else {
        fs::remove_file(&part)?;
        return Err(Refused(format!("{} is in use: stop the service first", target.display())).into());
    };
    clear_log(&target).await?;
    inspect::settle(&part, &target)?;
    eprintln!("{} restored; `choqr check` looks it over", target.display());
    Ok(())
}
