"""Captions of a picture, short and long, from the facts of what is visible."""

from cavendish.worlds.catalog import KINDS
from cavendish.worlds.expressions import NUMBERS
from cavendish.worlds.facts import Fact
from cavendish.worlds.materials import MATERIALS
from cavendish.worlds.nouns import article, plural
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Scene

PLACES = {  # where one thing is, if not simply in the place
    "a beach": "on a beach",
    "a lake": "by a lake",
    "a country road": "on a country road",
    "a farm": "on a farm",
    "a lawn": "on a lawn",
    "a playground": "on a playground",
    "a pond in a park": "in a park",
    "a sidewalk by a street": "on a sidewalk",
    "a square with a monument": "on a square",
    "a street": "on a street",
    "a street crossing": "on a street",
    "a street seen from above": "on a street",
    "the far side of a street": "on a street",
}


def captions(scene: Scene, facts: list[Fact], pixels: int, d: Dice) -> tuple[str, ...]:
    """(short, long): a phrase, and a few sentences with colours, places, light and weather.

    A portrait has (short, short, long), where the short ones name the thing and its place.
    """
    short, long = _of_scene(scene, facts, pixels, d)
    thing = next((f for f in facts if f.id == scene.notes.get("portrait")), None)
    return (short, long) if thing is None else (*(titled(scene, thing, facts, d) for _ in range(2)), long)


def titled(scene: Scene, f: Fact, facts: list[Fact], d: Dice) -> str:
    """ "A red mug", "a red mug on a wooden table", "a red mug in a kitchen"."""
    word, noun = f.color or f.pattern, d.pick((f.noun, f.noun, *KINDS[f.noun].synonyms))
    carrier = next((other for other in facts if other.id == f.thing.on), None)
    top = next((s for s in scene.stage if s.label == "tabletop"), None)
    where = [""]
    if carrier is not None:
        where += [f" on {article(f'{carrier.material} {carrier.noun}'.strip())}"] * 2
    if scene.family == "table top" and top is not None:
        desk = "desk" if scene.place == "a desk" else "table"
        where += [f" on {article(MATERIALS[top.finish['material']].adjective + ' ' + desk)}"] * 2
        where += [f" on {scene.place}"]
    else:
        where += [" " + PLACES.get(scene.place, f"in {scene.place}")] * 2
    title = article(f"{word} {noun}".strip()) + d.pick(where)
    return title[0].upper() + title[1:] if d.chance(0.3) else title


def _of_scene(scene: Scene, facts: list[Fact], pixels: int, d: Dice) -> tuple[str, str]:
    shown = sorted((f for f in facts if f.area >= max(8, 0.002 * pixels)), key=lambda f: -f.area)
    groups: dict[str, list[Fact]] = {}
    for f in shown:
        groups.setdefault(f.noun, []).append(f)
    names = [phrase(group, d.chance(0.6)) for group in list(groups.values())[: d.whole(2, 4)]]
    opening = scene.place
    if names:
        opening = d.pick((f"{scene.place} with {listing(names)}", f"{listing(names)} in {scene.place}"))
    short = opening[0].upper() + opening[1:]
    more = [phrase(group, True) for group in list(groups.values())[:8]]
    sentences = [f"{d.pick(('A picture of', 'This is', 'A view of', 'We see'))} {scene.place}{mood(scene)}."]
    if more:
        sentences.append(f"{d.pick(('There are', 'It shows', 'One can see'))} {listing(more)}.")
    sentences += [s for s in (standing(f, facts) for f in d.some(shown, 6)) if s][:3]
    sentences.append(viewpoint(scene))
    return short, " ".join(sentences)


def phrase(group: list[Fact], rich: bool) -> str:
    """ "a red chair", "three dogs", "two white plates"."""
    first, noun = group[0], group[0].noun
    if len(group) == 1:
        word = first.color or first.pattern
        return article(f"{word} {noun}" if rich and word else noun)
    count = NUMBERS[len(group)] if len(group) < len(NUMBERS) else "many"
    color = first.color if rich and first.color and all(f.color == first.color for f in group) else ""
    return f"{count} {color} {plural(noun)}".replace("  ", " ")


def listing(items: list[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def mood(scene: Scene) -> str:
    """Words for the time and the weather."""
    air = scene.air
    if not any(light.kind == "sun" for light in scene.lights):
        return " at night" if air.time == "night" else " by day"
    when = {"day": "", "sunset": " at sunset", "night": " at night"}[air.time]
    return (
        when + {"clear": "" if when else " on a clear day", "cloudy": " under clouds", "foggy": " in fog"}[air.weather]
    )


def standing(f: Fact, facts: list[Fact]) -> str:
    """Where one thing is, relative to what carries it or to the picture."""
    subject = f"The {f.color} {f.noun}" if f.color else f"The {f.noun}"
    for other in facts:
        if other.id == f.thing.on:
            return f"{subject} is on the {other.noun}."
    return ""


def viewpoint(scene: Scene) -> str:
    """Words for how the camera stands."""
    camera = scene.camera
    if camera.pitch < -35:
        return "Seen from above."
    if camera.position[2] < 0.75 and scene.family != "table top":
        return "Seen from near the ground."
    return "A wide view." if camera.fov > 80 else "A close view." if camera.fov < 45 else "Seen at eye level."
