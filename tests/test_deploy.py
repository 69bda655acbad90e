"""What is deployed: the bundle with no network, the bill of materials, the unit, the image (`make deploy-check`, as root)."""

import json
import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from conftest import ROOT
from support.servers import serving

pytestmark = pytest.mark.long

ALONE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith(("ADVISOR_", "PIP_"))}
NO_NETWORK = ("unshare", "--net", "--")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False, env=ALONE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_bundle_installs_and_advises_with_no_network(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "dist" / "advisor-bundle.tar") as bundle:
        bundle.extractall(tmp_path, filter="data")
    where = tmp_path / "advisor"
    assert run(*NO_NETWORK, "sh", "bundle/install.sh", where, cwd=tmp_path).strip() == version("partnership-advisor")
    told = run(*NO_NETWORK, where / "bin/advisor", "assess", ROOT / "examples/readme.yaml", "--brief", cwd=tmp_path)
    assert told.strip()
    run(where / "bin/python", "-c", "import advisor.web.app, docxtpl, typst, psycopg, mcp", cwd=tmp_path)


def test_a_bundle_that_was_changed_on_the_way_is_not_installed(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "dist" / "advisor-bundle.tar") as bundle:
        bundle.extractall(tmp_path, filter="data")
    next((tmp_path / "bundle/wheelhouse").glob("jinja2*.whl")).write_bytes(b"")
    done = subprocess.run(["sh", "bundle/install.sh", "there"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not (tmp_path / "there").exists()


def test_pipx_installs_the_wheel_for_one_person_and_it_serves(tmp_path: Path) -> None:
    (wheel,) = (ROOT / "dist").glob("*.whl")
    places = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin"), "PIPX_MAN_DIR": str(tmp_path / "man")}
    given = {**os.environ, **places, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    given.pop("PYTHONPATH", None)
    command = [sys.executable, "-m", "pipx", "install", f"{wheel}[web]"]
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with serving(tmp_path, command=(str(tmp_path / "bin" / "advisor"),)) as site, site.client(follow_redirects=True) as client:
        assert client.get("/").status_code == 200


def test_the_bill_of_materials_is_one_and_is_whole() -> None:
    from cyclonedx.schema import SchemaVersion  # here, since it is installed for `make sbom` alone
    from cyclonedx.validation.json import JsonStrictValidator

    text = (ROOT / "dist" / "sbom.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    packages = {each["name"].lower().replace("_", "-") for each in told["components"]}
    assert {"fastapi", "clingo", "typst", "mcp", "psycopg", "sqlalchemy"} <= packages
    assert told["metadata"]["component"]["name"] == "partnership-advisor"
    assert str(ROOT) not in text


def test_the_unit_holds_and_leaves_little_to_do(tmp_path: Path) -> None:
    unit = tmp_path / "advisor.service"
    text = (ROOT / "deploy" / "advisor.service").read_text("utf-8")
    unit.write_text(text.replace("/opt/advisor/bin/advisor", sys.executable))  # verify looks whether the program is there
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    exposure = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert "OK" in exposure.splitlines()[-1]


IMAGE = "localhost/advisor-check"
SAYS_WHO = """
import os
print(os.getuid())
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapBnd", "NoNewPrivs"))))
for place in ("/x", "/opt/advisor/x", "/usr/x", "/etc/x", "/data/x", "/tmp/x"):
    try:
        open(place, "w").close()
        print(place, "written")
    except OSError as error:
        print(place, error.strerror)
"""


def in_image(data: Path) -> tuple[str, ...]:
    """The command that starts a program of the image under the limits of the container."""
    data.mkdir()
    os.chown(data, 10001, 10001)
    return ("sh", str(ROOT / "deploy" / "run-image.sh"), run("podman", "image", "mount", IMAGE).strip(), str(data))


def test_the_image_can_write_nothing_but_its_data_and_has_no_rights(tmp_path: Path) -> None:
    who, rights, *places = run(*in_image(tmp_path / "data"), "python", "-c", SAYS_WHO).splitlines()
    assert who == "10001"
    none = "0" * 16
    assert sorted(rights.split()) == sorted([none, none, "1"])
    written = ["/data/x", "/tmp/x"]
    assert [place.split()[0] for place in places if place.endswith("written")] == written
    assert [place for place in places if "Read-only file system" in place] == places[: -len(written)]


def test_the_image_serves_under_these_limits_and_keeps_its_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = {"ADVISOR_DATA": "/data", "ADVISOR_DATABASE": "sqlite:////data/advisor.db"}
    command = (*in_image(data), "advisor")
    with serving(tmp_path, settings=settings, command=command) as site, site.client(follow_redirects=True) as client:
        assert client.get("/").status_code == 200
        assert client.post("/api/v1/cases", json={"name": "Ω", "answers": {}}).status_code == 201
    kept = data / "advisor.db"
    assert kept.stat().st_uid == 10001


def test_the_image_runs_as_a_user_of_its_own() -> None:
    told = json.loads(run("podman", "image", "inspect", IMAGE))[0]["Config"]
    assert (told["User"], told["StopSignal"]) == ("10001:10001", "SIGTERM")
    assert list(told["Volumes"]) == ["/data"]
