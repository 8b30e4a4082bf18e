"""A report as JSON, and the schema that is published of it: docs/lint.schema.json.

The only module of the linter that knows pydantic.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from chaos.lint.finding import Report


def as_json(report: Report) -> str:
    """The whole report, in ASCII."""
    return json.dumps(_adapter().dump_python(report, mode="json"), indent=1)


def schema() -> dict[str, Any]:
    """What each field is."""
    made = _adapter().json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
