"""The command `alidade`: instruments and experiments from a shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What stands behind the name of the command; None is that of this process.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrongly called, 130, 143 and 129 ended by Ctrl-C, SIGTERM
        and SIGHUP.
    """
    from ._arguments import parser
    from ._ending import signals_heeded
    from ._streams import tolerant

    given = parser().parse_args(
        [_shielded(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    )
    with tolerant(), signals_heeded():
        return _run(given)


def _run(given: argparse.Namespace) -> int:
    from ._ending import ENDED, exit_code
    from ._log_file import logged
    from ._messages import failure
    from ._streams import check

    try:
        with logged(getattr(given, "log", None)):
            code: int = _noted(given)
        # A signal's code tells more than that nobody was left to be told.
        if code < 128:
            check()
    except ENDED as ended:
        print(f"alidade: {str(ended) or 'interrupted'}", file=sys.stderr)
        return exit_code(ended)
    except BrokenPipeError:
        # Who reads our output has gone (`alidade devices | head`): nobody is left to be told.
        return 1
    except Exception as error:
        text = failure(error)
        if text is None:
            raise
        print(text, file=sys.stderr)
        return 1
    return code


def _noted(given: argparse.Namespace) -> int:
    """Carries the command out, and notes how it ended where it has a file for that."""
    import logging

    from ._ending import ENDED
    from ._log_file import note

    try:
        code: int = given.run(given)
    except ENDED as ended:
        note(str(ended) or "interrupted", logging.WARNING)
        raise
    except Exception as error:
        note(f"failed: {error}", logging.ERROR)
        raise
    note(f"ended with exit code {code}", logging.INFO)
    return code


def _shielded(word: str) -> str:
    """Makes a value of what is a number (-0.5mm), and no option: by a space in front of it."""
    return f" {word}" if word[:1] == "-" and word[1:2] in tuple("0123456789.") else word
