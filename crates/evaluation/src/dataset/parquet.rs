//! Parquet, row by row.
//!
//! Rows in order are decoded as they come. The first row out of order makes a spool of the file in the cache, from
//! which any row is read at once; nothing but the row in hand is held in memory.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};

use super::fault::DatasetFault;
use super::json;
use super::lines::{Spool, Spooled};
use super::shape::{Columns, Shape};
use super::source::Source;
use super::unpack;
use crate::{Dict, Document, Value};

/// A Parquet file.
pub(super) struct ParquetFile {
    path: PathBuf,
    cache: PathBuf,
    len: usize,
    columns: Columns,
    /// Columns that hold JSON texts, by the metadata that `datasets` writes.
    encoded: Vec<Arc<str>>,
    /// Columns of times in nanoseconds, which the decoder gives as numbers.
    nanos: Vec<Arc<str>>,
    cursor: Mutex<Cursor>,
}

/// Where reading stands.
enum Cursor {
    Fresh,
    /// Rows come in order; the number is the next one's.
    Ordered(RowIter<'static>, usize),
    Spooled(Arc<Spooled>),
}

impl ParquetFile {
    pub(super) fn open(path: &Path, cache: &Path) -> Result<Self, DatasetFault> {
        let reader = reader(path).map_err(|reason| DatasetFault::file(path.display(), reason))?;
        let meta = reader.metadata().file_metadata();
        let len = usize::try_from(meta.num_rows()).unwrap_or_default();
        let fields = meta.schema().get_fields();
        let columns: Columns = fields.iter().map(|field| (Arc::from(field.name()), Shape::Given)).collect();
        let encoded = columns.keys().filter(|name| is_json(meta.key_value_metadata(), name)).cloned().collect();
        let is_nanos = |field: &&Arc<parquet::schema::types::Type>| {
            let time = field.get_basic_info().logical_type_ref();
            matches!(time, Some(LogicalType::Timestamp(kind)) if kind.unit == TimeUnit::NANOS)
        };
        let nanos = fields.iter().filter(is_nanos).map(|field| field.name().into()).collect();
        let (path, cache) = (path.to_owned(), cache.to_owned());
        Ok(Self { path, cache, len, columns, encoded, nanos, cursor: Mutex::new(Cursor::Fresh) })
    }

    fn rows(&self) -> Result<RowIter<'static>, String> {
        guarded(|| Ok(RowIter::from_file_into(Box::new(reader(&self.path)?))))
    }

    fn next(&self, rows: &mut RowIter<'static>) -> Result<Document, String> {
        let row = guarded(|| rows.next().ok_or("the file is cut off")?.map_err(|fault| fault.to_string()))?;
        let mut row = dict(row);
        for name in &self.encoded {
            if let Some(Value::Str(text)) = row.get(name) {
                let value = json::whole(text.as_bytes()).map_err(|fault| format!("column {name}: {}", fault.reason))?;
                row.insert(name.clone(), value);
            }
        }
        for name in &self.nanos {
            if let Some(Value::Int(nanos)) = row.get(name) {
                row.insert(name.clone(), moment(nanos.div_euclid(1000)));
            }
        }
        Ok(row)
    }

    fn spool(&self) -> Result<Spooled, String> {
        let write = || {
            let (target, ready) = unpack::place(&self.path, &self.cache, "rows.jsonl")?;
            if !ready {
                let part = unpack::part(&target)?;
                let fault = |reason: String| DatasetFault::file(self.path.display(), reason);
                let (mut spool, mut rows) = (Spool::new(&part)?, self.rows().map_err(fault)?);
                for _ in 0..self.len {
                    spool.push(&self.next(&mut rows).map_err(fault)?)?;
                }
                spool.finish()?;
                std::fs::rename(&part, &target).map_err(DatasetFault::disk(&target))?;
            }
            Spooled::open(&target)
        };
        let spooled = write().map_err(|fault: DatasetFault| fault.to_string())?;
        if spooled.len() == self.len {
            Ok(spooled)
        } else {
            Err(format!("the cache of {} is broken", self.path.display()))
        }
    }
}

impl Source for ParquetFile {
    fn len(&self) -> usize {
        self.len
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn row(&self, index: usize) -> Result<Document, String> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Cursor::Fresh, 0) = (&*cursor, index) {
            *cursor = Cursor::Ordered(self.rows()?, 0);
        }
        match &mut *cursor {
            Cursor::Ordered(rows, next) if *next == index => {
                let row = self.next(rows)?;
                *next += 1;
                Ok(row)
            }
            Cursor::Spooled(spooled) => {
                let spooled = spooled.clone();
                drop(cursor);
                spooled.row(index)
            }
            Cursor::Fresh | Cursor::Ordered(..) => {
                let spooled = Arc::new(self.spool()?);
                *cursor = Cursor::Spooled(spooled.clone());
                drop(cursor);
                spooled.row(index)
            }
        }
    }
}

/// The decoder has asserts that damaged files can reach; such a panic becomes an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the file is damaged: the decoder gave up".into()))
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, String> {
    guarded(|| {
        let file = File::open(path).map_err(|fault| fault.to_string())?;
        let options = ReadOptionsBuilder::new().build();
        SerializedFileReader::new_with_options(file, options).map_err(|fault| fault.to_string())
    })
}

/// Whether the metadata of `datasets` calls the column `Json`: `{"info": {"features": {NAME: {"_type": "Json"}}}}`.
fn is_json(meta: Option<&Vec<parquet::file::metadata::KeyValue>>, name: &str) -> bool {
    let entry = meta.into_iter().flatten().find(|entry| entry.key == "huggingface");
    let Some(features) = entry.and_then(|entry| json::whole(entry.value.as_ref()?.as_bytes()).ok()) else {
        return false;
    };
    let kind = features.get("info").and_then(|info| info.get("features")?.get(name)?.get("_type")?.as_str());
    kind == Some("Json")
}

fn dict(row: Row) -> Dict {
    row.into_columns().into_iter().map(|(name, field)| (name.into(), value(field))).collect()
}

/// What Python sees: dates and times as the text of their `str()`, bytes as base64.
fn value(field: Field) -> Value {
    match field {
        Field::Null => Value::None,
        Field::Bool(truth) => Value::Bool(truth),
        Field::Byte(number) => Value::Int(number.into()),
        Field::Short(number) => Value::Int(number.into()),
        Field::Int(number) => Value::Int(number.into()),
        Field::Long(number) => Value::Int(number),
        Field::UByte(number) => Value::Int(number.into()),
        Field::UShort(number) => Value::Int(number.into()),
        Field::UInt(number) => Value::Int(number.into()),
        #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits a number is a float, as Value says")]
        Field::ULong(number) => i64::try_from(number).map_or(Value::Float(number as f64), Value::Int),
        Field::Float16(number) => Value::Float(number.to_f64()),
        Field::Float(number) => Value::Float(number.into()),
        Field::Double(number) => Value::Float(number),
        Field::Str(text) => Value::Str(text.into()),
        Field::Bytes(bytes) => Value::from(base64::engine::general_purpose::STANDARD.encode(bytes.data())),
        Field::Date(days) => date(days),
        Field::TimestampMillis(millis) => moment(millis.saturating_mul(1000)),
        Field::TimestampMicros(micros) => moment(micros),
        Field::TimeMillis(_) | Field::TimeMicros(_) | Field::Decimal(_) => Value::from(field.to_string()),
        Field::Group(row) => Value::Dict(dict(row)),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect(),
        Field::MapInternal(map) => {
            let pair = |(key, held): &(Field, Field)| Value::List(vec![value(key.clone()), value(held.clone())]);
            map.entries().iter().map(pair).collect()
        }
    }
}

fn date(days: i32) -> Value {
    let epoch = jiff::civil::date(1970, 1, 1);
    let found = epoch.checked_add(jiff::Span::new().days(i64::from(days).clamp(-4_000_000, 4_000_000)));
    found.map_or(Value::Int(days.into()), |date| Value::from(date.strftime("%Y-%m-%d").to_string()))
}

fn moment(micros: i64) -> Value {
    let epoch = jiff::civil::date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight());
    let Ok(found) = epoch.checked_add(jiff::SignedDuration::from_micros(micros)) else { return Value::Int(micros) };
    let part = micros.rem_euclid(1_000_000);
    let clock = found.strftime("%Y-%m-%d %H:%M:%S").to_string();
    Value::from(if part == 0 { clock } else { format!("{clock}.{part:06}") })
}
