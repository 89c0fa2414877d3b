//! What is chosen on the print page, as it is typed and as an address carries it.

use serde::Deserialize;

use super::{
    error::AppError,
    print_order::{self, USUAL_DESIGN, Wish},
    session::encode_next,
    sheets::OnPaper,
    words::Words,
};
use crate::{
    app::{
        UseError,
        print_stickers::{Pick, PrintOrder},
    },
    domain::ids::MarketId,
    print::{Designs, Paper, stock},
    store::print_picks::{PrintFilter, Selection},
};

/// A paper that can be chosen.
pub(super) struct PaperChoice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) checked: bool,
}

/// An order as it is typed. Numbers stay as they are written, so that a wrong one comes back to be put right.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct PrintForm {
    pub(super) filter: String,
    pub(super) progress: String,
    pub(super) row: String,
    /// One payment code instead of a filter.
    pub(super) code: String,
    pub(super) design: String,
    pub(super) paper: String,
    /// The measures of stock that has no name, when the paper is `custom`.
    pub(super) measures: String,
    pub(super) start_at: String,
    pub(super) copies: String,
    pub(super) order: String,
    pub(super) x: String,
    pub(super) y: String,
    /// Said of a reprint: what hangs at the stalls becomes invalid.
    pub(super) sure: Option<String>,
    /// Under which name the batch is recorded once.
    pub(super) print_batch_id: String,
}

impl PrintForm {
    /// The same with what is usual where nothing was said.
    pub(super) fn or_fresh(mut self) -> Self {
        for (field, usual) in [
            (&mut self.design, USUAL_DESIGN),
            (&mut self.paper, "a4"),
            (&mut self.start_at, "1"),
            (&mut self.copies, "1"),
            (&mut self.order, "rows"),
        ] {
            if field.trim().is_empty() {
                usual.clone_into(field);
            }
        }
        if self.paper.contains('=') {
            self.measures = std::mem::replace(&mut self.paper, "custom".to_owned());
        }
        self
    }

    /// The row as stalls have it.
    pub(super) fn row(&self) -> Option<String> {
        Some(self.row.trim().to_uppercase()).filter(|row| !row.is_empty())
    }

    fn paper(&self) -> &str {
        if self.paper == "custom" { self.measures.trim() } else { &self.paper }
    }

    fn pick(&self) -> Result<Pick, AppError> {
        if !self.code.is_empty() {
            return self.code.parse().map(Pick::Code).map_err(|_| AppError::NotFound);
        }
        let progress = match self.progress.as_str() {
            "" => None,
            word => Some(word.parse().map_err(|_| UseError::invalid("/progress", "progress_unknown", "a step of a stall"))?),
        };
        let which = match self.filter.as_str() {
            "" => PrintFilter::All,
            word => word.parse().map_err(|_| UseError::invalid("/filter", "filter_unknown", "which codes"))?,
        };
        Ok(Pick::Filter(Selection { which, row: self.row(), progress }))
    }

    /// The order that this is.
    pub(super) fn order(&self, designs: &Designs) -> Result<PrintOrder, AppError> {
        let number = |text: &str| text.trim().parse().unwrap_or(0);
        let copies = number(&self.copies);
        if !(1..=20).contains(&copies) {
            return Err(UseError::invalid("/copies", "copies_out_of_range", "1 to 20 copies").into());
        }
        let id = Some(self.print_batch_id.as_str()).filter(|id| !id.is_empty());
        let wish = Wish {
            id: id.map(|id| id.parse().map_err(|_| UseError::invalid("", "id_malformed", "the name of a batch"))).transpose()?,
            design: Some(&self.design),
            paper: Some(self.paper()),
            start_at: number(&self.start_at),
            copies,
            pick: self.pick()?,
        };
        print_order::order(designs, wish)
    }

    /// The same without a sheet: one piece of each.
    pub(super) fn on_a_piece(&self) -> Self {
        let [paper, start_at, copies] = ["piece", "1", "1"].map(str::to_owned);
        Self { paper, start_at, copies, print_batch_id: String::new(), ..self.clone() }
    }

    /// How it lies on paper.
    pub(super) fn on_paper(&self) -> OnPaper {
        OnPaper { x: self.x.clone(), y: self.y.clone(), order: self.order.clone(), ..OnPaper::default() }
    }

    /// Whether anything is moved or stacked.
    pub(super) fn is_adjusted(&self) -> bool {
        self.order == "stacks" || [&self.x, &self.y].iter().any(|by| !matches!(by.trim(), "" | "0"))
    }

    /// What the batch's page is told of how it lies on paper.
    pub(super) fn on_paper_query(&self) -> String {
        let query = joined(&[("order", self.order.trim_start_matches("rows")), ("x", &self.x), ("y", &self.y)]);
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// Everything that was chosen, as an address carries it.
    pub(super) fn query(&self) -> String {
        joined(&[
            ("filter", &self.filter),
            ("progress", &self.progress),
            ("row", &self.row),
            ("code", &self.code),
            ("design", &self.design),
            ("paper", &self.paper),
            ("measures", &self.measures),
            ("start_at", &self.start_at),
            ("copies", &self.copies),
            ("order", &self.order),
            ("x", &self.x),
            ("y", &self.y),
        ])
    }

    /// The page's address with everything that was chosen.
    pub(super) fn address(&self, market: MarketId) -> String {
        format!("/markets/{market}/print?{}", self.query())
    }

    /// The papers on which the chosen design can be printed, and the one that was chosen in any case.
    pub(super) fn papers(&self, designs: &Designs, t: &'static Words) -> Vec<PaperChoice> {
        let design = designs.find(&self.design).ok();
        let fits = |name: &str| {
            let paper: Paper = name.parse().ok()?;
            design.and_then(|design| stock::grid(design, &paper).ok()).map(|(columns, rows)| columns * rows)
        };
        let named = |name: &str| match name {
            "piece" => t.print.paper_piece.to_owned(),
            _ => fits(name).map_or_else(|| name.to_uppercase(), |count| t.print.paper_named(name.to_uppercase(), count)),
        };
        let stocks: Vec<&str> = stock::stock().map(|(name, _)| name).collect();
        let mut papers: Vec<PaperChoice> = ["a4", "a3", "a5"]
            .into_iter()
            .chain(stocks)
            .chain(["piece"])
            .filter(|name| fits(name).is_some() || self.paper == *name)
            .map(|name| PaperChoice { value: name.to_owned(), label: named(name), checked: self.paper == name })
            .collect();
        papers.push(PaperChoice {
            value: "custom".to_owned(),
            label: t.print.paper_custom.to_owned(),
            checked: self.paper == "custom",
        });
        papers
    }
}

/// Names and values as a query; what is empty is left out.
fn joined(fields: &[(&str, &str)]) -> String {
    let said = fields.iter().filter(|(_, value)| !value.trim().is_empty());
    said.map(|(name, value)| format!("{name}={}", encode_next(value.trim()))).collect::<Vec<_>>().join("&")
}
