//! A report as sheets: the same for XLSX and CSV. Official papers are Vietnamese whatever language the reader chose.

use crate::{
    app::report::{Report, items},
    domain::{
        kpi::{Figure, Kpis, Overdue, Ratio},
        time::UnixMillis,
    },
    payment_code::bank,
    print::book::{Cell, Sheet},
    store::report_rows::ReportRow,
    web::words::{Lang, Words},
};

/// A share in tenths of a percent; nothing of nothing.
pub(super) fn tenths(ratio: Ratio) -> Cell {
    if ratio.all > 0 { Cell::Tenths((ratio.of * 2_000 + ratio.all) / (2 * ratio.all)) } else { Cell::Empty }
}

/// All six sheets.
#[must_use]
pub fn sheets(report: &Report) -> Vec<Sheet> {
    let t = Lang::Vi.words();
    vec![summary(report), stalls(report, t), refusals(report, t), overdue(report), volunteers(report), banks(report)]
}

fn sheet(name: &str, head: &[&str], rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet { name: name.to_owned(), head: head.iter().map(|text| (*text).to_owned()).collect(), rows }
}

fn summary(report: &Report) -> Sheet {
    let mut rows = Vec::new();
    let whole = report.market.as_deref().unwrap_or("Toàn phường");
    let parts = report.markets.iter().map(|part| (part.name.as_str(), &part.kpis)).filter(|_| report.market.is_none());
    for (name, kpis) in std::iter::once((whole, &report.total)).chain(parts) {
        of_kpis(name, kpis, &mut rows);
    }
    let until = report.cut_off_moment();
    let from_to = format!("{} – {}", report.period.from.to_people(), report.period.to.to_people());
    rows.push(vec!["Kỳ báo cáo".into(), from_to.into()]);
    rows.push(vec!["Số liệu chốt".into(), until.into()]);
    sheet("Tổng hợp", &["Phạm vi", "Chỉ tiêu", "Tử số", "Mẫu số", "Tỷ lệ (%)"], rows)
}

fn of_kpis(name: &str, kpis: &Kpis, rows: &mut Vec<Vec<Cell>>) {
    let [reached, issued, verified, used] = kpis.ratios();
    let of = |of| Ratio { of, all: kpis.trading };
    let part = |of| Ratio { of, all: kpis.verified };
    let lines = [
        ("Sạp đang kinh doanh (N)", Ratio { of: kpis.trading, all: 0 }),
        ("Tỷ lệ tiếp cận", reached),
        ("Đã đăng ký", of(kpis.registered)),
        ("Tỷ lệ có mã QR", issued),
        ("Tỷ lệ dán mã đã kiểm chứng", verified),
        ("Tỷ lệ phát sinh giao dịch trong kỳ", used),
        ("– xác nhận tại thực địa", part(kpis.used.field)),
        ("– tự khai", part(kpis.used.declared)),
        ("– đối tác báo", part(kpis.used.partner)),
        ("Còn dùng sau 90 ngày", part(kpis.kept_90)),
        ("Lệch mã trên lượt quét", kpis.safety()),
    ];
    for (label, ratio) in lines {
        let all = if ratio.all > 0 { Cell::Number(ratio.all) } else { Cell::Empty };
        rows.push(vec![name.into(), label.into(), ratio.of.into(), all, tenths(ratio)]);
    }
    let medians = [
        ("Trung vị đăng ký đến cấp mã (ngày)", kpis.days_to_issue),
        ("Trung vị cấp mã đến dán (ngày)", kpis.days_to_post),
        ("Trung vị xử lý lệch mã (giờ)", kpis.resolve_hours),
    ];
    for (label, value) in medians {
        let value = value.map_or(Cell::Empty, |halves| Cell::Tenths(halves.0 * 5));
        rows.push(vec![name.into(), label.into(), value]);
    }
    for cohort in &kpis.cohorts {
        for (days, [kept, lost, unchecked]) in [("30", cohort.at_30), ("90", cohort.at_90)] {
            let due = kept + lost + unchecked;
            let label = format!("Dán tháng {}: còn dùng sau {days} ngày (chưa kiểm tra {unchecked})", cohort.month);
            rows.push(vec![name.into(), label.into(), kept.into(), due.into(), tenths(Ratio { of: kept, all: due })]);
        }
    }
}

/// `****1234`; nothing of the account's other digits leaves the house.
fn masked(stall: &ReportRow) -> String {
    stall.account.as_ref().map(|(_, last4)| format!("****{last4}")).unwrap_or_default()
}

pub(super) fn bank_name(bin: &str) -> &str {
    if bin.is_empty() || bin == "wallet" { "Ví điện tử" } else { bank::name_of(bin) }
}

fn day(at: Option<UnixMillis>) -> Cell {
    at.map(|at| at.day().to_people()).unwrap_or_default().into()
}

/// Every stall of the report with its market's name.
fn each(report: &Report) -> impl Iterator<Item = (&str, &ReportRow)> {
    report.markets.iter().flat_map(|part| part.stalls.iter().map(|stall| (part.name.as_str(), stall)))
}

fn stalls(report: &Report, t: &'static Words) -> Sheet {
    let cut_off = report.cut_off();
    let first =
        |stall: &ReportRow, figure| items(stall, figure, cut_off).first().map(|(word, _)| (*word).to_owned()).unwrap_or_default();
    let mut rows = Vec::new();
    for (market, stall) in each(report) {
        let (occupancy, progress) = (first(stall, Figure::Stalls), first(stall, Figure::Progress));
        if occupancy.is_empty() {
            continue;
        }
        let is_verified = !items(stall, Figure::Verified, cut_off).is_empty();
        rows.push(vec![
            market.into(),
            stall.code.as_str().into(),
            stall.zone.as_str().into(),
            stall.row.as_str().into(),
            stall.goods.as_str().into(),
            stall.vendor.as_str().into(),
            t.occupancy.find(&occupancy).unwrap_or("").into(),
            t.progress.find(&progress).unwrap_or("").into(),
            if is_verified { "Có" } else { "Không" }.into(),
            stall.account.as_ref().map_or("", |(bin, _)| bank_name(bin)).into(),
            masked(stall).into(),
            day(stall.issued),
            day(stall.checked),
        ]);
    }
    let head = [
        "Chợ",
        "Sạp",
        "Khu",
        "Dãy",
        "Ngành hàng",
        "Chủ sạp",
        "Hiện trạng",
        "Tiến độ",
        "Dán đã kiểm chứng",
        "Ngân hàng, ví",
        "Tài khoản",
        "Ngày cấp mã",
        "Quét gần nhất",
    ];
    sheet("Danh sách sạp", &head, rows)
}

fn refusals(report: &Report, t: &'static Words) -> Sheet {
    let mut rows = Vec::new();
    for (market, stall) in each(report) {
        for (figure, what) in [(Figure::Declined, "Từ chối"), (Figure::Stopped, "Ngừng dùng")] {
            for (reason, since) in items(stall, figure, report.cut_off()) {
                let reason = t.reason.find(reason).unwrap_or("");
                rows.push(vec![
                    market.into(),
                    stall.code.as_str().into(),
                    stall.vendor.as_str().into(),
                    what.into(),
                    reason.into(),
                    since.to_people().into(),
                ]);
            }
        }
    }
    sheet("Từ chối–ngừng dùng", &["Chợ", "Sạp", "Chủ sạp", "Tiến độ", "Lý do", "Từ ngày"], rows)
}

/// What is overdue, in words.
pub(super) const fn late(kind: Overdue) -> &'static str {
    match kind {
        Overdue::Mismatch => "LỆCH MÃ quá 24 giờ",
        Overdue::Postponed => "Quá ngày hẹn lại",
        Overdue::Unposted => "Có mã quá 3 ngày chưa dán",
        Overdue::Unchecked => "Đã dán, quá 30 ngày chưa kiểm tra",
        Overdue::Change => "Đổi tài khoản quá 2 ngày",
    }
}

/// Market, stall, keeper, what is overdue and since when; mismatches first.
pub(super) fn late_stalls(report: &Report) -> Vec<[String; 5]> {
    let mut found = Vec::new();
    for (market, stall) in each(report) {
        for (word, since) in items(stall, Figure::Overdue, report.cut_off()) {
            if let Ok(kind) = word.parse::<Overdue>() {
                found.push((
                    kind,
                    [market.to_owned(), stall.code.clone(), stall.vendor.clone(), late(kind).to_owned(), since.to_people()],
                ));
            }
        }
    }
    found.sort_by_key(|(kind, _)| *kind);
    found.into_iter().map(|(_, cells)| cells).collect()
}

fn overdue(report: &Report) -> Sheet {
    let rows = late_stalls(report).into_iter().map(|cells| cells.map(Cell::from).to_vec()).collect();
    sheet("Quá hạn", &["Chợ", "Sạp", "Chủ sạp", "Việc", "Quá hạn từ"], rows)
}

fn volunteers(report: &Report) -> Sheet {
    let row = |person: &crate::domain::kpi::Volunteer| {
        let returned = Ratio { of: person.returned, all: person.enrolled };
        vec![
            report.names.get(&person.staff_id).map_or("–", String::as_str).into(),
            person.verified.into(),
            person.checked.into(),
            person.enrolled.into(),
            person.returned.into(),
            tenths(returned),
            person.visited.into(),
            person.mismatches.into(),
        ]
    };
    let rows = report.total.volunteers.iter().map(row).collect();
    let head = [
        "Tình nguyện viên",
        "Sticker đã kiểm",
        "Lượt quét khớp",
        "Phiếu đăng ký",
        "Bị trả lại",
        "Trả lại (%)",
        "Lượt thăm",
        "Lệch mã tìm ra",
    ];
    sheet("TNV", &head, rows)
}

fn banks(report: &Report) -> Sheet {
    let kpis = &report.total;
    let (primary, all): (i64, i64) = (kpis.bank_primary.iter().map(|(_, n)| n).sum(), kpis.bank_all.iter().map(|(_, n)| n).sum());
    let row = |(bin, n): &(String, i64)| {
        let first = kpis.bank_primary.iter().find(|(word, _)| word == bin).map_or(0, |(_, n)| *n);
        let shares = (tenths(Ratio { of: first, all: primary }), tenths(Ratio { of: *n, all }));
        vec![bank_name(bin).into(), first.into(), shares.0, (*n).into(), shares.1]
    };
    let rows = kpis.bank_all.iter().map(row).collect();
    sheet("Ngân hàng", &["Ngân hàng, ví", "Tài khoản chính", "Tỷ lệ chính (%)", "Mọi tài khoản", "Tỷ lệ (%)"], rows)
}
