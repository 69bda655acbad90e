"""`advisor settle`, `next`, `why-not`, `reach` and `rules prove`: what holds whatever is still unknown."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.analysis import reports
from advisor.analysis.answer_space import Ground, Space
from advisor.analysis.conclusions import Conclusion, read_goals, read_slots
from advisor.analysis.consequences import Status
from advisor.analysis.consequences import settle as settle_case
from advisor.analysis.counterfactual import Blocker, Reach, Step, reach
from advisor.analysis.invariants import read_invariants
from advisor.analysis.next_question import next_question
from advisor.analysis.rulebook_proof import Claim, write_witnesses
from advisor.analysis.rulebook_proof import prove as prove_all
from advisor.analysis.solver import Deadline, NotDecidedError
from advisor.analysis.verification import Proof
from advisor.cli.app import CasePath, app, load_rulebook, print_text
from advisor.cli.rules import rules as rules_app
from advisor.engine.chain import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY, Atom
from advisor.explain.justification import ref_of
from advisor.explain.why_not import Failure, Lack
from advisor.explain.why_not import why_not as search
from advisor.explain.words import said
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.sentence import sentence

NOT_DECIDED = 3
LISTED = 12
STATUSES: tuple[Status, ...] = ("settled", "open", "excluded", "not-decided")

Limit = Annotated[float | None, typer.Option("--limit", metavar="SECONDS", help="The time allowed to the solver.", min=0.0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _Desk:
    """One case on one rulebook, and how things about it are said."""

    def __init__(self, path: Path) -> None:
        self.loaded: Loaded = load_rulebook()
        self.wording, self.vocabulary = self.loaded.wording, self.loaded.rulebook.vocabulary
        self.case: Case = read_case(path, self.vocabulary)
        self.partners = [partner.name for partner in self.case.partners]
        self.ground: Ground = Space(self.loaded.rulebook, self.loaded.program, self.loaded.kept).ground(len(self.partners))
        self.engine = ChainEngine(self.loaded.kept)

    def say(self, key: str, **values: object) -> str:
        """A sentence of `phrases/space.yaml`."""
        return say(self.loaded, key, **values)

    def owner(self, partner: int) -> str:
        """A partner's name; nothing for the agency."""
        return "" if partner == AGENCY else self.partners[partner]

    def said(self, conclusion: Conclusion) -> str:
        """A conclusion in words."""
        if conclusion.value is None:
            return self.say("none-level", finding=conclusion.finding)
        return said(conclusion.ref(self.partners), self.wording, self.vocabulary)

    def answer(self, question: str, options: Sequence[str]) -> str:
        """An answer in words."""
        return ", ".join(self.wording.option(question, option) for option in options) or self.say("no-answer")


def say(loaded: Loaded, key: str, **values: object) -> str:
    """A sentence of `phrases/space.yaml`."""
    return sentence(loaded.wording.phrases["space"][key], **values)


@contextmanager
def _in_time(loaded: Loaded) -> Iterator[None]:
    try:
        yield
    except NotDecidedError as error:
        typer.echo(say(loaded, "out-of-time", seconds=f"{error.seconds:g}"))
        raise typer.Exit(NOT_DECIDED) from None


@app.command()
def settle(path: CasePath, limit: Limit = None, as_json: AsJson = False) -> None:
    """Show which advice already stands, which is open, and how many pieces are out of the question."""
    desk = _Desk(path)
    found = settle_case(desk.case, desk.ground, Deadline(limit))
    groups = {status: found.all(status) for status in STATUSES}
    if as_json:
        print_text(reports.text(reports.settled(found)))
    else:
        for status in STATUSES:
            if groups[status] and status != "excluded":
                typer.echo(desk.say(status, seconds=found.seconds))
                for conclusion in _worded(groups[status]):
                    typer.echo(f"  {desk.said(conclusion)}  [{conclusion.ref(desk.partners)}]")
        typer.echo(desk.say("counts", **{status: len(group) for status, group in groups.items() if "-" not in status}))
    if found.seconds is not None:
        raise typer.Exit(NOT_DECIDED)


@app.command(name="next")
def ask_next(path: CasePath, limit: Limit = None, as_json: AsJson = False) -> None:
    """Show the open question that is worth most, and what its answer can still turn."""
    desk = _Desk(path)
    with _in_time(desk.loaded):
        found = next_question(desk.case, desk.ground, Deadline(limit))
    ask = found.ask
    if as_json:
        print_text(reports.text(reports.asked(found, desk.case)))
        return
    if found.first_settled:
        typer.echo(desk.say("first-settled" if ask else "nothing-to-ask"))
    if ask is None:
        if not found.first_settled:
            typer.echo(desk.say("nothing-left-to-ask"))
        return
    typer.echo(desk.say("ask", ask=desk.wording.asked(ask.question), partner=desk.owner(ask.partner)) + f"  [{ask.question}]")
    typer.echo(desk.say("opens" if ask.opens else "why-asked", ask=desk.wording.asked(ask.opens)))
    turns = _worded(ask.turns)
    for conclusion in turns[:LISTED]:
        typer.echo(f"  {desk.said(conclusion)}")
    if len(turns) > LISTED:
        typer.echo("  " + desk.say("more", count=len(turns) - LISTED))


def _worded(conclusions: Sequence[Conclusion]) -> list[Conclusion]:
    """Those that have words of their own: that a level has no value goes without saying."""
    return [conclusion for conclusion in conclusions if conclusion.value is not None]


@app.command(name="why-not")
def why_not(
    path: CasePath,
    goal: Annotated[str, typer.Argument(help="Such as integration, dimension=collaboration or caution=NAME.")],
    most: Annotated[int, typer.Option("--most", help="How many rules to show.", min=1)] = 5,
    as_json: AsJson = False,
) -> None:
    """Show the rules that could have given a recommendation, nearest first, and what kept them from it."""
    desk = _Desk(path)
    wanted = read_goals([goal], desk.vocabulary, desk.ground.program, desk.partners)[0]
    inference = infer(desk.case, desk.loaded.rulebook, desk.ground.program, desk.engine)
    found = [search(inference, conclusion) for conclusion in wanted]
    if as_json:
        print_text(reports.text(reports.not_given(found, desk.case, most)))
        return
    for each in found:
        if each.holds or not each.rules:
            typer.echo(desk.say("holds" if each.holds else "no-rule", said=desk.said(each.conclusion)))
        for near in each.rules[:most]:
            key = "rule-forbids" if near.forbidding else "rule-near"
            typer.echo(desk.say(key, rule=near.rule.id, partner=desk.owner(near.partner), distance=near.distance))
            for lack in near.lacks:
                _print_lack(lack, desk)


def _print_lack(lack: Lack, desk: _Desk) -> None:
    if lack.rules:
        typer.echo("  " + desk.say("lacked" if lack.wanted else "against", said=_atom(lack.atom, desk)))
        typer.echo("    " + desk.say("through", rules=", ".join(lack.rules)))
    for failure in lack.failures:
        typer.echo("    " + _failed(failure, desk))


def _atom(atom: Atom, desk: _Desk) -> str:
    return said(ref_of(atom, desk.partners), desk.wording, desk.vocabulary)


def _failed(failure: Failure, desk: _Desk) -> str:
    test = failure.test
    positive = failure.wanted if test.kind != "excludes" else not failure.wanted
    options = test.values
    others = tuple(option for option in desk.vocabulary.questions[test.name].options if option not in options)
    if test.kind == "answered" and not positive and len(others) <= len(options):
        options, positive = others, True  # shorter, and says the same
    wanted = " / ".join(desk.wording.option(test.name, option) for option in options)
    if test.kind in ("known", "unknown"):
        wanted, positive = desk.say("any-answer" if (test.kind == "known") is failure.wanted else "silence"), True
    owner = desk.owner(test.partner)
    ask = desk.wording.asked(test.name) + (f" ({owner})" if owner else "")
    answer = desk.answer(test.name, failure.answer)
    return desk.say("failed" if positive else "failed-not", ask=ask, question=test.name, answer=answer, wanted=wanted)


@app.command(name="reach")
def reach_goal(
    path: CasePath,
    goal: Annotated[list[str], typer.Option("--goal", help="Such as dimension=collaboration; may be given several times.")],
    keep: Annotated[list[str] | None, typer.Option("--keep", help="A question whose answer must stay as it is.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Show all the smallest changes of answers that reach a goal, or what blocks it."""
    desk = _Desk(path)
    goals = read_goals(goal, desk.vocabulary, desk.ground.program, desk.partners)
    kept = read_slots(keep or [], desk.vocabulary, desk.partners)
    with _in_time(desk.loaded):
        found = reach(desk.case, goals, desk.ground, desk.engine, keep=kept, deadline=Deadline(limit))
    if as_json:
        print_text(reports.text(reports.reached(found, goal, desk.case)))
    else:
        _print_reach(found, desk)


def _print_reach(found: Reach, desk: _Desk) -> None:
    if found.reached:
        typer.echo(desk.say("reached"))
    elif not found.paths:
        typer.echo(desk.say("blocked" if found.blocked_by else "blocked-always"))
        for blocker in found.blocked_by:
            typer.echo("  " + _blocker(blocker, desk))
    else:
        changed, presumed, _ = found.cost
        typer.echo(desk.say("cost", ways=len(found.paths), changed=changed, presumed=presumed))
        if not found.complete:
            typer.echo(desk.say("incomplete"))
        for number, path in enumerate(found.paths, start=1):
            typer.echo(desk.say("way", number=number))
            for step in (*path.changes, *path.presumed):
                typer.echo("  " + _step(step, desk))


def _blocker(blocker: Blocker, desk: _Desk) -> str:
    owner = desk.owner(blocker.partner)
    ask = desk.wording.asked(blocker.question) + (f" ({owner})" if owner else "")
    return desk.say(f"blocker-{blocker.why}", ask=ask, answer=desk.answer(blocker.question, blocker.answer))


def _step(step: Step, desk: _Desk) -> str:
    values = {
        "ask": desk.wording.asked(step.question),
        "partner": desk.owner(step.partner),
        "before": desk.answer(step.question, step.before),
        "after": desk.answer(step.question, step.after),
        "who": desk.say(f"who-{step.who}"),
    }
    return desk.say("change" if step.before else "presumed", **values)


@rules_app.command(name="prove")
def prove_rules(
    witnesses: Annotated[Path, typer.Option("--witnesses", help="The folder for cases against a claim.")] = Path("witnesses"),
    limit: Limit = 120.0,
    as_json: AsJson = False,
) -> None:
    """Prove or refute over every possible case what is declared in rules/vocabulary/invariants.yaml, and that no rule is idle."""
    loaded = load_rulebook()
    rulebook = loaded.rulebook
    invariants = read_invariants(loaded.rules, rulebook.vocabulary)
    proofs = list(prove_all(rulebook, invariants, limit=limit))
    refuted = [proof for proof in proofs if proof.verdict == "refuted"]
    paths = write_witnesses(refuted, witnesses, rulebook) if any(proof.witness for proof in refuted) else {}
    undecided = sum(proof.verdict == "not-decided" for proof in proofs)
    if as_json:
        typer.echo(json.dumps([_proof_values(proof, paths) for proof in proofs], ensure_ascii=False, indent=2))
    else:
        for proof in proofs:
            _print_proof(proof, paths, limit, loaded)
        counts = {"proved": len(proofs) - len(refuted) - undecided, "refuted": len(refuted), "undecided": undecided}
        typer.echo(say(loaded, "proof-total", **counts))
    if refuted or undecided:
        raise typer.Exit(1 if refuted else NOT_DECIDED)


def _print_proof(proof: Proof, paths: dict[Claim, Path], limit: float | None, loaded: Loaded) -> None:
    phrase = "proof-not-decided" if proof.verdict == "not-decided" else proof.verdict
    verdict = say(loaded, phrase, seconds=f"{limit or 0:g}")
    partners = ", ".join(str(number) for number in proof.partners)
    typer.echo(say(loaded, "proof", verdict=verdict, claim=proof.claim, partners=partners))
    details = {
        "about": ", ".join(proof.about),
        "rules": ", ".join(proof.rules),
        "path": paths.get((proof.claim, proof.partners), ""),
    }
    for key, value in (("proof-about", "about"), ("proof-rules", "rules"), ("proof-witness", "path")):
        if details[value]:
            typer.echo("  " + say(loaded, key, **details))


def _proof_values(proof: Proof, paths: dict[Claim, Path]) -> dict[str, Any]:
    witness = paths.get((proof.claim, proof.partners))
    return {
        "claim": proof.claim,
        "partners": list(proof.partners),
        "verdict": proof.verdict,
        "about": list(proof.about),
        "rules": list(proof.rules),
        "witness": str(witness) if witness else None,
        "seconds": round(proof.seconds, 3),
    }
