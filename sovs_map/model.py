"""A bundle's weights and the words of one vocabulary, on a device: ready for any scene, in any process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import torch

from sovs_map.errors import BundleError, OptionError
from sovs_map.network.alignment import Words
from sovs_map.network.bundle import Bundle, load_bundle, load_network, load_tower
from sovs_map.network.reading import read_phrases
from sovs_map.network.sovs_net import SovsNet
from sovs_map.network.text import ATTRIBUTES, TextTower
from sovs_map.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A bundle's weights and the words of one vocabulary, on a device, ready for any scene."""

    bundle: Bundle
    """Where the weights come from."""

    network: SovsNet
    """For inference."""

    words: Words
    """The vocabulary as the network sees it."""

    device: torch.device
    """Where the network runs."""

    pool: ThreadPoolExecutor
    """Runs tiles on the CPU, each alone on one thread, so that a tile's logits depend on nothing but the tile."""

    threads: int | None
    """CPU threads that were asked for."""

    def __reduce__(self) -> tuple[object, ...]:
        """Send words, and where the weights lie: another process loads them from there once, and checks their hashes."""
        return _recalled, (self.bundle, self.words.to(torch.device("cpu")), self.device.type, self.threads)

    @property
    def query_scale(self) -> float:
        """Return the factor of a logit in the probability that a phrase is true."""
        return self.network.query_scale.item()

    @property
    def query_bias(self) -> float:
        """Return what is added to a scaled logit in the probability that a phrase is true."""
        return self.network.query_bias.item()


def load_model(
    bundle: Bundle, vocabulary: Vocabulary, *, device: str = "auto", threads: int | None = None, text: str = "tower"
) -> Model:
    """Return a bundle's weights and a vocabulary's words on a device.

    Args:
        bundle: a checked model folder.
        vocabulary: the classes.
        device: ``auto`` takes a CUDA device where there is one; else ``cpu``, ``cuda`` or ``cuda:N``.
        threads: CPU threads for the network; None takes what torch takes.
        text: who reads the words, see `sovs_map.network.reading`.

    Raises:
        VocabularyError: a prompt is too long for the text encoder.
        OptionError: no such device, or nobody who reads the words.
    """
    place = choose_device(device)
    network = load_network(bundle).to(place)
    return Model(bundle, network, read_words(bundle, vocabulary, text=text).to(place), place, _pool(threads), threads)


def load_silent_model(bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> Model:
    """Return a bundle's weights on a device, with no words yet; see `load_model`."""
    place = choose_device(device)
    nothing = torch.empty(0, bundle.network.shared_dim, device=place)
    words = Words(nothing, torch.empty(0, ATTRIBUTES, device=place), torch.empty(0, dtype=torch.long, device=place), 0)
    return Model(bundle, load_network(bundle).to(place), words, place, _pool(threads), threads)


_recalling = threading.Lock()


def _recalled(bundle: Bundle, words: Words, device: str, threads: int | None) -> Model:
    """Return a model that another process sent; it shares network and threads with those that were sent before.

    Raises:
        BundleError: the weights are not where they were, or others.
    """
    with _recalling:
        network, pool, place = _kept(bundle, device, threads)
    return Model(bundle, network, words.to(place), place, pool, threads)


@lru_cache(maxsize=2)
def _kept(bundle: Bundle, device: str, threads: int | None) -> tuple[SovsNet, ThreadPoolExecutor, torch.device]:
    if load_bundle(bundle.folder).hash != bundle.hash:
        raise BundleError(
            f"bundle {bundle.folder} is another one here than where the run was started; workers need the same models"
        )
    place = choose_device(device)
    return load_network(bundle).to(place), _pool(threads), place


def _pool(threads: int | None) -> ThreadPoolExecutor:
    count = threads or torch.get_num_threads()
    return ThreadPoolExecutor(count, thread_name_prefix="network", initializer=torch.set_num_threads, initargs=(1,))


def read_words(bundle: Bundle, vocabulary: Vocabulary, *, text: str = "tower") -> Words:
    """Return the vocabulary's prompts and negatives as unit vectors of the shared space.

    Raises:
        VocabularyError: a prompt is too long for the text encoder.
        OptionError: nobody who reads the words.
    """
    positive = [(prompt, index) for index, entry in enumerate(vocabulary.classes) for prompt in entry.prompts]
    negative = [(prompt, index) for index, entry in enumerate(vocabulary.classes) for prompt in entry.negatives]
    both = positive + negative
    tower = _tower(bundle)
    vectors = read_phrases(bundle, tower, [prompt for prompt, _ in both], text=text)
    with torch.inference_mode():
        attributes = [tower.attributes(vector[None]) for vector in vectors]
    groups = torch.tensor([index for _, index in both])
    return Words(vectors, torch.cat(attributes), groups, len(vocabulary.classes), len(negative))


@lru_cache(maxsize=2)
def _tower(bundle: Bundle) -> TextTower:
    return load_tower(bundle)


def choose_device(device: str) -> torch.device:
    """Return the device that an option names.

    Raises:
        OptionError: it is not there.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise OptionError(f"--device is {device!r}; it must be auto, cpu, cuda or cuda:N") from error
    if place.type not in ("cpu", "cuda"):
        raise OptionError(f"--device is {device!r}; it must be auto, cpu, cuda or cuda:N")
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise OptionError(f"--device {device}: {torch.cuda.device_count()} CUDA device(s) are here; try --device cpu")
    return place
