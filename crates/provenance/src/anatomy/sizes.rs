//! What `config.json` says of a model's sizes, whatever it calls them.

use serde_json::Value;

/// A configuration, and the part of it that a tower is described in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes<'a> {
    root: Option<&'a Value>,
    part: Option<&'a Value>,
}

/// Where configurations of several towers keep the language model's.
const LANGUAGE: [&str; 5] = ["text_config", "llm_config", "language_config", "language_model", "thinker_config"];

/// Names of the same size in the configurations of different families.
const ALIASES: [(&str, &[&str]); 5] = [
    ("width", &["hidden_size", "n_embd", "d_model", "dim", "embed_dim"]),
    ("blocks", &["num_hidden_layers", "n_layer", "num_layers", "n_layers", "depth"]),
    ("heads", &["num_attention_heads", "n_head", "num_heads", "n_heads", "encoder_attention_heads"]),
    ("kv_heads", &["num_key_value_heads", "n_kv_heads", "multi_query_group_num", "num_kv_heads"]),
    ("head_width", &["head_dim", "kv_channels", "attention_head_dim"]),
];

impl<'a> Sizes<'a> {
    /// Sizes of the language model.
    #[must_use]
    pub fn language(config: Option<&'a Value>) -> Self {
        let part =
            config.and_then(|root| LANGUAGE.iter().find_map(|key| root.get(key)).filter(|part| part.is_object()));
        // Qwen's models of several senses keep it two levels down.
        let part = part.map(|part| part.get("text_config").filter(|deeper| deeper.is_object()).unwrap_or(part));
        Self { root: config, part: part.or(config) }
    }

    /// Sizes of the tower that is described under `key`.
    #[must_use]
    pub fn under(config: Option<&'a Value>, key: &str) -> Self {
        Self { root: config, part: config.and_then(|root| root.get(key)) }
    }

    /// What `model_type` says.
    #[must_use]
    pub fn family(&self) -> Option<&'a str> {
        self.root.and_then(|root| root.get("model_type")).and_then(Value::as_str)
    }

    /// A size by its key in the configuration, or by a common name: `width`, `blocks`, `heads`, `kv_heads`, `head_width`.
    /// As many key-value heads as heads, and heads that share the width evenly, where nothing else is said.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        let part = self.part?;
        let keys = ALIASES.iter().find(|(common, _)| *common == name).map(|(_, keys)| *keys);
        let found = match keys {
            Some(keys) => keys.iter().find_map(|key| part.get(key).and_then(Value::as_u64)),
            None => part.get(name).and_then(Value::as_u64),
        };
        found.or_else(|| match name {
            "kv_heads" => self.get("heads"),
            "head_width" => self.get("width")?.checked_div(self.get("heads")?),
            _ => None,
        })
    }

    /// A product of sizes and whole numbers, as `heads/kv_heads*head_width`, taken from left to right.
    #[must_use]
    pub fn product(&self, text: &str) -> Option<u64> {
        let mut value = 1u64;
        let mut rest = text;
        let mut divides = false;
        loop {
            let end = rest.find(['*', '/']).unwrap_or(rest.len());
            let name = rest[..end].trim();
            let size = name.parse().ok().or_else(|| self.get(name))?;
            value = if divides { value.checked_div(size)? } else { value.checked_mul(size)? };
            let Some(sign) = rest[end..].chars().next() else { return Some(value) };
            divides = sign == '/';
            rest = &rest[end + 1..];
        }
    }

    /// Whether the head is the embedding.
    #[must_use]
    pub fn tied(&self) -> bool {
        let said =
            |value: Option<&Value>| value.and_then(|value| value.get("tie_word_embeddings")).and_then(Value::as_bool);
        said(self.part).or_else(|| said(self.root)).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_found_under_any_of_their_names() {
        let config =
            json!({"model_type": "x", "hidden_size": 48, "num_attention_heads": 6, "tie_word_embeddings": true});
        let sizes = Sizes::language(Some(&config));
        assert_eq!((sizes.get("heads"), sizes.get("kv_heads"), sizes.get("head_width")), (Some(6), Some(6), Some(8)));
        assert_eq!(sizes.product("heads*head_width"), Some(48));
        assert_eq!(sizes.product("heads/3*head_width"), Some(16));
        assert_eq!(sizes.product("experts*2"), None);
        assert!(sizes.tied());
        let nested = json!({"text_config": {"n_embd": 12, "n_head": 0}, "vision_config": {"embed_dim": 5}});
        assert_eq!(Sizes::language(Some(&nested)).get("width"), Some(12));
        assert_eq!(Sizes::language(Some(&nested)).get("head_width"), None, "no division by zero");
        assert_eq!(Sizes::under(Some(&nested), "vision_config").get("width"), Some(5));
        assert_eq!(Sizes::language(None).get("width"), None);
    }
}
