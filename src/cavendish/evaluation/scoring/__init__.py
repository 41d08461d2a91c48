"""Rulers: how an answer of each kind is measured against its truth, and how records become a benchmark's numbers."""

from cavendish.evaluation.scoring.cityscapes import CityscapesRuler, CityscapesTruth
from cavendish.evaluation.scoring.geometry import DepthRuler, DepthTruth, NormalRuler, NormalTruth
from cavendish.evaluation.scoring.judged import JudgedRuler
from cavendish.evaluation.scoring.masks import CocoRuler, CocoTruth, ConceptRuler, ConceptTruth, ReferringRuler
from cavendish.evaluation.scoring.regions import AbsentRuler, InstanceRuler
from cavendish.evaluation.scoring.scorer import Ruler, Table
from cavendish.evaluation.scoring.semantic import SemanticRuler

__all__ = [
    "AbsentRuler",
    "CityscapesRuler",
    "CityscapesTruth",
    "CocoRuler",
    "CocoTruth",
    "ConceptRuler",
    "ConceptTruth",
    "DepthRuler",
    "DepthTruth",
    "InstanceRuler",
    "JudgedRuler",
    "NormalRuler",
    "NormalTruth",
    "ReferringRuler",
    "Ruler",
    "SemanticRuler",
    "Table",
]
