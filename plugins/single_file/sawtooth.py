"""A plugin in one file: a KL annealer that rises in a straight line and drops, without a plateau.

vidpred run plugins/single_file/sawtooth.yaml --plugin plugins/single_file/sawtooth.py
"""

from pydantic import Field, PositiveInt

import vidpred


class Sawtooth(vidpred.Annealer):
    """KL weight that rises in a straight line `teeth` times in a run."""

    name = "sawtooth"

    class Config(vidpred.Config):
        teeth: PositiveInt = Field(4, description="how often it rises in the whole run")

    config: Config

    def weight(self, at: vidpred.Progress) -> float:
        return at.step * self.config.teeth % at.steps / at.steps


@vidpred.hookimpl
def vidpred_register(add: vidpred.Add) -> None:
    add("annealer", "sawtooth", Sawtooth)
