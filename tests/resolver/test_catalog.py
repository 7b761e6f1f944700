import pytest

from resolver import Catalog, CatalogError, Parameter, Platform, Tool

LARDER = Platform(name="Larder")
ORDER = Tool(platform="Larder", name="order", description=" Order a meal ", parameters=(Parameter(name="dishName"),))


@pytest.mark.parametrize(
    ("platforms", "tools", "message"),
    [
        ((LARDER, LARDER), (), "given twice"),
        ((LARDER,), (ORDER, ORDER), "twice"),
        ((), (ORDER,), "unknown platform"),
    ],
)
def test_a_catalog_that_contradicts_itself_is_a_typed_error(platforms, tools, message):
    with pytest.raises(CatalogError, match=message):
        Catalog(platforms=platforms, tools=tools)


def test_names_are_found_exactly():
    catalog = Catalog(platforms=(LARDER,), tools=(ORDER,))
    assert catalog.platform("Larder") is catalog.platforms[0]
    assert catalog.tool("Larder", "order") is catalog.tools[0]
    assert catalog.tool("Larder", "Order") is catalog.platform("larder") is None
    assert ORDER.parameter("dishName").name == "dishName"
    assert ORDER.parameter("dish") is None


def test_a_card_says_what_a_tool_does():
    assert ORDER.card == "order. Order a meal. dish name"
    assert Tool(platform="P", name="\U0001f355").card == ""


def test_a_catalog_survives_its_own_json():
    catalog = Catalog(platforms=(LARDER,), tools=(ORDER,))
    assert Catalog.model_validate_json(catalog.model_dump_json()) == catalog
