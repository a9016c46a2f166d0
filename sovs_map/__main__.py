"""``python -m sovs_map`` is the command line."""

from sovs_map.cli import main

main()
