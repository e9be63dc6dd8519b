"""From the pictures that the look at every page leaves (``make pictures``) to those of docs/pages.md."""

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/images/pages"
#: Each page twice: wide and light, as on a phone and dark.
KINDS = (("1440-light", 900), ("360-dark", 300))
#: Pixels of a picture's height; long pages are cut.
HIGHEST = 1400


def small(source: Path, target: Path, width: int) -> None:
    """Store a picture scaled to a width, as WebP."""
    with Image.open(source) as image:
        picture = image.convert("RGB")
    picture = picture.resize((width, round(picture.height * width / picture.width)))
    picture.crop((0, 0, width, min(picture.height, HIGHEST))).save(target, "WEBP", quality=60, method=6)


def main(folder: Path) -> None:
    """Take the pictures of a folder over, and list them."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("*.webp"):
        old.unlink()
    lines = [
        "# Pages",
        "",
        "Every page, wide and light, and as on a phone and dark (`make pictures` makes them anew).",
        "",
    ]
    for wide in sorted(folder.glob(f"*-{KINDS[0][0]}.png")):
        name = wide.name.removesuffix(f"-{KINDS[0][0]}.png")
        lines += [f"## {name}", ""]
        for kind, width in KINDS:
            source = folder / f"{name}-{kind}.png"
            if source.exists():
                target = TARGET / f"{name}-{kind}.webp"
                small(source, target, width)
                lines.append(f"![{name}, {kind}](images/pages/{target.name})")
        lines.append("")
    (ROOT / "docs/pages.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
