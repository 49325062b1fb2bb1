"""Writes the generated parts of the pages: `python -m docs.generate`; with `--check` it only tells which are old."""

import argparse
import sys

from docs.generate.pages import FOLDER, generated, old


def main() -> int:
    """Exit code 1 where `--check` finds an old page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where something is old")
    if parser.parse_args().check:
        found = old()
        for path in found:
            print(f"{path.relative_to(FOLDER.parent)} is old: python -m docs.generate", file=sys.stderr)
        return int(bool(found))
    for path, text in generated():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
