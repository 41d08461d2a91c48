"""A training run: batches in, a model out, with all on disk that it needs to go on after a kill."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast_object_list, send_to_device
from torch.distributed.device_mesh import init_device_mesh

from cavendish.errors import ExportError, TrainingError
from cavendish.files import write_text
from cavendish.training.batches import BatchConfig, batches
from cavendish.training.checkpoint import State, gather_state, latest_checkpoint, load_checkpoint, save_checkpoint
from cavendish.training.recipes import Recipe, Stage, from_dict
from cavendish.training.students import build_student
from cavendish.training.students.student import ema_weights, trainable_parameters, with_supported_dtype
from cavendish.training.validation import Validation

LOG_EVERY = 20  # steps
MIN_LR = 0.05  # of a learning rate, at the end of a run
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def train(recipe: Recipe, out: Path, report: Callable[[str], None] = print) -> Path:
    """Train in folder `out`, from its last checkpoint if there is one; gives the folder of the model.

    The folder holds recipe.json, metrics.jsonl, TensorBoard's events if it is installed, sheets of validation, the last
    checkpoint and, from the first one on, the model as `cavendish.load` reads it. Raises TrainingError if the folder is
    another recipe's, the disk is full, or the losses are no longer numbers.
    """
    # Not every batch uses every parameter: a mixture may leave out an auxiliary loss, or the reference images.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    accelerator = Accelerator(
        mixed_precision="no",  # autocast follows the recipe
        kwargs_handlers=[unused],
        log_with="tensorboard",
        project_dir=out,
    )
    if accelerator.device.type == "cpu":
        _keep_memory()
    recipe.source.open()  # its errors come before the folder is this recipe's
    torch.manual_seed(recipe.seed)
    given, recipe = recipe, with_supported_dtype(recipe, accelerator.device)
    student = build_student(recipe, accelerator.device)
    sharded = accelerator.num_processes > 1 and os.environ.get("ACCELERATE_USE_FSDP", "").lower() in ("true", "1")
    if sharded:  # not by `prepare`, which shards on accelerators only: this is tested on CPUs
        student.shard(init_device_mesh(accelerator.device.type, (accelerator.num_processes,)))
    if accelerator.is_main_process:
        _write_recipe(given, out)
    accelerator.wait_for_everyone()
    accelerator.init_trackers("board")
    model = student if sharded else accelerator.prepare(student)
    ema = {}  # not `AveragedModel`, which copies the frozen weights too
    if recipe.ema_decay:
        ema = {name: value.detach().clone() for name, value in trainable_parameters(student.trainable).items()}
    state = State(student, ema, student.optimizer())
    if (last := latest_checkpoint(out)) is not None:
        load_checkpoint(state, last)
    run = _Run(recipe, out, accelerator, model, state, report)
    if recipe != given:
        run.say("this CPU only emulates bfloat16: products are computed in float32")
    if last is not None:
        run.say(f"goes on at step {state.step} after {state.seconds / 60:.1f} minutes")
    for stage in recipe.stages:
        run.train_stage(stage)
    run.checkpoint(recipe.stages[-1].size)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return out / "model"


@dataclass
class _Run:
    """The clock, the log and the files of a run."""

    recipe: Recipe
    out: Path
    accelerator: Accelerator
    model: Any  # the student, as `accelerator` wraps it
    state: State
    report: Callable[[str], None]
    validations: dict[int, Validation] = field(default_factory=dict)  # by size
    recent: dict[str, list[torch.Tensor]] = field(default_factory=dict)  # losses since the log was last written

    def __post_init__(self) -> None:
        self.began = time.monotonic() - self.state.seconds
        self.logged = self.state.seconds  # when the log was last written

    def progress(self) -> float:
        """The share of the run that is done, by the first process's clock: all must stop at the same step."""
        by_steps = self.state.step / self.recipe.steps if self.recipe.steps else 0.0
        by_time = (time.monotonic() - self.began) / 60 / self.recipe.minutes if self.recipe.minutes else 0.0
        return float(broadcast_object_list([max(by_steps, by_time)])[0])

    def train_stage(self, stage: Stage) -> None:
        """Train until the stage's share of the run is done."""
        if self.progress() >= stage.until:
            return
        recipe, accelerator, student = self.recipe, self.accelerator, self.state.student
        config = BatchConfig(
            source=recipe.source,
            mixture=recipe.mixture,
            size=stage.size,
            scenes=stage.scenes,
            lessons=recipe.lessons,
            seed=recipe.seed,
            multiple=student.multiple,
            portrait_generate_share=recipe.portrait_generate_share,
        )
        processes, rank = int(accelerator.num_processes), int(accelerator.process_index)
        first = self.state.step * processes + rank
        for prepared in batches(config, first, recipe.workers, processes, student.prepare):
            self.train_step(send_to_device(student.tensors(prepared), accelerator.device))
            step, done = self.state.step, self.progress()
            if step % LOG_EVERY == 0 and accelerator.is_main_process:
                self.log(config, done)
            if step % recipe.validate_every == 0:
                self.validate(config)
            if step % recipe.checkpoint_every == 0:
                self.checkpoint(stage.size)
            if done >= stage.until:
                return

    def train_step(self, tensors: dict[str, Any]) -> None:
        """One update."""
        state, recipe = self.state, self.recipe
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=recipe.bf16):
            losses = self.model(tensors)
        if not torch.isfinite(losses["total"]):
            raise TrainingError(
                f"the loss is no longer a number at step {state.step}; lower the learning rates and start again "
                f"from the checkpoint in {self.out}"
            )
        self.accelerator.backward(losses["total"])
        torch.nn.utils.clip_grad_norm_(trainable_parameters(state.student).values(), 1.0)
        scale = lr_scale(recipe, state.step, self.progress())
        for group in state.optimizer.param_groups:
            group["lr"] = group["base_lr"] * scale
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.step += 1
        if state.ema:
            own = trainable_parameters(state.student.trainable)
            decay = min(recipe.ema_decay, (1 + state.step) / (10 + state.step))
            with torch.no_grad():
                torch._foreach_lerp_(list(state.ema.values()), [own[name] for name in state.ema], 1 - decay)
        for name, loss in losses.items():
            self.recent.setdefault(name, []).append(loss.detach())  # read later: an accelerator need not be waited for

    def log(self, config: BatchConfig, done: float) -> None:
        """The mean losses since the last time, with lessons a second and the time left."""
        seconds = time.monotonic() - self.began
        speed = len(self.recent["total"]) * config.scenes * config.lessons / max(seconds - self.logged, 1e-9)
        values = {name: float(torch.stack(each).mean()) for name, each in self.recent.items()}
        self.recent.clear()
        self.logged = seconds
        self.record({"seconds": round(seconds, 1), "size": config.size, **{f"loss/{k}": v for k, v in values.items()}})
        left = seconds / max(done, 1e-9) * (1 - done)
        shown = " ".join(f"{name} {value:.3f}" for name, value in values.items())
        self.say(f"step {self.state.step} {100 * done:.0f} %, {speed:.0f} lessons/s, {left:.0f} s left: {shown}")

    def validate(self, config: BatchConfig) -> None:
        """Measure the averaged model on held-out scenes; every process paints, since each may hold only a shard."""
        main = self.accelerator.is_main_process
        if config.size not in self.validations:
            with self.accelerator.main_process_first():
                self.validations[config.size] = Validation(self.out, config, self.recipe.validation_scenes)
        with ema_weights(self.state.student, self.state.ema):
            sheet = self.out / f"sheet-{self.state.step:06d}.png" if main else None
            found = self.validations[config.size].run(self.state.student.paint, sheet)
        if main:
            self.record({f"held-out/{name}": value for name, value in found.items()})
        self.say("held-out: " + " ".join(f"{name} {value:.3f}" for name, value in found.items()))

    def say(self, line: str) -> None:
        """Report progress, once for all processes."""
        if self.accelerator.is_main_process:
            self.report(line)

    def record(self, values: dict[str, float]) -> None:
        """Write numbers of this step to the log and to TensorBoard."""
        with (self.out / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"step": self.state.step, **values}) + "\n")
        self.accelerator.log(values, self.state.step)

    def checkpoint(self, size: int) -> None:
        """Write a checkpoint, and the model so far."""
        student, main = self.state.student, self.accelerator.is_main_process
        self.state.seconds = time.monotonic() - self.began
        parts = gather_state(self.state)
        try:
            if main:
                save_checkpoint(self.state, parts, self.out)
            with ema_weights(student, self.state.ema):
                weights = student.weights()
                if main:
                    student.save(self.out / "model", size, weights)
        except (OSError, ExportError) as error:
            raise TrainingError(f"no checkpoint could be written: {error}; the last one is whole") from error


def lr_scale(recipe: Recipe, step: int, progress: float) -> float:
    """The factor of the learning rates: a linear warm-up, a plateau, and a linear decay at the end."""
    return min(1.0, (step + 1) / recipe.warmup_steps) * max(MIN_LR, min(1.0, max(0.0, 1 - progress) / recipe.lr_decay))


def _write_recipe(recipe: Recipe, out: Path) -> None:
    """Make the folder of a run and write the recipe into it, or check that it holds the same one."""
    file = out / "recipe.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        known = from_dict(json.loads(file.read_text())) if file.exists() else recipe
    except OSError as error:
        raise TrainingError(f"{out} cannot be written to: {error.strerror or error}") from error
    except ValueError as error:
        raise TrainingError(f"{file} is not a recipe: {error}") from error
    if known != recipe:
        raise TrainingError(f"{out} is the run of another recipe (recipe.json differs); choose a new folder")
    write_text(file, json.dumps(asdict(recipe), indent=1) + "\n")


def say(line: str) -> None:
    """Print progress at once, also into a file."""
    print(line, file=sys.stderr, flush=True)


def _keep_memory() -> None:
    """Let the C library keep freed memory.

    It gives big tensors back to the system as soon as they are freed, and in a virtual machine each new page costs more
    than the product that is written to it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # the C library is glibc
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
