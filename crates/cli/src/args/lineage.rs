//! What can be typed after `daepyo lineage`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Lang;

/// `daepyo lineage …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct LineageArgs {
    #[command(subcommand)]
    pub(crate) command: Option<LineageCommand>,
    #[command(flatten)]
    pub(crate) audit: AuditArgs,
}

/// Say whether a model's weights depend on those of models in a library. Ends with 0 where no dependence was found and
/// with 1 where some was, declared or not.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The model: a folder with safetensors, one such file, or its fingerprint
    #[arg(required = true)]
    pub(crate) candidate: Option<PathBuf>,
    /// The folder of models to hold it against: `*.fingerprint` files, and models that have none yet
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) library: Option<PathBuf>,
    /// The chance that is accepted that one independent model is called dependent, over all tests together
    #[arg(long, value_name = "P", default_value_t = 1e-6)]
    pub(crate) level: f64,
    /// What permutations and controls are drawn with; the same seed gives the same report on any number of threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Read the weights again where fingerprints say they are, for the tests of rotated and sign-flipped states
    #[arg(long)]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) pass: PassArgs,
    /// Write the report as a page for people into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The language that is printed, and that the page opens in [default: en]
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
    /// Print the report as one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// How weights are read.
#[derive(Clone, Debug, Args)]
pub(crate) struct PassArgs {
    /// Tables that say which tensor is which part, asked before the one that comes with the program
    #[arg(long = "map", value_name = "FILE")]
    pub(crate) maps: Vec<PathBuf>,
    /// What seeds the sketches; fingerprints of different seeds cannot be compared
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) sketch_seed: u64,
    /// Threads [default: all of the machine's]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Read past the cache of files, for models larger than memory
    #[arg(long)]
    pub(crate) direct: bool,
}

/// What else can be done about lineage.
#[derive(Debug, Subcommand)]
pub(crate) enum LineageCommand {
    /// Write the fingerprint of a model: about a hundredth of its weights, enough to hold others against it
    Fingerprint {
        /// The model: a folder with safetensors, or one such file
        model: PathBuf,
        /// The file to write; a library is a folder of such files, ending in `.fingerprint`
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        pass: PassArgs,
    },
    /// Keep a log while a model is trained, each line chained to the one before; prints the head to publish
    Log(LogArgs),
    /// Check such a log: its chain, its course, its checkpoints, and whether these lie as those of one training do
    VerifyLog {
        /// The log
        file: PathBuf,
        /// The folder that holds the checkpoints; without it only the log itself is checked
        #[arg(long, value_name = "DIR")]
        checkpoints: Option<PathBuf>,
        /// The head that was published; a log that was written anew has another
        #[arg(long, value_name = "SHA256")]
        head: Option<String>,
        #[command(flatten)]
        pass: PassArgs,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Say what each number of a report can and cannot show
    Explain {
        /// Only what has this in its name
        containing: Option<String>,
        /// In which language [default: en]
        #[arg(long)]
        lang: Option<Lang>,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
}

/// Keep a log while a model is trained.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// The log; it is begun where it is not there yet
    pub(crate) file: PathBuf,
    /// Stay open and take entries from standard input, one JSON object a line: `{"kind":"loss","step":10,"loss":7.1}`
    #[arg(long)]
    pub(crate) stdin: bool,
    #[command(subcommand)]
    pub(crate) what: Option<What>,
}

/// What happened.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// The training begins; its first checkpoint is of step 0
    Start {
        /// The settings
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The manifest of the text: digests of what will be read
        #[arg(long, value_name = "FILE")]
        data_manifest: PathBuf,
        /// The first weights: a file or a folder
        #[arg(long, value_name = "PATH")]
        checkpoint: PathBuf,
        /// The program that trains: a file or a folder
        #[arg(long, value_name = "PATH")]
        source: Option<PathBuf>,
        /// The tokenizer: a file or a folder
        #[arg(long, value_name = "PATH")]
        tokenizer: Option<PathBuf>,
    },
    /// The loss of a step
    Loss {
        /// Steps done, this one among them
        #[arg(long, value_name = "N")]
        step: u64,
        /// Mean nats a token
        #[arg(long, value_name = "X")]
        loss: f64,
        /// The learning rate of the step
        #[arg(long, value_name = "X")]
        rate: Option<f64>,
    },
    /// A checkpoint was written
    Checkpoint {
        /// Steps done
        #[arg(long, value_name = "N")]
        step: u64,
        /// A file or a folder
        #[arg(long, value_name = "PATH")]
        checkpoint: PathBuf,
    },
    /// The training goes on from a checkpoint
    Resume {
        /// Steps done at the checkpoint
        #[arg(long, value_name = "N")]
        step: u64,
        /// A file or a folder
        #[arg(long, value_name = "PATH")]
        checkpoint: PathBuf,
    },
    /// The training came to its end
    End {
        /// Steps done
        #[arg(long, value_name = "N")]
        step: u64,
        /// The last checkpoint, where it was not told yet
        #[arg(long, value_name = "PATH")]
        checkpoint: Option<PathBuf>,
    },
}
