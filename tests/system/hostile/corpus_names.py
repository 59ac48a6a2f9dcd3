"""Names that would control a terminal, forge a message, or be markup: of recipes, folders, frames, shards, plugins."""

from __future__ import annotations

from collections.abc import Callable

from tests.system.hostile.case import Case, Make, both, file

NAMES = {  # a name, and how it is shown
    "a colour": ("\x1b[31mred", "\\x1b[31mred"),
    "a window's title": ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
    "a cleared screen": ("a\x1b[2J\x1b[H", "a\\x1b[2J\\x1b[H"),
    "an 8-bit control": ("\x9b31m", "\\x9b31m"),
    "backspaces": ("good\b\b\b\bevil", "good\\x08\\x08\\x08\\x08evil"),
    "a carriage return": ("a\rerror: b", "a\\rerror: b"),
    "a line end": ("a\nerror: b", "a\n  error: b"),
    "a change of direction": ("a\u202egnp.0", "a\\u202egnp.0"),
    "an isolate": ("\u2066a", "\\u2066a"),
    "a separator of lines": ("a\u2028error: b", "a\\u2028error: b"),
    "bytes": ("\udcff\udcfe", "\\udcff\\udcfe"),
    "markup": ("[bold red]x", "[bold red]x"),
    "broken markup": ("x[nothing=]]", "x[nothing=]]"),
    "a link in markup": ("[link=file:etc]x", "[link=file:etc]x"),
    "emoji": (":bomb:", ":bomb:"),
    "HTML": ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    "format": ("{0.__class__}%s%n", "{0.__class__}%s%n"),
    "DEL": ("a\x7f", "a\\x7f"),
}


def shown(
    where: str,
    names: list[str],
    make: Callable[[str], Make],
    command: Callable[[str], tuple[str, ...]],
    expected: Callable[[str], str],
) -> dict[str, Case]:
    return {
        f"{where}: {name}": Case(make(NAMES[name][0]), command(NAMES[name][0]), (expected(NAMES[name][1]),))
        for name in names
    }


def renamed(old: str, new: str) -> Make:
    return lambda workspace: (workspace / old).rename(workspace / new)


REGISTERS = """
import vidpred
class Mine(vidpred.Annealer):
    {doc!r}
    name = "mine"
    reference = {reference!r}
    def weight(self, at):
        {body}
@vidpred.hookimpl
def vidpred_register(add):
    add("annealer", "mine", Mine)
"""
ESCAPE = "\x1b[31m[red]\u202e"
TRAJECTORY = "robot/train/traj_0_to_255/1"
CASES = {
    **shown(
        "a recipe",
        list(NAMES),
        lambda name: file(f"{name}.yaml", "[]"),
        lambda name: ("check", f"{{workspace}}/{name}.yaml"),
        lambda escaped: f"{{workspace}}/{escaped}.yaml: 1 problem\n  a recipe is a mapping",
    ),
    **shown(
        "no recipe",
        ["a colour", "a line end", "bytes", "markup"],
        lambda name: lambda workspace: None,
        lambda name: ("check", f"{name}/x"),
        lambda escaped: "no recipe '",
    ),
    **shown(
        "a trajectory",
        list(NAMES),
        lambda name: both(
            renamed(TRAJECTORY, f"robot/train/traj_0_to_255/{name}"),
            file(f"robot/train/traj_0_to_255/{name}/3.png", b""),
        ),
        lambda name: ("run", "{workspace}/robot.yaml"),
        lambda escaped: f"{{workspace}}/robot/train/traj_0_to_255/{escaped}/3.png: cannot be read as an image",
    ),
    **shown(
        "a folder of the data",
        ["a colour", "bytes", "a line end", "a change of direction"],
        lambda name: renamed("robot/train", f"robot/{name}"),
        lambda name: ("run", "{workspace}/robot.yaml"),
        lambda escaped: escaped,
    ),
    **shown(
        "a person's frame",
        ["a colour", "an 8-bit control", "markup", "HTML"],
        lambda name: both(
            file(f"pose/train/train_img/{name}77.png", b""), file(f"pose/train/train_label/{name}77.png", b"")
        ),
        lambda name: ("run", "{workspace}/pose.yaml"),
        lambda escaped: "this frame is missing, though the folder continues to ",
    ),
    **shown(
        "a shard",
        ["a colour", "bytes", "HTML"],
        lambda name: both(file("release/validate/x", b""), file(f"release/train/{name}.tfrecords", b"abc")),
        lambda name: ("run", "{workspace}/robot.yaml", "--set", "data.root={workspace}/release"),
        lambda escaped: f"{{workspace}}/release/train/{escaped}.tfrecords: record 0 is cut off",
    ),
    **shown(
        "a plugin",
        ["a colour", "markup", "a change of direction"],
        lambda name: file(f"{name}.py", "1 / 0"),
        lambda name: ("check", "bair_base", "--plugin", f"{{workspace}}/{name}.py"),
        lambda escaped: f"{{workspace}}/{escaped}.py: ZeroDivisionError",
    ),
    "a plugin's error": Case(
        file("p.py", f"raise ValueError({ESCAPE!r})"),
        ("check", "bair_base", "--plugin", "{workspace}/p.py"),
        ("ValueError: \\x1b[31m[red]\\u202e",),
    ),
    "a plugin's error of many lines": Case(
        file("p.py", REGISTERS.format(doc="", reference="", body="raise ValueError('a\\nerror: b\\n\\x1b[31m')")),
        ("check", "bair_base", "--plugin", "{workspace}/p.py", "--set", "annealer=mine"),
        ("ValueError: a\n  error: b\n  \\x1b[31m",),
    ),
    "a plugin's summary": Case(
        file("p.py", REGISTERS.format(doc=ESCAPE, reference=ESCAPE, body="return 1")),
        ("list", "annealer", "--plugin", "{workspace}/p.py"),
        ("\\x1b[31m[red]\\u202e",),
        0,
    ),
    "a plugin's reference": Case(
        file("p.py", REGISTERS.format(doc=ESCAPE, reference=ESCAPE, body="return 1")),
        ("list", "annealer", "mine", "--plugin", "{workspace}/p.py"),
        ("Reference: \\x1b[31m[red]\\u202e",),
        0,
    ),
    "a plugin in JSON": Case(
        file("p.py", REGISTERS.format(doc=ESCAPE, reference=ESCAPE, body="return 1")),
        ("list", "annealer", "mine", "--json", "--plugin", "{workspace}/p.py"),
        ('"reference": "\\u001b[31m[red]\\u202e"',),
        0,
    ),
    "a plugin's name in the list": Case(
        file("\x1b[31m.py", "1 / 0"),
        ("plugins", "list", "--plugin", "{workspace}/\x1b[31m.py"),
        ("{workspace}/\\x1b[31m.py",),
        0,
    ),
    "a plugin's error in the list": Case(
        file("p.py", f"raise ValueError({ESCAPE!r})"),
        ("plugins", "list", "--plugin", "{workspace}/p.py"),
        ("broken: ValueError: \\x1b[31m[red]\\u202e",),
        0,
    ),
    "text in a recipe that is shown": Case(
        lambda workspace: None, ("show", "bair_base", "--set", 'data.root="\\e[31m"'), ("\\e[31m",), 0
    ),
    "HTML in a recipe that is shown": Case(
        lambda workspace: None,
        ("show", "bair_base", "--set", "data.root=<script>alert(1)</script>[red]"),
        ("<script>alert(1)</script>[red]",),
        0,
    ),
}
