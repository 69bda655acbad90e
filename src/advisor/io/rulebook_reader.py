"""Reads a folder of rules into a `Rulebook`; every problem in every file is reported in one go."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from advisor.io import fingerprint
from advisor.io.advice_parts_reader import read_advice_parts
from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, read_yaml, text_of, words
from advisor.io.rule_reader import ConditionReader, read_rules
from advisor.io.talk_reader import read_talk
from advisor.io.toward_reader import read_toward
from advisor.model.advice_parts import AdviceParts
from advisor.model.conditions import findings_in, questions_in
from advisor.model.problems import InputError, Problems
from advisor.model.references import RESERVED
from advisor.model.rulebook import Rule, Rulebook, Source
from advisor.model.talk import Talk
from advisor.model.vocabulary import NONE, THAT_IS_ALL, YES_NO, Finding, Question, Released, Value, Vocabulary
from advisor.model.wording import DEFAULT_LANGUAGE

_CHANGEABLE = ("agency", "together", "others", "fixed")
_KINDS = ("yes-no", "choice", "scale", "several")
SOURCES = "sources.yaml"
LAW = "law.yaml"  # law to ask counsel about: a register of its own, which a rulebook may do without
REGISTERS = (SOURCES, LAW)


def read_rulebook(folder: Path, *, advises: bool = True) -> Rulebook:
    """The rulebook in a folder. Raises `InputError` with all problems of all its files.

    One that `advises` has to say which finding plays which part in the advice, and what each topic exports to the others;
    those of before were not asked to.
    """
    return _RulebookReader(folder, advises=advises).read()


class _RulebookReader:
    """One reading: the collectors of problems by file, and what has been read so far."""

    def __init__(self, folder: Path, *, advises: bool) -> None:
        self.folder, self.advises = folder, advises
        self.problems: dict[str, Problems] = {}
        self.deciding: dict[str, Node] = {}  # the files that decide: all but the registers
        self.scales: dict[str, tuple[str, ...]] = {}
        self.sources: dict[str, Source] = {}
        self.documents: dict[str, str] = {}

    def read(self) -> Rulebook:
        self._read_sources()
        self._read_scales()
        sections = self._sections()
        topics = {path: self._file(path) for path in sorted(self.folder.glob("*.yaml")) if path.name not in REGISTERS}
        questions = self._questions(sections)
        findings = self._findings(questions)
        for path, root in topics.items():
            self._declare(path, root, findings)
        vocabulary = Vocabulary(sections, questions, findings)
        self._read_relevance(vocabulary)
        parts, released, talk = self._advice_parts(vocabulary), self._released(questions), self._talk(vocabulary)
        vocabulary = replace(vocabulary, advice_parts=parts, released=released, talk=talk)
        rules = self._rules(topics, vocabulary)
        if self.advises:
            self._check_exports(topics, rules)
        problems = [problem for each in self.problems.values() for problem in each.found]
        if problems:
            raise InputError(problems)
        sha256 = fingerprint.of_decisions(self.deciding)
        return Rulebook(self.version, sha256, vocabulary, rules, self.sources, self.documents, self.language)

    def _at(self, path: Path) -> Problems:
        name = f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}"
        return self.problems.setdefault(name, Problems(name))

    def _file(self, path: Path) -> Node | None:
        node = read_yaml(path, self._at(path))
        if node is not None and path.name not in REGISTERS:
            self.deciding[path.relative_to(self.folder).as_posix()] = node
        return node

    def _fields(self, path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> tuple[Mapping, Problems]:
        problems = self._at(path)
        return fields(self._file(path), required, optional, problems, path.stem), problems

    def _read_sources(self) -> None:
        for name in REGISTERS:
            if name == SOURCES or (self.folder / name).is_file():
                self._read_register(self.folder / name)

    def _read_register(self, path: Path) -> None:
        root, problems = self._fields(path, ("documents", "items"))
        documents = root.entries.get("documents")
        if isinstance(documents, Mapping):
            self.documents |= {key: text_of(documents, key, problems, "documents") for key in documents.entries}
        for node in _items(root.entries.get("items"), problems, "items"):
            item = fields(node, ("id", "says", "kind", "use", "document", "section"), ("members", "noted"), problems, "source")
            name = text_of(item, "id", problems, "source", "?")
            if name in self.sources:
                problems.add("duplicate-id", item.line, found=name)
            get = {key: text_of(item, key, problems, name) for key in ("says", "use", "document", "section", "noted")}
            if get["document"] not in self.documents:
                problems.add("unknown-value", item.line, about=name, found=get["document"], allowed=self.documents)
            self.sources[name] = Source(name, **get)

    def _read_scales(self) -> None:
        root, problems = self._fields(self.folder / "vocabulary/scales.yaml", ("scales",))
        scales = root.entries.get("scales")
        if isinstance(scales, Mapping):
            self.scales = {name: words(node, problems, name) for name, node in scales.entries.items()}

    def _sections(self) -> tuple[str, ...]:
        root, problems = self._fields(self.folder / "vocabulary/sections.yaml", ("sections", "version"), ("language",))
        self.version = text_of(root, "version", problems, "sections")
        self.language = text_of(root, "language", problems, "sections", DEFAULT_LANGUAGE)
        return words(root.entries.get("sections", Sequence(0)), problems, "sections")

    def _cited(self, node: Node | None, problems: Problems, about: str) -> tuple[str, ...]:
        if node is None:
            return ()
        ids = words(node, problems, about)
        for name in ids:
            if name not in self.sources:
                problems.add("unknown-source", node.line, about=about, found=name, allowed=self.sources)
        return ids

    def _questions(self, sections: tuple[str, ...]) -> dict[str, Question]:
        folder = self.folder / "vocabulary/questions"
        found: dict[str, Question] = {}
        self.relevance: dict[str, tuple[Node, Problems]] = {}
        names = {path.stem for path in folder.glob("*.yaml")}
        for stray in sorted(names.symmetric_difference(sections)):
            self._at(folder / f"{stray}.yaml").add("section-without-match", found=stray, allowed=sections)
        for section in (s for s in sections if s in names):
            root, problems = self._fields(folder / f"{section}.yaml", ("section", "questions"))
            if (named := text_of(root, "section", problems, section)) != section:
                problems.add("unknown-value", root.line_of("section"), about="section", found=named, allowed=(section,))
            for node in _items(root.entries.get("questions"), problems, "questions"):
                question = self._question(node, section, found, problems)
                if question.id in found or question.id in ("all", "any", "not"):
                    problems.add("duplicate-id", node.line, found=question.id)
                found[question.id] = question
        return found

    def _question(self, node: Node, section: str, earlier: dict[str, Question], problems: Problems) -> Question:
        optional = ("options", "options-of", "scale", "asked", "beside", "groups", "essential", "when", "toward")
        root = fields(node, ("id", "type", "changeable", "source"), optional, problems, "question")
        name = text_of(root, "id", problems, "question", "?")

        def one_of(key: str, allowed: tuple[str, ...], default: str = "") -> str:
            word = text_of(root, key, problems, name, default)
            if word not in allowed and key in root.entries:
                problems.add("unknown-value", root.line_of(key), about=f"{name}: {key}", found=word, allowed=allowed)
            return word

        kind = one_of("type", _KINDS)
        options_of = text_of(root, "options-of", problems, name)
        if options_of:
            options, option_sources = self._options_of(root, options_of, earlier, name, problems), dict[str, tuple[str, ...]]()
        else:
            options, option_sources = self._options(root, kind, name, problems)
            if kind == "several":
                options = (*options, THAT_IS_ALL)
        _check_names((name, *options), root.line, name, problems)
        asked, beside = one_of("asked", ("agency", "partner"), "agency"), text_of(root, "beside", problems, name)
        fitting = [each.id for each in earlier.values() if each.asked == asked and not each.beside and not each.options_of]
        if beside and beside not in fitting:
            problems.add("unknown-value", root.line_of("beside"), about=f"{name}: beside", found=beside, allowed=fitting)
        if "when" in root.entries:
            self.relevance[name] = (root.entries["when"], problems)
        return Question(
            id=name,
            section=section,
            kind=kind,  # type: ignore[arg-type]
            options=options,
            asked=asked,  # type: ignore[arg-type]
            changeable=one_of("changeable", _CHANGEABLE),  # type: ignore[arg-type]
            essential=one_of("essential", ("true", "false"), "false") == "true",
            sources=self._cited(root.entries.get("source"), problems, name),
            option_sources=option_sources,
            file=problems.file,
            line=root.line,
            options_of=options_of,
            beside=beside,
            groups=_groups(root, options, earlier[beside].options if beside in fitting else (), name, problems),
            better=() if kind == "several" else read_toward(root, kind, options, name, problems),
            members=one_of("toward", ("fewer", "more")) if kind == "several" else "",  # type: ignore[arg-type]
        )

    def _options_of(
        self, root: Mapping, other: str, earlier: dict[str, Question], name: str, problems: Problems
    ) -> tuple[str, ...]:
        """The options of an earlier question that takes several; one that is a choice takes one of what can be chosen there."""
        fitting = [each.id for each in earlier.values() if each.kind == "several"]
        kind = text_of(root, "type", problems, name)
        if other not in fitting or kind not in ("several", "choice"):
            problems.add("unknown-value", root.line_of("options-of"), about=f"{name}: options-of", found=other, allowed=fitting)
        if "options" in root.entries or "scale" in root.entries:
            problems.add("options-not-wanted", root.line, about=name)
        options = earlier[other].options if other in fitting else ()
        return options if kind == "several" else tuple(each for each in options if each not in (NONE, THAT_IS_ALL))

    def _options(
        self, root: Mapping, kind: str, name: str, problems: Problems
    ) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        node = root.entries.get("options")
        if kind == "yes-no":
            if node is not None:
                problems.add("options-not-wanted", root.line_of("options"), about=name)
            return YES_NO, {}
        if "scale" in root.entries:
            scale = text_of(root, "scale", problems, name)
            if scale not in self.scales:
                problems.add("unknown-value", root.line_of("scale"), about=name, found=scale, allowed=self.scales)
            return self.scales.get(scale, ()), {}
        if isinstance(node, Mapping):
            cited = {option: self._cited(value, problems, f"{name}: {option}") for option, value in node.entries.items()}
            return tuple(cited), cited
        options = words(node, problems, name) if node is not None else ()
        if len(options) < 2 or len(set(options)) < len(options):
            problems.add("options-expected", root.line, about=name)
        return options, {}

    def _read_relevance(self, vocabulary: Vocabulary) -> None:
        for name, (node, problems) in self.relevance.items():
            question = vocabulary.questions[name]
            reader = ConditionReader(vocabulary, problems, name, question.asked, findings=False)
            vocabulary.questions[name] = replace(question, when=reader.read(node))
        order = {name: place for place, name in enumerate(vocabulary.questions)}
        for name, (node, problems) in self.relevance.items():
            for other in questions_in(vocabulary.questions[name].when):
                if order[other] >= order[name]:
                    problems.add("relevance-looks-ahead", node.line, about=name, found=other)

    def _findings(self, questions: dict[str, Question]) -> dict[str, Finding]:
        path = self.folder / "vocabulary/findings.yaml"
        root, problems = self._fields(path, ("findings",))
        nodes = root.entries.get("findings")
        if not isinstance(nodes, Mapping):
            return {}
        found: dict[str, Finding] = {}
        for name, node in nodes.entries.items():
            found[name] = self._finding(name, node, questions, found, problems)
        return found

    def _finding(
        self, name: str, node: Node, questions: dict[str, Question], earlier: dict[str, Finding], problems: Problems
    ) -> Finding:
        optional = ("of", "scale", "keep", "values", "like", "open", "attributes", "first-of")
        root = fields(node, ("type",), optional, problems, name)
        get = {key: text_of(root, key, problems, name) for key in ("type", "of", "scale", "keep", "open")}
        kind, of = get["type"], get["of"] or "agency"
        for key, allowed in (("type", ("level", "set", "flag")), ("of", ("agency", "partner")), ("keep", ("highest", "lowest"))):
            if key in root.entries and get[key] not in allowed:
                problems.add("unknown-value", root.line_of(key), about=name, found=get[key], allowed=allowed)
        if name in questions:
            problems.add("duplicate-id", node.line, found=name)
        values: tuple[str, ...] = ()
        worded_as = name if kind == "set" else get["scale"]
        like = text_of(root, "like", problems, name)
        if like:
            worded_as = like
            if like not in earlier:
                problems.add("unknown-value", root.line_of("like"), about=name, found=like, allowed=earlier)
            else:
                values = tuple(earlier[like].values)
        elif kind == "flag":
            values = ("yes",)
        elif kind == "level":
            values = self.scales.get(get["scale"], ())
            if not values or not get["keep"]:
                problems.add("level-needs-scale", node.line, about=name, allowed=self.scales)
        elif isinstance(given := root.entries.get("values"), Scalar):
            asked = "partner" if given.text == "partner-questions" else "agency"
            values = tuple(q.id for q in questions.values() if q.asked == asked)
            worded_as = ""
        elif given is not None:
            values = words(given, problems, name)
        _check_names((name, *values), node.line, name, problems)
        attributes = root.entries.get("attributes")
        allowed_attributes = (
            {key: _allowed(words(value, problems, name), questions) for key, value in attributes.entries.items()}
            if isinstance(attributes, Mapping)
            else {}
        )
        made = {value: Value(value, "vocabulary", {}, (), problems.file, node.line) for value in values}
        is_open = get["open"] == "true"
        first_of = text_of(root, "first-of", problems, name)
        if first_of and first_of not in allowed_attributes:
            line = root.line_of("first-of")
            problems.add("unknown-value", line, about=f"{name}: first-of", found=first_of, allowed=allowed_attributes)
            first_of = ""
        if first_of and not (kind == "set" and is_open and not values):  # every value has to say what it is like
            problems.add(
                "unknown-key", root.line_of("first-of"), about=name, found="first-of", allowed=("type", "open", "attributes")
            )
            first_of = ""
        return Finding(name, kind, of, get["keep"], is_open, allowed_attributes, made, worded_as, first_of)  # type: ignore[arg-type]

    def _declare(self, path: Path, root: Node | None, findings: dict[str, Finding]) -> None:
        problems = self._at(path)
        topic = fields(root, ("topic", "rules"), ("exports", "declares"), problems, path.stem) if root else Mapping(0)
        if root and (named := text_of(topic, "topic", problems, path.stem)) != path.stem:
            problems.add("unknown-value", topic.line_of("topic"), about="topic", found=named, allowed=(path.stem,))
        declares = topic.entries.get("declares")
        if not isinstance(declares, Mapping):
            return
        for name, node in declares.entries.items():
            finding = findings.get(name)
            if finding is None or not finding.open:
                allowed = [f.name for f in findings.values() if f.open]
                problems.add("unknown-finding", declares.line_of(name), about="declares", found=name, allowed=allowed)
            elif isinstance(node, Mapping):
                for value, details in node.entries.items():
                    self._declare_value(finding, value, details, node.line_of(value), path.stem, problems)
            else:
                for value in words(node, problems, name):
                    self._declare_value(finding, value, Mapping(node.line), node.line, path.stem, problems)
            if finding is not None:
                for other in findings.values():
                    if other is not finding and other.worded_as == finding.name:
                        other.values.update(finding.values)  # what is like an open finding has the values it is given

    def _declare_value(self, finding: Finding, value: str, node: Node, line: int, topic: str, problems: Problems) -> None:
        about = f"{finding.name}: {value}"
        details = fields(node, tuple(finding.attributes), ("source",), problems, about)
        attributes = {key: text_of(details, key, problems, about) for key in finding.attributes}
        for key, word in attributes.items():
            if word and word not in finding.attributes[key]:
                problems.add("unknown-value", line, about=f"{about}: {key}", found=word, allowed=finding.attributes[key])
        if value in finding.values:
            problems.add("duplicate-id", line, found=value, about=finding.name)
        _check_names((value,), line, finding.name, problems)
        cited = self._cited(details.entries.get("source"), problems, about)
        finding.values[value] = Value(value, topic, attributes, cited, problems.file, line)

    def _advice_parts(self, vocabulary: Vocabulary) -> AdviceParts:
        path = self.folder / "vocabulary/advice.yaml"
        node = self._file(path) if self.advises or path.exists() else None
        return read_advice_parts(node, vocabulary, self._at(path)) if node is not None else AdviceParts()

    def _talk(self, vocabulary: Vocabulary) -> Talk:
        """How to talk about a disagreement; a rulebook that does not say so has no such file."""
        path = self.folder / "vocabulary/talk.yaml"
        node = self._file(path) if path.exists() else None
        return read_talk(node, vocabulary, self._cited, self._at(path)) if node is not None else Talk()

    def _released(self, questions: dict[str, Question]) -> dict[str, Released]:
        """What became of the questions of released rulebooks; a rulebook of which none was released has no such file."""
        path = self.folder / "vocabulary/changes.yaml"
        if not path.exists():
            return {}
        root, problems = self._fields(path, ("since", "questions", "dropped", "findings"))
        found: dict[str, Released] = {}
        carried, dropped = (root.entries.get(key) for key in ("questions", "dropped"))
        for name, node in carried.entries.items() if isinstance(carried, Mapping) else ():
            entry = fields(node, ("to", "options"), ("anew",), problems, name)
            to, pairs = text_of(entry, "to", problems, name), entry.entries.get("options")
            options = {each: text_of(pairs, each, problems, name) for each in pairs.entries} if isinstance(pairs, Mapping) else {}
            if to not in questions:
                problems.add("unknown-value", entry.line, about=f"{name}: to", found=to, allowed=questions)
            for option in options.values() if to in questions else ():
                if option not in questions[to].options:
                    problems.add("unknown-value", entry.line, about=name, found=option, allowed=questions[to].options)
            anew = words(entry.entries["anew"], problems, name) if "anew" in entry.entries else ()
            found[name] = Released(to, {**options, **dict.fromkeys(anew, "")})
        for name, node in dropped.entries.items() if isinstance(dropped, Mapping) else ():
            found[name] = Released("", dict.fromkeys(words(node, problems, name), ""))
        return found

    def _rules(self, topics: dict[Path, Node | None], vocabulary: Vocabulary) -> dict[str, Rule]:
        found: dict[str, Rule] = {}
        for path, root in topics.items():
            problems = self._at(path)
            nodes = root.entries.get("rules") if isinstance(root, Mapping) else None
            if not isinstance(nodes, Sequence):
                if nodes is not None:
                    problems.add("list-expected", nodes.line, about="rules")
                continue
            for rule in read_rules(nodes, path.stem, vocabulary, problems):
                if rule.id in found:
                    problems.add("duplicate-id", rule.line, found=rule.id)
                for source in rule.sources:
                    if source not in self.sources:
                        problems.add("unknown-source", rule.line, about=rule.id, found=source, allowed=self.sources)
                found[rule.id] = rule
        return found

    def _check_exports(self, topics: dict[Path, Node | None], rules: dict[str, Rule]) -> None:
        """That each topic says which of its findings the rules of other topics rest on, and no other."""
        tested = [(finding, rule) for rule in rules.values() for finding in findings_in(rule.when)]
        for path, root in topics.items():
            if not isinstance(root, Mapping):
                continue
            problems = self._at(path)
            concluded = {finding for rule in rules.values() if rule.topic == path.stem for finding, _ in rule.conclusions}
            wanted = {finding: rule.id for finding, rule in tested if finding in concluded and rule.topic != path.stem}
            line = root.line_of("exports")
            exported = words(root.entries.get("exports", Sequence(line)), problems, "exports")
            for finding in exported:
                if finding not in wanted:
                    problems.add("exported-for-nobody", line, about=path.stem, found=finding, allowed=wanted)
            for finding in sorted(wanted.keys() - set(exported)):
                problems.add("not-exported", line, about=wanted[finding], found=finding)


def _allowed(given: tuple[str, ...], questions: dict[str, Question]) -> tuple[str, ...]:
    """The words that an attribute may take; `questions` stands for every question."""
    return tuple(questions) if given == ("questions",) else given


def _items(node: Node | None, problems: Problems, about: str) -> list[Node]:
    if isinstance(node, Sequence):
        return node.items
    if node is not None:
        problems.add("list-expected", node.line, about=about)
    return []


def _groups(
    root: Mapping, options: tuple[str, ...], under: tuple[str, ...], name: str, problems: Problems
) -> dict[str, tuple[str, ...]]:
    """The options of a question under those of the one that it stands beside: each stands in one group, if there are groups."""
    node = root.entries.get("groups")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        problems.add("mapping-expected", root.line_of("groups"), about=f"{name}: groups")
        return {}
    groups, left = dict[str, tuple[str, ...]](), [option for option in options if option != THAT_IS_ALL]
    for group, listed in node.entries.items():
        if group not in under:
            problems.add("unknown-value", node.line_of(group), about=f"{name}: groups", found=group, allowed=under)
        groups[group] = words(listed, problems, f"{name}: {group}")
        for option in groups[group]:
            if option in left:
                left.remove(option)
            else:
                problems.add("unknown-value", node.line_of(group), about=f"{name}: {group}", found=option, allowed=left)
    if left:
        problems.add("not-grouped", root.line_of("groups"), about=name, found=", ".join(left))
    return groups


def _check_names(names: Iterable[str], line: int, about: str, problems: Problems) -> None:
    """That names leave the signs alone which stand between the parts of a reference."""
    for name in names:
        if set(name) & set(RESERVED):
            problems.add("reserved-sign", line, about=about, found=name, allowed=RESERVED)
