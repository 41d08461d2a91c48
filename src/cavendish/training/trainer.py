"""One run: batches in, a model out, with everything on disk that is needed to go on after a kill."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast, send_to_device
from torch.distributed.device_mesh import init_device_mesh

from cavendish.errors import TrainingError
from cavendish.training.batches import Plan, batches
from cavendish.training.checkpoint import State, gathered, latest, restore, store
from cavendish.training.recipes import Recipe, Stage, from_dict
from cavendish.training.students.student import able, averaged, enrol, learning
from cavendish.training.validation import Watch

FLOOR = 0.05  # of a learning rate, at the end of a run
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def train(recipe: Recipe, out: Path, report: Callable[[str], None] = print) -> Path:
    """Train in folder `out`, from its last checkpoint if there is one; gives the folder of the model.

    The folder holds recipe.json, metrics.jsonl, TensorBoard's events if it is installed, a sheet of paintings now and
    then, the last checkpoint and, from the first one on, the model, in a form that `cavendish.load` reads. Raises
    TrainingError if the folder is another recipe's, the disk is full, or the losses are no longer numbers.
    """
    # Not every batch uses every parameter: a mixture may leave out an aid, or the picture looked at.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    accelerator = Accelerator(mixed_precision="no", kwargs_handlers=[unused])  # precision is the recipe's, see `step`
    if accelerator.device.type == "cpu":
        _keep_memory()
    recipe.source.open()  # what is wrong with it is said before the folder is this recipe's
    torch.manual_seed(recipe.seed)
    given, recipe = recipe, able(recipe, accelerator.device)
    student = enrol(recipe, accelerator.device)
    shared = accelerator.num_processes > 1 and os.environ.get("ACCELERATE_USE_FSDP", "").lower() in ("true", "1")
    if shared:  # not by `prepare`, which shards on accelerators alone: this is tested on CPUs
        student.shard(init_device_mesh(accelerator.device.type, (accelerator.num_processes,)))
    if accelerator.is_main_process:
        _claim(given, out)
    accelerator.wait_for_everyone()
    teacher = student if shared else accelerator.prepare(student)
    average = {name: value.detach().clone() for name, value in learning(student.taught).items()} if recipe.ema else {}
    state = State(student, average, student.optimizer())
    if (last := latest(out)) is not None:
        restore(state, last)
    run = _Run(recipe, out, accelerator, state, report)
    if recipe != given:
        run.say("this CPU only emulates bfloat16: products are computed in float32")
    if last is not None:
        run.say(f"goes on at step {state.step} after {state.seconds / 60:.1f} minutes")
    for stage in recipe.stages:
        run.stage(stage, teacher)
    run.keep(run.plan(recipe.stages[-1]))
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return out / "model"


class _Run:
    """The clock, the log and the files of a run."""

    def __init__(
        self, recipe: Recipe, out: Path, accelerator: Accelerator, state: State, report: Callable[[str], None]
    ) -> None:
        self.recipe, self.out, self.accelerator, self.state, self.report = recipe, out, accelerator, state, report
        self.began = time.monotonic() - state.seconds
        self.watches: dict[int, Watch] = {}
        self.board = _board(out) if accelerator.is_main_process else None
        self.recent: dict[str, list[torch.Tensor]] = {}
        self.logged = state.seconds  # when the log was last written

    def plan(self, stage: Stage) -> Plan:
        """The batches of a stage."""
        r = self.recipe
        multiple = self.state.student.multiple
        return Plan(r.source, r.shares, stage.size, stage.scenes, r.lessons, r.seed, multiple, r.drawn)

    def share(self) -> float:
        """How much of the run is done, from 0 to 1, by the first process's clock: all must stop at the same step."""
        by_steps = self.state.step / self.recipe.steps if self.recipe.steps else 0.0
        by_time = (time.monotonic() - self.began) / 60 / self.recipe.minutes if self.recipe.minutes else 0.0
        if self.accelerator.num_processes == 1:
            return max(by_steps, by_time)
        done = torch.tensor(max(by_steps, by_time), dtype=torch.float64, device=self.accelerator.device)
        return float(broadcast(done))

    def stage(self, stage: Stage, teacher: Any) -> None:
        """Train until the stage's share of the run is done."""
        if self.share() >= stage.until:
            return
        plan, accelerator, world = self.plan(stage), self.accelerator, int(self.accelerator.num_processes)
        rank = int(accelerator.process_index)
        student = self.state.student
        for made in batches(plan, self.state.step * world + rank, self.recipe.workers, world, student.ready):
            self.step(teacher, send_to_device(student.tensors(made), accelerator.device))
            step, done = self.state.step, self.share()
            if step % 20 == 0 and accelerator.is_main_process:
                self.log(plan, done)
            if step % self.recipe.watch == 0:
                self.look(plan)
            if step % self.recipe.save == 0:
                self.keep(plan)
            if done >= stage.until:
                return

    def step(self, teacher: Any, made: dict[str, Any]) -> None:
        """One update."""
        state, recipe = self.state, self.recipe
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=recipe.bf16):
            losses = teacher(made)
        if not torch.isfinite(losses["total"]):
            raise TrainingError(
                f"the loss is no longer a number at step {state.step}; lower the learning rates and start again "
                f"from the checkpoint in {self.out}"
            )
        self.accelerator.backward(losses["total"])
        torch.nn.utils.clip_grad_norm_(learning(state.student).values(), 1.0)
        left = max(0.0, 1.0 - self.share())
        rate = min(1.0, (state.step + 1) / recipe.warmup) * max(FLOOR, min(1.0, left / recipe.settle))
        for group in state.optimizer.param_groups:
            group["lr"] = group["rate"] * rate
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.step += 1
        keep = min(recipe.ema, (1 + state.step) / (10 + state.step))
        with torch.no_grad():
            taught = learning(state.student.taught)
            if state.average:
                torch._foreach_lerp_(list(state.average.values()), [taught[name] for name in state.average], 1 - keep)
        for name, loss in losses.items():
            self.recent.setdefault(name, []).append(loss.detach())  # read later: an accelerator need not be waited for

    def log(self, plan: Plan, done: float) -> None:
        """The mean losses since the last time, with the rate and the time left."""
        seconds = time.monotonic() - self.began
        rate = len(self.recent["total"]) * plan.scenes * plan.lessons / max(seconds - self.logged, 1e-9)
        values = {name: float(torch.stack(each).mean()) for name, each in self.recent.items()}
        self.recent.clear()
        self.logged = seconds
        self.record({"seconds": round(seconds, 1), "size": plan.size, **{f"loss/{k}": v for k, v in values.items()}})
        left = seconds / max(done, 1e-9) * (1 - done)
        shown = " ".join(f"{name} {value:.3f}" for name, value in values.items())
        self.say(f"step {self.state.step} {100 * done:.0f} %, {rate:.0f} lessons/s, {left:.0f} s left: {shown}")

    def look(self, plan: Plan) -> None:
        """Measure the average model on held-out scenes; every process paints, since each may have but a part of it."""
        main = self.accelerator.is_main_process
        if plan.size not in self.watches:
            with self.accelerator.main_process_first():
                self.watches[plan.size] = Watch(self.out, plan, self.recipe.held_out)
        with averaged(self.state.student, self.state.average):
            sheet = self.out / f"sheet-{self.state.step:06d}.png" if main else None
            found = self.watches[plan.size].look(self.state.student.paint, sheet)
        if not main:
            return
        self.record({f"held-out/{name}": value for name, value in found.items()})
        self.say("held-out: " + " ".join(f"{name} {value:.3f}" for name, value in found.items()))

    def say(self, line: str) -> None:
        """Report progress, once for all processes."""
        if self.accelerator.is_main_process:
            self.report(line)

    def record(self, values: dict[str, float]) -> None:
        """Numbers of this step, to the log and the board."""
        with (self.out / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"step": self.state.step, **values}) + "\n")
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, self.state.step)

    def keep(self, plan: Plan) -> None:
        """A checkpoint, and the model as it is."""
        student, main = self.state.student, self.accelerator.is_main_process
        self.state.seconds = time.monotonic() - self.began
        parts = gathered(self.state)
        try:
            if main:
                store(self.state, parts, self.out)
            with averaged(student, self.state.average):
                weights = student.weights()
                if main:
                    student.save(self.out / "model", plan.size, weights)
        except OSError as error:
            raise TrainingError(
                f"no checkpoint could be written to {self.out}: {error.strerror or error}; the last one is whole"
            ) from error


def _claim(recipe: Recipe, out: Path) -> None:
    """Make the folder of a run and write the recipe into it, or check that it holds the same one."""
    file = out / "recipe.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        known = from_dict(json.loads(file.read_text())) if file.exists() else recipe
        if known == recipe:
            file.write_text(json.dumps(asdict(recipe), indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"{out} cannot be written to: {error.strerror or error}") from error
    except (TypeError, ValueError, KeyError) as error:
        raise TrainingError(f"{file} is no recipe: {error}") from error
    if known != recipe:
        raise TrainingError(f"{out} is the run of another recipe (recipe.json differs); choose a new folder")


def _board(out: Path) -> Any:
    """TensorBoard's writer, where it is installed."""
    with suppress(ImportError):
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(out / "board"))
    return None


def say(line: str) -> None:
    """Print progress at once, also into a file."""
    print(line, file=sys.stderr, flush=True)


def _keep_memory() -> None:
    """Let the C library keep what is freed: torch gives big tensors back to the system as soon as they die, and in a
    virtual machine each page that comes anew costs more than the product that is written to it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # the C library is glibc
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
