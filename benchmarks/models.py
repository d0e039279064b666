"""How long training and scoring take beside LightGBM alone on the same rows, and what memory they need.

`python -m benchmarks.models [--json] [--rows N] [--features N] [--seed N]`; makes up its customers. Each piece is a
process of its own, on the threads that we use ourselves; the clock starts when the rows are there. The keys:

- `rows` to learn from, and as many customers to score; `features`; `rounds`, how many trees the model of leaving has;
- `train_s`: the whole training of that model, in which it chooses features and rounds, and is calibrated;
  `lightgbm_train_s`: LightGBM alone, as many trees of the same growth on all the columns; `train_over_lightgbm`;
- `lightgbm_train_chosen_s`: the same on those columns alone that the model came to read;
  `train_over_lightgbm_on_chosen`;
- `score_s`: every customer with all tasks, reasons and value; `lightgbm_score_s`: what LightGBM alone says of the
  contributions to the same trees; `score_over_lightgbm`;
- `train_peak_gib`, `score_peak_gib`, `lightgbm_peak_gib`: the most memory that such a process held; `peak_gib`: the
  larger of the first two.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb

from benchmarks.model_rows import AS_OF, examples_of, matrix_of
from models.artefacts import load_model, save_model
from models.columns import columns
from models.scoring import predictions
from models.tasks import TASKS, TaskKind
from models.training import train
from models.trees import THREADS, Trees, growth_for, settings

ROWS, FEATURES, SEED = 1_000_000, 200, 1
TO_LEARN_MOST = 100_000  # rows that the models to score with learn from: scoring takes as long however they came to be
TRAINED = TASKS[0]
CALL = "import sys; from benchmarks.models import run_piece; run_piece(*sys.argv[1:])"
KIB_OF_GIB = 2**20

Figures = dict[str, Any]


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--rows", type=int, default=ROWS, help="to learn from, and customers to score")
    parser.add_argument("--features", type=int, default=FEATURES, help="of each customer")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    found = measure(asked.rows, asked.features, asked.seed)
    print(json.dumps(found) if asked.json else table(found))


def measure(rows: int, features: int, seed: int) -> Figures:
    """Run every piece as a process of its own and set them beside each other."""
    with tempfile.TemporaryDirectory(prefix="segcast-benchmark-") as folder:
        found = {name: _process(name, folder, rows, features, seed) for name in PIECES}
    return {"rows": rows, "features": features, **figures(found)}


def figures(found: dict[str, Figures]) -> Figures:
    """Return seconds, ratios and memory from what each piece found."""
    seconds = {f"{name}_s": piece["seconds"] for name, piece in found.items() if "seconds" in piece}
    peaks = {name: piece["peak_gib"] for name, piece in found.items()}
    return {
        "rounds": found["train"]["rounds"],
        **{name: round(taken, 3) for name, taken in seconds.items()},
        "train_over_lightgbm": round(seconds["train_s"] / seconds["lightgbm_train_s"], 3),
        "train_over_lightgbm_on_chosen": round(seconds["train_s"] / seconds["lightgbm_train_chosen_s"], 3),
        "score_over_lightgbm": round(seconds["score_s"] / seconds["lightgbm_score_s"], 3),
        "train_peak_gib": round(peaks["train"], 2),
        "score_peak_gib": round(peaks["score"], 2),
        "lightgbm_peak_gib": round(max(peaks["lightgbm_train"], peaks["lightgbm_score"]), 2),
        "peak_gib": round(max(peaks["train"], peaks["score"]), 2),
    }


def table(found: Figures) -> str:
    """Return the figures for a person."""
    title = f"Models of {found['rows']:,} customers with {found['features']} features, beside LightGBM alone"
    return "\n".join([title, *(f"{name:<30}{value:>12,}" for name, value in found.items())])


def train_piece(folder: Path, rows: int, features: int, seed: int) -> Figures:
    """Train a model of leaving and keep it."""
    examples = examples_of(TRAINED, rows, features, seed)
    begin = time.perf_counter()
    model = train(TRAINED, examples, as_of=AS_OF, seed=seed)
    seconds = time.perf_counter() - begin
    _kept(folder, "trained").mkdir()
    save_model(_kept(folder, "trained"), model, {})
    return {"seconds": seconds, "rounds": model.card.rounds}


def lightgbm_train(folder: Path, rows: int, features: int, seed: int, *, chosen: bool = False) -> Figures:
    """Grow as many trees with LightGBM alone, on all columns or those that our model chose."""
    examples, model = examples_of(TRAINED, rows, features, seed), load_model(_kept(folder, "trained"))
    trees = _trees(model.trees)
    read = columns(examples.matrix, trees.columns) if chosen else examples.matrix.values
    how = settings(growth_for(features), TaskKind.PROBABILITY, seed, THREADS)
    begin = time.perf_counter()
    lgb.train(how, lgb.Dataset(read, examples.label, params=how), trees.booster.num_trees())
    return {"seconds": time.perf_counter() - begin}


def lightgbm_train_chosen(folder: Path, rows: int, features: int, seed: int) -> Figures:
    """Grow as many trees on the columns that our model chose."""
    return lightgbm_train(folder, rows, features, seed, chosen=True)


def learn(folder: Path, rows: int, features: int, seed: int) -> Figures:
    """Train a model of every task, on fewer rows where there are many, and keep them."""
    for task in TASKS:
        examples = examples_of(task, min(rows, TO_LEARN_MOST), features, seed)
        _kept(folder, task.name).mkdir()
        save_model(_kept(folder, task.name), train(task, examples, as_of=AS_OF, seed=seed), {})
    return {}


def score(folder: Path, rows: int, features: int, seed: int) -> Figures:
    """Say of every customer everything that all tasks predict, and why."""
    matrix = matrix_of(rows, features, AS_OF, seed)
    champions = {task.name: load_model(_kept(folder, task.name)) for task in TASKS}
    begin = time.perf_counter()
    predictions(matrix, champions, currency="£")
    return {"seconds": time.perf_counter() - begin}


def lightgbm_score(folder: Path, rows: int, features: int, seed: int) -> Figures:
    """Let LightGBM alone say the contributions to the same trees; the columns are picked before the clock starts."""
    matrix = matrix_of(rows, features, AS_OF, seed)
    seconds = 0.0
    for task in TASKS:
        trees = _trees(load_model(_kept(folder, task.name)).trees)
        read = trees.read(matrix)
        begin = time.perf_counter()
        trees.booster.predict(read, pred_contrib=True, num_threads=THREADS)
        seconds += time.perf_counter() - begin
    return {"seconds": seconds}


PIECES: dict[str, Callable[[Path, int, int, int], Figures]] = {
    "train": train_piece,
    "lightgbm_train": lightgbm_train,
    "lightgbm_train_chosen": lightgbm_train_chosen,
    "learn": learn,
    "score": score,
    "lightgbm_score": lightgbm_score,
}


def run_piece(name: str, folder: str, rows: str, features: str, seed: str) -> None:
    """Run one piece in this process and print what it found, with the most memory that the process held."""
    found = PIECES[name](Path(folder), int(rows), int(features), int(seed))
    print(json.dumps({**found, "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_OF_GIB}))


def _process(name: str, folder: str, *given: int) -> Figures:
    command = [sys.executable, "-c", CALL, name, folder, *map(str, given)]
    process = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603  # our own
    if process.returncode:
        sys.exit(f"Expected {name} to succeed, got exit status {process.returncode}.")
    found: Figures = json.loads(process.stdout)
    return found


def _kept(folder: Path, name: str) -> Path:
    return folder / name


def _trees(trees: Trees | None) -> Trees:
    if trees is None:
        sys.exit("Expected enough customers for trees, got too few. Try --rows 8000.")
    return trees


if __name__ == "__main__":
    main()
