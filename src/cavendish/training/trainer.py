"""One run: batches in, a model out, with everything on disk that is needed to go on after a kill."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device

from cavendish.errors import TrainingError
from cavendish.nano import checkpoint
from cavendish.nano.network import Nano
from cavendish.training.batches import Plan, batches
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.recipes import Recipe, Stage
from cavendish.training.states import State, latest, restore, store
from cavendish.training.teaching import Student, tensors
from cavendish.training.watch import Watch

FLOOR = 0.05  # of a learning rate, at the end of a run


def train(recipe: Recipe, out: Path, report: Callable[[str], None] = print) -> Path:
    """Train in folder `out`, from its last checkpoint if there is one; gives the folder of the finished model.

    The folder holds recipe.json, metrics.jsonl, TensorBoard's events if it is installed, a sheet of paintings now and
    then, the last checkpoint and, from the first one on, the model in the layout that `cavendish.load` reads. Raises
    TrainingError if the folder is another recipe's, the disk is full, or the losses are no longer numbers.
    """
    accelerator = Accelerator(mixed_precision="bf16")
    recipe.source.open()  # what is wrong with it is said before the folder is this recipe's
    torch.manual_seed(recipe.seed)
    student = Student(recipe.network, recipe.aids)
    if recipe.start:
        student.nano.load_state_dict(checkpoint.load(Path(recipe.start))[0].state_dict())
    if accelerator.is_main_process:
        _claim(recipe, out)
    accelerator.wait_for_everyone()
    student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    ema = Nano(recipe.network)
    ema.load_state_dict(student.nano.state_dict())
    optimizer = MuonAdamW([student], recipe.matrix_rate, recipe.rate, recipe.decay)
    state = State(student, ema, optimizer)
    if (last := latest(out)) is not None:
        restore(state, last)
        report(f"goes on at step {state.step} after {state.seconds / 60:.1f} minutes")
    teacher = accelerator.prepare(student)
    ema.to(accelerator.device)
    run = _Run(recipe, out, accelerator, state, report)
    for stage in recipe.stages:
        run.stage(stage, teacher)
    run.keep(run.plan(recipe.stages[-1]))
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
        self.recent: dict[str, list[float]] = {}
        self.logged = state.seconds  # when the log was last written

    def plan(self, stage: Stage) -> Plan:
        """The batches of a stage."""
        r = self.recipe
        return Plan(r.source, r.shares, stage.size, stage.scenes, r.lessons, r.seed)

    def share(self) -> float:
        """How much of the run is done, from 0 to 1."""
        by_steps = self.state.step / self.recipe.steps if self.recipe.steps else 0.0
        by_time = (time.monotonic() - self.began) / 60 / self.recipe.minutes if self.recipe.minutes else 0.0
        return max(by_steps, by_time)

    def stage(self, stage: Stage, teacher: Any) -> None:
        """Train until the stage's share of the run is done."""
        if self.share() >= stage.until:
            return
        plan, accelerator, world = self.plan(stage), self.accelerator, int(self.accelerator.num_processes)
        rank = int(accelerator.process_index)
        for batch in batches(plan, self.state.step * world + rank, self.recipe.workers, world):
            number = self.state.step * world + rank
            made = tensors(batch, self.recipe.network, self.recipe.noise, (self.recipe.seed, 3, number))
            self.step(teacher, send_to_device(made, accelerator.device))
            step, done = self.state.step, self.share()
            if accelerator.is_main_process:
                if step % 20 == 0:
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
        losses = teacher(made)
        if not torch.isfinite(losses["total"]):
            raise TrainingError(
                f"the loss is no longer a number at step {state.step}; lower matrix_rate and rate, and start again "
                f"from the checkpoint in {self.out}"
            )
        self.accelerator.backward(losses["total"])
        self.accelerator.clip_grad_norm_(state.student.parameters(), 1.0)
        left = max(0.0, 1.0 - self.share())
        rate = min(1.0, (state.step + 1) / recipe.warmup) * max(FLOOR, min(1.0, left / recipe.settle))
        for group in state.optimizer.param_groups:
            group["lr"] = group["rate"] * rate
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.step += 1
        keep = min(recipe.ema, (1 + state.step) / (10 + state.step))
        with torch.no_grad():
            for average, value in zip(state.ema.parameters(), state.student.nano.parameters()):
                average.lerp_(value, 1 - keep)
        for name, loss in losses.items():
            self.recent.setdefault(name, []).append(loss.item())

    def log(self, plan: Plan, done: float) -> None:
        """The mean losses since the last time, with the rate and the time left."""
        seconds = time.monotonic() - self.began
        rate = len(self.recent["total"]) * plan.scenes * plan.lessons / max(seconds - self.logged, 1e-9)
        values = {name: sum(each) / len(each) for name, each in self.recent.items()}
        self.recent.clear()
        self.logged = seconds
        self.record({"seconds": round(seconds, 1), "size": plan.size, **{f"loss/{k}": v for k, v in values.items()}})
        left = seconds / max(done, 1e-9) * (1 - done)
        shown = " ".join(f"{name} {value:.3f}" for name, value in values.items())
        self.report(f"step {self.state.step} {100 * done:.0f} %, {rate:.0f} lessons/s, {left:.0f} s left: {shown}")

    def look(self, plan: Plan) -> None:
        """Measure the average model on held-out scenes."""
        if plan.size not in self.watches:
            self.watches[plan.size] = Watch(self.out, plan)
        found = self.watches[plan.size].look(self.state.ema, self.out / f"sheet-{self.state.step:06d}.png")
        self.record({f"held-out/{name}": value for name, value in found.items()})
        self.report("held-out: " + " ".join(f"{name} {value:.3f}" for name, value in found.items()))

    def record(self, values: dict[str, float]) -> None:
        """Numbers of this step, to the log and the board."""
        with (self.out / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"step": self.state.step, **values}) + "\n")
        if self.board is not None:
            for name, value in values.items():
                self.board.add_scalar(name, value, self.state.step)

    def keep(self, plan: Plan) -> None:
        """A checkpoint, and the model as it is."""
        if not self.accelerator.is_main_process:
            return
        self.state.seconds = time.monotonic() - self.began
        try:
            store(self.state, self.out)
            checkpoint.save(self.out / "model", self.state.ema, {"size": plan.size})
        except OSError as error:
            raise TrainingError(
                f"no checkpoint could be written to {self.out}: {error.strerror or error}; the last one is whole"
            ) from error


def _claim(recipe: Recipe, out: Path) -> None:
    """Make the folder of a run and write the recipe into it, or check that it holds the same one."""
    text = json.dumps(asdict(recipe), indent=1) + "\n"
    file = out / "recipe.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.read_text() != text:
            raise TrainingError(f"{out} is the run of another recipe (recipe.json differs); choose a new folder")
        file.write_text(text)
    except OSError as error:
        raise TrainingError(f"{out} cannot be written to: {error.strerror or error}") from error


def _board(out: Path) -> Any:
    """TensorBoard's writer, where it is installed."""
    with suppress(ImportError):
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(out / "board"))
    return None


def say(line: str) -> None:
    """Print progress at once, also into a file."""
    print(line, file=sys.stderr, flush=True)
