"""The pictures that the baselines of the Worlds benchmark paint; run by hand, this file writes them into the package.

PYTHONPATH=src python tests/helpers/mean_pictures.py
"""

import numpy as np

from cavendish.evaluation.benchmarks.worlds import MEAN_PICTURES
from cavendish.worlds import sample

SCENES, SIDE = 96, 32


def rendered():
    """The median metres (SIDE, SIDE) and mean normals (SIDE, SIDE, 3) of every place, over training scenes."""
    seen = [sample("train", 10**8 + k, SIDE) for k in range(SCENES)]
    depths = np.array([s.depth for s in seen], float)
    depths[~np.isfinite(depths)] = np.nan
    depths[:, np.isnan(depths).all(axis=0)] = np.nanmedian(depths)
    mean = np.mean([s.normals for s in seen], axis=0)
    return np.nanmedian(depths, axis=0), mean / np.linalg.norm(mean, axis=-1, keepdims=True)


if __name__ == "__main__":
    metres, vectors = rendered()
    np.savez_compressed(MEAN_PICTURES, metres=metres, vectors=vectors)
