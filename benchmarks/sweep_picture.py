"""`python -m benchmarks.sweep_picture FIGURES.json PICTURE.svg`: how a sweep's time and memory grow, as SVG."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, GAP, TOP, BOTTOM = 260, 180, 70, 90, 60, 60


class Panel(NamedTuple):
    """Points joined by a line, from nought on both axes."""

    title: str
    across: str
    points: Sequence[tuple[float, float]]


def main() -> None:
    """Draw the figures that `benchmarks.sweep --json` wrote."""
    report = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    runs, growth = report["end_to_end"], report["growth"]
    panels = [
        Panel("CPU seconds, to Parquet", "million scenarios", [(run["scenarios"] / 1e6, run["cpu_s"]) for run in runs]),
        Panel("peak memory, MB", "million scenarios", [(run["scenarios"] / 1e6, run["peak_mb"]) for run in runs]),
        Panel("µs a scenario, on columns", "clauses", [(g["clauses"], 1e6 / g["scenarios/s"]) for g in growth]),
        Panel("rows of bits in use, MB", "partners", [(g["partners"], g["rows, MB"]) for g in growth]),
    ]
    Path(sys.argv[2]).write_text(drawn(panels, "How a sweep grows"), "utf-8")


def drawn(panels: Sequence[Panel], title: str) -> str:
    """The panels side by side."""
    width, height = LEFT + len(panels) * (WIDTH + GAP), TOP + HEIGHT + BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"',
        ' font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape('; '.join(_said(panel) for panel in panels))}</desc>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        lines += _panel(panel, LEFT + number * (WIDTH + GAP))
    return "\n".join([*lines, "</svg>", ""])


def _said(panel: Panel) -> str:
    return f"{panel.title} by {panel.across}: " + ", ".join(f"{x:,.4g}: {y:,.3g}" for x, y in panel.points)


def _panel(panel: Panel, left: int) -> list[str]:
    most_x, most_y = (max(point[n] for point in panel.points) for n in range(2))
    places = [(left + WIDTH * x / most_x, TOP + HEIGHT - HEIGHT * y / most_y) for x, y in panel.points]
    base = TOP + HEIGHT
    lines = [
        f'<text x="{left}" y="{TOP - 24}" font-weight="bold" fill="#111111">{escape(panel.title)}</text>',
        f'<path d="M{left} {TOP - 10}V{base}H{left + WIDTH + 10}" fill="none" stroke="#595959"/>',
        f'<text x="{left + WIDTH}" y="{base + 40}" text-anchor="end" fill="#111111">{escape(panel.across)}</text>',
        f'<text x="{left}" y="{base + 20}" fill="#111111">0</text>',
        f'<text x="{left + WIDTH}" y="{base + 20}" text-anchor="middle" fill="#111111">{most_x:,.4g}</text>',
        f'<text x="{left - 6}" y="{TOP + 5}" text-anchor="end" fill="#111111">{most_y:,.3g}</text>',
        f'<text x="{left - 6}" y="{base}" text-anchor="end" fill="#111111">0</text>',
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="#08519c" stroke-width="2"/>',
    ]
    return lines + [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#08519c"/>' for x, y in places]


if __name__ == "__main__":
    main()
