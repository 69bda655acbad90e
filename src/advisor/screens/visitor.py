"""A visitor of the application: no server, a database of its own, and a clock that goes on by a minute a step."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from starlette.requests import Request
from starlette.responses import Response as Answer
from starlette.routing import Match, Route

from advisor.loading import Loaded
from advisor.model.scenario import CaseFile
from advisor.render.template_wording import TemplateWording
from advisor.store.database import Store
from advisor.store.records import LOCAL, Person
from advisor.web.app import create_app
from advisor.web.logs import LOGGER
from advisor.web.page import error_page
from advisor.web.settings import Settings
from advisor.web.site import Site

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

Seen: TypeAlias = tuple[str, "Response"]  # a state by its key, and the page in it
ADDRESS = "http://127.0.0.1:8000"
NAMED = "http://localhost:8000"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(minutes=1)
PATIENCE = 200  # times that a page is asked for whose state is still being worked out; each waits a while itself
ERROR = "error"
_WAITING = re.compile(r'hx-get="[^"]*/(?:state|advice)(?:\?[^"]*)?" hx-trigger="load')


@dataclass
class SteppedClock:
    """A time that stands until it is moved."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def tick(self) -> datetime:
        """The time a step later, which it now is."""
        self.now += STEP
        return self.now


@dataclass
class ScreenVisitor:
    """Somebody who looks at pages and sends forms; `person` owns what is saved directly."""

    client: "TestClient"
    store: Store
    loaded: Loaded
    data: Path
    clock: SteppedClock
    person: Person = field(default=LOCAL)

    def get(self, path: str, **query: str | Sequence[str]) -> "Response":
        """A page, once nothing on it is still being worked out."""
        self.clock.tick()
        response = self.client.get(path, params=query) if query else self.client.get(path)
        for _ in range(PATIENCE):
            if not _WAITING.search(response.text):
                break
            response = self.client.get(str(response.url))
        return response

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, **files: tuple[str, bytes]) -> "Response":
        """What comes of a form, where it leads; what it shows of a case is known by then."""
        self.clock.tick()
        response = self.client.post(path, data=fields or {}, files=files or None)
        return self.get(str(response.url)) if response.history and response.status_code == 200 else response

    def begun(self, file: CaseFile) -> str:
        """The path of a case that is saved, of which all is worked out."""
        path = self.begun_unseen(file)
        self.get(f"{path}/state")
        return path

    def begun_unseen(self, file: CaseFile) -> str:
        """The path of a case that is saved, which nobody has looked at."""
        return f"/cases/{self.store.cases.create(self.person, file, at=self.clock.tick()).entry.id}"

    def save(self, path: str, file: CaseFile) -> None:
        """Somebody else saves the case."""
        case = path.rpartition("/")[2]
        revision = self.store.cases.read(self.person, case).entry.revision
        self.store.cases.save(self.person, case, revision, file, at=self.clock.tick())
        self.get(f"{path}/state")

    def revision(self, path: str) -> str:
        """The revision of a case as it is saved."""
        return str(self.store.cases.read(self.person, path.rpartition("/")[2]).entry.revision)

    @contextmanager
    def mailing(self) -> Iterator[None]:
        """As on a server that can mail links for new passwords. None is mailed."""
        with self._set_to(mail_server="127.0.0.1", mail_from="advisor@example.org", public_url=ADDRESS):
            yield

    @contextmanager
    def taking_passkeys(self) -> Iterator[None]:
        """As at an address that browsers take passkeys at."""
        with self._set_to(public_url=NAMED):
            yield

    @contextmanager
    def _set_to(self, **settings: str) -> Iterator[None]:
        state = self.client.app.state  # type: ignore[attr-defined]
        before: Site = state.site
        state.site = replace(before, settings=before.settings.model_copy(update=settings))
        yield
        state.site = before

    @property
    def words(self) -> Mapping[str, Mapping[str, object]]:
        """The words of the pages."""
        return self.loaded.wording.pages

    def word(self, key: str) -> str:
        """What somebody or something is called that pages are shown with."""
        return TemplateWording(self.loaded.wording, self.loaded.wording.documents).word(f"screens.{key}")

    def page_of(self, response: "Response") -> str:
        """The name of the route that answered."""
        request = response.request
        scope = {"type": "http", "path": request.url.path, "method": request.method}
        routes = (each for each in self.client.app.routes if isinstance(each, Route))  # type: ignore[attr-defined]
        return next((each.name for each in routes if each.matches(scope)[0] is Match.FULL), ERROR)


class ScreenSettings(Settings):
    """Settings as they are given here, whatever the environment says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)


@contextmanager
def visiting(loaded: Loaded, static: Path) -> Iterator[ScreenVisitor]:
    """A visitor of the application on an empty database, both gone afterwards. Every error has a page at `/error/CODE`."""
    from starlette.testclient import TestClient

    with tempfile.TemporaryDirectory() as made:
        data, clock = Path(made), SteppedClock()
        settings = ScreenSettings(data=data, database=f"sqlite:///{data / 'advisor.db'}", language=loaded.wording.language)
        store = Store(settings.database, loaded.rulebook.vocabulary)
        store.upgrade()
        app = create_app(settings, loaded=loaded, clock=clock, static=static)
        app.router.routes.append(Route("/error/{status:int}/{code}", _failing, name=ERROR))
        try:
            with _unlogged(), TestClient(app, base_url=ADDRESS) as client:
                yield ScreenVisitor(client, store, loaded, data, clock)
        finally:
            store.close()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Failures that are brought about to look at their pages are not told."""
    before, LOGGER.disabled = LOGGER.disabled, True
    try:
        yield
    finally:
        LOGGER.disabled = before


def _failing(request: Request) -> Answer:
    return error_page(request, request.path_params["status"], request.path_params["code"])
