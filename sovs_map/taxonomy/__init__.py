"""The tree of land-cover concepts that data sets are harmonised to, and what people call its nodes."""

from sovs_map.taxonomy.attributes import ATTRIBUTES, Attributes
from sovs_map.taxonomy.concepts import Concept, Taxonomy, load_taxonomy
from sovs_map.taxonomy.lexicon import Entry, load_lexicon, may_teach, phrases_of

__all__ = [
    "ATTRIBUTES",
    "Attributes",
    "Concept",
    "Entry",
    "Taxonomy",
    "load_lexicon",
    "load_taxonomy",
    "may_teach",
    "phrases_of",
]
