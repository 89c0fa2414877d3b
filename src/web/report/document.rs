//! A report in the words of an official document after NĐ 30/2020: results, difficulties, the next period, proposals.

use super::book::{bank_name, late, late_stalls};
use crate::{
    app::report::Report,
    domain::{
        kpi::{Kpis, Overdue, Ratio},
        period::{Cut, Period, PeriodKind},
    },
    print::document::{Align, Appendix, Block, Column, OfficialDocument, Table},
    web::words::Lang,
};

/// Numbers below ten with a leading zero, as such papers write them; nothing is `0`.
fn two(n: i64) -> String {
    if n == 0 { n.to_string() } else { format!("{n:02}") }
}

/// `70,4%`; a dash where there is nothing to take a share of.
fn percent(ratio: Ratio) -> String {
    if ratio.all <= 0 {
        return "–".to_owned();
    }
    let tenths = (ratio.of * 2_000 + ratio.all) / (2 * ratio.all);
    format!("{},{}", tenths / 10, tenths % 10)
}

fn period_words(period: &Period) -> String {
    let (year, month) = period.month();
    match period.kind {
        PeriodKind::Week => format!("tuần từ {} đến {}", period.from.to_people(), period.to.to_people()),
        PeriodKind::Month => format!("tháng {month:02} năm {year}"),
        PeriodKind::Quarter => format!("quý {} năm {year}", roman(month.div_ceil(3))),
        PeriodKind::Half => format!("6 tháng {} năm {year}", if month <= 6 { "đầu" } else { "cuối" }),
        PeriodKind::Year => format!("năm {year}"),
        PeriodKind::Dates => format!("từ {} đến {}", period.from.to_people(), period.to.to_people()),
    }
}

const fn roman(n: u8) -> &'static str {
    match n {
        1 => "I",
        2 => "II",
        3 => "III",
        _ => "IV",
    }
}

/// The report as a document.
#[must_use]
pub fn document(report: &Report) -> OfficialDocument {
    let (_, month, _) = report.now.day().parts();
    let year = report.now.day().parts().0;
    // Days below 10 and the months 1 and 2 have a leading zero, against being changed by hand.
    let month = if month < 3 { format!("{month:02}") } else { month.to_string() };
    let place = match &report.market {
        Some(market) => format!("tại {} trên địa bàn {}", lower_first(market), lower_first(&report.ward)),
        None => format!("tại các chợ trên địa bàn {}", lower_first(&report.ward)),
    };
    let late = late_stalls(report);
    let mut appendices = Vec::new();
    if !late.is_empty() {
        appendices.push(Appendix {
            name: "Phụ lục".to_owned(),
            title: "Danh sách sạp quá hạn".to_owned(),
            reference: "(Kèm theo Báo cáo số      /BC-UBND ngày      tháng      năm         )".to_owned(),
            table: late_table(late),
        });
    }
    OfficialDocument {
        file_title: format!("Báo cáo {} {}", report.market.as_deref().unwrap_or(&report.ward), report.period),
        superior: String::new(),
        issuer: vec!["Ủy ban nhân dân".to_owned(), report.ward.clone()],
        number: "Số:            /BC-UBND".to_owned(),
        place_and_date: format!("{}, ngày       tháng {month} năm {year}", report.ward_short),
        kind: "Báo cáo".to_owned(),
        subject: vec!["Kết quả thanh toán không dùng tiền mặt".to_owned(), place, period_words(&report.period)],
        addressee: format!("Kính gửi: Sở Công Thương {}.", lower_first(&report.province)),
        blocks: blocks(report, !appendices.is_empty()),
        signs: vec!["TM. Ủy ban nhân dân".to_owned(), "Chủ tịch".to_owned()],
        receivers: vec![
            "- Như trên;".to_owned(),
            "- Đảng ủy, HĐND (b/c);".to_owned(),
            "- Chủ tịch, các PCT UBND;".to_owned(),
            "- Lưu: VT, ……".to_owned(),
        ],
        appendices,
    }
}

/// `Phường Bắc Kạn` inside a sentence.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn blocks(report: &Report, has_appendix: bool) -> Vec<Block> {
    let kpis = &report.total;
    let cut = if report.period.cut == Cut::Decree { " (kỳ báo cáo theo Nghị định 09/2019/NĐ-CP)" } else { "" };
    let mut blocks = vec![
        Block::Paragraph(format!(
            "Thực hiện kế hoạch chuyển đổi số tại các chợ, Ủy ban nhân dân {} báo cáo kết quả từ ngày {} đến ngày {}{cut} như sau:",
            lower_first(&report.ward),
            report.period.from.to_people(),
            report.period.to.to_people(),
        )),
        Block::Section("I. Kết quả thực hiện".to_owned()),
        Block::Paragraph(results(report)),
        Block::Table(result_table(report)),
        Block::Paragraph(usage(kpis)),
        Block::Paragraph(times(kpis)),
    ];
    blocks.extend(cohorts(kpis).map(Block::Paragraph));
    blocks.extend(banks(kpis).map(Block::Paragraph));
    blocks.push(Block::Section("II. Khó khăn, vướng mắc".to_owned()));
    blocks.extend(difficulties(kpis).into_iter().map(Block::Paragraph));
    blocks.push(Block::Section("III. Nhiệm vụ kỳ tới".to_owned()));
    blocks.extend(tasks(kpis, has_appendix).into_iter().map(Block::Paragraph));
    blocks.extend([Block::Section("IV. Kiến nghị".to_owned()), Block::Dots, Block::Dots]);
    blocks.push(Block::Paragraph(format!("Trên đây là báo cáo của Ủy ban nhân dân {}./.", lower_first(&report.ward))));
    blocks
}

fn results(report: &Report) -> String {
    let kpis = &report.total;
    let [reached, issued, verified, used] = kpis.ratios();
    let whole = match &report.market {
        Some(market) => format!("{market} có"),
        None => format!(
            "Toàn {} có {} chợ,",
            if report.ward.starts_with("Phường") { "phường" } else { "xã" },
            two(report.markets.len() as i64)
        ),
    };
    format!(
        "{whole} {} sạp đang kinh doanh (số liệu chốt {}). Có {} sạp được hướng dẫn trực tiếp, đạt {}%; {} sạp có mã QR, đạt {}%; {} sạp đã dán mã và được kiểm tra tại chỗ, đạt {}%; {} sạp phát sinh giao dịch trong kỳ, bằng {}% số sạp đã dán mã.",
        kpis.trading,
        report.cut_off_moment(),
        reached.of,
        percent(reached),
        issued.of,
        percent(issued),
        verified.of,
        percent(verified),
        used.of,
        percent(used),
    )
}

fn column(head: &str, share: f64, align: Align) -> Column {
    Column { head: head.to_owned(), share, align }
}

/// One row a market; a report about one market has one a row of stalls.
fn result_table(report: &Report) -> Table {
    let columns = vec![
        column("TT", 0.7, Align::Centre),
        column(if report.market.is_some() { "Dãy" } else { "Chợ" }, 3.0, Align::Left),
        column("Số sạp", 1.1, Align::Centre),
        column("Đã tiếp cận", 1.1, Align::Centre),
        column("Có mã QR", 1.1, Align::Centre),
        column("Tỷ lệ (%)", 1.1, Align::Centre),
        column("Đã dán, đã kiểm tra", 1.4, Align::Centre),
        column("Tỷ lệ (%)", 1.1, Align::Centre),
        column("Có giao dịch", 1.2, Align::Centre),
    ];
    let cells = |name: &str, [trading, reached, issued, verified]: [i64; 4], used: String| {
        vec![
            name.to_owned(),
            trading.to_string(),
            reached.to_string(),
            issued.to_string(),
            percent(Ratio { of: issued, all: trading }),
            verified.to_string(),
            percent(Ratio { of: verified, all: trading }),
            used,
        ]
    };
    let numbered = |(at, mut row): (usize, Vec<String>)| {
        row.insert(0, (at + 1).to_string());
        row
    };
    let rows: Vec<Vec<String>> = if report.market.is_some() {
        let groups = report.total.rows.iter().filter(|group| group.trading > 0);
        let row = |group: &crate::domain::kpi::Group| {
            let name = if group.name.is_empty() { "(không ghi dãy)" } else { &group.name };
            cells(name, [group.trading, group.reached, group.issued, group.verified], String::new())
        };
        groups.map(row).enumerate().map(numbered).collect()
    } else {
        let row = |part: &crate::app::report::MarketPart| {
            let kpis = &part.kpis;
            cells(&part.name, [kpis.trading, kpis.reached, kpis.issued, kpis.verified], kpis.used.total().to_string())
        };
        report.markets.iter().map(row).enumerate().map(numbered).collect()
    };
    let kpis = &report.total;
    let mut foot = cells("Cộng", [kpis.trading, kpis.reached, kpis.issued, kpis.verified], kpis.used.total().to_string());
    foot.insert(0, String::new());
    let mut table = Table { columns, rows, foot: Some(foot) };
    if report.market.is_some() {
        // Use is counted over a period, which rows of stalls are not: the text tells it.
        table.columns.pop();
        table.rows.iter_mut().chain(&mut table.foot).for_each(|row| drop(row.pop()));
    }
    table
}

fn usage(kpis: &Kpis) -> String {
    let safety = kpis.safety();
    let found = if safety.of == 0 {
        "không phát hiện trường hợp mã bị dán đè".to_owned()
    } else {
        let rate = (safety.of * 1_000 + safety.all / 2) / safety.all.max(1);
        format!("phát hiện {} lượt nghi mã bị dán đè ({rate} trên 1.000 lượt quét)", two(safety.of))
    };
    let resolved = kpis.resolve_hours.map(|hours| format!(", thời gian xử lý trung vị {hours} giờ")).unwrap_or_default();
    format!(
        "Số sạp có giao dịch gồm {} sạp được xác nhận tại thực địa, {} sạp tự khai, {} sạp theo danh sách của ngân hàng, tổ chức trung gian thanh toán; mỗi sạp có bằng chứng ở ít nhất 02 ngày khác nhau. Trong kỳ đã quét kiểm tra {} lượt, {found}{resolved}.",
        two(kpis.used.field),
        two(kpis.used.declared),
        two(kpis.used.partner),
        safety.all,
    )
}

fn times(kpis: &Kpis) -> String {
    let days = |value: Option<crate::domain::kpi::Halves>| {
        value.map_or_else(|| "chưa có số liệu".to_owned(), |days| format!("{days} ngày"))
    };
    format!(
        "Thời gian trung vị từ đăng ký đến cấp mã: {}; từ cấp mã đến dán mã: {}.",
        days(kpis.days_to_issue),
        days(kpis.days_to_post)
    )
}

/// How many are still in use; what nobody checked is told and not counted.
fn cohorts(kpis: &Kpis) -> Option<String> {
    let sum = |pick: fn(&crate::domain::kpi::Cohort) -> [i64; 3]| {
        kpis.cohorts.iter().map(pick).fold([0; 3], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]])
    };
    let told = |days: &str, [kept, lost, unchecked]: [i64; 3]| {
        let due = kept + lost + unchecked;
        (due > 0).then(|| {
            format!(
                "sau {days} ngày kể từ khi dán mã, {kept}/{due} sạp còn sử dụng ({}%), {unchecked} sạp chưa kiểm tra",
                percent(Ratio { of: kept, all: due })
            )
        })
    };
    let parts: Vec<String> = [told("30", sum(|c| c.at_30)), told("90", sum(|c| c.at_90))].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Duy trì: {}.", parts.join("; ")))
}

fn banks(kpis: &Kpis) -> Option<String> {
    let all: i64 = kpis.bank_primary.iter().map(|(_, n)| n).sum();
    let told: Vec<String> = kpis
        .bank_primary
        .iter()
        .take(5)
        .map(|(bin, n)| format!("{} {n} sạp ({}%)", bank_name(bin), percent(Ratio { of: *n, all })))
        .collect();
    (!told.is_empty()).then(|| format!("Ngân hàng, ví của tài khoản chính: {}.", told.join("; ")))
}

fn difficulties(kpis: &Kpis) -> Vec<String> {
    let t = Lang::Vi.words();
    let list = |reasons: &[(String, i64)]| {
        let told: Vec<String> =
            reasons.iter().map(|(word, n)| format!("{} {}", two(*n), lower_first(t.reason.find(word).unwrap_or("")))).collect();
        told.join("; ")
    };
    let total = |reasons: &[(String, i64)]| reasons.iter().map(|(_, n)| n).sum::<i64>();
    let mut found = Vec::new();
    for (reasons, begins) in
        [(&kpis.why_not, "sạp đã tiếp cận nhưng chưa có mã"), (&kpis.declined, "sạp từ chối"), (&kpis.stopped, "sạp ngừng dùng")]
    {
        if !reasons.is_empty() {
            found.push(format!("Có {} {begins}, lý do: {}.", two(total(reasons)), list(reasons)));
        }
    }
    if found.is_empty() {
        found.push("Trong kỳ không ghi nhận sạp từ chối hoặc ngừng dùng.".to_owned());
    }
    found
}

fn tasks(kpis: &Kpis, has_appendix: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut number = 0;
    let mut add = |text: String| {
        number += 1;
        found.push(format!("{number}. {text}"));
    };
    for kind in Overdue::ALL {
        let n = kpis.overdue(*kind);
        if n > 0 {
            add(format!("Xử lý {} sạp: {}.", two(n), lower_late(*kind)));
        }
    }
    let rest = kpis.trading - kpis.reached;
    if rest > 0 {
        add(format!("Tiếp cận {} sạp đang kinh doanh còn lại.", two(rest)));
    }
    let unposted = kpis.issued - kpis.verified;
    if unposted > 0 {
        add(format!("Dán mã hoặc kiểm tra lại {} sạp đã được cấp mã.", two(unposted)));
    }
    if has_appendix {
        add("Danh sách sạp quá hạn kèm theo tại Phụ lục.".to_owned());
    }
    if found.is_empty() {
        found.push("Duy trì kiểm tra mã và hướng dẫn tiểu thương sử dụng.".to_owned());
    }
    found
}

fn lower_late(kind: Overdue) -> String {
    if kind == Overdue::Mismatch { late(kind).to_owned() } else { lower_first(late(kind)) }
}

fn late_table(rows: Vec<[String; 5]>) -> Table {
    let columns = vec![
        column("TT", 0.6, Align::Centre),
        column("Chợ", 2.4, Align::Left),
        column("Sạp", 1.2, Align::Left),
        column("Chủ sạp", 2.6, Align::Left),
        column("Việc quá hạn", 3.0, Align::Left),
        column("Từ ngày", 1.8, Align::Centre),
    ];
    let rows =
        rows.into_iter().enumerate().map(|(at, cells)| std::iter::once((at + 1).to_string()).chain(cells).collect()).collect();
    Table { columns, rows, foot: None }
}
