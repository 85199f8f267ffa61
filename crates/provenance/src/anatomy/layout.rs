//! A checkpoint's tensors laid out as parts.

use thiserror::Error;

use super::families::{At, Rule, Spec, Whose};
use super::packed;
use super::place::{Place, Runs};
use super::{Axis, Component, Expert, Families, Role, Sizes, Spot, Tower};
use crate::weights::{Checkpoint, Dtype, Tensor};

/// Units shorter than this say nothing each for itself: such a tensor is one unit.
const LEAST_WIDTH: u64 = 16;

/// More columns than this are not units: no hidden layer is that wide, and their sketches would not fit into memory.
const MOST_COLUMNS: u64 = 1 << 16;

/// Why a checkpoint's tensors could not be laid out.
#[derive(Debug, Error)]
pub enum LayoutFault {
    /// Weights packed so that no number of theirs stands for itself.
    #[error("{file}: tensor {tensor} is packed as {format}; {mend}", file = file.display())]
    Packed {
        /// Which file.
        file: std::path::PathBuf,
        /// Which tensor.
        tensor: String,
        /// In which format.
        format: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// Weights that need factors, and the factors are not there or of another shape.
    #[error("{file}: tensor {tensor}: {what}", file = file.display())]
    Scale {
        /// Which file.
        file: std::path::PathBuf,
        /// Which tensor.
        tensor: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// Nothing in the files is a weight.
    #[error("{model} holds no tensor of weights; name the folder of a model")]
    Empty {
        /// Which model.
        model: String,
    },
}

/// All parts of a model, and what of it is none.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Its parts, ordered by component, role, expert, tensor and place.
    pub places: Vec<Place>,
    /// Tensors that were left out or could not be named, and why.
    pub remarks: Vec<String>,
}

/// What becomes of one tensor.
enum Laid {
    Parts(Vec<Place>),
    /// Laid out, though not as the table says.
    Doubtful(Vec<Place>, String),
    Left(String),
}

impl Layout {
    /// Lays out all tensors of a checkpoint.
    ///
    /// # Errors
    ///
    /// When weights are packed in a format that is not read, factors are missing, or there are no weights at all.
    pub fn of(checkpoint: &Checkpoint, families: &Families) -> Result<Self, LayoutFault> {
        let mut layout = Self::default();
        for tensor in 0..checkpoint.tensors().len() {
            let name = &checkpoint.tensors()[tensor].name;
            match lay(checkpoint, families, tensor)? {
                Laid::Parts(places) => layout.places.extend(places),
                Laid::Doubtful(places, why) => {
                    layout.places.extend(places);
                    layout.remarks.push(format!("{name}: {why}"));
                }
                Laid::Left(why) => layout.remarks.push(format!("{name} was left out: {why}")),
            }
        }
        if layout.places.is_empty() {
            return Err(LayoutFault::Empty { model: checkpoint.name().to_owned() });
        }
        let key = |place: &Place| (place.component, place.role, place.expert, place.tensor, place.rows.first);
        layout.places.sort_by_key(|place| (key(place), place.columns.first));
        Ok(layout)
    }

    /// The parts that one tensor holds.
    ///
    /// # Errors
    ///
    /// As [`Layout::of`].
    pub fn of_tensor(checkpoint: &Checkpoint, families: &Families, tensor: usize) -> Result<Vec<Place>, LayoutFault> {
        Ok(match lay(checkpoint, families, tensor)? {
            Laid::Parts(places) | Laid::Doubtful(places, _) => places,
            Laid::Left(_) => Vec::new(),
        })
    }
}

fn lay(checkpoint: &Checkpoint, families: &Families, number: usize) -> Result<Laid, LayoutFault> {
    let tensor = &checkpoint.tensors()[number];
    if let Some((format, mend)) = packed::format(checkpoint, tensor) {
        let file = checkpoint.shards()[tensor.shard].clone();
        return Err(LayoutFault::Packed { file, tensor: tensor.name.clone(), format, mend });
    }
    if let Some(weights) = packed::serves(checkpoint, &tensor.name) {
        return Ok(Laid::Left(format!("it holds factors of {weights}")));
    }
    if tensor.bytes == 0 {
        return Ok(Laid::Left("it has no elements".to_owned()));
    }
    let sizes = Sizes::language(checkpoint.config());
    let found = families.find(&tensor.name, sizes.family());
    if let Some(why) = found.as_ref().and_then(|(rule, ..)| rule.spec.skip.as_ref()) {
        return Ok(Laid::Left(why.clone()));
    }
    let scale = match packed::scale(checkpoint, number)? {
        Some(scale) => scale,
        None => return Ok(Laid::Left(format!("{} without factors is no weights", tensor.dtype))),
    };
    if scale.is_some() && flat(&tensor.shape).1 < LEAST_WIDTH {
        return Ok(Laid::Left("its rows are too short for factors of their own".to_owned()));
    }
    let Some((rule, block, expert)) = found else {
        let (rows, columns) = flat(&tensor.shape);
        let place = single(number, unknown(&tensor.name), Role::Unknown, (rows, columns));
        return Ok(Laid::Doubtful(vec![Place { scale, ..place }], "no rule of the table names it".to_owned()));
    };
    let component = component(rule, block, sizes.get("blocks"));
    let whose = |stacked: Option<u32>| match rule.spec.expert {
        Some(Whose::Routed) => expert.or(stacked).map(Expert::Routed),
        Some(Whose::Shared) => Some(Expert::Shared(expert.unwrap_or(0))),
        None => None,
    };
    let own = rule.group.config.as_deref().map_or(sizes, |key| Sizes::under(checkpoint.config(), key));
    let laid = match matrices(&rule.spec, tensor) {
        Ok(matrices) => {
            let mut places = Vec::new();
            let mut fault = None;
            for stacked in 0..matrices.count {
                match matrix_parts(&rule.spec, &own, matrices, stacked) {
                    Ok(parts) => places.extend(parts.into_iter().map(|part| Place {
                        component,
                        expert: whose(u32::try_from(stacked).ok()),
                        tensor: number,
                        scale,
                        ..part
                    })),
                    Err(why) => {
                        fault = Some(why);
                        break;
                    }
                }
            }
            fault.map_or(Ok(places), Err)
        }
        Err(why) => Err(why),
    };
    Ok(match laid {
        Ok(places) => Laid::Parts(places),
        Err(why) => {
            let place = single(number, component, Role::Unknown, flat(&tensor.shape));
            Laid::Doubtful(vec![Place { scale, ..place }], why)
        }
    })
}

/// A tensor's sizes as rows and columns.
fn flat(shape: &[u64]) -> (u64, u64) {
    match shape {
        [] => (1, 1),
        [columns] => (1, *columns),
        [rows, rest @ ..] => (*rows, rest.iter().product()),
    }
}

/// A tensor that is one part, its units rows.
fn single(tensor: usize, component: Component, role: Role, (rows, columns): (u64, u64)) -> Place {
    let (rows, columns) = if columns < LEAST_WIDTH { (1, rows * columns) } else { (rows, columns) };
    let (stride, axis) = (columns, Axis::Rows);
    let (rows, columns) = (Runs::whole(rows), Runs::whole(columns));
    Place { component, role, expert: None, axis, tensor, stride, rows, columns, scale: None }
}

/// The matrices of a tensor: how many, and their rows and columns as stored.
#[derive(Clone, Copy)]
struct Matrices {
    count: u64,
    rows: u64,
    columns: u64,
}

fn matrices(spec: &Spec, tensor: &Tensor) -> Result<Matrices, String> {
    if !spec.stack {
        let (rows, columns) = flat(&tensor.shape);
        return Ok(Matrices { count: 1, rows, columns });
    }
    match tensor.shape[..] {
        [count, rows, columns] => Ok(Matrices { count, rows, columns }),
        _ => Err(format!("a stack of experts has three dimensions, and this has the shape {:?}", tensor.shape)),
    }
}

/// The parts of one matrix, their component, expert and tensor still to be said.
fn matrix_parts(spec: &Spec, sizes: &Sizes<'_>, matrices: Matrices, stacked: u64) -> Result<Vec<Place>, String> {
    let nowhere = Component { tower: Tower::Language, spot: Spot::End };
    let Matrices { rows, columns, .. } = matrices;
    let shift = stacked * rows;
    if let Some(role) = spec.role {
        let axis = axis(spec, role, spec.axis);
        let mut place = single(0, nowhere, role, (rows, columns));
        if rows > 1 && columns > 1 && axis == Axis::Columns {
            if columns > MOST_COLUMNS {
                return Err(format!("{columns} columns are more than the {MOST_COLUMNS} that can be units"));
            }
            if rows >= LEAST_WIDTH {
                (place.rows, place.columns, place.stride) = (Runs::whole(rows), Runs::whole(columns), columns);
                place.axis = Axis::Columns;
            }
        }
        // A matrix of short units counts as one long row, of a tensor of such rows.
        let by = if place.rows.total() == rows { shift } else { stacked };
        place.rows = place.rows.shifted(by);
        return Ok(vec![place]);
    }
    let along = if spec.transposed { columns } else { rows };
    let shares = shares(spec, sizes, along)?;
    let parts = shares.into_iter().map(|(role, runs)| {
        let axis = axis(spec, role, spec.axis);
        let whole = Runs::whole;
        let (rows, columns) = if spec.transposed { (whole(rows), runs) } else { (runs, whole(columns)) };
        let rows = rows.shifted(shift);
        let stride = matrices.columns;
        Place { component: nowhere, role, expert: None, axis, tensor: 0, stride, rows, columns, scale: None }
    });
    let parts: Vec<Place> = parts.collect();
    match parts.iter().find(|part| part.axis == Axis::Columns && part.columns.total() > MOST_COLUMNS) {
        Some(_) => Err(format!("more columns than the {MOST_COLUMNS} that can be units")),
        None => Ok(parts),
    }
}

/// Along which axis units lie in the tensor as it is stored.
fn axis(spec: &Spec, role: Role, said: Option<Axis>) -> Axis {
    let usual = if matches!(role, Role::Output | Role::Down) { Axis::Columns } else { Axis::Rows };
    match (said.unwrap_or(usual), spec.transposed) {
        (axis, false) => axis,
        (Axis::Rows, true) => Axis::Columns,
        (Axis::Columns, true) => Axis::Rows,
    }
}

/// Which rows (or columns) of a fused tensor belong to which role.
fn shares(spec: &Spec, sizes: &Sizes<'_>, along: u64) -> Result<Vec<(Role, Runs)>, String> {
    let count = match &spec.per {
        None => 1,
        Some(text) => sizes.product(text).ok_or_else(|| format!("config.json does not say its {text}"))?,
    };
    let mut lengths = Vec::new();
    for share in &spec.split {
        lengths.push(match &share.size {
            None => along / spec.split.len() as u64,
            Some(text) => sizes.product(text).ok_or_else(|| format!("config.json does not say its {text}"))?,
        });
    }
    let period = lengths.iter().try_fold(0u64, |sum, length| sum.checked_add(*length));
    if period.and_then(|period| period.checked_mul(count)) != Some(along) || lengths.contains(&0) {
        return Err(format!("by config.json it is {count} × {lengths:?} rows, and it has {along}"));
    }
    let mut first = 0;
    let runs = spec.split.iter().zip(lengths).map(|(share, length)| {
        let runs = Runs { first, length, period: period.unwrap_or(length), count };
        first += length;
        (share.role, runs)
    });
    Ok(runs.collect())
}

/// Where a tensor of the table stands.
fn component(rule: &Rule, block: Option<u32>, blocks: Option<u64>) -> Component {
    let mut tower = rule.group.tower;
    let mut number = block.unwrap_or(0);
    let last = blocks.and_then(|blocks| u32::try_from(blocks).ok()).filter(|blocks| *blocks > 0);
    if let (Some(beyond), Some(block), Some(blocks)) = (rule.group.beyond, block, last)
        && block >= blocks
    {
        tower = beyond;
        number = block - blocks;
    }
    let spot = match rule.spec.at {
        None | Some(At::Block) => Spot::Block(number),
        Some(At::Embedding) => Spot::Embedding,
        Some(At::End) => Spot::End,
        Some(At::Head) => Spot::Head,
    };
    Component { tower, spot }
}

/// Where a tensor that no rule names most likely stands, by the words of its name.
fn unknown(name: &str) -> Component {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let tower = if has(&["projector", "merger", "connector", "aligner"]) {
        Tower::Connector
    } else if has(&["vision", "visual", "image", "vit."]) {
        Tower::Vision
    } else if has(&["audio", "speech"]) {
        Tower::Audio
    } else if has(&["mtp"]) {
        Tower::Prediction
    } else {
        Tower::Language
    };
    let mut segments = name.split('.').peekable();
    while let Some(segment) = segments.next() {
        let next = segments.peek().and_then(|next| next.parse().ok());
        if let (true, Some(block)) = (matches!(segment, "layers" | "layer" | "blocks" | "block" | "h"), next) {
            return Component { tower, spot: Spot::Block(block) };
        }
    }
    Component { tower, spot: Spot::End }
}

/// Whether the numbers of a kind are weights without more being said.
pub(super) fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::Bf16 | Dtype::F8E4M3 | Dtype::F8E5M2)
}
