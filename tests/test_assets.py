"""The styles and scripts of the pages: what is built is what is used, from nobody else's server, and small."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from advisor.model.wording import Wording
from advisor.web.templates import STATIC
from conftest import ROOT

ASSETS = ROOT / "src" / "advisor" / "web" / "assets"
PAGES = ROOT / "src" / "advisor" / "web" / "pages" / "templates"


@pytest.fixture(scope="module")
def templates() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(PAGES.rglob("*.j2")))


@pytest.fixture(scope="module")
def styles() -> str:
    return (STATIC / "styles.css").read_text("utf-8")


def test_every_package_has_an_exact_version_and_no_address() -> None:
    package = json.loads((ASSETS / "package.json").read_text("utf-8"))
    wanted = {**package["dependencies"], **package["devDependencies"]}
    lock = json.loads((ASSETS / "package-lock.json").read_text("utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "http" not in json.dumps(lock)
    assert all("integrity" in each for name, each in lock["packages"].items() if name)


def test_the_manifest_holds_the_hash_of_every_built_file() -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    built = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    del built["manifest.json"]
    assert manifest == {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in built.items()}


def test_pages_and_styles_refer_only_to_files_that_are_built(templates: str, styles: str) -> None:
    used = set(re.findall(r'static\("([^"]+)"\)', templates)) | set(re.findall(r'url\("([^"?]+)', styles))
    assert "styles.css" in used
    assert [name for name in used if not (STATIC / name).is_file()] == []


def test_styles_fetch_no_font_and_nothing_from_elsewhere(styles: str) -> None:
    assert "@font-face" not in styles
    assert "@import" not in styles
    assert "//" not in styles


def test_every_component_that_a_page_uses_is_in_the_styles(templates: str, styles: str) -> None:
    used = set(re.findall(r"\busa-[a-z]+(?:-[a-z]+)*", templates))
    known = set(re.findall(r"\.(usa-[a-z]+(?:-[a-z]+)*)", styles))
    assert sorted(used - known) == []


def test_no_page_holds_a_style_or_a_script_of_its_own(templates: str) -> None:
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|hx-vals=.js|hx-vars", templates) == []
    assert re.findall(r"<script(?! src=)[^>]*>", templates) == []


def test_what_a_browser_loads_stays_small() -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.glob("*.*")}
    assert sizes["styles.css"] < 110_000
    assert sizes["advisor.js"] < 11_000
    assert sum(sizes.values()) < 180_000


def test_every_event_property_and_color_of_the_web_component_is_documented() -> None:
    told = (ROOT / "docs" / "web-component.md").read_text("utf-8")
    script = (STATIC / "embed" / "partnership-advisor.js").read_text("utf-8")
    names = {f"advisor-{event}" for event in re.findall(r'#tell\("([a-z]+)"', script)}
    names |= set(re.findall(r"--advisor-[a-z-]+", script)) | set(re.findall(r"^set ([a-z]+)\(", script, re.MULTILINE))
    names |= set(re.findall(r'"([a-z-]+)"', script.partition("observedAttributes = [")[2].partition("]")[0]))
    assert len(names) > 15
    assert [name for name in sorted(names) if f"`{name}`" not in told] == []


def test_the_web_component_is_one_small_script_without_words(wording: Wording) -> None:
    script = (STATIC / "embed" / "partnership-advisor.js").read_text("utf-8")
    assert len(script) < 21_000
    assert len(gzip.compress(script.encode())) < 7_000
    assert [text for text in wording.pages["embedded"].values() if " " in text and text in script] == []
    assert re.findall(r"[\"'`>][A-Z][a-z]+ [a-z]+ [a-z]+", script) == []
    assert re.findall(r"innerHTML|eval\(|new Function|\.style\b|https?:", script) == []


def test_wheel_and_source_archive_carry_what_they_need(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,), (source,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    built = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()]
    assert {f"advisor/web/static/{name}" for name in built} < names
    assert {
        "advisor/web/pages/templates/base.html.j2",
        "advisor/prompts/en/pages/base.yaml",
        "advisor/examples/readme.yaml",
    } < names
    assert not [name for name in names if "/assets/" in name or "node_modules" in name]
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {path.relative_to(ROOT).as_posix() for path in ASSETS.rglob("*") if path.is_file()} < inside
    assert not [name for name in inside if "node_modules" in name]
