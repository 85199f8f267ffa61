//! Text for terminals, 80 columns wide, Korean counted as two.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use unicode_width::UnicodeWidthStr as _;

/// How wide anything is.
pub(crate) const COLUMNS: usize = 80;

/// Words behind a margin, wrapped so that no line is wider than [`COLUMNS`].
pub(crate) fn wrapped(margin: &str, text: &str) -> String {
    let indent = " ".repeat(margin.width());
    let mut lines = vec![margin.to_owned()];
    let mut at_start = true;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        let gap = usize::from(!at_start);
        if line.width() + gap + word.width() > COLUMNS && !at_start {
            lines.push(format!("{indent}{word}"));
        } else {
            line.push_str(if at_start { "" } else { " " });
            line.push_str(word);
        }
        at_start = false;
    }
    lines.join("\n")
}

/// A line under the head and no other.
const PLAIN: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with a head, numbers to the right in the columns named.
pub(crate) fn table(head: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(PLAIN).set_header(head.to_vec());
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(COLUMNS).unwrap_or(u16::MAX));
    table.add_rows(rows);
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    // Cells are filled up with spaces, which nobody needs at the end of a line.
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
