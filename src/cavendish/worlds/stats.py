"""Statistics of the variety of samples: counts, shares, quantiles, near-duplicates."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cavendish.datasets.sample import Sample

DEPTH_EDGES = (0, 0.5, 1, 2, 3, 5, 8, 12, 20, 40, 80, 200, np.inf)


@dataclass
class Statistics:
    """Counts over the samples seen so far."""

    samples: int = 0
    degenerate: int = 0  # fewer than two objects of 0.2 % of the picture, or one object or surface over 90 % of it
    families: Counter[str] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    shapes: Counter[tuple[str, int]] = field(default_factory=Counter)
    textures: Counter[str] = field(default_factory=Counter)
    materials: Counter[str] = field(default_factory=Counter)
    counts: Counter[int] = field(default_factory=Counter)  # largest number of visible objects of one class
    objects: list[int] = field(default_factory=list)
    fov: list[float] = field(default_factory=list)
    pitch: list[float] = field(default_factory=list)
    depth: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(DEPTH_EDGES) - 1, np.int64))
    sky: int = 0
    pixels: int = 0
    expressions: Counter[str] = field(default_factory=Counter)
    expression_words: list[int] = field(default_factory=list)
    caption_words: list[int] = field(default_factory=list)
    thumbs: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Count one sample."""
        assert sample.instances is not None and sample.depth is not None and sample.labels is not None
        scene = sample.meta["scene"]
        area = np.bincount(sample.instances.ravel())
        clear = (area[1:] > 0.002 * sample.instances.size).sum()
        surface = np.bincount(sample.labels.ravel()).max() / sample.labels.size
        self.samples += 1
        self.degenerate += int(clear < 2 or area[1:].max(initial=0) > 0.9 * sample.instances.size or surface > 0.97)
        self.families[sample.meta["family"]] += 1
        self.layouts[sample.meta["layout"]] += 1
        seen = Counter(o.category for o in sample.objects)
        self.classes.update(seen)
        self.counts[max(seen.values(), default=0)] += 1
        self.objects.append(len(sample.objects))
        self.shapes.update((o.category, o.attributes["shape"]) for o in sample.objects)
        visible = {o.id for o in sample.objects}
        finishes = [s["finish"] for s in scene["stage"]]
        finishes += [f for t in scene["things"] if t["id"] in visible for f in t["finish"].values()]
        self.textures.update(f["texture"] for f in finishes)
        self.materials.update(f["material"] for f in finishes)
        self.fov.append(scene["camera"]["fov"])
        self.pitch.append(scene["camera"]["pitch"])
        finite = sample.depth[np.isfinite(sample.depth)]
        self.depth += np.histogram(finite, np.array(DEPTH_EDGES))[0]
        self.sky += sample.depth.size - finite.size
        self.pixels += sample.depth.size
        self.expressions.update(e.kind for e in sample.expressions)
        self.expression_words += [len(e.text.split()) for e in sample.expressions]
        self.caption_words += [len(c.split()) for c in sample.captions]
        self.thumbs.append(_thumb(sample.image))

    def near_duplicates(self) -> float:
        """Share of samples whose 16 x 16 picture correlates above 0.98 with an earlier one's."""
        flat = np.stack([t.ravel() for t in self.thumbs])
        flat = flat - flat.mean(1, keepdims=True)
        flat /= np.maximum(np.sqrt((flat**2).sum(1, keepdims=True)), 1e-6)
        alike = 0
        for start in range(0, len(flat), 512):
            block = flat[start : start + 512] @ flat.T
            earlier = np.arange(len(flat))[None] < np.arange(start, start + len(block))[:, None]
            alike += int(((block > 0.98) & earlier).any(1).sum())
        return alike / len(flat)

    def report(self) -> str:
        """All statistics as text."""
        total = sum(self.expressions.values())

        def shares(counter: Counter[str], most: int = 60) -> str:
            whole = max(1, sum(counter.values()))
            return ", ".join(f"{k} {v / whole:.1%}" for k, v in counter.most_common(most))

        def quantiles(values: list[float] | list[int]) -> str:
            low, middle, high = np.percentile(values, [5, 50, 95])
            return f"{middle:.0f} (5 % below {low:.0f}, 5 % above {high:.0f})"

        depth = ", ".join(
            f"{low:g}-{high:g} m {n / max(1, self.pixels):.1%}"
            for low, high, n in zip(DEPTH_EDGES[:-1], DEPTH_EDGES[1:], self.depth)
        )
        return "\n".join(
            [
                f"samples: {self.samples}; degenerate: {self.degenerate / self.samples:.2%}; "
                f"near-duplicates: {self.near_duplicates():.2%}",
                f"families: {shares(self.families)}",
                f"layouts: {len(self.layouts)}: {shares(self.layouts)}",
                f"classes: {len(self.classes)}: {shares(self.classes, 200)}",
                f"shapes: {len(self.shapes)}",
                f"textures: {len(self.textures)}: {shares(self.textures)}",
                f"materials: {len(self.materials)}: {shares(self.materials)}",
                f"objects a picture: {quantiles(self.objects)}",
                "largest count of one class: " + ", ".join(f"{k}: {v}" for k, v in sorted(self.counts.items())),
                f"field of view: {quantiles(self.fov)} degrees; pitch: {quantiles(self.pitch)} degrees",
                f"depth: {depth}, sky {self.sky / max(1, self.pixels):.1%}",
                f"expressions: {total / self.samples:.1f} a picture, words {quantiles(self.expression_words)}: "
                f"{shares(self.expressions)}",
                f"caption words: {quantiles(self.caption_words)}",
            ]
        )


def _thumb(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """16 x 16 gray means."""
    gray = image.astype(np.float32).mean(2)
    rows = np.array_split(gray, 16, axis=0)
    return np.array([[cell.mean() for cell in np.array_split(row, 16, axis=1)] for row in rows], np.float32)


def measure(samples: Iterable[Sample]) -> Statistics:
    """Statistics of samples."""
    result = Statistics()
    for sample in samples:
        result.add(sample)
    return result
