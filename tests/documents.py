"""The README and docs/ as tests read them: pages, and what of them can be run.

Marks stand as comments above a block: `<!-- tested: with ARGUMENTS -->`, `<!-- tested: parsed -->`,
`<!-- tested: in the background -->`, `<!-- tested: put into FILE -->`; and, anywhere on a page,
`<!-- tested: the blocks of this page in one folder, in order -->`.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
FLYING = ("run", "compare")
ONE_FOLDER = "<!-- tested: the blocks of this page in one folder, in order -->"
_BLOCK = re.compile(
    r"(?:^<!-- tested: (?P<mark>[^>]*) -->\n)?(?:^`(?P<file>[\w.-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NAMED = re.compile(r"# ([\w-]+\.(?:toml|py))\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its number on the page, its language, the file that it is, and how it is tested."""

    page: Path
    number: int
    kind: str
    text: str
    file: str
    mark: str

    @property
    def place(self) -> str:
        """What a test is called."""
        return f"{self.page.name}-{self.number}"

    @property
    def commands(self) -> list[list[str]]:
        """The lines of a block for a shell, comments left out, with what the mark adds to those that fly."""
        added = shlex.split(self.mark.removeprefix("with ")) if self.mark.startswith("with ") else []
        lines = (shlex.split(line, comments=True) for line in self.text.splitlines())
        return [[*words, *(added if words[1] in FLYING else [])] for words in lines if words]

    @property
    def is_script(self) -> bool:
        """Whether it is a whole program; others show a line or two of another tool."""
        return self.kind == "python" and "from sim" in self.text


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for number, match in enumerate(_BLOCK.finditer(text), 1):
        named = _NAMED.match(match["text"])
        file = match["file"] or (named[1] if named else "")
        mark = "" if f"<!-- tested: {match['mark']} -->" == ONE_FOLDER else match["mark"] or ""
        found.append(Block(page, number, match["kind"], match["text"], file, mark))
    return found


def is_in_order(page: Path) -> bool:
    """Whether the blocks of a page build on one another."""
    return ONE_FOLDER in page.read_text(encoding="utf-8")


def make_desk(folder: Path, page: Path) -> Path:
    """A folder with the sample data, the examples, and every file that the page shows."""
    folder.mkdir(parents=True)
    for shared in ("sample_data", "examples"):
        (folder / shared).symlink_to(ROOT / shared)
    for block in blocks_of(page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


def put_into(path: Path, lines: str) -> None:
    """Replace the lines of a TOML file that begin with the same keys."""
    new = {line.partition("=")[0].strip(): line for line in lines.splitlines() if line.strip()}
    old = path.read_text(encoding="utf-8").splitlines()
    kept = [new.pop(line.partition("=")[0].strip(), line) for line in old]
    assert not new, f"{path.name} has no {', '.join(new)}"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
