//! Identifiers: prefixed text over `UUIDv7` (`stl_0197…`), one type each, so that a stall's id cannot stand for a vendor's.

use super::time::UnixMillis;

/// A text that is not an identifier of the expected kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an identifier: expected `{prefix}_` and 32 hexadecimal digits")]
pub struct IdError {
    /// What the identifier begins with.
    pub prefix: &'static str,
}

/// Ten bytes of randomness for the random part of a `UUIDv7`.
pub type IdEntropy = [u8; 10];

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// What the text form begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an identifier that sorts by time.
            #[must_use]
            pub fn generate(now: UnixMillis, entropy: IdEntropy) -> Self {
                let millis = u64::try_from(now.0).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
            }

            /// The identifier that stands for a UUID a client has made.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID without its prefix.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // One piece, so that `to_string` takes its memory once: an enrolment writes some sixty identifiers.
                const START: &[u8] = concat!($prefix, "_").as_bytes();
                let mut text = [0; START.len() + 32];
                text[..START.len()].copy_from_slice(START);
                self.0.simple().encode_lower(&mut text[START.len()..]);
                f.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|hex| uuid::Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(
    /// A market.
    MarketId, "mkt");
typed_id!(
    /// A stall: a place in a market.
    StallId, "stl");
typed_id!(
    /// A vendor.
    VendorId, "vnd");
typed_id!(
    /// One vendor's time at one stall.
    TenancyId, "ten");
typed_id!(
    /// A bank account or wallet of a vendor.
    PaymentAccountId, "acc");
typed_id!(
    /// A payment code: one account's payload, frozen at the moment it was issued.
    PaymentCodeId, "cod");
typed_id!(
    /// An enrolment; the UUID is the client's idempotency key.
    EnrolmentId, "enr");
typed_id!(
    /// A consent given for one purpose.
    ConsentId, "con");
typed_id!(
    /// A market board's list of stalls, on its way into the book.
    StallListId, "lst");
typed_id!(
    /// A change of a market's floor plan.
    PlanEditId, "pln");
typed_id!(
    /// A campaign of a market.
    CampaignId, "cmp");
typed_id!(
    /// A visit; the UUID is the client's idempotency key.
    VisitId, "vis");
typed_id!(
    /// A batch of printed stickers.
    PrintBatchId, "prb");
typed_id!(
    /// One print of one payment code.
    StickerId, "stk");
typed_id!(
    /// A scan of what hangs at a stall; the UUID is the client's idempotency key.
    CheckId, "chk");
typed_id!(
    /// A suspicion that somebody reported through a sticker's check link.
    ReportId, "rep");
typed_id!(
    /// A member of staff, volunteers included.
    StaffId, "stf");
typed_id!(
    /// A phone that is bound to a member of staff.
    DeviceId, "dev"
);
typed_id!(
    /// A record of a phone that waits for a person; it stands for the UUID the phone made.
    RecordId, "rec"
);
typed_id!(
    /// A photo that belongs to a phone's record.
    PhotoId, "pho"
);
