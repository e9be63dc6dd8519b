"""From the pictures that ``make guide-pictures`` takes to those that the guide shows (static/guide/)."""

import sys
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).resolve().parent.parent / "static/guide"


def main(folder: Path) -> None:
    """Store each picture, named language and name, as WebP."""
    for source in sorted(folder.glob("*.png")):
        language, _, name = source.stem.rpartition("-")
        target = TARGET / language / f"{name}.webp"
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(source) as image:
            image.convert("RGB").save(target, "WEBP", quality=72, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
