//! All items of all tasks, one after the other, made when they are asked for.

use std::borrow::Borrow;

use super::prepare::{Asked, ItemFault, PreparedTask, Shard};
use crate::Item;
use crate::prompt::Renderer;

/// The items of tasks, in the order of the tasks and their documents.
///
/// Examples come from one stream a task, so documents that another part asks about are passed over, not left out.
pub struct Walk<'a> {
    tasks: std::iter::Enumerate<std::vec::IntoIter<&'a PreparedTask>>,
    now: Option<Now<'a>>,
    shard: Option<Shard>,
}

/// Where a walk is.
struct Now<'a> {
    place: usize,
    task: &'a PreparedTask,
    renderer: Renderer,
    doc_id: usize,
}

/// An item that a walk came to. One of a document that cannot be asked about has no requests; the score says why.
pub struct Walked {
    /// The place of its task.
    pub(super) task: usize,
    pub(super) asked: Asked,
}

impl Borrow<Item> for Walked {
    fn borrow(&self) -> &Item {
        self.asked.item()
    }
}

impl<'a> Walk<'a> {
    /// A walk over these tasks.
    pub fn new(tasks: &'a [PreparedTask], shard: Option<Shard>) -> Self {
        Self::over(tasks.iter().collect(), shard)
    }

    /// A walk over some of the tasks.
    pub(super) fn over(tasks: Vec<&'a PreparedTask>, shard: Option<Shard>) -> Self {
        Self { tasks: tasks.into_iter().enumerate(), now: None, shard }
    }

    /// What made the prompt of the item that came last.
    pub(super) fn renderer(&self) -> Option<&Renderer> {
        self.now.as_ref().map(|now| &now.renderer)
    }

    fn step(&mut self) -> Result<Option<Walked>, ItemFault> {
        loop {
            let Some(Now { place, task, renderer, doc_id }) = &mut self.now else {
                let Some((place, task)) = self.tasks.next() else { return Ok(None) };
                self.now = Some(Now { place, task, renderer: task.renderer()?, doc_id: 0 });
                continue;
            };
            if *doc_id >= task.asked {
                self.now = None;
                continue;
            }
            let here = *doc_id;
            *doc_id += 1;
            if self.shard.is_some_and(|shard| !shard.holds(here)) {
                renderer.skip(here)?;
                continue;
            }
            return Ok(Some(Walked { task: *place, asked: task.asked(renderer, here) }));
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Walked, ItemFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
