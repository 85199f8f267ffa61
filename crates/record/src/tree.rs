//! The Merkle tree of RFC 6962 §2.1 over the events, with SHA-256.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash of the tree; prints as standard base64, as the C2SP formats do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The text is not the base64 of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 32 bytes in standard base64")]
pub struct HashError;

impl Hash {
    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn of(parts: &[&[u8]]) -> Hash {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Hash(hasher.finalize().into())
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Hash, HashError> {
        let bytes = BASE64.decode(text).map_err(|_| HashError)?;
        bytes.try_into().map(Hash).map_err(|_| HashError)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of(&[&[0], entry])
}

/// `SHA-256(0x01 || left || right)`.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], &left.0, &right.0])
}

/// The tree of no entries: the hash of nothing.
fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The roots of the perfect subtrees along the right edge: enough to grow the tree and to know its
/// root, at 32 bytes a level. Checking a log needs no more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing one bit of the size is a perfect subtree that this leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// The whole tree in memory, 64 bytes an event (64 MB for a million), so that a proof for any
/// event at any earlier size costs a few dozen look-ups and no reading.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// `levels[l][i]` is the root over the entries `i << l .. (i + 1) << l`; only full ones.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            let [.., left, right] = row.as_slice() else { return };
            if row.len() % 2 == 1 {
                return;
            }
            hash = node_hash(left, right);
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        self.levels.first()?.get(usize::try_from(index).ok()?).copied()
    }

    pub(crate) fn root(&self) -> Hash {
        self.over(0, self.size())
    }

    /// The root the tree had when it held `size` entries; `None` if it never held so many.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        (size <= self.size()).then(|| self.over(0, size))
    }

    /// The roots of the perfect subtrees `start..end` of one level, for tiles.
    pub(crate) fn row(&self, level: u32, start: u64, end: u64) -> &[Hash] {
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let row = self.levels.get(level as usize);
        row.zip(range).and_then(|(row, (start, end))| row.get(start..end)).unwrap_or(&[])
    }

    /// The audit path of RFC 6962 §2.1.1, from the leaf's sibling upwards.
    pub(crate) fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut low, mut high) = (0, size);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.over(middle, high));
                high = middle;
            } else {
                path.push(self.over(low, middle));
                low = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// `MTH(D[low:high])` for a range that the tree's own splitting reaches.
    fn over(&self, low: u64, high: u64) -> Hash {
        let count = high - low;
        if count == 0 {
            return empty_root();
        }
        if count.is_power_of_two() {
            return self.levels[count.trailing_zeros() as usize][(low / count) as usize];
        }
        let middle = low + split(count);
        node_hash(&self.over(low, middle), &self.over(middle, high))
    }
}

/// The largest power of two smaller than `count`, which must be at least two.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Climbs an audit path (RFC 9162 §2.1.3.2, which spells out the check RFC 6962 leaves to the
/// reader); `None` if the path has another length than `index` and `size` ask for.
pub(crate) fn root_from_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    use super::*;

    /// The reference tree of Certificate Transparency: its entries and its root at each size.
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_reference_tree() {
        let (mut tree, mut frontier) = (Tree::default(), Frontier::default());
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(tree.root().as_bytes()), *root);
            assert_eq!(frontier.root(), tree.root());
            if let Some(entry) = ENTRIES.get(size) {
                let leaf = leaf_hash(&hex::decode(entry).unwrap());
                tree.push(leaf);
                frontier.push(leaf);
            }
        }
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(tree.root_at(size as u64).unwrap().as_bytes()), *root);
        }
        assert_eq!(tree.root_at(9), None);
    }

    /// Roots and audit paths against another implementation.
    #[test]
    fn paths_are_those_of_another_implementation() {
        let (mut tree, mut other) = (Tree::default(), MemoryBackedTree::<Sha256, Vec<u8>>::new());
        for n in 0..70u64 {
            let entry = n.to_le_bytes().to_vec();
            tree.push(leaf_hash(&entry));
            other.push(entry);
            assert_eq!(tree.root().as_bytes().as_slice(), other.root().as_bytes().as_slice());
            for index in 0..=n {
                let path = tree.inclusion(index, n + 1).unwrap();
                let bytes: Vec<u8> = path.iter().flat_map(|hash| *hash.as_bytes()).collect();
                assert_eq!(bytes, other.prove_inclusion(index as usize).as_bytes());
            }
        }
    }

    /// A path proves its own leaf at its own place and size, and nothing else.
    #[test]
    fn a_path_proves_one_leaf_at_one_place() {
        let leaves: Vec<Hash> = (0..40u8).map(|n| leaf_hash(&[n])).collect();
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        for size in 1..=40 {
            for index in 0..size {
                let path = tree.inclusion(index, size).unwrap();
                let root = tree.root_at(size);
                let leaf = leaves[index as usize];
                assert_eq!(root_from_inclusion(leaf, index, size, &path), root);
                assert_ne!(root_from_inclusion(leaf_hash(b"x"), index, size, &path), root);
                for wrong in (0..size + 2).filter(|wrong| *wrong != index) {
                    assert_ne!(root_from_inclusion(leaf, wrong, size, &path), root, "{wrong} for {index} of {size}");
                }
                let longer = [&path[..], &[leaf]].concat();
                assert_eq!(root_from_inclusion(leaf, index, size, &longer), None);
                if let Some((_, shorter)) = path.split_last() {
                    assert_eq!(root_from_inclusion(leaf, index, size, shorter), None);
                }
            }
        }
    }
}
