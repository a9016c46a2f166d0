"""The tree of land-cover concepts that data sets are harmonised to, and what people call its nodes."""

from sovs_map.taxonomy.concepts import Concept, Taxonomy, load_taxonomy

__all__ = ["Concept", "Taxonomy", "load_taxonomy"]
