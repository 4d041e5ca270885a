"""What a program says while it is still at work: of one that tries forever a test learns when it has said why."""

from pathlib import Path


class Overheard:
    """What a program says on standard error, kept while it runs."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "overheard"
        self._program = folder / "overheard-program"

    def of(self, program: str) -> str:
        """The program to start instead."""
        keep = f'while IFS= read -r line; do echo "$line" >&2; echo "$line" >> {self._file}; done'
        self._program.write_text(f'#!/bin/bash\nset -o pipefail\nexec 3>&1\n{program} "$@" 2>&1 >&3 3>&- | {keep}\n')
        self._program.chmod(0o755)
        return str(self._program)

    def trying_again(self) -> bool:
        """Whether restic said why it failed, and that it goes on."""
        return self._file.exists() and "retrying" in self._file.read_text()
