//! What can be typed after `daepyo verdict`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Lang;

/// `daepyo verdict …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct VerdictArgs {
    #[command(subcommand)]
    pub(crate) command: Option<VerdictCommand>,
    #[command(flatten)]
    pub(crate) given: GivenArgs,
}

/// Whether a candidate reaches the frontier.
#[derive(Debug, Args)]
pub(crate) struct GivenArgs {
    /// The candidate's run: a folder of `daepyo eval` or of lm-eval, or of inspect's `.eval` logs
    #[arg(long, value_name = "RUN", required = true)]
    pub(crate) candidate: Option<PathBuf>,
    /// How the candidate was asked, where its run does not say (a run of lm-eval or inspect): a TOML file with `endpoint`,
    /// `model-id`, `collected-on`, `token-budget` and `reasoning-effort`
    #[arg(long, value_name = "FILE")]
    pub(crate) protocol: Option<PathBuf>,
    /// The frontier on one day, as `daepyo verdict freeze` writes it
    #[arg(long, value_name = "SNAPSHOT", required = true)]
    pub(crate) frontier: Option<PathBuf>,
    /// The rulebook whose frontier rule decides
    #[arg(long, value_name = "RULEBOOK", required = true)]
    pub(crate) rule: Option<PathBuf>,
    /// How often the question was asked of this candidate by this rule, this time included
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) look: u32,
    /// Write the verdict into this file, from which it can be checked
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// In which language [default: en]
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
    /// Print the verdict as one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// What else can be done about verdicts.
#[derive(Debug, Subcommand)]
pub(crate) enum VerdictCommand {
    /// Work a verdict out anew from its inputs and hold it against the file, byte by byte
    Check {
        /// The verdict
        file: PathBuf,
        /// The candidate's run
        #[arg(long, value_name = "RUN")]
        candidate: PathBuf,
        /// How the candidate was asked, if that was said when the verdict was given
        #[arg(long, value_name = "FILE")]
        protocol: Option<PathBuf>,
        /// The snapshot
        #[arg(long, value_name = "SNAPSHOT")]
        frontier: PathBuf,
    },
    /// Freeze the frontier: models with their releases and runs become one dated file
    Freeze {
        /// A TOML file: `name`, `frozen-on`, and a `[[model]]` each with its release and, where it was run, its `run`
        list: PathBuf,
        /// The rulebook whose frontier rule says which tasks and scores count
        #[arg(long, value_name = "RULEBOOK")]
        rule: PathBuf,
        /// The snapshot
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say how many items a verdict takes, before anything is spent
    Plan(PlanArgs),
}

/// What is expected of two models.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The rulebook whose frontier rule decides
    #[arg(long, value_name = "RULEBOOK")]
    pub(crate) rule: PathBuf,
    /// The share of items that the frontier gets right
    #[arg(long, value_name = "SHARE")]
    pub(crate) frontier: f64,
    /// The share of items that the candidate gets right [default: the frontier's]
    #[arg(long, value_name = "SHARE")]
    pub(crate) candidate: Option<f64>,
    /// How far right and wrong go together in the two: the correlation between them
    #[arg(long, value_name = "RHO", default_value_t = 0.5)]
    pub(crate) correlation: f64,
    /// The chance of a verdict that is wanted
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    pub(crate) power: f64,
    /// Say as well how likely a verdict is with so many items
    #[arg(long, value_name = "N")]
    pub(crate) items: Option<u32>,
    /// A frozen frontier, whose runs show how alike items are that the rule puts together
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "cluster_size")]
    pub(crate) snapshot: Option<PathBuf>,
    /// How many items belong together, where the rule puts some together
    #[arg(long, value_name = "N", requires = "within_cluster")]
    pub(crate) cluster_size: Option<f64>,
    /// How alike these are: the correlation within a cluster
    #[arg(long, value_name = "RHO", requires = "cluster_size")]
    pub(crate) within_cluster: Option<f64>,
}
