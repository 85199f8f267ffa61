//! What can be typed after `daepyo rehearse`.

use std::path::PathBuf;

use clap::Args;

/// A whole selection, played.
#[derive(Clone, Debug, Args)]
pub(crate) struct RehearseArgs {
    /// The folder for the record [default: `rehearsal`, or the first of `rehearsal-2`, … that is free]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What chance comes from; the same seed plays the same rehearsal
    #[arg(long, value_name = "N", default_value_t = 2025)]
    pub(crate) seed: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) models: ModelsArgs,
}

/// A rehearsal in which models are trained and measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Train a model for every team that is left, measure all of them, and decide by what was measured; takes minutes
    #[arg(long)]
    pub(crate) models: bool,
    /// Another model stands in for a team's, or for the frontier: `2=http://host:8000/v1`, `frontier=NAME@URL`; teams are
    /// counted from 1, in the order of their applications
    #[arg(long = "model", value_name = "TEAM=[NAME@]URL", requires = "models")]
    pub(crate) model: Vec<String>,
    /// What is sent to these endpoints as a bearer token
    #[arg(long = "api_key", alias = "api-key", value_name = "KEY", env = "OPENAI_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// The recipe of the frontier's model; teams train by the same with seeds of their own, and mostly shorter
    #[arg(long, value_name = "FILE", requires = "models")]
    pub(crate) recipe: Option<PathBuf>,
    /// How many people the world has that models learn of and are asked about
    #[arg(long, value_name = "N", requires = "models")]
    pub(crate) people: Option<usize>,
}
