"""Sun, sky and air by the time of day and the weather."""

import math

from cavendish.worlds.layouts.registry import Draft
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import Air, Light, vec

TIMES = ("day", "sunset", "night")
WEATHERS = ("clear", "cloudy", "foggy")


def outside(draft: Draft) -> None:
    """A time and a weather for an outdoor scene, mostly clear days."""
    d = draft.dice
    time = d.pick(("day",) * 7 + ("sunset",) * 2 + ("night",))
    weather = d.pick(("clear",) * 5 + ("cloudy",) * 3 + ("foggy",))
    bearing = d.between(0, 360)
    draft.air, sun, draft.exposure = sky_of(time, weather, bearing, d)
    draft.lights += sun


def sky_of(time: str, weather: str, bearing: float, d: Dice) -> tuple[Air, list[Light], float]:
    """(air, sun or moon, exposure in stops) for a time and a weather; the sun stands toward `bearing` degrees."""
    height = {"day": d.between(25, 65), "sunset": d.between(6, 14), "night": d.between(30, 60)}[time]
    a, h = math.radians(bearing), math.radians(height)
    toward = (math.cos(h) * math.sin(a), math.cos(h) * math.cos(a), math.sin(h))
    zenith, horizon, sun, stops = {
        "day": ((0.20, 0.40, 0.88), (0.70, 0.82, 0.95), (4.6, 4.2, 3.6), 0.0),
        "sunset": ((0.20, 0.27, 0.50), (1.05, 0.62, 0.36), (3.4, 1.75, 0.75), -0.2),
        "night": ((0.010, 0.016, 0.040), (0.035, 0.042, 0.075), (0.16, 0.19, 0.28), -1.3),
    }[time]
    clouds, fog, soft = d.between(0.0, 0.7), 0.0, 0.006
    if weather != "clear":
        gray = {"day": 0.75, "sunset": 0.5, "night": 0.03}[time]
        dim = 0.22 if weather == "cloudy" else 0.1
        zenith = vec(0.25 * c + 0.75 * gray * t for c, t in zip(zenith, (0.95, 1.0, 1.08)))
        horizon, sun = vec(0.3 * c + 0.75 * gray for c in horizon), vec(c * dim for c in sun)
        clouds, soft = (1.0, 0.12) if weather == "cloudy" else (0.0, 0.3)
        fog = d.between(0.018, 0.05) if weather == "foggy" else 0.0
    elif d.chance(0.25):
        fog = d.between(0.001, 0.004)
    ground = vec(0.18 * (s + h_) / 2 for s, h_ in zip(sun, horizon))
    ambient = vec(0.38 * z + 0.38 * h_ for z, h_ in zip(zenith, horizon))
    air = Air(
        vec(zenith),
        vec(horizon),
        vec(ground),
        vec(ambient),
        round(clouds, 3),
        d.whole(0, 999),
        round(fog, 5),
        time,
        weather,
    )
    return air, [Light("sun", vec(toward), vec(sun), size=soft)], stops
