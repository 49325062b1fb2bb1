"""The report of flown runs: complete in itself, escaped, the same twice, and true to what the run left."""

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from onboard.errors import InputError
from sim.commands.reporting import report
from sim.experiment.report.page import write_report
from tests.system.small_mission import fly, write_small_mission

EVIL = "<script>alert(1)</script> & $x$ <b>"


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small run under a strategy, flown once."""
    folder = tmp_path_factory.mktemp("report")
    scenario = write_small_mission(folder)
    scenario.write_text(scenario.read_text("utf-8").replace('"Punta Arenas"', f'"{EVIL}"'), "utf-8")
    done: dict[str, Path] = {}

    def folder_of(strategy: str) -> Path:
        if strategy not in done:
            settings = (f"strategy={strategy}", f"description={EVIL}")
            done[strategy] = fly(scenario, folder / strategy, *settings).directory
        return done[strategy]

    return folder_of


@pytest.fixture(scope="module", params=["detections", "chips", "lossless"])
def page(flown: Callable[[str], Path], request: pytest.FixtureRequest) -> Page:
    return Page(write_report(flown(request.param)).read_text("utf-8"))


def test_the_page_asks_for_nothing_and_runs_nothing(page: Page) -> None:
    assert not page.named("script")
    assert "@import" not in page.text
    assert "url(" not in re.sub(r"url\(#\w+\)", "", page.text)
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href"):
                assert str(value).startswith(("#", "data:")), value
    policy = next(meta for meta in page.named("meta") if meta.get("http-equiv"))
    assert str(policy["content"]).startswith("default-src 'none'")
    assert len(page.text.encode()) < 2_000_000


def test_what_a_scenario_says_is_text(page: Page) -> None:
    assert EVIL not in page.text
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $x$ &lt;b&gt;"
    assert page.text.count(escaped) > 3  # the description, the map, the timeline, the table of passes


def test_tables_and_plots_can_be_read_without_seeing_them(page: Page) -> None:
    ids = [str(attributes["id"]) for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(cell.get("scope") in ("row", "col") for cell in page.named("th"))
    plots = [one for one in page.named("svg") if str(one.get("class", "")).startswith("plot")]
    assert len(plots) > 6
    for plot in plots:
        assert plot["role"] == "img"
        assert set(str(plot["aria-labelledby"]).split()) <= set(ids)
    assert all(one.get("aria-label") or one.get("aria-labelledby") for one in page.named("svg"))
    assert all(f'href="#{name}"' in page.text for name in ("map", "spacecraft", "latency", "inputs"))


def test_plots_take_their_colours_from_the_page(page: Page) -> None:
    plots = re.findall(r"<svg class=\"plot.*?</svg>", page.text, re.DOTALL)
    used = set(re.findall(r"var\(--([\w-]+)", "".join(plots))) - {"zoom"}
    defined = set(re.findall(r"--([\w-]+):#", page.text))
    assert used <= defined
    assert not any(re.search(r"style=\"[^\"]*#[0-9a-f]{6}", plot) for plot in plots)
    assert "font-family" not in "".join(plots)


def test_figures_are_the_summary_s(flown: Callable[[str], Path]) -> None:
    folder = flown("detections")
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    text = write_report(folder).read_text("utf-8")
    for count in (summary["bytes"]["captured"], summary["bytes"]["downlink"]["total"], summary["bytes"]["delivered"]):
        assert f"<td>{count:,}</td>" in text
    assert summary["digest"] in text
    (model,) = summary["models"].values()
    assert model["sha256"] in text
    assert f"{summary['savings']['vs_captured']:,.0f} times fewer bytes" in text
    assert all(reason in text for reason in summary["reasons"])
    (score,) = summary["score"].values()
    assert f"{score['delivered']} of {score['truth']} wildfire target" in text


def test_only_pixels_that_came_down_are_drawn(flown: Callable[[str], Path]) -> None:
    told = {name: write_report(flown(name)).read_text("utf-8") for name in ("detections", "chips", "lossless")}
    pictures = {name: Page(text).named("image") for name, text in told.items()}
    assert not pictures["detections"]
    assert "Detections alone came down" in told["detections"]
    assert pictures["chips"]
    assert "chips that the spacecraft cut" in told["chips"]
    assert pictures["lossless"]
    assert "crops of delivered images" in told["lossless"]
    assert all(str(one["href"]).startswith("data:image/png;base64,") for one in pictures["chips"])


def test_images_too_large_to_open_are_not_said_to_have_stayed_on_board(
    flown: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sim.experiment.report.findings.MOST_IMAGE_BYTES", 10)
    text = write_report(flown("lossless"), tmp_path / "page.html").read_text("utf-8")
    assert not Page(text).named("image")
    assert "too large to be opened" in text
    assert "Detections alone came down" not in text


def test_the_same_folder_gives_the_same_page_and_stays_as_it_was(flown: Callable[[str], Path], tmp_path: Path) -> None:
    folder = flown("chips")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    first, second = write_report(folder, tmp_path / "a.html"), write_report(folder, tmp_path / "deep" / "b.html")
    assert first.read_bytes() == second.read_bytes()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_comparison_is_shown_where_this_very_run_is_in_it(flown: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(flown("detections"), tmp_path / "detections")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    strategies = {"detections": summary}
    told = {"strategies": strategies, "comparison": {"detections": TABLE, "raw": RAW}, "skipped": {"lossy": "of <b>"}}
    beside = tmp_path / "comparison.json"
    beside.write_text(json.dumps({**told, "seeds": {}}), "utf-8")
    text = write_report(folder).read_text("utf-8")
    assert "detections (this run)" in text
    assert "lossy was not flown: of &lt;b&gt;." in text
    assert "Recall against bytes, by strategy" in text
    strategies["detections"] = summary | {"digest": "another"}
    beside.write_text(json.dumps({**told, "seeds": {}}), "utf-8")
    assert "this run)" not in write_report(folder).read_text("utf-8")


def test_what_is_no_finished_run_is_refused(flown: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no finished run: summary\.json is not there"):
        write_report(tmp_path)
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(flown("detections"), tmp_path / "file" / "report.html")


def test_the_command_tells_what_it_wrote(
    flown: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert report(flown("detections"), out, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(out), "bytes": out.stat().st_size}


RAW: dict[str, Any] = {
    "frames": {"coverage": 1.0},
    "bytes": {"spent": 10**8 + 5},
    "savings": {"vs_raw": 1.0, "vs_lossless": 0.5, "vs_lossy": None},
    "equal_recall": {"vs_lossless": None},
    "recall": 0.9,
    "precision": 0.5,
    "false_alerts_per_1000_km2": 3.0,
    "alert_s": {"p50": 10.0, "p90": None, "p99": None},
    "energy_j": {"total": 5e4},
    "soc_min": 0.4,
    "hottest": {"temperature_k": 300.0, "node": "array", "satellite": "lark-1"},
}
TABLE: dict[str, Any] = RAW | {"bytes": {"spent": 10**4}}
