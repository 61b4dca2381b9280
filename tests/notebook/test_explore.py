"""Sliders move the levers they name; what is shown, what `.scenario` is and what is saved are one."""

from __future__ import annotations

import io
import re
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import simcounty as sc
from simcounty.errors import Findings, InputError
from simcounty.notebook import Explorer
from simcounty.notebook.views import levers_of

MOVED = "ecological_relocation"
SECONDS = 0.1  # from a slider's move to table and figure


@pytest.fixture(scope="module")
def tonglu() -> sc.Scenario:
    return sc.load("tonglu/plan-2027")


@pytest.fixture(scope="module")
def made(tonglu: sc.Scenario) -> Explorer:
    return sc.explore(tonglu)


@pytest.fixture
def explorer(made: Explorer) -> Explorer:
    """The explorer, with all sliders where they began."""
    made.reset.click()
    return made


def column(explorer: Explorer, place: int) -> list[str]:
    """Return a column of the table that is shown, without its heading."""
    rows = re.findall(r"<tr>(.*?)</tr>", explorer.table.value)[1:]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row)[place] for row in rows]


def pixels(explorer: Explorer) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(explorer.picture.value))).astype(int)


def test_it_opens_on_the_plan_with_the_levers_its_clauses_leave_open(
    explorer: Explorer, tonglu: sc.Scenario
) -> None:
    assert set(explorer.sliders) == {key for key, setting in tonglu.levers.items() if setting.solved}
    assert explorer.scenario is tonglu
    assert column(explorer, 4) == list(sc.verdicts(tonglu)["规划"])
    assert column(explorer, 3) == list(sc.verdicts(tonglu)["基线"])


def test_table_and_figure_follow_a_slider_and_show_what_a_run_of_that_scenario_gives(
    explorer: Explorer,
) -> None:
    before, picture = column(explorer, 4), pixels(explorer)
    explorer.sliders[MOVED].value = 0.0
    assert explorer.scenario.levers[MOVED].final == 0.0
    assert column(explorer, 4) == list(sc.verdicts(explorer.scenario)["规划"]) != before
    assert column(explorer, 7) == list(sc.verdicts(explorer.scenario)["结论"])
    assert "未达到" in column(explorer, 7)[2]
    assert (pixels(explorer) != picture).any()


def test_a_moved_lever_keeps_its_dates_and_is_no_longer_called_solved(
    explorer: Explorer, tonglu: sc.Scenario
) -> None:
    explorer.sliders[MOVED].value = 1000.0
    assert explorer.scenario.levers[MOVED].times == tonglu.levers[MOVED].times
    assert not explorer.scenario.levers[MOVED].solved
    still = [key for key in tonglu.levers if key != MOVED]
    assert all(explorer.scenario.levers[key] is tonglu.levers[key] for key in still)


def test_a_slider_and_a_command_mean_the_same_by_a_value(explorer: Explorer, tonglu: sc.Scenario) -> None:
    explorer.sliders[MOVED].value = 3000.0
    assert explorer.settings == ("生态搬迁=3000@2023-04-16:2025-01-01",)
    assert explorer.settings[0] in explorer.message.value
    name, _, value = explorer.settings[0].partition("=")
    asked = tonglu.replace({name: value})
    assert asked.levers[MOVED] == explorer.scenario.levers[MOVED]
    assert column(explorer, 4) == list(sc.verdicts(asked)["规划"])


def test_reset_puts_sliders_table_and_figure_back_to_the_last_pixel(
    explorer: Explorer, tonglu: sc.Scenario
) -> None:
    table, picture = explorer.table.value, explorer.picture.value
    for slider in explorer.sliders.values():
        slider.value = slider.max
    assert explorer.table.value != table
    explorer.reset.click()
    assert explorer.scenario is tonglu
    assert explorer.table.value == table
    assert (pixels(explorer) == np.asarray(Image.open(io.BytesIO(picture)))).all()


def test_a_slider_meets_where_its_lever_stands_and_both_ends_in_whole_steps(explorer: Explorer) -> None:
    for key, slider in explorer.sliders.items():
        steps = np.array([slider.value - slider.min, slider.max - slider.min]) / slider.step
        assert steps == pytest.approx(np.rint(steps), abs=1e-6), key
        assert steps[1] >= 100


def test_where_a_browser_snaps_a_slider_to_the_nearest_step_nothing_has_moved(
    explorer: Explorer, tonglu: sc.Scenario
) -> None:
    slider = explorer.sliders[MOVED]
    slider.value += 0.4 * slider.step
    assert explorer.scenario is tonglu
    slider.value += slider.step
    assert explorer.scenario.levers[MOVED].final == slider.value


def test_a_share_is_moved_in_per_cent_and_never_leaves_its_range() -> None:
    explorer = sc.explore(sc.load("chunan/plan-2027"), ["reits_rate"])
    slider = explorer.sliders["reits_rate"]
    assert (slider.min, slider.max) == (0.0, 10.0)
    slider.value = slider.max
    assert explorer.scenario.levers["reits_rate"].final == 0.1


def test_what_is_saved_gives_the_numbers_on_the_screen_to_the_last_bit(
    explorer: Explorer, folder: Path
) -> None:
    explorer.sliders[MOVED].value = 777.0
    explorer.sliders["special_grants"].value = 3.4
    explorer.name.value = "mine.toml"
    explorer.save.click()
    assert "mine.toml" in explorer.message.value
    saved, shown = sc.load(folder / "mine.toml"), explorer.scenario
    assert saved.title == "桐庐：县城城镇化方案（至2027年）（调整）"
    again, first = (sc.simulate(each) for each in (saved, shown))
    assert all(np.array_equal(again[key], first[key], equal_nan=True) for key in first)


def test_what_is_saved_is_run_by_the_command(explorer: Explorer, folder: Path) -> None:
    from typer.testing import CliRunner

    from simcounty.cli import app

    explorer.sliders[MOVED].value = 777.0
    explorer.name.value = "mine.toml"
    explorer.save.click()
    told = CliRunner().invoke(app, ["run", "mine.toml", "--lang", "zh"])
    assert told.exit_code == 0
    assert column(explorer, 4)[2] in told.stdout  # the town share


@pytest.mark.parametrize(
    ("name", "said"),
    [("mine", "ends in .toml"), ("there.toml", "nothing is overwritten"), ("no/x.toml", "no folder")],
)
def test_what_cannot_be_saved_is_said_beside_the_button(
    explorer: Explorer, folder: Path, name: str, said: str
) -> None:
    (folder / "there.toml").touch()
    explorer.name.value = name
    explorer.save.click()
    assert said in explorer.message.value


def test_a_baseline_whose_file_would_be_another_scenario_is_not_saved(
    tonglu: sc.Scenario, folder: Path
) -> None:
    explorer = sc.explore(tonglu.baseline, [MOVED], backend="interpreted")
    explorer.save.click()
    assert "Save the scenario it came from" in explorer.message.value
    assert not list(folder.iterdir())


def test_a_plan_that_sets_no_lever_offers_all_that_its_clauses_leave_open(tonglu: sc.Scenario) -> None:
    offered = {lever.key for lever in levers_of(tonglu.baseline, None, Findings())}
    assert offered == {key for key, lever in tonglu.clause_levers.items() if lever.setting is None}


def test_an_axis_widens_to_a_line_that_leaves_it(tonglu: sc.Scenario) -> None:
    from simcounty.plot.live import LiveTrajectories

    run = sc.simulate([tonglu.baseline, tonglu], keep=["urbanisation_rate"])
    show = LiveTrajectories(run, ["urbanisation_rate"]).draw
    first = show(run, False)
    high = run.copy(deep=True)
    high["urbanisation_rate"][-1] *= 1.3
    seen = [np.asarray(Image.open(io.BytesIO(each))).astype(int) for each in (first, show(high, False))]
    assert (seen[0][:, :60] != seen[1][:, :60]).any()  # the numbers beside the axis
    assert show(run, True) == first


def test_every_bad_name_is_said_at_once_and_what_may_have_been_meant(tonglu: sc.Scenario) -> None:
    with pytest.raises(InputError) as told:
        sc.explore(tonglu, ["ecological_relocatoin", "gdp", "arrival_rate"], ["urbanisaton_rate"])
    said = str(told.value)
    assert "lever ecological_relocatoin: is not a variable of" in said
    assert "Did you mean 'ecological_relocation'" in said
    assert "lever gdp: is computed by" in said
    assert "lever arrival_rate: is no lever of" in said
    assert "variable urbanisaton_rate is not a variable of" in said
    assert "Did you mean 'urbanisation_rate'" in said


def test_a_lever_without_a_range_is_refused(folder: Path) -> None:
    (folder / "pond.mdl").write_text(POND, encoding="utf-8")
    (folder / "pond.toml").write_text(
        'title = "鱼塘"\nmodel = "pond.mdl"\nyears = [2020, 2025]\nheadline = ["fish"]\n[levers]\nfeed = 3\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"lever feed: has no range"):
        sc.explore(sc.load(folder / "pond.toml"))


def test_table_and_figure_follow_within_a_tenth_of_a_second(explorer: Explorer) -> None:
    spent = []
    for turn in range(20):
        slider = list(explorer.sliders.values())[turn % len(explorer.sliders)]
        begun = time.perf_counter()
        slider.value = slider.min + (slider.max - slider.min) * (turn * 37 % 100) / 100
        spent.append(time.perf_counter() - begun)
    assert statistics.median(spent) < SECONDS or min(spent) < SECONDS / 1.5  # where others use the machine


POND = """{UTF-8}
fish = INTEG(feed, 100)
	~ count
	~ 鱼：Fish in a pond.
	|
feed = 2
	~ count/year
	~ 投苗：Fish that are put in. assumption: an example.
	|
INITIAL TIME = 2020 ~ year ~ |
FINAL TIME = 2025 ~ year ~ |
TIME STEP = 0.25 ~ year ~ |
SAVEPER = 1 ~ year ~ |
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


MONTHS = """{UTF-8}
pop = INTEG(pop*birth rate + moves, start) ~ person ~ |
birth rate = 0.02 ~ 1/Month [0, 0.1] ~ |
start = 100*birth rate ~ person ~ |
moves = 3 ~ person/Month ~ |
FINAL TIME = 6 ~ Month ~ |
INITIAL TIME = 0 ~ Month ~ |
SAVEPER = 1 ~ Month ~ |
TIME STEP = 0.5 ~ Month ~ |
"""


def test_the_constants_of_a_model_by_itself_are_its_levers(tmp_path: Path) -> None:
    (tmp_path / "pop.mdl").write_text(MONTHS, "utf-8")
    model = sc.load(tmp_path / "pop.mdl")
    explorer = sc.explore(model, backend="interpreted")
    assert list(explorer.sliders) == ["birth_rate"]  # moves has no range
    explorer.sliders["birth_rate"].value = 5.0  # %/Month
    assert explorer.scenario.constants == {"birth_rate": 0.05}
    assert explorer.table.value == ""  # nothing to judge
    explorer.name.value = str(tmp_path / "mine.toml")
    explorer.save.click()
    saved, shown = sc.simulate(sc.load(tmp_path / "mine.toml")), sc.simulate(explorer.scenario)
    assert float(saved["pop"][0]) == 5.0  # the start follows a constant; a lever would come too late for it
    assert saved["pop"].values.tolist() == shown["pop"].values.tolist()
    named = sc.explore(model, ["moves"], backend="interpreted").sliders["moves"]
    assert (named.min, named.value, named.max) == (0.0, 3.0, 6.0)


def test_a_lever_of_a_model_in_months_is_saved_without_a_date(tmp_path: Path) -> None:
    (tmp_path / "pop.mdl").write_text(MONTHS, "utf-8")
    text = 'title = "Plan"\nmodel = "pop.mdl"\nyears = [0, 6]\nlevers = { birth_rate = 0.03 }\n'
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    plan = sc.load(tmp_path / "plan.toml")
    assert sc.load(sc.save_scenario(plan, tmp_path / "again.toml")).levers == plan.levers
