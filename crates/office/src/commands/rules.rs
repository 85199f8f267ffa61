//! The rulebook, and the stages that open under it.

use programme::Event;

use crate::{
    Command, Refusal,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    let second = desk.second(&command);
    match command {
        Command::AdoptRulebook { text } => {
            let (hash, second) = (rulebook::hash(&text), second?);
            desk.event(Event::RulebookAdopted { hash, text, second })
        }
        Command::AmendRulebook { text, reason } => {
            let (hash, second) = (rulebook::hash(&text), second?);
            desk.event(Event::RulebookAmended { hash, text, reason, second })
        }
        Command::OpenStage { key } => {
            let rulebook = desk.state.adopted()?.hash.clone();
            let candidates = desk.state.candidates_of(&key)?;
            desk.event(Event::StageOpened { key, rulebook, candidates })
        }
        _ => desk.blank(),
    }
}
