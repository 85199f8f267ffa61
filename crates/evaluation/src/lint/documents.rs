//! Multiple choice, looked at in the prompts that its documents make, where these can be had.

use super::options::{Shown, told};
use super::{Checked, Defect, Found};
use crate::dataset::Datasets;
use crate::hook::Hooks;
use crate::prompt::{PromptOptions, RenderFault, Renderer};
use crate::task::OutputType;
use crate::{Item, Prompt, Request, Value};

/// So many documents of a task are looked at, spread over all of them.
const DOCUMENTS: usize = 2_000;

/// Looks at the documents of a task.
///
/// # Errors
///
/// Why its prompts cannot be seen.
pub(super) fn check(task: &Checked<'_>, given: (&Datasets, &Hooks), found: &mut Found) -> Result<(), String> {
    let config = task.config;
    if config.output_type != OutputType::MultipleChoice {
        return Ok(());
    }
    let base = config.file.parent().unwrap_or(&config.file);
    let splits = given.0.open(&config.data, base).map_err(|fault| fault.to_string())?;
    let without_examples = PromptOptions { num_fewshot: Some(0), ..PromptOptions::default() };
    let shown = Renderer::new(config, &splits, given.1.clone(), &without_examples).and_then(shown);
    // Whoever reads it knows of which task it is said.
    let bare = |fault: RenderFault| fault.to_string().replacen(&format!("{}: ", config.task), "", 1);
    if let Some((message, mend)) = told(&shown.map_err(bare)?) {
        task.add(found, "doc_to_text", Defect::OptionsNotShown, (&message, mend));
    }
    Ok(())
}

/// Documents as a model sees them; none where the choices are the contexts, which then all are shown.
fn shown(mut renderer: Renderer) -> Result<Vec<Shown>, RenderFault> {
    let count = if renderer.has_multiple_inputs() { 0 } else { renderer.len().min(DOCUMENTS) };
    let mut shown = Vec::with_capacity(count);
    for index in 0..count {
        shown.extend(seen(renderer.item(index * renderer.len() / count)?));
    }
    Ok(shown)
}

fn seen(item: Item) -> Option<Shown> {
    let choices = item.choices?;
    let Some(Request::LogLikelihood { context: Prompt::Text(text), .. }) = item.requests.into_iter().next() else {
        return None;
    };
    let target = match &item.target {
        Value::Str(text) => choices.iter().position(|choice| **choice == **text),
        other => other.as_int().and_then(|number| usize::try_from(number).ok()),
    };
    Some(Shown { doc_id: item.doc_id, text, choices, target })
}
