"""`simcounty validate`: the permanent tests of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.cli.options import Countdown, duration_text
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.validation import counts_of, raise_failed, validation_record, validation_view

if TYPE_CHECKING:
    from simcounty.validation import CheckResult, ValidationSuite

SUFFIX = ".toml"


def validate(
    lang: options.Lang,
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL…", help="A model, by file or name, or single check files."),
    ],
    uncertainties: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What sign checks draw from, a posterior or TOML file; else the county's."
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count advice as failure.")] = False,
) -> None:
    """Run the permanent tests of a model: links, levers, extremes, counties."""
    from simcounty.validation import run_suite
    from simcounty.validation.engine_checks import SECONDS, base_runs, check_base, check_file
    from simcounty.validation.load import KINDS

    terminal = Terminal(lang, quiet)
    files, suites = _models_and_suites(models, uncertainties)
    bases, checks = base_runs(suites), [check for suite in suites for check in suite.checks]
    seconds = [SECONDS["model"]] * len(files) + [SECONDS["scenario"]] * len(bases)
    countdown = Countdown(terminal, [*seconds, *(KINDS[check.kind].seconds for check in checks)])
    duration = duration_text(countdown.left)
    terminal.message("validate_plan", checks=len(checks), files=len(suites), duration=duration)
    results: list[CheckResult] = []
    for model in files:
        countdown.step(model)
        results += check_file(model)
    for base in bases:
        countdown.step(terminal.words("base_run", name=base.county.title or base.model.name))
        results += check_base(base)
    for suite in suites:
        running = run_suite(suite)
        for check in suite.checks:
            countdown.step(f"{suite.path.name}: {check.it}")
            results.append(next(running))
    record = validation_record(results, strict)
    terminal.show(record, validation_view, json)
    raise_failed(record, terminal.words)
    terminal.message("tally", **counts_of(record))


def _models_and_suites(
    given: list[str], uncertainties: Path | None
) -> tuple[list[Path], list[ValidationSuite]]:
    """Return the models that are meant, and their check files, bound, with those that are named alone."""
    from simcounty.validation import files_of, load_suite

    named = [Path(each) if each.endswith(SUFFIX) else catalog.find(catalog.MODEL, each) for each in given]
    models = [path for path in named if path.suffix != SUFFIX]
    files = [file for path in named for file in ([path] if path.suffix == SUFFIX else files_of(path))]
    unique = dict.fromkeys(file.resolve() for file in files)
    return models, [load_suite(file, uncertainties) for file in unique]
