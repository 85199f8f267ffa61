//! Models measured: task files as the field writes them, any endpoint that speaks the OpenAI protocol, every item in
//! exactly one class, and a verdict on "as good as the frontier" that anybody can work out anew.
//!
//! Data flows one way down this list:
//!
//! - [`yaml`], [`task`]: task files are read, included, grouped and resolved into a [`TaskConfig`];
//! - [`hook`]: what a task file leaves to Python, ported by hand and keyed by the hash of its source;
//! - [`dataset`]: documents, from a folder or from a hub;
//! - [`prompt`]: a document becomes an [`Item`]: what a model is asked, byte for byte;
//! - [`endpoint`], [`run`]: the questions are asked, and every answer is kept in a journal;
//! - [`score`], [`judge`], [`extract`], [`sandbox`]: answers become a [`Sample`], samples become results;
//! - [`output`]: results as files that people and other tools read;
//! - [`measure`]: all of it in one walk, from names of tasks to files;
//! - [`verdict`]: the results of two models become one of three words.
//!
//! [`suite`] is a small set of tasks of our own; [`lint`] says what is wrong in a task file and how much of a tree runs.
//! [`python`] holds the few corners of Python that task files rely on.

mod answer;
mod document;
mod item;
mod sample;
mod value;

pub mod dataset;
pub mod endpoint;
pub mod extract;
pub mod hook;
pub mod judge;
pub mod lint;
pub mod measure;
pub mod output;
pub mod prompt;
pub mod python;
pub mod run;
pub mod sandbox;
pub mod score;
pub mod suite;
pub mod task;
pub mod verdict;
pub mod yaml;

pub use self::answer::{Answer, Failure, Finish, Generated, LogLikelihood, Usage};
pub use self::document::{Document, Rows, RowsFault, Splits};
pub use self::item::{Generation, Item, Message, Prompt, Request, Role};
pub use self::sample::{Class, JUDGE, MetricValue, Sample};
pub use self::task::TaskConfig;
pub use self::value::{Dict, Value};
