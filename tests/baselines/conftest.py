"""A workbench, and a system that is asked with a scripted model."""

import pytest
from llm_cases import HOME, UNSURE, calling

from baselines.chat import ScriptedModel
from baselines.llm_systems import create_llm
from baselines.workbench import Workbench
from indexes import CachedEmbedder, HashingEmbedder


@pytest.fixture(scope="module")
def workbench():
    return Workbench(CachedEmbedder(HashingEmbedder()))


@pytest.fixture
def ask(workbench):
    """The prediction of a system, and what its model was asked."""

    def asked(name, *answers, given=UNSURE):
        model = ScriptedModel(list(answers) or [calling(dish="ramen", delivery_address=HOME)] * 2)
        return create_llm(name, workbench, model).predict(given), model.asked

    return asked
