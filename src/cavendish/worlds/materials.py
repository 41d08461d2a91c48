"""Named colours and materials, and how each reflects light."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from cavendish.worlds.rng import Dice

RGB = tuple[float, float, float]

# Named colours as sRGB anchors in [0, 1]; a thing's own colour lies close to one of them.
COLORS: dict[str, tuple[RGB, ...]] = {
    "red": ((0.75, 0.08, 0.08), (0.62, 0.05, 0.09), (0.83, 0.13, 0.10)),
    "orange": ((0.93, 0.47, 0.06), (0.88, 0.40, 0.08)),
    "yellow": ((0.94, 0.80, 0.12), (0.90, 0.74, 0.18)),
    "green": ((0.16, 0.48, 0.17), (0.30, 0.58, 0.20), (0.08, 0.36, 0.20)),
    "blue": ((0.10, 0.24, 0.65), (0.16, 0.38, 0.78), (0.09, 0.16, 0.42), (0.35, 0.58, 0.85)),
    "purple": ((0.42, 0.16, 0.58), (0.50, 0.28, 0.66)),
    "pink": ((0.93, 0.52, 0.66), (0.90, 0.40, 0.58)),
    "brown": ((0.40, 0.25, 0.14), (0.33, 0.19, 0.10), (0.48, 0.30, 0.17)),
    "beige": ((0.83, 0.74, 0.58), (0.78, 0.69, 0.55)),
    "black": ((0.06, 0.06, 0.065), (0.09, 0.09, 0.09)),
    "gray": ((0.48, 0.48, 0.49), (0.40, 0.41, 0.43), (0.56, 0.56, 0.56)),
    "white": ((0.92, 0.92, 0.91), (0.90, 0.89, 0.86)),
}
ANY = tuple(COLORS)
VIVID = ("red", "orange", "yellow", "green", "blue", "purple", "pink")


@dataclass(frozen=True)
class Material:
    """`adjective` is its word before a noun; `gloss` 0 to 1; `metal`, `glass` and `glow` are shares."""

    name: str
    adjective: str
    textures: tuple[str, ...]
    colors: tuple[str, ...] = ANY
    gloss: float = 0.1
    metal: float = 0.0
    glass: float = 0.0
    second: float = 0.75  # the second colour is the first times this, unless the texture is a print
    fixed: tuple[RGB, ...] = ()  # its own colours, where no named anchor will do
    glow: float = 0.0


PRINTS = ("stripes", "checks", "dots", "floral", "damask", "rug_pattern", "abstract", "checkered_tiles", "patches")
WOODS: tuple[RGB, ...] = ((0.45, 0.28, 0.15), (0.36, 0.21, 0.11), (0.52, 0.34, 0.19))

MATERIALS: dict[str, Material] = {
    m.name: m
    for m in (
        Material("wood", "wooden", ("wood", "wood", "planks"), ("brown", "brown", "beige"), 0.25, second=0.62),
        Material("paint", "painted", ("plain",), ANY, 0.3),
        Material("metal", "metal", ("brushed",), ("gray", "gray", "black", "white"), 0.6, metal=0.85),
        Material("lacquer", "metal", ("plain",), ANY, 0.75, metal=0.05),
        Material("chrome", "metal", ("brushed",), ("gray",), 0.95, metal=1.0, fixed=((0.78, 0.78, 0.8),)),
        Material("gold", "golden", ("brushed",), ("yellow",), 0.9, metal=1.0, fixed=((0.9, 0.68, 0.25),)),
        Material("copper", "copper", ("brushed",), ("orange",), 0.85, metal=1.0, fixed=((0.85, 0.48, 0.3),)),
        Material("plastic", "plastic", ("plain",), ANY, 0.45),
        Material("rubber", "rubber", ("plain",), ("black",), 0.12),
        Material(
            "fabric", "fabric", ("weave", "weave", "knit", "carpet", "stripes", "checks", "dots", "floral"), ANY, 0.02
        ),
        Material("cloth", "cloth", ("plain", "weave", "plain", "plain", "plain", "stripes", "checks"), ANY, 0.02),
        Material("leather", "leather", ("leather",), ("brown", "black", "white", "red", "beige"), 0.4),
        Material("ceramic", "ceramic", ("plain", "plain", "plain", "stripes", "dots", "floral"), ANY, 0.7),
        Material("glass", "glass", ("plain",), ("white",), 0.95, glass=0.85, fixed=((0.86, 0.92, 0.9),)),
        Material("tinted", "glass", ("plain",), ("green", "blue", "brown"), 0.95, glass=0.55),
        Material("pane", "glass", ("plain",), ("black",), 0.95, fixed=((0.05, 0.06, 0.07),)),
        Material("mirror", "mirrored", ("plain",), ("gray",), 1.0, metal=1.0, fixed=((0.92, 0.93, 0.93),)),
        Material("screen", "glass", ("plain",), ("black",), 0.7, fixed=((0.03, 0.03, 0.035),)),
        Material("display", "glowing", ("abstract", "writing"), ("blue", "white", "green"), 0.3, glow=0.7),
        Material("stone", "stone", ("granite", "concrete", "gravel"), ("gray", "beige", "gray"), 0.1),
        Material("marble", "marble", ("marble",), ("white", "gray", "beige", "green"), 0.6, second=0.45),
        Material("concrete", "concrete", ("concrete",), ("gray",), 0.05),
        Material("brick", "brick", ("brick",), ("red", "brown", "beige", "white"), 0.05),
        Material("plaster", "plaster", ("plaster",), ("white", "beige", "yellow", "pink", "blue", "gray"), 0.03),
        Material("siding", "wooden", ("planks",), ("white", "blue", "green", "red", "gray", "yellow"), 0.08),
        Material("shingles", "tiled", ("roof_tiles",), ("red", "brown", "gray", "black", "orange"), 0.08),
        Material("paper", "paper", ("plain", "writing"), ("white", "beige"), 0.05),
        Material("cover", "paper", ("plain", "stripes", "abstract", "floral"), ANY, 0.3),
        Material("print", "printed", ("abstract", "floral", "patches", "damask"), ANY, 0.05),
        Material("map", "printed", ("patches",), ("blue",), 0.3, fixed=((0.2, 0.42, 0.7),)),
        Material("label", "paper", ("label",), ("white", "yellow", "red", "blue", "green"), 0.2),
        Material("cardboard", "cardboard", ("plain", "label"), ("brown",), 0.03, fixed=((0.66, 0.49, 0.32),)),
        Material("wicker", "wicker", ("wicker",), ("brown", "beige"), 0.1, second=0.5),
        Material("straw", "straw", ("straw",), ("yellow",), 0.03, fixed=((0.80, 0.66, 0.32), (0.72, 0.58, 0.28))),
        Material("fur", "furry", ("fur", "fur", "patches"), ("brown", "black", "white", "beige", "gray"), 0.05),
        Material("wool", "woolly", ("carpet",), ("white", "beige", "brown", "black"), 0.02, second=0.85),
        Material("hide", "spotted", ("patches", "fur"), ("white", "brown", "black"), 0.08),
        Material(
            "skin", "skin", ("plain",), ("beige",), 0.15,
            fixed=((0.87, 0.68, 0.56), (0.76, 0.55, 0.41), (0.55, 0.36, 0.25), (0.36, 0.23, 0.16), (0.93, 0.76, 0.65)),
        ),
        Material("hair", "hair", ("fur",), ("black", "brown", "yellow", "gray", "red"), 0.15),
        Material(
            "leaf", "leafy", ("leaves",), ("green",), 0.1, second=0.55,
            fixed=((0.24, 0.42, 0.12), (0.33, 0.48, 0.14), (0.17, 0.34, 0.14), (0.42, 0.50, 0.16)),
        ),
        Material(
            "autumn", "leafy", ("leaves",), ("orange", "yellow", "red"), 0.1, second=0.6,
        ),
        Material("needle", "leafy", ("leaves",), ("green",), 0.05, second=0.5, fixed=((0.12, 0.28, 0.14),)),
        Material("dune", "sandy", ("sand",), ("beige",), 0.03, fixed=((0.80, 0.70, 0.53),), second=0.85),
        Material("stem", "green", ("plain",), ("green",), 0.1, fixed=((0.25, 0.42, 0.15),)),
        Material("bark", "wooden", ("bark",), ("brown",), 0.03, fixed=((0.36, 0.27, 0.19), (0.45, 0.38, 0.31))),
        Material("petal", "soft", ("plain",), ("red", "yellow", "pink", "white", "purple", "orange", "blue"), 0.1),
        Material("soil", "earthy", ("dirt",), ("brown",), 0.0, fixed=((0.23, 0.16, 0.11),)),
        Material("fruit", "fresh", ("plain",), VIVID, 0.45),
        Material("rind", "fresh", ("peel",), ("orange", "yellow", "green"), 0.35),
        Material("banana", "fresh", ("plain",), ("yellow", "yellow", "green"), 0.3),
        Material("melon", "fresh", ("stripes",), ("green",), 0.4, fixed=((0.13, 0.34, 0.12),), second=0.5),
        Material("crust", "baked", ("sand", "plaster"), ("brown",), fixed=((0.66, 0.41, 0.19), (0.76, 0.53, 0.28))),
        Material("cream", "sweet", ("plain",), ("white", "pink", "brown", "beige", "red"), 0.35),
        Material("shell", "fresh", ("plain",), ("white", "beige", "brown"), 0.25),
        Material("wax", "wax", ("plain",), ("white", "red", "beige", "yellow", "green", "purple"), 0.3),
        Material("flame", "glowing", ("plain",), ("yellow",), 0.0, fixed=((1.0, 0.75, 0.3),), glow=4.0),
        Material(
            "shade", "glowing", ("plain", "weave"), ("white", "beige", "red", "blue", "green", "yellow"), 0, glow=0.6
        ),
        Material("bulb", "glowing", ("plain",), ("white",), 0, fixed=((1.0, 0.93, 0.8),), glow=3.0),
        Material("headlight", "glass", ("plain",), ("white",), 0.9, fixed=((0.9, 0.9, 0.85),), glow=0.3),
        Material("taillight", "glass", ("plain",), ("red",), 0.9, fixed=((0.6, 0.03, 0.03),), glow=0.15),
        Material("signal_red", "glowing", ("plain",), ("red",), 0.3, fixed=((0.95, 0.08, 0.05),), glow=1.2),
        Material("signal_green", "glowing", ("plain",), ("green",), 0.3, fixed=((0.05, 0.85, 0.4),), glow=1.2),
        Material("water", "watery", ("ripples",), ("blue",), 0.9, fixed=((0.12, 0.25, 0.30),)),
        Material("cork", "cork", ("sand",), ("brown",), 0.05, fixed=((0.68, 0.50, 0.33),)),
        Material("liquid", "liquid", ("plain",), ("brown", "red", "yellow", "white"), 0.8),
    )
}  # fmt: skip


@cache
def options(spec: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A part's choice of materials: "wood plastic:red|blue" is wood in its own colours, or red or blue plastic."""
    choices = []
    for word in spec.split():
        name, _, colors = word.partition(":")
        choices.append((name, tuple(colors.split("|")) if colors else MATERIALS[name].colors))
    return tuple(choices)


def finish(d: Dice, spec: str, color: str | None = None, texture: str | None = None) -> dict[str, Any]:
    """One way to make a part of `spec`, as plain JSON values: material, colour name, two colours, texture.

    `color` and `texture` replace the random choice. `a` and `b` are linear RGB reflectances.
    """
    name, colors = d.pick(options(spec))
    material = MATERIALS[name]
    color = color or d.pick(colors)
    textured = texture or d.pick(material.textures)
    own = material.fixed if material.fixed and color == material.colors[0] else COLORS[color]
    a = shift(d, d.pick(own))
    fade = d.near(material.second**2.2, 0.15)
    b = [round(c * fade, 4) for c in a]
    if textured in PRINTS and not material.fixed:
        other = d.pick([c for c in ("white", "black", "beige", "gray", "blue", "yellow", "red") if c != color])
        b = shift(d, d.pick(COLORS[other]))
    elif textured in ("brick", "tiles", "subway_tiles"):
        b = shift(d, (0.62, 0.6, 0.56))
    elif textured in ("writing", "label"):
        b = [0.01, 0.01, 0.013] if sum(a) > 0.6 else [0.7, 0.7, 0.65]
    return {
        "material": name,
        "color": color,
        "a": a,
        "b": b,
        "texture": textured,
        "variant": d.whole(0, 1),
        "zoom": round(d.near(1.0, 0.35), 3),
        "gloss": round(min(1.0, d.near(material.gloss, 0.3)), 3),
    }


def shift(d: Dice, color: RGB) -> list[float]:
    """The linear reflectance of a random colour near an sRGB colour, near enough for the same name."""
    light = d.near(1.0, 0.12)
    return [round(linear(min(1.0, max(0.0, c * light + 0.05 * d.unit() - 0.025))), 4) for c in color]


def linear(value: float) -> float:
    """sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
