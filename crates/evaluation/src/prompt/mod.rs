//! TODO(prompt)
/// x
pub struct Hashes {
    /// d
    pub doc: String,
    /// p
    pub prompt: String,
    /// t
    pub target: String,
}
/// x
pub fn chat_json(_: &[crate::Message]) -> String {
    String::new()
}
