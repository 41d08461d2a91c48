"""Whether a generator is the better start, what one network for all tasks costs in depth, and what the share of vision
tasks in the mixture does, at equal compute.

    python benchmarks/ablations.py --data data/ --out runs/ablations    # two hours of a CPU, with small networks
    python benchmarks/ablations.py --data data/ --base runs/base/model --out runs/ablations --size 128  # on a GPU

Networks of the same size learn for the same minutes on the same images: `nano` from the base, `nano` from nothing, a
specialist that regresses log metres directly, without text or paint, and `nano` from the base with another share of
vision tasks. Without a base, a small one is trained first, for as long, and one more network is trained from nothing
for the time of both. All are measured on the same scenes of the held-out split; the specialist's depth is painted
exactly, to be read like theirs. A run that was cut off goes on; so does this, one network after the other.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from accelerate import PartialState
from numpy.typing import NDArray
from torch import Tensor

from cavendish.nano import checkpoint, words
from cavendish.nano.network import Nano, NanoConfig, from_uint8
from cavendish.training.batches import Batch, BatchConfig, batches
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.recipes import Recipe, Stage, nano, nano_base
from cavendish.training.sources import Source
from cavendish.training.students import build_student
from cavendish.training.students.student import with_supported_dtype
from cavendish.training.trainer import lr_scale, say, train
from cavendish.training.validation import Validation

HELD_OUT = 200
SMALL = NanoConfig(widths=(32, 96, 128), text_width=128, text_layers=2, rows=4096)  # a sixth of nano's weights
MEAN, RANGE = 1.2, 1.5  # log metres that gray stands for, and from there to white


class Specialist:
    """Nano's network without text and noise: the mean of the three channels is log metres."""

    def __init__(self, nano: Nano, device: torch.device, bf16: bool) -> None:
        self.nano, self.device, self.bf16 = nano.to(device), device, bf16
        self.empty_text = tuple(torch.from_numpy(each).to(device) for each in words.encode([""], nano.config.rows))

    def log_metres(self, images: NDArray[np.uint8]) -> Tensor:
        """(S, H, W) of (S, H, W, 3)."""
        reference = from_uint8(images).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            text = self.nano.text_encoder(*(each.expand(len(reference), *each.shape[1:]) for each in self.empty_text))
            level = torch.ones(len(reference), device=self.device)
            painted = self.nano.denoiser(
                torch.zeros_like(reference), level, text, self.nano.image_encoder(reference)
            ).image
        return MEAN + RANGE * painted.float().mean(1)

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        """Its depth as each lesson wants it painted."""
        metres = self.log_metres(batch.images).exp().cpu().numpy()
        return np.stack(
            [lesson.task_object.encode(far) for lesson, far in zip(batch.lessons, metres) if lesson.task_object]
        )


def specialist(recipe: Recipe, config: BatchConfig, folder: Path, device: torch.device) -> Specialist:
    """A specialist trained as the trainer does it: optimizer, learning rates, average, and number of images."""
    if (folder / checkpoint.INDEX).exists():
        return Specialist(checkpoint.load(folder)[0], device, recipe.bf16)
    torch.manual_seed(recipe.seed)
    network, average = Nano(recipe.network).to(memory_format=torch.channels_last), Nano(recipe.network)
    average.load_state_dict(network.state_dict())
    learner, kept = Specialist(network, device, recipe.bf16), Specialist(average, device, recipe.bf16)
    optimizer = MuonAdamW(network, recipe.muon_lr, recipe.lr, recipe.weight_decay, recipe.bf16)
    began = time.monotonic()
    for step, (batch, _) in enumerate(batches(config, 0, recipe.workers)):
        done = (time.monotonic() - began) / 60 / recipe.minutes
        known = np.isfinite(batch.depth) & (batch.depth > 0)
        truth = torch.from_numpy(np.log(np.where(known, batch.depth, 1.0)).astype(np.float32)).to(device)
        error = (learner.log_metres(batch.images) - truth).abs()[torch.from_numpy(known).to(device)].mean()
        error.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * lr_scale(recipe, step, done)
        optimizer.step()
        optimizer.zero_grad()
        decay = min(recipe.ema_decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, value in zip(average.parameters(), network.parameters()):
                mean.lerp_(value, 1 - decay)
        if step % 20 == 0:
            say(f"specialist: step {step} {100 * done:.0f} %: {error.item():.3f} log metres")
        if done >= 1:
            break
    checkpoint.save(folder, average.state_dict(), average.config, checkpoint.NanoPreset(config.size))
    return kept


def main() -> None:
    """Train all of them and print what they reach."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", action="append", required=True, help="folder of shards of `cavendish worlds`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", default="", help="model that `cavendish train nano-base` made; others get its size")
    parser.add_argument("--minutes", type=float, default=15.0, help="for each of them")
    parser.add_argument("--size", type=int, default=48, help="pixels a side")
    parser.add_argument("--scenes", type=int, default=12, help="reference images in a batch")
    parser.add_argument("--vision-share", type=float, default=0.9, help="the other share, but of portraits")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    device = PartialState().device
    stages, source = (Stage(1.0, given.size, given.scenes),), Source(tuple(given.data))

    def sized(recipe: Recipe, start: str = "", times: int = 1) -> Recipe:
        network = checkpoint.load(Path(given.base))[0].config if given.base else SMALL
        changes = {"network": network, "start": start, "minutes": times * given.minutes, "warmup_steps": 30}
        return replace(recipe, stages=stages, source=source, validate_every=10**9, **changes)

    base = given.base or str(train(sized(nano_base()), given.out / "base", say))
    learners = {"from the base": sized(nano(), base), "from nothing": sized(nano())}
    learners[f"vision share {given.vision_share:g}"] = sized(nano(given.vision_share), base)
    if not given.base:
        learners["from nothing, twice as long"] = sized(nano(), times=2)
    recipe = with_supported_dtype(learners["from nothing"], device)
    config = BatchConfig(
        source=source,
        mixture=recipe.mixture,
        size=given.size,
        scenes=given.scenes,
        lessons=recipe.lessons,
        seed=recipe.seed,
        portrait_generate_share=recipe.portrait_generate_share,
    )
    depth = replace(config, mixture=(("depth", 1.0),), scenes=given.scenes * recipe.lessons, lessons=1)
    only = specialist(recipe, depth, given.out / "specialist", device)
    rows = {"depth specialist": Validation(given.out, depth, HELD_OUT).run(only.paint)}
    validation = Validation(given.out, config, HELD_OUT)
    for name, learner in learners.items():
        model = train(learner, given.out / name.replace(",", "").replace(" ", "-"), say)
        student = build_student(with_supported_dtype(replace(learner, start=str(model)), device), device)
        rows[name] = validation.run(student.paint)
        print(table(rows), flush=True)


def table(rows: dict[str, dict[str, float]]) -> str:
    """In Markdown: a line a measure, a column a network."""
    measures = list(max(rows.values(), key=len))
    lines = ["| measure | " + " | ".join(rows) + " |", "| --- |" + " --- |" * len(rows)]
    for measure in measures:
        values = (f"{row[measure]:.3f}" if measure in row else "" for row in rows.values())
        lines.append(f"| {measure} | " + " | ".join(values) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
