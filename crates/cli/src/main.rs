//! `daepyo`: the front door.

mod args;
mod commands;
mod folder;
mod interrupt;
mod read;
mod rehearse;
mod report;
mod say;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

use self::args::{
    Args, Command, RecordCommand, RulebookCommand,
    contamination::{ContaminationArgs, ContaminationCommand},
    eval::{EvalArgs, EvalCommand},
    lineage::{LineageArgs, LineageCommand},
    model::ModelCommand,
    verdict::{VerdictArgs, VerdictCommand},
};

/// How a command ended, when nothing broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Sound,
    /// Something is wrong with what was looked at.
    Unsound,
}

/// 0: all is well. 1: something is wrong with what was looked at. 2: the command could not do its work.
fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(Verdict::Sound) => ExitCode::SUCCESS,
        Ok(Verdict::Unsound) => ExitCode::from(1),
        // Whoever reads has gone away and knows enough.
        Err(error) if say::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say::complain(&error);
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Rehearse(args) => rehearse::run(*args).map(|()| Verdict::Sound),
        Command::Verify { dir, trust, json } => commands::verify::programme(&dir, &trust, json),
        Command::Decide { rulebook, facts, json } => commands::decide::run(&rulebook, &facts, json),
        Command::Eval(args) => run_eval(*args),
        Command::Verdict(args) => run_verdict(*args),
        Command::Model(command) => run_model(*command),
        Command::Lineage(args) => run_lineage(*args),
        Command::Contamination(args) => run_contamination(*args),
        Command::Rulebook(command) => run_rulebook(command),
        Command::Record(command) => run_record(command),
    }
}

fn run_eval(args: EvalArgs) -> anyhow::Result<Verdict> {
    use EvalCommand as E;
    match args.command {
        None => commands::eval::run(&args.run),
        Some(E::Lint { paths, data, json }) => commands::eval::lint(&paths, &data, json),
        Some(E::Coverage { dir, json }) => commands::eval::coverage(&dir, json),
        Some(E::List { files, containing }) => commands::eval::list(&files.include_path, containing.as_deref()),
        Some(E::Merge { from, into }) => commands::eval::merge(&from, &into),
    }
}

fn run_verdict(args: VerdictArgs) -> anyhow::Result<Verdict> {
    use VerdictCommand as V;
    match args.command {
        None => commands::verdict::given(&args.given),
        Some(V::Check { file, candidate, protocol, frontier }) => {
            commands::verdict::check(&file, (&candidate, protocol.as_deref()), &frontier)
        }
        Some(V::Freeze { list, rule, out }) => commands::verdict::freeze(&list, &rule, &out),
        Some(V::Plan(args)) => commands::verdict::plan(&args),
    }
}

fn run_model(command: ModelCommand) -> anyhow::Result<Verdict> {
    use ModelCommand as M;
    match command {
        M::Build(args) => commands::model::build(&args),
        M::Ladder(args) => commands::model::ladder(&args),
        M::Tune(args) => commands::model::tune(&args),
        M::Serve(args) => commands::model::serve(&args),
        M::Say(args) => commands::model::say(&args),
        M::Recipe(args) => commands::model::recipe(&args),
        M::World(args) => commands::model::world(&args),
        M::Corpus(args) => commands::model::corpus(&args),
        M::Fetch { corpus, out } => commands::model::fetch(corpus.as_deref(), &out),
        M::Evidence { dir } => commands::model::evidence(&dir),
    }
}

fn run_lineage(args: LineageArgs) -> anyhow::Result<Verdict> {
    use LineageCommand as L;
    match args.command {
        None => commands::lineage::audit(&args.audit),
        Some(L::Fingerprint { model, out, pass }) => commands::lineage::fingerprint(&model, &out, &pass),
        Some(L::Log(args)) => commands::lineage::log(&args),
        Some(L::VerifyLog { file, checkpoints, head, pass, json }) => {
            commands::lineage::verify_log(&file, (checkpoints.as_deref(), head.as_deref()), &pass, json)
        }
        Some(L::Explain { containing, lang, json }) => commands::lineage::explain(containing.as_deref(), lang, json),
    }
}

fn run_contamination(args: ContaminationArgs) -> anyhow::Result<Verdict> {
    match args.command {
        None => commands::contamination::scan(&args.scan),
        Some(ContaminationCommand::Merge { reports, told }) => commands::contamination::merge(&reports, &told),
    }
}

fn run_rulebook(command: RulebookCommand) -> anyhow::Result<Verdict> {
    use RulebookCommand as R;
    match command {
        R::Check { files, json } => commands::rulebook::check(&files, json),
        R::Explain { file, lang } => commands::rulebook::explain(&file, lang.map(Into::into)),
        R::Hash { file } => commands::rulebook::hash(&file),
        R::Schema => commands::rulebook::schema(),
        R::Simulate { file, stage, panel, teams, icc, spread, severity, step, runs, seed, json } => {
            let ask = commands::simulate::Ask { stage, panel, teams, icc, spread, severity, step, runs, seed };
            commands::simulate::run(&file, &ask, json)
        }
    }
}

fn run_record(command: RecordCommand) -> anyhow::Result<Verdict> {
    use RecordCommand as R;
    match command {
        R::Verify { dir, trust, json } => commands::verify::record(&dir, &trust, json),
        R::Checkpoint { dir } => commands::record::checkpoint(&dir),
        R::Receipt { check: Some(receipt), event: Some(event), vkey: Some(vkey), .. } => {
            commands::record::check_receipt(&receipt, &event, &vkey)
        }
        R::Receipt { dir, index, .. } => commands::record::receipt(&dir.unwrap_or_default(), index.unwrap_or_default()),
        R::Event { dir, index } => commands::record::events(&dir, index),
        R::Rulebook { dir, stage, window } => commands::record::rulebook(&dir, stage.as_deref(), &window),
        R::Facts { dir, stage, window } => commands::record::facts(&dir, &stage, &window),
        R::Export { dir, out } => commands::record::export(&dir, &out),
    }
}
