"""How a task is put to one generator: its own templates and codes where it has been taught other ones than ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cavendish.codes.colors import distinct_colors, format_color
from cavendish.codes.legend import format_legend
from cavendish.errors import ModelError
from cavendish.tasks import Task, find

COLORS_NAMED = 24  # in an instruction that lists colours for instances


@dataclass(frozen=True)
class PromptTemplates:
    """Templates by the name of a task, and the codes in which the generator paints, where they are not the defaults.

    A template may hold {json}, {sentence} and {list} (the legend in three styles), {label}, {background}, {colors}
    (a list of far-apart colours) and {colormap}; a task without a template says its own instruction.
    """

    instructions: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def task(self, name: str, query: Sequence[str] = ()) -> Task[Any]:
        """The task called `name`, about what `query` names, in this generator's code. TaskError if there is none."""
        return find(name).from_query(query, **self.codes.get(name, {}))

    def instruction(self, task: Task[Any]) -> str:
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
    def _fields(task: Task[Any]) -> dict[str, str]:
        code = task.code()
        fields: dict[str, str] = {name: str(code[name]) for name in ("label", "colormap") if name in code}
        if "background" in code:
            fields["background"] = format_color(code["background"])
            colors = distinct_colors(COLORS_NAMED, avoid=[code["background"]])
            fields["colors"] = ", ".join(map(format_color, colors))
        if legend := code.get("legend") or code.get("targets"):
            for style in ("json", "sentence", "list"):
                fields[style] = format_legend(legend, style)
        return fields
