//! What can be typed after `daepyo model`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Make a language model from scratch, tune it, serve it, and say what it is.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// From a corpus to a folder that answers: text, tokenizer, training, tuning, report card
    Build(BuildArgs),
    /// Build models of several depths, and say what the deepest will reach before it is trained
    Ladder(LadderArgs),
    /// Tune a model on conversations, or on pairs of answers
    Tune(TuneArgs),
    /// Answer at an OpenAI-compatible endpoint, with exact log-probabilities
    Serve(ServeArgs),
    /// Let a model go on with a text
    Say(SayArgs),
    /// Print a recipe, or write it for an engine of many machines
    Recipe(RecipeArgs),
    /// Write the small closed world that models are tried on: texts, conversations, questions
    World(WorldArgs),
    /// Read, clean and account for a corpus
    Corpus(CorpusArgs),
    /// Fetch a public corpus and verify it to the byte
    Fetch {
        /// A corpus by name, or a recipe file [none: list the names]
        corpus: Option<String>,
        /// The folder to put it in
        #[arg(long, value_name = "DIR", default_value = "corpus")]
        out: PathBuf,
    },
    /// Check the evidence of a training: its chain, its course, its checkpoints
    Evidence {
        /// The folder that `build` made, or the folder of a training
        dir: PathBuf,
    },
}

/// What a model is made from.
#[derive(Clone, Debug, Args)]
pub(crate) struct BuildArgs {
    /// The dial: blocks of the model, and every size and rate that follows
    #[arg(long, value_name = "N", required_unless_present = "recipe")]
    pub(crate) depth: Option<usize>,
    #[command(flatten)]
    pub(crate) made: MadeArgs,
    /// A recipe file: what it says stands in place of what the dial gives
    #[arg(long, value_name = "FILE", conflicts_with = "depth")]
    pub(crate) recipe: Option<PathBuf>,
    /// The folder to make; running again with the same folder goes on
    #[arg(long, value_name = "DIR", default_value = "team")]
    pub(crate) out: PathBuf,
}

/// What `build` and `ladder` have in common.
#[derive(Clone, Debug, Args)]
pub(crate) struct MadeArgs {
    /// Text to learn from: files and folders of text, JSONL or Parquet [default: a small closed world made for it]
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub(crate) corpus: Vec<PathBuf>,
    /// Conversations to tune on: lines of `{"messages": […]}`
    #[arg(long, value_name = "FILE", requires = "corpus")]
    pub(crate) conversations: Option<PathBuf>,
    /// Pairs of answers to tune on: lines of `{"prompt", "chosen", "rejected"}`
    #[arg(long, value_name = "FILE", requires = "corpus")]
    pub(crate) preferences: Option<PathBuf>,
    /// Training tokens for each weight [default: what the dial gives]
    #[arg(long, value_name = "N")]
    pub(crate) tokens_per_parameter: Option<f64>,
    /// All chance comes from it: the same seed and text give the same weights, to the bit
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    /// Print the card as one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// What computes.
#[derive(Clone, Debug, Args)]
pub(crate) struct MachineArgs {
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// What computes: `cpu`, or `cuda:0` for the first NVIDIA GPU
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}

/// Models of several depths.
#[derive(Clone, Debug, Args)]
pub(crate) struct LadderArgs {
    /// The depths, smallest first; the last is foretold from the others
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 3, 4])]
    pub(crate) depths: Vec<usize>,
    #[command(flatten)]
    pub(crate) made: MadeArgs,
    /// The folder to make, with a folder for each depth
    #[arg(long, value_name = "DIR", default_value = "ladder")]
    pub(crate) out: PathBuf,
}

/// How a model is tuned.
#[derive(Clone, Debug, Args)]
pub(crate) struct TuneArgs {
    /// The model's folder
    pub(crate) dir: PathBuf,
    /// Conversations: lines of `{"messages": […]}`
    #[arg(long, value_name = "FILE", required_unless_present = "preferences")]
    pub(crate) conversations: Option<PathBuf>,
    /// Pairs of answers: lines of `{"prompt", "chosen", "rejected"}`
    #[arg(long, value_name = "FILE")]
    pub(crate) preferences: Option<PathBuf>,
    /// A recipe whose rates and lengths are taken [default: the model's own `recipe.toml`, else the dial's]
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    /// The folder to write; an empty or new one
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

/// How a model is served.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    /// A folder of the Qwen3, Qwen2 or Llama family, ours or another's
    pub(crate) dir: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// On which port; 0 takes a free one and says which
    #[arg(long, value_name = "N", default_value_t = 8000)]
    pub(crate) port: u16,
    /// The model's name in requests [default: the folder's]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How weights are kept
    #[arg(long, value_enum, default_value_t = Weights::Float)]
    pub(crate) weights: Weights,
    /// Threads that compute [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Sequences that a thread runs side by side
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) side_by_side: usize,
    /// Requests that are taken in at once; those beyond are answered 429
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) most_requests: usize,
    /// Longest sequence, in tokens [default: the model's context]
    #[arg(long, value_name = "N")]
    pub(crate) max_model_len: Option<usize>,
}

/// How weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weights {
    /// As they were trained
    Float,
    /// In eight bits a weight, with a scale for each row: a quarter of the memory
    Int8,
}

/// What a model goes on with.
#[derive(Clone, Debug, Args)]
pub(crate) struct SayArgs {
    /// The model's folder
    pub(crate) dir: PathBuf,
    /// The beginning, or, with --chat, what is said to it
    pub(crate) text: String,
    /// Ask as a conversation
    #[arg(long)]
    pub(crate) chat: bool,
    /// The most tokens to write
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) max_tokens: usize,
    /// 0 takes the likeliest token every time
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    pub(crate) temperature: f32,
    /// What chance comes from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// A recipe, and where it goes.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecipeArgs {
    /// The dial
    #[arg(long, value_name = "N", required_unless_present_any = ["recipe", "model"])]
    pub(crate) depth: Option<usize>,
    /// A recipe file
    #[arg(long, value_name = "FILE", conflicts_with = "depth")]
    pub(crate) recipe: Option<PathBuf>,
    /// Write it for this engine
    #[arg(long, value_enum, requires_all = ["model", "out"])]
    pub(crate) engine: Option<Engine>,
    /// A folder that `build` made: its recipe, tokenizer, text and weights
    #[arg(long, value_name = "DIR", conflicts_with_all = ["depth", "recipe"])]
    pub(crate) model: Option<PathBuf>,
    /// Machines
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) nodes: usize,
    /// Accelerators of each machine
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) gpus: usize,
    /// Minutes that a job may take
    #[arg(long, value_name = "N", default_value_t = 240)]
    pub(crate) minutes: u64,
    /// Go on from the model's weights, where the engine would draw its own
    #[arg(long)]
    pub(crate) from_weights: bool,
    /// The folder to write
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// An engine for many machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// PyTorch's torchtitan
    Torchtitan,
}

/// A closed world.
#[derive(Clone, Debug, Args)]
pub(crate) struct WorldArgs {
    /// The folder to write
    #[arg(long, value_name = "DIR", default_value = "world")]
    pub(crate) out: PathBuf,
    /// What its names and facts are drawn from
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// People in it
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<usize>,
    /// How often everything is told
    #[arg(long, value_name = "N")]
    pub(crate) tellings: Option<usize>,
}

/// A corpus.
#[derive(Clone, Debug, Args)]
pub(crate) struct CorpusArgs {
    /// Files and folders: text, Markdown, JSON, JSONL, Parquet; plain, .gz or .zst
    #[arg(required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// The folder to write
    #[arg(long, value_name = "DIR", default_value = "prepared")]
    pub(crate) out: PathBuf,
    /// The field or column that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) field: String,
    /// Test items to take out, wherever they stand in the texts: JSONL files
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub(crate) against: Vec<PathBuf>,
    /// Keep what looks like no prose, and what is nearly like a text before
    #[arg(long)]
    pub(crate) unfiltered: bool,
    /// How many of a thousand texts are set apart to measure on
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) validation_per_mille: u64,
}
