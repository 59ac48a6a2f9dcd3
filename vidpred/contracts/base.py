"""What every component is: a name, settings, a reference. No torch here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Config(BaseModel):
    """Settings. Unknown fields are errors, values never change, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


_Config = Config  # inside a component, Config is its own


class Component:
    """Something that a recipe can name.

    A component is a class with a `name`, a one-line docstring, a nested `Config` (its settings) and a `reference`
    (the paper or code it follows). Annotate `config: Config` in the class so that type checkers see its fields.
    """

    name: ClassVar[str]
    reference: ClassVar[str] = ""
    Config: ClassVar[type[_Config]] = _Config
    config: _Config

    def __init__(self, config: _Config) -> None:
        super().__init__()
        self.config = config


@dataclass(frozen=True)
class Kind:
    """One kind of component: what users call several of them, and where its base class is."""

    name: str
    plural: str
    base: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("encoder", "encoders", "vidpred.contracts.networks:Encoder"),
        Kind("decoder", "decoders", "vidpred.contracts.networks:Decoder"),
        Kind("condition", "condition encoders", "vidpred.contracts.networks:ConditionEncoder"),
        Kind("core", "recurrent cores", "vidpred.contracts.networks:Core"),
        Kind("model", "models", "vidpred.contracts.model:Model"),
        Kind("dataset", "datasets", "vidpred.contracts.data:Dataset"),
        Kind("annealer", "KL annealers", "vidpred.contracts.schedules:Annealer"),
        Kind("forcing", "teacher-forcing policies", "vidpred.contracts.schedules:Forcing"),
        Kind("augmentation", "augmentations", "vidpred.contracts.data:Augmentation"),
        Kind("filter", "feedback filters", "vidpred.contracts.networks:Filter"),
        Kind("metric", "metrics", "vidpred.contracts.metric:Metric"),
        Kind("objective", "objectives", "vidpred.contracts.objective:Objective"),
        Kind("observer", "observers", "vidpred.contracts.observer:Observer"),
    )
}


class Node(BaseModel):
    """The place in a recipe where a component is chosen: `{name: lstm, hidden: 256}`, or `lstm` for its defaults."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


DATA_ROOT = "root"  # the setting of every data set that is no fact about its data, but where they are: `Dataset.Config` declares it
DATA_ROOT_PATHS = (
    f"data.{DATA_ROOT}",
    f"data.*.{DATA_ROOT}",
)  # of the only data set of a recipe, and of each of several


def is_data_root(path: str) -> bool:
    """Return whether this path in a recipe is a data set's root: `data.root`, or `data.0.root` of one of several."""
    return re.sub(r"^data\.\d+\.", "data.*.", path) in DATA_ROOT_PATHS


class DataNode(Node):
    """The place where a data set is chosen. What it says beside its own fields is the component's."""

    on_error: Literal["stop", "skip"] = Field(
        "stop",
        description="what happens where a clip cannot be read during the run; skip: it is left out, and listed in the records",
    )

    @property
    def tolerates_errors(self) -> bool:
        return self.on_error == "skip"


class SharedDataNode(DataNode):
    """One of several data sets that are trained on together."""

    share: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="how much of the whole it makes up, beside the shares of the others"
    )


# Annotations for the fields of a recipe, and of a model's Config, that choose a component.
EncoderNode = Annotated[Node, KINDS["encoder"]]
DecoderNode = Annotated[Node, KINDS["decoder"]]
ConditionNode = Annotated[Node, KINDS["condition"]]
CoreNode = Annotated[Node, KINDS["core"]]
ModelNode = Annotated[Node, KINDS["model"]]
DatasetNode = Annotated[DataNode, KINDS["dataset"]]
SharedDatasetNode = Annotated[SharedDataNode, KINDS["dataset"]]
AnnealerNode = Annotated[Node, KINDS["annealer"]]
ForcingNode = Annotated[Node, KINDS["forcing"]]
AugmentationNode = Annotated[Node, KINDS["augmentation"]]
FilterNode = Annotated[Node, KINDS["filter"]]
MetricNode = Annotated[Node, KINDS["metric"]]
ObjectiveNode = Annotated[Node, KINDS["objective"]]
ObserverNode = Annotated[Node, KINDS["observer"]]
