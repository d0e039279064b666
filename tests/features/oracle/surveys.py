"""What customers answer when asked, naively."""

from statistics import fmean, pstdev

from tests.features.oracle.past import NAN, Past, said


def expected(past: Past) -> dict[str, float]:
    answers = past.of("survey_answered")
    scored = [row for row in answers if said(row, "score") is not None]
    scores = [said(row, "score") for row in scored]
    year = [said(row, "score") for row in past.within(scored, 365)]
    last = max((said(row, "score") for row in scored if row["occurred_at"] == scored[-1]["occurred_at"]), default=NAN)
    return {
        "surveys_answered_90d": len(past.within(answers, 90)),
        "surveys_answered_365d": len(past.within(answers, 365)),
        "days_since_last_survey": past.since_last(answers),
        "last_survey_score": last,
        "mean_survey_score_365d": fmean(year) if year else NAN,
        "mean_survey_score_lifetime": fmean(scores) if scores else NAN,
        "survey_score_change": last - fmean(scores) if scores else NAN,
        "survey_score_spread": pstdev(scores) if len(scores) > 1 else NAN,
    }
