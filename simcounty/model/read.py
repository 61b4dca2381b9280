"""Read a model file: its encoding is found, its text handed to the reader of its language."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from simcounty.errors import CONTROL, ModelError, in_file
from simcounty.input_files import assert_plain, content_of, is_file
from simcounty.model.ast import ParsedModel
from simcounty.model.vensim import read_vensim
from simcounty.model.xmile import read_xmile

VENSIM_SUFFIXES = (".mdl",)
SUFFIXES = (*VENSIM_SUFFIXES, ".xmile", ".stmx", ".itmx")
SKETCH = "\\\\\\---///"  # what Vensim draws follows, and is not read
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_HIGH = re.compile(rb"[\x80-\xff]")


def read(path: Path) -> ParsedModel:
    """Parse a Vensim (.mdl) or XMILE (.xmile, .stmx, .itmx) file.

    Raises ModelError for a file that is missing or is no model. Equations that simcounty does not compute
    are left to `lower`, which raises all findings together.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(f"{path}: not a model file. A model ends in {', '.join(SUFFIXES)}.")
    if not is_file(path):
        shipped = "`simcounty list` shows what is shipped"
        raise ModelError(f"{path}: no such model file. Check the path; {shipped}.")
    with in_file(path):
        content = content_of(path)
        text, notes = _text_of(content)
        assert_plain(text.partition(SKETCH)[0])
    digest = hashlib.sha256(content).hexdigest()
    reader = read_vensim if path.suffix.lower() in VENSIM_SUFFIXES else read_xmile
    return reader(path, digest, text.replace("\r\n", "\n").replace("\r", "\n"), notes)


def _text_of(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and what was assumed of its encoding where it does not say."""
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace"), ("The file is in UTF-16.",)
    alone = len(_ALONE.findall(content)) > len(_HIGH.findall(content)) / 2
    encoding = "cp1252" if alone else "gb18030"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = CONTROL.sub("�", content.decode(encoding))
    name = {"cp1252": "Windows-1252", "gb18030": "GB18030", "latin-1": "ISO 8859-1"}[encoding]
    return text, (f"The file is not UTF-8 and was read as {name}; save it as UTF-8 where names look wrong.",)
