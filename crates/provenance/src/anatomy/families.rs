//! The table of names, as data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use super::pattern::{Number, captures, numbers, pattern};
use super::{Axis, Role, Tower};
use crate::weights::{OpenFault, read_text};

/// The longest table that is read, in bytes.
const MOST_TABLE: u64 = 4 << 20;

/// Why a table of names could not be read.
#[derive(Debug, Error)]
pub enum FamiliesFault {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] OpenFault),
    /// There is no such file.
    #[error("there is no {}; name a table of the form of families.toml", .0.display())]
    Missing(PathBuf),
    /// The table is malformed.
    #[error("{}: {what}", file.display())]
    Table {
        /// Which file.
        file: PathBuf,
        /// What is wrong, and what would be right.
        what: String,
    },
}

/// Which name is which part, for all families that are known.
#[derive(Debug, Clone)]
pub struct Families {
    /// By the name with `#` for its numbers; the first rule that fits holds.
    rules: BTreeMap<String, Vec<Rule>>,
}

/// A name of the table under one of its prefixes.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    numbers: Vec<Number>,
    pub(super) group: Arc<GroupFacts>,
    pub(super) spec: Arc<Spec>,
}

/// What a group says of all its names.
#[derive(Debug)]
pub(super) struct GroupFacts {
    pub(super) tower: Tower,
    pub(super) beyond: Option<Tower>,
    pub(super) config: Option<String>,
    families: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "about")]
    _about: Option<String>,
    tower: Tower,
    beyond: Option<Tower>,
    config: Option<String>,
    #[serde(default)]
    families: Vec<String>,
    prefixes: Vec<String>,
    names: BTreeMap<String, Spec>,
}

/// Where a tensor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum At {
    Embedding,
    Block,
    End,
    Head,
}

/// Whose tensor it is, in a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whose {
    Routed,
    Shared,
}

/// What the table says of a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Spec {
    pub(super) role: Option<Role>,
    pub(super) at: Option<At>,
    pub(super) expert: Option<Whose>,
    #[serde(default)]
    pub(super) transposed: bool,
    pub(super) axis: Option<Axis>,
    #[serde(default)]
    pub(super) stack: bool,
    #[serde(default)]
    pub(super) split: Vec<Share>,
    pub(super) per: Option<String>,
    pub(super) skip: Option<String>,
}

/// A part of several in one tensor.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Share {
    pub(super) role: Role,
    pub(super) size: Option<String>,
}

impl TryFrom<String> for Share {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (role, size) = text.split_once(':').map_or((text.as_str(), None), |(role, size)| (role, Some(size)));
        let role = Role::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(role.trim()));
        let role = role.map_err(|fault| format!("in split: {fault}"))?;
        Ok(Self { role, size: size.map(|size| size.trim().to_owned()) })
    }
}

impl Default for Families {
    /// The table that comes with this program.
    #[expect(clippy::expect_used, reason = "the table is built in, and a test holds it to its form")]
    fn default() -> Self {
        Self::with_maps(&[]).expect("the built-in table is well-formed")
    }
}

impl Families {
    /// The table that comes with this program, with a user's tables asked first, in their order.
    ///
    /// # Errors
    ///
    /// When a table cannot be read or is malformed.
    pub fn with_maps(files: &[PathBuf]) -> Result<Self, FamiliesFault> {
        let mut families = Self { rules: BTreeMap::new() };
        for file in files {
            let text = read_text(file, MOST_TABLE)?.ok_or_else(|| FamiliesFault::Missing(file.clone()))?;
            families.add(file, &text)?;
        }
        families.add(Path::new("families.toml"), include_str!("families.toml"))?;
        Ok(families)
    }

    /// Adds a table in text, asked after those that are there.
    ///
    /// # Errors
    ///
    /// When it is malformed; `file` says in the error which it was.
    pub fn add(&mut self, file: &Path, text: &str) -> Result<(), FamiliesFault> {
        let wrong = |what: String| FamiliesFault::Table { file: file.to_owned(), what };
        let table: Table = toml::from_str(text).map_err(|fault| wrong(fault.to_string()))?;
        for group in table.group {
            let Group { tower, beyond, config, families, prefixes, names, .. } = group;
            let facts = Arc::new(GroupFacts { tower, beyond, config, families });
            for (name, spec) in names {
                check(&name, &spec).map_err(|what| wrong(format!("{name}: {what}")))?;
                let spec = Arc::new(spec);
                for prefix in &prefixes {
                    let (key, numbers) = pattern(&format!("{prefix}{name}"));
                    let rule = Rule { numbers, group: Arc::clone(&facts), spec: Arc::clone(&spec) };
                    self.rules.entry(key).or_default().push(rule);
                }
            }
        }
        Ok(())
    }

    /// The first rule for a name, with the numbers of its block and expert.
    pub(super) fn find(&self, name: &str, family: Option<&str>) -> Option<(&Rule, Option<u32>, Option<u32>)> {
        let (key, found) = numbers(name);
        self.rules.get(&key)?.iter().find_map(|rule| {
            let families = &rule.group.families;
            let holds = families.is_empty() || family.is_some_and(|family| families.iter().any(|one| one == family));
            let (block, expert) = captures(&rule.numbers, &found)?;
            holds.then_some((rule, block, expert))
        })
    }
}

/// Refuses what makes no sense together.
fn check(name: &str, spec: &Spec) -> Result<(), String> {
    let ways =
        usize::from(spec.role.is_some()) + usize::from(!spec.split.is_empty()) + usize::from(spec.skip.is_some());
    if ways != 1 {
        return Err("say one of `role`, `split` and `skip`".to_owned());
    }
    let has = |what: &str| name.split('.').any(|segment| segment == what);
    if spec.skip.is_none() && !has("{block}") && matches!(spec.at, None | Some(At::Block)) {
        return Err("say `at`, or put {block} into the name".to_owned());
    }
    let counted = has("{expert}") || spec.stack;
    if counted != (spec.expert == Some(Whose::Routed)) {
        return Err("say expert = \"routed\" where the name has {expert} or `stack` is true, and only there".to_owned());
    }
    if spec.per.is_some() && spec.split.iter().any(|share| share.size.is_none()) {
        return Err("with `per`, say the size of every part of `split`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_comes_with_the_program_is_well_formed() {
        let families = Families::default();
        assert!(families.rules.len() > 500, "{} names", families.rules.len());
        let (rule, block, expert) = families.find("model.layers.3.mlp.experts.17.up_proj.weight", None).unwrap();
        assert_eq!((rule.spec.role, block, expert), (Some(Role::Up), Some(3), Some(17)));
        assert!(families.find("transformer.h.0.attn.c_attn.weight", Some("falcon")).is_none());
    }

    #[test]
    fn a_users_table_is_asked_first_and_held_to_the_form() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("map.toml");
        let table =
            |names: &str| format!("[[group]]\ntower = \"language\"\nprefixes = [\"model.\"]\n[group.names]\n{names}\n");
        std::fs::write(&file, table("\"layers.{block}.self_attn.q_proj.weight\" = { role = \"key\" }")).unwrap();
        let families = Families::with_maps(std::slice::from_ref(&file)).unwrap();
        let (rule, ..) = families.find("model.layers.0.self_attn.q_proj.weight", None).unwrap();
        assert_eq!(rule.spec.role, Some(Role::Key));
        for (names, said) in [
            ("\"x\" = { role = \"key\" }", "say `at`"),
            ("\"{block}.x\" = { role = \"kee\" }", "unknown variant"),
            ("\"{block}.x\" = {}", "say one of"),
            ("\"{block}.x\" = { split = [\"gate\", \"upp\"] }", "in split"),
            ("\"{block}.{expert}\" = { role = \"up\" }", "routed"),
            ("\"{block}.x\" = { split = [\"key\", \"value\"], per = \"heads\" }", "size of every part"),
        ] {
            std::fs::write(&file, table(names)).unwrap();
            let fault = Families::with_maps(std::slice::from_ref(&file)).unwrap_err().to_string();
            assert!(fault.contains(said) && fault.contains("map.toml"), "{fault}");
        }
        assert!(Families::with_maps(&[folder.path().join("none")]).is_err());
    }
}
