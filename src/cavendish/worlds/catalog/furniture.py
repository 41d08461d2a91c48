"""Furniture, and what stands, lies and hangs in a room."""

import numpy as np

from ..dice import Dice
from ..mesh import Mesh, ball, box, cylinder, extrude, join, lathe, limb, rod, sheet, torus, tube
from .registry import Parts, thing

WOODEN = "wood wood paint:white|black|gray|blue|green|red"
SOFT = "fabric fabric fabric leather"


def legs(x: float, y: float, height: float, radius: float, splay: float = 0.0) -> Mesh:
    """Four legs under the corners of an x by y top."""
    posts = [
        rod((sx * (x / 2 + splay), sy * (y / 2 + splay), 0), (sx * x / 2, sy * y / 2, height), radius)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return join(posts)


def bars(x: float, y: float, height: float, width: float) -> Mesh:
    """Four square legs under the corners of an x by y top."""
    return join([box(width, width, height).at(sx * x / 2, sy * y / 2) for sx in (-1, 1) for sy in (-1, 1)])


@thing("chair", {"seat": WOODEN + " plastic fabric", "back": WOODEN + " plastic fabric", "legs": "wood metal"}, tags="floor seat dining", styles=4)
def chair(d: Dice, style: int) -> Parts:
    w, h, back = d.between(0.42, 0.5), d.between(0.43, 0.47), d.between(0.38, 0.52)
    feet = legs(w - 0.06, w - 0.06, h, 0.018, 0.03) if style % 2 else bars(w - 0.06, w - 0.06, h, 0.04)
    seat = box(w, w, 0.045, 0.02).at(z=h)
    y = w / 2 - 0.03
    if style == 0:
        rails = join([box(w, 0.025, 0.07, 0.01).at(0, y + 0.01 * k, h + back * k / 3.2) for k in (1, 2, 3)])
        posts = join([rod((s * (w / 2 - 0.03), y, h), (s * (w / 2 - 0.03), y + 0.05, h + back), 0.02) for s in (-1, 1)])
        return {"seat": seat, "back": rails + posts, "legs": feet}
    if style == 1:
        curve = [0.0, 0.02, 0.05, 0.1]
        shell = sheet(w, back, 6, 3, np.add.outer(curve, 0.6 * np.linspace(-1, 1, 7) ** 2 * -0.08))
        return {"seat": seat, "back": plate(shell, 0.025).at(0, y, h + 0.02), "legs": feet}
    if style == 2:
        arch = [(s * w / 2 * np.cos(a), h + back * np.sin(a)) for s, a in ((1, t) for t in np.linspace(0, np.pi, 9))]
        hoop = tube([(px, y + 0.05 * (pz - h), pz) for px, pz in arch], 0.016)
        spokes = join([rod((px, y, h), (px * 1.1, y + 0.04, h + back * 0.82), 0.008) for px in (-0.1, 0, 0.1)])
        return {"seat": seat, "back": hoop + spokes, "legs": feet}
    panel = box(w, 0.04, back, 0.02).turn(x=-8).at(0, y, h + 0.03)
    return {"seat": box(w, w, 0.08, 0.035).at(z=h - 0.02), "back": panel, "legs": feet}


def plate(surface: Mesh, thickness: float) -> Mesh:
    """A surface given two sides."""
    behind = Mesh(surface.vertices + [0, thickness, 0], surface.faces[:, ::-1])
    return surface + behind


@thing("armchair", {"body": SOFT, "cushion": SOFT, "legs": "wood metal"}, also="easy chair", is_a="chair", tags="floor soft", styles=3)
def armchair(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.75, 0.95), d.between(0.75, 0.85), d.between(0.75, 1.0)
    base = box(w - 0.1, deep - 0.05, 0.25, 0.04).at(z=0.12)
    back = box(w - 0.16, 0.2, h - 0.3, 0.08).turn(x=-10).at(0, deep / 2 - 0.15, 0.28)
    if style == 1:
        arms = limb([(0, -deep / 2 + 0.12, 0), (0, deep / 2 - 0.1, 0)], 0.1).at(w / 2 - 0.1, 0, 0.52)
        arms = arms + box(0.17, deep - 0.08, 0.4, 0.03).at(w / 2 - 0.1, 0, 0.12)
    else:
        arms = box(0.15, deep - 0.08, 0.48, 0.05).at(w / 2 - 0.08, 0, 0.12)
    if style == 2:
        back = back + ball(0.1, 0.08, 0.14, 8).at(w / 2 - 0.12, deep / 2 - 0.18, h - 0.1).both()
    seat = box(w - 0.3, deep - 0.2, 0.15, 0.05).at(0, -0.05, 0.34)
    return {"body": base + back + arms.both(), "cushion": seat, "legs": legs(w - 0.2, deep - 0.2, 0.12, 0.022, 0.02)}


@thing("sofa", {"body": SOFT, "cushions": SOFT, "legs": "wood metal"}, also="couch", tags="floor soft big", styles=3, surface=0.55)
def sofa(d: Dice, style: int) -> Parts:
    seats = d.whole(2, 3)
    w, deep, h = seats * d.between(0.65, 0.75) + 0.35, d.between(0.85, 0.98), d.between(0.75, 0.9)
    base = box(w - 0.1, deep - 0.04, 0.26, 0.04).at(z=0.1)
    back = box(w - 0.2, 0.2, h - 0.3, 0.07).turn(x=-8).at(0, deep / 2 - 0.14, 0.28)
    arm_high = 0.52 if style else 0.44
    if style == 1:
        arm = limb([(0, -deep / 2 + 0.12, 0), (0, deep / 2 - 0.12, 0)], 0.11).at(w / 2 - 0.12, 0, 0.54)
        arm = arm + box(0.18, deep - 0.08, 0.42, 0.02).at(w / 2 - 0.12, 0, 0.1)
    else:
        arm = box(0.18, deep - 0.06, arm_high, 0.05).at(w / 2 - 0.1, 0, 0.1)
    each = (w - 0.38) / seats
    places = [(i - (seats - 1) / 2) * each for i in range(seats)]
    cushions = [box(each - 0.015, deep - 0.24, 0.16, 0.055).at(x, -0.06, 0.33) for x in places]
    backs = [box(each - 0.03, 0.17, 0.4, 0.075).turn(x=-14).at(x, deep / 2 - 0.3, 0.46) for x in places]
    body = base + back + arm.both()
    if style == 2:
        body = body + box(each, 0.65, 0.26, 0.04).at(places[0], -deep / 2 - 0.28, 0.1)
        cushions.append(box(each - 0.015, 0.65, 0.16, 0.055).at(places[0], -deep / 2 - 0.26, 0.33))
    return {"body": body, "cushions": join(cushions + backs), "legs": legs(w - 0.2, deep - 0.2, 0.1, 0.022)}


@thing("stool", {"seat": WOODEN + " leather", "legs": "wood metal"}, tags="floor seat", styles=3)
def stool(d: Dice, style: int) -> Parts:
    h, r = d.between(0.42, 0.72), d.between(0.16, 0.2)
    seat = lathe([(0, h), (r, h), (r + 0.01, h + 0.02), (r, h + 0.045), (0, h + 0.05)], 18)
    if style == 1:
        foot = cylinder(r * 0.95, 0.02, 16) + cylinder(0.025, h, 8)
        return {"seat": seat, "legs": foot + torus(r * 0.7, 0.01, 14, 6).at(z=h * 0.35)}
    if style == 2:
        return {"seat": box(2 * r, 2 * r, 0.05, 0.015).at(z=h), "legs": bars(2 * r - 0.05, 2 * r - 0.05, h, 0.035)}
    posts = [rod((1.25 * r * np.cos(a), 1.25 * r * np.sin(a), 0), (0.6 * r * np.cos(a), 0.6 * r * np.sin(a), h), 0.018)
             for a in np.arange(4) * np.pi / 2 + 0.5]  # fmt: skip
    return {"seat": seat, "legs": join(posts) + torus(r * 0.98, 0.008, 14, 6).at(z=h * 0.4)}


@thing("table", {"top": WOODEN + " marble glass", "legs": "wood metal"}, also="dining table", tags="floor table big dining", styles=4, surface=1.0)
def table(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.2, 2.0), d.between(0.75, 1.0), d.between(0.72, 0.77)
    if style == 1:
        r = d.between(0.5, 0.7)
        foot = lathe([(0, 0), (0.34, 0), (0.32, 0.03), (0.07, 0.08), (0.05, h * 0.5), (0.08, h - 0.03), (0, h - 0.03)])
        return {"top": cylinder(r, 0.035, 28).at(z=h - 0.035), "legs": foot}
    if style == 2:
        trestle = join([rod((s * 0.3, -deep / 3, 0), (-s * 0.3, -deep / 3, h - 0.03), 0.03) for s in (-1, 1)])
        both = trestle + trestle.at(y=deep * 2 / 3)
        return {"top": box(w, deep, 0.04, 0.008).at(z=h - 0.04), "legs": both.scale(1.5, 1, 1)}
    leg = bars(w - 0.12, deep - 0.12, h - 0.04, 0.075) if style else legs(w - 0.2, deep - 0.2, h - 0.04, 0.03, 0.06)
    apron = box(w - 0.16, deep - 0.16, 0.08).at(z=h - 0.12)
    return {"top": box(w, deep, 0.04, 0.01).at(z=h - 0.04), "legs": leg + apron}


@thing("coffee table", {"top": WOODEN + " glass marble", "legs": "wood metal"}, is_a="table", tags="floor table low", styles=3, surface=1.0)
def coffee_table(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.8, 1.25), d.between(0.5, 0.7), d.between(0.36, 0.46)
    if style == 1:
        r = d.between(0.35, 0.48)
        return {"top": cylinder(r, 0.03, 24).at(z=h - 0.03), "legs": legs(r * 1.2, r * 1.2, h - 0.03, 0.018, 0.06)}
    under = box(w - 0.12, deep - 0.1, 0.025).at(z=h * 0.3) if style else box(w - 0.1, deep - 0.1, 0.05).at(z=h - 0.08)
    return {"top": box(w, deep, 0.035, 0.012).at(z=h - 0.035), "legs": bars(w - 0.08, deep - 0.08, h - 0.035, 0.045) + under}


@thing("desk", {"top": WOODEN, "legs": "wood metal paint", "drawers": WOODEN, "handles": "metal chrome"}, is_a="table", tags="floor table big office", surface=1.0)
def desk(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.1, 1.7), d.between(0.6, 0.75), d.between(0.72, 0.76)
    parts = {"top": box(w, deep, 0.035, 0.008).at(z=h - 0.035)}
    side = d.pick((-1, 1))
    unit = box(0.4, deep - 0.06, h - 0.08, 0.008).at(side * (w / 2 - 0.24), 0, 0.04)
    fronts = join([box(0.37, 0.02, 0.19, 0.006).at(side * (w / 2 - 0.24), -deep / 2 + 0.03, 0.07 + 0.205 * i) for i in range(3)])
    knobs = join([rod((-0.06, 0, 0), (0.06, 0, 0), 0.008).at(side * (w / 2 - 0.24), -deep / 2 + 0.01, 0.17 + 0.205 * i)
                  for i in range(3)])  # fmt: skip
    other = bars(0.02, deep - 0.1, h - 0.035, 0.045).at(-side * (w / 2 - 0.06))
    if style:
        return parts | {"legs": bars(w - 0.08, deep - 0.1, h - 0.035, 0.045) + box(w - 0.1, 0.02, 0.3).at(0, deep / 2 - 0.05, h - 0.34)}
    return parts | {"legs": other, "drawers": unit + fronts, "handles": knobs}


@thing("bed", {"frame": WOODEN + " fabric", "mattress": "cloth:white|beige", "blanket": "fabric", "pillows": "cloth"}, tags="floor big", styles=3, surface=0.55)
def bed(d: Dice, style: int) -> Parts:
    w, length = d.pick((0.95, 1.4, 1.65)), d.between(2.0, 2.1)
    head = d.between(0.85, 1.2)
    frame = box(w + 0.08, length, 0.18, 0.02).at(z=0.12) + bars(w - 0.05, length - 0.1, 0.14, 0.07)
    if style == 1:
        arch = [(-w / 2 - 0.04, 0.0), (w / 2 + 0.04, 0.0), (w / 2 + 0.04, head * 0.8)]
        arch += [((w / 2) * np.cos(a), head * 0.8 + head * 0.25 * np.sin(a)) for a in np.linspace(0.2, np.pi - 0.2, 7)]
        frame = frame + extrude([*arch, (-w / 2 - 0.04, head * 0.8)], 0.06).at(0, length / 2 + 0.02)
    elif style == 2:
        slats = join([rod((x, 0, 0.3), (x, 0, head), 0.015) for x in np.linspace(-w / 2, w / 2, 7)])
        frame = frame + (slats + rod((-w / 2 - 0.03, 0, head), (w / 2 + 0.03, 0, head), 0.03)).at(0, length / 2)
    else:
        frame = frame + box(w + 0.1, 0.09, head, 0.03).at(0, length / 2 + 0.03)
    mattress = box(w, length - 0.04, 0.24, 0.05).at(z=0.27)
    cover = box(w + 0.06, length * 0.66, 0.22, 0.06).at(0, -length * 0.16, 0.34).rough(0.012, 0.3, 3)
    count = 2 if w > 1.2 else 1
    pillows = [cushion_mesh(0.62, 0.4, 0.16).turn(x=18).at((i - (count - 1) / 2) * 0.7, length / 2 - 0.3, 0.56) for i in range(count)]
    return {"frame": frame, "mattress": mattress, "blanket": cover, "pillows": join(pillows)}


def cushion_mesh(w: float, deep: float, thick: float) -> Mesh:
    """A stuffed square, thick in the middle and thin at its seam."""
    g = np.linspace(-1, 1, 8)
    gx, gy = np.meshgrid(g, g)
    swell = ((1 - gx**4) * (1 - gy**4)) ** 0.5 * thick / 2
    pinch = 1 - 0.08 * (gx**2) * (1 - gy**2) - 0.08 * (gy**2) * (1 - gx**2)
    top = np.stack([gx * w / 2 * pinch, gy * deep / 2 * pinch, swell], -1).reshape(-1, 3)
    cell = (np.arange(7)[:, None] * 8 + np.arange(7)).ravel()
    faces = np.concatenate([np.stack([cell, cell + 1, cell + 9], 1), np.stack([cell, cell + 9, cell + 8], 1)])
    return Mesh(top, faces) + Mesh(top * [1, 1, -1], faces[:, ::-1])


@thing("cushion", {"cover": "fabric"}, also="throw pillow", tags="small soft")
def cushion(d: Dice, style: int) -> Parts:
    w = d.between(0.36, 0.48)
    if style:
        return {"cover": limb([(-0.2, 0, 0.09), (0.2, 0, 0.09)], 0.09, 12)}
    return {"cover": cushion_mesh(w, w, 0.16).turn(x=65).at(z=w * 0.46)}


@thing("nightstand", {"body": WOODEN, "drawers": WOODEN, "handles": "metal chrome gold"}, also="bedside table", tags="floor bedroom", surface=1.0)
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


@thing("dresser", {"body": WOODEN, "drawers": WOODEN, "handles": "metal chrome gold"}, also="chest of drawers", tags="floor wallside big bedroom", surface=1.0)
def dresser(d: Dice, style: int) -> Parts:
    return drawers_unit(d.between(0.9, 1.5), d.between(0.42, 0.52), d.between(0.75, 1.05), 2 if style else 1, d.whole(3, 4), d.between(0.04, 0.14))


@thing("wardrobe", {"body": WOODEN, "doors": WOODEN + " mirror", "handles": "metal chrome"}, also="closet", tags="floor wallside big bedroom")
def wardrobe(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(1.0, 1.9), d.between(0.55, 0.62), d.between(1.9, 2.2)
    count = 3 if w > 1.5 else 2
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.02, 0.03, h - 0.14, 0.008).at(x, -deep / 2, 0.1) for x in xs]
    knobs = [rod((0, 0, 0.9), (0, 0, 1.2), 0.012).at(x + each * 0.38 * (1 if i % 2 == 0 else -1), -deep / 2 - 0.03) for i, x in enumerate(xs)]
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


@thing("bookshelf", {"frame": WOODEN, "books": "cover", "more books": "cover"}, also="bookcase", is_a="shelf", tags="floor wallside big", styles=2)
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


@thing("cabinet", {"body": WOODEN, "doors": WOODEN, "handles": "metal chrome gold"}, also="cupboard", tags="floor wallside big", surface=1.0)
def cabinet(d: Dice, style: int) -> Parts:
    w, deep, h = d.between(0.8, 1.6), d.between(0.38, 0.48), d.between(0.6, 1.1)
    count = 2 if style else 3
    each = w / count
    xs = [(i - (count - 1) / 2) * each for i in range(count)]
    doors = [box(each - 0.025, 0.025, h - 0.16, 0.008).at(x, -deep / 2, 0.13) for x in xs]
    knobs = [ball(0.018, sides=8).at(x + each * 0.4 * (1 if i % 2 == 0 else -1), -deep / 2 - 0.03, h * 0.55) for i, x in enumerate(xs)]
    return {"body": box(w, deep, h - 0.1, 0.01).at(z=0.1) + bars(w - 0.1, deep - 0.1, 0.1, 0.045), "doors": join(doors), "handles": join(knobs)}


@thing("floor lamp", {"shade": "shade", "stand": "metal chrome gold wood"}, is_a="lamp", tags="floor light", styles=3)
def floor_lamp(d: Dice, style: int) -> Parts:
    h, r = d.between(1.4, 1.75), d.between(0.17, 0.24)
    shade = lathe([(r, h - 0.28), (r * d.between(0.55, 0.9), h), (0.01, h)], 18)
    if style == 1:
        posts = [rod((0.26 * np.cos(a), 0.26 * np.sin(a), 0), (0, 0, h - 0.3), 0.014) for a in np.arange(3) * 2.1]
        return {"shade": shade, "stand": join(posts)}
    foot = lathe([(0, 0), (0.15, 0), (0.15, 0.02), (0.015, 0.035), (0.013, h - 0.2), (0, h - 0.2)], 14)
    if style == 2:
        arc = tube([(0, 0, 0.02), (0, 0, h * 0.7), (0.08, 0, h * 0.9), (0.3, 0, h), (0.5, 0, h * 0.95)], 0.013)
        return {"shade": lathe([(0.17, 0), (0.13, 0.1), (0.03, 0.16), (0.0, 0.16)], 16).at(0.5, 0, h * 0.95 - 0.16), "stand": arc + cylinder(0.16, 0.025, 16)}
    return {"shade": shade, "stand": foot}


@thing("table lamp", {"shade": "shade", "base": "ceramic metal gold wood"}, also="desk lamp", is_a="lamp", tags="small light", styles=3)
def table_lamp(d: Dice, style: int) -> Parts:
    h, r = d.between(0.38, 0.55), d.between(0.12, 0.17)
    shade = lathe([(r, h * 0.58), (r * d.between(0.55, 0.8), h), (0.01, h)], 16)
    if style == 1:
        arm = tube([(0, 0, 0.02), (0.1, 0, h * 0.45), (-0.06, 0, h * 0.9)], 0.01, 6)
        head = lathe([(0.075, 0), (0.06, 0.05), (0.02, 0.1), (0, 0.1)], 14).turn(y=25).at(-0.12, 0, h * 0.82)
        return {"shade": head, "base": arm + cylinder(0.08, 0.02, 14)}
    if style == 2:
        return {"shade": shade, "base": ball(0.1, 0.1, 0.12).at(z=0.12) + cylinder(0.015, h * 0.62, 8) + cylinder(0.07, 0.02)}
    return {"shade": shade, "base": lathe([(0, 0), (0.075, 0), (0.07, 0.02), (0.03, 0.08), (0.05, h * 0.3), (0.012, h * 0.5), (0.012, h * 0.66), (0, h * 0.66)])}


@thing("ceiling lamp", {"shade": "shade", "cord": "metal plastic:black"}, also="pendant lamp", is_a="lamp", tags="ceiling light", styles=3)
def ceiling_lamp(d: Dice, style: int) -> Parts:
    drop = d.between(0.35, 0.8)
    cord = rod((0, 0, 0), (0, 0, -drop), 0.008) + cylinder(0.05, 0.03, 10).at(z=-0.03)
    shades = (
        ball(0.16).at(z=-drop - 0.12),
        lathe([(0.22, 0), (0.2, 0.06), (0.05, 0.2), (0.0, 0.2)], 18).at(z=-drop - 0.18),
        lathe([(0.0, 0.0), (0.2, 0), (0.2, 0.2), (0, 0.2)], 18).at(z=-drop - 0.19),
    )
    return {"shade": shades[style], "cord": cord}


@thing("television", {"screen": "display screen", "frame": "plastic:black metal"}, also="TV", tags="electronic", plural="televisions")
def television(d: Dice, style: int) -> Parts:
    w = d.between(0.9, 1.4)
    h = w * 0.58
    frame = box(w, 0.05, h, 0.01).at(z=0.06)
    foot = box(w * 0.35, 0.22, 0.02).at() + box(0.08, 0.04, 0.08)
    if style:
        foot = box(0.04, 0.22, 0.07).at(w * 0.33).both()
    return {"screen": box(w - 0.03, 0.01, h - 0.04).at(0, -0.026, 0.08), "frame": frame + foot}


@thing("rug", {"cloth": "fabric print"}, also="carpet", tags="flat")
def rug(d: Dice, style: int) -> Parts:
    if style:
        return {"cloth": cylinder(d.between(0.7, 1.1), 0.012, 32)}
    return {"cloth": box(d.between(1.6, 2.6), d.between(1.2, 1.7), 0.012)}


@thing("curtain", {"cloth": "cloth fabric"}, tags="wall window", stretch=0.03)
def curtain(d: Dice, style: int) -> Parts:
    w, h, folds = d.between(0.4, 0.6), 2.1, d.whole(4, 6)
    x = np.linspace(0, 1, 4 * folds + 1)
    wave = np.sin(x * 2 * np.pi * folds) * 0.04
    gather = np.array([1.0, 0.75, 0.9, 1.0])[:, None] if style else np.ones((4, 1))
    cloth = sheet(w, h, 4 * folds, 3, -0.05 + wave * gather)
    if style:
        cloth.vertices[:, 0] *= np.repeat([1.0, 0.72, 0.9, 1.0], 4 * folds + 1)
    return {"cloth": plate(cloth, 0.004).at(z=-h / 2)}


@thing("window", {"frame": "paint:white|brown|gray wood", "glass": "pane"}, tags="wall opening")
def window(d: Dice, style: int) -> Parts:
    w, h = d.between(0.9, 1.5), d.between(1.0, 1.4)
    bars_ = [box(0.07, 0.06, h).at(s * w / 2, 0, -h / 2) for s in (-1, 0, 1)]
    bars_ += [box(w + 0.07, 0.06, 0.07).at(0, 0, z) for z in (-h / 2 - 0.035, h / 2 - 0.035)]
    if style:
        bars_.append(box(w, 0.05, 0.04).at(z=0.05))
    sill = box(w + 0.2, 0.16, 0.035, 0.01).at(0, -0.06, -h / 2 - 0.06)
    return {"frame": join([*bars_, sill]), "glass": box(w, 0.01, h).at(0, 0.015, -h / 2)}


@thing("door", {"panel": WOODEN, "frame": "paint:white|brown wood", "handle": "chrome gold metal"}, tags="wall door", stretch=0.03)
def door(d: Dice, style: int) -> Parts:
    w, h = d.between(0.78, 0.92), d.between(1.98, 2.08)
    frame = box(0.09, 0.07, h + 0.09).at(w / 2 + 0.045).both() + box(w + 0.18, 0.07, 0.09).at(z=h)
    panel = box(w, 0.045, h)
    for row in range(3 if style else 2):
        for side in (-1, 1):
            high = h / (3 if style else 2) - 0.16
            panel = panel + box(w * 0.34, 0.02, high, 0.008).at(side * w * 0.22, -0.026, 0.1 + row * (high + 0.14))
    handle = rod((w * 0.4, -0.06, h * 0.48), (w * 0.28, -0.06, h * 0.48), 0.012) + ball(0.03, 0.015, 0.03, 8).at(w * 0.4, -0.03, h * 0.48)
    return {"panel": panel, "frame": frame, "handle": handle}


@thing("picture", {"canvas": "print", "frame": "wood gold paint:black|white"}, also="painting", tags="wall decor")
def picture(d: Dice, style: int) -> Parts:
    w, h = d.between(0.35, 0.9), d.between(0.3, 0.7)
    edge = 0.05 if style else 0.03
    frame = box(edge, 0.035, h + edge).at(w / 2, 0, -h / 2 - edge / 2).both() + box(w + edge, 0.035, edge).at(0, 0, h / 2 - edge / 2) + box(w + edge, 0.035, edge).at(0, 0, -h / 2 - edge / 2)
    return {"canvas": box(w, 0.015, h).at(0, 0.01, -h / 2), "frame": frame}


@thing("mirror", {"glass": "mirror", "frame": "wood gold paint:black|white"}, tags="wall decor")
def mirror(d: Dice, style: int) -> Parts:
    w, h = d.between(0.45, 0.7), d.between(0.6, 1.1)
    if style:
        ring = torus(1.0, 0.06, 24, 6).turn(x=90).scale(w / 2, 0.4, w / 2)
        return {"glass": cylinder(1, 0.012, 24).turn(x=90).scale(w / 2, 1, w / 2).at(0, 0.01), "frame": ring}
    frame = box(0.05, 0.04, h).at(w / 2, 0, -h / 2).both() + box(w + 0.05, 0.04, 0.05).at(0, 0, h / 2) + box(w + 0.05, 0.04, 0.05).at(0, 0, -h / 2 - 0.05)
    return {"glass": box(w, 0.015, h).at(0, 0.01, -h / 2), "frame": frame}


@thing("clock", {"face": "paper:white paint:black", "rim": "plastic metal gold wood", "hands": "plastic:black|red"}, tags="wall decor")
def clock(d: Dice, style: int) -> Parts:
    r = d.between(0.13, 0.2)
    face = cylinder(r, 0.02, 24).turn(x=90)
    if style:
        rim = box(2.3 * r, 0.03, 2.3 * r, 0.01).at(0, 0.02, -1.15 * r)
    else:
        rim = torus(r, 0.02, 24, 6).turn(x=90)
    hands = box(0.016, 0.008, r * 0.75).turn(y=d.between(0, 360)) + box(0.022, 0.008, r * 0.5).turn(y=d.between(0, 360))
    marks = [box(0.014, 0.006, 0.03).at(0, 0, r * 0.78).turn(y=30 * k) for k in range(12)]
    return {"face": face, "rim": rim, "hands": (hands + join(marks)).at(0, -0.026)}


@thing("basket", {"body": "wicker"}, tags="floor small")
def basket(d: Dice, style: int) -> Parts:
    r, h = d.between(0.15, 0.24), d.between(0.2, 0.36)
    body = lathe([(0, 0.01), (r * 0.8, 0), (r, h * 0.6), (r * 0.97, h), (r * 0.9, h), (r * 0.75, 0.04), (0, 0.03)], 18)
    if style:
        hoop = tube([(r * np.cos(a), 0, h + r * np.sin(a)) for a in np.linspace(0, np.pi, 9)], 0.014, 6)
        return {"body": body + hoop}
    return {"body": body + torus(r, 0.018, 18, 6).at(z=h)}


@thing("radiator", {"body": "paint:white"}, tags="wallside heating", stretch=0.05)
def radiator(d: Dice, style: int) -> Parts:
    w, h = d.between(0.7, 1.3), d.between(0.5, 0.65)
    if style:
        return {"body": box(w, 0.08, h, 0.01).at(z=0.12) + join([box(0.02, 0.1, h - 0.08).at(x, 0, 0.16) for x in np.arange(-w / 2 + 0.05, w / 2, 0.07)])}
    return {"body": join([limb([(x, 0, 0.14), (x, 0, h + 0.08)], 0.035, 6) for x in np.arange(-w / 2 + 0.05, w / 2, 0.08)])}


@thing("fireplace", {"surround": "brick stone marble", "opening": "paint:black", "mantel": "wood stone", "fire": "flame"}, tags="floor wallside big living", surface=1.0)
def fireplace(d: Dice, style: int) -> Parts:
    w, h = d.between(1.2, 1.5), d.between(1.0, 1.2)
    sides = box(0.3, 0.35, h).at(w / 2 - 0.15).both() + box(w - 0.5, 0.35, h * 0.35).at(z=h * 0.65)
    logs = join([ball(0.07, 0.05, 0.14, 8).at(x, 0, 0.15) for x in (-0.12, 0.02, 0.14)])
    return {"surround": sides, "opening": box(w - 0.5, 0.02, h * 0.7).at(0, 0.15), "mantel": box(w + 0.16, 0.42, 0.07, 0.015).at(z=h), "fire": logs}
