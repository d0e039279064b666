"""The page as a browser shows it: on a desk and on a phone, by day and by night, by keyboard and on paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.publish.edition import Edition
from pipeline.publish.report.render import render

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDTHS = (390, 1200)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
UNREADABLE = """() => [...document.querySelectorAll("svg text")]
    .map(text => [text.textContent, text.getBoundingClientRect().height])
    .filter(([, height]) => 0 < height && height < 10)"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium is installed. Try `apt-get install chromium`.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def trouble() -> list[str]:
    """What the browser complained of, and what it asked others for."""
    return []


@pytest.fixture
def opened(browser: Browser, recorded: Edition, tmp_path: Path, trouble: list[str]) -> Iterator[Page]:
    """The page of an edition with a past."""
    with browser.new_context() as context:
        page = context.new_page()
        file = tmp_path / "report.html"
        file.write_text(render(recorded, "2010-09-10-7f3a21"), encoding="utf-8")
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: trouble.append(request.url) if request.url != file.as_uri() else None)
        page.goto(file.as_uri())
        yield page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_accessible_fits_and_asks_nobody_for_anything(
    opened: Page, trouble: list[str], width: int, scheme: Literal["light", "dark"]
) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=scheme)
    assert opened.evaluate(WIDER) == 0
    assert opened.evaluate(UNREADABLE) == []
    opened.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert opened.evaluate(WIDER) == 0
    found = Axe().run(opened)
    assert found.response["violations"] == [], found.generate_report()
    assert trouble == []


def test_it_fits_between_a_small_phone_and_a_tablet_with_everything_open(opened: Page) -> None:
    opened.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    for width in (320, 600, 768, 1024):
        opened.set_viewport_size({"width": width, "height": 900})
        assert (width, opened.evaluate(WIDER)) == (width, 0)


def test_every_section_is_reached_with_the_keyboard(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    places = opened.evaluate("() => [...document.querySelectorAll('section')].map(one => one.id)")
    reached = []
    for place in places:
        opened.keyboard.press("Tab")
        opened.keyboard.press("Enter")
        opened.wait_for_function("place => location.hash === '#' + place", arg=place)
        reached.append(opened.evaluate("() => location.hash.slice(1)"))
        opened.evaluate("place => document.querySelector(`nav a[href='#${place}']`).focus()", place)
    assert reached == places


def test_a_segments_name_leads_to_its_definition_and_opens_it(opened: Page) -> None:
    opened.locator("#segments a[href='#about-vip']").click()
    assert opened.locator("#about-vip").is_visible()


def test_on_paper_everything_is_open_and_nothing_is_wider_than_the_sheet(opened: Page) -> None:
    opened.set_viewport_size({"width": 690, "height": 900})
    opened.emulate_media(media="print")
    assert opened.locator("#about-vip").is_visible()
    assert not opened.locator("nav").is_visible()
    assert opened.evaluate(WIDER) == 0
    assert opened.pdf(format="A4").startswith(b"%PDF")
