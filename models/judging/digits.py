"""Two figures in a sentence, with as many digits as it takes to see that they differ."""

USUAL, MOST = 3, 6  # digits after the point


def told_apart(first: float, second: float, *, digits: int = USUAL) -> tuple[str, str]:
    """Return both figures with `digits` after the point, with more where they read equal and are not."""
    for more in range(digits, MOST):
        if f"{first:.{more}f}" != f"{second:.{more}f}":
            return f"{first:.{more}f}", f"{second:.{more}f}"
    shown = digits if first == second else MOST
    return f"{first:.{shown}f}", f"{second:.{shown}f}"
