//! What can be typed.

pub(crate) mod contamination;
pub(crate) mod eval;
pub(crate) mod lineage;
pub(crate) mod model;
pub(crate) mod rehearse;
pub(crate) mod verdict;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Runs a national AI model programme on rules that were promised and a record that can be checked.
#[derive(Debug, Parser)]
#[command(name = "daepyo", version, max_term_width = 80, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a whole selection, modelled on the Korean call of 2025, and leave its record
    Rehearse(Box<rehearse::RehearseArgs>),
    /// Check a programme's folder: every byte, every proof, and every decision worked out anew from the events
    Verify {
        /// The folder
        dir: PathBuf,
        #[command(flatten)]
        trust: Trust,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Work out one decision from a rulebook and a JSON file of facts
    Decide {
        /// The rulebook
        rulebook: PathBuf,
        /// The facts; their shape is the one that `daepyo record facts` prints
        facts: PathBuf,
        /// Print the decision and its cut-line report as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Measure a model over tasks, at any endpoint that speaks the OpenAI protocol
    Eval(Box<eval::EvalArgs>),
    /// Say whether a model reaches the frontier: reached, not reached, or not shown
    Verdict(Box<verdict::VerdictArgs>),
    /// Make a language model from scratch, tune it, serve it, and say what it is
    #[command(subcommand)]
    Model(Box<model::ModelCommand>),
    /// Say whether a model's weights depend on those of others, and keep the log that shows they do not
    Lineage(Box<lineage::LineageArgs>),
    /// Say which benchmark items stand in a training corpus
    Contamination(Box<contamination::ContaminationArgs>),
    /// Read, check, explain and simulate rulebooks
    #[command(subcommand)]
    Rulebook(RulebookCommand),
    /// Read, check and hand out parts of a record
    #[command(subcommand)]
    Record(RecordCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulebookCommand {
    /// Say everything that is wrong in a rulebook, where, and what would be right
    Check {
        /// The rulebooks
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print a JSON array, one entry a file
        #[arg(long)]
        json: bool,
    },
    /// Say what a rulebook promises, in plain words
    Explain {
        /// The rulebook
        file: PathBuf,
        /// In which language [default: the first that the rulebook speaks]
        #[arg(long)]
        lang: Option<Lang>,
    },
    /// Print the SHA-256 of a rulebook, the one that goes into the record
    Hash {
        /// The rulebook
        file: PathBuf,
    },
    /// Print the JSON Schema of rulebooks, for editors
    Schema,
    /// Say how well a stage would find the best teams
    Simulate {
        /// The rulebook
        file: PathBuf,
        /// The stage [default: the first that is scored and keeps a number of teams]
        #[arg(long)]
        stage: Option<String>,
        /// How many teams stand in it
        #[arg(long, default_value_t = 15)]
        teams: u32,
        /// The panel whose marks vary; needed where several panels mark
        #[arg(long)]
        panel: Option<String>,
        /// How far evaluators agree: the intraclass correlation ICC(A,1) of a single evaluator's total
        #[arg(long, default_value_t = 0.26, allow_negative_numbers = true)]
        icc: f64,
        /// How far apart teams truly are: the standard deviation of their quality, as a share of the panel's points
        #[arg(long, default_value_t = 0.08, allow_negative_numbers = true)]
        spread: f64,
        /// How much evaluators differ in harshness: the standard deviation, as a share of the panel's points
        #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
        severity: f64,
        /// The step of every mark [default: the rulebook's own]
        #[arg(long)]
        step: Option<String>,
        /// How many stages are simulated
        #[arg(long, default_value_t = 100_000)]
        runs: u64,
        /// What chance comes from; the same seed gives the same answer on any number of threads
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Check a record's files, events, tree and signatures, without asking what events mean
    Verify {
        /// The folder
        dir: PathBuf,
        #[command(flatten)]
        trust: Trust,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the latest signed checkpoint, to be kept elsewhere
    Checkpoint {
        /// The folder
        dir: PathBuf,
    },
    /// Print the proof that an event stands in the record, or check such a proof offline
    Receipt {
        /// The folder, and the place of the event in it, from 0
        #[arg(required_unless_present = "check", requires = "index")]
        dir: Option<PathBuf>,
        /// The place of the event, from 0
        #[arg(required_unless_present = "check")]
        index: Option<u64>,
        /// Check this receipt instead; it needs the event and the log's verifier key, and no folder
        #[arg(long, value_name = "FILE", requires_all = ["event", "vkey"], conflicts_with_all = ["dir", "index"])]
        check: Option<PathBuf>,
        /// The event's canonical bytes, as `daepyo record event` prints them
        #[arg(long, value_name = "FILE", requires = "check")]
        event: Option<PathBuf>,
        /// The log's verifier key: the text, or a file that holds it
        #[arg(long, value_name = "VKEY", requires = "check")]
        vkey: Option<String>,
    },
    /// Print one event, or all of them, one a line
    Event {
        /// The folder
        dir: PathBuf,
        /// The place of the event, from 0 [default: all]
        index: Option<u64>,
    },
    /// Print the rulebook as it was adopted or amended
    Rulebook {
        /// The folder
        dir: PathBuf,
        /// The one under which this stage opened [default: the one in force]
        #[arg(long)]
        stage: Option<String>,
        /// The intake window of the stage
        #[arg(long, default_value = "call")]
        window: String,
    },
    /// Print the facts from which a stage is decided, as JSON
    Facts {
        /// The folder
        dir: PathBuf,
        /// The stage
        stage: String,
        /// The intake window
        #[arg(long, default_value = "call")]
        window: String,
    },
    /// Write the events, the checkpoint and the tree as plain files for others to check
    Export {
        /// The folder
        dir: PathBuf,
        /// Where to write; an empty or new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// What a verifier is told beyond the folder itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Trust {
    /// A checkpoint that was kept elsewhere; only this finds a folder rolled back to an older copy of itself
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// The log's verifier key from a trusted place; without it the folder's own is believed
    #[arg(long, value_name = "VKEY")]
    pub(crate) vkey: Option<String>,
    /// Accept a folder that is in use or that a crash left, and so is not sealed; then less is checked
    #[arg(long)]
    pub(crate) live: bool,
}

/// A language that can be asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    /// Korean
    Ko,
    /// English
    En,
}

impl From<Lang> for provenance::Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ko => Self::Ko,
            Lang::En => Self::En,
        }
    }
}

impl From<Lang> for rulebook::Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ko => Self::Ko,
            Lang::En => Self::En,
        }
    }
}
