"""Every published figure that we rerun."""

from typing import Any

from sim.experiment.anchors import cote, flown, kodan, paseos, small_products
from sim.experiment.anchors.row import Row


def rows() -> list[Row]:
    """In the order in which they are printed."""
    return [*cote.rows(), *paseos.rows(), *flown.rows(), *kodan.rows(), *small_products.rows()]


def as_table(row: Row) -> dict[str, Any]:
    """A row as the command prints it."""
    return {
        "name": row.name,
        "reference": row.reference,
        "ours": round(row.ours, 6),
        "tolerance": round(row.tolerance, 6),
        "ok": row.ok,
        "unit": row.unit,
        "source": row.source,
        "assumed": row.assumed,
        "beside": row.beside,
    }
