//! Agreements, signed by the team and by the programme.

use programme::Event;

use crate::{
    Command, Refusal,
    desk::{Desk, Plan},
};

pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    match command {
        Command::SignAgreement { team, text } => {
            desk.leads(&team)?;
            let mut plan = desk.blank()?;
            let agreement = plan.seal(desk.entropy, text.as_bytes())?;
            plan.events.push(Event::AgreementSigned { team, agreement });
            Ok(plan)
        }
        Command::CountersignAgreement { team } => desk.event(Event::AgreementCountersigned { team }),
        _ => desk.blank(),
    }
}
