//! All items of all tasks, one after the other, made when they are asked for.

use super::prepare::{ItemFault, PreparedTask, Shard};
use crate::Item;
use crate::prompt::Renderer;

/// The items of tasks, in the order of the tasks and their documents.
///
/// Examples come from one stream a task, so documents that another part asks about are passed over, not left out.
pub struct Walk<'a> {
    tasks: std::vec::IntoIter<&'a PreparedTask>,
    now: Option<(&'a PreparedTask, Renderer, usize)>,
    shard: Option<Shard>,
}

impl<'a> Walk<'a> {
    /// A walk over these tasks.
    pub fn new(tasks: &'a [PreparedTask], shard: Option<Shard>) -> Self {
        Self::over(tasks.iter().collect(), shard)
    }

    /// A walk over some of the tasks.
    pub(super) fn over(tasks: Vec<&'a PreparedTask>, shard: Option<Shard>) -> Self {
        Self { tasks: tasks.into_iter(), now: None, shard }
    }

    /// What made the prompt of the item that came last.
    pub(super) fn renderer(&self) -> Option<&Renderer> {
        self.now.as_ref().map(|(_, renderer, _)| renderer)
    }

    fn step(&mut self) -> Result<Option<Item>, ItemFault> {
        loop {
            let Some((task, renderer, doc_id)) = &mut self.now else {
                let Some(task) = self.tasks.next() else { return Ok(None) };
                self.now = Some((task, task.renderer()?, 0));
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
            // A document that cannot be asked about costs itself alone; the score says why.
            if let Ok(asked) = renderer.item(here).map_err(ItemFault::from).and_then(|item| task.ask(item)) {
                return Ok(Some(asked.into_item()));
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Item, ItemFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
