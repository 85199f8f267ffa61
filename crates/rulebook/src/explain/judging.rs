//! The stages: who judges, how points come about, what bars a team, where the line is.

use super::{
    clocks, line,
    page::{Page, say},
    particle::{Particle, with},
    points, words,
};
use crate::{Appointment, Exact, Gate, GateTest, Panel, Rulebook, Stage, StageKind, VoteBar};

pub(super) fn write(page: &mut Page, book: &Rulebook) {
    for (index, stage) in book.stages.iter().enumerate() {
        let (number, name) = (index + 1, page.of(&stage.name));
        page.heading(&say!(page, "{number}단계: {name}", "Stage {number}: {name}"));
        match stage.kind {
            StageKind::Eligibility => eligibility(page),
            StageKind::Scored => scored(page, stage),
        }
    }
    if book.stages.iter().any(|stage| !stage.panels.is_empty()) {
        conflicts(page, book);
    }
}

fn eligibility(page: &mut Page) {
    page.text(&say!(
        page,
        "위의 자격 요건만 봅니다. 모두 갖춘 팀은 다음 단계로 갑니다.",
        "Only the conditions above are checked. Every team that meets them goes on."
    ));
}

fn scored(page: &mut Page, stage: &Stage) {
    for panel in &stage.panels {
        seats(page, panel);
    }
    time(page, stage);
    if let Some(root) = &stage.score {
        page.gap();
        page.text(&say!(page, "점수는 이렇게 나옵니다.", "How points come about:"));
        points::tree(page, stage, root);
    }
    if !stage.gates.is_empty() {
        page.gap();
        page.text(&say!(
            page,
            "점수와 따로 보는 조건이 있습니다. 통과하지 못하면 순위와 관계없이 탈락합니다.",
            "Apart from points, a team that fails one of these is out whatever its rank:"
        ));
        for gate in &stage.gates {
            bar(page, stage, gate);
        }
    }
    page.gap();
    line::write(page, stage);
}

fn seats(page: &mut Page, panel: &Panel) {
    let name = page.of(&panel.name);
    let mut text = match panel.seats {
        Some(seats) => say!(page, "{name} {seats}명이 평가합니다.", "{name}: {seats} seats."),
        None => {
            let name_ko = with(name, Particle::Topic);
            say!(page, "{name_ko} 인원이 아직 정해지지 않았습니다.", "{name}: how many sit is not said yet.")
        }
    };
    if let Some(quorum) = panel.quorum.filter(|quorum| Some(*quorum) != panel.seats) {
        text.push_str(&say!(
            page,
            " 한 팀에 대해 {quorum}명 이상이 채점해야 유효합니다.",
            " For each team at least {quorum} sheets must come in."
        ));
    }
    text.push_str(&match panel.appointment {
        Appointment::Draw => say!(
            page,
            " 미리 확정한 후보 명부에서 나중에 정해지는 공개 난수로 뽑습니다.",
            " They are drawn from a pool that is fixed first, by a public seed that is known only later."
        ),
        Appointment::Named => say!(page, " 담당자 두 명이 함께 지명합니다.", " Two officers name them together."),
    });
    if let Some(pool) = panel.pool_per_seat {
        text.push_str(&say!(
            page,
            " 후보는 자리마다 {pool}명 이상입니다.",
            " The pool holds {pool} candidates or more for each seat."
        ));
    }
    if let Some(most) = panel.per_organisation {
        text.push_str(&say!(page, " 한 기관에서 {most}명까지입니다.", " No more than {most} from one organisation."));
    }
    if !panel.fields.is_empty() {
        let fields: Vec<_> = panel.fields.iter().map(|field| format!("{} {}", field.id, field.seats)).collect();
        let fields = fields.join(", ");
        text.push_str(&say!(page, " 분야별 자리: {fields}.", " Seats kept for fields: {fields}."));
    }
    page.text(&text);
}

fn time(page: &mut Page, stage: &Stage) {
    if let Some(clock) = &stage.review {
        let length = clocks::length(page, clock);
        page.text(&say!(page, "평가 기간: {length}.", "Time for the sheets: {length}."));
    }
    if let Some(presentation) = stage.presentation {
        let (minutes, questions) = (presentation.minutes, presentation.questions_minutes);
        page.text(&say!(
            page,
            "팀마다 {minutes}분 발표하고 {questions}분 질문을 받습니다.",
            "Each team presents for {minutes} minutes and answers questions for {questions}."
        ));
    }
}

fn bar(page: &mut Page, stage: &Stage, gate: &Gate) {
    let (name, requires) = (page.of(&gate.name), page.of(&gate.requires));
    page.item(0, &format!("{name}: {requires}"));
    let test = match &gate.test {
        None => say!(page, "누가 판단하는지 아직 정해지지 않았습니다.", "Who says so is not said yet."),
        Some(GateTest::Finding) => say!(
            page,
            "담당자 두 명이 사유와 근거를 적어 판단합니다.",
            "Two officers enter the finding with its reason and evidence."
        ),
        Some(GateTest::AtLeast { node, points }) => {
            let node = stage.score.as_ref().and_then(|root| root.find(node));
            let name = node.map_or("", |node| page.of(&node.name));
            say!(page, "{name} 점수가 {points}점 이상이어야 합니다.", "{name}: at least {points} points.")
        }
        Some(GateTest::Votes { panel, bar }) => {
            let name = stage.panel(panel).map_or("", |panel| page.of(&panel.name)).to_owned();
            votes(page, &name, bar)
        }
    };
    page.under(0, &test);
}

fn votes(page: &Page, panel: &str, bar: &VoteBar) -> String {
    let panel_ko = with(panel, Particle::Subject);
    let part = |share: &Exact| match *share == Exact::ratio(1, 2) {
        true => say!(page, "절반", "half"),
        false => share.to_string(),
    };
    match bar {
        VoteBar::FailsAt(count) => say!(
            page,
            "{panel_ko} 한 표씩 행사합니다. \"미충족\"이 {count}표 이상이면 탈락합니다.",
            "{panel} vote, one vote each; {count} votes of \"not met\" and the team is out."
        ),
        VoteBar::FailsAbove(share) => {
            let share = part(share);
            say!(
                page,
                "{panel_ko} 한 표씩 행사합니다. \"미충족\"이 던진 표의 {share}보다 많으면 탈락합니다.",
                "{panel} vote, one vote each; if more than {share} of the votes cast say \"not met\", the team is out."
            )
        }
        VoteBar::PassesAt(count) => say!(
            page,
            "{panel_ko} 한 표씩 행사합니다. \"충족\"이 {count}표 이상이어야 통과합니다.",
            "{panel} vote, one vote each; {count} votes of \"met\" are needed to pass."
        ),
        VoteBar::PassesAbove(share) => {
            let share = part(share);
            say!(
                page,
                "{panel_ko} 한 표씩 행사합니다. \"충족\"이 던진 표의 {share}보다 많아야 통과합니다.",
                "{panel} vote, one vote each; more than {share} of the votes cast must say \"met\"."
            )
        }
    }
}

fn conflicts(page: &mut Page, book: &Rulebook) {
    page.heading(&say!(page, "누가 평가할 수 없나", "Who may not judge"));
    let kinds: Vec<_> = book.conflicts.kinds.iter().map(|kind| words::tie(page, *kind)).collect();
    let (kinds, years) = (kinds.join(", "), book.conflicts.years);
    let kinds_ko = with(&kinds, Particle::Subject);
    page.text(&say!(
        page,
        "최근 {years}년 안에 팀과 {kinds_ko} 있던 사람은 그 팀을 평가하지 않습니다.",
        "Nobody judges a team to which he or she had ties within the last {years} years: {kinds}."
    ));
}
