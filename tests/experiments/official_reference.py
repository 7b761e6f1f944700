"""PTBench's score once more, as plainly as its description can be written down, to hold ours against.

Nothing is shared with the library: it lets Python raise where the description says that a comparison raises.
"""

from __future__ import annotations

import ast
import json
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

COLUMNS = ("format", "platforms", "tool_names", "tool_param_names", "tool_param_values", "overall")
_FOLDED = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def reference_score(gold, text):
    """The six columns, and the two numerators, of one prediction; ``gold`` is a record as the file has it."""
    try:
        platform, calls = _parsed(text)
        return _scored(gold, platform, calls)
    except Exception:  # noqa: BLE001  (the description: any exception costs a record every column)
        return dict.fromkeys((*COLUMNS, "query_matched", "profile_matched"), 0)


def _parsed(text):
    body = ast.parse("{" + text + "}", mode="eval").body
    platform = body.keys[0].id if isinstance(body.keys[0], ast.Name) else body.keys[0].value
    return platform, [
        (node.func.id, {keyword.arg: _value(keyword.value) for keyword in node.keywords})
        for node in body.values[0].elts
    ]


def _value(node):  # the one deliberate difference: a checkout runs any operation, so texts are never added here
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp):
        return _FOLDED[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    return ast.literal_eval(node)


def _scored(gold, platform, calls):
    wanted_platform, wanted = gold["answer"]
    names = [next(iter(call)) for call in wanted]
    right_functions = {function for function, _ in calls} == set(names)
    right_names = right_values = True
    query = profile = 0
    for function, arguments in calls:
        if function not in names:
            continue
        accepted = wanted[names.index(function)][function]
        right_names = right_names and set(arguments) == set(accepted)
        for name in arguments:
            if name not in accepted:
                continue
            if not _matches(arguments[name], accepted[name]):
                right_values = False
            elif name in gold["query_params"]:
                query += 1
            elif name in gold["profile_params"]:
                profile += 1
    right_names = right_names and right_functions
    right_values = right_values and right_names
    columns = (
        True,
        platform == wanted_platform,
        right_functions,
        right_names,
        right_values,
        right_values and platform == wanted_platform,
    )
    return {
        **{name: int(right) for name, right in zip(COLUMNS, columns, strict=True)},
        "query_matched": query,
        "profile_matched": profile,
    }


def _matches(value, accepted):
    if value == "true" or value == "false":  # noqa: PLR1714  (as it is told)
        value = value == "true"
    if type(value) is bool:
        return value in accepted
    if type(value) is str:
        return value.lower() in [item.lower() for item in accepted]
    if type(value) is list:
        return {item.lower() for item in value} in [{part.lower() for part in item} for item in accepted]
    if type(value) is int:
        return abs(value - accepted[0]) <= 0.01
    return value in accepted


# Records and predictions by chance, near enough to each other that every column is often right and often wrong

_TEXTS = ["tea", "Tea", " tea", "true", "True", "false", "2", "two words", ""]
_SOURCES = [
    *(repr(text) for text in _TEXTS),
    *("tea", "True", "False", "None", "true", "1", "2", "3", "-2", "+2", "not 1", "2.0", "1.995", "1 + 1", "2 * 3 - 4"),
    *("['a', 'B']", "['b', 'a', 'a']", "['a', 1]", "[]", "('a', 'b')", "{'a': 1}", "f()"),
]
_ACCEPTED = [
    ["tea"],
    ["TEA", "2"],
    ["tea", 2],
    ["true"],
    ["True"],
    [True],
    [False, 0],
    [1],
    [2],
    [2, 3],
    [2.004],
    [2.0, "x"],
    [-2],
    [None],
    [["a", "b"]],
    [["A", "B"], ["c"]],
    [["a"], ["b", 1]],
    [["a", "b"], []],
]


def random_pair(chance: random.Random):
    """A record, as a file has it, and a prediction for it."""
    functions = [chance.choice("fgh") for _ in range(chance.choice([0, 1, 1, 1, 2, 2, 3]))]
    wanted = [{function: _parameters(chance)} for function in functions]
    platform = chance.choice(["Shop", "Corner Shop"])
    listed = [name for name in "xyz" if chance.random() < 0.5]
    gold = {
        "query": "q",
        "user_profile": {},
        "platforms": [],
        "tools": [],
        "answer": [platform, wanted],
        "query_params": listed,
        "profile_params": [name for name in "xyz" if name not in listed or chance.random() < 0.1],
    }
    return gold, _prediction(chance, platform, wanted)


def _parameters(chance):
    return {name: chance.choice(_ACCEPTED) for name in "xyz" if chance.random() < 0.5}


def _prediction(chance, platform, wanted):
    calls = []
    for call in wanted:
        for function, accepted in call.items():
            if chance.random() < 0.05:
                continue
            shown = chance.choice("fgh") if chance.random() < 0.1 else function
            arguments = [
                f"{name}={_near(chance, values)}" for name, values in accepted.items() if chance.random() > 0.05
            ]
            if chance.random() < 0.1:
                arguments.append(f"extra={chance.choice(_SOURCES)}")
            if chance.random() < 0.03:
                arguments.insert(0, "'positional'")
            calls += [f"{shown}({', '.join(arguments)})"] * chance.choice([1] * 12 + [2])
    chance.shuffle(calls)
    key = platform if chance.random() > 0.1 else chance.choice(["shop", "Shop "])
    text = f"{json.dumps(key)}:[{', '.join(calls)}]"
    return _spoilt(chance, text) if chance.random() < 0.06 else text


def _near(chance, values):
    if chance.random() < 0.3:
        return chance.choice(_SOURCES)
    value = chance.choice(values)
    return repr(value.swapcase() if isinstance(value, str) and chance.random() < 0.5 else value)


def _spoilt(chance, text):
    return chance.choice(
        [text[:-1], f"Sure! {text}", f"```\n{text}\n```", "", text.replace(":", " ", 1), text + ", Other:[]"]
    )
