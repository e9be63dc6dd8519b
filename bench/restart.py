"""Restarts behind a proxy: ``python -m bench.restart`` (nginx or Caddy has to be installed).

The proxy runs with the configuration of docs/operations.md, only ports and certificates put in, and ``serve`` behind
it on a socket that stays open over its end, as the socket unit keeps it. Pages are read and conversations opened all
the time while ``serve`` is reloaded (SIGUSR1) and stopped and started. Prints the answers by status and the longest
wait; exits with 1 if any was refused, broken or lost.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPSConnection
from json import dumps
from pathlib import Path

from bench.place import database, machine

ROOT = Path(__file__).resolve().parent.parent
HOST = "chats.example.org"


class Load:
    """Clients that send one request after the other, each on a kept connection; none is sent a second time."""

    def __init__(self, port: int, secret: str, sector: str) -> None:
        self._port, self._secret, self._sector = port, secret, sector
        self.answers: Counter[str] = Counter()
        self.longest = 0.0
        self.opened = 0
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(what,)) for what in ("page", "opening") * 3]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, what: str) -> None:
        connection = HTTPSConnection(HOST, self._port)
        connection.sock = _connect(self._port)
        while not self._is_over.wait(0.05):
            start = time.perf_counter()
            try:
                status = str(self._ask(connection, what))
            except (OSError, HTTPException) as error:
                status = type(error).__name__
                connection.sock = _connect(self._port)
            with self._lock:
                self.answers[f"{what} {status}"] += 1
                self.opened += what == "opening" and status in {"200", "201"}
                self.longest = max(self.longest, time.perf_counter() - start)

    def _ask(self, connection: HTTPSConnection, what: str) -> int:
        if what == "page":
            connection.request("GET", "/accounts/login/")
        else:
            from tests.builders import number

            contact = {"external_id": f"bench-{number()}", "urn": f"tel:+55119{number():08d}"}
            connection.request(
                "POST",
                "/v1/external/rooms/",
                dumps({"sector_uuid": self._sector, "contact": contact}),
                {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"},
            )
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _connect(port: int) -> ssl.SSLSocket:
    """Connect to the proxy, whose certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    return context.wrap_socket(plain, server_hostname=HOST)


@contextmanager
def proxy(name: str, port: int, live_port: int) -> Iterator[int]:
    """Run a proxy as docs/operations.md configures it, before the two ports of ``serve``; yields its own."""
    from tests.serving import free_port

    found = re.search(r"^(?:nginx:\n\n```nginx|Caddy sets.*\n\n```)\n(.*?)^```", _documented(name), re.M | re.S)
    assert found is not None
    own = free_port()
    folder = Path(tempfile.mkdtemp(prefix="weni-proxy-"))
    folder.chmod(0o755)
    text = found[1].replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("127.0.0.1:8001", f"127.0.0.1:{live_port}")
    if name == "nginx":
        command = _nginx(text, folder, own)
    else:
        options = ("admin off", f"https_port {own}", f"http_port {free_port()}", "local_certs", "skip_install_trust")
        (folder / "Caddyfile").write_text("\n\t".join(("{", *options)) + "\n}\n" + text)
        command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "output.log").open("wb") as log:
        environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        running = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait_for(own, folder / "output.log")
        yield own
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _documented(name: str) -> str:
    text = (ROOT / "docs/operations.md").read_text()
    start = text.index("\nnginx:\n") if name == "nginx" else text.index("\nCaddy sets")
    return text[start + 1 :]


def _nginx(text: str, folder: Path, port: int) -> list[str]:
    certificate, key = folder / "chats.pem", folder / "chats.key"
    request = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -keyout {key} -out {certificate}"
    subprocess.run(["openssl", *request.split()], check=True, capture_output=True)
    text = text.replace("/etc/ssl/chats.pem", str(certificate)).replace("/etc/ssl/chats.key", str(key))
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ }}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n{text}}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _wait_for(port: int, log: Path) -> None:
    for _try in range(100):
        try:
            _connect(port).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(log.read_text())


class Serve:
    """``manage.py serve`` on a socket of this process, as the socket unit keeps one."""

    def __init__(self, env: Mapping[str, str], live_port: int) -> None:
        from weni_chats.serving import supervisor

        self.listening = supervisor.listen("127.0.0.1", 0)
        self.port: int = self.listening.getsockname()[1]
        self._command = f"exec {sys.executable} manage.py serve --host 127.0.0.1 --live-port {live_port}"
        self._env = dict(env)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it; the socket is its descriptor 3, and its process the one that the variables name."""
        fd = self.listening.fileno()
        script = f"exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ {self._command}"
        self.process = subprocess.Popen(["sh", "-c", script], cwd=ROOT, env=self._env, pass_fds=[fd])

    def reload(self) -> None:
        """Replace the processes that run the program's code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """Stop it as systemd does, and wait for its end."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self.start()


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proxy", choices=["nginx", "caddy"], default="nginx")
    parser.add_argument("--rounds", type=int, default=3, help="reloads, and restarts after them")
    parser.add_argument("--between", type=float, default=30, help="seconds between two of them")
    options = parser.parse_args()
    print(f"{options.proxy}; {machine()}", flush=True)
    with database():
        from tests.builders import Desk
        from tests.flow import token_for
        from tests.serving import free_port
        from tickets.models import Ticket

        desk = Desk.set_up()
        secret = token_for(desk)[1]
        live_port = free_port()
        env = {
            **os.environ,
            "WENI_TESTING": "",
            "ORIGIN": f"https://{HOST}",
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "ERROR",
        }
        serve = Serve(env, live_port)
        with proxy(options.proxy, serve.port, live_port) as port, Load(port, secret, str(desk.sector.pk)) as load:
            for what, rounds in (("start", 1), ("reload", options.rounds), ("restart", options.rounds)):
                load.longest = 0.0
                for _round in range(rounds):
                    getattr(serve, what)()
                    time.sleep(options.between)
                print(f"{what}, {rounds}×: {dict(load.answers)} in all, at most {load.longest:.1f} s", flush=True)
        serve.stop()
        stored = Ticket.objects.filter(contact__external_id__startswith="bench-").count()
        print(f"openings answered: {load.opened}, stored: {stored}")
        refused = {name for name in load.answers if name.split()[1] not in {"200", "201"}}
        return 1 if refused or stored < load.opened else 0


if __name__ == "__main__":
    sys.exit(main())
