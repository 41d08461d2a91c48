"""Places things on floors, on each other and along walls, without overlaps."""

import math
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

from cavendish.worlds.catalog import KINDS, SHAPES, shape
from cavendish.worlds.materials import MATERIALS, finish, options
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Stage, Thing, Vec

Rect = tuple[float, float, float, float]  # x0, y0, x1, y1


def withheld(kind: str, texture: str) -> bool:
    """Whether this texture on this class is kept out of the training split."""
    return texture != "plain" and crc32(f"{kind}/{texture}".encode()) % 8 == 0


@dataclass
class Builder:
    """Collects the stage and the things of one scene. `taken` are the rectangles in use on each carrier (0: ground)."""

    split: str
    dice: Dice
    stage: list[Stage] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    taken: dict[int, list[Rect]] = field(default_factory=dict)

    def finishes(self, kind: str, number: int, color: str | None = None) -> dict[str, dict[str, Any]]:
        """Materials for all parts of a shape; `color` for its main part. Respects what the split withholds."""
        parts = KINDS[kind].parts
        result: dict[str, dict[str, Any]] = {}
        for k, part in enumerate(shape(kind, number).names):
            made = finish(self.dice, parts[part], color if k == 0 else None)
            for _ in range(20):
                if withheld(kind, made["texture"]) == (self.split != "train"):
                    break
                if self.split == "train" or withholdable(kind, parts[part]):
                    made = finish(self.dice, parts[part], color if k == 0 else None)
                else:
                    break
            if self.split == "train" and withheld(kind, made["texture"]):
                made["texture"] = "plain"
            result[part] = made
        return result

    def add(
        self,
        kind: str,
        position: Vec,
        yaw: float,
        on: int = 0,
        number: int | None = None,
        look: dict[str, dict[str, Any]] | None = None,
        size: float | None = None,
        tilt: float = 0.0,
        reserve: bool = True,
    ) -> Thing:
        """A new thing at exactly this position, even if it overlaps others."""
        d, k = self.dice, KINDS[kind]
        number = d.whole(0, SHAPES - 1) if number is None else number
        grow = d.near(1.0, k.stretch) if size is None else size
        scale = (grow * d.near(1, 0.06), grow * d.near(1, 0.06), grow * d.near(1, 0.06))
        thing = Thing(
            id=len(self.things) + 1,
            kind=kind,
            shape=number,
            position=tuple(round(float(p), 4) for p in position),  # type: ignore[arg-type]
            turn=(round(tilt, 2), 0.0, round(float(yaw), 2)),
            scale=tuple(round(s, 4) for s in scale),  # type: ignore[arg-type]
            finish=look if look is not None else self.finishes(kind, number),
            on=on,
        )
        self.things.append(thing)
        if reserve:
            self.taken.setdefault(on, []).append(footprint(thing))
        return thing

    def free(self, rect: Rect, on: int = 0, gap: float = 0.03) -> bool:
        """Whether nothing on this carrier overlaps the rectangle."""
        x0, y0, x1, y1 = rect
        return all(
            x1 + gap < a0 or x0 - gap > a1 or y1 + gap < b0 or y0 - gap > b1
            for a0, b0, a1, b1 in self.taken.get(on, [])
        )

    def put(
        self, kind: str, area: Rect, z: float = 0.0, yaw: float | None = None, on: int = 0, tries: int = 10,
        gap: float = 0.03, **options_: Any,
    ) -> Thing | None:  # fmt: skip
        """A new thing somewhere free within `area`, or nothing if there is no room."""
        d = self.dice
        made = self.add(kind, (0, 0, z), 0, on, reserve=False, **options_)
        for _ in range(tries):
            x, y = round(d.between(area[0], area[2]), 4), round(d.between(area[1], area[3]), 4)
            angle = round(d.between(0, 360) if yaw is None else yaw, 2)
            made = replace(made, position=(x, y, made.position[2]), turn=(made.turn[0], 0.0, angle))
            rect = footprint(made)
            inside = on == 0 or (rect[0] > area[0] and rect[1] > area[1] and rect[2] < area[2] and rect[3] < area[3])
            if inside and self.free(rect, on, gap):
                self.things[-1] = made
                self.taken.setdefault(on, []).append(rect)
                return made
        self.things.pop()
        return None

    def on_top(
        self, carrier: Thing, kinds: list[str], count: int, face: float | None = None, **options_: Any
    ) -> list[Thing]:
        """Up to `count` things on a carrier's surface; `face` turns them all roughly that way."""
        surface = KINDS[carrier.kind].surface
        if surface is None:
            return []
        form = shape(carrier.kind, carrier.shape)
        x0, y0, x1, y1 = footprint(carrier)
        margin = 0.06 * min(x1 - x0, y1 - y0)
        top = carrier.position[2] + (form.low[2] + form.size[2] * surface) * carrier.scale[2]
        if abs(carrier.turn[2] % 90) > 1:  # a turned carrier: only its inner square is surely under its bounding box
            cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
            half = 0.33 * min(form.size[0] * carrier.scale[0], form.size[1] * carrier.scale[1])
            x0, y0, x1, y1, margin = cx - half, cy - half, cx + half, cy + half, 0.0
        round_ = carrier.kind in ("table", "coffee table") and x1 - x0 > 0 and abs((x1 - x0) / (y1 - y0) - 1) < 0.15
        if round_:
            margin = 0.16 * (x1 - x0)
        area = (x0 + margin, y0 + margin, x1 - margin, y1 - margin)
        placed = []
        for _ in range(count):
            yaw = None if face is None else face + self.dice.between(-25, 25)
            thing = self.put(self.dice.pick(kinds), area, top, yaw, carrier.id, tries=6, gap=0.01, **options_)
            if thing:
                placed.append(thing)
        return placed


def withholdable(kind: str, spec: str) -> bool:
    """Whether a part has any finish that is kept out of training."""
    return any(withheld(kind, texture) for name, _ in options(spec) for texture in MATERIALS[name].textures)


def footprint(thing: Thing) -> Rect:
    """The rectangle on the ground that a thing needs: that of its turned bounding box."""
    form = shape(thing.kind, thing.shape)
    (sx, sy, _), (px, py, _) = thing.scale, thing.position
    c, s = math.cos(math.radians(thing.turn[2])), math.sin(math.radians(thing.turn[2]))
    xs, ys = (form.low[0] * sx, form.high[0] * sx), (form.low[1] * sy, form.high[1] * sy)
    across = [c * x - s * y for x in xs for y in ys]
    along = [s * x + c * y for x in xs for y in ys]
    return px + min(across), py + min(along), px + max(across), py + max(along)
