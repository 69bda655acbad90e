"""Makes of pages files that need no server: links lead to other files, scripts are gone, ids are the same each time."""

import re
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from shutil import copyfile

STATIC = "static"
_SCRIPT = re.compile(r"\s*<script\b[^>]*></script>")
_LIVE = re.compile(r'\s(?:hx-[\w-]+|name="htmx-config" content)(?:="[^"]*"|=\'[^\']*\')?')
_ADDRESS = re.compile(r'(\s)(href|src|action|formaction)="([^"]*)"')
_ASSET = re.compile(r".*/static/([^?]+)")
_RANDOM = re.compile(r"(?<![\w-])(?:[a-z2-7]{26}|(?=[\w-]*[A-Z0-9])[\w-]{43})(?![\w-])")  # ids and secrets


class SteadyIds:
    """Ids and secrets, which are random, by the order in which they come."""

    def __init__(self) -> None:
        self._number: dict[str, str] = {}

    def replaced(self, text: str) -> str:
        """A text in which each of them is its number, in as many digits."""
        return _RANDOM.sub(self._counted, text)

    def _counted(self, found: re.Match[str]) -> str:
        return self._number.setdefault(found[0], str(len(self._number) + 1).zfill(len(found[0])))


def offline(html: str, files: Mapping[str, str]) -> str:
    """A page as a file; `files` are those of other pages by their addresses, all in one folder with that of the assets."""

    def address(found: re.Match[str]) -> str:
        space, name, target = found[1], found[2], unescape(found[3])
        if asset := _ASSET.match(target):
            return f'{space}{name}="{escape(f"{STATIC}/{asset[1]}")}"'
        if target.startswith("#"):
            return found[0]
        if name == "href" and (file := files.get(target.partition("#")[0])):
            return f'{space}href="{escape(file)}"'
        return "" if name in ("href", "src") else f'{space}{name}="#"'

    return _ADDRESS.sub(address, _LIVE.sub("", _SCRIPT.sub("", html)))


def copy_assets(static: Path, folder: Path) -> None:
    """Put the built styles and pictures into a folder, without the scripts."""
    for path in sorted(static.rglob("*")):
        if path.suffix in (".css", ".svg"):
            target = folder / STATIC / path.relative_to(static)
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(path, target)
