//! What stands in one market: its stalls, and for each the facts that made it what it is.

use std::collections::BTreeMap;

use super::{dice::Dice, names, plan::MarketPlan};
use crate::{
    domain::{
        adoption::{self, EnrolmentState, StallFacts, VisitFact},
        ids::{CheckId, EnrolmentId, PaymentAccountId, PaymentCodeId, StallId, TenancyId, VendorId, VisitId},
        kpi::{self, CheckFact, CodeFact, EnrolmentFact, Figure, StallHistory, TenancyFact, VisitRecord},
        market::MarketClass,
        payment_account::Provenance,
        payment_code::CodeStatus,
        stall::{Occupancy, Progress, StallCode},
        sticker_check::Verdict,
        text::Name,
        time::{DAY_MS, Day, UnixMillis},
        vendor::FormOfAddress,
        visit::{Reason, VisitOutcome},
    },
    payment_code::TransferCode,
    store::{
        Dimension,
        bulk::{
            AccountInUseRow, AccountRow, CheckRow, CodeRow, DayRow, EnrolmentIdRow, EnrolmentRow, FigureRow, MarketRows,
            OccupancyRow, StallFigureRow, StallRow, TenancyRow, VendorRow, VisitRow,
        },
        markets::{MarketScope, NewMarket},
        seal::{self, Keys, token_hash},
    },
};

/// Who did all this, in every row that says who.
const ACTOR: &str = "demo";
/// The weeks in which a market was worked at, one day in each.
const WEEKS: i64 = 12;
const HOUR_MS: i64 = 3_600_000;
/// Stalls in a row.
const ROW: usize = 24;

/// Where stalls stand whose keeper is known, in thousandths.
const KEPT: [(Progress, u64); 10] = [
    (Progress::InUse, 300),
    (Progress::Posted, 220),
    (Progress::CodeIssued, 200),
    (Progress::NotReached, 80),
    (Progress::InReview, 50),
    (Progress::Postponed, 40),
    (Progress::AwaitingAccount, 40),
    (Progress::Declined, 30),
    (Progress::NeedsFix, 20),
    (Progress::Stopped, 20),
];
/// Where the other trading stalls stand.
const UNKNOWN: [(Progress, u64); 4] =
    [(Progress::NotReached, 780), (Progress::Postponed, 80), (Progress::Declined, 80), (Progress::AwaitingAccount, 60)];
/// Stalls without a known keeper.
const OCCUPANCY: [(Occupancy, u64); 4] =
    [(Occupancy::Trading, 81), (Occupancy::Vacant, 11), (Occupancy::Paused, 5), (Occupancy::Left, 3)];
/// BINs and how many of a hundred accounts are there.
const BANKS: [(&str, u64); 8] =
    [("970405", 26), ("970436", 20), ("970415", 14), ("970418", 13), ("970422", 12), ("970407", 7), ("970432", 5), ("970403", 3)];
const GOODS: [&str; 12] = [
    "Rau củ",
    "Thịt",
    "Cá - thủy sản",
    "Hoa quả",
    "Quần áo",
    "Tạp hóa",
    "Ăn uống",
    "Hàng khô - gia vị",
    "Gia cầm - trứng",
    "Đồ gia dụng",
    "Giày dép - túi xách",
    "Hoa tươi",
];

/// Makes markets.
pub(super) struct Maker<'k> {
    keys: &'k Keys,
    seed: u64,
    now: UnixMillis,
}

impl<'k> Maker<'k> {
    pub(super) const fn new(keys: &'k Keys, seed: u64, now: UnixMillis) -> Self {
        Self { keys, seed, now }
    }

    /// A market and everything in it.
    pub(super) fn market(&self, plan: &MarketPlan) -> anyhow::Result<(NewMarket, MarketRows)> {
        let class = match plan.stalls {
            401.. => 1,
            200..=400 => 2,
            _ => 3,
        };
        let new = NewMarket {
            market_id: plan.market_id(self.seed, self.now),
            ward_code: plan.ward.code.clone(),
            province_code: plan.ward.province_code.clone(),
            name: plan.name.parse()?,
            class: MarketClass::try_from(class)?,
            contact_name: None,
            contact_phone: Some("0320000999".parse()?),
            review_first: false,
        };
        let mut dice = Dice::new(self.seed, plan.number as u64 + 1_000_000);
        let calendar = Calendar::new(self.now, &mut dice);
        let mut work = Work {
            maker: self,
            rows: MarketRows::empty(MarketScope::of_new(&new, ACTOR, self.now)),
            days: BTreeMap::new(),
            figures: BTreeMap::new(),
            calendar,
            dice,
            vendor: plan.vendors_before,
        };
        let mut keepers = plan.vendors;
        for n in 0..plan.stalls {
            // Each stall is as likely as any other to have one of the keepers that are left.
            let is_kept = work.dice.below((plan.stalls - n) as u64) < keepers as u64;
            keepers -= usize::from(is_kept);
            work.stall(plan, n, is_kept)?;
        }
        let figures = work.figures.into_iter().filter(|(_, n)| *n != 0);
        work.rows.figures = figures.map(|((figure, day, item), n)| FigureRow { figure, day, item, n }).collect();
        let entries = work.days.into_iter();
        work.rows.days = entries.map(|((day, dimension, item), entered)| DayRow { day, dimension, item, entered }).collect();
        Ok((new, work.rows))
    }
}

/// The days on which a market was worked at, oldest first.
struct Calendar([UnixMillis; WEEKS as usize]);

impl Calendar {
    fn new(now: UnixMillis, dice: &mut Dice) -> Self {
        let today = now.day().starts_at();
        let mut days = [today; WEEKS as usize];
        for (week, day) in days.iter_mut().enumerate() {
            let ago = 7 * (WEEKS - week as i64) - dice.below(7) as i64;
            *day = today.plus(-ago * DAY_MS);
        }
        Self(days)
    }

    /// A moment of a week's day, in the two hours after `hour`.
    fn at(&self, week: usize, hour: i64, dice: &mut Dice) -> UnixMillis {
        self.0[week].plus(hour * HOUR_MS + dice.below(2 * HOUR_MS as u64) as i64)
    }
}

/// A market that is being filled.
struct Work<'m, 'k> {
    maker: &'m Maker<'k>,
    rows: MarketRows,
    days: BTreeMap<(Day, Dimension, &'static str), i64>,
    figures: BTreeMap<(Figure, Day, String), i64>,
    calendar: Calendar,
    dice: Dice,
    /// The number of the next vendor in the nation.
    vendor: usize,
}

/// A stall that is being told.
struct Tale {
    stall_id: StallId,
    code: StallCode,
    goods: &'static str,
    /// The moment that its identifiers carry.
    born: UnixMillis,
    keeper: Option<Keeper>,
    facts: StallFacts,
    /// The same facts as the figures by day are made of.
    history: StallHistory,
    since: UnixMillis,
}

#[derive(Clone, Copy)]
struct Keeper {
    vendor_id: VendorId,
    tenancy_id: TenancyId,
    name: &'static Name,
    /// Its number in the nation, which makes its phone and its account.
    number: usize,
}

impl Work<'_, '_> {
    fn stall(&mut self, plan: &MarketPlan, n: usize, is_kept: bool) -> anyhow::Result<()> {
        let before = plan.stalls_before + n;
        let born = self.maker.now.day().starts_at().plus(-110 * DAY_MS).plus(before as i64);
        let occupancy = if is_kept { Occupancy::Trading } else { self.dice.weighted(&OCCUPANCY) };
        let row = n / ROW;
        let rows_a_zone = plan.stalls.div_ceil(ROW).div_ceil(12).max(4);
        let zone = row / rows_a_zone;
        let code = format!("{}{}-{:02}", char::from(b'A' + zone as u8), row % rows_a_zone + 1, n % ROW + 1);
        let mut tale = Tale {
            stall_id: StallId::generate(born, self.dice.entropy()),
            code: code.parse()?,
            goods: GOODS[(zone + plan.number) % GOODS.len()],
            born,
            keeper: None,
            facts: StallFacts::default(),
            history: StallHistory::default(),
            since: born,
        };
        tale.history.goods = tale.goods.to_lowercase();
        tale.history.row = tale.code.row().to_owned();
        tale.history.occupancies.push((born, occupancy));
        if is_kept {
            tale.keeper = Some(self.keeper(&tale));
            tale.history.tenancies.push(TenancyFact { since: born, until: None });
        }
        match (occupancy, tale.keeper) {
            (Occupancy::Trading, Some(keeper)) => {
                let aim = self.dice.weighted(&KEPT);
                self.live(&mut tale, keeper, aim)?;
            }
            (Occupancy::Trading, None) => {
                let aim = self.dice.weighted(&UNKNOWN);
                self.talk(&mut tale, aim);
            }
            _ => {}
        }
        let state = adoption::state(&tale.facts, self.maker.now);
        self.figures_of(&tale, occupancy);
        self.rows.stalls.push(StallRow {
            stall_id: tale.stall_id,
            code_sort: tale.code.sort_key(),
            zone: tale.code.zone().to_owned(),
            row_name: tale.code.row().to_owned(),
            number: tale.code.number().to_owned(),
            code: tale.code.as_str().to_owned(),
            goods: tale.goods,
            occupancy,
            progress: state.progress,
            code_safety: state.safety,
            reached: state.reached,
            with_code: state.with_code,
            verified: state.verified,
            unconfirmed: state.unconfirmed,
            frozen: state.frozen,
            come_back_on: state.come_back_on,
            progress_since_ms: tale.since,
            expires_at_ms: state.expires_at,
            vendor_id: tale.keeper.map(|keeper| keeper.vendor_id),
            tenancy_id: tale.keeper.map(|keeper| keeper.tenancy_id),
            version: 1,
            created_at_ms: born,
            updated_at_ms: tale.since,
        });
        Ok(())
    }

    /// The stall's part of the figures by day.
    fn figures_of(&mut self, tale: &Tale, occupancy: Occupancy) {
        let entries = kpi::entries(&tale.history);
        self.rows.occupancies.push(OccupancyRow { stall_id: tale.stall_id, since_ms: tale.born, occupancy });
        let lines = entries.iter().map(|entry| entry.to_line() + "\n").collect();
        self.rows.stall_figures.push(StallFigureRow { stall_id: tale.stall_id, entries: lines });
        for entry in entries {
            *self.figures.entry((entry.figure, entry.day, entry.item)).or_insert(0) += entry.n;
        }
    }

    /// The vendor who keeps a stall.
    fn keeper(&mut self, tale: &Tale) -> Keeper {
        let number = self.vendor;
        self.vendor += 1;
        let name = names::person(&mut self.dice);
        let vendor_id = VendorId::generate(tale.born, self.dice.entropy());
        let tenancy_id = TenancyId::generate(tale.born, self.dice.entropy());
        // 0320 is no operator's range that is given out: nobody is called.
        let phone = format!("0320{number:06}");
        self.rows.vendors.push(VendorRow {
            vendor_id,
            full_name: name.as_str(),
            name_fold: name.fold(),
            name_sort: name.sort_key(),
            form_of_address: *self.dice.one_of(FormOfAddress::ALL),
            phone_sealed: self.maker.keys.seal(seal::PHONE, &vendor_id, &phone),
            phone_index: self.maker.keys.index("phone", &phone),
            phone_last4: phone[6..].to_owned(),
            version: 1,
            created_at_ms: tale.born,
            updated_at_ms: tale.born,
        });
        self.rows.tenancies.push(TenancyRow { tenancy_id, stall_id: tale.stall_id, vendor_id, since_ms: tale.born });
        Keeper { vendor_id, tenancy_id, name, number }
    }

    /// A stall that was talked to at most: no enrolment.
    fn talk(&mut self, tale: &mut Tale, aim: Progress) {
        let week = self.dice.below(WEEKS as u64) as usize;
        let at = self.calendar.at(week, 7, &mut self.dice);
        match aim {
            Progress::Postponed => {
                let day = at.plus((1 + self.dice.below(20) as i64) * DAY_MS).day();
                self.visit(tale, VisitOutcome::Postponed, None, Some(day), at);
            }
            Progress::AwaitingAccount => self.visit(tale, VisitOutcome::AwaitingAccount, None, None, at),
            Progress::Declined => {
                let reason = *self.dice.one_of(Reason::ALL);
                self.visit(tale, VisitOutcome::Declined, Some(reason), None, at);
            }
            _ => return,
        }
        self.reaches(tale, aim, at);
    }

    /// A kept stall's way to where it stands.
    fn live(&mut self, tale: &mut Tale, keeper: Keeper, aim: Progress) -> anyhow::Result<()> {
        // Evidence of use counts for 30 days: the last four weeks.
        let last = if aim == Progress::InUse { 8 + self.dice.below(4) } else { self.dice.below(WEEKS as u64) } as usize;
        let posted = self.dice.below(last as u64 + 1) as usize;
        let enrolled = self.dice.below(posted as u64 + 1) as usize;
        match aim {
            Progress::InReview | Progress::NeedsFix => {
                let at = self.calendar.at(last, 7, &mut self.dice);
                self.enrol(tale, keeper, aim, at)?;
            }
            Progress::CodeIssued | Progress::Posted | Progress::InUse | Progress::Stopped => {
                let issued_at = self.calendar.at(enrolled, 7, &mut self.dice);
                let (code, payload) = self.enrol(tale, keeper, Progress::CodeIssued, issued_at)?;
                if aim == Progress::CodeIssued {
                    return Ok(());
                }
                let at = self.calendar.at(posted, 9, &mut self.dice);
                self.check(tale, Verdict::Match, &payload, Some(code), at);
                tale.facts.posted_at = Some(at);
                self.reaches(tale, Progress::Posted, at);
                let at = self.calendar.at(last, 12, &mut self.dice);
                match aim {
                    Progress::InUse => self.visit(tale, VisitOutcome::InUse, None, None, at),
                    Progress::Stopped => {
                        let reason = *self.dice.one_of(Reason::ALL);
                        self.visit(tale, VisitOutcome::Stopped, Some(reason), None, at);
                    }
                    _ => {}
                }
                if aim != Progress::Posted {
                    self.reaches(tale, aim, at);
                }
                self.look_again(tale, last);
            }
            aim => self.talk(tale, aim),
        }
        Ok(())
    }

    /// A few stickers are found damaged, fewer pasted over.
    fn look_again(&mut self, tale: &mut Tale, week: usize) {
        let at = self.calendar.at(week, 15, &mut self.dice);
        match self.dice.below(1_000) {
            0..5 => self.check(tale, Verdict::Unknown, "00020101021138", None, at),
            5..25 => self.check(tale, Verdict::Unreadable, "?", None, at),
            _ => {}
        }
    }

    /// An enrolment with its account and its code; gives the code and its payload.
    fn enrol(
        &mut self,
        tale: &mut Tale,
        keeper: Keeper,
        outcome: Progress,
        at: UnixMillis,
    ) -> anyhow::Result<(PaymentCodeId, String)> {
        let keys = self.maker.keys;
        let enrolment_id = EnrolmentId::generate(tale.born, self.dice.entropy());
        let account_id = PaymentAccountId::generate(tale.born, self.dice.entropy());
        let code_id = PaymentCodeId::generate(tale.born, self.dice.entropy());
        let bin = self.dice.weighted(&BANKS);
        let account = format!("999{:010}", keeper.number);
        let payload = TransferCode::new(bin.parse()?, account.parse()?)?.encode()?;
        let holder = keeper.name.fold().to_uppercase();
        let (state, status) = match outcome {
            Progress::InReview => (EnrolmentState::InReview, "in_review"),
            Progress::NeedsFix => (EnrolmentState::Returned, "returned"),
            _ => (EnrolmentState::Issued, "issued"),
        };
        let is_issued = state == EnrolmentState::Issued;
        // Only what a person still has to look at is opened again; of the rest the body is kept short.
        let body = if is_issued { "{}".to_owned() } else { self.body(tale, keeper, bin, &account, &holder, at) };
        self.rows.enrolment_ids.push(EnrolmentIdRow { enrolment_id });
        self.rows.enrolments.push(EnrolmentRow {
            enrolment_id,
            rev: 1,
            body_hash: token_hash(&body),
            body_sealed: keys.seal(seal::BODY, &enrolment_id, &body),
            answer_sealed: keys.seal(seal::ANSWER, &enrolment_id, "{}"),
            receipt: String::new(),
            stall_id: tale.stall_id,
            vendor_id: keeper.vendor_id,
            status,
            review_reasons: if is_issued { "" } else { "typed_by_hand" },
            enrolled_by: ACTOR,
            captured_at_ms: at,
            received_at_ms: at,
            reviewed_by: (state == EnrolmentState::Returned).then_some(ACTOR),
            reviewed_at_ms: (state == EnrolmentState::Returned).then_some(at.plus(HOUR_MS)),
            return_reason: (state == EnrolmentState::Returned).then_some("name_differs"),
        });
        tale.history.enrolments.push(EnrolmentFact {
            at,
            status: status.to_owned(),
            decided_at: (state == EnrolmentState::Returned).then_some(at.plus(HOUR_MS)),
            by: ACTOR.to_owned(),
            captured: at,
            was_returned: state == EnrolmentState::Returned,
        });
        tale.facts.enrolment = Some(state);
        self.reaches(tale, outcome, at);
        if state == EnrolmentState::Returned {
            return Ok((code_id, payload));
        }
        let identity = format!("vietqr|{bin}|{account}|QRIBFTTA");
        let identity_index = keys.index("identity", &identity);
        let how = if is_issued { Provenance::Camera } else { Provenance::Typed };
        self.rows.accounts.push(AccountRow {
            payment_account_id: account_id,
            vendor_id: keeper.vendor_id,
            scheme: "vietqr",
            bin,
            service: "QRIBFTTA",
            account_sealed: keys.seal(seal::ACCOUNT, &account_id, &account),
            account_index: identity_index.clone(),
            account_last4: account[account.len() - 4..].to_owned(),
            holder_name: holder,
            holder_fold: keeper.name.fold(),
            holder_is_other: false,
            how,
            scanned_payload_sealed: is_issued.then(|| keys.seal(seal::SCANNED, &account_id, &payload)),
            is_primary: true,
            is_active: true,
            created_at_ms: at,
        });
        tale.history.codes.push(CodeFact {
            id: code_id.to_string(),
            bin: Some(bin.to_owned()),
            is_primary: true,
            from: is_issued.then_some(at),
            until: None,
            is_revoked: false,
            frozen_at: None,
            coming: None,
            asked_at: Some(at),
        });
        self.rows.in_use.push(AccountInUseRow { account_index: identity_index.clone(), vendor_id: keeper.vendor_id });
        let is_confirmed = is_issued && self.dice.below(100) < 82;
        self.rows.codes.push(CodeRow {
            payment_code_id: code_id,
            payment_account_id: account_id,
            vendor_id: keeper.vendor_id,
            stall_id: tale.stall_id,
            tenancy_id: keeper.tenancy_id,
            enrolment_id,
            payload_sealed: keys.seal(seal::PAYLOAD, &code_id, &payload),
            payload_index: keys.index("payload", &payload),
            identity_index,
            bin,
            account_last4: account[account.len() - 4..].to_owned(),
            status: if is_issued { CodeStatus::Active } else { CodeStatus::InReview },
            is_primary: true,
            is_frozen: false,
            enrolled_by: ACTOR,
            issued_at_ms: is_issued.then_some(at),
            confirmed_at_ms: is_confirmed.then(|| at.plus(HOUR_MS)),
            confirmed_by: is_confirmed.then_some("vendor_link"),
            ended_at_ms: None,
            end_reason: None,
        });
        if is_issued {
            tale.facts.active_since = Some(at);
            tale.facts.unconfirmed = !is_confirmed;
            self.happened(at, Dimension::Goods, tale.goods);
            self.happened(at, Dimension::Bank, bin);
        }
        Ok((code_id, payload))
    }

    /// The body of an enrolment as the API takes it.
    fn body(&self, tale: &Tale, keeper: Keeper, bin: &str, account: &str, holder: &str, at: UnixMillis) -> String {
        serde_json::json!({
            "market_id": self.rows.scope.market_id(),
            "stall_code": tale.code.as_str(),
            "vendor": { "full_name": keeper.name.as_str(), "phone": format!("0320{:06}", keeper.number), "goods": tale.goods },
            "accounts": [{ "bin": bin, "account_number": account, "holder_name": holder, "how": "typed", "primary": true }],
            "consent": { "text_version": "2026-01", "purposes": ["issue_code", "follow_up"], "given_at": at.to_rfc3339() },
            "captured_at": at.to_rfc3339(),
        })
        .to_string()
    }

    fn visit(&mut self, tale: &mut Tale, outcome: VisitOutcome, reason: Option<Reason>, day: Option<Day>, at: UnixMillis) {
        let visit_id = VisitId::generate(tale.born, self.dice.entropy());
        self.rows.visits.push(VisitRow {
            visit_id,
            stall_id: tale.stall_id,
            tenancy_id: tale.keeper.map(|keeper| keeper.tenancy_id),
            outcome,
            reason,
            come_back_on: day,
            visited_by: ACTOR,
            visited_at_ms: at,
            received_at_ms: at,
            body_hash: token_hash(&visit_id.to_string()),
        });
        tale.facts.visits.push(VisitFact { outcome, at, come_back_on: day });
        let by = ACTOR.to_owned();
        tale.history.visits.push(VisitRecord { at, outcome, reason, come_back_on: day, by, source: None, share: None });
        if let Some(reason) = reason {
            self.happened(at, Dimension::Reason, reason.as_str());
        }
    }

    fn check(&mut self, tale: &mut Tale, verdict: Verdict, payload: &str, code: Option<PaymentCodeId>, at: UnixMillis) {
        let check_id = CheckId::generate(tale.born, self.dice.entropy());
        self.rows.checks.push(CheckRow {
            check_id,
            stall_id: tale.stall_id,
            verdict,
            scanned_sealed: self.maker.keys.seal(seal::CHECKED, &check_id, payload),
            payment_code_id: code,
            checked_by: ACTOR,
            checked_at_ms: at,
            received_at_ms: at,
            body_hash: token_hash(&check_id.to_string()),
        });
        tale.facts.scanned(verdict, at);
        let code = code.map(|id| id.to_string());
        tale.history.checks.push(CheckFact { at, verdict, code, by: ACTOR.to_owned() });
        self.happened(at, Dimension::Check, verdict.as_str());
    }

    /// Notes that a stall came to a step.
    fn reaches(&mut self, tale: &mut Tale, progress: Progress, at: UnixMillis) {
        tale.since = at;
        self.happened(at, Dimension::Progress, progress.as_str());
    }

    fn happened(&mut self, at: UnixMillis, dimension: Dimension, item: &'static str) {
        *self.days.entry((at.day(), dimension, item)).or_insert(0) += 1;
    }
}
