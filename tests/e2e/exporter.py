"""An exporter of a test's own, and asking it for its page."""

import pathlib
import time
import urllib.request
from collections.abc import Callable

from stack.ceems import BINARIES
from stack.processes import Daemon, free_port


class Exporter:
    daemon: Daemon | None = None
    url = ""

    def launch(self, directory: pathlib.Path, *flags: str, environment: dict[str, str] | None = None) -> None:
        """Returns once it answers."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.daemon = Daemon("exporter", [str(BINARIES / "ceems_exporter"), f"--web.listen-address=127.0.0.1:{port}", *flags], directory, environment=environment)
        self.daemon.wait_for(self.url + "/health")

    def scrape(self) -> str:
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as answer:
            return answer.read().decode()

    def scrape_when(self, holds: Callable[[str], bool], what: str, seconds: float = 60) -> str:
        """The first page of which that holds."""
        end = time.monotonic() + seconds
        while not holds(page := self.scrape()):
            assert time.monotonic() < end, f"{what}:\n{page}\n{self.daemon.log_tail()}"
            time.sleep(0.05)
        return page

    def scrape_until(self, text: str, seconds: float = 60) -> str:
        return self.scrape_when(lambda page: text in page, f"no {text} in", seconds)
