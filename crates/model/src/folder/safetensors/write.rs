//! Tensors written as one file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Place;
use crate::folder::number::{from_bf16, to_bf16};
use crate::folder::{Precision, SaveFault};

/// Writes these tensors of a flat run as one file, whole or not at all: under another name until every byte is on disk.
pub(in crate::folder) fn write(
    path: &Path,
    places: &[&Place],
    weights: &[f32],
    precision: Precision,
) -> Result<(), SaveFault> {
    check_finite(places, weights, precision)?;
    let fault = |source| SaveFault::Write { file: path.to_owned(), source };
    let partial = path.with_extension("safetensors.partial");
    let file = File::create(&partial).map_err(fault)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    write_all(&mut out, places, weights, precision).map_err(fault)?;
    let file = out.into_inner().map_err(|error| fault(error.into_error()))?;
    file.sync_all().map_err(fault)?;
    std::fs::rename(&partial, path).map_err(fault)
}

fn write_all(out: &mut impl Write, places: &[&Place], weights: &[f32], precision: Precision) -> io::Result<()> {
    let header = header(places, precision);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for place in places {
        let numbers = &weights[place.range()];
        match precision {
            Precision::F32 => numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?,
            Precision::Bf16 => numbers.iter().try_for_each(|number| out.write_all(&to_bf16(*number).to_le_bytes()))?,
        }
    }
    Ok(())
}

/// The header, filled up with blanks so that the data begins at a multiple of eight bytes.
fn header(places: &[&Place], precision: Precision) -> String {
    let (dtype, size) = match precision {
        Precision::F32 => ("F32", 4),
        Precision::Bf16 => ("BF16", 2),
    };
    let mut map = Map::new();
    map.insert("__metadata__".to_owned(), json!({"format": "pt"}));
    let mut next = 0;
    for place in places {
        let end = next + place.range().len() * size;
        let shape = if place.is_vector() { json!([place.columns]) } else { json!([place.rows, place.columns]) };
        map.insert(place.name.clone(), json!({"dtype": dtype, "shape": shape, "data_offsets": [next, end]}));
        next = end;
    }
    let mut header = Value::Object(map).to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    header
}

fn check_finite(places: &[&Place], weights: &[f32], precision: Precision) -> Result<(), SaveFault> {
    let is_finite = |value: &f32| match precision {
        Precision::F32 => value.is_finite(),
        Precision::Bf16 => from_bf16(to_bf16(*value)).is_finite(),
    };
    for place in places {
        let numbers = &weights[place.range()];
        if let Some(at) = numbers.iter().position(|value| !is_finite(value)) {
            let (tensor, value) = (place.name.clone(), numbers[at]);
            return Err(SaveFault::NotFinite { tensor, place: at, value, precision: precision.name() });
        }
    }
    Ok(())
}
