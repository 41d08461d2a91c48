"""Streets: along the road, across it, at a parking lot, at a crossing, from above."""

from cavendish.worlds.catalog import shape
from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.weather import outside
from cavendish.worlds.materials import finish
from cavendish.worlds.scene import Camera, Stage

CARS = ["car", "car", "car", "car", "van", "bus", "truck"]
ROADSIDE = [
    "traffic light",
    "stop sign",
    "traffic sign",
    "street lamp",
    "fire hydrant",
    "mailbox",
    "trash can",
    "bench",
    "bollard",
    "tree",
    "traffic cone",
    "bus stop",
    "bicycle",
    "motorcycle",
    "scooter",
    "barrel",
]
WALKERS = ["person", "person", "person", "child", "dog", "cat", "bird"]


def road(draft: Draft, width: float, long: float = 160.0) -> float:
    """A road along y with pavements, marks and buildings on both sides; gives the pavement's width."""
    d, b = draft.dice, draft.build
    outside(draft)
    side = d.between(2.2, 4.0)
    snow = d.chance(0.08)
    b.stage.append(
        Stage(
            "ground",
            "box",
            (0, 0, -0.4),
            (600, 600, 0.25),
            finish(d, "soil" if not snow else "paper:white", texture="grass" if not snow else "snow")
            | ({"a": [0.1, 0.16, 0.05], "b": [0.16, 0.2, 0.07]} if not snow else {}),
        )
    )
    tar = finish(d, "stone:gray", color=None, texture=d.pick(("asphalt", "asphalt", "asphalt", "cobbles")))
    shade = d.between(0.05, 0.14)
    tar |= {"a": [shade, shade, shade * 1.03], "b": [shade * 1.5, shade * 1.5, shade * 1.5], "gloss": 0.1}
    b.stage.append(Stage("road", "box", (0, 0, -0.2), (width, long, 0.2), tar))
    slab = finish(d, "stone:gray|beige", texture=d.pick(("paving", "paving", "concrete", "brick")))
    kerb = finish(d, "concrete")
    for s in (-1, 1):
        b.stage.append(Stage("sidewalk", "box", (s * (width / 2 + side / 2 + 0.1), 0, -0.2), (side, long, 0.34), slab))
        b.stage.append(Stage("curb", "box", (s * (width / 2 + 0.07), 0, -0.2), (0.14, long, 0.345), kerb))
    paint = finish(d, "paint:white|yellow")
    for k in range(-6, 14):
        if d.chance(0.96):
            b.stage.append(Stage("road", "box", (0, k * 6.0, 0), (0.14, 2.6, 0.006), paint))
    facades(draft, width / 2 + side)
    return side


def facades(draft: Draft, edge: float) -> None:
    """Houses or blocks in a row on both sides, and something tall far away."""
    d, b = draft.dice, draft.build
    town = d.pick(("block", "block", "home", "mixed"))
    for s in (-1, 1):
        y = d.between(-14, -6)
        while y < 75:
            kind = {"block": "building", "home": "house", "mixed": d.pick(("house", "building"))}[town]
            number = d.whole(0, 5)
            size = shape(kind, number).size
            gap = d.between(0.2, 1.0) if kind == "building" else d.between(2.5, 7)
            if d.chance(0.12):
                y += 9
                continue
            set_back = size[1] / 2 * 1.12 + (d.between(0.0, 0.6) if kind == "building" else d.between(2.0, 5.0))
            b.add(kind, (s * (edge + set_back + 0.2), y + size[0] / 2, 0.0), -90 * s, number=number)
            if kind == "house" and d.chance(0.5):
                b.put(
                    d.pick(("tree", "bush", "fence", "conifer", "flower")),
                    (s * edge + s * 1.6 - 0.5, y, s * edge + s * 1.6 + 0.5, y + 6),
                    yaw=90,
                )
            y += size[0] * 1.1 + gap
    for _ in range(d.whole(0, 2)):
        b.add("skyscraper", (d.between(-60, 60), d.between(95, 150), 0), d.between(0, 90))


def traffic(draft: Draft, width: float, count: int, near: float = 4.0, far: float = 55.0) -> None:
    """Vehicles in their lanes, and parked ones along the kerb."""
    d, b = draft.dice, draft.build
    for _ in range(count):
        kind, right = d.pick(CARS), d.chance(0.5)
        parked = d.chance(0.4) and kind in ("car", "van")
        x = (width / 2 - 1.15 if parked else width * 0.24) * (1 if right else -1)
        yaw = (180 if right else 0) + d.between(-2, 2) + (180 if parked and d.chance(0.2) else 0)
        b.put(kind, (x - 0.12, near, x + 0.12, far), yaw=yaw, gap=0.4)
    if d.chance(0.35):
        b.put(
            d.pick(("bicycle", "motorcycle", "scooter")),
            (-width * 0.3, near, width * 0.3, far * 0.4),
            yaw=d.pick((0, 180)) + d.between(-20, 20),
        )


def pavement(
    draft: Draft, width: float, side: float, things: int, walkers: int, near: float = 2.5, far: float = 32.0
) -> None:
    """Lamps, signs, bins and people on both pavements, and perhaps many of one kind."""
    d, b = draft.dice, draft.build
    crowd = d.pick(
        ("person", "traffic cone", "bollard", "tree", "bicycle", "trash can", "scooter", "street lamp", "dog", "bird")
    )
    kinds = [d.pick(ROADSIDE) for _ in range(things)] + [crowd] * (d.whole(3, 9) if d.chance(0.5) else 0)
    for kind in kinds:
        s = d.pick((-1, 1))
        x = s * (width / 2 + (0.55 if kind not in ("bench", "bus stop", "bicycle") else side - 0.9))
        facing = {
            "bench": -90 * s,
            "bus stop": -90 * s,
            "street lamp": -90 * s,
            "bicycle": d.pick((0, 180)),
            "motorcycle": d.pick((0, 180)),
        }
        b.put(
            kind,
            (x - 0.2, near, x + 0.2, far),
            0.14,
            facing.get(kind, (0 if s > 0 else 180) if d.chance(0.3) else 0) + d.between(-8, 8),
        )
    for _ in range(walkers):
        s = d.pick((-1, 1))
        x0, x1 = sorted((s * (width / 2 + 0.9), s * (width / 2 + side - 0.3)))
        b.put(d.pick(WALKERS), (x0, near, x1, far * 0.7), 0.14, d.pick((0, 180)) + d.between(-40, 40))


def shoot(
    draft: Draft, x: float, y: float, z: float, yaw: float, pitch: float, fov: tuple[float, float] = (42, 85)
) -> None:
    """The camera, with a little roll."""
    d = draft.dice
    roll = d.between(-5, 5) if d.chance(0.3) else d.between(-1, 1)
    draft.camera = Camera(
        (round(x, 3), round(y, 3), round(z, 3)),
        round(yaw, 2),
        round(pitch, 2),
        round(roll, 2),
        round(d.between(*fov), 2),
    )
    draft.build.taken.setdefault(0, []).append((x - 0.7, y - 0.7, x + 0.7, y + 1.4))


@layout("street")
def along_the_road(draft: Draft) -> None:
    d = draft.dice
    draft.place = "a street"
    width = d.between(6.5, 10)
    shoot(
        draft,
        d.between(-0.45, 0.45) * width,
        d.between(-3, 0),
        d.pick((1.25, 1.5, d.between(1.0, 2.6))),
        d.between(-12, 12),
        d.between(-6, 3),
    )
    side = road(draft, width)
    traffic(draft, width, d.whole(2, 7))
    pavement(draft, width, side, d.whole(3, 7), d.whole(1, 6))


@layout("street")
def from_the_pavement(draft: Draft) -> None:
    d = draft.dice
    draft.place = "a sidewalk by a street"
    width = d.between(6.5, 9)
    s = d.pick((-1, 1))
    shoot(draft, s * (width / 2 + 1.5), 0, d.between(0.9, 1.9), s * d.between(5, 28), d.between(-8, 2))
    side = road(draft, width)
    traffic(draft, width, d.whole(2, 6))
    pavement(draft, width, side, d.whole(4, 8), d.whole(2, 7), near=3.5, far=24)


@layout("street")
def across_the_road(draft: Draft) -> None:
    d = draft.dice
    draft.place = "the far side of a street"
    width = d.between(6.5, 9)
    shoot(draft, -width / 2 - 1.6, 12, d.between(1.2, 2.2), -90 + d.between(-22, 22), d.between(-6, 4), (50, 95))
    side = road(draft, width)
    traffic(draft, width, d.whole(2, 5), 4, 22)
    pavement(draft, width, side, d.whole(4, 8), d.whole(2, 5), near=4, far=22)


@layout("street")
def from_above(draft: Draft) -> None:
    d = draft.dice
    draft.place = "a street seen from above"
    width = d.between(6.5, 9)
    shoot(
        draft, d.between(-6, 6), d.between(-6, 0), d.between(6, 15), d.between(-18, 18), d.between(-55, -22), (45, 75)
    )
    side = road(draft, width)
    traffic(draft, width, d.whole(4, 9), 0, 40)
    pavement(draft, width, side, d.whole(5, 9), d.whole(2, 8), near=0, far=30)


@layout("street")
def parking_lot(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a parking lot"
    shoot(draft, d.between(-3, 3), 0, d.between(1.3, 4.5), d.between(-15, 15), d.between(-16, -3), (50, 90))
    road(draft, 26.0)
    paint = finish(d, "paint:white|yellow")
    same = d.chance(0.3)
    for row, y in enumerate((9.0, 16.5)):
        for k in range(-4, 5):
            x = k * 2.9
            b.stage.append(Stage("road", "box", (x + 1.45, y, 0), (0.1, 5.0, 0.007), paint))
            if d.chance(0.5):
                b.put(
                    "car" if same or d.chance(0.75) else d.pick(("van", "motorcycle", "truck")),
                    (x - 0.1, y - 0.2, x + 0.1, y + 0.2),
                    yaw=(0 if row else 180) + d.between(-3, 3),
                    gap=0.1,
                    tries=2,
                )
    pavement(draft, 26.0, 2.5, 3, 0)
    for _ in range(d.whole(1, 5)):
        b.put(d.pick(WALKERS), (-7, 3.5, 7, 7), yaw=None)


@layout("street", held_out=True)
def crossing(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a street crossing"
    width = d.between(6.5, 9)
    shoot(draft, d.between(-2, 2), -1, d.between(1.2, 2.2), d.between(-10, 10), d.between(-8, 0))
    side = road(draft, width)
    paint = finish(d, "paint:white")
    y = d.between(5.5, 8)
    for k in range(int(width / 0.95)):
        b.stage.append(Stage("road", "box", (-width / 2 + 0.6 + 0.95 * k, y, 0), (0.5, 3.0, 0.008), paint))
    for _ in range(d.whole(3, 8)):
        b.put(
            d.pick(WALKERS[:5]), (-width / 2, y - 1.2, width / 2, y + 1.2), yaw=d.pick((90, -90)) + d.between(-20, 20)
        )
    for s in (-1, 1):
        b.put("traffic light", (s * (width / 2 + 0.5) - 0.1, y - 2, s * (width / 2 + 0.5) + 0.1, y - 1.6), 0.14, yaw=0)
    traffic(draft, width, d.whole(2, 5), y + 4)
    pavement(draft, width, side, d.whole(2, 5), d.whole(1, 3), near=4)
