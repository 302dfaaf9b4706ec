"""Links and citations that lead nowhere are found."""

from pathlib import Path

import pytest

from tools import citations

PAGE = "# First Part\n\n## What `sqsd` does, and why\n\n```\n# no heading\n```\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


@pytest.mark.parametrize("link", ["#first-part", "page.md", "page.md#what-sqsd-does-and-why", "https://example.org/#x"])
def test_a_link_that_resolves_is_accepted(page: Path, link: str) -> None:
    assert list(citations.dead_links(page, f"[text]({link})")) == []


@pytest.mark.parametrize("link", ["#second-part", "other.md", "page.md#no-heading", "../page.md"])
def test_a_link_that_leads_nowhere_is_named(page: Path, link: str) -> None:
    assert list(citations.dead_links(page, f"[text]({link})")) == [link]


def test_a_link_inside_code_is_no_link(page: Path) -> None:
    assert list(citations.dead_links(page, "`[text](other.md)`\n\n```\n[text](other.md)\n```\n")) == []


def test_a_page_that_does_not_exist_is_named() -> None:
    missing = "docs/" + "nowhere.md"
    assert list(citations.dead_citations(f"see docs/index.md and {missing}")) == [missing]


def test_packages_of_npm_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citations, "ROOT", tmp_path)
    own, foreign = tmp_path / "benchmarks" / "README.md", tmp_path / "benchmarks" / "node_modules" / "a" / "README.md"
    for page in (own, foreign):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()
    assert list(citations.files()) == [own]


def test_a_page_that_the_navigation_leaves_out_is_named() -> None:
    assert list(citations.unlisted(["a.md", "b.md"], navigation="  - A: a.md\n", decisions="")) == [
        "mkdocs.yml does not name b.md"
    ]


def test_a_decision_that_the_list_leaves_out_is_named() -> None:
    pages = ["adr/0001-one.md", "adr/0002-two.md"]
    navigation = "  - adr/0001-one.md\n  - adr/0002-two.md\n"
    decisions = "| [0001](0001-one.md) | One |\n"
    assert list(citations.unlisted(pages, navigation=navigation, decisions=decisions)) == [
        "docs/adr/README.md does not name adr/0002-two.md"
    ]


DECISION = "# 1. One\n\n## Status\n\nAccepted.\n\n## Context\n\nA.\n\n## Decision\n\nB.\n\n## Consequences\n\nC.\n"
LISTED = "| [0001](0001-one.md) | One |\n"


@pytest.mark.parametrize(
    "text", [DECISION, DECISION + "| row |\n" * 50, DECISION.replace("## Cons", "## Alternatives\n\nD.\n\n## Cons")]
)
def test_a_decision_in_the_common_form_is_accepted(text: str) -> None:
    assert list(citations.misshapen("0001-one.md", text, decisions=LISTED)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DECISION.replace("# 1.", "# 2."), "the title of adr/0001-one.md does not begin with its number"),
        (DECISION.replace(". One", ". Two"), "docs/adr/README.md has another title than adr/0001-one.md"),
        (
            DECISION.replace("## Status\n\nAccepted.", "Status: accepted"),
            "adr/0001-one.md does not have the sections Status, Context, Decision, Consequences",
        ),
        (DECISION + "More.\n" * 50, "adr/0001-one.md has more than 40 lines"),
    ],
)
def test_a_decision_in_another_form_is_named(text: str, problem: str) -> None:
    assert list(citations.misshapen("0001-one.md", text, decisions=LISTED)) == [problem]
