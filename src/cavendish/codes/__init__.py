"""Codes between answers and colours: pure functions on arrays, without any model, file or network."""

from cavendish.codes.colors import distinct_colors, format_color, named_colors, parse_color
from cavendish.codes.depth import DepthCode, depth_to_rgb, rgb_to_depth
from cavendish.codes.instances import instances_to_rgb, rgb_to_instances
from cavendish.codes.labels import check_legend, labels_to_rgb, rgb_to_labels
from cavendish.codes.legend import format_legend, parse_legend
from cavendish.codes.masks import masks_to_rgb, rgb_to_masks
from cavendish.codes.normals import convert_normals, normals_distance, normals_to_rgb, rgb_to_normals
