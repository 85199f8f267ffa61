//! The questions of the world as files that evaluation engines read: lm-eval task files and their documents.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::questions::Question;
use super::{Kind, LANGUAGES, World};
use crate::corpus::{DocumentsFault, Language, write_lines};

/// Why the world's files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// A folder or a file cannot be written.
    #[error("{path}: {fault}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// A file of documents cannot be written.
    #[error(transparent)]
    Documents(#[from] DocumentsFault),
}

impl World {
    /// Writes every question into a folder as lm-eval tasks: `world_told_ko` weighs the options by their
    /// log-likelihood, `world_told_ko_generate` lets the model write; so for each kind and language. `world_told` and
    /// its like are both languages together. Paths of documents are relative to the folder. Gives the names of the
    /// tasks.
    ///
    /// # Errors
    ///
    /// See [`WriteFault`].
    pub fn write_tasks(&self, folder: &Path) -> Result<Vec<String>, WriteFault> {
        let data = folder.join("data");
        fs::create_dir_all(&data).map_err(|fault| WriteFault::File { path: data.clone(), fault })?;
        let mut names = Vec::new();
        for kind in Kind::ALL {
            let questions = self.questions(kind);
            let mut parts = Vec::new();
            for language in LANGUAGES {
                let name = format!("world_{}_{language}", kind.key());
                let of_language = questions.iter().filter(|question: &&Question| question.language == language);
                write_lines(&data.join(format!("{name}.jsonl")), of_language)?;
                write(folder, &name, &choice_task(&name, language))?;
                write(folder, &format!("{name}_generate"), &generate_task(&name, language))?;
                parts.push(name.clone());
                names.extend([name.clone(), format!("{name}_generate")]);
            }
            let group = format!("world_{}", kind.key());
            write(folder, &group, &group_task(&group, &parts))?;
        }
        Ok(names)
    }

    /// Writes texts, conversations and pairs as JSONL into a folder: `documents.jsonl`, `conversations.jsonl`,
    /// `preferences.jsonl`, and `sources.toml`, which says where the texts are from.
    ///
    /// # Errors
    ///
    /// See [`WriteFault`].
    pub fn write(&self, folder: &Path) -> Result<(), WriteFault> {
        fs::create_dir_all(folder).map_err(|fault| WriteFault::File { path: folder.to_owned(), fault })?;
        write_lines(&folder.join("documents.jsonl"), self.documents())?;
        write_lines(&folder.join("conversations.jsonl"), self.conversations())?;
        write_lines(&folder.join("preferences.jsonl"), self.preferences())?;
        let path = folder.join("sources.toml");
        fs::write(&path, SOURCES).map_err(|fault| WriteFault::File { path, fault })
    }
}

const SOURCES: &str = "[world]\nfiles = [\"documents.jsonl\"]\nlicence = \"CC0-1.0\"\n\
                       from = \"a closed world generated for this project; its names and facts are drawn by chance\"\n";

fn write(folder: &Path, name: &str, text: &str) -> Result<(), WriteFault> {
    let path = folder.join(format!("{name}.yaml"));
    fs::write(&path, text).map_err(|fault| WriteFault::File { path, fault })
}

/// What both forms of a task begin with.
fn head(name: &str, data: &str, output: &str, language: Language) -> String {
    let text = match language {
        Language::Korean => "질문: {{question}}\\n답:",
        _ => "Question: {{question}}\\nAnswer:",
    };
    format!(
        "task: {name}\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: data/{data}.jsonl\n\
         test_split: test\nnum_fewshot: 0\noutput_type: {output}\ndoc_to_text: \"{text}\"\n"
    )
}

fn choice_task(name: &str, language: Language) -> String {
    head(name, name, "multiple_choice", language)
        + "doc_to_choice: choices\ndoc_to_target: answer\nmetric_list:\n  - metric: acc\n    aggregation: mean\n    \
           higher_is_better: true\nmetadata:\n  version: 1.0\n"
}

fn generate_task(name: &str, language: Language) -> String {
    // The first line without its full stop is the answer.
    head(&format!("{name}_generate"), name, "generate_until", language)
        + "doc_to_target: target\ngeneration_kwargs:\n  until: [\"\\n\"]\n  do_sample: false\n  temperature: 0.0\n  \
           max_gen_toks: 32\nfilter_list:\n  - name: first-line\n    filter:\n      - function: regex\n        \
           regex_pattern: '^\\s*(.*?)\\s*\\.?\\s*$'\n      - function: take_first\nmetric_list:\n  - metric: exact_match\n    \
           aggregation: mean\n    higher_is_better: true\n    ignore_case: true\nmetadata:\n  version: 1.0\n"
}

fn group_task(group: &str, parts: &[String]) -> String {
    let parts: String = parts.iter().map(|part| format!("  - {part}\n")).collect();
    format!(
        "group: {group}\ntask:\n{parts}aggregate_metric_list:\n  - metric: acc\n    aggregation: mean\n    \
         weight_by_size: true\nmetadata:\n  version: 1.0\n"
    )
}
