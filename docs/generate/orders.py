"""The orders of an operator's file, from the table that reads it."""

from docs.generate.markdown import code, table
from sim.operator_file import DEFAULTS, FIELDS, UPLOAD_MODEL, key_of, rule_of


def orders() -> str:
    """A row for each command, with the keys that its line takes beside when and to whom."""
    defaults = {**DEFAULTS, "upload_id": "the next number"}
    rows = []
    for word, fields in FIELDS.items():
        keys = []
        for field in fields:
            key = key_of(field)
            has_default = key in DEFAULTS or (word == UPLOAD_MODEL and key == "upload_id")
            without = f"; without it {defaults[key]}" if has_default else ""
            keys.append(f"{code(key)}: {field.about}; {rule_of(field)}{without}")
        rows.append((code(word), "<br>".join(keys)))
    return table(("command", "keys beside `at_s`, `satellite` and `command`"), rows)
