"""The advisor's use cases."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from advisor.advise.builder import AdviceBuilder
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.engine import Engine
from advisor.engine.by_partners import ByPartners
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, Program
from advisor.explain.justification import conclusion_ref, conclusions
from advisor.loading import Loaded
from advisor.model.advice import Advice, Contradiction, Open
from advisor.model.case import Case, quotable
from advisor.model.problems import InputError, Problem, Problems, nearest
from advisor.model.references import ConclusionRef
from advisor.model.rulebook import Rule, Source
from advisor.model.scenario import Scenario, apply
from advisor.model.vocabulary import Question
from advisor.service.recent import Recent
from advisor.service.turns import BusyError, Turns

if TYPE_CHECKING:  # each is imported where it is used: what a start does not need, it does not wait for
    from advisor.analysis.answer_space import GroundedRulebook, Space
    from advisor.analysis.consequences import Settled
    from advisor.analysis.consultation import ConsultationResult
    from advisor.analysis.counterfactual import Reach
    from advisor.analysis.next_question import NextQuestionResult
    from advisor.analysis.roadmap import Roadmap
    from advisor.analysis.sensitivity import Sensitivity
    from advisor.analysis.state import State
    from advisor.documents.blocks import Document
    from advisor.documents.request import DocumentRequest
    from advisor.documents.subject import Lookahead
    from advisor.engine.bit_parallel import BitParallel
    from advisor.engine.program import Slot
    from advisor.explain.comparison import Reading
    from advisor.explain.why import WhyReport
    from advisor.explain.why_not import WhyNot
    from advisor.model.consultation import Audience, Hands, RespondentView
    from advisor.render.drawing import Picture
    from advisor.service.states import States
    from advisor.sweep.batch import BatchResult

T = TypeVar("T")
PICTURES = ("rows", "table", "closeness", "plan", "why", "levers", "route")
STATE_SECONDS = 10.0  # for a state that is worked out aside, where the service has no limit of its own
_RECENT = 256
_TURNING = 2  # open questions that can turn a decision, looked for
_ASKED = 6  # questions gone through to find them
_FEW = 8  # partners up to which marks take no turn: they take milliseconds


class Service:
    """A rulebook with its words and an engine, to be asked anything. Safe to share between threads.

    `seconds` is the most that one question may take; a question that names fewer gets those. What the solver decides
    takes its turn where there are `turns`; `caller` is whose share of them it counts towards. A question that is not
    decided in time raises `NotDecidedError`, one that gets no turn `BusyError`, which is one too.
    """

    def __init__(self, loaded: Loaded, engine: Engine, *, seconds: float | None = None, turns: Turns | None = None) -> None:
        self.loaded, self.engine, self.seconds = loaded, engine, seconds
        self.rulebook, self.wording, self.vocabulary = loaded.rulebook, loaded.wording, loaded.rulebook.vocabulary
        self._turns, self._recent = turns, Recent(_RECENT)
        self._programs = ByPartners[Program]()
        self._evaluators = ByPartners["BitParallel"]()
        self._builder = AdviceBuilder(loaded.rulebook, loaded.wording, engine.name)

    def close(self) -> None:
        """Stop what is worked out aside."""
        if "states" in self.__dict__:
            self.states.close()

    # What follows from a case

    def program(self, partners: int) -> Program:
        """The rulebook compiled for this many partners."""
        return self._programs.get_or_make(partners, self.loaded.program)

    def infer(self, case: Case) -> Inference:
        """What follows from a case, without words; what she keeps to herself is not in it, so that no advice can quote it."""
        case = quotable(case, self.wording.phrases["advice"]["private"])
        return infer(case, self.rulebook, self.program(len(case.partners)), self.engine)

    def assess(self, case: Case, *, marks: bool = False, seconds: float | None = None, caller: Hashable = None) -> Advice:
        """The advice on a case; with `marks` it tells too which of it is settled whatever is still unknown."""
        inference = self.infer(case)
        return self._builder.build(inference, self._marks(inference, seconds, caller) if marks else None)

    def contradictions(self, case: Case) -> tuple[Contradiction, ...]:
        """The answers of a case that do not fit together."""
        return self._builder.contradictions(self.infer(case))

    def _marks(self, inference: Inference, seconds: float | None, caller: Hashable) -> dict[str, str]:
        """For each conclusion whether it is settled or open."""
        from advisor.analysis.consequences import key_of, settle

        names = _names(inference.case)
        concluded = {(atom.name, atom.values[0], atom.partner): conclusion_ref(atom, names) for atom in conclusions(inference)}
        few = len(names) <= _FEW
        with nullcontext(self._deadline(seconds)) if few else self.turn(caller, seconds) as deadline:
            deadline.check()  # many cases are settled without the solver, which looks at the time
            found = settle(inference.case, self.ground(inference.case), deadline, among=concluded)
        if found.seconds is not None:
            raise NotDecidedError(found.seconds)
        status = {key_of(conclusion): where for conclusion, where in found.status.items()}
        return {str(ref): status[key] for key, ref in concluded.items() if key in status}

    # Why it is so, and why not otherwise

    def why(self, case: Case, of: str) -> "WhyReport":
        """Why something is recommended. Raises `InputError` where the advice holds nothing of this name."""
        from advisor.explain.why import why

        return why(self.assess(case), of, self.loaded)

    def why_not(self, case: Case, goal: str) -> "list[WhyNot]":
        """The nearest rules that could have given a goal. Raises `InputError` where there is no such goal."""
        from advisor.analysis.goals import read_goals
        from advisor.explain.why_not import why_not

        inference = self.infer(case)
        (wanted,) = read_goals([goal], self.vocabulary, inference.program, _names(case))
        return [why_not(inference, conclusion) for conclusion in wanted]

    # What holds whatever is still unknown

    def ground(self, case: Case) -> "GroundedRulebook":
        """What is prepared for cases of this many partners."""
        return self._space.ground(len(case.partners))

    @cached_property
    def _space(self) -> "Space":
        from advisor.analysis.answer_space import Space

        return Space(self.rulebook, self.program, self.loaded.cache)

    def settle(self, case: Case, *, seconds: float | None = None, caller: Hashable = None) -> "Settled":
        """Where each conclusion stands; what the time did not suffice for is told as not decided."""
        from advisor.analysis.consequences import settle

        with self.turn(caller, seconds) as deadline:
            return settle(case, self.ground(case), deadline)

    def next_question(
        self, case: Case, skip: "Collection[Slot]" = (), *, seconds: float | None = None, caller: Hashable = None
    ) -> "NextQuestionResult":
        """The question worth asking next, none of those in `skip`."""
        from advisor.analysis.next_question import next_question

        with self.turn(caller, seconds) as deadline:
            return next_question(case, self.ground(case), deadline, skip)

    def turning(self, advice: Advice, case: Case, *, caller: Hashable = None) -> tuple[Open, ...]:
        """A few open questions that can turn what is decided and how close, those worth most first.

        None where the advice was given without marks, where it stands or names such questions itself, and where time was short.
        Raises `BusyError` where it got no turn.
        """
        findings = self.vocabulary.advice_parts.deciding
        deciding = [ref for ref in map(ConclusionRef.parse, advice.settled) if ref.finding in findings]
        if advice.unknown.decisive or all(advice.settled[str(ref)] == "settled" for ref in deciding):
            return ()
        asked: list[Slot] = []
        found: list[Slot] = []
        while len(found) < _TURNING and len(asked) < _ASKED:
            following = _in_time(lambda: self.next_question(case, asked, caller=caller))
            if following is None or following.ask is None or not following.ask.decisive:
                break
            slot = (following.ask.partner, following.ask.question)
            asked.append(slot)
            if any(turn.finding in findings for turn in following.ask.turns):
                found.append(slot)
        names = _names(case)
        return tuple(
            Open(question, None if partner == AGENCY else names[partner], self.wording.asked(question), "")
            for partner, question in found
        )

    def state(
        self, case: Case, skip: "Collection[Slot]" = (), *, seconds: float | None = None, caller: Hashable = None
    ) -> "State":
        """The state of the advice on a case: where it stands, and what is still worth asking."""
        from advisor.analysis.state import state_of

        with self.turn(caller, seconds) as deadline:
            return state_of(case, self.ground(case), deadline, skip)

    @cached_property
    def states(self) -> "States":
        """States worked out aside, in a process of their own."""
        from advisor.service.states import States

        return States(self.loaded, self.seconds or STATE_SECONDS)

    def reach(
        self,
        case: Case,
        goals: Sequence[str],
        keep: Sequence[str] = (),
        *,
        seconds: float | None = None,
        caller: Hashable = None,
    ) -> "Reach":
        """The smallest changes that reach the goals, with the answers in `keep` as they are.

        Raises `InputError` for a goal or a question that is none.
        """
        from advisor.analysis.counterfactual import reach
        from advisor.analysis.goals import read_goals, read_slots

        names = _names(case)
        wanted = read_goals(goals, self.vocabulary, self.program(len(names)), names)
        kept = read_slots(keep, self.vocabulary, names)
        with self.turn(caller, seconds) as deadline:
            return reach(case, wanted, self.ground(case), self.engine, keep=kept, deadline=deadline)

    def roadmap(self, case: Case, goal: str, *, seconds: float | None = None, caller: Hashable = None) -> "Roadmap":
        """The way to a goal in steps that the advice supports. Raises `InputError` for a goal that is none."""
        from advisor.analysis.roadmap import plan_for

        with self.turn(caller, seconds) as deadline:
            return plan_for(case, goal, self.ground(case), self.engine, deadline)

    def sensitivity(
        self, case: Case, *, pairs: bool = True, seconds: float | None = None, caller: Hashable = None
    ) -> "Sensitivity":
        """What hangs on each answer, and how firm each recommendation is; without `pairs` only the first."""
        from advisor.analysis.sensitivity import weigh

        with self.turn(caller, seconds) as deadline:
            return weigh(case, self._bit_parallel(len(case.partners)), pairs=pairs, deadline=deadline)

    def _bit_parallel(self, partners: int) -> "BitParallel":
        from advisor.engine.bit_parallel import BitParallel

        return self._evaluators.get_or_make(
            partners, lambda number: BitParallel(self.program(number), self.vocabulary, self.loaded.cache)
        )

    # Cases held against each other

    def what_if(self, before: Case, scenario: Scenario, label: str = "") -> "tuple[Reading, ...]":
        """A case as it is (called `label`, or as it stands) and as a scenario would have it, to be compared."""
        label = label or self.wording.phrases["scenarios"]["as-it-stands"]
        return self.readings([(label, before), (scenario.name, apply(before, scenario))])

    def readings(self, sides: Sequence[tuple[str, Case]]) -> "tuple[Reading, ...]":
        """Cases under the names they are told apart by, each with its advice, to be compared."""
        from advisor.explain.comparison import Reading

        inferences = [(label, self.infer(case)) for label, case in sides]
        return tuple(Reading(label, inference, self._builder.build(inference)) for label, inference in inferences)

    # Several answers to one case

    def consult(
        self,
        views: "Sequence[RespondentView]",
        *,
        name: str = "",
        audience: "Audience" = "everybody",
        hands: "Sequence[Hands]" = (),
        seconds: float | None = None,
        caller: Hashable = None,
    ) -> "ConsultationResult":
        """What stands in a consultation whoever is right, and what to resolve first, as an audience may see it.

        Raises `InputError` where the views do not fit together.
        """
        from advisor.analysis.consultation import consult
        from advisor.model.consultation import join

        joined = join(views, self.vocabulary, name=name, audience=audience, hands=hands)
        with self.turn(caller, seconds) as deadline:
            return consult(joined, self.program(len(joined.case.partners)), self.vocabulary, deadline)

    # Pictures

    def picture(self, case: Case, what: str = "rows", of: str = "", *, caller: Hashable = None) -> "Picture":
        """A picture of the advice: one of `PICTURES`.

        `of` names what to give reasons for (`why`; else what decides how close), or the goal that a `route` leads to.
        Raises `InputError` for another picture, where the advice does not recommend that, and for a route without a goal.
        """
        from advisor.explain.why import named, tree
        from advisor.render import change_pictures, partner_pictures, pictures, plan_picture
        from advisor.render.why_picture import why_picture

        if what not in PICTURES:
            raise InputError([Problem("", 0, "unknown-picture", found=what, allowed=PICTURES, nearest=nearest(what, PICTURES))])
        if what == "route":
            return change_pictures.route_picture(self.roadmap(case, of, caller=caller), self.loaded)
        advice = self.assess(case)
        if what == "levers":
            return change_pictures.levers_picture(self.sensitivity(case, pairs=False, caller=caller), advice, self.loaded)
        if what == "why":
            conclusion = named(advice, of or self.vocabulary.advice_parts.recommended, self.vocabulary)[0]
            return why_picture(tree(advice, conclusion, self.loaded), self.loaded)
        draw = {
            "rows": pictures.rows_picture,
            "table": partner_pictures.table_picture,
            "closeness": partner_pictures.closeness_picture,
            "plan": plan_picture.plan_picture,
        }
        return draw[what](advice, self.loaded)

    # Documents

    def offered(self, advice: Advice, case: Case) -> dict[str, tuple[str, ...]]:
        """The documents that can be made on a case here, each with its forms."""
        from advisor.documents.catalog import offered

        return offered(advice, case, self.loaded)

    def compose(self, advice: Advice, case: Case, wanted: "DocumentRequest", *, caller: Hashable = None) -> "Document":
        """What a document on a case and its advice says, ready to be written. Raises `InputError` where there is no such one."""
        from advisor.documents.catalog import compose

        return compose(advice, case, self.loaded, wanted, self._lookahead(advice, case, wanted, caller))

    def document(self, advice: Advice, case: Case, wanted: "DocumentRequest", *, caller: Hashable = None) -> bytes:
        """A document on a case and its advice, as a file; it takes its turn.

        Raises `InputError` where there is no such document, not in this form, or not on this advice.
        """
        from advisor.documents.catalog import check, make

        check(wanted)
        lookahead = self._lookahead(advice, case, wanted, caller)
        with self.turn(caller):
            return make(advice, case, self.loaded, wanted, lookahead)

    def write(self, document: "Document", form: str, names: Sequence[str], day: date | None, *, caller: Hashable = None) -> bytes:
        """A document that was composed, as a file in one of its forms; it takes its turn."""
        from advisor.documents.catalog import write

        with self.turn(caller):
            return write(document, form, names, day)

    def _lookahead(self, advice: Advice, case: Case, wanted: "DocumentRequest", caller: Hashable) -> "Lookahead":
        """What a memo tells of what is not known, and of what other answers would do; no more than there is time for."""
        from advisor.documents.subject import Lookahead
        from advisor.render.change_pictures import levers_picture

        if wanted.kind != "memo":
            return Lookahead()
        weighed = _in_time(lambda: self.sensitivity(case, pairs=False, caller=caller))
        levers = levers_picture(weighed, advice, self.loaded) if weighed else None
        return Lookahead(self.turning(advice, case, caller=caller), levers)

    # Many cases

    def batch(self, path: Path, output: Path, told: Callable[[int], None], ignored: Collection[str] = ()) -> "BatchResult":
        """Work out every case of a table or a folder, to a folder of Parquet, or to a Parquet file, CSV or workbook.

        `told` hears of each batch's number of rows; `ignored` are headings of columns that are left out without a word.
        """
        from advisor.sweep.batch import BatchRun, run_to_file, run_to_folder
        from advisor.sweep.readable_batch import READABLE, run_readable

        run = BatchRun(path, self.loaded, ignored)
        kind = output.suffix.lower()
        if kind in READABLE:
            return run_readable(run, output, self.assess, told)
        return (run_to_file if kind == ".parquet" else run_to_folder)(run, output, self.program, told)

    # What can be asked, and what decides

    def questions(
        self, section: str = "", asked: Literal["agency", "partner", ""] = "", *, essential: bool = False
    ) -> list[Question]:
        """The questions of a section, about whom, or of the short intake. Raises `InputError` for a section that is none."""
        from advisor.render.intake_listing import selected_questions

        problems = Problems("")
        if section and section not in self.vocabulary.sections:
            problems.add("unknown-value", about="section", found=section, allowed=self.vocabulary.sections)
        problems.raise_if_any()
        return selected_questions(self.vocabulary, section=section, asked=asked, essential=essential)

    def rule(self, name: str) -> Rule:
        """A rule by its id. Raises `InputError` where there is none."""
        return _one(name, self.rulebook.rules, "unknown-rule")

    def source(self, name: str) -> Source:
        """An item of the source register by its id. Raises `InputError` where there is none."""
        return _one(name, self.rulebook.sources, "unknown-source")

    # Time, turns, and what is kept

    @contextmanager
    def turn(self, caller: Hashable = None, seconds: float | None = None) -> Iterator[Deadline]:
        """A turn at heavy work, with the time that it may take from now on, waiting for the turn included."""
        deadline = self._deadline(seconds)
        if self._turns is None:
            yield deadline
            return
        with self._turns.take(caller, deadline.left):
            yield deadline

    def _deadline(self, seconds: float | None) -> Deadline:
        return Deadline(min((each for each in (seconds, self.seconds) if each is not None), default=None))

    def recent(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under this key lately, or is made now; the key has to change when what it is made of does."""
        return self._recent.get_or_make(key, make)

    def recent_in_time(self, key: Hashable, make: Callable[[], T]) -> T | None:
        """The same of a hard question; None where it was not decided in time. Raises `BusyError` where it got no turn."""
        return _in_time(lambda: self.recent(key, make))


def _in_time(ask: Callable[[], T]) -> T | None:
    """What a hard question gives; None where it was not decided in time. Raises `BusyError` where it got no turn."""
    try:
        return ask()
    except BusyError:
        raise
    except NotDecidedError:
        return None


def _names(case: Case) -> list[str]:
    return [partner.name for partner in case.partners]


def _one(name: str, known: Mapping[str, T], code: str) -> T:
    found = known.get(name)
    if found is None:
        raise InputError([Problem("", 0, code, found=name, nearest=nearest(name, known))])
    return found
