"""Sends reports to agents on other hosts. Each waits in an outbox in the spool until its agent accepted it.

Reports are known by run and event, so one that is sent again (its answer was lost) counts once. httpx and tenacity are
imported when there is something to send, never before the command has started.
"""

import hashlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.run_report import MAX_BYTES, PATH
from immich_backup_exporter.jobs.spool import Spool

if TYPE_CHECKING:
    import httpx

ATTEMPT_SECONDS = 3.0
MOST_LEFTOVERS = 500
_LONGEST_SENTENCE = 400
REFUSED_FOR_GOOD = (400, 413, 422)
"""The report itself is at fault. Other refusals (a wrong token, a job not declared yet) can be fixed: it is kept."""


class PushError(Exception):
    """A report was not accepted; the message holds neither URL nor token."""

    transient = False

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


class TransientPushError(PushError):
    """Trying again soon makes sense although nothing was changed."""

    transient = True


class RefusedForGoodError(PushError):
    """This report will never be accepted."""


class MemoryOutbox:
    """For want of a writable spool: what is not accepted before the process ends is lost."""

    kept = False

    def __init__(self) -> None:
        self._waiting: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> None:
        self._waiting[name] = data

    def waiting(self) -> list[tuple[str, bytes]]:
        return list(self._waiting.items())

    def remove(self, name: str) -> None:
        self._waiting.pop(name, None)


class SpoolOutbox:
    """A private folder in the spool. Its name tells nothing of the URL, which can hold a secret."""

    kept = True

    def __init__(self, spool: Spool, url: str) -> None:
        self._folder = spool.subfolder(
            "outbox-" + hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        )

    def put(self, name: str, data: bytes) -> None:
        self._folder.write(name, data)

    def waiting(self) -> list[tuple[str, bytes]]:
        found = []
        for name in self._oldest_first():
            try:
                data = self._folder.read(name, MAX_BYTES)
            except OSError:
                continue
            if data is not None:
                found.append((name, data))
        return found

    def remove(self, name: str) -> None:
        self._folder.remove(name)

    def trim(self) -> None:
        """Give up on all but the newest reports: by number, since an age is only as right as the clock was."""
        for name in self._oldest_first()[:-MOST_LEFTOVERS]:
            self._folder.remove(name)

    def _oldest_first(self) -> list[str]:
        # Written in the same tick of the clock, a start still goes before its end.
        aged = sorted(
            (self._folder.modified(name) or 0.0, not name.endswith(".start.json"), name)
            for name in self._folder.names()
        )
        return [name for _, _, name in aged]


class Pusher:
    """Sends to one agent from a thread of its own, so that neither the command nor another agent waits."""

    def __init__(
        self,
        url: str,
        read_token: Callable[[], str | None],
        outbox: SpoolOutbox | MemoryOutbox,
        monotonic: Callable[[], float],
    ) -> None:
        self._url = url.rstrip("/").removesuffix(PATH) + PATH
        self._read_token = read_token
        self._outbox = outbox
        self._monotonic = monotonic
        self._beat: bytes | None = None
        self._wake = threading.Event()
        self._deadline: float | None = None
        self._left = 0.0
        self._thread: threading.Thread | None = None
        self.failure: PushError | None = None
        """Why the last attempt failed."""

    def put(self, name: str, data: bytes) -> None:
        """Queue a report and send it, in the background, with whatever is left over."""
        self._beat = None  # a sign of life after the end would be a lie
        try:
            self._outbox.put(name, data)
        except OSError:
            if self._outbox.kept:
                self._outbox = MemoryOutbox()
            self._outbox.put(name, data)
        self._start()

    def beat(self, data: bytes) -> None:
        """Send a sign of life; only the newest matters and none is kept."""
        self._beat = data
        self._start()

    def hurry(self, seconds: float) -> None:
        """Try for ``seconds`` more, counted from when there could be a first attempt at all."""
        self._left = seconds
        self._deadline = self._monotonic() + seconds
        self._wake.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is done, for at most ``seconds``; whether the outbox is empty then."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self._outbox.waiting()

    @property
    def kept(self) -> bool:
        """Whether what was not accepted waits for the next run."""
        return self._outbox.kept

    def _start(self) -> None:
        self._wake.set()
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="push", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads: it waits in the outbox
                self.failure = TransientPushError(Message("run.no_thread_to_push"))
            else:
                self._thread = thread

    def _work(self) -> None:
        import httpx  # noqa: F401 - a small machine takes seconds for it, which are not the agent's fault
        import tenacity  # noqa: F401

        if self._deadline is not None:
            self._deadline = self._monotonic() + self._left
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._deadline is not None and not self._outbox.waiting():
                return
            try:
                if self._deadline is None:
                    self._send_all()
                else:
                    self._send_with_retries()
                self.failure = None
            except PushError as error:
                self.failure = error
            except Exception as error:  # noqa: BLE001 - nothing of ours may reach the command's caller
                self.failure = PushError(Message("run.not_pushed", kind=type(error).__name__))
            if self._deadline is not None and not self._wake.is_set():
                return

    def _send_with_retries(self) -> None:
        import tenacity

        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientPushError),
            wait=tenacity.wait_exponential(multiplier=0.1, max=1.0) + tenacity.wait_random(0, 0.1),
            stop=lambda _: self._deadline is not None and self._monotonic() > self._deadline,
            reraise=True,
        ):
            with attempt:
                self._send_all()

    def _send_all(self) -> None:
        from immich_backup_exporter import http

        token = self._read_token()
        if token is None:
            raise PushError(Message("run.token_file_unreadable"))
        refused: PushError | None = None
        with http.blocking_client(timeout_seconds=ATTEMPT_SECONDS, auth=_Bearer(token)) as client:
            for name, data in self._outbox.waiting():
                try:
                    self._send(client, data, token)
                except TransientPushError:
                    raise
                except RefusedForGoodError as error:
                    refused = error
                except PushError as error:
                    refused = error
                    continue
                self._outbox.remove(name)
            if self._beat is not None:
                beat, self._beat = self._beat, None
                self._send(client, beat, token)
        if refused is not None:
            raise refused

    def _send(self, client: "httpx.Client", data: bytes, token: str) -> None:
        import httpx

        try:
            with client.stream("POST", self._url, content=data, headers={"Content-Type": "application/json"}) as answer:
                said = _said(answer, token) if answer.status_code >= 400 else None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise PushError(Message("run.bad_push_url")) from None
        except httpx.TransportError as error:
            raise TransientPushError(Message("run.agent_out_of_reach", kind=type(error).__name__)) from None
        if answer.is_success:
            return
        status = answer.status_code
        if answer.status_code in REFUSED_FOR_GOOD:
            raise RefusedForGoodError(_with(said, Message("run.report_refused", status=status)))
        if answer.status_code == 429 or answer.status_code >= 500:
            raise TransientPushError(_with(said, Message("run.agent_failed", status=status)))
        raise PushError(_with(said, Message("run.report_not_accepted", status=status)))


def _with(said: str | None, refusal: Message) -> Message:
    return Message("run.refusal_explained", refusal=refusal, said=said) if said else refusal


def _said(answer: "httpx.Response", token: str) -> str | None:
    """What the agent says about its refusal, to be passed on. A page of some proxy's is none, and none is long."""
    from immich_backup_exporter import http

    said = http.short_text(answer, _LONGEST_SENTENCE)
    return said if said and said.isprintable() and not (token and token in said) else None


class _Bearer:
    """Sets the token at the last moment; also keeps httpx from taking credentials out of the URL in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: "httpx.Request") -> "httpx.Request":
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def token_reader(path: str | None) -> Callable[[], str | None]:
    """Reads the token each time, so that it can change; ``""`` without a file, ``None`` where it cannot be read."""

    def read() -> str | None:
        if path is None:
            return ""
        try:
            with open(path, encoding="utf-8") as file:
                return file.read(4096).strip()
        except (OSError, ValueError):
            return None

    return read


def outbox_for(url: str, spool: Spool | None) -> SpoolOutbox | MemoryOutbox:
    """In the spool where that can be written, else in memory."""
    if spool is not None:
        try:
            outbox = SpoolOutbox(spool, url)
            outbox.trim()
        except OSError:
            return MemoryOutbox()
        return outbox
    return MemoryOutbox()
