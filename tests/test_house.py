"""Rules of the source tree, read from the source itself."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def imported(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_no_test_imports_another_test():
    files = [*TESTS.glob("*.py"), *TESTS.glob("helpers/*.py")]
    assert len(files) > 50
    wrong = {path.name: sorted(name for name in imported(path) if name.startswith("test_")) for path in files}
    assert not {name: names for name, names in wrong.items() if names}
