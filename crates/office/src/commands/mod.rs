//! Commands, by what they are about. Each file turns its commands into plans.

mod agreement;
mod application;
mod deciding;
mod directory;
mod objection;
mod panel;
mod rules;
mod sheets;

use crate::{
    Command, Refusal,
    desk::{Desk, Plan},
};

/// What a command will make true.
pub(crate) fn plan(desk: &mut Desk<'_>, command: Command) -> Result<Plan, Refusal> {
    use Command as C;
    match command {
        C::RegisterPerson { .. }
        | C::ResolveIdentity { .. }
        | C::GrantRole { .. }
        | C::DeclareTies { .. }
        | C::RegisterOrganisation { .. }
        | C::EstablishFacts { .. }
        | C::Erase { .. } => directory::plan(desk, command),
        C::AdoptRulebook { .. } | C::AmendRulebook { .. } | C::OpenStage { .. } => rules::plan(desk, command),
        C::StartApplication { .. }
        | C::InviteMember { .. }
        | C::Consent { .. }
        | C::AddDocument { .. }
        | C::Submit { .. }
        | C::Withdraw { .. }
        | C::AskSupplement { .. } => application::plan(desk, command),
        C::CommitPool { .. }
        | C::NamePanel { .. }
        | C::AnnounceSeed { .. }
        | C::FixSeed { .. }
        | C::SeatPanel { .. }
        | C::DeclineSeat { .. }
        | C::SignPledge { .. }
        | C::Recuse { .. }
        | C::ExcuseEvaluator { .. } => panel::plan(desk, command),
        C::SealSheet { .. } | C::ChaseSheets { .. } | C::ExtendReview { .. } | C::RevealSheets { .. } => {
            sheets::plan(desk, command)
        }
        C::EnterMeasurement { .. }
        | C::EnterFinding { .. }
        | C::ProposeDecision { .. }
        | C::ConfirmDecision { .. }
        | C::GiveNotice { .. }
        | C::PublishDecision { .. } => deciding::plan(desk, command),
        C::FileObjection { .. }
        | C::AppointReviewers { .. }
        | C::ReviewObjection { .. }
        | C::DecideObjection { .. } => objection::plan(desk, command),
        C::SignAgreement { .. } | C::CountersignAgreement { .. } => agreement::plan(desk, command),
    }
}
