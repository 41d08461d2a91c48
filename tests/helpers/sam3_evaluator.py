"""The official SA-Co evaluator, loaded from the sam3 package as one file."""

import importlib.util
from pathlib import Path


def official_module():
    """sam3/eval/cgf1_eval.py alone: the package's own import would need torch."""
    root = importlib.util.find_spec("sam3").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("cgf1_eval", Path(root) / "eval" / "cgf1_eval.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
