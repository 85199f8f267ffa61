"""Grades small Python functions by what they return.

The candidate runs in a process of its own. Arguments and results pass as Python literals, and what is right is decided
here, outside of that process. This is not a sandbox: use it only where answers may be trusted or the machine may be lost.
"""

import ast
import json
import secrets
import subprocess
import sys

SECONDS = 10

RUNNER = """
import ast, json, sys
task = json.loads(sys.stdin.read())
out, sys.stdout = sys.stdout, sys.stderr
space = {"__name__": "candidate"}
exec(compile(task["source"], "candidate.py", "exec"), space)
results = [repr(space[task["entry_point"]](*ast.literal_eval(a))) for a in task["arguments"]]
out.write(task["nonce"] + json.dumps(results))
"""


def source(response, entry_point):
    """The last fenced block that defines the function; without one, the last fenced block; without any, all of it."""
    parts = response.split("```")
    fenced = [part.partition("\n")[2] for part in parts[1::2]]
    defining = [part for part in fenced if "def " + entry_point in part]
    return (defining or fenced or [response])[-1]


def run(text, doc):
    """What the function gave for the arguments of every test, as literals; None if it did not get through."""
    nonce = secrets.token_hex(16)
    task = {
        "source": text,
        "entry_point": doc["entry_point"],
        "arguments": [test["arguments"] for test in doc["tests"]],
        "nonce": nonce,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", RUNNER], input=json.dumps(task), capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0 or not done.stdout.startswith(nonce):
        return None
    try:
        return json.loads(done.stdout[len(nonce) :])
    except ValueError:
        return None


def same(got, expected):
    """Whether two literals are the same value of the same type."""
    try:
        left, right = ast.literal_eval(got), ast.literal_eval(expected)
    except (ValueError, SyntaxError):
        return False
    return type(left) is type(right) and left == right


def grade(doc, results):
    """For `process_results`: 1 if every test gave what it has to, else 0."""
    got = run(source(results[0], doc["entry_point"]), doc)
    tests = doc["tests"]
    passed = got is not None and len(got) == len(tests) and all(same(g, t["expected"]) for g, t in zip(got, tests))
    return {"pass": float(passed)}
