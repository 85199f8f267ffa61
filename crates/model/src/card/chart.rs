//! The two pictures of a card, as SVG.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::facts::Facts;

/// Sizes of a picture, in its own units; a page scales it to its width.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 54.0;

/// One axis: where numbers stand.
struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    from: f64,
    to: f64,
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let at = |value: f64| if self.is_log { value.ln() } else { value };
        let width = at(self.high) - at(self.low);
        let share = if width > 0.0 { (at(value) - at(self.low)) / width } else { 0.5 };
        self.from + share * (self.to - self.from)
    }

    /// Round numbers on it, about five.
    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            return self.log_ticks();
        }
        let step = round_step((self.high - self.low) / 5.0);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|number| number as f64 * step).collect()
    }

    fn log_ticks(&self) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = decades.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
        all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// 1, 2 or 5 times a power of ten, at least as large.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.max(1e-12).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|round| *round >= step).unwrap_or(step)
}

/// A number of an axis, short.
fn label(value: f64) -> String {
    let (scale, name) = match value.abs() {
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let text = format!("{:.2}", value / scale);
    format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A picture being drawn.
struct Picture {
    across: Axis,
    up: Axis,
    out: String,
}

impl Picture {
    /// An empty picture over these numbers, with its axes named.
    fn new((low, high, is_log): (f64, f64, bool), (bottom, top): (f64, f64), names: (&str, &str)) -> Self {
        let across = Axis { low, high, is_log, from: LEFT, to: WIDTH - RIGHT };
        let up = Axis { low: bottom, high: top, is_log: false, from: HEIGHT - BOTTOM, to: TOP };
        let out =
            format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}, {}\">", names.0, names.1);
        let mut picture = Self { across, up, out };
        picture.axes(names);
        picture
    }

    fn axes(&mut self, (across, up): (&str, &str)) {
        for tick in self.up.ticks() {
            let y = self.up.place(tick);
            let (x, right) = (LEFT - 8.0, WIDTH - RIGHT);
            self.line(&format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>"));
            self.line(&format!("<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", y + 4.0, label(tick)));
        }
        for tick in self.across.ticks() {
            let (x, y) = (self.across.place(tick), HEIGHT - BOTTOM + 20.0);
            self.line(&format!("<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", label(tick)));
        }
        let (x, y) = (WIDTH - RIGHT, HEIGHT - 6.0);
        self.line(&format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" class=\"name\">{across}</text>"));
        self.line(&format!("<text x=\"{}\" y=\"{:.0}\" class=\"name\">{up}</text>", LEFT + 6.0, TOP + 4.0));
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A line through points.
    fn path(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let mut way = String::new();
        for (x, y) in points {
            let sign = if way.is_empty() { 'M' } else { 'L' };
            // Writing to a text cannot fail.
            let _ = write!(way, "{sign}{:.1} {:.1}", self.across.place(x), self.up.place(y));
        }
        self.line(&format!("<path class=\"{class}\" d=\"{way}\"/>"));
    }

    fn dot(&mut self, class: &str, (x, y): (f64, f64)) {
        let (x, y) = (self.across.place(x), self.up.place(y));
        self.line(&format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
    }

    fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// The least and the most of numbers, with a little air.
fn bounds(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) =
        numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)));
    if low > high {
        return None;
    }
    let air = 0.06 * (high - low).max(1e-3 * high.abs()).max(1e-9);
    Some((low - air, high + air))
}

/// Bits per byte over tokens, a line for each language and a broken one for its baseline. None where nothing was seen.
pub(super) fn curve(facts: &Facts) -> Option<String> {
    let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for point in &facts.training.curve {
        for (language, bits) in &point.bits_per_byte {
            lines.entry(language).or_default().push((point.tokens as f64, *bits));
        }
    }
    let baselines = facts.bits_per_byte.iter().map(|bits| bits.baseline);
    let last = facts.training.curve.last()?.tokens as f64;
    let (bottom, top) = bounds(lines.values().flatten().map(|point| point.1).chain(baselines))?;
    if lines.is_empty() {
        return None;
    }
    let mut picture =
        Picture::new((0.0, last.max(1.0), false), (bottom, top), ("tokens · 토큰", "bits per byte · 바이트당 비트"));
    for (place, (language, points)) in lines.into_iter().enumerate() {
        let class = format!("line s{}", place % 4);
        if let Some(bits) = facts.bits_per_byte.iter().find(|bits| bits.language == language) {
            picture.path(&format!("{class} base"), [(0.0, bits.baseline), (last, bits.baseline)].into_iter());
        }
        picture.path(&class, points.into_iter());
    }
    Some(picture.finish())
}

/// Loss over size, the runs, the fit and its promise. None where there is no fit.
pub(super) fn scaling(facts: &Facts) -> Option<String> {
    let scaling = facts.scaling.as_ref()?;
    let promise = scaling.prediction.as_ref();
    let sizes = scaling.runs.iter().map(|run| run.parameters).chain(promise.map(|promise| promise.parameters));
    let (low, high) = sizes.fold((f64::INFINITY, 0.0_f64), |(low, high), size| (low.min(size), high.max(size)));
    let (low, high) = (low * 0.8, high * 1.25);
    let losses = scaling.runs.iter().map(|run| run.loss);
    let ends = promise.into_iter().flat_map(|promise| [promise.low, promise.high]);
    let (bottom, top) = bounds(losses.chain(ends).chain(scaling.reached).chain([scaling.fit.at(low)]))?;
    let names = ("parameters without the embedding · 임베딩을 뺀 매개변수", "bits per byte · 바이트당 비트");
    let mut picture = Picture::new((low, high, true), (bottom, top), names);
    let steps = (0..=60).map(|step| low * (high / low).powf(f64::from(step) / 60.0));
    picture.path("line s0", steps.map(|size| (size, scaling.fit.at(size))));
    for run in &scaling.runs {
        picture.dot("dot s0", (run.parameters, run.loss));
    }
    if let Some(promise) = promise {
        let at = promise.parameters;
        picture.path("line s1", [(at, promise.low), (at, promise.high)].into_iter());
        picture.dot("ring s1", (at, promise.loss));
        if let Some(reached) = scaling.reached {
            picture.dot("dot s2", (at, reached));
        }
    }
    Some(picture.finish())
}
