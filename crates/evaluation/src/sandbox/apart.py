"""Runs tests whose candidate is in another process. The first line in is a nonce, which the verdict must carry.

What comes from the candidate is built anew here out of plain values, so that no object of its making is ever compared.
"""
import ast
import builtins

nonce = read.readline().decode().strip()


def say(*words):
    write.write(" ".join(words).encode() + b"\n")
    write.flush()


def finish(verdict, reason=""):
    say(nonce, verdict, json.dumps(reason[:2000]))
    os._exit(0)


def encode(value):
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [encode(one) for one in value]
    if type(value) is Held:
        return {"r": object.__getattribute__(value, "_place")}
    if isinstance(value, dict):
        return {"d": [[encode(key), encode(one)] for key, one in value.items()]}
    if type(value) is bytes:
        return {"b": value.hex()}
    if type(value) is complex:
        return {"c": [value.real, value.imag]}
    for kind, plain in (("t", tuple), ("s", set), ("z", frozenset), (None, list)):
        if isinstance(value, plain):
            inner = [encode(one) for one in value]
            return {kind: inner} if kind else inner
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, range):
        return [encode(one) for one in value]
    finish("unsupported", "a test hands over a " + type(value).__name__)


def refer(place):
    return Held(place)


def ask(what, name, args=(), named=None):
    request = {"w": what, "n": name, "a": [encode(one) for one in args], "k": encode(named or {})}
    say("ask", json.dumps(request))
    reply = json.loads(read.readline())
    if "e" in reply:
        name, words = reply["e"]
        kind = getattr(builtins, str(name), None)
        known = isinstance(kind, type) and issubclass(kind, Exception)
        # StopIteration would end a map() in the tests early, as if all had been said.
        if not known or issubclass(kind, (StopIteration, StopAsyncIteration)):
            raise RuntimeError(f"{name}: {words}")
        raise kind(str(words))
    # What the candidate did to lists, dictionaries and sets that it was given, the tests may look at.
    for given, after in zip(args, reply.get("a", [])):
        if type(given) is list:
            given[:] = decode(after)
        elif type(given) in (dict, set):
            after = decode(after)
            given.clear()
            given.update(after)
    return decode(reply["v"])


class Held:
    """Something of the candidate's that is no plain value; it is equal to nothing but itself."""

    def __init__(self, place):
        object.__setattr__(self, "_place", place)

    def __call__(self, *args, **named):
        return ask("held", object.__getattribute__(self, "_place"), args, named)

    def __getattr__(self, name):
        return ask("get", object.__getattribute__(self, "_place"), [name])

    def __iter__(self):
        return iter(ask("iter", object.__getattribute__(self, "_place")))

    def __len__(self):
        return ask("len", object.__getattribute__(self, "_place"))

    def __getitem__(self, key):
        return ask("item", object.__getattribute__(self, "_place"), [key])


def proxy(name):
    def call(*args, **named):
        return ask("call", name, args, named)

    call.__name__ = name
    return call


def text(name):
    with open("/job/" + name, encoding="utf-8") as file:
        return file.read()


def free(tree):
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            made.update((one.asname or one.name).split(".")[0] for one in node.names)
    return loaded - made


space = {"__name__": "tests"}
try:
    exec(compile(text("prelude.py"), "prelude.py", "exec"), space)
except BaseException:
    # The beginning of a function whose end the candidate writes: then there is nothing in it to use.
    space = {"__name__": "tests"}
try:
    tree = ast.parse(text("tests.py"), "tests.py")
    code = compile(tree, "tests.py", "exec")
except BaseException as fault:
    finish("broken", f"{type(fault).__name__}: {fault}")
entry = text("entry")
for name in free(tree):
    if name == entry or name not in space and not hasattr(builtins, name):
        space[name] = proxy(name)
try:
    exec(code, space)
    if entry and callable(space.get("check")):
        space["check"](proxy(entry))
except BaseException as fault:
    trace, line = fault.__traceback__, 0
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "tests.py" else line
        trace = trace.tb_next
    finish("fail", f"line {line} of the tests: {type(fault).__name__}: {fault}")
finish("pass")
