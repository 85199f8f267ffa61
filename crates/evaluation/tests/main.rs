//! The room as others see it.

#[cfg(test)]
mod chat_template;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod prompt;
