"""Muon for matrices and kernels, AdamW for all else, in one optimizer.

Muon (Jordan et al., 2024): the momentum of a matrix, orthogonalized by five Newton-Schulz iterations, is the update.
Kernels are matrices of (out, in * height * width).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw


class MuonAdamW(torch.optim.Optimizer):
    """Two groups of parameters; the trainer's schedule scales `base_lr` of each into `lr`.

    Not `torch.optim.Muon`: it always computes in bfloat16, and where a CPU emulates that (AVX2) a training step of nano
    takes 8.6 times as long (24.3 s instead of 2.8 s; with bfloat16 instructions 0.97 times).
    """

    def __init__(self, module: nn.Module, muon_lr: float, lr: float, weight_decay: float, bf16: bool) -> None:
        """`bf16`: whether matrices are orthogonalized in bfloat16, which is accurate enough."""
        matrices: list[Tensor] = []
        others: list[Tensor] = []
        embeddings = {id(m.weight) for m in module.modules() if isinstance(m, nn.Embedding)}
        for parameter in module.parameters():
            (matrices if parameter.ndim > 1 and id(parameter) not in embeddings else others).append(parameter)
        groups = [
            {"params": matrices, "lr": muon_lr, "base_lr": muon_lr, "muon": True},
            {"params": others, "lr": lr, "base_lr": lr, "muon": False},
        ]
        super().__init__(groups, {"weight_decay": weight_decay})
        self.dtype = torch.bfloat16 if bf16 else torch.float32
        for matrix in matrices:
            self.state[matrix]["momentum"] = torch.zeros_like(matrix)
        for other in others:
            self.state[other]["momentum"] = torch.zeros_like(other)
            self.state[other]["square"] = torch.zeros_like(other)
            self.state[other]["step"] = torch.zeros(())

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update from the gradients; all parameters at once, since on a GPU each call costs more than its work."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            (self._muon if group["muon"] else self._adamw)(parameters, group["lr"], group["weight_decay"])

    def _muon(self, parameters: list[Tensor], lr: float, weight_decay: float, momentum: float = 0.95) -> None:
        """Orthogonal updates; matrices of one shape are orthogonalized together."""
        gradients, momenta = _gradients(parameters), self._states(parameters, "momentum")
        torch._foreach_lerp_(momenta, gradients, 1 - momentum)
        by_shape: dict[torch.Size, list[int]] = {}
        nesterov = [matrix.flatten(1) for matrix in torch._foreach_lerp(gradients, momenta, momentum)]
        for number, matrix in enumerate(nesterov):
            by_shape.setdefault(matrix.shape, []).append(number)
        updates = list(parameters)
        for shape, numbers in by_shape.items():
            stacked = orthogonal(torch.stack([nesterov[number] for number in numbers]).to(self.dtype))
            stacked = stacked.to(parameters[0].dtype) * max(1.0, shape[0] / shape[1]) ** 0.5
            for number, update in zip(numbers, stacked):
                updates[number] = update.reshape(parameters[number].shape)
        torch._foreach_mul_(parameters, 1 - lr * weight_decay)
        torch._foreach_add_(parameters, updates, alpha=-lr)

    def _adamw(self, parameters: list[Tensor], lr: float, weight_decay: float) -> None:
        adamw(
            parameters,
            _gradients(parameters),
            self._states(parameters, "momentum"),
            self._states(parameters, "square"),
            [],
            self._states(parameters, "step"),
            foreach=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.99,
            lr=lr,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def _states(self, parameters: list[Tensor], name: str) -> list[Tensor]:
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
