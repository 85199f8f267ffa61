//! Texts from one column of a Parquet file.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::{Record, Taker, broken};

/// Reads the column `field`; no other is decoded.
pub(super) fn read<Stop>(path: &Path, field: &str, take: &mut Taker<'_, Stop>) -> Result<(), Stop> {
    let mut rows = match guarded(|| open(path, field)) {
        Ok(rows) => rows,
        Err(why) => return take(broken("", why)),
    };
    for number in 1.. {
        let place = format!("row {number}");
        match guarded(|| rows.next().transpose().map_err(|fault| fault.to_string())) {
            Ok(Some(row)) => take(Record { place, text: text_of(row, field) })?,
            Ok(None) => break,
            Err(why) => return take(broken(&place, why)),
        }
    }
    Ok(())
}

fn open(path: &Path, field: &str) -> Result<RowIter<'static>, String> {
    let file = File::open(path).map_err(|fault| fault.to_string())?;
    let reader = SerializedFileReader::new(file).map_err(|fault| fault.to_string())?;
    let schema = reader.metadata().file_metadata().schema();
    let columns: Vec<Arc<Type>> = schema.get_fields().iter().filter(|column| column.name() == field).cloned().collect();
    if columns.is_empty() {
        return Err(format!("there is no column `{field}`: name the column that holds the text"));
    }
    let wanted =
        Type::group_type_builder(schema.name()).with_fields(columns).build().map_err(|fault| fault.to_string())?;
    RowIter::from_file_into(Box::new(reader)).project(Some(wanted)).map_err(|fault| fault.to_string())
}

fn text_of(row: Row, field: &str) -> Result<String, String> {
    match row.into_columns().into_iter().next() {
        Some((_, Field::Str(text))) => Ok(text),
        Some((_, Field::Null)) | None => Err(format!("`{field}` is empty")),
        Some(_) => Err(format!("`{field}` is no text")),
    }
}

/// The decoder has asserts that damaged files can reach; such a panic becomes an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the file is damaged: the decoder gave up".to_owned()))
}
