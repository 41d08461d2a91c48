"""One model over any generator: a question becomes paintings, paintings become answers on the picture's own pixels."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from cavendish import tasks
from cavendish.errors import GeneratorError, ModelError, NoPictureError, PromptError
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.geometry import Geometry
from cavendish.images import ImageInput, read_image
from cavendish.legends import empty_mask, merge, split
from cavendish.progress import track
from cavendish.prompts import Speech
from cavendish.results import DepthMap, Instances, Mask, NormalMap, Provenance, Result, SemanticMap
from cavendish.tasks import Answer, Referring, Semantic, Task
from cavendish.votes import Vote, ballot, combine, mirrored

if TYPE_CHECKING:
    from PIL.Image import Image

    from cavendish.assistant import Assistant

WINDOW = 16  # pictures held in memory at once; what a generator takes in one batch is its own affair
ASPECT_SLACK = 0.06  # hosted generators answer in sizes whose aspect is about, not exactly, the one asked for

Images = list[Any] | tuple[Any, ...]


class Options(TypedDict, total=False):
    """What every call takes."""

    seed: int  # the same seed gives the same painting, where the generator is seeded; 0 unless said
    steps: int | None  # of the generator; None is what suits it, as for guidance
    guidance: float | None
    votes: int | None  # paintings combined into the answer; None is what suits the generator, mostly 1


class VisionModel:
    """All tasks over one generator.

    `image` is everything that `images.read_image` reads; a list of pictures gives a list of answers, painted in
    batches. Answers have the height and width of the picture, with `.confidence`, `.painting`, `.instruction` and
    `.provenance` beside them. All methods take `Options`. Raises ImageError for what is no picture, PromptError,
    LegendError or TaskError for what cannot be asked, and another GeneratorError where no painting can be had.
    """

    def __init__(
        self, generator: Generator, *, speech: Speech | None = None, assistant: Assistant | None = None
    ) -> None:
        self.generator = generator
        self.speech = speech or Speech()
        self.assistant = assistant

    @property
    def about(self) -> About:
        """Name, revision, licence, canvas and defaults of the generator."""
        return self.generator.about

    def __repr__(self) -> str:
        return f"VisionModel({self.about.name!r})"

    @overload
    def depth(self, image: Images, **options: Unpack[Options]) -> list[DepthMap]: ...
    @overload
    def depth(self, image: ImageInput, **options: Unpack[Options]) -> DepthMap: ...
    def depth(self, image: Any, **options: Unpack[Options]) -> Any:
        """z-depth in metres (relative depth from a generator that only paints that; its provenance says which)."""
        return self.run(self.speech.depth(), image, **options)

    @overload
    def normals(self, image: Images, **options: Unpack[Options]) -> list[NormalMap]: ...
    @overload
    def normals(self, image: ImageInput, **options: Unpack[Options]) -> NormalMap: ...
    def normals(self, image: Any, **options: Unpack[Options]) -> Any:
        """Unit surface normals, +x right, +y up, +z toward the viewer."""
        return self.run(self.speech.normals(), image, **options)

    @overload
    def segment(self, image: Images, classes: Sequence[str], **options: Unpack[Options]) -> list[SemanticMap]: ...
    @overload
    def segment(self, image: ImageInput, classes: Sequence[str], **options: Unpack[Options]) -> SemanticMap: ...
    def segment(self, image: Any, classes: Sequence[str], **options: Unpack[Options]) -> Any:
        """One of `classes` for every pixel: 1 to 256 free texts, "background" for all that is none of them.

        Classes that the picture does not show are fine. More classes than one painting tells apart are split over
        several; a pixel that none of those claims is then -1, unless "background" is a class.
        """
        return self.run(Semantic.of([classes] if isinstance(classes, str) else classes), image, **options)

    @overload
    def instances(
        self, image: Images, label: str, *, check_presence: bool = ..., **options: Unpack[Options]
    ) -> list[Instances]: ...
    @overload
    def instances(
        self, image: ImageInput, label: str, *, check_presence: bool = ..., **options: Unpack[Options]
    ) -> Instances: ...
    def instances(self, image: Any, label: str, *, check_presence: bool = False, **options: Unpack[Options]) -> Any:
        """Every instance of the class `label`, none if there is none.

        With `check_presence` the model's assistant is asked first, and where it sees none nothing is painted.
        """
        task = self.speech.instances(label)
        if not check_presence:
            return self.run(task, image, **options)
        assistant = self._needed_assistant("check_presence")

        def ask(picture: ImageInput) -> Instances:
            rgb = read_image(picture)
            if assistant.present(rgb, label):
                return self.run(task, rgb, **options)
            shape = rgb.shape[:2]
            return Instances(
                masks=np.zeros((0, *shape), bool),
                scores=np.zeros(0, np.float32),
                label=label,
                confidence=np.ones(shape, np.float32),
                provenance=Provenance(task=task.name, generator=assistant.name),
            )

        return _each(ask, image)

    def refer(
        self,
        image: Any,
        expression: str | Mapping[str, str],
        *,
        reason: bool = False,
        **options: Unpack[Options],
    ) -> Any:
        """The region that a sentence refers to, as `Mask`; for {name: sentence} a dict of them from one painting.

        With `reason` the model's assistant first turns the sentence, which may be a question, into plain descriptions
        of what to look for; where it finds nothing of the kind the mask is empty and nothing is painted.
        """
        for sentence in [expression] if isinstance(expression, str) else expression.values():
            _text(sentence)
        if reason:
            return self._refer_by_reason(image, expression, options)
        if isinstance(expression, str):
            return _each(lambda answer: next(iter(answer.values())), self._refer(image, [expression], options))
        named = dict(expression)
        answers = self._refer(image, list(named.values()), options)
        return _each(lambda answer: dict(zip(named, answer.values())), answers)

    def _refer(self, image: Any, expressions: list[str], options: Options) -> Any:
        return self.run(Referring.of(expressions), image, **options)

    def _refer_by_reason(self, image: Any, expression: str | Mapping[str, str], options: Options) -> Any:
        assistant = self._needed_assistant("reason")

        def find(rgb: NDArray[np.uint8], sentence: str) -> Mask:
            query = assistant.rewrite(rgb, sentence)
            if not query.present:
                return empty_mask((rgb.shape[0], rgb.shape[1]), sentence)
            found = list(self._refer(rgb, list(query.targets), options).values())
            return replace(found[0], mask=np.any([each.mask for each in found], axis=0), expression=sentence)

        def ask(picture: ImageInput) -> Mask | dict[str, Mask]:
            rgb = read_image(picture)
            if isinstance(expression, str):
                return find(rgb, expression)
            return {name: find(rgb, sentence) for name, sentence in expression.items()}

        return _each(ask, image)

    def ask(self, image: Any, instruction: str, **options: Unpack[Options]) -> Any:
        """The answer to the user's own instruction, said to the generator word by word.

        What it asks for and the colours it names are read from the text, and the painting is read accordingly: a
        `DepthMap`, `NormalMap`, `SemanticMap`, `Instances`, a `Mask` for one thing in one colour, or a dict of masks.
        """
        task = tasks.parse(_text(instruction))
        answers = self._answer(task, image, instruction, **options)
        if isinstance(task, Referring) and len(task.targets) == 1:
            return _each(lambda answer: next(iter(answer.values())), answers)
        return answers

    def run(self, task: Task, image: Any, **options: Unpack[Options]) -> Any:
        """The answer to any task, also one that another package defines."""
        return self._answer(task, image, None, **options)

    def generate(
        self,
        prompt: str,
        *,
        height: int | None = None,
        width: int | None = None,
        seed: int = 0,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> Image:
        """A new picture, of the generator's native size unless said; ImageError if it does not paint that size."""
        _sane(seed, steps, guidance)
        native = self.about.native_size
        size = self.about.canvas.check((height or native[0], width or native[1]))
        request = Request(instruction=_text(prompt), size=size, seed=seed, steps=steps, guidance=guidance)
        painting = self.generator.paint([request])[0]
        return _picture(painting.rgb, prompt, self._provenance("generate", painting))

    def edit(
        self,
        image: Any,
        instruction: str,
        *,
        seed: int = 0,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> Any:
        """The picture changed as told, in its own size; a list of pictures gives a list."""
        _text(instruction)
        _sane(seed, steps, guidance)

        def change(picture: ImageInput) -> Image:
            canvas, geometry = self.about.canvas.lay(read_image(picture))
            request = Request(
                instruction=instruction,
                images=(canvas,),
                size=geometry.canvas_size,
                seed=seed,
                steps=steps,
                guidance=guidance,
            )
            painting = self.generator.paint([request])[0]
            geometry = _seen(geometry, painting)
            provenance = replace(self._provenance("edit", painting), geometry=geometry.to_dict())
            return _picture(geometry.rgb(painting.rgb), instruction, provenance)

        return _each(change, image)

    def frames(self, source: ImageInput, method: str, *arguments: Any, **options: Any) -> Iterator[Any]:
        """The answers of `method` ("depth", "segment", …) for every frame of a video, animation or many-page file.

        Each frame is asked about by itself, all with the same seed. Frames are read as they are needed.
        """
        from cavendish.video import iter_frames

        ask = getattr(self, method)
        for frame in iter_frames(source):
            yield ask(frame, *arguments, **options)

    def _answer(
        self,
        task: Task,
        image: Any,
        own_words: str | None,
        *,
        seed: int = 0,
        steps: int | None = None,
        guidance: float | None = None,
        votes: int | None = None,
    ) -> Any:
        votes = self.about.votes.get(task.name, 1) if votes is None else votes
        if votes < 1:
            raise GeneratorError(f"votes must be at least 1, not {votes}")
        _sane(seed, steps, guidance)
        if self.about.references < 1:
            raise ModelError(f"{self.about.name} takes no picture to look at, so it cannot answer questions about one")
        many = isinstance(image, (list, tuple))
        pictures = list(image) if many else [image]
        plan = [(vote, self._parts(vote, own_words)) for vote in ballot(task, votes, seed, own_words is not None)]
        answers: list[Answer] = []
        for start in track(range(0, len(pictures), WINDOW), task.name, len(pictures), WINDOW):
            answers += self._window(pictures[start : start + WINDOW], plan, own_words, steps, guidance)
        return answers if many else answers[0]

    def _parts(self, vote: Vote, own_words: str | None) -> list[Task]:
        if own_words is not None:
            return [vote.task]

        def fits(part: Task) -> bool:
            return self.generator.fits(self.speech.instruction(part))

        return split(vote.task, self.about.max_classes, fits, vote.palette)

    def _window(
        self,
        pictures: list[ImageInput],
        plan: list[tuple[Vote, list[Task]]],
        own_words: str | None,
        steps: int | None,
        guidance: float | None,
    ) -> list[Answer]:
        requests: list[Request] = []
        geometries: list[Geometry] = []
        for picture in pictures:
            rgb = read_image(picture)
            laid = {False: self.about.canvas.lay(rgb)}
            if any(vote.mirrored for vote, _ in plan):
                laid[True] = self.about.canvas.lay(np.ascontiguousarray(rgb[:, ::-1]))
            for vote, parts in plan:
                canvas, geometry = laid[vote.mirrored]
                for part in parts:
                    geometries.append(geometry)
                    requests.append(
                        Request(
                            instruction=own_words or self.speech.instruction(part),
                            images=(canvas,),
                            size=geometry.canvas_size,
                            seed=vote.seed,
                            steps=steps,
                            guidance=guidance,
                        )
                    )
        painted = iter(zip(self.generator.paint(requests), geometries, requests))

        def cast(vote: Vote, parts: list[Task]) -> Answer:
            answer = merge(vote.task, [self._read(part, *next(painted)) for part in parts])
            return mirrored(answer) if vote.mirrored else answer

        return [combine([cast(vote, parts) for vote, parts in plan]) for _ in pictures]

    def _read(self, task: Task, painting: Painting, geometry: Geometry, request: Request) -> Answer:
        """A painting as an answer on the picture's grid."""
        geometry = _seen(geometry, painting)
        provenance = self._provenance(task.name, painting)

        def finish(answer: Result) -> Result:
            made = replace(provenance, code=answer.provenance.code)
            return replace(answer, instruction=request.instruction, provenance=made).to_input(geometry)

        answer = task.decode(painting.rgb)
        return {name: finish(each) for name, each in answer.items()} if isinstance(answer, dict) else finish(answer)

    def _provenance(self, task: str, painting: Painting) -> Provenance:
        about = self.about
        plain = Provenance(task=task)
        return replace(
            plain,
            generator=about.name,
            revision=about.revision,
            seed=painting.seed,
            steps=painting.steps,
            guidance=painting.guidance,
            versions=plain.versions | about.versions,
        )

    def _needed_assistant(self, option: str) -> Assistant:
        if self.assistant is None:
            raise ModelError(
                f"{option} needs an assistant, a multimodal language model: load(..., assistant='gemini:MODEL'), "
                "'openai:MODEL' or 'transformers:REPOSITORY'"
            )
        return self.assistant


def _each(function: Any, value: Any) -> Any:
    """`function` of a value, or of each in a list of them."""
    return [function(one) for one in value] if isinstance(value, (list, tuple)) else function(value)


def _sane(seed: int, steps: int | None, guidance: float | None) -> None:
    """GeneratorError for settings that no generator can take."""
    if not 0 <= seed < 2**63:
        raise GeneratorError(f"seed lies between 0 and 2^63 - 1, not {seed}")
    if steps is not None and steps < 1:
        raise GeneratorError(f"steps must be at least 1, not {steps}")
    if guidance is not None and not math.isfinite(guidance):
        raise GeneratorError(f"guidance is a finite number, not {guidance}")


def _text(instruction: str) -> str:
    if not isinstance(instruction, str) or not instruction.strip():
        raise PromptError("the instruction is empty; say what to paint")
    return instruction


def _seen(geometry: Geometry, painting: Painting) -> Geometry:
    """The geometry of a painting that shows the whole canvas. NoPictureError if its shape says that it does not."""
    rgb = painting.rgb
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise NoPictureError(f"the generator's painting is {rgb.dtype} {rgb.shape}, not uint8 (h, w, 3)")
    (height, width), (h, w) = rgb.shape[:2], geometry.canvas_size
    if abs(np.log((width / height) / (w / h))) > ASPECT_SLACK:
        raise NoPictureError(
            f"the generator answered a {w} x {h} canvas with {width} x {height} pixels, another aspect, "
            "so that no pixel can be traced back to the picture"
        )
    return geometry.for_painting(height, width)


def _picture(rgb: NDArray[np.uint8], instruction: str, provenance: Provenance) -> Image:
    """A PIL image that carries its record as JSON in `.info["cavendish"]`."""
    from PIL import Image

    picture = Image.fromarray(rgb)
    picture.info["cavendish"] = json.dumps({"instruction": instruction, "provenance": provenance.to_dict()})
    return picture
