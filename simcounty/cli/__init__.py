"""The command line: each command reads its arguments, calls a verb, and prints.

Exit codes: 0 done, 1 a run failed, 2 bad input, 3 checks failed or (with --strict) targets missed, 4
finished with failed runs, 130 interrupted. What a command needs is imported when it runs, so that --help is
quick.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from simcounty.cli import (
    audit,
    calibrate,
    catalog,
    check,
    compare,
    describe,
    new,
    report,
    run,
    seek,
    sensitivity,
    summary,
    sweep,
    targets,
)
from simcounty.errors import SimcountyError
from simcounty.presentation.terminal import say, use_utf8

__all__ = ["app", "main"]

UsageError: Any = typer.BadParameter.__bases__[0]  # of the click that typer brings along
INTERRUPTED = 130

app = typer.Typer(
    name="simcounty",
    help="Does a county's urbanisation plan hang together? Run it, change it, check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("list")(catalog.show)
app.command("copy")(catalog.copy)
app.command("new")(new.new)
app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("seek")(seek.seek)
app.command("audit")(audit.audit)
app.command("calibrate")(calibrate.calibrate)
app.command("report")(report.report)
app.command("sweep")(sweep.sweep)
app.command("summary")(summary.summary)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("targets")(targets.targets)
app.command("describe")(describe.describe)
app.command("check")(check.check)


def _version(asked: bool) -> None:
    if asked:
        from simcounty.dataset import package_version

        print(f"simcounty {package_version()}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and exit."""
    use_utf8()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except SimcountyError as problem:
        say(str(problem), sys.stderr)
        sys.exit(problem.exit_code)
    except UsageError as problem:
        problem.show()
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
