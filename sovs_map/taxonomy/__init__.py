"""The tree of land-cover concepts that data sets are harmonised to, and what people call its nodes."""

from sovs_map.taxonomy.concepts import Concept, Taxonomy, load_taxonomy
from sovs_map.taxonomy.lexicon import Entry, load_lexicon

__all__ = ["Concept", "Entry", "Taxonomy", "load_lexicon", "load_taxonomy"]
