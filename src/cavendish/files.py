"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cavendish.errors import ExportError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new path in the same folder to write to; on success it becomes `path`, on an exception it is gone.

    A process killed half way leaves at most a hidden `.cavendish-….tmp` behind, never a part under the final name.
    What the disk refuses becomes ExportError.
    """
    temporary = path.parent / f".cavendish-{secrets.token_hex(8)}.tmp"
    try:
        if path.is_dir():
            raise ExportError(f"{path} is a folder; give the name of a file")
        temporary.touch(exist_ok=False)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except FileNotFoundError:
        raise ExportError(f"{path} cannot be written: there is no folder {path.parent}") from None
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # it has moved, was never made, or its folder has gone
            temporary.unlink()
