"""Untrusted run folders, as `vidpred eval` and `vidpred predict` read them."""

from __future__ import annotations

from tests.system.hostile.case import SECRET, Case, Make, both, file, link, nothing, pipe, sparse
from tests.system.hostile.corpus_recipes import DEEP, GOOD, TOO_LONG, laughs

LAST = both(file("run/checkpoints/epoch_0000/weights.safetensors", b""), link("run/checkpoints/last", "epoch_0000"))


def recipe(content: bytes | str | Make, *expected: str, command: str = "eval") -> Case:
    return Case(
        both(LAST, content if callable(content) else file("run/recipe.yaml", content)),
        (command, "{workspace}/run"),
        expected,
    )


def report(*files: Make, says: str) -> Case:
    return Case(both(file("run/recipe.yaml", GOOD), *files), ("report", "{workspace}/run"), (says,))


PREVIEW = "run/previews/epoch_0000.json"
CASES = {
    "no folder": Case(nothing, ("eval", "{workspace}/nothing"), ("{workspace}/nothing",)),
    "a file": Case(file("run", b""), ("predict", "{workspace}/run"), ("{workspace}/run",)),
    "a device": Case(nothing, ("eval", "/dev/zero"), ("/dev/zero",)),
    "a folder of data": Case(nothing, ("eval", "{workspace}/robot"), ("{workspace}/robot",)),
    "checkpoints that are a file": Case(
        file("run/checkpoints", b""), ("eval", "{workspace}/run"), ("{workspace}/run",)
    ),
    "no checkpoint": Case(
        both(LAST, file("run/recipe.yaml", GOOD)),
        ("eval", "{workspace}/run", "--checkpoint", "best_psnr"),
        ("best_psnr",),
    ),
    "a checkpoint above": Case(
        both(LAST, file("run/recipe.yaml", GOOD)),
        ("eval", "{workspace}/run", "--checkpoint", "../../robot"),
        ("../../robot",),
    ),
    "a checkpoint elsewhere": Case(
        both(LAST, file("run/recipe.yaml", GOOD)), ("predict", "{workspace}/run", "--checkpoint", "/etc"), ("/etc",)
    ),
    "a checkpoint of an escape sequence": Case(
        both(LAST, file("run/recipe.yaml", GOOD)),
        ("eval", "{workspace}/run", "--checkpoint", "\x1b[31m"),
        ("\\x1b[31m",),
    ),
    "a split of an escape sequence": Case(
        nothing, ("eval", "{workspace}/run", "--split", "\x1b[31m"), ("unknown split '\\x1b[31m'",)
    ),
    "no recipe": Case(
        LAST, ("eval", "{workspace}/run"), ("{workspace}/run is not a run folder: it has no recipe.yaml",)
    ),
    "a recipe that is a folder": recipe(file("run/recipe.yaml/x", b""), "{workspace}/run/recipe.yaml"),
    "a recipe that is a pipe": recipe(pipe("run/recipe.yaml"), "{workspace}/run/recipe.yaml"),
    "a recipe that is a device": recipe(link("run/recipe.yaml", "/dev/zero"), "{workspace}/run/recipe.yaml"),
    "a recipe that is the passwords": recipe(
        link("run/recipe.yaml", "/etc/passwd"), "{workspace}/run/recipe.yaml: 1 problem"
    ),
    "a recipe that is a secret": recipe(
        f"{SECRET}\n", "a recipe is a mapping (`key: value` lines), but this is a single value\n"
    ),
    "a recipe of 1 TB": recipe(
        sparse("run/recipe.yaml", 10**12), "{workspace}/run/recipe.yaml: 1 problem\n  is larger than 1,000,000 bytes"
    ),
    "a recipe of billion laughs": recipe(laughs("a: &a [x, x]", "[TEN]"), TOO_LONG, command="predict"),
    "a recipe 100,000 deep": recipe("a: " + "[" * 100_000, DEEP, command="predict"),
    "a recipe that runs": recipe(
        "a: !!python/object/apply:os.system ['touch {workspace}/ran']\n", "is refused: a recipe is plain data"
    ),
    "a recipe that extends the passwords": recipe(
        f"extends: /etc/passwd\n{GOOD}", "'/etc/passwd' lies outside {workspace}/run"
    ),
    "a recipe that extends what is beside the run": recipe(
        f"extends: ../robot.yaml\n{GOOD}", "'../robot.yaml' lies outside {workspace}/run"
    ),
    "a recipe whose name leads out": recipe(
        GOOD.replace("name: mine", "name: ../mine"), "name: should be the name of its runs"
    ),
    "a recipe whose latent is too large": recipe(f"{GOOD}seed: {'9' * 5000}\n", "is too large: 64 bits are the most"),
    "a component of a plugin that is not here": recipe(
        f"{GOOD}annealer: mine\n", "annealer.name: unknown annealer 'mine'"
    ),
    "a setting that is no YAML": Case(
        both(LAST, file("run/recipe.yaml", GOOD)),
        ("eval", "{workspace}/run", "--set", "seed=["),
        ("--set seed=[: the value cannot be read",),
    ),
    "a setting that runs": Case(
        both(LAST, file("run/recipe.yaml", GOOD)),
        ("predict", "{workspace}/run", "--set", "seed=!!python/name:os.system ''"),
        ("is refused",),
    ),
    "a report of a preview that is a pipe": report(
        file(PREVIEW, b""), pipe(PREVIEW), says=f"{{workspace}}/{PREVIEW}: cannot be read: it is a pipe"
    ),
    "a report of a preview 200,000 deep": report(
        file(PREVIEW, "[" * 200_000), says=f"{{workspace}}/{PREVIEW}: does not describe a preview: "
    ),
    "a report of a preview of 1 TB": report(
        sparse(PREVIEW, 10**12), says=f"{{workspace}}/{PREVIEW}: cannot be read: it has 1,000,000,000,000 bytes"
    ),
    "a report of a recipe of 1 TB": report(
        sparse("run/recipe.yaml", 10**12), says="{workspace}/run/recipe.yaml: 1 problem\n  is larger than"
    ),
    "a report of a recipe that is not text": report(
        file("run/recipe.yaml", b"name: caf\xe9"), says="is not UTF-8 text (byte 9)"
    ),
    "a report of an environment that is a pipe": report(
        pipe("run/environment.json"), says="{workspace}/run/environment.json: cannot be read: it is a pipe"
    ),
    "a report of an environment 200,000 deep": report(
        file("run/environment.json", "[" * 200_000), says="{workspace}/run/environment.json: is not valid JSON"
    ),
    "a report of a history 200,000 deep": report(
        file("run/metrics.jsonl", "[" * 200_000 + "\n"), says="{workspace}/run/metrics.jsonl: line 1 is not the record"
    ),
}
