//! `choqr check`: one line a finding; exit 1 when something is wrong.

use std::io::{self, Write};

use crate::{
    config::DataArgs,
    store::{audit, inspect, recount},
};

pub(super) async fn run(data: DataArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let mut wrong = 0;
    let mut say = |ok: bool, line: String| -> io::Result<()> {
        if !ok {
            wrong += 1;
        }
        writeln!(out, "{} {line}", if ok { "ok   " } else { "WRONG" })
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = data.key_path();
        for (path, what) in [(&data.data_dir, "data folder"), (&key, "key file")] {
            if let Ok(meta) = std::fs::metadata(path) {
                let mode = meta.permissions().mode() & 0o777;
                let others = mode & 0o077;
                say(others == 0, format!("{what} {} has mode {mode:o}; others may not read it", path.display()))?;
            }
        }
    }
    let app = super::open_existing(&data).await?;
    say(true, format!("the key fits the database ({}), schema {}", app.db.kind(), crate::store::newest_schema()))?;
    let found = inspect::integrity(&app.db)?;
    say(found.is_empty(), if found.is_empty() { "the database file is whole".to_owned() } else { found.join("; ") })?;
    let differences = recount::differences(&app.db).await?;
    say(differences.is_empty(), format!("counters equal a recount ({} differ)", differences.len()))?;
    for d in differences.iter().take(20) {
        say(false, format!("{} {}: stored {}, counted {}", d.market_id, d.counter, d.stored, d.counted))?;
    }
    let stale = crate::app::recount::stale_states(&app, app.clock.now()).await?;
    say(stale.is_empty(), format!("stalls stand as their facts say ({} differ)", stale.len()))?;
    for (market, stall) in stale.iter().take(20) {
        say(false, format!("{market} {stall}: its state is not what its facts give"))?;
    }
    let wrong_figures = crate::app::figures::differences(&app).await?;
    let same = wrong_figures.is_empty();
    say(same, format!("figures by day equal a recount ({} differ)", wrong_figures.len()))?;
    for line in wrong_figures.iter().take(20) {
        say(false, line.clone())?;
    }
    let (events, breaks) = audit::verify(&app.db).await?;
    say(breaks.is_empty(), format!("audit chains hold ({events} events)"))?;
    for broken in &breaks {
        say(false, broken.to_string())?;
    }
    if wrong > 0 {
        anyhow::bail!("{wrong} findings");
    }
    Ok(())
}
