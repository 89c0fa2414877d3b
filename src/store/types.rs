//! Teaches both drivers our newtypes: they travel as text or as `BIGINT`, and decoding parses again, so that a damaged value
//! is an error and never a wrong value.

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use sqlx::{
    Decode, Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};

use super::Dimension;
use crate::domain::{
    campaign::{Goal, MarketFact},
    field_record::{RecordKind, RecordState},
    ids::{
        CampaignId, CheckId, ConsentId, DeviceId, EnrolmentId, MarketId, PaymentAccountId, PaymentCodeId, PhotoId, PlanEditId,
        PrintBatchId, RecordId, ReportId, StaffId, StallId, StallListId, StickerId, TenancyId, VendorId, VisitId,
    },
    kpi::{Figure, UseShare, UseSource},
    payment_account::Provenance,
    payment_code::CodeStatus,
    staff::Role,
    stall::{CodeSafety, Occupancy, Progress},
    sticker::StickerStatus,
    sticker_check::Verdict,
    sticker_report::ReportReason,
    time::{Day, UnixMillis},
    vendor::FormOfAddress,
    visit::{Reason, VisitOutcome},
};

macro_rules! travels_as {
    ($wire:ty, $to:expr, $from:expr; $($ours:ty),+ $(,)?) => { $(
        impl Type<Sqlite> for $ours {
            fn type_info() -> SqliteTypeInfo { <$wire as Type<Sqlite>>::type_info() }
            fn compatible(ty: &SqliteTypeInfo) -> bool { <$wire as Type<Sqlite>>::compatible(ty) }
        }
        impl FromSql for $ours {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $from(<$wire as FromSql>::column_result(value)?).map_err(FromSqlError::Other)
            }
        }
        impl ToSql for $ours {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from($to(self)))
            }
        }
        impl Type<Postgres> for $ours {
            fn type_info() -> PgTypeInfo { <$wire as Type<Postgres>>::type_info() }
            fn compatible(ty: &PgTypeInfo) -> bool { <$wire as Type<Postgres>>::compatible(ty) }
        }
        impl Encode<'_, Sqlite> for $ours {
            fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
                Encode::<Sqlite>::encode($to(self), buf)
            }
        }
        impl Encode<'_, Postgres> for $ours {
            fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                Encode::<Postgres>::encode($to(self), buf)
            }
        }
        impl<'r> Decode<'r, Sqlite> for $ours {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                $from(<$wire as Decode<'r, Sqlite>>::decode(value)?)
            }
        }
        impl<'r> Decode<'r, Postgres> for $ours {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                $from(<$wire as Decode<'r, Postgres>>::decode(value)?)
            }
        }
    )+ };
}

fn parse<T>(text: String) -> Result<T, BoxDynError>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(BoxDynError::from)
}

travels_as!(String, ToString::to_string, parse;
    MarketId, StallId, CampaignId, PlanEditId, StallListId, VendorId, TenancyId, PaymentAccountId, PaymentCodeId, EnrolmentId, ConsentId, VisitId,
    PrintBatchId, StickerId, CheckId, ReportId, StaffId, DeviceId, RecordId, PhotoId, Day,
    Role, Occupancy, Progress, CodeSafety, VisitOutcome, Reason, Verdict, StickerStatus, ReportReason, CodeStatus, Provenance,
    FormOfAddress, Goal, MarketFact, Dimension, RecordKind, RecordState, Figure, UseShare, UseSource,
);

travels_as!(i64, |at: &UnixMillis| at.0, |ms| Ok(UnixMillis(ms)); UnixMillis);
