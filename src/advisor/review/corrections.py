"""Puts corrected texts into the files of words and rules: all of them are checked first, as they are on loading."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError

from advisor.io.document import Value, plain_values
from advisor.io.files import write_file
from advisor.io.located import parse_yaml
from advisor.io.round_trip import edited, put
from advisor.io.rulebook_reader import read_rulebook
from advisor.io.sentence_reader import COUNT, SentenceReader, blanks
from advisor.io.wording_reader import KINDS, read_wording, spoken
from advisor.loading import Loaded
from advisor.model.problems import InputError, Problem, Problems
from advisor.review.texts import Ref, Steps, keys_in
from advisor.review.workbook import Words, WordsRow, read_words
from advisor.review.workbook_reader import Correction, Returned, language_of, open_workbook, read_returned

Contents = Mapping[Path, bytes]


def import_workbook(path: Path, loaded: Loaded) -> list[Correction]:
    """Write the texts of a workbook that differ into the files of its language, and return them.

    Raises `InputError` with everything that is wrong with the workbook or would be with the words; then nothing is written.
    """
    book = open_workbook(path)
    words = read_words(loaded, language_of(book, path))
    returned = read_returned(book, words, path)
    contents = dict(_contents(returned.corrections, words))
    problems = [*returned.problems, *_problems(returned, contents, words)]
    if problems:
        raise InputError(problems)
    for file, content in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, content)
    return returned.corrections


def _contents(corrections: Iterable[Correction], words: Words) -> Iterator[tuple[Path, bytes]]:
    """Each file that changes, with what it is to hold."""
    by_file: dict[Path, list[Correction]] = {}
    for correction in corrections:
        by_file.setdefault(correction.row.file, []).append(correction)
    for file, own in by_file.items():
        order = _order(words.rows.values(), file)
        text = file.read_bytes().decode("utf-8") if file.exists() else ""
        yield file, _corrected(text, own, order, file).encode()


def _corrected(text: str, corrections: Sequence[Correction], order: Mapping[Steps, list[str]], file: Path) -> str:
    """A text of YAML in which only the corrected texts differ. Raises `InputError` where that cannot be done."""

    def edit(root: Any) -> None:
        for correction in corrections:
            _put(root, correction, order)

    wanted = _plain(text) or {}
    edit(wanted)
    if not text:
        import yaml

        return yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False, width=130)
    for made in edited(text, edit):
        if _plain(made) == wanted:
            return made
    raise InputError([Problem(str(file), 0, "not-edited", found=file.name)])


def _plain(text: str) -> Value:
    node = parse_yaml(text, Problems("")) if text else None
    return None if node is None else plain_values(node)


def _put(root: Any, correction: Correction, order: Mapping[Steps, list[str]]) -> None:
    """Set a text in the content of a file; what leads to it is put there where it is not."""
    held, row = root, correction.row
    for place, step in enumerate(row.path[:-1]):
        if isinstance(step, str) and step not in held:
            put(held, step, _below(row, place + 1, correction.text), order[row.path[:place]])
            return
        held = held[step]
    last = str(row.path[-1])
    put(held, last, _in_style(held.get(last), correction.text), order.get(row.path[:-1], [last]))


def _below(row: WordsRow, place: int, text: str) -> Any:
    """What stands under a key that is new: the rest of the way to a text, with the number that it counts by."""
    steps, value = row.path[place:], text
    made: Any = value
    for step in reversed(steps):
        made = {step: made}
    if row.count and len(steps) == 1:
        made = {COUNT: row.count, **made}
    return made


def _in_style(old: Any, text: str) -> Any:
    """A text in the quotes, or folded as, the one is that it stands for."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, SingleQuotedScalarString

    if isinstance(old, FoldedScalarString) and "\n" not in text.rstrip("\n"):
        folded = FoldedScalarString(text)
        folded.fold_pos = list(_folds(text))
        return folded
    if isinstance(old, (DoubleQuotedScalarString, SingleQuotedScalarString)) and "\n" not in text:
        return type(old)(text)
    return text


def _folds(text: str, width: int = 120) -> Iterator[int]:
    """The blanks of a text at which its lines break."""
    start = 0
    while len(text) - start > width and (place := text.rfind(" ", start + 1, start + width)) > 0:
        yield place
        start = place


def _order(rows: Iterable[WordsRow], file: Path) -> dict[Steps, list[str]]:
    """The keys of a file in the order in which the first language has them, under each way that leads to them."""
    found: dict[Steps, dict[str, None]] = {}
    for row in rows:
        if row.file == file:
            for place, step in enumerate(row.path):
                found.setdefault(row.path[:place], {COUNT: None})[str(step)] = None
    return {steps: list(keys) for steps, keys in found.items()}


# What is checked


def _problems(returned: Returned, contents: Contents, words: Words) -> list[Problem]:
    """What is wrong with the corrections: blanks and markup of each, and all that loading says of the words with them."""
    found = list(_lost_blanks(returned, words))
    if contents:
        told = {(problem.code, problem.pointer) for problem in found}
        after = [_placed(problem, returned) for problem in _on_loading(contents, words)]
        if any((problem.code, problem.pointer) not in told for problem in after):
            before = {_key(problem) for problem in _on_loading({}, words)}
            found += [p for p in after if (p.code, p.pointer) not in told and _key(p) not in before]
    return list(dict.fromkeys(found))


def _lost_blanks(returned: Returned, words: Words) -> Iterator[Problem]:
    """Texts with other blanks or markup than the first language has; forms of one sentence have them together."""
    for correction in returned.corrections:
        row = correction.row
        problems = Problems("")
        SentenceReader(words.folder).check(correction.text, 0, row.key, problems)
        for problem in problems.found:
            yield Problem(returned.file, 0, problem.code, row.key, problem.found, (), "", correction.cell)
        if not problems.found and not row.count and _blanks(correction.text) != (wanted := _blanks(row.first)):
            allowed = (row.first, *sorted(wanted))
            yield Problem(returned.file, 0, "blanks-differ", row.key, correction.text, allowed, "", correction.cell)
    for (kind, stem), forms in _counting(returned).items():
        said = {ref: row.now for ref, row in words.rows.items() if row.count and (ref[0], _stem(row)) == (kind, stem)}
        wanted = set[str]().union(*(_blanks(words.rows[ref].first) for ref in said))
        said |= {correction.row.ref: correction.text for correction in forms}
        if set[str]().union(*map(_blanks, said.values())) != wanted:
            last = forms[-1]
            yield Problem(
                returned.file, 0, "blanks-differ", last.row.key, last.text, (last.row.first, *sorted(wanted)), "", last.cell
            )


def _counting(returned: Returned) -> dict[Ref, list[Correction]]:
    found: dict[Ref, list[Correction]] = {}
    for correction in returned.corrections:
        if correction.row.count:
            found.setdefault((correction.row.kind, _stem(correction.row)), []).append(correction)
    return found


def _stem(row: WordsRow) -> str:
    """The key of a sentence that counts, without the form."""
    return row.key.removesuffix(str(row.path[-1]))


def _blanks(text: str) -> set[str]:
    try:
        return blanks(text)
    except TemplateSyntaxError:
        return set()


def _on_loading(contents: Contents, words: Words) -> list[Problem]:
    """What is said on loading the rules with the words when files hold these contents."""
    prompts = words.folder.parent
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        rules = shutil.copytree(words.rules, top / words.rules.name)
        first = shutil.copytree(prompts / words.first_language, top / prompts.name / words.first_language)
        folder = first if words.is_first else shutil.copytree(words.folder, top / prompts.name / words.language)
        for file, content in contents.items():
            inside = (
                rules / file.relative_to(words.rules)
                if file.is_relative_to(words.rules)
                else top / prompts.name / file.relative_to(prompts)
            )
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.write_bytes(content)
        try:
            rulebook = read_rulebook(rules)
            problems: list[Problem] = []
            for read in (read_wording, spoken):
                try:
                    read(folder, rulebook)
                except InputError as error:
                    problems += error.problems
        except InputError as error:
            return list(error.problems)
        return problems


def _placed(problem: Problem, returned: Returned) -> Problem:
    """A problem of a file, told at the cell that it comes from, if it comes from one."""
    for correction in returned.corrections:
        row = correction.row
        if row.place != problem.file and not row.place.startswith(f"{problem.file}:"):
            continue
        stem = f"{row.file.stem}.{row.path[0]}" if row.kind in KINDS else keys_in(row.key)[0]
        if problem.about == stem or problem.about.startswith(f"{stem}.") or problem.found in keys_in(row.key):
            return Problem(
                returned.file, 0, problem.code, row.key, problem.found, problem.allowed, problem.nearest, correction.cell
            )
    return problem


def _key(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.about, problem.found
