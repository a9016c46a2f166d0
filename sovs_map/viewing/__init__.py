"""A local page that shows maps, answers and stores."""
