"""How much memory a model's frames and features occupy."""

from __future__ import annotations

from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef

from vidpred.contracts.nested import iter_tensors


class Alive:
    """Counts the memory of the outputs of a model's parts that is still referenced, if only by a view."""

    def __init__(self, model: nn.Module) -> None:
        self.sizes: dict[StorageWeakRef, int] = {}
        for part in model.children():
            part.register_forward_hook(self._note)

    def _note(self, part: nn.Module, inputs: object, outputs: object) -> None:
        for output in iter_tensors(outputs):
            storage = output.untyped_storage()
            self.sizes[StorageWeakRef(storage)] = storage.nbytes()

    @property
    def bytes(self) -> int:
        self.sizes = {storage: size for storage, size in self.sizes.items() if not storage.expired()}
        return sum(self.sizes.values())
