"""How long `segcast --help` takes as a whole process, beside a Python that does nothing.

`python -m benchmarks.startup [--json]`; needs no data. The keys: `help_s` and `python_s`, medians in seconds;
`help_over_python`, their ratio; `repetitions`, of each.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPETITIONS = 10


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    as_json = parser.parse_args().json
    figures = measure(REPETITIONS)
    print(json.dumps(figures) if as_json else table(figures))


def measure(repetitions: int) -> dict[str, float]:
    """Time both processes in turn, so that a busy moment falls on both; one unmeasured run of each comes first."""
    commands = {"help_s": [str(_segcast()), "--help"], "python_s": [sys.executable, "-c", "pass"]}
    for command in commands.values():
        seconds(command)
    runs = [{key: seconds(command) for key, command in commands.items()} for _ in range(repetitions)]
    medians = {key: statistics.median(run[key] for run in runs) for key in commands}
    ratio = medians["help_s"] / medians["python_s"]
    return {
        "help_s": round(medians["help_s"], 4),
        "python_s": round(medians["python_s"], 4),
        "help_over_python": round(ratio, 2),
        "repetitions": repetitions,
    }


def seconds(command: list[str]) -> float:
    """Run a command to its end and return how long it took; it must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own two commands
    return time.perf_counter() - start


def table(figures: dict[str, float]) -> str:
    """Return the figures for a person."""
    return "\n".join(
        [
            f"Median of {figures['repetitions']} whole processes",
            f"  segcast --help   {figures['help_s']:.3f} s",
            f"  python -c pass   {figures['python_s']:.3f} s",
            f"  ratio            {figures['help_over_python']:.1f}",
        ]
    )


def _segcast() -> Path:
    """Return the command that is installed beside this Python."""
    command = Path(sys.executable).parent / "segcast"
    if not command.exists():
        sys.exit(f"Expected the segcast command at {command}, found none. Try `make install`.")
    return command


if __name__ == "__main__":
    main()
