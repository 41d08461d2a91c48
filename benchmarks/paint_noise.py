"""How well corrupted paint is read: ours against the nearest-colour rule, the plain inverse and the paper's clustering.

python benchmarks/paint_noise.py [--seeds 5] [--table labels|lines|depth|instances]
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cavendish.codes import depth_to_rgb, distinct_colors, rgb_to_depth, rgb_to_instances, rgb_to_labels
from corruption import (
    CORRUPTIONS,
    corrupt,
    depth_scene,
    instance_scene,
    layout,
    score_instances,
    stray_share,
    strays_in_depth,
    truth,
    with_lines,
)


def mean_iou(labels: NDArray[np.int32], want: NDArray[np.int32], classes: int) -> float:
    counts = np.bincount(want.ravel() * classes + labels.ravel(), minlength=classes**2).reshape(classes, classes)
    union = counts.sum(axis=0) + counts.sum(axis=1) - counts.diagonal()
    return float((counts.diagonal()[union > 0] / union[union > 0]).mean())


def papers_instances(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The rule of the paper's appendix, background black: flood from seed colours, drop specks and seams, merge."""
    levels, limit = rgb.astype(np.int32), 14**2
    height, width = rgb.shape[:2]
    pixels = levels.reshape(-1, 3).tolist()
    taken = ((levels * levels).sum(axis=-1) < limit).reshape(-1).tolist()
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]] = []
    for seed, (r, g, b) in enumerate(pixels):
        if taken[seed]:
            continue
        taken[seed] = True
        flood = [seed]
        for place in flood:
            y, x = divmod(place, width)
            for other, inside in (
                (place - width, y > 0),
                (place + width, y < height - 1),
                (place - 1, x > 0),
                (place + 1, x < width - 1),
            ):
                if inside and not taken[other]:
                    u, v, w = pixels[other]
                    if (u - r) ** 2 + (v - g) ** 2 + (w - b) ** 2 <= limit:
                        taken[other] = True
                        flood.append(other)
        ys, xs = np.divmod(np.array(flood), width)
        if len(ys) < 2e-4 * height * width:
            continue
        mask = np.zeros((height, width), dtype=bool)
        mask[ys, xs] = True
        if ndimage.binary_erosion(mask, np.ones((3, 3))).sum() >= 0.1 * len(ys):
            found.append((ys, xs, levels[ys, xs].mean(axis=0)))
    merged = True
    while merged:
        merged = False
        for i in range(len(found)):
            for j in range(i + 1, len(found)):
                (ya, xa, ca), (yb, xb, cb) = found[i], found[j]
                y, x = np.concatenate([ya, yb]), np.concatenate([xa, xb])
                box = [(np.ptp(a) + 1) * (np.ptp(b) + 1) for a, b in ((ya, xa), (yb, xb), (y, x))]
                if np.square(ca - cb).sum() <= limit and box[2] <= 5 * (box[0] + box[1]):
                    found[i] = (y, x, (ca * len(ya) + cb * len(yb)) / len(y))
                    del found[j]
                    merged = True
                    break
            if merged:
                break
    masks = np.zeros((len(found), height, width), dtype=bool)
    for mask, (y, x, _) in zip(masks, found):
        mask[y, x] = True
    return masks


def labels(seeds: range) -> None:
    print("labels, 512 px           nearest colour            repaired")
    print("corruption  classes   mIoU   stray pixels   mIoU   stray pixels")
    for kind in CORRUPTIONS:
        for classes in (2, 6, 12, 19):
            rows = []
            for seed in seeds:
                rng = np.random.default_rng(seed)
                fine = layout(classes, 512, rng)
                palette = distinct_colors(classes, seed)
                picture, want = corrupt(palette[fine], kind, rng), truth(fine)
                legend = {str(k): color for k, color in enumerate(palette)}
                row = []
                for repair in (False, True):
                    read, _ = rgb_to_labels(picture, legend, repair=repair)
                    row += [mean_iou(read, want, classes), stray_share(read, want)]
                rows.append(row)
            a, b, c, d = np.mean(rows, axis=0)
            print(f"{kind:<10} {classes:8} {a:7.4f} {b:13.3%} {c:7.4f} {d:13.3%}")


def lines(seeds: range) -> None:
    print("25 lines of 3 px over 12 regions, 19 classes, 512 px: the share of their pixels that is read right")
    for kind in CORRUPTIONS:
        rows = []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            fine, where = with_lines(layout(19, 512, rng, cells=12), 25, rng)
            palette = distinct_colors(19, seed)
            picture, want = corrupt(palette[fine], kind, rng), truth(fine)
            legend = {str(k): color for k, color in enumerate(palette)}
            reads = [rgb_to_labels(picture, legend, repair=repair)[0] for repair in (False, True)]
            rows.append([(read == want)[where].mean() for read in reads])
        nearest, repaired = np.mean(rows, axis=0)
        print(f"{kind:<10} nearest colour {nearest:6.3f}   repaired {repaired:6.3f}")


def depth(seeds: range) -> None:
    print("depth, 20 objects, 512 px: pixels over 5 % outside their 5 x 5 neighbourhood's truth")
    for kind in CORRUPTIONS:
        rows = []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            fine = depth_scene(512, rng)
            picture = corrupt(depth_to_rgb(fine), kind, rng)
            rows.append(
                [strays_in_depth(rgb_to_depth(picture, repair=repair)[0], truth(fine)) for repair in (False, True)]
            )
        plain, repaired = np.mean(rows, axis=0)
        ratio = plain / max(repaired, 1e-9)
        print(f"{kind:<10} plain inverse {plain:7.3%}   repaired {repaired:7.3%}   ratio {ratio:6.1f} x")


def instances(seeds: range) -> None:
    print("instances, 512 px            ours                  the paper's rule")
    print("corruption  count   F1 at 0.5   F1 0.5..0.95   F1 at 0.5   F1 0.5..0.95")
    for kind in CORRUPTIONS:
        for count in (1, 3, 10, 20, 40):
            rows = []
            for seed in seeds:
                rng = np.random.default_rng(100 * seed + count)
                ids = instance_scene(count, 512, rng)
                want = truth(ids)
                palette = np.vstack([[0, 0, 0], distinct_colors(count, seed, ["black"])]).astype(np.uint8)
                picture = corrupt(palette[ids], kind, rng)
                seen = [want == k for k in range(1, count + 1) if (want == k).sum() >= 2e-4 * want.size]
                masks = np.array(seen).reshape(-1, *want.shape)
                read = (rgb_to_instances(picture), papers_instances(picture))
                rows.append([score for found in read for score in score_instances(found, masks)])
            a, b, c, d = np.mean(rows, axis=0)
            print(f"{kind:<10} {count:6} {a:11.4f} {b:14.4f} {c:11.4f} {d:14.4f}", flush=True)


TABLES = {table.__name__: table for table in (labels, lines, depth, instances)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="append", choices=TABLES, help="what to print; all if none is named")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for name in options.table or TABLES:
        TABLES[name](range(options.seeds))
        print()


if __name__ == "__main__":
    main()
