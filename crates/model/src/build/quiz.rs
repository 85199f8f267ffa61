//! What a model knows of the world, counted: of four options, the one that it finds likeliest.

use super::text::Read;
use super::{BuildFault, Stage, Walk};
use crate::Tokenizer;
use crate::corpus::Language;
use crate::network::Batch;
use crate::train::{Engine, EngineFault};
use crate::world::{Kind, Question};

/// Sequences that are asked at a time.
const ROWS: usize = 64;

/// How questions of one kind and language were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// What was asked.
    pub kind: Kind,
    /// In which language.
    pub language: Language,
    /// Questions.
    pub questions: usize,
    /// Questions of which the right option was found likeliest.
    pub right: usize,
}

impl Walk<'_> {
    /// Asks the engine's weights every question of the world; nothing where the text is somebody's own.
    pub(super) fn ask(&mut self, read: &Read) -> Result<Vec<Score>, BuildFault> {
        let Some(world) = self.world else { return Ok(Vec::new()) };
        self.onlooker.stage(Stage::Questions, false);
        let mut scores = Vec::new();
        for kind in Kind::ALL {
            let questions = world.questions(kind);
            for language in [Language::Korean, Language::English] {
                let of_language: Vec<&Question> =
                    questions.iter().filter(|question| question.language == language).collect();
                let right = answered(self.engine, &read.tokenizer, &of_language)?;
                let right = right.into_iter().filter(|is_right| *is_right).count();
                scores.push(Score { kind, language, questions: of_language.len(), right });
            }
        }
        Ok(scores)
    }
}

/// Whether each question is answered right: the option whose tokens are likeliest together, of equals the first, as the
/// `multiple_choice` tasks of lm-evaluation-harness count `acc`.
///
/// # Errors
///
/// [`EngineFault`].
pub fn answered(
    engine: &mut dyn Engine,
    tokenizer: &Tokenizer,
    questions: &[&Question],
) -> Result<Vec<bool>, EngineFault> {
    let asked: Vec<Vec<Asked>> = questions.iter().map(|question| options(tokenizer, question)).collect();
    let all: Vec<&Asked> = asked.iter().flatten().collect();
    let mut nats = Vec::with_capacity(all.len());
    for part in all.chunks(ROWS) {
        nats.extend(weighed(engine, part)?);
    }
    let mut nats = nats.into_iter();
    let mut right = Vec::with_capacity(questions.len());
    for (question, options) in questions.iter().zip(&asked) {
        let of_question: Vec<f64> = nats.by_ref().take(options.len()).collect();
        let least = of_question.iter().copied().fold(f64::INFINITY, f64::min);
        right.push(of_question.iter().position(|nats| *nats == least) == Some(question.answer));
    }
    Ok(right)
}

/// One option after its question.
struct Asked {
    ids: Vec<u32>,
    /// Tokens before the option.
    given: usize,
}

fn options(tokenizer: &Tokenizer, question: &Question) -> Vec<Asked> {
    let prompt = question.prompt();
    let border: Vec<u32> = tokenizer.end_of_text().into_iter().collect();
    let given = border.len() + tokenizer.encode(&prompt).len();
    let option = |choice: &String| {
        let text = tokenizer.encode(&format!("{prompt} {choice}"));
        Asked { ids: border.iter().copied().chain(text).collect(), given }
    };
    question.choices.iter().map(option).collect()
}

/// The nats of each option, all sequences side by side; what fills the shorter ones up counts for nothing.
fn weighed(engine: &mut dyn Engine, asked: &[&Asked]) -> Result<Vec<f64>, EngineFault> {
    let length = asked.iter().map(|asked| asked.ids.len() - 1).max().unwrap_or(1);
    let mut inputs = vec![0; asked.len() * length];
    let mut targets = inputs.clone();
    for (row, asked) in asked.iter().enumerate() {
        let (before, after) = (&asked.ids[..asked.ids.len() - 1], &asked.ids[1..]);
        inputs[row * length..][..before.len()].copy_from_slice(before);
        targets[row * length..][..after.len()].copy_from_slice(after);
    }
    let mut nats = vec![0.0; asked.len() * length];
    let batch = Batch { inputs: &inputs, targets: &targets, weights: None, rows: asked.len(), length };
    engine.losses(&batch, &mut nats)?;
    let rows = nats.chunks_exact(length).zip(asked);
    Ok(rows
        .map(|(row, asked)| row[asked.given - 1..asked.ids.len() - 1].iter().map(|nat| f64::from(*nat)).sum())
        .collect())
}
