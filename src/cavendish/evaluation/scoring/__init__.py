"""Scorers: how an answer of each kind is measured against its truth, and how records become a benchmark's numbers."""

from cavendish.evaluation.scoring.cityscapes import CityscapesScorer, CityscapesTruth
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth
from cavendish.evaluation.scoring.judged import JudgedScorer
from cavendish.evaluation.scoring.masks import CocoScorer, CocoTruth, ConceptScorer, ConceptTruth, ReferringScorer
from cavendish.evaluation.scoring.normals import NormalScorer, NormalTruth
from cavendish.evaluation.scoring.regions import AbsentScorer, InstanceScorer
from cavendish.evaluation.scoring.scorer import Scorer, Table
from cavendish.evaluation.scoring.semantic import SemanticScorer

__all__ = [
    "AbsentScorer",
    "CityscapesScorer",
    "CityscapesTruth",
    "CocoScorer",
    "CocoTruth",
    "ConceptScorer",
    "ConceptTruth",
    "DepthScorer",
    "DepthTruth",
    "InstanceScorer",
    "JudgedScorer",
    "NormalScorer",
    "NormalTruth",
    "ReferringScorer",
    "Scorer",
    "SemanticScorer",
    "Table",
]
