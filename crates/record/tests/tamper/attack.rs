//! The attacks. Each changes a copy of a sound folder and says what it did.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use record::{Record, VerifyOptions, leaf_hash, verify};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::common::dice::Dice;
use crate::common::{self, batch, copy_folder, event};

/// A sound record, and a copy of it to be hurt.
pub(crate) struct Bench {
    folder: TempDir,
    files: BTreeMap<String, Vec<u8>>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        common::sealed(&folder.path().join("sound"));
        assert!(verify(&folder.path().join("sound"), &VerifyOptions::default()).is_sound());
        copy_folder(&folder.path().join("sound"), &folder.path().join("hurt"));
        let files = read_files(&folder.path().join("sound"), "");
        Bench { folder, files }
    }

    pub(crate) fn hurt(&self) -> PathBuf {
        self.folder.path().join("hurt")
    }

    /// What is in it, by path.
    pub(crate) fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Makes the copy sound again.
    pub(crate) fn restore(&self) {
        let now = read_files(&self.hurt(), "");
        for path in now.keys().filter(|path| !self.files.contains_key(*path)) {
            fs::remove_file(self.hurt().join(path)).unwrap();
        }
        for (path, bytes) in self.files.iter().filter(|(path, bytes)| now.get(*path) != Some(bytes)) {
            fs::write(self.hurt().join(path), bytes).unwrap();
        }
    }

    /// Any file; small ones come up as often as large ones.
    fn pick(&self, dice: &mut Dice) -> (String, Vec<u8>) {
        let (path, bytes) = self.files.iter().nth(dice.index(self.files.len())).unwrap();
        (path.clone(), bytes.clone())
    }

    /// Changes bytes of one file.
    pub(crate) fn change_bytes(&self, dice: &mut Dice) -> Option<String> {
        let (path, was) = if dice.roll(3) == 0 {
            ("log.sqlite".to_owned(), self.files["log.sqlite"].clone())
        } else {
            self.pick(dice)
        };
        let mut bytes = was.clone();
        let at = dice.index(bytes.len());
        let what = match dice.roll(10) {
            0 => {
                bytes.truncate(at);
                "truncated"
            }
            1 => {
                bytes.extend((0..=dice.roll(64)).map(|n| n as u8));
                "extended"
            }
            2 => {
                let other = dice.index(bytes.len());
                let length = 1 + dice.index(bytes.len() - at.max(other));
                for n in 0..length {
                    bytes.swap(at + n, other + n);
                }
                "swapped inside"
            }
            3 => {
                bytes.remove(at);
                "lost a byte"
            }
            _ => {
                bytes[at] ^= 1 << dice.roll(8);
                "bit flipped"
            }
        };
        fs::write(self.hurt().join(&path), &bytes).unwrap();
        (bytes != was).then(|| format!("{path} {what} at {at}"))
    }

    /// Removes, adds, exchanges or doubles whole files.
    pub(crate) fn change_files(&self, dice: &mut Dice) -> Option<String> {
        let (path, bytes) = self.pick(dice);
        let (other, others) = self.pick(dice);
        let at = |path: &str| self.hurt().join(path);
        match dice.roll(4) {
            0 => fs::remove_file(at(&path)).unwrap(),
            1 => fs::write(at(&format!("{path}.{}", dice.roll(100))), &others).unwrap(),
            2 => fs::rename(at(&path), at("log.sqlite-wal")).unwrap(),
            _ => {
                fs::write(at(&path), &others).unwrap();
                fs::write(at(&other), &bytes).unwrap();
                return (bytes != others).then(|| format!("{path} and {other} exchanged"));
            }
        }
        Some(format!("{path} removed, doubled or renamed"))
    }

    /// Changes events through SQLite, on a folder whose seal was taken off. A thorough attacker
    /// also makes every batch's digest fit again.
    pub(crate) fn change_events(&self, dice: &mut Dice, thorough: bool) -> Option<String> {
        fs::remove_file(self.hurt().join("seal")).unwrap();
        let database = Connection::open(self.hurt().join("log.sqlite")).unwrap();
        database.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF").unwrap();
        let triggers = drop_triggers(&database);
        let what = change_rows(&database, dice);
        if thorough {
            mend_digests(&database);
        }
        database.execute_batch(&format!("{triggers}; PRAGMA journal_mode = WAL")).unwrap();
        drop(database);
        let _ = fs::remove_file(self.hurt().join("log.sqlite-wal"));
        let _ = fs::remove_file(self.hurt().join("log.sqlite-shm"));
        what
    }
}

fn drop_triggers(database: &Connection) -> String {
    let mut statement = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let triggers: Vec<(String, String)> = triggers.map(Result::unwrap).collect();
    for (name, _) in &triggers {
        database.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    triggers.into_iter().map(|(_, sql)| sql).collect::<Vec<_>>().join(";")
}

fn change_rows(database: &Connection, dice: &mut Dice) -> Option<String> {
    let count: i64 = database.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let pick = |dice: &mut Dice| dice.roll(count as u64) as i64;
    let (one, two) = (pick(dice), pick(dice));
    let body = |index: i64| -> Vec<u8> {
        database.query_row("SELECT body FROM event WHERE idx = ?1", [index], |row| row.get(0)).unwrap()
    };
    let set = |index: i64, body: &[u8]| {
        database.execute("UPDATE event SET body = ?2 WHERE idx = ?1", rusqlite::params![index, body]).unwrap();
    };
    let forged = event(&format!("forged-{}", dice.roll(1 << 40)), 0);
    match dice.roll(6) {
        0 if one != two => {
            let (first, second) = (body(one), body(two));
            set(one, &second);
            set(two, &first);
            Some(format!("events {one} and {two} swapped"))
        }
        1 => {
            set(one, forged.as_bytes());
            Some(format!("event {one} rewritten"))
        }
        2 => {
            database.execute("DELETE FROM event WHERE idx >= ?1", [one]).unwrap();
            Some(format!("events from {one} on deleted"))
        }
        3 => {
            database.execute("DELETE FROM event WHERE idx = ?1", [one]).unwrap();
            // Closing the gap from below, so that no two rows ever have the same index.
            for index in one + 1..count {
                database.execute("UPDATE event SET idx = idx - 1 WHERE idx = ?1", [index]).unwrap();
            }
            Some(format!("event {one} deleted, the rest moved up"))
        }
        4 => {
            for index in (one..count).rev() {
                database.execute("UPDATE event SET idx = idx + 1 WHERE idx = ?1", [index]).unwrap();
            }
            let insert = "INSERT INTO event VALUES (?1, ?2, ?3, zeroblob(32))";
            let key = format!("forged-{}", dice.roll(1 << 40));
            database.execute(insert, rusqlite::params![one, forged.as_bytes(), key]).unwrap();
            Some(format!("an event inserted at {one}"))
        }
        5 => {
            let key = "UPDATE event SET batch_key = batch_key || '-' WHERE idx = ?1 AND batch_key IS NOT NULL";
            let changed = database.execute(key, [one]).unwrap();
            (changed == 1).then(|| format!("the batch at {one} renamed"))
        }
        _ => None,
    }
}

/// Recomputes what ties batches together, as anyone can who has read how it is done.
fn mend_digests(database: &Connection) {
    let mut statement = database.prepare("SELECT idx, body, batch_key FROM event ORDER BY idx").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let rows: Vec<(i64, Vec<u8>, Option<String>)> = rows.map(Result::unwrap).collect();
    for (at, (first, _, key)) in rows.iter().enumerate() {
        let Some(key) = key else { continue };
        let mut hasher = Sha256::new();
        hasher.update((key.len() as u64).to_be_bytes());
        hasher.update(key);
        hasher.update(first.to_be_bytes());
        for (n, (_, body, begins)) in rows[at..].iter().enumerate() {
            if n > 0 && begins.is_some() {
                break;
            }
            hasher.update(leaf_hash(body).as_bytes());
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let set = "UPDATE event SET batch_digest = ?2 WHERE idx = ?1";
        database.execute(set, rusqlite::params![first, digest]).unwrap();
    }
}

/// A record sealed at several sizes, each state with the checkpoint it had.
pub(crate) fn history(states: usize) -> (TempDir, Vec<(PathBuf, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    drop(common::create(&live));
    let mut history = Vec::new();
    for n in 0..states {
        let record = Record::open(&live).unwrap();
        record.append(batch(&format!("state-{n}"), 1 + n % 2)).unwrap();
        let checkpoint = record.checkpoint().unwrap().text().to_owned();
        record.close().unwrap();
        let copy = folder.path().join(format!("state-{n}"));
        copy_folder(&live, &copy);
        history.push((copy, checkpoint));
    }
    (folder, history)
}

fn read_files(folder: &Path, below: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files.extend(read_files(folder, &(path + "/")));
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
    files
}
