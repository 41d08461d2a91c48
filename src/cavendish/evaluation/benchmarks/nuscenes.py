"""nuScenes depth: the lidar sweep of each key frame, projected into its six cameras through the ego motion."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_lines
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth

TITLE, HOME = "nuScenes", "https://www.nuscenes.org/download (v1.0-trainval; key frame blobs and metadata)"
LIST_HOME = "the names in `nuscenes.utils.splits.val` of nuscenes-devkit, one a line"
CAMERAS = ("CAM_FRONT", "CAM_FRONT_RIGHT", "CAM_BACK_RIGHT", "CAM_BACK", "CAM_BACK_LEFT", "CAM_FRONT_LEFT")
NEAREST = 1.0  # metres; nearer returns are on the car itself, as in the devkit


def read(root: Path, split: str) -> Iterator[Item]:
    """All cameras of all key frames of the validation scenes ("val"), or UniK3D's tenth: 6 of every 60 pictures."""
    tables = Tables(root)
    scenes = set(read_lines(need(root / "val_scenes.txt", TITLE, LIST_HOME)))
    number = count()
    for sample in tables.samples(scenes):
        for camera in CAMERAS:
            if split == "val" or next(number) % 60 < 6:
                yield tables.item(sample, camera)


class Tables:
    """The relational JSON tables of `v1.0-trainval`, joined where depth needs it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scene = {row["token"]: row for row in self._load("scene")}
        self.calibration = {row["token"]: row for row in self._load("calibrated_sensor")}
        self.ego = {row["token"]: row for row in self._load("ego_pose")}
        channel = {row["token"]: row["channel"] for row in self._load("sensor")}
        self.data: dict[str, dict[str, dict[str, Any]]] = {}  # sample token -> channel -> key frame
        for row in self._load("sample_data"):
            if row["is_key_frame"]:
                name = channel[self.calibration[row["calibrated_sensor_token"]]["sensor_token"]]
                self.data.setdefault(row["sample_token"], {})[name] = row

    def _load(self, name: str) -> list[dict[str, Any]]:
        path = need(self.root / "v1.0-trainval" / f"{name}.json", TITLE, HOME)
        rows: list[dict[str, Any]] = json.loads(path.read_text())
        return rows

    def samples(self, scenes: set[str]) -> list[dict[str, Any]]:
        """Key frames of the named scenes, in the order of the table."""
        return [row for row in self._load("sample") if self.scene[row["scene_token"]]["name"] in scenes]

    def item(self, sample: dict[str, Any], camera: str) -> Item:
        """One camera of one key frame."""
        row, lidar = self.data[sample["token"]][camera], self.data[sample["token"]]["LIDAR_TOP"]
        path = need(self.root / row["filename"], TITLE, HOME)
        return Item(path.stem, path, partial(self.truth, row, lidar), group=camera)

    def truth(self, camera: dict[str, Any], lidar: dict[str, Any]) -> DepthTruth:
        """(H, W) metres, 0 where no point falls; the nearest of several in one pixel."""
        sweep = np.fromfile(need(self.root / lidar["filename"], TITLE, HOME), np.float32).reshape(-1, 5)
        calibration = self.calibration[camera["calibrated_sensor_token"]]
        points = _leave(sweep[:, :3].astype(np.float64), self.calibration[lidar["calibrated_sensor_token"]])
        points = _leave(points, self.ego[lidar["ego_pose_token"]])  # the car moves between sweep and shutter
        points = _enter(points, self.ego[camera["ego_pose_token"]])
        points = _enter(points, calibration)
        intrinsics = np.array(calibration["camera_intrinsic"])
        return DepthTruth(project(points, intrinsics, camera["height"], camera["width"]))


def rotation(quaternion: list[float]) -> NDArray[np.float64]:
    """(3, 3) of a quaternion w, x, y, z."""
    from scipy.spatial.transform import Rotation

    w, x, y, z = quaternion
    matrix: NDArray[np.float64] = Rotation.from_quat([x, y, z, w]).as_matrix()
    return matrix


def _leave(points: NDArray[np.float64], pose: dict[str, Any]) -> NDArray[np.float64]:
    return points @ rotation(pose["rotation"]).T + np.array(pose["translation"])


def _enter(points: NDArray[np.float64], pose: dict[str, Any]) -> NDArray[np.float64]:
    return (points - np.array(pose["translation"])) @ rotation(pose["rotation"])


def project(points: NDArray[np.float64], intrinsics: NDArray, height: int, width: int) -> NDArray[np.float32]:
    """Depth image of (N, 3) points in the camera frame: z-depth at the floor of the pixel, 0 elsewhere."""
    points = points[points[:, 2] > NEAREST]
    pixels = points @ np.asarray(intrinsics).T
    column, row = np.floor(pixels[:, :2] / pixels[:, 2:]).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    depth = np.full((height, width), np.inf)
    np.minimum.at(depth, (row[inside], column[inside]), points[inside, 2])
    return np.where(np.isinf(depth), 0, depth).astype(np.float32)


BENCHMARK = Benchmark(
    name="nuscenes", title=TITLE, task="depth", scorer=DepthScorer("nuscenes"), read=read, splits=("unik3d", "val"),
    home=HOME, headline="delta1", paper={"Vision Banana": 0.643}, sets="metric depth",
)  # fmt: skip
