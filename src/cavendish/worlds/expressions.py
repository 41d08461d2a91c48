"""Referring expressions that are true of exactly the objects they mean.

The words have these meanings, by which `expression_check.py` reads them with other code. A noun means every object it
names; a colour, material or pattern is that of the main part. "Leftmost" and "from the left" order by the mean x of an
object's pixels, "closest" by its median depth, "tallest" by its height, "biggest" by visible area and by real volume.
"Left of" compares mean x; "behind" and "in front of" compare the depth of objects that overlap from left to right; "on"
is the support; "next to" is the least distance of centres. Every comparison keeps a margin.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from cavendish.datasets.sample import Expression
from cavendish.worlds.catalog import KINDS
from cavendish.worlds.facts import Fact
from cavendish.worlds.materials import VIVID
from cavendish.worlds.nouns import plural
from cavendish.worlds.rng import Dice

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ALIKE = {
    frozenset(pair.split("-"))
    for pair in [
        "red-orange",
        "red-pink",
        "red-brown",
        "red-purple",
        "orange-yellow",
        "orange-brown",
        "brown-beige",
        "brown-black",
        "beige-white",
        "beige-yellow",
        "beige-pink",
        "beige-orange",
        "beige-gray",
        "white-gray",
        "gray-black",
        "purple-blue",
        "purple-pink",
        "blue-black",
        "green-black",
        "green-yellow",
        "purple-black",
        "blue-gray",
    ]
}
UNNAMED_PARTS = ("eyes", "skin", "face", "label", "ends", "soil", "stem", "stems", "hubs", "trim", "wheels")
BLAND = [
    "fresh",
    "sweet",
    "skin",
    "hair",
    "soft",
    "printed",
    "liquid",
    "earthy",
    "glowing",
    "baked",
    "leafy",
    "furry",
    "woolly",
    "mirrored",
    "green",
    "tiled",
    "watery",
    "wax",
]
DIFFERENCE = {"x": 0.04, "depth": 1.12, "height": 1.2, "area": 1.4, "volume": 1.3, "near": 1.5, "overlap": 0.4}


@dataclass(frozen=True)
class View:
    """The visible objects of a picture and its width; `clear` are those large enough for an expression."""

    all: list[Fact]
    clear: list[Fact]
    width: int
    d: Dice


def alike(one: str, other: str) -> bool:
    """Whether two colour names could be confused; an empty name could be any colour."""
    return one == other or not one or not other or frozenset((one, other)) in ALIKE


def called(view: View, noun: str) -> list[Fact]:
    """All visible objects that a noun names."""
    return [f for f in view.all if noun in f.names]


def refer(facts: list[Fact], pixels: int, width: int, d: Dice, most: int = 14) -> list[Expression]:
    """Up to `most` expressions, of as many kinds as the picture allows."""
    view = View(facts, [f for f in facts if f.area >= max(12, 0.0025 * pixels)], width, d)
    found: dict[str, list[Expression]] = {}
    for fact in d.some(view.clear, 9):
        for make in SINGULAR:
            for text, kind in make(view, fact):
                found.setdefault(kind, []).append(Expression(text, (fact.id,), kind))
    for speak in MANY:
        for expression in speak(view):
            found.setdefault(expression.kind, []).append(expression)
    result: list[Expression] = []
    while len(result) < most and any(found.values()):
        for kind in list(found):
            if found[kind] and len(result) < most:
                result.append(found[kind].pop(int(d.unit() * len(found[kind]))))
    unique = {e.text: e for e in result}
    return list(unique.values())


Made = Iterable[tuple[str, str]]


def by_category(view: View, f: Fact) -> Made:
    """ "the dog", when there is one."""
    for noun in f.names:
        if len(called(view, noun)) == 1:
            yield f"the {noun}", "category"


def described(view: View, f: Fact) -> Iterable[tuple[str, str, list[Fact]]]:
    """(adjective, kind, others that could be meant too) for colour, material and pattern."""
    same = [o for o in called(view, f.noun) if o is not f]
    if f.color:
        yield f.color, "color", [o for o in same if alike(o.color, f.color)]
    if f.material and f.material not in (*BLAND, f.noun):
        yield f.material, "material", [o for o in same if o.material == f.material]
    if f.pattern:
        yield f.pattern, "pattern", [o for o in same if o.pattern == f.pattern or not o.color]


def by_adjective(view: View, f: Fact) -> Made:
    """ "the red chair", "the wooden table", "the striped cushion"."""
    for word, kind, others in described(view, f):
        if not others and (len(called(view, f.noun)) > 1 or view.d.chance(0.4)):
            yield f"the {word} {view.d.pick(safe_names(view, f))}", kind


def safe_names(view: View, f: Fact) -> list[str]:
    """Names of an object that mean just the objects its own noun means."""
    own = {o.id for o in called(view, f.noun)}
    return [n for n in f.names if {o.id for o in called(view, n)} == own]


def rank(view: View, group: list[Fact], key: str) -> list[Fact] | None:
    """The group in rising order of a property, or None if two neighbours are too close to order."""
    if any(f not in view.clear for f in group):
        return None
    order = sorted(group, key=lambda f: getattr(f, key))
    for a, b in pairwise(order):
        low, high = getattr(a, key), getattr(b, key)
        if (high - low < DIFFERENCE["x"] * view.width) if key == "x" else (high < low * DIFFERENCE[key]):
            return None
    return order


def extreme(view: View, group: list[Fact], key: str, highest: bool) -> Fact | None:
    """The one with the most or least of a property, if the next one differs by the margin."""
    if len(group) < 2:
        return None
    order = sorted(group, key=lambda f: getattr(f, key), reverse=highest)
    first, second = getattr(order[0], key), getattr(order[1], key)
    if key == "x":
        return order[0] if abs(first - second) > DIFFERENCE["x"] * view.width else None
    return order[0] if max(first, second) > min(first, second) * DIFFERENCE[key] else None


def superlatives(view: View, group: list[Fact], f: Fact) -> Iterable[tuple[str, str]]:
    """(word, kind) pairs that mean only `f` in its group: position, distance, size."""
    for word, key, highest in (
        ("leftmost", "x", False),
        ("rightmost", "x", True),
        ("closest", "depth", False),
        ("farthest", "depth", True),
    ):
        if extreme(view, group, key, highest) is f:
            yield word, "order" if key == "x" else "distance"
    if extreme(view, group, "height", True) is f:
        yield "tallest", "size"
    if extreme(view, group, "height", False) is f:
        yield "shortest", "size"
    for word, highest in (("biggest", True), ("smallest", False)):
        if extreme(view, group, "area", highest) is f and extreme(view, group, "volume", highest) is f:
            yield word, "size"


def by_superlative(view: View, f: Fact) -> Made:
    """ "the leftmost chair", "the tallest tree"; with a colour where several share it."""
    group = called(view, f.noun)
    for word, kind in superlatives(view, group, f):
        yield f"the {word} {view.d.pick(safe_names(view, f))}", kind
    if f.color:
        tinted = [o for o in group if alike(o.color, f.color)]
        if 1 < len(tinted) < len(group) and all(o.color == f.color for o in tinted):
            for word, _ in superlatives(view, tinted, f):
                yield f"the {word} {f.color} {f.noun}", "combination"


def by_order(view: View, f: Fact) -> Made:
    """ "the second chair from the left"."""
    order = rank(view, called(view, f.noun), "x")
    if order and 3 <= len(order) <= 8:
        place = order.index(f)
        for side, k in (("left", place), ("right", len(order) - 1 - place)):
            if k < len(ORDINALS):
                yield f"the {ORDINALS[k]} {f.noun} from the {side}", "order"


def by_part(view: View, f: Fact) -> Made:
    """ "the person with the red hat", "the lamp with the blue shade"."""
    for part, (color, pixels) in list(f.parts.items())[1:]:
        if pixels < 10 or not color or part in UNNAMED_PARTS:
            continue
        others = [o for o in called(view, f.noun) if o is not f and part in o.parts and alike(o.parts[part][0], color)]
        if not others and (len(called(view, f.noun)) > 1 or view.d.chance(0.25)):
            yield f"the {f.noun} with the {color} {part}", "part"
        if len(called(view, f.noun)) > 1 and not [o for o in called(view, f.noun) if o is not f and part in o.parts]:
            yield f"the {f.noun} with the {part}", "part"


Relation = Callable[[View, Fact, Fact], float]


def overlap(a: Fact, b: Fact) -> float:
    """How much two objects overlap from left to right, as a share of the narrower."""
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    return shared / max(1, min(a.box[2] - a.box[0], b.box[2] - b.box[0]))


def left_of(view: View, f: Fact, anchor: Fact) -> float:
    """1 if it clearly holds, 0 if it clearly does not, 0.5 if that is ambiguous."""
    gap = (anchor.x - f.x) / view.width
    return 1.0 if gap > 2 * DIFFERENCE["x"] else 0.0 if gap < 0 else 0.5


def right_of(view: View, f: Fact, anchor: Fact) -> float:
    """The mirror of `left_of`."""
    gap = (f.x - anchor.x) / view.width
    return 1.0 if gap > 2 * DIFFERENCE["x"] else 0.0 if gap < 0 else 0.5


def behind(view: View, f: Fact, anchor: Fact) -> float:
    """Farther away, and overlapping from left to right."""
    shared, ratio = overlap(f, anchor), f.depth / anchor.depth
    if shared > DIFFERENCE["overlap"] and ratio > DIFFERENCE["depth"]:
        return 1.0
    return 0.0 if shared < 0.1 or ratio < 1.0 else 0.5


def before(view: View, f: Fact, anchor: Fact) -> float:
    """Closer, and overlapping from left to right."""
    return behind(view, anchor, f)


def resting(view: View, f: Fact, anchor: Fact) -> float:
    """Carried by the other."""
    return 1.0 if f.thing.on == anchor.id else 0.0


RELATIONS: dict[str, Relation] = {
    "to the left of": left_of, "to the right of": right_of, "behind": behind, "in front of": before, "on": resting,
}  # fmt: skip


def distance(a: Fact, b: Fact) -> float:
    """Metres between the centres of two objects."""
    return sum((p - q) ** 2 for p, q in zip(a.centre, b.centre)) ** 0.5


def by_relation(view: View, f: Fact) -> Made:
    """ "the mug to the left of the laptop"; with an adjective where that alone does not do."""
    anchors = [o for o in view.clear if o.noun != f.noun and f.noun not in o.names and len(called(view, o.noun)) == 1]
    group = called(view, f.noun)
    for anchor in view.d.some(anchors, 3):
        if anchor.noun in f.names:
            continue
        for words, holds in RELATIONS.items():
            if holds(view, f, anchor) < 1:
                continue
            rest = [o for o in group if o is not f and holds(view, o, anchor) > 0]
            if not rest and (len(group) > 1 or view.d.chance(0.25)):
                yield f"the {f.noun} {words} the {anchor.noun}", "relation"
            elif rest and f.color and not [o for o in rest if alike(o.color, f.color)]:
                yield f"the {f.color} {f.noun} {words} the {anchor.noun}", "combination"
            elif rest and f.color and all(holds(view, o, anchor) == 1 for o in rest):
                tinted = [o for o in rest if alike(o.color, f.color)]
                if all(o.color == f.color for o in tinted):
                    for word, _ in superlatives(view, [f, *tinted], f):
                        yield f"the {word} {f.color} {f.noun} {words} the {anchor.noun}", "combination"
        near = distance(f, anchor)
        far = [distance(o, anchor) for o in group if o is not f]
        if far and min(far) > near * DIFFERENCE["near"] and near < 1.2 * (f.height + anchor.height + 0.2):
            yield f"the {f.noun} next to the {anchor.noun}", "relation"


def several(view: View) -> Iterable[Expression]:
    """ "all the chairs", "the three dogs", "the red chairs": plural, and they mean all of those."""
    for noun in dict.fromkeys(f.noun for f in view.clear):
        group = called(view, noun)
        if len(group) < 2 or any(f not in view.clear for f in group):
            continue
        ids = tuple(f.id for f in group)
        yield Expression(f"all the {plural(noun)}", ids, "plural")
        if len(group) < len(NUMBERS):
            yield Expression(f"the {NUMBERS[len(group)]} {plural(noun)}", ids, "plural")
        for color in dict.fromkeys(f.color for f in group if f.color):
            tinted = [f for f in group if alike(f.color, color)]
            if 1 < len(tinted) < len(group) and all(f.color == color for f in tinted):
                yield Expression(f"the {color} {plural(noun)}", tuple(f.id for f in tinted), "plural")


def absent(view: View) -> Iterable[Expression]:
    """Something that is not there: another class, or a class that is there in another colour."""
    present = {name for f in view.all for name in f.names}
    for _ in range(2):
        noun = view.d.pick(list(KINDS))
        if not present & {noun, *KINDS[noun].synonyms, *KINDS[noun].is_a}:
            yield Expression(f"the {noun}", (), "absent")
    for f in view.d.some(view.clear, 2):
        group = called(view, f.noun)
        colors = [c for c in VIVID if not any(alike(c, o.color) for o in group)]
        if colors:
            yield Expression(f"the {view.d.pick(colors)} {f.noun}", (), "absent")


SINGULAR = (by_category, by_adjective, by_superlative, by_order, by_part, by_relation)
MANY = (several, absent)
