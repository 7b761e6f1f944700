"""PTBench's own set-up: everything in the prompt; and the request for a summary of a profile.

The prompt holds the user's profile, the platforms, the tools, the demand to choose the platform that fits, and the form
of the answer, in this order; the query is the user's message. The wording is ours. Where ``PTBENCH_HOME`` names a
checkout of the benchmark, it is the checkout's own.
"""

from __future__ import annotations

import ast
import json
import os
import string
from pathlib import Path
from typing import TYPE_CHECKING

from resolver.prompt_parts import form_text

if TYPE_CHECKING:
    from pydantic import JsonValue

    from baselines.case import Case
    from baselines.chat import Message
    from resolver.prompt_parts import AnswerForm

__all__ = ["TemplateError", "checkout_template", "full_prompt", "summary_request"]

_DEMAND = (
    "Choose the platform that fits the user's profile or the request, and the function that does what is asked. "
    "Take arguments from the request, else from the profile. Answer at once: never ask the user anything."
)
_SUMMARY = (
    "Sum up what is known of this user for an assistant that will choose platforms and fill in forms for them: what "
    "they prefer and avoid, and details that may be asked for, word for word. At most 120 words."
)


class TemplateError(Exception):
    """A checkout's template cannot be read."""


def full_prompt(case: Case, form: AnswerForm, *, profile: JsonValue, template: str | None = None) -> list[Message]:
    """The messages of a record with everything in the prompt.

    Args:
        case: The record.
        form: Of the answer.
        profile: What is shown as the profile; nothing where it is None.
        template: A checkout's wording, which knows PTBench's form alone.
    """
    if template is not None and form == "ptbench":
        text = _filled(template, {"profile": profile, "platform": case.platforms, "tool": case.tools})
    else:
        known = "" if profile is None else f"User profile:\n{_plain(profile)}\n\n"
        tools = f"Platforms:\n{_plain(case.platforms)}\n\nFunctions:\n{_plain(case.tools)}\n\n"
        text = f"{known}{tools}{_DEMAND}\n{form_text(form)}"
    return [{"role": "system", "content": text}, {"role": "user", "content": case.query}]


def summary_request(profile: JsonValue) -> list[Message]:
    """The messages that ask for a summary of a profile."""
    return [{"role": "system", "content": _SUMMARY}, {"role": "user", "content": _plain(profile)}]


def checkout_template() -> str | None:
    """The constant ``prompt`` of ``src/template.py`` in the checkout that ``PTBENCH_HOME`` names; None without one.

    The file is read as syntax and never run.

    Raises:
        TemplateError: There is no such file or constant.
    """
    home = os.environ.get("PTBENCH_HOME")
    if not home:
        return None
    file = Path(home) / "src" / "template.py"
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:  # the last two by deep nesting
        raise TemplateError(f"{file}: cannot be read: {error}") from error
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        named = any(isinstance(target, ast.Name) and target.id == "prompt" for target in targets)
        if named and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return node.value.value
    raise TemplateError(f"{file}: has no constant `prompt` that is text")


def _filled(template: str, parts: dict[str, JsonValue]) -> str:
    """A template with its fields filled, by name, or in order where they have none."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    except ValueError as error:
        raise TemplateError(f"the template's braces do not match: {error}") from error
    values: dict[str, str] = {}
    for field in fields:
        if field == "" or field.isdigit():
            continue
        found = [value for name, value in parts.items() if name in field.lower().replace("api", "tool")]
        if not found:
            raise TemplateError(f"the template asks for {field!r}, which is none of profile, platforms and tools")
        values[field] = _plain(found[0])
    try:
        return template.format(*map(_plain, parts.values()), **values)
    except (IndexError, KeyError, ValueError, AttributeError) as error:
        raise TemplateError(f"the template's fields cannot be filled: {type(error).__name__}: {error}") from error


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
