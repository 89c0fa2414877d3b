//! Members of staff, the one-time links with which they set a password, and their API tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Db, StoreError, Tx,
    markets::AccessError,
    sqlite::{FromSqliteRow, stored_row},
};
use crate::{
    domain::{
        ids::StaffId,
        place,
        scope::{Scope, Viewer},
        staff::{Role, Username},
        text::Name,
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

stored_row! {
    /// A member of staff.
    #[derive(Debug, Clone)]
    pub struct Staff {
        /// Their identifier.
        pub staff_id: StaffId,
        /// With which they sign in.
        pub username: String,
        /// Their name.
        pub full_name: String,
        /// In which role.
        pub role: Role,
        /// The kind of their bounds.
        pub scope_kind: String,
        /// Which province, ward or market.
        pub scope_id: String,
        /// The province they belong to, empty for none.
        pub province_code: String,
        /// The ward they belong to, empty for none.
        pub ward_code: String,
        /// Whether they may sign in.
        pub is_active: bool,
        /// Whether they have set a password.
        pub has_password: bool,
        /// Since when.
        pub created_at_ms: UnixMillis,
    }
}

macro_rules! staff_sql {
    ($tail:literal) => {
        concat!(
            "SELECT f.staff_id, f.username, f.full_name, f.role, f.scope_kind, f.scope_id, f.province_code, f.ward_code, f.is_active, ",
            "f.password_hash IS NOT NULL AS has_password, f.created_at_ms FROM staff f ",
            $tail
        )
    };
}

impl Staff {
    /// The viewer this person is.
    pub fn viewer(&self) -> Result<Viewer, StoreError> {
        let scope = Scope::from_parts(&self.scope_kind, &self.scope_id).map_err(|_| StoreError::Damaged("staff.scope"))?;
        Ok(Viewer { staff_id: self.staff_id, full_name: self.full_name.clone(), role: self.role, scope })
    }
}

/// A new member of staff.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Their identifier.
    pub staff_id: StaffId,
    /// With which they sign in.
    pub username: Username,
    /// Their name.
    pub full_name: Name,
    /// In which role.
    pub role: Role,
    /// Within which bounds.
    pub scope: Scope,
    /// The Argon2id hash of their password, when one is set at once.
    pub password_hash: Option<String>,
    /// Who made them.
    pub created_by: String,
}

/// The ward and province a scope lies in; a market's come from the market.
pub async fn place_of(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<(String, String)>, StoreError> {
    const SQL: &str = "SELECT province_code, ward_code FROM markets WHERE market_id = $1";
    Ok(match scope {
        Scope::Nation => Some((String::new(), String::new())),
        Scope::Province(code) => Some((code.clone(), String::new())),
        Scope::Ward(code) => place::ward(code).map(|ward| (ward.province_code.clone(), code.clone())),
        Scope::Market(id) => fetch_optional!(tx, SQL, *id)?,
    })
}

/// Adds a member of staff; `false` when the user name is taken or the scope's market does not exist.
pub async fn insert(tx: &mut Tx<'_>, new: &NewStaff, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO staff (staff_id, username, full_name, name_sort, role, scope_kind, scope_id, province_code, ward_code, \
         password_hash, is_active, created_by, created_at_ms, updated_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) ON CONFLICT (username) DO NOTHING";
    let Some((province, ward)) = place_of(tx, &new.scope).await? else {
        return Ok(false);
    };
    execute!(
        tx,
        SQL,
        new.staff_id,
        new.username.as_str(),
        new.full_name.as_str(),
        new.full_name.sort_key(),
        new.role,
        new.scope.kind(),
        new.scope.id(),
        &province,
        &ward,
        new.password_hash.as_deref(),
        true,
        &new.created_by,
        now,
    )
    .map(|rows| rows == 1)
}

/// Whether anybody at all is recorded.
pub async fn any(db: &Db) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM staff";
    let (count,): (i64,) = fetch_one!(db, SQL)?;
    Ok(count > 0)
}

/// Everybody, for the command line.
pub async fn list_all(db: &Db) -> Result<Vec<Staff>, StoreError> {
    const SQL: &str = staff_sql!("ORDER BY f.role, f.name_sort");
    fetch_all!(db, SQL)
}

/// The people a viewer may see in the staff list: those within their bounds whom they may make or relink.
pub async fn list(db: &Db, viewer: &Viewer) -> Result<Vec<Staff>, AccessError> {
    const SQL: &str = staff_sql!(
        "WHERE ($1 = 'nation' OR ($1 = 'province' AND f.province_code = $2) OR ($1 = 'ward' AND f.ward_code = $2) \
            OR ($1 = 'market' AND f.scope_kind = 'market' AND f.scope_id = $2)) ORDER BY f.role, f.name_sort, f.username"
    );
    if !viewer.may(crate::domain::scope::Act::ManageStaff) {
        return Err(AccessError::Forbidden);
    }
    let rows: Vec<Staff> = fetch_all!(db, SQL, viewer.scope.kind(), viewer.scope.id())?;
    Ok(rows.into_iter().filter(|staff| viewer.may_relink(staff.role)).collect())
}

/// One person within a viewer's bounds, in a role they may make or relink.
pub async fn get(db: &Db, viewer: &Viewer, id: StaffId) -> Result<Staff, AccessError> {
    list(db, viewer).await?.into_iter().find(|staff| staff.staff_id == id).ok_or(AccessError::NotFound)
}

/// One person by user name, for sign-in and the command line.
pub async fn find_by_username(db: &Db, username: &Username) -> Result<Option<Staff>, StoreError> {
    const SQL: &str = staff_sql!("WHERE f.username = $1");
    fetch_optional!(db, SQL, username.as_str())
}

/// The password hash of an active person.
pub async fn password_hash(db: &Db, id: StaffId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT password_hash FROM staff WHERE staff_id = $1 AND is_active";
    let hash: Option<Option<String>> = fetch_optional!(db, SQL, id)?.map(|(value,)| value);
    Ok(hash.flatten())
}

/// The names behind the actors of a time line, one look-up each; who is no member of staff (`job`, `vendor`) has none.
pub async fn names<'a>(db: &Db, actors: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<&'a str, String>, StoreError> {
    const SQL: &str = "SELECT full_name FROM staff WHERE staff_id = $1";
    let actors: BTreeSet<&str> = actors.into_iter().collect();
    let mut names = BTreeMap::new();
    for actor in actors {
        let Ok(id) = actor.parse::<StaffId>() else { continue };
        if let Some((name,)) = fetch_optional!(db, SQL, id)? {
            names.insert(actor, name);
        }
    }
    Ok(names)
}

/// Sets a password and ends every session and open link of that person.
pub async fn set_password(tx: &mut Tx<'_>, id: StaffId, hash: &str, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staff SET password_hash = $2, updated_at_ms = $3 WHERE staff_id = $1";
    execute!(tx, SQL, id, hash, now)?;
    end_access(tx, id, now).await
}

/// Lets a person in, or no longer; the latter ends sessions, links and tokens at once.
pub async fn set_active(tx: &mut Tx<'_>, id: StaffId, active: bool, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE staff SET is_active = $2, updated_at_ms = $3 WHERE staff_id = $1 AND is_active <> $2";
    const TOKENS: &str = "UPDATE api_tokens SET revoked_at_ms = $2 WHERE staff_id = $1 AND revoked_at_ms IS NULL";
    let changed = execute!(tx, SQL, id, active, now)? == 1;
    if !active {
        end_access(tx, id, now).await?;
        execute!(tx, TOKENS, id, now)?;
    }
    Ok(changed)
}

async fn end_access(tx: &mut Tx<'_>, id: StaffId, now: UnixMillis) -> Result<(), StoreError> {
    const SESSIONS: &str = "DELETE FROM sessions WHERE staff_id = $1";
    const LINKS: &str = "UPDATE staff_links SET used_at_ms = $2 WHERE staff_id = $1 AND used_at_ms IS NULL";
    execute!(tx, SESSIONS, id)?;
    execute!(tx, LINKS, id, now).map(drop)
}

/// Makes a one-time link; those made before for the same person no longer work.
pub async fn insert_link(
    tx: &mut Tx<'_>,
    token_hash: &[u8],
    id: StaffId,
    by: &str,
    (now, expires): (UnixMillis, UnixMillis),
) -> Result<(), StoreError> {
    const OLD: &str = "UPDATE staff_links SET used_at_ms = $2 WHERE staff_id = $1 AND used_at_ms IS NULL";
    const SQL: &str =
        "INSERT INTO staff_links (token_hash, staff_id, issued_by, created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5)";
    execute!(tx, OLD, id, now)?;
    execute!(tx, SQL, token_hash, id, by, now, expires).map(drop)
}

/// Whose one-time link this is, while it works.
pub async fn find_link(db: &Db, token_hash: &[u8], now: UnixMillis) -> Result<Option<Staff>, StoreError> {
    const SQL: &str = staff_sql!(
        "JOIN staff_links l ON l.staff_id = f.staff_id WHERE l.token_hash = $1 AND l.used_at_ms IS NULL AND l.expires_at_ms > $2 AND f.is_active"
    );
    fetch_optional!(db, SQL, token_hash, now)
}

/// Uses a one-time link up; of two users one wins.
pub async fn use_link(tx: &mut Tx<'_>, token_hash: &[u8], now: UnixMillis) -> Result<Option<StaffId>, StoreError> {
    const SQL: &str = "UPDATE staff_links SET used_at_ms = $2 WHERE token_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2 RETURNING staff_id";
    Ok(fetch_optional!(tx, SQL, token_hash, now)?.map(|(value,)| value))
}

/// Adds an API token.
pub async fn insert_token(
    tx: &mut Tx<'_>,
    token_hash: &[u8],
    id: StaffId,
    label: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO api_tokens (token_hash, staff_id, label, created_at_ms) VALUES ($1, $2, $3, $4)";
    execute!(tx, SQL, token_hash, id, label, now).map(drop)
}

/// One person, whatever the bounds; for a phone that has proved whose it is.
pub async fn find(db: &Db, id: StaffId) -> Result<Option<Staff>, StoreError> {
    const SQL: &str = staff_sql!("WHERE f.staff_id = $1");
    fetch_optional!(db, SQL, id)
}

/// Whose API token this is, while it works.
pub async fn find_by_token(db: &Db, token_hash: &[u8]) -> Result<Option<Staff>, StoreError> {
    const SQL: &str = staff_sql!(
        "JOIN api_tokens t ON t.staff_id = f.staff_id WHERE t.token_hash = $1 AND t.revoked_at_ms IS NULL AND f.is_active"
    );
    fetch_optional!(db, SQL, token_hash)
}

/// Whose session this is, while it lasts, and when it was last seen.
pub async fn find_by_session(
    db: &Db,
    session_hash: &[u8],
    now: UnixMillis,
    idle_since: UnixMillis,
) -> Result<Option<(Staff, UnixMillis)>, StoreError> {
    const SQL: &str = "SELECT f.staff_id, f.username, f.full_name, f.role, f.scope_kind, f.scope_id, f.province_code, f.ward_code, f.is_active, \
         f.password_hash IS NOT NULL AS has_password, f.created_at_ms, s.last_seen_at_ms FROM staff f JOIN sessions s ON s.staff_id = f.staff_id \
         WHERE s.session_hash = $1 AND s.expires_at_ms > $2 AND s.last_seen_at_ms > $3 AND f.is_active";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        staff: Staff,
        last_seen_at_ms: UnixMillis,
    }
    impl FromSqliteRow for Row {
        fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
            Ok(Self { staff: Staff::from_sqlite(row)?, last_seen_at_ms: row.get("last_seen_at_ms")? })
        }
    }
    let row: Option<Row> = fetch_optional!(db, SQL, session_hash, now, idle_since)?;
    Ok(row.map(|row| (row.staff, row.last_seen_at_ms)))
}
