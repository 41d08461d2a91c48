"""The rooms of the package: which may import which, and what is loaded when little is asked for."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cavendish

SOURCE = Path(cavendish.__file__).parent

# Each room (a file or a folder) and the rooms that it may import. The lowest come first: data flows one way, so a room
# imports only rooms of earlier rows. Imports for type checking alone do not count.
ROOMS = {
    "errors": "",
    "rle": "",
    "resampling": "",
    "progress": "",
    "files": "errors",
    "worker_pool": "errors",
    "codes": "errors",
    "images": "errors",
    "video": "errors images",
    "geometry": "errors resampling",
    "results": "codes errors",
    "overlay": "codes errors images results",
    "html_page": "errors",
    "formats": "codes errors files images results rle",
    "datasets": "errors files",
    "tasks": "codes errors results rle",
    "prompts": "codes errors tasks",
    "decoding": "geometry images tasks",
    "services": "errors",
    "nano": "codes errors files",
    "generators": "errors files geometry images nano progress services",
    "worlds": "codes datasets errors files html_page worker_pool",
    "evaluation.metrics": "errors rle",
    "evaluation.color_check": "codes errors worlds",
    "evaluation.scoring": "codes errors evaluation.color_check evaluation.metrics rle tasks",
    "assistant": "errors files generators services",
    "plan": "errors generators geometry prompts results tasks",
    "batching": "errors generators plan",
    "model": "batching errors generators images plan progress prompts results tasks video",
    "loading": "assistant errors generators model prompts",
    "training": "codes datasets errors files generators loading nano tasks worker_pool worlds",
    "evaluation.benchmarks": (
        "codes datasets errors evaluation.metrics evaluation.scoring formats images results rle tasks worlds"
    ),
    "evaluation": (
        "assistant batching codes datasets errors evaluation.benchmarks evaluation.color_check evaluation.metrics "
        "evaluation.scoring files formats generators html_page images loading model plan prompts results rle tasks "
        "worlds"
    ),
    "cli": "*",
    "__main__": "cli",
}  # fmt: skip
LAZY = {("results", "formats"), ("results", "overlay")}  # the one exception: a result saves and draws itself


def _name(file: Path) -> str:
    """The module of a file of the package, without "cavendish."."""
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(file): file for file in sorted(SOURCE.rglob("*.py")) if file.parent != SOURCE or _name(file)}


def _room(module: str) -> str:
    """The room of a module: the longest name in the table that it begins with, or its own name if there is none."""
    return max((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), key=len, default=module)


def _imports(tree: ast.AST) -> Iterator[str]:
    """Modules of the package that the code imports when it runs, without "cavendish."."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            yield from _imports(node)
            continue
        for name in names:
            head, _, module = name.partition(".")
            if head == "cavendish":
                yield module if module in MODULES else module.rpartition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_that_the_table_names(room: str) -> None:
    allowed = set(ROOMS) - {"__main__"} if ROOMS[room] == "*" else {room, *ROOMS[room].split()}
    allowed |= {other for one, other in LAZY if one == room}
    wrong = [
        f"{module} imports {other}"
        for module, file in MODULES.items()
        if module and _room(module) == room
        for other in _imports(ast.parse(file.read_text()))
        if other and _room(other) not in allowed
    ]
    assert not wrong


def test_the_table_goes_one_way_and_has_a_row_for_each_file() -> None:
    lower = {"*"}
    for room, imported in ROOMS.items():
        assert set(imported.split()) <= lower, f"{room} may import a room of a later row"
        lower.add(room)
    assert {_room(module) for module in MODULES if module} == set(ROOMS)


def _loaded(code: str, *modules: str) -> list[str]:
    """Which of the modules, or modules inside them, are loaded after the code ran in a new process."""
    program = (
        f"{code}\nimport sys\n"
        f"print(*[m for m in sys.modules if any(f'{{m}}.'.startswith(name + '.') for name in {modules!r})])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_scoring_stored_predictions_loads_no_renderer_generator_or_model() -> None:
    """A worlds sample is rendered by all of these, and by embreex."""
    code = "import cavendish.evaluation.predictions, cavendish.evaluation.runner, cavendish.evaluation.benchmarks"
    renderer = [
        f"cavendish.worlds.{name}" for name in ("samples", "render", "render_jobs", "shade", "trace", "triangles")
    ]
    assert _loaded("import cavendish.worlds.samples", *renderer)
    assert not _loaded(code, *renderer, "embreex", "trimesh", "torch", "cavendish.generators", "cavendish.model")


def test_the_package_and_its_help_load_neither_torch_nor_numpy() -> None:
    assert not _loaded("import cavendish", "torch", "numpy")
    code = (
        "from typer.testing import CliRunner\nfrom cavendish.cli import app\n"
        "assert 'worlds' in CliRunner().invoke(app, ['--help']).output"
    )
    assert not _loaded(code, "torch", "numpy", "scipy")
