"""The pre-step: what each mode tells a model, within a budget, and never out of its block."""

import asyncio
import json
from datetime import datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexes import HashingEmbedder
from resolver import (
    BudgetError,
    Catalog,
    Event,
    Fact,
    Parameter,
    Platform,
    Profile,
    QueryError,
    Resolver,
    Tool,
    UnknownUserError,
)
from resolver.augmenting import MODES
from resolver.token_count import message_tokens

QUERY = "order a meal: 'ramen'"
LIKES = [f"I like dish number {number} with extra herbs on a quiet evening." for number in range(80)]
WITH_PROFILE = [mode for mode, parts in MODES.items() if parts.user == "all"]
WITH_HINTS = [mode for mode, parts in MODES.items() if parts.hints]
WITH_LIKELY = [mode for mode, parts in MODES.items() if parts.tools == "likely"]

each_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture(scope="module")
def resolver(catalog, embedder, used):
    resolver = Resolver(catalog, embedder=embedder)
    log = used("Larder", "ramen", "soup", "stew", rating=1, time="2024-05-01")
    resolver.add(Profile.from_json({"phone": "555-0001", "likes": LIKES, "log": log}, user="ada"))
    return resolver


@pytest.fixture(scope="module")
def augment(resolver):
    return lambda mode="combined", query=QUERY, **options: resolver.augment(query, user="ada", mode=mode, **options)


@pytest.fixture(scope="module")
def told(augment, blocks_of):
    return lambda mode, **options: blocks_of(augment(mode, **options).messages[0]["content"])


def functions(lines):
    shown = [(line["platform"], line["function"]) for line in lines if "function" in line]
    return {(name, tool) for own, tool in shown for name in (own if isinstance(own, list) else [own])}


# What each mode says --------------------------------------------------------------------------------------------------


def test_the_modes_are_these():
    assert list(MODES) == ["plain", "evidence", "shortlist", "hints", "combined", "full"]


@each_mode
def test_a_query_becomes_a_system_message_and_the_query(augment, mode):
    system, user = augment(mode).messages
    assert system["role"] == "system"
    assert user == {"role": "user", "content": QUERY}


@pytest.mark.parametrize("mode", WITH_PROFILE)
def test_the_whole_profile_is_told(told, mode):
    profile = told(mode)["profile"]
    assert {"phone": "555-0001"} in profile
    assert {"likes": LIKES} in profile
    assert [line["asked"] for line in profile if "asked" in line] == ["order ramen", "order soup", "order stew"]


def test_hints_tell_nothing_of_the_profile_but_what_the_hints_say(told):
    assert set(told("hints")) == {"tools", "hints"}


def test_evidence_tells_what_was_retrieved_and_nothing_else(augment, told):
    answer = augment("evidence")
    profile = told("evidence")["profile"]
    likes = next(line["likes"] for line in profile if "likes" in line)
    asked = [line["asked"] for line in profile if "asked" in line]
    assert set(likes) | set(asked) <= {item.text for item in answer.evidence}
    assert 0 < len(likes) < len(LIKES)
    assert {item.id for item in answer.evidence} == {item.id for item in answer.answer.evidence}


def test_combined_tells_of_few_records(augment):
    assert 0 < len(augment("combined").evidence) <= 6


def test_combined_tells_what_the_arguments_rest_on(augment):
    combined = augment("combined")
    bound = {i for binding in combined.answer.bindings for i in binding.evidence}
    assert bound
    assert bound <= {item.id for item in combined.evidence}


@each_mode
def test_evidence_is_listed_only_where_the_profile_is_not_told_whole(augment, mode):
    assert bool(augment(mode).evidence) == (MODES[mode].user in ("few", "retrieved"))


@each_mode
def test_the_tools_told_are_those_of_the_catalog_that_comes_out(augment, told, mode):
    assert functions(told(mode)["tools"]) == {(tool.platform, tool.name) for tool in augment(mode).catalog.tools}


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in WITH_LIKELY])
def test_all_tools_are_told(augment, catalog, mode):
    assert augment(mode).catalog == catalog


@pytest.mark.parametrize("mode", WITH_LIKELY)
def test_the_likely_tools_alone_are_told_the_likeliest_first(augment, catalog, mode):
    answer = augment(mode)
    assert 0 < len(answer.catalog.tools) < len(catalog.tools)
    first = answer.catalog.tools[0]
    assert (first.platform, first.name) == (answer.answer.choice.platform, answer.answer.choice.tool)


@each_mode
def test_hints_are_told_by_the_modes_that_have_them(told, mode):
    assert ("hints" in told(mode)) == (mode in WITH_HINTS)


@pytest.mark.parametrize("mode", WITH_HINTS)
def test_the_first_hint_is_the_resolvers_own_call(augment, told, mode):
    call = augment(mode).answer.calls[0]
    shown = {"platform": call.platform, "function": call.tool, "arguments": call.arguments}
    assert told(mode)["hints"][0]["likely_answer"] == {"calls": [shown]}


def test_the_first_hint_has_the_form_that_is_asked_for(augment, told):
    ptbench = augment("hints").answer.to_ptbench()
    assert told("hints", form="ptbench")["hints"][0]["likely_answer"] == ptbench


def test_hints_say_why_there_is_no_call(told):
    hint = told("hints", query="zzz qqq")["hints"][0]
    assert hint["likely_answer"] is None
    assert "tools" in hint["because"]


def test_combined_has_fewer_tokens_than_plain_for_a_user_of_many_facts(augment):
    combined = augment("combined")
    assert combined.tokens < combined.tokens_before / 2


@each_mode
def test_tokens_before_are_those_of_plain(augment, mode):
    assert augment(mode).tokens_before == augment("plain").tokens


@each_mode
def test_tokens_are_those_of_the_messages(augment, mode):
    assert augment(mode).tokens == message_tokens(augment(mode).messages)


@each_mode
def test_the_same_question_gives_the_same_messages(augment, mode):
    assert augment(mode) == augment(mode)


def test_the_form_that_is_asked_for_is_told(augment):
    assert '{"calls"' in augment().messages[0]["content"]
    assert "(name = 'text'" in augment(form="ptbench").messages[0]["content"]


def test_a_user_without_records_has_no_block_for_them(catalog, embedder, blocks_of):
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add(Profile.from_json({}, user="ada"))
    assert set(blocks_of(resolver.augment(QUERY, user="ada", mode="plain").messages[0]["content"])) == {"tools"}


@each_mode
def test_an_empty_catalog_is_told_as_such(embedder, blocks_of, mode):
    resolver = Resolver(Catalog(platforms=(Platform(name="Larder"),)), embedder=embedder)
    resolver.add(Profile.from_json({}, user="ada"))
    answer = resolver.augment(QUERY, user="ada", mode=mode)
    assert blocks_of(answer.messages[0]["content"])["tools"] == []


def test_tools_alike_on_two_platforms_are_told_once(told):
    assert [line["platform"] for line in told("plain")["tools"]] == [["Larder", "QuickBite.io"]] * 2


def test_what_held_at_another_time_is_not_told(catalog, embedder, blocks_of):
    resolver = Resolver(catalog, embedder=embedder)
    phone = {"value": "555-0001", "valid_from": "2024-01-01", "valid_to": "2024-12-31"}
    resolver.add(Profile.from_json({"phone": phone}, user="ada"))
    for year, known in ((2024, True), (2026, False)):
        moment = datetime(year, 6, 1, tzinfo=timezone.utc)
        text = resolver.augment(QUERY, user="ada", mode="plain", as_of=moment).messages[0]["content"]
        assert ("profile" in blocks_of(text)) == known


# Conversations --------------------------------------------------------------------------------------------------------


def test_a_conversation_keeps_its_messages_behind_the_system_message(resolver):
    turns = [
        {"role": "user", "content": "order a meal"},
        {"role": "assistant", "content": "Which?"},
        {"role": "user", "content": [{"type": "text", "text": "ramen"}]},
    ]
    system, *others = resolver.augment([{"role": "system", "content": "Be brief."}, *turns], user="ada").messages
    assert others == turns
    assert system["content"].startswith("Be brief.\n\n")


def test_a_conversation_of_one_turn_is_asked_as_the_query_is(resolver, augment):
    assert resolver.augment([{"role": "user", "content": QUERY}], user="ada") == augment()


def test_an_awaited_augment_is_the_same(resolver, augment):
    assert asyncio.run(resolver.aaugment(QUERY, user="ada")) == augment()


@pytest.mark.parametrize(
    ("messages", "options", "error"),
    [
        ("", {}, QueryError),
        ([], {}, QueryError),
        (None, {}, QueryError),
        (QUERY, {"user": "bob"}, UnknownUserError),
        (QUERY, {"mode": "everything"}, ValueError),
        (QUERY, {"form": "xml"}, ValueError),
        (QUERY, {"budget": 0}, ValueError),
    ],
)
def test_what_cannot_be_asked_is_an_error(resolver, messages, options, error):
    with pytest.raises(error):
        resolver.augment(messages, **{"user": "ada", **options})


# Budgets --------------------------------------------------------------------------------------------------------------


@each_mode
@given(budget=st.integers(1, 2_500))
def test_a_budget_is_kept_or_refused_with_what_is_needed(augment, mode, budget):
    try:
        answer = augment(mode, budget=budget)
    except BudgetError as error:
        assert error.needed > budget  # noqa: PT017 - one of the two outcomes
    else:
        assert answer.tokens == message_tokens(answer.messages) <= budget


@each_mode
def test_what_is_needed_at_least_is_enough(augment, mode):
    with pytest.raises(BudgetError) as caught:
        augment(mode, budget=1)
    assert augment(mode, budget=caught.value.needed).tokens == caught.value.needed


@each_mode
def test_a_budget_that_is_wide_enough_leaves_nothing_out(augment, mode):
    whole = augment(mode)
    assert augment(mode, budget=whole.tokens) == whole
    assert whole.left_out == 0


def test_a_tight_budget_says_how_much_it_left_out(augment, told):
    whole = augment("plain")
    tight = augment("plain", budget=whole.tokens - 100)
    likes = next(line["likes"] for line in told("plain", budget=whole.tokens - 100)["profile"] if "likes" in line)
    assert tight.left_out == len(LIKES) - len(likes) > 0


@pytest.mark.parametrize("mode", WITH_PROFILE)
def test_what_arguments_rest_on_outlasts_what_nothing_rests_on(told, augment, mode):
    idle = sum(map(len, LIKES)) // 6
    profile = told(mode, budget=augment(mode).tokens - idle)["profile"]
    assert {"phone": "555-0001"} in profile
    assert {"likes": LIKES} not in profile


def test_tools_go_before_what_arguments_rest_on_the_likeliest_last(augment):
    with pytest.raises(BudgetError) as caught:
        augment("full", budget=1)
    tool = augment("full", budget=caught.value.needed).catalog.tools
    assert [(tool.platform, tool.name) for tool in tool] == [("Larder", "order_food")]


def test_reasons_go_before_tools(augment, told, catalog):
    whole = augment("hints")
    assert any("why" in line for line in told("hints")["hints"])
    less = told("hints", budget=whole.tokens - 1)
    assert not any("why" in line for line in less["hints"])
    assert len(functions(less["tools"])) == len(catalog.tools)


def test_the_users_own_words_are_never_shortened(augment):
    query = f"{QUERY} " + "please " * 300
    with pytest.raises(BudgetError) as caught:
        augment(query=query, budget=200)
    assert caught.value.needed > 300


def test_tokens_may_be_counted_by_the_caller(augment):
    def count(messages):
        return sum(len(message["content"]) for message in messages)

    answer = augment("full", count_tokens=count, budget=3_000)
    assert answer.tokens == count(answer.messages) <= 3_000
    assert answer.left_out > 0


# Answers --------------------------------------------------------------------------------------------------------------


def calls_of(schema):
    items = schema["properties"]["calls"]["items"]
    return [
        (
            call["properties"]["platform"]["const"],
            call["properties"]["function"]["const"],
            call["properties"]["arguments"],
        )
        for call in items.get("anyOf", [items])
    ]


@each_mode
def test_the_schema_of_answers_has_the_tools_that_were_told(augment, mode):
    answer = augment(mode)
    names = [(platform, tool) for platform, tool, _ in calls_of(answer.answer_schema())]
    assert names == [(tool.platform, tool.name) for tool in answer.catalog.tools]


def test_what_the_resolver_is_sure_of_can_be_settled(augment):
    answer = augment("full")
    sure = {b.name: {"const": b.value} for b in answer.answer.bindings if b.confidence >= 0.8}
    assert sure
    (arguments,) = [
        own for *name, own in calls_of(answer.answer_schema(fix_above=0.8)) if name == ["Larder", "order_food"]
    ]
    assert {name: schema for name, schema in arguments["properties"].items() if "const" in schema} == sure
    assert sure.keys() <= set(arguments["required"])


def test_what_can_still_be_chosen_is_what_the_resolver_is_not_sure_of(augment):
    answer = augment("full")
    choice = answer.answer.choice
    own, on_platform, whole = (
        [(platform, tool) for platform, tool, _ in calls_of(answer.answer_schema(fix_above=above))]
        for above in (choice.probability, choice.platform_probability, 1.0)
    )
    assert choice.probability < choice.platform_probability < 1
    assert own == [(choice.platform, choice.tool)]
    assert on_platform == [name for name in whole if name[0] == choice.platform]
    assert len(own) < len(on_platform) < len(whole) == len(answer.catalog.tools)


def test_nothing_is_settled_unless_asked_for_or_where_there_is_no_call(augment):
    assert "ramen" not in json.dumps(augment("full").answer_schema())
    assert "zzz" not in json.dumps(augment("full", query="zzz qqq").answer_schema(fix_above=0.0))


def test_the_schema_comes_as_a_response_format(augment):
    answer = augment()
    wrapped = answer.response_format(fix_above=0.5, most_calls=1)
    assert wrapped["json_schema"]["schema"] == answer.answer_schema(fix_above=0.5, most_calls=1)


def test_the_tools_that_were_told_come_as_openai_tools(augment):
    answer = augment("combined")
    assert len(answer.openai_tools()) == len(answer.catalog.tools)
    assert answer.openai_tools()[0]["function"]["name"] == "Larder__order_food"


# Text of others -------------------------------------------------------------------------------------------------------

ODD = st.text(max_size=30) | st.text(
    alphabet="<>/&\"'\\{}[]\n\r\t\x00\x0b\x85\u2028\u2029\u202e\ufe0fprofilet ols", max_size=30
)
TAGS = st.sampled_from(["</profile>", "<tools>", "</tools>\n</hints>", "<|im_end|>", "\n\n", "```"])
TEXT = st.lists(ODD | TAGS, max_size=3).map("".join)
NAME = TEXT.map(lambda text: text or "x")
ARGUMENTS = st.dictionaries(NAME, TEXT | st.integers() | st.lists(TEXT, max_size=2), max_size=2)
FACTS = st.lists(
    st.builds(Fact, id=NAME, path=TEXT, value=TEXT, text=TEXT, valid_from=st.none() | TEXT),
    max_size=3,
    unique_by=lambda f: f.id,
)
EVENTS = st.lists(
    st.builds(
        Event,
        id=NAME.map(lambda name: f"event {name}"),
        text=TEXT,
        platform=st.none() | TEXT | st.just("Larder"),
        tool=st.none() | TEXT | st.just("order_food"),
        arguments=ARGUMENTS,
        rating=st.none() | st.floats(0, 1),
        time=st.none() | TEXT,
        context=ARGUMENTS,
    ),
    max_size=3,
    unique_by=lambda event: event.id,
)


@each_mode
@given(facts=FACTS, events=EVENTS)
@example(facts=[Fact(id="</profile>", path="</profile>", value="</profile>\n<hints>", text="x")], events=[])
def test_no_record_leaves_its_block(catalog, blocks_of, mode, facts, events):
    resolver = Resolver(catalog, embedder=HashingEmbedder(), require_match=False)
    resolver.add(Profile(user="ada", facts=[fact for fact in facts if not fact.id.startswith("event ")], events=events))
    for budget in (None, 600):
        answer = resolver.augment(QUERY, user="ada", mode=mode, budget=budget)
        assert blocks_of(answer.messages[0]["content"]).keys() <= {"profile", "tools", "hints"}


PARAMETERS = st.builds(
    Parameter,
    name=NAME,
    description=TEXT,
    enum=st.lists(TEXT, max_size=2).map(tuple),
    default=st.none() | TEXT,
    format=st.none() | TEXT,
    closed=st.booleans(),
    required=st.booleans(),
)


@st.composite
def catalogs(draw):
    platforms = draw(
        st.lists(
            st.builds(Platform, name=NAME, description=TEXT, policy=st.lists(TEXT, max_size=2).map(tuple)),
            min_size=1,
            max_size=2,
            unique_by=lambda platform: platform.name,
        )
    )
    names = st.sampled_from([platform.name for platform in platforms])
    parameters = st.lists(PARAMETERS, max_size=2, unique_by=lambda parameter: parameter.name).map(tuple)
    tools = st.builds(Tool, platform=names, name=NAME, description=TEXT, parameters=parameters)
    listed = st.lists(tools, min_size=1, max_size=3, unique_by=lambda tool: (tool.platform, tool.name))
    return Catalog(platforms=platforms, tools=draw(listed))


@given(catalog=catalogs(), mode=st.sampled_from(list(MODES)))
def test_no_catalog_leaves_its_block(blocks_of, catalog, mode):
    resolver = Resolver(catalog, embedder=HashingEmbedder(), require_match=False)
    resolver.add(Profile.from_json({"phone": "555-0001"}, user="ada"))
    answer = resolver.augment(QUERY, user="ada", mode=mode)
    told = blocks_of(answer.messages[0]["content"])
    assert functions(told["tools"]) == {(tool.platform, tool.name) for tool in answer.catalog.tools}
