"""Answers calls to what solution.py defines. Every line in is `NONCE REQUEST`, every line out `NONCE REPLY`, in JSON.

Nothing in this process is secret, and nothing it says is believed but as data.
"""
import types

held = []


def encode(value):
    if value is None or value is True or value is False or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, list):
        return [encode(one) for one in value]
    if isinstance(value, tuple):
        return {"t": [encode(one) for one in value]}
    if isinstance(value, (set, frozenset)):
        return {"s" if isinstance(value, set) else "z": [encode(one) for one in value]}
    if isinstance(value, dict):
        return {"d": [[encode(key), encode(one)] for key, one in value.items()]}
    if isinstance(value, (bytes, bytearray)):
        return {"b": bytes(value).hex()}
    if isinstance(value, complex):
        return {"c": [value.real, value.imag]}
    held.append(value)
    return {"r": len(held) - 1, "f": callable(value)}


def refer(place):
    return held[place]


module = types.ModuleType("solution")
sys.modules["solution"] = module
failure = None
try:
    with open("/job/solution.py", encoding="utf-8") as file:
        source = file.read()
    exec(compile(source, "solution.py", "exec"), module.__dict__)
except BaseException as fault:
    failure = fault


def answer(request):
    if failure is not None:
        raise failure
    what, args, named = request["w"], decode(request["a"]), decode(request["k"])
    if what == "call":
        value = module.__dict__[request["n"]](*args, **named)
    elif what == "held":
        value = held[request["n"]](*args, **named)
    elif what == "get":
        value = getattr(held[request["n"]], *args)
    elif what == "iter":
        value = list(held[request["n"]])
    elif what == "item":
        value = held[request["n"]][args[0]]
    else:
        value = len(held[request["n"]])
    return {"v": encode(value), "a": encode(list(args))}


for line in read:
    nonce, _, request = line.partition(b" ")
    try:
        reply = json.dumps(answer(json.loads(request)))
    except BaseException as fault:
        reply = json.dumps({"e": [type(fault).__name__, str(fault)[:1000]]})
    write.write(nonce + b" " + reply.encode() + b"\n")
    write.flush()
