//! What is known of a model as a whole: its configuration, and whom its card names as its base.

use sha2::{Digest as _, Sha256};

use super::{Facts, Part};
use crate::anatomy::Sizes;
use crate::weights::{Checkpoint, OpenFault, read_text};

/// The longest model card that is read, in bytes.
const MOST_CARD: u64 = 16 << 20;

/// The facts of a model whose parts are known.
pub(super) fn facts(checkpoint: &Checkpoint, parts: &[Part], seed: u64) -> Result<Facts, OpenFault> {
    let sizes = Sizes::language(checkpoint.config());
    let size = |name: &str| sizes.get(name).and_then(|size| u32::try_from(size).ok());
    Ok(Facts {
        name: checkpoint.name().to_owned(),
        weights: Some(checkpoint.path().to_owned()),
        digest: digest(parts),
        seed,
        parameters: parts.iter().map(|part| part.units * part.width).sum(),
        family: sizes.family().map(str::to_owned),
        width: size("width"),
        blocks: size("blocks"),
        heads: size("heads"),
        kv_heads: size("kv_heads"),
        head_width: size("head_width"),
        tied: sizes.tied(),
        declared: declared(checkpoint)?,
    })
}

/// SHA-256 over tensor, units, width and digest of each part, in their order.
pub(super) fn digest(parts: &[Part]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(format!("{}\0{}\0{}\0{}\n", part.tensor, part.units, part.width, part.digest));
    }
    hex::encode(hasher.finalize())
}

/// `base_model` in the front matter of the folder's `README.md`.
fn declared(checkpoint: &Checkpoint) -> Result<Vec<String>, OpenFault> {
    let card = read_text(&checkpoint.folder().join("README.md"), MOST_CARD)?;
    Ok(card.as_deref().map(base_models).unwrap_or_default())
}

/// The values of `base_model` between the lines `---` at the beginning of a model card: a text, a list in brackets, or a
/// list of lines.
fn base_models(card: &str) -> Vec<String> {
    let mut lines = card.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Vec::new();
    }
    let mut lines = lines.take_while(|line| line.trim_end() != "---").peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some(value) = line.strip_prefix("base_model:") else { continue };
        let value = uncommented(value);
        if value.is_empty() {
            while let Some(item) = lines.next_if(|line| line.trim_start().starts_with("- ")) {
                found.push(unquoted(uncommented(&item.trim_start()[2..])));
            }
        } else if let Some(list) = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
            found.extend(list.split(',').map(unquoted));
        } else {
            found.push(unquoted(value));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn uncommented(value: &str) -> &str {
    value.split_once(" #").map_or(value, |(value, _)| value).trim()
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_base_is_read_in_each_way_of_writing_it() {
        let of = |front: &str| base_models(&format!("---\nlicense: mit\n{front}\ntags:\n- x\n---\nbase_model: no"));
        assert_eq!(of("base_model: a/b # the base"), ["a/b"]);
        assert_eq!(of("base_model: 'a/b'"), ["a/b"]);
        assert_eq!(of("base_model:\n  - a/b\n  - \"c/d\""), ["a/b", "c/d"]);
        assert_eq!(of("base_model: [a/b, 'c/d']"), ["a/b", "c/d"]);
        assert_eq!(of("base_model_relation: finetune"), [""; 0]);
        assert_eq!(base_models("base_model: a/b"), [""; 0]);
    }
}
