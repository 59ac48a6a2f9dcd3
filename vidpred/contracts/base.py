"""What all components have: a name, settings, a reference; and the kinds of components. Imports no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Config(BaseModel):
    """Base class of settings. Unknown fields are errors, values are immutable, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


_Config = Config  # inside a component class, `Config` is its nested class


class Component:
    """Base class of everything that a recipe can choose by name.

    A component is a class with a `name`, a one-line docstring, a nested `Config` (its settings) and a `reference`
    (the paper or code that it follows). Annotate `config: Config` in the class so that type checkers see its fields.
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
    """One kind of component."""

    name: str
    plural: str
    base: str  # its base class, as "module:Class"


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
    """A component as a recipe chooses it: `{name: lstm, hidden: 256}`, or `lstm` for the default settings."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


DATA_ROOT = "root"  # the setting that says where a data set is stored; declared by `Dataset.Config`
DATA_ROOT_PATHS = (f"data.{DATA_ROOT}", f"data.*.{DATA_ROOT}")  # in a recipe with one data set, and with several


def is_data_root(path: str) -> bool:
    """Return whether this path in a recipe is a data set's root: `data.root`, or `data.0.root` of one of several."""
    return re.sub(r"^data\.\d+\.", "data.*.", path) in DATA_ROOT_PATHS


class DataNode(Node):
    """A data set as a recipe chooses it. Its own fields are the recipe's; all others are settings of the data set."""

    on_error: Literal["stop", "skip"] = Field(
        "stop", description="if a clip cannot be read during the run: stop, or skip it and list it in the records"
    )

    @property
    def tolerates_errors(self) -> bool:
        """Whether clips that cannot be read are skipped."""
        return self.on_error == "skip"


class SharedDataNode(DataNode):
    """One of several data sets that are trained on together."""

    share: float = Field(
        1.0,
        gt=0,
        allow_inf_nan=False,
        description="its share of the training windows, relative to the shares of the other data sets",
    )


# Annotations of fields that choose a component, in a recipe or in the Config of a component: their kind is metadata.
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
