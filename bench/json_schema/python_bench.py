"""The part of Python's validators: python_bench.py CASES.json jsonschema|jsonschema-rs. The same loop as json_schema.cpp."""
import copy
import json
import sys
import time


def nanoseconds(once):
    n = 1
    while True:
        begin = time.process_time_ns()
        for _ in range(n):
            once()
        took = time.process_time_ns() - begin
        if took >= 100_000_000:
            return took / n
        n *= 2


def instance(test, which):
    out = copy.deepcopy(test[which])
    if "repeat" in test:
        out["rows"] = [copy.deepcopy(out["rows"][0]) for _ in range(test["repeat"])]
        if "last" in out:
            out["rows"][-1] = out.pop("last")
    return out


if sys.argv[2] == "jsonschema":
    from jsonschema import Draft202012Validator

    def compiled(test):
        checker = Draft202012Validator.FORMAT_CHECKER if "formats" in test else None
        return Draft202012Validator(test["schema"], format_checker=checker)
else:
    from jsonschema_rs import Draft202012Validator

    def compiled(test):
        return Draft202012Validator(test["schema"], validate_formats="formats" in test)


for test in json.load(open(sys.argv[1], encoding="utf-8")):
    is_valid = compiled(test).is_valid
    good, bad = instance(test, "valid"), instance(test, "invalid")
    assert is_valid(good) and not is_valid(bad), test["name"] + ": a wrong verdict"
    for what, once in (
        ("valid", lambda: is_valid(good)),
        ("invalid", lambda: is_valid(bad)),
        ("compile", lambda: compiled(test)),
    ):
        print(test["name"], what, nanoseconds(once), sep="\t")
