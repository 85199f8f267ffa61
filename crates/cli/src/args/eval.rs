//! What can be typed after `daepyo eval`. Flags have lm-eval's names where it has one.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use evaluation::run::Prices;

use super::Lang;

/// `daepyo eval …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub(crate) command: Option<EvalCommand>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Measure a model over tasks.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) tasks: TaskArgs,
    #[command(flatten)]
    pub(crate) prompts: PromptArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    #[command(flatten)]
    pub(crate) slurm: SlurmArgs,
}

/// What is asked about.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tasks")]
pub(crate) struct TaskArgs {
    /// Tasks, groups, tags, patterns such as `kmmlu_*`, or task files, with commas between them
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
    /// Only so many documents a task, or this share of them if below 1
    #[arg(long, short = 'L', value_name = "N")]
    pub(crate) limit: Option<f64>,
    /// Run code that a model wrote, in a sandbox, where a task asks for it
    #[arg(long = "confirm_run_unsafe_code", alias = "confirm-run-unsafe-code")]
    pub(crate) confirm_run_unsafe_code: bool,
}

/// Where task files are, beside the shipped ones.
#[derive(Clone, Debug, Args)]
pub(crate) struct FileArgs {
    /// Folders of task files; of tasks with one name, theirs counts before a shipped one and before that of an lm-eval in
    /// the active virtual environment
    #[arg(
        long = "include_path",
        alias = "include-path",
        value_name = "DIR",
        value_delimiter = ',',
        env = "DAEPYO_TASKS"
    )]
    pub(crate) include_path: Vec<PathBuf>,
}

/// Where data sets are on this machine.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataArgs {
    /// Folders of data sets: `DIR/<set>` or `DIR/<organisation>/<set>`
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "DAEPYO_DATASETS")]
    pub(crate) datasets: Vec<PathBuf>,
}

/// How it is asked.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Prompts")]
pub(crate) struct PromptArgs {
    /// How many examples stand before the question [default: what the task says]
    #[arg(long = "num_fewshot", alias = "num-fewshot", short = 'f', value_name = "N")]
    pub(crate) num_fewshot: Option<usize>,
    /// Ask as a conversation, in the endpoint's own chat template, or in the one of a FILE or model folder
    #[arg(long = "apply_chat_template", alias = "apply-chat-template", value_name = "FILE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) apply_chat_template: Option<String>,
    /// Write examples as turns of the conversation [default: true with a chat template]
    #[arg(long = "fewshot_as_multiturn", alias = "fewshot-as-multiturn", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) fewshot_as_multiturn: Option<bool>,
    /// Stands before everything
    #[arg(long = "system_instruction", alias = "system-instruction", value_name = "TEXT")]
    pub(crate) system_instruction: Option<String>,
    /// How the model is to write: `temperature=0.6,top_p=0.95,max_gen_toks=2048`, or a JSON object
    #[arg(long = "gen_kwargs", alias = "gen-kwargs", value_name = "KEY=VALUE,…")]
    pub(crate) gen_kwargs: Option<String>,
    /// What examples are drawn with
    #[arg(long, value_name = "N", default_value_t = 1234)]
    pub(crate) seed: u64,
    /// How examples are drawn: one stream a task, as lm-eval does, or for every document by itself
    #[arg(long, value_enum, default_value_t = Shots::Stream)]
    pub(crate) shots: Shots,
    /// Ask multiple choice as a question with lettered options, for models that give no log-probabilities; the results
    /// carry this name and never mix with log-probability results
    #[arg(long = "choice_letter", alias = "choice-letter")]
    pub(crate) choice_letter: bool,
}

/// How examples are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shots {
    /// One stream a task, consumed in the order of the documents: lm-eval's prompts, byte for byte
    Stream,
    /// From a seed of the document's own: the same whatever part of a task is asked
    Document,
}

/// Who is asked.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// Where the model answers, up to and including `/v1`; several endpoints of one model share the work
    #[arg(long, value_name = "URL", value_delimiter = ',', required = true)]
    pub(crate) model: Vec<String>,
    /// The model's name at the endpoint; several models are measured one after the other
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
    pub(crate) name: Vec<String>,
    /// The kind of endpoint [default: chat with a chat template of the endpoint's own, else completions]
    #[arg(long, value_enum)]
    pub(crate) api: Option<Api>,
    /// What is sent as a bearer token
    #[arg(long = "api_key", alias = "api-key", value_name = "KEY", env = "OPENAI_API_KEY", hide_env_values = true)]
    pub(crate) api_key: Option<String>,
    /// How log-probabilities are cut at the end of the context
    #[arg(long, value_enum, default_value_t = Tokens::Text)]
    pub(crate) tokens: Tokens,
    /// The most tokens that the model reads and writes together: how far whole documents are cut into windows, and, with
    /// --tokens ids, where a context is cut off on its left
    #[arg(long = "max_length", alias = "max-length", value_name = "N", default_value_t = 2048)]
    pub(crate) max_length: usize,
}

/// The kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Api {
    /// `/completions`
    Completions,
    /// `/chat/completions`
    Chat,
}

/// How log-probabilities are cut at the end of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tokens {
    /// By token ids from the endpoint's own `/tokenize`: context and continuation apart, as lm-eval does it
    Ids,
    /// By text offsets, held against the echoed text
    Text,
}

/// How much may be asked.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// The most requests at once; fewer are used while the endpoint cannot keep up
    #[arg(long = "num_concurrent", alias = "num-concurrent", value_name = "N", default_value_t = 64)]
    pub(crate) num_concurrent: usize,
    /// How often a request is tried again after a fault that may pass
    #[arg(long = "max_retries", alias = "max-retries", value_name = "N", default_value_t = 5)]
    pub(crate) max_retries: u32,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "S", default_value_t = 600)]
    pub(crate) timeout: u64,
    /// Seconds to wait for an endpoint that is not there before the run stops
    #[arg(long, value_name = "S", default_value_t = 300)]
    pub(crate) patience: u64,
    /// Ask at most so many requests, then stop; the rest can be asked by running again
    #[arg(long = "max_requests", alias = "max-requests", value_name = "N")]
    pub(crate) max_requests: Option<u64>,
    /// Use at most so many tokens, read and written, then stop
    #[arg(long = "max_tokens", alias = "max-tokens", value_name = "N")]
    pub(crate) max_tokens: Option<u64>,
    /// Spend at most so much, then stop; needs --price
    #[arg(long = "max_cost", alias = "max-cost", value_name = "MONEY", requires = "price")]
    pub(crate) max_cost: Option<f64>,
    /// What a million tokens cost, read and written: `0.25,1.25`
    #[arg(long, value_name = "READ,WRITTEN", value_parser = prices)]
    pub(crate) price: Option<Prices>,
    /// Ask again what the endpoint refused for good in an earlier run
    #[arg(long = "ask_again", alias = "ask-again")]
    pub(crate) ask_again: bool,
}

/// `READ,WRITTEN`: two prices that are not negative.
fn prices(text: &str) -> Result<Prices, String> {
    let number = |text: &str| text.trim().parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
    let both = text.split_once(',').and_then(|(read, written)| Some((number(read)?, number(written)?)));
    let (prompt, completion) = both.ok_or("give two prices with a comma between them, such as 0.25,1.25")?;
    Ok(Prices { prompt, completion })
}

/// What is left behind.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct OutputArgs {
    /// The folder for results and the journal; running again with the same folder asks only what is missing
    #[arg(long = "output_path", alias = "output-path", short = 'o', value_name = "DIR", default_value = "evaluation")]
    pub(crate) output_path: PathBuf,
    /// Ask nothing: score what the journal holds
    #[arg(long)]
    pub(crate) rescore: bool,
    /// The language of the report [default: en]
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
    /// Print the results as one JSON object, a line for each model, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Models that judge answers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Judges")]
pub(crate) struct JudgeArgs {
    /// Let models judge the answers against the target: `NAME=URL`, with commas between several; one name with several
    /// URLs shares the work. A judge of the model's own family (the name up to `/`) has no say
    #[arg(long, value_name = "NAME=URL", value_delimiter = ',')]
    pub(crate) judge: Vec<String>,
    /// What is sent to judges as a bearer token; they never get the model's
    #[arg(
        long = "judge_api_key",
        alias = "judge-api-key",
        value_name = "KEY",
        env = "DAEPYO_JUDGE_API_KEY",
        hide_env_values = true
    )]
    pub(crate) judge_api_key: Option<String>,
    /// What a million of the judges' tokens cost, read and written; counts towards --max_cost
    #[arg(
        long = "judge_price",
        alias = "judge-price",
        value_name = "READ,WRITTEN",
        value_parser = prices
    )]
    pub(crate) judge_price: Option<Prices>,
}

/// More than one machine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "More than one machine")]
pub(crate) struct SlurmArgs {
    /// Run as a job array of so many jobs on this machine's Slurm cluster, then merge and score
    #[arg(long, value_name = "JOBS")]
    pub(crate) slurm: Option<usize>,
    /// More arguments for `sbatch`, such as `--partition=cpu --time=2:00:00`
    #[arg(
        long = "sbatch_args",
        alias = "sbatch-args",
        value_name = "ARGS",
        requires = "slurm",
        allow_hyphen_values = true
    )]
    pub(crate) sbatch_args: Option<String>,
    /// Ask only the documents of one part: `2/8` is the second of eight
    #[arg(long, value_name = "PART/PARTS")]
    pub(crate) shard: Option<String>,
}

/// What else can be done with tasks and runs.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Say what is wrong in task files, and in the prompts that documents on this machine make of them
    Lint {
        /// Folders of task files, or task files
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
        /// Print one JSON object: `findings`, and `unseen` tasks, whose documents are not here
        #[arg(long)]
        json: bool,
    },
    /// Say how much of a tree of task files runs here, and why the rest does not
    Coverage {
        /// The folder
        dir: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the tasks, groups and tags of the shipped tasks and of folders
    List {
        #[command(flatten)]
        files: FileArgs,
        /// Only names with this in them
        containing: Option<String>,
    },
    /// Join the journals of other folders into one
    Merge {
        /// The folders that hold journals
        #[arg(required = true)]
        from: Vec<PathBuf>,
        /// The folder to join them into
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}
