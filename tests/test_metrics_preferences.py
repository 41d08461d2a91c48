"""Win rates, rubric scores, VQAScore and the intervals around them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.intervals import bootstrap, wilson
from cavendish.evaluation.metrics.winrate import item_points, parse_verdict, win_rate
from cavendish.evaluation.scoring.judged import JudgedScorer, answer_probability, item_score, parse_scores

WORKED = [("A", "A"), ("A", "B"), ("tie", "A"), ("B", "B"), ("tie", "tie")]


def test_worked_win_rate():
    assert [item_points(judged) for judged in WORKED] == [1, 0.5, 0.75, 0, 0.5]
    result = win_rate(WORKED)
    assert result.rate == pytest.approx(0.55)
    assert (result.strict_a, result.strict_b, result.strict_tie) == (1, 1, 3)
    assert result.tie_rate == pytest.approx(0.3)
    # Decided verdicts: first shown won in (A, .), (A, B) twice, and in the second order of (B, B).
    assert result.position_bias == pytest.approx(4 / 7)
    assert result.unparsable == 0


def test_a_judge_who_always_picks_the_first_is_seen():
    result = win_rate([("A", "B")] * 10)
    assert (result.rate, result.position_bias, result.strict_tie) == (0.5, 1.0, 10)


def test_unreadable_verdicts_count_half_and_are_reported():
    result = win_rate([("unparsable", "A"), ("unparsable", "unparsable")])
    assert result.rate == pytest.approx((0.75 + 0.5) / 2)
    assert result.unparsable == 3
    assert np.isnan(win_rate([("tie", "tie")]).position_bias)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(list(product(("A", "B", "tie"), repeat=2))), min_size=1, max_size=30))
def test_swapping_the_models_turns_the_rate_around(items):
    other = {"A": "B", "B": "A", "tie": "tie"}
    forward, backward = win_rate(items), win_rate([(other[b], other[a]) for a, b in items])
    assert forward.rate + backward.rate == pytest.approx(1)
    assert forward.strict_a == backward.strict_b
    assert forward.position_bias == pytest.approx(backward.position_bias, nan_ok=True)
    assert forward.bootstrap is None or forward.bootstrap.low <= forward.bootstrap.high


def test_bad_verdicts_get_a_sentence():
    with pytest.raises(MetricError, match="'C' is not a verdict"):
        win_rate([("A", "C")])
    with pytest.raises(MetricError, match="at least one"):
        win_rate([])


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ('{"winner": "A"}', "A"),
        ('The first is sharper.\n```json\n{"winner": "b", "why": "hands"}\n```', "B"),
        ('{"winner": "Tie"}', "tie"),
        ("A", "unparsable"),
        ("", "unparsable"),
        ('{"winner": "neither"}', "unparsable"),
        ('{"winner": "A"} or {"winner": "B"}', "unparsable"),
        ('{"winner": "A"} {"winner": "A"}', "A"),
        ('{broken {"winner": "A"}', "A"),
    ],
)
def test_parse_verdict(reply, verdict):
    assert parse_verdict(reply) == verdict
    swapped = {"A": "B", "B": "A"}.get(verdict, verdict)
    assert parse_verdict(reply, swapped=True) == swapped


@pytest.mark.parametrize(
    ("rate", "n", "low", "high"), [(0.535, 1600, 0.511, 0.559), (0.535, 527, 0.492, 0.577), (0.478, 737, 0.442, 0.514)]
)
def test_wilson_scale(rate, n, low, high):
    interval = wilson(rate, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(1, 500), st.data())
def test_wilson_equals_scipy(n, data):
    k = data.draw(st.integers(0, n))
    ours, theirs = wilson(k / n, n), binomtest(k, n).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_refuses_nonsense():
    with pytest.raises(MetricError, match="one trial"):
        wilson(0.5, 0)
    with pytest.raises(MetricError, match=r"\[0, 1\]"):
        wilson(1.5, 3)


def test_bootstrap_of_a_mean_has_the_textbook_width_and_is_repeatable():
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    interval = bootstrap(400, lambda times: times @ values / times.sum())
    half = 1.96 * np.std(values) / np.sqrt(400)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.1)
    assert interval == bootstrap(400, lambda times: times @ values / times.sum())
    assert bootstrap(1, np.mean) is None
    assert bootstrap(2, lambda times: float("nan")) is None


# --- rubric ----------------------------------------------------------------------------------------------------------

REPLY = """Brief reasoning: the sky is unchanged.
Prompt Compliance: 1
Visual Seamlessness: 4
Physical & Detail Fidelity: 4"""


def test_worked_rubric():
    assert parse_scores(REPLY) == [1, 4, 4]
    assert item_score(parse_scores(REPLY)) == 3.0


@pytest.mark.parametrize(
    "line", ["Prompt Compliance: 4.", "Prompt Compliance: 4/5", "Prompt Compliance: **4**", "4", "A: B: 4", "A:4"]
)
def test_what_the_official_parser_drops(line):
    assert parse_scores(line) == []
    assert parse_scores(line + "\nOther: 2") == [2]


def judged(protocol, judgements):
    """The table of (groups, judgement) pairs."""
    scorer = JudgedScorer((protocol,))
    return scorer.table([scorer.measure(judgement, groups, protocol) for groups, judgement in judgements], protocol)


def test_rubric_aggregation_rounds_items_then_types_and_counts_losses():
    replies = [
        ("add", "A: 5\nB: 5\nC: 4"),  # 4.67
        ("add", "A: 4\nB: 4\nC: 5"),  # 4.33
        ("add", "A: 4\nB: 4/5"),
        ("style", "no score"),
        ("style", None),
        ("remove", "A: 2\nB: 1\nC: 1"),
    ]
    table = judged("rubric", [([kind], {"reply": reply}) for kind, reply in replies])
    assert table.breakdown()["mean per group"] == {"add": 4.33, "remove": 1.33}
    assert table.values()["unreadable"] == 2


# --- VQAScore --------------------------------------------------------------------------------------------------------


def test_worked_vqascore():
    assert answer_probability([0.8]) == pytest.approx(0.8, abs=1e-12)
    assert answer_probability([0.9, 0.4]) == pytest.approx(0.6, abs=1e-12)
    assert answer_probability([0.9, 0.0]) == 0
    with pytest.raises(MetricError, match="at least one token"):
        answer_probability([])


def test_skill_means_and_their_union():
    prompts = [(["counting"], 0.2), (["counting", "scene"], 0.4), (["scene"], 0.9)]
    table = judged("vqascore", [(skills, {"tokens": [probability]}) for skills, probability in prompts])
    assert table.breakdown()["mean per group"] == pytest.approx({"counting": 0.3, "scene": 0.65})
    assert table.values()["score"] == pytest.approx(0.5)
