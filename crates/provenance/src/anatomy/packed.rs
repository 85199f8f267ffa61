//! Weights that do not stand for themselves: refused by name, or read with the factors beside them.

use super::layout::{LayoutFault, is_float};
use super::place::Scale;
use crate::weights::{Checkpoint, Dtype, Tensor};

/// Endings of names that give a packed format away, the format, and what to do.
const PACKED: [(&str, &str, &str); 8] = [
    (".qweight", "GPTQ or AWQ (int4 in int32)", BACK),
    (".qzeros", "GPTQ or AWQ (int4 in int32)", BACK),
    (".weight_packed", "compressed-tensors (int4 or FP4, packed)", BACK),
    (".weight_scale_2", "NVFP4", BACK),
    ("_blocks", "MXFP4", BACK),
    (".quant_map", "bitsandbytes (NF4 or FP4)", BACK),
    (".SCB", "bitsandbytes (int8)", BACK),
    (".absmax", "bitsandbytes (NF4 or FP4)", BACK),
];

const BACK: &str = "dequantise it to bf16 first (load it with the library that wrote it and save the result), or audit \
                    the weights it was made from";

/// The packed format that a tensor gives away, and what to do.
pub(super) fn format(_checkpoint: &Checkpoint, tensor: &Tensor) -> Option<(&'static str, &'static str)> {
    if matches!(tensor.dtype, Dtype::F4 | Dtype::F6E2M3 | Dtype::F6E3M2) {
        return Some(("FP4 or FP6", BACK));
    }
    if matches!(tensor.dtype, Dtype::F8E4M3Fnuz | Dtype::F8E5M2Fnuz) {
        return Some(("FP8 of the FNUZ kind", BACK));
    }
    let is_code = matches!(tensor.dtype, Dtype::I32 | Dtype::U32 | Dtype::U8 | Dtype::I8);
    let found = PACKED.iter().find(|(ending, ..)| tensor.name.ends_with(ending));
    found
        .filter(|(ending, ..)| is_code || matches!(*ending, ".weight_scale_2" | ".SCB" | ".quant_map" | ".absmax"))
        .map(|(_, format, mend)| (*format, *mend))
}

/// Endings of the names of tensors that serve others.
const SERVANTS: [&str; 7] =
    ["_scale_inv", "_scale", "_zero_point", ".input_scale", ".activation_scale", ".k_scale", ".v_scale"];

/// The tensor whose factors this one holds, if it holds factors.
pub(super) fn serves(checkpoint: &Checkpoint, name: &str) -> Option<String> {
    SERVANTS.iter().find_map(|ending| {
        let stem = name.strip_suffix(ending)?;
        let served = [stem.to_owned(), format!("{stem}.weight")];
        served.into_iter().find(|served| checkpoint.tensor(served).is_some_and(|tensor| tensor.name != name))
    })
}

/// The factors of a tensor: `Some(None)` where it needs none, `None` where it is no weights.
pub(super) fn scale(checkpoint: &Checkpoint, number: usize) -> Result<Option<Option<Scale>>, LayoutFault> {
    let tensor = &checkpoint.tensors()[number];
    let beside = |ending: &str| checkpoint.position(&format!("{}{ending}", tensor.name));
    let factors = beside("_scale_inv").or_else(|| beside("_scale"));
    let may_have = matches!(tensor.dtype, Dtype::F8E4M3 | Dtype::F8E5M2 | Dtype::I8 | Dtype::U8);
    let Some(factors) = factors.filter(|_| may_have) else {
        return Ok(is_float(tensor.dtype).then_some(None));
    };
    let fault = |what: String| {
        let file = checkpoint.shards()[tensor.shard].clone();
        LayoutFault::Scale { file, tensor: tensor.name.clone(), what }
    };
    let given = &checkpoint.tensors()[factors];
    if !is_float(given.dtype) && given.dtype != Dtype::F8E8M0 {
        return Err(fault(format!("its factors {} are of type {}, which is not read", given.name, given.dtype)));
    }
    let zero = beside("_zero_point");
    if let Some(zero) = zero.map(|zero| &checkpoint.tensors()[zero])
        && (zero.shape != given.shape || !matches!(zero.dtype, Dtype::I8 | Dtype::U8 | Dtype::I32))
    {
        return Err(fault(format!("its zero points {} do not fit its factors {}", zero.name, given.name)));
    }
    let scale = geometry(checkpoint, tensor, given).ok_or_else(|| {
        let (shape, own) = (&given.shape, &tensor.shape);
        fault(format!(
            "its factors {} of shape {shape:?} do not fit its shape {own:?}; fetch the files again",
            given.name
        ))
    })?;
    Ok(Some(Some(Scale { tensor: factors, zero, ..scale })))
}

/// How factors of this shape spread over the tensor: one for all, one a row, or one a block.
fn geometry(checkpoint: &Checkpoint, tensor: &Tensor, factors: &Tensor) -> Option<Scale> {
    let (stack, rows, columns) = match tensor.shape[..] {
        [] => (1, 1, 1),
        [columns] => (1, 1, columns),
        [rows, columns] => (1, rows, columns),
        [stack, rows, columns] => (stack, rows, columns),
        _ => return None,
    };
    if rows == 0 || columns == 0 {
        return None;
    }
    let of = |rows_per: u64, columns_per: u64, own: (u64, u64), width: u64| Scale {
        tensor: 0,
        zero: None,
        rows: rows_per,
        columns: columns_per,
        stack: own,
        width,
    };
    if factors.shape.iter().all(|size| *size == 1) {
        return Some(of(u64::MAX, u64::MAX, (u64::MAX, 1), 1));
    }
    let sizes: Vec<u64> = match (factors.shape.len(), tensor.shape.len()) {
        // One a row, written without the dimension of columns.
        (given, own) if given + 1 == own => factors.shape.iter().copied().chain([1]).collect(),
        (given, own) if given == own => factors.shape.clone(),
        _ => return None,
    };
    let (high, wide) = match sizes[..] {
        [high, wide] if stack == 1 => (high, wide),
        [matrices, high, wide] if matrices == stack => (high, wide),
        _ => return None,
    };
    let block = block(checkpoint);
    let per = |size: u64, parts: u64, block: u64| match parts {
        1 => Some(size),
        parts if parts == size => Some(1),
        parts if parts == size.div_ceil(block) => Some(block),
        _ => None,
    };
    Some(of(per(rows, high, block.0)?, per(columns, wide, block.1)?, (rows, high), wide))
}

/// Rows and columns that share a factor, where the configuration does not say: those of DeepSeek V3.
fn block(checkpoint: &Checkpoint) -> (u64, u64) {
    let said = checkpoint.config().and_then(|config| config.get("quantization_config")?.get("weight_block_size"));
    let side = |place: usize| said.and_then(|said| said.get(place)?.as_u64()).filter(|side| *side > 0);
    (side(0).unwrap_or(128), side(1).unwrap_or(128))
}
