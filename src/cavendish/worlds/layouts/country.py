"""Open country: farms, meadows, lakes, camps, winter."""

from cavendish.worlds.layouts.park import grass
from cavendish.worlds.layouts.registry import Draft, layout
from cavendish.worlds.layouts.street import shoot
from cavendish.worlds.layouts.weather import outside
from cavendish.worlds.materials import finish
from cavendish.worlds.scene import Stage

HERDS = ["cow", "sheep", "horse", "cow", "sheep"]


def land(draft: Draft, skin: dict | None = None, label: str = "grass", rough: tuple[float, float] = (4, 22)) -> None:
    """Rolling ground to the horizon."""
    d = draft.dice
    outside(draft)
    draft.build.stage.append(
        Stage(
            label,
            "terrain",
            (0, 0, 0),
            (1200, 1200, 0),
            skin or grass(draft),
            rough=d.between(*rough),
            clear=d.between(26, 45),
            seed=d.whole(0, 10**6),
        )
    )


def far_things(draft: Draft, kinds: list[str], count: int) -> None:
    """Things some way off, and something in the sky."""
    d, b = draft.dice, draft.build
    for _ in range(count):
        b.put(d.pick(kinds), (-26, 18, 26, 42), gap=0.5)
    if d.chance(0.35):
        kind = d.pick(("airplane", "hot air balloon", "hot air balloon", "kite"))
        if kind == "kite":
            b.add(kind, (d.between(-3, 3), d.between(7, 12), d.between(3, 6)), d.between(0, 360), size=1.5)
        else:
            for _ in range(d.whole(1, 3)):
                b.add(kind, (d.between(-45, 45), d.between(60, 110), d.between(18, 45)), d.between(0, 360))


def herd(draft: Draft, kind: str, count: int, near: float = 5, far: float = 20) -> None:
    """Animals of one kind."""
    for _ in range(count):
        draft.build.put(kind, (-9, near, 9, far), gap=0.3)


@layout("open country")
def farm(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a farm"
    shoot(draft, 0, 0, d.between(1.2, 3.0), d.between(-12, 12), d.between(-9, -1), (45, 85))
    land(draft)
    b.put("barn", (-12, 17, 12, 26), yaw=d.between(-40, 40), gap=0.4)
    if d.chance(0.5):
        b.put("house", (-16, 20, 16, 30), yaw=d.between(-40, 40), gap=0.4)
    for kind in d.some(
        ["tractor", "hay bale", "hay bale", "barrel", "fence", "dog", "person", "truck", "basket", "log", "box"],
        d.whole(4, 7),
    ):
        b.put(kind, (-7, 4.5, 7, 15), gap=0.2, yaw=d.between(-30, 30) if kind == "fence" else None)
    herd(draft, d.pick(HERDS), d.whole(1, 5))
    far_things(draft, ["tree", "conifer", "bush", "tree"], d.whole(3, 7))


@layout("open country")
def meadow(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a meadow"
    shoot(
        draft,
        0,
        0,
        d.pick((d.between(0.5, 1.0), d.between(1.3, 2.0), d.between(4, 9))),
        d.between(-12, 12),
        d.between(-14, -2),
        (40, 80),
    )
    land(draft)
    herd(draft, d.pick(HERDS), d.whole(2, 9), 4, 18)
    if d.chance(0.4):
        herd(draft, d.pick(HERDS), d.whole(1, 3))
    for k in range(d.whole(0, 5)):
        b.add("fence", (-6 + 2.42 * k, 16, 0), 0)
    for _ in range(d.whole(1, 5)):
        b.put(d.pick(("flower", "rock", "bush", "person", "dog", "hay bale", "log")), (-5, 3, 5, 12), gap=0.2)
    far_things(draft, ["tree", "conifer", "house", "barn", "windmill"], d.whole(2, 5))


@layout("open country")
def country_road(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a country road"
    shoot(draft, d.between(-1.5, 1.5), 0, d.between(1.2, 2.2), d.between(-10, 10), d.between(-6, 1), (45, 85))
    land(draft)
    skin = finish(d, "stone:gray|beige", texture=d.pick(("asphalt", "dirt", "gravel")))
    b.stage.append(Stage("road", "box", (0, 14, -0.2), (d.between(3.5, 6), 70, 0.215), skin))
    for _ in range(d.whole(1, 3)):
        b.put(
            d.pick(("car", "truck", "tractor", "van", "motorcycle", "bicycle")),
            (-1.1, 6, 1.1, 32),
            0.015,
            yaw=d.pick((0, 180)) + d.between(-3, 3),
            gap=1,
        )
    for s in (-1, 1):
        for _ in range(d.whole(2, 5)):
            b.put(
                d.pick(
                    (
                        "tree",
                        "traffic sign",
                        "fence",
                        "bush",
                        "mailbox",
                        "rock",
                        "person",
                        "flower",
                        "conifer",
                        "street lamp",
                    )
                ),
                (s * 5 - 1.3, 4, s * 5 + 1.3, 28),
                yaw=90 + d.between(-10, 10),
                gap=0.2,
            )
    far_things(draft, ["tree", "conifer", "house", "barn", "windmill"], d.whole(3, 6))


@layout("open country")
def lake(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    beach = d.chance(0.5)
    draft.place = "a beach" if beach else "a lake"
    shoot(draft, 0, 0, d.between(1.2, 3.5), d.between(-12, 12), d.between(-9, -2), (45, 85))
    land(draft, finish(d, "dune") if beach else None, "sand" if beach else "grass", (3, 14))
    b.stage.append(Stage("water", "box", (0, 42, -0.3), (400, 60, 0.33), finish(d, "water")))
    for _ in range(d.whole(1, 3)):
        b.put("boat", (-12, 16, 12, 38), 0.08, gap=1)
    for _ in range(d.whole(3, 8)):
        b.put(
            d.pick(
                ("person", "umbrella", "ball", "dog", "child", "hat", "backpack", "rock", "bird", "guitar")
                if beach
                else ("person", "rock", "bush", "tent", "log", "dog", "duck", "tree", "flower")
            ),
            (-5, 3, 5, 10.5),
            gap=0.2,
        )
    far_things(draft, ["boat"], 0)


@layout("open country")
def camp(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a camp site"
    shoot(draft, 0, 0, d.between(1.0, 2.0), d.between(-12, 12), d.between(-12, -4), (45, 80))
    land(draft)
    for _ in range(d.whole(1, 3)):
        b.put("tent", (-4, 5, 4, 11), yaw=d.between(-60, 60), gap=0.3)
    for _ in range(d.whole(4, 9)):
        b.put(
            d.pick(
                (
                    "log",
                    "torch",
                    "backpack",
                    "person",
                    "dog",
                    "rock",
                    "guitar",
                    "mug",
                    "mushroom",
                    "bicycle",
                    "barrel",
                    "picnic table",
                    "ball",
                    "child",
                    "box",
                )
            ),
            (-4, 3, 4, 9),
            gap=0.15,
        )
    far_things(draft, ["conifer", "conifer", "tree", "rock"], d.whole(5, 9))


@layout("open country", held_out=True)
def winter(draft: Draft) -> None:
    d, b = draft.dice, draft.build
    draft.place = "a snowy field"
    shoot(draft, 0, 0, d.between(1.2, 3.0), d.between(-12, 12), d.between(-9, -2), (45, 80))
    land(draft, finish(d, "paper:white", texture="snow"), "snow")
    for _ in range(d.whole(3, 8)):
        b.put(
            d.pick(("person", "dog", "conifer", "rock", "child", "log", "horse", "fence", "bird")),
            (-6, 3.5, 6, 14),
            gap=0.2,
        )
    far_things(draft, ["conifer", "house", "barn", "tree", "conifer"], d.whole(4, 8))
