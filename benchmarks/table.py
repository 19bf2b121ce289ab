"""The table of results, for people."""

from collections.abc import Iterable, Sequence

from benchmarks.measure import Result

HEADINGS = ("job", "size", "seconds", "each, µs", "floor, s", "ratio", "target", "", "peak memory")
MEGABYTE = 1024 * 1024


def table(results: Sequence[Result]) -> str:
    """Return the results as a table, then what was seen besides."""
    rows = [HEADINGS, *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, "", *_facts(results)])


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.job,
        f"{result.size:,}",
        f"{result.timing.seconds:.3f}",
        f"{result.timing.seconds / result.size * 1_000_000:.0f}",
        f"{result.timing.floor:.3f}",
        f"{result.ratio:.2f}",
        _target(result),
        ("OVER" if result.over else "ok") if _target(result) else "",
        "" if result.timing.peak is None else f"{result.timing.peak / MEGABYTE:.0f} MB",
    )


def _target(result: Result) -> str:
    parts = []
    if result.max_ratio is not None:
        parts.append(f"{result.max_ratio:g}x")
    if result.max_seconds is not None:
        parts.append(f"{result.max_seconds * 1000:g} ms")
    if result.max_growth is not None:
        parts.append(f"+{result.max_growth / MEGABYTE:.0f} MB")
    return ", ".join(parts)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    return "  ".join(
        [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
    )


def _facts(results: Iterable[Result]) -> list[str]:
    return [f"{result.job}, {result.size:,}: {fact}" for result in results for fact in result.facts]
