//! What can be typed after `daepyo contamination`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Lang;
use super::eval::{DataArgs, FileArgs};

/// `daepyo contamination …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ContaminationArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ContaminationCommand>,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

/// Say which benchmark items stand in a training corpus. Ends with 0 where none was found and with 1 where some were, or
/// where a file could not be read to its end.
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Files and folders of the corpus: JSONL, text, Markdown, Parquet, plain or packed (.gz, .zst, .bz2)
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) corpus: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Write a copy of the corpus without what was found into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "shard")]
    pub(crate) clean: Option<PathBuf>,
    /// What the copy leaves out
    #[arg(long, value_enum, default_value_t = CutArg::Documents, requires = "clean")]
    pub(crate) cut: CutArg,
    #[command(flatten)]
    pub(crate) told: ToldArgs,
    #[command(flatten)]
    pub(crate) parts: PartArgs,
    /// Try the search on items planted in made-up documents, and print how many it found of each kind
    #[arg(long)]
    pub(crate) self_test: bool,
}

/// What is looked for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Benchmarks")]
pub(crate) struct WantedArgs {
    /// Tasks as `daepyo eval` names them, or JSONL files with `question` and, where there are some, `id`, `answer`,
    /// `options` and `passage`; with commas between them
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) tasks: Vec<String>,
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Where a hub of data sets answers
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT")]
    pub(crate) hub: Option<String>,
    /// Use what is on this machine and nothing else
    #[arg(long, env = "HF_HUB_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) offline: bool,
}

/// How the corpus is read.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Corpus")]
pub(crate) struct ReadingArgs {
    /// The field or column with the text; `meta.body` is a field in a field, `messages.*.content` one in every element
    #[arg(long = "text_field", alias = "text-field", value_name = "NAME", default_value = "text")]
    pub(crate) text_field: String,
    /// Threads [default: all of the machine's]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// How many finds of an item are kept
    #[arg(long = "most_evidence", alias = "most-evidence", value_name = "N", default_value_t = 5)]
    pub(crate) most_evidence: usize,
    /// From how many documents on words are common, and count no more [default: the square root of all, at least 24]
    #[arg(long = "common_documents", alias = "common-documents", value_name = "N")]
    pub(crate) common_documents: Option<u64>,
    /// Stop at a file that cannot be read to its end, instead of telling of it
    #[arg(long)]
    pub(crate) strict: bool,
}

/// How the report is told.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ToldArgs {
    /// The scores of a model, `TASK=FILE` with lm-eval's samples or JSONL of `id` and a score: clean and dirty items
    /// beside each other
    #[arg(long, value_name = "TASK=FILE")]
    pub(crate) scores: Vec<String>,
    /// The field that holds the score
    #[arg(long = "score_field", alias = "score-field", value_name = "NAME", default_value = "score")]
    pub(crate) score_field: String,
    /// Write the report as JSON into this file; `merge` reads it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write the report as a page for people into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The language that the page opens in [default: en]
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
    /// Print the report as JSON and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// More than one machine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "More than one machine")]
pub(crate) struct PartArgs {
    /// Read one part of the files: `2/8` is the second of eight; `merge` puts the reports together
    #[arg(long, value_name = "PART/PARTS")]
    pub(crate) shard: Option<String>,
}

/// What a cleaned copy leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CutArg {
    /// Every document that holds an item
    Documents,
    /// The passages alone
    Passages,
}

/// What else can be done about contamination.
#[derive(Debug, Subcommand)]
pub(crate) enum ContaminationCommand {
    /// Put the reports of all shards together
    Merge {
        /// The reports, one of each shard
        #[arg(required = true)]
        reports: Vec<PathBuf>,
        #[command(flatten)]
        told: ToldArgs,
    },
}
