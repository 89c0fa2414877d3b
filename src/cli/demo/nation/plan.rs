//! Where the nation's markets lie and how large they are.

use super::{dice::Dice, names};
use crate::domain::{
    ids::MarketId,
    place::{self, Ward},
    time::{DAY_MS, UnixMillis},
};

/// The size of the whole nation (DESIGN).
const MARKETS: usize = 8_500;
const STALLS: usize = 4_000_000;
const VENDORS: usize = 1_000_000;
/// The smallest market.
const FEWEST: usize = 5;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Markets; at least one.
    pub markets: usize,
    /// Stalls, all markets together.
    pub stalls: usize,
    /// Vendors, all markets together.
    pub vendors: usize,
}

impl Size {
    /// The whole nation.
    pub const WHOLE: Self = Self { markets: MARKETS, stalls: STALLS, vendors: VENDORS };

    /// A part of the nation with the same proportions.
    #[must_use]
    pub fn of_markets(markets: usize) -> Self {
        let markets = markets.max(1);
        let part = |whole: usize| whole * markets / MARKETS;
        Self { markets, stalls: part(STALLS), vendors: part(VENDORS) }
    }
}

/// A market to be made.
#[derive(Debug)]
pub(super) struct MarketPlan {
    /// Its number in the nation.
    pub(super) number: usize,
    pub(super) ward: &'static Ward,
    pub(super) name: String,
    pub(super) stalls: usize,
    pub(super) vendors: usize,
    /// How many stalls and vendors come before its own.
    pub(super) stalls_before: usize,
    pub(super) vendors_before: usize,
}

impl MarketPlan {
    /// Its identifier: those of the nation sort as the markets are made, so that every index grows at its end.
    pub(super) fn market_id(&self, seed: u64, now: UnixMillis) -> MarketId {
        let at = now.day().starts_at().plus(-120 * DAY_MS).plus(self.number as i64);
        MarketId::generate(at, Dice::new(seed, self.number as u64).entropy())
    }
}

/// Every market, ward by ward: at least one in each while there are enough, sizes after a lognormal law (a few large ones,
/// many small ones).
pub(super) fn markets(seed: u64, size: Size) -> Vec<MarketPlan> {
    let mut dice = Dice::new(seed, u64::MAX);
    let wards = wards();
    let mut placed: Vec<usize> =
        (0..size.markets.min(wards.len())).map(|n| n * wards.len() / size.markets.min(wards.len())).collect();
    placed.extend((wards.len()..size.markets).map(|_| dice.below(wards.len() as u64) as usize));
    placed.sort_unstable();
    let sizes = sizes(&mut dice, size);
    let (mut stalls_before, mut vendors_before, mut in_ward) = (0, 0, 0);
    placed
        .iter()
        .enumerate()
        .map(|(number, &ward)| {
            in_ward = if number > 0 && placed[number - 1] == ward { in_ward + 1 } else { 0 };
            let stalls = sizes[number];
            // Vendors go with stalls, to the last one.
            let vendors = (stalls_before + stalls) * size.vendors / size.stalls.max(1) - vendors_before;
            let plan = MarketPlan {
                number,
                ward: wards[ward],
                name: names::market(&wards[ward].name, in_ward),
                stalls,
                vendors,
                stalls_before,
                vendors_before,
            };
            stalls_before += stalls;
            vendors_before += vendors;
            plan
        })
        .collect()
}

/// Every commune, the demo's first: its people find a market there however small the nation is.
fn wards() -> Vec<&'static Ward> {
    let mut wards: Vec<_> = place::provinces().iter().flat_map(|province| place::wards_of(&province.code)).collect();
    if let Some(at) = wards.iter().position(|ward| ward.code == super::super::WARD) {
        wards[..=at].rotate_right(1);
    }
    wards
}

fn sizes(dice: &mut Dice, size: Size) -> Vec<usize> {
    let weights: Vec<f64> = (0..size.markets).map(|_| (0.8 * normal(dice)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let mut sizes: Vec<usize> = weights.iter().map(|weight| FEWEST.max((weight / sum * size.stalls as f64) as usize)).collect();
    // What rounding left over, or the smallest markets took too much of, goes to the largest.
    let largest = (0..sizes.len()).max_by_key(|&n| sizes[n]).unwrap_or(0);
    let others: usize = sizes.iter().sum::<usize>() - sizes[largest];
    sizes[largest] = size.stalls.saturating_sub(others).max(FEWEST);
    sizes
}

/// A throw of the normal law (Box and Muller).
fn normal(dice: &mut Dice) -> f64 {
    let (a, b) = (dice.share().max(f64::MIN_POSITIVE), dice.share());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_nation_has_its_size_and_a_market_in_every_commune() {
        let plans = markets(1, Size::WHOLE);

        assert_eq!(plans.len(), MARKETS);
        assert_eq!(plans.iter().map(|plan| plan.stalls).sum::<usize>(), STALLS);
        assert_eq!(plans.iter().map(|plan| plan.vendors).sum::<usize>(), VENDORS);
        let wards: std::collections::BTreeSet<_> = plans.iter().map(|plan| &plan.ward.code).collect();
        let provinces: std::collections::BTreeSet<_> = plans.iter().map(|plan| &plan.ward.province_code).collect();
        assert_eq!((wards.len(), provinces.len()), (3_321, 34));
        assert_eq!(plans[0].ward.code, super::super::super::WARD);
    }

    #[test]
    fn the_same_seed_gives_the_same_markets() {
        let list = |seed| markets(seed, Size::of_markets(60)).iter().map(|plan| plan.stalls).collect::<Vec<_>>();

        assert_eq!(list(7), list(7));
        assert_ne!(list(7), list(8));
    }
}
