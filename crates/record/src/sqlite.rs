//! The log in one SQLite file: write-ahead log, `synchronous=FULL`, one table.

use std::fmt::Write as _;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row as SqlRow, Transaction, TransactionBehavior, params,
};

use crate::durable;
use crate::store::{Append, Engine, NewBatch, Read, Row, StorageError, StoredBatch};
use crate::tree::Hash;

/// One row an event. The first event of a batch carries the batch's idempotency key and a digest
/// over key, place and events, so that keys and boundaries cannot be changed apart from them.
/// Plain checks instead of a STRICT table: every SQLite since 2014 reads this file.
const SCHEMA: [&str; 4] = [
    "CREATE TABLE event (
  idx INTEGER PRIMARY KEY CHECK (idx >= 0),
  body BLOB NOT NULL CHECK (typeof(body) = 'blob'),
  batch_key TEXT CHECK (batch_key IS NULL OR typeof(batch_key) = 'text'),
  batch_digest BLOB CHECK (batch_digest IS NULL OR typeof(batch_digest) = 'blob'),
  CHECK ((batch_key IS NULL) = (batch_digest IS NULL))
)",
    "CREATE UNIQUE INDEX event_batch_key ON event (batch_key) WHERE batch_key IS NOT NULL",
    "CREATE TRIGGER event_stays BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END",
    "CREATE TRIGGER event_unchanged BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END",
];

/// "DAEP": marks the file as a log of this kind.
const APPLICATION_ID: i64 = 0x4441_4550;
/// The schema above.
const SCHEMA_VERSION: i64 = 1;

/// Before 3.51.3 two connections could corrupt a write-ahead log (sqlite.org/wal.html).
const OLDEST_SQLITE: i32 = 3_051_003;

/// What SQLite's shared-memory file takes at first; without room for it nothing can be opened.
const SHARED_MEMORY_BYTES: usize = 1 << 16;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why SQLite, as configured, is not fit to hold a log.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("SQLite {found} can corrupt a write-ahead log; 3.51.3 or later is needed")]
    TooOld { found: i32 },
    #[error("PRAGMA {pragma} reads back as {found:?} instead of {wanted:?}")]
    Setting { pragma: &'static str, wanted: &'static str, found: String },
    #[error("the file is not a log of this version: {0}")]
    Shape(String),
    #[error("another process holds the write-ahead log")]
    Busy,
}

/// What the writer's connection must be; each is set and read back.
const SETTINGS: [(&str, &str); 6] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("mmap_size", "0"),
    ("fullfsync", "1"),
    ("checkpoint_fullfsync", "1"),
    ("trusted_schema", "0"),
];

/// How a reader finds the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// A writer may be at work: read through the write-ahead log.
    Shared,
    /// Nobody writes and nothing may be created: sealed folders and read-only media.
    Immutable,
}

#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
}

impl Sqlite {
    /// Creates the file with its schema.
    pub(crate) fn create(path: &Path) -> Result<(), StorageError> {
        let connection = open(path, OpenFlags::SQLITE_OPEN_CREATE)?;
        configure(&connection)?;
        let mut schema = format!("BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID};");
        // Writing to a string cannot fail.
        let _ = write!(schema, "PRAGMA user_version = {SCHEMA_VERSION};");
        for statement in SCHEMA {
            schema.push_str(statement);
            schema.push(';');
        }
        schema.push_str("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
        connection.execute_batch(&schema).map_err(failed("created"))
    }
}

impl Engine for Sqlite {
    /// After a failed sync the kernel may show pages of the write-ahead log that are not on the disk
    /// and that no later sync will write. Were SQLite to carry on from there, it would move a commit
    /// into the database whose frames a power cut then takes away again, leaving older frames to be
    /// replayed over newer pages. Writing the same bytes again makes the pages count.
    fn rewrite(&self) -> Result<(), StorageError> {
        let rewritten = durable::probe(&self.path, SHARED_MEMORY_BYTES)
            .and_then(|()| durable::rewrite_file(&beside(&self.path, "-wal")));
        rewritten.map_err(|source| StorageError {
            doing: "written again",
            full: source.kind() == io::ErrorKind::StorageFull,
            source: Box::new(source),
        })
    }

    fn writer(&self) -> Result<Box<dyn Append>, StorageError> {
        check_version(rusqlite::version_number()).map_err(unfit)?;
        let connection = open(&self.path, OpenFlags::empty())?;
        check_shape(&connection)?;
        configure(&connection)?;
        Ok(Box::new(Handle(connection)))
    }

    fn reader(&self) -> Result<Box<dyn Read>, StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let immutable = if self.access == Access::Immutable { "&immutable=1" } else { "" };
        let uri = format!("file:{}?mode=ro{immutable}", uri_path(&self.path));
        let connection = Connection::open_with_flags(uri, flags).map_err(failed("opened"))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed("opened"))?;
        connection
            .execute_batch("PRAGMA mmap_size = 0; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;")
            .map_err(failed("opened"))?;
        check_shape(&connection)?;
        Ok(Box::new(Handle(connection)))
    }
}

struct Handle(Connection);

impl Read for Handle {
    /// One transaction around all of them, or each look-up would take and drop SQLite's locks.
    fn find(&self, keys: &[&str]) -> Result<Vec<Option<StoredBatch>>, StorageError> {
        let look_up = || -> rusqlite::Result<Vec<Option<StoredBatch>>> {
            let transaction = self.0.unchecked_transaction()?;
            let sql = "SELECT idx, batch_digest FROM event WHERE batch_key = ?1";
            let mut statement = transaction.prepare_cached(sql)?;
            let mut find = |key: &&str| statement.query_row([key], as_batch).optional();
            keys.iter().map(&mut find).collect()
        };
        look_up().map_err(failed("read"))
    }

    fn scan(&self, range: Range<u64>, each: &mut dyn FnMut(Row<'_>)) -> Result<(), StorageError> {
        let sql = "SELECT idx, body, batch_key, batch_digest FROM event \
                   WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";
        let mut statement = self.0.prepare_cached(sql).map_err(failed("read"))?;
        let mut rows = statement.query(params![position(range.start), position(range.end)]).map_err(failed("read"))?;
        while let Some(row) = rows.next().map_err(failed("read"))? {
            each(as_row(row).map_err(failed("read"))?);
        }
        Ok(())
    }

    fn examine(&self) -> Result<Vec<String>, StorageError> {
        let mut found = self.strings("PRAGMA integrity_check")?;
        found.retain(|line| line != "ok");
        let mut schema = self.strings("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
        let mut expected = SCHEMA.map(str::to_owned);
        schema.sort_unstable();
        expected.sort_unstable();
        if schema != expected {
            found.push("the schema is not the log's".to_owned());
        }
        Ok(found)
    }
}

impl Handle {
    fn strings(&self, sql: &str) -> Result<Vec<String>, StorageError> {
        let mut statement = self.0.prepare(sql).map_err(failed("read"))?;
        let lines = statement.query_map([], |row| row.get(0)).map_err(failed("read"))?;
        lines.collect::<Result<_, _>>().map_err(failed("read"))
    }
}

impl Append for Handle {
    fn append(&mut self, group: &[NewBatch<'_>]) -> Result<(), StorageError> {
        // Dropped on an error, which rolls back; the caller throws the handle away besides.
        let transaction =
            Transaction::new_unchecked(&self.0, TransactionBehavior::Immediate).map_err(failed("written"))?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO event (idx, body, batch_key, batch_digest) VALUES (?1, ?2, ?3, ?4)")
                .map_err(failed("written"))?;
            for batch in group {
                for (index, event) in (batch.first..).zip(batch.events) {
                    let begins = index == batch.first;
                    let key = begins.then_some(batch.key);
                    let digest = begins.then_some(batch.digest.as_bytes().as_slice());
                    insert
                        .execute(params![position(index), event.as_bytes(), key, digest])
                        .map_err(failed("written"))?;
                }
            }
        }
        transaction.commit().map_err(failed("written"))
    }

    /// Checkpointing writes every page of the write-ahead log into the database proper and syncs it.
    fn settle(&mut self) -> Result<(), StorageError> {
        let busy: i64 =
            self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(failed("synced"))?;
        if busy == 0 { Ok(()) } else { Err(unfit(Unfit::Busy)) }
    }
}

fn as_batch(row: &SqlRow<'_>) -> rusqlite::Result<StoredBatch> {
    let (first, digest): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
    // A negative index is ruled out by the schema.
    Ok(StoredBatch { first: first.unsigned_abs(), digest: Hash::from(digest) })
}

/// SQLite's integers are signed; no log reaches where that matters.
fn position(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn as_row<'a>(row: &'a SqlRow<'_>) -> rusqlite::Result<Row<'a>> {
    let key = row.get_ref(2)?.as_str_or_null()?;
    let digest = row.get_ref(3)?.as_blob_or_null()?;
    let batch = key.zip(digest);
    Ok(Row { index: row.get(0)?, body: row.get_ref(1)?.as_blob()?, batch })
}

fn open(path: &Path, extra: OpenFlags) -> Result<Connection, StorageError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let connection = Connection::open_with_flags(path, flags).map_err(failed("opened"))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed("opened"))?;
    Ok(connection)
}

/// Sets what a durable log depends on, then asks SQLite what it made of it.
fn configure(connection: &Connection) -> Result<(), StorageError> {
    for (pragma, value) in SETTINGS {
        let set = connection.execute_batch(&format!("PRAGMA {pragma} = {value}"));
        set.map_err(failed("configured"))?;
    }
    read_back(connection)
}

fn read_back(connection: &Connection) -> Result<(), StorageError> {
    for (pragma, wanted) in SETTINGS {
        let found = setting(connection, pragma)?;
        if found != wanted {
            return Err(unfit(Unfit::Setting { pragma, wanted, found }));
        }
    }
    Ok(())
}

fn setting(connection: &Connection, pragma: &str) -> Result<String, StorageError> {
    let read = |row: &SqlRow<'_>| -> rusqlite::Result<rusqlite::types::Value> { row.get(0) };
    let value = connection.query_row(&format!("PRAGMA {pragma}"), [], read).optional();
    Ok(match value.map_err(failed("configured"))? {
        Some(rusqlite::types::Value::Text(text)) => text,
        Some(rusqlite::types::Value::Integer(number)) => number.to_string(),
        // A build without memory mapping has no such setting, which is as good as zero.
        None if pragma == "mmap_size" => "0".to_owned(),
        other => format!("{other:?}"),
    })
}

fn check_shape(connection: &Connection) -> Result<(), StorageError> {
    let id = setting(connection, "application_id")?;
    let version = setting(connection, "user_version")?;
    if id == APPLICATION_ID.to_string() && version == SCHEMA_VERSION.to_string() {
        return Ok(());
    }
    Err(unfit(Unfit::Shape(format!("application {id}, schema {version}"))))
}

fn check_version(found: i32) -> Result<(), Unfit> {
    if found >= OLDEST_SQLITE { Ok(()) } else { Err(Unfit::TooOld { found }) }
}

fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> StorageError {
    move |source| StorageError {
        doing,
        full: source.sqlite_error_code() == Some(ErrorCode::DiskFull),
        source: Box::new(source),
    }
}

fn unfit(source: Unfit) -> StorageError {
    StorageError { doing: "used", full: false, source: Box::new(source) }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A path as the middle of a `file:` URI.
fn uri_path(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b':' => {
                uri.push(char::from(*byte));
            }
            // Writing to a string cannot fail.
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        Sqlite::create(&path).unwrap();
        (folder, path)
    }

    #[test]
    fn an_sqlite_that_corrupts_logs_is_refused() {
        for found in [3_007_000, 3_040_001, 3_051_002] {
            assert!(check_version(found).is_err(), "{found}");
        }
        assert!(check_version(3_051_003).is_ok());
        assert!(check_version(rusqlite::version_number()).is_ok());
    }

    /// Each setting, once it reads back as something weaker, is refused with its name.
    #[test]
    fn weaker_settings_are_refused() {
        let (_folder, path) = fresh();
        let weaker = [
            ("journal_mode", "delete"),
            ("synchronous", "NORMAL"),
            ("synchronous", "OFF"),
            ("mmap_size", "1048576"),
            ("fullfsync", "0"),
            ("checkpoint_fullfsync", "0"),
            ("trusted_schema", "1"),
        ];
        for (pragma, value) in weaker {
            let connection = open(&path, OpenFlags::empty()).unwrap();
            configure(&connection).unwrap();
            connection.execute_batch(&format!("PRAGMA {pragma} = {value}")).unwrap();
            let refused = read_back(&connection).unwrap_err().source.to_string();
            assert!(refused.contains(pragma), "{refused}");
        }
    }

    #[test]
    fn another_database_is_refused() {
        let (_folder, path) = fresh();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA user_version = 2").unwrap();
        drop(connection);
        let engine = Sqlite { path, access: Access::Shared };
        assert!(engine.writer().is_err());
        assert!(engine.reader().is_err());
    }

    #[test]
    fn the_database_itself_refuses_to_change_events() {
        let (_folder, path) = fresh();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("INSERT INTO event VALUES (0, x'7b7d', 'key', zeroblob(32))").unwrap();
        for sql in ["DELETE FROM event", "UPDATE event SET body = x'5b5d'"] {
            let refused = connection.execute_batch(sql).unwrap_err().to_string();
            assert!(refused.contains("only ever appended"), "{refused}");
        }
    }

    #[test]
    fn odd_paths_become_uris() {
        assert_eq!(uri_path(Path::new("/a b/한?#%")), "/a%20b/%ED%95%9C%3F%23%25");
    }
}
