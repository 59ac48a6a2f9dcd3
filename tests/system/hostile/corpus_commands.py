"""Hostile command lines: --set, paths, names."""

from __future__ import annotations

from tests.system.hostile.case import Case, both, file, link, nothing, pipe
from tests.system.hostile.corpus_recipes import DEEP, TOO_LONG

ADVICE = "write it as path.to.field=value, for example --set train.epochs=3"
LONG = "x" * 300  # no file's name is so long


def override(setting: str, *expected: str) -> Case:
    return Case(nothing, ("check", "bair_base", "--set", setting), expected)


def run(setting: str, *expected: str, make: object = nothing) -> Case:
    return Case(make if callable(make) else nothing, ("run", "{workspace}/robot.yaml", "--set", setting), expected)


SETTINGS = {
    "an alias that holds itself": override(
        "train=&a [*a]", "--set train=&a [*a]: the value cannot be read: line 1, column 5: contains itself"
    ),
    "a bomb": override(
        "train={a: &a [x, x, x, x, x, x, x, x, x, x], "
        + ", ".join(
            f"{name}: &{name} [{', '.join([f'*{previous}'] * 10)}]"
            for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "}",
        "the value cannot be read: ",
        TOO_LONG,
    ),
    "deep lists": override("train=" + "[" * 1000, "…: the value cannot be read: line 1, column 51: ", DEEP),
    "a tag": override(
        "seed=!!python/object/apply:os.system [touch ran]",
        "the tag !!python/object/apply:os.system is refused: a recipe is plain data",
    ),
    "a set": override("train=!!set {epochs}", "the tag !!set is refused"),
    "5000 digits": override(
        "seed=" + "9" * 5000,
        "--set seed=9999",
        "the whole number 9999999999999999999999999999999999999999… is too large: 64 bits are the most",
    ),
    "infinity": override("train.clip_grad_norm=.inf", "train.clip_grad_norm: should be a finite number, got inf"),
    "nan": override("optimizer.betas=[.nan, 0.9]", "optimizer.betas.0: should be ", "got nan"),
    "1e400": override("optimizer.lr=1e400", "optimizer.lr: should be a finite number, got inf"),
    "an escaped NUL": override('data.root="a\\0b"', "text cannot hold the character U+0000"),
    "an escape sequence as value": override(
        "name=\x1b[31m",
        "--set name=\\x1b[31m: the value cannot be read: line 1: the character U+001B is not allowed in YAML",
    ),
    "an escape sequence as key": override("\x1b[31m=1", f"--set \\x1b[31m=1: {ADVICE}"),
    "bytes as key": override("\udcff=1", f"--set \\udcff=1: {ADVICE}"),
    "bytes as value": override(
        "name=\udcff\udcfe", "the value cannot be read: line 1: the character U+DCFF is not allowed in YAML"
    ),
    "a change of direction as key": override("\u202ename=1", f"--set \\u202ename=1: {ADVICE}"),
    "a path 2000 deep": override(".".join(["a"] * 2000) + "=1", f"…: {ADVICE}"),
    "a path 21 deep": override(".".join(["a"] * 21) + "=1", ADVICE),
    "dots": override("...=1", ADVICE),
    "nothing": override("", ADVICE),
    "equals signs": override("=" * 1000, ADVICE),
    "100,000 letters": override("x" * 100_000, f"…: {ADVICE}"),
    "100,000 letters as value": override("name=" + "x" * 100_000, "name: should be the name of its runs"),
    "a name above": override("name=..", "name: should be the name of its runs: letters, digits, . _ -, got '..'"),
    "a name elsewhere": override("name=/tmp/elsewhere", "name: should be the name of its runs"),
    "a parent": override("extends=/etc/passwd", "only a file can extend a recipe"),
    "a parent's field": override("extends.x=1", "only a file can extend a recipe"),
    "an attribute": override("__class__.__name__=x", "__class__: no such setting"),
    "an attribute of a component": override("annealer.__init__=1", "annealer.__init__: none has no such setting"),
    "two documents": override("seed=1\n---\n2", "expected a single document in the stream"),
    "a place in a list": override("save.best.9999999999=x", "save.best: should be a list in [brackets]"),
    "a negative place": override("save.best.-1=x", "save.best: should be a list in [brackets]"),
    "a list of lists": override("observers=[[[[]]]]", "observers.0: should be a component's name"),
}

PLACES = {
    "data of /dev/zero": run("data.root=/dev/zero", "data.root: no folder /dev/zero"),
    "data of /dev/null": run("data.root=/dev/null", "data.root: no folder /dev/null"),
    "data of the passwords": run("data.root=/etc/passwd", "data.root: no folder /etc/passwd"),
    "data of a name that is too long": run(f"data.root={LONG}", LONG),
    "data of a path that is too long": run("data.root=" + "x/" * 3000, "x/x/x"),
    "data of a link in a circle": run(
        "data.root={workspace}/circle", "data.root: no folder {workspace}/circle", make=link("circle", "circle")
    ),
    "data of a pipe": run("data.root={workspace}/pipe", "data.root: no folder {workspace}/pipe", make=pipe("pipe")),
    "data of an escape sequence": run('data.root="\\e]0;x\\a"', "data.root: no folder \\x1b]0;x\\x07"),
    "data of a line end": run('data.root="a\\nerror: b"', "data.root: no folder a\n  error: b"),
    "data of nothing": run('data.root="{workspace}/nothing"', "data.root: no folder {workspace}/nothing"),
    "weights of /dev/zero": run("init_from=/dev/zero", "init_from: ", "/dev/zero"),
    "weights of the passwords": run("init_from=/etc/passwd", "init_from: ", "/etc/passwd"),
    "weights of a name that is too long": run(f"init_from={LONG}", LONG),
    "weights of an escape sequence": run('init_from="\\e[31m"', "init_from: ", "\\x1b[31m"),
    "weights of a link in a circle": run(
        "init_from={workspace}/circle", "init_from: ", "{workspace}/circle", make=link("circle", "circle")
    ),
    "weights of a pipe": run(
        "init_from={workspace}/run", "{workspace}/run", make=both(file("run/x", b""), pipe("run/weights.safetensors"))
    ),
    "a plugin that is a device": Case(
        nothing, ("check", "bair_base", "--plugin", "/dev/zero"), ("--plugin /dev/zero: no such file",)
    ),
    "a plugin that is a pipe": Case(
        pipe("p.py"),
        ("check", "bair_base", "--plugin", "{workspace}/p.py"),
        ("--plugin {workspace}/p.py: no such file",),
    ),
    "a plugin that is noise": Case(
        file("p.py", bytes(range(256))),
        ("check", "bair_base", "--plugin", "{workspace}/p.py"),
        ("--plugin {workspace}/p.py: SyntaxError",),
    ),
    "a plugin of a name that is too long": Case(
        nothing, ("check", "bair_base", "--plugin", f"{LONG}.py"), (f"--plugin {LONG}.py: ",)
    ),
    "a kind of an escape sequence": Case(nothing, ("list", "\x1b[31m"), ("unknown kind '\\x1b[31m'",)),
    "a name of bytes": Case(nothing, ("list", "core", "\udcff"), ("unknown core '\\udcff'",)),
    "a device of an escape sequence": Case(
        nothing, ("run", "{workspace}/robot.yaml", "--device", "\x1b[31m"), ("--device \\x1b[31m: unknown device",)
    ),
    "a picture of a name that is too long": Case(
        nothing,
        ("show", "{workspace}/robot.yaml", "--schedules", f"{LONG}.png"),
        (f"--schedules {LONG}.png: cannot be written",),
    ),
    "a sample in a name that is too long": Case(nothing, ("data", "sample", "bair_robot", LONG), (LONG,)),
    "a sample in a device": Case(nothing, ("data", "sample", "bair_robot", "/dev/null/x"), ("/dev/null",)),
}
CASES = {
    f"{kind}: {name}": case for kind, cases in (("set", SETTINGS), ("place", PLACES)) for name, case in cases.items()
}
