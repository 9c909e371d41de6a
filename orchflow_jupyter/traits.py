"""Traits that traitlets does not have."""

import math
from typing import Any

from traitlets import Float

__all__ = ["Finite"]


class Finite(Float[float, Any]):
    """A `Float` that is a number: traitlets takes NaN for one within any bounds, and infinity where none is above."""

    info_text = "a finite number"

    def validate(self, obj: Any, value: Any) -> float:
        """The value. Raises `TraitError` for one that is none, or is beyond the bounds."""
        number = super().validate(obj, value)
        if not math.isfinite(number):
            self.error(obj, value)
        return number
