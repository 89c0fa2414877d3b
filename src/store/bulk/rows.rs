//! The rows that [`insert`](super::insert) writes: a struct a table, a field a column.

use super::{Cell, Row, ToCell};
use crate::{
    domain::{
        adoption::StallState,
        ids::{CheckId, EnrolmentId, PaymentAccountId, PaymentCodeId, StallId, TenancyId, VendorId, VisitId},
        kpi::Figure,
        payment_account::Provenance,
        payment_code::CodeStatus,
        stall::{CodeSafety, Occupancy, Progress},
        sticker_check::Verdict,
        time::{Day, UnixMillis},
        vendor::FormOfAddress,
        visit::{Reason, VisitOutcome},
    },
    store::Dimension,
};

macro_rules! written_out {
    ($($kind:ty),+ $(,)?) => { $(
        impl ToCell for $kind {
            fn to_cell(&self) -> Cell<'_> { Cell::Text(self.to_string().into()) }
        }
    )+ };
}
written_out!(CheckId, EnrolmentId, PaymentAccountId, PaymentCodeId, StallId, TenancyId, VendorId, VisitId, Day);

macro_rules! words {
    ($($kind:ty),+ $(,)?) => { $(
        impl ToCell for $kind {
            fn to_cell(&self) -> Cell<'_> { Cell::Text(self.as_str().into()) }
        }
    )+ };
}
words!(Provenance, CodeStatus, CodeSafety, Occupancy, Progress, Verdict, FormOfAddress, Reason, VisitOutcome, Dimension, Figure,);

macro_rules! row {
    ($(#[$meta:meta])* $table:literal $name:ident { $($field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[allow(missing_docs, clippy::allow_attributes, reason = "a field is the column of that name")]
        pub struct $name { $(pub $field: $kind),+ }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            fn cells<'r>(&'r self, out: &mut Vec<Cell<'r>>) {
                $(out.push(self.$field.to_cell());)+
            }
        }

        /// Rows carry names: a log shows only that there was one.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

row!(
    /// A stall.
    "stalls" StallRow {
        stall_id: StallId,
        code: String,
        code_sort: String,
        zone: String,
        row_name: String,
        number: String,
        goods: &'static str,
        occupancy: Occupancy,
        progress: Progress,
        code_safety: CodeSafety,
        reached: bool,
        with_code: bool,
        verified: bool,
        unconfirmed: bool,
        frozen: bool,
        come_back_on: Option<Day>,
        progress_since_ms: UnixMillis,
        expires_at_ms: Option<UnixMillis>,
        vendor_id: Option<VendorId>,
        tenancy_id: Option<TenancyId>,
        version: i64,
        created_at_ms: UnixMillis,
        updated_at_ms: UnixMillis,
    }
);

impl StallRow {
    /// The state, as the counters count it.
    #[must_use]
    pub const fn state(&self) -> StallState {
        StallState {
            progress: self.progress,
            safety: self.code_safety,
            reached: self.reached,
            with_code: self.with_code,
            verified: self.verified,
            unconfirmed: self.unconfirmed,
            frozen: self.frozen,
            come_back_on: self.come_back_on,
            expires_at: self.expires_at_ms,
        }
    }
}

row!(
    /// A vendor; the phone sealed to `vendors.phone`.
    "vendors" VendorRow {
        vendor_id: VendorId,
        full_name: &'static str,
        name_fold: &'static str,
        name_sort: String,
        form_of_address: FormOfAddress,
        phone_sealed: Vec<u8>,
        phone_index: Vec<u8>,
        phone_last4: String,
        version: i64,
        created_at_ms: UnixMillis,
        updated_at_ms: UnixMillis,
    }
);

row!(
    /// Who keeps a stall, since when.
    "tenancies" TenancyRow {
        tenancy_id: TenancyId,
        stall_id: StallId,
        vendor_id: VendorId,
        since_ms: UnixMillis,
    }
);

row!(
    /// An account; number and scanned payload sealed.
    "payment_accounts" AccountRow {
        payment_account_id: PaymentAccountId,
        vendor_id: VendorId,
        scheme: &'static str,
        bin: &'static str,
        service: &'static str,
        account_sealed: Vec<u8>,
        account_index: Vec<u8>,
        account_last4: String,
        holder_name: String,
        holder_fold: &'static str,
        holder_is_other: bool,
        how: Provenance,
        scanned_payload_sealed: Option<Vec<u8>>,
        is_primary: bool,
        is_active: bool,
        created_at_ms: UnixMillis,
    }
);

row!(
    /// Which vendor uses an account.
    "accounts_in_use" AccountInUseRow {
        account_index: Vec<u8>,
        vendor_id: VendorId,
    }
);

row!(
    /// A payment code; its payload sealed.
    "payment_codes" CodeRow {
        payment_code_id: PaymentCodeId,
        payment_account_id: PaymentAccountId,
        vendor_id: VendorId,
        stall_id: StallId,
        tenancy_id: TenancyId,
        enrolment_id: EnrolmentId,
        payload_sealed: Vec<u8>,
        payload_index: Vec<u8>,
        identity_index: Vec<u8>,
        bin: &'static str,
        account_last4: String,
        status: CodeStatus,
        is_primary: bool,
        is_frozen: bool,
        enrolled_by: &'static str,
        issued_at_ms: Option<UnixMillis>,
        confirmed_at_ms: Option<UnixMillis>,
        confirmed_by: Option<&'static str>,
        ended_at_ms: Option<UnixMillis>,
        end_reason: Option<&'static str>,
    }
);

row!(
    /// The key of an enrolment across markets.
    "enrolment_ids" EnrolmentIdRow {
        enrolment_id: EnrolmentId,
    }
);

row!(
    /// An enrolment; body and answer sealed.
    "enrolments" EnrolmentRow {
        enrolment_id: EnrolmentId,
        rev: i64,
        body_hash: Vec<u8>,
        body_sealed: Vec<u8>,
        answer_sealed: Vec<u8>,
        receipt: String,
        stall_id: StallId,
        vendor_id: VendorId,
        status: &'static str,
        review_reasons: &'static str,
        enrolled_by: &'static str,
        captured_at_ms: UnixMillis,
        received_at_ms: UnixMillis,
        reviewed_by: Option<&'static str>,
        reviewed_at_ms: Option<UnixMillis>,
        return_reason: Option<&'static str>,
    }
);

row!(
    /// A visit.
    "visits" VisitRow {
        visit_id: VisitId,
        stall_id: StallId,
        tenancy_id: Option<TenancyId>,
        outcome: VisitOutcome,
        reason: Option<Reason>,
        come_back_on: Option<Day>,
        visited_by: &'static str,
        visited_at_ms: UnixMillis,
        received_at_ms: UnixMillis,
        body_hash: Vec<u8>,
    }
);

row!(
    /// A scan; what was scanned sealed.
    "sticker_checks" CheckRow {
        check_id: CheckId,
        stall_id: StallId,
        verdict: Verdict,
        scanned_sealed: Vec<u8>,
        payment_code_id: Option<PaymentCodeId>,
        checked_by: &'static str,
        checked_at_ms: UnixMillis,
        received_at_ms: UnixMillis,
        body_hash: Vec<u8>,
    }
);

row!(
    /// Since when a stall is what it is.
    "occupancies" OccupancyRow {
        stall_id: StallId,
        since_ms: UnixMillis,
        occupancy: Occupancy,
    }
);

row!(
    /// A stall's part of its market's figures: one line an entry.
    "stall_figures" StallFigureRow {
        stall_id: StallId,
        entries: String,
    }
);

row!(
    /// How much a figure of the market changed on a day.
    "market_figures" FigureRow {
        figure: Figure,
        day: Day,
        item: String,
        n: i64,
    }
);

row!(
    /// How many facts of a kind happened on a day.
    "market_days" DayRow {
        day: Day,
        dimension: Dimension,
        item: &'static str,
        entered: i64,
    }
);
