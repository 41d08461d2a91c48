"""One model over any generator: a question becomes paintings, paintings become answers on the picture's own pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

import numpy as np

from cavendish import tasks
from cavendish.batching import answer_all
from cavendish.errors import CostError, LegendError, ModelError, PromptError, TaskError
from cavendish.generators.generator import About, Generator, Request
from cavendish.images import ImageInput, read_image
from cavendish.plan import Picture, Plan, Settings, as_image, joined, plan_edit, plan_task, provenance, settings_of
from cavendish.progress import track
from cavendish.prompts import PromptTemplates
from cavendish.results import DepthMap, Instances, Mask, NormalMap, SemanticMap
from cavendish.tasks import Answer, Instance, Referring, Task

if TYPE_CHECKING:
    from PIL.Image import Image

    from cavendish.assistant import Assistant

A = TypeVar("A", bound=Answer)

Images = list[Any] | tuple[Any, ...]


class Options(Settings, total=False):
    """What every question takes beside the settings of the generator."""

    votes: int | None  # paintings combined into the answer; None is what suits the generator, mostly 1
    check_presence: bool  # of instances: ask the assistant first whether there are any
    reason: bool  # of regions: let the assistant turn a sentence into descriptions of what to look for


class PlanOptions(Options, total=False):
    """What any task takes beside these."""

    instruction: str | None  # said to the generator instead of the task's own words


class VisionModel:
    """All tasks over one generator.

    `image` is everything that `images.read_image` reads; a list of pictures gives a list of answers, painted in
    batches. Answers have the height and width of the picture, with `.confidence`, `.painting`, `.instruction` and
    `.provenance` beside them. All methods take `Options`. Raises ImageError for what is no picture, PromptError,
    LegendError or TaskError for what cannot be asked, and another GeneratorError where no painting can be had.

    Every method stands on `plan` and `answer`. A task that has no method here is a method by its name all the same:
    `model.edges(image)`.
    """

    def __init__(
        self, generator: Generator, *, prompts: PromptTemplates | None = None, assistant: Assistant | None = None
    ) -> None:
        self.generator = generator
        self.prompts = prompts or PromptTemplates()
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
        return self.run(self.prompts.task("depth"), image, **options)

    @overload
    def normals(self, image: Images, **options: Unpack[Options]) -> list[NormalMap]: ...
    @overload
    def normals(self, image: ImageInput, **options: Unpack[Options]) -> NormalMap: ...
    def normals(self, image: Any, **options: Unpack[Options]) -> Any:
        """Unit surface normals, +x right, +y up, +z toward the viewer."""
        return self.run(self.prompts.task("normals"), image, **options)

    @overload
    def segment(self, image: Images, classes: Sequence[str], **options: Unpack[Options]) -> list[SemanticMap]: ...
    @overload
    def segment(self, image: ImageInput, classes: Sequence[str], **options: Unpack[Options]) -> SemanticMap: ...
    def segment(self, image: Any, classes: Sequence[str], **options: Unpack[Options]) -> Any:
        """One of `classes` for every pixel: 1 to 256 free texts, "background" for everything else.

        Classes that the picture does not show are fine. More classes than one painting tells apart are split over
        several; a pixel that none of those claims is then -1, unless "background" is a class.
        """
        names = [classes] if isinstance(classes, str) else classes
        return self.run(self.prompts.task("semantic", names), image, **options)

    @overload
    def instances(self, image: Images, label: str, **options: Unpack[Options]) -> list[Instances]: ...
    @overload
    def instances(self, image: ImageInput, label: str, **options: Unpack[Options]) -> Instances: ...
    def instances(self, image: Any, label: str, **options: Unpack[Options]) -> Any:
        """Every instance of the class `label`, none if there is none.

        With `check_presence` the model's assistant is asked first, and where it sees none nothing is painted.
        """
        return self.run(self.prompts.task("instances", [label]), image, **options)

    @overload
    def refer(self, image: Images, expression: str, **options: Unpack[Options]) -> list[Mask]: ...
    @overload
    def refer(
        self, image: Images, expression: Mapping[str, str], **options: Unpack[Options]
    ) -> list[dict[str, Mask]]: ...
    @overload
    def refer(self, image: ImageInput, expression: str, **options: Unpack[Options]) -> Mask: ...
    @overload
    def refer(
        self, image: ImageInput, expression: Mapping[str, str], **options: Unpack[Options]
    ) -> dict[str, Mask]: ...
    def refer(self, image: Any, expression: str | Mapping[str, str], **options: Unpack[Options]) -> Any:
        """The region that a sentence refers to, as `Mask`; for {name: sentence} a dict of them from one painting.

        With `reason` the model's assistant first turns the sentence, which may be a question, into plain descriptions
        of what to look for; where it finds nothing of the kind the mask is empty and nothing is painted.
        """
        if not isinstance(expression, (str, Mapping)):
            raise LegendError(f"refer takes a sentence or a mapping {{name: sentence}}, not {expression!r}")
        named = {"": expression} if isinstance(expression, str) else expression
        sentences = [_text(sentence) for sentence in named.values()]
        task = self.prompts.task("referring", list(dict.fromkeys(sentences)) if options.get("reason") else sentences)
        found = self.run(task, image, **options)
        if isinstance(expression, str):
            return _each(task.unwrapped, found)
        return _each(lambda answer: {name: answer[sentence.strip()] for name, sentence in named.items()}, found)

    @overload
    def ask(self, image: Images, instruction: str, **options: Unpack[Options]) -> list[Answer]: ...
    @overload
    def ask(self, image: ImageInput, instruction: str, **options: Unpack[Options]) -> Answer: ...
    def ask(self, image: Any, instruction: str, **options: Unpack[Options]) -> Any:
        """The answer to the user's own instruction, said to the generator word by word.

        What it asks for and the colours it names are read from the text, and the painting is read accordingly: a
        `DepthMap`, `NormalMap`, `SemanticMap`, `Instances`, a `Mask` for one thing in one colour, or a dict of masks.
        """
        task = tasks.parse(_text(instruction))
        answers = self.run(task, image, instruction=instruction, **options)
        return _each(task.unwrapped, answers)

    @overload
    def run(self, task: Task[A], image: Images, **options: Unpack[PlanOptions]) -> list[A]: ...
    @overload
    def run(self, task: Task[A], image: ImageInput, **options: Unpack[PlanOptions]) -> A: ...
    def run(self, task: Task[Any], image: Any, **options: Unpack[PlanOptions]) -> Any:
        """The answer to any task, also one that another package defines."""
        many = isinstance(image, (list, tuple))
        pictures = list(image) if many else [image]
        found = self.answer([(task, picture) for picture in pictures], errors="raise", **options)
        answers = list(track(found, task.name, len(pictures)))
        return answers if many else answers[0]

    def __getattr__(self, name: str) -> Any:
        """A task without a method of its own, asked by its name; what it asks about follows the picture."""
        if name.startswith("_") or name not in tasks.all_tasks():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        def question(image: Any, *query: str, **options: Unpack[PlanOptions]) -> Any:
            return self.run(self.prompts.task(name, query), image, **options)

        return question

    def plan(self, task: Task[A], image: ImageInput, **options: Unpack[PlanOptions]) -> Plan[A]:
        """What the generator must paint to answer a task about a picture, and how the answer is read from that.

        `plan.requests` go to `generator.paint`, or to a generator of your own; `plan.read(paintings)` is the answer.
        With `check_presence` or `reason` the assistant is asked now; a plan without requests needs no painting.
        """
        self._check_references()
        return self._plan(task, Picture(read_image(image), self.about), options)

    def answer(
        self,
        questions: Iterable[tuple[Task[Any], ImageInput]],
        *,
        errors: Literal["return", "raise"] = "return",
        **options: Unpack[PlanOptions],
    ) -> Iterator[Any]:
        """The answers to any number of (task, picture) questions, in their order, as an iterator.

        Questions are read as they are needed and painted in batches as full as the generator takes
        (`about.batch_size`), with bounded memory; questions in a row about one picture share its canvas. Where a
        question cannot be answered its exception stands in the answer's place, and the others go on; errors="raise"
        raises it instead. A budget that is spent (CostError) always ends the iteration.
        """
        if errors not in ("return", "raise"):
            raise TaskError(f"errors is 'return' or 'raise', not {errors!r}")
        self._check_references()
        _check(options)  # once, not with each picture
        return answer_all(self._plans(questions, options), self.generator, isolate=errors == "return")

    def _plans(
        self, questions: Iterable[tuple[Task[Any], ImageInput]], options: PlanOptions
    ) -> Iterator[Plan[Any] | Exception]:
        picture: Picture | None = None
        for question in questions:
            try:
                task, image = question
                rgb = read_image(image)  # a copy: the caller may write the next frame into the same array
                if picture is None or not np.array_equal(rgb, picture.rgb):
                    picture = Picture(rgb, self.about)
                yield self._plan(task, picture, options)
            except CostError:
                raise
            except Exception as error:  # whatever one picture does must not stop the others
                yield error

    def _check_references(self) -> None:
        if self.about.references < 1:
            raise ModelError(f"{self.about.name} takes no picture to look at, so it cannot answer questions about one")

    def _plan(self, task: Task[Any], picture: Picture, options: PlanOptions) -> Plan[Any]:
        if not isinstance(task, Task):
            raise TaskError(f"a question is asked with a task, such as tasks.Depth(), not with {task!r}")
        words = options.get("instruction")
        plan = partial(
            plan_task,
            picture=picture,
            generator=self.generator,
            prompts=self.prompts,
            votes=options.get("votes") or self.about.votes.get(task.name, 1),
            instruction=words if words is None else _text(words),
            settings=_check(options),
        )
        for option, kind in (("check_presence", Instance), ("reason", Referring)):
            if options.get(option) and not isinstance(task, kind):
                raise TaskError(f"{option} is an option of {kind.name}, not of {task.name}")
        if isinstance(task, Instance) and options.get("check_presence"):
            return self._if_present(task, picture, plan)
        if isinstance(task, Referring) and options.get("reason"):
            return self._by_reason(task, picture, plan)
        return plan(task)

    def _if_present(self, task: Instance, picture: Picture, plan: Callable[[Task[Any]], Plan[Any]]) -> Plan[Any]:
        assistant = self._needed_assistant("check_presence")
        if assistant.present(picture.rgb, task.label):
            return plan(task)
        none = task.empty((picture.rgb.shape[0], picture.rgb.shape[1]))
        none = replace(none, provenance=replace(none.provenance, generator=assistant.name))
        return Plan((), lambda paintings: none)

    def _by_reason(self, task: Referring, picture: Picture, plan: Callable[[Task[Any]], Plan[Any]]) -> Plan[Any]:
        assistant = self._needed_assistant("reason")

        def find(sentence: str) -> Plan[dict[str, Mask]]:
            query = assistant.rewrite(picture.rgb, sentence)
            if not query.present:
                nothing = Referring.of([sentence]).empty((picture.rgb.shape[0], picture.rgb.shape[1]))
                return Plan((), lambda paintings: nothing)

            def union(answers: list[dict[str, Mask]]) -> dict[str, Mask]:
                found = list(answers[0].values())
                mask = np.any([each.mask for each in found], axis=0)
                return {sentence: replace(found[0], mask=mask, expression=sentence)}

            return joined([plan(Referring.of(list(query.targets)))], union)

        return joined([find(sentence) for sentence in task.targets], task.merge)

    def _needed_assistant(self, option: str) -> Assistant:
        if self.assistant is None:
            raise ModelError(
                f"{option} needs an assistant, a multimodal language model: load(..., assistant='gemini:MODEL'), "
                "'openai:MODEL' or 'transformers:REPOSITORY'"
            )
        return self.assistant

    def generate(
        self, prompt: str, *, height: int | None = None, width: int | None = None, **settings: Unpack[Settings]
    ) -> Image:
        """A new picture, of the generator's native size unless said; ImageError if it does not paint that size."""
        native = self.about.native_size
        size = self.about.canvas.check((height or native[0], width or native[1]))
        request = Request(instruction=_text(prompt), size=size, **_check(settings, Settings))
        painting = self.generator.paint([request])[0]
        picture: Image = as_image(painting.rgb, prompt, provenance("generate", painting, self.about))
        return picture

    @overload
    def edit(self, image: Images, instruction: str, **settings: Unpack[Settings]) -> list[Image]: ...
    @overload
    def edit(self, image: ImageInput, instruction: str, **settings: Unpack[Settings]) -> Image: ...
    def edit(self, image: Any, instruction: str, **settings: Unpack[Settings]) -> Any:
        """The picture edited as instructed, in its own size; a list of pictures gives a list, painted in batches."""
        _text(instruction)
        self._check_references()
        given = _check(settings, Settings)
        many = isinstance(image, (list, tuple))
        pictures = (Picture(read_image(each), self.about) for each in (image if many else [image]))
        plans = (plan_edit(picture, instruction, self.about, given) for picture in pictures)
        edited = list(answer_all(plans, self.generator, isolate=False))
        return edited if many else edited[0]

    def frames(self, source: ImageInput, method: str, *arguments: Any, **options: Any) -> Iterator[Any]:
        """The answers of `method` ("depth", "segment", …) for every frame of a video, animation or many-page file.

        Each frame is asked about by itself, all with the same seed. Frames are read as they are needed, a batch of the
        generator at once.
        """
        from cavendish.video import iter_frames

        frames = iter_frames(source)
        while some := list(islice(frames, max(1, self.about.batch_size))):
            yield from getattr(self, method)(some, *arguments, **options)


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    """`function` of a value, or of each in a list of them."""
    return [function(one) for one in value] if isinstance(value, list) else function(value)


def _check(options: Mapping[str, Any], known: type = PlanOptions) -> Settings:
    """The settings of the generator among the options of a call. GeneratorError for what cannot be meant."""
    names = known.__optional_keys__  # type: ignore[attr-defined]
    if strange := options.keys() - names:
        raise TypeError(f"there is no option {min(strange)!r}; the options are {', '.join(sorted(names))}")
    return settings_of(options)


def _text(instruction: str) -> str:
    if not isinstance(instruction, str) or not instruction.strip():
        raise PromptError("the instruction is empty; say what to paint")
    return instruction
