//! What would come of each row, compared with the market's book.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        ids::{StallId, VendorId},
        stall::{Progress, StallCode},
        text::Name,
        vendor::Phone,
    },
    stall_list::{Entry, Finding, List, Wishes},
    store::{
        seal::Keys,
        stall_lists::{self, Book, Listed},
        stalls::Stall,
    },
};

crate::word_enum!(
    /// What comes of a row.
    Outcome {
        /// A stall that is not in the book yet.
        New = "new",
        /// A stall in the book learns something.
        Changed = "changed",
        /// The book says the same.
        Same = "same",
        /// A person has to look.
        Review = "review",
        /// A row above says the same.
        Duplicate = "duplicate",
        /// No stall: a title, a sum, nothing; or left out by a person.
        Skipped = "skipped",
    }
);

/// How many rows of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows with a stall that is not in the book yet.
    pub new: usize,
    /// Rows that change something.
    pub changed: usize,
    /// Rows that say what the book says.
    pub same: usize,
    /// Rows that a person has to look at.
    pub review: usize,
    /// Rows that a row above says already.
    pub duplicate: usize,
    /// Rows without a stall.
    pub skipped: usize,
}

impl Counts {
    /// How many of an outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::New => self.new,
            Outcome::Changed => self.changed,
            Outcome::Same => self.same,
            Outcome::Review => self.review,
            Outcome::Duplicate => self.duplicate,
            Outcome::Skipped => self.skipped,
        }
    }

    const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Same => self.same += 1,
            Outcome::Review => self.review += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }

    /// How many rows a write would write.
    #[must_use]
    pub const fn to_write(&self) -> usize {
        self.new + self.changed
    }
}

/// Who keeps a stall from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// Somebody who is in the book already.
    Known(VendorId),
    /// A person of this list, by their place in [`Plan::people`].
    New(usize),
}

/// What is done at one stall; what the list says is in its entry.
#[derive(Debug, Clone)]
pub struct Step {
    /// The row: a place in [`List::entries`].
    pub at: usize,
    /// Which of its stalls.
    pub nth: usize,
    /// The stall in the book; a new one is made with zone, row and occupancy.
    pub stall: Option<StallId>,
    /// The goods change.
    pub goods: bool,
    /// Who keeps it, where that changes.
    pub keeper: Option<Keeper>,
    /// The keeper in the book did not have the phone.
    pub phone: bool,
    /// The listed account changes.
    pub account: bool,
}

/// A row with what comes of it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its place in [`List::entries`].
    pub at: usize,
    /// What comes of it.
    pub outcome: Outcome,
    /// What the comparison with the book noticed besides.
    pub findings: Vec<Finding>,
    /// Who keeps the stall in the book, where that is somebody else.
    pub keeper: Option<String>,
}

/// What would come of a list.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Row by row.
    pub rows: Vec<Planned>,
    /// What is done, in the list's order.
    pub steps: Vec<Step>,
    /// Who has to be added: the row that names them first, for several stalls of one row are one person's.
    pub people: Vec<usize>,
    /// How many of each outcome.
    pub counts: Counts,
    /// Over the outcomes and steps: two plans with the same digest do the same.
    pub digest: String,
}

/// Compares a list with the book.
pub(super) fn plan(list: &List, wishes: &Wishes, book: &Book, keys: &Keys) -> Plan {
    let mut planner = Planner::new(list.entries.len(), book, keys);
    for (at, entry) in list.entries.iter().enumerate() {
        let is_skipped = wishes.corrections.get(&entry.row).is_some_and(|correction| correction.skip);
        let outcome = if entry.is_layout() || is_skipped {
            Some(Outcome::Skipped)
        } else if entry.findings.contains(&Finding::DupSameVendorSameStall) {
            Some(Outcome::Duplicate)
        } else {
            None
        };
        let planned = outcome
            .map_or_else(|| planner.of_entry(at, entry), |outcome| Planned { at, outcome, findings: Vec::new(), keeper: None });
        planner.plan.counts.add(planned.outcome);
        planner.plan.rows.push(planned);
    }
    let mut plan = planner.plan;
    plan.digest = digest(list, &plan);
    plan
}

/// Over every row's outcome and findings, every person and every step. Each part ends with what no part holds.
fn digest(list: &List, plan: &Plan) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(plan.rows.len() * 64 + plan.steps.len() * 160);
    let say = |text: &mut String, part: &str| {
        text.push_str(part);
        text.push('\u{1f}');
    };
    let say_number = |text: &mut String, part: &dyn std::fmt::Debug| {
        // Writing to a string does not fail.
        let _written = write!(text, "{part:?}\u{1f}");
    };
    for planned in &plan.rows {
        let entry = &list.entries[planned.at];
        say_number(&mut text, &entry.row);
        say(&mut text, planned.outcome.as_str());
        entry.findings.iter().for_each(|finding| say(&mut text, finding.as_str()));
    }
    for at in &plan.people {
        say_number(&mut text, at);
    }
    for step in &plan.steps {
        let entry = &list.entries[step.at];
        say(&mut text, entry.stalls.get(step.nth).map_or("", StallCode::as_str));
        if let Some(stall) = step.stall {
            say_number(&mut text, &stall);
        }
        match &step.keeper {
            Some(Keeper::Known(id)) => say_number(&mut text, id),
            Some(Keeper::New(at)) => say_number(&mut text, at),
            None => {}
        }
        let flags = [step.goods, step.phone, step.account, entry.is_vacant, step.stall.is_some(), step.keeper.is_some()];
        text.extend(flags.map(|is_set| if is_set { '1' } else { '0' }));
        let bin = entry.bank.map(|bank| bank.bin.as_str());
        let (name, phone) = (entry.name.as_ref().map(Name::as_str), entry.phone.as_ref().map(Phone::as_str));
        let place = [entry.zone.as_deref(), entry.row_name.as_deref(), entry.goods.as_deref()];
        let money = [bin, entry.account.as_deref(), entry.owner.as_deref()];
        for part in place.into_iter().chain([name, phone]).chain(money) {
            say(&mut text, part.unwrap_or("\u{1e}"));
        }
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}

/// A row beside the stall of the book.
enum Comparison {
    /// It says nothing new.
    Same,
    /// It does.
    Changes(Step),
    /// A person has to look.
    Doubtful,
}

/// A plan in the making, with what is looked up for each row.
struct Planner<'a> {
    book: &'a Book,
    keys: &'a Keys,
    plan: Plan,
    /// Who is in the book, by phone and name; of two who are the same, the first that came.
    vendors: HashMap<(&'a [u8], &'a str), VendorId>,
    /// Who was added, by phone and name.
    by_phone: HashMap<(&'a str, &'a str), usize>,
    /// Who was added, by row.
    by_row: HashMap<u32, usize>,
}

impl<'a> Planner<'a> {
    fn new(most: usize, book: &'a Book, keys: &'a Keys) -> Self {
        let mut vendors = HashMap::new();
        for (id, (phone, fold)) in &book.vendors {
            let Some(phone) = phone else { continue };
            let first = vendors.entry((phone.as_slice(), fold.as_str())).or_insert(*id);
            *first = (*first).min(*id);
        }
        let plan = Plan { rows: Vec::with_capacity(most), steps: Vec::with_capacity(most), ..Plan::default() };
        let (by_phone, by_row) = (HashMap::with_capacity(most), HashMap::with_capacity(most));
        Self { book, keys, plan, vendors, by_phone, by_row }
    }

    fn of_entry(&mut self, at: usize, entry: &'a Entry) -> Planned {
        let book = self.book;
        let mut planned = Planned { at, outcome: Outcome::Review, findings: Vec::new(), keeper: None };
        if entry.needs_review() {
            // A row that names nobody, for a stall where the book knows nobody either, leaves nothing to decide.
            let is_nameless =
                entry.findings.iter().filter(|finding| finding.needs_review()).all(|finding| *finding == Finding::NameMissing);
            let is_known = |code: &StallCode| book.stalls.get(code.as_str()).is_some_and(|stall| stall.vendor_id.is_none());
            if is_nameless && !entry.stalls.is_empty() && entry.stalls.iter().all(is_known) {
                planned.outcome = Outcome::Same;
            }
            return planned;
        }
        let before = self.plan.steps.len();
        for (nth, code) in entry.stalls.iter().enumerate() {
            let Some(stall) = book.stalls.get(code.as_str()) else {
                let keeper = entry.name.as_ref().map(|name| self.person(at, entry, name));
                let (goods, account) = (entry.goods.is_some(), account(entry).is_some());
                self.plan.steps.push(Step { at, nth, stall: None, goods, keeper, phone: false, account });
                continue;
            };
            match self.of_stall((at, nth), entry, stall, &mut planned) {
                Comparison::Same => {}
                Comparison::Changes(step) => self.plan.steps.push(step),
                Comparison::Doubtful => {
                    self.plan.steps.truncate(before);
                    return planned;
                }
            }
        }
        planned.outcome = match self.plan.steps[before..].iter().map(|step| step.stall.is_none()).max() {
            Some(true) => Outcome::New,
            Some(false) => Outcome::Changed,
            None => Outcome::Same,
        };
        planned
    }

    /// What changes at a stall of the book.
    fn of_stall(&mut self, (at, nth): (usize, usize), entry: &'a Entry, stall: &Stall, planned: &mut Planned) -> Comparison {
        let keeper = stall.vendor_id.and_then(|id| self.book.vendors.get(&id));
        let is_other = match (keeper, &entry.name) {
            (Some((_, fold)), Some(name)) => fold != name.fold(),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_other {
            planned.keeper.clone_from(&stall.vendor_name);
            // Who has a code, or is about to, does not lose it to a list; and a list that says "vacant" gives nobody notice.
            let is_bound = stall.with_code || stall.frozen || matches!(stall.progress, Progress::InReview | Progress::NeedsFix);
            if is_bound || entry.name.is_none() {
                planned.findings.push(Finding::KeeperHasCode);
                return Comparison::Doubtful;
            }
            planned.findings.push(Finding::KeeperChanges);
        }
        let fold = |text: &str| crate::payment_code::fold::name_fold(text);
        let goods = entry.goods.as_deref().is_some_and(|goods| fold(goods) != fold(stall.goods.as_deref().unwrap_or("")));
        let (mut new_keeper, mut phone) = (None, false);
        if let Some(name) = &entry.name
            && (keeper.is_none() || is_other)
        {
            new_keeper = Some(self.person(at, entry, name));
        } else {
            // A number that is known is not replaced by a list: changing where warnings go is an act of its own.
            phone = matches!(keeper, Some((None, _))) && entry.phone.is_some();
        }
        let account = account(entry).is_some_and(|(bin, number, holder)| {
            let same = Listed {
                bin: bin.to_owned(),
                index: stall_lists::account_index(self.keys, bin, number),
                last4: number[number.len().saturating_sub(4)..].to_owned(),
                holder: holder.map(str::to_owned),
            };
            self.book.accounts.get(&stall.stall_id) != Some(&same)
        });
        if !goods && new_keeper.is_none() && !phone && !account {
            return Comparison::Same;
        }
        Comparison::Changes(Step { at, nth, stall: Some(stall.stall_id), goods, keeper: new_keeper, phone, account })
    }

    /// The same name with the same phone is the same person, in the list and in the book.
    fn person(&mut self, at: usize, entry: &'a Entry, name: &'a Name) -> Keeper {
        if let Some(phone) = &entry.phone {
            if !self.vendors.is_empty() {
                let index = stall_lists::phone_index(self.keys, phone);
                if let Some(id) = self.vendors.get(&(index.as_slice(), name.fold())) {
                    return Keeper::Known(*id);
                }
            }
            if let Some(at) = self.by_phone.get(&(phone.as_str(), name.fold())) {
                return Keeper::New(*at);
            }
        }
        if let Some(at) = self.by_row.get(&entry.row) {
            return Keeper::New(*at);
        }
        let new = self.plan.people.len();
        self.plan.people.push(at);
        self.by_row.insert(entry.row, new);
        if let Some(phone) = &entry.phone {
            self.by_phone.insert((phone.as_str(), name.fold()), new);
        }
        Keeper::New(new)
    }
}

/// The account that a row names in full: BIN, number, holder.
pub(super) fn account(entry: &Entry) -> Option<(&str, &str, Option<&str>)> {
    Some((entry.bank?.bin.as_str(), entry.account.as_deref()?, entry.owner.as_deref()))
}
