//! Measured leaves: one number per team, from one or more items.

use std::collections::BTreeMap;

use rulebook::{Exact, Id, Measured, MeasuredItem, Node, Transform};

use super::{Cell, Column, Work};
use crate::{Gap, Measured as Found, Measurement, TeamId};

impl<'a> Work<'a, '_> {
    /// Measurements of leaves that the tree does not have.
    pub(super) fn check_measurements(&mut self, root: &Node) {
        let leaves: Vec<&Id> = root.walk().filter(|node| node.measured.is_some()).map(|leaf| &leaf.id).collect();
        for team in &self.sheets.teams {
            let measured = self.facts.measurements.get(*team).into_iter().flatten();
            let unknown = measured.filter(|(leaf, _)| !leaves.contains(leaf));
            self.gaps.extend(unknown.map(|(leaf, _)| bad(team, leaf, leaf)));
        }
    }

    /// One value per team: the items averaged by weight, each over its target first where the leaf is a ratio.
    pub(super) fn measurements(&mut self, leaf: &'a Node, measured: &Measured) -> Column<'a> {
        let items = items(leaf, measured);
        let weight: Exact = items.iter().map(|item| &item.weight).sum();
        if weight.is_zero() {
            return self.unset(leaf, "measured");
        }
        let mut cells = Vec::with_capacity(self.sheets.teams.len());
        for team in &self.sheets.teams {
            let measurement = self.facts.measurements.get(*team).and_then(|of| of.get(&leaf.id));
            let before = self.gaps.len();
            let sum = match measurement {
                Some(Measurement::NotApplicable) => {
                    cells.push(Cell::NotApplicable);
                    continue;
                }
                Some(Measurement::Values(values)) => self.weighted_sum(leaf, measured, &items, (team, values)),
                None => self.weighted_sum(leaf, measured, &items, (team, &BTreeMap::new())),
            };
            let average = sum.checked_div(&weight).filter(|_| self.gaps.len() == before);
            cells.push(average.map_or(Cell::Missing, Cell::Value));
        }
        Column::ByTeam(cells)
    }

    fn weighted_sum(
        &mut self,
        leaf: &Node,
        measured: &Measured,
        items: &[MeasuredItem],
        (team, values): (&TeamId, &BTreeMap<Id, Found>),
    ) -> Exact {
        let unknown = values.keys().filter(|id| items.iter().all(|item| item.id != **id));
        self.gaps.extend(unknown.map(|id| bad(team, &leaf.id, id)));
        let mut sum = Exact::zero();
        for item in items {
            match values.get(&item.id).map(|found| earned(leaf, measured, found)) {
                Some(Some(value)) => sum += &(&value * &item.weight),
                Some(None) => self.gaps.push(bad(team, &leaf.id, &item.id)),
                None => self.gaps.push(Gap::NoMeasurement {
                    team: team.clone(),
                    leaf: leaf.id.clone(),
                    item: item.id.clone(),
                }),
            }
        }
        sum
    }
}

/// The items of the leaf; the single item of a leaf without items is called like the leaf.
fn items(leaf: &Node, measured: &Measured) -> Vec<MeasuredItem> {
    if measured.items.is_empty() {
        vec![MeasuredItem { id: leaf.id.clone(), weight: Exact::one() }]
    } else {
        measured.items.clone()
    }
}

/// What an item brings: its value or, in a ratio, its value over its own target, at most the cap. Nothing where the
/// value is out of range or the target of a ratio is not above zero.
fn earned(leaf: &Node, measured: &Measured, found: &Found) -> Option<Exact> {
    if found.value.is_negative() || found.value > measured.max {
        return None;
    }
    match &leaf.transform {
        Some(Transform::Ratio { cap }) => {
            let target = found.target.as_ref().filter(|target| **target > Exact::zero())?;
            found.value.checked_div(target).map(|share| share.min(cap.clone()))
        }
        _ => Some(found.value.clone()),
    }
}

fn bad(team: &TeamId, leaf: &Id, item: &Id) -> Gap {
    Gap::BadMeasurement { team: team.clone(), leaf: leaf.clone(), item: item.clone() }
}
