#!/usr/bin/env python3
"""Uses the dashboard of a running `wick up` in headless Chromium, as a person would: looks, moves, loses the server, comes back.

    python3 Tests/interop/dashboard.py WICK FOLDER SCREENSHOTS

Starts `wick up` with made-up trades in FOLDER, kills it on the way and starts it again. Writes desktop.png, dark.png and
phone.png to SCREENSHOTS for people to look at. Needs playwright and a Chromium (CHROMIUM names it, else the one on the PATH).
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

from axe_playwright_python.sync_playwright import Axe
from checks import Score
from playwright.sync_api import sync_playwright

PAGE_LIMIT = 200_000
# Of the accessibility checker: what keeps people out, not matters of taste.
SERIOUS = {"serious", "critical"}


class Pipeline:
    """`wick up` on ports that stay the same when it is started again."""

    def __init__(self, wick, folder):
        self.wick, self.folder = wick, pathlib.Path(folder)
        self.ports = [free_port() for _ in range(3)]
        self.log = self.folder / "up.log"
        self.process = None
        self.url = f"http://127.0.0.1:{self.ports[2]}/"

    def start(self):
        broker, registry, serve = (f"127.0.0.1:{port}" for port in self.ports)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [self.wick, "up", "--source", "sim", "--seed", "11", "--rate", "300", "--late", "0.005",
                 "--symbols", "BTC-USDT,ETH-USDT", "--data-dir", str(self.folder / "data"), "--listen", broker,
                 "--registry-listen", registry, "--serve", serve],
                stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while "dashboard http" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"wick up does not serve: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()


def free_port():
    """A port below those of outgoing connections, so that it is still free after a kill."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in range(min(lowest, 32_000) - 1 - os.getpid() % 5000, 1024, -1):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in free_port.given:
            free_port.given.add(port)
            return port
    raise RuntimeError("no free port")


free_port.given = set()


def painted(page):
    """Shares of the canvas in the colours of rising and falling candles, of volumes and of VWAP."""
    return page.evaluate("""() => {
      const canvas = document.getElementById('chart'), style = getComputedStyle(document.documentElement);
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const wanted = ['up', 'down', 'volume', 'vwap'].map((name) => {
        const hex = style.getPropertyValue(`--${name}`).trim().slice(1);
        return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
      });
      const counts = [0, 0, 0, 0];
      for (let at = 0; at < data.length; at += 4) {
        wanted.forEach((colour, index) => {
          if (colour.every((value, part) => Math.abs(value - data[at + part]) < 12)) counts[index] += 1;
        });
      }
      return counts;
    }""")


def drawn(page):
    return page.evaluate("document.getElementById('chart').candles")


def await_live(page, timeout=60_000):
    page.wait_for_selector('#connection[data-state="live"]', timeout=timeout)


def keeps_its_policy(browser, score, url):
    """As every visitor meets it: with the page's own security policy in force."""
    page = browser.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    answer = page.goto(url)
    await_live(page)
    page.wait_for_selector("#chart[data-candles]", timeout=60_000)
    score.check("script-src 'self'" in answer.headers.get("content-security-policy", ""), "scripts come from the server alone")
    score.check(not complaints, f"the page keeps its own policy: {complaints[:3]}")
    page.close()


def first_look(page, score, url):
    sizes, complaints = [], []
    page.on("response", lambda answer: sizes.append((answer.url, int(answer.headers.get("content-length", 0)))))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{url}#sim/BTC-USDT/1s")
    await_live(page)
    page.wait_for_function("document.getElementById('chart').candles?.length > 20", timeout=90_000)
    own = sum(size for address, size in sizes if "/v1/" not in address)
    score.check(0 < own < PAGE_LIMIT, f"the page is {own} bytes")
    score.check(all(address.startswith(url) for address, _ in sizes), f"everything comes from the server: {sizes}")
    counts = painted(page)
    score.check(all(count > 20 for count in counts), f"rising, falling, volume and VWAP are drawn: {counts}")
    score.check(not page.locator("#empty").is_visible(), "no empty state over a drawn chart")
    return complaints


def comes_alive(page, score):
    before = drawn(page)[-1]
    page.wait_for_function(
        "start => document.getElementById('chart').candles.at(-1).start > start", arg=before["start"], timeout=60_000)
    score.check(True, "new candles come")
    for name in ("freshness", "lag", "errors", "audit"):
        page.wait_for_selector(f'#light-{name}:not([data-state="unknown"])', timeout=60_000)
    score.check(page.locator("#light-audit").get_attribute("data-state") == "good", "the audit's light is good")
    page.wait_for_selector("#late-rows tr", timeout=60_000)
    reason = page.locator("#late-rows tr td:last-child").first.inner_text()
    score.check("late" in reason.lower(), f"a planted late trade is shown with its reason: {reason}")


def is_moved(page, score):
    page.focus("#chart")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    spoken = page.locator("#spoken").inner_text()
    score.check(re.search(r"open [\d.]+, high [\d.]+", spoken), f"a chosen candle is spoken: {spoken}")
    bars = "document.getElementById('chart').barWidth"
    width = page.evaluate(bars)
    page.keyboard.press("+")
    score.check(page.evaluate(bars) > width, "+ zooms in")
    page.get_by_label("Zoom out").click()
    page.keyboard.press("End")
    # The first candle of a minute closes a minute and its grace after the first trade.
    page.get_by_label("1m", exact=True).check(force=True, timeout=120_000)
    page.wait_for_function("location.hash.endsWith('/1m')")
    page.get_by_label("1s", exact=True).check(force=True)
    page.wait_for_function("document.getElementById('chart').candles?.length > 20", timeout=60_000)
    score.check(True, "intervals can be chosen")


def loses_the_server(page, score, pipeline):
    pipeline.kill()
    page.wait_for_selector('#connection[data-state="bad"]', timeout=30_000)
    score.check("trying again" in page.locator("#connection").inner_text(), "a lost connection is said")
    last = drawn(page)[-1]["start"]
    pipeline.start()
    await_live(page, 90_000)
    page.wait_for_function("start => document.getElementById('chart').candles.at(-1).start > start", arg=last, timeout=90_000)
    score.check(True, "candles go on after the server was killed and started again")
    shown = [candle["start"] for candle in drawn(page)]
    score.check(shown == sorted(set(shown)), "no candle is drawn twice")
    closed = page.evaluate(
        """async ([from, to]) => (await (await fetch(
          `/v1/candles?venue=sim&symbol=BTC-USDT&interval=1s&from=${from}&to=${to}&limit=5000`)).json()).candles""",
        [shown[0], last + 1])
    missing = {candle["start"] for candle in closed} - set(shown)
    score.check(closed and not missing, f"no gap after the reconnection: {sorted(missing)[:5]}")
    same = {candle["start"]: candle for candle in drawn(page)}
    wrong = [candle for candle in closed if candle["final"] and same[candle["start"]]["close"] != candle["close"]] if not missing else []
    score.check(not wrong, f"what is drawn is what is served: {wrong[:2]}")


def looks(browser, score, url, screenshots):
    screenshots.mkdir(parents=True, exist_ok=True)
    for name, width, height, scheme in (("desktop", 1400, 860, "light"), ("dark", 1400, 860, "dark"), ("phone", 390, 844, "light")):
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
        page.goto(f"{url}#sim/BTC-USDT/1s")
        await_live(page)
        page.wait_for_function("document.getElementById('chart').candles?.length > 20", timeout=60_000)
        page.wait_for_selector("#late-rows tr", timeout=60_000)
        page.wait_for_selector('#light-lag:not([data-state="unknown"])', timeout=60_000)
        page.screenshot(path=screenshots / f"{name}.png", full_page=name == "phone")
        score.check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: nothing is wider than the window")
        found = [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in Axe().run(page).response["violations"]
                 if rule["impact"] in SERIOUS]
        score.check(not found, f"{name}: people who do not see or point can use it: {found}")
        page.close()


def main():
    wick, folder, screenshots = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    score, pipeline = Score(), Pipeline(wick, folder)
    try:
        pipeline.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            keeps_its_policy(browser, score, pipeline.url)
            # What this script asks the page is evaluated in it, which the policy forbids.
            page = browser.new_page(viewport={"width": 1400, "height": 860}, bypass_csp=True)
            complaints = first_look(page, score, pipeline.url)
            comes_alive(page, score)
            score.check(not complaints, f"the browser does not complain: {complaints[:3]}")
            loses_the_server(page, score, pipeline)
            is_moved(page, score)
            page.close()
            looks(browser, score, pipeline.url, screenshots)
            browser.close()
    finally:
        pipeline.stop()
    sys.exit(score.finish())


if __name__ == "__main__":
    main()
