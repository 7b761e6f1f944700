"""The systems that ask a language model: what they show it, and how they bind it."""

import json

import pytest
from chat_server import client, good
from llm_cases import (
    CONSTRAINED,
    HINTED,
    HOME,
    LIKES,
    PLATFORMS,
    TOOLS,
    UNSURE,
    called,
    calling,
    case,
    each_system,
    prompt,
)

from baselines import Case, System, create
from baselines.chat import ChatUnavailableError, Completion, ScriptedModel
from baselines.completion_cache import CompletionCache
from baselines.llm import LLMSystem, Setup
from baselines.llm_systems import SETUPS, create_llm
from baselines.registry import llm_names
from baselines.usage import Usage
from resolver.token_count import message_tokens


def test_the_names_are_those_of_the_set_ups():
    assert llm_names() == tuple(SETUPS)


@each_system
def test_a_system_answers_the_case_and_says_whose_answer_it_is(ask, name):
    prediction, asked = ask(name)
    assert prediction.case_id == "test/0"
    assert prediction.abstained is None
    assert "order_food" in prediction.text
    assert prediction.answered_by in {"model", "repaired", "resolver"}
    assert prediction.usage.calls == len(asked)


@each_system
def test_a_system_repeats_itself(ask, name):
    assert ask(name)[0] == ask(name)[0]


@each_system
def test_the_query_is_the_users_message(ask, name):
    _, asked = ask(name)
    assert asked[-1]["messages"][-1] == {"role": "user", "content": UNSURE.query}


@each_system
def test_a_system_is_known_by_set_up_and_model(workbench, name):
    system = create(name, workbench=workbench, chat=lambda: ScriptedModel([]))
    assert isinstance(system, System)
    assert system.name == f"{name}@scripted"
    assert system.configuration["model"] == {"model": "scripted"}
    assert Setup(**system.configuration["setup"]) == SETUPS[name]
    json.dumps(system.configuration)


def test_a_model_is_opened_for_the_systems_that_ask_one_only(workbench):
    def never():
        raise AssertionError("no model is needed")

    assert create("resolver", workbench=workbench, chat=never).name == "resolver"
    with pytest.raises(ValueError, match="'llm_full' asks a language model"):
        create("llm_full", workbench=workbench)


# what the model is shown


def test_none_shows_nothing_of_the_user_and_all_tools(ask):
    text = prompt(ask("llm_none", given=case())[1])
    assert [known for known in (HOME, "song", "soup") if known in text] == []
    assert tools_in(text) == tools_in(prompt(ask("llm_plain", given=case())[1]))
    assert text.count("order_food") > 0


def tools_in(text):
    return text[text.index("<tools>") : text.index("</tools>")]


@pytest.mark.parametrize("name", ["llm_plain", "llm_plain_schema", "llm_checked"])
def test_plain_shows_everything_in_the_pre_steps_words_with_nothing_of_the_resolvers(ask, name):
    text = prompt(ask(name, given=case())[1])
    assert [known for known in (HOME, *LIKES, "soup") if known not in text] == []
    assert "<hints>" not in text
    own = prompt(ask("llm_full_hints", given=case())[1])
    assert tools_in(text) == tools_in(own)
    assert text.splitlines()[0] == own.splitlines()[0]


@pytest.mark.parametrize("name", ["llm_full", "llm_full_schema", "llm_full_checked"])
def test_full_shows_the_whole_profile_and_all_tools(ask, name):
    given = case()
    text = prompt(ask(name, given=given)[1])
    assert json.dumps(given.user_profile) in text
    assert json.dumps(TOOLS) in text


@pytest.mark.parametrize("name", ["llm_shortlist", "llm_full_hints"])
def test_a_pre_step_with_the_whole_profile_shows_all_of_it(ask, name):
    text = prompt(ask(name, given=case())[1])
    assert [like for like in (*LIKES, HOME, "soup") if like not in text] == []


def test_topk_shows_the_nearest_records_only(ask):
    text = prompt(ask("llm_topk", given=case(query="play the song number 41"))[1])
    assert "song number 41" in text
    assert 1 <= sum(f'{like}"' in text for like in LIKES) <= 5


def test_topk_shows_a_call_of_the_log_with_its_arguments(ask):
    text = prompt(ask("llm_topk", given=case())[1])
    assert '"platform": "Pan-Pan"' in text[text.index("<profile>") :]
    assert "soup" in text


def test_topk_of_an_empty_profile_shows_no_record(ask):
    given = Case(id="test/0", query="order a meal", user_profile={}, platforms=PLATFORMS, tools=TOOLS)
    prediction, asked = ask("llm_topk", given=given)
    assert "<profile>" not in prompt(asked)
    assert prediction.platform == "Larder"


def test_summary_asks_for_one_and_shows_it_with_the_nearest_records(ask):
    answers = (Completion(text="Likes soup.", usage=Usage(calls=1, prompt_tokens=100)), calling(dish="ramen"))
    prediction, (first, second) = ask("llm_summary", *answers)
    assert json.loads(first["messages"][-1]["content"]) == UNSURE.user_profile
    assert UNSURE.query not in str(first["messages"])
    text = prompt([second])
    assert '{"summary": "Likes soup."}' in text
    assert sum(f'{like}"' in text for like in LIKES) <= 5
    assert prediction.usage.calls == 2
    assert prediction.usage.prompt_tokens > 100


def test_a_summary_is_counted_in_the_first_record_of_its_user(workbench):
    wrote = Usage(calls=1, prompt_tokens=100, completion_tokens=20, seconds=3.0, cost=0.5)
    told = Usage(calls=1, prompt_tokens=7, completion_tokens=2, seconds=1.0, cost=0.25)

    def answers(messages):
        summing = "Sum up" in str(messages)
        return Completion(text="A summary." if summing else calling(dish="pie"), usage=wrote if summing else told)

    system = create_llm("llm_summary", workbench, ScriptedModel(answers))
    one, other = case(log=()), case()  # of two profiles
    assert [system.predict(own).usage for own in (one, one, other, one)] == [wrote + told, told, wrote + told, told]


def test_a_summary_is_counted_also_where_the_answer_fails(workbench):
    wrote = Completion(text="A summary.", usage=Usage(calls=1, prompt_tokens=100))
    failed = ChatUnavailableError("down")
    failed.usage = Usage(calls=1, prompt_tokens=7)
    system = create_llm("llm_summary", workbench, ScriptedModel([wrote, failed]))
    with pytest.raises(ChatUnavailableError) as caught:
        system.predict(case())
    assert (caught.value.usage.calls, caught.value.usage.prompt_tokens) == (2, 107)


def test_a_summary_of_one_user_is_asked_for_once(workbench, playing, tmp_path):
    server = playing(lambda body: good("A summary.") if "Sum up" in str(body) else good(calling(dish="pie")))
    system = create_llm("llm_summary", workbench, client(server, cache=CompletionCache(tmp_path)))
    first, second = (system.predict(case(query=query, log=())) for query in ("order a pie", "order some pie"))
    assert server.count == 3
    assert (first.usage.calls, second.usage.calls) == (2, 1)
    again = create_llm("llm_summary", workbench, client(server, cache=CompletionCache(tmp_path)))
    assert again.predict(case(query="order a pie", log=())).usage.cached == 2
    assert server.count == 3


def test_evidence_shows_less_of_the_user_than_full(ask):
    text = prompt(ask("llm_evidence", given=case())[1])
    assert "soup" in text
    assert any(like not in text for like in LIKES)


@pytest.mark.parametrize("name", HINTED)
def test_hints_are_in_the_prompt_where_the_set_up_says_so(ask, name):
    assert "<hints>" in prompt(ask(name)[1])


@pytest.mark.parametrize("name", [name for name in SETUPS if name not in HINTED])
def test_other_prompts_have_no_hints(ask, name):
    assert "<hints>" not in prompt(ask(name)[1])


@pytest.mark.parametrize("given", [case(), UNSURE], ids=["sure", "unsure"])
def test_combined_is_smaller_than_full_and_within_its_share_where_that_can_be(ask, given):
    full = message_tokens(ask("llm_full", given=given)[1][-1]["messages"])
    combined = message_tokens(ask("llm_combined", given=given)[1][-1]["messages"])
    assert combined < full / 2


def test_a_share_that_is_too_small_gives_the_smallest_prompt_there_is(workbench):
    model = ScriptedModel(lambda _: calling(dish="ramen"))
    sizes = []
    for share in (1e-6, 1.0):
        setup = Setup(shown="combined", form="json", share=share)
        LLMSystem(workbench, model, name="x", setup=setup).predict(case())
        sizes.append(message_tokens(model.asked[-1]["messages"]))
    assert sizes[0] < sizes[1]


# what the model may answer


@pytest.mark.parametrize("name", CONSTRAINED)
@pytest.mark.parametrize("given", [case(query="order a meal: 'ramen' at last"), UNSURE], ids=["sure", "unsure"])
def test_a_schema_allows_only_what_the_prompt_shows(ask, name, given):
    _, asked = ask(name, given=given)
    for one in asked:  # none where the resolver is sure enough to answer by itself
        allowed = called(one["schema"])
        assert allowed.keys() <= {(tool["platform"], tool["name"]) for tool in TOOLS}
        assert [platform for platform, _ in allowed if platform not in prompt([one])] == []
    assert asked or name == "llm_cascade"


def test_the_whole_catalog_is_allowed_with_the_whole_profile(ask):
    _, asked = ask("llm_full_schema")
    assert called(asked[0]["schema"]).keys() == {(tool["platform"], tool["name"]) for tool in TOOLS}


@pytest.mark.parametrize("name", ["llm_combined_schema", "llm_pipeline", "llm_fill"])
def test_a_shortlist_is_all_that_is_allowed(ask, name):
    _, asked = ask(name, given=case())
    assert called(asked[0]["schema"]).keys() == {("Pan-Pan", "order_food")}


@pytest.mark.parametrize("name", [name for name in SETUPS if name not in CONSTRAINED])
def test_a_system_that_is_not_constrained_sends_no_schema(ask, name):
    assert {one["schema"] is None for one in ask(name)[1]} == {True}


@pytest.mark.parametrize("name", CONSTRAINED)
@pytest.mark.parametrize("tools", [[], "a reference to tools"])
def test_a_constrained_system_abstains_where_there_is_no_tool(ask, name, tools):
    prediction, asked = ask(name, given=case(tools=tools))
    assert asked == []
    assert (prediction.calls, prediction.text, prediction.answered_by) == (None, "", "resolver")
    assert "no tool" in prediction.abstained


def test_pipeline_settles_what_the_resolver_is_sure_of(ask):
    _, asked = ask("llm_pipeline", given=case())
    assert called(asked[0]["schema"])["Pan-Pan", "order_food"]["dish"] == {"const": "ramen"}


# fill and cascade


def test_fill_settles_what_the_resolver_knows_of_the_user_and_leaves_the_rest_open(ask, workbench):
    given = case()
    own = create("resolver", workbench=workbench).predict(given).calls[0].arguments
    assert own["delivery_address"] == HOME  # from the profile
    arguments = called(ask("llm_fill", given=given)[1][0]["schema"])["Pan-Pan", "order_food"]
    assert arguments["delivery_address"] == {"const": HOME}
    assert "const" not in arguments["dish"]


def test_fill_takes_from_the_model_what_was_left_open(ask):
    answer = calling("Pan-Pan", dish="ramen", delivery_address=HOME, size="large")
    prediction, _ = ask("llm_fill", answer, given=case(query="order a meal: a large 'ramen'"))
    assert prediction.calls[0].arguments == {"dish": "ramen", "delivery_address": HOME, "size": "large"}
    assert prediction.answered_by == "model"


def test_fill_does_not_show_what_the_resolver_read_in_the_query(ask):
    _, asked = ask("llm_fill", given=case())
    assert "ramen" not in asked[0]["messages"][0]["content"]


def test_fill_asks_nothing_where_the_resolver_abstains(ask):
    prediction, asked = ask("llm_fill", given=case(query="qqq zzz"))
    assert (asked, prediction.answered_by, prediction.usage) == ([], "resolver", Usage())
    assert prediction.abstained


def test_cascade_answers_alone_where_the_resolver_is_sure(ask, workbench):
    prediction, asked = ask("llm_cascade", given=case())
    own = create("resolver", workbench=workbench).predict(case())
    assert asked == []
    assert prediction == own.model_copy(update={"usage": Usage(), "answered_by": "resolver"})


def test_cascade_asks_where_the_resolver_is_not_sure(ask):
    prediction, asked = ask("llm_cascade", calling("QuickBite.io", dish="ramen", delivery_address=HOME))
    assert len(asked) == 1
    assert (prediction.platform, prediction.answered_by) == ("QuickBite.io", "model")


@pytest.mark.parametrize(("above", "asks"), [(0.0, False), (1.5, True)])
def test_the_confidence_of_a_cascade_is_its_set_ups(workbench, above, asks):
    model = ScriptedModel(lambda _: calling(dish="ramen"))
    setup = Setup(shown="combined", form="json", checked=True, alone_above=above)
    LLMSystem(workbench, model, name="x", setup=setup).predict(case())
    assert bool(model.asked) == asks


def test_cascade_asks_where_the_resolver_abstains(ask):
    _, asked = ask("llm_cascade", given=case(query="qqq zzz"))
    assert len(asked) == 1
