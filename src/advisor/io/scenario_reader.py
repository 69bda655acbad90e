"""Reads the scenarios of a case file, and changes typed on the command line, with all problems at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from advisor.io.case_reader import MAX_NAME, case_of, is_of_a_partner, is_old, read_answer, read_old
from advisor.io.document import Value, members, parse_document, read_document, text_in, words_in
from advisor.model.carried_over import LeftOut, carried_over, not_carried
from advisor.model.case import MAX_PARTNERS, Case
from advisor.model.conditions import Answers
from advisor.model.names import composed, folded
from advisor.model.problems import Pointer, Problem, Problems
from advisor.model.references import Setting
from advisor.model.scenario import MAX_SCENARIOS, CaseFile, Scenario, names_after
from advisor.model.vocabulary import Scope, Vocabulary

KEY = "scenarios"


def read_case_file(path: Path, vocabulary: Vocabulary) -> CaseFile:
    """The case in a file with its scenarios. Raises `InputError` with every problem in either."""
    problems = Problems(str(path))
    return _finish(read_document(path, problems), path.stem, vocabulary, problems)


def parse_case_file(
    raw: bytes, vocabulary: Vocabulary, *, name: str = "case", as_json: bool = False, whole: bool = False
) -> CaseFile:
    """The case in an encoded text with its scenarios. Raises `InputError` with every problem in either.

    An answer of an earlier rulebook that has no place in this one is left out, or is a problem where the `whole` is wanted.
    """
    problems = Problems(name)
    value = parse_document(raw, problems, as_json=as_json)
    return _finish(value, PurePath(name).stem, vocabulary, problems, whole=whole)


def parse_change(raw: bytes, case: Case, vocabulary: Vocabulary, *, name: str, place: str = "", as_json: bool = True) -> Scenario:
    """The changes of a case in an encoded text, as a scenario of this name. Raises `InputError` with every problem in them."""
    problems = Problems(place)
    value = parse_document(raw, problems, as_json=as_json)
    problems.raise_if_any()
    return change_of(value, (), case, name, vocabulary, problems)


def change_of(value: Value, path: Pointer, case: Case, name: str, vocabulary: Vocabulary, problems: Problems) -> Scenario:
    """The changes that a value at `path` says, as a scenario of this name. Raises `InputError` with every problem in them."""
    change, left_out = _scenario(name, value, path, vocabulary, problems)
    problems.found += not_carried(left_out, problems.file)
    if change.on is not None:
        problems.add("unknown-scenario", path, about=name, found=change.on)
    else:
        _check_partners({name: change}, name, path, case, problems)
    problems.raise_if_any()
    return change


def _finish(value: Value, name: str, vocabulary: Vocabulary, problems: Problems, *, whole: bool = False) -> CaseFile:
    problems.raise_if_any()
    file = case_file_of(value, (), name, vocabulary, problems)
    if whole:
        problems.found += notices(file, problems.file)
    problems.raise_if_any()
    return file


def case_file_of(value: Value, path: Pointer, name: str, vocabulary: Vocabulary, problems: Problems) -> CaseFile:
    """The case that a value says with its scenarios; whatever is wrong with either is noted in `problems`, below `path`."""
    case, left_out = case_of(value, path, name, vocabulary, problems)
    given = value.get(KEY) if isinstance(value, dict) else None
    scenarios, apart = _scenarios(given, (*path, KEY), case, vocabulary, problems)
    return CaseFile(case, scenarios, {"": left_out, **apart} if left_out else apart)


def notices(file: CaseFile, place: str) -> list[Problem]:
    """What is told of answers of an earlier rulebook that a file holds and that have no place in this one."""
    return not_carried((each for left_out in file.left_out.values() for each in left_out), place)


def scenarios_of(value: Value, path: Pointer, case: Case, vocabulary: Vocabulary, problems: Problems) -> dict[str, Scenario]:
    """The scenarios that a value says, by name; whatever is wrong with them is noted in `problems`, below `path`."""
    return _scenarios(value, path, case, vocabulary, problems)[0]


def _scenarios(
    value: Value, path: Pointer, case: Case, vocabulary: Vocabulary, problems: Problems
) -> tuple[dict[str, Scenario], dict[str, tuple[LeftOut, ...]]]:
    """The scenarios that a value says, and what each says that has no place in this rulebook, by name."""
    if value is None:
        return {}, {}
    if not isinstance(value, dict):
        problems.add("mapping-expected", path, about=KEY)
        return {}, {}
    if len(value) > MAX_SCENARIOS:
        problems.add("too-many-scenarios", path, found=len(value), allowed=(str(MAX_SCENARIOS),))
        return {}, {}
    read = {name: _scenario(name, given, (*path, name), vocabulary, problems) for name, given in value.items()}
    found = {name: scenario for name, (scenario, _) in read.items()}
    for name in found:
        if not 0 < len(name) <= MAX_NAME:
            problems.add("name-too-long", (*path, name), about=KEY, found=len(name), allowed=(str(MAX_NAME),))
    for name in _in_order(found, path, problems):
        _check_partners(found, name, (*path, name), case, problems)
    return found, {name: left_out for name, (_, left_out) in read.items() if left_out}


def read_changes(
    settings: Sequence[str | Setting], add: Sequence[str], drop: Sequence[str], case: Case, vocabulary: Vocabulary, name: str
) -> Scenario:
    """The scenario that settings such as `Q=V` and `Q=V@Partner` say. Raises `InputError` with every problem in them.

    A `several` answer is written `a,b` or `[a, b]`; `unknown` takes an answer away.
    """
    add, drop = [composed(each) for each in add], [composed(each) for each in drop]
    answers: dict[str, tuple[str, ...]] = {}
    partners: dict[str, dict[str, tuple[str, ...]]] = {}
    noted = []
    names = {folded(each): each for each in (*(partner.name for partner in case.partners), *add)}
    for setting in settings:
        problems = Problems(f"--set {setting}")
        noted.append(problems)
        read = Setting.parse(setting) if isinstance(setting, str) else setting
        if read is None:
            problems.add("setting-expected", found=setting)
            continue
        question, partner = read.question.question, read.question.partner or ""
        scope: Scope = "partner" if partner else "agency"
        if partner and folded(partner) not in names:
            problems.add("unknown-partner", found=partner, allowed=tuple(names.values()))
        given = _answer(question, _typed(read.answer), scope, partner, (), vocabulary, problems)
        if given is None:
            continue
        into = partners.setdefault(names.get(folded(partner), partner), {}) if partner else answers
        if question in into:
            problems.add("set-twice", found=question, about=partner)
        into[question] = given
    scenario = Scenario(name, answers, partners, tuple(add), tuple(drop))
    problems = Problems("--add-partner, --drop-partner")
    noted.append(problems)
    _check_names(scenario, [partner.name for partner in case.partners], (), problems)
    together = Problems("")
    together.found = [problem for each in noted for problem in each.found]
    together.raise_if_any()
    return scenario


def _typed(text: str) -> Value:
    """A value as it was typed: a word, or words with commas between; nothing is None."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    parts: list[Value] = [part.strip() or None for part in inner.split(",")]
    return parts if inner != text or len(parts) > 1 else parts[0]


def _scenario(
    name: str, value: Value, path: Pointer, vocabulary: Vocabulary, problems: Problems
) -> tuple[Scenario, tuple[LeftOut, ...]]:
    """The scenario that a value says, and what has no place in it; whether its partners are there, `_check_partners` says."""
    left: list[LeftOut] = []
    about = f"scenario {name}"
    root = members(value, (), ("on", "answers", "partners", "add", "drop", "notes"), path, problems, about)
    partners: dict[str, Answers] = {}
    given, below = root.get("partners"), (*path, "partners")
    if isinstance(given, dict):
        for partner, answers in given.items():
            of = composed(partner)
            partners[of] = _answers(answers, "partner", of, (*below, partner), vocabulary, problems, left)
    elif given is not None:
        problems.add("mapping-expected", below, about=f"{about}: partners")
    scenario = Scenario(
        name,
        _answers(root.get("answers"), "agency", "", (*path, "answers"), vocabulary, problems, left),
        partners,
        _names(root.get("add"), (*path, "add"), f"{about}: add", problems),
        _names(root.get("drop"), (*path, "drop"), f"{about}: drop", problems),
        text_in(root, "on", path, problems, about) or None,
    )
    return scenario, tuple(left)


def _names(value: Value, path: Pointer, about: str, problems: Problems) -> tuple[str, ...]:
    return () if value is None else tuple(composed(name) for name in words_in(value, path, problems, about))


def _answers(
    value: Value,
    asked: Scope,
    partner: str,
    path: Pointer,
    vocabulary: Vocabulary,
    problems: Problems,
    left: list[LeftOut],
) -> Answers:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.add("mapping-expected", path, about=partner or "answers")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    old: dict[str, tuple[str, ...]] = {}
    for name, given in value.items():
        if name in vocabulary.released and is_old(given, name, vocabulary):
            old[name] = read_old(given, name, asked, partner, (*path, name), vocabulary, problems)
            continue
        answer = _answer(name, given, asked, partner, (*path, name), vocabulary, problems)
        if answer is not None:
            found[name] = answer
    if old:
        found, apart = carried_over(old, found, partner, vocabulary)
        left += apart
    return found


def _answer(
    name: str, value: Value, asked: Scope, partner: str, path: Pointer, vocabulary: Vocabulary, problems: Problems
) -> tuple[str, ...] | None:
    """An answer as it counts; empty where it takes one away, None where a problem was noted."""
    question, before = vocabulary.questions.get(name), len(problems.found)
    if is_of_a_partner(name, vocabulary):
        problems.add("answer-of-a-partner", path, about=partner, found=name)
    elif question is None:
        problems.add("unknown-question", path, about=partner, found=name, allowed=[q.id for q in vocabulary.asked_of(asked)])
    elif question.asked != asked:
        code = "partner-to-name" if question.asked == "partner" else "question-about-the-agency"
        problems.add(code, path, about=partner, found=name)
    else:
        answer = read_answer(value, question, partner, path, problems)
        return answer if len(problems.found) == before else None
    return None


def _in_order(found: dict[str, Scenario], path: Pointer, problems: Problems) -> list[str]:
    """The scenarios whose foundations are sound. One on a name that is none, or in a circle, is noted."""
    sound: list[str] = []
    for name, scenario in found.items():
        if scenario.on is not None and scenario.on not in found:
            problems.add("unknown-scenario", (*path, name), about=name, found=scenario.on, allowed=tuple(found))
            continue
        chain, at = [name], scenario.on
        while at in found and at not in chain:
            chain.append(at)
            at = found[at].on
        if at == name:
            problems.add("scenario-circle", (*path, name), about=name, found=" → ".join([*chain, name]))
        elif at is None:
            sound.append(name)
    return sound


def _check_partners(found: Mapping[str, Scenario], name: str, path: Pointer, case: Case, problems: Problems) -> None:
    """That a scenario is about partners there are, in the case or added on the way."""
    names = [partner.name for partner in case.partners]
    for below in CaseFile(case, found).lineage(name)[:-1]:
        names = names_after(names, below)
    _check_names(found[name], names, path, problems)
    after = names_after(names, found[name])
    for partner in found[name].partners:
        if folded(partner) not in {folded(each) for each in after}:
            problems.add("unknown-partner", path, about=name, found=partner, allowed=after)


def _check_names(scenario: Scenario, names: Sequence[str], path: Pointer, problems: Problems) -> None:
    """That partners left out are there, and that added ones are new, named, and not too many."""
    here = [folded(name) for name in names]
    for name in scenario.drop:
        if folded(name) not in here:
            problems.add("unknown-partner", path, about=scenario.name, found=name, allowed=names)
    kept = [name for name in here if name not in {folded(name) for name in scenario.drop}]
    for name in scenario.add:
        if not 0 < len(name.strip()) <= MAX_NAME:
            problems.add("name-too-long", path, about="name", found=len(name), allowed=(str(MAX_NAME),))
        if folded(name) in kept:
            problems.add("duplicate-partner", path, found=name)
        kept.append(folded(name))
    if len(kept) > MAX_PARTNERS:
        problems.add("too-many-partners", path, found=len(kept), allowed=(str(MAX_PARTNERS),))
