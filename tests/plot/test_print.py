"""Figures can be printed: at the width of a page, in greyscale, with their font, and no word on another."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from calibrating import towns_with, villages
from drawn import ONE_CONE_LESS, collisions, lab, outside, words
from matplotlib import font_manager, image
from matplotlib.figure import Figure
from worlds import futures, target

import simcounty as sc
from simcounty.cli.options import Width_
from simcounty.errors import InputError
from simcounty.files.figure import KINDS, save_figure, save_figures
from simcounty.plot import (
    accounts,
    fan,
    holdout,
    morris,
    posterior,
    scatter,
    scores,
    style,
    styled,
    tornado,
    trajectories,
)
from simcounty.plot.style import PAGE, STROKES, WIDTHS
from simcounty.plot.text import spread
from simcounty.scenario import Observation, Target

RNG = np.random.default_rng(3)
LONG = "农业转移人口市民化综合成本分担比例"
X = RNG.random((300, 12))
GOAL = target(goal=1.5, label=LONG)
WORLD = futures(
    {f"x{i}": column for i, column in enumerate(X.T)}, np.array([X @ np.arange(12) / 10, 2 * X[:, 0]]), [GOAL]
)
for _key in [f"x{i}" for i in range(12)]:
    WORLD[_key].attrs["long_name"] = f"{LONG}之{_key}"
SEEN = [Observation("people", year, 420_000 + 1500 * (year - 2010), "yearbook") for year in range(2010, 2023)]
KEYS = ["urban_share", "people", "gdp"]
Drawing = Callable[[xr.Dataset, list[Target], str], Figure]


def screened(width: str) -> Figure:
    from SALib.sample import morris as sample

    names = [f"x{i}" for i in range(6)]
    x = sample.sample({"num_vars": 6, "names": names, "bounds": [[0, 1]] * 6}, 10, num_levels=4, seed=1)
    world = futures(dict(zip(names, x.T, strict=True)), x @ np.arange(6.0), design="morris")
    return morris(sc.sensitivity(world), "t", width=width)


@cache
def fitted() -> xr.Dataset:
    towns = towns_with([0.04, 0.05, 0.06, 0.07, 0.05, 0.06])
    provinces = {name: ("浙江省", "新疆维吾尔自治区")[place % 2] for place, name in enumerate(towns)}
    with tempfile.TemporaryDirectory() as folder:
        file = villages(Path(folder), towns, province=provinces)
        text = file.read_text("utf-8").replace("high = 0.2", f'high = 0.2\nby = "province"\nlabel = "{LONG}"')
        file.write_text(text, "utf-8")
        return sc.calibrate(file=file, options=sc.CalibrationOptions(steps=15, walkers=10))


@cache
def scored(*places: str) -> xr.Dataset:
    return sc.score(*places, known_by=2021)


DRAWINGS: Mapping[str, Drawing] = {
    "trajectories": lambda run, goals, width: trajectories(run, KEYS * 3, goals, SEEN, LONG * 2, width),
    "one trajectory": lambda run, goals, width: trajectories(run, ["gdp"], goals, SEEN, "", width),
    "accounts": lambda run, goals, width: accounts(sc.panel("桐庐", "浏阳市"), width=width),
    "accounts of one": lambda run, goals, width: accounts(sc.panel("浏阳市"), width=width),
    "scores": lambda run, goals, width: scores(scored("杭州市", "咸阳市", "长春市"), width=width),
    "scores of few": lambda run, goals, width: scores(scored("桐庐", "建德市"), width=width),
    "fan": lambda run, goals, width: fan(WORLD, ["y"], targets=[GOAL], title="小村", width=width),
    "tornado": lambda run, goals, width: tornado(sc.sensitivity(WORLD), "t", width=width),
    "scatter": lambda run, goals, width: scatter(WORLD, "t", width=width),
    "posterior": lambda run, goals, width: posterior(fitted(), width),
    "holdout": lambda run, goals, width: holdout(fitted(), width),
    "morris": lambda run, goals, width: screened(width),
}  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", DRAWINGS)
def test_no_word_lies_on_another_or_is_cut(
    run: xr.Dataset, targets: list[Target], kind: str, width: str
) -> None:
    figure = DRAWINGS[kind](run, targets, width)
    assert collisions(figure) == []
    assert outside(figure) == []


def test_words_on_each_other_and_words_that_are_cut_are_found() -> None:
    with styled():
        figure = Figure()
        for x, text in ((0.5, "常住人口"), (0.51, "地区生产总值"), (0.97, "城镇化率")):
            figure.text(x, 0.5, text)
        assert collisions(figure) == [("常住人口", "地区生产总值")]
        assert outside(figure) == ["城镇化率"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_png_has_the_width_of_the_page_or_half_of_it_at_300_dots_an_inch(
    run: xr.Dataset, targets: list[Target], tmp_path: Path, kind: str, width: str
) -> None:
    file = save_figure(DRAWINGS[kind](run, targets, width), tmp_path / "it.png")
    rows, columns, _ = image.imread(file).shape
    assert columns == pytest.approx(WIDTHS[width] / 2.54 * 300, abs=1)
    assert rows <= PAGE / 2.54 * 300 + 1


@pytest.mark.parametrize("kind", DRAWINGS)
def test_every_glyph_is_there_in_every_kind_of_file(
    run: xr.Dataset, targets: list[Target], tmp_path: Path, kind: str
) -> None:
    figure = DRAWINGS[kind](run, targets, "full")
    files = save_figures(figure, tmp_path, "it")  # a missing glyph is an error here, as is any warning
    assert [file.suffix for file in files] == list(KINDS)
    assert b"FontFile2" in files[2].read_bytes()


def test_the_command_offers_the_widths_there_are() -> None:
    assert [each.value for each in Width_] == list(WIDTHS)


def test_an_unknown_width_is_met_with_those_there_are(run: xr.Dataset) -> None:
    with pytest.raises(InputError, match=r"choose one of full \(15.6 cm\), half \(7.6 cm\)"):
        trajectories(run, ["gdp"], width="wide")


@pytest.mark.parametrize(("one", "other"), [*combinations(range(len(STROKES)), 2)])
def test_any_two_strokes_differ_in_dashes_and_in_lightness(one: int, other: int) -> None:
    first, second = STROKES[one], STROKES[other]
    assert first["linestyle"] != second["linestyle"]
    assert abs(lab(first["color"])[0] - lab(second["color"])[0]) > 10  # of 100


@pytest.mark.parametrize("cones", ONE_CONE_LESS)
def test_strokes_differ_in_colour_for_eyes_that_lack_a_kind_of_cone(cones: str) -> None:
    seen = [lab(stroke["color"], ONE_CONE_LESS[cones]) for stroke in STROKES]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 20  # 2.3 can just be seen


def test_a_greyscale_copy_tells_the_lines_apart(run: xr.Dataset) -> None:
    """Each line is followed on the printed picture: how dark it is, and how much of its way is drawn."""
    flat = [run.urban_share.isel(scenario=0) * 0 + level for level in range(len(STROKES))]
    many = (
        xr.concat(flat, dim="scenario").assign_coords(scenario=list("abcde")).to_dataset(name="urban_share")
    )
    many["urban_share"].attrs = run.urban_share.attrs
    figure = trajectories(many, ["urban_share"])
    grey, axes = greyscale(figure), figure.axes[0]
    profiles = []
    for line in axes.lines:
        ends = axes.transData.transform(np.asarray(line.get_xydata())[[0, -1]]) * 300 / figure.dpi
        row = round(grey.shape[0] - ends[0, 1])
        strip = grey[row - 4 : row + 5, round(ends[0, 0]) + 5 : round(ends[1, 0]) - 5].min(axis=0)
        profiles.append((float(strip.min()), float((strip < (1 + strip.min()) / 2).mean())))
    for (dark, drawn), (darker, more) in combinations(profiles, 2):
        assert abs(dark - darker) > 0.06 or abs(drawn - more) > 0.1, profiles
    assert sum(drawn > 0.99 for _, drawn in profiles) == 1  # one alone is solid


def greyscale(figure: Figure) -> Any:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=300)
    buffer.seek(0)
    return image.imread(buffer)[..., :3] @ np.array([0.299, 0.587, 0.114])


def test_a_pdf_embeds_what_it_uses_of_its_font_as_truetype(run: xr.Dataset, tmp_path: Path) -> None:
    data = save_figure(trajectories(run, KEYS), tmp_path / "it.pdf").read_bytes()
    described = re.findall(rb"/Type /FontDescriptor.*?>>", data, re.DOTALL)
    assert described
    assert all(b"/FontFile2" in each and re.search(rb"/FontName /[A-Z]{6}\+", each) for each in described)
    assert b"/Type3" not in data
    assert len(data) < 200_000  # of a font of ten million bytes


def test_labels_at_the_ends_of_lines_are_pushed_apart_as_little_as_need_be() -> None:
    assert spread(np.array([0.0, 10.0, 20.0]), 5.0, 0.0, 30.0).tolist() == [0, 10, 20]
    assert spread(np.array([10.0, 11.0, 10.5]), 4.0, 0.0, 30.0).tolist() == [6.5, 14.5, 10.5]
    assert spread(np.array([29.0, 30.0]), 4.0, 0.0, 30.0).tolist() == [26, 30]
    assert (
        np.diff(spread(np.zeros(9), 5.0, 0.0, 30.0)).min() == 5
    )  # where there is no room, apart all the same


def test_history_ends_where_the_run_begins(run: xr.Dataset) -> None:
    said = words(trajectories(run, ["people"], observed=SEEN))
    assert "推算起点" in said
    assert "2020 年末起为模型推算" in said
    assert "推算起点" not in words(trajectories(run, ["gdp"], observed=SEEN))


def test_a_range_and_a_fall_are_drawn_as_what_they_are(run: xr.Dataset) -> None:
    def goal(operator: str, number: float, most: float | None = None) -> Target:
        return Target("t", "people", operator, number, "万人", 2027, most, clause="（三）")  # type: ignore[arg-type]

    figure = trajectories(run, ["people"], [goal("between", 45, 47)])
    assert "45–47万人（三）" in words(figure)
    assert any(np.asarray(line.get_ydata()).tolist() == [45, 47] for line in figure.axes[0].lines)
    assert "nan" not in words(trajectories(run, ["people"], [goal("decreasing", float("nan"))]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_comes_out_the_same_twice(run: xr.Dataset, tmp_path: Path, kind: str) -> None:
    first, again = (save_figure(trajectories(run, KEYS), tmp_path / f"{i}{kind}") for i in range(2))
    assert first.read_bytes() == again.read_bytes()


@pytest.fixture
def without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The font's own file, and a machine on which the wheel that brings it is not installed."""
    own = style.font()
    style.font.cache_clear()
    monkeypatch.setattr(style, "find_spec", lambda name: None)
    return own


def test_without_a_font_that_has_chinese_glyphs_it_says_which_were_tried(
    without_the_wheel: Path, monkeypatch: pytest.MonkeyPatch, run: xr.Dataset
) -> None:
    bare = font_manager.FontEntry(fname=font_manager.findfont("DejaVu Sans"), name="SimHei", weight=400)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [bare])
    with pytest.raises(InputError) as error:
        trajectories(run, ["gdp"])
    said = str(error.value)
    assert "pip install zhplot" in said
    assert "the wheel zhplot: is not installed" in said
    assert "the system font Microsoft YaHei: is not installed" in said
    assert re.search(r"SimHei: .*DejaVuSans.ttf has no 县", said)


def test_a_font_of_the_system_takes_the_place_of_one_that_is_missing(
    without_the_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [
        font_manager.FontEntry(fname=str(without_the_wheel), name="Source Han Sans SC", weight=weight)
        for weight in (700, "regular")
    ]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", known)
    assert style.font() == without_the_wheel
    style.font.cache_clear()


def test_a_notebook_shows_a_figure_by_itself_and_writing_it_keeps_its_fonts(
    run: xr.Dataset, targets: list[Target], tmp_path: Path
) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    figure = trajectories(run, ["gdp"], targets)
    shown, size = InteractiveShell.instance().display_formatter.format(figure)
    rows, columns, _ = image.imread(io.BytesIO(shown["image/png"])).shape
    assert (2 * size["image/png"]["width"], 2 * size["image/png"]["height"]) == pytest.approx(
        (columns, rows), abs=3
    )
    figure.savefig(tmp_path / "it.pdf")  # outside of any setting: a missing glyph is an error
    assert b"FontFile2" in (tmp_path / "it.pdf").read_bytes()
