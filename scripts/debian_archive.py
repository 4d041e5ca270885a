"""Packages of Debian's releases, downloaded and unpacked without installing anything and without root.

apt does the work with a state, a cache and a source list of its own. The machine's are read for the mirror's address
and for settings such as a proxy, and never written.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

APT_FOLDER = Path("/etc/apt")
KEYRINGS = tuple(Path(f"/usr/share/keyrings/debian-archive-keyring.{suffix}") for suffix in ("gpg", "pgp"))
CODENAMES = {"bullseye", "bookworm", "trixie", "forky", "duke", "sid"}
DEBIAN_SUITES = CODENAMES | {"oldoldstable", "oldstable", "stable", "testing", "unstable"}
# The C library belongs to the machine's loader; LLVM is large and only PostgreSQL's optional compiler needs it.
NOT_UNPACKED = ("libc6", "libllvm")
NETWORK_ATTEMPTS = 4
NETWORK_TIMEOUT_SECONDS = 600


class FetchError(Exception):
    """A program could not be had; the message says why, without the mirror's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One enabled binary source of apt's configuration."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


def parse_one_line_sources(text: str) -> list[Source]:
    """The sources in the format of sources.list: `deb [options] URI SUITE COMPONENT ...`."""
    sources = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            sources.append(Source(uri=match[1], suites=(match[2],), components=tuple(match[3].split())))
    return sources


def parse_deb822_sources(text: str) -> list[Source]:
    """The sources in the format of *.sources: stanzas of `Key: value`, values continued on indented lines."""
    sources = []
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", lines):
        fields = {
            match[1].lower(): match[2].split()
            for match in re.finditer(r"(?m)^([\w-]+):((?:.*)(?:\n[ \t]+.*)*)", stanza)
        }
        enabled = fields.get("enabled", ["yes"]) not in (["no"], ["false"], ["0"])
        if enabled and "deb" in fields.get("types", []):
            suites, components = tuple(fields.get("suites", [])), tuple(fields.get("components", []))
            sources += [Source(uri=uri, suites=suites, components=components) for uri in fields.get("uris", [])]
    return sources


def debian_mirrors(sources: Iterable[Source]) -> list[str]:
    """The addresses that look like Debian's own archive, likeliest first; a wrong guess fails at Debian's signature."""
    uris = [
        source.uri
        for source in sources
        if "main" in source.components
        and DEBIAN_SUITES.intersection(source.suites)
        and not source.uri.startswith("cdrom:")
    ]
    return sorted(dict.fromkeys(uris), key=lambda uri: not uri.rstrip("/").endswith("/debian"))


def configured_mirrors(folder: Path = APT_FOLDER) -> list[str]:
    """Debian's mirrors as this machine's apt knows them; DEBIAN_MIRROR overrides them."""
    if os.environ.get("DEBIAN_MIRROR"):
        return [os.environ["DEBIAN_MIRROR"]]
    sources: list[Source] = []
    for file in sorted([folder / "sources.list", *folder.glob("sources.list.d/*")]):
        if file.is_file() and file.suffix == ".sources":
            sources += parse_deb822_sources(file.read_text(errors="replace"))
        elif file.is_file() and file.suffix == ".list":
            sources += parse_one_line_sources(file.read_text(errors="replace"))
    return debian_mirrors(sources)


def keyring() -> Path:
    """The file of the keys that sign Debian's releases."""
    found = next((file for file in KEYRINGS if file.exists()), None)
    if found is None:
        raise FetchError("Debian's keyring is missing: install the package debian-archive-keyring")
    return found


class Apt:
    """apt with a state, a cache and a source list of its own, for one suite at one mirror."""

    def __init__(self, folder: Path, mirror: str, suite: str, keyring: Path) -> None:
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial", "sources", "state", "debs"):
            (folder / name).mkdir(parents=True)
        (folder / "state/status").touch()  # nothing is installed, so that nothing installed can be preferred
        (folder / "sources/debian.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n"
            f"Architectures: {_architecture()}\nSigned-By: {keyring}\nTargets: Packages\n"
        )
        # The machine's own settings stay (a proxy, certificates), but not its hooks, which act on the system.
        (folder / "apt.conf").write_text(
            "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
            f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{folder}/sources";\n'
            'Dir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
            f'Dir::State "{folder}/state";\nDir::State::lists "{folder}/lists";\n'
            f'Dir::State::status "{folder}/state/status";\n'
            f'Dir::Cache "{folder}/cache";\nDir::Cache::pkgcache "pkgcache.bin";\n'
            'Dir::Cache::srcpkgcache "srcpkgcache.bin";\nAPT::Update::Error-Mode "any";\nAcquire::Retries "2";\n'
            + ('APT::Sandbox::User "root";\n' if os.geteuid() == 0 else "")
        )
        self._run("apt-get", "--quiet", "update")

    def version(self, package: str) -> str | None:
        """The version that the suite has of a package, None when it has none."""
        result = self._call("apt-cache", "show", "--no-all-versions", package)
        match = re.search(r"(?m)^Version: (\S+)", result.stdout)
        return match[1] if match else None

    def with_libraries(self, packages: Sequence[str]) -> list[str]:
        """The packages and all libraries that they depend on, but the C library, which is the machine's own."""
        found: list[str] = []
        new = list(packages)
        while new:
            found += new
            depends = self._call("apt-cache", "depends", "--important", *new).stdout
            libraries = sorted(set(re.findall(r"(?m)^ [ |]Depends: (lib[^\s<]+)$", depends)))
            new = [name for name in libraries if name not in found and not name.startswith(NOT_UNPACKED)]
        return found

    def unpack(self, packages: Sequence[str], target: Path) -> None:
        """Downloads packages and unpacks them into `target`, which is not there before and complete after."""
        self._run("apt-get", "--quiet", "download", *packages)
        aside = Path(tempfile.mkdtemp(prefix="unpack-", dir=self._folder))
        for package in packages:
            deb = next((self._folder / "debs").glob(f"{package}_*.deb"))
            subprocess.run(["dpkg", "-x", deb, aside], check=True)
        aside.chmod(0o755)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(target)

    def _run(self, *command: str) -> None:
        """Runs a command that needs the network, several times if it must."""
        for attempt in range(1, NETWORK_ATTEMPTS + 1):
            result = self._call(*command)
            if result.returncode == 0:
                return
            if attempt < NETWORK_ATTEMPTS:
                time.sleep(3 * attempt)
        reasons = [line for line in result.stderr.splitlines() if line.startswith("E:")][:1]
        raise FetchError(
            " ".join([f"`{' '.join(command)}` failed {NETWORK_ATTEMPTS} times.", *map(_without_urls, reasons)])
        )

    def _call(self, *command: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [command[0], "-c", str(self._folder / "apt.conf"), *command[1:]],
                cwd=self._folder / "debs",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                timeout=NETWORK_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"E: no answer in {NETWORK_TIMEOUT_SECONDS} s")


def _architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def _without_urls(text: str) -> str:
    return re.sub(r"\w+://\S+", "(the mirror)", text)
