//! How a panel comes to sit.

use std::collections::BTreeSet;

use rulebook::{Appointment, Id, Panel};

use super::{Context, Inconsistent, State};
use crate::{
    By, Draw, EvaluatorId, Event, Pool, PoolEntry, Recusal, Seed, SeedAnnouncement, SeedPurpose, StageKey, TeamId,
    draw::draw,
};

impl State {
    /// The rule of a panel of a stage that has opened.
    pub fn panel_rule(&self, key: &StageKey, panel: &Id) -> Result<&Panel, Inconsistent> {
        self.stage_rule(key)?.panel(panel).ok_or_else(|| Inconsistent::unknown("panel", panel))
    }

    /// The panel that the pool and the seed give, those who declined struck.
    pub fn drawn(&self, key: &StageKey, panel: &Id) -> Result<Draw, Inconsistent> {
        let stage = self.stage(key)?;
        let is = |is| Inconsistent::PanelIs { panel: panel.clone(), is };
        let pool = stage.pools.get(panel).ok_or_else(|| is("has no pool"))?;
        let seed = stage.seeds.get(&SeedPurpose::Panel(panel.clone())).ok_or_else(|| is("has no seed yet"))?;
        let nobody = BTreeSet::new();
        let declined = stage.declined.get(panel).unwrap_or(&nobody);
        Ok(draw(key, self.panel_rule(key, panel)?, pool, seed, declined)?)
    }

    pub(super) fn apply_panel(&mut self, context: Context<'_>, event: &Event) -> Result<(), Inconsistent> {
        match event {
            Event::PoolCommitted { key, panel, pool } => self.commit_pool(context, key, panel, pool),
            Event::PanelNamed { key, panel, pool, .. } => self.name_panel(key, panel, pool),
            Event::SeedAnnounced { key, announcement } => self.announce(context, key, SeedPurpose::Ties, announcement),
            Event::SeedFixed { key, purpose, seed } => self.fix_seed(context, key, purpose, seed),
            Event::PanelSeated { key, panel, draw } => self.seat(key, panel, draw),
            Event::SeatDeclined { key, panel, evaluator, .. } => self.decline(key, panel, evaluator),
            Event::PledgeSigned { key } => self.pledge(context, key),
            Event::EvaluatorRecused { key, evaluator, team, because } => {
                // Who has seen all marks could choose the line by stepping aside; then it takes two officers.
                if self.stage(key)?.sheets.is_some() {
                    let is = "steps aside after the sheets were opened; two officers can excuse";
                    return Err(Inconsistent::EvaluatorIs { evaluator: evaluator.clone(), is });
                }
                self.recuse(key, evaluator, team, because)
            }
            Event::EvaluatorExcused { key, evaluator, teams, because, .. } => {
                self.is_seated(key, evaluator)?;
                teams.iter().try_for_each(|team| self.recuse(key, evaluator, team, because))
            }
            _ => Ok(()),
        }
    }

    fn recuse(
        &mut self,
        key: &StageKey,
        evaluator: &EvaluatorId,
        team: &TeamId,
        because: &str,
    ) -> Result<(), Inconsistent> {
        if because.trim().is_empty() {
            return Err(Inconsistent::NoReason);
        }
        self.stands_in(key, team)?;
        let recusal = Recusal { evaluator: evaluator.clone(), team: team.clone() };
        match self.undecided_mut(key)?.recusals.insert(recusal, because.to_owned()) {
            Some(_) => Err(Inconsistent::twice("recusal by evaluator", evaluator)),
            None => Ok(()),
        }
    }

    fn commit_pool(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        panel: &Id,
        pool: &Pool,
    ) -> Result<(), Inconsistent> {
        let rule = self.panel_rule(key, panel)?;
        let is = |is| Err(Inconsistent::PanelIs { panel: panel.clone(), is });
        if rule.appointment != Appointment::Draw {
            return is("is named, not drawn");
        }
        let fewest = rule.seats.unwrap_or(0).saturating_mul(rule.pool_per_seat.unwrap_or(1)) as usize;
        if pool.entries.len() < fewest {
            return is("has a smaller pool than the rulebook asks for");
        }
        self.announce(context, key, SeedPurpose::Panel(panel.clone()), &pool.seed)?;
        self.keep_pool(key, panel, &pool.entries)
    }

    fn name_panel(&mut self, key: &StageKey, panel: &Id, pool: &[PoolEntry]) -> Result<(), Inconsistent> {
        let rule = self.panel_rule(key, panel)?;
        let is = |is| Err(Inconsistent::PanelIs { panel: panel.clone(), is });
        if rule.appointment != Appointment::Named {
            return is("is drawn, not named");
        }
        if pool.len() != rule.seats.unwrap_or(0) as usize {
            return is("has another number of seats");
        }
        if pool.iter().any(|entry| !entry.conflicts.is_empty()) {
            return is("would seat somebody who is too close to a team");
        }
        if !fits(rule, pool) {
            return is("would not keep the rulebook's seats by organisation and field");
        }
        self.keep_pool(key, panel, pool)?;
        let seats = pool.iter().map(|entry| entry.evaluator.clone()).collect();
        self.undecided_mut(key)?.seats.insert(panel.clone(), seats);
        Ok(())
    }

    /// Keeps a pool whose pseudonyms stand nowhere else in the stage.
    fn keep_pool(&mut self, key: &StageKey, panel: &Id, entries: &[PoolEntry]) -> Result<(), Inconsistent> {
        let stage = self.undecided_mut(key)?;
        if stage.pools.contains_key(panel) {
            return Err(Inconsistent::twice("pool", panel));
        }
        let mut known: BTreeSet<_> = stage.pools.values().flatten().map(|entry| entry.evaluator.clone()).collect();
        if let Some(twice) = entries.iter().find(|entry| !known.insert(entry.evaluator.clone())) {
            return Err(Inconsistent::twice("evaluator", &twice.evaluator));
        }
        stage.pools.insert(panel.clone(), entries.to_vec());
        Ok(())
    }

    fn announce(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        purpose: SeedPurpose,
        announcement: &SeedAnnouncement,
    ) -> Result<(), Inconsistent> {
        if announcement.sources.is_empty() || announcement.known_from <= context.at {
            return Err(Inconsistent::SeedTooEarly);
        }
        let stage = self.undecided_mut(key)?;
        // A seed for ties must be announced while nobody knows whom a tie could be between.
        if stage.sheets.is_some() {
            return Err(Inconsistent::SeedTooEarly);
        }
        match stage.announced.insert(purpose, announcement.clone()) {
            Some(_) => Err(Inconsistent::twice("announced seed", &key.stage)),
            None => Ok(()),
        }
    }

    fn fix_seed(
        &mut self,
        context: Context<'_>,
        key: &StageKey,
        purpose: &SeedPurpose,
        seed: &Seed,
    ) -> Result<(), Inconsistent> {
        let stage = self.undecided_mut(key)?;
        let announced = stage.announced.get(purpose).ok_or(Inconsistent::OtherSources)?;
        if context.at < announced.known_from {
            return Err(Inconsistent::SeedTooEarly);
        }
        if !seed.0.iter().map(|source| &source.source).eq(&announced.sources) {
            return Err(Inconsistent::OtherSources);
        }
        match stage.seeds.insert(purpose.clone(), seed.clone()) {
            Some(_) => Err(Inconsistent::twice("seed", &key.stage)),
            None => Ok(()),
        }
    }

    fn seat(&mut self, key: &StageKey, panel: &Id, draw: &Draw) -> Result<(), Inconsistent> {
        if self.drawn(key, panel)? != *draw {
            return Err(Inconsistent::WrongDraw);
        }
        let seats = draw.seated.iter().cloned().collect();
        match self.undecided_mut(key)?.seats.insert(panel.clone(), seats) {
            Some(_) => Err(Inconsistent::twice("seated panel", panel)),
            None => Ok(()),
        }
    }

    fn decline(&mut self, key: &StageKey, panel: &Id, evaluator: &EvaluatorId) -> Result<(), Inconsistent> {
        let drawn = self.panel_rule(key, panel)?.appointment == Appointment::Draw;
        let stage = self.undecided_mut(key)?;
        let is = |is| Err(Inconsistent::EvaluatorIs { evaluator: evaluator.clone(), is });
        if stage.panel_of(evaluator) != Some(panel) {
            return is("does not sit on this panel");
        }
        // Once a sheet is in, an evaluator can be recused, not swapped.
        if stage.sealed.keys().any(|(author, _)| author == evaluator) {
            return is("has sealed sheets already");
        }
        if stage.sheets.is_some() {
            return is("declines after the sheets were opened");
        }
        stage.seats.remove(panel);
        if drawn {
            stage.declined.entry(panel.clone()).or_default().insert(evaluator.clone());
            return Ok(());
        }
        // There is no next in order: the panel is named anew, which moves everybody, so nobody may have judged yet.
        let named = stage.pools.remove(panel).unwrap_or_default();
        if named.iter().any(|entry| stage.sealed.keys().any(|(author, _)| *author == entry.evaluator)) {
            return is("declines after others on the named panel have sealed sheets");
        }
        Ok(())
    }

    fn pledge(&mut self, context: Context<'_>, key: &StageKey) -> Result<(), Inconsistent> {
        let By::Evaluator(evaluator) = context.by else {
            return Err(Inconsistent::NotTheirs { who: "only an evaluator".to_owned() });
        };
        if !self.undecided_mut(key)?.pledged.insert(evaluator.clone()) {
            return Err(Inconsistent::twice("pledge by evaluator", evaluator));
        }
        Ok(())
    }
}

/// Whether a named panel keeps the seats that the rulebook gives to organisations and fields.
fn fits(rule: &Panel, pool: &[PoolEntry]) -> bool {
    let most = rule.per_organisation.map_or(usize::MAX, |most| most as usize);
    let from = |organisation: &str| pool.iter().filter(|entry| entry.organisation == organisation).count();
    let of = |field: &Id| pool.iter().filter(|entry| entry.field.as_ref() == Some(field)).count();
    pool.iter().all(|entry| from(&entry.organisation) <= most)
        && rule.fields.iter().all(|field| of(&field.id) >= field.seats as usize)
}
