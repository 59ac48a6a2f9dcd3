"""An embedding and LSTM layers, the beginning of both recurrent cores of SVG."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vidpred import at_least_float32


class EmbeddedLSTM(nn.Module):
    """Linear embedding -> LSTM layers: [B, S, C] and a state -> [B, S, hidden] and the state.

    Always computed in float32: a bfloat16 state loses precision over long rollouts, and float32 costs little here.
    """

    def __init__(self, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Linear(inputs, hidden)
        self.lstm = nn.LSTM(hidden, hidden, layers, batch_first=True)

    def forward(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        with torch.autocast(inputs.device.type, enabled=False):
            hidden, state = self.lstm(self.embed(at_least_float32(inputs)), state)
        return hidden, state
