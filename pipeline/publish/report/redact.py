"""Taking a person out of a published page."""

from html.parser import HTMLParser

from pipeline.events.person import Person

MARK = "data-customer"
INSTEAD = "erased"
_ALONE = frozenset({"meta", "link", "br", "hr", "img", "input", "line", "circle"})


def without_person(page: str, person: Person) -> str:
    """Return the page without the elements that are about the person, and without any other mention of them.

    An element says with the attribute `data-customer` whom it is about. Pages from before there was such a mark show
    the id in the first cell of the table of people.
    """
    found = _About(page, person)
    found.feed(page)
    found.close()
    for start, end in reversed(found.spans):
        page = page[:start] + page[end:].removeprefix("\n")
    return person.without_mentions(page, INSTEAD)


class _About(HTMLParser):
    """Collects where the elements about a person begin and end, in order, none within another."""

    def __init__(self, page: str, person: Person) -> None:
        super().__init__()
        self.spans: list[tuple[int, int]] = []
        self._page, self._person = page, person
        self._lines = [0]
        for line in page.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._open: list[tuple[str, str, int]] = []
        self._about: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where an element begins, and whether it is about the person."""
        if tag in _ALONE:
            return
        told = dict(attrs)
        self._open.append((tag, told.get("class") or "", self._place()))
        if self._about is None and self._person.is_named(told.get(MARK) or ""):
            self._about = len(self._open) - 1

    def handle_data(self, data: str) -> None:
        """Note an older page's row whose customer is the person."""
        kinds = [classes for _, classes, _ in self._open]
        if self._about is None and kinds and kinds[-1] == "who" and any("people" in kind.split() for kind in kinds):
            rows = [depth for depth, (tag, _, _) in enumerate(self._open) if tag == "tr"]
            if rows and self._person.is_named(data):
                self._about = rows[-1]

    def handle_endtag(self, tag: str) -> None:
        """Note where an element about the person ends."""
        while self._open:
            opened, _, start = self._open.pop()
            if self._about == len(self._open):
                self.spans.append((start, self._page.index(">", self._place()) + 1))
                self._about = None
            if opened == tag:
                return

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
