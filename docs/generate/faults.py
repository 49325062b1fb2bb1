"""The fault catalogue as a page's tables: one a family, a row a kind."""

from docs.generate.markdown import code, table
from sim.faults.catalogue import CATALOGUE, UNITS, Kind

_COLUMNS = ("kind", "strikes", "lasts", "what breaks", "own keys", "how it shows")


def catalogue() -> str:
    """A section for each family, in the catalogue's order."""
    families = dict.fromkeys(row.family for row in CATALOGUE.values())
    return "\n".join(_section(family) for family in families)


def _section(family: str) -> str:
    rows = [_row(row) for row in CATALOGUE.values() if row.family == family]
    return f"### {family.capitalize()}\n\n{table(_COLUMNS, rows)}"


def _row(row: Kind) -> tuple[str, ...]:
    keys = [f"{code(key.name)}: {key.words}; {key.rule.removeprefix('must be ')}, {key.default:g}" for key in row.keys]
    if row.takes_unit:
        keys.append(f"{code('unit')}: {', '.join(UNITS)}; {UNITS[0]}")
    lasts = f"until {code('until_s')}" if row.lasts else "once"
    return code(row.name), ", ".join(row.strikes), lasts, row.words, "<br>".join(keys), row.noticed
