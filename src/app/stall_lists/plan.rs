//! What would come of each row, compared with the market's book.

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        ids::{StallId, VendorId},
        stall::{Occupancy, Progress, StallCode},
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

/// What is done at one stall.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its code.
    pub code: StallCode,
    /// The stall in the book.
    pub stall: Option<StallId>,
    /// The part of the market; for a new stall.
    pub zone: Option<String>,
    /// The row; for a new stall.
    pub row_name: Option<String>,
    /// The goods, where they change.
    pub goods: Option<String>,
    /// Who keeps it, where that changes.
    pub keeper: Option<Keeper>,
    /// The phone that the keeper in the book did not have.
    pub phone: Option<Phone>,
    /// The listed account, where it changes: BIN, number, holder.
    pub account: Option<(String, String, Option<String>)>,
    /// Whether nobody trades there; for a new stall.
    pub is_vacant: bool,
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

/// A person of the list who is not in the book.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: Name,
    /// Their phone.
    pub phone: Option<Phone>,
    /// The row that names them first: several stalls of one row are one person's.
    pub row: u32,
}

/// What would come of a list.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Row by row.
    pub rows: Vec<Planned>,
    /// What is done, in the list's order.
    pub steps: Vec<Step>,
    /// Who has to be added.
    pub people: Vec<Person>,
    /// How many of each outcome.
    pub counts: Counts,
    /// Over the outcomes and steps: two plans with the same digest do the same.
    pub digest: String,
}

/// Compares a list with the book.
pub(super) fn plan(list: &List, wishes: &Wishes, book: &Book, keys: &Keys) -> Plan {
    let mut plan = Plan::default();
    let mut sha = Sha256::new();
    for (at, entry) in list.entries.iter().enumerate() {
        let is_skipped = wishes.corrections.get(&entry.row).is_some_and(|correction| correction.skip);
        let planned = if entry.is_layout() || is_skipped {
            Planned { at, outcome: Outcome::Skipped, findings: Vec::new(), keeper: None }
        } else if entry.findings.contains(&Finding::DupSameVendorSameStall) {
            Planned { at, outcome: Outcome::Duplicate, findings: Vec::new(), keeper: None }
        } else {
            of_entry(at, entry, book, keys, &mut plan)
        };
        plan.counts.add(planned.outcome);
        sha.update(entry.row.to_be_bytes());
        sha.update(planned.outcome.as_str());
        for finding in &entry.findings {
            sha.update(finding.as_str());
        }
        plan.rows.push(planned);
    }
    for person in &plan.people {
        sha.update(format!("{} {:?} ", person.name.as_str(), person.phone.as_ref().map(Phone::as_str)));
    }
    for step in &plan.steps {
        let phone = step.phone.as_ref().map(Phone::as_str);
        sha.update(format!(
            "{} {:?} {:?} {:?} {:?} {:?} {phone:?} {:?} {} ",
            step.code, step.stall, step.zone, step.row_name, step.goods, step.keeper, step.account, step.is_vacant
        ));
    }
    plan.digest = data_encoding::HEXLOWER.encode(&sha.finalize()[..16]);
    plan
}

fn of_entry(at: usize, entry: &Entry, book: &Book, keys: &Keys, plan: &mut Plan) -> Planned {
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
    let mut steps = Vec::new();
    for code in &entry.stalls {
        let Some(stall) = book.stalls.get(code.as_str()) else {
            steps.push(new_stall(entry, code, book, keys, plan));
            continue;
        };
        match of_stall(entry, code, stall, book, keys, plan, &mut planned) {
            Some(step) => steps.extend(step),
            None => return planned,
        }
    }
    planned.outcome = match steps.iter().map(|step| step.stall.is_none()).max() {
        Some(true) => Outcome::New,
        Some(false) => Outcome::Changed,
        None => Outcome::Same,
    };
    plan.steps.append(&mut steps);
    planned
}

fn new_stall(entry: &Entry, code: &StallCode, book: &Book, keys: &Keys, plan: &mut Plan) -> Step {
    Step {
        code: code.clone(),
        stall: None,
        zone: entry.zone.clone(),
        row_name: entry.row_name.clone(),
        goods: entry.goods.clone(),
        keeper: entry.name.as_ref().map(|name| person((entry.row, name), entry.phone.as_ref(), book, keys, plan)),
        phone: None,
        account: account(entry),
        is_vacant: entry.is_vacant,
    }
}

/// What changes at a stall of the book; `None` when a person has to look, an empty list when nothing does.
fn of_stall(
    entry: &Entry,
    code: &StallCode,
    stall: &Stall,
    book: &Book,
    keys: &Keys,
    plan: &mut Plan,
    planned: &mut Planned,
) -> Option<Vec<Step>> {
    let keeper = stall.vendor_id.and_then(|id| book.vendors.get(&id).map(|vendor| (id, vendor)));
    let is_other = match (&keeper, &entry.name) {
        (Some((_, (_, fold))), Some(name)) => fold != name.fold(),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if is_other {
        planned.keeper.clone_from(&stall.vendor_name);
        // Who has a code, or is about to, does not lose it to a list; and a list that says "vacant" gives nobody notice.
        let is_bound = stall.with_code || stall.frozen || matches!(stall.progress, Progress::InReview | Progress::NeedsFix);
        if is_bound || entry.name.is_none() {
            planned.findings.push(Finding::KeeperHasCode);
            return None;
        }
        planned.findings.push(Finding::KeeperChanges);
    }
    let mut step = Step {
        code: code.clone(),
        stall: Some(stall.stall_id),
        zone: None,
        row_name: None,
        goods: None,
        keeper: None,
        phone: None,
        account: None,
        is_vacant: stall.occupancy == Occupancy::Vacant,
    };
    let fold = |text: &str| crate::payment_code::fold::name_fold(text);
    step.goods = entry.goods.clone().filter(|goods| fold(goods) != fold(stall.goods.as_deref().unwrap_or("")));
    if let Some(name) = &entry.name
        && (keeper.is_none() || is_other)
    {
        step.keeper = Some(person((entry.row, name), entry.phone.as_ref(), book, keys, plan));
    } else if let (Some((_, (None, _))), Some(phone)) = (&keeper, &entry.phone) {
        // A number that is known is not replaced by a list: changing where warnings go is an act of its own.
        step.phone = Some(phone.clone());
    }
    step.account = account(entry).filter(|(bin, number, holder)| {
        let same = Listed {
            bin: bin.clone(),
            index: stall_lists::account_index(keys, bin, number),
            last4: number[number.len().saturating_sub(4)..].to_owned(),
            holder: holder.clone(),
        };
        book.accounts.get(&stall.stall_id) != Some(&same)
    });
    let changes = step.goods.is_some() || step.keeper.is_some() || step.phone.is_some() || step.account.is_some();
    Some(if changes { vec![step] } else { Vec::new() })
}

fn account(entry: &Entry) -> Option<(String, String, Option<String>)> {
    let (bank, number) = (entry.bank?, entry.account.clone()?);
    Some((bank.bin.clone(), number, entry.owner.clone()))
}

/// The same name with the same phone is the same person, in the list and in the book.
fn person((row, name): (u32, &Name), phone: Option<&Phone>, book: &Book, keys: &Keys, plan: &mut Plan) -> Keeper {
    if let Some(phone) = phone {
        let index = stall_lists::phone_index(keys, phone);
        let known = book.vendors.iter().find(|(_, (known, fold))| known.as_ref() == Some(&index) && fold == name.fold());
        if let Some((id, _)) = known {
            return Keeper::Known(*id);
        }
        let is_same = |person: &Person| person.phone.as_ref() == Some(phone) && person.name.fold() == name.fold();
        if let Some(at) = plan.people.iter().rposition(is_same) {
            return Keeper::New(at);
        }
    }
    if let Some(at) = plan.people.iter().rposition(|person| person.row == row) {
        return Keeper::New(at);
    }
    plan.people.push(Person { name: name.clone(), phone: phone.cloned(), row });
    Keeper::New(plan.people.len() - 1)
}
