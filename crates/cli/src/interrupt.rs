//! The first interrupt asks a command to come to its end; a second one ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::say;

/// At the first interrupt calls `stop` and says `told`, to which it adds what a second one does.
pub(crate) fn stop_with(told: &'static str, stop: impl Fn() + Send + 'static) {
    let heard = AtomicBool::new(false);
    let handler = move || {
        if heard.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        stop();
        say::note(&format!("stopping{told} (interrupt again to leave now)"));
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say::note(&format!("an interrupt will end the program at once: {error}"));
    }
}
