"""Completion in the shell: the script that a shell reads, and the names of a project that it then offers.

A name is offered while somebody types, so it is looked up in the quickest way there is, and what goes wrong offers
nothing.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_SEGCAST_COMPLETE"
READY = ("churn", "purchase", "spend")

Names = Callable[[Path], Iterable[str]]
Completes = Callable[[click.Context, click.Parameter, str], list[str]]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and names in a shell.

    For bash, add `eval "$(segcast completion bash)"` to ~/.bashrc; for zsh, the same with zsh to ~/.zshrc; for fish,
    run `segcast completion fish > ~/.config/fish/completions/segcast.fish`.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    script = get_completion_class(shell)
    if script is not None:
        root = ctx.find_root()
        click.echo(script(root.command, {}, root.info_name or "segcast", VARIABLE).source())


def completes(names: Names) -> Completes:
    """Return what offers those of a project's names that begin as what is typed."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        del param
        try:
            found = dict.fromkeys(names(Path(ctx.params.get("folder") or ".")))
        except Exception:  # noqa: BLE001 - whoever types wants no error in the middle of a line
            return []
        return [name for name in found if name.startswith(incomplete)]

    return offer


def _settings(folder: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - only while somebody types

    return tomllib.loads((folder / "segcast.toml").read_text(encoding="utf-8-sig"))


def _named(folder: Path, section: str) -> Iterable[str]:
    return (entry["name"] for entry in _settings(folder).get(section, ()))


def _sources(folder: Path) -> Iterable[str]:
    return _named(folder, "sources")


def _destinations(folder: Path) -> Iterable[str]:
    return _named(folder, "destinations")


def _tasks(folder: Path) -> Iterable[str]:
    yield from READY
    yield from _settings(folder).get("tasks", {})


def _models(folder: Path) -> Iterable[str]:
    yield from _tasks(folder)
    yield from ("clusters", "next_order")


def _publications(folder: Path) -> Iterable[str]:
    """Yield the newest first."""
    return sorted((path.parent.name for path in (folder / "published").glob("[!.]*/manifest.json")), reverse=True)


def _segments(folder: Path) -> Iterable[str]:
    from pipeline import segments as library  # noqa: PLC0415 - only while somebody types

    shared = Path(library.__path__[0], "library.yaml")
    for path in (shared, folder / "segments.yaml"):
        yield from _names_in(path)


def _audiences(folder: Path) -> Iterable[str]:
    yield from _segments(folder)
    yield from _names_in(folder / "audiences.yaml")


def _features(folder: Path) -> Iterable[str]:
    del folder
    from features.example import outlines  # noqa: PLC0415 - a second, only where features are asked for

    return (outline.name for outline, _ in outlines())


def _names_in(path: Path) -> Iterable[str]:
    """Return the names of a YAML list without reading it as YAML, which takes longer than anybody waits."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return re.findall(r"^(?:- |  )name:\s*['\"]?([a-z][a-z0-9_]*)", text, re.MULTILINE)


sources, destinations, tasks, models = map(completes, (_sources, _destinations, _tasks, _models))
publications, segments, audiences, features = map(completes, (_publications, _segments, _audiences, _features))
