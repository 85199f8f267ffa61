"""What the candidate's process and the tests' both begin with: lines in and out that no print reaches, and values out of
JSON. `refer` is for the process to say: what stands for an object of the candidate's.
"""
import json
import os
import sys

read = os.fdopen(os.dup(0), "rb")
write = os.fdopen(os.dup(1), "wb")
null = os.open("/dev/null", os.O_RDWR)
os.dup2(null, 0)
os.dup2(2, 1)


def decode(value):
    if isinstance(value, list):
        return [decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    (kind, inner), *_ = value.items()
    if kind == "d":
        return {decode(key): decode(one) for key, one in inner}
    if kind == "b":
        return bytes.fromhex(inner)
    if kind == "c":
        return complex(*inner)
    if kind == "r":
        return refer(inner)
    return {"t": tuple, "s": set, "z": frozenset}[kind](decode(one) for one in inner)
