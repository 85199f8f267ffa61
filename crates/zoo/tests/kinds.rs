//! Each kind of derived model is found, and against its parents alone.

use provenance::lineage::Test;
use zoo::evidence::{self, Auditor, Subject, Table};
use zoo::kinds::{self, Bases, Owed};

#[test]
fn every_kind_is_found_against_its_parents_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let bases = Bases::train(80).unwrap();
    let auditor = Auditor::default();
    let library: Vec<Subject> = bases.library().iter().map(|model| auditor.meet(home.path(), model).unwrap()).collect();
    let library: Vec<&Subject> = library.iter().collect();
    let (mut table, mut faults) = (Table::default(), Vec::new());
    for kind in kinds::all() {
        let candidate = (kind.make)(&bases).unwrap().called("candidate");
        let candidate = auditor.meet(home.path(), &candidate).unwrap();
        // Alpha and the one most like it without kinship; all of them where there are several parents, or none.
        let beside = if kind.parents.len() == 1 { &library[..2] } else { &library };
        let report = auditor.hold(&candidate, beside, 1e-6).unwrap();
        for model in beside.iter().map(|model| model.name()) {
            let depends = evidence::depends(&report, model);
            let is_parent = kind.parents.contains(&model);
            let owed = is_parent && matches!(kind.owed, Owed::Dependence | Owed::DependenceOfEncoder);
            if depends != owed {
                faults.push(format!("{}: dependence on {model} found: {depends}", kind.name));
            }
            if is_parent {
                let strongest = evidence::strongest(&report, model, |_| true);
                let misses = |test: &&Test| strongest.get(test).is_none_or(|finding| !finding.dependent);
                // The regression of merges has no p-value; what it owes is that the library's models explain the whole.
                let explained = strongest.get(&Test::Merge).and_then(|finding| finding.effects.first());
                if ["linear merge", "spherical merge"].contains(&kind.name)
                    && explained.is_none_or(|effect| effect.value < 0.99)
                {
                    faults.push(format!("{}: {explained:?} explained with {model}", kind.name));
                }
                let missed = kind.by.iter().filter(misses);
                faults.extend(missed.map(|test| format!("{}: {test:?} finds no dependence on {model}", kind.name)));
            }
            if is_parent || depends || kind.parents.is_empty() {
                table.row(kind.name, &report, model);
            }
            let mut of_language = evidence::findings(&report, model).filter(|finding| evidence::of_language(finding));
            if kind.owed == Owed::DependenceOfEncoder && of_language.any(|finding| finding.dependent) {
                faults.push(format!("{}: found in the language model, which is its own", kind.name));
            }
        }
    }
    println!("{table}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
