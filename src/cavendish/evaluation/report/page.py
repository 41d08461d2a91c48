"""Reports of runs: JSON to compute with, Markdown to paste, and one self-contained HTML page to look at."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any

from cavendish import __version__
from cavendish.errors import MetricError
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.report.panels import error_caption, panels
from cavendish.evaluation.runner import RunResult, Scored, average
from cavendish.files import write_text
from cavendish.html_page import data_url, render

_THUMBNAIL = 320  # pixels, of the longer side


def as_json(results: Sequence[RunResult]) -> dict[str, Any]:
    """Everything in JSON values; an undefined number is null."""
    runs = [_run_json(result) for result in results]
    whole = {"cavendish": __version__, "runs": runs, "means": [asdict(mean) for mean in means(results)]}
    known: dict[str, Any] = _defined(whole)
    return known


def _defined(value: Any) -> Any:
    """The same with None for each NaN."""
    if isinstance(value, dict):
        return {name: _defined(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_defined(each) for each in value]
    return None if isinstance(value, float) and isnan(value) else value


@dataclass(frozen=True)
class Mean:
    """The mean over the sets that one row of the paper's table is made of."""

    name: str
    value: float | None
    paper: float | None  # the paper's own numbers for the same sets, averaged in the same way
    refusal: str  # why there is no value, if there is none

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name}: none. {self.refusal}"
        paper = f" (Vision Banana {_short(self.paper)})" if self.paper is not None else ""
        return f"{self.name}: {_short(self.value)}{paper}"


def means(results: Sequence[RunResult]) -> list[Mean]:
    """One for each table row with at least two measured sets."""
    found = []
    for row, members in grouped((result.benchmark.sets, result) for result in results).items():
        if not row or len(members) < 2:
            continue
        name = f"{row}: mean {members[0].headline} of {', '.join(member.benchmark.title for member in members)}"
        published = [m.benchmark.paper["Vision Banana"] for m in members if "Vision Banana" in m.benchmark.paper]
        paper = sum(published) / len(published) if len(published) == len(members) else None
        try:
            found.append(Mean(name, average(members), paper, ""))
        except MetricError as error:
            found.append(Mean(name, None, paper, str(error)))
    return found


def _run_json(result: RunResult) -> dict[str, Any]:
    interval = result.interval
    return {
        "benchmark": result.benchmark.name,
        "title": result.benchmark.title,
        "claim": result.benchmark.scorer.claim,
        "split": result.config.split,
        "protocol": result.config.protocol,
        "limit": result.config.limit,
        "answers": result.config.answers.describe(),
        "items": len(result.scored),
        "measured": len(result.scored) - len(result.errors),
        "skipped": result.skipped,
        "notes": result.notes,
        "errors": {item.key: item.error for item in result.errors},
        "headline": result.headline,
        "values": result.values,
        "interval_95": [interval.low, interval.high] if interval else None,
        "breakdown": result.breakdown,
        "baselines": result.baselines,
        "paper": result.benchmark.paper,
        "data": result.benchmark.home,
    }


def as_markdown(results: Sequence[RunResult]) -> str:
    """One table row a run, with the protocol beside the number, and the paper's columns."""
    rows = [_row(result) for result in results]
    cells = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines += [f"\n{result.benchmark.title}: {note}" for result in results for note in result.notes]
    lines += [f"\n{mean}" for mean in means(results)]
    return "\n".join(lines) + "\n"


def _row(result: RunResult) -> dict[str, str]:
    """One row of the table: text by column."""
    benchmark, interval = result.benchmark, result.interval
    direction = "lower" if benchmark.scorer.lower_is_better else "higher"
    baselines = {name: values[result.headline] for name, values in result.baselines.items()}
    if "by chance" in result.values:
        baselines["chance"] = result.values["by chance"]
    measured = f"{len(result.scored) - len(result.errors)} of {len(result.scored)}"
    if result.skipped:
        measured += f", {result.skipped} without a valid pixel"
    return {
        "benchmark": f"{benchmark.title} {result.config.split}",
        "metric": f"{result.headline} ({direction} is better)",
        "protocol": result.config.protocol,
        "ours": _short(result.values[result.headline]),
        "95 %": f"{_short(interval.low)} to {_short(interval.high)}" if interval else "n/a",
        "baselines": "; ".join(f"{name} {_short(value)}" for name, value in baselines.items()) or "n/a",
        "measured": measured,
        "paper": "; ".join(f"{name} {value:g}" for name, value in benchmark.paper.items()) or "n/a",
    }


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) >= 1 else f"{value:.4f}"


def as_html(results: Sequence[RunResult]) -> str:
    """One page without any other file, with the best, the middle and the worst answers of each run."""
    shown = [{"figures": _figures(result), "legend": error_caption(result.benchmark.scorer.kind)} for result in results]
    return render(
        Path(__file__).with_suffix(".html.jinja"),
        version=__version__,
        rows=[_row(result) for result in results],
        means=means(results),
        runs=[run | more for run, more in zip(as_json(results)["runs"], shown)],
        short=_short,
    )


def _figures(result: RunResult) -> list[tuple[str, list[tuple[str, str]]]]:
    """A caption and pictures by name for each of the extremes; none where an answer has no picture."""
    config, scorer = result.config, result.benchmark.scorer
    chosen = extremes(result)
    items = result.benchmark.items({scored.key for _, scored in chosen}, config.root, config.split)
    figures = []
    for label, scored in chosen:
        item = items[scored.key]
        shown = panels(scorer.kind, config.answers(item), item.load_truth())
        if not shown:
            return []
        seen = {"input": item.read_image(), "painting": config.answers.painting(item), **shown}
        pictures = [(name, data_url(image, _THUMBNAIL)) for name, image in seen.items() if image is not None]
        quality = result.quality(scored)
        number = f", {scorer.quality_name} {_short(abs(quality))}" if quality is not None else ""
        query = f' "{item.query[0]}"' if len(item.query) == 1 else ""
        figures.append((f"{label}: {scored.key}{number}{query}", pictures))
    return figures


def extremes(result: RunResult, each: int = 2) -> list[tuple[str, Scored]]:
    """The best, the middle and the worst items, none twice."""
    ranked = result.ranked()
    if len(ranked) <= 3 * each:
        names = ("best", *["between"] * (len(ranked) - 2), "worst") if len(ranked) > 1 else ("only",)
        return list(zip(names, ranked))
    middle = (len(ranked) - each) // 2
    parts = (("best", ranked[:each]), ("median", ranked[middle : middle + each]), ("worst", ranked[-each:]))
    return [(label, item) for label, items in parts for item in items]


def write_report(results: Sequence[RunResult], out: Path) -> Path:
    """Write `report.json`, `report.md` and `report.html` into a folder; returns the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "report.json", json.dumps(as_json(results), indent=1, allow_nan=False))
    write_text(out / "report.md", as_markdown(results))
    write_text(out / "report.html", as_html(results))
    return out / "report.html"
