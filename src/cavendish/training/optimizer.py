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

    def __init__(self, modules: Iterable[nn.Module], matrix_rate: float, rate: float, decay: float) -> None:
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

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update from the gradients."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            updates = self._muon(parameters) if group["muon"] else [self._adam(p) for p in parameters]
            for parameter, update in zip(parameters, updates):
                parameter.mul_(1 - group["lr"] * group["decay"])
                parameter.add_(update, alpha=-group["lr"])

    def _muon(self, parameters: list[Tensor], momentum: float = 0.95) -> list[Tensor]:
        """Orthogonal updates; matrices of one shape are made so together."""
        ahead: dict[torch.Size, list[tuple[int, Tensor]]] = {}
        for number, parameter in enumerate(parameters):
            assert parameter.grad is not None
            state = self.state[parameter]
            if not state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(parameter.grad, 1 - momentum)
            matrix = parameter.grad.lerp(state["momentum"], momentum).flatten(1).bfloat16()
            ahead.setdefault(matrix.shape, []).append((number, matrix))
        updates: list[Tensor] = [torch.empty(0)] * len(parameters)
        for shape, found in ahead.items():
            made = orthogonal(torch.stack([matrix for _, matrix in found])) * max(1.0, shape[0] / shape[1]) ** 0.5
            for (number, _), update in zip(found, made):
                updates[number] = update.reshape(parameters[number].shape).to(parameters[number].dtype)
        return updates

    def _adam(self, parameter: Tensor, betas: tuple[float, float] = (0.9, 0.99)) -> Tensor:
        assert parameter.grad is not None
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["momentum"] = torch.zeros_like(parameter)
            state["square"] = torch.zeros_like(parameter)
        state["step"] += 1
        state["momentum"].lerp_(parameter.grad, 1 - betas[0])
        state["square"].lerp_(parameter.grad.square(), 1 - betas[1])
        step = float(state["step"])
        size = (state["square"] / (1 - betas[1] ** step)).sqrt_().add_(1e-8)
        return state["momentum"] / (1 - betas[0] ** step) / size


def orthogonal(matrices: Tensor) -> Tensor:
    """(K, M, N) bfloat16 -> about the nearest matrices whose singular values are all 1."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT.contiguous() if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.mT if tall else x
