"""The pages by feature: each module declares the values of its pages, and reads them for its templates."""

from importlib import import_module

from fastapi import APIRouter

MODULES = (
    "start",
    "accounts.first",
    "accounts.login",
    "accounts.forgotten",
    "accounts.single_sign_on",
    "accounts.account",
    "accounts.second_step",
    "accounts.second_factor",
    "accounts.passkeys",
    "accounts.passkey_sign_in",
    "accounts.people",
    "accounts.organization",
    "accounts.inviting",
    "accounts.joining",
    "accounts.service_tokens",
    "accounts.webhooks",
    "accounts.audit",
    "accounts.retention",
    "accounts.reset",
    "cases.list",
    "cases.portfolio",
    "cases.manage",
    "cases.hold",
    "cases.history",
    "cases.export",
    "cases.several",
    "cases.upload",
    "cases.links",
    "cases.follow_up",
    "intake.overview",
    "intake.free_words",
    "intake.section",
    "intake.question",
    "intake.main_answer",
    "intake.answers",
    "intake.partners",
    "advice.advice",
    "advice.documents",
    "advice.why",
    "advice.why_not",
    "scenarios.what_if",
    "scenarios.scenario",
    "scenarios.comparison",
    "scenarios.goal",
    "scenarios.goal_route",
    "scenarios.levers",
    "cases.shared",
    "consultations.lead",
    "consultations.sheets",
    "consultations.room",
    "consultations.results",
    "consultations.reconcile",
    "consultations.answering",
)


def routers() -> list[APIRouter]:
    """The routes of all pages."""
    return [import_module(f"{__name__}.{name}").router for name in MODULES]
