"""A browser for tests: headless Chromium of Debian, driven by Selenium, that tells all it asks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support import ROOT

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 120.0
# Bokeh's widgets stand in trees of their own, below one another.
FIND = """
const found = [];
const walk = (root) => {
  for (const e of root.querySelectorAll('*')) {
    if (e.matches(arguments[0])) found.push(e);
    if (e.shadowRoot) walk(e.shadowRoot);
  }
};
walk(document);
return found;
"""
WORDS = """
let said = '';
const walk = (node) => {
  for (const e of node.childNodes) {
    if (e.nodeType === 3) said += e.textContent + ' ';
    else if (!['STYLE', 'SCRIPT'].includes(e.tagName)) {
      if (e.shadowRoot) walk(e.shadowRoot);
      walk(e);
    }
  }
};
walk(document.body);
return said.replace(/\\s+/g, ' ');
"""
DEEPEST = """
let e = document.activeElement;
while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
if (!e) return null;
let text = '';
const walk = (node) => {
  for (const n of node.childNodes) {
    if (n.nodeType === 3) text += n.textContent;
    else if (n.tagName !== 'STYLE') { if (n.shadowRoot) walk(n.shadowRoot); walk(n); }
  }
};
walk(e);
const named = text.trim() || e.getAttribute('aria-label') || e.value || '';
return [e.tagName.toLowerCase(), e.type || e.getAttribute('role') || '', named];
"""


class Browser:
    """One browser window at one page."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 1000) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for flag in (*FLAGS, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self._asked: list[str] = []

    def open(self, address: str) -> None:
        """Go to a page."""
        self.driver.get(address)

    def find(self, selector: str, text: str | None = None) -> list[Any]:
        """Return the elements that a selector finds, at any depth, with just that text."""
        found = self.driver.execute_script(FIND, selector)
        return found if text is None else [e for e in found if e.text.strip() == text]

    @property
    def words(self) -> str:
        """All that stands on the page."""
        return str(self.driver.execute_script(WORDS))

    @property
    def focus(self) -> tuple[str, str, str] | None:
        """What the keyboard is at: its tag, its type or role, and its name."""
        found = self.driver.execute_script(DEEPEST)
        return tuple(found) if found else None

    def press(self, text: str) -> None:
        """Press the button of a name."""
        (button,) = self.wait(lambda: self.find("button", text))
        self.driver.execute_script("arguments[0].click()", button)

    def type(self, placeholder: str, text: str) -> None:
        """Type into the field that is known by its placeholder, in place of what is there."""
        from selenium.webdriver.common.keys import Keys

        (field,) = self.wait(lambda: self.find(f"[placeholder='{placeholder}']"))
        field.send_keys(Keys.END + Keys.BACKSPACE * 20 + text + Keys.TAB)

    def wait(self, what: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
        """Wait until something is so, and return it."""
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if found := what():
                    return found
            except StaleElementReferenceException:
                pass
            time.sleep(0.03)
        raise AssertionError(f"waited {seconds} s in vain; the page says: {self.words[:2000]}")

    def says(self, text: str) -> None:
        """Wait until the page says something."""
        self.wait(lambda: text in self.words)

    def sources(self, column: str) -> list[list[Any]]:
        """Return a column of every data source of the page that has it."""
        code = (
            "const found = [];"
            "for (const m of Bokeh.documents[0]._all_models.values())"
            " if (m.type === 'ColumnDataSource' && arguments[0] in m.data)"
            "  found.push(Array.from(m.data[arguments[0]])); return found"
        )
        found: list[list[Any]] = self.driver.execute_script(code, column)
        return found

    def set(self, title: str, value: Any) -> None:
        """Set a Bokeh widget known by how its title begins, as a hand on it would."""
        code = (
            "for (const m of Bokeh.documents[0]._all_models.values())"
            " if ('title' in m.attributes && (m.title || '').startsWith(arguments[0]))"
            "  { m.value = arguments[1]; return true } return false"
        )
        assert self.driver.execute_script(code, title, value)

    def requests(self) -> list[str]:
        """Return the addresses of all that was asked for, sockets too."""
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._asked.append(message["params"]["request"]["url"])
            if message["method"] == "Network.webSocketCreated":
                self._asked.append(message["params"]["url"])
        return list(self._asked)

    def strangers(self, home: str) -> list[str]:
        """Return what was asked of another machine, or of another port of this one."""
        port = urlsplit(home).port
        inside = ("data", "blob", "about", "chrome", "chrome-untrusted")
        asked = [urlsplit(address) for address in self.requests()]
        return [
            one.geturl()
            for one in asked
            if one.scheme not in inside and (one.hostname, one.port) != ("127.0.0.1", port)
        ]

    def complaints(self) -> list[str]:
        """Return the errors and warnings of the page's console."""
        return [
            line["message"]
            for line in self.driver.get_log("browser")
            if line["level"] in ("SEVERE", "WARNING")
        ]

    def close(self) -> None:
        """Close the window."""
        self.driver.quit()


@contextmanager
def explorer(*words: str, log: Path) -> Iterator[str]:
    """Start ``airbridge explore`` in a process of its own; give its address once it answers."""
    command = [sys.executable, "-m", "experiments.cli.main", "explore", *words, "--no-browser"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield address_in(log, process)
    finally:
        process.terminate()
        process.wait(60)


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait for a server, and return its address."""
    from urllib.error import URLError
    from urllib.request import urlopen

    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        found = [word for word in log.read_text().split() if word.startswith("http://")]
        if found:
            try:
                with urlopen(f"{found[0]}static/js/bokeh.min.js", timeout=5):
                    return found[0]
            except URLError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"the explorer has not started: {log.read_text()}")
