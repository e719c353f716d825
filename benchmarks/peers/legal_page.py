"""Seconds to gather and write the report page of a finished build, without the imports.

python legal_page.py BUILD_FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from curation.ledger.build import Build
from curation.ledger.observation import observe
from curation.report import page, summary

if __name__ == "__main__":
    build = Build.open(Path(sys.argv[1]))
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        page.write(build, summary.gather(observe(build), summary.sections_of(build)), Path(folder))
        print(round(time.perf_counter() - started, 2))
