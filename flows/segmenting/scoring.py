"""Every customer's features at a moment, and what the models in service predict of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.learning.looking_back import vocabulary_of
from flows.learning.next_category import say_next_categories
from flows.project import Project
from models.model import Model
from models.scoring import predict, predictions
from pipeline.publish.report.wording import symbol
from pipeline.segments.profiles import Profiles


def score(project: Project, as_of: datetime) -> Profiles:
    """Build every customer's features at a moment, and predict with the models in service.

    A model reads features in the vocabulary that it was trained with: models trained at different times may need a
    matrix each. The profiles show the newest one's; a shop without models, its vocabulary of the moment.
    """
    history, currency = project.history(as_of), symbol(project.settings.shop.currency)
    served = by_vocabulary(project.registry.champions(project.tasks)) or [(vocabulary_of(project, history), {})]
    (newest, champions), *earlier = served
    elsewhere = [
        predictions(
            build_features(history, (), vocabulary),
            models,
            currency=currency,
            economics=project.economics,
            history=history,
        )
        for vocabulary, models in earlier
    ]
    matrix = build_features(history, (), newest)
    profiles = predict(
        matrix,
        champions,
        project.registry.clusters(),
        currency=currency,
        economics=project.economics,
        history=history,
        next_order=project.registry.next_order(),
        elsewhere=(*elsewhere, *say_next_categories(project, history)),
    )
    return replace(profiles, predicted=profiles.predicted | project.predicted.keys())


def by_vocabulary(champions: Mapping[str, Model]) -> list[tuple[Vocabulary, Mapping[str, Model]]]:
    """Return models, by task, that share a vocabulary, those with the one learned last first."""
    trained = sorted(champions.values(), key=lambda model: model.card.trained_as_of, reverse=True)
    vocabularies: list[Vocabulary] = []
    for model in trained:
        if model.card.vocabulary not in vocabularies:
            vocabularies.append(model.card.vocabulary)
    return [
        (vocabulary, {task: model for task, model in champions.items() if model.card.vocabulary == vocabulary})
        for vocabulary in vocabularies
    ]
