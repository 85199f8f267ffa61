//! Prints the evidence that the audit of lineage works, as tables in Markdown.
//!
//! `cargo run -p zoo --release --example table -- kinds`, `-- pairs` or `-- shares`: what was derived and by which test it was
//! found; how often independent models are found to depend; how small a share is found.

#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use zoo::evidence::{self, Auditor, Borrowed, FalsePositives, Subject, Table};
use zoo::kinds::{self, Bases};
use zoo::{Fault, synthetic, train};

/// Steps of the bases, and of the crowd.
const STEPS: u64 = 300;
const CROWD: (u64, u64) = (64, 60);
const SYNTHETIC: u64 = 4000;

fn main() -> Result<(), Fault> {
    let wanted = std::env::args().nth(1);
    let home = std::env::temp_dir().join(format!("zoo-{}", std::process::id()));
    let run = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    if run("kinds") {
        all_kinds(&home)?;
    }
    if run("pairs") {
        pairs(&home)?;
    }
    if run("shares") {
        shares(&home)?;
    }
    let fault = |fault| Fault::File { path: home.clone(), fault };
    std::fs::remove_dir_all(&home).map_err(fault)
}

fn all_kinds(home: &std::path::Path) -> Result<(), Fault> {
    let (auditor, bases) = (Auditor::default(), Bases::train(STEPS)?);
    let library = bases.library().iter().map(|model| auditor.meet(home, model)).collect::<Result<Vec<Subject>, _>>()?;
    let library: Vec<&Subject> = library.iter().collect();
    let mut table = Table::default();
    for kind in kinds::all() {
        let candidate = auditor.meet(home, &(kind.make)(&bases)?.called("candidate"))?;
        let report = auditor.hold(&candidate, &library, 1e-6)?;
        for model in &library {
            if kind.parents.contains(&model.name()) || kind.parents.is_empty() {
                table.row(kind.name, &report, model.name());
            }
        }
    }
    println!("{table}");
    Ok(())
}

fn pairs(home: &std::path::Path) -> Result<(), Fault> {
    let auditor = Auditor::default();
    let crowd = kinds::crowd(CROWD.0, CROWD.1)?;
    let crowd = crowd.iter().map(|model| auditor.meet(home, model)).collect::<Result<Vec<Subject>, _>>()?;
    let mut trained = FalsePositives::default();
    for (place, candidate) in crowd.iter().enumerate() {
        for other in &crowd[place + 1..] {
            trained.count(&auditor.hold(candidate, &[other], evidence::LEVELS[0])?);
        }
    }
    println!("{CROWD:?} trained models, each pair of them:\n\n{trained}");
    let json = train::tokenizer(1, 300)?.to_json().parse().unwrap_or_default();
    let mut looking = FalsePositives::default();
    for pair in 0..SYNTHETIC {
        let model = |name, seed| auditor.meet(home, &synthetic::like_trained(name, &kinds::tiny(300), seed, &json));
        let (one, other) = (model("one", 2 * pair)?, model("other", 2 * pair + 1)?);
        looking.count(&auditor.hold(&one, &[&other], evidence::LEVELS[0])?);
    }
    println!("Models that look trained, no two pairs of one model:\n\n{looking}");
    Ok(())
}

fn shares(home: &std::path::Path) -> Result<(), Fault> {
    let json = train::tokenizer(1, 512)?.to_json().parse().unwrap_or_default();
    let shape = train::shape(512);
    for (borrowed, shares) in [
        (Borrowed::Units, &[0.0, 0.006, 0.011, 0.021, 0.05][..]),
        (Borrowed::DisturbedUnits, &[0.0, 0.02, 0.05, 0.1, 0.2][..]),
        (Borrowed::Blend, &[0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15][..]),
    ] {
        println!("{borrowed:?}\n\n| share | found | of | cosine that is found by the report |\n|---|---|---|---|");
        for point in evidence::curve(home, (&shape, &json), borrowed, shares, 20)? {
            println!("| {} | {} | {} | {:.3} |", point.share, point.found, point.tries, point.sensitivity);
        }
        println!();
    }
    Ok(())
}
