"""Checks that links in Markdown resolve, cited pages of docs/ exist, every page is listed, decisions have one form."""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
#: folders and files whose text may name a page; the results of a bench are data
PLACES = ("src", "tests", "examples", "tools", "benchmarks", "docs", "packaging", "*.md", "*.toml", "Makefile")
#: what a bench leaves behind: packages of npm
FOREIGN = "node_modules"
SUFFIXES = {".py", ".md", ".toml", ".env", ".service", ""}
CITATION = re.compile(r"\bdocs/[\w./-]+\.(?:md|svg)\b")
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
TITLE = re.compile(r"# (\d+)\. (.+)")
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
#: of a decision, in this order; the second form is for one that had alternatives
SECTIONS = (
    ["Status", "Context", "Decision", "Consequences"],
    ["Status", "Context", "Decision", "Alternatives", "Consequences"],
)
MOST_LINES = 40  # of a decision, without its tables


def files() -> Iterator[Path]:
    for place in PLACES:
        for path in ROOT.glob(place):
            found: Iterable[Path] = path.rglob("*") if path.is_dir() else [path]
            ours = (each for each in found if FOREIGN not in each.relative_to(ROOT).parts)
            yield from (each for each in ours if each.suffix in SUFFIXES and each.is_file())


def dead_citations(text: str) -> Iterator[str]:
    """Name the pages that do not exist."""
    yield from (name for name in CITATION.findall(text) if not (ROOT / name).exists())


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Name the links of a Markdown page, to files or headings, that lead nowhere."""
    for link in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as GitHub and the site generator write them."""
    return frozenset(slug(heading) for heading in HEADING.findall(FENCE.sub("", page.read_text())))


def slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")


def unlisted(pages: Iterable[str], *, navigation: str, decisions: str) -> Iterator[str]:
    """Name the pages, by their paths below docs/, that the navigation or the list of decisions leaves out."""
    for page in pages:
        if f" {page}\n" not in navigation:
            yield f"mkdocs.yml does not name {page}"
        if page.startswith("adr/0") and f"({page.removeprefix('adr/')})" not in decisions:
            yield f"docs/adr/README.md does not name {page}"


def misshapen(name: str, text: str, *, decisions: str) -> Iterator[str]:
    """Say what is wrong with the form of a decision; ``decisions`` is the list, which repeats its title."""
    title = TITLE.match(text)
    if title is None or int(title[1]) != int(name[:4]):
        yield f"the title of adr/{name} does not begin with its number"
    elif f"[{name[:4]}]({name}) | {title[2]} |" not in decisions:
        yield f"docs/adr/README.md has another title than adr/{name}"
    if SECTION.findall(text) not in SECTIONS:
        yield f"adr/{name} does not have the sections {', '.join(SECTIONS[0])}"
    if sum(not line.startswith("|") for line in text.splitlines()) > MOST_LINES:
        yield f"adr/{name} has more than {MOST_LINES} lines"


def problems() -> Iterator[str]:
    for path in files():
        text = path.read_text(errors="replace")
        dead = [*dead_citations(text), *(dead_links(path, text) if path.suffix == ".md" else ())]
        yield from (f"{path.relative_to(ROOT)} names {each}, which does not exist" for each in dead)
    decisions = (DOCS / "adr" / "README.md").read_text()
    yield from unlisted(
        (page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md"))),
        navigation=(ROOT / "mkdocs.yml").read_text(),
        decisions=decisions,
    )
    for page in sorted((DOCS / "adr").glob("0*.md")):
        yield from misshapen(page.name, page.read_text(), decisions=decisions)


def main() -> None:
    if found := list(problems()):
        sys.exit("\n".join(["citations:", *found]))


if __name__ == "__main__":
    main()
