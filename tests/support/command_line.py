"""The whole command line, for tests that run it in their own process."""

from advisor.cli.app import app as app
from advisor.cli.main import register

register()
