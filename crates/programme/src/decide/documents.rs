//! Whether an application's documents are complete.

use rulebook::{DocumentKind, Format};

use super::truth::Finding;
use crate::DocumentFacts;

/// Every required document is there, in a format and length that is taken. Where one was handed in more than once, one
/// that is taken is enough.
pub(super) fn complete(kinds: &[DocumentKind], documents: &[DocumentFacts]) -> Finding {
    Finding::all(kinds.iter().filter(|kind| kind.required).map(|kind| {
        let copies: Vec<_> = documents.iter().filter(|document| document.kind == kind.id).collect();
        if copies.is_empty() {
            return Finding::known(false, format!("document `{}` is missing", kind.id));
        }
        Finding::any(copies.into_iter().map(|copy| taken(kind, copy)))
    }))
}

fn taken(kind: &DocumentKind, copy: &DocumentFacts) -> Finding {
    let id = &kind.id;
    if !kind.formats.contains(&copy.format) {
        return Finding::known(false, format!("document `{id}` is {}", noun(copy.format)));
    }
    match (kind.max_pages, copy.pages) {
        (None, _) => Finding::known(true, format!("document `{id}` is {}", noun(copy.format))),
        (Some(_), None) => Finding::unknown(format!("how many pages document `{id}` has")),
        (Some(most), Some(pages)) => {
            Finding::known(pages <= most, format!("document `{id}` has {pages} pages, and {most} are taken"))
        }
    }
}

fn noun(format: Format) -> &'static str {
    match format {
        Format::Pdf => "a PDF file",
        Format::Hwpx => "an HWPX file",
        Format::Odt => "an ODT file",
        Format::Csv => "a CSV file",
        Format::Json => "a JSON file",
        Format::Text => "a plain text file",
    }
}
