"""Headless Chromium, driven over its DevTools socket with the standard library alone.

    with Chromium() as browser:
        page = browser.page(width=360, height=800, dark=True)
        page.go("file:///tmp/index.html")
        page.run("document.title")
        page.png("/tmp/a.png")
        page.problems          # what its console, its policy and its network complained about

Chromium is bounded in time, listens on no port (a pipe is its socket), and writes into a folder of
its own, which goes with it.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Gone(Exception):
    pass


class Chromium:
    def __init__(self, seconds=120):
        self.program = shutil.which("chromium") or shutil.which("chromium-browser")
        if not self.program:
            raise Gone("chromium is not installed")
        self.until = time.monotonic() + seconds
        self.number = 0
        self.buffer = b""
        self.events = []
        self.folder = tempfile.mkdtemp(prefix="cynosure-chromium-")
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        self.process = None
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def descriptors():
            os.dup2(to_browser, 1003)
            os.dup2(from_browser, 1004)
            os.dup2(1003, 3)
            os.dup2(1004, 4)

        self.process = subprocess.Popen(
            [self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--remote-debugging-pipe", f"--user-data-dir={self.folder}",
             "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=descriptors, start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for end in ("read_end", "write_end"):
            if hasattr(self, end):
                os.close(getattr(self, end))
                delattr(self, end)
        if getattr(self, "process", None):
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def message(self):
        """The next message; each ends with a NUL."""
        while b"\0" not in self.buffer:
            left = self.until - time.monotonic()
            if left <= 0 or not select.select([self.read_end], [], [], left)[0]:
                raise Gone("chromium does not answer")
            data = os.read(self.read_end, 1 << 20)
            if not data:
                raise Gone("chromium has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        number = self.number
        request = {"id": number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        while True:
            answer = self.message()
            if answer.get("id") == number:
                if "error" in answer:
                    raise Gone(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, session, method):
        while True:
            for i, event in enumerate(self.events):
                if event.get("sessionId") == session and event.get("method") == method:
                    return self.events.pop(i)["params"]
            self.events.append(self.message())

    def page(self, width=1200, height=900, dark=False, script=True, language=None):
        return Page(self, width, height, dark, script, language)


class Page:
    def __init__(self, browser, width, height, dark, script, language):
        self.browser = browser
        self.problems = []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        if language:
            self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    def call(self, method, **params):
        return self.browser.call(method, session=self.session, **params)

    def go(self, url):
        self.browser.events = [e for e in self.browser.events if e.get("sessionId") != self.session]
        self.problems = []
        self.call("Page.navigate", url=url)
        self.browser.wait(self.session, "Page.loadEventFired")
        self.call("Runtime.evaluate", expression="1")
        self.collect()

    def collect(self):
        """Takes what the browser complained about since."""
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, params = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                self.problems.append(str(params["exceptionDetails"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                self.problems.append(params["entry"]["text"])
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
                self.problems.append(str(params["args"]))
            elif method == "Network.loadingFailed" and not params.get("canceled"):
                self.problems.append(params["errorText"])
        self.browser.events = [e for e in self.browser.events if e.get("sessionId") != self.session]
        return self.problems

    def run(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Gone(f"{expression[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, key, code=None):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key,
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13}.get(key, 0))

    def png(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(data["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
