"""The real nginx in front of a site that lives under a path of another one, as docs/serving.md shows it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SITE = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
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


@contextmanager
def nginx(address: str, prefix: str, folder: Path, *, strips: bool) -> Iterator[str]:
    """The address under which a site is reached through nginx, which takes the prefix off, or does not."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = shutil.which("nginx") or "/usr/sbin/nginx"
    config = folder / "nginx.conf"
    upstream = address + ("/" if strips else "")
    config.write_text(_SITE.format(folder=folder, port=port, prefix=prefix, upstream=upstream), "utf-8")
    process = subprocess.Popen([command, "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        yield f"http://localhost:{port}{prefix}"
    finally:
        process.terminate()
        process.wait(10)
