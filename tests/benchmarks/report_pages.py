"""How a report looks: its Word file laid out as pages by LibreOffice, to be looked at one by one.

    python tests/benchmarks/report_pages.py [SCENARIO…] [--out DIR]

Needs LibreOffice Writer, poppler-utils and the Noto CJK and Liberation fonts (Debian: libreoffice-writer,
poppler-utils, fonts-noto-cjk, fonts-liberation), which replace the fonts of Word. Prints how
long each step takes and how large the files are, and fails if a font of the pages is not embedded, if a
character has no glyph, or if a line reaches beyond its page.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import simcounty as sc

DPI = 100
STAND_INS = {
    "宋体": "Noto Serif CJK SC",
    "楷体": "Noto Serif CJK SC",
    "黑体": "Noto Sans CJK SC",
    "Times New Roman": "Liberation Serif",
}
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{aliases}
</fontconfig>
"""
ALIAS = """<match target="pattern"><test name="family"><string>{name}</string></test>
<edit name="family" mode="assign" binding="strong"><string>{stand_in}</string></edit></match>"""
NEEDED = ("soffice", "pdftoppm", "pdffonts", "pdftotext", "pdfinfo")
WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a program; return what it prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env, timeout=300).stdout


def laid_out(document: Path, folder: Path) -> Path:
    """Lay a Word file out as a PDF, with fonts that stand in for those of Word."""
    fonts = folder / "fonts.conf"
    aliases = "\n".join(ALIAS.format(name=name, stand_in=font) for name, font in STAND_INS.items())
    fonts.write_text(FONTS.format(aliases=aliases), "utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    env = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    run(
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(document),
        env=env,
    )
    return document.with_suffix(".pdf")


def unembedded(pdf: Path) -> list[str]:
    """Return the fonts of a PDF that are not embedded."""
    rows = run("pdffonts", str(pdf)).splitlines()[2:]
    return [row.split()[0] for row in rows if row.split()[-5] != "yes"]


def astray(pdf: Path) -> list[str]:
    """Return the words that reach beyond their page, or that hold a character without a glyph."""
    found = []
    width = height = 0.0
    for line in run("pdftotext", "-bbox", str(pdf), "-").splitlines():
        if page := PAGE.search(line):
            width, height = float(page[1]), float(page[2])
        if word := WORD.search(line):
            x0, y0, x1, y1 = (float(word[place]) for place in range(1, 5))
            if x0 < 0 or y0 < 0 or x1 > width or y1 > height or "\ufffd" in word[5]:
                found.append(word[5])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=["tonglu/plan-2027"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--lang", default="zh")
    options = parser.parse_args()
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    folder = options.out or Path(tempfile.mkdtemp(prefix="report-"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    plans = [sc.load(name) for name in options.scenarios]
    files = {kind: folder / f"report.{kind}" for kind in ("docx", "xlsx", "md")}
    sc.report(plans, **files, lang=options.lang)
    written = time.perf_counter()
    pdf = laid_out(files["docx"], folder)
    print(f"written in {written - began:.1f} s, laid out in {time.perf_counter() - written:.1f} s")
    for file in (*files.values(), pdf):
        print(f"{file.name}: {file.stat().st_size / 1024:,.0f} KiB")
    pages = re.search(r"Pages:\s+(\d+)", run("pdfinfo", str(pdf)))
    run("pdftoppm", "-r", str(DPI), "-png", str(pdf), str(folder / "page"))
    print(f"{pages[1] if pages else '?'} pages: {folder}/page-*.png")
    problems = [f"not embedded: {font}" for font in unembedded(pdf)]
    problems += [f"astray: {word}" for word in astray(pdf)]
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main()
