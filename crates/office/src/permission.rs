//! Who may ask for what. What does not stand in this table is refused.

use programme::Role;

use crate::{ActorRole, Command};

macro_rules! permissions {
    ($($command:ident: $first:ident $(| $more:ident)* $(, $two:ident)?;)*) => {
        /// The kind of a command: its name without what it carries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is the command of its name")]
        pub enum CommandKind {
            $($command),*
        }

        impl CommandKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$command),*];

            /// The roles that may ask for it.
            pub fn roles(self) -> &'static [ActorRole] {
                match self {
                    $(Self::$command => &[ActorRole::$first $(, ActorRole::$more)*]),*
                }
            }

            /// Whether a second officer must stand beside the first.
            pub fn takes_two(self) -> bool {
                match self {
                    $(Self::$command => permissions!(@two $($two)?)),*
                }
            }
        }

        impl Command {
            /// Whether a second officer must stand beside the first for this command: as its kind says, and to make
            /// somebody an officer.
            pub fn takes_two(&self) -> bool {
                self.kind().takes_two() || matches!(self, Self::GrantRole { role: Role::Officer, .. })
            }

            /// The kind of this command.
            pub fn kind(&self) -> CommandKind {
                match self {
                    $(Self::$command { .. } => CommandKind::$command),*
                }
            }
        }
    };
    (@two two_officers) => { true };
    (@two) => { false };
}

// The order is that of a programme. `two_officers` marks what one officer cannot do alone; a decision is proposed by
// one and confirmed by another, which the rules themselves see to.
permissions! {
    RegisterPerson: Officer;
    ResolveIdentity: Officer;
    GrantRole: Officer;
    DeclareTies: Officer | Applicant | Evaluator | Reviewer;
    RegisterOrganisation: Officer;
    EstablishFacts: Officer;
    AdoptRulebook: Officer, two_officers;
    AmendRulebook: Officer, two_officers;
    StartApplication: Applicant;
    InviteMember: Applicant;
    Consent: Applicant;
    AddDocument: Applicant;
    Submit: Applicant;
    Withdraw: Applicant;
    AskSupplement: Officer;
    OpenStage: Officer;
    CommitPool: Officer;
    NamePanel: Officer, two_officers;
    AnnounceSeed: Officer;
    FixSeed: Officer;
    SeatPanel: Officer;
    DeclineSeat: Evaluator;
    SignPledge: Evaluator;
    Recuse: Evaluator;
    ExcuseEvaluator: Officer, two_officers;
    SealSheet: Evaluator;
    ChaseSheets: Officer;
    ExtendReview: Officer, two_officers;
    RevealSheets: Officer;
    EnterMeasurement: Officer;
    EnterFinding: Officer, two_officers;
    ProposeDecision: Officer;
    ConfirmDecision: Officer;
    GiveNotice: Officer;
    PublishDecision: Officer;
    FileObjection: Applicant;
    AppointReviewers: Officer;
    ReviewObjection: Reviewer;
    DecideObjection: Officer;
    SignAgreement: Applicant;
    CountersignAgreement: Officer;
    Erase: Officer, two_officers;
}
