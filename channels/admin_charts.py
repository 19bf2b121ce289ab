"""Small charts for the admin: bars that a template draws, with the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

STEP, BAR, HEIGHT = 10, 8, 100


class Bar(NamedTuple):
    """Place and size are whole numbers: a language's own decimal signs would break the drawing."""

    x: int
    y: int
    height: int
    label: str
    value: str
    """As people read it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What ``admin/includes/chart.html`` shows."""

    key: str
    """A name for its parts that no other chart of the page has."""
    title: str
    label_heading: str
    value_heading: str
    bars: Sequence[Bar]
    most: str
    total: str
    is_empty: bool

    width = BAR
    height = HEIGHT

    @property
    def whole_width(self) -> int:
        return STEP * max(1, len(self.bars))


def heights(values: Sequence[int]) -> list[int]:
    """Return how high each bar is; what is something can be seen, however small beside the others."""
    highest = max(values, default=0)
    return [max(2, round(value * HEIGHT / highest)) if value > 0 else 0 for value in values]


def chart(
    key: str,
    title: str,
    points: Sequence[tuple[str, int, str]],
    *,
    label_heading: str,
    value_heading: str,
    total: str,
) -> Chart:
    """Return a chart of points, each a label, a number, and the number as people read it."""
    sizes = heights([value for _label, value, _text in points])
    bars = [
        Bar(place * STEP + (STEP - BAR) // 2, HEIGHT - height, height, label, text)
        for place, (height, (label, _value, text)) in enumerate(zip(sizes, points, strict=True))
    ]
    most = max(points, key=lambda point: point[1])[2] if points else ""
    return Chart(key, title, label_heading, value_heading, bars, most, total, is_empty=not any(sizes))
