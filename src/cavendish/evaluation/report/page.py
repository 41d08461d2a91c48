"""Reports of runs: JSON to compute with, Markdown to paste, and one self-contained HTML page to look at."""

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cavendish import __version__
from cavendish.errors import MetricError
from cavendish.evaluation.report.panels import error_caption, panels
from cavendish.evaluation.runner import Answers, RunResult, Scored, average
from cavendish.files import replacing

_HEADS = ("benchmark", "metric", "protocol", "ours", "95 %", "baselines", "measured", "paper")
_THUMBNAIL = 320  # pixels, of the longer side

Sources = Mapping[str, tuple[Path, Answers]]  # benchmark name -> where its data is and what answered


def as_json(results: Sequence[RunResult]) -> dict[str, Any]:
    """Everything in JSON values; an undefined number is null."""
    return {
        "cavendish": __version__,
        "runs": [_run_json(result) for result in results],
        "means": [asdict(mean) for mean in means(results)],
    }


@dataclass(frozen=True)
class Mean:
    """The mean over the sets that one row of the paper's table is made of."""

    name: str
    value: float | None
    paper: float | None  # the paper's own numbers for the same sets, averaged in the same way
    refusal: str  # why there is no value, if there is none


def means(results: Sequence[RunResult]) -> list[Mean]:
    """One for each table row of which at least two sets were measured."""
    rows: dict[str, list[RunResult]] = {}
    for result in results:
        if result.benchmark.sets:
            rows.setdefault(result.benchmark.sets, []).append(result)
    found = []
    for row, members in rows.items():
        if len(members) < 2:
            continue
        name = f"{row}: mean {members[0].headline} of {', '.join(member.benchmark.title for member in members)}"
        published = [member.benchmark.paper.get("Vision Banana") for member in members]
        known = [value for value in published if value is not None]
        paper = sum(known) / len(known) if len(known) == len(published) else None
        try:
            found.append(Mean(name, average(members), paper, ""))
        except MetricError as error:
            found.append(Mean(name, None, paper, str(error)))
    return found


def _mean_text(mean: Mean) -> str:
    if mean.value is None:
        return f"{mean.name}: none. {mean.refusal}"
    paper = f" (Vision Banana {_short(mean.paper)})" if mean.paper is not None else ""
    return f"{mean.name}: {_short(mean.value)}{paper}"


def _run_json(result: RunResult) -> dict[str, Any]:
    interval = result.interval
    return {
        "benchmark": result.benchmark.name,
        "title": result.benchmark.title,
        "claim": result.benchmark.claim,
        "split": result.split,
        "protocol": result.protocol,
        "limit": result.limit,
        "answers": result.answers,
        "items": len(result.scored),
        "measured": len(result.scored) - len(result.errors),
        "skipped": result.skipped,
        "notes": result.notes,
        "errors": {item.key: item.error for item in result.errors},
        "headline": result.headline,
        "values": {name: _number(value) for name, value in result.values.items()},
        "interval_95": [_number(interval.low), _number(interval.high)] if interval else None,
        "breakdown": {
            title: {name: _number(value) for name, value in rows.items()} for title, rows in result.breakdown.items()
        },
        "baselines": {
            name: {metric: _number(value) for metric, value in values.items()}
            for name, values in result.baselines.items()
        },
        "paper": result.benchmark.paper,
        "data": result.benchmark.home,
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def as_markdown(results: Sequence[RunResult]) -> str:
    """One table row a run, with the protocol beside the number, and the paper's columns."""
    lines = [f"| {' | '.join(_HEADS)} |", "| --- " * len(_HEADS) + "|"]
    for row in _rows(results):
        lines.append("| " + " | ".join(row) + " |")
    lines += [f"\n{result.benchmark.title}: {note}" for result in results for note in result.notes]
    lines += [f"\n{_mean_text(mean)}" for mean in means(results)]
    return "\n".join(lines) + "\n"


def _rows(results: Sequence[RunResult]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for result in results:
        counted = f"{len(result.scored) - len(result.errors)} of {len(result.scored)}"
        counted += f", {result.skipped} without a valid pixel" if result.skipped else ""
        interval = f"{_short(result.interval.low)} to {_short(result.interval.high)}" if result.interval else "n/a"
        paper = "; ".join(f"{name} {value:g}" for name, value in result.benchmark.paper.items()) or "n/a"
        title = f"{result.benchmark.title} {result.split}"
        direction = "lower" if result.benchmark.scorer.lower_is_better else "higher"
        metric = f"{result.headline} ({direction} is better)"
        no_skill = {name: values[result.headline] for name, values in result.baselines.items()}
        no_skill |= {"chance": result.values["by chance"]} if "by chance" in result.values else {}
        baselines = "; ".join(f"{name} {_short(value)}" for name, value in no_skill.items())
        ours = _short(result.values[result.headline])
        rows.append((title, metric, result.protocol, ours, interval, baselines or "n/a", counted, paper))
    return rows


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) >= 1 else f"{value:.4f}"


_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
td, th { border-bottom: 1px solid var(--line); padding: .35rem .7rem; text-align: left; vertical-align: top; }
td.n { font-variant-numeric: tabular-nums; text-align: right; } th { font-weight: 600; }
.bar { background: #4a7dbd; height: .6rem; border-radius: .2rem; min-width: 1px; }
figure { margin: 0 0 1rem; } .row { display: flex; flex-wrap: wrap; gap: .4rem; }
.row div { flex: 1 1 10rem; max-width: 20rem; } .row img { width: 100%; display: block; border-radius: .2rem; }
figcaption, small { opacity: .75; font-size: .85rem; } details { margin: .6rem 0; }
"""


def as_html(results: Sequence[RunResult], sources: Sources) -> str:
    """One page without any other file. Pictures are shown for benchmarks named in `sources`."""
    parts = ["<h1>Evaluation</h1>", f"<p><small>Cavendish {html.escape(__version__)}</small></p>", _html_table(results)]
    parts += [f"<p>{html.escape(_mean_text(mean))}</p>" for mean in means(results)]
    for result in results:
        benchmark = result.benchmark
        parts.append(f"<h2>{html.escape(benchmark.title)}</h2>")
        parts.append(
            f"<p>{html.escape(benchmark.claim)}. Split {html.escape(result.split)}, protocol "
            f"<b>{html.escape(result.protocol)}</b>; {html.escape(result.answers)}. "
            f"<small>Data: {html.escape(benchmark.home or 'rendered, none is needed')}</small></p>"
        )
        parts += [f"<p>{html.escape(note)}</p>" for note in result.notes]
        parts.append(_html_values("All numbers", result.values, bars=False))
        parts += [_html_values(f"Baseline: {name}", rows, bars=False) for name, rows in result.baselines.items()]
        parts += [_html_values(title, rows, bars=True) for title, rows in result.breakdown.items()]
        if benchmark.name in sources:
            parts.append(_html_pictures(result, *sources[benchmark.name]))
        if result.errors:
            rows = "".join(
                f"<tr><td>{html.escape(item.key)}</td><td>{html.escape(item.error or '')}</td></tr>"
                for item in result.errors[:50]
            )
            parts.append(
                f"<details><summary>{len(result.errors)} items without a number, in none of the above</summary>"
                f'<div class="wide"><table>{rows}</table></div></details>'
            )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Evaluation</title><style>{_STYLE}</style><body>{''.join(parts)}</body></html>"
    )


def _html_table(results: Sequence[RunResult]) -> str:
    head = "".join(f"<th>{name}</th>" for name in _HEADS)
    body = ""
    for row in _rows(results):
        cells = ["<br>".join(map(html.escape, cell.split("; "))) for cell in row]
        cells[3] = f"<b>{cells[3]}</b>"
        body += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _html_values(title: str, values: dict[str, float], bars: bool) -> str:
    largest = max((abs(value) for value in values.values() if not isnan(value)), default=1) or 1
    rows = ""
    for name, value in values.items():
        number = "n/a" if isnan(value) else _short(value)
        width = 0 if isnan(value) else 12 * abs(value) / largest
        bar = f'<td><div class="bar" style="width:{width:.2f}rem"></div></td>' if bars else ""
        rows += f'<tr><td>{html.escape(name)}</td><td class="n">{number}</td>{bar}</tr>'
    return f"<h3>{html.escape(title)}</h3><table>{rows}</table>"


def _html_pictures(result: RunResult, root: Path, answers: Answers) -> str:
    chosen = extremes(result)
    keys = {item.key for _, item in chosen}
    items = result.benchmark.items(keys, root, result.split)
    parts = []
    for label, scored in chosen:
        item = items[scored.key]
        shown = panels(result.benchmark.scorer.kind, answers(item), item.load_truth())
        painting = answers.painting(item)
        if not shown:
            return ""
        seen = {"input": item.read_image(), "painting": painting}
        shown = {name: image for name, image in seen.items() if image is not None} | shown
        cells = "".join(
            f'<div><img alt="{name}" src="{_embedded(image)}"><small>{name}</small></div>'
            for name, image in shown.items()
        )
        quality = result.benchmark.scorer.quality(scored.record, result.protocol) if scored.record else None
        name = result.benchmark.scorer.quality_name
        note = f"{label}: {scored.key}" + (f", {name} {_short(abs(quality))}" if quality is not None else "")
        query = f' "{item.query[0]}"' if len(item.query) == 1 else ""
        parts.append(
            f'<figure><figcaption>{html.escape(note + query)}</figcaption><div class="row">{cells}</div></figure>'
        )
    legend = html.escape(error_caption(result.benchmark.scorer.kind))
    return f"<h3>Best, median and worst</h3><p><small>Error: {legend}.</small></p>" + "".join(parts)


def extremes(result: RunResult, each: int = 2) -> list[tuple[str, Scored]]:
    """The best, the middle and the worst items, none twice."""
    ranked = result.ranked()
    if len(ranked) <= 3 * each:
        names = ("best", *["between"] * (len(ranked) - 2), "worst") if len(ranked) > 1 else ("only",)
        return list(zip(names, ranked))
    middle = (len(ranked) - each) // 2
    parts = (("best", ranked[:each]), ("median", ranked[middle : middle + each]), ("worst", ranked[-each:]))
    return [(label, item) for label, items in parts for item in items]


def _embedded(image: np.ndarray) -> str:
    picture = Image.fromarray(image)
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def write_report(results: Sequence[RunResult], out: Path, sources: Sources | None = None) -> Path:
    """Write `report.json`, `report.md` and `report.html` into a folder; returns the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        "report.json": json.dumps(as_json(results), indent=1, allow_nan=False),
        "report.md": as_markdown(results),
        "report.html": as_html(results, sources or {}),
    }
    for name, text in texts.items():
        with replacing(out / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return out / "report.html"
