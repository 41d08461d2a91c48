"""How a task is put to one generator: its own templates and codes where it has been taught other ones than ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cavendish.codes.colors import distinct_colors, format_color
from cavendish.codes.depth import DepthCode
from cavendish.codes.legend import format_legend
from cavendish.errors import ModelError
from cavendish.tasks import Depth, Instance, Normals, Task

COLORS_NAMED = 24  # in an instruction that lists colours for instances


@dataclass(frozen=True)
class Speech:
    """Templates by the name of a task, and how the generator paints depth and normals.

    A template may hold {json}, {sentence} and {list} (the legend in three styles), {label}, {background}, {colors}
    (a list of far-apart colours) and {colormap}; a task without a template says its own instruction.
    """

    instructions: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def depth(self) -> Depth:
        """The depth task in this generator's code."""
        return Depth(DepthCode(**self.codes.get("depth", {})))

    def normals(self) -> Normals:
        """The normals task with this generator's x axis."""
        return Normals(**self.codes.get("normals", {}))

    def instances(self, label: str) -> Instance:
        """The instance task on this generator's background."""
        return Instance(label, **self.codes.get("instances", {}))

    def instruction(self, task: Task) -> str:
        """What to say for `task`. ModelError for a template with a field that the task does not have."""
        template = self.instructions.get(task.name)
        if template is None:
            return task.instruction()
        try:
            return template.format_map(self._fields(task))
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in self._fields(task))
            raise ModelError(f"the instruction template for {task.name} has {error}; it may hold {known}") from None

    @staticmethod
    def _fields(task: Task) -> dict[str, str]:
        code = task.code()
        fields: dict[str, str] = {name: str(code[name]) for name in ("label", "colormap") if name in code}
        if "background" in code:
            fields["background"] = format_color(code["background"])
            fields["colors"] = ", ".join(
                format_color(color) for color in distinct_colors(COLORS_NAMED, avoid=[code["background"]])
            )
        if legend := code.get("legend") or code.get("targets"):
            for style in ("json", "sentence", "list"):
                fields[style] = format_legend(legend, style)
        return fields
