"""The command line: each command reads its arguments, calls a verb, and prints.

Exit codes: 0 done, 1 a run failed, 2 bad input, 3 checks failed or (with --strict) targets missed, 4
finished with failed runs, 130 interrupted. What a command needs is imported when it runs, so that --help is
quick.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simcounty.errors import SimcountyError
from simcounty.language import use_language
from simcounty.presentation.terminal import say, use_utf8

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
    use_utf8()
    gc.set_threshold(200_000, 20, 50)  # a command makes many values at once, and few rings of them to clear
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
    finally:
        gc.freeze()  # or Python would look through everything once more at its end
