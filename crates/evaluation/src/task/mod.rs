//! Task files: read, included, grouped and resolved.

mod config;

pub use self::config::{
    DataConfig, FewshotConfig, Field, FilterConfig, FilterStep, Function, MetricConfig, OutputType, TaskConfig,
};
