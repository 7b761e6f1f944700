"""Fine-tunes a sentence embedding model on queries and the records of a user that matter to them.

The loss is the cross-entropy of a softmax over cosines: one record that matters against several of the *same* user that
do not. The usual negatives, what matters to other queries of a batch (Henderson et al. 2017), would teach what is false
here: another user's telephone number says what the wanted one says, in the same words.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from experiments.evidence import EvidenceRecord
    from experiments.records import Record

__all__ = ["Example", "evidence_examples", "record_examples", "train_embedder"]

_OTHERS = 7
_SCALE = 20.0  # of cosines, as sentence-transformers' ranking losses have it
_WARM_UP, _CLIP, _DECAY = 0.1, 1.0, 0.01


class Example(NamedTuple):
    """A query, the texts of a user that matter to it, and those that do not; at least one of each."""

    query: str
    matter: tuple[str, ...]
    others: tuple[str, ...]


def record_examples(records: Sequence[Record]) -> list[Example]:
    """Examples from records of a benchmark that name their evidence; other records are left out.

    Args:
        records: With ``evidence``, ids of facts and events of the profile, as `profile-bench synth` writes them.
    """
    from resolver.profile import Profile  # noqa: PLC0415  (heavy)
    from resolver.stored import event_text  # noqa: PLC0415

    examples = []
    for record in records:
        given = record.extra.get("evidence")
        if not isinstance(given, list) or not given:
            continue
        profile = Profile.from_json(record.case.user_profile, user="user")
        texts: dict[str, str] = {fact.id: fact.text for fact in profile.facts}
        texts |= {event.id: event_text(event) for event in profile.events}
        examples += _example(record.case.query, texts, {str(name) for name in given})
    return examples


def evidence_examples(records: Sequence[EvidenceRecord]) -> list[Example]:
    """Examples from evidence records."""
    return [own for record in records for own in _example(record.query, record.facts, record.gold)]


def train_embedder(
    base: Path | str,
    examples: Sequence[Example],
    out: Path,
    *,
    epochs: int = 1,
    batch: int = 16,
    rate: float = 2e-5,
    seed: int = 0,
    progress: Callable[[int, int, float], object] = lambda _done, _whole, _loss: None,
) -> None:
    """Fine-tune a model, and put it, whole or not at all, into a folder that `indexes.load_embedder` reads.

    Args:
        base: A folder in sentence-transformers' layout, or a name on the hub.
        examples: To learn from.
        out: The folder, which must not be there.
        epochs: How often each example is seen, each time with other texts drawn by lot.
        batch: Examples at once.
        rate: Of learning, at its highest: it rises over the first tenth of the steps, and then falls to nothing.
        seed: Of what is drawn.
        progress: Told the steps done, of how many, and the loss.

    Raises:
        DatasetError: There is no example, or the folder is there already.
        EmbeddingError: The model cannot be loaded.
        OSError: The folder cannot be written.
    """
    if not examples:
        raise DatasetError("training needs records that name their evidence, and none does")
    if out.exists():
        raise DatasetError(f"{out} is there already: give a folder that is not")
    import torch  # noqa: PLC0415  (heavy)

    from indexes.files import sync_tree, work_beside  # noqa: PLC0415
    from indexes.sources import find_locally, from_hub  # noqa: PLC0415
    from indexes.torch_embedder import load_sentence_transformer  # noqa: PLC0415

    model = load_sentence_transformer(find_locally(base) or from_hub(base))
    rng = random.Random(seed)  # noqa: S311 - no secret
    steps = [group for _ in range(epochs) for group in _batches(examples, batch, rng)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=_DECAY)
    warm = max(1, round(_WARM_UP * len(steps)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (len(steps) - step) / max(1, len(steps) - warm))
    )
    with torch.random.fork_rng(devices=[]):  # of dropout; what the caller draws is left as it was
        torch.manual_seed(seed)
        model.train()
        for number, group in enumerate(steps, 1):
            optimizer.zero_grad()
            loss = _loss(model, [_drawn(example, rng) for example in group])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
            optimizer.step()
            schedule.step()
            progress(number, len(steps), float(loss.detach()))
    model.train(mode=False)
    with work_beside(out) as aside:
        model.save(str(aside), create_model_card=False)
        sync_tree(aside)
        aside.rename(out)


def _example(query: str, texts: Mapping[str, str], gold: Collection[str]) -> list[Example]:
    from resolver.asking import read_turns  # noqa: PLC0415

    matter = tuple(text for name, text in texts.items() if name in gold and text)
    others = tuple(text for name, text in texts.items() if name not in gold and text)
    return [Example(read_turns(query)[0], matter, others)] if matter and others else []


def _drawn(example: Example, rng: random.Random) -> tuple[str, list[str]]:
    """A query with texts of which the first matters."""
    others = rng.sample(example.others, min(_OTHERS, len(example.others)))
    return example.query, [rng.choice(example.matter), *others]


def _loss(model: Any, group: Sequence[tuple[str, list[str]]]) -> Any:  # noqa: ANN401 - torch is untyped here
    import torch  # noqa: PLC0415

    queries = _vectors(model, [query for query, _ in group])
    vectors = _vectors(model, [text for _, texts in group for text in texts])
    losses, place = [], 0
    for query, (_, texts) in zip(queries, group, strict=True):
        cosines = vectors[place : place + len(texts)] @ query
        losses.append(-torch.log_softmax(_SCALE * cosines, dim=0)[0])
        place += len(texts)
    return torch.stack(losses).mean()


def _vectors(model: Any, texts: list[str]) -> Any:  # noqa: ANN401
    """Unit vectors with their gradient, ``(n, d)``."""
    import torch  # noqa: PLC0415

    read = getattr(model, "preprocess", None) or model.tokenize  # by its older name before version 6
    return torch.nn.functional.normalize(model(read(texts))["sentence_embedding"], dim=1)


def _batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """The examples in an order drawn by lot."""
    order = rng.sample(examples, len(examples))
    return [order[first : first + size] for first in range(0, len(order), size)]
