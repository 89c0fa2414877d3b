//! Which sticker lies where: pages and positions, copies, and the order in which sheets are cut.

/// In which order positions are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CutOrder {
    /// Along the rows, sheet after sheet: for labels that are peeled off.
    #[default]
    Rows,
    /// Down through the stack: the sheets are laid on each other and cut at once, and the piles, put one under the other,
    /// are in walking order.
    Stacks,
}

/// The places of all stickers of a run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    records: usize,
    copies: usize,
    on_a_page: usize,
    used: usize,
    order: CutOrder,
}

impl Plan {
    /// A run of so many records, `copies` of each, on pages of so many positions of which the first `start_at - 1` of the
    /// first page are used up.
    #[must_use]
    pub fn new(records: usize, copies: usize, on_a_page: usize, start_at: usize, order: CutOrder) -> Self {
        let on_a_page = on_a_page.max(1);
        Self { records, copies: copies.max(1), on_a_page, used: start_at.max(1) - 1, order }
    }

    /// Stickers, copies included.
    #[must_use]
    pub fn stickers(&self) -> usize {
        self.records * self.copies
    }

    /// Sheets of paper.
    #[must_use]
    pub fn pages(&self) -> usize {
        (self.used + self.stickers()).div_ceil(self.on_a_page)
    }

    /// What lies on a page, as (position, record), both from 0.
    pub fn page(&self, page: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.on_a_page).filter_map(move |position| self.record(page, position).map(|record| (position, record)))
    }

    /// The records in the order in which they are drawn, a record once for copies that follow each other.
    pub fn sequence(self) -> impl Iterator<Item = usize> {
        let mut last = None;
        (0..self.pages())
            .flat_map(move |page| (0..self.on_a_page).filter_map(move |position| self.record(page, position)))
            .filter(move |record| last.replace(*record) != Some(*record))
    }

    fn record(&self, page: usize, position: usize) -> Option<usize> {
        let slot = match self.order {
            CutOrder::Rows => (page * self.on_a_page + position).checked_sub(self.used)?,
            CutOrder::Stacks => {
                // A pile under a used-up position has no label on the first sheet.
                let row = page.checked_sub(usize::from(position < self.used))?;
                position * self.pages() - position.min(self.used) + row
            }
        };
        (slot < self.stickers()).then_some(slot / self.copies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piles_put_one_under_the_other_are_in_order() {
        for (records, copies, start) in [(19, 1, 1), (19, 1, 4), (3, 2, 8), (8, 1, 1), (1, 1, 3), (40, 3, 2)] {
            let plan = Plan::new(records, copies, 8, start, CutOrder::Stacks);
            let mut cut = Vec::new();
            for position in 0..8 {
                for page in 0..plan.pages() {
                    cut.extend(plan.page(page).filter(|(at, _)| *at == position).map(|(_, record)| record));
                }
            }

            let expected: Vec<usize> = (0..records).flat_map(|record| std::iter::repeat_n(record, copies)).collect();
            assert_eq!(cut, expected, "{records} records, {copies} copies, from {start}");
            assert!(plan.page(0).all(|(position, _)| position + 1 >= start));
        }
    }

    #[test]
    fn rows_are_filled_one_after_the_other() {
        let plan = Plan::new(3, 2, 4, 3, CutOrder::Rows);

        assert_eq!(plan.page(0).collect::<Vec<_>>(), [(2, 0), (3, 0)]);
        assert_eq!(plan.page(1).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 2), (3, 2)]);
        assert_eq!(plan.sequence().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
