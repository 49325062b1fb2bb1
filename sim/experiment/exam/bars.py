"""A bar of an exam: what is asked of a figure, and whether it holds."""

from typing import Any

AT_LEAST, AT_MOST = "at least", "at most"


def bar(name: str, value: float, rule: str, limit: float) -> dict[str, Any]:
    """One row: `name`, `value`, `rule`, `bar`, `ok`."""
    ok = value >= limit if rule == AT_LEAST else value <= limit
    return {"name": name, "value": round(value, 4), "rule": rule, "bar": round(limit, 4), "ok": ok}
