"""What becomes of a document: a reader in its own process, held to a time and to a memory."""

from __future__ import annotations

import json
import select
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from fuzz.documents import Document

READER = Path(__file__).with_name("reader.py")
SECONDS, MEMORY = 10.0, 1 << 30  # what one document may take
STARTING = 60.0
LONGEST = 20_000  # letters of a message


class Reading:
    """A reader and a folder for documents; it starts anew after a document that ended it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ended = folder, Counter[str]()
        self._process: subprocess.Popen[str] | None = None
        self._fresh = True

    def fault(self, document: Document) -> str:
        """Read a document; return what is wrong with how that ended, or nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name, content in document.files.items():
            (self.folder / name).write_bytes(content)
        ended, words, held = self._ask(document.kind, self.folder / document.opened)
        self.ended[ended] += 1
        if ended not in ("read", "refused"):
            return f"{ended}: {words}"
        if held > MEMORY:
            return f"{held >> 20} MiB were held"
        return f"a message of {len(words)} letters" if len(words) > LONGEST else ""

    def close(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def _ask(self, kind: str, path: Path) -> tuple[str, str, int]:
        process = self._reader()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([kind, str(path)]) + "\n")
        process.stdin.flush()
        patience, self._fresh = (STARTING if self._fresh else SECONDS), False
        if not select.select([process.stdout], [], [], patience)[0]:
            self.close()
            return "hung", f"for {patience:g} s", 0
        answer = process.stdout.readline()
        if not answer:
            self.close()
            return "died", f"with exit code {process.returncode}", 0
        ended, words, held = json.loads(answer)
        return ended, words, held

    def _reader(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._fresh = True
            self._process = subprocess.Popen(
                [sys.executable, str(READER)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
            )  # fmt: skip
        return self._process
