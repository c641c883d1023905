"""Draws the icons of the console that must be PNG files: `python -m tools.icons`.

They show what `console/static/icons/icon.svg` shows, on its grid of 64.
"""

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parents[1] / "console" / "static" / "icons"

BLUE, WHITE, NOTHING = (42, 95, 168, 255), (255, 255, 255, 255), (0, 0, 0, 0)

GRID = 64

# Edges are smooth because a larger picture is made smaller.
FINER = 8


def drawn(size: int, *, ground: tuple[int, ...], corner: float, part: float) -> Image.Image:
    """The bubble on a ground with round corners, as large as this part of the grid."""
    scale = size * FINER / GRID
    picture = Image.new("RGBA", (size * FINER, size * FINER), NOTHING)
    draw = ImageDraw.Draw(picture)

    def at(*numbers: float) -> list[float]:
        return [(GRID / 2 + (number - GRID / 2) * part) * scale for number in numbers]

    draw.rounded_rectangle((0, 0, size * FINER - 1, size * FINER - 1), corner * scale, ground)
    draw.rounded_rectangle(at(12, 18, 52, 44), 4 * part * scale, WHITE)
    draw.polygon(at(20, 43, 20, 53, 32, 43), WHITE)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    icons = {
        "192": drawn(192, ground=BLUE, corner=14, part=1),
        "512": drawn(512, ground=BLUE, corner=14, part=1),
        # Systems cut it into a shape of their own, within which the middle four fifths always are.
        "maskable": drawn(512, ground=BLUE, corner=0, part=0.75),
        # In the status bar of a phone only its shape is shown.
        "badge": drawn(96, ground=NOTHING, corner=0, part=1.4),
    }
    for name, icon in icons.items():
        icon.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
