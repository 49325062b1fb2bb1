"""What the exams' frozen plans have in common: how they are read, and their hash."""

import hashlib
import json
from typing import Any


def plan_sha256(plan: dict[str, Any]) -> str:
    """Hash of a plan, whatever its file's layout."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def with_tuples(record: dict[str, Any]) -> dict[str, Any]:
    """A table of a plan with tuples for its lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
