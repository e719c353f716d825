"""A page in Debian's Chromium, at a given width, with everything it asks for and complains of on record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson
import pytest


def chromium() -> Iterator[Any]:
    """Headless, with its console and its requests on record; the test skips where there is none."""
    if not shutil.which("chromedriver"):
        pytest.skip("no chromedriver: install Debian's chromium and chromium-driver to open the page in a browser")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    quiet = "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    for word in f"{quiet} disable-component-update disable-sync hide-scrollbars".split():
        options.add_argument(f"--{word}")
    folder = mkdtemp()
    options.add_argument(f"--user-data-dir={folder}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()
    shutil.rmtree(folder, ignore_errors=True)


def opens(browser: Any, file: Path, width: int, sections: Sequence[str] = ()) -> None:
    """No console message, no request but the page itself, every section seen, nothing wider than the screen."""
    browser.set_window_size(width, 900)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)  # what the browser itself did when it started
    address = file.resolve().as_uri()
    browser.get(address)
    assert browser.get_log("browser") == []
    events = [orjson.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("data:", "chrome:"))} == {address}
    for section in sections:
        box = browser.find_element("id", section)
        assert box.is_displayed()
        assert box.size["height"] > 20
        assert len(box.text.split()) > 3
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
