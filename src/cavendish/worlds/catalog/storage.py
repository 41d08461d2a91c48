"""Furniture that holds things."""

import numpy as np

from cavendish.worlds.catalog.registry import Parts, thing
from cavendish.worlds.catalog.seating import WOODEN, bars
from cavendish.worlds.mesh import Mesh, ball, box, join, lathe, rod, torus, tube
from cavendish.worlds.rng import Dice


@thing(
    "nightstand",
    {"body": WOODEN, "drawers": WOODEN, "handles": "metal chrome gold"},
    also="bedside table",
    tags="floor bedroom",
    surface=1.0,
)
def nightstand(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.4, 0.52), d.between(0.36, 0.42), d.between(0.48, 0.6)
    return drawers_unit(w, deep, h, 1, 2 if style else 1, 0.12 if style == 0 else 0.03)


def drawers_unit(w: float, deep: float, h: float, columns: int, rows: int, foot: float) -> Parts:
    """A chest on feet with a grid of drawers."""
    body = box(w, deep, h - foot, 0.008).at(z=foot) + bars(w - 0.08, deep - 0.08, foot, 0.04)
    cw, rh = w / columns, (h - foot) / rows
    centres = [((i - (columns - 1) / 2) * cw, foot + j * rh) for i in range(columns) for j in range(rows)]
    fronts = [box(cw - 0.03, 0.025, rh - 0.03, 0.007).at(x, -deep / 2, z + 0.015) for x, z in centres]
    knobs = [ball(0.017, sides=8).at(x, -deep / 2 - 0.02, z + rh / 2) for x, z in centres]
    return {"body": body, "drawers": join(fronts), "handles": join(knobs)}


@thing(
    "dresser",
    {"body": WOODEN, "drawers": WOODEN, "handles": "metal chrome gold"},
    also="chest of drawers",
    tags="floor wallside big bedroom",
    surface=1.0,
)
def dresser(d: Dice, style: int) -> Parts:
    return drawers_unit(
        d.between(0.9, 1.5),
        d.between(0.42, 0.52),
        d.between(0.75, 1.05),
        2 if style else 1,
        d.whole(3, 4),
        d.between(0.04, 0.14),
    )


@thing(
    "wardrobe",
    {"body": WOODEN, "doors": WOODEN + " mirror", "handles": "metal chrome"},
    also="closet",
    tags="floor wallside big bedroom",
)
def wardrobe(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.0, 1.9), d.between(0.55, 0.62), d.between(1.9, 2.2)
    count = 3 if w > 1.5 else 2
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.02, 0.03, h - 0.14, 0.008).at(x, -deep / 2, 0.1) for x in xs]
    knobs = [
        rod((0, 0, 0.9), (0, 0, 1.2), 0.012).at(x + each * 0.38 * (1 if i % 2 == 0 else -1), -deep / 2 - 0.03)
        for i, x in enumerate(xs)
    ]
    body = box(w, deep, h, 0.01)
    if style:
        body = body + box(w + 0.08, deep + 0.06, 0.06, 0.02).at(z=h)
    return {"body": body, "doors": join(doors), "handles": join(knobs)}


def row_of_books(d: Dice, length: float, height: float, depth: float) -> tuple[list[Mesh], list[Mesh]]:
    """Upright books along x from 0 to `length`, in two colours alternately."""
    piles: tuple[list[Mesh], list[Mesh]] = ([], [])
    x, i = 0.0, 0
    while True:
        thick, h = d.between(0.02, 0.06), height * d.between(0.65, 0.95)
        if x + thick > length:
            return piles
        piles[i % 2].append(box(thick * 0.94, depth * d.between(0.7, 0.95), h).at(x + thick / 2, 0, 0))
        x, i = x + thick, i + d.whole(1, 2)


@thing(
    "bookshelf",
    {"frame": WOODEN, "books": "cover", "more books": "cover"},
    also="bookcase",
    is_a="shelf",
    tags="floor wallside big",
    styles=2,
)
def bookshelf(d: Dice, style: int) -> Parts:
    w, deep, rows = d.between(0.7, 1.3), d.between(0.26, 0.34), d.whole(3, 5)
    step = d.between(0.31, 0.38)
    h = rows * step + 0.08
    frame = [box(0.03, deep, h).at(s * (w / 2 - 0.015)) for s in (-1, 1)]
    frame += [box(w, deep, 0.025).at(z=0.05 + i * step) for i in range(rows + 1)]
    if style == 0:
        frame.append(box(w, 0.015, h).at(0, deep / 2 - 0.01))
    one, two = [], []
    for i in range(rows):
        a, b = row_of_books(d, (w - 0.1) * d.between(0.4, 1.0), step - 0.04, deep * 0.8)
        one += [m.at(-w / 2 + 0.05, 0, 0.075 + i * step) for m in a]
        two += [m.at(-w / 2 + 0.05, 0, 0.075 + i * step) for m in b]
    return {"frame": join(frame), "books": join(one), "more books": join(two)}


@thing(
    "cabinet",
    {"body": WOODEN, "doors": WOODEN, "handles": "metal chrome gold"},
    also="cupboard",
    tags="floor wallside big",
    surface=1.0,
)
def cabinet(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.8, 1.6), d.between(0.38, 0.48), d.between(0.6, 1.1)
    count = 2 if style else 3
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.025, 0.025, h - 0.16, 0.008).at(x, -deep / 2, 0.13) for x in xs]
    knobs = [
        ball(0.018, sides=8).at(x + each * 0.4 * (1 if i % 2 == 0 else -1), -deep / 2 - 0.03, h * 0.55)
        for i, x in enumerate(xs)
    ]
    return {
        "body": box(w, deep, h - 0.1, 0.01).at(z=0.1) + bars(w - 0.1, deep - 0.1, 0.1, 0.045),
        "doors": join(doors),
        "handles": join(knobs),
    }


@thing("basket", {"body": "wicker"}, tags="floor small")
def basket(d: Dice, style: int) -> Parts:
    r, h = d.between(0.15, 0.24), d.between(0.2, 0.36)
    body = lathe([(0, 0.01), (r * 0.8, 0), (r, h * 0.6), (r * 0.97, h), (r * 0.9, h), (r * 0.75, 0.04), (0, 0.03)], 18)
    if style:
        hoop = tube([(r * np.cos(a), 0, h + r * np.sin(a)) for a in np.linspace(0, np.pi, 9)], 0.014, 6)
        return {"body": body + hoop}
    return {"body": body + torus(r, 0.018, 18, 6).at(z=h)}
