"""Many questions, one batch: a service that takes calls at once should not be asked one picture at a time.

A model asks its generator in the middle of answering, so each question is begun twice. The first time only what it
wants painted is heard; then all that is wanted is painted as one batch, as many at once as the generator allows; the
second time the paintings are there.
"""

from collections.abc import Sequence

from cavendish.errors import GeneratorError
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.replay import digest


class Wanted(Exception):
    """A painting is wanted that is not there yet: `Batch.paint_wanted`, and ask again."""


class Batch:
    """A generator that hears what is wanted, paints it in one batch of the generator behind it, and then answers."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._wanted: dict[str, Request] = {}
        self._painted: dict[str, Painting] = {}

    @property
    def about(self) -> About:
        return self._generator.about

    def fits(self, instruction: str) -> bool:
        return self._generator.fits(instruction)

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        """The paintings, where all are there; else Wanted."""
        keys = [digest(request) for request in requests]
        wanted = {key: request for key, request in zip(keys, requests) if key not in self._painted}
        if wanted:
            self._wanted |= wanted
            raise Wanted
        return [self._painted[key] for key in keys]

    def paint_wanted(self) -> bool:
        """Paint all that is wanted; whether that went well. One picture that cannot be had fails the whole batch."""
        wanted, self._wanted = self._wanted, {}
        try:
            self._painted |= zip(wanted, self._generator.paint(list(wanted.values())))
        except GeneratorError:
            return False
        return True
