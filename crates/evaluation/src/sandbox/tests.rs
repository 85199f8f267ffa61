//! Jobs, limits, tricks and HumanEval in a real sandbox.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use rayon::prelude::*;

use super::grade::{GradeFault, Problem, Verdict, grade};
use super::*;
use crate::Value;

/// A sandbox, or a line that says why a test is skipped.
fn sandbox() -> Option<Sandbox> {
    match Sandbox::detect() {
        Ok(sandbox) => Some(sandbox),
        Err(fault) => {
            println!("SKIPPED, nothing was shown: {fault}");
            None
        }
    }
}

fn limits() -> Limits {
    Limits { wall: Duration::from_secs(20), ..Limits::default() }
}

fn python(code: &str) -> Job {
    let command = ["/usr/bin/python3", "-s", "-B", "/job/main.py"].map(str::to_owned).to_vec();
    Job { files: vec![("main.py".into(), code.into())], command, stdin: Vec::new(), limits: limits() }
}

fn words(sandbox: &Sandbox, code: &str) -> String {
    let outcome = sandbox.run(&python(code)).unwrap();
    assert_eq!(outcome.end, End::Exit(0), "{}", String::from_utf8_lossy(&outcome.stderr));
    String::from_utf8(outcome.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_job_is_heard_and_told() {
    let Some(sandbox) = sandbox() else { return };
    let code = "import sys\nprint(sys.stdin.read()[::-1])\nprint('oh', file=sys.stderr)\nsys.exit(3)\n";
    let outcome = sandbox.run(&Job { stdin: "정답 abc".into(), ..python(code) }).unwrap();
    assert_eq!((outcome.end, outcome.stdout.as_slice()), (End::Exit(3), "cba 답정\n".as_bytes()));
    assert_eq!(outcome.stderr, b"oh\n");
    for name in ["", "..", "a/b"] {
        let job = Job { files: vec![(name.into(), Vec::new())], ..python("") };
        assert!(matches!(sandbox.run(&job), Err(SandboxFault::Job(_))));
    }
}

/// Each line tries something within and says what came of it.
#[test]
fn a_job_sees_and_reaches_nothing() {
    let Some(sandbox) = sandbox() else { return };
    let attempt = |code: &str| {
        let tried = format!(
            "import os, sys, socket, ctypes\ntry:\n    print({code})\nexcept OSError as e:\n    print(type(e).__name__, e.errno)\n"
        );
        words(&sandbox, &tried)
    };
    assert_eq!(attempt("sorted(os.listdir('/'))"), "['bin', 'dev', 'etc', 'job', 'lib', 'lib64', 'tmp', 'usr']");
    assert_eq!(attempt("os.getuid(), os.getgid(), os.getcwd()"), "65534 65534 /tmp");
    assert_eq!(attempt("sorted(os.environ)"), "['HOME', 'LANG', 'PATH', 'PWD', 'PYTHONHASHSEED']");
    assert_eq!(attempt("open('/proc/self/status').read()"), "FileNotFoundError 2");
    assert_eq!(attempt("os.listdir('/root')"), "FileNotFoundError 2");
    for place in ["/job/main.py", "/usr/x", "/x", "/dev/x", "/etc/x"] {
        let words = attempt(&format!("open('{place}', 'w')"));
        // A read-only file system, or no permission: which of them comes first is the kernel's affair.
        assert!(words.ends_with(" 30") || words.ends_with(" 13"), "{place}: {words}");
    }
    assert_eq!(attempt("socket.create_connection(('192.0.2.1', 80), 2)"), "OSError 101");
    assert_eq!(attempt("socket.socket(40, socket.SOCK_STREAM)"), "OSError 97");
    assert_eq!(attempt("socket.socket(16, socket.SOCK_RAW)"), "OSError 97");
    assert_eq!(attempt("os.fork()"), "BlockingIOError 11");
    assert_eq!(attempt("os.kill(os.getppid(), 9)"), "None");
    assert_eq!(attempt("len(os.listdir('/tmp'))"), "0");
    // ptrace, mount, unshare, bpf, userfaultfd, keyctl, perf_event_open, io_uring_setup, kexec_load: EPERM, all.
    if cfg!(target_arch = "x86_64") {
        let calls = "[(ctypes.CDLL(None, use_errno=True).syscall(n, 0, 0, 0, 0, 0), ctypes.get_errno())[1] for n in (101, 165, 272, 321, 323, 250, 298, 425, 246)]";
        assert_eq!(attempt(calls), "[1, 1, 1, 1, 1, 1, 1, 1, 1]");
    }
}

#[test]
fn limits_hold() {
    let Some(sandbox) = sandbox() else { return };
    let end = |code: &str, limits: Limits| {
        let outcome = sandbox.run(&Job { limits, ..python(code) }).unwrap();
        (outcome.end, String::from_utf8_lossy(&outcome.stderr).into_owned(), outcome.stdout.len())
    };
    let short = Limits { wall: Duration::from_millis(1500), ..limits() };
    assert_eq!(end("while True: pass", short.clone()).0, End::TimedOut);
    assert_eq!(end("import os, time\nos.close(1); os.close(2)\ntime.sleep(60)", short).0, End::TimedOut);
    let (cpu, ..) = end("while True: pass", Limits { cpu: 1, ..limits() });
    assert!(matches!(cpu, End::Exit(137 | 152)), "{cpu:?}");
    let memory = end("x = bytearray(2 << 30)", limits());
    assert!(memory.0 == End::Exit(1) && memory.1.contains("MemoryError"), "{memory:?}");
    let output = end("import sys\nwhile True: sys.stdout.write('x' * 1000)", limits());
    assert_eq!((output.0, output.2), (End::TooMuchOutput, 1 << 20));
    assert_eq!(end("import sys\nwhile True: sys.stderr.write('x' * 1000)", limits()).0, End::TooMuchOutput);
    let file = end("open('/tmp/x', 'wb').write(b'x' * (32 << 20))", limits());
    assert!(matches!(file.0, End::Exit(1 | 153)), "{file:?}");
    for folder in ["/tmp", "/dev/shm"] {
        let fill = format!("for n in range(40): open(f'{folder}/{{n}}', 'wb').write(b'x' * (1 << 20))");
        let disk = end(&fill, limits());
        assert!(disk.0 == End::Exit(1) && disk.1.contains("No space left"), "{disk:?}");
    }
    let forks = "import os, time\ncount = 0\ntry:\n    while count < 500:\n        if os.fork() == 0: time.sleep(60)\n        count += 1\nexcept OSError: pass\nprint(count, flush=True)\nos._exit(0)";
    let outcome = sandbox.run(&Job { limits: Limits { processes: 20, ..limits() }, ..python(forks) }).unwrap();
    let count: u32 = String::from_utf8(outcome.stdout).unwrap().trim().parse().unwrap();
    assert!((10..=20).contains(&count), "{count}");
}

/// Eight processes that each keep within their own limit, and together do not.
#[test]
fn a_group_limits_a_job_as_a_whole() {
    let Some(sandbox) = sandbox() else { return };
    if !sandbox.has_groups() {
        println!("SKIPPED, nothing was shown: no control group can be made here");
        return;
    }
    let code = "import os, time\nfor _ in range(3): os.fork()\nx = bytearray(b'x') * (100 << 20)\ntime.sleep(1)\n\
                print('all', flush=True)\ntry:\n    while True: os.wait()\nexcept ChildProcessError: pass\n";
    let all = |memory| {
        let limits = Limits { processes: 20, memory, ..limits() };
        let outcome = sandbox.run(&Job { limits, ..python(code) }).unwrap();
        String::from_utf8(outcome.stdout).unwrap().matches("all").count()
    };
    assert_eq!(all(2 << 30), 8);
    assert!(all(300 << 20) < 4);
    let left = |folder: &str| {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains("daepyo-trial"))
    };
    assert!(!left("/sys/fs/cgroup/pids") && !left("/sys/fs/cgroup"));
}

/// What cannot be started is said, and not run in another way.
#[test]
fn nothing_runs_outside() {
    let Some(sandbox) = sandbox() else { return };
    let nowhere = Sandbox { folder: "/nowhere".into(), ..sandbox };
    let fault = nowhere.run(&python("print(1)")).unwrap_err().to_string();
    assert!(fault.starts_with("/nowhere/daepyo-sandbox-"), "{fault}");
}

const PRELUDE: &str = "from typing import List\n\ndef double(x: int) -> int:\n    \"\"\" Twice x. \"\"\"\n";
const TESTS: &str = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(0) == 0\n    assert candidate(-7) == -14\n    assert candidate(10**30) == 2 * 10**30\n";

fn judged(sandbox: &Sandbox, code: &str, seconds: u64) -> Verdict {
    let limits = Limits { wall: Duration::from_secs(seconds), memory: 512 << 20, ..Limits::default() };
    let problem = Problem { code, prelude: PRELUDE, tests: TESTS, entry_point: "double", limits };
    grade(sandbox, &problem).unwrap()
}

/// A trick by name, and two programs: one that does not solve the problem and plays the trick, and one that plays the
/// like of it and does solve the problem.
const TRICKS: [(&str, &str, &str); 24] = [
    ("wrong", "def double(x): return x + 2", "def double(x): return 2 * x"),
    ("os._exit", "import os\nos._exit(0)", "import os\ndef double(x): return 2 * x"),
    ("os._exit when called", "import os\ndef double(x): os._exit(0)", "def double(x): return x << 1"),
    ("sys.exit", "import sys\nsys.exit(0)", "import sys\ndef double(x): return sum([x, x])"),
    ("sys.exit when called", "import sys\ndef double(x): sys.exit(0)", "def double(x): return x + x"),
    (
        "atexit",
        "import atexit, os\natexit.register(lambda: print('pass'))\natexit.register(os._exit, 0)\ndef double(x): return 0",
        "import atexit\natexit.register(lambda: print('bye'))\ndef double(x): return 2 * x",
    ),
    (
        "replaced built-ins",
        "import builtins\nbuiltins.AssertionError = type('A', (BaseException,), {})\nbuiltins.abs = builtins.isinstance = lambda *a: True\nbuiltins.exec = builtins.compile = lambda *a, **k: None\ndef double(x): return 0",
        "import builtins\nbuiltins.abs = lambda x: x\ndef double(x): return 2 * x",
    ),
    (
        "equal to anything",
        "class E:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    def __hash__(self): return 0\ndef double(x): return E()",
        "class I(int):\n    def __eq__(self, o): return False\n    __hash__ = int.__hash__\ndef double(x): return I(2 * x)",
    ),
    (
        "a number equal to anything",
        "class E(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef double(x): return E(1)",
        "class I(int): pass\ndef double(x): return I(2 * x)",
    ),
    (
        "printed success",
        "import os\nfor n in ('', '0' * 32 + ' '):\n    for d in range(3, 9):\n        try: os.write(d, (n + 'pass \"\"\\n').encode())\n        except OSError: pass\nprint('pass')\ndef double(x): return 0",
        "print('pass')\ndef double(x):\n    print('ask')\n    return 2 * x",
    ),
    (
        "replies written ahead",
        "import os\nfor d in range(3, 9):\n    try: os.write(d, (('0' * 32) + ' {\"v\": 4, \"a\": []}\\n').encode() * 10)\n    except OSError: pass\ndef double(x): return 0",
        "import os\nos.write(1, b'hello\\n')\ndef double(x): return 2 * x",
    ),
    (
        "a look at the stack",
        "import sys, gc\nfound = [str(o) for o in gc.get_objects()]\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\nsecrets = [v for k, v in frame.f_globals.items() if 'nonce' in k or 'test' in k]\ndef double(x):\n    f = sys._getframe(1)\n    nonces = [f.f_globals.get('nonce'), f.f_locals]\n    import os\n    for d in range(1, 9):\n        try: os.write(d, (f.f_globals['nonce'] + b' pass \"\"\\n'))\n        except OSError: pass\n    return 0",
        "import sys\ndef double(x): return sys._getframe(0).f_locals['x'] * 2",
    ),
    (
        "a look for the tests",
        "import os, glob\ntext = ''\nfor n in glob.glob('/job/*') + glob.glob('/tmp/**') + ['/proc/self/cmdline']:\n    try: text += open(n).read()\n    except OSError: pass\ndef double(x): return 4 if 'candidate(2)' in text else None",
        "import glob\nfound = glob.glob('/job/*')\ndef double(x): return 2 * x",
    ),
    (
        "a patched protocol",
        "import json, __main__\n__main__.encode = lambda v: {'r': 0, 'f': True}\njson.dumps = lambda v: '{\"v\": {\"t\": [\"pass\"]}, \"a\": []}'\ndef double(x): return 0",
        "import json\ndef double(x): return json.loads(json.dumps(2 * x))",
    ),
    (
        "an answer that is no answer",
        "import __main__\n__main__.json.dumps = lambda v: '][' * 5\ndef double(x): return 2 * x",
        "def double(x):\n    y = [x]\n    y.append(y)\n    return 2 * x",
    ),
    (
        "kill them all",
        "import os, signal\nfor p in (os.getppid(), 1, -1, 0):\n    try: os.kill(p, signal.SIGKILL)\n    except OSError: pass\ndef double(x): return 0",
        "import os\ntry: os.kill(1, 0)\nexcept OSError: pass\ndef double(x): return 2 * x",
    ),
    (
        "an endless loop",
        "def double(x):\n    while True: pass",
        "def double(x):\n    for _ in range(1000): pass\n    return 2 * x",
    ),
    (
        "a fork bomb",
        "import os\ndef double(x):\n    while True: os.fork()",
        "import os\ntry: os.fork()\nexcept OSError: pass\ndef double(x): return 2 * x",
    ),
    (
        "a thread bomb",
        "import threading, time\ndef double(x):\n    while True: threading.Thread(target=time.sleep, args=(60,)).start()",
        "import threading\ndef double(x):\n    r = []\n    t = threading.Thread(target=lambda: r.append(2 * x))\n    t.start(); t.join()\n    return r[0]",
    ),
    (
        "a memory bomb",
        "def double(x): return [0] * (1 << 40)",
        "def double(x):\n    y = [0] * (1 << 20)\n    return 2 * x",
    ),
    (
        "a flood",
        "import sys\ndef double(x):\n    while True: sys.stderr.write('x' * 4096)",
        "def double(x):\n    print('x' * 1000)\n    return 2 * x",
    ),
    (
        "files and network",
        "import socket\ndef double(x):\n    open('/job/solution.py', 'w').write('def double(x): return 2 * x')\n    socket.create_connection(('192.0.2.1', 80), 1)\n    return 0",
        "def double(x):\n    with open('/tmp/x', 'w') as f: f.write(str(2 * x))\n    return int(open('/tmp/x').read())",
    ),
    (
        "hooks",
        "import sys\nsys.excepthook = lambda *a: print('pass')\nsys.settrace(lambda *a: None)\nsys.displayhook = print\ndef double(x): raise AssertionError()",
        "import sys\nsys.excepthook = lambda *a: None\ndef double(x): return 2 * x",
    ),
    (
        "another output, and a thread left behind",
        "import sys, io, threading, time, builtins\nsys.stdout = sys.stderr = io.StringIO()\nbuiltins.print = lambda *a, **k: None\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef double(x): return None",
        "import sys, io, threading, time\nsys.stdout = io.StringIO()\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef double(x): return 2 * x",
    ),
];

#[test]
fn no_trick_passes_and_honest_code_does() {
    let Some(sandbox) = sandbox() else { return };
    let wrong: Vec<String> = TRICKS
        .par_iter()
        .flat_map(|(name, trick, honest)| {
            let (tricked, fair) = (judged(&sandbox, trick, 5), judged(&sandbox, honest, 60));
            let mut wrong = Vec::new();
            if tricked == Verdict::Passed {
                wrong.push(format!("{name}: the trick passed"));
            }
            if fair != Verdict::Passed {
                wrong.push(format!("{name}: honest code gave {fair:?}"));
            }
            wrong
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn verdicts_say_why() {
    let Some(sandbox) = sandbox() else { return };
    let failed = judged(&sandbox, "def double(x): return x + 2", 60);
    assert_eq!(failed, Verdict::Failed { reason: "line 3 of the tests: AssertionError: ".into() });
    let raised = judged(&sandbox, "def double(x): raise ValueError('no')", 60);
    assert_eq!(raised, Verdict::Failed { reason: "line 2 of the tests: ValueError: no".into() });
    let Verdict::Failed { reason } = judged(&sandbox, "def double(x) return", 60) else { panic!("it passed") };
    assert!(reason.contains("SyntaxError"), "{reason}");
    assert_eq!(judged(&sandbox, "def double(x):\n    while True: pass", 3), Verdict::TimedOut);
    let died = judged(&sandbox, "import os\ndef double(x): os._exit(9)", 60);
    assert_eq!(died, Verdict::Died { end: End::Exit(9), words: String::new() });
    let tests = |tests: &str| {
        grade(&sandbox, &Problem { code: "def f(g): return g", tests, limits: limits(), ..Problem::default() })
    };
    assert!(matches!(tests("assert f(1) =="), Err(GradeFault::Tests(_))));
    assert_eq!(tests("assert all(map(f, [1, 2]))").unwrap(), Verdict::Passed);
    let code = "def f(x): raise StopIteration";
    let stopped = Problem { code, tests: "assert all(map(f, [1, 2]))", limits: limits(), ..Problem::default() };
    let reason = "line 1 of the tests: RuntimeError: StopIteration: ".into();
    assert_eq!(grade(&sandbox, &stopped).unwrap(), Verdict::Failed { reason });
    let Ok(Verdict::Unsupported { reason }) = tests("assert f(lambda: 1)() == 1") else { panic!("not unsupported") };
    assert_eq!(reason, "a test hands over a function");
}

/// MBPP's way: asserts that name the candidate's functions, set-up code, arguments that are changed, own classes.
#[test]
fn asserts_by_name_see_what_they_would_in_one_process() {
    let Some(sandbox) = sandbox() else { return };
    let table = [
        ("def f(a, b=1): return (a, {b})", "assert f(1) == (1, {1})\nassert f(1, b=2) == (1, {2})"),
        ("def f(l): l.sort()", "x = [3, 1]\nf(x)\nassert x == [1, 3]"),
        ("def f(d): d[(1, 2)] = b'\\x00'; return d", "d = {}\nassert f(d) == {(1, 2): b'\\x00'} and d"),
        ("def f(): yield from (1, 2)", "assert list(f()) == [1, 2]\nassert f() != [1, 2]"),
        (
            "class P:\n    def __init__(self, a): self.a = a\n    def two(self): return self.a * 2\ndef f(ps): return [p.a for p in ps]",
            "assert f([P(1), P(2)]) == [1, 2]\nassert P(3).two() == 6",
        ),
        (
            "def f(x): return float(x)",
            "import math\nassert math.isnan(f('nan')) and f('inf') == math.inf and str(f(1)) == '1.0'",
        ),
        ("def f(x): raise KeyError(x)", "try:\n    f(1)\n    assert False\nexcept KeyError as e:\n    pass"),
        (
            "def f(x): return x, 2j, None, True, frozenset([1]), 'é\\n\\ud800'",
            "assert f([()]) == ([()], 2j, None, True, frozenset([1]), 'é\\n\\ud800')",
        ),
        ("def f(x): return N * x", "assert f(3) == N * 3"),
    ];
    for (code, tests) in table {
        let code = format!("N = 5\n{code}");
        let problem = Problem { code: &code, prelude: "N = 5", tests, limits: limits(), ..Problem::default() };
        assert_eq!(grade(&sandbox, &problem).unwrap(), Verdict::Passed, "{code}\n{tests}");
        // The same tests with one that does not hold.
        let tests = format!("{tests}\nassert N == 6");
        let problem = Problem { tests: &tests, ..problem };
        assert!(matches!(grade(&sandbox, &problem).unwrap(), Verdict::Failed { .. }), "{tests}");
    }
}

/// The 164 problems of HumanEval, where they are to be had.
fn human_eval() -> Option<Vec<Value>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("DAEPYO_SHARED").map_or(beside, PathBuf::from);
    let Ok(file) = std::fs::File::open(shared.join("data/humaneval/HumanEval.jsonl.gz")) else {
        println!("SKIPPED, nothing was shown: no HumanEval under {}; set DAEPYO_SHARED", shared.display());
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn human_eval_solutions_pass_and_mutants_fail() {
    let (Some(sandbox), Some(problems)) = (sandbox(), human_eval()) else { return };
    let mutant = "\n\n_right = ENTRY\ndef ENTRY(*args):\n    r = _right(*args)\n    if isinstance(r, bool): return not r\n    if isinstance(r, (int, float)): return r + 1\n    if isinstance(r, str): return r + 'x'\n    if isinstance(r, list): return r + [0]\n    if isinstance(r, tuple): return r + (0,)\n    if isinstance(r, dict): return {**r, 'x': 0}\n    return 0\n";
    let wrong: Vec<String> = problems
        .par_iter()
        .flat_map(|problem| {
            let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap();
            let run = |tail: &str| {
                let code = format!("{}{}{tail}", text("prompt"), text("canonical_solution"));
                let (prelude, tests, entry_point) = (text("prompt"), text("test"), text("entry_point"));
                let limits = Limits { wall: Duration::from_secs(60), cpu: 60, ..Limits::default() };
                grade(&sandbox, &Problem { code: &code, prelude, tests, entry_point, limits }).unwrap()
            };
            let (right, mutated) = (run(""), run(&mutant.replace("ENTRY", text("entry_point"))));
            let mut wrong = Vec::new();
            if right != Verdict::Passed {
                wrong.push(format!("{}: {right:?}", text("task_id")));
            }
            if !matches!(mutated, Verdict::Failed { .. }) {
                wrong.push(format!("{} mutated: {mutated:?}", text("task_id")));
            }
            wrong
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), problems.len(), wrong.join("\n"));
}
