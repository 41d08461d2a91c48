"""Files and folders that appear under their name whole or not at all.

Everything is written under a hidden name beside the target and renamed. A process that is killed half way leaves at
most a hidden `.cavendish-….tmp` behind. What the disk refuses becomes ExportError.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cavendish.errors import ExportError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file in the same folder to write to; on success it becomes `path`, on an exception it is gone."""
    temporary = _hidden(path)
    with _export_errors(path):
        if path.is_dir():
            raise ExportError(f"{path} is a folder; give the name of a file")
        try:
            temporary.touch(exist_ok=False)
            yield temporary
            _sync(temporary)
            temporary.replace(path)
        finally:
            with suppress(OSError):  # it has moved, was never made, or its folder has gone
                temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """A new folder in the same place to fill; on success it becomes `path`, on an exception it is gone.

    A folder that is already there stays until the new one is whole, and is then replaced with all it holds.
    """
    temporary, old = _hidden(path), _hidden(path)
    with _export_errors(path):
        if path.is_file():
            raise ExportError(f"{path} is a file; give the name of a folder")
        try:
            temporary.mkdir()
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _sync(file)
            if path.exists():  # no rename replaces a folder that is not empty
                path.rename(old)
            temporary.rename(path)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _hidden(path: Path) -> Path:
    return path.parent / f".cavendish-{secrets.token_hex(8)}.tmp"


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _export_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise ExportError(f"{path} cannot be written: there is no folder {path.parent}") from None
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror or error}") from error
