//! What is done to a model so that another comes of it. Every function takes a parent and gives a child; none of them
//! keeps anything of its own but what its seed says.

mod borrow;
mod depth;
mod disguise;
mod encoder;
mod merge;
mod permute;
mod quantise;
mod rescale;
mod rotate;
mod upcycle;
mod vocabulary;
mod width;

pub use self::borrow::{blend, borrow_blocks, borrow_units, disturb};
pub use self::depth::{drop_blocks, repeat_blocks};
pub use self::disguise::disguise;
pub use self::encoder::{adopt_encoder, with_encoder};
pub use self::merge::{linear, slerp, stack};
pub use self::permute::{permute_heads, permute_state, permute_units};
pub use self::quantise::{Grid, quantise};
pub use self::rescale::{rescale_heads, rescale_state, rescale_units};
pub use self::rotate::{fold_gains, rotate_heads, rotate_state};
pub use self::upcycle::{Names, upcycle};
pub use self::vocabulary::{extend_vocabulary, permute_vocabulary, replace_vocabulary};
pub use self::width::{prune_state, prune_units};
