"""The prompt that holds everything, and the wording of a benchmark's checkout, which is read and never run."""

import json

import pytest

from baselines import Case, create
from baselines.chat import ScriptedModel
from baselines.llm_prompts import TemplateError, checkout_template, full_prompt, summary_request
from baselines.workbench import Workbench
from indexes import HashingEmbedder

CASE = Case(
    id="test/0",
    query="two teas {please}",
    user_profile={"likes": ["caf\u00e9 {noir}"]},
    platforms=["Larder"],
    tools=[{"platform": "Larder", "name": "order", "parameters": {"dish": {"type": "string"}}}],
)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Writes `src/template.py` of a checkout and names it in the environment."""

    def write(source):
        file = tmp_path / "checkout" / "src" / "template.py"
        file.parent.mkdir(parents=True)
        file.write_bytes(source if isinstance(source, bytes) else source.encode())
        monkeypatch.setenv("PTBENCH_HOME", str(tmp_path / "checkout"))
        return file

    return write


def filled(template, case=CASE):
    return full_prompt(case, "ptbench", profile=case.user_profile, template=template)[0]["content"]


@pytest.mark.parametrize("form", ["ptbench", "json"])
def test_profile_platforms_and_tools_come_in_this_order_before_the_query(form):
    system, user = full_prompt(CASE, form, profile=CASE.user_profile)
    shown = [json.dumps(part, ensure_ascii=False) for part in (CASE.user_profile, CASE.platforms, CASE.tools)]
    places = [system["content"].index(text) for text in shown]
    assert places == sorted(places)
    assert user == {"role": "user", "content": CASE.query}


def test_no_profile_leaves_no_heading():
    text = full_prompt(CASE, "json", profile=None)[0]["content"]
    assert text.startswith("Platforms:")


def test_a_profile_that_is_text_is_shown_as_it_is():
    assert "User profile:\nLikes tea.\n" in full_prompt(CASE, "json", profile="Likes tea.")[0]["content"]


def test_a_request_for_a_summary_holds_the_profile_and_no_query():
    _, user = summary_request(CASE.user_profile)
    assert json.loads(user["content"]) == CASE.user_profile


@pytest.mark.parametrize("home", [None, ""])
def test_without_a_checkout_there_is_no_template(monkeypatch, home):
    monkeypatch.delenv("PTBENCH_HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("PTBENCH_HOME", home)
    assert checkout_template() is None


@pytest.mark.parametrize(
    "source",
    [
        'prompt = "A {}"',
        'first = "x"\nprompt: str = "A {}"\nlast = "y"',
        'import nothing_like_it\nprompt = ("A "\n  "{}")',
        'prompt = None\nprompt = "A {}"',
        'other = prompt = """A {}"""',
    ],
)
def test_the_constant_is_found(checkout, source):
    checkout(source)
    assert checkout_template() == "A {}"


def test_a_checkout_is_read_and_never_run(checkout, tmp_path):
    harm = tmp_path / "harm"
    checkout(f'open({str(harm)!r}, "w").close()\nraise SystemExit("run")\nprompt = "A"\n')
    assert checkout_template() == "A"
    assert not harm.exists()


@pytest.mark.parametrize(
    "source",
    [
        "",
        'other = "A"',
        "prompt = 3",
        'prompt = "A" + name',
        'prompt = f"{name}"',
        "prompt = open('x').read()",
        "prompt: str",
        'def prompt():\n    return "A"',
        'def f():\n    prompt = "A"',
        'prompt = "A',
        b"prompt = '\xff'",
        b"prompt = '\x00'",
        "prompt = " + "(" * 5_000,
        "prompt = " + "-" * 50_000 + "1",
    ],
    ids=lambda source: repr(source)[:30],
)
def test_a_checkout_without_such_a_constant_is_an_error_that_names_the_file(checkout, source):
    file = checkout(source)
    with pytest.raises(TemplateError) as caught:
        checkout_template()
    assert str(file) in str(caught.value)


def test_a_checkout_that_is_not_there_is_an_error_that_names_the_file(monkeypatch, tmp_path):
    monkeypatch.setenv("PTBENCH_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(TemplateError, match=r"nowhere.*template\.py"):
        checkout_template()


@pytest.mark.parametrize(
    ("template", "order"),
    [
        ("{profile}|{platform}|{tool}", (0, 1, 2)),
        ("{user_profile}|{platforms}|{tools}", (0, 1, 2)),
        ("{tools}|{profile}|{profile}", (2, 0, 0)),
        ("{api_list}|{PLATFORM}|{profile}", (2, 1, 0)),
        ("{}|{}|{}", (0, 1, 2)),
        ("{0}|{1}|{2}", (0, 1, 2)),
        ("{2}|{0}|{2}", (2, 0, 2)),
        ("{}|{tools}|{}", (0, 2, 1)),
    ],
)
def test_fields_are_filled_by_name_or_by_place(template, order):
    parts = [json.dumps(part, ensure_ascii=False) for part in (CASE.user_profile, CASE.platforms, CASE.tools)]
    assert filled(template) == "|".join(parts[number] for number in order)


def test_braces_that_are_doubled_stay_and_braces_in_data_do_not_matter():
    assert filled("{{}} {profile}") == '{} {"likes": ["caf\u00e9 {noir}"]}'


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "}",
        "{profile",
        "{query}",
        "{3}",
        "{} {} {} {}",
        "{} {0}",
        "{profile.likes}",
        "{profile[likes]}",
        "{profile:d}",
        "{profile!x}",
        "{profile:{width}}",
        "{__class__}",
    ],
)
def test_a_template_that_cannot_be_filled_is_an_error(template):
    with pytest.raises(TemplateError, match="template"):
        filled(template)


def test_a_template_is_for_ptbenchs_own_form_only():
    text = full_prompt(CASE, "json", profile=CASE.user_profile, template="ONLY {profile}")[0]["content"]
    assert not text.startswith("ONLY")


def asked_by(name):
    model = ScriptedModel(["'Larder':[order(dish = 'tea')]"] * 2)
    create(name, workbench=Workbench(HashingEmbedder()), chat=lambda: model).predict(CASE)
    return model.asked[-1]["messages"]


@pytest.mark.parametrize("name", ["llm_full"])
def test_the_systems_in_ptbenchs_form_use_the_checkouts_wording(checkout, name):
    checkout('prompt = "Theirs: {user_profile}; {platforms}; {tools}"')
    system, user = asked_by(name)
    assert system["content"].startswith('Theirs: {"likes"')
    assert user["content"] == CASE.query


def test_another_wording_is_another_configuration_so_that_no_run_mixes_two(checkout, monkeypatch):
    def configured():
        model = ScriptedModel([])
        return create("llm_full", workbench=Workbench(HashingEmbedder()), chat=lambda: model).configuration

    file = checkout('prompt = "One {user_profile} {platforms} {tools}"')
    one = configured()
    file.write_text('prompt = "Two {user_profile} {platforms} {tools}"')
    two = configured()
    monkeypatch.delenv("PTBENCH_HOME")
    assert len({own.get("template") for own in (one, two, configured())}) == 3
    assert "template" not in configured()


@pytest.mark.parametrize("name", ["llm_none", "llm_topk", "llm_combined"])
def test_other_systems_do_not_look_at_the_checkout(checkout, name):
    checkout("prompt = broken(")
    assert "Theirs" not in str(asked_by(name))


def test_a_broken_checkout_is_an_error_before_anything_is_asked(checkout):
    checkout("prompt = broken(")
    with pytest.raises(TemplateError):
        create("llm_full", workbench=Workbench(HashingEmbedder()), chat=lambda: ScriptedModel([]))
