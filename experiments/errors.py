"""Errors of the experiments room.

Tree::

    ExperimentError(Exception)
    ├── AblationError            the file of an ablation cannot be read, or says what there is not
    ├── DatasetError
    │   ├── DatasetLayoutError   the path is missing, or is no file or folder that the loader knows
    │   ├── DatasetReadError     a file is damaged: truncated, not gzip, not UTF-8, not JSON, not a list, empty
    │   └── RecordError          a record does not fit; carries ``file``, ``index`` and ``key``
    │       └── DuplicateIdError two records have one id
    ├── MetricError              a metric failed, or gave something that is no number
    ├── PredictionFormatError    a text is no answer in PTBench's form (the scorers count it, they do not raise it)
    ├── PredictionsError         predictions do not fit the records: an unreadable line, more lines than records
    ├── RatingsError             a sheet of ratings cannot be read, or says too little to compare
    ├── ResultsError             a results file cannot be read, or lacks what is asked for
    ├── RunError
    │   ├── RunBusyError         another process is writing this run
    │   ├── RunMismatchError     a run directory belongs to another dataset or another system configuration
    │   ├── RunDamagedError      the files of a run directory cannot be read or contradict each other
    │   └── SystemFailedError    a system raised, or answered something that is no prediction for the case
    ├── StudyError               the steps of a study cannot be read, or one of them failed
    └── SynthesisError           a synthesis cannot be made: a number out of its range, a package that lacks
"""

from __future__ import annotations

__all__ = [
    "AblationError",
    "DatasetError",
    "DatasetLayoutError",
    "DatasetReadError",
    "DuplicateIdError",
    "ExperimentError",
    "MetricError",
    "PredictionFormatError",
    "PredictionsError",
    "RatingsError",
    "RecordError",
    "ResultsError",
    "RunBusyError",
    "RunDamagedError",
    "RunError",
    "RunMismatchError",
    "StudyError",
    "SynthesisError",
    "SystemFailedError",
]


class ExperimentError(Exception):
    """Base of every error this package raises on purpose."""


class AblationError(ExperimentError):
    """The file of an ablation cannot be read, says something unknown, or names nothing to compare."""


class DatasetError(ExperimentError):
    """A dataset cannot be loaded."""


class DatasetLayoutError(DatasetError):
    """A path is missing, or is no file or folder in a layout that the loader knows."""


class DatasetReadError(DatasetError):
    """A file is truncated, no gzip, not UTF-8, not JSON, not a list, or empty."""


class RecordError(DatasetError):
    """A record does not fit PTBench's shape, or an entry of a public set not that of its authors.

    ``file`` is the path as it was given, ``index`` the record's position from 0, ``key`` the key within the record,
    with the way to the value where it is nested (``answer[1][0].book.date``).
    """

    def __init__(self, problem: str, *, file: str, index: int, key: str) -> None:
        super().__init__(f"{file}: record {index}, key {key!r}: {problem}")
        self.file = file
        self.index = index
        self.key = key


class DuplicateIdError(RecordError):
    """Two records have one id, so that no answer could be told from the other's."""


class MetricError(ExperimentError):
    """A metric failed, gave something that is no number, or has the name of another."""


class PredictionFormatError(ExperimentError):
    """A text cannot be read as an answer in PTBench's form; the message says why."""


class PredictionsError(ExperimentError):
    """Predictions do not fit the records they are scored against."""


class RatingsError(ExperimentError):
    """A sheet of ratings cannot be read, or two of them have too little in common to be compared."""


class ResultsError(ExperimentError):
    """A results file cannot be read, or lacks what is asked for."""


class RunError(ExperimentError):
    """A run cannot be started, continued or read."""


class RunBusyError(RunError):
    """Another process is writing the same run directory."""


class RunMismatchError(RunError):
    """A run directory belongs to another dataset or another configuration of the system."""


class RunDamagedError(RunError):
    """The files of a run directory cannot be read, or contradict each other."""


class StudyError(ExperimentError):
    """The steps of a study cannot be read, or one of them failed."""


class SynthesisError(ExperimentError):
    """A synthesis cannot be made: a number is out of its range, or a package that it needs is not installed."""


class SystemFailedError(RunError):
    """A system raised on a case, or answered something that is no prediction for it."""
