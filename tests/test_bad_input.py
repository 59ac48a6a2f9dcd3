"""Bad input ends in one clear message that names the file, the field or the frame and says what to do; in exit code 2; and
in no traceback and no half-written run folder."""
from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vidpred import DataError
from vidpred.builtin.datasets.files import read_frame
from vidpred.engine import records

Refused = Callable[..., str]


@pytest.fixture
def refused(vidpred: Callable[..., Any], tmp_path: Path) -> Refused:
    """refused("run", recipe, "--set", …): the one message that this ends in."""
    def call(command: str, *arguments: object, out: Path = tmp_path / "out", finished: int = 0) -> str:
        where = ["--out", out, "--device", "cpu"] if command == "run" and "--device" not in arguments else []
        outcome = vidpred(command, *arguments, *where)
        message = re.sub(r"^plugin \S+ from .*\n", "", str(outcome.errors), flags=re.MULTILINE)
        assert outcome.code == 2, outcome
        assert message.startswith("error: ") and message.count("error: ") == 1 and "warning" not in message.lower(), message
        for noise in ("Traceback", "pydantic", "Input should", "instance of", "tuple", "<class", "NoneType", "yaml.org"):
            assert noise not in message, message
        assert len(list(out.glob("*/*/metrics.jsonl"))) == len(list(out.glob("*/*"))) == finished
        return message
    return call


def filled(text: str, **paths: Path) -> str:
    """The text with paths for their {names}."""
    for name, path in paths.items():
        text = text.replace(f"{{{name}}}", str(path))
    return text


SETTINGS = {        # one wrong setting of a good recipe, and what is said of it
    # values: ranges and types
    "train.epochs=0": "train.epochs: should be greater than 0, got 0",
    "train.epochs=2.5": "train.epochs: should be a whole number, got 2.5",
    "train.epochs=": "train.epochs: should be a whole number, got null",
    "train.batch_size=many": "train.batch_size: should be a whole number, got 'many'",
    "train.precision=fp8": "train.precision: should be 'auto', 'fp32', 'bf16' or 'fp16', got 'fp8'",
    "optimizer.lr=-0.1": "optimizer.lr: should be greater than 0, got -0.1",
    "optimizer.lr=.nan": "optimizer.lr: should be a finite number, got nan",
    "optimizer.lr=.inf": "optimizer.lr: should be a finite number, got inf",
    "optimizer.lr=1e300": "optimizer.lr: should be less than or equal to 1000, got 1e+300",
    "optimizer.betas=[0.9]": "optimizer.betas.1: is missing",
    "optimizer.betas=[0.9, 1]": "optimizer.betas.1: should be less than 1, got 1",
    "optimizer.betas=0.9": "optimizer.betas: should be a list in [brackets], got 0.9",
    "optimizer={name: sgd, nesterov: true, momentum: 0}": "optimizer: nesterov needs momentum; set momentum above 0",
    "scheduler={name: multistep}": "scheduler.milestones: is missing",
    "annealer.ratio=2": "annealer.ratio: should be less than or equal to 1, got 2",
    "annealer.shape=lienar": "annealer.shape: should be 'linear', 'cosine' or 'sigmoid', got 'lienar'",
    "annealer={name: cyclical, cycles: 2, period: 2}": "annealer: give cycles or period, not both",
    "feedback.detach=maybe": "feedback.detach: should be true or false, got 'maybe'",
    "sequence.window=often": "sequence.window: should be 'auto' or a whole number, got 'often'",
    "train.window_start=-1": "train.window_start: should be 'random' or greater than or equal to 0, got -1",
    "data.root=": "data.root: should be a path, got null",
    "data.conditions=[action]": "data.conditions.0: should be 'actions' or 'positions', got 'action'",
    "name=a/b": "name: should be the name of its runs: letters, digits, . _ -, got 'a/b'",
    "save.best=psnr": "save.best: should be a list in [brackets], got 'psnr'",
    "model.encoder.dim=1000000000000000000": "takes more memory than there is; lower train.batch_size",
    # shapes
    "train=5": "train: should be a mapping, got 5",
    "optimizer=5": "optimizer: should be a mapping, got 5",
    "annealer=5": "annealer: should be a component's name, or a mapping with its name and settings, got 5",
    "feedback.filter=5": "feedback.filter: should be a component's name, or a mapping",
    "model=3": "model: should be a component's name, or a mapping with its name and settings, got 3",
    "model.encoder=": "model.encoder: should be a component's name, or a mapping with its name and settings, got null",
    "annealer={name: 5}": "annealer.name: should be text, got 5",
    "validate.metrics=[5]": "validate.metrics.0: should be a component's name",
    "observers=x": "observers: should be a list in [brackets], got 'x'",
    # unknown settings
    "trian.epochs=3": "trian: no such setting; did you mean 'train'?",
    "train.epoch=3": "train.epoch: no such setting; did you mean 'epochs'?",
    "annealer.perod=3": "annealer.perod: cyclical has no such setting; did you mean 'period'?",
    "model.encodr=vgg64": "model.encodr: six_slots has no such setting; did you mean 'encoder'?",
    "scheduler={name: step, evry: 2}": "scheduler.evry: no such setting; did you mean 'every'?",
    "loss.gamma=1": "loss.gamma: no such setting; known: objective, beta_max",
    "extend=bair_base": "extend: no such setting; did you mean 'extends'?",
    # unknown components
    "model.encoder=vg64": "model.encoder.name: unknown encoder 'vg64'; did you mean 'vgg64'? known encoders: ",
    "model.decoder=vg64": "model.decoder.name: unknown decoder 'vg64'; did you mean 'vgg64'? known decoders: ",
    "model.condition=identiy": "model.condition.name: unknown condition 'identiy'; did you mean 'identity'? known condition encoders: ",
    "model.posterior=gausian_lstm": "model.posterior.name: unknown core 'gausian_lstm'; did you mean 'gaussian_lstm'? known recurrent cores: ",
    "model.name=six_slot": "model.name: unknown model 'six_slot'; did you mean 'six_slots'?",
    "data.name=bair_robt": "data.name: unknown dataset 'bair_robt'; did you mean 'bair_robot'?",
    "annealer=cyclicle": "annealer.name: unknown annealer 'cyclicle'; did you mean 'cyclical'? known KL annealers: ",
    "forcing=linear_deca": "forcing.name: unknown forcing 'linear_deca'; did you mean 'linear_decay'? known teacher-forcing policies: ",
    "loss.objective=elb": "loss.objective.name: unknown objective 'elb'; did you mean 'elbo'?",
    "validate.metrics=[psnr, sim]": "validate.metrics.1.name: unknown metric 'sim'; did you mean 'ssim'?",
    "feedback.filter=nonsense": "feedback.filter.name: unknown filter 'nonsense'; known feedback filters: ",
    "observers=[nonsense]": "observers.0.name: unknown observer 'nonsense'; known observers: ",
    "optimizer=adamm": "optimizer.name: unknown optimizer 'adamm'; did you mean 'adam'? known optimizers: adam, adamw, sgd",
    "scheduler.name=cosin": "scheduler.name: unknown scheduler 'cosin'; did you mean 'cosine'?",
    # parts that do not fit each other
    "model.prior=lstm": "model.prior: lstm reads latent, which is not known there; readable: frame, condition",
    "model.prior={name: lstm, reads: [frame]}": "model.prior: lstm gives features, but this slot needs a core that gives a Gaussian",
    "model.prior={name: gaussian_lstm, latent: 9}": "model.prior: gives a latent of 9, but the posterior one of 4",
    "model.posterior.reads=[latent]": "model.posterior: gaussian_lstm reads latent, which is not known there",
    "model.posterior=standard_normal": "model.posterior: standard_normal takes its shape from the posterior, so it can only be a prior",
    "model.predictor=gaussian_lstm": "model.predictor: gaussian_lstm gives a Gaussian, but this slot needs features",
    # settings that do not fit each other, the run or the data
    "save.best=[psnrr]": "save.best: 'psnrr' is not measured; did you mean 'psnr'? measured: loss, psnr, ssim; validate.metrics chooses",
    "annealer.cycles=5": "annealer.cycles: 5 cycles do not fit into 4 steps; lower cycles\n",
    "annealer={name: cyclical, cycles: 3, unit: epoch}": "annealer.cycles: 3 cycles do not fit into 2 epochs; lower cycles, or count in steps",
    "train.batch_size=1": "train.batch_size: is 1, and BatchNorm cannot learn from a single clip; use 2 or more",
    "train.steps_per_epoch=": "5 training clips in batches of 2 leave a last batch of one clip, and BatchNorm",
    "sequence.future=8": "train: training on past 2 + future 8 needs clips of 10 frames, but {root}/train/traj_0_to_255/0 has 9 frames; ",
    "validate.future=8": "validate: validating past 2 + future 8 needs clips of 10 frames, but {root}/validate/traj_0_to_255/0 has 9 frames; "
                         "{root}/validate/traj_0_to_255/1 has 9 frames; lower sequence.past or validate.future",
    "train.window_start=4": "from frame 4 needs clips of 10 frames, but {root}/train/traj_0_to_255/0 has 9 frames; "
                            "{root}/train/traj_0_to_255/1 has 9 frames; {root}/train/traj_0_to_255/2 has 9 frames (and 2 more); "
                            "lower train.window_start, sequence.past or sequence.future, or leave these clips out",
    "data.root=no/such/folder": "data.root: no folder no/such/folder; it should hold train, validate and test",
    # requirements
    "requires=[vidpred-nonsense>=1]": "requires.0: this recipe needs the plugin vidpred-nonsense; install it: pip install 'vidpred-nonsense>=1'",
    "requires=['pluggy<1']": "requires.0: this recipe needs pluggy<1, but 1",
    "requires=[a b c]": "requires.0: 'a b c' is no requirement; write it like vidpred-foo>=1",
    "requires=[5]": "requires.0: should be text, got 5",
    "requires=vidpred-foo": "requires: should be a list in [brackets], got 'vidpred-foo'",
    # --set itself
    "train.epochs": "--set train.epochs: write it as path.to.field=value, for example --set train.epochs=3",
    "=3": "--set =3: write it as path.to.field=value",
    "train..epochs=3": "--set train..epochs=3: write it as path.to.field=value",
    "train.epochs=[1": "--set train.epochs=[1: the value cannot be read: line 1, column 3: while parsing a flow sequence, expected",
    "train={epochs: 1, epochs: 2}": "the key 'epochs' stands here twice",
    "train={1: 2}": "a key must be a word, not 1",
    "seed=!!int three": "the value cannot be read: line 1, column 1: 'three' is no !!int",
    "extends=bair_base": "--set extends=bair_base: only a file can extend a recipe",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings(setting: str, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path) -> None:
    recipe = write_recipe()
    message = refused("run", recipe, "--set", setting)
    assert filled(SETTINGS[setting], root=robot_data) in message
    lines = message.splitlines()
    assert len(lines) == 1 or (len(lines) == 2 and lines[0] == f"error: {recipe}: 1 problem")


RECIPES = {         # a recipe's whole text, and what is said of it
    "list": ("- a\n- b\n", "{recipe}: 1 problem\n  a recipe is a mapping (`key: value` lines), but this is a list"),
    "scalar": ("just words\n", "a recipe is a mapping (`key: value` lines), but this is one value\n"),
    "empty": ("# nothing\n", "but this is empty"),
    "not UTF-8": (b"name: caf\xe9\n", "is not text in UTF-8 (byte 9); save it as UTF-8"),
    "broken YAML": ("name: x\ndata: {name: bair_robot\ntrain: 3\n",
                    "line 3, column 6: while parsing a flow mapping, expected ',' or '}', but got ':'"),
    "a tab": ("name: x\ntrain:\n\tepochs: 3\n", "line 3, column 1: while scanning for the next token, found character '\\t'"),
    "control character": ("name: x\nseed: \x00\n", "line 2: the character U+0000 cannot stand in YAML"),
    "duplicate key": ("name: x\nseed: 1\nseed: 2\n", "line 3, column 1: the key 'seed' stands here twice"),
    "python tag": ("name: !!python/object/apply:os.system ['touch {folder}/ran']\n",
                   "line 1, column 7: the tag !!python/object/apply:os.system is refused: a recipe is plain data"),
    "number as key": ("name: x\n1: 2\n", "line 2, column 1: a key must be a word, not 1"),
    "list as key": ("name: x\n? [a]\n: 2\n", "line 2, column 3: a key must be a word, not ['a']"),
    "wrong tag": ("name: x\nseed: !!bool three\n", "line 2, column 7: 'three' is no !!bool"),
    "endless nesting": ("name: " + "[" * 1500, "is nested too deeply"),
    "two documents": ("name: x\n---\nname: y\n", "line 2, column 1: expected a single document in the stream, but found another document"),
    "all is missing": ("{}\n", "3 problems\n  name: is missing\n  data: is missing\n  model: is missing"),
    "a slot is missing": ("name: x\ndata: bair_robot\nmodel: {encoder: vgg64}\n", "model.decoder: is missing"),
    "no component": ("name: x\ndata: bair_robot\nannealer: {}\nmodel: {encoder: {}, condition: identity, posterior: gaussian_lstm, "
                     "prior: standard_normal, predictor: lstm, decoder: vgg64}\n",
                     "2 problems\n  annealer.name: is missing\n  model.encoder.name: is missing\n"),
    "extends itself": ("extends: mine.yaml\n", "extends: goes in a circle: mine.yaml -> mine.yaml"),
    "extends in a circle": ("extends: other.yaml\n", "extends: goes in a circle: mine.yaml -> other.yaml -> mine.yaml"),
    "extends nothing": ("extends: bair_cyclicle\n",
                        "extends: no recipe 'bair_cyclicle'; did you mean 'bair_cyclical'? give a shipped recipe's name ("),
    "extends outside": ("extends: ../outside.yaml\n", "extends: '../outside.yaml' lies outside {folder}; give a shipped recipe's name"),
    "extends a list": ("extends: [bair_base]\n", "extends: give one recipe's name or path, not ['bair_base']"),
    "extends a broken one": ("extends: broken.yaml\n", "broken.yaml: 1 problem\n  line 2, column 1: while parsing"),
}


@pytest.mark.parametrize("case", RECIPES)
def test_recipes(case: str, refused: Refused, tmp_path: Path) -> None:
    text, telling = RECIPES[case]
    folder = tmp_path / "mine"
    folder.mkdir()
    recipe = folder / "mine.yaml"
    recipe.write_bytes(text if isinstance(text, bytes) else filled(text, folder=folder).encode())
    (folder / "other.yaml").write_text("extends: mine.yaml\n")
    (folder / "broken.yaml").write_text("name: [\n")
    (tmp_path / "outside.yaml").write_text("name: x\n")
    assert filled(telling, recipe=recipe, folder=folder) in refused("run", recipe)
    assert not (folder / "ran").exists()


def test_a_recipe_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert "no recipe 'bair_cyclicle': neither a file nor a shipped recipe; did you mean 'bair_cyclical'?" in refused("run", "bair_cyclicle")
    assert "did you mean 'bair_cyclical'?" in refused("run", "recipes/bair_cyclicl.yaml")
    assert f"{tmp_path} is a folder; name a recipe file in it" in refused("run", tmp_path)
    assert "no recipe 'xxx" in refused("run", "x" * 300)


def test_all_problems_come_in_one_message(refused: Refused, write_recipe: Callable[..., Path]) -> None:
    recipe = write_recipe(annealer={"name": "cyclical", "perod": 3}, train={"epochs": 0}, trian=1, save={"best": "psnr"},
                          requires=["vidpred-nonsense"], forcing={"name": "linear", "ratio": 2})
    message = refused("run", recipe, "--set", "model.encoder=vg64", "--set", "model.posterior.latent=-1")
    assert message.startswith(f"error: {recipe}: 8 problems\n")
    for field in ("annealer.perod", "train.epochs", "trian", "save.best", "requires.0", "forcing.name", "model.encoder.name",
                  "model.posterior.latent"):
        assert message.count(f"\n  {field}: ") == 1


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {         # what is done to good data (1: a training trajectory), and what is said
    "no train": (lambda root: shutil.rmtree(root / "train"), "{root}/train: no such folder; a split is split/<shard>/<k>/0.png, 1.png, …; "
                                                             "folders in {root}: test, validate"),
    "empty split": (lambda root: shutil.rmtree(root / "validate/traj_0_to_255"), "{root}/validate: holds no trajectory"),
    "a file": (lambda root: (shutil.rmtree(root), root.write_text("")), "data.root: no folder {root}"),
    "nothing to split": (lambda root: [shutil.rmtree(root / "validate"), *(shutil.rmtree(root / f"train/traj_0_to_255/{k}") for k in range(4))],
                         "{root}: there is no validate folder, and the one trajectory of train cannot be split; add a validate folder"),
    "no frames": (lambda root: [path.unlink() for path in frames(root)], "{1}: holds no frames (0.png, 1.png, …)"),
    "frame missing": (lambda root: (one(root) / "4.png").unlink(),
                      "{1}/4.png: this frame is missing, though the folder goes on to 8.png; restore it"),
    "garbage": (lambda root: (one(root) / "3.png").write_bytes(b"garbage" * 99), "{1}/3.png: cannot be read as an image: it is damaged, or no image"),
    "empty frame": (lambda root: (one(root) / "3.png").write_bytes(b""), "{1}/3.png: cannot be read as an image: it is damaged, or no image"),
    "truncated": (lambda root: cut(one(root) / "3.png"), "{1}/3.png: cannot be read as an image: "),
    "a folder": (lambda root: ((one(root) / "3.png").unlink(), (one(root) / "3.png").mkdir()),
                 "{1}/3.png: cannot be read as an image: Is a directory"),
    "wrong size": (lambda root: draw(root, "RGB", (48, 32)), "{1}/3.png: is 32x48, but frames are 64x64 (height x width); scale it"),
    "grey": (lambda root: draw(root, "L"), "{1}/3.png: is grey, but frames are RGB; save it as RGB"),
    "transparent": (lambda root: draw(root, "RGBA"), "{1}/3.png: is RGB with transparency, but frames are RGB"),
    "palette": (lambda root: draw(root, "P"), "{1}/3.png: is an image with a palette, but frames are RGB"),
    "16 bits": (lambda root: draw(root, "I;16"), "{1}/3.png: is grey, but frames are RGB"),
    "no CSV": (lambda root: (one(root) / "actions.csv").unlink(), "{1}/actions.csv: is missing; it should hold 4 numbers for each frame"),
    "empty CSV": (lambda root: table(root, 0), "{1}/actions.csv: has 0 rows, but the trajectory has 9 frames; each frame needs its row"),
    "too few rows": (lambda root: table(root, 8), "{1}/actions.csv: has 8 rows, but the trajectory has 9 frames"),
    "too many columns": (lambda root: table(root, 9, "1,2,3,4,5"), "{1}/actions.csv: line 3 has 5 columns, but 4 numbers are expected"),
    "too few columns": (lambda root: table(root, 9, "1,2,3"), "{1}/actions.csv: line 3 has 3 columns, but 4 numbers are expected"),
    "blank line": (lambda root: table(root, 9, ""), "{1}/actions.csv: line 3 has 0 columns, but 4 numbers are expected"),
    "not a number": (lambda root: table(root, 9, "1,two,3,4"), "{1}/actions.csv: line 3, column 2 is 'two', not a number"),
    "nan": (lambda root: table(root, 9, "1,2,nan,4"), "{1}/actions.csv: line 3, column 3 is nan; it should be a finite number"),
    "infinite": (lambda root: table(root, 9, "-inf,2,3,4"), "{1}/actions.csv: line 3, column 1 is -inf; it should be a finite number"),
    "too large": (lambda root: table(root, 9, "1e99,2,3,4"), "{1}/actions.csv: line 3, column 1 is 1e99; it should be a finite number"),
    "many at once": (lambda root: [cut(path) for path in frames(root)],
                     "the data cannot be used:\n  {1}/0.png: cannot be read as an image: "),
}


def one(root: Path) -> Path:
    return root / "train/traj_0_to_255/1"


def frames(root: Path) -> list[Path]:
    return list(one(root).glob("*.png"))


def cut(frame: Path) -> None:
    frame.write_bytes(frame.read_bytes()[:len(frame.read_bytes()) // 2])


def draw(root: Path, mode: str, size: tuple[int, int] = (64, 64)) -> None:
    Image.new(mode, size).save(one(root) / "3.png")


def table(root: Path, rows: int, third: str = "1,2,3,4") -> None:
    lines = ["1,2,3,4"] * rows
    lines[2:3] = [third] if rows else []
    (one(root) / "actions.csv").write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("case", DAMAGE)
def test_data(case: str, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path) -> None:
    damage, telling = DAMAGE[case]
    root = tmp_path / "data"
    shutil.copytree(robot_data, root)
    damage(root)
    message = refused("run", write_recipe(data={"name": "bair_robot", "root": str(root)}))
    assert filled(telling, **{"1": one(root)}, root=root) in message
    if case == "many at once":
        assert message.count("\n") == 7 and "… and 4 more" in message


def test_no_damage_to_a_frame_gets_past(robot_data: Path, tmp_path: Path) -> None:
    """Wherever a PNG is cut or changed: an error that names it, or an image."""
    whole = (one(robot_data) / "0.png").read_bytes()
    random = np.random.default_rng(0)
    damaged = [whole[:length] for length in range(0, len(whole), 3)]
    for place in random.integers(0, len(whole), 200):
        damaged.append(whole[:place] + bytes(random.integers(0, 256, 3, np.uint8)) + whole[place + 3:])
    frame = tmp_path / "0.png"
    for content in damaged:
        frame.write_bytes(content)
        try:
            assert read_frame(frame, (64, 64)).shape == (3, 64, 64)
        except DataError as error:
            assert str(error).startswith(f"{frame}: ") and "\n" not in str(error)


PLUGIN = """
from pathlib import Path
import vidpred
{body}
@vidpred.hookimpl
def vidpred_register(add):
    add({kind!r}, "mine", Mine)
"""


def plugin(path: Path, kind: str, body: str) -> Path:
    path.write_text(PLUGIN.format(kind=kind, body=body))
    return path


BROKEN = {          # a plugin file, and what is said of it
    "syntax": ("x = 1\ndef (\n", "SyntaxError: invalid syntax (broken.py, line 2)"),
    "registers nothing": ("x = 1\n", "it registers nothing: define vidpred_register(add), marked with @vidpred.hookimpl"),
    "misspelt hook": ("import vidpred\n@vidpred.hookimpl\ndef vidpred_regster(add): pass\n",
                      "unknown hook 'vidpred_regster'; did you mean 'vidpred_register'?"),
    "wrong argument": ("import vidpred\n@vidpred.hookimpl\ndef vidpred_register(ad): pass\n", "Argument(s) {'ad'} are declared"),
    "raises": ("1 / 0\n", "ZeroDivisionError: division by zero (broken.py, line 1)"),
    "hook raises": (PLUGIN.format(body="class Mine: pass\n1", kind="annealer").replace('"mine"', "nonsense"),
                    "NameError: name 'nonsense' is not defined (broken.py, line 8)"),
    "unknown kind": (PLUGIN.format(body="class Mine: pass", kind="aneler"), "unknown kind 'aneler'; did you mean 'annealer'? known kinds: "),
    "no import": ("import nonsense_package\n", "ModuleNotFoundError: No module named 'nonsense_package' (broken.py, line 1)"),
    "null bytes": ("x\x00", "SyntaxError: "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_plugins(case: str, refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    text, telling = BROKEN[case]
    broken = tmp_path / "broken.py"
    broken.write_text(text)
    message = refused("run", write_recipe(), "--plugin", broken)
    assert message.startswith(f"error: --plugin {broken}: ") and telling in message and message.count("\n") == 1


def test_plugins_that_are_no_plugins(refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    (tmp_path / "mine.txt").write_text("")
    message = refused("run", write_recipe(), "--plugin", tmp_path / "mime.py", "--plugin", tmp_path / "mine.txt")
    assert f"--plugin {tmp_path}/mime.py: no such file; did you mean 'mine.py'?" in message
    assert f"--plugin {tmp_path}/mine.txt: not a Python file: its name should end in .py" in message


def test_a_broken_plugin_of_the_environment_is_left_out_with_a_warning(
        vidpred: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDPRED_PLUGINS", str(tmp_path / "gone.py"))
    outcome = vidpred("check", "bair_base")
    assert outcome.code == 0 and outcome.errors == f"warning: plugin {tmp_path}/gone.py is left out: no such file\n"


def test_a_class_of_another_kind(refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    file = plugin(tmp_path / "wrong.py", "annealer", "class Mine(vidpred.Forcing):\n    name = 'mine'")
    message = refused("run", write_recipe(annealer="mine"), "--plugin", file)
    assert "annealer.name: annealer 'mine' of plugin 'wrong' must be a subclass of vidpred.Annealer" in message
    file = plugin(tmp_path / "misnamed.py", "annealer", "class Mine(vidpred.Annealer):\n    name = 'yours'")
    assert "its class says name = 'yours'; make them agree" in refused("run", write_recipe(annealer="mine"), "--plugin", file)


@pytest.mark.parametrize(("weight", "said", "finished"), [
    ("2", "annealer mine gives a weight of 2 in epoch 0, step 0; it must be a number in [0, 1]", 0),
    ("float('nan')", "gives a weight of nan in epoch 0", 0), ("None", "gives a weight of None in epoch 0", 0),
    ("-at.epoch", "gives a weight of -1 in epoch 1, step 2", 1)])
def test_a_schedule_that_leaves_its_range(
        weight: str, said: str, finished: int, refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    body = f"class Mine(vidpred.Annealer):\n    name = 'mine'\n    def weight(self, at):\n        return {weight}"
    file = plugin(tmp_path / "far.py", "annealer", body)
    assert said in refused("run", write_recipe(annealer="mine"), "--plugin", file, finished=finished)


def test_parts_of_plugins_that_do_not_fit(refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path) -> None:
    small = plugin(tmp_path / "small.py", "dataset", """
class Mine(vidpred.Dataset):
    name = "mine"
    frame, condition = vidpred.FeatureSpec(3, (32, 32)), vidpred.FeatureSpec(4)
""")
    assert "model.encoder: vgg64 encodes 64x64 frames, but these are 3x32x32" in refused("run", write_recipe(data="mine"), "--plugin", small)
    flat = plugin(tmp_path / "flat.py", "encoder", """
class Mine(vidpred.Encoder):
    name, spec = "mine", vidpred.FeatureSpec(8)
""")
    message = refused("run", write_recipe(), "--set", "model.encoder=mine", "--plugin", flat)
    assert "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none" in message


VANDAL = """
class Mine(vidpred.Observer):
    name = "mine"
    class Config(vidpred.Config):
        root: Path
        after: int
    def run_start(self, folder, recipe):
        self.epoch_end({"epoch": -1})
    def epoch_end(self, record):
        if record["epoch"] == self.config.after:
            for frame in self.config.root.glob("train/*/*/4.png"):      # in every window of 6 of 9 frames
                frame.unlink()
"""


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("after", [-1, 0])
def test_a_frame_that_vanishes_in_the_middle_of_a_run(
        workers: int, after: int, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(robot_data, root)
    file = plugin(tmp_path / "vandal.py", "observer", VANDAL)
    recipe = write_recipe(data={"name": "bair_robot", "root": str(root)}, observers=[{"name": "mine", "root": str(root), "after": after}])
    message = refused("run", recipe, "--plugin", file, "--set", f"train.workers={workers}", finished=after + 1)
    assert "/4.png: is missing; restore it, or leave its folder out" in message
    for run in (tmp_path / "out" / "tiny").glob("*"):
        assert [record["epoch"] for record in records.read(run)] == [0]
        assert (run / "checkpoints" / "last" / "weights.safetensors").is_file()


def test_out_that_cannot_hold_a_run(refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "deeper"):
        message = refused("run", write_recipe(), out=out)
        assert message == f"error: {file}: no run folder can be made in it: it is not a folder; give another with --out\n"


def test_devices(refused: Refused, write_recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for device, said in {
        "gpu": "--device gpu: unknown device; use auto, cpu or cuda", "meta": "--device meta: not supported; use auto, cpu or cuda",
        "cuda:1": "--device cuda:1: torch finds no usable GPU here; use --device cpu, or install a torch build",
    }.items():
        assert said in refused("run", write_recipe(), "--device", device)


def test_what_cannot_be_listed(refused: Refused) -> None:
    assert "unknown kind 'anealer'; did you mean 'annealer'? known kinds: annealer, " in refused("list", "anealer")
    assert "unknown annealer 'cyclicle'; did you mean 'cyclical'?" in refused("list", "annealer", "cyclicle")


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_the_shortest_runs_can_have_one_cycle(steps: int, vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    """torch divides by zero where the rise is a step long."""
    recipe = write_recipe(annealer="none", scheduler={"name": "one_cycle", "rise": 1 / (steps + 1)})
    few = ["--set", "train.epochs=1", "--set", f"train.steps_per_epoch={steps}", "--set", "validate.metrics=[psnr]", "--set", "sequence.future=1"]
    assert vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *few).code == 0
