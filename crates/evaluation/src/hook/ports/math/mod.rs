//! Answers of mathematics: found, brought into one form, compared.

pub(super) mod answer;
pub(super) mod hendrycks;
pub(super) mod latex;
pub(super) mod number;
