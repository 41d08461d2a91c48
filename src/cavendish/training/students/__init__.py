"""Students: generators that learn. For another kind: a file with a `Student`, and a line in `build_student`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from cavendish.training.recipes import Recipe
    from cavendish.training.students.student import Student


def build_student(recipe: Recipe, device: torch.device) -> Student:
    """The student of a recipe, on `device`; its weights follow from torch's seed and the recipe's `start`."""
    if recipe.tuning is None:
        from cavendish.training.students.nano import NanoStudent

        return NanoStudent(recipe).to(device)
    from cavendish.training.students.diffusers import open_student

    return open_student(recipe, recipe.tuning, device)
