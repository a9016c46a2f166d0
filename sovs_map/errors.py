"""Everything that can go wrong and be mended by the user, each with the exit code of the command line."""

from typing import ClassVar


class SovsMapError(Exception):
    """A problem that the user can mend; the message says what was found, what was needed and what to type."""

    exit_code: ClassVar[int] = 1


class VocabularyError(SovsMapError, ValueError):
    """The classes cannot be understood: empty, duplicate, or too long for the text encoder."""

    exit_code = 2


class OptionError(SovsMapError, ValueError):
    """An option contradicts another one, or has a value that nothing can be done with."""

    exit_code = 2


class PlanError(SovsMapError, ValueError):
    """The run does not fit into the memory budget."""

    exit_code = 2


class OutputExistsError(SovsMapError, FileExistsError):
    """The output, or parts of another question's output, are already there."""

    exit_code = 4


class AlreadyDoneError(OutputExistsError):
    """The output is there, and answers the very same question."""


class OutputError(SovsMapError, OSError):
    """The output cannot be written: no permission, no space."""

    exit_code = 1


class SceneError(SovsMapError, ValueError):
    """The scene cannot be used: not a raster, broken, of unknown scale, or without a needed polarisation."""

    exit_code = 5


class EmptySceneError(SceneError):
    """The scene holds no valid pixel."""


class BrokenBlocksError(SceneError):
    """Some blocks of a file cannot be read; others may."""


class DataSetError(SovsMapError, ValueError):
    """A data set of the benchmark is incomplete, laid out in another way, or holds labels that it should not."""


class WorkerError(SovsMapError, RuntimeError):
    """Worker processes were lost again and again, or the scheduler was."""


class BundleError(SovsMapError, ValueError):
    """The model's folder is missing, incomplete, or not what its hashes say."""

    exit_code = 1


class Interrupted(SovsMapError, KeyboardInterrupt):  # noqa: N818 - the field's word for it
    """The user stopped the run; finished parts are kept and the same command resumes."""

    exit_code = 130
