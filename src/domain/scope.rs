//! Authorisation as a value: who asks, in which role, within which bounds.

use super::{
    ids::{MarketId, StaffId},
    staff::Role,
};

/// The bounds within which a member of staff sees and acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Nation,
    /// One province, by its two-digit code.
    Province(String),
    /// One ward, by its five-digit code.
    Ward(String),
    /// One market.
    Market(MarketId),
}

/// Why a scope was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a scope is nation, province:CODE, ward:CODE or market:ID")]
pub struct ScopeError;

impl Scope {
    /// The word of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Province(_) => "province",
            Self::Ward(_) => "ward",
            Self::Market(_) => "market",
        }
    }

    /// The code or identifier, empty for the nation.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Nation => String::new(),
            Self::Province(code) | Self::Ward(code) => code.clone(),
            Self::Market(id) => id.to_string(),
        }
    }

    /// Reads the two columns back.
    pub fn from_parts(kind: &str, id: &str) -> Result<Self, ScopeError> {
        match kind {
            "nation" if id.is_empty() => Ok(Self::Nation),
            "province" if super::place::province(id).is_some() => Ok(Self::Province(id.to_owned())),
            "ward" if super::place::ward(id).is_some() => Ok(Self::Ward(id.to_owned())),
            "market" => id.parse().map(Self::Market).map_err(|_| ScopeError),
            _ => Err(ScopeError),
        }
    }

    /// Whether a ward, a province or the nation lies inside; a market's place only its row tells.
    #[must_use]
    pub fn holds(&self, place: &Self) -> bool {
        match (self, place) {
            (Self::Nation, _) => true,
            (Self::Province(mine), Self::Province(code)) | (Self::Ward(mine), Self::Ward(code)) => mine == code,
            (Self::Province(mine), Self::Ward(code)) => super::place::ward(code).is_some_and(|ward| ward.province_code == *mine),
            _ => false,
        }
    }

    /// Whether a market at this place lies inside.
    #[must_use]
    pub fn covers(&self, market: MarketId, ward_code: &str, province_code: &str) -> bool {
        match self {
            Self::Nation => true,
            Self::Province(code) => code == province_code,
            Self::Ward(code) => code == ward_code,
            Self::Market(id) => *id == market,
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let (kind, id) = text.split_once(':').unwrap_or((text, ""));
        Self::from_parts(kind.trim(), id.trim())
    }
}

crate::word_enum!(
    /// What can be done, one word a line of the table "Who may do what".
    Act {
        /// See stalls, progress and names.
        SeeStalls = "see_stalls",
        /// Enrol, visit, check, post.
        Enrol = "enrol",
        /// Stall list, map, occupancy, import.
        EditStalls = "edit_stalls",
        /// Print any sticker of the market.
        Print = "print",
        /// Print the stickers of one's own enrolments.
        PrintOwn = "print_own",
        /// Review and approve, never one's own enrolment.
        Review = "review",
        /// Approve an account change. Whoever may enrol may ask for one.
        ApproveAccountChange = "approve_account_change",
        /// Reveal an account, with a reason.
        Reveal = "reveal",
        /// Reveal an account of one's own enrolment of that day.
        RevealOwnToday = "reveal_own_today",
        /// Make reports and export lists.
        Report = "report",
        /// Counters of a market or a ward.
        SeeCounters = "see_counters",
        /// Sums over the whole nation.
        SeeNation = "see_nation",
        /// Make and manage members of staff.
        ManageStaff = "manage_staff",
        /// Make a market.
        MakeMarket = "make_market",
        /// Say for a market what is the ward's choice: review first, the purpose of transfers.
        SetWardRules = "set_ward_rules",
    }
);

/// Who asks: the value that store functions on tenant data take.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub staff_id: StaffId,
    /// The name shown in the corner.
    pub full_name: String,
    /// In which role.
    pub role: Role,
    /// Within which bounds.
    pub scope: Scope,
}

impl Viewer {
    /// DESIGN's table, line by line.
    #[must_use]
    pub const fn may(&self, act: Act) -> bool {
        use Role::{Lead, MarketBoard, Operator, Province, Volunteer, WardOfficial};
        match act {
            Act::SeeStalls => matches!(self.role, Volunteer | Lead | MarketBoard | WardOfficial),
            Act::Enrol => matches!(self.role, Volunteer | Lead | WardOfficial),
            Act::EditStalls | Act::Print | Act::Report => matches!(self.role, Lead | MarketBoard | WardOfficial),
            Act::PrintOwn | Act::RevealOwnToday => {
                matches!(self.role, Volunteer | Lead | WardOfficial)
            }
            Act::Review | Act::Reveal => matches!(self.role, Lead | WardOfficial),
            Act::ApproveAccountChange => matches!(self.role, WardOfficial),
            Act::SeeCounters => matches!(self.role, Volunteer | Lead | MarketBoard | WardOfficial | Province),
            Act::ManageStaff => matches!(self.role, Lead | WardOfficial | Province | Operator),
            Act::SeeNation => matches!(self.role, Operator),
            Act::MakeMarket => matches!(self.role, WardOfficial | Operator),
            Act::SetWardRules => matches!(self.role, WardOfficial),
        }
    }

    /// Which roles this person may make, disable, and give a new sign-in link.
    ///
    /// A lead manages the *devices* of their own team (a new link for a volunteer), and makes nobody.
    #[must_use]
    pub const fn may_make(&self, role: Role) -> bool {
        match self.role {
            Role::WardOfficial => matches!(role, Role::Volunteer | Role::Lead | Role::MarketBoard),
            Role::Province => matches!(role, Role::WardOfficial),
            Role::Operator => matches!(role, Role::Province | Role::WardOfficial),
            Role::Volunteer | Role::Lead | Role::MarketBoard => false,
        }
    }

    /// Whether this person may hand a new sign-in link to somebody in that role.
    #[must_use]
    pub const fn may_relink(&self, role: Role) -> bool {
        self.may_make(role) || (matches!(self.role, Role::Lead) && matches!(role, Role::Volunteer))
    }

    /// Whether figures over that many trading stalls are kept from this person: the province compares wards, and figures over
    /// fewer than five stalls would point at people.
    #[must_use]
    pub const fn is_too_few(&self, trading: i64) -> bool {
        matches!(self.role, Role::Province) && trading < 5
    }

    /// The actor's name in the audit chain.
    #[must_use]
    pub fn actor(&self) -> String {
        self.staff_id.to_string()
    }
}
