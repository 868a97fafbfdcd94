"""What a learner clicks: thin skins that show plain values and call the functions they are given."""

from __future__ import annotations

from dockernet_course.widgets.prediction import Prediction
from dockernet_course.widgets.question import Option, Question

__all__ = ["Option", "Prediction", "Question"]
