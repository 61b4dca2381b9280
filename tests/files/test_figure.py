"""A figure saved twice is the same file, and has every glyph."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xarray as xr

from simcounty.errors import InputError
from simcounty.files.figure import UNDATED, save_figure
from simcounty.plot import trajectories


@pytest.mark.parametrize("suffix", UNDATED)
def test_the_same_figure_gives_the_same_bytes(run: xr.Dataset, tmp_path: Path, suffix: str) -> None:
    files = [save_figure(trajectories(run, ["gdp"]), tmp_path / f"{i}{suffix}") for i in range(2)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(os.listdir(tmp_path)) == 2


def test_saving_one_format_does_not_move_the_next(run: xr.Dataset, tmp_path: Path) -> None:
    figure = trajectories(run, ["gdp"])
    first = save_figure(figure, tmp_path / "first.svg").read_bytes()
    save_figure(figure, tmp_path / "between.png")
    assert save_figure(figure, tmp_path / "second.svg").read_bytes() == first


def test_an_svg_holds_its_glyphs_and_no_date(run: xr.Dataset, tmp_path: Path) -> None:
    text = save_figure(trajectories(run, ["gdp"]), tmp_path / "gdp.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in text
    assert "NotoSansSC" in text


def test_a_character_without_glyph_is_an_error_not_a_box(run: xr.Dataset, tmp_path: Path) -> None:
    run["gdp"].attrs["long_name"] = "\U0001f9ff"
    with pytest.raises(InputError, match="font cannot write"):
        save_figure(trajectories(run, ["gdp"]), tmp_path / "gdp.png")
    assert os.listdir(tmp_path) == []


def test_an_unknown_suffix_lists_the_known_ones(run: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Choose one of \.pdf, \.png, \.svg"):
        save_figure(trajectories(run, ["gdp"]), tmp_path / "gdp.gif")
