//! Which parts of a component are relabelled together.

use std::collections::BTreeMap;

use crate::anatomy::{Component, Expert, Role};
use crate::fingerprint::Part;

/// Units of a component that a symmetry of training exchanges with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// Hidden units of a feed-forward network, or of one expert: rows of gate and up, columns of down.
    Hidden(Option<Expert>),
    /// Channels of the values, within a head: rows of value, columns of output.
    Values,
    /// Channels that patches of a picture or frames of sound are put into. The state's channels: training treats them
    /// alike but for what is done with positions, so they are held to be exchangeable and not known to be.
    Outputs,
}

/// The parts that hold one group of units, by what they do. At most one of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// Where each stands in the fingerprint.
    pub(crate) parts: BTreeMap<Role, usize>,
}

/// The groups of every component that has any.
pub(crate) type Layers = BTreeMap<Component, BTreeMap<Key, Group>>;

/// Sorts the parts of a fingerprint into groups. Two parts of one role in one group are no group: nobody can say which
/// belongs to which.
pub(crate) fn layers(parts: &[Part]) -> Layers {
    let mut layers = Layers::new();
    let mut doubled = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let key = match part.role {
            Role::Gate | Role::Up | Role::Down => Key::Hidden(part.expert),
            Role::Value | Role::Output => Key::Values,
            Role::PatchEmbedding => Key::Outputs,
            _ => continue,
        };
        let group = layers.entry(part.component).or_default().entry(key).or_default();
        if group.parts.insert(part.role, place).is_some() {
            doubled.push((part.component, key));
        }
    }
    for (component, groups) in &mut layers {
        groups.retain(|key, group| !doubled.contains(&(*component, *key)) && is_whole(*key, group, parts));
    }
    layers.retain(|_, groups| !groups.is_empty());
    layers
}

/// Whether the parts have the same units: as many rows of gate as of up, and so on.
fn is_whole(key: Key, group: &Group, parts: &[Part]) -> bool {
    let units = |role: Role| group.parts.get(&role).and_then(|place| parts.get(*place)).map(|part| part.units);
    match key {
        Key::Hidden(_) => {
            let all: Vec<u64> = [Role::Gate, Role::Up, Role::Down].into_iter().filter_map(units).collect();
            all.windows(2).all(|pair| pair.first() == pair.last())
        }
        // Without values the columns of output have no rows to go with.
        Key::Values => match (units(Role::Value), units(Role::Output)) {
            (Some(values), Some(outputs)) => values > 0 && outputs % values == 0,
            (Some(_), None) => true,
            (None, _) => false,
        },
        Key::Outputs => true,
    }
}
