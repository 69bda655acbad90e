"""Works kept advice out again, by the rulebook it was given by, whatever the rulebook in use has become."""

import io
import lzma
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from advisor.engine import engine
from advisor.io import fingerprint
from advisor.loading import Loaded, files_of, load, phrases_of
from advisor.model.advice import RulebookStamp
from advisor.model.problems import InputError
from advisor.render import documents
from advisor.service import Service
from advisor.store.contents import read_content
from advisor.store.database import NotReplayableError, Store
from advisor.store.records import KeptAdvice, Person

_RULES, _PROMPTS, _BENEATH = "rules", "prompts", "beneath"
_PRESET = 1  # a fifth more bytes than the usual level, in a seventh of the time
_MOST_FILES, _MOST_BYTES = 2_000, 64 * 2**20


def archive_of(rules: Path, words: Path, beneath: Path | None = None) -> bytes:
    """The files that decide and speak, and nothing else, packed as a `.tar.xz`: the same bytes for the same files.

    `words` are those of one language, `beneath` those that filled in what they do not say.
    """
    packed = io.BytesIO()
    with lzma.open(packed, "wb", preset=_PRESET) as made, tarfile.open(fileobj=made, mode="w:") as archive:
        packing = [(rules, _RULES, files_of(rules)), (words, _PROMPTS, files_of(words))]
        if beneath is not None:
            packing.append((beneath, _BENEATH, phrases_of(beneath)))
        for folder, above, files in packing:
            for name, path in files.items():
                content = path.read_bytes()
                member = tarfile.TarInfo(f"{above}/{folder.name}/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def replay(store: Store, person: Person, case_id: str, advice_id: str) -> bytes:
    """The advice that was kept under this id, worked out again, as JSON.

    It takes a second or two, since a rulebook is read anew. Raises `NoSuchCaseError` as reading it does, and
    `NotReplayableError` where its rulebook is not there, is not what it was, or cannot be read any more.
    """
    kept = store.advices.read(person, case_id, advice_id)
    archive = store.advices.rulebook(kept.rulebook, kept.wording)
    if archive is None:
        raise NotReplayableError(kept.rulebook)
    with tempfile.TemporaryDirectory() as folder:
        loaded, files = _unpacked(archive, Path(folder))
        found = (loaded.rulebook.sha256, loaded.wording.sha256) if kept.wording else (files, "")
        if found != (kept.rulebook, kept.wording):
            raise NotReplayableError(kept.rulebook)
        return _assess(loaded, store.cases.content_at(case_id, kept.revision), kept)


def _assess(loaded: Loaded, content: str, kept: KeptAdvice) -> bytes:
    file = read_content(content, loaded.rulebook.vocabulary).file
    service = Service(loaded, engine(kept.engine, loaded.cache))
    advice = service.assess(file.in_scenario(kept.scenario), marks=kept.marks)
    if not kept.wording:  # as it was stamped then
        stamp = RulebookStamp(loaded.rulebook.version, kept.rulebook)
        return documents.json_bytes(replace(advice, format="advice/1", rulebook=stamp), leaving={"wording"})
    return documents.json_bytes(advice)


def _unpacked(packed: bytes, folder: Path) -> tuple[Loaded, str]:
    """The rulebook in an archive, and the hash of its files.

    Its cache is its own: in the user's it would push out the one in use.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as archive:
            for member in _sound(archive):
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                assert content is not None
                path.write_bytes(content.read())
        rules, words = (next(iter((folder / name).iterdir())) for name in (_RULES, _PROMPTS))
    except (tarfile.TarError, lzma.LZMAError, OSError, EOFError, StopIteration) as error:
        raise NotReplayableError(str(error)) from error
    try:
        loaded = load(rules, words.parent, language=words.name, cache=folder / "cache", beneath=folder / _BENEATH)
    except InputError as error:  # written for another version of the program
        raise NotReplayableError(str(error)) from error
    return loaded, fingerprint.of_files((rules, words))


def _sound(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The members of an archive, once it is sure that they are no more than a rulebook's files in its folders."""
    members, size = list[tarfile.TarInfo](), 0
    for member in archive:
        members.append(member)
        size += member.size
        if not (member.isreg() and _is_inside(member.name) and len(members) <= _MOST_FILES and size <= _MOST_BYTES):
            raise NotReplayableError(member.name)
    return members


def _is_inside(name: str) -> bool:
    """Whether a member lands inside the folder it is unpacked into, whatever the system makes of its name."""
    parts = PurePosixPath(name).parts
    odd = any(part in ("..", ".") or set(part) & set("\\:\0") for part in parts)
    return len(parts) > 2 and parts[0] in (_RULES, _PROMPTS, _BENEATH) and "/".join(parts) == name and not odd
