"""What the newest row about a customer says, naively."""

import json

from tests.features.oracle.past import NAN, Past


def expected(past: Past) -> dict[str, float]:
    said = json.loads(past.person().get("traits") or "{}")
    columns = {}
    for trait, texts in past.vocabulary.traits.items():
        told = said.get(trait)
        if not texts:
            columns[f"trait_{trait}"] = NAN if told is None or isinstance(told, str) else float(told)
            continue
        for text in texts:
            columns[f"trait_{trait}_{text}"] = NAN if told is None else float(told == text)
        columns[f"trait_{trait}_other"] = NAN if told is None else float(told not in texts)
    return columns
