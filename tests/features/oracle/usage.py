"""How steadily, naively."""

from statistics import fmean, pstdev

from tests.features.oracle.browsing import ON_SITE
from tests.features.oracle.past import NAN, Past, label, over, said, total


def expected(past: Past) -> dict[str, float]:
    done, uses = past.of(*ON_SITE), past.of("feature_used")
    logins, videos = past.of("logged_in"), past.within(past.of("video_watched"), 365)
    gaps = past.gaps(done)
    mean = fmean(gaps) if gaps else NAN
    told = {said(row, "feature") for row in past.within(uses, 90)}
    return {
        **{
            f"active_days_{label(days)}": len(past.days(past.within(done, days)))
            for days in (7, 14, 30, 60, 90, 180, 365)
        },
        **{f"actions_{label(days)}": len(past.within(done, days)) for days in (30, 90, 365)},
        "active_days_trend_30d": over(len(past.days(past.within(done, 30))), len(past.days(past.within(done, 60, 30)))),
        "current_active_streak_days": next((len(run) for run in runs(past.days(done)) if run[-1] <= 1), 0),
        "longest_active_streak_days": max(map(len, runs(past.days(done))), default=0),
        "active_gap_mean_days": mean,
        "active_gap_spread_days": pstdev(gaps) if len(gaps) > 1 else NAN,
        "inactivity_ratio": past.since_last(done) / mean,
        **{f"logins_{label(days)}": len(past.within(logins, days)) for days in (7, 30, 90, 365)},
        "days_since_last_login": past.since_last(logins),
        **{f"feature_uses_{label(days)}": len(past.within(uses, days)) for days in (7, 30, 90)},
        "features_used_90d": len(told - {None}),
        "days_since_last_feature_use": past.since_last(uses),
        "content_downloads_365d": len(past.within(past.of("content_downloaded"), 365)),
        "videos_watched_365d": len(videos),
        "video_seconds_365d": total(videos, "duration_seconds"),
    }


def runs(ages: list[int]) -> list[list[int]]:
    """Days in a row, each run by its days' ages, oldest first."""
    found: list[list[int]] = []
    for age in ages:
        if found and found[-1][-1] == age + 1:
            found[-1].append(age)
        else:
            found.append([age])
    return found
