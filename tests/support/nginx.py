"""The real nginx before a site that lives under a path (docs/serving.md), and before several instances (docs/scaling.md)."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from support.identity_providers import free_port
from support.servers import ROOT

_FILES = """
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
"""
_SITE = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}
http {{
  access_log off;
  {files}
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{
      proxy_pass {upstream};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
    location / {{ return 404; }}
  }}
}}
"""
_BALANCER = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; events {{}}
http {{
  log_format answered '$upstream_addr $upstream_status $status';
  access_log {folder}/access.log answered;
  {files}
  {blocks}
}}
"""
_BLOCK = re.compile(r"```nginx\n(.*?)```", re.DOTALL)
_TLS = re.compile(r"\n *ssl_certificate[^;]*;")
_SERVERS = re.compile(r"(?<=\n)( *server [^;{]*;\n)+")


@contextmanager
def nginx(address: str, prefix: str, folder: Path, *, strips: bool) -> Iterator[str]:
    """The address under which a site is reached through nginx, which takes the prefix off, or does not."""
    port = free_port()
    upstream = address + ("/" if strips else "")
    text = _SITE.format(files=_FILES.format(folder=folder), folder=folder, port=port, prefix=prefix, upstream=upstream)
    with _running(text, folder, port):
        yield f"http://localhost:{port}{prefix}"


class Balancer:
    """An nginx with the blocks of docs/scaling.md, but for TLS, before the instances that it is told of."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self.address = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    @contextmanager
    def before(self, instances: Sequence[str]) -> Iterator[None]:
        """Stand before these addresses."""
        with _running(self._text(instances), self._folder, self.port) as self._process:
            yield

    def change(self, instances: Sequence[str]) -> None:
        """Stand before other addresses from now on: requests under way are finished, and none is sent to the others any more."""
        assert self._process is not None
        master = psutil.Process(self._process.pid)
        before = master.children()
        (self._folder / "nginx.conf").write_text(self._text(instances), "utf-8")
        self._process.send_signal(signal.SIGHUP)
        gone, left = psutil.wait_procs(before, timeout=60)
        assert not left, (gone, left)

    def answered(self) -> list[tuple[list[str], str]]:
        """For each request in the order of their ends: the instances that were tried, and the status of the answer."""
        lines = (self._folder / "access.log").read_text("utf-8").splitlines()
        return [(re.findall(r"127\.0\.0\.1:\d+", line), line.rpartition(" ")[2]) for line in lines]

    def _text(self, instances: Sequence[str]) -> str:
        found = _BLOCK.findall((ROOT / "docs" / "scaling.md").read_text("utf-8"))
        blocks = _TLS.sub("", "".join(found)).replace("listen 443 ssl", f"listen 127.0.0.1:{self.port}")
        listed = "".join(f"    server {each.removeprefix('http://')};\n" for each in instances)
        blocks, number = _SERVERS.subn(listed, blocks)
        assert number == 1
        user = "user root;" if os.getuid() == 0 else ""  # a test's folder is its owner's alone
        return _BALANCER.format(user=user, folder=self._folder, files=_FILES.format(folder=self._folder), blocks=blocks)


@contextmanager
def _running(text: str, folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    command = shutil.which("nginx") or "/usr/sbin/nginx"
    config = folder / "nginx.conf"
    config.write_text(text, "utf-8")
    process = subprocess.Popen([command, "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(10)
