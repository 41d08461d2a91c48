"""Tiny data sets in the official layouts of the benchmarks, written with the real file formats."""

import json
import pickle

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from cavendish.evaluation.benchmarks.saco_gold import SUBSETS


def picture(path, size=(24, 32)):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(list(path.name.encode()))  # the same in every order of the tests, other in every file
    Image.fromarray(rng.integers(0, 256, (*size, 3)).astype(np.uint8)).save(path)


def gray(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array)).save(path)


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def rle(mask):
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def make_cityscapes(root):
    for city, key in (("munster", "munster_000001_000019"), ("frankfurt", "frankfurt_000000_000294")):
        picture(root / "leftImg8bit" / "val" / city / f"{key}_leftImg8bit.png")
        labels = np.full((24, 32), 7, np.uint8)
        labels[:, 16:] = 26
        gray(root / "gtFine" / "val" / city / f"{key}_gtFine_labelIds.png", labels)
        ids = np.where(labels == 26, np.uint16(26001), labels)
        gray(root / "gtFine" / "val" / city / f"{key}_gtFine_instanceIds.png", ids)


def make_coco(root):
    mask = np.zeros((24, 32), bool)
    mask[2:12, 3:13] = True
    images = [{"id": i, "file_name": f"{i:012d}.jpg", "height": 24, "width": 32} for i in (139, 285)]
    for image in images:
        picture(root / "val2017" / image["file_name"])
    annotations = [{"id": 1, "image_id": 139, "category_id": 90, "segmentation": [[3, 2, 13, 2, 13, 12, 3, 12]],
                    "area": 100, "bbox": [3, 2, 10, 10], "iscrowd": 0}]  # fmt: skip
    categories = [{"id": 1, "name": "person"}, {"id": 90, "name": "toothbrush"}]
    data = {"images": images, "annotations": annotations, "categories": categories}
    text(root / "annotations" / "instances_val2017.json", data)
    return mask


def make_saco(root, subsets=SUBSETS):
    mask = np.zeros((24, 32), bool)
    mask[4:12, 4:12] = True
    for subset in subsets:
        folder = "sa1b-images" if subset == "sa1b" else "metaclip-images"
        picture(root / folder / f"{subset}.jpg")
        for annotator in "abc":
            images = [
                {"id": pair, "file_name": f"{subset}.jpg", "text_input": f"thing {pair}", "width": 32, "height": 24,
                 "queried_category": "1", "is_instance_exhaustive": not (annotator == "c" and pair == 3),
                 "is_pixel_exhaustive": True}
                for pair in (1, 2, 3)
            ]  # fmt: skip
            annotations = [
                {"id": pair, "image_id": pair, "segmentation": rle(mask), "bbox": [0.1, 0.1, 0.2, 0.3], "area": 0.08,
                 "category_id": 1, "iscrowd": int(pair == 2), "source": "human"}
                for pair in (1, 2, 3)
            ]  # fmt: skip
            data = {"info": {}, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "o"}]}
            text(root / f"gold_{subset}_merged_{annotator}_release_test.json", data)
    return mask


def make_refcoco(root, dataset="refcocog", by="umd"):
    picture(root / "images" / "mscoco" / "images" / "train2014" / "COCO_train2014_000000000009.jpg")
    polygons = [[0, 0, 10, 0, 10, 10, 0, 10], [5, 0, 15, 0, 15, 10, 5, 10]]
    data = {
        "images": [{"id": 9, "file_name": "COCO_train2014_000000000009.jpg", "height": 24, "width": 32}],
        "annotations": [{"id": 77, "image_id": 9, "category_id": 1, "segmentation": polygons}],
        "categories": [{"id": 1, "name": "person"}],
    }
    text(root / dataset / "instances.json", data)
    sentences = [{"raw": " The Man ", "sent": " The man", "sent_id": i, "tokens": ["the", "man"]} for i in (5, 6)]
    refs = [
        {"ref_id": 3, "ann_id": 77, "category_id": 1, "image_id": 9, "file_name": "wrong_9_77.jpg", "split": split,
         "sent_ids": [5, 6], "sentences": sentences}
        for split in ("train", "val")
    ]  # fmt: skip
    with (root / dataset / f"refs({by}).p").open("wb") as file:
        pickle.dump(refs, file, protocol=2)


def make_kitti(root):
    drive = "2011_09_26/2011_09_26_drive_0002_sync"
    lines = []
    for frame in ("0000000069", "0000000054"):
        name = f"{drive}/image_02/data/{frame}.png"
        truth = f"2011_09_26_drive_0002_sync/proj_depth/groundtruth/image_02/{frame}.png"
        lines.append(f"{name} {truth if frame == '0000000069' else 'None'} 721.5377")
    text(root / "eigen_test_files_with_gt.txt", "\n".join(lines))
    picture(root / "raw" / drive / "image_02" / "data" / "0000000069.png", (375, 1242))
    depth = np.zeros((375, 1242), np.uint16)
    depth[180:360:3, 100:1100:4] = 256 * 20
    truth = "2011_09_26_drive_0002_sync/proj_depth/groundtruth/image_02/0000000069.png"
    gray(root / "data_depth_annotated" / "val" / truth, depth)


IDENTITY = [1.0, 0.0, 0.0, 0.0]


def make_nuscenes(root):
    """One key frame. The lidar looks where the camera looks, in its own axes, and the car moves 1 m in between."""
    forward = [0.5, -0.5, 0.5, -0.5]  # camera z to vehicle x, camera x to vehicle -y
    cameras = ("CAM_FRONT", "CAM_FRONT_RIGHT", "CAM_BACK_RIGHT", "CAM_BACK", "CAM_BACK_LEFT", "CAM_FRONT_LEFT")
    tables = {
        "scene": [{"token": "s", "name": "scene-0003"}, {"token": "t", "name": "scene-0001"}],
        "sample": [{"token": "k", "scene_token": "s"}, {"token": "other", "scene_token": "t"}],
        "sensor": [{"token": name, "channel": name} for name in (*cameras, "LIDAR_TOP")],
        "calibrated_sensor": [
            {"token": f"c{name}", "sensor_token": name, "translation": [0, 0, 0], "rotation": forward,
             "camera_intrinsic": [[100, 0, 16], [0, 100, 12], [0, 0, 1]]}
            for name in cameras
        ] + [{"token": "cL", "sensor_token": "LIDAR_TOP", "translation": [0, 0, 1], "rotation": IDENTITY,
              "camera_intrinsic": []}],
        "ego_pose": [{"token": "then", "translation": [0, 0, 0], "rotation": IDENTITY},
                     {"token": "now", "translation": [1, 0, 0], "rotation": IDENTITY}],
        "sample_data": [
            {"token": name, "sample_token": "k", "ego_pose_token": "now", "calibrated_sensor_token": f"c{name}",
             "filename": f"samples/{name}/{name}__1.jpg", "is_key_frame": True, "height": 24, "width": 32}
            for name in cameras
        ] + [{"token": "L", "sample_token": "k", "ego_pose_token": "then", "calibrated_sensor_token": "cL",
              "filename": "samples/LIDAR_TOP/x.pcd.bin", "is_key_frame": True, "height": 0, "width": 0}],
    }  # fmt: skip
    for name, rows in tables.items():
        text(root / "v1.0-trainval" / f"{name}.json", rows)
    for camera in cameras:
        picture(root / "samples" / camera / f"{camera}__1.jpg")
    # x forward, y left, z up of the lidar, which sits 1 m above the vehicle's origin
    points = np.array([[11, 0, -1, 5, 0], [21, 0, -1, 5, 0], [-5, 0, -1, 5, 0], [11, 1, -1, 5, 0]], np.float32)
    (root / "samples" / "LIDAR_TOP").mkdir(parents=True)
    points.tofile(root / "samples" / "LIDAR_TOP" / "x.pcd.bin")
    text(root / "val_scenes.txt", "scene-0003\n")


def make_ibims(root, count=5, seed=0, size=(24, 32)):
    """iBims-1 in its own layout, with truths between 2 and 9 m."""
    rng = np.random.default_rng(seed)
    folder = root / "ibims1_core_raw"
    names = [f"room_{i:03d}" for i in range(count)]
    for kind in ("rgb", "depth", "mask_invalid", "mask_transp"):
        (folder / kind).mkdir(parents=True)
    (folder / "imagelist.txt").write_text("\n".join(names))
    truths = {}
    for name in names:
        metres = np.linspace(2, 9, size[1])[None].repeat(size[0], 0) + rng.uniform(0, 0.5, size)
        levels = np.rint(metres * 65535 / 50).astype(np.uint16)
        Image.fromarray(levels).save(folder / "depth" / f"{name}.png")
        Image.fromarray(rng.integers(0, 256, (*size, 3)).astype(np.uint8)).save(folder / "rgb" / f"{name}.png")
        for kind in ("mask_invalid", "mask_transp"):
            Image.fromarray(np.full(size, 255, np.uint8)).save(folder / kind / f"{name}.png")
        truths[name] = (levels.astype(np.float32) * (50 / 65535)).astype(np.float32)
    return truths
