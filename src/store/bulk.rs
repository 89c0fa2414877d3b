//! Many rows of many markets at once, for a register that is made rather than kept: the nation of the demo.
//!
//! SQLite takes one prepared statement a table inside the writer's transaction; PostgreSQL takes `COPY`. A market's own row, its
//! counters and its audit events go the ordinary way, through [`markets::insert`](super::markets::insert) and the ledger, so
//! that what counts here counts as everywhere else. Personal values are sealed before they come here, in the rows'
//! constructors, so that sealing can run beside the writing.

mod rows;

use std::{borrow::Cow, fmt::Write as _};

use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::{Driver, StoreError, Tx, markets::MarketScope};
use crate::domain::time::UnixMillis;

pub use rows::{
    AccountInUseRow, AccountRow, CheckRow, CodeRow, DayRow, EnrolmentIdRow, EnrolmentRow, FigureRow, OccupancyRow,
    StallFigureRow, StallRow, TenancyRow, VendorRow, VisitRow,
};

/// How much of a `COPY` is sent at once.
const PIECE_BYTES: usize = 1 << 20;

/// One value on its way into a row.
#[derive(Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Int(i64),
    /// A flag.
    Bool(bool),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Bool(flag) => ToSqlOutput::Owned(Value::Integer(i64::from(*flag))),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl Cell<'_> {
    /// Writes the value as `COPY` reads it in its text format.
    fn copy_into(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("\\N"),
            Self::Text(text) => {
                for c in text.chars() {
                    match c {
                        '\\' => out.push_str("\\\\"),
                        '\t' => out.push_str("\\t"),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        c => out.push(c),
                    }
                }
            }
            Self::Int(number) => {
                let _infallible = write!(out, "{number}");
            }
            Self::Bool(flag) => out.push(if *flag { 't' } else { 'f' }),
            Self::Bytes(bytes) => {
                out.push_str("\\\\x");
                data_encoding::HEXLOWER.encode_append(bytes, out);
            }
        }
    }
}

/// A value that fits a cell.
pub trait ToCell {
    /// The cell it stands in.
    fn to_cell(&self) -> Cell<'_>;
}

impl<T: ToCell> ToCell for Option<T> {
    fn to_cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, ToCell::to_cell)
    }
}

impl ToCell for Vec<u8> {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Bytes(self)
    }
}

impl ToCell for UnixMillis {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Int(self.0)
    }
}

impl ToCell for i64 {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Int(*self)
    }
}

impl ToCell for bool {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Bool(*self)
    }
}

impl ToCell for String {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(self))
    }
}

impl ToCell for &'static str {
    fn to_cell(&self) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(self))
    }
}

/// A row of one table, without the market that every table's key begins with.
pub trait Row {
    /// The table.
    const TABLE: &'static str;
    /// Its columns in the order of [`Row::cells`], without `market_id`.
    const COLUMNS: &'static [&'static str];
    /// The values.
    fn cells<'r>(&'r self, out: &mut Vec<Cell<'r>>);
}

/// Everything that stands in one market.
#[derive(Debug)]
pub struct MarketRows {
    /// Which market; its own row must be there already.
    pub scope: MarketScope,
    /// Its stalls, in the order of their identifiers.
    pub stalls: Vec<StallRow>,
    /// Its vendors.
    pub vendors: Vec<VendorRow>,
    /// Who keeps which stall.
    pub tenancies: Vec<TenancyRow>,
    /// Their accounts.
    pub accounts: Vec<AccountRow>,
    /// Which vendor uses which account.
    pub in_use: Vec<AccountInUseRow>,
    /// Their payment codes.
    pub codes: Vec<CodeRow>,
    /// The keys of the enrolments.
    pub enrolment_ids: Vec<EnrolmentIdRow>,
    /// The enrolments.
    pub enrolments: Vec<EnrolmentRow>,
    /// Visits.
    pub visits: Vec<VisitRow>,
    /// Scans.
    pub checks: Vec<CheckRow>,
    /// Day counts.
    pub days: Vec<DayRow>,
    /// What each stall has been.
    pub occupancies: Vec<OccupancyRow>,
    /// Each stall's part of the figures.
    pub stall_figures: Vec<StallFigureRow>,
    /// The figures of the market.
    pub figures: Vec<FigureRow>,
}

impl MarketRows {
    /// A market in which nothing stands yet.
    #[must_use]
    pub const fn empty(scope: MarketScope) -> Self {
        Self {
            scope,
            stalls: Vec::new(),
            vendors: Vec::new(),
            tenancies: Vec::new(),
            accounts: Vec::new(),
            in_use: Vec::new(),
            codes: Vec::new(),
            enrolment_ids: Vec::new(),
            enrolments: Vec::new(),
            visits: Vec::new(),
            checks: Vec::new(),
            days: Vec::new(),
            occupancies: Vec::new(),
            stall_figures: Vec::new(),
            figures: Vec::new(),
        }
    }
}

/// Writes everything that stands in some markets, and notes their stalls for the counters.
pub async fn insert(tx: &mut Tx<'_>, markets: &[MarketRows], now: UnixMillis) -> Result<(), StoreError> {
    for market in markets {
        for stall in &market.stalls {
            tx.ledger().stall_changed(market.scope.market_id(), None, (stall.occupancy, &stall.state()), now);
        }
    }
    put(tx, markets, |market| &market.vendors).await?;
    put(tx, markets, |market| &market.stalls).await?;
    put(tx, markets, |market| &market.tenancies).await?;
    put(tx, markets, |market| &market.accounts).await?;
    put(tx, markets, |market| &market.in_use).await?;
    put(tx, markets, |market| &market.codes).await?;
    put(tx, markets, |market| &market.enrolment_ids).await?;
    put(tx, markets, |market| &market.enrolments).await?;
    put(tx, markets, |market| &market.visits).await?;
    put(tx, markets, |market| &market.checks).await?;
    put(tx, markets, |market| &market.days).await?;
    put(tx, markets, |market| &market.occupancies).await?;
    put(tx, markets, |market| &market.stall_figures).await?;
    put(tx, markets, |market| &market.figures).await
}

/// Writes one table's rows of all these markets.
async fn put<R: Row + Sync>(tx: &mut Tx<'_>, markets: &[MarketRows], pick: fn(&MarketRows) -> &Vec<R>) -> Result<(), StoreError> {
    if markets.iter().all(|market| pick(market).is_empty()) {
        return Ok(());
    }
    let columns = R::COLUMNS.join(", ");
    match tx.conn() {
        Driver::Sqlite(conn) => {
            let values = (0..R::COLUMNS.len()).fold(String::new(), |values, n| format!("{values}, ${}", n + 2));
            let sql = format!("INSERT INTO {} (market_id, {columns}) VALUES ($1{values})", R::TABLE);
            let mut statement = conn.prepare_cached(&sql)?;
            let mut cells = Vec::with_capacity(R::COLUMNS.len());
            for market in markets {
                let id = market.scope.market_id().to_string();
                for row in pick(market) {
                    row.cells(&mut cells);
                    statement.raw_bind_parameter(1, &id)?;
                    for (place, cell) in cells.drain(..).enumerate() {
                        statement.raw_bind_parameter(place + 2, cell)?;
                    }
                    statement.raw_execute()?;
                }
            }
            Ok(())
        }
        Driver::Postgres(conn) => {
            let sql = format!("COPY {} (market_id, {columns}) FROM STDIN", R::TABLE);
            let mut copy = conn.copy_in_raw(&sql).await?;
            let mut text = String::with_capacity(PIECE_BYTES + 8_192);
            for market in markets {
                let id = market.scope.market_id().to_string();
                for row in pick(market) {
                    write_line(&mut text, &id, row);
                    if text.len() >= PIECE_BYTES {
                        copy.send(text.as_bytes()).await?;
                        text.clear();
                    }
                }
            }
            copy.send(text.as_bytes()).await?;
            copy.finish().await?;
            Ok(())
        }
    }
}

/// One row as `COPY` reads it.
fn write_line<R: Row>(text: &mut String, market: &str, row: &R) {
    let mut cells = Vec::with_capacity(R::COLUMNS.len());
    row.cells(&mut cells);
    text.push_str(market);
    for cell in &cells {
        text.push('\t');
        cell.copy_into(text);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_written_as_copy_reads_it() {
        let mut text = String::new();
        for cell in [Cell::Null, Cell::Text("a\tb\\c\nd".into()), Cell::Int(-7), Cell::Bool(true), Cell::Bytes(&[0, 255])] {
            cell.copy_into(&mut text);
            text.push('|');
        }
        assert_eq!(text, "\\N|a\\tb\\\\c\\nd|-7|t|\\\\x00ff|");
    }
}
