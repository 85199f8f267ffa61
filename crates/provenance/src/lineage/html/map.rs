//! Heat maps as SVG: one path a shade, so that a hundred layers against a hundred are a page and not a book.

use crate::page::{Said, escape, span};

/// Shades: 0 is the ground, 1 and 2 are grey, 3 to 8 are colours.
const CLASSES: [&str; 9] = ["none", "g1", "g2", "l1", "l2", "l3", "l4", "l5", "l6"];

/// How numbers become shades.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// Logarithms of p-values, held against the one below which something counts as found.
    Sure(f64),
    /// Effect sizes.
    Large,
}

impl Scale {
    pub(super) fn shade(self, value: f64) -> usize {
        match self {
            Self::Sure(line) => {
                let ratio = if line < 0.0 { value / line } else { 0.0 };
                [0.25, 0.5, 1.0, 2.0, 8.0, 32.0, 128.0, 512.0].iter().take_while(|edge| ratio >= **edge).count()
            }
            Self::Large => {
                match [0.02, 0.05, 0.1, 0.25, 0.5, 0.9].iter().take_while(|edge| value.abs() >= **edge).count() {
                    0 => 0,
                    shade => shade + 2,
                }
            }
        }
    }

    /// What the shades mean.
    pub(super) fn key(self) -> String {
        let entries: Vec<(usize, String)> = match self {
            Self::Sure(line) => {
                let at = |ratio: f64| super::power(line * ratio);
                vec![
                    (0, format!("> {}", at(0.25))),
                    (1, format!("≤ {}", at(0.25))),
                    (2, format!("≤ {}", at(0.5))),
                    (3, format!("≤ {} *", at(1.0))),
                    (4, format!("≤ {}", at(2.0))),
                    (5, format!("≤ {}", at(8.0))),
                    (6, format!("≤ {}", at(32.0))),
                    (7, format!("≤ {}", at(128.0))),
                    (8, format!("≤ {}", at(512.0))),
                ]
            }
            Self::Large => {
                let edges = ["0.02", "0.05", "0.10", "0.25", "0.50", "0.90"];
                let zero = (0, format!("< {}", edges[0]));
                let others = edges.iter().enumerate().map(|(place, edge)| (place + 3, format!("≥ {edge}")));
                std::iter::once(zero).chain(others).collect()
            }
        };
        let mut out = "<div class=\"key\">".to_owned();
        for (shade, text) in entries {
            out.push_str(&format!("<span><i class=\"{}\"></i>{}</span>", CLASSES[shade], escape(&text)));
        }
        if matches!(self, Self::Sure(_)) {
            let star = Said::new("* found, from here on", "* 여기부터 발견");
            out.push_str(&format!("<span>{}</span>", span(&star)));
        }
        out.push_str("</div>\n");
        out
    }
}

/// A rectangle of numbers to be drawn.
pub(super) struct Map<'a> {
    pub(super) title: Said,
    pub(super) description: Said,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Row by row.
    pub(super) values: &'a [f64],
    pub(super) scale: Scale,
}

/// Room around the cells, in units of the picture.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) cell: (f64, f64),
}

impl Map<'_> {
    /// The cells, drawn at `room`.
    pub(super) fn cells(&self, room: Room) -> String {
        let mut paths = vec![String::new(); CLASSES.len()];
        for row in 0..self.rows {
            let shades: Vec<usize> = (0..self.columns).map(|column| self.shade(row, column)).collect();
            let mut from = 0;
            for run in shades.chunk_by(|one, other| one == other) {
                let (shade, (wide, tall)) = (run[0], room.cell);
                if shade > 0 {
                    let (x, y) = (room.left + from as f64 * wide, room.top + row as f64 * tall);
                    let width = run.len() as f64 * wide;
                    paths[shade].push_str(&format!("M{x:.1} {y:.1}h{width:.1}v{tall:.1}h-{width:.1}z"));
                }
                from += run.len();
            }
        }
        let (width, height) = (self.columns as f64 * room.cell.0, self.rows as f64 * room.cell.1);
        let mut out = format!(
            "<rect class=\"frame\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
            room.left, room.top
        );
        for (class, path) in CLASSES.iter().zip(&paths).filter(|(_, path)| !path.is_empty()) {
            out.push_str(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
        out
    }

    fn shade(&self, row: usize, column: usize) -> usize {
        self.values.get(row * self.columns + column).map_or(0, |value| self.scale.shade(*value))
    }

    /// What begins the picture, with its text for those who do not see it.
    pub(super) fn open(&self, width: f64, height: f64, class: &str) -> String {
        let both = |said: &Said| escape(&format!("{} · {}", said.en, said.ko));
        format!(
            "<svg class=\"{class}\" role=\"img\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             xmlns=\"http://www.w3.org/2000/svg\"><title>{}</title><desc>{}</desc>",
            both(&self.title),
            both(&self.description)
        )
    }

    /// Pairs of blocks: the candidate's down, the other model's across.
    pub(super) fn blocks(&self) -> String {
        let cell = (340.0 / self.columns.max(self.rows).max(1) as f64).min(22.0);
        let room = Room { left: 44.0, top: 8.0, cell: (cell, cell) };
        let (right, floor) = (room.left + cell * self.columns as f64, room.top + cell * self.rows as f64);
        // The name of the axis down takes its room even beside one row.
        let middle = (room.top + (floor - room.top) / 2.0).max(72.0);
        let mut out = self.open(400.0, (floor + 44.0).max(2.0 * middle), "grid");
        out.push_str(&self.cells(room));
        for column in ticks(self.columns) {
            let x = room.left + (column as f64 + 0.5) * cell;
            out.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{column}</text>",
                floor + 15.0
            ));
        }
        for row in ticks(self.rows) {
            let y = room.top + (row as f64 + 0.5) * cell + 4.0;
            out.push_str(&format!("<text x=\"38\" y=\"{y:.1}\" text-anchor=\"end\">{row}</text>"));
        }
        let across = Said::new("block of the model of the library", "라이브러리 모델의 블록");
        let down = Said::new("block of the candidate", "후보의 블록");
        out.push_str(&both(
            &across,
            &format!("x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\"", right.max(220.0), floor + 34.0),
        ));
        out.push_str(&both(
            &down,
            &format!("x=\"11\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 11 {middle:.1})\""),
        ));
        out.push_str("</svg>\n");
        out
    }
}

/// Text of a picture in both languages, of which one is shown.
pub(super) fn both(said: &Said, place: &str) -> String {
    let (en, ko) = (escape(&said.en), escape(&said.ko));
    format!("<text class=\"name en\" {place}>{en}</text><text class=\"name ko\" {place}>{ko}</text>")
}

/// About six round places of so many.
fn ticks(count: usize) -> impl Iterator<Item = usize> {
    let step = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100].into_iter().find(|step| count <= 7 * step);
    (0..count).step_by(step.unwrap_or(200))
}
