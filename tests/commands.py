"""Commands as they stand on a page, held against the command line without running them."""

import re
import shlex

import click

from flows.cli.main import cli
from flows.cli.reference import root


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language, indented or not."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)


def segcast_lines(text: str) -> list[str]:
    """The calls of `segcast` at a line's beginning or by its path, without what comes after it in a pipe."""
    found = re.findall(r"(?:^ *|/)segcast (?=[a-z])((?:(?! \d?>)[^|;#>)\n])*)", text, re.MULTILINE)
    return [f"segcast {line.strip()}" for line in found]


def parsed(line: str) -> click.Context:
    """Return the context in which a command would run; click's own error where there is no such command or option."""
    words, parent = shlex.split(line)[1:], root()
    command = cli.commands[words[0]]
    while isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
        parent, words = command.make_context(words[0], [], parent=parent, resilient_parsing=True), words[1:]
        command = command.commands[words[0]]
    return command.make_context(words[0], words[1:], parent=parent)
