//! A page with the curves of a run: one file, nothing fetched, light or dark as the reader's screen is.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::progress::{Point, Said};
use super::watcher::Sample;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 10.0;
/// More points than pixels are not seen.
const MOST_POINTS: usize = 600;

/// A curve: its name and its points, steps against values.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The page: loss, bits per byte by language, rate, speed; then what the model said on its way.
#[must_use]
pub fn page(title: &str, points: &[Point], said: &[Said]) -> String {
    let title = escape(title);
    let mut body = String::new();
    let last = points.last().map_or(0, |point| point.step);
    let tokens = points.last().map_or(0, |point| point.tokens);
    let curve = |name: &str, value: &dyn Fn(&Point) -> Option<f64>| Curve {
        name: name.to_owned(),
        points: points.iter().filter_map(|point| Some((point.step as f64, value(point)?))).collect(),
    };
    let charts = [
        ("손실 · Loss (nats/token)", vec![curve("loss", &|point| point.loss)]),
        ("검증 · Validation (bits/byte)", by_language(points)),
        ("학습률 · Rate (share of peak)", vec![curve("rate", &|point| point.rate_share)]),
        ("기울기 · Gradient norm", vec![curve("norm", &|point| point.norm)]),
        ("속도 · Speed (tokens/s)", vec![curve("tokens/s", &|point| point.tokens_per_second)]),
    ];
    for (name, curves) in &charts {
        // Writing into a string cannot fail.
        let _ = writeln!(body, "<section><h2>{name}</h2>{}</section>", chart(name, curves));
    }
    for Said { step, samples } in said.iter().rev() {
        let _ = writeln!(body, "<section><h2>표본 · Samples, {step}</h2>");
        for Sample { prompt, text } in samples {
            let _ = writeln!(body, "<p class=\"sample\"><b>{}</b>{}</p>", escape(prompt), escape(text));
        }
        body.push_str("</section>\n");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"ko\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body><main><h1>{title}</h1>\n\
         <p>단계 · step {last} &middot; 토큰 · tokens {tokens}</p>\n{body}</main></body></html>\n"
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d7dbe0;--soft:#59636e;--c0:#0b62c4;--c1:#b3420c;--c2:#1a7f37}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14171b;--line:#333a42;--soft:#9aa4af;--c0:#6cb0ff;--c1:#ff9d6b;--c2:#65d07f}}\
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
main{max-width:760px;margin:0 auto;padding:24px 16px}h1{font-size:22px;margin:0}h2{font-size:15px;margin:24px 0 6px}\
p{color:var(--soft);margin:4px 0}svg{width:100%;height:auto;display:block}text{fill:var(--soft);font-size:11px}\
.grid{stroke:var(--line);stroke-width:1}.curve{fill:none;stroke-width:1.6;stroke-linejoin:round}\
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.n0{fill:var(--c0)}.n1{fill:var(--c1)}.n2{fill:var(--c2)}\
.sample{white-space:pre-wrap;overflow-wrap:anywhere;border-left:2px solid var(--line);padding-left:10px;color:var(--ink)}";

fn by_language(points: &[Point]) -> Vec<Curve> {
    let mut curves = BTreeMap::new();
    for point in points {
        for (language, bits) in &point.bits_per_byte {
            let curve: &mut Vec<(f64, f64)> = curves.entry(*language).or_default();
            curve.push((point.step as f64, *bits));
        }
    }
    let named = curves.into_iter();
    named.map(|(language, points)| Curve { name: language.code().to_owned(), points }).collect()
}

/// Where values lie on the sheet.
struct Scale {
    most_steps: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(curves: &[Curve]) -> Option<Self> {
        let all = || curves.iter().flat_map(|curve| curve.points.iter());
        let most_steps = all().map(|(step, _)| *step).reduce(f64::max)?;
        let low = all().map(|(_, value)| *value).reduce(f64::min)?.min(0.0);
        let high = all().map(|(_, value)| *value).reduce(f64::max)?;
        Some(Self { most_steps: most_steps.max(1.0), low, high: if high > low { high } else { low + 1.0 } })
    }

    fn across(&self, step: f64) -> f64 {
        LEFT + step / self.most_steps * (WIDTH - LEFT - 8.0)
    }

    fn down(&self, value: f64) -> f64 {
        TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)
    }
}

fn chart(name: &str, curves: &[Curve]) -> String {
    let Some(scale) = Scale::of(curves) else {
        return "<p>아직 없음 · nothing yet</p>".to_owned();
    };
    let mut drawn = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{name}\">");
    for quarter in 0..=4 {
        let part = f64::from(quarter) / 4.0;
        let value = scale.low + part * (scale.high - scale.low);
        let (y, x) = (scale.down(value), scale.across(part * scale.most_steps));
        let _ =
            write!(drawn, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", WIDTH - 8.0);
        let _ = write!(
            drawn,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            short(value)
        );
        let _ = write!(
            drawn,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{:.0}</text>",
            HEIGHT - 8.0,
            part * scale.most_steps
        );
    }
    for (place, curve) in curves.iter().enumerate() {
        let colour = place % 3;
        let _ = write!(drawn, "<polyline class=\"curve c{colour}\" points=\"{}\"/>", line(&scale, curve));
        if let Some((step, value)) = curve.points.last() {
            let (x, y) = (scale.across(*step) - 4.0, scale.down(*value) - 5.0);
            let told = format!("{} {}", escape(&curve.name), short(*value));
            let _ =
                write!(drawn, "<text class=\"n{colour}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{told}</text>");
        }
    }
    drawn + "</svg>"
}

/// At most as many points as are seen; each is the mean of those it stands for.
fn line(scale: &Scale, curve: &Curve) -> String {
    let each = curve.points.len().div_ceil(MOST_POINTS).max(1);
    let means = curve.points.chunks(each).map(|chunk| {
        let count = chunk.len() as f64;
        let (steps, values) = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        format!("{:.1},{:.1}", scale.across(steps / count), scale.down(values / count))
    });
    means.collect::<Vec<_>>().join(" ")
}

fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Language;
    use crate::train::BitsPerByte;

    fn point(step: u64, loss: f64) -> Point {
        Point {
            loss: Some(loss),
            ..Point::of_validation(step, step, BitsPerByte::from([(Language::Korean, loss / 2.0)]))
        }
    }

    #[test]
    fn curves_fall_from_the_top_to_their_last_value() {
        let text = page("a & b", &[point(1, 8.0), point(2, 4.0)], &[]);
        assert!(text.contains("<title>a &amp; b</title>"), "{text}");
        // Half of the top value lies half-way between the top at 10 and the bottom at 194.
        assert!(text.contains("points=\"384.0,10.0 712.0,102.0\""), "{text}");
        assert!(text.contains("loss 4.00") && text.contains("ko 2.00"), "{text}");
        assert!(text.contains("nothing yet"), "rate and speed are not there: {text}");
    }

    #[test]
    fn what_a_model_says_is_no_markup() {
        let samples = vec![Sample { prompt: "<b>".to_owned(), text: "<script>".to_owned() }];
        let text = page("t", &[], &[Said { step: 3, samples }]);
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"), "{text}");
    }

    #[test]
    fn many_points_become_as_many_as_are_seen() {
        let points: Vec<Point> = (1..=5000).map(|step| point(step, 3.0)).collect();
        let text = page("t", &points, &[]);
        let longest =
            text.split("points=\"").skip(1).map(|rest| rest.split('"').next().map_or(0, |p| p.split(' ').count()));
        assert!(longest.max().is_some_and(|count| count <= MOST_POINTS));
    }
}
