"""Allure's pages without their call to Google."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import Unreadable
from chaos.report.analytics import silenced, without_call

LOADER = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-LNDJ3J7WT0"></script>'
SETTINGS = "<script>\n window.dataLayer = [];\n function gtag(){}\n gtag('config', 'G');\n</script>"
OWN = "<script>window.allure = {};</script>"
PAGE = f"<html>{OWN}\n    {LOADER}\n    {SETTINGS}\n    {OWN}</html>"


def test_the_two_elements_go_and_no_other() -> None:
    assert without_call(PAGE) == f"<html>{OWN}\n    {OWN}</html>"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<html>{OWN}</html>", id="nothing-of-it"),
        pytest.param(PAGE.replace("googletagmanager", "example"), id="another-s-script"),
        pytest.param(f"<html>{LOADER}{OWN}</html>", id="a-loader-with-something-else-behind-it"),
    ],
)
def test_other_pages_are_as_they_were(page: str) -> None:
    assert without_call(page) == page


def test_every_page_of_a_report_is_silenced_once(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "inner" / "other.html").write_text(OWN)

    assert silenced(tmp_path).endswith("out of 1 of 2 pages")
    assert silenced(tmp_path).endswith("out of 0 of 2 pages")
    assert "googletagmanager" not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("name", ["nowhere.html", "."])
def test_what_is_no_report_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        silenced(tmp_path / name)

    assert "\n" not in str(refused.value)
