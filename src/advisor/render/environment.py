"""Where documents are made of templates, always in a sandbox; only the pages of the server have an environment of their own."""

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from advisor.io.disk_cache import DiskCache
from advisor.loading import Loaded
from advisor.model.references import ConclusionRef
from advisor.render.template_wording import TemplateWording

TEMPLATES = Path(__file__).parent / "templates"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#&~])")


class CachedCode(BytecodeCache):
    """Compiled templates, kept under their name and a hash of their text."""

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept of a template, if anything is."""
        if found := self._cache.find(f"template-{bucket.key}-{bucket.checksum}"):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._cache.get(f"template-{bucket.key}-{bucket.checksum}", bucket.bytecode_to_string)


@lru_cache(maxsize=8)
def environment(loaded: Loaded) -> ImmutableSandboxedEnvironment:
    """Where documents are made, with their templates compiled as they are needed."""
    wording = loaded.wording
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and ".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=CachedCode(loaded.cache),
    )
    made.filters["md"] = escape_markdown
    TemplateWording(wording, wording.documents).install(made)
    made.globals["language"] = wording.language
    made.globals["say"] = wording.phrases
    made.globals["ref"] = lambda *parts: str(ConclusionRef(*parts))
    made.globals |= globals_of(loaded)
    return made


def globals_of(loaded: Loaded) -> dict[str, object]:
    """What templates know of a rulebook: the findings by their parts, and what levels and members are called."""
    wording, vocabulary = loaded.wording, loaded.rulebook.vocabulary
    parts, findings = vocabulary.advice_parts, vocabulary.findings
    cautions = findings.get(parts.cautions)
    severities = cautions.attributes["severity"] if cautions else ("",)

    def called(finding: str, value: str) -> str:
        return wording.title(findings[finding].worded_as, value)

    return {
        "advice_parts": parts,
        "gravest": severities[0],
        "gravest_condition": vocabulary.weightiest(parts.conditions, "severity"),
        "mildest": severities[-1],
        "level": lambda step: called(parts.recommended, step) if step else "",
        "members": lambda names: [called(parts.members, name) for name in names],
    }


def escape_markdown(text: str) -> str:
    """Text that a user typed, so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
