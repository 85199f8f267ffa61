//! A run as one HTML file that opens from disk: no script, no font, no picture from elsewhere.

mod chart;
mod page;
#[cfg(test)]
mod tests;
mod words;

pub use self::page::{Figure, Histogram, Page, Problem, TaskRow, Words, render};
