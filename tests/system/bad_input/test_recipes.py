"""Recipes and settings that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.bad_input.refusal import Refused, fill_paths

PROBLEMS = {  # one wrong setting of a good recipe, and the line about it below the recipe's name
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
    "model.condition=identiy": (
        "model.condition.name: unknown condition 'identiy'; did you mean 'identity'? known condition encoders: "
    ),
    "model.posterior=gausian_lstm": (
        "model.posterior.name: unknown core 'gausian_lstm'; did you mean 'gaussian_lstm'? known recurrent cores: "
    ),
    "model.name=six_slot": "model.name: unknown model 'six_slot'; did you mean 'six_slots'?",
    "data.name=bair_robt": "data.name: unknown dataset 'bair_robt'; did you mean 'bair_robot'?",
    "annealer=cyclicle": "annealer.name: unknown annealer 'cyclicle'; did you mean 'cyclical'? known KL annealers: ",
    "forcing=linear_deca": (
        "forcing.name: unknown forcing 'linear_deca'; did you mean 'linear_decay'? known teacher-forcing policies: "
    ),
    "loss.objective=elb": "loss.objective.name: unknown objective 'elb'; did you mean 'elbo'?",
    "validate.metrics=[psnr, sim]": "validate.metrics.1.name: unknown metric 'sim'; did you mean 'ssim'?",
    "feedback.filter=nonsense": "feedback.filter.name: unknown filter 'nonsense'; known feedback filters: ",
    "observers=[nonsense]": "observers.0.name: unknown observer 'nonsense'; known observers: ",
    "optimizer=adamm": (
        "optimizer.name: unknown optimizer 'adamm'; did you mean 'adam'? known optimizers: adam, adamw, sgd"
    ),
    "scheduler.name=cosin": "scheduler.name: unknown scheduler 'cosin'; did you mean 'cosine'?",
    # parts that do not fit each other
    "model.prior=lstm": "model.prior: lstm reads latent, which this slot does not have; it has: frame, condition",
    "model.prior={name: lstm, reads: [frame]}": (
        "model.prior: lstm gives features, but this slot needs a core that gives a Gaussian"
    ),
    "model.prior={name: gaussian_lstm, latent: 9}": "model.prior: gives a latent of 9, but the posterior one of 4",
    "model.posterior.reads=[latent]": "model.posterior: gaussian_lstm reads latent, which this slot does not have",
    "model.posterior=standard_normal": (
        "model.posterior: standard_normal takes its shape from the posterior, so it can only be a prior"
    ),
    "model.predictor=gaussian_lstm": "model.predictor: gaussian_lstm gives a Gaussian, but this slot needs features",
    # settings that do not fit each other, the run or the data
    "save.best=[psnrr]": (
        "save.best: 'psnrr' is not measured; did you mean 'psnr'? measured: loss, psnr, ssim; validate.metrics chooses"
    ),
    "train.batch_size=1": "train.batch_size: is 1, and BatchNorm cannot learn from a single clip; use 2 or more",
    "train.steps_per_epoch=": "5 training clips in batches of 2 leave a last batch of one clip, and BatchNorm",
    # requirements
    "requires=[vidpred-nonsense>=1]": (
        "requires.0: this recipe needs the plugin vidpred-nonsense; install it: pip install 'vidpred-nonsense>=1'"
    ),
    "requires=['pluggy<1']": "requires.0: this recipe needs pluggy<1, but 1",
    "requires=[a b c]": "requires.0: 'a b c' is not a requirement; write it like vidpred-foo>=1",
    "requires=[5]": "requires.0: should be text, got 5",
    "requires=vidpred-foo": "requires: should be a list in [brackets], got 'vidpred-foo'",
}

ERRORS = {  # one wrong setting, and the message about it, which is a single line
    # parts, settings and data that do not fit each other
    "model.encoder.dim=1000000000000000000": "needs more memory than is available; lower train.batch_size",
    "annealer.cycles=5": "annealer.cycles: 5 cycles do not fit into 4 steps; lower cycles\n",
    "annealer={name: cyclical, cycles: 3, unit: epoch}": (
        "annealer.cycles: 3 cycles do not fit into 2 epochs; lower cycles, or count in steps"
    ),
    "sequence.future=8": (
        "train: training on past 2 + future 8 needs clips of 10 frames, but {root}/train/traj_0_to_255/0 has 9 frames; "
    ),
    "validate.future=8": (
        "validate: validating past 2 + future 8 needs clips of 10 frames, but "
        "{root}/validate/traj_0_to_255/0 has 9 frames; "
        "{root}/validate/traj_0_to_255/1 has 9 frames; lower sequence.past or validate.future"
    ),
    "train.window_start=4": "from frame 4 needs clips of 10 frames, but {root}/train/traj_0_to_255/0 has 9 frames; "
    "{root}/train/traj_0_to_255/1 has 9 frames; {root}/train/traj_0_to_255/2 has 9 frames (and 2 more); "
    "lower train.window_start, sequence.past or sequence.future, or leave these clips out",
    "data.root=no/such/folder": "data.root: no folder no/such/folder; it should hold train, validate and test",
    # --set itself
    "train.epochs": "--set train.epochs: write it as path.to.field=value, for example --set train.epochs=3",
    "=3": "--set =3: write it as path.to.field=value",
    "train..epochs=3": "--set train..epochs=3: write it as path.to.field=value",
    "train.epochs=[1": (
        "--set train.epochs=[1: the value cannot be read: line 1, column 3: while parsing a flow sequence, expected"
    ),
    "train={epochs: 1, epochs: 2}": "duplicate key 'epochs'",
    "train={1: 2}": "a key must be a word, not 1",
    "seed=!!int three": "the value cannot be read: line 1, column 1: 'three' is not a !!int",
    "extends=bair_base": "--set extends=bair_base: only a file can extend a recipe",
}


@pytest.mark.parametrize("setting", PROBLEMS)
def test_a_wrong_setting_is_a_problem_of_the_recipe(
    setting: str, refused: Refused, write_recipe: Callable[..., Path]
) -> None:
    recipe = write_recipe()
    heading, problem = refused("run", recipe, "--set", setting).splitlines()
    assert heading == f"error: {recipe}: 1 problem"
    assert problem.startswith("  ") and PROBLEMS[setting] in problem


@pytest.mark.parametrize("setting", ERRORS)
def test_a_setting_that_does_not_fit_is_an_error_of_one_line(
    setting: str, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path
) -> None:
    message = refused("run", write_recipe(), "--set", setting)
    assert fill_paths(ERRORS[setting], root=robot_data) in message
    assert message.count("\n") == 1 and message.endswith("\n")


RECIPES = {  # a recipe's text, and the message about it
    "list": ("- a\n- b\n", "{recipe}: 1 problem\n  a recipe is a mapping (`key: value` lines), but this is a list"),
    "scalar": ("just words\n", "a recipe is a mapping (`key: value` lines), but this is a single value\n"),
    "empty": ("# nothing\n", "but this is empty"),
    "not UTF-8": (b"name: caf\xe9\n", "is not UTF-8 text (byte 9); save it as UTF-8"),
    "broken YAML": (
        "name: x\ndata: {name: bair_robot\ntrain: 3\n",
        "line 3, column 6: while parsing a flow mapping, expected ',' or '}', but got ':'",
    ),
    "a tab": (
        "name: x\ntrain:\n\tepochs: 3\n",
        "line 3, column 1: while scanning for the next token, found character '\\t'",
    ),
    "control character": ("name: x\nseed: \x00\n", "line 2: the character U+0000 is not allowed in YAML"),
    "duplicate key": ("name: x\nseed: 1\nseed: 2\n", "line 3, column 1: duplicate key 'seed'"),
    "python tag": (
        "name: !!python/object/apply:os.system ['touch {folder}/ran']\n",
        "line 1, column 7: the tag !!python/object/apply:os.system is refused: a recipe is plain data",
    ),
    "number as key": ("name: x\n1: 2\n", "line 2, column 1: a key must be a word, not 1"),
    "list as key": ("name: x\n? [a]\n: 2\n", "line 2, column 3: a key must be a word, not ['a']"),
    "wrong tag": ("name: x\nseed: !!bool three\n", "line 2, column 7: 'three' is not a !!bool"),
    "endless nesting": ("name: " + "[" * 1500, "is nested too deeply"),
    "two documents": (
        "name: x\n---\nname: y\n",
        "line 2, column 1: expected a single document in the stream, but found another document",
    ),
    "all is missing": ("{}\n", "3 problems\n  name: is missing\n  data: is missing\n  model: is missing"),
    "a slot is missing": ("name: x\ndata: bair_robot\nmodel: {encoder: vgg64}\n", "model.decoder: is missing"),
    "no component": (
        "name: x\ndata: bair_robot\nannealer: {}\nmodel: {encoder: {}, condition: identity, posterior: gaussian_lstm, "
        "prior: standard_normal, predictor: lstm, decoder: vgg64}\n",
        "2 problems\n  annealer.name: is missing\n  model.encoder.name: is missing\n",
    ),
    "extends itself": (
        "extends: mine.yaml\n",
        "extends: recipes extend each other in a circle: mine.yaml -> mine.yaml",
    ),
    "extends in a circle": (
        "extends: other.yaml\n",
        "extends: recipes extend each other in a circle: mine.yaml -> other.yaml -> mine.yaml",
    ),
    "extends nothing": (
        "extends: bair_cyclicle\n",
        "extends: no recipe 'bair_cyclicle'; did you mean 'bair_cyclical'? give a shipped recipe's name (",
    ),
    "extends outside": (
        "extends: ../outside.yaml\n",
        "extends: '../outside.yaml' lies outside {folder}; give a shipped recipe's name",
    ),
    "extends a list": ("extends: [bair_base]\n", "extends: give the name or the path of one recipe, not ['bair_base']"),
    "extends a broken one": ("extends: broken.yaml\n", "broken.yaml: 1 problem\n  line 2, column 1: while parsing"),
}


@pytest.mark.parametrize("case", RECIPES)
def test_wrong_recipes(case: str, refused: Refused, tmp_path: Path) -> None:
    text, expected = RECIPES[case]
    folder = tmp_path / "mine"
    folder.mkdir()
    recipe = folder / "mine.yaml"
    recipe.write_bytes(text if isinstance(text, bytes) else fill_paths(text, folder=folder).encode())
    (folder / "other.yaml").write_text("extends: mine.yaml\n")
    (folder / "broken.yaml").write_text("name: [\n")
    (tmp_path / "outside.yaml").write_text("name: x\n")
    assert fill_paths(expected, recipe=recipe, folder=folder) in refused("run", recipe)
    assert not (folder / "ran").exists()


def test_a_missing_recipe(refused: Refused, tmp_path: Path) -> None:
    assert "no recipe 'bair_cyclicle': neither a file nor a shipped recipe; did you mean 'bair_cyclical'?" in refused(
        "run", "bair_cyclicle"
    )
    assert "did you mean 'bair_cyclical'?" in refused("run", "recipes/bair_cyclicl.yaml")
    assert f"{tmp_path} is a folder; name a recipe file in it" in refused("run", tmp_path)
    assert "no recipe 'xxx" in refused("run", "x" * 300)


def test_all_problems_are_in_one_message(refused: Refused, write_recipe: Callable[..., Path]) -> None:
    recipe = write_recipe(
        annealer={"name": "cyclical", "perod": 3},
        train={"epochs": 0},
        trian=1,
        save={"best": "psnr"},
        requires=["vidpred-nonsense"],
        forcing={"name": "linear", "ratio": 2},
    )
    message = refused("run", recipe, "--set", "model.encoder=vg64", "--set", "model.posterior.latent=-1")
    assert message.startswith(f"error: {recipe}: 8 problems\n")
    for field in (
        "annealer.perod",
        "train.epochs",
        "trian",
        "save.best",
        "requires.0",
        "forcing.name",
        "model.encoder.name",
        "model.posterior.latent",
    ):
        assert message.count(f"\n  {field}: ") == 1
