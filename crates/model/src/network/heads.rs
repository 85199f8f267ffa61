//! Queries and keys head by head: normalised if the model does so, turned by their positions, and sorted so that the
//! queries that share a key stand side by side.

use super::Pass;
use super::places::BlockPlaces;
use super::scratch::{Heads, Kept, projected_width};
use crate::math::{Norm, normalise_row, normalise_row_backward, vectorised};

/// Where one head of queries or keys of a token stands.
struct Head {
    /// In the row of queries, keys and values.
    column: usize,
    /// In the sorted queries or keys.
    sorted: usize,
    is_key: bool,
}

/// Every head of queries and keys of a token.
#[inline(always)]
fn heads_of(pass: &Pass<'_>, token: usize) -> impl Iterator<Item = Head> + use<> {
    let (size, kv_heads, length) = (pass.shape.head_size, pass.shape.kv_heads, pass.length);
    let (heads, group) = (pass.shape.heads, pass.shape.heads / pass.shape.kv_heads);
    let (sequence, position) = (token / length, token % length);
    let place = move |head: usize| (sequence * kv_heads + head) * length + position;
    let queries = (0..heads).map(move |head| Head {
        column: head * size,
        sorted: (place(head / group) * group + head % group) * size,
        is_key: false,
    });
    let keys =
        (0..kv_heads).map(move |head| Head { column: (heads + head) * size, sorted: place(head) * size, is_key: true });
    queries.chain(keys)
}

/// The norm of a head, if the model has any.
fn norms<'a>(pass: &Pass<'a>, places: &BlockPlaces) -> Option<[Norm<'a>; 2]> {
    places.head_norms.as_ref().map(|(query, key)| [pass.norm(query), pass.norm(key)])
}

/// Writes queries and keys, normalised and turned, from the projected rows; and the factors of their norms
/// `[T, heads + kv_heads]`.
pub(super) fn split(pass: &Pass<'_>, places: &BlockPlaces, projected: &[f32], inverses: &mut [f32], to: &mut Heads) {
    let (size, stride) = (pass.shape.head_size, projected_width(pass.shape));
    let norms = norms(pass, places);
    let rows = projected.chunks_exact(stride).zip(inverses.chunks_exact_mut(pass.shape.heads + pass.shape.kv_heads));
    vectorised(
        #[inline(always)]
        || {
            for (token, (row, inverses)) in rows.enumerate().take(pass.tokens()) {
                for (head, inverse) in heads_of(pass, token).zip(inverses) {
                    let to = if head.is_key { &mut to.keys } else { &mut to.queries };
                    let to = &mut to[head.sorted..head.sorted + size];
                    to.copy_from_slice(&row[head.column..head.column + size]);
                    if let Some(norms) = norms {
                        *inverse = normalise_row(norms[usize::from(head.is_key)], to);
                    }
                    pass.rope.rotate(to, token % pass.length);
                }
            }
        },
    );
}

/// The way back through [`split`]: writes the gradients of queries and keys as projected over them, and adds those of the
/// norms' gains. The gradients given are turned back in place.
pub(super) fn join(pass: &Pass<'_>, places: &BlockPlaces, kept: &mut Kept, given: &mut Heads, gradient: &mut [f32]) {
    let (size, stride) = (pass.shape.head_size, projected_width(pass.shape));
    let norms = norms(pass, places);
    let mut gains = [vec![0.0; size], vec![0.0; size]];
    let inverses = kept.head_inverse.chunks_exact(pass.shape.heads + pass.shape.kv_heads);
    let rows = kept.projected.chunks_exact_mut(stride).zip(inverses);
    vectorised(
        #[inline(always)]
        || {
            for (token, (row, inverses)) in rows.enumerate().take(pass.tokens()) {
                for (head, inverse) in heads_of(pass, token).zip(inverses) {
                    let given = if head.is_key { &mut given.keys } else { &mut given.queries };
                    let given = &mut given[head.sorted..head.sorted + size];
                    pass.rope.rotate_back(given, token % pass.length);
                    let to = &mut row[head.column..head.column + size];
                    match norms {
                        Some(norms) => {
                            let kind = usize::from(head.is_key);
                            normalise_row_backward(norms[kind].gain, to, *inverse, given, &mut gains[kind]);
                        }
                        None => to.copy_from_slice(given),
                    }
                }
            }
        },
    );
    if let Some((query, key)) = &places.head_norms {
        crate::math::add(&mut gradient[query.clone()], &gains[0]);
        crate::math::add(&mut gradient[key.clone()], &gains[1]);
    }
}
