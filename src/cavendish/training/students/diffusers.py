"""Training of checkpoints in diffusers layout: the transformer, or LoRA adapters of it, learns the velocity of latents.

The rectified flow of the checkpoint itself: x_t = (1 - t) x_0 + t noise, velocity noise - x_0, with the reference image
as extra tokens. Timesteps t are uniform over the checkpoint's own schedule. The text encoders and the VAE are frozen. N
are the latent tokens of an image, C their channels.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from cavendish.errors import TrainingError
from cavendish.files import replacing_folder
from cavendish.generators.diffusers import Pipeline, open_pipeline
from cavendish.generators.generator import Request
from cavendish.generators.presets import Preset
from cavendish.loading import CARD, resolve
from cavendish.training.batches import Batch, Seed, with_seed
from cavendish.training.recipes import Recipe, Tuning
from cavendish.training.students.layouts import GUIDANCE, LAYOUTS, Layout
from cavendish.training.students.student import Student, Tensors, gather, losses_by_task, trainable_parameters


def open_student(recipe: Recipe, tuning: Tuning, device: torch.device) -> DiffusersStudent:
    """The student for a checkpoint; ModelError if it cannot be opened, TrainingError if it cannot be tuned."""
    if not recipe.start:
        raise TrainingError(f"{recipe.name} tunes a checkpoint; name it with --start FOLDER")
    preset = resolve(recipe.start)
    if preset.kind != "diffusers":
        raise TrainingError(f"{recipe.start} is of kind {preset.kind}, not a checkpoint in diffusers layout")
    dtype = "bfloat16" if recipe.bf16 else "float32"
    generator = open_pipeline(preset, **{**preset.options, "device": str(device), "dtype": dtype})
    assert isinstance(generator, Pipeline)
    kind = type(generator.pipeline).__name__
    if kind not in LAYOUTS:
        raise TrainingError(f"{recipe.start} is a {kind}; the pipelines that can be tuned are {', '.join(LAYOUTS)}")
    return DiffusersStudent(recipe, tuning, preset, generator, LAYOUTS[kind](generator))


class DiffusersStudent(Student):
    """The transformer of a pipeline; the rest of the pipeline is no part of the module, so nothing of it learns."""

    prepare = staticmethod(with_seed)

    def __init__(self, recipe: Recipe, tuning: Tuning, preset: Preset, generator: Pipeline, layout: Layout) -> None:
        super().__init__()
        self.recipe, self.tuning, self.preset, self.generator, self.layout = recipe, tuning, preset, generator, layout
        self.multiple = generator.about.canvas.multiple
        pipeline = generator.pipeline
        for part in pipeline.components.values():
            if isinstance(part, nn.Module):
                part.requires_grad_(False)
        self.transformer: Any = pipeline.transformer
        if tuning.rank:
            _add_adapters(self.transformer, tuning)
        else:
            self.transformer.float().requires_grad_(True)
        if tuning.checkpointing:
            self.transformer.enable_gradient_checkpointing()
        scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)  # unshifted by any sampling
        self.train_timesteps: int = scheduler.config.num_train_timesteps
        self.sigmas: Tensor = scheduler.sigmas

    @property
    def trainable(self) -> nn.Module:
        return self.transformer

    def optimizer(self) -> torch.optim.Optimizer:
        group = {"params": list(trainable_parameters(self).values()), "base_lr": self.recipe.lr}
        return torch.optim.AdamW([group], self.recipe.lr, weight_decay=self.recipe.weight_decay)

    @torch.no_grad()
    def tensors(self, prepared: tuple[Batch, Seed]) -> Tensors:
        batch, seed = prepared
        rng = np.random.default_rng(seed)
        lessons, layout = batch.lessons, self.layout
        has_image = [lesson.has_image for lesson in lessons]
        if not all(has_image) and layout.needs_image:
            raise TrainingError(f"{self.preset.name} only edits images: take generate out of the mixture")
        image = np.arange(len(lessons)) // (len(lessons) // len(batch.images))  # number of each lesson's reference
        target = layout.encode_images(np.stack([lesson.target for lesson in lessons])).float()
        timestep = self.sigmas[rng.integers(self.train_timesteps, size=len(lessons))].to(target)
        is_vision = np.array([lesson.is_vision for lesson in lessons])
        timestep[torch.from_numpy((rng.random(len(lessons)) < self.recipe.pure_noise_share) & is_vision)] = 1.0
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        weight = torch.from_numpy(np.stack([lesson.weight for lesson in lessons]))
        height, width = weight.shape[1:]
        return {
            "text": layout.encode_text([lesson.instruction for lesson in lessons], [batch.images[n] for n in image]),
            "references": layout.encode_images(batch.images).float()[image],
            "groups": self._groups(has_image),
            "target": target,
            "noise": torch.randn(target.shape, generator=generator).to(target),
            "timestep": timestep,
            "weight": F.avg_pool2d(weight[:, None], layout.token_size).flatten(1).to(target),
            "grid": (height // layout.token_size, width // layout.token_size),
            "tasks": [lesson.task for lesson in lessons],
        }

    def forward(self, tensors: Tensors) -> dict[str, Tensor]:
        noisy = torch.lerp(tensors["target"], tensors["noise"], tensors["timestep"][:, None, None])
        errors: list[Tensor] = []
        tasks: list[str] = []
        for has_image, numbers in tensors["groups"]:
            rows = numbers or [0]
            velocity = self.layout.velocity(
                noisy[rows],
                tensors["timestep"][rows],
                tensors["references"][rows] if has_image else None,
                tuple(part[rows] for part in tensors["text"]),
                tensors["grid"],
            )
            error = velocity.float() - (tensors["noise"] - tensors["target"])[rows]
            each = (error.square().mean(2) * tensors["weight"][rows]).mean(1)
            errors.append(each[: len(numbers)])
            tasks += [tensors["tasks"][number] for number in numbers]
        return losses_by_task(torch.cat(errors), tasks)

    def _groups(self, has_image: list[bool]) -> list[tuple[bool, list[int]]]:
        """Numbers of the examples with and without a reference image, which need a forward pass each.

        Processes that share weights must all run the same passes, so there a group may be empty.
        """
        kinds = set(has_image)
        if isinstance(next(iter(trainable_parameters(self).values())), DTensor):
            kinds = {task != "generate" for task, share in self.recipe.mixture if share > 0}
        return [(kind, [k for k, one in enumerate(has_image) if one == kind]) for kind in sorted(kinds)]

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        times = len(batch.lessons) // len(batch.images)
        requests = [
            Request(
                instruction=lesson.instruction,
                images=(batch.images[k // times],) if lesson.has_image else (),
                size=lesson.target.shape[:2],
                seed=k,
                steps=self.tuning.steps,
                guidance=GUIDANCE,
            )
            for k, lesson in enumerate(batch.lessons)
        ]
        device = self.generator.pipeline.device.type
        with torch.autocast(device, torch.bfloat16, enabled=self.recipe.bf16):
            return np.stack([painting.rgb for painting in self.generator.paint(requests)])

    def weights(self) -> Tensors:
        from peft import get_peft_model_state_dict

        state = get_peft_model_state_dict(self.transformer) if self.tuning.rank else self.transformer.state_dict()
        return {name: gather(value.detach()) for name, value in state.items()}

    def shard(self, mesh: DeviceMesh) -> None:
        blocks = [block for part in self.transformer.children() if isinstance(part, nn.ModuleList) for block in part]
        for module in (*blocks, self.transformer):
            fully_shard(module, mesh=mesh, reshard_after_forward=True)

    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        with replacing_folder(folder) as partial:
            if self.tuning.rank:
                adapters = self.transformer.peft_config["default"].to_dict()
                adapters["target_modules"] = sorted(adapters["target_modules"])  # a set, and files are alike to the bit
                self.generator.pipeline.save_lora_weights(
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

    def _card(self, name: str, options: dict[str, Any], size: int) -> str:
        """A preset: the checkpoint that was tuned, what it learned, and the settings that suit it."""
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


def _add_adapters(transformer: Any, tuning: Tuning) -> None:
    """Add LoRA adapters in float32 to the linear layers that the recipe names; they start as the identity."""
    from diffusers.training_utils import cast_training_params
    from peft import LoraConfig

    layers = [
        name
        for name, module in transformer.named_modules()
        if isinstance(module, nn.Linear) and "blocks." in name and re.search(tuning.layers, name)
    ]
    if not layers:
        raise TrainingError(f"no linear layer of the transformer's blocks is called {tuning.layers!r}")
    transformer.add_adapter(LoraConfig(r=tuning.rank, lora_alpha=tuning.rank, target_modules=layers))
    cast_training_params(transformer)  # to float32
