"""Chromium without a window, driven over its pipe, so that tests can press keys, reload, save and load files."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import selectors
import shutil
import subprocess
import sys
import time

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_ON_3_AND_4 = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_PATIENCE = 60.0  # seconds without an answer, after which a browser hangs


class Browser:
    """One page of a browser with a profile of its own.

    ``errors`` are what the page complained of, ``dialogs`` what it asked in a window, which ``accepts`` answers.
    """

    def __init__(self, folder):
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True)
        self.errors, self.dialogs, self.accepts = [], [], True
        self._loaded, self._left, self._numbers = set(), b"", itertools.count(1)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        words = [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"),
            "--remote-debugging-pipe",
        ]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _ON_3_AND_4, str(theirs_in), str(theirs_out), *words],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = self._context = None
        try:
            self.fresh()
        except BaseException:
            self.close()
            raise

    def fresh(self):
        """Begin again with an empty page, for which nothing was kept before."""
        self._session, before = None, self._context
        self._context = self.ask("Target.createBrowserContext")["browserContextId"]
        if before is not None:
            self.ask("Target.disposeBrowserContext", browserContextId=before)
        page = self.ask("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)
        where = {"downloadPath": str(self.downloads), "browserContextId": self._context}
        self.ask("Browser.setDownloadBehavior", behavior="allow", **where)
        self.errors.clear()
        self.dialogs.clear()
        for own in self.downloads.iterdir():
            own.unlink()

    def close(self):
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            self.ask("Browser.close")
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, method, **params):
        """Do something, and what came of it."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session and not method.startswith("Browser."):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            self._note(told)

    def open(self, url):
        loader = self.ask("Page.navigate", url=url)["loaderId"]
        while loader not in self._loaded:
            self._note(self._read())

    def reload(self):
        before = set(self._loaded)
        self.ask("Page.reload")
        while self._loaded <= before:
            self._note(self._read())

    def run(self, script):
        """What an expression is on the page, as JSON has it."""
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, script):
        """Wait until an expression is true on the page."""
        end = time.monotonic() + _PATIENCE
        while not self.run(script):
            assert time.monotonic() < end, script
            time.sleep(0.02)

    def press(self, *keys):
        for key in keys:
            text = {"text": key} if len(key) == 1 else {}
            code = {"Delete": 46, "Tab": 9}.get(key, 0)
            self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
            self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def choose(self, selector, path):
        """Give a field for files a file."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        field = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=field, files=[str(path)])

    def look(self, *, width=1280, height=900, dark=False, scripts=True):
        """How wide the page is, and whether dark and with scripts."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("Emulation.setScriptExecutionDisabled", value=not scripts)

    def picture(self, path, *, whole=False):
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def downloaded(self, name):
        """A file that the page saved, when it is whole."""
        end = time.monotonic() + _PATIENCE
        while not (self.downloads / name).exists():
            assert time.monotonic() < end, sorted(self.downloads.iterdir())
            time.sleep(0.02)
        return self.downloads / name

    def _note(self, told):
        method, params = told.get("method", ""), told.get("params", {})
        if method == "Page.lifecycleEvent" and params["name"] == "load":
            self._loaded.add(params["loaderId"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["type"])
            self.ask("Page.handleJavaScriptDialog", accept=self.accepts)
        elif method == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"].get("text", ""))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(str(params["args"]))

    def _read(self):
        while b"\0" not in self._left:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._in, selectors.EVENT_READ)
                if not waiting.select(_PATIENCE):
                    raise TimeoutError("the browser does not answer")
            got = os.read(self._in, 1 << 16)
            if not got:
                raise EOFError("the browser is gone")
            self._left += got
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)
