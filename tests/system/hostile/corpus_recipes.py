"""Hostile recipes: alias bombs, tags, numbers and text beyond all bounds, `extends` that leads elsewhere."""

from __future__ import annotations

import random

from tests.system.hostile.case import SECRET, Case, Make, both, file, link, nothing, pipe, sparse

REST = (
    "data: {name: bair_robot, root: data}\nmodel: {encoder: vgg64, condition: identity, posterior: gaussian_lstm, "
    "prior: standard_normal, predictor: lstm, decoder: vgg64}\n"
)
GOOD = f"name: mine\n{REST}"
TOO_LONG = "with all aliases expanded, this is too long: 10,000 values"
DEEP = "is nested too deeply: 50 levels at most"


def recipe(content: str | bytes, *expected: str, code: int = 2, beside: Make = nothing) -> Case:
    return Case(both(file("mine.yaml", content), beside), ("check", "{workspace}/mine.yaml"), expected, code)


def parent(extends: str, *expected: str, beside: Make = nothing) -> Case:
    return recipe(
        f"extends: {extends}\n{GOOD}", "{workspace}/mine.yaml: 1 problem\n  extends: ", *expected, beside=beside
    )


def value(text: str, *expected: str, field: str = "seed") -> Case:
    return recipe(f"{GOOD}{field}: {text}\n", *expected)


def laughs(begin: str, each: str) -> str:
    """Return nine lines, each of which repeats the previous one ten times."""
    lines = [begin]
    for previous, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(
            f"{name}: &{name} " + each.replace("TEN", ", ".join([f"*{previous}"] * 10)).replace("KEY", f"k{previous}")
        )
    return "\n".join(lines)


YAML = {
    "billion laughs in lists": recipe(
        laughs("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]", "[TEN]"), TOO_LONG
    ),
    "billion laughs in mappings": recipe(laughs("a: &a {x: lol, y: lol}", "{u: *a, v: [TEN]}"), TOO_LONG),
    "billion laughs in merges": recipe(laughs("a: &a {x: 1}", "{<<: [TEN], KEY: 1}"), TOO_LONG),
    "quadratic blow-up": recipe(f"a: &a {'x' * 20_000}\nb: [{', '.join(['*a'] * 5000)}]\n", TOO_LONG),
    "a chain of merges": recipe(
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 3000)), TOO_LONG
    ),
    "11,000 values": recipe(f"{GOOD}save: {{best: [{'x, ' * 11_000}]}}\n", TOO_LONG),
    "a list that holds itself": recipe("a: &a [*a]\n", "line 1, column 8: contains itself"),
    "a mapping that holds itself": recipe("a: &a {b: {c: *a}}\n", "line 1, column 15: contains itself"),
    "a merge of itself": recipe("a: &a {<<: *a}\n", "line 1, column 12: contains itself"),
    "an alias of nothing": recipe(f"a: *{SECRET}\n", "line 1, column 4: found undefined alias\n"),
    "an anchor twice": recipe(
        f"a: [&{SECRET} 1, &{SECRET} 2]\n", "line 1, column 16: found duplicate anchor; first occurrence"
    ),
    "an unknown tag handle": recipe(f"a: !{SECRET}!x y\n", "found undefined tag handle\n"),
    "deep lists": recipe("a: " + "[" * 100_000, f"line 1, column 53: {DEEP}"),
    "deep mappings": recipe("a: " + "{b: " * 100_000, DEEP),
    "deep dashes": recipe("- " * 100_000, DEEP),
    "deep questions": recipe("? " * 100_000, DEEP),
    "deep indentation": recipe("\n".join(" " * i + f"k{i}:" for i in range(200)), DEEP),
    "merging a number": recipe("a: {<<: 1}\n", "expected a mapping or list of mappings for merging, but found scalar"),
    "merging other keys": recipe(f"{GOOD}train: {{<<: {{1: 2}}}}\n", "line 4, column 8: a key must be a word, not 1"),
    "null as key": recipe("~: a\n", "line 1, column 1: not a field of a recipe: these have names like `train`"),
    "infinity as key": recipe(".inf: a\n", "a key must be a word, not inf"),
    "a mapping as key": recipe("{{a: 1}: 2}\n", "a key must be a word, not {'a': 1}"),
    "100 MB": Case(
        sparse("mine.yaml", 100_000_000, GOOD.encode()),
        ("check", "{workspace}/mine.yaml"),
        ("is larger than 1,000,000 bytes, so it is not a recipe",),
    ),
    "1 TB": Case(
        sparse("mine.yaml", 10**12, b"#"),
        ("run", "{workspace}/mine.yaml"),
        ("is larger than 1,000,000 bytes, so it is not a recipe",),
    ),
    "a comment too much": recipe(GOOD + "#" * 1_000_000, "is larger than 1,000,000 bytes, so it is not a recipe"),
    "an open quote of 900 KB": recipe(
        'name: "' + "a\n " * 300_000, "while scanning a quoted scalar, found unexpected end of stream"
    ),
    "zeros": recipe(bytes(4096), "line 1: the character U+0000 is not allowed in YAML"),
    "noise": recipe(random.Random(0).randbytes(4096), "is not UTF-8 text (byte "),
    "UTF-16": recipe(GOOD.encode("utf-16"), "is not UTF-8 text (byte 0)"),
    "UTF-16 without a mark": recipe(GOOD.encode("utf-16-le"), "line 1: the character U+0000 is not allowed in YAML"),
    "overlong UTF-8": recipe(b"name: \xc0\xaf\n", "is not UTF-8 text (byte 6)"),
    "a surrogate in UTF-8": recipe(b"name: \xed\xa0\x80\n", "is not UTF-8 text (byte 6)"),
    "an escape sequence": recipe("name: \x1b[31mred\n", "line 1: the character U+001B is not allowed in YAML"),
    "a NUL": recipe("name: mi\0ne\n", "line 1: the character U+0000 is not allowed in YAML"),
    "a PNG": recipe(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not UTF-8 text (byte 0)"),
    "a ZIP": recipe(b"PK\x03\x04\x14\0\0\0\x08\0", "the character U+0003 is not allowed in YAML"),
    "a pickle": recipe(
        b"cos\nsystem\n(S'touch {workspace}/ran'\ntR.",
        "a recipe is a mapping (`key: value` lines), but this is a single value",
    ),
    "a Python file": recipe("import os\nos.system('touch {workspace}/ran')\n", "but this is a single value"),
}
for _tag in (
    "!!python/object/apply:os.system ['touch {workspace}/ran']",
    "!!python/object/new:os.system ['touch {workspace}/ran']",
    "!!python/name:os.system ''",
    "!!python/module:os ''",
    "!!python/tuple [1]",
    "!!set {a}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!!binary aGk=",
    "!!timestamp 2001-01-01",
    "!include /etc/passwd",
    "!ENV HOME",
    "!<tag:example.com,2000:x> y",
):
    YAML[f"the tag {_tag}"] = value(_tag, "line 4, column 7: the tag ", "is refused: a recipe is plain data")
YAML["a tag of nothing"] = value("! y", "seed: should be a whole number, got 'y'")

VALUES = {
    "5000 digits": value(
        "9" * 5000, "line 4, column 7: the whole number 9999999999999999999999999999999999999999… is too large: 64 bits"
    ),
    "-5000 digits": value("-" + "9" * 5000, "the whole number -999999999999999999999999999999999999999… is too large"),
    "5000 hexadecimal digits": value(
        "0x" + "f" * 5000, "the whole number 0xffff", "… is too large: 64 bits are the most"
    ),
    "5000 binary digits": value("0b" + "1" * 5000, "the whole number 0b1111", "… is too large"),
    "5000 octal digits": value("0" + "7" * 5000, "the whole number 07777", "… is too large"),
    "100,000 sexagesimal digits": value("1" + ":59" * 100_000, "the whole number 1:59:59", "… is too large"),
    "2**63": value(str(2**63), "the whole number 9223372036854775808 is too large: 64 bits are the most"),
    "-1": value("-1", "seed: should be greater than or equal to 0, got -1"),
    "infinity for a whole number": value(".inf", "seed: should be a finite number, got inf"),
    "nan for a whole number": value(".nan", "seed: should be a finite number, got nan"),
    "1e400 for a whole number": value("1e400", "seed: should be a finite number, got inf"),
    "5000 digits and a point": value("9" * 5000 + ".0", "seed: should be a finite number, got inf"),
    "infinity for a number": value(
        "{beta_max: .inf}", "loss.beta_max: should be a finite number, got inf", field="loss"
    ),
    "nan for a number": value("{beta_max: .nan}", "loss.beta_max: should be a finite number, got nan", field="loss"),
    "-infinity for a number": value("{beta_max: -.inf}", "loss.beta_max: should be ", "got -inf", field="loss"),
    "1e400 for a number": value("{beta_max: 1e400}", "loss.beta_max: should be a finite number, got inf", field="loss"),
    "infinity for a component": value(
        "{name: cyclical, ratio: .inf}", "annealer.ratio: should be a finite number, got inf", field="annealer"
    ),
    "no float": value("!!float ''", "'' is not a !!float"),
    "no int": value("!!int ''", "'' is not a !!int"),
    "a mapping as int": value("!!int {a: 1}", "expected a scalar node, but found mapping"),
    "a word as mapping": value("!!map a", "expected a mapping node, but found scalar"),
    "an escaped NUL": value('"a\\0b"', "line 4, column 12: text cannot hold the character U+0000", field="init_from"),
    "an escaped NUL as key": recipe('train: {"a\\0b": 1}\n', "line 1, column 9: text cannot hold the character U+0000"),
    "an escaped surrogate": value('"\\ud800"', "text cannot hold the character U+D800"),
    "an escape beyond Unicode": value('"\\UFFFFFFFF"', "line 4: invalid YAML escape or number"),
    "a version of 5000 digits": recipe(
        "%YAML 1." + "9" * 5000 + "\n---\na: 1\n", "line 1: invalid YAML escape or number"
    ),
    "YAML 2": recipe("%YAML 2.0\n---\na: 1\n", "found incompatible YAML document"),
    "a key of 100,000 letters": recipe(
        f"{GOOD}? {'x' * 100_000}\n: 1\n", "line 4, column 3: not a field of a recipe: these have names like `train`"
    ),
    "4500 unknown keys": recipe(
        GOOD + "".join(f"k{i}: 1\n" for i in range(4500)), ": 4,500 problems\n  k0: no such setting", "more characters)"
    ),
    "3000 unknown metrics": recipe(
        f"{GOOD}validate: {{metrics: [{'x, ' * 3000}]}}\n",
        "validate.metrics.0.name: unknown metric 'x'",
        "more characters)",
    ),
    "3000 data sets": recipe(
        GOOD.replace("data: {name: bair_robot, root: data}", f"data: [{'x, ' * 3000}]"),
        "data.0.name: unknown dataset 'x'",
        "more characters)",
    ),
    "a class": recipe(f"{GOOD}__class__: {{__init__: 1}}\n", "__class__: no such setting"),
    "a class as component": value("__class__", "unknown annealer '__class__'", field="annealer"),
    "a module as component": value("os:system", "unknown annealer 'os:system'", field="annealer"),
    "a path as component": value("../../x.py", "unknown annealer '../../x.py'", field="annealer"),
    "a number as requirement": recipe(f"{GOOD}requires: [5]\n", "requires.0: should be text, got 5"),
    "a shell's command as requirement": recipe(
        f"{GOOD}requires: [\"x'; touch {{workspace}}/ran; '\"]\n", "is not a requirement; write it like vidpred-foo>=1"
    ),
}
for _name in (
    "..",
    ".",
    "../up",
    "/abs",
    "a/b",
    "a\\b",
    "",
    " ",
    ".hidden",
    "-",
    "a b",
    "a\\n",
    "\\e[31m",
    "a\\u202eb",
    "é",
    "x" * 101,
    "a\\u2028",
    "CON:",
):
    VALUES[f"the name {_name!r:.40}"] = recipe(
        f'name: "{_name}"\n{REST}'.replace("a\\b", "a\\\\b"),
        "name: should be the name of its runs: letters, digits, . _ -, got ",
    )

_SECRET_FILE = file("secret.txt", f"{SECRET}\n")
EXTENDS = {
    "the password file": parent("/etc/passwd", "'/etc/passwd' lies outside {workspace}; give a shipped recipe's name"),
    "a file above": parent("../case.yaml", "no recipe '../case.yaml'; give a shipped recipe's name"),
    "a file far above": parent("../../../../../../../../../../etc/passwd", "lies outside {workspace}"),
    "a device": parent("/dev/zero", "no recipe '/dev/zero'"),
    "a pipe": parent("pipe.yaml", "no recipe 'pipe.yaml'", beside=pipe("pipe.yaml")),
    "a link that leads outside": parent(
        "inside.yaml", "'inside.yaml' lies outside {workspace}", beside=link("inside.yaml", "/etc/passwd")
    ),
    "a folder's link that leads outside": parent(
        "etc/passwd", "'etc/passwd' lies outside {workspace}", beside=link("etc", "/etc")
    ),
    "a link in a circle": parent("circle.yaml", "no recipe 'circle.yaml'", beside=link("circle.yaml", "circle.yaml")),
    "a dangling link": parent("gone.yaml", "no recipe 'gone.yaml'", beside=link("gone.yaml", "nowhere")),
    "a folder": parent("'.'", "no recipe '.'"),
    "nothing": parent("''", "no recipe ''"),
    "a name of 5000 letters": parent("x" * 5000, "no recipe 'xxxx"),
    "a URL": parent("https://example.com/x.yaml", "no recipe 'https://example.com/x.yaml'"),
    "a home": parent("~root/x.yaml", "no recipe '~root/x.yaml'"),
    "an escape sequence in its name": parent('"\\e]0;x\\a.yaml"', "no recipe '\\x1b]0;x\\x07.yaml'"),
    "a number": parent("7", "give the name or the path of one recipe, not 7"),
    "a mapping": parent("{a: b}", "give the name or the path of one recipe, not {'a': 'b'}"),
    "null": parent("null", "give the name or the path of one recipe, not None"),
    "text": recipe(
        "extends: secret.txt\n",
        "{workspace}/secret.txt: 1 problem\n  a recipe is a mapping (`key: value` lines), but this is a single value\n",
        beside=_SECRET_FILE,
    ),
    "a list": recipe("extends: list.txt\n", "but this is a list\n", beside=file("list.txt", f"- {SECRET}\n")),
    "an alias": recipe("extends: alias.txt\n", "found undefined alias\n", beside=file("alias.txt", f"*{SECRET}\n")),
    "a tag": recipe(
        "extends: tag.txt\n", "but this is a single value\n", beside=file("tag.txt", f"!{SECRET} {SECRET}\n")
    ),
    "a wrong value": recipe(
        "extends: int.txt\n", "but this is a single value\n", beside=file("int.txt", f"!!int {SECRET}\n")
    ),
    "a torn list": recipe(
        "extends: torn.txt\n",
        "while parsing a flow sequence",
        beside=file("torn.txt", f"[{SECRET}, {SECRET}: {SECRET}\n"),
    ),
    "a key": recipe(
        "extends: key.pem\n",
        "but this is a single value\n",
        beside=file("key.pem", f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----\n"),
    ),
    "1 TB": recipe(
        "extends: large.yaml\n",
        "{workspace}/large.yaml: 1 problem\n  is larger than 1,000,000 bytes",
        beside=sparse("large.yaml", 10**12),
    ),
    "a bomb": recipe("extends: bomb.yaml\n", TOO_LONG, beside=file("bomb.yaml", laughs("a: &a [x, x]", "[TEN]"))),
    "25 in a row": recipe(
        f"extends: r1.yaml\n{GOOD}",
        "extends: 20 recipes extend each other, which is the most",
        beside=both(*(file(f"r{i}.yaml", f"extends: r{i + 1}.yaml\n") for i in range(1, 26))),
    ),
    "three in a circle": recipe(
        "extends: b.yaml\n",
        "extends: recipes extend each other in a circle: mine.yaml -> b.yaml -> c.yaml -> mine.yaml",
        beside=both(file("b.yaml", "extends: c.yaml\n"), file("c.yaml", "extends: mine.yaml\n")),
    ),
}

NO_RECIPES = {
    "text": Case(_SECRET_FILE, ("run", "{workspace}/secret.txt"), ("but this is a single value\n",)),
    "a list of words": Case(file("x", f"- {SECRET}\n"), ("check", "{workspace}/x"), ("but this is a list\n",)),
    "a password file": Case(
        file("passwd", f"root:x:0:0:root:/root:/bin/{SECRET}\n{SECRET}:x:1:1::/:\n"),
        ("run", "{workspace}/passwd"),
        ("line 2, column ",),
    ),
    "a shadow file": Case(
        file("shadow", f"root:$6${SECRET}:1:0:99999:7:::\nx:*:1:0:::\n"),
        ("show", "{workspace}/shadow"),
        ("line 1, column 1: not a field of a recipe: these have names",),
    ),
    "words and colons": Case(
        file("x", f"to the {SECRET}:\n- {SECRET}\n"),
        ("check", "{workspace}/x"),
        ("line 1, column 1: not a field of a recipe: these have names",),
    ),
    "the system's passwords": Case(nothing, ("run", "/etc/passwd"), ("/etc/passwd: 1 problem",)),
    "a device": Case(nothing, ("check", "/dev/zero"), ("no recipe '/dev/zero': neither a file nor a shipped recipe",)),
    "an endless device": Case(nothing, ("run", "/dev/urandom"), ("no recipe '/dev/urandom'",)),
    "a pipe": Case(pipe("pipe"), ("check", "{workspace}/pipe"), ("no recipe ",)),
    "a link to a device": Case(link("zero.yaml", "/dev/zero"), ("check", "{workspace}/zero.yaml"), ("no recipe ",)),
    "a folder": Case(nothing, ("check", "{workspace}"), ("{workspace} is a folder; name a recipe file in it",)),
    "a link in a circle": Case(link("circle", "circle"), ("check", "{workspace}/circle"), ("no recipe ",)),
    "a name of 5000 letters": Case(nothing, ("check", "x" * 5000), ("no recipe 'xxxx",)),
    "a file of the kernel": Case(nothing, ("check", "/proc/self/environ"), ("/proc/self/environ: 1 problem",)),
    "a part of the memory": Case(nothing, ("check", "/proc/self/mem"), ("/proc/self/mem: cannot be read: ",)),
}
CASES = {
    f"{kind}: {name}": case
    for kind, cases in (("yaml", YAML), ("value", VALUES), ("extends", EXTENDS), ("no recipe", NO_RECIPES))
    for name, case in cases.items()
}
