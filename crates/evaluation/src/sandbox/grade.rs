//! Grading Python code: the code in one sandbox, its tests in another, and this process between them.
//!
//! The tests call a stand-in for the candidate's function. Arguments and results cross as plain values, so the
//! candidate never sees a test or an expected value, and no object of its making is compared: an `__eq__` that is
//! always true, a replaced built-in, a printed "passed", `os._exit(0)`, a look at the stack all gain nothing. Each
//! request carries a fresh nonce, so that replies cannot be written ahead; the verdict carries one that only the tests'
//! process was told. What is left to a candidate is to answer right.
//!
//! Arguments that a candidate changes in place change for the tests too, as they would in one process: a test that
//! compares a result with its own argument afterwards can be talked into things, here as there.
//!
//! Works for HumanEval's `check(candidate)` and for MBPP's lines of `assert`. In place of plain values a candidate's
//! own objects are handed over as references whose attributes can be read and methods called. Not supported, and said
//! so ([`Verdict::Unsupported`]): tests that hand a function or an object of their own to the candidate.

use std::time::{Duration, Instant};

use super::running::Running;
use super::{End, Job, Limits, Sandbox, SandboxFault};
use crate::dataset::json;

/// Each goes into a sandbox of its own, as one file that begins with what both share.
const CANDIDATE: &str = concat!(include_str!("shared.py"), "\n\n", include_str!("candidate.py"));
const APART: &str = concat!(include_str!("shared.py"), "\n\n", include_str!("apart.py"));
/// A reply may have so many bytes.
const LONGEST: usize = 8 << 20;
/// What the tests may use: they are not the candidate's, but they run on what it gives them.
const TESTS_MEMORY: u64 = 2 << 30;

/// Code to be graded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem<'a> {
    /// The whole of the candidate's code: for HumanEval the prompt with the completion behind it.
    pub code: &'a str,
    /// What the tests may use beside the candidate: HumanEval's prompt, with imports and helpers; MBPP's
    /// `test_setup_code`.
    pub prelude: &'a str,
    /// The tests: asserts, or a function `check(candidate)`.
    pub tests: &'a str,
    /// The function that `check` is given; where it is empty, the names that the tests use and do not define are the
    /// candidate's.
    pub entry_point: &'a str,
    /// What the candidate may use; `wall` is for code and tests together.
    pub limits: Limits,
}

/// What the tests say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All hold.
    Passed,
    /// One does not.
    Failed {
        /// Which, and why.
        reason: String,
    },
    /// They did not end in time.
    TimedOut,
    /// The candidate's process ended before its tests did.
    Died {
        /// How.
        end: End,
        /// The last of what it complained about.
        words: String,
    },
    /// The tests need what cannot be had from another process.
    Unsupported {
        /// What.
        reason: String,
    },
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum GradeFault {
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxFault),
    /// The tests are no tests.
    #[error("the tests cannot be run: {0}")]
    Tests(String),
    /// No Python.
    #[error("code items need Python in the sandbox, and /usr/bin/python3 does not start: {0}; install `python3`")]
    Python(String),
}

/// Runs the tests of a problem against its code.
///
/// # Errors
///
/// Faults of the system, and tests that cannot be run whatever the code is.
pub fn grade(sandbox: &Sandbox, problem: &Problem<'_>) -> Result<Verdict, GradeFault> {
    let deadline = Instant::now() + problem.limits.wall;
    let mut candidate = Peer::new(candidate(sandbox, problem.code, &problem.limits)?);
    let mut tests = Peer::new(tests(sandbox, problem)?);
    let nonce = nonce()?;
    tests.running.send(format!("{nonce}\n").into_bytes());
    loop {
        let Some(line) = tests.line(deadline) else { return broken(tests, deadline) };
        if let Some(request) = line.strip_prefix("ask ") {
            match candidate.ask(request, deadline)? {
                Some(reply) => tests.running.send(format!("{reply}\n").into_bytes()),
                None => return died(candidate, deadline),
            }
        } else if let Some(verdict) = line.strip_prefix(&nonce) {
            return verdict_of(verdict.trim());
        }
    }
}

fn candidate(sandbox: &Sandbox, code: &str, limits: &Limits) -> Result<Running, SandboxFault> {
    let files = vec![("main.py".into(), CANDIDATE.into()), ("solution.py".into(), code.into())];
    Running::start(sandbox, &Job { files, command: python(), stdin: Vec::new(), limits: limits.clone() })
}

fn tests(sandbox: &Sandbox, problem: &Problem<'_>) -> Result<Running, SandboxFault> {
    let files = [
        ("main.py", APART),
        ("prelude.py", problem.prelude),
        ("tests.py", problem.tests),
        ("entry", problem.entry_point),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec();
    let limits = Limits { memory: TESTS_MEMORY, processes: 1, ..problem.limits.clone() };
    Running::start(sandbox, &Job { files, command: python(), stdin: Vec::new(), limits })
}

fn python() -> Vec<String> {
    ["/usr/bin/python3", "-s", "-B", "-X", "utf8", "/job/main.py"].map(str::to_owned).to_vec()
}

fn nonce() -> Result<String, SandboxFault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|fault| SandboxFault::Job(format!("no random numbers: {fault}")))?;
    Ok(hex::encode(bytes))
}

fn verdict_of(line: &str) -> Result<Verdict, GradeFault> {
    let (word, reason) = line.split_once(' ').unwrap_or((line, ""));
    let reason =
        json::whole(reason.as_bytes()).ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
    match word {
        "pass" => Ok(Verdict::Passed),
        "fail" => Ok(Verdict::Failed { reason }),
        "unsupported" => Ok(Verdict::Unsupported { reason }),
        _ => Err(GradeFault::Tests(reason)),
    }
}

fn died(candidate: Peer, deadline: Instant) -> Result<Verdict, GradeFault> {
    let (end, words) = candidate.finish(deadline)?;
    Ok(match end {
        End::TimedOut => Verdict::TimedOut,
        end => Verdict::Died { end, words },
    })
}

/// The tests ended without a verdict: their time was up, or what the candidate gave them was too much for them.
fn broken(tests: Peer, deadline: Instant) -> Result<Verdict, GradeFault> {
    let asked = tests.lines > 0;
    let (end, words) = tests.finish(deadline)?;
    match end {
        End::TimedOut => Ok(Verdict::TimedOut),
        end if asked => Ok(Verdict::Failed { reason: format!("the tests ended with {end:?}: {words}") }),
        end => Err(GradeFault::Python(format!("{end:?}: {words}"))),
    }
}

/// A process that is spoken to in lines.
struct Peer {
    running: Running,
    pending: Vec<u8>,
    lines: usize,
}

impl Peer {
    fn new(running: Running) -> Self {
        Self { running, pending: Vec::new(), lines: 0 }
    }

    fn line(&mut self, deadline: Instant) -> Option<String> {
        let mut looked = 0;
        loop {
            if let Some(end) = self.pending[looked..].iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=looked + end).collect();
                self.lines += 1;
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            looked = self.pending.len();
            if looked > LONGEST {
                self.running.stop(End::TooMuchOutput);
                return None;
            }
            self.pending.extend_from_slice(&self.running.next(deadline)?);
        }
    }

    /// One question and its answer; none if the process is lost. Lines without the question's nonce were not asked for.
    fn ask(&mut self, request: &str, deadline: Instant) -> Result<Option<String>, SandboxFault> {
        let nonce = nonce()?;
        self.running.send(format!("{nonce} {request}\n").into_bytes());
        let mut stray = 0_usize;
        while let Some(line) = self.line(deadline) {
            if let Some(reply) = line.strip_prefix(&nonce) {
                return Ok(Some(reply.trim().to_owned()));
            }
            stray += line.len() + 1;
            if stray > LONGEST {
                self.running.stop(End::TooMuchOutput);
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn end(&mut self, deadline: Instant) -> Result<End, SandboxFault> {
        Ok(self.running.settle(deadline)?.end)
    }

    fn finish(mut self, deadline: Instant) -> Result<(End, String), SandboxFault> {
        // A process that closed its outputs and lives on is given no more time than this.
        let end = self.end(deadline.min(Instant::now() + Duration::from_secs(1)))?;
        let words = String::from_utf8_lossy(self.running.stderr()).into_owned();
        let from = words.char_indices().rev().nth(499).map_or(0, |(at, _)| at);
        Ok((end, words[from..].trim().to_owned()))
    }
}
