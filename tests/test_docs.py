"""The pages hold together: generated parts are new, states are drawn, links lead somewhere, nothing is fetched."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import commands
from docs.generate.pages import FOLDER, PARTS, old
from docs.generate.scenario_keys import slug
from docs.generate.state_diagrams import DIAGRAMS
from sim.cli import main
from tests.documents import PAGES, ROOT

LINK = re.compile(r"\[[^\]]*\]\((?!https?://)([^)#\s]*)(#[^)\s]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FETCHED = re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(https?:)?//", re.IGNORECASE)
MARKDOWN = sorted({*PAGES, *(ROOT / "sample_data").rglob("*.md")})


def test_generated_parts_are_up_to_date() -> None:
    assert old() == [], "python -m docs.generate"


def test_every_part_is_on_a_page_once() -> None:
    named = [name for page in PAGES for name in re.findall(r"<!-- generated ([\w-]+) -->", page.read_text("utf-8"))]
    shown = [name for name in named if name != "NAME"]
    assert sorted(shown) == sorted(PARTS)


@pytest.mark.parametrize("words", [words for words, _ in commands.every_command()])
def test_the_help_of_every_command_is_on_its_page(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (FOLDER / "commands.md").read_text("utf-8")
    section = page.split(f"### `{words}`\n")[1].split("\n### ")[0]
    monkeypatch.setattr(sys, "argv", [*words.split(), "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    main()
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: {words}")
    options = set(re.findall(r"^  (--[\w-]+)", told, re.MULTILINE)) - {"--help"}
    assert [option for option in options if f"`{option}" not in section] == []
    sentence = " ".join(told.split("\n\n")[1].split())
    assert sentence in section


def test_every_table_of_states_is_drawn() -> None:
    tables = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("onboard", "groundstation", "sim")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "TRANSITIONS"
    }
    assert {diagram.source for diagram in DIAGRAMS.values()} == tables


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_shows_every_state_and_every_signal(name: str) -> None:
    diagram, drawn = DIAGRAMS[name], (FOLDER / "diagrams" / f"{name}.svg").read_text("utf-8")
    words = [*diagram.places, *(label for labels in diagram.edges.values() for label in labels)]
    assert [word for word in words if f">{word.replace('_', ' ')}</text>" not in drawn] == []
    assert drawn.count('class="edge"') == len(diagram.edges) + 1, "an arrow for each, and where it begins"
    assert f"diagrams/{name}.svg" in (FOLDER / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            assert anchor[1:] in map(slug, HEADING.findall(path.read_text("utf-8"))), f"{target}{anchor}"


def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: pip install 'skysift[docs]'")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    built = sorted(site.rglob("*.html"))
    assert {page.with_suffix(".html").name for page in FOLDER.glob("*.md")} <= {page.name for page in built}
    for page in built:
        assert FETCHED.search(page.read_text("utf-8")) is None, page.name
