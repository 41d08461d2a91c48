"""What an error says of a name that is not known."""

import pytest

from cavendish import tasks
from cavendish.errors import TaskError, did_you_mean


def test_only_a_near_name_is_offered() -> None:
    assert did_you_mean("dept", ["depth", "normals"]) == "; did you mean 'depth'?"
    assert did_you_mean("zebra", ["depth", "normals"]) == "."
    assert did_you_mean("depth", []) == "."


def test_an_unknown_task() -> None:
    with pytest.raises(TaskError, match=r"unknown task 'normal'; did you mean 'normals'\? The tasks are depth, "):
        tasks.find("normal")
    with pytest.raises(TaskError, match=r"unknown task 'zebra'\. The tasks are depth, "):
        tasks.find("zebra")
