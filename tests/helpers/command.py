"""The `cavendish` command, run in this process or as a process of its own, with what it prints."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from cavendish.cli import main


def here(*words: object) -> subprocess.CompletedProcess[str]:
    """`cavendish WORDS` in this process, which saves the start of Python and its imports."""
    argv, out, err, code = ["cavendish", *map(str, words)], io.StringIO(), io.StringIO(), 0
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())


def apart(*words: object) -> subprocess.CompletedProcess[str]:
    """`cavendish WORDS` as a user starts it: in a process of its own."""
    return subprocess.run([sys.executable, "-m", "cavendish", *map(str, words)], capture_output=True, text=True)
