//! Models as judges: of answers that no rule can score.
//!
//! A judge is a model that is asked like any other, so [`Questions`] makes [`Item`](crate::Item)s that a run asks, keeps
//! in its journal and resumes. What comes back is read by [`Reader`]: a verdict in one of the forms that the template asks
//! for, or none. A judge that gives no verdict has not said "0": the case is unavailable, and an item that no judge
//! decides ends in [`Class::JudgeInvalid`](crate::Class::JudgeInvalid).
//!
//! Judges are biased, and each bias has its remedy here:
//!
//! - they favour the answer that stands first: every pair is asked twice, with the places swapped, and only a verdict
//!   that survives the swap is a win ([`Duel`]; Zheng et al. 2023, arXiv 2306.05685);
//! - they favour their own family's answers: its judges have no say ([`Panel`]);
//! - they differ: the panel reports how many cases each decided and Krippendorff's alpha ([`alpha()`]);
//! - they are wrong in one direction: some cases judged by people as well correct the mean and widen its interval
//!   ([`calibrate()`]; Angelopoulos et al. 2023, Science 382:669).

mod alpha;
mod ask;
mod calibrate;
mod duel;
mod panel;
mod read;
mod template;

pub use self::alpha::{Scale, alpha};
pub use self::ask::{Case, CaseFault, Opinion, Questions};
pub use self::calibrate::{Calibrated, CalibrationFault, calibrate};
pub use self::duel::{Duel, DuelOutcome, Duels, DuelsResult};
pub use self::panel::{Judge, JudgeReport, Panel, PanelFault, PanelResult, settle};
pub use self::read::{Invalid, Reader, Verdict};
pub use self::template::{Kind, Language, Template};
