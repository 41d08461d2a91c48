"""Muon for matrices and kernels, AdamW for all else, in one optimizer.

Muon (Jordan et al., 2024): the momentum of a matrix, made orthogonal by five steps of a Newton-Schulz iteration, is the
update. Kernels are matrices of (out, in * height * width).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class MuonAdamW(torch.optim.Optimizer):
    """Two groups of parameters; `rate` of each is scaled by the trainer's schedule through `lr`."""

    def __init__(
        self, modules: Iterable[nn.Module], matrix_rate: float, rate: float, decay: float, bf16: bool = True
    ) -> None:
        """`bf16`: whether matrices are made orthogonal in bfloat16, which is accurate enough."""
        matrices: list[Tensor] = []
        others: list[Tensor] = []
        for module in modules:
            tables = {id(m.weight) for m in module.modules() if isinstance(m, nn.Embedding)}
            for parameter in module.parameters():
                (matrices if parameter.ndim > 1 and id(parameter) not in tables else others).append(parameter)
        groups = [
            {"params": matrices, "lr": matrix_rate, "rate": matrix_rate, "muon": True},
            {"params": others, "lr": rate, "rate": rate, "muon": False},
        ]
        super().__init__([group for group in groups if group["params"]], {"decay": decay})
        self.dtype = torch.bfloat16 if bf16 else torch.float32

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update from the gradients; all parameters at once, since on a GPU each call costs more than its work."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if parameters:
                updates = (self._muon if group["muon"] else self._adam)(parameters)
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["decay"])
                torch._foreach_add_(parameters, updates, alpha=-group["lr"])

    def _muon(self, parameters: list[Tensor], momentum: float = 0.95) -> list[Tensor]:
        """Orthogonal updates; matrices of one shape are made so together."""
        gradients, momenta = _gradients(parameters), self._kept(parameters, "momentum")
        torch._foreach_lerp_(momenta, gradients, 1 - momentum)
        alike: dict[torch.Size, list[int]] = {}
        ahead = [matrix.flatten(1) for matrix in torch._foreach_lerp(gradients, momenta, momentum)]
        for number, matrix in enumerate(ahead):
            alike.setdefault(matrix.shape, []).append(number)
        updates = list(parameters)
        for shape, numbers in alike.items():
            made = orthogonal(torch.stack([ahead[number] for number in numbers]).to(self.dtype))
            made = made.to(parameters[0].dtype) * max(1.0, shape[0] / shape[1]) ** 0.5
            for number, update in zip(numbers, made):
                updates[number] = update.reshape(parameters[number].shape)
        return updates

    def _adam(self, parameters: list[Tensor], betas: tuple[float, float] = (0.9, 0.99)) -> list[Tensor]:
        gradients = _gradients(parameters)
        momenta, squares = (self._kept(parameters, name) for name in ("momentum", "square"))
        steps = []
        for parameter in parameters:
            step = self.state[parameter].setdefault("step", torch.zeros(()))
            step += 1
            steps.append(float(step))
        torch._foreach_lerp_(momenta, gradients, 1 - betas[0])
        torch._foreach_mul_(squares, betas[1])
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - betas[1])
        sizes = torch._foreach_div(squares, [1 - betas[1] ** step for step in steps])
        torch._foreach_sqrt_(sizes)
        torch._foreach_add_(sizes, 1e-8)
        updates = torch._foreach_div(momenta, [1 - betas[0] ** step for step in steps])
        torch._foreach_div_(updates, sizes)
        return list(updates)

    def _kept(self, parameters: list[Tensor], name: str) -> list[Tensor]:
        """What is kept of each parameter under a name, at first zeros."""
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = torch.zeros_like(parameter)
        return [self.state[parameter][name] for parameter in parameters]


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


def orthogonal(matrices: Tensor) -> Tensor:
    """(K, M, N) -> about the nearest matrices whose singular values are all 1."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT.contiguous() if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.mT if tall else x
