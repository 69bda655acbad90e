"""CLIPS through clipspy: a deftemplate an atom, a rule a clause, and salience to keep the strata in order."""

from collections.abc import Iterable

import clips

from advisor.engine.program import Program
from benchmarks.peers import Evaluate


def lay_out(program: Program) -> Evaluate:
    """An environment with the program's rules.

    Rules of a lower stratum fire first, and CLIPS takes a rule off its agenda when a fact comes that it negates, so
    a negation is only acted on when all below it is settled. A rule notes its number in a global as it fires.
    """
    environment = clips.Environment()
    environment.build("(defglobal ?*fired* = (create$))")
    for atom in range(len(program.atoms)):
        environment.build(f"(deftemplate a{atom})")
    for number, (head, positive, negative) in enumerate(program.clauses):
        body = " ".join([f"(a{atom})" for atom in positive] + [f"(not (a{atom}))" for atom in negative])
        salience = -program.strata[head]
        actions = f"(assert (a{head})) (bind ?*fired* ?*fired* {number})"
        environment.build(f"(defrule r{number} (declare (salience {salience})) {body} => {actions})")
    names = [f"a{atom}".encode() for atom in range(program.tests)]
    fired = environment.find_global("fired")
    builder, lib = clips.common.environment_builder(environment._env, "fact"), clips.environment.lib

    def evaluate(true_inputs: Iterable[int]) -> tuple[int, ...]:
        environment.reset()
        for atom in true_inputs:  # what Template.assert_fact does, without looking up its builder each time
            lib.FBSetDeftemplate(builder, names[atom])
            lib.FBAssert(builder)
        environment.run()
        return tuple(sorted(fired.value))

    return evaluate
