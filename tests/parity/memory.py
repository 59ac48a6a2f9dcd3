"""How much memory a model's frames and features still take."""

from __future__ import annotations

from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef

from vidpred.contracts.nested import iter_tensors


class Alive:
    """Counts the memory that the outputs of a model's parts take and that something still holds, if only by a view."""

    def __init__(self, model: nn.Module) -> None:
        self.made: dict[StorageWeakRef, int] = {}
        for part in model.children():
            part.register_forward_hook(self._note)

    def _note(self, part: nn.Module, inputs: object, outputs: object) -> None:
        for output in iter_tensors(outputs):
            storage = output.untyped_storage()
            self.made[StorageWeakRef(storage)] = storage.nbytes()

    @property
    def bytes(self) -> int:
        self.made = {storage: size for storage, size in self.made.items() if not storage.expired()}
        return sum(self.made.values())
