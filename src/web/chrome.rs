//! What stands around every page: the bar, the navigation, the language switch.

use super::{
    assets,
    error::AppError,
    session::SignedIn,
    state::AppState,
    words::{Lang, Words},
};
use crate::{
    domain::{
        place,
        scope::{Act, Scope, Viewer},
        staff::Role,
    },
    store::{enrolments, markets},
};

/// An entry of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub label: &'static str,
    /// How much waits there.
    pub badge: i64,
    /// Whether we are there.
    pub current: bool,
}

/// The rooms of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// The overview of a ward or province.
    Overview,
    /// Markets and stalls.
    Markets,
    /// The review queue.
    Review,
    /// Reports.
    Report,
    /// Members of staff.
    People,
    /// The field app, which has surroundings of its own.
    Field,
    /// Settings.
    Settings,
    /// None of them.
    Elsewhere,
}

/// Everything `base.html` needs.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The words.
    pub t: &'static Words,
    /// The language.
    pub lang: Lang,
    /// The page's title.
    pub title: String,
    /// Who is signed in; empty for nobody.
    pub who: String,
    /// Where their own phones are listed; empty for whoever does no field work.
    pub phones: String,
    /// Their role, in words.
    pub role: &'static str,
    /// Where they work.
    pub place: String,
    /// The navigation.
    pub nav: Vec<NavItem>,
    /// Where the language switch comes back to: an address that answers GET. Empty on a page that is shown once.
    pub path: String,
}

impl Chrome {
    /// The surroundings of a page for nobody in particular.
    #[must_use]
    pub fn bare(lang: Lang, title: impl Into<String>) -> Self {
        Self {
            t: lang.words(),
            lang,
            title: title.into(),
            who: String::new(),
            phones: String::new(),
            role: "",
            place: String::new(),
            nav: Vec::new(),
            path: String::new(),
        }
    }

    /// The surroundings of a page for somebody who signed in.
    pub async fn of(state: &AppState, who: &SignedIn, title: impl Into<String>, room: Room) -> Result<Self, AppError> {
        let viewer = &who.viewer;
        let t = who.lang.words();
        let waiting = if viewer.may(Act::Review) { enrolments::waiting(&state.app.db, viewer).await? } else { 0 };
        Ok(Self {
            t,
            lang: who.lang,
            title: title.into(),
            who: viewer.full_name.clone(),
            phones: if viewer.may(Act::Enrol) { format!("/staff/{}/devices", viewer.staff_id) } else { String::new() },
            role: role_label(t, viewer.role),
            place: place_of(state, viewer, t).await?,
            nav: nav(t, viewer, waiting, room),
            path: who.path.clone(),
        })
    }

    /// The same, coming back to this address: for a page that a POST may draw again.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The address of an embedded file.
    #[must_use]
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }
}

/// A role in words.
#[must_use]
pub fn role_label(t: &'static Words, role: Role) -> &'static str {
    t.roles.find(role.as_str()).unwrap_or("")
}

async fn place_of(state: &AppState, viewer: &Viewer, t: &'static Words) -> Result<String, AppError> {
    Ok(match &viewer.scope {
        Scope::Nation => t.base.nation.to_owned(),
        Scope::Province(code) => place::province(code).map(|province| province.full_name.clone()).unwrap_or_default(),
        Scope::Ward(code) => place::ward(code).map(|ward| ward.full_name.clone()).unwrap_or_default(),
        Scope::Market(id) => markets::enter_as(&state.app.db, "page", *id).await?.market().name.clone(),
    })
}

fn nav(t: &'static Words, viewer: &Viewer, waiting: i64, room: Room) -> Vec<NavItem> {
    let overview = match &viewer.scope {
        Scope::Ward(code) => Some(format!("/wards/{code}")),
        Scope::Province(code) => Some(format!("/provinces/{code}")),
        Scope::Nation => Some("/nation".to_owned()),
        Scope::Market(_) => None,
    };
    let report = match &viewer.scope {
        Scope::Ward(code) => Some(format!("/wards/{code}/report")),
        Scope::Market(id) => Some(format!("/markets/{id}/report")),
        Scope::Nation | Scope::Province(_) => None,
    };
    let mut items = Vec::new();
    let mut add = |shown: bool, href: String, label, badge, here: Room| {
        if shown {
            items.push(NavItem { href, label, badge, current: room == here });
        }
    };
    let may_look = viewer.may(Act::SeeCounters) || viewer.may(Act::SeeNation);
    let has_overview = overview.is_some() && may_look;
    add(has_overview, overview.unwrap_or_default(), t.base.nav_overview, 0, Room::Overview);
    add(viewer.may(Act::SeeStalls) || viewer.may(Act::MakeMarket), "/markets".to_owned(), t.base.nav_markets, 0, Room::Markets);
    add(viewer.may(Act::Review), "/review".to_owned(), t.base.nav_review, waiting, Room::Review);
    let may_report = report.is_some() && viewer.may(Act::Report);
    add(may_report, report.unwrap_or_default(), t.base.nav_report, 0, Room::Report);
    add(viewer.may(Act::ManageStaff), "/staff".to_owned(), t.base.nav_people, 0, Room::People);
    add(viewer.may(Act::Enrol), "/dd/".to_owned(), t.base.nav_field, 0, Room::Field);
    items
}
