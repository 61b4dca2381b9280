"""The command line: each command reads its arguments, calls a verb, and prints.

Exit codes: 0 done, 1 a run failed, 2 bad input, 3 checks failed or (with --strict) targets missed, 4
finished with failed runs, 130 interrupted. What a command needs is imported when it runs, so that --help is
quick.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simcounty.errors import SimcountyError
from simcounty.language import default_language, use_language
from simcounty.presentation.messages import Messages
from simcounty.presentation.streams import standard_streams, trouble_of
from simcounty.presentation.terminal import say

__all__ = ["COMMANDS", "app", "main"]

UsageError: Any = typer.BadParameter.__bases__[0]  # of the click that typer brings along
INTERRUPTED = 130

COMMANDS: Mapping[str, str] = {
    "list": "catalog.show",
    "copy": "catalog.copy",
    "new": "catalog.new",
    "run": "run.run",
    "compare": "compare.compare",
    "seek": "seek.seek",
    "audit": "audit.audit",
    "calibrate": "calibrate.calibrate",
    "model-error": "model_error.model_error",
    "report": "report.report",
    "sweep": "sweep.sweep",
    "summary": "futures.summary",
    "sensitivity": "futures.sensitivity",
    "data": "data.data",
    "score": "score.score",
    "targets": "targets.targets",
    "describe": "describe.describe",
    "check": "check.check",
    "validate": "validate.validate",
    "proof": "proof.proof",
}
"""Every command with its function in `simcounty.cli`, in the order of --help."""


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        """Return a command, or None where there is none of that name."""
        if name not in COMMANDS:
            return None
        module, _, function = COMMANDS[name].partition(".")
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(name)(getattr(import_module(f"simcounty.cli.{module}"), function))
        return typer.main.get_command(single)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; its language ends with it."""
        try:
            return super().invoke(ctx)
        finally:
            use_language(None)


app = typer.Typer(
    name="simcounty",
    cls=Commands,
    help="Does a county's urbanisation plan hang together? Run it, change it, check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(given: bool) -> None:
    if given:
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
    os.environ["MPLBACKEND"] = "agg"  # figures are files, whatever notebook or tool has started this
    gc.set_threshold(200_000, 20, 50)  # a command makes many values at once, and few rings of them to clear
    with standard_streams():
        try:
            code = _exit_code() or _unprinted()
        finally:
            gc.freeze()  # or Python would look through everything once more at its end
    sys.exit(code)


def _exit_code() -> int:
    """Run the command line; say what went wrong."""
    try:
        return app(standalone_mode=False) or 0
    except SimcountyError as problem:
        say(str(problem), sys.stderr)
        return problem.exit_code
    except UsageError as problem:
        problem.show()
        return 2
    except OSError as problem:
        say(_system_text(problem), sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _system_text(problem: OSError) -> str:
    """Return what the system said of a file, or of the current folder; raise what is about neither."""
    if problem.filename is not None:
        return f"{problem.filename}: cannot be used ({problem.strerror or problem})."
    try:
        os.getcwd()
    except OSError:
        return "The current folder is gone. Change to another folder."
    raise problem


def _unprinted() -> int:
    """Return 1, and say so, where what was found could not be printed."""
    if trouble := trouble_of(sys.stdout):
        say(Messages(default_language())("unprinted", trouble=trouble), sys.stderr)
    return 1 if trouble else 0
