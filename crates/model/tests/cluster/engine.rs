//! The package under Python, and under the engine itself where it is installed.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use super::Run;

fn python(python: &str, run: &Path, arguments: &[&str]) -> Option<Output> {
    Command::new(python).args(arguments).current_dir(run).env("OMP_NUM_THREADS", "1").output().ok()
}

fn assert_good(output: &Output) -> String {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_package_is_python() {
    let run = Run::new();
    let Some(output) = python("python3", &run.path(), &["-m", "compileall", "-q", "daepyo_titan"]) else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert_good(&output);
}

/// The configuration is built by torchtitan's own classes, and its model computes what ours does.
#[test]
fn torchtitan_builds_the_configuration_and_agrees_on_the_losses() {
    let Ok(titan) = env::var("DAEPYO_TORCHTITAN") else {
        eprintln!("skipped: DAEPYO_TORCHTITAN names no python with torchtitan");
        return;
    };
    let run = Run::new();
    for kind in ["adamw", "muon"] {
        let check = format!(
            "from daepyo_titan.plan import PLAN\nPLAN['optimiser']['kind'] = '{kind}'\n\
             from daepyo_titan.run import train\nfrom torchtitan.config import ConfigManager\n\
             config = ConfigManager().parse_args(['--module', 'daepyo_titan.run', '--config', 'train'])\n\
             assert type(config).__qualname__ == 'Run.Config', type(config)\n\
             assert config.training.num_tokens_per_train_step == PLAN['batch']['tokens']\n\
             assert config.lr_scheduler.decay_type == 'sqrt' and config.checkpoint.enable\n\
             import json; json.dumps(config.to_dict())\n\
             from torchtitan.components.optimizer import OptimizersContainer\n\
             model = config.model_spec.model.build()\n\
             groups, _ = OptimizersContainer._build_param_groups(model, config.optimizer.param_groups, {{}})\n\
             names = [n for g in groups.values() for p in g for n in p['param_names']]\n\
             assert sorted(names) == sorted(n for n, _ in model.named_parameters()), names\n\
             print({{k: [(len(p['params']), p.get('weight_decay')) for p in v] for k, v in groups.items()}})\n"
        );
        let said = assert_good(&python(&titan, &run.path(), &["-c", &check]).expect("python starts"));
        let wanted = if kind == "adamw" {
            "'AdamW': [(10, 0.0), (14, 0.1)]"
        } else {
            "'DistMuon': [(14, 0.1)], 'AdamW': [(10, 0.0)]"
        };
        assert!(said.contains(wanted), "{said}");
    }
    let said = assert_good(&python(&titan, &run.path(), &["-m", "daepyo_titan.parity"]).expect("python starts"));
    assert!(said.contains("parity: mean loss"), "{said}");
}
