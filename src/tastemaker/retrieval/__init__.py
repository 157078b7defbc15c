"""From a brief to candidates: hard filters, the joint vector, the index, and creators with their source."""

from tastemaker.retrieval.eligibility import FILTERS, Eligibility, Eligible
from tastemaker.retrieval.index import ExactIndex, Index
from tastemaker.retrieval.ivf import IVFIndex
from tastemaker.retrieval.joint import JointSpace
from tastemaker.retrieval.learned import LearnedProjection, fit_projection, joint_scores
from tastemaker.retrieval.pool import Pool, pools_from_arrays, sample_rest
from tastemaker.retrieval.projection import ContentProjection
from tastemaker.retrieval.retriever import Candidates, Retriever

__all__ = [
    "FILTERS",
    "Candidates",
    "ContentProjection",
    "Eligibility",
    "Eligible",
    "ExactIndex",
    "IVFIndex",
    "Index",
    "JointSpace",
    "LearnedProjection",
    "Pool",
    "Retriever",
    "fit_projection",
    "joint_scores",
    "pools_from_arrays",
    "sample_rest",
]
