"""Rulers: how an answer of each kind is measured against its truth, and how records become a benchmark's numbers."""

from cavendish.evaluation.rulers.base import Ruler, Table
from cavendish.evaluation.rulers.cityscapes import CityscapesRuler, CityscapesTruth
from cavendish.evaluation.rulers.geometry import DepthRuler, DepthTruth, NormalRuler, NormalTruth
from cavendish.evaluation.rulers.judged import JudgedRuler
from cavendish.evaluation.rulers.masks import CocoRuler, CocoTruth, ConceptRuler, ConceptTruth, ReferringRuler
from cavendish.evaluation.rulers.regions import AbsentRuler, InstanceRuler
from cavendish.evaluation.rulers.semantic import SemanticRuler

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
