"""`cavendish models`: the presets, with what each would download or cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cavendish.generators.presets import Preset


def models(
    name: Annotated[str | None, typer.Argument(help="A preset, to show all its settings.")] = None,
) -> None:
    """List the presets: the source of each, its licence, what it would download or cost."""
    from cavendish.generators import presets

    if name is not None:
        preset = presets.find(name)
        for field, value in {**asdict(preset), "needs": _needs(preset)}.items():
            if value not in ("", {}, None):
                typer.echo(f"{field:<14}{value}")
        return
    for preset in presets.presets().values():
        typer.echo(f"{preset.name:<24}{preset.kind}:{preset.repository}")
        typer.echo(f"{'':<24}{preset.licence}; {_needs(preset)}{'; ' + preset.note if preset.note else ''}")
    typer.echo(f"\nYour own presets: {presets.user_file()}")


def _needs(preset: Preset) -> str:
    price = preset.about.get("price")
    if price:
        return f"about ${price} a picture"
    if preset.kind != "diffusers":
        return "nothing to download"
    if _is_downloaded(preset.repository):
        return "already on this machine"
    return f"downloads about {preset.gigabytes:g} GB" if preset.gigabytes else "downloads its weights"


def _is_downloaded(repository: str) -> bool:
    """Whether the hub's cache holds this repository."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:  # so nothing has been downloaded
        return False
    return isinstance(try_to_load_from_cache(repository, "model_index.json"), str)
