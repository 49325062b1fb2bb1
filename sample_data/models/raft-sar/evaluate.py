"""Examines raft-sar and raft-sar-int8 and writes evaluation.json into both folders. Needs no torch; some ten minutes.

python sample_data/models/raft-sar/evaluate.py [FOLDER OF REAL PICTURES]
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sim.experiment.exam.raft_exam import MODELS, raft_exam  # noqa: E402

SHARED = ("plan_sha256", "imagery", "baselines")


def write_evaluations(answer: dict[str, Any], models: Path) -> None:
    """Each model's figures, and the baselines', beside its graph."""
    for name, figures in answer["models"].items():
        told = {key: answer[key] for key in SHARED} | figures
        (models / name / "evaluation.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    folders = [HERE.with_name(name) for name in MODELS]
    real = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    write_evaluations(raft_exam(folders, real=real, tell=lambda line: print(line, file=sys.stderr)), HERE.parent)
