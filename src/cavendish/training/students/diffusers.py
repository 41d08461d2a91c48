"""Checkpoints in diffusers layout at school: the transformer, or adapters of it, learns the velocity of latents.

A rectified flow as the generator was made: x_t = (1 - t) x_0 + t noise, and the velocity noise - x_0 is predicted, with
the picture looked at as extra tokens. Levels t are drawn evenly over the checkpoint's own schedule. What encodes text
and pictures is frozen. N are the latent tokens of a picture, C their channels.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from cavendish.errors import TrainingError
from cavendish.generators.diffusers import Pipeline, open_pipeline
from cavendish.generators.flux2 import Flux2
from cavendish.generators.generator import Request
from cavendish.generators.presets import Preset
from cavendish.loading import CARD, resolve
from cavendish.training.batches import Batch, Seed, seeded
from cavendish.training.recipes import Recipe, Tuning
from cavendish.training.students.flux2 import Flux2Layout
from cavendish.training.students.kontext import KontextLayout
from cavendish.training.students.qwen import QwenLayout
from cavendish.training.students.student import Student, Tensors, by_task, learning, whole

GUIDANCE = 1.0  # lessons are taught without any


class Layout(Protocol):
    """How a family of pipelines lays out latents, references and text for its transformer."""

    side: int  # pixels a side of what one token stands for
    needs_picture: bool  # whether it only edits

    def latents(self, pictures: NDArray[np.uint8]) -> Tensor:
        """(B, H, W, 3) -> (B, N, C), tokens row by row."""

    def text(self, instructions: list[str], pictures: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        """Embeddings of instructions about pictures (H, W, 3), and what else the transformer must know of them."""

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        level: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        """(B, N, C) predicted for `noisy` (B, N, C) at `level` (B,) from 0 to 1; N is grid[0] * grid[1]."""

    def canvas(self, size: int) -> dict[str, Any]:
        """Fields of a preset's canvas for a model that was taught at `size` pixels a side."""


def tuned(recipe: Recipe, tuning: Tuning, device: torch.device) -> TunedStudent:
    """The student for a checkpoint; ModelError if it cannot be opened, TrainingError if it cannot be tuned."""
    if not recipe.start:
        raise TrainingError(f"{recipe.name} tunes a checkpoint: say which, --start FOLDER")
    preset = resolve(recipe.start)
    if preset.kind != "diffusers":
        raise TrainingError(f"{recipe.start} is no checkpoint in diffusers layout, but {preset.kind}")
    dtype = "bfloat16" if recipe.bf16 else "float32"
    options = {**preset.options, "device": str(device), "dtype": dtype}
    painter = open_pipeline(preset, **options)
    if isinstance(painter, Flux2):
        return TunedStudent(recipe, tuning, preset, painter, Flux2Layout(painter))
    assert isinstance(painter, Pipeline)
    kind = type(painter.pipeline).__name__
    if kind in ("QwenImageEditPipeline", "QwenImageEditPlusPipeline"):
        return TunedStudent(recipe, tuning, preset, painter, QwenLayout(painter))
    if kind == "FluxKontextPipeline":
        return TunedStudent(recipe, tuning, preset, painter, KontextLayout(painter, GUIDANCE))
    raise TrainingError(f"{recipe.start} is a {kind}; only FLUX.2 klein, Kontext and Qwen-Image-Edit can be tuned")


class TunedStudent(Student):
    """The transformer of a pipeline; the rest of the pipeline is no part of the module, so nothing of it learns."""

    ready = staticmethod(seeded)

    def __init__(self, recipe: Recipe, tuning: Tuning, preset: Preset, painter: Pipeline, layout: Layout) -> None:
        super().__init__()
        self.recipe, self.tuning, self.preset, self.painter, self.layout = recipe, tuning, preset, painter, layout
        self.multiple = painter.about.canvas.multiple
        pipeline = painter.pipeline
        for part in pipeline.components.values():
            if isinstance(part, nn.Module):
                part.requires_grad_(False)
        self.transformer: Any = pipeline.transformer
        if tuning.rank:
            _adapt(self.transformer, tuning)
        else:
            self.transformer.float().requires_grad_(True)
        if tuning.checkpointing:
            self.transformer.enable_gradient_checkpointing()
        schedule = type(pipeline.scheduler).from_config(pipeline.scheduler.config)  # as it was before any painting
        self.grades: int = schedule.config.num_train_timesteps
        self.levels: Tensor = schedule.sigmas

    @property
    def taught(self) -> nn.Module:
        transformer: nn.Module = self.transformer
        return transformer

    def optimizer(self) -> torch.optim.Optimizer:
        group = {"params": list(learning(self).values()), "rate": self.recipe.rate}
        return torch.optim.AdamW([group], self.recipe.rate, weight_decay=self.recipe.decay)

    @torch.no_grad()
    def tensors(self, made: tuple[Batch, Seed]) -> Tensors:
        batch, seed = made
        rng = np.random.default_rng(seed)
        lessons, side = batch.lessons, self.layout.side
        looks = [lesson.looks for lesson in lessons]
        if not all(looks) and self.layout.needs_picture:
            raise TrainingError(f"{self.preset.name} only edits pictures: take generate out of the mixture")
        number = np.arange(len(lessons)) // (len(lessons) // len(batch.pictures))  # of each lesson's picture
        target = self.layout.latents(np.stack([lesson.target for lesson in lessons])).float()
        level = self.levels[rng.integers(self.grades, size=len(lessons))].to(target)
        starts = (rng.random(len(lessons)) < self.recipe.noise) & np.array([lesson.painted for lesson in lessons])
        level[torch.from_numpy(starts)] = 1.0
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        weight = torch.from_numpy(np.stack([lesson.weight for lesson in lessons]))
        height, width = weight.shape[1:]
        return {
            "text": self.layout.text([lesson.instruction for lesson in lessons], [batch.pictures[n] for n in number]),
            "references": self.layout.latents(batch.pictures).float()[number],
            "groups": [(see, [k for k, one in enumerate(looks) if one == see]) for see in self._kinds(looks)],
            "target": target,
            "noise": torch.randn(target.shape, generator=generator).to(target),
            "level": level,
            "weight": F.avg_pool2d(weight[:, None], side).flatten(1).to(target),
            "grid": (height // side, width // side),
            "tasks": [lesson.task for lesson in lessons],
        }

    def forward(self, tensors: Tensors) -> dict[str, Tensor]:
        noisy = torch.lerp(tensors["target"], tensors["noise"], tensors["level"][:, None, None])
        errors, tasks, idle = [], [], torch.zeros((), device=noisy.device)
        for looks, some in tensors["groups"]:
            rows = some or [0]
            said = self.layout.velocity(
                self.transformer,
                noisy[rows],
                tensors["level"][rows],
                tensors["references"][rows] if looks else None,
                tuple(part[rows] for part in tensors["text"]),
                tensors["grid"],
            )
            error = said.float() - (tensors["noise"] - tensors["target"])[rows]
            each = (error.square().mean(2) * tensors["weight"][rows]).mean(1)
            if some:
                errors.append(each)
                tasks += [tensors["tasks"][k] for k in some]
            else:
                idle = idle + 0 * each.sum()
        losses = by_task(torch.cat(errors), tasks)
        losses["total"] = losses["total"] + idle
        return losses

    def _kinds(self, looks: list[bool]) -> list[bool]:
        """Whether lessons look, each kind once: processes that share weights must all ask for them as often, so there
        each kind that the mixture may hold, with or without lessons."""
        if not isinstance(next(iter(learning(self).values())), DTensor):
            return sorted(set(looks))
        return sorted({task != "generate" for task, share in self.recipe.shares if share > 0})

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        times = len(batch.lessons) // len(batch.pictures)
        requests = [
            Request(
                instruction=lesson.instruction,
                images=(batch.pictures[k // times],) if lesson.looks else (),
                size=lesson.target.shape[:2],
                seed=k,
                steps=self.tuning.steps,
                guidance=GUIDANCE,
            )
            for k, lesson in enumerate(batch.lessons)
        ]
        device = self.painter.pipeline.device.type
        with torch.autocast(device, torch.bfloat16, enabled=self.recipe.bf16):
            return np.stack([painting.rgb for painting in self.painter.paint(requests)])

    def weights(self) -> Tensors:
        if not self.tuning.rank:
            return {name: whole(value.detach()) for name, value in self.transformer.state_dict().items()}
        from peft import get_peft_model_state_dict

        return {name: whole(value.detach()) for name, value in get_peft_model_state_dict(self.transformer).items()}

    def shard(self, mesh: DeviceMesh) -> None:
        blocks = [block for part in self.transformer.children() if isinstance(part, nn.ModuleList) for block in part]
        for module in (*blocks, self.transformer):
            fully_shard(module, mesh=mesh, reshard_after_forward=True)

    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        partial = folder.with_name(f".{folder.name}.{os.getpid()}")
        try:
            partial.mkdir()
            if self.tuning.rank:
                adapters = self.transformer.peft_config["default"].to_dict()
                adapters["target_modules"] = sorted(adapters["target_modules"])  # a set, and files are alike to the bit
                self.painter.pipeline.save_lora_weights(
                    partial, transformer_lora_layers=weights, transformer_lora_adapter_metadata=adapters
                )
                options = {"lora": str(folder.resolve())}
            else:
                with torch.device("meta"):
                    transformer = type(self.transformer).from_config(self.transformer.config)
                transformer.load_state_dict(weights, assign=True)
                transformer.save_pretrained(partial / "transformer")
                options = {"transformer": str(folder.resolve() / "transformer")}
            (partial / CARD).write_text(self._card(folder.resolve().parent.name, options, size))
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _card(self, name: str, options: dict[str, Any], size: int) -> str:
        """A preset: the checkpoint that was tuned with what it learned, and how it is best asked."""
        local = Path(self.preset.repository).expanduser()
        repository = str(local.resolve()) if local.is_dir() else self.preset.repository
        tables = {
            "": {"kind": self.preset.kind, "repository": repository, "licence": self.preset.licence},
            ".options": {**self.preset.options, **options},
            ".about": {**self.preset.about, "steps": self.tuning.steps, "guidance": GUIDANCE},
            ".canvas": {**self.preset.canvas, **self.layout.canvas(size)},
        }
        lines = []
        for part, values in tables.items():
            lines.append(f"[{json.dumps(name)}{part}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        return "\n".join(lines) + "\n"


def _adapt(transformer: Any, tuning: Tuning) -> None:
    """Adapters in float32 for the linear layers that the recipe names; they change nothing until they have learned."""
    from peft import LoraConfig

    layers = [
        name
        for name, module in transformer.named_modules()
        if isinstance(module, nn.Linear) and "blocks." in name and re.search(tuning.layers, name)
    ]
    if not layers:
        raise TrainingError(f"no linear layer of the transformer's blocks is called {tuning.layers!r}")
    transformer.add_adapter(LoraConfig(r=tuning.rank, lora_alpha=tuning.rank, target_modules=layers))
    for value in learning(transformer).values():
        value.data = value.data.float()
